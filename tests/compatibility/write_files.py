"""Writes the files that later versions must go on reading; run it with the version to be kept.

PYTHONPATH=OLD_TREE python tests/compatibility/write_files.py

With TensorFlow it writes all files. With another backend it only adds the weights that trainings
reach on it from the same checkpoints.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from unittest import mock

import keras
import numpy as np
import trainings

from keras_gan_kit.data import TableTransformer
from keras_gan_kit.generation import generate_dataset

FILES = Path(__file__).parent / "files"


def write_checkpoint(kind):
    """Stops a training in the middle of an epoch, and keeps what the checkpoint's model makes."""
    folder = FILES / kind
    model, arrays = trainings.make(kind)
    with suppress(trainings.StopError):
        trainings.train(model, arrays, folder, trainings.stop_after(trainings.LAST_CHECKPOINT))
    (folder / ".lock").unlink(missing_ok=True)
    (folder / "checkpoints" / ".lock").unlink(missing_ok=True)
    path = next((folder / "checkpoints").glob("*.keras"))
    loaded = keras.saving.load_model(path)
    np.savez_compressed(folder / "drawn.npz", **trainings.drawn(loaded))


def write_end(kind):
    """Goes on from the checkpoint, and keeps the weights and the history at the end."""
    folder = FILES / kind
    unfinished = FILES / "unfinished"
    shutil.copytree(folder, unfinished)
    model, arrays = trainings.make(kind)
    trainings.train(model, arrays, unfinished)
    history = np.loadtxt(unfinished / "g_loss.txt")
    shutil.rmtree(unfinished)
    name = f"end_{keras.backend.backend()}.npz"
    np.savez_compressed(folder / name, g_loss=history, **trainings.weights_of(model))


def write_datasets():
    """Writes both formats, each whole and stopped in its second shard by a failing disk."""
    table = TableTransformer.load(FILES / "minmax" / "table.json")
    model = next((FILES / "joint" / "checkpoints").glob("*.keras"))
    for format in ("parquet", "folder"):
        settings = {"model_or_path": model, "format": format, "table": table, **trainings.DATASET}
        generate_dataset(directory=FILES / format, **settings)
        stopped = FILES / f"{format}_unfinished"
        fails = mock.patch.object(Path, "replace", fail_at_the_second_shard)
        with fails, suppress(OSError):
            generate_dataset(directory=stopped, **settings)
        for folder in (FILES / format, stopped):
            (folder / ".lock").unlink(missing_ok=True)


def write_tables():
    """Writes transformers, what they make of a table, and what they make of that."""
    for scaling in ("minmax", "modes"):
        folder = FILES / scaling
        folder.mkdir(parents=True)
        table = trainings.fitted_table(scaling)
        table.save(folder / "table.json")
        matrix = table.transform(trainings.patients())
        np.savez_compressed(folder / "matrix.npz", matrix=matrix)
        table.inverse_transform(matrix).to_json(folder / "restored.json", indent=1)


def fail_at_the_second_shard(path, target):
    """Moves a file, as `Path.replace` does, unless it is the second shard."""
    if "train-00001" in str(target):
        raise OSError("the disk fails")
    os.replace(path, target)  # noqa: PTH105, for that one is this function


def main():
    if keras.backend.backend() == "tensorflow":
        shutil.rmtree(FILES, ignore_errors=True)
        for kind in trainings.MODELS:
            write_checkpoint(kind)
        write_tables()
        write_datasets()
    for kind in trainings.MODELS:
        write_end(kind)


if __name__ == "__main__":
    main()
