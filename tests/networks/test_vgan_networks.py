"""The U-Net and the discriminators of V-GAN: published counts, sizes, what they refuse."""

import keras
import numpy as np
import pytest

from keras_gan_kit.networks import unet_generator, vgan_discriminator

pytestmark = pytest.mark.backend


def count(variables):
    return sum(int(np.prod(variable.shape)) for variable in variables)


def test_the_published_u_net():
    model = unet_generator((640, 640, 3))
    assert count(model.trainable_variables) == 7_849_601
    assert count(model.non_trainable_variables) == 5_888
    assert model.output_shape == (None, 640, 640, 1)


def test_the_levels_of_a_u_net_double_the_channels():
    def convolutions(inputs, outputs):
        return (9 * inputs + 1) * outputs + (9 * outputs + 1) * outputs

    model = unet_generator((8, 8, 2), filters=3, depth=2, normalization=None)
    expected = convolutions(2, 3) + convolutions(3, 6) + convolutions(6 + 3, 3) + (3 + 1)
    assert count(model.weights) == expected


@pytest.mark.parametrize(
    ("kind", "shape"),
    [("pixel", (640, 640, 1)), ("patch1", (80, 80, 1)), ("patch2", (10, 10, 1)), ("image", (1,))],
)
def test_the_published_discriminators(kind, shape):
    model = vgan_discriminator((640, 640, 3), kind=kind)
    assert model.output_shape == (None, *shape)
    assert [tuple(tensor.shape) for tensor in model.inputs] == [
        (None, 640, 640, 3),
        (None, 640, 640, 1),
    ]


@pytest.mark.parametrize("normalization", [None, "instance"])
@pytest.mark.parametrize("kind", ["pixel", "patch1", "image"])
def test_without_batch_normalization_samples_do_not_mix(kind, normalization):
    model = vgan_discriminator((None, None, 3), filters=2, kind=kind, normalization=normalization)
    draw = np.random.default_rng(0)
    images = draw.normal(size=(3, 64, 64, 3)).astype("float32")
    masks = draw.uniform(size=(3, 64, 64, 1)).astype("float32")
    together = keras.ops.convert_to_numpy(model([images, masks], training=True))
    alone = keras.ops.convert_to_numpy(model([images[:1], masks[:1]], training=True))
    np.testing.assert_allclose(together[:1], alone, atol=1e-5)


def test_a_u_net_comes_back_from_a_file(tmp_path):
    model = unet_generator((None, None, 1), filters=2, depth=3, activation="tanh")
    model.save(tmp_path / "unet.keras")
    loaded = keras.saving.load_model(tmp_path / "unet.keras")
    images = np.random.default_rng(0).normal(size=(1, 8, 12, 1)).astype("float32")
    first, second = (keras.ops.convert_to_numpy(m(images)) for m in (model, loaded))
    np.testing.assert_allclose(first, second, atol=1e-6)
    assert first.shape == (1, 8, 12, 1)


@pytest.mark.parametrize(
    ("build", "error", "words"),
    [
        (lambda: unet_generator((30, 32, 3), depth=3), ValueError, ["`image_shape`", "4"]),
        (lambda: unet_generator((32, 32)), ValueError, ["`image_shape`", "channels"]),
        (lambda: unet_generator(32), TypeError, ["`image_shape`", "32"]),
        (lambda: unet_generator((32, 32, None)), ValueError, ["`image_shape`"]),
        (lambda: unet_generator((32, 32, 3), depth=0), ValueError, ["`depth`"]),
        (lambda: unet_generator((32, 32, 3), filters=1.5), TypeError, ["`filters`"]),
        (
            lambda: unet_generator((32, 32, 3), normalization="layer"),
            ValueError,
            ["`normalization`", "'batch', 'instance' or None"],
        ),
        (lambda: unet_generator((32, 32, 3), activation="tan"), ValueError, ["`activation`"]),
        (lambda: vgan_discriminator((32, 32, 3)), ValueError, ["`image_shape[0]`", "64"]),
        (
            lambda: vgan_discriminator((64, 64, 3), kind="patch"),
            ValueError,
            ["`kind`", "'patch1'"],
        ),
        (lambda: vgan_discriminator((64, 64, 3), 0), ValueError, ["`mask_channels`"]),
    ],
)
def test_bad_input(build, error, words):
    with pytest.raises(error) as raised:
        build()
    for word in words:
        assert word in str(raised.value)
