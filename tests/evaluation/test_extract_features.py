import keras
import numpy as np
import pytest
from keras import layers

from keras_gan_kit.data import ArrayDataset, to_uint8
from keras_gan_kit.evaluation import extract_features, frechet_distance

SHAPE = (6, 6, 1)


def images(n=20, shape=SHAPE, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n, *shape)).astype("float32")


def dense_network(shape=SHAPE, units=5, seed=0):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(shape)
    return keras.Model(inputs, layers.Dense(units, activation="relu")(layers.Flatten()(inputs)))


def mean_network(shape):
    """Features are the means of height and width, a channel each."""
    inputs = keras.Input(shape)
    return keras.Model(inputs, layers.Identity()(inputs))


@pytest.fixture(scope="module")
def network():
    return dense_network()


def expected(network, x):
    kernel, bias = network.layers[-1].get_weights()
    return np.maximum(x.reshape(len(x), -1) @ kernel + bias, 0.0)


@pytest.mark.backend
def test_a_network_gives_its_outputs(network):
    found = extract_features(images(), features=network, batch_size=8)
    np.testing.assert_allclose(found.values, expected(network, images()), atol=1e-5)
    assert (found.name, len(found)) == (network.name, 20)
    np.testing.assert_array_equal(np.asarray(found), found.values)


def batches(sizes=(3, 9, 8)):
    return np.split(images(), np.cumsum(sizes)[:-1])


@pytest.mark.backend
@pytest.mark.parametrize(
    "given",
    [
        pytest.param(batches, id="a list of batches"),
        pytest.param(lambda: iter(batches()), id="a generator"),
        pytest.param(lambda: [(batch, 0) for batch in batches()], id="batches with labels"),
        pytest.param(lambda: [{"image": b, "table": 0} for b in batches()], id="joint samples"),
        pytest.param(lambda: {"image": images(), "table": 0}, id="a joint array"),
        pytest.param(lambda: ArrayDataset(images(), batch_size=6, shuffle=False), id="a dataset"),
        pytest.param(lambda: [keras.ops.convert_to_tensor(b) for b in batches()], id="tensors"),
        pytest.param(lambda: images().astype("float64"), id="float64"),
    ],
)
def test_what_images_come_in_does_not_count(network, given):
    whole = extract_features(images(), features=network, batch_size=8)
    np.testing.assert_allclose(
        extract_features(given(), features=network, batch_size=8).values, whole.values, atol=1e-6
    )


def test_uint8_are_the_same_images(network):
    pixels = to_uint8(images())
    np.testing.assert_allclose(
        extract_features(pixels, features=network, batch_size=20).values,
        extract_features(pixels / np.float32(127.5) - 1, features=network, batch_size=20).values,
        atol=1e-5,
    )


@pytest.mark.backend
def test_images_are_resized_channels_repeated_and_maps_averaged():
    levels = np.linspace(-1, 1, 4, dtype="float32")
    flat = np.broadcast_to(levels[:, None, None, None], (4, 12, 9, 1)).copy()
    found = extract_features(flat, features=mean_network((6, 5, 3)))
    np.testing.assert_allclose(found.values, np.repeat(levels[:, None], 3, axis=1), atol=1e-6)
    # A network of any size takes them as they are.
    found = extract_features(images(shape=(7, 9, 3)), features=mean_network((None, None, 3)))
    np.testing.assert_allclose(found.values, images(shape=(7, 9, 3)).mean(axis=(1, 2)), atol=1e-6)


def test_reducing_averages_over_all_pixels():
    board = np.indices((16, 16)).sum(axis=0) % 2 * 2.0 - 1.0
    found = extract_features(board[None, :, :, None], features=mean_network((4, 4, 1)))
    assert abs(found.values.item()) < 1e-5
    inner = extract_features(board[None, :, :, None], features=dense_network((4, 4, 1), 3))
    plain = expected(dense_network((4, 4, 1), 3), np.zeros((1, 16)))
    np.testing.assert_allclose(inner.values, plain, atol=0.1)


def test_pixels_are_principal_components():
    x = images(30).reshape(30, -1)
    found = extract_features(images(30))
    assert found.values.shape == (30, 29)
    assert found.name == "29 principal components of 6 x 6 pixels"
    # They keep distances, are uncorrelated, and come in the order of their variance.
    centred = x - x.mean(axis=0)
    np.testing.assert_allclose(found.values @ found.values.T, centred @ centred.T, atol=1e-3)
    covariance = np.cov(found.values.T)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 1e-4
    assert (np.diff(np.diag(covariance)) <= 1e-6).all()


def test_further_images_get_the_same_components():
    real = extract_features(images(30))
    again = extract_features(images(30), features=real.network)
    np.testing.assert_allclose(again.values, real.values, atol=1e-5)
    assert again.fingerprint == real.fingerprint
    brighter = extract_features(np.clip(images(30) + 0.5, -1, 1), features=real.network)
    assert frechet_distance(real, brighter) > 1.0


def test_large_images_are_averaged_before_their_components_are_found():
    found = extract_features(images(5, (64, 48, 3)))
    assert found.values.shape == (5, 4)
    assert found.name == "4 principal components of 32 x 24 pixels of 3 channels"


def test_images_that_are_all_alike_have_components_of_0():
    assert not extract_features(np.zeros((5, 4, 4, 1), "float32")).values.any()


def test_features_of_two_networks_are_not_compared(network):
    other = extract_features(images(), features=dense_network(seed=1))
    found = extract_features(images(), features=network)
    with pytest.raises(ValueError, match=r"^Invalid `synthetic`.*the same network"):
        frechet_distance(found, other)
    equal = extract_features(images(), features=dense_network(seed=0))
    assert frechet_distance(found, equal) == pytest.approx(0.0, abs=1e-6)


def test_adapting_a_network_to_another_size_leaves_its_fingerprint():
    network = mean_network((6, 5, 3))
    first = extract_features(images(shape=(12, 9, 1)), features=network)
    second = extract_features(images(shape=(7, 9, 3)), features=network)
    third = extract_features(images(shape=(6, 6, 1)), features=first.network)
    assert first.fingerprint == second.fingerprint == third.fingerprint
    # What a user puts in front of a network makes another one.
    inputs = keras.Input((6, 5, 3))
    doubled = keras.Model(inputs, network(inputs * 2.0))
    assert extract_features(images(shape=(6, 5, 3)) / 2, features=doubled).fingerprint not in (
        first.fingerprint
    )


def test_a_cache_is_found_by_content(network, tmp_path):
    whole = extract_features(images(), features=network, batch_size=8, cache=tmp_path)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(files) == 3
    # An equal network of another name, and other batches of the same images.
    again = extract_features(batches(), features=dense_network(), batch_size=8, cache=tmp_path)
    np.testing.assert_array_equal(again.values, whole.values)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == files
    # What is stored is what is returned.
    for path in files:
        np.save(path, np.load(path) + 1)
    again = extract_features(images(), features=network, batch_size=8, cache=tmp_path)
    np.testing.assert_allclose(again.values, whole.values + 1)
    # Other images or another network are not taken for these.
    extract_features(-images(), features=network, batch_size=8, cache=tmp_path)
    extract_features(images(), features=dense_network(seed=1), batch_size=8, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 9


def test_without_weights_of_inception_the_error_names_what_else_there_is(monkeypatch):
    def offline(**arguments):
        raise Exception("URL fetch failure")  # as Keras does

    monkeypatch.setattr(keras.applications, "InceptionV3", offline)
    with pytest.raises(ValueError) as caught:
        extract_features(images(), features="inception-v3")
    message = str(caught.value)
    assert message.startswith("Invalid `features`. Received: 'inception-v3', whose weights could")
    for part in ("URL fetch failure", "'pixels'", "Keras model", "~/.keras/models"):
        assert part in message


def test_inception_gets_what_it_wants(monkeypatch):
    asked = {}

    def small(**arguments):
        asked.update(arguments)
        return mean_network(arguments["input_shape"])

    monkeypatch.setattr(keras.applications, "InceptionV3", small)
    found = extract_features(images(3), features="inception-v3")
    assert asked == {"include_top": False, "input_shape": (299, 299, 3), "pooling": "avg"}
    assert (found.name, found.values.shape) == ("InceptionV3 of Keras", (3, 3))


def two_outputs():
    inputs = keras.Input(SHAPE)
    flat = layers.Flatten()(inputs)
    return keras.Model(inputs, [layers.Dense(1)(flat), layers.Dense(1)(flat)])


def of_vectors():
    inputs = keras.Input((5,))
    return keras.Model(inputs, layers.Dense(1)(inputs))


@pytest.mark.parametrize(
    ("error", "argument", "given", "options"),
    [
        (ValueError, "images", lambda: images()[..., 0], {}),
        (ValueError, "images", lambda: images() * 255, {}),
        (ValueError, "images", lambda: images() * np.nan, {}),
        (ValueError, "images", lambda: images(0), {}),
        (ValueError, "images", list, {}),
        (ValueError, "images", lambda: [images(), images(shape=(4, 4, 1))], {}),
        (ValueError, "images", lambda: images(1), {}),
        (ValueError, "images", lambda: images(shape=(6, 6, 2)), {"features": dense_network()}),
        (TypeError, "images", lambda: to_uint8(images()).astype("int64"), {}),
        (TypeError, "images", lambda: "images.npy", {}),
        (TypeError, "images", lambda: None, {}),
        (TypeError, "images", lambda: {"table": images()}, {}),
        (ValueError, "features", images, {"features": "inception"}),
        (TypeError, "features", images, {"features": None}),
        (TypeError, "features", images, {"features": np.mean}),
        (ValueError, "features", images, {"features": two_outputs()}),
        (ValueError, "features", images, {"features": of_vectors()}),
        (ValueError, "features", images, {"features": keras.Sequential([layers.Dense(1)])}),
        (ValueError, "batch_size", images, {"batch_size": 0}),
        (TypeError, "cache", images, {"cache": 3}),
        (ValueError, "cache", images, {"cache": ""}),
        (ValueError, "cache", images, {"cache": __file__}),
    ],
)
def test_bad_input_is_named(error, argument, given, options):
    with pytest.raises(error) as caught:
        extract_features(given(), **options)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")
