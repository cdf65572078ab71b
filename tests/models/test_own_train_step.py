"""A subclass that extends `train_step` and `test_step`, as Keras users do."""

import keras
import pytest

from keras_gan_kit import GAN, WGANGP

pytestmark = pytest.mark.backend
BACKEND = keras.backend.backend()


def gap(logs):
    return {"gap": logs["d_loss"] - logs["g_loss"]}


def extended(base):
    if BACKEND == "jax":

        class Extended(base):
            def train_step(self, state, data):
                logs, state = super().train_step(state, data)
                return logs | gap(logs), state

            def test_step(self, state, data):
                logs, state = super().test_step(state, data)
                return logs | gap(logs), state

    else:

        class Extended(base):
            def train_step(self, data):
                logs = super().train_step(data)
                return logs | gap(logs)

            def test_step(self, data):
                logs = super().test_step(data)
                return logs | gap(logs)

    return Extended


@pytest.mark.parametrize(
    ("base", "several", "run_eagerly"),
    [(GAN, 1, False), (GAN, 4, False), (GAN, 4, True), (WGANGP, 1, False)],
)
def test_entries_reach_the_history(base, several, run_eagerly, make_gan, images):
    if several > 1 and BACKEND == "torch":
        pytest.skip("PyTorch takes one step at a time")
    plain, gan = make_gan(base), make_gan(extended(base))
    shown = []
    histories = []
    for model in (plain, gan):
        model.compile(steps_per_execution=several, run_eagerly=run_eagerly)
        callback = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: shown.append(logs)
        )
        histories.append(
            model.fit(
                images,
                batch_size=8,
                epochs=2,
                validation_data=images[:16],
                callbacks=[callback],
                verbose=0,
            ).history
        )
    expected, history = histories
    assert set(history) == set(expected) | {"gap", "val_gap"}
    for key in expected:
        assert history[key] == pytest.approx(expected[key], abs=1e-5)
    for prefix in ("", "val_"):
        found = [
            d - g
            for d, g in zip(history[f"{prefix}d_loss"], history[f"{prefix}g_loss"], strict=True)
        ]
        assert history[f"{prefix}gap"] == pytest.approx(found, abs=1e-5)
    assert "gap" in shown[-1]
    assert gan.steps_taken == 12
    assert "gap" in gan.train_on_batch(images[:8], return_dict=True)
    assert "gap" in gan.evaluate(images, verbose=0, return_dict=True)


@pytest.mark.skipif(BACKEND != "jax", reason="JAX passes the state")
def test_a_step_without_its_state_is_explained(make_gan, images):
    class Wrong(GAN):
        def train_step(self, state, data):
            return super().train_step(data)

    gan = make_gan(Wrong)
    gan.compile()
    with pytest.raises(TypeError, match=r"`train_step`.*\(state, batch\)"):
        gan.fit(images, verbose=0)
