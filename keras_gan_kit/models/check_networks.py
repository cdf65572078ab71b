"""Refuses networks that cannot play together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import tree

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.models.inspection import input_of, logits_among, output_of, shapes_of


def plain_inputs(generator: keras.Model, discriminator: keras.Model) -> tuple[Any, Any]:
    """Returns what networks without a condition take: latents, and samples."""
    return input_of(generator), input_of(discriminator)


def check_networks(
    generator: Any,
    discriminator: Any,
    inputs: Callable[[keras.Model, keras.Model], tuple[Any, Any]] = plain_inputs,
) -> int:
    """Checks the two networks and that the one draws what the other looks at.

    Args:
        generator: Draws samples.
        discriminator: Looks at them.
        inputs: Finds the generator's symbolic latents and the discriminator's symbolic samples.

    Returns:
        The length of a latent.

    Raises:
        TypeError: If one is not a Keras model.
        ValueError: If one is not built, they are the same, the generator has no latent input, the
            discriminator has more than one output channel, or their shapes do not match.
    """
    check_players(generator, discriminator)
    latents, samples = inputs(generator, discriminator)
    check_match(output_of(generator), samples)
    return _latent_dim(latents)


def check_players(generator: Any, discriminator: Any) -> None:
    """Checks each of the two networks by itself.

    Raises:
        TypeError: If one is not a Keras model.
        ValueError: If one is not built, they are the same, or the discriminator has more than one
            output channel.
    """
    for argument, network in (("generator", generator), ("discriminator", discriminator)):
        check_model(argument, network)
    if generator is discriminator:
        raise invalid(
            "discriminator",
            received="the same model as `generator`",
            expected="a network of its own",
            fix="build one with keras_gan_kit.networks",
        )
    _check_order(generator, discriminator)
    check_one_channel("discriminator", discriminator)


def _check_order(generator: keras.Model, discriminator: keras.Model) -> None:
    """Refuses a discriminator in the place of the generator."""
    seen, scores = _first_shape(input_of(generator)), _first_shape(output_of(generator))
    latents, drawn = _first_shape(input_of(discriminator)), _first_shape(output_of(discriminator))
    if drawn == seen != latents and scores[-1] == 1:
        raise invalid(
            "generator",
            received=f"a network from {seen[1:]} to {scores[1:]}, and as `discriminator` one "
            f"from {latents[1:]} to {drawn[1:]}",
            expected="the generator first: from latents to samples",
            fix="swap the two",
        )


def _first_shape(tensors: Any) -> tuple[int | None, ...]:
    return tuple(tree.flatten(logits_among(tensors))[0].shape)


def check_model(argument: str, network: Any) -> None:
    """Refuses what is no Keras model with a graph.

    Raises:
        TypeError: If it is not a Keras model.
        ValueError: If its inputs are not known.
    """
    if not isinstance(network, keras.Model):
        raise wrong_type(
            argument,
            received=f"{network!r} of type {type(network).__name__}",
            expected="a keras.Model",
            fix="build one with keras_gan_kit.networks or keras.Model(inputs, outputs)",
        )
    if not network.built or not hasattr(network, "inputs") or network.inputs is None:
        raise invalid(
            argument,
            received=f"the model {network.name!r}, whose input shape is not known yet",
            expected="a functional or Sequential model that starts with keras.Input",
            fix="add a keras.Input of the right shape as its first layer",
        )


def check_augmenter(augmenter: Any, generator: keras.Model) -> None:
    """Checks an augmenter, and builds it for the generator's samples.

    Raises:
        TypeError: If it is not a Keras layer.
        ValueError: If it changes the shape of samples.
    """
    if augmenter is None:
        return
    if not isinstance(augmenter, keras.Layer):
        raise wrong_type(
            "augmenter",
            received=f"{augmenter!r} of type {type(augmenter).__name__}",
            expected="a keras.Layer that maps samples to samples",
            fix="wrap a function in keras.layers.Lambda, or several layers in Sequential",
        )
    samples = output_of(generator)
    if not augmenter.built:
        augmenter.build(tree.map_structure(lambda sample: sample.shape, samples))
    before, after = (
        _shapes_by_path(samples),
        _shapes_by_path(augmenter.compute_output_spec(samples)),
    )
    if before != after:
        raise invalid(
            "augmenter",
            received=f"a layer that makes {_describe(after)} of samples",
            expected=f"the shape that they have: {_describe(before)}",
            fix="resize or pad at the end of the augmentation",
        )


def _latent_dim(latents: Any) -> int:
    shapes = shapes_of(latents)
    shape = shapes[0]
    if len(shapes) != 1 or len(shape) != 2 or shape[1] is None:
        raise invalid(
            "generator",
            received=f"inputs of shape {shapes}",
            expected="one latent vector: (None, latent_dim)",
            fix="start the generator with keras.Input((latent_dim,))",
        )
    return int(shape[1])


def check_one_channel(argument: str, discriminator: keras.Model) -> None:
    """Refuses a discriminator whose logits have not one channel.

    Raises:
        ValueError: If there are more, or several outputs.
    """
    outputs = tree.flatten(logits_among(output_of(discriminator)))
    shape = tuple(outputs[0].shape)
    if len(outputs) != 1 or len(shape) < 2 or shape[-1] != 1:
        raise invalid(
            argument,
            received=f"outputs of shape {shapes_of(outputs)}",
            expected="one output with one channel: (None, 1), or a map (None, h, w, 1)",
            fix="end it in keras.layers.Dense(1) or a convolution to one channel",
        )


def check_match(drawn_samples: Any, seen_samples: Any) -> None:
    """Refuses a discriminator that looks at other samples than the generator draws.

    Raises:
        ValueError: If the shapes of the two symbolic samples differ.
    """
    drawn, seen = _shapes_by_path(drawn_samples), _shapes_by_path(seen_samples)
    if drawn.keys() == seen.keys() and all(_fit(drawn[key], seen[key]) for key in drawn):
        return
    raise invalid(
        "discriminator",
        received=f"a network for samples of shape {_describe(seen)}",
        expected=f"what `generator` draws: {_describe(drawn)}",
        fix="build both networks for the same sample shape and structure",
    )


def _shapes_by_path(tensors: Any) -> dict[str, tuple[int | None, ...]]:
    paths: list[tuple[tuple[Any, ...], Any]] = tree.flatten_with_path(tensors)
    return {"/".join(map(str, path)): tuple(tensor.shape)[1:] for path, tensor in paths}


def _fit(drawn: tuple[int | None, ...], seen: tuple[int | None, ...]) -> bool:
    return len(drawn) == len(seen) and all(
        a == b or a is None or b is None for a, b in zip(drawn, seen, strict=True)
    )


def _describe(shapes: dict[str, tuple[int | None, ...]]) -> str:
    return ", ".join(f"{path}: {shape}" if path else str(shape) for path, shape in shapes.items())
