"""Compares a synthetic table with a real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._constrained_rows import count_violations
from keras_gan_kit.evaluation.report._score import not_computable, score
from keras_gan_kit.evaluation.report.report import Report
from keras_gan_kit.evaluation.samples._columns import (
    Column,
    columns_of_both,
    emptied_columns,
    frames_of,
    keys_of,
    kinds_of,
    sampled,
    table_of,
)
from keras_gan_kit.evaluation.samples._encoder import RowEncoder
from keras_gan_kit.evaluation.samples._samples import left_out_text
from keras_gan_kit.evaluation.tables._scores import column_scores, mean_score, pair_scores
from keras_gan_kit.evaluation.tables._sections import (
    LEVEL,
    below_half,
    columns_section,
    constraints_section,
    pairs_section,
    statistics_section,
    whole_section,
)
from keras_gan_kit.evaluation.tables._two_sample import classifier_two_sample

if TYPE_CHECKING:
    import pandas as pd


def compare_tables(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    continuous: Sequence[str] = (),
    categorical: Sequence[str] = (),
    constraints: Sequence[str] = (),
    max_rows: int | None = 200_000,
    seed: int = 0,
) -> Report:
    """Compares two tables column by column, pair by pair, and row by row.

    The scores have their standard definitions. A column scores 1 minus the Kolmogorov-Smirnov
    statistic (continuous) or 1 minus the total variation distance (others), without missing values.
    A pair of continuous columns scores 1 - |r_real - r_synthetic| / 2, and other pairs score 1
    minus the total variation distance of the contingency tables. Differences in columns are tested
    for significance, corrected for the number of columns (Benjamini and Hochberg 1995). A
    classifier is trained to distinguish real from synthetic rows (Lopez-Paz and Oquab 2017).

    The real column determines the kind: columns with one or two values are binary; other numbers,
    dates and durations are continuous; all others are categorical. Numbers are compared in the
    coarser of the two tables' dtypes, so a float32 copy of a table equals the table.

    Keys, such as a running number or a patient id, are left out. A column is a key if all its
    values differ in the real table and it contains text, integers that step by a constant, or
    integers under a name with a word such as id, key, no, nr, number or mrn. `continuous` and
    `categorical` override this.

    Args:
        real: A `pandas.DataFrame`, or an array of shape (rows, columns).
        synthetic: A table with the same columns in any order, and any number of rows.
        continuous: Columns to treat as continuous; text is parsed as dates or numbers.
        categorical: Columns of numbers that are codes.
        constraints: Constraints such as `"admitted <= discharged"`, as in `TableTransformer`. The
            report counts the rows of both tables that violate each.
        max_rows: Larger tables are randomly sampled down to this size, and the report says so; None
            uses all rows.
        seed: Seed of all random draws.

    Returns:
        A `Report`. Its main scores: `overall` (the mean of the next two), `column_shapes` and
        `pair_trends`, `rank_trends` (pairs of continuous columns by Spearman's correlations),
        `coverage` (of the real ranges and levels), `boundary_adherence` (share of synthetic numbers
        within the real range) and `category_adherence` (share of synthetic rows with a real level),
        `missing_values`, `different_columns` (share of columns that differ significantly),
        `detection` (ROC AUC of the classifier, 0.5 is best) and, with `constraints`,
        `constraint_adherence` (mean share of synthetic rows that satisfy a constraint).
        `scores["constraints"][text]` counts the violations. `scores["columns"][name]` has the
        scores of each column, and `scores["pairs"][first][second]` those of each pair.
        `scores["left_out"]` gives the reason for each column that is not compared.

    Raises:
        TypeError: If `real` or `synthetic` is not a table, or an option has the wrong type.
        ValueError: If a table is empty, no column can be compared, or an option names a column that
            doesn't exist or is in both `continuous` and `categorical`.

    Example:
        >>> import numpy as np, pandas as pd
        >>> random = np.random.default_rng(0)
        >>> sexes = random.integers(2, size=300)
        >>> real = pd.DataFrame({"age": random.normal(60, 9, 300), "sex": sexes})
        >>> report = compare_tables(real[:150], real[150:])
        >>> report.scores["columns"]["age"]["kind"], report.scores["columns"]["sex"]["kind"]
        ('continuous', 'binary')
        >>> report.scores["overall"]["value"] > 0.8
        True
    """
    given = table_of("real", real), table_of("synthetic", synthetic)
    if max_rows is not None:
        max_rows = integer("max_rows", max_rows)
    seed = integer("seed", seed, minimum=0)
    options = kinds_of(continuous, categorical, given[0])
    violations = _violations(constraints, given)
    columns, left_out, tables = _columns(given, options, max_rows, seed)
    lengths = [len(table) for table in tables]
    by_column, pairs = column_scores(columns), pair_scores(columns)
    frames = frames_of(columns, lengths)
    encoder = RowEncoder(frames[0])
    vectors = [encoder(frame) for frame in frames]
    detection = classifier_two_sample([*columns, *emptied_columns(tables, left_out)], seed=seed)
    main = _main_scores(by_column, pairs, detection)
    main |= _adherence(violations, len(given[1]))
    return Report(
        "Real and synthetic tables",
        summary=_summary(given, lengths, main, by_column, left_out) + _broken(violations),
        scores=main
        | {"columns": by_column, "pairs": _nested(pairs), "left_out": left_out}
        | ({"constraints": violations} if violations else {}),
        sections=[
            *constraints_section(violations, [len(table) for table in given]),
            columns_section(columns, by_column, left_out),
            statistics_section(columns),
            pairs_section(columns, pairs),
            whole_section(vectors, main["detection"], seed),
        ],
    )


def _nested(pairs: Mapping[tuple[str, str], Any]) -> dict[str, dict[str, Any]]:
    nested: dict[str, dict[str, Any]] = {}
    for (first, second), entry in pairs.items():
        nested.setdefault(first, {})[second] = entry
    return nested


def _violations(texts: Any, given: Sequence[pd.DataFrame]) -> dict[str, dict[str, int]]:
    """Counts the rows that violate each constraint, in all rows of both tables."""
    if isinstance(texts, str) or not isinstance(texts, Sequence):
        raise wrong_type(
            "constraints",
            received=repr(texts),
            expected="a list of strings",
            fix="pass for example constraints=['admitted <= discharged']",
        )
    return count_violations(texts, *given) if texts else {}


def _adherence(violations: Mapping[str, Any], rows: int) -> dict[str, Any]:
    if not violations:
        return {}
    share = sum(count["synthetic"] for count in violations.values()) / (rows * len(violations))
    return {"constraint_adherence": score(1.0 - share, goal="maximize")}


def _columns(
    given: Sequence[pd.DataFrame], options: Mapping[str, Any], max_rows: int | None, seed: int
) -> tuple[list[Column], dict[str, str], list[pd.DataFrame]]:
    """Returns the columns to compare, reasons for those left out, and the rows used."""
    # Keys are found before sampling, which would leave gaps in a running number.
    keys = keys_of(given[0], options)
    tables = [
        sampled(table.drop(columns=[name for name in keys if name in table]), max_rows, seed + i)
        for i, table in enumerate(given)
    ]
    columns, left_out = columns_of_both(*tables, **options)
    left_out = keys | left_out
    if not columns:
        raise invalid(
            "synthetic",
            received=f"tables without any comparable column: {left_out}",
            expected="at least one common column of the same type, with values",
            fix="use the same column names and types in both tables",
        )
    return columns, left_out, tables


def _main_scores(
    by_column: Mapping[str, Any], pairs: Mapping[Any, Any], detection: dict[str, Any]
) -> dict[str, Any]:
    entries = by_column.values()
    shapes = mean_score([entry["shape"] for entry in entries], "there are no columns")
    trends = mean_score(pairs, "no pair of columns can be compared")
    different = [name for name, entry in by_column.items() if entry["q_value"] < LEVEL]
    main = {"overall": mean_score([shapes, trends], ""), "column_shapes": shapes}
    main["pair_trends"] = trends
    ranks = [entry["spearman"] for entry in pairs.values() if "spearman" in entry]
    main["rank_trends"] = (
        score(sum(ranks) / len(ranks), goal="maximize")
        if ranks
        else not_computable("no pair of continuous columns can be compared", goal="maximize")
    )
    main["coverage"] = mean_score([entry["coverage"] for entry in entries], "")
    for name, numbers in (("boundary_adherence", True), ("category_adherence", False)):
        chosen = [x["adherence"] for x in entries if (x["kind"] == "continuous") == numbers]
        reason = f"there is no {'continuous' if numbers else 'binary or categorical'} column"
        main[name] = mean_score(chosen, reason)
    main["missing_values"] = mean_score([entry["missing"] for entry in entries], "")
    main["different_columns"] = score(len(different) / len(by_column), goal="minimize")
    return main | {"detection": detection}


def _summary(
    given: Sequence[Any],
    lengths: Sequence[int],
    main: Mapping[str, Any],
    by_column: Mapping[str, Any],
    left_out: Mapping[str, str],
) -> str:
    worst = sorted(by_column, key=lambda name: by_column[name]["shape"]["value"])[:3]
    different = sum(entry["q_value"] < LEVEL for entry in by_column.values())
    parts = [
        f"{len(given[0])} real and {len(given[1])} synthetic rows, {len(by_column)} columns.",
        "On average, the distributions of single columns agree to "
        f"{main['column_shapes']['value']:.1%}. The largest differences are in "
        + ", ".join(f"{name} ({by_column[name]['shape']['value']:.1%})" for name in worst)
        + ".",
        f"{different} of {len(by_column)} columns differ significantly (5%, corrected for the "
        "number of columns). With many rows, even small differences are significant, so look at "
        "the sizes of the differences first.",
    ]
    for kind, whole, used in zip(("real", "synthetic"), given, lengths, strict=True):
        if used < len(whole):
            parts[0] += f" A random sample of {used} {kind} rows was used."
    parts += _invented(by_column)
    detection = main["detection"]
    if detection["value"] is not None:
        parts.append(
            "A classifier distinguishes real from synthetic rows with an AUC of "
            f"{detection['value']:.2f}, where 0.5 is random guessing and 1 is perfect "
            f"separation.{below_half(detection)}"
        )
    return " ".join(parts) + left_out_text(left_out)


def _broken(violations: Mapping[str, Any]) -> str:
    """Returns a sentence on violated constraints, or an empty string."""
    if not violations:
        return ""
    listed = ", ".join(
        f"{text} ({count['real']} real, {count['synthetic']} synthetic rows)"
        for text, count in violations.items()
    )
    return f" Violations of constraints: {listed}."


def _invented(by_column: Mapping[str, Any]) -> list[str]:
    """Returns a sentence on values outside the real range or levels, or nothing."""
    shares = {name: 1.0 - entry["adherence"]["value"] for name, entry in by_column.items()}
    some = [name for name in sorted(shares, key=lambda x: -shares[x]) if shares[name] > 0][:3]
    if not some:
        return []
    listed = ", ".join(f"{name} ({shares[name]:.1%})" for name in some)
    return [f"Synthetic values outside the real range or levels occur in {listed}."]
