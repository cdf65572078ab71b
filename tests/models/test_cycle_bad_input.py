"""Wrong uses of a `CycleGAN`: refused before anything has changed."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gan_kit import CycleGAN, data, networks

pytestmark = pytest.mark.backend

SHAPE, COLOUR = (8, 8, 1), (8, 8, 3)
A = np.linspace(-1, 1, 4 * 64, dtype="float32").reshape(4, *SHAPE)
B = -A[:3]


def generator(shape=SHAPE, channels=None):
    return networks.cycle_generator(shape, channels, filters=2, blocks=0, downsamplings=0)


def discriminator(shape=SHAPE, **options):
    return networks.patch_discriminator(shape, **{"filters": (2, 2)} | options)


def make(**replaced):
    arguments = {
        "a_to_b": generator,
        "b_to_a": generator,
        "discriminator_a": discriminator,
        "discriminator_b": discriminator,
    } | replaced
    return CycleGAN(**{key: x() if callable(x) else x for key, x in arguments.items()})


@pytest.fixture(scope="module")
def gan():
    """One for all: nothing may change it."""
    gan = make(seed=1)
    gan.compile(run_eagerly=True)
    return gan


def everything(gan):
    variables = [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables]
    return [keras.ops.convert_to_numpy(variable).tobytes() for variable in variables]


def fit(*args, **options):
    return lambda gan: gan.fit(*args, verbose=0, **options)


def generate(*args, **options):
    return lambda gan: gan.generate(*args, **options)


class Batches(keras.utils.PyDataset):
    """A stream of one batch."""

    def __init__(self, *batch):
        super().__init__()
        self.batch = batch

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.batch


@pytest.mark.parametrize(
    ("error", "argument", "call", "words"),
    [
        (ValueError, "b", fit(A), "tuples (a, b)"),
        (ValueError, "b", fit(Batches(A)), "tuples (a, b)"),
        (ValueError, "b", fit(A, np.nan * B), "NaN"),
        (ValueError, "a", fit(A * 2, B), "range"),
        (ValueError, "b", fit(A, B[:, :4]), "shape (4, 8, 1)"),
        (ValueError, "b", fit(A, B[:0]), "at least one"),
        (TypeError, "a", fit((A > 0).astype("uint8"), B), "uint8"),
        (ValueError, "b", fit(Batches(A, B * 2)), "range"),
        (ValueError, "batch_size", fit(A, B, batch_size=0), "0"),
        (ValueError, "steps_per_epoch", fit(A, B, steps_per_epoch=0), "0"),
        (TypeError, "shuffle", fit(A, B, shuffle="no"), "no"),
        (ValueError, "b", fit(data.ArrayDataset(A)), "tuples (a, b)"),
        (ValueError, "batch_size", fit(data.UnpairedDataset(A, B), batch_size=2), "stream"),
        (ValueError, "validation_data[1]", fit(A, B, validation_data=A), "tuples (a, b)"),
        (ValueError, "validation_data[1]", fit(A, B, validation_data=(A, B * 2)), "range"),
        (ValueError, "validation_split", fit(A, B, validation_split=0.5), "beforehand"),
        (ValueError, "b", lambda gan: gan.evaluate(A, verbose=0), "tuples (a, b)"),
        (ValueError, "a", lambda gan: gan.evaluate(A * 2, B, verbose=0), "range"),
        (ValueError, "b", lambda gan: gan.evaluate(A, B[:0], verbose=0), "at least one"),
        (ValueError, "update", lambda gan: gan.compile(update="simultaneous"), "pool_size=50"),
        (ValueError, "update", lambda gan: gan.compile(update="alternate"), "alternating"),
        (ValueError, "direction", lambda gan: gan.translate(A, "b_to_b"), "b_to_a"),
        (ValueError, "images", lambda gan: gan.translate(A[0], "a_to_b"), "[None]"),
        (ValueError, "images", lambda gan: gan.translate(A[:0], "a_to_b"), "one or more"),
        (TypeError, "images", lambda gan: gan.translate(A.astype("int32"), "a_to_b"), "int32"),
        (TypeError, "images", lambda gan: gan.translate("a.png", "a_to_b"), "array"),
        (ValueError, "latents", generate(3), "before `fit`"),
        (ValueError, "latents", generate(latents=A), "'a' and 'b'"),
        (ValueError, "latents", generate(latents={"a": A}), "'a' and 'b'"),
        (ValueError, "latents", generate(latents={"a": A, "b": B}), "[3, 4] images"),
        (ValueError, "latents", generate(5, latents={"a": A, "b": A}), "[4, 5] images"),
        (ValueError, "latents['b']", generate(latents={"a": A, "b": A[0]}), "shape (8, 8, 1)"),
        (ValueError, "seed", generate(latents={"a": A, "b": A}, seed=0), "one of them"),
        (TypeError, "num_samples", generate(), "integer"),
    ],
)
def test_wrong_data_is_explained_and_changes_nothing(error, argument, call, words, gan):
    gan.examples = ()
    before = everything(gan)
    with pytest.raises((TypeError, ValueError)) as caught:
        call(gan)
    message = str(caught.value)
    assert caught.type is error, message
    for part in (f"Invalid `{argument}`", "Received: ", "Expected: ", "Fix: ", words):
        assert part in message
    assert everything(gan) == before


def dense(channels):
    image = keras.Input(SHAPE)
    return keras.Model(image, layers.Dense(channels)(image))


def of_any_size():
    image = keras.Input((None, None, 1))
    return keras.Model(image, layers.Conv2D(1, 1)(image))


def of_two():
    one, other = keras.Input(SHAPE), keras.Input(SHAPE)
    return keras.Model([one, other], layers.Add()([one, other]))


@pytest.mark.parametrize(
    ("error", "argument", "replaced", "words"),
    [
        (TypeError, "a_to_b", {"a_to_b": None}, "keras.Model"),
        (TypeError, "discriminator_b", {"discriminator_b": "patches"}, "keras.Model"),
        (ValueError, "b_to_a", {"b_to_a": keras.Sequential}, "keras.Input"),
        (ValueError, "a_to_b", {"a_to_b": of_two}, "one input and one output"),
        (ValueError, "a_to_b", {"b_to_a": of_any_size}, "(None, None, 1)"),
        (ValueError, "a_to_b", {"a_to_b": lambda: generator(SHAPE, 3)}, "(8, 8, 3)"),
        (ValueError, "b_to_a", {"b_to_a": lambda: generator(SHAPE, 3)}, "(8, 8, 3)"),
        (
            ValueError,
            "discriminator_a",
            {"discriminator_a": lambda: discriminator(COLOUR)},
            "(8, 8, 3)",
        ),
        (ValueError, "discriminator_b", {"discriminator_b": lambda: dense(2)}, "one channel"),
        (
            ValueError,
            "discriminator_b",
            {"discriminator_b": lambda: discriminator(filters=(2, 2, 2))},
            "(2, 2, 1)",
        ),
        (
            ValueError,
            "discriminator_b",
            {"discriminator_b": lambda: discriminator(activation="sigmoid")},
            "sigmoid",
        ),
        (
            ValueError,
            "identity_weight",
            {
                "a_to_b": lambda: generator(SHAPE, 3),
                "b_to_a": lambda: generator(COLOUR, 1),
                "discriminator_b": lambda: discriminator(COLOUR),
            },
            "identity_weight=0.0",
        ),
        (ValueError, "cycle_weight", {"cycle_weight": -1.0}, "-1.0"),
        (TypeError, "identity_weight", {"identity_weight": "5"}, "number"),
        (ValueError, "pool_size", {"pool_size": -1}, "-1"),
        (TypeError, "pool_size", {"pool_size": 2.5}, "2.5"),
        (ValueError, "ema_momentum", {"ema_momentum": 1.0}, "1.0"),
    ],
)
def test_networks_that_make_no_cycle_are_explained(error, argument, replaced, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        make(**replaced)
    message = str(caught.value)
    assert caught.type is error, message
    for part in (f"Invalid `{argument}`", "Received: ", "Expected: ", "Fix: ", words):
        assert part in message


def test_one_network_for_two_is_refused():
    twice = generator()
    with pytest.raises(ValueError, match=r"`b_to_a`.*twice"):
        CycleGAN(twice, twice, discriminator(), discriminator())
    twice = discriminator()
    with pytest.raises(ValueError, match=r"`discriminator_b`.*twice"):
        CycleGAN(generator(), generator(), twice, twice)
