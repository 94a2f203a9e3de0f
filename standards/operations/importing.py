"""Standards from a table of published commitments: all rows that can, or nothing at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accounts.models import Person, Unit
from core import trail
from core.documents.reading import Limits, read_table
from core.errors import InvalidInput, RuleViolation
from core.i18n import _
from standards.models import Calendar, Standard
from standards.operations.requirements import add_requirement
from standards.operations.standards import write_standard
from standards.queries.standards import find_open_version
from standards.rules.importing import FIELDS, NEEDED, Line, group, read_line, suggest_columns
from standards.rules.timing import WORKING_DAY_UNITS, WORKING_TIME_UNITS

MOST_ROWS, MOST_BYTES, MOST_STANDARDS = 2_000, 5_000_000, 300
LIMITS = Limits(size=MOST_BYTES, rows=MOST_ROWS, columns=60, cell=5_000)


@dataclass(frozen=True)
class Plan:
    """What a file would become. `missing` are needed fields that no column was found for."""

    names: list[str]
    columns: dict[str, str]
    missing: list[str]
    lines: list[Line]

    @property
    def standards(self) -> dict[tuple[str, str], list[Line]]:
        return group(self.lines)

    @property
    def taken(self) -> list[Line]:
        return [line for line in self.lines if line.reason is None]

    @property
    def left(self) -> list[Line]:
        return [line for line in self.lines if line.reason is not None]


def read_plan(path: Path, *, name: str = "", columns: Mapping[str, str] | None = None) -> Plan:
    """Read a file and decide row by row. `columns` says which column is what; the rest is found by name."""
    rows = list(read_table(path, name=name, limits=LIMITS))
    if not rows:
        raise InvalidInput(_("“%(name)s” has a header but no rows.", name=name))
    names = list(rows[0][1])
    chosen = suggest_columns(names)
    if columns:
        for key, column in columns.items():
            if key in FIELDS and column in names:
                chosen[key] = column
            elif key in FIELDS and not column:
                chosen.pop(key, None)
    missing = [key for key in NEEDED if key not in chosen]
    lines = [] if missing else [read_line(number, row, chosen) for number, row in rows]
    return Plan(names, chosen, missing, lines)


def import_standards(
    plan: Plan, *, unit: Unit, owner: Person, actor: Any, calendar: Calendar | None = None, source: str = ""
) -> list[Standard]:
    """One draft standard for each organisation and service. Working limits count by `calendar`, if one is given."""
    groups: Mapping[tuple[str, str], Sequence[Line]] = plan.standards
    if plan.missing or not groups:
        raise RuleViolation(_("No row of this file becomes a requirement."))
    if len(groups) > MOST_STANDARDS:
        raise RuleViolation(_("The file makes more than %(most)s standards. Split it.", most=MOST_STANDARDS))
    made = []
    for (organisation, service), lines in groups.items():
        chinese = sum(line.chinese for line in lines) * 2 > len(lines)
        title = (
            service
            if not organisation
            else f"{service}（{organisation}）"
            if chinese
            else f"{service} ({organisation})"
        )
        texts = (
            {"title_zh": title, "service_zh": service}
            if chinese
            else {"title_en": title, "service_en": service}
        )
        standard = write_standard(unit=unit, owner=owner, actor=actor, reason=source, **texts)
        version = find_open_version(standard.id)
        assert version is not None
        for line in lines:
            assert line.limit is not None
            works = line.limit.unit in WORKING_DAY_UNITS | WORKING_TIME_UNITS
            add_requirement(
                version,
                actor=actor,
                kind="timing",
                from_milestone="received",
                to_milestone=line.to_milestone,
                limit=str(line.limit),
                target=line.target,
                calendar_id=calendar.id if calendar is not None and works else None,
                verification=line.source,
                **{"statement_zh" if line.chinese else "statement_en": line.commitment},
            )
        trail.record(
            standard,
            "standard.imported",
            actor=actor,
            changes={"source": source, "number": len(lines)},
        )
        made.append(standard)
    return made
