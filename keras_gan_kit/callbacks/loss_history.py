"""Writes loss histories to text files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from keras_gan_kit._files import check_directory, written_atomically
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback
from keras_gan_kit.models._gan_model import GANModel

# Each file and its key in the logs.
FILES = {"d_loss.txt": "d_loss", "d_acc.txt": "d_accuracy", "g_loss.txt": "g_loss"}


class LossHistory(PeriodicCallback):
    """Writes `d_loss.txt`, `d_acc.txt` and `g_loss.txt`, with one number per line.

    With `unit="step"`, there is a line for step 0 and then one every `every` steps: 30,001 steps
    and `every=100` give 301 lines. With `unit="epoch"`, there is a line every `every` epochs. Each
    number is the mean over the steps since the previous line, accumulated on the device. You can
    read the files during training.

    After a resume, the files continue without gaps or repetitions: lines of steps that are trained
    again are removed first. A model that has taken no step starts new files.

    Args:
        directory: The folder for the files. It is created if needed.
        every: The number of steps or epochs per line, at least 1.
        unit: "step" or "epoch".

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If `every` is below 1, or `unit` is unknown.

    Example:
        >>> LossHistory("runs/digits", every=100).unit
        'step'
    """

    chief_only = True

    def __init__(self, directory: str | Path, *, every: int = 100, unit: str = "step") -> None:
        super().__init__(every=every, unit=unit)
        self.directory = check_directory("directory", directory)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder of the histories."""
        return (self.directory,)

    def steps_remembered(self, steps_per_epoch: int | None) -> int:
        """Requests all steps of a line from the step log."""
        return self._steps_between_events(steps_per_epoch)

    def on_train_begin(self, logs: Any = None) -> None:
        """Cuts the files to the current position of the training."""
        super().on_train_begin(logs)
        self.directory.mkdir(parents=True, exist_ok=True)
        gan: GANModel = self.model
        steps = gan.steps_taken
        epoch, step, in_epoch, _ = gan.progress.position
        written: int = min(self._count(name) for name in FILES)
        if self.unit == "step":
            expected = -(-steps // self.every)
        else:  # another `fit` counts its epochs from 0, and continues the lines
            expected = epoch // self.every if epoch or step or not steps else written
        self._lines = min(expected, written)
        for name in FILES:
            self._truncate(name, self._lines)
        self._pending: list[np.ndarray] = []
        if self.unit == "step":
            self._seen = self._line_begin()
            if gan.step_log.read(self._seen)[0] > self._seen:
                # Earlier lines were never written, and the log no longer has their steps.
                self._lines = expected
                self._seen = self._line_begin()
        else:
            self._seen = steps - (epoch % self.every if epoch else 0) * in_epoch - step
            self._seen -= max(0, expected - self._lines) * self.every * in_epoch
        self._seen = gan.step_log.read(self._seen)[0]
        self._drain(self.every * in_epoch if self.unit == "epoch" else None)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Reads the step log when a line is due, or before the log drops a step."""
        unread = self.gan.progress.steps - self._seen
        full = unread > self.gan.step_log.capacity - 2 * self.gan.steps_per_execution
        if full or (self.unit == "step" and self.gan.progress.steps >= self._line_end()):
            self._drain()

    def on_event(self, name: str) -> None:
        """Writes the line of an epoch."""
        if self.unit == "epoch":
            self._drain()
            self._write_line()

    def on_train_end(self, logs: Any = None) -> None:
        """Reads the last steps."""
        self._drain()

    def _line_begin(self) -> int:
        """Returns the first step of the next line."""
        return (self._lines - 1) * self.every + 1 if self._lines else 0

    def _line_end(self) -> int:
        """Returns the number of steps at which the next line is complete."""
        end: int = self._lines * self.every + 1
        return end

    def _drain(self, steps_per_line: int | None = None) -> None:
        """Reads new steps from the log, and writes the lines that they complete."""
        _, rows = self.model.step_log.read(self._seen)
        for row in rows:
            self._pending.append(row)
            self._seen += 1
            if self.unit == "step":
                complete = self._seen == self._line_end()
            else:
                complete = len(self._pending) == steps_per_line
            if complete:
                self._write_line()

    def _write_line(self) -> None:
        if not self._pending:
            return
        means = np.mean(self._pending, axis=0)
        names = self.gan.step_log.names
        for name, key in FILES.items():
            with (self.directory / name).open("a", encoding="utf-8") as file:
                file.write(f"{means[names.index(key)]:.9g}\n")
        self._lines += 1
        self._pending = []

    def _count(self, name: str) -> int:
        path = self.directory / name
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def _truncate(self, name: str, lines: int) -> None:
        path = self.directory / name
        # Bytes, because damaged text must not stop a training.
        kept = path.read_bytes().split(b"\n")[:lines] if path.exists() else []
        with written_atomically(path) as unfinished:
            unfinished.write_bytes(b"".join(line + b"\n" for line in kept))
