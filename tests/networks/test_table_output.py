import keras
import numpy as np
import pytest
from keras import ops

from keras_gan_kit.models._inspection import output_ranges
from keras_gan_kit.networks._table_output import TableOutput, centered

pytestmark = pytest.mark.backend

BLOCKS = [["tanh", 1], ["softmax", 3], ["sigmoid", 2], ["softmax", 2]]


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def rows_of(layer, scores, latents, *, training=False):
    return ops.convert_to_numpy(layer([scores, latents], training=training))


def test_each_block_has_its_activation():
    scores, latents = normal(6, 8), normal(6, 10)
    layer = TableOutput(BLOCKS)
    for training in (False, True):
        rows = rows_of(layer, scores, latents, training=training)
        np.testing.assert_allclose(rows[:, 0], np.tanh(scores[:, 0]), atol=1e-5)
        np.testing.assert_allclose(rows[:, 4:6], 1 / (1 + np.exp(-scores[:, 4:6])), atol=1e-5)
        for first, last in ((1, 4), (6, 8)):
            np.testing.assert_allclose(rows[:, first:last].sum(1), 1.0, atol=1e-5)
            assert rows[:, first:last].min() >= 0.0


def test_one_category_is_drawn_and_training_comes_near_it():
    scores, latents = normal(50, 8), normal(50, 10)
    layer = TableOutput(BLOCKS, temperature=0.2)
    hard = rows_of(layer, scores, latents)[:, 1:4]
    soft = rows_of(layer, scores, latents, training=True)[:, 1:4]
    assert set(np.unique(hard)) == {0.0, 1.0}
    np.testing.assert_array_equal(hard.argmax(1), soft.argmax(1))
    assert ((soft > 0.01) & (soft < 0.99)).any()
    sharper = TableOutput(BLOCKS, temperature=0.01)
    sharper.build([scores.shape, latents.shape])
    sharper.directions.assign(layer.directions)
    np.testing.assert_allclose(
        np.median(np.abs(rows_of(sharper, scores, latents, training=True)[:, 1:4] - hard)),
        0.0,
        atol=1e-6,
    )


@pytest.mark.parametrize("latent_dim", [64, 2])
def test_categories_are_drawn_with_their_probabilities(latent_dim):
    """Gumbel's theorem: the largest of s + g is category k with probability softmax(s)_k."""
    probabilities = np.array([0.1, 0.3, 0.6], "float32")
    num = 20_000
    layer = TableOutput([["softmax", 3]])
    scores = np.tile(np.log(probabilities), (num, 1))
    drawn = rows_of(layer, scores, normal(num, latent_dim)).mean(0)
    if latent_dim >= 3:
        spread = np.sqrt(probabilities * (1 - probabilities) / num)
        assert (np.abs(drawn - probabilities) < 5 * spread).all()
    else:  # fewer dimensions than categories: the noise is not independent, but all occur
        assert drawn.min() > 0.01


def test_a_latent_always_gives_the_same_row():
    scores, latents = normal(6, 8), normal(6, 10)
    layer = TableOutput(BLOCKS)
    for training in (False, True):
        whole = rows_of(layer, scores, latents, training=training)
        part = rows_of(layer, scores[3:], latents[3:], training=training)
        np.testing.assert_allclose(part, whole[3:], atol=1e-6)


def with_output(x, latent, blocks):
    scores = keras.layers.Dense(sum(width for _, width in blocks))(x)
    return TableOutput(blocks, dtype="float32")([scores, latent])


def test_extreme_latents_give_finite_rows():
    layer = TableOutput(BLOCKS)
    rows = rows_of(layer, 100 * normal(6, 8), 1000 * normal(6, 10), training=True)
    assert np.isfinite(rows).all()


def test_the_scores_of_categories_learn():
    """Gradients come through the noise: training finds the category that is asked for."""
    latents = normal(32, 4)
    inputs = keras.Input((4,))
    row = with_output(keras.layers.Dense(2)(inputs), inputs, (("softmax", 3), ("tanh", 1)))
    model = keras.Model(inputs, row)
    model.compile(optimizer=keras.optimizers.Adam(0.5), loss="mse", run_eagerly=True)
    target = np.tile(np.array([0, 1, 0, 0], "float32"), (32, 1))
    for _ in range(6):
        model.train_on_batch(latents, target)
    drawn = ops.convert_to_numpy(model(latents))
    assert drawn[:, 1].mean() > 0.8


@pytest.mark.parametrize(
    ("blocks", "limits"),
    [
        ((("sigmoid", 2),), (0.0, 1.0)),
        ((("sigmoid", 1), ("sigmoid", 1)), (0.0, 1.0)),
        ((("sigmoid", 1), ("softmax", 2)), (0.0, 1.0)),
        ((("softmax", 2), ("tanh", 1)), (-1.0, 1.0)),
        ((("tanh", 2),), (-1.0, 1.0)),
    ],
)
def test_the_range_holds_every_block(blocks, limits):
    latent = keras.Input((4,))
    model = keras.Model(latent, with_output(keras.layers.Dense(3)(latent), latent, blocks))
    assert output_ranges(model) == [limits]
    rows = ops.convert_to_numpy(model(100 * normal(20, 4)))
    assert limits[0] <= rows.min()
    assert rows.max() <= limits[1]


def test_every_block_is_spread_alike():
    # A number one deviation from the middle of its mode, 1/4, says as much as a state does.
    row = np.array([[0, 1, -0.25, 0.25, 0, 1]], "float32")
    blocks = (("sigmoid", 2), ("tanh", 2), ("softmax", 2))
    expected = [[-2, 2, -2, 2, -2, 2]]
    np.testing.assert_allclose(ops.convert_to_numpy(centered(row, blocks)), expected)


def test_the_layer_comes_back_from_its_config():
    layer = TableOutput([("softmax", 2)], temperature=0.5, name="table")
    again = TableOutput.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.blocks == [["softmax", 2]]
    assert again.compute_output_shape([(None, 2), (None, 7)]) == (None, 2)
