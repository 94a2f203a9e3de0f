"""What this room puts on pages of others: complaints about a standard, of a ticket, of a unit; tasks, counts, search."""

from typing import Any

from flask import g, url_for

from accounts.models import Unit
from complaints.models import Complaint
from complaints.operations.telling import DAILY
from complaints.permissions import HANDLE, REGISTER, SEE
from complaints.queries import complaints as queries
from complaints.rules.states import NEXT, STATE_CSS, STATE_LABELS, VERB_LABELS, State
from core import access
from core.i18n import _, zone
from core.search import Hit
from core.slots import Panel
from core.tasks import Task
from improvement.models import Ticket
from standards.models import Standard

OVERVIEW_ROWS = 6


def _panel(rows: list[Any], title: Any, address: str, *, order: int, person: Any, empty: Any = "") -> Panel:
    return Panel(
        "complaints/side.html",
        {
            "rows": rows,
            "title": title,
            "address": address,
            "empty": empty,
            "may_register": access.may(person, REGISTER),
            "state_labels": {key.value: label for key, label in STATE_LABELS.items()},
            "state_css": {key.value: css for key, css in STATE_CSS.items()},
        },
        order=order,
    )


def beside_standard(standard: Standard, person: Any) -> Panel | None:
    """The side of a standard: what customers complain about where it holds."""
    if not access.may(person, SEE):
        return None
    rows = queries.list_of_standard(standard.id, person)
    if not rows:
        return None
    address = url_for("complaints.index", standard=standard.id, state="*")
    return _panel(rows, _("Complaints"), address, order=60, person=person)


def beside_ticket(ticket: Ticket, person: Any) -> Panel | None:
    if not access.may(person, SEE):
        return None
    rows = queries.list_of_ticket(ticket.id, person)
    return _panel(rows, _("Complaints"), "", order=60, person=person) if rows else None


def beside_unit(unit: Unit, person: Any) -> Panel | None:
    if not access.may(person, SEE, unit.path):
        return None
    rows = queries.list_of_unit(unit.path, person)
    return _panel(
        rows,
        _("Open complaints"),
        url_for("complaints.index", unit=unit.id),
        order=60,
        person=person,
        empty=_("None open."),
    )


def on_overview(_record: Any, person: Any) -> Panel | None:
    """Beside the overview: what falls due next, late first."""
    if not access.may(person, SEE):
        return None
    counts = queries.count_open(person)
    if not counts.open and not counts.ever:
        return None
    return Panel(
        "complaints/overview.html",
        {
            "counts": counts,
            "rows": [
                (row, row.next_due.astimezone(zone()).date())
                for row in queries.list_next(person, limit=OVERVIEW_ROWS)
            ],
        },
        order=5 if access.may(person, DAILY) else 25,
    )


# --- tasks, counts, search -----------------------------------------------------------------------------------


def tasks(person: Any) -> list[Task]:
    """Complaints to take the next step with; for who decides also what waits for approval or is late with others."""
    if not access.may(person, HANDLE):
        return []
    place = zone()

    def day(moment: Any) -> Any:
        return moment.astimezone(place).date() if moment else None

    found = []
    for row in queries.list_waiting(person):
        verb = NEXT.get(State(row.state), "")
        if row.heard_at is not None:
            text, label = _("Read the reply: %(what)s", what=row.subject), _("Open")
        elif verb == "acknowledge":
            text, label = _("Acknowledge: %(what)s", what=row.subject), VERB_LABELS[verb]
        else:
            text, label = _("Complaint: %(what)s", what=row.subject), VERB_LABELS.get(verb, _("Open"))
        found.append(
            Task(
                "megaphone",
                text,
                row.code,
                day(row.next_due),
                label,
                url_for("complaints.complaint", complaint_id=row.id),
                "complaint",
            )
        )
    known = {task.code for task in found}
    for row in queries.list_to_decide(person):
        if row.code in known:
            continue
        if row.approve:
            text, label = _("Approve the remedy: %(what)s", what=row.subject), _("Approve")
        elif row.serious:
            text, label = _("Decide: %(what)s", what=row.subject), VERB_LABELS["decide"]
        else:
            text, label = _("Late: %(what)s", what=row.subject), _("Open")
        found.append(
            Task(
                "megaphone",
                text,
                row.code,
                day(row.next_due),
                label,
                url_for("complaints.complaint", complaint_id=row.id),
                "complaint_decide",
            )
        )
    return found


def count_waiting(person: Any) -> int:
    if not access.may(person, HANDLE):
        return 0
    if "complaints_waiting" not in g:
        g.complaints_waiting = queries.count_waiting(person)
    number: int = g.complaints_waiting
    return number


def search(person: Any, words: str, limit: int) -> list[Hit]:
    if not access.may(person, SEE):
        return []
    return [
        Hit(
            row.code,
            row.subject,
            url_for("complaints.complaint", complaint_id=row.id),
            _("Complaint"),
            str(STATE_LABELS[State(row.state)]),
        )
        for row in queries.search_complaints(person, words, limit)
    ]


def origin_address(reference: str) -> str:
    """The page of the complaint that a finding came from, for who may see it."""
    from core.forms import number_or_none

    number = number_or_none(reference)
    if number is None:
        return ""
    found: Complaint | None = queries.find_complaint_for(g.person, number)
    return url_for("complaints.complaint", complaint_id=found.id) if found is not None else ""
