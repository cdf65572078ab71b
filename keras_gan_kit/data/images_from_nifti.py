"""Reads NIfTI volumes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._arguments import one_of
from keras_gan_kit._errors import explain, invalid
from keras_gan_kit._extra import extra
from keras_gan_kit.data._image_arguments import height_and_width, value_bounds
from keras_gan_kit.data._image_files import printable
from keras_gan_kit.data._read_image import resized
from keras_gan_kit.data._scale_pixels import scale_levels
from keras_gan_kit.data.nifti_slices import AXES, NiftiSlices, Plane, to_slices

_ENDINGS = (".nii", ".nii.gz")
# What nibabel raises for damaged files, besides its own errors.
_FAULTS = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    MemoryError,
    zlib.error,
)


def images_from_nifti(
    path: str | PathLike[str],
    image_size: int | Sequence[int] | None = None,
    *,
    plane: Plane = "axial",
    source_range: tuple[float, float] | None = None,
    value_range: tuple[float, float] | None = (-1.0, 1.0),
    verbose: int = 1,
) -> NiftiSlices:
    """Reads a NIfTI file, or all NIfTI files in a folder and its sub-folders, as slices.

    nibabel reorients volumes to RAS+ by their affine. They are then cut into upright slices: the
    patient's right is on the right, anterior (axial) or superior (coronal and sagittal) at the top,
    and anterior on the right of sagittal slices. Values are scaled by the slope and the intercept
    of the file. The extra `medical` installs nibabel.

    Args:
        path: A file or a folder; its .nii and .nii.gz files are sorted by path.
        image_size: Height and width in pixels to resize the slices to, as one integer or
            `(height, width)`; None for the size of the slices, which must be the same for all.
        plane: `"axial"`, `"coronal"` or `"sagittal"`.
        source_range: The values in the files that become black and white, such as `(-1000, 400)` in
            Hounsfield units; None for the lowest and the highest value of each volume.
        value_range: The values of black and white; None to keep the values of the files, such as
            class numbers.
        verbose: 0 for no progress bar.

    Returns:
        A `NiftiSlices`, whose `images` are float32 `(n, height, width, 1)`. Its `save_predictions`
        writes predictions back as volumes.

    Raises:
        FileNotFoundError: If the path does not exist.
        ImportError: If nibabel is not installed.
        TypeError: If an argument is of the wrong type.
        ValueError: If there is no NIfTI file, one can't be read or is not a volume of finite
            numbers, sizes differ, or an argument is out of range.

    Example:
        >>> from keras_gan_kit import data
        >>> def brains(folder):
        ...     return data.images_from_nifti(folder, 128, plane="coronal").images
    """
    size = None if image_size is None else height_and_width("image_size", image_size)
    one_of("plane", plane, tuple(AXES))
    limits = None if source_range is None else value_bounds("source_range", source_range)
    bounds = None if value_range is None else value_bounds("value_range", value_range)
    with extra("medical", "path", received=repr(str(path)), library="nibabel"):
        import nibabel  # noqa: F401
    files = _nifti_files(Path(path))
    bar = keras.utils.Progbar(len(files), unit_name="volume") if verbose else None
    parts = []
    for number, file in enumerate(files, start=1):
        slices = to_slices(_volume(file), plane)
        if size is not None:
            slices = np.stack([_in_size(image, size, bounds is not None) for image in slices])
        if bounds is not None:
            slices = slices.copy()
            scale_levels(slices, limits or _extremes(slices), bounds, slices)
        parts.append(slices)
        if bar is not None:
            bar.update(number)
    _check_one_size(files, parts)
    root = Path(path) if Path(path).is_dir() else Path(path).parent
    names = [
        f"{printable(file.relative_to(root).as_posix()).removesuffix('.gz').removesuffix('.nii')}"
        f"-{i + 1}"
        for file, part in zip(files, parts, strict=True)
        for i in range(len(part))
    ]
    images = np.concatenate(parts)[..., None]
    return NiftiSlices(images, tuple(names), tuple(files), tuple(map(len, parts)), plane)


def _nifti_files(path: Path) -> list[Path]:
    if not path.exists():
        details = {"expected": "a NIfTI file or a folder of them", "fix": "check the name"}
        raise FileNotFoundError(
            explain("path", received=f"{str(path)!r}, which does not exist", **details)
        )
    if path.is_file():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.name.lower().endswith(_ENDINGS))
    files = [file for file in files if "/." not in f"/{file.relative_to(path).as_posix()}"]
    if not files:
        raise invalid(
            "path",
            received=f"{str(path)!r}, without a .nii or .nii.gz file",
            expected="at least one NIfTI file",
            fix="check the path; images_from_dicom reads DICOM series",
        )
    return files


def _volume(file: Path) -> NDArray[np.float32]:
    """Returns the volume of a file in RAS+ orientation."""
    import nibabel
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError

    try:
        image: Any = nibabel.as_closest_canonical(nibabel.load(file))
        volume = np.asarray(image.get_fdata(dtype=np.float32))
    except (*_FAULTS, ImageFileError, HeaderDataError) as error:
        raise _unreadable(
            file, f"which nibabel cannot read ({str(error) or type(error).__name__})"
        ) from error
    if volume.ndim > 3 and set(volume.shape[3:]) == {1}:
        volume = volume.reshape(volume.shape[:3])
    if volume.ndim != 3:
        raise _unreadable(file, f"an array of shape {volume.shape}, which is not a single volume")
    if not np.isfinite(volume).all():
        raise _unreadable(file, "with values that are NaN or infinite")
    return volume


def _unreadable(file: Path, received: str) -> ValueError:
    return invalid(
        "path",
        received=f"{printable(str(file))!r}, {received}",
        expected="a complete volume of finite numbers",
        fix="write the file again, with one file per time point, or remove it",
    )


def _extremes(slices: NDArray[np.float32]) -> tuple[float, float]:
    low, high = float(slices.min()), float(slices.max())
    return low, max(high, low + 1e-6)


def _in_size(
    image: NDArray[np.float32], size: tuple[int, int], interpolated: bool
) -> NDArray[np.float32]:
    """Resizes one slice; without interpolation if it holds class numbers."""
    picture = Image.fromarray(np.ascontiguousarray(image))
    if interpolated:
        return np.asarray(resized(picture, size, "stretch", 0.0))
    return np.asarray(picture.resize(size[::-1], Image.Resampling.NEAREST))


def _check_one_size(files: Sequence[Path], parts: Sequence[NDArray[Any]]) -> None:
    sizes = {part.shape[1:]: file for part, file in zip(parts, files, strict=True)}
    if len(sizes) > 1:
        (first, a), (second, b) = list(sizes.items())[:2]
        raise invalid(
            "image_size",
            received=f"None, for slices of {first} in {a.name!r} and {second} in {b.name!r}",
            expected="slices of the same size",
            fix="pass image_size=(height, width) to resize them",
        )
