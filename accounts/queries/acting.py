"""The person who acts, with the roles in force: asked at each request."""

from datetime import date

from sqlalchemy import Date, bindparam, func, or_, select

from accounts import passwords, structure
from accounts.models import Grant, Organisation, Person, Unit, UserSession
from accounts.queries.organisations import today
from core import clock
from core.access import Holding
from core.db import UtcDateTime, session, table_of
from core.kept import Kept
from core.notices import Notice
from core.records import known

# Each request asks these two; built once, they cost a third of what they would built anew.
_COLUMNS = [column.key for column in table_of(Person).columns]
_ACTOR = Kept(
    select(
        *table_of(Person).columns,
        select(Organisation.time_zone).limit(1).scalar_subquery().label("organisation_zone"),
        select(Organisation.structure).limit(1).scalar_subquery().label("structure"),
        select(func.count(Notice.id))
        .where(Notice.person_id == Person.id, Notice.read_at.is_(None))
        .scalar_subquery()
        .label("unread"),
    )
    .join(UserSession, UserSession.person_id == Person.id)
    .where(
        UserSession.token_hash == bindparam("token"),
        UserSession.ended_at.is_(None),
        UserSession.expires_at > bindparam("now", type_=UtcDateTime),
        Person.active.is_(True),
    )
)
_HOLDINGS = (
    select(Grant.role, Grant.unit_id, Unit.path)
    .join(Unit, Unit.id == Grant.unit_id)
    .where(
        Grant.person_id == bindparam("person"),
        Grant.revoked_at.is_(None),
        or_(Grant.from_date.is_(None), Grant.from_date <= bindparam("day", type_=Date)),
        or_(Grant.until_date.is_(None), Grant.until_date > bindparam("day", type_=Date)),
    )
)


def load_actor(token: str) -> Person | None:
    """The person of a session token, with roles as they stand now: one statement while nothing changed, else two."""
    row = _ACTOR.first(session.connection(), token=passwords.token_hash(token), now=clock.now())
    if row is None:
        return None
    person = known(Person, dict(zip(_COLUMNS, row, strict=False)))
    person.organisation_zone = row.organisation_zone or ""
    person.unread = row.unread
    structure.seen(row.structure)
    person.holdings = holdings_of(person.id)
    return person


def holdings_of(person_id: int, *, on: date | None = None) -> tuple[Holding, ...]:
    """Roles in force on a day (today), with the paths they reach."""
    day = on or today()

    def ask() -> tuple[Holding, ...]:
        rows = session.execute(_HOLDINGS, {"person": person_id, "day": day})
        return tuple(Holding(role, unit_id, path) for role, unit_id, path in rows)

    return structure.remembered(("holdings", person_id, day), ask)


def with_holdings(person: Person) -> Person:
    """A person who acts outside a request: command line, jobs, the demonstration."""
    person.holdings = holdings_of(person.id)
    return person
