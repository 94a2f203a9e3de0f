"""The clauses of a framework as they stand at a unit today, in a fixed number of statements."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from accounts.models import Unit
from certification.queries.figures import latest_figures
from certification.queries.scope import binding
from certification.rules import Answer, Both, Clause, Remark, Step, Waiting, next_steps
from core import access
from core.db import session
from core.errors import InvalidInput
from core.figures import Figure
from core.i18n import _
from improvement.models import Finding, Ticket
from improvement.rules.findings import OPEN
from standards.models import Applicability, Framework, Mapping, Requirement, Standard, Version
from standards.models import Clause as ClauseRow
from standards.rules.clauses import needs_check
from standards.rules.coverage import Decision, Status, cell_status, nearest, over_standards
from standards.rules.sentences import sentence
from standards.rules.versions import OPEN as OPEN_VERSIONS
from standards.rules.versions import VersionState


@dataclass(frozen=True)
class Assessment:
    """A framework at a unit: its assessable clauses in order."""

    framework: Framework
    unit: Unit
    clauses: tuple[Clause, ...]

    @property
    def steps(self) -> list[Step]:
        return next_steps(self.clauses)


def frameworks_in_use() -> list[Framework]:
    """Frameworks of the catalog, the current editions first."""
    return list(session.scalars(select(Framework).order_by(Framework.current.desc(), Framework.code)))


def get_framework_by_code(code: str) -> Framework:
    found = session.scalar(select(Framework).where(Framework.code == code))
    if found is None:
        known = ", ".join(session.scalars(select(Framework.code).order_by(Framework.code).limit(30))) or "—"
        raise InvalidInput(
            _("There is no framework with the code %(code)s. Known: %(known)s", code=code, known=known)
        )
    return found


def assess(framework: Framework, unit: Unit) -> Assessment:
    """Every assessable clause with its status, what answers it, figures, open findings. Six statements."""
    rows = list(
        session.scalars(
            select(ClauseRow).where(ClauseRow.framework_id == framework.id).order_by(ClauseRow.sort_key)
        )
    )
    by_id = {row.id: row for row in rows}
    decisions, adopted = _decisions(framework, unit)
    mapped = _mappings(framework, unit)
    in_force = [row for row in mapped if row.Version.state == VersionState.effective]
    standards = {row.Standard.id for row in mapped}
    figures = latest_figures(unit, standards)
    answers: dict[int, list[Answer]] = defaultdict(list)
    waiting: dict[int, list[Waiting]] = defaultdict(list)
    for row in in_force:
        answers[row.Mapping.clause_id].append(_answer(row, figures))
    answering = {(clause, answer.name) for clause, listed in answers.items() for answer in listed}
    for row in mapped:
        name = f"{row.Standard.code} {row.Requirement.code}"
        if row.Version.state in OPEN_VERSIONS and (row.Mapping.clause_id, name) not in answering:
            waiting[row.Mapping.clause_id].append(
                Waiting(
                    row.Standard.id,
                    row.Standard.code,
                    row.Version.id,
                    row.Version.number,
                    row.Requirement.code,
                    row.Version.state,
                )
            )
    remarks = _findings(framework, unit, standards)
    made = []
    for clause in rows:
        if not clause.assessable:
            continue
        top = by_id[_top(clause, by_id)]
        own = nearest(decisions.get((clause.id, None), {}), unit.path)
        listed = tuple(sorted(answers[clause.id], key=lambda answer: (answer.standard_code, answer.code)))
        names = {answer.name for answer in listed} | {answer.standard_code for answer in listed}
        is_adopted = clause.id in adopted
        made.append(
            Clause(
                id=clause.id,
                number=clause.number,
                sort_key=clause.sort_key,
                title=Both(clause.title_en, clause.title_zh),
                group=Both(top.title_en, top.title_zh),
                group_number=top.number,
                looks_for=Both(clause.looks_for_en, clause.looks_for_zh),
                status=_status(clause.id, unit, own, listed, decisions),
                adopted=is_adopted,
                binding=is_adopted or not framework.is_guidance,
                justification=own.justification if own else "",
                decided_by=own.by if isinstance(own, Decided) else "",
                check=needs_check(clause.confidence, clause.basis),
                judged=bool(own and own.judgement),
                answers=listed,
                waiting=tuple(waiting[clause.id]),
                findings=tuple(
                    remark
                    for about, remark in remarks
                    if about == clause.id or (remark.requirement and remark.requirement in names)
                ),
            )
        )
    return Assessment(framework, unit, tuple(made))


@dataclass(frozen=True)
class Decided(Decision):
    by: str = ""


def _decisions(
    framework: Framework, unit: Unit
) -> tuple[dict[tuple[int, int | None], dict[str, Decision]], set[int]]:
    """(clause, standard or None) → unit path → decision; and the clauses adopted as criteria at the unit."""
    found: dict[tuple[int, int | None], dict[str, Decision]] = defaultdict(dict)
    rows = session.execute(
        select(Applicability, Unit.path)
        .join(Unit, Unit.id == Applicability.unit_id)
        .join(ClauseRow, ClauseRow.id == Applicability.clause_id)
        .where(ClauseRow.framework_id == framework.id, binding(Unit.path, unit.path))
    )
    for row, path in rows:
        found[row.clause_id, row.standard_id][path] = Decided(
            path, row.applicable, row.adopted, row.judgement, row.justification, row.decided_by_name
        )
    adopted = set()
    for (clause_id, standard_id), by_path in found.items():
        decision = nearest(by_path, unit.path) if standard_id is None else None
        if decision is not None and decision.adopted:
            adopted.add(clause_id)
    return found, adopted


def _status(
    clause_id: int,
    unit: Unit,
    own: Decision | None,
    answers: tuple[Answer, ...],
    decisions: dict[tuple[int, int | None], dict[str, Decision]],
) -> Status:
    """As the matrix of coverage counts it: each standard by itself, then the best of them."""
    degrees: dict[int, list[str]] = defaultdict(list)
    for answer in answers:
        degrees[answer.standard_id].append(answer.degree)
    judged = {standard for clause, standard in decisions if clause == clause_id and standard is not None}
    cells = []
    for standard_id in sorted({*degrees, *judged}):
        by_path = decisions.get((clause_id, standard_id), {})
        said = nearest(by_path, unit.path) or next(iter(by_path.values()), None)
        cells.append(
            cell_status(
                degrees[standard_id],
                applicable=said.applicable if said else True,
                judgement=said.judgement if said else "",
            )
        )
    return over_standards(
        cells,
        applicable=own.applicable if own else True,
        judgement=own.judgement if own else "",
    )


def _top(clause: ClauseRow, by_id: dict[int, ClauseRow]) -> int:
    while clause.parent_id is not None and clause.parent_id in by_id:
        clause = by_id[clause.parent_id]
    return clause.id


def _mappings(framework: Framework, unit: Unit) -> list[Any]:
    return list(
        session.execute(
            select(Mapping, Requirement, Version, Standard)
            .join(Requirement, Requirement.id == Mapping.requirement_id)
            .join(Version, Version.id == Requirement.version_id)
            .join(Standard, Standard.id == Version.standard_id)
            .join(Unit, Unit.id == Standard.unit_id)
            .join(ClauseRow, ClauseRow.id == Mapping.clause_id)
            .where(
                ClauseRow.framework_id == framework.id,
                Version.state.in_([VersionState.effective, *OPEN_VERSIONS]),
                Standard.withdrawn_at.is_(None),
                binding(Unit.path, unit.path),
            )
            .order_by(Standard.code, Requirement.position, Requirement.code)
        )
    )


def statement_of(requirement: Requirement) -> Both:
    """What the requirement says in each language: as written, else the sentence made of its fields."""
    return Both(
        requirement.statement_en or _sentence(requirement, "en"),
        requirement.statement_zh or _sentence(requirement, "zh"),
    )


def _sentence(requirement: Requirement, language: str) -> str:
    """Not for fields that hold their words in the other language only: the sentence would borrow them."""
    rule = requirement.rule or {}
    if requirement.kind == "content" and not any(point.get(language) for point in rule.get("points") or []):
        return ""
    if requirement.kind == "staffing" and not rule.get(f"post_{language}"):
        return ""
    return sentence(requirement, language)


def _answer(row: Any, figures: dict[tuple[int, str], Figure]) -> Answer:
    mapping, requirement, version, standard = row
    return Answer(
        standard_id=standard.id,
        standard_code=standard.code,
        standard_title=Both(standard.title_en, standard.title_zh),
        version_id=version.id,
        version_number=version.number,
        requirement_id=requirement.id,
        code=requirement.code,
        kind=requirement.kind,
        statement=statement_of(requirement),
        degree=mapping.degree,
        rationale=Both(mapping.rationale_en, mapping.rationale_zh),
        mapped_by=mapping.mapped_by_name,
        figure=figures.get((standard.id, requirement.code)),
        target=requirement.target,
        verification=requirement.verification,
    )


def _findings(framework: Framework, unit: Unit, standards: set[int]) -> list[tuple[int | None, Remark]]:
    """Open findings of the unit and below that name a clause of the framework or a standard that answers it."""
    rows = session.execute(
        select(Finding, Ticket, Standard.code)
        .join(Unit, Unit.id == Finding.unit_id)
        .outerjoin(Ticket, Ticket.id == Finding.ticket_id)
        .outerjoin(Standard, Standard.id == Finding.standard_id)
        .outerjoin(ClauseRow, ClauseRow.id == Finding.clause_id)
        .where(
            Finding.state.in_(sorted(OPEN)),
            or_(ClauseRow.framework_id == framework.id, Finding.standard_id.in_(sorted(standards))),
            access.under(Unit.path, unit.path),
        )
        .order_by(Finding.raised_at, Finding.id)
        .limit(2000)
    )
    return [
        (finding.clause_id, remark_of(finding, ticket, standard_code))
        for finding, ticket, standard_code in rows
    ]


def remark_of(finding: Finding, ticket: Ticket | None, standard_code: str | None) -> Remark:
    requirement = f"{standard_code} {finding.requirement_code}".strip() if standard_code else ""
    return Remark(
        id=finding.id,
        code=finding.code,
        grade=finding.grade,
        state=finding.state,
        statement=Both(finding.statement_en, finding.statement_zh),
        raised_at=finding.raised_at,
        requirement=requirement,
        ticket_id=ticket.id if ticket else None,
        ticket_code=ticket.code if ticket else "",
        ticket_stage=ticket.stage if ticket else "",
    )
