"""Reads samples from files and folders, for the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from keras_gan_kit._errors import invalid
from keras_gan_kit.data import from_uint8, images_from_directory, read_table
from keras_gan_kit.data._image_files import image_files
from keras_gan_kit.data._read_image import stored_size
from keras_gan_kit.evaluation.samples._numpy_files import DamagedFileError, numpy_arrays
from keras_gan_kit.generation._manifest import MANIFESTS, load_manifest

_TABLES = (".csv", ".tsv", ".txt", ".parquet", ".pq")
_FORMS = "a .npy or .npz file, a CSV or Parquet file, a folder of images, or a generated dataset"


def read_samples(
    path: Path,
    *,
    limit: int | None,
    image_size: tuple[int, int] | None,
    color_mode: Literal["grayscale", "rgb"],
) -> tuple[Any, str]:
    """Reads the samples at a path.

    Args:
        path: An array, a table, a folder of images, or a generated dataset.
        limit: The largest number of samples to read from a dataset; None for all.
        image_size: Height and width to resize images of a folder to; None for the size of the first
            image.
        color_mode: "grayscale" or "rgb", for a folder of images.

    Returns:
        A DataFrame, images, or a dict of both; and a note for the report if not all samples were
        read.

    Raises:
        ValueError: If there is no readable file or folder.
    """
    if any((path / name).is_file() for name in MANIFESTS):
        return _generated(path, limit)
    if path.is_dir():
        return _folder(path, image_size, color_mode), ""
    ending = path.suffix.lower()
    if path.is_file() and ending in _TABLES:
        return read_table(path), ""
    if path.is_file() and ending in (".npy", ".npz"):
        return _arrays(path), ""
    raise invalid("path", received=str(path), expected=_FORMS, fix="check the path and the suffix")


def constraints_at(path: Path) -> list[str]:
    """Returns the constraints in a generated dataset's manifest; none for other samples."""
    manifest = load_manifest(path) if path.is_dir() else None
    return [] if manifest is None else list(manifest.plan.constraints)


def _generated(path: Path, limit: int | None) -> tuple[Any, str]:
    # Imported late: it needs pyarrow, which arrays and folders don't.
    from keras_gan_kit.generation import read_dataset

    dataset = read_dataset(path)
    count = len(dataset) if limit is None else min(limit, len(dataset))
    samples = dataset.load(count)
    if isinstance(samples, tuple):  # labels become a column
        import pandas as pd

        images, labels = samples
        samples = {"image": images, "table": pd.DataFrame({"label": labels})}
    if count == len(dataset):
        return samples, ""
    # Generated samples are independent, so the first ones are a random sample.
    return samples, f"The first {count} of {len(dataset)} samples in {path.name} were read."


def _folder(
    path: Path, image_size: tuple[int, int] | None, color_mode: Literal["grayscale", "rgb"]
) -> Any:
    if image_size is None:
        image_size = stored_size(image_files(path)[0])
    return images_from_directory(path, image_size, color_mode=color_mode, verbose=0)


def _arrays(path: Path) -> Any:
    try:
        arrays = numpy_arrays(path)
    except DamagedFileError as error:
        raise _not_arrays(f"{path}, which NumPy can't read ({error})") from error
    if not isinstance(arrays, dict):
        return _array(arrays)
    if len(arrays) == 1:
        return _array(next(iter(arrays.values())))
    if set(arrays) not in ({"image", "table"}, {"image", "table", "columns"}):
        raise _not_arrays(f"{path} with arrays named {sorted(arrays)}")
    table, names = arrays["table"], arrays.get("columns")
    if table.ndim != 2 or (names is not None and names.shape != table.shape[1:]):
        given = "" if names is None else f" and column names of shape {names.shape}"
        raise _not_arrays(f"{path} with a table of shape {table.shape}{given}")
    import pandas as pd

    columns = [f"column {i}" for i in range(table.shape[1])] if names is None else names.tolist()
    return {"image": _array(arrays["image"]), "table": pd.DataFrame(table, columns=columns)}


def _not_arrays(received: str) -> ValueError:
    return invalid(
        "path",
        received=received,
        expected="one array of numbers; or the arrays image, table and optionally columns (their "
        "names)",
        fix="write it with np.savez(path, image=images, table=rows, columns=names)",
    )


def _array(array: Any) -> Any:
    if array.ndim == 3:
        array = array[..., None]
    return from_uint8(array) if array.dtype == np.uint8 and array.ndim == 4 else array
