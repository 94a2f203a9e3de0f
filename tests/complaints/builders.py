"""Rows of our own for the tests of this room: a complaint standard in force, its setting, complaints on their way."""

from datetime import UTC, datetime, timedelta
from typing import Any

from complaints.models import Complaint, ComplaintSetting
from complaints.operations import complaints, steps
from complaints.operations import settings as setting_operations
from complaints.rules.states import NEXT, State
from core.db import session
from core.mail import OutboxMail
from standards.models import Calendar, Requirement, Standard, Version
from tests.people import People

#: mails to complainants; those to our own people are another thing
OUTSIDE = OutboxMail.kind != "complaint_task"
#: a Monday, 10:00 in Shanghai
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
OFFICE = {"week": {day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}
CLOCKS = {
    "acknowledged": {"code": "R1", "from": "received"},
    "answered": {"code": "R2", "from": "received"},
    "closed": {"code": "R3", "from": "decided"},
}


def make_standard(people: People, *, pauses: bool = True) -> Standard:
    """Acknowledged within 8 working hours, answered within 10 working days (standing still while we wait), closed
    5 days after the decision."""
    calendar = Calendar(
        code="OFFICE",
        name_en="Office hours",
        name_zh="办公时间",
        unit_id=people.root.id,
        time_zone="Asia/Shanghai",
        definition=OFFICE,
    )
    standard = Standard(
        code="STD-0090",
        title_en="Handling of complaints",
        title_zh="投诉处理服务标准",
        unit=people.root,
        owner=people.manager,
    )
    session.add_all([calendar, standard])
    session.flush()
    version = Version(
        standard_id=standard.id, number=1, state="effective", effective_from=START - timedelta(days=90)
    )
    session.add(version)
    session.flush()
    for number, (start, end, limit, target, paused) in enumerate(
        (
            ("received", "acknowledged", "8 working hours", 0.95, False),
            ("received", "answered", "10 working days", 0.9, pauses),
            ("decided", "closed", "5 days", None, False),
        ),
        start=1,
    ):
        session.add(
            Requirement(
                version_id=version.id,
                code=f"R{number}",
                position=number,
                kind="timing",
                statement_en=f"Complaints are {end} within **{limit}**",
                statement_zh=f"投诉在 **{limit}** 内{end}",
                from_milestone=start,
                to_milestone=end,
                limit=limit,
                target=target,
                pauses=[["asked", "replied"]] if paused else [],
                calendar_id=calendar.id,
            )
        )
    session.commit()
    return standard


def set_up(people: People, standard: Standard | None = None, **values: Any) -> ComplaintSetting:
    given: dict[str, Any] = {
        "standard": standard,
        "clocks": CLOCKS if standard else {},
        "handler_limit": 20_000,
        "offered": True,
        "route_en": "You can turn to the consumer council.",
        "route_zh": "您可以向消费者委员会投诉。",
        **values,
    }
    made = setting_operations.set_up(people.root, actor=people.manager, **given)
    session.commit()
    return made


def make_complaint(people: People, **values: Any) -> Complaint:
    given: dict[str, Any] = {
        "unit": people.north,
        "channel": "phone",
        "subject": "Lamp dark for three weeks",
        "description": "Reported twice, nobody came.",
        "wish": "Repair it.",
        "topic": "waiting",
        "name": "Jia Wang",
        "email": "jia.wang@example.net",
        "phone": "555-0101",
        "actor": people.handler,
        **values,
    }
    made = complaints.register(**given)
    session.commit()
    return made


JUDGED: dict[str, Any] = {"severity": "medium", "complexity": "normal", "impact": "several"}


def take_to(complaint: Complaint, state: str, people: People, **judged: Any) -> Complaint:
    """Along the straight way, by the handler, until the complaint is in this state."""
    actor = people.handler
    while complaint.state != state:
        verb = NEXT[State(complaint.state)]
        if verb == "acknowledge":
            steps.acknowledge(complaint, by="told on the telephone", actor=actor)
        elif verb == "assess":
            steps.assess(complaint, **{**JUDGED, **judged}, actor=actor)
        elif verb == "investigate":
            steps.investigate(complaint, actor=actor)
        elif verb == "answer":
            steps.answer(
                complaint, investigation="The order was lost.", words="We repair it tomorrow.", actor=actor
            )
        elif verb == "decide":
            steps.decide(
                complaint,
                outcome="upheld",
                decision="We were late.",
                words="You were right.",
                actor=people.manager,
            )
        else:
            steps.close(complaint, satisfaction_note="asked by telephone: content", actor=actor)
    session.commit()
    return complaint
