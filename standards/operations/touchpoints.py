"""Writing touchpoints, and hanging standards on them from either side."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, insert

from core import access, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.i18n import _
from standards import touch
from standards.models import Stage, Standard, Touchpoint, TouchpointStandard
from standards.operations.journeys import (
    NAMES,
    after,
    exchange,
    known,
    label_of,
    named,
    permit,
    remove,
    restore,
)
from standards.permissions import WRITE
from standards.queries import journeys as queries
from standards.queries import touchpoints as hanging
from standards.rules.journeys import MOST_TOUCHPOINTS, Channel


def _channel(value: str) -> None:
    if value not in set(Channel):
        raise RuleViolation(_("Choose one of the list."), field="channel")


def _room_in(stage: Stage) -> int:
    """The place after the last touchpoint of a stage."""
    there = queries.list_touchpoints([stage.id]).get(stage.id, [])
    if len(there) >= MOST_TOUCHPOINTS:
        raise RuleViolation(
            _("A stage has at most %(most)s touchpoints.", most=MOST_TOUCHPOINTS), field="stage_id"
        )
    return after(there)


def add_touchpoint(
    stage: Stage,
    *,
    actor: Any,
    name_en: str = "",
    name_zh: str = "",
    channel: str = Channel.counter,
    moment_of_truth: bool = False,
) -> Touchpoint:
    permit(stage.journey, actor)
    named({"name_en": name_en, "name_zh": name_zh})
    _channel(channel)
    if stage.withdrawn_at is not None:
        raise RuleViolation(_("This stage is withdrawn. Bring it back first."))
    made = Touchpoint(
        code=next_code("TP"),
        stage=stage,
        position=_room_in(stage),
        name_en=name_en,
        name_zh=name_zh,
        channel=channel,
        moment_of_truth=moment_of_truth,
    )
    session.add(made)
    session.flush()
    trail.record(
        stage.journey,
        "journey.touchpoint_added",
        actor=actor,
        changes={"touchpoint": label_of(made), "stage": stage.name},
    )
    return made


def change_touchpoint(touchpoint: Touchpoint, *, seen: int | None = None, actor: Any, **values: Any) -> None:
    """Change name, channel and mark, or move it to the end of another stage of the same journey."""
    journey = touchpoint.stage.journey
    permit(journey, actor)
    known(values, {*NAMES, "channel", "moment_of_truth", "stage"}, "touchpoint")
    expect_version(touchpoint, seen, what=touchpoint.code, fields=[*NAMES])
    named({name: values.get(name, getattr(touchpoint, name)) for name in NAMES})
    _channel(values.get("channel", touchpoint.channel))
    stage = values.pop("stage", touchpoint.stage)
    if stage.journey_id != journey.id:
        raise RuleViolation(_("Choose one of the list."), field="stage_id")
    label = label_of(touchpoint)
    moved: dict[str, Any] = {}
    if stage.id != touchpoint.stage_id:
        values["position"] = _room_in(stage)
        moved["stage"] = (touchpoint.stage.name, stage.name)
        touchpoint.stage = stage
    changes = trail.changed(touchpoint, values)
    changes.pop("position", None)
    if changes or moved:
        session.flush()
        trail.record(
            journey,
            "journey.touchpoint_changed",
            actor=actor,
            changes={"touchpoint": label, **changes, **moved},
        )


def move_touchpoint(touchpoint: Touchpoint, *, actor: Any, up: bool) -> None:
    """Change places with the neighbour in its stage; at the end nothing happens."""
    journey = touchpoint.stage.journey
    permit(journey, actor)
    rows = queries.list_touchpoints([touchpoint.stage_id]).get(touchpoint.stage_id, [])
    moved = exchange(rows, touchpoint, up=up)
    if moved:
        trail.record(
            journey,
            "journey.touchpoint_moved",
            actor=actor,
            changes={"touchpoint": label_of(touchpoint), "position": moved},
        )


def remove_touchpoint(touchpoint: Touchpoint, *, actor: Any) -> bool:
    """True when it is gone, False when a standard or a question of a survey hangs on it and it was withdrawn."""
    journey = touchpoint.stage.journey
    permit(journey, actor)
    ids = [touchpoint.id]
    hangs = bool(hanging.carrying(ids) or touch.in_use(ids))
    return remove(touchpoint, "journey.touchpoint_", hangs=hangs, on=journey, actor=actor)


def restore_touchpoint(touchpoint: Touchpoint, *, actor: Any) -> None:
    journey = touchpoint.stage.journey
    permit(journey, actor)
    restore(touchpoint, "journey.touchpoint_", on=journey, actor=actor, position=_room_in(touchpoint.stage))


# --- standards on touchpoints --------------------------------------------------------------------------------


def hang_standards(touchpoint: Touchpoint, standards: Collection[Standard], *, actor: Any) -> None:
    """Exactly these standards hang on a touchpoint; what the actor can't see stays as it is."""
    journey = touchpoint.stage.journey
    permit(journey, actor)
    offered = {standard.id: standard for standard in hanging.standards_to_hang(actor)}
    _only(standards, offered, "standards")
    before = hanging.linked_standards(touchpoint.id) & set(offered)
    wanted = {standard.id for standard in standards}
    _link([(touchpoint.id, number) for number in wanted - before])
    _unlink([(touchpoint.id, number) for number in before - wanted])
    if before != wanted:
        codes = [sorted(offered[number].code for number in part) for part in (before, wanted)]
        trail.record(
            journey,
            "journey.standards_hung",
            actor=actor,
            changes={"touchpoint": label_of(touchpoint), "standards": (codes[0], codes[1])},
        )
        for number in sorted(before ^ wanted):
            _tell(offered[number], touchpoint, hung=number in wanted, actor=actor)


def place_standard(standard: Standard, touchpoints: Collection[Touchpoint], *, actor: Any) -> None:
    """A standard hangs on exactly these touchpoints; what the actor can't see stays as it is."""
    access.require(actor, WRITE, standard.unit.path, what=standard.title)
    if standard.withdrawn_at is not None:
        raise RuleViolation(_("This standard is withdrawn."))
    offered = {touchpoint.id: touchpoint for touchpoint in hanging.list_open_touchpoints(actor)}
    _only(touchpoints, offered, "touchpoints")
    before = hanging.linked_touchpoints(standard.id) & set(offered)
    wanted = {touchpoint.id for touchpoint in touchpoints}
    _link([(number, standard.id) for number in wanted - before])
    _unlink([(number, standard.id) for number in before - wanted])
    for number in sorted(before ^ wanted):
        touchpoint = offered[number]
        _tell(standard, touchpoint, hung=number in wanted, actor=actor)
        change = ([], [standard.code]) if number in wanted else ([standard.code], [])
        trail.record(
            touchpoint.stage.journey,
            "journey.standards_hung",
            actor=actor,
            changes={"touchpoint": label_of(touchpoint), "standards": change},
        )


def _only(chosen: Collection[Any], offered: dict[int, Any], field: str) -> None:
    if any(item.id not in offered for item in chosen):
        raise RuleViolation(_("Choose one of the list."), field=field)


def _tell(standard: Standard, touchpoint: Touchpoint, *, hung: bool, actor: Any) -> None:
    label = label_of(touchpoint)
    trail.record(
        standard,
        "standard.placed",
        actor=actor,
        changes={"touchpoint": (None, label) if hung else (label, None)},
    )


def _link(pairs: list[tuple[int, int]]) -> None:
    if pairs:
        session.execute(
            insert(TouchpointStandard),
            [{"touchpoint_id": each, "standard_id": standard_id} for each, standard_id in pairs],
        )


def _unlink(pairs: list[tuple[int, int]]) -> None:
    for touchpoint_id, standard_id in pairs:
        session.execute(
            delete(TouchpointStandard).where(
                TouchpointStandard.touchpoint_id == touchpoint_id,
                TouchpointStandard.standard_id == standard_id,
            )
        )
