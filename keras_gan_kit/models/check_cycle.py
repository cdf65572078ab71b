"""Refuses networks that do not make a cycle."""

from __future__ import annotations

from typing import Any

import keras
from keras import tree

from keras_gan_kit._errors import invalid
from keras_gan_kit.models.check_networks import check_model, check_one_channel
from keras_gan_kit.models.inspection import input_of, last_activation, output_of, shapes_of


def check_cycle(networks: dict[str, Any]) -> None:
    """Checks the two generators and the two discriminators of a `CycleGAN`.

    Args:
        networks: By the names of the arguments: "a_to_b", "b_to_a", "discriminator_a",
            "discriminator_b".

    Raises:
        TypeError: If one is not a Keras model.
        ValueError: If one is not built or there twice, has several inputs or outputs, or they are
            for different shapes.
    """
    for argument, network in networks.items():
        check_model(argument, network)
    if len({id(network) for network in networks.values()}) < len(networks):
        raise invalid(
            "b_to_a" if networks["a_to_b"] is networks["b_to_a"] else "discriminator_b",
            received="a model that is there twice",
            expected="four networks of their own",
            fix="build each with keras_gan_kit.networks",
        )
    for argument, network in networks.items():
        _check_tensors(argument, network)
    a, b = (_shape(input_of(networks[key])) for key in ("a_to_b", "b_to_a"))
    _check_shape("a_to_b", "outputs", _shape(output_of(networks["a_to_b"])), b)
    _check_shape("b_to_a", "outputs", _shape(output_of(networks["b_to_a"])), a)
    _check_shape("discriminator_a", "inputs", _shape(input_of(networks["discriminator_a"])), a)
    _check_shape("discriminator_b", "inputs", _shape(input_of(networks["discriminator_b"])), b)
    _check_scores(networks["discriminator_a"], networks["discriminator_b"])


def _check_tensors(argument: str, network: keras.Model) -> None:
    inputs, outputs = tree.flatten(input_of(network)), tree.flatten(output_of(network))
    if len(inputs) == len(outputs) == 1 and None not in inputs[0].shape[1:]:
        return
    raise invalid(
        argument,
        received=f"inputs of shape {shapes_of(inputs)} and outputs of shape {shapes_of(outputs)}",
        expected="one of each, of a size that is known",
        fix="build it with networks.cycle_generator or networks.patch_discriminator",
    )


def _shape(tensor: Any) -> tuple[int | None, ...]:
    return shapes_of(tensor)[0][1:]


def _check_shape(argument: str, what: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise invalid(
            argument,
            received=f"{what} of shape {found}",
            expected=f"{expected}, as the other networks have it",
            fix="build all four for the same two shapes",
        )


def _check_scores(a: keras.Model, b: keras.Model) -> None:
    for argument, network in (("discriminator_a", a), ("discriminator_b", b)):
        check_one_channel(argument, network)
    of_a, of_b = (
        (_shape(output_of(network)), last_activation(tree.flatten(output_of(network))[0]))
        for network in (a, b)
    )
    if of_a != of_b:
        raise invalid(
            "discriminator_b",
            received=f"scores of shape {of_b[0]}, {of_b[1]}",
            expected=f"scores as `discriminator_a` gives them: {of_a[0]}, {of_a[1]}",
            fix="build both with the same options",
        )


def check_identity(a_to_b: keras.Model, identity_weight: float) -> None:
    """Refuses an identity loss for domains of different shapes.

    Raises:
        ValueError: If `a_to_b` cannot be given images of b.
    """
    a, b = _shape(input_of(a_to_b)), _shape(output_of(a_to_b))
    if identity_weight and a != b:
        raise invalid(
            "identity_weight",
            received=f"{identity_weight} for images of shape {a} and {b}",
            expected="0 for two domains of different shapes",
            fix="pass identity_weight=0.0: no generator can leave the other's images alone",
        )


def check_history(update: Any, pool_size: int) -> None:
    """Refuses a history of fakes where both players look at the same ones.

    Raises:
        ValueError: If updates are simultaneous or in rounds, and there is a history.
    """
    if update in ("simultaneous", "rounds") and pool_size:
        raise invalid(
            "update",
            received=f"{update!r} with pool_size={pool_size}",
            expected="'alternating', or pool_size=0",
            fix="leave it out: a history of fakes is for the discriminators alone",
        )
