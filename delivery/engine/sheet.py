"""XLSX to CSV, row by row.

Formulas count by the value that was stored with them when the book was last saved; one without a stored value is an
error that names the cell, never a blank. Dates of cells become ISO texts, beside texts that are dates.
"""

import csv
import datetime as dt
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from delivery.engine.errors import InputError
from delivery.engine.source import CHUNK, Limits, Progress, Source, Text

MOST_PARTS = 5_000
MOST_ROWS = 1_048_576  # of a sheet; a file that numbers a row higher would have all the empty ones before it filled in


def to_csv(source: Source, sheet: str, folder: Path, limits: Limits, progress: Progress | None) -> Text:
    check_package(source, limits)
    target = folder / "sheet.csv"
    count = lines = 0
    try:
        with ExitStack() as stack:
            rows = find_sheet(_open(stack, source, values=True), sheet, source.name)
            stored = rows.iter_rows(max_row=MOST_ROWS, values_only=True)
            formulas: Iterator[Any] | None = None
            if _has_formulas(source):
                others = find_sheet(_open(stack, source, values=False), sheet, source.name)
                formulas = others.iter_rows(max_row=MOST_ROWS)
            file = stack.enter_context(target.open("w", encoding="utf-8", newline=""))
            writer = csv.writer(file, lineterminator="\n")
            for number, row in enumerate(stored, start=1):
                if formulas is not None:
                    _check_formulas(row, next(formulas, ()), source.name)
                values = [cell_text(value) for value in row]
                lines = number
                if any(values):
                    writer.writerow([str(number), *values])
                    count += 1
                if progress and not number % 5_000:
                    progress("read", number, 0)
    except InputError:
        raise
    except Exception as error:
        # Whatever the package holds instead of a workbook (entity bombs among it), the reader's own words say little.
        message = f"the workbook cannot be read ({type(error).__name__}); it may be damaged."
        raise InputError("file.not_a_workbook", message, where=source.name) from error
    if not count:
        raise InputError("file.empty", "the sheet is empty.", where=source.name)
    return Text(target, lines, False, 0)


def _open(stack: ExitStack, source: Source, *, values: bool) -> Any:
    import openpyxl

    file = stack.enter_context(source.path.open("rb"))
    book = openpyxl.load_workbook(file, read_only=True, data_only=values, keep_links=False)
    stack.callback(book.close)
    return book


def check_package(source: Source, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(source.path) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise InputError("file.broken", "the workbook is damaged or cut off.", where=source.name) from None
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise InputError(
            "file.not_a_workbook", "this is a zip archive but not an Excel workbook.", where=source.name
        )
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > limits.workbook_bytes:
        message = f"more than {limits.workbook_bytes} bytes after unpacking."
        raise InputError("file.too_large", message, where=source.name)


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


def _check_formulas(row: Any, other: Any, name: str) -> None:
    for value, formula in zip(row, other, strict=False):
        if value is None and getattr(formula, "data_type", "") == "f":
            message = (
                f"cell {formula.coordinate} holds a formula without a stored value: open the file in a "
                "spreadsheet program, save it, and try again."
            )
            raise InputError("file.formula", message, where=name, cell=formula.coordinate)


def find_sheet(book: Any, name: str, file: str) -> Any:
    if name and name not in book.sheetnames:
        listed = ", ".join(f"“{each}”" for each in book.sheetnames)
        raise InputError("file.sheet", f"no sheet “{name}” (there are {listed}).", where=file)
    found = book[name] if name else next((each for each in book.worksheets), None)
    if found is None or not hasattr(found, "iter_rows"):
        raise InputError("file.sheet", "the workbook has no sheet of cells.", where=file)
    # The size written in the file may be wrong; without it the rows are read as they come.
    found.reset_dimensions()
    return found


def cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        # A cell keeps a day as a fraction: the last bits are noise below the millisecond.
        rounded = value + dt.timedelta(microseconds=500)
        return rounded.replace(microsecond=rounded.microsecond // 1000 * 1000).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
