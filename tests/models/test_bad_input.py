"""Wrong uses: each is refused in one wording, before anything has changed."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gan_kit import GAN, WGANGP, callbacks, data, losses, networks, penalties

pytestmark = pytest.mark.backend

SHAPE = (4, 4, 1)


# The models that wrong uses start from. All are tiny; the optimizers' slots are not zero.


def plain():
    """Images of 4x4 pixels, with Dropout, BatchNormalization and a moving average; compiled."""
    discriminator = functional(
        SHAPE,
        layers.Flatten(),
        layers.Dense(8),
        layers.Dropout(0.5, seed=1),
        layers.Dense(1),
    )
    return compiled(GAN(image_generator(), discriminator, ema_momentum=0.9, seed=1))


def not_compiled():
    return GAN(image_generator(), networks.dense_discriminator(SHAPE, (8,)), seed=1)


def sigmoid():
    discriminator = networks.dense_discriminator(SHAPE, (8,), activation="sigmoid")
    return compiled(GAN(image_generator(), discriminator, seed=1))


def tanh():
    discriminator = networks.dense_discriminator(SHAPE, (8,), activation="tanh")
    return compiled(GAN(image_generator(), discriminator, seed=1))


def batch_normalized():
    discriminator = functional(
        SHAPE,
        layers.Flatten(),
        layers.Dense(8),
        layers.BatchNormalization(),
        layers.Dense(1),
    )
    return compiled(GAN(image_generator(), discriminator, seed=1))


def several_steps():
    discriminator = networks.dense_discriminator(SHAPE, (8,))
    return compiled(GAN(image_generator(), discriminator, discriminator_steps=2, seed=1))


def joint():
    return compiled(GAN(joint_generator(), joint_discriminator(), seed=1))


def vectors():
    discriminator = functional((5,), layers.Dense(1))
    return compiled(GAN(vector_generator(), discriminator, seed=1))


def compiled(gan):
    gan.compile(loss="least_squares", run_eagerly=True)
    for i, slot in enumerate(gan.optimizer.variables):
        slot.assign(np.full(slot.shape, i % 5, keras.backend.standardize_dtype(slot.dtype)))
    return gan


def image_generator():
    return networks.dense_generator(SHAPE, 3, (8,))


def image_discriminator():
    return networks.dense_discriminator(SHAPE, (8,))


def vector_generator():
    return functional((3,), layers.Dense(5, activation="tanh"))


def joint_generator():
    latent = keras.Input((3,))
    image = layers.Reshape(SHAPE)(layers.Dense(16, activation="tanh")(latent))
    table = layers.Dense(2, activation="sigmoid")(latent)
    return keras.Model(latent, {"image": image, "table": table})


def joint_discriminator():
    inputs = {"image": keras.Input(SHAPE, name="image"), "table": keras.Input((2,), name="table")}
    both = layers.Concatenate()([layers.Flatten()(inputs["image"]), inputs["table"]])
    return keras.Model(inputs, layers.Dense(1)(both))


def two_outputs():
    image = keras.Input(SHAPE)
    flat = layers.Flatten()(image)
    return keras.Model(image, [layers.Dense(1)(flat), layers.Dense(1)(flat)])


def generator_of_two_inputs():
    latent, label = keras.Input((3,)), keras.Input((2,))
    pixels = layers.Dense(16, activation="tanh")(layers.Concatenate()([latent, label]))
    return keras.Model([latent, label], layers.Reshape(SHAPE)(pixels))


def functional(input_shape, *stack):
    """A model of layers on top of each other."""
    x = first = keras.Input(input_shape)
    for layer in stack:
        x = layer(x)
    return keras.Model(first, x)


def double(samples):
    return samples * 2.0


# What is fed to them.

IMAGES = np.linspace(-1, 1, 8 * 16, dtype="float32").reshape(8, *SHAPE)
TABLE = np.linspace(0, 1, 8 * 2, dtype="float32").reshape(8, 2)
LABELS = np.arange(8)


def with_one(value):
    """The images, with one pixel of one of them replaced."""
    images = IMAGES.copy()
    images[3, 1, 2, 0] = value
    return images


class Batches(keras.utils.PyDataset):
    """The same batch over and over, on every backend."""

    def __init__(self, batch, count=2):
        super().__init__()
        self.batch = batch
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if index >= self.count:
            raise IndexError(index)
        return self.batch


def fit(*args, **options):
    """A `fit` with callbacks that would write files, if it began."""

    def call(gan, tmp_path):
        files = [
            callbacks.LossHistory(tmp_path / "history"),
            callbacks.LossPlot(tmp_path / "history"),
            callbacks.PeriodicCheckpoint(tmp_path / "checkpoints"),
        ]
        gan.fit(*args, **({"callbacks": files, "verbose": 0} | options))

    return call


def evaluate(*args, **options):
    return lambda gan, tmp_path: gan.evaluate(*args, verbose=0, **options)


def on_batch(*args, test=False):
    name = "test_on_batch" if test else "train_on_batch"
    return lambda gan, tmp_path: getattr(gan, name)(*args)


def compile_with(**options):
    return lambda gan, tmp_path: gan.compile(**{"loss": "bce"} | options)


def penalty_named(name):
    penalty = penalties.R1(1.0)
    penalty.name = name
    return compile_with(penalties=[penalty])


def metrics_named(*names):
    return compile_with(metrics=[keras.metrics.Mean(name) for name in names])


def generate(*args, **options):
    return lambda gan, tmp_path: gan.generate(*args, **options)


def make(build, *args, **options):
    return lambda gan, tmp_path: build(*args, **options)


def gan_of(generator, discriminator, **options):
    """A GAN of the networks that the two functions build."""
    return lambda gan, tmp_path: GAN(generator(), discriminator(), **options)


def gan_with(**options):
    return gan_of(image_generator, image_discriminator, **options)


def callback(build, *args, **options):
    """A callback of the test's own folder."""
    return lambda gan, tmp_path: build(tmp_path / "run", *args, **options)


def wrong(name, error, argument, call, start=plain):
    return pytest.param(start, call, error, argument, id=name)


def one_network_twice(gan, tmp_path):
    network = functional((3,), layers.Dense(3))
    GAN(network, network)


def one_optimizer_twice(gan, tmp_path):
    adam = keras.optimizers.Adam()
    gan.compile(generator_optimizer=adam, discriminator_optimizer=adam)


def optimizer_of_another_model(gan, tmp_path):
    adam = keras.optimizers.Adam()
    adam.build(image_generator().trainable_variables)
    gan.compile(generator_optimizer=adam)


def critic_with_batch_normalization(gan, tmp_path):
    WGANGP(gan.generator, gan.discriminator).compile()


def generator_without_batches(gan, tmp_path):
    gan.fit(iter(()), verbose=0)


def history_of_another_model(gan, tmp_path):
    model = functional((2,), layers.Dense(1))
    model.compile(loss="mse")
    model.fit(TABLE, LABELS, callbacks=[callbacks.LossHistory(tmp_path / "run")], verbose=0)


def folder_is_a_file(build):
    return lambda gan, tmp_path: build(tmp_path / "occupied")


WRONG_NETWORKS = [
    wrong("generator_a_name", TypeError, "generator", make(GAN, "dcgan", None)),
    wrong(
        "generator_a_layer", TypeError, "generator", gan_of(lambda: layers.Dense(3), lambda: None)
    ),
    wrong("discriminator_none", TypeError, "discriminator", gan_of(image_generator, lambda: None)),
    wrong(
        "discriminator_a_function",
        TypeError,
        "discriminator",
        gan_of(image_generator, lambda: image_discriminator),
    ),
    wrong(
        "generator_not_built",
        ValueError,
        "generator",
        gan_of(lambda: keras.Sequential([layers.Dense(3)]), image_discriminator),
    ),
    wrong(
        "discriminator_not_built",
        ValueError,
        "discriminator",
        gan_of(image_generator, lambda: keras.Sequential([layers.Flatten(), layers.Dense(1)])),
    ),
    wrong("one_network_twice", ValueError, "discriminator", one_network_twice),
    wrong(
        "shapes_differ",
        ValueError,
        "discriminator",
        gan_of(image_generator, lambda: networks.dense_discriminator((5, 4, 1), (8,))),
    ),
    wrong(
        "ranks_differ",
        ValueError,
        "discriminator",
        gan_of(image_generator, lambda: functional((16,), layers.Dense(1))),
    ),
    wrong(
        "structures_differ",
        ValueError,
        "discriminator",
        gan_of(joint_generator, image_discriminator),
    ),
    wrong(
        "discriminator_of_two_channels",
        ValueError,
        "discriminator",
        gan_of(image_generator, lambda: functional(SHAPE, layers.Flatten(), layers.Dense(2))),
    ),
    wrong(
        "discriminator_of_two_outputs",
        ValueError,
        "discriminator",
        gan_of(image_generator, two_outputs),
    ),
    wrong(
        "latent_an_image",
        ValueError,
        "generator",
        gan_of(lambda: functional(SHAPE, layers.Conv2D(1, 1)), image_discriminator),
    ),
    wrong(
        "latent_of_unknown_length",
        ValueError,
        "generator",
        gan_of(
            lambda: functional((None,), layers.Lambda(double)),
            lambda: functional((5,), layers.Dense(1)),
        ),
    ),
    wrong(
        "generator_of_two_inputs",
        ValueError,
        "generator",
        gan_of(generator_of_two_inputs, image_discriminator),
    ),
]


WRONG_OPTIONS = [
    wrong("steps_0", ValueError, "discriminator_steps", gan_with(discriminator_steps=0)),
    wrong("steps_1.5", TypeError, "discriminator_steps", gan_with(discriminator_steps=1.5)),
    wrong("steps_true", TypeError, "discriminator_steps", gan_with(discriminator_steps=True)),
    wrong("steps_none", TypeError, "discriminator_steps", gan_with(discriminator_steps=None)),
    wrong("momentum_0", ValueError, "ema_momentum", gan_with(ema_momentum=0)),
    wrong("momentum_1", ValueError, "ema_momentum", gan_with(ema_momentum=1.0)),
    wrong("momentum_nan", ValueError, "ema_momentum", gan_with(ema_momentum=float("nan"))),
    wrong("momentum_a_string", TypeError, "ema_momentum", gan_with(ema_momentum="x")),
    wrong("momentum_true", TypeError, "ema_momentum", gan_with(ema_momentum=True)),
    wrong("seed_negative", ValueError, "seed", gan_with(seed=-1)),
    wrong("seed_a_string", TypeError, "seed", gan_with(seed="digits")),
    wrong("seed_beyond_32_bits", ValueError, "seed", gan_with(seed=2**40)),
    wrong("augmenter_a_function", TypeError, "augmenter", gan_with(augmenter=double)),
    wrong("augmenter_a_class", TypeError, "augmenter", gan_with(augmenter=layers.RandomFlip)),
    wrong(
        "augmenter_changes_the_shape",
        ValueError,
        "augmenter",
        lambda gan, tmp_path: GAN(
            image_generator(), image_discriminator(), augmenter=layers.Flatten()
        ),
    ),
    wrong(
        "wgangp_steps_0",
        ValueError,
        "discriminator_steps",
        lambda gan, tmp_path: WGANGP(gan.generator, gan.discriminator, discriminator_steps=0),
    ),
]
WRONG_LOSSES = [
    wrong("loss_misspelt", ValueError, "loss", compile_with(loss="wassertein")),
    wrong("loss_of_classes", ValueError, "loss", compile_with(loss="categorical_crossentropy")),
    wrong("loss_none", TypeError, "loss", compile_with(loss=None)),
    wrong("loss_a_class", TypeError, "loss", compile_with(loss=losses.Hinge)),
    wrong("loss_a_list", TypeError, "loss", compile_with(loss=["bce", "bce"])),
    wrong("poisson_of_logits", ValueError, "loss", compile_with(loss="poisson")),
    wrong("hinge_of_sigmoid", ValueError, "loss", compile_with(loss="hinge"), sigmoid),
    wrong("wasserstein_of_sigmoid", ValueError, "loss", compile_with(loss="wasserstein"), sigmoid),
    wrong("relativistic_of_tanh", ValueError, "loss", compile_with(loss="relativistic"), tanh),
    wrong("bce_of_tanh", ValueError, "loss", compile_with(loss="bce"), tanh),
    wrong(
        "logits_loss_of_sigmoid",
        ValueError,
        "loss",
        compile_with(loss=keras.losses.BinaryCrossentropy(from_logits=True)),
        sigmoid,
    ),
    wrong("loss_for_one_player", ValueError, "loss", compile_with(loss={"discriminator": "bce"})),
    wrong("loss_by_wrong_keys", ValueError, "loss", compile_with(loss={"d": "bce", "g": "bce"})),
    wrong(
        "smoothing_of_half",
        ValueError,
        "label_smoothing",
        make(losses.BinaryCrossentropy, label_smoothing=0.5),
    ),
    wrong(
        "smoothing_a_string",
        TypeError,
        "label_smoothing",
        make(losses.BinaryCrossentropy, label_smoothing="0.1"),
    ),
]
WRONG_PENALTIES = [
    wrong("penalties_a_name", TypeError, "penalties", compile_with(penalties="r1")),
    wrong("penalties_a_number", TypeError, "penalties", compile_with(penalties=10.0)),
    wrong("penalties_one_object", TypeError, "penalties", compile_with(penalties=penalties.R1(1))),
    wrong("penalties_of_names", TypeError, "penalties", compile_with(penalties=["r1"])),
    wrong("penalties_a_class", TypeError, "penalties", compile_with(penalties=[penalties.R1])),
    wrong(
        "penalty_twice",
        ValueError,
        "penalties",
        compile_with(penalties=[penalties.R1(1.0), penalties.R1(2.0)]),
    ),
    wrong("penalty_like_a_log", ValueError, "penalties", penalty_named("d_loss")),
    wrong("penalty_like_a_setting", ValueError, "penalties", penalty_named("ema_momentum")),
    wrong("penalty_without_a_name", ValueError, "penalties", penalty_named("")),
    wrong("one_sided_a_number", TypeError, "one_sided", make(penalties.GradientPenalty, 1, 1, 1)),
    wrong("from_logits_a_string", TypeError, "from_logits", make(losses.Minimax, "no")),
    wrong("from_logits_a_number", TypeError, "from_logits", make(losses.BinaryCrossentropy, 0, 1)),
    wrong("gamma_negative", ValueError, "gamma", make(penalties.R1, -1.0)),
    wrong("gamma_a_string", TypeError, "gamma", make(penalties.R2, "0.1")),
    wrong("weight_nan", ValueError, "weight", make(penalties.GradientPenalty, float("nan"))),
    wrong("target_negative", ValueError, "target", make(penalties.GradientPenalty, target=-1.0)),
    wrong(
        "critic_with_batch_normalization",
        ValueError,
        "penalties",
        compile_with(penalties=[penalties.GradientPenalty()]),
        batch_normalized,
    ),
    wrong(
        "wgangp_with_batch_normalization",
        ValueError,
        "penalties",
        critic_with_batch_normalization,
        batch_normalized,
    ),
]
WRONG_COMPILE = [
    wrong("update_unknown", ValueError, "update", compile_with(update="alternate")),
    wrong("update_none", ValueError, "update", compile_with(update=None)),
    wrong(
        "simultaneous_of_two_steps",
        ValueError,
        "update",
        compile_with(update="simultaneous"),
        several_steps,
    ),
    wrong("one_optimizer_twice", ValueError, "discriminator_optimizer", one_optimizer_twice),
    wrong(
        "optimizer_a_number", TypeError, "generator_optimizer", compile_with(generator_optimizer=1)
    ),
    wrong(
        "optimizer_a_class",
        TypeError,
        "discriminator_optimizer",
        compile_with(discriminator_optimizer=keras.optimizers.Adam),
    ),
    wrong(
        "optimizer_misspelt",
        ValueError,
        "generator_optimizer",
        compile_with(generator_optimizer="adamm"),
    ),
    wrong(
        "optimizer_of_another_model",
        ValueError,
        "generator_optimizer",
        optimizer_of_another_model,
    ),
    wrong("metrics_a_name", TypeError, "metrics", compile_with(metrics="accuracy")),
    wrong("metrics_of_names", TypeError, "metrics", compile_with(metrics=["accuracy"])),
    wrong("metrics_of_one_name", ValueError, "metrics", metrics_named("score", "score")),
    wrong("metrics_named_like_a_log", ValueError, "metrics", metrics_named("d_loss")),
    wrong("metrics_a_number", TypeError, "metrics", compile_with(metrics=3)),
    wrong("metrics_one_object", TypeError, "metrics", compile_with(metrics=keras.metrics.Mean())),
    wrong("execution_0", ValueError, "steps_per_execution", compile_with(steps_per_execution=0)),
    wrong("execution_2.0", TypeError, "steps_per_execution", compile_with(steps_per_execution=2.0)),
    wrong("jit_yes", ValueError, "jit_compile", compile_with(jit_compile="yes")),
    wrong("eagerly_yes", TypeError, "run_eagerly", compile_with(run_eagerly="yes")),
]
WRONG_DATA = [
    wrong("fit_before_compile", ValueError, "compile()", fit(IMAGES), not_compiled),
    wrong("evaluate_before_compile", ValueError, "compile()", evaluate(IMAGES), not_compiled),
    wrong("x_missing", TypeError, "x", fit()),
    wrong("x_a_path", TypeError, "x", fit("digits/")),
    wrong("x_paths", ValueError, "x", fit(["a.png", "b.png"])),
    wrong("x_a_number", TypeError, "x", fit(3)),
    wrong("x_a_function_of_no_batches", ValueError, "x", fit(lambda: IMAGES)),
    wrong("x_a_scalar", TypeError, "x", fit(np.float32(3))),
    wrong("x_images_in_a_list", ValueError, "x", fit(list(IMAGES))),
    wrong("x_integers", TypeError, "x", fit((IMAGES > 0).astype("uint8"))),
    wrong("x_booleans", TypeError, "x", fit(IMAGES > 0)),
    wrong("x_text", TypeError, "x", fit(np.full((8, *SHAPE), "0"))),
    wrong("x_to_255", ValueError, "x", fit((IMAGES + 1) * 127.5)),
    wrong("x_too_low", ValueError, "x", fit(with_one(-1.5))),
    wrong("x_nan", ValueError, "x", fit(with_one(np.nan))),
    wrong("x_inf", ValueError, "x", fit(with_one(np.inf))),
    wrong("x_of_another_size", ValueError, "x", fit(IMAGES[:, :3])),
    wrong("x_without_channels", ValueError, "x", fit(IMAGES[..., 0])),
    wrong("x_of_three_channels", ValueError, "x", fit(np.repeat(IMAGES, 3, axis=-1))),
    wrong("x_one_image", ValueError, "x", fit(IMAGES[0])),
    wrong("x_empty", ValueError, "x", fit(IMAGES[:0])),
    wrong("x_a_dict_for_images", ValueError, "x", fit({"image": IMAGES})),
    wrong("x_an_array_for_a_dict", ValueError, "x", fit(IMAGES), joint),
    wrong("x_wrong_keys", ValueError, "x", fit({"image": IMAGES, "row": TABLE}), joint),
    wrong("x_a_key_missing", ValueError, "x", fit({"image": IMAGES}), joint),
    wrong("x_unequal_lengths", ValueError, "x", fit({"image": IMAGES, "table": TABLE[:5]}), joint),
    wrong(
        "x_one_leaf_nan",
        ValueError,
        "x['table']",
        fit({"image": IMAGES, "table": TABLE * np.nan}),
        joint,
    ),
    wrong(
        "x_one_leaf_out_of_range",
        ValueError,
        "x['table']",
        fit({"image": IMAGES, "table": TABLE - 0.5}),
        joint,
    ),
    wrong("labels", ValueError, "y", fit(IMAGES, LABELS)),
    wrong("labels_in_a_tuple", ValueError, "x", fit((IMAGES, LABELS))),
    wrong("labels_of_a_dataset", ValueError, "y", fit(data.ArrayDataset(IMAGES, LABELS))),
    wrong("labels_of_a_stream", ValueError, "y", fit(Batches((IMAGES, LABELS)))),
    wrong("labels_beside_a_stream", ValueError, "y", fit(Batches((IMAGES,)), LABELS)),
    wrong("stream_of_nan", ValueError, "x", fit(Batches((with_one(np.nan),)))),
    wrong("stream_of_integers", TypeError, "x", fit(Batches((IMAGES.astype("int32"),)))),
    wrong("stream_of_empty_batches", ValueError, "x", fit(Batches((IMAGES[:0],)))),
    wrong("stream_without_batches", ValueError, "x", generator_without_batches),
    wrong("dataset_without_batches", ValueError, "x", fit(Batches((IMAGES,), count=0))),
    wrong("evaluate_nothing", TypeError, "x", evaluate()),
    wrong("evaluate_a_path", TypeError, "x", evaluate("digits/")),
    wrong("evaluate_empty", ValueError, "x", evaluate(IMAGES[:0])),
    wrong("evaluate_nan", ValueError, "x", evaluate(with_one(np.nan))),
    wrong("evaluate_integers", TypeError, "x", evaluate(IMAGES.astype("int32"))),
    wrong("evaluate_another_size", ValueError, "x", evaluate(IMAGES[:, :3])),
    wrong("evaluate_with_labels", ValueError, "y", evaluate(IMAGES, LABELS)),
    wrong("evaluate_a_stream_with_labels", ValueError, "y", evaluate(Batches((IMAGES, LABELS)))),
    wrong("batch_of_integers", TypeError, "x", on_batch((IMAGES * 255).astype("uint8"))),
    wrong("batch_of_gray_levels", ValueError, "x", on_batch(IMAGES * 127.5 + 127.5)),
    wrong("batch_of_nan", ValueError, "x", on_batch(with_one(np.nan))),
    wrong("batch_of_another_size", ValueError, "x", on_batch(IMAGES[:, :3])),
    wrong("batch_of_nothing", TypeError, "x", on_batch(None)),
    wrong("batch_that_is_a_stream", TypeError, "x", on_batch(Batches((IMAGES,)))),
    wrong("batch_of_one", ValueError, "x", on_batch(IMAGES[:1])),
    wrong("batch_with_labels", ValueError, "y", on_batch(IMAGES, LABELS)),
    wrong("tested_batch_of_nan", ValueError, "x", on_batch(with_one(np.nan), test=True)),
    wrong("tested_integers", TypeError, "x", on_batch(IMAGES.astype("int32"), test=True)),
    wrong("evaluate_batch_size_-1", ValueError, "batch_size", evaluate(IMAGES, batch_size=-1)),
    wrong("evaluate_batch_size_0", ValueError, "batch_size", evaluate(IMAGES, batch_size=0)),
    wrong(
        "dataset_batch_size_0",
        ValueError,
        "batch_size",
        make(data.ArrayDataset, IMAGES, batch_size=0),
    ),
    wrong("dataset_empty", ValueError, "samples", make(data.ArrayDataset, IMAGES[:0])),
    wrong("dataset_none", TypeError, "samples", make(data.ArrayDataset, None)),
    wrong("dataset_lengths", ValueError, "y", make(data.ArrayDataset, IMAGES, LABELS[:5])),
    wrong("dataset_shuffle", TypeError, "shuffle", make(data.ArrayDataset, IMAGES, shuffle="no")),
    wrong("dataset_seed", ValueError, "seed", make(data.ArrayDataset, IMAGES, seed=-1)),
]
WRONG_FITS = [
    wrong("batch_size_0", ValueError, "batch_size", fit(IMAGES, batch_size=0)),
    wrong("batch_size_2.5", TypeError, "batch_size", fit(IMAGES, batch_size=2.5)),
    wrong(
        "batch_size_of_a_stream", ValueError, "batch_size", fit(Batches((IMAGES,)), batch_size=4)
    ),
    wrong("batches_of_one", ValueError, "batch_size", fit(IMAGES, batch_size=1)),
    wrong("one_sample", ValueError, "batch_size", fit(IMAGES[:1])),
    wrong("stream_of_one", ValueError, "x", fit(Batches((IMAGES[:1],)))),
    wrong("epochs_negative", ValueError, "epochs", fit(IMAGES, epochs=-1)),
    wrong("epochs_a_string", TypeError, "epochs", fit(IMAGES, epochs="all")),
    wrong("epochs_1.0", TypeError, "epochs", fit(IMAGES, epochs=1.0)),
    wrong("initial_epoch_negative", ValueError, "initial_epoch", fit(IMAGES, initial_epoch=-1)),
    wrong("steps_per_epoch_0", ValueError, "steps_per_epoch", fit(IMAGES, steps_per_epoch=0)),
    wrong(
        "steps_per_epoch_beside_a_dataset",
        ValueError,
        "steps_per_epoch",
        fit(data.ArrayDataset(IMAGES), steps_per_epoch=2),
    ),
    wrong("shuffle_a_string", TypeError, "shuffle", fit(IMAGES, shuffle="batch")),
    wrong("split_1.5", ValueError, "validation_split", fit(IMAGES, validation_split=1.5)),
    wrong("split_negative", ValueError, "validation_split", fit(IMAGES, validation_split=-0.5)),
    wrong("split_leaves_none", ValueError, "validation_split", fit(IMAGES, validation_split=0.01)),
    wrong("split_a_string", TypeError, "validation_split", fit(IMAGES, validation_split="half")),
    wrong("split_nan", ValueError, "validation_split", fit(IMAGES, validation_split=np.nan)),
    wrong(
        "split_of_a_stream",
        ValueError,
        "validation_split",
        fit(Batches((IMAGES,)), validation_split=0.5),
    ),
    wrong(
        "split_and_data",
        ValueError,
        "validation_split",
        fit(IMAGES, validation_split=0.5, validation_data=IMAGES),
    ),
    wrong("validation_labels", ValueError, "y", fit(IMAGES, validation_data=(IMAGES, LABELS))),
    wrong(
        "validation_stream_with_labels",
        ValueError,
        "y",
        fit(IMAGES, validation_data=Batches((IMAGES, LABELS))),
    ),
    wrong(
        "validation_nan",
        ValueError,
        "validation_data",
        fit(IMAGES, validation_data=with_one(np.nan)),
    ),
    wrong(
        "validation_empty", ValueError, "validation_data", fit(IMAGES, validation_data=IMAGES[:0])
    ),
    wrong(
        "validation_of_another_size",
        ValueError,
        "validation_data",
        fit(IMAGES, validation_data=IMAGES[:, :3]),
    ),
    wrong("validation_a_path", TypeError, "validation_data", fit(IMAGES, validation_data="test/")),
    wrong(
        "validation_without_batches",
        ValueError,
        "validation_data",
        fit(IMAGES, validation_data=Batches((IMAGES,), count=0)),
    ),
    wrong(
        "validation_freq_0",
        ValueError,
        "validation_freq",
        fit(IMAGES, validation_data=IMAGES, validation_freq=0),
    ),
    wrong(
        "validation_batch_size_negative",
        ValueError,
        "validation_batch_size",
        fit(IMAGES, validation_data=IMAGES, validation_batch_size=-1),
    ),
    wrong(
        "validation_steps_negative",
        ValueError,
        "validation_steps",
        fit(IMAGES, validation_data=IMAGES, validation_steps=-1),
    ),
    wrong("callbacks_a_name", TypeError, "callbacks", fit(IMAGES, callbacks="history")),
    wrong("callbacks_of_names", TypeError, "callbacks", fit(IMAGES, callbacks=["history"])),
    wrong(
        "callbacks_a_class", TypeError, "callbacks", fit(IMAGES, callbacks=[callbacks.LossHistory])
    ),
    wrong("callbacks_a_number", TypeError, "callbacks", fit(IMAGES, callbacks=3)),
]
WRONG_GENERATE = [
    wrong("generate_nothing", TypeError, "num_samples", generate()),
    wrong("generate_0", ValueError, "num_samples", generate(0)),
    wrong("generate_-1", ValueError, "num_samples", generate(-1)),
    wrong("generate_2.5", TypeError, "num_samples", generate(2.5)),
    wrong("generate_true", TypeError, "num_samples", generate(True)),
    wrong("generate_seed_-1", ValueError, "seed", generate(2, seed=-1)),
    wrong("generate_seed_1.5", TypeError, "seed", generate(2, seed=1.5)),
    wrong("generate_batch_size_0", ValueError, "batch_size", generate(2, batch_size=0)),
    wrong("generate_batch_size_2.0", TypeError, "batch_size", generate(2, batch_size=2.0)),
    wrong("latents_too_long", ValueError, "latents", generate(latents=np.zeros((2, 4)))),
    wrong("latents_one", ValueError, "latents", generate(latents=np.zeros(3))),
    wrong("latents_none_of_them", ValueError, "latents", generate(latents=np.zeros((0, 3)))),
    wrong(
        "latents_of_another_number", ValueError, "latents", generate(5, latents=np.zeros((2, 3)))
    ),
    wrong("latents_and_seed", ValueError, "seed", generate(latents=np.zeros((2, 3)), seed=0)),
    wrong("latents_text", TypeError, "latents", generate(latents="random")),
    wrong("latents_ragged", TypeError, "latents", generate(latents=[[0.0], [0.0, 1.0]])),
]
WRONG_CALLBACKS = [
    wrong("grid_every_0", ValueError, "every", callback(callbacks.SampleGrid, every=0)),
    wrong("grid_unit_batch", ValueError, "unit", callback(callbacks.SampleGrid, unit="batch")),
    wrong("grid_too_small", ValueError, "size", callback(callbacks.SampleGrid, size=(20, 20))),
    wrong("grid_size_a_number", TypeError, "size", callback(callbacks.SampleGrid, size=640)),
    wrong("grid_rows_0", ValueError, "rows", callback(callbacks.SampleGrid, rows=0)),
    wrong("grid_in_a_file", ValueError, "directory", folder_is_a_file(callbacks.SampleGrid)),
    wrong("history_in_a_file", ValueError, "directory", folder_is_a_file(callbacks.LossHistory)),
    wrong("history_nowhere", TypeError, "directory", make(callbacks.LossHistory, None)),
    wrong("checkpoint_keep_0", ValueError, "keep", callback(callbacks.PeriodicCheckpoint, keep=0)),
    wrong(
        "monitor_ignores", ValueError, "action", make(callbacks.StabilityMonitor, action="ignore")
    ),
    wrong("history_of_another_model", TypeError, "callbacks", history_of_another_model),
    wrong(
        "grid_of_vectors",
        ValueError,
        "callbacks",
        lambda gan, tmp_path: gan.fit(
            np.zeros((8, 5), "float32"), callbacks=[callbacks.SampleGrid(tmp_path)], verbose=0
        ),
        vectors,
    ),
]
WRONG_BUILDERS = [
    wrong("shape_of_two", ValueError, "image_shape", make(networks.dense_generator, (4, 4))),
    wrong("latent_dim_0", ValueError, "latent_dim", make(networks.dense_generator, SHAPE, 0)),
    wrong("units_none", ValueError, "units", make(networks.dense_discriminator, SHAPE, ())),
    wrong(
        "strides_do_not_divide",
        ValueError,
        "strides",
        make(networks.dcgan_generator, (6, 6, 1), 3, strides=(1, 2, 2)),
    ),
    wrong(
        "activation_misspelt",
        ValueError,
        "activation",
        make(networks.dcgan_discriminator, SHAPE, activation="sigmoidd"),
    ),
]
EVERY = [
    *WRONG_NETWORKS,
    *WRONG_OPTIONS,
    *WRONG_LOSSES,
    *WRONG_PENALTIES,
    *WRONG_COMPILE,
    *WRONG_DATA,
    *WRONG_FITS,
    *WRONG_GENERATE,
    *WRONG_CALLBACKS,
    *WRONG_BUILDERS,
]


# Models that a wrong use has left as they were serve the next one: making them takes longer.
READY = {}


def state_of(gan):
    """Every number that the model keeps, byte by byte: weights, slots, seeds, counts."""
    slots = gan.optimizer.variables if gan.compiled else []
    return [
        (variable.path, keras.ops.convert_to_numpy(variable).tobytes())
        for variable in [*gan.variables, *slots]
    ]


def settings_of(gan):
    """What `compile` has set."""
    names = ("optimizer", "adversarial_loss", "penalties", "update_order", "step_log")
    return [getattr(gan, name, None) for name in names]


@pytest.mark.parametrize(("start", "call", "error", "argument"), EVERY)
def test_a_wrong_use_is_explained_and_changes_nothing(start, call, error, argument, tmp_path):
    gan = READY.pop(start, None) or start()
    (tmp_path / "occupied").write_text("a file of the user's")
    state, settings = state_of(gan), settings_of(gan)
    with pytest.raises((TypeError, ValueError)) as caught:
        call(gan, tmp_path)
    assert caught.type is error
    message = str(caught.value)
    for part in (f"`{argument}`", "Received: ", "Expected: ", "Fix: "):
        assert part in message
    assert state_of(gan) == state
    assert all(new is old for new, old in zip(settings_of(gan), settings, strict=True))
    assert [path.name for path in tmp_path.rglob("*")] == ["occupied"]
    READY[start] = gan


def test_sequential_models_that_start_with_an_input_are_networks_too():
    generator = keras.Sequential(
        [keras.Input((3,)), layers.Dense(16, activation="tanh"), layers.Reshape(SHAPE)]
    )
    discriminator = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(1)])
    gan = GAN(generator, discriminator, ema_momentum=0.9, seed=1)
    gan.compile(run_eagerly=True)
    gan.fit(IMAGES, verbose=0)
    assert gan.generate(2, seed=0).shape == (2, *SHAPE)


@pytest.mark.parametrize(
    ("call", "received", "fix"),
    [
        (compile_with(optimizer="adam"), "optimizer='adam'", "pass both, or neither"),
        (compile_with(learning_rate=0.1), "learning_rate=0.1", "generator_optimizer="),
        (compile_with(penalty=[]), "penalty=[]", "did you mean `penalties`?"),
        (compile_with(weighted=True), "weighted=True", "leave it out."),
        (compile_with(loss="wassertein"), "'wassertein'", "did you mean 'wasserstein'?"),
        (compile_with(loss="bcee"), "'bcee'", "did you mean 'bce'?"),
        (compile_with(loss="lsgan"), "'lsgan'", "did you mean 'least_squares'?"),
        (compile_with(loss="wgan-gp"), "'wgan-gp'", "did you mean 'wasserstein'?"),
        (compile_with(loss="zzz"), "'zzz'", "pass 'bce'."),
        (fit(IMAGES[..., 0]), "shape (4, 4)", "`x[..., None]`"),
        (fit(np.moveaxis(IMAGES, -1, 1)), "shape (1, 4, 4)", "`np.moveaxis(x, 1, -1)`"),
        (fit(IMAGES, LABELS), "labels", "dataset.map(lambda x, y: x)"),
        (fit((IMAGES, LABELS)), "a tuple of 2", "`images, labels = ...`, then `fit(images)`"),
        (evaluate((IMAGES, LABELS)), "a tuple of 2", "`images, labels = ...`"),
        (fit((IMAGES + 1) * 127.5), "from 0 to 255", "`x / 127.5 - 1`"),
        (fit(IMAGES * 3), "from -3 to 3", "scale the data"),
        (make(networks.dense_generator, 28), "28", "(28, 28, 1)"),
        (make(networks.dcgan_discriminator, (28, 28)), "(28, 28)", "(28, 28, 1)"),
        (gan_of(image_discriminator, image_generator), "from (4, 4, 1) to (1,)", "swap the two"),
        (
            gan_of(lambda: functional((5,), layers.Dense(1)), vector_generator),
            "from (5,) to (1,)",
            "swap the two",
        ),
        (
            lambda gan, tmp_path: callbacks.SampleGrid(tmp_path / "occupied" / "samples"),
            "occupied'",
            "'runs/digits'",
        ),
    ],
)
def test_the_message_says_what_to_do(call, received, fix, tmp_path):
    (tmp_path / "occupied").write_text("a file of the user's")
    with pytest.raises((TypeError, ValueError)) as caught:
        call(plain(), tmp_path)
    message = str(caught.value)
    assert received in message.partition("Received: ")[2].partition(" Expected: ")[0]
    assert fix in message.partition("Fix: ")[2]
    assert message.endswith(("?", ".")) and not message.endswith("?.")


def test_the_players_optimizers_can_be_read():
    gan = GAN(image_generator(), image_discriminator())
    assert gan.generator_optimizer is None
    adam = keras.optimizers.Adam(0.01)
    gan.compile(generator_optimizer=adam, discriminator_optimizer="sgd", run_eagerly=True)
    assert gan.generator_optimizer is adam
    assert isinstance(gan.discriminator_optimizer, keras.optimizers.SGD)


def test_a_learning_rate_set_for_the_model_is_that_of_both_players():
    gan = GAN(image_generator(), image_discriminator())
    adam, sgd = keras.optimizers.Adam(0.01), keras.optimizers.SGD(0.02)
    gan.compile(generator_optimizer=adam, discriminator_optimizer=sgd, run_eagerly=True)
    assert float(gan.optimizer.learning_rate) == pytest.approx(0.01)  # the generator's
    gan.optimizer.learning_rate = 0.5
    assert float(adam.learning_rate) == float(sgd.learning_rate) == 0.5


def test_after_a_refused_call_the_model_trains_as_if_nothing_had_been():
    weights = []
    for refused in (False, True):
        keras.utils.set_random_seed(0)
        gan = plain()
        gan.compile(run_eagerly=True)
        if refused:
            with pytest.raises(ValueError, match="`x`"):
                gan.fit(with_one(np.nan), verbose=0)
            with pytest.raises(ValueError, match="`loss`"):
                gan.compile(loss="hing")
        gan.fit(IMAGES, batch_size=4, verbose=0)
        weights.append(gan.get_weights())
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)
