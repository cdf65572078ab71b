"""A class-conditional GAN."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops, tree

from keras_gan_kit import networks
from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.models._check_batches import check_labels
from keras_gan_kit.models._check_data import check_samples
from keras_gan_kit.models._check_networks import (
    check_classes,
    check_networks,
    classifies,
    conditional_inputs,
)
from keras_gan_kit.models._conditions import ask, check_rows, condition_loss, refuse_labels_of
from keras_gan_kit.models._sampling import choose_latents, run, truncated
from keras_gan_kit.models.gan import GAN
from keras_gan_kit.networks._known_conditions import known_conditions
from keras_gan_kit.penalties import R1, R2
from keras_gan_kit.penalties.penalty import check_weight

if TYPE_CHECKING:
    import pandas as pd

    from keras_gan_kit.data import TableTransformer
    from keras_gan_kit.data._asked_conditions import Asked
    from keras_gan_kit.data._conditions import Conditions

_EMBEDDING_DIM = 16
_EXAMPLES = 65_536


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class ConditionalGAN(GAN):
    """A `GAN` that generates samples of given classes, or with given columns of a table.

    Train it with `fit(x, labels)` and sample with `generate(n, labels=...)`. With `conditions`,
    train it with `fit(x, frame)`, where `frame` is a DataFrame with a row for each sample, and
    sample with `generate(n, conditions={"age": (60, 70), "diabetes": True})`. Unspecified columns
    are drawn as in training, given the others. Generated table rows have the given values.

    Fakes in training have the labels of the real batch. The discriminator's network determines how
    it uses labels:

    - With inputs [samples, labels], it decides whether a sample is real and of that class (Miyato
      and Koyama 2018, arXiv 1802.05637: `networks.conditional_discriminator`).
    - With outputs {"logit": ..., "class": ...}, it also predicts the class (AC-GAN, Odena et al.
      2017, arXiv 1610.09585: the same builder with kind="classifier"). Both players then also
      minimize the cross-entropy: the discriminator on real samples (logged as `d_class`), the
      generator on its own (`g_class`). For numerical conditions, they minimize the squared error.

    Saved models contain the conditions of up to 65,536 training rows, from which unspecified
    columns are drawn.

    Args:
        generator: Maps [latents, labels] to samples: (batch, latent_dim) and integers (batch,).
            `networks.conditional_generator` makes one from any generator.
        discriminator: One of the two above.
        num_classes: Labels are 0 to `num_classes` - 1.
        conditions: A `TableTransformer`, fitted on the columns to condition on, in place of
            `num_classes`. Build the networks for it too.
        class_loss_weight: The weight of the cross-entropy, at least 0.
        **options: The options of `GAN`.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If networks do not match or are built for another number of classes, a number is
            out of range, or both or none of `num_classes` and `conditions` are given.

    Example:
        >>> from keras_gan_kit import networks
        >>> generator = networks.dense_generator((8, 8, 1), latent_dim=4 + 2, units=(16,))
        >>> discriminator = networks.dense_discriminator((8, 8, 1), units=(16,))
        >>> gan = ConditionalGAN(
        ...     networks.conditional_generator(generator, 3, embedding_dim=2),
        ...     networks.conditional_discriminator(discriminator, 3),
        ...     num_classes=3,
        ... )
        >>> gan.compile()
        >>> images, labels = keras.random.uniform((64, 8, 8, 1), -1, 1), np.arange(64) % 3
        >>> history = gan.fit(images, labels, verbose=0)
        >>> gan.generate(5, labels=2, seed=0).shape
        (5, 8, 8, 1)
    """

    constants = (*GAN.constants, "class_loss_weight")
    num_classes: int | None
    conditions: Any  # a `TableTransformer`, or None
    columns: Conditions | None
    # The encoded conditions of training rows.
    examples: np.ndarray | None = None

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        num_classes: int | None = None,
        *,
        conditions: TableTransformer | None = None,
        class_loss_weight: float = 1.0,
        **options: Any,
    ) -> None:
        columns = known_conditions(num_classes, conditions)
        self.columns = columns
        super().__init__(generator, discriminator, **options)
        self.num_classes = None if num_classes is None else int(num_classes)
        self.conditions = conditions
        self.class_loss_weight = check_weight("class_loss_weight", class_loss_weight)
        self.sampler_inputs = ("latents", "labels" if columns is None else "conditions")
        for argument, network in (("generator", generator), ("discriminator", discriminator)):
            if columns is None:
                check_classes(argument, network, self._classes)
            else:
                check_classes(argument, network, columns.width, "conditions")
        if classifies(discriminator):
            self.term_names = ("d_class", "g_class")

    @property
    def label_classes(self) -> int | None:  # type: ignore[override]
        """The number of classes, for the labels of streams; None for conditions."""
        return self.num_classes

    @classmethod
    def relativistic(
        cls,
        image_shape: Sequence[int],
        num_classes: int,
        *,
        latent_dim: int = 64,
        gamma: float = 0.3,
        learning_rate: float = 5e-4,
        ema_momentum: float | None = 0.995,
        seed: int | None = None,
    ) -> ConditionalGAN:
        """Builds and compiles a model with the recipe of `RelativisticGAN`, in one call.

        The networks are `networks.residual_generator` and `networks.residual_discriminator`, made
        conditional by a class embedding and a projection. Both players train from one generator
        pass with the relativistic loss, R1, R2 and Adam(learning_rate, beta_1=0, beta_2=0.99).
        Call `compile` again for other settings.

        Args:
            image_shape: `(height, width, channels)` in pixels; height and width are multiples of 4.
            num_classes: Labels are 0 to `num_classes` - 1.
            latent_dim: Length of the latent vector, at least 1.
            gamma: The weight of R1 and R2. Larger images need a larger one.
            learning_rate: Of both players.
            ema_momentum: As in the constructor.
            seed: Makes initial weights, latents and the order of arrays repeatable.

        Returns:
            The compiled model.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If a number is out of range, or the size is not a multiple of 4.

        Example:
            >>> gan = ConditionalGAN.relativistic((8, 8, 1), num_classes=10, seed=0)
            >>> gan.generate(2, labels=[3, 7], seed=0).shape
            (2, 8, 8, 1)
        """
        latent_dim = integer("latent_dim", latent_dim)
        inner = networks.residual_generator(image_shape, latent_dim + _EMBEDDING_DIM, seed=seed)
        judge = networks.residual_discriminator(image_shape, seed=seed)
        gan = cls(
            networks.conditional_generator(
                inner, num_classes, embedding_dim=_EMBEDDING_DIM, seed=seed
            ),
            networks.conditional_discriminator(judge, num_classes, seed=seed),
            num_classes,
            ema_momentum=ema_momentum,
            seed=seed,
        )
        gan.compile(
            generator_optimizer=keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.99),
            discriminator_optimizer=keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.99),
            loss="relativistic",
            penalties=[R1(gamma), R2(gamma)],
            update="simultaneous",
        )
        return gan

    def check_networks(self, generator: Any, discriminator: Any) -> int | None:
        """Checks that the networks take labels; returns the length of a latent."""
        width = None if self.columns is None else self.columns.width
        inputs = functools.partial(conditional_inputs, width=width)
        return check_networks(generator, discriminator, inputs)

    def check_data(self, argument: str, samples: Any, y: Any) -> None:
        """Checks samples against the generator, and labels against the classes."""
        check_samples(argument, samples, self.generator)
        self._check_labels("y" if argument == "x" else f"{argument}[1]", samples, y)

    @property
    def _classes(self) -> int:
        return self.num_classes or 0

    def _check_labels(self, argument: str, samples: Any, y: Any) -> None:
        num = len(tree.flatten(samples)[0])
        if self.columns is None:
            check_labels(argument, y, self._classes, num)
        else:
            check_rows(argument, y, self.columns, num)

    def encode_labels(self, argument: str, y: Any) -> Any:
        """Turns a DataFrame of conditions into the input of the networks."""
        if self.columns is None or y is None:
            return y
        return self.columns.encode(argument, y)

    def check_conditions(self, conditions: Any, num_samples: int) -> None:
        """Checks the argument `conditions` of `generate`."""
        ask(self._columns("conditions", conditions), conditions, num_samples)

    def encode_conditions(self, frame: Any) -> np.ndarray:
        """Returns conditions as the networks take them, for streams and exported samplers.

        Args:
            frame: A DataFrame with all columns of `conditions`.

        Returns:
            float32 `(n, width)`: a one-hot vector for each column of levels, and a number of
            standard deviation 1 for each column of numbers. For columns with missing values in the
            training rows, another number indicates whether the value is missing.

        Raises:
            ValueError: If a column or a value is unknown, or the model has no conditions.
        """
        columns = self._columns("conditions", frame)
        return columns.encode("conditions", frame, strict=True)

    def draw_conditions(
        self, num_samples: int | None = None, *, conditions: Any = None, seed: int | None = None
    ) -> pd.DataFrame:
        """Returns the conditions of the samples that `generate` draws with the same arguments.

        Args:
            num_samples: The number of rows. Optional if `conditions` has as many.
            conditions: As in `generate`.
            seed: As in `generate`.

        Returns:
            A DataFrame of all columns of `conditions`.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If a column or a value is unknown, or the model has no conditions.
        """
        columns = self._columns("conditions", conditions)
        asked = ask(columns, conditions, num_samples)
        num = integer("num_samples", asked.count if num_samples is None else num_samples)
        return columns.frame(self._drawn(asked, num, seed))

    def _columns(self, argument: str, value: Any) -> Conditions:
        if self.columns is None:
            raise invalid(
                argument,
                received=f"{type(value).__name__}, for a model of num_classes={self.num_classes}",
                expected="None",
                fix="pass `labels`, or build the model with conditions=table",
            )
        return self.columns

    def _drawn(self, asked: Asked, num: int, seed: int | None) -> np.ndarray:
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
        return asked.draw(self.example_coordinates, num, seed=integer("seed", seed, minimum=0))

    @property
    def example_coordinates(self) -> np.ndarray:
        """The coordinates of the conditions of training rows, from which others are drawn."""
        if self.columns is None or self.examples is None:
            return np.empty((0, 0))
        return self.columns.decoded(self.examples)

    def keep_examples(self, samples: Any, y: Any) -> None:
        """Keeps the conditions of training rows, from which unspecified columns are drawn."""
        if self.columns is not None:
            self.examples = np.array(y[:: -(-len(y) // _EXAMPLES)], np.float32)

    def unpack_batch(self, data: Any) -> tuple[Any, Any]:
        """Splits a batch into real samples and their labels, int32 (batch,), or conditions."""
        real, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        if labels is None or (self.columns is not None and len(labels.shape) != 2):
            self._check_labels("y", real, labels)
        return real, ops.cast(labels, "int32" if self.columns is None else "float32")

    def discriminate(self, samples: Any, condition: Any, *, training: bool = True) -> Any:
        """Maps samples, with labels if the discriminator takes them, to its outputs."""
        labels = None if classifies(self.discriminator) else condition
        return super().discriminate(samples, labels, training=training)

    def discriminator_terms(
        self, real_outputs: Any, fake_outputs: Any, condition: Any, *, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Returns the cross-entropy of the classes of real samples.

        In the paper, the discriminator learns classes from fakes too. Both players would minimize
        that term and could agree on any code for the classes; real samples allow only one.
        """
        return self._class_loss("d_class", real_outputs, condition, sample_weight)

    def generator_terms(
        self, real: Any, fake: Any, fake_outputs: Any, condition: Any, *, training: bool = True
    ) -> dict[str, Any]:
        """Returns the cross-entropy of the classes of generated samples."""
        return self._class_loss("g_class", fake_outputs, condition)

    def _class_loss(
        self, name: str, outputs: Any, labels: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        if name not in self.term_names:
            return {}
        if self.columns is not None:
            losses = condition_loss(labels, outputs["class"], self.columns.blocks)
        else:
            losses = ops.sparse_categorical_crossentropy(labels, outputs["class"], from_logits=True)
        return {name: self.class_loss_weight * weighted_mean(losses, sample_weight)}

    def generate(
        self,
        num_samples: int | None = None,
        *,
        labels: Any = None,
        conditions: Any = None,
        seed: int | None = None,
        latents: Any = None,
        truncation: float = 1.0,
        batch_size: int | None = None,
        verbose: int = 0,
    ) -> Any:
        """Generates samples of given classes or conditions.

        Sample i depends only on `seed`, i and its label or condition, up to float rounding.

        Args:
            num_samples: The number of samples. Optional with `latents`, an array of labels or a
                DataFrame of conditions.
            labels: One class for all samples, or an array with the class of each sample. None
                uses all classes in turn: sample i has class i modulo `num_classes`.
            conditions: For a model with `conditions`: a DataFrame with a row for each sample, or a
                dict from columns to a value, a range `(low, high)` of numbers or ordinal levels, or
                a list with a value for each sample. None is a missing value. Unspecified columns
                are drawn as in training, given the others; `draw_conditions` returns them.
            seed: An integer of at least 0; None draws different samples in every call.
            latents: Latents to use, float32 of shape (num_samples, latent_dim).
            truncation: Latents are multiplied by this: below 1, samples are more typical and less
                varied (Karras et al. 2019, arXiv 1812.04948).
            batch_size: The batch size of the generator; None for 256 at most.
            verbose: 1 shows a progress bar.

        Returns:
            NumPy arrays in the structure of a sample, float32, the batch axis first.

        Raises:
            TypeError: If a number is not an integer, or labels are not.
            ValueError: If a number or a label is out of range, an array has the wrong shape, or a
                column of `conditions` is unknown.
        """
        if self.columns is not None or conditions is not None:
            columns = self._columns("conditions", conditions)
            refuse_labels_of(columns, labels)
            asked = ask(columns, conditions, num_samples)
            if num_samples is None and latents is None:
                num_samples = asked.count
            drawn = choose_latents(self, num_samples, seed=seed, given=latents)
            if asked.count not in (None, len(drawn)):
                asked = ask(columns, conditions, len(drawn))  # which names both lengths
            rows = columns.encoded(self._drawn(asked, len(drawn), seed))
            inputs = [truncated(drawn, truncation), rows]
            return run(self.sampling_network, inputs, batch_size=batch_size, verbose=verbose)
        if labels is not None and not isinstance(labels, Integral):
            labels = array_to_numpy("labels", labels)
            if num_samples is None and latents is None:
                num_samples = len(labels)
        drawn = choose_latents(self, num_samples, seed=seed, given=latents)
        if labels is None:
            labels = np.arange(len(drawn)) % self._classes
        elif isinstance(labels, Integral):
            labels = np.full(len(drawn), integer("labels", labels, minimum=0))
        labels = check_labels("labels", labels, self._classes, len(drawn))
        inputs = [truncated(drawn, truncation), labels]
        return run(self.sampling_network, inputs, batch_size=batch_size, verbose=verbose)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        own = {
            "num_classes": self.num_classes,
            "conditions": keras.saving.serialize_keras_object(self.conditions),
            "class_loss_weight": self.class_loss_weight,
        }
        return super().get_config() | own

    def save_own_variables(self, store: Any) -> None:
        """Writes what Keras does not save, and the conditions of training rows."""
        super().save_own_variables(store)
        if self.examples is not None:
            store["examples"] = self.examples

    def load_own_variables(self, store: Any) -> None:
        """Reads what `save_own_variables` wrote."""
        super().load_own_variables(store)
        if "examples" in set(store.keys()):
            self.examples = np.asarray(store["examples"], np.float32)
