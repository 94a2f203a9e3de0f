"""Each kind of thing that can wait for somebody is told when it becomes theirs, when it is due and when it is late, once each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from accounts import operations
from accounts import queries as accounts
from accounts.models import Person
from app import digest
from complaints.operations import steps as complaint_steps
from complaints.operations import telling
from core import clock, notices
from core.db import session
from core.mail import OutboxMail
from core.notices import Notice
from improvement import jobs as improvement_jobs
from improvement import measures
from improvement.operations import plans
from standards.operations import requirements, standards, versions
from standards.queries import standards as standard_queries
from tests.audits import builders as audit_rows
from tests.complaints import builders as complaint_rows
from tests.improvement import builders as improvement_rows
from tests.people import People
from tests.reviews import builders as review_rows
from tests.training import builders as training_rows
from training.operations import assigning

#: a Monday, 10:00 in Shanghai
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@dataclass
class Waiting:
    """What waits: for whom, at which address, until when (None: there is no day to miss)."""

    person: Person
    path: str
    due: date | None


def today() -> date:
    return clock.now().date()


def a_finding(people: People) -> Waiting:
    found = improvement_rows.make_finding(people)
    improvement_jobs.tell_new_findings()
    return Waiting(people.manager, f"/findings/{found.id}", found.due)


def a_ticket(people: People) -> Waiting:
    found = improvement_rows.make_ticket(people)
    return Waiting(people.owner, f"/tickets/{found.id}", found.due)


def an_action(people: People) -> Waiting:
    found = improvement_rows.make_ticket(people)
    improvement_rows.plan(found, people)
    plans.pass_to_do(found, actor=people.owner)
    return Waiting(people.staff, f"/tickets/{found.id}", today() + timedelta(days=10))


def a_check(people: People) -> Waiting:
    found = improvement_rows.make_ticket(people)
    improvement_rows.to_check(found, people)
    return Waiting(people.approver, f"/tickets/{found.id}", found.due)


def an_audit(people: People) -> Waiting:
    found = audit_rows.prepare(people)
    return Waiting(people.approver, f"/audits/{found.id}", found.ends_on)


def an_acceptance(people: People) -> Waiting:
    found = audit_rows.prepare(people)
    audit_rows.answer_all(people, found, minor=False)
    audit_rows.report(people, found)
    return Waiting(people.owner, f"/audits/{found.id}", today() + timedelta(days=14))


def a_review(people: People) -> Waiting:
    found = review_rows.prepare(people)
    return Waiting(people.top, f"/reviews/{found.id}", found.meets_on)


def a_decision(people: People) -> Waiting:
    held = review_rows.hold(people)
    found = review_rows.decide(held, people)
    review_rows.sign(held, people)
    return Waiting(people.owner, f"/reviews/decisions/{found.id}", found.due)


def a_training(people: People) -> Waiting:
    course = training_rows.make_course(people)
    due = today() + timedelta(days=20)
    assigning.assign(course, [people.staff], due=due, actor=people.manager)
    return Waiting(people.staff, "/training/", due)


def an_approval(people: People) -> Waiting:
    made = standards.write_standard(
        unit=people.north, owner=people.owner, actor=people.manager, title_en="Lamps", title_zh="路灯"
    )
    version = standard_queries.find_latest_version(made.id)
    assert version is not None
    requirements.add_requirement(
        version, actor=people.manager, kind="timing", from_milestone="received", to_milestone="closed",
        limit="5 days", target=0.9,
    )  # fmt: skip
    versions.submit(version, actor=people.manager)
    return Waiting(people.approver, f"/standards/versions/{version.id}", today() + timedelta(days=14))


def a_complaint(people: People) -> Waiting:
    complaint_rows.set_up(people, complaint_rows.make_standard(people))
    made = complaint_rows.make_complaint(people, actor=people.staff)
    return Waiting(people.handler, f"/complaints/{made.id}", date(2026, 3, 3))


KINDS: list[Callable[[People], Waiting]] = [
    a_finding,
    a_ticket,
    an_action,
    a_check,
    an_audit,
    an_acceptance,
    a_review,
    a_decision,
    a_training,
    an_approval,
    a_complaint,
]


@pytest.fixture(autouse=True)
def cases() -> Iterator[None]:
    table = improvement_rows.CaseTable()
    table.fill(date(2025, 12, 1), date(2026, 12, 31), 8, 10)
    measures.register("cases", table)
    yield
    measures.unregister("cases")


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as found:
        yield found


def morning(day: date) -> datetime:
    return datetime.combine(day, time(7), UTC) - timedelta(hours=8)


def told(person: Person, path: str, kind: str | None = None) -> list[Notice]:
    statement = select(Notice).where(Notice.person_id == person.id, Notice.path.startswith(path))
    found = list(session.scalars(statement.order_by(Notice.id)))
    if kind is None:
        return [one for one in found if one.kind not in {"due", "late"}]
    return [one for one in found if one.key and one.key.startswith(f"{kind}:")]


def mails_to(person: Person) -> list[OutboxMail]:
    return list(
        session.scalars(
            select(OutboxMail)
            .where(OutboxMail.to_address == person.email, OutboxMail.next_try_at.is_not(None))
            .order_by(OutboxMail.id)
        )
    )


@pytest.mark.parametrize("make", KINDS)
def test_told_when_it_becomes_ones_own_due_and_late(
    people: People, traveller: time_machine.Traveller, make: Callable[[People], Waiting]
) -> None:
    waiting = make(people)
    session.flush()
    person, path = waiting.person, waiting.path
    assigned = [one.text for one in told(person, path)]
    assert assigned
    assert len(set(assigned)) == len(assigned), "told once that it is theirs"
    assert any(path in one.whole for one in mails_to(person))
    assert waiting.due is not None
    traveller.move_to(morning(waiting.due))
    before = len(mails_to(person))
    assert digest.tell(person)
    assert not digest.tell(person), "once"
    session.flush()
    assert len(mails_to(person)) == before + 1
    assert "Due today" in mails_to(person)[-1].body
    traveller.move_to(morning(waiting.due + timedelta(days=2)))
    if make is a_training:  # reminds by itself of all that is late, in one mail
        from training.operations.daily import remind

        remind()
        remind()
        assert not digest.tell(person)
        assert sum("late" in one.subject for one in mails_to(person)) == 1
        return
    assert digest.tell(person)
    assert not digest.tell(person)
    session.flush()
    assert "Late" in mails_to(person)[-1].body


@pytest.mark.parametrize("make", KINDS)
def test_who_wants_no_mail_is_told_here_only(
    people: People, traveller: time_machine.Traveller, make: Callable[[People], Waiting]
) -> None:
    for person in (people.manager, people.owner, people.staff, people.approver, people.top, people.handler):
        person.mails = "none"
    waiting = make(people)
    session.flush()
    assert told(waiting.person, waiting.path)
    assert mails_to(waiting.person) == []
    assert waiting.due is not None
    traveller.move_to(morning(waiting.due + timedelta(days=2)))
    assert not digest.tell(waiting.person)
    assert mails_to(waiting.person) == []


@pytest.mark.parametrize("make", KINDS)
def test_who_wants_one_mail_a_day_finds_it_there(
    people: People, traveller: time_machine.Traveller, make: Callable[[People], Waiting]
) -> None:
    for person in (people.manager, people.owner, people.staff, people.approver, people.top, people.handler):
        person.mails = "daily"
    waiting = make(people)
    session.flush()
    assert mails_to(waiting.person) == []
    traveller.move_to(clock.now() + timedelta(hours=20))
    assert digest.tell(waiting.person)
    (sent,) = mails_to(waiting.person)
    assert told(waiting.person, waiting.path)[0].text in sent.body


# --- clocks of complaints ----------------------------------------------------------------------------------------


def the_clock(people: People) -> str:
    waiting = a_complaint(people)
    session.flush()
    return waiting.path


def test_a_clock_that_runs_out_is_told_within_the_hour_and_once(
    people: People, traveller: time_machine.Traveller
) -> None:
    path = the_clock(people)  # to be acknowledged within 8 working hours: until 3 March 11:00
    assert telling.watch_clocks() == 0, "long time to go"
    traveller.move_to(datetime(2026, 3, 2, 22, 0, tzinfo=UTC))
    assert telling.watch_clocks() == 1
    assert telling.watch_clocks() == 0
    (notice,) = told(people.handler, path, "due")
    assert "Acknowledge: due by 3 Mar 2026 11:00" in notice.text
    traveller.move_to(morning(date(2026, 3, 3)))
    assert not digest.tell(people.handler), "the morning does not say it again"
    traveller.move_to(datetime(2026, 3, 3, 3, 1, tzinfo=UTC))
    assert telling.watch_clocks() == 1
    assert telling.watch_clocks() == 0
    assert "Acknowledge: late since" in told(people.handler, path, "late")[0].text
    traveller.move_to(morning(date(2026, 3, 4)))
    assert not digest.tell(people.handler)
    assert len(mails_to(people.handler)) == 3


def test_what_the_morning_told_no_clock_tells_again(
    people: People, traveller: time_machine.Traveller
) -> None:
    path = the_clock(people)
    traveller.move_to(morning(date(2026, 3, 3)))
    assert digest.tell(people.handler)
    assert telling.watch_clocks() == 0
    assert len(told(people.handler, path, "due")) == 1


def test_a_clock_that_stands_still_is_not_told(people: People, traveller: time_machine.Traveller) -> None:
    from complaints.operations import messages

    complaint_rows.set_up(people, complaint_rows.make_standard(people))
    made = complaint_rows.take_to(complaint_rows.make_complaint(people), "assessed", people)
    messages.write_to(made, "Which lamp?", question=True, actor=people.handler)
    traveller.move_to(datetime(2026, 3, 20, 8, 0, tzinfo=UTC))
    assert telling.watch_clocks() == 0


def test_what_happens_to_a_complaint_is_told_to_whom_it_concerns(
    people: People, traveller: time_machine.Traveller
) -> None:
    from complaints.operations import messages, remedies

    complaint_rows.set_up(people)
    made = complaint_rows.make_complaint(people, concerned=people.owner)
    path = f"/complaints/{made.id}"
    assert told(people.handler, path) == [], "nobody is told what they did themselves"
    complaint_rows.take_to(made, "assessed", people, severity="high")
    messages.hear(made, "It is dark again.", actor=None)
    remedies.propose(made, kind="refund", words="Half the fee", cost=50_000, actor=people.handler)
    complaint_steps.investigate(made, handler=people.approver, actor=people.handler)
    complaint_steps.answer(made, investigation="Lost.", words="Tomorrow.", actor=people.approver)
    session.flush()
    said = {
        person.name: [notice.text.partition(": ")[2] for notice in told(person, path)]
        for person in (people.handler, people.approver, people.manager, people.owner)
    }
    assert said == {
        people.handler.name: ["the complainant replied"],
        people.approver.name: ["a remedy waits for your approval", "you handle this complaint"],
        people.manager.name: [
            "a remedy waits for your approval",
            "a serious complaint waits for a decision",
        ],
        people.owner.name: [],
    }
    complaint_steps.escalate(made, reason="No agreement", route="The council", actor=people.approver)
    session.flush()
    assert told(people.manager, path)[-1].text.endswith("the complaint was escalated")
    complaint_steps.withdraw_by_link(made)
    session.flush()
    assert told(people.approver, path)[-1].text.endswith("the complainant withdrew the complaint")


def test_a_new_complaint_goes_to_those_whose_work_it_is(people: People) -> None:
    made = complaint_rows.make_complaint(people, actor=None)
    path = f"/complaints/{made.id}"
    assert len(told(people.handler, path)) == 1
    assert told(people.manager, path) == [], "there is somebody whose daily work it is"
    for grant in accounts.list_grants(people.handler):
        operations.revoke(grant, actor=people.admin)
    session.commit()
    other = complaint_rows.make_complaint(people, actor=None)
    assert len(told(people.manager, f"/complaints/{other.id}")) == 1


def test_findings_are_told_apart_from_their_raising_and_once(people: People) -> None:
    found = improvement_rows.make_finding(people, actor=people.manager)
    assert session.scalar(select(func.count()).select_from(OutboxMail)) == 0
    assert improvement_jobs.tell_new_findings() == 1, "the other manager, not who raised it"
    assert improvement_jobs.tell_new_findings() == 0
    assert notices.list_for(people.approver)[0].path == f"/findings/{found.id}"


def test_a_version_that_comes_back_is_told_to_its_author(people: People) -> None:
    waiting = an_approval(people)
    version_id = int(waiting.path.rpartition("/")[2])
    version = standard_queries.get_version(version_id)
    versions.send_back(version, actor=people.approver, comment="Say by when.")
    assert "came back" in told(people.manager, waiting.path)[0].text
    assert told(people.approver, waiting.path)[0].text.endswith("a version waits for your approval")


def test_the_language_is_the_readers(people: People) -> None:
    people.handler.language = "zh"
    made = complaint_rows.make_complaint(people, actor=None)
    (notice,) = told(people.handler, f"/complaints/{made.id}")
    assert notice.text == f"{made.code}：有新投诉，请告知受理"
    (sent,) = mails_to(people.handler)
    assert "您好" in sent.body
    assert "Jia Wang" not in sent.body, "who complained is read in the application only, by whom it concerns"
