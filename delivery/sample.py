"""The beginning of a file, for guesses and previews: bounded in bytes and rows, no web and no database.

Reads what the engine reads and refuses what it refuses, but never more than the first rows.
"""

import codecs
import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from delivery.engine.errors import InputError
from delivery.engine.spec import is_delimiter, is_text_encoding

ROWS = 4_000
BYTES = 6 << 20
MOST_FIELD = 1 << 20
MOST_COLUMNS = 2_000
DELIMITERS = (",", ";", "\t", "|")

PARQUET = "application/vnd.apache.parquet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GZIP = "application/gzip"
ACCEPTED = frozenset({PARQUET, XLSX, GZIP, "text/csv", "text/plain"})
ENCODINGS = ("utf-8", "gb18030", "big5", "windows-1252", "utf-16", "shift_jis")


@dataclass(frozen=True, slots=True)
class Sample:
    """rows: (line, cells). whole: the file has no further rows. typed: dates of cells are ISO texts (XLSX, Parquet)."""

    kind: str
    encoding: str
    delimiter: str
    sheet: str
    sheets: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    whole: bool

    @property
    def typed(self) -> bool:
        return self.kind in {"xlsx", "parquet"}


@lru_cache(maxsize=4)
def take_sample(
    path: Path, name: str, media_type: str, *, encoding: str = "", delimiter: str = "", sheet: str = ""
) -> Sample:
    """Header and first rows of a stored file (stored files never change, so the last few are kept in memory).

    Raises InputError, in the words of the engine, for what cannot be read as a table.
    """
    if media_type == PARQUET:
        return _parquet(path, name)
    if media_type == XLSX:
        return _workbook(path, name, sheet)
    return _text(path, name, media_type == GZIP, encoding, delimiter)


# --- text ----------------------------------------------------------------------------------------------------


def _text(path: Path, name: str, packed: bool, encoding: str, delimiter: str) -> Sample:
    if encoding and not is_text_encoding(encoding):
        raise LookupError(encoding)
    data, whole = _head(path, name, packed=packed)
    if not data:
        raise InputError("file.empty", "the file is empty.", where=name)
    chosen = encoding or _guess_encoding(data)
    text = _decoded(data, chosen, name)
    used = delimiter if delimiter and is_delimiter(delimiter) else _guess_delimiter(text)
    records = _records(text, used, name, whole=whole)
    header = next(records, None)
    if header is None:
        raise InputError("file.empty", "the file has no line with text.", where=name)
    rows = []
    for number, (line, cells) in enumerate(records):
        if number >= ROWS:
            whole = False
            break
        rows.append((line, tuple(cells)))
    return Sample("text", chosen, used, "", (), _header(header[1], name), tuple(rows), whole)


def _head(path: Path, name: str, *, packed: bool) -> tuple[bytes, bool]:
    """First bytes after unpacking, cut at the end of a line, and whether that is all."""
    try:
        with path.open("rb") as raw:
            source: BinaryIO = gzip.open(raw) if packed else raw  # type: ignore[assignment] # noqa: SIM115 - closed with raw
            data = source.read(BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InputError("file.broken", "the packed file is damaged or cut off.", where=name) from None
    whole = len(data) <= BYTES
    if not whole:
        data = data[:BYTES]
        data = data[: data.rfind(b"\n") + 1] or data
    return data, whole


def _guess_encoding(data: bytes) -> str:
    if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return "utf-16"
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)("strict").decode(data)
        except UnicodeDecodeError:
            continue
        return encoding
    return "windows-1252"


def _decoded(data: bytes, encoding: str, name: str) -> str:
    codec = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
    if codec == "utf-8-sig" and data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        message = "the text is UTF-16, not UTF-8: write encoding: utf-16."
        raise InputError("file.encoding", message, where=name, line=1, encoding=encoding)
    try:
        text = codecs.getincrementaldecoder(codec)("strict").decode(data)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"line {line} is not {encoding}: the byte 0x{data[error.start]:02X} has no meaning there."
        raise InputError("file.encoding", message, where=name, line=line, encoding=encoding) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        message = f"line {line} has a NUL byte: this is not a text file, or it is damaged."
        raise InputError("file.nul", message, where=name, line=line)
    return text


def _guess_delimiter(text: str) -> str:
    first = next((line for line in text[:100_000].splitlines() if line.strip()), "")
    plain = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=plain.count)


def _records(text: str, delimiter: str, name: str, *, whole: bool) -> Any:
    csv.field_size_limit(MOST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            if record:
                yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        problem = str(error)
        if "unexpected end of data" in problem:
            if not whole:
                return  # the sample ends inside a quoted field
            message = f"the quote that opens on line {line} is never closed."
            raise InputError("file.open_quote", message, where=name, line=line) from None
        if "field larger" in problem:
            message = f"line {line} has a field of more than {MOST_FIELD} characters."
            raise InputError("file.long_field", message, where=name, line=line) from None
        message = f"line {reader.line_num}: {problem} (the record starts on line {line})."
        raise InputError("file.quoting", message, where=name, line=line) from None


def _header(cells: list[str], name: str) -> tuple[str, ...]:
    if len(cells) > MOST_COLUMNS:
        message = f"{len(cells)} columns; at most {MOST_COLUMNS} are read."
        raise InputError("file.columns", message, where=name, count=len(cells), limit=MOST_COLUMNS)
    return tuple(cell.strip() for cell in cells)


# --- workbooks and Parquet -----------------------------------------------------------------------------------


def _workbook(path: Path, name: str, sheet: str) -> Sample:
    import openpyxl

    from delivery.engine.sheet import MOST_ROWS, cell_text, check_package, find_sheet
    from delivery.engine.source import Limits, Source

    check_package(Source(path, name, "xlsx", path.stat().st_size, ""), Limits())
    rows: list[tuple[int, tuple[str, ...]]] = []
    header: list[str] = []
    whole = True
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            try:
                found = find_sheet(book, sheet, name)
                sheets, title = tuple(book.sheetnames), str(found.title)
                stored = found.iter_rows(max_row=MOST_ROWS, values_only=True)
                for number, row in enumerate(stored, start=1):
                    cells = [cell_text(value) for value in row]
                    if not any(cells):
                        continue
                    if not header:
                        while cells and not cells[-1]:
                            cells.pop()
                        header = cells
                    elif len(rows) >= ROWS:
                        whole = False
                        break
                    else:
                        rows.append((number, tuple(cells)))
            finally:
                book.close()
        except InputError:
            raise
        except Exception as error:
            # Whatever the package holds instead of a workbook, the reader's own words say little.
            message = f"the workbook cannot be read ({type(error).__name__}); it may be damaged."
            raise InputError("file.not_a_workbook", message, where=name) from error
    if not header:
        raise InputError("file.empty", "the sheet is empty.", where=name)
    return Sample("xlsx", "utf-8", "", sheet or title, sheets, _header(header, name), tuple(rows), whole)


def _parquet(path: Path, name: str) -> Sample:
    import duckdb

    from core.columnar import EngineSettings, literal, opened

    with opened(EngineSettings(memory_limit="256MB", threads=1)) as connection:
        try:
            result = connection.execute(
                f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet({literal(str(path))}) LIMIT {ROWS + 1}"  # noqa: S608 - a path of ours as a literal
            )
            header = [str(column[0]) for column in result.description or ()]
            found = result.fetchall()
        except duckdb.Error as error:
            message = f"the Parquet file cannot be read ({type(error).__name__})."
            raise InputError("file.broken", message, where=name) from None
    rows = tuple(
        (number, tuple("" if cell is None else str(cell) for cell in row))
        for number, row in enumerate(found[:ROWS], start=1)
    )
    return Sample("parquet", "utf-8", "", "", (), _header(header, name), rows, len(found) <= ROWS)
