"""Reviews for the tests of this room: planned, prepared, held, signed."""

from datetime import date, timedelta
from typing import Any

from core import clock
from core.db import session
from reviews.models import AgendaItem, Decision, Review
from reviews.operations import agenda, decisions, reviews, steps
from reviews.queries import reviews as queries
from tests.people import PASSWORD, People

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)


def today() -> date:
    return clock.now().date()


def plan(people: People, **values: Any) -> Review:
    given: dict[str, Any] = {
        "unit": people.root,
        "frameworks": ["iso-9001-2015", "iso-10002-2018"],
        "first_day": FIRST,
        "last_day": LAST,
        "meets_on": today(),
        "chair": people.top,
        "participants": [people.manager, people.owner],
        "title_en": "Half-year review",
        "title_zh": "半年评审",
        "actor": people.manager,
        **values,
    }
    unit = given.pop("unit")
    made = reviews.plan_review(unit, **given)
    session.commit()
    return made


def prepare(people: People, **values: Any) -> Review:
    made = plan(people, **values)
    steps.prepare(made, actor=people.manager)
    session.commit()
    return made


def item_of(review: Review, kind: str) -> AgendaItem:
    return next(item for item in queries.items_of(review.id) if item.kind == kind)


def discuss_all(review: Review, people: People) -> None:
    for item in queries.items_of(review.id):
        if not item.is_settled:
            agenda.record(review, item, comment=item.comment, mark="discussed", actor=people.manager)
    session.commit()


def hold(people: People, **values: Any) -> Review:
    made = prepare(people, **values)
    discuss_all(made, people)
    steps.hold(made, actor=people.manager)
    session.commit()
    return made


def decide(review: Review, people: People, kind: str = "task", **values: Any) -> Decision:
    given: dict[str, Any] = {
        "text_en": "Buy lamps",
        "text_zh": "采购路灯",
        "owner": people.owner,
        "due": today() + timedelta(days=30),
        "actor": people.manager,
        **values,
    }
    made = decisions.decide(review, kind=kind, **given)
    session.commit()
    return made


def sign(review: Review, people: People) -> None:
    steps.write_minutes(review, minutes_en="Suitable and effective.", minutes_zh="", actor=people.manager)
    steps.sign(review, password=PASSWORD, actor=people.top)
    session.commit()
