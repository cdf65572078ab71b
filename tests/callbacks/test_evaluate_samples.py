import functools

import keras
import numpy as np
import pytest
from tiny_gans import EXECUTIONS, images, tiny_gan

from keras_gan_kit import CycleGAN, networks
from keras_gan_kit.callbacks import EvaluateSamples
from keras_gan_kit.evaluation import (
    FrechetDistance,
    density_coverage,
    extract_features,
    frechet_distance,
    kernel_distance,
    precision_recall,
)

REAL = images(24)


def brightness(real, synthetic):
    return float(abs(real.mean() - synthetic.mean()))


def flat(samples):
    return samples.reshape(len(samples), -1)


def fit(gan, *callbacks, epochs=4):
    return gan.fit(
        images(8), batch_size=4, epochs=epochs, callbacks=list(callbacks), verbose=0
    ).history


def test_scores_are_those_of_the_samples_that_generate_draws():
    gan = tiny_gan()
    history = fit(gan, EvaluateSamples(REAL, brightness, every=4, seed=3))
    assert history["brightness"] == [brightness(REAL, gan.generate(24, seed=3))]


def test_metrics_of_features_have_the_names_of_their_parts():
    gan = tiny_gan()
    metrics = [frechet_distance, kernel_distance, precision_recall, density_coverage]
    history = fit(gan, EvaluateSamples(REAL, metrics, features=flat, num_samples=30), epochs=1)
    pair = flat(REAL), flat(gan.generate(30, seed=0))
    assert history["frechet_distance"] == [pytest.approx(frechet_distance(*pair))]
    names = ["kernel_distance_mean", "kernel_distance_std"]
    assert [history[name][0] for name in names] == pytest.approx(kernel_distance(*pair))
    names = ["precision_recall_precision", "precision_recall_recall"]
    assert [history[name][0] for name in names] == pytest.approx(precision_recall(*pair))
    names = ["density_coverage_density", "density_coverage_coverage"]
    assert [history[name][0] for name in names] == pytest.approx(density_coverage(*pair))


@pytest.mark.backend
def test_a_network_of_features_and_keras_metrics_go_together():
    network = extract_features(REAL).network
    gan = tiny_gan()
    metrics = {
        "by_function": frechet_distance,
        "by_metric": FrechetDistance(network),
        "tight": functools.partial(precision_recall, k=1),
    }
    history = fit(gan, EvaluateSamples(REAL, metrics, features=network, every=2), epochs=2)
    assert history["by_metric"] == pytest.approx(history["by_function"], rel=1e-2)
    assert len(history["tight_recall"]) == 1


@pytest.mark.backend
def test_a_score_of_each_due_epoch_with_keras_metrics_counted_anew():
    gan = tiny_gan()
    history = fit(gan, EvaluateSamples(REAL, FrechetDistance(name="distance"), every=2), epochs=4)
    assert len(history["distance"]) == 2
    metric = FrechetDistance()
    metric.update_state(REAL, gan.generate(24, seed=0))
    assert history["distance"][1] == pytest.approx(metric.result(), rel=1e-3)


@pytest.mark.parametrize("steps", EXECUTIONS)
@pytest.mark.parametrize("evaluation_first", [True, False])
def test_callbacks_before_it_in_the_list_see_the_scores(evaluation_first, steps, tmp_path):
    gan = tiny_gan(steps_per_execution=steps)
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras", monitor="brightness", mode="min", save_best_only=True
    )
    both = [EvaluateSamples(REAL, brightness), best]
    history = fit(gan, *(both if evaluation_first else both[::-1]), epochs=3)
    loaded = keras.saving.load_model(tmp_path / "best.keras")
    found = brightness(REAL, loaded.generate(24, seed=0))
    assert found == pytest.approx(min(history["brightness"]), rel=1e-5)


@pytest.mark.backend
def test_it_leaves_training_as_it_is_and_can_be_used_again():
    plain, watched = tiny_gan(full=True), tiny_gan(full=True)
    callback = EvaluateSamples(REAL, brightness)
    fit(plain)
    fit(watched, callback)
    np.testing.assert_array_equal(plain.generate(4, seed=0), watched.generate(4, seed=0))
    assert len(fit(tiny_gan(), callback, epochs=2)["brightness"]) == 2


def test_real_features_are_computed_once():
    seen = []

    def features(samples):
        seen.append(len(samples))
        return flat(samples)

    fit(tiny_gan(), EvaluateSamples(REAL, frechet_distance, features=features, num_samples=10))
    assert seen == [24, 10, 10, 10, 10]


def cycle_gan():
    generators = [networks.cycle_generator((8, 8, 1), filters=4, blocks=1) for _ in range(2)]
    patches = [networks.patch_discriminator((8, 8, 1), filters=(4,)) for _ in range(2)]
    gan = CycleGAN(*generators, *patches)
    gan.compile(run_eagerly=True, jit_compile=False)
    return gan


@pytest.mark.slow
def test_a_model_that_makes_nothing_of_noise_needs_draw():
    x = images(4, (8, 8, 1))
    gan = cycle_gan()
    with pytest.raises(ValueError, match=r"^Invalid `draw`. Received: None"):
        gan.fit(x, x, callbacks=[EvaluateSamples(x, brightness)], verbose=0)
    callback = EvaluateSamples(x, brightness, draw=lambda gan: gan.translate(x, "a_to_b"))
    history = gan.fit(x, x, batch_size=4, callbacks=[callback], verbose=0).history
    assert history["brightness"] == [brightness(x, gan.translate(x, "a_to_b"))]


@pytest.mark.parametrize(
    ("error", "argument", "arguments", "options"),
    [
        (TypeError, "real", (None, brightness), {}),
        (ValueError, "real", (REAL[:0], brightness), {}),
        (TypeError, "metrics", (REAL, None), {}),
        (TypeError, "metrics", (REAL, "frechet_distance"), {}),
        (TypeError, "metrics", (REAL, ["frechet_distance"]), {}),
        (TypeError, "metrics", (REAL, {1: brightness}), {}),
        (TypeError, "metrics", (REAL, {"score": 0.5}), {}),
        (ValueError, "metrics", (REAL, []), {}),
        (ValueError, "metrics", (REAL, [brightness, brightness]), {}),
        (TypeError, "features", (REAL, brightness), {"features": "pixels"}),
        (TypeError, "draw", (REAL, brightness), {"draw": REAL}),
        (ValueError, "every", (REAL, brightness), {"every": 0}),
        (ValueError, "num_samples", (REAL, brightness), {"num_samples": 0}),
        (ValueError, "seed", (REAL, brightness), {"seed": -1}),
        (TypeError, "batch_size", (REAL, brightness), {"batch_size": 1.5}),
    ],
)
def test_bad_input_is_named(error, argument, arguments, options):
    with pytest.raises(error) as caught:
        EvaluateSamples(*arguments, **options)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")


def test_a_score_must_not_hide_a_log():
    gan = tiny_gan()
    with pytest.raises(ValueError, match=r"^Invalid `metrics`. Received: the names \['d_loss'\]"):
        fit(gan, EvaluateSamples(REAL, {"d_loss": brightness}))
    assert gan.steps_taken == 0


def test_a_result_that_is_no_number_is_named():
    with pytest.raises(TypeError, match=r"^Invalid `metrics`. Received: 'flat'"):
        fit(tiny_gan(), EvaluateSamples(REAL, {"flat": lambda real, synthetic: flat(real)}))


class Extremes(keras.metrics.Metric):
    """Two numbers of a Keras metric; that of Keras would be tensors."""

    def __init__(self):
        super().__init__(name="extremes")
        self.largest = self.add_weight(shape=(2,), initializer="zeros")

    def update_state(self, real, synthetic):
        both = [keras.ops.max(keras.ops.abs(samples)) for samples in (real, synthetic)]
        self.largest.assign(keras.ops.maximum(self.largest, keras.ops.stack(both)))

    def result(self):
        return {"real": self.largest[0], "synthetic": self.largest[1]}


@pytest.mark.backend
def test_a_result_may_be_a_tensor_without_a_dimension():
    def middle(real, synthetic):
        return keras.ops.mean(synthetic)

    gan = tiny_gan()
    history = fit(gan, EvaluateSamples(REAL, middle), epochs=1)
    assert history["middle"] == pytest.approx([gan.generate(24, seed=0).mean()], abs=1e-6)


@pytest.mark.backend
def test_results_may_be_dicts_and_arrays_without_a_dimension():
    def middle(real, synthetic, *, share):
        return np.array(np.quantile(synthetic, share))  # a 0-dimensional array

    gan = tiny_gan()
    metrics = [Extremes(), functools.partial(middle, share=0.5)]
    history = fit(gan, EvaluateSamples(REAL, metrics), epochs=1)
    drawn = gan.generate(24, seed=0)
    assert history["extremes_real"] == pytest.approx([abs(REAL).max()])
    assert history["extremes_synthetic"] == pytest.approx([abs(drawn).max()])
    assert history["middle"] == pytest.approx([np.median(drawn)])
