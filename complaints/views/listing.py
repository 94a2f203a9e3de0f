"""The list of complaints: its columns, filters, and cells that cost next to nothing."""

from typing import Any

from flask import g, url_for
from markupsafe import Markup

from accounts.lists import unit_filter
from complaints.models import Complaint
from complaints.permissions import CONFIGURE, HANDLE, REGISTER, SEE
from complaints.queries import complaints as queries
from complaints.rules.grades import (
    CHANNEL_LABELS,
    OUTCOME_LABELS,
    SATISFACTION,
    SEVERITY_CSS,
    SEVERITY_SHORT,
    TOPIC_LABELS,
    Channel,
    Outcome,
)
from complaints.rules.states import STATE_CSS, STATE_LABELS, State
from complaints.views.blueprint import blueprint
from core import access, clock, tables
from core.access import guard
from core.forms import number_or_none
from core.i18n import _, _l, format_date, format_due, format_time, zone
from core.tables import Column, Empty, Filter, ListPage, choice_filter, escaped, row_urls, state_marks

WORK = frozenset(queries.WORK_STATES)


class Cells(tables.Cells):
    def __init__(self) -> None:
        super().__init__()
        self.complaint = row_urls("complaints.complaint", "complaint_id")
        self.standard = row_urls("standards.show", "standard_id")
        self.ticket = row_urls("tickets.ticket", "ticket_id")
        self.topics = {key.value: str(label) for key, label in TOPIC_LABELS.items()}
        self.states = state_marks(STATE_LABELS, STATE_CSS)
        self.severities = state_marks(SEVERITY_SHORT, SEVERITY_CSS)
        self.safety = Markup(
            ' <span class="bi bi-shield-exclamation" role="img" aria-label="{}"></span>'
        ).format(_("Safety"))
        self.waits = Markup('<span class="quiet">{}</span>').format(_("waits for the complainant"))
        self.now = clock.now()
        self.zone = zone()
        self.today = self.now.astimezone(self.zone).date()
        self._days: dict[Any, str] = {}

    def severity(self, row: Any) -> Any:
        if not row.severity:
            return "—"
        return self.severities[row.severity] + (self.safety if row.safety else "")

    def due(self, row: Any) -> Any:
        if row.state not in WORK:
            return ""
        if row.waiting_since is not None and (row.next_due is None or row.next_due > self.now):
            return self.waits
        if row.next_due is None:
            return ""
        return due_words(row.next_due, self.now, self.today, self.zone)

    def local(self, moment: Any) -> Any:
        return moment.astimezone(self.zone).date() if moment else None

    def day(self, moment: Any) -> str:
        day = moment.astimezone(self.zone).date()
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = format_date(moment)
        return found


def due_words(due: Any, now: Any, today: Any, place: Any) -> Markup:
    """A due moment in a list: late in days or, on its own day, since what time; near ones with the time."""
    day = due.astimezone(place).date()
    if due < now:
        words = format_due(day, on=today) if day < today else _("late since %(time)s", time=format_time(due))
        css = "late"
    else:
        words = format_due(day, on=today) + (f" {format_time(due)}" if day == today else "")
        css = "edge" if day == today else "quiet"
    return Markup('<span class="due {}">{}</span>').format(css, words)


# Cells are put together from escaped parts and constants: fifty rows a page by plain string work.
def _subject_cell(row: Any, cells: Cells) -> Markup:
    return Markup(  # noqa: S704 - every part from outside is escaped
        f'<a href="{cells.complaint(row.id)}">{escaped(row.subject)}</a><div class="code">{row.code}</div>'
    )


def _standard_cell(row: Any, cells: Cells) -> Any:
    if row.standard_id is None:
        return ""
    return Markup(f'<a href="{cells.standard(row.standard_id)}">{escaped(row.standard_code)}</a>')  # noqa: S704 - escaped


def _ticket_cell(row: Any, cells: Cells) -> Any:
    if row.ticket_id is None:
        return ""
    return Markup(f'<a href="{cells.ticket(row.ticket_id)}">{row.ticket_code}</a>')  # noqa: S704 - our own code


def _by_state(value: str) -> Any:
    if value == "open":
        return Complaint.state.in_(queries.OPEN_STATES)
    return Complaint.state == value if value in set(State) else None


def _by_standard(value: str) -> Any:
    number = number_or_none(value)
    return Complaint.standard_id == number if number is not None else None


def _by_time(value: str) -> Any:
    if value == "late":
        return queries.late()
    if value == "waiting":
        return Complaint.waiting_since.is_not(None)
    return None


def _by_handler(value: str) -> Any:
    if value == "mine":
        return Complaint.handler_id == g.person.id
    if value == "nobody":
        return Complaint.handler_id.is_(None)
    return None


LIST = ListPage(
    "complaints",
    _l("Complaints"),
    columns=(
        Column(
            "subject",
            _l("Complaint"),
            _subject_cell,
            sort=Complaint.code,
            export=lambda row, _cells: row.subject,
            descending=True,
        ),
        Column(
            "code",
            _l("Number"),
            lambda row, _cells: row.code,
            sort=Complaint.code,
            export=lambda row, _cells: row.code,
            shown=False,
        ),
        Column(
            "severity",
            _l("Severity"),
            lambda row, cells: cells.severity(row),
            export=lambda row, _cells: str(SEVERITY_SHORT[row.severity]) if row.severity else "",
            css="nb",
        ),
        Column(
            "topic",
            _l("Topic"),
            lambda row, cells: cells.topics[row.topic],
            sort=Complaint.topic,
            export=lambda row, cells: cells.topics[row.topic],
        ),
        Column("unit", _l("Unit"), lambda row, cells: cells.pick(row.unit_en, row.unit_zh)),
        Column(
            "state",
            _l("State"),
            lambda row, cells: cells.states[row.state],
            sort=Complaint.state,
            export=lambda row, _cells: str(STATE_LABELS[State(row.state)]),
            css="nb",
        ),
        Column(
            "received",
            _l("Received"),
            lambda row, cells: cells.day(row.received_at),
            sort=Complaint.received_at,
            export=lambda row, cells: cells.local(row.received_at),
            css="nb",
            descending=True,
        ),
        Column(
            "due",
            _l("Next due"),
            lambda row, cells: cells.due(row),
            sort=Complaint.next_due,
            export=lambda row, cells: cells.local(row.next_due),
            css="nb",
        ),
        Column("handler", _l("Handler"), lambda row, _cells: row.handler_name or ""),
        Column(
            "standard",
            _l("Standard"),
            _standard_cell,
            export=lambda row, _cells: row.standard_code or "",
            css="nb",
            shown=False,
        ),
        Column(
            "ticket",
            _l("Ticket"),
            _ticket_cell,
            export=lambda row, _cells: row.ticket_code or "",
            css="nb",
            shown=False,
        ),
        Column(
            "channel",
            _l("Channel"),
            lambda row, _cells: str(CHANNEL_LABELS[Channel(row.channel)]),
            shown=False,
        ),
        Column(
            "outcome",
            _l("Decision"),
            lambda row, _cells: str(OUTCOME_LABELS[Outcome(row.outcome)]) if row.outcome else "",
            shown=False,
        ),
        Column(
            "closed",
            _l("Closed"),
            lambda row, cells: cells.day(row.closed_at) if row.closed_at else "",
            sort=Complaint.closed_at,
            export=lambda row, cells: cells.local(row.closed_at),
            shown=False,
            descending=True,
        ),
        Column(
            "satisfied",
            _l("Satisfaction"),
            lambda row, _cells: str(SATISFACTION[row.satisfied]) if row.satisfied else "",
            sort=Complaint.satisfied,
            shown=False,
        ),
    ),
    tie=Complaint.id,
    default_sort="-received",
    filters=(
        Filter(
            "state",
            _l("State"),
            lambda: [
                ("open", _("all that are open")),
                *((state.value, label) for state, label in STATE_LABELS.items()),
            ],
            _by_state,
            default="open",
            fixed=True,
        ),
        choice_filter(
            "severity",
            _l("Severity"),
            Complaint.severity,
            lambda: [(key.value, label) for key, label in SEVERITY_SHORT.items()],
        ),
        choice_filter(
            "topic",
            _l("Topic"),
            Complaint.topic,
            lambda: [(key.value, label) for key, label in TOPIC_LABELS.items()],
        ),
        Filter(
            "time",
            _l("Time"),
            lambda: [("late", _("late")), ("waiting", _("waiting for the complainant"))],
            _by_time,
        ),
        Filter(
            "handler", _l("Handler"), lambda: [("mine", _("mine")), ("nobody", _("nobody yet"))], _by_handler
        ),
        unit_filter(SEE),
        Filter(
            "standard",
            _l("Standard"),
            lambda: [(str(number), code) for number, code in queries.standards_with_complaints()],
            _by_standard,
        ),
    ),
    context=Cells,
    search=(Complaint.code, Complaint.subject, Complaint.description),
    empty=lambda: Empty(
        _("No complaint is open"),
        _(
            "Complaints come from the public page, by telephone, mail, letter or at the counter. Each is registered at "
            "once and gets a number; its clocks begin."
        ),
        (url_for("complaints.register"), _("Register a complaint"))
        if access.may(g.person, REGISTER)
        else None,
    ),
)


@blueprint.get("/complaints")
@guard(SEE)
def index() -> Any:
    statement = queries.select_complaints(g.person)
    return LIST.answer(
        "complaints/index.html",
        statement,
        may_register=access.may(g.person, REGISTER),
        may_import=access.may(g.person, HANDLE),
        may_configure=access.may(g.person, CONFIGURE),
    )
