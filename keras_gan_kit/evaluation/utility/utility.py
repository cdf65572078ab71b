"""Measures how useful synthetic samples are for training predictors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keras_gan_kit._arguments import integer, true_or_false
from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.report._classification import METRICS, classification_scores
from keras_gan_kit.evaluation.report.report import Report
from keras_gan_kit.evaluation.samples._samples import (
    Samples,
    chosen_kinds,
    columns_text,
    comparable,
    samples_of,
)
from keras_gan_kit.evaluation.utility._data import Prepared, prepared, split, together
from keras_gan_kit.evaluation.utility._figures import DIRECTIONS
from keras_gan_kit.evaluation.utility._fitted import check_fitted, fitted_report
from keras_gan_kit.evaluation.utility._main_scores import both_known, lost, main_scores
from keras_gan_kit.evaluation.utility._predictor import Predictor
from keras_gan_kit.evaluation.utility._regression import NUMBER_METRICS, regression_scores
from keras_gan_kit.evaluation.utility._sections import figures_section, scores_section
from keras_gan_kit.evaluation.utility._targets import Target, named_targets, targets_of


def utility(
    real: Any,
    synthetic: Any,
    *,
    target: str | Sequence[str] | Mapping[str, Any],
    real_test: Any = None,
    inputs: str | Sequence[str] | None = None,
    estimator: Any = None,
    fit_options: Mapping[str, Any] | None = None,
    predictor: Any = None,
    fitted: bool = False,
    continuous: Sequence[str] = (),
    categorical: Sequence[str] = (),
    num_resamples: int = 500,
    max_rows: int | None = 50_000,
    seed: int = 0,
) -> Report:
    """Trains predictors on real and synthetic samples, and compares their test scores.

    There are four directions: real to real (the reference), real to synthetic (TRTS in Esteban et
    al. 2017), synthetic to real (TSTR), and real plus synthetic to real. Real test samples are
    never used for training.

    A target can be binary, have several classes, or be a number; targets of different kinds can be
    combined. The real column determines the kind, as in `compare_tables`: columns with one or two
    values are binary; other numbers, dates and durations are numbers; all others are classes.
    `target`, `continuous` and `categorical` override this. Keys are not used as inputs: see
    `compare_tables`.

    With `predictor` and `fitted=True`, nothing is trained: a predictor that was trained on other
    real samples is scored on `real` and on all of `synthetic`, in parts.

    Args:
        real: A DataFrame; or a dict with a DataFrame under "table", and images
            `(n, height, width, channels)` in [-1, 1] or uint8 under "image".
        synthetic: Synthetic samples in the same form. For a fitted predictor, also a generated
            dataset or any iterable of such samples.
        target: The column to predict, a list of columns, or a dict from columns to their positive
            values, against all others; None for the default. Of two values, the greater number or
            the alphabetically later text is positive.
        real_test: Real samples to test on. None holds out 30% of `real`.
        inputs: The inputs of predictors: "table" (without the targets), "image", or both. None uses
            all parts of the samples.
        estimator: A scikit-learn classifier, or a regressor for numbers; or a compiled Keras model
            that takes images, row vectors, or a dict of both; or a dict of these by target. Copies
            of it are trained. None, and targets missing from the dict, use gradient-boosted trees.
            Numbers are scaled and levels one-hot encoded; scikit-learn estimators are given images
            as 64 principal components of `real`. A Keras model that is not in a dict predicts all
            targets, with one output that concatenates their columns or a dict of outputs by target.
            Use a sigmoid for a binary target, a softmax for classes (trained on one-hot vectors),
            and no activation for a number (trained on standardized values).
        fit_options: Options for `fit` of a Keras model, such as `{"epochs": 50}`.
        predictor: A fitted scikit-learn estimator or Keras model of one target. An estimator is
            given the unchanged columns that it was fitted on; a Keras model is given a float32
            matrix of all columns except the target, images, or a dict of both under "table" and
            "image".
        fitted: True to use `predictor` without training.
        continuous: Columns, including targets, to treat as numbers.
        categorical: Columns of numbers, including targets, that are class codes.
        num_resamples: The number of bootstrap samples for the intervals.
        max_rows: Larger sets are randomly sampled down to this size; None uses all samples. A
            fitted predictor is always scored on all.
        seed: Seed of all random draws. The initial weights of a Keras model depend on
            `keras.utils.set_random_seed` instead.

    Returns:
        A `Report`. `scores["auc_synthetic_to_real"]` and so on are means over the targets with
        classes, and `scores["r2_synthetic_to_real"]` over numbers; `scores["auc_lost"]` and
        `scores["r2_lost"]` are the loss from training on synthetic instead of real samples.
        `scores["targets"][name][direction]` has, with intervals, AUC, accuracy, precision, recall,
        F1, Brier score and calibration error; for several classes these are one-vs.-rest means over
        the classes, and "classes" has the AUC of each class. For a number, it has R2 and the mean
        absolute error in the number's unit (dates in days). If a score can't be computed, the entry
        gives the reason. Samples with a missing target, or with a class that doesn't occur in
        `real`, are left out and counted. `scores["left_out"]`, if present, gives the reason for
        each column that is not used as an input.

    Raises:
        TypeError: If an argument has the wrong type, or an estimator doesn't suit its target.
        ValueError: If samples don't match or too few have all targets, a target is not a column, a
            column is in both `continuous` and `categorical`, or a Keras model doesn't match.

    Example:
        >>> import numpy as np, pandas as pd
        >>> random = np.random.default_rng(0)
        >>> real = pd.DataFrame({"x": random.normal(size=400)})
        >>> real["ill"] = (real.x + random.normal(size=400) > 0).astype(int)
        >>> real["stay"] = 9 + 2 * real.x + random.normal(size=400)
        >>> report = utility(real[:200], real[200:], target=["ill", "stay"], num_resamples=20)
        >>> report.scores["auc_synthetic_to_real"]["value"] > 0.6
        True
        >>> report.scores["r2_synthetic_to_real"]["value"] > 0.5
        True
    """
    count = integer("num_resamples", num_resamples)
    options = {"seed": integer("seed", seed, minimum=0), "num_resamples": count}
    limit = None if max_rows is None else integer("max_rows", max_rows, minimum=10)
    chosen = {"continuous": continuous, "categorical": categorical}
    if true_or_false("fitted", fitted) or predictor is not None:
        trained = {"estimator": estimator, "real_test": real_test, "fit_options": fit_options}
        check_fitted(predictor, fitted, trained)
        return fitted_report(predictor, real, synthetic, target, chosen, options)
    sets = _sets(real, synthetic, real_test)
    kinds = chosen_kinds(**chosen, real=sets["real"])
    parts = _checked_inputs(inputs, sets["real"])
    named = named_targets(target, kinds, sets["real"])
    _check_names(estimator, named)
    _check_columns(named, sets)
    how = {"estimator": estimator, "fit_options": fit_options, "limit": limit}
    return _trained_report(sets, named, kinds, parts, options=options, **how)


def _trained_report(
    sets: dict[str, Samples],
    named: Mapping[str, Any],
    kinds: Mapping[str, Sequence[str]],
    parts: Sequence[str],
    *,
    estimator: Any,
    fit_options: Mapping[str, Any] | None,
    limit: int | None,
    options: Mapping[str, int],
) -> Report:
    """Trains and tests predictors in all directions."""
    seed = options["seed"]
    seen, left_out = comparable(sets, kinds, drop=list(named))
    sets, seen = (
        {name: x.sampled(limit, seed + i) for i, (name, x) in enumerate(given.items())}
        for given in (sets, seen)
    )
    found, reasons = targets_of(named, sets, kinds)
    targets = list(found.values())
    data = _data(seen, targets, parts, seed)
    trained = Predictor(estimator, fit_options, targets, data["real"], seed=seed)
    results = {direction: _predicted(trained, direction, data) for direction in DIRECTIONS}
    scores = {name: _scores(found[name], results, options) for name in found}
    scores |= {name: dict.fromkeys(DIRECTIONS, lost(METRICS, why)) for name, why in reasons.items()}
    summary = _summary(data, parts, scores, targets, reasons)
    names = [] if seen["real"].table is None else list(seen["real"].table)
    return Report(
        "Utility of synthetic samples for training predictors",
        summary=summary + (columns_text(names, left_out) if "table" in parts else ""),
        scores=main_scores(scores, DIRECTIONS)
        | {"targets": scores}
        | ({"left_out": left_out} if left_out else {}),
        sections=[scores_section(scores), *figures_section(targets, results)],
    )


def _sets(real: Any, synthetic: Any, real_test: Any) -> dict[str, Samples]:
    given = {"real": real, "synthetic": synthetic, "real_test": real_test}
    return {
        name: samples_of(name, x)
        for name, x in given.items()
        if name != "real_test" or x is not None
    }


def _check_columns(named: Mapping[str, Any], sets: Mapping[str, Samples]) -> None:
    for which, samples in sets.items():
        absent = [x for x in named if samples.table is None or x not in samples.table]
        if absent:
            raise invalid(
                which,
                received=f"samples without the targets {absent}",
                expected="the columns of `real`",
                fix="add the columns",
            )


def _data(
    sets: Mapping[str, Samples],
    targets: Sequence[Target],
    parts: Sequence[str],
    seed: int,
) -> dict[str, Prepared]:
    """Returns the sets to train and test on; "real_test" is held out of "real" if not passed."""
    data = {}
    for name, given in sets.items():
        data[name] = prepared(name, given, targets, parts, 2 if name == "real" else 1)
    if "real_test" not in data:
        data["real"], data["real_test"] = split(data["real"], targets, seed)
    data["both"] = together(data["real"], data["synthetic"])
    return data


def _checked_inputs(inputs: Any, real: Samples) -> tuple[str, ...]:
    parts = real.parts if inputs is None else (inputs,) if isinstance(inputs, str) else inputs
    if not parts or not set(parts) <= set(real.parts) or real.table is None:
        raise invalid(
            "inputs" if real.table is not None else "real",
            received=f"{inputs!r}, for samples with {' and '.join(real.parts)}",
            expected='some of "image" and "table" that the samples have, and a table with the '
            "target",
            fix='pass for example {"image": images, "table": DataFrame({"label": labels})}',
        )
    return tuple(part for part in real.parts if part in parts)


def _check_names(estimator: Any, named: Mapping[str, Any]) -> None:
    unknown = [n for n in estimator if n not in named] if isinstance(estimator, Mapping) else []
    if unknown:
        raise invalid(
            "estimator",
            received=f"estimators for {unknown}",
            expected=f"a dict whose keys are among the targets {list(named)}",
            fix="check the spelling, or add it to `target`",
        )


def _predicted(predictor: Predictor, direction: str, data: Mapping[str, Prepared]) -> Any:
    """Trains and tests in one direction; returns (truth, prediction) or a reason by target."""
    source, _, goal = direction.partition("_to_")
    tested = data["real_test" if goal == "real" else "synthetic"]
    made = predictor.predictions(data[source], tested)
    return {
        name: values if isinstance(values, str) else (tested.truth[name], values)
        for name, values in made.items()
    }


def _scores(target: Target, results: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    """Returns the scores of one target by direction."""
    number = target.kind == "continuous"
    found = {}
    for direction, by_target in results.items():
        result = by_target[target.name]
        if isinstance(result, str):
            found[direction] = lost(NUMBER_METRICS if number else METRICS, result)
        elif number:
            found[direction] = regression_scores(*result, **options)
        else:
            classes = target.classes if target.kind == "categorical" else ()
            found[direction] = classification_scores(*result, classes=classes, **options)
    return found


_WORDS = {"auc": "a mean AUC", "r2": "a mean R2"}


def _summary(
    data: Mapping[str, Prepared],
    parts: Sequence[str],
    scores: Mapping[str, Any],
    targets: Sequence[Target],
    reasons: Mapping[str, str],
) -> str:
    parts_seen = " and ".join({"image": "the image", "table": "the row"}[part] for part in parts)
    names = ", ".join(str(target) for target in targets)
    text = [
        f"Predictors with {parts_seen} as input were trained on {len(data['real'])} real "
        f"samples, {len(data['synthetic'])} synthetic samples, or both. {len(data['real_test'])} "
        f"other real samples were used for testing. Targets: {names or 'none that can be used'}."
    ]
    for metric, words in _WORDS.items():
        best, got = both_known(scores, metric)
        if best is not None and got is not None:
            text.append(
                f"Tested on real samples, predictors reach {words} of {best:.3f} after training on "
                f"real samples and of {got:.3f} after training on synthetic ones."
            )
    if len(text) > 1:
        text.append(
            "The second score is too optimistic if the generator was trained on the test samples."
        )
    for target in targets:
        for which, count in target.strange.items():
            if count:
                text.append(
                    f"{count} {which.replace('_', ' ')} samples were left out, because their "
                    f"value of {target.name} does not occur in real samples."
                )
    text += [f"{name} could not be used: {reason}." for name, reason in reasons.items()]
    return " ".join(text)
