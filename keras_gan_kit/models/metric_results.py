"""The metrics of `compile` in an evaluation: in each step, and at its end."""

from __future__ import annotations

from typing import Any


def late_metrics(gan: Any) -> list[Any]:
    """Lists the metrics whose result is too costly for every step: `only_at_end` is True."""
    return [m for m in gan.evaluation_metrics if getattr(m, "only_at_end", False)]


def running_results(gan: Any) -> dict[str, Any]:
    """Returns the values so far of all metrics that have one in every step."""
    late = {id(metric) for metric in late_metrics(gan)}
    values: dict[str, Any] = {}
    for metric in gan.evaluation_metrics:
        if id(metric) not in late:
            result = metric.result()
            values |= result if isinstance(result, dict) else {metric.name: result}
    return values


def with_late_results(gan: Any, logs: dict[str, Any], *, as_dict: bool) -> Any:
    """Adds what was not asked for in the steps; orders values as `metrics_names`, unless a dict."""
    logs |= {metric.name: float(metric.result()) for metric in late_metrics(gan)}
    names = [name for name in gan.metrics_names if name in logs]
    return logs if as_dict else [logs[name] for name in [*names, *sorted({*logs} - {*names})]]
