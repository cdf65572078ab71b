"""Plots of the loss histories."""

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

# Okabe and Ito's colours, which colour-blind readers can tell apart.
_STYLES = {
    "d_loss.txt": ("discriminator loss", "#0072B2", "-"),
    "g_loss.txt": ("generator loss", "#D55E00", "--"),
    "d_acc.txt": ("discriminator accuracy", "#009E73", ":"),
}


_KINDS = ("lines", "scatter")
# Drawings take at most one part in so many of the training's time.
_PATIENCE = 200


class LossPlot(PeriodicCallback):
    """Draws what `LossHistory` wrote: `loss_lines.png` and `loss_scatter.png`.

    The numbers are read back from the text files in `directory`; the plots are drawn every so
    often and at the end of training, over the steps or epochs of the lines where the `LossHistory`
    is among the callbacks of the same `fit`. Where epochs are short, some drawings are left out, so
    that they take half a per cent of the training's time; the end of training has one always.

    Args:
        directory: The folder that `LossHistory` writes to; the plots are saved beside its files.
        every: How many steps or epochs lie between two drawings, at least 1.
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
        """The first drawing that is due is drawn."""
        super().on_train_begin(logs)
        self._not_before, self._drawn = 0.0, {}

    def on_event(self, name: str) -> None:
        """Draws both plots, if it is time and there is anything to draw yet."""
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
        """Draws the histories as they are now.

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
        """What lines are counted in, where the first one stands, and how far they are apart."""
        for callback in self.companions:
            if isinstance(callback, LossHistory) and (
                callback.directory.resolve() == self.directory.resolve()
            ):
                steps = callback.unit == "step"  # whose first line is that of step 0
                return callback.unit, 0 if steps else callback.every, callback.every
        return "line of the history", 0, 1

    def on_train_end(self, logs: Any = None) -> None:
        """Draws the final plots, unless they are there."""
        if not all((self.directory / name).exists() for name in FILES):
            warn(
                f"LossPlot found no histories in {str(self.directory)!r}: add "
                f"LossHistory({str(self.directory)!r}) to `callbacks`."
            )
        if self._lines() != self._drawn:
            self._draw_both()

    def _lines(self) -> dict[str, int]:
        """How many lines each history has."""
        return {name: len(values) for name, values in read_histories(self.directory).items()}


def read_histories(directory: Path) -> dict[str, np.ndarray]:
    """Reads what `LossHistory` wrote, NaN where a line is damaged.

    A line that is being written is left out.
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
    # Without pyplot: its windows and global state belong to the user.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6), dpi=100)
    losses, accuracy = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    # Fixed, for a layout that fits itself takes longer than all the rest.
    figure.subplots_adjust(left=0.12, right=0.98, bottom=0.08, top=0.98, hspace=0.06)
    for name, (label, colour, line) in _STYLES.items():
        axes = accuracy if name == "d_acc.txt" else losses
        values = histories[name]
        x = first + period * np.arange(len(values))
        if kind == "lines":
            axes.plot(x, values, line, color=colour, label=label, linewidth=1.2)
        else:
            axes.scatter(x, values, s=6, color=colour, label=label)
    accuracy.set_ylim(-0.05, 1.05)
    for axes, title in ((losses, "loss"), (accuracy, "accuracy")):
        axes.set_ylabel(title)
        axes.yaxis.set_label_coords(-0.1, 0.5)
        axes.grid(alpha=0.3)
        axes.legend(loc="best", fontsize="small")
    accuracy.set_xlabel(unit)
    return figure
