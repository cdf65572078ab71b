"""What can be measured: the workloads, who takes part in each, and the data they train on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ALTERNATING = "alternating"
SIMULTANEOUS = "simultaneous"
UPDATES = (ALTERNATING, SIMULTANEOUS)

LATENT_DIM = 100
CRITIC_STEPS = 5
PENALTY_WEIGHT = 10.0

GAMMA = 1.0

# Arguments of the DCGAN builders: their defaults, and the published networks for pages of
# electrocardiograms of 200x200 and 800x800.
DCGAN: tuple[dict[str, Any], dict[str, Any]] = (
    {"filters": (256, 128, 64), "kernels": 5, "strides": (1, 2, 2)},
    {"filters": (64, 128, 256), "kernels": 5, "strides": (2, 2, 2)},
)
PAGES = {
    "pages-200": (
        {"filters": (256, 256, 128, 64), "kernels": 5, "strides": (1, 2, 2, 2)},
        {"filters": (64, 128, 256, 256), "kernels": 5, "strides": (2, 2, 2, 1)},
    ),
    "pages-800": (
        {
            "filters": (256, 256, 128, 64, 32, 16),
            "kernels": (1, 3, 5, 7, 9, 11),
            "strides": (1, 2, 2, 2, 2, 2),
        },
        {
            "filters": (16, 32, 64, 128, 256, 256),
            "kernels": (11, 9, 7, 5, 3, 1),
            "strides": (2, 2, 2, 2, 2, 1),
        },
    ),
}


@dataclass(frozen=True)
class Contestant:
    """One way to train: a module of `competitors`, and the Keras backend it runs on."""

    module: str
    backend: str = "tensorflow"
    updates: tuple[str, ...] = UPDATES
    share_of_steps: float = 1.0
    callbacks: bool = False
    jit_compile: bool | str = "auto"


@dataclass(frozen=True)
class Workload:
    """What is trained, and for how many steps unless the command line says otherwise."""

    contestants: dict[str, Contestant]
    steps: int
    warmup: int
    steps_per_execution: int
    batch_size: int = 32
    image_size: int = 28
    images: int = 60_000


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
    image_size: int = 28
    callbacks: bool = False
    epochs: int = 1
    mnist: str | None = None


# Convolutions of XLA are so slow on a CPU that fewer steps say as much.
_ON_JAX = 0.2


def _kit(updates: tuple[str, ...], *, share_on_jax: float = 1.0) -> dict[str, Contestant]:
    shares = {"tensorflow": 1.0, "jax": share_on_jax, "torch": 1.0}
    return {
        f"kit-{backend}": Contestant("kit", backend, updates, share_of_steps=share)
        for backend, share in shares.items()
    }


def _loops(torch_module: str) -> dict[str, Contestant]:
    """What people write by hand, with binary cross-entropy."""
    return {
        "tf-function": Contestant("tf_function"),
        "tutorial": Contestant("tutorial_train_step", updates=(ALTERNATING,)),
        "torch-eager": Contestant(torch_module, "torch"),
        "torch-compiled": Contestant(torch_module, "torch", jit_compile=True),
    }


def _dcgan(image_size: int, **options: Any) -> Workload:
    callbacks = Contestant("kit", updates=(SIMULTANEOUS,), callbacks=True)
    contestants = {
        **_loops("torch_images"),
        **_kit(UPDATES, share_on_jax=_ON_JAX),
        "kit-callbacks": callbacks,
    }
    return Workload(contestants, image_size=image_size, **options)


def _pages(image_size: int, steps: int) -> Workload:
    """Pages of electrocardiograms, with the published networks of that size."""
    return _dcgan(
        image_size, steps=steps, warmup=2, steps_per_execution=1, batch_size=10, images=100
    )


def _penalized(loop: str, update: str, steps: int) -> Workload:
    """Networks of 28x28 under gradient penalties, each with a file of its own by hand."""
    contestants = {
        "tf-function": Contestant(f"tf_function_{loop}", updates=(update,)),
        # Compiled networks of PyTorch cannot be differentiated twice.
        "torch-eager": Contestant(f"torch_{loop}", "torch", updates=(update,)),
        **_kit((update,), share_on_jax=_ON_JAX),
    }
    return Workload(contestants, steps=steps, warmup=10, steps_per_execution=5)


WORKLOADS = {
    "dense": Workload(
        {
            # Ten times slower than the others: fewer steps say as much.
            "script": Contestant("script", updates=(ALTERNATING,), share_of_steps=0.2),
            **_loops("torch_dense"),
            "jax-jit": Contestant("jax_jit", "jax"),
            **_kit(UPDATES),
            "kit-callbacks": Contestant("kit", updates=(SIMULTANEOUS,), callbacks=True),
        },
        steps=500,
        warmup=200,
        steps_per_execution=50,
    ),
    "dcgan": _dcgan(28, steps=40, warmup=20, steps_per_execution=10, images=6_000),
    "wgan-gp": _penalized("wgan_gp", ALTERNATING, steps=60),
    "r1-r2": _penalized("r1_r2", SIMULTANEOUS, steps=100),
    "pages-200": _pages(200, steps=10),
    "pages-800": _pages(800, steps=5),
    # Both leave one latent: a page and its row, with the published networks.
    "joint-200": Workload(
        {"tf-function": Contestant("tf_function"), **_kit(UPDATES)},
        steps=10,
        warmup=2,
        steps_per_execution=1,
        batch_size=10,
        image_size=200,
        images=100,
    ),
}
COLUMNS = 35


def networks_of(workload: str, image_size: int | None = None) -> tuple[Any, Any]:
    """The generator and the discriminator of a workload, as Keras models with random weights."""
    from keras_gan_kit import networks

    shape = _image_shape(workload, image_size)
    if workload == "joint-200":
        return (
            networks.joint_generator(shape, COLUMNS, LATENT_DIM),
            networks.joint_discriminator(shape, COLUMNS),
        )
    if workload == "dense":
        return networks.dense_generator(shape, LATENT_DIM), networks.dense_discriminator(shape)
    generator, discriminator = dcgan_arguments(workload)
    return (
        networks.dcgan_generator(shape, LATENT_DIM, **generator),
        networks.dcgan_discriminator(shape, **discriminator),
    )


def dcgan_arguments(workload: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return PAGES.get(workload, DCGAN)


def load_data(workload: str, mnist: str | None = None, image_size: int | None = None) -> Any:
    """Images in [-1, 1]: MNIST from an `.npz` file, or noise; with rows in [0, 1] if joint."""
    shape = _image_shape(workload, image_size)
    if mnist is None:
        random = np.random.default_rng(0)
        n = WORKLOADS[workload].images
        images = random.random((n, *shape), dtype="float32") * 2.0 - 1.0
        if workload != "joint-200":
            return images
        return {"image": images, "table": random.random((n, COLUMNS), dtype="float32")}
    with np.load(Path(mnist)) as arrays:
        pixels: np.ndarray = arrays["x_train"].astype("float32")
    return pixels.reshape(-1, *shape) / 127.5 - 1.0


def _image_shape(workload: str, image_size: int | None) -> tuple[int, int, int]:
    size = image_size or WORKLOADS[workload].image_size
    return (size, size, 1)
