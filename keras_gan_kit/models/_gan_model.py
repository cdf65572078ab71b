"""The Keras model beneath `GAN`: fitting, evaluation, sampling and saving."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.models._check_data import (
    check_is_data,
    check_samples,
    check_stream,
    is_arrays,
    refuse_labels,
)
from keras_gan_kit.models._check_networks import check_networks
from keras_gan_kit.models._compilation import player_optimizer
from keras_gan_kit.models._fit import Fit, check_compiled
from keras_gan_kit.models._sampling import choose_latents, run
from keras_gan_kit.models._training import Progress

# Evaluation draws its latents from here, so that it is repeatable and leaves training alone.
_EVALUATION_SEED = 0x5EED


_NETWORKS = ("generator", "discriminator", "augmenter")
_SETTINGS = ("discriminator_steps", "ema_momentum", "seed", "name")


class GANModel(keras.Model):
    """The abstract part of `GAN` that has nothing adversarial in it.

    `GAN.__init__` sets the networks, `discriminator_steps`, `ema_momentum`, `augmenter`, `seed`
    and `seed_generator`; `compile` sets `step_log`, `settings`, `adversarial_loss`,
    `penalties`, `update_order` and `evaluation_metrics`.
    """

    step_log: Any = None  # a StepLog, once compiled
    settings: Any = None  # Settings, once compiled
    optimizer: Any
    generator_optimizer = player_optimizer(1)
    discriminator_optimizer = player_optimizer(0)
    progress: Progress | None = None
    _compile_arguments: dict[str, Any] | None = None
    saved_place: tuple[int, ...] = (0, 0, 0, 0)
    restored: tuple[Path | None, int] = (None, 0)  # the checkpoint, and the steps it had taken
    turn: tuple[int, ...] = (0, 1)  # who learns where both look at one generator pass
    evaluation_metrics: tuple[keras.metrics.Metric, ...] = ()
    preview_group: int = 1  # how many samples of `preview` belong together, in one row

    # Sampling.

    @property
    def sampling_network(self) -> keras.Model:
        """The network that samples are drawn from: the averaged generator, if there is one."""
        return self.generator if self.ema_generator is None else self.ema_generator

    def call(self, latents: Any, training: bool = False) -> Any:
        """Maps latents to samples, by the averaged generator unless `training`."""
        network = self.generator if training else self.sampling_network
        return network(latents, training=training)

    def generate(
        self,
        num_samples: int | None = None,
        *,
        seed: int | None = None,
        latents: Any = None,
        batch_size: int | None = None,
        verbose: int = 0,
    ) -> Any:
        """Draws samples.

        Sample i depends on `seed` and i alone, to float rounding: `generate(n, seed=s)[:k]` is
        `generate(k, seed=s)`, whatever the batch size.

        Args:
            num_samples: How many. May be left out where `latents` are given.
            seed: An integer of at least 0; None draws other samples every time.
            latents: float32 of shape (num_samples, latent_dim), instead of drawn ones.
            batch_size: How many go through the generator at once; None for 256 at most.
            verbose: 1 shows a progress bar.

        Returns:
            NumPy arrays in the structure of a sample, float32, the batch axis first.

        Raises:
            TypeError: If a number is not an integer.
            ValueError: If a number is out of range, or `latents` have the wrong shape.
        """
        inputs = choose_latents(self, num_samples, seed=seed, given=latents)
        return run(self.sampling_network, inputs, batch_size=batch_size, verbose=verbose)

    def preview(self, num_samples: int, *, seed: int, batch_size: int | None = None) -> Any:
        """Draws what `SampleGrid` shows; a hook for models that have more to show."""
        return self.generate(num_samples, seed=seed, batch_size=batch_size)

    # Training and evaluation.

    @property
    def steps_taken(self) -> int:
        """How many training steps the model has taken since it was made."""
        return 0 if self.step_log is None else int(ops.convert_to_numpy(self.step_log.steps))

    @property
    def position(self) -> tuple[int, int, int]:
        """Where `fit` stands: the epoch, the step in it, and the steps of an epoch (0: unknown)."""
        epoch, step, in_epoch, _ = self.place
        return epoch, step, in_epoch

    @property
    def place(self) -> tuple[int, ...]:
        """The position and the batch size, which together say what comes next."""
        return self.saved_place if self.progress is None else self.progress.place

    def check_networks(self, generator: Any, discriminator: Any) -> int | None:
        """Refuses networks that cannot play together; returns the length of a latent, if any."""
        return check_networks(generator, discriminator)

    def check_data(self, argument: str, samples: Any, y: Any) -> None:
        """Refuses data that the model cannot learn from; a hook for models that take labels."""
        refuse_labels(self, y)
        check_samples(argument, samples, self.generator)

    def keep_examples(self, samples: Any, y: Any) -> None:
        """Keeps some of what `fit` is given; a hook for models that draw from images."""

    def update_metric(self, metric: Any, real: Any, fake: Any, condition: Any) -> None:
        """Shows a batch to one of the metrics of `compile`; a hook for models with weights."""
        metric.update_state(real, fake)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        *,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> keras.callbacks.History:
        """Trains on real samples.

        Arrays are drawn in an order that depends on (seed, epoch, step) alone, which makes a
        resume exact inside an epoch too. `steps_per_epoch` runs exactly that many batches an
        epoch, passing over arrays as often as it takes.

        Args:
            x: Real samples: an array, a dict or list of arrays, an `ArrayDataset`, a
                tf.data.Dataset, a PyDataset, a torch DataLoader or a generator. Images are
                float32 in the range of the generator.
            y: Labels, for models that take them.
            batch_size: Samples in a batch of arrays; None for 32. Streams make their own batches.
            epochs: At which epoch to stop.
            verbose: "auto", 0, 1 or 2, as in Keras.
            callbacks: Keras callbacks, of this package or not, in any order.
            validation_split: The share of arrays, at their end, to hold out.
            validation_data: Held-out samples to evaluate after epochs.
            shuffle: Whether arrays come in a new order in every pass.
            initial_epoch: At which epoch to start; a restored checkpoint knows better.
            steps_per_epoch: The batches of an epoch; None for one pass.
            validation_steps: The batches to evaluate; None for all.
            validation_batch_size: Samples in a batch to evaluate; None for `batch_size`.
            validation_freq: After how many epochs to evaluate, or a list of epochs.

        Returns:
            Keras' History.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If the data does not match the generator. No weight has changed then.
            OSError: If the folder of a callback cannot be written to, or another training is at
                work there (`BlockingIOError`).
        """
        fit = Fit(
            self,
            x,
            y,
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
        )
        with fit.running():
            return super().fit(**fit.keras_arguments)

    def evaluate(self, x: Any = None, y: Any = None, **options: Any) -> Any:
        """Computes what training logs, and the metrics of `compile`, without learning.

        The networks run as they do for sampling; latents are the same every time.

        Args:
            x: Real samples, as in `fit`.
            y: Labels, for models that take them.
            **options: As in `keras.Model.evaluate`.

        Returns:
            The values in the order of `metrics_names`, or a dict with `return_dict=True`.
        """
        if not options.get("_use_cached_eval_dataset"):
            check_compiled(self)
            check_is_data("x", x)
            if options.get("batch_size") is not None:
                integer("batch_size", options["batch_size"])
            if is_arrays(x):
                self.check_data("x", x, y)
            else:
                x = check_stream(self, "x", x)
        before = ops.convert_to_numpy(self.seed_generator.state).copy()
        self.seed_generator.state.assign(np.array([_EVALUATION_SEED, 0], before.dtype))
        try:
            logs = super().evaluate(x, y, **options | {"return_dict": True})
        finally:
            self.seed_generator.state.assign(before)
        return with_late_results(self, logs, as_dict=options.get("return_dict", False))

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The step log, the settings, and the metrics given to `compile`."""
        own = [] if self.step_log is None else [self.step_log, self.settings]
        return [*own, *self.evaluation_metrics]

    @property
    def metrics_names(self) -> list[str]:
        """The names in the order in which `evaluate` returns values."""
        names = [] if self.step_log is None else sorted(self.step_log.names)
        return [m.name for m in self.evaluation_metrics] + names

    def get_metrics_result(self) -> dict[str, Any]:
        """Returns the means since the epoch began, by their name in the logs."""
        return {} if self.step_log is None else self.step_log.result()

    def evaluation_results(self) -> dict[str, Any]:
        """Returns the means and the metrics since the evaluation began."""
        return self.get_metrics_result() | running_results(self)

    def summary(self, *args: Any, **kwargs: Any) -> None:
        """Prints the tables of both networks, and the total number of their parameters."""
        self.generator.summary(*args, **kwargs)
        self.discriminator.summary(*args, **kwargs)
        # Keras would count the slots of the optimizers among the parameters.
        optimizer, self.optimizer = getattr(self, "optimizer", None), None
        try:
            super().summary(*args, **kwargs)
        finally:
            self.optimizer = optimizer

    # Saving.

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        config: dict[str, Any] = keras.saving.serialize_keras_object(
            {name: getattr(self, name) for name in _NETWORKS + _SETTINGS}
        )
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes the model that `get_config` described."""
        config = copy.deepcopy(config)  # Keras takes nested configurations apart
        return cls(**keras.saving.deserialize_keras_object(config, custom_objects))

    def get_compile_config(self) -> dict[str, Any]:
        """Returns the arguments of `compile`."""
        if self._compile_arguments is None:
            return {}
        config: dict[str, Any] = keras.saving.serialize_keras_object(self._compile_arguments)
        return config

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles as `get_compile_config` described."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    @property
    def random_states(self) -> list[Any]:
        """The seeds of the model and of every layer that draws numbers: Keras saves none."""
        known = {id(variable) for variable in self.weights}
        return [variable for variable in self.variables if id(variable) not in known]

    def save_own_variables(self, store: Any) -> None:
        """Writes what Keras leaves out: the seeds, and where training stands."""
        save_random_states(self.random_states, store)
        store["position"] = np.array(self.place, "int64")

    def load_own_variables(self, store: Any) -> None:
        """Reads what `save_own_variables` wrote.

        Raises:
            ValueError: If the file holds another number of seeds.
        """
        load_random_states(self.random_states, store)
        self.saved_place = tuple(int(n) for n in np.asarray(store["position"]))


def save_random_states(states: list[Any], store: Any) -> None:
    """Writes the variables that seeds are kept in."""
    for i, state in enumerate(states):
        store[f"seed_{i}"] = ops.convert_to_numpy(state)


def load_random_states(states: list[Any], store: Any) -> None:
    """Reads what `save_random_states` wrote.

    Raises:
        ValueError: If the file holds another number of seeds.
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


def late_metrics(gan: Any) -> list[Any]:
    """Lists the metrics whose result is too costly for every step: `only_at_end` is True."""
    return [m for m in gan.evaluation_metrics if getattr(m, "only_at_end", False)]


def running_results(gan: Any) -> dict[str, Any]:
    """Returns the values so far of all metrics that have one in every step."""
    late = {id(metric) for metric in late_metrics(gan)}
    values: dict[str, Any] = {}
    for metric in gan.evaluation_metrics:
        if id(metric) not in late:
            result = metric.result()
            values |= result if isinstance(result, dict) else {metric.name: result}
    return values


def with_late_results(gan: Any, logs: dict[str, Any], *, as_dict: bool) -> Any:
    """Adds what was not asked for in the steps; orders values as `metrics_names`, unless a dict."""
    logs |= {metric.name: float(metric.result()) for metric in late_metrics(gan)}
    names = [name for name in gan.metrics_names if name in logs]
    return logs if as_dict else [logs[name] for name in [*names, *sorted({*logs} - {*names})]]
