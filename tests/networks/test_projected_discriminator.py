"""Heads on frozen features: what is trained, what is saved, and the sizes that fit."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gan_kit import GAN, networks

pytestmark = pytest.mark.backend


def pyramid(channels=3):
    """A small network with maps at 1/4, 1/8 and 1/16, and BatchNormalization as in most."""
    image = layers.Input((None, None, channels))
    x = layers.Conv2D(4, 3, 4, padding="same", name="quarter")(image)
    x = layers.BatchNormalization(name="quarter_end")(x)
    x = layers.Conv2D(6, 3, 2, padding="same", name="eighth")(x)
    x = layers.Conv2D(8, 3, 2, padding="same", name="sixteenth")(x)
    return keras.Model(image, layers.GlobalAveragePooling2D()(x))


def made(shape=(16, 32, 1), **options):
    return networks.projected_discriminator(
        shape, pyramid(), **{"channels": 4, "filters": 4, "seed": 0} | options
    )


@pytest.mark.parametrize(
    ("shape", "scores"), [((32, 32, 3), (6, 2)), ((16, 40, 1), (3, 3)), ((20, 36, 1), (6, 3))]
)
def test_each_head_has_scores_of_the_coarsest_size(shape, scores):
    network = made(shape)
    assert network.output_shape == (None, *scores, 1)
    images = np.zeros((2, *shape), "float32")
    assert network(images).shape == (2, *scores, 1)


def test_stages_by_name():
    assert made((32, 32, 1), stages=["quarter", "eighth"]).output_shape == (None, 8, 4, 1)
    with pytest.raises(ValueError, match=r"`stages`.*unknown: \['half'\].*quarter"):
        made(stages=["quarter", "half"])


def test_a_stage_is_the_last_sum_of_its_resolution():
    image = layers.Input((None, None, 3))
    x = layers.Conv2D(4, 3, 4, padding="same", name="quarter")(image)
    x = layers.Add(name="block")([x, layers.Conv2D(4, 3, padding="same")(x)])
    # As in networks of inverted residuals: the next block expands before it strides.
    x = layers.Conv2D(24, 1, activation="relu6", name="expansion")(x)
    x = layers.Conv2D(8, 3, 2, padding="same", name="eighth")(x)
    network = networks.projected_discriminator((16, 16, 3), keras.Model(image, x), channels=4)
    shapes = [output.shape[-1] for output in network.get_layer("features").outputs]
    assert shapes == [4, 8]


def test_only_the_heads_are_trained():
    network = made()
    names = {variable.path.split("/")[0] for variable in network.trainable_variables}
    assert names == {
        "head_0_0",
        "head_0_1",
        "head_1_0",
        "head_2_0",
        *map("scores_{}".format, range(3)),
    }
    features = network.get_layer("features")
    frozen = [network.get_layer(f"mix_channels_{i}") for i in range(3)]
    before = [layer.get_weights() for layer in (features, *frozen)]
    generator = networks.dcgan_generator((16, 32, 1), 4, filters=(4, 4), strides=(2, 2))
    gan = GAN(generator, network, seed=0)
    gan.compile(loss="hinge", update="simultaneous")
    images = np.random.default_rng(0).uniform(-1, 1, (8, 16, 32, 1)).astype("float32")
    gan.fit(images, batch_size=4, epochs=1, verbose=0)
    for layer, weights in zip((features, *frozen), before, strict=True):
        for old, new in zip(weights, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)


def test_it_is_saved_with_its_features(tmp_path):
    network = made()
    images = np.random.default_rng(0).uniform(-1, 1, (2, 16, 32, 1)).astype("float32")
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_allclose(loaded.predict(images), network.predict(images), rtol=1e-6)


def test_images_are_scaled_to_the_values_that_features_expect():
    network = made((16, 16, 1), value_range=(0, 255))
    scale = keras.Model(network.input, network.get_layer("to_features").output)
    images = np.array([-1.0, 0.0, 1.0], "float32").reshape(3, 1, 1, 1) * np.ones((1, 16, 16, 1))
    np.testing.assert_allclose(np.array(scale(images))[:, 0, 0, 0], [0, 127.5, 255], atol=1e-4)


def test_equal_seeds_make_equal_projections():
    first, second = made(seed=1), made(seed=1)
    for name in ("mix_channels_0", "mix_scales_0"):
        pair = [network.get_layer(name).get_weights()[0] for network in (first, second)]
        np.testing.assert_array_equal(*pair)
    other = made(seed=2).get_layer("mix_channels_0").get_weights()[0]
    assert not np.array_equal(pair[0], other)


@pytest.mark.parametrize(
    ("features", "kind", "named"),
    [
        ("EfficientNet", TypeError, "`features`.*functional"),
        (layers.Conv2D(3, 3), TypeError, "`features`.*functional"),
        (pyramid(channels=4), None, ""),
    ],
)
def test_features_of_another_kind(features, kind, named):
    if kind is None:
        with pytest.raises(ValueError, match=r"`features`.*\(16, 16, 3\)"):
            networks.projected_discriminator((16, 16, 3), features)
        return
    with pytest.raises(kind, match=named):
        networks.projected_discriminator((16, 16, 3), features)


def test_features_with_one_resolution():
    image = layers.Input((None, None, 1))
    flat = keras.Model(image, layers.Conv2D(2, 3, 4, padding="same")(image))
    with pytest.raises(ValueError, match=r"`features`.*1 of the resolutions.*`stages`"):
        networks.projected_discriminator((16, 16, 1), flat)
