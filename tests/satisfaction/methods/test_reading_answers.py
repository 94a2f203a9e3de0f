"""Files as people send them: any delimiter, encoding, packing; faults named by line; sizes bounded."""

import gzip
import io
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import openpyxl
import pytest

from satisfaction.methods import source
from satisfaction.methods.answers import Answers, Refusal
from satisfaction.methods.reading import read_answers
from satisfaction.methods.source import FileSpec


def read(folder: Path, content: str | bytes, **how: Any) -> Answers:
    path = folder / "answers.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_answers(path, FileSpec(**how))


def test_numbers_texts_and_gaps(tmp_path: Path) -> None:
    found = read(
        tmp_path, "score,region,code,note\n7,north,007,fine\n,south,010,\nNA,NA,123,NA\n 8 ,north,1,x\n"
    )
    assert found.rows == 4
    assert found.numbers("score")[[0, 3]].tolist() == [7, 8]
    assert np.isnan(found.numbers("score")[1:3]).all()
    assert found.texts("region").tolist() == ["north", "south", "NA", "north"]
    assert found.texts("code").tolist() == ["007", "010", "123", "1"]
    assert found.numbers("code").tolist() == [7, 10, 123, 1]
    assert found.texts("note").tolist() == ["fine", None, "NA", "x"]


def test_delimiters_encodings_packing_and_byte_order_mark(tmp_path: Path) -> None:
    text = "满意度,地区\n7,北京\n8,上海\n"
    expected = [7.0, 8.0]
    assert read(tmp_path, text).numbers("满意度").tolist() == expected
    assert read(tmp_path, text.encode("utf-8-sig")).numbers("满意度").tolist() == expected
    assert read(tmp_path, text.encode("gb18030"), encoding="gb18030").numbers("满意度").tolist() == expected
    assert read(tmp_path, text.encode("utf-16"), encoding="utf-16").texts("地区").tolist() == ["北京", "上海"]
    assert read(tmp_path, gzip.compress(text.encode())).numbers("满意度").tolist() == expected
    for delimiter in ";\t|":
        assert read(tmp_path, text.replace(",", delimiter)).numbers("满意度").tolist() == expected
    assert read(tmp_path, text.replace(",", "~"), delimiter="~").numbers("满意度").tolist() == expected
    assert read(tmp_path, "a;b\n1,5;2\n", decimal=",").numbers("a").tolist() == [1.5]
    assert read(tmp_path, "a,b\n1,?\n?,2\n", blank=("?",)).columns["a"].dtype == np.float64


def test_lines_are_named_as_a_spreadsheet_counts_them(tmp_path: Path) -> None:
    found = read(tmp_path, 'a,b\n1,"two\nlines"\n\n3,x\nbad,y\n')
    assert found.rows == 3
    assert found.texts("b").tolist() == ["two\nlines", "x", "y"]
    with pytest.raises(Refusal) as refused:
        found.numbers("a")
    assert refused.value.english == "Column “a”, row 6: “bad” is not a number."


def test_blank_lines_are_no_answers_wherever_they_stand(tmp_path: Path) -> None:
    for content in ("a\n1\n\n3\n", "\na\n1\n3\n\n", "a\n1\n  \n3"):
        assert read(tmp_path, content).numbers("a").tolist() == [1, 3]
    first = read(tmp_path, "\n\na,b\n1,2\n\nx,4\n")
    assert first.numbers("b").tolist() == [2, 4]
    with pytest.raises(Refusal) as refused:
        first.numbers("a")
    assert "row 6" in refused.value.english
    mixed = read(tmp_path, 'a,b\r\n1,"breaks\r\nof\rkinds"\r\n')
    assert mixed.texts("b").tolist() == ["breaks\nof\nkinds"]


def test_text_far_below_the_sample_is_found(tmp_path: Path) -> None:
    found = read(tmp_path, "a,b\n" + "1,2\n" * 5_000 + "x,NaN\n")
    assert found.columns["b"].dtype == np.float64
    with pytest.raises(Refusal) as refused:
        found.numbers("a")
    assert "row 5002" in refused.value.english


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"a,b\n", "no answers"),
        (b"\n\n", "no line with text"),
        (b"a,b\n1,2\n1,2,3\n", "line 3 has 3 fields instead of 2"),
        (b"a,b\n1,2\n1\n", "line 3 has 1 fields instead of 2"),
        (b'a,b\n1,"2\n', "line 2: a quotation mark"),
        (b"a,b\n1,\0\n", "line 2: a NUL byte"),
        ("a,b\n1,é\n".encode("latin-1"), "line 2 is not utf-8"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n", "it is PNG"),
        (b"PK\x03\x04nothing", "damaged"),
        (b"PAR1nothing", "damaged"),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 1000, mtime=0)[:-10], "damaged"),
        (b"a," * 3_000 + b"a\n1\n", "3001 columns"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(tmp_path, content)
    assert said in refused.value.english
    assert "\n" not in refused.value.english


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(Refusal):
            read_answers(path)


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 200_000))
    with pytest.raises(Refusal) as refused:
        read_answers(path, most_bytes=100_000)
    assert "too large" in refused.value.english
    with pytest.raises(Refusal):
        read_answers(None, stream=io.BytesIO(b"a\n" * 1000), most_bytes=100)
    monkeypatch.setattr("satisfaction.methods.reading.MOST_ROWS", 10)
    with pytest.raises(Refusal) as refused:
        read(tmp_path, "a,b\n" + "1,2\n" * 11)
    assert "rows" in refused.value.english
    monkeypatch.setattr(source, "MOST_LINE", 50)
    with pytest.raises(Refusal) as refused:
        read(tmp_path, "1" * 60 + "\na\n")
    assert "line 1 is longer" in refused.value.english


def test_columns_that_stand_twice_may_not_be_meant(tmp_path: Path) -> None:
    found = read(tmp_path, "a,a,b\n1,2,3\n")
    assert found.numbers("b").tolist() == [3]
    with pytest.raises(Refusal) as refused:
        found.numbers("a")
    assert "More than one column" in refused.value.english


def test_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.append(["a", "b"])  # type: ignore[union-attr]
    first.append([1, "x"])  # type: ignore[union-attr]
    first.append([None, None])  # type: ignore[union-attr]
    first.append(["oops", True])  # type: ignore[union-attr]
    second = book.create_sheet("wave 2")
    second.append(["a"])
    second.append([9.5])
    path = tmp_path / "answers.xlsx"
    book.save(path)
    found = read_answers(path)
    assert found.rows == 2
    with pytest.raises(Refusal) as refused:
        found.numbers("a")
    assert "row 4" in refused.value.english
    assert read_answers(path, FileSpec(sheet="wave 2")).numbers("a").tolist() == [9.5]
    with pytest.raises(Refusal) as refused:
        read_answers(path, FileSpec(sheet="wave 3"))
    assert "wave 2" in refused.value.english
    second["A3"] = "=A2*2"
    book.save(path)
    with pytest.raises(Refusal) as refused:
        read_answers(path, FileSpec(sheet="wave 2"))
    assert refused.value.field == "A3"


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    duckdb.sql(
        "SELECT * FROM (VALUES (1, 2.5::DECIMAL(4, 1), 'x', true), (NULL, NULL, NULL, false)) t(a, b, c, d)"
    ).write_parquet(str(path))
    found = read_answers(path)
    assert found.numbers("a")[0] == 1
    assert np.isnan(found.numbers("a")[1])
    assert found.numbers("b")[0] == 2.5
    assert found.texts("c").tolist() == ["x", None]
    assert found.numbers("d").tolist() == [1, 0]


def test_hash_is_that_of_the_file_whatever_the_way_in(tmp_path: Path) -> None:
    content = b"a,b\n1,2\n"
    by_file = read(tmp_path, content)
    by_stream = read_answers(None, stream=io.BytesIO(content))
    assert by_file.sha256 == by_stream.sha256
    assert len(by_file.sha256) == 64
