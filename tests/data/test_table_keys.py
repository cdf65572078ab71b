"""Keys are not learned: rows get new ones of the same form."""

import json

import numpy as np
import pandas as pd
import pytest

from keras_gan_kit import networks
from keras_gan_kit.data import TableTransformer
from keras_gan_kit.generation import generate_dataset

N = 40
RNG = np.random.default_rng(0)
HEX = [f"{int(i):032x}" for i in RNG.integers(2**62, size=N)]


def fitted(key, **options):
    table = pd.DataFrame({"key": key, "age": RNG.integers(20, 90, N), "w": RNG.normal(size=N)})
    with pytest.warns(UserWarning, match="only identify rows are not learned: 'key'"):
        return table, TableTransformer(**options).fit(table)


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
@pytest.mark.parametrize(
    ("key", "first"),
    [
        (np.arange(N) + 10_001, [10_041, 10_042]),
        (np.arange(0, 10 * N, 10)[::-1].copy(), [400, 410]),
        (pd.Series(np.arange(N), dtype="Int64"), [40, 41]),
        (pd.Series(np.arange(N), dtype="int16[pyarrow]"), [40, 41]),
        ([f"P{i:04d}" for i in range(N)], ["P0040", "P0041"]),
        ([f"P{i}-x" for i in range(N)], ["P40-x", "P41-x"]),
        (pd.Series([f"{i:03d}" for i in range(N)], dtype="string"), ["040", "041"]),
        (pd.Categorical([f"{i:03d}" for i in range(N)]), ["040", "041"]),
        ([f"Person{'x' * i}" for i in range(N)], ["key 1", "key 2"]),
    ],
)
def test_a_key_goes_on_where_the_table_ends(key, first, scaling):
    table, transformer = fitted(key, scaling=scaling)
    assert transformer.summary().loc["key", "kind"] == "key"
    matrix = transformer.transform(table)
    assert matrix.shape[1] == transformer.width
    back = transformer.inverse_transform(matrix)
    assert list(back) == list(table)
    assert back["key"].tolist()[:2] == first
    assert back["key"].is_unique
    assert not set(back["key"]) & set(table["key"])
    if not isinstance(table["key"].dtype, pd.CategoricalDtype):
        assert back["key"].dtype == table["key"].dtype
    later = transformer.inverse_transform(matrix, first_row=N)["key"]
    assert not set(later) & set(back["key"])
    without = transformer.transform(table.drop(columns="key"))
    np.testing.assert_array_equal(without, matrix)
    copy = TableTransformer.from_config(json.loads(json.dumps(transformer.get_config())))
    pd.testing.assert_frame_equal(copy.inverse_transform(matrix), back)


def test_codes_keep_their_form_and_do_not_tell_the_largest():
    table, transformer = fitted(HEX)
    made = transformer.inverse_transform(transformer.transform(table))["key"]
    assert made.str.fullmatch("[0-9a-f]{32}").all()
    assert made.is_unique
    assert not set(made) & set(table["key"])
    assert made[0][16:] != max(HEX)[16:]


@pytest.mark.parametrize("option", ["continuous", "categorical"])
def test_a_declaration_overrules(option):
    table = pd.DataFrame({"id": np.arange(N), "w": RNG.normal(size=N)})
    transformer = TableTransformer(**{option: ["id"]}).fit(table)
    assert transformer.summary().loc["id", "kind"] == option
    back = transformer.inverse_transform(transformer.transform(table))
    assert back["id"].tolist() == list(range(N))


def test_keys_differ_across_shards(tmp_path):
    _, transformer = fitted([f"P{i:04d}" for i in range(N)], scaling="modes")
    network = networks.table_generator(transformer, 3, units=(4,))
    made = generate_dataset(
        network, 70, tmp_path, table=transformer, format="parquet", shard_size=20, verbose=0
    ).table()
    assert made["key"].tolist() == [f"P{40 + i:04d}" for i in range(70)]


def test_a_table_of_keys_alone_has_nothing_to_learn():
    with pytest.raises(ValueError, match="except the keys 'id'"):
        TableTransformer().fit(pd.DataFrame({"id": np.arange(N)}))
