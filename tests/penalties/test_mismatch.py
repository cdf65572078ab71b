"""The penalty for parts that do not belong together, against closed forms."""

import keras
import numpy as np
import pytest

from keras_gan_kit import RelativisticGAN, networks
from keras_gan_kit._backend import value_and_gradients
from keras_gan_kit.penalties import R1, R2, Mismatch

pytestmark = pytest.mark.backend

A, B = (np.array(values, "float32")[:, None] for values in ([1.0, 2.0, -1.0], [0.5, -1.0, 3.0]))


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def product(samples):
    return keras.ops.multiply(*keras.tree.flatten(samples))


def softplus(x):
    return np.log1p(np.exp(x))


@pytest.mark.parametrize("real", [{"a": A, "b": B}, [A, B], (A, B)], ids=["dict", "list", "tuple"])
@pytest.mark.parametrize("weight", [0.0, 1.0, 2.5])
def test_each_sample_is_compared_with_the_part_of_the_next(real, weight):
    expected = weight * np.mean(softplus(A * np.roll(B, -1, axis=0) - A * B))
    assert number(Mismatch(weight)(product, real, None)) == pytest.approx(expected, rel=1e-6)


def test_no_two_of_three_parts_stay_together():
    seen = []

    def critic(parts):
        seen.append([keras.ops.convert_to_numpy(part)[:, 0].tolist() for part in parts])
        return parts[0]

    order = np.arange(4, dtype="float32")[:, None]
    Mismatch()(critic, [order, order, order], None)
    assert [[0, 1, 2, 3], [1, 2, 3, 0], [2, 3, 0, 1]] in seen
    assert [[0, 1, 2, 3]] * 3 in seen


def test_every_map_of_several_counts_alike():
    def critic(samples):
        score = product(samples)
        return [score, keras.ops.concatenate([score, score], axis=1)]

    once = number(Mismatch(2.0)(product, [A, B], None))
    assert number(Mismatch(2.0)(critic, [A, B], None)) == pytest.approx(once, rel=1e-6)


def test_its_gradient_is_that_of_the_closed_form():
    slope = keras.Variable(0.5)

    def objective():
        return [Mismatch(1.0)(lambda x: slope * product(x), [A, B], None)], {}

    gradients, _ = value_and_gradients(objective, [[slope]])
    excess = A * np.roll(B, -1, axis=0) - A * B
    expected = np.mean(excess / (1 + np.exp(-0.5 * excess)))
    assert number(gradients[0][0]) == pytest.approx(expected, rel=1e-5)


def test_samples_of_one_part_are_refused():
    with pytest.raises(ValueError, match=r"Invalid `penalties`.*a single part.*remove Mismatch"):
        Mismatch()(lambda x: x, A, None)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_out_of_range_is_refused(weight):
    with pytest.raises(ValueError, match=r"Invalid `weight`\. Received: .* Fix: "):
        Mismatch(weight)


def test_config_repr_and_serialization():
    penalty = Mismatch(3)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(penalty))
    assert repr(copy) == repr(penalty) == "Mismatch(weight=3.0)"


def test_only_with_it_a_discriminator_learns_what_belongs_together():
    # The sign of the image is that of the row; without a loss, penalties are all there is to learn.
    signs = np.sign(np.random.default_rng(0).normal(size=(256, 1))).astype("float32")
    samples = {"image": np.tile(signs[:, :, None, None], (1, 4, 4, 1)), "table": (signs + 1) / 2}
    mismatched = {"image": samples["image"], "table": 1 - samples["table"]}
    higher = {}
    for name, extra in {"without": [], "with": [Mismatch(1.0)]}.items():
        keras.utils.set_random_seed(0)
        gan = RelativisticGAN(
            networks.joint_residual_generator((4, 4, 1), 1, filters=(4,), joint_units=8),
            networks.joint_residual_discriminator((4, 4, 1), 1, filters=(4,), joint_units=8),
            seed=0,
        )
        gan.compile(penalties=[R1(0.1), R2(0.1), *extra], loss=Nothing())
        history = gan.fit(samples, batch_size=32, epochs=15, verbose=0).history
        own, other = (
            keras.ops.convert_to_numpy(gan.discriminator(x)) for x in (samples, mismatched)
        )
        higher[name] = np.mean(own - other)
    assert history["mismatch"][-1] < history["mismatch"][0]
    assert higher["with"] > 0.5 > abs(higher["without"])


class Nothing(keras.losses.Loss):
    """A loss of next to nothing."""

    def call(self, y_true, y_pred):
        return 1e-3 * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)
