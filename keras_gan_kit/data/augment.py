"""Layers that augment images and their labels together."""

from __future__ import annotations

from typing import Any, Literal

import keras

from keras_gan_kit._arguments import one_of
from keras_gan_kit._extra import extra

_UNIT = (0.0, 1.0)


def pair_augmentation(
    library: Literal["keras", "keras_cv"] = "keras",
    *,
    brightness: float = 0.1,
    contrast: float = 0.2,
    hue: float = 0.05,
) -> list[Any]:
    """Returns the usual augmentation for `PairedDataset`: flips, brightness, contrast and hue.

    You can pass other layers of both libraries to `PairedDataset`, such as rotations and zooms.
    They take and return `{"images": ..., "segmentation_masks": ...}` with images in [0, 1].

    Args:
        library: "keras" for Keras' layers; "keras_cv" for those of KerasCV (the extra `cv`), which
            ignore the seed of a `PairedDataset`.
        brightness: The largest change, as a fraction of the value range; 0 for none.
        contrast: The largest relative change of differences from the mean; 0 for none.
        hue: The largest rotation, as a fraction of the color circle; 0 for none.

    Returns:
        Layers, in the order in which they are applied.

    Raises:
        ImportError: If KerasCV is selected and not installed.
        ValueError: If the library is unknown.

    Example:
        >>> [type(layer).__name__ for layer in pair_augmentation(hue=0)]
        ['RandomFlip', 'RandomBrightness', 'RandomContrast']
    """
    one_of("library", library, ("keras", "keras_cv"))
    layers = keras.layers if library == "keras" else _keras_cv_layers()
    # An explicit seed keeps them from using the global random state.
    found = [layers.RandomFlip("horizontal_and_vertical", seed=0)]
    if brightness:
        found.append(layers.RandomBrightness(brightness, value_range=_UNIT, seed=0))
    if contrast:
        found.append(layers.RandomContrast(factor=contrast, value_range=_UNIT, seed=0))
    if hue:
        found.append(layers.RandomHue(factor=hue, value_range=_UNIT, seed=0))
    return found


def _keras_cv_layers() -> Any:
    instead = "library='keras'"
    with extra("cv", "library", received="'keras_cv'", library="KerasCV", otherwise=instead):
        from keras_cv import layers
    return layers
