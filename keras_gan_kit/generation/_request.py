"""The request of `generate_dataset`: a generator and the samples to draw from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import tree
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer
from keras_gan_kit._backend import auto_jit_compile
from keras_gan_kit._errors import invalid
from keras_gan_kit.data._image_arguments import value_bounds
from keras_gan_kit.generation._parts import CONDITIONS, Part, check_names, parts_of
from keras_gan_kit.generation._table import columns_of, is_transformer
from keras_gan_kit.models import GAN, ConditionalGAN
from keras_gan_kit.models._check_batches import check_labels
from keras_gan_kit.models._check_networks import check_model
from keras_gan_kit.models._conditions import ask, refuse_labels_of
from keras_gan_kit.models._inspection import input_of, layers_of, shapes_of
from keras_gan_kit.models._sampling import latents
from keras_gan_kit.networks._table_output import row_table

if TYPE_CHECKING:
    import pandas as pd

    from keras_gan_kit.data._asked_conditions import Asked

# A larger relative difference is another sample, not rounding.
_FEW, _ROUNDING = 2, 1e-2
# An image may leave its range a little.
_FIRST, _BEYOND, _MAX_SHARE = 64, 1.1, 0.05


@dataclass(frozen=True)
class Request:
    """Holds the validated arguments of `generate_dataset` that determine the samples.

    Args:
        network: Maps latents, or [latents, labels], to samples.
        latent_dim: The length of a latent.
        num_classes: The number of classes; None if samples have no labels.
        count: The number of samples.
        seed: The seed of the latents.
        labels: One class, the class of each sample, or None for all classes in turn.
        parts: The arrays of a sample.
        transformers: The fitted transformers of tables, by the name of the part.
        unbounded: The names of images whose range is not known.
        conditions: The given conditions of the samples; None if there are none.
        examples: The coordinates of training conditions, from which unspecified columns are drawn.
    """

    network: keras.Model
    latent_dim: int
    num_classes: int | None
    count: int
    seed: int
    labels: NDArray[np.int32] | int | None
    parts: tuple[Part, ...]
    transformers: dict[str, Any]
    unbounded: frozenset[str]
    conditions: Asked | None = None
    examples: NDArray[np.float64] | None = None

    def draw(
        self, start: int, num: int, *, eager: bool = False
    ) -> tuple[Any, NDArray[np.generic] | None]:
        """Draws samples in one pass of the generator.

        Args:
            start: The index of the first sample.
            num: The number of samples. The network is compiled again for each new number.
            eager: Whether to run without compiling, for a single pass.

        Returns:
            NumPy arrays in the structure of a sample, and their labels or encoded conditions.
        """
        labels = self._labels(start, num)
        inputs: Any = latents(num, self.latent_dim, seed=self.seed, start=start)
        inputs = inputs if labels is None else [inputs, labels]
        if not eager:
            return self.network.predict_on_batch(inputs), labels
        tensors = tree.map_structure(keras.ops.convert_to_tensor, inputs)
        outputs = self.network(tensors, training=False)
        return tree.map_structure(_float32, outputs), labels

    def _labels(self, start: int, num: int) -> NDArray[np.generic] | None:
        if self.conditions is not None:
            drawn = self.conditions.draw(self.examples, num, seed=self.seed, start=start)
            return self.conditions.conditions.encoded(drawn)
        indices = np.arange(start, start + num)
        if self.num_classes is None:
            return None
        if isinstance(self.labels, np.ndarray):
            # The samples that fill up the last batch are discarded.
            return self.labels[np.minimum(indices, len(self.labels) - 1)]
        if self.labels is not None:
            return np.full(len(indices), self.labels, np.int32)
        return (indices % self.num_classes).astype(np.int32)

    def condition_table(self, rows: NDArray[np.float32]) -> pd.DataFrame:
        """Decodes conditions to a table."""
        if self.conditions is None:
            raise RuntimeError("these samples have no conditions")
        columns = self.conditions.conditions
        return columns.frame(columns.decoded(rows))

    def compiled(self) -> Request:
        """Returns the request with a network compiled for many passes.

        Keras selects XLA wherever it works. On a CPU, XLA makes convolutions several times slower
        and passes through dense layers no faster: they lack the many small operations of a
        training step. The user's network keeps its settings.
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
        return replace(self, network=network)

    def check_first_samples(self) -> None:
        """Checks that samples depend only on their latents, and checks the ranges of images.

        Raises:
            ValueError: If the generator draws random numbers of its own, which would make every
                run different, or if the range of its images must be passed.
        """
        # Not compiled, because compiling for this batch size takes longer than drawing the samples.
        first, second = (self.draw(0, _FEW, eager=True)[0] for _ in range(2))
        for a, b in zip(tree.flatten(first), tree.flatten(second), strict=True):
            if np.abs(a - b).max() > _ROUNDING * np.abs(a).max(initial=1.0):
                raise invalid(
                    "model_or_path",
                    received="a generator that draws different samples from the same latents",
                    expected="samples that depend only on their latents",
                    fix="make its noise layers act in training only",
                )
        if self.unbounded:
            leaves = dict(tree.flatten_with_path(self.draw(0, _FIRST, eager=True)[0]))
            for part in self.parts:
                if part.name in self.unbounded:
                    _check_range(part, leaves[part.path])


def _float32(tensor: Any) -> NDArray[np.float32]:
    values: NDArray[np.float32] = keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))
    return values


def _check_range(part: Part, values: NDArray[np.float32]) -> None:
    share = float(np.mean(np.abs(values) > _BEYOND))
    if share > _MAX_SHARE:
        low, high = float(values.min()), float(values.max())
        raise invalid(
            "value_range",
            received=f"None, for images {part.name!r} with values from {low:.3g} to {high:.3g}; "
            "the last layer of the generator does not set their range",
            expected="the values of black and white, because they are not -1 and 1",
            fix="pass for example value_range=(0, 255)",
        )


def make_request(
    model_or_path: Any,
    num_samples: Any,
    *,
    seed: Any = 0,
    table: Any = None,
    labels: Any = None,
    conditions: Any = None,
    value_range: Any = None,
) -> Request:
    """Validates the arguments of `generate_dataset` that determine the samples.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of range or does not match the model, the file does not
            exist or contains no model, or the model needs more than latents.
    """
    model = _load(model_or_path) if isinstance(model_or_path, str | Path) else model_or_path
    network, latent_dim, num_classes = _network(model)
    count = integer("num_samples", num_samples)
    asked = _asked(model, conditions, labels, count)
    parts, unbounded = parts_of(network, has_labels=num_classes is not None)
    unbounded &= {part.name for part in parts if part.kind == "image"}
    if value_range is not None:
        parts, unbounded = _with_range(parts, value_bounds("value_range", value_range)), set()
    main, table = _main_table(parts, table, network)
    parts = [
        replace(p, columns=columns_of(table if p.name == main else None, p.shape[0], p.name))
        if p.kind == "table"
        else p
        for p in parts
    ]
    parts += _condition_parts(asked, parts)
    check_names(parts)
    return Request(
        network=network,
        latent_dim=latent_dim,
        num_classes=num_classes,
        count=count,
        seed=integer("seed", seed, minimum=0),
        labels=_checked_labels(num_classes, labels, count),
        parts=tuple(parts),
        transformers={main: table} if main is not None and is_transformer(table) else {},
        unbounded=frozenset(unbounded),
        conditions=asked,
        examples=None if asked is None else model.example_coordinates,
    )


def _asked(model: Any, conditions: Any, labels: Any, count: int) -> Asked | None:
    """Reads the argument `conditions`, for a model that has some."""
    if isinstance(model, ConditionalGAN) and model.columns is not None:
        refuse_labels_of(model.columns, labels)
        return ask(model.columns, conditions, count)
    if conditions is not None:
        raise invalid(
            "conditions",
            received=f"{conditions!r:.80} for a model without conditions",
            expected="None",
            fix="leave it out, or pass a ConditionalGAN(..., conditions=table)",
        )
    return None


def _condition_parts(asked: Asked | None, parts: list[Part]) -> list[Part]:
    """Returns the part of the conditions that are not columns of the samples, if there are any."""
    if asked is None:
        return []
    drawn = {name for part in parts for name in part.names}
    columns = tuple(c.column.type for c in asked.conditions.columns if c.name not in drawn)
    return [Part("table", (CONDITIONS,), CONDITIONS, (len(columns),), columns=columns)][
        : len(columns)
    ]


def _load(path: str | Path) -> Any:
    if not Path(path).is_file():
        raise invalid(
            "model_or_path",
            received=f"{str(path)!r}, which is not a file",
            expected="a model, or the path of a .keras file",
            fix="save the model with gan.save('gan.keras')",
        )
    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras passes a file's values to any layer's constructor
        raise invalid(
            "model_or_path",
            received=f"{str(path)!r}, which cannot be loaded ({error})",
            expected="a .keras file of a GAN or a generator",
            fix="import the module that registers the model's own layers, or pass the model",
        ) from error


def _network(model: Any) -> tuple[keras.Model, int, int | None]:
    """Returns the network that draws samples, the length of its latents, its number of classes."""
    if isinstance(model, ConditionalGAN) and model.latent_dim is not None:
        return model.sampling_network, model.latent_dim, model.num_classes
    network = model.sampling_network if isinstance(model, GAN) else model
    check_model("model_or_path", network)
    inputs: Iterable[Any] = tree.flatten(input_of(network))
    shape = tuple(tree.flatten(inputs)[0].shape)
    if len(tree.flatten(inputs)) == 1 and len(shape) == 2 and shape[1] is not None:
        return network, int(shape[1]), None
    raise invalid(
        "model_or_path",
        received=f"a {type(model).__name__} whose generator takes inputs of shape "
        f"{shapes_of(inputs)}",
        expected="a model that draws samples only from latents, (None, latent_dim)",
        fix="translate images with the model's own methods; for a conditional generator, pass its "
        "ConditionalGAN, which has the number of classes",
    )


def _with_range(parts: list[Part], value_range: tuple[float, float]) -> list[Part]:
    if not any(part.kind == "image" for part in parts):
        raise invalid(
            "value_range",
            received=f"{value_range}, for a model that draws no images",
            expected="None",
            fix="leave `value_range` out",
        )
    return [
        replace(part, value_range=value_range) if part.kind == "image" else part for part in parts
    ]


def _main_table(parts: list[Part], table: Any, network: keras.Model) -> tuple[str | None, Any]:
    """Returns the name of the part that the argument `table` describes, and the table.

    None stands for the transformer that the network was built with, if it is of such rows.
    """
    tables = [part.name for part in parts if part.kind == "table"]
    main = tables if len(tables) == 1 else [name for name in tables if name == "table"]
    if table is not None and not main:
        raise invalid(
            "table",
            received=f"{table!r} for a model that draws {[part.name for part in parts]}",
            expected="None, or a model with one table, or with one named 'table'",
            fix="leave `table` out",
        )
    if table is None and main:
        own = row_table(network)
        widths = [part.shape[0] for part in parts if part.name == main[0]]
        table = own if own is not None and [own.width] == widths else None
    return (main[0] if main else None), table


def _checked_labels(
    num_classes: int | None, labels: Any, count: int
) -> NDArray[np.int32] | int | None:
    if labels is None:
        return None
    if num_classes is None:
        raise invalid(
            "labels",
            received=f"{labels!r} for a model without classes",
            expected="None",
            fix="leave `labels` out, or pass a ConditionalGAN",
        )
    if isinstance(labels, Integral):
        return integer("labels", labels, minimum=0, maximum=num_classes - 1)
    return check_labels("labels", labels, num_classes, count)
