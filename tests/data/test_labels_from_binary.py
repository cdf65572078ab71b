import gzip
import io

import numpy as np
import pytest

from keras_gan_kit.data import labels_from_binary

LABELS = np.array([5, 0, 4, 255], "uint8")
IDX = bytes([0, 0, 8, 1, 0, 0, 0, 4]) + LABELS.tobytes()


def npy_of(array):
    """The bytes of an npy file."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    "content",
    [LABELS.tobytes(), IDX, npy_of(LABELS), npy_of(LABELS.astype(">i8"))],
    ids=["headerless", "idx", "npy", "npy-big-endian"],
)
def test_every_format_gives_the_same_labels(tmp_path, pack, content):
    (tmp_path / "labels").write_bytes(pack(content))
    labels = labels_from_binary(tmp_path / "labels")
    assert labels.dtype == np.int32
    assert labels.tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    ("error", "content"),
    [
        (ValueError, b""),
        (ValueError, IDX[:-1]),
        (ValueError, IDX + b"x"),
        (ValueError, bytes([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 1, 7])),
        (ValueError, bytes([0, 0, 0x0C, 1, 0, 0, 0, 1, 0, 0, 0, 7])),
        (ValueError, npy_of(np.eye(3, dtype=int))),
        (ValueError, npy_of(np.array([2**31]))),
        (ValueError, npy_of(np.array([2**63], "uint64"))),
        (TypeError, npy_of(np.array([0.5]))),
        (TypeError, npy_of(np.array(["a"]))),
    ],
)
def test_labels_from_binary_names_bad_files(tmp_path, error, content):
    (tmp_path / "labels").write_bytes(content)
    with pytest.raises(error, match=r"Invalid `path`\. Received: "):
        labels_from_binary(tmp_path / "labels")


def test_labels_from_binary_names_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="Invalid `path`"):
        labels_from_binary(tmp_path / "missing")
