"""Import of training records: file, preview of what will be written, confirmation. Nothing is written before that."""

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for

from accounts.rules import ImportPlan
from core import files
from core.access import guard
from core.documents.downloads import column_file
from core.errors import InvalidInput
from core.i18n import _, _n
from core.pages import form_page
from training import forms, importing
from training.operations.importing import import_training
from training.permissions import ASSIGN
from training.rules.imports import COLUMNS, REQUIRED
from training.views.blueprint import blueprint

SHOWN = 300


@blueprint.route("/import", methods=["GET", "POST"])
@guard(ASSIGN)
def start_import() -> Any:
    form = forms.ImportForm()
    if form.validate_on_submit():
        try:
            upload = files.receive_upload(form.file.data, files.TABLE, limit=importing.LIMITS.size)
            importing.plan(upload.path, name=upload.name, actor=g.person)
        except InvalidInput as error:
            form.file.errors = [*form.file.errors, str(error)]
        else:
            stored = files.store(upload, actor=g.person)
            return redirect(url_for(".preview_import", file_id=stored.id))
    return form_page(
        "training/import.html", form, columns=COLUMNS, required=REQUIRED, limit=importing.LIMITS.rows
    )


def _plan(stored: files.StoredFile) -> ImportPlan:
    return importing.plan(files.path_of(stored.sha256), name=stored.name, actor=g.person)


def _preview(stored: files.StoredFile, plan: ImportPlan, status: int = 200) -> Any:
    counts = plan.counts
    wanted = request.args.get("show", "")
    if wanted not in {"wrong", "new", "unchanged"}:
        wanted = next((state for state in ("wrong", "new", "unchanged") if counts[state]), "new")
    rows = [row for row in plan.rows if row.state == wanted]
    return render_template(
        "training/import_preview.html",
        stored=stored,
        plan=plan,
        counts=counts,
        shown=wanted,
        rows=rows[:SHOWN],
        hidden=max(0, len(rows) - SHOWN),
    ), status


@blueprint.get("/import/<int:file_id>")
@guard(ASSIGN)
def preview_import(file_id: int) -> Any:
    stored = files.get_own(file_id, g.person)
    return _preview(stored, _plan(stored))


@blueprint.post("/import/<int:file_id>")
@guard(ASSIGN)
def confirm_import(file_id: int) -> Any:
    stored = files.get_own(file_id, g.person)
    plan = _plan(stored)
    if request.form.get("fingerprint") != plan.fingerprint:
        flash(
            _("The records changed since this preview was made. Here is the new one; nothing was written."),
            "edge",
        )
        return _preview(stored, plan, 409)
    written = import_training(plan, name=stored.name, actor=g.person)
    flash(_n("%(num)d record written", "%(num)d records written", written), "good")
    return redirect(url_for(".assignments", state="passed"))


@blueprint.get("/import/template.<ending>")
@guard(ASSIGN)
def import_template(ending: str) -> Response:
    """A file with the right column names and one example row."""
    return column_file(ending, COLUMNS, importing.EXAMPLES, name="training")
