"""The clauses of a framework as they stand at a unit today, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Mapping as Mapped
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from accounts.models import Unit
from audits.reports import last_audit_of_clauses
from certification.queries.evidence.latest import latest_records
from certification.queries.figures import Promise, latest_figures
from certification.rules.clauses import Answer, Both, Clause, Remark, Waiting
from certification.rules.evidence import Evidence, Kind, asked_for, kinds_of
from certification.rules.steps import Step, next_steps
from core import access
from core.db import session
from core.errors import InvalidInput
from core.figures import Figure
from core.i18n import _
from improvement.models import Finding, Ticket
from improvement.rules.findings import OPEN
from standards.models import Clause as ClauseRow
from standards.models import Framework, Requirement, Standard
from standards.queries import frameworks as catalog
from standards.queries.mapping import Addressing, addressings
from standards.reports.coverage import ClauseStatus, clause_statuses
from standards.rules.clauses import needs_check
from standards.rules.versions import OPEN as OPEN_VERSIONS

MOST_OPEN = 2000


@dataclass(frozen=True)
class Assessment:
    """A framework at a unit: its assessable clauses in order."""

    framework: Framework
    unit: Unit
    clauses: tuple[Clause, ...]

    @property
    def steps(self) -> list[Step]:
        return next_steps(self.clauses)


def get_framework_by_code(code: str) -> Framework:
    found = catalog.find_framework(code)
    if found is None:
        known = ", ".join(one.code for one in catalog.list_frameworks()[:30]) or "—"
        raise InvalidInput(
            _("There is no framework with the code %(code)s. Known: %(known)s", code=code, known=known)
        )
    return found


def assess(framework: Framework, unit: Unit, figures: Mapped[Promise, Figure] | None = None) -> Assessment:
    """Every assessable clause with its status (as the matrix of coverage has it), what answers it, figures, findings.

    `figures` of another time than the last 90 days may be given. A fixed number of statements, whatever there is.
    """
    rows = {row.id: row for row in catalog.list_clauses(framework.id)}
    statuses = clause_statuses(framework, unit)
    drafts = _drafts([item.clause.id for item in statuses], unit)
    standards = {one.standard.id for item in statuses for one in item.requirements}
    if figures is None:
        figures = latest_figures(unit, standards)
    remarks = _findings(framework, unit, standards)
    records = latest_records(unit, kinds_of(framework.code, (item.clause.number for item in statuses)))
    audited = last_audit_of_clauses([item.clause.id for item in statuses], unit)
    made = []
    for item in statuses:
        clause = item.clause
        top = rows[_top(clause, rows)]
        answers = tuple(_answer(one, figures) for one in item.requirements)
        names = {answer.name for answer in answers}
        touched = names | {answer.standard_code for answer in answers}
        made.append(
            Clause(
                id=clause.id,
                number=clause.number,
                sort_key=clause.sort_key,
                title=Both(clause.title_en, clause.title_zh),
                group=Both(top.title_en, top.title_zh),
                group_number=top.number,
                looks_for=Both(clause.looks_for_en, clause.looks_for_zh),
                status=item.status,
                adopted=item.adopted,
                binding=item.adopted or not framework.is_guidance,
                justification=item.justification,
                decided_by=item.decided_by,
                check=needs_check(clause.confidence, clause.basis),
                judged=_is_judged(item),
                answers=answers,
                waiting=tuple(one for one in drafts[clause.id] if one.name not in names),
                findings=tuple(
                    remark
                    for about, remark in remarks
                    if about == clause.id or (remark.requirement and remark.requirement in touched)
                ),
                evidence=_evidence(framework.code, clause, audited, records),
            )
        )
    return Assessment(framework, unit, tuple(made))


def _evidence(
    framework_code: str,
    clause: ClauseRow,
    audited: Mapped[int, tuple[int, str, date]],
    records: Mapped[Kind, Evidence],
) -> tuple[Evidence, ...]:
    """The newest record that the clause asks for, and the last audit that looked at the clause itself."""
    kind = asked_for(framework_code, clause.number)
    found = [records[kind]] if kind is not None and kind in records else []
    if clause.id in audited:
        _number, code, day = audited[clause.id]
        found = [one for one in found if one.code != code]
        found.append(Evidence(Kind.audit, code, day, here=True))
    return tuple(found)


def _is_judged(item: ClauseStatus) -> bool:
    """The mappings alone would say something else."""
    return item.overridden or (
        not item.requirements and item.status in {"addressed", "partly", "not_addressed"}
    )


def _top(clause: ClauseRow, rows: Mapped[int, ClauseRow]) -> int:
    while clause.parent_id is not None and clause.parent_id in rows:
        clause = rows[clause.parent_id]
    return clause.id


def _drafts(clause_ids: list[int], unit: Unit) -> dict[int, list[Waiting]]:
    """Requirements of versions that are not in force yet, by clause."""
    found: dict[int, list[Waiting]] = defaultdict(list)
    for one in addressings(clause_ids=clause_ids, states=sorted(OPEN_VERSIONS)):
        home = one.standard.unit.path
        if not (home.startswith(unit.path) or unit.path.startswith(home)) or one.standard.withdrawn_at:
            continue
        found[one.mapping.clause_id].append(
            Waiting(
                one.standard.id,
                one.standard.code,
                one.version.id,
                one.version.number,
                one.requirement.code,
                one.version.state,
                home,
            )
        )
    return found


def statement_of(requirement: Requirement) -> Both:
    """What the requirement says, without a text that one language only borrowed from the other."""
    en, zh = requirement.statement_en, requirement.statement_zh
    if en and en == zh:
        return Both(zh=zh) if any(character > "\u2e7f" for character in zh) else Both(en=en)
    return Both(en, zh)


def _answer(one: Addressing, figures: Mapped[Promise, Figure]) -> Answer:
    requirement, standard = one.requirement, one.standard
    return Answer(
        standard_id=standard.id,
        standard_code=standard.code,
        standard_title=Both(standard.title_en, standard.title_zh),
        version_id=one.version.id,
        version_number=one.version.number,
        requirement_id=requirement.id,
        code=requirement.code,
        kind=requirement.kind,
        statement=statement_of(requirement),
        degree=one.mapping.degree,
        rationale=Both(one.mapping.rationale_en, one.mapping.rationale_zh),
        mapped_by=one.mapping.mapped_by_name,
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
        .limit(MOST_OPEN)
    )
    return [
        (finding.clause_id, remark_of(finding, ticket, standard_code))
        for finding, ticket, standard_code in rows
    ]


def remark_of(finding: Finding, ticket: Ticket | None, standard_code: str | None) -> Remark:
    return Remark(
        id=finding.id,
        code=finding.code,
        grade=finding.grade,
        state=finding.state,
        statement=Both(finding.statement_en, finding.statement_zh),
        raised_at=finding.raised_at,
        requirement=f"{standard_code} {finding.requirement_code}".strip() if standard_code else "",
        ticket_id=ticket.id if ticket else None,
        ticket_code=ticket.code if ticket else "",
        ticket_stage=ticket.stage if ticket else "",
    )
