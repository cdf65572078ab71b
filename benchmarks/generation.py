"""Time `generation.generate_dataset` beside a loop that draws one sample after the other.

The loop is the usual one: `generator.predict` of one latent, a JPEG file, a row in a list. The
third contestant is the generator alone, batch after batch, with nothing written: more than that no
writer can reach. All take turns in one process, after each has run once. What `generate_dataset`
does once, before the first sample, is timed by itself: it hashes the model and compiles it. Memory
is measured in processes of their own, because a peak never falls.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

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

from keras_gan_kit import data, networks
from keras_gan_kit.generation import generate_dataset
from keras_gan_kit.generation._manifest import Record as ShardRecord
from keras_gan_kit.generation._plan import make_plan
from keras_gan_kit.generation._request import make_request
from keras_gan_kit.generation._write import write_shards

LATENT, COLUMNS = 100, 35


def joint_200() -> keras.Model:
    return networks.joint_generator((200, 200, 1), COLUMNS, LATENT)


def dcgan_28() -> keras.Model:
    return networks.dcgan_generator((28, 28, 1), LATENT)


def joint_28() -> keras.Model:
    """A dense generator with a table beside the image: the small model of the long run."""
    latents = keras.Input((LATENT,))
    image = networks.dense_generator((28, 28, 1), LATENT)(latents)
    x = keras.layers.Dense(128, "leaky_relu")(latents)
    table = keras.layers.Dense(COLUMNS, "sigmoid")(x)
    return keras.Model(latents, {"image": image, "table": table})


MODELS = {"joint-200": joint_200, "dcgan-28": dcgan_28, "joint-28": joint_28}
SETTINGS: dict[str, Any] = {"shard_size": None, "image_format": "jpeg", "quality": 95}
CONTESTANTS = ("one by one", "the generator alone", "generate_dataset")
# Samples of each contestant: enough for some seconds each.
COUNTS = {"joint-200": (10, 320), "dcgan-28": (30, 1024), "joint-28": (30, 20480)}


def main() -> None:
    options = _options()
    if options.memory:
        print(_peak(options.memory, options.count, options.format))
        return
    host = machine()
    records: list[Record] = []
    rows = [_row(name, options, records) for name in options.models]
    print(", ".join(f"{name}: {value}" for name, value in host.items()))
    print("\nSamples a second, median [min, max]; JPEGs of quality 95; ratios within repeats.\n")
    header = ["model", *CONTESTANTS]
    print(markdown_table([*header, "times the loop", "share of the generator", "to begin"], rows))
    for name in options.models if options.memory_samples else ():
        records += _report_memory(name, options)
    if options.json:
        write_records(options.json, records, host)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--models", nargs="+", choices=MODELS, default=list(MODELS))
    add("--repeats", type=int, default=5, help="all in turn, default 5")
    add("--format", choices=("parquet", "folder"), default="parquet")
    add("--memory-samples", type=int, default=0, help="measure the peak of so many, and 10 times")
    add("--json", metavar="FILE", help="also write every measurement, as JSON lines")
    add("--memory", choices=MODELS, help=argparse.SUPPRESS)
    add("--count", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _row(name: str, options: argparse.Namespace, found: list[Record]) -> list[str]:
    """Returns the cells of a line of the table, and adds its records to those found."""
    keras.utils.set_random_seed(0)
    generator = MODELS[name]()
    batch = 32 if name == "joint-200" else 256
    contestants = _contestants(name, generator, batch, options.format)
    rates: dict[str, Times] = {contestant: [] for contestant in contestants}
    for repeat in range(options.repeats + 1):
        for contestant, draw in contestants.items():
            rate = _rate(draw)
            if repeat:  # the first time compiles
                rates[contestant].append(rate)
        print(f"{name}: {[r[-1:] for r in rates.values()]}", file=sys.stderr, flush=True)
    found += _records(name, rates)
    begin = _rate(lambda folder: _begin(generator, folder, batch))
    cells = [summary(rates[contestant]) for contestant in CONTESTANTS]
    cells += [summary(ratios(rates[CONTESTANTS[2]], rates[other])) for other in CONTESTANTS[:2]]
    return [name, *cells, f"{1 / begin:.1f} s"]


def _contestants(
    name: str, generator: keras.Model, batch: int, format: str
) -> dict[str, Callable[[Path], int]]:
    """Functions that draw into a folder and return how many they drew."""
    few, many = COUNTS[name]
    request = make_request(generator, many).compiled()
    plan = make_plan(request, format=format, batch_size=batch, **SETTINGS)
    shards: list[ShardRecord] = []

    def loop(folder: Path) -> int:
        draw_one_by_one(generator, few, folder)
        return few

    def alone(folder: Path) -> int:
        for start in range(0, many, batch):
            request.draw(start, batch)
        return many

    def kit(folder: Path) -> int:
        write_shards(
            request,
            plan,
            folder,
            range(plan.num_shards),
            written=lambda n: None,
            finished=shards.append,
        )
        return many

    return dict(zip(CONTESTANTS, (loop, alone, kit), strict=True))


def _records(name: str, rates: dict[str, Times]) -> list[Record]:
    return [
        record(
            name,
            contestant,
            values,
            measure="rate of samples",
            unit="samples/s",
            ours=contestant == "generate_dataset",
            higher_is_better=True,
        )
        for contestant, values in rates.items()
    ]


def _rate(contestant: Callable[[Path], int]) -> float:
    folder = Path(tempfile.mkdtemp())
    try:
        start = time.perf_counter()
        count = contestant(folder)
        return count / (time.perf_counter() - start)
    finally:
        shutil.rmtree(folder)


def _begin(generator: keras.Model, folder: Path, batch: int) -> int:
    generate_dataset(generator, batch, folder, batch_size=batch, verbose=0)
    return 1


def draw_one_by_one(generator: keras.Model, count: int, folder: Path) -> None:
    rows = []
    random = np.random.default_rng(0)
    for i in range(count):
        sample = generator.predict(random.normal(size=(1, LATENT)), verbose=0)
        image = sample["image"] if isinstance(sample, dict) else sample
        pixels = data.to_uint8(image[0, ..., 0])
        Image.fromarray(pixels).save(folder / f"{i}.jpg", quality=95)
        if isinstance(sample, dict):
            rows.append(sample["table"][0])


def _peak(name: str, count: int, format: str) -> str:
    """The peak of this process, in MB, after so many samples."""
    folder = tempfile.mkdtemp()
    try:
        options = {"format": format, "image_format": "jpeg", "verbose": 0}
        generate_dataset(MODELS[name](), count, folder, **options)
    finally:
        shutil.rmtree(folder)
    return json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _report_memory(name: str, options: argparse.Namespace) -> list[Record]:
    peaks = []
    counts = (options.memory_samples, 10 * options.memory_samples)
    for count in counts:
        command = [sys.executable, __file__, "--memory", name, "--count", str(count)]
        command += ["--format", options.format]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(float(run.stdout.splitlines()[-1]))
    growth = 100 * (peaks[1] / peaks[0] - 1)
    print(
        f"{name}: peak memory {peaks[0]:.0f} MB for {options.memory_samples} samples, "
        f"{peaks[1]:.0f} MB for 10 times as many: {growth:+.1f}%"
    )
    about: dict[str, Any] = {"measure": "peak memory of the process", "unit": "MB", "ours": True}
    return [
        record(name, "generate_dataset", [peak], sizes={"samples": count}, **about)
        for count, peak in zip(counts, peaks, strict=True)
    ]


if __name__ == "__main__":
    main()
