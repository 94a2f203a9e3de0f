"""Write what a preview has shown: all rows or none, in the transaction of the request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from accounts import queries
from accounts.models import Unit
from accounts.operations.people import add_person, change_person, grant
from accounts.operations.units import add_unit, change_unit, move_unit
from accounts.rules import ImportPlan, ImportRow, Role, parents_first
from core.errors import RuleViolation
from core.i18n import _

PERSON_FIELDS = ("name", "language", "time_zone", "active")
UNIT_FIELDS = ("name_en", "name_zh", "kind", "time_zone", "active")


@contextmanager
def _named(row: ImportRow) -> Iterator[None]:
    """A refusal names the row it comes from."""
    try:
        yield
    except RuleViolation as violation:
        raise RuleViolation(
            _("Row %(line)s: %(why)s Nothing was written.", line=row.line, why=violation.message)
        ) from violation


def _check_ready(plan: ImportPlan) -> None:
    if plan.counts["wrong"]:
        raise RuleViolation(_("Some rows are wrong. Nothing was written."))


def import_people(plan: ImportPlan, *, actor: Any, invite: bool = False) -> None:
    _check_ready(plan)
    units = {unit.code: unit for unit in queries.list_units(active_only=False)}
    for row in plan.rows:
        if row.state == "unchanged":
            continue
        with _named(row):
            _import_person(row, units, actor=actor, invite=invite)


def _import_person(row: ImportRow, units: Mapping[str, Unit], *, actor: Any, invite: bool) -> None:
    values = row.values
    if row.new:
        person = add_person(
            email=values["email"],
            name=values["name"],
            unit=units[values["unit"]],
            language=values.get("language", "en"),
            time_zone=values.get("time_zone", ""),
            actor=actor,
            invite=invite and values.get("active", True),
        )
        if values.get("active") is False:
            change_person(person, seen=None, actor=actor, active=False)
    else:
        person = queries.get_person_by_email(values["email"])
        changed = {name: values[name] for name in PERSON_FIELDS if name in row.changes}
        if "unit" in row.changes:
            changed["unit_id"] = units[values["unit"]].id
        if changed:
            change_person(person, seen=None, actor=actor, **changed)
    if "grant" in values:
        role, place = values["grant"]
        grant(person, Role(role), units[place], actor=actor)


def import_units(plan: ImportPlan, *, actor: Any) -> None:
    """Units are opened and moved from the top down and closed from the bottom up."""
    _check_ready(plan)
    units = {unit.code: unit for unit in queries.list_units(active_only=False)}
    ordered = parents_first(plan)
    for row in ordered:
        with _named(row):
            _import_unit(row, units, actor=actor)
    for row in ordered:
        if not row.new and "parent" in row.changes:
            with _named(row):
                move_unit(units[row.key], units[row.values["parent"]], actor=actor)
    for row in sorted(ordered, key=lambda row: -units[row.key].depth):
        if row.values.get("active") is False and units[row.key].active:
            with _named(row):
                change_unit(units[row.key], seen=None, actor=actor, active=False)


def _import_unit(row: ImportRow, units: dict[str, Unit], *, actor: Any) -> None:
    values = row.values
    if row.new:
        units[row.key] = add_unit(
            code=row.key,
            name_en=values.get("name_en", ""),
            name_zh=values.get("name_zh", ""),
            parent=units[values["parent"]],
            kind=values.get("kind", "division"),
            time_zone=values.get("time_zone", ""),
            actor=actor,
        )
        return
    changed = {
        name: values[name]
        for name in UNIT_FIELDS
        if name in row.changes and not (name == "active" and values[name] is False)
    }
    if changed:
        change_unit(units[row.key], seen=None, actor=actor, **changed)
