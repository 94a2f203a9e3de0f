"""A small organisation on its way to ISO 10002, built through the operations of the rooms below."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import standards
from accounts.models import Person, Unit
from core.db import session
from core.figures import Figure, verdict, wilson
from delivery.models import Attainment, EventLog, LogStandard
from improvement.models import Check, Finding, Ticket
from improvement.operations import findings as finding_operations
from improvement.operations import tickets as ticket_operations
from standards.models import Clause, Framework, Requirement, Standard, Version
from standards.operations import frameworks as framework_operations
from standards.operations import mapping as mapping_operations
from standards.operations import requirements as requirement_operations
from standards.operations import standards as standard_operations
from standards.operations import versions as version_operations
from standards.queries import frameworks as catalog
from standards.queries import standards as standard_queries
from tests.people import PASSWORD

CATALOGS = Path(standards.__file__).parent / "catalogs"
EVIL = '<script>alert(1)</script> **bold** ![x](file:///etc/passwd) <img src="file:///etc/passwd">'


@dataclass
class World:
    framework: Framework
    handling: Standard  # complaint handling, of the whole organisation
    lights: Standard  # street lights, of the north division
    draft: Standard  # never approved
    major: Finding
    short: Finding
    ticket: Ticket


def clause(framework: Framework, number: str) -> Clause:
    found = catalog.find_clause(framework.code, number)
    assert found is not None
    return found


def version_of(standard: Standard) -> Version:
    found = session.query(Version).filter_by(standard_id=standard.id).order_by(Version.number.desc()).first()
    assert found is not None
    return found


def load(code: str = "iso-10002-2018") -> Framework:
    framework_operations.load_frameworks([CATALOGS / f"{code}.yaml"], actor=None)
    return catalog.get_framework(code)


def write(
    unit: Unit, owner: Person, actor: Any, requirements: list[dict[str, Any]], **texts: str
) -> tuple[Standard, list[Requirement]]:
    standard = standard_operations.write_standard(unit=unit, owner=owner, actor=actor, **texts)
    version = version_of(standard)
    made = [requirement_operations.add_requirement(version, actor=actor, **fields) for fields in requirements]
    return standard, made


def put_in_force(standard: Standard, *, author: Any, approver: Any, on: date | None = None) -> Version:
    version = version_of(standard)
    version_operations.submit(version, actor=author)
    version_operations.approve(
        version,
        actor=approver,
        password=PASSWORD,
        effective_on=on,
        recorded_later=on is not None,
    )
    assert version.state == "effective"
    return version


def log_for(unit: Unit, code: str, *standards_: Standard) -> EventLog:
    log = EventLog(
        code=code, name_en=code.title(), name_zh="工单记录", unit=unit, measured_until=datetime.now(UTC)
    )
    session.add(log)
    session.flush()
    for standard in standards_:
        session.add(LogStandard(event_log_id=log.id, standard_id=standard.id))
    session.flush()
    return log


def measure(
    log: EventLog,
    requirement: Requirement,
    unit: Unit,
    met: int,
    missed: int,
    *,
    month: date | None = None,
    pending: int = 0,
) -> Attainment:
    """What delivery stores after an import: one row for a month, or for the last 90 days."""
    n = met + missed
    low, high = wilson(met, n) if n else (None, None)
    target = requirement.target or 0.9
    row = Attainment(
        standard_id=requirement.version.standard_id,
        requirement_code=requirement.code,
        requirement_id=requirement.id,
        event_log_id=log.id,
        unit_id=unit.id,
        whole_tree=True,
        period_kind="month" if month else "recent",
        period=f"{month:%Y-%m}" if month else "",
        period_from=month,
        eligible=n + pending,
        met=met,
        missed=missed,
        pending=pending,
        share=met / n if n else None,
        low=low,
        high=high,
        target=target,
        verdict=verdict(low, high, target, n, 30),
        engine_version="1.0",
        inputs_hash="ab" * 32,
    )
    session.add(row)
    session.flush()
    return row


def build(people: Any) -> World:
    framework = load()
    handling, (acknowledge, tell) = write(
        people.root,
        people.manager,
        people.manager,
        [
            {
                "kind": "timing",
                "from_milestone": "received",
                "to_milestone": "acknowledged",
                "limit": "1 working hours",
                "target": 0.95,
            },
            {
                "kind": "content",
                "statement_en": "Tell the complainant which steps follow and when.",
                "rule": {"points": [{"en": "Tell which steps follow", "weight": 1}]},
            },
        ],
        title_en="Complaint handling",
        title_zh="投诉处理",
        purpose_en="Every complaint is taken up at once.",
        purpose_zh="每件投诉都立即受理。",
    )
    lights, (repair,) = write(
        people.north,
        people.owner,
        people.owner,
        [
            {
                "kind": "timing",
                "from_milestone": "received",
                "to_milestone": "repaired",
                "limit": "5 working days",
                "target": 0.95,
            }
        ],
        title_en=f"Street lights {EVIL}",
        title_zh="路灯报修",
    )
    put_in_force(handling, author=people.manager, approver=people.approver)
    put_in_force(lights, author=people.owner, approver=people.approver)
    draft, (later,) = write(
        people.root,
        people.manager,
        people.manager,
        [
            {
                "kind": "timing",
                "from_milestone": "received",
                "to_milestone": "closed",
                "limit": "10 days",
                "target": 0.9,
            }
        ],
        title_en="Closing of complaints",
        title_zh="投诉办结",
    )
    map_to = mapping_operations.map_requirement
    map_to(
        acknowledge,
        clause(framework, "7.4"),
        degree="full",
        rationale_en="Acknowledged in one working hour.",
        rationale_zh="一个工作小时内告知受理。",
        actor=people.manager,
    )
    map_to(
        tell, clause(framework, "7.1"), degree="partial", rationale_en="Says the steps.", actor=people.manager
    )
    map_to(repair, clause(framework, "4.6"), degree="full", rationale_zh="按时修复。", actor=people.manager)
    map_to(later, clause(framework, "7.9"), degree="full", rationale_en="Closes.", actor=people.manager)
    decide = mapping_operations.decide_applicability
    decide(
        clause(framework, "8.5"),
        people.root,
        applicable=False,
        adopted=False,
        justification="Audited by the city.",
        seen=None,
        actor=people.manager,
    )
    decide(
        clause(framework, "7.3"),
        people.root,
        applicable=True,
        adopted=True,
        justification="Asked for by the city.",
        seen=None,
        actor=people.manager,
    )
    log = log_for(people.root, "work-orders", handling, lights)
    measure(log, acknowledge, people.root, 1450, 30, pending=4)
    measure(log, repair, people.north, 900, 112)
    for number in range(1, 7):
        month = date(2026, number, 1)
        measure(log, acknowledge, people.root, 240 + number, 5, month=month)
        measure(log, repair, people.north, 150, 10 + 2 * number, month=month)
    short = finding_operations.raise_finding(
        origin="delivery",
        grade="minor",
        statement_en=f"Repairs in the north are late {EVIL}",
        statement_zh="北区路灯修复超期",
        unit=people.north,
        requirement=repair,
        figures=[Figure(0.889, 1012, 0.868, 0.907, "wilson", target=0.95, verdict="short")],
        actor=None,
    )
    major = finding_operations.raise_finding(
        origin="audit",
        grade="major",
        statement_en="Complaints by telephone are not recorded",
        unit=people.root,
        clause_id=clause(framework, "7.2").id,
        actor=people.auditor,
    )
    ticket = ticket_operations.open_ticket(
        title=f"Repair in time {EVIL}",
        owner=people.owner,
        verifier=people.auditor,
        findings=[short],
        actor=people.manager,
    )
    session.commit()  # a GET rolls back what is not
    return World(framework, handling, lights, draft, major, short, ticket)


__all__ = ["Check", "World", "build", "clause", "load", "standard_queries"]
