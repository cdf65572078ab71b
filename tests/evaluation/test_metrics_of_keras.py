"""`FrechetDistance` and `KernelDistance`, alone and in `compile(metrics=[...])`."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gan_kit.evaluation import (
    FrechetDistance,
    KernelDistance,
    extract_features,
    frechet_distance,
    kernel_distance,
)

pytestmark = pytest.mark.backend

BOTH = [FrechetDistance, KernelDistance]
SHAPE = (4, 4, 1)


def images(n=40, seed=0, scale=1.0):
    drawn = np.random.default_rng(seed).uniform(-1, 1, (n, *SHAPE))
    return (scale * drawn).astype("float32")


def small_network():
    keras.utils.set_random_seed(0)
    inputs = keras.Input(SHAPE)
    return keras.Model(inputs, layers.Dense(3, activation="tanh")(layers.Flatten()(inputs)))


@pytest.fixture(scope="module")
def network():
    return small_network()


def updated(metric, real, synthetic, sizes):
    for a, b in zip(*(np.split(x, np.cumsum(sizes)[:-1]) for x in (real, synthetic)), strict=True):
        metric.update_state(a, b)
    return float(metric.result())


@pytest.mark.parametrize("sizes", [(40,), (1, 39), (16, 16, 8), (1,) * 40])
def test_the_frechet_distance_does_not_depend_on_the_batches(network, sizes):
    real, synthetic = images(), images(seed=1, scale=0.5)
    expected = frechet_distance(
        extract_features(real, features=network), extract_features(synthetic, features=network)
    )
    metric = FrechetDistance(network)
    assert updated(metric, real, synthetic, sizes) == pytest.approx(expected, rel=1e-3)
    metric.reset_state()
    assert np.isnan(metric.result())


def test_the_kernel_distance_is_the_mean_over_batches(network):
    real, synthetic = images(), images(seed=1, scale=0.5)
    features = [extract_features(x, features=network).values for x in (real, synthetic)]
    parts = [
        kernel_distance(*(f[rows] for f in features))[0] for rows in (slice(0, 30), slice(30, 39))
    ]
    expected = (30 * parts[0] + 9 * parts[1]) / 39  # a batch of one image counts nothing
    found = updated(KernelDistance(network), real, synthetic, (30, 9, 1))
    assert found == pytest.approx(expected, abs=1e-5)


def test_sets_may_have_different_sizes(network):
    metric = FrechetDistance(network)
    metric.update_state(images(30), images(20, seed=1))
    expected = frechet_distance(
        extract_features(images(30), features=network),
        extract_features(images(20, seed=1), features=network),
    )
    assert metric.result() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("cls", BOTH)
def test_pixels_need_no_network_and_any_size_fits(cls):
    metric = cls()
    for shape in (SHAPE, (40, 20, 3)):
        metric.reset_state()
        white = np.ones((8, *shape), "float32")
        metric.update_state(white, -white)
        # Means of 192 pixels that are 2 apart, no variance; or kernels 8 + 8 - 2 * 0.
        assert float(metric.result()) == pytest.approx(
            192 * 4 if cls is FrechetDistance else 16, rel=1e-3
        )


@pytest.mark.parametrize("cls", BOTH)
def test_of_joint_samples_the_image_is_taken(cls, network):
    plain, joint = cls(network), cls(network)
    plain.update_state(images(), images(seed=1))
    joint.update_state(
        {"image": images(), "table": np.zeros((40, 2))},
        {"image": images(seed=1), "table": np.zeros((40, 2))},
    )
    assert float(joint.result()) == float(plain.result())


def test_a_large_mean_takes_no_digits():
    """The variance of 1 beside a mean of 1000 would drown in sums of squares."""
    inputs = keras.Input(SHAPE)
    flat = layers.Flatten()(inputs)
    network = keras.Model(inputs, layers.Rescaling(1.0, offset=1000.0)(flat))
    real, synthetic = images(200), images(200, seed=1, scale=0.5)
    found = updated(FrechetDistance(network), real, synthetic, (50,) * 4)
    flat_sets = [x.reshape(200, -1) for x in (real, synthetic)]
    assert found == pytest.approx(frechet_distance(*flat_sets), rel=1e-2)


@pytest.fixture(scope="module")
def evaluated(network):
    """A GAN with both metrics, evaluated on 42 images in batches of 8."""
    from keras_gan_kit import GAN, networks

    keras.utils.set_random_seed(0)
    gan = GAN(
        networks.dense_generator(SHAPE, 3, (8,)), networks.dense_discriminator(SHAPE, (8,)), seed=0
    )
    # Not compiled, because XLA draws other latents than what `drawn_in_evaluation` does.
    gan.compile(
        metrics=[FrechetDistance(network), KernelDistance(network)],
        run_eagerly=True,
        jit_compile=False,
    )
    return gan, gan.evaluate(images(42), batch_size=8, return_dict=True, verbose=0)


def drawn_in_evaluation(gan, network, real):
    """What metrics are given: evaluation draws the same images every time."""
    seen = []

    class Keep(keras.metrics.Metric):
        def update_state(self, real, synthetic, sample_weight=None):
            seen.append([np.array(keras.ops.convert_to_numpy(x)) for x in (real, synthetic)])

        def result(self):
            return keras.ops.zeros(())

    gan.compile(metrics=[Keep(name="keep")], run_eagerly=True, jit_compile=False)
    gan.evaluate(real, batch_size=8, verbose=0)
    pairs = [np.concatenate(parts) for parts in zip(*seen, strict=True)]
    return [extract_features(x, features=network).values for x in pairs]


def test_evaluate_returns_what_the_functions_say(evaluated, network):
    gan, logs = evaluated
    again = gan.evaluate(images(42), batch_size=8, verbose=0)
    assert again == pytest.approx([logs[name] for name in gan.metrics_names])
    real, synthetic = drawn_in_evaluation(gan, network, images(42))
    assert logs["frechet_distance"] == pytest.approx(frechet_distance(real, synthetic), rel=1e-3)
    sizes = [8] * 5 + [2]
    parts = [
        kernel_distance(real[stop - size : stop], synthetic[stop - size : stop])[0]
        for stop, size in zip(np.cumsum(sizes), sizes, strict=True)
    ]
    assert logs["kernel_distance"] == pytest.approx(np.average(parts, weights=sizes), abs=1e-5)


def test_the_validation_of_a_fit_has_them(make_gan, images, tmp_path, network):
    gan = make_gan()
    gan.compile(metrics=[FrechetDistance(network, name="distance"), KernelDistance(name="kernel")])
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras", monitor="val_distance", mode="min", save_best_only=True
    )
    history = gan.fit(
        images, batch_size=8, epochs=2, validation_data=images, callbacks=[best], verbose=0
    ).history
    assert len(history["val_distance"]) == len(history["val_kernel"]) == 2
    assert np.isfinite(history["val_distance"]).all()
    # The saved model has the metrics, with the network and its weights, and not their state.
    loaded = keras.saving.load_model(tmp_path / "best.keras")
    logs = loaded.evaluate(images, batch_size=8, return_dict=True, verbose=0)
    assert logs["distance"] == pytest.approx(min(history["val_distance"]), rel=1e-3)


@pytest.mark.parametrize("cls", BOTH)
def test_a_configuration_round_trips(cls, network):
    for features in ("pixels", network):
        metric = cls(features, name="mine")
        config = keras.saving.serialize_keras_object(metric)
        again = keras.saving.deserialize_keras_object(config)
        assert (type(again), again.name) == (cls, "mine")
        assert isinstance(again.features, type(features))


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize(
    ("error", "features"), [(ValueError, "vgg"), (TypeError, None), (TypeError, np.mean)]
)
def test_bad_features_are_named(cls, error, features):
    with pytest.raises(error, match=r"^Invalid `features`. Received: "):
        cls(features)
