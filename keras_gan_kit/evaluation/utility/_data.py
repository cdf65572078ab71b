"""Prepares samples to train and test the predictors of `utility`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.samples._samples import Samples
from keras_gan_kit.evaluation.utility._targets import Target

_TEST_SHARE = 0.3


@dataclass(frozen=True)
class Prepared:
    """The inputs of predictors, and the non-missing values of the targets by name."""

    samples: Samples
    truth: dict[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.samples)

    def take(self, chosen: NDArray[Any]) -> Prepared:
        """Returns the samples with these indices."""
        truth = {name: values[chosen] for name, values in self.truth.items()}
        return Prepared(self.samples.take(chosen), truth)


def prepared(
    which: str,
    samples: Samples,
    targets: Sequence[Target],
    parts: Sequence[str],
    least: int,
) -> Prepared:
    """Drops the parts that are not inputs, and the samples with a missing target.

    Args:
        which: The name of the samples.
        samples: Samples from `comparable`, without the columns of targets.
        targets: The targets.
        parts: The inputs: "image", "table" or both.
        least: The smallest number of samples.

    Raises:
        ValueError: If fewer than `least` samples remain.
    """
    truth = {target.name: target.truth[which] for target in targets}
    kept = np.flatnonzero(
        ~np.isnan(np.stack([*truth.values(), np.zeros(len(samples))])).any(axis=0)
    )
    if len(kept) < least:
        raise invalid(
            which,
            received=f"{len(samples)} samples, of which {len(kept)} have values that occur in "
            f"`real` for all targets ({', '.join(truth)})",
            expected=f"at least {least}",
            fix="leave out the target with the most missing values, or pass more samples",
        )
    seen = Samples(**{part: getattr(samples, part) for part in parts})
    whole = {
        target.name: values if target.kind == "continuous" else np.nan_to_num(values).astype(int)
        for target, values in zip(targets, truth.values(), strict=True)
    }
    return Prepared(seen, whole).take(kept)


def split(data: Prepared, targets: Sequence[Target], seed: int) -> tuple[Prepared, Prepared]:
    """Splits off test samples, stratified by the first target with classes."""
    from sklearn.model_selection import train_test_split

    every = np.arange(len(data))
    count = max(1, round(_TEST_SHARE * len(data)))
    shared = None
    for target in targets:
        if target.kind == "continuous":
            continue
        _, occurs = np.unique(data.truth[target.name], return_counts=True)
        # If each class has enough samples.
        if occurs.min() >= 2 and min(count, len(data) - count) >= len(occurs) > 1:
            shared = data.truth[target.name]
        break
    train, test = train_test_split(every, test_size=count, stratify=shared, random_state=seed)
    return data.take(train), data.take(test)


def together(first: Prepared, second: Prepared) -> Prepared:
    """Concatenates two sets of samples."""
    import pandas as pd

    tables = [data.samples.table for data in (first, second)]
    images = [data.samples.image for data in (first, second)]
    return Prepared(
        Samples(
            None if tables[0] is None else pd.concat(tables, ignore_index=True),
            None if images[0] is None else np.concatenate(images),  # type: ignore[arg-type]
        ),
        {name: np.concatenate([first.truth[name], second.truth[name]]) for name in first.truth},
    )
