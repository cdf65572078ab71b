"""From what `compile(loss=...)` takes to an adversarial loss."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from typing import Any

import keras

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss
from keras_gan_kit.losses.binary_crossentropy import BinaryCrossentropy
from keras_gan_kit.losses.hinge import Hinge
from keras_gan_kit.losses.keras_loss import KerasLoss
from keras_gan_kit.losses.least_squares import LeastSquares
from keras_gan_kit.losses.minimax import Minimax
from keras_gan_kit.losses.player_losses import PlayerLosses
from keras_gan_kit.losses.relativistic import Relativistic
from keras_gan_kit.losses.wasserstein import Wasserstein

_BY_NAME: dict[str, Callable[..., AdversarialLoss]] = {
    "bce": BinaryCrossentropy,
    "minimax": Minimax,
    "least_squares": LeastSquares,
    "hinge": Hinge,
    "wasserstein": Wasserstein,
    "relativistic": Relativistic,
}


# What others call them.
_ELSEWHERE = {"lsgan": "least_squares", "wgan": "wasserstein"}


def get(loss: Any, outputs: str = "logits") -> AdversarialLoss:
    """Resolves `loss` for a discriminator with the given kind of output.

    Args:
        loss: A name, an `AdversarialLoss`, a Keras loss or its name, or a dict with the keys
            "discriminator" and "generator" of these.
        outputs: What the discriminator ends in: "logits" (no bounds), "probabilities" (a
            sigmoid) or "tanh". By name, `from_logits` follows it.

    Returns:
        The adversarial loss.

    Raises:
        ValueError: If the name is unknown, or the loss cannot take such outputs.
        TypeError: If `loss` is none of the above.

    Example:
        >>> get("bce", "probabilities")
        BinaryCrossentropy(label_smoothing=0.0, from_logits=False)
    """
    resolved = _resolve(loss, outputs)
    if outputs not in resolved.outputs:
        raise invalid(
            "loss",
            received=f"{loss!r} for a discriminator that ends in {outputs}",
            expected=f"a discriminator that ends in {' or '.join(resolved.outputs)}",
            fix="change the last activation of the discriminator (None gives logits, "
            "'sigmoid' probabilities), or take another loss: 'bce' suits logits and "
            "probabilities",
        )
    return resolved


def _resolve(loss: Any, outputs: str) -> AdversarialLoss:
    if isinstance(loss, AdversarialLoss):
        return loss
    if isinstance(loss, dict):
        if set(loss) != {"discriminator", "generator"}:
            raise invalid(
                "loss",
                received=f"a dict with the keys {sorted(map(str, loss))}",
                expected="the keys 'discriminator' and 'generator', both",
                fix="name a loss for each player",
            )
        return PlayerLosses(get(loss["discriminator"], outputs), get(loss["generator"], outputs))
    if isinstance(loss, str):
        return _named(loss, outputs)
    if isinstance(loss, keras.losses.Loss) or inspect.isfunction(loss):
        return KerasLoss(loss)
    raise wrong_type(
        "loss",
        received=f"{loss!r} of type {type(loss).__name__}",
        expected="a name, an AdversarialLoss, a Keras loss, or a dict of these",
        fix=f"pass one of {', '.join(map(repr, _BY_NAME))}",
    )


def _named(name: str, outputs: str) -> AdversarialLoss:
    from_logits = outputs == "logits"
    if name in ("bce", "minimax"):
        return _BY_NAME[name](from_logits=from_logits)
    if name in _BY_NAME:
        return _BY_NAME[name]()
    if name in ("binary_crossentropy", "BinaryCrossentropy", "BCE"):
        return KerasLoss(keras.losses.BinaryCrossentropy(from_logits=from_logits))
    try:
        return KerasLoss(keras.losses.get(name))
    except (TypeError, ValueError) as error:
        known = {known: known for known in (*_BY_NAME, "mse", "mae", "poisson")} | _ELSEWHERE
        close = difflib.get_close_matches(name.lower(), known, 1, 0.4)
        raise invalid(
            "loss",
            received=repr(name),
            expected=f"one of {', '.join(map(repr, _BY_NAME))}, or the name of a Keras loss "
            "that compares one number with its target, such as 'mse'",
            fix=f"did you mean {known[close[0]]!r}?" if close else "pass 'bce'",
        ) from error
