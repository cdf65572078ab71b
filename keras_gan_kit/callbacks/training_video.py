"""Makes a video of the training."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from keras_gan_kit._arguments import integer, number
from keras_gan_kit._backend import is_chief
from keras_gan_kit._errors import invalid, say, warn, wrong_type
from keras_gan_kit._files import check_directory, remove_leftovers, written_atomically
from keras_gan_kit.callbacks._film import check_encoder, check_same_size, write_film
from keras_gan_kit.callbacks.periodic_callback import check_model
from keras_gan_kit.callbacks.sample_grid import SampleGrid
from keras_gan_kit.models._callbacks import FitCallback
from keras_gan_kit.models._gan_model import GANModel

# The highest frame rate of each format. A gif counts hundredths of a second, and players need two.
_FASTEST = {".mp4": 1000.0, ".gif": 50.0}
_SLOWEST = 0.01
_NAME = re.compile(r"(step|epoch)_(\d+)")  # the names of `SampleGrid`
_LARGE_GIF = 100e6  # bytes


class TrainingVideo(FitCallback):
    """Turns the pictures of `SampleGrid` into a video at the end of training.

    The video is written whenever training ends, also if another callback stops it. Pictures are
    sorted by name. Pictures of steps or epochs that the model has not reached are from another run
    and are left out. Every picture is a file, so the video covers the whole training even after a
    resume. `write` makes a video without training:

        TrainingVideo("runs/ecg/samples", "runs/ecg/training.gif").write()

    Videos are written frame by frame, in constant memory. An mp4 (H.264) needs
    `pip install "keras_gan_kit[video]"` and is much smaller than a gif.

    Args:
        directory: The folder that a `SampleGrid` writes to. With None, the callback draws its own
            grid after every epoch, in the folder `<name of the video>_frames` next to the video.
        path: The video, ending in .mp4 or .gif.
        fps: Frames per second, 0.01 to 1000. A gif allows at most 50, rounded to hundredths of a
            second per frame.
        pattern: Selects the pictures in the folder. If samples have several images,
            "*_photo.png" selects those of one.
        max_frames: The largest number of frames, at least 2. From more pictures, evenly spaced ones
            are taken, including the first and the last. None takes all.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If `path` has another suffix, or a number is out of range.
        ImportError: If the video is an mp4 and imageio-ffmpeg is missing.

    Example:
        >>> TrainingVideo("runs/digits/samples", "runs/digits/training.gif", fps=5).fps
        5.0
    """

    def __init__(
        self,
        directory: str | Path | None,
        path: str | Path,
        *,
        fps: float = 10.0,
        pattern: str = "*.png",
        max_frames: int | None = 600,
    ) -> None:
        super().__init__()
        self.directory = None if directory is None else check_directory("directory", directory)
        self.path = _check_path(path)
        self.fps = _check_fps(fps, _FASTEST[self.path.suffix.lower()])
        self.pattern = _check_pattern(pattern)
        if max_frames is not None:
            max_frames = integer("max_frames", max_frames, minimum=2)
        self.max_frames = max_frames
        self._folder = self.directory or self.path.with_name(f"{self.path.stem}_frames")
        self._grid = SampleGrid(self._folder) if self.directory is None else None

    def write(self, *, verbose: int = 1) -> Path:
        """Writes the video of all pictures in the folder.

        Args:
            verbose: 1 shows a progress bar.

        Returns:
            The path of the video.

        Raises:
            ValueError: If there is no picture, a file can't be read as one, or two differ in size.
        """
        return self._write(self._pictures(), verbose)

    def set_model(self, model: Any) -> None:
        """Sets the model, which must be one of this package."""
        check_model(self, model)
        super().set_model(model)
        if self._grid is not None:
            self._grid.set_model(model)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder of the callback's own pictures."""
        return () if self._grid is None else self._grid.folders

    def check(self, gan: GANModel) -> None:
        """Checks that there will be pictures, and that existing ones have one size."""
        if self._grid is not None:
            self._grid.check(gan)
        pictures = self._pictures()
        check_same_size(pictures)
        if self._grid is None and not pictures and not any(map(self._is_source, self.companions)):
            warn(
                f"TrainingVideo found no pictures: there are none in {str(self._folder)!r}, "
                f"and no SampleGrid writes there. Add SampleGrid({str(self._folder)!r}) to "
                "`callbacks`, or pass TrainingVideo(None, ...), which draws its own."
            )

    def _is_source(self, callback: Any) -> bool:
        if not isinstance(callback, SampleGrid):
            return False
        return callback.directory.resolve() == self._folder.resolve()

    def before_fit(self, gan: GANModel) -> None:
        """Removes unfinished files of a killed process."""
        if is_chief(gan):
            remove_leftovers(self._folder, ".png")
            remove_leftovers(self.path.parent, f"-{self.path.name}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Draws a frame if there is no other `SampleGrid`."""
        if self._grid is not None:
            self._grid.on_epoch_end(epoch, logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Writes the video. Errors become warnings, so that the trained model is not lost."""
        if not is_chief(self.model):
            return
        epoch, step, _ = self.model.position
        reached = {"step": self.model.steps_taken - 1, "epoch": epoch + (step > 0)}
        pictures = []
        for picture in self._pictures():
            match = _NAME.match(picture.name)
            if match is None or int(match[2]) <= reached[match[1]]:
                pictures.append(picture)
        try:
            self._write(pictures, self.params.get("verbose", 0))
        except (OSError, ValueError) as error:
            call = f"TrainingVideo({str(self._folder)!r}, {str(self.path)!r}).write()"
            warn(f"TrainingVideo wrote no video. {error} Then call {call}.")

    def _pictures(self) -> list[Path]:
        # `glob` also finds hidden files, which are unfinished pictures.
        found = self._folder.glob(self.pattern)
        return sorted(path for path in found if not path.name.startswith("."))

    def _write(self, pictures: list[Path], verbose: int) -> Path:
        if not pictures:
            raise invalid(
                "directory",
                received=f"{str(self._folder)!r}, which has no picture {self.pattern!r}",
                expected="a folder with pictures of a training",
                fix=f"add SampleGrid({str(self._folder)!r}) to `callbacks`",
            )
        if self.max_frames is not None and len(pictures) > self.max_frames:
            say(
                f"TrainingVideo takes {self.max_frames} of {len(pictures)} pictures, evenly "
                "spaced. Pass max_frames=None for all."
            )
            last = len(pictures) - 1
            chosen = [round(i * last / (self.max_frames - 1)) for i in range(self.max_frames)]
            pictures = [pictures[i] for i in chosen]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with written_atomically(self.path) as unfinished:
            write_film(unfinished, pictures, fps=self.fps, verbose=verbose)
        size = self.path.stat().st_size
        if size > _LARGE_GIF and self.path.suffix.lower() == ".gif":
            warn(
                f"{str(self.path)!r} has {size / 1e6:.0f} MB. An mp4 is much smaller: pass a path "
                "that ends in .mp4, or fewer `max_frames`."
            )
        return self.path


def _check_path(path: Any) -> Path:
    details = {"expected": "a file name ending in .mp4 or .gif", "fix": "pass 'runs/training.mp4'"}
    if not isinstance(path, str | Path):
        received = f"{path!r} of type {type(path).__name__}"
        raise wrong_type("path", received=received, **details)
    film = Path(path)
    suffix = film.suffix.lower()
    if suffix not in _FASTEST or film.is_dir():
        raise invalid("path", received=repr(str(path)), **details)
    if suffix == ".mp4":
        check_encoder()  # before training starts
    return film


def _check_fps(fps: Any, fastest: float) -> float:
    return number(
        "fps",
        fps,
        lambda x: _SLOWEST <= x <= fastest,
        expected=f"a number from {_SLOWEST:g} to {fastest:g}",
        fix="pass fps=10",
    )


def _check_pattern(pattern: Any) -> str:
    details = {
        "received": repr(pattern),
        "expected": "a pattern of file names in the folder",
        "fix": "pass '*.png'",
    }
    if not isinstance(pattern, str):
        raise wrong_type("pattern", **details)
    if not pattern or Path(pattern).is_absolute():
        raise invalid("pattern", **details)
    return pattern
