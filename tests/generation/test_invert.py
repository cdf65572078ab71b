"""Latents of given samples."""

import keras
import numpy as np
import pandas as pd
import pytest

from keras_gan_kit import GAN, ConditionalGAN, data, generation, networks

pytestmark = pytest.mark.backend

SHAPE = (8, 8, 1)
QUIET = {"steps": 200, "verbose": 0}


def decibels(found, samples):
    """The peak signal-to-noise ratio of each sample in [-1, 1]."""
    axes = tuple(range(1, samples.ndim))
    return 10 * np.log10(4 / np.mean(np.square(found - samples), axis=axes))


def gan_of(latent_dim=8):
    generator = networks.dense_generator(SHAPE, latent_dim, (32,), seed=0)
    return GAN(generator, networks.dense_discriminator(SHAPE, (4,)))


def test_generated_samples_are_found_again(capsys):
    gan = gan_of()
    images = gan.generate(5, seed=3)
    found = generation.invert(gan, images, **QUIET | {"batch_size": 3, "verbose": 1})
    assert found.shape == (5, 8)
    assert decibels(gan.generate(latents=found), images).min() > 30
    assert "5/5" in capsys.readouterr().err


def test_a_part_of_joint_samples_is_enough():
    generator = networks.joint_generator(
        SHAPE, 3, 6, filters=(8, 4), kernels=3, strides=2, table_units=(8,), seed=0
    )
    judge = networks.joint_discriminator(SHAPE, 3, filters=(2,), strides=2, table_units=(2,))
    gan = GAN(generator, judge)
    samples = gan.generate(3, seed=1)
    found = gan.generate(latents=generation.invert(gan, {"image": samples["image"]}, **QUIET))
    assert decibels(found["image"], samples["image"]).min() > 30
    np.testing.assert_allclose(found["table"], samples["table"], atol=0.05)


def test_labels_and_latents_are_found_together():
    generator = networks.dense_generator(SHAPE, 8, (32,), seed=0)
    judge = networks.dense_discriminator(SHAPE, (4,))
    gan = ConditionalGAN(
        networks.conditional_generator(generator, 3, embedding_dim=4, seed=0),
        networks.conditional_discriminator(judge, 3),
        3,
    )
    images = gan.generate(3, labels=[0, 2, 1], seed=1)
    latents, labels = generation.invert(gan, images, starts=6, **QUIET)
    assert decibels(gan.generate(latents=latents, labels=labels), images).min() > 30
    latents, labels = generation.invert(gan, images, labels=[0, 2, 1], **QUIET)
    assert labels.tolist() == [0, 2, 1]
    assert decibels(gan.generate(latents=latents, labels=labels), images).min() > 30


def test_conditions_and_latents_are_found_together():
    frame = pd.DataFrame({"age": [20, 40, 60, 60], "ill": [False, True, True, False]})
    table = data.TableTransformer(continuous=["age"]).fit(frame)
    generator = networks.dense_generator(SHAPE, 8, (32,), seed=0)
    judge = networks.dense_discriminator(SHAPE, (4,))
    gan = ConditionalGAN(
        networks.conditional_generator(generator, conditions=table, embedding_dim=4, seed=0),
        networks.conditional_discriminator(judge, conditions=table),
        conditions=table,
    )
    images = gan.generate(3, conditions={"age": [25, 40, 60]}, seed=1)
    latents, conditions = generation.invert(gan, images, **QUIET)
    assert list(conditions) == ["age", "ill"]
    assert decibels(gan.generate(latents=latents, conditions=conditions), images).min() > 30
    _, conditions = generation.invert(gan, images, conditions={"ill": True}, steps=4, verbose=0)
    assert conditions["ill"].all()


@pytest.mark.parametrize(
    ("error", "argument", "options"),
    [
        (TypeError, "gan", {"gan": 3}),
        (ValueError, "samples", {"samples": np.zeros((2, 4, 4, 1), "float32")}),
        (ValueError, "samples", {"samples": np.full((2, *SHAPE), 9.0, "float32")}),
        (ValueError, "samples", {"samples": {"picture": np.zeros((2, *SHAPE), "float32")}}),
        (ValueError, "steps", {"steps": 0}),
        (ValueError, "learning_rate", {"learning_rate": 0.0}),
        (ValueError, "labels", {"labels": 1}),
        (ValueError, "conditions", {"conditions": {"age": 3}}),
    ],
)
def test_wrong_arguments_are_explained(error, argument, options):
    samples = np.zeros((2, *SHAPE), "float32")
    arguments = {"gan": gan_of() if "gan" not in options else None, "samples": samples}
    with pytest.raises(error, match=f"Invalid `{argument}`"):
        generation.invert(**arguments | options)


def test_mixed_precision_is_inverted():
    keras.config.set_dtype_policy("mixed_bfloat16")
    gan = gan_of(4)
    found = generation.invert(gan, gan.generate(2, seed=0), steps=4, verbose=0)
    assert np.isfinite(found).all()
