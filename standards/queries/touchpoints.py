"""What hangs on touchpoints, and the map of a journey as rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, and_, cast, func, select
from sqlalchemy.orm import contains_eager, join, joinedload, outerjoin

from accounts.models import Unit
from core.db import session
from core.i18n import pick
from core.tables import contains, matching
from core.trail import TrailEntry
from standards.models import Journey, Requirement, Stage, Standard, Touchpoint, TouchpointStandard, Version
from standards.queries.standards import seen_by
from standards.rules.versions import VersionState


@dataclass(frozen=True, slots=True)
class Promised:
    """A requirement in force of a standard that hangs on a touchpoint; code is "" while none is in force."""

    standard_id: int
    standard_code: str
    title: str
    withdrawn: bool
    code: str
    kind: str
    statement_en: str
    statement_zh: str
    target: float | None

    @property
    def statement(self) -> str:
        return pick(self.statement_en, self.statement_zh)


def promised(touchpoint_ids: Sequence[int], person: Any) -> dict[int, list[Promised]]:
    """What is promised at touchpoints, in the order of standard and requirement. One statement."""
    found: dict[int, list[Promised]] = defaultdict(list)
    if not touchpoint_ids:
        return {}
    rows = session.execute(
        select(
            TouchpointStandard.touchpoint_id,
            Standard.id,
            Standard.code,
            Standard.title_en,
            Standard.title_zh,
            Standard.withdrawn_at,
            Requirement.code.label("requirement_code"),
            Requirement.kind,
            Requirement.statement_en,
            Requirement.statement_zh,
            Requirement.target,
        )
        .join(Standard, Standard.id == TouchpointStandard.standard_id)
        .join(Unit, Unit.id == Standard.unit_id)
        .outerjoin(Version, and_(Version.standard_id == Standard.id, Version.state == VersionState.effective))
        .outerjoin(Requirement, Requirement.version_id == Version.id)
        .where(TouchpointStandard.touchpoint_id.in_(touchpoint_ids), seen_by(person, Unit.path))
        .order_by(Standard.code, Requirement.position, Requirement.id)
    )
    for row in rows:
        found[row.touchpoint_id].append(
            Promised(
                row.id,
                row.code,
                pick(row.title_en, row.title_zh),
                row.withdrawn_at is not None,
                row.requirement_code or "",
                row.kind or "",
                row.statement_en or "",
                row.statement_zh or "",
                row.target,
            )
        )
    return dict(found)


def linked_standards(touchpoint_id: int) -> set[int]:
    return set(
        session.scalars(
            select(TouchpointStandard.standard_id).where(TouchpointStandard.touchpoint_id == touchpoint_id)
        )
    )


def linked_touchpoints(standard_id: int) -> set[int]:
    return set(
        session.scalars(
            select(TouchpointStandard.touchpoint_id).where(TouchpointStandard.standard_id == standard_id)
        )
    )


def carrying(touchpoint_ids: Sequence[int]) -> set[int]:
    """Those on which a standard hangs."""
    return set(
        session.scalars(
            select(TouchpointStandard.touchpoint_id)
            .where(TouchpointStandard.touchpoint_id.in_(touchpoint_ids))
            .distinct()
        )
    )


def _live_touchpoints(person: Any) -> Any:
    return (
        select(Touchpoint)
        .join(Stage, Stage.id == Touchpoint.stage_id)
        .join(Journey, Journey.id == Stage.journey_id)
        .join(Unit, Unit.id == Journey.unit_id)
        .where(
            seen_by(person, Unit.path),
            Touchpoint.withdrawn_at.is_(None),
            Stage.withdrawn_at.is_(None),
            Journey.withdrawn_at.is_(None),
        )
        .options(contains_eager(Touchpoint.stage).contains_eager(Stage.journey))
        .order_by(Journey.code, Stage.position, Stage.id, Touchpoint.position, Touchpoint.id)
    )


def touchpoints_of_standard(standard_id: int, person: Any) -> list[Touchpoint]:
    """Where a standard hangs, in the order of the journeys; each with its stage and journey. One statement."""
    return list(
        session.scalars(
            _live_touchpoints(person)
            .join(TouchpointStandard, TouchpointStandard.touchpoint_id == Touchpoint.id)
            .where(TouchpointStandard.standard_id == standard_id)
        )
    )


def list_open_touchpoints(person: Any, *, limit: int = 2000) -> list[Touchpoint]:
    """Touchpoints on which something may be hung, in the order of the journeys. One statement."""
    return list(session.scalars(_live_touchpoints(person).limit(limit)))


def touchpoint_choices(person: Any, *, keep: int | None = None) -> list[tuple[int, str]]:
    """For a select: id and "journey › stage › touchpoint"; `keep` stays although it was withdrawn."""
    found = list_open_touchpoints(person)
    if keep is not None and all(item.id != keep for item in found):
        kept = session.get(Touchpoint, keep, options=[joinedload(Touchpoint.stage).joinedload(Stage.journey)])
        found += [kept] if kept is not None else []
    return [(item.id, f"{item.stage.journey.name} › {item.stage.name} › {item.name}") for item in found]


def standards_to_hang(person: Any) -> list[Standard]:
    """Standards that are offered, by code."""
    return list(
        session.scalars(
            select(Standard)
            .join(Unit, Unit.id == Standard.unit_id)
            .where(seen_by(person, Unit.path), Standard.withdrawn_at.is_(None))
            .order_by(Standard.code)
            .limit(1000)
        )
    )


# --- the map as rows -----------------------------------------------------------------------------------------


def map_statement(journey: Journey, person: Any) -> Any:
    """One row for each touchpoint and requirement in force, in the order of the journey."""
    found = join(Touchpoint, Stage, Stage.id == Touchpoint.stage_id)
    found = outerjoin(found, TouchpointStandard, TouchpointStandard.touchpoint_id == Touchpoint.id)
    seen = select(Unit.id).where(seen_by(person, Unit.path))
    found = outerjoin(
        found, Standard, and_(Standard.id == TouchpointStandard.standard_id, Standard.unit_id.in_(seen))
    )
    in_force = and_(Version.standard_id == Standard.id, Version.state == VersionState.effective)
    found = outerjoin(found, Version, in_force)
    found = outerjoin(found, Requirement, Requirement.version_id == Version.id)
    return (
        select(
            Touchpoint.id,
            Touchpoint.code,
            Touchpoint.name_en,
            Touchpoint.name_zh,
            Touchpoint.channel,
            Touchpoint.moment_of_truth,
            Stage.name_en.label("stage_en"),
            Stage.name_zh.label("stage_zh"),
            Standard.id.label("standard_id"),
            Standard.code.label("standard_code"),
            Requirement.code.label("requirement_code"),
            Requirement.statement_en,
            Requirement.statement_zh,
            Requirement.target,
        )
        .select_from(found)
        .where(
            Stage.journey_id == journey.id, Stage.withdrawn_at.is_(None), Touchpoint.withdrawn_at.is_(None)
        )
    )


#: the order of the journey in one number: stage, touchpoint, standard
MAP_ORDER = (
    cast(Stage.position, BigInteger) * 10**13
    + cast(Touchpoint.position, BigInteger) * 10**10
    + func.coalesce(Standard.id, 0)
)
MAP_TIE = func.coalesce(Requirement.id, 0)


def trail_of_touchpoint(touchpoint: Touchpoint, *, limit: int = 100) -> list[TrailEntry]:
    """What the trail of its journey says about a touchpoint, newest first."""
    return list(
        session.scalars(
            select(TrailEntry)
            .where(
                TrailEntry.object_type == Journey.__tablename__,
                TrailEntry.object_id == touchpoint.stage.journey_id,
                contains(TrailEntry.changes, f'"{touchpoint.code} '),
            )
            .order_by(TrailEntry.seq.desc())
            .limit(limit)
        )
    )


def find_touchpoints(person: Any, words: str, limit: int) -> list[Touchpoint]:
    columns = (Touchpoint.code, Touchpoint.name_en, Touchpoint.name_zh)
    return list(session.scalars(_live_touchpoints(person).where(matching(words, *columns)).limit(limit)))
