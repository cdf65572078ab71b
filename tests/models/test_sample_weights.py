"""Sample weights, by closed forms: all fakes are 0.5, and D(x) = 2 x."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_gan_kit import GAN, ConditionalGAN, CycleGAN, ImageToImageGAN, losses, penalties
from keras_gan_kit.data import ArrayDataset

pytestmark = pytest.mark.backend

DRAWN, SLOPE = 0.5, 2.0
X = np.array([[-1.0], [0.25], [1.0], [2.0]], "float32")
WEIGHTS = np.array([0.0, 1.0, 2.5, 0.5], "float32")
REAL, FAKE = SLOPE * X[:, 0], SLOPE * DRAWN


def constant_generator():
    constant = keras.initializers.Constant(DRAWN)
    layer = layers.Dense(1, kernel_initializer="zeros", bias_initializer=constant)
    return keras.Sequential([keras.Input((1,)), layer])


def linear_critic():
    slope = keras.initializers.Constant(SLOPE)
    layer = layers.Dense(1, use_bias=False, kernel_initializer=slope)
    return keras.Sequential([keras.Input((1,)), layer])


def made(rate=0.0, **options):
    gan = GAN(constant_generator(), linear_critic(), seed=0)
    gan.compile(
        **{
            "run_eagerly": True,
            "generator_optimizer": keras.optimizers.SGD(rate),
            "discriminator_optimizer": keras.optimizers.SGD(rate),
        }
        | options
    )
    return gan


def softplus(x):
    return np.log1p(np.exp(x))


def f(values):
    return float((WEIGHTS * values).mean())


def of_metric(values):
    return float((WEIGHTS * values).sum() / WEIGHTS.sum())


BCE = f(softplus(-REAL)) + softplus(FAKE)
PENALTY = penalties.R1(1.0), penalties.R2(1.0), penalties.GradientPenalty(1.0)
LOSSES = {
    "bce": (BCE, softplus(-FAKE)),
    "minimax": (BCE, -softplus(FAKE)),
    "hinge": (f(np.maximum(0, 1 - REAL)) + 1 + FAKE, -FAKE),
    "wasserstein": (FAKE - f(REAL), -FAKE),
    "least_squares": (0.5 * (f((REAL - 1) ** 2) + FAKE**2), 0.5 * (FAKE - 1) ** 2),
    "mse": (f((REAL - 1) ** 2) + FAKE**2, (FAKE - 1) ** 2),
    "relativistic": (f(softplus(FAKE - REAL)), f(softplus(REAL - FAKE))),
    "relativistic_average": (
        f(softplus(FAKE - REAL)) + softplus(FAKE - of_metric(REAL)),
        f(softplus(REAL - FAKE)) + softplus(of_metric(REAL) - FAKE),
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_weights_multiply_the_real_term(loss):
    logs = made(loss=loss).evaluate(X, sample_weight=WEIGHTS, return_dict=True, verbose=0)
    assert (logs["d_loss"], logs["g_loss"]) == pytest.approx(LOSSES[loss], rel=1e-5)
    assert logs["d_real"] == pytest.approx(of_metric(REAL)) and logs["d_fake"] == FAKE
    threshold = getattr(losses.get(loss), "threshold", None)
    right = 1.0 if threshold is None else threshold < REAL
    if threshold is None:
        assert logs["d_accuracy"] == pytest.approx(of_metric(REAL > FAKE))
    else:
        assert logs["d_accuracy"] == pytest.approx((of_metric(right) + (threshold >= FAKE)) / 2)


def test_weights_multiply_penalties_at_real_samples():
    gan = made(loss="wasserstein", penalties=PENALTY)
    logs = gan.test_on_batch(X, sample_weight=WEIGHTS, return_dict=True)
    mean = float(WEIGHTS.mean())
    assert logs["r1"] == pytest.approx(mean * SLOPE**2 / 2)
    assert logs["r2"] == pytest.approx(SLOPE**2 / 2)
    assert logs["gradient_penalty"] == pytest.approx(mean * (SLOPE - 1) ** 2)


class Pairs(keras.utils.PyDataset):
    """One batch of samples without labels, with weights."""

    def __init__(self, batch):
        super().__init__()
        self.batch = batch

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.batch


def fit(gan, *data, **options):
    return gan.fit(*data, batch_size=4, shuffle=False, verbose=0, **options).history["d_loss"][0]


@pytest.mark.parametrize("run_eagerly", [True, False])
def test_every_way_to_train_with_weights_is_the_same(run_eagerly, state_of, check_same):
    taken = []
    for train in (
        lambda gan: fit(gan, X, sample_weight=WEIGHTS.astype("float64")),
        lambda gan: gan.fit(
            ArrayDataset(X, sample_weight=list(WEIGHTS), shuffle=False, batch_size=4), verbose=0
        ).history["d_loss"][0],
        lambda gan: gan.fit(Pairs((X, None, WEIGHTS[:, None])), verbose=0).history["d_loss"][0],
        lambda gan: gan.train_on_batch(X, sample_weight=WEIGHTS, return_dict=True)["d_loss"],
    ):
        gan = made(0.1, run_eagerly=run_eagerly)
        assert train(gan) == pytest.approx(BCE, rel=1e-5)
        slope = f(-1 / (1 + np.exp(REAL)) * X[:, 0]) + DRAWN / (1 + np.exp(-FAKE))
        found = gan.discriminator.get_weights()[0].item()
        assert found == pytest.approx(SLOPE - 0.1 * slope, rel=1e-5)
        taken.append([w.copy() for w in gan.get_weights()])
    for weights in taken[1:]:
        check_same(taken[0], weights, tolerance=1e-6)


def test_several_steps_in_one_call(several_steps):
    logs = fit(made(steps_per_execution=several_steps, run_eagerly=False), X, sample_weight=WEIGHTS)
    assert logs == pytest.approx(BCE, rel=1e-5)


def test_weights_of_held_out_samples():
    gan = made()
    for data in ((X, None, WEIGHTS), Pairs((X, None, WEIGHTS))):
        history = gan.fit(X, validation_data=data, verbose=0).history
        assert history["val_d_loss"][0] == pytest.approx(BCE, rel=1e-5)
    twice, both = np.concatenate([X, X]), np.concatenate([np.ones(4), WEIGHTS])
    history = gan.fit(twice, sample_weight=both, validation_split=0.5, verbose=0).history
    assert history["val_d_loss"][0] == pytest.approx(BCE, rel=1e-5)
    assert history["d_loss"][0] == pytest.approx(softplus(-REAL).mean() + softplus(FAKE), rel=1e-5)


def test_weights_of_one_change_nothing():
    without, ones = made(), made()
    assert fit(ones, X, sample_weight=np.ones(4)) == pytest.approx(fit(without, X), rel=1e-6)


def test_weights_reach_metrics():
    class Mean(keras.metrics.Mean):
        def update_state(self, real, synthetic, sample_weight=None):
            return super().update_state(real[:, 0], sample_weight=sample_weight)

    class Largest(keras.metrics.Mean):
        def update_state(self, real, synthetic):
            return super().update_state(ops.max(real))

    gan = made(metrics=[Mean(name="mean_real"), Largest(name="largest")])
    with pytest.warns(UserWarning, match="'largest' does not take weights"):
        logs = gan.evaluate(X, sample_weight=WEIGHTS, return_dict=True, verbose=0)
    assert logs["mean_real"] == pytest.approx(of_metric(X[:, 0]))


def test_the_classes_of_real_samples_are_weighted():
    label = keras.Input((), dtype="int32")
    latent = keras.Input((1,))
    embedded = layers.Embedding(2, 1, embeddings_initializer="zeros")(label)
    generator = keras.Model([latent, label], constant_generator()(latent) + embedded)
    sample = keras.Input((1,))
    scores = layers.Dense(2, use_bias=False, kernel_initializer=lambda *_, **__: [[0.0, 1.0]])
    outputs = {"logit": linear_critic()(sample), "class": scores(sample)}
    gan = ConditionalGAN(generator, keras.Model(sample, outputs), num_classes=2, seed=0)
    gan.compile(run_eagerly=True)
    labels = np.array([0, 1, 1, 0])
    logs = gan.test_on_batch(X, labels, WEIGHTS, return_dict=True)
    of_class = softplus(np.where(labels == 0, X[:, 0], -X[:, 0]))
    assert logs["d_class"] == pytest.approx(f(of_class), rel=1e-5)
    drawn = softplus(np.where(labels == 0, DRAWN, -DRAWN)).mean()
    assert logs["g_class"] == pytest.approx(drawn, rel=1e-5)


def images(values):
    return np.tile(np.reshape(values, (4, 1, 1, 1)), (1, 2, 2, 1)).astype("float32")


def image_gan(**options):
    """G(x) = x; D(source, target) = 2 target."""
    source, target = keras.Input((2, 2, 1)), keras.Input((2, 2, 1))
    generator = keras.Sequential(
        [keras.Input((2, 2, 1)), layers.Conv2D(1, 1, kernel_initializer="ones")]
    )
    slope = keras.initializers.Constant(SLOPE)
    score = layers.Conv2D(1, 1, kernel_initializer=slope)(target)
    discriminator = keras.Model([source, target], score + 0.0 * source)
    return ImageToImageGAN(generator, discriminator, seed=0, **options)


def test_pairs_of_images_weight_both_terms_of_the_generator():
    gan = image_gan(reconstruction_loss="mse", reconstruction_weight=3.0)
    gan.compile(run_eagerly=True, metrics=[keras.metrics.MeanSquaredError(name="mse")])
    source, target = images([0.0, 0.5, 1.0, -1.0]), images(X / 2)
    logs = gan.evaluate(source, target, sample_weight=WEIGHTS, return_dict=True, verbose=0)
    real, fake, gap = (part[:, 0, 0, 0] for part in (target, source, target - source))
    assert logs["d_loss"] == pytest.approx(
        f(softplus(-SLOPE * real)) + softplus(SLOPE * fake).mean(), rel=1e-5
    )
    assert logs["g_reconstruction"] == pytest.approx(3.0 * f(gap**2), rel=1e-5)
    adversarial = f(softplus(-SLOPE * fake))
    assert logs["g_loss"] == pytest.approx(adversarial + 3.0 * f(gap**2), rel=1e-5)
    assert logs["mse"] == pytest.approx(of_metric(gap**2), rel=1e-5)


class Own(losses.AdversarialLoss):
    """As loss classes were written before weights."""

    def discriminator_loss(self, real_logits, fake_logits):
        return ops.mean(fake_logits) - ops.mean(real_logits)

    def generator_loss(self, real_logits, fake_logits):
        return -ops.mean(fake_logits)


def averaging(target, output):
    return ops.mean(ops.square(target - output))


@pytest.mark.parametrize(
    ("options", "weights", "word"),
    [
        ({}, WEIGHTS[:3], "(3,)"),
        ({}, np.ones((4, 2)), "one weight for each sample"),
        ({}, -WEIGHTS, "clip"),
        ({}, np.array([1, 1, np.nan, 1]), "NaN"),
        ({"loss": Own()}, WEIGHTS, "sample_weight=None"),
        ({"loss": {"discriminator": Own(), "generator": "hinge"}}, WEIGHTS, "Own"),
        ({"loss": averaging}, WEIGHTS, "averages over the samples"),
    ],
)
def test_weights_that_cannot_be_used(options, weights, word, state_of, check_same):
    gan = made(0.1, **options)
    before = state_of(gan)
    for call in (
        lambda: gan.fit(X, sample_weight=weights, verbose=0),
        lambda: gan.train_on_batch(X, sample_weight=weights),
        lambda: gan.evaluate(X, sample_weight=weights, verbose=0),
    ):
        with pytest.raises(ValueError) as error:
            call()
        assert "weight" in str(error.value) and word in str(error.value)
    check_same(before, state_of(gan))


def test_weights_of_classes_are_refused():
    gan = made()
    for call in (
        lambda: gan.fit(X, class_weight={0: 1.0}, verbose=0),
        lambda: gan.train_on_batch(X, class_weight={0: 1.0}),
    ):
        with pytest.raises(ValueError, match=r"`class_weight`.*sample_weight"):
            call()


def test_weights_beside_a_stream_are_refused():
    for call in ("fit", "evaluate"):
        with pytest.raises(ValueError, match="`sample_weight`"):
            getattr(made(), call)(Pairs((X,)), sample_weight=WEIGHTS, verbose=0)


def test_unpaired_images_have_no_weights():
    a, b = (keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(1, 1)]) for _ in range(2))
    c, d = (keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(1, 1)]) for _ in range(2))
    gan = CycleGAN(a, b, c, d)
    gan.compile()
    pictures = np.zeros((4, 4, 4, 1), "float32")
    with pytest.raises(ValueError, match="not paired"):
        gan.evaluate(pictures, pictures, sample_weight=WEIGHTS, verbose=0)
