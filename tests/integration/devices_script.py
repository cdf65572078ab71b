"""Trains on one device and on two, and writes what came of it as JSON.

KERAS_BACKEND=tensorflow python devices_script.py FOLDER
KERAS_BACKEND=jax XLA_FLAGS=--xla_force_host_platform_device_count=2 python devices_script.py FOLDER
"""

import contextlib
import json
import sys
from pathlib import Path

import keras
import numpy as np

from keras_gan_kit import GAN, WGANGP, ConditionalGAN, CycleGAN, networks
from keras_gan_kit.callbacks import (
    LossHistory,
    LossPlot,
    PeriodicCheckpoint,
    SampleGrid,
    StabilityMonitor,
    TrainingVideo,
)
from keras_gan_kit.penalties import R1

BACKEND = keras.backend.backend()
SHAPE = (4, 4, 1)
# Batches of 8, 8 and 5. JAX wants equal parts: there the last has 6.
SAMPLES = 22 if BACKEND == "jax" else 21
numbers = np.random.default_rng(0)
IMAGES = numbers.uniform(-1, 1, (SAMPLES, *SHAPE)).astype("float32")
LABELS = np.arange(SAMPLES) % 3

if BACKEND == "tensorflow":
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    STRATEGY = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    tf.get_logger().setLevel("ERROR")


@contextlib.contextmanager
def devices(count):
    """Surrounds the making and the training of a model on so many devices."""
    if count == 1:
        yield
    elif BACKEND == "tensorflow":
        with STRATEGY.scope():
            yield
    else:
        with keras.distribution.DataParallel().scope():
            yield


def generator(latent_dim=3):
    """Without BatchNormalization, whose statistics are those of a replica."""
    latents = keras.Input((latent_dim,))
    x = keras.layers.Dense(8, activation="tanh")(latents)
    x = keras.layers.Dense(16, activation="tanh")(x)
    return keras.Model(latents, keras.layers.Reshape(SHAPE)(x))


def critic(**options):
    inputs = keras.Input(SHAPE)
    x = keras.layers.Dense(8, activation="tanh", **options)(keras.layers.Flatten()(inputs))
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def settings():
    # TensorFlow compiles small networks several times faster without XLA.
    names = ("generator_optimizer", "discriminator_optimizer")
    options = {name: keras.optimizers.SGD(0.05) for name in names}
    return options | {"jit_compile": BACKEND == "jax"}


def plain():
    gan = GAN(generator(), critic(kernel_regularizer="l2"), ema_momentum=0.9, seed=1)
    gan.compile(**settings(), steps_per_execution=1 if BACKEND == "torch" else 2)
    return gan, (IMAGES,)


def simultaneous():
    gan = GAN(generator(), critic(), seed=1)
    gan.compile(**settings(), update="simultaneous", loss="hinge", penalties=[R1(0.5)])
    return gan, (IMAGES,)


def wgan_gp():
    gan = WGANGP(generator(), critic(), discriminator_steps=2, seed=1)
    gan.compile(**settings())
    return gan, (IMAGES,)


def conditional():
    gan = ConditionalGAN(
        networks.conditional_generator(generator(3 + 2), 3, embedding_dim=2),
        networks.conditional_discriminator(critic(), 3, kind="classifier"),
        3,
        seed=1,
    )
    gan.compile(**settings(), loss="relativistic")  # needs the real sample of the same place
    return gan, (IMAGES, LABELS)


def cycle():
    def translator():
        inputs = keras.Input(SHAPE)
        x = keras.layers.Conv2D(1, 3, padding="same", activation="tanh")(inputs)
        return keras.Model(inputs, x)

    gan = CycleGAN(translator(), translator(), critic(), critic(), pool_size=6, seed=1)
    gan.compile(**settings())
    return gan, (IMAGES, IMAGES[: SAMPLES - 4][::-1])


CASES = (plain, simultaneous, wgan_gp, conditional, cycle)


def state(gan):
    variables = [*gan.variables, *gan.optimizer.variables]
    values = [keras.ops.convert_to_numpy(variable).ravel() for variable in variables]
    return np.concatenate(values).astype("float64")


def train(case, count):
    keras.utils.set_random_seed(3)
    with devices(count):
        gan, data = case()
        history = gan.fit(*data, batch_size=8, epochs=2, verbose=0)
        found = {
            "steps": gan.steps_taken,
            "state": state(gan),
            "rows": gan.step_log.read()[1],
            "means": np.array([history.history[key] for key in sorted(history.history)]),
        }
        if case is wgan_gp:  # once: every further function has to be compiled
            found["generated"] = gan.generate(3, seed=0)
            # The last batch has one sample, but on JAX: a replica of TensorFlow has none.
            held_out = IMAGES[:6] if BACKEND == "jax" else IMAGES[:5]
            found["scores"] = np.array(gan.evaluate(held_out, batch_size=4, verbose=0))
    return found


def difference(one, other):
    leaves = zip(keras.tree.flatten(one), keras.tree.flatten(other), strict=True)
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in leaves)


def compare():
    found = {}
    for case in CASES:
        one, two = train(case, 1), train(case, 2)
        found[case.__name__] = {key: difference(one[key], two[key]) for key in one}
        found[case.__name__]["steps_taken"] = two["steps"]
    return found


def resumable():
    """Dropout and BatchNormalization: all that has a state of its own on a replica."""
    inputs = keras.Input(SHAPE)
    x = keras.layers.Dense(8, activation="relu")(keras.layers.Flatten()(inputs))
    x = keras.layers.Dropout(0.3)(keras.layers.BatchNormalization()(x))
    discriminator = keras.Model(inputs, keras.layers.Dense(1)(x))
    gan = GAN(networks.dense_generator(SHAPE, 3, (8,)), discriminator, ema_momentum=0.9, seed=1)
    gan.compile(jit_compile=BACKEND == "jax")
    return gan


class Broken(Exception):  # noqa: N818
    """Ends a training from outside."""


def interrupt():
    raise Broken


def fit(folder, epochs, stop_after=None, *, count=2, end=interrupt):
    def stop(batch, logs):
        if stop_after is not None and gan.progress.steps == stop_after:
            end()

    keras.utils.set_random_seed(3)
    with devices(count):
        gan = resumable()
        callbacks = [
            LossHistory(folder, every=2),
            LossPlot(folder),
            SampleGrid(folder / "samples"),
            TrainingVideo(folder / "samples", folder / "film.gif"),
            StabilityMonitor(every=2),
            PeriodicCheckpoint(folder / "checkpoints", every=2, unit="step"),
            keras.callbacks.LambdaCallback(on_train_batch_end=stop),
        ]
        with contextlib.suppress(Broken):
            gan.fit(IMAGES, batch_size=8, epochs=epochs, callbacks=callbacks, verbose=0)
    return gan


def resume(folder):
    whole, parts = folder / "whole", folder / "parts"
    first = fit(whole, 3)
    fit(parts, 3, stop_after=5)
    second = fit(parts, 3)
    names = sorted(str(path.relative_to(whole)) for path in whole.rglob("*") if path.is_file())
    texts = [[(f / "d_loss.txt").read_text().splitlines() for f in (whole, parts)]]
    return {
        "difference": difference(state(first), state(second)),
        "steps": [first.steps_taken, second.steps_taken],
        "lines": [len(text) for text in texts[0]],
        "line_difference": difference(*(np.array(text, float) for text in texts[0])),
        "files": names,
    }


def errors():
    """The messages of what is refused, by what was tried."""

    def jit():
        plain()[0].compile(jit_compile=True)

    def clipping():
        optimizer = keras.optimizers.Adam(1e-4, clipnorm=1.0)
        plain()[0].compile(generator_optimizer=optimizer)

    def small_batch():
        plain()[0].fit(IMAGES[:17], batch_size=8, verbose=0)

    def small_batch_of_a_stream():
        stream = tf.data.Dataset.from_tensor_slices(IMAGES[:17]).batch(8)
        gan = resumable()
        gan.fit(stream, verbose=0)

    tried = [small_batch]
    if BACKEND == "tensorflow":
        tried += [jit, clipping, small_batch_of_a_stream]
    found = {}
    for function in tried:
        with devices(2):
            found[function.__name__] = message(function)
    if BACKEND == "tensorflow":
        optimizer, network = keras.optimizers.SGD(0.1), generator()

        def optimizer_from_outside():
            plain()[0].compile(generator_optimizer=optimizer)

        def network_from_outside():
            GAN(network, critic()).compile()

        with devices(2):
            found |= {
                f.__name__: message(f) for f in (optimizer_from_outside, network_from_outside)
            }
    return found


def message(function):
    try:
        function()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is looked at)
        return f"{type(error).__name__}: {error}"
    return ""


def streams():
    """A tf.data.Dataset is split by TensorFlow itself."""
    found = []
    for count in (1, 2):
        keras.utils.set_random_seed(3)
        with devices(count):
            gan, _ = wgan_gp()
            stream = tf.data.Dataset.from_tensor_slices(IMAGES).batch(8)
            gan.fit(stream, epochs=2, verbose=0)
            found.append(state(gan))
    return difference(*found)


def noise():
    """What two replicas drop, and whether seeds are the same afterwards."""
    with devices(2):
        gan = resumable()
        dropout = next(x for x in gan.discriminator.layers if isinstance(x, keras.layers.Dropout))
        before = state(gan)
        kept = []

        def step(data):
            from keras_gan_kit._backend.tensorflow_replicas import part_of_step

            with part_of_step(gan, data, training=True):
                return dropout(tf.ones((1, 64)), training=True)

        data = tf.zeros((2, *SHAPE))
        for _ in range(2):
            kept += [x.numpy() for x in STRATEGY.run(step, (data,)).values]
        changed = np.flatnonzero(state(gan) != before)
    return {
        "replicas_differ": bool((kept[0] != kept[1]).any()),
        "steps_differ": bool((kept[0] != kept[2]).any()),
        "changed": len(changed),  # the counter of one seed
    }


if __name__ == "__main__":
    output = Path(sys.argv[1])
    report = {"cases": compare(), "resume": resume(output), "errors": errors()}
    if BACKEND == "tensorflow":
        report |= {"stream": streams(), "noise": noise()}
    (output / "report.json").write_text(json.dumps(report, indent=1))
