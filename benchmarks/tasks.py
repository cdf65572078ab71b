"""What can be measured: the workloads, who takes part in each, and the data they train on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

ALTERNATING = "alternating"
SIMULTANEOUS = "simultaneous"
UPDATES = (ALTERNATING, SIMULTANEOUS)

IMAGE_SHAPE = (28, 28, 1)
LATENT_DIM = 100
CRITIC_STEPS = 5
PENALTY_WEIGHT = 10.0


@dataclass(frozen=True)
class Contestant:
    """One way to train: a module of `competitors`, and the Keras backend it runs on."""

    module: str
    backend: str = "tensorflow"
    updates: tuple[str, ...] = UPDATES
    share_of_steps: float = 1.0


@dataclass(frozen=True)
class Workload:
    """What is trained, and for how many steps unless the command line says otherwise."""

    contestants: dict[str, Contestant]
    steps: int
    warmup: int
    steps_per_execution: int


@dataclass(frozen=True)
class Task:
    """One measurement, as handed to a process of its own."""

    name: str
    module: str
    backend: str
    workload: str
    update: str
    steps: int
    warmup: int
    steps_per_execution: int
    jit_compile: bool | str = "auto"
    batch_size: int = 32
    mnist: str | None = None


def _kit(updates: tuple[str, ...]) -> dict[str, Contestant]:
    backends = ("tensorflow", "jax", "torch")
    return {f"kit-{backend}": Contestant("kit", backend, updates) for backend in backends}


WORKLOADS = {
    "dense": Workload(
        {
            # Ten times slower than the others: fewer steps say as much.
            "script": Contestant("script", updates=(ALTERNATING,), share_of_steps=0.2),
            "tf-function": Contestant("tf_function"),
            "torch-eager": Contestant("torch_eager", "torch"),
            "jax-jit": Contestant("jax_jit", "jax"),
            **_kit(UPDATES),
        },
        steps=500,
        warmup=200,
        steps_per_execution=50,
    ),
    "dcgan": Workload(_kit(UPDATES), steps=40, warmup=20, steps_per_execution=10),
    "wgan-gp": Workload(
        {
            "tf-function": Contestant("tf_function_wgan_gp", updates=(ALTERNATING,)),
            **_kit((ALTERNATING,)),
        },
        steps=60,
        warmup=10,
        steps_per_execution=5,
    ),
}


def load_images(mnist: str | None) -> np.ndarray:
    """60,000 images in [-1, 1]: MNIST from an `.npz` file, or noise of the same shape."""
    if mnist is None:
        noise = np.random.default_rng(0).random((60_000, *IMAGE_SHAPE), dtype="float32")
        return noise * 2.0 - 1.0
    with np.load(Path(mnist)) as arrays:
        pixels: np.ndarray = arrays["x_train"].astype("float32")
    return pixels.reshape(-1, *IMAGE_SHAPE) / 127.5 - 1.0
