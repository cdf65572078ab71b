"""Augmentation inside the step: what it does to pixels, to gradients and to a saved training."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_gan_kit import GAN, networks
from keras_gan_kit._backend import input_gradients, value_and_gradients
from keras_gan_kit.callbacks import PeriodicCheckpoint
from keras_gan_kit.data import DifferentiableAugment
from keras_gan_kit.penalties import R1

pytestmark = pytest.mark.backend

PARTS = ["color", "translation", "cutout"]


def images(num=64, shape=(8, 8, 1), seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (num, *shape)).astype("float32")


def augmented(layer, samples):
    return keras.tree.map_structure(ops.convert_to_numpy, layer(samples, training=True))


def changed(before, after):
    """Which samples are not what they were."""
    return (np.asarray(before) != np.asarray(after)).reshape(len(before), -1).any(axis=1)


@pytest.mark.parametrize("policy", [*PARTS, PARTS])
def test_outside_of_training_it_is_the_identity_and_draws_nothing(policy):
    layer, x = DifferentiableAugment(policy, seed=0), images()
    for out in (layer(x), layer(x, training=False)):
        np.testing.assert_array_equal(ops.convert_to_numpy(out), x)
    assert ops.convert_to_numpy(layer.seed_generator.state).tolist() == [0, 0]


@pytest.mark.parametrize("policy", PARTS)
@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_a_share_of_samples_is_changed(policy, strength):
    x = images(2000)
    share = changed(x, augmented(DifferentiableAugment(policy, strength=strength, seed=1), x))
    if policy == "translation":  # one of nine moves by (0, 0): sides of 8 move by 1 at most
        strength *= 8 / 9
    # Six standard deviations of a share of 2,000.
    assert share.mean() == pytest.approx(strength, abs=6 * np.sqrt(0.25 / 2000) * (strength > 0))


def test_parts_are_chosen_independently():
    x = images(4000, (16, 16, 1)) * 0.5 + 0.25  # in [-0.25, 0.75]: colour never makes all 0
    both = augmented(DifferentiableAugment(["color", "cutout"], strength=0.5, seed=1), x)
    cut = (both == 0).sum(axis=(1, 2, 3)) >= 16  # a corner of a hole at least
    recoloured = ((x != both) & (both != 0)).any(axis=(1, 2, 3))
    assert cut.mean() == pytest.approx(0.5, abs=0.06)
    assert (cut & recoloured).mean() == pytest.approx(0.25, abs=0.06)


def test_colour_is_brightness_saturation_and_contrast():
    x = images(300, (4, 4, 3))
    y = augmented(DifferentiableAugment("color", seed=2), x)
    contrasts, saturations, offsets = [], [], []
    for before, after in zip(x.astype("float64"), y.astype("float64"), strict=True):
        # The mean over channels is moved and stretched by the contrast alone; what differs from
        # it by contrast times saturation.
        gray, new_gray = before.mean(-1), after.mean(-1)
        contrasts.append(np.polyfit(gray.ravel(), new_gray.ravel(), 1)[0])
        rest, new_rest = before - gray[..., None], after - new_gray[..., None]
        saturations.append((rest * new_rest).sum() / (rest**2).sum() / contrasts[-1])
        offsets.append(after.mean() - before.mean())
        expected = saturations[-1] * contrasts[-1] * rest
        np.testing.assert_allclose(new_rest, expected, atol=1e-5)
    for found, low, high in ((contrasts, 0.5, 1.5), (saturations, 0, 2), (offsets, -0.5, 0.5)):
        assert low - 1e-4 <= min(found) < low + 0.05 * (high - low)
        assert high + 1e-4 >= max(found) > high - 0.05 * (high - low)
        assert np.mean(found) == pytest.approx((low + high) / 2, abs=0.1 * (high - low))


def test_values_leave_the_range_and_are_not_clipped():
    y = augmented(DifferentiableAugment("color", seed=0), np.sign(images(200)))
    assert y.min() < -1.3
    assert y.max() > 1.3


@pytest.mark.parametrize("shape", [(16, 16, 1), (8, 24, 3), (24, 8, 2)])
def test_translation_moves_whole_images_by_up_to_an_eighth(shape):
    height, width, _ = shape
    x = images(400, shape)
    y = augmented(DifferentiableAugment("translation", seed=3), x)
    seen = set()
    for before, after in zip(x, y, strict=True):
        padded = np.pad(before, ((height, height), (width, width), (0, 0)))
        for down in range(-height // 8, height // 8 + 1):
            for right in range(-width // 8, width // 8 + 1):
                window = padded[height - down :][:height, width - right :][:, :width]
                if np.array_equal(window, after):
                    seen.add((down, right))
                    break
            else:
                continue
            break
        else:
            pytest.fail("not a translation")
    assert len(seen) == (2 * (height // 8) + 1) * (2 * (width // 8) + 1)  # each of them


@pytest.mark.parametrize("shape", [(8, 8, 1), (7, 9, 3)])
def test_cutout_makes_one_rectangle_of_half_a_side_0(shape):
    x = np.ones((300, *shape), "float32")
    y = augmented(DifferentiableAugment("cutout", seed=4), x)
    sides = [int(side / 2 + 0.5) for side in shape[:2]]
    whole = 0
    for after in y:
        rows, columns = (np.flatnonzero((after == 0).any(axis=axis).any(-1)) for axis in (1, 0))
        hole = np.ones(shape)
        hole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = 0
        np.testing.assert_array_equal(after, hole)
        assert len(rows) <= sides[0]
        assert len(columns) <= sides[1]
        whole += (len(rows), len(columns)) == tuple(sides)
    assert whole > 30
    covered = (y == 0).mean(axis=(0, 3))
    assert covered.min() > 0.02  # corners too: 1/16 of 300 draws, less three deviations


@pytest.mark.parametrize("policy", [*PARTS, PARTS])
def test_gradients_are_those_of_an_affine_map(policy):
    # With the same draws, f(x + d) - f(x) is linear in d, and its transpose is the gradient.
    x, towards = images(6), images(6, seed=1)
    weights = ops.convert_to_tensor(images(6, seed=2))

    def value(samples):
        layer = DifferentiableAugment(policy, seed=5)
        return ops.sum(layer(samples, training=True) * weights)

    gradient = ops.convert_to_numpy(
        input_gradients(
            lambda s: DifferentiableAugment(policy, seed=5)(s, training=True) * weights, x
        )
    )
    assert np.abs(gradient).max() > 0.1
    difference = float(ops.convert_to_numpy(value(x + towards) - value(x)))
    assert float((gradient * towards).sum()) == pytest.approx(difference, abs=1e-3)


def test_a_gradient_of_a_gradient_passes_through():
    # As in R1: with D(x) = sum(w aug(x)^2) / 2 the gradient depends on x and w.
    layer, x = DifferentiableAugment(seed=0), images(4)
    weight = keras.Variable(2.0)

    def objective():
        gradients = input_gradients(
            lambda s: weight * ops.sum(layer(s, training=True) ** 2, axis=(1, 2, 3)) / 2, x
        )
        squares = ops.sum(gradients**2)
        return [squares], {"squares": squares}

    gradients, extra = value_and_gradients(objective, [[weight]])
    # The gradient is proportional to the weight, so that its square s has ds/dw = 2 s / w.
    squares = float(ops.convert_to_numpy(extra["squares"]))
    assert squares > 0
    assert float(ops.convert_to_numpy(gradients[0][0])) == pytest.approx(squares, rel=1e-4)


def test_every_batch_and_every_sample_has_its_own_draw_and_a_seed_repeats_them():
    x = np.repeat(images(1), 5, axis=0)
    layer, again = (DifferentiableAugment(seed=7) for _ in range(2))
    first, second = augmented(layer, x), augmented(layer, x)
    assert len({sample.tobytes() for sample in [*first, *second]}) == 10
    np.testing.assert_array_equal(augmented(again, x), first)


def test_of_a_structure_the_images_change_together_and_the_rest_does_not():
    x = images(50)
    samples = {"image": x, "mask": x, "table": images(50, (3,))}
    out = augmented(DifferentiableAugment(seed=0), samples)
    np.testing.assert_array_equal(out["table"], samples["table"])
    np.testing.assert_array_equal(out["image"], out["mask"])
    assert changed(x, out["image"]).all()
    table = images(50, (3,))
    np.testing.assert_array_equal(augmented(DifferentiableAugment(), [table])[0], table)


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_it_computes_in_its_own_precision_and_draws_the_same(dtype):
    layer = DifferentiableAugment(seed=0, dtype=dtype)
    out = layer(images(), training=True)
    assert keras.backend.standardize_dtype(out.dtype) == layer.compute_dtype
    expected = augmented(DifferentiableAugment(seed=0), images())
    found = ops.convert_to_numpy(ops.cast(out, "float32"))
    np.testing.assert_allclose(found, expected, atol=0.05 if dtype != "float32" else 0)


def test_config_and_file_give_the_same_layer_back(tmp_path):
    layer = DifferentiableAugment("cutout", strength=0.25, seed=3, name="hole")
    copy = DifferentiableAugment.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()
    x = images()
    np.testing.assert_array_equal(augmented(copy, x), augmented(layer, x))


def make_gan(seed=0, **compilation):
    keras.utils.set_random_seed(seed)
    generator = networks.dense_generator((8, 8, 1), 3, (8,))
    discriminator = networks.dense_discriminator((8, 8, 1), (8,))
    augmenter = DifferentiableAugment(strength=0.5)
    gan = GAN(generator, discriminator, augmenter=augmenter, ema_momentum=0.9, seed=0)
    gan.compile(**{"jit_compile": keras.backend.backend() == "jax"} | compilation)
    return gan


def state(gan):
    variables = [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables]
    return [np.array(ops.convert_to_numpy(variable)) for variable in variables]


def test_the_generator_learns_through_it():
    gan = make_gan(run_eagerly=True, jit_compile=False)
    gan.augmenter.strength.assign(1.0)
    before = [w.copy() for w in gan.generator.get_weights()]
    gan.train_on_batch(images(8))
    assert any(
        changed(a, b).any() for a, b in zip(before, gan.generator.get_weights(), strict=True)
    )


def test_real_and_fake_and_both_players_meet_it_and_evaluation_does_not():
    class Counted(DifferentiableAugment):
        calls = 0

        def call(self, samples, training=False):
            Counted.calls += 1
            return super().call(samples, training=training)

    gan = make_gan()
    gan.augmenter = Counted()
    gan.compile(run_eagerly=True)
    Counted.calls = 0
    gan.train_on_batch(images(8))
    assert Counted.calls == 3  # the discriminator's real and fake, the generator's fake
    gan.evaluate(images(8), verbose=0)
    gan.generate(2)
    assert Counted.calls == 3


@pytest.mark.parametrize("jit", [False, True])
def test_it_runs_in_compiled_steps_under_a_penalty(jit):
    if keras.backend.backend() == "torch" and jit:
        pytest.skip("Keras does not compile steps of two gradients on PyTorch")
    gan = make_gan(jit_compile=jit, penalties=[R1(0.1)])
    before = gan.generator.get_weights()[0].copy()
    history = gan.fit(images(16), batch_size=8, verbose=0).history
    assert np.isfinite([history[key][0] for key in ("d_loss", "g_loss", "r1")]).all()
    assert np.abs(gan.generator.get_weights()[0] - before).max() > 1e-4


def test_strength_0_is_a_training_without():
    results = []
    for augmenter in (DifferentiableAugment(strength=0.0), None):
        gan = make_gan()
        gan = GAN(gan.generator, gan.discriminator, augmenter=augmenter, seed=0)
        gan.compile(run_eagerly=True, penalties=[R1(0.1)])
        gan.fit(images(16), batch_size=8, verbose=0)
        results.append([*gan.generator.get_weights(), *gan.discriminator.get_weights()])
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_resumed_training_draws_what_a_whole_one_would(tmp_path):
    def fit(epochs, folder):
        gan = make_gan()
        checkpoint = PeriodicCheckpoint(tmp_path / folder)
        gan.fit(images(16), batch_size=8, epochs=epochs, callbacks=[checkpoint], verbose=0)
        return gan

    fit(1, "a")
    for one, other in zip(state(fit(2, "a")), state(fit(2, "b")), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_saved_model_has_its_augmenter_and_where_it_stands(tmp_path):
    gan = make_gan()
    gan.fit(images(16), batch_size=8, verbose=0)
    gan.augmenter.strength.assign(0.125)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    for one, other in zip(state(gan), state(loaded), strict=True):
        np.testing.assert_array_equal(one, other)
    for model in (gan, loaded):
        model.fit(images(16), batch_size=8, initial_epoch=1, epochs=2, verbose=0)
    for one, other in zip(state(gan), state(loaded), strict=True):
        np.testing.assert_array_equal(one, other)


def test_layers_of_keras_are_saved_with_where_their_draws_stand(tmp_path):
    # Their seeds are of the process where nobody gave one; a resume has to know them.
    def fit(epochs, folder):
        keras.utils.set_random_seed(0)
        generator = networks.dense_generator((8, 8, 1), 3, (8,))
        discriminator = networks.dense_discriminator((8, 8, 1), (8,))
        erase = keras.layers.RandomErasing(value_range=(-1, 1))
        gan = GAN(generator, discriminator, augmenter=erase, seed=0)
        gan.compile(jit_compile=keras.backend.backend() == "jax")
        checkpoint = PeriodicCheckpoint(tmp_path / folder)
        gan.fit(images(16), batch_size=8, epochs=epochs, callbacks=[checkpoint], verbose=0)
        return gan

    fit(1, "a")
    for one, other in zip(state(fit(2, "a")), state(fit(2, "b")), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="about XLA on TensorFlow")
def test_a_layer_that_xla_cannot_compile_turns_it_off():
    gan = make_gan()
    gan.augmenter = keras.layers.RandomTranslation(0.1, 0.1)
    gan.compile()
    assert gan.jit_compile is False
    assert make_gan(jit_compile="auto").jit_compile is True


def test_how_sure_the_discriminator_is_of_real_images_is_logged():
    gan = make_gan(run_eagerly=True, jit_compile=False)
    history = gan.fit(images(8), batch_size=8, verbose=0).history
    assert -1 <= history["d_sign"][0] <= 1
    assert "d_sign" in gan.evaluate(images(8), return_dict=True, verbose=0)


@pytest.mark.parametrize(
    ("error", "argument", "value"),
    [
        (ValueError, "policy", "colour"),
        (ValueError, "policy", ()),
        (ValueError, "policy", ("color", "color")),
        (TypeError, "policy", None),
        (TypeError, "policy", 3),
        (TypeError, "strength", None),
        (TypeError, "strength", True),
        (TypeError, "strength", "1"),
        (ValueError, "strength", -0.1),
        (ValueError, "strength", 1.1),
        (ValueError, "strength", float("nan")),
    ],
)
def test_wrong_arguments_are_named(error, argument, value):
    with pytest.raises((TypeError, ValueError)) as caught:
        DifferentiableAugment(**{argument: value})
    assert caught.type is error
    for part in (f"`{argument}`", "Received: ", "Expected: ", "Fix: "):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("policy", "fix"),
    [
        ("colour", "did you mean 'color'?"),
        (["cutout", "translate"], "did you mean 'translation'?"),
        ("flip", "leave it out for all three."),
    ],
)
def test_a_misspelt_part_is_corrected(policy, fix):
    with pytest.raises(ValueError, match="`policy`") as caught:
        DifferentiableAugment(policy)
    assert str(caught.value).endswith(f"Fix: {fix}")


SHAPES = [(16, 2), (16, 16, 1), (8, 16, 16, 1)]


@pytest.mark.parametrize("shape", SHAPES, ids=["signals", "images", "volumes"])
@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_signals_images_and_volumes_are_moved_and_cut(shape, fill):
    x = images(200, shape) * 0.5 + 0.2  # neither 0 nor 1
    moved = augmented(DifferentiableAugment("translation", fill=fill, seed=0), x)
    cut = augmented(DifferentiableAugment("cutout", fill=fill, seed=0), x)
    shifts = set()
    middle = tuple(side // 2 for side in shape)
    for before, after, holed in zip(x, moved, cut, strict=True):
        (at,) = np.argwhere(after == before[middle])
        shifts.add(tuple((at - middle).tolist()))
        outside = np.isin(after, before, invert=True)
        np.testing.assert_array_equal(after[outside], fill)
        assert ((holed == before) | (holed == fill)).all()
    spatial = len(shape) - 1
    assert {len(shift) for shift in shifts} == {spatial + 1}
    for axis, side in enumerate(shape[:-1]):
        assert {shift[axis] for shift in shifts} == set(range(-side // 8, side // 8 + 1))
    assert {shift[-1] for shift in shifts} == {0}
    whole = (cut == fill).mean(axis=tuple(range(1, x.ndim))).max()
    assert whole == pytest.approx(0.5**spatial)


@pytest.mark.parametrize("shape", SHAPES, ids=["signals", "images", "volumes"])
def test_color_of_every_rank_is_offset_and_contrast(shape):
    x = images(20, shape)
    y = augmented(DifferentiableAugment("color", seed=0), x)
    assert changed(x, y).all()
    mean = x.mean(axis=-1), y.mean(axis=-1)
    for before, after in zip(*mean, strict=True):
        slope, offset = np.polyfit(before.ravel(), after.ravel(), 1)
        np.testing.assert_allclose(slope * before + offset, after, atol=1e-5)


def test_parts_of_one_sample_move_alike():
    x = images(50, (16, 16, 1))
    samples = {"image": x, "signal": x[:, :, 0], "table": x[:, 0, 0]}
    out = augmented(DifferentiableAugment("translation", seed=0), samples)
    alone = augmented(DifferentiableAugment("translation", seed=0), x)
    np.testing.assert_array_equal(out["image"], alone)
    np.testing.assert_array_equal(out["table"], samples["table"])
    assert changed(samples["signal"], out["signal"]).any()


def test_a_fill_is_saved_and_checked():
    layer = DifferentiableAugment("cutout", fill=1.0)
    assert DifferentiableAugment.from_config(layer.get_config()).fill == 1.0
    config = layer.get_config()
    del config["fill"]  # of an older version
    assert DifferentiableAugment.from_config(config).fill == 0.0
    with pytest.raises(ValueError, match="`fill`"):
        DifferentiableAugment(fill=float("nan"))
    with pytest.raises(TypeError, match="`fill`"):
        DifferentiableAugment(fill="white")
