"""Evaluates generated samples during training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any

import keras
from keras import tree

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback
from keras_gan_kit.data._arrays import common_length, structure_to_numpy
from keras_gan_kit.models._gan_model import GANModel
from keras_gan_kit.models._sampling import run

_BATCH = 256  # samples per update of a Keras metric


class EvaluateSamples(PeriodicCallback):
    """Compares generated with real samples every few epochs, and adds the scores to the logs.

    All other callbacks see the scores, whatever their order: `ModelCheckpoint` can keep the model
    with the best score, and `EarlyStopping` can stop training. Other epochs have no score, as with
    `validation_freq` in Keras. The latents are always the same.

    Args:
        real: Real samples: arrays in the structure of a sample, preferably held-out ones.
        metrics: Functions of (real, synthetic), such as `evaluation.frechet_distance`, or
            `keras.metrics.Metric` objects, such as `evaluation.FrechetDistance(...)`: one, a list,
            or a dict by their names in the logs. If a function returns a tuple, each field has its
            own entry, with its name or number at the end: `kernel_distance_mean`.
        every: The number of epochs between two evaluations.
        features: Maps samples to the features that functions compare: a Keras model, such as
            `evaluation.extract_features(real).network`, or a function. None compares the samples.
            Features of real samples are computed once.
        num_samples: The number of samples to generate; None for as many as `real` has. Most metrics
            depend on it. A Keras metric compares batches in pairs, up to the end of the smaller
            set.
        seed: Selects the latents, as in `GAN.generate`.
        batch_size: Samples per batch of the generator; None for at most 256.
        draw: A function of the model that returns synthetic samples, for models that need more than
            `generate`, such as `lambda gan: gan.translate(pictures, "a_to_b")`.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a number is out of range, `real` is empty, or a name is already in the logs.

    Example:
        >>> import numpy as np
        >>> def brightness(real, synthetic):
        ...     return abs(real.mean() - synthetic.mean())
        >>> real = np.zeros((8, 4, 4, 1), "float32")
        >>> list(EvaluateSamples(real, brightness, every=5).metrics)
        ['brightness']
    """

    first = True

    def __init__(
        self,
        real: Any,
        metrics: Any,
        *,
        every: int = 1,
        features: Callable[[Any], Any] | None = None,
        num_samples: int | None = None,
        seed: int = 0,
        batch_size: int | None = None,
        draw: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__(every=every, unit="epoch")
        self.real = structure_to_numpy("real", real)
        count = common_length({"real": self.real})
        self.metrics = _named(metrics)
        for argument, value in (("features", features), ("draw", draw)):
            if value is not None and not callable(value):
                raise _not_callable(argument, value)
        self.features = features
        self.num_samples = count if num_samples is None else integer("num_samples", num_samples)
        self.seed = integer("seed", seed, minimum=0)
        self.batch_size = None if batch_size is None else integer("batch_size", batch_size)
        self.draw = draw
        self._real_features: Any = None
        self._scores: dict[str, float] = {}

    def check(self, gan: GANModel) -> None:
        """Checks that the names are free, and that the model can generate samples."""
        taken = sorted(set(self.metrics) & {*gan.step_log.names, "loss"})
        if taken:
            raise invalid(
                "metrics",
                received=f"the names {taken}",
                expected="names that differ from those of the logs",
                fix="pass a dict with other names",
            )
        if self.draw is None and gan.latent_dim is None:
            raise invalid(
                "draw",
                received=f"None, for a {type(gan).__name__}, which has no latents",
                expected="a function of the model that returns synthetic samples",
                fix="pass for example draw=lambda gan: gan.translate(pictures, 'a_to_b')",
            )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Evaluates if it is time, and adds the scores to the logs."""
        self._scores = {}
        super().on_epoch_end(epoch, logs)
        if logs is not None:
            logs.update(self._scores)

    def on_event(self, name: str) -> None:
        """Generates samples and computes the scores."""
        gan: GANModel = self.model
        if self.draw is None:
            synthetic = gan.generate(self.num_samples, seed=self.seed, batch_size=self.batch_size)
        else:
            synthetic = self.draw(gan)
        pair: tuple[Any, Any] = (self.real, synthetic)
        for key, metric in self.metrics.items():
            if isinstance(metric, keras.metrics.Metric):
                result = _result(metric, self.real, synthetic)
            else:
                # Computed when first needed; Keras metrics have their own features.
                if self.features is not None and pair[1] is synthetic:
                    pair = self._features_of_both(synthetic)
                result = metric(*pair)
            self._scores |= _numbers(key, result)

    def _features_of_both(self, synthetic: Any) -> tuple[Any, Any]:
        if self._real_features is None:
            self._real_features = self._mapped(self.real)
        return self._real_features, self._mapped(synthetic)

    def _mapped(self, samples: Any) -> Any:
        if isinstance(self.features, keras.Model):
            return run(self.features, samples, batch_size=None, verbose=0)
        return self.features(samples) if self.features is not None else samples


def _named(metrics: Any) -> dict[str, Callable[..., Any]]:
    if isinstance(metrics, Mapping):
        named = dict(metrics)
    else:
        several = isinstance(metrics, Iterable) and not isinstance(metrics, str)
        found = list(metrics) if several else [metrics]
        named = {}
        for metric in found:
            is_metric = isinstance(metric, keras.metrics.Metric)
            key = getattr(metric, "name" if is_metric else "__name__", None)
            if key is None and callable(metric):  # functools.partial has no name
                key = getattr(getattr(metric, "func", None), "__name__", type(metric).__name__)
            if key in named:
                raise invalid(
                    "metrics",
                    received=f"two metrics with the name {key!r}",
                    expected="different names",
                    fix="pass a dict with other names",
                )
            named[key] = metric
    if not named:
        raise invalid(
            "metrics",
            received="none",
            expected="at least one function or Keras metric",
            fix="pass for example metrics=[evaluation.frechet_distance]",
        )
    for key, metric in named.items():
        if not isinstance(key, str) or not callable(metric):
            raise _not_callable("metrics", metric)
    return named


def _not_callable(argument: str, value: Any) -> TypeError:
    return wrong_type(
        argument,
        received=f"{value!r:.80} of type {type(value).__name__}",
        expected="a function or another callable",
        fix="pass for example evaluation.frechet_distance, without parentheses",
    )


def _result(metric: keras.metrics.Metric, real: Any, synthetic: Any) -> Any:
    """Computes a Keras metric batch by batch, up to the end of the smaller set."""
    count = min(len(tree.flatten(samples)[0]) for samples in (real, synthetic))
    metric.reset_state()
    for start in range(0, count, _BATCH):
        stop = min(start + _BATCH, count)
        batches = [
            tree.map_structure(lambda leaf, a=start, b=stop: leaf[a:b], samples)
            for samples in (real, synthetic)
        ]
        metric.update_state(*batches)
    result = metric.result()
    if isinstance(result, dict):
        return {key: float(value) for key, value in result.items()}
    return float(result)


def _numbers(key: str, result: Any) -> dict[str, float]:
    """Returns the entries of a result in the logs."""
    if isinstance(result, tuple):
        fields = getattr(result, "_fields", range(len(result)))
        result = dict(zip(fields, result, strict=True))
    if isinstance(result, Mapping):
        named = {f"{key}_{field}": value for field, value in result.items()}
    else:
        named = {key: result}
    for name, value in named.items():
        if getattr(value, "shape", None) == ():  # of NumPy or a backend
            named[name] = keras.ops.convert_to_numpy(value).item()
        elif not isinstance(value, Real):
            raise wrong_type(
                "metrics",
                received=f"{name!r}, which returned {value!r:.80}",
                expected="functions that return a number, or a tuple or dict of numbers",
                fix="reduce the result to one number",
            )
    return {name: float(value) for name, value in named.items()}
