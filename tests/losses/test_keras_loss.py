"""Keras' losses as adversarial losses."""

import math

import keras
import numpy as np
import pytest
from keras import ops

from keras_gan_kit.losses import BinaryCrossentropy, KerasLoss, get

pytestmark = pytest.mark.backend

SHAPES = [(1, 1), (3, 1), (1, 2, 2, 1), (3, 2, 2, 1)]
EPSILON = 1e-7  # keras.config.epsilon(), which Keras adds to what it takes the logarithm of


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def tensor(values):
    return keras.ops.convert_to_tensor(np.asarray(values, "float32"))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("loss", "against"),
    [
        (keras.losses.MeanSquaredError(), lambda target, p: (target - p) ** 2),
        (keras.losses.mean_squared_error, lambda target, p: (target - p) ** 2),
        (keras.losses.MeanAbsoluteError(), lambda target, p: np.abs(target - p)),
        (keras.losses.Poisson(), lambda target, p: p - target * np.log(p + EPSILON)),
        (keras.losses.poisson, lambda target, p: p - target * np.log(p + EPSILON)),
        (
            keras.losses.BinaryCrossentropy(),
            lambda target, p: -target * np.log(p) - (1 - target) * np.log(1 - p),
        ),
        (
            keras.losses.BinaryCrossentropy(from_logits=True),
            lambda target, t: np.log1p(np.exp(t)) - target * t,
        ),
    ],
    ids=["mse", "mse_function", "mae", "poisson", "poisson_function", "bce", "bce_of_logits"],
)
def test_both_losses_are_the_keras_loss_against_1_and_0(loss, against, shape):
    num = int(np.prod(shape))
    real = np.linspace(0.15, 0.9, num).reshape(shape)
    fake = np.linspace(0.8, 0.1, num).reshape(shape)
    found = KerasLoss(loss).discriminator_loss(tensor(real), tensor(fake))
    expected = np.mean(against(1, real)) + np.mean(against(0, fake))
    assert number(found) == pytest.approx(expected, rel=1e-5)
    found = KerasLoss(loss).generator_loss(None, tensor(fake))
    assert number(found) == pytest.approx(np.mean(against(1, fake)), rel=1e-5)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean", None])
def test_a_reduction_to_the_mean_or_none_gives_the_mean(reduction):
    loss = KerasLoss(keras.losses.MeanSquaredError(reduction=reduction))
    assert number(loss.generator_loss(None, tensor([[0.0], [3.0]]))) == (1 + 4) / 2


def test_keras_crossentropy_of_logits_is_the_non_saturating_loss():
    real, fake = tensor([[0.3], [-2.0]]), tensor([[1.0], [-0.5]])
    ours, keras_own = BinaryCrossentropy(), keras.losses.BinaryCrossentropy(from_logits=True)
    for name in ("discriminator_loss", "generator_loss"):
        expected = number(getattr(ours, name)(real, fake))
        found = number(getattr(KerasLoss(keras_own), name)(real, fake))
        assert found == pytest.approx(expected, rel=1e-5)


def test_poisson_of_an_output_of_one_half():
    half = keras.ops.full((4, 1), 0.5)
    expected = (0.5 + math.log(2)) + 0.5
    found = KerasLoss(keras.losses.Poisson()).discriminator_loss(half, half)
    assert number(found) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("loss", "outputs"),
    [
        (keras.losses.MeanSquaredError(), ("logits", "probabilities", "tanh")),
        (keras.losses.mean_absolute_error, ("logits", "probabilities", "tanh")),
        (keras.losses.Poisson(), ("probabilities",)),
        (keras.losses.poisson, ("probabilities",)),
        (keras.losses.KLDivergence(), ("probabilities",)),
        (keras.losses.MeanSquaredLogarithmicError(), ("probabilities",)),
        (keras.losses.binary_crossentropy, ("probabilities",)),
        (keras.losses.BinaryCrossentropy(), ("probabilities",)),
        (keras.losses.BinaryCrossentropy(from_logits=True), ("logits",)),
        (keras.losses.BinaryFocalCrossentropy(from_logits=True), ("logits",)),
        (keras.losses.Poisson(name="mine"), ("probabilities",)),
    ],
)
def test_it_knows_which_outputs_the_keras_loss_can_take(loss, outputs):
    assert KerasLoss(loss).outputs == outputs


@pytest.mark.parametrize("loss", [keras.losses.Hinge(), keras.losses.squared_hinge])
def test_for_keras_hinge_losses_the_threshold_is_0(loss):
    # They turn the targets 0 and 1 into -1 and 1.
    assert KerasLoss(loss).threshold == 0.0


@pytest.mark.parametrize("loss", ["mse", None, 3, keras.losses.MeanSquaredError])
def test_what_is_no_keras_loss_is_refused(loss):
    with pytest.raises(TypeError, match=r"Invalid `loss`\. Received: .* Fix: "):
        KerasLoss(loss)


def test_an_unnamed_function_is_taken():
    loss = KerasLoss(lambda y_true, y_pred: keras.ops.abs(y_true - y_pred))
    assert number(loss.generator_loss(None, tensor([[0.25], [0.5]]))) == (0.75 + 0.5) / 2


def wasserstein_of_a_tutorial(target, output):
    return -ops.mean(target * output)


def hinge_of_a_tutorial(target, output):
    return ops.mean(ops.relu(1.0 - target * output))


@pytest.mark.parametrize(
    "loss",
    [
        wasserstein_of_a_tutorial,
        hinge_of_a_tutorial,
        {"discriminator": wasserstein_of_a_tutorial, "generator": "bce"},
        lambda target, output: ops.mean(target - target),
    ],
)
def test_a_loss_that_ignores_fakes_is_refused(loss):
    """Made for the targets 1 and -1, such a loss is constant for the target 0."""
    with pytest.raises(ValueError, match="loss='wasserstein'"):
        get(loss)


def test_a_generator_needs_no_term_for_fakes():
    """Its loss has the target 1 alone: mean(target * output) is the Wasserstein loss there."""
    loss = get({"discriminator": "wasserstein", "generator": wasserstein_of_a_tutorial})
    assert number(loss.generator_loss(None, tensor([[2.0], [4.0]]))) == -3.0


@pytest.mark.parametrize("name", ["kl_divergence", "dice"])
def test_a_loss_of_keras_that_ignores_fakes_is_refused(name):
    with pytest.raises(ValueError, match="the same for every output if the target is 0"):
        get(name, "probabilities")


@pytest.mark.parametrize(
    "name", ["mse", "mae", "mape", "msle", "poisson", "huber", "log_cosh", "squared_hinge"]
)
def test_losses_of_both_targets_are_not(name):
    assert isinstance(get(name, "probabilities"), KerasLoss)
