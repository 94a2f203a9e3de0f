"""One import: its job, what was taken and what was set aside, the files, its withdrawal."""

import csv
from itertools import islice
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, send_file, url_for

from accounts import queries as accounts
from core import access, files, trail
from core.access import guard
from core.errors import NotFound
from core.i18n import _
from core.pages import form_page, refusals
from delivery import forms, operations
from delivery.models import Batch
from delivery.permissions import IMPORT, SEE, WITHDRAW
from delivery.queries import logs as queries
from delivery.rules.imports import OPEN, BatchState, reason_label
from delivery.storage import LOGS
from delivery.views import blueprint

PAGE = 100


@blueprint.get("/imports/<int:batch_id>")
@guard(SEE)
def batch(batch_id: int) -> Any:
    found = queries.get_batch_for(g.person, batch_id)
    job = queries.find_job(found.id)
    own = job if job is not None and job.started_by_id == g.person.id else None
    unit = accounts.get_unit(found.unit_id)
    may_import = access.may(g.person, IMPORT, unit.path)
    if found.state in OPEN and job is None and may_import:
        return redirect(url_for("delivery.columns", batch_id=found.id))
    return render_template(
        "delivery/batch.html",
        batch=found,
        standing=BatchState(found.state),
        unit=unit,
        job=own,
        running=job is not None and job.is_open,
        importer=accounts.get_person(found.imported_by_id) if found.imported_by_id else None,
        standards=queries.standards_of(found.event_log_id) if found.event_log_id else [],
        reasons=[(reason_label(code), count) for code, count in sorted(found.reasons.items())],
        may_import=may_import,
        may_withdraw=access.may(g.person, WITHDRAW, unit.path) and found.state == "accepted",
        history=trail.history(found, limit=30),
    )


def _with_rejects(batch_id: int) -> Batch:
    found = queries.get_batch_for(g.person, batch_id)
    if not found.rejects_sha256 or not LOGS.rejects(found.rejects_sha256).is_file():
        raise NotFound
    return found


@blueprint.get("/imports/<int:batch_id>/rejects")
@guard(SEE)
def rejects(batch_id: int) -> str:
    found = _with_rejects(batch_id)
    pages = max(1, min(200, -(-found.rejected // PAGE)))
    page = min(max(1, request.args.get("page", 1, type=int) or 1), pages)
    with LOGS.rejects(found.rejects_sha256).open(encoding="utf-8", newline="") as file:
        rows = list(islice(csv.DictReader(file), (page - 1) * PAGE, page * PAGE))
    return render_template(
        "delivery/rejects.html",
        batch=found,
        rows=[{**row, "words": reason_label(row["code"])} for row in rows],
        page=page,
        pages=pages,
    )


@blueprint.get("/imports/<int:batch_id>/rejects.csv")
@guard(SEE)
def rejects_file(batch_id: int) -> Response:
    """As the engine wrote it: line, case, code, field, value, reason; neutralised for spreadsheets."""
    found = _with_rejects(batch_id)
    return send_file(
        LOGS.rejects(found.rejects_sha256),
        mimetype="text/csv",
        as_attachment=True,
        download_name=f"{found.file.name}-rejects.csv",
        etag=found.rejects_sha256,
    )


@blueprint.get("/imports/<int:batch_id>/original")
@guard(IMPORT)
def original(batch_id: int) -> Response:
    return files.send(queries.get_batch_for(g.person, batch_id, IMPORT).file)


@blueprint.route("/imports/<int:batch_id>/withdraw", methods=["GET", "POST"])
@guard(WITHDRAW)
def withdraw(batch_id: int) -> Any:
    found = queries.get_batch_for(g.person, batch_id, WITHDRAW)
    form = forms.WithdrawForm(obj=found)
    if form.validate_on_submit():
        with refusals(form):
            operations.withdraw(found, reason=form.reason.data or "", seen=form.seen_version, actor=g.person)
            flash(_("The import was withdrawn; its rows count no more."), "good")
            return redirect(url_for("delivery.log", log_id=found.event_log_id))
    return form_page("delivery/withdraw.html", form, batch=found)
