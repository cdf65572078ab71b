"""Creates scores as plain dicts of value, goal and range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Range = tuple[float | None, float | None]


class NotComputableError(Exception):
    """Raised inside a comparison if a score can't be computed. The message gives the reason."""


def score(
    value: float, *, goal: str | float, limits: Range = (0.0, 1.0), **more: Any
) -> dict[str, Any]:
    """Creates an entry of `Report.scores`.

    Args:
        value: The score. If it is not finite, the entry is "not computable".
        goal: "maximize", "minimize", or the best value.
        limits: The lowest and highest possible values; None for no bound.
        **more: Further JSON values, such as `interval=[0.7, 0.8]`, or `floor=1.2`, the score that
            real samples reach.

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
    """Creates an entry for a score that can't be computed.

    Args:
        reason: The reason.
        goal: As in `score`.
        limits: As in `score`.

    Returns:
        The entry. Its value is None, and `"not_computable"` has the reason.

    Example:
        >>> not_computable("the column is constant", goal="maximize")["not_computable"]
        'the column is constant'
    """
    return {"value": None, "goal": goal, "range": list(limits), "not_computable": reason}


def is_score(entry: object) -> bool:
    """Returns whether an entry is a score rather than a group of scores."""
    return (
        isinstance(entry, Mapping)
        and {"value", "goal", "range"} <= set(entry)
        and not isinstance(entry["goal"], Mapping)
    )


def worded_goal(entry: Mapping[str, Any]) -> str:
    """Returns the goal of a score in words.

    Example:
        >>> worded_goal(score(0.5, goal=0.5)), worded_goal(score(3.0, goal="minimize"))
        ('0.5 is best', 'lower is better')
    """
    words = {"maximize": "higher is better", "minimize": "lower is better"}
    goal = entry["goal"]
    return words[goal] if isinstance(goal, str) else f"{goal:g} is best"
