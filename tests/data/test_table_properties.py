"""What holds for every table, with tables that hypothesis makes up."""

import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from keras_gan_kit.data import TableTransformer

# The same examples every time; few, because each fits a mixture for each column.
few = settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TEXTS = st.sampled_from(["", "a", "b", "ab", "é", "-1"])


def floats(draw, rows):
    """Numbers of at most two decimals, few enough digits for float32."""
    decimals = draw(st.integers(0, 2))
    whole = draw(st.lists(st.integers(-9999, 9999), min_size=rows, max_size=rows))
    return [float(Decimal(number).scaleb(-decimals)) for number in whole]


def values(draw, rows, of):
    return draw(st.lists(of, min_size=rows, max_size=rows))


def with_missing(draw, of):
    missing = draw(st.lists(st.booleans(), min_size=len(of), max_size=len(of)))
    return [None if absent else value for value, absent in zip(of, missing, strict=True)]


COLUMNS = {
    "int64": lambda draw, n: values(draw, n, st.integers(-9999, 9999)),
    "int8": lambda draw, n: values(draw, n, st.integers(-128, 127)),
    "uint8": lambda draw, n: values(draw, n, st.integers(0, 255)),
    "bool": lambda draw, n: values(draw, n, st.booleans()),
    "float64": lambda draw, n: with_missing(draw, floats(draw, n)),
    "float32": floats,
    "Int64": lambda draw, n: with_missing(draw, values(draw, n, st.integers(-9, 9))),
    "Float64": lambda draw, n: with_missing(draw, floats(draw, n)),
    "boolean": lambda draw, n: with_missing(draw, values(draw, n, st.booleans())),
    "string": lambda draw, n: with_missing(draw, values(draw, n, TEXTS)),
    "object": lambda draw, n: with_missing(draw, values(draw, n, TEXTS)),
    "category": lambda draw, n: with_missing(draw, values(draw, n, TEXTS)),
}


@st.composite
def tables(draw):
    rows = draw(st.integers(2, 8))
    dtypes = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=4))
    table = {
        f"{dtype} {i}": pd.Series(COLUMNS[dtype](draw, rows), dtype=dtype)
        for i, dtype in enumerate(dtypes)
    }
    # One column that is never constant: there is something to learn.
    return pd.DataFrame({"first": [i % 2 for i in range(rows)], **table})


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
@few
@given(tables())
def test_every_table_comes_back(scaling, table):
    transformer = TableTransformer(scaling=scaling)
    matrix = transformer.fit_transform(table)
    back = transformer.inverse_transform(matrix)
    pd.testing.assert_frame_equal(back, table, check_exact=True)
    check_blocks(transformer, matrix)
    config = json.loads(json.dumps(transformer.get_config()))
    np.testing.assert_array_equal(TableTransformer.from_config(config).transform(table), matrix)


def check_blocks(transformer, matrix):
    """Asserts that each block is what its activation can return."""
    start = 0
    for activation, width in transformer.blocks:
        block = matrix[:, start : start + width]
        low = -1 if activation == "tanh" else 0
        assert ((block >= low) & (block <= 1)).all()
        if activation == "softmax":
            np.testing.assert_array_equal(block.sum(1), 1)
            np.testing.assert_array_equal(block.max(1), 1)
        start += width
    assert start == matrix.shape[1]


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
@few
@given(tables(), st.integers(0, 9))
def test_every_output_is_a_row_that_could_be_real(scaling, table, seed):
    transformer = TableTransformer(scaling=scaling).fit(table)
    outputs = np.random.default_rng(seed).uniform(-1.5, 1.5, (20, transformer.width))
    rows = transformer.inverse_transform(outputs)
    assert rows.dtypes.equals(table.dtypes)
    # Nothing is refused that was not seen: bounds, decimals, levels and missing values hold.
    again = transformer.inverse_transform(transformer.transform(rows))
    if scaling == "minmax":
        pd.testing.assert_frame_equal(again, rows, check_exact=True)
    else:  # numbers in a gap between two modes move to the edge of one
        assert again.dtypes.equals(rows.dtypes)
        pd.testing.assert_frame_equal(again.isna(), rows.isna())
        for name in table.select_dtypes("number"):
            known = table[name].dropna()
            assert again[name].dropna().between(known.min(), known.max()).all()
        # There they stay.
        third = transformer.inverse_transform(transformer.transform(again))
        pd.testing.assert_frame_equal(third, again, check_exact=True)
    assert not rows.loc[:, ~table.isna().any()].isna().any(axis=None)
