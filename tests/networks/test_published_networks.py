"""The networks of the five published scripts, layer by layer and in their order.

Counts of parameters do not see activations, Dropout or where a layer stands.
"""

import sys
from pathlib import Path

import keras
import pytest
from keras import layers

from keras_gan_kit import networks

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))


def described(layer):
    """What a layer computes, without its name."""
    kind = type(layer).__name__
    bias = getattr(layer, "use_bias", True)
    plain = [] if bias else ["no bias"]
    if isinstance(layer, layers.Dense):
        assert layer.activation is keras.activations.linear
        return (kind, layer.units, *plain)
    if isinstance(layer, layers.Conv2D | layers.Conv2DTranspose):
        assert layer.activation is keras.activations.linear
        assert layer.padding == "same" or layer.kernel_size == (1, 1)
        return (kind, layer.filters, layer.kernel_size[0], layer.strides[0], *plain)
    if isinstance(layer, layers.LeakyReLU):
        return kind, round(float(layer.negative_slope), 6)
    if isinstance(layer, layers.Dropout):
        return kind, layer.rate
    if isinstance(layer, layers.BatchNormalization):
        return kind, layer.momentum
    if isinstance(layer, layers.Activation):
        return kind, layer.activation.__name__
    if isinstance(layer, layers.Reshape):
        return kind, layer.target_shape
    return (kind,)


def operation(tensor):
    return tensor._keras_history.operation


def path_to(tensor):
    """The layers from an input to a tensor, as (what it computes) tuples; the last branch last.

    Follows the first input of a layer that joins several, and names the join.
    """
    found = []
    layer = operation(tensor)
    while not isinstance(layer, layers.InputLayer):
        if not isinstance(layer, layers.Activation) or layer.activation.__name__ != "linear":
            found.insert(0, described(layer))
        inputs = layer.input
        layer = operation(inputs[0] if isinstance(inputs, list) else inputs)
    return found


def dense_block(units, momentum=0.8, slope=0.2):
    return [("Dense", units), ("LeakyReLU", slope), ("BatchNormalization", momentum)]


DENSE_GENERATOR = [
    *dense_block(256),
    *dense_block(512),
    *dense_block(1024),
    ("Dense", 784),
    ("Reshape", (28, 28, 1)),
    ("Activation", "tanh"),
]


def test_the_dense_gan_trained_with_adam():
    assert path_to(networks.dense_generator((28, 28, 1)).output) == DENSE_GENERATOR
    assert path_to(networks.dense_discriminator((28, 28, 1)).output) == [
        ("Flatten",),
        ("Dense", 512),
        ("LeakyReLU", 0.2),
        ("Dense", 512),
        ("LeakyReLU", 0.2),
        ("Dense", 1),
    ]


@pytest.mark.parametrize("latent_dim", [2, 10, 100])
def test_the_dense_gan_trained_with_sgd(latent_dim):
    generator = networks.dense_generator((28, 28, 1), latent_dim)
    assert generator.input_shape == (None, latent_dim)
    assert path_to(generator.output) == DENSE_GENERATOR
    discriminator = networks.dense_discriminator((28, 28, 1), (512, 256), activation="sigmoid")
    assert path_to(discriminator.output) == [
        ("Flatten",),
        ("Dense", 512),
        ("LeakyReLU", 0.2),
        ("Dense", 256),
        ("LeakyReLU", 0.2),
        ("Dense", 1),
        ("Activation", "sigmoid"),
    ]


def test_the_dcgan_of_ecg_pages():
    from dcgan_ecg import published_networks

    generator, discriminator = published_networks(800)
    grown = [("Dense", 25 * 25 * 256, "no bias"), ("BatchNormalization", 0.99), ("LeakyReLU", 0.3)]
    grown += [("Reshape", (25, 25, 256))]
    maps, kernels, strides = (256, 128, 64, 32, 16, 1), (1, 3, 5, 7, 9, 11), (1, 2, 2, 2, 2, 2)
    for number, layer in enumerate(zip(maps, kernels, strides, strict=True)):
        if number:
            grown += [("BatchNormalization", 0.99), ("LeakyReLU", 0.3)]
        grown += [("Conv2DTranspose", *layer, "no bias")]
    assert generator.input_shape == (None, 100)
    assert path_to(generator.output) == [*grown, ("Activation", "tanh")]
    shrunk = []
    maps, kernels, strides = (16, 32, 64, 128, 256, 256), (11, 9, 7, 5, 3, 1), (2, 2, 2, 2, 2, 1)
    for layer in zip(maps, kernels, strides, strict=True):
        shrunk += [("Conv2D", *layer), ("LeakyReLU", 0.3), ("Dropout", 0.3)]
    assert path_to(discriminator.output) == [*shrunk, ("Flatten",), ("Dense", 1)]


def test_the_joint_generator():
    generator = networks.joint_generator((200, 200, 1), 35)
    shared = [("Dense", 25 * 25 * 256, "no bias"), ("BatchNormalization", 0.99)]
    shared += [("LeakyReLU", 0.3)]
    image = [*shared, ("Reshape", (25, 25, 256))]
    for number, (maps, stride) in enumerate([(256, 1), (128, 2), (64, 2), (1, 2)]):
        if number:
            image += [("BatchNormalization", 0.99), ("LeakyReLU", 0.3)]
        image += [("Conv2DTranspose", maps, 5, stride, "no bias")]
    assert path_to(generator.output["image"]) == [*image, ("Activation", "tanh")]
    row = list(shared)
    for units in (400, 200, 128, 64):
        row += [("Dense", units), ("BatchNormalization", 0.99), ("LeakyReLU", 0.3)]
    assert path_to(generator.output["table"]) == [*row, ("Dense", 35), ("Activation", "sigmoid")]


def test_the_joint_discriminator():
    """9 Dropout and 8 LeakyReLU layers; the Dense layer that joins both branches is linear."""
    discriminator = networks.joint_discriminator((200, 200, 1), 35)
    image = []
    for maps, stride in [(64, 2), (128, 2), (256, 2), (256, 1)]:
        image += [("Conv2D", maps, 5, stride), ("LeakyReLU", 0.3), ("Dropout", 0.3)]
    joined = [("Concatenate",), ("Dense", 25), ("Dropout", 0.3), ("Dense", 1)]
    assert path_to(discriminator.output) == [*image, ("Flatten",), *joined]
    row = []
    for units in (400, 200, 128, 64):
        row += [("Dense", units), ("LeakyReLU", 0.3), ("Dropout", 0.3)]
    _, last_of_the_row = discriminator.get_layer("image_and_table").input
    assert path_to(last_of_the_row) == row
    assert discriminator.count_params() == 6_794_939


def convolutions(channels, normalized=True, strides=1):
    found = []
    for stride in (strides, 1):
        found += [("Conv2D", channels, 3, stride)]
        found += [("BatchNormalization", 0.99)] * normalized + [("ReLU",)]
    return found


def test_the_unet_of_vgan():
    generator = networks.unet_generator((640, 640, 3))
    down = convolutions(32)
    for channels in (64, 128, 256, 512):
        down += [("MaxPooling2D",), *convolutions(channels)]
    up = []
    for channels in (256, 128, 64, 32):
        up += [("UpSampling2D",), ("Concatenate",), *convolutions(channels)]
    expected = [*down, *up, ("Conv2D", 1, 1, 1), ("Activation", "sigmoid")]
    assert path_to(generator.output) == expected
    for level, channels in ((1, 32), (2, 64), (3, 128), (4, 256)):
        _, skipped = generator.get_layer(f"up_{level}_skip").input
        assert operation(skipped).name == f"down_{level}_relu_2"
        assert skipped.shape[-1] == channels


@pytest.mark.parametrize("normalization", ["batch", None])
def test_the_discriminator_of_whole_images_of_vgan(normalization):
    discriminator = networks.vgan_discriminator(
        (640, 640, 3), kind="image", normalization=normalization
    )
    expected = [("Concatenate",)]
    for level, stride in enumerate((2, 2, 1, 1, 1)):
        expected += convolutions(32 * 2**level, normalization is not None, stride)
        expected += [("MaxPooling2D",)] * (level < 4)
    assert path_to(discriminator.output) == [*expected, ("GlobalAveragePooling2D",), ("Dense", 1)]
