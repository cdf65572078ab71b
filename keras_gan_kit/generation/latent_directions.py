"""Finds directions of latents along which samples change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.models import GAN, ConditionalGAN
from keras_gan_kit.models._inspection import input_of, unwrapped
from keras_gan_kit.models._sampling import latents, run

Floats = NDArray[np.float64]
_METHODS = ("activations", "weights")
_ACTIVATIONS = (
    keras.layers.Activation,
    keras.layers.LeakyReLU,
    keras.layers.ReLU,
    keras.layers.PReLU,
    keras.layers.ELU,
)
# Regularizes the linear model, so that it has a solution for few samples of many dimensions.
_RIDGE = 1e-3


def latent_directions(
    gan: GAN,
    n: int = 1,
    *,
    method: str = "activations",
    layer: str | None = None,
    values: ArrayLike | Callable[[Any], ArrayLike] | None = None,
    num_samples: int = 4096,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Finds directions of latents along which samples change most, or along a property.

    `gan.generate(latents=latents + 2 * direction)` moves samples along a direction.

    - method="activations": the principal components of the activations of an early layer,
      translated to latents by linear regression (Härkönen et al. 2020, arXiv 2004.02546).
    - method="weights": the directions that the first layer stretches most: the eigenvectors of
      W W^T (Shen and Zhou 2021, arXiv 2007.06600). It needs no samples.
    - values: the direction along which a property of samples grows: the coefficients of a linear
      model from latents to values. A property that is computed from samples or table rows needs no
      labels.

    Args:
        gan: A model that draws samples from latents.
        n: The number of directions; with `values`, the number of properties.
        method: "activations" or "weights". Ignored with `values`.
        layer: For "activations": the name of the layer. None for the first activation.
        values: A function from samples, as `generate` returns them, to numbers `(num_samples,)` or
            `(num_samples, n)`; or these numbers for `gan.generate(num_samples, seed=seed)`.
        num_samples: The number of latents to sample, at least 2.
        seed: The seed of the latents.

    Returns:
        float32 `(n, latent_dim)`, of length 1; the first direction is that of the largest change.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a number is out of range, there is no such layer, or values have another
            length or are all equal.

    Example:
        >>> from keras_gan_kit import networks
        >>> generator = networks.dense_generator((4, 4, 1), latent_dim=3, units=(8,))
        >>> gan = GAN(generator, networks.dense_discriminator((4, 4, 1), units=(8,)))
        >>> latent_directions(gan, 2, method="weights").shape
        (2, 3)
        >>> def brightness(images):
        ...     return images.mean(axis=(1, 2, 3))
        >>> (brighter,) = latent_directions(gan, values=brightness, num_samples=64)
    """
    if not isinstance(gan, GAN) or gan.latent_dim is None:
        raise wrong_type(
            "gan",
            received=f"{type(gan).__name__}",
            expected="a model that draws samples from latents, such as GAN",
            fix="wrap the generator: GAN(generator, discriminator)",
        )
    n = integer("n", n, maximum=gan.latent_dim)
    integer("num_samples", num_samples, minimum=2)
    integer("seed", seed, minimum=0)
    one_of("method", method, _METHODS)
    if values is not None:
        return _unit(_of_property(gan, n, values, num_samples, seed))
    if method == "weights":
        return _unit(_of_weights(gan, n))
    return _unit(_of_activations(gan, n, layer, num_samples, seed))


def _unit(directions: Floats) -> NDArray[np.float32]:
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (directions / np.maximum(lengths, 1e-30)).astype(np.float32)
    return unit


def _signed(directions: Floats) -> Floats:
    """Makes the largest entry of each direction positive, because their sign is arbitrary."""
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    signed: Floats = directions * signs[:, None]
    return signed


def _of_property(gan: GAN, n: int, values: Any, num: int, seed: int) -> Floats:
    if callable(values):
        values = values(gan.generate(num, seed=seed))
    array = np.asarray(values, np.float64)
    array = array[:, None] if array.ndim == 1 else array
    problem = "" if np.isfinite(array).all() else ", some of them NaN or infinite"
    if array.shape == (num, n) and not problem and (array.std(axis=0) == 0).any():
        problem = ", all of them equal"
    if array.shape != (num, n) or problem:
        raise invalid(
            "values",
            received=f"numbers of shape {array.shape}{problem}",
            expected=f"finite numbers of shape ({num}, {n}) that differ",
            fix="return a number for each sample, and pass `n` for several properties",
        )
    return _regression(latents(num, gan.latent_dim, seed=seed), array)


def _regression(points: Any, values: Floats) -> Floats:
    """Returns the coefficients `(n, latent_dim)` of a linear model from latents to values."""
    centered = points.astype(np.float64) - points.mean(axis=0)
    scaled = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-30)
    square = centered.T @ centered + _RIDGE * len(points) * np.eye(centered.shape[1])
    coefficients: Floats = np.linalg.solve(square, centered.T @ scaled).T
    return coefficients


def _of_weights(gan: GAN, n: int) -> Floats:
    inner, _ = _inner(gan)
    entry = input_of(inner)
    kernels = [
        keras.ops.convert_to_numpy(unwrapped(layer).kernel).astype(np.float64)[: gan.latent_dim]
        for layer in inner.layers
        if isinstance(unwrapped(layer), keras.layers.Dense)
        and any(tensor is entry for tensor in keras.tree.flatten(layer.input))
    ]
    if not kernels:
        raise invalid(
            "method",
            received="'weights', for a generator whose latents enter no Dense layer",
            expected="a generator that begins with a Dense layer",
            fix="pass method='activations'",
        )
    kernel = np.concatenate(kernels, axis=1)
    _, vectors = np.linalg.eigh(kernel @ kernel.T)
    return _signed(vectors.T[::-1][:n])


def _of_activations(gan: GAN, n: int, layer: str | None, num: int, seed: int) -> Floats:
    inner, entry = _inner(gan)
    points = latents(num, gan.latent_dim, seed=seed)
    inputs: Any = points
    if isinstance(gan, ConditionalGAN):
        if gan.columns is None:
            conditions: Any = np.arange(num, dtype=np.int32) % (gan.num_classes or 1)
        else:
            conditions = gan.encode_conditions(gan.draw_conditions(num, seed=seed))
        inputs = [points, conditions]
    if entry is not None:
        inputs = run(entry, inputs, batch_size=None, verbose=0)
    early = keras.Model(input_of(inner), _early(inner, layer).output)
    features = run(early, inputs, batch_size=None, verbose=0).reshape(num, -1)
    features = features.astype(np.float64) - features.mean(axis=0)
    _, _, components = np.linalg.svd(features, full_matrices=False)
    coordinates = features @ components[:n].T
    if coordinates.shape[1] < n:
        raise invalid(
            "n",
            received=f"{n}, of activations of {features.shape[1]} numbers",
            expected=f"at most {coordinates.shape[1]}",
            fix="pass a wider `layer`, or a smaller `n`",
        )
    return _signed(_regression(points, coordinates))


def _inner(gan: GAN) -> tuple[Any, Any]:
    """Returns the network that takes latents, and the model of its inputs if it is wrapped."""
    network = gan.sampling_network
    if not isinstance(gan, ConditionalGAN):
        return network, None
    nested = [layer for layer in network.layers if isinstance(layer, keras.Model)]
    joined = [layer for layer in network.layers if layer.name == "latent_and_label"]
    if not nested or not joined:
        return network, None
    return nested[0], keras.Model(network.inputs, joined[0].output)


def _early(network: Any, name: str | None) -> Any:
    """Returns the layer whose activations are analyzed."""
    if name is not None:
        for layer in network.layers:
            if layer.name == name:
                return layer
        raise invalid(
            "layer",
            received=repr(name),
            expected=f"one of {[layer.name for layer in network.layers][:12]}",
            fix="pass the name of a layer of the generator",
        )
    dense = False
    for layer in network.layers:
        dense = dense or bool(layer.weights)
        activation = getattr(unwrapped(layer), "activation", keras.activations.linear)
        if dense and (isinstance(layer, _ACTIVATIONS) or activation != keras.activations.linear):
            return layer
    raise invalid(
        "layer",
        received="None, for a generator without activations",
        expected="the name of a layer",
        fix=f"pass one of {[layer.name for layer in network.layers][:12]}",
    )
