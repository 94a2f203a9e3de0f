"""The list of audits, and the calendar of what a person may see."""

from typing import Any

from flask import Response, g, url_for
from markupsafe import Markup

from accounts.lists import unit_filter
from accounts.models import Unit
from audits.models import Audit
from audits.permissions import PLAN, SEE
from audits.queries import audits as queries
from audits.rules.states import OPEN, STATE_CSS, STATE_LABELS, Kind, State
from audits.views.blueprint import blueprint
from audits.views.calendar import calendar_file
from audits.words import days_between
from core import access, tables
from core.access import guard
from core.i18n import _, _l, _lp
from core.tables import Column, Empty, Filter, ListPage, choice_filter, escaped, row_urls, state_marks


class Cells(tables.Cells):
    def __init__(self) -> None:
        super().__init__()
        self.audit = row_urls("audits.show", "audit_id")
        self.kinds = {kind.value: str(kind.label) for kind in Kind}
        self.states = state_marks(STATE_LABELS, STATE_CSS)


def _title_cell(row: Any, cells: Cells) -> Markup:
    return Markup(  # noqa: S704 - every part from outside is escaped
        f'<a href="{cells.audit(row.id)}">{escaped(cells.pick(row.title_en, row.title_zh))}</a>'
        f'<div class="code">{row.code}</div>'
    )


def _done_cell(row: Any, _cells: Cells) -> Any:
    if not row.items:
        return ""
    share = round(100 * row.answered / row.items)
    return Markup(  # noqa: S704 - numbers
        f'<span class="au-done"><progress class="bar" max="100" value="{share}" aria-label="{share}%"></progress>'
        f'<span class="num">{row.answered}/{row.items}</span></span>'
    )


def _by_state(value: str) -> Any:
    if value == "open":
        return Audit.state.in_([str(state) for state in OPEN])
    return Audit.state == value if value in set(State) else None


def _nothing() -> Empty:
    may = access.may(g.person, PLAN)
    return Empty(
        _("No audits yet"),
        _(
            "An audit looks at a unit, its standards and clauses; its findings go to the inbox. Plan the year first, or a single audit."
        ),
        (url_for("audits.new"), _("Plan an audit")) if may else None,
    )


LIST = ListPage(
    "audits",
    _l("Audits"),
    columns=(
        Column(
            "title",
            _l("Audit"),
            _title_cell,
            sort=Audit.code,
            export=lambda row, cells: cells.pick(row.title_en, row.title_zh),
            descending=True,
        ),
        Column("code", _l("Code"), lambda row, _cells: row.code, sort=Audit.code, shown=False),
        Column("kind", _l("Kind"), lambda row, cells: cells.kinds[row.kind], sort=Audit.kind, shown=False),
        Column(
            "unit",
            _l("Unit"),
            lambda row, cells: cells.pick(row.unit_en, row.unit_zh),
            sort=Unit.code,
        ),
        Column(
            "days",
            _l("Dates"),
            lambda row, _cells: days_between(row.starts_on, row.ends_on),
            sort=Audit.starts_on,
            export=lambda row, _cells: row.starts_on,
            css="nb",
            descending=True,
        ),
        Column("lead", _l("Lead auditor"), lambda row, _cells: row.lead_name or "—"),
        Column(
            "state",
            _l("State"),
            lambda row, cells: cells.states[row.state],
            sort=Audit.state,
            export=lambda row, _cells: str(STATE_LABELS[State(row.state)]),
            css="nb",
        ),
        Column(
            "done",
            _lp("audit", "Answered"),
            _done_cell,
            export=lambda row, _cells: f"{row.answered}/{row.items}",
            css="nb",
        ),
        Column(
            "findings",
            _l("Findings"),
            lambda row, _cells: row.raised or "",
            export=lambda row, _cells: row.raised,
            css="r",
        ),
    ),
    tie=Audit.id,
    default_sort="-days",
    filters=(
        Filter(
            "state",
            _l("State"),
            lambda: [("open", _("Not over")), *((key.value, label) for key, label in STATE_LABELS.items())],
            _by_state,
            fixed=True,
        ),
        choice_filter("kind", _l("Kind"), Audit.kind, lambda: [(kind.value, kind.label) for kind in Kind]),
        unit_filter(SEE),
    ),
    context=Cells,
    search=(Audit.code, Audit.title_en, Audit.title_zh),
    empty=_nothing,
)


@blueprint.get("/audits")
@guard(SEE)
def index() -> Any:
    statement, values = queries.select_audits(g.person)
    return LIST.answer("audits/index.html", statement, values, may_plan=access.may(g.person, PLAN))


@blueprint.get("/audits/calendar.ics")
@guard(SEE)
def calendar() -> Response:
    """All audits that this person may see, for their own calendar."""
    return calendar_file(_("Audits"), queries.list_for_calendar(g.person), "audits")
