"""Files that are not what they should be: one clear sentence with a stable code, in bounded time and memory."""

import csv
import datetime as dt
import gzip
import io
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from delivery.engine.errors import InputError
from delivery.engine.load import load_log
from delivery.engine.source import Limits
from delivery.engine.spec import parse_log
from delivery.sample import XLSX, take_sample

SPEC = {"case": "id", "milestones": {"at": "at"}}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10


def refusal(path: Path, spec: dict[str, Any] | None = None, **more: Any) -> InputError:
    folder = path.parent
    with pytest.raises(InputError) as caught:
        load_log(path, parse_log(spec or SPEC), folder / "batch.parquet", folder / "rejects.csv", **more)
    assert not (folder / "batch.parquet").exists()
    assert not list(folder.glob("*.part"))
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "data", "code", "words"),
    [
        ("empty.csv", b"", "file.empty", "empty"),
        ("blank.csv", b"\n\n\n", "file.empty", "no line"),
        ("bom.csv", b"\xef\xbb\xbf", "file.empty", ""),
        ("empty.gz", gzip.compress(b"", mtime=0), "file.empty", "empty"),
        ("picture.csv", PNG, "file.not_a_table", "PNG picture"),
        ("report.csv", b"%PDF-1.7 ...", "file.not_a_table", "PDF"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file.not_a_table", "old Excel"),
        ("nul.csv", b"id,at\n1,2024-01-01\n2,\x00\n", "file.nul", "line 3"),
        ("latin.csv", b"id,at,name\n1,2024-01-01,ok\n2,2024-01-01,M\xfcller\n", "file.encoding", "line 3"),
        ("cut.csv", "id,at\n1,é".encode()[:-1], "file.encoding", "line 2"),
        ("wide.csv", "id,at\n1,\n".encode("utf-16"), "file.encoding", "utf-16"),
        ("quote.csv", b'id,at\n1,2024-01-01\n2,"open\n3,2024-01-01\n', "file.open_quote", "line 3"),
        ("after.csv", b'id,at\n1,"2024"x\n', "file.quoting", "line 2"),
        ("twice.csv", b"id,at,at\n1,2024-01-01,\n", "file.column_twice", "2 times"),
        ("other.csv", b"number,when\n1,2024-01-01\n", "file.missing_columns", "“number”, “when”"),
        ("cut.csv.gz", gzip.compress(b"id,at\n1,2024-01-01\n" * 999, mtime=0)[:60], "file.broken", "cut off"),
        ("cut.parquet", b"PAR1" + b"\0" * 100, "file.broken", "Parquet"),
        ("archive.xlsx", b"PK\x03\x04" + b"\0" * 100, "file.broken", "damaged"),
    ],
)
def test_refusals(tmp_path: Path, name: str, data: bytes, code: str, words: str) -> None:
    error = refusal(write(tmp_path, name, data))
    assert error.code == code
    assert words in str(error)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing.csv").code == "file.missing"
    assert refusal(tmp_path).code == "file.missing"


def test_header_only_is_an_empty_log(tmp_path: Path) -> None:
    path = write(tmp_path, "log.csv", b"id,at\n")
    result = load_log(path, parse_log(SPEC), tmp_path / "batch.parquet", tmp_path / "rejects.csv")
    assert (result.rows, result.cases, result.first) == (0, 0, None)


def test_the_wrong_encoding_is_named(tmp_path: Path) -> None:
    text = "编号,时间\n1,2024-01-01\n"
    path = write(tmp_path, "log.csv", text.encode("gb18030"))
    spec = {"case": "编号", "milestones": {"at": "时间"}}
    assert refusal(path, spec).facts["line"] == 1
    other = write(tmp_path, "x.csv", text.encode())
    assert refusal(other, {**spec, "encoding": "ascii"}).code == "file.encoding"
    named = parse_log({**spec, "encoding": "gb18030"})
    assert load_log(path, named, tmp_path / "batch.parquet", tmp_path / "rejects.csv").cases == 1


def test_dates_of_another_form_are_rejects(tmp_path: Path) -> None:
    path = write(tmp_path, "log.csv", b"id,at\n1,01.02.2024\n2,2024-02-01\n3,2/1/2024\n")
    result = load_log(path, parse_log(SPEC), tmp_path / "batch.parquet", tmp_path / "rejects.csv")
    assert (result.cases, result.rejects) == (1, {"unreadable_time": 2})


def packed_zeros(path: Path, megabytes: int) -> Path:
    with gzip.open(path, "wb") as file:
        file.write(b"id,at\n")
        for _ in range(megabytes):
            file.write(b"1,2024-01-01\n" * (1_000_000 // 13))
    return path


def test_a_packed_bomb_is_stopped(tmp_path: Path) -> None:
    path = packed_zeros(tmp_path / "bomb.csv.gz", 40)
    assert path.stat().st_size < 200_000
    begun = time.perf_counter()
    assert refusal(path, limits=Limits(bytes=5_000_000)).code == "file.too_large"
    assert time.perf_counter() - begun < 2


def test_one_endless_line(tmp_path: Path) -> None:
    path = write(tmp_path, "log.csv", b"id,at\n1," + b"x" * (9 << 20))
    assert refusal(path).code == "file.long_line"
    path = write(tmp_path, "log2.csv", b"id,at\n1," + b"x" * (2 << 20) + b"\n\n")
    assert refusal(path).code == "file.long_field"


@pytest.mark.parametrize("end", ["", "\n\n"])
def test_a_long_text_is_no_fault(tmp_path: Path, end: str) -> None:
    """A field of nearly a million characters, three bytes each, as a plain line and in the careful way."""
    note = "长" * 1_000_000
    path = write(tmp_path, "log.csv", f"id,at,note\n1,2024-01-01,{note}\n2,2024-01-01,{end}\n".encode())
    result = load_log(path, parse_log(SPEC), tmp_path / "batch.parquet", tmp_path / "rejects.csv")
    assert (result.cases, result.rejects) == (2, {} if not end else result.rejects)


def test_too_many_columns(tmp_path: Path) -> None:
    names = ",".join(f"c{n}" for n in range(3_000))
    assert refusal(write(tmp_path, "log.csv", f"id,at,{names}\n".encode())).code == "file.columns"


def book(path: Path, rows: list[list[Any]], change: Callable[[Any], None] | None = None) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if change:
        change(made)
    made.save(path)
    return path


def test_formulas_without_a_stored_value(tmp_path: Path) -> None:
    path = book(tmp_path / "log.xlsx", [["id", "at"], ["1", "=NOW()"]])
    error = refusal(path)
    assert (error.code, error.facts["cell"]) == ("file.formula", "B2")


def test_formulas_count_by_their_stored_value(tmp_path: Path) -> None:
    path = book(tmp_path / "plain.xlsx", [["id", "at"], ["1", "2024-01-01"]])
    stored = tmp_path / "log.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(stored, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            if part == "xl/worksheets/sheet1.xml":
                data = data.replace(
                    b'<c r="A2" t="inlineStr"><is><t>1</t></is></c>', b'<c r="A2"><f>40+2</f><v>42</v></c>'
                )
                assert b"<f>" in data
            new.writestr(part, data)
    result = load_log(stored, parse_log(SPEC), tmp_path / "batch.parquet", tmp_path / "rejects.csv")
    assert result.cases == 1


def test_cells_of_dates_numbers_and_nothing(tmp_path: Path) -> None:
    moment = dt.datetime(2024, 3, 1, 9, 5, 7)  # noqa: DTZ001 - a cell has no zone
    rows: list[list[Any]] = [
        [None, None, None],
        ["id", "at", "note"],
        [1001, moment, True],
        [None, None, None],
        ["A-2", "2024-03-02T10:00:00", 2.5],
        [1003.0, dt.date(2024, 3, 3)],
        ["A-4", 45352.5, "a number is not a time"],
        ["A-5", None, dt.time(9, 30)],
    ]
    path = book(tmp_path / "log.xlsx", rows)
    result = load_log(path, parse_log(SPEC), tmp_path / "batch.parquet", tmp_path / "rejects.csv")
    assert (result.rows, result.cases, result.milestones) == (5, 4, {"at": 3})
    with (tmp_path / "rejects.csv").open(encoding="utf-8") as file:
        [reject] = list(csv.DictReader(file))
    assert (reject["line"], reject["code"], reject["value"]) == ("7", "unreadable_time", "45352.5")


def test_sheets(tmp_path: Path) -> None:
    path = book(tmp_path / "log.xlsx", [["id", "at"]], lambda made: made.create_sheet("Other"))
    error = refusal(path, {**SPEC, "sheet": "Third"})
    assert (error.code, "“Other”" in str(error)) == ("file.sheet", True)
    assert refusal(path, {**SPEC, "sheet": "Other"}).code == "file.empty"


def rewritten(path: Path, target: Path, part: str, data: bytes) -> Path:
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        new.writestr(part, data)
    return target


def test_workbook_bombs(tmp_path: Path) -> None:
    plain = book(tmp_path / "plain.xlsx", [["id", "at"], ["1", "2024-01-01"]])
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
    begun = time.perf_counter()
    for number, part in enumerate(("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml")):
        bomb = f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><x>&e9;</x>'
        path = rewritten(plain, tmp_path / f"entities{number}.xlsx", part, bomb.encode())
        assert refusal(path).code == "file.not_a_workbook"
    path = rewritten(plain, tmp_path / "zeros.xlsx", "xl/media/image1.png", b" " * 50_000_000)
    assert path.stat().st_size < 100_000
    assert refusal(path, limits=Limits(workbook_bytes=10_000_000)).code == "file.too_large"
    assert time.perf_counter() - begun < 5


def test_a_row_with_a_number_that_no_sheet_has(tmp_path: Path) -> None:
    """The reader fills in every empty row before it: a thousand million of them, without a bound."""
    plain = book(tmp_path / "plain.xlsx", [["id", "at"], ["1", "2024-01-01"]])
    with zipfile.ZipFile(plain) as package:
        part = package.read("xl/worksheets/sheet1.xml")
    far = part.replace(b'<row r="2"', b'<row r="999999999"').replace(b'"A2"', b'"A999999999"')
    assert far != part
    path = rewritten(plain, tmp_path / "far.xlsx", "xl/worksheets/sheet1.xml", far)
    begun = time.perf_counter()
    assert take_sample(path, "far.xlsx", XLSX).rows == ()
    result = load_log(path, parse_log(SPEC), tmp_path / "batch.parquet", tmp_path / "rejects.csv")
    assert result.cases == 0
    assert time.perf_counter() - begun < 20


def test_archives_that_are_no_workbooks(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("../../escape.txt", "no")
    assert refusal(write(tmp_path, "log.xlsx", data.getvalue())).code == "file.not_a_workbook"
    assert not (tmp_path.parent.parent / "escape.txt").exists()


def test_random_bytes(tmp_path: Path) -> None:
    for number in range(20):
        path = write(tmp_path, f"r{number}.csv", os.urandom(4_000))
        assert refusal(path).code.startswith("file.")
