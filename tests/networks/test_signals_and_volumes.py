"""Networks of signals and of volumes: shapes, ranges, and a step of training on every backend."""

import numpy as np
import pytest
from keras import layers, ops

from keras_gan_kit import RelativisticGAN, networks

pytestmark = pytest.mark.backend
SIGNAL, VOLUME = (24, 3), (4, 8, 8, 1)
KINDS = [
    pytest.param("signal", SIGNAL, layers.Conv1D, 12, id="signal"),
    pytest.param("volume", VOLUME, layers.Conv3D, 2 * 4 * 4, id="volume"),
]


@pytest.mark.parametrize(("kind", "shape", "convolution", "base"), KINDS)
def test_shapes_and_ranges(kind, shape, convolution, base):
    generator = getattr(networks, f"{kind}_generator")(shape, 5, filters=(4, 3), patch=1, seed=0)
    discriminator = getattr(networks, f"{kind}_discriminator")(shape, filters=(3, 4), seed=0)
    latents = 100 * np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    samples = ops.convert_to_numpy(generator(latents))
    assert samples.shape == (6, *shape)
    assert 0.9 < np.abs(samples).max() <= 1.0
    assert ops.convert_to_numpy(discriminator(samples)).shape == (6, 1)
    assert generator.get_layer("base").units == base * 4
    for network in (generator, discriminator):
        kinds = {type(layer) for layer in network.layers if "Conv" in type(layer).__name__}
        assert kinds == {convolution}


@pytest.mark.parametrize(("kind", "shape", "convolution", "base"), KINDS)
def test_they_train_with_the_relativistic_recipe(kind, shape, convolution, base):
    gan = RelativisticGAN(
        getattr(networks, f"{kind}_generator")(shape, 5, filters=(3, 2), units=8, seed=0),
        getattr(networks, f"{kind}_discriminator")(shape, filters=(2, 3), units=8, seed=0),
        seed=0,
    )
    gan.compile(run_eagerly=True)
    before = [weights.copy() for weights in gan.discriminator.get_weights()]
    data = np.random.default_rng(0).uniform(-0.9, 0.9, (4, *shape)).astype("float32")
    history = gan.fit(data, batch_size=2, verbose=0).history
    assert np.isfinite(history["d_loss"] + history["r1"]).all()
    # The loss compares logits: the bias of the last layer has no effect on it.
    after = gan.discriminator.get_weights()
    assert all((a != b).any() for a, b in zip(before[:-1], after[:-1], strict=True))
    assert gan.generate(3, seed=0).shape == (3, *shape)


@pytest.mark.parametrize(
    ("error", "argument", "kind", "shape", "options"),
    [
        (TypeError, "signal_shape", "signal_generator", 24, {}),
        (ValueError, "signal_shape", "signal_generator", (24,), {}),
        (ValueError, "signal_shape", "signal_discriminator", (24, 3, 1), {}),
        (ValueError, "signal_shape[1]", "signal_discriminator", (24, 0), {}),
        (ValueError, "filters", "signal_generator", (23, 1), {}),
        (ValueError, "volume_shape", "volume_generator", (8, 8, 8), {}),
        (TypeError, "volume_shape[0]", "volume_discriminator", (8.0, 8, 8, 1), {}),
        (ValueError, "filters", "volume_generator", (8, 6, 8, 1), {}),
        (ValueError, "patch", "volume_discriminator", VOLUME, {"patch": 0}),
    ],
)
def test_bad_input_is_named(error, argument, kind, shape, options):
    with pytest.raises(error) as caught:
        getattr(networks, kind)(shape, **options)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")


def test_the_message_names_the_size_that_does_not_divide():
    with pytest.raises(ValueError, match="which upsample 16 times, for a size of 100"):
        networks.signal_generator((100, 12))
