"""Computes features of images."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import explain, invalid
from keras_gan_kit._files import written_atomically
from keras_gan_kit.evaluation.features import _feature_network as networks
from keras_gan_kit.evaluation.features.features import Features
from keras_gan_kit.evaluation.samples._encoder import PixelEncoder
from keras_gan_kit.evaluation.samples._image_arrays import reduced, reduced_size
from keras_gan_kit.evaluation.samples._image_batches import image_batches
from keras_gan_kit.evaluation.samples._numpy_files import DamagedFileError, numpy_arrays
from keras_gan_kit.models._inspection import input_of, output_of
from keras_gan_kit.models._sampling import run

_COMPONENTS = 64
_LONGEST_SIDE = 32  # pixels, to which images are reduced before the PCA


def extract_features(
    images: Any,
    *,
    features: str | keras.Model = "pixels",
    batch_size: int = 64,
    cache: str | Path | None = None,
) -> Features:
    """Computes features of images for metrics such as `frechet_distance`.

    "inception-v3" is Keras' InceptionV3 without its classifier (2,048 features). Keras downloads it
    on first use. Its weights are not those of the original Fréchet Inception distance, so don't
    compare values with published ones or with those of other features.

    "pixels" are the first 64 principal components of these images, reduced to at most 32 pixels per
    side. They need no pretrained network, and represent brightness and layout, but not texture. The
    components depend on the images, so pass the `.network` of the result to compute the same
    features of other images.

    A Keras model must take images in [-1, 1]; for another range, put a `keras.layers.Rescaling` in
    front of it. Images are resized to its input size with antialiasing, a single channel is
    repeated, and output maps are averaged.

    Args:
        images: An array (n, height, width, channels), float32 in [-1, 1] or uint8; or any iterable
            of batches of such images: a tf.data.Dataset, a generator, the shards of a generated
            dataset. Of joint samples, the part "image" is used.
        features: "pixels", "inception-v3", or a Keras model.
        batch_size: The number of images per forward pass.
        cache: A folder to store the features of each batch in, named by a hash of the images and
            the network. None for no cache.

    Returns:
        The features and the network that computed them.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If images don't match, or weights can't be downloaded.

    Example:
        >>> random = np.random.default_rng(0)
        >>> real, synthetic = random.uniform(-1, 1, (2, 50, 8, 8, 1))
        >>> first = extract_features(real)
        >>> second = extract_features(synthetic, features=first.network)
        >>> first.values.shape, second.values.shape
        ((50, 49), (50, 49))
    """
    return extract("images", images, features=features, batch_size=batch_size, cache=cache)


def extract(
    argument: str, images: Any, *, features: Any, batch_size: int, cache: str | Path | None
) -> Features:
    """Implements `extract_features`; errors name the given argument."""
    networks.check_features(features)
    integer("batch_size", batch_size)
    folder = _checked_folder(cache)
    batches = image_batches(argument, images, batch_size)
    first = next(batches)
    batch_size = len(first)  # smaller batches would be padded
    shape, batches = first.shape[1:], chain([first], batches)
    if isinstance(features, str) and features == "pixels":
        return _principal_components(argument, batches, shape)
    network = networks.inception_v3() if isinstance(features, str) else features
    name = "InceptionV3 of Keras" if isinstance(features, str) else network.name
    if tuple(input_of(network).shape[1:]) != shape or len(output_of(network).shape) != 2:
        network = networks.adapted(network, shape)
    fingerprint = networks.fingerprint_of(network)
    key = f"{fingerprint} {shape}"
    values = [_values(network, batch, batch_size, folder, key) for batch in batches]
    return Features(np.concatenate(values), name, network, fingerprint)


def _checked_folder(cache: Any) -> Path | None:
    if cache is None:
        return None
    if not isinstance(cache, str | Path) or not str(cache) or Path(cache).is_file():
        raise (ValueError if isinstance(cache, str | Path) else TypeError)(
            explain(
                "cache",
                received=repr(cache),
                expected="the path of a folder, or None",
                fix="pass for example cache='runs/features'",
            )
        )
    Path(cache).mkdir(parents=True, exist_ok=True)
    return Path(cache)


def _values(
    network: keras.Model, batch: NDArray[Any], batch_size: int, folder: Path | None, key: str
) -> NDArray[np.float32]:
    """Computes the features of one batch, or reads them from the cache."""
    path = None
    if folder is not None:
        digest = hashlib.sha256(f"{key} {len(batch)} ".encode())
        digest.update(np.ascontiguousarray(batch).data)
        path = folder / f"{digest.hexdigest()}.npy"
        stored = _stored(path, (len(batch), int(output_of(network).shape[-1])))
        if stored is not None:
            return stored
    values: NDArray[np.float32] = run(network, batch, batch_size=batch_size, verbose=0)
    if path is not None:
        with written_atomically(path) as unfinished:
            np.save(unfinished, values)
    return values


def _stored(path: Path, shape: tuple[int, int]) -> NDArray[np.float32] | None:
    """Reads cached features; None if the file doesn't exist, is damaged or has another shape."""
    if not path.exists():
        return None
    try:
        stored = numpy_arrays(path)
    except DamagedFileError:
        return None
    if isinstance(stored, dict) or stored.shape != shape or stored.dtype != np.float32:
        return None
    return np.asarray(stored)


def _principal_components(
    argument: str, batches: Iterator[NDArray[Any]], shape: tuple[int, ...]
) -> Features:
    size = (*reduced_size(shape[0], shape[1], _LONGEST_SIDE), shape[2])
    pixels = np.concatenate([reduced(batch, _LONGEST_SIDE) for batch in batches])
    count = min(_COMPONENTS, len(pixels) - 1, pixels.shape[1])
    if count < 1:
        raise invalid(
            argument,
            received="a single image",
            expected="at least 2 images to compute principal components",
            fix="pass the network from other images: features=other.network",
        )
    small = pixels.reshape(len(pixels), *size)
    encoder = PixelEncoder(small, components=count, longest=_LONGEST_SIDE, exact=True)
    flat = networks.flat_pixels(size)
    network = networks.with_projection(
        networks.adapted(flat, shape), encoder.pca.components_.T, encoder.pca.mean_
    )
    channels = "" if size[2] == 1 else f" of {size[2]} channels"
    name = f"{count} principal components of {size[0]} x {size[1]} pixels{channels}"
    return Features(encoder(small), name, network, networks.fingerprint_of(network))
