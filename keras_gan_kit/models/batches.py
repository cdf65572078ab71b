"""What a step has to know about a batch."""

from __future__ import annotations

from typing import Any

from keras import ops, tree

from keras_gan_kit._backend import draw_for_batch


def batch_size_of(samples: Any) -> Any:
    """Returns how many samples there are: a number, or a tensor where it varies."""
    return ops.shape(tree.flatten(samples)[0])[0]


def latents_for(gan: Any, samples: Any) -> Any:
    """Draws as many training latents as there are samples."""
    return draw_for_batch(gan.draw_latents, batch_size_of(samples))


def with_condition(inputs: Any, condition: Any) -> Any:
    """Makes the inputs of a network that is told what a sample is conditioned on."""
    if condition is None:
        return inputs
    # Keras refuses the mixture of arrays and tensors that an eager step on JAX has.
    return tree.map_structure(ops.convert_to_tensor, [inputs, condition])
