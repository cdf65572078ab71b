"""Every public class comes back from its configuration, and every model and layer from a file."""

import keras
import numpy as np
import pytest
from every_name import BUILDERS, CONCRETE, NAMES, make, named, signature
from keras import tree

# Keras' callbacks and data sets have no configuration, and neither have reports.
CONFIGURED = [name for name, thing in CONCRETE.items() if hasattr(thing, "get_config")]
MODELS = [name for name in CONFIGURED if issubclass(NAMES[name], keras.Model)]
LAYERS = [
    name for name in CONFIGURED if issubclass(NAMES[name], keras.Layer) and name not in MODELS
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_classes_of_every_kind_are_found():
    assert {"models.GAN", "models.CycleGAN"} <= set(MODELS)
    assert {"networks.SpectralNormalization", "data.DifferentiableAugment"} <= set(LAYERS)
    kinds = {"losses.Hinge", "penalties.R1", "evaluation.Dice", "models.ScheduledAdam"}
    assert kinds | {"data.TableTransformer"} <= set(CONFIGURED)
    assert "networks.unet_generator" in BUILDERS


def plain(config):
    """What a file gives back of a configuration: lists in the place of tuples."""
    if isinstance(config, dict):
        return {key: plain(value) for key, value in config.items()}
    return [plain(value) for value in config] if isinstance(config, list | tuple) else config


@pytest.mark.parametrize("name", CONFIGURED)
def test_the_configuration_makes_an_equal_object(name):
    thing = make(name)
    config = thing.get_config()
    assert {p.name for p in named(signature(type(thing)))} - {"args", "kwargs"} <= set(config)
    wrapper = isinstance(thing, keras.layers.Wrapper)  # Keras' own takes its argument apart
    again = type(thing).from_config(dict(config) if wrapper else config)
    assert type(again) is type(thing)
    assert again.get_config() == config


@pytest.mark.parametrize("name", [name for name in CONFIGURED if name not in MODELS])
def test_keras_serializes_it_under_the_name_of_the_package(name):
    thing = make(name)
    serialized = keras.saving.serialize_keras_object(thing)
    assert serialized["registered_name"] == f"keras_gan_kit>{type(thing).__name__}"
    again = keras.saving.deserialize_keras_object(serialized)
    assert type(again) is type(thing)
    assert again.get_config() == thing.get_config()


def numbers(structure):
    """A structure of the same shapes with numbers in [-1, 1]."""

    def of(leaf):
        shape = [3, *(8 if side is None else side for side in leaf.shape[1:])]
        if keras.backend.is_int_dtype(leaf.dtype):
            return np.arange(3, dtype=leaf.dtype).reshape(shape)
        return np.linspace(-1, 1, int(np.prod(shape)), dtype="float32").reshape(shape)

    return tree.map_structure(of, structure)


def outputs(model, inputs):
    found = tree.flatten(model(inputs, training=False))
    return [keras.ops.convert_to_numpy(output) for output in found]


def check_same_outputs(model, path):
    model.save(path)
    inputs = numbers(model._inputs_struct)
    again = keras.saving.load_model(path)
    for a, b in zip(outputs(model, inputs), outputs(again, inputs), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", BUILDERS)
def test_networks_come_back_from_a_file(name, folder):
    check_same_outputs(make(name), folder / "network.keras")


@pytest.mark.backend
@pytest.mark.parametrize("name", LAYERS)
def test_layers_come_back_from_a_file(name, folder):
    images = keras.Input((4, 4, 1))
    check_same_outputs(keras.Model(images, make(name)(images)), folder / "model.keras")


@pytest.mark.backend
@pytest.mark.parametrize("name", MODELS)
def test_models_come_back_from_a_file(name, folder):
    model = make(name)
    model.compile()
    model.save(folder / "model.keras")
    again = keras.saving.load_model(folder / "model.keras")
    assert type(again) is type(model)
    assert plain(again.get_config()) == plain(model.get_config())
    assert plain(again.get_compile_config()) == plain(model.get_compile_config())
    for a, b in zip(model.variables, again.variables, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (a, b)))
