"""Numbers that move while compiled steps run."""

import keras
import pytest

from keras_gan_kit.penalties import R1

pytestmark = pytest.mark.backend


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def test_each_epoch_leaves_them_alone_and_training_moves_none(make_gan, images):
    gan = make_gan(ema_momentum=0.5)
    gan.compile(penalties=[R1(0.1)], run_eagerly=True)
    gan.settings.set({"r1": 0.25})
    gan.fit(images, epochs=2, verbose=0)
    gan.evaluate(images, verbose=0)
    assert number(gan.settings["r1"]) == 0.25
    assert number(gan.settings["ema_momentum"]) == 0.5


@pytest.mark.parametrize("factor", [0.0, 0.5, 3.0])
def test_a_factor_multiplies_its_penalty_in_training_and_evaluation(make_gan, images, factor):
    logs = []
    for value in (1.0, factor):
        gan = make_gan()
        gan.compile(penalties=[R1(0.1)], run_eagerly=True)
        gan.settings.set({"r1": value})
        trained = gan.train_on_batch(images, return_dict=True)["r1"]
        gan = make_gan()
        gan.compile(penalties=[R1(0.1)], run_eagerly=True)
        gan.settings.set({"r1": value})
        evaluated = gan.evaluate(images, return_dict=True, verbose=0)["r1"]
        logs.append((float(trained), float(evaluated)))
    assert logs[1] == pytest.approx([factor * x for x in logs[0]], rel=1e-5)
    assert min(logs[0]) > 0


def test_evaluation_in_between_uses_the_number_of_now(make_gan, images):
    # Compiled once; a constant would stay.
    gan = make_gan()
    gan.compile(penalties=[R1(0.1)])
    first = gan.evaluate(images, return_dict=True, verbose=0)["r1"]
    gan.settings.set({"r1": 2.0})
    assert gan.evaluate(images, return_dict=True, verbose=0)["r1"] == pytest.approx(2 * first)


def test_numbers_that_a_file_does_not_have_stay(make_gan):
    gan = make_gan()
    gan.compile(penalties=[R1(0.1)], run_eagerly=True)
    gan.settings.set({"r1": 0.5})
    gan.settings.load_own_variables({"ema_momentum": 0.25, "another": 1.0})
    assert number(gan.settings["ema_momentum"]) == 0.25
    assert number(gan.settings["r1"]) == 0.5
