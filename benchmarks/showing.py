"""Tables and plots of records."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from growth import growth_table
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, StrMethodFormatter
from measuring import Record, markdown_table

STEP = "time of a step"  # the measure of all training steps
# Okabe and Ito's colours, which differ to every kind of eye; the markers say the same again.
STYLES = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"), ("#000000", "v"))


def measures_of(records: Sequence[Record]) -> dict[tuple[str, str], list[Record]]:
    found: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        found.setdefault((record["measure"], record["unit"]), []).append(record)
    return found


def label(record: Record, records: Sequence[Record]) -> str:
    """The workload, with those of its sizes that are not the same in all records."""
    varying = [
        f"{name} {size}"
        for name, size in record["sizes"].items()
        if any(other["sizes"].get(name, size) != size for other in records)
    ]
    return ", ".join([record["workload"], *varying])


def context(records: Sequence[Record]) -> str:
    """What the records were measured on: of each fact all values, were there several."""
    facts: dict[str, dict[str, None]] = {}
    for record in records:
        found = {**record["machine"], **record["versions"]}
        found |= {"commit": record["commit"], "date": record["date"]}
        for name, value in found.items():
            facts.setdefault(name, {})[str(value)] = None
    text = ", ".join(f"{name}: {' / '.join(values)}" for name, values in facts.items())
    if any(record.get("quick") for record in records):
        text = f"**Quick run: too few repeats and steps for a result.** {text}"
    return text


def markdown(name: str, records: Sequence[Record]) -> str:
    """All that there is to say of a benchmark in words: context, measures, ratios and growth."""
    parts = [f"## {name}\n", f"{context(records)}\n"]
    parts.append(
        "Median [min, max] of the repeats. Ratios are computed within each repeat; above 1, this\n"
        "package is better than the competitor of that row.\n"
    )
    for (measure, unit), group in measures_of(records).items():
        ours = _compared(group)
        header = ["workload", "competitor", f"{measure}, {unit}"]
        rows = [
            [
                label(record, group),
                record["competitor"],
                _cell(record["median"], record["spread"]),
                *(_ratio_cell(record, name) for name in ours),
            ]
            for record in group
        ]
        parts.append(markdown_table([*header, *(f"ratio of {name}" for name in ours)], rows))
    grown = growth_table(records)
    if grown:
        parts += ["Growth: exponents of fitted power laws.\n", grown]
    return "\n".join(parts)


def page(results: Mapping[str, Sequence[Record]]) -> str:
    """All results as one page of Markdown, whose plots lie beside it as `NAME.png`."""
    parts = [
        "# Benchmark results\n",
        "Written by `python benchmarks/run.py`. The records are in the `.jsonl` files of this "
        "folder.\n",
        *(f"- [{name}](#{name})" for name in results),
        *_overview([record for records in results.values() for record in records]),
    ]
    for name, records in results.items():
        commands = dict.fromkeys(f"python benchmarks/{record['command']}" for record in records)
        parts += ["", markdown(name, records), "```sh", *commands, "```\n"]
        parts.append(f"![{name}: medians and their spread]({name}.png)")
    return "\n".join(parts) + "\n"


def _overview(records: Sequence[Record]) -> list[str]:
    """One table for all training steps: ours on TensorFlow beside each contestant."""
    ours = "kit-tensorflow"
    steps = [r for r in records if r["measure"] == STEP and ours in r["ratio_to_ours"]]
    others = list(dict.fromkeys(record["competitor"] for record in steps))
    cells = {(label(r, steps), r["competitor"]): _ratio_cell(r, ours) for r in steps}
    rows = [
        [found, *(cells.get((found, other), "") for other in others)]
        for found in dict.fromkeys(found for found, _ in cells)
    ]
    title = "\n## A step of `fit` on TensorFlow: speedup over each competitor\n"
    return [title, markdown_table(["", *others], rows)] if rows else []


def _compared(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(name for record in records for name in record["ratio_to_ours"]))


def _cell(median: float | None, spread: Sequence[float] | None) -> str:
    if median is None or spread is None:
        return "failed"
    return f"{_number(median)} [{_number(spread[0])}, {_number(spread[1])}]"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _ratio_cell(record: Record, ours: str) -> str:
    if ours not in record["ratio_to_ours"]:
        return ""
    found = record["ratio_to_ours"][ours]
    return _cell(found[0], found[1:]) if found else "failed"


def plot(name: str, records: Sequence[Record], path: Path) -> None:
    """Draws the ratios of each measure, or what was measured where nothing is compared."""
    measures = measures_of(records)
    compared = {key: group for key, group in measures.items() if _compared(group)}
    panels = compared or measures
    rows = max(len(group) for group in panels.values())
    figure = Figure(figsize=(1.5 + 4.5 * len(panels), 1.6 + 0.32 * rows), layout="constrained")
    quick = " (quick: a trial and no result)" if any(r.get("quick") for r in records) else ""
    figure.suptitle(f"{name}{quick}")
    for axes, (key, group) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        (_draw_ratios if compared else _draw_values)(axes, key, group)
        axes.invert_yaxis()
        axes.grid(axis="x", alpha=0.3)
    figure.savefig(path, dpi=120)


def _draw_ratios(axes: Any, key: tuple[str, str], group: Sequence[Record]) -> None:
    rows = [record for record in group if record["ratio_to_ours"]]
    ours = _compared(rows)
    for number, name in enumerate(ours):
        shift = 0.6 * ((number + 0.5) / len(ours) - 0.5)
        points = [
            (row + shift, *record["ratio_to_ours"][name])
            for row, record in enumerate(rows)
            if record["ratio_to_ours"].get(name)
        ]
        _draw_points(axes, points, number, name)
    axes.axvline(1.0, color="#666666", linewidth=1)
    labels = [f"{label(record, group)}\n{record['competitor']}" for record in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=8)
    axes.set_ylim(-0.5, len(rows) - 0.5)
    axes.set_xlabel(f"{key[0]}:\nhow many times better\n(right of the line: ours is better)")
    axes.legend(fontsize=8)


def _draw_values(axes: Any, key: tuple[str, str], group: Sequence[Record]) -> None:
    rows = [record for record in group if record["median"] is not None]
    points = [(row, record["median"], *record["spread"]) for row, record in enumerate(rows)]
    _draw_points(axes, points, 0, key[0])
    labels = [f"{label(record, group)}\n{record['competitor']}" for record in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=8)
    axes.set_xlabel(f"{key[0]}, {key[1]}")


def _draw_points(axes: Any, points: Sequence[Sequence[float]], number: int, name: str) -> None:
    colour, marker = STYLES[number % len(STYLES)]
    if not points:
        return
    heights, medians, lows, highs = zip(*points, strict=True)
    lower = [median - low for median, low in zip(medians, lows, strict=True)]
    upper = [high - median for median, high in zip(medians, highs, strict=True)]
    style = {"color": colour, "marker": marker, "linestyle": "none", "capsize": 3}
    axes.errorbar(medians, heights, xerr=[lower, upper], label=name, **style)
    low, high = axes.dataLim.intervalx  # of all that is drawn by now
    if high < 4 * low:  # a logarithmic axis would have a label or two
        axes.set_xscale("linear")
        return
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(
        FuncFormatter(lambda x, _: f"{x:g}" if f"{x:.0e}"[0] in "25" else "")
    )
