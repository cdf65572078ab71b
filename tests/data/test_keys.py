import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from keras_gan_kit.data._keys import has_telling_name, key_columns

N = 40
RNG = np.random.default_rng(0)
ANY_NUMBERS = RNG.choice(10**6, N, replace=False)
DAYS = pd.Series(pd.date_range("2020-01-01", periods=N))
CODES = pd.Series([f"{i:04d}" for i in range(N)])


def is_key(values, name="column"):
    return key_columns(pd.DataFrame({name: values})) == [name]


@pytest.mark.parametrize(
    "values",
    [
        np.arange(N) + 10_001,
        RNG.permutation(np.arange(0, 10 * N, 10)),
        np.arange(N, dtype=float),
        pd.Series(np.arange(N), dtype="Int64"),
        pd.Series(np.arange(N)).astype("int64[pyarrow]"),
        pd.Series([10**30 + i for i in range(N)], dtype=object),
        pd.Series(pd.arrays.SparseArray(np.arange(N))),
        CODES,
        CODES.astype("string"),
        CODES.astype(pd.ArrowDtype(pa.string())),
        CODES.astype(pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
        CODES.astype("category"),
        CODES.mask(np.arange(N) == 3),
        [f"Patient {i}" for i in range(N)],
    ],
)
def test_running_numbers_and_texts_that_all_differ_are_keys(values):
    assert is_key(values)


@pytest.mark.parametrize(
    "values",
    [
        ANY_NUMBERS,
        np.arange(N) // 2,
        np.arange(N) / 2,
        RNG.normal(size=N),
        np.full(N, 5),
        np.arange(N) > 3,
        pd.Series(np.arange(N)).mask(np.arange(N) == 3),
        ["same"] * N,
        [["list"]] * N,
        np.arange(N) * 1j,
        DAYS,
        [day.date() for day in DAYS],
        DAYS.astype("date32[pyarrow]"),
        DAYS.astype(str),
        DAYS.astype(str) + "T10:00:00Z",
        DAYS.dt.strftime("%d.%m.%Y"),
        [datetime.timedelta(i) for i in range(N)],
        [decimal.Decimal(i) / 10 for i in range(N)],
        [f"{i / 10}%" for i in range(N)],
        [f"{i + 0.25}" for i in range(N)],
        [f"$1,{i + 200}" for i in range(N)],
        pd.Categorical([f"{i:02d}" for i in range(N)], ordered=True),
        pd.Series([f"note {i}" for i in range(N)]).where(np.arange(N) < 15),
    ],
)
def test_measurements_dates_and_gappy_notes_are_no_keys(values):
    assert not is_key(values)


@pytest.mark.parametrize(
    "name", ["id", "patient_id", "PatientID", "record no", "Nr.", "MRN", "keyOfRow", "IDNumber"]
)
def test_whole_numbers_under_a_telling_name_are_keys(name):
    assert is_key(ANY_NUMBERS, name)
    assert is_key(pd.Series(ANY_NUMBERS).mask(np.arange(N) == 3), name)
    assert is_key([17, 3], name)
    assert not is_key([17, 17], name)
    assert not is_key(RNG.normal(size=N), name)


def test_names_of_keys_are_german_too_and_compounds():
    names = "Patientennummer Fallnr PatNr lfd._Nr. patientid pid patient_num Kennung NHSNumber"
    assert [name for name in names.split() if not has_telling_name(name)] == []
    others = "num_children covid steroid lipid thyroid Kennzahl Anzahl monkey annual"
    assert [name for name in others.split() if has_telling_name(name)] == []


@pytest.mark.parametrize("name", ["paid", "nose", "number_of_visits", "no of children", "width"])
def test_a_word_counts_not_its_letters(name):
    assert not has_telling_name(name)


def test_few_rows_are_too_few_to_tell():
    assert not is_key([1, 2, 3, 4])
    assert not is_key(["f"])
    assert not is_key([], "id")
    assert key_columns(pd.DataFrame({"id": [1]})) == []
