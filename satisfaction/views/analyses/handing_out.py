"""An analysis as files."""

import io

from flask import Response, g, send_file

from accounts import queries as accounts
from core.access import guard
from core.charts.serving import cache_dir
from core.errors import NotFound
from core.i18n import language
from satisfaction.analyses import files
from satisfaction.models import Analysis
from satisfaction.permissions import SEE
from satisfaction.queries import analyses as queries
from satisfaction.views import blueprint
from satisfaction.views.analyses.listing import title_of
from satisfaction.views.analyses.showing import how_of, notes_of, told_of


def _done(analysis_id: int) -> Analysis:
    found = queries.get_analysis_for(g.person, analysis_id)
    if found.state != "done":
        raise NotFound
    return found


@blueprint.get("/surveys/analyses/<int:analysis_id>/picture.<picture_form>")
@guard(SEE)
def analysis_picture(analysis_id: int, picture_form: str) -> Response:
    found = _done(analysis_id)
    told = told_of(found)
    if told.picture is None or picture_form not in {"svg", "png"}:
        raise NotFound
    data = files.draw(told.picture, language(), cache_dir(), png=picture_form == "png")
    response = send_file(
        io.BytesIO(data),
        mimetype="image/png" if picture_form == "png" else "image/svg+xml",
        as_attachment=True,
        download_name=f"{found.code}.{picture_form}",
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.get("/surveys/analyses/<int:analysis_id>/tables.xlsx")
@guard(SEE)
def analysis_workbook(analysis_id: int) -> Response:
    found = _done(analysis_id)
    return send_file(
        files.workbook(found, told_of(found), how_of(found)),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=f"{found.code}.xlsx",
    )


@blueprint.get("/surveys/analyses/<int:analysis_id>/report.pdf")
@guard(SEE)
def analysis_document(analysis_id: int) -> Response:
    found = _done(analysis_id)
    root = accounts.find_root()
    data = files.document(
        found, title_of(found.method, found.title, entered=found.wave is None), told_of(found), how_of(found), notes_of(found),
        organisation=root.name if root is not None else "", language=language(), cache=cache_dir(),
    )  # fmt: skip
    return send_file(
        io.BytesIO(data), mimetype="application/pdf", as_attachment=True, download_name=f"{found.code}.pdf"
    )
