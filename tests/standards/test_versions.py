from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from accounts import queries as accounts
from core import clock, trail
from core.db import session
from core.errors import NotPermitted, RuleViolation
from core.signing import is_valid, signatures_of
from standards import events
from standards.models import Clause, Framework, Mapping, Standard, Version
from standards.operations import requirements, standards, versions
from standards.queries import standards as queries
from standards.rules.versions import TRANSITIONS, VersionState, transition
from tests.page import Page
from tests.people import PASSWORD, People


def written(people: People) -> Version:
    standard = standards.write_standard(
        unit=people.north,
        owner=people.owner,
        actor=people.owner,
        title_en="Street-light repair",
        title_zh="路灯维修",
    )
    version = queries.find_open_version(standard.id)
    assert version is not None
    session.commit()
    return version


def timed(version: Version, people: People, **more: Any) -> Any:
    values = {
        "from_milestone": "received",
        "to_milestone": "repaired",
        "limit": "5 working days",
        "target": 0.95,
    }
    made = requirements.add_requirement(version, actor=people.owner, kind="timing", **{**values, **more})
    session.commit()
    return made


def in_force(people: People) -> Version:
    version = written(people)
    timed(version, people)
    versions.submit(version, actor=people.owner)
    versions.approve(version, actor=people.manager, password=PASSWORD)
    session.commit()
    return version


def test_a_version_passes_from_draft_into_force(people: People) -> None:
    version = written(people)
    assert version.standard.code.startswith("STD-")
    timed(version, people)
    versions.submit(version, actor=people.owner)
    assert version.state == "in_review"
    versions.approve(version, actor=people.manager, password=PASSWORD)
    assert version.state == VersionState.effective
    assert queries.find_effective_version(version.standard_id) is version
    signature = signatures_of(version)[0]
    assert signature.signer_name == people.manager.name
    assert is_valid(signature, versions.content_of(version))


def test_nothing_without_requirements_is_sent_for_review(people: People) -> None:
    with pytest.raises(RuleViolation, match="at least one requirement"):
        versions.submit(written(people), actor=people.owner)


def test_those_who_wrote_do_not_approve(people: People) -> None:
    version = written(people)
    requirements.add_requirement(
        version,
        actor=people.manager,
        kind="content",
        rule={"points": [{"en": "Say the date", "zh": "告知日期"}]},
    )
    session.commit()
    versions.submit(version, actor=people.owner)
    with pytest.raises(RuleViolation, match="other than those who wrote"):
        versions.approve(version, actor=people.manager, password=PASSWORD)
    versions.approve(version, actor=people.approver, password=PASSWORD)
    assert version.state == "effective"


def test_wrong_password_role_and_unit_are_refused(people: People) -> None:
    version = written(people)
    timed(version, people)
    with pytest.raises(NotPermitted):
        versions.submit(version, actor=people.south_owner)
    versions.submit(version, actor=people.owner)
    with pytest.raises(NotPermitted):
        versions.approve(version, actor=people.auditor, password=PASSWORD)
    with pytest.raises(RuleViolation, match="not your password"):
        versions.approve(version, actor=people.manager, password="something else")
    assert version.state == "in_review"
    assert not signatures_of(version)


def test_a_version_rewritten_after_the_page_was_opened_is_not_signed_unread(
    people: People, page: Page
) -> None:
    version = written(people)
    timed(version, people)
    versions.submit(version, actor=people.owner)
    session.commit()
    url = f"/standards/versions/{version.id}/approve"
    seen = version.row_version
    assert f'name="row_version" value="{seen}"' in page.as_(people.manager).get(url)
    versions.take_back(version, actor=people.owner)
    timed(version, people, limit="9 working days")
    versions.submit(version, actor=people.owner)
    session.commit()
    answer = page.post(url, {"row_version": seen, "password": PASSWORD}, status=422)
    assert "read it again" in answer.text
    assert signatures_of(version) == []
    page.post(url, {"row_version": version.row_version, "password": PASSWORD})
    assert version.state == "effective"


def test_a_coming_day_waits_for_the_duty_and_supersedes_then(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = in_force(people)
    second = versions.draft_version(first.standard, actor=people.owner, reason="CAR-2026-0001")
    versions.submit(second, actor=people.owner)
    zone = queries.zone_of(people.north)
    day = clock.now().astimezone(zone).date() + timedelta(days=3)
    versions.approve(second, actor=people.manager, password=PASSWORD, effective_on=day)
    assert second.state == "approved"
    assert second.effective_from is not None
    assert second.effective_from.astimezone(zone).strftime("%Y-%m-%d %H:%M") == f"{day} 00:00"
    assert versions.make_due_versions_effective() == 0
    told: list[object] = []
    monkeypatch.setattr(versions, "announce", told.append)
    start = second.effective_from
    monkeypatch.setattr(clock, "now", lambda: start)
    assert versions.make_due_versions_effective() == 1
    assert (first.state, second.state) == ("superseded", "effective")
    assert first.effective_until == start
    assert told == [events.VersionEffective(second.id, second.standard_id)]
    assert queries.find_version_at(first.standard_id, start) is second
    assert queries.find_version_at(first.standard_id, start - timedelta(seconds=1)) is first


def test_a_past_day_is_taken_only_as_recorded_later(people: People) -> None:
    version = written(people)
    timed(version, people)
    versions.submit(version, actor=people.owner)
    day = clock.now().date() - timedelta(days=200)
    with pytest.raises(RuleViolation, match="past"):
        versions.approve(version, actor=people.manager, password=PASSWORD, effective_on=day)
    versions.approve(version, actor=people.manager, password=PASSWORD, effective_on=day, recorded_later=True)
    assert version.state == "effective"
    newer = versions.draft_version(version.standard, actor=people.owner)
    versions.submit(newer, actor=people.owner)
    with pytest.raises(RuleViolation, match="starts later"):
        versions.approve(
            newer, actor=people.manager, password=PASSWORD, effective_on=day, recorded_later=True
        )


def test_versions_never_judge_the_same_moment(people: People) -> None:
    version = in_force(people)
    versions.withdraw(version, actor=people.manager, reason="Paused")
    newer = versions.draft_version(version.standard, actor=people.owner)
    versions.submit(newer, actor=people.owner)
    day = clock.now().date() - timedelta(days=2)
    with pytest.raises(RuleViolation, match="was in force until"):
        versions.approve(
            newer, actor=people.manager, password=PASSWORD, effective_on=day, recorded_later=True
        )


def test_a_new_version_copies_requirements_and_mappings(people: People) -> None:
    version = in_force(people)
    framework = Framework(code="x-1", nature="guidance", designation="X 1")
    session.add(framework)
    session.flush()
    clause = Clause(framework_id=framework.id, number="7.4", sort_key="007.004")
    session.add(clause)
    session.flush()
    first = queries.list_requirements(version.id)[0]
    session.add(Mapping(requirement_id=first.id, clause_id=clause.id, degree="full", mapped_by_name="Mei"))
    session.flush()
    draft = versions.draft_version(version.standard, actor=people.owner)
    copied = queries.list_requirements(draft.id)
    assert [(row.code, row.limit, row.target) for row in copied] == [("R1", "5 working days", 0.95)]
    assert queries.clauses_by_requirement([copied[0].id])[copied[0].id][0].number == "7.4"
    with pytest.raises(RuleViolation, match="one at a time"):
        versions.draft_version(version.standard, actor=people.owner)


def test_only_drafts_are_edited_and_sending_back_says_why(people: People) -> None:
    version = written(people)
    row = timed(version, people)
    versions.submit(version, actor=people.owner)
    with pytest.raises(RuleViolation, match="Only a draft"):
        requirements.change_requirement(row, actor=people.owner, target=0.9)
    with pytest.raises(RuleViolation, match="what should change"):
        versions.send_back(version, actor=people.manager, comment=" ")
    versions.send_back(version, actor=people.manager, comment="Give a calendar")
    assert (version.state, version.review_comment) == ("draft", "Give a calendar")
    requirements.change_requirement(row, actor=people.owner, target=0.9)
    assert row.target == 0.9


def test_withdrawn_versions_stay_and_only_fresh_drafts_are_deleted(people: People) -> None:
    version = in_force(people)
    with pytest.raises(RuleViolation):
        versions.withdraw(version, actor=people.manager, reason="")
    versions.withdraw(version, actor=people.manager, reason="Service given up")
    assert version.state == "withdrawn"
    assert version.effective_until is not None
    draft = versions.draft_version(version.standard, actor=people.owner)
    assert versions.delete_draft(draft, actor=people.owner) is False
    other = written(people)
    timed(other, people)
    versions.submit(other, actor=people.owner)
    versions.take_back(other, actor=people.owner)
    with pytest.raises(RuleViolation, match="never sent"):
        versions.delete_draft(other, actor=people.owner)
    third = written(people)
    timed(third, people)
    number = third.standard_id
    assert versions.delete_draft(third, actor=people.owner) is True
    assert session.get(Standard, number) is None


def test_the_database_allows_one_effective_version(people: People) -> None:
    version = in_force(people)
    draft = versions.draft_version(version.standard, actor=people.owner)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(
            update(Version)
            .where(Version.id == draft.id)
            .values(state="effective", effective_from=clock.now())
        )


def test_the_table_of_states_is_closed() -> None:
    assert transition("draft", "approve") is None
    assert transition("superseded", "withdraw") is None
    assert {row.state for row in TRANSITIONS} <= set(VersionState)
    reached = {row.to for row in TRANSITIONS if row.to is not None} | {VersionState.draft}
    assert reached == set(VersionState)


def test_two_approvers_at_once_make_one_approval(live_app: Flask) -> None:
    with live_app.app_context():
        people = People.load()
        version = written(people)
        timed(version, people)
        versions.submit(version, actor=people.owner)
        session.commit()
        number = version.id
        session.remove()
    barrier = Barrier(2)
    results: list[str] = []

    def approve(email: str) -> None:
        with live_app.app_context():
            barrier.wait()
            try:
                found = accounts.find_person_by_email(email)
                assert found is not None
                versions.approve(
                    queries.get_version(number), actor=accounts.with_holdings(found), password=PASSWORD
                )
                session.commit()
                results.append("approved")
            except (RuleViolation, StaleDataError):
                session.rollback()
                results.append("refused")
            finally:
                session.remove()

    threads = [Thread(target=approve, args=(f"{name}@example.org",)) for name in ("manager", "approver")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["approved", "refused"]
    with live_app.app_context():
        stored = queries.get_version(number)
        assert stored.state == "effective"
        assert len(signatures_of(stored)) == 1
        assert (
            session.scalar(select(func.count()).select_from(Version).where(Version.state == "effective")) == 1
        )
        assert trail.verify()[1] == []


def test_the_page_names_who_may_approve(people: People, page: Page) -> None:
    version = written(people)
    timed(version, people)
    address = f"/standards/versions/{version.id}"
    page.as_(people.manager)
    assert "Can be approved by" not in page.get(address), "a draft"
    versions.submit(version, actor=people.manager)
    session.commit()
    text = page.get(address)
    assert "Can be approved by Ada Approver" in text
    assert "Mei Manager" not in text[text.index("Can be approved by") :].partition("</p>")[0], "took part"
    for person in (people.approver, people.top):
        person.active = False
    session.commit()
    text = page.get(address)
    assert "Can be approved by" not in text
    assert "an administrator can give somebody the role" in text
