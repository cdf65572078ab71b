"""Reads DICOM files."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit._errors import explain, invalid
from keras_gan_kit._extra import extra
from keras_gan_kit.data._image_arguments import height_and_width, value_bounds
from keras_gan_kit.data._image_files import printable
from keras_gan_kit.data._read_image import resized
from keras_gan_kit.data._scale_pixels import scale_levels
from keras_gan_kit.data.dicom_images import DicomImages

# What pydicom raises for damaged files and for compressed files without a decoder.
_FAULTS = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    NotImplementedError,
    MemoryError,
    struct.error,
)
_LUMA = np.array([[0.299], [0.587], [0.114]], np.float32)  # ITU-R 601-2
_FAR = 1e9  # beyond all windows


def images_from_dicom(
    path: str | PathLike[str],
    image_size: int | Sequence[int] | None = None,
    *,
    color_mode: Literal["grayscale", "rgb"] = "grayscale",
    source_range: tuple[float, float] | None = None,
    window: int = 0,
    value_range: tuple[float, float] | None = (-1.0, 1.0),
    name_by: str | None = None,
    verbose: int = 1,
) -> DicomImages:
    """Reads a DICOM file, or all DICOM files in a folder and its sub-folders, as images.

    Each frame of a file is an image. Values pass through the file's modality LUT (or rescale slope
    and intercept, which give Hounsfield units), and through its VOI LUT or window; MONOCHROME1 is
    inverted. A file without a window uses all levels that its bits can store. Colors of all kinds
    become RGB. pydicom, which the extra `medical` installs, does all of this.

    Patient names are not read: images are numbered unless you pass `name_by`.

    Args:
        path: A file or a folder. In a folder, DICOM files with any suffix are read, sorted by path.
        image_size: Height and width in pixels to resize to, as one integer or `(height, width)`;
            None for the size of the images, which must be the same for all.
        color_mode: `"grayscale"` for one channel, `"rgb"` for three.
        source_range: The values that become black and white, after the modality LUT, instead of
            the file's window: `(-1000, 400)` shows lungs in CT.
        window: The index of the file's window to use, from 0.
        value_range: The values of black and white; None to keep the values after the modality LUT.
        name_by: None for numbers, `"file"` for paths, or the keyword of a DICOM element such as
            `"PatientID"`. Frames after the first also get a number.
        verbose: 0 for no progress bar.

    Returns:
        A `DicomImages`, a named tuple of `images`, float32 `(n, height, width, channels)`, and
        `names`.

    Raises:
        FileNotFoundError: If the path does not exist.
        ImportError: If pydicom is not installed.
        TypeError: If an argument is of the wrong type.
        ValueError: If there is no DICOM file, a file can't be decoded, sizes differ, or an argument
            is out of range.

    Example:
        >>> from keras_gan_kit import data
        >>> def lungs(folder):
        ...     return data.images_from_dicom(folder, 256, source_range=(-1000, 400)).images
    """
    size = None if image_size is None else height_and_width("image_size", image_size)
    one_of("color_mode", color_mode, ("grayscale", "rgb"))
    limits = None if source_range is None else value_bounds("source_range", source_range)
    bounds = None if value_range is None else value_bounds("value_range", value_range)
    integer("window", window, minimum=0)
    with extra("medical", "path", received=repr(str(path)), library="pydicom"):
        import pydicom  # noqa: F401
    files = _dicom_files(Path(path))
    bar = keras.utils.Progbar(len(files), unit_name="file") if verbose else None
    images: list[NDArray[np.float32]] = []
    names: list[str] = []
    for number, file in enumerate(files, start=1):
        dataset, frames = _decoded(file)
        name = _name(dataset, file, Path(path), name_by) if name_by else str(number)
        for i, levels in enumerate(_levels(file, dataset, frames, limits, window, bounds)):
            picture = _in_mode(levels, color_mode)
            images.append(picture if size is None else _resized(picture, size))
            names.append(name if not i else f"{name}-{i + 1}")
        if bar is not None:
            bar.update(number)
    _check_one_size(images)
    return DicomImages(np.stack(images), tuple(names))


def _dicom_files(path: Path) -> list[Path]:
    from pydicom.misc import is_dicom

    if not path.exists():
        details = {"expected": "a DICOM file or a folder of them", "fix": "check the name"}
        raise FileNotFoundError(
            explain("path", received=f"{str(path)!r}, which does not exist", **details)
        )
    if path.is_file():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.is_file())
    files = [file for file in files if "/." not in f"/{file.relative_to(path).as_posix()}"]
    found = [
        file
        for file in files
        if file.name != "DICOMDIR" and (is_dicom(file) or file.suffix.lower() in (".dcm", ".dicom"))
    ]
    if not found:
        raise invalid(
            "path",
            received=f"{str(path)!r}, with {len(files)} files, none of them DICOM",
            expected="at least one DICOM file",
            fix="check the path; images_from_directory reads PNG, JPEG and TIFF",
        )
    return found


def _decoded(file: Path) -> tuple[Any, NDArray[Any]]:
    """Returns the dataset of a file and its frames `(n, height, width[, 3])`."""
    import pydicom
    from pydicom.pixels import pixel_array

    try:
        dataset = pydicom.dcmread(file, force=True)
        pixels = pixel_array(dataset)  # of three channels: RGB
        frames = int(dataset.get("NumberOfFrames", 1) or 1)
        if dataset.PhotometricInterpretation == "PALETTE COLOR":
            pixels = pydicom.pixels.apply_color_lut(pixels, dataset)
            dataset.BitsStored = 8 * pixels.dtype.itemsize
    except _FAULTS as error:
        missing = "plugins are missing" in str(error)
        raise invalid(
            "path",
            received=f"{printable(str(file))!r}, which pydicom cannot decode "
            f"({' '.join(str(error).split()) or type(error).__name__})",
            expected="a complete DICOM file with pixel data",
            fix="install one of the packages in parentheses with pip"
            if missing
            else "export the file again, or remove it",
        ) from error
    return dataset, pixels if frames > 1 else pixels[None]


def _levels(
    file: Path,
    dataset: Any,
    frames: NDArray[Any],
    limits: tuple[float, float] | None,
    window: int,
    bounds: tuple[float, float] | None,
) -> Iterator[NDArray[np.float32]]:
    """Yields each frame `(height, width, c)`, scaled to `bounds` or as modality values."""
    for i, frame in enumerate(frames):
        _move_groups(dataset, i)
        values, black, white = _shown(file, dataset, frame, limits, window, bounds is not None)
        pixels = values.astype(np.float32)
        pixels = pixels if pixels.ndim == 3 else pixels[..., None]
        if bounds is not None:
            scale_levels(pixels, (black, white), bounds, pixels)
            if dataset.PhotometricInterpretation == "MONOCHROME1":
                pixels = np.float32(bounds[0] + bounds[1]) - pixels
        yield pixels


def _move_groups(dataset: Any, frame: int) -> None:
    """Copies a frame's window and slope in enhanced files to where plain files have them."""
    groups = [(dataset.get("SharedFunctionalGroupsSequence"), 0)]
    groups += [(dataset.get("PerFrameFunctionalGroupsSequence"), frame)]
    for group, number in groups:
        for name in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
            part = group[number].get(name) if group else None
            for element in part[0] if part else ():
                dataset[element.tag] = element


def _shown(
    file: Path,
    dataset: Any,
    frame: NDArray[Any],
    limits: tuple[float, float] | None,
    window: int,
    windowed: bool,
) -> tuple[NDArray[Any], float, float]:
    """Returns the values of a frame, and the values of black and white."""
    from pydicom.pixels import apply_modality_lut, apply_voi_lut

    try:
        values = frame if frame.ndim == 3 else apply_modality_lut(frame, dataset)
        if limits is not None or not windowed:
            return values, *(limits or (0.0, 1.0))
        if frame.ndim == 3:
            return values, 0.0, 2.0 ** int(dataset.BitsStored) - 1
        if dataset.get("VOILUTSequence"):
            bits = dataset.VOILUTSequence[window].LUTDescriptor[2]
            return apply_voi_lut(values, dataset, window), 0.0, 2.0**bits - 1
        if dataset.get("WindowCenter") is not None:
            with np.errstate(over="ignore"):  # in sigmoid windows
                ends = apply_voi_lut(np.array([-_FAR, _FAR]), dataset, window)
            return apply_voi_lut(values, dataset, window), float(ends[0]), float(ends[1])
        return values, *_stored_range(dataset)
    except _FAULTS as error:
        raise invalid(
            "path",
            received=f"{printable(str(file))!r}, whose lookup tables pydicom can't apply ({error})",
            expected="a file with valid lookup tables",
            fix="pass source_range=(low, high), or another `window`",
        ) from error


def _stored_range(dataset: Any) -> tuple[float, float]:
    """Returns the modality values of the lowest and highest levels that can be stored."""
    from pydicom.pixels import apply_modality_lut

    if dataset.get("ModalityLUTSequence"):
        return 0.0, 2.0 ** dataset.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    bits = int(dataset.BitsStored)
    signed = bool(dataset.PixelRepresentation)
    low = -(2 ** (bits - 1)) if signed else 0
    ends = apply_modality_lut(np.array([low, low + 2**bits - 1]), dataset)
    return float(min(ends)), float(max(ends))


def _in_mode(pixels: NDArray[np.float32], color_mode: str) -> NDArray[np.float32]:
    channels = 3 if color_mode == "rgb" else 1
    if pixels.shape[-1] == channels:
        return pixels
    return np.repeat(pixels, 3, axis=-1) if channels == 3 else pixels @ _LUMA


def _resized(pixels: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    bands = [Image.fromarray(pixels[..., i]) for i in range(pixels.shape[-1])]
    return np.stack([np.asarray(resized(band, size, "stretch", 0.0)) for band in bands], axis=-1)


def _check_one_size(images: Sequence[NDArray[Any]]) -> None:
    sizes = sorted({image.shape[:2] for image in images})
    if len(sizes) > 1:
        raise invalid(
            "image_size",
            received=f"None, for images of {len(sizes)} sizes, such as {sizes[0]} and {sizes[1]}",
            expected="images of the same size",
            fix="pass image_size=(height, width) to resize them",
        )


def _name(dataset: Any, file: Path, root: Path, name_by: str) -> str:
    if name_by == "file":
        return file.name if root.is_file() else file.relative_to(root).as_posix()
    value = dataset.get(name_by)
    if value is None or not str(value):
        raise invalid(
            "name_by",
            received=f"{name_by!r}, which {printable(str(file))!r} doesn't have",
            expected="'file', or the keyword of an element such as 'PatientID'",
            fix="choose another, or leave it out to number the images",
        )
    return str(value)
