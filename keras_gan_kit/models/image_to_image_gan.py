"""A GAN that maps images to images, trained on pairs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import explain, invalid, wrong_type
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.losses.keras_loss import computed_by, takes_logarithms
from keras_gan_kit.models._check_data import (
    check_no_gray_levels,
    check_pairs,
    check_sources,
    is_arrays,
)
from keras_gan_kit.models._check_networks import check_pair_networks
from keras_gan_kit.models._check_weights import check_has_values, check_pixel_weights
from keras_gan_kit.models._inspection import last_activation, output_of, output_ranges
from keras_gan_kit.models._sampling import class_levels, draw_rows, first_examples, refuse_seed
from keras_gan_kit.models._whole_images import WholeImages
from keras_gan_kit.models.gan import GAN
from keras_gan_kit.penalties.penalty import check_weight


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class ImageToImageGAN(GAN):
    """A `GAN` that generates images from source images, and has a target for each source.

    Isola et al. 2017 (pix2pix, arXiv 1611.07004); Son et al. 2017 (V-GAN, arXiv 1706.09318). With
    source x, target y, generator G and discriminator D of pairs, `fit(x, y)` trains D to tell
    (x, y) from (x, G(x)), and G to minimize

        adversarial loss of D(x, G(x)) + reconstruction_weight * reconstruction_loss(y, G(x))

    V-GAN weights the adversarial term by 1 / ratio instead. Its ratio of 10 is a
    `reconstruction_weight` of 10 here, and the loss is ten times as large.

    There are no latents; the only noise is the generator's Dropout. The metrics of `compile` are
    Keras metrics of (y_true, y_pred).

    `sample_weight`, the third part of a stream, has one of two meanings. Weights of samples, of
    shape (batch,), weight both of the generator's terms, besides what they weight in a `GAN`.
    Weights of pixels, (batch, height, width[, 1]), such as a field of view, weight the
    reconstruction loss, which is then divided by their sum. Both weight the metrics.

    Args:
        generator: Maps sources to targets, for example `networks.unet_generator`.
        discriminator: Maps [source, target] to one channel, for example
            `networks.vgan_discriminator`.
        reconstruction_loss: A `keras.losses.Loss` or its name, averaged over pixels. None for
            binary cross-entropy if the generator ends in a sigmoid, for categorical cross-entropy
            if it ends in a softmax (of one-hot classes), otherwise for the mean absolute error.
            The weighted loss is logged as `g_reconstruction`.
        reconstruction_weight: The weight of that loss, at least 0; pix2pix uses 100 with "mae".
        **options: The options of `GAN`, except `augmenter`: pairs are augmented together, in the
            data.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If networks do not match, or a number is out of range.

    Example:
        >>> from keras_gan_kit import networks
        >>> gan = ImageToImageGAN(
        ...     networks.unet_generator((None, None, 3), filters=4, depth=2),
        ...     networks.vgan_discriminator((None, None, 3), filters=4, kind="pixel"),
        ... )
        >>> gan.compile(metrics=[keras.metrics.AUC(name="auc")])
        >>> images = keras.random.uniform((8, 16, 16, 3), -1, 1)
        >>> masks = ops.cast(images[..., :1] > 0, "float32")
        >>> history = gan.fit(images, masks, batch_size=4, verbose=0)
        >>> gan.predict(np.zeros((1, 21, 30, 3), "float32"), verbose=0).shape
        (1, 21, 30, 1)
    """

    term_names = ("g_reconstruction",)
    constants = (*GAN.constants, "reconstruction_weight")
    examples: tuple[np.ndarray, ...] = ()
    fakes_have_targets = True

    sampler_inputs: tuple[str, ...] = ("source",)

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        reconstruction_loss: Any = None,
        reconstruction_weight: float = 10.0,
        **options: Any,
    ) -> None:
        if options.get("augmenter") is not None:
            raise invalid(
                "augmenter",
                received=repr(options["augmenter"]),
                expected="None, because it would change the targets and not their sources",
                fix="augment pairs in the data, with data.PairedDataset",
            )
        super().__init__(generator, discriminator, **options)
        self.reconstruction_loss = _check_reconstruction_loss(reconstruction_loss, generator)
        self.reconstruction_weight = check_weight("reconstruction_weight", reconstruction_weight)

    # The hooks of a step. A batch's condition is its source and, if any, the weights of pixels.

    def check_networks(self, generator: Any, discriminator: Any) -> int | None:
        """Checks that the networks take pairs; returns None, because there are no latents."""
        check_pair_networks(generator, discriminator)
        return None

    def check_data(self, argument: str, samples: Any, y: Any) -> None:
        """Checks pairs of images against the generator."""
        check_pairs(argument, samples, y, self.generator)

    def check_weights(self, argument: str, weights: Any, samples: Any) -> None:
        """Checks the weights of samples or pixels."""
        if len(np.shape(weights)) < 3:
            super().check_weights(argument, weights, samples)
            check_has_values("reconstruction_loss", self.reconstruction_loss)
        else:
            check_pixel_weights(argument, weights, samples)

    def keep_examples(self, samples: Any, y: Any) -> None:
        """Keeps images for `generate` and `SampleGrid`."""
        self.examples = first_examples(samples, y)

    def unpack_batch(self, data: Any) -> tuple[Any, Any]:
        """Splits a batch into targets, and a condition of sources and the weights of pixels."""
        source, target, weight = keras.utils.unpack_x_y_sample_weight(data)
        of_pixels = weight is not None and len(weight.shape) > 2
        return target, {"source": source, "weight": weight if of_pixels else None}

    def unpack_weight(self, data: Any) -> Any:
        """Returns the weights of samples, if the batch has no weights of pixels."""
        weight = keras.utils.unpack_x_y_sample_weight(data)[2]
        return None if weight is None or len(weight.shape) > 2 else super().unpack_weight(data)

    def draw_latents(self, batch_size: Any) -> Any:
        """Draws nothing."""
        return None

    def synthesize(self, latents: Any, condition: Any, *, training: bool = True) -> Any:
        """Maps sources to generated images."""
        return super().synthesize(condition["source"], None, training=training)

    def discriminate(self, samples: Any, condition: Any, *, training: bool = True) -> Any:
        """Maps targets and their sources to the discriminator's outputs."""
        pair = [condition["source"], samples]
        return self.discriminator([ops.convert_to_tensor(x) for x in pair], training=training)

    def generator_terms(
        self,
        real: Any,
        fake: Any,
        fake_outputs: Any,
        condition: Any,
        *,
        training: bool = True,
        sample_weight: Any = None,
    ) -> dict[str, Any]:
        """Returns the reconstruction loss, a mean over pixels."""
        # `Loss.call` does not reduce, so that the weights of pixels can be applied.
        compare = getattr(self.reconstruction_loss, "call", self.reconstruction_loss)
        losses = compare(ops.cast(real, "float32"), ops.cast(fake, "float32"))
        weight = condition["weight"]
        if weight is None:
            mean = weighted_mean(losses, sample_weight)
        else:
            weight = ops.broadcast_to(_of_rank(weight, losses), ops.shape(losses))
            mean = ops.sum(weight * losses) / ops.maximum(ops.sum(weight), 1e-7)
        return {"g_reconstruction": self.reconstruction_weight * mean}

    def update_metric(
        self, metric: Any, real: Any, fake: Any, condition: Any, *, sample_weight: Any = None
    ) -> None:
        """Updates a metric with targets, generated images and the weights of samples or pixels."""
        of_pixels = condition["weight"]
        weight = sample_weight if of_pixels is None else of_pixels
        metric.update_state(real, fake, sample_weight=weight)

    # Sampling.

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        *,
        tile_size: int | None = None,
        **options: Any,
    ) -> Any:
        """Maps images of any size by the generator, or by its moving average if there is one.

        An image is padded by reflection to a size that the network takes and processed whole. If
        that needs more than half of the free memory, or if the network was built for another
        size, the image is processed in tiles that overlap by a quarter and are blended.

        Args:
            x: Images (n, height, width, channels); or a stream of batches, as in
                `keras.Model.predict`, of sizes that the network takes.
            batch_size: The number of images or tiles in a pass; None for as many as the memory
                allows, at most 32.
            verbose: 0 for no progress bar.
            tile_size: The side of tiles in pixels; None to decide by the memory. A network that was
                built for one size takes no other.
            **options: For a stream: the other options of `keras.Model.predict`.

        Returns:
            float32 (n, height, width, output channels).

        Raises:
            TypeError: If images do not have a float dtype.
            ValueError: If they have another number of channels, or a number is out of range.
        """
        if not is_arrays(x):
            return super().predict(x, batch_size=batch_size, verbose=verbose, **options)
        whole = WholeImages(self.sampling_network)
        images = check_sources("x", array_to_numpy("x", x), (None, None, None, whole.channels))
        check_no_gray_levels("x", images, self.generator)
        images = images.astype("float32", copy=False)
        return whole.run(images, tile_size=tile_size, batch_size=batch_size, verbose=bool(verbose))

    def generate(  # type: ignore[override]  # images have no truncation
        self,
        num_samples: int | None = None,
        *,
        seed: int | None = None,
        latents: Any = None,
        batch_size: int | None = None,
        verbose: int = 0,
    ) -> Any:
        """Generates images from sources of the training data, or from given sources.

        Args:
            num_samples: The number of images. Optional with `latents`.
            seed: The seed of a choice among the first 256 sources of the last `fit`; None makes a
                new choice in every call.
            latents: Sources to use, (num_samples, height, width, channels).
            batch_size: The batch size of the generator; None for as many as the memory allows, at
                most 32.
            verbose: 1 shows a progress bar.

        Returns:
            float32 (num_samples, height, width, output channels).

        Raises:
            TypeError: If a number is not an integer, or images do not have a float dtype.
            ValueError: If there are no sources to choose from, given sources do not match, or a
                seed is passed with them.
        """
        if latents is None:
            rows = self._choose(num_samples, seed)
            latents = self.examples[0][rows]
        else:
            refuse_seed(seed)
            if num_samples not in (None, len(latents)):
                raise invalid(
                    "num_samples",
                    received=f"{num_samples} together with {len(latents)} `latents`",
                    expected="the number of `latents`",
                    fix="leave `num_samples` out: each source has one result",
                )
        return self.predict(latents, batch_size=batch_size, verbose=verbose)

    def _choose(self, num_samples: int | None, seed: int | None) -> np.ndarray:
        num_samples = integer("num_samples", num_samples)
        if not self.examples:
            raise invalid(
                "latents",
                received="None, before `fit` was given any images",
                expected="sources (n, height, width, channels)",
                fix="pass them, or call predict(sources)",
            )
        seed = seed if seed is None else integer("seed", seed, minimum=0)
        return draw_rows(num_samples, len(self.examples[0]), seed)

    @property
    def preview_group(self) -> int:  # type: ignore[override]
        """Source, result and target belong in one row of `SampleGrid`."""
        return 3 if self.generator.input_shape[-1] in (1, 3) else 2

    def preview(self, num_samples: int, *, seed: int, batch_size: int | None = None) -> Any:
        """Draws what `SampleGrid` shows: source, result and target, in turn.

        If sources have neither 1 nor 3 channels, draws results and targets only.
        """
        rows = self._choose(-(-num_samples // 3), seed)
        source, target = (part[rows] for part in self.examples)
        drawn = self.predict(source, batch_size=batch_size, verbose=0)
        shown = [drawn, target.astype("float32")]
        if _has_classes(self.generator):
            shown = [class_levels(part) for part in shown]
        channels = max(shown[0].shape[-1], source.shape[-1])
        if source.shape[-1] in (1, 3):
            shown.insert(0, _as_picture(source, output_ranges(self.generator)[0] or (-1.0, 1.0)))
        shown = [np.repeat(part, channels // part.shape[-1], axis=-1) for part in shown]
        return np.stack(shown, axis=1).reshape(-1, *shown[0].shape[1:])[:num_samples]

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        config = super().get_config()
        del config["augmenter"]
        loss = keras.saving.serialize_keras_object(self.reconstruction_loss)
        own = {"reconstruction_loss": loss, "reconstruction_weight": self.reconstruction_weight}
        return config | own


def _of_rank(weight: Any, losses: Any) -> Any:
    """Removes the channel axis of weights, which losses do not have."""
    weight = ops.cast(weight, "float32")
    return ops.squeeze(weight, -1) if len(weight.shape) > len(losses.shape) else weight


def _has_classes(generator: keras.Model) -> bool:
    """Returns whether a generator predicts the class of each pixel."""
    return last_activation(output_of(generator)) == "softmax"


def _as_picture(source: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Scales each source, which may be standardized, to the range of images."""
    low = source.min((1, 2, 3), keepdims=True)
    high = source.max((1, 2, 3), keepdims=True)
    unit = (source - low) / np.maximum(high - low, 1e-6)
    picture: np.ndarray = limits[0] + (limits[1] - limits[0]) * unit
    return picture.astype("float32")


def _check_reconstruction_loss(loss: Any, generator: keras.Model) -> Any:
    """Returns the loss between a generated image and its target.

    Args:
        loss: A `keras.losses.Loss`, the name of one, or None: binary cross-entropy for a
            generator that ends in a sigmoid, categorical cross-entropy for one that ends in a
            softmax, the mean absolute error otherwise.
        generator: The generator.

    Raises:
        TypeError: If it is not a loss.
        ValueError: If the name is unknown, or the loss takes logarithms and the outputs are not
            probabilities.
    """
    masks = output_ranges(generator)[0] == (0.0, 1.0)
    if loss is None:
        loss = "binary_crossentropy" if masks else "mae"
        loss = "categorical_crossentropy" if _has_classes(generator) else loss
    details = {
        "expected": "a keras.losses.Loss or the name of one",
        "fix": "pass 'binary_crossentropy' for masks, 'mae' for images, or None for the default",
    }
    if isinstance(loss, str):
        name = {"bce": "binary_crossentropy", "l1": "mae", "l2": "mse"}.get(loss, loss)
        try:
            loss = keras.losses.get(name)
        except ValueError as error:
            message = explain("reconstruction_loss", received=repr(loss), **details)
            raise ValueError(message) from error
    if not isinstance(loss, keras.losses.Loss) and not callable(loss):
        raise wrong_type("reconstruction_loss", received=repr(loss), **details)
    if takes_logarithms(loss) and not masks:
        raise invalid(
            "reconstruction_loss",
            received=f"{computed_by(loss)!r} for a generator that does not end in a sigmoid or a "
            "softmax",
            expected="a generator of probabilities, or another loss",
            fix="pass activation='sigmoid' to the builder, or reconstruction_loss='mae'",
        )
    return loss
