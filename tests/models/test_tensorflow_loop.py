"""Several steps in one compiled program: how batches reach it."""

import keras
import numpy as np
import pytest

# Runs once: the loop is TensorFlow's.
if keras.backend.backend() != "tensorflow":
    pytest.skip("the compiled loop is TensorFlow's", allow_module_level=True)

import tensorflow as tf

from keras_gan_kit import WGANGP
from keras_gan_kit._backend import tensorflow_loop


@pytest.fixture
def groups_of(make_gan, images, monkeypatch):
    """Trains four steps per execution, and lists how many batches each program was given."""

    def train(most_bytes, data=None, samples=40):
        made = []

        def recorded(*arguments):
            for alike, count in groups(*arguments):
                made.append((len(alike), count))
                yield alike, count

        groups = tensorflow_loop._groups
        with monkeypatch.context() as patch:
            patch.setattr(tensorflow_loop, "_groups", recorded)
            patch.setattr(tensorflow_loop, "_MOST_BYTES", most_bytes)
            gan = make_gan()
            gan.compile(
                generator_optimizer="sgd",
                discriminator_optimizer="sgd",
                steps_per_execution=4,
                jit_compile=True,
            )
            data = images[:samples] if data is None else data
            gan.fit(data, batch_size=4 if isinstance(data, np.ndarray) else None, verbose=0)
        return gan, made

    return train


def bytes_of(images):
    return images[:4].nbytes


@pytest.mark.parametrize(
    ("batches_at_once", "expected"),
    [
        # Ten batches of four in executions of four, which take 4, 4 and 2.
        (4, [(4, 4), (4, 4), (4, 2)]),
        (3, [(2, 2)] * 5),  # two equal parts, and not three and one
        (2, [(2, 2)] * 5),
        (1, [(1, 1)] * 10),
        (0.5, [(1, 1)] * 10),  # one batch is more than may be held, and cannot be divided
    ],
)
def test_groups_are_equal_and_within_the_bytes(groups_of, images, batches_at_once, expected):
    _, made = groups_of(int(batches_at_once * bytes_of(images)))
    assert made == expected


def test_groups_of_a_stream_are_the_same(groups_of, images):
    stream = tf.data.Dataset.from_tensor_slices(images[:40]).batch(4)
    _, made = groups_of(2 * bytes_of(images), stream)
    assert made == [(2, 2)] * 5


def test_a_shorter_batch_is_a_group_of_its_own(groups_of, images):
    _, made = groups_of(4 * bytes_of(images), samples=30)
    assert [count for _, count in made] == [4, 3, 1]


@pytest.mark.parametrize("streamed", [False, True])
def test_how_batches_are_grouped_changes_no_weight(
    groups_of, images, state_of, check_same, streamed
):
    found = []
    for batches_at_once in (1, 4):
        data = tf.data.Dataset.from_tensor_slices(images[:40]).batch(4) if streamed else None
        gan, _ = groups_of(batches_at_once * bytes_of(images), data)
        assert gan.steps_taken == 10
        found.append(state_of(gan))
    check_same(*found, tolerance=1e-6)


@pytest.mark.parametrize(("layer", "xla"), [("LSTM", False), ("Bidirectional", False), ("", True)])
def test_a_gradient_penalty_keeps_recurrent_layers_from_xla(layer, xla):
    def critic():
        layers = keras.layers
        kinds = {"LSTM": layers.LSTM(2), "Bidirectional": layers.Bidirectional(layers.GRU(2))}
        first = kinds.get(layer, layers.Flatten())
        return keras.Sequential([keras.Input((3, 1)), first, layers.Dense(1)])

    generator = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(3), keras.layers.Reshape((3, 1))]
    )
    gan = WGANGP(generator, critic())
    gan.compile()
    assert gan.jit_compile is xla
    gan.compile(penalties=[])
    assert gan.jit_compile is True


def test_the_choice_follows_the_batch_size_and_is_said_once(make_gan, capsys):
    gan = make_gan()
    gan.compile(generator_optimizer="sgd", discriminator_optimizer="sgd")
    samples = np.zeros((1024, 4, 4, 1), "float32")
    gan.fit(samples, batch_size=1024, verbose=2)
    said = capsys.readouterr().out
    assert "steps run without XLA. To change this, pass jit_compile=True" in said
    gan.fit(samples[:32], verbose=2)
    assert gan.jit_compile is True and "XLA" not in capsys.readouterr().out
    gan.compile(jit_compile=True)
    gan.fit(samples[:8], batch_size=1024, verbose=2)
    assert gan.jit_compile is True and "XLA" not in capsys.readouterr().out
