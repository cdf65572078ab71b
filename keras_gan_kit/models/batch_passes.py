"""The passes of one batch through the discriminator, which its loss and its penalties share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from keras import ops, tree

from keras_gan_kit._backend import recorded_pass
from keras_gan_kit.models.inspection import logits_among
from keras_gan_kit.penalties.penalty import slopes_at


class BatchPasses:
    """Real and fake samples and what the discriminator makes of them; penalties call it like one.

    Args:
        outputs_of: Maps samples to the discriminator's outputs.
        real: Real samples, a tensor or a nested structure of tensors.
        fake: Generated samples.
        differentiable: Whether somebody may ask for gradients at the samples.

    Attributes:
        outputs: What the discriminator makes of the real and of the fake ones.
    """

    def __init__(
        self, outputs_of: Callable[[Any], Any], real: Any, fake: Any, *, differentiable: bool
    ) -> None:
        self._outputs_of = outputs_of
        self._batches = real, fake
        if not differentiable:
            self.outputs = outputs_of(real), outputs_of(fake)
            return
        passes = [recorded_pass(outputs_of, _as_float32(x), logits_among) for x in (real, fake)]
        self.outputs = passes[0][0], passes[1][0]
        self._slopes = [functools.cache(slopes) for _, slopes in passes]

    def __call__(self, samples: Any) -> Any:
        """Returns the logits of any samples."""
        for batch, outputs in zip(self._batches, self.outputs, strict=True):
            if samples is batch:
                return logits_among(outputs)
        return logits_among(self._outputs_of(samples))

    def slopes_at(self, samples: Any) -> Any:
        """Returns the gradients of the logits at any samples, in their structure, in float32."""
        for batch, slopes in zip(self._batches, self._slopes, strict=True):
            if samples is batch:
                return slopes()
        return slopes_at(self.__call__, samples)


def _as_float32(samples: Any) -> Any:
    # Gradients have the type of what they are taken at: half precision would lose them.
    return tree.map_structure(lambda leaf: ops.cast(leaf, "float32"), samples)
