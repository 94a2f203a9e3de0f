"""Audits of a unit in a period: figures and rows for reviews and packs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from accounts.models import Person, Unit
from audits.models import Audit, Item, Member, Scope
from audits.queries import checklist
from audits.rules.states import DONE, Settled, State
from core import access, clock
from core.db import session
from core.figures import Figure
from core.i18n import pick
from improvement.models import Finding
from improvement.rules.findings import Grade
from standards.models import Clause

MOST = 1000
REPORTED = ("reported", "accepted", "closed")
_Lead = aliased(Person)


@dataclass(frozen=True)
class AuditRow:
    """One audit as a register prints it. `state` is a value of audits.rules.states.State."""

    id: int
    code: str
    title_en: str
    title_zh: str
    unit_en: str
    unit_zh: str
    starts_on: date
    ends_on: date
    lead: str
    state: str
    items: int
    answered: int
    major: int
    minor: int
    ofi: int
    strength: int

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)

    @property
    def unit(self) -> str:
        return pick(self.unit_en, self.unit_zh)

    @property
    def state_label(self) -> str:
        return str(State(self.state).label)


@dataclass(frozen=True)
class FollowUpRow:
    """A finding of an audit whose remedy is not verified yet."""

    audit_id: int
    audit_code: str
    item_id: int
    finding_id: int
    finding_code: str
    statement_en: str
    statement_zh: str
    grade: str
    ticket_id: int | None
    ticket_code: str
    settled: Settled

    @property
    def statement(self) -> str:
        return pick(self.statement_en, self.statement_zh)


def audits_for(
    unit: Unit, first: date, last: date, *, framework_id: int | None = None, limit: int = MOST
) -> list[AuditRow]:
    """Audits at or under a unit that took place in the period, cancelled ones left out; with a framework, those that
    had a clause of it in their scope. Two statements."""
    statement = (
        select(
            Audit.id,
            Audit.code,
            Audit.title_en,
            Audit.title_zh,
            Unit.name_en,
            Unit.name_zh,
            Audit.starts_on,
            Audit.ends_on,
            _Lead.name,
            Audit.state,
        )
        .join(Unit, Unit.id == Audit.unit_id)
        .outerjoin(Member, (Member.audit_id == Audit.id) & (Member.role == "lead"))
        .outerjoin(_Lead, _Lead.id == Member.person_id)
        .where(
            access.under(Unit.path, unit.path),
            Audit.starts_on <= last,
            Audit.ends_on >= first,
            Audit.state != "cancelled",
        )
        .order_by(Audit.starts_on, Audit.id)
        .limit(limit)
    )
    if framework_id is not None:
        statement = statement.where(
            Audit.id.in_(
                select(Scope.audit_id)
                .join(Clause, Clause.id == Scope.clause_id)
                .where(Clause.framework_id == framework_id)
            )
        )
    found = session.execute(statement).all()
    counts: dict[int, dict[str, int]] = {}
    for audit_id, answered, grade, number in session.execute(
        select(Item.audit_id, Item.answered_at.is_not(None), Finding.grade, func.count())
        .outerjoin(Finding, (Finding.id == Item.finding_id) & (Finding.state != "dismissed"))
        .where(Item.audit_id.in_([row[0] for row in found]))
        .group_by(Item.audit_id, Item.answered_at.is_not(None), Finding.grade)
    ):
        known = counts.setdefault(audit_id, {"items": 0, "answered": 0})
        known["items"] += number
        known["answered"] += number if answered else 0
        if grade:
            known[grade] = known.get(grade, 0) + number
    made = []
    for row in found:
        known = counts.get(row[0], {})
        made.append(
            AuditRow(
                row[0],
                row[1],
                row[2],
                row[3],
                row[4],
                row[5],
                row[6],
                row[7],
                row[8] or "",
                row[9],
                known.get("items", 0),
                known.get("answered", 0),
                known.get("major", 0),
                known.get("minor", 0),
                known.get("ofi", 0),
                known.get("strength", 0),
            )
        )
    return made


def figures_for(unit: Unit, first: date, last: date, *, framework_id: int | None = None) -> list[Figure]:
    """Full counts of the period: audits reported of those that took place, findings by grade, remedies not verified."""
    rows = audits_for(unit, first, last, framework_id=framework_id)
    now = clock.now()
    reported = sum(1 for row in rows if row.state in REPORTED)
    return [
        _count(reported, len(rows), now, "Audits reported", "已报告的审核", href="/audits"),
        *(
            _count(
                sum(getattr(row, grade.value) for row in rows),
                len(rows),
                now,
                label_en,
                label_zh,
                href="/findings?origin=audit&state=*",
            )
            for grade, label_en, label_zh in (
                (Grade.major, "Major nonconformities found by audits", "审核发现的严重不符合"),
                (Grade.minor, "Minor nonconformities found by audits", "审核发现的一般不符合"),
                (Grade.ofi, "Opportunities found by audits", "审核发现的改进机会"),
                (Grade.strength, "Good practices found by audits", "审核发现的良好做法"),
            )
        ),
        _count(
            len(open_follow_ups(unit, until=last)),
            len(rows),
            now,
            "Remedies of audit findings not verified yet",
            "尚未验证的审核发现整改",
            href="/audits?state=accepted",
        ),
    ]


def _count(value: int, n: int, at: datetime, label_en: str, label_zh: str, *, href: str) -> Figure:
    return Figure(
        float(value),
        n,
        method="full count",
        as_of=at,
        unit="count",
        working={"label_en": label_en, "label_zh": label_zh, "audits": n, "href": href},
    )


def open_follow_ups(unit: Unit, *, until: date | None = None, limit: int = MOST) -> list[FollowUpRow]:
    """Findings of reported audits at or under a unit whose remedy no auditor has verified; as of now, of audits that
    began until a day."""
    last = until or clock.now().date()
    codes = {
        row[0]: row[1]
        for row in session.execute(
            select(Audit.id, Audit.code)
            .join(Unit, Unit.id == Audit.unit_id)
            .where(
                access.under(Unit.path, unit.path),
                Audit.state.in_(("reported", "accepted")),
                Audit.starts_on <= last,
            )
            .order_by(Audit.starts_on, Audit.id)
            .limit(limit)
        )
    }
    return [
        FollowUpRow(
            audit_id,
            codes[audit_id],
            item.item_id,
            item.finding_id,
            item.finding_code,
            item.statement_en,
            item.statement_zh,
            item.grade,
            item.ticket_id,
            item.ticket_code,
            item.settled,
        )
        for audit_id, item in checklist.follow_ups_of(list(codes))
        if item.settled not in DONE
    ]


def last_audit_of_clauses(clause_ids: Collection[int], unit: Unit) -> dict[int, tuple[int, str, date]]:
    """For each clause the last reported audit at or under the unit (or above it) that looked at it: id, code, day."""
    above = [int(part) for part in unit.path.strip("/").split("/") if part]
    found: dict[int, tuple[int, str, date]] = {}
    for clause_id, audit_id, code, day in session.execute(
        select(Scope.clause_id, Audit.id, Audit.code, Audit.ends_on)
        .join(Audit, Audit.id == Scope.audit_id)
        .join(Unit, Unit.id == Audit.unit_id)
        .where(
            Scope.clause_id.in_(sorted(clause_ids)),
            Audit.state.in_(REPORTED),
            or_(access.under(Unit.path, unit.path), Unit.id.in_(above)),
        )
        .order_by(Audit.ends_on, Audit.id)
    ):
        if clause_id is not None:
            found[clause_id] = (audit_id, code, day)
    return found
