"""Small generators of every structure, and a table's transformer in a few lines."""

import math

import keras
import numpy as np
import pandas as pd

from keras_gan_kit import ConditionalGAN, networks

LATENT = 3


def images(shape=(4, 4, 1), activation="tanh"):
    inputs = keras.Input((LATENT,))
    x = keras.layers.Dense(8, "relu")(inputs)
    x = keras.layers.Dense(math.prod(shape), activation)(x)
    return keras.Model(inputs, keras.layers.Reshape(shape)(x))


def table(width=5):
    spread = keras.initializers.RandomNormal(stddev=2.0)
    inputs = keras.Input((LATENT,))
    return keras.Model(
        inputs, keras.layers.Dense(width, "sigmoid", kernel_initializer=spread)(inputs)
    )


def series():
    inputs = keras.Input((LATENT,))
    return keras.Model(inputs, keras.layers.Reshape((4, 2))(keras.layers.Dense(8)(inputs)))


def joint(shape=(4, 4, 1), width=5):
    inputs = keras.Input((LATENT,))
    return keras.Model(inputs, {"image": images(shape)(inputs), "table": table(width)(inputs)})


def two_images_and_a_signal():
    inputs = keras.Input((LATENT,))
    signal = keras.layers.Reshape((4, 2))(keras.layers.Dense(8)(inputs))
    pictures = {"eye": images((6, 4, 3))(inputs), "mask": images((6, 4, 1), "sigmoid")(inputs)}
    return keras.Model(inputs, {"pictures": pictures, "signals": [signal]})


def conditional(num_classes=3):
    generator = networks.dense_generator((4, 4, 1), LATENT + 2, (8,))
    discriminator = networks.dense_discriminator((4, 4, 1), (8,))
    return ConditionalGAN(
        networks.conditional_generator(generator, num_classes, embedding_dim=2),
        networks.conditional_discriminator(discriminator, num_classes),
        num_classes=num_classes,
    )


class Patients:
    """Five numbers as six columns of all kinds; in some rows, four of them have no value."""

    width = 5

    def __init__(self, oldest=90):
        self.oldest = oldest

    def inverse_transform(self, rows):
        rows = np.asarray(rows, "float64")
        missing = rows[:, 4] < 0.3
        names = np.array(["low", "NA", "high"])
        risk = pd.Categorical(names[np.minimum(rows[:, 2] * 3, 2).astype(int)], names, ordered=True)
        frame = pd.DataFrame(
            {
                "age": (20 + rows[:, 0] * (self.oldest - 20)).round().astype("int64"),
                "smoker": pd.array(rows[:, 1] > 0.5, dtype="boolean"),
                "risk": risk,
                "visits": pd.array((rows[:, 3] * 9).round().astype("int64"), dtype="Int64"),
                "weight": (50 + 50 * rows[:, 3]).round(1),
                "centre": np.where(rows[:, 2] > 0.5, "01", "02").astype(object),
            }
        )
        frame.loc[missing, ["smoker", "risk", "visits", "weight"]] = None
        return frame
