"""Discriminators that compare groups of samples: the last batch of a pass."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_gan_kit import GAN
from keras_gan_kit.data import ArrayDataset

pytestmark = pytest.mark.backend

X = np.linspace(-0.9, 0.9, 20, dtype="float32").reshape(10, 2)


class GroupDeviation(layers.Layer):
    def call(self, x):
        grouped = ops.reshape(x, (4, -1, x.shape[-1]))
        spread = ops.mean(ops.std(grouped, axis=0), axis=-1, keepdims=True)
        return ops.concatenate([x, ops.tile(spread, (4, 1))], axis=-1)

    def compute_output_shape(self, shape):
        return (shape[0], shape[1] + 1)


def functional():
    sample = keras.Input((2,))
    means = ops.mean(ops.reshape(sample, (4, -1, 2)), axis=0)
    return keras.Model(sample, layers.Dense(1)(sample) + ops.mean(means))


def sequential():
    return keras.Sequential([keras.Input((2,)), GroupDeviation(), layers.Dense(1)])


def made(discriminator=sequential):
    generator = keras.Sequential([keras.Input((2,)), layers.Dense(2)])
    gan = GAN(generator, discriminator(), seed=0)
    gan.compile(run_eagerly=True)
    return gan


@pytest.mark.parametrize("discriminator", [sequential, functional])
def test_a_short_last_batch_is_refused_before_the_first_step(discriminator):
    gan = made(discriminator)
    words = "a last batch of 2 of the 10 samples.*drop_remainder=True"
    for argument, call in (
        ("batch_size", lambda: gan.fit(X, batch_size=4, verbose=0)),
        ("batch_size", lambda: gan.fit(ArrayDataset(X, batch_size=4), verbose=0)),
        ("batch_size", lambda: gan.evaluate(X, batch_size=4, verbose=0)),
        (
            "validation_batch_size",
            lambda: gan.fit(X[:4], batch_size=4, validation_data=(X,), verbose=0),
        ),
    ):
        with pytest.raises(ValueError, match=f"Invalid `{argument}`.*{words}"):
            call()
    assert gan.steps_taken == 0


def test_the_remainder_is_dropped():
    gan = made()
    gan.fit(
        np.concatenate([X, X]),
        batch_size=4,
        drop_remainder=True,
        validation_split=0.5,
        verbose=0,
    )
    assert gan.steps_taken == 2
    dropped = gan.evaluate(X, batch_size=4, drop_remainder=True, return_dict=True, verbose=0)
    assert dropped == gan.evaluate(X[:8], batch_size=4, return_dict=True, verbose=0)


def test_each_pass_drops_other_samples():
    data = ArrayDataset(np.arange(10), batch_size=4, drop_remainder=True, seed=0)
    assert data.batches_per_epoch == 2
    seen = [{int(i) for step in range(2) for i in data.batch(epoch, step)[0]} for epoch in range(9)]
    assert all(len(part) == 8 for part in seen) and set.union(*seen) == set(range(10))
    with pytest.raises(ValueError, match=r"`batch_size`.*at most 10"):
        ArrayDataset(np.arange(10), batch_size=16, drop_remainder=True)


def test_streams_drop_their_own_remainder():
    with pytest.raises(ValueError, match="`drop_remainder`"):
        made().fit(ArrayDataset(X, batch_size=4), drop_remainder=True, verbose=0)
