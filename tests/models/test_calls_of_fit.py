"""A later call of `fit` goes on with the players' turns and with the data."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_gan_kit import GAN, callbacks

pytestmark = pytest.mark.backend


def steps(gan):
    return [
        int(ops.convert_to_numpy(player.iterations))
        for player in (gan.discriminator_optimizer, gan.generator_optimizer)
    ]


def test_rounds_go_on(make_gan, images, state_of, check_same):
    once, often = make_gan(), make_gan()
    for gan in (once, often):
        gan.compile(update="rounds", run_eagerly=True)
    once.fit(images, epochs=4, verbose=0)
    for _ in range(4):
        often.fit(images, epochs=1, verbose=0)
    assert steps(often) == steps(once) == [4, 4]
    check_same(state_of(once), state_of(often))


def test_single_batches_have_no_rounds(make_gan, images):
    gan = make_gan()
    gan.compile(update="rounds", run_eagerly=True)
    with pytest.warns(UserWarning, match="take turns"):
        gan.train_on_batch(images[:8])


class Recorder(GAN):
    seen = ()

    def unpack_batch(self, data):
        real, condition = super().unpack_batch(data)
        numbers = np.round(ops.convert_to_numpy(real)[:, 0] * 1000).astype(int).tolist()
        object.__setattr__(self, "seen", [*self.seen, *numbers])
        return real, condition


def recorder():
    keras.utils.set_random_seed(0)
    gan = Recorder(
        keras.Sequential([keras.Input((4,)), layers.Dense(3)]),
        keras.Sequential([keras.Input((3,)), layers.Dense(1)]),
        seed=0,
    )
    gan.compile(run_eagerly=True)
    return gan


def numbered(n=40):
    x = np.zeros((n, 3), "float32")
    x[:, 0] = np.arange(n) / 1000  # a sample tells its number
    return x


def test_later_calls_see_the_rest_of_the_data():
    gan, x = recorder(), numbered()
    for _ in range(5):
        gan.fit(x, batch_size=4, steps_per_epoch=2, verbose=0)
    assert sorted(gan.seen) == list(range(40))
    whole = recorder()
    whole.fit(x, batch_size=4, steps_per_epoch=2, epochs=5, verbose=0)
    assert whole.seen == gan.seen


def test_epochs_of_later_calls_have_another_order():
    gan, x = recorder(), numbered()
    gan.fit(x, batch_size=40, verbose=0)
    gan.fit(x, batch_size=40, verbose=0)
    assert gan.seen[:40] != gan.seen[40:]


def test_a_resume_after_several_calls_is_exact(tmp_path):
    x = numbered()
    whole = recorder()
    for _ in range(3):
        whole.fit(x, batch_size=8, verbose=0)
    first = recorder()
    first.fit(x, batch_size=8, verbose=0)
    first.fit(x, batch_size=8, verbose=0)
    first.save_weights(tmp_path / "state.weights.h5")
    second = recorder()
    second.load_weights(tmp_path / "state.weights.h5")
    second.fit(x, batch_size=8, verbose=0)
    assert second.seen == whole.seen[80:]


def test_a_checkpoint_inside_of_a_later_call_is_exact(tmp_path, state_of, check_same):
    x = numbered()

    def later_call(gan, stop=0):
        saver = callbacks.PeriodicCheckpoint(tmp_path / "run", every=1, unit="step")

        def at(batch, logs):
            gan.stop_training = gan.progress.steps == stop

        stopper = keras.callbacks.LambdaCallback(on_train_batch_end=at)
        gan.fit(x, batch_size=8, epochs=2, callbacks=[saver, stopper] if stop else [], verbose=0)

    whole, interrupted = recorder(), recorder()
    for gan in (whole, interrupted):
        gan.fit(x, batch_size=8, epochs=3, verbose=0)
    later_call(whole)
    later_call(interrupted, stop=18)  # in the third of five batches
    resumed = recorder()
    saver = callbacks.PeriodicCheckpoint(tmp_path / "run", every=1, unit="step")
    resumed.fit(x, batch_size=8, epochs=2, callbacks=[saver], verbose=0)
    assert interrupted.seen + resumed.seen == whole.seen
    check_same(state_of(resumed), state_of(whole))


def test_initial_epoch_goes_on_where_an_earlier_call_ended():
    gan, whole, x = recorder(), recorder(), numbered()
    whole.fit(x, batch_size=8, epochs=3, verbose=0)
    gan.fit(x, batch_size=8, epochs=2, verbose=0)
    gan.fit(x, batch_size=8, epochs=3, initial_epoch=2, verbose=0)
    assert gan.seen == whole.seen
