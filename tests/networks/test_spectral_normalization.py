"""W / sigma(W): its value, its gradient, and when sigma moves."""

import json

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_gan_kit import GAN, ConditionalGAN, networks, penalties
from keras_gan_kit._backend import input_gradients, value_and_gradients
from keras_gan_kit.networks import SpectralNormalization
from keras_gan_kit.networks._label_projection import LabelProjection

pytestmark = pytest.mark.backend

RNG = np.random.default_rng(0)
IMAGE = (4, 4, 1)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


# A layer, what it takes, and the axis of its weights that is the output channel.
LAYERS = [
    pytest.param(lambda: layers.Dense(4, activation="tanh"), normal(5, 3), -1, id="dense"),
    pytest.param(lambda: layers.Conv1D(4, 3), normal(5, 6, 2), -1, id="conv1d"),
    pytest.param(
        lambda: layers.Conv2D(4, 3, strides=2, padding="same"), normal(5, 6, 5, 2), -1, id="conv2d"
    ),
    pytest.param(
        lambda: layers.Conv2DTranspose(4, 3, strides=2), normal(5, 3, 2, 2), -2, id="transposed"
    ),
    pytest.param(lambda: layers.Embedding(6, 4), np.array([0, 5, 2]), -1, id="embedding"),
]


def to_numpy(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def with_bias(layer):
    """A bias that is not zero: it must not be divided."""
    if getattr(layer, "bias", None) is not None:
        layer.bias.assign(np.linspace(-1, 1, layer.bias.shape[0]))
    return layer


def weight_of(layer):
    return layer.embeddings if hasattr(layer, "embeddings") else layer.kernel


def largest_singular_value(weight, axis):
    matrix = np.moveaxis(to_numpy(weight), axis, 0)
    return np.linalg.svd(matrix.reshape(len(matrix), -1), compute_uv=False)[0]


def converged(layer, inputs):
    wrapped = SpectralNormalization(layer)
    wrapped(inputs)
    with_bias(layer)
    for _ in range(200):
        wrapped.power_step()
    return wrapped


@pytest.mark.parametrize(("build", "inputs", "axis"), LAYERS)
@pytest.mark.parametrize("training", [False, True])
def test_the_layer_works_with_its_weights_over_their_largest_singular_value(
    build, inputs, axis, training
):
    wrapped = converged(build(), inputs)
    plain = build()
    plain(inputs)
    with_bias(plain)
    before = to_numpy(weight_of(wrapped.layer))
    weight_of(plain).assign(before / largest_singular_value(before, axis))
    found = to_numpy(wrapped(inputs, training=training))
    np.testing.assert_allclose(found, to_numpy(plain(inputs)), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(to_numpy(weight_of(wrapped.layer)), before)
    assert wrapped.compute_output_shape(inputs.shape) == plain.compute_output_shape(inputs.shape)


def test_a_projection_of_labels_is_divided_too():
    features, labels = normal(3, 4), np.array([0, 2, 1])
    wrapped = converged(LabelProjection(3), [features, labels])
    vectors = to_numpy(wrapped.layer.embeddings)
    vectors /= largest_singular_value(vectors, -1)
    expected = np.sum(features * vectors[labels], axis=-1, keepdims=True)
    np.testing.assert_allclose(to_numpy(wrapped([features, labels])), expected, rtol=1e-4)


def test_the_gradient_is_that_of_the_paper():
    """Equation 12: (G - <G, W / sigma> u v^T) / sigma, G the gradient by W / sigma."""
    wrapped = SpectralNormalization(layers.Dense(3, use_bias=False))
    inputs, weights = normal(5, 4), normal(5, 3)
    wrapped(inputs)
    kernel, u = to_numpy(wrapped.layer.kernel), to_numpy(wrapped.u)
    v = kernel @ u / np.linalg.norm(kernel @ u)
    sigma = np.linalg.norm(kernel @ u)
    gradient = inputs.T @ weights
    expected = gradient - np.sum(gradient * kernel / sigma) * np.outer(v, u)

    def objective():
        x, w = map(ops.convert_to_tensor, (inputs, weights))
        return [ops.sum(wrapped(x) * w)], ()

    found, _ = value_and_gradients(objective, [[wrapped.layer.kernel]])
    np.testing.assert_allclose(to_numpy(found[0][0]), expected / sigma, rtol=1e-4, atol=1e-5)


def test_a_penalty_differentiates_it_twice():
    """The slope of w x / |w| is a unit vector, whatever w: no gradient of its norm is left."""
    wrapped = SpectralNormalization(layers.Dense(1, use_bias=False))
    inputs = normal(5, 4)
    wrapped(inputs)

    def objective():
        slopes = input_gradients(wrapped, ops.convert_to_tensor(inputs))
        return [ops.sum(ops.square(slopes))], slopes

    gradients, slopes = value_and_gradients(objective, [[wrapped.layer.kernel]])
    np.testing.assert_allclose(np.linalg.norm(to_numpy(slopes), axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(to_numpy(gradients[0][0]), 0.0, atol=1e-4)


def test_a_power_step_is_one_multiplication_with_w_wt():
    wrapped = SpectralNormalization(layers.Dense(3))
    wrapped.build((None, 2))
    kernel, u = np.array([[3.0, 1.0, 0.0], [0.0, 2.0, 1.0]], "float32"), np.array([1.0, 0.0, 0.0])
    wrapped.layer.kernel.assign(kernel)
    wrapped.u.assign(u)
    wrapped.power_step()
    expected = kernel.T @ kernel @ u
    np.testing.assert_allclose(to_numpy(wrapped.u), expected / np.linalg.norm(expected), rtol=1e-6)


def test_the_first_u_depends_on_the_weights_alone():
    kernel = keras.initializers.Constant(normal(9, 8))
    first, second = (
        SpectralNormalization(layers.Dense(8, kernel_initializer=kernel)) for _ in range(2)
    )
    for layer in (first, second):
        layer.build((None, 9))
    np.testing.assert_array_equal(to_numpy(first.u), to_numpy(second.u))
    sigma = np.linalg.norm(to_numpy(first.layer.kernel) @ to_numpy(first.u))
    assert sigma == pytest.approx(largest_singular_value(first.layer.kernel, -1), rel=0.05)


def test_weights_of_zeros_stay_zeros_and_their_gradient_finite():
    wrapped = SpectralNormalization(layers.Dense(2, kernel_initializer="zeros", use_bias=False))
    inputs = normal(3, 2)
    assert (to_numpy(wrapped(inputs)) == 0).all()
    wrapped.power_step()

    def objective():
        return [ops.sum(wrapped(ops.convert_to_tensor(inputs)))], ()

    gradients, _ = value_and_gradients(objective, [[wrapped.layer.kernel]])
    assert np.isfinite(to_numpy(gradients[0][0])).all()
    assert np.isfinite(to_numpy(wrapped.u)).all()


def test_in_16_bits_the_layer_computes_in_16_bits():
    keras.config.set_dtype_policy("mixed_bfloat16")
    wrapped = SpectralNormalization(layers.Dense(3))
    inputs = normal(5, 4)
    assert keras.backend.standardize_dtype(wrapped(inputs).dtype) == "bfloat16"
    assert keras.backend.standardize_dtype(wrapped.u.dtype) == "float32"
    exact = SpectralNormalization(layers.Dense(3, dtype="float32"))
    exact(inputs)
    exact.set_weights(wrapped.get_weights())
    found = to_numpy(ops.cast(wrapped(inputs), "float32"))
    np.testing.assert_allclose(found, to_numpy(exact(inputs)), atol=0.03)


def test_it_comes_back_from_its_configuration():
    wrapped = SpectralNormalization(layers.Conv2D(3, 2, name="inner"), name="outer")
    config = wrapped.get_config()
    again = SpectralNormalization.from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config
    assert (again.name, again.layer.name, again.layer.filters) == ("outer", "inner", 3)


@pytest.mark.parametrize("layer", [None, layers.Dense, layers.ReLU(), layers.DepthwiseConv2D(3)])
def test_other_layers_are_refused(layer):
    with pytest.raises(TypeError, match=r"Invalid `layer`\. Received: .* Expected: .* Fix: "):
        SpectralNormalization(layer)


# In a GAN.


def discriminator():
    return networks.dcgan_discriminator(
        IMAGE, filters=(4, 4), kernels=3, dropout=0, spectral_norm=True
    )


def normalized_layers(network):
    return [layer for layer in network.layers if isinstance(layer, SpectralNormalization)]


def make_gan(**compilation):
    keras.utils.set_random_seed(0)
    gan = GAN(networks.dense_generator(IMAGE, 3, (8,)), discriminator(), seed=0)
    compiled = keras.backend.backend() == "jax" and not compilation.get("run_eagerly")
    gan.compile(**{"loss": "hinge", "jit_compile": compiled} | compilation)
    return gan


IMAGES = np.tanh(normal(8, *IMAGE))


def test_a_discriminator_of_normalized_layers():
    network = discriminator()
    names = [layer.name for layer in normalized_layers(network)]
    assert names == ["convolution_1", "convolution_2", "logit"]
    plain = networks.dcgan_discriminator(IMAGE, filters=(4, 4), kernels=3, dropout=0)
    assert len(network.trainable_variables) == len(plain.trainable_variables)
    with pytest.raises(TypeError, match="`spectral_norm`"):
        networks.dcgan_discriminator(IMAGE, spectral_norm=1)


@pytest.mark.parametrize(
    ("update", "terms", "run_eagerly"),
    [
        ("alternating", [], False),
        ("alternating", [penalties.R1(0.1), penalties.GradientPenalty(1.0)], True),
        ("simultaneous", [], True),
    ],
)
def test_one_power_step_follows_each_update_however_often_it_is_called(update, terms, run_eagerly):
    gan = make_gan(update=update, penalties=terms, run_eagerly=run_eagerly)
    before = [to_numpy(layer.u) for layer in normalized_layers(gan.discriminator)]
    gan.fit(IMAGES, batch_size=8, verbose=0)
    for layer, u in zip(normalized_layers(gan.discriminator), before, strict=True):
        matrix = to_numpy(layer.layer.kernel)  # after its one update
        matrix = matrix.reshape(-1, matrix.shape[-1]).T
        expected = matrix @ matrix.T @ u
        expected /= np.linalg.norm(expected)
        np.testing.assert_allclose(to_numpy(layer.u), expected, rtol=1e-4, atol=1e-5)


def test_evaluation_and_sampling_move_nothing():
    gan = make_gan(run_eagerly=True)
    before = [to_numpy(weight) for weight in gan.weights]
    gan.evaluate(IMAGES, verbose=0)
    gan.generate(2, seed=0)
    for old, new in zip(before, gan.weights, strict=True):
        np.testing.assert_array_equal(old, to_numpy(new))


def test_training_goes_on_exactly_from_a_file(tmp_path):
    whole, half = make_gan(run_eagerly=True), make_gan(run_eagerly=True)
    whole.fit(IMAGES, batch_size=8, epochs=4, verbose=0)
    half.fit(IMAGES, batch_size=8, epochs=2, verbose=0)
    half.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    loaded.fit(IMAGES, batch_size=8, initial_epoch=2, epochs=4, verbose=0)
    for expected, found in zip(whole.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_convolutions_within_are_seen():
    gan = make_gan(jit_compile="auto")
    assert gan.jit_compile == (keras.backend.backend() == "jax")  # on a CPU


@pytest.mark.parametrize("kind", ["projection", "classifier"])
def test_a_conditional_discriminator_normalizes_what_it_adds(kind):
    inner = networks.dense_generator(IMAGE, 3 + 2, (8,))
    network = networks.conditional_discriminator(discriminator(), 3, kind=kind)
    assert len(normalized_layers(network)) == 4
    generator = networks.conditional_generator(inner, 3, embedding_dim=2)
    gan = ConditionalGAN(generator, network, 3, seed=0)
    gan.compile(loss="hinge", run_eagerly=True)
    gan.fit(IMAGES, np.arange(8) % 3, batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="`discriminator`"):
        ConditionalGAN(networks.conditional_generator(inner, 4, embedding_dim=2), network, 4)
