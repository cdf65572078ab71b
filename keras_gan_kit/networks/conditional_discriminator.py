"""Any discriminator as one that knows classes."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._label_projection import LabelProjection
from keras_gan_kit.networks.spectral_normalization import SpectralNormalization

_KINDS = ("projection", "classifier")
_HEADS = (layers.Dense, layers.Conv1D, layers.Conv2D, layers.Conv3D)
_POOLING = {
    3: layers.GlobalAveragePooling1D,
    4: layers.GlobalAveragePooling2D,
    5: layers.GlobalAveragePooling3D,
}
_FIX = "end it in keras.layers.Dense(1) or a convolution, and its activation in a layer of its own"


def conditional_discriminator(
    discriminator: keras.Model, num_classes: int, *, kind: str = "projection"
) -> keras.Model:
    """Makes a discriminator of classes of one that knows none.

    With f(x) for the features that the last layer of weights looks at:

    - "projection" adds the product of f(x) and a learnt vector of the class to the logit: is this
      sample real, and of class y? (Miyato and Koyama 2018, arXiv 1802.05637, equation 3)
    - "classifier" adds a second output, linear in f(x), that guesses the class (AC-GAN, Odena et
      al. 2017, arXiv 1610.09585). Features that are a map are averaged for it.

    The result shares the layers of `discriminator`, and their weights. Where its last layer is in a
    `SpectralNormalization`, so is what is added.

    Args:
        discriminator: Maps samples to one channel: (n, 1), or a map (n, height, width, 1).
        num_classes: Labels are 0 to `num_classes` - 1.
        kind: "projection" or "classifier".

    Returns:
        A model from [samples, labels], the labels integers `(n,)`, to the outputs that
        `discriminator` has; or from samples to {"logit": those, "class": `(n, num_classes)`}.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a number is out of range, `kind` is unknown, or the last layer of
            `discriminator` cannot be found.

    Example:
        >>> from keras_gan_kit import networks
        >>> inner = networks.dense_discriminator((8, 8, 1), units=(16,))
        >>> conditional_discriminator(inner, num_classes=10).input_shape
        [(None, 8, 8, 1), (None,)]
        >>> sorted(conditional_discriminator(inner, num_classes=10, kind="classifier").output)
        ['class', 'logit']
    """
    num_classes = integer("num_classes", num_classes)
    one_of("kind", kind, _KINDS)
    head, activations = _take_apart(discriminator)
    sequential = isinstance(discriminator, keras.Sequential)
    samples = discriminator.inputs[0] if sequential else discriminator.input
    features = head.input

    def like_head(layer: keras.Layer) -> keras.Layer:
        normalized = isinstance(head, SpectralNormalization)
        return SpectralNormalization(layer, name=layer.name) if normalized else layer

    if kind == "classifier":
        if len(features.shape) > 2:
            features = _POOLING[len(features.shape)](name="class_features")(features)
        scores = like_head(layers.Dense(num_classes, name="class_scores"))(features)
        scores = as_output(scores, None, "class")
        outputs = {"logit": discriminator.outputs[0], "class": scores}
        return keras.Model(samples, outputs, name="classifying_discriminator")
    label = layers.Input((), dtype="int32", name="label")
    projection = LabelProjection(num_classes, dtype="float32", name="label_projection")
    x = layers.Add(dtype="float32", name="logit_and_label")(
        [head.output, like_head(projection)([features, label])]
    )
    for layer in activations:
        x = type(layer).from_config(layer.get_config())(x)
    return keras.Model([samples, label], x, name="conditional_discriminator")


def _take_apart(discriminator: Any) -> tuple[Any, list[Any]]:
    """Finds the last layer of weights, and the activations behind it."""
    if not isinstance(discriminator, keras.Model):
        raise wrong_type(
            "discriminator",
            received=f"{discriminator!r} of type {type(discriminator).__name__}",
            expected="a keras.Model from samples to one channel",
            fix="build one with keras_gan_kit.networks",
        )
    outputs: list[Any] = getattr(discriminator, "outputs", None) or []
    activations: list[Any] = []
    layer = outputs[0]._keras_history.operation if len(outputs) == 1 else None
    while isinstance(layer, layers.Activation):
        activations.insert(0, layer)
        layer = layer.input._keras_history.operation
    head, layer = layer, layer.layer if isinstance(layer, SpectralNormalization) else layer
    if not isinstance(layer, _HEADS) or layer.activation is not keras.activations.linear:
        received = f"a network that ends in {type(layer).__name__}" if outputs else "no graph"
        activation = getattr(layer, "activation", None)
        if isinstance(layer, _HEADS):
            received += f" with the activation {getattr(activation, '__name__', activation)}"
        raise invalid(
            "discriminator",
            received=received,
            expected="a functional model with one output, which a Dense layer or a "
            "convolution gives, or Activation layers behind it",
            fix=_FIX,
        )
    return head, activations
