"""Directions of latents."""

import keras
import numpy as np
import pandas as pd
import pytest

from keras_gan_kit import GAN, ConditionalGAN, data, generation, networks

# Latents are scaled before they are turned into pixels, so that directions are the axes.
SCALES = np.array([0.1, 0.3, 0.02], "float32")


def scaled_gan():
    latent = keras.Input((3,))
    first = keras.layers.Dense(3, use_bias=False, name="first")
    x = keras.layers.Activation("tanh", name="bent")(first(latent))
    generator = keras.Model(latent, keras.layers.Reshape((3, 1, 1))(x))
    first.kernel.assign(np.diag(SCALES))
    image = keras.Input((3, 1, 1))
    score = keras.layers.Dense(1)(keras.layers.Flatten()(image))
    return GAN(generator, keras.Model(image, score))


@pytest.mark.backend
@pytest.mark.parametrize("method", ["activations", "weights"])
def test_directions_of_the_largest_change_come_first(method):
    found = generation.latent_directions(scaled_gan(), 3, method=method, num_samples=512)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.eye(3)[[1, 0, 2]], atol=0.15)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)


@pytest.mark.backend
def test_a_direction_moves_a_property():
    gan = scaled_gan()
    (found,) = generation.latent_directions(gan, values=lambda x: x[:, 2, 0, 0], num_samples=256)
    np.testing.assert_allclose(found, [0, 0, 1], atol=0.05)
    both = gan.generate(256, seed=0)[:, :2, 0, 0]
    two = generation.latent_directions(gan, 2, values=both, num_samples=256)
    np.testing.assert_allclose(two, np.eye(3)[:2], atol=0.1)


def test_conditional_models_have_directions():
    frame = pd.DataFrame({"age": [20, 40, 60, 60]})
    table = data.TableTransformer(continuous=["age"]).fit(frame)
    for options in ({"num_classes": 3}, {"conditions": table}):
        generator = networks.dense_generator((4, 4, 1), 7, (8,))
        judge = networks.dense_discriminator((4, 4, 1), (4,))
        gan = ConditionalGAN(
            networks.conditional_generator(generator, embedding_dim=2, **options),
            networks.conditional_discriminator(judge, **options),
            **options,
        )
        for method in ("activations", "weights"):
            found = generation.latent_directions(gan, 2, method=method, num_samples=64)
            assert found.shape == (2, 5)


@pytest.mark.parametrize(
    ("error", "argument", "options"),
    [
        (TypeError, "gan", {"gan": 3}),
        (ValueError, "n", {"n": 4}),
        (ValueError, "method", {"method": "svd"}),
        (ValueError, "layer", {"layer": "last"}),
        (ValueError, "values", {"values": np.zeros(5)}),
        (ValueError, "values", {"values": np.zeros(8)}),
        (ValueError, "values", {"values": np.full(8, np.nan)}),
    ],
)
def test_wrong_arguments_are_explained(error, argument, options):
    arguments = {"gan": scaled_gan(), "num_samples": 8} | options
    with pytest.raises(error, match=f"Invalid `{argument}`"):
        generation.latent_directions(**arguments)
