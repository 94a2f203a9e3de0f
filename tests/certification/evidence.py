"""Records of the rooms around, as a pack prints them: two waves, two audits, a review, trainings, complaints."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from audits.models import Audit, Item, Member, Scope
from complaints.models import ClockRun, Complaint
from core.db import session
from improvement.operations import findings as finding_operations
from reviews.models import Decision, Review
from satisfaction.models import Questionnaire, QuestionnaireVersion, SurveyFigure, SurveyItem, Wave
from standards.models import Requirement
from tests.certification.world import World, clause, version_of
from training.models import Assignment, AssignmentSet, Course


@dataclass
class Evidence:
    waves: list[Wave]
    audits: list[Audit]
    review: Review
    complaints: list[Complaint]


def moment(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def surveys(world: World, people: Any) -> list[Wave]:
    asked = Questionnaire(
        code="SUR-0001",
        title_en="After a repair",
        title_zh="维修回访",
        unit_id=people.root.id,
        owner_id=people.owner.id,
    )
    session.add(asked)
    session.flush()
    version = QuestionnaireVersion(questionnaire_id=asked.id, number=1)
    session.add(version)
    session.flush()
    items = [
        ("Q1", "scale", "mean", "The repair came in time", "维修及时", "R1"),
        ("Q2", "scale", "mean", "The staff were polite", "工作人员态度良好", ""),
        ("Q3", "nps", "nps", "Would you recommend us?", "您愿意推荐我们吗？", ""),
    ]
    for place, (code, kind, _measure, en, zh, promise) in enumerate(items):
        session.add(
            SurveyItem(
                version_id=version.id, code=code, position=place, kind=kind, text_en=en, text_zh=zh,
                standard_id=world.lights.id if promise else None, requirement_code=promise,
                target=4.0 if promise else None,
            )
        )  # fmt: skip
    waves = []
    for number, last in enumerate((date(2025, 12, 20), date(2026, 3, 20), date(2026, 6, 20)), 1):
        wave = Wave(
            code=f"WAV-2026-000{number}", version_id=version.id, name_en=f"Wave {number}", name_zh=f"第{number}轮",
            unit_id=people.root.id, first_day=last - timedelta(days=14), last_day=last, state="closed",
            population="Everybody whose lamp was repaired",
        )  # fmt: skip
        session.add(wave)
        session.flush()
        for place, (code, _kind, measure, *_texts) in enumerate(items):
            value = 12.5 + number if measure == "nps" else 3.4 + number / 10 + place / 5
            half = 6.0 if measure == "nps" else 0.11
            session.add(
                SurveyFigure(
                    wave_id=wave.id, item_code=code, measure=measure, n=240 + number, value=value, low=value - half,
                    high=value + half, method="t", target=4.0 if code == "Q1" else None,
                    verdict="short" if code == "Q1" else "",
                )
            )  # fmt: skip
        waves.append(wave)
    return waves


def audits(world: World, people: Any) -> list[Audit]:
    made = []
    for number, (start, state) in enumerate(
        ((date(2026, 2, 10), "reported"), (date(2026, 5, 4), "prepared")), 1
    ):
        audit = Audit(
            code=f"AUD-2026-000{number}", title_en=f"Complaint handling, round {number}", title_zh=f"投诉处理第{number}次审核",
            unit_id=people.root.id, starts_on=start, ends_on=start + timedelta(days=1), state=state,
            conclusion_en="Handled well; telephone calls are not recorded." if state == "reported" else "",
        )  # fmt: skip
        session.add(audit)
        session.flush()
        session.add(Member(audit_id=audit.id, person_id=people.auditor.id, role="lead"))
        for place, number_ in enumerate(("7.2", "7.4"), 1):
            wanted = clause(world.framework, number_)
            session.add(Scope(audit_id=audit.id, clause_id=wanted.id))
            session.add(
                Item(
                    audit_id=audit.id, position=place, section="7", source="clause", clause_id=wanted.id,
                    question_en=f"How is {number_} met?", question_zh=f"如何满足{number_}？",
                    result="minor" if state == "reported" and number_ == "7.2" else "conform" if state == "reported" else "",
                    answered_at=moment(start) if state == "reported" else None,
                )
            )  # fmt: skip
        made.append(audit)
    session.flush()
    finding = finding_operations.raise_finding(
        origin="audit", grade="minor", statement_en="Two complaints had no number", statement_zh="两件投诉没有编号",
        unit=people.root, clause_id=clause(world.framework, "7.2").id, actor=people.auditor,
    )  # fmt: skip
    first = session.query(Item).filter_by(audit_id=made[0].id, position=1).one()
    first.finding_id = finding.id
    session.flush()
    return made


def review(people: Any) -> Review:
    made = Review(
        code="REV-2026-0001", title_en="Review of the first quarter", title_zh="第一季度管理评审", unit_id=people.root.id,
        frameworks=["iso-10002-2018"], first_day=date(2026, 1, 1), last_day=date(2026, 3, 31), meets_on=date(2026, 4, 15),
        chair_id=people.approver.id, state="held", held_at=moment(date(2026, 4, 15)),
        minutes_en="Repairs in the north are late; a second crew is needed.",
        minutes_zh="北区维修超期，需增设第二班组。",
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(
        Decision(
            review_id=made.id, number=1, kind="task", result="resources", text_en="A second crew from May",
            text_zh="五月起增设第二班组", owner_id=people.owner.id, due=date(2026, 5, 1), state="open",
        )
    )  # fmt: skip
    session.flush()
    return made


def trainings(people: Any) -> None:
    course = Course(
        code="CRS-0001", title_en="Receiving complaints", title_zh="投诉受理", unit_id=people.root.id,
        owner_id=people.manager.id,
    )  # fmt: skip
    session.add(course)
    session.flush()
    occasion = AssignmentSet(
        course_id=course.id, reason="manual", key="first", made_at=moment(date(2026, 1, 10))
    )
    session.add(occasion)
    session.flush()
    for number, person in enumerate((people.owner, people.staff, people.manager), 1):
        passed = number < 3
        session.add(
            Assignment(
                code=f"TRN-2026-000{number}", set_id=occasion.id, person_id=person.id, course_id=course.id,
                state="passed" if passed else "assigned", due=date(2026, 2, 28), assigned_at=moment(date(2026, 1, 10)),
                passed_at=moment(date(2026, 2, 1)) if passed else None,
            )
        )  # fmt: skip
    session.flush()


def complaints(world: World, people: Any, count: int = 40) -> list[Complaint]:
    told = session.query(Requirement).filter_by(version_id=version_of(world.handling).id, code="R1").one()
    made = []
    for number in range(count):
        day = date(2026, 2, 1) + timedelta(days=number)
        closed = number % 4 != 3
        row = Complaint(
            code=f"CMP-2026-{number + 1:04d}", channel="phone", subject=f"The lamp outside number {number + 1} is dark",
            topic=("waiting", "quality")[number % 2], unit_id=people.north.id, standard_id=world.handling.id,
            received_at=moment(day), severity="medium", state="closed" if closed else "assessed",
            outcome="upheld" if closed else "", decided_at=moment(day + timedelta(days=5)) if closed else None,
            closed_at=moment(day + timedelta(days=6)) if closed else None, link_key=f"key-{number}",
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add(
            ClockRun(
                complaint_id=row.id, requirement_id=told.id, standard_id=world.handling.id, version_number=1,
                requirement_code=told.code, starts="received", stops="acknowledged", limit="1 working hours", target=0.95,
                started_at=moment(day), due_at=moment(day, 11), state="met" if number % 8 else "missed",
            )
        )  # fmt: skip
        made.append(row)
    session.flush()
    return made


def build(world: World, people: Any) -> Evidence:
    made = Evidence(surveys(world, people), audits(world, people), review(people), complaints(world, people))
    trainings(people)
    session.commit()
    return made
