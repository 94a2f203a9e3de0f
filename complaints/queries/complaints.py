from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from accounts.models import Person, Unit
from complaints.models import ClockRun, Complaint, ComplaintFile, ComplaintFinding, Message, Remedy
from complaints.permissions import DECIDE, HANDLE, SEE
from complaints.rules.states import AT_WORK, OPEN
from core import access, clock
from core.access import Permission
from core.db import session
from core.errors import NotFound
from core.kept import Kept
from core.tables import matching
from improvement.models import Finding, Ticket
from standards.models import Standard

Handler = aliased(Person)
OPEN_STATES = sorted(state.value for state in OPEN)
WORK_STATES = sorted(state.value for state in AT_WORK)


def select_complaints(person: Any) -> Any:
    """Rows of the list (columns, no objects)."""
    return _select_complaints(access.reach(person, SEE))


@lru_cache(maxsize=256)
def _select_complaints(reach: tuple[str, ...]) -> Any:
    return (
        select(
            Complaint.id,
            Complaint.code,
            Complaint.subject,
            Complaint.state,
            Complaint.severity,
            Complaint.safety,
            Complaint.topic,
            Complaint.channel,
            Complaint.outcome,
            Complaint.received_at,
            Complaint.closed_at,
            Complaint.next_due,
            Complaint.waiting_since,
            Complaint.satisfied,
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            Standard.id.label("standard_id"),
            Standard.code.label("standard_code"),
            Handler.name.label("handler_name"),
            Ticket.id.label("ticket_id"),
            Ticket.code.label("ticket_code"),
        )
        .select_from(Complaint)
        .join(Unit, Unit.id == Complaint.unit_id)
        .outerjoin(Standard, Standard.id == Complaint.standard_id)
        .outerjoin(Handler, Handler.id == Complaint.handler_id)
        .outerjoin(Ticket, Ticket.id == Complaint.ticket_id)
        .where(access.within(reach, Unit.path))
    )


def get_complaint_for(person: Any, complaint_id: int, needed: Permission = SEE) -> Complaint:
    """The guarded door: a complaint of a unit where the person holds the permission."""
    found = session.scalar(
        select(Complaint)
        .where(Complaint.id == complaint_id)
        .options(
            joinedload(Complaint.unit),
            joinedload(Complaint.standard),
            joinedload(Complaint.handler),
            joinedload(Complaint.concerned),
            joinedload(Complaint.registered_by),
            joinedload(Complaint.assessed_by),
            joinedload(Complaint.decided_by),
            joinedload(Complaint.ticket),
        )
    )
    if found is None:
        raise NotFound
    access.require(person, needed, found.unit.path, what=found.code)
    return found


def find_complaint_for(person: Any, complaint_id: int) -> Complaint | None:
    """For links of other records: the complaint when the person may see it."""
    found = session.get(Complaint, complaint_id)
    return found if found is not None and access.may(person, SEE, found.unit.path) else None


def list_messages(complaint_id: int, *, notes: bool) -> list[Message]:
    statement = select(Message).where(Message.complaint_id == complaint_id).order_by(Message.id)
    if not notes:
        statement = statement.where(Message.direction != "note")
    return list(session.scalars(statement))


def list_remedies(complaint_id: int) -> list[Remedy]:
    return list(
        session.scalars(
            select(Remedy)
            .where(Remedy.complaint_id == complaint_id)
            .options(joinedload(Remedy.proposed_by), joinedload(Remedy.authorised_by))
            .order_by(Remedy.id)
        )
    )


def get_remedy(complaint: Complaint, remedy_id: int) -> Remedy:
    found = session.get(Remedy, remedy_id)
    if found is None or found.complaint_id != complaint.id:
        raise NotFound
    return found


def list_files(complaint_id: int) -> list[ComplaintFile]:
    return list(
        session.scalars(
            select(ComplaintFile)
            .where(ComplaintFile.complaint_id == complaint_id)
            .options(joinedload(ComplaintFile.file))
            .order_by(ComplaintFile.id)
        )
    )


def get_file(complaint: Complaint, file_id: int) -> ComplaintFile:
    found = session.scalar(
        select(ComplaintFile)
        .where(ComplaintFile.complaint_id == complaint.id, ComplaintFile.file_id == file_id)
        .options(joinedload(ComplaintFile.file))
        .limit(1)
    )
    if found is None:
        raise NotFound
    return found


def list_clocks(complaint_id: int) -> list[ClockRun]:
    return list(
        session.scalars(select(ClockRun).where(ClockRun.complaint_id == complaint_id).order_by(ClockRun.id))
    )


def list_findings(complaint_id: int) -> list[Finding]:
    return list(
        session.scalars(
            select(Finding)
            .join(ComplaintFinding, ComplaintFinding.finding_id == Finding.id)
            .where(ComplaintFinding.complaint_id == complaint_id)
            .order_by(Finding.id)
        )
    )


def late(column_state: Any = Complaint.state, due: Any = Complaint.next_due) -> Any:
    """Condition: something of an open complaint is past its due moment."""
    return column_state.in_(WORK_STATES) & (due < clock.now())


# --- what waits, and what others show ----------------------------------------------------------------------------


def _waiting(reach: tuple[str, ...], me: Any) -> Any:
    """Mine, or nobody's where I may handle; never what is about me."""
    return (
        access.within(reach, Unit.path),
        or_(*(Complaint.state == state for state in WORK_STATES), Complaint.heard_at.is_not(None)),
        or_(Complaint.handler_id == me, Complaint.handler_id.is_(None)),
        or_(Complaint.concerned_id.is_(None), Complaint.concerned_id != me),
        or_(Complaint.waiting_since.is_(None), Complaint.heard_at.is_not(None)),
    )


def list_waiting(person: Any, *, limit: int = 100) -> list[Any]:
    """Complaints that wait for this person, the earliest due first."""
    return list(
        session.execute(
            select(
                Complaint.id,
                Complaint.code,
                Complaint.subject,
                Complaint.state,
                Complaint.next_due,
                Complaint.received_at,
                Complaint.heard_at,
                Complaint.handler_id,
            )
            .join(Unit, Unit.id == Complaint.unit_id)
            .where(*_waiting(access.reach(person, HANDLE), person.id))
            .order_by(Complaint.next_due.is_(None), Complaint.next_due, Complaint.id)
            .limit(limit)
        )
    )


def count_waiting(person: Any) -> int:
    """For the navigation; stops counting at 100."""
    return len(_count_waiting(access.reach(person, HANDLE)).all(session.connection(), me=person.id))


@lru_cache(maxsize=256)
def _count_waiting(reach: tuple[str, ...]) -> Kept:
    me = bindparam("me", type_=Integer)
    return Kept(
        select(Complaint.id).join(Unit, Unit.id == Complaint.unit_id).where(*_waiting(reach, me)).limit(100)
    )


def list_to_decide(person: Any, *, limit: int = 50) -> list[Any]:
    """For who may decide: remedies that wait for approval, serious complaints that are answered, and what others let
    become late. `waits` says which."""
    if not access.may(person, DECIDE):
        return []
    proposed = exists().where(
        Remedy.complaint_id == Complaint.id, Remedy.state == "proposed", Remedy.proposed_by_id != person.id
    )
    serious = (Complaint.state == "answered") & Complaint.severity.in_(["high", "critical"])
    return list(
        session.execute(
            select(
                Complaint.id,
                Complaint.code,
                Complaint.subject,
                Complaint.state,
                Complaint.next_due,
                Complaint.received_at,
                proposed.label("approve"),
                serious.label("serious"),
            )
            .join(Unit, Unit.id == Complaint.unit_id)
            .where(
                access.scope(person, DECIDE, Unit.path),
                Complaint.state.in_(WORK_STATES),
                Complaint.handler_id.is_not(None),
                Complaint.handler_id != person.id,
                or_(Complaint.concerned_id.is_(None), Complaint.concerned_id != person.id),
                or_(proposed, serious, Complaint.next_due < clock.now()),
            )
            .order_by(Complaint.next_due.is_(None), Complaint.next_due, Complaint.id)
            .limit(limit)
        )
    )


def search_complaints(person: Any, words: str, limit: int) -> list[Any]:
    statement = (
        select(Complaint.id, Complaint.code, Complaint.subject, Complaint.state)
        .join(Unit, Unit.id == Complaint.unit_id)
        .where(
            access.scope(person, SEE, Unit.path),
            matching(words, Complaint.code, Complaint.subject, Complaint.description),
        )
        .order_by(Complaint.id.desc())
        .limit(limit)
    )
    return list(session.execute(statement))


def _brief(person: Any, condition: Any, limit: int) -> list[Any]:
    return list(
        session.execute(
            select(
                Complaint.id,
                Complaint.code,
                Complaint.subject,
                Complaint.state,
                Complaint.severity,
                Complaint.received_at,
                Complaint.next_due,
            )
            .join(Unit, Unit.id == Complaint.unit_id)
            .where(condition, access.scope(person, SEE, Unit.path))
            .order_by(Complaint.state.in_(OPEN_STATES).desc(), Complaint.id.desc())
            .limit(limit)
        )
    )


def list_of_standard(standard_id: int, person: Any, *, limit: int = 6) -> list[Any]:
    return _brief(person, Complaint.standard_id == standard_id, limit)


def list_of_ticket(ticket_id: int, person: Any, *, limit: int = 12) -> list[Any]:
    return _brief(person, Complaint.ticket_id == ticket_id, limit)


def list_of_unit(unit_path: str, person: Any, *, limit: int = 6) -> list[Any]:
    return _brief(person, access.under(Unit.path, unit_path) & Complaint.state.in_(OPEN_STATES), limit)


def standards_with_complaints() -> list[tuple[int, str]]:
    """For the filter of the list: id and code, one statement."""
    return [
        (row.id, row.code)
        for row in session.execute(
            select(Standard.id, Standard.code)
            .where(exists().where(Complaint.standard_id == Standard.id))
            .order_by(Standard.code)
            .limit(500)
        )
    ]


@dataclass(frozen=True)
class OpenCounts:
    open: int
    late: int
    unacknowledged: int
    ever: bool


def count_open(person: Any) -> OpenCounts:
    """Open complaints where the person may see them, the late ones, those not acknowledged yet: one statement."""
    place = access.scope(person, SEE, Unit.path)
    ever = select(Complaint.id).join(Unit, Unit.id == Complaint.unit_id).where(place).limit(1).exists()
    row = session.execute(
        select(
            func.count(),
            func.count().filter(late()),
            func.count().filter(Complaint.state == "received"),
            select(ever).scalar_subquery(),
        )
        .select_from(Complaint)
        .join(Unit, Unit.id == Complaint.unit_id)
        .where(place, Complaint.state.in_(OPEN_STATES))
    ).one()
    return OpenCounts(row[0], row[1], row[2], bool(row[3]))


def list_next(person: Any, *, limit: int) -> list[Any]:
    """Open complaints with a clock, the earliest due first."""
    return list(
        session.execute(
            select(Complaint.id, Complaint.code, Complaint.subject, Complaint.next_due)
            .join(Unit, Unit.id == Complaint.unit_id)
            .where(
                access.scope(person, SEE, Unit.path),
                Complaint.state.in_(WORK_STATES),
                Complaint.next_due.is_not(None),
            )
            .order_by(Complaint.next_due, Complaint.id)
            .limit(limit)
        )
    )
