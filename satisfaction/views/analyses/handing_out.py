"""An analysis as files."""

from typing import Any

from flask import Response, flash, g, redirect, send_file, url_for

from core.access import guard
from core.charts.serving import cache_dir
from core.errors import NotFound
from core.files import XLSX
from core.i18n import _, language
from satisfaction.analyses import files
from satisfaction.analyses.reporting import how_of, told_of
from satisfaction.models import Analysis
from satisfaction.operations import analyses as operations
from satisfaction.permissions import SEE
from satisfaction.queries import analyses as queries
from satisfaction.views import blueprint
from satisfaction.views.files import picture_file, report_file


def _done(analysis_id: int) -> Analysis:
    found = queries.get_analysis_for(g.person, analysis_id)
    if found.state != "done":
        raise NotFound
    return found


@blueprint.get("/surveys/analyses/<int:analysis_id>/picture.<picture_form>")
@guard(SEE)
def analysis_picture(analysis_id: int, picture_form: str) -> Response:
    found = _done(analysis_id)
    return picture_file(told_of(found).picture, found.code, picture_form)


@blueprint.get("/surveys/analyses/<int:analysis_id>/groups.<picture_form>")
@guard(SEE)
def analysis_groups_picture(analysis_id: int, picture_form: str) -> Response:
    """The pictures of all groups as one."""
    found = _done(analysis_id)
    smalls = told_of(found).smalls
    return picture_file(
        files.beside(smalls) if smalls is not None else None, f"{found.code}-groups", picture_form
    )


@blueprint.get("/surveys/analyses/<int:analysis_id>/tables.xlsx")
@guard(SEE)
def analysis_workbook(analysis_id: int) -> Response:
    found = _done(analysis_id)
    return send_file(
        files.workbook(found, told_of(found), how_of(found)),
        mimetype=XLSX,
        as_attachment=True,
        download_name=f"{found.code}.xlsx",
    )


@blueprint.post("/surveys/analyses/<int:analysis_id>/report")
@guard(SEE)
def make_report(analysis_id: int) -> Any:
    """The report takes some seconds to print, so the worker makes it; one that is there is handed out at once."""
    found = _done(analysis_id)
    if files.report_path(found, language(), cache_dir()).is_file():
        return redirect(url_for("satisfaction.analysis_document", analysis_id=found.id))
    job = operations.print_report(found, language(), actor=g.person)
    return redirect(url_for("overview.job", job_id=job.id))


@blueprint.get("/surveys/analyses/<int:analysis_id>/report.pdf")
@guard(SEE)
def analysis_document(analysis_id: int) -> Any:
    found = _done(analysis_id)
    path = files.report_path(found, language(), cache_dir())
    if not path.is_file():
        flash(_("The report is not printed yet; choose “Report (PDF)” under “Export”."), "info")
        return redirect(url_for("satisfaction.analysis", analysis_id=found.id))
    return report_file(path, found.code)
