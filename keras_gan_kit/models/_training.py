"""Where training stands, and whose turn it is."""

from __future__ import annotations

from typing import Any

import keras

from keras_gan_kit.data import ArrayDataset


class Progress(keras.callbacks.Callback):
    """Follows one `fit`, before every other callback, and moves the data along.

    It holds the model itself where Keras' callbacks use `self.model`: on JAX that would copy the
    state back to the model after every step.

    Args:
        gan: The model.
        dataset: The `ArrayDataset` that is trained on, or None for another stream.
        start: The epoch and the step in it that training continues from.

    Attributes:
        epoch: The epoch under way; between epochs the next one.
        step: How many steps of it are done.
        steps: How many steps the model has taken since it was made.
    """

    def __init__(self, gan: Any, dataset: ArrayDataset | None, start: tuple[int, int]) -> None:
        super().__init__()
        self.params: dict[str, Any] = {}
        self.gan = gan
        self.dataset = dataset
        self.start = start
        self.epoch, self.step = start
        self.steps: int = gan.steps_taken
        # `fit` resets the running means at the beginning of the epoch that it goes on with.
        self._means = gan.step_log.running_means() if self.step else None
        self._in_epoch_before = 0

    @property
    def place(self) -> tuple[int, ...]:
        """The epoch, the step in it, the steps of an epoch and the batch size; 0 if unknown."""
        batch_size = self.dataset.batch_size if self.dataset is not None else 0
        return self.epoch, self.step, self.params.get("steps") or 0, batch_size

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Points the data at this epoch; after a resume, at the middle of it."""
        taken = self.gan.steps_taken
        if taken != self.steps:  # another callback loaded weights, of the beginning of an epoch
            self.start, self._means, self.steps = (epoch, 0), None, taken
        resumed = epoch == self.start[0]
        self.epoch, self.step = epoch, self.start[1] if resumed else 0
        self._in_epoch_before = self.step
        take_turn(self.gan, epoch)
        if self.dataset is not None:
            self.dataset.seek(epoch, self.step)
        if resumed and self._means is not None:
            self.gan.step_log.set_running_means(self._means)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Counts; `batch` is the last one of an execution and may point past the end."""
        in_epoch = self.params.get("steps")
        if in_epoch is None and self.gan.steps_per_execution > 1:
            taken = self.model.steps_taken - self.steps  # the stream may have ended on the way
        else:
            reached = self._in_epoch_before + batch + 1
            taken = min(reached, in_epoch or reached) - self.step
        self.step += taken
        self.steps += taken

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Counts from the device: the length of a stream may have been unknown."""
        if not self.gan.stop_training or self.step == self.params.get("steps"):
            self.epoch, self.step = epoch + 1, 0
        self.steps = self.gan.steps_taken


def begin_turns(gan: Any) -> None:
    """Forgets compiled steps, after `compile` or another change of what a step does."""
    gan.turn = (0,) if gan.update_order == "rounds" else (0, 1)
    gan.turn_functions = {}


def take_turn(gan: Any, epoch: int) -> None:
    """Lets the player learn whose epoch it is: the discriminator in even ones, counted from 0.

    Each player has a compiled step of its own, which is kept for its next turn.
    """
    turn = (epoch % 2,)
    if gan.update_order != "rounds" or gan.turn == turn:
        return
    gan.turn_functions[gan.turn[0]] = gan.train_function
    gan.turn, gan.train_function = turn, gan.turn_functions.get(turn[0])
    gan.make_train_function()
