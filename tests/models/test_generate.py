"""Samples are a function of the seed and their index."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from keras import tree

from keras_gan_kit import GAN, ConditionalGAN, networks
from keras_gan_kit.models._sampling import latents

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("batch_size", [None, 1, 7, 64])
def test_a_prefix_is_the_same_whatever_the_batch(make_gan, batch_size):
    gan = make_gan()
    all_samples = gan.generate(300, seed=5)
    assert all_samples.shape == (300, 4, 4, 1)
    few = gan.generate(20, seed=5, batch_size=batch_size)
    np.testing.assert_allclose(few, all_samples[:20], rtol=0, atol=1e-6)


def joint():
    return GAN(
        networks.joint_generator((4, 4, 1), 2, 3, filters=(4, 4), strides=(1, 2), table_units=(4,)),
        networks.joint_discriminator(
            (4, 4, 1), 2, filters=(4,), strides=2, table_units=(4,), joint_units=4
        ),
        ema_momentum=0.5,
    )


def conditional():
    return ConditionalGAN(
        networks.conditional_generator(networks.dense_generator((4, 4, 1), 3 + 16, (8,)), 3),
        networks.conditional_discriminator(networks.dense_discriminator((4, 4, 1), (8,)), 3),
        3,
    )


@pytest.fixture(scope="module", params=[joint, conditional])
def model(request):
    keras.utils.set_random_seed(0)
    return request.param()


@settings(derandomize=True, max_examples=20, deadline=None, database=None)
@given(
    few=st.integers(1, 30),
    more=st.integers(0, 30),
    seed=st.integers(0, 2**63),
    batches=st.tuples(*[st.sampled_from([None, 1, 4, 9])] * 2),
)
def test_few_samples_are_the_head_of_more(model, few, more, seed, batches):
    head = model.generate(few, seed=seed, batch_size=batches[0])
    whole = model.generate(few + more, seed=seed, batch_size=batches[1])
    for a, b in zip(tree.flatten(head), tree.flatten(whole), strict=True):
        assert len(a) == few
        assert len(b) == few + more
        np.testing.assert_allclose(a, b[:few], rtol=0, atol=1e-6)


@settings(derandomize=True, max_examples=40, deadline=None, database=None)
@given(start=st.integers(0, 2000), num=st.integers(0, 600), seed=st.integers(0, 2**63))
def test_any_piece_of_a_sequence_of_latents(start, num, seed):
    whole = latents(start + num, 2, seed=seed)
    np.testing.assert_array_equal(latents(num, 2, seed=seed, start=start), whole[start:])


def test_seeds_differ_and_no_seed_differs_every_time(make_gan):
    gan = make_gan()
    assert not np.array_equal(gan.generate(3, seed=0), gan.generate(3, seed=1))
    assert not np.array_equal(gan.generate(3), gan.generate(3))


def test_a_bar_counts_the_samples(make_gan, capsys):
    gan = make_gan()
    gan.generate(7, seed=1, batch_size=3)
    assert capsys.readouterr().out == ""
    gan.generate(7, seed=1, batch_size=3, verbose=1)
    assert "7/7" in capsys.readouterr().out


def test_given_latents(make_gan):
    gan = make_gan()
    given = latents(5, 3, seed=4)
    np.testing.assert_array_equal(gan.generate(latents=given), gan.generate(5, seed=4))
    np.testing.assert_array_equal(gan.generate(5, latents=given), gan.generate(5, seed=4))


def test_generating_leaves_training_alone(make_gan, images, state_of, check_same):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    before = state_of(gan)
    gan.generate(10, verbose=0)
    check_same(before, state_of(gan))


@pytest.mark.parametrize(("start", "num"), [(0, 1), (255, 2), (256, 256), (100, 700), (511, 0)])
def test_any_range_of_latents(start, num):
    whole = latents(1000, 2, seed=9)
    np.testing.assert_array_equal(latents(num, 2, seed=9, start=start), whole[start : start + num])


def test_latents_are_standard_normal():
    drawn = latents(20_000, 5, seed=0).astype("float64")
    error = 1 / np.sqrt(drawn.size)
    assert abs(drawn.mean()) < 5 * error
    assert abs(drawn.std() - 1) < 5 * error
    correlations = np.corrcoef(drawn, rowvar=False) - np.eye(5)
    assert abs(correlations).max() < 5 / np.sqrt(len(drawn))


def test_truncation_draws_latents_toward_their_mean(make_gan):
    gan = make_gan()
    latents = np.random.default_rng(0).normal(size=(3, 3)).astype("float32")
    expected = gan.generate(latents=0.7 * latents)
    found = gan.generate(latents=latents, truncation=0.7)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    same = gan.generate(3, seed=1, truncation=0)
    np.testing.assert_allclose(same, same[:1].repeat(3, axis=0), atol=1e-6)
    with pytest.raises(ValueError, match="Invalid `truncation`"):
        gan.generate(3, truncation=-1.0)
