"""Who handles complaints is told: a new one, one that is theirs, a reply, what waits for a decision, clocks that run out."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts.models import Person
from accounts.queries import organisation_zone, people_with
from accounts.rules import Role
from complaints.models import ClockRun, Complaint
from complaints.operations.clocks import SECOND, list_running
from complaints.permissions import DECIDE, HANDLE
from complaints.rules.clocks import verb_to, warn_from
from complaints.rules.states import AT_WORK, VERB_LABELS, State
from core import clock, mail, notices
from core.access import Permission
from core.db import session
from core.i18n import NBSP, _, _l, format_date
from core.jobs import duty

KIND = "complaint_task"
#: those whose daily work complaints are; without one over the unit everybody who may handle them is told
DAILY = Permission("complaints.handle_daily", frozenset({Role.complaint_handler}), HANDLE.label)
MOST = 20
#: what fell due longer ago was told by the morning's mail
LOOK_BACK, LOOK_AHEAD = timedelta(days=1), timedelta(days=1)

NEW = _l("a new complaint waits to be acknowledged")
YOURS = _l("you handle this complaint")
REPLY = _l("the complainant replied")
WITHDRAWN = _l("the complainant withdrew the complaint")
REOPENED = _l("the complaint was reopened")
ESCALATED = _l("the complaint was escalated")
APPROVE = _l("a remedy waits for your approval")
DECISION = _l("a serious complaint waits for a decision")


def tell(
    person: Person | None,
    complaint: Complaint,
    task: Any,
    *,
    actor: Any,
    due: date | None = None,
    key: str | None = None,
) -> None:
    """Never whom the complaint is about."""
    if person is None or person.id == complaint.concerned_id:
        return
    mail.tell(
        person,
        task,
        code=complaint.code,
        title=lambda: complaint.subject,
        path=path_of(complaint),
        kind=KIND,
        actor=actor,
        due=due,
        key=key,
    )


def path_of(complaint: Complaint) -> str:
    return f"/complaints/{complaint.id}"


def handlers_of(complaint: Complaint) -> list[Person]:
    """Who handles it; as long as nobody does, those who could."""
    if complaint.handler is not None:
        return [complaint.handler]
    path = complaint.unit.path
    return people_with(DAILY, path, limit=MOST) or people_with(HANDLE, path, limit=MOST)


def tell_handlers(complaint: Complaint, task: Any, *, actor: Any) -> None:
    for person in handlers_of(complaint):
        tell(person, complaint, task, actor=actor, due=_day(person, complaint.next_due))


def tell_deciders(complaint: Complaint, task: Any, *, actor: Any) -> None:
    for person in people_with(DECIDE, complaint.unit.path, limit=MOST):
        tell(person, complaint, task, actor=actor)


def _zone(person: Person) -> ZoneInfo:
    return ZoneInfo(person.time_zone or organisation_zone())


def _day(person: Person, moment: datetime | None) -> date | None:
    return moment.astimezone(_zone(person)).date() if moment else None


# --- clocks ----------------------------------------------------------------------------------------------------


@duty("complaints.clocks", "%Y%m%d%H%M")
def watch_clocks() -> int:
    """Each minute: what runs out soon or just has, once each; what the morning's mail told already is not told again."""
    now = clock.now()
    found = session.scalars(
        select(Complaint)
        .where(
            Complaint.next_due >= now - LOOK_BACK,
            Complaint.next_due <= now + LOOK_AHEAD,
            Complaint.state.in_([state.value for state in AT_WORK]),
            Complaint.waiting_since.is_(None),
        )
        .options(joinedload(Complaint.handler), joinedload(Complaint.unit))
        .order_by(Complaint.next_due, Complaint.id)
        .limit(500)
    ).all()
    return sum(_watch(complaint, now) for complaint in found)


def _watch(complaint: Complaint, now: datetime) -> int:
    assert complaint.next_due is not None
    run = next((one for one in list_running(complaint) if _ends(one) == complaint.next_due), None)
    if run is None or now < warn_from(run.started_at, complaint.next_due):
        return 0
    late, label = complaint.next_due < now, VERB_LABELS[verb_to(State(run.stops))]
    told = 0
    for person in handlers_of(complaint):
        moment = complaint.next_due.astimezone(_zone(person))
        key = notices.due_key("late" if late else "due", path_of(complaint), moment.date())
        if not notices.told_keys(person.id, [key]):
            tell(person, complaint, partial(_words, label, moment, late=late), actor=None, key=key)
            told += 1
    return told


def _words(label: Any, moment: datetime, *, late: bool) -> str:
    time = f"{format_date(moment.date())}{NBSP}{moment:%H:%M}"
    if late:
        return _("%(step)s: late since %(time)s", step=label, time=time)
    return _("%(step)s: due by %(time)s", step=label, time=time)


def _ends(run: ClockRun) -> datetime | None:
    if run.due_at is None:
        return None
    return run.due_at - SECOND if run.due_open else run.due_at
