"""A GAN that is a Keras model: compile, fit, evaluate, predict, save."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops, tree

from keras_gan_kit._arguments import integer
from keras_gan_kit._backend import AdversarialTrainer, value_and_gradients
from keras_gan_kit.models._check_compile import check_momentum, refuses_unknown
from keras_gan_kit.models._check_data import refuse_labels
from keras_gan_kit.models._check_networks import check_augmenter
from keras_gan_kit.models._compilation import compile_players
from keras_gan_kit.models._gan_model import GANModel
from keras_gan_kit.models._inspection import logits_among, use_own_seeds
from keras_gan_kit.models._step import (
    BatchPasses,
    batch_size_of,
    frozen_copy,
    latents_for,
    unchanged_statistics,
    update_average,
    update_players,
    with_condition,
)


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class GAN(AdversarialTrainer, GANModel):
    """A generator and a discriminator that train each other through `compile` and `fit`.

    Goodfellow et al. 2014 (arXiv 1406.2661). A training step is `adversarial_step`. Subclasses
    override hooks, never this: those from `unpack_batch` on in the source, and
    `check_networks`, `check_data`, `keep_examples`, `update_metric` and `preview`.

    While one player learns, the other's BatchNormalization statistics stay as they are; the
    discriminator normalises real and fake batches each by itself. A network's own losses (weight
    regularizers) are part of what its player minimises.

    Args:
        generator: Maps latents of shape (batch, latent_dim) to samples: a tensor, or a dict or
            list of tensors. Images are float32 in [-1, 1], channels last.
        discriminator: Maps such samples to one channel: a vector of logits, or a map of them.
        discriminator_steps: How often the discriminator learns from a batch, on fresh fakes.
        ema_momentum: In (0, 1): keep a moving average of the generator's weights, statistics
            included, and sample from it (Yazici et al. 2019, arXiv 1806.04498). None for none.
        augmenter: A layer for real and fake samples alike, before the discriminator sees them:
            `data.DifferentiableAugment`. Logs then have `d_sign`, near 1 where it learns by heart.
        seed: Makes latents, penalties and the order of arrays reproducible.
        name: The model's name.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If networks do not match, or a number is out of range.

    Example:
        >>> from keras_gan_kit import networks
        >>> gan = GAN(
        ...     networks.dense_generator((8, 8, 1), latent_dim=4, units=(16,)),
        ...     networks.dense_discriminator((8, 8, 1), units=(16,)),
        ...     seed=0,
        ... )
        >>> gan.compile(loss="hinge")
        >>> history = gan.fit(keras.random.uniform((64, 8, 8, 1), -1, 1), verbose=0)
        >>> sorted(history.history)
        ['d_accuracy', 'd_fake', 'd_loss', 'd_real', 'g_loss']
        >>> gan.generate(3, seed=0).shape
        (3, 8, 8, 1)
    """

    # What a subclass logs besides: the keys of `discriminator_terms` and `generator_terms`.
    term_names: tuple[str, ...] = ()

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        discriminator_steps: int = 1,
        ema_momentum: float | None = None,
        augmenter: keras.Layer | None = None,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        latent_dim = self.check_networks(generator, discriminator)
        discriminator_steps = integer("discriminator_steps", discriminator_steps)
        check_momentum(ema_momentum)
        check_augmenter(augmenter, generator)
        seed = None if seed is None else integer("seed", seed, minimum=0, maximum=2**31 - 1)
        super().__init__(name=name)
        use_own_seeds(generator, discriminator, augmenter)
        self.generator = generator
        self.discriminator = discriminator
        self.discriminator_steps = discriminator_steps
        self.ema_momentum = ema_momentum
        self.augmenter = augmenter
        self.seed = seed
        self.latent_dim = latent_dim
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.ema_generator: Any = None if ema_momentum is None else frozen_copy(generator)
        self.built = True

    @refuses_unknown
    def compile(
        self,
        *,
        generator_optimizer: Any = None,
        discriminator_optimizer: Any = None,
        loss: Any = "bce",
        penalties: Any = (),
        update: str = "alternating",
        metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
    ) -> None:
        """Chooses how the players learn.

        Args:
            generator_optimizer: A Keras optimizer or its name; None for Adam(2e-4, beta_1=0.5).
            discriminator_optimizer: Another one.
            loss: "bce", "minimax", "least_squares", "hinge", "wasserstein", "relativistic"; an
                `AdversarialLoss`; a Keras loss or its name, taken against the targets 1 and 0; or
                a dict with a loss for each of "discriminator" and "generator".
            penalties: Penalties that the discriminator minimises besides its loss.
            update: "alternating": each player draws fresh latents, the discriminator first.
                "simultaneous": both learn from one shared generator pass, which is cheaper;
                "rounds": one player an epoch does, the discriminator in the first.
            metrics: `keras.metrics.Metric` objects; `evaluate` calls update_state(real, synthetic).
            run_eagerly: Whether to run steps operation by operation, for debugging.
            steps_per_execution: How many steps run between two looks of the host.
            jit_compile: "auto" decides by backend, device and layers; a bool is obeyed.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If a name is unknown, or the settings do not go together.
        """
        compile_players(
            self,
            {
                "generator_optimizer": generator_optimizer,
                "discriminator_optimizer": discriminator_optimizer,
                "loss": loss,
                "penalties": penalties,
                "update": update,
                "metrics": metrics,
                "run_eagerly": run_eagerly,
                "steps_per_execution": steps_per_execution,
                "jit_compile": jit_compile,
            },
        )

    def adversarial_step(self, data: Any) -> dict[str, Any]:
        """Trains both players on one batch; returns the means of the epoch so far."""
        real, condition = self.unpack_batch(data)
        if self.update_order == "alternating":
            logs = self._train_discriminator(real, condition)
            logs |= self._train_generator(real, condition)
        else:
            logs = self._train_from_one_pass(real, condition)
        if self.ema_momentum is not None:
            update_average(self.ema_generator, self.generator, self.settings["ema_momentum"])
        self.step_log.record(logs, batch_size_of(real))
        return dict(self.step_log.result())

    def _train_discriminator(self, real: Any, condition: Any) -> dict[str, Any]:
        """Lets the discriminator learn on fresh fakes, `discriminator_steps` times."""
        optimizer, variables = self.optimizer.optimizers[0], self.optimizer.players[0]
        steps = []
        for _ in range(self.discriminator_steps):
            with unchanged_statistics(self.generator):
                fake = self.synthesize(latents_for(self, real), condition)
            fake = self.replay(tree.map_structure(ops.stop_gradient, fake))

            def objective(fake: Any = fake) -> tuple[list[Any], dict[str, Any]]:
                loss, logs, _ = self._discriminator_objective(real, fake, condition)
                return [optimizer.scale_loss(loss)], logs

            gradients, logs = value_and_gradients(objective, [variables])
            update_players(self, (0,), gradients)
            steps.append(logs)
        return {key: sum(logs[key] for logs in steps) / len(steps) for key in steps[0]}

    def _train_generator(self, real: Any, condition: Any) -> dict[str, Any]:
        """Lets the generator learn once, from fresh latents."""
        optimizer, variables = self.optimizer.optimizers[1], self.optimizer.players[1]

        def objective() -> tuple[list[Any], dict[str, Any]]:
            fake = self.synthesize(latents_for(self, real), condition)
            needs_real = self.adversarial_loss.needs_real
            real_outputs = self._outputs(real, condition) if needs_real else None
            outputs = real_outputs, self._outputs(fake, condition)
            loss, logs = self._generator_objective(outputs, real, fake, condition)
            return [optimizer.scale_loss(loss)], logs

        with unchanged_statistics(self.discriminator):  # until the gradients are taken
            gradients, logs = value_and_gradients(objective, [variables])
        update_players(self, (1,), gradients)
        return dict(logs)

    def _train_from_one_pass(self, real: Any, condition: Any) -> dict[str, Any]:
        """Lets both players learn from one generator pass; in rounds the one whose turn it is."""
        optimizers, players = self.optimizer.optimizers, self.optimizer.players
        resting = [(self.discriminator, self.generator)[i] for i in (0, 1) if i not in self.turn]

        def objective() -> tuple[list[Any], dict[str, Any]]:
            fake = self.synthesize(latents_for(self, real), condition)
            d_loss, d_logs, outputs = self._discriminator_objective(real, fake, condition)
            g_loss, g_logs = self._generator_objective(outputs, real, fake, condition)
            scaled = [optimizers[i].scale_loss((d_loss, g_loss)[i]) for i in self.turn]
            return scaled, d_logs | g_logs

        with unchanged_statistics(*resting):
            gradients, logs = value_and_gradients(objective, [players[i] for i in self.turn])
        update_players(self, self.turn, gradients)
        return dict(logs)

    def _discriminator_objective(
        self, real: Any, fake: Any, condition: Any, *, training: bool = True
    ) -> tuple[Any, dict[str, Any], tuple[Any, Any]]:
        def outputs_of(samples: Any) -> Any:
            return self._outputs(samples, condition, training=training)

        passes = BatchPasses(outputs_of, real, fake, differentiable=bool(self.penalties))
        real_logits, fake_logits = map(logits_among, passes.outputs)
        loss = self.adversarial_loss.discriminator_loss(real_logits, fake_logits)
        terms = {
            p.name: self.settings[p.name] * p(passes, real, fake, seed=self.seed_generator)
            for p in self.penalties
        } | self.discriminator_terms(*passes.outputs, condition)
        loss = loss + sum(terms.values()) + sum(self.discriminator.losses)
        logs = {
            "d_loss": loss,
            "d_accuracy": self.adversarial_loss.accuracy(real_logits, fake_logits),
            "d_real": ops.mean(real_logits),
            "d_fake": ops.mean(fake_logits),
            "d_sign": self.adversarial_loss.mean_sign(real_logits, fake_logits),
        } | terms
        return loss, logs, passes.outputs

    def _generator_objective(
        self, outputs: Any, real: Any, fake: Any, condition: Any, *, training: bool = True
    ) -> tuple[Any, dict[str, Any]]:
        loss = self.adversarial_loss.generator_loss(*map(logits_among, outputs))
        terms = self.generator_terms(real, fake, outputs[1], condition, training=training)
        loss = loss + sum(terms.values()) + sum(self.generator.losses)
        return loss, {"g_loss": loss} | terms

    def _outputs(self, samples: Any, condition: Any, *, training: bool = True) -> Any:
        # In float32: losses take exponentials of them.
        outputs = self.discriminate(samples, condition, training=training)
        return tree.map_structure(lambda output: ops.cast(output, "float32"), outputs)

    def evaluation_step(self, data: Any) -> dict[str, Any]:
        """Computes on a batch what training logs, and the metrics, without learning."""
        real, condition = self.unpack_batch(data)
        fake = self.synthesize(latents_for(self, real), condition, training=False)
        _, logs, outputs = self._discriminator_objective(real, fake, condition, training=False)
        logs |= self._generator_objective(outputs, real, fake, condition, training=False)[1]
        self.step_log.update_state(logs, batch_size_of(real))
        for metric in self.evaluation_metrics:
            self.update_metric(metric, real, fake, condition)
        return self.evaluation_results()

    def unpack_batch(self, data: Any) -> tuple[Any, Any]:
        """Splits a batch as Keras passes it into real samples and what they are conditioned on."""
        real, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        refuse_labels(self, y)
        return real, None

    def draw_latents(self, batch_size: Any) -> Any:
        """Draws training latents, float32 of shape (batch_size, latent_dim).

        Where devices share a batch, each draws for the whole of it and takes those of its samples.
        """
        return keras.random.normal((batch_size, self.latent_dim), seed=self.seed_generator)

    def synthesize(self, latents: Any, condition: Any, *, training: bool = True) -> Any:
        """Maps latents to samples; with `training=False` by the averaged generator, if any."""
        network = self.generator if training else self.sampling_network
        return network(with_condition(latents, condition), training=training)

    def replay(self, fake: Any) -> Any:
        """Returns the fakes for the discriminator to learn from, where players take turns."""
        return fake

    def discriminate(self, samples: Any, condition: Any, *, training: bool = True) -> Any:
        """Maps samples to the discriminator's outputs, through the augmenter in training."""
        if self.augmenter is not None and training:
            samples = self.augmenter(samples, training=True)
        return self.discriminator(with_condition(samples, condition), training=training)

    def discriminator_terms(
        self, real_outputs: Any, fake_outputs: Any, condition: Any
    ) -> dict[str, Any]:
        """Returns weighted terms of its outputs that the discriminator minimises too."""
        return {}

    def generator_terms(
        self, real: Any, fake: Any, fake_outputs: Any, condition: Any, *, training: bool = True
    ) -> dict[str, Any]:
        """Returns weighted terms that the generator minimises besides its adversarial loss."""
        return {}
