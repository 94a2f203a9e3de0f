"""Recurring duties of the room."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts.models import Person
from accounts.queries import people_with
from core import clock, mail
from core.db import session
from core.i18n import _l
from core.jobs import duty
from improvement.models import Finding
from improvement.permissions import TRIAGE

NEW = _l("a new finding waits to be triaged")
LOOK_BACK = timedelta(hours=6)
MOST, MOST_PEOPLE = 30, 20


@duty("improvement.new_findings", "%Y%m%d%H%M")
def tell_new_findings() -> int:
    """Each minute, apart from the raising, which many do at once: who triages is told of each finding once."""
    found = session.scalars(
        select(Finding)
        .where(Finding.state == "new", Finding.raised_at >= clock.now() - LOOK_BACK)
        .options(joinedload(Finding.unit))
        .order_by(Finding.id.desc())
        .limit(MOST)
    ).all()
    triagers: dict[str, list[Person]] = {}
    told = 0
    for finding in found:
        path = finding.unit.path
        if path not in triagers:
            triagers[path] = people_with(TRIAGE, path, limit=MOST_PEOPLE)
        told += sum(_tell(person, finding) for person in triagers[path] if person.id != finding.raised_by_id)
    return told


def _tell(person: Person, finding: Finding) -> bool:
    made = mail.tell(
        person,
        NEW,
        code=finding.code,
        title=lambda: finding.statement,
        path=f"/findings/{finding.id}",
        kind="finding_task",
        due=finding.due,
        key=f"triage:{finding.id}",
    )
    return made is not None
