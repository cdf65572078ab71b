"""Time `data.images_from_directory` beside `keras.utils.image_dataset_from_directory`.

Both read the same files at the same size, all to the end; the files have been read once before, so
that the disk does not count. This package averages over all pixels that become one, scales to
[-1, 1], and returns one array of all images. Keras comes three times: as it is by default, taking
the four nearest pixels, as a stream that forgets each batch; its batches put together to the same
array; and that with `interpolation="area"`, which averages too: the same work.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from measuring import (
    Record,
    Times,
    machine,
    markdown_table,
    ratios,
    record,
    summary,
    write_records,
)
from PIL import Image

from keras_gan_kit.data import images_from_directory

NAMES = ("keras_gan_kit", "Keras", "Keras, array", "Keras, array, area")


def main() -> None:
    options = _options()
    host = machine()
    with tempfile.TemporaryDirectory() as temporary:
        folders = _written(Path(temporary), options.count)
        if options.images:
            folders["--images"] = options.images
        rows, records = [], []
        for name, folder in folders.items():
            for size in options.sizes:
                row, found = _row(name, folder, size, options)
                rows.append(row)
                records += found
                print(f"{name}, {size}: {rows[-1][2:]}", file=sys.stderr, flush=True)
    if options.json:
        write_records(options.json, records, host)
    print(", ".join(f"{name}: {value}" for name, value in host.items()))
    print("\nSeconds for all files, median [min, max]; ratios are Keras / this package.\n")
    header = ["files", "size", *NAMES, "ratio", "ratio, array", "ratio, array, area"]
    print(markdown_table(header, rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--images", type=Path, help="a folder of images of your own, besides those written here")
    add("--sizes", nargs="+", type=int, default=(28, 200, 800))
    add("--count", type=int, default=300, help="images to write of each kind")
    add("--color-mode", choices=("grayscale", "rgb"), default="grayscale")
    add("--repeats", type=int, default=5, help="both in turn, default 5")
    add("--json", metavar="FILE", help="also write every measurement, as JSON lines")
    return parser.parse_args()


def _written(folder: Path, count: int) -> dict[str, Path]:
    """Writes photographs, pages and thumbnails: smooth noise, as large as such files are."""
    random = np.random.default_rng(0)
    kinds = {
        "JPEG 1600x1200, colour": ("jpg", (1600, 1200), 3),
        "PNG 1000x600, gray": ("png", (1000, 600), 1),
        "PNG 28x28, gray": ("png", (28, 28), 1),
    }
    folders = {}
    for name, (ending, size, channels) in kinds.items():
        folders[name] = folder / name
        folders[name].mkdir()
        for i in range(count):
            coarse = random.integers(0, 256, (12, 16, channels), "uint8")
            image = Image.fromarray(coarse.squeeze()).resize(size, Image.Resampling.BICUBIC)
            image.save(folders[name] / f"{i:04}.{ending}")
    return folders


def _row(
    name: str, folder: Path, size: int, options: argparse.Namespace
) -> tuple[list[str], list[Record]]:
    """Returns the cells of a line of the table, and the records."""
    contestants = _contestants(folder, size, options.color_mode)
    counts = [contestant() for contestant in contestants.values()]
    if len(set(counts)) > 1:
        sys.exit(f"The two do not find the same images in {folder}.")
    times: dict[str, Times] = {contestant: [] for contestant in contestants}
    for _ in range(options.repeats):
        for contestant, read in contestants.items():
            times[contestant].append(_seconds(read))
    ours, *others = contestants
    cells = [summary(times[contestant]) for contestant in contestants]
    cells += [summary(ratios(times[theirs], times[ours])) for theirs in others]
    records = [
        record(
            name,
            contestant,
            values,
            measure="time for all files",
            unit="s",
            ours=contestant == ours,
            sizes={"image_size": size, "files": counts[0]},
        )
        for contestant, values in times.items()
    ]
    return [f"{counts[0]} {name}", str(size), *cells], records


def _contestants(folder: Path, size: int, color_mode: Any) -> dict[str, Callable[[], int]]:
    """Functions that read all files and return how many they were."""

    def kit() -> int:
        return len(images_from_directory(folder, size, color_mode=color_mode, verbose=0))

    def batches(interpolation: str = "bilinear") -> Iterable[Any]:
        found: Iterable[Any] = keras.utils.image_dataset_from_directory(
            folder,
            labels=None,
            color_mode=color_mode,
            image_size=(size, size),
            interpolation=interpolation,
            shuffle=False,
            verbose=False,
        )
        return found

    def stream() -> int:
        return sum(len(batch) for batch in batches())

    def array(interpolation: str = "bilinear") -> int:
        return len(np.concatenate([batch.numpy() for batch in batches(interpolation)]))

    contestants = (kit, stream, array, lambda: array("area"))
    return dict(zip(NAMES, contestants, strict=True))


def _seconds(read: Callable[[], int]) -> float:
    start = time.perf_counter()
    read()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
