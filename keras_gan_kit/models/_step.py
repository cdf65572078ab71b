"""The parts of a training step."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
from keras import ops, tree

from keras_gan_kit._backend import apply_gradients, draw_for_batch, recorded_pass
from keras_gan_kit.models._inspection import layers_of, logits_among
from keras_gan_kit.networks import SpectralNormalization
from keras_gan_kit.penalties.penalty import slopes_at

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel
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
    # Keras rejects a mixture of arrays and tensors, which an eager step on JAX has.
    return tree.map_structure(ops.convert_to_tensor, [inputs, condition])


def step_constants(gan: GANModel) -> tuple[Any, ...]:
    """Returns the settings of a model, its loss and its penalties, which a step contains."""
    own = [getattr(gan, name) for name in gan.constants]
    for part in (gan.adversarial_loss, *gan.penalties):
        kind: Any = type(part)
        values = vars(part)
        own += [values[name] for name in _arguments(kind) if name in values]
    return tuple(value for value in own if isinstance(value, bool | int | float | str))


@functools.cache
def _arguments(kind: Callable[..., Any]) -> tuple[str, ...]:
    """Returns the names of a constructor's arguments."""
    return tuple(inspect.signature(kind).parameters)


class Pass(NamedTuple):
    """A pass through a network: its outputs, and what its layers added to the loss."""

    outputs: Any
    added: Any


def pass_through(network: keras.Model, call: Callable[[], Any]) -> Pass:
    """Calls a network, and collects the losses of its layers.

    Those are activity regularizers and `add_loss`. Weight regularizers do not belong to a pass.

    Args:
        network: The network.
        call: Calls it, and returns its outputs.
    """
    outputs = call()
    regularized = len(_regularized(network))
    losses = network.losses
    added = sum(ops.cast(loss, "float32") for loss in losses[: len(losses) - regularized])
    return Pass(outputs, ops.convert_to_tensor(added, "float32"))


def weight_losses(network: keras.Model) -> Any:
    """Returns the sum of the losses of a network's weight regularizers."""
    return sum(variable.regularizer(variable) for variable in _regularized(network))


def _regularized(network: keras.Model) -> list[Any]:
    return [v for v in network.trainable_weights if v.regularizer is not None]


class BatchPasses:
    """The discriminator's passes over one batch, which its loss and its penalties share.

    Penalties call the object as they would call a discriminator.

    Args:
        look: Maps samples to the discriminator's `Pass`.
        real: Real samples, a tensor or a nested structure of tensors.
        fake: Generated samples.
        differentiable: Whether penalties need gradients at the samples.

    Attributes:
        outputs: The discriminator's outputs for the real and for the fake samples.
        added: What its layers added to the loss in those two passes.
    """

    def __init__(
        self, look: Callable[[Any], Pass], real: Any, fake: Any, *, differentiable: bool
    ) -> None:
        self._look = look
        self._batches = real, fake
        if differentiable:
            recorded = [_recorded(look, samples) for samples in (real, fake)]
            self._slopes = [functools.cache(slopes) for _, slopes in recorded]
            passes = [found for found, _ in recorded]
        else:
            passes = [look(real), look(fake)]
        self.outputs = passes[0].outputs, passes[1].outputs
        self.added = passes[0].added + passes[1].added

    def __call__(self, samples: Any) -> Any:
        """Returns the logits of any samples."""
        for batch, outputs in zip(self._batches, self.outputs, strict=True):
            if samples is batch:
                return logits_among(outputs)
        return logits_among(self._look(samples).outputs)

    def slopes_at(self, samples: Any) -> Any:
        """Returns the gradients of the logits at any samples, in their structure, in float32."""
        for batch, slopes in zip(self._batches, self._slopes, strict=True):
            if samples is batch:
                return slopes()
        return slopes_at(self.__call__, samples)


def _recorded(look: Callable[[Any], Pass], samples: Any) -> tuple[Pass, Callable[[], Any]]:
    """Runs the discriminator on samples, and prepares the gradients of the logits at them."""

    def outputs_and_added(leaves: Any) -> tuple[Any, Any]:
        return tuple(look(leaves))

    found, slopes = recorded_pass(
        outputs_and_added, _as_float32(samples), lambda x: logits_among(x[0])
    )
    return Pass(*found), slopes


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


def ramped(momentum: Any, steps: Any) -> Any:
    """Returns min(momentum, (1 + t) / (10 + t)) after t steps.

    At the beginning, a large momentum would keep the initial weights in the average: after 390
    steps with 0.998 they would still be 46% of it.
    """
    taken = ops.cast(steps.value, "float32")
    return ops.minimum(momentum, (1.0 + taken) / (10.0 + taken))


def update_average(average: keras.Model, network: keras.Model, momentum: Any) -> None:
    """Moves every weight of `average`, statistics included, toward that of `network`.

    average = momentum * average + (1 - momentum) * network, in float32 at least
    """
    for slow, weight in zip(average.weights, network.weights, strict=True):
        dtype = keras.backend.result_type(slow.dtype, "float32")
        old, new = (ops.cast(variable.value, dtype) for variable in (slow, weight))
        share = ops.cast(momentum, dtype)
        mean = share * old + (1.0 - share) * ops.stop_gradient(new)
        slow.assign(ops.cast(mean, slow.dtype))
