"""Jobs: progress, stopping, failing with a number, dying, repeating; duties once a turn."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts import queries
from accounts.models import Unit
from core import clock, jobs
from core.db import session
from core.errors import InvalidInput, RuleViolation
from core.jobs import Job, JobState, Progress
from tests.page import Page
from tests.people import People

SEEN: list[Any] = []


def _count(job: Job, progress: Progress) -> dict[str, Any]:
    progress(0, 3, "counting")
    progress.say("one line")
    session.add(Unit(code="JOB", name_en="From a job", path="/99/"))
    session.flush()
    session.commit()
    progress(3, 3)
    SEEN.append(json.loads(job.arguments))
    return {"url": "/units"}


def _refuse(_job: Job, _progress: Progress) -> dict[str, Any]:
    raise InvalidInput("Row 3 is wrong.")


def _crash(_job: Job, _progress: Progress) -> dict[str, Any]:
    session.add(Unit(code="HALF", name_en="Half a job", path="/98/"))
    session.flush()
    raise ZeroDivisionError


def _long(_job: Job, progress: Progress) -> dict[str, Any]:
    for number in range(5):
        progress(number, 5, f"step {number}")
    return {}


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, function in (
        ("t.count", _count),
        ("t.refuse", _refuse),
        ("t.crash", _crash),
        ("t.long", _long),
    ):
        monkeypatch.setitem(jobs._handlers, name, function)
    SEEN.clear()


def start(app: Flask, kind: str, **arguments: Any) -> int:
    with app.app_context():
        manager = queries.get_person_by_email("manager@example.org")
        job_id = jobs.queue(kind, "A test", arguments, actor=manager).id
        session.commit()
        return job_id


def state(app: Flask, job_id: int) -> Job:
    with app.app_context():
        found = session.get(Job, job_id)
        assert found is not None
        session.expunge(found)
        session.rollback()
        return found


def test_a_job_runs_with_progress_log_and_result(live_app: Flask) -> None:
    job_id = start(live_app, "t.count", batch=7)
    assert jobs.run_one(live_app, "w1")
    job = state(live_app, job_id)
    assert (job.state, job.done, job.total, job.results, job.share) == (
        JobState.done,
        3,
        3,
        {"url": "/units"},
        1.0,
    )
    assert "one line" in job.log
    assert SEEN == [{"batch": 7}]
    assert not jobs.run_one(live_app, "w1")


def test_wrong_input_fails_with_its_sentence_and_a_crash_with_a_number(live_app: Flask) -> None:
    refused, crashed = start(live_app, "t.refuse"), start(live_app, "t.crash")
    jobs.run_one(live_app)
    jobs.run_one(live_app)
    assert (state(live_app, refused).state, state(live_app, refused).message) == (
        JobState.failed,
        "Row 3 is wrong.",
    )
    job = state(live_app, crashed)
    assert job.state == JobState.failed
    assert "error " in job.message
    with live_app.app_context():
        assert queries.find_unit_by_code("HALF") is None


def test_stopping_before_and_during(live_app: Flask) -> None:
    waiting, running = start(live_app, "t.long"), start(live_app, "t.long")
    with live_app.app_context():
        job = session.get(Job, waiting)
        assert job is not None
        jobs.ask_to_stop(job)
        other = session.get(Job, running)
        assert other is not None
        other.cancel_asked = True  # as if asked while it runs
        session.commit()
    jobs.run_one(live_app)
    assert state(live_app, waiting).state == JobState.cancelled
    assert state(live_app, running).state == JobState.cancelled
    with live_app.app_context():
        job = session.get(Job, running)
        assert job is not None
        with pytest.raises(RuleViolation):
            jobs.ask_to_stop(job)
        again = jobs.repeat(job, actor=None)
        assert (again.kind, again.repeats_id, again.state) == ("t.long", running, JobState.queued)


def test_a_job_whose_worker_died_is_interrupted_and_can_be_repeated(live_app: Flask) -> None:
    job_id = start(live_app, "t.long")
    with live_app.app_context():
        job = session.get(Job, job_id)
        assert job is not None
        job.state, job.heartbeat_at = JobState.running, clock.now() - timedelta(minutes=5)
        session.commit()
        assert jobs.bury_dead() == 1
        assert jobs.bury_dead() == 0
    assert state(live_app, job_id).state == JobState.interrupted
    with live_app.app_context():
        job = session.get(Job, job_id)
        assert job is not None
        assert job.may_repeat


def test_a_done_job_is_not_repeated(live_app: Flask) -> None:
    job_id = start(live_app, "t.long")
    jobs.run_one(live_app)
    with live_app.app_context():
        job = session.get(Job, job_id)
        assert job is not None
        with pytest.raises(RuleViolation):
            jobs.repeat(job, actor=None)


def test_a_duty_runs_once_a_turn(live_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []
    monkeypatch.setattr(jobs, "_duties", {"t.duty": jobs.Duty("t.duty", "%Y%m%d", lambda: ran.append(1))})
    with live_app.app_context():
        assert (jobs.run_duties(), jobs.run_duties()) == (1, 0)
    assert ran == [1]


def test_housekeeping_is_registered() -> None:
    assert {"accounts.forget_old_attempts", "core.forget_old_receipts", "core.sweep_files"} <= set(
        jobs._duties
    )


def test_pages_show_own_jobs_only(page: Page, people: People) -> None:
    job = jobs.queue("t.long", "Count everything", {}, actor=people.manager)
    session.commit()
    page.as_(people.manager)
    assert "Count everything" in page.get("/jobs")
    assert 'hx-trigger="every 1s"' in page.get(f"/jobs/{job.id}")
    page.post(f"/jobs/{job.id}/stop")
    assert "Stopped" in page.follow()
    page.post(f"/jobs/{job.id}/repeat")
    assert session.scalar(select(func.count()).select_from(Job)) == 2
    page.as_(people.staff)
    page.get(f"/jobs/{job.id}", status=404)
    page.post(f"/jobs/{job.id}/stop", status=404)
