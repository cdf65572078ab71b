import itertools

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from keras_gan_kit.data import ArrayDataset


def rows(data, epoch):
    """All sample indices of one epoch, in order."""
    return np.concatenate([data.batch_indices(epoch, step) for step in range(data.num_batches)])


def test_every_pass_is_a_permutation_and_differs_from_the_last():
    data = ArrayDataset(np.zeros((10, 2)), batch_size=4)
    orders = [rows(data, epoch) for epoch in range(3)]
    for order in orders:
        assert sorted(order) == list(range(10))
    for one, other in itertools.combinations(orders, 2):
        assert not np.array_equal(one, other)


def test_order_depends_only_on_seed_epoch_and_step():
    forwards = ArrayDataset(np.zeros((9, 1)), batch_size=2, seed=3)
    backwards = ArrayDataset(np.ones((9, 5), "int8"), np.zeros(9), batch_size=2, seed=3)
    positions = list(itertools.product(range(4), range(5)))
    seen = {place: forwards.batch_indices(*place) for place in positions}
    for place in reversed(positions):
        np.testing.assert_array_equal(backwards.batch_indices(*place), seen[place])
    other = ArrayDataset(np.zeros((9, 1)), batch_size=2, seed=4)
    assert not np.array_equal(rows(forwards, 0), rows(other, 0))


def test_the_order_of_existing_checkpoints_never_changes():
    data = ArrayDataset(np.zeros(5), batch_size=5, seed=0)
    # A promise to training runs that were interrupted under an earlier version.
    assert [data.batch_indices(epoch, 0).tolist() for epoch in (0, 1)] == [
        [1, 4, 2, 0, 3],
        [2, 3, 1, 0, 4],
    ]


def test_each_sample_comes_first_equally_often():
    passes, size = 400, 4
    data = ArrayDataset(np.zeros(size), batch_size=1)
    counts = np.bincount([data.batch_indices(epoch, 0)[0] for epoch in range(passes)])
    spread = np.sqrt(passes / size * (1 - 1 / size))
    assert np.abs(counts - passes / size).max() < 4 * spread


def test_large_seeds_key_different_orders():
    small, large = (ArrayDataset(np.zeros(50), seed=seed) for seed in (1, 1 + 2**32))
    assert not np.array_equal(rows(small, 0), rows(large, 0))


@pytest.mark.parametrize(("size", "batch_size"), [(6, 2), (7, 2), (1, 5), (5, 5)])
def test_one_epoch_is_one_pass(size, batch_size):
    data = ArrayDataset(np.arange(size), batch_size=batch_size, shuffle=False)
    assert len(data) == data.num_batches == -(-size // batch_size)
    assert np.concatenate([batch for (batch,) in data]).tolist() == list(range(size))
    assert rows(data, 1).tolist() == list(range(size))


def test_with_steps_per_epoch_passes_run_on_across_epochs():
    whole = ArrayDataset(np.arange(7), batch_size=2, seed=5)
    short = ArrayDataset(np.arange(7), batch_size=2, seed=5, steps_per_epoch=3)
    assert short.num_batches == 3
    for place in range(24):
        np.testing.assert_array_equal(
            short.batch_indices(*divmod(place, 3)), whole.batch_indices(*divmod(place, 4))
        )


def test_batches_hold_the_samples_that_the_indices_name():
    samples = {"image": np.arange(12.0).reshape(6, 2), "table": [np.arange(6)]}
    data = ArrayDataset(samples, np.arange(6) * 10, batch_size=4)
    x, y = data.batch(2, 1)
    chosen = data.batch_indices(2, 1)
    np.testing.assert_array_equal(x["image"], samples["image"][chosen])
    np.testing.assert_array_equal(x["table"][0], chosen)
    np.testing.assert_array_equal(y, chosen * 10)


def test_a_list_of_arrays_is_one_sample_not_a_pair():
    batch = ArrayDataset([np.zeros((2, 1)), np.ones((2, 3))], batch_size=2)[0]
    assert isinstance(batch, tuple)
    assert len(batch) == 1
    assert [leaf.shape for leaf in batch[0]] == [(2, 1), (2, 3)]


def test_seek_leaves_only_the_rest_of_the_epoch():
    data = ArrayDataset(np.arange(10), batch_size=2)
    data.seek(3, step=2)
    data.on_epoch_begin()
    assert (data.epoch, data.start_step, data.num_batches, len(data)) == (3, 2, 3, 3)
    assert data.batches_per_epoch == 5
    rest = [batch.tolist() for (batch,) in data]
    assert rest == [data.batch_indices(3, step).tolist() for step in (2, 3, 4)]
    assert [data[i][0].tolist() for i in range(3)] == rest
    with pytest.raises(IndexError, match=r"Invalid `index`\. Received: 3"):
        data[3]
    with pytest.raises(IndexError, match=r"Invalid `index`\. Received: -1"):
        data[-1]
    data.on_epoch_begin()
    assert (data.epoch, data.start_step) == (4, 0)
    assert len(list(data)) == 5


def test_epochs_follow_each_other_from_the_sought_one():
    data = ArrayDataset(np.arange(4), batch_size=2)
    assert (data.epoch, data.start_step) == (0, 0)
    # Keras calls this before it begins anything.
    data.on_epoch_end()
    epochs = []
    for _ in range(3):
        data.on_epoch_begin()
        epochs.append(data.epoch)
        data.on_epoch_end()
    assert epochs == [0, 1, 2]
    data.seek(1)
    data.on_epoch_begin()
    assert data.epoch == 1


def test_iterate_reads_its_position_when_it_starts():
    data = ArrayDataset(np.arange(6), batch_size=2, shuffle=False)
    batches = data.iterate()
    data.seek(5, step=1)
    assert next(batches)[0].tolist() == [2, 3]
    data.seek(0)
    assert [batch.tolist() for (batch,) in batches] == [[4, 5]]


def test_fitting_arrays_are_not_copied():
    samples, y = np.zeros((4, 3), "float32"), np.arange(4)
    data = ArrayDataset(samples, y, batch_size=2, shuffle=False)
    assert data.samples is samples
    assert data.y is y
    assert np.shares_memory(data[1][0], samples)


def test_batches_of_read_only_data_are_writable():
    samples = np.zeros((4, 3), "float32")
    samples.flags.writeable = False
    data = ArrayDataset(samples, batch_size=2, shuffle=False)
    assert data[0][0].flags.writeable


@pytest.mark.parametrize(
    ("given", "kept"),
    [("float64", "float32"), ("float16", "float32"), ("uint8", "uint8"), ("bool", "bool")],
)
def test_floating_arrays_become_float32_and_others_keep_their_type(given, kept):
    data = ArrayDataset(np.zeros(2, given), np.zeros(2, given))
    assert data.samples.dtype == data.y.dtype == kept


@pytest.mark.backend
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_tensors_of_the_backend_are_taken(dtype):
    tensor = keras.ops.convert_to_tensor([[1.0], [2.0]], dtype)
    data = ArrayDataset({"x": tensor}, batch_size=2, shuffle=False)
    ((batch,),) = ([*element[0].values()] for element in data)
    assert batch.dtype == np.float32
    assert batch.tolist() == [[1.0], [2.0]]


@pytest.mark.backend
def test_parameters_with_gradients_are_taken():
    variable = keras.Variable([[1.0], [2.0]])  # on PyTorch its value requires a gradient
    data = ArrayDataset(variable.value, batch_size=2, shuffle=False)
    assert data.samples.tolist() == [[1.0], [2.0]]


@pytest.mark.backend
@pytest.mark.parametrize("steps_per_epoch", [None, 2])
def test_keras_trains_on_exactly_these_batches(steps_per_epoch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(5, 1)).astype("float32"), rng.normal(size=(5, 1)).astype("float32")
    options = {"batch_size": 2, "seed": 1, "steps_per_epoch": steps_per_epoch}
    data = ArrayDataset(x, y, **options)
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="mse")
    # Without `seek`, JAX and PyTorch would be an epoch ahead: Keras spends one to build the model.
    place = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: data.seek(epoch))
    model.fit(data, epochs=3, shuffle=False, callbacks=[place], verbose=0)
    # Gradient descent on one weight, whose result depends on the order of the batches.
    weight = 0.0
    for epoch, step in itertools.product(range(3), range(data.num_batches)):
        inputs, targets = data.batch(epoch, step)
        weight -= 0.5 * float(np.mean(2 * (weight * inputs - targets) * inputs))
    assert float(model.layers[0].get_weights()[0][0, 0]) == pytest.approx(weight, rel=1e-4)


@pytest.mark.parametrize(
    ("columns", "dtype"),
    [
        ({"a": [1.5, 2.5], "b": [True, False]}, "float32"),
        ({"a": pd.array([1, 2], "Int64"), "b": pd.array([True, False], "boolean")}, "int64"),
        ({"a": pd.array([1, None], "Int64"), "b": pd.array([1.5, None], "Float64")}, "float32"),
    ],
)
def test_frames_of_numbers_are_arrays(columns, dtype):
    frame = pd.DataFrame(columns, index=[7, 7])
    samples = ArrayDataset({"table": frame}).samples["table"]
    assert samples.dtype == dtype
    np.testing.assert_array_equal(samples, frame.astype("float64").to_numpy())


def test_columns_of_text_are_named():
    frame = pd.DataFrame({"age": [1, 2], "sex": ["f", "m"]})
    with pytest.raises(TypeError, match=r"`samples\['table'\]`.*'sex'.*TableTransformer"):
        ArrayDataset({"table": frame})


RAGGED = np.array([np.zeros(1), np.zeros(2)], dtype=object)


@pytest.mark.parametrize(
    ("error", "argument", "samples", "options"),
    [
        (ValueError, "samples", np.zeros((0, 2)), {}),
        (ValueError, "samples", np.zeros((2, 0)), {}),
        (ValueError, "samples", {}, {}),
        (ValueError, "samples", [np.zeros(2), np.zeros(3)], {}),
        (ValueError, "y", np.zeros(2), {"y": np.zeros(3)}),
        (ValueError, "y", np.zeros(2), {"y": np.zeros(0)}),
        (ValueError, "y", np.zeros(2), {"y": []}),
        (TypeError, "samples", 3.0, {}),
        (TypeError, "samples", None, {}),
        (TypeError, "samples", "text", {}),
        (TypeError, "samples[0]", [1, 2], {}),
        (TypeError, "samples['a'][1]", {"a": [np.zeros(2), object()]}, {}),
        (TypeError, "samples", RAGGED, {}),
        (TypeError, "samples", tf.ragged.constant([[1], [2, 3]]), {}),
        (TypeError, "samples", keras.KerasTensor((2, 3)), {}),
        (TypeError, "samples", tf.data.Dataset.range(3), {}),
        (TypeError, "samples", np.zeros(2, "complex64"), {}),
        (TypeError, "y", np.zeros(2), {"y": np.array(["a", "b"])}),
        (ValueError, "batch_size", np.zeros(2), {"batch_size": 0}),
        (TypeError, "batch_size", np.zeros(2), {"batch_size": 2.0}),
        (TypeError, "batch_size", np.zeros(2), {"batch_size": True}),
        (TypeError, "shuffle", np.zeros(2), {"shuffle": 1}),
        (ValueError, "seed", np.zeros(2), {"seed": -1}),
        (TypeError, "seed", np.zeros(2), {"seed": None}),
        (ValueError, "steps_per_epoch", np.zeros(2), {"steps_per_epoch": 0}),
        (TypeError, "steps_per_epoch", np.zeros(2), {"steps_per_epoch": "1"}),
    ],
)
def test_bad_input_is_named(error, argument, samples, options):
    with pytest.raises(error) as caught:
        ArrayDataset(samples, **options)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")


@pytest.mark.parametrize(
    ("error", "argument", "place"),
    [
        (ValueError, "epoch", (-1, 0)),
        (TypeError, "epoch", (0.0, 0)),
        (ValueError, "step", (0, -1)),
        (ValueError, "step", (0, 2)),
        (TypeError, "step", (0, None)),
    ],
)
def test_positions_that_do_not_exist_are_refused(error, argument, place):
    data = ArrayDataset(np.zeros(4), batch_size=2)
    for method in (data.seek, data.batch, data.batch_indices):
        with pytest.raises(error, match=f"Invalid `{argument}`"):
            method(*place)
    assert (data.epoch, data.start_step) == (0, 0)


def test_weights_draw_rare_samples_more_often():
    weights = np.array([1, 1, 2, 0, 4])
    dataset = ArrayDataset(np.arange(5), weights=weights, batch_size=2)
    passes = np.array([np.bincount(rows(dataset, epoch), minlength=5) for epoch in range(800)])
    share = 5 * weights / weights.sum()
    assert (np.abs(passes - share) < 1).all()  # rounded up or down
    np.testing.assert_allclose(passes.mean(axis=0), share, atol=0.08)
    # A function of the seed and the position, so that a training resumes exactly.
    again = ArrayDataset(np.arange(5), weights=weights, batch_size=2)
    again.seek(7, step=1)
    np.testing.assert_array_equal(next(iter(again))[0], dataset.batch_indices(7, 1))


def test_equal_weights_change_nothing():
    plain, equal = ArrayDataset(np.arange(50)), ArrayDataset(np.arange(50), weights=np.full(50, 3))
    np.testing.assert_array_equal(rows(plain, 2), rows(equal, 2))


@pytest.mark.parametrize("form", ["column", "y", "array"])
def test_balanced_columns_have_each_value_equally_often(form):
    labels = np.repeat([0, 1, 2], [90, 7, 3])
    frame = pd.DataFrame({"ill": labels, "age": np.arange(100)})
    y, balance = {
        "column": (frame, "ill"),
        "y": (labels, "y"),
        "array": (None, np.array(["a", "b", None], object)[labels]),
    }[form]
    dataset = ArrayDataset(np.arange(100), y, balance=balance)
    counts = np.bincount(labels[rows(dataset, 0)])
    assert (np.abs(counts - 100 / 3) <= 2).all()
    if form == "column":
        assert dataset.batch(0, 0)[1]["age"].tolist() == dataset.batch(0, 0)[0].tolist()


@pytest.mark.parametrize(
    ("error", "argument", "options"),
    [
        (ValueError, "weights", {"weights": [1.0, -1.0, 0.0]}),
        (ValueError, "weights", {"weights": [0.0, 0.0, 0.0]}),
        (ValueError, "weights", {"weights": [1.0, 1.0]}),
        (TypeError, "weights", {"weights": "many"}),
        (ValueError, "balance", {"balance": "ill"}),
        (ValueError, "balance", {"balance": [1, 2, 3]}),
        (TypeError, "balance", {"balance": [1, 2]}),
        (ValueError, "balance", {"balance": [1, 2, 2], "weights": [1, 1, 1]}),
    ],
)
def test_wrong_weights_are_explained(error, argument, options):
    with pytest.raises(error, match=f"Invalid `{argument}`"):
        ArrayDataset(np.arange(3), **options)
