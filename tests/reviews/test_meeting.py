"""A review meets and decides: what holds the meeting, what freezes at it, which decisions are taken."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.db import session
from core.errors import NotPermitted, RuleViolation
from improvement.models import Finding
from improvement.operations import findings
from reviews.inputs import blocks_of
from reviews.operations import agenda, decisions, steps
from reviews.queries import decisions as decision_queries
from reviews.queries import reviews as queries
from tests.page import Page
from tests.people import People
from tests.reviews.builders import decide, discuss_all, hold, item_of, prepare, today


def test_the_meeting_closes_only_when_required_inputs_were_looked_at(app: Any, people: People) -> None:
    made = prepare(people)
    agenda.add_item(made, title_en="If there is time", title_zh="", actor=people.manager)
    for item in queries.items_of(made.id):
        if item.required and item.kind != "providers":
            agenda.record(made, item, comment="", mark="discussed", actor=people.top)
    with pytest.raises(RuleViolation, match="External providers"):
        steps.hold(made, actor=people.manager)
    left = item_of(made, "providers")
    with pytest.raises(RuleViolation) as refusal:
        agenda.record(made, left, comment="", mark="skipped", reason=" ", actor=people.manager)
    assert refusal.value.field == "reason"
    agenda.record(
        made, left, comment="", mark="skipped", reason="Reviewed by purchasing", actor=people.manager
    )
    steps.hold(made, actor=people.top)
    assert made.state == "held"


def test_a_required_matter_of_our_own_holds_the_meeting_too(app: Any, people: People) -> None:
    made = prepare(people)
    discuss_all(made, people)
    agenda.add_item(made, title_en="Winter", title_zh="", required=True, actor=people.manager)
    with pytest.raises(RuleViolation, match="Winter"):
        steps.hold(made, actor=people.manager)


def test_a_meeting_ahead_can_not_be_closed(app: Any, people: People) -> None:
    made = prepare(people, meets_on=today() + timedelta(days=3))
    discuss_all(made, people)
    with pytest.raises(RuleViolation, match="lies ahead"):
        steps.hold(made, actor=people.manager)


def test_a_mark_can_be_taken_back(app: Any, people: People) -> None:
    made = prepare(people)
    item = item_of(made, "audits")
    agenda.record(made, item, comment="Seen", mark="discussed", actor=people.manager)
    agenda.record(made, item, comment="Seen", mark="open", actor=people.manager)
    assert not item.is_settled
    assert item.comment == "Seen"


def test_participants_listen_and_do_not_write(app: Any, people: People) -> None:
    made = prepare(people)
    for person in (people.owner, people.auditor):
        with pytest.raises(NotPermitted):
            agenda.record(made, item_of(made, "audits"), comment="x", actor=person)
        with pytest.raises(NotPermitted):
            decide(made, people, actor=person)
        with pytest.raises(NotPermitted):
            steps.hold(made, actor=person)


def test_figures_live_before_the_meeting_and_freeze_at_it(app: Any, people: People) -> None:
    made = prepare(people, first_day=today() - timedelta(days=9), last_day=today())
    item = item_of(made, "nonconformities")

    def raised() -> float:
        rows = blocks_of(made, [item])[item.id][0]["rows"]
        return float(next(row["now"]["value"] for row in rows if row["label"]["en"] == "Findings raised"))

    assert raised() == 0
    findings.raise_finding(
        origin="person", grade="minor", statement_en="Dark", unit=people.north, actor=people.manager
    )
    assert raised() == 1
    discuss_all(made, people)
    steps.hold(made, actor=people.manager)
    session.commit()
    findings.raise_finding(
        origin="person", grade="major", statement_en="Darker", unit=people.north, actor=people.manager
    )
    assert raised() == 1
    table = next(block for block in item.content or [] if block["type"] == "table")
    assert [row[0]["text"]["zh"].split("  ")[1] for row in table["rows"]] == ["Dark"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text_en": "", "text_zh": " "}, "text_en"),
        ({"due": date(2026, 1, 1)}, "due"),
    ],
)
def test_a_decision_says_something_and_lies_ahead(
    app: Any, people: People, values: dict[str, Any], field: str
) -> None:
    made = prepare(people)
    with pytest.raises(RuleViolation) as refusal:
        decide(made, people, **values)
    assert refusal.value.field == field


def test_who_has_left_carries_nothing_out(app: Any, people: People) -> None:
    made = prepare(people)
    people.owner.active = False
    with pytest.raises(RuleViolation) as refusal:
        decide(made, people)
    assert refusal.value.field == "owner_id"


def test_decisions_change_and_go_until_the_signature(app: Any, people: People) -> None:
    made = hold(people)
    one = decide(made, people, owner=None, due=None)
    assert one.code == f"{made.code}/1"
    decisions.change(
        one, kind="ticket", result="resources", text_en="Hire", text_zh="", owner=people.staff, due=today(),
        seen=one.row_version, actor=people.top,
    )  # fmt: skip
    session.commit()
    assert (one.kind, one.owner_id) == ("ticket", people.staff.id)
    decisions.remove(one, actor=people.manager)
    session.commit()
    assert decision_queries.decisions_of(made.id) == []


def test_figures_lead_only_where_the_reader_may_go(page: Page, people: People) -> None:
    """Frozen with their links, read by people of one unit and from outside."""
    for unit, words in ((people.north, "Dark"), (people.south, "Wet")):
        findings.raise_finding(
            origin="person", grade="major", statement_en=words, unit=unit, actor=people.manager
        )
    north, south = session.scalars(select(Finding).order_by(Finding.id.desc()).limit(2)).all()[::-1]
    review = hold(people, first_day=today() - timedelta(days=9), last_day=today())
    item = item_of(review, "nonconformities")
    seen = {}
    for person in (people.manager, people.owner, people.visitor):
        text = page.as_(person).get(f"/reviews/{review.id}/items/{item.id}")
        assert "Dark" in text
        assert "Wet" in text
        seen[person.id] = [f'href="/findings/{one.id}"' in text for one in (north, south)]
    assert list(seen.values()) == [[True, True], [True, False], [False, False]]
