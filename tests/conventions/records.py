"""One record of every kind in the south division: what a person of the north must never touch."""

import io
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from accounts.models import PasswordReset, UserSession
from complaints.operations import complaints, remedies
from core import clock, files, jobs, mail, notices
from core.db import session
from delivery.models import Batch, EventLog
from improvement.operations import findings, plans, tickets
from improvement.queries import tickets as ticket_queries
from standards.models import Calendar, Clause, Framework, Mapping, Requirement, Standard, Version
from standards.operations import calendars, requirements, standards, versions
from standards.operations.frameworks import load_all
from standards.operations.mapping import map_requirement
from tests.people import PASSWORD, People


def make(people: People) -> dict[str, Any]:
    """Parameter name of a route → the value of a record in the south."""
    from accounts.queries import list_grants
    from certification.operations import order_pack
    from core import trail

    if session.scalar(select(Framework.id).limit(1)) is None:
        load_all()
    framework = session.scalars(select(Framework).where(Framework.code == "iso-10002-2018")).one()
    clause = session.scalars(
        select(Clause).where(Clause.framework_id == framework.id, Clause.number == "7.4")
    ).one()
    calendar: Calendar = calendars.add_calendar(
        code="SOUTH-DAYS", unit=people.south, actor=people.manager, time_zone="Asia/Shanghai", name_en="South days",
        definition={"week": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}},
    )  # fmt: skip
    standard: Standard = standards.write_standard(
        unit=people.south,
        owner=people.south_owner,
        actor=people.manager,
        title_en="Lamps in the south",
        title_zh="南区路灯",
    )
    version: Version = session.scalars(select(Version).where(Version.standard_id == standard.id)).one()
    requirement: Requirement = requirements.add_requirement(
        version, actor=people.manager, kind="timing", from_milestone="received", to_milestone="closed",
        limit="5 days", target=0.9,
    )  # fmt: skip
    mapping: Mapping = map_requirement(
        requirement,
        clause,
        degree="full",
        rationale_en="Says by when.",
        rationale_zh="",
        actor=people.manager,
    )
    versions.submit(version, actor=people.manager)
    versions.approve(version, actor=people.approver, password=PASSWORD)
    draft = versions.draft_version(standard, actor=people.manager)
    draft_requirement = session.scalars(select(Requirement).where(Requirement.version_id == draft.id)).first()
    assert draft_requirement is not None
    finding = findings.raise_finding(
        origin="person",
        grade="minor",
        statement_en="A lamp was forgotten",
        unit=people.south,
        actor=people.manager,
    )
    other = findings.raise_finding(
        origin="person",
        grade="minor",
        statement_en="Another lamp was forgotten",
        unit=people.south,
        actor=people.manager,
    )
    ticket = tickets.open_ticket(
        title="Lamps forgotten",
        owner=people.south_owner,
        verifier=people.approver,
        findings=[other],
        actor=people.manager,
    )
    cycle = ticket_queries.get_cycle(ticket)
    cause = plans.add_cause(cycle, text="No list", actor=people.south_owner)
    action = plans.add_action(
        cycle, kind="corrective", text="Keep a list", owner=people.south_owner,
        due=date.today() + timedelta(days=10), actor=people.south_owner,  # noqa: DTZ011 - a day in the future is all it needs
    )  # fmt: skip
    stored = files.store(
        files.receive(io.BytesIO(b"case,opened\n1,2026-01-01\n"), "cases.csv", limit=1000),
        actor=people.manager,
    )
    log = EventLog(code="SOUTH", name_en="South log", unit_id=people.south.id)
    session.add(log)
    session.flush()
    batch = Batch(
        event_log_id=log.id, unit_id=people.south.id, file_id=stored.id, imported_by_id=people.manager.id
    )
    session.add(batch)
    pack = order_pack(
        framework, people.south, first=date(2026, 1, 1), last=date(2026, 6, 30), language="en", parts=["statement"],
        actor=people.manager,
    )  # fmt: skip
    complaint = complaints.register(
        unit=people.south, channel="phone", subject="A lamp was forgotten", name="Jia", email="jia@example.net",
        concerned=people.handler, actor=people.staff,
    )  # fmt: skip
    remedy = remedies.propose(complaint, kind="repair", words="a new lamp", actor=people.manager)
    session.flush()
    job = session.scalars(select(jobs.Job).order_by(jobs.Job.id.desc())).first()
    sent = mail.post(
        to=people.manager, template="password_reset", subject="A mail", kind="test",
        context={"link": "http://localhost/reset/x", "hours": 2},
    )  # fmt: skip
    told = notices.note(people.manager.id, "Look at this", "/tasks", kind="test")
    session.add(PasswordReset(person_id=people.south_owner.id, token_hash="0" * 64, expires_at=clock.now()))
    session.add(
        UserSession(
            person_id=people.south_owner.id, token_hash="1" * 64, expires_at=clock.now() + timedelta(days=1)
        )
    )
    surveyed = survey_records(people)
    weighed = _indicators(people, surveyed)
    travelled = _journey(people)
    audited = _audit(people)
    trained = _training(people)
    reviewed = _review(people)
    session.commit()
    entry = trail.head()[0]
    sessions = session.scalars(
        select(UserSession).where(UserSession.person_id == people.south_owner.id)
    ).first()
    assert job is not None
    assert sessions is not None
    return surveyed | {
        "framework_id": framework.id, "clause_id": clause.id, "code": "R1", "standard_id": standard.id,
        "version_id": draft.id, "requirement_id": draft_requirement.id, "requirement_code": "R1", "calendar_id": calendar.id,
        "mapping_id": mapping.id, "notice_id": told.id, "finding_id": finding.id, "ticket_id": ticket.id, "cycle_id": cycle.id, "cause_id": cause.id,
        "action_id": action.id, "log_id": log.id, "batch_id": batch.id, "pack_id": pack.id, "job_id": job.id, "mail_id": sent.id,
        "seq": entry, "entry_seq": entry, "person_id": people.south_owner.id, "unit_id": people.south.id,
        "grant_id": list_grants(people.south_owner)[0].id, "session_id": sessions.id, "file_id": stored.id,
        "chapter": "no-such-chapter", "token": "no-such-token", "name": "no-such-file", "sha256": "0" * 64, "case_id": "1", "other_id": version.id,
        "former_id": version.id, "kind": "people", "ending": "csv", "part": "trail", "number": clause.number, "language": "en",
        **weighed, **travelled, **audited, **trained, **reviewed, "check_id": 1, "to": "do", "complaint_id": complaint.id, "remedy_id": remedy.id, "verb": "acknowledge",
    }  # fmt: skip


def _journey(people: People) -> dict[str, Any]:
    """A journey of the south with one touchpoint, through a service."""
    from standards.operations import journeys, touchpoints

    service = journeys.add_service(unit=people.south, name_en="Lamps", actor=people.manager)
    journey = journeys.write_journey(
        unit=people.south, name_en="A lamp is out", service=service, actor=people.manager
    )
    stage = journeys.add_stage(journey, name_en="Report", actor=people.manager)
    touchpoint = touchpoints.add_touchpoint(stage, name_en="Call us", channel="phone", actor=people.manager)
    return {
        "service_id": service.id, "journey_id": journey.id, "stage_id": stage.id, "touchpoint_id": touchpoint.id,
    }  # fmt: skip


def survey_records(people: People) -> dict[str, Any]:
    """A survey of the south: a questionnaire that may be changed, a wave with a link, a file that waits."""
    from satisfaction.models import Analysis, ResponseImport
    from satisfaction.operations import questionnaires, waves
    from satisfaction.queries import questionnaires as queries
    from satisfaction.rules.items import read_bulk

    asked = questionnaires.write_questionnaire(
        unit=people.south, owner=people.south_owner, title_en="Lamps", actor=people.manager
    )
    version = queries.get_newest_version(asked.id)
    questionnaires.add_bulk(
        version,
        read_bulk("Q1 | scale | The light is bright ||||light\nQ2 | text | And?"),
        actor=people.manager,
    )
    wave = waves.plan_wave(version, unit=people.south, name_en="Spring", actor=people.manager)
    stored = files.store(
        files.receive(io.BytesIO(b"Q1,Q2\n5,fine\n"), "answers.csv", limit=1000), actor=people.manager
    )
    batch = ResponseImport(wave_id=wave.id, file_id=stored.id, file_sha256=stored.sha256)
    session.add(batch)
    done = Analysis(
        code="ANA-2026-9001", wave_id=wave.id, method="kano", state="done", made_by_id=people.manager.id,
        result={"items": {}, "n_used": 0, "n_dropped": {"count": 0, "reasons": {}}, "variant": "", "notes": []},
    )  # fmt: skip
    session.add(done)
    session.flush()
    return {
        "analysis_id": done.id, "analysis_method": "score", "picture_form": "svg", "calculator": "power",
        **_sample(people, wave),
        "questionnaire_id": asked.id, "questionnaire_version_id": version.id, "wave_id": wave.id, "import_id": batch.id,
        "survey_item_id": queries.list_items(version.id)[0].id, "item_code": "Q1", "dimension": "light", "wave_step": "open", "wave_return": "reopen",
    }  # fmt: skip


def _indicators(people: People, surveyed: dict[str, Any]) -> dict[str, Any]:
    """An indicator system of the south: a version in force with scores of a wave, and a draft that is compared."""
    from satisfaction.indicators.models import IndicatorRollup
    from satisfaction.models import Questionnaire
    from satisfaction.operations.indicators import judging, systems, trees
    from satisfaction.queries import indicators as queries

    asked = session.get_one(Questionnaire, surveyed["questionnaire_id"])
    system = systems.write_system(
        unit=people.south,
        owner=people.south_owner,
        questionnaire=asked,
        title_en="Light",
        actor=people.manager,
    )
    version = queries.list_versions(system.id)[0]
    root = queries.list_nodes(version.id)[0]
    for name in ("Lamps", "Poles"):
        factor = trees.add_node(root, name_en=name, actor=people.manager)
        indicator = trees.add_node(factor, name_en=f"{name} at night", actor=people.manager)
        if name == "Lamps":
            trees.add_items(indicator, queries.items_to_place(system), actor=people.manager)
    part = {
        "name_en": "Light", "name_zh": "", "level": 1, "code": "X1", "parent": "", "children": [], "weight": 1.0, "global_weight": 1.0,
        "target": 80.0, "score": 50.0, "raw": 50.0, "coverage": 1.0, "n": 40, "low": 45.0, "high": 55.0, "df": 39,
    }  # fmt: skip
    scored = IndicatorRollup(
        version_id=version.id, wave_id=surveyed["wave_id"], answers=40, engine_version="1",
        result={"nodes": {str(root.id): part}, "groups": [], "grouping": None, "coverage_least": 0.6, "size": 40, "weighted": False,
            "min_cell": 10, "variant": "hierarchy", "engine_version": "1"},
    )  # fmt: skip
    session.add(scored)
    judge = judging.ask_judges(version, [people.south_owner], actor=people.manager)[0]
    said = judging.compare(judge, root, {"F1/F2": 3.0}, actor=people.south_owner)
    session.flush()
    return {
        "indicator_system_id": system.id, "indicator_version_id": version.id, "indicator_node_id": root.id, "indicator_way": "up",
        "indicator_judge_id": judge.id, "indicator_judgement_id": said.id, "indicator_rollup_id": scored.id,
        "scores_form": "csv", "tree_form": "svg",
    }  # fmt: skip


def _training(people: People) -> dict[str, Any]:
    """A course of the south with a published version, a draft and a rule; somebody who took the quiz; a competence."""
    from training.operations import assigning, competences, courses, learning
    from training.queries import courses as queries

    course = courses.write_course(
        unit=people.south, owner=people.south_owner, title_en="Lamps in the south", actor=people.manager
    )
    first = queries.find_draft(course.id)
    assert first is not None
    paper = files.receive(io.BytesIO(b"list of lamps"), "lamps.txt", limit=1000)
    step = courses.add_step(first, title_en="The list", file=paper, actor=people.manager)
    choices = [{"en": "Yes", "right": True}, {"en": "No"}]
    courses.add_question(first, kind="single", text_en="Lit?", choices=choices, actor=people.manager)
    courses.publish(first, actor=people.manager)
    rule, _given = courses.add_rule(course, unit=people.south, due_days=9, actor=people.manager)
    due = clock.now().date() + timedelta(days=9)
    occasion, made, _busy = assigning.assign(course, [people.top], due=due, actor=people.manager)
    mine = made[0]
    learning.start(mine, actor=people.top)
    learning.read_step(mine, step, actor=people.top)
    learning.begin_attempt(mine, actor=people.top)
    skill = competences.add_competence(name_en="Lights lamps", actor=people.manager)
    proof = competences.prove(
        skill,
        people.south_owner,
        from_date=clock.now().date() - timedelta(days=2),
        note="Seen",
        actor=people.manager,
    )
    draft = courses.draft_version(course, actor=people.manager)
    session.flush()
    return {
        "course_id": course.id, "course_version_id": draft.id, "course_step_id": queries.list_steps(draft.id)[0].id,
        "course_question_id": queries.list_questions(draft.id)[0].id, "course_rule_id": rule.id, "set_id": occasion.id,
        "assignment_id": mine.id, "attempt": 1, "place": 1, "competence_id": skill.id, "proof_id": proof.id,
    }  # fmt: skip


def _audit(people: People) -> dict[str, Any]:
    """A programme with a slot, and an audit with a question, a photo and a printed report."""
    from audits.models import Photo, Report
    from audits.operations import audits, checklist, programmes

    day = clock.now().date()
    programme = programmes.open_programme(people.south, day.year, actor=people.manager)
    slot = programmes.add_slot(
        programme, unit=people.south, month=6, topic_en="Lamps in the south", actor=people.manager
    )
    audit = audits.plan_audit(
        people.south,
        starts_on=day,
        ends_on=day,
        title_en="Lamps in the south",
        criteria="The law",
        actor=people.manager,
    )
    audits.staff(audit, people.auditor, role="lead", actor=people.manager)
    item = checklist.add_item(audit, question_en="Are all lamps lit?", actor=people.auditor)
    paper = files.store(
        files.receive(io.BytesIO(b"no picture, but stored"), "lamp.txt", limit=1000), actor=people.manager
    )
    photo = Photo(item_id=item.id, file_id=paper.id, width=1, height=1)
    report = Report(audit_id=audit.id, language="en", state="scheduled", file_id=paper.id)
    session.add_all((photo, report))
    session.flush()
    return {
        "audit_id": audit.id, "audit_item_id": item.id, "audit_photo_id": photo.id, "audit_report_id": report.id,
        "audit_programme_id": programme.id, "audit_slot_id": slot.id,
    }  # fmt: skip


def _review(people: People) -> dict[str, Any]:
    """A review of the south with an own matter, a decision and a printed pack."""
    from reviews.models import ReviewPrint
    from reviews.operations import agenda, decisions, reviews, steps

    day = clock.now().date()
    review = reviews.plan_review(
        people.south,
        frameworks=["iso-10002-2018"],
        first_day=day - timedelta(days=90),
        last_day=day - timedelta(days=1),
        meets_on=day,
        chair=people.top,
        participants=[people.south_owner],
        actor=people.manager,
    )
    item = agenda.add_item(review, title_en="Lamps in the south", title_zh="", actor=people.manager)
    steps.prepare(review, actor=people.manager)
    decision = decisions.decide(
        review,
        kind="task",
        text_en="Buy lamps",
        owner=people.south_owner,
        due=day,
        item=item,
        actor=people.manager,
    )
    paper = files.store(
        files.receive(io.BytesIO(b"a pack, stored"), "pack.txt", limit=1000), actor=people.manager
    )
    printed = ReviewPrint(review_id=review.id, language="en", state="prepared", file_id=paper.id)
    session.add(printed)
    session.flush()
    return {
        "review_id": review.id, "agenda_item_id": item.id, "decision_id": decision.id, "review_print_id": printed.id,
    }  # fmt: skip


def _sample(people: People, wave: Any) -> dict[str, Any]:
    """A customer of the south, a file of more, a plan that was drawn."""
    from satisfaction.customers import importing, operations
    from satisfaction.sampling.operations import plans
    from satisfaction.sampling.rules import Design, Population

    customer = operations.register(code="S-1", unit=people.south, name="Jia", actor=people.manager)
    received = files.receive(io.BytesIO(b"code,name\nS-2,Yi\n"), "customers.csv", limit=1000)
    batch = importing.begin(received, unit=people.south, actor=people.manager)
    plan = plans.write_plan(
        unit=people.south,
        name_en="Lamps",
        wave=wave,
        population=Population(),
        design=Design(n=1),
        actor=people.manager,
    )
    frame, sample = plans.sample(plan, 1, actor=people.manager)
    plans.keep_draw(plan, frame, sample, 1, actor=people.manager)
    session.flush()
    return {
        "customer_id": customer.id, "customer_import_id": batch.id, "plan_id": plan.id, "customer_verb": "withdraw",
        "mail_number": 0, "draw_form": "csv", "weight_verb": "weigh",
    }  # fmt: skip
