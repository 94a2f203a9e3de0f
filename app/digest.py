"""What is due or late, told once each: in the application, and by one mail a person and morning."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import current_app, g
from sqlalchemy import select

from accounts import queries as accounts
from accounts.models import Person
from core import clock, mail, notices
from core.db import session
from core.i18n import _, _n, force_locale, zone
from core.jobs import duty
from core.tasks import Task, tasks_of

HOUR = 7  # local, before work begins
MOST_PEOPLE = 20_000
log = logging.getLogger("plumbline")
OWN = {"late", "due"}
#: rooms that remind of it themselves: with one mail of all that is late
REMINDED = {("late", "training")}


@duty("app.digest", "%Y%m%d%H")
def morning() -> None:
    """Each hour: is it the hour of the digest where this person is?"""
    notices.forget_old()
    here = accounts.organisation_zone()
    people = session.scalars(select(Person).where(Person.active.is_(True)).limit(MOST_PEOPLE)).all()
    for person in people:
        if clock.now().astimezone(zone_of(person, here)).hour != HOUR:
            continue
        try:
            tell(person)
            session.commit()
        except Exception:  # one person's tasks that can't be told keep nobody else's back
            session.rollback()
            log.exception("the digest of person %s failed", person.id)


def zone_of(person: Person, organisation_zone: str) -> ZoneInfo:
    return ZoneInfo(person.time_zone or organisation_zone)


def tell(person: Person) -> bool:
    """Note what fell due or became late since it was told last, and send the mail this person wants. Was one sent?"""
    with _as(person):
        today = clock.now().astimezone(zone()).date()
        pressing = [task for task in tasks_of(person) if task.due is not None and task.due <= today]
        late = [task for task in pressing if task.due is not None and task.due < today]
        due = [task for task in pressing if task.due == today]
        since = clock.now() - timedelta(days=1)
        news = [one for one in notices.list_unread_since(person.id, since) if one.kind not in OWN]
        fresh = _note(person, late, "late", lambda task: _("Late: %(task)s", task=_named(task)))
        fresh += _note(person, due, "due", lambda task: _("Due today: %(task)s", task=_named(task)))
        wanted = (person.mails == "each" and fresh) or (person.mails == "daily" and (fresh or news))
        if not wanted:
            return False
        mail.post(
            to=person,
            template="digest",
            subject=lambda: _subject(len(late), len(due), len(news)),
            context={
                "late": late,
                "due": due,
                "news": news if person.mails == "daily" else [],
                "base": current_app.config["BASE_URL"],
            },
            kind="digest",
        )
        return True


@contextlib.contextmanager
def _as(person: Person) -> Iterator[None]:
    """Tasks are made for a page: in the language and the zone of who would read it."""
    base = current_app.config["BASE_URL"] or None
    with current_app.test_request_context(base_url=base), force_locale(person.language):
        before = g.get("person")
        g.person = accounts.with_holdings(person)
        g.organisation_zone = accounts.organisation_zone()
        try:
            yield
        finally:
            g.person = before


def _named(task: Task) -> str:
    return f"{task.title} ({task.code})" if task.code else task.title


def _note(person: Person, tasks: list[Task], kind: str, words: Callable[[Task], str]) -> int:
    keys = {
        notices.due_key(kind, task.url, task.due): task for task in tasks if (kind, task.kind) not in REMINDED
    }
    told = notices.told_keys(person.id, list(keys))
    for key, task in keys.items():
        if key not in told:
            notices.note(person.id, words(task), task.url, kind=kind, key=key)
    return len(keys) - len(told)


def _subject(late: int, due: int, news: int) -> str:
    parts = []
    if late:
        parts.append(_n("%(num)d late", "%(num)d late", late))
    if due:
        parts.append(_n("%(num)d due today", "%(num)d due today", due))
    if news and not parts:
        parts.append(_n("%(num)d new", "%(num)d new", news))
    return _("Your work: %(parts)s", parts=", ".join(parts))
