# ruff: noqa: S608 - names are quoted and texts are literals (database.py), nothing else is put into SQL
"""A log of service events as it comes → one Parquet file of cases, and a file of the rows that could not be taken."""

import csv
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from delivery.engine import sheet
from delivery.engine.database import DEFAULT_SETTINGS, EngineSettings, literal, opened, quoted
from delivery.engine.errors import InputError
from delivery.engine.source import (
    CHUNK,
    Limits,
    Progress,
    Source,
    Text,
    choose_delimiter,
    column_names,
    records,
    take,
    to_text,
)
from delivery.engine.spec import LogSpec
from delivery.engine.times import TimeSql, time_sql
from delivery.engine.zone import offsets

CASE = "case_id"
LINE = "line_no"
REASONS = {
    "to_before_from": "the end lies before the start",
    "unreadable_time": "the time cannot be read in the form the specification gives",
    "missing_case": "the row has no identity of a case",
    "duplicate_case": "the case stands in an earlier row already",
    "wrong_number_of_fields": "the row has more or fewer fields than the first line",
}
# The four of the contract are always shown.
SHOWN_REASONS = ("to_before_from", "unreadable_time", "missing_case", "duplicate_case")
_FORMULA = r"^[=+\-@\t\r＝＋－＠]"


def milestone_column(name: str) -> str:
    return f"at_{name}"


def text_column(name: str) -> str:
    return f"x_{name}"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """rows: data rows in the file. cases: rows written, one a case. superseded: rows that a later (or earlier) row
    of the same case replaced. rejects: reason -> rows. columns: names as the Parquet file holds them, without those
    of the case and the milestones. first / last: of all times, µs of UTC, None without any.
    """

    rows: int
    cases: int
    superseded: int
    rejects: dict[str, int]
    columns: tuple[str, ...]
    milestones: dict[str, int]
    sha256: str
    parquet_sha256: str
    kind: str
    first: int | None = None
    last: int | None = None

    @property
    def reject_count(self) -> int:
        return sum(self.rejects.values())


@dataclass(slots=True)
class _Raw:
    """The table `raw` as read: text columns c0…, names beside. `line` is SQL for the line a row stands on."""

    names: list[str]
    line: str
    typed: bool
    rows: int
    misfits: int = 0
    positions: dict[str, int] = field(default_factory=dict)

    def column(self, name: str) -> str:
        return f"c{self.positions[name]}"


def load_log(
    path: Path | None,
    log: LogSpec,
    out_parquet: Path,
    rejects_csv: Path,
    progress: Progress | None = None,
    *,
    stream: BinaryIO | None = None,
    columns: Sequence[str] = (),
    limits: Limits | None = None,
    settings: EngineSettings = DEFAULT_SETTINGS,
) -> LoadResult:
    """Read a log (CSV, packed CSV, XLSX, Parquet; or a stream) and write its cases to `out_parquet`.

    columns: further columns that must be there (for populations and groups).
    progress: called with stage ("read", "store"), done and total.
    The Parquet file has case_id, line_no, at_<milestone> (TIMESTAMP WITH TIME ZONE, UTC) and x_<column> (text).
    Raises InputError for a file that cannot be read at all; single bad rows go to `rejects_csv`.
    """
    bounds = limits or Limits()
    needed = list(dict.fromkeys([log.case, *(each.column for each in log.milestones.values())]))
    with (
        tempfile.TemporaryDirectory(prefix="plumbline-", dir=settings.temp_directory) as place,
        opened(settings) as connection,
    ):
        folder = Path(place)
        source = take(path, stream, folder, bounds)
        connection.execute(
            f"CREATE TABLE rejects ({LINE} BIGINT, {CASE} VARCHAR, code VARCHAR, field VARCHAR, value VARCHAR)"
        )
        every = [*needed, *(each for each in columns if each not in needed)]
        raw = _read(connection, source, log, every, folder, bounds, progress)
        raw.positions = {name: number for number, name in enumerate(raw.names)}
        if progress:
            progress("store", 0, raw.rows)
        result = _store(connection, source, log, raw, needed, out_parquet, rejects_csv)
        if progress:
            progress("store", raw.rows, raw.rows)
        return result


def _read(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    log: LogSpec,
    needed: list[str],
    folder: Path,
    limits: Limits,
    progress: Progress | None,
) -> _Raw:
    if source.kind == "parquet":
        return _read_parquet(connection, source, needed, limits)
    if source.kind == "xlsx":
        text = sheet.to_csv(source, log.sheet, folder, limits, progress)
        return _read_rows(connection, text, ",", source, needed, folder, limits, numbered=True)
    text = to_text(source, log.encoding, folder, limits, progress)
    delimiter, header = choose_delimiter(text, log.delimiter, needed, source.name)
    if text.plain:
        names = column_names(header, needed, limits, source.name)
        if _read_plain(connection, text, delimiter, len(names)):
            return _Raw(names, "raw.rowid + 2", False, max(text.lines - 1, 0))
    return _read_rows(connection, text, delimiter, source, needed, folder, limits, numbered=False)


def _csv_table(path: Path, columns: Sequence[str], delimiter: str, *, header: bool, parallel: bool) -> str:
    kinds = ", ".join(f"{literal(each)}: 'VARCHAR'" for each in columns)
    return (
        f"read_csv({literal(str(path))}, columns = {{{kinds}}}, delim = {literal(delimiter)}, "
        f"header = {header}, quote = '\"', escape = '\"', auto_detect = false, strict_mode = true, "
        f"compression = 'none', parallel = {parallel}, max_line_size = 67108864)"
    )


def _read_plain(connection: duckdb.DuckDBPyConnection, text: Text, delimiter: str, width: int) -> bool:
    """Read text of one line a record in parallel. False when any line is not as it should be: then each row is
    looked at by itself.
    """
    table = _csv_table(
        text.path, [f"c{number}" for number in range(width)], delimiter, header=True, parallel=True
    )
    try:
        connection.execute(f"CREATE OR REPLACE TABLE raw AS SELECT * FROM {table}")
    except duckdb.Error:
        return False
    return bool(_one(connection, "SELECT count(*) FROM raw") == text.lines - 1)


def _read_rows(
    connection: duckdb.DuckDBPyConnection,
    text: Text,
    delimiter: str,
    source: Source,
    needed: list[str],
    folder: Path,
    limits: Limits,
    *,
    numbered: bool,
) -> _Raw:
    """Go through the records one by one, keeping the line of each and setting misfits aside."""
    clean = folder / "clean.csv"
    names: list[str] = []
    rows = misfits = 0
    width = 0
    with (
        clean.open("w", encoding="utf-8", newline="") as file,
        (folder / "misfits.csv").open("w", encoding="utf-8", newline="") as aside,
    ):
        writer = csv.writer(file, lineterminator="\n")
        setter = csv.writer(aside, lineterminator="\n")
        for at, fields in records(text, delimiter, source.name):
            line, record = (int(fields[0]), fields[1:]) if numbered else (at, fields)
            if not width:
                while numbered and record and not record[-1]:
                    record.pop()
                names = column_names(record, needed, limits, source.name)
                width = len(names)
                continue
            rows += 1
            if len(record) > width and not any(record[width:]):
                record = record[:width]
            elif numbered and len(record) < width:
                record = record + [""] * (width - len(record))
            if len(record) != width:
                misfits += 1
                setter.writerow([line, "", "wrong_number_of_fields", "", f"{len(record)} instead of {width}"])
                continue
            writer.writerow([line, *record])
    every = ["line", *(f"c{number}" for number in range(width))]
    table = _csv_table(clean, every, ",", header=False, parallel=False)
    texts = ", ".join(every[1:])
    connection.execute(
        f"CREATE OR REPLACE TABLE raw AS SELECT line::BIGINT AS line, {texts} FROM {table}"
        if rows > misfits
        else f"CREATE OR REPLACE TABLE raw (line BIGINT, {' VARCHAR, '.join(every[1:])} VARCHAR)"
    )
    if misfits:
        columns = [LINE, CASE, "code", "field", "value"]
        listed = _csv_table(folder / "misfits.csv", columns, ",", header=False, parallel=False)
        connection.execute(f"INSERT INTO rejects SELECT * FROM {listed}")
    return _Raw(names, "raw.line", numbered, rows, misfits)


def _read_parquet(
    connection: duckdb.DuckDBPyConnection, source: Source, needed: list[str], limits: Limits
) -> _Raw:
    table = f"read_parquet({literal(str(source.path))}, file_row_number = true)"
    try:
        header = [str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()]
        names = column_names(header[:-1], needed, limits, source.name)
        texts = ", ".join(f"{quoted(name)}::VARCHAR AS c{number}" for number, name in enumerate(header[:-1]))
        connection.execute(f"CREATE TABLE raw AS SELECT file_row_number + 1 AS line, {texts} FROM {table}")
    except duckdb.Error as error:
        raise InputError(
            "file.broken", f"the Parquet file cannot be read ({type(error).__name__}).", where=source.name
        ) from None
    return _Raw(names, "raw.line", True, int(_one(connection, "SELECT count(*) FROM raw")))


def _store(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    log: LogSpec,
    raw: _Raw,
    needed: list[str],
    out_parquet: Path,
    rejects_csv: Path,
) -> LoadResult:
    times = {
        name: time_sql(raw.column(each.column), each, log.blank, typed=raw.typed)
        for name, each in log.milestones.items()
    }
    case = f"trim({raw.column(log.case)})"
    blanks = ", ".join(literal(each.strip()) for each in log.blank)
    faults = " ".join(f"WHEN {each.unreadable} THEN {number}" for number, each in enumerate(times.values()))
    fault = f"CASE WHEN {raw.column(log.case)} IS NULL OR {case} IN ({blanks}) THEN -1 {faults} END"
    first, last = _range(connection, times)
    zone = offsets(log.timezone, first or 0, last or 0)

    fields = " ".join(
        f"WHEN {number} THEN {literal(each.column)}" for number, each in enumerate(log.milestones.values())
    )
    values = " ".join(f"WHEN {number} THEN {each.text}" for number, each in enumerate(times.values()))
    connection.execute(
        f"INSERT INTO rejects SELECT {raw.line}, {case}, "
        f"CASE WHEN fault < 0 THEN 'missing_case' ELSE 'unreadable_time' END, "
        f"CASE fault WHEN -1 THEN {literal(log.case)} {fields} END, left(CASE fault {values} END, 200) "
        f"FROM (SELECT *, rowid, {fault} AS fault FROM raw) AS raw WHERE fault IS NOT NULL"
    )
    connection.execute(
        f"CREATE TEMP VIEW good AS SELECT {raw.line} AS {LINE}, {case} AS {CASE}, * FROM raw WHERE ({fault}) IS NULL"
    )
    good, distinct = connection.execute(
        f"SELECT count(*), (SELECT count(*) FROM (SELECT {CASE} FROM good GROUP BY {CASE})) FROM good"
    ).fetchone()  # type: ignore[misc, unused-ignore]
    kept = ""
    superseded = 0
    if distinct < good:
        choose = "max" if log.duplicates == "last" else "min"
        connection.execute(
            f"CREATE TEMP TABLE winners AS SELECT {choose}({LINE}) AS winner FROM good GROUP BY {CASE}"
        )
        kept = f" WHERE {LINE} IN (SELECT winner FROM winners) ORDER BY {LINE}"
        if log.duplicates == "reject":
            connection.execute(
                f"INSERT INTO rejects SELECT {LINE}, {CASE}, 'duplicate_case', {literal(log.case)}, {CASE} "
                f"FROM good WHERE {LINE} NOT IN (SELECT winner FROM winners)"
            )
        else:
            superseded = good - distinct

    moments = [
        f"make_timestamp({each.at(zone)})::TIMESTAMPTZ AS {quoted(milestone_column(name))}"
        for name, each in times.items()
    ]
    others = [name for name in raw.names if name not in needed]
    texts = [f"coalesce({raw.column(name)}, '') AS {quoted(text_column(name))}" for name in others]
    facts = json.dumps({"timezone": log.timezone, "sha256": source.sha256}, sort_keys=True)
    partial = out_parquet.with_name(out_parquet.name + ".part")
    connection.execute(
        f"COPY (SELECT {', '.join([CASE, LINE, *moments, *texts])} FROM good{kept}) TO {literal(str(partial))} "
        f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{plumbline: {literal(facts)}}})"
    )
    partial.replace(out_parquet)
    reasons = dict(connection.execute("SELECT code, count(*) FROM rejects GROUP BY code").fetchall())
    write_rejects(connection, rejects_csv)
    counted = ", ".join(f"count({quoted(milestone_column(name))})" for name in times)
    with_time = connection.execute(
        f"SELECT {counted} FROM read_parquet({literal(str(out_parquet))})"
    ).fetchone()
    assert with_time is not None
    return LoadResult(
        rows=raw.rows,
        cases=int(distinct),
        superseded=int(superseded),
        rejects={code: int(reasons[code]) for code in REASONS if code in reasons},
        columns=tuple(others),
        milestones={name: int(count) for name, count in zip(times, with_time, strict=True)},
        sha256=source.sha256,
        parquet_sha256=file_sha256(out_parquet),
        kind=source.kind,
        first=first,
        last=last,
    )


def _range(connection: duckdb.DuckDBPyConnection, times: dict[str, TimeSql]) -> tuple[int | None, int | None]:
    """First and last of all times, to the day: local times are taken as they stand."""
    asked = ", ".join(
        f"min(coalesce({each.utc}, {each.wall})), max(coalesce({each.utc}, {each.wall}))"
        for each in times.values()
    )
    found: Any = connection.execute(f"SELECT {asked} FROM raw").fetchone()
    known = [int(value) for value in found if value is not None]
    return (min(known), max(known)) if known else (None, None)


def write_rejects(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """The rejects file: line, case, code, field, value, reason. Texts that a spreadsheet would run are made harmless."""
    sentences = " ".join(f"WHEN {literal(code)} THEN {literal(text)}" for code, text in REASONS.items())

    def safe(column: str) -> str:
        return (
            f"CASE WHEN regexp_matches({column}, {literal(_FORMULA)}) THEN '''' || {column} ELSE {column} END"
        )

    partial = path.with_name(path.name + ".part")
    connection.execute(
        f'COPY (SELECT {LINE} AS line, {safe(CASE)} AS "case", code, {safe("field")} AS field, '
        f"{safe('value')} AS value, CASE code {sentences} END AS reason FROM rejects ORDER BY {LINE}, code) "
        f"TO {literal(str(partial))} (FORMAT csv, HEADER)"
    )
    os.replace(partial, path)  # noqa: PTH105 - one step, also where the target exists


def append_rejects(path: Path, code: str, rows: Sequence[tuple[int, str, str]]) -> None:
    """Add rows of (line, case, field) that turned out bad only when they were measured."""

    def safe(text: str) -> str:
        return f"'{text}" if re.match(_FORMULA, text) else text

    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for line, case, name in rows:
            writer.writerow([line, safe(case), code, safe(name), "", REASONS[code]])


def file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0]
