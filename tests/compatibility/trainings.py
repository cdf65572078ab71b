"""Small trainings of every model, written with public names that all versions have."""

import keras
import numpy as np
import pandas as pd
from keras import layers

import keras_gan_kit
from keras_gan_kit import callbacks, networks, penalties
from keras_gan_kit.data import TableTransformer

SHAPE = (8, 8, 1)
LATENT_DIM = 3
BATCH = 4
COUNT = 22  # samples: six steps to an epoch, the last one on two of them
EPOCHS = 3
LAST_CHECKPOINT = 8  # in the second epoch
TRANSLATORS = {"filters": 2, "downsamplings": 1, "blocks": 1}
JUDGES = {"filters": (2,), "normalization": False}
DATASET = {"num_samples": 11, "shard_size": 4, "batch_size": 4, "seed": 5, "verbose": 0}
NETWORKS = ("generator", "discriminator", "a_to_b", "b_to_a", "discriminator_a", "discriminator_b")


def images(low=-1.0, first=0):
    """Images whose pixels are sines of their number, from `low` to 1."""
    pixels = np.sin(np.arange(first, first + COUNT * 64, dtype="float64") ** 1.5)
    pixels = (1 + low) / 2 + (1 - low) / 2 * pixels
    return pixels.reshape(COUNT, *SHAPE).astype("float32")


def patients():
    """A table with a column of every kind, some with missing values."""
    number = np.arange(COUNT)
    return pd.DataFrame(
        {
            "name": [f"p{i}" for i in number],
            "age": 40 + number * 7 % 31,
            "sex": np.where(number % 3, "f", "m"),
            "group": pd.Categorical.from_codes(number % 4 - 1, ["low", "middle", "high"]),
            "grade": number * 5 % 4,
            "weight": np.where(number % 6, 60.5 + number, np.nan),
            "LAD": number * 11 % 97,
        }
    )


def fitted_table(scaling="minmax"):
    """The transformer of `patients`."""
    table = TableTransformer(
        drop=["name"],
        categorical=["group"],
        ordinal={"grade": [0, 1, 2, 3]},
        thresholds={"LAD": 50},
        scaling=scaling,
    )
    return table.fit(patients())


def regularized_discriminator():
    """Dropout, normalization and a penalty on weights: everything that has a state or a loss."""
    inputs = keras.Input(SHAPE)
    x = layers.Dense(6, kernel_regularizer="l2")(layers.Flatten()(inputs))
    x = layers.BatchNormalization()(layers.LeakyReLU(0.2)(x))
    return keras.Model(inputs, layers.Dense(1)(layers.Dropout(0.3)(x)))


def joint_discriminator(columns):
    """The network that `networks.joint_discriminator` built in version 0.1.0."""
    image, row = keras.Input(SHAPE, name="image"), keras.Input((columns,), name="table")
    x = image
    for number, (width, stride) in enumerate([(2, 2), (3, 1)], start=1):
        name = f"convolution_{number}"
        x = layers.Conv2D(width, 3, strides=stride, padding="same", name=name)(x)
        x = layers.Dropout(0.3)(layers.LeakyReLU()(x))
    y = layers.LeakyReLU()(layers.Dense(5, name="table_dense_1")(row))
    x = layers.Concatenate()([layers.Flatten()(x), y])
    x = layers.LeakyReLU()(layers.Dense(4, name="joint_dense")(x))
    return keras.Model({"image": image, "table": row}, layers.Dense(1, name="score")(x))


def sgd():
    """Optimizers with slots, which do not magnify rounding errors as Adam does."""
    return {
        f"{player}_optimizer": keras.optimizers.SGD(rate, momentum=0.9)
        for player, rate in (("generator", 0.05), ("discriminator", 0.02))
    }


def gan():
    model = keras_gan_kit.GAN(
        networks.dense_generator(SHAPE, LATENT_DIM, (6,)), regularized_discriminator(), seed=3
    )
    model.compile(run_eagerly=True)
    return model, (images(),)


def wgan_gp():
    model = keras_gan_kit.WGANGP(
        networks.dcgan_generator(SHAPE, LATENT_DIM, filters=(3, 2), kernels=3, strides=(1, 2)),
        networks.dense_discriminator(SHAPE, (6,)),
        discriminator_steps=2,
        seed=3,
    )
    model.compile(**sgd(), update="alternating", run_eagerly=True)
    return model, (images(),)


def relativistic():
    model = keras_gan_kit.RelativisticGAN(
        networks.dense_generator(SHAPE, LATENT_DIM, (6,)),
        networks.dense_discriminator(SHAPE, (6,)),
        ema_momentum=0.8,
        seed=3,
    )
    model.compile(run_eagerly=True)
    return model, (images(),)


def conditional():
    generator = networks.dense_generator(SHAPE, LATENT_DIM + 2, (6,))
    discriminator = networks.dense_discriminator(SHAPE, (6,))
    model = keras_gan_kit.ConditionalGAN(
        networks.conditional_generator(generator, 3, embedding_dim=2),
        networks.conditional_discriminator(discriminator, 3),
        num_classes=3,
        seed=3,
    )
    model.compile(**sgd(), loss="hinge", run_eagerly=True)
    return model, (images(), np.arange(COUNT) * 7 % 3)


def image_to_image():
    model = keras_gan_kit.ImageToImageGAN(
        networks.unet_generator(SHAPE, filters=2, depth=2),
        networks.vgan_discriminator(SHAPE, filters=2, kind="pixel"),
        reconstruction_loss="mae",
        reconstruction_weight=3.0,
        seed=3,
    )
    model.compile(**sgd(), update="simultaneous", run_eagerly=True)
    return model, (images(), images(low=0.0, first=100_000))


def cycle():
    model = keras_gan_kit.CycleGAN(
        networks.cycle_generator(SHAPE, 1, **TRANSLATORS),
        networks.cycle_generator(SHAPE, 1, **TRANSLATORS),
        networks.patch_discriminator(SHAPE, **JUDGES),
        networks.patch_discriminator(SHAPE, **JUDGES),
        pool_size=5,
        seed=3,
    )
    model.compile(**sgd(), run_eagerly=True)
    return model, (images(), images(first=100_000)[:17])


def joint():
    table = fitted_table()
    small = {"kernels": 3, "table_units": (5,)}
    model = keras_gan_kit.GAN(
        networks.joint_generator(SHAPE, table, LATENT_DIM, filters=(3, 2), strides=(1, 2), **small),
        joint_discriminator(table.transform(patients()).shape[1]),
        ema_momentum=0.8,
        seed=3,
    )
    model.compile(
        **sgd(),
        loss={"discriminator": "least_squares", "generator": "mse"},
        penalties=[penalties.Mismatch(0.5)],
        metrics=[keras.metrics.MeanSquaredError(name="distance")],
        run_eagerly=True,
    )
    return model, ({"image": images(), "table": table.transform(patients())},)


MODELS = {
    function.__name__: function
    for function in (gan, wgan_gp, relativistic, conditional, image_to_image, cycle, joint)
}


def make(kind):
    """Returns a compiled model, the same every time, and what its `fit` gets."""
    keras.utils.set_random_seed(0)
    return MODELS[kind]()


class StopError(Exception):
    """Stands for whatever ends a training."""


def stop_after(steps):
    """Ends a training in the step after so many."""
    taken = []

    def count(batch, logs):
        taken.append(batch)
        if len(taken) > steps:
            raise StopError

    return keras.callbacks.LambdaCallback(on_train_batch_end=count)


def train(model, arrays, directory, *more):
    """Trains to the end, from the newest checkpoint in the directory if there is one."""
    kept = [
        callbacks.LossHistory(directory, every=1),
        callbacks.PeriodicCheckpoint(directory / "checkpoints", every=4, unit="step", keep=1),
    ]
    model.fit(*arrays, batch_size=BATCH, epochs=EPOCHS, callbacks=[*kept, *more], verbose=0)


def weights_of(model):
    """The weights of a model's networks, by name."""
    return {
        f"{name}/{i}": np.array(weight)
        for name in NETWORKS
        if hasattr(model, name)
        for i, weight in enumerate(getattr(model, name).get_weights())
    }


def drawn(model):
    """What a model makes, as a dict of arrays: of latents, or of images."""
    if isinstance(model, keras_gan_kit.CycleGAN):
        made = model.predict({"a": images()[:3], "b": images()[3:6]}, verbose=0)
    elif isinstance(model, keras_gan_kit.ImageToImageGAN):
        made = model.predict(images()[:3], verbose=0)
    else:
        made = model.generate(3, seed=1)
    return made if isinstance(made, dict) else {"image": made}
