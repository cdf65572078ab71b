"""Trains Keras models as predictors of `utility`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.report._score import NotComputableError
from keras_gan_kit.evaluation.samples._samples import SampleEncoder, Samples
from keras_gan_kit.evaluation.utility._targets import Target
from keras_gan_kit.models._inspection import input_of, output_of


class KerasPredictor:
    """Trains copies of a compiled model that predicts one target or several.

    Args:
        model: A model with one output that concatenates the columns of all targets, or with a dict
            of outputs by target.
        targets: The targets that it predicts.
        encoder: The encoder of rows.
        fit_options: Options for `fit`.

    Raises:
        ValueError: If the outputs don't match the targets.
    """

    def __init__(
        self,
        model: Any,
        targets: Sequence[Target],
        encoder: SampleEncoder,
        fit_options: Mapping[str, Any],
    ) -> None:
        self.model = model
        self.targets = targets
        self.encoder = encoder
        self.fit_options = {"epochs": 10, "verbose": 0} | dict(fit_options)
        given = output_of(model)
        self.by_name = isinstance(given, dict)
        widths = {target.name: target.width for target in targets}
        expected = widths if self.by_name else sum(widths.values())
        if isinstance(given, dict):
            received: Any = {name: _width(tensor) for name, tensor in given.items()}
        else:
            received = "a list" if isinstance(given, list) else _width(given)
        if received != expected:
            raise invalid(
                "estimator",
                received=f"a model with outputs of width {received}",
                expected=f"one output of width {sum(widths.values())}, or a dict of outputs of "
                f"widths {widths}",
                fix="end the model in a sigmoid for a binary target, a softmax for classes, "
                "no activation for a number",
            )

    def predictions(
        self, samples: Samples, truth: Mapping[str, NDArray[Any]], tested: Samples
    ) -> dict[str, NDArray[np.float64]]:
        """Trains a new copy of the model, and predicts the test samples.

        Args:
            samples: The samples to train on.
            truth: Their targets, none of them constant.
            tested: The samples to predict.

        Returns:
            As in `Predictor.predictions`.

        Raises:
            ValueError: If the inputs don't match, or outputs are not probabilities.
        """
        model = _fresh(self.model)
        blocks = {t.name: _block(t, truth[t.name]) for t in self.targets}
        wanted = blocks if self.by_name else np.concatenate(list(blocks.values()), axis=1)
        model.fit(self._inputs(samples), wanted, **self.fit_options)
        made = model.predict(self._inputs(tested), verbose=0)
        if not self.by_name:
            bounds = np.cumsum([target.width for target in self.targets])[:-1]
            parts = np.split(np.asarray(made).reshape(len(tested), -1), bounds, axis=1)
            made = {t.name: part for t, part in zip(self.targets, parts, strict=True)}
        found = {}
        for target in self.targets:
            values = np.asarray(made[target.name], float).reshape(len(tested), -1)
            _check_chances(target, values)
            found[target.name] = values if target.kind == "categorical" else values[:, 0]
        return found

    def _inputs(self, samples: Samples) -> Any:
        parts = {}
        if samples.image is not None:
            parts["image"] = samples.image
        if samples.table is not None:
            encoder, _ = self.encoder.encoders["table"]
            parts["table"] = encoder(samples.table)
        shapes = _input_shapes(self.model)
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
            raise invalid(
                "estimator",
                received=f"a model with inputs {shapes}",
                expected=f"inputs {forms}" + (", as a dict" if len(parts) > 1 else ""),
                fix="build the model for these shapes",
            )
        return parts if isinstance(shapes, dict) else next(iter(parts.values()))


def _width(tensor: Any) -> int | None:
    return None if len(tensor.shape) != 2 else tensor.shape[1]


def _block(target: Target, truth: NDArray[Any]) -> NDArray[np.float32]:
    """Returns targets (samples, width): 0 or 1, one-hot classes, or scaled numbers."""
    if target.kind == "categorical":
        block: NDArray[np.float32] = np.eye(target.width, dtype=np.float32)[truth]
    else:
        block = truth[:, None].astype(np.float32)
    return block


def _check_chances(target: Target, values: NDArray[Any]) -> None:
    if not np.isfinite(values).all():
        raise NotComputableError("some predictions of the model are not finite numbers")
    if target.kind == "continuous":
        return
    sums = values.sum(axis=1) if target.kind == "categorical" else np.ones(1)
    if values.min() < 0.0 or values.max() > 1.0 or np.abs(sums - 1.0).max() > 1e-2:
        total = f" that sum to {sums.min():g} to {sums.max():g}" * (target.kind == "categorical")
        raise invalid(
            "estimator",
            received=f"outputs in [{values.min():g}, {values.max():g}]{total} for the target "
            f"{target}",
            expected="probabilities between 0 and 1" + " that sum to 1" * bool(total),
            fix="end the model in a softmax" if total else "end the model in a sigmoid",
        )


def _fresh(model: Any) -> Any:
    """Returns a copy with newly initialized weights, compiled like the model."""
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
