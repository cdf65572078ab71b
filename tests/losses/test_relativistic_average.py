"""The relativistic average loss against its formula."""

import numpy as np
import pytest
from keras import ops

from keras_gan_kit.losses import RelativisticAverage, get

pytestmark = pytest.mark.backend


def softplus(x):
    return np.log1p(np.exp(x))


@pytest.mark.parametrize("shape", [(4, 1), (3, 2, 2, 1)], ids=["scores", "maps"])
def test_each_sample_is_compared_with_the_mean_of_the_other_batch(shape):
    random = np.random.default_rng(0)
    real, fake = random.normal(size=(2, *shape)).astype("float32")
    d_loss = softplus(fake.mean() - real).mean() + softplus(fake - real.mean()).mean()
    g_loss = softplus(real.mean() - fake).mean() + softplus(real - fake.mean()).mean()
    loss = RelativisticAverage()
    tensors = ops.convert_to_tensor(real), ops.convert_to_tensor(fake)
    np.testing.assert_allclose(float(loss.discriminator_loss(*tensors)), d_loss, rtol=1e-5)
    np.testing.assert_allclose(float(loss.generator_loss(*tensors)), g_loss, rtol=1e-5)


def test_a_constant_added_to_all_outputs_changes_nothing():
    random = np.random.default_rng(1)
    real, fake = ops.convert_to_tensor(random.normal(size=(2, 8, 1)).astype("float32"))
    loss = RelativisticAverage()
    plain = float(loss.discriminator_loss(real, fake))
    assert float(loss.discriminator_loss(real + 5, fake + 5)) == pytest.approx(plain, rel=1e-5)


def test_it_has_a_name():
    assert isinstance(get("relativistic_average"), RelativisticAverage)
    with pytest.raises(ValueError, match="did you mean 'relativistic_average'"):
        get("ragan")
