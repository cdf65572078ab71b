"""The parts of a training step."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
from keras import ops, tree

from keras_gan_kit._backend import apply_gradients, draw_for_batch, recorded_pass
from keras_gan_kit.models._inspection import layers_of, logits_among
from keras_gan_kit.networks import SpectralNormalization
from keras_gan_kit.penalties.penalty import slopes_at

if TYPE_CHECKING:
    from keras_gan_kit.models.gan import GAN


def batch_size_of(samples: Any) -> Any:
    """Returns the number of samples: an integer, or a tensor if it varies."""
    return ops.shape(tree.flatten(samples)[0])[0]


def latents_for(gan: GAN, samples: Any) -> Any:
    """Draws as many training latents as there are samples."""
    return draw_for_batch(gan.draw_latents, batch_size_of(samples))


def with_condition(inputs: Any, condition: Any) -> Any:
    """Adds a condition, if there is one, to the inputs of a network."""
    if condition is None:
        return inputs
    # Keras refuses a mixture of arrays and tensors, which an eager step on JAX has.
    return tree.map_structure(ops.convert_to_tensor, [inputs, condition])


class BatchPasses:
    """The discriminator's passes over one batch, which its loss and its penalties share.

    Penalties call the object as they would call a discriminator.

    Args:
        outputs_of: Maps samples to the discriminator's outputs.
        real: Real samples, a tensor or a nested structure of tensors.
        fake: Generated samples.
        differentiable: Whether penalties need gradients at the samples.

    Attributes:
        outputs: The discriminator's outputs for the real and for the fake samples.
    """

    def __init__(
        self, outputs_of: Callable[[Any], Any], real: Any, fake: Any, *, differentiable: bool
    ) -> None:
        self._outputs_of = outputs_of
        self._batches = real, fake
        if not differentiable:
            self.outputs = outputs_of(real), outputs_of(fake)
            return
        passes = [recorded_pass(outputs_of, _as_float32(x), logits_among) for x in (real, fake)]
        self.outputs = passes[0][0], passes[1][0]
        self._slopes = [functools.cache(slopes) for _, slopes in passes]

    def __call__(self, samples: Any) -> Any:
        """Returns the logits of any samples."""
        for batch, outputs in zip(self._batches, self.outputs, strict=True):
            if samples is batch:
                return logits_among(outputs)
        return logits_among(self._outputs_of(samples))

    def slopes_at(self, samples: Any) -> Any:
        """Returns the gradients of the logits at any samples, in their structure, in float32."""
        for batch, slopes in zip(self._batches, self._slopes, strict=True):
            if samples is batch:
                return slopes()
        return slopes_at(self.__call__, samples)


def _as_float32(samples: Any) -> Any:
    # Gradients have the dtype of the samples; half precision would lose small ones.
    return tree.map_structure(lambda leaf: ops.cast(leaf, "float32"), samples)


@contextmanager
def unchanged_statistics(*networks: keras.Model) -> Iterator[None]:
    """Restores the networks' untrained weights, such as BatchNormalization statistics."""
    variables = [variable for network in networks for variable in network.non_trainable_weights]
    before = [ops.copy(ops.convert_to_tensor(variable)) for variable in variables]
    yield
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)


def update_players(gan: GAN, players: Sequence[int], gradients: list[list[Any]]) -> None:
    """Applies gradients to one player or both.

    Args:
        gan: The model.
        players: The players: 0 is the discriminator, 1 the generator.
        gradients: For each player, the gradients of its trainable variables.
    """
    for player, gradient in zip(players, gradients, strict=True):
        optimizer, variables = gan.optimizer.optimizers[player], gan.optimizer.players[player]
        apply_gradients(optimizer, gradient, variables)
        for layer in layers_of((gan.discriminator, gan.generator)[player]):
            if isinstance(layer, SpectralNormalization):
                layer.power_step()


def frozen_copy(network: keras.Model) -> keras.Model:
    """Copies a network and its weights; the copy is not trainable."""
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(network))
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def ramped(momentum: Any, steps: Any) -> Any:
    """Returns min(momentum, (1 + t) / (10 + t)) after t steps.

    At the beginning, a large momentum would keep the initial weights in the average: after 390
    steps with 0.998 they would still be 46% of it.
    """
    taken = ops.cast(steps.value, "float32")
    return ops.minimum(momentum, (1.0 + taken) / (10.0 + taken))


def update_average(average: keras.Model, network: keras.Model, momentum: Any) -> None:
    """Moves every weight of `average`, statistics included, toward that of `network`.

    average = momentum * average + (1 - momentum) * network
    """
    for slow, weight in zip(average.weights, network.weights, strict=True):
        new = ops.stop_gradient(ops.convert_to_tensor(weight))
        slow.assign(momentum * slow.value + (1.0 - momentum) * new)
