"""Predicts raw samples with a fitted scikit-learn estimator or Keras model."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.samples._samples import Samples
from keras_gan_kit.evaluation.samples._values import number_name, values_of
from keras_gan_kit.evaluation.utility._predictor import class_chances
from keras_gan_kit.evaluation.utility._targets import Target


class FittedPredictor:
    """Wraps a fitted predictor of one target.

    Args:
        predictor: A fitted scikit-learn estimator or Keras model.
        target: The target that it predicts.

    Raises:
        ValueError: If its classes differ from those of the target.
    """

    def __init__(self, predictor: Any, target: Target) -> None:
        self.predictor = predictor
        self.target = target
        self.classes = None if target.kind == "continuous" else self._classes()

    def _classes(self) -> list[int] | None:
        """Returns the position of each of the predictor's classes among the target's."""
        given = getattr(self.predictor, "classes_", None)
        if given is None:
            return None
        names = [_name(value) for value in np.asarray(given).tolist()]
        ours = list(self.target.classes)
        if set(names) <= set(ours):
            return [ours.index(name) for name in names]
        if len(ours) == 2 and ours[0] == "any other" and ours[1] in names:
            return [int(name == ours[1]) for name in names]
        if len(names) == len(ours) and names == [str(i) for i in range(len(ours))]:
            return list(range(len(ours)))  # fitted on class numbers
        raise invalid(
            "predictor",
            received=f"a classifier of {names}",
            expected=f"a classifier of {ours}, the classes of the target {self.target.name!r}",
            fix="fit it on the values of the column, or on their positions in sorted order",
        )

    def predictions(self, samples: Samples, targets: Collection[str]) -> NDArray[np.float64]:
        """Predicts a part of the samples.

        Returns:
            Probabilities of the positive class (n,), of all classes (n, classes), or numbers (n,).
        """
        x = self._inputs(samples, targets)
        if isinstance(self.predictor, keras.Model):
            made = np.asarray(self.predictor.predict(x, batch_size=1024, verbose=0), np.float64)
            return self._of_network(made.reshape(len(samples), -1))
        if self.classes is None:
            values = np.asarray(self.predictor.predict(x), np.float64).reshape(len(samples))
            self._check(values)
            return values
        chances = np.zeros((len(samples), max(len(self.target.classes), 2)))
        found = class_chances(self.predictor, x, len(self.classes))
        self._check(found)
        for place, column in zip(self.classes, found.T, strict=True):
            chances[:, place] += column
        return chances if self.target.kind == "categorical" else chances[:, 1]

    def _of_network(self, made: NDArray[np.float64]) -> NDArray[np.float64]:
        width = made.shape[1]
        self._check(made)
        if self.target.kind == "binary" and width == 2:
            made, width = made[:, 1:], 1
        if width != self.target.width:
            raise invalid(
                "predictor",
                received=f"a model with {width} outputs",
                expected=f"{self.target.width} outputs for the target {self.target}",
                fix="pass a model that predicts this target",
            )
        if self.target.kind != "continuous" and (made.min() < -1e-6 or made.max() > 1 + 1e-6):
            raise invalid(
                "predictor",
                received=f"outputs from {made.min():.4g} to {made.max():.4g}",
                expected="probabilities in [0, 1]",
                fix="end the model in a sigmoid or softmax",
            )
        return made if self.target.kind == "categorical" else made[:, 0]

    def _check(self, made: NDArray[np.float64]) -> None:
        if not np.isfinite(made).all():
            raise invalid(
                "predictor",
                received="predictions that are NaN or infinite",
                expected="finite predictions",
                fix="check the inputs for missing and infinite values",
            )

    def _inputs(self, samples: Samples, targets: Collection[str]) -> Any:
        table = None
        if samples.table is not None:
            table = samples.table.drop(columns=[x for x in targets if x in samples.table])
        if isinstance(self.predictor, keras.Model):
            return _network_inputs(self.predictor, samples, table)
        names = getattr(self.predictor, "feature_names_in_", None)
        if table is None or not table.shape[1]:
            return np.asarray(samples.image).reshape(len(samples), -1)
        if names is not None:
            absent = [name for name in names if str(name) not in table]
            if absent:
                raise invalid(
                    "predictor",
                    received=f"an estimator fitted on columns that the samples lack: {absent}",
                    expected=f"an estimator of the columns {list(table.columns)}",
                    fix="add the columns, or fit the estimator without them",
                )
            return table[[str(name) for name in names]]
        count = getattr(self.predictor, "n_features_in_", table.shape[1])
        if count != table.shape[1]:
            raise invalid(
                "predictor",
                received=f"an estimator fitted on {count} columns",
                expected=f"an estimator of {table.shape[1]} columns: {list(table.columns)}",
                fix="fit it on a DataFrame, so that columns are found by name",
            )
        return _matrix(table)


def _name(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return number_name(float(value)) if abs(value) < 2**53 else str(value)
    return str(value)


def _matrix(table: Any) -> NDArray[np.float32]:
    columns = []
    for name in table.columns:
        numbers = values_of(table[name]).numbers
        if numbers is None:
            raise invalid(
                "predictor",
                received=f"a predictor that takes numbers, but text in column {name!r}",
                expected="numeric columns, or an estimator that encodes text",
                fix="pass a scikit-learn Pipeline fitted on a DataFrame, or drop the column",
            )
        columns.append(numbers)
    return np.stack(columns, axis=1).astype(np.float32)


def _network_inputs(model: Any, samples: Samples, table: Any) -> Any:
    parts: dict[str, Any] = {}
    if samples.image is not None:
        parts["image"] = samples.image
    if table is not None and table.shape[1]:
        parts["table"] = _matrix(table)
    wanted = model.input if isinstance(getattr(model, "input", None), dict) else None
    if wanted is not None:
        absent = [name for name in wanted if name not in parts]
        if absent:
            raise invalid(
                "predictor",
                received=f"a model with the inputs {list(wanted)}",
                expected=f"inputs among {list(parts)}",
                fix='name the inputs "image" and "table"',
            )
        return {name: parts[name] for name in wanted}
    shape = tuple(model.inputs[0].shape)
    part = "image" if len(shape) == 4 else "table"
    if part not in parts or any(
        a is not None and a != b for a, b in zip(shape[1:], parts[part].shape[1:], strict=True)
    ):
        raise invalid(
            "predictor",
            received=f"a model with an input of shape {shape}",
            expected=f"{ {name: (None, *x.shape[1:]) for name, x in parts.items()} }",
            fix="pass the columns that the model was fitted on, and the target",
        )
    return parts[part]
