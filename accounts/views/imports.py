"""Import of people and units: file, preview of what will change, confirmation. Nothing is written before that."""

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for

from accounts import forms, importing, operations
from accounts.permissions import ADMINISTER
from accounts.rules import ImportPlan
from accounts.views.base import blueprint
from core import files
from core.access import guard
from core.documents.downloads import column_file
from core.errors import InvalidInput, NotFound
from core.i18n import _, _n
from core.pages import form_page

SHOWN = 300


def _known(kind: str) -> str:
    if kind not in importing.KINDS:
        raise NotFound
    return kind


@blueprint.route("/import/<kind>", methods=["GET", "POST"])
@guard(ADMINISTER)
def start_import(kind: str) -> Any:
    form = forms.ImportForm()
    if form.validate_on_submit():
        try:
            received = files.receive_upload(form.file.data, files.TABLE, limit=importing.LIMITS.size)
            importing.plan(_known(kind), received.path, name=received.name, actor=g.person)
        except InvalidInput as error:
            form.file.errors = [*form.file.errors, str(error)]
        else:
            stored = files.store(received, actor=g.person)
            return redirect(url_for("accounts.preview_import", kind=kind, file_id=stored.id))
    return form_page(
        "accounts/import.html",
        form,
        kind=_known(kind),
        columns=importing.COLUMNS[kind],
        required=importing.REQUIRED[kind],
        limit=importing.LIMITS.rows,
    )


def _plan(kind: str, stored: files.StoredFile) -> ImportPlan:
    return importing.plan(_known(kind), files.path_of(stored.sha256), name=stored.name, actor=g.person)


def _preview(kind: str, stored: files.StoredFile, plan: ImportPlan, status: int = 200) -> Any:
    counts = plan.counts
    wanted = request.args.get("show", "")
    if wanted not in {"wrong", "new", "changed", "unchanged"}:
        wanted = next((state for state in ("wrong", "changed", "new", "unchanged") if counts[state]), "new")
    rows = [row for row in plan.rows if row.state == wanted]
    return render_template(
        "accounts/import_preview.html",
        kind=kind,
        stored=stored,
        plan=plan,
        counts=counts,
        shown=wanted,
        rows=rows[:SHOWN],
        hidden=max(0, len(rows) - SHOWN),
    ), status


@blueprint.get("/import/<kind>/<int:file_id>")
@guard(ADMINISTER)
def preview_import(kind: str, file_id: int) -> Any:
    stored = files.get_own(file_id, g.person)
    return _preview(kind, stored, _plan(kind, stored))


@blueprint.post("/import/<kind>/<int:file_id>")
@guard(ADMINISTER)
def confirm_import(kind: str, file_id: int) -> Any:
    stored = files.get_own(file_id, g.person)
    plan = _plan(kind, stored)
    if request.form.get("fingerprint") != plan.fingerprint:
        flash(
            _("The records changed since this preview was made. Here is the new one; nothing was written."),
            "edge",
        )
        return _preview(kind, stored, plan, 409)
    counts = plan.counts
    if kind == "people":
        operations.import_people(plan, actor=g.person, invite=request.form.get("invite") == "1")
    else:
        operations.import_units(plan, actor=g.person)
    flash(
        _n("%(num)d row written", "%(num)d rows written", counts["new"] + counts["changed"])
        + " · "
        + _("%(new)s new, %(changed)s changed", new=counts["new"], changed=counts["changed"]),
        "good",
    )
    return redirect(url_for("accounts.people" if kind == "people" else "accounts.units"))


@blueprint.get("/import/<kind>/template.<ending>")
@guard(ADMINISTER)
def import_template(kind: str, ending: str) -> Response:
    """A file with the right column names and one example row."""
    return column_file(ending, list(importing.COLUMNS[_known(kind)]), importing.EXAMPLES[kind], name=kind)
