"""A promise measured over eighteen months: kept at 80 % in 2025, at 60 % in 2026, promised at 90 %."""

from datetime import UTC, date, datetime

from core import clock
from core.db import session
from delivery.models import Attainment, EventLog
from reviews.rules.schedule import add_months
from standards.models import Requirement, Standard, Version
from tests.people import People


def measure(people: People) -> None:
    standard = Standard(
        code="STD-0007", title_en="Lamps", title_zh="路灯", unit=people.root, owner=people.owner
    )
    session.add(standard)
    session.flush()
    version = Version(
        standard_id=standard.id, number=1, state="effective", effective_from=datetime(2025, 1, 1, tzinfo=UTC)
    )
    session.add(version)
    session.flush()
    requirement = Requirement(
        version_id=version.id, code="R1", kind="timing", target=0.9, statement_en="Repaired in 5 days",
        statement_zh="5 日内修复",
    )  # fmt: skip
    log = EventLog(code="LAMPS", name_en="Lamps", unit_id=people.root.id, measured_until=clock.now())
    session.add_all((requirement, log))
    session.flush()
    for number in range(18):
        start = add_months(date(2025, 1, 1), number)
        met = 40 if start.year == 2025 else 30
        session.add(
            Attainment(
                standard_id=standard.id, requirement_code="R1", requirement_id=requirement.id, event_log_id=log.id,
                unit_id=people.root.id, whole_tree=True, period_kind="month", period=f"{start:%Y-%m}", period_from=start,
                period_until=add_months(date(2025, 1, 31), number), eligible=50, met=met, missed=50 - met, target=0.9,
                verdict="short",
            )
        )  # fmt: skip
    session.commit()
