import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from keras_gan_kit.evaluation import compare_cohorts
from keras_gan_kit.evaluation.cohorts._link import link_scores, measure_links
from keras_gan_kit.evaluation.samples._columns import columns_of_both
from keras_gan_kit.evaluation.samples._encoder import PixelEncoder
from keras_gan_kit.evaluation.samples._image_arrays import reduced


def cohort(count=160, seed=0):
    """Images of two halves, whose brightness two columns tell; a third one is unrelated."""
    random = np.random.default_rng(seed)
    left, right, other = random.uniform(-0.8, 0.8, (3, count))
    images = 0.1 * random.normal(size=(count, 8, 8, 1))
    images[:, :, :4] += left[:, None, None, None]
    images[:, :, 4:] += right[:, None, None, None]
    table = pd.DataFrame({"left": left, "bright": (right > 0).astype(int), "other": other})
    return {"image": np.clip(images, -1, 1).astype("float32"), "table": table}


def shuffled(samples, column, share=1.0):
    values = samples["table"][column].to_numpy(copy=True)
    chosen = np.arange(int(share * len(values)))
    values[chosen] = values[np.random.default_rng(0).permutation(chosen)]
    return {"image": samples["image"], "table": samples["table"].assign(**{column: values})}


@pytest.fixture(scope="module")
def reports():
    real, synthetic = cohort(), cohort(seed=1)
    return {
        "good": compare_cohorts(real, synthetic),
        "shuffled": compare_cohorts(real, shuffled(synthetic, "left")),
    }


def test_a_column_shuffled_against_its_image_is_caught(reports):
    good, bad = reports["good"].scores, reports["shuffled"].scores
    assert good["link"]["value"] > 0.95
    assert good["link_lost"] == good["link_lost"] | {"value": 0.0, "columns": []}
    assert bad["link_worst"] == bad["link_worst"] | {"column": "left"}
    assert bad["link_worst"]["value"] < 0.25
    assert bad["link_lost"]["columns"] == ["left"]
    assert bad["link_columns"]["bright"] == good["link_columns"]["bright"]
    assert not bad["link_columns"]["other"]["told_from_real_images"]
    assert "The weakest column is left" in reports["shuffled"].summary


def test_scores_of_table_and_images_alone_do_not_catch_it(reports):
    good, bad = reports["good"].scores, reports["shuffled"].scores
    assert bad["image"] == good["image"]
    assert bad["table"]["column_shapes"] == good["table"]["column_shapes"]
    change = bad["table"]["pair_trends"]["value"] - good["table"]["pair_trends"]["value"]
    assert abs(change) < 0.05
    assert bad["table"]["different_columns"]["value"] == 0.0


def test_the_more_rows_are_shuffled_the_weaker_the_link():
    real, synthetic = cohort(), cohort(seed=1)
    found = []
    for share in (0.0, 0.3, 0.6, 1.0):
        made = shuffled(synthetic, "left", share)
        columns, _ = columns_of_both(real["table"], made["table"])
        features = [x["image"].reshape(len(x["image"]), -1) for x in (real, made)]
        found.append(link_scores(measure_links(columns, *features))["link_worst"]["value"])
    assert sorted(found, reverse=True) == found
    assert found[0] - found[-1] > 0.7


def test_the_page_shows_all_three(reports, tmp_path):
    titles = [section.title for section in reports["good"].sections]
    assert titles[0] == "The link between image and row"
    assert any(title.startswith("Table: ") for title in titles)
    assert any(title.startswith("Image: ") for title in titles)
    assert reports["good"].sections[0].drawings[0].png.startswith(b"\x89PNG")


def test_without_a_link_in_the_real_data_there_is_nothing_to_keep():
    real = cohort()
    real["image"] = np.random.default_rng(5).uniform(-1, 1, real["image"].shape).astype("float32")
    scores = compare_cohorts(real, cohort(seed=1)).scores
    assert "no column can be predicted from images" in scores["link"]["not_computable"]
    assert scores["table"]["overall"]["value"] > 0.8


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda x: {k: v[:30] for k, v in x.items()}, "30 samples"),
        (lambda x: x | {"table": x["table"].assign(left=1.0, bright=0, other=2.0)}, "same"),
        (lambda x: x | {"image": np.zeros_like(x["image"])}, "same"),
    ],
)
def test_what_cannot_be_computed_says_why(change, reason):
    real = change(cohort())
    columns, _ = columns_of_both(real["table"], cohort()["table"])
    features = [x["image"].reshape(len(x["image"]), -1) for x in (real, cohort())]
    scores = link_scores(measure_links(columns, *features))
    assert reason in scores["link"]["not_computable"]


def test_levels_and_missing_values_have_links_too():
    real, synthetic = cohort(300), cohort(300, seed=1)
    for samples in (real, synthetic):
        table = samples["table"]
        thirds = np.digitize(table["left"], [-0.3, 0.3])
        table["third"] = np.array(["low", "middle", "high"])[thirds]
        table.loc[::7, "left"] = np.nan
    columns, _ = columns_of_both(real["table"], synthetic["table"])
    features = [x["image"].reshape(len(x["image"]), -1) for x in (real, synthetic)]
    scores = link_scores(measure_links(columns, *features))["link_columns"]
    assert scores["third = low"]["value"] > 0.7
    assert scores["left"]["value"] > 0.9


@pytest.mark.parametrize(
    ("argument", "change"),
    [
        ("synthetic", lambda x: {"image": x["image"]}),
        ("synthetic", lambda x: x["table"]),
        ("synthetic", lambda x: x | {"image": np.zeros((160, 4, 4, 1), "float32")}),
        ("synthetic", lambda x: x | {"image": x["image"][:9]}),
    ],
)
def test_bad_input_is_named(argument, change):
    with pytest.raises(ValueError, match=f"Invalid `{argument}`"):
        compare_cohorts(cohort(), change(cohort(seed=1)))


def test_a_column_with_hardly_a_value_does_not_disturb_the_link():
    random = np.random.default_rng(0)
    x = random.normal(size=80)
    rare = np.full(80, np.nan)
    # The half that the predictor learns from has none of them.
    rare[np.random.default_rng(0).permutation(80)[40:43]] = 1.0, 2.0, 3.0
    table = pd.DataFrame({"x": x, "rare": rare})
    columns, _ = columns_of_both(table, table)
    links = measure_links(columns, x[:, None], x[:, None])
    assert [link.name for link in links] == ["x"]


def test_one_name_of_a_kind_is_no_part_of_another():
    samples = cohort(60)
    samples["table"] = samples["table"].set_axis(["right", "bright", "other"], axis=1)
    report = compare_cohorts(samples, samples, categorical="bright")
    assert "right" in report.scores["link_columns"]
    assert report.scores["table"]["columns"]["bright"]["kind"] == "categorical"


def test_the_link_of_features_of_a_network_is_that_of_its_features(reports):
    flat = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    given = compare_cohorts(cohort(), cohort(seed=1), features=flat).scores
    # 64 components of 64 pixels: the same features, turned.
    for name, link in reports["good"].scores["link_columns"].items():
        assert given["link_columns"][name]["value"] == pytest.approx(link["value"], abs=1e-3)


def test_large_images_are_reduced_as_pillow_does_before_their_components_are_found():
    images = np.random.default_rng(0).uniform(-1, 1, (6, 193, 150, 1)).astype("float32")
    small = [
        np.asarray(Image.fromarray(image[..., 0]).resize((50, 64), Image.Resampling.BILINEAR))
        for image in images
    ]
    np.testing.assert_allclose(reduced(images, 64), np.stack(small).reshape(6, -1), atol=1e-5)
    assert PixelEncoder(images, components=4).pca.n_features_in_ == 64 * 50
