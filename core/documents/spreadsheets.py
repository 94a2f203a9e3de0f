"""Tables out: CSV and XLSX files that open well in Excel and cannot run anything there. Tables in: see reading."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO
from zoneinfo import ZoneInfo

from core.documents.reading import Limits, UnreadableTable, read_table
from core.errors import PlumblineError
from core.i18n import _, format_number

__all__ = [
    "Limits",
    "TableTooLarge",
    "UnreadableTable",
    "csv_lines",
    "neutralise",
    "read_table",
    "write_csv",
    "write_xlsx",
]

# A cell that begins so is read as a formula by Excel, LibreOffice or WPS; the wide forms by their Chinese editions.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MAX_ROWS: Final = 1_048_575  # what a sheet holds beside its header
MAX_CELL: Final = 32_767
MAX_COLUMN_WIDTH: Final = 60

Cell = str | int | float | Decimal | bool | date | datetime | None


class TableTooLarge(PlumblineError):
    """More rows than a sheet can hold."""


def neutralise(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a dangerous beginning gets an apostrophe before it."""
    begins = text.lstrip(" \u00a0\u3000\ufeff")
    return f"'{text}" if begins.startswith(FORMULA_STARTS) or text.startswith(FORMULA_STARTS) else text


def write_csv(
    stream: TextIO, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, zone: ZoneInfo | None = None
) -> int:
    """Writes a table to a stream opened with encoding utf-8-sig and newline=""; gives the number of rows.

    Text is neutralised, numbers are plain, dates ISO 8601, moments in `zone` (UTC without one). Rows are taken one
    by one, nothing is collected.
    """
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([neutralise(name) for name in header])
    count = 0
    for row in rows:
        writer.writerow([_csv_cell(cell, zone) for cell in _fitting(row, len(header))])
        count += 1
    return count


def csv_lines(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], *, zone: ZoneInfo | None = None
) -> Iterator[bytes]:
    """The same table as a stream of encoded lines, for a response that starts before the last row is read."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    writer.writerow([neutralise(name) for name in header])
    for row in rows:
        writer.writerow([_csv_cell(cell, zone) for cell in _fitting(row, len(header))])
        if buffer.tell() > 32_768:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def write_xlsx(
    target: Path | str | BinaryIO,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    sheet: str = "Sheet1",
    widths: Sequence[float] | None = None,
    share_columns: Sequence[int] = (),
    title: str = "",
    created: datetime | None = None,
    zone: ZoneInfo | None = None,
) -> int:
    """Writes a workbook of one sheet row by row, in constant memory; gives the number of rows.

    Text stays text (never a formula, link or number), numbers and dates are real ones, moments stand in `zone` (UTC
    without one). The header is frozen and carries a filter. `share_columns` are the positions of fractions to show in
    per cent. `widths` are characters; without them the header decides. With a fixed `created` the same rows give the
    same bytes. Raises TableTooLarge beyond 1,048,575 rows.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(target) if isinstance(target, Path | str) else target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        },
    )
    count = 0
    try:
        book.set_properties(
            {"title": title, "comments": "", "created": (created or datetime.now(UTC)).replace(tzinfo=None)}
        )
        sheet_name = _sheet_name(sheet)
        page = book.add_worksheet(sheet_name)
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            "text": book.add_format({"valign": "top"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top"}),
            "share": book.add_format({"num_format": "0.0%", "valign": "top"}),
        }
        for column, name in enumerate(header):
            width = widths[column] if widths and column < len(widths) else _width(name) + 4
            page.set_column(column, column, min(MAX_COLUMN_WIDTH, max(8, width)))
            page.write_string(0, column, name[:MAX_CELL], formats["head"])
        page.freeze_panes(1, 0)
        shares = frozenset(share_columns)
        for row in rows:
            count += 1
            if count > MAX_ROWS:
                raise TableTooLarge(
                    _(
                        "A sheet holds at most %(limit)s rows. Choose a shorter period or download CSV.",
                        limit=format_number(MAX_ROWS),
                    )
                )
            for column, cell in enumerate(_fitting(row, len(header))):
                _write_cell(page, count, column, cell, formats, zone, share=column in shares)
        if header:
            page.autofilter(0, 0, max(count, 1), len(header) - 1)
    finally:
        book.close()
    return count


def _write_cell(
    page: Any,
    row: int,
    column: int,
    cell: Cell,
    formats: dict[str, Any],
    zone: ZoneInfo | None,
    *,
    share: bool,
) -> None:
    match cell:
        case None:
            return
        case bool():
            page.write_boolean(row, column, cell)
        case int() | float() | Decimal():
            number = float(cell)
            if abs(number) >= 1e15 or number != number or number in {float("inf"), float("-inf")}:  # noqa: PLR0124 - not a number
                page.write_string(row, column, str(cell), formats["text"])  # a sheet would round or refuse it
            else:
                page.write_number(row, column, number, formats["share"] if share else None)
        case date() if cell.year < 1900:  # before a sheet's calendar begins
            page.write_string(row, column, cell.isoformat(), formats["text"])
        case datetime():
            page.write_datetime(row, column, _local(cell, zone), formats["moment"])
        case date():
            page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), formats["date"])  # noqa: DTZ001 - a day has no zone
        case _:
            page.write_string(row, column, _legal(str(cell))[:MAX_CELL], formats["text"])


def _fitting(row: Sequence[Cell], width: int) -> Sequence[Cell]:
    if len(row) != width:
        raise ValueError(f"a row has {len(row)} cells, the header {width}")
    return row


def _csv_cell(cell: Cell, zone: ZoneInfo | None) -> str | int | float | Decimal:
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case datetime():
            return _local(cell, zone).isoformat(sep=" ", timespec="seconds")
        case date():
            return cell.isoformat()
        case str():
            return neutralise(cell)
        case _:
            return cell


def _local(moment: datetime, zone: ZoneInfo | None) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(zone or UTC).replace(tzinfo=None)


def _legal(text: str) -> str:
    """Without the control characters that make a workbook unreadable."""
    return "".join(char for char in text if char >= " " or char in "\t\n\r")


def _sheet_name(name: str) -> str:
    clean = "".join(" " if char in "[]:*?/\\" else char for char in _legal(name)).strip(" '")
    return clean[:31] or "Sheet1"


def _width(text: str) -> float:
    """Characters, where a Chinese one is as wide as two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)
