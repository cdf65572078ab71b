"""Images with masks, from folders as DRIVE, CHASE_DB1 and users have them."""

import os
import resource
import sys
import unicodedata

import numpy as np
import pytest
from PIL import Image

from keras_gan_kit.data import ImagePairs, PairedDataset, paired_images

SIZE = (6, 5)  # height and width


def draw(num, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (num, *SIZE, 3), dtype="uint8")


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def half(value=255):
    """The upper half is marked."""
    mark = np.zeros(SIZE, "uint8")
    mark[:3] = value
    return mark


def drive(root, part="training", numbers=(21, 22)):
    for number, pixels in zip(numbers, draw(len(numbers)), strict=True):
        save(root / part / "images" / f"{number}_{part}.tif", pixels)
        save(root / part / "1st_manual" / f"{number}_manual1.gif", half())
        save(root / part / "mask" / f"{number}_{part}_mask.gif", np.full(SIZE, 255, "uint8"))


def chase(root, num=24, *, flat=True):
    names = [f"Image_{i:02d}{side}" for i in range(1, num // 2 + 1) for side in "LR"]
    for name, pixels in zip(names, draw(num), strict=True):
        save(root / ("." if flat else "images") / f"{name}.png", pixels)
        for ending in ("1stHO", "2ndHO"):
            folder = root / ("." if flat else f"labels_{ending}")
            save(folder / f"{name}_{ending}.png", half() if ending == "1stHO" else 255 - half())


def folders(root, num=2, ending=".png"):
    for i, pixels in enumerate(draw(num)):
        save(root / "images" / f"eye {i} é.png", pixels)
        save(root / "labels" / f"eye {i} é_label{ending}", half())


def test_drive(tmp_path):
    drive(tmp_path)
    drive(tmp_path, "test", (1, 2, 3))
    pairs = paired_images(tmp_path, split="training", standardize=False, verbose=0)
    assert pairs.names == ("21", "22")
    np.testing.assert_allclose(pairs.images, draw(2) / 127.5 - 1, atol=1e-6)
    assert (pairs.labels[:, :3] == 1).all() and (pairs.labels[:, 3:] == 0).all()
    assert (pairs.masks == 1).all()
    assert len(paired_images(tmp_path, split="test", verbose=0)) == 3
    assert len(paired_images(tmp_path / "test", verbose=0)) == 3


@pytest.mark.parametrize("flat", [True, False])
def test_chase(tmp_path, flat):
    chase(tmp_path, flat=flat)
    training = paired_images(tmp_path, split="training", verbose=0)
    test = paired_images(tmp_path, split="test", verbose=0)
    assert (len(training), len(test)) == (20, 4)
    assert test.names == ("Image_11L", "Image_11R", "Image_12L", "Image_12R")
    other = paired_images(tmp_path, split="test", observer=2, verbose=0)
    np.testing.assert_array_equal(other.labels, 1 - test.labels)


def test_folders_and_standardisation_over_the_field_of_view(tmp_path):
    folders(tmp_path)
    for i in range(2):
        save(tmp_path / "views" / f"eye {i} é.png", half(1))
    pairs = paired_images(tmp_path / "images", tmp_path / "labels", tmp_path / "views", verbose=0)
    seen = pairs.images[:, :3]
    np.testing.assert_allclose(seen.mean((1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(seen.std((1, 2)), 1, atol=1e-5)
    np.testing.assert_allclose(pairs.pixels(), draw(2) / 255, atol=1e-6)
    assert (pairs.masks[:, :3] == 1).all() and (pairs.masks[:, 3:] == 0).all()


def test_padding_and_its_undoing(tmp_path):
    folders(tmp_path)
    pairs = paired_images(tmp_path / "images", tmp_path / "labels", multiple_of=4, verbose=0)
    bare = paired_images(tmp_path / "images", tmp_path / "labels", verbose=0)
    assert pairs.images.shape == (2, 8, 8, 3)
    for padded, own in zip(pairs, bare, strict=True):
        np.testing.assert_array_equal(pairs.unpad(padded), own)
    assert pairs.masks.sum() == bare.masks.sum() == 2 * 6 * 5
    np.testing.assert_array_equal(pairs.images[:, 0], pairs.images[:, 2])  # a mirror at row 1


def test_resized_labels_stay_binary(tmp_path):
    folders(tmp_path)
    pairs = paired_images(tmp_path / "images", tmp_path / "labels", image_size=(4, 9), verbose=0)
    assert pairs.images.shape == (2, 4, 9, 3)
    assert set(np.unique(pairs.labels)) == {0.0, 1.0}
    assert (pairs.labels[:, :2] == 1).all() and (pairs.labels[:, 2:] == 0).all()


def test_some_of_the_pairs(tmp_path):
    folders(tmp_path, 3)
    pairs = paired_images(tmp_path / "images", tmp_path / "labels", verbose=0)
    assert isinstance(pairs[1:], ImagePairs)
    assert pairs[1:].names == pairs.names[1:]
    np.testing.assert_array_equal(pairs[1:].pixels(), pairs.pixels()[1:])
    with pytest.raises(TypeError, match=r"pairs\[3:4\]"):
        pairs[0]


def spoil_lone(root):
    (root / "labels" / "eye 1 é_label.png").rename(root / "labels" / "nobody.png")


def spoil_twice(root):
    save(root / "labels" / "eye 1 é_other.png", half())


def spoil_size(root):
    save(root / "labels" / "eye 1 é_label.png", half()[:4])


def spoil_values(root):
    gray = half()
    gray[0, :3] = (100, 150, 200)
    save(root / "labels" / "eye 1 é_label.png", gray)


def spoil_broken(root):
    (root / "images" / "eye 1 é.png").write_bytes(b"\x89PNG broken")


def spoil_sizes(root):
    save(root / "images" / "eye 1 é.png", draw(1)[0, :4])


def test_a_black_mask_leaves_nothing_to_look_at(tmp_path):
    drive(tmp_path)
    save(tmp_path / "training" / "mask" / "22_training_mask.gif", np.zeros(SIZE, "uint8"))
    with pytest.raises(ValueError, match=r"22_training_mask\.gif.*black"):
        paired_images(tmp_path, split="training", verbose=0)


def test_a_faulty_mask_is_no_faulty_label(tmp_path):
    drive(tmp_path)
    save(tmp_path / "training" / "mask" / "22_training_mask.gif", half()[:4])
    with pytest.raises(
        ValueError,
        match=r"`masks`.*22_training_mask\.gif.*a file of the same "
        r"size as the image",
    ):
        paired_images(tmp_path, split="training", verbose=0)


@pytest.mark.parametrize(("other", "also"), [("eye 1 é.tif", ""), ("more/eye 1 é.png", "flat")])
def test_two_images_of_one_name_are_named(tmp_path, other, also):
    folders(tmp_path)
    save(tmp_path / "images" / other, draw(1)[0])
    if also:  # in folders that are not those of the images, labels are found by name alone
        (tmp_path / "labels" / also).mkdir()
        for path in list((tmp_path / "labels").glob("*.png")):
            path.rename(path.parent / also / path.name)
    with pytest.raises(ValueError, match="`directory`") as raised:
        paired_images(tmp_path / "images", tmp_path / "labels", verbose=0)
    assert other in str(raised.value)
    assert "one file for the image 'eye 1 é'" in str(raised.value)


def test_a_bar_counts_the_images(tmp_path, capsys):
    folders(tmp_path, 3)
    paired_images(tmp_path / "images", tmp_path / "labels")
    assert "3/3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_lone, ["`labels`", "no file for 'eye 1 é'", "nobody.png"]),
        (spoil_twice, ["`labels`", "eye 1 é_label.png", "eye 1 é_other.png"]),
        (spoil_size, ["`labels`", "eye 1 é_label.png", "(4, 5)", "(6, 5)"]),
        (spoil_values, ["`labels`", "eye 1 é_label.png", "5 gray values"]),
        (spoil_broken, ["eye 1 é.png", "cannot read"]),
        (spoil_sizes, ["`image_size`", "eye 1 é.png", "(4, 5)"]),
    ],
)
def test_the_faulty_file_is_named(tmp_path, spoil, words):
    folders(tmp_path)
    spoil(tmp_path)
    with pytest.raises(ValueError) as raised:
        paired_images(tmp_path / "images", tmp_path / "labels", verbose=0)
    for word in words:
        assert word in str(raised.value)


def test_bad_arguments(tmp_path):
    drive(tmp_path / "drive")
    folders(tmp_path / "own")
    own = (tmp_path / "own" / "images", tmp_path / "own" / "labels")
    for options, words in [
        ((tmp_path / "drive",), ["`split`", "'training' or 'test'"]),
        ((tmp_path / "drive", None, None, "validation"), ["`split`", "'validation'"]),
        ((tmp_path / "own",), ["`directory`", "paired_images(images, labels)"]),
        ((tmp_path / "drive" / "training", None, None, "test"), ["`split`", "'test'", "training"]),
        ((tmp_path / "drive", None, tmp_path, "training"), ["`masks`", "a dataset"]),
        ((*own, None, "test"), ["`split`", "folders without splits"]),
    ]:
        keys = ("directory", "labels", "masks", "split")
        with pytest.raises(ValueError) as raised:
            paired_images(**dict(zip(keys, options, strict=False)), verbose=0)
        for word in words:
            assert word in str(raised.value)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        paired_images(tmp_path / "nowhere", verbose=0)
    with pytest.raises(ValueError, match="`observer`"):
        paired_images(tmp_path / "drive", split="training", observer=3, verbose=0)


def test_real_fundus_images(shared_data):
    with pytest.warns(UserWarning, match=r"7 of 8 labels lose.*label_threshold=0\.\d+"):
        pairs = paired_images(shared_data / "chase_db1", split="test", image_size=96, verbose=0)
    assert len(pairs) == 8
    assert pairs.names[0] == "Image_11L"
    assert 0.03 < pairs.labels.sum() / pairs.masks.sum() < 0.2
    assert 0.5 < pairs.masks.mean() < 0.9


MARK = np.zeros((8, 8), "uint8")
MARK[2:5] = 1
BLACK, WHITE, RED, GREEN = (0, 0, 0), (255, 255, 255), (128, 0, 0), (0, 128, 0)


def palette(indices, *colors, **info):
    picture = Image.new("P", indices.shape[::-1])
    picture.putdata(indices.ravel().tolist())
    picture.putpalette([level for color in colors for level in color])
    picture.info |= info
    return picture


def layers(gray, alpha, mode):
    bands = [Image.fromarray(np.uint8(gray))] * (len(mode) - 1)
    return Image.merge(mode, [*bands, Image.fromarray(np.uint8(alpha))])


def marks(tmp_path, picture, ending="png", saved=None, **options):
    """Reads one mask as a label."""
    save(tmp_path / "images" / "1.png", np.zeros((*MARK.shape, 3), "uint8"))
    for path in (tmp_path / "labels").glob("*"):
        path.unlink()
    (tmp_path / "labels").mkdir(exist_ok=True)
    picture.save(tmp_path / "labels" / f"1.{ending}", **saved or picture.info)
    pairs = paired_images(tmp_path / "images", tmp_path / "labels", verbose=0, **options)
    return pairs.labels[0, ..., 0]


TWO_VALUES = {
    "8 bits, 0 and 1": (Image.fromarray(MARK), "png"),
    "8 bits, 1 and 2": (Image.fromarray(MARK + np.uint8(1)), "png"),
    "16 bits, 0 and 1": (Image.fromarray(MARK.astype("uint16")), "png"),
    "16 bits, 0 and 3": (Image.fromarray(MARK.astype("uint16") * 3), "png"),
    "16 bits, full": (Image.fromarray(MARK.astype("uint16") * 65535), "tif"),
    "32 bits": (Image.fromarray(MARK.astype("int32")), "tif"),
    "32 bits, negative": (Image.fromarray(MARK.astype("int32") - 1), "tif"),
    "floats": (Image.fromarray(MARK.astype("float32")), "tif"),
    "one bit": (Image.fromarray(MARK > 0), "png"),
    "colors": (Image.fromarray(np.where(MARK[..., None], RED, BLACK).astype("uint8")), "png"),
    "VOC's palette": (palette(MARK, BLACK, RED), "png"),
    "a palette whose background is bright": (palette(MARK, WHITE, RED), "png"),
    "a gray palette": (palette(1 - MARK, WHITE, BLACK), "gif"),
    "a layer": (layers(255 * MARK, 255 * MARK, "RGBA"), "png"),
    "a layer of gray": (layers(255 * MARK, 255 * MARK, "LA"), "png"),
    "a layer of white on white": (layers(MARK * 0 + 255, 255 * MARK, "RGBA"), "png"),
    "a layer of black": (layers(MARK * 0, 255 * MARK, "LA"), "png"),
    "an opaque layer": (layers(255 * MARK, MARK * 0 + 255, "RGBA"), "png"),
    "a hole in a layer": (layers(255 * MARK, 255 * (np.arange(8) > 3) | MARK * 255, "LA"), "png"),
    "a GIF of black and white": (palette(MARK, BLACK, WHITE, transparency=0), "gif"),
    "a GIF whose background is white": (palette(MARK, WHITE, RED, transparency=0), "gif"),
    "opacity in a palette": (palette(MARK, WHITE, WHITE, transparency=bytes([0, 255])), "png"),
}


@pytest.mark.parametrize("kind", TWO_VALUES)
def test_two_values_are_told_apart_as_they_are_stored(tmp_path, kind):
    np.testing.assert_array_equal(marks(tmp_path, *TWO_VALUES[kind]), MARK)


def test_soft_masks_take_a_threshold(tmp_path):
    large = Image.fromarray(255 * np.repeat(np.repeat(MARK, 5, 0), 5, 1))
    soft = large.resize((8, 8), Image.Resampling.BICUBIC)
    for picture, ending in ((soft, "png"), (Image.fromarray(255 * MARK), "jpg")):
        with pytest.raises(ValueError, match=r"`labels`.*1\.(png|jpg).*threshold=0\.5"):
            marks(tmp_path, picture, ending)
        for threshold in (0.5, 128):
            np.testing.assert_array_equal(
                marks(tmp_path, picture, ending, threshold=threshold), MARK
            )
    # An opacity that fades, and a JPEG of nothing but noise.
    fading = layers(MARK * 0 + 255, np.asarray(soft), "RGBA")
    np.testing.assert_array_equal(marks(tmp_path, fading, threshold=0.5), MARK)
    noise = Image.fromarray(np.uint8(np.indices(MARK.shape).sum(0) % 2))
    assert marks(tmp_path, noise, "jpg", threshold=0.5).sum() == 0
    # A clean mask needs none, and is not changed by one.
    np.testing.assert_array_equal(marks(tmp_path, Image.fromarray(MARK), threshold=0.5), MARK)
    for threshold in (0, -1, "half"):
        with pytest.raises((ValueError, TypeError), match="`threshold`"):
            marks(tmp_path, soft, threshold=threshold)


def test_thin_labels_that_resizing_loses_are_named_with_a_threshold_that_keeps_them(tmp_path):
    line = np.zeros((300, 300), "uint8")
    line[100:102] = 255
    save(tmp_path / "images" / "1.png", np.zeros((300, 300, 3), "uint8"))
    save(tmp_path / "labels" / "1.png", line)
    folders = tmp_path / "images", tmp_path / "labels"
    with pytest.warns(UserWarning, match=r"1 of 1 labels.*1\.png.*label_threshold=0\.4 ") as caught:
        lost = paired_images(*folders, image_size=60, verbose=0)
    assert len(caught) == 1
    assert lost.labels.sum() == 0
    kept = paired_images(*folders, image_size=60, label_threshold=0.4, verbose=0)
    assert kept.labels.sum() == 60
    paired_images(*folders, image_size=150, verbose=0)  # nothing is lost, nothing is said
    with pytest.raises(ValueError, match="`label_threshold`"):
        paired_images(*folders, label_threshold=0, verbose=0)


def named(root, images, labels):
    """Writes images, and labels of as many marked pixels as their number in the list."""
    for name in images:
        save(root / "i" / f"{name}.png", np.zeros((4, 4, 3), "uint8"))
    for count, name in enumerate(labels, start=1):
        mark = np.zeros(16, "uint8")
        mark[:count] = 255
        save(root / "l" / f"{name}.png", mark.reshape(4, 4))
    pairs = paired_images(root / "i", root / "l", verbose=0)
    return {name: int(mark.sum()) for name, mark in zip(pairs.names, pairs.labels, strict=True)}


@pytest.mark.parametrize(
    ("images", "labels", "found"),
    [
        (["1", "10", "2"], ["1_mask", "2_mask", "10_mask"], [1, 3, 2]),
        (["1", "2"], ["1", "2"], [1, 2]),
        (["21", "22"], ["21manual1", "22manual1"], [1, 2]),
        (["a", "b"], ["a_0", "b-label"], None),
        (["im.1", "im.10"], ["im.1.m", "im.10.m"], [1, 2]),
        (["p1/1", "p2/1"], ["p1/1", "p2/1"], [1, 2]),
        (["p1/1", "p2/1"], ["p2/1_m", "p1/1_m"], [2, 1]),
        (["x/1", "x/2"], ["1_m", "2_m"], [1, 2]),
        (["1", "2"], ["10_mask", "2_mask"], None),
        (["eye", "eye2"], ["eye3_m", "eye2_m"], None),
        (["p_1", "p_2"], ["p_1_2_mask", "p_2_mask"], None),
        (["a", "c"], ["ab_mask", "c_mask"], None),
        (["p1/1", "p2/1"], ["1_m", "1_n"], None),
    ],
)
def test_a_label_belongs_to_the_image_whose_name_it_has(tmp_path, images, labels, found):
    if found is None:
        with pytest.raises(ValueError, match=r"Invalid `(labels|directory)`"):
            named(tmp_path, images, labels)
    else:
        assert named(tmp_path, images, labels) == dict(zip(images, found, strict=True))


def test_only_what_is_missing_is_complained_of(tmp_path):
    with pytest.raises(ValueError, match=r"1 files without.*10_mask") as raised:
        named(tmp_path, ["1", "2"], ["1_mask", "10_mask", "2_mask"])
    assert "'1'" not in str(raised.value)


def test_both_spellings_of_an_accent_are_one_name(tmp_path):
    composed = "Zo\u00eb"
    decomposed = unicodedata.normalize("NFD", composed)
    assert named(tmp_path, [composed], [decomposed + "_mask"]) == {composed: 1}


def test_names_can_be_mapped(tmp_path):
    for name in ("scan-1", "scan-2"):
        save(tmp_path / "i" / f"{name}.png", np.zeros((4, 4, 3), "uint8"))
        save(
            tmp_path / "l" / f"truth-{name[-1]}.png",
            np.uint8([[0, 255]] * 2).repeat(2, 1).repeat(2, 0),
        )
    key = lambda stem: stem[-1]  # noqa: E731
    pairs = paired_images(tmp_path / "i", tmp_path / "l", key=key, verbose=0)
    assert pairs.names == ("1", "2")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
def test_names_that_are_not_utf_8_are_escaped(tmp_path):
    latin = os.fsdecode(b"caf\xe9.png")
    for folder in ("i", "l"):
        save(tmp_path / folder / "x.png", np.uint8([[0, 255]]))
        (tmp_path / folder / "x.png").rename(tmp_path / folder / latin)
    pairs = paired_images(tmp_path / "i", tmp_path / "l", verbose=0)
    assert pairs.names == ("caf\\udce9",)
    (tmp_path / "l" / latin).unlink()
    save(tmp_path / "l" / "a.png", np.uint8([[0, 255]]))
    with pytest.raises(ValueError, match=r"no file for 'caf\\\\udce9'") as raised:
        paired_images(tmp_path / "i", tmp_path / "l", verbose=0)
    str(raised.value).encode()


def test_a_folder_is_not_its_own_label(tmp_path):
    folders(tmp_path)
    with pytest.raises(ValueError, match=r"`labels`.*the folder of the images"):
        paired_images(tmp_path / "images", tmp_path / "labels" / ".." / "images", verbose=0)


def test_a_part_of_chase_is_split_by_its_numbers(tmp_path):
    chase(tmp_path / "first", 4)
    assert len(paired_images(tmp_path / "first", split="training", verbose=0)) == 4
    with pytest.raises(ValueError, match=r"`split`.*Image_01L to Image_02R"):
        paired_images(tmp_path / "first", split="test", verbose=0)
    chase(tmp_path / "gap", 28)
    for number in range(2, 10):
        for path in (tmp_path / "gap").glob(f"Image_{number:02d}*"):
            path.unlink()
    test = paired_images(tmp_path / "gap", split="test", verbose=0)
    assert test.names[0] == "Image_11L"
    assert len(test) == 8


def test_new_images_have_no_labels(tmp_path):
    drive(tmp_path / "drive", "test", (1, 2, 3))
    for path in list((tmp_path / "drive" / "test" / "1st_manual").iterdir()):
        path.unlink()
    (tmp_path / "drive" / "test" / "1st_manual").rmdir()
    folders(tmp_path / "own")
    save(tmp_path / "own" / "views" / "eye 0 é.png", half())
    save(tmp_path / "own" / "views" / "eye 1 é.png", half())
    known = paired_images(tmp_path / "own" / "images", tmp_path / "own" / "labels", verbose=0)
    for pairs, count in [
        (paired_images(tmp_path / "drive", split="test", multiple_of=4, verbose=0), 3),
        (paired_images(tmp_path / "drive" / "test", None, multiple_of=4, verbose=0), 3),
        (paired_images(tmp_path / "own" / "images", None, multiple_of=4, verbose=0), 2),
    ]:
        images, labels, masks = pairs
        assert labels is None
        assert pairs[1:].labels is None
        assert images.shape == (count, 8, 8, 3)
        assert masks.sum() == count * 30
        np.testing.assert_allclose(pairs.unpad(images).mean((1, 2)), 0, atol=1e-5)
        with pytest.raises(ValueError, match=r"`pairs`.*without labels"):
            PairedDataset(pairs, batch_size=1)
    np.testing.assert_array_equal(pairs.unpad(pairs.images), known.images)
    views = tmp_path / "own" / "views"
    assert paired_images(tmp_path / "own" / "images", None, views, verbose=0).masks.sum() == 30


def test_levels_of_16_bits_arrive(tmp_path):
    values = np.arange(30, dtype="uint16").reshape(SIZE) + 40_000
    save(tmp_path / "1.png", values)
    pairs = paired_images(tmp_path, standardize=False, verbose=0)
    np.testing.assert_allclose(pairs.images[0, ..., 1], values / 32767.5 - 1, atol=1e-6)
    save(tmp_path / "1.png", values // 16)
    with pytest.warns(UserWarning, match=r"source_range=\(0, 4095\)"):
        paired_images(tmp_path, verbose=0)
    pairs = paired_images(tmp_path, standardize=False, source_range=(0, 4095), verbose=0)
    np.testing.assert_allclose(pairs.images[0, ..., 1], values // 16 / 2047.5 - 1, atol=1e-6)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is measured as Linux counts it")
def test_memory_is_little_more_than_what_is_returned(tmp_path):
    size = (1200, 1600)
    for i in range(8):
        save(tmp_path / "i" / f"{i}.png", np.full((*size, 3), i, "uint8"))
        save(tmp_path / "l" / f"{i}.png", np.eye(*size, dtype="uint8"))
    paired_images(tmp_path / "i", tmp_path / "l", image_size=8, label_threshold=0.001, verbose=0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pairs = paired_images(tmp_path / "i", tmp_path / "l", multiple_of=64, verbose=0)
    grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    assert grown < 1.3 * sum(part.nbytes for part in pairs)


def test_predictions_are_saved_without_padding_and_black_outside_the_view(tmp_path):
    drive(tmp_path / "drive", "test")
    save(tmp_path / "drive" / "test" / "mask" / "21_test_mask.gif", half())
    pairs = paired_images(tmp_path / "drive", split="test", multiple_of=4, verbose=0)
    predictions = np.full((2, 8, 8, 1), 0.4, "float32")
    for found in (predictions, predictions[..., 0], pairs.unpad(predictions)):
        paths = pairs.save_predictions(found, tmp_path / "out")
        assert [path.name for path in paths] == ["21.png", "22.png"]
        written = np.stack([np.asarray(Image.open(path)) for path in paths])
        assert written.shape == (2, *SIZE)
        assert (written[0, 3:] == 0).all()
        assert (written[0, :3] == 102).all() and (written[1] == 102).all()
    for wrong in (predictions[:1], predictions[:, :3], predictions * 3, predictions * np.nan):
        with pytest.raises(ValueError, match="Invalid `predictions`"):
            pairs.save_predictions(wrong, tmp_path / "out")


def test_predictions_of_nested_folders_keep_them(tmp_path):
    for name in ("p1/1", "p2/1"):
        save(tmp_path / "i" / f"{name}.png", np.zeros((4, 4, 3), "uint8"))
    pairs = paired_images(tmp_path / "i", verbose=0)
    pairs.save_predictions(np.zeros((2, 4, 4)), tmp_path / "out")
    assert (tmp_path / "out" / "p2" / "1.png").is_file()
