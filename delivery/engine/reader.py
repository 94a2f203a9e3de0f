# ruff: noqa: S608 - names are quoted and texts are literals (database.py), nothing else is put into SQL
"""Reading of CSV, XLSX and Parquet into one table of the database, times parsed, faults marked."""

import csv
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from core.columnar import literal, quoted
from delivery.engine import sheet
from delivery.engine.errors import InputError
from delivery.engine.source import (
    Limits,
    Progress,
    Source,
    Text,
    choose_delimiter,
    column_names,
    records,
    to_text,
)
from delivery.engine.spec import LogSpec
from delivery.engine.times import in_range, time_sql

CASE = "case_id"
LINE = "line_no"
_LINE = 1 << 20


@dataclass(slots=True)
class Found:
    """A file as read: names of its columns c0…, `table` as SQL, `line` as SQL over it (empty: the row's position)."""

    names: list[str]
    table: str
    line: str
    typed: bool
    rows: int
    broken: str = ""


@dataclass(slots=True)
class Reader:
    """Puts a file into the table `raw`: line, case_id, w<n> / u<n> of each milestone, fault and bad, and the texts."""

    connection: duckdb.DuckDBPyConnection
    source: Source
    log: LogSpec
    needed: list[str]
    folder: Path
    limits: Limits
    progress: Progress | None

    def read(self) -> Found:
        if self.source.kind == "parquet":
            return self._take(self._parquet())
        if self.source.kind == "xlsx":
            text = sheet.to_csv(self.source, self.log.sheet, self.folder, self.limits, self.progress)
            return self._take(self._rows(text, ",", numbered=True))
        text = to_text(self.source, self.log.encoding, self.folder, self.limits, self.progress)
        delimiter, header = choose_delimiter(text, self.log.delimiter, self.needed, self.source.name)
        names = column_names(header, self.needed, self.limits, self.source.name)
        if text.plain:
            columns = [f"c{number}" for number in range(len(names))]
            table = _csv_table(text.path, columns, delimiter, longest=text.longest, header=True)
            plain = Found(names, table, "", False, max(text.lines - 1, 0))
            # Any line that is not as it should be: then each row is looked at by itself.
            with suppress(duckdb.InvalidInputException):
                self._fill(plain)
                if one(self.connection, "SELECT count(*) FROM raw") == plain.rows:
                    return plain
        return self._take(self._rows(text, delimiter, numbered=False))

    def _take(self, found: Found) -> Found:
        try:
            self._fill(found)
        except duckdb.Error as error:
            if not found.broken:
                raise
            message = f"{found.broken} ({type(error).__name__})."
            raise InputError("file.broken", message, where=self.source.name) from None
        return found

    def _fill(self, found: Found) -> None:
        columns = {name: f"c{number}" for number, name in enumerate(found.names)}
        milestones = list(self.log.milestones.values())
        blanks = ", ".join(literal(each.strip()) for each in self.log.blank)
        others = [columns[name] for name in found.names if name not in self.own]
        line = f"{found.line} AS line, " if found.line else ""
        texts = [f"trim({columns[each.column]}) AS s{number}" for number, each in enumerate(milestones)]
        parsed = []
        inside = []
        unreadable = []
        values = []
        for number, each in enumerate(milestones):
            sql = time_sql(f"s{number}", each, typed=found.typed)
            parsed += [f"{sql.wall} AS a{number}", f"{sql.utc} AS b{number}"]
            inside += [f"{in_range(f'a{number}')} AS w{number}", f"{in_range(f'b{number}')} AS u{number}"]
            missing = f"w{number} IS NULL AND u{number} IS NULL AND s{number} NOT IN ({blanks})"
            unreadable.append(f"WHEN {missing} THEN {number}")
            values.append(f"WHEN {number} THEN left(s{number}, 200)")
        kept = ", ".join(["line"] * bool(line) + [CASE, *others])
        numbers = range(len(milestones))
        times = ", ".join(f"w{number}, u{number}" for number in numbers)
        trimmed = ", ".join(f"s{number}" for number in numbers)
        fault = f"CASE WHEN coalesce({CASE}, '') IN ({blanks}) THEN -1 {' '.join(unreadable)} END"
        self.connection.execute(
            f"CREATE OR REPLACE TABLE raw AS "
            f"SELECT {kept}, {times}, fault, CASE fault {' '.join(values)} END AS bad FROM ("
            f"SELECT {kept}, {times}, {trimmed}, {fault} AS fault FROM ("
            f"SELECT {kept}, {trimmed}, {', '.join(inside)} FROM ("
            f"SELECT {kept}, {trimmed}, {', '.join(parsed)} FROM ("
            f"SELECT {line}trim({columns[self.log.case]}) AS {CASE}, {', '.join([*texts, *others])} "
            f"FROM {found.table}))))"
        )

    @property
    def own(self) -> set[str]:
        """Columns that become the case and the milestones."""
        return {self.log.case, *(each.column for each in self.log.milestones.values())}

    def _rows(self, text: Text, delimiter: str, *, numbered: bool) -> Found:
        """Go through the records one by one, keeping the line of each and setting misfits aside."""
        clean, misfits = self.folder / "clean.csv", self.folder / "misfits.csv"
        names: list[str] = []
        rows = odd = width = longest = 0
        with (
            clean.open("w", encoding="utf-8", newline="") as file,
            misfits.open("w", encoding="utf-8", newline="") as aside,
        ):
            writer = csv.writer(file, lineterminator="\n")
            setter = csv.writer(aside, lineterminator="\n")
            for at_line, fields in records(text, delimiter, self.source.name):
                line, record = (int(fields[0]), fields[1:]) if numbered else (at_line, fields)
                if not width:
                    while numbered and record and not record[-1]:
                        record.pop()
                    names = column_names(record, self.needed, self.limits, self.source.name)
                    width = len(names)
                    continue
                rows += 1
                if len(record) > width and not any(record[width:]):
                    record = record[:width]
                elif numbered and len(record) < width:
                    record = record + [""] * (width - len(record))
                if len(record) != width:
                    odd += 1
                    found = f"{len(record)} instead of {width}"
                    setter.writerow([line, "", "wrong_number_of_fields", "", found])
                    continue
                longest = max(longest, 2 * width + 8 * sum(map(len, record)))
                writer.writerow([line, *record])
        columns = [f"c{number}" for number in range(width)]
        table = _csv_table(clean, ["line", *columns], ",", longest=longest)
        if rows == odd:
            table = (
                f"(SELECT 0 AS line, {', '.join(f'NULL::VARCHAR AS {each}' for each in columns)} WHERE false)"
            )
        if odd:
            listed = [LINE, CASE, "code", "field", "value"]
            self.connection.execute(
                f"INSERT INTO rejects SELECT * FROM {_csv_table(misfits, listed, ',', longest=0)}"
            )
        return Found(names, table, "line::BIGINT", numbered, rows)

    def _parquet(self) -> Found:
        table = f"read_parquet({literal(str(self.source.path))}, file_row_number = true)"
        broken = "the Parquet file cannot be read"
        try:
            described = self.connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
            rows = int(one(self.connection, f"SELECT count(*) FROM {table}"))
        except duckdb.Error as error:
            message = f"{broken} ({type(error).__name__})."
            raise InputError("file.broken", message, where=self.source.name) from None
        header = [str(row[0]) for row in described][:-1]
        names = column_names(header, self.needed, self.limits, self.source.name)
        texts = ", ".join(f"{quoted(name)}::VARCHAR AS c{number}" for number, name in enumerate(header))
        inner = f"(SELECT file_row_number + 1 AS line, {texts} FROM {table})"
        return Found(names, inner, "line", True, rows, broken)


def _csv_table(
    path: Path, columns: Sequence[str], delimiter: str, *, longest: int, header: bool = False
) -> str:
    """longest: bytes of the longest record; the database keeps buffers of many times that."""
    kinds = ", ".join(f"{literal(each)}: 'VARCHAR'" for each in columns)
    return (
        f"read_csv({literal(str(path))}, columns = {{{kinds}}}, delim = {literal(delimiter)}, "
        f"header = {header}, quote = '\"', escape = '\"', auto_detect = false, strict_mode = true, "
        f"compression = 'none', parallel = {header}, max_line_size = {max(_LINE, longest + 1_000)})"
    )


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0]
