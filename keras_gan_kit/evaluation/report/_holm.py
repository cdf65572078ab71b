"""Several tests at once."""

from __future__ import annotations

from collections.abc import Mapping


def significant(p_values: Mapping[str, float], level: float) -> list[str]:
    """Returns the tests that Holm's correction (1979) leaves significant, the smallest p first.

    Args:
        p_values: By the name of the test.
        level: The chance that any of them is, where there is nothing to find.

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
