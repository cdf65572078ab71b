"""Says when training is dying."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import tree

from keras_gan_kit._arguments import integer, number, one_of
from keras_gan_kit._errors import warn
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback

_SAMPLES, _CLASSES = 16, 4
_ACTIONS = ("warn", "stop")
_ADVICE = {
    "not_finite": "lower the learning rates, or add a gradient penalty",
    "accuracy": "lower the discriminator's learning rate, smooth its labels, or add R1",
    "gap": "add R1 or a gradient penalty, or lower the discriminator's learning rate",
    "diversity": "this is mode collapse: lower the learning rates, try loss='relativistic' with "
    "R1 and R2, or WGANGP",
}


class StabilityMonitor(PeriodicCallback):
    """Watches for the ways in which a GAN's training dies.

    Looked for are: a value in the logs of any step that is NaN or infinite; a discriminator that
    is always right or always wrong; a gap between its mean outputs for real and fake samples that
    leaves no gradient; samples of fixed latents, of one class where there are classes, that become
    all alike. Each is reported once, in a line that says what was seen and what usually helps, and
    again only after it had passed. A critic ("wasserstein") ought to be right, and to leave a gap.

    Args:
        every: How many steps or epochs lie between two looks, at least 1.
        unit: "step" or "epoch".
        action: "warn" only warns; "stop" ends training too.
        patience: For how many looks in a row the accuracy or the gap has to be out of bounds.
        max_gap: The largest healthy difference of mean logits, for losses that saturate.
        min_diversity: The smallest healthy diversity, as a share of the largest one seen. The
            diversity is the standard deviation over samples, averaged over everything else.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a number is out of range, or `action` is unknown.

    Example:
        >>> StabilityMonitor(action="stop").patience
        10
    """

    first_step = False

    def __init__(
        self,
        *,
        every: int = 100,
        unit: str = "step",
        action: str = "warn",
        patience: int = 10,
        max_gap: float = 20.0,
        min_diversity: float = 0.05,
    ) -> None:
        super().__init__(every=every, unit=unit)
        self.action = one_of("action", action, _ACTIONS)
        self.patience = integer("patience", patience)
        self.max_gap = _check_number("max_gap", max_gap, high=np.inf)
        self.min_diversity = _check_number("min_diversity", min_diversity, high=1.0)

    def steps_remembered(self, steps_per_epoch: int | None) -> int:
        """Asks the step log to remember all steps between two looks."""
        return self._steps_between_events(steps_per_epoch)

    def on_train_begin(self, logs: Any = None) -> None:
        """Forgets what an earlier fit looked like."""
        super().on_train_begin(logs)
        self._seen = self.gan.progress.steps
        self._reported: set[str] = set()
        self._streaks = {"accuracy": 0, "gap": 0}
        self._most_diverse = 0.0

    def on_event(self, name: str) -> None:
        """Looks at the steps since the last time."""
        gan = self.model
        first, rows = gan.step_log.read(self._seen)
        self._seen = first + len(rows)
        if not len(rows):
            return
        names = gan.step_log.names
        finite = np.isfinite(rows)
        if not finite.all():
            step, column = np.argwhere(~finite)[0]
            found = f"{names[column]} was {rows[step, column]} at step {first + step}"
            self._report("not_finite", found)
            return
        means = dict(zip(names, rows.mean(axis=0), strict=True))
        self._watch_discriminator(means)
        self._watch_diversity()

    def on_train_end(self, logs: Any = None) -> None:
        """Looks at the last steps too."""
        if self.gan.steps_taken > self._seen:
            self.on_event("end")

    def _watch_discriminator(self, means: dict[str, float]) -> None:
        loss = self.gan.adversarial_loss
        accuracy = means["d_accuracy"]
        self._watch(
            "accuracy",
            loss.saturates and not 0.001 < accuracy < 0.999,
            f"the discriminator's accuracy has been {accuracy:.3f} for {self.patience} looks",
        )
        gap = abs(means["d_real"] - means["d_fake"])
        self._watch(
            "gap",
            loss.saturates and "logits" in loss.outputs and gap > self.max_gap,
            f"real and fake logits have been {gap:.3g} apart for {self.patience} looks",
        )

    def _watch(self, kind: str, out_of_bounds: bool, found: str) -> None:
        self._streaks[kind] = self._streaks[kind] + 1 if out_of_bounds else 0
        if not out_of_bounds:
            self._reported.discard(kind)
        elif self._streaks[kind] >= self.patience:
            self._report(kind, found)

    def _watch_diversity(self) -> None:
        num_classes = getattr(self.gan, "num_classes", None)
        groups = min(num_classes or 1, _CLASSES)
        size = _SAMPLES // groups
        options = {} if num_classes is None else {"labels": np.repeat(np.arange(groups), size)}
        samples = self.model.generate(groups * size, seed=0, **options)
        leaves = [
            leaf.astype("float64").reshape(groups, size, -1) for leaf in tree.flatten(samples)
        ]
        if not all(np.isfinite(leaf).all() for leaf in leaves):
            self._report("not_finite", "samples are NaN or infinite")
            return
        self._reported.discard("not_finite")
        diversity = float(np.concatenate([leaf.std(axis=1).ravel() for leaf in leaves]).mean())
        self._most_diverse = max(self._most_diverse, diversity)
        if diversity >= self.min_diversity * self._most_diverse and diversity > 0:
            self._reported.discard("diversity")
            return
        self._report(
            "diversity",
            f"samples of different latents differ by {diversity:.2g} only, once by "
            f"{self._most_diverse:.2g}",
        )

    def _report(self, kind: str, found: str) -> None:
        if kind in self._reported:
            return
        self._reported.add(kind)
        steps = self.gan.progress.steps  # which tells two reports apart: Python hides equal ones
        warn(f"Training looks unstable: {found}. {_ADVICE[kind]}. Seen after {steps} steps.")
        if self.action == "stop":
            self.model.stop_training = True


def _check_number(argument: str, value: Any, *, high: float) -> float:
    return number(
        argument,
        value,
        lambda x: 0 < x <= high,
        expected=f"a number above 0, up to {high:g}",
        fix="leave it out for the default",
    )
