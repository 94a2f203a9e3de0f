"""The demonstration, built once through the operations of the rooms: is everything in it that it shows?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from accounts.models import Grant, Person
from accounts.queries import with_holdings
from accounts.rules import Role
from app.navigation import SECTIONS
from audits.models import Audit, Item, Photo
from complaints.models import ClockRun, Complaint, ComplaintFinding
from complaints.rules.states import State as ComplaintState
from core import clock, jobs, trail
from core.db import session
from core.notices import Notice
from delivery.models import Attainment, Batch, EventLog
from demo import building, cast, marker, organisation, packs
from improvement.models import Action, Check, Finding, Ticket
from reviews.models import Decision, Review
from satisfaction.customers.models import CustomerImport
from satisfaction.indicators.models import IndicatorJudge, IndicatorJudgement, IndicatorVersion
from satisfaction.models import (
    Analysis,
    Questionnaire,
    QuestionnaireVersion,
    Response,
    ResponseImport,
    SurveyItem,
    Wave,
)
from satisfaction.operations import waves
from standards import touch
from standards.models import Journey, Mapping, Requirement, Standard, Touchpoint, Version
from standards.queries import touchpoints
from tests.histories import raw_tokens
from tests.page import inspect
from training.models import Assignment, AssignmentSet, Attempt, CompetenceProof, Course, CourseVersion

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("demo")]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def rows(demonstration: Flask) -> Iterator[None]:
    with demonstration.app_context():
        yield
        session.remove()


def signed_in(app: Flask, role: str) -> FlaskClient:
    with app.app_context():
        account = next(one for one in organisation.sign_ins() if one["role"] == role)
    client = app.test_client()
    answer = client.post("/sign-in", data={"email": account["email"], "password": account["password"]})
    assert answer.status_code == 302, answer.text[:500]
    return client


@pytest.mark.parametrize("role", list(Role))
def test_every_role_signs_in(demonstration: Flask, role: str) -> None:
    page = signed_in(demonstration, role).get("/")
    assert page.status_code == 200
    inspect(page.text, f"/ as {role}")


def test_the_sign_in_page_shows_the_accounts(demonstration: Flask) -> None:
    page = demonstration.test_client().get("/sign-in").text
    assert all(email in page for email in ("lin.yue@binjiang.example", "anna.meyer@binjiang.example"))


@pytest.mark.usefixtures("rows")
class TestContent:
    def test_versions_in_every_state(self) -> None:
        states = set(session.scalars(select(Version.state)))
        assert states == {"draft", "in_review", "approved", "effective", "superseded", "withdrawn"}
        assert 10 <= session.query(Standard).count() <= 20

    def test_titles_and_statements_in_both_languages(self) -> None:
        for standard in session.scalars(select(Standard)):
            assert standard.title_en, standard.code
            assert CHINESE.search(standard.title_zh), standard.code
        for requirement in session.scalars(select(Requirement)):
            assert requirement.statement_en, requirement.code
            assert CHINESE.search(requirement.statement_zh), requirement.code
        for mapping in session.scalars(select(Mapping)):
            assert mapping.rationale_en
            assert CHINESE.search(mapping.rationale_zh)

    def test_tickets_in_every_stage(self) -> None:
        stages = set(session.scalars(select(Ticket.stage)))
        assert stages == {"plan", "do", "check", "act", "closed", "cancelled"}
        assert session.scalar(select(Ticket).where(Ticket.cycle_number > 1, Ticket.stage == "check"))
        assert session.scalar(select(Ticket).where(Ticket.deferred_until.is_not(None)))

    def test_findings_in_every_state(self) -> None:
        states = set(session.scalars(select(Finding.state)))
        assert {"new", "accepted", "verified", "closed", "dismissed", "merged"} == states
        assert {"major", "minor", "ofi", "strength", "signal"} == set(session.scalars(select(Finding.grade)))

    def test_checks_with_each_verdict(self) -> None:
        assert set(session.scalars(select(Check.verdict))) == {
            "effective",
            "not_effective",
            "not_enough_data",
        }

    def test_promises_with_each_verdict(self) -> None:
        root = session.scalars(
            select(Attainment.verdict).where(Attainment.period_kind == "recent", Attainment.unit_id == 1)
        )
        assert set(root) == {"kept", "on_the_line", "short", "too_few"}

    def test_the_log_is_whole_and_moved_by_weeks(self) -> None:
        batches = list(session.scalars(select(Batch).order_by(Batch.id)))
        assert {batch.state for batch in batches} == {"accepted", "mapped"}
        assert sum(batch.rejected for batch in batches) == 0
        assert sum(batch.rows for batch in batches) > 63_838

    def test_training_done_overdue_and_as_the_action_of_a_ticket(self) -> None:
        states = set(session.scalars(select(Assignment.state)))
        assert states == {"assigned", "started", "passed", "failed", "waived"}
        reasons = set(session.scalars(select(AssignmentSet.reason)))
        assert {"standard", "rule", "manual", "ticket"} <= reasons
        late = session.scalars(
            select(Assignment).where(
                Assignment.state.in_(("assigned", "started")), Assignment.due < clock.now().date()
            )
        )
        assert len(list(late)) >= 2
        action = session.scalars(select(Action).where(Action.kind == "training")).one()
        assert action.state == "done"
        versions = set(session.scalars(select(CourseVersion.state)))
        assert versions == {"published", "draft"}
        assert session.query(CompetenceProof).count() >= 8
        for course in session.scalars(select(Course)):
            assert course.title_en, course.code
            assert CHINESE.search(course.title_zh), course.code

    def test_audits_reported_in_progress_and_planned(self) -> None:
        audits = {
            audit.state: audit for audit in session.scalars(select(Audit).where(Audit.slot_id.is_not(None)))
        }
        assert set(audits) == {"accepted", "reported", "performed", "prepared", "scheduled"}
        answered = session.scalars(select(Item.result).where(Item.audit_id == audits["prepared"].id))
        assert {bool(result) for result in answered} == {True, False}
        assert session.query(Photo).count() == 1
        found = session.scalars(
            select(Finding).where(Finding.origin_ref.startswith(f"audit:{audits['accepted'].id}:"))
        )
        assert {finding.grade for finding in found if finding.ticket_id} == {"major", "minor"}
        assert audits["accepted"].conclusion_en
        assert CHINESE.search(audits["accepted"].conclusion_zh)

    def test_complaints_in_every_state_clocked_by_the_own_standard(self) -> None:
        complaints = list(session.scalars(select(Complaint)))
        assert len(complaints) >= 24
        assert {complaint.state for complaint in complaints} == set(ComplaintState)
        assert {complaint.language for complaint in complaints} == {"en", "zh"}
        assert {"met", "missed"} <= set(session.scalars(select(ClockRun.state)))
        assert session.query(ComplaintFinding).count() == 2
        assert [complaint.ticket_id for complaint in complaints if complaint.ticket_id]
        assert {1, 2} & {complaint.satisfied for complaint in complaints}

    def test_the_log_of_consumers_has_its_own_promises(self) -> None:
        log = session.scalars(select(EventLog).where(EventLog.code == "CONSUMER")).one()
        verdicts = dict(
            session.execute(
                select(Attainment.requirement_code, Attainment.verdict).where(
                    Attainment.event_log_id == log.id, Attainment.period_kind == "recent"
                )
            ).all()
        )
        assert verdicts["R1"] == "kept"
        assert "short" in verdicts.values()
        assert (
            session.scalars(
                select(Batch.rows).where(Batch.event_log_id == log.id).order_by(Batch.id.desc())
            ).first()
            == 2_827
        )

    def test_waves_over_two_years_and_one_open(self) -> None:
        states = list(session.scalars(select(Wave.state)))
        assert set(states) == {"analysed", "open"}
        rounds = session.execute(
            select(Questionnaire.title_en, func.count())
            .select_from(Wave)
            .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
            .join(Questionnaire, Questionnaire.id == QuestionnaireVersion.questionnaire_id)
            .group_by(Questionnaire.title_en)
        ).all()
        assert sorted(number for _title, number in rounds)[-2:] == [4, 6]
        assert (session.scalar(select(func.sum(ResponseImport.accepted))) or 0) > 2_890

    def test_the_study_of_machines_has_every_kind_of_pair(self) -> None:
        kinds = dict(
            session.execute(
                select(SurveyItem.kind, func.count())
                .join(QuestionnaireVersion, QuestionnaireVersion.id == SurveyItem.version_id)
                .join(Questionnaire, Questionnaire.id == QuestionnaireVersion.questionnaire_id)
                .where(Questionnaire.title_en.startswith("Self-service machines"))
                .group_by(SurveyItem.kind)
            ).all()
        )
        assert kinds == {"servqual": 24, "kano": 29, "importance": 24, "scale": 28}
        for item in session.scalars(select(SurveyItem)):
            assert item.text_en, item.code
            assert CHINESE.search(item.text_zh), item.code
            if item.kind in {"servqual", "kano"}:
                assert item.second_en != item.text_en, item.code
                assert CHINESE.search(item.second_zh), item.code

    def test_analyses_are_kept_and_none_was_refused(self) -> None:
        analyses = list(session.scalars(select(Analysis)))
        assert {analysis.state for analysis in analyses} == {"done"}
        assert {analysis.method for analysis in analyses} >= {
            "score", "servqual", "kano", "ipa", "pls", "reliability", "chart", "effect", "transition",
        }  # fmt: skip
        kano = next(each for each in analyses if each.method == "kano")
        assert {item["category"] for item in kano.result["items"].values()} >= {"M", "O", "A", "I"}
        signs = next(each for each in analyses if each.method == "effect")
        assert signs.result["estimate"] > 0
        assert signs.result["ci"][0] > 0

    def test_journeys_show_promise_delivery_and_feeling(self) -> None:
        quality_manager = with_holdings(
            session.scalars(select(Person).where(Person.email.startswith("lin."))).one()
        )
        points = list(session.scalars(select(Touchpoint)))
        assert session.query(Journey).count() == 2
        assert {point.moment_of_truth for point in points} == {True, False}
        ids = [point.id for point in points]
        promised = touchpoints.promised(ids, quality_manager)
        felt = touch.felt(ids, quality_manager)
        standards = sorted({each.standard_id for all_of in promised.values() for each in all_of})
        delivered = touch.delivered(standards, quality_manager)
        whole = [
            number
            for number, all_of in promised.items()
            if number in felt and any((each.standard_id, each.code) in delivered for each in all_of)
        ]
        assert len(whole) >= 6
        assert set(ids) - set(promised), "a touchpoint without a promise"
        assert {said.verdict for all_of in felt.values() for said in all_of} >= {"kept", "short"}

    def test_everybody_has_something_in_the_bell(self, demonstration: Flask) -> None:
        for one in organisation.sign_ins():
            if one["role"] in {"administrator", "visiting_auditor"}:
                continue
            person = session.scalars(select(Person).where(Person.email == one["email"])).one()
            assert session.scalar(select(Notice.id).where(Notice.person_id == person.id)), one["role"]

    def test_a_survey_confirms_a_broken_promise(self) -> None:
        found = session.scalars(
            select(Finding).where(Finding.origin == "satisfaction", Finding.requirement_code == "R5")
        ).one()
        assert found.ticket_id
        verdict = session.scalars(
            select(Attainment.verdict).where(
                Attainment.period_kind == "recent",
                Attainment.unit_id == 1,
                Attainment.standard_id == found.standard_id,
                Attainment.requirement_code == "R5",
            )
        ).one()
        assert verdict == "short"
        languages = session.scalars(
            select(Response.language).join(Wave, Wave.id == Response.wave_id).where(Wave.state == "open")
        )
        assert set(languages) == {"en", "zh"}

    def test_reviews_signed_and_due(self) -> None:
        held, due, unsigned = session.scalars(select(Review).order_by(Review.id))
        assert (held.state, due.state, unsigned.state) == ("signed", "prepared", "held")
        assert held.minutes_en
        assert CHINESE.search(held.minutes_zh)
        assert due.follows_id == held.id
        assert abs((due.meets_on - clock.now().date()).days) < 14
        assert set(session.scalars(select(Decision.state))) == {"open", "done", "pending"}

    def test_work_that_is_half_done(self) -> None:
        assert session.scalar(select(QuestionnaireVersion.id).where(QuestionnaireVersion.frozen_at.is_(None)))
        assert "draft" in set(session.scalars(select(IndicatorVersion.state)))
        for state in (Batch.state, CustomerImport.state, ResponseImport.state):
            assert "mapped" in set(session.scalars(select(state)))
        assert session.scalar(select(Attempt.id).where(Attempt.finished_at.is_(None)))
        judges = list(session.scalars(select(IndicatorJudge)))
        compared = set(session.scalars(select(IndicatorJudgement.judge_id)))
        assert {judge.id in compared for judge in judges} == {True, False}

    def test_a_visit_ends(self) -> None:
        (last,) = session.scalars(select(Grant.until_date).where(Grant.role == Role.visiting_auditor))
        assert last is not None
        assert last > clock.now().date()

    def test_trail_verifies(self) -> None:
        count, faults = trail.verify()
        assert count > 500
        assert faults == []

    def test_trail_runs_forward(self) -> None:
        times = list(session.scalars(select(trail.TrailEntry.at).order_by(trail.TrailEntry.seq)))
        assert times == sorted(times)


def test_a_kept_promise_and_a_pack_in_each_language(demonstration: Flask) -> None:
    from certification.models import Pack

    with demonstration.app_context():
        packs = list(session.scalars(select(Pack)))
        assert {(pack.language, pack.state) for pack in packs} == {("en", "ready"), ("zh", "ready")}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_of_the_navigation_open(demonstration: Flask, language: str) -> None:
    client = signed_in(demonstration, "quality_manager")
    with demonstration.test_request_context():
        from flask import url_for

        urls = [
            url_for(item.endpoint)
            for section in SECTIONS
            for item in section.items
            if item.endpoint in demonstration.view_functions
            and getattr(demonstration.view_functions[item.endpoint], "guard", None) is not None
        ]
    opened = 0
    for url in urls:
        page = client.get(f"{url}?lang={language}")
        if page.status_code == 403:  # only for administrators
            continue
        assert page.status_code == 200, f"{url}: {page.status_code}"
        inspect(page.text, url)
        opened += 1
    assert opened >= 6


def test_histories_read_as_plain_words(demonstration: Flask) -> None:
    with demonstration.app_context():
        assert not raw_tokens(demonstration)


def test_a_second_worker_helps_with_the_packs(demonstration: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with demonstration.app_context():
        wave = session.scalars(select(Wave).where(Wave.state == "analysed").limit(1)).one()
        job = waves.queue_analysis(wave, actor=None).id
        session.commit()
        session.remove()
        monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(demonstration.config["DATA_DIR"]))
        monkeypatch.setenv("PLUMBLINE_DATABASE_URL", demonstration.config["SQLALCHEMY_DATABASE_URI"])
        with packs.helped():
            pass
        assert session.get_one(jobs.Job, job).state == "done"


def test_data_are_small_and_their_sources_named() -> None:
    folder = Path(building.__file__).parent / "data"
    files = [path for path in folder.iterdir() if path.name != "NOTICE.md"]
    assert sum(path.stat().st_size for path in files) <= 3_000_000
    notice = (folder / "NOTICE.md").read_text("utf-8")
    assert [path.name for path in files if f"`{path.name}`" not in notice] == []


def test_a_build_that_was_cut_off_is_noticed(tmp_path: Path) -> None:
    assert not marker.is_built(tmp_path)
    (tmp_path / marker.MARKER).write_text('{"done": false, "version": 1}')
    (tmp_path / "plumbline.db").write_text("half")
    assert marker.is_begun(tmp_path)
    assert not marker.is_built(tmp_path)
    building.clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_work_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "plumbline.db").write_text("somebody's work")
    assert marker.holds_something_else(tmp_path)


def test_accounts_as_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import json

    from demo.cli import demo

    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PLUMBLINE_DEMO", "1")
    found = json.loads(CliRunner().invoke(demo, ["accounts", "--json"]).stdout)
    assert {one["role"] for one in found} == set(Role)
    assert all(set(one) == {"role", "email", "password", "unit"} for one in found)
    assert {one["password"] for one in found} == {cast.PASSWORD}
