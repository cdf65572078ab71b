"""Ten steps of every loss and penalty from fixed weights; saves the weights they lead to.

KERAS_BACKEND=jax python parity_script.py OUT.npz
"""

import sys

import keras
import numpy as np

from keras_gan_kit import GAN, networks, penalties

LOSSES = ["bce", "minimax", "least_squares", "hinge", "wasserstein", "relativistic", "mse"]
PENALTIES = {
    "gradient_penalty": [penalties.GradientPenalty(10.0)],
    "r1": [penalties.R1(0.5)],
    "r2": [penalties.R2(0.5)],
}


class FixedLatents(GAN):
    """Every backend draws other random numbers; here all get the same latents."""

    def draw_latents(self, batch_size):
        return keras.ops.convert_to_tensor(np.linspace(-2, 2, 24, dtype="float32").reshape(8, 3))


def critic(case):
    if case != "gradient_penalty":
        return networks.dense_discriminator((4, 4, 1), (8,))
    # Linear: its gradient is the same at every point between real and fake.
    sample = keras.Input((4, 4, 1))
    return keras.Model(sample, keras.layers.Dense(1)(keras.layers.Flatten()(sample)))


def train(case, update):
    gan = FixedLatents(networks.dense_generator((4, 4, 1), 3, (8,)), critic(case))
    numbers = np.random.default_rng(5)
    for variable in gan.weights:
        if "moving" not in variable.path and "gamma" not in variable.path:
            variable.assign(0.5 * numbers.standard_normal(variable.shape))
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(0.05, momentum=0.5),
        discriminator_optimizer=keras.optimizers.SGD(0.05, momentum=0.5),
        loss="wasserstein" if case in PENALTIES else case,
        penalties=PENALTIES.get(case, ()),
        update=update,
    )
    images = numbers.uniform(-1, 1, (40, 4, 4, 1)).astype("float32")
    gan.fit(images, batch_size=8, epochs=2, verbose=0)
    return np.concatenate([keras.ops.convert_to_numpy(v).ravel() for v in gan.weights])


if __name__ == "__main__":
    np.savez(
        sys.argv[1],
        **{
            f"{case} {update}": train(case, update)
            for case in [*LOSSES, *PENALTIES]
            for update in ("alternating", "simultaneous")
        },
    )
