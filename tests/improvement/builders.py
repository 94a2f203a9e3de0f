"""Rows of our own for the tests of this room: a standard, findings, and a measure over a small table of cases."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.db import session
from core.figures import Figure
from improvement import measures
from improvement.models import Finding, Ticket
from improvement.operations import checks, findings, measuring, plans, tickets
from improvement.queries import tickets as queries
from standards.models import Requirement, Standard, Version
from tests.people import PASSWORD, People

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass
class CaseTable:
    """Cases by day: (met, n) a day. Stands in for a room above that measures."""

    days: dict[date, tuple[int, int]] = field(default_factory=dict)

    def fill(self, first: date, last: date, met: int, n: int) -> None:
        day = first
        while day <= last:
            self.days[day] = (met, n)
            day += timedelta(days=1)

    def options(self, ticket: Ticket, person: Any) -> list[measures.Option]:
        return [measures.Option("cases:late", "Repaired in time, north", "北区及时修复", 0.95)]

    def describe(self, ref: str) -> measures.Option | None:
        return self.options(None, None)[0] if ref == "cases:late" else None  # type: ignore[arg-type]

    def measure(self, ref: str, first: date, last: date) -> measures.Window:
        chosen = {day: pair for day, pair in self.days.items() if first <= day <= last}
        weeks: dict[date, list[int]] = {}
        for day, (met, n) in chosen.items():
            total = weeks.setdefault(day - timedelta(days=day.weekday()), [0, 0])
            total[0] += met
            total[1] += n
        return measures.Window(
            measures.Count(sum(met for met, _n in chosen.values()), sum(n for _met, n in chosen.values())),
            tuple((week, measures.Count(*pair)) for week, pair in sorted(weeks.items())),
        )

    def rows_url(self, ref: str, first: date, last: date) -> str:
        return f"/cases?from={first}&until={last}"


def make_standard(people: People, *, code: str = "STD-0007") -> Standard:
    standard = Standard(
        code=code, title_en="Street lights", title_zh="路灯", unit=people.north, owner=people.owner
    )
    session.add(standard)
    session.flush()
    version = Version(
        standard_id=standard.id, number=3, state="effective", effective_from=START - timedelta(days=90)
    )
    session.add(version)
    session.flush()
    session.add(
        Requirement(
            version_id=version.id,
            code="R2",
            kind="timing",
            statement_en="Repaired within 5 working days",
            statement_zh="5 个工作日内修复",
            target=0.95,
        )
    )
    session.commit()
    return standard


def figure(value: float = 0.861, n: int = 1012) -> Figure:
    return Figure(
        value, n, value - 0.02, value + 0.02, method="wilson", target=0.95, as_of=START, verdict="short"
    )


def make_finding(people: People, standard: Standard | None = None, **values: Any) -> Finding:
    given: dict[str, Any] = {
        "origin": "delivery",
        "grade": "minor",
        "statement_en": "Street lights repaired late: 86.1% within 5 working days",
        "unit": people.north,
        "figures": [figure()],
        "actor": None,
        "requirement_code": "R2" if standard else "",
        **values,
    }
    made = findings.raise_finding(standard=standard, **given)
    session.commit()
    return made


def make_ticket(people: People, standard: Standard | None = None, **values: Any) -> Ticket:
    finding = make_finding(people, standard, **values)
    made = tickets.open_ticket(
        title="North: street lights repaired later than 5 working days",
        owner=people.owner,
        verifier=people.approver,
        findings=[finding],
        actor=people.manager,
    )
    session.commit()
    return made


def plan(ticket: Ticket, people: People, *, standard_change: bool = False, alpha: float = 0.05) -> None:
    """Everything that Plan needs, registered against the table of cases."""
    cycle = queries.get_cycle(ticket)
    cause = plans.add_cause(cycle, text="Parts arrive late", actor=people.owner)
    root = plans.add_cause(
        cycle, text="Lamp parts kept only in the south depot", parent=cause, actor=people.owner
    )
    plans.change_cause(
        ticket,
        root,
        text=root.text,
        root=True,
        verified_how="38% of late cases waited for parts",
        seen=None,
        actor=people.owner,
    )
    today = queries.today()
    plans.add_action(
        cycle,
        kind="corrective",
        text="Stock the north depot",
        owner=people.staff,
        due=today + timedelta(days=10),
        actor=people.owner,
    )
    if standard_change:
        plans.add_action(
            cycle,
            kind="standard_change",
            text="Name the depot stock in the standard",
            owner=people.owner,
            due=today + timedelta(days=10),
            actor=people.owner,
        )
    measuring.register_measure(
        ticket,
        metric_ref="cases:late",
        margin=0.05,
        baseline_from=today - timedelta(days=60),
        baseline_until=today - timedelta(days=1),
        wait_days=3,
        window_days=60,
        least_n=100,
        alpha=alpha,
        seen=None,
        actor=people.owner,
    )
    session.commit()


def do(ticket: Ticket, people: People) -> None:
    for action in queries.list_actions(queries.get_cycle(ticket).id):
        plans.finish_action(
            ticket,
            action,
            state="done",
            outcome="Shelf photographed",
            actor=people.staff if action.owner_id == people.staff.id else people.owner,
        )
    session.commit()


def to_check(ticket: Ticket, people: People, **more: Any) -> None:
    plan(ticket, people, **more)
    plans.pass_to_do(ticket, actor=people.owner)
    do(ticket, people)
    plans.pass_to_check(ticket, actor=people.owner)
    session.commit()


def judge(ticket: Ticket, people: People) -> None:
    """To the end of the window, compute, look for harm, sign."""
    checks.compute_check(ticket, actor=people.approver)
    checks.note_side_effects(queries.get_cycle(ticket), text="Repeat faults unchanged", actor=people.approver)
    checks.sign_verdict(ticket, password=PASSWORD, actor=people.approver)
