"""Plots the loss histories."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from keras_gan_kit._arguments import one_of
from keras_gan_kit._errors import warn
from keras_gan_kit._files import check_directory, written_atomically
from keras_gan_kit.callbacks.loss_history import FILES, LossHistory
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback

# The colors of Okabe and Ito, which color-blind readers can distinguish.
_STYLES = {
    "d_loss.txt": ("discriminator loss", "#0072B2", "-"),
    "g_loss.txt": ("generator loss", "#D55E00", "--"),
    "d_acc.txt": ("discriminator accuracy", "#009E73", ":"),
}


_KINDS = ("lines", "scatter")
# Plotting takes at most 1 / `_PATIENCE` of the training time.
_PATIENCE = 200


class LossPlot(PeriodicCallback):
    """Plots the files of `LossHistory` as `loss_lines.png` and `loss_scatter.png`.

    The plots are updated during training and at its end. The x axis shows steps or epochs if the
    `LossHistory` is among the callbacks of the same `fit`, otherwise line numbers. If epochs are
    short, some updates are skipped, so that plotting takes at most 0.5% of the training time.

    Args:
        directory: The folder that `LossHistory` writes to. The plots are saved there.
        every: The number of steps or epochs between two plots, at least 1.
        unit: "epoch" or "step".

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If `every` is below 1, or `unit` is unknown.

    Example:
        >>> LossPlot("runs/digits").every
        1
    """

    first_step = False
    chief_only = True

    def __init__(self, directory: str | Path, *, every: int = 1, unit: str = "epoch") -> None:
        super().__init__(every=every, unit=unit)
        self.directory = check_directory("directory", directory)
        self._not_before = 0.0
        self._drawn: dict[str, int] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Resets the timer."""
        super().on_train_begin(logs)
        self._not_before, self._drawn = 0.0, {}

    def on_event(self, name: str) -> None:
        """Updates both plots, unless the last update was too recent."""
        start = time.monotonic()
        if start < self._not_before:
            return
        self._draw_both()
        end = time.monotonic()
        self._not_before = end + _PATIENCE * (end - start)

    def _draw_both(self) -> None:
        lines = self._lines()
        if not any(lines.values()):
            return
        for kind in _KINDS:
            with written_atomically(self.directory / f"loss_{kind}.png") as unfinished:
                self.figure(kind).savefig(unfinished)
        self._drawn = lines

    def figure(self, kind: str) -> Any:
        """Plots the current histories.

        Args:
            kind: "lines" or "scatter".

        Returns:
            A `matplotlib.figure.Figure`.

        Raises:
            ValueError: If `kind` is unknown.
        """
        one_of("kind", kind, _KINDS)
        return _draw(read_histories(self.directory), kind, *self._places())

    def _places(self) -> tuple[str, int, int]:
        """Returns the unit of the x axis, the first value and the distance between lines."""
        for callback in self.companions:
            if isinstance(callback, LossHistory) and (
                callback.directory.resolve() == self.directory.resolve()
            ):
                steps = callback.unit == "step"  # the first line is step 0
                return callback.unit, 0 if steps else callback.every, callback.every
        return "line of the history", 0, 1

    def on_train_end(self, logs: Any = None) -> None:
        """Updates the plots a last time."""
        if not all((self.directory / name).exists() for name in FILES):
            warn(
                f"LossPlot found no histories in {str(self.directory)!r}: add "
                f"LossHistory({str(self.directory)!r}) to `callbacks`."
            )
        if self._lines() != self._drawn:
            self._draw_both()

    def _lines(self) -> dict[str, int]:
        """Returns the number of lines of each history."""
        return {name: len(values) for name, values in read_histories(self.directory).items()}


def read_histories(directory: Path) -> dict[str, np.ndarray]:
    """Reads the files of `LossHistory`; a damaged line is NaN.

    An incomplete last line is left out.
    """
    histories = {}
    for name in FILES:
        path = directory / name
        content = path.read_bytes() if path.exists() else b""
        histories[name] = np.array([_number(line) for line in content.split(b"\n")[:-1]])
    return histories


def _number(line: bytes) -> float:
    try:
        return float(line)
    except ValueError:
        return np.nan


def _draw(histories: dict[str, np.ndarray], kind: str, unit: str, first: int, period: int) -> Any:
    # Not pyplot, whose windows and global state belong to the user.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6), dpi=100)
    losses, accuracy = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    # A fixed layout, because computing an automatic one takes longer than the rest of the plot.
    figure.subplots_adjust(left=0.12, right=0.98, bottom=0.08, top=0.98, hspace=0.06)
    for name, (label, color, line) in _STYLES.items():
        axes = accuracy if name == "d_acc.txt" else losses
        values = histories[name]
        x = first + period * np.arange(len(values))
        if kind == "lines":
            axes.plot(x, values, line, color=color, label=label, linewidth=1.2)
        else:
            axes.scatter(x, values, s=6, color=color, label=label)
    accuracy.set_ylim(-0.05, 1.05)
    for axes, title in ((losses, "loss"), (accuracy, "accuracy")):
        axes.set_ylabel(title)
        axes.yaxis.set_label_coords(-0.1, 0.5)
        axes.grid(alpha=0.3)
        axes.legend(loc="best", fontsize="small")
    accuracy.set_xlabel(unit)
    return figure
