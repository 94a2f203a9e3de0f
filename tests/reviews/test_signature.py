"""A review is signed: who may, what is locked, and what follows from its decisions."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import signing
from core.db import session
from core.errors import NotPermitted, RuleViolation
from core.mail import OutboxMail
from improvement.models import Ticket
from improvement.permissions import TRIAGE
from reviews import reports
from reviews.inputs import blocks_of
from reviews.operations import agenda, decisions, steps
from reviews.queries import reviews as queries
from tests.people import PASSWORD, People
from tests.reviews.builders import LAST, decide, hold, item_of, plan, prepare, sign, today


def test_nothing_is_signed_without_minutes_owners_and_dates(app: Any, people: People) -> None:
    made = hold(people)
    one = decide(made, people, owner=None)
    decide(made, people, "note", owner=None, due=None)  # a note needs neither
    with pytest.raises(RuleViolation, match="Write the minutes"):
        steps.sign(made, password=PASSWORD, actor=people.top)
    with pytest.raises(RuleViolation) as refusal:
        steps.write_minutes(made, minutes_en="", minutes_zh="", actor=people.manager)
    assert refusal.value.field == "minutes_en"
    steps.write_minutes(made, minutes_en="Fine.", minutes_zh="", actor=people.manager)
    with pytest.raises(RuleViolation, match=one.code):
        steps.sign(made, password=PASSWORD, actor=people.top)
    one.owner = people.owner
    steps.sign(made, password=PASSWORD, actor=people.top)
    assert made.state == "signed"


def test_only_the_chair_signs_with_their_own_password(app: Any, people: People) -> None:
    made = hold(people)
    steps.write_minutes(made, minutes_en="Fine.", minutes_zh="", actor=people.manager)
    with pytest.raises(NotPermitted):
        steps.sign(made, password=PASSWORD, actor=people.manager)
    with pytest.raises(RuleViolation) as refusal:
        steps.sign(made, password="not mine", actor=people.top)
    assert refusal.value.field == "password"
    with pytest.raises(RuleViolation, match="changed since"):
        steps.sign(made, password=PASSWORD, seen=made.row_version - 1, actor=people.top)
    assert made.state == "held"


def test_a_chair_who_lost_the_role_does_not_sign(app: Any, people: People) -> None:
    from accounts import operations as accounts
    from accounts.queries import list_grants, with_holdings

    made = hold(people)
    steps.write_minutes(made, minutes_en="Fine.", minutes_zh="", actor=people.manager)
    accounts.revoke(list_grants(people.top)[0], actor=people.admin)
    session.commit()
    with pytest.raises(NotPermitted):
        steps.sign(made, password=PASSWORD, actor=with_holdings(people.top))


def test_decisions_become_ticket_task_and_note(app: Any, people: People) -> None:
    made = hold(people)
    ticket = decide(made, people, "ticket", text_en="Mend lamps sooner")
    task = decide(made, people, "task", owner=people.staff)
    note = decide(made, people, "note", owner=None, due=None)
    assert {one.stands for one in (ticket, task, note)} == {"pending"}
    sign(made, people)
    assert not any(holding.role in TRIAGE.roles for holding in people.top.holdings)
    opened = session.get(Ticket, ticket.ticket_id)
    assert opened is not None
    assert (opened.title, opened.owner_id, opened.due, opened.unit_id) == (
        "Mend lamps sooner", people.owner.id, ticket.due, people.root.id,
    )  # fmt: skip
    assert (ticket.stands, task.stands, note.stands) == ("open", "open", "noted")
    told = set(session.scalars(select(OutboxMail.to_address).where(OutboxMail.subject.contains("Buy lamps"))))
    assert people.staff.email in told
    opened.stage = "closed"
    assert ticket.stands == "done"


def test_what_was_signed_is_locked_and_the_signature_notices(app: Any, people: People) -> None:
    made = hold(people)
    one = decide(made, people)
    sign(made, people)
    item = item_of(made, "audits")
    values: dict[str, Any] = {
        "text_en": "x", "text_zh": "", "kind": "task", "result": "change", "owner": None, "due": None,
    }  # fmt: skip
    attempts = (
        lambda: agenda.record(made, item, comment="Later", actor=people.manager),
        lambda: decide(made, people),
        lambda: decisions.change(one, **values, actor=people.manager),
        lambda: decisions.remove(one, actor=people.manager),
        lambda: steps.write_minutes(made, minutes_en="No", minutes_zh="", actor=people.manager),
        lambda: agenda.add_item(made, title_en="x", title_zh="", actor=people.manager),
        lambda: steps.cancel(made, reason="x", actor=people.manager),
        lambda: steps.sign(made, password=PASSWORD, actor=people.top),
    )
    for attempt in attempts:
        with pytest.raises(RuleViolation, match="signed and locked"):
            attempt()
    (signature,) = signing.signatures_of(made)
    assert signing.is_valid(signature, steps.signed_content(made))
    item.comment = "Changed behind its back"
    session.flush()
    assert not signing.is_valid(signature, steps.signed_content(made))


def test_an_addendum_stands_below_and_leaves_the_signature_valid(app: Any, people: People) -> None:
    made = hold(people)
    with pytest.raises(RuleViolation, match="does not belong there"):
        steps.add(made, text="Too early", actor=people.manager)
    sign(made, people)
    with pytest.raises(RuleViolation, match="added or put right"):
        steps.add(made, text=" ", actor=people.manager)
    with pytest.raises(NotPermitted):
        steps.add(made, text="I was there", actor=people.owner)
    steps.add(made, text="Ms Wu was there, too.", actor=people.top)
    session.commit()
    assert [one.text for one in queries.addenda_of(made.id)] == ["Ms Wu was there, too."]
    assert signing.is_valid(signing.signatures_of(made)[0], steps.signed_content(made))


def test_the_next_review_is_planned_when_one_is_signed(app: Any, people: People) -> None:
    made = hold(people, repeat_months=6)
    assert queries.find_next(made) is None
    sign(made, people)
    following = queries.find_next(made)
    assert following is not None
    assert (following.first_day, following.last_day) == (date(2026, 7, 1), date(2026, 12, 31))
    assert (following.state, following.chair_id, following.repeat_months) == ("planned", people.top.id, 6)
    assert {member.person_id for member in queries.members_of(following.id)} == {
        people.manager.id, people.owner.id,
    }  # fmt: skip
    assert len(queries.items_of(following.id)) == len(queries.items_of(made.id))


def test_a_single_review_is_followed_by_none(app: Any, people: People) -> None:
    made = hold(people)
    sign(made, people)
    assert queries.find_next(made) is None


def test_a_cancelled_review_keeps_its_series(app: Any, people: People) -> None:
    made = prepare(people, repeat_months=12)
    with pytest.raises(RuleViolation) as refusal:
        steps.cancel(made, reason=" ", actor=people.manager)
    assert refusal.value.field == "reason"
    with pytest.raises(NotPermitted):
        steps.cancel(made, reason="No time", actor=people.top)
    steps.cancel(made, reason="No time", actor=people.manager)
    assert made.state == "cancelled"
    assert queries.find_next(made) is not None


def test_a_task_is_carried_out_by_its_owner(app: Any, people: People) -> None:
    made = hold(people)
    one = decide(made, people, owner=people.staff)
    ticket, note = decide(made, people, "ticket"), decide(made, people, "note")
    with pytest.raises(RuleViolation, match="To be signed"):
        decisions.finish(one, note="Early", actor=people.staff)
    sign(made, people)
    with pytest.raises(NotPermitted):
        decisions.finish(one, note="Not mine", actor=people.owner)
    with pytest.raises(RuleViolation, match="Say what was done"):
        decisions.finish(one, note=" ", actor=people.staff)
    with pytest.raises(RuleViolation, match="by its ticket"):
        decisions.finish(ticket, note="x", actor=people.manager)
    with pytest.raises(RuleViolation, match="is a note"):
        decisions.finish(note, note="x", actor=people.manager)
    decisions.finish(one, note="Ordered forty", actor=people.staff)
    assert one.stands == "done"
    with pytest.raises(RuleViolation):
        decisions.finish(one, note="Again", actor=people.staff)
    with pytest.raises(RuleViolation, match="reason"):
        decisions.reopen(one, reason=" ", actor=people.manager)
    decisions.reopen(one, reason="They never came", actor=people.manager)
    assert (one.stands, one.done_note) == ("open", "")


def test_the_next_agenda_begins_with_earlier_decisions(app: Any, people: People) -> None:
    made = hold(people, meets_on=today() - timedelta(days=1))
    decide(made, people, "task")
    decide(made, people, "note", text_en="Policy fits", owner=None, due=None)
    sign(made, people)
    later = prepare(people)
    item = item_of(later, "decisions")
    bars, table = blocks_of(later, [item])[item.id]
    assert [(row["label"]["en"], row["value"]) for row in bars["rows"]] == [("Under way", 1)]
    assert [row[0]["text"]["en"] for row in table["rows"]] == [
        f"{made.code}/1  Buy lamps",
        f"{made.code}/2  Policy fits",
    ]
    assert table["rows"][0][0]["text"]["zh"] == f"{made.code}/1  采购路灯"
    south = prepare(people, unit=people.south)
    item = item_of(south, "decisions")
    assert (
        blocks_of(south, [item])[item.id][1]["type"] == "table"
    )  # what was decided above concerns the south, too


def test_certification_reads_reviews_and_decisions(app: Any, people: People) -> None:
    made = hold(people)
    decide(made, people, "ticket")
    plan(people)  # not held: not told
    assert [row.signed_by for row in reports.reviews_held(people.root, today(), today())] == [""]
    sign(made, people)
    (row,) = reports.reviews_held(people.north, today(), today(), framework="iso-10002-2018")
    assert (row.code, row.signed_by, row.state, row.title) == (
        made.code,
        "Tao Top",
        "signed",
        "Half-year review",
    )
    assert row.frameworks == ("ISO 9001:2015", "ISO 10002:2018")
    (told,) = reports.decisions_of([row])
    assert (told.stands, told.owner, told.text_zh) == ("open", "Olga Owner", "采购路灯")
    assert told.ticket_code.startswith("CAR-")
    assert reports.reviews_held(people.root, LAST, LAST) == []
    assert reports.reviews_held(people.root, today(), today(), framework="iso-10004-2018") == []
