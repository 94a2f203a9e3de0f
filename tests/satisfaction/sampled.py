"""Customers, a plan and its draw, through operations."""

from typing import Any

from sqlalchemy import func, insert, select

from core import clock
from core.db import session, table_of
from core.jobs import Job
from core.mail import OutboxMail
from satisfaction.customers.models import Customer
from satisfaction.models import Wave
from satisfaction.sampling import links
from satisfaction.sampling.models import DrawnCustomer, SamplingPlan
from satisfaction.sampling.operations import mailing, plans
from satisfaction.sampling.rules import Design, Population
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import make_questionnaire, make_wave, send


def make_customers(people: People, count: int, *, unit: Any = None, **values: Any) -> None:
    """Customers C0001 …, two thirds in the region north, every fifth without a mail address; by one statement."""
    now = clock.now()
    blank = {
        "kind": "external",
        "channel": "",
        "segment": "",
        "phone": "",
        "no_contact": False,
        "withdrawn_at": None,
        "erased_at": None,
    }
    session.execute(
        insert(table_of(Customer)),
        [
            {
                **blank, "code": f"C{number:04}", "name": f"Name {number}", "unit_id": (unit or people.north).id,
                "language": "en" if number % 2 else "zh", "email": "" if number % 5 == 0 else f"c{number}@example.org",
                "region": "south" if number % 3 == 0 else "north", "volume": float(number % 7 + 1),
                "created_at": now, "updated_at": now, "row_version": 1, **values,
            }
            for number in range(1, count + 1)
        ],
    )  # fmt: skip
    session.commit()


def make_plan(people: People, wave: Wave | None = None, **design: Any) -> SamplingPlan:
    made = plans.write_plan(
        unit=people.north,
        name_en="Autumn sample",
        name_zh="秋季样本",
        wave=wave,
        population=Population(),
        design=Design(**({"n": 20} | design)),
        actor=people.manager,
    )
    session.commit()
    return made


def draw(people: People, plan: SamplingPlan, seed: int = 7) -> list[DrawnCustomer]:
    frame, sample = plans.sample(plan, seed, actor=people.manager)
    plans.keep_draw(plan, frame, sample, seed, actor=people.manager)
    session.commit()
    return list(
        session.scalars(
            select(DrawnCustomer).where(DrawnCustomer.plan_id == plan.id).order_by(DrawnCustomer.id)
        )
    )


RATED = "Q1 | scale | How was it? | 怎么样？"
TEXTS = {
    "subject_en": "May we ask?",
    "subject_zh": "想问问您",
    "body_en": "Here: {link}",
    "body_zh": "链接：{link}",
}


def asked_wave(people: People, *, anonymous: bool = False, **values: Any) -> Wave:
    return make_wave(people, make_questionnaire(people, RATED), anonymous=anonymous, min_cell=5, **values)


def linked(people: People, wave: Wave, **design: Any) -> tuple[SamplingPlan, list[DrawnCustomer]]:
    plan = make_plan(people, wave, **design)
    drawn = draw(people, plan)
    mailing.make_links(plan, actor=people.manager)
    session.commit()
    session.expire_all()
    return plan, drawn


def answer(page: Page, drawn: DrawnCustomer, value: int) -> None:
    assert send(page, links.personal_token(drawn.nonce), Q1=str(value)).endswith("/thanks")


def mails() -> int:
    return (
        session.scalar(select(func.count()).select_from(OutboxMail).where(OutboxMail.kind == "survey")) or 0
    )


def finish_jobs() -> None:
    for job in session.scalars(select(Job)):
        job.state = "done"
    session.commit()
