# ruff: noqa: S608 - names are quoted and texts are literals (database.py), nothing else is put into SQL
"""A log of service events as it comes → one Parquet file of cases, and a file of the rows that could not be taken."""

import csv
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from core.columnar import DEFAULT_SETTINGS, EngineSettings, literal, opened, quoted
from delivery.engine.reader import CASE, LINE, Found, Reader
from delivery.engine.source import CHUNK, Limits, Progress, Source, take
from delivery.engine.spec import LogSpec
from delivery.engine.times import at
from delivery.engine.zone import offsets

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
        reader = Reader(connection, source, log, every, folder, bounds, progress)
        found = reader.read()
        if progress:
            progress("store", 0, found.rows)
        result = _store(connection, source, log, found, needed, out_parquet, rejects_csv)
        if progress:
            progress("store", found.rows, found.rows)
        return result


def _store(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    log: LogSpec,
    found: Found,
    needed: list[str],
    out_parquet: Path,
    rejects_csv: Path,
) -> LoadResult:
    times = list(log.milestones)
    first, last = _range(connection, len(times))
    zone = offsets(log.timezone, first or 0, last or 0)
    line = "line" if found.line else "rowid + 2"
    fields = " ".join(
        f"WHEN {number} THEN {literal(each.column)}" for number, each in enumerate(log.milestones.values())
    )
    connection.execute(
        f"INSERT INTO rejects SELECT {line}, {CASE}, "
        f"CASE WHEN fault < 0 THEN 'missing_case' ELSE 'unreadable_time' END, "
        f"CASE fault WHEN -1 THEN {literal(log.case)} {fields} END, bad FROM raw WHERE fault IS NOT NULL"
    )
    connection.execute(f"CREATE TEMP VIEW good AS SELECT {line} AS {LINE}, * FROM raw WHERE fault IS NULL")
    counted = connection.execute(
        f"SELECT count(*), (SELECT count(*) FROM (SELECT {CASE} FROM good GROUP BY {CASE})) FROM good"
    ).fetchone()
    good, distinct = counted or (0, 0)
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
        f"make_timestamp({at(number, zone)})::TIMESTAMPTZ AS {quoted(milestone_column(name))}"
        for number, name in enumerate(times)
    ]
    others = {name: f"c{number}" for number, name in enumerate(found.names) if name not in needed}
    texts = [f"coalesce({short}, '') AS {quoted(text_column(name))}" for name, short in others.items()]
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
        rows=found.rows,
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


def _range(connection: duckdb.DuckDBPyConnection, milestones: int) -> tuple[int | None, int | None]:
    """First and last of all times, to the day: local times are taken as they stand."""
    columns = [f"{letter}{number}" for number in range(milestones) for letter in "wu"]
    asked = ", ".join(f"min({each}), max({each})" for each in columns)
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
