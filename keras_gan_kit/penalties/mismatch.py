"""A penalty on samples whose parts do not belong together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops, tree

from keras_gan_kit._errors import invalid
from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.penalties.penalty import Penalty, as_inputs, check_weight


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class Mismatch(Penalty):
    """Penalizes high scores for samples whose parts come from different real samples.

    In a mismatched sample, such as an image with the table row of another patient, part k comes
    from the real sample k positions later in the batch:

        weight * E[softplus(D(mismatched) - D(real))]

    After Reed et al. 2016 (arXiv 1605.05396, section 4.2), whose discriminator learns that real
    images with the text of others are fake. Here the two scores are compared, as in the
    relativistic loss, so only their difference matters. Without this penalty, the discriminator
    learns late which parts belong together, because other mistakes of the generator are easier to
    find.

    If several devices share a batch, each mismatches the samples of its own share.

    Args:
        weight: At least 0; 1 weights it like the loss.

    Raises:
        TypeError: If `weight` is not a number.
        ValueError: If `weight` is negative or not finite, or if samples have a single part.

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
        self,
        discriminate: Callable[[Any], Any],
        real: Any,
        fake: Any,
        *,
        seed: Any = None,
        sample_weight: Any = None,
    ) -> Any:
        """Returns the weighted penalty, a float32 scalar."""
        parts = tree.flatten(as_inputs(real))
        if len(parts) < 2:
            raise invalid(
                "penalties",
                received="Mismatch, for samples with a single part",
                expected="samples with several parts, such as {'image': ..., 'table': ...}",
                fix="remove Mismatch",
            )
        others = [ops.roll(part, -shift, axis=0) for shift, part in enumerate(parts)]
        mismatched = discriminate(tree.pack_sequence_as(real, others))
        pairs = zip(tree.flatten(discriminate(real)), tree.flatten(mismatched), strict=True)
        excess = [ops.cast(other, "float32") - ops.cast(own, "float32") for own, other in pairs]
        means = [weighted_mean(ops.softplus(part), sample_weight) for part in excess]
        return self.weight * sum(means) / len(means)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"weight": self.weight}
