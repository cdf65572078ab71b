"""Shows the progress of long runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

# Seconds between two updates: a terminal overwrites them, a log file keeps them all.
_ON_TERMINAL, _IN_FILE = 0.2, 30.0


@contextmanager
def progress(
    action: str, total: int, done: int, *, visible: bool
) -> Iterator[Callable[[int], object]]:
    """Shows a progress bar of samples on the standard error.

    Args:
        action: The past participle to show, for example "drawn".
        total: The number of samples.
        done: The number of samples that are complete at the beginning. The rate ignores them.
        visible: Whether to show the bar.

    Yields:
        A function that adds a number of samples.
    """
    interval = _ON_TERMINAL if sys.stderr.isatty() else _IN_FILE
    with tqdm(
        desc=action,
        total=total,
        initial=done,
        unit="sample",
        mininterval=interval,
        maxinterval=interval,
        disable=not visible,
    ) as bar:
        yield bar.update
