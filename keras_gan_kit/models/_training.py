"""One training of a model: where it stands, what it was restored from, and who learns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
import numpy as np

from keras_gan_kit.data import ArrayDataset

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel

DISCRIMINATOR, GENERATOR = 0, 1
_BOTH = (DISCRIMINATOR, GENERATOR)


class Position(NamedTuple):
    """The position of a training. It is saved with the model.

    Attributes:
        epoch: The current epoch, counted from 0; between epochs, the next one.
        step: The number of steps done in it.
        steps_per_epoch: The number of steps in an epoch; 0 if unknown.
        batch_size: The batch size of arrays; 0 for streams.
    """

    epoch: int = 0
    step: int = 0
    steps_per_epoch: int = 0
    batch_size: int = 0


class Training:
    """The training of one model, which `gan.progress` holds.

    `fit` begins and ends it, and moves it forward before any other callback runs.

    Attributes:
        position: The `Position`.
        before: The position at which the current or the last `fit` found the model.
        steps: The number of steps that the model has taken since it was made, as of the last
            batch of `fit`. `gan.steps_taken` asks the device instead.
        turn: The players that learn from a shared generator pass: 0 is the discriminator, 1 the
            generator.
        dataset: The `ArrayDataset` that `fit` trains on; None for streams and outside of `fit`.
        restored: The checkpoint that the model was restored from and the number of steps that it
            had taken; (None, 0) without one.
    """

    def __init__(self) -> None:
        self.position = self.before = Position()
        self.steps = 0
        self.turn: tuple[int, ...] = _BOTH
        self.dataset: ArrayDataset | None = None
        self.restored: tuple[Path | None, int] = (None, 0)
        self._first = Position()  # where the current `fit` starts
        self._means: np.ndarray | None = None  # running means to continue a resumed epoch with
        self._steps_before = 0  # done in the epoch when it began
        self._functions: dict[tuple[int, ...], Any] = {}  # compiled steps by turn

    @property
    def epoch(self) -> int:
        """The current epoch; between epochs, the next one."""
        return self.position.epoch

    @property
    def step(self) -> int:
        """The number of steps done in the current epoch."""
        return self.position.step

    # Loading.

    def load(self, position: Iterable[int]) -> None:
        """Takes the position from a file."""
        self.position = Position(*map(int, position))

    def reset(self) -> None:
        """Returns to the position of a new model."""
        self.position = Position()

    def restore(self, path: Path, steps: int) -> None:
        """Remembers the checkpoint that the model was restored from.

        Args:
            path: The checkpoint.
            steps: The number of steps that the restored model has taken.
        """
        self.restored = (path.resolve(), steps)

    # Turns.

    def begin_turns(self, update: str) -> None:
        """Starts with the discriminator if players take turns, after every change of the step."""
        self.turn = (DISCRIMINATOR,) if update == "rounds" else _BOTH
        self._functions = {}

    def _take_turn(self, gan: GANModel, epoch: int) -> None:
        """Changes who learns: the discriminator in even epochs, the generator in odd ones.

        Each player's compiled step is kept for its next turn.
        """
        turn = (epoch % 2,)
        if gan.update_order == "rounds" and self.turn != turn:
            before, self.turn = self.turn, turn
            self._functions[before] = gan.exchange_train_function(self._functions.get(turn))

    # One call of `fit`.

    def begin(
        self, gan: GANModel, dataset: ArrayDataset | None, *, epoch: int, step: int = 0
    ) -> None:
        """Begins a call of `fit`.

        Args:
            gan: The model.
            dataset: The data, if it can be entered anywhere.
            epoch: The epoch to start at.
            step: The step in it to start at.
        """
        self.before = self.position
        batch_size = 0 if dataset is None else dataset.batch_size
        self.position = self._first = Position(epoch, step, 0, batch_size)
        self.dataset = dataset
        self.steps = gan.steps_taken
        # `fit` resets the running means at the beginning of the epoch that it resumes.
        self._means = gan.step_log.running_means() if step else None
        self._steps_before = 0

    def end(self) -> None:
        """Ends a call of `fit`."""
        self.dataset = None

    def set_steps_per_epoch(self, steps: int | None) -> None:
        """Takes the number of steps in an epoch from Keras."""
        self.position = self.position._replace(steps_per_epoch=steps or 0)

    def begin_epoch(self, gan: GANModel, epoch: int) -> None:
        """Moves the data to an epoch; after a resume, into the middle of it."""
        taken = gan.steps_taken
        if taken != self.steps:  # another callback has loaded weights from the start of an epoch
            self._first, self._means, self.steps = Position(epoch), None, taken
        resumed = epoch == self._first.epoch
        self._steps_before = self._first.step if resumed else 0
        self.position = self.position._replace(epoch=epoch, step=self._steps_before)
        self._take_turn(gan, epoch)
        if self.dataset is not None:
            self.dataset.seek(epoch, self.step)
        if resumed and self._means is not None:
            gan.step_log.set_running_means(self._means)

    def end_batch(self, batch: int) -> None:
        """Counts the steps of an execution.

        Args:
            batch: The last batch of the execution. It may lie past the end of the epoch.
        """
        reached = self._steps_before + batch + 1
        self._advance(min(reached, self.position.steps_per_epoch or reached) - self.step)

    def count(self, gan: GANModel) -> None:
        """Counts the steps on the device: a stream of unknown length may end in an execution."""
        self._advance(gan.steps_taken - self.steps)

    def _advance(self, steps: int) -> None:
        self.position = self.position._replace(step=self.step + steps)
        self.steps += steps

    def end_epoch(self, gan: GANModel, epoch: int) -> None:
        """Moves to the next epoch, unless training was stopped inside of this one."""
        if not gan.stop_training or self.step == self.position.steps_per_epoch:
            self.position = self.position._replace(epoch=epoch + 1, step=0)
        self.steps = gan.steps_taken


class TrainingCallback(keras.callbacks.Callback):
    """Moves `gan.progress` forward, before any other callback runs.

    It holds the model itself. On JAX, `self.model` copies the state back to the model after every
    step.

    Args:
        gan: The model.
    """

    def __init__(self, gan: GANModel) -> None:
        super().__init__()
        self.gan = gan
        self.training = gan.progress

    def set_params(self, params: dict[str, Any]) -> None:
        """Takes the number of steps in an epoch."""
        super().set_params(params)
        self.training.set_steps_per_epoch(params.get("steps"))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begins an epoch."""
        self.training.begin_epoch(self.gan, epoch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Counts the steps of an execution."""
        if not self.training.position.steps_per_epoch and self.gan.steps_per_execution > 1:
            self.training.count(self.model)
        else:
            self.training.end_batch(batch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Ends an epoch."""
        self.training.end_epoch(self.gan, epoch)
