"""Which clause is addressed by what: the matrix framework × standards in force, and a unit's summary of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from accounts.models import Unit
from core.db import session
from standards.models import Applicability, Clause, Framework, Standard, Version
from standards.queries import frameworks
from standards.queries.mapping import (
    Addressing,
    addressings,
    at_under_or_above,
    list_applicability,
    readable,
)
from standards.rules.coverage import (
    Bar,
    Decision,
    Status,
    bar_of,
    cell_status,
    computed_status,
    is_override,
    nearest,
    over_standards,
)


@dataclass(frozen=True)
class InForce:
    standard: Standard
    version: Version
    path: str


@dataclass(frozen=True)
class Cell:
    """One clause for one standard."""

    standard: Standard
    version: Version
    status: Status
    computed: Status
    addressings: list[Addressing]
    decision: Applicability | None  # about this standard
    unit_decision: Decision | None  # of its unit or one above

    @property
    def count(self) -> int:
        return len(self.addressings)

    @property
    def overridden(self) -> bool:
        return self.decision is not None and is_override(
            [item.mapping.degree for item in self.addressings], self.decision.judgement
        )


@dataclass(frozen=True)
class Row:
    """A clause over all standards, or the heading of a group (no cells)."""

    clause: Clause
    cells: list[Cell]
    adopted: bool
    bar: Bar

    @property
    def is_group(self) -> bool:
        return not self.clause.assessable


@dataclass(frozen=True)
class Matrix:
    framework: Framework
    standards: list[InForce]
    rows: list[Row]
    assessed_at: datetime | None

    @property
    def clauses(self) -> list[Row]:
        return [row for row in self.rows if not row.is_group]

    @property
    def gaps(self) -> int:
        return sum(cell.status.is_gap for row in self.rows for cell in row.cells)

    @property
    def next_gap(self) -> tuple[Row, Cell] | None:
        """What to assess next: not addressed first, then not assessed, then partly."""
        for wanted in (Status.not_addressed, Status.not_assessed, Status.partly):
            for row in self.rows:
                for cell in row.cells:
                    if cell.status is wanted:
                        return row, cell
        return None


@dataclass(frozen=True)
class ClauseStatus:
    """A clause for a unit, over the standards in force at, under or above it."""

    clause: Clause
    status: Status
    adopted: bool
    applicable: bool
    justification: str
    requirements: list[Addressing]
    overridden: bool = False
    decided_by: str = ""


@dataclass
class _Said:
    """Decisions about clauses, ready to look up."""

    units: dict[int, dict[str, Decision]] = field(default_factory=lambda: defaultdict(dict))
    standards: dict[tuple[int, int], Applicability] = field(default_factory=dict)
    rows: dict[int, dict[str, Applicability]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def load(cls, clause_ids: Sequence[int]) -> "_Said":
        said = cls()
        for row, path in list_applicability(clause_ids):
            if row.standard_id is not None:
                said.standards[row.clause_id, row.standard_id] = row
                continue
            said.rows[row.clause_id][path] = row
            said.units[row.clause_id][path] = Decision(
                path, row.applicable, row.adopted, row.judgement, row.justification
            )
        return said

    def of_unit(self, clause_id: int, path: str) -> Decision | None:
        return nearest(self.units[clause_id], path) if clause_id in self.units else None


def standards_in_force(unit: Unit | None = None, *, actor: Any = None) -> list[InForce]:
    """Effective versions of standards at, under or above a unit, that the actor may read: one statement."""
    statement = (
        select(Standard, Version, Unit.path)
        .join(Version, Version.standard_id == Standard.id)
        .join(Standard.unit)
        .options(contains_eager(Standard.unit))
        .where(Version.state == "effective", Standard.withdrawn_at.is_(None))
        .order_by(Standard.code)
    )
    if unit is not None:
        statement = statement.where(at_under_or_above(Unit.path, unit.path))
    if actor is not None:
        statement = statement.where(readable(actor))
    return [InForce(*row) for row in session.execute(statement)]


def _by_cell(found: Iterable[Addressing]) -> dict[tuple[int, int], list[Addressing]]:
    table: dict[tuple[int, int], list[Addressing]] = defaultdict(list)
    for item in found:
        table[item.mapping.clause_id, item.standard.id].append(item)
    return table


def _cell(
    clause: Clause, held: InForce, mapped: dict[tuple[int, int], list[Addressing]], said: _Said
) -> Cell:
    own = said.standards.get((clause.id, held.standard.id))
    of_unit = said.of_unit(clause.id, held.path)
    items = mapped.get((clause.id, held.standard.id), [])
    degrees = [item.mapping.degree for item in items]
    applicable = (own is None or own.applicable) and (of_unit is None or of_unit.applicable)
    status = cell_status(degrees, applicable=applicable, judgement=own.judgement if own else "")
    return Cell(held.standard, held.version, status, computed_status(degrees), items, own, of_unit)


def matrix(framework: Framework, *, unit: Unit | None, root_path: str, actor: Any) -> Matrix:
    """The whole matrix in four statements, however many standards and clauses."""
    clauses = frameworks.list_clauses(framework.id)
    held = standards_in_force(unit, actor=actor)
    mapped = _by_cell(
        addressings(
            clause_ids=[clause.id for clause in clauses if clause.assessable],
            version_ids=[item.version.id for item in held],
            states=("effective",),
        )
    )
    said = _Said.load([clause.id for clause in clauses])
    view_path = unit.path if unit is not None else root_path
    rows = []
    for clause in clauses:
        cells = [_cell(clause, item, mapped, said) for item in held] if clause.assessable else []
        decisions = [said.of_unit(clause.id, view_path), *(cell.unit_decision for cell in cells)]
        adopted = any(decision is not None and decision.adopted for decision in decisions)
        rows.append(Row(clause, cells, adopted, bar_of(cell.status for cell in cells)))
    moments = [row.updated_at for table in said.rows.values() for row in table.values()]
    moments += [row.updated_at for row in said.standards.values()]
    moments += [item.mapping.updated_at for items in mapped.values() for item in items]
    return Matrix(framework, held, rows, max(moments, default=None))


def one_cell(clause: Clause, standard: Standard, version: Version) -> Cell:
    """A single cell, for its pop-over and its judgement."""
    held = InForce(standard, version, standard.unit.path)
    mapped = _by_cell(addressings(clause_ids=[clause.id], version_ids=[version.id], states=(version.state,)))
    return _cell(clause, held, mapped, _Said.load([clause.id]))


def clause_statuses(framework: Framework, unit: Unit, *, actor: Any = None) -> list[ClauseStatus]:
    """Every assessable clause for a unit, over effective versions of standards at, under or above it; 4 statements.

    With an actor only over the standards that this person may read.
    """
    return _statuses(frameworks.list_clauses(framework.id), unit, actor=actor)


def clause_status(clause: Clause, unit: Unit, *, actor: Any = None) -> ClauseStatus:
    return _statuses([clause], unit, actor=actor)[0]


def _statuses(clauses: list[Clause], unit: Unit, *, actor: Any = None) -> list[ClauseStatus]:
    assessable = [clause for clause in clauses if clause.assessable]
    held = standards_in_force(unit, actor=actor)
    ids = [clause.id for clause in assessable]
    mapped = _by_cell(
        addressings(clause_ids=ids, version_ids=[item.version.id for item in held], states=("effective",))
    )
    said = _Said.load(ids)
    made = []
    for clause in assessable:
        cells = [_cell(clause, item, mapped, said) for item in held]
        decision = said.of_unit(clause.id, unit.path)
        applicable = decision is None or decision.applicable
        status = over_standards(
            [cell.status for cell in cells],
            applicable=applicable,
            judgement=decision.judgement if decision else "",
        )
        row = said.rows[clause.id].get(decision.unit_path) if decision else None
        reasons = [decision.justification] if decision and decision.justification else []
        reasons += [
            f"{cell.standard.code}: {cell.decision.justification}"
            for cell in cells
            if cell.decision is not None and cell.decision.justification
        ]
        made.append(
            ClauseStatus(
                clause=clause,
                status=status,
                adopted=decision is not None and decision.adopted,
                applicable=status is not Status.not_applicable,
                justification="\n".join(reasons),
                requirements=[item for cell in cells for item in cell.addressings],
                overridden=any(cell.overridden for cell in cells),
                decided_by=row.decided_by_name if row is not None else "",
            )
        )
    return made


def counts(unit: Unit, *, actor: Any) -> dict[int, Counter[Status]]:
    """How many clauses of each framework are addressed for a unit: framework id → status → number; 4 statements."""
    clauses = list(session.scalars(select(Clause).where(Clause.assessable.is_(True))))
    made: dict[int, Counter[Status]] = defaultdict(Counter)
    for item in _statuses(clauses, unit, actor=actor):
        made[item.clause.framework_id][item.status] += 1
    return dict(made)
