"""The network that a data set is drawn from, and what it is fed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import tree
from numpy.typing import NDArray

from keras_gan_kit._backend import auto_jit_compile
from keras_gan_kit._errors import invalid
from keras_gan_kit.models import GAN, ConditionalGAN
from keras_gan_kit.models._check_networks import check_model
from keras_gan_kit.models._inspection import input_of, layers_of, shapes_of
from keras_gan_kit.models._sampling import latents


@dataclass(frozen=True)
class Source:
    """A generator, ready to draw any batch of an endless sequence of samples.

    Args:
        network: Maps latents, or [latents, labels], to samples.
        latent_dim: The length of a latent.
        num_classes: How many classes there are; None where samples belong to none.
    """

    network: keras.Model
    latent_dim: int
    num_classes: int | None

    def draw(
        self,
        start: int,
        num: int,
        seed: int,
        labels: NDArray[np.int32] | None,
        *,
        eager: bool = False,
    ) -> Any:
        """Draws samples number `start` to `start + num - 1` in one pass.

        Args:
            start: The index of the first.
            num: How many; the same for every call, or the network is compiled again.
            seed: Which sequence.
            labels: int32 of shape (num,), where samples belong to classes.
            eager: Whether to run operation by operation, for a pass or two.

        Returns:
            NumPy arrays in the structure of a sample.
        """
        inputs: Any = latents(num, self.latent_dim, seed=seed, start=start)
        inputs = inputs if labels is None else [inputs, labels]
        if not eager:
            return self.network.predict_on_batch(inputs)
        tensors = tree.map_structure(keras.ops.convert_to_tensor, inputs)
        outputs = self.network(tensors, training=False)
        return tree.map_structure(_float32, outputs)

    def compiled(self) -> Source:
        """Returns the same source, compiled for many passes.

        Keras would choose XLA wherever it works. On a CPU it makes convolutions several times
        slower, and passes through dense layers no faster, which do not have the many small
        operations of a training step. The network itself stays as it is: its owner may have
        compiled it otherwise.
        """
        inputs = tree.map_structure(
            lambda tensor: keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype),
            input_of(self.network),
        )
        network = keras.Model(inputs, self.network(inputs, training=False))
        network.jit_compile = auto_jit_compile(
            convolutional=True,
            supports_jit=all(layer.supports_jit for layer in layers_of(self.network)),
        )
        return Source(network, self.latent_dim, self.num_classes)


def _float32(tensor: Any) -> NDArray[np.float32]:
    values: NDArray[np.float32] = keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))
    return values


def open_source(model_or_path: Any) -> Source:
    """Finds the network that draws samples.

    Args:
        model_or_path: A GAN, a generator, or the path of a `.keras` file of either.

    Raises:
        TypeError: If it is neither a model nor a path.
        ValueError: If the file does not exist or holds no model, or the model draws nothing from
            latents.
    """
    model = _load(model_or_path) if isinstance(model_or_path, str | Path) else model_or_path
    if isinstance(model, ConditionalGAN) and model.latent_dim is not None:
        return Source(model.sampling_network, model.latent_dim, model.num_classes)
    network = model.sampling_network if isinstance(model, GAN) else model
    check_model("model_or_path", network)
    inputs = tree.flatten(input_of(network))
    shape = tuple(inputs[0].shape)
    if len(inputs) == 1 and len(shape) == 2 and shape[1] is not None:
        return Source(network, int(shape[1]), None)
    raise invalid(
        "model_or_path",
        received=f"a {type(model).__name__} whose generator takes inputs of shape "
        f"{shapes_of(inputs)}",
        expected="a model that draws samples from latents alone: (None, latent_dim)",
        fix="turn images into images with the model's own methods; of a conditional generator, "
        "pass the ConditionalGAN, which knows its classes",
    )


def _load(path: str | Path) -> Any:
    if not Path(path).is_file():
        raise invalid(
            "model_or_path",
            received=f"{str(path)!r}, where there is no file",
            expected="a model, or the path of a .keras file",
            fix="save the model with gan.save('gan.keras')",
        )
    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as error:  # whatever the layers that a file names make of their arguments
        raise invalid(
            "model_or_path",
            received=f"{str(path)!r}, which cannot be loaded ({error})",
            expected="a .keras file of a GAN or a generator",
            fix="import the module that registers the model's own layers, or pass the model",
        ) from error
