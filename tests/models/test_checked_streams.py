"""Labels are checked in every batch of a stream, before a step sees them."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gan_kit import ConditionalGAN

pytestmark = [
    pytest.mark.backend,
    # Keras warns at the end of every generator.
    pytest.mark.filterwarnings("ignore:Your input ran out of data"),
]

X = np.linspace(-0.9, 0.9, 24, dtype="float32").reshape(12, 2)
RIGHT = np.arange(12, dtype="int32") % 3


def with_one(label):
    labels = RIGHT.copy()
    labels[9] = label
    return labels


def made():
    latent, label, sample = keras.Input((2,)), keras.Input((), dtype="int32"), keras.Input((2,))
    drawn = layers.Dense(2)(latent) + layers.Embedding(3, 2)(label)
    score = layers.Dense(1)(sample) + layers.Embedding(3, 1)(label)
    gan = ConditionalGAN(
        keras.Model([latent, label], drawn), keras.Model([sample, label], score), 3, seed=0
    )
    gan.compile(run_eagerly=True)
    return gan


class Batches(keras.utils.PyDataset):
    def __init__(self, labels):
        super().__init__()
        self.labels = labels

    def __len__(self):
        return 3

    def __getitem__(self, index):
        rows = slice(4 * index, 4 * index + 4)
        return X[rows], self.labels[rows]


def generator(labels):
    return (Batches(labels)[i] for i in range(3))


def pipeline(labels):
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices((X, labels)).batch(4)


def loader(labels):
    data = pytest.importorskip("torch.utils.data")
    return data.DataLoader(list(zip(X, labels, strict=True)), batch_size=4)


@pytest.mark.parametrize("stream", [Batches, generator, pipeline, loader])
@pytest.mark.parametrize("bad", [3, -1])
def test_a_label_out_of_range_never_trains(stream, bad):
    gan = made()
    with pytest.raises(ValueError, match=r"Invalid `y`.*Expected: integers from 0 to 2"):
        gan.fit(stream(with_one(bad)), shuffle=False, verbose=0)
    with pytest.raises(ValueError, match=r"Invalid `y`.*Expected: integers from 0 to 2"):
        made().evaluate(stream(with_one(bad)), verbose=0)


@pytest.mark.parametrize("stream", [Batches, generator, pipeline, loader])
def test_right_labels_train_as_arrays_do(stream, check_same):
    gan, same = made(), made()
    same.set_weights(gan.get_weights())
    gan.fit(stream(RIGHT), shuffle=False, verbose=0)
    same.fit(X, RIGHT, batch_size=4, shuffle=False, verbose=0)
    check_same(gan.get_weights(), same.get_weights(), tolerance=1e-5)


def test_held_out_labels_are_checked_too():
    with pytest.raises(ValueError, match="the label"):
        made().fit(Batches(RIGHT), validation_data=Batches(np.full(12, 3)), verbose=0)
    with pytest.raises(ValueError, match="Invalid"):
        made().fit(Batches(RIGHT), validation_data=Batches(with_one(3)), verbose=0)
