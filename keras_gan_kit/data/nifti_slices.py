"""Holds slices of NIfTI volumes."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._errors import invalid
from keras_gan_kit._files import written_atomically
from keras_gan_kit._shows_arguments import ShowsArguments
from keras_gan_kit.data._read_image import resized

Plane = Literal["axial", "coronal", "sagittal"]
# The axes of a volume in RAS+ orientation that become slices, rows and columns. Rows are reversed:
# they run from anterior or superior to posterior or inferior.
AXES: dict[Plane, tuple[int, int, int]] = {
    "axial": (2, 1, 0),
    "coronal": (1, 2, 0),
    "sagittal": (0, 2, 1),
}


@dataclass(frozen=True, eq=False, repr=False)
class NiftiSlices(ShowsArguments):
    """Slices of NIfTI volumes, as `images_from_nifti` reads them.

    Args:
        images: float32 `(n, height, width, 1)`: the slices of all volumes, one volume after
            another.
        names: A name for each slice: the name of the file and the number of the slice.
        files: The file of each volume.
        counts: The number of slices of each volume.
        plane: The plane of the slices.

    Example:
        >>> slices = NiftiSlices(np.zeros((3, 4, 4, 1), "float32"), ("a-1", "a-2", "a-3"), (), ())
        >>> slices.images.shape
        (3, 4, 4, 1)
    """

    images: NDArray[np.float32]
    names: tuple[str, ...]
    files: tuple[Path, ...]
    counts: tuple[int, ...]
    plane: Plane = "axial"

    def __len__(self) -> int:
        return len(self.names)

    def save_predictions(self, predictions: Any, directory: str | PathLike[str]) -> list[Path]:
        """Writes predictions as NIfTI volumes with the files' affine, spacing and orientation.

        Nothing else of a file's header is copied.

        Args:
            predictions: One per slice, in order: `(n, height, width)` or `(n, height, width, 1)`.
                Integers and booleans are written as integers, and resized to the volume without
                interpolation if necessary; floats are written as float32.
            directory: The folder. Each file has the name of its volume, as `.nii.gz`.

        Returns:
            The paths of the files.

        Raises:
            ValueError: If the number of predictions differs from the number of slices.
        """
        array = np.asarray(predictions)
        array = array[..., 0] if array.ndim == 4 and array.shape[-1] == 1 else array
        if array.ndim != 3 or len(array) != len(self):
            raise invalid(
                "predictions",
                received=f"an array of shape {np.shape(predictions)}",
                expected=f"{len(self)} predictions (n, height, width, 1)",
                fix="pass what `gan.predict(slices.images)` returns; for classes, its .argmax(-1)",
            )
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        ends = np.cumsum(self.counts)
        paths = [folder / f"{_stem(file)}.nii.gz" for file in self.files]
        for path, file, end, count in zip(paths, self.files, ends, self.counts, strict=True):
            _write(path, file, array[end - count : end], self.plane)
        return paths


def to_slices(volume: NDArray[Any], plane: Plane) -> NDArray[Any]:
    """Cuts a volume in RAS+ orientation into slices `(n, height, width)`, upright."""
    slices: NDArray[Any] = volume.transpose(AXES[plane])[:, ::-1]
    return slices


def _stem(file: Path) -> str:
    return file.name.removesuffix(".gz").removesuffix(".nii").removesuffix(".img")


def _write(path: Path, file: Path, slices: NDArray[Any], plane: Plane) -> None:
    import nibabel
    from nibabel import orientations

    source: Any = nibabel.load(file)
    to_ras = orientations.io_orientation(source.affine)
    canonical = nibabel.as_closest_canonical(source).shape[:3]
    size = (canonical[AXES[plane][1]], canonical[AXES[plane][2]])
    if slices.shape[1:] != size:
        slices = np.stack([_in_size(image, size) for image in slices])
    volume = slices[:, ::-1].transpose(np.argsort(AXES[plane]))
    ras = np.array([[0, 1], [1, 1], [2, 1]])
    volume = orientations.apply_orientation(volume, orientations.ornt_transform(ras, to_ras))
    kind: Any = np.float32
    if volume.dtype.kind != "f":
        kind = np.int16 if volume.max() <= np.iinfo(np.int16).max else np.int32
    image: Any = nibabel.Nifti1Image(volume.astype(kind), source.affine)
    image.header.set_zooms(source.header.get_zooms()[:3])
    image.header.set_xyzt_units(*source.header.get_xyzt_units())
    with written_atomically(path) as unfinished:
        unfinished.write_bytes(_compressed(image))


def _compressed(image: Any) -> bytes:
    import gzip

    # Without a timestamp, so that equal predictions give identical files.
    return gzip.compress(image.to_bytes(), mtime=0)


def _in_size(image: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Resizes one prediction; class numbers without interpolation."""
    if image.dtype.kind == "f":
        picture = Image.fromarray(image.astype(np.float32))
        return np.asarray(resized(picture, size, "stretch", 0.0))
    picture = Image.fromarray(image.astype(np.int32))
    return np.asarray(picture.resize(size[::-1], Image.Resampling.NEAREST))
