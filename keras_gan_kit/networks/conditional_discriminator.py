"""A conditional discriminator around any discriminator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit._keras import source_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._known_conditions import known_conditions
from keras_gan_kit.networks._label_projection import LabelProjection
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks.spectral_normalization import SpectralNormalization

if TYPE_CHECKING:
    from keras_gan_kit.data import TableTransformer

_KINDS = ("projection", "classifier")
_HEADS = (layers.Dense, layers.Conv1D, layers.Conv2D, layers.Conv3D)
_POOLING = {
    3: layers.GlobalAveragePooling1D,
    4: layers.GlobalAveragePooling2D,
    5: layers.GlobalAveragePooling3D,
}
_FIX = "end it in keras.layers.Dense(1) or a convolution, followed by any Activation layers"


@seeded
def conditional_discriminator(
    discriminator: keras.Model,
    num_classes: int | None = None,
    *,
    conditions: TableTransformer | None = None,
    kind: str = "projection",
    seed: int | None = None,
) -> keras.Model:
    """Builds a conditional discriminator around an unconditional one.

    Let f(x) be the input of the discriminator's last Dense layer or convolution:

    - "projection" adds the inner product of f(x) and a learned class embedding to the logit
      (Miyato and Koyama 2018, arXiv 1802.05637, equation 3).
    - "classifier" adds a second output, linear in f(x), that predicts the class (AC-GAN, Odena et
      al. 2017, arXiv 1610.09585). A feature map is averaged first.

    With `conditions`, the embedding is a learned linear projection of their row, and the second
    output predicts each condition: scores for a class, the value for a number.

    The result shares the layers and weights of `discriminator`. If its last layer is wrapped in
    `SpectralNormalization`, the new layer is wrapped too.

    Args:
        discriminator: Maps samples to one channel: (n, 1), or a map (n, height, width, 1).
        num_classes: Labels are 0 to `num_classes` - 1.
        conditions: A `TableTransformer`, fitted on the columns to condition on, in place of
            `num_classes`.
        kind: "projection" or "classifier".
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        For "projection", a model from [samples, labels], with integer labels `(n,)`, to the output
        of `discriminator`. For "classifier", a model from samples to {"logit": that output,
        "class": `(n, num_classes)`}. With `conditions`, labels and "class" are rows `(n, width)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a number is out of range, `kind` is unknown, `discriminator` does not end
            in a Dense layer or convolution, or both or none of `num_classes` and `conditions` are
            given.

    Example:
        >>> from keras_gan_kit import networks
        >>> inner = networks.dense_discriminator((8, 8, 1), units=(16,))
        >>> conditional_discriminator(inner, num_classes=10).input_shape
        [(None, 8, 8, 1), (None,)]
        >>> sorted(conditional_discriminator(inner, num_classes=10, kind="classifier").output)
        ['class', 'logit']
    """
    rows = known_conditions(num_classes, conditions)
    width = integer("num_classes", num_classes) if rows is None else rows.width
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
        scores = like_head(layers.Dense(width, name="class_scores"))(features)
        scores = as_output(scores, None, "class")
        outputs = {"logit": discriminator.outputs[0], "class": scores}
        return keras.Model(samples, outputs, name="classifying_discriminator")
    if rows is None:
        label = layers.Input((), dtype="int32", name="label")
    else:
        label = layers.Input((rows.width,), name="condition")
    projection = LabelProjection(width, dtype="float32", name="label_projection")
    x = layers.Add(dtype="float32", name="logit_and_label")(
        [head.output, like_head(projection)([features, label])]
    )
    for layer in activations:
        x = type(layer).from_config(layer.get_config())(x)
    return keras.Model([samples, label], x, name="conditional_discriminator")


def _take_apart(discriminator: Any) -> tuple[Any, list[Any]]:
    """Finds the last Dense layer or convolution, and the activations after it."""
    if not isinstance(discriminator, keras.Model):
        raise wrong_type(
            "discriminator",
            received=f"{discriminator!r} of type {type(discriminator).__name__}",
            expected="a keras.Model from samples to one channel",
            fix="build one with keras_gan_kit.networks",
        )
    outputs: list[Any] = getattr(discriminator, "outputs", None) or []
    activations: list[Any] = []
    layer = _made_by(outputs[0]) if len(outputs) == 1 else None
    while isinstance(layer, layers.Activation):
        activations.insert(0, layer)
        layer = _made_by(layer.input)
    head, layer = layer, layer.layer if isinstance(layer, SpectralNormalization) else layer
    if not isinstance(layer, _HEADS) or layer.activation is not keras.activations.linear:
        received = f"a network that ends in {type(layer).__name__}" if outputs else "no graph"
        activation = getattr(layer, "activation", None)
        if isinstance(layer, _HEADS):
            received += f" with the activation {getattr(activation, '__name__', activation)}"
        raise invalid(
            "discriminator",
            received=received,
            expected="a functional model whose single output comes from a Dense layer or a "
            "convolution, optionally followed by Activation layers",
            fix=_FIX,
        )
    return head, activations


def _made_by(tensor: Any) -> Any:
    """Returns the layer that made a symbolic tensor."""
    source = source_of(tensor)
    return None if source is None else source.operation
