"""A review from its plan to its signature: every gate and every refusal; what freezes, what follows."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import signing
from core.db import session
from core.errors import EditConflict, NotPermitted, RuleViolation
from core.mail import OutboxMail
from improvement.models import Ticket
from improvement.operations import findings
from improvement.permissions import TRIAGE
from reviews import reports
from reviews.inputs import blocks_of
from reviews.models import AgendaItem
from reviews.operations import agenda, decisions, reviews, steps
from reviews.queries import decisions as decision_queries
from reviews.queries import reviews as queries
from tests.people import PASSWORD, People
from tests.reviews.builders import FIRST, LAST, decide, discuss_all, hold, item_of, plan, prepare, sign, today

# --- the plan ------------------------------------------------------------------------------------------------


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


# --- prepared ------------------------------------------------------------------------------------------------


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


# --- the meeting ---------------------------------------------------------------------------------------------


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


# --- decisions -----------------------------------------------------------------------------------------------


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


# --- the signature -------------------------------------------------------------------------------------------


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


# --- afterwards ----------------------------------------------------------------------------------------------


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
