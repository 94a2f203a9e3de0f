"""Pictures and printed reports as downloads."""

import io
from pathlib import Path

from flask import Response, send_file

from core.charts.serving import cache_dir
from core.errors import NotFound
from core.i18n import language
from satisfaction.analyses import files
from satisfaction.analyses.telling import Picture


def picture_file(picture: Picture | None, name: str, ending: str) -> Response:
    """The picture as SVG or PNG. Raises NotFound for another ending, and when there is none."""
    if picture is None or ending not in {"svg", "png"}:
        raise NotFound
    data = files.draw(picture, language(), cache_dir(), png=ending == "png")
    response = send_file(
        io.BytesIO(data),
        mimetype="image/png" if ending == "png" else "image/svg+xml",
        as_attachment=True,
        download_name=f"{name}.{ending}",
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def report_file(path: Path, name: str) -> Response:
    """The report as it was printed; read at once, as the cache may be thrown away."""
    return send_file(
        io.BytesIO(path.read_bytes()),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"{name}.pdf",
    )
