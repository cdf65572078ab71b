"""The gradient penalty of WGAN-GP against closed forms."""

import keras
import numpy as np
import pytest

from keras_gan_kit._backend import value_and_gradients
from keras_gan_kit.penalties import GradientPenalty

pytestmark = pytest.mark.backend

SLOPE = np.array([[2.0, -1.0], [0.5, 3.0]], "float32")  # of a linear critic for 2x2 images
NORM = float(np.sqrt(np.sum(SLOPE**2)))


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def images(seed, batch_size):
    return keras.random.normal((batch_size, 2, 2, 1), seed=seed)


def linear(slope):
    return lambda x: keras.ops.sum(x * keras.ops.reshape(slope, (1, 2, 2, 1)), axis=(1, 2))


def at(norms):
    """Points with the given distances from 0: real and fake, so that epsilon does not count."""
    return keras.ops.convert_to_tensor([[0.6 * norm, -0.8 * norm] for norm in norms])


def half_square(x):
    """A critic whose gradient at x is x."""
    return keras.ops.sum(x * x, axis=1, keepdims=True) / 2


@pytest.mark.parametrize("batch_size", [1, 2, 7])
@pytest.mark.parametrize("weight", [0.0, 1.0, 10.0])
@pytest.mark.parametrize("target", [0.0, 1.0, 5.0])
def test_a_linear_critic_pays_for_the_norm_of_its_slope(weight, target, batch_size):
    penalty = GradientPenalty(weight, target)
    found = penalty(linear(SLOPE), images(0, batch_size), images(1, batch_size), seed=2)
    assert number(found) == pytest.approx(weight * (NORM - target) ** 2, rel=1e-5)


def test_the_defaults_are_those_of_the_paper():
    found = GradientPenalty()(linear(SLOPE), images(0, 3), images(1, 3), seed=2)
    assert number(found) == pytest.approx(10 * (NORM - 1) ** 2, rel=1e-5)


def test_the_mean_is_over_samples_and_the_norm_within_them():
    norms = [0.0, 0.5, 1.0, 4.0]
    points = at(norms)
    expected = np.mean([(norm - 1) ** 2 for norm in norms])
    assert number(GradientPenalty(1.0)(half_square, points, points, seed=0)) == pytest.approx(
        expected, rel=1e-5
    )


def test_one_sided_only_norms_above_the_target_are_punished():
    norms = [0.0, 0.5, 1.9, 2.0, 2.5, 6.0]
    points = at(norms)
    found = GradientPenalty(3.0, 2.0, one_sided=True)(half_square, points, points, seed=0)
    assert number(found) == pytest.approx(3 * np.mean([max(0, n - 2) ** 2 for n in norms]))
    flat = GradientPenalty(3.0, 8.0, one_sided=True)(half_square, points, points, seed=0)
    assert number(flat) == 0.0


def test_a_map_of_outputs_counts_as_their_sum():
    # D(x)_ij = a_ij x_ij: the sum over the map has the gradient a.
    found = GradientPenalty(1.0)(
        lambda x: x * keras.ops.reshape(SLOPE, (1, 2, 2, 1)), images(0, 3), images(1, 3), seed=0
    )
    assert number(found) == pytest.approx((NORM - 1) ** 2, rel=1e-5)


@pytest.mark.parametrize("target", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("batch_size", [1, 7])
def test_a_critic_of_weights_0_pays_the_target_and_has_finite_gradients(batch_size, target):
    kernel = keras.Variable(np.zeros((2, 2), "float32"))
    bias = keras.Variable(np.ones((1, 1), "float32"))

    def critic(x):
        return linear(kernel)(x) + bias

    def objective():
        value = GradientPenalty(10.0, target)(
            critic, images(0, batch_size), images(1, batch_size), seed=2
        )
        return [value], {"value": value}

    gradients, extra = value_and_gradients(objective, [[kernel, bias]])
    assert number(extra["value"]) == pytest.approx(10 * target**2, rel=1e-6)
    for gradient in gradients[0]:
        # By symmetry: at slope 0 no direction is better than its opposite.
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(gradient), 0.0)


def test_a_critic_that_does_not_look_at_its_input_pays_the_target():
    bias = keras.Variable(np.ones((1, 1), "float32"))

    def objective():
        value = GradientPenalty(10.0, 3.0)(
            lambda x: keras.ops.zeros((4, 1)) + bias, images(0, 4), images(1, 4), seed=2
        )
        return [value], {"value": value}

    gradients, extra = value_and_gradients(objective, [[bias]])
    assert number(extra["value"]) == pytest.approx(10 * 3.0**2, rel=1e-6)
    assert number(gradients[0][0][0, 0]) == 0.0


def test_a_critic_that_is_a_constant_pays_the_target():
    found = GradientPenalty(10.0, 3.0)(
        lambda x: keras.ops.zeros((4, 1)), images(0, 4), images(1, 4), seed=2
    )
    assert number(found) == pytest.approx(10 * 3.0**2, rel=1e-6)


def test_a_gradient_as_small_as_float32_has_it_leaves_the_weights_finite():
    slope = keras.Variable(np.full((2, 2), 1e-30, "float32"))

    def objective():
        return [GradientPenalty()(linear(slope), images(0, 2), images(1, 2), seed=0)], {}

    gradients, _ = value_and_gradients(objective, [[slope]])
    assert np.isfinite(keras.ops.convert_to_numpy(gradients[0][0])).all()


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("batch_size", [1, 2, 7])
def test_its_own_gradient_is_right(batch_size, one_sided):
    # d/da w (|a| - t)^2 = 2 w (|a| - t) a / |a|
    slope = keras.Variable(SLOPE)

    def objective():
        penalty = GradientPenalty(10.0, 1.5, one_sided)
        real, fake = images(0, batch_size), images(1, batch_size)
        return [penalty(linear(slope), real, fake, seed=2)], {}

    gradients, _ = value_and_gradients(objective, [[slope]])
    expected = 2 * 10 * (NORM - 1.5) * SLOPE / NORM
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(gradients[0][0]), expected, rtol=1e-4, atol=1e-5
    )


def epsilons(structure, count, seed):
    """Reads the epsilon of every sample, in a column for each entry of a sample.

    With real = 1 and fake = 0 the interpolated sample is epsilon everywhere. The critic of half
    the square of one entry of one sample has the gradient epsilon there and 0 elsewhere; with
    target 0 and weight 1 it pays epsilon^2 / count.
    """
    real = keras.tree.map_structure(lambda size: np.ones((count, size), "float32"), structure)
    fake = keras.tree.map_structure(np.zeros_like, real)
    sizes = keras.tree.flatten(structure)
    entries = [(leaf, entry) for leaf, size in enumerate(sizes) for entry in range(size)]
    found = np.empty((count, len(entries)))
    for sample in range(count):
        for column, (leaf, entry) in enumerate(entries):

            def critic(x, sample=sample, leaf=leaf, entry=entry):
                mask = np.zeros((count, 1), "float32")
                mask[sample] = 1.0
                entries = keras.tree.flatten(x)[leaf][:, entry : entry + 1]
                return keras.ops.multiply(mask, entries**2) / 2

            value = number(GradientPenalty(1.0, 0.0)(critic, real, fake, seed=seed))
            found[sample, column] = np.sqrt(value * count)
    return found


@pytest.mark.parametrize(
    "structure", [3, {"image": 2, "table": 1}, [1, 2]], ids=["array", "dict", "list"]
)
def test_epsilon_is_one_number_for_each_sample_shared_by_all_its_entries(structure):
    found = epsilons(structure, count=4, seed=11)
    np.testing.assert_allclose(found, found[:, :1] * np.ones((1, 3)), rtol=1e-5)
    assert (found >= 0).all()
    assert (found <= 1).all()
    assert len(np.unique(found[:, 0].round(4))) == 4


def test_epsilon_is_uniform():
    # The critic x^2 / 2 has the gradient epsilon, the critic x^(3/2) / (3/2) its root; the
    # target is 0. Of 4,096 draws of a uniform number the mean has a standard deviation of
    # 0.0045, the mean square one of 0.0047: five of them are allowed.
    real, fake = np.ones((4096, 1), "float32"), np.zeros((4096, 1), "float32")
    penalty = GradientPenalty(1.0, 0.0)
    mean_square = penalty(lambda x: x**2 / 2, real, fake, seed=3)
    assert number(mean_square) == pytest.approx(1 / 3, abs=5 * 0.0047)
    mean = penalty(lambda x: x**1.5 / 1.5, real, fake, seed=3)
    assert number(mean) == pytest.approx(1 / 2, abs=5 * 0.0045)


def test_the_points_lie_between_real_and_fake():
    # Outside [0, 1] the critic is steep, inside it is flat.
    def critic(x):
        return 1000.0 * (keras.ops.relu(x - 1.0) + keras.ops.relu(-x))

    real, fake = np.ones((256, 1), "float32"), np.zeros((256, 1), "float32")
    assert number(GradientPenalty(1.0, 0.0)(critic, real, fake, seed=0)) < 1e-12
    assert number(GradientPenalty(1.0, 0.0)(critic, fake, real, seed=0)) < 1e-12


def test_the_shares_of_real_and_fake_add_up_to_one():
    # real = 1, fake = 0 gives epsilon, real = 0, fake = 1 gives 1 - epsilon.
    one, zero = np.ones((1, 1), "float32"), np.zeros((1, 1), "float32")
    penalty = GradientPenalty(1.0, 0.0)
    epsilon = np.sqrt(number(penalty(lambda x: x**2 / 2, one, zero, seed=5)))
    rest = np.sqrt(number(penalty(lambda x: x**2 / 2, zero, one, seed=5)))
    assert epsilon + rest == pytest.approx(1.0, rel=1e-5)


def test_the_seed_decides_and_a_generator_advances():
    one, zero = np.ones((8, 1), "float32"), np.zeros((8, 1), "float32")
    penalty = GradientPenalty(1.0, 0.0)

    def drawn(seed):
        return number(penalty(lambda x: x**2 / 2, one, zero, seed=seed))

    generator = keras.random.SeedGenerator(7)
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert drawn(generator) != drawn(generator)


@pytest.mark.parametrize("argument", ["weight", "target"])
@pytest.mark.parametrize("value", [-1.0, -1e-9, float("nan"), float("inf")])
def test_a_number_out_of_range_is_refused(argument, value):
    with pytest.raises(ValueError, match=rf"Invalid `{argument}`\. Received: .* Fix: "):
        GradientPenalty(**{argument: value})


@pytest.mark.parametrize("argument", ["weight", "target"])
@pytest.mark.parametrize("value", ["10", None, [10.0], True, 1j])
def test_what_is_no_number_is_refused(argument, value):
    with pytest.raises(TypeError, match=rf"Invalid `{argument}`\. Received: .* Fix: "):
        GradientPenalty(**{argument: value})
