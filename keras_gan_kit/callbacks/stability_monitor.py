"""Warns when training diverges or collapses."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import tree
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, number, one_of
from keras_gan_kit._errors import warn
from keras_gan_kit.callbacks._diversity import Diversity, measure, parts_of
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback
from keras_gan_kit.models._gan_model import GANModel

_SAMPLES, _CLASSES = 32, 4
_EXAMPLES = 128  # real samples to compare with
_MORE_ALIKE = 0.1  # the share of samples that may look alike, in addition to that of real ones
_ACTIONS = ("warn", "stop")
_COLLAPSE = (
    "against mode collapse, lower the learning rates, try loss='relativistic' with R1 and R2, or "
    "WGANGP"
)
_ADVICE = {
    "not_finite": "lower the learning rates, or add a gradient penalty",
    "accuracy": "lower the discriminator's learning rate, smooth its labels, or add R1",
    "gap": "add R1 or a gradient penalty, or lower the discriminator's learning rate",
    "diversity": _COLLAPSE,
    "alike": _COLLAPSE,
}
# Instead of advice to add a penalty, where there is one.
_PENALIZED = "lower the discriminator's learning rate, or raise the weight of its penalties"


class StabilityMonitor(PeriodicCallback):
    """Warns when training diverges or collapses.

    It checks for:

    - NaN or infinite values in the logs of any step, or in samples;
    - a discriminator that is always right or always wrong, or whose mean outputs for real and fake
      samples are so far apart that the gradient vanishes (not for critics, as in "wasserstein");
    - samples that are much less diverse than real ones, or than they were before;
    - samples that look alike: a shape that many latents produce.

    Real samples are those of the arrays that `fit` was given; for streams, samples are only
    compared with earlier ones. The diversity is compared for each part of a sample (image, table
    row), and within classes for a `ConditionalGAN`.

    Each problem is reported once, with the values found and the usual remedies, and again only if
    it had disappeared in between.

    Args:
        every: The number of steps or epochs between two checks, at least 1.
        unit: "step" or "epoch".
        action: "warn" only warns; "stop" also ends training.
        patience: The number of checks in a row that have to find a problem. None uses a twentieth
            of the checks of this `fit`, at least 2, or 10 if the length of the training is unknown.
            NaN values and a collapse of diversity are reported at once.
        max_gap: The largest healthy difference of mean logits, for losses that saturate.
        min_diversity: The smallest healthy diversity, as a share of that of real samples, and of
            the largest one seen. The diversity is the standard deviation over samples, averaged
            over everything else.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a number is out of range, or `action` is unknown.

    Example:
        >>> StabilityMonitor(action="stop").every
        100
    """

    first_step = False

    def __init__(
        self,
        *,
        every: int = 100,
        unit: str = "step",
        action: str = "warn",
        patience: int | None = None,
        max_gap: float = 20.0,
        min_diversity: float = 0.1,
    ) -> None:
        super().__init__(every=every, unit=unit)
        self.action = one_of("action", action, _ACTIONS)
        self.patience = None if patience is None else integer("patience", patience)
        self.max_gap = _check_number("max_gap", max_gap, high=np.inf)
        self.min_diversity = _check_number("min_diversity", min_diversity, high=1.0)

    def steps_remembered(self, steps_per_epoch: int | None) -> int:
        """Requests all steps between two checks from the step log."""
        return self._steps_between_events(steps_per_epoch)

    def on_train_begin(self, logs: Any = None) -> None:
        """Resets the state of an earlier `fit`."""
        super().on_train_begin(logs)
        self._seen = self.gan.progress.steps
        self._reported: set[str] = set()
        self._streaks = dict.fromkeys(_ADVICE, 0)
        self._most_diverse: dict[str, float] = {}
        self._real: dict[str, Diversity] | None = None
        self._looks = self.patience or self._default_patience()

    def _default_patience(self) -> int:
        steps, epochs = self.params.get("steps"), self.params.get("epochs")
        if not epochs or (self.unit == "step" and not steps):
            return 10
        checks = epochs * (steps if self.unit == "step" else 1) // self.every
        return max(2, int(checks // 20))

    def on_event(self, name: str) -> None:
        """Checks the steps since the last check."""
        gan: GANModel = self.model
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
        self._check_discriminator(means)
        self._check_samples()

    def on_train_end(self, logs: Any = None) -> None:
        """Checks the last steps."""
        if self.gan.steps_taken > self._seen:
            self.on_event("end")

    def _check_discriminator(self, means: dict[str, float]) -> None:
        loss = self.gan.adversarial_loss
        accuracy = means["d_accuracy"]
        self._watch(
            "accuracy",
            loss.saturates and not 0.001 < accuracy < 0.999,
            f"the discriminator's accuracy was {accuracy:.3f} in {self._looks} checks in a row",
        )
        gap = abs(means["d_real"] - means["d_fake"])
        self._watch(
            "gap",
            loss.saturates and "logits" in loss.outputs and gap > self.max_gap,
            f"the mean logits of real and fake samples were {gap:.3g} apart in {self._looks} "
            "checks in a row",
        )

    def _check_samples(self) -> None:
        num_classes = getattr(self.gan, "num_classes", None)
        groups = min(num_classes or 1, _CLASSES)
        labels = np.repeat(np.arange(groups), _SAMPLES // groups)
        options = {} if num_classes is None else {"labels": labels}
        parts = parts_of(self.model.generate(len(labels), seed=0, **options))
        if not all(np.isfinite(part).all() for part in parts.values()):
            self._report("not_finite", "samples are NaN or infinite")
            return
        self._reported.discard("not_finite")
        if self._real is None:
            self._real = self._measure_examples(parts, groups, num_classes is not None)
        poor, alike = "", ""
        for name, part in parts.items():
            real = self._real.get(name)
            found = measure(np.split(part, groups), real and real.distance)
            part_name = f" ({name!r})" if name else ""
            if self._collapsed(name, found, part_name):
                return
            if real and found.deviation < self.min_diversity * real.deviation:
                poor = (
                    f"samples{part_name} differ by only {found.deviation:.2g}, real ones by "
                    f"{real.deviation:.2g}"
                )
            if real and found.alike > real.alike + _MORE_ALIKE:
                alike = f"{found.alike:.0%} of samples{part_name} look like another one"
        self._watch("diversity", bool(poor), poor)
        self._watch("alike", bool(alike and not poor), alike)

    def _collapsed(self, name: str, found: Diversity, part_name: str) -> bool:
        """Reports samples that are all equal, or much less diverse than before."""
        most = max(self._most_diverse.get(name, 0.0), found.deviation)
        self._most_diverse[name] = most
        if found.deviation > 0 and found.deviation >= 0.5 * self.min_diversity * most:
            return False
        self._report(
            "diversity",
            f"samples{part_name} differ by only {found.deviation:.2g}, before by up to {most:.2g}",
        )
        return True

    def _measure_examples(
        self, parts: dict[str, Any], groups: int, by_class: bool
    ) -> dict[str, Diversity]:
        """Measures real samples in groups as large as those of generated ones."""
        dataset = self.gan.progress.dataset
        if dataset is None:  # a stream
            return {}
        count = dataset.num_samples
        few = np.linspace(0, count - 1, min(count, _EXAMPLES)).astype(int)
        real = parts_of(tree.map_structure(lambda leaf: leaf[few], dataset.samples))
        size = _SAMPLES // groups
        rows = np.arange(len(few))
        chosen = [rows]
        if by_class and dataset.y is not None:
            labels = np.asarray(dataset.y).reshape(-1)[few]
            chosen = [rows[labels == label] for label in range(groups)]
        sets = [part for found in chosen for part in _portions(found, size)]
        # Image-to-image models have different inputs and outputs, so there is nothing to compare.
        same = {key: part.shape[1] for key, part in parts.items()} == {
            key: part.shape[1] for key, part in real.items()
        }
        if not same or not sets:
            return {}
        return {key: measure([part[rows] for rows in sets]) for key, part in real.items()}

    def _watch(self, kind: str, out_of_bounds: bool, found: str) -> None:
        self._streaks[kind] = self._streaks[kind] + 1 if out_of_bounds else 0
        if not out_of_bounds:
            self._reported.discard(kind)
        elif self._streaks[kind] >= self._looks:
            self._report(kind, found)

    def _report(self, kind: str, found: str) -> None:
        if kind in self._reported:
            return
        self._reported.add(kind)
        penalized = kind in ("accuracy", "gap") and self.gan.penalties
        advice = _PENALIZED if penalized else _ADVICE[kind]
        steps = self.gan.progress.steps  # makes messages differ: Python hides repeated ones
        warn(
            f"Training looks unstable: {found}. What usually helps: {advice}. Seen after {steps} "
            "steps."
        )
        if self.action == "stop":
            self.model.stop_training = True


def _portions(rows: NDArray[np.intp], size: int) -> list[NDArray[np.intp]]:
    """Splits rows into portions of about `size`, with at least two rows each."""
    portions = np.array_split(rows, max(1, len(rows) // size))
    return [portion for portion in portions if len(portion) > 1]


def _check_number(argument: str, value: Any, *, high: float) -> float:
    return number(
        argument,
        value,
        lambda x: 0 < x <= high,
        expected=f"a number above 0, up to {high:g}",
        fix="remove it to use the default",
    )
