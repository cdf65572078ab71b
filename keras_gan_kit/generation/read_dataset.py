"""Opens the datasets that `generate_dataset` writes."""

from __future__ import annotations

from pathlib import Path

from keras_gan_kit._errors import invalid
from keras_gan_kit._files import check_directory
from keras_gan_kit.generation import _parquet
from keras_gan_kit.generation._manifest import NAMES, load_manifest
from keras_gan_kit.generation.generated_dataset import GeneratedDataset


def read_dataset(directory: str | Path) -> GeneratedDataset:
    """Opens a dataset. Its samples are read on demand.

    Args:
        directory: The folder that `generate_dataset` wrote to.

    Returns:
        The dataset. `dataset[:100]` reads samples, iterating yields one shard at a time, and
        `dataset.table()` reads all rows without the images.

    Raises:
        TypeError: If `directory` is not a path.
        ValueError: If the folder contains no dataset, or a damaged or incomplete one.
        ImportError: If pyarrow is required and missing.

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
        name = max(NAMES.items())[1] if manifest is None else NAMES[manifest.plan.version]
        raise invalid(
            "directory",
            received=f"{str(folder)!r} with {'no' if manifest is None else 'an incomplete'} {name}",
            expected="a complete dataset that generate_dataset wrote",
            fix="pass its folder, or repeat the call of generate_dataset to complete it",
        )
    if manifest.plan.format == "parquet":
        _parquet.check_library()
    return GeneratedDataset(folder, manifest)
