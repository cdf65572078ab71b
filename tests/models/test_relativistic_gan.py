"""The recipe: its defaults, and that they can be replaced."""

import keras
import numpy as np
import pytest

from keras_gan_kit import RelativisticGAN, networks, penalties

pytestmark = pytest.mark.backend

SHAPE = (4, 4, 1)


def new(**options):
    keras.utils.set_random_seed(0)
    return RelativisticGAN(
        networks.residual_generator(SHAPE, 3, filters=(4, 4)),
        networks.residual_discriminator(SHAPE, filters=(4, 4)),
        **{"seed": 0} | options,
    )


def test_the_defaults_are_the_recipe():
    gan = new()
    gan.compile()
    assert type(gan.adversarial_loss).__name__ == "Relativistic"
    assert [penalty.name for penalty in gan.penalties] == ["r1", "r2"]
    assert gan.ema_generator is not None
    assert gan.update_order == "simultaneous"
    for optimizer in gan.optimizer.optimizers:
        assert isinstance(optimizer, keras.optimizers.Adam)
        assert optimizer.beta_1 == 0.0
    players = gan.optimizer.optimizers
    assert players[0] is not players[1]


def test_every_default_gives_way():
    gan = new(ema_momentum=None)
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(0.1),
        discriminator_optimizer="rmsprop",
        loss="hinge",
        penalties=[penalties.R1(3.0)],
        update="alternating",
    )
    assert gan.ema_generator is None
    assert gan.update_order == "alternating"
    assert type(gan.adversarial_loss).__name__ == "Hinge"
    assert [type(o).__name__ for o in gan.optimizer.optimizers] == ["RMSprop", "SGD"]
    assert gan.penalties[0].gamma == 3.0


def test_several_discriminator_steps_alternate():
    gan = new(discriminator_steps=2)
    gan.compile()
    assert gan.update_order == "alternating"


def test_it_trains_and_comes_back_from_a_file(tmp_path):
    images = np.random.default_rng(0).uniform(-1, 1, (12, *SHAPE)).astype("float32")
    gan = new()
    gan.compile()
    before = keras.ops.convert_to_numpy(gan.generator.get_layer("base").kernel).copy()
    history = gan.fit(images, batch_size=4, epochs=2, verbose=0).history
    after = keras.ops.convert_to_numpy(gan.generator.get_layer("base").kernel)
    assert np.abs(after - before).max() > 0
    assert {"r1", "r2"} < history.keys()
    assert all(np.isfinite(values).all() for values in history.values())
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert isinstance(loaded, RelativisticGAN)
    np.testing.assert_allclose(loaded.generate(3, seed=0), gan.generate(3, seed=0), atol=1e-6)
    assert loaded.penalties[0].gamma == gan.penalties[0].gamma


def test_normalisation_is_refused():
    gan = RelativisticGAN(
        networks.residual_generator(SHAPE, 3, filters=(4, 4)),
        keras.Sequential(
            [
                keras.Input(SHAPE),
                keras.layers.Flatten(),
                keras.layers.BatchNormalization(),
                keras.layers.Dense(1),
            ]
        ),
    )
    with pytest.raises(ValueError, match="BatchNormalization"):
        gan.compile()
