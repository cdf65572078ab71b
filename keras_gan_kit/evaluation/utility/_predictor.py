"""Trains scikit-learn estimators and Keras models as predictors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.evaluation.report._score import NotComputableError
from keras_gan_kit.evaluation.samples._samples import SampleEncoder
from keras_gan_kit.evaluation.samples._values import mean_and_deviation
from keras_gan_kit.evaluation.utility._data import Prepared
from keras_gan_kit.evaluation.utility._keras_predictor import KerasPredictor
from keras_gan_kit.evaluation.utility._targets import Target


class Predictor:
    """Trains copies of estimators, and predicts targets with them.

    Args:
        estimator: As in `utility`; None for gradient-boosted trees.
        fit_options: Options for `fit` of Keras models.
        targets: The targets to predict.
        known: The samples that determine the encoding of inputs and the scale of numeric targets.
        seed: Seed of encoders and of the default estimators.

    Raises:
        TypeError: If an estimator has the wrong type, or does not suit its target.
        ValueError: If a Keras model doesn't match.
    """

    def __init__(
        self,
        estimator: Any,
        fit_options: Mapping[str, Any] | None,
        targets: Sequence[Target],
        known: Prepared,
        *,
        seed: int,
    ) -> None:
        self.seed = seed
        self.encoder = SampleEncoder(known.samples, seed=seed)
        options = dict(fit_options or {})
        self.learners: list[tuple[list[Target], Any]] = []
        if isinstance(estimator, keras.Model):  # one model for all targets
            self.learners.append((list(targets), self._learner(estimator, list(targets), options)))
        else:
            each = estimator if isinstance(estimator, Mapping) else {}
            for target in targets:
                chosen = each.get(target.name) if each else estimator
                self.learners.append(([target], self._learner(chosen, [target], options)))
        # Otherwise a network would have to learn the scale of a number, and regularization would
        # depend on it.
        self.scales = {
            target.name: mean_and_deviation(known.truth[target.name])
            for target in targets
            if target.kind == "continuous"
        }

    def _learner(self, estimator: Any, targets: list[Target], options: Mapping[str, Any]) -> Any:
        if isinstance(estimator, keras.Model):
            _check_compiled(estimator)
            return KerasPredictor(estimator, targets, self.encoder, options)
        _check_estimator(estimator, targets[0])
        return estimator

    def predictions(self, data: Prepared, tested: Prepared) -> dict[str, Any]:
        """Trains on some samples, and predicts the targets of others.

        Returns:
            By target, probabilities of the positive class (samples,), of all classes (samples,
            classes), or numbers (samples,); or the reason why there are none.
        """
        found: dict[str, Any] = {}
        vectors: list[Any] = []
        for targets, learner in self.learners:
            names = [target.name for target in targets]
            try:
                _check_varied(targets, data)
                truth = {name: self._scaled(name, data.truth[name]) for name in names}
                if isinstance(learner, KerasPredictor):
                    made = learner.predictions(data.samples, truth, tested.samples)
                else:
                    vectors = vectors or [self._vectors(part) for part in (data, tested)]
                    made = {names[0]: self._fitted(learner, targets[0], truth[names[0]], vectors)}
                found |= {name: self._unscaled(name, values) for name, values in made.items()}
            except NotComputableError as error:
                found |= dict.fromkeys(names, str(error))
        return found

    def _vectors(self, data: Prepared) -> NDArray[np.float32]:
        vectors = self.encoder(data.samples)
        if not vectors.shape[1]:
            raise NotComputableError("there are no inputs, or all are constant")
        return vectors

    def _fitted(
        self, estimator: Any, target: Target, truth: NDArray[Any], vectors: Sequence[NDArray[Any]]
    ) -> NDArray[np.float64]:
        from sklearn.base import clone
        from threadpoolctl import threadpool_limits

        model = self._default(target, len(truth)) if estimator is None else clone(estimator)
        with threadpool_limits(1):  # equal sums on every machine, no contention
            if target.kind == "continuous":
                model.fit(vectors[0], truth)
                return np.asarray(model.predict(vectors[1]), float).reshape(len(vectors[1]))
            # Estimators are given only the classes that occur, numbered from 0.
            present, codes = np.unique(truth, return_inverse=True)
            model.fit(vectors[0], codes)
            chances = np.zeros((len(vectors[1]), max(len(target.classes), 2)))
            chances[:, present.astype(int)] = class_chances(model, vectors[1], len(present))
        return chances if target.kind == "categorical" else chances[:, 1]

    def _default(self, target: Target, rows: int) -> Any:
        from sklearn import ensemble

        # With the default of 20 rows per leaf, trees would never split few rows.
        options: dict[str, Any] = {
            "max_iter": 60,
            "min_samples_leaf": min(20, max(1, rows // 10)),
            "random_state": self.seed,
        }
        if target.kind == "continuous":
            return ensemble.HistGradientBoostingRegressor(**options)
        return ensemble.HistGradientBoostingClassifier(**options)

    def _scaled(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        middle, spread = self.scales.get(name, (0, 1))
        return values if name not in self.scales else (values - middle) / (spread or 1.0)

    def _unscaled(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        if not np.isfinite(values).all():
            raise NotComputableError("some predictions are not finite numbers")
        middle, spread = self.scales.get(name, (0, 1))
        return values * (spread or 1.0) + middle


def _check_varied(targets: Sequence[Target], data: Prepared) -> None:
    constant = [t for t in targets if data.truth[t.name].min() == data.truth[t.name].max()]
    if constant:
        numbers = all(target.kind == "continuous" for target in constant)
        which = "all have the same value" if numbers else "all have the same class"
        names = ", ".join(target.name for target in constant) if len(targets) > 1 else ""
        raise NotComputableError(f"the training samples {which}" + (f", for {names}" * bool(names)))


def _check_compiled(model: Any) -> None:
    if getattr(model, "compiled", False) and getattr(model, "inputs", None):
        return
    why = "is not compiled" if not getattr(model, "compiled", False) else "has no fixed inputs"
    raise wrong_type(
        "estimator",
        received=f"the Keras model {model.name!r}, which {why}",
        expected="a compiled functional or sequential model with an Input",
        fix="call model.compile(optimizer, loss) first; wrap a subclass of keras.Model in "
        "keras.Model(inputs, outputs)",
    )


def _check_estimator(estimator: Any, target: Target) -> None:
    if estimator is None:
        return
    number = target.kind == "continuous"
    classifies = hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")
    fits = hasattr(estimator, "fit") and hasattr(estimator, "predict")
    if isinstance(estimator, type) or not fits or classifies == number:
        wanted = "regressor" if number else "classifier with predict_proba or decision_function"
        example = "Ridge" if number else "LogisticRegression"
        raise wrong_type(
            "estimator",
            received=f"{estimator!r} for the target {target}",
            expected=f"a scikit-learn {wanted}, or a compiled Keras model",
            fix=f"pass for example {{{target.name!r}: {example}()}}; other targets are predicted "
            "by gradient-boosted trees",
        )


def class_chances(model: Any, vectors: Any, count: int) -> NDArray[np.float64]:
    """Returns the probabilities of all classes, shape (samples, count)."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(vectors), float)
    from scipy.special import expit, softmax

    # Margins are not calibrated. This conversion keeps their order and their sign.
    margins = np.asarray(model.decision_function(vectors), float)
    if margins.ndim == 1:
        return np.stack([expit(-margins), expit(margins)], axis=1)
    if margins.shape[1] != count:
        raise invalid(
            "estimator",
            received=f"{model!r}, with {margins.shape[1]} columns of decision_function for "
            f"{count} classes",
            expected="one column per class",
            fix='pass decision_function_shape="ovr", or a classifier with predict_proba',
        )
    return np.asarray(softmax(margins, axis=1), float)
