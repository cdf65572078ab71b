"""Compare GANs on MNIST by the Fréchet distance after equal training time.

Every recipe trains for the same time, in a process of its own; compiling is not counted. The
distance is that of 10,000 samples to the 10,000 test images, in the features of a network that
`--features` names: a Python file with a function `efficientnet_lite0()`, which maps RGB images in
[0, 255] to features. The distance of 10,000 training images is the floor.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

SAMPLES = 10_000
SHAPE = (28, 28, 1)


def dense():
    from keras_gan_kit import GAN, networks

    gan = GAN(
        networks.dense_generator(SHAPE),
        networks.dense_discriminator(SHAPE),
        ema_momentum=0.999,
        seed=0,
    )
    gan.compile(steps_per_execution=50)
    return gan, 32


def dcgan():
    from keras_gan_kit import GAN, networks

    gan = GAN(
        networks.dcgan_generator(SHAPE, filters=(128, 64), kernels=4, strides=2),
        networks.dcgan_discriminator(SHAPE, filters=(64, 128), kernels=4),
        seed=0,
    )
    gan.compile()
    return gan, 32


def relativistic(
    *,
    generator=None,
    discriminator=None,
    gamma=None,
    learning_rate=None,
    beta_2=0.99,
    ema_momentum=None,
    batch_size=32,
    **options,
):
    """The documented defaults; `--settings` replaces some, for a search."""
    import keras

    from keras_gan_kit import RelativisticGAN, networks, penalties

    def adam():
        return keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=beta_2)

    average = {} if ema_momentum is None else {"ema_momentum": ema_momentum}
    gan = RelativisticGAN(
        networks.residual_generator(SHAPE, **(generator or {})),
        networks.residual_discriminator(SHAPE, **(discriminator or {})),
        seed=0,
        **average,
    )
    if gamma is not None:
        options["penalties"] = [penalties.R1(gamma), penalties.R2(gamma)]
    if learning_rate is not None:
        options |= {"generator_optimizer": adam(), "discriminator_optimizer": adam()}
    gan.compile(**options)
    return gan, batch_size


RECIPES = {"dense": dense, "dcgan": dcgan, "relativistic": relativistic}


def train(options):
    """Trains one recipe; prints a line of JSON with the distances."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(options.seed)
    with np.load(options.mnist) as arrays:
        images = arrays["x_train"][..., None].astype("float32") / 127.5 - 1.0
        test = arrays["x_test"]
    gan, batch_size = RECIPES[options.recipe](**json.loads(options.settings))
    gan.seed = options.seed

    features = Features(options.features)
    reference, floor = real_features(features, images, test, Path(options.log).with_suffix(".npz"))
    marks = {}

    def drawn_by(network):
        latents = np.random.default_rng(1).normal(size=(SAMPLES, gan.latent_dim))
        drawn = network.predict(latents.astype("float32"), batch_size=500, verbose=0)
        return np.uint8(np.clip((drawn + 1) * 127.5 + 0.5, 0, 255))

    class Clock(keras.callbacks.Callback):
        start = None

        def on_train_batch_end(self, batch, logs=None):
            if self.start is None:
                self.start = time.monotonic()  # the first execution compiled
            if batch + 1 in options.marks:
                before = time.monotonic()
                found = distance(reference, features.of(drawn_by(gan.sampling_network)))
                marks[batch + 1] = round(found, 1)
                print(f"after {batch + 1} steps: {found:.1f}", file=sys.stderr, flush=True)
                self.start += time.monotonic() - before
            late = time.monotonic() - self.start >= options.seconds
            if late or (options.steps and batch + 1 >= options.steps):
                self.model.stop_training = True

    clock = Clock()
    gan.fit(images, batch_size=batch_size, steps_per_epoch=10**6, callbacks=[clock], verbose=0)
    seconds = time.monotonic() - clock.start
    results = {"floor": floor}
    averages = {"generator": gan.generator, "average": gan.ema_generator}
    for name, network in averages.items():
        if network is not None:
            pixels = drawn_by(network)
            results[name] = distance(reference, features.of(pixels))
            if options.pictures:
                save_grid(Path(options.pictures) / f"{options.label}_{name}.png", pixels)
    print(
        json.dumps(
            {
                "recipe": options.recipe,
                "settings": json.loads(options.settings),
                "seed": options.seed,
                "steps": gan.steps_taken,
                "seconds": round(seconds, 1),
                "ms_per_step": round(1e3 * seconds / gan.steps_taken, 2),
                **{name: round(value, 1) for name, value in results.items()},
                **({"average_after": marks} if marks else {}),
            }
        ),
        flush=True,
    )


def real_features(features, images, test, path):
    """Features of the test images, and the floor, kept in a file for the runs to come."""
    import numpy as np

    if not path.exists():
        reference = features.of(test)
        train = features.of(np.uint8((images[:SAMPLES] + 1) * 127.5 + 0.5))
        np.savez(path, reference=reference, floor=distance(reference, train))
    with np.load(path) as found:
        return found["reference"], float(found["floor"])


def distance(real, synthetic):
    from keras_gan_kit.evaluation import frechet_distance

    return frechet_distance(real, synthetic)


class Features:
    """A feature network from a Python file."""

    def __init__(self, path):
        spec = importlib.util.spec_from_file_location("feature_network", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.network = module.efficientnet_lite0()

    def of(self, pixels):
        """Features of uint8 images (n, 28, 28) or (n, 28, 28, 1)."""
        import keras
        import numpy as np

        found = []
        for start in range(0, len(pixels), 500):
            batch = pixels[start : start + 500].reshape(-1, *SHAPE).astype("float32")
            batch = keras.ops.image.resize(batch, (64, 64), interpolation="bilinear")
            found.append(self.network.predict_on_batch(keras.ops.repeat(batch, 3, axis=-1)))
        return np.concatenate(found)


def save_grid(path, pixels):
    import numpy as np
    from PIL import Image

    rows = [np.concatenate(list(pixels[10 * i : 10 * i + 10, ..., 0]), axis=1) for i in range(10)]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(rows)).resize((840, 840), 0).save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--recipes", nargs="+", choices=tuple(RECIPES), default=list(RECIPES))
    add("--seconds", type=float, default=400)
    add("--steps", type=int, default=0, help="stop after so many steps, if that is earlier")
    add("--marks", type=int, nargs="+", default=[], help="steps at which to measure besides")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2])
    add("--mnist", required=True, help="mnist.npz")
    add("--features", required=True, help="a Python file with efficientnet_lite0()")
    add("--settings", nargs="+", default=["{}"], help="of `relativistic`, as JSON; one run each")
    add("--pictures", help="a folder for a grid of each run's samples")
    add("--log", default="quality.jsonl")
    add("--recipe", help=argparse.SUPPRESS)
    add("--seed", type=int, help=argparse.SUPPRESS)
    add("--label", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.recipe:
        options.settings = options.settings[0]
        return train(options)
    runs = [
        (recipe, settings)
        for recipe in options.recipes
        for settings in (options.settings if recipe == "relativistic" else ["{}"])
    ]
    found = {}
    for seed in options.seeds:
        for number, (recipe, settings) in enumerate(runs):
            label = f"{recipe}_{number}_{seed}"
            command = [sys.executable, __file__, *sys.argv[1:], "--recipe", recipe]
            command += ["--settings", settings, "--seed", str(seed), "--label", label]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            line = done.stdout.splitlines()[-1]
            print(line, flush=True)
            with Path(options.log).open("a") as log:
                log.write(line + "\n")
            found.setdefault((recipe, settings), []).append(json.loads(line))
    print("\n| recipe | generator | its average | steps | floor |\n| --- | --- | --- | --- | --- |")
    for (recipe, settings), results in found.items():
        cells = []
        for key in ("generator", "average", "steps", "floor"):
            values = [result[key] for result in results if key in result]
            cells.append(f"{statistics.median(values):.1f}" if values else "-")
        print(f"| {recipe} {settings} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
