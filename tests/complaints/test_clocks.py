"""Clocks: taken from the complaint standard, by the version in force, standing still only where the standard says so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from complaints.models import ClockRun, Complaint
from complaints.operations import clocks, messages, steps
from complaints.queries import complaints as queries
from complaints.rules.clocks import Outcome, Tally, judge, suggest
from complaints.rules.states import State
from core.db import session
from core.errors import NotPermitted, RuleViolation
from standards.models import Requirement, Version
from tests.complaints.builders import CLOCKS, JUDGED, START, make_complaint, make_standard, set_up, take_to
from tests.people import People


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Any:
    with app.test_request_context():
        yield


def runs(found: Complaint) -> dict[str, ClockRun]:
    return {run.stops: run for run in queries.list_clocks(found.id)}


def test_clocks_begin_when_it_is_registered(people: People, clock: Any) -> None:
    set_up(people, make_standard(people))
    found = make_complaint(people)
    known = runs(found)
    assert set(known) == {"acknowledged", "answered"}
    # Monday 10:00, 8 working hours of 09:00-12:00 and 13:00-17:00: Tuesday 11:00 in Shanghai
    assert known["acknowledged"].due_at == datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
    assert (known["acknowledged"].requirement_code, known["acknowledged"].version_number) == ("R1", 1)
    # ten working days after Monday the 2nd: until the end of Monday the 16th
    assert known["answered"].due_at == datetime(2026, 3, 16, 16, 0, tzinfo=UTC)
    assert known["answered"].due_open
    assert found.next_due == known["acknowledged"].due_at


def test_without_a_complaint_standard_no_clock_runs_and_nothing_is_late(people: People, clock: Any) -> None:
    found = make_complaint(people)
    assert queries.list_clocks(found.id) == []
    assert found.next_due is None
    take_to(found, "closed", people)


def test_met_and_missed(people: People, clock: Any) -> None:
    set_up(people, make_standard(people))
    punctual, late = make_complaint(people), make_complaint(people)
    clock.shift(timedelta(hours=25))
    steps.acknowledge(punctual, actor=people.handler)
    clock.shift(timedelta(seconds=1))
    steps.acknowledge(late, actor=people.handler)
    assert runs(punctual)["acknowledged"].state == "met"
    assert runs(late)["acknowledged"].state == "missed"
    clock.move_to(datetime(2026, 3, 16, 15, 59, 59, tzinfo=UTC))
    take_to(punctual, "answered", people)
    clock.move_to(datetime(2026, 3, 16, 16, 0, 0, tzinfo=UTC))
    take_to(late, "answered", people)
    assert runs(punctual)["answered"].state == "met"
    assert runs(late)["answered"].state == "missed"
    assert punctual.next_due is None


def test_a_clock_begins_at_another_milestone(people: People, clock: Any) -> None:
    set_up(people, make_standard(people))
    found = take_to(make_complaint(people), "decided", people)
    closing = runs(found)["closed"]
    assert closing.starts == "decided"
    assert closing.due_at == START + timedelta(days=5)
    clock.shift(timedelta(days=6))
    steps.close(found, actor=people.handler)
    assert runs(found)["closed"].state == "missed"
    assert found.next_due is None


def test_waiting_stops_only_what_the_standard_lets_stand_still(people: People, clock: Any) -> None:
    set_up(people, make_standard(people))
    found = make_complaint(people)
    messages.write_to(found, "Which lamp?", question=True, actor=people.handler)
    known = runs(found)
    assert known["acknowledged"].paused == []
    assert known["answered"].paused == [[START.isoformat(), None]]
    assert found.next_due == known["acknowledged"].due_at
    clock.shift(timedelta(days=3))
    messages.hear(found, "The one at the gate", actor=None)
    assert found.waiting_since is None
    assert runs(found)["answered"].due_at == datetime(2026, 3, 19, 16, 0, tzinfo=UTC), "three days longer"
    messages.wait(found, actor=people.handler)
    clock.shift(timedelta(days=1))
    steps.acknowledge(found, actor=people.handler)  # the next step ends the waiting
    assert found.waiting_since is None
    assert len(runs(found)["answered"].paused) == 2
    assert runs(found)["answered"].due_at == datetime(2026, 3, 22, 16, 0, tzinfo=UTC), (
        "Friday, and the days off behind it"
    )


def test_a_standard_without_pauses_never_stands_still(people: People, clock: Any) -> None:
    set_up(people, make_standard(people, pauses=False))
    found = make_complaint(people)
    messages.wait(found, actor=people.handler)
    messages.wait(found, actor=people.handler)
    assert all(run.paused == [] for run in runs(found).values())
    take_to(found, "closed", people)
    with pytest.raises(RuleViolation):
        messages.wait(found, actor=people.handler)


def test_withdrawn_and_refused_are_not_judged_and_reopened_is_clocked_anew(
    people: People, clock: Any
) -> None:
    set_up(people, make_standard(people))
    found = take_to(make_complaint(people), "assessed", people)
    steps.withdraw(found, reason="settled", actor=people.handler)
    assert {run.state for run in queries.list_clocks(found.id)} == {"met", "void"}
    assert found.next_due is None
    clock.shift(timedelta(days=1))
    steps.reopen(found, reason="dark again", actor=people.handler)
    running = clocks.list_running(found)
    assert [(run.stops, run.started_at) for run in running] == [("answered", START + timedelta(days=1))]
    other = take_to(make_complaint(people), "assessed", people)
    steps.refuse(other, reason="x", route="y", words="z", actor=people.owner)
    assert "running" not in {run.state for run in queries.list_clocks(other.id)}


def test_passed_over_milestones_stop_their_clocks(people: People, clock: Any) -> None:
    setting = set_up(people, make_standard(people))
    setting.clocks = {"investigating": {"code": "R2", "from": "received"}}
    found = make_complaint(people)
    steps.acknowledge(found, actor=people.handler)
    steps.assess(found, **{**JUDGED, "complexity": "simple"}, actor=people.handler)
    steps.answer(found, investigation="x", words="y", actor=people.handler)
    assert runs(found)["investigating"].state == "met"


def test_the_version_in_force_when_the_clock_began_decides(people: People, clock: Any) -> None:
    standard = make_standard(people)
    set_up(people, standard)
    before = make_complaint(people)
    clock.shift(timedelta(days=10))
    old = session.query(Version).filter_by(standard_id=standard.id).one()
    old.state, old.effective_until = "superseded", START + timedelta(days=10)
    new = Version(
        standard_id=standard.id, number=2, state="effective", effective_from=START + timedelta(days=10)
    )
    session.add(new)
    session.flush()
    session.add(
        Requirement(
            version_id=new.id, code="R1", kind="timing", from_milestone="received",
            to_milestone="acknowledged", limit="30 minutes",
        )
    )  # fmt: skip
    after = make_complaint(people)
    assert runs(before)["acknowledged"].limit == "8 working hours"
    assert runs(after)["acknowledged"].limit == "30 minutes"
    assert set(runs(after)) == {"acknowledged"}, "R2 is not in the new version"
    assert runs(after)["acknowledged"].due_at == START + timedelta(days=10, minutes=30)


def test_the_nearest_unit_with_a_standard_decides(people: People, clock: Any) -> None:
    standard = make_standard(people)
    set_up(people, standard)
    from complaints.operations import settings

    settings.set_up(people.north, handler_limit=5, actor=people.manager)
    assert len(queries.list_clocks(make_complaint(people, unit=people.lights).id)) == 2
    settings.set_up(
        people.lights,
        standard=standard,
        clocks={"answered": {"code": "R2", "from": "received"}},
        actor=people.manager,
    )
    assert len(queries.list_clocks(make_complaint(people, unit=people.lights).id)) == 1
    assert len(queries.list_clocks(make_complaint(people, unit=people.north).id)) == 2


def test_settings_refuse_what_makes_no_sense(people: People) -> None:
    from complaints.operations import settings

    standard = make_standard(people)
    for given, field in (
        ({"answered": {"code": "R9", "from": "received"}}, "code_answered"),
        ({"answered": {"code": "R2", "from": "closed"}}, "from_answered"),
        ({"answered": {"code": "R2", "from": "answered"}}, "from_answered"),
        ({"answered": {"code": "R2", "from": "refused"}}, "from_answered"),
    ):
        with pytest.raises(RuleViolation) as refused:
            settings.set_up(people.root, standard=standard, clocks=given, actor=people.manager)
        assert refused.value.field == field
    with pytest.raises(TypeError):
        settings.set_up(people.root, standard=standard, clocks={"noon": {"code": "R1"}}, actor=people.manager)
    with pytest.raises(RuleViolation):
        settings.set_up(people.root, handler_limit=-1, actor=people.manager)
    for person in (people.handler, people.owner, people.auditor):
        with pytest.raises(NotPermitted):
            settings.set_up(people.root, actor=person)
    due = session.query(Requirement).filter_by(code="R2").one()
    due.limit = "by promised"
    with pytest.raises(RuleViolation, match="due time"):
        settings.set_up(
            people.root, standard=standard, clocks={"answered": CLOCKS["answered"]}, actor=people.manager
        )


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("received", State.received),
        ("Acknowledged", State.acknowledged),
        ("acknowledgement_sent", State.acknowledged),
        ("first reply", State.answered),
        ("答复", State.answered),
        ("办结", State.closed),
        ("投诉受理", State.received),
        ("lamp lit", None),
        ("", None),
    ],
)
def test_words_of_the_organisation_suggest_a_milestone(word: str, state: State | None) -> None:
    assert suggest(word) == state


def test_the_arithmetic_of_clocks() -> None:
    due = START
    assert judge(due, due, is_open=False) == Outcome.met
    assert judge(due, due, is_open=True) == Outcome.missed
    assert judge(due + timedelta(seconds=1), due, is_open=False) == Outcome.missed
    assert judge(due, None, is_open=False) == Outcome.met
    tally = Tally(95, 5, 3, 1)
    assert tally.n == 100
    assert tally.share == 0.95
    assert tally.interval is not None
    assert tally.interval[0] == pytest.approx(0.8882, abs=1e-4)  # Wilson, 95 of 100
    assert tally.interval[1] == pytest.approx(0.9785, abs=1e-4)
    assert tally.verdict(0.8) == "kept"
    assert tally.verdict(0.95) == "on_the_line"
    assert tally.verdict(0.99) == "short"
    assert tally.verdict(None) is None
    assert Tally(9, 0).verdict(0.9) == "too_few"
    assert Tally().verdict(0.9) == "too_few"
    assert Tally().share is None
