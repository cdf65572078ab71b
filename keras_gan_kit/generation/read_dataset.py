"""Reads what `generate_dataset` wrote."""

from __future__ import annotations

from pathlib import Path

from keras_gan_kit._errors import invalid
from keras_gan_kit._files import check_directory
from keras_gan_kit.generation import _parquet
from keras_gan_kit.generation._manifest import NAME, load_manifest
from keras_gan_kit.generation.generated_dataset import GeneratedDataset


def read_dataset(directory: str | Path) -> GeneratedDataset:
    """Opens a data set; its samples are read when they are asked for.

    Args:
        directory: The folder that `generate_dataset` wrote to.

    Returns:
        The data set: `dataset[:100]` reads samples, iterating gives one shard after the other,
        `dataset.table()` all rows without the images.

    Raises:
        TypeError: If `directory` is no path.
        ValueError: If the folder holds no data set, or one that is damaged or not complete.
        ImportError: If pyarrow is missing where it is needed.

    Example:
        >>> import tempfile
        >>> from keras_gan_kit import generation, networks
        >>> generator = networks.dense_generator((8, 8, 1), latent_dim=4, units=(16,))
        >>> folder = tempfile.mkdtemp()
        >>> _ = generation.generate_dataset(generator, 5, folder, format="folder", verbose=0)
        >>> len(read_dataset(folder))
        5
    """
    folder = check_directory("directory", directory)
    manifest = load_manifest(folder)
    if manifest is None or manifest.missing:
        state = "no" if manifest is None else "an incomplete"
        raise invalid(
            "directory",
            received=f"{str(folder)!r} with {state} {NAME}",
            expected="a complete data set of generate_dataset",
            fix="pass its folder; make the same call of generate_dataset again to complete one",
        )
    if manifest.plan.format == "parquet":
        _parquet.check_library()
    return GeneratedDataset(folder, manifest)
