from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core import access, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import _
from delivery.models import EventLog, LogStandard
from delivery.operations.measuring import queue_measure
from delivery.permissions import IMPORT
from delivery.queries import logs as queries
from standards.models import Standard

FIELDS = ("name_en", "name_zh")


def change_log(log: EventLog, *, seen: int | None, actor: Any, **values: Any) -> None:
    access.require(actor, IMPORT, log.unit.path, what=log.name)
    expect_version(log, seen, what=log.name, fields=list(FIELDS))
    if not values.get("name_en") and not values.get("name_zh"):
        raise RuleViolation(_("Give the log a name in at least one language."), field="name_en")
    changes = trail.changed(log, {name: values[name] for name in FIELDS if name in values})
    if changes:
        trail.record(log, "event_log.changed", actor=actor, changes=changes)


def assign_units(log: EventLog, values: Mapping[str, int | None], *, seen: int | None, actor: Any) -> None:
    """Say which value of the unit column belongs to which unit; values without a unit count for the log's unit only."""
    access.require(actor, IMPORT, log.unit.path, what=log.name)
    expect_version(log, seen, what=log.name, fields=["unit_values"])
    known = {unit.id for unit in queries.units_below(log.unit)}
    if any(unit_id is not None and unit_id not in known for unit_id in values.values()):
        raise RuleViolation(_("A unit of the log's own unit or below is needed."))
    wanted = {**log.unit_values}
    for value, unit_id in values.items():
        if unit_id is None:
            wanted.pop(value, None)
        else:
            wanted[value] = unit_id
    changes = trail.changed(log, {"unit_values": wanted})
    if changes:
        trail.record(log, "event_log.changed", actor=actor, changes=changes)
        queue_measure(log, actor=actor)


def add_standard(log: EventLog, standard: Standard, *, actor: Any) -> None:
    access.require(actor, IMPORT, log.unit.path, what=log.name)
    if find_link(log, standard) is not None:
        return
    session.add(LogStandard(event_log_id=log.id, standard_id=standard.id))
    session.flush()
    trail.record(log, "event_log.standard_added", actor=actor, changes={"standard": standard.code})
    queue_measure(log, actor=actor)


def remove_standard(log: EventLog, standard: Standard, *, actor: Any) -> None:
    """The log no longer proves this standard; its figures from this log go with the next measurement."""
    access.require(actor, IMPORT, log.unit.path, what=log.name)
    link = find_link(log, standard)
    if link is None:
        return
    session.delete(link)
    session.flush()
    trail.record(log, "event_log.standard_removed", actor=actor, changes={"standard": (standard.code, None)})
    queue_measure(log, actor=actor)


def find_link(log: EventLog, standard: Standard) -> LogStandard | None:
    return session.scalar(
        select(LogStandard).where(LogStandard.event_log_id == log.id, LogStandard.standard_id == standard.id)
    )
