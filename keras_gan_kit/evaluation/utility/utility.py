"""Measures how useful synthetic samples are for training predictors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.report._classification import METRICS, classification_scores
from keras_gan_kit.evaluation.report._score import not_computable, score
from keras_gan_kit.evaluation.report.report import Report
from keras_gan_kit.evaluation.samples._columns import kinds_of
from keras_gan_kit.evaluation.samples._samples import Samples, alike, samples_of
from keras_gan_kit.evaluation.utility._data import Prepared, prepared, split, together
from keras_gan_kit.evaluation.utility._figures import DIRECTIONS
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
    continuous: Sequence[str] = (),
    categorical: Sequence[str] = (),
    num_resamples: int = 500,
    max_rows: int | None = 50_000,
    seed: int = 0,
) -> Report:
    """Trains predictors on real, synthetic and both kinds of samples, and tests them.

    There are four directions: real to real (the reference), real to synthetic (TRTS in Esteban et
    al. 2017), synthetic to real (TSTR), and both to real. Real test samples are never used for
    training.

    A target can be binary, categorical or numeric, and several targets of different kinds can be
    predicted together. The kind follows from the real column, as in `compare_tables`: columns with
    one or two values are binary, other numbers and dates are numeric, and all others are
    categorical. `target`, `continuous` and `categorical` override it.

    Args:
        real: A DataFrame; or a dict with a DataFrame under "table", and images `(n, height, width,
            channels)` in [-1, 1] under "image".
        synthetic: Synthetic samples of the same form.
        target: The column to predict, a list of columns, or a dict from columns to the value that
            counts as positive against all others (None for no such value). By default, the larger
            of two values is positive, or the later one in alphabetical order.
        real_test: Real samples to test on, which the generator must not have seen. None uses 30% of
            `real`.
        inputs: The predictor's inputs: "table" (without the targets), "image", or both. None uses
            all parts.
        estimator: A scikit-learn classifier, or a regressor for numbers; a compiled Keras model; or
            a dict of these by target. Copies of it are trained. None, or a target that is not in
            the dict, uses gradient-boosted trees. Numbers are scaled, and categories are one-hot
            encoded. For scikit-learn, images are reduced to 64 principal components. A Keras model
            takes images, row vectors, or a dict of both. If it is not in a dict, it predicts all
            targets, with one output for their columns side by side or with a dict of outputs by
            target: a sigmoid for a binary target, a softmax for classes (trained on one-hot
            labels), no activation for a number (trained on standardized values).
        fit_options: Options of `fit` for a Keras model, such as `{"epochs": 50}`.
        continuous: Columns to treat as numeric, targets included.
        categorical: Columns of numeric codes to treat as categorical, targets included.
        num_resamples: The number of bootstrap resamples for the intervals.
        max_rows: Larger sets are subsampled; None uses all samples.
        seed: Seed of all random choices. The weights of a Keras model follow
            `keras.utils.set_random_seed`.

    Returns:
        A `Report`. `scores["auc_synthetic_to_real"]` and the like are means over the targets with
        classes, and `scores["r2_synthetic_to_real"]` over numeric targets. `scores["auc_lost"]` and
        `scores["r2_lost"]` are the losses from training on synthetic instead of real samples.
        `scores["targets"][name][direction]` has AUC, accuracy, precision, recall, F1, Brier score
        and calibration error with intervals; for several classes, means over the classes against
        the rest, with the AUC of each under "classes"; for a number, R2 and the mean absolute error
        in its own unit (dates in days). If a score can't be computed, the reason is given. Samples
        that lack a target, or have a class that `real` lacks, are left out and counted.

    Raises:
        TypeError: If an argument has the wrong type, or an estimator does not suit its target.
        ValueError: If samples do not match, too few have all targets, a target is not a column, a
            column is listed as both kinds, or a Keras model does not match.

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
    sets = _sets(real, synthetic, real_test)
    count = integer("num_resamples", num_resamples)
    options = {"seed": integer("seed", seed, minimum=0), "num_resamples": count}
    limit = None if max_rows is None else integer("max_rows", max_rows, minimum=10)
    parts = _checked_inputs(inputs, sets["real"])
    kinds = kinds_of(continuous, categorical, sets["real"].table)
    named = named_targets(target, kinds, sets["real"])
    _check_names(estimator, named)
    sets = {name: given.sampled(limit, seed + i) for i, (name, given) in enumerate(sets.items())}
    found, reasons = targets_of(named, sets, kinds)
    targets = list(found.values())
    data = _data(sets, targets, list(named), parts, options["seed"])
    predictor = Predictor(estimator, fit_options, targets, data["real"], kinds=kinds, seed=seed)
    results = {direction: _predicted(predictor, direction, data) for direction in DIRECTIONS}
    scores = {name: _scores(found[name], results, options) for name in found}
    scores |= {
        name: dict.fromkeys(DIRECTIONS, _lost(METRICS, why)) for name, why in reasons.items()
    }
    main = _main_scores(scores)
    return Report(
        "Utility of synthetic samples",
        summary=_summary(data, parts, scores, targets, reasons),
        scores=main | {"targets": scores},
        sections=[scores_section(scores), *figures_section(targets, results)],
    )


def _sets(real: Any, synthetic: Any, real_test: Any) -> dict[str, Samples]:
    given = {"real": real, "synthetic": synthetic, "real_test": real_test}
    sets = {
        name: samples_of(name, x)
        for name, x in given.items()
        if name != "real_test" or x is not None
    }
    alike(sets)
    return sets


def _data(
    sets: Mapping[str, Samples],
    targets: Sequence[Target],
    drop: Sequence[str],
    parts: Sequence[str],
    seed: int,
) -> dict[str, Prepared]:
    """Returns training and test samples by name. "real_test" is split off if it is not given."""
    data = {}
    for name, given in sets.items():
        data[name] = prepared(name, given, targets, drop, parts, 2 if name == "real" else 1)
    if "real_test" not in data:
        data["real"], data["real_test"] = split(data["real"], targets, seed)
    data["both"] = together(data["real"], data["synthetic"])
    return data


def _checked_inputs(inputs: Any, real: Samples) -> tuple[str, ...]:
    parts = real.parts if inputs is None else (inputs,) if isinstance(inputs, str) else inputs
    if not parts or not set(parts) <= set(real.parts) or real.table is None:
        raise invalid(
            "inputs" if real.table is not None else "real",
            received=f"{inputs!r}, of samples with {' and '.join(real.parts)}",
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
            expected=f"a dict by targets, which are {list(named)}",
            fix="check the spelling, or name it as a target too",
        )


def _predicted(predictor: Predictor, direction: str, data: Mapping[str, Prepared]) -> Any:
    """Trains and tests one direction; returns (truth, prediction) by target, or a reason."""
    source, _, goal = direction.partition("_to_")
    tested = data["real_test" if goal == "real" else "synthetic"]
    made = predictor.predictions(data[source], tested)
    return {
        name: values if isinstance(values, str) else (tested.truth[name], values)
        for name, values in made.items()
    }


def _scores(target: Target, results: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    """Returns all scores of one target, by direction."""
    number = target.kind == "continuous"
    found = {}
    for direction, by_target in results.items():
        result = by_target[target.name]
        if isinstance(result, str):
            found[direction] = _lost(NUMBER_METRICS if number else METRICS, result)
        elif number:
            found[direction] = regression_scores(*result, **options)
        else:
            classes = target.classes if target.kind == "categorical" else ()
            found[direction] = classification_scores(*result, classes=classes, **options)
    return found


def _lost(metrics: Mapping[str, Any], reason: str) -> dict[str, Any]:
    return {
        name: not_computable(reason, goal=metric.goal, limits=metric.limits)
        for name, metric in metrics.items()
    }


def _main_scores(scores: Mapping[str, Any]) -> dict[str, Any]:
    main = {}
    for metric, limits in (("auc", (-1.0, 1.0)), ("r2", (None, None))):
        each = [found for found in scores.values() if metric in found["real_to_real"]]
        if not each:
            continue
        for direction in DIRECTIONS:
            found = [directions[direction][metric] for directions in each]
            main[f"{metric}_{direction}"] = found[0] if len(found) == 1 else _mean(found)
        best, got = _both_known(scores, metric)
        main[f"{metric}_lost"] = (
            score(best - got, goal="minimize", limits=limits)
            if best is not None and got is not None
            else not_computable("no target has both scores", goal="minimize", limits=limits)
        )
    return main


def _both_known(scores: Mapping[str, Any], metric: str) -> tuple[float | None, float | None]:
    """Averages real to real and synthetic to real, over the targets that have both."""
    directions = ("real_to_real", "synthetic_to_real")
    pairs = [
        [found[direction].get(metric, {}).get("value") for direction in directions]
        for found in scores.values()
    ]
    pairs = [pair for pair in pairs if None not in pair]
    if not pairs:
        return None, None
    best, got = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    return best, got


def _mean(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    known = [entry["value"] for entry in entries if entry["value"] is not None]
    if not known:
        return dict(entries[0])
    return score(sum(known) / len(known), goal="maximize", limits=entries[0]["range"])


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
        f"Predictors with {parts_seen} as input were trained on {len(data['real'])} real samples, "
        f"{len(data['synthetic'])} synthetic samples, or both, and tested on "
        f"{len(data['real_test'])} other real samples. Targets: {names or 'none that can be used'}."
    ]
    for metric, words in _WORDS.items():
        best, got = _both_known(scores, metric)
        if best is not None and got is not None:
            text.append(
                f"On real test samples, predictors reach {words} of {best:.3f} if trained on real "
                f"samples and {got:.3f} if trained on synthetic samples."
            )
    if len(text) > 1:
        text.append(
            "The second number is only valid if the generator has not seen the test samples."
        )
    for target in targets:
        for which, count in target.strange.items():
            if count:
                text.append(
                    f"{count} {which.replace('_', ' ')} samples were left out, because their "
                    f"{target.name} does not occur among the real values."
                )
    text += [f"{name} could not be used: {reason}." for name, reason in reasons.items()]
    return " ".join(text)
