import json

import numpy as np
import pytest
from PIL import Image

from keras_gan_kit.evaluation import compare_images, frechet_distance
from keras_gan_kit.evaluation.images._sections import pairs_section
from keras_gan_kit.evaluation.images._statistics import ImageStatistics

SIDE = 12
METRICS = [
    "frechet_distance",
    "kernel_distance",
    "precision",
    "recall",
    "density",
    "coverage",
]


def blobs(n=120, seed=0, modes=4, blur=1.5, channels=1):
    """Bright spots around one of four places."""
    random = np.random.default_rng(seed)
    places = np.array([[3, 3], [3, 8], [8, 3], [8, 8]])[random.integers(modes, size=n)]
    centres = places + random.normal(0, 0.4, (n, 2))
    grid = np.indices((SIDE, SIDE))
    square = np.square(grid[None] - centres[:, :, None, None]).sum(axis=1)
    images = 2 * np.exp(-square / (2 * blur**2)) - 1
    return np.repeat(images[..., None], channels, axis=-1).astype("float32")


@pytest.fixture(scope="module")
def same():
    return compare_images(blobs(), blobs(seed=1))


def test_images_of_the_same_source_reach_the_floor(same):
    scores = same.scores
    for name in METRICS:
        assert {"value", "floor", "value_at_floor_size", "floor_size"} <= set(scores[name])
        assert scores[name]["floor_size"] == 60
    for name in ("precision", "recall", "coverage"):
        entry = scores[name]
        assert entry["value_at_floor_size"] == pytest.approx(entry["floor"], abs=0.15)
    # Not bounded by 1, it scatters more.
    entry = scores["density"]
    assert entry["value_at_floor_size"] == pytest.approx(entry["floor"], abs=0.3)
    entry = scores["frechet_distance"]
    assert entry["value_at_floor_size"] < 1.5 * entry["floor"]
    assert entry["value"] < entry["floor"]  # more images, less bias
    assert scores["intensity_overlap"]["value"] > 0.95
    assert scores["spectrum_gap"]["value"] < 1.0
    assert scores["features"].endswith("principal components of 12 x 12 pixels")
    assert scores["images"] == {"real": 120, "synthetic": 120}


def test_a_collapsed_generator_is_precise_and_covers_little(same):
    """This pins the order of the arguments."""
    scores = compare_images(blobs(), blobs(seed=1, modes=1)).scores
    assert scores["precision"]["value"] > 0.9
    assert scores["coverage"]["value"] < 0.4
    assert scores["coverage"]["value_at_floor_size"] < scores["coverage"]["floor"] - 0.3
    assert scores["frechet_distance"]["value"] > 5 * same.scores["frechet_distance"]["value"]


def test_noise_and_blur_show_in_the_spectrum(same):
    noisy = blobs(seed=1) + np.random.default_rng(2).normal(0, 0.05, (120, SIDE, SIDE, 1))
    noise = compare_images(blobs(), np.clip(noisy, -1, 1)).scores
    blur = compare_images(blobs(), blobs(seed=1, blur=1.8)).scores
    for scores in (noise, blur):
        assert scores["spectrum_gap"]["value"] > 3 * same.scores["spectrum_gap"]["value"]


def test_the_spectrum_of_a_wave_is_where_its_frequency_is():
    """A sine of amplitude a has the variance a^2 / 2, half of it in each of two components."""
    wave = 0.5 * np.sin(2 * np.pi * 4 * np.arange(32) / 32)
    images = ImageStatistics(
        "real",
        np.broadcast_to(wave[None, None, :, None], (3, 32, 32, 1)).copy(),
        batch_size=2,
        maximum=None,
        seed=0,
    )
    assert sum(map(len, images.batches())) == 3
    frequencies, power = images.spectrum()
    at = int(power.argmax())
    assert frequencies[at] == pytest.approx(4 / 32)
    radius = np.hypot(np.fft.fftfreq(32)[:, None], np.fft.fftfreq(32)[None])
    components = np.count_nonzero(np.rint(radius * 32) == 4)
    assert power[at] == pytest.approx(0.5**2 / 2 / components, rel=1e-5)
    assert np.delete(power, at).max() < 1e-12


def test_pixels_and_streams_are_the_same_as_arrays():
    real, synthetic = blobs(60), blobs(60, seed=1)
    whole = compare_images(real, synthetic).scores
    streamed = compare_images(np.split(real, 4), iter(np.split(synthetic, 6))).scores
    assert streamed["coverage"] == whole["coverage"]
    assert streamed["frechet_distance"]["value"] == pytest.approx(
        whole["frechet_distance"]["value"], rel=1e-3
    )


def test_more_images_than_wanted_are_sampled_and_the_page_says_so():
    report = compare_images(blobs(80), [blobs(50, seed=1)] * 9, max_images=70)
    assert report.scores["images"] == {"real": 70, "synthetic": 70}
    assert "70 real images (drawn from 80)" in report.summary


def test_nearest_pairs_are_the_nearest():
    real = ImageStatistics("real", blobs(9), batch_size=4, maximum=None, seed=0)
    copies = blobs(9)[::-1]
    synthetic = ImageStatistics("synthetic", copies, batch_size=4, maximum=None, seed=0)
    flat = [np.concatenate(list(s.batches())).reshape(9, -1) for s in (real, synthetic)]
    for first, second in zip(real.thumbnails, reversed(synthetic.thumbnails), strict=True):
        np.testing.assert_array_equal(first, second)
    (drawing,) = pairs_section(real, synthetic, (flat[0], flat[1])).drawings
    from matplotlib.figure import Figure

    figure = Figure()
    drawing.draw(figure)
    for axes in figure.axes:
        assert "distances 0 to 0" in axes.get_title()
        (picture,) = axes.get_images()
        above, below = np.split(picture.get_array(), 2)
        np.testing.assert_array_equal(above, below)


@pytest.mark.parametrize("shape", [(8, 8), (8, 16), (6, 24)], ids=str)
def test_nearest_pairs_fill_their_figure(shape):
    images = np.zeros((12, *shape, 1), "float32")
    real, synthetic = (
        ImageStatistics(name, images, batch_size=4, maximum=None, seed=0)
        for name in ("real", "synthetic")
    )
    assert all(sum(map(len, found.batches())) == 12 for found in (real, synthetic))
    features = np.arange(12.0)[:, None]
    (drawing,) = pairs_section(real, synthetic, (features, features)).drawings
    from matplotlib.figure import Figure

    figure = Figure(figsize=drawing.size, layout="constrained")
    drawing.draw(figure)
    figure.draw_without_rendering()
    # Labels on the left and titles take the rest.
    places = [axes.get_position() for axes in figure.axes]
    assert all(place.width > 0.8 for place in places)
    assert sum(place.height for place in places) > 0.5


@pytest.mark.parametrize("channels", [1, 3])
def test_the_report_is_saved_whole(channels, tmp_path):
    report = compare_images(blobs(30, channels=channels), blobs(20, seed=1, channels=channels))
    path = report.save(tmp_path)
    assert json.loads((tmp_path / "scores.json").read_text()) == report.scores
    page = path.read_text()
    for words in ("real vs. real", "published", "depend on the number of images"):
        assert words in page
    names = {file.stem for file in (tmp_path / "figures").iterdir()}
    assert {"spectra", "intensities", "nearest_pairs"} <= names
    for name in names:
        with Image.open(tmp_path / "figures" / f"{name}.png") as picture:
            assert min(picture.size) >= 400


def test_no_label_shows_mathematics_that_is_not_typeset(same):
    from matplotlib.figure import Figure

    seen = []
    for section in same.sections:
        for drawing in section.drawings:
            figure = Figure()
            drawing.draw(figure)
            figure.draw_without_rendering()
            for axes in figure.axes:
                seen += [*axes.get_xticklabels(), *axes.get_yticklabels()]
    assert "0.1" in {text.get_text() for text in seen}
    assert not [text for text in seen if "$" in text.get_text()]


def test_too_few_images_leave_gaps_with_a_reason_and_the_rest_comes(tmp_path):
    report = compare_images(blobs(4), blobs(3, seed=1))
    assert (
        report.scores["precision"]["not_computable"] == "at least 4 real and synthetic images "
        "are needed"
    )
    assert report.scores["coverage"]["value"] is None
    assert report.scores["frechet_distance"]["value"] >= 0
    assert "too few real images" in report.summary
    assert report.save(tmp_path).exists()


def test_constant_images_and_identical_sets_are_no_problem(tmp_path):
    black = np.full((20, SIDE, SIDE, 1), -1.0, "float32")
    scores = compare_images(black, black).scores
    assert scores["frechet_distance"]["value"] == 0.0
    assert scores["precision"]["value"] == scores["coverage"]["value"] == 1.0
    assert scores["spectrum_gap"]["value"] == 0.0
    report = compare_images(black, blobs(20))
    assert report.scores["precision"]["value"] == 0.0
    assert report.save(tmp_path).exists()


@pytest.mark.backend
def test_features_of_a_network_are_used_and_named():
    import keras

    inputs = keras.Input((SIDE, SIDE, 1))
    network = keras.Model(inputs, keras.layers.AveragePooling2D(6)(inputs), name="quarters")
    flat = keras.Model(inputs, keras.layers.Flatten()(network(inputs)), name="quarters")
    report = compare_images(blobs(), blobs(seed=1), features=flat)
    expected = [
        x.reshape(-1, 2, 6, 2, 6).mean(axis=(2, 4)).reshape(-1, 4) for x in (blobs(), blobs(seed=1))
    ]
    assert report.scores["features"] == "quarters"
    assert report.scores["frechet_distance"]["value"] == pytest.approx(
        frechet_distance(*expected), rel=1e-3
    )


@pytest.mark.parametrize(
    ("error", "argument", "options"),
    [
        (ValueError, "synthetic", {"synthetic": np.zeros((9, 8, 8, 1))}),
        (ValueError, "synthetic", {"synthetic": np.zeros((9, 12, 12, 3))}),
        (ValueError, "synthetic", {"synthetic": np.full((9, 12, 12, 1), 7.0)}),
        (ValueError, "synthetic", {"synthetic": []}),
        (TypeError, "real", {"real": None}),
        (ValueError, "real", {"real": np.zeros((1, 12, 12, 1))}),
        (ValueError, "features", {"features": "vgg"}),
        (ValueError, "k", {"k": 0}),
        (ValueError, "max_images", {"max_images": 1}),
        (TypeError, "batch_size", {"batch_size": 0.5}),
        (ValueError, "seed", {"seed": -1}),
    ],
)
def test_bad_input_is_named(error, argument, options):
    with pytest.raises(error) as caught:
        compare_images(**{"real": blobs(9), "synthetic": blobs(9), **options})
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")
