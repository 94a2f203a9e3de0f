"""What the inbox and the stage page cost, counted: statements and bytes, however many rows there are."""

from datetime import timedelta

from sqlalchemy import delete, insert

from core import clock as core_clock
from core.db import session
from improvement.models import Finding
from improvement.operations import plans
from improvement.queries import tickets as queries
from tests.improvement.builders import CaseTable, make_standard, make_ticket, plan
from tests.page import Page
from tests.people import People
from tests.statements import counted


def many_findings(people: People, standard_id: int, number: int) -> None:
    session.execute(
        insert(Finding),
        [
            {
                "code": f"FND-2025-{count:05d}",
                "origin": "delivery",
                "origin_label": "",
                "origin_ref": "",
                "grade": "minor",
                "state": "new",
                "statement_en": f"Residents are not told about delays in {count} of the cases that were looked at",
                "statement_zh": "",
                "detail": "",
                "figures": [],
                "unit_id": people.lights.id,
                "standard_id": standard_id,
                "requirement_code": "R2",
                "raised_by_name": "",
                "raised_at": core_clock.now() - timedelta(minutes=count),
                "due": core_clock.now().date(),
                "dismissed_reason": "",
            }
            for count in range(number)
        ],
    )
    session.commit()


def test_the_inbox_of_fifty_rows_costs_eight_statements_and_sixty_kilobytes(
    page: Page, people: People
) -> None:
    standard = make_standard(people)
    many_findings(people, standard.id, 60)
    page.as_(people.manager)
    page.get("/findings")
    with counted() as statements:
        text = page.get("/findings")
    assert text.count('<div class="code">FND-') == 50
    assert len(statements) <= 8, "\n".join(statements)
    assert len(text.encode()) <= 60_000


def test_more_rows_cost_no_more_statements(page: Page, people: People, cases: CaseTable) -> None:
    standard = make_standard(people)
    many_findings(people, standard.id, 3)
    cases.fill(core_clock.now().date() - timedelta(days=90), core_clock.now().date(), 17, 20)
    ticket = make_ticket(people, standard)
    plan(ticket, people)
    addresses = [
        "/findings?state=*",
        "/tickets/list",
        "/tickets",
        f"/tickets/{ticket.id}",
        f"/standards/{standard.id}",
    ]
    page.as_(people.manager)
    few = []
    for address in addresses:
        page.get(address)
        with counted() as statements:
            page.get(address)
        few.append(len(statements))
    session.expire_all()
    session.execute(delete(Finding).where(Finding.code.like("FND-2025-%")))
    many_findings(people, standard.id, 30)
    cycle = queries.get_cycle(ticket)
    for count in range(27):
        plans.add_action(
            cycle,
            kind="corrective",
            text=f"Action {count}",
            owner=people.owner,
            due=queries.today() + timedelta(days=3),
            actor=people.owner,
        )
        plans.add_cause(cycle, text=f"Cause {count}", actor=people.owner)
    session.commit()
    for count in range(9):
        make_ticket(people, standard, statement_en=f"Another {count}")
    many = []
    for address in addresses:
        page.get(address)
        with counted() as statements:
            page.get(address)
        many.append(len(statements))
    assert many == few
