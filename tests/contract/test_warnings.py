"""A warning names the line of the user's program, however deep it comes from."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_gan_kit import GAN, CycleGAN, callbacks, data, networks

SHAPE = (4, 4, 1)
LIGHT = np.linspace(0, 1, 4 * 16).reshape(4, *SHAPE).astype("float32")


def small_gan():
    gan = GAN(networks.dense_generator(SHAPE, 3, (4,)), networks.dense_discriminator(SHAPE, (4,)))
    gan.compile(run_eagerly=True)
    return gan


def samples_of_another_scale(folder):
    small_gan().fit(LIGHT, verbose=0)


def validation_of_another_scale(folder):
    small_gan().fit(2 * LIGHT - 1, validation_data=LIGHT, verbose=0)


def images_of_another_scale(folder):
    gan = CycleGAN(
        *(networks.cycle_generator(SHAPE, filters=2, downsamplings=1, blocks=0) for _ in range(2)),
        *(networks.patch_discriminator(SHAPE, filters=(2, 2)) for _ in range(2)),
    )
    gan.compile(run_eagerly=True)
    gan.fit(LIGHT[:1], LIGHT[3:] * 2 - 1, verbose=0)
    gan.evaluate(LIGHT, LIGHT * 2 - 1, verbose=0)


def last_batch_of_one(folder):
    small_gan().fit(2 * LIGHT - 1, batch_size=3, verbose=0)


def no_film(folder):
    film = callbacks.TrainingVideo(folder / "none", folder / "film.gif")
    small_gan().fit(2 * LIGHT - 1, callbacks=[film], verbose=0)


def no_histories(folder):
    small_gan().fit(2 * LIGHT - 1, callbacks=[callbacks.LossPlot(folder)], verbose=0)


def damaged_checkpoint(folder):
    (folder / "checkpoint_000000003.keras").write_bytes(b"half")
    checkpoint = callbacks.PeriodicCheckpoint(folder)
    small_gan().fit(2 * LIGHT - 1, callbacks=[checkpoint], verbose=0)


def broken_image(folder):
    Image.new("L", (4, 4)).save(folder / "a.png")
    (folder / "b.png").write_bytes(b"half")
    data.images_from_directory(folder, (4, 4), on_error="skip", cache=None, verbose=0)


EVERY = [
    samples_of_another_scale,
    validation_of_another_scale,
    images_of_another_scale,
    last_batch_of_one,
    no_film,
    no_histories,
    damaged_checkpoint,
    broken_image,
]


@pytest.mark.backend
@pytest.mark.parametrize("user", EVERY, ids=[user.__name__ for user in EVERY])
def test_the_line_is_the_users(tmp_path, user):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        user(tmp_path)
    ours = [w for w in caught if w.category is UserWarning]
    assert ours
    first = user.__code__.co_firstlineno
    last = max(line for _, _, line in user.__code__.co_lines() if line)
    for warning in ours:
        assert Path(warning.filename) == Path(__file__), warning
        assert first < warning.lineno <= last
