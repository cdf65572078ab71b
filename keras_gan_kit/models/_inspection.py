"""What a network's layers tell about it."""

from __future__ import annotations

from typing import Any

import keras
from keras import tree

# The range of a generator's output, by the name of its last activation.
_RANGES = {
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "inverse_square_root": (-1.0, 1.0),
    "sigmoid": (0.0, 1.0),
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
# They move numbers about and leave the range as it was.
_SHAPING = (
    keras.layers.Reshape,
    keras.layers.Flatten,
    keras.layers.Permute,
    keras.layers.Cropping2D,
    keras.layers.Dropout,
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
    """Picks the logits out of what a discriminator returns: AC-GAN's come with class scores."""
    return outputs["logit"] if isinstance(outputs, dict) and "logit" in outputs else outputs


def layers_of(network: keras.Layer | None) -> list[Any]:
    """Lists all layers of a model, those of nested models and within wrappers included.

    Of a layer it lists the layer itself, of None nothing.
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
    """Tells whether any layer is a convolution."""
    return any(isinstance(layer, _CONVOLUTIONS) for layer in layers_of(model))


def has_batch_normalization(model: keras.Model) -> bool:
    """Tells whether any layer mixes the samples of a batch."""
    return any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers_of(model))


def normalizes_vectors(model: keras.Model) -> bool:
    """Tells whether a BatchNormalization has the batch alone to take its statistics from.

    Of maps it takes them over places too, of which one image has enough.
    """
    return any(
        isinstance(layer, keras.layers.BatchNormalization)
        and getattr(layer.input_spec, "ndim", 2) == 2
        for layer in layers_of(model)
    )


def use_own_seeds(*networks: keras.Layer | None) -> None:
    """Makes every Dropout draw from its own saved state.

    On PyTorch, Keras lets a Dropout without a seed draw from the global state of the process, which
    no file holds: a resume would not be exact.
    """
    for layer in (layer for network in networks for layer in layers_of(network)):
        seeds = getattr(layer, "seed_generator", None)
        # Private; Keras looks here to tell whether the user gave a seed.
        if isinstance(seeds, keras.random.SeedGenerator) and seeds._initial_seed is None:
            seeds._initial_seed = int(keras.ops.convert_to_numpy(seeds.state)[0])


def is_float16(model: keras.Model) -> bool:
    """Tells whether any layer computes in float16, where small gradients vanish."""
    return any(layer.compute_dtype == "float16" for layer in layers_of(model))


def output_ranges(model: keras.Model) -> list[tuple[float, float] | None]:
    """Finds the range of each output from its last activation; None where it has no bounds."""
    return [_RANGES.get(name) for name in _output_activations(model)]


def output_kind(model: keras.Model) -> str:
    """Finds whether a discriminator gives "logits", "probabilities" or "tanh"."""
    logits = tree.flatten(logits_among(output_of(model)))[0]
    return _KINDS.get(last_activation(logits), "logits")


def _output_activations(model: keras.Model) -> list[str]:
    # A subclassed model has no graph to read; its outputs count as unbounded.
    outputs = getattr(model, "outputs", None) or [None]
    return [last_activation(output) for output in outputs]


def last_activation(tensor: Any) -> str:
    """Finds the name of the activation that a symbolic tensor comes from."""
    history = getattr(tensor, "_keras_history", None)
    if history is None:
        return ""
    layer = history.operation
    if isinstance(layer, keras.Model):
        index: int = history.tensor_index
        return _output_activations(layer)[index]
    if isinstance(layer, _SHAPING):
        return last_activation(layer.input)
    activation = getattr(unwrapped(layer), "activation", None)
    if isinstance(layer, keras.layers.Activation) and activation is keras.activations.linear:
        return last_activation(layer.input)
    return str(getattr(activation, "__name__", type(layer).__name__.lower()))
