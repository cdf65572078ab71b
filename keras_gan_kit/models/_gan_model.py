"""The Keras model beneath `GAN`: fitting, evaluation, sampling and saving."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops, tree

from keras_gan_kit._arguments import integer
from keras_gan_kit._backend import variables_scope, wrap_test_function, wrap_train_function
from keras_gan_kit._errors import warn
from keras_gan_kit._keras import KerasModel, drop_loss_tracker, is_validation, portable_config
from keras_gan_kit.losses import AdversarialLoss
from keras_gan_kit.losses._weights import weighted
from keras_gan_kit.models._check_batches import explained_labels
from keras_gan_kit.models._check_compile import change_momentum, check_attribute, check_update
from keras_gan_kit.models._check_data import check_samples, refuse_labels
from keras_gan_kit.models._check_networks import check_networks
from keras_gan_kit.models._check_weights import check_parts_take_weights, check_weights
from keras_gan_kit.models._compilation import Compilation
from keras_gan_kit.models._evaluation import repeatable, running_results, with_late_results
from keras_gan_kit.models._export import check_keras_file, export_sampler
from keras_gan_kit.models._fit import prepared_fit
from keras_gan_kit.models._other_calls import checked_batch, checked_data
from keras_gan_kit.models._sampling import choose_latents, run, truncated
from keras_gan_kit.models._step import step_constants
from keras_gan_kit.models._step_log import StepLog
from keras_gan_kit.models._summary import print_summary
from keras_gan_kit.models._training import Training, load_random_states, save_random_states
from keras_gan_kit.penalties import Penalty

_NETWORKS = ("generator", "discriminator", "augmenter")
_SETTINGS = ("discriminator_steps", "ema_momentum", "seed", "name")


class GANModel(KerasModel):
    """Fits, evaluates, samples and saves a GAN; the base of `GAN`, which has the training step.

    Attributes:
        generator: The network that maps latents to samples.
        discriminator: The network that tells real from generated samples.
        ema_generator: The moving average of the generator, or None.
        augmenter: A layer for real and generated samples before the discriminator, or None.
        progress: The `Training`: its `position`, `epoch`, `step`, `steps` and more.
        step_log: What each training step logged; None before `compile`.
        settings: Hyperparameters of the step that callbacks change; None before `compile`.
        adversarial_loss: The loss of `compile`.
        penalties: The penalties of `compile`.
        update_order: The `update` of `compile`.
        evaluation_metrics: The metrics of `compile`.
    """

    # Names of the terms that a subclass logs: the keys of `discriminator_terms` and
    # `generator_terms`.
    term_names: tuple[str, ...] = ()

    # Set by `GAN.__init__`.
    generator: Any
    discriminator: Any
    ema_generator: Any
    augmenter: Any
    seed_generator: Any
    discriminator_steps: int
    ema_momentum: float | None
    seed: int | None
    draw_latents: Any
    latent_dim: Any  # an integer; None for models without latents
    # Set by `compile`.
    adversarial_loss: AdversarialLoss
    penalties: tuple[Penalty, ...] = ()
    update_order: str
    step_log: Any = None  # a `StepLog`
    settings: Any = None  # `Settings`
    evaluation_metrics: tuple[keras.metrics.Metric, ...] = ()
    preview_group: int = 1  # the number of samples of `preview` in a row of a grid
    _compile_arguments: dict[str, Any] | None = None
    label_classes: int | None = None  # labels of streams are 0 to `label_classes` - 1
    sampler_inputs: tuple[str, ...] = ("latents",)  # what an exported sampler calls its inputs
    fakes_have_targets: bool = False  # whether each generated sample belongs to a real one
    # Attributes that the compiled step contains as constants. A change compiles it again.
    constants: tuple[str, ...] = ("discriminator_steps",)

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.progress = Training()

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
        truncation: float = 1.0,
        batch_size: int | None = None,
        verbose: int = 0,
    ) -> Any:
        """Draws samples.

        Sample i depends only on `seed` and i, up to float rounding: `generate(n, seed=s)[:k]`
        equals `generate(k, seed=s)` for every batch size.

        Args:
            num_samples: The number of samples. Optional if `latents` are given.
            seed: An integer of at least 0; None draws different samples in every call.
            latents: Latents to use, float32 of shape (num_samples, latent_dim).
            truncation: A factor of the latents. Below 1, samples are more typical and less varied.
            batch_size: The batch size of the generator; None for 256 at most.
            verbose: 1 shows a progress bar.

        Returns:
            NumPy arrays in the structure of a sample, float32, the batch axis first.

        Raises:
            TypeError: If a number is not an integer.
            ValueError: If a number is out of range, or `latents` have the wrong shape.
        """
        drawn = choose_latents(self, num_samples, seed=seed, given=latents)
        inputs = truncated(drawn, truncation)
        return run(self.sampling_network, inputs, batch_size=batch_size, verbose=verbose)

    def export(
        self, filepath: str | Path, format: str = "tf_saved_model", **keras_options: Any
    ) -> None:
        """Exports the sampler to a format that runs without Keras.

        The sampler maps latents to samples, and takes the arguments of `generate` by name: labels
        of a `ConditionalGAN`, the source images of an `ImageToImageGAN`, the images `a` and `b` of
        a `CycleGAN`. It uses the averaged weights if there are any, and its outputs are those of
        `generate(latents=...)`. Names, shapes and ranges are in the metadata of an ONNX file, in
        `assets.extra/sampler.json` of a SavedModel, and in a `.json` file next to other files.
        `docs/export.md` shows how to run each format.

        | format | backends | path |
        |---|---|---|
        | "tf_saved_model" | tensorflow, jax, torch | a folder |
        | "onnx" | tensorflow, jax, torch | `.onnx` |
        | "litert" | tensorflow, torch | `.tflite` |
        | "openvino" | tensorflow, jax, torch | `.xml` |
        | "torch" | torch | `.pt2` |

        Args:
            filepath: The file to write, or the folder of a SavedModel.
            format: One of the formats above.
            keras_options: Options of `keras.Model.export`, for example `verbose=False`.

        Raises:
            TypeError: If `filepath` is not a path.
            ValueError: If the backend cannot write the format, or the path has another suffix.
            ImportError: If a converter is missing.
        """
        export_sampler(self.sampling_network, self.sampler_inputs, filepath, format, keras_options)

    def preview(self, num_samples: int, *, seed: int, batch_size: int | None = None) -> Any:
        """Draws the samples that `SampleGrid` shows. A hook."""
        return self.generate(num_samples, seed=seed, batch_size=batch_size)

    # Training and evaluation.

    @property
    def steps_taken(self) -> int:
        """The number of training steps since the model was made."""
        return 0 if self.step_log is None else int(ops.convert_to_numpy(self.step_log.steps))

    @property
    def position(self) -> tuple[int, int, int]:
        """The epoch, the step in it, and the steps in an epoch (0: unknown)."""
        return self.progress.position[:3]

    @property
    def discriminator_optimizer(self) -> Any:
        """The discriminator's optimizer; None before `compile`."""
        return self.optimizer.optimizers[0] if self.compiled else None

    @property
    def generator_optimizer(self) -> Any:
        """The generator's optimizer; None before `compile`."""
        return self.optimizer.optimizers[1] if self.compiled else None

    def wrap_train_function(self, function: Any) -> Any:
        """Adapts Keras' training function to the backend and its devices."""
        return wrap_train_function(self, function)

    def wrap_test_function(self, function: Any) -> Any:
        """Adapts Keras' evaluation function to the backend and its devices."""
        return wrap_test_function(self, function)

    def overrides(self, step: str) -> bool:
        """Returns whether a subclass of `GAN` overrides `train_step` or `test_step`."""
        return bool(getattr(type(self), step).__module__ != "keras_gan_kit.models.gan")

    def set_up(self, compiled: Compilation) -> None:
        """Stores the result of `compile`."""
        self.adversarial_loss = compiled.loss
        self.penalties = compiled.penalties
        self.update_order = compiled.update
        self.evaluation_metrics = compiled.metrics
        self.settings = compiled.settings
        self.step_log = compiled.step_log
        self.progress.begin_turns(self.update_order)
        super().compile(**compiled.keras_arguments)
        drop_loss_tracker(self)
        self._compile_arguments = compiled.arguments

    if not TYPE_CHECKING:  # if mypy saw a `__setattr__`, it would accept misspelled names

        def __setattr__(self, name: str, value: Any) -> None:
            check_attribute(name, value)
            if name == "ema_momentum" and hasattr(self, "ema_generator"):
                change_momentum(self, value)
            super().__setattr__(name, value)

    @property
    def networks(self) -> tuple[Any, Any, Any]:
        """The generator, the discriminator and the augmenter."""
        return self.generator, self.discriminator, self.augmenter

    def renew_step(self) -> None:
        """Compiles the step again if a setting that it contains as a constant has changed."""
        if step_constants(self) == self.progress.constants:
            return
        self.discriminator_steps = integer("discriminator_steps", self.discriminator_steps)
        check_update(self.update_order, self.discriminator_steps)
        self.drop_step_functions()
        self.progress.forget_functions()
        self.make_train_function()

    def make_train_function(self, force: bool = False) -> None:
        """Makes the training function if there is none, if a setting has changed, or if `force`."""
        if self.train_function is None or force:
            self.progress.constants = step_constants(self)
        else:
            self.renew_step()
        super().make_train_function(force=force)

    def make_test_function(self, force: bool = False) -> None:
        """Makes the evaluation function, as `make_train_function` makes that of training."""
        if self.test_function is not None:
            self.renew_step()
        super().make_test_function(force=force)

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Trains on one batch, as `keras.Model.train_on_batch`, with the checks of `fit`."""
        batch = checked_batch(self, x, y, sample_weight, class_weight, training=True)
        if self.update_order == "rounds":
            warn(
                "`train_on_batch` has no epochs, so with update='rounds' the players never take "
                "turns. Call `fit`, or compile with another `update`."
            )
        return super().train_on_batch(*batch, return_dict=return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Evaluates one batch, as `evaluate` does."""
        batch = checked_batch(self, x, y, sample_weight)
        with repeatable(self, None):
            logs = super().test_on_batch(*batch, return_dict=True)
        return with_late_results(self, logs, as_dict=return_dict)

    def remember_steps(self, number: int) -> None:
        """Makes the step log hold at least `number` steps."""
        if self.step_log.capacity >= number:
            return
        with variables_scope(self):
            longer = StepLog(self.step_log.names, number)
        longer.continue_from(self.step_log)
        self.step_log = longer
        self.drop_step_functions()  # they were compiled with the old log
        self.progress.begin_turns(self.update_order)

    def check_networks(self, generator: Any, discriminator: Any) -> int | None:
        """Checks the networks; returns the length of a latent, or None. A hook."""
        return check_networks(generator, discriminator)

    def check_data(self, argument: str, samples: Any, y: Any) -> None:
        """Checks data before training or evaluation. A hook."""
        refuse_labels(self, y)
        check_samples(argument, samples, self.generator)

    def check_weights(self, argument: str, weights: Any, samples: Any) -> None:
        """Checks the weights of samples before training or evaluation. A hook."""
        check_weights(argument, weights, len(tree.flatten(samples)[0]))
        check_parts_take_weights(self)

    def keep_examples(self, samples: Any, y: Any) -> None:
        """Keeps some of the data of `fit`, for models that generate from images. A hook."""

    def update_metric(
        self, metric: Any, real: Any, fake: Any, condition: Any, *, sample_weight: Any = None
    ) -> None:
        """Updates a metric of `compile` with a batch. A hook."""
        weighted(metric.update_state, sample_weight)(real, fake)

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
        sample_weight: Any = None,
        class_weight: Any = None,
        drop_remainder: bool = False,
    ) -> keras.callbacks.History:
        """Trains on real samples.

        The order of arrays depends only on (seed, epoch, step), so that a resume is exact even
        inside an epoch. Epochs count over all calls of `fit`: a later one sees other batches. With
        `steps_per_epoch`, an epoch has exactly that many batches, over as many passes of the arrays
        as needed.

        Args:
            x: Real samples: an array, a dict or list of arrays, an `ArrayDataset`, a
                tf.data.Dataset, a PyDataset, a torch DataLoader, a Grain dataset, or a generator,
                generator function or iterable of batches; `docs/resume.md` compares them. Images
                are float32 in the range of the generator.
            y: Labels, for models that take them.
            batch_size: The batch size of arrays; None for 32. Streams yield batches.
            epochs: The epoch to stop at: the total number of epochs.
            verbose: "auto", 0, 1 or 2, as in Keras.
            callbacks: Callbacks of this package or of Keras, in any order.
            validation_split: The fraction of arrays, at their end, to hold out.
            validation_data: Held-out samples for evaluation after epochs.
            shuffle: Whether arrays are shuffled in every pass.
            initial_epoch: The epoch to start at. A restored checkpoint takes precedence.
            steps_per_epoch: The number of batches in an epoch; None for one pass.
            validation_steps: The number of batches to evaluate; None for all.
            validation_batch_size: The batch size of validation; None for `batch_size`.
            validation_freq: The number of epochs between evaluations, or a list of epochs.
            sample_weight: The weights of arrays, (num_samples,), 1 on average. Streams yield
                (x, y, sample_weight), with None for y in models without labels.
            class_weight: Not supported; raises an error.
            drop_remainder: Whether passes over arrays leave out a last, smaller batch, for networks
                that compare groups of samples. Each pass leaves out other samples.

        Returns:
            Keras' History.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If the data does not match the generator. No weight has changed then.
            OSError: If the folder of a callback cannot be written to, or if another training uses
                it (`BlockingIOError`).
        """
        with prepared_fit(
            self,
            (x, y, sample_weight),
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
            class_weight=class_weight,
            drop_remainder=drop_remainder,
        ) as arguments:
            return super().fit(**arguments)

    def evaluate(self, x: Any = None, y: Any = None, **options: Any) -> Any:
        """Computes the logs of training and the metrics of `compile`, without training.

        The networks run as for sampling. The latents are the same in every call.

        Args:
            x: Real samples, as in `fit`.
            y: Labels, for models that take them.
            **options: As in `keras.Model.evaluate`, with `sample_weight` and `drop_remainder` as
                in `fit`.

        Returns:
            The values in the order of `metrics_names`, or a dict with `return_dict=True`.
        """
        if not is_validation(options):
            x, y = checked_data(self, x, y, options)
        with repeatable(self, options.get("steps")), explained_labels(self):
            logs = super().evaluate(x, y, **options | {"return_dict": True})
        return with_late_results(self, logs, as_dict=options.get("return_dict", False))

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The step log, the settings, and the metrics given to `compile`."""
        own = [] if self.step_log is None else [self.step_log, self.settings]
        return [*own, *self.evaluation_metrics]

    @property
    def metrics_names(self) -> list[str]:
        """The names of the values that `evaluate` returns, in their order."""
        names = [] if self.step_log is None else sorted(self.step_log.names)
        return [m.name for m in self.evaluation_metrics] + names

    def get_metrics_result(self) -> dict[str, Any]:
        """Returns the means since the beginning of the epoch by their names."""
        return {} if self.step_log is None else self.step_log.result()

    def evaluation_results(self) -> dict[str, Any]:
        """Returns the means and the metrics since the beginning of the evaluation."""
        return self.get_metrics_result() | running_results(self)

    def summary(self, *args: Any, **kwargs: Any) -> None:
        """Prints both networks, the number of their parameters, and the optimizers."""
        print_summary(self, super().summary, args, kwargs)

    # Saving.

    def save(self, filepath: str | Path, overwrite: bool = True, **options: Any) -> None:
        """Saves the model and its training in a `.keras` file, as `keras.Model.save`."""
        check_keras_file(filepath)
        super().save(filepath, overwrite=overwrite, **options)

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
        return dict(portable_config(config))

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles as `get_compile_config` described."""
        self.compile(**keras.saving.deserialize_keras_object(portable_config(config)))

    @property
    def random_states(self) -> list[Any]:
        """The seeds of the model and of its layers. Keras does not save them."""
        known = {id(variable) for variable in self.weights}
        return [variable for variable in self.variables if id(variable) not in known]

    def save_own_variables(self, store: Any) -> None:
        """Writes what Keras does not save: the seeds and the position of the training."""
        save_random_states(self.random_states, store)
        store["position"] = np.array(self.progress.position, "int64")
        store["earlier_epochs"] = np.array(self.progress.earlier, "int64")
        if self.compiled:
            store["learning_rates"] = self.optimizer.compiled_rates

    def load_own_variables(self, store: Any) -> None:
        """Reads what `save_own_variables` wrote.

        Raises:
            ValueError: If the file has a different number of seeds.
        """
        load_random_states(self.random_states, store)
        known = set(store.keys())  # files of version 0.1 only have the position
        earlier = int(np.asarray(store["earlier_epochs"])) if "earlier_epochs" in known else 0
        rates = np.array(store["learning_rates"]) if "learning_rates" in known else None
        self.progress.load(np.asarray(store["position"]), earlier, rates)
