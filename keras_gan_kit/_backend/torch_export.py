"""Exports from PyTorch for any batch size."""

from __future__ import annotations

from typing import Any

import torch


def dynamic_batch() -> dict[int, Any]:
    """Returns the dynamic shape of a tensor whose batch may have any size."""
    return {0: torch.export.Dim.DYNAMIC}
