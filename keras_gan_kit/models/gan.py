"""A GAN that is a Keras model: compile, fit, evaluate, predict, save."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops, tree

from keras_gan_kit._arguments import integer
from keras_gan_kit._backend import Step, value_and_gradients, variables_scope
from keras_gan_kit._keras import use_own_seed, without_mask
from keras_gan_kit.losses._weights import weighted, weighted_share
from keras_gan_kit.models._check_compile import check_momentum, refuses_unknown
from keras_gan_kit.models._check_data import refuse_labels
from keras_gan_kit.models._check_networks import check_augmenter
from keras_gan_kit.models._compilation import compilation
from keras_gan_kit.models._evaluation import latents_of
from keras_gan_kit.models._gan_model import GANModel
from keras_gan_kit.models._inspection import layers_of, logits_among
from keras_gan_kit.models._networks import frozen_copy, take_networks
from keras_gan_kit.models._step import (
    BatchPasses,
    Pass,
    batch_size_of,
    latents_for,
    pass_through,
    ramped,
    unchanged_statistics,
    update_average,
    update_players,
    weight_losses,
    with_condition,
)


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class GAN(GANModel):
    """A generator and a discriminator that train each other through `compile` and `fit`.

    Goodfellow et al. 2014 (arXiv 1406.2661). `train_step` is the whole training step. Subclasses
    override the hooks below it, and `check_networks`, `check_data`, `keep_examples`,
    `update_metric` and `preview`; they may extend `train_step` and `test_step`.

    While one player learns, the BatchNormalization statistics of the other do not change. The
    discriminator normalizes real and fake batches separately. A player minimizes its network's
    own losses (weight regularizers) too.

    With sample weights w_i, of n real samples x_i in a batch, the discriminator minimizes

        sum_i w_i l_real(x_i) / n + sum_i l_fake(G(z_i)) / n + sum_i w_i p(x_i) / n

    for a loss that is the sum of a real and a fake term, and penalties p that depend on real
    samples: R1, `Mismatch`, and `GradientPenalty`, whose point i lies between x_i and G(z_i). As in
    Keras, the sum is divided by n, so choose weights with a mean of 1. A relativistic loss weights
    its pairs, for both players. Otherwise the generator's loss has no weights, except in
    `ImageToImageGAN`. Logs of outputs, `d_accuracy`, `d_real` and `d_sign`, are divided by
    sum_i w_i, as Keras' metrics are.

    Args:
        generator: Maps latents of shape (batch, latent_dim) to samples: a tensor, or a dict or
            list of tensors. Images are float32 in [-1, 1], channels last.
        discriminator: Maps such samples to one channel: a vector of logits, or a map of them.
        discriminator_steps: The number of discriminator updates per batch, each on new fakes.
        ema_momentum: The momentum in (0, 1) of a moving average of the generator's weights and
            statistics, which samples are then drawn from (Yazici et al. 2019, arXiv 1806.04498).
            After t steps the momentum is at most (1 + t) / (10 + t), so that short trainings are
            averaged over their last tenth. None for no average. For a half-life in images, add
            `callbacks.Schedule("ema_half_life", 10_000, 10_000, over=1, unit="image")`.
        augmenter: A layer that augments real and fake samples before the discriminator sees
            them: `data.DifferentiableAugment`. The logs then contain `d_sign`, which is near 1
            when the discriminator memorizes the training set.
        seed: The seed of latents, penalties and the order of arrays.
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
        for layer in (
            layer for net in (generator, discriminator, augmenter) for layer in layers_of(net)
        ):
            use_own_seed(layer)
        self.generator = generator
        self.discriminator = discriminator
        self.discriminator_steps = discriminator_steps
        self.ema_momentum = ema_momentum
        self.augmenter = augmenter
        self.seed = seed
        self.latent_dim = latent_dim
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.ema_generator = None if ema_momentum is None else frozen_copy(generator)
        self.progress.networks = self.networks
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
        """Configures the training.

        Args:
            generator_optimizer: A Keras optimizer or its name; None for Adam(2e-4, beta_1=0.5).
            discriminator_optimizer: Another one.
            loss: "bce", "minimax", "least_squares", "hinge", "wasserstein", "relativistic"; an
                `AdversarialLoss`; a Keras loss or its name, taken against the targets 1 and 0; or
                a dict with a loss for each of "discriminator" and "generator".
            penalties: Penalties that the discriminator minimizes in addition to its loss.
            update: "alternating": each player draws new latents, the discriminator first.
                "simultaneous": both learn from one shared generator pass, which is cheaper.
                "rounds": one player learns per epoch, the discriminator in the first.
            metrics: `keras.metrics.Metric` objects; `evaluate` calls update_state(real, synthetic).
            run_eagerly: Whether to run steps operation by operation, for debugging.
            steps_per_execution: The number of steps in one compiled call.
            jit_compile: True or False; "auto" decides by backend, device and layers.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If a name is unknown, or arguments contradict each other.
        """
        arguments = {
            "generator_optimizer": generator_optimizer,
            "discriminator_optimizer": discriminator_optimizer,
            "loss": loss,
            "penalties": penalties,
            "update": update,
            "metrics": metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        with variables_scope(self):
            take_networks(self)
            self.set_up(compilation(self, arguments))

    # The training step.

    def train_step(self, *args: Any) -> Any:
        """Trains both players on one batch.

        Subclasses may call `super().train_step` with the arguments of their backend and add
        entries to the logs that it returns: `docs/extending/model.md` shows how.

        Args:
            *args: What Keras passes: the batch on TensorFlow and PyTorch; (state, batch) on JAX.

        Returns:
            The logs, means since the beginning of the epoch; on JAX, (logs, new state).
        """
        with Step(self, args, training=True) as step:
            real, condition = self.unpack_batch(step.batch)
            weight = self.unpack_weight(step.batch)
            if self.update_order == "alternating":
                values = self._train_discriminator(real, condition, weight)
                values |= self._train_generator(real, condition, weight)
            else:
                values = self._train_from_one_pass(real, condition, weight)
            if self.ema_momentum is not None:
                momentum = ramped(self.settings["ema_momentum"], self.step_log.steps)
                update_average(self.ema_generator, self.generator, momentum)
            self.step_log.record(values, batch_size_of(real))
            logs = self.step_log.result()
        return step.result(logs)

    def _train_discriminator(self, real: Any, condition: Any, weight: Any) -> dict[str, Any]:
        """Updates the discriminator `discriminator_steps` times, each time on new fakes."""
        optimizer, variables = self.optimizer.optimizers[0], self.optimizer.players[0]
        steps = []
        for _ in range(self.discriminator_steps):
            with unchanged_statistics(self.generator):
                fake = without_mask(self.synthesize(latents_for(self, real), condition))
            fake = self.replay(tree.map_structure(ops.stop_gradient, fake))

            def objective(fake: Any = fake) -> tuple[list[Any], dict[str, Any]]:
                loss, logs, _ = self._discriminator_objective(real, fake, condition, weight)
                return [optimizer.scale_loss(loss)], logs

            gradients, logs = value_and_gradients(objective, [variables])
            update_players(self, (0,), gradients)
            steps.append(logs)
        return {key: sum(logs[key] for logs in steps) / len(steps) for key in steps[0]}

    def _train_generator(self, real: Any, condition: Any, weight: Any) -> dict[str, Any]:
        """Updates the generator once, from new latents."""
        optimizer, variables = self.optimizer.optimizers[1], self.optimizer.players[1]

        def objective() -> tuple[list[Any], dict[str, Any]]:
            fake, added = self._draw(real, condition)
            needs_real = self.adversarial_loss.needs_real
            real_outputs = self._look(real, condition).outputs if needs_real else None
            outputs = real_outputs, self._look(fake, condition).outputs
            loss, logs = self._generator_objective(outputs, added, real, fake, condition, weight)
            return [optimizer.scale_loss(loss)], logs

        with unchanged_statistics(self.discriminator):  # until the gradients are taken
            gradients, logs = value_and_gradients(objective, [variables])
        update_players(self, (1,), gradients)
        return dict(logs)

    def _train_from_one_pass(self, real: Any, condition: Any, weight: Any) -> dict[str, Any]:
        """Updates the players whose turn it is from one generator pass; both except in rounds."""
        optimizers, players = self.optimizer.optimizers, self.optimizer.players
        networks, turn = (self.discriminator, self.generator), self.progress.turn
        resting = [network for i, network in enumerate(networks) if i not in turn]

        def objective() -> tuple[list[Any], dict[str, Any]]:
            fake, added = self._draw(real, condition)
            d_loss, d_logs, outputs = self._discriminator_objective(real, fake, condition, weight)
            g_loss, g_logs = self._generator_objective(
                outputs, added, real, fake, condition, weight
            )
            scaled = [optimizers[i].scale_loss((d_loss, g_loss)[i]) for i in turn]
            return scaled, d_logs | g_logs

        with unchanged_statistics(*resting):
            gradients, logs = value_and_gradients(objective, [players[i] for i in turn])
        update_players(self, turn, gradients)
        return dict(logs)

    def _discriminator_objective(
        self, real: Any, fake: Any, condition: Any, weight: Any, *, training: bool = True
    ) -> tuple[Any, dict[str, Any], tuple[Any, Any]]:
        """Returns the discriminator's total loss, the values to log, and its two outputs."""

        def look(samples: Any) -> Pass:
            return self._look(samples, condition, training=training)

        passes = BatchPasses(look, real, fake, differentiable=bool(self.penalties))
        logits = tuple(map(logits_among, passes.outputs))
        rule, seed = self.adversarial_loss, self.seed_generator
        loss = weighted(rule.discriminator_loss, weight)(*logits)
        terms = {
            p.name: self.settings[p.name] * weighted(p, weight)(passes, real, fake, seed=seed)
            for p in self.penalties
        } | weighted(self.discriminator_terms, weight)(*passes.outputs, condition)
        loss = loss + sum(terms.values()) + passes.added + weight_losses(self.discriminator)
        logs = {
            "d_loss": loss,
            "d_accuracy": weighted(rule.accuracy, weight)(*logits),
            "d_real": weighted_share(logits[0], weight),
            "d_fake": ops.mean(logits[1]),
            "d_sign": weighted(rule.mean_sign, weight)(*logits),
        } | terms
        return loss, logs, passes.outputs

    def _generator_objective(
        self,
        outputs: Any,
        added: Any,
        real: Any,
        fake: Any,
        condition: Any,
        weight: Any,
        *,
        training: bool = True,
    ) -> tuple[Any, dict[str, Any]]:
        """Returns the generator's total loss and the values to log."""
        rule = self.adversarial_loss
        of_fakes = weight if rule.needs_real or self.fakes_have_targets else None
        loss = weighted(rule.generator_loss, of_fakes)(*map(logits_among, outputs))
        terms = weighted(self.generator_terms, weight)(
            real, fake, outputs[1], condition, training=training
        )
        loss = loss + sum(terms.values()) + added + weight_losses(self.generator)
        return loss, {"g_loss": loss} | terms

    def _draw(self, real: Any, condition: Any, *, training: bool = True) -> Pass:
        """Draws as many fakes as there are real samples."""
        network = self.generator if training else self.sampling_network
        latents = latents_for(self, real) if training else latents_of(self, real)

        def call() -> Any:
            # The discriminator has to see fakes as it sees real samples, which have no mask.
            return without_mask(self.synthesize(latents, condition, training=training))

        return pass_through(network, call)

    def _look(self, samples: Any, condition: Any, *, training: bool = True) -> Pass:
        """Maps samples to the discriminator's outputs."""

        def call() -> Any:
            # In float32: losses take exponentials of them.
            outputs = self.discriminate(samples, condition, training=training)
            return tree.map_structure(lambda output: ops.cast(output, "float32"), outputs)

        return pass_through(self.discriminator, call)

    def test_step(self, *args: Any) -> Any:
        """Computes the logs of training and the metrics of `compile` on one batch.

        Args:
            *args: As in `train_step`.

        Returns:
            As `train_step`, with means since the beginning of the evaluation.
        """
        with Step(self, args, training=False) as step:
            real, condition = self.unpack_batch(step.batch)
            weight = self.unpack_weight(step.batch)
            fake, added = self._draw(real, condition, training=False)
            _, values, outputs = self._discriminator_objective(
                real, fake, condition, weight, training=False
            )
            _, generator_values = self._generator_objective(
                outputs, added, real, fake, condition, weight, training=False
            )
            values |= generator_values
            self.step_log.update_state(values, batch_size_of(real))
            for metric in self.evaluation_metrics:
                weighted(self.update_metric, weight)(metric, real, fake, condition)
            logs = self.evaluation_results()
        return step.result(logs)

    # Hooks for subclasses.

    def unpack_batch(self, data: Any) -> tuple[Any, Any]:
        """Splits a batch from Keras into real samples and their condition."""
        real, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        refuse_labels(self, y)
        return real, None

    def unpack_weight(self, data: Any) -> Any:
        """Returns the weights of a batch's samples, float32 of shape (batch,), or None."""
        weight = keras.utils.unpack_x_y_sample_weight(data)[2]
        return None if weight is None else ops.reshape(ops.cast(weight, "float32"), (-1,))

    def draw_latents(self, batch_size: Any) -> Any:
        """Draws training latents, float32 of shape (batch_size, latent_dim).

        Devices that share a batch all draw for the whole batch and take the rows of their samples.
        """
        return keras.random.normal((batch_size, self.latent_dim), seed=self.seed_generator)

    def synthesize(self, latents: Any, condition: Any, *, training: bool = True) -> Any:
        """Maps latents to samples; with `training=False` by the moving average, if there is one."""
        network = self.generator if training else self.sampling_network
        return network(with_condition(latents, condition), training=training)

    def replay(self, fake: Any) -> Any:
        """Returns the fakes that the discriminator learns from in alternating updates."""
        return fake

    def discriminate(self, samples: Any, condition: Any, *, training: bool = True) -> Any:
        """Maps samples to the discriminator's outputs; in training, augments them first."""
        if self.augmenter is not None and training:
            samples = self.augmenter(samples, training=True)
        return self.discriminator(with_condition(samples, condition), training=training)

    def discriminator_terms(
        self, real_outputs: Any, fake_outputs: Any, condition: Any
    ) -> dict[str, Any]:
        """Returns weighted terms that the discriminator minimizes in addition to its loss.

        An override may take `sample_weight=None`, weights of shape (batch,).
        """
        return {}

    def generator_terms(
        self, real: Any, fake: Any, fake_outputs: Any, condition: Any, *, training: bool = True
    ) -> dict[str, Any]:
        """Returns weighted terms that the generator minimizes in addition to its loss.

        An override may take `sample_weight=None`, weights of shape (batch,).
        """
        return {}
