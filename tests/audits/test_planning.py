"""Programme, plan, scope, team and its independence, checklist: operations and pages."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from accounts.operations import grant
from accounts.rules import Role
from audits.models import Audit, Item, Slot
from audits.operations import audits as operations
from audits.operations import checklist, programmes
from audits.queries import audits as queries
from audits.queries import checklist as items_of
from audits.queries import independence
from audits.rules.independence import Doubt, Reason, unsettled
from core import clock, trail
from core.db import session
from core.errors import NotPermitted, RuleViolation
from improvement.operations import findings, plans, tickets
from improvement.queries import tickets as ticket_queries
from standards.models import Applicability, Version
from tests.audits.builders import FIRST, LAST, answer, items, make_frameworks, make_standard, plan, prepare
from tests.page import Page
from tests.people import People


def doubts(audit: Audit, person: Any) -> list[Doubt]:
    return [item.doubt for item in operations.doubts_about(audit, person)]


# --- independence --------------------------------------------------------------------------------------------


def test_an_auditor_without_a_hand_in_it_is_independent(app: Any, people: People) -> None:
    make_standard(people)
    assert doubts(plan(people), people.auditor) == []


def test_who_heads_the_unit_or_owns_the_standard_never_audits_it(app: Any, people: People) -> None:
    standard = make_standard(people)
    audit = plan(people)
    grant(people.owner, Role.auditor, people.root, actor=None)
    assert doubts(audit, people.owner) == [Doubt.heads, Doubt.owns, Doubt.works]
    with pytest.raises(RuleViolation, match="Nobody audits their own work") as refused:
        operations.staff(audit, people.owner, safeguard="I am fair", actor=people.manager)
    assert "North division" in str(refused.value)
    assert refused.value.field == "person_id"
    standard.owner = people.auditor
    session.flush()
    with pytest.raises(RuleViolation, match="owns STD-0007"):
        operations.staff(audit, people.auditor, safeguard="I am fair", actor=people.manager)


def test_a_doubt_is_settled_by_a_written_safeguard(app: Any, people: People) -> None:
    make_standard(people, author=people.auditor)
    audit = plan(people)
    with pytest.raises(RuleViolation, match="wrote STD-0007") as refused:
        operations.staff(audit, people.auditor, role="lead", actor=people.manager)
    assert refused.value.field == "safeguard"
    member = operations.staff(
        audit, people.auditor, role="lead", safeguard="Ada answers about it", actor=people.manager
    )
    assert (member.safeguard, member.accepted_doubts) == ("Ada answers about it", ["authored:STD-0007"])
    session.commit()
    entry = next(one for one in trail.history(audit) if one.action == "audit.safeguarded")
    assert "STD-0007" in entry.reason
    scope = queries.scope_of(audit.id)
    assert independence.unsettled_members(audit, scope, [member]) == {}
    version = session.scalars(select(Version)).one()
    version.approver_id, version.approved_at = people.auditor.id, clock.now()
    session.flush()
    left = independence.unsettled_members(audit, scope, [member])
    assert [item.doubt for item in left[people.auditor.id]] == [Doubt.approved]


def test_what_lies_further_back_counts_no_more(app: Any, people: People) -> None:
    make_standard(people, author=people.auditor)
    audit = plan(people, independence_months=6)
    assert doubts(audit, people.auditor) == [Doubt.authored]
    version = session.scalars(select(Version)).one()
    version.created_at = clock.now() - timedelta(days=200)
    session.flush()
    assert doubts(audit, people.auditor) == []


def test_the_trail_knows_who_had_a_hand_in_the_text(app: Any, people: People) -> None:
    make_standard(people)
    audit = plan(people)
    version = session.scalars(select(Version)).one()
    trail.record(version, "requirement.changed", actor=people.auditor, code="STD-0007")
    session.commit()
    assert doubts(audit, people.auditor) == [Doubt.authored]


def test_working_there_heading_a_part_and_having_acted_are_doubts(app: Any, people: People) -> None:
    audit = plan(people)
    grant(people.staff, Role.auditor, people.root, actor=None)
    assert doubts(audit, people.staff) == [Doubt.works]
    grant(people.auditor, Role.process_owner, people.lights, actor=None)
    assert doubts(audit, people.auditor) == [Doubt.part]
    found = findings.raise_finding(
        origin="person", grade="minor", statement_en="Dark", unit=people.lights, actor=people.manager
    )
    ticket = tickets.open_ticket(
        title="Dark", owner=people.owner, verifier=None, findings=[found], actor=people.manager
    )
    action = plans.add_action(
        ticket_queries.get_cycle(ticket), kind="corrective", text="Lamp", owner=people.top,
        due=clock.now().date() + timedelta(days=3), actor=people.owner,
    )  # fmt: skip
    action.state, action.done_at, action.outcome = "done", clock.now(), "Lit"
    session.flush()
    assert doubts(audit, people.top) == [Doubt.acted]


def test_a_role_that_ended_lately_is_a_doubt(app: Any, people: People) -> None:
    audit = plan(people)
    given = grant(people.auditor, Role.process_owner, people.north, actor=None)
    assert doubts(audit, people.auditor) == [Doubt.heads]
    given.revoked_at = clock.now() - timedelta(days=30)
    session.flush()
    assert doubts(audit, people.auditor) == [Doubt.headed]
    given.revoked_at = clock.now() - timedelta(days=900)
    session.flush()
    assert doubts(audit, people.auditor) == []


def test_a_safeguard_never_settles_a_refusal() -> None:
    reasons = [Reason(Doubt.heads, "NORTH"), Reason(Doubt.authored, "STD-1")]
    assert unsettled(reasons, ["heads:NORTH", "authored:STD-1"]) == [reasons[0]]


def test_roles_of_a_team(app: Any, people: People) -> None:
    audit = plan(people)
    with pytest.raises(RuleViolation, match="no role that audits"):
        operations.staff(audit, people.top, role="auditor", actor=people.manager)
    with pytest.raises(RuleViolation, match="no role that reads"):
        operations.staff(audit, people.staff, role="observer", actor=people.manager)
    operations.staff(audit, people.owner, role="observer", actor=people.manager)  # observers answer nothing
    operations.staff(audit, people.auditor, role="lead", actor=people.manager)
    operations.staff(audit, people.approver, role="lead", actor=people.manager)
    assert {member.person.name: member.role for member in queries.members_of(audit.id)} == {
        "Ada Approver": "lead", "Aki Auditor": "auditor", "Olga Owner": "observer",
    }  # fmt: skip
    with pytest.raises(NotPermitted):
        operations.unstaff(audit, people.auditor.id, actor=people.auditor)
    operations.unstaff(audit, people.owner.id, actor=people.manager)
    with pytest.raises(RuleViolation, match="not in the team"):
        operations.unstaff(audit, people.owner.id, actor=people.manager)


# --- checklist -----------------------------------------------------------------------------------------------


def test_a_checklist_asks_what_clauses_standards_and_earlier_findings_give(app: Any, people: People) -> None:
    standard = make_standard(people)
    earlier = findings.raise_finding(
        origin="person", grade="minor", statement_en="Dark lamps", statement_zh="路灯不亮", unit=people.lights,
        actor=people.manager,
    )  # fmt: skip
    tickets.open_ticket(
        title="Dark", owner=people.owner, verifier=None, findings=[earlier], actor=people.manager
    )
    audit = prepare(people, standard=standard)
    found = items(audit)
    assert [item.source for item in found] == ["finding"] + ["clause"] * 8 + ["requirement"]
    assert found[0].earlier_id == earlier.id
    assert "Dark lamps" in found[0].question_en
    assert "路灯不亮" in found[0].question_zh
    assert {item.nature for item in found if item.reference.startswith("BB-SHOULD")} == {"guidance"}
    promise = found[-1]
    assert promise.question_en == "Is this promise kept? Repaired within 5 days"
    assert promise.question_zh == "是否做到这项承诺？5 日内修复"
    assert promise.look_at == [{"en": "Draw ten cases", "zh": "Draw ten cases"}]
    assert checklist.generate(audit, actor=people.auditor) == 0


def test_adopted_guidance_counts_as_a_requirement_and_what_does_not_apply_is_not_asked(
    app: Any, people: People
) -> None:
    shall, should = make_frameworks()
    audit = plan(people)
    operations.set_scope(audit, units=[], clauses=[*shall, *should], standards=[], actor=people.manager)
    session.add(Applicability(unit_id=people.root.id, clause_id=should[0].id, adopted=True))
    session.add(Applicability(unit_id=people.north.id, clause_id=shall[0].id, applicable=False))
    session.flush()
    assert checklist.generate(audit, actor=people.manager) == 6
    natures = {item.clause_id: item.nature for item in items(audit)}
    assert natures[should[0].id] == "requirement"
    assert natures[should[1].id] == "guidance"
    assert shall[0].id not in natures


def test_questions_of_ones_own(app: Any, people: People) -> None:
    _shall, should = make_frameworks()
    audit = plan(people)
    own = checklist.add_item(audit, question_zh="灯亮吗？", clause=should[0], actor=people.manager)
    assert (own.nature, own.reference, own.position) == ("guidance", "BB-SHOULD · 7.1", 1)
    with pytest.raises(RuleViolation, match="at least one language"):
        checklist.add_item(audit, actor=people.manager)
    checklist.change_item(
        audit,
        own,
        question_en="Is it lit?",
        question_zh="",
        look_at=[],
        seen=own.row_version,
        actor=people.manager,
    )
    with pytest.raises(NotPermitted):
        checklist.remove_item(audit, own, actor=people.auditor)
    checklist.remove_item(audit, own, actor=people.manager)
    assert items(audit) == []


def test_an_answered_question_stays_as_it_was_asked(app: Any, people: People) -> None:
    audit = prepare(people)
    item = items(audit)[0]
    answer(people, item, "conform")
    with pytest.raises(RuleViolation, match="stays as it was asked"):
        checklist.remove_item(audit, item, actor=people.auditor)
    with pytest.raises(RuleViolation, match="stays as it was asked"):
        checklist.change_item(
            audit, item, question_en="Other", question_zh="", look_at=[], actor=people.auditor
        )


# --- programme -----------------------------------------------------------------------------------------------


def test_a_programme_has_one_year_and_slots_become_audits(app: Any, people: People) -> None:
    shall, _should = make_frameworks()
    made = programmes.open_programme(people.root, 2026, objectives_en="Once a year", actor=people.manager)
    for year, match in ((2026, "already"), (1800, "2000 to 2100")):
        with pytest.raises(RuleViolation, match=match):
            programmes.open_programme(people.root, year, actor=people.manager)
    with pytest.raises(NotPermitted):
        programmes.open_programme(people.south, 2026, actor=people.auditor)
    slot = programmes.add_slot(
        made, unit=people.north, month=3, topic_en="Lamps", framework=shall[0].framework, lead=people.auditor,
        actor=people.manager,
    )  # fmt: skip
    for values, field in (
        ({"month": 13, "topic_en": "x"}, "month"),
        ({"month": 3}, "topic_en"),
    ):
        with pytest.raises(RuleViolation) as refused:
            programmes.add_slot(made, unit=people.north, actor=people.manager, **values)
        assert refused.value.field == field
    audit = operations.plan_audit(
        people.north, starts_on=FIRST, ends_on=LAST, title_en="Lamps", slot=slot, actor=people.manager
    )
    assert len(queries.scope_of(audit.id).clauses) == 2
    assert [member.person_id for member in queries.members_of(audit.id)] == [people.auditor.id]
    with pytest.raises(RuleViolation, match="has its audit already"):
        operations.plan_audit(
            people.north, starts_on=FIRST, ends_on=LAST, title_en="Lamps", slot=slot, actor=people.manager
        )
    with pytest.raises(RuleViolation, match="cancel the audit"):
        programmes.remove_slot(slot, actor=people.manager)
    southern = programmes.open_programme(people.south, 2026, actor=people.manager)
    with pytest.raises(RuleViolation, match="does not belong"):
        programmes.add_slot(southern, unit=people.north, month=1, topic_en="x", actor=people.manager)


# --- pages ---------------------------------------------------------------------------------------------------


def test_planning_through_the_pages(app: Any, page: Page, people: People) -> None:
    shall, _should = make_frameworks()
    standard = make_standard(people)
    page.as_(people.manager)
    assert "No audits yet" in page.get("/audits")
    assert "No audit programme yet" in page.get("/audits/programmes")
    page.get("/audits/programmes/new")
    page.post(
        "/audits/programmes/new",
        {
            "unit_id": people.root.id,
            "year": 2026,
            "objectives_en": "All units",
            "framework_ids": [shall[0].framework_id],
        },
    )
    programme = page.response.location if page.response else ""
    assert "No slot yet" in page.follow()
    page.get(f"{programme}/edit")
    page.post(f"{programme}/edit", {"objectives_zh": "全部单位", "row_version": "1"})
    page.get(f"{programme}/slots/new?month=3")
    page.post(
        f"{programme}/slots/new",
        {"unit_id": people.north.id, "month": 3, "framework_id": 0, "lead_id": 0},
        status=422,
    )
    slot = {
        "unit_id": people.north.id,
        "month": 3,
        "topic_en": "Lamps",
        "framework_id": shall[0].framework_id,
        "lead_id": 0,
    }
    page.post(f"{programme}/slots/new", slot)
    assert "not planned yet" in page.follow()
    number = session.scalars(select(Slot.id)).one()
    page.get(f"{programme}/slots/{number}")
    page.post(
        f"{programme}/slots/{number}", {**slot, "month": 12, "lead_id": people.auditor.id, "row_version": "1"}
    )
    text = page.get(f"/audits/new?slot={number}")
    assert 'value="2026-12-07"' in text
    plan_values = {
        "slot": number, "unit_id": people.north.id, "kind": "process", "title_en": "Lamps", "starts_on": "2026-12-07",
        "ends_on": "2026-12-01", "repeat_months": 12, "independence_months": 24,
    }  # fmt: skip
    assert "before the first" in page.post("/audits/new", plan_values, status=422).text
    page.post("/audits/new", {**plan_values, "ends_on": "2026-12-09"})
    audit = session.scalars(select(Audit)).one()
    text = page.follow()
    assert text.count(" checked>") == 2  # both clauses of the framework
    page.post(
        f"/audits/{audit.id}/scope",
        {
            "framework": shall[0].framework_id, "clause": [shall[0].id, 999_999], "units": [people.north.id, people.lights.id],
            "standards": [standard.id],
        },
    )  # fmt: skip
    scope = queries.scope_of(audit.id)
    assert ([c.id for c in scope.clauses], len(scope.units), len(scope.standards)) == ([shall[0].id], 2, 1)
    text = page.follow()
    assert "Independent" in text
    page.post(f"/audits/{audit.id}/team", {"person_id": people.approver.id, "role": "auditor"})
    page.post(f"/audits/{audit.id}/team/leave", {"person": people.approver.id})
    page.post(f"/audits/{audit.id}/team/leave", {"person": "x"}, status=422)
    assert "No question yet" in page.get(f"/audits/{audit.id}/checklist")
    page.post(f"/audits/{audit.id}/checklist/generate", {"clauses": "y", "requirements": "y"})
    page.get(f"/audits/{audit.id}/checklist")
    page.post(
        f"/audits/{audit.id}/checklist",
        {"question_en": "Own?", "look_en": "One\nTwo", "clause_id": 0, "nature": "guidance"},
    )
    own = session.scalars(select(Item).where(Item.source == "own")).one()
    assert own.look_at == [{"en": "One", "zh": "One"}, {"en": "Two", "zh": "Two"}]
    page.get(f"/audits/{audit.id}/checklist/{own.id}")
    page.post(
        f"/audits/{audit.id}/checklist/{own.id}", {"question_en": "Mine?", "row_version": own.row_version}
    )
    page.post(f"/audits/{audit.id}/checklist/{own.id}/remove")
    text = page.get(f"/audits/{audit.id}")
    assert "4 of 4 met" in text
    page.get(f"/audits/{audit.id}/plan")
    page.post(
        f"/audits/{audit.id}/plan", {**plan_values, "ends_on": "2026-12-10", "row_version": audit.row_version}
    )
    page.post(f"/audits/{audit.id}/prepare")
    assert "Recording" not in page.follow() or items_of.tally_of(audit.id).total == 3
    text = page.get(programme)
    assert "Prepared" in text
    page.as_(people.owner).get(f"/audits/{audit.id}/plan", status=403)


def test_the_team_page_says_why_somebody_can_not_audit(app: Any, page: Page, people: People) -> None:
    make_standard(people, author=people.auditor)
    audit = plan(people)
    page.as_(people.manager)
    assert "only with a safeguard" in page.get(f"/audits/{audit.id}/team")
    refused = page.post(
        f"/audits/{audit.id}/team", {"person_id": people.auditor.id, "role": "lead"}, status=422
    )
    assert "wrote STD-0007" in refused.text


def test_questions_change_places_within_their_section(page: Page, people: People) -> None:
    audit = prepare(people)
    first, second, *_rest = items(audit)
    assert first.section == second.section
    url = f"/audits/{audit.id}/checklist"
    page.as_(people.auditor)
    text = page.get(url)
    assert f'aria-label="Move question {first.position} down"' in text
    page.post(f"{url}/{second.id}/move", {"up": "1"})
    assert page.response is not None
    assert page.response.location.endswith(f"#q-{second.id}"), "the keyboard stays where it was"
    page.follow()
    session.expire_all()
    assert [item.id for item in items(audit)][:2] == [second.id, first.id]
    page.post(f"{url}/{second.id}/move", {"up": "1"})
    session.expire_all()
    assert [item.id for item in items(audit)][:2] == [second.id, first.id], "the first stays the first"
    page.post(f"{url}/{second.id}/move")
    session.expire_all()
    assert [item.id for item in items(audit)][:2] == [first.id, second.id]
    sections = [item.section for item in items(audit)]
    last = [item for item in items(audit) if item.section == first.section][-1]
    assert not checklist.move_item(audit, last, up=False, actor=people.auditor)
    assert [item.section for item in items(audit)] == sections
    assert trail.history(second)[0].action == "item.moved"
    page.as_(people.owner).post(f"{url}/{first.id}/move", status=403)
