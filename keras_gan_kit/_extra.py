"""Libraries that only an extra brings: their absence is explained the same way everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from keras_gan_kit._errors import explain


@contextmanager
def extra(
    name: str, argument: str, *, received: str, library: str, otherwise: str = ""
) -> Iterator[None]:
    """Explains an import that fails inside the block.

    Args:
        name: The extra of this package that brings the library.
        argument: The argument that asks for it.
        received: What was passed.
        library: The library, as its users call it.
        otherwise: What works without it, as the object of "pass".

    Raises:
        ImportError: If the block cannot import what it needs, or cannot start it.

    Example:
        >>> with extra("ray", "engine", received="'ray'", library="Ray"):  # doctest: +ELLIPSIS
        ...     import a_library_that_is_not_there
        Traceback (most recent call last):
        ImportError: Invalid `engine`. Received: 'ray', where Ray is missing (No module named ...
    """
    try:
        yield
    except (ImportError, RuntimeError) as error:
        instead = f", or pass {otherwise}" if otherwise else ""
        raise ImportError(
            explain(
                argument,
                received=f"{received}, where {library} is missing ({error})",
                expected=f"an installed {library}",
                fix=f"pip install 'keras_gan_kit[{name}]'{instead}",
            )
        ) from error
