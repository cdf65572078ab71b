import os
import shutil
import tempfile
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, features

from keras_gan_kit.data import ArrayDataset, LabeledImages, _read_images, images_from_directory
from keras_gan_kit.models._check_data import check_samples

BROWN = (200, 100, 50)
BROWN_GRAY = 124  # 0.299 * 200 + 0.587 * 100 + 0.114 * 50


def plain(mode, color, size=(6, 4)):
    return Image.new(mode, size, color)


def palette(color, **options):
    image = Image.new("P", (6, 4), 0)
    image.putpalette([*color, 1, 2, 3])
    image.info |= options
    return image


def numbers(value, dtype):
    return Image.fromarray(np.full((4, 6), value, dtype))


def write(folder, grays, ending=".png"):
    """Writes one constant image for each name."""
    for name, gray in grays.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        plain("L", gray).save(folder / f"{name}{ending}")
    return folder


def read(folder, size=4, **options):
    """Reads pixels, of constant images their value."""
    images = images_from_directory(folder, size, **{"value_range": None, "verbose": 0} | options)
    return images[:, 0, 0, 0].tolist()


@pytest.mark.parametrize(
    ("image", "ending", "gray", "color"),
    [
        (plain("1", 1), "png", 255, (255, 255, 255)),
        (plain("1", 0), "tif", 0, (0, 0, 0)),
        (plain("L", 100), "pgm", 100, (100, 100, 100)),
        (plain("RGB", BROWN), "bmp", BROWN_GRAY, BROWN),
        (plain("RGB", BROWN), "ppm", BROWN_GRAY, BROWN),
        (plain("RGB", BROWN), "tiff", BROWN_GRAY, BROWN),
        (palette(BROWN), "png", BROWN_GRAY, BROWN),
        (palette(BROWN), "gif", BROWN_GRAY, BROWN),
        (palette(BROWN, transparency=0), "png", 255, (255, 255, 255)),
        (palette(BROWN, transparency=bytes([51])), "png", 229, (244, 224, 214)),
        (plain("LA", (0, 51)), "png", 204, (204, 204, 204)),
        (plain("RGBA", (*BROWN, 0)), "png", 255, (255, 255, 255)),
        (plain("RGBA", (*BROWN, 255)), "tif", BROWN_GRAY, BROWN),
        (numbers(25700, "uint16"), "png", 100, (100, 100, 100)),
        (numbers(65535, "uint16"), "tif", 255, (255, 255, 255)),
        (numbers(25700, "int32"), "tif", 100, (100, 100, 100)),
        (numbers(0.4, "float32"), "tif", 102, (102, 102, 102)),
        (plain("CMYK", (0, 0, 0, 255)), "tif", 0, (0, 0, 0)),
        (plain("CMYK", (0, 255, 255, 0)), "jpg", 76, (254, 0, 0)),
        (plain("YCbCr", (90, 128, 128)), "jpg", 90, (90, 90, 90)),
        (plain("LAB", (255, 128, 128)), "tif", 255, (255, 255, 255)),
        (plain("RGB", BROWN), "jpg", BROWN_GRAY, BROWN),
        (plain("RGB", BROWN), "webp", BROWN_GRAY, BROWN),
    ],
    ids=lambda value: getattr(value, "mode", value),
)
def test_every_mode_becomes_gray_or_colour_on_white(tmp_path, image, ending, gray, color):
    if not features.check("webp") and ending == "webp":
        pytest.skip("Pillow without WebP")
    image.save(tmp_path / f"image.{ending}", **image.info)
    gray_mode = {"color_mode": "grayscale", "value_range": None, "verbose": 0}
    images = images_from_directory(tmp_path, (4, 6), **gray_mode)
    assert images.shape == (1, 4, 6, 1)
    # Lossy formats and colour profiles may round by a level or two.
    np.testing.assert_allclose(images.astype(int), gray, atol=2)
    images = images_from_directory(tmp_path, (4, 6), color_mode="rgb", value_range=None, verbose=0)
    np.testing.assert_allclose(images.astype(int), np.full((1, 4, 6, 3), color), atol=2)


def test_a_transparent_colour_shows_the_paper(tmp_path):
    plain("RGB", BROWN).save(tmp_path / "key.png", transparency=BROWN)
    assert read(tmp_path) == [255]


def test_images_are_floats_in_scale(tmp_path):
    write(tmp_path, {"a": 0, "b": 51, "c": 255})
    images = images_from_directory(tmp_path, 3, verbose=0)
    assert images.dtype == np.float32
    assert images.flags.writeable
    np.testing.assert_allclose(images[:, 1, 1, 0], [-1.0, -0.6, 1.0], atol=1e-7)
    images = images_from_directory(tmp_path, 3, value_range=(0, 2), verbose=0)
    np.testing.assert_allclose(images[:, 1, 1, 0], [0.0, 0.4, 2.0], atol=1e-7)


@pytest.mark.parametrize("ending", ["png", "tif"])
@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda stored: stored),
        (2, np.fliplr),
        (3, lambda stored: np.rot90(stored, 2)),
        (4, np.flipud),
        (5, np.transpose),
        (6, lambda stored: np.rot90(stored, -1)),
        (7, lambda stored: np.rot90(stored, 2).T),
        (8, np.rot90),
    ],
)
def test_photographs_are_turned_upright(tmp_path, orientation, upright, ending):
    stored = np.arange(12, dtype="uint8").reshape(3, 4) * 20
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / f"turned.{ending}", exif=exif)
    expected = upright(stored)
    images = images_from_directory(tmp_path, expected.shape, value_range=None, verbose=0)
    np.testing.assert_array_equal(images[0, :, :, 0], expected)


def test_thin_stripes_become_gray_instead_of_breaking_up(tmp_path):
    stripes = np.tile(np.array([0, 255], "uint8"), (64, 32))
    Image.fromarray(stripes).convert("1").save(tmp_path / "stripes.png")
    images = images_from_directory(tmp_path, 9, verbose=0)
    assert np.abs(images[0, :, 1:-1]).max() < 0.2


@pytest.mark.parametrize("orientation", [1, 6])
def test_large_jpegs_are_reduced_in_decoding_without_a_visible_difference(tmp_path, orientation):
    random = np.random.default_rng(0)
    coarse = Image.fromarray(random.integers(0, 256, (6, 8, 3), "uint8"))
    image = coarse.resize((1600, 1200), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "large.jpg", exif=exif, quality=95)
    whole = Image.open(tmp_path / "large.jpg").convert("L")
    if orientation == 6:
        whole = whole.transpose(Image.Transpose.ROTATE_270)
    expected = np.asarray(whole.resize((120, 40), Image.Resampling.LANCZOS)).astype(float)
    options = {"color_mode": "grayscale", "value_range": None, "verbose": 0}
    found = images_from_directory(tmp_path, (40, 120), **options)[0, :, :, 0]
    assert np.abs(found - expected).mean() < 1.5


def test_files_are_found_everywhere_and_sorted(tmp_path):
    names = ["B", "a b", "a/2", "a/10", "ä/ñ €", "z"]
    write(tmp_path, {name: 10 * i for i, name in enumerate(names)})
    write(tmp_path, {"Z": 99}, ".PNG")
    # What is no image, whatever its folder.
    write(tmp_path, {".hidden": 1, ".folder/image": 2, "a/.hidden": 3})
    for name in ("notes.txt", "table.csv", "a/array.npy", "measured.h5", "Thumbs.db"):
        (tmp_path / name).write_bytes(b"no image")
    (tmp_path / "empty.png").mkdir()
    assert read(tmp_path) == [0, 99, 30, 20, 10, 50, 40]  # B Z a/10 a/2 "a b" z ä/ñ
    assert read(str(tmp_path)) == read(tmp_path)


def test_many_images_keep_their_order(tmp_path):
    write(tmp_path, {f"{i:02}": i for i in range(75)})
    assert read(tmp_path) == list(range(75))


def test_small_images_of_small_files_stay_in_one_thread(tmp_path, monkeypatch):
    """Of digits nearly all time is Python's, which a second thread only hinders."""
    random = np.random.default_rng(0)
    for name, side in (("small", 28), ("large", 200)):
        (tmp_path / name).mkdir()
        for i in range(9):
            noise = Image.fromarray(random.integers(0, 256, (side, side), "uint8"))
            noise.save(tmp_path / name / f"{i}.png")
    pools = []
    whole_pool = _read_images.ThreadPoolExecutor
    monkeypatch.setattr(_read_images, "_THREADS", 3)
    monkeypatch.setattr(
        _read_images, "ThreadPoolExecutor", lambda n: [pools.append(n), whole_pool(n)][1]
    )
    for name, size in (("small", 28), ("small", 300), ("large", 28)):
        images_from_directory(tmp_path / name, size, verbose=0)
    assert pools == [1, 3, 3]


def test_a_relative_folder_will_do(tmp_path, monkeypatch):
    write(tmp_path / "images", {"a": 1, "b/c": 2})
    monkeypatch.chdir(tmp_path)
    assert read("images") == [1, 2]
    assert read(".", cache="cache.npy") == [1, 2]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_are_followed_but_not_in_circles(tmp_path):
    write(tmp_path / "images", {"a": 1, "b/c": 2})
    write(tmp_path / "elsewhere", {"d": 3})
    (tmp_path / "images" / "b" / "up").symlink_to(tmp_path / "images")
    (tmp_path / "images" / "more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "images")
    (tmp_path / "images" / "z.png").symlink_to(tmp_path / "elsewhere" / "d.png")
    assert read(tmp_path / "images") == [1, 2, 3, 3]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs Unix")
def test_what_is_no_file_is_not_waited_for(tmp_path):
    write(tmp_path, {"a": 1})
    os.mkfifo(tmp_path / "pipe.png")
    assert read(tmp_path) == [1]


def truncated(folder, name):
    noise = np.random.default_rng(0).integers(0, 256, (50, 50), "uint8")
    Image.fromarray(noise).save(folder / name)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])


BROKEN = {
    "empty": lambda folder: (folder / "bad.png").touch(),
    "text": lambda folder: (folder / "bad.png").write_text("hello"),
    "half a png": lambda folder: truncated(folder, "bad.png"),
    "half a jpeg": lambda folder: truncated(folder, "bad.jpg"),
    "half a tiff": lambda folder: truncated(folder, "bad.tif"),
    "a bomb": lambda folder: plain("L", 0, (80, 80)).save(folder / "bad.png"),
    "beyond 16 bits": lambda folder: numbers(70_000, "int32").save(folder / "bad.tif"),
    "below black": lambda folder: numbers(-1, "int32").save(folder / "bad.tif"),
    "beyond white": lambda folder: numbers(1.5, "float32").save(folder / "bad.tif"),
    "no number": lambda folder: numbers(np.nan, "float32").save(folder / "bad.tif"),
}
if os.name != "nt":
    BROKEN["a link to nothing"] = lambda folder: (folder / "bad.png").symlink_to("nowhere")


@pytest.fixture
def small_limit(monkeypatch):
    # Pillow refuses images of more than twice as many pixels.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3000)


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_read_is_named_or_counted(tmp_path, small_limit, spoil):
    write(tmp_path, {"a": 1, "z": 2})
    spoil(tmp_path)
    with pytest.raises(ValueError, match=r"Invalid `directory`.*bad\."):
        read(tmp_path)
    with pytest.warns(UserWarning, match=r"1 of 3 images could not be read.*bad\."):
        assert read(tmp_path, on_error="skip") == [1, 2]


def test_the_reason_is_given(tmp_path, small_limit):
    for kind, words in [("empty", "an empty file"), ("a bomb", "decompression bomb")]:
        BROKEN[kind](tmp_path)
        with pytest.raises(ValueError, match=words):
            read(tmp_path)


def test_skipping_everything_is_an_error(tmp_path):
    (tmp_path / "a.png").touch()
    (tmp_path / "b.png").touch()
    with pytest.raises(ValueError, match=r"2 images, of which none.*a\.png"):
        read(tmp_path, on_error="skip")


def test_a_cache_spares_the_decoding(tmp_path):
    folder = write(tmp_path / "images", {"a": 1, "b": 2})
    cache = tmp_path / "new" / "cache.npy"
    expected = images_from_directory(folder, 4, verbose=0)
    for _ in range(2):
        images = images_from_directory(folder, 4, cache=cache, verbose=0)
        assert isinstance(images, np.memmap)
        assert not images.flags.writeable
        np.testing.assert_array_equal(images, expected)
    np.testing.assert_array_equal(np.load(cache), expected)
    assert [path.name for path in cache.parent.iterdir()] == ["cache.npy"]

    before = (folder / "a.png").stat()
    content = (folder / "a.png").read_bytes()
    (folder / "a.png").write_bytes(bytes(len(content)))
    os.utime(folder / "a.png", ns=(before.st_atime_ns, before.st_mtime_ns))
    np.testing.assert_array_equal(
        images_from_directory(folder, 4, cache=cache, verbose=0), expected
    )


def test_a_cache_follows_its_images_and_settings(tmp_path):
    folder, cache = write(tmp_path / "images", {"a": 1}), tmp_path / "cache.npy"
    assert read(folder, cache=cache) == [1]
    write(folder, {"b": 2})
    assert read(folder, cache=cache) == [1, 2]
    (folder / "a.png").rename(folder / "c.png")
    assert read(folder, cache=cache) == [2, 1]
    plain("L", 7).save(folder / "c.png")
    os.utime(folder / "c.png", ns=(1, 1))
    assert read(folder, cache=cache) == [2, 7]
    for options in ({"value_range": (0, 1)}, {"image_size": 5}, {"color_mode": "rgb"}):
        options = {"image_size": 4, "verbose": 0} | options
        found = images_from_directory(folder, cache=cache, **options)
        np.testing.assert_array_equal(found, images_from_directory(folder, **options))


def test_a_cache_of_fewer_images_says_so_every_time(tmp_path):
    folder, cache = write(tmp_path / "images", {"a": 1, "b": 2}), tmp_path / "cache.npy"
    (folder / "aa.png").touch()
    for _ in range(2):
        with pytest.warns(UserWarning, match="1 of 3 images"):
            assert read(folder, cache=cache, on_error="skip") == [1, 2]
    np.testing.assert_array_equal(np.load(cache)[:, 0, 0, 0], [1, 2])
    with pytest.raises(ValueError, match=r"aa\.png"):
        read(folder, cache=cache)


@pytest.mark.parametrize("content", [b"", b"precious", b"x" * 1000])
def test_a_file_that_is_no_cache_is_not_overwritten(tmp_path, content):
    folder, path = write(tmp_path / "images", {"a": 1}), tmp_path / "mine.npy"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"Invalid `cache`.*mine\.npy"):
        read(folder, cache=path)
    assert path.read_bytes() == content
    with pytest.raises(ValueError, match="Invalid `cache`"):
        read(folder, cache=folder)


def test_a_cache_that_fails_leaves_nothing(tmp_path):
    folder, target = write(tmp_path / "images", {"a": 1, "b": 2}), tmp_path / "caches"
    (folder / "z.png").write_text("broken")
    with pytest.raises(ValueError, match=r"z\.png"):
        read(folder, cache=target / "cache.npy")
    assert list(target.iterdir()) == []


def test_images_beyond_the_limit_lie_in_a_file_without_a_name(tmp_path, monkeypatch):
    folder = write(tmp_path / "images", {"a": 1, "b": 2, "c": 3})
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    needed = 3 * 5 * 7 * 4
    small = images_from_directory(folder, (5, 7), memory_limit=needed, verbose=0)
    large = images_from_directory(folder, (5, 7), memory_limit=needed - 1, verbose=0)
    assert not isinstance(small, np.memmap)
    assert isinstance(large, np.memmap)
    np.testing.assert_array_equal(small, large)
    if os.name != "nt":
        assert list((tmp_path / "temporary").iterdir()) == []


def test_a_disk_without_room_is_named_before_any_work(tmp_path, monkeypatch):
    folder = write(tmp_path / "images", {"a": 1})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=15))
    with pytest.raises(ValueError, match=r"Invalid `cache`.*15 bytes free.*16 bytes"):
        read(folder, cache=tmp_path / "cache.npy")
    assert not (tmp_path / "cache.npy").exists()


def test_a_memory_map_trains_like_an_array(tmp_path, make_gan, state_of, check_same):
    random = np.random.default_rng(0)
    for i in range(11):
        Image.fromarray(random.integers(0, 256, (4, 4), "uint8")).save(tmp_path / f"{i:02}.png")
    states = []
    for limit in (None, 0):
        images = images_from_directory(tmp_path, 4, memory_limit=limit, verbose=0)
        gan = make_gan()
        gan.compile()
        gan.fit(images, epochs=2, batch_size=4, steps_per_epoch=2, verbose=0)
        states.append(state_of(gan))
    check_same(*states)


def test_a_memory_map_is_checked_and_batched_without_loading_it(tmp_path, make_gan):
    size = 8 * 2**20
    np.save(tmp_path / "images.npy", np.zeros((size // 64, 4, 4, 1), "float32"))
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    images_of = make_gan()
    tracemalloc.start()
    try:
        check_samples("x", images[:], images_of.generator)
        (batch,) = ArrayDataset(images, batch_size=4).batch(0, 0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert batch.shape == (4, 4, 4, 1)
    assert batch.flags.writeable
    assert peak < size / 2  # the order of the samples takes a quarter


def test_a_bar_shows_the_progress(tmp_path, capsys):
    write(tmp_path, {"a": 1, "b": 2, "c": 3})
    images_from_directory(tmp_path, 4, verbose=0)
    assert capsys.readouterr().out == ""
    images_from_directory(tmp_path, 4)
    assert "3/3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "argument", "options"),
    [
        (ValueError, "image_size", {"image_size": 0}),
        (ValueError, "image_size", {"image_size": (4, 4, 1)}),
        (ValueError, r"image_size\[1\]", {"image_size": (4, 0)}),
        (TypeError, "image_size", {"image_size": 4.0}),
        (TypeError, "image_size", {"image_size": "44"}),
        (TypeError, "image_size", {"image_size": None}),
        (ValueError, "color_mode", {"color_mode": "gray"}),
        (ValueError, "color_mode", {"color_mode": None}),
        (TypeError, "value_range", {"value_range": 1.0}),
        (ValueError, "value_range", {"value_range": (1, 0)}),
        (ValueError, "on_error", {"on_error": "ignore"}),
        (ValueError, "memory_limit", {"memory_limit": -1}),
        (TypeError, "memory_limit", {"memory_limit": 0.5}),
    ],
)
def test_images_from_directory_names_bad_input(tmp_path, error, argument, options):
    write(tmp_path, {"a": 1})
    with pytest.raises(error, match=f"Invalid `{argument}`"):
        images_from_directory(tmp_path, **{"image_size": 4, "verbose": 0} | options)


def test_a_wrong_choice_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(ValueError, match="pass color_mode='grayscale'"):
        images_from_directory(tmp_path, 4, color_mode="GRAY")


def test_a_folder_that_is_none_or_without_images_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="Invalid `directory`"):
        read(tmp_path / "missing")
    (tmp_path / "scan.heic").write_bytes(b"no format of Pillow")
    with pytest.raises(NotADirectoryError, match="Invalid `directory`"):
        read(tmp_path / "scan.heic")
    with pytest.raises(ValueError, match=r"Invalid `directory`.*not images \(1 \.heic\)"):
        read(tmp_path)


def test_real_pages_are_white_with_black_lines(shared_data):
    pages = shared_data / "ecg12" / "gray" / "mi"
    images = images_from_directory(pages, (77, 131), verbose=0)
    assert len(images) == len(list(pages.glob("*.png")))
    assert np.median(images) > 0.7
    assert images.min((1, 2, 3)).max() < 0.3


@pytest.mark.parametrize(
    ("error", "name", "received", "fix"),
    [
        (ValueError, "empty", "which is empty", "check the path"),
        (ValueError, "texts", "files are not images (2 .txt, 1 .csv)", "check the path"),
        (FileNotFoundError, "nowhere", "which does not exist", "relative to"),
        (NotADirectoryError, "texts/a.txt", "which is a file", "pass the folder"),
    ],
)
def test_what_is_no_folder_of_images_is_called_what_it_is(tmp_path, error, name, received, fix):
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    for text in ("a.txt", "b.txt", "c.csv"):
        (tmp_path / "texts" / text).touch()
    with pytest.raises(error) as caught:
        images_from_directory(tmp_path / name, 8, verbose=0)
    message = str(caught.value)
    assert message.startswith("Invalid `directory`")
    assert received in message
    assert fix in message.partition("Fix: ")[2]


def photos(root, color="red", size=(300, 100)):
    for name in ("cats", "dogs"):
        for i in range(2):
            (root / name).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", size, color).save(root / name / f"{i}.jpg")
    return root


def test_color_read_as_gray_by_default_warns_once_and_a_choice_does_not(tmp_path):
    photos(tmp_path)
    with pytest.warns(UserWarning, match="color_mode='rgb'") as caught:
        images = images_from_directory(tmp_path, 8, verbose=0)
    assert len(caught) == 1
    assert images.shape == (4, 8, 8, 1)
    images_from_directory(tmp_path, 8, color_mode="grayscale", verbose=0)
    images_from_directory(tmp_path, 8, color_mode="rgb", verbose=0)


def test_gray_stored_in_three_channels_does_not_warn(tmp_path):
    photos(tmp_path, (90, 90, 90))
    images = images_from_directory(tmp_path, 8, verbose=0)  # a warning is an error here
    np.testing.assert_allclose(images, 90 / 127.5 - 1, atol=0.02)


def test_labels_are_the_sub_folders_in_order(tmp_path):
    photos(tmp_path)
    plain("RGB", "blue").save(tmp_path / "dogs" / "nested.png")
    found = images_from_directory(tmp_path, 8, labels="inferred", color_mode="rgb", verbose=0)
    assert isinstance(found, LabeledImages)
    images, labels, class_names, names = found
    assert class_names == ("cats", "dogs")
    assert labels.dtype == np.int32
    assert labels.tolist() == [0, 0, 1, 1, 1]
    assert names == ("cats/0.jpg", "cats/1.jpg", "dogs/0.jpg", "dogs/1.jpg", "dogs/nested.png")
    np.testing.assert_allclose(images[4, 0, 0], [-1, -1, 1], atol=0.02)


def test_labels_follow_skipped_images_and_the_cache(tmp_path):
    folder, cache = photos(tmp_path / "images", "gray"), tmp_path / "cache.npy"
    (folder / "cats" / "0.jpg").write_bytes(b"")
    options = {"labels": "inferred", "on_error": "skip", "verbose": 0}
    for path in (None, cache, cache):
        with pytest.warns(UserWarning, match="1 of 4 images"):
            found = images_from_directory(folder, 8, cache=path, **options)
        assert found.names == ("cats/1.jpg", "dogs/0.jpg", "dogs/1.jpg")
        assert found.labels.tolist() == [0, 1, 1]
        assert len(found.images) == 3


def test_images_without_a_class_are_named(tmp_path):
    photos(tmp_path, "gray")
    plain("L", 0).save(tmp_path / "stray.png")
    with pytest.raises(ValueError, match=r"Invalid `labels`.*stray\.png"):
        images_from_directory(tmp_path, 8, labels="inferred", verbose=0)
    (tmp_path / "stray.png").unlink()
    (tmp_path / "birds").mkdir()
    with pytest.warns(UserWarning, match="birds"):
        found = images_from_directory(tmp_path, 8, labels="inferred", verbose=0)
    assert found.class_names == ("cats", "dogs")
    with pytest.raises(ValueError, match="Invalid `labels`"):
        images_from_directory(tmp_path, 8, labels="folders", verbose=0)


@pytest.mark.parametrize("ending", ["png", "jpg"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_proportions_are_kept_by_cropping_or_padding(tmp_path, ending, orientation):
    """A wide image: white in its middle third, black elsewhere."""
    stored = np.zeros((40, 120), "uint8")
    stored[:, 40:80] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    if orientation == 6:  # on its side in the file
        stored = np.rot90(stored)
    Image.fromarray(stored).save(tmp_path / f"a.{ending}", exif=exif)
    options = {"value_range": None, "verbose": 0}
    cropped = images_from_directory(tmp_path, 10, crop_to_aspect_ratio=True, **options)[0, :, :, 0]
    assert cropped[:, 1:-1].min() > 250
    padded = images_from_directory(tmp_path, 12, pad_to_aspect_ratio=True, **options)[0, :, :, 0]
    assert padded[[0, 1, 2, 3, 8, 9, 10, 11]].max() == 0
    assert padded[4:8, 5:7].min() > 250
    assert padded[4:8, :3].max() < 6
    with pytest.raises(ValueError, match="Invalid `pad_to_aspect_ratio`"):
        images_from_directory(
            tmp_path, 8, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True, **options
        )


def test_images_of_kinds_that_are_not_read_are_counted(tmp_path):
    write(tmp_path, {"a": 1})
    for name in ("b.dcm", "c.dcm", "d.nii.gz", "notes.txt"):
        (tmp_path / name).touch()
    with pytest.warns(UserWarning, match=r"left out: 2 \.dcm, 1 \.nii\.gz\.") as caught:
        assert read(tmp_path) == [1]
    assert len(caught) == 1
    (tmp_path / "a.png").unlink()
    with pytest.raises(ValueError, match=r"2 \.dcm, 1 \.nii\.gz, 1 \.txt"):
        read(tmp_path)
