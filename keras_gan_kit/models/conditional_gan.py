"""A class-conditional GAN."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from keras_gan_kit import networks
from keras_gan_kit._arguments import integer
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.models._check_data import check_samples
from keras_gan_kit.models._check_labels import check_labels
from keras_gan_kit.models._check_networks import (
    check_classes,
    check_networks,
    classifies,
    conditional_inputs,
    takes_labels,
)
from keras_gan_kit.models._sampling import choose_latents, run
from keras_gan_kit.models.gan import GAN
from keras_gan_kit.penalties import R1, R2
from keras_gan_kit.penalties.penalty import check_weight

_EMBEDDING_DIM = 16


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class ConditionalGAN(GAN):
    """A `GAN` that generates samples of given classes.

    Train it with `fit(x, labels)` and sample with `generate(n, labels=...)`. Fakes in training have
    the labels of the real batch. The discriminator's network determines how it uses labels:

    - With inputs [samples, labels], it decides whether a sample is real and of that class (Miyato
      and Koyama 2018, arXiv 1802.05637: `networks.conditional_discriminator`).
    - With outputs {"logit": ..., "class": ...}, it also predicts the class (AC-GAN, Odena et al.
      2017, arXiv 1610.09585: the same builder with kind="classifier"). Both players then also
      minimize the cross-entropy: the discriminator on real samples (logged as `d_class`), the
      generator on its own (`g_class`).

    Args:
        generator: Maps [latents, labels] to samples: (batch, latent_dim) and integers (batch,).
            `networks.conditional_generator` makes one from any generator.
        discriminator: One of the two above.
        num_classes: Labels are 0 to `num_classes` - 1.
        class_loss_weight: The weight of the cross-entropy, at least 0.
        **options: The options of `GAN`.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If networks do not match or are built for another number of classes, or a
            number is out of range.

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
    sampler_inputs: tuple[str, ...] = ("latents", "labels")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        num_classes: int,
        *,
        class_loss_weight: float = 1.0,
        **options: Any,
    ) -> None:
        super().__init__(generator, discriminator, **options)
        self.num_classes = integer("num_classes", num_classes)
        self.class_loss_weight = check_weight("class_loss_weight", class_loss_weight)
        check_classes("generator", generator, num_classes)
        check_classes("discriminator", discriminator, num_classes)
        self._judges_labels = takes_labels(discriminator)
        if classifies(discriminator):
            self.term_names = ("d_class", "g_class")

    @property
    def label_classes(self) -> int:  # type: ignore[override]
        """The number of classes, for the labels of streams."""
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
        return check_networks(generator, discriminator, conditional_inputs)

    def check_data(self, argument: str, samples: Any, y: Any) -> None:
        """Checks samples against the generator, and labels against the classes."""
        check_samples(argument, samples, self.generator)
        labels = "y" if argument == "x" else f"{argument}[1]"
        check_labels(labels, y, self.num_classes, len(tree.flatten(samples)[0]))

    def unpack_batch(self, data: Any) -> tuple[Any, Any]:
        """Splits a batch into real samples and their labels, int32 (batch,)."""
        real, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        if labels is None:
            check_labels("y", labels, self.num_classes, len(tree.flatten(real)[0]))
        return real, ops.cast(labels, "int32")

    def discriminate(self, samples: Any, condition: Any, *, training: bool = True) -> Any:
        """Maps samples, with labels if the discriminator takes them, to its outputs."""
        labels = condition if self._judges_labels else None
        return super().discriminate(samples, labels, training=training)

    def discriminator_terms(
        self, real_outputs: Any, fake_outputs: Any, condition: Any, *, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Returns the cross-entropy of the classes of real samples.

        In the paper, the discriminator learns classes from fakes too. Both players minimize that
        term and may agree on any code for the classes, while real samples allow only one.
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
        losses = ops.sparse_categorical_crossentropy(labels, outputs["class"], from_logits=True)
        return {name: self.class_loss_weight * weighted_mean(losses, sample_weight)}

    def generate(
        self,
        num_samples: int | None = None,
        *,
        labels: Any = None,
        seed: int | None = None,
        latents: Any = None,
        batch_size: int | None = None,
        verbose: int = 0,
    ) -> Any:
        """Generates samples of given classes.

        Sample i depends on `seed`, i and its label alone, to float rounding.

        Args:
            num_samples: The number of samples. Optional with `latents` or an array of labels.
            labels: One class for all samples, or an array with the class of each sample. None
                uses all classes in turn: sample i has class i modulo `num_classes`.
            seed: An integer of at least 0; None draws different samples in every call.
            latents: Latents to use, float32 of shape (num_samples, latent_dim).
            batch_size: The batch size of the generator; None for 256 at most.
            verbose: 1 shows a progress bar.

        Returns:
            NumPy arrays in the structure of a sample, float32, the batch axis first.

        Raises:
            TypeError: If a number is not an integer, or labels are not.
            ValueError: If a number or a label is out of range, or an array has the wrong shape.
        """
        if labels is not None and not isinstance(labels, Integral):
            labels = array_to_numpy("labels", labels)
            if num_samples is None and latents is None:
                num_samples = len(labels)
        drawn = choose_latents(self, num_samples, seed=seed, given=latents)
        if labels is None:
            labels = np.arange(len(drawn)) % self.num_classes
        elif isinstance(labels, Integral):
            labels = np.full(len(drawn), integer("labels", labels, minimum=0))
        labels = check_labels("labels", labels, self.num_classes, len(drawn))
        inputs = [drawn, labels]
        return run(self.sampling_network, inputs, batch_size=batch_size, verbose=verbose)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        own = {"num_classes": self.num_classes, "class_loss_weight": self.class_loss_weight}
        return super().get_config() | own
