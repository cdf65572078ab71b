"""Structural similarity: torchmetrics' values, and the diversity of a set."""

# Runs once: numpy alone computes it.

import numpy as np
import pytest

from keras_gan_kit.evaluation import ms_ssim, ssim, ssim_diversity


def pictures(side):
    """Two pairs of smooth pictures."""
    y, x = np.mgrid[:side, :side] / side
    first = np.stack([np.sin(6 * x + 3 * y), np.cos(5 * x * y)])
    second = np.stack([np.sin(6 * x + 3 * y + 0.3), 0.5 * np.cos(5 * x * y) + 0.2 * np.sin(40 * x)])
    return [pair[..., None].astype("float32") for pair in (first, second)]


# torchmetrics 1.x: structural_similarity_index_measure and its multi-scale form, data_range=2.0, in
# float64.
@pytest.mark.parametrize(
    ("score", "side", "expected"),
    [
        (ssim, 16, [0.6488523098247152, 0.4215245816474608]),
        (ssim, 48, [0.6209026341282556, 0.2390240810803147]),
        (ms_ssim, 180, [0.8772304994869496, 0.45423337387263785]),
        (
            lambda *images: ms_ssim(*images, weights=(0.3, 0.7)),
            48,
            [0.6976299461198509, 0.36636046327689054],
        ),
    ],
)
def test_the_values_of_torchmetrics(score, side, expected):
    np.testing.assert_allclose(score(*pictures(side)), expected, rtol=0, atol=1e-6)


def test_channels_are_averaged_and_order_does_not_matter():
    first, second = pictures(16)
    color = [np.concatenate([images[:1], images[1:]], axis=-1) for images in (first, second)]
    assert ssim(*color)[0] == pytest.approx(ssim(first, second).mean())
    np.testing.assert_allclose(ssim(second, first), ssim(first, second), rtol=1e-12)


def test_gray_levels_and_constant_images():
    levels = np.full((1, 11, 11, 1), 200, "uint8")
    assert ssim(levels, levels).tolist() == [1.0]
    black, white = -np.ones((1, 11, 11, 1), "float32"), np.ones((1, 11, 11, 1), "float32")
    c1 = (0.01 * 2.0) ** 2
    np.testing.assert_allclose(ssim(black, white), [(-2 + c1) / (2 + c1)])  # no contrast: c2 / c2
    assert ms_ssim(black, white, weights=(1.0,)).tolist() == [0.0]


def test_diversity_of_equal_and_of_two_kinds_of_images():
    first, second = pictures(24)
    assert ssim_diversity(np.repeat(first[:1], 4, axis=0)) == 0.0
    pair = np.concatenate([first[:1], second[:1]])
    assert ssim_diversity(pair) == pytest.approx(1 - ssim(first, second)[0])
    share = np.array([0.0448, 0.2856]) / (0.0448 + 0.2856)
    expected = 1 - ms_ssim(first, second, weights=share)[0]
    assert ssim_diversity(pair, scales=2) == pytest.approx(expected)


def test_bad_images_are_named():
    first, _ = pictures(16)
    with pytest.raises(ValueError, match=r"Invalid `second`.*the same size"):
        ssim(first, first[:1])
    with pytest.raises(ValueError, match=r"Invalid `first`.*at least 11 x 11"):
        ssim(first[:, :8], first[:, :8])
    with pytest.raises(ValueError, match=r"at least 176 x 176 for 5 scales.*fewer `weights`"):
        ms_ssim(first, first)
    with pytest.raises(ValueError, match=r"Invalid `weights`"):
        ms_ssim(first, first, weights=(0.5, -1.0))
    with pytest.raises(ValueError, match=r"Invalid `images`.*at least 2"):
        ssim_diversity(first[:1])
