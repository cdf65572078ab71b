"""A penalty for parts that do not belong together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops, tree

from keras_gan_kit._errors import invalid
from keras_gan_kit.penalties.penalty import Penalty, as_inputs, check_weight


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class Mismatch(Penalty):
    """Teaches the discriminator which parts of a real sample belong together.

    Joint samples, such as an image and its row of a table, are shown a second time with parts of
    different real samples: in each the k-th part is that of the k-th next sample of the batch. They
    should score lower than the true ones:

        weight * E[softplus(D(mismatched) - D(real))]

    The idea is that of Reed et al. 2016 (arXiv 1605.05396, section 4.2), whose discriminator takes
    real images with the text of others for fake. Here the two are compared, as the relativistic
    loss does it, so that the scores may have any level. Without it the discriminator learns what
    belongs together from the generator's mistakes alone, after everything that is easier to see.

    On several devices each takes the parts from its own share of the batch.

    Args:
        weight: At least 0; 1 counts it like the loss.

    Raises:
        TypeError: If `weight` is not a number.
        ValueError: If `weight` is negative or not finite, or when called with samples of one part.

    Example:
        >>> same = lambda x: x["a"] * x["b"]  # 1 where the signs are the same, -1 where they differ
        >>> signs = ops.convert_to_tensor([[1.0], [-1.0]])
        >>> penalty = Mismatch(1.0)(same, {"a": signs, "b": signs}, None)  # softplus(-1 - 1)
        >>> round(float(penalty), 4)
        0.1269
    """

    name, per_sample = "mismatch", False

    def __init__(self, weight: float = 1.0) -> None:
        self.weight = check_weight("weight", weight)

    def __call__(
        self, discriminate: Callable[[Any], Any], real: Any, fake: Any, *, seed: Any = None
    ) -> Any:
        """Returns the weighted penalty, a float32 scalar."""
        parts = tree.flatten(as_inputs(real))
        if len(parts) < 2:
            raise invalid(
                "penalties",
                received="Mismatch, for samples of one part",
                expected="samples of several, such as {'image': ..., 'table': ...}",
                fix="leave Mismatch out",
            )
        others = [ops.roll(part, -shift, axis=0) for shift, part in enumerate(parts)]
        mismatched = discriminate(tree.pack_sequence_as(real, others))
        pairs = zip(tree.flatten(discriminate(real)), tree.flatten(mismatched), strict=True)
        excess = [ops.cast(other, "float32") - ops.cast(own, "float32") for own, other in pairs]
        return self.weight * sum(ops.mean(ops.softplus(part)) for part in excess) / len(excess)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"weight": self.weight}
