"""Adaptive augmentation: the strength follows the discriminator's sureness."""

import keras
import numpy as np
import pytest
from tiny_gans import (
    BACKEND,
    EXECUTIONS,
    IMAGE,
    LATENT_DIM,
    assert_same_state,
    compile_quickly,
    images,
    state,
)

from keras_gan_kit import GAN, networks
from keras_gan_kit.callbacks import AdaptiveStrength, PeriodicCheckpoint
from keras_gan_kit.data import DifferentiableAugment
from keras_gan_kit.losses import BinaryCrossentropy, LeastSquares, Relativistic


def new_gan(strength=0.5, bias=None, **compilation):
    """A GAN with an augmenter; with a bias its discriminator says that for everything, forever."""
    keras.utils.set_random_seed(0)
    generator = networks.dense_generator(IMAGE, LATENT_DIM, (8,))
    discriminator = networks.dense_discriminator(IMAGE, (8,))
    if bias is not None:
        kernel, last_bias = discriminator.weights[-2:]
        kernel.assign(np.zeros(kernel.shape))
        last_bias.assign([bias])
        compilation["discriminator_optimizer"] = keras.optimizers.SGD(0.0)
    augmenter = DifferentiableAugment(strength=strength)
    gan = GAN(generator, discriminator, augmenter=augmenter, seed=0)
    compile_quickly(gan, **compilation)
    return gan


def strength_of(gan):
    return float(keras.ops.convert_to_numpy(gan.augmenter.strength))


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize(("bias", "sign"), [(1.0, 1), (-1.0, -1)])
def test_the_strength_rises_by_images_seen_while_real_is_sure_and_falls_else(bias, sign, execution):
    gan = new_gan(bias=bias, steps_per_execution=execution)
    adapt = AdaptiveStrength(images=1000, every=4)
    gan.fit(images(80), batch_size=5, callbacks=[adapt], verbose=0)  # 16 steps: 4 changes
    assert strength_of(gan) == pytest.approx(0.5 + sign * 80 / 1000)


@pytest.mark.skipif(BACKEND == "torch", reason="Keras' PyTorch trainer takes one step at a time")
def test_an_execution_of_several_periods_counts_all_of_them():
    gan = new_gan(bias=1.0, steps_per_execution=8)
    adapt = AdaptiveStrength(images=1000, every=2)
    gan.fit(images(80), batch_size=5, callbacks=[adapt], verbose=0)  # 16 steps: 8 changes
    assert strength_of(gan) == pytest.approx(0.5 + 80 / 1000)


@pytest.mark.parametrize(("strength", "bias", "end"), [(0.99, 1.0, 1.0), (0.01, -1.0, 0.0)])
def test_it_stays_a_probability(strength, bias, end):
    gan = new_gan(strength, bias)
    adapt = AdaptiveStrength(images=100, every=1)
    gan.fit(images(16), batch_size=4, callbacks=[adapt], verbose=0)
    assert strength_of(gan) == end


def test_of_a_stream_it_counts_the_batches_it_saw():
    gan = new_gan(bias=1.0)
    stream = [images(5)] * 8
    adapt = AdaptiveStrength(images=1000, every=2)
    gan.fit(Stream(stream), callbacks=[adapt], verbose=0)
    assert strength_of(gan) == pytest.approx(0.5 + 40 / 1000)


class Stream(keras.utils.PyDataset):
    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, i):
        return (self.batches[i],)


@pytest.mark.parametrize(
    ("loss", "expected"),
    # Real outputs 2, 1, -1, 0.25 about 0, about 1/2, and against the fake ones.
    [
        (BinaryCrossentropy(), 2 / 4),
        (LeastSquares(), 0.0),
        (Relativistic(), -1 / 4),
    ],
)
def test_sureness_is_the_mean_sign_of_real_outputs(loss, expected):
    real, fake = np.array([[2.0], [1.0], [-1.0], [0.25]]), np.array([[3.0], [0.5], [-0.5], [0.25]])
    if loss.threshold == 0.5:
        assert np.mean(np.sign(real - 0.5)) == expected
    found = loss.mean_sign(*(keras.ops.convert_to_tensor(x, "float32") for x in (real, fake)))
    assert float(keras.ops.convert_to_numpy(found)) == expected


def test_a_resumed_training_adapts_as_a_whole_one(tmp_path):
    def fit(epochs, folder):
        gan = new_gan(0.5)
        callbacks = [AdaptiveStrength(0.01, images=200, every=3), PeriodicCheckpoint(folder)]
        gan.fit(images(28), batch_size=4, epochs=epochs, callbacks=callbacks, verbose=0)
        return gan

    fit(1, tmp_path / "a")
    resumed, whole = fit(3, tmp_path / "a"), fit(3, tmp_path / "b")
    assert_same_state(state(resumed), state(whole))
    assert strength_of(whole) != 0.5


@pytest.mark.parametrize("augmenter", [None, keras.layers.GaussianNoise(0.1)])
def test_a_model_without_a_strength_is_refused_before_it_trains(augmenter, make_gan):
    gan = make_gan(augmenter=augmenter)
    gan.compile(run_eagerly=True)
    with pytest.raises(ValueError, match=r"`callbacks`.*DifferentiableAugment\(strength=0\.0\)"):
        gan.fit(images(4), callbacks=[AdaptiveStrength()], verbose=0)
    assert gan.steps_taken == 0


@pytest.mark.parametrize(
    ("error", "argument", "value"),
    [
        (TypeError, "target", "0.6"),
        (TypeError, "target", True),
        (ValueError, "target", 1.0),
        (ValueError, "target", -1),
        (ValueError, "target", float("nan")),
        (ValueError, "images", 0),
        (TypeError, "images", 5e5),
        (ValueError, "every", 0),
        (TypeError, "every", None),
    ],
)
def test_wrong_arguments_are_named(error, argument, value):
    with pytest.raises((TypeError, ValueError)) as caught:
        AdaptiveStrength(**{argument: value})
    assert caught.type is error
    for part in (f"`{argument}`", "Received: ", "Expected: ", "Fix: "):
        assert part in str(caught.value)
