"""Invented retinas: seeded, in range, and with vessels where the label says."""

import numpy as np
import pytest

from keras_gan_kit.datasets import simulated_fundus


@pytest.fixture(scope="module")
def cohort():
    return simulated_fundus(5, image_size=96, seed=2)


def test_shapes_and_ranges(cohort):
    images, labels, masks = cohort
    assert images.shape == (5, 96, 96, 3) and labels.shape == masks.shape == (5, 96, 96, 1)
    assert images.dtype == labels.dtype == masks.dtype == np.float32
    assert -1 <= images.min() < images.max() <= 1
    assert set(np.unique(labels)) == set(np.unique(masks)) == {0.0, 1.0}
    assert not (labels * (1 - masks)).any()
    # Real retinas: about a tenth of the field of view, which is a disc of diameter 0.96.
    assert masks.mean() == pytest.approx(np.pi * 0.48**2, abs=0.01)
    share = labels.sum((1, 2, 3)) / masks.sum((1, 2, 3))
    assert (share > 0.03).all() and (share < 0.25).all()


def test_image_i_depends_on_the_seed_and_i_alone(cohort):
    np.testing.assert_array_equal(
        cohort.images[:2], simulated_fundus(2, image_size=96, seed=2).images
    )
    assert np.abs(cohort.images - simulated_fundus(5, image_size=96, seed=3).images).max() > 0.1


def test_vessels_are_darker_most_of_all_in_green(cohort):
    pixels, label = cohort.pixels(), cohort.labels[..., 0] > 0
    around = (cohort.masks[..., 0] > 0) & ~label
    ratio = pixels[label].mean(0) / pixels[around].mean(0)
    assert (ratio < 0.9).all()
    assert ratio.argmin() == 1


def test_standardised_over_the_field_of_view():
    pairs = simulated_fundus(2, image_size=64, standardize=True)
    inside = pairs.images[:, pairs.masks[0, ..., 0] > 0]
    np.testing.assert_allclose(inside.mean(1), 0, atol=1e-4)
    np.testing.assert_allclose(inside.std(1), 1, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "error", "word"),
    [
        ({"num_images": 0}, ValueError, "`num_images`"),
        ({"num_images": 2.0}, TypeError, "`num_images`"),
        ({"num_images": 1, "image_size": 16}, ValueError, "`image_size`"),
        ({"num_images": 1, "seed": -1}, ValueError, "`seed`"),
        ({"num_images": 1, "standardize": "yes"}, TypeError, "`standardize`"),
    ],
)
def test_bad_input(options, error, word):
    with pytest.raises(error, match=word):
        simulated_fundus(**options)
