"""What our callbacks refuse, before anything is trained or written."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gan_kit import GAN, callbacks, networks

SHAPE = (4, 4, 1)
IMAGES = np.linspace(-1, 1, 8 * 16, dtype="float32").reshape(8, *SHAPE)
VECTORS = np.linspace(-1, 1, 8 * 5, dtype="float32").reshape(8, 5)

WITH_FOLDER = [
    pytest.param(callbacks.LossHistory, id="history"),
    pytest.param(callbacks.LossPlot, id="plot"),
    pytest.param(callbacks.PeriodicCheckpoint, id="checkpoint"),
    pytest.param(callbacks.SampleGrid, id="grid"),
]
ALL = [pytest.param(case.values[0], ("runs/never",), id=case.id) for case in WITH_FOLDER] + [
    pytest.param(callbacks.StabilityMonitor, (), id="monitor")
]


def image_gan():
    return compiled(
        networks.dense_generator(SHAPE, 3, (8,)), networks.dense_discriminator(SHAPE, (8,))
    )


def vector_gan():
    latent, sample = keras.Input((3,)), keras.Input((5,))
    return compiled(
        keras.Model(latent, layers.Dense(5, activation="tanh")(latent)),
        keras.Model(sample, layers.Dense(1)(sample)),
    )


def compiled(generator, discriminator):
    gan = GAN(generator, discriminator, seed=0)
    gan.compile(run_eagerly=True)
    return gan


def check(caught, argument):
    message = str(caught.value)
    for part in (f"`{argument}`", "Received: ", "Expected: ", "Fix: "):
        assert part in message


def numbers_of(model):
    """Every number that the model keeps."""
    variables = [*model.variables, *model.optimizer.variables]
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def check_same(before, after):
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.parametrize(("build", "arguments"), ALL)
@pytest.mark.parametrize(
    ("error", "argument", "value"),
    [
        (ValueError, "every", 0),
        (ValueError, "every", -3),
        (TypeError, "every", 1.5),
        (TypeError, "every", "epoch"),
        (TypeError, "every", True),
        (TypeError, "every", None),
        (ValueError, "unit", "batch"),
        (ValueError, "unit", "epochs"),
        (ValueError, "unit", None),
    ],
)
def test_every_callback_names_a_wrong_period(build, arguments, error, argument, value):
    with pytest.raises((TypeError, ValueError)) as caught:
        build(*arguments, **{argument: value})
    assert caught.type is error
    check(caught, argument)


@pytest.mark.parametrize("build", WITH_FOLDER)
@pytest.mark.parametrize(
    ("error", "directory"),
    [(TypeError, None), (TypeError, 3), (TypeError, ["runs"]), (ValueError, "")],
)
def test_every_callback_names_a_wrong_folder(build, error, directory):
    with pytest.raises((TypeError, ValueError)) as caught:
        build(directory)
    assert caught.type is error
    check(caught, "directory")


@pytest.mark.parametrize("build", WITH_FOLDER)
@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["str", "path"])
def test_a_file_is_no_folder(build, kind, tmp_path):
    path = tmp_path / "history"
    path.write_text("mine")
    with pytest.raises(ValueError) as caught:
        build(kind(path))
    check(caught, "directory")
    assert path.read_text() == "mine"


@pytest.mark.parametrize("build", WITH_FOLDER)
def test_making_a_callback_writes_nothing(build, tmp_path):
    build(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "build", "argument", "value"),
    [
        *(
            (error, callbacks.SampleGrid, argument, value)
            for argument in ("rows", "columns")
            for error, value in (
                (ValueError, 0),
                (ValueError, -1),
                (TypeError, 2.0),
                (TypeError, None),
            )
        ),
        (TypeError, callbacks.SampleGrid, "size", 640),
        (TypeError, callbacks.SampleGrid, "size", "640x480"),
        (TypeError, callbacks.SampleGrid, "size", (640,)),
        (TypeError, callbacks.SampleGrid, "size", (640, 480.0)),
        (ValueError, callbacks.SampleGrid, "size", (640, 0)),
        (ValueError, callbacks.SampleGrid, "size", (39, 480)),
        (ValueError, callbacks.SampleGrid, "size", (640, 39)),
        (ValueError, callbacks.SampleGrid, "seed", -1),
        (TypeError, callbacks.SampleGrid, "seed", None),
        (TypeError, callbacks.SampleGrid, "seed", 0.5),
        (ValueError, callbacks.PeriodicCheckpoint, "keep", 0),
        (ValueError, callbacks.PeriodicCheckpoint, "keep", -1),
        (TypeError, callbacks.PeriodicCheckpoint, "keep", None),
        (TypeError, callbacks.PeriodicCheckpoint, "keep", 2.5),
        (TypeError, callbacks.PeriodicCheckpoint, "resume", "yes"),
    ],
)
def test_callbacks_name_their_own_wrong_arguments(error, build, argument, value):
    with pytest.raises((TypeError, ValueError)) as caught:
        build("runs/never", **{argument: value})
    assert caught.type is error
    check(caught, argument)


@pytest.mark.parametrize(
    ("error", "argument", "value"),
    [
        (ValueError, "action", "ignore"),
        (ValueError, "action", None),
        (ValueError, "patience", 0),
        (TypeError, "patience", 1.5),
        (ValueError, "max_gap", 0),
        (ValueError, "max_gap", -1.0),
        (ValueError, "max_gap", float("nan")),
        (TypeError, "max_gap", "20"),
        (ValueError, "min_diversity", 0.0),
        (ValueError, "min_diversity", 1.5),
        (TypeError, "min_diversity", None),
    ],
)
def test_the_monitor_names_its_wrong_arguments(error, argument, value):
    with pytest.raises((TypeError, ValueError)) as caught:
        callbacks.StabilityMonitor(**{argument: value})
    assert caught.type is error
    check(caught, argument)


def test_a_misspelt_choice_is_corrected():
    with pytest.raises(ValueError, match="pass unit='epoch'"):
        callbacks.SampleGrid("runs/never", unit="epochs")
    with pytest.raises(ValueError, match="pass action='stop'"):
        callbacks.StabilityMonitor(action="stopp")


@pytest.mark.parametrize(("build", "arguments"), ALL)
def test_another_keras_model_is_refused_before_it_trains(build, arguments, tmp_path):
    sample = keras.Input((5,))
    model = keras.Model(sample, layers.Dense(1)(sample))
    model.compile(optimizer="adam", loss="mse", run_eagerly=True)
    model.optimizer.build(model.trainable_variables)
    before = numbers_of(model)
    callback = build(*(tmp_path / "run" for _ in arguments))
    with pytest.raises(TypeError) as caught:
        model.fit(VECTORS, VECTORS[:, :1], callbacks=[callback], verbose=0)
    check(caught, "callbacks")
    assert type(callback).__name__ in str(caught.value)
    check_same(before, numbers_of(model))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("unit", ["step", "epoch"])
def test_a_grid_of_vectors_is_refused_before_anything_happens(unit, tmp_path):
    gan = vector_gan()
    before = numbers_of(gan)
    files = [
        callbacks.LossHistory(tmp_path),
        callbacks.PeriodicCheckpoint(tmp_path),
        callbacks.SampleGrid(tmp_path, unit=unit),
    ]
    with pytest.raises(ValueError) as caught:
        gan.fit(VECTORS, callbacks=files, verbose=0)
    check(caught, "callbacks")
    check_same(before, numbers_of(gan))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("grid_first", [True, False], ids=["grid_first", "checkpoint_first"])
def test_a_refused_callback_leaves_the_model_as_it_was_whatever_the_order(grid_first, tmp_path):
    checkpoint = callbacks.PeriodicCheckpoint(tmp_path)
    vector_gan().fit(VECTORS, callbacks=[checkpoint], verbose=0)
    assert len(list(tmp_path.iterdir())) == 1
    gan = vector_gan()
    before = numbers_of(gan)
    both = [callbacks.PeriodicCheckpoint(tmp_path), callbacks.SampleGrid(tmp_path)]
    with pytest.raises(ValueError) as caught:
        gan.fit(VECTORS, callbacks=both[::-1] if grid_first else both, verbose=0)
    check(caught, "callbacks")
    check_same(before, numbers_of(gan))
    assert gan.steps_taken == 0


def test_refused_data_leaves_a_run_of_before_as_it_was(tmp_path):
    files = [
        callbacks.LossHistory(tmp_path, every=1),
        callbacks.LossPlot(tmp_path),
        callbacks.PeriodicCheckpoint(tmp_path),
        callbacks.SampleGrid(tmp_path),
    ]
    image_gan().fit(IMAGES, batch_size=4, callbacks=files, verbose=0)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(written) == 3 + 2 + 1 + 1
    gan = image_gan()
    before = numbers_of(gan)
    with pytest.raises(ValueError) as caught:
        gan.fit(IMAGES * np.nan, batch_size=4, callbacks=files, verbose=0)
    check(caught, "x")
    check_same(before, numbers_of(gan))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == written
