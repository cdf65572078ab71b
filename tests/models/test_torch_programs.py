"""Training steps that PyTorch runs as one program: the same numbers as operation by operation."""

import threading

import keras
import numpy as np
import pytest
from keras import ops

from keras_gan_kit import GAN, data, networks, penalties
from keras_gan_kit._keras import numbered_seeds

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(keras.backend.backend() != "torch", reason="other backends compile"),
]
SHAPE = (4, 4, 1)


@pytest.fixture
def at_once(monkeypatch):
    """Makes programs of the first step on; they pay only after many."""
    from keras_gan_kit._backend import torch_steps

    monkeypatch.setattr(torch_steps, "PATIENCE", 0)
    monkeypatch.setattr(torch_steps, "TRIALS", 10**6)  # whichever is faster


def programs(gan):
    return [kind.program for kind in gan.train_function._kinds.values()]


def gan_with_everything():
    """Statistics, dropout, an average, an augmenter, regularizers, and unequal optimizers."""
    keras.utils.set_random_seed(0)
    discriminator = keras.Sequential(
        [
            keras.Input(SHAPE),
            keras.layers.Flatten(),
            keras.layers.Dense(8, "relu", kernel_regularizer="l2", activity_regularizer="l2"),
            keras.layers.Dropout(0.3, seed=1),
            keras.layers.Dense(1, kernel_constraint=keras.constraints.MaxNorm(1.0)),
        ]
    )
    return GAN(
        networks.dense_generator(SHAPE, 3, (8,)),
        discriminator,
        discriminator_steps=2,
        ema_momentum=0.9,
        augmenter=data.DifferentiableAugment(seed=2),
        seed=0,
    )


def train(gan, images, *, run_eagerly):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.5)
    gan.compile(
        discriminator_optimizer=keras.optimizers.AdamW(0.01, weight_decay=0.1, clipnorm=0.1),
        generator_optimizer=keras.optimizers.RMSprop(schedule, momentum=0.5),
        penalties=[penalties.GradientPenalty(1.0)],
        run_eagerly=run_eagerly,
    )
    return gan.fit(images[:16], batch_size=16, epochs=3, verbose=0).history


def test_numbers_are_those_of_single_operations(images, at_once, state_of, check_same):
    states, histories = [], []
    for run_eagerly in (True, False):
        gan = gan_with_everything()
        histories.append(train(gan, images, run_eagerly=run_eagerly))
        states.append([*state_of(gan), *map(ops.convert_to_numpy, gan.random_states)])
    check_same(*states, tolerance=1e-6)
    for name in histories[0]:
        assert histories[0][name] == pytest.approx(histories[1][name], abs=1e-6), name
    assert all(programs(gan))


def test_the_last_batch_has_one_program_for_all_epochs(make_gan, images, at_once):
    gan = make_gan()
    gan.compile(generator_optimizer="sgd", discriminator_optimizer="sgd")
    gan.fit(images, batch_size=32, epochs=3, verbose=0)
    assert len(programs(gan)) == 2  # for 32 and for 10 images
    assert all(programs(gan))


@pytest.mark.parametrize("update", ["simultaneous", "rounds"])
def test_both_players_learn_in_other_orders(
    update, make_gan, images, at_once, state_of, check_same
):
    states = []
    for run_eagerly in (True, False):
        gan = make_gan()
        gan.compile(update=update, run_eagerly=run_eagerly)
        gan.fit(images[:16], batch_size=16, epochs=2, verbose=0)
        states.append(state_of(gan))
    check_same(*states, tolerance=1e-6)
    assert all(programs(gan))


def test_changes_between_steps_count(make_gan, images, at_once, state_of, check_same):
    states = []
    for run_eagerly in (True, False):
        gan = make_gan()
        gan.compile(penalties=[penalties.R1(0.1)], run_eagerly=run_eagerly)
        gan.train_on_batch(images)
        gan.optimizer.learning_rate.assign(0.1)
        gan.settings.set({"r1": 3.0})
        gan.seed_generator.state.assign([5, 7])
        gan.generator.set_weights([0.5 * w for w in gan.generator.get_weights()])
        gan.train_on_batch(images)
        states.append([*state_of(gan), *map(ops.convert_to_numpy, gan.random_states)])
    check_same(*states, tolerance=1e-6)
    assert len(programs(gan)) == 1
    assert all(programs(gan))


def test_a_frozen_layer_is_explained(make_gan, images, at_once):
    gan = make_gan()
    gan.compile()
    gan.train_on_batch(images)
    last = next(layer for layer in reversed(gan.discriminator.layers) if layer.weights)
    last.trainable = False
    with pytest.raises(ValueError, match=r"call `gan\.compile` again"):
        gan.train_on_batch(images)


def test_short_trainings_make_no_program(make_gan, images):
    gan = make_gan()
    gan.compile()
    gan.fit(images, batch_size=8, epochs=2, verbose=0)
    assert not any(programs(gan))


def test_a_program_that_is_slower_is_dropped(make_gan, images, at_once, monkeypatch):
    from keras_gan_kit._backend import torch_steps

    monkeypatch.setattr(torch_steps, "TRIALS", 1)
    gan = make_gan()
    gan.compile()
    gan.train_on_batch(images)
    (kind,) = gan.train_function._kinds.values()
    kind.eager = [0.0]
    gan.train_on_batch(images)
    assert kind.program is None
    assert kind.settled


class Branch(keras.layers.Layer):
    """Looks at a value on the host."""

    def call(self, x):
        return x if float(ops.stop_gradient(ops.max(x))) < 100.0 else -x


class OwnNoise(keras.layers.Layer):
    """Draws from a generator of PyTorch."""

    def __init__(self):
        import torch

        super().__init__()
        self.own = torch.Generator().manual_seed(0)

    def call(self, x):
        import torch

        return x + torch.rand((16,), generator=self.own)


@pytest.mark.parametrize("layer", [Branch, OwnNoise])
def test_what_no_program_can_do_runs_as_it_is(layer, images, at_once, capsys, state_of, check_same):
    states = []
    for run_eagerly in (True, False):
        keras.utils.set_random_seed(0)
        discriminator = keras.Sequential(
            [keras.Input(SHAPE), keras.layers.Flatten(), layer(), keras.layers.Dense(1)]
        )
        gan = GAN(networks.dense_generator(SHAPE, 3, (8,)), discriminator, seed=0)
        gan.compile(run_eagerly=run_eagerly)
        gan.fit(images, batch_size=16, verbose=0)
        states.append(state_of(gan))
    check_same(*states)
    assert not any(programs(gan))
    assert capsys.readouterr().out.count("operation by operation") == 1


def test_random_numbers_of_other_threads_stay_their_own():
    seeds, found = keras.random.SeedGenerator(3), []
    with numbered_seeds(10):
        thread = threading.Thread(target=lambda: found.append(seeds.next()))
        thread.start()
        thread.join()
    np.testing.assert_array_equal(ops.convert_to_numpy(found[0]), [3, 0])
    np.testing.assert_array_equal(ops.convert_to_numpy(seeds.state), [3, 1])


def jit_trained(make_gan, images, **options):
    gan = make_gan()
    optimizers = (f"{name}_optimizer" for name in ("generator", "discriminator"))
    gan.compile(
        **{name: keras.optimizers.Adam(0.01, epsilon=1e-3) for name in optimizers},
        penalties=[penalties.GradientPenalty(1.0)],
        **options,
    )
    gan.fit(images[:32], batch_size=16, epochs=2, verbose=0)
    return gan


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of PyTorch's own code
def test_compiled_programs_have_the_same_numbers(make_gan, images, state_of, check_same):
    compiled = jit_trained(make_gan, images, jit_compile=True)
    check_same(
        state_of(compiled),
        state_of(jit_trained(make_gan, images, run_eagerly=True)),
        tolerance=1e-5,
    )
    (program,) = programs(compiled)
    assert type(program._run).__name__ == "OptimizedModule"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_without_a_compiler_training_goes_on(make_gan, images, monkeypatch, state_of, check_same):
    from torch._inductor import config

    monkeypatch.setattr(config.cpp, "cxx", ("/no/such/compiler",))
    monkeypatch.setattr(config, "force_disable_caches", True)
    with pytest.warns(UserWarning, match="as a recorded program, because it can't be compiled"):
        gan = jit_trained(make_gan, images, jit_compile=True)
    expected = jit_trained(make_gan, images, run_eagerly=True)
    check_same(state_of(gan), state_of(expected), tolerance=1e-6)
    assert all(programs(gan))
