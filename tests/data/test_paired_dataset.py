"""Crops of pairs: image, label and field of view stay together, and draws follow the seed."""

import importlib.util
import sys

import keras
import numpy as np
import pytest

from keras_gan_kit import ImageToImageGAN
from keras_gan_kit.data import ImagePairs, PairedDataset, pair_augmentation


def pairs(num=5, size=12):
    """Images whose value tells the place, labels of those above the middle, all in view."""
    place = np.arange(num * size * size, dtype="float32").reshape(num, size, size, 1)
    unit = np.repeat(place / place.max(), 3, axis=-1)
    labels = (place / place.max() > 0.5).astype("float32")
    mean, deviation = np.full((2, num, 1, 1, 3), 0.5, "float32")
    images = (unit - mean) / deviation
    masks = np.ones_like(labels)
    names = tuple(map(str, range(num)))
    return ImagePairs(names, images, labels, masks, mean, deviation, size=(size, size))


def test_crops_hold_together():
    data = PairedDataset(pairs(), batch_size=4, crop_size=(3, 5), steps_per_epoch=3)
    corners = set()
    for step in range(3):
        images, labels, masks = data.batch(2, step)
        assert images.shape == (4, 3, 5, 3) and labels.shape == masks.shape == (4, 3, 5, 1)
        np.testing.assert_array_equal(labels, images[..., :1] > 0)
        corners |= {float(image[0, 0, 0]) for image in images}
    assert len(corners) == 12


def test_each_pass_has_every_image_once():
    data = PairedDataset(pairs(), batch_size=3)
    assert data.batches_per_epoch == 2
    rows = np.concatenate([data.batch_indices(*divmod(i, 2)) for i in range(5)])
    assert [sorted(rows[k : k + 5, 0]) for k in (0, 5, 10)] == [[0, 1, 2, 3, 4]] * 3
    assert rows[:, 1].tolist() == list(range(15))
    plain = PairedDataset(pairs(), batch_size=3, shuffle=False)
    assert plain.batch_indices(0, 1)[:, 0].tolist() == [3, 4, 0]


def test_what_is_drawn_is_a_function_of_seed_epoch_and_step():
    options = {"batch_size": 2, "crop_size": 4, "steps_per_epoch": 4}
    layers = pair_augmentation()
    first = PairedDataset(pairs(), augmentation=layers, **options)
    again = PairedDataset(pairs(), augmentation=pair_augmentation(), **options)
    wanted = [first.batch(epoch, step) for epoch in (0, 1) for step in range(4)]
    for i in (7, 0, 3):
        for a, b in zip(wanted[i], again.batch(*divmod(i, 4)), strict=True):
            np.testing.assert_array_equal(a, b)
    other = PairedDataset(pairs(), augmentation=layers, seed=1, **options)
    assert np.abs(other.batch(0, 0)[0] - wanted[0][0]).max() > 0.01
    # Several batches at once are the same batches.
    both = first.take(np.stack([first.batch_indices(0, 0), first.batch_indices(0, 1)]))
    np.testing.assert_array_equal(both[0][1], wanted[1][0])


def test_flips_move_labels_with_images():
    layers = pair_augmentation(brightness=0, contrast=0, hue=0)
    data = PairedDataset(pairs(), batch_size=5, augmentation=layers)
    images, labels, masks = data.batch(0, 0)
    np.testing.assert_array_equal(labels, images[..., :1] > 0)
    assert (masks == 1).all()
    plain = PairedDataset(pairs(), batch_size=5).batch(0, 0)[0]
    assert np.abs(plain - images).max() > 0.1
    np.testing.assert_allclose(np.sort(plain.ravel()), np.sort(images.ravel()), atol=1e-5)


def test_labels_stay_binary_under_layers_that_interpolate():
    layers = [keras.layers.RandomRotation(0.1, seed=0), keras.layers.RandomZoom(0.2, seed=0)]
    data = PairedDataset(pairs(), batch_size=5, augmentation=layers)
    images, labels, masks = data.batch(0, 0)
    assert set(np.unique(labels)) <= {0.0, 1.0} and set(np.unique(masks)) <= {0.0, 1.0}
    assert images.shape == (5, 12, 12, 3)


def test_colours_change_and_labels_do_not():
    data = PairedDataset(pairs(), batch_size=5, augmentation=pair_augmentation()[1:])
    plain = PairedDataset(pairs(), batch_size=5)
    (images, labels, _), (own, same, _) = data.batch(0, 0), plain.batch(0, 0)
    np.testing.assert_array_equal(labels, same)
    assert 0.01 < np.abs(images - own).mean() < 0.5


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow" or not importlib.util.find_spec("keras_cv"),
    reason="KerasCV's layers, where they run",
)
def test_layers_of_keras_cv_have_the_same_interface():
    layers = pair_augmentation("keras_cv", brightness=0, contrast=0, hue=0)
    images, labels, _ = PairedDataset(pairs(), batch_size=5, augmentation=layers).batch(0, 0)
    np.testing.assert_array_equal(labels, images[..., :1] > 0)


def test_without_keras_cv_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_cv", None)
    with pytest.raises(ImportError, match=r"pip install 'keras_gan_kit\[cv\]'"):
        pair_augmentation("keras_cv")


@pytest.mark.backend
@pytest.mark.parametrize("crop_size", [None, 4])
def test_training_sees_its_batches(crop_size):
    data = PairedDataset(pairs(), batch_size=2, crop_size=crop_size, steps_per_epoch=3)
    expected = [data.batch(0, step) for step in range(3)]
    seen = []

    class Watched(ImageToImageGAN):
        def unpack_batch(self, batch):
            seen.append([keras.ops.convert_to_numpy(part) for part in batch])
            return super().unpack_batch(batch)

    source, target = keras.Input((None, None, 3)), keras.Input((None, None, 1))
    pair = keras.layers.Concatenate()([source, target])
    gan = Watched(
        keras.Model(source, keras.layers.Conv2D(1, 1, activation="sigmoid")(source)),
        keras.Model([source, target], keras.layers.Conv2D(1, 1)(pair)),
    )
    gan.compile(run_eagerly=True)
    gan.fit(data, verbose=0)
    assert gan.steps_taken == len(seen) == 3
    for batch, given in zip(seen, expected, strict=True):
        for part, other in zip(batch, given, strict=True):
            np.testing.assert_array_equal(part, other)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: PairedDataset(np.zeros((2, 4, 4, 3))), TypeError, ["`pairs`", "paired_images"]),
        (lambda: PairedDataset(pairs(), crop_size=13), ValueError, ["`crop_size`", "(12, 12)"]),
        (lambda: PairedDataset(pairs(), augmentation="flip"), TypeError, ["`augmentation`"]),
        (lambda: PairedDataset(pairs(), batch_size=0), ValueError, ["`batch_size`"]),
        (lambda: pair_augmentation("torchvision"), ValueError, ["`library`", "'keras_cv'"]),
        (lambda: pairs().unpad(np.zeros((5, 3, 3, 1))), ValueError, ["`images`", "(12, 12)"]),
    ],
)
def test_bad_input(make, error, words):
    with pytest.raises(error) as raised:
        make()
    for word in words:
        assert word in str(raised.value)


def test_layers_that_take_pixels_for_0_to_255_are_named():
    """Keras' own default."""
    for layer in (keras.layers.RandomBrightness(0.9, seed=0), times_255):
        data = PairedDataset(pairs(), batch_size=4, augmentation=[layer])
        with pytest.raises(ValueError, match=r"Invalid `augmentation`.*value_range=\(0, 1\)"):
            data.batch(0, 0)
    right = keras.layers.RandomBrightness(0.9, value_range=(0, 1), seed=0)
    PairedDataset(pairs(), batch_size=4, augmentation=[right]).batch(0, 0)


def times_255(batch, training):
    return batch | {"images": batch["images"] * 255}
