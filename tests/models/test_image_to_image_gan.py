"""Images from images: closed forms of a step, images of any size, files, what is refused."""

import itertools

import keras
import numpy as np
import pytest

from keras_gan_kit import ImageToImageGAN, callbacks, networks
from keras_gan_kit.data import ArrayDataset
from keras_gan_kit.models._whole_images import WholeImages, _starts
from keras_gan_kit.penalties import R1, GradientPenalty

pytestmark = pytest.mark.backend

RATE = 0.05
SOURCE, TARGET = 1.5, 0.4
G, D_SOURCE, D_TARGET = 0.8, -0.3, 0.7


def constant(*values):
    return keras.initializers.Constant(np.array(values, "float32").reshape(1, 1, -1, 1))


def scalar_gan(**options):
    """Results are the source times G; scores are D_SOURCE source + D_TARGET target."""
    source, target = keras.Input((None, None, 1)), keras.Input((None, None, 1))
    times = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer=constant(G))
    score = keras.layers.Conv2D(
        1, 1, use_bias=False, kernel_initializer=constant(D_SOURCE, D_TARGET)
    )
    pair = keras.layers.Concatenate()([source, target])
    return ImageToImageGAN(
        keras.Model(source, times(source)),
        keras.Model([source, target], score(pair)),
        **{"seed": 0, "reconstruction_loss": "mse", "reconstruction_weight": 3.0} | options,
    )


def pixels(value, num=4, size=2):
    return np.full((num, size, size, 1), value, "float32")


def numbers_of(gan):
    weights = [keras.ops.convert_to_numpy(w).ravel() for w in gan.generator.weights]
    weights += [keras.ops.convert_to_numpy(w).ravel() for w in gan.discriminator.weights]
    return np.concatenate(weights)


def steps(gan, **options):
    gan.compile(
        **{"run_eagerly": True, "loss": "wasserstein"} | options,
        generator_optimizer=keras.optimizers.SGD(RATE),
        discriminator_optimizer=keras.optimizers.SGD(RATE),
    )
    return gan.fit(pixels(SOURCE), pixels(TARGET), batch_size=4, verbose=0).history


@pytest.mark.parametrize("run_eagerly", [True, False])
@pytest.mark.parametrize("update", ["simultaneous", "alternating"])
def test_one_step(update, run_eagerly):
    gan = scalar_gan()
    logs = steps(gan, update=update, run_eagerly=run_eagerly)
    fake = G * SOURCE
    assert logs["d_loss"] == pytest.approx([D_TARGET * (fake - TARGET)], rel=1e-5)
    d_target = D_TARGET - RATE * (fake - TARGET)  # the source's weight has no slope
    used = d_target if update == "alternating" else D_TARGET
    reconstruction = 3.0 * (fake - TARGET) ** 2
    assert logs["g_reconstruction"] == pytest.approx([reconstruction], rel=1e-5)
    score = D_SOURCE * SOURCE + used * fake
    assert logs["g_loss"] == pytest.approx([reconstruction - score], rel=1e-5)
    slope = 6.0 * (fake - TARGET) * SOURCE - used * SOURCE
    expected = [G - RATE * slope, D_SOURCE, d_target]
    assert numbers_of(gan) == pytest.approx(expected, abs=1e-6)


def test_rounds_let_one_player_learn_an_epoch():
    gan = scalar_gan()
    gan.compile(
        update="rounds",
        loss="wasserstein",
        generator_optimizer=keras.optimizers.SGD(RATE),
        discriminator_optimizer=keras.optimizers.SGD(RATE),
    )
    expected = np.array([G, D_SOURCE, D_TARGET])
    for epoch in range(4):
        gan.fit(
            pixels(SOURCE), pixels(TARGET), batch_size=2, initial_epoch=epoch, epochs=epoch + 1,
            verbose=0,
        )  # fmt: skip
        for _ in range(2):  # steps
            g, _, d = expected
            if epoch % 2 == 0:
                expected[2] -= RATE * (g * SOURCE - TARGET)
            else:
                expected[0] -= RATE * (6.0 * (g * SOURCE - TARGET) * SOURCE - d * SOURCE)
        assert numbers_of(gan) == pytest.approx(expected, abs=1e-5)


def test_rounds_in_one_fit_are_the_same_and_leave_the_others_statistics():
    fitted = []
    for epochs in ([4], [1, 2, 3, 4]):
        keras.utils.set_random_seed(0)
        gan = ImageToImageGAN(
            networks.unet_generator((4, 4, 1), filters=2, depth=1),
            networks.vgan_discriminator((4, 4, 1), filters=2, kind="pixel"),
            seed=0,
        )
        gan.compile(update="rounds")
        start = 0
        images = np.random.default_rng(0).normal(size=(6, 4, 4, 1)).astype("float32")
        masks = (images > 0).astype("float32")
        for end in epochs:
            before = [keras.ops.convert_to_numpy(w) for w in gan.generator.weights]
            logs = gan.fit(
                images, masks, batch_size=3, initial_epoch=start, epochs=end, verbose=0
            ).history
            if (start, end) == (0, 1):
                for a, b in zip(before, gan.generator.weights, strict=True):
                    np.testing.assert_array_equal(a, keras.ops.convert_to_numpy(b))
            start = end
        assert set(logs) >= {"d_loss", "g_loss", "g_reconstruction"}
        fitted.append([keras.ops.convert_to_numpy(w) for w in gan.weights])
    for a, b in zip(*fitted, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_penalties_look_at_the_target_alone():
    logs = steps(scalar_gan(), penalties=[R1(0.4)])
    # The score map has four pixels, each with the slope D_TARGET at its own.
    assert logs["r1"] == pytest.approx([0.2 * 4 * D_TARGET**2], rel=1e-5)


def test_a_gradient_penalty_trains():
    logs = steps(scalar_gan(), penalties=[GradientPenalty(10.0)])
    assert logs["gradient_penalty"] == pytest.approx([10 * (2 * D_TARGET - 1) ** 2], rel=1e-4)


def test_weights_of_pixels_choose_what_counts():
    gan = scalar_gan(reconstruction_loss="mae", reconstruction_weight=1.0)
    gan.compile(metrics=[keras.metrics.MeanAbsoluteError(name="distance")], run_eagerly=True)
    target = pixels(TARGET)
    target[:, 0] = 9.0
    view = pixels(1.0)
    view[:, 0] = 0.0
    found = gan.evaluate(pixels(SOURCE), target, sample_weight=view, return_dict=True, verbose=0)
    assert found["g_reconstruction"] == pytest.approx(abs(G * SOURCE - TARGET), rel=1e-5)
    assert found["distance"] == pytest.approx(abs(G * SOURCE - TARGET), rel=1e-5)
    everything = gan.evaluate(pixels(SOURCE), target, return_dict=True, verbose=0)
    half = 0.5 * (abs(G * SOURCE - TARGET) + abs(G * SOURCE - 9.0))
    assert everything["distance"] == pytest.approx(half, rel=1e-5)


def unet_gan(shape=(None, None, 3), **options):
    keras.utils.set_random_seed(1)
    return ImageToImageGAN(
        networks.unet_generator(shape, filters=2, depth=3),
        networks.vgan_discriminator(shape, filters=2, kind="pixel"),
        **{"seed": 0} | options,
    )


@pytest.fixture(scope="module")
def sources():
    return np.random.default_rng(0).normal(size=(3, 24, 36, 3)).astype("float32")


def test_the_multiple_that_a_network_needs():
    assert WholeImages(unet_gan().generator).multiple == 4
    assert WholeImages(scalar_gan().generator).multiple == 1


def test_images_of_the_networks_own_sizes_are_not_touched(sources):
    gan = unet_gan()
    expected = keras.ops.convert_to_numpy(gan.generator(sources, training=False))
    np.testing.assert_allclose(gan.predict(sources, verbose=0), expected, atol=1e-5)


def test_padding_is_undone(sources):
    """A generator of single pixels gives the same whatever surrounds them."""
    gan = scalar_gan()
    odd = sources[:, :23, :31, :1]
    np.testing.assert_allclose(gan.predict(odd, verbose=0), G * odd, atol=1e-5)
    assert unet_gan().predict(sources[:, :23, :31], verbose=0).shape == (3, 23, 31, 1)


@pytest.mark.parametrize("tile_size", [4, 8, 12, 64])
def test_tiles_are_put_together_where_they_were(sources, tile_size):
    drawn = scalar_gan().predict(sources[..., :1], tile_size=tile_size, verbose=0)
    np.testing.assert_allclose(drawn, G * sources[..., :1], atol=1e-5)


def test_tiles_differ_from_one_pass_only_near_seams():
    """A blur of 3x3 sees one pixel around: blended tiles are off by little, most by nothing."""
    blur = keras.layers.Conv2D(
        1, 3, padding="same", use_bias=False, kernel_initializer=keras.initializers.Constant(1 / 9)
    )
    image = keras.Input((None, None, 1))
    whole = WholeImages(keras.Model(image, blur(image)))
    noise = np.random.default_rng(0).normal(size=(1, 40, 40, 1)).astype("float32")
    options = {"batch_size": None, "verbose": False}
    one = whole.run(noise, tile_size=None, **options)
    tiled = whole.run(noise, tile_size=16, **options)
    inner = np.abs(one - tiled)[:, 1:-1, 1:-1]
    assert np.mean(inner < 1e-5) > 0.7
    assert inner.max() < 0.5


def test_a_network_of_one_size_goes_over_larger_images_in_tiles():
    image = keras.Input((4, 4, 1))
    fixed = keras.Model(image, keras.layers.Rescaling(2.0)(image))
    noise = np.random.default_rng(0).normal(size=(2, 9, 7, 1)).astype("float32")
    run = WholeImages(fixed).run
    drawn = run(noise, tile_size=None, batch_size=3, verbose=False)
    np.testing.assert_allclose(drawn, 2 * noise, atol=1e-5)


def test_little_memory_makes_tiles(monkeypatch, sources):
    whole = WholeImages(unet_gan().generator)
    needed = whole.bytes_of(24, 36)
    assert needed > 4 * 24 * 36 * (3 + 2 * 2 + 4 * 2)
    monkeypatch.setattr("keras_gan_kit.models._whole_images.available_memory", lambda: needed)
    assert whole._tile(24, 36, None) is not None
    monkeypatch.setattr("keras_gan_kit.models._whole_images.available_memory", lambda: 2 * needed)
    assert whole._tile(24, 36, None) is None


@pytest.mark.slow
def test_a_trained_model_comes_back_whole(tmp_path, sources, state_of, check_same):
    gan = unet_gan(ema_momentum=0.9, reconstruction_weight=2.0)
    gan.compile(metrics=[keras.metrics.AUC(name="auc")], run_eagerly=True)
    masks = (sources[..., :1] > 0).astype("float32")
    grid = callbacks.SampleGrid(tmp_path / "samples", rows=1, columns=3)
    gan.fit(sources, masks, batch_size=2, verbose=0, callbacks=[grid])
    assert (tmp_path / "samples" / "epoch_00001.png").stat().st_size > 500
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    check_same(state_of(loaded), state_of(gan))
    own = ("reconstruction_loss", "reconstruction_weight", "ema_momentum", "seed")
    first, second = gan.get_config(), loaded.get_config()
    assert [first[key] for key in own] == [second[key] for key in own]
    for model in (gan, loaded):
        model.fit(sources, masks, batch_size=2, epochs=2, initial_epoch=1, verbose=0)
    check_same(state_of(loaded), state_of(gan))
    np.testing.assert_array_equal(
        gan.predict(sources, verbose=0), loaded.predict(sources, verbose=0)
    )


def test_samples_are_of_the_sources_of_training(sources):
    gan = scalar_gan()
    own = np.arange(5, dtype="float32").reshape(5, 1, 1, 1)
    gan.compile(run_eagerly=True)
    gan.fit(own, own / 10, verbose=0, batch_size=5, epochs=0)
    drawn = gan.generate(7, seed=3)
    np.testing.assert_array_equal(drawn[:4], gan.generate(4, seed=3))
    assert set(np.round(drawn.ravel() / G, 4)) <= set(range(5))
    shown = gan.preview(6, seed=0)
    np.testing.assert_allclose(shown[1::3] / G, shown[2::3] * 10, atol=1e-4)
    np.testing.assert_allclose(gan.generate(latents=sources[..., :1]), G * sources[..., :1], 1e-4)


def tiny(inputs, channels=1, activation=None):
    image = keras.Input(inputs)
    return keras.Model(image, keras.layers.Conv2D(channels, 1, activation=activation)(image))


def pair_network(channels=(3, 1)):
    inputs = [keras.Input((None, None, n)) for n in channels]
    return keras.Model(inputs, keras.layers.Conv2D(1, 1)(keras.layers.Concatenate()(inputs)))


ANY = (None, None, 3)


@pytest.mark.parametrize(
    ("networks_", "options", "words"),
    [
        ((tiny(ANY), tiny(ANY)), {}, ["`discriminator`", "[source, target]"]),
        ((tiny(ANY), pair_network((3, 2))), {}, ["`discriminator`", "`generator`: 0:"]),
        ((tiny(ANY), pair_network((1, 1))), {}, ["`discriminator`"]),
        (
            (tiny(ANY), pair_network()),
            {"augmenter": keras.layers.RandomFlip()},
            ["`augmenter`", "PairedDataset"],
        ),
        (
            (tiny(ANY), pair_network()),
            {"reconstruction_loss": "bce"},
            ["`reconstruction_loss`", "sigmoid"],
        ),
        (
            (tiny(ANY), pair_network()),
            {"reconstruction_loss": "poisson"},
            ["`reconstruction_loss`", "'poisson'", "sigmoid"],
        ),
        (
            (tiny(ANY), pair_network()),
            {"reconstruction_loss": "l3"},
            ["`reconstruction_loss`", "'l3'"],
        ),
        ((pair_network(), pair_network()), {}, ["`generator`", "one image"]),
        (
            (tiny(ANY), pair_network()),
            {"reconstruction_weight": -1.0},
            ["`reconstruction_weight`", "-1.0"],
        ),
    ],
)
def test_bad_networks(networks_, options, words):
    with pytest.raises(ValueError) as raised:
        ImageToImageGAN(*networks_, **options)
    for word in words:
        assert word in str(raised.value)


@pytest.mark.parametrize(
    ("source", "target", "error", "words"),
    [
        (np.zeros((2, 8, 8, 3), "f4"), None, ValueError, ["`y`", "fit(source, target)"]),
        (np.zeros((2, 8, 8, 3), "u1"), np.zeros((2, 8, 8, 1), "f4"), TypeError, ["`x`", "uint8"]),
        (np.zeros((2, 8, 8, 1), "f4"), np.zeros((2, 8, 8, 1), "f4"), ValueError, ["`x`"]),
        (np.zeros((2, 8, 8, 3), "f4"), np.zeros((2, 4, 8, 1), "f4"), ValueError, ["`y`", "(8, 8)"]),
        (
            np.full((2, 8, 8, 3), np.nan, "f4"),
            np.zeros((2, 8, 8, 1), "f4"),
            ValueError,
            ["`x`", "NaN"],
        ),
        (
            np.zeros((2, 8, 8, 3), "f4"),
            np.full((2, 8, 8, 1), 255.0, "f4"),
            ValueError,
            ["`y`", "255"],
        ),
    ],
)
def test_bad_data(source, target, error, words):
    gan = ImageToImageGAN(tiny(ANY, activation="sigmoid"), pair_network())
    gan.compile(run_eagerly=True)
    with pytest.raises(error) as raised:
        gan.fit(source, target, verbose=0)
    for word in words:
        assert word in str(raised.value)


def test_an_evaluation_does_not_change_what_is_shown():
    gan = scalar_gan()
    steps(gan)
    gan.evaluate(pixels(-SOURCE), pixels(TARGET), verbose=0)
    np.testing.assert_allclose(gan.examples[0], pixels(SOURCE))


def test_bad_arguments_of_predict_and_generate():
    gan = unet_gan()
    for call, word in [
        (lambda: gan.predict(np.zeros((1, 8, 8, 1), "f4")), "`x`"),
        (lambda: gan.predict(np.zeros((1, 8, 8, 3), "f4"), tile_size=6), "`tile_size`"),
        (lambda: gan.predict(np.zeros((1, 8, 8, 3), "f4"), 0), "`batch_size`"),
        (lambda: gan.generate(2), "`latents`"),
        (lambda: gan.generate(latents=np.zeros((1, 8, 8, 3), "f4"), seed=1), "`seed`"),
        (lambda: gan.generate(2, latents=np.zeros((1, 8, 8, 3), "f4")), "`num_samples`"),
    ]:
        with pytest.raises(ValueError, match=word):
            call()


def test_one_image_is_a_batch_where_it_has_many_pixels(sources):
    gan = unet_gan()
    gan.compile(run_eagerly=True)
    masks = (sources[:1, ..., :1] > 0).astype("float32")
    gan.fit(sources[:1], masks, batch_size=1, verbose=0)
    assert gan.steps_taken == 1


def test_a_loss_that_is_none_is_refused():
    with pytest.raises(TypeError, match=r"^Invalid `reconstruction_loss`. Received: 3"):
        ImageToImageGAN(tiny(ANY), pair_network(), reconstruction_loss=3)


def test_a_network_that_changes_the_size_has_no_whole_images():
    image = keras.Input((None, None, 3))
    halved = keras.Model(image, keras.layers.AveragePooling2D(2)(image))
    with pytest.raises(ValueError, match=r"^Invalid `generator`.*differs in size"):
        WholeImages(halved)


def test_a_stream_of_sources_is_predicted_batch_by_batch(sources, capsys):
    gan = unet_gan()
    batches = ArrayDataset(sources, batch_size=1, shuffle=False)
    found = gan.predict(batches, verbose=0)
    np.testing.assert_allclose(found, gan.predict(sources, verbose=0), atol=1e-6)
    assert capsys.readouterr().out == ""
    gan.predict(sources, 1, verbose=1)
    assert f"{len(sources)}/{len(sources)}" in capsys.readouterr().out


@pytest.mark.parametrize(("length", "multiple"), [(504, 8), (500, 4), (130, 1), (128, 8), (40, 8)])
def test_tiles_begin_on_the_grid_of_the_network(length, multiple):
    full = max(-(-length // multiple) * multiple, 128)
    starts = _starts(full, 128, multiple)
    assert starts[0] == 0
    assert starts[-1] == full - 128
    assert all(start % multiple == 0 for start in starts)
    assert all(b - a <= 96 + multiple for a, b in itertools.pairwise(starts))


@pytest.mark.parametrize("size", [(40, 48), (37, 50), (9, 20)])
def test_tiles_of_a_network_that_pools_equal_the_whole_image(size):
    """Averages of 8 x 8 pixels: a tile that begins elsewhere has other averages everywhere."""
    image = keras.Input((None, None, 1))
    pooled = keras.layers.AveragePooling2D(8)(image)
    whole = WholeImages(keras.Model(image, keras.layers.UpSampling2D(8)(pooled)))
    assert whole.multiple == 8
    noise = np.random.default_rng(0).normal(size=(1, *size, 1)).astype("float32")
    options = {"batch_size": None, "verbose": False}
    one = whole.run(noise, tile_size=None, **options)
    np.testing.assert_allclose(whole.run(noise, tile_size=16, **options), one, atol=1e-6)


def test_a_network_of_one_size_takes_no_other_tiles():
    gan = unet_gan((16, 16, 3))
    images = np.zeros((1, 40, 50, 3), "float32")
    for tile_size in (-7, 8, 32):
        with pytest.raises(ValueError, match="Invalid `tile_size`"):
            gan.predict(images, tile_size=tile_size, verbose=0)
    for tile_size in (16, None):
        assert gan.predict(images, tile_size=tile_size, verbose=0).shape == (1, 40, 50, 1)


@pytest.mark.parametrize("shape", [(None, 16, 3), (16, None, 3)])
def test_a_network_of_one_fixed_side(shape, sources):
    gan = unet_gan(shape)
    images = np.zeros((1, 16, 16, 3), "float32")
    expected = keras.ops.convert_to_numpy(gan.generator(images, training=False))
    np.testing.assert_allclose(gan.predict(images, verbose=0), expected, atol=1e-6)
    for size in ((20, 16), (16, 20), (40, 50), (7, 9)):
        images = np.zeros((1, *size, 3), "float32")
        for tile_size in (None, 16):
            assert gan.predict(images, tile_size=tile_size, verbose=0).shape == (1, *size, 1)


@pytest.mark.parametrize("size", [(17, 30), (10, 10), (22, 16)])
def test_fit_on_a_size_that_the_network_does_not_take_names_the_multiple(size):
    gan = unet_gan()
    gan.compile(run_eagerly=True)
    images = np.zeros((2, *size, 3), "float32")
    with pytest.raises(ValueError, match=r"Invalid `x`.*multiples of 4.*multiple_of=4"):
        gan.fit(images, images[..., :1], verbose=0)


def test_sources_of_gray_levels_are_named(sources):
    gan = unet_gan()
    gan.compile(run_eagerly=True)
    levels = np.random.default_rng(0).uniform(0, 255, (3, 8, 8, 3)).astype("float32")
    with pytest.raises(ValueError, match=r"Invalid `x`.*gray levels: pass `x / 127\.5 - 1`"):
        gan.fit(levels, levels[..., :1] / 255, verbose=0)
    with pytest.raises(ValueError, match=r"Invalid `x`.*gray levels"):
        gan.predict(levels, verbose=0)
    gan.predict(levels / 127.5 - 1, verbose=0)
    scaling = keras.Input((None, None, 3))
    scaled = gan.generator(keras.layers.Rescaling(1 / 127.5, -1)(scaling))
    gan = ImageToImageGAN(keras.Model(scaling, scaled), gan.discriminator)
    gan.predict(levels, verbose=0)


def test_images_of_several_sizes_are_called_so(sources):
    several = [sources[0], sources[0, :20]]
    with pytest.raises(TypeError, match=r"Invalid `x`.*several shapes, \(20, 36, 3\) and \(24"):
        unet_gan().predict(several, verbose=0)
    gan = unet_gan()
    gan.compile(run_eagerly=True)
    with pytest.raises(ValueError, match=r"Invalid `x`.*numpy\.stack"):
        gan.fit(several, [image[..., :1] for image in several], verbose=0)


def test_several_classes_train_and_are_drawn(tmp_path):
    draw = np.random.default_rng(0)
    x = draw.normal(size=(4, 8, 8, 3)).astype("float32")
    y = np.eye(5, dtype="float32")[draw.integers(0, 5, (4, 8, 8))]
    options = {"filters": 2, "seed": 0}
    gan = ImageToImageGAN(
        networks.unet_generator(
            (None, None, 3), depth=2, output_channels=5, activation="softmax", **options
        ),
        networks.vgan_discriminator((None, None, 3), 5, kind="pixel", **options),
    )
    assert gan.reconstruction_loss.__name__ == "categorical_crossentropy"
    gan.compile(run_eagerly=True)
    grid = callbacks.SampleGrid(tmp_path, rows=2, columns=3)
    logs = gan.fit(x, y, batch_size=2, verbose=0, callbacks=[grid]).history
    assert np.isfinite(logs["g_reconstruction"]).all()
    assert (tmp_path / "epoch_00001.png").exists()
    np.testing.assert_allclose(gan.predict(x, verbose=0).sum(-1), 1, atol=1e-5)
    with pytest.raises(ValueError, match=r"`y`.*from 0 to 4"):
        gan.fit(x, np.repeat(y.argmax(-1)[..., None], 5, -1).astype("float32"), verbose=0)
