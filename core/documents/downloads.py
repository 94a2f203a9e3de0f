"""Tables as downloads, CSV or XLSX: what a page shows, and empty ones to fill in."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, send_file

from core.errors import NotFound
from core.files import XLSX


def table_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]], **workbook: Any) -> Response:
    """The table as a file of this name, by its ending: .csv or .xlsx. `workbook`: sheet, widths, title of the latter."""
    from core.documents import spreadsheets

    buffer = io.BytesIO()
    if name.endswith(".csv"):
        buffer.writelines(spreadsheets.csv_lines(header, rows))
    else:
        spreadsheets.write_xlsx(buffer, header, rows, **workbook)
    buffer.seek(0)
    mimetype = "text/csv" if name.endswith(".csv") else XLSX
    return send_file(buffer, mimetype=mimetype, as_attachment=True, download_name=name)


def column_file(ending: str, header: Sequence[str], rows: Sequence[Sequence[Any]], *, name: str) -> Response:
    """The right column names and example rows for what an import reads. Raises NotFound for an unknown ending."""
    if ending not in {"csv", "xlsx"}:
        raise NotFound
    return table_file(f"plumbline-{name}.{ending}", header, rows, sheet=name)
