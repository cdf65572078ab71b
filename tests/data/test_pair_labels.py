"""Labels that are pictures or classes, and files that hold image and label side by side."""

import numpy as np
import pytest
from PIL import Image

from keras_gan_kit.data import PairedDataset, pair_augmentation, paired_images

SIZE = (6, 4)
COLORS = np.random.default_rng(0).integers(0, 256, (2, *SIZE, 3), dtype="uint8")


def save(path, pixels, mode=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(pixels)
    (picture if mode is None else picture.convert(mode)).save(path)


def folders(root, image, label):
    save(root / "a" / "1.png", image)
    save(root / "b" / "1.png", label)
    return root / "a", root / "b"


@pytest.mark.parametrize(("mode", "channels"), [("rgb", 3), ("grayscale", 1)])
def test_pictures_as_labels_are_in_the_range_of_tanh(tmp_path, mode, channels):
    where = folders(tmp_path, COLORS[0], COLORS[1])
    pairs = paired_images(*where, label_mode=mode, multiple_of=8, verbose=0)
    assert pairs.labels.shape == (1, 8, 8, channels)
    found = pairs.unpad(pairs.labels)[0]
    expected = COLORS[1] if channels == 3 else np.array(Image.fromarray(COLORS[1]).convert("L"))
    np.testing.assert_allclose(found, expected.reshape(found.shape) / 127.5 - 1, atol=1e-6)
    # Sources too are in [-1, 1], and the padding of both is reflected.
    np.testing.assert_allclose(pairs.unpad(pairs.images)[0], COLORS[0] / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(pairs.labels[0, 0, 2:6], pairs.labels[0, 2, 2:6])
    paths = pairs.save_predictions(pairs.labels, tmp_path / "out")
    np.testing.assert_array_equal(np.array(Image.open(paths[0])).ravel(), expected.ravel())


def test_16_bit_pictures_take_a_range_of_their_own(tmp_path):
    levels = np.arange(24, dtype="uint16").reshape(SIZE)
    where = folders(tmp_path, levels * 100, levels)
    options = {"label_mode": "grayscale", "source_range": (0, 4095), "label_range": (0, 23)}
    pairs = paired_images(*where, **options, verbose=0)
    np.testing.assert_allclose(pairs.labels[0, ..., 0], levels / 11.5 - 1, atol=1e-6)
    np.testing.assert_allclose(pairs.images[0, ..., 0], levels * 100 / 2047.5 - 1, atol=1e-6)


def test_one_file_holds_source_and_target(tmp_path):
    save(tmp_path / "1.png", np.concatenate(list(COLORS), axis=1))
    first, second = (COLORS / 127.5 - 1).astype("float32")
    pairs = paired_images(tmp_path, side_by_side="AtoB", verbose=0)
    np.testing.assert_allclose([pairs.images[0], pairs.labels[0]], [first, second], atol=1e-6)
    back = paired_images(tmp_path, side_by_side="BtoA", verbose=0)
    np.testing.assert_allclose([back.images[0], back.labels[0]], [second, first], atol=1e-6)
    assert back.size == SIZE
    small = paired_images(tmp_path, side_by_side="AtoB", image_size=(3, 2), verbose=0)
    blocks = first.reshape(3, 2, 2, 2, 3).mean((1, 3))
    np.testing.assert_allclose(small.images[0], blocks, atol=0.2)  # no pixel of the other half
    with pytest.raises(ValueError, match=r"`labels`.*side_by_side='AtoB'"):
        paired_images(tmp_path, tmp_path, side_by_side="AtoB", verbose=0)
    save(tmp_path / "2.png", COLORS[0][:, :3])
    with pytest.raises(ValueError, match=r"`side_by_side`.*2\.png.*3 pixels wide"):
        paired_images(tmp_path, side_by_side="AtoB", image_size=4, verbose=0)


def test_masks_and_deep_levels_can_be_side_by_side(tmp_path):
    mark = np.uint16(np.arange(24).reshape(SIZE) > 11) * 60000
    levels = np.arange(24, dtype="uint16").reshape(SIZE) * 2500
    save(tmp_path / "1.png", np.concatenate([levels, mark], axis=1))
    options = {"side_by_side": "AtoB", "label_mode": "mask", "standardize": False}
    pairs = paired_images(tmp_path, **options, verbose=0)
    np.testing.assert_array_equal(pairs.labels[0, ..., 0], mark > 0)
    np.testing.assert_allclose(pairs.images[0, ..., 0], levels / 32767.5 - 1, atol=1e-6)


CLASSES = np.uint8([[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 1, 1], [2, 2, 2, 2], [0] * 4, [3] * 4])


@pytest.mark.parametrize("kind", ["L", "P", "16 bits", "RGB", "LA", "4 bits"])
def test_classes_are_read_as_they_are_stored(tmp_path, kind):
    if kind == "16 bits":
        picture = Image.fromarray(CLASSES.astype("uint16"))
    elif kind == "4 bits":
        picture = Image.fromarray(CLASSES * 17)  # Pillow writes TIFF files of 8 bits alone
    else:
        picture = Image.fromarray(CLASSES)
    if kind == "P":
        picture.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200, 9, 9, 9])
    elif kind in ("RGB", "LA"):
        picture = picture.convert(kind)
    image, label = tmp_path / "a" / "1.png", tmp_path / "b" / "1.png"
    save(image, COLORS[0])
    label.parent.mkdir()
    if kind == "4 bits":
        write_4_bits(label, CLASSES)
    else:
        picture.save(label)
    pairs = paired_images(image.parent, label.parent, num_classes=4, multiple_of=8, verbose=0)
    assert pairs.labels.shape == (1, 8, 8, 4)
    assert (pairs.labels.sum(-1) == 1).all()  # the padding is background
    np.testing.assert_array_equal(pairs.unpad(pairs.labels)[0].argmax(-1), CLASSES)
    paths = pairs.save_predictions(0.1 + 0.6 * pairs.labels, tmp_path / "out")
    np.testing.assert_array_equal(np.array(Image.open(paths[0])), CLASSES)  # the indices


def write_4_bits(path, values):
    import struct
    import zlib

    rows = b"".join(
        b"\0" + bytes(a << 4 | b for a, b in row.reshape(-1, 2).tolist()) for row in values
    )
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 4, 0, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        content += struct.pack(">I", len(data)) + name + data
        content += struct.pack(">I", zlib.crc32(name + data))
    path.write_bytes(content)


def test_pixels_without_a_class_are_out_of_view(tmp_path):
    values = CLASSES.copy()
    values[0] = 255
    where = folders(tmp_path, COLORS[0], values)
    message = r"`labels`.*with the values 0, 1, 2, 3, 255.*classes 0 to 3.*ignore_label=255"
    with pytest.raises(ValueError, match=message):
        paired_images(*where, num_classes=4, verbose=0)
    pairs = paired_images(*where, num_classes=4, ignore_label=255, verbose=0)
    np.testing.assert_array_equal(pairs.masks[0, ..., 0], values != 255)
    assert (pairs.labels.sum(-1) == 1).all()


@pytest.mark.parametrize(
    ("label", "ending", "words"),
    [
        (COLORS[1], "png", "which is a color image"),
        (np.uint8([[0, 128, 255, 0]] * 6), "png", "with the values 0, 128, 255"),
        (CLASSES, "jpg", "a JPEG file"),
        (np.float32(CLASSES) + 0.5, "tif", "with the values 0.5, 1.5, 2.5, 3.5"),
        (CLASSES[:3], "png", r"of \(3, 4\) pixels for an image of \(6, 4\)"),
    ],
)
def test_files_that_hold_no_classes_are_named(tmp_path, label, ending, words):
    save(tmp_path / "a" / "1.png", COLORS[0])
    save(tmp_path / "b" / f"1.{ending}", label)
    with pytest.raises(ValueError, match=rf"`labels`.*1\.{ending}.*{words}"):
        paired_images(tmp_path / "a", tmp_path / "b", num_classes=4, verbose=0)


def test_resized_classes_are_the_ones_that_cover_most(tmp_path):
    values = np.zeros((8, 8), "uint8")
    values[:, 4:], values[0, 0] = 2, 1
    where = folders(tmp_path, np.zeros((8, 8, 3), "uint8"), values)
    with pytest.warns(UserWarning, match=r"class 1.*1\.png.*larger image_size"):
        pairs = paired_images(*where, num_classes=3, image_size=4, verbose=0)
    np.testing.assert_array_equal(pairs.labels[0].argmax(-1), [[0, 0, 2, 2]] * 4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"num_classes": 1}, r"`num_classes`.*at least 2"),
        ({"num_classes": 4, "label_mode": "rgb"}, "`label_mode`.*num_classes=4"),
        ({"ignore_label": 255}, "`ignore_label`.*without `num_classes`"),
        ({"label_mode": "color"}, "`label_mode`.*'color'"),
        ({"side_by_side": "left"}, "`side_by_side`.*'left'"),
    ],
)
def test_options_that_do_not_go_together(tmp_path, options, words):
    where = folders(tmp_path, COLORS[0], CLASSES)
    where = where[:1] if "side_by_side" in options else where
    with pytest.raises(ValueError, match=words):
        paired_images(*where, **options, verbose=0)


def test_augmentation_moves_pictures_and_classes_with_their_images(tmp_path):
    where = folders(tmp_path, COLORS[0], COLORS[0])
    pairs = paired_images(*where, label_mode="rgb", verbose=0)
    layers = pair_augmentation(brightness=0, contrast=0, hue=0)  # flips alone
    images, labels, _ = PairedDataset(pairs, batch_size=8, augmentation=layers).batch(0, 0)
    np.testing.assert_allclose(images, labels, atol=1e-6)
    assert len({image.tobytes() for image in images}) > 1
    where = folders(tmp_path / "classes", np.stack([CLASSES] * 3, axis=-1), CLASSES)
    pairs = paired_images(*where, num_classes=4, standardize=False, verbose=0)
    images, labels, _ = PairedDataset(pairs, batch_size=8, augmentation=layers).batch(0, 0)
    assert (labels.sum(-1) == 1).all()
    np.testing.assert_allclose(labels.argmax(-1), (images[..., 0] + 1) * 127.5, atol=1e-3)


def test_crops_can_be_centered_on_marked_pixels(tmp_path):
    mark = np.zeros((32, 32), "uint8")
    mark[20, 11] = 255
    where = folders(tmp_path, np.zeros((32, 32, 3), "uint8"), mark)
    pairs = paired_images(*where, verbose=0)
    options = {"batch_size": 32, "crop_size": 5}
    data = PairedDataset(pairs, foreground=1, **options)
    labels = data.batch(0, 0)[1]
    assert (labels[:, 2, 2, 0] == 1).all()  # in the middle
    np.testing.assert_array_equal(data.batch(0, 0)[1], labels)
    half = PairedDataset(pairs, foreground=0.5, **options).batch(0, 0)[1]
    assert 6 <= half.any((1, 2, 3)).sum() <= 26  # of 32, by a fair coin: p < 0.001 outside
    assert PairedDataset(pairs, **options).batch(0, 0)[1].sum() <= 4  # 32 x 25 / 784 are expected
    mark[20, 11], mark[0, 31] = 0, 255  # crops stay in the image
    pairs = paired_images(*folders(tmp_path, np.zeros((32, 32, 3), "uint8"), mark), verbose=0)
    labels = PairedDataset(pairs, foreground=1, **options).batch(0, 0)[1]
    assert (labels[:, 0, 4, 0] == 1).all()


def test_crops_show_rare_classes_as_often_as_common_ones(tmp_path):
    values = np.zeros((16, 16), "uint8")
    values[8:], values[0, 0] = 1, 2
    where = folders(tmp_path, np.zeros((16, 16, 3), "uint8"), values)
    pairs = paired_images(*where, num_classes=3, verbose=0)
    labels = PairedDataset(pairs, foreground=1, batch_size=64, crop_size=3).batch(0, 0)[1]
    assert 16 <= labels[..., 2].any((1, 2)).sum() <= 48  # by a fair coin: p < 1e-4 outside


def test_without_marks_crops_are_anywhere(tmp_path):
    where = folders(tmp_path, np.zeros((16, 16, 3), "uint8"), np.zeros((16, 16), "uint8"))
    pairs = paired_images(*where, verbose=0)
    data = PairedDataset(pairs, foreground=1, batch_size=4, crop_size=3)
    assert data.batch(0, 0)[0].shape == (4, 3, 3, 3)
    with pytest.raises(ValueError, match=r"`foreground`.*2.*\[0, 1\]"):
        PairedDataset(pairs, foreground=2, crop_size=3)
    with pytest.raises(ValueError, match=r"`foreground`.*whole images.*`crop_size`"):
        PairedDataset(pairs, foreground=0.5)
