"""16-bit and float images keep their levels."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_gan_kit.data import images_from_directory

RAMP = np.arange(4096, dtype="uint16").reshape(64, 64)


def png16(path, values):
    """Writes 16-bit PNG files of 1 to 4 channels, which Pillow cannot."""
    height, width, channels = values.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = values.astype(">u2").reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)),
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    ]
    content = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        content += struct.pack(">I", len(data)) + name + data
        content += struct.pack(">I", zlib.crc32(name + data))
    path.write_bytes(content)


def tiff(path, values, *, photometric=1, bits=None, kind=1, order="<", opacity=None):
    """Writes an uncompressed TIFF file: Pillow writes few kinds of them."""
    height, width, channels = values.shape
    pixels = values.astype(values.dtype.newbyteorder(order)).tobytes()
    bits = bits or values.dtype.itemsize * 8
    offset = 8 + len(pixels)
    tags = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 273: 8}
    tags |= {277: channels, 278: height, 279: len(pixels), 339: kind}
    if opacity is not None:
        tags[338] = opacity
    entries, tail = b"", b""
    where = offset + 2 + 12 * len(tags) + 4
    for tag, value in sorted(tags.items()):
        several = channels if tag in (258, 339) else 1
        if several == 1:
            short = value < 65536 and tag not in (273, 279)
            body = struct.pack(
                order + ("HH" if short else "I"), *([value, 0] if short else [value])
            )
            entries += struct.pack(order + "HHI", tag, 3 if short else 4, 1) + body
        else:
            data = struct.pack(order + "H" * several, *[value] * several)
            if len(data) <= 4:
                body = data.ljust(4, b"\0")
            else:
                body, tail = struct.pack(order + "I", where + len(tail)), tail + data
            entries += struct.pack(order + "HHI", tag, 3, several) + body
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", offset)
    directory = struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", 0)
    path.write_bytes(head + pixels + directory + tail)


def read(folder, size, **options):
    return images_from_directory(folder, size, **{"color_mode": "rgb", "verbose": 0} | options)[0]


def test_all_levels_of_16_bits_arrive(tmp_path):
    values = RAMP * 16
    Image.fromarray(values).save(tmp_path / "a.png")
    found = images_from_directory(tmp_path, 64, verbose=0)[0, ..., 0]
    assert len(np.unique(found)) == 4096
    np.testing.assert_allclose(found, values / 32767.5 - 1, atol=1e-6)


def test_resizing_averages_levels_and_not_rounded_ones(tmp_path):
    values = np.tile(np.uint16([[20000, 20001]]), (8, 4))
    Image.fromarray(values).save(tmp_path / "a.png")
    found = images_from_directory(tmp_path, 4, value_range=(0, 65535), verbose=0)[0, ..., 0]
    np.testing.assert_allclose(found[:, 1:3], 20000.5, atol=0.01)


@pytest.mark.parametrize("kind", ["png", "tiff <", "tiff >"])
def test_all_levels_of_16_bit_color_arrive(tmp_path, kind):
    values = np.stack([RAMP * 16, RAMP[::-1] * 16, RAMP.T * 16 + 3], axis=-1)
    if kind == "png":
        png16(tmp_path / "a.png", values)
    else:
        tiff(tmp_path / "a.tif", values, photometric=2, order=kind[-1])
    np.testing.assert_allclose(read(tmp_path, 64), values / 32767.5 - 1, atol=1e-6)
    luma = values @ [0.299, 0.587, 0.114]
    gray = read(tmp_path, 64, color_mode="grayscale")[..., 0]
    np.testing.assert_allclose(gray, luma / 32767.5 - 1, atol=1e-6)


@pytest.mark.parametrize("channels", [2, 4])
def test_16_bit_transparency_shows_the_paper(tmp_path, channels):
    values = np.full((4, 4, channels), 20001, "uint16")
    values[..., -1] = np.uint16([[0, 65535, 65535, 13107]])
    png16(tmp_path / "a.png", values)
    expected = [65535, 20001, 20001, 0.2 * 20001 + 0.8 * 65535]
    found = read(tmp_path, 4, value_range=(0, 65535))
    np.testing.assert_allclose(found[0, :, 0], expected, atol=0.05)


def test_premultiplied_16_bit_color(tmp_path):
    values = np.full((4, 4, 4), 13107, "uint16")  # a fifth: opaque white at a fifth of opacity
    tiff(tmp_path / "a.tif", values, photometric=2, opacity=1)
    np.testing.assert_allclose(read(tmp_path, 4), 1, atol=1e-6)


def test_16_bit_files_whose_zero_is_white(tmp_path):
    values = np.uint16([[0, 65535], [20000, 100]])[..., None]
    tiff(tmp_path / "a.tif", values, photometric=0)
    found = read(tmp_path, 2, value_range=(0, 65535))[..., 0]
    np.testing.assert_allclose(found, 65535.0 - values[..., 0], atol=0.01)


@pytest.mark.parametrize(("highest", "white"), [(1023, 1023), (4000, 4095), (16000, 16383)])
def test_few_bits_in_a_16_bit_file_are_recognized(tmp_path, highest, white):
    Image.fromarray(np.uint16([[0, highest]])).save(tmp_path / "a.png")
    with pytest.warns(UserWarning, match=rf"source_range=\(0, {white}\)") as caught:
        images_from_directory(tmp_path, (1, 2), verbose=0)
    assert len(caught) == 1
    found = images_from_directory(tmp_path, (1, 2), source_range=(0, white), verbose=0)
    np.testing.assert_allclose(found.ravel(), [-1, 2 * highest / white - 1], atol=1e-6)
    # One bright image is enough to tell that the others are dark.
    Image.fromarray(np.uint16([[0, 60000]])).save(tmp_path / "b.png")
    images_from_directory(tmp_path, (1, 2), verbose=0)


def test_floats_and_signed_integers_are_read_with_a_stated_range(tmp_path):
    hounsfield = np.float32([[-1000, 0, 400, 3000]])
    Image.fromarray(hounsfield).save(tmp_path / "a.tif")
    with pytest.raises(ValueError, match=r"a\.tif.*source_range=\(-1000, 3000\)"):
        images_from_directory(tmp_path, (1, 4), verbose=0)
    for values in (hounsfield, hounsfield.astype("int32")):
        Image.fromarray(values).save(tmp_path / "a.tif")
        found = images_from_directory(tmp_path, (1, 4), source_range=(-1000, 400), verbose=0)
        np.testing.assert_allclose(found.ravel(), [-1, 3 / 7, 1, 1], atol=1e-6)
    pixels = images_from_directory(
        tmp_path, (1, 4), source_range=(-1000, 3000), value_range=None, verbose=0
    )
    assert pixels.dtype == np.uint8
    assert pixels.ravel().tolist() == [0, 64, 89, 255]


def test_a_stated_range_counts_for_8_bits_too(tmp_path):
    Image.fromarray(np.uint8([[0, 7, 15, 200]])).save(tmp_path / "a.png")
    found = images_from_directory(tmp_path, (1, 4), source_range=(0, 15), verbose=0)
    np.testing.assert_allclose(found.ravel(), [-1, 14 / 15 - 1, 1, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.zeros((3, 3, 1), "float64"), "1 channel of 64-bit floats"),
        (np.zeros((3, 3, 1), "float16"), "1 channel of 16-bit floats"),
        (np.zeros((3, 3, 3), "float32"), "3 channels of 32-bit floats"),
    ],
)
def test_numbers_that_pillow_does_not_read_are_named(tmp_path, values, reason):
    tiff(tmp_path / "a.tif", values, photometric=2 if values.shape[-1] == 3 else 1, kind=3)
    with pytest.raises(ValueError, match=rf"a\.tif.*{reason}"):
        images_from_directory(tmp_path, 3, verbose=0)
