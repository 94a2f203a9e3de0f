"""One promise: how it was kept by month and by unit, and how that was computed."""

from typing import Any

from flask import g, render_template, request

from core import access
from core.access import guard
from core.charts.marks import verdict_word
from core.charts.specs.attainment import Period, attainment_over_time
from core.db import session
from core.errors import NotFound
from core.forms import record_number
from core.i18n import (
    _,
    format_duration,
    format_interval,
    format_number,
    format_share,
    format_target,
    language,
)
from core.slots import panels
from delivery.permissions import IMPORT, SEE
from delivery.queries import logs, plans
from delivery.queries import promise as queries
from delivery.queries.promise import Measured, MonthRow
from delivery.rules.attainment import MIN_N
from delivery.views import blueprint
from standards.models import Requirement

CHART_MONTHS = 36


def get_measured(standard_id: int, code: str) -> Measured:
    return queries.get_measured_for(
        g.person,
        standard_id,
        code,
        request.args.get("unit", type=record_number),
        request.args.get("log", type=record_number),
    )


@blueprint.get("/standards/<int:standard_id>/<code>")
@guard(SEE)
def requirement(standard_id: int, code: str) -> Any:
    found = get_measured(standard_id, code)
    lines = [line for line in plans.timing_lines([standard_id]) if line.code == code]
    months = found.months[-CHART_MONTHS:]
    return render_template(
        "delivery/requirement.html",
        found=found,
        line=found.line,
        current=lines[-1] if lines else None,
        versions=lines,
        calendar=_calendar(lines[-1].requirement_id) if lines else None,
        spec=attainment_over_time([_period(month) for month in months]) if months else None,
        table=_table(months),
        description=_description(found),
        may_log=access.may(g.person, SEE, found.log.unit.path),
        side=panels("promise.side", found.line, g.person),
    )


def month_name(label: str) -> str:
    """March 2026, 2026年3月."""
    year, month = label.split("-")
    if language() == "zh":
        return f"{year}年{int(month)}月"
    from babel.dates import get_month_names

    return f"{get_month_names('wide', locale='en')[int(month)]} {year}"


def _period(month: MonthRow) -> Period:
    from datetime import date

    few = month.verdict == "too_few"
    interval = month.tally.interval
    return Period(
        start=date.fromisoformat(f"{month.label}-01"),
        label=month_name(month.label),
        n=month.tally.n,
        value=None if few else month.tally.share,
        low=None if few or interval is None else interval[0],
        high=None if few or interval is None else interval[1],
        target=month.target,
        verdict=month.verdict,
    )


def _table(months: tuple[MonthRow, ...]) -> dict[str, Any]:
    return {
        "header": [
            _("Month"),
            _("In time"),
            _("95% interval"),
            _("Met"),
            _("Missed"),
            _("Pending"),
            _("Median"),
            _("Target"),
            _("State"),
        ],
        "rows": [
            [
                month_name(month.label),
                format_share(month.tally.share),
                format_interval(*month.tally.interval) if month.tally.interval else "—",
                format_number(month.tally.met),
                format_number(month.tally.missed),
                format_number(month.tally.pending),
                format_duration(month.median_s),
                format_target(month.target),
                verdict_word(month.verdict),
            ]
            for month in reversed(months)
        ],
    }


def _description(found: Measured) -> str:
    known = [month for month in found.months if month.verdict != "too_few"]
    if not known:
        return str(_("No month has enough cases to be drawn."))
    return str(
        _(
            "Share in time by month, from %(first)s (%(a)s) to %(last)s (%(b)s), target %(target)s.",
            first=month_name(known[0].label),
            a=format_share(known[0].tally.share),
            last=month_name(known[-1].label),
            b=format_share(known[-1].tally.share),
            target=format_target(found.line.target),
        )
    )


def _calendar(requirement_id: int) -> Any:
    requirement = session.get(Requirement, requirement_id)
    return requirement.calendar if requirement else None


@blueprint.get("/standards/<int:standard_id>/<code>/how")
@guard(SEE)
def how(standard_id: int, code: str) -> Any:
    found = get_measured(standard_id, code)
    lines = [line for line in plans.timing_lines([standard_id]) if line.code == code]
    if not lines:
        raise NotFound
    log = found.log
    scope = next((each for each in plans.scopes_of(log) if each.unit_id == found.unit.id), None)
    return render_template(
        "delivery/how.html",
        found=found,
        line=found.line,
        lines=lines,
        current=lines[-1],
        calendar=_calendar(lines[-1].requirement_id),
        interval=found.line.tally.interval,
        min_n=MIN_N,
        batches=logs.list_accepted(log.id),
        values=scope.values if scope else None,
        may_log=access.may(g.person, SEE, log.unit.path),
        may_original=access.may(g.person, IMPORT, log.unit.path),
    )
