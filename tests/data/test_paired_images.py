"""Images with masks, from folders as DRIVE, CHASE_DB1 and users have them."""

import numpy as np
import pytest
from PIL import Image

from keras_gan_kit.data import ImagePairs, paired_images

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
    with pytest.raises(ValueError, match=r"`masks`.*22_training_mask\.gif.*a picture of its size"):
        paired_images(tmp_path, split="training", verbose=0)


@pytest.mark.parametrize("other", ["eye 1 é.tif", "more/eye 1 é.png"])
def test_two_images_of_one_name_are_named(tmp_path, other):
    folders(tmp_path)
    save(tmp_path / "images" / other, draw(1)[0])
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
        ((*own, None, "test"), ["`split`", "folders, which have no splits"]),
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
    pairs = paired_images(shared_data / "chase_db1", split="test", image_size=96, verbose=0)
    assert len(pairs) == 8
    assert pairs.names[0] == "Image_11L"
    assert 0.03 < pairs.labels.sum() / pairs.masks.sum() < 0.2
    assert 0.5 < pairs.masks.mean() < 0.9
