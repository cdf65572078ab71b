"""A discriminator on the features of a frozen network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._image_arguments import value_bounds
from keras_gan_kit.networks._arguments import shape_of
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks.spectral_normalization import SpectralNormalization

_STRIDES = (4, 8, 16, 32)


@seeded
def projected_discriminator(
    image_shape: Sequence[int],
    features: keras.Model,
    *,
    stages: Sequence[str] | None = None,
    channels: int = 64,
    filters: int = 64,
    value_range: tuple[float, float] = (0.0, 255.0),
    seed: int | None = None,
) -> keras.Model:
    """Builds a discriminator on the features of a frozen, pretrained network.

    Sauer et al., "Projected GANs Converge Faster", 2021 (arXiv 2111.01007). Stages of `features` at
    several resolutions are mixed by random convolutions that are never trained: 1x1 convolutions
    mix the channels of each stage (the paper's cross-channel mixing), and from the coarsest stage
    to the finest, a 3x3 convolution mixes a stage with the upsampled stage above (cross-scale
    mixing). A small head with spectral normalization scores each mixed stage. Only the heads are
    trained.

    Deviations from the paper: nearest-neighbor instead of bilinear upsampling, LeakyReLU without
    BatchNormalization in the heads, and one map of scores: those of the heads stacked vertically,
    which all have the size of the coarsest stage, so that each head has the same weight.

    Use it with `loss="hinge"`, `update="simultaneous"`, Adam(2e-4, beta_1=0, beta_2=0.99) for both
    players, and `fastgan_generator` with `ema_momentum`. `features` is part of the discriminator
    and saved with it, once.

    Args:
        image_shape: `(height, width, channels)` in pixels. Gray images are repeated to the channels
            that `features` takes.
        features: A functional image network without its head, such as
            `keras.applications.EfficientNetV2B0(include_top=False)`. It is frozen, and always runs
            in inference mode.
        stages: Names of two or more layers of `features`, from fine to coarse. None takes, of each
            of the resolutions 1/4, 1/8, 1/16 and 1/32 that `features` has, the last `Add`, or the
            last layer if there is none.
        channels: Channels of each mixed stage, at least 1.
        filters: Channels of the heads, at least 1.
        value_range: `(low, high)`, the values that `features` expects for black and white. The
            discriminator takes images in [-1, 1] and scales them. Most of `keras.applications`
            with `include_preprocessing` expects (0, 255).
        seed: Makes the random projections and the initial weights repeatable: an integer of at
            least 0. None draws new ones.

    Returns:
        A model from images `(n, height, width, channels)` in [-1, 1] to logits `(n, heads * rows,
        columns, 1)`, with the rows and columns of the coarsest stage.

    Raises:
        TypeError: If `features` is not a functional Keras model, or an argument has the wrong type.
        ValueError: If `features` does not take such images or does not have two stages, a name in
            `stages` is unknown, or a number is out of range.

    Example:
        >>> features = keras.Sequential(
        ...     [keras.Input((None, None, 3)), layers.Conv2D(4, 3, 4, padding="same", name="fine")]
        ... )
        >>> features.add(layers.Conv2D(8, 3, 2, padding="same", name="coarse"))
        >>> projected_discriminator((32, 32, 1), features).output_shape
        (None, 8, 4, 1)
    """
    shape = shape_of(image_shape)
    channels = integer("channels", channels, minimum=1)
    filters = integer("filters", filters, minimum=1)
    low, high = value_bounds("value_range", value_range)
    frozen = _frozen(features, shape, stages)

    image = layers.Input(shape, name="image")
    x = layers.Rescaling((high - low) / 2, (high + low) / 2, name="to_features")(image)
    wanted = frozen.inputs[0].shape[-1]
    if wanted != shape[-1]:
        x = layers.Concatenate(name="to_color")([x] * wanted)
    maps = frozen(x)
    scores = [
        _head(mixed, maps[-1], filters, index) for index, mixed in enumerate(_mixed(maps, channels))
    ]
    return keras.Model(image, layers.Concatenate(axis=1, name="logits")(scores), name="projected")


def _frozen(
    features: Any, shape: tuple[int, int, int], stages: Sequence[str] | None
) -> keras.Model:
    """Returns the part of `features` up to its coarsest stage, with one output per stage."""
    if not isinstance(features, keras.Model) or not getattr(features, "inputs", None):
        raise wrong_type(
            "features",
            received=features,
            expected="a functional Keras model, or a Sequential with an Input",
            fix="pass for example keras.applications.EfficientNetV2B0(include_top=False)",
        )
    taken = tuple(features.inputs[0].shape[1:])
    fits = len(features.inputs) == 1 and len(taken) == 3
    fits = fits and all(size in (None, own) for size, own in zip(taken[:2], shape, strict=False))
    if not fits or (shape[-1] != 1 and shape[-1] != taken[-1]):
        raise invalid(
            "features",
            received=f"a model of inputs of shape {[x.shape for x in features.inputs]}",
            expected=f"one input that takes images {shape}, or gray ones repeated to its channels",
            fix="build it with input_shape=(None, None, 3)",
        )
    tensors = _stages(features, shape) if stages is None else _named(features, stages)
    frozen = keras.Model(features.inputs, tensors, name="features")
    frozen.trainable = False
    return frozen


def _stages(features: keras.Model, shape: tuple[int, int, int]) -> list[Any]:
    """Finds the last feature map of each of the strides, a sum of a residual block if it has one.

    After the last sum often comes the expansion of the next block, whose activation has no
    gradient where it is at its limits.
    """
    image = keras.KerasTensor((None, *shape[:2], features.inputs[0].shape[-1]))
    whole = keras.Model(features.inputs, [_output(layer) for layer in _spatial(features)])
    shapes = whole.compute_output_shape(image.shape)
    found: dict[int, Any] = {}
    sums: dict[int, Any] = {}
    for layer, size in zip(_spatial(features), shapes, strict=True):
        for stride in _STRIDES:
            if tuple(size[1:3]) == tuple(-(-side // stride) for side in shape[:2]):
                found[stride] = _output(layer)
                if isinstance(layer, layers.Add):
                    sums[stride] = _output(layer)
    found |= sums
    if len(found) < 2:
        raise invalid(
            "features",
            received=f"a model with maps at {len(found)} of the resolutions 1/4, 1/8, 1/16, 1/32",
            expected="at least two of them",
            fix="pass the names of its stages as `stages`, or another network",
        )
    return [found[stride] for stride in sorted(found)]


def _spatial(features: keras.Model) -> list[keras.Layer]:
    return [
        layer
        for layer in features.layers
        if isinstance(getattr(layer, "output", None), keras.KerasTensor)
        and len(layer.output.shape) == 4
    ]


def _output(layer: keras.Layer) -> Any:
    return layer.output


def _named(features: keras.Model, stages: Sequence[str]) -> list[Any]:
    known = [layer.name for layer in _spatial(features)]
    unknown = [name for name in stages if name not in known]
    if len(stages) < 2 or unknown:
        raise invalid(
            "stages",
            received=f"{list(stages)}" + (f"; unknown: {unknown}" if unknown else ""),
            expected="the names of two or more layers of `features` with feature maps",
            fix=f"choose among {known[:5]} ... {known[-5:]}",
        )
    return [features.get_layer(name).output for name in stages]


def _mixed(maps: Sequence[Any], channels: int) -> list[Any]:
    """Mixes channels, then scales from coarse to fine, by fixed random convolutions."""
    mixed: list[Any] = []
    for index in reversed(range(len(maps))):
        x = _random(channels, 1, f"mix_channels_{index}")(maps[index])
        if mixed:
            x = layers.Add(name=f"add_{index}")([x, _resized(mixed[0], x, index)])
            x = _random(channels, 3, f"mix_scales_{index}")(x)
        mixed.insert(0, x)
    return mixed


def _random(channels: int, size: int, name: str) -> keras.Layer:
    return layers.Conv2D(
        channels,
        size,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        trainable=False,
        name=name,
    )


def _resized(x: Any, target: Any, index: int) -> Any:
    """Upsamples a map to the size of another, and crops it if the size is odd."""
    height, width = target.shape[1:3]
    factors = (-(-height // x.shape[1]), -(-width // x.shape[2]))
    x = layers.UpSampling2D(factors, name=f"enlarge_{index}")(x)
    extra = (x.shape[1] - height, x.shape[2] - width)
    if extra == (0, 0):
        return x
    return layers.Cropping2D(tuple((0, more) for more in extra), name=f"cut_{index}")(x)


def _head(x: Any, coarsest: Any, filters: int, index: int) -> Any:
    """Scores a mixed stage; the map of scores has the size of the coarsest stage."""
    step = 0
    while x.shape[1] > coarsest.shape[1] or x.shape[2] > coarsest.shape[2]:
        x = _convolution(filters, 4, 2, f"head_{index}_{step}")(x)
        step += 1
    if step == 0:
        x = _convolution(filters, 3, 1, f"head_{index}_0")(x)
    x = SpectralNormalization(layers.Conv2D(1, 3, padding="same"), name=f"scores_{index}")(x)
    return x


def _convolution(filters: int, size: int, stride: int, name: str) -> Any:
    convolution = layers.Conv2D(filters, size, stride, padding="same")

    def apply(x: Any) -> Any:
        x = SpectralNormalization(convolution, name=name)(x)
        return layers.LeakyReLU(0.2, name=f"{name}_relu")(x)

    return apply
