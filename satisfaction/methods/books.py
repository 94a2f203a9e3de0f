"""XLSX to CSV, row by row: the first field of each record is its row in the sheet.

Formulas count by the value stored with them; one without a stored value is refused by its cell, never taken as blank.
"""

import csv
import datetime as dt
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from core.lazytext import _l
from satisfaction.methods.refusal import Refusal
from satisfaction.methods.source import CHUNK, MOST_COLUMNS, Source

MOST_PARTS = 5_000
MOST_UNPACKED = 1 << 30
MOST_ROWS = 1_048_576


def to_csv(source: Source, sheet: str, folder: Path) -> Path:
    """The named sheet (or the first) as UTF-8 CSV in `folder`. Raises Refusal."""
    _check(source)
    target = folder / "sheet.csv"
    found = 0
    try:
        with ExitStack() as stack:
            page = _sheet(_open(stack, source, values=True), sheet, source.name)
            rows = page.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS + 1, values_only=True)
            formulas = None
            if _has_formulas(source):
                other = _sheet(_open(stack, source, values=False), sheet, source.name)
                formulas = other.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS + 1)
            file = stack.enter_context(target.open("w", encoding="utf-8", newline=""))
            writer = csv.writer(file, lineterminator="\n")
            for number, row in enumerate(rows, start=1):
                if formulas is not None:
                    _check_formulas(row, next(formulas, ()))
                cells = [_text(value) for value in row]
                if any(cells):
                    writer.writerow([str(number), *cells])
                    found += 1
    except Refusal:
        raise
    except Exception as error:
        # Whatever the package holds instead of a workbook, the reader's own words say little.
        raise Refusal(
            _l("The workbook “%(field)s” cannot be read (%(kind)s); it may be damaged or protected."),
            field=source.name,
            kind=type(error).__name__,
        ) from error
    if not found:
        raise Refusal(_l("The sheet of “%(field)s” is empty."), field=source.name)
    return target


def _open(stack: ExitStack, source: Source, *, values: bool) -> Any:
    import openpyxl
    from openpyxl import DEFUSEDXML

    if not DEFUSEDXML:  # without it a workbook may expand entities
        raise RuntimeError("defusedxml must be installed to read workbooks")
    file = stack.enter_context(source.path.open("rb"))
    book = openpyxl.load_workbook(file, read_only=True, data_only=values, keep_links=False)
    stack.callback(book.close)
    return book


def _sheet(book: Any, name: str, file: str) -> Any:
    if name and name not in book.sheetnames:
        raise Refusal(
            _l("The workbook “%(file)s” has no sheet “%(field)s”; it has: %(sheets)s."),
            field=name,
            file=file,
            sheets=", ".join(book.sheetnames),
        )
    found = book[name] if name else next(iter(book.worksheets), None)
    if found is None or not hasattr(found, "iter_rows"):
        raise Refusal(_l("The workbook “%(field)s” has no sheet of cells."), field=name or file)
    found.reset_dimensions()  # what the file says of its own size is not to be trusted
    return found


def _check(source: Source) -> None:
    """Before anything is unpacked: is it a workbook, and how large would it become?"""
    try:
        with zipfile.ZipFile(source.path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Refusal(_l("The packed file “%(field)s” is damaged or cut off."), field=source.name) from None
    if not any(part.filename.startswith("xl/") for part in parts):
        raise Refusal(_l("“%(field)s” is a zip archive but not a workbook."), field=source.name)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refusal(
            _l("The file “%(field)s” has more than %(most)s bytes, which is too large."),
            field=source.name,
            most=MOST_UNPACKED,
        )


def _has_formulas(source: Source) -> bool:
    with zipfile.ZipFile(source.path) as package:
        for part in package.infolist():
            if not part.filename.startswith("xl/worksheets/"):
                continue
            with package.open(part) as file:
                tail = b""
                while chunk := file.read(CHUNK):
                    joined = tail + chunk
                    if b"<f>" in joined or b"<f " in joined or b":f>" in joined or b":f " in joined:
                        return True
                    tail = chunk[-3:]
    return False


def _check_formulas(row: Any, other: Any) -> None:
    for value, cell in zip(row, other, strict=False):
        if value is None and getattr(cell, "data_type", "") == "f":
            raise Refusal(
                _l(
                    "Cell %(field)s holds a formula without a stored value: open the file in a spreadsheet "
                    "program, save it, and try again."
                ),
                field=cell.coordinate,
            )


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
    return str(value)
