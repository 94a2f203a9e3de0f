"""Tables in: small CSV and XLSX files from people, read within bounds and told apart by content, not by name.

For import with preview (people, units, standards): everything comes as text, so one set of checks serves both kinds.
Large logs go through the columnar engine, not through here.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from core.errors import InvalidInput
from core.i18n import _, format_number

_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK\x03\x04"
_DELIMITERS: Final = (",", "\t", ";", "|")
_HEADER_WITHIN: Final = 20  # rows in which the header must stand

Row = dict[str, str]


@dataclass(frozen=True)
class Limits:
    """How much of an uploaded table is taken. `unpacked` bounds the parts of a workbook together."""

    size: int = 10_000_000
    rows: int = 20_000
    empty: int = 100_000
    columns: int = 60
    cell: int = 5_000
    unpacked: int = 60_000_000
    parts: int = 2_000


class UnreadableTable(InvalidInput):
    """The file cannot be taken; the message says where and why. `line` counts from 1 as people see it."""

    def __init__(self, message: str, *, line: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def read_table(
    path: Path, *, name: str = "", required: Sequence[str] = (), limits: Limits | None = None
) -> Iterator[tuple[int, Row]]:
    """Rows of an uploaded table as (line number, {column: text}), header and empty rows left out.

    `name` is what the person called the file and only helps the messages. Text is stripped; numbers, dates and
    truth values of a workbook become "5", "2026-03-01", "2026-03-01 09:30:00", "TRUE". Columns in `required` must
    be there. The header is checked at once, rows while they are read. Raises UnreadableTable.
    """
    bounds = limits or Limits()
    head = _sniffed(path, name, bounds)
    if head.startswith(_ZIP):
        return _checked(_workbook_rows(path, bounds), required, bounds)
    return _checked(_text_rows(path, bounds), required, bounds)


def _sniffed(path: Path, name: str, limits: Limits) -> bytes:
    import filetype

    size = path.stat().st_size
    if size == 0:
        raise UnreadableTable(_("The file is empty."))
    if size > limits.size:
        raise UnreadableTable(
            _(
                "The file has %(size)s MB; at most %(limit)s MB can be read. Split it.",
                size=format_number(size / 1e6, 1),
                limit=format_number(limits.size / 1e6, 1),
            )
        )
    with path.open("rb") as file:
        head = file.read(8192)
    if head.startswith(_OLD_OFFICE):
        raise UnreadableTable(
            _(
                "This is an old or password-protected Excel file. Save it as .xlsx without a password, or as CSV."
            )
        )
    if head.startswith(_ZIP):
        return head
    kind = filetype.guess(head)
    if kind is not None:
        raise UnreadableTable(
            _(
                "The file is not a table: by its content it is %(kind)s. Give a CSV or .xlsx file.",
                kind=kind.mime,
            )
        )
    if name.lower().endswith((".xlsx", ".xlsm")):
        raise UnreadableTable(_("The file is called .xlsx, but its content is not a workbook."))
    return head


# text ----------------------------------------------------------------------------------------------------------


def _text_rows(path: Path, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(path.read_bytes())
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=lambda mark: _outside_quotes(first_line, mark))
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            if "field limit" in str(problem):
                raise _too_long(line, "", limits) from problem
            raise UnreadableTable(
                _("Line %(line)s: a quotation mark is not closed or stands in a wrong place.", line=line),
                line=line,
            ) from problem
        yield line, cells
        line = reader.line_num + 1


def _decoded(data: bytes) -> str:
    """Text of a file whose encoding nobody told: by its mark, else UTF-8, else GB 18030 (which includes GBK)."""
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise UnreadableTable(_("The file is written in UTF-32. Save it as CSV UTF-8."))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    elif b"\x00" in data[:4096]:
        # ASCII has its empty byte second in little endian; separators and digits are always ASCII
        little = data[1:4096:2].count(0) > data[0:4096:2].count(0)
        candidates = ["utf-16-le" if little else "utf-16-be"]
    else:
        candidates = ["utf-8-sig", "gb18030"]
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as problem:
            at = problem.start
        else:
            if "\x00" in text:
                break
            return text
    else:
        line = data.count(b"\n", 0, at) + 1
        raise UnreadableTable(
            _(
                "Line %(line)s holds characters that are neither UTF-8 nor GB 18030. Save the file as CSV UTF-8.",
                line=line,
            ),
            line=line,
        )
    raise UnreadableTable(_("The file is not a table: it holds binary data. Give a CSV or .xlsx file."))


def _outside_quotes(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in line.split('"')[::2])


# workbook ------------------------------------------------------------------------------------------------------


def _workbook_rows(path: Path, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    _check_package(path, limits)
    import openpyxl
    from openpyxl import DEFUSEDXML

    if not DEFUSEDXML:  # read before any part is parsed: without it a workbook may expand entities
        raise RuntimeError("defusedxml must be installed to read workbooks")
    file = path.open("rb")  # by its name it would be refused: stored files have no ending
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles it drops
            book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except Exception as problem:  # a broken workbook raises whatever its broken part leads to
        file.close()
        raise UnreadableTable(
            _("The workbook is damaged and cannot be read. Open it in Excel and save it again.")
        ) from problem
    try:
        page = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), None)
        if page is None:
            raise UnreadableTable(_("The workbook has no visible sheet."))
        page.reset_dimensions()  # what the file says of its own size is not to be trusted
        rows = page.iter_rows(max_row=limits.rows + _HEADER_WITHIN + 2, max_col=limits.columns + 1)
        line = 0
        while True:
            line += 1
            try:
                cells = next(rows)
            except StopIteration:
                return
            except Exception as problem:
                raise UnreadableTable(
                    _("The workbook is damaged at row %(line)s and cannot be read.", line=line), line=line
                ) from problem
            yield line, [_cell_text(cell, line, column) for column, cell in enumerate(cells, 1)]
    finally:
        book.close()
        file.close()


def _check_package(path: Path, limits: Limits) -> None:
    """Before anything is unpacked: is it a workbook, and how large would it become?

    The sizes are those the file declares; the unpacker stops at them, so a lie ends in a damaged workbook.
    """
    try:
        with ZipFile(path) as package:
            parts = package.infolist()
    except (BadZipFile, OSError, ValueError) as problem:
        raise UnreadableTable(_("The file is damaged: it cannot be unpacked.")) from problem
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise UnreadableTable(
            _("The file is not a workbook, though it is packed like one. Give a CSV or .xlsx file.")
        )
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableTable(_("The workbook is protected with a password. Save it without one."))
    unpacked = sum(part.file_size for part in parts)
    bomb = any(
        part.file_size > 1_000_000 and part.file_size > 250 * max(part.compress_size, 1) for part in parts
    )
    if len(parts) > limits.parts or unpacked > limits.unpacked or bomb:
        raise UnreadableTable(
            _(
                "The workbook would unpack to %(size)s MB and is refused. Give only the rows to be read, as CSV.",
                size=format_number(unpacked / 1e6),
            )
        )


def _cell_text(cell: Any, line: int, column: int) -> str:
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            moment = value.replace(microsecond=0)
            return str(moment.date()) if moment.time() == time() else str(moment)
        case date() | time() | timedelta():
            return str(value)
    place = f"{_letters(column)}{line}"
    if cell.data_type == "f" or not isinstance(value, str):
        raise UnreadableTable(
            _("Cell %(place)s holds a formula. Copy the sheet and paste it as values.", place=place),
            line=line,
        )
    if cell.data_type == "e":
        raise UnreadableTable(
            _("Cell %(place)s holds the error %(error)s.", place=place, error=value), line=line
        )
    return value


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# both ----------------------------------------------------------------------------------------------------------


def _checked(
    rows: Iterator[tuple[int, list[str]]], required: Sequence[str], limits: Limits
) -> Iterator[tuple[int, Row]]:
    """Reads the header now, the rest when asked."""
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            names = _header(cells, line, limits)
            break
        if line >= _HEADER_WITHIN:
            raise UnreadableTable(
                _("The first %(count)s rows are empty; the column names must stand there.", count=line)
            )
    else:
        raise UnreadableTable(_("The file holds no rows."))
    missing = [name for name in required if name not in names]
    if missing:
        raise UnreadableTable(
            _(
                "Column missing: %(names)s. The file has: %(found)s.",
                names=", ".join(missing),
                found=", ".join(names),
            ),
            line=line,
            column=missing[0],
        )
    return _body(rows, names, limits)


def _header(cells: list[str], line: int, limits: Limits) -> list[str]:
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > limits.columns:
        raise UnreadableTable(
            _("The table has more than %(limit)s columns.", limit=limits.columns), line=line
        )
    seen: set[str] = set()
    for position, name in enumerate(names, 1):
        if not name:
            raise UnreadableTable(
                _("Line %(line)s: column %(column)s has no name.", line=line, column=_letters(position)),
                line=line,
            )
        if name in seen:
            raise UnreadableTable(
                _("Line %(line)s: two columns are called “%(name)s”.", line=line, name=name[:80]),
                line=line,
                column=name,
            )
        if len(name) > 200:
            raise UnreadableTable(
                _(
                    "Line %(line)s: the name of column %(column)s is too long.",
                    line=line,
                    column=_letters(position),
                ),
                line=line,
            )
        seen.add(name)
    return names


def _body(
    rows: Iterable[tuple[int, list[str]]], names: list[str], limits: Limits
) -> Iterator[tuple[int, Row]]:
    taken = empty = 0
    for line, cells in rows:
        texts = [cell.strip() for cell in cells]
        if not any(texts):
            empty += 1
            if empty > limits.empty:
                raise UnreadableTable(
                    _(
                        "The table has more than %(limit)s empty rows. Remove them.",
                        limit=format_number(limits.empty),
                    ),
                    line=line,
                )
            continue
        taken += 1
        if taken > limits.rows:
            raise UnreadableTable(
                _("The table has more than %(limit)s rows. Split it.", limit=format_number(limits.rows)),
                line=line,
            )
        if any(texts[len(names) :]):
            raise UnreadableTable(
                _(
                    "Line %(line)s has %(found)s cells, but there are %(expected)s columns. A separator inside a text needs quotation marks.",
                    line=line,
                    found=len(texts),
                    expected=len(names),
                ),
                line=line,
            )
        row: Row = {}
        for name, text in zip(names, texts + [""] * (len(names) - len(texts)), strict=False):
            if len(text) > limits.cell:
                raise _too_long(line, name, limits)
            if any(char < " " and char not in "\n\r\t" for char in text):
                raise UnreadableTable(
                    _("Line %(line)s, %(column)s: holds a control character.", line=line, column=name),
                    line=line,
                    column=name,
                )
            row[name] = text
        yield line, row


def _too_long(line: int, column: str, limits: Limits) -> UnreadableTable:
    return UnreadableTable(
        _(
            "Line %(line)s, %(column)s: the text is longer than %(limit)s characters.",
            line=line,
            column=column or "?",
            limit=format_number(limits.cell),
        ),
        line=line,
        column=column or None,
    )
