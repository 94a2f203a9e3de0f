"""What this room puts on pages of others: findings and tickets of a standard or clause, the PDCA strip, tasks, search."""

from typing import Any, Protocol

from flask import g, url_for

from core import access
from core.i18n import _, pick
from core.search import Hit
from core.slots import Panel
from core.tasks import Task
from improvement.permissions import RAISE, SEE
from improvement.queries import findings, tickets, waiting
from improvement.rules.findings import GRADE_SHORT, STATE_LABELS, FindingState
from improvement.rules.tickets import STAGE_LABELS, TURN, Stage
from standards.models import Clause, Standard, Version
from standards.proof import Proof

SQUARES_MOST = 40


class Promise(Protocol):
    """A requirement as rooms above know it."""

    @property
    def standard_id(self) -> int: ...
    @property
    def code(self) -> str: ...


def of_standard(standard: Standard, person: Any) -> Panel | None:
    """The tab of a standard: everything open about it, and the door for something new."""
    if not access.may(person, SEE):
        return None
    return Panel(
        "findings/of_standard.html",
        {
            "standard": standard,
            "found": findings.list_open_of_standard(standard.id, person),
            "tickets": tickets.list_open_of_standard(standard.id, person),
            **_words(person),
        },
    )


def beside_standard(standard: Standard, person: Any) -> Panel | None:
    """The side of a standard: open tickets, and recording a finding."""
    if not access.may(person, SEE):
        return None
    return Panel(
        "findings/side.html",
        {
            "found": findings.list_open_of_standard(standard.id, person, limit=6),
            "tickets": tickets.list_open_of_standard(standard.id, person, limit=6),
            "about": f"standard:{standard.id}",
            **_words(person),
        },
        order=40,
    )


def beside_promise(promise: Promise, person: Any) -> Panel | None:
    """The side of a measured promise: what is open about this requirement."""
    if not access.may(person, SEE):
        return None
    found = [
        finding
        for finding in findings.list_open_of_standard(promise.standard_id, person)
        if finding.requirement_code == promise.code
    ]
    joined = {finding.ticket_id for finding in found}
    return Panel(
        "findings/side.html",
        {
            "found": found[:6],
            "tickets": [
                ticket
                for ticket in tickets.list_open_of_standard(promise.standard_id, person)
                if ticket.id in joined
            ],
            "about": f"standard:{promise.standard_id}:{promise.code}",
            **_words(person),
        },
    )


def beside_clause(clause: Clause, person: Any) -> Panel | None:
    if not access.may(person, SEE):
        return None
    return Panel(
        "findings/side.html",
        {
            "found": findings.list_open_of_clause(clause.id, person, limit=8),
            "tickets": [],
            "about": f"clause:{clause.id}",
            **_words(person),
        },
        order=40,
    )


def _words(person: Any) -> dict[str, Any]:
    return {
        "grade_labels": {key.value: label for key, label in GRADE_SHORT.items()},
        "state_labels": {key.value: label for key, label in STATE_LABELS.items()},
        "stage_labels": {key.value: label for key, label in STAGE_LABELS.items()},
        "may_raise": access.may(person, RAISE),
    }


def proofs(standard: Standard, _version: Version, person: Any) -> dict[str, Proof]:
    """Flags beside each requirement: open findings (through their ticket, where they have one)."""
    if not access.may(person, SEE):
        return {}
    links: dict[str, dict[str, tuple[str, str, str]]] = {}
    found = [
        one for one in findings.list_open_of_standard(standard.id, person, limit=60) if one.requirement_code
    ]
    opened = tickets.open_to(person, {one.ticket_id for one in found if one.ticket_id})
    for finding in found:
        if finding.ticket is not None and finding.ticket_id in opened:
            line = (
                "arrow-repeat",
                finding.ticket.code,
                url_for("tickets.ticket", ticket_id=finding.ticket_id),
            )
        else:
            line = ("flag", finding.code, url_for("findings.finding", finding_id=finding.id))
        links.setdefault(finding.requirement_code, {})[line[1]] = line
    return {code: Proof(None, (), "", "", tuple(shown.values())[:6]) for code, shown in links.items()}


def strip(_record: Any, person: Any) -> Panel | None:
    """The PDCA strip of the overview: one square a ticket."""
    if not access.may(person, SEE):
        return None
    rows = tickets.list_board(person, limit=400)
    counts = tickets.board_counts(person) if len(rows) == 400 else {}
    today = tickets.today()
    columns = []
    for stage in TURN:
        own = [row for row in rows if row.stage == stage]
        late = [
            row
            for row in own
            if row.due is not None
            and row.due < today
            and not (row.deferred_until and row.deferred_until > today)
        ]
        late_ids = {row.id for row in late}
        waiting = [
            row
            for row in own
            if row.id not in late_ids
            and (
                (row.deferred_until and row.deferred_until > today)
                or (stage == Stage.check and row.due and row.due > today)
            )
        ]
        waiting_ids = {row.id for row in waiting}
        columns.append(
            {
                "stage": stage,
                "letter": stage.value[0].upper(),
                "count": counts.get(stage.value, len(own)),
                "late": len(late),
                "waiting": len(waiting),
                "squares": [
                    (row.id, row.code, "o" if row.id in late_ids else "w" if row.id in waiting_ids else "")
                    for row in own[:SQUARES_MOST]
                ],
            }
        )
    again = sum(1 for row in rows if row.cycle_number > 1)
    return Panel("tickets/strip.html", {"columns": columns, "again": again, "total": len(rows)}, order=10)


# --- tasks, counts, search -----------------------------------------------------------------------------------


def tasks(person: Any) -> list[Task]:
    """Findings to triage; tickets to plan, check, sign, approve, close; actions that are due."""
    if not access.may(person, SEE):
        return []
    found = [
        Task(
            "exclamation-diamond",
            _("Triage: %(what)s", what=pick(row.statement_en, row.statement_zh)),
            row.code,
            row.due,
            _("Triage"),
            url_for("findings.finding", finding_id=row.id),
            "triage",
        )
        for row in findings.list_to_triage(person)
    ]
    for row in waiting.list_tasks(person):
        made = _ticket_task(row, person)
        if made is not None:
            found.append(made)
    found += [
        Task(
            "check2-square",
            _("Do: %(what)s", what=row.text),
            row.code,
            row.due,
            _("Finish"),
            url_for("tickets.finish_action", ticket_id=row.ticket_id, action_id=row.id),
            "action",
        )
        for row in waiting.list_action_tasks(person)
    ]
    return found


def _ticket_task(row: Any, person: Any) -> Task | None:
    owns, verifies = row.owner_id == person.id, row.verifier_id == person.id
    icon, text, verb, endpoint = "", "", "", "tickets.ticket"
    if row.stage == "plan" and owns:
        icon, text, verb = "pencil-square", _("Plan: %(what)s", what=row.title), _("Plan")
    elif row.stage == "plan" and row.major and not row.plan_approved_by_id and row.registered_at and not owns:
        icon, text, verb = "pen", _("Approve the plan: %(what)s", what=row.title), _("Approve")
    elif row.stage == "plan" and row.verifier_id is None and not owns:
        icon, text, verb = "person-check", _("Name a verifier: %(what)s", what=row.title), _("Assign")
        endpoint = "tickets.change"
    elif row.stage == "do" and owns:
        icon, text, verb = "arrow-repeat", _("See the actions done: %(what)s", what=row.title), _("Open")
    elif row.stage == "check" and verifies and row.verdict in {"effective", "not_effective"}:
        icon, text, verb = "pen", _("Sign the verdict: %(what)s", what=row.title), _("Sign")
        endpoint = "tickets.sign"
    elif row.stage == "check" and verifies:
        icon, text, verb = "clipboard-check", _("Check: %(what)s", what=row.title), _("Check")
    elif row.stage == "act" and owns:
        icon, text, verb = "flag", _("Make it the standard: %(what)s", what=row.title), _("Act")
    if not text:
        return None
    return Task(icon, text, row.code, row.due, verb, url_for(endpoint, ticket_id=row.id), row.stage)


def _waiting(person: Any) -> tuple[int, int]:
    if not access.may(person, SEE):
        return 0, 0
    if "improvement_waiting" not in g:
        g.improvement_waiting = waiting.count_waiting(person)
    pair: tuple[int, int] = g.improvement_waiting
    return pair


def count_findings(person: Any) -> int:
    return _waiting(person)[0]


def count_tickets(person: Any) -> int:
    return _waiting(person)[1]


def search(person: Any, words: str, limit: int) -> list[Hit]:
    if not access.may(person, SEE):
        return []
    hits = [
        Hit(
            row.code,
            pick(row.statement_en, row.statement_zh),
            url_for("findings.finding", finding_id=row.id),
            _("Finding"),
            str(STATE_LABELS[FindingState(row.state)]),
        )
        for row in findings.search_findings(person, words, limit)
    ]
    return hits + [
        Hit(
            row.code,
            row.title,
            url_for("tickets.ticket", ticket_id=row.id),
            _("Ticket"),
            str(STAGE_LABELS[Stage(row.stage)]),
        )
        for row in tickets.search_tickets(person, words, limit)
    ]
