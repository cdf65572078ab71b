"""float16 and bfloat16 networks: losses and penalties in float32, scaled gradients."""

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN, networks, penalties

pytestmark = pytest.mark.backend


def mixed_gan(policy):
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(policy)
    gan = GAN(
        networks.dense_generator((4, 4, 1), 3, (16,)),
        networks.dense_discriminator((4, 4, 1), (16,)),
        seed=0,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(0.01),
        discriminator_optimizer=keras.optimizers.SGD(0.01),
        penalties=[penalties.R1(0.1), penalties.GradientPenalty(1.0)],
        run_eagerly=True,
    )
    return gan


def scales(gan):
    return [float(keras.ops.convert_to_numpy(o.dynamic_scale)) for o in gan.optimizer.optimizers]


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_training_follows_the_float32_one(policy, images):
    found = {}
    for used in ("float32", policy):
        gan = mixed_gan(used)
        history = gan.fit(images[:40], batch_size=8, verbose=0)
        assert gan.generate(3, seed=0).dtype == np.float32
        found[used] = {key: values[0] for key, values in history.history.items()}
    # Rounding of the format, amplified by a handful of layers and steps.
    tolerance = {"mixed_float16": 2e-2, "mixed_bfloat16": 1e-1}[policy]
    for key in ("d_loss", "g_loss", "d_real", "d_fake", "r1", "gradient_penalty"):
        assert found[policy][key] == pytest.approx(found["float32"][key], abs=tolerance), key


def test_both_players_scale_their_losses_under_float16():
    gan = mixed_gan("mixed_float16")
    assert scales(gan) == [2.0**15, 2.0**15]
    assert not hasattr(mixed_gan("mixed_bfloat16").optimizer.optimizers[0], "dynamic_scale")


def test_an_overflow_halves_the_scale_and_changes_no_weight(images):
    gan = mixed_gan("mixed_float16")
    optimizer = gan.optimizer.optimizers[0]
    optimizer.dynamic_scale.assign(2.0**40)  # beyond float16: every gradient overflows
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in gan.discriminator.weights]
    gan.fit(images[:8], batch_size=8, verbose=0)
    for old, variable in zip(before, gan.discriminator.weights, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(variable))
    assert scales(gan) == [2.0**39, 2.0**15]


def test_a_mixed_model_comes_back_with_its_scales(tmp_path, images):
    gan = mixed_gan("mixed_float16")
    gan.optimizer.optimizers[1].dynamic_scale.assign(8.0)
    gan.fit(images[:8], batch_size=8, verbose=0)
    gan.save(tmp_path / "gan.keras")
    keras.config.set_dtype_policy("float32")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert scales(loaded) == scales(gan) == [2.0**15, 8.0]
    np.testing.assert_array_equal(loaded.generate(3, seed=0), gan.generate(3, seed=0))


def test_a_scaled_optimizer_is_not_scaled_again():
    gan = mixed_gan("mixed_float16")
    own = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.01), initial_scale=4.0)
    gan.compile(generator_optimizer=own, discriminator_optimizer=keras.optimizers.SGD(0.01))
    assert gan.optimizer.optimizers[1] is own
    assert scales(gan) == [2.0**15, 4.0]


def test_compiled_steps_scale_too(images):
    gan = mixed_gan("mixed_float16")
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(0.01),
        discriminator_optimizer=keras.optimizers.SGD(0.01),
        update="simultaneous",
    )
    history = gan.fit(images[:40], batch_size=8, verbose=0)
    assert np.isfinite(history.history["d_loss"]).all()
    assert int(keras.ops.convert_to_numpy(gan.optimizer.optimizers[1].iterations)) == 5
