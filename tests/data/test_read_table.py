# ruff: noqa: RUF001 (letters of other alphabets)
import builtins
import gzip
import re

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
    with pytest.warns(UserWarning, match="thousands"):
        table = read_table(path, **{option: ","})
    assert table["mass"].tolist() == ["1,234", "2,345"]
    read_table(path, dtype={"mass": str})  # no hint for whoever says what it is


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
        (b"a;b\n1;2\n1;2;3\n", "3 fields in line 3 and 2 in the header"),
        (b"PAR1 and nothing else", "pyarrow can't read"),
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


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "patients.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_decimal_commas_leave_columns_with_points_alone(tmp_path):
    path = written(tmp_path, "weight;icd\n70.5;1,2\n80.25;3\n60.125;4,5\n")
    with pytest.warns(UserWarning, match="'icd' are read as text: their commas may separate codes"):
        table = read_table(path)
    assert table["weight"].tolist() == [70.5, 80.25, 60.125]
    assert table["icd"].tolist() == ["1,2", "3", "4,5"]
    path = written(tmp_path, "mass;size;n\n70,5;1.234,5;1\n81;2.345,25;2\n")
    assert read_table(path).to_dict("list") == {
        "mass": [70.5, 81.0],
        "size": [1234.5, 2345.25],
        "n": [1, 2],
    }


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_after_the_last_field_are_dropped(tmp_path, separator):
    text = "age,weight,sex\n40,70.5,f,\n50,81.0,m,\n60,66.0,f,\n".replace(",", separator)
    table = read_table(written(tmp_path, text))
    expected = {"age": [40, 50, 60], "weight": [70.5, 81.0, 66.0], "sex": ["f", "m", "f"]}
    assert table.to_dict("list") == expected


@pytest.mark.parametrize("text", ["a|b|\n1|2|\n3|4|\n", "a,b,\n1,2\n3,4\n"])
def test_a_nameless_last_column_of_nothing_is_dropped(tmp_path, text):
    assert read_table(written(tmp_path, text)).to_dict("list") == {"a": [1, 3], "b": [2, 4]}


def test_long_codes_keep_their_digits_beside_gaps(tmp_path):
    text = "drug,x\n999000011000001104,1\n,2\n999000011000001112,3\n"
    table = read_table(written(tmp_path, text))
    assert table["drug"].dropna().tolist() == [999000011000001104, 999000011000001112]
    assert table["drug"].isna().tolist() == [False, True, False]
    text = "size,x\n1e300,1\n,2\n5,3\n"
    assert read_table(written(tmp_path, text))["size"].dtype == "float64"


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ('v,x\n"1,200",1\n"900",2\n', "thousands=','"),
        ('v,x\n"1,25",1\n"900",2\n', "decimal=','"),
        ("v;x\n1,5 €;1\n2,5 €;2\n", "str.replace(',', '.')"),
    ],
)
def test_numbers_with_commas_get_a_hint(tmp_path, text, fix):
    with pytest.warns(UserWarning, match=rf"Column 'v' .*{re.escape(fix)}"):
        read_table(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("id,price,sex\n1,$1,200,f\n2,$3,100,m\n", 2),
        ("w\n1,5\n2,5\n", 2),
        ("a,b\n" + "1,2\n" * 5 + "1,2,3\n", 7),
        ("a,b\n" + "1,2,\n" * 200 + "1,2,3\n", 202),
    ],
)
def test_more_fields_than_names_are_an_error_with_the_line(tmp_path, text, line):
    with pytest.raises(ValueError, match=rf"(?s)Invalid `path`.*\b{line}\b"):
        read_table(written(tmp_path, text))


def test_a_long_column_has_one_dtype(tmp_path):
    codes = ["1", "2", "3"] * 100_000
    codes[-2000] = "A"
    table = read_table(written(tmp_path, "code,y\n" + "".join(f"{c},1.5\n" for c in codes)))
    assert set(table["code"]) == {"1", "2", "3", "A"}


def test_leading_zeros_and_namibia_stay(tmp_path):
    path = written(tmp_path, "id,zip,age,country\n001,01234,40,NA\n002,00501,50,DE\n003,,7,\n")
    with pytest.warns(UserWarning, match=r"'id' \(leading zeros\), 'zip' .*'country' \('NA'"):
        table = read_table(path)
    assert table["id"].tolist() == ["001", "002", "003"]
    assert table["zip"].tolist()[:2] == ["01234", "00501"]
    assert table["country"].tolist()[:2] == ["NA", "DE"]
    assert table["age"].tolist() == [40, 50, 7]
    assert table.isna().sum().to_dict() == {"id": 0, "zip": 1, "age": 0, "country": 1}
    assert read_table(path, dtype={"id": "int64"})["id"].tolist() == [1, 2, 3]


def test_na_among_words_and_numbers_is_missing(tmp_path):
    table = read_table(written(tmp_path, "a,b,c\nNA,NA,yes\n1.5,mild,NA\n0.5,none,no\n"))
    assert table.isna().sum().tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("encoding", "text", "guess"),
    [
        ("cp1251", "имя;вес\nИванов;70\nПетрова;60\n", "cp1251"),
        ("koi8-r", "имя;вес\nИванов;70\nПетрова;60\n", "koi8-r"),
        ("cp1253", "όνομα;βάρος\nΓιώργος;70\nΜαρία;60\n", "cp1253"),
    ],
)
def test_an_encoding_that_is_a_guess_is_named(tmp_path, encoding, text, guess):
    with pytest.warns(UserWarning, match=rf"was guessed as {guess}.*pass `encoding`"):
        table = read_table(written(tmp_path, text, encoding))
    assert table.iloc[0, 0] == text.split("\n")[1].split(";")[0]
    named = read_table(tmp_path / "patients.csv", encoding=encoding)
    assert named.columns[0] == text.split(";")[0]


@pytest.mark.parametrize(
    "text", ["Größe;Maß\nMüller;70\n", "prénom;âge\nZoé;7\n", "a;°C\nx – y;37,5\n"]
)
def test_western_text_is_no_guess(tmp_path, text):
    table = read_table(written(tmp_path, text, "cp1252"))
    assert list(table) == text.split("\n")[0].split(";")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognized(tmp_path, encoding):
    table = read_table(written(tmp_path, "name,age\nZoë,7\n", encoding))
    assert table.to_dict("list") == {"name": ["Zoë"], "age": [7]}


@pytest.mark.parametrize(
    ("values", "form"), [(["5%", "12.5 %"], "percentages"), (["$1,200", "$90"], "amounts of money")]
)
def test_numbers_with_signs_get_a_hint(tmp_path, values, form):
    text = "x;y\n" + "".join(f"{value};1\n" for value in values)
    with pytest.warns(UserWarning, match=f"Column 'x' holds {form} as text"):
        assert read_table(written(tmp_path, text))["x"].tolist() == values
