"""Time V-GAN beside a hand-written `tf.function`, its augmentation, and whole images.

All train the same U-Net against the same patch discriminator, on crops of 128x128 pixels, 16 a
step: the loop and one `fit` on crops in memory; `fit` on crops that are cut while it trains, with
augmentation and without. Whole images of the size of CHASE_DB1's go through `predict`, and through
the network alone, padded before. All take turns in one process, after each has run once.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from competitors.tf_function import run_by_hand
from competitors.tf_function_vgan import make_step
from measuring import Times, machine, markdown_table, ratios, record, summary, write_records
from tasks import MASK_WEIGHT, UNET_DEPTH, UNET_FILTERS

from keras_gan_kit import ImageToImageGAN, data, networks

CROP, BATCH, IMAGES = 128, 16, 20
HEIGHT, WIDTH = 960, 999
LOOP, BARE = "tf-function", "the network alone"
# Ours, what it is compared with, and how many times as long it may take.
PAIRS = (
    ("fit, crops in memory", LOOP, 1.1),
    ("fit, augmented by keras", "fit, crops cut as it trains", 1.1),
    ("fit, augmented by keras_cv", "fit, crops cut as it trains", 1.1),
    ("predict", BARE, 1.15),
)


def main() -> None:
    options = _options()
    host = machine()
    contestants = _contestants(options)
    times: dict[str, Times] = {name: [] for name in contestants}
    for repeat in range(options.repeats + 1):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            if repeat:  # the first compiles
                times[name].append(1000.0 * (time.perf_counter() - start) / _units(name, options))
    print(", ".join(f"{name}: {value}" for name, value in host.items()))
    print("\nMilliseconds per step, or per image, median [min, max]; ratios within repeats.\n")
    rows = [[name, summary(values)] for name, values in times.items()]
    print(markdown_table(["", "ms"], rows))
    rows = [
        [f"{name} / {other}", summary(ratios(times[name], times[other])), f"{limit:.2f}"]
        for name, other, limit in PAIRS
        if name in times
    ]
    print(markdown_table(["how many times as long", "", "at most"], rows))
    if options.json:
        write_records(options.json, _records(times, options), host)


def _contestants(options: argparse.Namespace) -> dict[str, Callable[[], Any]]:
    random = np.random.default_rng(0)
    pairs = _noise(random, IMAGES, HEIGHT + 64, 1024)
    crops = _noise(random, 10 * BATCH, CROP, CROP)
    unet, discriminator = _networks(options)
    found = {LOOP: _loop(unet, discriminator, crops, options.steps)}
    gan = _gan(options)
    memory = {"batch_size": BATCH, "steps_per_epoch": options.steps, "verbose": 0}
    found["fit, crops in memory"] = lambda: gan.fit(crops.images, crops.labels, **memory)
    for name, layers in _augmentations(options).items():
        found[name] = _fit(_gan(options), pairs, layers, options.steps)
    whole = pairs.images[:2, :HEIGHT, :WIDTH]
    padded = pairs.images[:2, :960, :1008]
    sides = {"batch_size": 1, "verbose": 0}
    found[BARE] = lambda: unet.predict(padded, **sides)
    found["predict"] = lambda: gan.predict(whole, **sides)
    return found


def _augmentations(options: argparse.Namespace) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {"fit, crops cut as it trains": []}
    for library in options.augmentation:
        found[f"fit, augmented by {library}"] = data.pair_augmentation(library)
    return found


def _fit(gan: Any, pairs: Any, layers: list[Any], steps: int) -> Callable[[], Any]:
    crops = data.PairedDataset(
        pairs, batch_size=BATCH, crop_size=CROP, augmentation=layers, steps_per_epoch=steps
    )
    return lambda: gan.fit(crops, verbose=0)


def _noise(random: np.random.Generator, n: int, height: int, width: int) -> data.ImagePairs:
    images = random.normal(size=(n, height, width, 3)).astype("float32")
    labels = (images[..., :1] > 1.3).astype("float32")
    mean, deviation = np.full((n, 1, 1, 3), 0.5, "float32"), np.full((n, 1, 1, 3), 0.2, "float32")
    names = tuple(map(str, range(n)))
    return data.ImagePairs(
        names, images, labels, np.ones_like(labels), mean, deviation, size=(height, width)
    )


def _networks(options: argparse.Namespace) -> tuple[Any, Any]:
    shape = (None, None, 3)
    return (
        networks.unet_generator(shape, filters=options.filters, depth=options.depth),
        networks.vgan_discriminator(shape, filters=options.filters, kind="patch1"),
    )


def _gan(options: argparse.Namespace) -> Any:
    gan = ImageToImageGAN(*_networks(options), reconstruction_weight=MASK_WEIGHT, seed=0)
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss="bce",
        jit_compile=False,
    )
    return gan


def _loop(unet: Any, discriminator: Any, crops: Any, steps: int) -> Callable[[], Any]:
    """The loop of the TensorFlow tutorials, alternating: gradient tapes in a `tf.function`."""
    run = run_by_hand(
        make_step(unet, discriminator, BATCH), {"image": crops.images, "mask": crops.labels}, BATCH
    )
    return lambda: run(steps)


def _units(name: str, options: argparse.Namespace) -> int:
    return 2 if name in (BARE, "predict") else options.steps


def _records(times: dict[str, Times], options: argparse.Namespace) -> list[Any]:
    return [
        record(
            "whole images" if name in (BARE, "predict") else "V-GAN",
            name,
            values,
            measure="time of a step or an image",
            unit="ms",
            ours=name not in (LOOP, BARE),
            sizes={"crop": CROP, "batch": BATCH, "filters": options.filters},
        )
        for name, values in times.items()
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--steps", type=int, default=20, help="in a turn")
    add("--repeats", type=int, default=5, help="all in turn, default 5")
    add("--filters", type=int, default=UNET_FILTERS, help="of the first level of both networks")
    add("--depth", type=int, default=UNET_DEPTH, help="levels of the U-Net")
    libraries = ("keras", "keras_cv")
    add("--augmentation", nargs="*", choices=libraries, default=["keras"])
    add("--json", type=Path, help="also write every measurement, as JSON lines")
    return parser.parse_args()


if __name__ == "__main__":
    main()
