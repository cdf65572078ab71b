"""Find the vessels of CHASE_DB1: V-GAN beside a plain U-Net, after equal training time.

    python benchmarks/vessels.py CHASE_DB1 --minutes 20 --recipes unet vgan-patch1 --seeds 0 1 2

Both train the same U-Net on the same crops, with the same optimizer and the same fall of its
learning rate; the U-Net minimises the binary cross-entropy alone, V-GAN's generator also wants to
convince a discriminator. The time is that of the processor, divided by its cores, so that two runs
side by side count what each has used. Training stops where it is used up; the learning rate has
then fallen to 0 along a cosine. The threshold of Dice comes from the training images.

Every run adds a line to `scores.jsonl` in --output and leaves its report there; a run that has a
line is not run again. The table is of all lines.
"""

import argparse
import json
import math
import os
import statistics
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from measuring import machine, markdown_table

from keras_gan_kit import ImageToImageGAN, callbacks, data, evaluation, networks

SCORES = ("auc_roc", "auc_pr", "dice", "sensitivity", "specificity", "accuracy")
MULTIPLE = 64
STEPS = 50  # of an epoch, which is only a line of the histories


def main() -> None:
    options = _options()
    options.output.mkdir(parents=True, exist_ok=True)
    training, test = (
        data.paired_images(options.chase, split=split, multiple_of=MULTIPLE)
        for split in ("training", "test")
    )
    for seed in options.seeds:
        for recipe in options.recipes:
            if _key(options, recipe, seed) not in {_key_of(line) for line in _lines(options)}:
                _run(recipe, seed, training, test, options)
    print(f"{machine()}\n\n{_table(_lines(options))}")


def _run(recipe: str, seed: int, training: Any, test: Any, options: argparse.Namespace) -> None:
    keras.utils.set_random_seed(seed)
    shape = (None, None, 3)
    unet = networks.unet_generator(shape, filters=options.filters, depth=options.depth)
    optimizer = keras.optimizers.Adam(options.learning_rate, beta_1=0.5)
    folder = options.output / f"{recipe}_{options.minutes:g}min_{seed}"
    model: Any
    if recipe == "unet":
        model = unet
        model.compile(optimizer=optimizer, loss="binary_crossentropy", jit_compile=False)
        extra = [keras.callbacks.CSVLogger(_made(folder) / "loss.csv")]
    else:
        model = _vgan(recipe, unet, optimizer, options, seed)
        extra = [callbacks.LossHistory(folder, every=STEPS), callbacks.LossPlot(folder)]
    budget = Budget(60.0 * options.minutes * (os.cpu_count() or 1), optimizer)
    crops = data.PairedDataset(
        training,
        batch_size=options.batch_size,
        crop_size=options.crop,
        augmentation=data.pair_augmentation(options.augmentation),
        seed=seed,
        steps_per_epoch=STEPS,
    )
    model.fit(crops, epochs=10**6, verbose=2, callbacks=[budget, *extra])
    unet.save(_made(folder) / "generator.keras")
    report = _report(unet, training, test)
    report.save(folder / "report")
    found = {name: report.scores[name]["value"] for name in SCORES}
    key = dict(zip(KEY, _key(options, recipe, seed), strict=True))
    line = key | {"steps": budget.steps, "parameters": unet.count_params()} | found
    with (options.output / "scores.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line), flush=True)


def _vgan(recipe: str, unet: Any, optimizer: Any, options: argparse.Namespace, seed: int) -> Any:
    gan = ImageToImageGAN(
        unet,
        networks.vgan_discriminator(
            (None, None, 3), filters=options.filters, kind=recipe.removeprefix("vgan-")
        ),
        reconstruction_weight=options.weight,
        seed=seed,
    )
    gan.compile(
        generator_optimizer=optimizer,
        discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss="bce",
    )
    return gan


class Budget(keras.callbacks.Callback):
    """Ends the training after some seconds of the processor; its rate falls to 0 until then."""

    def __init__(self, seconds: float, optimizer: Any) -> None:
        super().__init__()
        self.seconds, self.optimizer, self.steps = seconds, optimizer, 0
        self.highest = float(optimizer.learning_rate)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.steps += 1
        if self.steps == 1:
            self.start = time.process_time()  # tracing and compiling are not counted
        done = min(1.0, (time.process_time() - self.start) / self.seconds)
        self.optimizer.learning_rate = self.highest * 0.5 * (1.0 + math.cos(math.pi * done))
        self.model.stop_training = done >= 1.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self.steps:
            print(f"{(time.process_time() - self.start) / self.seconds:.1%}", flush=True)


def _report(unet: Any, training: Any, test: Any) -> Any:
    parts = []
    for pairs in (training, test):
        predicted = np.concatenate([unet.predict(x[None], verbose=0) for x in pairs.images])
        parts.append([pairs.unpad(part) for part in (pairs.labels, predicted, pairs.masks)])
    (labels, predictions, masks), validation = parts[1], parts[0]
    return evaluation.segmentation_report(
        labels,
        predictions,
        masks=masks,
        validation=validation,
        images=test.unpad(test.pixels()),
        names=test.names,
    )


KEY = ("recipe", "minutes", "filters", "depth", "crop", "batch_size", "seed")


def _key(options: argparse.Namespace, recipe: str, seed: int) -> tuple[Any, ...]:
    return (recipe, *(getattr(options, name) for name in KEY[1:-1]), seed)


def _key_of(line: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(line[name] for name in KEY)


def _lines(options: argparse.Namespace) -> list[dict[str, Any]]:
    path = options.output / "scores.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _table(lines: list[dict[str, Any]]) -> str:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for line in lines:
        groups.setdefault(_key_of(line)[:-1], []).append(line)
    rows = []
    for key, found in groups.items():
        cells = [f"{key[0]}, {key[1]:g} min, {key[2]} filters", str(len(found))]
        for name in ("steps", *SCORES):
            values = [line[name] for line in found]
            form = "{:.0f}" if name == "steps" else "{:.4f}"
            middle, least, most = statistics.median(values), min(values), max(values)
            cells.append(f"{form} [{form}, {form}]".format(middle, least, most))
        rows.append(cells)
    return markdown_table(["training", "seeds", "steps", *SCORES], rows)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("chase", type=Path, help="the folder of CHASE_DB1")
    add("--minutes", type=float, default=20.0, help="of training, with all cores")
    recipes = ("unet", "vgan-pixel", "vgan-patch1", "vgan-patch2", "vgan-image")
    add("--recipes", nargs="+", choices=recipes, default=["unet", "vgan-patch1"])
    add("--seeds", nargs="+", type=int, default=[0, 1, 2])
    add("--filters", type=int, default=16, help="of the first level of both networks")
    add("--depth", type=int, default=4, help="levels of the U-Net")
    add("--crop", type=int, default=128)
    add("--batch-size", type=int, default=16)
    add("--weight", type=float, default=10.0, help="of the cross-entropy, beside the adversary")
    add("--learning-rate", type=float, default=5e-4)
    add("--augmentation", choices=("keras", "keras_cv"), default="keras")
    add("--output", type=Path, default=Path("runs/vessels"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
