"""A GAN that translates images between two domains without pairs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops, tree

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit._errors import invalid
from keras_gan_kit.data import UnpairedDataset
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.models._check_compile import check_history
from keras_gan_kit.models._check_data import (
    check_images,
    check_range,
    check_samples,
    check_sources,
    is_arrays,
    second_kind,
)
from keras_gan_kit.models._check_networks import check_cycle, check_identity
from keras_gan_kit.models._image_pool import ImagePool
from keras_gan_kit.models._inspection import input_of, output_bounds, output_of
from keras_gan_kit.models._sampling import draw_rows, first_examples, refuse_seed, run
from keras_gan_kit.models._whole_images import WholeImages
from keras_gan_kit.models.gan import GAN
from keras_gan_kit.penalties.penalty import check_weight

_NAMES = ("a_to_b", "b_to_a", "discriminator_a", "discriminator_b")
_DIRECTIONS = ("a_to_b", "b_to_a")
_NUMBERS = ("cycle_weight", "identity_weight", "pool_size")


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class CycleGAN(GAN):
    """Two generators between two image domains, and a discriminator for each domain.

    Zhu et al. 2017 (arXiv 1703.10593). With G from a to b, F from b to a, `fit(a, b)` minimizes

        L(G, D_b) + L(F, D_a)                                             (equation 1, both ways)
        + cycle_weight (E|F(G(a)) - a| + E|G(F(b)) - b|)                  (equation 2)
        + identity_weight (E|F(a) - a| + E|G(b) - b|)                     (section 5.2)

    where |x| is a mean over pixels. Terms are averaged over the two directions, where the paper
    adds them (equation 3): all logged values are half of the paper's, with the same minimum.
    Discriminators learn from a history of `pool_size` fakes (section 4).

    The model is a `GAN` with samples {"a": ..., "b": ...}. Its `generator` maps such a pair to
    {"a": F(b), "b": G(a)}. There are no latents.

    Args:
        a_to_b: Maps images of a to images of b, for example `networks.cycle_generator`.
        b_to_a: Maps images of b to images of a.
        discriminator_a: Maps images of a to one channel, for example
            `networks.patch_discriminator`.
        discriminator_b: The same for b, with scores of the same shape.
        cycle_weight: The weight of the cycle loss, at least 0.
        identity_weight: The weight of the identity loss, at least 0; half of `cycle_weight` in the
            paper. It preserves colors; 0 skips its forward passes.
        pool_size: The number of fakes in the discriminators' history; 0 for no history.
            If networks take any size, all fakes must have the size of the first batch.
        **options: The options of `GAN`. An `augmenter` receives pairs.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If networks do not match, or a number is out of range.

    Example:
        >>> from keras_gan_kit import networks
        >>> shape, small = (8, 8, 1), {"filters": 4, "blocks": 1}
        >>> gan = CycleGAN(
        ...     *(networks.cycle_generator(shape, **small) for _ in range(2)),
        ...     *(networks.patch_discriminator(shape, filters=(4, 4)) for _ in range(2)),
        ... )
        >>> gan.compile()
        >>> a, b = (keras.random.uniform((n, *shape), -1, 1) for n in (5, 3))
        >>> history = gan.fit(a, b, verbose=0)
        >>> gan.translate(a, "a_to_b").shape
        (5, 8, 8, 1)
    """

    constants = (*GAN.constants, "cycle_weight", "identity_weight")
    examples: tuple[np.ndarray, ...] = ()

    sampler_inputs: tuple[str, ...] = ("a", "b")

    def __init__(
        self,
        a_to_b: keras.Model,
        b_to_a: keras.Model,
        discriminator_a: keras.Model,
        discriminator_b: keras.Model,
        *,
        cycle_weight: float = 10.0,
        identity_weight: float = 5.0,
        pool_size: int = 50,
        **options: Any,
    ) -> None:
        networks = (a_to_b, b_to_a, discriminator_a, discriminator_b)
        super().__init__(*_join(dict(zip(_NAMES, networks, strict=True))), **options)
        self.cycle_weight = check_weight("cycle_weight", cycle_weight)
        self.identity_weight = check_weight("identity_weight", identity_weight)
        check_identity(a_to_b, identity_weight)
        self.pool_size = integer("pool_size", pool_size, minimum=0)
        self.term_names = ("g_cycle", "g_identity") if identity_weight else ("g_cycle",)
        self.pool: Any = ImagePool(pool_size, output_of(self.generator)) if pool_size else None

    @property
    def a_to_b(self) -> keras.Model:
        """The generator from a to b."""
        return self.generator.get_layer("a_to_b")

    @property
    def b_to_a(self) -> keras.Model:
        """The generator from b to a."""
        return self.generator.get_layer("b_to_a")

    @property
    def discriminator_a(self) -> keras.Model:
        """The discriminator of a."""
        return self.discriminator.get_layer("discriminator_a")

    @property
    def discriminator_b(self) -> keras.Model:
        """The discriminator of b."""
        return self.discriminator.get_layer("discriminator_b")

    def compile(self, *, loss: Any = None, update: str = "alternating", **options: Any) -> None:
        """Compiles with the losses of the paper.

        Args:
            loss: As in `GAN.compile`; None for least squares, with the factor 1/2 of the paper for
                discriminators (appendix 7.1).
            update: As in `GAN.compile`; "simultaneous" and "rounds" need `pool_size=0`, as both
                players then use the same fakes.
            **options: The other options of `GAN.compile`.
        """
        check_history(update, self.pool_size)
        least_squares = {"discriminator": "least_squares", "generator": "mse"}
        super().compile(loss=least_squares if loss is None else loss, update=update, **options)

    # The hooks of a step. A batch is a pair of real images, and its own condition.

    def check_networks(self, generator: Any, discriminator: Any) -> int | None:
        """Returns None, because there are no latents; the networks have been checked before."""
        return None

    def check_data(self, argument: str, samples: Any, y: Any) -> None:
        """Checks the images of both domains against the generators."""
        names = ("a", "b") if argument == "x" else (f"{argument}[0]", f"{argument}[1]")
        y = second_kind(names[1], y)
        check_samples(names[0], samples, self.b_to_a)
        check_samples(names[1], y, self.a_to_b)

    def check_weights(self, argument: str, weights: Any, samples: Any) -> None:
        """Checks that there are no weights, because samples are not paired."""
        raise invalid(
            argument,
            received="weights",
            expected="None, because the samples of a CycleGAN are not paired",
            fix="leave it out, or repeat the images that should count more",
        )

    def keep_examples(self, samples: Any, y: Any) -> None:
        """Keeps images that `generate` translates by default, and makes room for fakes."""
        self.examples = first_examples(samples, y)
        if self.pool is not None:
            images = {"a": samples, "b": y}
            pair = {key: keras.KerasTensor((1, *part.shape[1:])) for key, part in images.items()}
            drawn = tree.flatten(self.generator.compute_output_spec(pair))
            self.pool.open([tuple(part.shape[1:]) for part in drawn])

    def unpack_batch(self, data: Any) -> tuple[Any, Any]:
        """Returns the pair of images, which is also the condition."""
        a, b, _ = keras.utils.unpack_x_y_sample_weight(data)
        real = {"a": a, "b": b}
        return real, real

    def draw_latents(self, batch_size: Any) -> Any:
        """Draws nothing."""
        return None

    def synthesize(self, latents: Any, condition: Any, *, training: bool = True) -> Any:
        """Maps a pair {"a", "b"} to {"a": F(b), "b": G(a)}."""
        return super().synthesize(condition, None, training=training)

    def replay(self, fake: Any) -> Any:
        """Exchanges some fakes for older ones."""
        return fake if self.pool is None else self.pool.exchange(fake, seed=self.seed_generator)

    def discriminate(self, samples: Any, condition: Any, *, training: bool = True) -> Any:
        """Maps a pair to the scores of both discriminators, in one column."""
        scores = super().discriminate(samples, None, training=training)
        return ops.concatenate([ops.reshape(part, (-1, 1)) for part in tree.flatten(scores)])

    def generator_terms(
        self, real: Any, fake: Any, fake_outputs: Any, condition: Any, *, training: bool = True
    ) -> dict[str, Any]:
        """Returns the cycle loss and the identity loss."""
        cycled = self.synthesize(None, fake, training=training)
        terms = {"g_cycle": self.cycle_weight * mean_distance(real, cycled)}
        if self.identity_weight:
            swapped = {"a": real["b"], "b": real["a"]}
            same = self.synthesize(None, swapped, training=training)
            terms["g_identity"] = self.identity_weight * mean_distance(real, same)
        return terms

    # Two sets of images.

    def fit(self, x: Any = None, y: Any = None, **options: Any) -> keras.callbacks.History:
        """Trains on two sets of images, which may differ in length.

        Arrays are drawn as by `data.UnpairedDataset`: an epoch is one pass over the longer set.

        Args:
            x: Images of domain a, an array; or a stream of tuples (a, b) of batches.
            y: Images of domain b; None with a stream.
            **options: The other arguments of `GAN.fit`. `batch_size=None` is 1, as in the paper.
                In `validation_data=(a, b)`, the shorter array is repeated.

        Returns:
            Keras' History.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If the data does not match the generators. No weight has changed then.
        """
        if is_arrays(x) and is_arrays(y):
            x, y = unpaired(x, y, options, seed=self.seed or 0), None
        held_out = options.get("validation_data")
        if isinstance(held_out, tuple) and len(held_out) == 2:
            options["validation_data"] = of_one_length(*held_out)
        return super().fit(x, y, **options)

    def evaluate(self, x: Any = None, y: Any = None, **options: Any) -> Any:
        """Computes the logs of training and the metrics of `compile`, without training.

        Args:
            x: Images of domain a, or a stream of tuples (a, b) of batches.
            y: Images of domain b. Of two arrays, the shorter is repeated.
            **options: As in `keras.Model.evaluate`.

        Returns:
            The values in the order of `metrics_names`, or a dict with `return_dict=True`.
        """
        return super().evaluate(*of_one_length(x, y), **options)

    # Sampling.

    def translate(
        self,
        images: Any,
        direction: str,
        *,
        batch_size: int | None = None,
        verbose: int = 0,
        tile_size: int | None = None,
    ) -> np.ndarray:
        """Translates images of any size to the other domain.

        As `ImageToImageGAN.predict`, it pads images to a size that the network takes, or cuts them
        into tiles that overlap and are blended.

        Args:
            images: float32 (n, height, width, channels), in the range of training.
            direction: "a_to_b" or "b_to_a".
            batch_size: Images or tiles in a pass; None for as many as memory allows, 32 at most.
            verbose: 1 shows a progress bar.
            tile_size: The side of tiles in pixels; None to decide by the memory.

        Returns:
            float32 of shape (n, height, width, channels).

        Raises:
            TypeError: If `images` is not an array of floats.
            ValueError: If it is empty, of another number of channels or out of the range of
                training, or `direction` is unknown.
        """
        network = self.sampling_network.get_layer(one_of("direction", direction, _DIRECTIONS))
        other = self.b_to_a if direction == "a_to_b" else self.a_to_b
        whole = WholeImages(network)
        any_size = (None, None, None, whole.channels)
        array = check_sources("images", array_to_numpy("images", images), any_size)
        check_range("images", array, output_bounds(other)[0])
        array = array.astype("float32", copy=False)
        return whole.run(array, tile_size=tile_size, batch_size=batch_size, verbose=bool(verbose))

    def generate(  # type: ignore[override]  # images have no truncation
        self,
        num_samples: int | None = None,
        *,
        seed: int | None = None,
        latents: Any = None,
        batch_size: int | None = None,
        verbose: int = 0,
    ) -> Any:
        """Translates pairs {"a": ..., "b": ...} into pairs {"a": F(b), "b": G(a)}.

        Args:
            num_samples: The number of pairs. Optional with `latents`.
            seed: The seed of a choice among the first 256 images of each domain in the last `fit`;
                None makes a new choice in every call.
            latents: A pair of arrays to translate.
            batch_size: The batch size of the generators; None for 256 at most.
            verbose: 1 shows a progress bar.

        Returns:
            NumPy arrays, float32.

        Raises:
            TypeError: If a number is not an integer.
            ValueError: If there are no images to choose from, or given images do not match.
        """
        pair = choose_pair(self, num_samples, seed=seed, given=latents)
        return run(self.sampling_network, pair, batch_size=batch_size, verbose=verbose)

    @property
    def preview_group(self) -> int:  # type: ignore[override]
        """An image and its translation belong in one row of `SampleGrid`."""
        return 2 if input_of(self.a_to_b).shape == input_of(self.b_to_a).shape else 1

    def preview(self, num_samples: int, *, seed: int, batch_size: int | None = None) -> Any:
        """Returns each image followed by its translation, for `SampleGrid`."""
        if input_of(self.a_to_b).shape != input_of(self.b_to_a).shape:
            return self.generate(num_samples, seed=seed, batch_size=batch_size)
        pair = choose_pair(self, -(-num_samples // 2), seed=seed, given=None)
        drawn = self.generate(latents=pair, batch_size=batch_size)
        return side_by_side({"a": pair["b"], "b": pair["a"]}, drawn, num_samples)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        config = super().get_config()
        del config["generator"], config["discriminator"]
        own = {key: getattr(self, key) for key in (*_NAMES, *_NUMBERS)}
        config |= keras.saving.serialize_keras_object(own)
        return config


def _join(networks: dict[str, Any]) -> tuple[keras.Model, keras.Model]:
    """Joins four networks into a generator and a discriminator of pairs {"a", "b"}.

    Args:
        networks: The networks by the names of `CycleGAN`'s arguments.

    Returns:
        The generator, which maps {"a", "b"} to {"a": b_to_a(b), "b": a_to_b(a)}, and the
        discriminator, which maps {"a", "b"} to {"a": discriminator_a(a), "b": discriminator_b(b)}.

    Raises:
        TypeError: If one is not a Keras model.
        ValueError: If they do not make a cycle.
    """
    check_cycle(networks)
    named = {name: _named(name, network) for name, network in networks.items()}
    pair = _inputs(named["a_to_b"], named["b_to_a"])
    drawn = {"a": named["b_to_a"](pair["b"]), "b": named["a_to_b"](pair["a"])}
    generator = keras.Model(pair, drawn, name="generators")
    pair = _inputs(named["discriminator_a"], named["discriminator_b"])
    scores = {key: named[f"discriminator_{key}"](pair[key]) for key in pair}
    return generator, keras.Model(pair, scores, name="discriminators")


def _inputs(of_a: keras.Model, of_b: keras.Model) -> dict[str, Any]:
    return {
        key: keras.Input(input_of(network).shape[1:], name=key)
        for key, network in (("a", of_a), ("b", of_b))
    }


def _named(name: str, network: keras.Model) -> keras.Model:
    """Wraps a network in one of a given name; networks of one builder share their name."""
    if network.name == name:
        return network
    image = keras.Input(input_of(network).shape[1:], name="image")
    return keras.Model(image, network(image), name=name)


def unpaired(a: Any, b: Any, options: dict[str, Any], *, seed: int) -> UnpairedDataset:
    """Makes the unpaired dataset for `fit`, and removes its arguments from the options."""
    batch_size = options.pop("batch_size", None)
    return UnpairedDataset(
        a,
        b,
        batch_size=1 if batch_size is None else batch_size,
        shuffle=options.get("shuffle", True),
        seed=seed,
        steps_per_epoch=options.pop("steps_per_epoch", None),
    )


def mean_distance(real: Any, drawn: Any) -> Any:
    """Averages the absolute difference over pixels, and over the two directions."""
    parts = zip(tree.flatten(real), tree.flatten(drawn), strict=True)
    means = [ops.mean(ops.abs(ops.cast(y, "float32") - ops.cast(x, "float32"))) for x, y in parts]
    return sum(means) / len(means)


def side_by_side(sources: dict[str, Any], drawn: dict[str, Any], num: int) -> dict[str, Any]:
    """Puts each image before its translation; returns `num` images of each domain."""
    pairs = {key: np.stack([sources[key], drawn[key]], axis=1) for key in drawn}
    return {key: pair.reshape(-1, *pair.shape[2:])[:num] for key, pair in pairs.items()}


def of_one_length(a: Any, b: Any) -> tuple[Any, Any]:
    """Repeats the shorter of two arrays to the length of the longer; keeps other data as it is."""
    if not (is_arrays(a) and is_arrays(b)):
        return a, b
    a, b = array_to_numpy("a", a), array_to_numpy("b", b)
    # The check of the data reports empty arrays.
    if 0 < len(a) < len(b):
        a = a[np.arange(len(b)) % len(a)]
    elif 0 < len(b) < len(a):
        b = b[np.arange(len(a)) % len(b)]
    return a, b


def choose_pair(
    gan: CycleGAN, num_samples: int | None, *, seed: int | None, given: Any
) -> dict[str, np.ndarray]:
    """Chooses images to translate, or checks given images, for `CycleGAN.generate`.

    Returns:
        Arrays of `num_samples` images, by the keys "a" and "b".

    Raises:
        TypeError: If a number is not an integer, or images do not have a float dtype.
        ValueError: If a number is out of range, or images are missing or have the wrong shape.
    """
    if given is not None:
        refuse_seed(seed)
        return _checked(gan, num_samples, given)
    num_samples = integer("num_samples", num_samples)
    if not gan.examples:
        raise invalid(
            "latents",
            received="None, before `fit` was given any images",
            expected="images to translate: {'a': ..., 'b': ...}",
            fix="pass them, or call translate(images, 'a_to_b')",
        )
    key = np.random.SeedSequence(seed if seed is None else integer("seed", seed, minimum=0))
    chosen = {}
    for name, images, own in zip("ab", gan.examples, key.spawn(2), strict=True):
        chosen[name] = images[draw_rows(num_samples, len(images), own)]
    return chosen


def _checked(gan: CycleGAN, num_samples: int | None, given: Any) -> dict[str, np.ndarray]:
    details = {
        "expected": "a dict with the keys 'a' and 'b' and the same number of images for both",
        "fix": "for a single direction, call translate(images, 'a_to_b')",
    }
    if not isinstance(given, dict) or set(given) != {"a", "b"}:
        raise invalid("latents", received=f"{given!r:.80}", **details)
    symbolic = input_of(gan.generator)
    pair = {key: check_images(f"latents[{key!r}]", given[key], symbolic[key]) for key in "ab"}
    numbers = {len(pair["a"]), len(pair["b"]), num_samples or len(pair["a"])}
    if len(numbers) > 1:
        raise invalid("latents", received=f"{sorted(numbers)} images", **details)
    return pair
