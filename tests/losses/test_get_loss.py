"""From what `compile(loss=...)` takes to a loss."""

import keras
import pytest

from keras_gan_kit import losses

pytestmark = pytest.mark.backend

NAMES = {
    "bce": losses.BinaryCrossentropy,
    "minimax": losses.Minimax,
    "least_squares": losses.LeastSquares,
    "hinge": losses.Hinge,
    "wasserstein": losses.Wasserstein,
    "relativistic": losses.Relativistic,
    "relativistic_average": losses.RelativisticAverage,
    "mse": losses.KerasLoss,
    "mae": losses.KerasLoss,
    "MeanSquaredError": losses.KerasLoss,
    "binary_crossentropy": losses.KerasLoss,
    "BinaryCrossentropy": losses.KerasLoss,
}


@pytest.mark.parametrize("name", NAMES)
def test_every_name_gives_its_loss_for_logits(name):
    loss = losses.get(name)
    assert type(loss) is NAMES[name]
    assert "logits" in loss.outputs


@pytest.mark.parametrize(
    "name", ["bce", "minimax", "least_squares", "mse", "poisson", "binary_crossentropy"]
)
def test_these_names_give_a_loss_for_probabilities_too(name):
    assert "probabilities" in losses.get(name, "probabilities").outputs


@pytest.mark.parametrize("name", ["least_squares", "mse", "mae"])
def test_these_names_give_a_loss_for_tanh_too(name):
    assert "tanh" in losses.get(name, "tanh").outputs


@pytest.mark.parametrize("name", ["bce", "minimax"])
@pytest.mark.parametrize(("outputs", "from_logits"), [("logits", True), ("probabilities", False)])
def test_by_name_from_logits_follows_the_discriminator(name, outputs, from_logits):
    assert losses.get(name, outputs).from_logits is from_logits


@pytest.mark.parametrize(("outputs", "from_logits"), [("logits", True), ("probabilities", False)])
def test_by_keras_name_from_logits_follows_the_discriminator(outputs, from_logits):
    assert losses.get("binary_crossentropy", outputs).loss.from_logits is from_logits


@pytest.mark.parametrize(
    "loss", [losses.Hinge(), losses.BinaryCrossentropy(0.1), losses.Relativistic()], ids=repr
)
def test_an_adversarial_loss_is_taken_as_it_is(loss):
    assert losses.get(loss) is loss


@pytest.mark.parametrize(
    "loss",
    [
        keras.losses.MeanSquaredError(),
        keras.losses.mean_squared_error,
        keras.losses.BinaryCrossentropy(from_logits=True),
        lambda y_true, y_pred: keras.ops.abs(y_true - y_pred),
    ],
    ids=["object", "function", "crossentropy", "lambda"],
)
def test_a_keras_loss_is_wrapped(loss):
    assert losses.get(loss).loss is loss


def test_a_dict_gives_each_player_its_loss():
    loss = losses.get({"discriminator": "bce", "generator": keras.losses.poisson}, "probabilities")
    assert isinstance(loss, losses.PlayerLosses)
    assert loss.discriminator.from_logits is False
    assert loss.generator.loss is keras.losses.poisson


@pytest.mark.parametrize(
    ("loss", "outputs"),
    [
        ("poisson", "logits"),
        ("kl_divergence", "logits"),
        ("mean_squared_logarithmic_error", "logits"),
        ("hinge", "probabilities"),
        ("wasserstein", "probabilities"),
        ("relativistic", "probabilities"),
        ("bce", "tanh"),
        ("minimax", "tanh"),
        ("hinge", "tanh"),
        ("wasserstein", "tanh"),
        ("relativistic", "tanh"),
        ("poisson", "tanh"),
        ("binary_crossentropy", "tanh"),
        (losses.BinaryCrossentropy(), "probabilities"),
        (losses.BinaryCrossentropy(from_logits=False), "logits"),
        (losses.Minimax(from_logits=False), "logits"),
        (keras.losses.Poisson(), "logits"),
        (keras.losses.poisson, "logits"),
        (keras.losses.BinaryCrossentropy(), "logits"),
        (keras.losses.BinaryCrossentropy(from_logits=True), "probabilities"),
        ({"discriminator": "bce", "generator": "poisson"}, "logits"),
        ({"discriminator": "hinge", "generator": "bce"}, "probabilities"),
    ],
)
def test_a_loss_that_cannot_take_the_outputs_is_refused(loss, outputs):
    with pytest.raises(ValueError) as caught:
        losses.get(loss, outputs)
    message = str(caught.value)
    assert message.startswith("Invalid `loss`. Received: ")
    assert f"for a discriminator that ends in {outputs}. Expected: " in message
    assert "Fix: change the last activation of the discriminator" in message


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bec", "bce"),
        ("min_max", "minimax"),
        ("leastsquares", "least_squares"),
        ("hing", "hinge"),
        ("wassertein", "wasserstein"),
        ("relativstic", "relativistic"),
        ("poison", "poisson"),
        ("mse_", "mse"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(typed, meant):
    with pytest.raises(ValueError) as caught:
        losses.get(typed)
    message = str(caught.value)
    assert message.startswith(f"Invalid `loss`. Received: {typed!r}. Expected: one of 'bce', ")
    assert message.endswith(f"Fix: did you mean {meant!r}?.") or message.endswith(
        f"Fix: did you mean {meant!r}?"
    )


@pytest.mark.parametrize("name", ["", "zzzzzz", "qqq"])
def test_a_name_like_no_other_is_refused(name):
    with pytest.raises(ValueError, match=r"Invalid `loss`\. Received: .* Fix: "):
        losses.get(name)


# On one channel a softmax is 1 and a cosine is a sign: there is nothing to learn from them.
@pytest.mark.parametrize(
    "loss",
    [
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "categorical_hinge",
        "ctc",
        "cosine_similarity",
        keras.losses.CategoricalCrossentropy(),
        keras.losses.SparseCategoricalCrossentropy(),
        keras.losses.categorical_crossentropy,
        keras.losses.CategoricalHinge(),
        keras.losses.CosineSimilarity(),
    ],
    ids=lambda loss: loss if isinstance(loss, str) else f"object_{loss.__class__.__name__}",
)
@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
def test_a_loss_that_has_no_use_for_one_channel_is_refused(loss, outputs):
    with pytest.raises(ValueError, match=r"Invalid `loss`\. Received: .* Fix: "):
        losses.get(loss, outputs)


@pytest.mark.parametrize(
    "loss",
    [
        {"discriminator": "bce"},
        {"generator": "bce"},
        {"discriminator": "bce", "generator": "bce", "other": "bce"},
        {"d": "bce", "g": "bce"},
        {},
    ],
    ids=lambda loss: "_".join(loss) or "empty",
)
def test_a_dict_names_both_players_and_no_other(loss):
    with pytest.raises(ValueError) as caught:
        losses.get(loss)
    assert str(caught.value).startswith("Invalid `loss`. Received: a dict with the keys ")
    assert "Expected: the keys 'discriminator' and 'generator'." in str(caught.value)


@pytest.mark.parametrize(
    "loss",
    [None, 3, ["bce"], losses.Hinge, keras.losses.MeanSquaredError, {"discriminator", "generator"}],
    ids=["none", "int", "list", "our_class", "keras_class", "set"],
)
def test_any_other_type_is_refused(loss):
    with pytest.raises(TypeError) as caught:
        losses.get(loss)
    assert str(caught.value).startswith("Invalid `loss`. Received: ")
    assert "Fix: pass one of 'bce'" in str(caught.value)
