"""Compares a synthetic table with a real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import explain
from keras_gan_kit.evaluation.report._score import score
from keras_gan_kit.evaluation.report.report import Report
from keras_gan_kit.evaluation.samples._columns import (
    columns_of_both,
    kinds_of,
    sampled,
    table_of,
)
from keras_gan_kit.evaluation.samples._encoder import RowEncoder
from keras_gan_kit.evaluation.tables._scores import column_scores, mean_score, pair_scores
from keras_gan_kit.evaluation.tables._sections import (
    LEVEL,
    columns_section,
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
    max_rows: int | None = 200_000,
    seed: int = 0,
) -> Report:
    """Compares two tables column by column, pair by pair, and row by row.

    The scores have their standard definitions. A column scores 1 minus the Kolmogorov-Smirnov
    statistic (continuous) or 1 minus the total variation distance (others). A pair scores 1 -
    |r_real - r_synthetic| / 2 (two continuous columns) or 1 minus the total variation distance of
    the contingency tables. Differences between columns are tested for significance, corrected for
    their number (Benjamini and Hochberg 1995). A classifier is trained to separate real from
    synthetic rows (Lopez-Paz and Oquab 2017).

    The kind follows from the real column: columns with one or two values are binary, other numbers
    and dates are continuous, and all others are categorical.

    Args:
        real: A `pandas.DataFrame`, or an array of shape (rows, columns).
        synthetic: A table with the same columns in any order and any number of rows.
        continuous: Columns to treat as continuous.
        categorical: Columns of numeric codes to treat as categorical.
        max_rows: Larger tables are subsampled, and the report says so; None uses all rows.
        seed: Seed of all random choices.

    Returns:
        A `Report`. Its main scores are `overall` (the mean of the next two), `column_shapes`,
        `pair_trends`, `coverage` (of the real ranges and levels), `missing_values`,
        `different_columns` (share of columns that differ significantly) and `detection` (ROC AUC of
        the classifier, 0.5 is best). `scores["columns"][name]` has the scores of a column, and
        `scores["pairs"][first][second]` those of a pair. Columns that can't be compared are in
        `scores["left_out"]` with the reason.

    Raises:
        TypeError: If an argument is not a table, or an option has the wrong type.
        ValueError: If a table is empty, no column can be compared, or a column is missing or listed
            as both kinds.

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
    tables = [sampled(table, max_rows, seed + i) for i, table in enumerate(given)]
    columns, left_out = columns_of_both(*tables, **options)
    if not columns:
        raise ValueError(_nothing_to_compare(left_out))
    by_column, pairs = column_scores(columns), pair_scores(columns)
    names = [column.name for column in columns]
    encoder = RowEncoder(tables[0][names], **options)
    vectors = [encoder(table[names]) for table in tables]
    main = _main_scores(by_column, pairs, classifier_two_sample(*vectors, seed=seed))
    nested: dict[str, dict[str, Any]] = {}
    for (first, second), entry in pairs.items():
        nested.setdefault(first, {})[second] = entry
    return Report(
        "Real and synthetic tables",
        summary=_summary(given, tables, main, by_column, left_out),
        scores=main | {"columns": by_column, "pairs": nested, "left_out": left_out},
        sections=[
            columns_section(columns, by_column, left_out),
            statistics_section(columns),
            pairs_section(columns, pairs),
            whole_section(vectors, main["detection"], seed),
        ],
    )


def _nothing_to_compare(left_out: Mapping[str, str]) -> str:
    return explain(
        "synthetic",
        received=f"tables of which no column can be compared: {left_out}",
        expected="at least one column that both tables have, of the same type",
        fix="give both tables the same names and types of columns",
    )


def _main_scores(
    by_column: Mapping[str, Any], pairs: Mapping[Any, Any], detection: dict[str, Any]
) -> dict[str, Any]:
    shapes = mean_score([entry["shape"] for entry in by_column.values()], "there is no column")
    trends = mean_score(pairs, "no pair of columns can be compared")
    different = [name for name, entry in by_column.items() if entry["q_value"] < LEVEL]
    main = {"overall": mean_score([shapes, trends], ""), "column_shapes": shapes}
    main["pair_trends"] = trends
    for name, key in (("coverage", "coverage"), ("missing_values", "missing")):
        main[name] = mean_score([entry[key] for entry in by_column.values()], "")
    main["different_columns"] = score(len(different) / len(by_column), goal="minimize")
    return main | {"detection": detection}


def _summary(
    given: Sequence[Any],
    tables: Sequence[Any],
    main: Mapping[str, Any],
    by_column: Mapping[str, Any],
    left_out: Mapping[str, str],
) -> str:
    worst = sorted(by_column, key=lambda name: by_column[name]["shape"]["value"])[:3]
    different = sum(entry["q_value"] < LEVEL for entry in by_column.values())
    parts = [
        f"{len(given[0])} real and {len(given[1])} synthetic rows, {len(by_column)} columns.",
        f"The mean score of single columns is {main['column_shapes']['value']:.1%}. The worst "
        "columns are: "
        + ", ".join(f"{name} ({by_column[name]['shape']['value']:.1%})" for name in worst)
        + ".",
        f"{different} of {len(by_column)} columns differ significantly (5%, corrected for their "
        "number). With many rows even negligible differences are significant, so consider the "
        "size of a difference first.",
    ]
    for which, (whole, used) in enumerate(zip(given, tables, strict=True)):
        if len(used) < len(whole):
            kind = ("real", "synthetic")[which]
            parts[0] += f" A random subsample of {len(used)} {kind} rows was used."
    detection = main["detection"]
    if detection["value"] is not None:
        parts.append(
            f"A classifier separates real from synthetic rows with an AUC of "
            f"{detection['value']:.2f}; 0.5 is random guessing, 1 is perfect separation."
        )
    if left_out:
        parts.append(f"{len(left_out)} columns could not be compared: {', '.join(left_out)}.")
    return " ".join(parts)
