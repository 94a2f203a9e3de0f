from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from accounts import passwords
from accounts.models import Grant, Organisation, PasswordReset, Person, SignInAttempt, Unit, UserSession
from accounts.rules import ATTEMPTS, GLOBAL_ATTEMPTS, WINDOW_MINUTES, normal_email
from core import access, clock
from core.access import Holding, Permission
from core.db import session
from core.errors import NotFound

__all__ = ["Organisation", "PasswordReset"]


def load_actor(token: str) -> Person | None:
    """The person of a session token, with roles as they stand now: two statements."""
    row = session.execute(
        select(Person, UserSession.id)
        .join(UserSession, UserSession.person_id == Person.id)
        .where(
            UserSession.token_hash == passwords.token_hash(token),
            UserSession.ended_at.is_(None),
            UserSession.expires_at > clock.now(),
            Person.active.is_(True),
        )
    ).first()
    if row is None:
        return None
    person: Person = row[0]
    person.holdings = holdings_of(person.id)
    return person


def holdings_of(person_id: int, *, on: date | None = None) -> tuple[Holding, ...]:
    """Roles in force on a day (today), with the paths they reach."""
    day = on or clock.now().date()
    rows = session.execute(
        select(Grant.role, Grant.unit_id, Unit.path)
        .join(Unit, Unit.id == Grant.unit_id)
        .where(
            Grant.person_id == person_id,
            Grant.revoked_at.is_(None),
            or_(Grant.from_date.is_(None), Grant.from_date <= day),
            or_(Grant.until_date.is_(None), Grant.until_date > day),
        )
    )
    return tuple(Holding(role, unit_id, path) for role, unit_id, path in rows)


def with_holdings(person: Person) -> Person:
    """A person who acts outside a request: command line, jobs, the demonstration."""
    person.holdings = holdings_of(person.id)
    return person


def find_person_by_email(email: str) -> Person | None:
    return session.scalar(select(Person).where(Person.email == normal_email(email)))


def get_person(person_id: int) -> Person:
    found = session.get(Person, person_id)
    if found is None:
        raise NotFound
    return found


def get_person_for(actor: Any, person_id: int, needed: Permission) -> Person:
    """The guarded door: a person of a unit where the actor holds the permission."""
    found = get_person(person_id)
    access.require(actor, needed, found.unit.path, what=found.name)
    return found


def find_unit_by_code(code: str) -> Unit | None:
    return session.scalar(select(Unit).where(Unit.code == code))


def get_unit(unit_id: int) -> Unit:
    found = session.get(Unit, unit_id)
    if found is None:
        raise NotFound
    return found


def get_unit_for(actor: Any, unit_id: int, needed: Permission) -> Unit:
    found = get_unit(unit_id)
    access.require(actor, needed, found.path, what=found.name)
    return found


def find_root() -> Unit | None:
    return session.scalar(select(Unit).where(Unit.parent_id.is_(None)).limit(1))


def list_units(
    actor: Any = None, needed: Permission | None = None, *, active_only: bool = True
) -> list[Unit]:
    """Units as a tree in reading order, restricted to where the actor holds the permission."""
    statement = select(Unit)
    if active_only:
        statement = statement.where(Unit.active.is_(True))
    if actor is not None and needed is not None:
        statement = statement.where(access.scope(actor, needed, Unit.path))
    return _tree_order(list(session.scalars(statement)))


def _tree_order(units: Sequence[Unit]) -> list[Unit]:
    code_of = {unit.id: unit.code for unit in units}
    return sorted(
        units,
        key=lambda unit: [code_of.get(int(part), "") for part in unit.path.strip("/").split("/") if part],
    )


def unit_choices(actor: Any = None, needed: Permission | None = None) -> list[tuple[int, str]]:
    """For selects: id and name, indented by depth with an en space a level."""
    units = list_units(actor, needed)
    least = min((unit.depth for unit in units), default=0)
    return [(unit.id, "\u2002" * (unit.depth - least) + unit.name) for unit in units]


def people_with(needed: Permission, unit_path: str | None = None, *, limit: int = 500) -> list[Person]:
    """Active people who hold a permission over a unit, e.g. possible approvers; by name."""
    day = clock.now().date()
    statement = (
        select(Person)
        .join(Grant, Grant.person_id == Person.id)
        .join(Unit, Unit.id == Grant.unit_id)
        .where(
            Person.active.is_(True),
            Grant.role.in_(sorted(needed.roles)),
            Grant.revoked_at.is_(None),
            or_(Grant.from_date.is_(None), Grant.from_date <= day),
            or_(Grant.until_date.is_(None), Grant.until_date > day),
        )
        .distinct()
        .order_by(Person.name, Person.id)
        .limit(limit)
    )
    if unit_path is not None:
        parts = unit_path.strip("/").split("/")
        above = ["/" + "/".join(parts[: count + 1]) + "/" for count in range(len(parts))]
        statement = statement.where(Unit.path.in_(above))
    return list(session.scalars(statement))


def list_people(*, active_only: bool = True, limit: int = 2000) -> list[Person]:
    statement = select(Person).order_by(Person.name, Person.id).limit(limit)
    if active_only:
        statement = statement.where(Person.active.is_(True))
    return list(session.scalars(statement))


def list_sessions(person: Person) -> list[UserSession]:
    return list(
        session.scalars(
            select(UserSession)
            .where(
                UserSession.person_id == person.id,
                UserSession.ended_at.is_(None),
                UserSession.expires_at > clock.now(),
            )
            .order_by(UserSession.id.desc())
        )
    )


def list_grants(person: Person) -> list[Grant]:
    return list(
        session.scalars(
            select(Grant)
            .where(Grant.person_id == person.id)
            .options(joinedload(Grant.unit))
            .order_by(Grant.revoked_at.is_not(None), Grant.id)
        )
    )


def organisation() -> Organisation | None:
    return session.scalar(select(Organisation).limit(1))


def is_throttled(email: str, address: str, *, at: datetime | None = None) -> bool:
    """Ten failures in five minutes for a person or a network address refuse also the right password."""
    since = (at or clock.now()) - timedelta(minutes=WINDOW_MINUTES)
    hashed = passwords.token_hash(normal_email(email))
    counts = session.execute(
        select(
            func.count().filter(SignInAttempt.email_hash == hashed),
            func.count().filter(SignInAttempt.address == address),
            func.count(),
        ).where(SignInAttempt.at > since)
    ).one()
    return counts[0] >= ATTEMPTS or counts[1] >= ATTEMPTS or counts[2] >= GLOBAL_ATTEMPTS
