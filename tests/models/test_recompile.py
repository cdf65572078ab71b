"""Another `compile` is another step, on the backends that remember the old one too."""

import keras
import pytest

pytestmark = pytest.mark.backend


def test_another_loss_is_another_step(make_gan, images):
    """Without learning, so that the logs are those of the loss alone."""
    gan = make_gan()
    for loss in ("bce", "wasserstein"):
        gan.compile(
            loss=loss,
            generator_optimizer=keras.optimizers.SGD(0.0),
            discriminator_optimizer=keras.optimizers.SGD(0.0),
        )
        logs = gan.fit(images, batch_size=42, verbose=0).history
        found = gan.evaluate(images, batch_size=42, return_dict=True, verbose=0)
    assert logs["d_loss"] == pytest.approx([logs["d_fake"][0] - logs["d_real"][0]], abs=1e-5)
    assert found["d_loss"] == pytest.approx(found["d_fake"] - found["d_real"], abs=1e-5)
