"""Validates networks: their shapes, labels and pairs of images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import tree

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data import DifferentiableAugment
from keras_gan_kit.models._inspection import (
    input_of,
    last_activation,
    layers_of,
    logits_among,
    output_of,
    shapes_of,
    unwrapped,
)


def plain_inputs(generator: keras.Model, discriminator: keras.Model) -> tuple[Any, Any]:
    """Returns the inputs of unconditional networks: latents and samples."""
    return input_of(generator), input_of(discriminator)


def check_networks(
    generator: Any,
    discriminator: Any,
    inputs: Callable[[keras.Model, keras.Model], tuple[Any, Any]] = plain_inputs,
) -> int:
    """Checks the two networks, and that the discriminator accepts the generator's output.

    Args:
        generator: Maps latents to samples.
        discriminator: Maps samples to logits.
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
    """Checks each of the two networks on its own.

    Raises:
        TypeError: If one is not a Keras model.
        ValueError: If one is not built, they are the same, or the discriminator has more than one
            output channel.
    """
    for argument, network in (("generator", generator), ("discriminator", discriminator)):
        check_model(argument, network)
        _check_layers(argument, network)
    if generator is discriminator:
        raise invalid(
            "discriminator",
            received="the same model as `generator`",
            expected="a second network",
            fix="build one with keras_gan_kit.networks",
        )
    _check_order(generator, discriminator)
    check_one_channel("discriminator", discriminator)


def _check_order(generator: keras.Model, discriminator: keras.Model) -> None:
    """Checks that the generator and the discriminator are not swapped."""
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


def _check_layers(argument: str, network: keras.Model) -> None:
    """Checks for layers that can't be called twice before gradients are taken.

    Raises:
        ValueError: If a layer changes its own weights in place on PyTorch.
    """
    if keras.backend.backend() != "torch":
        return
    for layer in layers_of(network):
        if isinstance(layer, keras.layers.SpectralNormalization):
            raise invalid(
                argument,
                received=f"keras.layers.SpectralNormalization {layer.name!r}, which overwrites its "
                "kernel in every forward pass: PyTorch can't differentiate two of them",
                expected="layers that don't change their weights in a forward pass",
                fix="use keras_gan_kit.networks.SpectralNormalization",
            )


def check_model(argument: str, network: Any) -> None:
    """Checks that a network is a Keras model with known inputs.

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
    if isinstance(augmenter, DifferentiableAugment) and not any(
        len(leaf.shape) > 2 for leaf in tree.flatten(samples)
    ):
        raise invalid(
            "augmenter",
            received=f"DifferentiableAugment, for samples of shape {shapes_of(samples)}",
            expected="None, because it augments images, not table rows",
            fix="remove the augmenter, or pass a keras.Layer of your own",
        )
    if not augmenter.built:
        augmenter.build(tree.map_structure(lambda sample: sample.shape, samples))
    before, after = (
        _shapes_by_path(samples),
        _shapes_by_path(augmenter.compute_output_spec(samples)),
    )
    if before != after:
        raise invalid(
            "augmenter",
            received=f"a layer that returns samples of shape {_describe(after)}",
            expected=f"samples of the same shape: {_describe(before)}",
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
    """Checks that the discriminator returns one channel.

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
            fix="end it in keras.layers.Dense(1) or a convolution to one channel"
            if len(outputs) == 1
            else "a discriminator with class scores returns {'logit': ..., 'class': ...}, as "
            "networks.conditional_discriminator(..., kind='classifier') does",
        )


def check_match(drawn_samples: Any, seen_samples: Any) -> None:
    """Checks that the discriminator takes samples of the shape that the generator returns.

    Raises:
        ValueError: If the shapes of the two symbolic samples differ.
    """
    drawn, seen = _shapes_by_path(drawn_samples), _shapes_by_path(seen_samples)
    if drawn.keys() == seen.keys() and all(_fit(drawn[key], seen[key]) for key in drawn):
        return
    raise invalid(
        "discriminator",
        received=f"a network for samples of shape {_describe(seen)}",
        expected=f"the output shape of `generator`: {_describe(drawn)}",
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


def takes_labels(network: keras.Model, width: int | None = None) -> bool:
    """Returns whether a network's inputs are [anything, labels].

    Args:
        network: The network.
        width: The length of rows of conditions, floats (batch, width); None for integer labels
            (batch,).
    """
    inputs = input_of(network)
    if not isinstance(inputs, list | tuple) or len(inputs) != 2 or tree.is_nested(inputs[1]):
        return False
    shape, dtype = tuple(inputs[1].shape), inputs[1].dtype
    if width is None:
        return len(shape) == 1 and "int" in dtype
    return shape == (None, width) and "float" in dtype


def classifies(discriminator: keras.Model) -> bool:
    """Returns whether a discriminator returns {"logit", "class"}."""
    outputs = output_of(discriminator)
    return isinstance(outputs, dict) and set(outputs) == {"logit", "class"}


def conditional_inputs(
    generator: keras.Model, discriminator: keras.Model, width: int | None = None
) -> tuple[Any, Any]:
    """Returns the symbolic latents and samples among the inputs of conditional networks.

    Args:
        generator: Takes [latents, labels].
        discriminator: Takes or returns labels.
        width: The length of rows of conditions; None for labels.

    Raises:
        ValueError: If the generator takes no labels, or the discriminator neither takes nor
            returns any.
    """
    is_class = width is None
    what, shape = ("labels", "(None,)") if is_class else ("conditions", f"(None, {width})")
    kind, argument = ("integers", "num_classes") if is_class else ("floats", "conditions=table")
    if not takes_labels(generator, width):
        raise invalid(
            "generator",
            received=f"inputs of shape {_shapes(input_of(generator))}",
            expected=f"[latents, {what}] of shape [(None, latent_dim), {shape}], the {what} {kind}",
            fix=f"pass networks.conditional_generator(generator, {argument})",
        )
    seen = input_of(discriminator)
    takes = takes_labels(discriminator, width) and not (width and classifies(discriminator))
    if takes == classifies(discriminator):
        raise invalid(
            "discriminator",
            received=f"inputs of shape {_shapes(seen)}, outputs of shape "
            f"{_shapes(output_of(discriminator))}",
            expected=f"either inputs [samples, {what}], the {what} {kind} {shape}, or the "
            "outputs {'logit': ..., 'class': ...}",
            fix=f"pass networks.conditional_discriminator(discriminator, {argument})",
        )
    latents = input_of(generator)[0]
    return latents, seen[0] if takes else seen


def check_classes(
    argument: str, network: keras.Model, num_classes: int, name: str = "num_classes"
) -> None:
    """Checks that a network is built for `num_classes` classes, or rows of that length.

    Args:
        argument: "generator" or "discriminator".
        network: The network.
        num_classes: The number.
        name: The name of the number: "num_classes", or "conditions" for the length of rows.

    Raises:
        ValueError: If its label embedding or its class scores are for another number.
    """
    known = _known_classes(network)
    if known - {num_classes}:
        received = f"a network for {' or '.join(map(str, sorted(known)))} classes"
    elif classifies(network) and tuple(output_of(network)["class"].shape)[1:] != (num_classes,):
        received = f"class scores of shape {tuple(output_of(network)['class'].shape)}"
    elif classifies(network):
        return _check_no_probabilities(argument, output_of(network)["class"])
    else:
        return None
    wanted = f"num_classes={num_classes}" if name == "num_classes" else f"rows of {num_classes}"
    raise invalid(
        argument,
        received=received,
        expected=f"one for {wanted}",
        fix=f"build both networks and the model for the same {name}",
    )


def _check_no_probabilities(argument: str, scores: Any) -> None:
    activation = last_activation(scores)
    if activation in ("softmax", "sigmoid", "log_softmax"):
        raise invalid(
            argument,
            received=f"class scores after a {activation}",
            expected="scores without activation: the loss applies the softmax",
            fix="leave the last activation out, or pass activation=None to the layer",
        )


def _known_classes(network: keras.Model) -> set[int]:
    """Returns the numbers of classes of the layers that take the labels."""
    if not takes_labels(network):
        return set()
    labels = input_of(network)[1]
    sizes: set[Any] = {
        getattr(unwrapped(layer), "input_dim", getattr(unwrapped(layer), "num_classes", None))
        for layer in network.layers
        if not isinstance(layer, keras.layers.InputLayer)
        and any(tensor is labels for tensor in tree.flatten(layer.input))
    }
    return sizes - {None}


def _shapes(tensors: Any) -> Any:
    return tree.map_structure(lambda tensor: tuple(tensor.shape), tensors)


def check_pair_networks(generator: Any, discriminator: Any) -> None:
    """Checks an image-to-image generator and a discriminator of [source, target].

    Raises:
        TypeError: If one is not a Keras model.
        ValueError: If one is not built, has other inputs, or their shapes do not match.
    """
    check_players(generator, discriminator)
    source, seen = input_of(generator), input_of(discriminator)
    if len(tree.flatten(source)) != 1 or len(source.shape) != 4:
        raise invalid(
            "generator",
            received=f"inputs of shape {shapes_of(source)}",
            expected="one image: (None, height, width, channels)",
            fix="pass for example networks.unet_generator((None, None, 3))",
        )
    if not isinstance(seen, list | tuple) or len(seen) != 2:
        raise invalid(
            "discriminator",
            received=f"inputs of shape {shapes_of(seen)}",
            expected="[source, target], two images",
            fix="pass for example networks.vgan_discriminator((None, None, 3))",
        )
    check_match([source, output_of(generator)], list(seen))


def check_cycle(networks: dict[str, Any]) -> None:
    """Checks the two generators and the two discriminators of a `CycleGAN`.

    Args:
        networks: By the names of the arguments: "a_to_b", "b_to_a", "discriminator_a",
            "discriminator_b".

    Raises:
        TypeError: If one is not a Keras model.
        ValueError: If one is not built, is passed twice or has several inputs or outputs, or if
            their shapes do not match.
    """
    for argument, network in networks.items():
        check_model(argument, network)
    if len({id(network) for network in networks.values()}) < len(networks):
        raise invalid(
            "b_to_a" if networks["a_to_b"] is networks["b_to_a"] else "discriminator_b",
            received="the same model twice",
            expected="four different networks",
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
    if len(inputs) == len(outputs) == 1 and inputs[0].shape[-1] is not None:
        return
    raise invalid(
        argument,
        received=f"inputs of shape {shapes_of(inputs)} and outputs of shape {shapes_of(outputs)}",
        expected="one input and one output, with a known number of channels",
        fix="build it with networks.cycle_generator or networks.patch_discriminator",
    )


def _shape(tensor: Any) -> tuple[int | None, ...]:
    return shapes_of(tensor)[0][1:]


def _check_shape(argument: str, what: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise invalid(
            argument,
            received=f"{what} of shape {found}",
            expected=f"{expected}, as for the other networks",
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
            expected=f"scores like those of `discriminator_a`: {of_a[0]}, {of_a[1]}",
            fix="build both with the same options",
        )


def check_identity(a_to_b: keras.Model, identity_weight: float) -> None:
    """Checks that an identity loss is used only for domains of the same shape.

    Raises:
        ValueError: If `a_to_b` cannot be given images of b.
    """
    a, b = _shape(input_of(a_to_b)), _shape(output_of(a_to_b))
    if identity_weight and a != b:
        raise invalid(
            "identity_weight",
            received=f"{identity_weight} for images of shape {a} and {b}",
            expected="0 for two domains of different shapes",
            fix="pass identity_weight=0.0",
        )
