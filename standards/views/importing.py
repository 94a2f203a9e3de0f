"""Standards from a file: choose it, see row by row what it becomes, then write all of it or nothing."""

from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from accounts import queries as accounts
from core import files
from core.access import guard
from core.db import session
from core.errors import InvalidInput, NotFound, RuleViolation
from core.forms import RecordForm, choices
from core.i18n import _l, _n
from core.pages import form_page, refusals
from standards.operations import importing as operations
from standards.permissions import WRITE
from standards.queries.calendars import calendar_choices, get_calendar
from standards.rules.importing import FIELDS
from standards.views import blueprint

SHOWN = 500


class FileForm(RecordForm):
    file = FileField(_l("File"), validators=[FileRequired(message=_l("Choose a file."))])


class ImportForm(RecordForm):
    unit_id = SelectField(_l("Unit"), coerce=int)
    owner_id = SelectField(_l("Owner"), coerce=int)
    calendar_id = SelectField(_l("Calendar for working time"))

    def offer(self, person: Any) -> "ImportForm":
        self.unit_id.choices = choices(accounts.unit_choices(person, WRITE))
        self.owner_id.choices = choices((item.id, item.name) for item in accounts.list_people())
        self.calendar_id.choices = choices(calendar_choices(), empty=_l("None: Monday to Friday"))
        return self


@blueprint.route("/standards/import", methods=["GET", "POST"])
@guard(WRITE)
def start_import() -> Any:
    form = FileForm()
    if form.validate_on_submit():
        upload = form.file.data
        try:
            received = files.receive(upload.stream, upload.filename, limit=operations.MOST_BYTES)
            operations.read_plan(received.path, name=received.name)
        except InvalidInput as error:
            form.refuse(RuleViolation(str(error), "file"))
        else:
            stored = files.store(received, actor=g.person)
            return redirect(url_for("standards.preview_import", file_id=stored.id))
    return form_page("standards/import.html", form, fields=FIELDS, limit=operations.MOST_ROWS)


def _own_file(file_id: int) -> files.StoredFile:
    found = session.get(files.StoredFile, file_id)
    if found is None or found.added_by_id != g.person.id:
        raise NotFound
    return found


@blueprint.route("/standards/import/<int:file_id>", methods=["GET", "POST"])
@guard(WRITE)
def preview_import(file_id: int) -> Any:
    stored = _own_file(file_id)
    columns = {key: request.args[f"c_{key}"] for key in FIELDS if f"c_{key}" in request.args}
    plan = operations.read_plan(files.path_of(stored.sha256), name=stored.name, columns=columns)
    form = ImportForm().offer(g.person)
    if request.method == "GET":
        form.owner_id.data = g.person.id
    if form.validate_on_submit():
        with refusals(form):
            made = operations.import_standards(
                plan,
                unit=accounts.get_unit(form.unit_id.data),
                owner=accounts.get_person(form.owner_id.data),
                actor=g.person,
                calendar=get_calendar(int(form.calendar_id.data)) if form.calendar_id.data else None,
                source=stored.name,
            )
            flash(
                _n("%(num)d standard written as a draft.", "%(num)d standards written as drafts.", len(made)),
                "good",
            )
            return redirect(url_for("standards.index", state="draft", sort="-code"))
    return form_page(
        "standards/import_preview.html",
        form,
        stored=stored,
        plan=plan,
        fields=FIELDS,
        groups=list(plan.standards.items()),
        shown=SHOWN,
        missing_labels=[str(FIELDS[key]) for key in plan.missing],
    )
