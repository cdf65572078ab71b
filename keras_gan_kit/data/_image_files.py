"""Lists the image files of a folder, in the same order on every machine."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from keras_gan_kit._errors import explain, invalid, warn

# Pillow recognizes these formats but reads no pixels from them: measurements and videos.
_NOT_DECODED = {"BUFR", "GRIB", "HDF5", "MPEG"}
# Suffixes of image formats that Pillow doesn't open without a plugin.
_NOT_READ = {".heic", ".heif", ".jxl", ".svg", ".dcm", ".dicom", ".nii", ".nii.gz", ".mha", ".mhd"}
_NOT_READ |= {".nrrd", ".svs", ".ndpi", ".czi", ".lif"}  # of microscopes
_NOT_READ |= {".raw", ".cr2", ".cr3", ".nef", ".arw", ".dng"}  # of cameras
# These are programs, which Pillow runs with Ghostscript.
_PROGRAMS = {"EPS"}


def image_files(directory: Path, argument: str = "directory") -> list[Path]:
    """Lists the images in a folder and its sub-folders.

    A file is an image if Pillow opens files with its suffix, in upper or lower case. Hidden files
    and folders, whose names begin with a dot, are left out. Links are followed, except those to a
    parent folder.

    Args:
        directory: The folder.
        argument: The name of the caller's argument, for errors.

    Returns:
        Paths that begin with `directory`, sorted by folder and name in the order of code points.

    Raises:
        FileNotFoundError: If the folder does not exist.
        NotADirectoryError: If the path is a file.
        ValueError: If the folder holds no image.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ("b.png", "a.JPG", "notes.txt", ".hidden.png"):
        ...     (folder / name).touch()
        >>> [path.name for path in image_files(folder)]
        ['a.JPG', 'b.png']
    """
    if not directory.is_dir():
        is_file = directory.exists()
        kind = NotADirectoryError if is_file else FileNotFoundError
        raise kind(
            explain(
                argument,
                received=f"{str(directory)!r}, which "
                f"{'is a file' if is_file else 'does not exist'}",
                expected="an existing folder",
                fix="pass the folder that contains the image files"
                if is_file
                else f"check the path, which is relative to {str(Path.cwd())!r}",
            )
        )
    endings = image_endings()
    found = list(_walk(str(directory), frozenset([os.path.realpath(directory)])))
    images = [path for path in found if path.suffix.lower() in endings]
    if not images:
        others = Counter(_ending(path) for path in found)
        counts = ", ".join(f"{count} {ending}" for ending, count in others.most_common(5))
        raise invalid(
            argument,
            received=f"{str(directory)!r}, "
            + (f"whose files are not images ({counts})" if found else "which is empty"),
            expected="at least one image file, such as .png, .jpg or .tif",
            fix="check the path, or convert the files to a format that Pillow reads",
        )
    others = Counter(ending for path in found if (ending := _ending(path)) in _NOT_READ)
    if others:
        counts = ", ".join(f"{count} {ending}" for ending, count in others.most_common(5))
        warn(
            f"{str(directory)!r} also contains images that Pillow can't open, which are left "
            f"out: {counts}. Convert them, for example to .png."
        )
    return images


def printable(name: str) -> str:
    r"""Returns a file's name as text that can be printed and written to any file.

    Bytes that are not UTF-8, which Python represents as lone surrogates, are escaped.

    Example:
        >>> printable("caf\udce9.png")
        'caf\\udce9.png'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def image_endings() -> frozenset[str]:
    """Returns the suffixes, in lower case, of the files that Pillow can open."""
    known, formats = Image.registered_extensions().items(), image_formats()
    return frozenset(ending for ending, kind in known if kind in formats)


def _ending(path: Path) -> str:
    compressed = path.suffix.lower() == ".gz"  # .nii.gz rather than .gz
    return "".join(path.suffixes[-1 - compressed :]).lower() or "no ending"


def image_formats() -> tuple[str, ...]:
    """Returns the formats that are read, whatever the file's suffix."""
    Image.init()
    return tuple(kind for kind in Image.ID if kind not in _NOT_DECODED | _PROGRAMS)


def _walk(folder: str, above: frozenset[str]) -> Iterator[Path]:
    """Yields the visible files under a folder; `above` has the resolved parent folders."""
    with os.scandir(folder) as entries:
        visible = [entry for entry in entries if not entry.name.startswith(".")]
    for entry in sorted(visible, key=lambda entry: entry.name):
        if entry.is_dir():
            real = os.path.realpath(entry.path)
            if real not in above:
                yield from _walk(entry.path, above | {real})
        elif entry.is_file() or entry.is_symlink():  # a broken link is reported when it is read
            yield Path(entry.path)
