"""How far a long run is, how fast, and when it will be done."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from types import TracebackType

_WIDTH = 24
# Seconds between two lines: a terminal overwrites them, a log file keeps them all.
_ON_TERMINAL, _IN_FILE = 0.2, 30.0


class Bar:
    """A progress bar whose rate is that of this run alone.

    Args:
        action: What happens to samples, for example "drawn".
        total: How many samples there will be.
        done: How many were there before.
        visible: Whether to show anything.
    """

    def __init__(self, action: str, total: int, done: int, *, visible: bool) -> None:
        self.action = action
        self.total = total
        self.done = done
        self._before = done
        self._visible = visible
        self._terminal = sys.stderr.isatty()
        self._start = self._shown = time.monotonic()

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._visible:
            self._show("\n")

    def add(self, count: int) -> None:
        """Counts samples that have been written."""
        self.done += count
        pause = _ON_TERMINAL if self._terminal else _IN_FILE
        if self._visible and time.monotonic() - self._shown >= pause:
            self._show("" if self._terminal else "\n")

    def _show(self, end: str) -> None:
        self._shown = time.monotonic()
        seconds = self._shown - self._start
        line = describe(self.action, self.done, self.total, self.done - self._before, seconds)
        # A shorter line would leave the end of a longer one behind.
        sys.stderr.write(f"\r{line:<90}{end}" if self._terminal else f"{line}{end}")
        sys.stderr.flush()


def describe(action: str, done: int, total: int, new: int, seconds: float) -> str:
    """Words one line.

    Args:
        action: What happens to samples.
        done: How many samples there are.
        total: How many there will be.
        new: How many of them this run has made.
        seconds: How long it took.

    Example:
        >>> describe("drawn", 500, 1_500, 400, 2.0)
        '500/1,500 drawn [████████                ] 33% 200/s, 0:00:05 left'
    """
    filled = _WIDTH * done // total
    rate = new / seconds if seconds else 0.0
    if done == total:
        end = f"{timedelta(seconds=round(seconds))} taken"
    else:
        end = f"{timedelta(seconds=round((total - done) / rate))} left" if rate else "? left"
    speed = f"{rate:,.0f}/s" if rate >= 10 or not rate else f"{rate:.2g}/s"
    bar = "█" * filled + " " * (_WIDTH - filled)
    return f"{done:,}/{total:,} {action} [{bar}] {100 * done // total}% {speed}, {end}"
