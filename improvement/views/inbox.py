"""The list of findings: its columns, filters, and cells that cost next to nothing."""

from functools import lru_cache
from typing import Any

from flask import g, url_for
from markupsafe import Markup, escape

from accounts.lists import unit_filter
from core import access, tables
from core.forms import number_or_none
from core.i18n import _, _l, format_date, pick
from core.tables import (
    Column,
    Empty,
    Escaped,
    Filter,
    ListPage,
    choice_filter,
    due_mark,
    escaped,
    row_urls,
    state_marks,
)
from improvement.models import Finding
from improvement.permissions import SEE
from improvement.queries import findings as queries
from improvement.queries import tickets as ticket_queries
from improvement.rules.findings import (
    GRADE_LABELS,
    GRADE_SHORT,
    ORIGIN_LABELS,
    STATE_LABELS,
    FindingState,
    Grade,
)

STATE_CSS = {
    "new": "edge",
    "accepted": "info",
    "verified": "good",
    "closed": "good",
    "dismissed": "few",
    "merged": "few",
}


@lru_cache(maxsize=2)
def _words(_zh: bool) -> tuple[dict[str, Markup], ...]:
    """Grades, origins and states in the language of this page; the same for every page in it."""
    return (
        {key.value: escape(str(label)) for key, label in GRADE_SHORT.items()},
        {key.value: escape(str(label)) for key, label in ORIGIN_LABELS.items()},
        state_marks(STATE_LABELS, STATE_CSS),
    )


class Cells(tables.Cells):
    def __init__(self) -> None:
        super().__init__()
        self.finding = row_urls("findings.finding", "finding_id")
        self.ticket = row_urls("tickets.ticket", "ticket_id")
        #: a ticket may lie in another unit than its finding, whose page leads on to those that one may open
        self.tickets_open = access.may_everywhere(g.person, SEE)
        self.standard = row_urls("standards.show", "standard_id")
        self.grades, self.origins, self.states = _words(self.zh)
        self.today = ticket_queries.today()
        self.text = Escaped()
        self._dues: dict[Any, Markup] = {}
        self._days: dict[Any, Markup] = {}

    def words(self, row: Any) -> str:
        text = self.pick(row.statement_en, row.statement_zh)
        return text if len(text) <= 160 else f"{text[:159]}…"

    def due(self, row: Any) -> Any:
        if row.due is None or row.state != "new":
            return ""
        found = self._dues.get(row.due)
        if found is None:
            found = self._dues[row.due] = due_mark(row.due, self.today)
        return found

    def day(self, moment: Any) -> Markup:
        day = moment.date()
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = escape(format_date(moment))
        return found


# Cells are put together from escaped parts and constants: fifty rows a page by plain string work.
def _statement_cell(row: Any, cells: Cells) -> str:
    return (
        f'<a href="{cells.finding(row.id)}">{escaped(cells.words(row))}</a><div class="code">{row.code}</div>'
    )


def _standard_cell(row: Any, cells: Cells) -> str:
    if row.standard_id is None:
        return ""
    return (
        f'<a href="{cells.standard(row.standard_id)}">{cells.text[row.standard_code]}'
        f"{' ' + cells.text[row.requirement_code] if row.requirement_code else ''}</a>"
    )


def _ticket_cell(row: Any, cells: Cells) -> str:
    if row.ticket_id is None or not cells.tickets_open:
        return row.ticket_code or ""
    return f'<a href="{cells.ticket(row.ticket_id)}">{row.ticket_code}</a>'


def _by_standard(value: str) -> Any:
    number = number_or_none(value)
    return Finding.standard_id == number if number is not None else None


LIST = ListPage(
    "findings",
    _l("Findings"),
    columns=(
        Column(
            "statement",
            _l("Finding"),
            _statement_cell,
            sort=Finding.code,
            export=lambda row, _cells: pick(row.statement_en, row.statement_zh),
            descending=True,
            safe=True,
        ),
        Column(
            "code",
            _l("Code"),
            lambda row, _cells: row.code,
            sort=Finding.code,
            export=lambda row, _cells: row.code,
            shown=False,
        ),
        Column(
            "grade",
            _l("Grade"),
            lambda row, cells: cells.grades[row.grade],
            sort=Finding.grade,
            export=lambda row, _cells: str(GRADE_LABELS[Grade(row.grade)]),
        ),
        Column(
            "origin",
            _l("Origin"),
            lambda row, cells: cells.origins[row.origin],
            export=lambda row, cells: str(cells.origins[row.origin]),
        ),
        Column(
            "standard",
            _l("Standard"),
            _standard_cell,
            export=lambda row, _cells: " ".join(
                part for part in (row.standard_code, row.requirement_code) if part
            ),
            css="nb",
            safe=True,
        ),
        Column(
            "unit",
            _l("Unit"),
            lambda row, cells: cells.text[cells.pick(row.unit_en, row.unit_zh)],
            export=lambda row, cells: cells.pick(row.unit_en, row.unit_zh),
            safe=True,
        ),
        Column(
            "state",
            _l("State"),
            lambda row, cells: cells.states[row.state],
            sort=Finding.state,
            export=lambda row, _cells: str(STATE_LABELS[FindingState(row.state)]),
            css="nb",
        ),
        Column(
            "raised",
            _l("Recorded"),
            lambda row, cells: cells.day(row.raised_at),
            sort=Finding.raised_at,
            export=lambda row, _cells: row.raised_at.date(),
            css="nb",
            descending=True,
        ),
        Column(
            "due",
            _l("Triage until"),
            lambda row, cells: cells.due(row),
            sort=Finding.due,
            export=lambda row, _cells: row.due,
            css="nb",
        ),
        Column("owner", _l("Owner"), lambda row, _cells: row.owner_name or "", shown=False),
        Column(
            "ticket",
            _l("Ticket"),
            _ticket_cell,
            export=lambda row, _cells: row.ticket_code or "",
            css="nb",
            safe=True,
        ),
    ),
    tie=Finding.id,
    default_sort="-raised",
    filters=(
        choice_filter(
            "state",
            _l("State"),
            Finding.state,
            lambda: [(state.value, label) for state, label in STATE_LABELS.items()],
            default="new",
        ),
        choice_filter(
            "origin",
            _l("Origin"),
            Finding.origin,
            lambda: [(origin.value, label) for origin, label in ORIGIN_LABELS.items()],
        ),
        choice_filter(
            "grade",
            _l("Grade"),
            Finding.grade,
            lambda: [(grade.value, label) for grade, label in GRADE_SHORT.items()],
        ),
        unit_filter(SEE),
        Filter(
            "standard",
            _l("Standard"),
            lambda: [(str(number), code) for number, code in queries.standards_with_findings()],
            _by_standard,
        ),
    ),
    context=Cells,
    search=(Finding.code, Finding.statement_en, Finding.statement_zh),
    empty=lambda: Empty(
        _("Nothing to triage"),
        _(
            "Findings come from measurements, surveys, complaints and audits, and from anybody who saw something."
        ),
        (url_for("findings.new"), _("Record a finding")),
    ),
)
