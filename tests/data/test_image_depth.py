"""16-bit and float images keep their levels."""

import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_gan_kit.data import images_from_directory

RAMP = np.arange(4096, dtype="uint16").reshape(64, 64)


ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2)]
ADAM7 += [(1, 0, 2, 1)]


def png16(path, values, *, interlaced=False):
    """Writes 16-bit PNG files of 1 to 4 channels, which Pillow cannot."""
    height, width, channels = values.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    parts = [values[y::down, x::across] for y, x, down, across in ADAM7] if interlaced else [values]
    raw = b"".join(b"\0" + row.astype(">u2").tobytes() for part in parts for row in part)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, interlaced)),
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    ]
    content = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        content += struct.pack(">I", len(data)) + name + data
        content += struct.pack(">I", zlib.crc32(name + data))
    path.write_bytes(content)


def tiff(path, values, *, photometric=1, bits=None, kind=1, order="<", packed=False, **more):
    """Writes a TIFF file: Pillow writes few kinds of them.

    `planes` stores each channel by itself, `more` holds further tags by their numbers.
    """
    height, width, channels = values.shape
    planes = more.pop("planes", False)
    parts = np.moveaxis(values, -1, 0) if planes else values[None]
    parts = [part.astype(values.dtype.newbyteorder(order)).tobytes() for part in parts]
    parts = [zlib.compress(part) if packed else part for part in parts]
    starts = 8 + np.cumsum([0, *map(len, parts)])
    tags = {256: [width], 257: [height], 258: [bits or values.dtype.itemsize * 8] * channels}
    tags |= {259: [8 if packed else 1], 262: [photometric], 273: starts[:-1], 277: [channels]}
    tags |= {278: [height], 279: [len(part) for part in parts], 284: [2 if planes else 1]}
    tags |= {339: [kind] * channels} | {int(tag[1:]): entry for tag, entry in more.items()}
    entries, tail = b"", b""
    where = int(starts[-1]) + 2 + 12 * len(tags) + 4
    for tag, numbers in sorted(tags.items()):
        letter = "I" if tag in (273, 279) else "H"
        data = struct.pack(order + letter * len(numbers), *numbers)
        if len(data) > 4:
            data, tail = struct.pack(order + "I", where + len(tail)), tail + data
        kind_and_count = struct.pack(order + "HHI", tag, {"H": 3, "I": 4}[letter], len(numbers))
        entries += kind_and_count + data.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", starts[-1])
    directory = struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", 0)
    path.write_bytes(head + b"".join(parts) + directory + tail)


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
    tiff(tmp_path / "a.tif", values, photometric=2, t338=[1])
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


COLORS = np.stack([RAMP * 16, RAMP[::-1] * 16, RAMP.T * 16 + 3], axis=-1)


def levels_of(folder, values, white=65535, **options):
    """Reads the one file of a folder and compares its levels."""
    mode = "rgb" if values.shape[-1] == 3 else "grayscale"
    options = {"color_mode": mode, "value_range": (0, white), "verbose": 0} | options
    found = images_from_directory(folder, values.shape[:2], **options)[0]
    np.testing.assert_allclose(found, values, atol=0.01 + white * 1e-6)


@pytest.mark.parametrize("kind", ["P6", "P3", "P5", "P2"])
@pytest.mark.parametrize("white", [65535, 4095])
def test_netpbm_files_keep_their_levels(tmp_path, kind, white):
    values = COLORS if kind in ("P3", "P6") else COLORS[..., :1]
    values = values >> (16 - white.bit_length())
    content = f"{kind}\n64 64\n{white}\n".encode()
    if kind in ("P5", "P6"):
        content += values.astype(">u2").tobytes()
    else:
        content += b"# of a scanner\n" + " ".join(map(str, values.ravel())).encode()
    (tmp_path / "a.pnm").write_bytes(content)
    levels_of(tmp_path, values, white)
    levels_of(tmp_path, values, white, source_range=(0, white))


def test_interlaced_and_turned_png_files_keep_their_levels(tmp_path):
    png16(tmp_path / "a.png", COLORS, interlaced=True)
    levels_of(tmp_path, COLORS)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("packed", [False, True])
def test_planes_of_tiff_files_keep_their_levels(tmp_path, order, packed):
    pytest.importorskip("imagecodecs")
    tiff(tmp_path / "a.tif", COLORS, photometric=2, order=order, packed=packed, planes=True)
    levels_of(tmp_path, COLORS)
    # Orientation 6: the camera was turned left.
    tiff(tmp_path / "a.tif", COLORS, photometric=2, order=order, planes=True, t274=[6])
    levels_of(tmp_path, np.rot90(COLORS, -1))


def test_planes_with_opacity(tmp_path):
    pytest.importorskip("imagecodecs")
    values = np.full((4, 4, 4), 13107, "uint16")
    tiff(tmp_path / "a.tif", values, photometric=2, planes=True, t338=[1])  # premultiplied
    levels_of(tmp_path, np.full((4, 4, 3), 65535))
    tiff(tmp_path / "a.tif", values, photometric=2, planes=True, t338=[2])
    levels_of(tmp_path, np.full((4, 4, 3), 0.2 * 13107 + 0.8 * 65535))
    tiff(tmp_path / "a.tif", values, photometric=2, planes=True, t338=[0])  # another measurement
    levels_of(tmp_path, values[..., :3], source_range=(0, 65535))


def test_without_the_library_that_keeps_the_levels_the_error_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    tiff(tmp_path / "a.tif", COLORS, photometric=2, planes=True)
    message = r"a\.tif.*3 channels of 16 bits, in planes.*pip install imagecodecs, or write it as"
    with pytest.raises(ValueError, match=message):
        levels_of(tmp_path, COLORS)
    with pytest.raises(ValueError, match=message):
        images_from_directory(tmp_path, 8, value_range=None, color_mode="rgb", verbose=0)


def test_16_bit_cmyk_and_palettes_of_16_bits(tmp_path):
    inks = np.stack([RAMP * 16, RAMP[::-1] * 16, RAMP.T * 16, RAMP * 2], axis=-1)
    tiff(tmp_path / "a.tif", inks, photometric=5)
    light = 1 - inks / 65535
    levels_of(tmp_path, light[..., :3] * light[..., 3:] * 65535)
    palette = (np.arange(768) * 85 + 1).reshape(3, 256)
    indices = (RAMP % 256).astype("uint8")[..., None]
    tiff(tmp_path / "a.tif", indices, photometric=3, t320=palette.ravel())
    levels_of(tmp_path, np.moveaxis(palette[:, indices[..., 0]], 0, -1))


@pytest.mark.parametrize(
    ("values", "kind", "options"),
    [
        (RAMP.astype("int16") - 2000, 2, {"order": ">", "packed": True}),
        (RAMP.astype("float32"), 3, {"order": ">", "packed": True}),
        ((RAMP % 256).astype("int8"), 2, {}),
        (RAMP.astype("uint32") << 20, 1, {}),
    ],
)
def test_numbers_that_pillow_misreads(tmp_path, values, kind, options):
    pytest.importorskip("imagecodecs")
    tiff(tmp_path / "a.tif", values[..., None], kind=kind, **options)
    low, high = float(values.min()), float(values.max())
    shares = (values.astype("float64") - low) / (high - low)
    levels_of(tmp_path, shares[..., None], 1, source_range=(low, high))


@pytest.mark.parametrize("bits", [12, 16])
def test_jpeg_2000_keeps_its_levels(tmp_path, bits):
    codecs = pytest.importorskip("imagecodecs")
    lossless = {"level": 0, "reversible": True, "bitspersample": bits}
    values, white = COLORS >> (16 - bits), 2**bits - 1
    (tmp_path / "a.jp2").write_bytes(codecs.jpeg2k_encode(values, **lossless))
    levels_of(tmp_path, values, white)
    gray = values[..., 0].copy()
    (tmp_path / "a.jp2").write_bytes(codecs.jpeg2k_encode(gray, **lossless))
    levels_of(tmp_path, gray[..., None], white)
    levels_of(tmp_path, gray[..., None], white, source_range=(0, white))


def test_avif_of_10_bits_keeps_its_levels(tmp_path):
    codecs = pytest.importorskip("imagecodecs")
    content = codecs.avif_encode(COLORS >> 6, level=100, bitspersample=10, pixelformat="444")
    (tmp_path / "a.avif").write_bytes(content)
    levels_of(tmp_path, COLORS >> 6, 1023)


def test_sgi_of_16_bits_keeps_its_levels(tmp_path):
    def write(packed, planes):
        header = struct.pack(">hBBHHHHii", 474, packed, 2, 3, 64, 64, 3, 0, 65535)
        (tmp_path / "a.sgi").write_bytes(header.ljust(512, b"\0") + planes.astype(">u2").tobytes())

    write(0, np.moveaxis(COLORS[::-1], -1, 0))  # from the last row on
    levels_of(tmp_path, COLORS)
    write(1, COLORS)
    with pytest.raises(ValueError, match=r"a\.sgi.*compressed SGI file of 16 bits.*16-bit PNG"):
        levels_of(tmp_path, COLORS)


def fits(path, values, bits, *cards):
    """Writes a FITS file, whose first row is the lowest."""
    cards = ["SIMPLE = T", f"BITPIX = {bits}", "NAXIS = 2", "NAXIS1 = 2", "NAXIS2 = 2", *cards]
    lines = [f"{card.split(' = ')[0]:8}= {card.split(' = ')[1]:>20}" for card in cards]
    header = "".join(f"{line:80}" for line in [*lines, "END"])
    path.write_bytes(f"{header:2880}".encode() + values.tobytes().ljust(2880, b"\0"))


@pytest.mark.parametrize(
    ("stored", "bits", "cards", "levels", "source_range"),
    [
        (np.array([-32768, 0, 16384, 32767], ">i2"), 16, ["BZERO = 32768"], None, None),
        (np.array([-200, 0, 100, 200], ">i2"), 16, [], [-1, 0, 0.5, 1], (-200, 200)),
        (np.array([0, 50, 100, 200], "u1"), 8, ["BSCALE = 2.0"], [-1, -0.5, 0, 1], (0, 400)),
        (np.array([0, 0.25, 0.5, 1], ">f4"), -32, [], [-1, -0.5, 0, 1], None),
    ],
)
def test_fits_files_have_the_levels_of_their_header(
    tmp_path, stored, bits, cards, levels, source_range
):
    fits(tmp_path / "a.fits", stored, bits, *cards)
    images = images_from_directory(tmp_path, 2, source_range=source_range, verbose=0)
    if levels is None:
        levels = np.array([0, 32768, 49152, 65535]) / 32767.5 - 1
    expected = np.reshape(levels, (2, 2))[::-1]
    np.testing.assert_allclose(images[0, ..., 0], expected, atol=1e-6)
