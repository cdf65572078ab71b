"""Which image, label and field of view belong together: by folder layout and name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from keras_gan_kit._arguments import one_of
from keras_gan_kit._errors import invalid
from keras_gan_kit.data._image_files import image_files

_SPLITS = ("training", "test")
_CHASE_TRAINING = 20  # the usual split: the first 20 images are for training, the last 8 for tests
_OBSERVER = {1: "1st", 2: "2nd"}


class PairFiles(NamedTuple):
    """The files of one image."""

    name: str
    image: Path
    label: Path
    mask: Path | None


def files_of_folders(images: Path, labels: Path, masks: Path | None) -> list[PairFiles]:
    """Pairs the files of plain folders by their names.

    A label belongs to the image whose name (without the ending) its own begins with.

    Raises:
        FileNotFoundError: If a folder is missing.
        ValueError: If a file has no counterpart, or several.
    """
    found = _by_key("directory", images, lambda stem: stem)
    key = _prefix(sorted(found, key=len, reverse=True))
    return _joined(found, labels, masks, key)


def files_of_layout(root: Path, split: str | None, observer: int) -> list[PairFiles]:
    """Pairs the files of a download of DRIVE or CHASE_DB1.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If the layout is neither, `split` is missing or unknown, or files lack
            counterparts.
    """
    if not root.is_dir():
        image_files(root)  # raises, with the reason
    if split is not None:
        one_of("split", split, _SPLITS)
    if observer not in _OBSERVER:
        raise invalid("observer", received=observer, expected="1 or 2", fix="pass 1")
    if (root / "training" / "images").is_dir() or (root / "test" / "images").is_dir():
        return _drive(root, split, observer)
    if (root / "images").is_dir() and (root / f"{_OBSERVER[observer]}_manual").is_dir():
        return _drive_folder(root, split, observer)
    if (root / "images").is_dir() and (root / f"labels_{_OBSERVER[observer]}HO").is_dir():
        masks = root / "fov_mask"
        labels = root / f"labels_{_OBSERVER[observer]}HO"
        found = files_of_folders(root / "images", labels, masks if masks.is_dir() else None)
        return _chase_split(found, split)
    if any(root.glob("Image_*_1stHO.png")):
        return _chase_split(_chase_flat(root, observer), split)
    raise invalid(
        "directory",
        received=f"{str(root)!r}, which holds {sorted(p.name for p in root.iterdir())[:6]}",
        expected="DRIVE (training/images, training/1st_manual, ...), CHASE_DB1 "
        "(Image_01L.jpg, Image_01L_1stHO.png, ...), or two folders of your own",
        fix="pass the folder of labels too: paired_images(images, labels)",
    )


def _drive(root: Path, split: str | None, observer: int) -> list[PairFiles]:
    if split is None:
        raise invalid(
            "split",
            received="None, for the layout of DRIVE",
            expected="'training' or 'test'",
            fix="pass one: the two are in folders of their own",
        )
    return _drive_part(root / split, observer)


def _drive_folder(root: Path, split: str | None, observer: int) -> list[PairFiles]:
    if split is not None and root.name in _SPLITS and split != root.name:
        raise invalid(
            "split",
            received=f"{split!r}, for the folder {str(root)!r}",
            expected=f"None or {root.name!r}, for the folder has no other images",
            fix=f"pass directory={str(root.parent)!r}",
        )
    return _drive_part(root, observer)


def _drive_part(root: Path, observer: int) -> list[PairFiles]:
    masks = root / "mask"
    found = _by_key("directory", root / "images", _number)
    labels = root / f"{_OBSERVER[observer]}_manual"
    return _joined(found, labels, masks if masks.is_dir() else None, _number)


def _number(stem: str) -> str:
    """The number that DRIVE's names begin with: 21 of 21_manual1."""
    match = re.match(r"\d+", stem)
    return match[0] if match else stem


def _chase_flat(root: Path, observer: int) -> list[PairFiles]:
    ending = f"_{_OBSERVER[observer]}HO"
    files = image_files(root)
    images = {p.stem: p for p in files if re.fullmatch(r"Image_\d+[LR]", p.stem)}
    labels = {p.stem.removesuffix(ending): p for p in files if p.stem.endswith(ending)}
    _check_counterparts("directory", images, labels, root)
    return [PairFiles(name, images[name], labels[name], None) for name in sorted(images)]


def _chase_split(found: list[PairFiles], split: str | None) -> list[PairFiles]:
    parts = {"training": found[:_CHASE_TRAINING], "test": found[_CHASE_TRAINING:], None: found}
    return parts[split]


def _prefix(stems: Sequence[str]) -> Callable[[str], str]:
    def key(stem: str) -> str:
        return next((known for known in stems if stem.startswith(known)), stem)

    return key


def _joined(
    images: dict[str, Path], labels: Path, masks: Path | None, key: Callable[[str], str]
) -> list[PairFiles]:
    of_images = _by_key("labels", labels, key)
    _check_counterparts("labels", images, of_images, labels)
    of_masks = {} if masks is None else _by_key("masks", masks, key)
    if masks is not None:
        _check_counterparts("masks", images, of_masks, masks)
    return [
        PairFiles(name, images[name], of_images[name], of_masks.get(name))
        for name in sorted(images)
    ]


def _by_key(argument: str, folder: Path, key: Callable[[str], str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in image_files(folder, argument):
        name = key(path.stem)
        if name in found:
            raise invalid(
                argument,
                received=f"{str(found[name])!r} and {str(path)!r}",
                expected=f"one file for the image {name!r}",
                fix="take one of them out",
            )
        found[name] = path
    return found


def _check_counterparts(
    argument: str, images: dict[str, Path], others: dict[str, Path], folder: Path
) -> None:
    missing, extra = sorted(set(images) - set(others)), sorted(set(others) - set(images))
    if missing or extra:
        lone = [f"no file for {name!r}" for name in missing[:5]]
        lone += [f"{str(others[name])!r} for no image" for name in extra[:5]]
        raise invalid(
            argument,
            received=f"in {str(folder)!r}, {len(missing) + len(extra)} files without a "
            f"counterpart: {'; '.join(lone)}",
            expected="one for each image, with a name that begins like the image's",
            fix="rename the files, or take the image out",
        )
