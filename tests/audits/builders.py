"""Rows of our own for the tests of this room: a standard, a planned audit, one that is recorded."""

import io
from datetime import date
from typing import Any

from PIL import Image
from sqlalchemy import select

from audits.models import Audit, Item
from audits.operations import audits as operations
from audits.operations import checklist, recording, steps
from audits.queries import checklist as queries
from core import clock
from core.db import session
from standards.models import Clause, Framework, Requirement, Standard, Version
from tests.people import PASSWORD, People

FIRST, LAST = date(2026, 11, 23), date(2026, 11, 25)


def make_frameworks() -> tuple[list[Clause], list[Clause]]:
    """A requirement framework and a guidance one, two questions a clause; gives the clauses of both."""
    made = []
    for code, nature, numbers in (
        ("aa-shall", "requirement", "8.1 8.2"),
        ("bb-should", "guidance", "7.1 7.4"),
    ):
        framework = Framework(
            code=code, designation=code.upper(), nature=nature, short_en=code, short_zh=code
        )
        session.add(framework)
        session.flush()
        top = numbers[0]
        session.add(
            Clause(
                framework_id=framework.id, number=top, sort_key=f"000{top}", level=1, assessable=False,
                title_en="Operation", title_zh="运行",
            )
        )  # fmt: skip
        clauses = [
            Clause(
                framework_id=framework.id, number=number, sort_key=f"000{number}", level=2, title_en=f"Clause {number}",
                title_zh=f"条款 {number}", evidence=[{"en": "Register", "zh": "登记表"}],
                questions=[{"en": f"How is {number} done?", "zh": f"{number} 如何做？"}, {"en": f"Who does {number}?", "zh": f"{number} 由谁做？"}],
            )
            for number in numbers.split()
        ]  # fmt: skip
        session.add_all(clauses)
        session.flush()
        made.append(clauses)
    return made[0], made[1]


def make_standard(people: People, *, code: str = "STD-0007", author: Any = None) -> Standard:
    standard = Standard(code=code, title_en="Lamps", title_zh="路灯", unit=people.north, owner=people.owner)
    session.add(standard)
    session.flush()
    version = Version(
        standard_id=standard.id, number=1, state="effective", effective_from=clock.now(),
        author_id=author.id if author else None,
    )  # fmt: skip
    session.add(version)
    session.flush()
    session.add(
        Requirement(
            version_id=version.id, code="R1", kind="timing", target=0.95, statement_en="Repaired within **5** days",
            statement_zh="**5** 日内修复", verification="Draw ten cases",
        )
    )  # fmt: skip
    session.commit()
    return standard


def plan(people: People, **values: Any) -> Audit:
    made = operations.plan_audit(
        people.north,
        **{
            "starts_on": FIRST,
            "ends_on": LAST,
            "title_en": "Lamps in the north",
            "title_zh": "北区路灯",
            "actor": people.manager,
            **values,
        },
    )
    session.commit()
    return made


def prepare(people: People, *, standard: Standard | None = None, team: bool = True) -> Audit:
    """Planned, scoped, staffed, with a checklist, and open for recording."""
    audit = plan(people)
    shall, should = make_frameworks()
    operations.set_scope(
        audit,
        units=[people.north],
        clauses=[*shall, *should],
        standards=[standard] if standard else [],
        actor=people.manager,
    )
    operations.staff(audit, people.auditor, role="lead", actor=people.manager)
    if team:
        operations.staff(audit, people.approver, role="auditor", actor=people.manager)
    checklist.generate(audit, actor=people.auditor)
    steps.prepare(audit, actor=people.auditor)
    session.commit()
    return audit


def items(audit: Audit) -> list[Item]:
    return queries.list_items(audit.id)


def answer(people: People, item: Item, result: str, note: str = "", *, by: Any = None) -> None:
    who = by or people.auditor
    recording.answer(
        recording.desk(item.audit_id, item.id, who),
        result=result,
        note=note,
        seen=item.row_version,
        actor=who,
    )
    session.commit()


def answer_all(people: People, audit: Audit, *, minor: bool = True) -> Item:
    """Everything conforms but the first, which is a minor nonconformity with its finding. Gives that item."""
    for number, item in enumerate(items(audit)):
        if number == 0 and minor:
            answer(people, item, "minor", "Two of ten lamps waited nine days")
            recording.raise_here(
                recording.desk(audit.id, item.id, people.auditor),
                statement_en="Two lamps waited nine days",
                actor=people.auditor,
            )
        else:
            answer(people, item, "conform")
    session.commit()
    return items(audit)[0]


def report(people: People, audit: Audit) -> None:
    steps.finish(audit, actor=people.auditor)
    steps.conclude(audit, conclusion_en="Mostly kept.", conclusion_zh="", actor=people.auditor)
    steps.report(audit, password=PASSWORD, actor=people.auditor)
    session.commit()


def picture(width: int = 900, height: int = 600, form: str = "JPEG", **values: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (90, 110, 118)).save(out, form, **values)
    return out.getvalue()


def find_audit(code: str) -> Audit:
    return session.scalars(select(Audit).where(Audit.code == code)).one()
