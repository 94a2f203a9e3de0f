from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Date, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from accounts import passwords, structure
from accounts.models import Grant, Organisation, PasswordReset, Person, SignInAttempt, Unit, UserSession
from accounts.rules import (
    ATTEMPTS,
    GLOBAL_ATTEMPTS,
    WINDOW_MINUTES,
    PersonFact,
    UnitFact,
    normal_email,
)
from core import access, clock, trail
from core.access import Holding, Permission
from core.db import UtcDateTime, session, table_of
from core.errors import NotFound
from core.i18n import language, pick
from core.kept import Kept
from core.notices import Notice
from core.records import known
from core.tables import contains

__all__ = ["Organisation", "PasswordReset"]


def today() -> date:
    """The organisation's day: from it on a role given "from today" is in force."""
    return clock.today(current_app.config["TIME_ZONE"])


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


def find_person_by_email(email: str) -> Person | None:
    return session.scalar(select(Person).where(Person.email == normal_email(email)))


def get_person_by_email(email: str) -> Person:
    found = find_person_by_email(email)
    if found is None:
        raise NotFound
    return found


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


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as others name it and point at it; no object of the session."""

    id: int
    code: str
    path: str
    name_en: str
    name_zh: str

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)


_PLACES = select(Unit.id, Unit.code, Unit.path, Unit.name_en, Unit.name_zh).where(Unit.active.is_(True))


def places() -> dict[int, Place]:
    """All active units in reading order of the tree."""

    def ask() -> dict[int, Place]:
        found = [Place(*row) for row in session.execute(_PLACES)]
        code_of = {str(place.id): place.code for place in found}
        found.sort(key=lambda place: [code_of.get(part, "") for part in place.path.split("/")])
        return {place.id: place for place in found}

    return structure.remembered("places", ask)


def get_place(unit_id: int) -> Place:
    found = places().get(unit_id)
    if found is None:
        raise NotFound
    return found


def unit_choices(actor: Any = None, needed: Permission | None = None) -> list[tuple[int, str]]:
    """For selects: id and name, indented by depth with an en space a level."""
    reach = access.reach(actor, needed) if actor is not None and needed is not None else ("/",)

    def ask() -> list[tuple[int, str]]:
        units = [place for place in places().values() if place.path.startswith(reach)]
        least = min((unit.path.count("/") for unit in units), default=0)
        return [(unit.id, "\u2002" * (unit.path.count("/") - least) + unit.name) for unit in units]

    return list(
        structure.remembered(("choices", reach, language()), ask)
    )  # the remembered one stays as it is


def people_with(needed: Permission, unit_path: str | None = None, *, limit: int = 500) -> list[Person]:
    """Active people who hold a permission over a unit, e.g. possible approvers; by name."""
    day = today()
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


def organisation_zone() -> str:
    """Zone of days and times outside of any page, where a person has none of their own."""
    found = organisation()
    return (found.time_zone if found is not None else "") or str(current_app.config["TIME_ZONE"])


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


# --- administration ------------------------------------------------------------------------------------------


def in_force(day: date) -> tuple[Any, ...]:
    """Conditions of a grant that holds on a day."""
    return (
        Grant.revoked_at.is_(None),
        or_(Grant.from_date.is_(None), Grant.from_date <= day),
        or_(Grant.until_date.is_(None), Grant.until_date > day),
    )


def people_rows(actor: Any, needed: Permission) -> Any:
    """The SELECT of the list of people, restricted to where the actor holds the permission."""
    roles = (
        select(func.aggregate_strings(Grant.role, ","))
        .where(Grant.person_id == Person.id, *in_force(today()))
        .correlate(Person)
        .scalar_subquery()
    )
    return (
        select(
            Person.id,
            Person.name,
            Person.email,
            Person.language,
            Person.active,
            (Person.password_hash != "").label("has_password"),
            Unit.id.label("unit_id"),
            Unit.name_en,
            Unit.name_zh,
            Unit.code,
            roles.label("roles"),
            LAST_SIGN_IN.label("last_sign_in"),
        )
        .join(Unit, Unit.id == Person.unit_id)
        .where(access.scope(actor, needed, Unit.path))
    )


LAST_SIGN_IN = (
    select(func.max(UserSession.created_at))
    .where(UserSession.person_id == Person.id)
    .correlate(Person)
    .scalar_subquery()
)


def search_people(actor: Any, needed: Permission, words: str, limit: int) -> list[Person]:
    statement = (
        select(Person)
        .join(Unit, Unit.id == Person.unit_id)
        .options(joinedload(Person.unit))
        .where(Person.active.is_(True), access.scope(actor, needed, Unit.path))
    )
    for word in words.split()[:6]:
        statement = statement.where(or_(contains(Person.name, word), contains(Person.email, word)))
    return list(session.scalars(statement.order_by(Person.name, Person.id).limit(limit)))


def count_people_by_unit() -> dict[int, int]:
    rows = session.execute(
        select(Person.unit_id, func.count()).where(Person.active.is_(True)).group_by(Person.unit_id)
    )
    return {row[0]: row[1] for row in rows}


def list_holders(unit: Unit) -> list[Grant]:
    """Roles given at exactly this unit and in force, for its page."""
    return list(
        session.scalars(
            select(Grant)
            .where(Grant.unit_id == unit.id, *in_force(today()))
            .join(Person, Person.id == Grant.person_id)
            .where(Person.active.is_(True))
            .options(joinedload(Grant.person))
            .order_by(Grant.role, Person.name)
            .limit(200)
        )
    )


def list_people_of(unit: Unit, limit: int = 200) -> list[Person]:
    return list(
        session.scalars(
            select(Person)
            .where(Person.unit_id == unit.id, Person.active.is_(True))
            .order_by(Person.name, Person.id)
            .limit(limit)
        )
    )


def list_sign_ins(person: Person, limit: int = 12) -> list[trail.TrailEntry]:
    """Latest sign-ins of a person, refused ones too."""
    entry = trail.TrailEntry
    return list(
        session.scalars(
            select(entry)
            .where(
                entry.object_type == "person",
                entry.object_id == person.id,
                entry.action.in_(("sign_in.done", "sign_in.refused")),
            )
            .order_by(entry.seq.desc())
            .limit(limit)
        )
    )


def get_grant(grant_id: int) -> Grant:
    found = session.get(Grant, grant_id)
    if found is None:
        raise NotFound
    return found


# --- import ---------------------------------------------------------------------------------------------------


def unit_facts(actor: Any, needed: Permission) -> dict[str, UnitFact]:
    """Units by code as an import compares them. Without an actor (command line) all are within."""
    units = list_units(active_only=False)
    codes = {unit.id: unit.code for unit in units}
    return {
        unit.code: UnitFact(
            {
                "name_en": unit.name_en,
                "name_zh": unit.name_zh,
                "kind": unit.kind,
                "parent": codes.get(unit.parent_id or 0, ""),
                "time_zone": unit.time_zone,
                "active": unit.active,
            },
            actor is None or access.may(actor, needed, unit.path),
        )
        for unit in units
    }


def person_facts(actor: Any, needed: Permission) -> dict[str, PersonFact]:
    """People by address as an import compares them: two statements, however many."""
    roles: dict[int, set[tuple[str, str]]] = {}
    for person_id, role, code in session.execute(
        select(Grant.person_id, Grant.role, Unit.code)
        .join(Unit, Unit.id == Grant.unit_id)
        .where(Grant.revoked_at.is_(None))
    ):
        roles.setdefault(person_id, set()).add((role, code))
    rows = session.execute(
        select(
            Person.id,
            Person.email,
            Person.name,
            Person.language,
            Person.time_zone,
            Person.active,
            Unit.code,
            Unit.path,
        ).join(Unit, Unit.id == Person.unit_id)
    )
    return {
        row.email: PersonFact(
            {
                "name": row.name,
                "unit": row.code,
                "language": row.language,
                "time_zone": row.time_zone,
                "active": row.active,
            },
            actor is None or access.may(actor, needed, row.path),
            frozenset(roles.get(row.id, ())),
        )
        for row in rows
    }


def has_failed_too_often(email: str) -> bool:
    """Ten wrong passwords of a person in five minutes, at the sign-in or at signatures."""
    since = clock.now() - timedelta(minutes=WINDOW_MINUTES)
    hashed = passwords.token_hash(normal_email(email))
    count = session.scalar(
        select(func.count()).where(SignInAttempt.email_hash == hashed, SignInAttempt.at > since)
    )
    return (count or 0) >= ATTEMPTS
