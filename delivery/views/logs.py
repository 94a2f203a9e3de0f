"""Logs of service events: what their columns mean, what they prove, their imports."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from core import access, trail
from core.access import guard
from core.errors import NotFound
from core.forms import choices
from core.i18n import _, _l, format_datetime, format_number, pick
from core.pages import form_page, refusals
from core.search import Hit
from core.tables import Column, Empty, ListPage, row_urls, two_lines
from delivery import forms, operations
from delivery.models import EventLog
from delivery.permissions import IMPORT, SEE, WITHDRAW
from delivery.queries import logs as queries
from delivery.queries import plans
from delivery.views import blueprint
from standards.queries.standards import get_standard


def _list_page() -> ListPage:
    address = row_urls("delivery.log", "log_id")

    def empty() -> Empty:
        action = (url_for("delivery.start"), _("Import a log")) if access.may(g.person, IMPORT) else None
        return Empty(
            _("No logs yet"),
            _(
                "A log of service events (calls, orders, requests with their times) proves how promises were kept. Import the first file and say what its columns mean."
            ),
            action,
        )

    return ListPage(
        "logs",
        _("Logs of service events"),
        columns=(
            Column(
                "name",
                _l("Log"),
                lambda row: two_lines(address(row.id), pick(row.name_en, row.name_zh), row.code),
                sort=EventLog.code,
                export=lambda row: pick(row.name_en, row.name_zh),
            ),
            Column("unit", _l("Unit"), lambda row: pick(row.unit_en, row.unit_zh)),
            Column("standards", _l("Standards proved"), lambda row: row.standards, css="r"),
            Column("imports", _l("Imports"), lambda row: row.imports, css="r"),
            Column(
                "rows",
                _l("Rows"),
                lambda row: format_number(row.rows_read),
                export=lambda row: int(row.rows_read),
                css="r",
            ),
            Column(
                "rejected",
                _l("Set aside"),
                lambda row: format_number(row.rejected),
                export=lambda row: int(row.rejected),
                css="r",
            ),
            Column(
                "measured",
                _l("Measured until"),
                lambda row: format_datetime(row.measured_until) or _("not yet"),
                sort=EventLog.measured_until,
                descending=True,
            ),
        ),
        tie=EventLog.id,
        default_sort="name",
        search=(EventLog.name_en, EventLog.name_zh, EventLog.code),
        empty=empty,
    )


@blueprint.get("/logs")
@guard(SEE)
def logs() -> Any:
    page = _list_page()
    statement = queries.logs_statement(g.person)
    return page.answer(
        "delivery/logs.html",
        statement,
        drafts=queries.list_drafts(g.person),
        may_import=access.may(g.person, IMPORT),
    )


@blueprint.get("/logs/<int:log_id>")
@guard(SEE)
def log(log_id: int) -> str:
    found = queries.get_log_for(g.person, log_id)
    batches = queries.list_batches(found.id)
    proved = queries.standards_of(found.id)
    accepted = [batch for batch, _name in batches if batch.state == "accepted"]
    may_import = access.may(g.person, IMPORT, found.unit.path)
    loose = _loose_values(found, accepted)
    form = forms.StandardForm()
    offered = []
    if may_import:
        known = {standard.id for standard in proved}
        offered = [each for each in queries.standards_near(found.unit) if each.id not in known]
        form.standard.choices = choices((each.id, f"{each.code} · {each.title}") for each in offered)
    milestones = list(found.mapping.get("milestones", {}))
    columns = plans.columns_of(accepted)
    hindered = [
        (line, why)
        for line in plans.timing_lines([standard.id for standard in proved])
        if line.valid_until is None and (why := line.hindered(milestones, columns)) is not None
    ]
    return render_template(
        "delivery/log.html",
        log=found,
        batches=batches,
        proved=proved,
        hindered=hindered,
        codes={standard.id: standard.code for standard in proved},
        loose=loose,
        units=plans.unit_names(list(set(found.unit_values.values()))),
        form=form,
        offered=offered,
        job=queries.find_measuring(found.id),
        may_import=may_import,
        may_withdraw=access.may(g.person, WITHDRAW, found.unit.path),
        history=trail.history(found, limit=30),
    )


def _loose_values(log: EventLog, accepted: list[Any]) -> dict[str, int]:
    """Values of the unit column that belong to no unit yet, with their cases."""
    counts: dict[str, int] = {}
    for batch in accepted:
        for value, count in batch.preview.get("unit_values", {}).items():
            if value not in log.unit_values:
                counts[value] = counts.get(value, 0) + count
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


@blueprint.route("/logs/<int:log_id>/edit", methods=["GET", "POST"])
@guard(IMPORT)
def edit_log(log_id: int) -> Any:
    found = queries.get_log_for(g.person, log_id, IMPORT)
    form = forms.LogForm(obj=found)
    if form.validate_on_submit():
        with refusals(form):
            operations.change_log(found, seen=form.seen_version, actor=g.person, **form.values)
            flash(_("Saved."), "good")
            return redirect(url_for("delivery.log", log_id=found.id))
    return form_page("delivery/log_edit.html", form, log=found)


@blueprint.route("/logs/<int:log_id>/units", methods=["GET", "POST"])
@guard(IMPORT)
def units(log_id: int) -> Any:
    found = queries.get_log_for(g.person, log_id, IMPORT)
    form = forms.UnitsForm(obj=found)
    values = _unit_values(found, queries.list_accepted(found.id))
    below = queries.units_below(found.unit)
    if form.validate_on_submit():
        with refusals(form):
            operations.assign_units(found, chosen_units(list(values)), seen=form.seen_version, actor=g.person)
            flash(_("Saved. The log is measured again."), "good")
            return redirect(url_for("delivery.log", log_id=found.id))
    return form_page(
        "delivery/log_units.html",
        form,
        log=found,
        values=list(values.items()),
        chosen=found.unit_values,
        units=below,
    )


def _unit_values(log: EventLog, accepted: list[Any]) -> dict[str, int]:
    counts: dict[str, int] = dict.fromkeys(log.unit_values, 0)
    for batch in accepted:
        for value, count in batch.preview.get("unit_values", {}).items():
            counts[value] = counts.get(value, 0) + count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:300])


def chosen_units(values: list[str]) -> dict[str, int | None]:
    """What the page's selects say: `unit-0` … in the order of the values, which stand beside them."""
    chosen: dict[str, int | None] = {}
    known = set(values)
    for number in range(len(values)):
        value = request.form.get(f"value-{number}")
        if value is not None and value in known:
            chosen[value] = forms.number(request.form.get(f"unit-{number}"))
    return chosen


@blueprint.post("/logs/<int:log_id>/measure")
@guard(IMPORT)
def measure(log_id: int) -> Any:
    found = queries.get_log_for(g.person, log_id, IMPORT)
    operations.queue_measure(found, actor=g.person)
    flash(_("The measurement has been started; the figures follow in a moment."), "good")
    return redirect(url_for("delivery.log", log_id=found.id))


@blueprint.post("/logs/<int:log_id>/standards")
@guard(IMPORT)
def add_standard(log_id: int) -> Any:
    found = queries.get_log_for(g.person, log_id, IMPORT)
    standard = get_standard(forms.number(request.form.get("standard")) or 0)
    if standard.id not in {each.id for each in queries.standards_near(found.unit)}:
        raise NotFound
    operations.add_standard(found, standard, actor=g.person)
    flash(_("The log proves %(code)s now; it is measured.", code=standard.code), "good")
    return redirect(url_for("delivery.log", log_id=found.id))


@blueprint.post("/logs/<int:log_id>/standards/<int:standard_id>/remove")
@guard(IMPORT)
def remove_standard(log_id: int, standard_id: int) -> Any:
    found = queries.get_log_for(g.person, log_id, IMPORT)
    standard = get_standard(standard_id)
    operations.remove_standard(found, standard, actor=g.person)
    flash(_("The log no longer proves %(code)s.", code=standard.code), "good")
    return redirect(url_for("delivery.log", log_id=found.id))


def search(person: Any, words: str, limit: int) -> list[Hit]:
    """Logs by code and name."""
    if not access.may(person, SEE):
        return []
    return [
        Hit(each.code, each.name, url_for("delivery.log", log_id=each.id), _("Log"), each.unit.name)
        for each in queries.find_logs(person, words, limit)
    ]
