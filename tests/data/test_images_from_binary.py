import gzip
import io

import numpy as np
import pytest

from keras_gan_kit.data import images_from_binary

PIXELS = np.arange(24, dtype="uint8").reshape(2, 4, 3, 1) * 10


def idx(array, kind=0x08):
    """The bytes of an IDX file."""
    header = bytes([0, 0, kind, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


def npy(array):
    """The bytes of an npy file."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("content", "image_shape"),
    [
        (PIXELS.tobytes(), (4, 3, 1)),
        (PIXELS.tobytes(), [4, 3, 1]),
        (idx(PIXELS[..., 0]), None),
        (idx(PIXELS[..., 0]), (4, 3, 1)),
        (idx(PIXELS), None),
        (npy(PIXELS[..., 0]), None),
        (npy(PIXELS), (4, 3, 1)),
        (npy(np.asfortranarray(PIXELS)), None),
        (npy(PIXELS / 255.0), None),
    ],
)
def test_every_format_gives_the_same_images(tmp_path, pack, content, image_shape):
    path = tmp_path / "images.gz"
    path.write_bytes(pack(content))
    images = images_from_binary(path, image_shape)
    assert images.dtype == np.float32
    assert images.shape == PIXELS.shape
    np.testing.assert_allclose(images, PIXELS / 127.5 - 1, atol=1e-6)
    raw = images_from_binary(str(path), image_shape, value_range=None)
    np.testing.assert_array_equal(raw, PIXELS)
    assert raw.dtype == np.uint8
    assert raw.flags.writeable


@pytest.mark.parametrize("stored", [PIXELS, PIXELS / 255.0], ids=["uint8", "float"])
def test_scale_sets_black_and_white(tmp_path, stored):
    path = tmp_path / "images.npy"
    np.save(path, stored)
    images = images_from_binary(path, value_range=(0, 2))
    np.testing.assert_allclose(images, PIXELS / 127.5, atol=1e-6)


def test_colour_images_keep_their_channels(tmp_path):
    path = tmp_path / "colour.bin"
    path.write_bytes(bytes(range(24)))
    assert images_from_binary(path, (2, 2, 3), value_range=None)[1, 0, 1].tolist() == [15, 16, 17]


@pytest.mark.parametrize("image_shape", [None, (5, 5, 1)])
def test_moving_mnist_becomes_frames_sequence_after_sequence(tmp_path, image_shape):
    frames, sequences = 2, 5
    stored = np.zeros((frames, sequences, 5, 5), "uint8")
    for frame, sequence in np.ndindex(frames, sequences):
        stored[frame, sequence] = 10 * sequence + frame
    np.save(tmp_path / "moving.npy", stored)
    images = images_from_binary(tmp_path / "moving.npy", image_shape, value_range=None)
    assert images.shape == (frames * sequences, 5, 5, 1)
    assert images[:, 0, 0, 0].tolist() == [0, 1, 10, 11, 20, 21, 30, 31, 40, 41]


def test_image_shape_tells_many_channels_from_sequences(tmp_path):
    np.save(tmp_path / "spectral.npy", np.zeros((2, 4, 6, 7), "uint8"))
    assert images_from_binary(tmp_path / "spectral.npy", (4, 6, 7)).shape == (2, 4, 6, 7)
    assert images_from_binary(tmp_path / "spectral.npy", (6, 7, 1)).shape == (8, 6, 7, 1)


def test_dark_headerless_images_are_not_taken_for_idx_of_another_type(tmp_path):
    # The first four pixels are the magic number of an IDX file of floats.
    content = bytes([0, 0, 0x0D, 1, 9, 9, 9, 9])
    (tmp_path / "dark.bin").write_bytes(content)
    images = images_from_binary(tmp_path / "dark.bin", (2, 2, 1), value_range=None)
    assert images.tobytes() == content


@pytest.mark.parametrize(
    ("error", "argument", "content", "options"),
    [
        (ValueError, "image_shape", PIXELS.tobytes(), {}),
        (ValueError, "image_shape", PIXELS.tobytes()[:-1], {"image_shape": (4, 3, 1)}),
        (ValueError, "image_shape", b"\0", {"image_shape": (28, 28)}),
        (ValueError, "image_shape", b"\0", {"image_shape": 28}),
        (ValueError, "image_shape", b"\0", {"image_shape": (28, 0, 1)}),
        (TypeError, "image_shape", b"\0", {"image_shape": (28, 28.0, 1)}),
        (TypeError, "value_range", b"\0", {"image_shape": (1, 1, 1), "value_range": 1.0}),
        (ValueError, "path", b"", {"image_shape": (1, 1, 1)}),
        (ValueError, "path", gzip.compress(b"", mtime=0), {"image_shape": (1, 1, 1)}),
        (
            ValueError,
            "path",
            gzip.compress(PIXELS.tobytes(), mtime=0)[:-9],
            {"image_shape": (4, 3, 1)},
        ),
        (
            ValueError,
            "path",
            gzip.compress(PIXELS.tobytes(), mtime=0) + b"x",
            {"image_shape": (4, 3, 1)},
        ),
        (ValueError, "path", gzip.compress(PIXELS.tobytes(), mtime=0)[:10] + b"\xff" * 40, {}),
        (ValueError, "path", idx(PIXELS)[:-1], {}),
        (ValueError, "path", idx(PIXELS) + b"x", {}),
        (ValueError, "path", idx(PIXELS)[:9], {}),
        (ValueError, "path", idx(PIXELS[:0]), {}),
        (ValueError, "path", idx(PIXELS[0, 0, :, 0]), {}),
        (ValueError, "path", idx(PIXELS.astype(">f4"), 0x0D), {}),
        (ValueError, "image_shape", idx(PIXELS), {"image_shape": (3, 4, 1)}),
        (ValueError, "path", npy(PIXELS)[:-1], {}),
        (ValueError, "path", npy(PIXELS)[:20], {}),
        (ValueError, "path", npy(PIXELS) + b"x", {}),
        (ValueError, "path", npy(PIXELS[:0]), {}),
        (ValueError, "path", npy(np.array([{}, []], dtype=object)), {}),
        (ValueError, "path", npy(PIXELS[..., np.newaxis]), {}),
        (ValueError, "image_shape", npy(PIXELS), {"image_shape": (4, 3, 3)}),
        (TypeError, "path", npy(PIXELS.astype("int16")), {}),
        (ValueError, "path", npy(PIXELS * 1.0), {}),
        (ValueError, "path", npy(PIXELS / 127.5 - 1), {}),
        (ValueError, "path", npy(np.full((1, 2, 2), np.nan)), {}),
    ],
)
def test_images_from_binary_names_bad_input(tmp_path, error, argument, content, options):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(error) as caught:
        images_from_binary(tmp_path / "file", **options)
    # A sequence is named with the place of its bad entry.
    assert str(caught.value).startswith((f"Invalid `{argument}`", f"Invalid `{argument}["))


def test_images_from_binary_names_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="Invalid `path`"):
        images_from_binary(tmp_path / "missing.bin", (1, 1, 1))


def test_an_order_with_two_readings_is_refused_and_named(tmp_path):
    stored = np.random.default_rng(0).integers(0, 256, (10, 3, 32, 32), "uint8")
    np.save(tmp_path / "x.npy", stored)
    with pytest.raises(ValueError, match="Invalid `data_format`") as raised:
        images_from_binary(tmp_path / "x.npy")
    for words in ("10 images of 3 channels", "30 images", "image_shape=(32, 32, 1)"):
        assert words in str(raised.value)
    images = images_from_binary(tmp_path / "x.npy", data_format="channels_first", value_range=None)
    np.testing.assert_array_equal(images, stored.transpose(0, 2, 3, 1))
    slices = images_from_binary(tmp_path / "x.npy", (32, 32, 1), value_range=None)
    assert slices.shape == (30, 32, 32, 1)
    with pytest.raises(ValueError, match=r"`image_shape`.*data_format='channels_first'"):
        images_from_binary(tmp_path / "x.npy", (32, 32, 3))


@pytest.mark.parametrize("shape", [(10, 1, 32, 32), (10, 4, 20, 24), (10, 32, 32, 8)])
def test_more_shapes_of_two_readings(tmp_path, shape):
    np.save(tmp_path / "x.npy", np.zeros(shape, "uint8"))
    with pytest.raises(ValueError, match="Invalid `data_format`"):
        images_from_binary(tmp_path / "x.npy")
    last = images_from_binary(tmp_path / "x.npy", data_format="channels_last")
    assert last.shape == shape
    first = images_from_binary(tmp_path / "x.npy", data_format="channels_first")
    assert first.shape == (shape[0], *shape[2:], shape[1])


def test_headerless_bytes_with_channels_first(tmp_path):
    stored = np.arange(24, dtype="uint8").reshape(2, 3, 2, 2)
    (tmp_path / "x.bin").write_bytes(stored.tobytes())
    images = images_from_binary(
        tmp_path / "x.bin", (2, 2, 3), data_format="channels_first", value_range=None
    )
    np.testing.assert_array_equal(images, stored.transpose(0, 2, 3, 1))


def test_a_stated_range_of_the_numbers(tmp_path):
    np.save(tmp_path / "x.npy", np.int16([[[-1000, 0], [400, 3000]]]))
    with pytest.raises(TypeError, match=r"source_range=\(low, high\)"):
        images_from_binary(tmp_path / "x.npy")
    images = images_from_binary(tmp_path / "x.npy", source_range=(-1000, 400))
    np.testing.assert_allclose(images.ravel(), [-1, 3 / 7, 1, 1], atol=1e-6)
    np.save(tmp_path / "x.npy", np.float64([[[0.0, 127.5], [255.0, np.nan]]]))
    with pytest.raises(ValueError, match="NaN"):
        images_from_binary(tmp_path / "x.npy", source_range=(0, 255))
    np.save(tmp_path / "x.npy", np.float64([[[0.0, 127.5], [255.0, 51.0]]]))
    images = images_from_binary(tmp_path / "x.npy", source_range=(0, 255))
    np.testing.assert_allclose(images.ravel(), [-1, 0, 1, -0.6], atol=1e-6)
