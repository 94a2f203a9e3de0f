from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from accounts import queries
from accounts.models import Organisation, Person, Unit
from accounts.operations.zones import check_zone
from accounts.rules import UnitKind
from core import trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import _, _n


def open_organisation(*, name_en: str, name_zh: str, time_zone: str, code: str = "ORG") -> Unit:
    """First step of an installation: the organisation and the root of its tree."""
    if queries.find_root() is not None:
        raise RuleViolation(_("The organisation exists already."))
    check_zone(time_zone)
    session.add(Organisation(name_en=name_en, name_zh=name_zh, time_zone=time_zone))
    root = Unit(code=code, name_en=name_en, name_zh=name_zh, kind="organisation", time_zone=time_zone)
    session.add(root)
    session.flush()
    root.path = f"/{root.id}/"
    trail.record(root, "organisation.opened", actor=None, changes={"name": name_en or name_zh})
    return root


def add_unit(
    *,
    code: str,
    name_en: str = "",
    name_zh: str = "",
    parent: Unit,
    kind: str = "division",
    time_zone: str = "",
    actor: Any,
) -> Unit:
    if not name_en and not name_zh:
        raise RuleViolation(_("Give the unit a name in at least one language."), field="name_en")
    if queries.find_unit_by_code(code) is not None:
        raise _code_taken(code)
    _check_kind(kind)
    check_zone(time_zone)
    made = Unit(
        code=code, name_en=name_en, name_zh=name_zh, parent_id=parent.id, kind=kind, time_zone=time_zone
    )
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError as error:  # somebody else took the code in the same moment
        raise _code_taken(code) from error
    made.path = f"{parent.path}{made.id}/"
    trail.record(made, "unit.added", actor=actor, changes={"name": name_en or name_zh, "parent": parent.code})
    return made


def _code_taken(code: str) -> RuleViolation:
    return RuleViolation(_("There is a unit with the code %(code)s already.", code=code), field="code")


def _check_kind(kind: str) -> None:
    if kind not in set(UnitKind):
        raise RuleViolation(
            _(
                "“%(kind)s” is not a kind of unit. Use one of: %(kinds)s.",
                kind=kind,
                kinds=", ".join(UnitKind),
            ),
            field="kind",
        )


def _check_closing(unit: Unit) -> None:
    if unit.parent_id is None:
        raise RuleViolation(_("The organisation itself can't be closed."), field="active")
    below = session.scalar(
        select(func.count())
        .select_from(Unit)
        .where(Unit.path.startswith(unit.path, autoescape=True), Unit.id != unit.id, Unit.active.is_(True))
    )
    if below:
        raise RuleViolation(
            _n(
                "%(num)d open unit lies below. Close or move it first.",
                "%(num)d open units lie below. Close or move them first.",
                below,
            ),
            field="active",
        )
    inside = session.scalar(
        select(func.count()).select_from(Person).where(Person.unit_id == unit.id, Person.active.is_(True))
    )
    if inside:
        raise RuleViolation(
            _n(
                "%(num)d person belongs to this unit. Move that person first.",
                "%(num)d people belong to this unit. Move them first.",
                inside,
            ),
            field="active",
        )


def change_unit(unit: Unit, *, seen: int | None, actor: Any, **values: Any) -> None:
    expect_version(unit, seen, what=unit.name, fields=list(values))
    if not values.get("name_en", unit.name_en) and not values.get("name_zh", unit.name_zh):
        raise RuleViolation(_("Give the unit a name in at least one language."), field="name_en")
    check_zone(values.get("time_zone", ""))
    code = values.get("code", unit.code)
    other = queries.find_unit_by_code(code)
    if other is not None and other.id != unit.id:
        raise _code_taken(code)
    _check_kind(values.get("kind", unit.kind))
    if values.get("active") is False and unit.active:
        _check_closing(unit)
    changes = trail.changed(unit, values)
    if changes:
        trail.record(unit, "unit.changed", actor=actor, changes=changes)


def move_unit(unit: Unit, parent: Unit, *, actor: Any) -> None:
    """Hang a unit and all below it under another; what lies under it moves in one statement a unit."""
    if unit.parent_id is None:
        raise RuleViolation(_("The organisation itself can't be moved."), field="parent_id")
    if parent.path.startswith(unit.path):
        raise RuleViolation(_("A unit can't be moved below itself."), field="parent_id")
    if not parent.active:
        raise RuleViolation(_("“%(name)s” is closed.", name=parent.name), field="parent_id")
    if parent.id == unit.parent_id:
        return
    before = unit.path
    after = f"{parent.path}{unit.id}/"
    below = list(session.scalars(select(Unit).where(Unit.path.startswith(before, autoescape=True))))
    for item in below:
        item.path = after + item.path[len(before) :]
    unit.parent_id = parent.id
    trail.record(unit, "unit.moved", actor=actor, changes={"path": (before, after)})
