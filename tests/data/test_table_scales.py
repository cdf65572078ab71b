"""Units, orders of magnitude, repeated numbers, and values that the training rows lacked."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from keras_gan_kit.data import TableTransformer

N = 600
RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=N)
LARGEST = np.finfo(np.float64).max


def both(values, **options):
    table = pd.DataFrame({"x": values, "y": NORMAL[::-1]})
    transformer = TableTransformer(**options)
    matrix = transformer.fit_transform(table)
    return transformer, matrix, transformer.inverse_transform(matrix)["x"].to_numpy()


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
@pytest.mark.parametrize("unit", [1e-300, 1e-150, 1e-12, 1e12, 1e200, 1e300, 2.0**900])
def test_no_result_depends_on_the_unit(scaling, unit):
    expected = both(NORMAL, scaling=scaling)
    found = both(NORMAL * unit, scaling=scaling)
    assert found[0].blocks == expected[0].blocks
    np.testing.assert_allclose(found[1], expected[1], atol=2e-4)
    np.testing.assert_allclose(found[2] / unit, NORMAL, atol=1e-5)


@pytest.mark.parametrize("mark", [LARGEST, -LARGEST, 1e300, 1e30])
@pytest.mark.parametrize("share", [0.1, 0.002])
def test_a_mark_for_missing_values_is_a_mode_or_refused(mark, share):
    values = np.where(np.arange(N) < share * N, mark, NORMAL)
    _, _, back = both(values, scaling="modes")
    np.testing.assert_allclose(back, values, atol=1e-4)
    with pytest.raises(
        ValueError,
        match=r"column 'x' with values from .*replace markers of "
        r"missing",
    ):
        both(values, scaling="minmax")


@pytest.mark.parametrize("number", [0.0, 999.0, -1.5])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_a_repeated_number_stays_itself_where_outputs_are_not_exact(number, share):
    values = np.where(RNG.random(N) < share, number, np.exp(RNG.normal(3, 1, N)).round(2))
    transformer, matrix, back = both(values, scaling="modes")
    np.testing.assert_allclose(back, values, rtol=1e-5)
    matrix[:, 0] = np.clip(matrix[:, 0] + RNG.normal(0, 0.1, N), -1, 1)
    noisy = transformer.inverse_transform(matrix)["x"].to_numpy()
    np.testing.assert_array_equal(noisy == number, values == number)
    others = values[values != number]
    assert noisy[values != number].min() >= others.min()


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
def test_many_orders_of_magnitude_are_learned_as_logarithms(scaling):
    load = 10 ** RNG.uniform(1, 7, N)
    transformer, matrix, back = both(load, scaling=scaling)
    assert transformer.summary().loc["x", "outputs"].endswith(", log")
    np.testing.assert_allclose(back, load, rtol=1e-4)
    if scaling == "minmax":
        share = np.log(load / load.min()) / np.log(load.max() / load.min())
        np.testing.assert_allclose(matrix[:, 0], share, atol=1e-5)
    linear = TableTransformer(scaling="modes", log=[]).fit(pd.DataFrame({"x": load, "y": NORMAL}))
    assert "log" not in linear.summary().loc["x", "outputs"]
    zeros = np.where(np.arange(N) < 9, 0.0, load)
    np.testing.assert_allclose(both(zeros, scaling=scaling, log=["x"])[2], zeros, rtol=1e-4)


def test_log_is_for_numbers_above_zero():
    with pytest.raises(ValueError, match=r"Invalid `log`.*column 'x' with values from -"):
        both(NORMAL, log=["x"])
    assert "log" not in both(NORMAL)[0].summary().loc["x", "outputs"]
    with pytest.raises(ValueError, match="no column 'z'"):
        both(NORMAL, log=["z"])


def test_infinite_values_are_named_with_their_column():
    values = NORMAL.copy()
    values[[5, 7]] = np.inf
    with pytest.raises(ValueError, match=r"'x' with infinite values in 2 rows.*position 5"):
        both(values)


def test_thousands_of_levels_take_their_matrix_alone_and_warn():
    levels = np.r_[np.arange(2000), RNG.integers(0, 2000, 2400)]
    table = pd.DataFrame({"zip": [f"{i:05d}" for i in levels], "x": RNG.normal(size=4400)})
    with pytest.warns(UserWarning, match="Column 'zip' has 2000 levels"):
        transformer = TableTransformer(scaling="modes").fit(table)
    tracemalloc.start()
    matrix = transformer.transform(table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.2 * matrix.nbytes


def rows():
    return pd.DataFrame(
        {
            "age": RNG.integers(30, 80, 60),
            "pulse": ["N"] * 58 + ["Y", None],
            "region": ["a", "b"] * 29 + ["none", "apex"],
        }
    )


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
def test_a_split_with_a_rare_level_runs(scaling):
    table = rows()
    table.loc[59, "age"] = 200
    transformer = TableTransformer(scaling=scaling).fit(table[:50])
    with pytest.warns(UserWarning, match=r"'age': .*200 clipped to.*'pulse': 'Y'.*'none', 'apex'"):
        matrix = transformer.transform(table[50:])
    assert np.isfinite(matrix).all()
    back = transformer.inverse_transform(matrix)
    assert back["age"].max() == table["age"][:50].max()
    if scaling == "modes":
        np.testing.assert_array_equal(matrix[-1, -2:], 0)
    quiet = TableTransformer(scaling=scaling, handle_unknown="ignore", out_of_range="extend")
    extended = quiet.fit(table[:50]).transform(table[50:])
    assert quiet.inverse_transform(extended)["age"].iloc[-1] == 200
    strict = TableTransformer(scaling=scaling, handle_unknown="error", out_of_range="error")
    strict.fit(table[:50])
    with pytest.raises(ValueError, match="'age' with 200"):
        strict.transform(table[50:])
    with pytest.raises(ValueError, match="'pulse' with 'Y'"):
        strict.transform(table[58:59])


def test_a_table_and_its_float32_copy_are_one_table():
    table = pd.DataFrame(
        {"dose": np.where(NORMAL < 0, 0.1, 0.7), "n": NORMAL, "h": NORMAL.round(1)}
    )
    for fit, other in ((table, table.astype("float32")), (table.astype("float32"), table)):
        transformer = TableTransformer(handle_unknown="error", out_of_range="error").fit(fit)
        np.testing.assert_allclose(
            transformer.transform(other), transformer.transform(fit), atol=1e-6
        )


def test_a_column_may_be_called_self():
    table = pd.DataFrame({"self": RNG.integers(0, 100, 50), "x": RNG.normal(size=50)})
    transformer = TableTransformer(thresholds={"self": 50}).fit(table)
    assert transformer.prepare(table)["self"].tolist() == (table["self"] >= 50).astype(int).tolist()


def test_a_column_of_lists_says_what_to_do():
    with pytest.raises(ValueError, match=r"column 'tags' with \['a'\] of type list.*into columns"):
        TableTransformer().fit(pd.DataFrame({"tags": [["a"]] * 5, "x": range(5)}))
    shares = pd.DataFrame({"share": [Fraction(i, 3) for i in range(5)]})
    with pytest.raises(ValueError, match=r"of type Fraction.*astype\(float\)"):
        TableTransformer().fit(shares)
