"""Attributes that are changed after `compile` count, or are refused."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_gan_kit import penalties

pytestmark = pytest.mark.backend


def discriminator_steps(gan):
    return int(ops.convert_to_numpy(gan.discriminator_optimizer.iterations))


def test_settings_count_from_the_next_step(make_gan, images):
    gan = make_gan()
    gan.compile(penalties=[penalties.GradientPenalty(10.0)])
    gan.fit(images[:32], batch_size=8, verbose=0)
    before = discriminator_steps(gan)
    gan.discriminator_steps = 3
    gan.penalties[0].weight = 0.0
    history = gan.fit(images[:32], batch_size=8, verbose=0).history
    assert discriminator_steps(gan) - before == 12
    assert history["gradient_penalty"] == [0.0]


def test_a_callback_changes_settings(make_gan, images):
    gan = make_gan()
    gan.compile()
    taken = []

    def begin(batch, logs=None):
        gan.discriminator_steps = 1 + batch % 2

    def end(epoch, logs=None):
        taken.append(discriminator_steps(gan))

    watch = keras.callbacks.LambdaCallback(on_train_batch_end=begin, on_epoch_end=end)
    gan.fit(images[:32], batch_size=8, verbose=0, callbacks=[watch])
    assert taken == [1 + 1 + 2 + 1]


def test_steps_that_one_pass_cannot_have_are_refused(make_gan, images):
    gan = make_gan()
    gan.compile(update="simultaneous", run_eagerly=True)
    gan.fit(images, verbose=0)
    gan.discriminator_steps = 5
    with pytest.raises(ValueError, match="discriminator_steps=5"):
        gan.fit(images, verbose=0)


@pytest.mark.parametrize("name", ["generator", "discriminator"])
def test_another_network_needs_a_compile(name, make_gan, images):
    gan, other = make_gan(), make_gan()
    setattr(gan, name, getattr(gan, name))
    gan.compile()
    gan.evaluate(images, verbose=0)
    old, new = getattr(gan, name), getattr(other, name)
    setattr(gan, name, new)
    for call in (gan.fit, gan.evaluate, gan.train_on_batch):
        with pytest.raises(ValueError, match=rf"`{name}`.*call gan\.compile"):
            call(images)
    gan.compile()
    before = [[w.copy() for w in network.get_weights()] for network in (old, new)]
    gan.fit(images, verbose=0)
    moved = [
        any((a != b).any() for a, b in zip(was, network.get_weights(), strict=True))
        for was, network in zip(before, (old, new), strict=True)
    ]
    assert moved == [False, True]


@pytest.mark.parametrize("compiled", [False, True])
def test_another_generator_has_its_own_average(compiled, make_gan, images, tmp_path):
    gan, other = make_gan(ema_momentum=0.5), make_gan(ema_momentum=0.5)
    if compiled:
        gan.compile()
    gan.generator = other.generator
    gan.compile()
    for ours, theirs in zip(gan.generator.weights, gan.ema_generator.weights, strict=True):
        np.testing.assert_array_equal(*map(ops.convert_to_numpy, (ours, theirs)))
    gan.fit(images, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(gan.generate(2, seed=0), loaded.generate(2, seed=0))
    assert len(loaded.weights) == len(gan.weights)


def test_another_generator_is_checked(make_gan):
    gan = make_gan()
    gan.generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(5)])
    with pytest.raises(ValueError, match="discriminator"):
        gan.compile()


def test_a_setting_counts_in_the_next_evaluation(make_gan, images):
    gan = make_gan()
    gan.compile(penalties=[penalties.GradientPenalty(10.0)])
    gan.evaluate(images, verbose=0)
    gan.penalties[0].weight = 0.0
    assert gan.evaluate(images, verbose=0, return_dict=True)["gradient_penalty"] == 0.0


@pytest.mark.parametrize("name", ["optimizer", "generator_optimizer"])
def test_another_optimizer_is_refused(name, make_gan):
    gan = make_gan()
    gan.compile()
    with pytest.raises(ValueError, match=rf"`{name}`.*compile\(generator_optimizer"):
        setattr(gan, name, keras.optimizers.SGD(0.0))


def test_a_learning_rate_is_assigned_to_both(make_gan):
    gan = make_gan()
    gan.compile()
    assert float(gan.optimizer.learning_rate) == pytest.approx(2e-4)
    gan.optimizer.learning_rate.assign(0.5)
    rates = [float(ops.convert_to_numpy(o.learning_rate)) for o in gan.optimizer.optimizers]
    assert rates == [0.5, 0.5]
    assert float(gan.optimizer.learning_rate.numpy()) == 0.5


def test_frozen_players_are_warned_of(make_gan):
    gan = make_gan()
    gan.discriminator.trainable = False
    with pytest.warns(UserWarning, match="discriminator has no trainable weights"):
        gan.compile()


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="as in Keras, others train on")
def test_a_layer_frozen_after_compile_is_explained(make_gan, images):
    gan = make_gan()
    gan.compile()
    gan.fit(images, verbose=0)
    last = next(layer for layer in reversed(gan.discriminator.layers) if layer.weights)
    last.trainable = False
    with pytest.raises(ValueError, match=r"call `gan\.compile` again"):
        gan.fit(images, verbose=0)
    gan.compile()
    gan.fit(images, verbose=0)


def test_the_momentum_of_the_average_counts_from_the_next_step(make_gan, images):
    gan = make_gan(ema_momentum=0.5)
    gan.compile()
    gan.fit(images[:32], batch_size=8, verbose=0)
    before = gan.ema_generator.get_weights()
    gan.ema_momentum = 1e-6
    gan.fit(images[:8], batch_size=8, verbose=0)
    for slow, weight in zip(gan.ema_generator.weights, gan.generator.weights, strict=True):
        np.testing.assert_allclose(*map(ops.convert_to_numpy, (slow, weight)), atol=1e-5)
    assert any((a != b).any() for a, b in zip(before, gan.ema_generator.get_weights(), strict=True))
    assert gan.get_config()["ema_momentum"] == 1e-6


@pytest.mark.parametrize(("made_with", "assigned"), [(0.9, None), (None, 0.9), (0.9, 1.0)])
def test_an_average_cannot_begin_or_end(made_with, assigned, make_gan):
    gan = make_gan(ema_momentum=made_with)
    gan.compile(run_eagerly=True)
    with pytest.raises(ValueError, match="`ema_momentum`"):
        gan.ema_momentum = assigned
    assert gan.ema_momentum == made_with
