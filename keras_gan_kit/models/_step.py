"""The parts of a training step."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops, tree

from keras_gan_kit._backend import apply_gradients, draw_for_batch, recorded_pass
from keras_gan_kit.models._inspection import layers_of, logits_among
from keras_gan_kit.networks import SpectralNormalization
from keras_gan_kit.penalties.penalty import slopes_at


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


class BatchPasses:
    """Real and fake samples and what the discriminator makes of them; penalties call it like one.

    Args:
        outputs_of: Maps samples to the discriminator's outputs.
        real: Real samples, a tensor or a nested structure of tensors.
        fake: Generated samples.
        differentiable: Whether somebody may ask for gradients at the samples.

    Attributes:
        outputs: What the discriminator makes of the real and of the fake ones.
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
    # Gradients have the type of what they are taken at: half precision would lose them.
    return tree.map_structure(lambda leaf: ops.cast(leaf, "float32"), samples)


@contextmanager
def unchanged_statistics(*networks: keras.Model) -> Iterator[None]:
    """Puts the networks' untrained weights back: BatchNormalization statistics, for example."""
    variables = [variable for network in networks for variable in network.non_trainable_weights]
    before = [ops.copy(ops.convert_to_tensor(variable)) for variable in variables]
    yield
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)


def update_players(gan: Any, players: Sequence[int], gradients: list[list[Any]]) -> None:
    """Changes the weights of one player, or of both.

    Args:
        gan: The model.
        players: Which: 0 is the discriminator, 1 the generator.
        gradients: For each of them, those of its loss by its trainable variables.
    """
    for player, gradient in zip(players, gradients, strict=True):
        optimizer, variables = gan.optimizer.optimizers[player], gan.optimizer.players[player]
        apply_gradients(optimizer, gradient, variables)
        for layer in layers_of((gan.discriminator, gan.generator)[player]):
            if isinstance(layer, SpectralNormalization):
                layer.power_step()


def frozen_copy(network: keras.Model) -> keras.Model:
    """Makes an untrainable copy of a network, with its weights."""
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(network))
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def update_average(average: keras.Model, network: keras.Model, momentum: Any) -> None:
    """Moves every weight of `average` a little towards `network`, statistics included.

    average = momentum * average + (1 - momentum) * network
    """
    for slow, weight in zip(average.weights, network.weights, strict=True):
        new = ops.stop_gradient(ops.convert_to_tensor(weight))
        slow.assign(momentum * slow.value + (1.0 - momentum) * new)
