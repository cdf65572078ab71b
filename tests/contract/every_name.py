"""Every public name of the package, and the fewest arguments that its classes and networks take."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_gan_kit
from keras_gan_kit import data, evaluation, generation, losses, networks

PAGE = (8, 8, 1)
LAYERS = {"filters": (3, 2), "kernels": 3, "strides": (1, 2), "table_units": (4,)}


def packages():
    """The package and its public folders."""
    yield keras_gan_kit
    for found in pkgutil.iter_modules(keras_gan_kit.__path__, "keras_gan_kit."):
        if found.ispkg and not found.name.split(".")[-1].startswith("_"):
            yield importlib.import_module(found.name)


def every_name():
    """Maps names to what they stand for: a folder and a name, for two folders may share one."""
    found = {}
    for package in packages():
        names = getattr(package, "__all__", [name for name in dir(package) if name[0] != "_"])
        for name in names:
            thing = getattr(package, name)
            if not inspect.ismodule(thing):
                folder = thing.__module__.split(".")[1]
                found[f"{folder}.{name}"] = thing
    return found


NAMES = every_name()
CLASSES = {name: thing for name, thing in NAMES.items() if inspect.isclass(thing)}
CONCRETE = {name: thing for name, thing in CLASSES.items() if not inspect.isabstract(thing)}
BUILDERS = {
    name: thing
    for name, thing in NAMES.items()
    if inspect.isfunction(thing) and name.startswith("networks.")
}


def players(generator=(4, 4, 1), discriminator=(4, 4, 1)):
    return {
        "generator": networks.dense_generator(generator, 3, (4,)),
        "discriminator": networks.dense_discriminator(discriminator, (4,)),
    }


def translators():
    generator, discriminator = networks.cycle_generator, networks.patch_discriminator
    small = {"filters": 2, "downsamplings": 1, "blocks": 1}
    judge = {"filters": (2,), "normalization": False}
    return {
        "a_to_b": generator(PAGE, 1, **small),
        "b_to_a": generator(PAGE, 1, **small),
        "discriminator_a": discriminator(PAGE, **judge),
        "discriminator_b": discriminator(PAGE, **judge),
        "cycle_weight": 3.0,
        "identity_weight": 0.5,
        "pool_size": 7,
    }


def classifying():
    plain = players()
    return {
        "generator": networks.conditional_generator(plain["generator"], 3, embedding_dim=1),
        "discriminator": networks.conditional_discriminator(
            plain["discriminator"], 3, kind="classifier"
        ),
        "num_classes": 3,
        "class_loss_weight": 0.5,
    }


def translating():
    return {
        "generator": networks.unet_generator(PAGE, filters=2, depth=2),
        "discriminator": networks.vgan_discriminator(PAGE, filters=2, kind="pixel"),
        "reconstruction_loss": "mae",
        "reconstruction_weight": 3.0,
    }


def pixels(count=6, channels=1):
    return np.linspace(-1, 1, count * 64 * channels, dtype="float32").reshape(count, 8, 8, channels)


def pairs():
    one, statistics = np.ones((3, 8, 8, 1), "float32"), np.ones((3, 1, 1, 1), "float32")
    names = ("a", "b", "c")
    return data.ImagePairs(names, pixels(3), one, one, statistics, statistics, size=(8, 8))


def generated():
    generator = networks.dense_generator(PAGE, 3, (4,))
    made = generation.generate_dataset(generator, 3, "made", format="folder", verbose=0)
    return {"directory": made.directory, "manifest": made.manifest}


def network_of_features():
    images = keras.Input(PAGE)
    return keras.Model(images, keras.layers.Dense(3)(keras.layers.Flatten()(images)))


def two_stages():
    """Frozen features at a quarter and at an eighth of the resolution."""
    image = keras.Input((None, None, 1))
    quarter = keras.layers.AveragePooling2D(4)(image)
    return keras.Model(image, keras.layers.AveragePooling2D(2)(quarter))


# Other values than the defaults, where an argument is written into a configuration.
ARGUMENTS = {
    "models.GAN": lambda: (
        players() | {"discriminator_steps": 2, "ema_momentum": 0.5, "seed": 7, "name": "mine"}
    ),
    "models.WGANGP": lambda: players() | {"discriminator_steps": 2, "seed": 7},
    "models.RelativisticGAN": lambda: players() | {"ema_momentum": 0.5},
    "models.ConditionalGAN": classifying,
    "models.CycleGAN": translators,
    "models.ImageToImageGAN": translating,
    "models.ScheduledAdam": lambda: {"learning_rate": 0.5, "beta_1": 0.25, "beta_2": 0.75},
    "losses.BinaryCrossentropy": lambda: {"label_smoothing": 0.25, "from_logits": False},
    "losses.KerasLoss": lambda: {"loss": keras.losses.Poisson()},
    "losses.Minimax": lambda: {"from_logits": False},
    "losses.PlayerLosses": lambda: {
        "discriminator": losses.Hinge(),
        "generator": losses.LeastSquares(),
    },
    "penalties.GradientPenalty": lambda: {"weight": 3.0, "target": 0.5, "one_sided": True},
    "penalties.Mismatch": lambda: {"weight": 3.0},
    "penalties.R1": lambda: {"gamma": 0.5},
    "penalties.R2": lambda: {"gamma": 0.5},
    "callbacks.EvaluateSamples": lambda: {
        "real": pixels()[:, :4, :4],
        "metrics": {"brightness": lambda real, synthetic: abs(real.mean() - synthetic.mean())},
    },
    "callbacks.LossHistory": lambda: {"directory": "history", "every": 2},
    "callbacks.LossPlot": lambda: {"directory": "history"},
    "callbacks.PeriodicCheckpoint": lambda: {"directory": "checkpoints"},
    "callbacks.SampleGrid": lambda: {"directory": "samples", "rows": 2, "columns": 2},
    "callbacks.Schedule": lambda: {"target": "gamma", "start": 1.0, "end": 0.5, "over": 4},
    "callbacks.StabilityMonitor": lambda: {"every": 1, "patience": 2, "max_gap": 1e-9},
    "callbacks.AdaptiveStrength": lambda: {"images": 100, "every": 1},
    "callbacks.TrainingVideo": lambda: {"directory": "samples", "path": "film.gif"},
    "data.ArrayDataset": lambda: {"samples": pixels()},
    "data.DifferentiableAugment": lambda: {"policy": ("color",), "strength": 0.5, "seed": 7},
    "data.ImagePairs": lambda: vars(pairs()),
    "data.LabeledImages": lambda: {
        "images": pixels(2),
        "labels": np.int32([0, 1]),
        "class_names": ("a", "b"),
        "names": ("a/1", "b/1"),
    },
    "data.DicomImages": lambda: {"images": pixels(2), "names": ("1", "2")},
    "data.NiftiSlices": lambda: {
        "images": pixels(2),
        "names": ("a-1", "a-2"),
        "files": (Path("a.nii"),),
        "counts": (2,),
    },
    "data.WfdbSignals": lambda: {
        "signals": pixels(2)[..., 0],
        "names": ("1", "2"),
        "channel_names": ("I",) * 8,
        "units": ("mV",) * 8,
        "sampling_rate": 500.0,
    },
    "data.PairedDataset": lambda: {"pairs": pairs()},
    "data.TableTransformer": lambda: {
        "continuous": ["age"],
        "binary": ["sex"],
        "categorical": ["ward"],
        "ordinal": {"grade": ["none", "mild"]},
        "thresholds": {"LAD": 50},
        "drop": ["name"],
        "scaling": "modes",
    },
    "data.UnpairedDataset": lambda: {"a": pixels(), "b": pixels(3)},
    "evaluation.Dice": lambda: {"threshold": 0.25, "name": "overlap"},
    "evaluation.Features": lambda: vars(evaluation.extract_features(pixels(20), features="pixels")),
    "evaluation.FrechetDistance": lambda: {"features": network_of_features(), "name": "fid"},
    "evaluation.KernelDistance": lambda: {"features": network_of_features(), "name": "kid"},
    "evaluation.Report": lambda: {"title": "T", "summary": "S", "scores": {}},
    "generation.GeneratedDataset": generated,
    "networks.SpectralNormalization": lambda: {"layer": keras.layers.Dense(2), "name": "mine"},
    "networks.conditional_discriminator": lambda: {
        "discriminator": players()["discriminator"],
        "num_classes": 3,
    },
    "networks.conditional_generator": lambda: {
        "generator": players()["generator"],
        "num_classes": 3,
        "embedding_dim": 1,
    },
    "networks.cycle_generator": lambda: {"image_shape": PAGE, "filters": 2, "blocks": 1},
    "networks.dcgan_discriminator": lambda: {
        "image_shape": PAGE,
        "filters": (2,),
        "spectral_norm": True,
    },
    "networks.dcgan_generator": lambda: {
        "image_shape": PAGE,
        "latent_dim": 3,
        "filters": (3, 2),
        "strides": 2,
    },
    "networks.dense_discriminator": lambda: {"image_shape": PAGE, "units": (4,)},
    "networks.dense_generator": lambda: {"image_shape": PAGE, "units": (4,)},
    "networks.fastgan_generator": lambda: {"image_shape": PAGE, "filters": (3, 2)},
    "networks.joint_discriminator": lambda: {"image_shape": PAGE, "table": 2, **LAYERS},
    "networks.joint_generator": lambda: {"image_shape": PAGE, "table": 2, **LAYERS},
    "networks.joint_residual_discriminator": lambda: {
        "image_shape": PAGE,
        "table": 2,
        "filters": (2, 3),
        "table_units": (4,),
    },
    "networks.joint_residual_generator": lambda: {
        "image_shape": PAGE,
        "table": fitted_transformer(),
        "filters": (3, 2),
        "table_units": (4,),
    },
    "networks.patch_discriminator": lambda: {"image_shape": PAGE, "filters": (2, 3)},
    "networks.residual_discriminator": lambda: {"image_shape": PAGE, "filters": (2, 3)},
    "networks.residual_generator": lambda: {"image_shape": PAGE, "filters": (3, 2)},
    "networks.signal_discriminator": lambda: {"signal_shape": (8, 2), "filters": (2, 3)},
    "networks.signal_generator": lambda: {"signal_shape": (8, 2), "filters": (3, 2)},
    "networks.table_discriminator": lambda: {"table": 2, "units": (4,)},
    "networks.table_generator": lambda: {"table": fitted_transformer(), "units": (4,)},
    "networks.projected_discriminator": lambda: {
        "image_shape": PAGE,
        "features": two_stages(),
        "channels": 2,
        "filters": 2,
    },
    "networks.unet_generator": lambda: {"image_shape": PAGE, "filters": 2, "depth": 2},
    "networks.volume_discriminator": lambda: {"volume_shape": (4, 4, 4, 1), "filters": (2, 3)},
    "networks.volume_generator": lambda: {"volume_shape": (4, 4, 4, 1), "filters": (3, 2)},
    "networks.vgan_discriminator": lambda: {"image_shape": PAGE, "filters": 2, "kind": "pixel"},
}


def fitted_transformer():
    import pandas as pd

    table = pd.DataFrame({"age": [48.5, 70.0, 61.25, 59.0], "sex": list("fmmf")})
    return data.TableTransformer(scaling="modes").fit(table)


def signature(thing):
    """The arguments of a function, or those that make an object."""
    function = thing.__init__ if inspect.isclass(thing) else thing
    return [p for p in inspect.signature(function).parameters.values() if p.name != "self"]


def named(parameters):
    """Those that have a name of their own: not `*args`, not `**options`."""
    return [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def make(name):
    """Makes an object of a class, or a network, from the fewest arguments."""
    thing = NAMES[name]
    required = [p.name for p in named(signature(thing)) if p.default is p.empty]
    if required and name not in ARGUMENTS:
        pytest.fail(f"{name} needs {required}: add it to ARGUMENTS in tests/contract/every_name.py")
    return thing(**ARGUMENTS.get(name, dict)())
