"""Films of pictures: what is in them, and when they are made."""

import importlib
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image
from tiny_gans import InterruptionError, images, interrupt_at, tiny_gan

from keras_gan_kit.callbacks import PeriodicCheckpoint, SampleGrid, TrainingVideo
from keras_gan_kit.callbacks._film import _write_gif

KINDS = [".gif", ".mp4"]
SHADES = [0, 60, 130, 250]


@pytest.fixture(autouse=True)
def encoder(request):
    """Tests of mp4 films are skipped where the extra is not installed."""
    names = request.node.callspec.params.values() if hasattr(request.node, "callspec") else ()
    if ".mp4" in names:
        pytest.importorskip("imageio_ffmpeg")


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, "uint8")).save(path)


def shades(folder, values=SHADES, size=(16, 16)):
    """Pictures of one shade of gray each."""
    for i, value in enumerate(values):
        save(folder / f"epoch_{i + 1:05d}.png", np.full((*size, 3), value))


def frames(path):
    """All frames of a film, uint8 of shape (frames, height, width, 3)."""
    if path.suffix == ".gif":
        with Image.open(path) as film:
            found = []
            for i in range(film.n_frames):
                film.seek(i)
                found.append(np.asarray(film.convert("RGB")))
            return np.stack(found)
    height, width = picture_size(path)
    decoded = ffmpeg("-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-").stdout
    return np.frombuffer(decoded, "uint8").reshape(-1, height, width, 3)


def ffmpeg(*arguments):
    program = importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    return subprocess.run([program, *map(str, arguments)], capture_output=True, check=False)


def picture_size(path):
    found = re.search(rb"Video: h264.* yuv420p.*?, (\d+)x(\d+)", ffmpeg("-i", path).stderr)
    return int(found[2]), int(found[1])


def is_about(found, expected):
    """mp4 keeps brightness to a few levels."""
    np.testing.assert_allclose(found.astype(int), expected, atol=6)


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_is_a_frame_in_the_order_of_names(tmp_path, kind):
    shades(tmp_path / "in")
    film = TrainingVideo(tmp_path / "in", tmp_path / f"film{kind}")
    assert film.write(verbose=0) == tmp_path / f"film{kind}"
    found = frames(film.path)
    assert found.shape == (4, 16, 16, 3)
    is_about(found[:, 8, 8, 0], SHADES)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [f"film{kind}"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(15, 16), (16, 31), (17, 33)])
def test_odd_sizes_lose_no_pixel(tmp_path, kind, size):
    shades(tmp_path / "in", [10, 200], size)
    found = frames(TrainingVideo(tmp_path / "in", tmp_path / f"film{kind}").write(verbose=0))
    even = 2 if kind == ".mp4" else 1
    assert found.shape[1:3] == tuple(side + side % even for side in size)
    is_about(found[:, -1, -1, 0], [10, 200])


@pytest.mark.parametrize("kind", KINDS)
def test_one_picture_makes_a_film(tmp_path, kind):
    shades(tmp_path / "in", [77])
    found = frames(TrainingVideo(tmp_path / "in", tmp_path / f"film{kind}").write(verbose=0))
    is_about(found[:, 3, 3, 1], [77])


def test_colours_and_all_levels_of_gray_are_in_a_gif(tmp_path):
    red = np.zeros((16, 16, 3), "uint8")
    red[..., 0] = 255
    save(tmp_path / "a.png", red)
    ramp = np.repeat(np.arange(256, dtype="uint8").reshape(16, 16, 1), 3, axis=-1)
    save(tmp_path / "b.png", ramp)
    save(tmp_path / "c.png", red)
    found = frames(TrainingVideo(tmp_path, tmp_path / "film.gif").write(verbose=0))
    np.testing.assert_array_equal(found, [red, ramp, red])


def test_the_speed_is_what_was_asked_for(tmp_path):
    shades(tmp_path)
    with Image.open(TrainingVideo(tmp_path, tmp_path / "film.gif", fps=4).write()) as film:
        film.seek(1)
        assert film.info["duration"] == 250  # ms
    pytest.importorskip("imageio_ffmpeg")
    path = TrainingVideo(tmp_path, tmp_path / "film.mp4", fps=4).write(verbose=0)
    assert re.search(rb"Video: h264.* yuv420p.* 4 fps", ffmpeg("-i", path).stderr)


def test_the_pattern_chooses_pictures_and_hidden_files_are_none(tmp_path):
    save(tmp_path / "step_0000000_mask.png", np.zeros((8, 8, 3)))
    save(tmp_path / "step_0000000_photo.png", np.full((8, 8, 3), 90))
    save(tmp_path / ".unfinished-1-step_0000000_photo.png", np.full((8, 8, 3), 9))
    film = TrainingVideo(tmp_path, tmp_path / "film.gif", pattern="*_photo.png")
    assert frames(film.write(verbose=0))[:, 0, 0, 0].tolist() == [90]


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_different_size_are_named(tmp_path, kind):
    shades(tmp_path / "in", [1, 2])
    save(tmp_path / "in" / "epoch_00003.png", np.zeros((20, 10, 3)))
    film = TrainingVideo(tmp_path / "in", tmp_path / f"film{kind}")
    with pytest.raises(ValueError, match=r"epoch_00003\.png' with 10x20 pixels, after .* 16x16"):
        film.write(verbose=0)
    with pytest.raises(ValueError, match=r"`directory`.*epoch_00003"):
        tiny_gan(run_eagerly=True).fit(images(4), callbacks=[film], verbose=0)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]  # nothing half-written


@pytest.mark.parametrize("kind", ["nothing", "text", "half", "a bomb", "a program"])
def test_a_broken_picture_is_named_and_an_old_film_stays(tmp_path, bomb, postscript, kind):
    shades(tmp_path, [1, 2])
    whole = (tmp_path / "epoch_00001.png").read_bytes()
    contents = {"nothing": b"", "text": b"no picture", "half": whole[: len(whole) // 2]}
    contents |= {"a bomb": bomb, "a program": postscript}
    film = TrainingVideo(tmp_path, tmp_path / "film.gif")
    before = film.write(verbose=0).read_bytes()
    (tmp_path / "epoch_00003.png").write_bytes(contents[kind])
    with pytest.raises(ValueError, match=r"epoch_00003\.png'.*Fix: remove the file"):
        film.write(verbose=0)
    assert film.path.read_bytes() == before


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"`directory`.*no picture '\*\.png'.*Fix: add SampleGrid"):
        TrainingVideo(tmp_path / "none", tmp_path / "film.gif").write()


@pytest.mark.parametrize("elsewhere", [False, True])
def test_that_nothing_will_be_filmed_is_said_before_training(tmp_path, elsewhere):
    steps = []
    callbacks = [
        TrainingVideo(tmp_path / "none", tmp_path / "film.gif"),
        keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_: steps.append(1)),
        *([SampleGrid(tmp_path / "samples")] if elsewhere else []),
    ]
    gan = tiny_gan(run_eagerly=True)
    with pytest.raises(UserWarning, match=r"found no pictures.*Add SampleGrid\('.*none'\)"):
        gan.fit(images(4), callbacks=callbacks, verbose=0)
    assert not steps


def test_training_ends_with_a_film_of_the_grid_in_any_order(tmp_path):
    folder = tmp_path / "samples"
    film = TrainingVideo(folder, tmp_path / "films" / "film.gif")
    callbacks = [film, SampleGrid(folder, unit="step", every=2)]
    gan = tiny_gan(run_eagerly=True)
    for end in (4, 8):  # a second fit goes on with the same film
        gan.fit(images(8), batch_size=2, callbacks=callbacks, verbose=0)
        pictures = [np.asarray(Image.open(path)) for path in sorted(folder.iterdir())]
        assert len(pictures) == end // 2
        np.testing.assert_array_equal(frames(film.path), pictures)


def test_without_a_folder_it_draws_its_own_frames(tmp_path):
    film = TrainingVideo(None, tmp_path / "film.gif")
    tiny_gan(run_eagerly=True).fit(images(4), epochs=3, callbacks=[film], verbose=0)
    names = sorted(path.name for path in (tmp_path / "film_frames").iterdir())
    assert names == [f"epoch_{epoch:05d}.png" for epoch in (1, 2, 3)]
    assert frames(film.path).shape == (3, 480, 640, 3)


def test_a_stop_is_an_end_too(tmp_path):
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(stop.model, "stop_training", epoch == 1)
    )
    film = TrainingVideo(None, tmp_path / "film.gif")
    tiny_gan(run_eagerly=True).fit(images(4), epochs=5, callbacks=[film, stop], verbose=0)
    assert len(frames(film.path)) == 2


@pytest.mark.parametrize("own", [True, False], ids=["own frames", "a grid's frames"])
def test_the_film_of_a_resumed_training_is_that_of_a_whole_one(tmp_path, own):
    def fit(folder, *extra):
        grid = [] if own else [SampleGrid(folder / "samples")]
        film = TrainingVideo(None if own else folder / "samples", folder / "film.gif")
        checkpoint = PeriodicCheckpoint(folder / "checkpoints")
        gan = tiny_gan(run_eagerly=True)
        callbacks = [film, *grid, checkpoint, *extra]
        gan.fit(images(4), batch_size=2, epochs=3, callbacks=callbacks, verbose=0)
        return film.path

    with pytest.raises(InterruptionError):
        fit(tmp_path / "a", interrupt_at(5))
    assert not (tmp_path / "a" / "film.gif").exists()
    resumed = fit(tmp_path / "a").read_bytes()
    assert resumed == fit(tmp_path / "b").read_bytes()
    # Run once more, the script finds everything done, and the film is the same.
    assert fit(tmp_path / "a").read_bytes() == resumed


def test_pictures_that_another_run_left_are_passed_over(tmp_path):
    folder = tmp_path / "samples"
    film = TrainingVideo(folder, tmp_path / "film.gif")
    for name in ("epoch_00003", "step_0000002", "step_0000001_mask", "cover"):
        save(folder / f"{name}.png", np.full((480, 640, 3), 50))
    grid = SampleGrid(folder)
    tiny_gan(run_eagerly=True).fit(
        images(4), batch_size=4, epochs=2, callbacks=[grid, film], verbose=0
    )
    # cover, epochs 1 and 2, step 1; not epoch 3 and step 2 (counted from 0).
    assert len(frames(film.path)) == 4
    assert len(list(folder.iterdir())) == 6  # nobody's files are removed


def test_training_is_not_lost_where_no_film_can_be_made(tmp_path):
    film = TrainingVideo(tmp_path / "none", tmp_path / "film.gif")
    gan = tiny_gan(run_eagerly=True)
    # Once before the training, while there is time to stop it, and once after.
    with (
        pytest.warns(UserWarning, match=r"found no pictures"),
        pytest.warns(UserWarning, match=r"no video.*SampleGrid.*Then call .*\.write\(\)"),
    ):
        history = gan.fit(images(4), callbacks=[film], verbose=0)
    assert len(history.history["d_loss"]) == 1


def test_equal_pictures_stay_frames_of_their_own(tmp_path):
    """Merged into one they would last for more than the 655 seconds that a gif can store."""
    for i in range(8):
        Image.new("L", (4, 4)).save(tmp_path / f"{i}.png")
    film = TrainingVideo(tmp_path, tmp_path / "film.gif", fps=0.01).write(verbose=0)
    with Image.open(film) as found:
        assert (found.n_frames, found.info["duration"], found.info["loop"]) == (8, 100_000, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_deep_and_transparent_pictures_look_as_they_are_read_elsewhere(tmp_path, kind):
    """40000 of 65535 is a gray of 156; transparency shows white paper."""
    Image.fromarray(np.full((16, 16), 40000, "uint16")).save(tmp_path / "a.png")
    Image.new("RGBA", (16, 16), (0, 0, 0, 0)).save(tmp_path / "b.png")
    Image.new("LA", (16, 16), (0, 255)).save(tmp_path / "c.png")
    film = TrainingVideo(tmp_path, tmp_path / f"film{kind}").write(verbose=0)
    is_about(frames(film)[:, 0, 0, 0], [156, 255, 0])


def test_many_pictures_are_thinned_evenly_and_with_a_word(tmp_path, capsys):
    shades(tmp_path / "in", range(0, 100, 2))
    film = TrainingVideo(tmp_path / "in", tmp_path / "film.gif", max_frames=8)
    film.write(verbose=0)
    assert "takes 8 of 50 pictures" in capsys.readouterr().out
    # Every seventh picture: the first, the last, and six between them.
    assert frames(film.path)[:, 0, 0, 0].tolist() == [0, 14, 28, 42, 56, 70, 84, 98]
    whole = TrainingVideo(tmp_path / "in", tmp_path / "whole.gif", max_frames=None)
    assert len(frames(whole.write(verbose=0))) == 50
    assert capsys.readouterr().out == ""


def test_a_gif_is_on_disk_while_later_pictures_are_read(tmp_path):
    """Its memory does not grow with the number of frames."""
    path, sizes = tmp_path / "film.gif", []
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), "uint8")

    def pictures():
        for _ in range(10):
            sizes.append(path.stat().st_size)
            yield noise

    _write_gif(path, pictures(), 10)
    assert sizes[-1] > 0.5 * path.stat().st_size
    assert len(frames(path)) == 10


def test_a_large_gif_suggests_an_mp4(tmp_path, monkeypatch):
    shades(tmp_path / "in")
    monkeypatch.setattr("keras_gan_kit.callbacks.training_video._LARGE_GIF", 100)
    with pytest.warns(UserWarning, match=r"film\.gif' has 0 MB.*ends in \.mp4"):
        TrainingVideo(tmp_path / "in", tmp_path / "film.gif").write(verbose=0)


def test_what_a_killed_process_left_unfinished_is_removed(tmp_path):
    film = TrainingVideo(None, tmp_path / "film.gif")
    (tmp_path / ".unfinished-1-film.gif").write_bytes(b"half")
    (tmp_path / ".unfinished-1-other.gif").write_bytes(b"another's")
    tiny_gan(run_eagerly=True).fit(images(4), callbacks=[film], verbose=0)
    assert not (tmp_path / ".unfinished-1-film.gif").exists()
    assert (tmp_path / ".unfinished-1-other.gif").exists()


@pytest.mark.parametrize("size", [(1, 1), (2, 300)])
def test_ffmpeg_writes_the_smallest_pictures(tmp_path, size):
    pytest.importorskip("imageio_ffmpeg")
    shades(tmp_path / "in", [0, 200], size)
    found = frames(TrainingVideo(tmp_path / "in", tmp_path / "film.mp4").write(verbose=0))
    is_about(found[:, 0, 0, 0], [0, 200])


def test_what_ffmpeg_complains_of_is_an_error(tmp_path):
    pytest.importorskip("imageio_ffmpeg")
    shades(tmp_path / "in", [0, 200], (2, 20_000))  # H.264 ends at 16,384
    with pytest.raises(OSError, match=r"ffmpeg could not write .*film\.mp4"):
        TrainingVideo(tmp_path / "in", tmp_path / "film.mp4").write(verbose=0)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_progress_is_shown_if_asked(tmp_path, capsys):
    shades(tmp_path)
    film = TrainingVideo(tmp_path, tmp_path / "film.gif")
    film.write()
    assert "4/4" in capsys.readouterr().out
    film.write(verbose=0)
    assert capsys.readouterr().out == ""


def test_a_missing_encoder_is_named_before_training(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ImportError, match=r"`path`.*keras_gan_kit\[video\].*\.gif"):
        TrainingVideo(tmp_path, tmp_path / "film.mp4")
    assert TrainingVideo(tmp_path, tmp_path / "film.gif").fps == 10.0  # needs no extra


@pytest.mark.parametrize(
    ("error", "argument", "value"),
    [
        (TypeError, "path", None),
        (TypeError, "path", 3),
        (ValueError, "path", "film"),
        (ValueError, "path", "film.avi"),
        (ValueError, "path", ""),
        (TypeError, "directory", 3),
        (ValueError, "directory", ""),
        (TypeError, "fps", "10"),
        (TypeError, "fps", True),
        (TypeError, "fps", None),
        (ValueError, "fps", 0),
        (ValueError, "fps", -1.0),
        (ValueError, "fps", 51),
        (ValueError, "fps", float("nan")),
        (ValueError, "fps", float("inf")),
        (TypeError, "pattern", None),
        (ValueError, "pattern", ""),
        (ValueError, "pattern", "/tmp/*.png"),
    ],
)
def test_wrong_arguments_are_named(error, argument, value):
    arguments = {"directory": "runs/never", "path": "film.gif", argument: value}
    with pytest.raises((TypeError, ValueError)) as caught:
        TrainingVideo(**arguments)
    assert caught.type is error
    for part in (f"`{argument}`", "Received: ", "Expected: ", "Fix: "):
        assert part in str(caught.value)


def test_a_folder_is_no_film(tmp_path):
    (tmp_path / "film.gif").mkdir()
    with pytest.raises(ValueError, match="`path`"):
        TrainingVideo(tmp_path, tmp_path / "film.gif")
