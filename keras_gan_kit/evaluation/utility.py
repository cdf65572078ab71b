"""Is what one learns from synthetic samples true of real ones?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import explain
from keras_gan_kit._integer import integer
from keras_gan_kit.evaluation._classification import METRICS, classification_scores
from keras_gan_kit.evaluation._columns import columns_of_both, names_of
from keras_gan_kit.evaluation._predictor import Predictor
from keras_gan_kit.evaluation._samples import Samples, alike, samples_of
from keras_gan_kit.evaluation._score import NotComputableError, not_computable, score
from keras_gan_kit.evaluation._table_scores import mean_score
from keras_gan_kit.evaluation._utility_sections import DIRECTIONS, curves_section, scores_section
from keras_gan_kit.evaluation.report import Report

__all__ = ["utility"]

_TEST_SHARE = 0.3


def utility(
    real: Any,
    synthetic: Any,
    *,
    target: str | Sequence[str] | Mapping[str, Any],
    real_test: Any = None,
    inputs: Sequence[str] | None = None,
    estimator: Any = None,
    fit_options: Mapping[str, Any] | None = None,
    resamples: int = 500,
    max_rows: int | None = 50_000,
    seed: int = 0,
) -> Report:
    """Trains predictors on real, on synthetic, and on both, and tests them on the other.

    Four directions: real to real (what the data allow), real to synthetic (Esteban et al. 2017 call
    it TRTS), synthetic to real (TSTR), and real plus synthetic to real. Real tests are always on
    rows that no predictor learned from.

    Args:
        real: A DataFrame; or a dict with a DataFrame under "table", and images `(n, height, width,
            channels)` in [-1, 1] under "image".
        synthetic: The same of synthetic samples.
        target: The column to predict, or several, or a dict of columns and the value of each that
            counts as positive. Without it the greater value does, or the later in the alphabet.
        real_test: Real samples to test on. None keeps 30% of `real` for it.
        inputs: What the predictor sees: "table" (without the targets), "image", or both. None
            takes all there is.
        estimator: A scikit-learn classifier; or a compiled Keras model that ends in sigmoids, one
            for each target, with an input of images, of row vectors, or a dict of both. Copies of
            it are trained. None: gradient-boosted trees. Classifiers see vectors: numbers scaled,
            levels as indicators, images as 64 principal components, all as `real` has them.
        fit_options: For `fit` of a Keras model, such as `{"epochs": 50}`.
        resamples: Bootstrap samples for the intervals.
        max_rows: More samples than that of a kind are sampled down; None takes all.
        seed: Of all draws; a Keras model's weights follow `keras.utils.set_random_seed`.

    Returns:
        A `Report`. `scores["auc_synthetic_to_real"]` and so on are means over targets;
        `scores["auc_lost"]` is what one loses by learning from synthetic instead of real samples;
        `scores["targets"][name][direction]` has AUC, accuracy, precision, recall, F1, Brier score
        and calibration error with intervals. A target that is not binary is "not computable".

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If samples do not fit each other, a target is not a column, or the estimator
            does not fit.

    Example:
        >>> import pandas as pd
        >>> random = np.random.default_rng(0)
        >>> real = pd.DataFrame({"x": random.normal(size=400)})
        >>> real["ill"] = (real.x + random.normal(size=400) > 0).astype(int)
        >>> report = utility(real[:200], real[200:], target="ill", resamples=20)
        >>> report.scores["auc_synthetic_to_real"]["value"] > 0.6
        True
    """
    sets = {"real": samples_of("real", real), "synthetic": samples_of("synthetic", synthetic)}
    if real_test is not None:
        sets["real_test"] = samples_of("real_test", real_test)
    alike(sets)
    seed, resamples = integer("seed", seed, minimum=0), integer("resamples", resamples)
    limit = None if max_rows is None else integer("max_rows", max_rows, minimum=10)
    parts = _checked_inputs(inputs, sets["real"])
    _check_estimator(estimator)
    names, positive = _checked_targets(target, sets["real"])
    sets = {name: given.sampled(limit, seed + i) for i, (name, given) in enumerate(sets.items())}
    truths, reasons = _truths(sets, names, positive)
    known = list(truths["real"])
    data = {name: _prepared(given, truths[name], names, parts) for name, given in sets.items()}
    if real_test is None:
        data["real"], data["real_test"] = _split(*data["real"], seed)
    scores, results = _empty(known), _empty(known)
    predictor = Predictor(estimator, fit_options, data["real"][0], seed)
    for direction in DIRECTIONS if known else ():
        _run(predictor, direction, data, scores, results, {"resamples": resamples, "seed": seed})
    scores |= {name: dict.fromkeys(DIRECTIONS, _lost(why)) for name, why in reasons.items()}
    main = _main_scores(scores)
    return Report(
        "What can be learned from synthetic samples",
        summary=_summary(data, parts, main, known, reasons),
        scores=main | {"targets": scores},
        sections=[scores_section(scores), *([curves_section(results)] if known else [])],
    )


def _checked_inputs(inputs: Any, real: Samples) -> tuple[str, ...]:
    parts = real.parts if inputs is None else (inputs,) if isinstance(inputs, str) else inputs
    if not parts or not set(parts) <= set(real.parts) or real.table is None:
        raise ValueError(
            explain(
                "inputs" if real.table is not None else "real",
                received=f"{inputs!r}, of samples with {' and '.join(real.parts)}",
                expected='some of "image" and "table" that the samples have, and a table with the '
                "target",
                fix='pass for example {"image": images, "table": DataFrame({"label": labels})}',
            )
        )
    return tuple(part for part in real.parts if part in parts)


def _check_estimator(estimator: Any) -> None:
    predicts = hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")
    compiled = getattr(estimator, "compiled", False) and hasattr(estimator, "get_compile_config")
    if estimator is not None and (isinstance(estimator, type) or not (predicts or compiled)):
        raise TypeError(
            explain(
                "estimator",
                received=repr(estimator),
                expected="a scikit-learn classifier with predict_proba or decision_function, or a "
                "compiled Keras model",
                fix="pass for example LogisticRegression(), or call model.compile() first",
            )
        )


def _checked_targets(target: Any, real: Samples) -> tuple[list[str], dict[str, Any]]:
    names = names_of("target", list(target) if isinstance(target, Mapping) else target, real.table)
    if not names:
        raise ValueError(
            explain("target", received="no name", expected="a column", fix="name what to predict")
        )
    positive = {str(k): v for k, v in target.items()} if isinstance(target, Mapping) else {}
    for name, value in positive.items():
        if not (real.table[name] == value).any():  # type: ignore[index]
            raise ValueError(
                explain(
                    "target",
                    received=f"{{{name!r}: {value!r}}}",
                    expected=f"a value of the real column, such as {real.table[name].iloc[0]!r}",  # type: ignore[index]
                    fix="check the spelling and the type",
                )
            )
    return names, positive


def _truths(
    sets: Mapping[str, Samples], names: Sequence[str], positive: Mapping[str, Any]
) -> tuple[dict[str, dict[str, NDArray[Any]]], dict[str, str]]:
    """Returns the targets as 1, 0, and NaN where missing; and why some cannot be used."""
    truths: dict[str, dict[str, NDArray[Any]]] = {name: {} for name in sets}
    reasons: dict[str, str] = {}
    for target in names:
        real = sets["real"].table[[target]]  # type: ignore[index]
        for which, given in sets.items():
            columns, problems = columns_of_both(real, given.table[[target]])  # type: ignore[index]
            if not columns or columns[0].kind != "binary":
                reasons[target] = problems.get(target, "the real column has more than two values")
                break
            (column,) = columns
            code = int(column.real.max())
            if target in positive:
                code = int(column.real[int(np.argmax(real[target] == positive[target]))])
            codes = column.synthetic
            truths[which][target] = np.where(codes < 0, np.nan, codes == code)
        else:
            continue
        for found in truths.values():
            found.pop(target, None)
    return truths, reasons


Prepared = tuple[Samples, dict[str, NDArray[Any]]]


def _prepared(
    samples: Samples, truth: Mapping[str, NDArray[Any]], names: Sequence[str], parts: Sequence[str]
) -> Prepared:
    """Leaves out the targets, the parts not wanted, and rows with a missing target."""
    kept = np.flatnonzero(
        ~np.isnan(np.stack([*truth.values(), np.zeros(len(samples))])).any(axis=0)
    )
    table = samples.table.drop(columns=list(names)) if "table" in parts else None  # type: ignore[union-attr]
    image = samples.image if "image" in parts else None
    return Samples(table, image).take(kept), {k: v[kept].astype(int) for k, v in truth.items()}


def _split(
    samples: Samples, truth: dict[str, NDArray[Any]], seed: int
) -> tuple[Prepared, Prepared]:
    from sklearn.model_selection import train_test_split

    every = np.arange(len(samples))
    first = next(iter(truth.values()), every * 0)
    # Both parts get positives, where there are enough to share.
    shared = first if np.bincount(first).min() >= 2 else None
    halves = train_test_split(every, test_size=_TEST_SHARE, stratify=shared, random_state=seed)
    made = [(samples.take(half), {k: v[half] for k, v in truth.items()}) for half in halves]
    return made[0], made[1]


def _run(
    predictor: Predictor,
    direction: str,
    data: Mapping[str, Prepared],
    scores: dict[str, Any],
    results: dict[str, Any],
    options: Mapping[str, int],
) -> None:
    """Trains and tests in one direction, all targets at once."""
    source, _, goal = direction.partition("_to_")
    samples, truth = _together(data) if source == "both" else data[source]
    tested, answers = data["real_test" if goal == "real" else "synthetic"]
    try:
        chances = predictor.chances(predictor.train(samples, truth), tested)
    except NotComputableError as error:
        chances = dict.fromkeys(truth, str(error))
    for name, found in chances.items():
        if isinstance(found, str):
            scores[name][direction] = _lost(found)
        else:
            scores[name][direction] = classification_scores(answers[name], found, **options)
            results[name][direction] = answers[name], found


def _empty(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {name: {} for name in names}


def _lost(reason: str) -> dict[str, Any]:
    return {metric: not_computable(reason, goal=goal) for metric, (goal, _) in METRICS.items()}


def _together(data: Mapping[str, Prepared]) -> Prepared:
    import pandas as pd

    (first, truth), (second, others) = data["real"], data["synthetic"]
    table = None if first.table is None else pd.concat([first.table, second.table])
    image = None
    if first.image is not None and second.image is not None:
        image = np.concatenate([first.image, second.image])
    joined = {name: np.concatenate([truth[name], others[name]]) for name in truth}
    return Samples(table, image), joined


def _main_scores(scores: Mapping[str, Any]) -> dict[str, Any]:
    main = {}
    for direction in DIRECTIONS:
        found = [directions[direction]["auc"] for directions in scores.values()]
        mean = mean_score(found, found[0].get("not_computable", ""))
        main[f"auc_{direction}"] = found[0] if len(found) == 1 else mean
    best, got = (main[f"auc_{name}"]["value"] for name in ("real_to_real", "synthetic_to_real"))
    if best is None or got is None:
        lost = not_computable("one of the two AUCs is missing", goal="minimize", limits=(-1, 1))
    else:
        lost = score(best - got, goal="minimize", limits=(-1.0, 1.0))
    return main | {"auc_lost": lost}


def _summary(
    data: Mapping[str, Prepared],
    parts: Sequence[str],
    main: Mapping[str, Any],
    known: Sequence[str],
    reasons: Mapping[str, str],
) -> str:
    counts = {name: len(samples) for name, (samples, _) in data.items()}
    parts_seen = " and ".join({"image": "the image", "table": "the row"}[part] for part in parts)
    text = [
        f"Predictors that see {parts_seen} learned from {counts['real']} real, "
        f"{counts['synthetic']} synthetic, or all of these samples; {counts['real_test']} other "
        f"real samples are for tests. Targets: {', '.join(known) or 'none that can be used'}."
    ]
    best, got = (main[f"auc_{name}"]["value"] for name in ("real_to_real", "synthetic_to_real"))
    if best is not None and got is not None:
        text.append(
            f"Tested on real samples, predictors reach a mean AUC of {best:.3f} when they learned "
            f"from real samples and of {got:.3f} when they learned from synthetic ones. The second "
            "number is worth nothing if the generator has seen the test samples."
        )
    text += [f"{name} could not be used: {reason}." for name, reason in reasons.items()]
    return " ".join(text)
