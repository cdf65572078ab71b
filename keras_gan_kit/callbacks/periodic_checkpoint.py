"""Checkpoints for an exact resume."""

from __future__ import annotations

import json
import lzma
import re
import struct
import warnings
import zipfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan_kit._arguments import integer, true_or_false
from keras_gan_kit._backend import is_chief
from keras_gan_kit._errors import explain, say, warn
from keras_gan_kit._files import PREFIX, check_directory, remove_leftovers, written_atomically
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback
from keras_gan_kit.models._gan_model import GANModel

_NAME = re.compile(r"checkpoint_(\d+)\.keras")
_MOST_PACKED = 100  # the largest credible ratio of unpacked to packed size
# What zipfile and the decompressors raise for damaged archives. RuntimeError: encrypted members and
# unknown compression. ValueError: names and offsets.
_ARCHIVE_ERRORS: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
)
# The KeyError of `ZipFile.read`: no such member.
_CONFIG_ERRORS: tuple[type[Exception], ...] = (*_ARCHIVE_ERRORS, KeyError)
# What Keras and h5py raise in `load_weights` for a file that is damaged or of another model. Both
# index and call whatever the file holds. Keras raises a UserWarning for a layer without weights.
_WEIGHT_ERRORS: tuple[type[Exception], ...] = (
    *_ARCHIVE_ERRORS,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    UserWarning,
)


class PeriodicCheckpoint(PeriodicCallback):
    """Saves the whole state periodically, and resumes from the newest checkpoint.

    A checkpoint is a `.keras` file with both networks, both optimizers, the averaged generator,
    all random states and the position in the data. `keras.saving.load_model` loads it.

    If a model has taken no step yet, `fit` resumes from the newest complete checkpoint in
    `directory`; for arrays also inside an epoch. Run the same script again after a crash, and the
    final weights equal those of a run without one. `epochs` is the total number of epochs: raise it
    to train a finished model further. `fit` prints one line about what it resumes, unless it is
    silent, and warns if nothing is left to train although the length of an epoch has changed.

    A learning rate that was changed in the script since the checkpoint takes effect. One that a
    callback has changed is restored from the checkpoint.

    Files appear complete or not at all. Checkpoints that a failing disk has damaged are skipped
    with a warning.

    Args:
        directory: The folder for the checkpoints. It is created if needed. Use one for each run.
        every: The number of steps or epochs between two checkpoints, at least 1. A
            checkpoint is also saved when training ends.
        unit: "epoch" or "step".
        keep: The number of newest checkpoints to keep, at least 1.
        resume: Whether a new model resumes from the newest checkpoint.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a number is out of range, or the newest checkpoint is of another model.

    Example:
        >>> PeriodicCheckpoint("runs/digits/checkpoints", every=500, unit="step").keep
        3
    """

    first_step = False
    last = True

    def __init__(
        self,
        directory: str | Path,
        *,
        every: int = 1,
        unit: str = "epoch",
        keep: int = 3,
        resume: bool = True,
    ) -> None:
        super().__init__(every=every, unit=unit)
        self.directory = check_directory("directory", directory)
        self.keep = integer("keep", keep)
        self.resume = true_or_false("resume", resume)
        self._saved = -1
        self._loaded: Path | None = None
        self._rates = ""

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder of the checkpoints."""
        return (self.directory,)

    def before_fit(self, gan: GANModel) -> tuple[int, int] | None:
        """Restores the newest complete checkpoint into a model that has taken no step."""
        self._saved, self._loaded, self._rates = -1, None, ""
        if is_chief(gan):
            remove_leftovers(self.directory, ".keras")
        if not self.resume:
            return None
        if gan.steps_taken:
            return self._go_on(gan)
        for path in self._checkpoints():
            damage = _damage(path)
            if damage:
                warn(f"Checkpoint {str(path)!r} is damaged ({damage}): using the one before it.")
                continue
            _restore(gan, path)
            gan.progress.restore(path, gan.steps_taken)
            self._rates = gan.optimizer.use_compiled_rates(gan.progress.loaded_rates)
            return self._go_on(gan)
        return None

    def _go_on(self, gan: GANModel) -> tuple[int, int] | None:
        """Returns the position of a model that has taken no step since it was restored.

        In a script with several calls of `fit`, an earlier one may have had nothing to train.
        """
        path, steps = gan.progress.restored
        if path is None or path.parent != self.directory.resolve() or steps != gan.steps_taken:
            return None
        self._saved, self._loaded = steps, path
        epoch, step, _ = gan.position
        return epoch, step

    def on_train_begin(self, logs: Any = None) -> None:
        """Reports the checkpoint that was loaded, and the training that is left."""
        super().on_train_begin(logs)
        if self._loaded is None:
            return
        epoch, step, _ = self.gan.position
        epochs = self.params["epochs"]
        steps = f"{self._saved} {'step' if self._saved == 1 else 'steps'}"
        loaded = f"Loaded {str(self._loaded)!r} ({steps})"
        if epoch < epochs:
            text = f"{loaded}: resuming at epoch {epoch + 1} of {epochs}, step {step + 1}."
            text = f"{text} {self._rates}".rstrip()
            return say(text) if self.params.get("verbose") else None
        text = (
            f"{loaded}: nothing is left to train. `epochs` is the total number of epochs, and "
            f"{epoch} {'is' if epoch == 1 else 'are'} complete; pass epochs={epoch + 1} to "
            "continue."
        )
        before, now = self.gan.progress.before.steps_per_epoch, self.params["steps"]
        if before and now and before != now:
            # The script has changed, so warn even if `fit` is silent.
            warn(
                f"{text} An epoch had {before} steps, now it has {now}: for another training, use "
                "another folder."
            )
        elif self.params.get("verbose"):
            say(text)

    def on_event(self, name: str) -> None:
        """Saves a checkpoint, unless a weight is not finite, and removes old ones."""
        gan: GANModel = self.model
        if not all(np.isfinite(ops.convert_to_numpy(weight)).all() for weight in gan.weights):
            return  # training has diverged: never resume from here
        steps = gan.steps_taken
        path = self.directory / f"checkpoint_{steps:09d}.keras"
        self._saved = steps
        if not is_chief(gan):
            with TemporaryDirectory() as nowhere:
                gan.save(Path(nowhere) / path.name)  # all workers take part in reading the weights
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        # In its own folder: if memory is short, Keras writes a second file next to the first.
        with TemporaryDirectory(prefix=PREFIX, suffix=".keras", dir=self.directory) as folder:
            complete = Path(folder) / path.name
            with written_atomically(complete) as unfinished:
                gan.save(unfinished)
            complete.replace(path)
        found = self._checkpoints()
        # Checkpoints with more steps are damaged or from another run. Never resume from them.
        future = [other for other in found if other.name > path.name]
        for other in future + found[len(future) + self.keep :]:
            other.unlink(missing_ok=True)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Saves if it is time; after the last step of an epoch, `on_epoch_end` saves instead."""
        if self.gan.progress.step != self.params.get("steps"):
            super().on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Saves if it is time for the epoch or its last step."""
        super().on_train_batch_end(-1, logs)
        super().on_epoch_end(epoch, logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Saves the end of training, unless a callback stopped it: that state may be bad."""
        if not self.gan.stop_training and self.gan.progress.steps != self._saved:
            self.on_event("end")

    def _checkpoints(self) -> list[Path]:
        """Returns the checkpoints, newest first."""
        if not self.directory.is_dir():
            return []
        found = [
            (match, path)
            for path in self.directory.iterdir()
            if (match := _NAME.fullmatch(path.name)) and path.is_file()
        ]
        return [path for match, path in sorted(found, key=lambda pair: -int(pair[0][1]))]


def _damage(path: Path) -> str:
    """Describes the damage of an archive; an empty string if it is intact."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > _MOST_PACKED * path.stat().st_size:  # Keras does not compress
                return f"it would unpack to {size} bytes"
            broken = archive.testzip()
    except _ARCHIVE_ERRORS as error:
        return str(error) or type(error).__name__
    return f"{broken} has a wrong checksum" if broken else ""


def _restore(gan: GANModel, path: Path) -> None:
    """Loads a checkpoint, or raises an error and leaves the model unchanged.

    Only weights are loaded. No object is created from the file, and none of its code runs.
    """
    own = _kind(keras.saving.serialize_keras_object(gan))
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
    except _CONFIG_ERRORS as error:
        reason = f"its config can't be read ({type(error).__name__}: {error})"
        raise ValueError(_mismatch(path, reason)) from error
    found = _kind(config)
    if found != own:
        raise ValueError(_mismatch(path, "its average, optimizers or penalties are different"))
    variables = [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables]
    before = [ops.convert_to_numpy(variable).copy() for variable in variables]
    try:
        with warnings.catch_warnings():
            # Keras only warns if a layer has no weights in the file.
            warnings.simplefilter("error", UserWarning)
            gan.load_weights(path)
    except _WEIGHT_ERRORS as error:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        gan.progress.reset()
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(_mismatch(path, reason)) from error


def _mismatch(path: Path, reason: str) -> str:
    return explain(
        "directory",
        received=f"{str(path.parent)!r}, whose newest checkpoint is of another model: {reason}",
        expected="checkpoints of the same networks, optimizers and penalties",
        fix="use a folder for each run, or pass resume=False",
    )


def _kind(config: Any) -> tuple[Any, ...]:
    """Returns the settings, besides shapes, that must be equal to resume one model from another.

    The config may come from any file: entries that are missing are None.
    """
    players = ("discriminator_optimizer", "generator_optimizer")
    penalties = _entry(config, "compile_config", "penalties")
    return (
        _entry(config, "config", "ema_momentum") is None,
        [_entry(config, "compile_config", player, "class_name") for player in players],
        [_entry(each, "class_name") for each in penalties]
        if isinstance(penalties, list | tuple)
        else None,
    )


def _entry(config: Any, *keys: str) -> Any:
    """Returns a nested entry of a config, or None."""
    for key in keys:
        config = config.get(key) if isinstance(config, dict) else None
    return config
