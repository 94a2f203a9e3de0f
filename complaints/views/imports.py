"""Import of a complaint register kept elsewhere: file, preview of what will be written, confirmation."""

from typing import Any, get_args

from flask import Response, flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from complaints import forms, importing
from complaints.operations import importing as operations
from complaints.permissions import HANDLE
from complaints.rules.imports import DayOrder
from complaints.views.blueprint import blueprint
from core import files
from core.access import guard
from core.documents.downloads import column_file
from core.errors import InvalidInput, RuleViolation
from core.forms import choices
from core.i18n import _, _n
from core.pages import form_page

SHOWN = 200


def _options() -> tuple[str, DayOrder]:
    """Unit and order of dates as chosen on the first page, carried in the address of the preview."""
    order = request.args.get("order", "")
    found: DayOrder = next((known for known in get_args(DayOrder) if known == order), "")
    return request.args.get("unit", "")[:40], found


@blueprint.route("/complaints/import", methods=["GET", "POST"])
@guard(HANDLE)
def start_import() -> Any:
    form = forms.ImportForm()
    units = accounts.list_units(g.person, HANDLE)
    least = min((unit.depth for unit in units), default=0)
    form.unit_code.choices = choices(
        (unit.code, "\u2002" * (unit.depth - least) + unit.name) for unit in units
    )
    if form.validate_on_submit():
        order: DayOrder = form.order.data
        try:
            received = files.receive_upload(form.file.data, files.TABLE, limit=importing.LIMITS.size)
            importing.read(
                received.path, name=received.name, unit_code=form.unit_code.data, order=order, actor=g.person
            )
        except InvalidInput as error:
            form.file.errors = [*form.file.errors, str(error)]
        else:
            stored = files.store(received, actor=g.person)
            return redirect(
                url_for(".preview_import", file_id=stored.id, unit=form.unit_code.data, order=order or None)
            )
    return form_page(
        "complaints/import.html",
        form,
        columns=importing.COLUMNS,
        required=importing.REQUIRED,
        limit=importing.LIMITS.rows,
    )


def _plan(stored: files.StoredFile) -> importing.Plan:
    unit, order = _options()
    return importing.read(
        files.path_of(stored.sha256), name=stored.name, unit_code=unit, order=order, actor=g.person
    )


def _preview(stored: files.StoredFile, plan: importing.Plan, status: int = 200) -> Any:
    wrong = [row for row in plan.rows if row.faults]
    fresh = plan.fresh
    return render_template(
        "complaints/import_preview.html",
        stored=stored,
        plan=plan,
        counts=plan.counts,
        wrong=wrong[:SHOWN],
        more_wrong=max(0, len(wrong) - SHOWN),
        fresh=fresh[:20],
        number=len(fresh),
        address=request.full_path.rstrip("?"),
    ), status


@blueprint.get("/complaints/import/<int:file_id>")
@guard(HANDLE)
def preview_import(file_id: int) -> Any:
    stored = files.get_own(file_id, g.person)
    return _preview(stored, _plan(stored))


@blueprint.post("/complaints/import/<int:file_id>")
@guard(HANDLE)
def confirm_import(file_id: int) -> Any:
    stored = files.get_own(file_id, g.person)
    plan = _plan(stored)
    if request.form.get("fingerprint") != plan.fingerprint:
        flash(
            _("The records changed since this preview was made. Here is the new one; nothing was written."),
            "edge",
        )
        return _preview(stored, plan, 409)
    try:
        number = operations.import_register(plan, file=stored, actor=g.person)
    except RuleViolation as violation:
        flash(str(violation.message), "bad")
        return _preview(stored, plan, 422)
    flash(_n("%(num)d complaint imported", "%(num)d complaints imported", number), "good")
    return redirect(url_for(".index", state="*"))


@blueprint.get("/complaints/import/template.<ending>")
@guard(HANDLE)
def import_template(ending: str) -> Response:
    """A file with the column names and one example row."""
    return column_file(ending, importing.COLUMNS, [importing.EXAMPLE], name="complaints")
