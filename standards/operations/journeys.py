"""Writing services and journeys. What somebody removes goes only while nothing hangs on it; else it is withdrawn."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select

from accounts.models import Unit
from core import access, clock, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.i18n import _
from standards.models import Journey, Service, Stage, Touchpoint
from standards.permissions import WRITE
from standards.queries import journeys as queries
from standards.rules.journeys import MOST_STAGES

NAMES = ("name_en", "name_zh")


def named(values: dict[str, Any]) -> None:
    if not values.get("name_en") and not values.get("name_zh"):
        raise RuleViolation(_("Give a name in at least one language."), field="name_en")


def permit(journey: Journey, actor: Any) -> None:
    access.require(actor, WRITE, journey.unit.path, what=journey.name)


def known(values: dict[str, Any], allowed: Collection[str], kind: str) -> None:
    if unknown := set(values) - set(allowed):
        raise TypeError(f"a {kind} has no {', '.join(sorted(unknown))}")


def _said(changes: dict[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """Changes as the trail keeps them: units and services by their code."""
    return {
        name: (getattr(before, "code", before), getattr(after, "code", after))
        for name, (before, after) in changes.items()
    }


# --- services ------------------------------------------------------------------------------------------------


def add_service(*, unit: Unit, actor: Any, name_en: str = "", name_zh: str = "") -> Service:
    access.require(actor, WRITE, unit.path, what=unit.name)
    named({"name_en": name_en, "name_zh": name_zh})
    made = Service(code=next_code("SVC"), name_en=name_en, name_zh=name_zh, unit=unit)
    session.add(made)
    session.flush()
    trail.record(made, "service.added", actor=actor, changes={"name": name_en or name_zh, "unit": unit.code})
    return made


def change_service(service: Service, *, seen: int | None = None, actor: Any, **values: Any) -> None:
    access.require(actor, WRITE, service.unit.path, what=service.name)
    known(values, {*NAMES, "unit"}, "service")
    expect_version(service, seen, what=service.code, fields=[*NAMES])
    named({name: values.get(name, getattr(service, name)) for name in NAMES})
    unit = values.get("unit", service.unit)
    access.require(actor, WRITE, unit.path, what=unit.name)
    changes = trail.changed(service, values)
    if changes:
        session.flush()
        trail.record(service, "service.changed", actor=actor, changes=_said(changes))


def remove_service(service: Service, *, actor: Any) -> bool:
    """True when it is gone, False when journeys lead through it and it was withdrawn."""
    access.require(actor, WRITE, service.unit.path, what=service.name)
    used = session.scalar(select(func.count()).select_from(Journey).where(Journey.service_id == service.id))
    return remove(service, "service.", hangs=bool(used), on=service, actor=actor)


def restore_service(service: Service, *, actor: Any) -> None:
    access.require(actor, WRITE, service.unit.path, what=service.name)
    restore(service, "service.", on=service, actor=actor)


# --- journeys ------------------------------------------------------------------------------------------------


def write_journey(
    *,
    unit: Unit,
    actor: Any,
    name_en: str = "",
    name_zh: str = "",
    customers_en: str = "",
    customers_zh: str = "",
    service: Service | None = None,
) -> Journey:
    access.require(actor, WRITE, unit.path, what=unit.name)
    named({"name_en": name_en, "name_zh": name_zh})
    _offered(service, None)
    made = Journey(
        code=next_code("JRN"),
        name_en=name_en,
        name_zh=name_zh,
        customers_en=customers_en,
        customers_zh=customers_zh,
        unit=unit,
        service=service,
    )
    session.add(made)
    session.flush()
    trail.record(
        made, "journey.written", actor=actor, changes={"name": name_en or name_zh, "unit": unit.code}
    )
    return made


def _offered(service: Service | None, former: Service | None) -> None:
    if service is not None and service.withdrawn_at is not None and service is not former:
        raise RuleViolation(_("%(name)s is not offered any more.", name=service.name), field="service_id")


def change_journey(journey: Journey, *, seen: int | None = None, actor: Any, **values: Any) -> None:
    permit(journey, actor)
    known(values, {*NAMES, "customers_en", "customers_zh", "unit", "service"}, "journey")
    expect_version(journey, seen, what=journey.code, fields=[*NAMES, "customers_en", "customers_zh"])
    named({name: values.get(name, getattr(journey, name)) for name in NAMES})
    unit = values.get("unit", journey.unit)
    access.require(actor, WRITE, unit.path, what=unit.name)
    _offered(values.get("service"), journey.service)
    changes = trail.changed(journey, values)
    if changes:
        session.flush()
        trail.record(journey, "journey.changed", actor=actor, changes=_said(changes))


def remove_journey(journey: Journey, *, actor: Any) -> bool:
    """True when it is gone, False when it has stages and was withdrawn."""
    permit(journey, actor)
    return remove(journey, "journey.", hangs=bool(queries.count_stages(journey.id)), on=journey, actor=actor)


def restore_journey(journey: Journey, *, actor: Any) -> None:
    permit(journey, actor)
    restore(journey, "journey.", on=journey, actor=actor)


# --- stages --------------------------------------------------------------------------------------------------


def add_stage(journey: Journey, *, actor: Any, name_en: str = "", name_zh: str = "") -> Stage:
    permit(journey, actor)
    named({"name_en": name_en, "name_zh": name_zh})
    there = queries.list_stages(journey.id)
    if len(there) >= MOST_STAGES:
        raise RuleViolation(_("A journey has at most %(most)s stages.", most=MOST_STAGES))
    made = Stage(journey=journey, position=after(there), name_en=name_en, name_zh=name_zh)
    session.add(made)
    session.flush()
    trail.record(journey, "journey.stage_added", actor=actor, changes={"stage": made.name})
    return made


def change_stage(stage: Stage, *, seen: int | None = None, actor: Any, **values: Any) -> None:
    permit(stage.journey, actor)
    known(values, NAMES, "stage")
    expect_version(stage, seen, what=stage.name, fields=[*NAMES])
    named({name: values.get(name, getattr(stage, name)) for name in NAMES})
    before = stage.name
    changes = trail.changed(stage, values)
    if changes:
        session.flush()
        trail.record(
            stage.journey, "journey.stage_changed", actor=actor, changes={"stage": before, **changes}
        )


def move_stage(stage: Stage, *, actor: Any, up: bool) -> None:
    """Change places with the neighbour; at the end nothing happens."""
    permit(stage.journey, actor)
    moved = exchange(queries.list_stages(stage.journey_id), stage, up=up)
    if moved:
        trail.record(
            stage.journey,
            "journey.stage_moved",
            actor=actor,
            changes={"stage": stage.name, "position": moved},
        )


def remove_stage(stage: Stage, *, actor: Any) -> bool:
    """True when it is gone, False when it has touchpoints and was withdrawn together with them."""
    permit(stage.journey, actor)
    hangs = bool(queries.list_touchpoints([stage.id], live=False))
    return remove(stage, "journey.stage_", hangs=hangs, on=stage.journey, actor=actor)


def restore_stage(stage: Stage, *, actor: Any) -> None:
    permit(stage.journey, actor)
    there = queries.list_stages(stage.journey_id)
    if len(there) >= MOST_STAGES:
        raise RuleViolation(_("A journey has at most %(most)s stages.", most=MOST_STAGES))
    restore(stage, "journey.stage_", on=stage.journey, actor=actor, position=after(there))


# --- what all of them share ----------------------------------------------------------------------------------


def after(rows: list[Any]) -> int:
    return max((row.position for row in rows), default=0) + 1


def exchange(rows: list[Any], thing: Any, *, up: bool) -> tuple[int, int] | None:
    """Number the rows anew with one of them a place higher or lower; gives its former and its new place."""
    order = [row.id for row in rows]
    if thing.id not in order:
        raise RuleViolation(_("It is withdrawn. Bring it back first."))
    place = order.index(thing.id)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return None
    rows[place], rows[other] = rows[other], rows[place]
    for number, row in enumerate(rows, start=1):
        if row.position != number:
            row.position = number
    session.flush()
    return place + 1, other + 1


def label_of(thing: Any) -> str:
    return f"{thing.code} {thing.name}" if isinstance(thing, Touchpoint) else thing.name


def _word(prefix: str) -> str:
    """`journey.stage_` → `stage`"""
    return prefix[:-1].rpartition(".")[2]


def remove(thing: Any, prefix: str, *, hangs: bool, on: Any, actor: Any) -> bool:
    """`prefix` begins the actions of the trail, which are kept with the record `on`."""
    label = label_of(thing)
    if hangs:
        if thing.withdrawn_at is not None:
            raise RuleViolation(_("It is withdrawn already."))
        thing.withdrawn_at = clock.now()
        session.flush()
        trail.record(on, f"{prefix}withdrawn", actor=actor, changes={_word(prefix): label})
        return False
    trail.record(on, f"{prefix}removed", actor=actor, changes={_word(prefix): (label, None)})
    session.delete(thing)
    session.flush()
    return True


def restore(thing: Any, prefix: str, *, on: Any, actor: Any, position: int | None = None) -> None:
    if thing.withdrawn_at is None:
        return
    thing.withdrawn_at = None
    if position is not None:
        thing.position = position
    session.flush()
    trail.record(on, f"{prefix}restored", actor=actor, changes={_word(prefix): label_of(thing)})
