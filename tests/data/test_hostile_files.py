"""Damaged and hostile files: what is read has its shape, or an error names the file."""

import gzip
import io
import random
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from keras_gan_kit.data import (
    TableTransformer,
    images_from_binary,
    images_from_directory,
    labels_from_binary,
    read_table,
)
from keras_gan_kit.data._image_files import image_formats
from keras_gan_kit.datasets import mnist

NOISE = np.random.default_rng(0).integers(0, 256, (24, 20, 3), "uint8")
MODES = ("RGB", "L", "P", "1", "RGBA")
TIFFS = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4")


def encoded(kind, mode, **options):
    """The bytes of a noisy picture; None where the format has no such mode."""
    file = io.BytesIO()
    try:
        Image.fromarray(NOISE).convert(mode).save(file, kind, **options)
    except (OSError, ValueError, KeyError, RuntimeError):
        return None
    return file.getvalue()


def pictures():
    """A file of every format, mode and compression that Pillow can write and we read."""
    Image.init()
    for kind in sorted(set(image_formats()) & set(Image.SAVE)):
        for mode in MODES:
            yield f"{kind} {mode}", encoded(kind, mode)
    for compression in TIFFS:
        for mode in ("RGB", "1"):
            yield f"TIFF {compression} {mode}", encoded("TIFF", mode, compression=compression)


def read(folder, **options):
    return images_from_directory(folder, (8, 6), value_range=None, verbose=0, **options)


def outcome(folder):
    """Whether the only picture there is read, or refused by its name."""
    try:
        images = read(folder)
    except ValueError as error:
        assert "victim.png" in str(error)
        return "refused"
    assert images.shape == (1, 8, 6, 1)
    assert images.dtype == np.uint8
    return "read"


# Pillow warns of much that it can read all the same.
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_picture_is_read_or_named(tmp_path, damaged, seconds_of_work):
    chance, kinds, outcomes = random.Random(0), set(), {"read": 0, "refused": 0}
    path = tmp_path / "victim.png"  # whatever it is: the content decides
    for name, content in pictures():
        if content is None:
            continue
        path.write_bytes(content)
        if outcome(tmp_path) == "read":  # not of every mode in which it writes
            kinds.add(name.split()[0])
        for _ in range(6):
            path.write_bytes(damaged(content, chance))
            with seconds_of_work(20):
                outcomes[outcome(tmp_path)] += 1
    assert {"PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "PPM", "TGA"} <= kinds
    assert min(outcomes.values()) > 100


def test_a_picture_that_is_a_program_is_not_run(tmp_path, postscript):
    # Pillow gives PostScript to Ghostscript, whatever the name of the file.
    (tmp_path / "a.png").write_bytes(postscript)
    with pytest.raises(ValueError, match=r"a\.png.*cannot identify"):
        read(tmp_path)
    (tmp_path / "a.png").rename(tmp_path / "a.eps")
    with pytest.raises(ValueError, match=r"not images \(1 \.eps\)"):
        read(tmp_path)


def test_a_small_file_of_a_large_picture_is_refused(tmp_path, bomb):
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(ValueError, match=r"bomb\.png.*decompression bomb"):
        read(tmp_path)


def test_a_damaged_cache_of_images_is_made_anew(tmp_path, damaged):
    folder, cache = tmp_path / "images", tmp_path / "cache.npy"
    folder.mkdir()
    Image.fromarray(NOISE).save(folder / "a.png")
    options = {"cache": cache, "color_mode": "grayscale", "verbose": 0}
    expected = np.array(images_from_directory(folder, (8, 6), **options))
    content = cache.read_bytes()
    header = content.index(b"\n") + 1
    chance = random.Random(0)
    for _ in range(40):
        changed = bytearray(content)
        changed[chance.randrange(header)] ^= 1 << chance.randrange(8)
        cache.write_bytes(changed)
        found = images_from_directory(folder, (8, 6), **options)
        np.testing.assert_array_equal(found, expected)
    # One that is cut off has lost the mark that it is ours.
    cache.write_bytes(content[:-1])
    with pytest.raises(ValueError, match=r"Invalid `cache`.*cache\.npy"):
        read(folder, cache=cache)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


IDX = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3]) + bytes(range(18))
BINARIES = {
    "npy": npy(np.zeros((2, 3, 3), "uint8")),
    "npy of floats": npy(np.full((2, 3, 3, 1), 0.5)),
    "idx": IDX,
    "npy under gzip": gzip.compress(npy(np.zeros((2, 3, 3), "uint8")), mtime=0),
    "idx under gzip": gzip.compress(IDX, mtime=0),
}


@pytest.mark.filterwarnings("ignore")  # of headers in the form of another Python
@pytest.mark.parametrize("kind", BINARIES)
def test_damaged_binary_images_are_read_or_named(tmp_path, damaged, seconds_of_work, kind):
    path, chance, refused = tmp_path / "victim.bin", random.Random(0), 0
    for _ in range(60):
        path.write_bytes(damaged(BINARIES[kind], chance))
        with seconds_of_work(20):
            for reader in (images_from_binary, labels_from_binary):
                try:
                    assert reader(path).size
                except (ValueError, TypeError) as error:
                    assert "victim.bin" in str(error)
                    refused += 1
    assert refused > 20


HEADERS = {
    "a size that no memory has": "{'descr': '|u1', 'fortran_order': False, 'shape': (1 << 60,)}",
    "exabytes": "{'descr': '|u1', 'fortran_order': False, 'shape': (1152921504606846976,)}",
    "a negative size": "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}",
    "objects": "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
    "no dict": "__import__('os').system('touch run')",
    "deeply nested": "(" * 3000 + ")" * 3000,
    "half a text": "{'descr': '''",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("header", HEADERS)
def test_a_hostile_header_is_refused(tmp_path, monkeypatch, header):
    monkeypatch.chdir(tmp_path)
    text = HEADERS[header].encode() + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(16)
    (tmp_path / "victim.npy").write_bytes(content)
    with pytest.raises(ValueError, match=r"victim\.npy"):
        images_from_binary(tmp_path / "victim.npy")
    with zipfile.ZipFile(tmp_path / "victim.npz", "w") as archive:
        for name in ("x_train", "y_train"):
            archive.writestr(f"{name}.npy", content)
    with pytest.raises(ValueError, match=r"victim\.npz"):
        mnist(tmp_path / "victim.npz")
    assert not (tmp_path / "run").exists()


def test_no_pickle_is_opened(tmp_path, monkeypatch, hostile_array):
    monkeypatch.chdir(tmp_path)
    names = ("x_train", "y_train", "x_test", "y_test")
    np.save("victim.npy", hostile_array, allow_pickle=True)
    np.savez("victim.npz", **dict.fromkeys(names, hostile_array))
    for use, path in (
        (images_from_binary, "victim.npy"),
        (labels_from_binary, "victim.npy"),
        (mnist, "victim.npz"),
    ):
        with pytest.raises(ValueError, match=path):
            use(path)
    assert not (tmp_path / "run").exists()
    np.load("victim.npy", allow_pickle=True)
    assert (tmp_path / "run").exists()  # so much for what was not done


TABLE = b"name;age;mass\nAda;36;70,5\nBob;41;81,0\nEve;29;64,2\n"
TABLES = {
    "nothing but zeros": bytes(100),
    "zeros in fields": b"a,b\n1,\x002\n\x00,3\n",
    "another encoding": "name,ort\nJürgen,Köln\n".encode("utf-32"),
    "half a letter at the end": "a,b\n1,é\n".encode()[:-2],
    "a mark and nothing else": b"\xff\xfe",
    "an odd number of bytes after a mark": b"\xff\xfea\x00,\x00b\x00\n\x00\x31",
    "a quote that is never closed": b'a,b\n"1,2\n3,4\n' + b"5,6\n" * 1000,
    "quotes everywhere": b'a,b\n"1""",""2"\n"',
    "a field of megabytes": b"a,b\n1," + b"x" * 3_000_000 + b"\n",
    "ten thousand columns": b",".join(b"c%d" % i for i in range(10_000)) + b"\n" + b"," * 9_999,
    "names that are the same": b"a,a,a\n1,2,3\n",
    "no name": b"\n\n\n1,2\n",
    "a number beyond all": b"a,b\n1e999999,9" + b"9" * 5000 + b"\n",
    "carriage returns": b"a,b\r\r\n1,2\r\r\r",
    "a control character": b"a\x1ab\x1a\n1\x1a2\n",
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_hostile_table_is_read_or_named(tmp_path, seconds_of_work, kind):
    path = tmp_path / "victim.csv"
    path.write_bytes(TABLES[kind])
    with seconds_of_work(20):
        try:
            assert isinstance(read_table(path), pd.DataFrame)
        except ValueError as error:
            assert "victim.csv" in str(error)


def packed(ending):
    if ending == "zip":
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("../../escaped.csv", TABLE)
        return file.getvalue()
    file = io.BytesIO()
    pd.read_csv(io.BytesIO(TABLE), sep=";").to_csv(file, index=False, compression=ending)
    return file.getvalue()


def parquet():
    file = io.BytesIO()
    pd.read_csv(io.BytesIO(TABLE), sep=";").to_parquet(file)
    return file.getvalue()


WHOLE = {
    "csv": lambda: TABLE,
    "csv.gz": lambda: packed("gzip"),
    "csv.bz2": lambda: packed("bz2"),
    "csv.xz": lambda: packed("xz"),
    "csv.zip": lambda: packed("zip"),
    "csv.tar": lambda: packed("tar"),
    "parquet": parquet,
    "data": parquet,  # known by its content alone
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ending", WHOLE)
def test_a_damaged_table_is_read_or_named(tmp_path, monkeypatch, damaged, seconds_of_work, ending):
    content, chance = WHOLE[ending](), random.Random(0)
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    path = folder / f"victim.{ending}"
    path.write_bytes(content)
    assert read_table(path).shape == (3, 3)
    for _ in range(60):
        path.write_bytes(damaged(content, chance))
        with seconds_of_work(20):
            try:
                assert isinstance(read_table(path), pd.DataFrame)
            except ValueError as error:
                assert f"victim.{ending}" in str(error)
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == [path]


def test_wrong_options_are_pandas_own_errors(tmp_path):
    (tmp_path / "a.csv").write_bytes(TABLE)
    (tmp_path / "a.parquet").write_bytes(parquet())
    for path in tmp_path.iterdir():
        with pytest.raises(TypeError, match="colour"):
            read_table(path, colour="blue")


@pytest.mark.filterwarnings("ignore")  # of pandas, about dtypes and overflows
@pytest.mark.parametrize("scaling", ["minmax", "modes"])
def test_a_damaged_transformer_works_or_is_named(
    tmp_path, damaged, mutated, seconds_of_work, scaling
):
    table = pd.DataFrame(
        {
            "age": [40, 60, 80, 50],
            "sex": ["f", "m", None, "f"],
            "grade": pd.Categorical(list("abca"), ordered=True),
            "mass": [1.5, None, 2.5, 70.25],
            "same": [1, 1, 1, 1],
        }
    )
    path, chance, refused = tmp_path / "victim.json", random.Random(0), 0
    TableTransformer(scaling=scaling).fit(table).save(path)
    text = path.read_bytes()
    for i in range(150):
        path.write_bytes(mutated(text, chance) if i % 3 else damaged(text, chance))
        with seconds_of_work(20):
            try:
                transformer = TableTransformer.load(path)
            except ValueError as error:
                assert "victim.json" in str(error)
                refused += 1
                continue
            if not transformer.__sklearn_is_fitted__():
                continue  # "fitted": null, as in the file of one that was not
            # What was changed is a number, a name or a level then.
            rows = transformer.inverse_transform(np.full((5, transformer.width), 0.5))
            assert len(rows) == 5
            assert rows.shape[1] <= 5
    assert refused > 50


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff\xfe", b"", b'{"fitted": 1}', b"NaN"])
def test_what_is_no_transformer_is_named(tmp_path, content):
    (tmp_path / "victim.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"victim\.json.*TableTransformer\.save"):
        TableTransformer.load(tmp_path / "victim.json")
