"""Who knows what: people × courses or competences."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, g, render_template, request

from accounts import queries as accounts
from accounts.models import Unit
from accounts.rules import INSIDERS, ROLE_LABELS, Role
from core import access, clock
from core.access import guard
from core.db import session
from core.documents.downloads import table_file
from core.forms import record_number
from core.i18n import _, format_date
from training.permissions import SEE_RECORDS
from training.queries import matrix as queries
from training.rules.standing import SHOWN, Standing
from training.views.blueprint import blueprint


def _asked() -> queries.Asked:
    number = request.args.get("unit", type=record_number)
    unit = session.get(Unit, number) if number is not None else None
    if unit is not None and not access.may(g.person, SEE_RECORDS, unit.path):
        unit = None
    what, role = request.args.get("what", ""), request.args.get("role", "")
    return queries.Asked(
        what="competences" if what == "competences" else "courses",
        unit=unit,
        role=role if role in set(Role) else "",
        q=" ".join(request.args.get("q", "").replace("\x00", "").split())[:100],
        page=min(max(1, request.args.get("page", 1, type=record_number) or 1), 1_000),
    )


@blueprint.get("/matrix")
@guard(SEE_RECORDS)
def matrix() -> Any:
    asked = _asked()
    form = request.args.get("export")
    if form in {"csv", "xlsx"}:
        return _export(queries.read(g.person, asked, whole=True), asked, str(form))
    found = queries.read(g.person, asked)
    return render_template(
        "training/matrix.html",
        matrix=found,
        asked=asked,
        page=min(asked.page, found.pages),
        units=accounts.unit_choices(g.person, SEE_RECORDS),
        roles=[(role.value, ROLE_LABELS[role]) for role in Role if role in INSIDERS],
        standings=[item for item in SHOWN if item != Standing.none],
        counts=found.counts(),
        cell_words=cell_words,
        link=_link,
    )


def _link(**changes: Any) -> str:
    """This matrix with something else."""
    arguments = {key: value for key, value in request.args.items() if key in {"what", "unit", "role", "q"}}
    arguments.update({key: str(value) for key, value in changes.items() if value})
    query = urlencode(arguments)
    return f"{request.path}?{query}" if query else request.path


def cell_words(cell: queries.Cell) -> str:
    """A cell in words, with its day."""
    word = str(cell.standing.label)
    if cell.until is None:
        return word
    day = format_date(cell.until)
    if cell.standing in {Standing.open, Standing.late, Standing.failed}:
        return _("%(state)s, due %(day)s", state=word, day=day)
    return _("%(state)s, until %(day)s", state=word, day=day)


def _export(found: queries.Matrix, asked: queries.Asked, form: str) -> Response:
    header = [_("Person"), _("Unit"), *(f"{head.code} {head.title}" for head in found.heads)]
    rows = (
        [
            row.name,
            row.unit,
            *("" if cell.standing == Standing.none else cell_words(cell) for cell in row.cells),
        ]
        for row in found.rows
    )
    return table_file(f"training-{asked.what}-{clock.now():%Y%m%d}.{form}", header, rows)
