"""A different loss for each player."""

import keras
import pytest

from keras_gan_kit import losses

pytestmark = pytest.mark.backend

REAL, FAKE = [[0.3], [-2.0]], [[1.0], [-0.5]]


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


@pytest.mark.parametrize(
    ("discriminator", "generator"),
    [
        (losses.Hinge(), losses.LeastSquares()),
        (losses.BinaryCrossentropy(0.1), losses.Relativistic()),
        (losses.Relativistic(), losses.Minimax()),
        (losses.KerasLoss(keras.losses.MeanSquaredError()), losses.Wasserstein()),
    ],
    ids=["hinge_ls", "bce_relativistic", "relativistic_minimax", "mse_wasserstein"],
)
def test_each_player_minimises_its_own_loss(discriminator, generator):
    both = losses.PlayerLosses(discriminator, generator)
    real, fake = keras.ops.convert_to_tensor(REAL), keras.ops.convert_to_tensor(FAKE)
    assert number(both.discriminator_loss(real, fake)) == number(
        discriminator.discriminator_loss(real, fake)
    )
    assert number(both.generator_loss(real, fake)) == number(generator.generator_loss(real, fake))
    assert number(both.accuracy(real, fake)) == number(discriminator.accuracy(real, fake))
    assert both.needs_real == generator.needs_real
    assert both.saturates == generator.saturates


def test_it_takes_the_outputs_that_both_can_take():
    mse, bce = losses.LeastSquares(), losses.BinaryCrossentropy(from_logits=False)
    assert losses.PlayerLosses(mse, bce).outputs == ("probabilities",)
    assert losses.PlayerLosses(losses.Hinge(), mse).outputs == ("logits",)
    assert losses.PlayerLosses(mse, mse).outputs == mse.outputs


def test_losses_that_have_no_output_in_common_are_refused():
    with pytest.raises(ValueError, match=r"Invalid `generator`\. Received: .* Fix: "):
        losses.PlayerLosses(losses.Hinge(), losses.BinaryCrossentropy(from_logits=False))


@pytest.mark.parametrize("position", ["discriminator", "generator"])
@pytest.mark.parametrize("value", ["bce", None, keras.losses.MeanSquaredError()])
def test_what_is_no_adversarial_loss_is_refused(position, value):
    players = {"discriminator": losses.Hinge(), "generator": losses.Hinge(), position: value}
    with pytest.raises(TypeError, match=rf"Invalid `{position}`\. Received: .* Fix: "):
        losses.PlayerLosses(**players)
