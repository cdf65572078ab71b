import builtins
import gzip

import pandas as pd
import pytest

from keras_gan_kit.data import TableTransformer, read_table

TABLE = pd.DataFrame(
    {"name": ["Ågot", "Bo", "Zoë"], "age": [61, 70, 55], "mass": [70.5, 81.0, 65.25]}
)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_separator_and_encoding_are_found(tmp_path, separator, encoding):
    path = tmp_path / "patients.txt"
    TABLE.to_csv(path, sep=separator, encoding=encoding, index=False)
    pd.testing.assert_frame_equal(read_table(path), TABLE)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_decimal_comma_is_found(tmp_path, separator):
    path = tmp_path / "patients.csv"
    TABLE.to_csv(path, sep=separator, decimal=",", index=False)
    pd.testing.assert_frame_equal(read_table(path), TABLE)


def test_commas_in_text_are_no_decimal_commas(tmp_path):
    path = tmp_path / "patients.csv"
    path.write_text("leads;age\n1,2;50\nII, V5;60\n")
    assert read_table(path)["leads"].tolist() == ["1,2", "II, V5"]


@pytest.mark.parametrize("option", ["sep", "delimiter"])
def test_where_a_comma_separates_none_is_a_decimal_comma(tmp_path, option):
    path = tmp_path / "patients.csv"
    path.write_text('mass,age\n"1,234",61\n"2,345",70\n')
    assert read_table(path, **{option: ","})["mass"].tolist() == ["1,234", "2,345"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('a;b,c;"d;e"\n1;2,5;3\n4;5,5;6\n', ["a", "b,c", "d;e"]),  # separators in names
        ("LAD, per cent;age\n30;61\n80;70\n", ["LAD, per cent", "age"]),
        ("Chest Pain,Weak Pulse\n1,0\n0,1\n", ["Chest Pain", "Weak Pulse"]),
        ("age\n61\n70\n", ["age"]),
        ("chest pain\n1\n0\n", ["chest pain"]),
        ("chest pain\n1\n", ["chest pain"]),
        ('note;age\n"two\nlines; and more";61\nb;70\n', ["note", "age"]),
        ("a;b\r\n1;2\r\n\r\n3;4\r\n", ["a", "b"]),
        ("a;b", ["a", "b"]),
    ],
)
def test_what_divides_all_lines_is_the_separator(tmp_path, text, columns):
    path = tmp_path / "patients.csv"
    path.write_bytes(text.encode())
    assert list(read_table(path)) == columns


def test_options_have_precedence(tmp_path):
    path = tmp_path / "patients.csv"
    path.write_bytes("name::mass\nŁ::1,5\n?::2,5\n".encode("cp1250"))
    options = {"encoding": "cp1250", "decimal": ",", "na_values": ["?"], "engine": "python"}
    table = read_table(path, sep="::", **options)
    assert table["mass"].tolist() == [1.5, 2.5]
    assert table["name"][0] == "Ł"
    assert table["name"].isna().tolist() == [False, True]


def test_a_compressed_file_is_read(tmp_path):
    with gzip.open(tmp_path / "patients.csv.gz", "wt") as file:
        file.write(TABLE.to_csv(sep=";", index=False))
    pd.testing.assert_frame_equal(read_table(tmp_path / "patients.csv.gz"), TABLE)


def test_parquet_is_known_by_its_content(tmp_path):
    table = TABLE.assign(name=TABLE["name"].astype("category"))
    table.to_parquet(tmp_path / "patients.data")
    pd.testing.assert_frame_equal(read_table(tmp_path / "patients.data"), table)
    assert read_table(tmp_path / "patients.data", columns=["age"]).shape == (3, 1)
    transformer = TableTransformer().fit(tmp_path / "patients.data")
    assert transformer.transform(table).shape == (3, 3)


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    TABLE.to_parquet(tmp_path / "patients.parquet")
    found = builtins.__import__

    def without(name, *arguments, **options):
        if name == "pyarrow":
            raise ImportError(name)
        return found(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'keras_gan_kit\[parquet\]'"):
        read_table(tmp_path / "patients.parquet")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "No columns to parse"),
        (b"a;b\n1;2\n1;2;3\n", "3 fields in line 3 under a header of 2"),
        (b"PAR1 and nothing else", "pyarrow cannot read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, message):
    path = tmp_path / "patients.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"(?s)Invalid `path`.*patients\.csv.*{message}"):
        read_table(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Invalid `path`.*an existing CSV"):
        read_table(tmp_path / "patients.csv")


def test_real_patients_are_read(shared_data):
    table = read_table(shared_data / "cad" / "z_alizadeh_sani_extension.csv")
    assert table.shape == (303, 59)
    assert not table.isna().any(axis=None)
    assert table["Age"].between(30, 86).all()
