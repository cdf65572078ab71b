"""Results of metrics that are too slow for every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


def late_metrics(gan: GANModel) -> list[Any]:
    """Returns the metrics that are too slow for every step: `only_at_end` is True."""
    return [m for m in gan.evaluation_metrics if getattr(m, "only_at_end", False)]


def running_results(gan: GANModel) -> dict[str, Any]:
    """Returns the current values of the metrics that are computed in every step."""
    late = {id(metric) for metric in late_metrics(gan)}
    values: dict[str, Any] = {}
    for metric in gan.evaluation_metrics:
        if id(metric) not in late:
            result = metric.result()
            values |= result if isinstance(result, dict) else {metric.name: result}
    return values


def with_late_results(gan: GANModel, logs: dict[str, Any], *, as_dict: bool) -> Any:
    """Adds the metrics computed at the end; returns a dict, or values in their order."""
    logs |= {metric.name: float(metric.result()) for metric in late_metrics(gan)}
    names = [name for name in gan.metrics_names if name in logs]
    return logs if as_dict else [logs[name] for name in [*names, *sorted({*logs} - {*names})]]
