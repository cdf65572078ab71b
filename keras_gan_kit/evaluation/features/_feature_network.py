"""Loads and adapts networks that map images to features."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from keras_gan_kit._arguments import one_of
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.evaluation.features._resize import Resize
from keras_gan_kit.models._inspection import input_of, output_of
from keras_gan_kit.models._networks import network_hash

_NAMES = ("inception-v3", "pixels")
_INCEPTION_SIDE = 299


def check_features(features: Any) -> None:
    """Validates the argument `features`.

    Raises:
        TypeError: If it is neither a string nor a Keras model.
        ValueError: If the name is unknown, or the model does not map one image to one output.
    """
    if isinstance(features, str):
        one_of("features", features, _NAMES)
        return
    details = {
        "expected": "'inception-v3', 'pixels', or a Keras model from images (None, height, width, "
        "channels) to one output",
        "fix": "pass a built model, such as keras.Model(inputs, outputs)",
    }
    if not isinstance(features, keras.Model):
        raise wrong_type("features", received=type(features).__name__, **details)
    if not features.built or len(features.inputs or ()) != 1 or len(features.outputs or ()) != 1:
        received = f"model {features.name!r}, which is not built or has several inputs or outputs"
        raise invalid("features", received=received, **details)
    if len(input_of(features).shape) != 4:
        received = f"a model with inputs of shape {input_of(features).shape}"
        raise invalid("features", received=received, **details)


def inception_v3() -> keras.Model:
    """Loads Keras' InceptionV3 without its classifier, with 2,048 features.

    Raises:
        ValueError: If the weights are not cached on this machine and can't be downloaded.
    """
    shape = (_INCEPTION_SIDE, _INCEPTION_SIDE, 3)
    try:
        # It takes images in [-1, 1], like the networks of this package.
        return keras.applications.InceptionV3(include_top=False, input_shape=shape, pooling="avg")
    except Exception as error:  # `get_file` raises a plain Exception if a download fails
        raise invalid(
            "features",
            received=f"'inception-v3', whose weights could not be loaded ({error})",
            expected="an internet connection on first use, or other features",
            fix="pass features='pixels' or your own Keras model, or copy the weights to "
            "~/.keras/models",
        ) from error


def features_in(network: keras.Model, images: Any) -> Any:
    """Computes features of a batch of tensors, or of a symbolic input.

    Args:
        network: A Keras model that takes images.
        images: Shape (batch, height, width, channels), in [-1, 1].

    Returns:
        float32 features (batch, d). Feature maps are averaged, other outputs are flattened.

    Raises:
        ValueError: If the channels don't match.
    """
    height, width, channels = input_of(network).shape[1:]
    x = images
    if height and width and (height, width) != tuple(x.shape[1:3]):
        x = Resize(height, width)(x)
    if channels and channels != x.shape[-1]:
        if x.shape[-1] != 1:
            raise invalid(
                "images",
                received=f"images with {x.shape[-1]} channels",
                expected=f"1 or {channels} channels for the network {network.name!r}",
                fix="convert the images, or use another network",
            )
        x = layers.Concatenate(dtype="float32")([x] * channels)
    x = network(x, training=False)
    if len(x.shape) == 4:
        x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    elif len(x.shape) != 2:
        x = layers.Flatten(dtype="float32")(x)
    return keras.ops.cast(x, "float32")


def number_of_features(network: keras.Model) -> int:
    """Returns the number of features that `features_in` computes."""
    shape = output_of(network).shape[1:]
    return int(shape[-1] if len(shape) == 3 else np.prod(shape))


def adapted(network: keras.Model, shape: tuple[int, ...], name: str | None = None) -> keras.Model:
    """Returns a network that resizes images of the given shape and applies another network."""
    images = keras.Input(shape, dtype="float32")
    return keras.Model(images, features_in(network, images), name=name or network.name)


def flat_pixels(size: tuple[int, int, int]) -> keras.Model:
    """Returns a network that flattens images of the given size."""
    images = keras.Input(size, dtype="float32")
    return keras.Model(images, layers.Flatten(dtype="float32")(images), name="pixels")


def with_projection(
    network: keras.Model, directions: NDArray[Any], mean: NDArray[Any]
) -> keras.Model:
    """Appends (x - mean) @ directions to a network."""
    dense = layers.Dense(directions.shape[1], dtype="float32", name="principal_components")
    inputs = input_of(network)
    projected = keras.Model(inputs, dense(network(inputs)), name=network.name)
    dense.set_weights([directions, -mean @ directions])
    return projected


def fingerprint_of(network: keras.Model) -> str:
    """Hashes a network, ignoring the layers that `adapted` adds."""
    return network_hash(_adapted_from(network))


def _adapted_from(network: Any) -> keras.Model:
    operations = getattr(network, "operations", [])
    inner = [operation for operation in operations if isinstance(operation, keras.Model)]
    if len(inner) != 1:
        return network
    rank = len(output_of(inner[0]).shape)
    pooling = layers.GlobalAveragePooling2D if rank == 4 else layers.Flatten
    for operation in operations:
        if isinstance(operation, layers.Concatenate):
            # A repeated channel: several inputs that are all the same tensor.
            adapts = len({id(tensor) for tensor in operation.input}) == 1
        else:
            adapts = isinstance(operation, keras.Model | layers.InputLayer | Resize | pooling)
            adapts = adapts or type(operation).__name__ == "Cast"
        if not adapts:
            return network
    return _adapted_from(inner[0])
