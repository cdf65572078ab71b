"""Training one predictor: scikit-learn estimators and Keras models, through one door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import explain
from keras_gan_kit.evaluation._samples import SampleEncoder, Samples
from keras_gan_kit.evaluation._score import NotComputableError
from keras_gan_kit.models.inspection import input_of

__all__ = ["Predictor"]


class Predictor:
    """Trains fresh copies of one estimator.

    Args:
        estimator: What `utility` takes; None stands for gradient-boosted trees.
        fit_options: For `fit` of Keras models.
        known: The samples that decide on the form of the vectors, without the targets.
        seed: Of encoders and of the default estimator.
    """

    def __init__(
        self, estimator: Any, fit_options: Mapping[str, Any] | None, known: Samples, seed: int
    ) -> None:
        self.estimator = estimator
        self.fit_options = {"epochs": 10, "verbose": 0} | dict(fit_options or {})
        self.seed = seed
        self.encoder = SampleEncoder(known, seed=seed)

    def train(self, samples: Samples, targets: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        """Trains on samples and their targets, each of 0 and 1.

        Returns:
            For `chances`: a model for each target, or the reason why there is none.

        Raises:
            NotComputableError: If no target can be learned.
        """
        from threadpoolctl import threadpool_limits

        one = "the training samples are all of one class"
        constant = {name for name, truth in targets.items() if truth.min() == truth.max()}
        if isinstance(self.estimator, keras.Model):
            if constant:
                raise NotComputableError(f"{one}, for {', '.join(sorted(constant))}")
            model = _fresh(self.estimator)
            truths = np.stack(list(targets.values()), axis=1).astype("float32")
            model.fit(self._keras_inputs(model, samples), truths, **self.fit_options)
            return dict.fromkeys(targets, model)
        vectors = self.encoder(samples)
        if not vectors.shape[1]:
            raise NotComputableError("the inputs are constant, or there are none")
        with threadpool_limits(1):  # the same sums on every machine, no waiting on a busy one
            return {
                name: one if name in constant else self._copy().fit(vectors, truth)
                for name, truth in targets.items()
            }

    def chances(self, trained: Mapping[str, Any], samples: Samples) -> dict[str, Any]:
        """Returns the predicted chances of each target, or the reason why there are none.

        Raises:
            ValueError: If a Keras model's outputs are no chances.
        """
        from threadpoolctl import threadpool_limits

        if isinstance(self.estimator, keras.Model):
            model = next(iter(trained.values()))
            made = model.predict(self._keras_inputs(model, samples), verbose=0)
            made = np.asarray(made, float).reshape(len(samples), -1)
            if made.shape[1] != len(trained) or made.min() < 0.0 or made.max() > 1.0:
                raise ValueError(
                    explain(
                        "estimator",
                        received=f"a model with {made.shape[1]} outputs in "
                        f"[{made.min():g}, {made.max():g}]",
                        expected=f"{len(trained)} chances between 0 and 1",
                        fix='end the model in Dense(targets, activation="sigmoid")',
                    )
                )
            return dict(zip(trained, made.T, strict=True))
        vectors = self.encoder(samples)
        with threadpool_limits(1):
            return {
                name: model if isinstance(model, str) else _chance(model, vectors)
                for name, model in trained.items()
            }

    def _copy(self) -> Any:
        from sklearn.base import clone
        from sklearn.ensemble import HistGradientBoostingClassifier

        if self.estimator is None:
            return HistGradientBoostingClassifier(max_iter=60, random_state=self.seed)
        return clone(self.estimator)

    def _keras_inputs(self, model: Any, samples: Samples) -> Any:
        parts = {}
        if samples.image is not None:
            parts["image"] = samples.image
        if samples.table is not None:
            encoder, _ = self.encoder.encoders["table"]
            parts["table"] = encoder(samples.table)
        shapes = _input_shapes(model)
        wanted = shapes if isinstance(shapes, dict) else dict.fromkeys(parts, shapes)
        if len(parts) > 1 and not isinstance(shapes, dict):
            wanted = {}
        fits = set(wanted) == set(parts) and all(
            len(wanted[part]) == values.ndim
            and all(a in (None, b) for a, b in zip(wanted[part][1:], values.shape[1:], strict=True))
            for part, values in parts.items()
        )
        if not fits:
            forms = {part: (None, *values.shape[1:]) for part, values in parts.items()}
            raise ValueError(
                explain(
                    "estimator",
                    received=f"a model with inputs {shapes}",
                    expected=f"inputs {forms}" + (", as a dict" if len(parts) > 1 else ""),
                    fix="build the model for these shapes",
                )
            )
        return parts if isinstance(shapes, dict) else next(iter(parts.values()))


def _fresh(model: Any) -> Any:
    """Returns a copy with weights of its own, compiled like the model."""
    copy = keras.models.clone_model(model)
    copy.compile_from_config(model.get_compile_config())
    return copy


def _input_shapes(model: Any) -> Any:
    given = input_of(model)
    if isinstance(given, dict):
        return {name: tuple(tensor.shape) for name, tensor in given.items()}
    listed = given if isinstance(given, list) else [given]
    shapes = [tuple(tensor.shape) for tensor in listed]
    return shapes[0] if len(shapes) == 1 else shapes


def _chance(model: Any, vectors: NDArray[Any]) -> NDArray[np.float64]:
    if hasattr(model, "predict_proba"):
        chances: NDArray[np.float64] = np.asarray(model.predict_proba(vectors)[:, 1], float)
        return chances
    # Margins have no scale of their own; this one keeps their order and their sign.
    margins: NDArray[np.float64] = np.asarray(model.decision_function(vectors), float)
    return np.asarray(1.0 / (1.0 + np.exp(-margins)))
