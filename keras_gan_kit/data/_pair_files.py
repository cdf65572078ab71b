"""Matches the files of images, labels and fields of view."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from keras_gan_kit._arguments import one_of
from keras_gan_kit._errors import invalid
from keras_gan_kit.data._image_files import image_files, printable

_SPLITS = ("training", "test")
_CHASE_TRAINING = 10  # the usual split: 01L to 10R for training, 11L to 14R for testing
_CHASE_NAME = re.compile(r"Image_(\d+)[LR]")
_COUNTED = re.compile(r"[\W_]+\d+([\W_]|$)")  # "_2" or "-2_mask"
_OBSERVER = {1: "1st", 2: "2nd"}
_LABEL_WORDS = ("label", "mask", "manual", "annot", "segment", "truth", "gt", "target")
Key = Callable[[str], str]


class PairFiles(NamedTuple):
    """The files of one image: the image, its label and its field of view."""

    name: str
    image: Path
    label: Path | None
    mask: Path | None


def files_of_folders(
    images: Path, labels: Path | None, masks: Path | None, key: Key | None = None
) -> list[PairFiles]:
    """Matches the files of separate folders by name.

    A label belongs to an image if its path in the folder, without the suffix, equals or extends the
    image's path: "eye1_mask" and "eye1mask" extend "eye1", but "eye10" doesn't.

    Args:
        images: The folder of images.
        labels: The folder of labels; None for images without labels.
        masks: The folder of fields of view, or None.
        key: Maps the path of a file, without the suffix, to the name that a pair shares.

    Raises:
        FileNotFoundError: If a folder is missing.
        ValueError: If a file has no counterpart or more than one.
    """
    for argument, folder in (("labels", labels), ("masks", masks)):
        if folder is not None and folder.is_dir() and folder.resolve() == images.resolve():
            raise invalid(
                argument,
                received=f"{str(folder)!r}, the folder of the images",
                expected="another folder",
                fix=f"move the {argument} to another folder",
            )
    found = _by_name("directory", images, key)
    return _joined(found, labels, masks, key)


def files_of_layout(
    root: Path, split: str | None, observer: int, masks: Path | None = None
) -> list[PairFiles]:
    """Matches the files of DRIVE or CHASE_DB1, or lists images without labels.

    Raises:
        FileNotFoundError: If a folder is missing.
        ValueError: If `split` is missing or unknown, or files lack counterparts.
    """
    if not root.is_dir():
        image_files(root)  # raises the error
    if split is not None:
        one_of("split", split, _SPLITS)
    if observer not in _OBSERVER:
        raise invalid("observer", received=observer, expected="1 or 2", fix="pass 1")
    found = _known_layout(root, split, observer)
    if found is None:
        _check_unlabeled(root, split)
        return files_of_folders(root, None, masks)
    if masks is not None:
        raise _unused("masks", masks, "a dataset, whose fields of view are found automatically")
    return found


def _known_layout(root: Path, split: str | None, observer: int) -> list[PairFiles] | None:
    images = root / "images"
    if (root / "training" / "images").is_dir() or (root / "test" / "images").is_dir():
        return _drive(root, split, observer)
    if images.is_dir() and any((root / name).is_dir() for name in ("1st_manual", "mask")):
        return _drive_folder(root, split, observer)
    labels = root / f"labels_{_OBSERVER[observer]}HO"
    if images.is_dir() and labels.is_dir():
        masks = root / "fov_mask"
        found = files_of_folders(images, labels, masks if masks.is_dir() else None)
        return _chase_split(root, found, split)
    if any(root.glob("Image_*_1stHO.png")):
        return _chase_split(root, _chase_flat(root, observer), split)
    return None


def _check_unlabeled(root: Path, split: str | None) -> None:
    """Checks that no labels would be read as images."""
    found = sorted(path.name for path in root.iterdir())
    suspects = [
        name
        for name in found
        if (root / name).is_dir() and any(word in name.lower() for word in _LABEL_WORDS)
    ]
    if suspects:
        raise invalid(
            "directory",
            received=f"{str(root)!r}, which holds {found[:6]}",
            expected="DRIVE (training/images, training/1st_manual, ...), CHASE_DB1 "
            "(Image_01L.jpg, Image_01L_1stHO.png, ...), or a folder with images only",
            fix="pass the folders of images and of labels: paired_images(images, labels)",
        )
    if split is not None:
        raise _unused("split", split, "a folder without splits")


def _unused(argument: str, value: object, beside: str) -> ValueError:
    return invalid(
        argument,
        received=f"{str(value)!r}, with {beside}",
        expected="None",
        fix=f"leave out `{argument}`",
    )


def _drive(root: Path, split: str | None, observer: int) -> list[PairFiles]:
    if split is None:
        raise invalid(
            "split",
            received="None, for the layout of DRIVE",
            expected="'training' or 'test'",
            fix="pass one of these",
        )
    return _drive_part(root / split, observer)


def _drive_folder(root: Path, split: str | None, observer: int) -> list[PairFiles]:
    if split is not None and root.name in _SPLITS and split != root.name:
        raise invalid(
            "split",
            received=f"{split!r}, for the folder {str(root)!r}",
            expected=f"None or {root.name!r}, because the folder holds no other images",
            fix=f"pass directory={str(root.parent)!r}",
        )
    return _drive_part(root, observer)


def _drive_part(root: Path, observer: int) -> list[PairFiles]:
    masks = root / "mask"
    found = _by_name("directory", root / "images", _number)
    labels: Path | None = root / f"{_OBSERVER[observer]}_manual"
    # DRIVE's test images come without labels.
    labels = None if not (root / "1st_manual").is_dir() and observer == 1 else labels
    return _joined(found, labels, masks if masks.is_dir() else None, _number)


def _number(stem: str) -> str:
    """Returns the number at the start of DRIVE's file names, such as 21 in 21_manual1."""
    match = re.match(r"\d+", stem)
    return match[0] if match else stem


def _chase_flat(root: Path, observer: int) -> list[PairFiles]:
    ending = f"_{_OBSERVER[observer]}HO"
    files = image_files(root)
    images = {p.stem: p for p in files if _CHASE_NAME.fullmatch(p.stem)}
    labels = {p.stem.removesuffix(ending): p for p in files if p.stem.endswith(ending)}
    _check_counterparts("directory", images, labels, root)
    return [PairFiles(name, images[name], labels[name], None) for name in sorted(images)]


def _chase_split(root: Path, found: list[PairFiles], split: str | None) -> list[PairFiles]:
    if split is None:
        return found
    parts: dict[str, list[PairFiles]] = {name: [] for name in _SPLITS}
    for pair in found:
        match = _CHASE_NAME.match(pair.name)
        number = int(match[1]) if match else 0
        parts["training" if number <= _CHASE_TRAINING else "test"].append(pair)
    if not parts[split]:
        raise invalid(
            "split",
            received=f"{split!r}, for {str(root)!r}, which holds {found[0].name} to "
            f"{found[-1].name}",
            expected="Image_01L to Image_10R for 'training', Image_11L to Image_14R for 'test'",
            fix="complete the download, or leave out `split`",
        )
    return parts[split]


def _by_name(argument: str, folder: Path, key: Key | None) -> dict[str, Path]:
    """Returns the images of a folder by relative path without suffix."""
    found: dict[str, Path] = {}
    for path in image_files(folder, argument):
        name = _name(path, folder)
        name = name if key is None else key(name)
        if name in found:
            raise _several(argument, found[name], path, name)
        found[name] = path
    return found


def _name(path: Path, folder: Path) -> str:
    # macOS stores é as two characters, other systems as one.
    name = path.relative_to(folder).with_suffix("").as_posix()
    return unicodedata.normalize("NFC", name)


def _joined(
    images: dict[str, Path], labels: Path | None, masks: Path | None, key: Key | None
) -> list[PairFiles]:
    of_images = {} if labels is None else _matched("labels", images, labels, key)
    of_masks = {} if masks is None else _matched("masks", images, masks, key)
    return [
        PairFiles(printable(name), images[name], of_images.get(name), of_masks.get(name))
        for name in sorted(images)
    ]


def _matched(
    argument: str, images: dict[str, Path], folder: Path, key: Key | None
) -> dict[str, Path]:
    """Returns the files of a folder, keyed by the name of their image."""
    if key is not None:
        others = _by_name(argument, folder, key)
        _check_counterparts(argument, images, others, folder)
        return others
    files = [(_name(path, folder), path) for path in image_files(folder, argument)]
    names = {name: name for name in images}
    if not {_parent(name) for name, _ in files} <= {_parent(name) for name in images}:
        names = _without_folders(images)
        files = [(name.rpartition("/")[2], path) for name, path in files]
    found: dict[str, Path] = {}
    extra: list[Path] = []
    loose: list[tuple[str, str, Path]] = []
    for other, path in files:
        name, rest = _longest(other, names)
        if name is None:
            extra.append(path)
        elif rest[:1].isalpha() or _COUNTED.match(rest):
            loose.append((name, rest, path))
        elif name in found:
            raise _several(argument, found[name], path, name)
        else:
            found[name] = path
    # "1b" or "1_2" may be other images, unless all labels extend the name in the same way.
    if not found and len({rest for _, rest, _ in loose}) == 1 and loose[0][1].isalnum():
        found, loose = {name: path for name, _, path in loose}, []
    extra += [path for _, _, path in loose]
    _check_counterparts(argument, images, found, folder, extra)
    return found


def _longest(other: str, names: Mapping[str, str]) -> tuple[str | None, str]:
    """Returns the image with the longest name that `other` starts with, and the rest of `other`."""
    for end in range(len(other), 0, -1):
        if other[:end] in names and not other[end : end + 1].isdigit():
            return names[other[:end]], other[end:]
    return None, ""


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def _without_folders(images: Mapping[str, Path]) -> dict[str, str]:
    names: dict[str, str] = {}
    for name, path in images.items():
        last = name.rpartition("/")[2]
        if last in names:
            raise _several("directory", images[names[last]], path, last)
        names[last] = name
    return names


def _several(argument: str, first: Path, second: Path, name: str) -> ValueError:
    return invalid(
        argument,
        received=f"{printable(str(first))!r} and {printable(str(second))!r}",
        expected=f"one file for the image {printable(name)!r}",
        fix="remove one of them, or put labels in folders with the same names as those of the "
        "images",
    )


def _check_counterparts(
    argument: str,
    images: Mapping[str, Path],
    others: Mapping[str, Path],
    folder: Path,
    extra: Sequence[Path] = (),
) -> None:
    missing = sorted(set(images) - set(others))
    lone = [*extra, *(others[name] for name in sorted(set(others) - set(images)))]
    if missing or lone:
        named = [f"no file for {printable(name)!r}" for name in missing[:5]]
        named += [f"{printable(str(path))!r} for no image" for path in lone[:5]]
        raise invalid(
            argument,
            received=f"in {str(folder)!r}, {len(missing) + len(lone)} files without a "
            f"counterpart: {'; '.join(named)}",
            expected="one file per image, whose name equals or extends the image's name",
            fix="rename or remove files, or pass `key`, a function of the file names",
        )
