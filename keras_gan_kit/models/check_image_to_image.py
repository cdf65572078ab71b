"""Refuses networks and data that are no pairs of images."""

from __future__ import annotations

from typing import Any

import keras
from keras import tree

from keras_gan_kit._errors import explain, invalid, wrong_type
from keras_gan_kit.losses.keras_loss import computed_by, takes_logarithms
from keras_gan_kit.models.check_networks import check_match, check_players
from keras_gan_kit.models.check_samples import check_samples, finite_bounds
from keras_gan_kit.models.inspection import input_of, output_of, output_ranges, shapes_of


def check_pair_networks(generator: Any, discriminator: Any) -> None:
    """Checks a generator of images from images, and a discriminator of [source, target].

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


def check_pairs(argument: str, source: Any, target: Any, generator: keras.Model) -> None:
    """Checks sources against the generator's input, and targets against its output.

    Args:
        argument: "x", or the name of the data that holds both.
        source: Images (n, height, width, channels).
        target: What is to be made of them.
        generator: The network that they are to teach.

    Raises:
        TypeError: If images are not of floats.
        ValueError: If targets are missing, numbers, sizes or ranges differ, or a value is not
            finite.
    """
    names = ("x", "y") if argument == "x" else (f"{argument}[0]", f"{argument}[1]")
    if target is None:
        raise invalid(
            names[1],
            received="None",
            expected="the images that the generator is to make of the sources",
            fix="call fit(source, target), or pass a stream of tuples (source, target)",
        )
    check_sources(names[0], source, tuple(input_of(generator).shape))
    check_samples(names[1], target, generator)
    sizes = tuple(source.shape[:3]), tuple(tree.flatten(target)[0].shape[:3])
    if sizes[0] != sizes[1]:
        raise invalid(
            names[1],
            received=f"{sizes[1][0]} images of {sizes[1][1:]} pixels",
            expected=f"one for each of the {sizes[0][0]} sources, of {sizes[0][1:]} pixels",
            fix="pair and resize them, for example with keras_gan_kit.data.paired_images",
        )


def check_sources(name: str, source: Any, expected: tuple[int | None, ...]) -> Any:
    """Returns images, if a network with this input shape can take them.

    Raises:
        TypeError: If they are not of floats.
        ValueError: If they have another shape, there are none, or a value is not finite.
    """
    shape = tuple(getattr(source, "shape", ()))
    if (
        len(shape) != 4
        or not shape[0]
        or any(want not in (None, got) for got, want in zip(shape[1:], expected[1:], strict=True))
    ):
        raise invalid(
            name,
            received=f"an array of shape {shape}",
            expected=f"images of the generator's input shape {expected[1:]}",
            fix="add the channel axis, resize, or build the networks for this shape",
        )
    if "float" not in keras.backend.standardize_dtype(source.dtype):
        raise wrong_type(
            name,
            received=f"values of type {keras.backend.standardize_dtype(source.dtype)}",
            expected="floats",
            fix="convert images with keras_gan_kit.data.from_uint8",
        )
    finite_bounds(name, source)
    return source


def check_reconstruction_loss(loss: Any, generator: keras.Model) -> Any:
    """Returns the loss that compares a result with its target.

    Args:
        loss: A `keras.losses.Loss`, the name of one, or None: binary cross-entropy for a
            generator that ends in a sigmoid, the mean absolute error otherwise.
        generator: The network that draws.

    Raises:
        TypeError: If it is no loss.
        ValueError: If the name is unknown, or it takes logarithms of what is no probability.
    """
    masks = output_ranges(generator)[0] == (0.0, 1.0)
    if loss is None:
        loss = "binary_crossentropy" if masks else "mae"
    details = {
        "expected": "a keras.losses.Loss or the name of one",
        "fix": "pass 'binary_crossentropy' for masks, 'mae' for pictures, or None to choose",
    }
    if isinstance(loss, str):
        name = {"bce": "binary_crossentropy", "l1": "mae", "l2": "mse"}.get(loss, loss)
        try:
            loss = keras.losses.get(name)
        except ValueError as error:
            message = explain("reconstruction_loss", received=repr(loss), **details)
            raise ValueError(message) from error
    if not isinstance(loss, keras.losses.Loss) and not callable(loss):
        raise wrong_type("reconstruction_loss", received=repr(loss), **details)
    if takes_logarithms(loss) and not masks:
        raise invalid(
            "reconstruction_loss",
            received=f"{computed_by(loss)!r} for a generator that does not end in a sigmoid",
            expected="a generator of probabilities, or another loss",
            fix="pass activation='sigmoid' to the builder, or reconstruction_loss='mae'",
        )
    return loss
