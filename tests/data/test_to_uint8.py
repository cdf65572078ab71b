import numpy as np
import pytest

from keras_gan_kit.data import from_uint8, to_uint8


@pytest.mark.parametrize("value_range", [(-1.0, 1.0), (0.0, 1.0), (-3, 7), (0, 255)])
def test_to_uint8_inverts_from_uint8(value_range):
    pixels = np.arange(256, dtype="uint8").reshape(2, 8, 8, 2)
    images = from_uint8(pixels, value_range=value_range)
    np.testing.assert_array_equal(to_uint8(images, value_range=value_range), pixels)


@pytest.mark.parametrize(
    ("value", "pixel"),
    [(-1.0, 0), (1.0, 255), (-5.0, 0), (5.0, 255), (np.inf, 255), (-np.inf, 0), (0.2, 153)],
)
def test_values_are_rounded_and_clipped(value, pixel):
    assert to_uint8(np.array([value])).tolist() == [pixel]


def test_values_go_to_the_nearest_level():
    levels = np.arange(255)
    for shift in (0.4, 0.6):
        images = (levels + shift) / 255
        expected = levels + round(shift)
        assert to_uint8(images, value_range=(0.0, 1.0)).tolist() == expected.tolist()


def test_the_input_is_left_alone():
    images = np.full((2, 2), 0.5, "float32")
    assert to_uint8(images).dtype == np.uint8
    assert (images == 0.5).all()


@pytest.mark.parametrize(
    ("error", "argument", "images", "value_range"),
    [
        (ValueError, "images", np.array([0.0, np.nan]), (-1, 1)),
        (TypeError, "images", np.array([1, 2]), (-1, 1)),
        (TypeError, "images", 0.5, (-1, 1)),
        (TypeError, "value_range", np.zeros(1), 1.0),
        (TypeError, "value_range", np.zeros(1), (0, 1, 2)),
        (TypeError, "value_range", np.zeros(1), ("a", "b")),
        (ValueError, "value_range", np.zeros(1), (1, 1)),
        (ValueError, "value_range", np.zeros(1), (1, -1)),
        (ValueError, "value_range", np.zeros(1), (0, np.inf)),
        (ValueError, "value_range", np.zeros(1), (np.nan, 1)),
    ],
)
def test_to_uint8_names_bad_input(error, argument, images, value_range):
    with pytest.raises(error, match=f"Invalid `{argument}`. Received: "):
        to_uint8(images, value_range=value_range)
