"""How times and memory grow: exponents over batch, image size or data size, from records."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from measuring import Record, Times, markdown_table, summary

# Two sizes always lie on a line; the third can disagree.
LEAST_SIZES = 3
GROUP = ("benchmark", "workload", "competitor", "measure", "unit")


@dataclass(frozen=True)
class Growth:
    """How one measure of one contestant grows with one size."""

    workload: str
    competitor: str
    measure: str
    over: str
    sizes: tuple[float, ...]
    exponent: float
    exponents: Times  # of every repeat


def fit_exponent(sizes: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """The exponent and the factor of `value = factor * size ** exponent`.

    Least squares of the logarithms, so that a deviation by 10% counts alike at every size.

    Raises:
        ValueError: Fewer than two different sizes, or a number that is not positive.
    """
    if len(set(sizes)) < 2:
        raise ValueError(f"An exponent needs two different sizes or more. Received: {sizes}")
    if min(*sizes, *values) <= 0:
        raise ValueError(f"Sizes and values must be positive. Received: {sizes}, {values}")
    exponent, factor = np.polyfit(np.log(sizes), np.log(values), 1)
    return float(exponent), float(np.exp(factor))


def exponents(records: Iterable[Record], over: str) -> list[Growth]:
    """Fits every group of records that have three sizes or more, and differ in that one alone."""
    groups: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for found in records:
        if over in found["sizes"] and found["median"]:
            others = sorted(item for item in found["sizes"].items() if item[0] != over)
            groups[(*(str(found.get(name)) for name in GROUP), str(others))].append(found)
    return [
        _fitted(sorted(group, key=lambda found: found["sizes"][over]), over)
        for group in groups.values()
        if len({found["sizes"][over] for found in group}) >= LEAST_SIZES
    ]


def _fitted(group: list[Record], over: str) -> Growth:
    sizes = tuple(found["sizes"][over] for found in group)
    first = group[0]
    return Growth(
        first["workload"],
        first["competitor"],
        f"{first['measure']}, {first['unit']}",
        over,
        sizes,
        fit_exponent(sizes, [found["median"] for found in group])[0],
        # The first repeats of all sizes, the second ones, ...; a failed one leaves its fit out.
        [
            fit_exponent(sizes, repeat)[0]
            for repeat in zip(*(found["values"] for found in group), strict=False)
            if all(repeat)
        ],
    )


def growth_table(records: Sequence[Record]) -> str:
    """A Markdown table of every exponent that the records allow, or an empty text."""
    names = dict.fromkeys(name for found in records for name in found["sizes"])
    rows = [
        [
            found.workload,
            found.competitor,
            found.measure,
            f"{found.over}: {', '.join(f'{size:g}' for size in found.sizes)}",
            f"{found.exponent:.2f}",
            summary(found.exponents) if found.exponents else "",
        ]
        for name in names
        for found in exponents(records, name)
    ]
    header = ["workload", "competitor", "measure", "over", "exponent", "of each repeat"]
    return markdown_table(header, rows) if rows else ""
