"""What the loss and the penalties of a batch share: how often the discriminator looks, values."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_gan_kit import GAN
from keras_gan_kit._backend import value_and_gradients
from keras_gan_kit.models._step import BatchPasses
from keras_gan_kit.penalties import R1, R2, GradientPenalty

pytestmark = pytest.mark.backend

REAL, FAKE, OTHER = (np.array(x, "float32")[:, None] for x in ([1.0, -2.0], [3.0, 0.5], [4.0, 5.0]))


def numbers(tensor):
    return ops.convert_to_numpy(tensor)[:, 0].tolist()


def of_squares(samples):
    return ops.square(samples)


@pytest.mark.parametrize(
    ("penalties", "looks"),
    [([], 2), ([R1(1.0)], 2), ([R1(1.0), R2(1.0)], 2), ([R1(1.0), GradientPenalty()], 3)],
)
def test_the_discriminator_looks_once_at_what_penalties_share(penalties, looks, monkeypatch):
    gan = GAN(
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]),
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]),
    )
    gan.compile(penalties=penalties, update="simultaneous", run_eagerly=True)
    seen = []
    look = gan.discriminate
    monkeypatch.setattr(
        gan, "discriminate", lambda samples, *a, **k: seen.append(1) or look(samples, *a, **k)
    )
    samples = np.ones((4, 2), "float32")
    gan.train_on_batch(samples)
    assert len(seen) == looks


@pytest.mark.parametrize("differentiable", [True, False])
def test_outputs_are_those_of_the_discriminator(differentiable):
    real, fake, other = map(ops.convert_to_tensor, (REAL, FAKE, OTHER))
    passes = BatchPasses(of_squares, real, fake, differentiable=differentiable)
    assert [numbers(outputs) for outputs in passes.outputs] == [[1.0, 4.0], [9.0, 0.25]]
    assert [numbers(passes(x)) for x in (real, fake, other)] == [[1, 4], [9, 0.25], [16, 25]]


def test_slopes_are_those_at_the_samples_and_may_be_asked_for_again():
    real, fake, other = map(ops.convert_to_tensor, (REAL, FAKE, OTHER))
    passes = BatchPasses(of_squares, real, fake, differentiable=True)
    for _ in range(2):
        slopes = [numbers(passes.slopes_at(x)) for x in (fake, other, real)]
        assert slopes == [[6.0, 1.0], [8.0, 10.0], [2.0, -4.0]]


def test_of_several_outputs_the_logits_are_differentiated():
    def outputs_of(samples):
        return {"logit": ops.square(samples), "class": 7.0 * samples}

    real, fake = map(ops.convert_to_tensor, (REAL, FAKE))
    passes = BatchPasses(outputs_of, real, fake, differentiable=True)
    assert numbers(passes.outputs[1]["class"]) == [21.0, 3.5]
    assert numbers(passes(fake)) == [9.0, 0.25]
    assert numbers(passes.slopes_at(fake)) == [6.0, 1.0]


def test_slopes_at_half_precision_are_float32():
    real, fake = (ops.cast(ops.convert_to_tensor(x), "float16") for x in (REAL, FAKE))
    passes = BatchPasses(of_squares, real, fake, differentiable=True)
    assert keras.backend.standardize_dtype(passes.slopes_at(fake).dtype) == "float32"


def test_both_players_learn_from_the_same_pass():
    # The sample is a w; the discriminator's score is b (a w)^2, its slope there 2 a b w.
    a, w, b = 3.0, keras.Variable(2.0), keras.Variable(0.5)
    start = ops.convert_to_tensor([[a]])

    def objective():
        fake = w * start
        passes = BatchPasses(
            lambda x: b * ops.square(x), fake, ops.stop_gradient(fake), differentiable=True
        )
        penalty = 0.5 * ops.sum(ops.square(passes.slopes_at(fake)))  # 2 (a b w)^2
        return [penalty, ops.sum(passes.outputs[0])], {}

    (of_b, of_w), _ = value_and_gradients(objective, [[b], [w]])
    assert float(ops.convert_to_numpy(of_b[0])) == pytest.approx(4.0 * 0.5 * (a * 2.0) ** 2)
    assert float(ops.convert_to_numpy(of_w[0])) == pytest.approx(2.0 * 0.5 * a**2 * 2.0)
