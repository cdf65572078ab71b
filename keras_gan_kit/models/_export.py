"""Exports the sampler of a GAN to formats that run without Keras."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
from keras import tree

from keras_gan_kit._errors import explain, invalid, wrong_type
from keras_gan_kit.models._inspection import input_of, output_of, output_ranges
from keras_gan_kit.models._networks import frozen_copy

# The formats of Keras, and the backends that can write them.
_BACKENDS = {
    "tf_saved_model": ("tensorflow", "jax", "torch"),
    "onnx": ("tensorflow", "jax", "torch"),
    "litert": ("tensorflow", "torch"),
    "openvino": ("tensorflow", "jax", "torch"),
    "torch": ("torch",),
}
_SUFFIXES = {"onnx": ".onnx", "litert": ".tflite", "openvino": ".xml", "torch": ".pt2"}
# The library that Keras converts with.
_LIBRARIES = {
    ("onnx", "tensorflow"): "tf2onnx",
    ("onnx", "jax"): "jax2onnx",
    ("onnx", "torch"): "onnxscript",
    ("litert", "torch"): "litert-torch",
    ("openvino", "jax"): "openvino jax2onnx",
    ("tf_saved_model", "torch"): "torch_xla",
}
# The formats whose converters do not accept dicts.
_FLAT = ("onnx", "openvino")


def check_keras_file(filepath: Any) -> None:
    """Checks that a model is not saved as HDF5.

    Raises:
        ValueError: If the suffix is that of HDF5.
    """
    if Path(filepath).suffix in (".h5", ".hdf5"):
        raise invalid(
            "filepath",
            received=repr(str(filepath)),
            expected="a `.keras` file: Keras' HDF5 format cannot hold two networks",
            fix="pass 'gan.keras', call save_weights('gan.weights.h5'), or save one network by "
            "gan.generator.save('generator.h5')",
        )


def export_sampler(
    network: keras.Model,
    input_names: tuple[str, ...],
    filepath: str | Path,
    format: str,
    options: dict[str, Any],
) -> None:
    """Exports a network that draws samples.

    Args:
        network: A built model.
        input_names: The names of its inputs.
        filepath: The file to write, or the folder of a SavedModel.
        format: One of `_BACKENDS`.
        options: Options of `keras.Model.export`.

    Raises:
        TypeError: If the path is not a path.
        ValueError: If the format is unknown, or the backend cannot write it, or the path has
            another suffix.
        ImportError: If a converter is missing.
    """
    path = _checked(filepath, format)
    if keras.backend.backend() == "torch":  # its tracer does not accept trainable weights
        network = frozen_copy(network)
    sampler = _named_sampler(network, input_names, flat=format in _FLAT)
    if format == "torch" and "input_signature" not in options:
        options = _for_any_batch(sampler) | options
    _convert(sampler, path, format, options)
    _describe(network, sampler, path, format)


def _convert(sampler: keras.Model, path: Path, format: str, options: dict[str, Any]) -> None:
    """Writes the file. Names the library to install if a converter is missing."""
    backend = keras.backend.backend()
    libraries = _LIBRARIES.get((format, backend), "")
    absent = [name for name in libraries.split() if not find_spec(name.replace("-", "_"))]
    if absent:  # without them, Keras and PyTorch may fail in other words
        raise _without_converter(format, f"no module {absent[0]!r}")
    try:
        if (format, backend) == ("openvino", "jax"):
            _export_openvino_from_onnx(sampler, path, options)
        else:
            sampler.export(str(path), format=format, **options)
    except ImportError as error:
        raise _without_converter(format, str(error)) from error


def _without_converter(format: str, reason: str) -> ImportError:
    backend = keras.backend.backend()
    libraries = _LIBRARIES.get((format, backend), format)
    return ImportError(
        explain(
            "format",
            received=f"{format!r} on the {backend} backend, but a converter cannot be imported "
            f"({reason})",
            expected=f"an installed {libraries}",
            fix=f"pip install {libraries}",
        )
    )


def _describe(network: keras.Model, sampler: keras.Model, path: Path, format: str) -> None:
    """Adds names, shapes and ranges to the file, or writes them next to it."""
    # Keras' name for the only output of these formats.
    single = "output_0" if format in ("tf_saved_model", "litert") else "samples"
    description = _description(network, sampler, single)
    if format in _FLAT:
        _make_unique(description)
    if format == "onnx":
        _describe_onnx(path, description)
        return
    if format == "openvino":
        _name_openvino(path, [output["name"] for output in description["outputs"]])
    beside = path.with_name(f"{path.name}.json")
    if format == "tf_saved_model":
        beside = path / "assets.extra" / "sampler.json"  # for additional files
        beside.parent.mkdir(exist_ok=True)
    beside.write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def _checked(filepath: Any, format: Any) -> Path:
    backend = keras.backend.backend()
    here = [name for name, backends in _BACKENDS.items() if backend in backends]
    if not isinstance(format, str) or format not in here:
        elsewhere = _BACKENDS.get(format, ()) if isinstance(format, str) else ()
        fix = f"pass format={here[0]!r}"
        if elsewhere:
            fix += (
                f", or load the saved model with KERAS_BACKEND={elsewhere[0]} and export it there"
            )
        raise invalid(
            "format",
            received=f"{format!r} on the {backend} backend",
            expected=f"one of {', '.join(map(repr, here))}",
            fix=fix,
        )
    if not isinstance(filepath, str | Path):
        raise wrong_type(
            "filepath",
            received=f"{filepath!r} of type {type(filepath).__name__}",
            expected="a path",
            fix="pass for example 'sampler.onnx'",
        )
    suffix = _SUFFIXES.get(format, "")
    if not str(filepath).endswith(suffix) or not str(filepath):
        raise invalid(
            "filepath",
            received=repr(str(filepath)),
            expected=f"a path that ends in {suffix}" if suffix else "the path of a folder",
            fix=f"pass for example 'sampler{suffix}'",
        )
    return Path(filepath)


def _named_sampler(
    network: keras.Model, input_names: tuple[str, ...], *, flat: bool
) -> keras.Model:
    """Wraps a network in a model whose inputs and outputs have names, and outputs are float32.

    Args:
        network: A built model.
        input_names: The names of its inputs, in the order in which Keras flattens them.
        flat: Whether to return several outputs as a list.
    """
    structure = input_of(network)
    tensors = tree.flatten(structure)
    if len(tensors) != len(input_names):  # a custom generator
        input_names = tuple(tensor.name for tensor in tensors)
    inputs = [
        keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name)
        for tensor, name in zip(tensors, input_names, strict=True)
    ]
    packed = tree.pack_sequence_as(structure, inputs)
    outputs = network(packed, training=False)
    outputs = tree.map_structure(_as_float32, outputs)
    if flat:
        outputs = tree.flatten(outputs)
        outputs = outputs[0] if len(outputs) == 1 else outputs
    sampler = keras.Model(packed, outputs, name="sampler")
    sampler(packed)  # Keras exports models that have been called
    return sampler


def _as_float32(tensor: Any) -> Any:
    return tensor if tensor.dtype == "float32" else keras.ops.cast(tensor, "float32")


def _export_openvino_from_onnx(sampler: keras.Model, path: Path, options: dict[str, Any]) -> None:
    """Exports from JAX through ONNX: OpenVINO does not read what JAX writes for TensorFlow."""
    import openvino

    with TemporaryDirectory() as folder:
        onnx = Path(folder) / "sampler.onnx"
        sampler.export(str(onnx), format="onnx", **options)
        openvino.save_model(openvino.convert_model(onnx), path, compress_to_fp16=False)


def _for_any_batch(sampler: keras.Model) -> dict[str, Any]:
    """Returns the option of `torch.export` that allows any batch size."""
    from keras_gan_kit._backend.torch_export import dynamic_batch

    shapes = [dynamic_batch() for _ in sampler.inputs]
    structure = tree.pack_sequence_as(input_of(sampler), shapes)
    return {"dynamic_shapes": structure if len(shapes) == 1 else [(structure,)]}


def _description(network: keras.Model, sampler: keras.Model, single: str) -> dict[str, Any]:
    """Describes inputs and outputs: names, shapes, dtypes and the ranges of values."""
    ranges = output_ranges(network)
    outputs = []
    for i, (path, tensor) in enumerate(tree.flatten_with_path(output_of(network))):
        described = {"name": "_".join(map(str, path)) or single, **_tensor(tensor, "float32")}
        limits = ranges[i] if i < len(ranges) else None  # subclassed models have none
        outputs.append(described | ({} if limits is None else {"range": list(limits)}))
    inputs = [{"name": t.name, **_tensor(t, t.dtype)} for t in tree.flatten(sampler.inputs)]
    for described in inputs:
        if described["name"] == "latents":
            described["distribution"] = "standard normal"
    return {"inputs": inputs, "outputs": outputs}


def _tensor(tensor: Any, dtype: str) -> dict[str, Any]:
    return {"shape": [None, *tensor.shape[1:]], "dtype": dtype}


def _make_unique(description: dict[str, Any]) -> None:
    """Renames outputs with the name of an input, as those of a `CycleGAN`."""
    inputs = {described["name"] for described in description["inputs"]}
    for described in description["outputs"]:
        if described["name"] in inputs:
            described["name"] = f"to_{described['name']}"


def _name_openvino(path: Path, names: list[str]) -> None:
    """Names the outputs of an OpenVINO file, and drops those that its converter has added."""
    import openvino

    model = openvino.Core().read_model(path)
    results = model.get_results()[: len(names)]
    for result, name in zip(results, names, strict=True):
        for port in (result.input_value(0), result.output(0)):
            port.get_tensor().set_names({name})
    kept = openvino.Model(results, model.get_parameters(), "sampler")
    with TemporaryDirectory(dir=path.parent) as folder:  # the weights of `path` are still mapped
        openvino.save_model(kept, Path(folder) / path.name, compress_to_fp16=False)
        for file in Path(folder).iterdir():
            file.replace(path.parent / file.name)


def _describe_onnx(path: Path, description: dict[str, Any]) -> None:
    """Names the outputs of an ONNX file, and writes the description into its metadata."""
    import onnx

    model = onnx.load(path)
    for output, described in zip(model.graph.output, description["outputs"], strict=True):
        converted, output.name = output.name, described["name"]
        model.graph.node.append(onnx.helper.make_node("Identity", [converted], [output.name]))
    onnx.helper.set_model_props(model, {"sampler": json.dumps(description)})
    onnx.checker.check_model(model)
    onnx.save(model, path)
