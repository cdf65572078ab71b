"""Every callback of ours beside every one of Keras', in one fit."""

import csv
import functools
import warnings

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN, networks
from keras_gan_kit.callbacks import (
    LossHistory,
    LossPlot,
    PeriodicCheckpoint,
    SampleGrid,
    Schedule,
    StabilityMonitor,
    TrainingVideo,
)

pytestmark = pytest.mark.backend

EPOCHS, SAMPLES, BATCH = 3, 22, 4  # six steps an epoch, the last of two samples
IMAGES = np.tanh(np.random.default_rng(0).normal(size=(SAMPLES, 4, 4, 1))).astype("float32")


def new_gan():
    keras.utils.set_random_seed(3)
    inputs = keras.Input((4, 4, 1))
    x = keras.layers.Dense(8, activation="relu")(keras.layers.Flatten()(inputs))
    x = keras.layers.BatchNormalization()(keras.layers.Dropout(0.2)(x))
    discriminator = keras.Model(inputs, keras.layers.Dense(1)(x))
    generator = networks.dense_generator((4, 4, 1), 3, (8,))
    gan = GAN(generator, discriminator, ema_momentum=0.9, seed=1)
    # TensorFlow compiles small networks several times faster without XLA.
    gan.compile(jit_compile=keras.backend.backend() == "jax")
    return gan


def all_callbacks(folder, begun):
    keras_callbacks = keras.callbacks
    return [
        SampleGrid(folder / "samples"),
        LossHistory(folder, every=5),
        PeriodicCheckpoint(folder / "checkpoints"),
        LossPlot(folder),
        StabilityMonitor(every=2),
        TrainingVideo(folder / "samples", folder / "film.gif"),
        Schedule("ema_half_life", 0.0, 5.0, over=10),
        keras_callbacks.EarlyStopping(monitor="g_loss", mode="min", patience=50),
        keras_callbacks.ModelCheckpoint(folder / "best.keras", monitor="d_loss", mode="min"),
        keras_callbacks.ModelCheckpoint(
            folder / "epoch_{epoch}.weights.h5", save_weights_only=True
        ),
        keras_callbacks.CSVLogger(folder / "log.csv", append=True),
        keras_callbacks.TensorBoard(folder / "board", write_graph=False),
        keras_callbacks.BackupAndRestore(folder / "backup"),
        keras_callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        keras_callbacks.ReduceLROnPlateau(monitor="d_loss", mode="min", patience=1, min_delta=10.0),
        keras_callbacks.TerminateOnNaN(),
        keras_callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch)),
        keras_callbacks.History(),
    ]


def fit(gan, callbacks, epochs=EPOCHS):
    return gan.fit(
        IMAGES,
        batch_size=BATCH,
        epochs=epochs,
        validation_data=IMAGES[:5],
        callbacks=callbacks,
        verbose=0,
    )


def weights_of(gan):
    variables = [*gan.variables, *gan.optimizer.variables]
    return [keras.ops.convert_to_numpy(variable).copy() for variable in variables]


@functools.cache
def run(folder, order):
    """Trains once with all callbacks, and again for one epoch; returns what came of it."""
    begun = []
    callbacks = all_callbacks(folder, begun)[::order]
    gan = new_gan()
    fit(gan, callbacks)
    first = weights_of(gan)
    fit(gan, callbacks, epochs=1)
    return gan, first, begun


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("all_callbacks")
    return {order: functools.partial(run, folder / str(order), order) for order in (1, -1)}


@pytest.fixture(scope="session")
def folders(runs):
    return {order: made.args[0] for order, made in runs.items()}


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, -1])
def test_every_callback_leaves_what_it_should(runs, folders, order):
    gan, *_ = runs[order]()
    folder = folders[order]
    steps = (EPOCHS + 1) * 6
    for name in ("d_loss.txt", "d_acc.txt", "g_loss.txt"):
        assert len((folder / name).read_text().splitlines()) == -(-steps // 5)
    for name in ("loss_lines.png", "loss_scatter.png", "best.keras", "log.csv", "film.gif"):
        assert (folder / name).stat().st_size > 0
    samples = sorted(path.name for path in (folder / "samples").iterdir())
    assert samples == [f"epoch_{epoch:05d}.png" for epoch in (1, 2, 3)]
    checkpoints = sorted(path.name for path in (folder / "checkpoints").iterdir())
    assert checkpoints == [f"checkpoint_{step:09d}.keras" for step in (12, 18, 24)]
    assert len(list(folder.glob("epoch_*.weights.h5"))) == EPOCHS
    assert any(path.is_file() for path in (folder / "board").rglob("events*"))
    assert not (folder / "backup").exists()  # Keras removes it at the end
    with (folder / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2, 0]
    logged = {"d_loss", "g_loss", "d_accuracy", "d_real", "d_fake"}
    assert logged | {f"val_{key}" for key in logged} <= set(rows[0])
    assert "loss" not in rows[0]
    assert gan.steps_taken == steps


@pytest.mark.slow
def test_the_order_of_the_callbacks_changes_nothing(runs, folders):
    (_, one, *_), (_, other, *_) = runs[1](), runs[-1]()
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    for name in ("d_loss.txt", "d_acc.txt", "g_loss.txt"):
        assert (folders[1] / name).read_text() == (folders[-1] / name).read_text()
    for name in ("epoch_00001.png", "epoch_00003.png"):
        pictures = [(folders[order] / "samples" / name).read_bytes() for order in (1, -1)]
        assert pictures[0] == pictures[1]


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, -1])
def test_a_fit_after_a_backup_starts_at_epoch_0_again(runs, order):
    assert runs[order]()[2] == [0, 1, 2, 0]


@pytest.mark.slow
def test_callbacks_that_only_watch_change_nothing(runs, tmp_path):
    gan = new_gan()
    watching = (
        keras.callbacks.LearningRateScheduler,
        keras.callbacks.ReduceLROnPlateau,
        Schedule,
    )
    # Of all the callbacks only these are meant to change the training.
    needed = [c for c in all_callbacks(tmp_path, []) if isinstance(c, watching)]
    fit(gan, needed)
    for a, b in zip(weights_of(gan), runs[1]()[1], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["best.keras", "epoch_3.weights.h5"])
def test_what_model_checkpoint_saved_is_the_model(runs, folders, name):
    gan, weights, *_ = runs[1]()
    path = folders[1] / name
    loaded = new_gan()
    if name.endswith(".h5"):
        loaded.load_weights(path)
        for a, b in zip(weights_of(loaded), weights, strict=True):
            # The learning rate was changed after the file was written, or before.
            if a.ndim:
                np.testing.assert_array_equal(a, b)
    else:
        loaded = keras.saving.load_model(path)
        assert loaded.generate(2, seed=0).shape == (2, 4, 4, 1)
    assert loaded.steps_taken in (EPOCHS * 6, gan.steps_taken)


def test_weights_loaded_during_training_leave_the_callbacks_alone(tmp_path):
    # As Keras' BackupAndRestore and SwapEMAWeights do, or a user's own callback.
    gan = new_gan()
    path = tmp_path / "start.weights.h5"
    gan.save_weights(path)

    def restart(epoch, logs):
        if epoch == 1:
            loader.model.load_weights(path)

    loader = keras.callbacks.LambdaCallback(on_epoch_begin=restart)
    fit(gan, [LossHistory(tmp_path, every=1, unit="epoch"), loader, StabilityMonitor(every=2)])
    assert np.isfinite(np.loadtxt(tmp_path / "d_loss.txt")).all()


@pytest.mark.parametrize("monitor", ["g_loss", "val_d_loss"])
def test_early_stopping_stops_and_restores(tmp_path, monitor):
    stopping = keras.callbacks.EarlyStopping(
        monitor=monitor, min_delta=1e9, mode="min", patience=1, restore_best_weights=True
    )
    gan = new_gan()
    history = fit(gan, [stopping, LossHistory(tmp_path, every=1), PeriodicCheckpoint(tmp_path)], 9)
    assert len(history.history[monitor]) == 2
    assert gan.steps_taken == 12
    assert len((tmp_path / "d_loss.txt").read_text().splitlines()) == 12
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        fit(gan, [stopping], 1)


class Broken(Exception):  # noqa: N818
    """Ends a training from outside."""


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("ours", [True, False], ids=["with ours", "Keras' alone"])
def test_a_backup_is_restored_beside_our_callbacks(tmp_path, order, ours):
    seen = []

    def stop(batch, logs):
        seen.append(batch)
        if len(seen) == 17:  # in the middle of the third epoch
            raise Broken

    def callbacks(folder):
        found = [
            keras.callbacks.BackupAndRestore(folder / "backup"),
            LossHistory(folder, every=5),
            SampleGrid(folder / "samples", every=5, unit="step"),
            StabilityMonitor(every=2),
            *([PeriodicCheckpoint(folder / "checkpoints", every=4, unit="step")] if ours else []),
        ][::order]
        return found

    def files(folder):
        texts = {path.name: path.read_text() for path in folder.glob("*.txt")}
        return texts, sorted(path.name for path in (folder / "samples").iterdir())

    with pytest.raises(Broken):
        fit(
            new_gan(),
            [*callbacks(tmp_path / "a"), keras.callbacks.LambdaCallback(on_train_batch_end=stop)],
        )
    restored, whole = new_gan(), new_gan()
    fit(restored, callbacks(tmp_path / "a"))
    fit(whole, callbacks(tmp_path / "b"))
    for a, b in zip(weights_of(restored), weights_of(whole), strict=True):
        np.testing.assert_array_equal(a, b)
    assert restored.steps_taken == whole.steps_taken
    assert files(tmp_path / "a") == files(tmp_path / "b")
