"""Compare joint GANs on simulated patients after equal training time, where the truth is known.

All recipes train in one process and take turns of a few seconds, so that a slow minute of the
machine hits everyone alike; compiling is not counted. Scores of 2,000 synthetic patients against
5,000 others of the same cohort, lower is better:

- ks: the Kolmogorov-Smirnov distance of a column, mean over the 35.
- correlations: how far apart the correlations of two columns are, mean over all pairs.
- disagreement: heart rate and ST level are measured on the image; 1 - Spearman's correlation with
  the row's, mean of the two. 0 is perfect, 1 is what a shuffled table has. An image that cannot be
  read counts as one that says nothing: it gets the median of the others.

`floor` is what as many real patients score.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
from scipy.signal import find_peaks
from scipy.stats import ks_2samp, spearmanr

SHAPE = (16, 64, 1)
SECONDS = 3.0  # of an image
LEAD = "V5"
MILLIVOLTS = 3.0  # the height of an image
SCORES = ("ks", "correlations", "disagreement")


def published(table, seed):
    """The published networks and settings; every column scaled to [0, 1]."""
    import keras

    from keras_gan_kit import GAN, networks

    gan = GAN(
        networks.joint_generator(SHAPE, table),
        networks.joint_discriminator(SHAPE, table),
        seed=seed,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(1e-4),
        discriminator_optimizer=keras.optimizers.Adam(1e-4),
        update="simultaneous",
    )
    return gan, 10


def modern(
    table,
    seed,
    *,
    g=(32, 16, 8),
    d=(8, 16, 32),
    gamma=0.02,
    mismatch=3.0,
    lr=1e-3,
    ema=0.99,
    batch=32,
    units=256,
):
    import keras

    from keras_gan_kit import RelativisticGAN, networks, penalties

    gan = RelativisticGAN(
        networks.joint_residual_generator(SHAPE, table, filters=g, joint_units=units),
        networks.joint_residual_discriminator(SHAPE, table, filters=d, joint_units=units),
        ema_momentum=ema,
        seed=seed,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(lr, beta_1=0.0, beta_2=0.99),
        discriminator_optimizer=keras.optimizers.Adam(lr, beta_1=0.0, beta_2=0.99),
        penalties=[penalties.R1(gamma), penalties.R2(gamma), penalties.Mismatch(mismatch)],
        update="simultaneous",
    )
    return gan, batch


RECIPES = {"published": (published, "minmax"), "modern": (modern, "modes")}


def cohort(num, seed):
    from keras_gan_kit.datasets import simulated_ecg_cohort

    return simulated_ecg_cohort(
        num, image_size=SHAPE[:2], leads=[LEAD], seconds=SECONDS, grid=False, seed=seed
    )


def measure(image):
    """Reads heart rate (per minute) and ST level (mV) off an image, or NaN where it cannot."""
    height, width = image.shape
    per_second, per_millivolt = width / SECONDS, height / MILLIVOLTS
    ink = (1.0 - image) / 2.0
    ink = np.where(ink > 0.1, ink, 0.0)
    rows = np.arange(height)[:, None] + 0.5
    amount = ink.sum(0)
    line = (ink * rows).sum(0) / np.maximum(amount, 1e-6)
    line = np.where(amount > 0, line, np.median(line))
    top = np.where(ink > 0.3, rows, np.inf).min(0)
    high = np.maximum(0.0, np.median(line) - np.where(np.isfinite(top), top, line))
    # R waves are the highest, at least 0.2 mV high, and 0.38 s apart: 158 beats a minute.
    least = max(0.5 * high.max(), 0.2 * per_millivolt)
    peaks, _ = find_peaks(np.pad(high, 1), height=least, distance=0.38 * per_second)
    if len(peaks) < 2:
        return np.nan, np.nan
    beats = np.array([_centre(high, peak - 1) for peak in peaks])
    rate = 60.0 * per_second * (len(beats) - 1) / (beats[-1] - beats[0])
    # Before the QRS complex is the zero line, after it the ST segment.
    zero, st = beats - 0.1 * per_second, beats + 0.12 * per_second
    inside = (zero >= 0) & (st <= width - 1)
    if not inside.any():
        return rate, np.nan
    columns = np.arange(width)
    levels = np.interp(zero[inside], columns, line) - np.interp(st[inside], columns, line)
    return rate, levels.mean() / per_millivolt


def _centre(high, peak):
    near = np.arange(max(0, peak - 1), min(len(high), peak + 2))
    weights = np.clip(high[near] - 0.3 * high[peak], 0.0, None)
    return (near * weights).sum() / weights.sum()


def agreement(images, rows):
    """Spearman's correlation of what the images show with what the rows say."""
    readings = np.array([measure(image[..., 0]) for image in images])
    found = {"readable": np.isfinite(readings).all(1).mean()}
    for column, values in zip(("heart_rate", "st_level"), readings.T, strict=True):
        known = np.isfinite(values)
        values = np.where(known, values, np.median(values[known]) if known.any() else 0.0)
        constant = np.ptp(values) == 0 or np.ptp(rows[column]) == 0
        found[column] = 0.0 if constant else spearmanr(values, rows[column]).statistic
    return found


def scores(images, rows, reference):
    found = agreement(images, rows)
    distances = [
        ks_2samp(reference[name], rows[name], method="asymp").statistic for name in reference
    ]
    difference = np.abs(reference.corr() - rows.corr().fillna(0.0)).to_numpy()
    pairs = np.triu_indices(len(difference), 1)
    return {
        "ks": float(np.mean(distances)),
        "correlations": float(difference[pairs].mean()),
        "disagreement": float(1.0 - (found["heart_rate"] + found["st_level"]) / 2),
        **{name: float(value) for name, value in found.items()},
    }


class Contestant:
    """A recipe with its data and the time it has trained."""

    def __init__(self, name, images, rows, seed, settings):
        import keras

        from keras_gan_kit.data import TableTransformer

        recipe, scaling = RECIPES[name]
        scaling = settings.pop("scaling", scaling)
        keras.utils.set_random_seed(seed)
        self.name, self.seconds = name, 0.0
        self.table = TableTransformer(scaling=scaling)
        self.samples = {"image": images, "table": self.table.fit_transform(rows)}
        self.gan, self.batch_size = recipe(self.table, seed, **settings)
        # The first step compiles.
        self.gan.fit(self.samples, batch_size=self.batch_size, steps_per_epoch=1, verbose=0)

    def train(self, seconds, clock):
        import keras

        class Turn(keras.callbacks.Callback):
            start = None

            def on_train_batch_begin(self, batch, logs=None):
                self.start = clock() if self.start is None else self.start

            def on_train_batch_end(self, batch, logs=None):
                self.logs = logs
                self.model.stop_training = clock() - self.start >= seconds

        turn = Turn()
        self.gan.fit(
            self.samples,
            batch_size=self.batch_size,
            steps_per_epoch=10**9,
            callbacks=[turn],
            verbose=0,
        )
        self.seconds += clock() - turn.start
        self.logs = {name: round(float(value), 3) for name, value in turn.logs.items()}

    def scores(self, reference, pictures=None):
        drawn = self.gan.generate(2000, seed=1, batch_size=500)
        if pictures:
            save_grid(Path(pictures) / f"{self.name}.png", drawn["image"][:40])
        return scores(drawn["image"], self.table.inverse_transform(drawn["table"]), reference)


def save_grid(path, images):
    from PIL import Image

    height, width, _ = SHAPE
    grid = np.clip((images[..., 0] + 1) * 127.5, 0, 255).astype("uint8")
    grid = grid.reshape(10, 4, height, width).swapaxes(1, 2).reshape(10 * height, 4 * width)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grid).resize((16 * width, 40 * height), 0).save(path)


def rounded(values):
    return {name: round(value, 3) for name, value in values.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--recipes", nargs="+", choices=tuple(RECIPES), default=list(RECIPES))
    add("--seconds", type=float, default=600, help="of training, for each recipe")
    add("--turn", type=float, default=20, help="seconds that a recipe trains at a time")
    add("--every", type=int, default=5, help="turns between two lines of scores")
    add("--clock", choices=("wall", "cpu"), default="wall", help="which seconds are equal")
    add("--patients", type=int, default=4000)
    add("--seeds", type=int, nargs="+", default=[0])
    add("--settings", type=json.loads, default={}, help="of `modern`, as JSON")
    add("--pictures", help="a folder for a grid of each recipe's samples")
    options = parser.parse_args()
    clock = time.perf_counter if options.clock == "wall" else time.process_time

    images, rows = cohort(options.patients, 1)
    _, reference = cohort(5000, 2)
    floor = scores(*cohort(2000, 3), reference)
    print("floor", rounded(floor), flush=True)
    found = {name: [] for name in options.recipes}
    for seed in options.seeds:
        contestants = [
            Contestant(name, images, rows, seed, dict(options.settings) if name == "modern" else {})
            for name in options.recipes
        ]
        turns = max(1, round(options.seconds / options.turn))
        for turn in range(1, turns + 1):
            for contestant in contestants:
                contestant.train(options.turn, clock)
                if turn % options.every == 0 or turn == turns:
                    result = contestant.scores(reference, options.pictures)
                    done = f"{contestant.seconds:.0f} s, {contestant.gan.steps_taken} steps"
                    print(f"seed {seed}, {contestant.name}, {done}", rounded(result), flush=True)
                    print(f"    {contestant.logs}", flush=True)
        for contestant in contestants:
            found[contestant.name].append(contestant.scores(reference))

    print(f"\n| | {' | '.join(SCORES)} |\n| --- | --- | --- | --- |")
    print(f"| floor | {' | '.join(f'{floor[key]:.3f}' for key in SCORES)} |")
    middle = {
        name: {key: statistics.median(run[key] for run in runs) for key in SCORES}
        for name, runs in found.items()
    }
    for name, values in middle.items():
        print(f"| {name} | {' | '.join(f'{values[key]:.3f}' for key in SCORES)} |")
    if {"modern", "published"} <= middle.keys():
        shares = [middle["modern"][key] / middle["published"][key] for key in SCORES]
        print(f"| modern / published (0.5) | {' | '.join(f'{share:.2f}' for share in shares)} |")


if __name__ == "__main__":
    main()
