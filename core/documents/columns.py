"""Files to fill in: the right column names and example rows, for what an import reads."""

import io
from collections.abc import Sequence
from typing import Any

from flask import Response, current_app

from core.errors import NotFound

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def column_file(ending: str, header: Sequence[str], rows: Sequence[Sequence[Any]], *, name: str) -> Response:
    """The file as a download, by its ending: csv or xlsx. Raises NotFound for any other."""
    from core.documents import spreadsheets

    if ending == "csv":
        content, media = b"".join(spreadsheets.csv_lines(header, rows)), "text/csv; charset=utf-8"
    elif ending == "xlsx":
        buffer = io.BytesIO()
        spreadsheets.write_xlsx(buffer, header, rows, sheet=name)
        content, media = buffer.getvalue(), XLSX
    else:
        raise NotFound
    return current_app.response_class(
        content,
        content_type=media,
        headers={"Content-Disposition": f'attachment; filename="plumbline-{name}.{ending}"'},
    )
