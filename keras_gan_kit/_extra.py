"""Explains a failed import of an optional library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from keras_gan_kit._errors import explain


@contextmanager
def extra(
    name: str, argument: str, *, received: str, library: str, otherwise: str = ""
) -> Iterator[None]:
    """Turns an import error in the block into a message that names the extra to install.

    Args:
        name: The extra of this package that installs the library.
        argument: The argument that requires it.
        received: The value of that argument.
        library: The name of the library.
        otherwise: An alternative that works without it, for example "format='folder'".

    Raises:
        ImportError: If the block raises an `ImportError` or a `RuntimeError`.

    Example:
        >>> with extra("ray", "engine", received="'ray'", library="Ray"):  # doctest: +ELLIPSIS
        ...     import a_library_that_is_not_there
        Traceback (most recent call last):
        ImportError: Invalid `engine`. Received: 'ray', but Ray cannot be imported (No module ...
    """
    try:
        yield
    except (ImportError, RuntimeError) as error:
        instead = f", or pass {otherwise}" if otherwise else ""
        raise ImportError(
            explain(
                argument,
                received=f"{received}, but {library} cannot be imported ({error})",
                expected=f"an installed {library}",
                fix=f"pip install 'keras_gan_kit[{name}]'{instead}",
            )
        ) from error
