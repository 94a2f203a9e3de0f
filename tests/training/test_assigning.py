"""Who gets a course, and why: rules, versions of standards, by hand, day by day; waiving, other dates, reminders."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from accounts import operations as accounts
from accounts.rules import Role
from core import mail
from core.db import session
from core.errors import NotPermitted, RuleViolation
from standards.operations import requirements
from tests.people import People
from tests.training.builders import (
    draft_of,
    make_course,
    make_standard,
    new_version,
    of_person,
    pass_it,
    put_in_force,
    read_all,
    requirement,
    try_quiz,
)
from training import jobs
from training.models import Assignment, AssignmentSet
from training.operations import assigning, daily, learning
from training.operations import courses as operations
from training.queries import assignments as queries
from training.queries import tallies

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def days(traveller: time_machine.Traveller, number: int) -> None:
    traveller.shift(timedelta(days=number))


def mails(kind: str) -> list[mail.OutboxMail]:
    return list(session.scalars(select(mail.OutboxMail).where(mail.OutboxMail.kind == kind)))


def test_a_rule_gives_the_course_to_a_role_in_a_unit_and_below(people: People) -> None:
    course = make_course(people)
    _rule, given = operations.add_rule(
        course, unit=people.north, role="staff", due_days=20, actor=people.manager
    )
    assert given == 1
    item = of_person(people.staff)[0]
    assert (item.state, item.due) == ("assigned", queries.today() + timedelta(days=20))
    assert item.code.startswith("TRN-")
    assert of_person(people.owner) == [], "a process owner is no staff"
    assert [entry.to_address for entry in mails("training_assigned")] == [people.staff.email]
    daily.follow_rules()
    assert len(of_person(people.staff)) == 1, "nobody gets it twice"


def test_who_joins_later_gets_it_the_next_day(people: People) -> None:
    course = make_course(people)
    operations.add_rule(course, unit=people.lights, role="staff", due_days=20, actor=people.manager)
    new = accounts.add_person(email="new@example.org", name="New", unit=people.lights, actor=None)
    jobs.daily()
    assert of_person(new) == [], "without the role the rule does not mean them"
    accounts.grant(new, Role.staff, people.lights, actor=None)
    jobs.daily()
    assert [item.occasion.reason for item in of_person(new)] == ["rule"]
    gone = accounts.add_person(email="gone@example.org", name="Gone", unit=people.lights, actor=None)
    accounts.grant(gone, Role.staff, people.lights, actor=None)
    accounts.change_person(gone, seen=None, actor=None, active=False)
    jobs.daily()
    assert of_person(gone) == []


def test_a_rule_waits_until_the_course_is_published(people: People) -> None:
    course = make_course(people, publish=False)
    _rule, given = operations.add_rule(course, unit=people.lights, due_days=20, actor=people.manager)
    assert given == 0
    operations.publish(draft_of(course), actor=people.manager)
    assert len(of_person(people.staff)) == 1


def test_a_version_in_force_assigns_once_and_the_next_version_again(people: People) -> None:
    course, standard = make_course(people), make_standard(people)
    operations.add_rule(course, unit=people.north, standard=standard, due_days=14, actor=people.manager)
    first = of_person(people.staff)
    why = queries.whys([first[0].set_id])[first[0].set_id]
    assert (why.occasion.reason, why.version.number if why.version else None) == ("standard", 1)
    assert len(of_person(people.owner)) == 1
    pass_it(first[0], people.staff)
    daily.follow_rules()
    assert len(of_person(people.staff)) == 1, "the same version asks once"
    put_in_force(new_version(standard, people), people)
    again = of_person(people.staff)
    assert [item.state for item in again] == ["passed", "assigned"]
    second = queries.whys([again[1].set_id])[again[1].set_id]
    assert second.version is not None
    assert second.version.number == 2
    assert of_person(people.south_owner) == []


def test_who_passed_since_the_version_was_approved_is_not_asked_again(
    people: People, clock: time_machine.Traveller
) -> None:
    course, standard = make_course(people), make_standard(people)
    days(clock, 3)
    version = new_version(standard, people)
    from standards.operations import versions
    from tests.people import PASSWORD

    versions.submit(version, actor=people.owner)
    versions.approve(version, actor=people.approver, password=PASSWORD, effective_on=date(2026, 3, 20))
    occasion, made, _busy = assigning.assign(
        course, [people.staff], due=date(2026, 3, 19), actor=people.manager
    )
    assert occasion.reason == "manual"
    pass_it(made[0], people.staff)
    operations.add_rule(course, unit=people.north, standard=standard, due_days=14, actor=people.manager)
    assert len(of_person(people.staff)) == 1, "passed since the version in force was approved"
    days(clock, 20)
    versions.make_due_versions_effective()
    assert len(of_person(people.staff)) == 1, "the coming version was learned in advance"
    assert len(of_person(people.owner)) == 2


def test_a_rule_about_a_requirement_asks_when_that_changes(people: People) -> None:
    course, standard = make_course(people), make_standard(people)
    operations.add_rule(
        course,
        unit=people.lights,
        standard=standard,
        requirement_code="R1",
        due_days=14,
        actor=people.manager,
    )
    assert len(of_person(people.staff)) == 1, "it is new in the first version"
    second = new_version(standard, people)
    requirements.change_requirement(requirement(second, "R2"), actor=people.owner, seen=None, limit="2 days")
    put_in_force(second, people)
    assert len(of_person(people.staff)) == 1, "only R2 changed"
    third = new_version(standard, people)
    requirements.change_requirement(requirement(third, "R1"), actor=people.owner, seen=None, limit="4 days")
    put_in_force(third, people)
    assert len(of_person(people.staff)) == 2
    with pytest.raises(RuleViolation, match="has a requirement R9"):
        operations.add_rule(
            course,
            unit=people.north,
            standard=standard,
            requirement_code="R9",
            due_days=5,
            actor=people.manager,
        )
    with pytest.raises(RuleViolation, match="Choose the standard"):
        operations.add_rule(
            course, unit=people.north, requirement_code="R1", due_days=5, actor=people.manager
        )
    with pytest.raises(RuleViolation, match="such a rule already"):
        operations.add_rule(
            course,
            unit=people.lights,
            standard=standard,
            requirement_code="R1",
            due_days=5,
            actor=people.manager,
        )


def test_a_standard_never_in_force_is_deleted_with_its_rules(people: People) -> None:
    from standards.operations import standards, versions
    from standards.queries.standards import find_open_version
    from training.queries import courses

    course = make_course(people)
    standard = standards.write_standard(
        unit=people.north, owner=people.owner, actor=people.owner, title_en="Never"
    )
    _rule, given = operations.add_rule(
        course, unit=people.north, standard=standard, due_days=14, actor=people.manager
    )
    assert given == 0
    draft = find_open_version(standard.id)
    assert draft is not None
    assert versions.delete_draft(draft, actor=people.owner)
    session.expire_all()
    assert courses.list_rules(course.id) == []


def test_an_ended_rule_gives_nothing_more(people: People) -> None:
    course, standard = make_course(people), make_standard(people)
    rule, _given = operations.add_rule(
        course, unit=people.lights, standard=standard, due_days=14, actor=people.manager
    )
    operations.end_rule(rule, actor=people.manager)
    with pytest.raises(RuleViolation, match="ended already"):
        operations.end_rule(rule, actor=people.manager)
    put_in_force(new_version(standard, people), people)
    assert len(of_person(people.staff)) == 1


def test_by_hand_whoever_has_it_open_is_left_alone(people: People) -> None:
    course = make_course(people)
    due = queries.today() + timedelta(days=10)
    assigning.assign(course, [people.staff], due=due, note="New in the team", actor=people.owner)
    _set, made, busy = assigning.assign(course, [people.staff, people.owner], due=due, actor=people.manager)
    assert ([item.person_id for item in made], busy) == ([people.owner.id], 1)
    with pytest.raises(RuleViolation, match="Nobody left"):
        assigning.assign(course, [people.staff], due=due, actor=people.manager)
    with pytest.raises(RuleViolation, match="at least one"):
        assigning.assign(course, [], due=due, actor=people.manager)
    with pytest.raises(RuleViolation, match="today or a later"):
        assigning.assign(course, [people.top], due=due - timedelta(days=11), actor=people.manager)
    with pytest.raises(RuleViolation, match="within 730"):
        assigning.assign(course, [people.top], due=due + timedelta(days=900), actor=people.manager)
    draft = make_course(people, publish=False)
    with pytest.raises(RuleViolation, match="not published"):
        assigning.assign(draft, [people.top], due=due, actor=people.manager)


def test_only_who_leads_the_unit_assigns_there(people: People) -> None:
    course = make_course(people)
    due = queries.today() + timedelta(days=10)
    for actor in (people.staff, people.auditor, people.top, people.admin, people.south_owner):
        with pytest.raises(NotPermitted):
            assigning.assign(course, [people.staff], due=due, actor=actor)


def test_waiving_needs_a_reason_and_somebody_else(people: People) -> None:
    course = make_course(people)
    due = queries.today() + timedelta(days=10)
    _set, made, _busy = assigning.assign(course, [people.staff, people.owner], due=due, actor=people.manager)
    by_person = {item.person_id: item for item in made}
    with pytest.raises(RuleViolation, match="reason"):
        assigning.waive(by_person[people.staff.id], reason=" ", actor=people.owner)
    with pytest.raises(NotPermitted):
        assigning.waive(by_person[people.owner.id], reason="No time", actor=people.owner)
    with pytest.raises(NotPermitted):
        assigning.waive(by_person[people.staff.id], reason="x", actor=people.south_owner)
    item = by_person[people.staff.id]
    assigning.waive(item, reason="Retires in May", actor=people.owner)
    assert (item.state, item.closed_by_name) == ("waived", people.owner.name)
    with pytest.raises(RuleViolation, match="not possible any more"):
        assigning.waive(item, reason="again", actor=people.owner)
    with pytest.raises(RuleViolation, match="not possible any more"):
        learning.start(item, actor=people.staff)


def test_reminders_come_once_before_and_once_after_in_the_persons_language(
    people: People, clock: time_machine.Traveller
) -> None:
    people.staff.language = "zh"
    first, second = make_course(people), make_course(people, title_en="Second", title_zh="第二门")
    for course in (first, second):
        assigning.assign(course, [people.staff], due=date(2026, 3, 30), actor=people.manager)
    days(clock, 20)
    daily.remind()
    assert mails("training_reminder") == [], "eight days before"
    days(clock, 1)
    daily.remind()
    daily.remind()
    (before,) = mails("training_reminder")
    assert before.language == "zh"
    assert "路灯及时修复" in before.body
    assert "第二门" in before.body, "one mail a person"
    days(clock, 8)
    daily.remind()
    daily.remind()
    assert len(mails("training_reminder")) == 2
    days(clock, 30)
    daily.remind()
    assert len(mails("training_reminder")) == 2, "late is told once"
    item = of_person(people.staff, first)[0]
    assigning.postpone(item, due=queries.today() + timedelta(days=3), reason="Was ill", actor=people.manager)
    daily.remind()
    assert len(mails("training_reminder")) == 3, "another date begins anew"


def test_a_short_term_is_not_reminded_on_the_same_day(people: People, clock: time_machine.Traveller) -> None:
    assigning.assign(make_course(people), [people.staff], due=date(2026, 3, 6), actor=people.manager)
    daily.remind()
    assert mails("training_reminder") == []
    days(clock, 6)
    daily.remind()
    assert len(mails("training_reminder")) == 1


def test_records_end_and_are_renewed_a_month_before(people: People, clock: time_machine.Traveller) -> None:
    course = make_course(people, valid_months=12)
    _set, made, _busy = assigning.assign(course, [people.staff], due=date(2026, 3, 30), actor=people.manager)
    pass_it(made[0], people.staff)
    assert made[0].valid_until == date(2027, 3, 1)
    days(clock, 330)
    jobs.daily()
    assert len(of_person(people.staff)) == 1, "still more than a month"
    days(clock, 5)
    jobs.daily()
    jobs.daily()
    (old, new) = of_person(people.staff)
    assert (new.occasion.reason, new.due) == ("renewal", date(2027, 3, 1))
    days(clock, 30)
    jobs.daily()
    assert (old.state, new.state) == ("expired", "assigned")
    pass_it(new, people.staff)
    assert new.valid_until == date(2028, 3, 1)


def test_open_training_of_who_left_no_longer_counts(people: People) -> None:
    course = make_course(people)
    assigning.assign(course, [people.staff], due=queries.today() + timedelta(days=5), actor=people.manager)
    accounts.change_person(people.staff, seen=None, actor=None, active=False)
    jobs.daily()
    item = session.scalars(select(Assignment)).one()
    assert (item.state, item.closed_reason) == ("expired", "")


def test_failed_training_waits_for_a_decision(people: People) -> None:
    course = make_course(people)
    _set, made, _busy = assigning.assign(
        course, [people.staff], due=queries.today() + timedelta(days=5), actor=people.manager
    )
    item = made[0]
    read_all(item, people.staff)
    for _number in range(3):
        assert not try_quiz(item, people.staff, wrong=2)
    assert item.state == "failed"
    assert queries.list_failed(people.owner) == [item]
    assert queries.list_failed(people.south_owner) == []
    with pytest.raises(NotPermitted):
        assigning.allow_again(item, reason="please", actor=people.staff)
    with pytest.raises(RuleViolation, match="reason"):
        assigning.allow_again(item, reason="", actor=people.owner)
    assigning.allow_again(item, reason="We went through it together", actor=people.owner)
    assert item.state == "started"
    assert try_quiz(item, people.staff, wrong=1), "three of four reach 75 %"
    assert item.score == 0.75


def test_each_occasion_is_kept_once(people: People) -> None:
    course, standard = make_course(people), make_standard(people)
    operations.add_rule(course, unit=people.north, standard=standard, due_days=14, actor=people.manager)
    operations.add_rule(
        course, unit=people.south, standard=standard, role="process_owner", due_days=14, actor=people.manager
    )
    sets = list(session.scalars(select(AssignmentSet)))
    assert len(sets) == 1, "two rules of one version are one occasion"
    assert tallies.tallies_of_sets([sets[0].id])[sets[0].id].total == 3
