"""What the house itself says on the overview: to administrators, whether the site works."""

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from accounts.models import Person
from accounts.permissions import READ_OUTBOX
from core import access, clock
from core.db import session
from core.jobs import Job, JobState
from core.mail import OutboxMail
from core.slots import Panel

LOOK_BACK = timedelta(days=7)


def site(_record: Any, person: Any) -> Panel | None:
    """Mails that did not go out, work that failed, people who never came in: one statement."""
    if "/" not in access.reach(person, READ_OUTBOX):
        return None
    now = clock.now()
    unsent = select(func.count()).select_from(OutboxMail).where(OutboxMail.sent_at.is_(None))
    row = session.execute(
        select(
            unsent.where(OutboxMail.next_try_at.is_not(None)).scalar_subquery().label("waiting"),
            unsent.where(OutboxMail.next_try_at.is_(None), OutboxMail.tries > 0)
            .scalar_subquery()
            .label("failed"),
            select(func.count())
            .select_from(Job)
            .where(Job.state.in_([JobState.failed, JobState.interrupted]), Job.finished_at >= now - LOOK_BACK)
            .scalar_subquery()
            .label("jobs"),
            select(func.count())
            .select_from(Person)
            .where(Person.active.is_(True), Person.password_hash == "")
            .scalar_subquery()
            .label("outside"),
            select(func.max(Job.finished_at))
            .where(Job.kind == "trail.verify", Job.state == JobState.done)
            .scalar_subquery()
            .label("verified"),
        )
    ).one()
    return Panel("overview/site.html", {"site": row, "sends": bool(current_app.config["SMTP_HOST"])}, order=2)
