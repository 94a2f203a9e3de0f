"""A review is planned and prepared: every gate and every refusal."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.db import session
from core.errors import EditConflict, NotPermitted, RuleViolation
from core.mail import OutboxMail
from reviews.models import AgendaItem
from reviews.operations import agenda, reviews, steps
from reviews.queries import reviews as queries
from tests.people import People
from tests.reviews.builders import FIRST, decide, item_of, plan, prepare, today


def test_a_plan_has_its_agenda_at_once(app: Any, people: People) -> None:
    made = plan(people)
    assert made.code == f"REV-{today().year}-0001"
    assert made.state == "planned"
    kinds = [item.kind for item in queries.items_of(made.id)]
    assert kinds[0] == "decisions"
    assert {"attainment", "complaints", "audits", "providers"} <= set(kinds)
    assert all(item.required for item in queries.items_of(made.id))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"frameworks": []}, "frameworks"),
        ({"frameworks": ["no-such"]}, "frameworks"),
        ({"last_day": FIRST - timedelta(days=1)}, "last_day"),
        ({"first_day": date(2020, 1, 1)}, "first_day"),
        ({"repeat_months": 7}, "repeat_months"),
    ],
)
def test_a_wrong_plan_is_refused_at_its_field(
    app: Any, people: People, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleViolation) as refusal:
        plan(people, **values)
    assert refusal.value.field == field


def test_the_chair_is_of_top_management_and_present(app: Any, people: People) -> None:
    with pytest.raises(RuleViolation, match="can't chair here"):
        plan(people, chair=people.owner)
    people.top.active = False
    with pytest.raises(RuleViolation, match="has left"):
        plan(people)


def test_only_quality_managers_plan(app: Any, people: People) -> None:
    for person in (people.top, people.auditor, people.owner, people.staff, people.visitor):
        with pytest.raises(NotPermitted):
            plan(people, actor=person)


def test_a_change_of_frameworks_changes_the_untouched_agenda(app: Any, people: People) -> None:
    made = plan(people, frameworks=["iso-9001-2015"])
    agenda.record(made, item_of(made, "providers"), comment="Late again", actor=people.manager)
    own = agenda.add_item(made, title_en="Winter", title_zh="", actor=people.manager)
    values = {name: getattr(made, name) for name in reviews.PLAN} | {"frameworks": ["iso-10004-2018"]}
    reviews.change(made, chair=people.top, participants=[people.owner], **values, actor=people.manager)
    kinds = [item.kind for item in queries.items_of(made.id)]
    assert kinds == ["satisfaction", "monitoring", "providers", "own"]
    assert queries.items_of(made.id)[-1].id == own.id
    assert [member.person_id for member in queries.members_of(made.id)] == [people.owner.id]


def test_two_plans_at_once_show_the_conflict(app: Any, people: People) -> None:
    made = plan(people)
    values = {name: getattr(made, name) for name in reviews.PLAN}
    seen = made.row_version
    reviews.change(
        made, chair=people.top, participants=[], **values | {"place": "Hall"}, seen=seen, actor=people.manager
    )
    session.commit()
    with pytest.raises(EditConflict):
        reviews.change(made, chair=people.top, participants=[], **values, seen=seen, actor=people.approver)


def test_own_matters_come_and_go_but_inputs_stay(app: Any, people: People) -> None:
    made = plan(people)
    with pytest.raises(RuleViolation, match="what it is about"):
        agenda.add_item(made, title_en="", title_zh="", actor=people.manager)
    own = agenda.add_item(made, title_en="Winter", title_zh="", actor=people.top)
    agenda.change_item(
        made, own, title_en="Snow", title_zh="", required=True, seen=None, actor=people.manager
    )
    assert own.title == "Snow"
    with pytest.raises(RuleViolation, match="asked for by a framework"):
        agenda.remove_item(made, item_of(made, "audits"), actor=people.manager)
    agenda.remove_item(made, own, actor=people.manager)
    session.commit()
    assert session.get(AgendaItem, own.id) is None


def test_a_matter_with_a_decision_stays(app: Any, people: People) -> None:
    made = plan(people)
    own = agenda.add_item(made, title_en="Winter", title_zh="", actor=people.manager)
    steps.prepare(made, actor=people.manager)
    decide(made, people, item=own)
    with pytest.raises(RuleViolation, match="A decision stands"):
        agenda.remove_item(made, own, actor=people.manager)


@pytest.mark.parametrize(
    ("values", "missing"),
    [({"chair": None}, "Name the chair"), ({"participants": []}, "at least one participant")],
)
def test_nobody_is_invited_to_half_a_plan(
    app: Any, people: People, values: dict[str, Any], missing: str
) -> None:
    made = plan(people, **values)
    with pytest.raises(RuleViolation, match=missing):
        steps.prepare(made, actor=people.manager)


def test_preparing_invites_chair_and_participants(app: Any, people: People) -> None:
    prepare(people)
    invited = set(session.scalars(select(OutboxMail.to_address).where(OutboxMail.kind == "review_task")))
    assert invited == {people.top.email, people.owner.email}  # not who invites


def test_the_chair_does_not_prepare(app: Any, people: People) -> None:
    made = plan(people)
    with pytest.raises(NotPermitted):
        steps.prepare(made, actor=people.top)


def test_nothing_is_discussed_or_decided_before_the_invitation(app: Any, people: People) -> None:
    made = plan(people)
    with pytest.raises(RuleViolation, match="does not belong there"):
        agenda.record(made, item_of(made, "audits"), comment="", mark="discussed", actor=people.manager)
    with pytest.raises(RuleViolation, match="does not belong there"):
        decide(made, people)
