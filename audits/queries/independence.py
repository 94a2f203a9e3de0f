"""Who may not audit this: a question to the records, asked again whenever team or scope change."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, or_, select

from accounts.models import Grant, Person, Unit
from accounts.rules import Role
from audits.models import Audit, Member
from audits.queries.audits import AuditScope
from audits.rules.independence import Doubt, Reason, unsettled
from audits.rules.states import ANSWERING
from core import access, clock
from core.db import session
from core.i18n import format_date, pick
from core.trail import TrailEntry
from improvement.models import Action, Cycle, Ticket
from standards.models import Standard, Version

STANDARDS_MOST = 300


def doubts_of(audit: Audit, scope: AuditScope, people: Iterable[Person]) -> dict[int, list[Reason]]:
    """For each person why they may not be independent, the gravest first. Five statements for the whole team."""
    persons = {person.id: person for person in people}
    found: dict[int, list[Reason]] = {number: [] for number in persons}
    units = scope.units or [audit.unit]
    if not persons:
        return found
    horizon = clock.now() - timedelta(days=round(30.44 * audit.independence_months))
    for person in persons.values():
        home = person.unit
        if home.parent_id is not None and any(home.path.startswith(unit.path) for unit in units):
            found[person.id].append(Reason(Doubt.works, home.code, home.name))
    _heads(found, units, horizon.date())
    versions = _standards(found, scope, units, horizon)
    _writers(found, versions, horizon)
    _actions(found, units, horizon)
    return {
        number: sorted(
            dict.fromkeys(reasons),
            key=lambda item: (not item.doubt.refuses, list(Doubt).index(item.doubt), item.code),
        )
        for number, reasons in found.items()
    }


def unsettled_members(audit: Audit, scope: AuditScope, members: Iterable[Member]) -> dict[int, list[Reason]]:
    """Reasons that stand against members who answer, by person; empty when the team is independent."""
    answering = [member for member in members if member.role in ANSWERING]
    doubts = doubts_of(audit, scope, [member.person for member in answering])
    left = {
        member.person_id: unsettled(doubts[member.person_id], member.accepted_doubts) for member in answering
    }
    return {number: reasons for number, reasons in left.items() if reasons}


def _heads(found: dict[int, list[Reason]], units: Iterable[Unit], horizon: date) -> None:
    """Process owners of an audited unit, of one above it, or of a part of it; now or until lately."""
    today = clock.now().date()
    paths: set[str] = set()
    conditions: list[Any] = []
    for unit in units:
        parts = unit.path.strip("/").split("/")
        paths |= {"/" + "/".join(parts[: count + 1]) + "/" for count in range(len(parts))}
        conditions.append(access.under(Unit.path, unit.path))
    rows = session.execute(
        select(
            Grant.person_id,
            Unit.path,
            Unit.code,
            Unit.name_en,
            Unit.name_zh,
            Grant.until_date,
            Grant.revoked_at,
        )
        .join(Unit, Unit.id == Grant.unit_id)
        .where(
            Grant.person_id.in_(list(found)),
            Grant.role == str(Role.process_owner),
            or_(Unit.path.in_(sorted(paths)), *conditions),
        )
    )
    for person_id, path, code, name_en, name_zh, until, revoked in rows:
        ended = min((day for day in (until, revoked.date() if revoked else None) if day), default=None)
        name = pick(name_en, name_zh)
        if ended is None or (ended > today and revoked is None):
            found[person_id].append(Reason(Doubt.heads if path in paths else Doubt.part, code, name))
        elif ended >= horizon:
            found[person_id].append(Reason(Doubt.headed, code, name, format_date(ended)))


def _standards(
    found: dict[int, list[Reason]], scope: AuditScope, units: Iterable[Unit], horizon: Any
) -> dict[int, str]:
    """Owners, authors and approvers of the audited standards; gives the standards' codes by version."""
    if scope.standards:
        chosen: Any = Standard.id.in_([item.id for item in scope.standards])
    else:
        chosen = or_(*(access.under(Unit.path, unit.path) for unit in units))
    rows = session.execute(
        select(
            Standard.code,
            Standard.owner_id,
            Version.id,
            Version.number,
            Version.author_id,
            Version.approver_id,
            Version.created_at,
            Version.approved_at,
        )
        .join(Unit, Unit.id == Standard.unit_id)
        .outerjoin(Version, Version.standard_id == Standard.id)
        .where(chosen, Standard.withdrawn_at.is_(None))
        .order_by(Standard.code, Version.number)
        .limit(STANDARDS_MOST)
    )
    versions: dict[int, str] = {}
    for row in rows:
        if row.owner_id in found:
            found[row.owner_id].append(Reason(Doubt.owns, row.code))
        if row.id is None:
            continue
        versions[row.id] = row.code
        if row.author_id in found and row.created_at >= horizon:
            found[row.author_id].append(Reason(Doubt.authored, row.code))
        if row.approver_id in found and row.approved_at is not None and row.approved_at >= horizon:
            found[row.approver_id].append(Reason(Doubt.approved, row.code))
    return versions


def _writers(found: dict[int, list[Reason]], versions: dict[int, str], horizon: Any) -> None:
    """Everybody who had a hand in the text, by the trail."""
    if not versions:
        return
    rows = session.execute(
        select(TrailEntry.actor_id, TrailEntry.object_id)
        .where(
            TrailEntry.object_type == Version.__tablename__,
            TrailEntry.object_id.in_(list(versions)),
            TrailEntry.actor_id.in_(list(found)),
            TrailEntry.at >= horizon,
            or_(
                TrailEntry.action.in_(("version.drafted", "version.changed", "version.submitted")),
                TrailEntry.action.like("requirement.%"),
            ),
        )
        .distinct()
    )
    for person_id, version_id in rows:
        assert person_id is not None
        assert version_id is not None
        found[person_id].append(Reason(Doubt.authored, versions[version_id]))


def _actions(found: dict[int, list[Reason]], units: Iterable[Unit], horizon: Any) -> None:
    rows = session.execute(
        select(Action.owner_id, Ticket.code)
        .join(Cycle, Cycle.id == Action.cycle_id)
        .join(Ticket, Ticket.id == Cycle.ticket_id)
        .join(Unit, Unit.id == Ticket.unit_id)
        .where(
            Action.owner_id.in_(list(found)),
            and_(Action.state == "done", Action.done_at >= horizon),
            or_(*(access.under(Unit.path, unit.path) for unit in units)),
        )
        .distinct()
    )
    for person_id, code in rows:
        found[person_id].append(Reason(Doubt.acted, code))


def candidates(
    people: Collection[Person], doubts: dict[int, list[Reason]]
) -> list[tuple[Person, list[Reason]]]:
    """People to choose a team from: who is free of doubt first, who can't be chosen last."""
    return sorted(
        ((person, doubts.get(person.id, [])) for person in people),
        key=lambda pair: (any(item.doubt.refuses for item in pair[1]), len(pair[1]), pair[0].name),
    )
