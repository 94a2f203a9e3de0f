"""What is to be measured over a log: its batches, the units its rows belong to, the requirements by version."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from accounts.models import Unit
from core.db import session
from delivery.models import Batch, EventLog, LogStandard
from delivery.queries import logs
from delivery.rules.attainment import Hindrance, hindrance
from delivery.storage import LOGS
from standards.models import Calendar
from standards.queries import standards


@dataclass(frozen=True, slots=True)
class TimingLine:
    """One timing requirement as one version has it. In force in [valid_from, valid_until)."""

    standard_id: int
    code: str
    requirement_id: int
    version: int
    valid_from: datetime
    valid_until: datetime | None
    start: str
    end: str
    limit: str
    target: float | None
    population: Mapping[str, tuple[str, ...]]
    pauses: tuple[tuple[str, str], ...]
    calendar: Mapping[str, Any]
    statement_en: str
    statement_zh: str

    def hindered(self, milestones: Sequence[str], columns: Sequence[str] | None) -> Hindrance | None:
        return hindrance(
            start=self.start,
            end=self.end,
            limit=self.limit,
            target=self.target,
            columns_asked=list(self.population),
            pauses=self.pauses,
            has_hours="week" in self.calendar,
            milestones=milestones,
            columns=columns,
        )

    def as_dict(self) -> dict[str, Any]:
        """What decides the figure, for the hash of the inputs."""
        return {
            "code": self.code,
            "version": self.version,
            "from": self.valid_from.isoformat(),
            "until": self.valid_until.isoformat() if self.valid_until else None,
            "start": self.start,
            "end": self.end,
            "limit": self.limit,
            "target": self.target,
            "where": {name: list(values) for name, values in self.population.items()},
            "pauses": [list(pair) for pair in self.pauses],
            "calendar": dict(self.calendar),
        }


@dataclass(frozen=True, slots=True)
class Scope:
    """A unit and the values of the log's unit column that belong to it and the units below; None: all rows."""

    unit_id: int
    path: str
    values: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a measurement depends on, free of the database."""

    log_id: int
    unit_id: int
    timezone: str
    as_of: datetime
    batches: tuple[Path, ...]
    batch_hashes: tuple[str, ...]
    unit_column: str
    scopes: tuple[Scope, ...]
    lines: tuple[TimingLine, ...]
    group_columns: tuple[str, ...] = ()

    def scope(self, unit_id: int) -> Scope | None:
        return next((each for each in self.scopes if each.unit_id == unit_id), None)

    def by_requirement(self) -> dict[tuple[int, str], list[TimingLine]]:
        """(standard, code) → its lines, oldest version first."""
        found: dict[tuple[int, str], list[TimingLine]] = defaultdict(list)
        for line in self.lines:
            found[line.standard_id, line.code].append(line)
        return dict(found)

    def inputs_hash(self, lines: Sequence[TimingLine], scope: Scope, engine_version: str) -> str:
        data = {
            "engine": engine_version,
            "batches": list(self.batch_hashes),
            "timezone": self.timezone,
            "as_of": self.as_of.isoformat(),
            "unit_column": self.unit_column if scope.values is not None else "",
            "values": sorted(scope.values) if scope.values is not None else None,
            "lines": [line.as_dict() for line in lines],
        }
        return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def calendar_mapping(calendar: Calendar | None) -> dict[str, Any]:
    if calendar is None:
        return {}
    return {**calendar.definition, "timezone": calendar.time_zone}


def timing_lines(standard_ids: Sequence[int]) -> list[TimingLine]:
    """All versions that were ever in force, oldest first; a version judges the cases that started while it held."""
    if not standard_ids:
        return []
    return [
        TimingLine(
            standard_id=line.standard_id,
            code=line.code,
            requirement_id=line.requirement_id,
            version=line.version_number,
            valid_from=line.valid_from,
            valid_until=line.valid_until,
            start=line.from_milestone,
            end=line.to_milestone,
            limit=line.limit,
            target=line.target,
            population={name: tuple(values) for name, values in line.population.items()},
            pauses=tuple((pair[0], pair[1]) for pair in line.pauses if len(pair) == 2),
            calendar=line.calendar.to_mapping() if line.calendar else {},
            statement_en=line.statement_en,
            statement_zh=line.statement_zh,
        )
        for line in standards.timing_lines(standard_ids)
    ]


def columns_of(batches: Sequence[Batch]) -> list[str] | None:
    """Columns beside case and times in any of the batches; None when nothing is imported."""
    if not batches:
        return None
    return list(dict.fromkeys(name for batch in batches for name in batch.preview.get("columns", [])))


def scopes_of(log: EventLog) -> list[Scope]:
    """The log's unit with all rows; then each unit that rows belong to, and the units between, with their rows."""
    own = log.unit
    scopes = [Scope(own.id, own.path, None)]
    if not log.unit_column or not log.unit_values:
        return scopes
    units = {unit.id: unit for unit in logs.units_below(own)}
    values: dict[int, list[str]] = defaultdict(list)
    for value, unit_id in log.unit_values.items():
        unit = units.get(unit_id)
        while unit is not None and unit.id != own.id:
            values[unit.id].append(value)
            unit = units.get(unit.parent_id or 0)
    scopes += [
        Scope(unit_id, units[unit_id].path, tuple(sorted(values[unit_id])))
        for unit_id in sorted(values, key=lambda each: units[each].path)
    ]
    return scopes


def find_plan(log: EventLog, *, standard_ids: Sequence[int] | None = None) -> Plan | None:
    """The plan of a log; None while nothing is imported. standard_ids: only these of its standards."""
    batches = logs.list_accepted(log.id)
    as_of = max((batch.as_of for batch in batches if batch.as_of), default=None)
    if not batches or as_of is None:
        return None
    proved = list(session.scalars(select(LogStandard.standard_id).where(LogStandard.event_log_id == log.id)))
    wanted = [each for each in proved if standard_ids is None or each in standard_ids]
    milestones = list(log.mapping.get("milestones", {}))
    columns = columns_of(batches)
    return Plan(
        log_id=log.id,
        unit_id=log.unit_id,
        timezone=str(log.mapping.get("timezone") or "UTC"),
        as_of=as_of,
        batches=tuple(LOGS.parquet(batch.parquet_sha256) for batch in batches),
        batch_hashes=tuple(batch.parquet_sha256 for batch in batches),
        unit_column=log.unit_column,
        scopes=tuple(scopes_of(log)),
        lines=tuple(line for line in timing_lines(wanted) if line.hindered(milestones, columns) is None),
        group_columns=tuple(name for name in log.group_columns if name in (columns or [])),
    )


def unit_names(ids: Sequence[int]) -> dict[int, Unit]:
    return {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(list(ids))))}
