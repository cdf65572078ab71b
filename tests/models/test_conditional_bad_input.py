"""Wrong uses of a `ConditionalGAN` and its builders: refused before anything has changed."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gan_kit import ConditionalGAN, data, networks

pytestmark = pytest.mark.backend

SHAPE = (4, 4, 1)
IMAGES = np.linspace(-1, 1, 8 * 16, dtype="float32").reshape(8, *SHAPE)
LABELS = np.arange(8) % 3
ONE_HOT = np.eye(3, dtype="float32")[LABELS]


def inner_generator(latent_dim=5):
    return networks.dense_generator(SHAPE, latent_dim, (8,))


def inner_discriminator(**options):
    return networks.dense_discriminator(SHAPE, (8,), **options)


def generator(num_classes=3):
    return networks.conditional_generator(inner_generator(), num_classes, embedding_dim=2)


def discriminator(num_classes=3, **options):
    return networks.conditional_discriminator(inner_discriminator(), num_classes, **options)


@pytest.fixture(scope="module")
def gan():
    """One for all: nothing may change it."""
    gan = ConditionalGAN(generator(), discriminator(), 3, ema_momentum=0.9, seed=1)
    gan.compile(run_eagerly=True)
    return gan


def everything(gan):
    variables = [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables]
    return [keras.ops.convert_to_numpy(variable).tobytes() for variable in variables]


def fit(*args, **options):
    return lambda gan: gan.fit(*args, verbose=0, **options)


def evaluate(*args):
    return lambda gan: gan.evaluate(*args, verbose=0)


def generate(*args, **options):
    return lambda gan: gan.generate(*args, **options)


def stream(*batch):
    """A stream of one batch that checks nothing itself."""

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return batch

    return Batches()


def with_one(label):
    return np.where(np.arange(8) == 3, label, LABELS)


@pytest.mark.parametrize(
    ("error", "argument", "call", "words"),
    [
        (ValueError, "y", fit(IMAGES), "no labels"),
        (ValueError, "y", fit(IMAGES, with_one(3)), "num_classes=4 to the model"),
        (ValueError, "y", fit(IMAGES, with_one(-1)), "from -1 to 2"),
        (ValueError, "y", fit(IMAGES, LABELS[:5]), "length"),
        (TypeError, "y", fit(IMAGES, LABELS.astype("float32")), "astype('int32')"),
        (TypeError, "y", fit(IMAGES, LABELS > 0), "astype('int32')"),
        (ValueError, "y", fit(IMAGES, ONE_HOT), "argmax"),
        (ValueError, "y", fit(IMAGES, ONE_HOT.astype("int32")), "argmax"),
        (ValueError, "y", fit(IMAGES, LABELS[:, None]), "`y[:, 0]`"),
        (TypeError, "y", fit(IMAGES, LABELS.astype(str)), "array of"),
        (ValueError, "y", fit(data.ArrayDataset(IMAGES)), "no labels"),
        (ValueError, "y", fit(data.ArrayDataset(IMAGES, with_one(7))), "from 0 to 7"),
        (ValueError, "y", fit(stream(IMAGES)), "no labels"),
        (ValueError, "y", fit(stream(IMAGES, with_one(3))), "from 0 to 3"),
        (TypeError, "y", fit(stream(IMAGES, LABELS.astype("float32"))), "astype"),
        (ValueError, "y", fit(stream(IMAGES, ONE_HOT)), "argmax"),
        (ValueError, "y", fit(stream(IMAGES, LABELS[:5])), "shape (5,)"),
        (ValueError, "x", fit(IMAGES * 2, LABELS), "range"),
        (
            ValueError,
            "validation_data[1]",
            fit(IMAGES, LABELS, validation_data=IMAGES),
            "no labels",
        ),
        (
            ValueError,
            "validation_data[1]",
            fit(IMAGES, LABELS, validation_data=(IMAGES, with_one(3))),
            "from 0 to 3",
        ),
        (
            ValueError,
            "validation_data[1]",
            fit(IMAGES, LABELS, validation_data=(IMAGES, LABELS[:5])),
            "shape (5,)",
        ),
        (ValueError, "y", evaluate(IMAGES), "no labels"),
        (ValueError, "y", evaluate(IMAGES, with_one(3)), "from 0 to 3"),
        (ValueError, "y", evaluate(IMAGES, LABELS[:5]), "shape (5,)"),
        (TypeError, "y", evaluate(IMAGES, LABELS / 2), "astype"),
        (ValueError, "y", lambda gan: gan.train_on_batch(IMAGES), "no labels"),
        (ValueError, "y", lambda gan: gan.train_on_batch(IMAGES, with_one(3)), "from 0 to 3"),
        (ValueError, "y", lambda gan: gan.test_on_batch(IMAGES, with_one(-1)), "from -1 to 2"),
        (ValueError, "y", fit(IMAGES, 1 - ONE_HOT), "number the combinations"),
        (
            ValueError,
            "x",
            fit(stream({"image": IMAGES, "label": LABELS})),
            "a tuple: `stream.map(lambda batch: (batch['image'], batch['label']))`",
        ),
        (TypeError, "num_samples", generate(), "integer"),
        (ValueError, "labels", generate(2, labels=3), "the label 3."),
        (ValueError, "labels", generate(2, labels=-1), "at least 0"),
        (TypeError, "labels", generate(2, labels=1.0), "scalar"),
        (TypeError, "labels", generate(2, labels=True), "True"),
        (TypeError, "labels", generate(2, labels="cat"), "str"),
        (ValueError, "labels", generate(2, labels=[0, 1, 2]), "shape (3,)"),
        (ValueError, "labels", generate(2, labels=[0, 3]), "that the model was trained on"),
        (TypeError, "labels", generate(2, labels=[0.0, 1.0]), "astype"),
        (ValueError, "labels", generate(8, labels=ONE_HOT), "argmax"),
        (ValueError, "labels", generate(labels=[0], latents=np.zeros((2, 3))), "shape (1,)"),
        (ValueError, "latents", generate(latents=np.zeros((2, 5))), "3"),
        (ValueError, "num_samples", generate(labels=[]), "at least 1"),
    ],
)
def test_wrong_labels_are_explained_and_change_nothing(error, argument, call, words, gan):
    before = everything(gan)
    with pytest.raises((TypeError, ValueError)) as caught:
        call(gan)
    message = str(caught.value)
    assert caught.type is error, message
    for part in (f"Invalid `{argument}`", "Received: ", "Expected: ", "Fix: ", words):
        assert part in message
    assert everything(gan) == before


def two_classifiers():
    """It is told the label that it has to guess."""
    sample, label = keras.Input(SHAPE), keras.Input((), dtype="int32")
    x = layers.Concatenate()([layers.Flatten()(sample), layers.Embedding(3, 2)(label)])
    outputs = {"logit": layers.Dense(1)(x), "class": layers.Dense(3)(x)}
    return keras.Model([sample, label], outputs)


def softmax_classifier():
    sample = keras.Input(SHAPE)
    x = layers.Flatten()(sample)
    outputs = {"logit": layers.Dense(1)(x), "class": layers.Dense(3, activation="softmax")(x)}
    return keras.Model(sample, outputs)


def list_of_outputs():
    sample = keras.Input(SHAPE)
    x = layers.Flatten()(sample)
    return keras.Model(sample, [layers.Dense(1)(x), layers.Dense(3)(x)])


def labels_of_floats():
    latent, label = keras.Input((3,)), keras.Input((1,))
    x = layers.Dense(16, activation="tanh")(layers.Concatenate()([latent, label]))
    return keras.Model([latent, label], layers.Reshape(SHAPE)(x))


@pytest.mark.parametrize(
    ("error", "argument", "build", "words"),
    [
        (ValueError, "generator", lambda: (inner_generator(), discriminator(), 3), "networks.cond"),
        (ValueError, "generator", lambda: (labels_of_floats(), discriminator(), 3), "integers"),
        (
            ValueError,
            "discriminator",
            lambda: (generator(), inner_discriminator(), 3),
            "networks.cond",
        ),
        (ValueError, "discriminator", lambda: (generator(), two_classifiers(), 3), "either"),
        (
            ValueError,
            "discriminator",
            lambda: (generator(), softmax_classifier(), 3),
            "leave the last activation out",
        ),
        (
            ValueError,
            "discriminator",
            lambda: (generator(), list_of_outputs(), 3),
            "{'logit': ..., 'class': ...}",
        ),
        (ValueError, "generator", lambda: (generator(4), discriminator(), 3), "4 classes"),
        (ValueError, "discriminator", lambda: (generator(), discriminator(2), 3), "2 classes"),
        (
            ValueError,
            "discriminator",
            lambda: (generator(), discriminator(4, kind="classifier"), 3),
            "(None, 4)",
        ),
        (TypeError, "num_classes", lambda: (generator(), discriminator(), 3.0), "3.0"),
        (ValueError, "num_classes", lambda: (generator(), discriminator(), 0), "0"),
        (TypeError, "generator", lambda: (None, discriminator(), 3), "keras.Model"),
        (
            ValueError,
            "discriminator",
            lambda: (
                generator(),
                networks.conditional_discriminator(
                    networks.dense_discriminator((5, 4, 1), (8,)), 3
                ),
                3,
            ),
            "(5, 4, 1)",
        ),
    ],
)
def test_networks_that_do_not_fit_are_explained(error, argument, build, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        ConditionalGAN(*build())
    message = str(caught.value)
    assert caught.type is error, message
    for part in (f"Invalid `{argument}`", "Received: ", "Expected: ", "Fix: ", words):
        assert part in message


def test_a_weight_below_0_is_refused():
    with pytest.raises(ValueError, match="`class_loss_weight`"):
        ConditionalGAN(generator(), discriminator(), 3, class_loss_weight=-1.0)


def test_labels_of_a_stream_are_taken_for_its_samples_only_as_a_pair():
    gan = ConditionalGAN(generator(), discriminator(), 3)
    gan.compile(run_eagerly=True)
    gan.fit(stream(IMAGES, LABELS), verbose=0)
    assert gan.steps_taken == 1
