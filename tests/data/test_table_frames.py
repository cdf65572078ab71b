"""Tables whose shape, names, index or dtypes are unusual."""

import numpy as np
import pandas as pd
import pytest

from keras_gan_kit.data import TableTransformer
from keras_gan_kit.evaluation import compare_tables, privacy, utility

ROWS = 40


def plain(rows=ROWS):
    random = np.random.default_rng(0)
    x = random.normal(size=rows).round(2)
    return pd.DataFrame(
        {
            "x": x,
            "sex": random.choice(["f", "m"], rows),
            "grade": random.integers(1, 4, rows),
            "ill": (x > 0).astype(int),
        }
    )


def nullable(gaps):
    table = plain().astype({"ill": bool})
    table = table.astype({"x": "Float64", "sex": "string", "grade": "Int64", "ill": "boolean"})
    if gaps:
        for i, name in enumerate(table):
            table.loc[table.index % 7 == i, name] = pd.NA
    return table


def unused_levels():
    return plain().assign(
        sex=lambda t: pd.Categorical(t["sex"], ["f", "m", "diverse"]),
        grade=lambda t: pd.Categorical(t["grade"], [1, 2, 3, 4], ordered=True),
        ill=lambda t: pd.Categorical(t["ill"], [0, 1, 2]),
    )


FRAMES = {
    "nullable": lambda: nullable(gaps=False),
    "nullable with gaps": lambda: nullable(gaps=True),
    "unused levels": unused_levels,
    "all missing": lambda: plain().assign(a=np.nan, b=pd.array([pd.NA] * ROWS, "Int64"), c=None),
    "all missing category": lambda: plain().assign(a=pd.Categorical([None] * ROWS, ["u", "v"])),
    "index of text": lambda: plain().set_axis([f"p{i}" for i in range(ROWS)]),
    "index of one value": lambda: plain().set_axis([0] * ROWS),
    "index named like a column": lambda: plain().set_axis(pd.Index(range(5, 45), name="x")),
    "index of levels": lambda: plain().set_axis(
        pd.MultiIndex.from_arrays([[1] * ROWS, range(ROWS)], names=["x", "visit"])
    ),
}


@pytest.mark.parametrize("name", FRAMES)
def test_unusual_frames_are_learned_and_compared(name, tmp_path):
    table = FRAMES[name]()
    before = table.copy()
    for scaling in ("minmax", "modes"):
        transformer = TableTransformer(scaling=scaling)
        matrix = transformer.fit_transform(table)
        transformer.save(tmp_path / "table.json")
        loaded = TableTransformer.load(tmp_path / "table.json")
        found = loaded.inverse_transform(matrix)
        expected = table.reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-5, atol=1e-5)
    scores = compare_tables(table, table).scores
    assert scores["overall"]["value"] == pytest.approx(1.0)
    assert set(scores["columns"]) | set(scores["left_out"]) == set(table)
    assert privacy(table, table, table, show=0).scores["exact_copies"]["value"] == 1.0
    scores = utility(table, table, target="ill", num_resamples=2).scores
    assert scores["auc_synthetic_to_real"]["value"] is not None
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("columns", [["x"], ["sex"], ["ill"]])
def test_a_single_column_is_learned_and_compared(columns):
    table = plain()[columns]
    transformer = TableTransformer(scaling="modes")
    found = transformer.inverse_transform(transformer.fit_transform(table))
    pd.testing.assert_frame_equal(found, table, check_exact=False, rtol=1e-5)
    assert compare_tables(table, table).scores["column_shapes"]["value"] == 1.0


def test_a_single_row_is_learned_and_compared():
    table = plain(1)
    transformer = TableTransformer()
    found = transformer.inverse_transform(transformer.fit_transform(table))
    pd.testing.assert_frame_equal(found, table)
    scores = compare_tables(table, plain()).scores
    assert "1 rows" in scores["detection"]["not_computable"]


@pytest.mark.parametrize(
    ("table", "received"),
    [
        (plain().set_axis(["x", "x", "grade", "ill"], axis=1), "'x'"),
        (plain()[:0], r"no rows|\(0, 4\) cells"),
        (plain()[[]], r"no remaining column|\(40, 0\) cells"),
        (pd.DataFrame(), r"no rows|\(0, 0\) cells"),
    ],
)
def test_frames_that_hold_nothing_to_learn_are_named(table, received):
    for argument, call in {
        "table": TableTransformer().fit,
        "real": lambda t: compare_tables(t, plain()),
        "synthetic": lambda t: compare_tables(plain(), t),
        "real_train": lambda t: privacy(t, plain(), plain()),
    }.items():
        with pytest.raises(ValueError, match=rf"Invalid `{argument}`.*({received}).*Fix"):
            call(table)
