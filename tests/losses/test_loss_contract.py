"""What every adversarial loss promises: shape, direction, finiteness, accuracy, config."""

import keras
import numpy as np
import pytest

from keras_gan_kit import losses
from keras_gan_kit._backend import input_gradients

pytestmark = pytest.mark.backend

LOGITS = [
    pytest.param(lambda: losses.BinaryCrossentropy(), id="bce"),
    pytest.param(lambda: losses.BinaryCrossentropy(label_smoothing=0.1), id="bce_smoothed"),
    pytest.param(lambda: losses.Minimax(), id="minimax"),
    pytest.param(lambda: losses.LeastSquares(), id="least_squares"),
    pytest.param(lambda: losses.Hinge(), id="hinge"),
    pytest.param(lambda: losses.Wasserstein(), id="wasserstein"),
    pytest.param(lambda: losses.Relativistic(), id="relativistic"),
    pytest.param(lambda: losses.RelativisticAverage(), id="relativistic_average"),
    pytest.param(lambda: losses.KerasLoss(keras.losses.MeanSquaredError()), id="mse"),
    pytest.param(
        lambda: losses.KerasLoss(keras.losses.BinaryCrossentropy(from_logits=True)), id="keras_bce"
    ),
    pytest.param(
        lambda: losses.PlayerLosses(losses.Hinge(), losses.LeastSquares()), id="hinge_and_ls"
    ),
]
PROBABILITIES = [
    pytest.param(lambda: losses.BinaryCrossentropy(from_logits=False), id="bce_p"),
    pytest.param(lambda: losses.BinaryCrossentropy(0.1, False), id="bce_smoothed_p"),
    pytest.param(lambda: losses.Minimax(from_logits=False), id="minimax_p"),
    pytest.param(lambda: losses.KerasLoss(keras.losses.Poisson()), id="poisson"),
    pytest.param(lambda: losses.KerasLoss(keras.losses.poisson), id="poisson_function"),
    pytest.param(lambda: losses.KerasLoss(keras.losses.BinaryCrossentropy()), id="keras_bce_p"),
    pytest.param(
        lambda: losses.PlayerLosses(
            losses.BinaryCrossentropy(from_logits=False),
            losses.KerasLoss(keras.losses.Poisson()),
        ),
        id="bce_and_poisson",
    ),
]
EVERY = LOGITS + PROBABILITIES
SHAPES = [(1, 1), (2, 1), (7, 1), (1, 2, 2, 1), (3, 2, 2, 1)]


def outputs(low, high, shape):
    """Outputs of a discriminator, spread evenly over a range."""
    values = np.linspace(low, high, int(np.prod(shape)), dtype="float32").reshape(shape)
    return keras.ops.convert_to_tensor(values)


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("make", EVERY)
def test_losses_and_accuracy_are_float32_scalars(make, shape):
    loss, real, fake = make(), outputs(0.2, 0.9, shape), outputs(0.1, 0.7, shape)
    for value in (
        loss.discriminator_loss(real, fake),
        loss.generator_loss(real, fake),
        loss.accuracy(real, fake),
    ):
        assert tuple(value.shape) == ()
        assert keras.backend.standardize_dtype(value.dtype) == "float32"


@pytest.mark.parametrize("make", EVERY)
def test_repeating_a_batch_leaves_the_losses_as_they_were(make):
    loss, real, fake = make(), outputs(0.2, 0.9, (3, 1)), outputs(0.1, 0.7, (3, 1))
    twice = [keras.ops.concatenate([x, x]) for x in (real, fake)]
    for name in ("discriminator_loss", "generator_loss", "accuracy"):
        once = number(getattr(loss, name)(real, fake))
        assert number(getattr(loss, name)(*twice)) == pytest.approx(once, rel=1e-6)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("make", EVERY)
def test_the_generator_gains_where_fakes_look_more_real(make, shape):
    loss, real, fake = make(), outputs(0.2, 0.8, shape), outputs(0.1, 0.7, shape)
    gradients = input_gradients(lambda x: loss.generator_loss(real, x), fake)
    assert (keras.ops.convert_to_numpy(gradients) < 0).all()
    assert number(loss.generator_loss(real, fake + 0.1)) < number(loss.generator_loss(real, fake))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("make", EVERY)
def test_the_discriminator_gains_where_it_tells_them_apart(make, shape):
    loss, real, fake = make(), outputs(0.2, 0.8, shape), outputs(0.1, 0.7, shape)
    gradients = input_gradients(
        lambda pair: loss.discriminator_loss(pair["real"], pair["fake"]),
        {"real": real, "fake": fake},
    )
    assert (keras.ops.convert_to_numpy(gradients["real"]) < 0).all()
    assert (keras.ops.convert_to_numpy(gradients["fake"]) > 0).all()


@pytest.mark.parametrize(
    ("make", "low", "high"),
    [pytest.param(*case.values, -1e4, 1e4, id=case.id) for case in LOGITS]
    + [pytest.param(*case.values, 0.0, 1.0, id=case.id) for case in PROBABILITIES],
)
def test_extreme_outputs_have_finite_losses_and_gradients(make, low, high):
    loss = make()
    for real, fake in ((low, high), (high, low), (low, low), (high, high)):
        pair = {"real": outputs(real, real, (2, 1)), "fake": outputs(fake, fake, (2, 1))}
        for name in ("discriminator_loss", "generator_loss"):
            value = getattr(loss, name)
            assert np.isfinite(number(value(pair["real"], pair["fake"])))
            gradients = input_gradients(lambda x, f=value: f(x["real"], x["fake"]), pair)
            for leaf in gradients.values():
                assert np.isfinite(keras.ops.convert_to_numpy(leaf)).all()


@pytest.mark.parametrize("make", EVERY)
def test_generator_losses_that_need_no_real_outputs_take_none(make):
    loss, fake = make(), outputs(0.1, 0.7, (2, 1))
    assert loss.needs_real == isinstance(loss, losses.Relativistic | losses.RelativisticAverage)
    assert loss.saturates == (not isinstance(loss, losses.Wasserstein))
    if not loss.needs_real:
        given = number(loss.generator_loss(outputs(0.2, 0.8, (2, 1)), fake))
        assert number(loss.generator_loss(None, fake)) == given


@pytest.mark.parametrize(
    ("make", "threshold"),
    [
        (lambda: losses.BinaryCrossentropy(), 0.0),
        (lambda: losses.BinaryCrossentropy(from_logits=False), 0.5),
        (lambda: losses.Minimax(), 0.0),
        (lambda: losses.Minimax(from_logits=False), 0.5),
        (lambda: losses.LeastSquares(), 0.5),
        (lambda: losses.Hinge(), 0.0),
        (lambda: losses.KerasLoss(keras.losses.MeanSquaredError()), 0.5),
        (lambda: losses.KerasLoss(keras.losses.Poisson()), 0.5),
        (lambda: losses.KerasLoss(keras.losses.BinaryCrossentropy(from_logits=True)), 0.0),
        (lambda: losses.KerasLoss(keras.losses.BinaryCrossentropy()), 0.5),
        (lambda: losses.PlayerLosses(losses.Hinge(), losses.LeastSquares()), 0.0),
        (lambda: losses.PlayerLosses(losses.LeastSquares(), losses.Hinge()), 0.5),
    ],
)
@pytest.mark.parametrize("shape", [(4, 1), (1, 2, 2, 1)], ids=str)
def test_accuracy_counts_the_outputs_on_the_right_side_of_the_threshold(make, threshold, shape):
    loss = make()
    assert loss.threshold == threshold
    # Right: 3 of 4 real ones, 2 of 4 fake ones. On the threshold counts as fake.
    real = np.reshape([0.1, 0.2, 0.3, 0.0], shape) + threshold
    fake = np.reshape([0.1, 0.2, -0.3, 0.0], shape) + threshold
    tensors = [keras.ops.convert_to_tensor(x.astype("float32")) for x in (real, fake)]
    assert number(loss.accuracy(*tensors)) == (3 / 4 + 2 / 4) / 2


@pytest.mark.parametrize("loss", [losses.Wasserstein(), losses.Relativistic()], ids=repr)
def test_accuracy_without_a_threshold_counts_the_pairs_ranked_right(loss):
    assert loss.threshold is None
    real = keras.ops.convert_to_tensor([[5.0], [-3.0], [1.0], [100.0]])
    fake = keras.ops.convert_to_tensor([[4.0], [-4.0], [1.0], [101.0]])
    assert number(loss.accuracy(real, fake)) == 2 / 4
    assert number(loss.accuracy(real + 1000.0, fake)) == 1.0
    assert number(loss.accuracy(real - 1000.0, fake)) == 0.0


@pytest.mark.parametrize("make", EVERY)
def test_config_and_keras_serialization_give_the_same_loss_back(make):
    loss = make()
    real, fake = outputs(0.2, 0.9, (3, 1)), outputs(0.1, 0.7, (3, 1))
    serialized = keras.saving.serialize_keras_object(loss)
    for copy in (
        type(loss).from_config(loss.get_config()),
        keras.saving.deserialize_keras_object(serialized),
    ):
        assert type(copy) is type(loss)
        assert copy.get_config() == loss.get_config()
        assert (copy.threshold, copy.outputs) == (loss.threshold, loss.outputs)
        assert copy.needs_real == loss.needs_real
        assert copy.saturates == loss.saturates
        for name in ("discriminator_loss", "generator_loss"):
            assert number(getattr(copy, name)(real, fake)) == number(
                getattr(loss, name)(real, fake)
            )


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (
            losses.BinaryCrossentropy(0.1),
            "BinaryCrossentropy(label_smoothing=0.1, from_logits=True)",
        ),
        (losses.Minimax(from_logits=False), "Minimax(from_logits=False)"),
        (losses.LeastSquares(), "LeastSquares()"),
        (losses.Hinge(), "Hinge()"),
        (losses.Wasserstein(), "Wasserstein()"),
        (losses.Relativistic(), "Relativistic()"),
    ],
)
def test_repr_is_the_call_that_makes_the_loss(loss, expected):
    assert repr(loss) == expected
    assert eval(expected, vars(losses)).get_config() == loss.get_config()


@pytest.mark.parametrize("make", EVERY)
def test_repr_names_the_class(make):
    loss = make()
    assert repr(loss).startswith(f"{type(loss).__name__}(")
