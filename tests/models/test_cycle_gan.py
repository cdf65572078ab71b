"""Two kinds of images: closed forms of a step, what is translated, whole-state files."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gan_kit import CycleGAN, callbacks, data, networks, penalties
from keras_gan_kit.models.cycle_gan import of_one_length

pytestmark = pytest.mark.backend

RATE = 0.05
A, B = 1.5, 0.5
G, F, D_A, D_B = 0.8, 0.6, 1.2, -0.7
NUMBERS = np.array([G, F, D_A, D_B])


def factor(value):
    """Images of one pixel, times a number."""
    image = keras.Input((1, 1, 1))
    times = keras.layers.Dense(
        1, use_bias=False, kernel_initializer=keras.initializers.Constant(value)
    )
    return keras.Model(image, times(image))


def scalar_gan(**options):
    """a to b is times G, back is times F; scores are times D_A and D_B."""
    return CycleGAN(*(factor(value) for value in NUMBERS), **{"pool_size": 0, "seed": 0} | options)


def numbers_of(gan):
    found = (gan.a_to_b, gan.b_to_a, gan.discriminator_a, gan.discriminator_b)
    return [keras.ops.convert_to_numpy(network.weights[0]).item() for network in found]


def pixels(num, value):
    return np.full((num, 1, 1, 1), value, "float32")


def steps(gan, num=1, rate=RATE, **options):
    gan.compile(
        **{"run_eagerly": True} | options,
        generator_optimizer=keras.optimizers.SGD(rate),
        discriminator_optimizer=keras.optimizers.SGD(rate),
    )
    fitted = gan.fit(pixels(4, A), pixels(3, B), batch_size=4, epochs=num, verbose=0)
    return fitted.history


def d_terms(g, f, d_a, d_b):
    """The discriminators' loss, half of the sum of both, and its slopes."""
    loss = 0.25 * ((d_a * A - 1) ** 2 + (d_a * f * B) ** 2)
    loss += 0.25 * ((d_b * B - 1) ** 2 + (d_b * g * A) ** 2)
    by_d_a = 0.5 * ((d_a * A - 1) * A + d_a * (f * B) ** 2)
    by_d_b = 0.5 * ((d_b * B - 1) * B + d_b * (g * A) ** 2)
    return loss, by_d_a, by_d_b


def g_terms(g, f, d_a, d_b, cycle, identity):
    """The generators' loss, half of the sum of both ways, its parts, and its slopes."""
    adversarial = 0.5 * ((d_b * g * A - 1) ** 2 + (d_a * f * B - 1) ** 2)
    back = 0.5 * cycle * (abs(f * g * A - A) + abs(g * f * B - B))
    same = 0.5 * identity * (abs(f * A - A) + abs(g * B - B))
    turned = np.sign(f * g - 1)
    by_g = (d_b * g * A - 1) * d_b * A + 0.5 * cycle * turned * f * (A + B)
    by_f = (d_a * f * B - 1) * d_a * B + 0.5 * cycle * turned * g * (A + B)
    by_g += 0.5 * identity * np.sign(g - 1) * B
    by_f += 0.5 * identity * np.sign(f - 1) * A
    return adversarial + back + same, back, same, by_g, by_f


@pytest.mark.parametrize("run_eagerly", [True, False])
@pytest.mark.parametrize("update", ["simultaneous", "alternating"])
def test_one_step(update, run_eagerly):
    gan = scalar_gan(cycle_weight=3.0, identity_weight=0.5)
    logs = steps(gan, update=update, run_eagerly=run_eagerly)
    d_loss, by_d_a, by_d_b = d_terms(G, F, D_A, D_B)
    d_a, d_b = D_A - RATE * by_d_a, D_B - RATE * by_d_b
    used = (d_a, d_b) if update == "alternating" else (D_A, D_B)
    g_loss, back, same, by_g, by_f = g_terms(G, F, *used, 3.0, 0.5)
    assert logs["d_loss"] == pytest.approx([d_loss], rel=1e-5)
    assert logs["g_loss"] == pytest.approx([g_loss], rel=1e-5)
    assert logs["g_cycle"] == pytest.approx([back], rel=1e-5)
    assert logs["g_identity"] == pytest.approx([same], rel=1e-5)
    assert logs["d_real"] == pytest.approx([0.5 * (D_A * A + D_B * B)], rel=1e-5)
    assert logs["d_fake"] == pytest.approx([0.5 * (D_A * F * B + D_B * G * A)], rel=1e-5)
    expected = [G - RATE * by_g, F - RATE * by_f, d_a, d_b]
    assert numbers_of(gan) == pytest.approx(expected, abs=1e-6)


def test_arrays_of_one_length_are_not_copied():
    a, b = np.arange(3, dtype="float32"), np.arange(3, dtype="float32")
    same = of_one_length(a, b)
    assert np.shares_memory(same[0], a) and np.shares_memory(same[1], b)
    longer, shorter = of_one_length(np.arange(3.0), np.arange(2.0))
    assert (longer.tolist(), shorter.tolist()) == ([0, 1, 2], [0, 1, 0])


def test_without_an_identity_loss_there_is_none():
    gan = scalar_gan(identity_weight=0.0)
    assert "g_identity" not in steps(gan)


def test_penalties_add_the_slopes_of_both_discriminators():
    logs = steps(scalar_gan(), penalties=[penalties.R1(0.4), penalties.R2(0.2)])
    assert logs["r1"] == pytest.approx([0.2 * (D_A**2 + D_B**2)], rel=1e-5)
    assert logs["r2"] == pytest.approx([0.1 * (D_A**2 + D_B**2)], rel=1e-5)


def test_discriminators_look_at_old_fakes_too():
    gan = scalar_gan(pool_size=4)
    wasserstein = {"loss": "wasserstein"}  # d_fake is linear in what is looked at
    steps(gan, **wasserstein)
    kept = [keras.ops.convert_to_numpy(images).ravel() for images in gan.pool.kept]
    np.testing.assert_allclose(kept, [[F * B] * 4, [G * A] * 4], rtol=1e-6)
    g, f, d_a, d_b = numbers_of(gan)
    logs = steps(gan, 6, rate=0.0, **wasserstein)
    new, old = (0.5 * (d_a * f_ * B + d_b * g_ * A) for g_, f_ in ((g, f), (G, F)))
    mixtures = new + np.arange(5) / 4 * (old - new)
    shares = np.abs(np.subtract.outer(logs["d_fake"], mixtures))
    assert shares.min(axis=1).max() < 1e-6
    # Four places, four fakes a step, half of them exchanged: the old ones run out.
    numbers = shares.argmin(axis=1)
    assert 0 < numbers.sum() <= 4


def test_defaults_are_the_papers():
    gan = CycleGAN(*(factor(value) for value in NUMBERS))
    gan.compile()
    assert (gan.cycle_weight, gan.identity_weight, gan.pool_size) == (10.0, 5.0, 50)
    for optimizer in gan.optimizer.optimizers:
        config = optimizer.get_config()
        assert config["learning_rate"] == pytest.approx(2e-4)
        assert config["beta_1"] == 0.5
    score = keras.ops.zeros((3, 1))
    loss = gan.adversarial_loss
    assert float(loss.discriminator_loss(score, score)) == 0.5  # with the factor 1/2
    assert float(loss.generator_loss(None, score)) == 1.0


# Small images: a in gray, b with normalisation, Dropout and everything else that has a state.

SHAPE = (8, 8, 1)
RNG = np.random.default_rng(0)
IMAGES_A = np.tanh(RNG.normal(size=(11, *SHAPE))).astype("float32")
IMAGES_B = np.tanh(RNG.normal(size=(6, *SHAPE)) + 1).astype("float32")


def make(*, weights=0, **options):
    keras.utils.set_random_seed(weights)
    image = keras.Input(SHAPE)
    patches = networks.patch_discriminator(SHAPE, filters=(2, 2))
    dropped = keras.Model(image, patches(keras.layers.Dropout(0.2)(image)))
    return CycleGAN(
        networks.cycle_generator(SHAPE, filters=2, downsamplings=1, blocks=1),
        networks.cycle_generator(SHAPE, filters=2, downsamplings=1, blocks=0),
        dropped,
        networks.patch_discriminator(SHAPE, filters=(2, 2)),
        **{"seed": 0, "pool_size": 3, "ema_momentum": 0.9} | options,
    )


def test_a_loaded_model_trains_on_exactly(tmp_path, state_of, check_same):
    gan = make(cycle_weight=4.0, identity_weight=1.0)
    gan.compile(penalties=[penalties.R1(0.1)])
    gan.fit(IMAGES_A, IMAGES_B, batch_size=2, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert type(loaded) is CycleGAN
    assert (loaded.cycle_weight, loaded.identity_weight, loaded.pool_size) == (4.0, 1.0, 3)
    check_same(state_of(gan), state_of(loaded))
    translated = [model.translate(IMAGES_A, "a_to_b") for model in (gan, loaded)]
    np.testing.assert_array_equal(*translated)
    for model in (gan, loaded):
        model.fit(IMAGES_A, IMAGES_B, batch_size=2, initial_epoch=1, epochs=2, verbose=0)
    check_same(state_of(gan), state_of(loaded))
    assert loaded.steps_taken == 12


def test_saving_twice_changes_nothing(tmp_path):
    gan = make()
    for name in ("one", "two"):
        gan.save(tmp_path / f"{name}.keras")
        gan = keras.saving.load_model(tmp_path / f"{name}.keras")
    expected = make()
    for network, same in ((gan.generator, expected.generator), (gan.pool, expected.pool)):
        paths = ["/".join(weight.path.split("/")[1:]) for weight in network.weights]
        assert paths == ["/".join(weight.path.split("/")[1:]) for weight in same.weights]


class InterruptionError(Exception):
    """Stands for a kill."""


class Interruption(keras.callbacks.Callback):
    """Ends the training after so many steps."""

    def __init__(self, steps):
        super().__init__()
        self.left = steps

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if not self.left:
            raise InterruptionError


def test_a_resume_in_the_middle_of_an_epoch_is_exact(tmp_path, state_of, check_same):
    def train(weights, *extra):
        gan = make(weights=weights)
        gan.compile(jit_compile=False)
        options = {"batch_size": 2, "epochs": 2, "verbose": 0}
        gan.fit(IMAGES_A, IMAGES_B, callbacks=list(extra), **options)
        return gan

    checkpoint = callbacks.PeriodicCheckpoint(tmp_path, every=2, unit="step")
    with pytest.raises(InterruptionError):
        train(0, checkpoint, Interruption(9))
    resumed = train(1, checkpoint)
    check_same(state_of(train(0)), state_of(resumed))
    assert resumed.steps_taken == 12


def test_compiled_steps_are_the_eager_ones(several_steps, state_of, check_same):
    found = []
    for options in ({"run_eagerly": True}, {"steps_per_execution": several_steps}):
        gan = make(ema_momentum=None)
        gan.compile(generator_optimizer="sgd", discriminator_optimizer="sgd", **options)
        gan.fit(IMAGES_A, IMAGES_B, batch_size=3, verbose=0)
        found.append(state_of(gan))
    check_same(*found, tolerance=1e-4)


def test_every_input_gives_the_same_training(state_of, check_same):
    pairs = [(IMAGES_A[i : i + 2], IMAGES_B[i : i + 2]) for i in (0, 2, 4)]

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return pairs[i]

    found = []
    for kind in ("arrays", "dataset", "stream", "tf.data"):
        gan = make()
        gan.compile(run_eagerly=True)
        a, b = IMAGES_A[:6], IMAGES_B
        match kind:
            case "arrays":
                gan.fit(a, b, batch_size=2, shuffle=False, verbose=0)
            case "dataset":
                pair = data.UnpairedDataset(a, b, batch_size=2, shuffle=False)
                gan.fit(pair, verbose=0)
            case "stream":
                gan.fit(Batches(), shuffle=False, verbose=0)
            case "tf.data":
                gan.fit(tf.data.Dataset.from_tensor_slices((a, b)).batch(2), verbose=0)
        found.append(state_of(gan))
    for other in found[1:]:
        check_same(found[0], other)


def test_logs_and_evaluate():
    gan = make()
    gan.compile(run_eagerly=True)
    held_out = IMAGES_A[:2], IMAGES_B[:4]
    options = {"batch_size": 4, "verbose": 0}
    history = gan.fit(IMAGES_A, IMAGES_B, validation_data=held_out, **options).history
    logs = {"d_accuracy", "d_fake", "d_loss", "d_real", "g_cycle", "g_identity", "g_loss"}
    assert set(history) == logs | {f"val_{key}" for key in logs}
    before = [keras.ops.convert_to_numpy(v).copy() for v in gan.variables]
    results = gan.evaluate(*held_out, return_dict=True, **options)
    assert results == pytest.approx({key: history[f"val_{key}"][0] for key in logs}, rel=1e-5)
    for old, variable in zip(before, gan.variables, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(variable))


def test_an_evaluation_does_not_change_what_is_translated():
    """Sources are of `fit`, wherever its data comes from."""
    pair = IMAGES_A[:3], IMAGES_B[:3]
    for data_of_fit in (pair, (tf.data.Dataset.from_tensors(pair),)):
        gan = make()
        gan.compile(run_eagerly=True)
        gan.fit(*data_of_fit, verbose=0)
        drawn = gan.generate(2, seed=0)
        gan.evaluate(-IMAGES_A, -IMAGES_B, verbose=0)
        np.testing.assert_array_equal(gan.generate(2, seed=0)["a"], drawn["a"])


def test_arrays_are_validated_in_batches_of_fit(monkeypatch):
    """Batches of one, the paper's, where `fit` is not told otherwise."""
    gan = make()
    gan.compile(run_eagerly=True)
    seen = []
    unpack = gan.unpack_batch
    monkeypatch.setattr(gan, "unpack_batch", lambda data: seen.append(len(data[0])) or unpack(data))
    gan.fit(IMAGES_A[:2], IMAGES_B[:2], validation_data=(IMAGES_A[:3], IMAGES_B[:3]), verbose=0)
    assert seen == [1, 1, 1, 1, 1]


def test_domains_of_different_shapes(tmp_path):
    gray, colour = (8, 8, 1), (8, 8, 3)
    gan = CycleGAN(
        networks.cycle_generator(gray, 3, filters=2, blocks=0),
        networks.cycle_generator(colour, 1, filters=2, blocks=0),
        networks.patch_discriminator(gray, filters=(2, 2)),
        networks.patch_discriminator(colour, filters=(2, 2)),
        identity_weight=0.0,
    )
    gan.compile(run_eagerly=True)
    colours = np.repeat(IMAGES_B, 3, axis=-1)
    grid = callbacks.SampleGrid(tmp_path, rows=1, columns=2)
    gan.fit(IMAGES_A[:4], colours, batch_size=4, callbacks=[grid], verbose=0)
    assert gan.translate(colours, "b_to_a").shape == (6, *gray)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["epoch_00001_a.png", "epoch_00001_b.png"]


# What comes out.


def inverting_gan():
    """a to b and back is times -1."""

    def negative():
        image = keras.Input((4, 4, 1))
        times = keras.layers.Dense(
            1, use_bias=False, kernel_initializer=keras.initializers.Constant(-1.0)
        )
        return keras.Model(image, times(image))

    discriminators = (networks.patch_discriminator((4, 4, 1), filters=(2, 2)) for _ in range(2))
    gan = CycleGAN(negative(), negative(), *discriminators, seed=0)
    gan.compile(run_eagerly=True, generator_optimizer=keras.optimizers.SGD(0.0))
    return gan


def test_translations_follow_the_direction():
    gan = make(ema_momentum=None)
    for direction, network in (("a_to_b", gan.a_to_b), ("b_to_a", gan.b_to_a)):
        expected = keras.ops.convert_to_numpy(network(IMAGES_A, training=False))
        found = gan.translate(IMAGES_A, direction, batch_size=4)
        np.testing.assert_allclose(found, expected, atol=1e-5)
    both = gan.generate(latents={"a": IMAGES_A, "b": IMAGES_A})
    np.testing.assert_allclose(both["b"], gan.translate(IMAGES_A, "a_to_b"), atol=1e-5)
    np.testing.assert_allclose(both["a"], gan.translate(IMAGES_A, "b_to_a"), atol=1e-5)


def test_translations_are_by_the_average():
    gan = make()
    for weight in gan.a_to_b.weights:
        weight.assign(weight + 1.0)
    expected = keras.ops.convert_to_numpy(
        gan.ema_generator.get_layer("a_to_b")(IMAGES_A, training=False)
    )
    np.testing.assert_allclose(gan.translate(IMAGES_A, "a_to_b"), expected, atol=1e-5)


def test_a_prefix_of_what_is_generated_is_the_same():
    gan = inverting_gan()
    gan.fit(IMAGES_A[:, :4, :4], IMAGES_B[:, :4, :4], verbose=0, steps_per_epoch=1)
    many, few = gan.generate(20, seed=3), gan.generate(5, seed=3)
    for key in "ab":
        np.testing.assert_allclose(few[key], many[key][:5], atol=1e-6)
        sources = (IMAGES_B if key == "a" else IMAGES_A)[:, :4, :4]
        distances = np.abs(many[key][:, None] + sources[None]).max(axis=(2, 3, 4))
        assert distances.min(axis=1).max() < 1e-6
        assert len(set(distances.argmin(axis=1))) > 2


def test_a_grid_shows_what_each_image_becomes(tmp_path):
    gan = inverting_gan()
    shades = np.linspace(-1, 1, 5, dtype="float32")[:, None, None, None]
    images = np.broadcast_to(shades, (5, 4, 4, 1)).copy()
    monitor = callbacks.StabilityMonitor(every=1)
    grid = callbacks.SampleGrid(tmp_path, rows=2, columns=4, size=(160, 80))
    gan.fit(images, images[:3], callbacks=[grid, monitor], steps_per_epoch=1, verbose=0)
    for part in "ab":
        found = np.asarray(Image.open(tmp_path / f"epoch_00001_{part}.png"))[20::40, 20::40, 0]
        sources, drawn = found[:, ::2].astype(int), found[:, 1::2].astype(int)
        np.testing.assert_allclose(sources + drawn, 255, atol=1)


def test_images_of_any_size_are_translated():
    shape = (8, 8, 1)

    def network():
        image = keras.Input(shape)
        return keras.Model(image, keras.layers.Rescaling(-1.0)(image))

    discriminators = (networks.patch_discriminator(shape, filters=(2, 2)) for _ in range(2))
    gan = CycleGAN(network(), network(), *discriminators, seed=0)
    images = np.random.default_rng(0).uniform(-1, 1, (2, 13, 10, 1)).astype("float32")
    np.testing.assert_allclose(gan.translate(images, "a_to_b"), -images, atol=1e-6)
    found = gan.translate(images, "a_to_b", tile_size=8)
    np.testing.assert_allclose(found, -images, atol=1e-6)


def test_sources_out_of_range_are_named_as_in_fit():
    gan = make()
    for direction in ("a_to_b", "b_to_a"):
        with pytest.raises(ValueError, match=r"Invalid `images`.*pass `images / 127\.5 - 1`"):
            gan.translate(IMAGES_A * 127.5 + 127.5, direction)


def test_networks_of_any_size_train_translate_and_resume(tmp_path):
    shape, small = (None, None, 1), {"filters": 2, "blocks": 1, "downsamplings": 1}
    gan = CycleGAN(
        *(networks.cycle_generator(shape, seed=i, **small) for i in (0, 1)),
        *(networks.patch_discriminator(shape, filters=(2, 2), seed=i) for i in (2, 3)),
        pool_size=3,
        seed=0,
    )
    gan.compile(run_eagerly=True)
    draw = np.random.default_rng(0)
    a, b = (draw.uniform(-1, 1, (n, 8, 8, 1)).astype("float32") for n in (2, 3))
    gan.fit(a, b, verbose=0)
    photos = draw.uniform(-1, 1, (1, 21, 30, 1)).astype("float32")
    expected = gan.translate(photos, "a_to_b")
    assert expected.shape == gan.translate(photos, "a_to_b", tile_size=16).shape == photos.shape
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_allclose(loaded.translate(photos, "a_to_b"), expected, atol=1e-6)
    for kept, wanted in zip(loaded.pool.kept, gan.pool.kept, strict=True):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(kept), keras.ops.convert_to_numpy(wanted)
        )
    with pytest.raises(ValueError, match=r"`pool_size`.*\(12, 12, 1\).*\(8, 8, 1\).*pool_size=0"):
        loaded.fit(np.zeros((2, 12, 12, 1), "float32"), np.zeros((2, 12, 12, 1), "float32"))
