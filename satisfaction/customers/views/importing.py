"""Import of customers: file, what its columns are, what would change; then the record of the import."""

from itertools import islice
from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from core import jobs, trail
from core.access import guard
from core.db import mode, session
from core.documents.downloads import table_file
from core.errors import InvalidInput, RuleViolation
from core.forms import choices
from core.i18n import _, _l, pick
from core.pages import form_page
from core.web import short_transaction
from satisfaction.customers import importing, queries
from satisfaction.customers.forms import ColumnsForm, ImportForm
from satisfaction.customers.importing import Reading
from satisfaction.customers.models import CustomerImport
from satisfaction.customers.permissions import KEEP
from satisfaction.customers.rules import FIELDS, KIND_LABELS, LANGUAGES, REASONS, Kind, Outcome, faults
from satisfaction.customers.views import blueprint
from satisfaction.loading.opening import DELIMITERS, ENCODINGS
from satisfaction.loading.pages import receive_table, steps

CHANGES_SHOWN = 50
REJECTS_SHOWN = 200
FAULTS = {
    "gone": _l("The file has no column “%(what)s”."),
    "unknown": _l("“%(what)s” is no field of the register."),
    "two": _l("Two columns are said to be “%(what)s”."),
    "no_code": _l("Say which column is the code: it tells customers apart."),
}


@blueprint.route("/customers/imports/new", methods=["GET", "POST"])
@guard(KEEP)
@short_transaction
def start_import() -> Any:
    form = ImportForm()
    form.unit_id.choices = choices(accounts.unit_choices(g.person, KEEP))
    if form.validate_on_submit():
        session.rollback()
        try:
            received = receive_table(form)
            with mode("write"):
                unit = accounts.get_unit(form.unit_id.data)
                batch = importing.begin(received, unit=unit, actor=g.person)
                session.commit()
                return redirect(url_for("customers.import_columns", customer_import_id=batch.id))
        except (RuleViolation, InvalidInput) as problem:
            session.rollback()
            form.refuse(RuleViolation(str(problem), "file"))
    return form_page(
        "customers/import_file.html",
        form,
        steps=steps(),
        fields=FIELDS,
        imports=queries.list_imports(g.person),
        limit=current_app.config["MAX_CONTENT_LENGTH"],
    )


def _open_import(import_id: int) -> CustomerImport | None:
    """An import that runs or has ended is no longer in the assistant."""
    batch = queries.get_import_for(g.person, import_id)
    job = jobs.find(batch.job_id)
    return batch if batch.state != "accepted" and (job is None or not job.is_open) else None


def _from_page(form: ColumnsForm, header: list[str]) -> Reading:
    uses = {
        name: key for at, name in enumerate(header) if (key := request.form.get(f"field-{at}", "")) in FIELDS
    }
    delimiter = (form.delimiter.data or "").replace("\\t", "\t")
    return Reading(
        uses,
        form.kind.data,
        form.language.data,
        form.encoding.data if form.encoding.data in ENCODINGS else "",
        delimiter if delimiter in DELIMITERS else "",
    )


def _beginning(batch: CustomerImport, reading: Reading) -> tuple[list[str], list[list[str]], str]:
    """Header, first rows, what is wrong with the file."""
    try:
        table = importing.open_file(batch, reading)
        try:
            return table.header, [cells for _line, cells in islice(table.rows, 3)], ""
        finally:
            table.close()
    except InvalidInput as problem:
        return [], [], str(problem)


def _faults(reading: Reading, header: list[str]) -> list[str]:
    return [
        str(FAULTS[fault]) % {"what": FIELDS.get(what, what[:80])}
        for fault, what in faults(reading.uses, header)
    ]


@blueprint.route("/customers/imports/<int:customer_import_id>/columns", methods=["GET", "POST"])
@guard(KEEP)
def import_columns(customer_import_id: int) -> Any:
    batch = _open_import(customer_import_id)
    if batch is None:
        return redirect(url_for("customers.customer_import", customer_import_id=customer_import_id))
    form = ColumnsForm()
    reading = Reading.of(batch.mapping)
    if request.method == "POST" and form.validate():
        header, _first, _wrong = _beginning(batch, _from_page(form, []))
        reading = _from_page(form, header)
        usable = bool(header) and not _faults(reading, header)
        importing.save_reading(batch, reading, usable=usable, actor=g.person)
        if usable and request.form.get("go") == "next":
            return redirect(url_for("customers.check_import", customer_import_id=batch.id))
        if request.form.get("go") != "next":
            return redirect(url_for("customers.import_columns", customer_import_id=batch.id))
    if request.method == "GET":
        form.kind.data, form.language.data = reading.kind, reading.language
        form.encoding.data, form.delimiter.data = reading.encoding, reading.delimiter.replace("\t", "\\t")
    header, first, wrong = _beginning(batch, reading)
    found = _faults(reading, header) if header else []
    if request.method == "POST":
        form.form_errors += [wrong] if wrong else found
    return render_template(
        "customers/import_columns.html",
        batch=batch,
        form=form,
        reading=reading,
        header=header,
        first=first,
        wrong=wrong,
        faults=found,
        fields=FIELDS,
        steps=steps(url_for("customers.start_import")),
    ), 422 if request.method == "POST" else 200


def shown_value(key: str, value: Any, units: dict[int, str]) -> str:
    """A value of the register in words."""
    if value is None or value == "":
        return "—"
    match key:
        case "kind":
            return str(KIND_LABELS[Kind(value)])
        case "language":
            return str(LANGUAGES[value])
        case "unit_id":
            return units.get(value, "—")
        case "no_contact":
            return _("yes") if value else _("no")
        case "volume":
            return f"{value:g}"
    return str(value)


@blueprint.route("/customers/imports/<int:customer_import_id>/check", methods=["GET", "POST"])
@guard(KEEP)
def check_import(customer_import_id: int) -> Any:
    """What will be new, what will change and what can't be taken, row by row, before anything is written."""
    batch = _open_import(customer_import_id)
    if batch is None:
        return redirect(url_for("customers.customer_import", customer_import_id=customer_import_id))
    if batch.state != "mapped":
        return redirect(url_for("customers.import_columns", customer_import_id=customer_import_id))
    if request.method == "POST":
        importing.queue_import(batch, actor=g.person)
        return redirect(url_for("customers.customer_import", customer_import_id=customer_import_id))
    found, wrong = None, ""
    try:
        found = importing.look(batch, Reading.of(batch.mapping), actor=g.person)
    except InvalidInput as problem:
        wrong = str(problem)
    if found is not None and request.args.get("file") == "1":
        return _rejects_file(
            batch, [(each.line, each.field, each.reason, each.value) for each in found.rejects]
        )
    return render_template(
        "customers/import_check.html",
        batch=batch,
        found=found,
        wrong=wrong,
        **(_shown(found) if found else {}),
        shown=REJECTS_SHOWN,
        form=ColumnsForm(),
        steps=steps(
            url_for("customers.start_import"),
            url_for("customers.import_columns", customer_import_id=batch.id),
        ),
    )


def _shown(found: Outcome) -> dict[str, list[Any]]:
    """The first changes, new customers and rejects, in words."""
    units = importing.unit_names()
    return {
        "changes": [
            (
                each.line,
                each.code,
                [
                    (
                        FIELDS.get("unit" if key == "unit_id" else key, key),
                        shown_value(key, before, units),
                        shown_value(key, after, units),
                    )
                    for key, (before, after) in each.fields.items()
                ],
            )
            for each in found.changed[:CHANGES_SHOWN]
        ],
        "fresh": [
            (row["code"], row["name"], shown_value("kind", row["kind"], units), units.get(row["unit_id"], ""))
            for row in found.new[:5]
        ],
        "rejects": [
            (each.line, FIELDS.get(each.field, each.field), each.value, REASONS[each.reason])
            for each in found.rejects[:REJECTS_SHOWN]
        ],
    }


def _rejects_file(batch: CustomerImport, rejects: list[tuple[Any, ...]]) -> Response:
    header = [_("Line"), _("Field"), _("Reason"), _("Value")]
    rows = (
        [line, str(FIELDS.get(key, key)), str(REASONS.get(reason, reason)), *rest]
        for line, key, reason, *rest in rejects
    )
    width = 4 if rejects and len(rejects[0]) == 4 else 3
    return table_file(f"customers-{batch.id}-rejected.csv", header[:width], rows)


@blueprint.get("/customers/imports/<int:customer_import_id>")
@guard(KEEP)
def customer_import(customer_import_id: int) -> Any:
    batch = queries.get_import_for(g.person, customer_import_id)
    if request.args.get("file") == "1":
        return _rejects_file(batch, [tuple(each) for each in batch.rejects])
    job = jobs.find(batch.job_id)
    mine = job is not None and job.started_by_id == g.person.id
    return render_template(
        "customers/import.html",
        batch=batch,
        job=job if mine else None,
        running=job is not None and job.is_open,
        unit=pick(batch.unit.name_en, batch.unit.name_zh),
        rejects=[
            (line, FIELDS.get(key, key), REASONS.get(reason, reason))
            for line, key, reason in batch.rejects[:REJECTS_SHOWN]
        ],
        shown=REJECTS_SHOWN,
        history=trail.history(batch),
    )


@blueprint.post("/customers/imports/<int:customer_import_id>/discard")
@guard(KEEP)
def discard_import(customer_import_id: int) -> Any:
    batch = queries.get_import_for(g.person, customer_import_id)
    importing.discard(batch, actor=g.person)
    flash(_("The import was discarded; nothing of it is in the register."), "info")
    return redirect(url_for("customers.index"))
