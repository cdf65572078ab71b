"""One score as a plain dict: its value, what it should be, and where it can lie."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Range = tuple[float | None, float | None]


class NotComputableError(Exception):
    """Raised inside a comparison: this score cannot be had, for the reason that is the message."""


def score(
    value: float, *, goal: str | float, limits: Range = (0.0, 1.0), **more: Any
) -> dict[str, Any]:
    """Makes one entry of `Report.scores`.

    Args:
        value: The score; one that is not finite becomes a "not computable" entry.
        goal: "maximize", "minimize", or the number that it should be near.
        limits: The lowest and the highest value possible; None for no bound.
        **more: Further entries that JSON can hold, such as `interval=[0.7, 0.8]`, or `floor=1.2`,
            the value that other real samples reach.

    Returns:
        `{"value", "goal", "range", ...}`.

    Example:
        >>> score(0.93, goal="maximize")
        {'value': 0.93, 'goal': 'maximize', 'range': [0.0, 1.0]}
    """
    if not math.isfinite(value):
        return not_computable("the result is not a finite number", goal=goal, limits=limits)
    return {"value": float(value), "goal": goal, "range": list(limits), **more}


def not_computable(reason: str, *, goal: str | float, limits: Range = (0.0, 1.0)) -> dict[str, Any]:
    """Makes the entry of a score that could not be computed.

    Args:
        reason: Why, in plain words.
        goal: As in `score`.
        limits: As in `score`.

    Returns:
        The entry: its value is None, and `"not_computable"` holds the reason.

    Example:
        >>> not_computable("the column is constant", goal="maximize")["not_computable"]
        'the column is constant'
    """
    return {"value": None, "goal": goal, "range": list(limits), "not_computable": reason}


def is_score(entry: object) -> bool:
    """Tells a score from a group of scores, whatever the members of the group are called."""
    return (
        isinstance(entry, Mapping)
        and {"value", "goal", "range"} <= set(entry)
        and not isinstance(entry["goal"], Mapping)
    )


def worded_goal(entry: Mapping[str, Any]) -> str:
    """Says in words what a score should be.

    Example:
        >>> worded_goal(score(0.5, goal=0.5)), worded_goal(score(3.0, goal="minimize"))
        ('0.5 is best', 'lower is better')
    """
    words = {"maximize": "higher is better", "minimize": "lower is better"}
    goal = entry["goal"]
    return words[goal] if isinstance(goal, str) else f"{goal:g} is best"
