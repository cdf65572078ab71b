"""Columns of every dtype are learned, come back as they were, and so do they from files."""

import datetime
import decimal
import json
import zoneinfo
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from keras_gan_kit import networks
from keras_gan_kit.data import TableTransformer
from keras_gan_kit.data._column import Column
from keras_gan_kit.data._column_dtypes import arrow_type
from keras_gan_kit.generation import generate_dataset, read_dataset

N = 12
OLD = Path(__file__).parents[1] / "compatibility" / "tables"
RNG = np.random.default_rng(0)
DAYS = pd.Series(pd.date_range("2020-01-01", periods=N, freq="40D"))
STAMPS = pd.Series(pd.date_range("2020-01-01 10:11:12", periods=N, freq="5D"))
SPANS = pd.Series(pd.to_timedelta(RNG.choice(1000, N, replace=False), unit="h"))
CENTS = [decimal.Decimal(int(i)).scaleb(-2) for i in RNG.choice(9999, N, replace=False)]


def objects(values):
    return pd.Series(list(values), dtype=object)


def arrow(values, dtype):
    return pd.Series(values).astype(pd.ArrowDtype(dtype))


COLUMNS = {
    "datetime64[ns]": DAYS,
    "datetime64[s]": DAYS.astype("datetime64[s]"),
    "seconds": STAMPS,
    "midnights of a zone": DAYS.dt.tz_localize("Europe/Berlin"),
    "zone": STAMPS.dt.tz_localize("Europe/Berlin"),
    "UTC": STAMPS.dt.tz_localize("UTC").astype("datetime64[s, UTC]"),
    "fixed offset": STAMPS.dt.tz_localize(datetime.timezone(datetime.timedelta(hours=2))),
    "Arrow timestamp": STAMPS.astype("timestamp[us][pyarrow]"),
    "Arrow zone": arrow(
        STAMPS.dt.tz_localize("Europe/Berlin"), pa.timestamp("us", "Europe/Berlin")
    ),
    "date32": DAYS.astype("date32[pyarrow]"),
    "date64": DAYS.astype("date64[pyarrow]"),
    "date": objects(day.date() for day in DAYS),
    "datetime": objects(stamp.to_pydatetime() for stamp in STAMPS),
    "datetime of a zone": objects(
        stamp.to_pydatetime().replace(tzinfo=zoneinfo.ZoneInfo("Europe/Paris")) for stamp in STAMPS
    ),
    "Timestamp": objects(STAMPS),
    "timedelta64": SPANS,
    "timedelta64[s]": SPANS.astype("timedelta64[s]"),
    "duration": SPANS.astype("duration[us][pyarrow]"),
    "timedelta": objects(span.to_pytimedelta() for span in SPANS),
    "time": objects(stamp.time().replace(minute=i) for i, stamp in enumerate(STAMPS)),
    "time64": arrow([datetime.time(8, i) for i in range(N)], pa.time64("us")),
    "time32": arrow([datetime.time(8, i) for i in range(N)], pa.time32("s")),
    "period": DAYS.dt.to_period("M"),
    "Decimal": objects(CENTS),
    "decimal128": arrow(CENTS, pa.decimal128(10, 2)),
    "Decimal of few decimals": objects(map(decimal.Decimal, ["2", "1.25", "3.5"] * 4)),
    "Decimal of large numbers": objects(map(decimal.Decimal, [10**30, 10**31, 5 * 10**30] * 4)),
    "Decimal and True": objects([decimal.Decimal("2"), True, decimal.Decimal("2.50")] * 4),
    "integers": objects([1, 20, 35] * 4),
    "integers and floats": objects([1, 2.5, 30] * 4),
    "equal values": objects([True, 1, 1.0, "1"] * 3),
    "floats": objects([1.5, 20.25, 35.0] * 4),
    "booleans": objects([True, False, True] * 4),
    "mixed": objects([1, "a", 2.5] * 4),
    "alike": objects([1, "1", 2] * 4),
    "texts": objects(["a", "", "NA"] * 4),
    "str": pd.Series(["a", "", "007"] * 4),
    "string": pd.Series(["a", "", "007"] * 4, dtype="string"),
    "Arrow string": arrow(["a", "", "007"] * 4, pa.string()),
    "Arrow large string": arrow(["a", "", "007"] * 4, pa.large_string()),
    "Arrow dictionary": arrow(["a", "b", "c"] * 4, pa.dictionary(pa.int32(), pa.string())),
    "Arrow dictionary of numbers": pd.Series(
        pd.arrays.ArrowExtensionArray(pa.array([1, 20, 35] * 4).dictionary_encode())
    ),
    "category": pd.Series(pd.Categorical(list("abc") * 4, ordered=True)),
    "category of intervals": pd.Series(pd.cut([18.5, 30.0, 71.25] * 4, 3)),
    "intervals": pd.Series(pd.IntervalIndex.from_tuples([(0, 9), (9, 18), (18, 99)] * 4)),
    "intervals of floats": pd.Series(
        pd.IntervalIndex.from_breaks([0.1, 0.1 + 0.2, 5, 1e9], "left").repeat(4)
    ),
    "intervals in objects": objects(pd.interval_range(0, 30, periods=3, closed="both").repeat(4)),
    "intervals of a zone": pd.Series(
        pd.interval_range(pd.Timestamp("2026-03-28", tz="Europe/Berlin"), periods=3).repeat(4)
    ),
    "intervals of spans": pd.Series(pd.interval_range(pd.Timedelta(0), periods=3).repeat(4)),
    "intervals of dates": pd.Series(pd.interval_range(DAYS[0], periods=3).repeat(4)),
    "category of dates": pd.Series(pd.Categorical(DAYS[:3].tolist() * 4)),
    "category of numbers": pd.Series(pd.Categorical([1, 2, 3] * 4)),
    "int8": pd.Series([1, 20, 35] * 4, dtype="int8"),
    "Int64": pd.Series([1, 20, 35] * 4, dtype="Int64"),
    "float32": pd.Series([1.5, 20.25, 35.0] * 4, dtype="float32"),
    "bool": pd.Series([True, False, True] * 4),
    "boolean": pd.Series([True, False, True] * 4, dtype="boolean"),
    "Arrow bool": arrow([True, False, True] * 4, pa.bool_()),
    "Arrow int16": arrow([1, 20, 35] * 4, pa.int16()),
    "Arrow float": arrow([1.5, 20.25, 35.0] * 4, pa.float32()),
    "sparse": pd.Series(pd.arrays.SparseArray([0.0, 0.0, 11.0, 20.0] * 3)),
}
WITHOUT_GAPS = ("int8", "bool")
# Numbers go through float32: integers of 31 digits are right to its seven digits only.
ROUNDED = ("Decimal of large numbers",)
CASES = [
    (name, gaps)
    for name in COLUMNS
    for gaps in (False, True)
    if not gaps or name not in WITHOUT_GAPS
]


def column(name, gaps):
    values = COLUMNS[name]
    return values.mask(np.arange(N) == 3) if gaps else values


def check_learned(name, back, values):
    """Checks that values are equal, in `ROUNDED` columns as numbers of float32's seven digits."""
    if name in ROUNDED:
        assert list(map(type, back)) == list(map(type, values))
        np.testing.assert_allclose(back.astype(float), values.astype(float), rtol=1e-6)
    else:
        check_equal(back, values)


def check_equal(back, values):
    pd.testing.assert_series_equal(back, values, check_names=False)
    assert list(map(type, back)) == list(map(type, values))
    if isinstance(values.dropna().iloc[0], pd.Interval):  # equal if one has integers, one floats
        assert list(map(str, back)) == list(map(str, values))


@pytest.mark.parametrize(("name", "gaps"), CASES)
def test_a_column_comes_back_from_parquet_and_from_json(name, gaps):
    values = column(name, gaps)
    described = Column.of(name, values)
    assert Column.from_json(json.loads(json.dumps(described.to_json()))) == described
    array = pa.Array.from_pandas(described.stored(values), type=arrow_type(described.arrow_type))
    read = pa.table({name: array}).to_pandas(integer_object_nulls=True)[name]
    check_equal(described.restored(read), values)
    known = values.dropna().reset_index(drop=True)
    levels = pd.Series(json.loads(json.dumps(described.plain(known))), dtype=object)
    check_equal(described.restored(levels), known)


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
@pytest.mark.parametrize(("name", "gaps"), CASES)
def test_a_column_is_learned_and_comes_back(name, gaps, scaling):
    table = pd.DataFrame({name: column(name, gaps), "x": RNG.normal(size=N).round(2)})
    transformer = TableTransformer(scaling=scaling, categorical=["str"] if name == "str" else ())
    matrix = transformer.fit_transform(table)
    back = transformer.inverse_transform(matrix)
    check_learned(name, back[name], table[name])
    config = json.loads(json.dumps(transformer.get_config()))
    copy = TableTransformer.from_config(config)
    check_equal(copy.inverse_transform(matrix)[name], back[name])
    atol = 1e-6 if name in ROUNDED else 0
    np.testing.assert_allclose(copy.transform(back), matrix, rtol=0, atol=atol)


def test_intervals_are_levels_in_their_order():
    bands = pd.interval_range(0, 30, periods=3)
    table = pd.DataFrame({"age": objects([bands[2], None, *bands, *bands])})
    transformer = TableTransformer(handle_unknown="error").fit(table)
    (column,) = transformer.get_config()["fitted"]["columns"]
    assert column["kind"] == "ordinal"
    assert column["levels"] == ["(0, 10]", "(10, 20]", "(20, 30]"]
    expected = transformer.transform(table[2:])
    for other in (bands.astype("interval[float64]"), bands.astype(str)):
        same = pd.DataFrame({"age": pd.Series([*other, *other])})
        np.testing.assert_array_equal(transformer.transform(same), expected)
    for closed in ("left", "both"):
        with pytest.raises(ValueError, match=r"'age' with '[(\[]0, 10"):
            transformer.transform(pd.DataFrame({"age": bands.set_closed(closed)}))


@pytest.mark.parametrize("damaged", [None, "int64", "interval", "interval[int64]"])
def test_a_file_without_the_dtype_of_intervals_is_refused(damaged):
    described = Column.of("age", objects(pd.interval_range(0, 3))).to_json()
    for more in ({}, {"categories": ["(0, 1]"]}):
        with pytest.raises(ValueError, match="dtype"):
            Column.from_json(described | more | {"intervals": damaged})


def test_intervals_that_cannot_be_ordered_are_refused():
    sides = objects([pd.Interval(0, 1), pd.Interval(1, 2, closed="left")] * 3)
    with pytest.raises(ValueError, match=r"column 'age' with Interval.*Fix: .*astype\(str\)"):
        TableTransformer().fit(pd.DataFrame({"age": sides}))


def test_dates_among_datetimes_are_midnights():
    mixed = objects([datetime.date(2020, 1, 1), datetime.datetime(2021, 5, 1, 12)] * 6)
    table = pd.DataFrame({"seen": mixed, "x": np.arange(N) / 7})
    transformer = TableTransformer(continuous=["seen"])
    back = transformer.inverse_transform(transformer.fit_transform(table))["seen"]
    assert set(back) == {datetime.datetime(2020, 1, 1), datetime.datetime(2021, 5, 1, 12)}


def test_tables_of_other_libraries_are_converted():
    table = pd.DataFrame({"age": [48, 70, 61, 59], "sex": list("fmmf")})
    expected = TableTransformer().fit_transform(table)
    np.testing.assert_array_equal(TableTransformer().fit_transform(pa.table(table)), expected)


@pytest.mark.parametrize("form", ["parquet", "folder"])
def test_a_data_set_holds_what_inverse_transform_returns(form, tmp_path):
    names = [name for name in COLUMNS if "fixed offset" not in name]
    table = pd.DataFrame({name: column(name, name not in WITHOUT_GAPS) for name in names})
    transformer = TableTransformer(scaling="modes").fit(table)
    network = networks.joint_generator((16, 16, 1), transformer, 3, filters=(4, 4, 2, 2))
    data = generate_dataset(
        network, 30, tmp_path, table=transformer, format=form, shard_size=20, verbose=0
    )
    made = data.table()
    rows = keras.ops.convert_to_numpy(data_rows(network, transformer, data))
    expected = transformer.inverse_transform(rows)
    for name in names:
        assert made[name].dtype == expected[name].dtype
        assert list(map(type, made[name])) == list(map(type, expected[name]))
        # A batch of another size differs in the last bit, which is a second of some stamps.
        if getattr(COLUMNS[name][0], "second", 0) == 0:
            check_learned(name, made[name], expected[name])
    matrix = transformer.transform(made)
    assert transformer.inverse_transform(matrix).notna().equals(made.notna())


def data_rows(network, transformer, data):
    from keras_gan_kit import GAN

    judge = networks.joint_discriminator((16, 16, 1), transformer, filters=(2, 2, 2, 2))
    return GAN(network, judge).generate(30, seed=0)["table"]


def test_dates_that_were_read_as_text_are_taken_too():
    table = pd.DataFrame({"when": DAYS, "x": range(N), "y": RNG.normal(size=N)})
    transformer = TableTransformer(continuous=["x"]).fit(table)
    texts = table.assign(when=DAYS.astype(str))
    np.testing.assert_array_equal(transformer.transform(texts), transformer.transform(table))
    with pytest.raises(ValueError, match=r"(?s)column 'when' with dtype .*pandas\.to_datetime"):
        transformer.transform(table.assign(when="soon"))


def test_text_that_is_a_date_or_a_number_is_pointed_out():
    table = pd.DataFrame({"when": DAYS.astype(str).tolist() * 3, "x": RNG.normal(size=3 * N)})
    with pytest.warns(UserWarning, match="'when' holds ISO dates as text.*parse_dates=.'when'"):
        TableTransformer().fit(table)
    many = pd.DataFrame({"share": [f"{i / 10}%" for i in range(40)]})
    with pytest.raises(ValueError, match=r"look like percentages.*str.rstrip"):
        TableTransformer().fit(many)


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
def test_files_of_version_1_give_what_they_gave(scaling):
    transformer = TableTransformer.load(OLD / f"{scaling}.json")
    table = pd.read_csv(
        OLD / "table.csv", keep_default_na=False, na_values={"gap": [""], "Int": [""]}
    )
    table["note"] = table["note"].replace("", None)
    np.testing.assert_allclose(
        transformer.transform(table), np.load(OLD / f"{scaling}_encoded.npy"), atol=1e-6
    )
    matrix = np.random.default_rng(1).random((20, transformer.width)).astype("float32")
    decoded = transformer.inverse_transform(matrix).to_csv(index=False, lineterminator="\n")
    assert decoded == (OLD / f"{scaling}_decoded.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["parquet", "folder"])
def test_data_sets_of_version_1_are_read(form):
    text = read_dataset(OLD / form).table().to_csv(index=False, lineterminator="\n")
    assert text == (OLD / f"{form}_rows.csv").read_text(encoding="utf-8")


def test_generators_of_version_1_are_read():
    network = keras.saving.load_model(OLD / "generator.keras")
    transformer = TableTransformer.load(OLD / "dataset.json")
    rows = keras.ops.convert_to_numpy(network(np.zeros((2, 3), "float32")))
    assert transformer.inverse_transform(rows).shape == (2, 5)
