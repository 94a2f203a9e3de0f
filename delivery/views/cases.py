"""The cases behind a number: list, export, and the working of one."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, render_template, request

from core import clock
from core.access import guard
from core.documents.downloads import table_file
from core.errors import NotFound
from core.i18n import _, _p, format_date, format_duration, format_number
from delivery import casebook, storage
from delivery.casebook import PAGE, Asked
from delivery.engine.errors import EngineError
from delivery.permissions import SEE
from delivery.queries import plans
from delivery.queries.promise import Measured
from delivery.rules.workings import LINES, OUTCOME_TONES, OUTCOMES
from delivery.views import blueprint
from delivery.views.requirement import get_measured, month_name

_WINDOW = re.compile(r"recent|all|\d{4}-(0[1-9]|1[0-2])|\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d")
CASES = ("met", "missed", "pending")


def _plan(found: Measured) -> tuple[plans.Plan, list[plans.TimingLine], plans.Scope]:
    plan = plans.find_plan(found.log, standard_ids=[found.standard.id])
    if plan is None:
        raise NotFound
    scope = plan.scope(found.unit.id)
    lines = [line for line in plan.lines if line.code == found.code]
    if scope is None or not lines:
        raise NotFound
    return plan, lines, scope


def _asked() -> Asked:
    window = request.args.get("window", "recent")
    if not _WINDOW.fullmatch(window):
        window = "recent"
    if ".." in window:
        try:
            first, last = (date.fromisoformat(each) for each in window.split(".."))
        except ValueError:
            window = "recent"
        else:
            window = window if first <= last else "recent"
    outcome = request.args.get("outcome", "")
    sort = request.args.get("sort", "-from")
    return Asked(
        window=window,
        outcome=outcome if outcome in CASES else "",
        sort=sort if sort in casebook.SORTS else "-from",
    )


def _url(**changes: Any) -> str:
    arguments = {key: value for key, value in request.args.items() if key not in {"page", "export", "lang"}}
    for key, value in changes.items():
        if value in (None, ""):
            arguments.pop(key, None)
        else:
            arguments[key] = str(value)
    query = urlencode(arguments)
    return f"{request.path}?{query}" if query else request.path


@blueprint.get("/standards/<int:standard_id>/<code>/cases")
@guard(SEE)
def cases(standard_id: int, code: str) -> Any:
    found = get_measured(standard_id, code)
    plan, lines, scope = _plan(found)
    asked = _asked()
    form = request.args.get("export")
    if form in {"csv", "xlsx"}:
        return _export(form, found, plan, lines, scope, asked)
    reach = casebook.REACH if asked.sort.endswith("elapsed") else 10_000
    page = min(max(1, request.args.get("page", 1, type=int) or 1), reach // PAGE)
    listed = casebook.list_cases(
        plan, lines, scope, asked, offset=(page - 1) * PAGE, settings=storage.settings(web=True)
    )
    zone = ZoneInfo(plan.timezone)
    return render_template(
        "delivery/cases.html",
        found=found,
        asked=asked,
        rows=listed.rows,
        total=listed.total,
        page=page,
        pages=max(1, min(reach // PAGE, -(-listed.total // PAGE))),
        columns=plan.group_columns,
        months=[month.label for month in reversed(found.months)],
        month_name=month_name,
        window=_window_words(asked.window),
        outcomes=[(key, OUTCOMES[key]) for key in CASES],
        tones=OUTCOME_TONES,
        labels=OUTCOMES,
        local=lambda moment: _local(moment, zone),
        deadline=lambda row: _deadline(row, zone),
        zone=plan.timezone,
        url=_url,
        batches=plan.batch_hashes,
    )


def _window_words(window: str) -> str:
    if window == "recent":
        return str(_("last 90 days"))
    if window == "all":
        return str(_("all cases"))
    if ".." in window:
        first, last = (date.fromisoformat(each) for each in window.split(".."))
        return f"{format_date(first)} – {format_date(last)}"
    return month_name(window)


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _deadline(row: Any, zone: ZoneInfo) -> str:
    """Limits of days end with the day: 24:00 of the day, not 00:00 of the next."""
    if row.deadline is None:
        return ""
    local = row.deadline.astimezone(zone)
    if row.deadline_open:
        return f"{local - timedelta(seconds=1):%Y-%m-%d} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"


def _export(
    form: str,
    found: Measured,
    plan: plans.Plan,
    lines: list[plans.TimingLine],
    scope: plans.Scope,
    asked: Asked,
) -> Response:
    zone = ZoneInfo(plan.timezone)
    header = [
        _("Case"),
        _("From"),
        _p("span", "To"),
        _("Deadline"),
        _("Elapsed, hours"),
        _("Outcome"),
        *plan.group_columns,
    ]
    rows: list[list[Any]] = [
        [
            row.case,
            _local(row.start, zone),
            _local(row.end, zone),
            _deadline(row, zone),
            round(row.elapsed_s / 3600, 2),
            str(OUTCOMES[row.outcome]),
            *(row.keys[name] for name in plan.group_columns),
        ]
        for row in casebook.all_cases(plan, lines, scope, asked, settings=storage.settings(web=True))
    ]
    return table_file(f"cases-{found.standard.code}-{found.code}-{clock.now():%Y%m%d}.{form}", header, rows)


@blueprint.get("/standards/<int:standard_id>/<code>/case")
@guard(SEE)
def case(standard_id: int, code: str) -> Any:
    found = get_measured(standard_id, code)
    plan, lines, scope = _plan(found)
    identity = request.args.get("id", "")[:500]
    settings = storage.settings(web=True)
    try:
        if not casebook.belongs(plan, scope, identity, settings=settings):
            raise NotFound
        explanation, line = casebook.explain(plan, lines, identity, settings=settings)
    except EngineError as error:
        raise NotFound from error
    return render_template(
        "delivery/case.html",
        found=found,
        explanation=explanation,
        line=line,
        words=LINES,
        outcome=OUTCOMES[explanation.outcome],
        tone=OUTCOME_TONES.get(explanation.outcome, "few"),
        when=_iso,
        ends=_iso_deadline(explanation),
        amount=lambda amount: _amount(explanation.unit, amount),
        zone=plan.timezone,
    )


def _iso(text: str | None) -> str:
    return "—" if not text else f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"


def _iso_deadline(explanation: Any) -> str:
    if not explanation.deadline:
        return "—"
    moment = datetime.fromisoformat(explanation.deadline)
    if explanation.deadline_open:
        return f"{moment - timedelta(seconds=1):%Y-%m-%d} 24:00"
    return f"{moment:%Y-%m-%d %H:%M}"


def _amount(unit: str, amount: float | None) -> str:
    if amount is None:
        return "—"
    if unit == "days":
        days = format_number(amount, 0 if float(amount).is_integer() else 1)
        return str(_("%(num)s d", num=days))
    return format_duration(amount)
