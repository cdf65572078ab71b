"""An exported sampler gives the samples of `generate`, in a process without Keras."""

import importlib.util
import json
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pandas as pd
import pytest

from keras_gan_kit import GAN, ConditionalGAN, CycleGAN, ImageToImageGAN, data, networks

pytestmark = pytest.mark.backend

BACKEND = keras.backend.backend()
SUFFIXES = {"onnx": ".onnx", "litert": ".tflite", "openvino": ".xml", "torch": ".pt2"}
# Reads inputs from one .npz file and writes outputs to another.
RUNNERS = {
    "tf_saved_model": """
import tensorflow as tf
run = tf.saved_model.load(path).signatures["serving_default"]
tensors = {name: tf.constant(value) for name, value in inputs.items()}
outputs = {name: value.numpy() for name, value in run(**tensors).items()}
""",
    "onnx": """
import onnxruntime
session = onnxruntime.InferenceSession(path)
wanted = {i.name: i.type for i in session.get_inputs()}
inputs = {n: v.astype("int64") if "int64" in wanted[n] else v for n, v in inputs.items()}
outputs = dict(zip([o.name for o in session.get_outputs()], session.run(None, inputs)))
""",
    "litert": """
from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter(path)
run = interpreter.get_signature_runner()
outputs = run(**inputs)
""",
    "torch": """
import torch
tensors = {name: torch.tensor(value) for name, value in inputs.items()}
if "a" not in tensors:  # a pair is a dict, other inputs come in their order
    tensors = list(tensors.values())
found = torch.export.load(path).module()(tensors[0] if len(tensors) == 1 else tensors)
found = found if isinstance(found, dict) else {"samples": found}
outputs = {name: value.detach().numpy() for name, value in found.items()}
""",
    "openvino": """
import openvino
model = openvino.Core().read_model(path)
names = [output.any_name for output in model.outputs]
# It would compute in bfloat16 where the processor has it, and may rename its outputs.
found = openvino.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(
    list(inputs.values())
)
outputs = {name: found[i] for i, name in enumerate(names)}
""",
}
LIBRARIES = {
    ("onnx", "tensorflow"): ["tf2onnx", "onnx", "onnxruntime"],
    ("onnx", "jax"): ["jax2onnx", "onnx", "onnxruntime"],
    ("onnx", "torch"): ["onnx", "onnxruntime"],
    ("litert", "tensorflow"): ["ai_edge_litert"],
    ("litert", "torch"): ["litert_torch", "ai_edge_litert"],
    ("tf_saved_model", "torch"): ["torch_xla"],
    ("openvino", BACKEND): ["openvino", *(["jax2onnx"] if BACKEND == "jax" else [])],
}
WRITTEN = {
    "tensorflow": ["tf_saved_model", "onnx", "litert", "openvino"],
    "jax": ["tf_saved_model", "onnx", "openvino"],
    "torch": ["torch", "onnx", "openvino"],
}[BACKEND]


def plain():
    return GAN(
        networks.dcgan_generator((8, 8, 1), 3, filters=(8, 4), strides=(1, 2)),
        networks.dcgan_discriminator((8, 8, 1), filters=(4,)),
    )


def averaged():
    gan = GAN(
        networks.dense_generator((4, 4, 1), 3, (8,)),
        networks.dense_discriminator((4, 4, 1), (8,)),
        ema_momentum=0.9,
    )
    for weight in gan.generator.trainable_weights:
        weight.assign(0.0 * weight)  # the average has not followed yet
    return gan


def joint():
    return GAN(
        networks.joint_generator(
            (8, 8, 1), 5, 3, filters=(8, 8), strides=(1, 2), table_units=(8,), kernels=3
        ),
        networks.joint_discriminator(
            (8, 8, 1), 5, filters=(8,), strides=(2,), table_units=(8,), kernels=3
        ),
    )


def conditional():
    generator = networks.dense_generator((4, 4, 1), 5, (8,))
    discriminator = networks.dense_discriminator((4, 4, 1), (8,))
    return ConditionalGAN(
        networks.conditional_generator(generator, 3, embedding_dim=2),
        networks.conditional_discriminator(discriminator, 3),
        num_classes=3,
    )


def conditioned():
    """Conditions of any kind: a number and a class."""
    rows = pd.DataFrame({"age": [40.0, 50.0, 60.0, 70.0] * 8, "ill": ["y", "n"] * 16})
    table = data.TableTransformer().fit(rows)
    generator = networks.dense_generator((4, 4, 1), 5, (8,))
    discriminator = networks.dense_discriminator((4, 4, 1), (8,))
    return ConditionalGAN(
        networks.conditional_generator(generator, conditions=table, embedding_dim=2),
        networks.conditional_discriminator(discriminator, conditions=table),
        conditions=table,
    )


def image_to_image():
    return ImageToImageGAN(
        networks.unet_generator((8, 8, 3), filters=4, depth=2),
        networks.vgan_discriminator((8, 8, 3), filters=4, kind="pixel"),
        reconstruction_loss="mae",
    )


def cycle():
    shape, small = (8, 8, 1), {"filters": 4, "blocks": 1}
    return CycleGAN(
        *(networks.cycle_generator(shape, **small) for _ in range(2)),
        *(networks.patch_discriminator(shape, filters=(4, 4)) for _ in range(2)),
    )


def sample(gan, num):
    """Returns named inputs, and what `generate` makes of them."""
    rng = np.random.default_rng(0)
    if isinstance(gan, CycleGAN):
        pair = {key: rng.uniform(-1, 1, (num, 8, 8, 1)).astype("float32") for key in "ab"}
        return pair, gan.generate(latents=pair)
    if isinstance(gan, ImageToImageGAN):
        source = rng.uniform(-1, 1, (num, 8, 8, 3)).astype("float32")
        return {"source": source}, gan.generate(latents=source)
    latents = rng.normal(size=(num, 3)).astype("float32")
    if isinstance(gan, ConditionalGAN) and gan.num_classes is None:
        rows = {"age": np.linspace(40, 70, num), "ill": ["n", "y", "y", "n", "n"][:num]}
        asked = pd.DataFrame(rows)
        encoded = gan.encode_conditions(asked)
        samples = gan.generate(latents=latents, conditions=asked)
        return {"latents": latents, "conditions": encoded}, samples
    if isinstance(gan, ConditionalGAN):
        labels = (np.arange(num) % 3).astype("int32")
        return {"latents": latents, "labels": labels}, gan.generate(latents=latents, labels=labels)
    return {"latents": latents}, gan.generate(latents=latents)


MODELS = {
    make.__name__: make
    for make in (plain, averaged, joint, conditional, conditioned, image_to_image, cycle)
}
SUFFIX = """
    np.savez(folder + "/outputs.npz", **outputs)
assert "keras_gan_kit" not in sys.modules
"""


def run_all(format, folders):
    """Runs the exported sampler of each folder in one other process, without Keras."""
    code = "import sys\nimport numpy as np\nfor folder in sys.argv[1:]:\n"
    code += f"    path = folder + '/sampler{SUFFIXES.get(format, '')}'\n"
    code += "    inputs = dict(np.load(folder + '/inputs.npz'))\n"
    code += textwrap.indent(RUNNERS[format], "    ") + SUFFIX
    if format != "tf_saved_model":  # TensorFlow imports Keras by itself
        code += "assert 'keras' not in sys.modules\n"
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, folders)]
    subprocess.run(command, check=True, timeout=300)


@pytest.mark.filterwarnings("ignore")  # of converters
@pytest.mark.parametrize("format", WRITTEN)
def test_samples_are_those_of_generate(tmp_path, format):
    for library in LIBRARIES.get((format, BACKEND), []):
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    expected = {}
    by_jax2onnx = BACKEND == "jax" and format in ("onnx", "openvino")
    for name, make in MODELS.items():
        if by_jax2onnx and name == "image_to_image":
            continue  # it cannot convert the max pooling of the U-Net, as docs/export.md says
        folder = tmp_path / name
        folder.mkdir()
        gan = make()
        gan.export(folder / f"sampler{SUFFIXES.get(format, '')}", format=format, verbose=False)
        inputs, samples = sample(gan, 5)
        np.savez(folder / "inputs.npz", **inputs)
        expected[folder] = samples if isinstance(samples, dict) else {"samples": samples}
    run_all(format, expected)
    for folder, samples in expected.items():
        outputs = dict(np.load(folder / "outputs.npz"))
        if format in ("onnx", "openvino", "torch"):
            assert {name.removeprefix("to_") for name in outputs} == set(samples)
        found = [outputs[name] for name in sorted(outputs)]
        for name, values in zip(sorted(samples), found, strict=True):
            np.testing.assert_allclose(values, samples[name], atol=1e-5, rtol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_the_file_describes_itself(tmp_path):
    format = WRITTEN[0]
    path = tmp_path / f"sampler{SUFFIXES.get(format, '')}"
    joint().export(path, format=format, verbose=False)
    beside = path / "assets.extra" / "sampler.json"
    if format != "tf_saved_model":
        beside = path.with_name(f"{path.name}.json")
    description = json.loads(beside.read_text())
    (latents,) = description["inputs"]
    assert latents["name"] == "latents" and latents["shape"] == [None, 3]
    image, table = description["outputs"]
    assert image == {
        "name": "image",
        "shape": [None, 8, 8, 1],
        "dtype": "float32",
        "range": [-1, 1],
    }
    assert table["name"] == "table" and table["range"] == [0, 1]


def test_a_format_that_the_backend_cannot_write_names_those_that_it_can(tmp_path):
    refused = {"tensorflow": "torch", "jax": "litert", "torch": "pickle"}[BACKEND]
    with pytest.raises(ValueError, match=rf"^Invalid `format`.*{refused}.*'tf_saved_model'"):
        plain().export(tmp_path / "sampler", format=refused)
    with pytest.raises(ValueError, match=r"^Invalid `filepath`.*\.onnx"):
        plain().export(tmp_path / "sampler", format="onnx")
    with pytest.raises(TypeError, match=r"^Invalid `filepath`"):
        plain().export(None)
    assert list(tmp_path.iterdir()) == []


def test_a_converter_that_is_not_installed_is_named_before_anything_is_written(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("keras_gan_kit.models._export.find_spec", lambda name: None)
    library = {"tensorflow": "tf2onnx", "jax": "jax2onnx", "torch": "onnxscript"}[BACKEND]
    with pytest.raises(ImportError, match=rf"^Invalid `format`.*'onnx'.*pip install {library}"):
        plain().export(tmp_path / "sampler.onnx", format="onnx")
    assert list(tmp_path.iterdir()) == []
