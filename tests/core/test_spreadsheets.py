import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from core.documents.spreadsheets import (
    Limits,
    UnreadableTable,
    csv_lines,
    neutralise,
    read_table,
    write_csv,
    write_xlsx,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
PEOPLE = "工号,姓名,部门\n1001,王芳,路灯管理所\n1002,李娜,客服中心\n"


def put(folder: Path, data: bytes | str, name: str = "upload.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def workbook(folder: Path, rows: Sequence[Sequence[object]], name: str = "upload.xlsx") -> Path:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    path = folder / name
    book.save(path)
    return path


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "  =", "\ufeff="]
)
def test_dangerous_beginnings_are_neutralised(start: str) -> None:
    assert neutralise(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"


@pytest.mark.parametrize("harmless", ["", "路灯", "a=b", "5", "王-芳"])
def test_harmless_text_is_left_alone(harmless: str) -> None:
    assert neutralise(harmless) == harmless


def test_csv_opens_in_excel_and_keeps_kinds_apart() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8-sig", newline="")
    moment = datetime(2026, 11, 20, 1, 14, tzinfo=UTC)
    rows: list[list[Any]] = [
        ["=1+1", -3.5, date(2026, 3, 1), moment, None, True],
        ["a,b", 2, None, None, "x\ny", False],
    ]
    assert write_csv(stream, ["t", "n", "d", "m", "e", "b"], rows, zone=SHANGHAI) == 2
    stream.flush()
    raw = stream.buffer.getvalue()
    assert raw.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert read[1] == ["'=1+1", "-3.5", "2026-03-01", "2026-11-20 09:14:00", "", "TRUE"]
    assert read[2][4] == "x\ny"
    assert b"".join(csv_lines(["t", "n", "d", "m", "e", "b"], rows, zone=SHANGHAI)) == raw


def test_csv_starts_before_the_last_row_is_read() -> None:
    asked = 0

    def rows() -> object:
        nonlocal asked
        for number in range(50_000):
            asked = number
            yield ["x" * 40, number]

    lines = csv_lines(["a", "b"], rows())  # type: ignore[arg-type]
    next(lines)
    next(lines)
    assert asked < 5_000


def test_a_naive_moment_or_a_row_of_wrong_width_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        write_csv(io.StringIO(), ["m"], [[datetime(2026, 1, 1)]])  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="2 cells, the header 1"):
        write_csv(io.StringIO(), ["m"], [["a", "b"]])


def test_xlsx_has_real_numbers_and_dates_and_no_formulas(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    moment = datetime(2026, 11, 20, 1, 14, tzinfo=UTC)
    rows: list[list[Any]] = [
        ["=HYPERLINK(1)", 0.918, date(2026, 3, 1), moment, "http://example.org", 10**18, date(1850, 1, 1)],
        ["0012", None, None, None, "a\x00b", float("nan"), None],
    ]
    header = ["文本", "达标率", "日期", "时间", "网址", "大数", "早"]
    written = write_xlsx(path, header, rows, sheet="达标率/2026", share_columns=[1], zone=SHANGHAI)
    assert written == 2
    book = openpyxl.load_workbook(path)
    sheet: Any = book.active
    assert sheet.title == "达标率 2026"
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=HYPERLINK(1)", "s")
    assert sheet["B2"].value == 0.918
    assert sheet["B2"].number_format == "0.0%"
    assert sheet["C2"].value == datetime(2026, 3, 1)  # noqa: DTZ001 - sheets know no zones
    assert sheet["D2"].value == datetime(2026, 11, 20, 9, 14)  # noqa: DTZ001 - sheets know no zones
    assert sheet["E2"].hyperlink is None
    assert sheet["F2"].value == "1000000000000000000"
    assert sheet["G2"].value == "1850-01-01"
    assert sheet["A3"].value == "0012"
    assert sheet["E3"].value == "ab"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G3"
    with zipfile.ZipFile(path) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


def test_xlsx_is_the_same_bytes_for_the_same_rows() -> None:
    def make() -> bytes:
        out = io.BytesIO()
        write_xlsx(out, ["a"], [["x"], [1]], created=datetime(2026, 11, 20, tzinfo=UTC))
        return out.getvalue()

    assert make() == make()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_csv_of_any_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    rows = list(read_table(put(tmp_path, PEOPLE.encode(encoding)), required=["工号"]))
    assert rows == [
        (2, {"工号": "1001", "姓名": "王芳", "部门": "路灯管理所"}),
        (3, {"工号": "1002", "姓名": "李娜", "部门": "客服中心"}),
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, mark: str) -> None:
    path = put(tmp_path, PEOPLE.replace(",", mark))
    assert next(read_table(path))[1]["部门"] == "路灯管理所"


def test_line_numbers_count_lines_of_the_file(tmp_path: Path) -> None:
    path = put(tmp_path, 'a,b\n\n"one\ntwo",2\n3,4\n')
    assert list(read_table(path)) == [(3, {"a": "one\ntwo", "b": "2"}), (5, {"a": "3", "b": "4"})]


def test_a_workbook_gives_the_same_rows_as_text(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        [
            ["code", "n", "share", "day", "at", "on"],
            ["0012", 5, 0.25, date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), True],  # noqa: DTZ001 - sheets know no zones
            [],
            ["=x", 5.0, None, None, None, False],
        ],
    )
    book = openpyxl.load_workbook(path)
    sheet: Any = book.active
    sheet["A4"].data_type = "s"
    book.save(path)
    assert list(read_table(path)) == [
        (
            2,
            {
                "code": "0012",
                "n": "5",
                "share": "0.25",
                "day": "2026-03-01",
                "at": "2026-03-01 09:30:00",
                "on": "TRUE",
            },
        ),
        (4, {"code": "=x", "n": "5", "share": "", "day": "", "at": "", "on": "FALSE"}),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n\n", "no rows"),
        (b"a,a\n1,2\n", "two columns are called “a”"),
        (b"a,,c\n1,2,3\n", "column B has no name"),
        (b"a,b\n1,2\n1,2,3\n", "Line 3 has 3 cells"),
        (b'a,b\n1,"2\n', "quotation mark"),
        (b"a,b\n1,x\x01y\n", "Line 2, b: holds a control character"),
        (b"a,b\nok,1\ncaf\xe9,2\n", "Line 3 holds characters that are neither"),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, "image/png"),
        (b"%PDF-1.7\n" + b"\x00" * 64, "application/pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 64, "old or password-protected"),
        (b"PK\x03\x04 not a zip at all", "damaged"),
        (b"a,b\n" + b"x" * 5001 + b",1\n", "Line 2, a: the text is longer than 5,000"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "longer than 5,000"),
        (b"b\n1\n", "Column missing: a. The file has: b"),
    ],
)
def test_bad_text_files_are_refused_with_the_place(tmp_path: Path, content: bytes, says: str) -> None:
    required = ["a"] if content == b"b\n1\n" else []
    with pytest.raises(UnreadableTable, match=says):
        list(read_table(put(tmp_path, content), required=required))


def test_the_header_is_checked_before_the_first_row_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable) as caught:
        read_table(put(tmp_path, "x\n1\n"), required=["工号"])
    assert caught.value.column == "工号"


def test_limits_hold(tmp_path: Path) -> None:
    path = put(tmp_path, "a,b\n" + "1,2\n" * 6)
    with pytest.raises(UnreadableTable, match="more than 5 rows") as caught:
        list(read_table(path, limits=Limits(rows=5)))
    assert caught.value.line == 7
    with pytest.raises(UnreadableTable, match="more than 1 columns"):
        read_table(path, limits=Limits(columns=1))
    with pytest.raises(UnreadableTable, match="MB can be read"):
        read_table(path, limits=Limits(size=10))
    book = workbook(tmp_path, [["a", "b"], *[[1, 2]] * 60])
    with pytest.raises(UnreadableTable, match="more than 5 rows"):
        list(read_table(book, limits=Limits(rows=5)))
    with pytest.raises(UnreadableTable, match="more than 1 columns"):
        read_table(book, limits=Limits(columns=1))


def test_a_stored_workbook_is_read_though_its_name_has_no_ending(tmp_path: Path) -> None:
    stored = workbook(tmp_path, [["name", "day"], ["Lamp", "2026-11-20"]], name="0" * 64)
    assert list(read_table(stored, name="people.xlsx")) == [(2, {"name": "Lamp", "day": "2026-11-20"})]


def test_a_picture_called_xlsx_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, b"\x89PNG\r\n\x1a\n" + b"\x00" * 64)
    with pytest.raises(UnreadableTable, match="image/png"):
        read_table(path, name="people.xlsx")
    with pytest.raises(UnreadableTable, match=r"called \.xlsx"):
        read_table(put(tmp_path, "a,b\n1,2\n"), name="people.xlsx")


def test_formulas_and_errors_name_their_cell(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="Cell B3 holds a formula"):
        list(read_table(workbook(tmp_path, [["a", "b"], [1, 2], [3, "=A1+A2"]])))
    path = workbook(tmp_path, [["a"], ["#N/A"]])
    with pytest.raises(UnreadableTable, match="Cell A2 holds the error #N/A"):
        list(read_table(path))


def packed(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = packed(
        tmp_path / "bomb.xlsx", {"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b"0" * 40_000_000}
    )
    assert bomb.stat().st_size < 100_000
    with pytest.raises(UnreadableTable, match="would unpack to 40 MB"):
        read_table(bomb)


def test_another_package_is_not_a_workbook(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="not a workbook"):
        read_table(packed(tmp_path / "x.xlsx", {"word/document.xml": b"<x/>"}))


def rewritten(path: Path, part: str, change: tuple[bytes, bytes]) -> Path:
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert change[0] in parts[part]
    parts[part] = parts[part].replace(*change)
    return packed(path, parts)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_entities_in_a_workbook_are_refused(tmp_path: Path, part: str) -> None:
    path = workbook(tmp_path, [["a"], ["x"]])
    root = b"<worksheet" if "sheet1" in part else b"<workbook"
    attack = b'<!DOCTYPE w [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + root
    with pytest.raises(UnreadableTable, match="damaged"):
        list(read_table(rewritten(path, part, (root, attack))))


def test_a_sheet_that_lies_about_its_size_does_not_cost_memory(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], ["x"]])
    change = (b'ref="A1:A2"', b'ref="A1:XFD1048576"')
    assert list(read_table(rewritten(path, "xl/worksheets/sheet1.xml", change))) == [(2, {"a": "x"})]


def test_empty_rows_are_bounded(tmp_path: Path) -> None:
    """Ten megabytes of nothing are not read to their end."""
    path = put(tmp_path, b"a,b\n" + b"\n" * 100_000 + b"1,2\n")
    assert [line for line, _row in read_table(path)] == [100_002]
    path = put(tmp_path, b"a,b\n" + b",\n" * 100_001 + b"1,2\n")
    with pytest.raises(UnreadableTable, match="more than 100,000 empty rows"):
        list(read_table(path))
