"""Units of the tree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from accounts import structure
from accounts.models import Unit
from core import access
from core.access import Permission
from core.db import get_record, session
from core.errors import NotFound
from core.i18n import language, pick


def find_unit_by_code(code: str) -> Unit | None:
    return session.scalar(select(Unit).where(Unit.code == code))


def get_unit(unit_id: int) -> Unit:
    return get_record(Unit, unit_id)


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
