"""A data set that can be killed while it is made, locally or on Ray, and made on."""

import sys
from pathlib import Path

import keras

from keras_gan_kit.generation import generate_dataset


def main():
    output, engine, format = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    if engine == "ray":
        import ray

        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    generate_dataset(
        generator(),
        COUNT,
        output,
        engine=engine,
        format=format,
        shard_size=SHARD,
        batch_size=64,
        verbose=0,
    )


# Enough work that a shard takes a moment, on three backends.
COUNT, SHARD = 6000, 150


def generator():
    keras.utils.set_random_seed(0)
    latents = keras.Input((16,))
    x = keras.layers.Dense(512, "relu")(latents)
    image = keras.layers.Reshape((32, 32, 1))(keras.layers.Dense(1024, "tanh")(x))
    table = keras.layers.Dense(6, "sigmoid")(x)
    return keras.Model(latents, {"image": image, "table": table})


if __name__ == "__main__":
    main()
