"""Checkpoints that training goes on from, exactly."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan_kit._arguments import integer, true_or_false
from keras_gan_kit._backend import is_chief
from keras_gan_kit._errors import explain, say, warn
from keras_gan_kit._faults import FAULTS
from keras_gan_kit._files import PREFIX, check_directory, remove_leftovers, written_atomically
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback
from keras_gan_kit.models._gan_model import GANModel

_NAME = re.compile(r"checkpoint_(\d+)\.keras")
_MOST_PACKED = 100  # times its size
_UNFIT: tuple[type[Exception], ...] = (*FAULTS, UserWarning)


class PeriodicCheckpoint(PeriodicCallback):
    """Saves the whole state every so often, and goes on from the newest one.

    A checkpoint is a `.keras` file with both networks, both optimizers, the averaged generator,
    all random states and the position in the data: `keras.saving.load_model` opens it. When `fit`
    starts with a model that has taken no step yet, training continues from the newest complete
    checkpoint in `directory`, inside an epoch too where the data is arrays: run the same script
    again after a crash, and the final weights are those of a run without one. Files appear whole
    or not at all; one that a failing disk has damaged is passed over with a warning. Where a `fit`
    that is not silent begins, one line says what it goes on from.

    Args:
        directory: The folder for the checkpoints; made if needed. One for each run.
        every: How many steps or epochs lie between two checkpoints, at least 1. The end of
            training has one too.
        unit: "epoch" or "step".
        keep: How many of the newest to keep, at least 1.
        resume: Whether a new model continues from the newest checkpoint.

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

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder of the checkpoints."""
        return (self.directory,)

    def before_fit(self, gan: Any) -> tuple[int, int] | None:
        """Restores the newest complete checkpoint into a model that has taken no step."""
        self._saved, self._loaded = -1, None
        if is_chief(gan):
            remove_leftovers(self.directory, ".keras")
        if not self.resume:
            return None
        if gan.steps_taken:
            return self._go_on(gan)
        for path in self._checkpoints():
            damage = _damage(path)
            if damage:
                warn(
                    f"Checkpoint {str(path)!r} is damaged ({damage}): going on from the one before."
                )
                continue
            _restore(gan, path)
            gan.restored = path.resolve(), gan.steps_taken
            return self._go_on(gan)
        return None

    def _go_on(self, gan: Any) -> tuple[int, int] | None:
        """Returns where a model stands that has taken no step since it was restored from here.

        In a script with several fits, an earlier one has found its work done.
        """
        path, steps = gan.restored
        if path is None or path.parent != self.directory.resolve() or steps != gan.steps_taken:
            return None
        self._saved, self._loaded = steps, path
        epoch, step, _ = gan.position
        return epoch, step

    def on_train_begin(self, logs: Any = None) -> None:
        """Says what was loaded, and what is left to do."""
        super().on_train_begin(logs)
        if self._loaded is None or not self.params.get("verbose"):
            return
        epoch, step, _ = self.gan.position
        epochs = self.params["epochs"]
        if epoch < epochs:
            text = f"going on at epoch {epoch + 1} of {epochs}, step {step + 1} of it."
        else:
            text = f"all {epochs} epochs are done, and nothing is left to do. Raise `epochs`."
            before, now = self.gan.saved_place[2], self.params["steps"]
            if before and now and before != now:
                text += (
                    f" An epoch had {before} steps, not {now}: another run needs another folder."
                )
        steps = f"{self._saved} {'step' if self._saved == 1 else 'steps'}"
        say(f"Loaded {str(self._loaded)!r} ({steps}): {text}")

    def on_event(self, name: str) -> None:
        """Saves a checkpoint, unless a weight is not finite, and removes old ones."""
        gan = self.model
        if not all(np.isfinite(ops.convert_to_numpy(weight)).all() for weight in gan.weights):
            return  # nobody wants to go on from here
        steps = gan.steps_taken
        path = self.directory / f"checkpoint_{steps:09d}.keras"
        self._saved = steps
        if not is_chief(gan):
            with TemporaryDirectory() as nowhere:
                gan.save(Path(nowhere) / path.name)  # to read the weights is work for all workers
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        # In a folder of its own: where memory is short, Keras keeps a second file beside the first.
        with TemporaryDirectory(prefix=PREFIX, suffix=".keras", dir=self.directory) as folder:
            complete = Path(folder) / path.name
            with written_atomically(complete) as unfinished:
                gan.save(unfinished)
            complete.replace(path)
        found = self._checkpoints()
        # Those of more steps are damaged, or of another run, and must not be resumed from.
        future = [other for other in found if other.name > path.name]
        for other in future + found[len(future) + self.keep :]:
            other.unlink(missing_ok=True)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Saves if a step is due; the last step of an epoch waits for what belongs to its end."""
        if self.gan.progress.step != self.params.get("steps"):
            super().on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Saves if the epoch or its last step is due."""
        super().on_train_batch_end(-1, logs)
        super().on_epoch_end(epoch, logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Saves the end of training, unless something stopped it: that may be no state to keep."""
        if not self.gan.stop_training and self.gan.progress.steps != self._saved:
            self.on_event("end")

    def _checkpoints(self) -> list[Path]:
        """Lists the checkpoints, the newest first."""
        if not self.directory.is_dir():
            return []
        found = [
            (match, path)
            for path in self.directory.iterdir()
            if (match := _NAME.fullmatch(path.name)) and path.is_file()
        ]
        return [path for match, path in sorted(found, key=lambda pair: -int(pair[0][1]))]


def _damage(path: Path) -> str:
    """Says what is wrong with an archive; an empty string if nothing is."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > _MOST_PACKED * path.stat().st_size:  # those of Keras are not packed at all
                return f"it would unpack to {size} bytes"
            broken = archive.testzip()
    except FAULTS as error:
        return str(error) or type(error).__name__
    return f"{broken} has a wrong checksum" if broken else ""


def _restore(gan: Any, path: Path) -> None:
    """Loads a checkpoint, or leaves the model as it was.

    Only the weights are loaded. No object is made of what the file describes, no code of it runs.
    """
    own = _kind(keras.saving.serialize_keras_object(gan))
    try:
        found = _kind(_saved_config(path))
    except FAULTS as error:
        reason = f"it is none of a keras_gan_kit model ({type(error).__name__}: {error})"
        raise ValueError(_mismatch(path, reason)) from error
    if found != own:
        raise ValueError(_mismatch(path, "it has another average, other optimizers or penalties"))
    variables = [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables]
    before = [ops.convert_to_numpy(variable).copy() for variable in variables]
    try:
        with warnings.catch_warnings():
            # Keras only warns of what it leaves out.
            warnings.simplefilter("error", UserWarning)
            gan.load_weights(path)
    except _UNFIT as error:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        gan.saved_place = GANModel.saved_place
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(_mismatch(path, reason)) from error


def _mismatch(path: Path, reason: str) -> str:
    return explain(
        "directory",
        received=f"{str(path.parent)!r}, whose newest checkpoint does not fit this model: {reason}",
        expected="checkpoints of the same networks, optimizers and penalties",
        fix="give every run a folder of its own, or pass resume=False",
    )


def _saved_config(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        config: dict[str, Any] = json.loads(archive.read("config.json"))
    return config


def _kind(config: dict[str, Any]) -> tuple[Any, ...]:
    """What two models must have in common, besides shapes, for one to go on from the other."""
    settings = config["compile_config"]
    players = (settings[f"{player}_optimizer"] for player in ("discriminator", "generator"))
    return (
        config["config"]["ema_momentum"] is None,
        [optimizer["class_name"] for optimizer in players],
        [penalty["class_name"] for penalty in settings["penalties"]],
    )
