# ruff: noqa: S608 - names are quoted and texts are literals (below), nothing else is put into SQL
"""Answers from a file: CSV (packed or not), XLSX, Parquet. Columns of numbers become float64, others texts."""

import csv
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import numpy as np
from numpy.typing import NDArray

from core.lazytext import _l
from satisfaction.methods import books
from satisfaction.methods.answers import BLANK, Answers, Objects
from satisfaction.methods.refusal import Refusal
from satisfaction.methods.source import (
    MOST_BYTES,
    MOST_CELLS,
    MOST_LINE,
    MOST_ROWS,
    FileSpec,
    Source,
    column_names,
    header,
    records,
    take,
    to_text,
)

#: leading zeros and figures beyond 15 places are names, not numbers
_CODE = re.compile(r"0\d+\Z|\d{16,}\Z")
_SAMPLE = 1_000
_SPACE = "' \t\r\n'"
_BETWEEN = "\x1f"
_NUMERIC = {f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")} | {
    "INTEGER",
    "UINTEGER",
    "FLOAT",
    "DOUBLE",
    "BOOLEAN",
}


def read_answers(
    path: Path | None,
    how: FileSpec | None = None,
    *,
    stream: BinaryIO | None = None,
    threads: int = 1,
    most_bytes: int = MOST_BYTES,
) -> Answers:
    """The table in a file, or in `stream`. Raises Refusal naming file, line and what is wrong."""
    asked = how or FileSpec()
    with tempfile.TemporaryDirectory(prefix="plumbline-") as place:
        folder = Path(place)
        source = take(path, stream, folder, most_bytes)
        with _opened(folder, threads) as database:
            if source.kind == "parquet":
                return _parquet(database, source)
            if source.kind == "xlsx":
                book = books.to_csv(source, asked.sheet, folder)
                return _rows(database, source, asked, book, ",", folder, numbered=True)
            text = to_text(source, asked.encoding, folder, most_bytes)
            delimiter, first, line = header(text, asked.delimiter, source.name)
            if text.ends - 1 > MOST_ROWS:
                raise _too_many(source.name)
            names, doubled = column_names(first, source.name)
            columns: dict[str, NDArray[Any]] = {}
            if line == 1 and len(names) > 1:  # in a single column a blank line would pass for an answer
                table = _csv(text.path, len(names), delimiter, skip=True)
                sample = _sample(text.path, delimiter, source.name)
                with suppress(duckdb.InvalidInputException):
                    columns = _columns(database, table, names, sample, asked)
            if columns and len(next(iter(columns.values()))) == text.ends - 1:
                return _answers(source, columns, None, doubled)
            # A line that is not as it should be, or blank, or broken inside quotes: each record is looked at.
            return _rows(database, source, asked, text.path, delimiter, folder, numbered=False)


@contextmanager
def _opened(folder: Path, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    spill = folder / "spill"
    spill.mkdir()
    database = duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "memory_limit": "3GB",
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        },
    )
    try:
        database.execute("SET enable_progress_bar = false")
        yield database
    finally:
        database.close()


def _answers(
    source: Source,
    columns: dict[str, NDArray[Any]],
    lines: NDArray[np.int64] | None,
    doubled: frozenset[str] = frozenset(),
) -> Answers:
    rows = len(next(iter(columns.values()))) if columns else 0
    if not rows:
        raise Refusal(_l("The file “%(field)s” has column names but no answers."), field=source.name)
    return Answers(columns, rows, source.sha256, lines, doubled)


def _too_many(name: str) -> Refusal:
    return Refusal(
        _l("The file “%(field)s” has more than %(most)s rows, or too many cells."),
        field=name,
        most=MOST_ROWS,
    )


# text ----------------------------------------------------------------------------------------------------------


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _csv(path: Path, width: int, delimiter: str, *, skip: bool) -> str:
    kinds = ", ".join(f"c{number}: 'VARCHAR'" for number in range(width))
    return (
        f"read_csv({_literal(str(path))}, columns = {{{kinds}}}, delim = {_literal(delimiter)}, "
        f"header = {skip}, quote = '\"', escape = '\"', auto_detect = false, strict_mode = true, "
        f"compression = 'none', max_line_size = {MOST_LINE})"
    )


def _sample(path: Path, delimiter: str, name: str) -> list[list[str]]:
    return [record for _, record in islice(records(path, delimiter, name), 1, _SAMPLE + 1)]


def _columns(
    database: duckdb.DuckDBPyConnection,
    table: str,
    names: Sequence[str],
    sample: list[list[str]],
    how: FileSpec,
) -> dict[str, NDArray[Any]]:
    """All columns in one reading; those that the sample took for numbers wrongly in a second."""
    blanks = {*BLANK, *(each.casefold() for each in how.blank)}
    numeric = [
        all(
            _is_number(record[place], how.decimal) or record[place].strip().casefold() in blanks
            for record in sample
            if place < len(record)
        )
        for place in range(len(names))
    ]
    # One text to look into: the database makes a join of a list with IN, which takes four times as long.
    listed = _literal(_BETWEEN + _BETWEEN.join(sorted(blanks)) + _BETWEEN)
    mark = _literal(_BETWEEN)
    wanted = []
    for place, as_number in enumerate(numeric):
        cell = f"c{place}" if how.decimal == "." else f"replace(c{place}, ',', '.')"
        bare = f"lower(trim(c{place}, {_SPACE}))"
        empty = f"c{place} IS NULL OR contains({listed}, {mark} || {bare} || {mark})"
        wanted.append(
            f"coalesce(TRY_CAST({cell} AS DOUBLE), CASE WHEN {empty} THEN NULL ELSE 'nan'::DOUBLE END) AS c{place}"
            if as_number
            else f"trim(c{place}, {_SPACE}) AS c{place}"
        )
    found = database.execute(f"SELECT {', '.join(wanted)} FROM {table}").fetchnumpy()
    if len(names) * len(found["c0"]) > MOST_CELLS:
        raise _too_many("DATA")
    made: dict[str, NDArray[Any]] = {}
    again = []
    for place, name in enumerate(names):
        values = found.pop(f"c{place}")
        if numeric[place]:
            given, values = _split(values)
            if np.isnan(values[given] if given is not None else values).any():
                again.append(place)  # some text that is no number
        else:
            values = _texts(values, how)
        made[name] = values
    if again:
        listed = ", ".join(f"trim(c{place}, {_SPACE}) AS c{place}" for place in again)
        found = database.execute(f"SELECT {listed} FROM {table}").fetchnumpy()
        for place in again:
            made[names[place]] = _numbers_or_texts(_texts(found.pop(f"c{place}"), how), how, blanks)
    return made


def _split(values: Any) -> tuple[NDArray[np.bool_] | None, NDArray[np.float64]]:
    """Where a value was given (None: everywhere), and the values with NaN elsewhere."""
    if isinstance(values, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(values)
        return ~mask, np.asarray(values.filled(np.nan), dtype=np.float64)
    return None, np.asarray(values, dtype=np.float64)


def _texts(values: Any, how: FileSpec) -> Objects:
    mask = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    made = np.array(np.ma.getdata(values), dtype=object)
    if mask is not None:
        made[mask] = None
    empty = {"", *how.blank}
    made[[each in empty for each in made]] = None
    return made


def _is_number(text: str, decimal: str) -> bool:
    bare = text.strip()
    if _CODE.match(bare) or "_" in bare:
        return False
    try:
        float(bare if decimal == "." else bare.replace(",", "."))
    except ValueError:
        return False
    return True


def _numbers_or_texts(values: Objects, how: FileSpec, blanks: set[str]) -> NDArray[Any]:
    """A column of numbers and words for "no answer" only is one of numbers."""
    made = np.full(len(values), np.nan)
    for row, each in enumerate(values):
        if each is None or each.casefold() in blanks:
            continue
        if not _is_number(each, how.decimal):
            return values
        made[row] = float(each if how.decimal == "." else each.replace(",", "."))
    return made


def _rows(
    database: duckdb.DuckDBPyConnection,
    source: Source,
    how: FileSpec,
    path: Path,
    delimiter: str,
    folder: Path,
    *,
    numbered: bool,
) -> Answers:
    """Go through the records one by one. `numbered`: the first field of each is its row in the sheet."""
    clean = folder / "clean.csv"
    names: list[str] = []
    doubled: frozenset[str] = frozenset()
    lines: list[int] = []
    sample: list[list[str]] = []
    with clean.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for at_line, fields in records(path, delimiter, source.name):
            line, record = (int(fields[0]), fields[1:]) if numbered else (at_line, fields)
            if not names:
                while numbered and record and not record[-1].strip():
                    record.pop()
                names, doubled = column_names(record, source.name)
                continue
            if not any(each.strip() for each in record):
                continue
            if len(record) > len(names) and not any(record[len(names) :]):
                record = record[: len(names)]
            elif numbered and len(record) < len(names):
                record += [""] * (len(names) - len(record))
            if len(record) != len(names):
                raise Refusal(
                    _l("The file “%(field)s”, line %(line)s has %(found)s fields instead of %(expected)s."),
                    field=source.name,
                    line=line,
                    found=len(record),
                    expected=len(names),
                )
            lines.append(line)
            if len(lines) > MOST_ROWS:
                raise _too_many(source.name)
            if len(sample) < _SAMPLE:
                sample.append(record)
            writer.writerow([each.replace("\r\n", "\n").replace("\r", "\n") for each in record])
    if not lines:
        return _answers(source, {}, None)
    table = _csv(clean, len(names), ",", skip=False)
    columns = _columns(database, table, names, sample, how)
    return _answers(source, columns, np.array(lines, dtype=np.int64), doubled)


# Parquet -------------------------------------------------------------------------------------------------------


def _parquet(database: duckdb.DuckDBPyConnection, source: Source) -> Answers:
    table = f"read_parquet({_literal(str(source.path))})"
    try:
        described = database.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
        counted = database.execute(f"SELECT count(*) FROM {table}").fetchone()
        rows = int(counted[0]) if counted else 0
        if rows > MOST_ROWS or rows * len(described) > MOST_CELLS:
            raise _too_many(source.name)
        names, doubled = column_names([str(row[0]) for row in described], source.name)
        numeric = [str(row[1]) in _NUMERIC or str(row[1]).startswith("DECIMAL") for row in described]
        wanted = [
            f'"{str(row[0]).replace(chr(34), chr(34) * 2)}"::{"DOUBLE" if numeric[place] else "VARCHAR"} AS c{place}'
            for place, row in enumerate(described)
        ]
        found = database.execute(f"SELECT {', '.join(wanted)} FROM {table}").fetchnumpy()
    except duckdb.Error as error:
        raise Refusal(
            _l("The Parquet file “%(field)s” is damaged and cannot be read (%(kind)s)."),
            field=source.name,
            kind=type(error).__name__,
        ) from None
    how = FileSpec()
    columns: dict[str, NDArray[Any]] = {}
    for place, name in enumerate(names):
        values = found.pop(f"c{place}")
        columns[name] = _split(values)[1] if numeric[place] else _texts(values, how)
    return _answers(source, columns, np.arange(1, rows + 1, dtype=np.int64), doubled)
