"""Streams train as arrays do."""

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN

pytestmark = pytest.mark.backend

ROWS = np.random.default_rng(0).uniform(-1, 1, (10, 4)).astype("float32")
BATCHES = [ROWS[:4], ROWS[4:8], ROWS[8:]]


def small_gan(*, of_dicts=False):
    keras.utils.set_random_seed(0)
    latent, row = keras.Input((3,)), keras.Input((4,), name="row")
    made = keras.layers.Dense(4, activation="tanh")(latent)
    score = keras.layers.Dense(1)(keras.layers.Dense(4, activation="relu")(row))
    generator = keras.Model(latent, {"row": made} if of_dicts else made)
    gan = GAN(generator, keras.Model({"row": row} if of_dicts else row, score), seed=0)
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(0.1),
        discriminator_optimizer=keras.optimizers.SGD(0.1),
        run_eagerly=True,
    )
    return gan


def check_trains_as_arrays(stream, *, of_dicts=False, **options):
    expected, gan = small_gan(), small_gan(of_dicts=of_dicts)
    expected.fit(ROWS, batch_size=4, shuffle=False, epochs=2, verbose=0)
    gan.fit(stream, epochs=2, verbose=0, **options)
    assert gan.steps_taken == expected.steps_taken == 6
    for a, b in zip(gan.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5)
    logs = gan.evaluate(stream, verbose=0, return_dict=True, steps=options.get("steps_per_epoch"))
    expected = expected.evaluate(ROWS, batch_size=4, verbose=0, return_dict=True)
    assert logs == pytest.approx(expected, abs=1e-5)


def as_dicts(batches):
    return [{"row": batch} for batch in batches]


@pytest.mark.parametrize("kind", ["tensors", "tuples", "dicts", "iterable"])
def test_a_data_loader(kind):
    torch = pytest.importorskip("torch")
    rows = torch.from_numpy(ROWS)
    dataset = {
        "tensors": rows,
        "tuples": torch.utils.data.TensorDataset(rows),
        "dicts": as_dicts(rows),
        "iterable": type(
            "Rows", (torch.utils.data.IterableDataset,), {"__iter__": lambda self: iter(rows)}
        )(),
    }[kind]
    loader = torch.utils.data.DataLoader(dataset, batch_size=4)
    check_trains_as_arrays(loader, of_dicts=kind == "dicts")


@pytest.mark.parametrize("kind", ["map", "dicts", "iter", "loader"])
def test_grain(kind):
    grain = pytest.importorskip("grain.python")
    rows = grain.MapDataset.source(as_dicts(ROWS) if kind == "dicts" else list(ROWS)).batch(4)
    if kind == "iter":
        rows = rows.to_iter_dataset()
    if kind == "loader":
        sampler = grain.IndexSampler(
            10, shard_options=grain.NoSharding(), shuffle=False, num_epochs=1
        )
        rows = grain.DataLoader(
            data_source=list(ROWS), sampler=sampler, operations=[grain.Batch(4)]
        )
    check_trains_as_arrays(rows, of_dicts=kind == "dicts")


@pytest.mark.parametrize("of_dicts", [False, True])
def test_generators(of_dicts):
    batches = as_dicts(BATCHES) if of_dicts else BATCHES

    def one_epoch():
        yield from batches

    def forever():
        while True:
            yield from batches

    class Batches:
        def __iter__(self):
            return iter(batches)

    check_trains_as_arrays(one_epoch, of_dicts=of_dicts)
    check_trains_as_arrays(Batches(), of_dicts=of_dicts)
    check_trains_as_arrays(forever(), of_dicts=of_dicts, steps_per_epoch=3)


@pytest.mark.parametrize("of_dicts", [False, True])
def test_tf_data(of_dicts):
    tf = pytest.importorskip("tensorflow")
    rows = tf.data.Dataset.from_tensor_slices({"row": ROWS} if of_dicts else ROWS).batch(4)
    check_trains_as_arrays(rows, of_dicts=of_dicts)


@pytest.mark.parametrize("of_dicts", [False, True])
def test_a_pydataset(of_dicts):
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return as_dicts(BATCHES)[index] if of_dicts else BATCHES[index]

    check_trains_as_arrays(Batches(), of_dicts=of_dicts, shuffle=False)


def test_an_iterator_is_not_read_twice():
    gan = small_gan()
    with pytest.warns(UserWarning, match="ran out of data"):
        gan.fit(iter(BATCHES), epochs=2, verbose=0)
    assert gan.steps_taken == 3


@pytest.mark.parametrize("argument", ["x", "validation_data"])
def test_a_data_frame_names_the_transformer(argument):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(ROWS, columns=list("abcd"))
    data = {"x": ROWS, argument: frame}
    with pytest.raises(TypeError, match=rf"Invalid `{argument}`.*DataFrame.*TableTransformer"):
        small_gan().fit(**data, verbose=0)
