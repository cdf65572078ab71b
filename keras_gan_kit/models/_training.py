"""The state of a model's training: position, restored checkpoint and active players."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
import numpy as np
from keras import ops

from keras_gan_kit._errors import invalid
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

    `fit` begins and ends it, and updates it before any other callback runs.

    Attributes:
        position: The `Position`.
        before: The position before the current or the last call of `fit`.
        steps: The number of steps that the model has taken since it was made, as of the last
            batch of `fit`. `gan.steps_taken` reads the number from the device.
        turn: The players that learn from a shared generator pass: 0 is the discriminator, 1 the
            generator.
        earlier: The number of epochs in earlier calls of `fit`. It is saved with the model.
        dataset: The `ArrayDataset` that `fit` trains on; None for streams and outside of `fit`.
        constants: The settings that the compiled step contains.
        said_jit: Whether the choice of `jit_compile="auto"` has been printed.
        networks: The generator, discriminator and augmenter in the compiled step.
        loaded_rates: The learning rates that the file's model was compiled with; None if unknown.
        restored: The checkpoint that the model was restored from and the number of steps that it
            had taken; (None, 0) without one.
    """

    def __init__(self) -> None:
        self.position = self.before = Position()
        self.steps = 0
        self.earlier = 0
        self.turn: tuple[int, ...] = _BOTH
        self.dataset: ArrayDataset | None = None
        self.restored: tuple[Path | None, int] = (None, 0)
        self.said_jit = False
        self.loaded_rates: np.ndarray | None = None
        self._first = Position()  # where the current `fit` starts
        self._means: np.ndarray | None = None  # running means to continue a resumed epoch with
        self._steps_before = 0  # done in the epoch when it began
        self.constants: tuple[Any, ...] = ()
        self.networks: tuple[Any, Any, Any] = (None, None, None)
        self._functions: dict[tuple[int, ...], Any] = {}  # compiled steps by turn

    @property
    def epoch(self) -> int:
        """The current epoch; between epochs, the next one."""
        return self.position.epoch

    @property
    def step(self) -> int:
        """The number of steps done in the current epoch."""
        return self.position.step

    @property
    def round(self) -> int:
        """The current epoch, counted over all calls of `fit`: the order of arrays depends on it."""
        return self.earlier + self.position.epoch

    # Loading.

    def load(
        self, position: Iterable[int], earlier: int = 0, rates: np.ndarray | None = None
    ) -> None:
        """Loads the state of the training from a file's values.

        Args:
            position: The position.
            earlier: The number of epochs in earlier calls of `fit`.
            rates: The learning rates at the last `compile` before the file was written.
        """
        self.position, self.earlier = Position(*map(int, position)), earlier
        self.loaded_rates = rates

    def reset(self) -> None:
        """Returns to the position of a new model."""
        self.position, self.earlier = Position(), 0

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

    def forget_functions(self) -> None:
        """Drops the compiled steps of other turns, after a change of the step."""
        self._functions = {}

    def _take_turn(self, gan: GANModel) -> None:
        """Switches the active player: the discriminator in even rounds, the generator in odd ones.

        Each player's compiled step is kept for its next turn.
        """
        turn = (self.round % 2,)
        if gan.update_order == "rounds" and self.turn != turn:
            before, self.turn = self.turn, turn
            self._functions[before] = gan.exchange_train_function(self._functions.get(turn))

    # One call of `fit`.

    def begin(
        self,
        gan: GANModel,
        dataset: ArrayDataset | None,
        *,
        epoch: int,
        step: int = 0,
        resumed: bool = False,
    ) -> None:
        """Begins a call of `fit`.

        Args:
            gan: The model.
            dataset: The data, if training can start at any of its steps.
            epoch: The epoch to start at.
            step: The step in it to start at.
            resumed: Whether a callback has restored this position.
        """
        self.before = self.position
        self.steps = gan.steps_taken
        if self.steps and not resumed:
            # Another call continues the rounds and the data of the earlier ones.
            done = self.before.epoch + (self.before.step > 0)
            self.earlier = max(0, self.earlier + done - epoch)
        batch_size = 0 if dataset is None else dataset.batch_size
        self.position = self._first = Position(epoch, step, 0, batch_size)
        self.dataset = dataset
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
        self._take_turn(gan)
        if self.dataset is not None:
            self.dataset.seek(self.round, self.step)
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
    """Updates `gan.progress` before any other callback runs.

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

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Compiles the step again if a setting has changed."""
        self.gan.renew_step()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Counts the steps of an execution."""
        if not self.training.position.steps_per_epoch and self.gan.steps_per_execution > 1:
            self.training.count(self.model)
        else:
            self.training.end_batch(batch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Ends an epoch."""
        self.training.end_epoch(self.gan, epoch)


def save_random_states(states: list[Any], store: Any) -> None:
    """Writes the variables of seeds."""
    for i, state in enumerate(states):
        store[f"seed_{i}"] = ops.convert_to_numpy(state)


def load_random_states(states: list[Any], store: Any) -> None:
    """Reads what `save_random_states` wrote.

    Raises:
        ValueError: If the file has a different number of seeds.
    """
    found = sum(key.startswith("seed_") for key in store.keys())  # noqa: SIM118 (no mapping)
    if found != len(states):
        raise invalid(
            "filepath",
            received=f"a file with {found} random states",
            expected=f"the {len(states)} of this model",
            fix="load it into a model with the same layers",
        )
    for i, state in enumerate(states):
        state.assign(np.asarray(store[f"seed_{i}"]))
