"""The one check of an image's size."""

from __future__ import annotations

from collections.abc import Sequence

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid


def height_and_width(argument: str, value: object, *, minimum: int = 1) -> tuple[int, int]:
    """Returns a size as `(height, width)`, or says what is wrong with it.

    Args:
        argument: The argument's name, without backticks.
        value: What the caller passed: one integer for both, or a pair of them.
        minimum: The smallest allowed.

    Returns:
        Height and width in pixels.

    Raises:
        TypeError: If it is neither an integer nor a sequence of integers.
        ValueError: If there are not two, or one is too small.

    Example:
        >>> height_and_width("image_size", 28), height_and_width("image_size", [20, 30])
        ((28, 28), (20, 30))
    """
    if not isinstance(value, Sequence) or isinstance(value, str):
        size = integer(argument, value, minimum=minimum)
        return size, size
    if len(value) != 2:
        raise invalid(
            argument,
            received=repr(value),
            expected="one integer, or two: (height, width)",
            fix=f"pass for example {argument}=(200, 200)",
        )
    height, width = (integer(f"{argument}[{i}]", n, minimum=minimum) for i, n in enumerate(value))
    return height, width
