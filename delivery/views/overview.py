"""Delivery: all promises with their figures, and which of them are slipping."""

from typing import Any

from flask import g, render_template, request

from accounts import queries as accounts
from accounts.models import Unit
from core import access
from core.access import guard
from core.forms import record_number
from delivery import reports
from delivery.permissions import IMPORT, SEE
from delivery.queries import lines as queries
from delivery.queries.unmeasured import list_unmeasured
from delivery.views import blueprint

STATES = ("short", "on_the_line", "too_few", "kept", "none")
PAGE = 50


@blueprint.get("")
@guard(SEE)
def show() -> str:
    unit = _chosen_unit()
    lines = queries.list_lines(g.person, unit=unit)
    missing = list_unmeasured(g.person, unit=unit)
    counts = reports.counts(lines)
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    standard = request.args.get("standard", type=record_number)
    standards = sorted(
        {(line.standard_id, line.standard_code, line.title) for line in lines}
        | {(each.standard_id, each.standard_code, each.title) for each in missing},
        key=lambda each: each[1],
    )
    chosen = [
        line
        for line in lines
        if (not state or line.verdict == state) and standard in {None, line.standard_id}
    ]
    unmeasured = [each for each in missing if state in {"", "none"} and standard in {None, each.standard_id}]
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(max(1, request.args.get("page", 1, type=int) or 1), pages)
    return render_template(
        "delivery/show.html",
        lines=chosen[(page - 1) * PAGE : page * PAGE],
        total=len(lines),
        shown=len(chosen),
        unmeasured=unmeasured if page == pages else [],
        counts=counts,
        unit=unit,
        units=accounts.unit_choices(g.person, SEE),
        standards=standards,
        chosen_state=state,
        standard=standard,
        page=page,
        pages=pages,
        may_import=access.may(g.person, IMPORT),
    )


@blueprint.get("/slipping")
@guard(SEE)
def slipping() -> str:
    lines = queries.list_lines(g.person)
    return render_template("delivery/slipping.html", slips=reports.slips(lines))


def _chosen_unit() -> Unit | None:
    unit_id = request.args.get("unit", type=record_number)
    if unit_id is None:
        return None
    return accounts.get_unit_for(g.person, unit_id, SEE)


def page_url(page: int) -> str:
    arguments: dict[str, Any] = {**request.args.to_dict(), "page": page}
    from urllib.parse import urlencode

    return f"{request.path}?{urlencode(arguments)}"
