"""A film of the training."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from keras_gan_kit._arguments import number
from keras_gan_kit._backend import is_chief
from keras_gan_kit._errors import invalid, warn, wrong_type
from keras_gan_kit._faults import FAULTS
from keras_gan_kit._files import check_directory, remove_leftovers, written_atomically
from keras_gan_kit.callbacks._film import check_encoder, check_same_size, write_film
from keras_gan_kit.callbacks.periodic_callback import check_model
from keras_gan_kit.callbacks.sample_grid import SampleGrid
from keras_gan_kit.models._fit_callback import FitCallback

# The fastest film of each kind: a gif counts hundredths of a second, and players want two.
_FASTEST = {".mp4": 1000.0, ".gif": 50.0}
_SLOWEST = 0.01
_NAME = re.compile(r"(step|epoch)_(\d+)")  # as `SampleGrid` calls its pictures


class TrainingVideo(FitCallback):
    """Makes a film of the pictures that `SampleGrid` keeps, when training ends.

    It is made at the end that another callback brings about too, and anew every time. Pictures
    follow each other by name; those of steps or epochs that the model has not come to were left
    there by another run, and are passed over. As every frame is a file, the film of a resumed
    training begins where the training began. `write` makes a film without any training:

        TrainingVideo("runs/ecg/samples", "runs/ecg/training.gif").write()

    An mp4 (H.264) needs `pip install "keras_gan_kit[video]"`, and is written frame by frame. The
    frames of a gif wait in memory, one byte for a pixel.

    Args:
        directory: The folder that a `SampleGrid` writes to. With None the callback draws a grid
            of its own after every epoch, into the folder `<name of the film>_frames` beside it.
        path: The film, ending in .mp4 or .gif.
        fps: Pictures a second: 0.01 to 1000, in a gif to 50 and rounded to hundredths of a second.
        pattern: Which files in the folder are pictures. Where samples have several images,
            "*_photo.png" takes those of one.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If `path` has another ending, or `fps` is out of range.
        ImportError: If an mp4 is asked for where none can be written.

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
    ) -> None:
        super().__init__()
        self.directory = None if directory is None else check_directory("directory", directory)
        self.path = _check_path(path)
        self.fps = _check_fps(fps, _FASTEST[self.path.suffix.lower()])
        self.pattern = _check_pattern(pattern)
        self._folder = self.directory or self.path.with_name(f"{self.path.stem}_frames")
        self._grid = SampleGrid(self._folder) if self.directory is None else None

    def write(self, *, verbose: int = 1) -> Path:
        """Makes the film of all pictures in the folder.

        Args:
            verbose: 1 shows a progress bar.

        Returns:
            The path of the film.

        Raises:
            ValueError: If there is no picture, a file is none, or two differ in size.
        """
        return self._write(self._pictures(), verbose)

    def set_model(self, model: Any) -> None:
        """Keeps the model, and refuses one that is not from this package."""
        check_model(self, model)
        super().set_model(model)
        if self._grid is not None:
            self._grid.set_model(model)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder of the frames that the callback draws itself."""
        return () if self._grid is None else self._grid.folders

    def check(self, gan: Any) -> None:
        """Makes sure that there will be pictures, and that those from before make one film."""
        if self._grid is not None:
            self._grid.check(gan)
        pictures = self._pictures()
        check_same_size(pictures)
        if self._grid is None and not pictures and not any(map(self._is_source, self.companions)):
            warn(
                f"TrainingVideo has no pictures to film: there are none in {str(self._folder)!r}, "
                f"and no SampleGrid draws there. Add SampleGrid({str(self._folder)!r}) to "
                "`callbacks`, or pass TrainingVideo(None, ...), which draws its own."
            )

    def _is_source(self, callback: Any) -> bool:
        if not isinstance(callback, SampleGrid):
            return False
        return callback.directory.resolve() == self._folder.resolve()

    def before_fit(self, gan: Any) -> None:
        """Removes what a killed process left unfinished."""
        if is_chief(gan):
            remove_leftovers(self._folder, ".png")
            remove_leftovers(self.path.parent, f"-{self.path.name}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Draws a frame, if that is not another callback's work."""
        if self._grid is not None:
            self._grid.on_epoch_end(epoch, logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Makes the film; an obstacle is a warning, for the trained model must not be lost."""
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
        except FAULTS as error:
            call = f"TrainingVideo({str(self._folder)!r}, {str(self.path)!r}).write()"
            warn(f"TrainingVideo made no film. {error} Afterwards, {call} makes it.")

    def _pictures(self) -> list[Path]:
        # `glob` finds hidden files, which are unfinished pictures.
        found = self._folder.glob(self.pattern)
        return sorted(path for path in found if not path.name.startswith("."))

    def _write(self, pictures: list[Path], verbose: int) -> Path:
        if not pictures:
            raise invalid(
                "directory",
                received=f"{str(self._folder)!r}, which has no picture {self.pattern!r}",
                expected="a folder with pictures of the training",
                fix=f"add SampleGrid({str(self._folder)!r}) to `callbacks`",
            )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with written_atomically(self.path) as unfinished:
            write_film(unfinished, pictures, fps=self.fps, verbose=verbose)
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
        check_encoder()  # now, and not after hours of training
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
