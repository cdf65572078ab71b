"""Reads properties of a network from its layers."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import tree

from keras_gan_kit._keras import source_of

# The range of a generator's output, by the name of its last activation.
_RANGES = {
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "inverse_square_root": (-1.0, 1.0),
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softmax": (0.0, 1.0),
}
# The bounds of activations that do not set a range of pixels.
_BOUNDS = {
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, math.inf),
    "exponential": (0.0, math.inf),
    "elu": (-1.0, math.inf),
}
_KINDS = {"tanh": "tanh", "sigmoid": "probabilities"}
_CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv1D,
    keras.layers.SeparableConv2D,
)
# Layers whose output has the range of their input: they move, select or average values.
_SHAPING = (
    keras.layers.Reshape,
    keras.layers.Flatten,
    keras.layers.Permute,
    keras.layers.Cropping2D,
    keras.layers.Dropout,
    keras.layers.AveragePooling1D,
    keras.layers.AveragePooling2D,
    keras.layers.AveragePooling3D,
    keras.layers.MaxPooling1D,
    keras.layers.MaxPooling2D,
    keras.layers.MaxPooling3D,
    keras.layers.GlobalAveragePooling1D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.GlobalAveragePooling3D,
    keras.layers.GlobalMaxPooling1D,
    keras.layers.GlobalMaxPooling2D,
    keras.layers.GlobalMaxPooling3D,
)


def input_of(model: keras.Model) -> Any:
    """Returns the symbolic input, in its structure; a Sequential keeps it in a list of one."""
    return model.inputs[0] if isinstance(model, keras.Sequential) else model.input


def output_of(model: keras.Model) -> Any:
    """Returns the symbolic output, in its structure."""
    return model.outputs[0] if isinstance(model, keras.Sequential) else model.output


def shapes_of(tensors: Any) -> list[tuple[int | None, ...]]:
    """Lists the shapes in a structure of symbolic tensors, for messages."""
    return [tuple(tensor.shape) for tensor in tree.flatten(tensors)]


def logits_among(outputs: Any) -> Any:
    """Returns the logits among a discriminator's outputs; AC-GAN adds class scores."""
    return outputs["logit"] if isinstance(outputs, dict) and "logit" in outputs else outputs


def layers_of(network: keras.Layer | None) -> list[Any]:
    """Lists all layers of a model, including those of nested models and wrappers.

    For a layer, returns the layer itself; for None, an empty list.
    """
    if network is None:
        return []
    if not isinstance(network, keras.Model):
        return [network]
    found = []
    for layer in network.layers:
        found.append(layer)
        if isinstance(layer, keras.layers.Wrapper):
            found.append(unwrapped(layer))
        if isinstance(layer, keras.Model):
            found.extend(layers_of(layer))
    return found


def unwrapped(layer: Any) -> Any:
    """Returns the layer that a wrapper such as `SpectralNormalization` holds, or the layer."""
    return layer.layer if isinstance(layer, keras.layers.Wrapper) else layer


def has_convolutions(model: keras.Model) -> bool:
    """Returns whether any layer is a convolution."""
    return any(isinstance(layer, _CONVOLUTIONS) for layer in layers_of(model))


def has_recurrent_layers(model: keras.Model) -> bool:
    """Returns whether any layer loops over time."""
    kinds = keras.layers.RNN, keras.layers.Bidirectional
    return any(isinstance(layer, kinds) for layer in layers_of(model))


def has_batch_normalization(model: keras.Model) -> bool:
    """Returns whether any layer mixes the samples of a batch. Frozen ones do not."""
    return any(
        isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
        for layer in layers_of(model)
    )


def normalizes_vectors(model: keras.Model) -> bool:
    """Returns whether a BatchNormalization computes its statistics over the batch axis only.

    For feature maps, it also averages over positions, so a single image is enough.
    """
    return any(
        isinstance(layer, keras.layers.BatchNormalization)
        and layer.trainable
        and getattr(layer.input_spec, "ndim", 2) == 2
        for layer in layers_of(model)
    )


def may_group_samples(model: keras.Model) -> bool:
    """Returns whether a network may fail for some batch sizes: it has layers unknown to Keras."""
    for network in (model, *layers_of(model)):
        for operation in getattr(network, "operations", (network,)):
            known = type(operation).__module__.partition(".")[0] in ("keras", "keras_gan_kit")
            reshapes = not isinstance(operation, keras.Layer) and "Reshape" in str(type(operation))
            if not known or reshapes or isinstance(operation, keras.layers.Lambda):
                return True
    return False


def is_float16(model: keras.Model) -> bool:
    """Returns whether any layer computes in float16, in which small gradients vanish."""
    return any(layer.compute_dtype == "float16" for layer in layers_of(model))


def output_ranges(model: keras.Model) -> list[tuple[float, float] | None]:
    """Returns the range of each output by its last activation; None for unbounded outputs."""
    return [_RANGES.get(name) for name in _output_activations(model)]


def output_bounds(model: keras.Model) -> list[tuple[float, float] | None]:
    """Finds the bounds of each output, of which one may be infinite; None if unbounded."""
    return [_RANGES.get(name) or _BOUNDS.get(name) for name in _output_activations(model)]


def output_kind(model: keras.Model) -> str:
    """Returns whether a discriminator returns "logits", "probabilities" or "tanh"."""
    logits = tree.flatten(logits_among(output_of(model)))[0]
    return _KINDS.get(last_activation(logits), "logits")


def _output_activations(model: keras.Model) -> list[str]:
    # A subclassed model has no graph to read; its outputs count as unbounded.
    outputs = getattr(model, "outputs", None) or [None]
    return [last_activation(output) for output in outputs]


def last_activation(tensor: Any) -> str:
    """Returns the name of the activation that a symbolic tensor comes from."""
    source = source_of(tensor)
    if source is None:
        return ""
    layer = source.operation
    if isinstance(layer, keras.Model):
        return _output_activations(layer)[source.output]
    if isinstance(layer, _SHAPING):
        return last_activation(layer.input)
    if getattr(layer, "negative_slope", 0.0):  # a leaky ReLU, whatever its class
        return ""
    activation = getattr(unwrapped(layer), "activation", None)
    if isinstance(layer, keras.layers.Activation) and activation is keras.activations.linear:
        return last_activation(layer.input)
    return str(getattr(activation, "__name__", type(layer).__name__.lower()))


def image_ranges(model: keras.Model) -> list[tuple[float, float] | None]:
    """Returns the range of each output, after any `Rescaling` or `keras.ops.clip`."""
    return [_image_range(output) for output in getattr(model, "outputs", None) or [None]]


def _image_range(tensor: Any) -> tuple[float, float] | None:
    history = getattr(tensor, "_keras_history", None)
    if history is None:
        return None
    layer = history.operation
    if isinstance(layer, keras.Model):
        index: int = history.tensor_index
        return image_ranges(layer)[index]
    if isinstance(layer, keras.layers.Rescaling):
        return _rescaled(layer)
    if isinstance(layer, keras.layers.Reshape | keras.layers.Cropping2D):
        return _image_range(layer.input)
    bounds = getattr(layer, "x_min", None), getattr(layer, "x_max", None)  # of `keras.ops.clip`
    if all(isinstance(bound, int | float) for bound in bounds):
        return float(bounds[0]), float(bounds[1])  # type: ignore[arg-type]
    return _RANGES.get(last_activation(tensor))


def _rescaled(layer: keras.layers.Rescaling) -> tuple[float, float] | None:
    limits = _image_range(layer.input)
    if limits is None or not all(isinstance(x, int | float) for x in (layer.scale, layer.offset)):
        return None
    low, high = sorted(float(layer.scale * limit + layer.offset) for limit in limits)
    return (low, high) if low < high else None
