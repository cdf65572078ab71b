"""Scores a fitted predictor on any number of samples in constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.evaluation.report._classification import METRICS, classification_scores
from keras_gan_kit.evaluation.report.report import Report
from keras_gan_kit.evaluation.samples._samples import Samples, chosen_kinds, samples_of
from keras_gan_kit.evaluation.utility._fitted_predictor import FittedPredictor
from keras_gan_kit.evaluation.utility._main_scores import lost, main_scores
from keras_gan_kit.evaluation.utility._regression import NUMBER_METRICS, regression_scores
from keras_gan_kit.evaluation.utility._sections import figures_section, scores_section
from keras_gan_kit.evaluation.utility._targets import Target, named_targets, targets_of

_ROWS = 50_000  # rows to predict at once
_BOTH = ("real_to_real", "real_to_synthetic")


def fitted_report(
    predictor: Any,
    real: Any,
    synthetic: Any,
    target: Any,
    kinds: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Report:
    """Scores a fitted predictor on real and on synthetic samples.

    Args:
        predictor: A fitted scikit-learn estimator or Keras model.
        real: Real samples that it was not fitted on.
        synthetic: Samples, or an iterable of samples.
        target: As in `utility`.
        kinds: The options `continuous` and `categorical`.
        options: Options of the bootstrap.

    Raises:
        TypeError: If samples have the wrong type.
        ValueError: If the predictor doesn't match the samples or the target.
    """
    known = samples_of("real", real)
    chosen = chosen_kinds(kinds["continuous"], kinds["categorical"], known)
    named = _one_target(target, chosen, known)
    (name,) = named
    results: dict[str, Any] = {}
    strange = {}
    for direction, given in zip(_BOTH, ("real", "synthetic"), strict=True):
        pieces = _pieces(given, known if given == "real" else synthetic)
        found = _predicted(predictor, named, chosen, known, pieces, given)
        if isinstance(found, str):
            results[direction] = found
            continue
        the_target, *results[direction], strange[given] = found
    if all(isinstance(result, str) for result in results.values()):
        the_target = Target(name, "binary", ("", ""))
    scores = {name: {d: _scores(the_target, found, options) for d, found in results.items()}}
    shown = {d: {name: found} for d, found in results.items() if not isinstance(found, str)}
    return Report(
        "A fitted predictor on synthetic samples",
        summary=_summary(the_target, results, strange),
        scores=main_scores(scores, _BOTH) | {"targets": scores},
        sections=[scores_section(scores), *figures_section([the_target], shown)],
    )


def _one_target(target: Any, kinds: Mapping[str, Any], known: Samples) -> dict[str, Any]:
    if known.table is None:
        raise invalid(
            "real",
            received="images only",
            expected="samples with a table that contains the target",
            fix='pass {"image": images, "table": DataFrame({"label": labels})}',
        )
    named = named_targets(target, kinds, known)
    if len(named) != 1:
        raise invalid(
            "target",
            received=f"{list(named)}",
            expected="the single target that `predictor` predicts",
            fix="call `utility` once per predictor",
        )
    return named


def check_fitted(predictor: Any, fitted: bool, trained: Mapping[str, Any]) -> None:
    """Validates the arguments `predictor` and `fitted`.

    Args:
        predictor: A fitted scikit-learn estimator or Keras model.
        fitted: Whether to use it without training.
        trained: Options of `utility` for training, which must be None.

    Raises:
        TypeError: If the predictor has no method `predict`.
        ValueError: If one argument is missing, or an option is not None.
    """
    if predictor is None or not fitted:
        raise invalid(
            "predictor" if predictor is None else "fitted",
            received=f"predictor={predictor!r:.80}, fitted={fitted}",
            expected="a fitted predictor, with fitted=True",
            fix="pass both, or pass `estimator` to train copies of it",
        )
    if not hasattr(predictor, "predict"):
        raise wrong_type(
            "predictor",
            received=type(predictor).__name__,
            expected="a fitted scikit-learn estimator or Keras model",
            fix="pass an object with a method `predict`",
        )
    for name, value in trained.items():
        if value is not None:
            raise invalid(
                name,
                received=f"{value!r:.80}, with fitted=True",
                expected="None, because nothing is trained",
                fix="leave it out",
            )


def _pieces(argument: str, given: Any) -> Iterator[Samples]:
    """Yields the samples in parts of at most 50,000."""
    if (
        isinstance(given, Samples)
        or hasattr(given, "columns")
        or isinstance(given, Mapping | np.ndarray)
    ):
        whole = samples_of(argument, given)
        for start in range(0, len(whole), _ROWS):
            yield whole.take(np.arange(start, min(start + _ROWS, len(whole))))
        return
    if isinstance(given, str | bytes) or not hasattr(given, "__iter__"):
        raise wrong_type(
            argument,
            received=f"{given!r:.80} of type {type(given).__name__}",
            expected="samples, or an iterable of samples, such as a generated dataset",
            fix="read the file first, for example with generation.read_dataset",
        )
    batches = given.batches(_ROWS) if hasattr(given, "batches") else given
    for piece in batches:
        # A dataset of a conditional generator yields (samples, labels).
        yield samples_of(argument, piece[0] if isinstance(piece, tuple) else piece)


def _predicted(
    predictor: Any,
    named: Mapping[str, Any],
    kinds: Mapping[str, Sequence[str]],
    known: Samples,
    pieces: Iterator[Samples],
    which: str,
) -> Any:
    """Returns the target, truth, predictions and number of samples left out; or a reason."""
    truths, predictions, strange, model, target = [], [], 0, None, None
    reason = "there are no samples"
    (name,) = named
    for piece in pieces:
        if piece.table is None or name not in piece.table:
            raise invalid(
                which,
                received=f"samples without the column {name!r}",
                expected="samples with the target",
                fix="add the column",
            )
        found, reasons = targets_of(named, {"real": known, "given": piece}, kinds)
        if not found:
            reason = reasons[name]
            strange += len(piece)
            continue
        target = found[name]
        model = model or FittedPredictor(predictor, target)
        truth = target.truth["given"]
        present = ~np.isnan(truth)
        strange += int((~present).sum())
        made = model.predictions(piece, named)
        truths.append(
            truth[present].astype(np.float64 if target.kind == "continuous" else np.int32)
        )
        predictions.append(made[present])
    if target is None:
        return reason
    return target, np.concatenate(truths), np.concatenate(predictions), strange


def _scores(target: Target, found: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    number = target.kind == "continuous"
    if isinstance(found, str):
        return lost(NUMBER_METRICS if number else METRICS, found)
    truth, predictions = found
    if number:
        return regression_scores(truth, predictions, **options)
    classes = target.classes if target.kind == "categorical" else ()
    return classification_scores(truth, predictions, classes=classes, **options)


def _summary(target: Target, results: Mapping[str, Any], strange: Mapping[str, int]) -> str:
    counts = {d: 0 if isinstance(found, str) else len(found[0]) for d, found in results.items()}
    text = (
        f"A fitted predictor of {target} was scored on {counts[_BOTH[0]]:,} real and "
        f"{counts[_BOTH[1]]:,} synthetic samples. The scores on real samples are valid only if "
        "it was not fitted on them."
    )
    for which, count in strange.items():
        if count:
            text += (
                f" {count:,} {which} samples were left out, because their value of {target.name} "
                "is missing or does not occur in real samples."
            )
    return text
