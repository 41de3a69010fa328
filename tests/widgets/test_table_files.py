"""Files with tables as people have them, each with what must come out of it."""

import datetime
import io
import zipfile
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue
from modelapp.widgets import _table_files
from modelapp.widgets._table_files import read_table

DAY = pd.Timestamp


class Case(NamedTuple):
    """A text file, the columns that it holds, and words that must be said about it."""

    text: str | bytes
    columns: dict[str, list[Any]]
    said: tuple[str, ...] = ()
    kinds: str = ""
    """First letters of the dtypes' names."""


CASES = {
    "commas": Case("a,b\n1,2.5\n2,x y\n", {"a": [1, 2], "b": ["2.5", "x y"]}, ("commas",)),
    "semicolons and decimal commas": Case(
        "age;weight\n30;60,5\n41;70,25\n", {"age": [30, 41], "weight": [60.5, 70.25]}, ("semicolons, decimal commas",)
    ),
    "tabs": Case("a\tb\n1\t2\n", {"a": [1], "b": [2]}, ("tabs",)),
    "bars": Case("a|b\n1|2\n", {"a": [1], "b": [2]}, ("bars",)),
    "what Excel writes first": Case("sep=;\na;b\n1;2\n", {"a": [1], "b": [2]}, ("semicolons",)),
    "one column": Case("name\nAda\nAlan\n", {"name": ["Ada", "Alan"]}),
    "one column of decimal commas": Case("value\n1,5\n2,25\n", {"value": [1.5, 2.25]}, ("decimal commas",)),
    "a comma in a text between semicolons": Case("a;b\nx, y;1\nz;2\n", {"a": ["x, y", "z"], "b": [1, 2]}),
    "UTF-8 with a mark": Case("\ufeffname,n\nJosé,1\n".encode(), {"name": ["José"], "n": [1]}),
    "UTF-16": Case("name,n\nJosé,1\n".encode("utf-16"), {"name": ["José"], "n": [1]}, ("UTF-16",)),
    "UTF-16 without a mark": Case("name,n\nJose,1\n".encode("utf-16-le"), {"name": ["Jose"], "n": [1]}, ("UTF-16",)),
    "Windows-1252": Case("name,n\nJosé €,1\n".encode("cp1252"), {"name": ["José €"], "n": [1]}, ("Windows-1252",)),
    "Latin-1": Case(b"name,n\nJos\xe9\x81,1\n", {"name": ["José\x81"], "n": [1]}, ("Latin-1",)),
    "Windows line ends": Case("a,b\r\n1,2\r\n", {"a": [1], "b": [2]}),
    "old Mac line ends": Case("a,b\r1,2\r", {"a": [1], "b": [2]}),
    "thousands 1,234.5": Case("a\tb\n1,234.5\tx\n12\ty\n", {"a": [1234.5, 12.0], "b": ["x", "y"]}),
    "thousands 1.234,5": Case("a;b\n1.234,5;x\n12;y\n", {"a": [1234.5, 12.0], "b": ["x", "y"]}, ("decimal commas",)),
    "thousands 1 234,5": Case("a;b\n1 234,5;x\n12\u202f000,25;y\n", {"a": [1234.5, 12000.25], "b": ["x", "y"]}),
    "thousands 1'234.5": Case("a;b\n1'234.5;x\n", {"a": [1234.5], "b": ["x"]}),
    "millions": Case("a;b\n1.234.567;x\n", {"a": [1234567], "b": ["x"]}),
    "three digits after a comma in quotes": Case(
        'a,b\n"1,234",x\n', {"a": [1234], "b": ["x"]}, ("1,234 is taken for 1234",)
    ),
    "three digits after a comma and semicolons": Case(
        "a;b\n1,234;x\n", {"a": [1.234], "b": ["x"]}, ("taken for 1.234",)
    ),
    "three digits after a point": Case("a,b\n1.234,x\n", {"a": [1.234], "b": ["x"]}, ("1.234 is taken for 1.234",)),
    "the other column decides": Case("a;b\n1.234;1,5\n", {"a": [1234], "b": [1.5]}, ("1.234 is taken for 1234",)),
    "exponents and signs": Case("a,b\n1e-3,-4\n2.5E+2,+5\n", {"a": [0.001, 250.0], "b": [-4, 5]}),
    "ISO days": Case("d,n\n2026-01-02,1\n2026-12-31,2\n", {"d": [DAY("2026-01-02"), DAY("2026-12-31")], "n": [1, 2]}),
    "ISO times": Case(
        "t,n\n2026-01-02 10:30,1\n2026-01-02T11:00:05,2\n",
        {"t": [DAY("2026-01-02 10:30"), DAY("2026-01-02 11:00:05")], "n": [1, 2]},
    ),
    "times with a zone": Case(
        "t,n\n2026-01-02T10:30:00Z,1\n2026-01-02T12:30:00+01:00,1\n",
        {"t": [DAY("2026-01-02 10:30", tz="UTC"), DAY("2026-01-02 11:30", tz="UTC")], "n": [1, 1]},
    ),
    "days with points": Case("d;n\n03.04.2026;1\n", {"d": [DAY("2026-04-03")], "n": [1]}, ("days first",)),
    "a 13th decides for days": Case(
        "d,n\n03/04/2026,1\n13/04/2026,2\n", {"d": [DAY("2026-04-03"), DAY("2026-04-13")], "n": [1, 2]}, ("days first",)
    ),
    "a 13th decides for months": Case(
        "d,n\n03/04/2026,1\n04/13/2026,2\n",
        {"d": [DAY("2026-03-04"), DAY("2026-04-13")], "n": [1, 2]},
        ("months first",),
    ),
    "another column decides": Case(
        "d,e\n03/04/2026,13/01/2026\n",
        {"d": [DAY("2026-04-03")], "e": [DAY("2026-01-13")]},
        ("03/04/2026 is taken for 2026-04-03",),
    ),
    "nothing decides": Case(
        "d,n\n03/04/2026,1\n",
        {"d": [DAY("2026-03-04")], "n": [1]},
        ("03/04/2026 is taken for 2026-03-04", "months first"),
    ),
    "nothing but semicolons decides": Case(
        "d;n\n03/04/2026;1\n", {"d": [DAY("2026-04-03")], "n": [1]}, ("taken for 2026-04-03",)
    ),
    "half days": Case(
        "t,n\n12/31/2026 1:05 PM,1\n01/13/2026 12:00 AM,1\n",
        {"t": [DAY("2026-12-31 13:05"), DAY("2026-01-13")], "n": [1, 1]},
    ),
    "years of two digits": Case(
        "d;n\n31.12.99;1\n01.02.26;2\n", {"d": [DAY("1999-12-31"), DAY("2026-02-01")], "n": [1, 2]}
    ),
    "no such day": Case("d,n\n31.02.2026,1\n", {"d": ["31.02.2026"], "n": [1]}),
    "days and words": Case("d,n\n2026-01-02,1\nsoon,2\n", {"d": ["2026-01-02", "soon"], "n": [1, 2]}),
    "per cent": Case("p,n\n12 %,1\n3.5%,2\n", {"p": [12.0, 3.5], "n": [1, 2]}, ("“p” is in per cent",)),
    "per cent here and there": Case("p,n\n12%,1\n3.5,2\n", {"p": ["12%", "3.5"], "n": [1, 2]}),
    "true and false": Case("b,c\ntrue,no\nFALSE,Yes\n", {"b": [True, False], "c": [False, True]}, (), "bb"),
    "truth that is missing": Case("b,n\ntrue,1\n,2\n", {"b": [True, None], "n": [1, 2]}, (), "bi"),
    "missing": Case(
        "a,b,c\n1,NA,x\nN/A,2.5,null\n-,,y\n", {"a": [1.0, None, None], "b": [None, 2.5, None], "c": ["x", None, "y"]}
    ),
    "nothing in a column": Case("a,b\n1,\n2,\n", {"a": [1, 2], "b": [None, None]}),
    "no header": Case("1,2\n3,4\n", {"column 1": [1, 3], "column 2": [2, 4]}, ("numbered",)),
    "a header with a number": Case("name,2020\nx,4\n", {"name": ["x"], "2020": [4]}),
    "a header without lines": Case("a,b\n", {"a": [], "b": []}),
    "names of rows as R writes them": Case(
        '"a","b","c"\n"r1",1,2,3\n', {"column 1": ["r1"], "a": [1], "b": [2], "c": [3]}
    ),
    "quotes and line breaks": Case('a,b\n"x\ny","say ""hi"""\n', {"a": ["x\ny"], "b": ['say "hi"']}),
    "a quote that is never closed": Case('a,b\n"x,1\ny,2\n', {"a": ['"x', "y"], "b": [1, 2]}),
    "an inch": Case('a,b\n5" pipe,1\ny,2\n', {"a": ['5" pipe', "y"], "b": [1, 2]}),
    "spaces around": Case('a, b\n1, "x, y"\n', {"a": [1], "b": ["x, y"]}),
    "lines with more": Case(
        "a,b\n1,2\n3,4,5\n6,7\n8,9\n", {"a": [1, 3, 6, 8], "b": [2, 4, 7, 9]}, ("1 of 4 lines had more fields",)
    ),
    "lines with fewer": Case(
        "a,b\n1,2\n3\n6,7\n8,9\n", {"a": [1, 3, 6, 8], "b": [2.0, None, 7.0, 9.0]}, ("1 of 4 lines had fewer fields",)
    ),
    "separators at the ends": Case("a,b\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}),
    "empty lines": Case("\na,b\n\n1,2\n,\n\n", {"a": [1], "b": [2]}),
    "leading zeros": Case(
        "zip,n\n01234,1\n99999,2\n", {"zip": ["01234", "99999"], "n": [1, 2]}, ("“zip” is kept as text",)
    ),
    "telephone": Case("tel,n\n+4930123456,1\n", {"tel": ["+4930123456"], "n": [1]}, ("“tel” is kept as text",)),
    "zeros that are numbers": Case("a,b\n0,0.5\n1,00.5\n", {"a": [0, 1], "b": ["0.5", "00.5"]}),
    "large whole numbers": Case(
        "id,n\n9007199254740993,1\n9007199254740995,2\n",
        {"id": [9007199254740993, 9007199254740995], "n": [1, 2]},
        (),
        "ii",
    ),
    "large ones that are missing": Case(
        "id,n\n9007199254740993,1\n,2\n", {"id": [9007199254740993, None], "n": [1, 2]}, (), "Ii"
    ),
    "beyond 63 bits": Case("id,n\n18446744073709551615,1\n", {"id": [18446744073709551615], "n": [1]}, (), "ui"),
    "beyond 64 bits": Case("id,n\n18446744073709551616,1\n", {"id": ["18446744073709551616"], "n": [1]}),
    "names twice": Case("age,age,\n1,2,3\n", {"age": [1], "age 2": [2], "column 3": [3]}, ("two columns “age”",)),
    "a name that is taken": Case("age,age 2,age\n1,2,3\n", {"age": [1], "age 2": [2], "age 3": [3]}),
    "an underscore is no thousand": Case("a,b\n1_000,1\n", {"a": ["1_000"], "b": [1]}),
    "words that Python takes for numbers": Case("a,b\ninfinity,1\n", {"a": ["infinity"], "b": [1]}),
}


def plain(series: "pd.Series[Any]") -> list[Any]:
    """A column's values as Python has them, None for what is missing."""
    return [None if gone else value for value, gone in zip(series.tolist(), series.isna(), strict=True)]


@pytest.mark.parametrize("name", CASES)
def test_text_is_read_as_a_person_would(name):
    case = CASES[name]
    content = case.text if isinstance(case.text, bytes) else case.text.encode()
    read = read_table(content, "cases.csv")
    found = {str(column): plain(read.frame[column]) for column in read.frame.columns}
    assert found == case.columns
    assert [type(values[0]) for values in found.values() if values] == [type(v[0]) for v in case.columns.values() if v]
    for words in case.said:
        assert words in " ".join(read.said)
    if case.kinds:
        assert "".join(str(dtype)[0] for dtype in read.frame.dtypes) == case.kinds


def test_plain_file_is_told_in_one_sentence():
    assert read_table(b"a,b\n1,2\n", "x.csv").said == ("Read as: commas.",)


def test_columns_that_are_texts_are_not_guessed():
    read = read_table(b"grade,n\n1,1\n2.0,2\nNA,3\n", "x.csv", ["grade"])
    assert plain(read.frame["grade"]) == ["1", "2.0", None]


# ---------------------------------------------------------------- Excel and Parquet


def workbook(*sheets: list[list[Any]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_workbook_keeps_the_types_of_its_cells():
    when = datetime.datetime(2026, 1, 2, 10, 30)
    rows = [
        ["n", "weight", "name", "seen", "ok", "zip", "mixed"],
        [1, 60.5, "Ada", when, True, "01234", 1],
        [2, None, "Alan", when, False, "99999", "x"],
    ]
    read = read_table(workbook(rows), "cases.xlsx")
    assert {name: plain(read.frame[name]) for name in read.frame} == {
        "n": [1, 2],
        "weight": [60.5, None],
        "name": ["Ada", "Alan"],
        "seen": [DAY(when), DAY(when)],
        "ok": [True, False],
        "zip": ["01234", "99999"],
        "mixed": ["1", "x"],
    }
    assert read.frame["n"].dtype == np.int64


def test_first_of_several_sheets_is_read_and_said():
    read = read_table(workbook([["a"], [1]], [["b"], [2]]), "cases.xlsx")
    assert list(read.frame.columns) == ["a"]
    assert read.said == ("Read: the sheet “Sheet 1”, the first of 2.",)


def test_empty_rows_and_columns_around_a_sheet_are_left_out():
    read = read_table(workbook([[None, None], ["a", "b", None], [None, None], [1, 2, None]]), "cases.xlsx")
    assert read.frame.to_dict("list") == {"a": [1], "b": [2]}


def test_formula_has_the_result_that_was_saved_with_it():
    content = io.BytesIO(workbook([["a"], [2]]))
    result = io.BytesIO()
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(result, "w") as target:
        for part in source.infolist():
            data = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                data = data.replace(b"<v>2</v>", b"<f>1+1</f><v>2</v>")
            target.writestr(part, data)
    assert read_table(result.getvalue(), "cases.xlsx").frame.to_dict("list") == {"a": [2]}


def test_parquet_keeps_its_dtypes_and_leaves_its_index_out():
    frame = pd.DataFrame(
        {
            "n": np.array([1, 2], dtype=np.int16),
            "x": np.array([0.5, np.nan], dtype=np.float32),
            "visits": pd.array([1, None], dtype="Int64"),
            "stage": pd.Categorical(["II", "I"], categories=["I", "II"]),
            "ok": [True, False],
            "name": ["NA", None],
            "day": [datetime.date(2026, 1, 2), None],
        },
        index=[7, 9],
    )
    file = io.BytesIO()
    frame.to_parquet(file)
    read = read_table(file.getvalue(), "cases.parquet")
    assert plain(read.frame["name"]) == ["NA", None]
    assert plain(read.frame["day"]) == [DAY("2026-01-02"), None]
    for name in ("n", "x", "visits", "ok"):
        pd.testing.assert_series_equal(read.frame[name], frame[name].reset_index(drop=True))
    assert list(read.frame["stage"]) == ["II", "I"]
    assert list(read.frame.columns) == list(frame.columns)


# ---------------------------------------------------------------- what cannot be read


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(70):
                part.write(bytes(10_000_000))
    return file.getvalue()


def other_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", b"<w/>")
    return file.getvalue()


def damaged_workbook() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", b"<no")
    return file.getvalue()


BAD = {
    "nothing": (b"", "is empty (0 bytes)"),
    "only line ends": (b"\n\n \n", "is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is no table"),
    "binary junk": (bytes(range(256)) * 20, "is no table"),
    "text that ends in the middle of a letter": ("a,b".encode("utf-16") + b"\x00", "cannot be read to the end"),
    "a truncated workbook": (workbook([["a"], [1]])[:900], "is damaged or was cut off"),
    "a damaged workbook": (damaged_workbook(), "is damaged"),
    "an empty workbook": (workbook([]), "there is nothing in its sheet"),
    "a letter": (other_zip(), "no Excel workbook"),
    "a bomb": (bomb(), "unpacks to more than"),
    "a password": (
        b"\xd0\xcf\x11\xe0" + bytes(100) + "EncryptedPackage".encode("utf-16-le"),
        "protected by a password",
    ),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + bytes(100), "old format of Excel"),
    "compressed": (b"\x1f\x8b\x08\x00", "is compressed"),
    "damaged Parquet": (b"PAR1" + bytes(40), "is damaged"),
    "one endless field": (b"a,b\n" + b"x" * 300_000 + b",1\n", "cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_told_in_a_sentence(name):
    content, words = BAD[name]
    with pytest.raises(InvalidValue, match=r"“cases\.csv”") as problem:
        read_table(content, "cases.csv")
    assert words in problem.value.message
    assert problem.value.message.endswith(".")


def test_too_many_cells_are_refused_in_every_format(monkeypatch):
    monkeypatch.setattr(_table_files, "CELL_LIMIT", 3)
    parquet = io.BytesIO()
    pd.DataFrame({"a": [1, 2], "b": [3, 4]}).to_parquet(parquet)
    for content in (b"a,b\n1,2\n3,4\n", workbook([["a", "b"], [1, 2], [3, 4]]), parquet.getvalue()):
        with pytest.raises(InvalidValue, match="at most 3 are taken"):
            read_table(content, "cases.csv")


def test_too_many_bytes_are_refused(monkeypatch):
    monkeypatch.setattr(_table_files, "BYTE_LIMIT", 3)
    with pytest.raises(InvalidValue, match="at most 0 are taken"):
        read_table(b"a,b\n", "cases.csv")


@pytest.mark.parametrize(("module", "content"), [("openpyxl", workbook([["a"], [1]])), ("pyarrow.parquet", b"PAR1")])
def test_missing_package_is_told_with_a_way_out(monkeypatch, module, content):
    import sys

    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InvalidValue, match="Save it as CSV") as problem:
        read_table(content, "cases.bin")
    assert "pip install" in (problem.value.hint or "")


@given(st.binary(max_size=200) | st.text(alphabet='01,.;\t"\n-a/', max_size=60).map(str.encode))
@example(b'"')
@example(b"0000000000000000000000000000,1\n")
def test_any_bytes_are_read_or_refused(content):
    try:
        read = read_table(content, "any.csv")
    except InvalidValue:
        return
    assert list(read.frame.columns) == list(dict.fromkeys(read.frame.columns))
    assert all(sentence.endswith(".") for sentence in read.said)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1), st.sampled_from(",;\t|"))
def test_numbers_that_pandas_writes_come_back(numbers, separator):
    frame = pd.DataFrame({"x": numbers, "name": "a"})
    for decimal in ".," if separator != "," else ".":
        read = read_table(frame.to_csv(sep=separator, decimal=decimal, index=False).encode(), "x.csv")
        if all(f"{number}".replace("-", "").count(".") <= 1 and not _thousands(f"{number}") for number in numbers):
            assert read.frame["x"].tolist() == pytest.approx(numbers)


def _thousands(text: str) -> bool:
    """True for "1.234", which the rest of a file may make 1234."""
    return len(text.partition(".")[2]) == 3
