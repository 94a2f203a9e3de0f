"""Yearly programmes: list, the year as a picture, slots."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from markupsafe import Markup

from accounts import queries as accounts
from accounts.models import Unit
from audits import forms
from audits.models import Audit, Programme, Slot
from audits.operations import programmes as operations
from audits.permissions import AUDIT, PLAN, SEE
from audits.queries import programmes as queries
from audits.rules.states import STATE_CSS, State
from audits.views.blueprint import blueprint
from audits.views.calendar import calendar_file
from core import access, clock, trail
from core.access import guard
from core.forms import choices
from core.i18n import _, _l, language, pick, zone
from core.pages import form_page, refusals
from core.tables import Column, Empty, ListPage, choice_filter, row_urls
from standards.models import Framework
from standards.queries import frameworks as catalog


class Cells:
    def __init__(self) -> None:
        self.programme = row_urls("audits.programme", "audit_programme_id")


def _code_cell(row: Any, cells: Cells) -> Markup:
    return Markup('<a href="{}">{}</a><div class="code">{}</div>').format(
        cells.programme(row.id),
        _("Audit programme %(year)s", year=row.year),
        row.code,
    )


def _no_programmes() -> Empty:
    may = access.may(g.person, PLAN)
    return Empty(
        _("No audit programme yet"),
        _("A programme says what a unit audits in a year, and what for; its slots become audits."),
        (url_for("audits.new_programme"), _("Open a programme")) if may else None,
    )


LIST = ListPage(
    "audit-programmes",
    _l("Audit programmes"),
    columns=(
        Column(
            "year",
            _l("Programme"),
            _code_cell,
            sort=Programme.year,
            export=lambda row, _cells: row.year,
            descending=True,
        ),
        Column("unit", _l("Unit"), lambda row, _cells: pick(row.unit_en, row.unit_zh), sort=Unit.code),
        Column("slots", _l("Slots"), lambda row, _cells: row.slots, css="r"),
        Column("planned", _l("Planned"), lambda row, _cells: row.planned, css="r"),
        Column("done", _l("Reported"), lambda row, _cells: row.done, css="r"),
    ),
    tie=Programme.id,
    default_sort="-year",
    filters=(
        choice_filter(
            "year",
            _l("Year"),
            Programme.year,
            lambda: [(year, str(year)) for year in range(clock.now().year + 1, clock.now().year - 6, -1)],
        ),
    ),
    search=(Programme.code, Unit.name_en, Unit.name_zh),
    context=Cells,
    empty=_no_programmes,
)


@blueprint.get("/audits/programmes")
@guard(SEE)
def programmes() -> Any:
    statement = queries.select_programmes(g.person)
    return LIST.answer("audits/programmes.html", statement, may_plan=access.may(g.person, PLAN))


def _offer(form: forms.ProgrammeForm) -> None:
    form.unit_id.choices = choices(accounts.unit_choices(g.person, PLAN))
    form.framework_ids.choices = choices((one.id, one.short or one.code) for one in catalog.list_frameworks())


@blueprint.route("/audits/programmes/new", methods=["GET", "POST"])
@guard(PLAN)
def new_programme() -> Any:
    form = forms.ProgrammeForm()
    _offer(form)
    if request.method == "GET":
        form.year.data = clock.now().astimezone(zone()).year
    if form.validate_on_submit():
        with refusals(form):
            made = operations.open_programme(
                accounts.get_unit_for(g.person, form.unit_id.data, PLAN),
                form.year.data,
                framework_ids=form.framework_ids.data,
                objectives_en=form.objectives_en.data or "",
                objectives_zh=form.objectives_zh.data or "",
                risks=form.risks.data or "",
                actor=g.person,
            )
            flash(_("%(code)s is open. Add its slots.", code=made.code), "good")
            return redirect(url_for(".programme", audit_programme_id=made.id))
    return form_page("audits/programme_form.html", form, programme=None)


@blueprint.route("/audits/programmes/<int:audit_programme_id>/edit", methods=["GET", "POST"])
@guard(PLAN)
def change_programme(audit_programme_id: int) -> Any:
    found = queries.get_programme_for(g.person, audit_programme_id)
    access.require(g.person, PLAN, found.unit.path, what=found.code)
    form = forms.ProgrammeForm(obj=found)
    _offer(form)
    del form.unit_id, form.year  # they name the programme and stay
    if form.validate_on_submit():
        with refusals(form):
            operations.change(
                found,
                framework_ids=form.framework_ids.data,
                objectives_en=form.objectives_en.data or "",
                objectives_zh=form.objectives_zh.data or "",
                risks=form.risks.data or "",
                seen=form.seen_version,
                actor=g.person,
            )
            flash(_("Saved."), "good")
            return redirect(url_for(".programme", audit_programme_id=found.id))
    return form_page("audits/programme_form.html", form, programme=found)


@dataclass(frozen=True)
class Mark:
    """One thing in a month of the year's picture."""

    month: int
    title: str
    url: str
    css: str
    word: str
    slot: Slot | None = None
    audit: Audit | None = None
    framework: Framework | None = None


def _mark(slot: Slot, audit: Audit | None, framework: Framework | None, today: date) -> Mark:
    year = slot.programme.year
    if audit is None:
        late = (year, slot.month) < (today.year, today.month)
        return Mark(
            slot.month,
            slot.topic,
            url_for("audits.slot", audit_programme_id=slot.programme_id, audit_slot_id=slot.id)
            if access.may(g.person, PLAN, slot.programme.unit.path)
            else "",
            "bad" if late else "few",
            _("not planned yet, late") if late else _("not planned yet"),
            slot,
            None,
            framework,
        )
    state = State(audit.state)
    return Mark(
        audit.starts_on.month if audit.starts_on.year == year else slot.month,
        slot.topic or audit.title,
        url_for("audits.show", audit_id=audit.id),
        STATE_CSS[state],
        str(state.label),
        slot,
        audit,
        framework,
    )


def _other(audit: Audit) -> Mark:
    state = State(audit.state)
    return Mark(
        audit.starts_on.month,
        audit.title,
        url_for("audits.show", audit_id=audit.id),
        STATE_CSS[state],
        str(state.label),
        audit=audit,
    )


def month_names() -> list[str]:
    from babel.dates import get_month_names

    if language() == "zh":
        return [f"{number}月" for number in range(1, 13)]
    return [str(name) for _number, name in sorted(get_month_names("abbreviated", locale="en").items())]


@blueprint.get("/audits/programmes/<int:audit_programme_id>")
@guard(SEE)
def programme(audit_programme_id: int) -> Any:
    found = queries.get_programme_for(g.person, audit_programme_id)
    today = clock.now().astimezone(zone()).date()
    marks = [_mark(*row, today) for row in queries.slots_with_audits(found.id)]
    others = [_other(audit) for audit in queries.other_audits(found)]
    by_unit: dict[int, tuple[Unit, list[Mark]]] = {}
    for mark in marks + others:
        unit = mark.slot.unit if mark.slot else mark.audit.unit if mark.audit else found.unit
        by_unit.setdefault(unit.id, (unit, []))[1].append(mark)
    rows = sorted(by_unit.values(), key=lambda pair: pair[0].path)
    known = {one.id: one for one in catalog.list_frameworks()}
    return render_template(
        "audits/programme.html",
        programme=found,
        rows=rows,
        marks=sorted(marks, key=lambda mark: mark.month),
        others=others,
        months=month_names(),
        now=today.month if today.year == found.year else 0,
        frameworks=[known[number] for number in found.framework_ids if number in known],
        may_plan=access.may(g.person, PLAN, found.unit.path),
        done=sum(
            1 for mark in marks if mark.audit and mark.audit.state in {"reported", "accepted", "closed"}
        ),
        entries=trail.history(found, limit=40),
    )


@blueprint.get("/audits/programmes/<int:audit_programme_id>/calendar.ics")
@guard(SEE)
def programme_calendar(audit_programme_id: int) -> Response:
    found = queries.get_programme_for(g.person, audit_programme_id)
    audits = [audit for _slot, audit, _framework in queries.slots_with_audits(found.id) if audit]
    every = audits + queries.other_audits(found)
    name = _("Audit programme %(year)s", year=found.year)
    return calendar_file(f"{name} · {found.unit.name}", every, found.code)


def _slot_form(found: Programme, record: Slot | None) -> forms.SlotForm:
    form = forms.SlotForm(obj=record)
    form.unit_id.choices = choices(
        (unit.id, "\u2002" * (unit.depth - found.unit.depth) + unit.name)
        for unit in accounts.list_units(g.person, PLAN)
        if unit.path.startswith(found.unit.path)
    )
    form.month.choices = choices((number + 1, name) for number, name in enumerate(month_names()))
    form.framework_id.choices = choices(
        [(0, _("no framework")), *((one.id, one.short or one.code) for one in catalog.list_frameworks())]
    )
    form.lead_id.choices = choices(
        [
            (0, _("not yet named")),
            *((person.id, person.name) for person in accounts.people_with(AUDIT, found.unit.path)),
        ]
    )
    return form


def _slot_values(form: forms.SlotForm) -> dict[str, Any]:
    from core.db import session

    return {
        "unit": accounts.get_unit_for(g.person, form.unit_id.data, PLAN),
        "month": form.month.data,
        "topic_en": form.topic_en.data or "",
        "topic_zh": form.topic_zh.data or "",
        "framework": session.get(Framework, form.framework_id.data) if form.framework_id.data else None,
        "lead": accounts.get_person(form.lead_id.data) if form.lead_id.data else None,
    }


@blueprint.route("/audits/programmes/<int:audit_programme_id>/slots/new", methods=["GET", "POST"])
@guard(PLAN)
def new_slot(audit_programme_id: int) -> Any:
    found = queries.get_programme_for(g.person, audit_programme_id)
    access.require(g.person, PLAN, found.unit.path, what=found.code)
    form = _slot_form(found, None)
    if request.method == "GET":
        month = request.args.get("month", type=int)
        form.month.data = month if month and 1 <= month <= 12 else clock.now().month
        form.framework_id.data = found.framework_ids[0] if found.framework_ids else 0
    if form.validate_on_submit():
        with refusals(form):
            operations.add_slot(found, **_slot_values(form), actor=g.person)
            flash(_("Added to the year."), "good")
            return redirect(url_for(".programme", audit_programme_id=found.id))
    return form_page("audits/slot_form.html", form, programme=found, slot=None)


@blueprint.route(
    "/audits/programmes/<int:audit_programme_id>/slots/<int:audit_slot_id>", methods=["GET", "POST"]
)
@guard(PLAN)
def slot(audit_programme_id: int, audit_slot_id: int) -> Any:
    found = queries.get_programme_for(g.person, audit_programme_id)
    access.require(g.person, PLAN, found.unit.path, what=found.code)
    record = queries.get_slot(found, audit_slot_id)
    form = _slot_form(found, record)
    if request.method == "GET":
        form.framework_id.data, form.lead_id.data = record.framework_id or 0, record.lead_id or 0
    if form.validate_on_submit():
        with refusals(form):
            operations.change_slot(record, **_slot_values(form), seen=form.seen_version, actor=g.person)
            flash(_("Saved."), "good")
            return redirect(url_for(".programme", audit_programme_id=found.id))
    return form_page("audits/slot_form.html", form, programme=found, slot=record)


@blueprint.post("/audits/programmes/<int:audit_programme_id>/slots/<int:audit_slot_id>/remove")
@guard(PLAN)
def remove_slot(audit_programme_id: int, audit_slot_id: int) -> Any:
    found = queries.get_programme_for(g.person, audit_programme_id)
    access.require(g.person, PLAN, found.unit.path, what=found.code)
    operations.remove_slot(queries.get_slot(found, audit_slot_id), actor=g.person)
    flash(_("Taken out of the year."), "good")
    return redirect(url_for(".programme", audit_programme_id=found.id))
