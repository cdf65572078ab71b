"""Attributes that are changed after `compile` count, or are refused."""

import keras
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
def test_another_network_is_refused(name, make_gan):
    gan, other = make_gan(), make_gan()
    setattr(gan, name, getattr(gan, name))
    gan.compile()
    with pytest.raises(ValueError, match=rf"`{name}`.*set_weights"):
        setattr(gan, name, getattr(other, name))


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
