"""Customer journeys: the list, the map of one, its history, writing and removing."""

from datetime import date
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup

import standards.words  # noqa: F401 - registers how the trail reads
from accounts import queries as accounts
from accounts.lists import unit_filter
from accounts.models import Unit
from core import access, clock, trail
from core.access import guard
from core.forms import number_or_none
from core.i18n import _, _l, format_date, format_number, pick
from core.pages import form_page, refusals
from core.tables import Column, Empty, Filter, ListPage, choice_filter, link, row_urls, two_lines
from standards.forms.journeys import JourneyForm
from standards.models import Journey, Service
from standards.operations import journeys as operations
from standards.permissions import SEE, WRITE
from standards.queries import journeys as queries
from standards.reports.journeys import map_of
from standards.rules.journeys import Channel
from standards.views import journeys_blueprint as blueprint

NAMES = ("name_en", "name_zh")


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"channel_of": Channel}


def texts(form: Any, *names: str) -> dict[str, str]:
    return {name: form[name].data or "" for name in (*NAMES, *names)}


# --- journeys: the list --------------------------------------------------------------------------------------


def state_chip(row: Any) -> Markup:
    if row.withdrawn_at is None:
        return Markup('<span class="state bare good"><span class="bi bi-check-circle" aria-hidden="true"></span>%s</span>') % _("In use")  # fmt: skip
    return Markup('<span class="state bare few"><span class="bi bi-slash-circle" aria-hidden="true"></span>%s</span>') % _("Withdrawn")  # fmt: skip


def state_filter(column: Any) -> Filter:
    return Filter(
        "state",
        _l("State"),
        lambda: [("used", _l("In use")), ("withdrawn", _l("Withdrawn"))],
        {"used": column.is_(None), "withdrawn": column.is_not(None)}.get,
        default="used",
        fixed=True,
    )


def counted(number: int) -> Any:
    return format_number(number) if number else Markup('<span class="quiet">0</span>')


def _journeys_page() -> ListPage:
    url = row_urls("journeys.show", "journey_id")
    service = row_urls("journeys.service", "service_id")
    return ListPage(
        "journeys",
        _l("Customer journeys"),
        columns=[
            Column(
                "name",
                _l("Journey"),
                lambda row: two_lines(url(row.id), pick(row.name_en, row.name_zh), row.code),
                sort=Journey.code,
                export=lambda row: pick(row.name_en, row.name_zh),
            ),
            Column("code", _l("Code"), lambda row: row.code, sort=Journey.code, shown=False),
            Column(
                "customers",
                _l("Customer group"),
                lambda row: pick(row.customers_en, row.customers_zh) or "—",
                sort=Journey.customers_en,
            ),
            Column(
                "service",
                _l("Service"),
                lambda row: (
                    link(service(row.service_id), pick(row.service_en, row.service_zh))
                    if row.service_id
                    else "—"
                ),
                sort=Service.code,
            ),
            Column("unit", _l("Unit"), lambda row: pick(row.unit_en, row.unit_zh), sort=Unit.path),
            Column(
                "touchpoints",
                _l("Touchpoints"),
                lambda row: counted(row.touchpoints),
                sort=queries.TOUCHPOINTS,
                css="r num",
                descending=True,
                export=lambda row: row.touchpoints,
            ),
            Column(
                "moments",
                _l("Moments of truth"),
                lambda row: counted(row.moments),
                sort=queries.MOMENTS,
                css="r num",
                descending=True,
                export=lambda row: row.moments,
            ),
            Column(
                "bare",
                _l("Without a standard"),
                lambda row: counted(row.bare),
                sort=queries.BARE,
                css="r num",
                descending=True,
                export=lambda row: row.bare,
            ),
            Column("state", _l("State"), state_chip, sort=Journey.withdrawn_at),
        ],
        tie=Journey.id,
        default_sort="name",
        filters=[
            unit_filter(),
            choice_filter(
                "service", _l("Service"), Journey.service_id, lambda: queries.service_choices(g.person)
            ),
            state_filter(Journey.withdrawn_at),
        ],
        search=[
            Journey.code,
            Journey.name_en,
            Journey.name_zh,
            Journey.customers_en,
            Journey.customers_zh,
        ],
        empty=lambda: Empty(
            _("No customer journeys yet"),
            _(
                "A journey follows one group of customers through a service, stage by stage. At each touchpoint stands what is promised, what is delivered and what customers felt."
            ),
            (url_for("journeys.write"), _("Write a journey")) if access.may(g.person, WRITE) else None,
        ),
    )


@blueprint.get("/journeys")
@guard(SEE)
def index() -> Any:
    page = _journeys_page()
    statement = queries.journeys_statement(g.person)
    return page.answer("journeys/index.html", statement)


# --- one journey ---------------------------------------------------------------------------------------------


def frame(journey: Journey, part: str) -> dict[str, Any]:
    """What the head of each page of a journey needs."""
    return {
        "journey": journey,
        "part": part,
        "may_write": access.may(g.person, WRITE, journey.unit.path),
    }


def period_words(period: tuple[date, date] | None) -> str:
    if period is None:
        return ""
    form = "day" if period[0].year == period[1].year == clock.now().year else "table"
    return _(
        "cases received %(first)s – %(last)s",
        first=format_date(period[0], form),
        last=format_date(period[1], form),
    )


@blueprint.get("/journeys/<int:journey_id>")
@guard(SEE)
def show(journey_id: int) -> str:
    journey = queries.get_journey_for(g.person, journey_id)
    found = map_of(journey, g.person)
    return render_template(
        "journeys/map.html", map=found, period=period_words(found.period), **frame(journey, "map")
    )


@blueprint.get("/journeys/<int:journey_id>/history")
@guard(SEE)
def history(journey_id: int) -> str:
    journey = queries.get_journey_for(g.person, journey_id)
    return render_template(
        "journeys/history.html", entries=trail.history(journey), **frame(journey, "history")
    )


@blueprint.route("/journeys/new", methods=["GET", "POST"])
@guard(WRITE)
def write() -> Any:
    form = JourneyForm().offer(g.person, queries.service_choices(g.person))
    if request.method == "GET":
        form.service_id.data = request.args.get("service", type=number_or_none)
    if form.validate_on_submit():
        with refusals(form):
            made = operations.write_journey(
                unit=accounts.get_unit(form.unit_id.data),
                service=_chosen_service(form),
                actor=g.person,
                **texts(form, "customers_en", "customers_zh"),
            )
            flash(_("%(code)s is written. Now say through which stages it leads.", code=made.code), "good")
            return redirect(url_for("journeys.stages", journey_id=made.id))
    return form_page("journeys/journey_form.html", form, journey=None)


def _chosen_service(form: JourneyForm) -> Service | None:
    number = form.service_id.data
    return queries.get_service_for(g.person, number) if number is not None else None


@blueprint.route("/journeys/<int:journey_id>/edit", methods=["GET", "POST"])
@guard(WRITE)
def edit(journey_id: int) -> Any:
    journey = queries.get_journey_for(g.person, journey_id, WRITE)
    form = JourneyForm(obj=journey).offer(
        g.person, queries.service_choices(g.person, keep=journey.service_id)
    )
    if form.validate_on_submit():
        with refusals(form):
            operations.change_journey(
                journey,
                seen=form.seen_version,
                actor=g.person,
                unit=accounts.get_unit(form.unit_id.data),
                service=_chosen_service(form),
                **texts(form, "customers_en", "customers_zh"),
            )
            flash(_("Saved."), "good")
            return redirect(url_for("journeys.show", journey_id=journey.id))
    return form_page("journeys/journey_form.html", form, journey=journey)


def say_removed(name: str, *, gone: bool) -> None:
    if gone:
        flash(_("%(name)s is removed.", name=name), "good")
    else:
        flash(
            _("%(name)s is withdrawn, because something hangs on it. It can be brought back.", name=name),
            "info",
        )


@blueprint.post("/journeys/<int:journey_id>/remove")
@guard(WRITE)
def remove(journey_id: int) -> Any:
    journey = queries.get_journey_for(g.person, journey_id, WRITE)
    name = journey.name
    say_removed(name, gone=operations.remove_journey(journey, actor=g.person))
    return redirect(url_for("journeys.index"))


@blueprint.post("/journeys/<int:journey_id>/restore")
@guard(WRITE)
def restore(journey_id: int) -> Any:
    journey = queries.get_journey_for(g.person, journey_id, WRITE)
    operations.restore_journey(journey, actor=g.person)
    flash(_("%(name)s is back.", name=journey.name), "good")
    return redirect(url_for("journeys.show", journey_id=journey.id))
