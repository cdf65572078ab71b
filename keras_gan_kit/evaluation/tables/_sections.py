"""Writes the sections of `compare_tables`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_gan_kit.evaluation.report._projection import projection
from keras_gan_kit.evaluation.report._section import Section
from keras_gan_kit.evaluation.samples._columns import Column
from keras_gan_kit.evaluation.tables._figures import level_bars, share_bars, violins
from keras_gan_kit.evaluation.tables._heat_maps import (
    correlation_maps,
    pair_map,
    statistics_maps,
    statistics_table,
)

if TYPE_CHECKING:
    import pandas as pd


LEVEL = 0.05  # of significance, after correction
_WORST = 20  # pairs to list in the table

_COLUMNS = (
    "Shape is 1 if a column has the same distribution in both tables, and 0 if the "
    "distributions don't overlap; it ignores missing values, which the table lists "
    "separately. Coverage is the share of the real range, or of the real levels, that also "
    "occurs in synthetic rows. Adherence is the share of synthetic values within the real "
    "range or among the real levels; below 1, the generator invents values. p is the "
    "probability of a difference at least this large between two samples of the same "
    "population; q is p corrected for the number of columns. A column differs significantly "
    "if q is below 0.05."
)


def columns_section(
    columns: Sequence[Column], scores: Mapping[str, Any], left_out: Mapping[str, str]
) -> Section:
    """Returns the section on the distributions of single columns."""
    import pandas as pd

    rows = {
        column.name: {
            "kind": column.kind,
            "shape": scores[column.name]["shape"]["value"],
            "coverage": scores[column.name]["coverage"]["value"],
            "adherence": scores[column.name]["adherence"]["value"],
            "missing, real": column.missing()[0],
            "missing, synthetic": column.missing()[1],
            "p": scores[column.name]["p_value"],
            "q": scores[column.name]["q_value"],
            "differs": "yes" if scores[column.name]["q_value"] < LEVEL else "no",
        }
        for column in columns
    }
    table = pd.DataFrame.from_dict(rows, orient="index").sort_values("shape", kind="stable")
    tables = {"All columns, lowest shape first": table}
    counts = _counts([column for column in columns if column.kind == "binary"])
    if len(counts):
        tables["Counts of binary columns"] = counts
    if left_out:
        tables["Columns left out"] = pd.DataFrame.from_dict(
            left_out, orient="index", columns=["reason"]
        )
    return Section(
        "Single columns",
        _COLUMNS,
        [*violins(columns), *share_bars(columns), *level_bars(columns)],
        tables,
    )


def _counts(columns: Sequence[Column]) -> pd.DataFrame:
    import pandas as pd

    rows = {}
    for column in columns:
        known = np.unique(column.present()[0])
        for code in known:
            name = f"{column.name} = {column.levels[code]}"
            rows[name] = [int((codes == code).sum()) for codes in column.both]
        # If a generator doesn't round, there may be as many other values as rows.
        strange = column.present()[1]
        strange = strange[~np.isin(strange, known)]
        if len(strange):
            rows[f"{column.name}: {len(np.unique(strange))} other values"] = [0, len(strange)]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["real", "synthetic"])


def constraints_section(
    violations: Mapping[str, Mapping[str, int]], rows: Sequence[int]
) -> list[Section]:
    """Returns the section on constraints, or nothing if there are none."""
    import pandas as pd

    if not violations:
        return []
    table = pd.DataFrame.from_dict(violations, orient="index", columns=["real", "synthetic"])
    for kind, count in zip(("real", "synthetic"), rows, strict=True):
        table[f"{kind}, share"] = table[kind] / count
    return [
        Section(
            "Constraints",
            "The number of rows that violate each constraint. Rows with missing values in a "
            "constraint don't violate it. If you pass the constraints to the TableTransformer "
            "before training, no generated row violates them.",
            [],
            {"Violations": table},
        )
    ]


def statistics_section(columns: Sequence[Column]) -> Section:
    """Returns the section on basic statistics."""
    table = statistics_table(columns)
    return Section(
        "Basic statistics",
        "Median, mean, quartiles, minimum and maximum of every numeric column; dates and durations "
        "are in days." + ("" if len(table) else " There is none."),
        statistics_maps(columns),
        {"All statistics": table} if len(table) else {},
    )


def pairs_section(columns: Sequence[Column], pairs: Mapping[Any, Any]) -> Section:
    """Returns the section on pairs of columns."""
    import pandas as pd

    rows = [
        (*pair, entry["value"], entry.get("spearman"), entry.get("not_computable", ""))
        for pair, entry in pairs.items()
    ]
    names = ["first", "second", "score", "Spearman", "not computable"]
    table = pd.DataFrame(rows, columns=names)
    table = table.sort_values("score", kind="stable").head(_WORST).reset_index(drop=True)
    return Section(
        "Pairs of columns",
        "Compares dependences between columns. A table can have the right distribution in every "
        "column and still be useless, for example if ages are no longer related to diseases. Two "
        "continuous columns are compared by Pearson's correlation, which measures linear "
        "dependence, and by Spearman's, which measures any monotonic dependence and is robust to "
        "outliers." + ("" if rows else " There is only one column."),
        [*correlation_maps(columns), *pair_map(columns, pairs)],
        {f"The {len(table)} pairs with the lowest score": table} if rows else {},
    )


def whole_section(vectors: Sequence[Any], detection: Mapping[str, Any], seed: int) -> Section:
    """Returns the section on entire rows: the classifier test, PCA and t-SNE."""
    if detection["value"] is None:
        text = f"The classifier test could not be computed: {detection['not_computable']}."
    else:
        text = (
            f"Gradient-boosted trees, trained on half of {detection['samples']} rows, classify "
            f"{detection['accuracy']:.1%} of the other half correctly (p = "
            f"{detection['p_value']:.2g} compared with random guessing), with an AUC of "
            f"{detection['value']:.3f}. The classifier uses everything that distinguishes the "
            "tables: rounding, missing values, and values or levels that occur in only one of "
            "them. A high AUC means that there is a difference, not that it "
            f"matters.{below_half(detection)}"
        )
    return Section("Entire rows", text, projection(*vectors, what="row", seed=seed))


def below_half(detection: Mapping[str, Any]) -> str:
    """Returns a sentence that explains an AUC well below 0.5, or an empty string."""
    count = detection["samples"] / 4  # test rows per class
    deviation = ((2 * count + 1) / (12 * count**2)) ** 0.5  # of a guessed AUC
    if detection["value"] >= 0.5 - 2 * deviation:
        return ""
    return (
        " An AUC below 0.5 means that synthetic rows repeat real ones: a row that the classifier "
        "learned as real appears again as synthetic among the test rows. Run `privacy`."
    )
