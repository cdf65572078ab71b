"""The non-saturating loss against its formula."""

import math

import keras
import numpy as np
import pytest

from keras_gan_kit.losses import BinaryCrossentropy

pytestmark = pytest.mark.backend

SHAPES = [(1, 1), (3, 1), (1, 2, 2, 1), (3, 2, 2, 1)]


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def logits(low, high, shape):
    return np.linspace(low, high, int(np.prod(shape))).reshape(shape)


def tensor(values):
    return keras.ops.convert_to_tensor(values.astype("float32"))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("from_logits", [True, False])
def test_both_losses_follow_the_formula(from_logits, smoothing, shape):
    real, fake = logits(-3, 2, shape), logits(1.5, -2.5, shape)
    p_real, p_fake = sigmoid(real), sigmoid(fake)
    loss = BinaryCrossentropy(smoothing, from_logits)
    given = (real, fake) if from_logits else (p_real, p_fake)
    expected = -np.mean(
        (1 - smoothing) * np.log(p_real) + smoothing * np.log(1 - p_real)
    ) - np.mean(np.log(1 - p_fake))
    found = loss.discriminator_loss(*map(tensor, given))
    assert number(found) == pytest.approx(expected, rel=1e-5)
    found = loss.generator_loss(None, tensor(given[1]))
    assert number(found) == pytest.approx(-np.mean(np.log(p_fake)), rel=1e-5)


def test_at_logit_0_each_term_is_log_2():
    loss, zero = BinaryCrossentropy(), keras.ops.zeros((4, 1))
    assert number(loss.discriminator_loss(zero, zero)) == pytest.approx(2 * math.log(2))
    assert number(loss.generator_loss(None, zero)) == pytest.approx(math.log(2))


def test_logits_and_their_probabilities_give_the_same():
    real, fake = logits(-4, 4, (5, 1)), logits(3, -3, (5, 1))
    by_logits = BinaryCrossentropy(0.2).discriminator_loss(tensor(real), tensor(fake))
    by_probabilities = BinaryCrossentropy(0.2, from_logits=False).discriminator_loss(
        tensor(sigmoid(real)), tensor(sigmoid(fake))
    )
    assert number(by_probabilities) == pytest.approx(number(by_logits), rel=1e-5)


def test_smoothing_moves_the_best_real_probability_to_one_minus_s_and_leaves_fakes_alone():
    loss = BinaryCrossentropy(0.1, from_logits=False)
    fake = tensor(np.full((1, 1), 0.5))
    at = {p: number(loss.discriminator_loss(tensor(np.full((1, 1), p)), fake)) for p in (0.85, 0.9)}
    at[0.95] = number(loss.discriminator_loss(tensor(np.full((1, 1), 0.95)), fake))
    assert min(at, key=at.get) == 0.9
    assert number(loss.generator_loss(None, fake)) == pytest.approx(math.log(2))


@pytest.mark.parametrize("value", [1e4, -1e4])
def test_extreme_logits_cost_what_they_are_wrong_by(value):
    loss, extreme, zero = (
        BinaryCrossentropy(),
        keras.ops.full((2, 1), value),
        keras.ops.zeros((2, 1)),
    )
    real_term = number(loss.discriminator_loss(extreme, zero)) - math.log(2)
    assert real_term == pytest.approx(max(0.0, -value), abs=1e-2)
    assert number(loss.generator_loss(None, extreme)) == pytest.approx(max(0.0, -value), abs=1e-2)


@pytest.mark.parametrize("value", [-0.1, 0.5, 1.0, float("nan"), float("inf")])
def test_a_smoothing_outside_its_range_is_refused(value):
    with pytest.raises(ValueError, match=r"Invalid `label_smoothing`\. Received: .* Fix: "):
        BinaryCrossentropy(label_smoothing=value)


@pytest.mark.parametrize("value", ["0.1", None, [0.1]])
def test_a_smoothing_that_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match=r"Invalid `label_smoothing`\. Received: .* Fix: "):
        BinaryCrossentropy(label_smoothing=value)
