"""What can be measured: the workloads, who takes part in each, and the data they train on."""

from collections.abc import Mapping
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
    most_repeats: int | None = None
    least_warmup: int = 0


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
    most_repeats: int | None = None


# Convolutions of XLA are so slow on a CPU that fewer steps say as much; of pages one takes minutes.
_SLOW = {"share_of_steps": 0.2}
_VERY_SLOW = {"share_of_steps": 0.2, "most_repeats": 1, "updates": (ALTERNATING,)}

_FEW_PAGES: dict[str, Any] = {
    "warmup": 2,
    "steps_per_execution": 1,
    "batch_size": 10,
    "images": 100,
}


def _kit(updates: tuple[str, ...], on_jax: Mapping[str, Any]) -> dict[str, Contestant]:
    return {
        "kit-tensorflow": Contestant("kit", updates=updates),
        "kit-jax": Contestant("kit", "jax", **{"updates": updates, **on_jax}),
        # Its step is recorded after 50 steps, and compared with single operations for 15.
        "kit-torch": Contestant("kit", "torch", updates, least_warmup=70),
        "kit-torch-compiled": Contestant("kit", "torch", updates, jit_compile=True),
    }


def _loops(
    torch_module: str,
    tf_module: str = "tf_function",
    tutorial_module: str = "tutorial_train_step",
    updates: tuple[str, ...] = UPDATES,
) -> dict[str, Contestant]:
    """What people write by hand; a tutorial knows one order of updates."""
    return {
        "tf-function": Contestant(tf_module, updates=updates),
        "tutorial": Contestant(tutorial_module, updates=updates[:1]),
        "torch-eager": Contestant(torch_module, "torch", updates),
        "torch-compiled": Contestant(torch_module, "torch", updates, jit_compile=True),
    }


def _dcgan(image_size: int, on_jax: Mapping[str, Any] = _SLOW, **options: Any) -> Workload:
    callbacks = Contestant("kit", updates=(SIMULTANEOUS,), callbacks=True)
    contestants = {
        **_loops("torch_images"),
        **_kit(UPDATES, on_jax),
        "kit-callbacks": callbacks,
    }
    return Workload(contestants, image_size=image_size, **options)


def _pages(image_size: int, steps: int) -> Workload:
    """Pages of electrocardiograms, with the published networks of that size."""
    return _dcgan(image_size, _VERY_SLOW, **_FEW_PAGES, steps=steps)


def _with_own_loops(name: str, update: str, on_jax: Mapping[str, Any]) -> dict[str, Contestant]:
    """Those of a step that is another by hand, in files of its own."""
    loops = _loops(f"torch_{name}", f"tf_function_{name}", "tutorial_of_loop", (update,))
    return {**loops, **_kit((update,), on_jax)}


def _penalized(name: str, update: str, steps: int) -> Workload:
    """Networks of 28x28 under gradient penalties."""
    contestants = _with_own_loops(name, update, _SLOW)
    del contestants["torch-compiled"]  # networks that cannot be differentiated twice
    return Workload(contestants, steps=steps, warmup=10, steps_per_execution=5)


WORKLOADS = {
    "dense": Workload(
        {
            # Ten times slower than the others: fewer steps say as much.
            "script": Contestant("script", updates=(ALTERNATING,), share_of_steps=0.2),
            **_loops("torch_dense"),
            "jax-jit": Contestant("jax_jit", "jax"),
            **_kit(UPDATES, {}),
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
        {**_loops("torch_joint", updates=(ALTERNATING,)), **_kit((ALTERNATING,), _VERY_SLOW)},
        **_FEW_PAGES,
        steps=10,
        image_size=200,
    ),
    # V-GAN: a U-Net against a discriminator of patches, on crops of photographs.
    "vgan": Workload(
        _with_own_loops("vgan", ALTERNATING, _VERY_SLOW),
        steps=20,
        warmup=5,
        steps_per_execution=1,
        batch_size=16,
        image_size=128,
        images=160,
    ),
}
COLUMNS = 35
UNET_FILTERS, UNET_DEPTH, MASK_WEIGHT = 16, 4, 10.0


def networks_of(workload: str, image_size: int | None = None) -> tuple[Any, Any]:
    """The generator and the discriminator of a workload, as Keras models with random weights."""
    from keras_gan_kit import networks

    shape = _image_shape(workload, image_size)
    if workload == "vgan":
        return (
            networks.unet_generator(shape, filters=UNET_FILTERS, depth=UNET_DEPTH),
            networks.vgan_discriminator(shape, filters=UNET_FILTERS, kind="patch1"),
        )
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
    """Images in [-1, 1]: MNIST from an `.npz` file, or noise; with rows or masks where needed."""
    shape = _image_shape(workload, image_size)
    if mnist is None:
        random = np.random.default_rng(0)
        n = WORKLOADS[workload].images
        images = random.random((n, *shape), dtype="float32") * 2.0 - 1.0
        if workload == "joint-200":
            return {"image": images, "table": random.random((n, COLUMNS), dtype="float32")}
        if workload == "vgan":
            return {"image": images, "mask": (images[..., :1] > 0.8).astype("float32")}
        return images
    with np.load(Path(mnist)) as arrays:
        pixels: np.ndarray = arrays["x_train"].astype("float32")
    return pixels.reshape(-1, *shape) / 127.5 - 1.0


def _image_shape(workload: str, image_size: int | None) -> tuple[int, int, int]:
    size = image_size or WORKLOADS[workload].image_size
    return (size, size, 3 if workload == "vgan" else 1)
