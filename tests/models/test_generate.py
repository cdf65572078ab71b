"""Samples are a function of the seed and their index."""

import numpy as np
import pytest

from keras_gan_kit.models.latents import latents


@pytest.mark.parametrize("batch_size", [None, 1, 7, 64])
def test_a_prefix_is_the_same_whatever_the_batch(make_gan, batch_size):
    gan = make_gan()
    all_samples = gan.generate(300, seed=5)
    assert all_samples.shape == (300, 4, 4, 1)
    few = gan.generate(20, seed=5, batch_size=batch_size)
    np.testing.assert_allclose(few, all_samples[:20], rtol=0, atol=1e-6)


def test_seeds_differ_and_no_seed_differs_every_time(make_gan):
    gan = make_gan()
    assert not np.array_equal(gan.generate(3, seed=0), gan.generate(3, seed=1))
    assert not np.array_equal(gan.generate(3), gan.generate(3))


def test_given_latents(make_gan):
    gan = make_gan()
    given = latents(5, 3, seed=4)
    np.testing.assert_array_equal(gan.generate(latents=given), gan.generate(5, seed=4))
    np.testing.assert_array_equal(gan.generate(5, latents=given), gan.generate(5, seed=4))


def test_generating_leaves_training_alone(make_gan, images, state_of, check_same):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    before = state_of(gan)
    gan.generate(10, verbose=0)
    check_same(before, state_of(gan))


@pytest.mark.parametrize(("start", "num"), [(0, 1), (255, 2), (256, 256), (100, 700), (511, 0)])
def test_any_range_of_latents(start, num):
    whole = latents(1000, 2, seed=9)
    np.testing.assert_array_equal(latents(num, 2, seed=9, start=start), whole[start : start + num])


def test_latents_are_standard_normal():
    drawn = latents(20_000, 5, seed=0).astype("float64")
    error = 1 / np.sqrt(drawn.size)
    assert abs(drawn.mean()) < 5 * error
    assert abs(drawn.std() - 1) < 5 * error
    correlations = np.corrcoef(drawn, rowvar=False) - np.eye(5)
    assert abs(correlations).max() < 5 / np.sqrt(len(drawn))
