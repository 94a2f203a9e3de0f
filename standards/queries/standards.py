from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from accounts.rules import INSIDERS
from core import access
from core.access import Permission
from core.db import get_record, session
from core.errors import NotFound, NotPermitted
from core.signing import Signature
from core.trail import TrailEntry
from standards.models import Calendar, Clause, Framework, Mapping, Requirement, Standard, Version
from standards.permissions import SEE, SEE_DRAFTS
from standards.queries.calendars import working_calendar
from standards.rules.calendar import WorkingCalendar
from standards.rules.sentences import plain
from standards.rules.versions import IN_FORCE_ONCE, OPEN, VersionState

# --- doors ---------------------------------------------------------------------------------------------------


def seen_by(person: Any, path: Any) -> ColumnElement[bool]:
    """Everybody of the organisation reads all standards; a visiting auditor those of the units of the visit."""
    if any(holding.role in INSIDERS for holding in person.holdings):
        return true()
    return access.scope(person, SEE, path)


def _require(person: Any, needed: Permission, unit: Unit, *, what: str) -> None:
    if needed == SEE and person is not None and any(item.role in INSIDERS for item in person.holdings):
        return
    if needed == SEE and not access.may(person, SEE, unit.path):
        raise NotFound
    access.require(person, needed, unit.path, what=what)


def find_standard_by_code(code: str) -> Standard | None:
    return session.scalar(select(Standard).where(Standard.code == code))


def find_standard(standard_id: int | None) -> Standard | None:
    return session.get(Standard, standard_id) if standard_id else None


def get_standard(standard_id: int) -> Standard:
    return get_record(Standard, standard_id, joinedload(Standard.unit), joinedload(Standard.owner))


def get_standard_for(person: Any, standard_id: int, needed: Permission = SEE) -> Standard:
    """The guarded door: the standard, where the person holds the permission at its unit."""
    found = get_standard(standard_id)
    _require(person, needed, found.unit, what=found.title)
    return found


def get_version(version_id: int) -> Version:
    return get_record(
        Version,
        version_id,
        joinedload(Version.standard).joinedload(Standard.unit),
        joinedload(Version.author),
    )


def may_see_version(person: Any, version: Version) -> bool:
    """Drafts are read by those who write, approve or audit; what is or was in force by everybody."""
    if version.effective_from is not None and version.state in IN_FORCE_ONCE:
        return True
    return access.may(person, SEE_DRAFTS, version.standard.unit.path)


def get_version_for(person: Any, version_id: int, needed: Permission = SEE) -> Version:
    found = get_version(version_id)
    _require(person, needed, found.standard.unit, what=found.standard.title)
    if not may_see_version(person, found):
        raise NotPermitted(found.standard.title, who=sorted(SEE_DRAFTS.roles))
    return found


def get_requirement_for(person: Any, requirement_id: int, needed: Permission = SEE) -> Requirement:
    found = get_record(Requirement, requirement_id)
    get_version_for(person, found.version_id, needed)
    return found


# --- versions ------------------------------------------------------------------------------------------------


def find_effective_version(standard_id: int) -> Version | None:
    """The version in force now."""
    return session.scalar(
        select(Version).where(Version.standard_id == standard_id, Version.state == VersionState.effective)
    )


def find_open_version(standard_id: int) -> Version | None:
    """The draft, the version in review or the approved one that waits for its day; at most one."""
    return session.scalar(
        select(Version)
        .where(Version.standard_id == standard_id, Version.state.in_(OPEN))
        .order_by(Version.number.desc())
        .limit(1)
    )


def find_latest_version(standard_id: int) -> Version | None:
    return session.scalar(
        select(Version).where(Version.standard_id == standard_id).order_by(Version.number.desc()).limit(1)
    )


def find_version_in_force_after(standard_id: int, start: datetime) -> Version | None:
    """A version that was in force at or after a moment and is not any more."""
    return session.scalar(
        select(Version)
        .where(
            Version.standard_id == standard_id,
            Version.state.in_(IN_FORCE_ONCE),
            Version.effective_until > start,
        )
        .order_by(Version.effective_until.desc())
        .limit(1)
    )


def find_version_at(standard_id: int, at: datetime) -> Version | None:
    """The version that was in force at a moment: what a case of that moment is judged by."""
    return session.scalar(
        select(Version).where(
            Version.standard_id == standard_id,
            Version.state.in_(IN_FORCE_ONCE),
            Version.effective_from <= at,
            or_(Version.effective_until.is_(None), Version.effective_until > at),
        )
    )


def list_versions(standard_id: int) -> list[Version]:
    """All versions, newest first."""
    return list(
        session.scalars(
            select(Version)
            .where(Version.standard_id == standard_id)
            .options(joinedload(Version.author), joinedload(Version.approver))
            .order_by(Version.number.desc())
        )
    )


def list_due_versions(at: datetime) -> list[Version]:
    """Approved versions whose day has come, oldest first."""
    return list(
        session.scalars(
            select(Version)
            .where(Version.state == VersionState.approved, Version.effective_from <= at)
            .order_by(Version.effective_from, Version.id)
        )
    )


def writers_of(version: Version) -> set[int]:
    """Everybody who had a hand in the text: nobody of them approves it."""
    found = session.scalars(
        select(TrailEntry.actor_id).where(
            TrailEntry.object_type == Version.__tablename__,
            TrailEntry.object_id == version.id,
            or_(
                TrailEntry.action.in_(("version.drafted", "version.changed", "version.submitted")),
                TrailEntry.action.like("requirement.%"),
            ),
            TrailEntry.actor_id.is_not(None),
        )
    )
    return {person for person in (*found, version.author_id) if person is not None}


def trail_of(standard: Standard, versions: Sequence[Version], *, limit: int = 300) -> list[TrailEntry]:
    """What happened to a standard and its versions, newest first: one statement."""
    return list(
        session.scalars(
            select(TrailEntry)
            .where(
                or_(
                    and_(
                        TrailEntry.object_type == Standard.__tablename__, TrailEntry.object_id == standard.id
                    ),
                    and_(
                        TrailEntry.object_type == Version.__tablename__,
                        TrailEntry.object_id.in_([item.id for item in versions]),
                    ),
                )
            )
            .order_by(TrailEntry.seq.desc())
            .limit(limit)
        )
    )


def signatures_by_version(versions: Sequence[Version]) -> dict[int, list[Signature]]:
    found: dict[int, list[Signature]] = {item.id: [] for item in versions}
    rows = session.scalars(
        select(Signature)
        .where(Signature.object_type == Version.__tablename__, Signature.object_id.in_(list(found)))
        .order_by(Signature.at)
    )
    for row in rows:
        found[row.object_id].append(row)
    return found


# --- requirements --------------------------------------------------------------------------------------------


def list_requirements(version_id: int) -> list[Requirement]:
    return list(
        session.scalars(
            select(Requirement)
            .where(Requirement.version_id == version_id)
            .options(joinedload(Requirement.calendar))
            .order_by(Requirement.position, Requirement.id)
        )
    )


def milestone_names() -> list[str]:
    """Names that requirements use, offered where another is written and where a column of a log gets its meaning."""
    rows = session.execute(
        select(Requirement.from_milestone, Requirement.to_milestone)
        .join(Version, Version.id == Requirement.version_id)
        .where(
            Requirement.kind == "timing",
            Version.state.in_(
                (VersionState.effective, VersionState.approved, VersionState.draft, VersionState.in_review)
            ),
        )
        .distinct()
        .limit(500)
    )
    return sorted({name for pair in rows for name in pair if name})


@dataclass(frozen=True)
class ClauseChip:
    """A clause that a requirement addresses, as the page prints it."""

    clause_id: int
    framework_id: int
    framework_code: str
    designation: str
    number: str
    degree: str
    current: bool  # False: of an edition that another has taken the place of


def clauses_by_requirement(requirement_ids: Sequence[int]) -> dict[int, list[ClauseChip]]:
    if not requirement_ids:
        return {}
    found: dict[int, list[ClauseChip]] = {}
    rows = session.execute(
        select(
            Mapping.requirement_id,
            Clause.id,
            Framework.id,
            Framework.code,
            Framework.designation,
            Clause.number,
            Mapping.degree,
            Framework.current,
        )
        .join(Clause, Clause.id == Mapping.clause_id)
        .join(Framework, Framework.id == Clause.framework_id)
        .where(Mapping.requirement_id.in_(requirement_ids))
        .order_by(Framework.designation, Clause.sort_key)
    )
    for row in rows:
        found.setdefault(row[0], []).append(ClauseChip(*row[1:]))
    return found


# --- what is measured ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TimingLine:
    """One timing requirement of one version with the span in which that version judged cases.

    `valid_until` is the first instant at which it did not any more (None: still in force). `zone` is the unit's
    zone, for limits in days without a calendar of their own.
    """

    standard_id: int
    standard_code: str
    title_en: str
    title_zh: str
    unit_id: int
    unit_path: str
    version_id: int
    version_number: int
    valid_from: datetime
    valid_until: datetime | None
    requirement_id: int
    code: str
    statement_en: str
    statement_zh: str
    from_milestone: str
    to_milestone: str
    limit: str
    target: float | None
    population: dict[str, list[str]]
    pauses: list[list[str]]
    calendar: WorkingCalendar | None
    zone: str


def timing_lines(standard_ids: Iterable[int] | None = None) -> list[TimingLine]:
    """All timing requirements that are or were in force, in the order of standard, code, version: two statements."""
    statement = (
        select(Standard, Unit, Version, Requirement, Calendar)
        .join(Unit, Unit.id == Standard.unit_id)
        .join(Version, Version.standard_id == Standard.id)
        .join(Requirement, Requirement.version_id == Version.id)
        .outerjoin(Calendar, Calendar.id == Requirement.calendar_id)
        .where(
            Version.state.in_(IN_FORCE_ONCE),
            Version.effective_from.is_not(None),
            Requirement.kind == "timing",
            Requirement.limit != "",
        )
        .order_by(Standard.code, Requirement.code, Version.number)
    )
    if standard_ids is not None:
        statement = statement.where(Standard.id.in_(list(standard_ids)))
    zones = unit_zones()
    calendars: dict[int, WorkingCalendar | None] = {}
    lines = []
    for standard, unit, version, requirement, calendar in session.execute(statement):
        assert version.effective_from is not None
        if calendar is not None and calendar.id not in calendars:
            calendars[calendar.id] = working_calendar(calendar)
        lines.append(
            TimingLine(
                standard_id=standard.id,
                standard_code=standard.code,
                title_en=standard.title_en,
                title_zh=standard.title_zh,
                unit_id=unit.id,
                unit_path=unit.path,
                version_id=version.id,
                version_number=version.number,
                valid_from=version.effective_from,
                valid_until=version.effective_until,
                requirement_id=requirement.id,
                code=requirement.code,
                statement_en=plain(requirement.statement_en),
                statement_zh=plain(requirement.statement_zh),
                from_milestone=requirement.from_milestone,
                to_milestone=requirement.to_milestone,
                limit=requirement.limit,
                target=requirement.target,
                population=dict(requirement.population),
                pauses=[list(pair) for pair in requirement.pauses],
                calendar=calendars[calendar.id] if calendar is not None else None,
                zone=zones.of(unit.path),
            )
        )
    return lines


@dataclass(frozen=True)
class UnitZones:
    own: dict[int, str]
    default: str

    def of(self, path: str) -> str:
        """The zone of a unit: its own, or the nearest above it."""
        for part in reversed(path.strip("/").split("/")):
            name = self.own.get(int(part)) if part else ""
            if name:
                return name
        return self.default


def unit_zones() -> UnitZones:
    rows = session.execute(select(Unit.id, Unit.time_zone).where(Unit.time_zone != ""))
    return UnitZones({row[0]: row[1] for row in rows}, "UTC")


def zone_of(unit: Unit) -> ZoneInfo:
    return ZoneInfo(unit_zones().of(unit.path))
