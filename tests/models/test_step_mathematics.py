"""A training step against closed forms: a generator that is one number, a linear critic."""

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN, WGANGP, losses, penalties

pytestmark = pytest.mark.backend

RATE = 0.1


def scalar_gan(cls=GAN, *, drawn=0.5, slope=2.0, regularizer=None, **options):
    """G(z) = `drawn` whatever z is; D(x) = `slope` x."""
    latent = keras.Input((1,))
    zero = keras.layers.Dense(1, use_bias=False, trainable=False, kernel_initializer="zeros")
    bias = keras.layers.Dense(
        1,
        bias_initializer=keras.initializers.Constant(drawn),
        kernel_initializer="zeros",
    )
    bias.build((None, 1))
    generator = keras.Model(latent, bias(zero(latent)))
    sample = keras.Input((1,))
    critic = keras.layers.Dense(
        1,
        use_bias=False,
        kernel_initializer=keras.initializers.Constant(slope),
        kernel_regularizer=regularizer,
    )
    return cls(generator, keras.Model(sample, critic(sample)), **options)


def compile_sgd(gan, *, run_eagerly=True, **options):
    gan.compile(
        run_eagerly=run_eagerly,
        generator_optimizer=keras.optimizers.SGD(RATE),
        discriminator_optimizer=keras.optimizers.SGD(RATE),
        **options,
    )
    return gan


def drawn_and_slope(gan):
    drawn = gan.generator.layers[-1].bias
    slope = gan.discriminator.layers[-1].kernel
    return tuple(float(keras.ops.convert_to_numpy(v).item()) for v in (drawn, slope))


def one_step(gan, value=1.0):
    history = gan.fit(np.full((4, 1), value, "float32"), batch_size=4, verbose=0)
    return {key: values[0] for key, values in history.history.items()}


def test_alternating_wasserstein_uses_the_new_critic():
    gan = compile_sgd(scalar_gan(), loss="wasserstein")
    one_step(gan)
    slope = 2.0 + RATE * (1.0 - 0.5)
    drawn = 0.5 + RATE * slope
    assert drawn_and_slope(gan) == pytest.approx((drawn, slope), abs=1e-6)


def test_simultaneous_wasserstein_uses_the_old_critic():
    gan = compile_sgd(scalar_gan(), loss="wasserstein", update="simultaneous")
    one_step(gan)
    assert drawn_and_slope(gan) == pytest.approx((0.5 + RATE * 2.0, 2.0 + RATE * 0.5), abs=1e-6)


def test_several_discriminator_steps_before_one_generator_step():
    gan = compile_sgd(scalar_gan(discriminator_steps=3), loss="wasserstein")
    one_step(gan)
    slope = 2.0 + 3 * RATE * 0.5
    assert drawn_and_slope(gan) == pytest.approx((0.5 + RATE * slope, slope), abs=1e-6)


@pytest.mark.parametrize("run_eagerly", [True, False])
@pytest.mark.parametrize("update", ["alternating", "simultaneous"])
def test_bce_step_and_logs(update, run_eagerly):
    gan = compile_sgd(scalar_gan(), loss="bce", update=update, run_eagerly=run_eagerly)
    logs = one_step(gan)

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    real, fake = 2.0 * 1.0, 2.0 * 0.5
    slope = 2.0 + RATE * ((1 - sigmoid(real)) * 1.0 - sigmoid(fake) * 0.5)
    used = slope if update == "alternating" else 2.0
    drawn = 0.5 + RATE * (1 - sigmoid(used * 0.5)) * used
    assert drawn_and_slope(gan) == pytest.approx((drawn, slope), abs=1e-6)
    expected = {
        "d_loss": -np.log(sigmoid(real)) - np.log(1 - sigmoid(fake)),
        "g_loss": -np.log(sigmoid(used * 0.5)),
        "d_accuracy": 0.5,  # real is above 0, fake too
        "d_real": real,
        "d_fake": fake,
    }
    assert logs == pytest.approx(expected, abs=1e-5)


def test_minimax_pushes_against_the_discriminator():
    gan = compile_sgd(scalar_gan(), loss="minimax", update="simultaneous")
    one_step(gan)
    drawn, _ = drawn_and_slope(gan)
    assert drawn == pytest.approx(0.5 + RATE * 2.0 / (1 + np.exp(-1.0)), abs=1e-6)


def test_penalties_are_weighted_logged_and_added():
    gan = compile_sgd(
        scalar_gan(slope=3.0),
        loss="wasserstein",
        penalties=[penalties.R1(0.2), penalties.R2(0.4), penalties.GradientPenalty(10.0)],
    )
    logs = one_step(gan)
    r1, r2, gp = 0.1 * 9.0, 0.2 * 9.0, 10.0 * (3.0 - 1.0) ** 2
    assert logs["r1"] == pytest.approx(r1, rel=1e-5)
    assert logs["r2"] == pytest.approx(r2, rel=1e-5)
    assert logs["gradient_penalty"] == pytest.approx(gp, rel=1e-5)
    assert logs["d_loss"] == pytest.approx(3.0 * (0.5 - 1.0) + r1 + r2 + gp, rel=1e-5)
    # d/da of gamma/2 a^2 is gamma a; of w (a - 1)^2 it is 2 w (a - 1).
    slope = 3.0 - RATE * (-0.5 + 0.2 * 3.0 + 0.4 * 3.0 + 20.0 * 2.0)
    assert drawn_and_slope(gan)[1] == pytest.approx(slope, rel=1e-5)


def test_a_networks_own_losses_belong_to_its_player():
    gan = compile_sgd(scalar_gan(regularizer=keras.regularizers.L2(0.5)), loss="wasserstein")
    logs = one_step(gan)
    assert logs["d_loss"] == pytest.approx(2.0 * (0.5 - 1.0) + 0.5 * 4.0, rel=1e-6)
    assert drawn_and_slope(gan)[1] == pytest.approx(2.0 + RATE * 0.5 - RATE * 2.0, rel=1e-6)


def test_relativistic_generator_sees_the_real_samples():
    gan = compile_sgd(scalar_gan(), loss="relativistic", update="simultaneous")
    logs = one_step(gan)
    assert logs["g_loss"] == pytest.approx(np.log1p(np.exp(2.0 * (1.0 - 0.5))), rel=1e-5)
    assert logs["d_accuracy"] == 1.0


def test_wgan_gp_defaults():
    gan = scalar_gan(WGANGP)
    gan.compile(run_eagerly=True)
    one_step(gan)
    assert gan.discriminator_steps == 5
    assert isinstance(gan.adversarial_loss, losses.Wasserstein)
    assert [p.get_config() for p in gan.penalties] == [penalties.GradientPenalty(10.0).get_config()]
    for optimizer in gan.optimizer.optimizers:
        config = optimizer.get_config()
        assert config["learning_rate"] == pytest.approx(1e-4)
        assert (config["beta_1"], config["beta_2"]) == (0.0, 0.9)
    assert int(gan.optimizer.optimizers[0].iterations) == 5
    assert int(gan.optimizer.optimizers[1].iterations) == 1


def test_default_optimizers_are_radfords():
    gan = scalar_gan()
    gan.compile()
    for optimizer in gan.optimizer.optimizers:
        config = optimizer.get_config()
        assert config["learning_rate"] == pytest.approx(2e-4)
        assert config["beta_1"] == 0.5


def test_average_of_the_generator():
    gan = compile_sgd(scalar_gan(ema_momentum=0.9), loss="wasserstein", update="simultaneous")
    one_step(gan)
    new = 0.5 + RATE * 2.0
    average = keras.ops.convert_to_numpy(gan.ema_generator.layers[-1].bias).item()
    # The momentum ramps up: (1 + t) / (10 + t) with t = 0 steps taken before.
    assert average == pytest.approx(0.1 * 0.5 + 0.9 * new, rel=1e-6)
    latents = np.zeros((2, 1), "float32")
    assert keras.ops.convert_to_numpy(gan(latents)) == pytest.approx(average, rel=1e-6)
    trained = keras.ops.convert_to_numpy(gan(latents, training=True))
    assert trained == pytest.approx(new, rel=1e-6)
    assert gan.generate(3, seed=0) == pytest.approx(average, rel=1e-6)


def test_a_frozen_player_stays_as_it_is():
    gan = scalar_gan()
    gan.discriminator.trainable = False
    with pytest.warns(UserWarning, match="no trainable weights"):
        compile_sgd(gan, loss="wasserstein")
    one_step(gan)
    assert drawn_and_slope(gan) == pytest.approx((0.5 + RATE * 2.0, 2.0), abs=1e-6)


class Steady(GAN):
    """The latents are always the same; the zeros of a row are masked."""

    def draw_latents(self, batch_size):
        row = keras.ops.convert_to_tensor([[0.5, -0.5, 0.0]])
        return keras.ops.tile(row, (batch_size, 1))


def test_both_players_judge_fakes_without_the_masks_of_the_generator():
    latents = keras.Input((3,))
    steps = keras.layers.Masking(0.0)(keras.layers.Reshape((3, 1))(latents))
    generator = keras.Model(latents, keras.layers.Dense(1, use_bias=False)(steps))
    mean = keras.layers.GlobalAveragePooling1D()
    discriminator = keras.Sequential([keras.Input((3, 1)), mean, keras.layers.Dense(1)])
    gan = Steady(generator, discriminator, seed=0)
    gan.compile(
        loss="wasserstein",
        run_eagerly=True,
        generator_optimizer=keras.optimizers.SGD(0.0),
        discriminator_optimizer=keras.optimizers.SGD(0.0),
    )
    logs = gan.fit(np.ones((4, 3, 1), "float32"), verbose=0).history
    assert logs["g_loss"] == pytest.approx([-logs["d_fake"][0]], abs=1e-6)
    found = gan.evaluate(np.ones((4, 3, 1), "float32"), return_dict=True, verbose=0)
    assert (found["g_loss"], found["d_fake"]) == pytest.approx(
        (-found["d_fake"], logs["d_fake"][0])
    )
