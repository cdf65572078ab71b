"""Computes the main scores of `utility`, which are means over targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from keras_gan_kit.evaluation.report._score import not_computable, score


def lost(metrics: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """Creates entries for scores that can't be computed for the same reason."""
    return {
        name: not_computable(reason, goal=metric.goal, limits=metric.limits)
        for name, metric in metrics.items()
    }


def main_scores(scores: Mapping[str, Any], directions: Iterable[str]) -> dict[str, Any]:
    """Returns means over targets by direction, and the loss from training on synthetic samples.

    Args:
        scores: By target and direction.
        directions: The directions to average.
    """
    main = {}
    listed = list(directions)
    for metric, limits in (("auc", (-1.0, 1.0)), ("r2", (None, None))):
        each = [found for found in scores.values() if metric in found["real_to_real"]]
        if not each:
            continue
        for direction in listed:
            found = [by_direction[direction][metric] for by_direction in each]
            main[f"{metric}_{direction}"] = found[0] if len(found) == 1 else _mean(found)
        if "synthetic_to_real" not in listed:
            continue
        best, got = both_known(scores, metric)
        main[f"{metric}_lost"] = (
            score(best - got, goal="minimize", limits=limits)
            if best is not None and got is not None
            else not_computable("no target has both scores", goal="minimize", limits=limits)
        )
    return main


def both_known(scores: Mapping[str, Any], metric: str) -> tuple[float | None, float | None]:
    """Returns the mean scores of real to real and synthetic to real, over targets with both."""
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
