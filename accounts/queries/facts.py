"""Units and people as an import compares them."""

from typing import Any

from sqlalchemy import select

from accounts.models import Grant, Person, Unit
from accounts.queries.units import list_units
from accounts.rules import PersonFact, UnitFact
from core import access
from core.access import Permission
from core.db import session


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
