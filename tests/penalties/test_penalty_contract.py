"""What every penalty promises: structures, precision, random states, config."""

import keras
import numpy as np
import pytest

from keras_gan_kit._backend import value_and_gradients
from keras_gan_kit.penalties import R1, R2, GradientPenalty

pytestmark = pytest.mark.backend

# Each with what it costs a critic with the same gradient norm everywhere.
PENALTIES = [
    pytest.param(lambda: GradientPenalty(10.0), lambda norm: 10 * (norm - 1) ** 2, id="gp"),
    pytest.param(
        lambda: GradientPenalty(2.0, 0.5, True), lambda norm: 2 * max(0, norm - 0.5) ** 2, id="gp1"
    ),
    pytest.param(lambda: R1(0.3), lambda norm: 0.3 / 2 * norm**2, id="r1"),
    pytest.param(lambda: R2(0.3), lambda norm: 0.3 / 2 * norm**2, id="r2"),
]
MAKERS = [pytest.param(case.values[0], id=case.id) for case in PENALTIES]
IMAGE_SLOPE = np.array([[1.0, -2.0], [0.0, 0.5]], "float32")[None, :, :, None]
TABLE_SLOPE = np.array([[3.0, -1.0, 0.25]], "float32")


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def normal(seed, *shape):
    return keras.random.normal(shape, seed=seed)


def linear(image, table):
    per_image = keras.ops.sum(keras.ops.multiply(image, IMAGE_SLOPE), axis=(1, 2))
    return per_image + keras.ops.sum(keras.ops.multiply(table, TABLE_SLOPE), axis=1, keepdims=True)


@pytest.mark.parametrize("batch_size", [1, 2, 7])
@pytest.mark.parametrize(("make", "cost"), PENALTIES)
def test_the_norm_of_a_dict_runs_over_all_leaves_together(make, cost, batch_size):
    real, fake = (
        {"image": normal(i, batch_size, 2, 2, 1), "table": normal(i + 2, batch_size, 3)}
        for i in range(2)
    )
    found = make()(lambda x: linear(x["image"], x["table"]), real, fake, seed=0)
    norm = np.sqrt(np.sum(IMAGE_SLOPE**2) + np.sum(TABLE_SLOPE**2))
    assert number(found) == pytest.approx(cost(norm), rel=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 7])
@pytest.mark.parametrize(("make", "cost"), PENALTIES)
def test_the_norm_of_a_list_runs_over_all_leaves_together(make, cost, batch_size):
    real, fake = ([normal(i, batch_size, 2, 2, 1), normal(i + 2, batch_size, 3)] for i in range(2))
    found = make()(lambda x: linear(*x), real, fake, seed=0)
    norm = np.sqrt(np.sum(IMAGE_SLOPE**2) + np.sum(TABLE_SLOPE**2))
    assert number(found) == pytest.approx(cost(norm), rel=1e-5)


@pytest.mark.parametrize(("make", "cost"), PENALTIES)
def test_a_leaf_that_the_critic_ignores_adds_nothing(make, cost):
    real, fake = ({"image": normal(i, 3, 2, 2, 1), "table": normal(i + 2, 3, 3)} for i in range(2))
    found = make()(lambda x: linear(0.0, x["table"]), real, fake, seed=0)
    assert number(found) == pytest.approx(cost(np.sqrt(np.sum(TABLE_SLOPE**2))), rel=1e-5)


@pytest.mark.parametrize(("make", "cost"), PENALTIES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_samples_of_any_float_type_give_a_float32_scalar(make, cost, dtype):
    samples = np.linspace(-1, 1, 6).reshape(2, 3).astype(dtype)
    found = make()(lambda x: linear(0.0, x), samples, samples, seed=0)
    assert tuple(found.shape) == ()
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    assert number(found) == pytest.approx(cost(np.sqrt(np.sum(TABLE_SLOPE**2))), rel=1e-5)


@pytest.mark.parametrize("make", MAKERS)
def test_the_generator_learns_nothing_from_a_penalty(make):
    # D(x) = k x^2 / 2 makes every penalty depend on where the fake samples are.
    fakes = keras.Variable(np.array([[2.0], [3.0]], "float32"))
    curvature = keras.Variable(np.ones((1, 1), "float32"))

    def objective():
        fake = keras.ops.multiply(fakes, 1.0)
        return [make()(lambda x: curvature * x * x / 2, np.ones((2, 1)), fake, seed=0)], {}

    gradients, _ = value_and_gradients(objective, [[fakes, curvature]])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(gradients[0][0]), 0.0)
    assert number(gradients[0][1][0, 0]) != 0.0


def critic_of(policy, dropout=0.0):
    """A small critic with the same weights under every dtype policy."""
    image = keras.Input((4, 4, 1))
    x = keras.layers.Flatten(dtype=policy)(image)
    x = keras.layers.Dense(8, activation="tanh", dtype=policy)(x)
    if dropout:
        x = keras.layers.Dropout(dropout, seed=1, dtype=policy)(x)
    model = keras.Model(image, keras.layers.Dense(1, dtype=policy)(x))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.5, w.shape).astype("float32") for w in model.weights])
    return model


def penalty_and_gradients(penalty, critic):
    real, fake = normal(0, 5, 4, 4, 1), normal(1, 5, 4, 4, 1)

    def objective():
        value = penalty(lambda x: critic(x, training=True), real, fake, seed=2)
        return [value], {"value": value}

    gradients, extra = value_and_gradients(objective, [critic.trainable_variables])
    return extra["value"], [keras.ops.convert_to_numpy(gradient) for gradient in gradients[0]]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("policy", "epsilon"), [("mixed_float16", 2.0**-10), ("mixed_bfloat16", 2.0**-7)]
)
def test_under_mixed_precision_a_penalty_is_the_float32_one_to_rounding(make, policy, epsilon):
    expected, _ = penalty_and_gradients(make(), critic_of("float32"))
    found, gradients = penalty_and_gradients(make(), critic_of(policy))
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    # The gradient of this critic takes about ten operations that round to half an epsilon each,
    # and the penalty is a square of it, which doubles the relative error.
    tolerance = 10 * epsilon / 2 * 2
    assert number(found) == pytest.approx(number(expected), rel=tolerance)
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    assert np.abs(gradients[0]).max() > 0


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_a_keras_critic_of_weights_0_has_finite_gradients(make, policy):
    critic = critic_of(policy)
    critic.set_weights([np.zeros(w.shape, "float32") for w in critic.weights])
    value, gradients = penalty_and_gradients(make(), critic)
    assert np.isfinite(number(value))
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def counter_of(critic):
    (dropout,) = (x for x in critic.layers if isinstance(x, keras.layers.Dropout))
    return keras.ops.convert_to_numpy(dropout.seed_generator.state).tolist()


@pytest.mark.parametrize("make", MAKERS)
def test_random_states_in_the_critic_advance_once_for_each_call(make):
    critic = critic_of("float32", dropout=0.5)
    real, fake = normal(0, 5, 4, 4, 1), normal(1, 5, 4, 4, 1)
    values = []
    for calls in range(3):
        assert counter_of(critic) == [1, calls]
        values.append(number(make()(lambda x: critic(x, training=True), real, fake, seed=2)))
    assert len(set(values)) == 3  # other units were dropped every time
    before = counter_of(critic)
    make()(lambda x: critic(x, training=False), real, fake, seed=2)
    assert counter_of(critic) == before


@pytest.mark.parametrize("make", MAKERS)
def test_random_states_advance_when_the_penalty_is_differentiated(make):
    critic = critic_of("float32", dropout=0.5)
    generator = keras.random.SeedGenerator(3)
    real, fake = normal(0, 5, 4, 4, 1), normal(1, 5, 4, 4, 1)

    def objective():
        return [make()(lambda x: critic(x, training=True), real, fake, seed=generator)], {}

    for calls in range(3):
        assert counter_of(critic) == [1, calls]
        value_and_gradients(objective, [critic.trainable_variables])
    drawn = keras.ops.convert_to_numpy(generator.state).tolist()
    assert drawn == ([3, 3] if isinstance(make(), GradientPenalty) else [3, 0])


@pytest.mark.parametrize("make", MAKERS)
def test_a_penalty_changes_no_weight_of_the_critic(make):
    critic = critic_of("float32", dropout=0.5)
    before = critic.get_weights()
    penalty_and_gradients(make(), critic)
    for old, new in zip(before, critic.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.parametrize("make", MAKERS)
def test_config_and_keras_serialization_give_the_same_penalty_back(make):
    penalty = make()
    serialized = keras.saving.serialize_keras_object(penalty)
    for copy in (
        type(penalty).from_config(penalty.get_config()),
        keras.saving.deserialize_keras_object(serialized),
    ):
        assert type(copy) is type(penalty)
        assert vars(copy) == vars(penalty)
        assert copy.name == penalty.name


@pytest.mark.parametrize(
    ("penalty", "name", "expected"),
    [
        (
            GradientPenalty(),
            "gradient_penalty",
            "GradientPenalty(weight=10.0, target=1.0, one_sided=False)",
        ),
        (R1(1), "r1", "R1(gamma=1.0)"),
        (R2(0.1), "r2", "R2(gamma=0.1)"),
    ],
)
def test_repr_is_the_call_that_makes_the_penalty(penalty, name, expected):
    assert penalty.name == name
    assert repr(penalty) == expected
