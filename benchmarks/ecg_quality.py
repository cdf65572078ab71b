"""Train GANs on real ECG pages for equal processor time, and score what they draw.

    python benchmarks/ecg_quality.py ECG12 --features efficientnet_lite0.py \
        --recipe projected --seconds 2400 7200 --seed 0

The protocol is fixed. Data: the 1,406 pages of layout 4x3+1, kind `trace`, of Khan et al. 2021, at
128x216 pixels; 4 in 5 by `RandomState(0).permutation` are for training. Training: seconds of
processor time in `fit`, all threads counted, without scoring. Samples: 1,000, with seed 1. Scores
of features against the held-out pages, in EfficientNet-Lite0 (pages resized to 128x128): kernel
distance (subsets of 281), precision, recall, density and coverage (k=5), and the Fréchet distance.
The same in a second encoder, an autoencoder of the training pages alone, because a recipe that
trains on EfficientNet's features is judged by them. `ecg_peaks.py` reads the rhythm strips.
`nearest` is the median distance from a sample to its nearest training page in EfficientNet's
features, over that from a held-out page to its own: far below 1, pages are copied.

`real` scores as many training pages. Each line goes to --results. A training that was stopped goes
on from its checkpoint. Lines with the setting `patch_scores` are of heads that scored each position
of their own stage; they were worse, and are gone. The `stages` of lines without a commit were
written in later: the default was the last layer of each resolution then.
"""

import argparse
import importlib.util
import json
import os
import time
from pathlib import Path
from typing import Any

import ecg_peaks
import keras
import measuring
import numpy as np
from keras import layers
from PIL import Image

from keras_gan_kit import GAN, RelativisticGAN, callbacks, data, evaluation, networks, penalties
from keras_gan_kit.networks._inverse_square_root import inverse_square_root

SIZE = (128, 216)
SHAPE = (*SIZE, 1)
SAMPLES = 1000
WHITE = 1.0
ACTIVATIONS = {"inverse_square_root": inverse_square_root, "linear": None}


def adam(rate: float, beta_1: float = 0.0, beta_2: float = 0.99) -> Any:
    return keras.optimizers.Adam(rate, beta_1=beta_1, beta_2=beta_2)


def small(options: Any, seed: int) -> tuple[Any, int]:
    """`dcgan_ecg.py --recipe small`, with three upsampling layers, for the width of 216."""
    filters = (32, 64, 128, 256)
    gan = GAN(
        networks.dcgan_generator(
            SHAPE, 100, filters=filters[::-1], kernels=4, strides=(1, 2, 2, 2), seed=seed
        ),
        networks.dcgan_discriminator(SHAPE, filters=filters, kernels=4, dropout=0.3, seed=seed),
        ema_momentum=0.998,
        seed=seed,
    )
    gan.compile(
        generator_optimizer=adam(2e-4, 0.5, 0.999),
        discriminator_optimizer=adam(2e-4, 0.5, 0.999),
        loss="bce",
        update="simultaneous",
    )
    return gan, 16


def projected(
    options: Any,
    seed: int,
    *,
    features: str = "imagenet",
    generator: str = "fastgan",
    units: int = 256,
    filters: tuple[int, ...] = (256, 192, 128, 96, 48, 24),
    patch: int = 1,
    latent_dim: int = 128,
    activation: str = "tanh",
    bias: float = 0.0,
    channels: int = 64,
    heads: int = 64,
    stages: list[str] | None = None,
    rate: float = 2e-4,
    ema: float = 0.99,
    batch: int = 16,
    policy: tuple[str, ...] = ("translation",),
    strength: float = 1.0,
    loss: str = "hinge",
    rate_of_discriminator: float | None = None,
) -> tuple[Any, int]:
    """Heads on frozen features; white paper moves in where pages are shifted."""
    if features == "imagenet":
        network, value_range = _python_file(options.features).efficientnet_lite0(), (0.0, 255.0)
    else:
        network, value_range = page_encoder(options), (-1.0, 1.0)
    if generator == "residual":
        drawn = networks.residual_generator(
            SHAPE, latent_dim, filters=filters, patch=patch, units=units, seed=seed
        )
    else:
        drawn = networks.fastgan_generator(
            SHAPE,
            latent_dim,
            filters=filters,
            patch=patch,
            activation=ACTIVATIONS.get(activation, activation),
            output_bias=bias,
            seed=seed,
        )
    gan = GAN(
        drawn,
        networks.projected_discriminator(
            SHAPE,
            network,
            stages=stages,
            channels=channels,
            filters=heads,
            value_range=value_range,
            seed=seed,
        ),
        augmenter=data.DifferentiableAugment(policy, strength=strength, fill=WHITE, seed=seed),
        ema_momentum=ema,
        seed=seed,
    )
    gan.compile(
        generator_optimizer=adam(rate),
        discriminator_optimizer=adam(rate_of_discriminator or rate),
        loss=loss,
        update="simultaneous",
    )
    return gan, batch


def relativistic(
    options: Any,
    seed: int,
    *,
    generator: str = "residual",
    filters: tuple[int, ...] = (128, 64, 32),
    scores: tuple[int, ...] = (32, 64, 128),
    patch: int = 2,
    latent_dim: int = 64,
    bias: float = 0.0,
    gamma: float = 1.0,
    rate: float = 5e-4,
    ema: float = 0.998,
    batch: int = 16,
    policy: tuple[str, ...] = (),
) -> tuple[Any, int]:
    """`RelativisticGAN` on residual networks, or with FastGAN's generator."""
    if generator == "residual":
        drawn = networks.residual_generator(
            SHAPE, latent_dim, filters=filters, patch=patch, seed=seed
        )
    else:
        drawn = networks.fastgan_generator(
            SHAPE, latent_dim, filters=filters, patch=patch, output_bias=bias, seed=seed
        )
    augment = data.DifferentiableAugment(policy, fill=WHITE, seed=seed) if policy else None
    gan = RelativisticGAN(
        drawn,
        networks.residual_discriminator(SHAPE, filters=scores, patch=2 * patch, seed=seed),
        augmenter=augment,
        ema_momentum=ema,
        seed=seed,
    )
    gan.compile(
        generator_optimizer=adam(rate),
        discriminator_optimizer=adam(rate),
        penalties=[penalties.R1(gamma), penalties.R2(gamma)],
        update="simultaneous",
    )
    return gan, batch


RECIPES = {"small": small, "projected": projected, "relativistic": relativistic}


def pages(options: Any) -> tuple[np.ndarray, np.ndarray]:
    """Returns the pages for training and those held out, `(n, 128, 216, 1)` in [-1, 1]."""
    import pandas as pd

    path = options.output / "pages.npy"
    if not path.exists():
        table = pd.read_csv(options.ecg / "metadata.csv")
        table = table[(table["layout"] == "4x3+1") & table["duplicate_of"].isna()]
        found = [
            Image.open(options.ecg / "trace" / name).convert("L").resize(SIZE[::-1], Image.BOX)
            for name in table["file"]
        ]
        np.save(path, np.stack([np.asarray(page) for page in found])[..., None])
    images = data.from_uint8(np.load(path))
    order = np.random.RandomState(0).permutation(len(images))
    num_training = len(images) * 4 // 5
    return images[order[:num_training]], images[order[num_training:]]


def page_encoder(options: Any) -> Any:
    """Trains an autoencoder on the training pages, once; returns its frozen encoder.

    A tenth of each page is hidden by white boxes, so that the encoder learns what belongs where.
    """
    path = options.output / "page_encoder.keras"
    if path.exists():
        return keras.saving.load_model(path)
    keras.utils.set_random_seed(0)
    image = x = layers.Input((None, None, 1))
    for stage, filters in enumerate((16, 32, 64, 128, 256)):
        x = layers.Conv2D(filters, 5 if stage == 0 else 3, 2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.LeakyReLU(0.2)(x)
        if stage:
            y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
            y = layers.LeakyReLU(0.2)(layers.BatchNormalization()(y))
            x = layers.Add(name=f"stride_{2 ** (stage + 1)}")([x, y])
    encoder = keras.Model(image, x, name="page_encoder")
    y = layers.Conv2D(64, 1)(x)  # a narrow code
    for filters in (128, 64, 32, 16):
        y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(layers.UpSampling2D(2)(y))
        y = layers.LeakyReLU(0.2)(layers.BatchNormalization()(y))
    y = layers.Conv2D(1, 3, padding="same", activation="tanh")(layers.UpSampling2D(2)(y))
    autoencoder = keras.Model(image, y)
    autoencoder.compile(keras.optimizers.Adam(1e-3), _dark_counts_more)
    real, _ = pages(options)
    real = np.pad(real, ((0, 0), (0, 0), (4, 4), (0, 0)), constant_values=WHITE)
    random = np.random.default_rng(0)
    begun = time.process_time()
    while time.process_time() - begun < options.encoder_seconds:
        shown = _shifted(real, random)
        hidden = shown.copy()
        for page in hidden:
            for top, left in zip(
                random.integers(0, 112, 4), random.integers(0, 200, 4), strict=True
            ):
                page[top : top + 16, left : left + 24] = WHITE
        autoencoder.fit(hidden, shown, batch_size=16, verbose=2)
    encoder.save(path)
    return encoder


def _dark_counts_more(real: Any, drawn: Any) -> Any:
    """Squared error, in which ink weighs ten times as much as paper: ink is 3% of a page."""
    weights = 1.0 + 4.5 * (1.0 - real)
    return keras.ops.mean(weights * keras.ops.square(real - drawn), axis=(1, 2, 3))


def _shifted(images: np.ndarray, random: Any) -> np.ndarray:
    shifts = random.integers(-8, 9, (len(images), 2))
    padded = np.pad(images, ((0, 0), (8, 8), (8, 8), (0, 0)), constant_values=WHITE)
    height, width = images.shape[1:3]
    return np.stack(
        [
            page[8 + down : 8 + down + height, 8 + right : 8 + right + width]
            for page, (down, right) in zip(padded, shifts, strict=True)
        ]
    )


class Judge:
    """Scores pages against the held-out ones."""

    def __init__(self, options: Any) -> None:
        self.training, self.held_out = pages(options)
        imagenet = _python_file(options.features).efficientnet_lite0()
        encoder = page_encoder(options)
        pooled = keras.Model(encoder.input, layers.GlobalAveragePooling2D()(encoder.output))
        self.encoders = {
            "imagenet": lambda x: _features(imagenet, (_square(x) + 1.0) * 127.5, 3),
            "pages": lambda x: _features(pooled, _square(x), 1),
        }
        self.real = {name: find(self.held_out) for name, find in self.encoders.items()}
        self.known = self.encoders["imagenet"](self.training)
        self.peaks = ecg_peaks.readings(self.held_out)

    def scores(self, drawn: np.ndarray) -> dict[str, float]:
        """Returns all scores of pages `(n, 128, 216, 1)` in [-1, 1]."""
        drawn = data.from_uint8(data.to_uint8(drawn))
        found: dict[str, float] = {}
        for name, find in self.encoders.items():
            real, features = self.real[name], find(drawn)
            scores = {
                "kernel": evaluation.kernel_distance(real, features, subset_size=281),
                "frechet": evaluation.frechet_distance(real, features),
                **evaluation.precision_recall(real, features, k=5)._asdict(),
                **evaluation.density_coverage(real, features, k=5)._asdict(),
            }
            prefix = "" if name == "imagenet" else f"{name}_"
            found |= {f"{prefix}{key}": _number(value) for key, value in scores.items()}
            if name == "imagenet":
                found["nearest"] = np.median(_nearest(features, self.known)) / np.median(
                    _nearest(real, self.known)
                )
        found |= ecg_peaks.compare(self.peaks, ecg_peaks.readings(drawn))
        return {name: round(float(value), 4) for name, value in found.items()}


def _number(value: Any) -> float:
    return float(value[0] if isinstance(value, tuple) else value)


def _nearest(features: np.ndarray, known: np.ndarray) -> np.ndarray:
    square = (features**2).sum(1)[:, None] + (known**2).sum(1) - 2.0 * features @ known.T
    return np.sqrt(np.maximum(square.min(1), 0.0))


def _square(images: np.ndarray) -> np.ndarray:
    return np.asarray(
        keras.ops.image.resize(images, (128, 128), interpolation="bilinear", antialias=True)
    )


def _features(network: Any, images: np.ndarray, channels: int) -> np.ndarray:
    return network.predict(np.repeat(images, channels, -1), batch_size=50, verbose=0)


def _python_file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("feature_network", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Budget(keras.callbacks.Callback):
    """Stops at a number of processor seconds, and counts those of earlier processes."""

    def __init__(self, seconds: float, path: Path) -> None:
        super().__init__()
        self.seconds, self.path = seconds, path
        self.before = json.loads(path.read_text()) if path.exists() else 0.0
        self.start: float | None = None

    def spent(self) -> float:
        start = time.process_time() if self.start is None else self.start
        return self.before + time.process_time() - start

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.start is None:
            self.start = time.process_time()  # tracing is not counted
        self.model.stop_training = self.spent() >= self.seconds

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.path.write_text(json.dumps(self.spent()))


def train(options: Any) -> None:
    """Trains a recipe up to each number of seconds; adds a line for each."""
    keras.utils.set_random_seed(options.seed)
    gan, batch_size = RECIPES[options.recipe](options, options.seed, **options.settings)
    training, judge = pages(options)[0], None
    folder = options.output / (options.name or f"{options.recipe}_{options.seed}")
    folder.mkdir(parents=True, exist_ok=True)
    for seconds in options.seconds:
        budget = Budget(seconds, folder / "spent.json")
        # The budget first: what a checkpoint holds has been counted.
        gan.fit(
            training,
            batch_size=batch_size,
            epochs=10**6,
            drop_remainder=True,
            callbacks=[
                budget,
                callbacks.LossHistory(folder),
                callbacks.PeriodicCheckpoint(folder / "checkpoints", every=5, keep=1),
            ],
            verbose=0,
        )
        judge = judge or Judge(options)
        drawn = gan.generate(SAMPLES, seed=1, batch_size=50)
        save_pages(folder / f"{seconds:.0f}.png", drawn[:15])
        write(
            options,
            {
                "recipe": options.recipe,
                "settings": options.settings,
                "seed": options.seed,
                "seconds": seconds,
                "steps": gan.steps_taken,
                "parameters": gan.generator.count_params(),
                **judge.scores(drawn),
            },
        )
        gan.generator.save(folder / f"{seconds:.0f}.keras")


def save_pages(path: Path, drawn: np.ndarray, columns: int = 3) -> None:
    pixels = np.pad(data.to_uint8(drawn)[..., 0], ((0, 0), (2, 2), (2, 2)), constant_values=128)
    rows = [
        np.concatenate(list(pixels[i : i + columns]), 1) for i in range(0, len(pixels), columns)
    ]
    Image.fromarray(np.concatenate(rows)).save(path)


def write(options: Any, line: dict[str, Any]) -> None:
    line |= {"commit": measuring.machine()["commit"]}
    print(json.dumps(line), flush=True)
    options.results.parent.mkdir(parents=True, exist_ok=True)
    with options.results.open("a") as file:
        file.write(json.dumps(line) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("ecg", type=Path, help="the folder of pages, with metadata.csv")
    add("--features", type=Path, required=True, help="a file with `efficientnet_lite0()`")
    add("--recipe", choices=("real", *RECIPES), default="projected")
    add("--settings", type=json.loads, default={}, help="of the recipe, as JSON")
    add("--seconds", type=float, nargs="+", default=[2400.0], help="scored at each of them")
    add("--encoder-seconds", type=float, default=400.0, help="of the second encoder's training")
    add("--seed", type=int, default=0)
    add("--name", help="of the folder in --output")
    add("--output", type=Path, default=Path("runs/ecg_quality"))
    add("--results", type=Path, default=Path(__file__).parent / "results/quality/ecg.jsonl")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if options.recipe == "real":
        judge = Judge(options)
        write(options, {"recipe": "real", **judge.scores(judge.training[:SAMPLES])})
    else:
        train(options)


if __name__ == "__main__":
    main()
