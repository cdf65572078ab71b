"""Corrects for multiple tests."""

from __future__ import annotations

from collections.abc import Mapping


def significant(p_values: Mapping[str, float], level: float) -> list[str]:
    """Returns the tests that are significant after Holm's correction (1979), smallest p first.

    Args:
        p_values: The p-values by test name.
        level: The family-wise error rate.

    Example:
        >>> significant({"a": 0.03, "b": 0.001, "c": 0.02}, 0.05)
        ['b', 'c', 'a']
        >>> significant({"a": 0.03, "b": 0.001, "c": 0.03}, 0.05)
        ['b']
    """
    order = sorted(p_values, key=lambda name: p_values[name])
    kept = []
    for i, name in enumerate(order):
        if p_values[name] * (len(order) - i) >= level:
            break
        kept.append(name)
    return kept
