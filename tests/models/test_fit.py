"""What `fit` takes, logs and leaves alone."""

import importlib.util
import tracemalloc

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan_kit import GAN, WGANGP, callbacks, data, networks, penalties
from keras_gan_kit._backend import as_input

pytestmark = pytest.mark.backend

LOGS = ["d_accuracy", "d_fake", "d_loss", "d_real", "g_loss"]


class Batches(keras.utils.PyDataset):
    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, i):
        return self.batches[i]


def unshuffled(images):
    return [images[i : i + 8] for i in range(0, len(images), 8)]


def fit_new(make_gan, x, **options):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    gan.fit(x, verbose=0, epochs=2, **options)
    return gan


@pytest.mark.parametrize("kind", ["tf.data", "PyDataset", "ArrayDataset", "DataLoader", "tensor"])
def test_every_input_gives_the_same_training(kind, make_gan, images, state_of, check_same):
    expected = state_of(fit_new(make_gan, images, batch_size=8, shuffle=False))
    options = {"shuffle": False}
    match kind:
        case "tf.data":
            x = tf.data.Dataset.from_tensor_slices(images).batch(8)
        case "PyDataset":
            x = Batches(unshuffled(images))
        case "ArrayDataset":
            x = data.ArrayDataset(images, batch_size=8, shuffle=False)
        case "DataLoader":
            if importlib.util.find_spec("torch") is None:
                pytest.skip("PyTorch is not installed")
            import torch

            x = torch.utils.data.DataLoader(
                torch.utils.data.TensorDataset(torch.tensor(images)), batch_size=8
            )
        case "tensor":
            x, options = keras.ops.convert_to_tensor(images), {"shuffle": False, "batch_size": 8}
    check_same(expected, state_of(fit_new(make_gan, x, **options)))


def test_a_generator_function_loses_no_batch(make_gan, images, state_of, check_same):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    gan.fit((batch for batch in unshuffled(images)), steps_per_epoch=6, verbose=0)
    expected = make_gan()
    expected.compile(run_eagerly=True)
    expected.fit(images, batch_size=8, shuffle=False, verbose=0)
    check_same(state_of(expected), state_of(gan), tolerance=1e-6)


def joint_gan():
    keras.utils.set_random_seed(0)
    latent = keras.Input((3,))
    hidden = keras.layers.Dense(8, activation="relu")(latent)
    image = keras.layers.Reshape((4, 4, 1))(keras.layers.Dense(16, activation="tanh")(hidden))
    table = keras.layers.Dense(2, activation="sigmoid")(hidden)
    inputs = {
        "image": keras.Input((4, 4, 1), name="image"),
        "table": keras.Input((2,), name="table"),
    }
    flat = keras.layers.Flatten()(inputs["image"])
    seen = keras.layers.Concatenate()([flat, inputs["table"]])
    discriminator = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dense(8)(seen)))
    return GAN(keras.Model(latent, {"image": image, "table": table}), discriminator, seed=0)


def test_joint_samples(images):
    gan = joint_gan()
    gan.compile(
        run_eagerly=True,
        loss="wasserstein",
        penalties=[penalties.GradientPenalty(), penalties.R1(0.1)],
    )
    samples = {"image": images, "table": np.abs(images[:, :2, 0, 0])}
    history = gan.fit(samples, batch_size=8, verbose=0, validation_split=0.25)
    assert sorted(key for key in history.history if key.startswith("val_")) == sorted(
        f"val_{key}" for key in [*LOGS, "gradient_penalty", "r1"]
    )
    drawn = gan.generate(5, seed=0)
    assert {key: value.shape for key, value in drawn.items()} == {
        "image": (5, 4, 4, 1),
        "table": (5, 2),
    }
    assert set(gan.evaluate(samples, verbose=0, return_dict=True)) == {
        *LOGS,
        "gradient_penalty",
        "r1",
    }


def test_steps_per_execution_changes_nothing_but_rounding(
    make_gan, images, several_steps, state_of, check_same
):
    found = []
    for steps in (1, several_steps):
        gan = make_gan()
        gan.compile(
            generator_optimizer="sgd", discriminator_optimizer="sgd", steps_per_execution=steps
        )
        gan.fit(images, batch_size=8, epochs=2, verbose=0)
        assert gan.steps_taken == 12
        found.append(state_of(gan))
    check_same(*found, tolerance=1e-5)


def test_running_eagerly_changes_nothing_but_rounding(make_gan, images, state_of, check_same):
    found = []
    for eagerly in (False, True):
        gan = make_gan(ema_momentum=0.9)
        # Not Adam: its first steps turn the rounding of tiny gradients into whole steps.
        gan.compile(
            generator_optimizer="sgd",
            discriminator_optimizer="sgd",
            run_eagerly=eagerly,
            # XLA on TensorFlow draws other random numbers.
            jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
            penalties=[penalties.R1(0.1)],
        )
        gan.fit(images, batch_size=8, verbose=0)
        found.append(state_of(gan))
    check_same(*found, tolerance=1e-5)


def test_epoch_logs_are_means_over_samples(make_gan, images):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    history = gan.fit(images, batch_size=8, verbose=0)
    _, rows = gan.step_log.read()
    weights = [8] * 5 + [2]
    means = np.average(rows, axis=0, weights=weights)
    found = [history.history[name][0] for name in gan.step_log.names]
    np.testing.assert_allclose(found, means, rtol=1e-5, atol=1e-6)


def test_one_callback_needs_no_list(make_gan, images, tmp_path):
    gan = make_gan()
    gan.compile()
    gan.fit(images, batch_size=8, verbose=0, callbacks=callbacks.LossHistory(tmp_path, every=3))
    assert len((tmp_path / "d_loss.txt").read_text().splitlines()) == 2  # of 6 steps: 0 and 3


def test_an_epoch_of_any_length_takes_no_memory(make_gan, images):
    class TwoSteps(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    gan = make_gan()
    gan.compile(run_eagerly=True)
    gan.fit(images, batch_size=8, verbose=0)
    tracemalloc.start()
    gan.fit(images, batch_size=8, steps_per_epoch=10**6, callbacks=[TwoSteps()], verbose=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert gan.steps_taken == 8
    assert peak < 4_000_000  # bytes: a list of numbers would take eight times as many


def test_steps_per_epoch_runs_over_passes(make_gan, images):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    gan.fit(images, batch_size=8, steps_per_epoch=10, epochs=2, verbose=0)
    assert gan.steps_taken == 20


def test_two_fits_are_one_longer_fit(make_gan, images, state_of, check_same):
    long = make_gan()
    long.compile(run_eagerly=True)
    long.fit(images, batch_size=8, epochs=3, verbose=0)
    short = make_gan()
    short.compile(run_eagerly=True)
    short.fit(images, batch_size=8, epochs=2, verbose=0)
    short.fit(images, batch_size=8, epochs=3, initial_epoch=2, verbose=0)
    check_same(state_of(long), state_of(short))


def test_validation_leaves_training_alone(make_gan, images, state_of, check_same):
    found = []
    for validation in (None, images[:10]):
        gan = make_gan()
        gan.compile(run_eagerly=True)
        gan.fit(images, batch_size=8, epochs=2, validation_data=validation, verbose=0)
        found.append([np.array(keras.ops.convert_to_numpy(v)) for v in gan.variables])
    check_same(*found)


def test_evaluate_calls_metrics_with_real_and_synthetic(make_gan, images):
    gan = make_gan(WGANGP)
    gan.compile(metrics=[keras.metrics.MeanAbsoluteError(name="distance")])
    logs = gan.evaluate(images, batch_size=8, verbose=0, return_dict=True)
    assert set(logs) == {*LOGS, "gradient_penalty", "distance"}
    assert 0 < logs["distance"] < 2
    listed = gan.evaluate(images, batch_size=8, verbose=0)
    assert dict(zip(gan.metrics_names, listed, strict=True)) == pytest.approx(logs)
    assert "distance" not in gan.fit(images, verbose=0).history
    assert gan.train_on_batch(images[:8], return_dict=True).keys() == {*LOGS, "gradient_penalty"}
    assert gan.test_on_batch(images[:8], return_dict=True).keys() == logs.keys()


def test_single_batches_with_several_steps_per_execution(make_gan, images, several_steps):
    gan = make_gan()
    gan.compile(steps_per_execution=several_steps)
    gan.fit(images, batch_size=8, verbose=0)
    assert gan.train_on_batch(images[:8], return_dict=True).keys() == set(LOGS)
    assert gan.steps_taken == 7


def test_numpy_integers_are_integers(make_gan, images):
    gan = make_gan(seed=np.int64(3), discriminator_steps=np.int32(2))
    config = gan.get_config()
    assert (type(config["seed"]), type(config["discriminator_steps"])) == (int, int)
    gan.compile(run_eagerly=True)
    gan.fit(images[:8], batch_size=8, verbose=0)
    assert gan.steps_taken == 1


def test_a_share_is_held_out_by_any_number(make_gan, images):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    gan.fit(images, batch_size=8, validation_split=np.float32(0.25), verbose=0)
    assert gan.steps_taken == 4  # 42 - 10 samples


def test_predict_is_the_generator(make_gan):
    gan = make_gan()
    latents = np.random.default_rng(0).normal(size=(7, 3)).astype("float32")
    expected = gan.generator.predict(latents, verbose=0)
    np.testing.assert_array_equal(gan.predict(latents, verbose=0), expected)


def test_recompiling_keeps_the_step_count(make_gan, images):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    gan.fit(images, batch_size=8, verbose=0)
    gan.compile(run_eagerly=True, loss="hinge", penalties=[penalties.R1(1.0)])
    assert gan.steps_taken == 6
    gan.fit(images, batch_size=8, verbose=0)
    assert gan.steps_taken == 12


def test_images_in_the_unit_interval_are_remarked_on(make_gan, images):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    with pytest.warns(UserWarning, match=r"2 \* x - 1"):
        gan.fit(np.abs(images), verbose=0)


def test_light_pages_are_not_taken_for_another_scale(make_gan, images):
    """Black on white, made small: between 0.35 and 0.97, and right so. Warnings are errors here."""
    gan = make_gan()
    gan.compile(run_eagerly=True)
    gan.fit(0.66 + 0.31 * images, verbose=0)
    assert gan.steps_taken == 2


def test_a_last_batch_of_one_is_remarked_on(make_gan, images):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    with pytest.warns(UserWarning, match="last batch of every pass has one sample"):
        gan.fit(images[:9], batch_size=8, verbose=0)


def test_keras_epoch_of_a_restore_does_not_survive(make_gan, images, tmp_path):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    backup = keras.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
    gan.fit(images, epochs=2, verbose=0, callbacks=[backup])
    gan.fit(images, epochs=3, verbose=0, callbacks=[backup])  # one more epoch: 2 are restored
    history = gan.fit(images, epochs=1, verbose=0)
    assert history.epoch == [0]


def test_summary_totals_both_networks():
    gan = GAN(networks.dense_generator((28, 28, 1)), networks.dense_discriminator((28, 28, 1)))
    for compiled in (False, True):
        if compiled:
            gan.compile()
        lines = []
        gan.summary(print_fn=lines.append)
        text = "\n".join(lines)
        for number in ("1,493,520", "665,089", "2,158,609"):
            assert number in text
    assert gan.optimizer is not None


def test_optimizers_hold_only_their_own_players_slots(make_gan):
    gan = make_gan()
    gan.compile()
    discriminator, generator = gan.optimizer.optimizers
    # Adam: iterations, learning rate, and two moments for each variable.
    assert len(discriminator.variables) == 2 + 2 * len(gan.discriminator.trainable_variables)
    assert len(generator.variables) == 2 + 2 * len(gan.generator.trainable_variables)
    assert len(gan.optimizer.variables) == 2 + len(discriminator.variables) + len(
        generator.variables
    )
    with pytest.raises(TypeError, match=r"one at a time|Two players"):
        gan.optimizer.apply([], [])


def test_the_augmenter_sees_real_and_fake(images):
    networks_ = (
        networks.dense_generator((4, 4, 1), 3, (8,)),
        networks.dense_discriminator((4, 4, 1), (8,)),
    )
    blank = keras.layers.Lambda(lambda x: 0.0 * x, output_shape=lambda shape: shape)
    gan = GAN(*networks_, augmenter=blank, seed=0)
    gan.compile(run_eagerly=True)
    history = gan.fit(images, batch_size=8, verbose=0).history
    assert history["d_real"] == pytest.approx(history["d_fake"], abs=1e-7)


def test_jit_compile_rule():
    dense = GAN(
        networks.dense_generator((8, 8, 1), 3, (8,)), networks.dense_discriminator((8, 8, 1), (8,))
    )
    convolutional = GAN(
        networks.dcgan_generator((8, 8, 1), 3, filters=(4, 4, 2)),
        networks.dcgan_discriminator((8, 8, 1), filters=(2, 4, 4)),
    )
    found = []
    for gan in (dense, convolutional):
        gan.compile()
        found.append(bool(gan.jit_compile))
    on_cpu = {"tensorflow": [True, False], "jax": [True, True], "torch": [False, False]}
    assert found == on_cpu[keras.backend.backend()]
    dense.compile(jit_compile=False)
    assert not dense.jit_compile
    dense.compile(run_eagerly=True)
    assert not dense.jit_compile


def test_a_stop_in_the_middle_is_where_training_stands(make_gan, images):
    gan = make_gan()
    gan.compile(run_eagerly=True)

    def stop(batch, logs):
        gan.stop_training = batch == 2

    gan.fit(
        images,
        batch_size=8,
        epochs=3,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=stop)],
    )
    assert gan.position == (0, 3, 6)
    assert gan.steps_taken == 3


def test_predicting_in_a_callback_does_not_lose_the_training(make_gan, images, tmp_path):
    class Predict(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.predict(np.zeros((2, 3), "float32"), verbose=0)

    def fit(epochs, **options):
        gan = make_gan()
        gan.compile()
        saver = callbacks.PeriodicCheckpoint(tmp_path, every=4, unit="step", **options)
        gan.fit(images, batch_size=8, epochs=epochs, verbose=0, callbacks=[saver, Predict()])
        return gan

    fit(1)
    for path in sorted(tmp_path.glob("*.keras"))[1:]:
        path.unlink()  # back to step 4 of 6: the epoch that is resumed ends early
    gan = fit(2)
    assert gan.steps_taken == 12
    assert all(np.isfinite(keras.ops.convert_to_numpy(v)).all() for v in gan.weights)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="about a tf.data pipeline")
def test_arrays_do_not_go_through_a_generator_dataset(make_gan, images, monkeypatch):
    """The first one in a process makes TensorFlow's allocator, and so every later step, slower."""

    def refused(*_, **__):
        raise AssertionError("a generator dataset")

    monkeypatch.setattr(tf.data.Dataset, "from_generator", refused)
    gan = make_gan()
    gan.compile()
    gan.fit(images, batch_size=8, validation_data=images, verbose=0)
    gan.evaluate(images, verbose=0)
    assert gan.steps_taken == -(-len(images) // 8)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="about a tf.data pipeline")
def test_the_end_of_a_pass_waits_for_no_tuner(images, make_gan):
    """TensorFlow's tuner sleeps for ever longer spans, and a pass ended only when it woke."""
    pipeline = as_input(data.ArrayDataset(images, batch_size=8), make_gan())
    assert pipeline.options().autotune.enabled is False
    assert int(pipeline.cardinality()) == len(list(pipeline)) == -(-len(images) // 8)


def test_an_early_error_of_keras_is_the_one_that_is_seen(make_gan, images):
    class Refusing(keras.callbacks.Callback):
        def set_model(self, model):
            raise RuntimeError("not this model")

    gan = make_gan()
    gan.compile()
    with pytest.raises(RuntimeError, match="not this model"):
        gan.fit(images, callbacks=[Refusing()], verbose=0)


@pytest.mark.parametrize("run_eagerly", [True, False])
def test_evaluation_does_not_depend_on_the_batch_size(make_gan, run_eagerly):
    gan = make_gan()
    gan.compile(run_eagerly=run_eagerly)
    samples = np.random.default_rng(0).uniform(-1, 1, (300, 4, 4, 1)).astype("float32")
    found = [
        gan.evaluate(samples, batch_size=size, return_dict=True, verbose=0)
        for size in (300, 128, 37)
    ]
    for other in found[1:]:
        assert other == pytest.approx(found[0], abs=1e-5)
    first = gan.evaluate(samples[:128], return_dict=True, verbose=0)
    second = gan.evaluate(samples[128:256], return_dict=True, verbose=0)
    both = gan.evaluate(samples[:256], return_dict=True, verbose=0)["d_fake"]
    assert first["d_fake"] == pytest.approx(second["d_fake"])  # the same latents
    assert both != pytest.approx(first["d_fake"], abs=1e-7)  # and others after those
