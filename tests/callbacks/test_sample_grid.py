import os

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from PIL import Image
from scipy import ndimage
from tiny_gans import BACKEND, LATENT_DIM, gan_of, images, plain_discriminator, tiny_gan

from keras_gan_kit import ConditionalGAN, ImageToImageGAN, networks
from keras_gan_kit.callbacks import SampleGrid
from keras_gan_kit.callbacks._grid_picture import grid_picture
from keras_gan_kit.data import to_uint8


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def pixels(path):
    return np.asarray(Image.open(path))


def plain_generator(outputs):
    """A generator without statistics; `outputs` maps the latents to what it draws."""
    latents = layers.Input((LATENT_DIM,))
    return keras.Model(latents, outputs(latents))


def shaded(latents):
    """Samples of one shade each."""
    shade = layers.Dense(1, activation="tanh", kernel_initializer="random_normal")(latents)
    return layers.Reshape((4, 4, 1))(layers.Concatenate()([shade] * 16))


def test_a_picture_every_so_many_steps_from_step_0_on(tmp_path):
    gan, grid = tiny_gan(), SampleGrid(tmp_path, every=10, unit="step")
    gan.fit(images(122), batch_size=4, callbacks=[grid], verbose=0)  # 31 steps
    first = ["step_0000000.png", "step_0000010.png", "step_0000020.png", "step_0000030.png"]
    assert names(tmp_path) == first
    for name in first:
        with Image.open(tmp_path / name) as image:
            assert (image.size, image.format) == ((640, 480), "PNG")
    gan.fit(images(122), batch_size=4, callbacks=[grid], verbose=0)  # steps 31 to 61
    assert names(tmp_path) == [
        *first,
        "step_0000040.png",
        "step_0000050.png",
        "step_0000060.png",
    ]


@pytest.mark.skipif(BACKEND == "torch", reason="Keras' PyTorch trainer takes one step at a time")
def test_a_picture_follows_the_execution_that_holds_its_step(tmp_path):
    tiny_gan(steps_per_execution=4).fit(
        images(122),
        batch_size=4,
        callbacks=[SampleGrid(tmp_path, every=10, unit="step")],
        verbose=0,
    )
    assert names(tmp_path) == [f"step_{step:07d}.png" for step in (3, 11, 23, 30)]


@pytest.mark.skipif(BACKEND == "torch", reason="Keras' PyTorch trainer takes one step at a time")
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_pictures_of_a_stream_of_unknown_length_are_called_after_true_steps(tmp_path):
    stream = tf.data.Dataset.from_generator(
        lambda: (images(4) for _ in range(13)), output_signature=tf.TensorSpec((None, 4, 4, 1))
    )
    gan = tiny_gan(steps_per_execution=10)
    gan.fit(stream, epochs=3, callbacks=[SampleGrid(tmp_path, every=5, unit="step")], verbose=0)
    assert names(tmp_path) == [f"step_{i:07d}.png" for i in (9, 12, 22, 25, 35)]


def test_a_picture_every_so_many_epochs(tmp_path):
    tiny_gan().fit(
        images(8),
        batch_size=4,
        epochs=5,
        callbacks=[SampleGrid(tmp_path / "2", every=2), SampleGrid(tmp_path / "1")],
        verbose=0,
    )
    assert names(tmp_path / "1") == [f"epoch_{epoch:05d}.png" for epoch in range(1, 6)]
    assert names(tmp_path / "2") == ["epoch_00002.png", "epoch_00004.png"]


def test_a_function_is_told_of_each_picture(tmp_path):
    told = []

    def send(path, number):
        told.append((path.name, pixels(path).shape, number))

    grid = SampleGrid(tmp_path, every=2, unit="step", on_picture=send)
    tiny_gan().fit(images(12), batch_size=4, callbacks=[grid], verbose=0)
    expected = [("step_0000000.png", (480, 640, 3), 0), ("step_0000002.png", (480, 640, 3), 2)]
    assert told == expected
    with pytest.raises(TypeError, match="Invalid `on_picture`"):
        SampleGrid(tmp_path, on_picture="tracker")


def test_pictures_show_the_same_latents(tmp_path):
    still = keras.optimizers.SGD(0.0)
    gan = gan_of(plain_generator(shaded), plain_discriminator(), generator_optimizer=still)
    gan.fit(images(8), batch_size=4, epochs=2, callbacks=[SampleGrid(tmp_path)], verbose=0)
    one, other = [(tmp_path / name).read_bytes() for name in names(tmp_path)]
    assert one == other


def test_pictures_follow_what_is_learnt_and_the_seed(tmp_path):
    gan = gan_of(plain_generator(shaded), plain_discriminator(), generator_optimizer="adam")
    grids = [SampleGrid(tmp_path / str(seed), seed=seed) for seed in (0, 1)]
    gan.fit(images(8), batch_size=4, epochs=2, callbacks=grids, verbose=0)
    files = [path.read_bytes() for seed in "01" for path in sorted((tmp_path / seed).iterdir())]
    assert len(set(files)) == 4


def test_training_is_the_same_with_and_without_pictures(tmp_path):
    weights = []
    for grids in ([], [SampleGrid(tmp_path, unit="step")]):
        gan = tiny_gan(full=True)
        gan.fit(images(12), batch_size=4, callbacks=grids, verbose=0)
        weights.append(gan.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_samples_stand_in_rows_of_what_generate_returns(tmp_path):
    gan = gan_of(plain_generator(shaded), plain_discriminator())
    grid = SampleGrid(tmp_path, rows=2, columns=3, size=(120, 80), seed=5)
    gan.fit(images(4), callbacks=[grid], verbose=0)
    picture = pixels(tmp_path / "epoch_00001.png")
    assert picture.shape == (80, 120, 3)
    expected = to_uint8(gan.generate(6, seed=5))[:, 0, 0, 0].reshape(2, 3)
    centres = picture[20::40, 20::40]
    np.testing.assert_array_equal(centres, np.repeat(expected[..., None], 3, axis=-1))


@pytest.mark.parametrize(
    ("rows", "columns", "size"), [(5, 5, (640, 480)), (1, 7, (100, 30)), (3, 2, (64, 200))]
)
def test_every_sample_is_a_separate_square(tmp_path, rows, columns, size):
    def black(latents):
        return layers.Lambda(lambda x: x)(
            layers.Reshape((4, 4, 1))(_constant(latents, [-1.0] * 16))
        )

    gan = gan_of(plain_generator(black), plain_discriminator(), generator_optimizer=_still())
    grid = SampleGrid(tmp_path, rows=rows, columns=columns, size=size)
    gan.fit(images(4), callbacks=[grid], verbose=0)
    picture = pixels(tmp_path / "epoch_00001.png")
    assert picture.shape == (size[1], size[0], 3)
    dark, count = ndimage.label(picture[..., 0] == 0)
    assert count == rows * columns
    areas = {(tuple(s.stop - s.start for s in found)) for found in ndimage.find_objects(dark)}
    assert len(areas) == 1
    height, width = areas.pop()
    assert height == width


def _constant(latents, values):
    """A tensor of the same values for every latent."""
    bias = keras.initializers.Constant(np.array(values, "float32"))
    dense = layers.Dense(len(values), kernel_initializer="zeros", bias_initializer=bias)
    return dense(latents)


def _still():
    return keras.optimizers.SGD(0.0)


def _flat_discriminator(shapes):
    inputs = {key: layers.Input(shape, name=key) for key, shape in shapes.items()}
    flat = layers.Concatenate()([layers.Flatten()(x) for x in inputs.values()])
    return keras.Model(inputs, layers.Dense(1)(flat))


def _mean_discriminator(shape):
    sample = layers.Input(shape)
    return keras.Model(sample, layers.Dense(1)(layers.GlobalAveragePooling2D()(sample)))


def _joint(outputs):
    """A generator that draws a dict of constants, its discriminator and real data."""
    generator = plain_generator(
        lambda latents: {
            key: layers.Reshape(value.shape)(_constant(latents, value.ravel()))
            for key, value in outputs.items()
        }
    )
    shapes = {key: value.shape for key, value in outputs.items()}
    data = {key: images(4, shape) for key, shape in shapes.items()}
    return generator, _flat_discriminator(shapes), data


def test_the_image_of_a_joint_sample_is_drawn(tmp_path):
    outputs = {"image": np.zeros((4, 4, 1)), "table": np.zeros(5)}
    generator, discriminator, data = _joint(outputs)
    gan = gan_of(generator, discriminator)
    gan.fit(data, callbacks=[SampleGrid(tmp_path)], verbose=0)
    assert names(tmp_path) == ["epoch_00001.png"]


def test_each_image_of_a_sample_has_its_picture_and_colours_stay(tmp_path):
    red = np.tile([1.0, -1.0, -1.0], (4, 4, 1))
    generator, discriminator, data = _joint({"photo": red, "mask": np.full((4, 4, 1), -1.0)})
    gan = gan_of(generator, discriminator, generator_optimizer=_still())
    gan.fit(data, callbacks=[SampleGrid(tmp_path, unit="step")], verbose=0)
    assert names(tmp_path) == ["step_0000000_mask.png", "step_0000000_photo.png"]
    centre = (240, 320)
    assert pixels(tmp_path / "step_0000000_photo.png")[centre].tolist() == [255, 0, 0]
    assert pixels(tmp_path / "step_0000000_mask.png")[centre].tolist() == [0, 0, 0]


def test_a_generator_in_0_to_1_is_drawn_in_its_range(tmp_path):
    generator = networks.dense_generator((4, 4, 1), LATENT_DIM, (8,), activation="sigmoid")
    generator.get_layer("pixels").kernel.assign(np.zeros((8, 16)))
    gan = gan_of(generator, plain_discriminator(), generator_optimizer=_still())
    gan.fit(np.abs(images(4)), callbacks=[SampleGrid(tmp_path)], verbose=0)
    assert pixels(tmp_path / "epoch_00001.png")[240, 320].tolist() == [128] * 3  # sigmoid(0)


def test_samples_that_are_not_finite_are_drawn_too(tmp_path):
    generator = networks.dense_generator((4, 4, 1), LATENT_DIM, (8,), activation=None)
    generator.get_layer("pixels").bias.assign(np.array([np.nan, np.inf, -np.inf, 0.0] * 4))
    gan = gan_of(generator, plain_discriminator(), generator_optimizer=_still())
    gan.fit(images(4), callbacks=[SampleGrid(tmp_path)], verbose=0)
    assert names(tmp_path) == ["epoch_00001.png"]


def test_what_a_killed_process_left_unfinished_is_removed(tmp_path):
    (tmp_path / ".unfinished-1-step_0000000.png").write_bytes(b"half")
    tiny_gan().fit(images(4), callbacks=[SampleGrid(tmp_path)], verbose=0)
    assert names(tmp_path) == ["epoch_00001.png"]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 3)])
def test_without_a_size_every_pixel_is_shown_as_one(tmp_path, rows, columns, channels):
    def outputs(latents):
        return layers.Reshape((6, 10, channels))(
            layers.Dense(60 * channels, activation="tanh")(latents)
        )

    gan = gan_of(plain_generator(outputs), _mean_discriminator((6, 10, channels)))
    grid = SampleGrid(tmp_path, rows=rows, columns=columns, size=None, seed=3)
    gan.fit(images(4, (6, 10, channels)), callbacks=[grid], verbose=0)
    picture = pixels(tmp_path / "epoch_00001.png")
    assert picture.shape == (rows * 10 + 4, columns * 14 + 4, 3)
    samples = to_uint8(gan.generate(rows * columns, seed=3))
    expected = np.full_like(picture, 255)
    for i, sample in enumerate(samples):
        row, column = divmod(i, columns)
        expected[4 + row * 10 :, 4 + column * 14 :][:6, :10] = sample
    np.testing.assert_array_equal(picture, expected)


def test_colours_are_kept_when_large_images_shrink(tmp_path):
    # Stripes of one pixel: averaged, they are one shade; with pixels left out they would be noise.
    stripes = np.zeros((400, 400, 3), "float32")
    stripes[::2], stripes[1::2] = [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0]

    def outputs(latents):
        flat = layers.Lambda(lambda x: keras.ops.zeros_like(x[:, :1]))(latents)
        picture = layers.Reshape((1, 1, 1))(flat)
        return layers.Lambda(
            lambda x: x + keras.ops.convert_to_tensor(stripes), output_shape=stripes.shape
        )(picture)

    gan = gan_of(plain_generator(outputs), _mean_discriminator((400, 400, 3)))
    gan.compile(run_eagerly=True, generator_optimizer=_still())
    grid = SampleGrid(tmp_path, rows=2, columns=2, size=(212, 212))
    gan.fit(stripes[None] * np.ones((2, 1, 1, 1), "float32"), callbacks=[grid], verbose=0)
    middle = pixels(tmp_path / "epoch_00001.png")[30:80, 30:80].astype(int)
    np.testing.assert_allclose(middle, np.broadcast_to([128, 128, 0], middle.shape), atol=12)


def test_large_images_are_drawn_a_few_at_a_time(tmp_path):
    sizes = []

    class Large(keras.layers.Layer):
        def call(self, latents):
            sizes.append(latents.shape[0])
            return latents[:, :1, None, None] + keras.ops.zeros((1, 800, 800, 1))

    latents = layers.Input((LATENT_DIM,))
    generator = keras.Model(latents, Large()(latents))
    gan = gan_of(generator, _mean_discriminator((800, 800, 1)))
    gan.generator.run_eagerly = True
    grid = SampleGrid(tmp_path, value_range=(-3, 3))
    grid.set_model(gan)
    sizes.clear()
    grid.on_event("picture")
    assert set(sizes) == {6}  # 6 * 800 * 800 pixels are 2^22 at most
    assert pixels(tmp_path / "picture.png").shape == (480, 640, 3)


@pytest.mark.parametrize(
    ("rows", "columns", "size", "expected"),
    [
        (4, 10, (640, None), (640, 4 * 63 + 4)),  # cells of 63: 59 pixels and the gap
        (4, 10, (None, 480), (10 * 119 + 4, 480)),
        (4, 10, (None, None), (10 * 32 + 4, 4 * 32 + 4)),
        (4, 10, (640, 480), (640, 480)),
    ],
)
def test_a_side_that_is_left_open_is_as_long_as_the_grid_needs(rows, columns, size, expected):
    picture = grid_picture(np.zeros((rows * columns, 28, 28, 1), "uint8"), columns, size)
    assert picture.size == expected
    dark = np.asarray(picture)[..., 0] == 0
    if size != (640, 480):
        for axis, number in ((0, columns), (1, rows)):
            white = (~dark.any(axis)).sum()
            assert white - 4 * (number + 1) < number  # gaps, and less than a pixel for each


def conditional_gan():
    """Draws an image whose shade is that of its class: -1, -0.5, 0 or 0.5."""
    latent, label = layers.Input((LATENT_DIM,)), layers.Input((), dtype="int32")
    shades = keras.initializers.Constant(np.linspace(-1, 0.5, 4)[:, None])
    shade = layers.Embedding(4, 1, embeddings_initializer=shades)(label)
    shade = layers.Add()([shade, layers.Dense(1, kernel_initializer="zeros")(latent)])
    image = layers.Reshape((4, 4, 1))(layers.Concatenate()([shade] * 16))
    discriminator = networks.conditional_discriminator(plain_discriminator(), 4)
    gan = ConditionalGAN(keras.Model([latent, label], image), discriminator, 4, seed=0)
    gan.compile(run_eagerly=True)
    return gan


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [[0, 1, 2], [3, 0, 1]]),  # all in turn
        ({"labels": [3, 1]}, [[3, 3, 3], [1, 1, 1]]),
        ({"labels": range(1, 3)}, [[1, 1, 1], [2, 2, 2]]),
        ({"labels": np.array([0, 1, 2, 2, 1, 0])}, [[0, 1, 2], [2, 1, 0]]),
        ({"labels": [3, 1], "class_names": list("abcd")}, [[3, 3, 3], [1, 1, 1]]),
    ],
)
def test_classes_are_shown_as_asked_for(tmp_path, options, expected):
    grid = SampleGrid(tmp_path, rows=2, columns=3, size=(124, 84), **options)
    grid.set_model(conditional_gan())
    grid.check(grid.gan)
    grid.on_event("classes")
    picture = pixels(tmp_path / "classes.png")
    # Below the middle of each cell, where captions leave the samples.
    shown = picture[2:-2].reshape(2, 40, 124, 3)[:, 26, 22::40, 0]
    shades = to_uint8(np.linspace(-1, 0.5, 4)[:, None, None, None].astype("float32")).ravel()
    np.testing.assert_array_equal(shown, shades[np.array(expected)])


def test_names_of_classes_stand_above_their_samples(tmp_path):
    gan = conditional_gan()
    options = {"rows": 1, "columns": 4, "size": (404, 124), "labels": [0, 1, 2, 3]}
    tops = []
    for names in (None, ["i", "mm", "", "a name that is longer than its sample is wide"]):
        grid = SampleGrid(tmp_path, class_names=names, **options)
        grid.set_model(gan)
        grid.check(gan)
        grid.on_event("classes")
        tops.append(pixels(tmp_path / "classes.png")[:, 2:-2].reshape(124, 4, 100, 3)[:14])
    ink = (255.0 - tops[1]).sum((0, 2, 3))
    assert (255.0 - tops[0][:8]).sum() == 0
    assert 0 == ink[2] < ink[0] < ink[1] < ink[3]


@pytest.mark.parametrize(("size", "least"), [((64, 24), 3), ((2000, 60), 30)])
def test_names_leave_samples_room(tmp_path, size, least):
    """In the smallest picture that is allowed, and in one of flat, wide cells."""
    options = {"rows": 1, "columns": 4, "size": size, "labels": [0, 1, 2, 3]}
    grid = SampleGrid(tmp_path, class_names=["", "", "", ""], **options)
    grid.set_model(conditional_gan())
    grid.check(grid.gan)
    grid.on_event("classes")
    dark = (pixels(tmp_path / "classes.png") < 250).any(axis=-1)
    assert dark.any(axis=1).sum() >= least


@pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict")
def test_an_output_called_like_a_path_is_drawn_in_the_folder(tmp_path):
    latent = layers.Input((LATENT_DIM,))
    drawn = layers.Reshape((4, 4, 1))(layers.Dense(16, activation="tanh")(latent))
    generator = keras.Model(latent, {"a/b": drawn, "c": drawn})
    inputs = {name: layers.Input((4, 4, 1)) for name in ("a/b", "c")}
    seen = layers.Flatten()(layers.Concatenate()(list(inputs.values())))
    gan = gan_of(generator, keras.Model(inputs, layers.Dense(1)(seen)))
    grid = SampleGrid(tmp_path, rows=1, columns=2)
    grid.set_model(gan)
    grid.on_event("epoch_00001")
    assert names(tmp_path) == ["epoch_00001_a_b.png", "epoch_00001_c.png"]


@pytest.mark.parametrize(
    ("error", "argument", "options"),
    [
        (ValueError, "size", {"size": (80, 40), "class_names": list("abcd")}),
        (ValueError, "labels", {"labels": [0, 1, 2]}),
        (ValueError, "labels", {"labels": [0, 4]}),
        (ValueError, "labels", {"labels": [0, -1]}),
        (TypeError, "labels", {"labels": [0.5, 1.0]}),
        (TypeError, "labels", {"labels": "all"}),
        (TypeError, "labels", {"labels": 3}),
        (ValueError, "class_names", {"class_names": ["a", "b"]}),
        (TypeError, "class_names", {"class_names": "abcd"}),
        (TypeError, "class_names", {"class_names": [0, 1, 2, 3]}),
        (TypeError, "class_names", {"class_names": []}),
        (TypeError, "class_names", {"class_names": 4}),
    ],
)
def test_wrong_classes_are_refused(tmp_path, error, argument, options):
    with pytest.raises((TypeError, ValueError)) as caught:
        SampleGrid(tmp_path, rows=2, columns=2, **options).check(conditional_gan())
    assert caught.type is error
    for part in (f"Invalid `{argument}`", "Received: ", "Expected: ", "Fix: "):
        assert part in str(caught.value)


@pytest.mark.parametrize("options", [{"labels": [0, 1]}, {"class_names": ["a", "b"]}])
def test_a_model_without_classes_is_refused(tmp_path, options):
    with pytest.raises(ValueError, match="train a ConditionalGAN"):
        tiny_gan().fit(images(4), callbacks=[SampleGrid(tmp_path, rows=2, **options)], verbose=0)
    assert names(tmp_path) == []


def drawn_by(outputs, folder, **options):
    """The picture that a SampleGrid draws of a generator after one step."""
    generator = plain_generator(outputs)
    inputs = layers.Input(generator.output_shape[1:])
    discriminator = keras.Model(inputs, layers.Dense(1)(layers.Flatten()(inputs)))
    gan = gan_of(generator, discriminator, generator_optimizer=keras.optimizers.SGD(0.0))
    samples = np.zeros((4, *generator.output_shape[1:]), "float32")
    gan.fit(samples, batch_size=4, callbacks=[SampleGrid(folder, **options)], verbose=0)
    return pixels(folder / "epoch_00001.png")


def constant(values):
    """Samples that are these values, whatever the latents are."""
    values = np.asarray(values, "float32")
    flat = keras.initializers.Constant(0.0)

    def outputs(latents):
        x = layers.Dense(values.size, kernel_initializer=flat)(latents)
        x = layers.Reshape(values.shape)(x)
        return ShowValues(values)(x)

    return outputs


class ShowValues(layers.Layer):
    def __init__(self, values):
        super().__init__()
        self.values = values

    def call(self, x):
        return x + keras.ops.convert_to_tensor(self.values)


def test_signals_are_lines_a_lane_for_each_channel(tmp_path):
    """A channel that rises from the lowest to the highest value, and one at the highest value."""
    ramp = np.linspace(-1, 1, 50)
    options = {"rows": 1, "columns": 1, "size": (108, 208)}
    drawn = drawn_by(
        constant(np.stack([ramp, np.ones(50)], -1)), tmp_path, value_range=(-1, 1), **options
    )
    dark = drawn[..., 0] < 128
    upper, lower = dark[4:104], dark[104:204]
    # From the lower left to the upper right of the first lane.
    assert upper[-3:, 4:8].any()
    assert upper[:3, -8:-4].any()
    assert not upper[:50, 4:50].any()
    assert not upper[51:, 56:].any()
    # Along the upper edge of the second.
    assert lower[:2, 10:98].any(axis=0).all()
    assert not lower[4:].any()


def test_volumes_are_their_three_middle_slices(tmp_path):
    volume = np.full((4, 6, 8, 1), -1.0)
    volume[2], volume[:, 3], volume[:, :, 4] = 1.0, 0.0, 0.5  # later ones over earlier ones
    drawn = drawn_by(constant(volume), tmp_path, rows=1, columns=1, size=None, value_range=(-1, 1))
    slices = drawn[4:-4, 4:-4, 0]
    # Depth 4, height 6, width 8: (6, 8), (4, 8) and (4, 6), side by side.
    assert slices.shape == (6, 8 + 8 + 6)
    assert slices[:, :8][:, 0].tolist() == [255, 255, 255, 128, 255, 255]
    assert slices[:4, 8:16][:, 0].tolist() == [128] * 4
    assert (slices[:4, 16:] == 191).all()
    assert (slices[4:, 8:] == 0).all()  # padding


def test_values_outside_of_an_assumed_range_are_said_once(tmp_path):
    """A generator of 0..255 whose last layer states no range."""
    levels = np.full((4, 4, 1), 200.0)
    with pytest.warns(UserWarning, match=r"100% of .* from 200 to 200\. .*value_range=") as caught:
        drawn = drawn_by(constant(levels), tmp_path / "a", rows=1, columns=1, size=None)
    assert len([w for w in caught if "SampleGrid" in str(w.message)]) == 1
    assert (drawn[4:8, 4:8] == 255).all()
    drawn = drawn_by(
        constant(levels), tmp_path / "b", rows=1, columns=1, size=None, value_range=(0, 255)
    )
    assert (drawn[4:8, 4:8] == 200).all()


def test_source_result_and_target_stay_in_one_row(tmp_path):
    """With the 5 columns of the default, groups of three take 3 of them."""
    generator = networks.unet_generator((8, 8, 1), filters=2, depth=2, seed=0)
    judge = networks.vgan_discriminator((8, 8, 1), filters=2, kind="pixel", seed=0)
    gan = ImageToImageGAN(generator, judge, seed=0)
    gan.compile(run_eagerly=True)
    source = np.linspace(-1, 1, 4 * 64, dtype="float32").reshape(4, 8, 8, 1)
    target = (source > 0).astype("float32")
    gan.fit(source, target, callbacks=[SampleGrid(tmp_path, rows=4, size=None)], verbose=0)
    drawn = pixels(tmp_path / "epoch_00001.png")
    assert drawn.shape == (4 * 12 + 4, 3 * 12 + 4, 3)
    shown = gan.preview(12, seed=0)
    cells = [drawn[4 + 12 * r :, 4 + 12 * c :][:8, :8, :1] for r in range(4) for c in range(3)]
    np.testing.assert_array_equal(np.stack(cells), to_uint8(shown, value_range=(0.0, 1.0)))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of a file")
def test_a_picture_that_cannot_be_written_is_named(tmp_path):
    """A limit on the size of files stands for a full disk."""
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    gan = tiny_gan(run_eagerly=True)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        with pytest.raises(OSError, match=r"SampleGrid could not write .*epoch_00001\.png"):
            gan.fit(images(4), batch_size=4, callbacks=[SampleGrid(tmp_path)], verbose=0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert names(tmp_path) == [".lock"] or names(tmp_path) == []
