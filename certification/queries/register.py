"""What a pack prints beside the clauses: standards in force, promises month by month, findings, tickets, hashes."""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Mapping as Mapped
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from accounts.models import Person, Unit
from certification.queries.clauses import remark_of, statement_of
from certification.queries.figures import Measured, Promise
from certification.rules import MOST_FINDINGS, Both, Remark, figure_of
from certification.rules import Clause as ClauseStands
from core import access
from core.db import session
from core.figures import Figure
from core.files import StoredFile
from core.signing import Signature
from delivery.models import Batch, EventLog, LogStandard
from improvement.models import Action, Cause, Check, Cycle, Finding, SuccessMeasure, Ticket
from improvement.rules.findings import OPEN
from standards.models import Calendar, Clause, Mapping, Requirement, Standard, Version
from standards.queries.mapping import at_under_or_above
from standards.rules.versions import VersionState

MOST_BATCHES = 500


@dataclass(frozen=True)
class Signed:
    name: str
    meaning: str
    at: datetime
    content_hash: str


@dataclass(frozen=True)
class PrintedRequirement:
    id: int
    code: str
    kind: str
    statement: Both
    dimension: str
    kano: str
    target: float | None
    calendar: Both
    verification: str
    evidence: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class PrintedStandard:
    id: int
    code: str
    title: Both
    service: Both
    unit: Both
    owner: str
    grouping: str
    version_id: int
    number: int
    effective_from: datetime | None
    review_date: date | None
    purpose: Both
    changes: Both
    author: str
    approver: str
    approved_at: datetime | None
    signatures: tuple[Signed, ...]
    requirements: tuple[PrintedRequirement, ...]

    @property
    def requirement_count(self) -> int:
        return len(self.requirements)


def standards_in_force(unit: Unit, framework_id: int) -> list[PrintedStandard]:
    """Every standard that holds at a unit, with the version in force, its promises and signatures. Four statements."""
    owner, author, approver = aliased(Person), aliased(Person), aliased(Person)
    rows = session.execute(
        select(Version, Standard, Unit, owner.name, author.name, approver.name)
        .join(Standard, Standard.id == Version.standard_id)
        .join(Unit, Unit.id == Standard.unit_id)
        .join(owner, owner.id == Standard.owner_id)
        .outerjoin(author, author.id == Version.author_id)
        .outerjoin(approver, approver.id == Version.approver_id)
        .where(
            Version.state == VersionState.effective,
            Standard.withdrawn_at.is_(None),
            at_under_or_above(Unit.path, unit.path),
        )
        .order_by(Standard.code)
        .limit(1000)
    ).all()
    versions = [row[0].id for row in rows]
    requirements = _requirements(versions, framework_id)
    signatures = _signatures(versions)
    return [
        PrintedStandard(
            id=standard.id,
            code=standard.code,
            title=Both(standard.title_en, standard.title_zh),
            service=Both(standard.service_en, standard.service_zh),
            unit=Both(home.name_en, home.name_zh),
            owner=owner_name,
            grouping=standard.grouping,
            version_id=version.id,
            number=version.number,
            effective_from=version.effective_from,
            review_date=version.review_date,
            purpose=Both(version.purpose_en, version.purpose_zh),
            changes=Both(version.change_summary_en, version.change_summary_zh),
            author=author_name or "",
            approver=approver_name or "",
            approved_at=version.approved_at,
            signatures=tuple(signatures[version.id]),
            requirements=tuple(requirements[version.id]),
        )
        for version, standard, home, owner_name, author_name, approver_name in rows
    ]


def _requirements(versions: list[int], framework_id: int) -> dict[int, list[PrintedRequirement]]:
    numbers: dict[int, list[str]] = defaultdict(list)
    for requirement_id, number in session.execute(
        select(Mapping.requirement_id, Clause.number)
        .join(Clause, Clause.id == Mapping.clause_id)
        .join(Requirement, Requirement.id == Mapping.requirement_id)
        .where(Clause.framework_id == framework_id, Requirement.version_id.in_(versions))
        .order_by(Clause.sort_key)
    ):
        numbers[requirement_id].append(number)
    found: dict[int, list[PrintedRequirement]] = defaultdict(list)
    for row, calendar in session.execute(
        select(Requirement, Calendar)
        .outerjoin(Calendar, Calendar.id == Requirement.calendar_id)
        .where(Requirement.version_id.in_(versions))
        .order_by(Requirement.position, Requirement.code)
    ):
        found[row.version_id].append(
            PrintedRequirement(
                id=row.id,
                code=row.code,
                kind=row.kind,
                statement=statement_of(row),
                dimension=row.dimension,
                kano=row.kano,
                target=row.target,
                calendar=Both(calendar.name_en, calendar.name_zh) if calendar else Both(),
                verification=row.verification,
                evidence=row.evidence_expected,
                clauses=tuple(numbers[row.id]),
            )
        )
    return found


def _signatures(versions: list[int]) -> dict[int, list[Signed]]:
    found: dict[int, list[Signed]] = defaultdict(list)
    for row in session.scalars(
        select(Signature)
        .where(Signature.object_type == Version.__tablename__, Signature.object_id.in_(versions))
        .order_by(Signature.at, Signature.id)
    ):
        found[row.object_id].append(Signed(row.signer_name, row.meaning, row.at, row.content_hash))
    return found


@dataclass(frozen=True)
class PrintedPromise:
    """A promise over the period of the pack: the months, and all of them together against the newest target."""

    standard_code: str
    standard_title: Both
    code: str
    statement: Both
    months: tuple[Measured, ...]
    whole: Figure


def promises(
    standards: Iterable[PrintedStandard], months: dict[Promise, list[Measured]]
) -> list[PrintedPromise]:
    found = []
    for standard in standards:
        for requirement in standard.requirements:
            measured = months.get((standard.id, requirement.code))
            if not measured:
                continue
            counts = [count for month in measured for count in month.counts]
            moments = [month.as_of for month in measured if month.as_of]
            whole = figure_of(
                counts,
                as_of=max(moments, default=None),
                target=requirement.target if requirement.target is not None else counts[-1].target,
            )
            if whole is not None:
                found.append(
                    PrintedPromise(
                        standard.code,
                        standard.title,
                        requirement.code,
                        requirement.statement,
                        tuple(measured),
                        whole,
                    )
                )
    return found


@dataclass(frozen=True)
class PrintedFinding:
    remark: Remark
    unit: Both
    origin: str
    origin_label: str
    raised_by: str
    clause: str
    guidance: bool  # the clause says "should" and is no criterion: a gap is no nonconformity
    figures: tuple[Figure, ...]
    dismissed_reason: str


@dataclass(frozen=True)
class Outcome:
    """One signed verdict of a cycle, with the figures it stands on."""

    cycle: int
    verdict: str
    figures: dict[str, Any]
    verifier: str
    signed_at: datetime | None
    overruled: bool
    note: str


@dataclass(frozen=True)
class PrintedTicket:
    id: int
    code: str
    title: str
    unit: Both
    owner: str
    verifier: str
    stage: str
    major: bool
    cycle: int
    opened_at: datetime
    due: date | None
    closed_at: datetime | None
    problem: str
    causes: tuple[str, ...]
    done: int
    actions: int
    measure: Both
    outcomes: tuple[Outcome, ...]


def findings_of(
    unit: Unit, first: datetime, last: datetime, clauses: Mapped[int, ClauseStands]
) -> tuple[list[PrintedFinding], int]:
    """Findings of the unit and below that were raised in the period or are open now, and how many there are.

    `clauses` are those of the pack's framework. The oldest MOST_FINDINGS are given.
    """
    condition = and_(
        access.under(Unit.path, unit.path),
        Finding.state != "merged",
        or_(and_(Finding.raised_at >= first, Finding.raised_at < last), Finding.state.in_(sorted(OPEN))),
    )
    total = (
        session.scalar(
            select(func.count()).select_from(Finding).join(Unit, Unit.id == Finding.unit_id).where(condition)
        )
        or 0
    )
    rows = session.execute(
        select(Finding, Ticket, Standard.code, Unit)
        .join(Unit, Unit.id == Finding.unit_id)
        .outerjoin(Ticket, Ticket.id == Finding.ticket_id)
        .outerjoin(Standard, Standard.id == Finding.standard_id)
        .where(condition)
        .order_by(Finding.raised_at, Finding.id)
        .limit(MOST_FINDINGS)
    )
    found = [
        PrintedFinding(
            remark=remark_of(finding, ticket, standard_code),
            unit=Both(home.name_en, home.name_zh),
            origin=finding.origin,
            origin_label=finding.origin_label,
            raised_by=finding.raised_by_name,
            clause=clause.number if (clause := clauses.get(finding.clause_id or 0)) else "",
            guidance=clause is not None and not clause.binding,
            figures=tuple(_figures(finding.figures)),
            dismissed_reason=finding.dismissed_reason,
        )
        for finding, ticket, standard_code, home in rows
    ]
    return found, total


def _figures(stored: list[dict[str, Any]]) -> list[Figure]:
    """Figures frozen in a finding; what another version of the product wrote in another form is left out."""
    found = []
    for data in stored or []:
        try:
            found.append(Figure.from_json(data))
        except (TypeError, ValueError):
            continue
    return found


def tickets_of(findings: Iterable[PrintedFinding]) -> list[PrintedTicket]:
    """The tickets of these findings with causes, actions and verdicts. Five statements."""
    wanted = sorted({item.remark.ticket_id for item in findings if item.remark.ticket_id})
    owner, verifier = aliased(Person), aliased(Person)
    rows = session.execute(
        select(Ticket, Unit, owner.name, verifier.name)
        .join(Unit, Unit.id == Ticket.unit_id)
        .join(owner, owner.id == Ticket.owner_id)
        .outerjoin(verifier, verifier.id == Ticket.verifier_id)
        .where(Ticket.id.in_(wanted))
        .order_by(Ticket.code)
    ).all()
    cycles: dict[int, tuple[Cycle, SuccessMeasure | None]] = {}
    newest: dict[int, int] = {}
    for cycle, measure in session.execute(
        select(Cycle, SuccessMeasure)
        .outerjoin(SuccessMeasure, SuccessMeasure.cycle_id == Cycle.id)
        .where(Cycle.ticket_id.in_(wanted))
        .order_by(Cycle.ticket_id, Cycle.number)
    ):
        cycles[cycle.id] = (cycle, measure)
        newest[cycle.ticket_id] = cycle.id
    causes: dict[int, list[str]] = defaultdict(list)
    for cycle_id, text in session.execute(
        select(Cause.cycle_id, Cause.text)
        .where(Cause.cycle_id.in_(sorted(cycles)), Cause.root.is_(True))
        .order_by(Cause.position, Cause.id)
    ):
        causes[cycle_id].append(text)
    actions: dict[int, tuple[int, int]] = {
        cycle_id: (done, total)
        for cycle_id, done, total in session.execute(
            select(Action.cycle_id, func.count().filter(Action.state != "open"), func.count())
            .where(Action.cycle_id.in_(sorted(cycles)))
            .group_by(Action.cycle_id)
        )
    }
    outcomes: dict[int, list[Outcome]] = defaultdict(list)
    for check in session.scalars(
        select(Check)
        .where(Check.cycle_id.in_(sorted(cycles)), Check.signed_at.is_not(None))
        .order_by(Check.signed_at, Check.id)
    ):
        cycle = cycles[check.cycle_id][0]
        outcomes[cycle.ticket_id].append(
            Outcome(
                cycle.number,
                check.verdict,
                check.figures or {},
                check.verifier_name,
                check.signed_at,
                check.overruled,
                check.note,
            )
        )
    made = []
    for ticket, home, owner_name, verifier_name in rows:
        now = newest.get(ticket.id)
        cycle_now, measure_now = cycles[now] if now else (None, None)
        done, total = actions.get(now or 0, (0, 0))
        made.append(
            PrintedTicket(
                id=ticket.id,
                code=ticket.code,
                title=ticket.title,
                unit=Both(home.name_en, home.name_zh),
                owner=owner_name,
                verifier=verifier_name or "",
                stage=ticket.stage,
                major=ticket.major,
                cycle=ticket.cycle_number,
                opened_at=ticket.opened_at,
                due=ticket.due,
                closed_at=ticket.closed_at,
                problem=cycle_now.problem if cycle_now else "",
                causes=tuple(causes[now] if now else ()),
                done=done,
                actions=total,
                measure=Both(measure_now.metric_label_en, measure_now.metric_label_zh)
                if measure_now
                else Both(),
                outcomes=tuple(outcomes[ticket.id]),
            )
        )
    return made


@dataclass(frozen=True)
class PrintedBatch:
    log: Both
    log_code: str
    name: str
    accepted_at: datetime | None
    cases: int
    rejected: int
    as_of: datetime | None
    received_sha256: str
    parquet_sha256: str


def batches_of(standards: Iterable[int]) -> list[PrintedBatch]:
    """Accepted imports of the logs that prove these standards: the files behind the figures."""
    rows = session.execute(
        select(Batch, EventLog, StoredFile)
        .join(EventLog, EventLog.id == Batch.event_log_id)
        .join(StoredFile, StoredFile.id == Batch.file_id)
        .where(
            Batch.state == "accepted",
            EventLog.id.in_(
                select(LogStandard.event_log_id).where(LogStandard.standard_id.in_(sorted(set(standards))))
            ),
        )
        .order_by(EventLog.code, Batch.id)
        .limit(MOST_BATCHES)
    )
    return [
        PrintedBatch(
            log=Both(log.name_en, log.name_zh),
            log_code=log.code,
            name=file.name,
            accepted_at=batch.accepted_at,
            cases=batch.cases,
            rejected=batch.rejected,
            as_of=batch.as_of,
            received_sha256=file.sha256,
            parquet_sha256=batch.parquet_sha256,
        )
        for batch, log, file in rows
    ]
