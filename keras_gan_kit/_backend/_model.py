"""Protocols of the model and its training, as the backends use them."""

from __future__ import annotations

from typing import Any, Protocol


class Training(Protocol):
    """The training of a model; `models._training.Training` is one."""

    dataset: Any

    @property
    def round(self) -> int:
        """The current epoch, counted over all calls of `fit`."""

    @property
    def step(self) -> int:
        """The number of steps done in it."""


class Model(Protocol):
    """The model that trains; `GAN` is one."""

    generator: Any
    discriminator: Any
    augmenter: Any
    ema_generator: Any
    seed: int | None
    seed_generator: Any
    optimizer: Any
    run_eagerly: bool
    steps_per_execution: int
    jit_compile: bool
    distribute_strategy: Any  # on TensorFlow
    variables: list[Any]
    trainable_variables: list[Any]
    non_trainable_variables: list[Any]
    metrics_variables: list[Any]

    @property
    def networks(self) -> tuple[Any, Any, Any]:
        """The generator, the discriminator and the augmenter, which may be None."""

    @property
    def progress(self) -> Training:
        """The position of the training."""

    @property
    def random_states(self) -> list[Any]:
        """The seeds of the model and its layers."""

    @property
    def steps_taken(self) -> int:
        """The number of training steps since the model was made."""

    def train_step(self, *args: Any) -> Any:
        """Trains on a batch."""

    def test_step(self, *args: Any) -> Any:
        """Evaluates a batch."""

    def get_metrics_result(self) -> dict[str, Any]:
        """Returns what training logs."""

    def evaluation_results(self) -> dict[str, Any]:
        """Returns what evaluation logs."""

    def overrides(self, step: str) -> bool:
        """Returns whether a subclass overrides `train_step` or `test_step`."""
