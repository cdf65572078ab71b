"""The sections of `compare_tables`."""

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


LEVEL = 0.05  # of significance, after the correction
_WORST = 20  # pairs in the table


def columns_section(
    columns: Sequence[Column], scores: Mapping[str, Any], left_out: Mapping[str, str]
) -> Section:
    """Describes single columns: distributions, coverage, missing values, tests."""
    import pandas as pd

    rows = {
        column.name: {
            "kind": column.kind,
            "shape": scores[column.name]["shape"]["value"],
            "coverage": scores[column.name]["coverage"]["value"],
            "missing, real": column.missing()[0],
            "missing, synthetic": column.missing()[1],
            "p": scores[column.name]["p_value"],
            "q": scores[column.name]["q_value"],
            "differs": "yes" if scores[column.name]["q_value"] < LEVEL else "no",
        }
        for column in columns
    }
    table = pd.DataFrame.from_dict(rows, orient="index").sort_values("shape", kind="stable")
    tables = {"All columns, the worst first": table}
    counts = _counts([column for column in columns if column.kind == "binary"])
    if len(counts):
        tables["Counts of the binary columns"] = counts
    if left_out:
        tables["Columns that could not be compared"] = pd.DataFrame.from_dict(
            left_out, orient="index", columns=["reason"]
        )
    return Section(
        "Single columns",
        "The shape is 1 if a column has the same distribution in both tables, and 0 if no values "
        "are shared. The coverage is the share of the real range, or of the real values, that also "
        "occurs among the synthetic rows. p is the probability of such a difference between two "
        "samples of the same population. q is p corrected for the number of columns; a column "
        "differs significantly if q is below 0.05.",
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
        # A column that was to be rounded may have as many other values as rows.
        strange = column.present()[1]
        strange = strange[~np.isin(strange, known)]
        if len(strange):
            rows[f"{column.name}: {len(np.unique(strange))} other values"] = [0, len(strange)]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["real", "synthetic"])


def statistics_section(columns: Sequence[Column]) -> Section:
    """Shows basic statistics, as in the published comparison."""
    table = statistics_table(columns)
    return Section(
        "Basic statistics",
        "Median, mean, quartiles, minimum and maximum of every numeric column."
        + ("" if len(table) else " There are none."),
        statistics_maps(columns),
        {"All statistics": table} if len(table) else {},
    )


def pairs_section(columns: Sequence[Column], pairs: Mapping[Any, Any]) -> Section:
    """Describes correlations and contingency tables."""
    import pandas as pd

    rows = [
        (*pair, entry["value"], entry.get("not_computable", "")) for pair, entry in pairs.items()
    ]
    table = pd.DataFrame(rows, columns=["first", "second", "score", "not computable"])
    table = table.sort_values("score", kind="stable").head(_WORST).reset_index(drop=True)
    return Section(
        "Pairs of columns",
        "Dependencies between columns, compared with the real table. A table can have realistic "
        "columns and still be useless if, for example, ages no longer match diseases."
        + ("" if rows else " There is only one column."),
        [*correlation_maps(columns), *pair_map(columns, pairs)],
        {f"The {len(table)} worst pairs": table} if rows else {},
    )


def whole_section(vectors: Sequence[Any], detection: Mapping[str, Any], seed: int) -> Section:
    """Describes whole rows: the classifier, PCA and t-SNE."""
    if detection["value"] is None:
        text = f"The classifier test could not be computed: {detection['not_computable']}."
    else:
        text = (
            f"Boosted trees were trained on half of {detection['samples']} rows to separate real "
            "from synthetic ones. On the other half their accuracy is "
            f"{detection['accuracy']:.1%} (p = {detection['p_value']:.2g} for random guessing) and "
            f"their AUC {detection['value']:.3f}. The classifier uses any difference, even "
            "rounding. A high value shows that there is a difference, not that it matters."
        )
    return Section("Rows as a whole", text, projection(*vectors, what="row", seed=seed))
