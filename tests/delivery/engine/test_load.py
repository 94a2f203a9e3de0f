"""Logs of every make become the same batch; rows that cannot be taken are named with line and reason."""

import csv
import datetime as dt
import gzip
import io
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from core.columnar import opened
from delivery.engine.load import LoadResult, load_log
from delivery.engine.spec import parse_log

ROWS = '''\
number,area,received,closed
A1,North,3/1/2024 9:05 AM,3/4/2024 10:00 AM
A2,"South, ""old""",3/9/2024 11:30 PM,
A3,East,11/3/2024 1:30 AM,11/3/2024 3:00 AM
A4,"two
lines",3/10/2024 2:30 AM,3/11/2024 8:00 AM
,West,3/1/2024 9:05 AM,
A6,West,3/32/2024 9:05 AM,
A1,North again,3/1/2024 9:05 AM,3/5/2024 10:00 AM
'''
FORM = "%m/%d/%Y %I:%M %p"


def log(**more: Any) -> dict[str, Any]:
    return {
        "timezone": "America/New_York",
        "case": "number",
        "milestones": {
            "received": {"column": "received", "format": FORM},
            "closed": {"column": "closed", "format": FORM},
        },
        **more,
    }


def load(path: Path, spec: dict[str, Any], **more: Any) -> LoadResult:
    return load_log(path, parse_log(spec), path.parent / "batch.parquet", path.parent / "rejects.csv", **more)


def batch(path: Path) -> list[dict[str, Any]]:
    with opened() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path.parent / "batch.parquet")])
        names = [each[0] for each in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def rejects(path: Path) -> list[dict[str, str]]:
    with (path.parent / "rejects.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type, misc]


def test_rows_times_and_rejects(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(ROWS, "utf-8")
    result = load(path, log())
    assert (result.rows, result.cases, result.superseded) == (7, 4, 1)
    assert result.rejects == {"unreadable_time": 1, "missing_case": 1}
    assert result.columns == ("area",)
    rows = {row["case_id"]: row for row in batch(path)}
    # The last row of a case wins; a field with a line break moves the lines after it.
    assert (rows["A1"]["line_no"], rows["A1"]["x_area"]) == (9, "North again")
    assert (rows["A4"]["line_no"], rows["A4"]["x_area"]) == (5, "two\nlines")
    assert rows["A2"]["x_area"] == 'South, "old"'
    # Local time: 1:30 comes twice on the autumn night (the first is meant), 2:30 is leapt over in spring.
    assert rows["A3"]["at_received"] == utc(2024, 11, 3, 5, 30)
    assert rows["A3"]["at_closed"] == utc(2024, 11, 3, 8)
    assert rows["A4"]["at_received"] == utc(2024, 3, 10, 7, 30)
    assert rows["A2"]["at_closed"] is None
    found = [(each["line"], each["code"], each["field"], each["value"]) for each in rejects(path)]
    assert found == [
        ("7", "missing_case", "number", ""),
        ("8", "unreadable_time", "received", "3/32/2024 9:05 AM"),
    ]


def test_first_and_reject(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(ROWS, "utf-8")
    assert load(path, log(duplicates="first")).superseded == 1
    assert {row["case_id"]: row["line_no"] for row in batch(path)}["A1"] == 2
    assert load(path, log(duplicates="reject")).rejects["duplicate_case"] == 1
    assert {row["case_id"]: row["line_no"] for row in batch(path)}["A1"] == 2
    assert [each["line"] for each in rejects(path)] == ["7", "8", "9"]


def test_every_make_gives_the_same(tmp_path: Path) -> None:
    plain = tmp_path / "log.csv"
    plain.write_text(ROWS, "utf-8")
    load(plain, log())
    expected = [{name: value for name, value in row.items() if name != "line_no"} for row in batch(plain)]

    def same(path: Path, spec: dict[str, Any], **more: Any) -> None:
        result = load(path, spec, **more)
        found = [{name: value for name, value in row.items() if name != "line_no"} for row in batch(path)]
        assert found == expected
        assert result.reject_count == 2

    table = list(csv.reader(io.StringIO(ROWS)))
    semicolons = io.StringIO()
    csv.writer(semicolons, delimiter=";", lineterminator="\r\n").writerows(table)
    for name, data, spec in (
        ("bom.csv", b"\xef\xbb\xbf" + ROWS.encode(), log()),
        ("packed.csv.gz", gzip.compress(ROWS.encode(), mtime=0), log()),
        ("semicolon.csv", semicolons.getvalue().encode("utf-16"), log(encoding="utf-16")),
        ("named [1]*?.csv", semicolons.getvalue().encode(), log(delimiter=";")),
        ("latin.csv", ROWS.encode("cp1252"), log(encoding="cp1252")),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        same(path, spec)

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "log"
    for number, row in enumerate(table):
        cells: list[Any] = list(row)
        if number == 1:
            cells[2] = dt.datetime(2024, 3, 1, 9, 5)  # noqa: DTZ001 - a cell has no zone
        sheet.append(cells)
    book.save(tmp_path / "book.xlsx")
    same(tmp_path / "book.xlsx", log(sheet="log"))

    with opened() as connection:
        connection.execute(
            "CREATE TABLE rows (number VARCHAR, area VARCHAR, received VARCHAR, closed VARCHAR)"
        )
        for row in table[1:]:
            connection.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", row)
        connection.execute(f"COPY rows TO '{tmp_path / 'rows.parquet'}' (FORMAT parquet)")
    same(tmp_path / "rows.parquet", log())


def test_typed_parquet(tmp_path: Path) -> None:
    """Times of a Parquet file may be times: with a zone, without (local), to the nanosecond, or dates."""
    path = tmp_path / "log.parquet"
    with opened() as connection:
        connection.execute(
            "COPY (SELECT 1 AS id, TIMESTAMPTZ '2024-01-01 10:00:00+00' AS a, TIMESTAMP '2024-01-01 10:00:00' AS b, "
            "'2024-01-01 10:00:00.123456789'::TIMESTAMP_NS AS c, DATE '2024-01-01' AS d, 2.5 AS number, [1, 2] AS list "
            f"UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL) TO '{path}' (FORMAT parquet)"
        )
    spec = {"timezone": "Asia/Shanghai", "case": "id", "milestones": {name: name for name in "abcd"}}
    result = load(path, spec)
    assert (result.rows, result.rejects) == (2, {"missing_case": 1})
    [row] = batch(path)
    assert row["at_a"] == utc(2024, 1, 1, 10)
    assert row["at_b"] == utc(2024, 1, 1, 2)
    assert row["at_c"] == utc(2024, 1, 1, 2, 0, 0, 123_456)
    assert row["at_d"] == utc(2023, 12, 31, 16)
    assert (row["case_id"], row["x_number"], row["x_list"]) == ("1", "2.5", "[1, 2]")


def test_standard_input(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    result = load_log(
        None,
        parse_log(log()),
        tmp_path / "batch.parquet",
        tmp_path / "rejects.csv",
        stream=io.BytesIO(gzip.compress(ROWS.encode())),
    )
    assert (result.rows, result.cases) == (7, 4)
    assert len(batch(path)) == 4


def test_fast_and_careful_reading_agree(tmp_path: Path) -> None:
    """The same rows once as plain lines, read in parallel, and once with a blank line, which takes the other way."""
    lines = [f"C{n},area {n % 7},2024-01-{n % 28 + 1:02d}T{n % 24:02d}:00:00Z" for n in range(5_000)]
    lines[4_321] = "C4321,broken,2024-01-45"
    plain, blank = tmp_path / "a" / "plain.csv", tmp_path / "b" / "blank.csv"
    for path, text in (
        (plain, "\n".join(["id,area,at", *lines])),
        (blank, "\n".join(["id,area,at", *lines, "", ""])),
    ):
        path.parent.mkdir()
        path.write_text(text, "utf-8")
        result = load(path, {"case": "id", "milestones": {"at": "at"}})
        assert (result.rows, result.cases) == (5_000, 4_999)
        assert [each["line"] for each in rejects(path)] == ["4323"]
    assert batch(plain) == batch(blank)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-06", utc(2024, 5, 5, 16)),
        ("2024-05-06T07:08", utc(2024, 5, 5, 23, 8)),
        ("2024-05-06 07:08:09.25", utc(2024, 5, 5, 23, 8, 9, 250_000)),
        ("2024-05-06T07:08:09Z", utc(2024, 5, 6, 7, 8, 9)),
        ("2024-05-06T07:08:09+02:00", utc(2024, 5, 6, 5, 8, 9)),
        ("2024-05-06T07:08:09-0330", utc(2024, 5, 6, 10, 38, 9)),
        (" 2024-05-06 ", utc(2024, 5, 5, 16)),
        ("2024-5-6", None),
        ("06.05.2024", None),
        ("20240506", None),
        ("2024-02-30", None),
        ("9999-12-31", None),
        ("45000", None),
        ("yesterday", None),
    ],
)
def test_iso_times(tmp_path: Path, text: str, expected: dt.datetime | None) -> None:
    path = tmp_path / "log.csv"
    path.write_text(f"id,at\n1,{text}\n", "utf-8")
    load(path, {"timezone": "Asia/Shanghai", "case": "id", "milestones": {"at": "at"}})
    assert [row["at_at"] for row in batch(path)] == ([expected] if expected else [])
    assert [each["code"] for each in rejects(path)] == ([] if expected else ["unreadable_time"])


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%Y/%m/%d %H:%M:%S", "2019/4/5 9:02:09", utc(2019, 4, 5, 1, 2, 9)),
        ("%Y年%m月%d日 %H时%M分", "2019年4月5日 9时2分", utc(2019, 4, 5, 1, 2)),
        ("%d-%b-%y", "5-Apr-19", utc(2019, 4, 4, 16)),
        ("%m/%d/%y", "03/22/23", utc(2023, 3, 21, 16)),
        ("%Y-%m-%d %H:%M:%S %z", "2019-04-05 09:00:00 +0000", utc(2019, 4, 5, 9)),
    ],
)
def test_forms_of_times(tmp_path: Path, form: str, text: str, expected: dt.datetime) -> None:
    path = tmp_path / "log.csv"
    path.write_text(f"id,at\n1,{text}\n", "utf-8")
    spec = {"timezone": "Asia/Shanghai", "case": "id", "milestones": {"at": {"column": "at", "format": form}}}
    load(path, spec)
    assert [row["at_at"] for row in batch(path)] == [expected]


def test_blank_words(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("id,at\n1,NA\n?,2024-01-01\n3,\n", "utf-8")
    result = load(path, {"case": "id", "milestones": {"at": "at"}, "blank": ["NA", "?"]})
    assert result.rejects == {"missing_case": 1}
    assert [row["at_at"] for row in batch(path)] == [None, None]


def test_rows_of_another_width(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("id,at\n1,2024-01-01\n2\n3,2024-01-01,more\n4,2024-01-01,,\n", "utf-8")
    result = load(path, {"case": "id", "milestones": {"at": "at"}})
    assert result.rejects == {"wrong_number_of_fields": 2}
    assert [row["case_id"] for row in batch(path)] == ["1", "4"]
    assert [(each["line"], each["value"]) for each in rejects(path)] == [
        ("3", "1 instead of 2"),
        ("4", "3 instead of 2"),
    ]


def test_names_of_columns(tmp_path: Path) -> None:
    """Repeated and empty names that nobody asked for are told apart; hostile ones are only names."""
    path = tmp_path / "log.csv"
    path.write_text('id,at,Note,note,,"""; DROP TABLE raw; --"\n1,2024-01-01,a,b,c,d\n', "utf-8")
    result = load(path, {"case": "id", "milestones": {"at": "at"}})
    assert result.columns == ("Note", "note (2)", "column 5", '"; DROP TABLE raw; --')
    [row] = batch(path)
    assert (row["x_Note"], row["x_note (2)"], row['x_"; DROP TABLE raw; --']) == ("a", "b", "d")


def test_rejects_are_safe_in_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("id,at\n=1+1,@SUM(A1)\n", "utf-8")
    load(path, {"case": "id", "milestones": {"at": "at"}})
    assert [(each["case"], each["value"]) for each in rejects(path)] == [("'=1+1", "'@SUM(A1)")]


def test_the_batch_is_plain_parquet(tmp_path: Path) -> None:
    """Anyone can open it: times carry their zone, and a failed import leaves no half-written batch."""
    path = tmp_path / "log.csv"
    path.write_text(ROWS, "utf-8")
    load(path, log())
    with duckdb.connect() as connection:
        kinds = connection.execute(
            "SELECT column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))",
            [str(tmp_path / "batch.parquet")],
        ).fetchall()
    assert [kind for (kind,) in kinds] == [
        "VARCHAR",
        "BIGINT",
        "TIMESTAMP WITH TIME ZONE",
        "TIMESTAMP WITH TIME ZONE",
        "VARCHAR",
    ]
    assert not list(tmp_path.glob("*.part"))
