"""Writes the sections of `utility`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keras_gan_kit.evaluation.report._classification import METRICS
from keras_gan_kit.evaluation.report._section import Section
from keras_gan_kit.evaluation.utility._figures import DIRECTIONS, curves, scatters
from keras_gan_kit.evaluation.utility._regression import NUMBER_METRICS
from keras_gan_kit.evaluation.utility._targets import Target

_DIRECTIONS = (
    "Each row names the samples that a predictor was trained on and the samples it was tested "
    "on. Real to real is the reference. Real to synthetic is high if the synthetic samples have "
    "the same relations as the real ones. Synthetic to real is what users of the synthetic data "
    "can expect. Both to real shows whether synthetic samples improve on real ones alone."
)
_CHANCES = (
    "AUC is the probability that a positive case is ranked above a negative one: 0.5 is random "
    "guessing. Accuracy, precision, recall and F1 treat a predicted probability above 0.5 as "
    "positive. The Brier score and the calibration error are low if predicted probabilities "
    "match observed frequencies."
)
_CLASSES = (
    "With several classes, the most likely one is predicted. AUC (one vs. rest), precision, "
    "recall and F1 are means over the classes in the test samples, with equal weight for rare "
    "and common classes."
)
_NUMBERS = (
    "For numbers, R2 is the share of explained variance: 1 is perfect, 0 is as good as "
    "predicting the mean of the test values, and below 0 is worse. MAE is the mean absolute "
    "error in the unit of the column (dates in days)."
)
_INTERVALS = (
    "In brackets: 95% bootstrap intervals over the test samples. They do not include the "
    "randomness of training and generation."
)


# Class names are shown unchanged.
_WORDS = {"auc": "AUC", "brier": "Brier score", "calibration_error": "calibration error"}
_WORDS |= {"f1": "F1", "r2": "R2", "mae": "MAE"}


def scores_section(scores: Mapping[str, Mapping[str, Any]]) -> Section:
    """Returns the section with the scores of all targets."""
    tables = {}
    several = numbers = chances = False
    for target, directions in scores.items():
        first = directions["real_to_real"]
        number = "r2" in first
        numbers, chances = numbers or number, chances or not number
        metrics = list(NUMBER_METRICS if number else METRICS)
        tables[f"Predicting {target}"] = _table(directions, metrics)
        each = {d: found["classes"] for d, found in directions.items() if "classes" in found}
        if each:
            several = True
            names = list(next(iter(each.values())))
            tables[f"Predicting {target}: AUC of each class (one vs. rest)"] = _table(each, names)
    texts = {_DIRECTIONS: True, _CHANCES: chances, _CLASSES: several, _NUMBERS: numbers}
    reading = [text for text, wanted in texts.items() if wanted]
    return Section("Scores", "\n\n".join([*reading, _INTERVALS]), tables=tables)


def _table(directions: Mapping[str, Any], names: Sequence[str]) -> Any:
    import pandas as pd

    rows = {
        DIRECTIONS[direction][0]: {_WORDS.get(name, name): _cell(found[name]) for name in names}
        for direction, found in directions.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _cell(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None:
        return f"not computable: {entry['not_computable']}"
    # Errors of numbers have a unit, so a fixed number of decimals may not suit them.
    form = ".3f" if entry["range"][1] is not None else ".4g"
    text = f"{entry['value']:{form}}"
    if "interval" in entry:
        text += " [{}, {}]".format(*(f"{bound:{form}}" for bound in entry["interval"]))
    return text


def figures_section(
    targets: Sequence[Target], results: Mapping[str, Mapping[str, Any]]
) -> list[Section]:
    """Returns a section of curves and scatter plots, or nothing.

    Args:
        targets: The targets.
        results: By direction and target, (truth, prediction), or the reason why there is no
            prediction.
    """
    found: dict[str, dict[str, tuple[Any, Any]]] = {target.name: {} for target in targets}
    for direction, by_target in results.items():
        for name, result in by_target.items():
            if not isinstance(result, str):
                found[name][direction] = result
    shown = [target for target in targets if found[target.name]]
    if not shown:
        return []
    drawings = [
        *curves([target for target in shown if target.kind != "continuous"], found),
        *scatters([target for target in shown if target.kind == "continuous"], found),
    ]
    return [Section("Predictions", "Predictions for the test samples.", drawings)]
