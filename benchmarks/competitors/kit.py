"""This package: build, `compile`, `fit`. The backend is the one Keras was started with."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from tasks import MASK_WEIGHT, Task, networks_of

from keras_gan_kit import GAN, WGANGP, ImageToImageGAN, RelativisticGAN, callbacks

# Their defaults are the workloads: of WGANGP five critic steps, penalty 10, Adam(1e-4, 0, 0.9), of
# RelativisticGAN both gammas 1, Adam(5e-4, 0, 0.99). The loops keep no moving average.
RECIPES: dict[str, tuple[type[GAN], dict[str, Any]]] = {
    "wgan-gp": (WGANGP, {}),
    "r1-r2": (RelativisticGAN, {"ema_momentum": None}),
    "vgan": (ImageToImageGAN, {"reconstruction_weight": MASK_WEIGHT}),
}


def prepare(task: Task, samples: Any) -> Callable[[int], None]:
    model_class, options = RECIPES.get(task.workload, (GAN, {}))
    gan = model_class(*networks_of(task.workload, task.image_size), seed=0, **options)
    gan.compile(
        update=task.update,
        # Keras' PyTorch trainer takes one step per execution and no more.
        steps_per_execution=1 if keras.backend.backend() == "torch" else task.steps_per_execution,
        jit_compile=task.jit_compile,
    )
    x, y = (samples["image"], samples["mask"]) if task.workload == "vgan" else (samples, None)
    attached = default_callbacks(Path(tempfile.mkdtemp())) if task.callbacks else []

    # Whatever starting an epoch costs `fit` (checks of the data, shuffling) is timed too, and
    # with callbacks their work at its end.
    def run(steps: int) -> None:
        gan.fit(
            x,
            y,
            batch_size=task.batch_size,
            steps_per_epoch=max(1, steps // task.epochs),
            epochs=task.epochs,
            callbacks=attached,
            verbose=0,
        )

    return run


def default_callbacks(folder: Path) -> list[keras.callbacks.Callback]:
    """Those of the examples, at their default settings."""
    return [
        callbacks.SampleGrid(folder / "samples"),
        callbacks.LossHistory(folder),
        callbacks.LossPlot(folder),
        callbacks.PeriodicCheckpoint(folder / "checkpoints"),
        callbacks.StabilityMonitor(),
    ]
