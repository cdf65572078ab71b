import numpy as np
import pandas as pd
import pytest

from keras_gan_kit.evaluation import privacy
from keras_gan_kit.evaluation.privacy._closeness import closeness
from keras_gan_kit.evaluation.privacy._copies import fingerprints
from keras_gan_kit.evaluation.samples._samples import comparable, samples_of


def people(count, seed=0):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            **{f"x{i}": random.normal(size=count) for i in range(4)},
            "sex": random.choice(["f", "m"], count),
        }
    )


def images(count, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, 6, 6, 1)).astype("float32")


def joint(count, seed=0):
    return {"image": images(count, seed), "table": people(count, seed)}


KINDS = {"table": people, "image": images, "joint": joint}


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_the_training_set_is_caught_and_a_holdout_is_not(kind):
    make = KINDS[kind]
    train, holdout, fresh = make(60, 0), make(50, 1), make(70, 2)
    copied = privacy(train, train, holdout)
    assert copied.scores["leak_found"] is True
    assert copied.scores["exact_copies"]["value"] == 1.0
    assert copied.summary.startswith("The samples reveal training records.")
    clean = privacy(train, fresh, holdout)
    assert clean.scores["leak_found"] is False
    assert clean.scores["exact_copies"]["count"] == 0
    assert "does not prove" in clean.summary
    front = "sample_" if kind == "joint" else ""
    assert copied.scores[f"{front}closer_to_training"]["value"] == 1.0
    assert copied.scores[f"{front}membership_auc"]["value"] == 1.0
    assert copied.scores[f"{front}closest_record"]["value"] == 0.0
    assert copied.scores[f"{front}near_copies"]["value"] == 1.0
    assert 0.5 < clean.scores[f"{front}closest_record"]["value"] < 1.5
    low, high = clean.scores[f"{front}membership_auc"]["interval"]
    assert low < 0.5 < high


def test_the_less_noise_on_the_copies_the_clearer_the_trace():
    train, holdout = people(100), people(100, 1)
    random = np.random.default_rng(2)
    found = []
    for noise in (3.0, 1.0, 0.3, 0.0):
        made = train.copy()
        made.iloc[:, :4] += noise * random.normal(size=(100, 4))
        found.append(privacy(train, made, holdout).scores)
    for name, rising in (
        ("membership_auc", True),
        ("closer_to_training", True),
        ("closest_record", False),
    ):
        values = [scores[name]["value"] for scores in found]
        assert sorted(values, reverse=not rising) == values
    assert found[2]["leak_found"]
    assert found[2]["exact_copies"]["count"] == 0


def test_a_generator_of_common_cases_alone_copies_no_one():
    """It is closer to everyone than a holdout is, members of the training set or not."""
    random = np.random.default_rng(0)
    train, holdout, made = random.normal(size=(3, 200, 4))
    for real in (train, holdout):
        real[20:] *= 10.0  # all but the common cases
    found = privacy(train, made, holdout).scores
    assert found["near_copies"]["value"] > 3.0 * found["near_copies"]["floor"]
    assert found["leak_found"] is False


def test_images_copied_with_other_rows_are_caught():
    train, holdout = joint(60), joint(60, 1)
    made = {"image": train["image"], "table": people(60, 2)}
    scores = privacy(train, made, holdout).scores
    assert scores["exact_copies"]["count"] == 0
    assert scores["image_membership_auc"]["value"] == 1.0
    assert scores["leak_found"] is True


def test_rows_that_everyone_shares_are_no_leak():
    random = np.random.default_rng(0)
    train, made, holdout = (
        pd.DataFrame(random.integers(0, 2, (100, 3)), columns=list("abc")) for _ in range(3)
    )
    scores = privacy(train, made, holdout).scores
    assert scores["exact_copies"]["value"] == scores["exact_copies"]["floor"] == 1.0
    assert scores["leak_found"] is False
    assert "duplicate in the training set" in scores["closest_record"]["not_computable"]


def test_equal_records_in_training_set_and_holdout_favour_neither():
    same = np.repeat(np.eye(2), 50, axis=0)
    found = closeness(same, same, same)
    assert found.p_values["closer_to_training"] > 0.01
    assert found.scores["membership_auc"]["value"] == 0.5


def test_copies_are_found_through_files_of_8_bits_and_float32():
    given = joint(5)
    rounded = {
        "image": np.round((given["image"] + 1) * 127.5).astype("float32") / 127.5 - 1,
        "table": given["table"].astype({f"x{i}": "float32" for i in range(4)}),
    }
    sets = {name: samples_of(name, x) for name, x in (("a", given), ("b", rounded))}
    first, second = (fingerprints(x) for x in comparable(sets, {})[0].values())
    assert (first == second).all()
    assert len(set(first)) == 5


def test_pictures_and_rows_of_the_closest_pairs():
    train = joint(40)
    report = privacy(train, train, joint(40, 1), show=3)
    assert report.sections[-1].title == "Closest pairs"
    (table,) = report.sections[-1].tables.values()
    assert len(table) == 6
    assert table.iloc[0].equals(table.iloc[1].rename(table.index[0]))
    (pictures,) = report.sections[-1].drawings
    assert pictures.png.startswith(b"\x89PNG")
    hidden = privacy(train, train, joint(40, 1), show=0)
    assert "Closest pairs" not in [section.title for section in hidden.sections]


def test_constant_columns_leave_the_rest():
    same = pd.DataFrame({"x": np.ones(30)})
    scores = privacy(same, same, same).scores
    assert "constant" in scores["membership_auc"]["not_computable"]
    assert scores["leak_found"] is False


def test_more_rows_than_the_maximum_are_drawn_and_the_report_says_so():
    report = privacy(people(90), people(80, 1), people(70, 2), max_rows=40)
    assert "subsamples of 40, 40 and 40 records" in report.summary


@pytest.mark.parametrize(
    ("error", "argument", "changes"),
    [
        (ValueError, "real_holdout", {"real_holdout": people(5)}),
        (ValueError, "synthetic", {"synthetic": people(30).drop(columns="sex")}),
        (ValueError, "synthetic", {"synthetic": people(30).assign(x0="text")}),
        (ValueError, "synthetic", {"synthetic": images(30)}),
        (TypeError, "real_train", {"real_train": "train.csv"}),
        (ValueError, "synthetic", {"synthetic": np.zeros((30, 4, 4, 1), "uint8")}),
        (ValueError, "synthetic", {"synthetic": np.full((30, 4, 4, 1), np.nan, "float32")}),
        (ValueError, "synthetic", {"synthetic": {"image": images(30), "table": people(29)}}),
        (ValueError, "synthetic", {"synthetic": {"picture": images(30)}}),
        (ValueError, "show", {"show": -1}),
        (ValueError, "max_rows", {"max_rows": 3}),
    ],
)
def test_bad_input_is_named(error, argument, changes):
    given = {"real_train": people(30), "synthetic": people(30, 1), "real_holdout": people(30, 2)}
    given |= changes
    with pytest.raises(error, match=f"Invalid `{argument}`"):
        privacy(given.pop("real_train"), given.pop("synthetic"), given.pop("real_holdout"), **given)


def test_a_copy_with_minus_zero_is_a_copy():
    table = pd.DataFrame({"x": [0.0, 1.0], "y": [2.0, 3.0]})
    rounded = table.assign(x=np.round([-0.2, 1.2]))
    sets = {name: samples_of(name, x) for name, x in (("a", table), ("b", rounded))}
    keys = [fingerprints(x) for x in comparable(sets, {})[0].values()]
    np.testing.assert_array_equal(*keys)


def test_codes_of_classes_are_no_numbers():
    """Codes may be dealt out otherwise: distances between classes stay as they are."""
    random = np.random.default_rng(0)
    sets = [pd.DataFrame({"ward": random.integers(9, size=80)}) for _ in range(3)]
    for part in sets:
        part["age"] = random.normal(60, 9, size=80)
    dealt = dict(enumerate(random.permutation(9)))
    others = [part.assign(ward=part.ward.map(dealt)) for part in sets]
    as_codes, as_others = (
        privacy(*given, categorical=["ward"], seed=1).scores for given in (sets, others)
    )
    assert as_codes["closest_record"]["value"] == pytest.approx(
        as_others["closest_record"]["value"], rel=1e-9
    )
    assert as_codes != privacy(*sets, seed=1).scores


def test_kinds_of_columns_need_a_table():
    with pytest.raises(ValueError, match="categorical"):
        privacy(images(20), images(20), images(20), categorical=["ward"])
