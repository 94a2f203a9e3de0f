from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, bindparam, case, func, or_, select, tuple_
from sqlalchemy.orm import aliased, joinedload

from accounts.models import Unit
from audits.models import Audit, Item, Photo
from audits.rules.results import NEEDS_FINDING, NEEDS_NOTE, ORDER
from audits.rules.states import FinishFacts, Settled, settled
from core.db import session
from core.errors import NotFound
from core.kept import Kept
from core.trail import TrailEntry
from improvement.models import Finding, Ticket

SHOWN_WHOLE = 200  # a longer checklist is shown section by section
_Merged = aliased(Finding)
_ITSTICKET = aliased(Ticket)


@dataclass
class Section:
    """A part of the checklist and how far it is."""

    name: str
    title_en: str = ""
    title_zh: str = ""
    total: int = 0
    answered: int = 0
    counts: dict[str, int] | None = None

    @property
    def by_result(self) -> list[tuple[str, int]]:
        """Graver results first."""
        found = self.counts or {}
        return [(result.value, found[result.value]) for result in ORDER if found.get(result.value)]


@dataclass
class Tally:
    """The whole checklist in numbers, from one statement however long it is."""

    sections: list[Section]
    facts: FinishFacts

    @property
    def total(self) -> int:
        return self.facts.total

    @property
    def answered(self) -> int:
        return self.facts.total - self.facts.waiting

    @property
    def counts(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for section in self.sections:
            for result, number in (section.counts or {}).items():
                found[result] = found.get(result, 0) + number
        return found

    @property
    def by_result(self) -> list[tuple[str, int]]:
        return Section("", counts=self.counts).by_result


_OF_AUDIT = Item.audit_id == bindparam("audit", type_=Integer)
_TALLY = Kept(
    select(
        Item.section,
        Item.result,
        func.min(Item.position),
        func.count(),
        func.sum(case((Item.note == "", 1), else_=0)),
        func.sum(case((Item.finding_id.is_not(None), 1), else_=0)),
        func.max(Item.section_en),
        func.max(Item.section_zh),
    )
    .where(_OF_AUDIT)
    .group_by(Item.section, Item.result)
)


def tally_of(audit_id: int) -> Tally:
    rows = _TALLY.all(session.connection(), audit=audit_id)
    sections: dict[str, Section] = {}
    total = waiting = without_note = without_finding = with_finding = 0
    for name, result, _position, number, no_note, has_finding, title_en, title_zh in sorted(
        rows, key=lambda row: row[2]
    ):
        section = sections.setdefault(name, Section(name, title_en, title_zh, counts={}))
        section.total += number
        total += number
        with_finding += has_finding or 0
        if not result:
            waiting += number
            continue
        section.answered += number
        assert section.counts is not None
        section.counts[result] = number
        if result in NEEDS_NOTE:
            without_note += no_note or 0
        if result in NEEDS_FINDING:
            without_finding += number - (has_finding or 0)
    facts = FinishFacts(total, waiting, without_note, without_finding, with_finding)
    return Tally(list(sections.values()), facts)


_PHOTOS = (
    select(func.count()).where(Photo.item_id == Item.id).correlate(Item).scalar_subquery().label("photos")
)
ITEMS_MOST = 3000
_ROWS = (
    select(
        Item.id,
        Item.position,
        Item.section,
        Item.source,
        Item.reference,
        Item.nature,
        Item.question_en,
        Item.question_zh,
        Item.result,
        Item.note,
        Item.answered_by_name,
        Item.answered_at,
        Item.finding_id,
        Finding.code.label("finding_code"),
        _PHOTOS,
    )
    .outerjoin(Finding, Finding.id == Item.finding_id)
    .where(_OF_AUDIT)
    .order_by(Item.position, Item.id)
    .limit(ITEMS_MOST)
)
_ALL_ROWS = Kept(_ROWS)
_SECTION_ROWS = Kept(_ROWS.where(Item.section == bindparam("section", type_=String)))


def item_rows(audit_id: int, section: str | None = None) -> list[Any]:
    """The lines of a checklist (columns, no objects), of one section where one is named."""
    if section is None:
        return _ALL_ROWS.all(session.connection(), audit=audit_id)
    return _SECTION_ROWS.all(session.connection(), audit=audit_id, section=section)


def list_items(audit_id: int, *, limit: int = ITEMS_MOST) -> list[Item]:
    return list(
        session.scalars(
            select(Item).where(Item.audit_id == audit_id).order_by(Item.position, Item.id).limit(limit)
        )
    )


def get_item(audit: Audit, item_id: int) -> Item:
    found = session.scalar(
        select(Item)
        .where(Item.id == item_id, Item.audit_id == audit.id)
        .options(joinedload(Item.finding).joinedload(Finding.ticket), joinedload(Item.earlier))
    )
    if found is None:
        raise NotFound
    return found


def find_neighbour(item: Item, *, up: bool) -> Item | None:
    """The question before or after one in its section."""
    place, own = tuple_(Item.position, Item.id), (item.position, item.id)
    order = (Item.position.desc(), Item.id.desc()) if up else (Item.position, Item.id)
    return session.scalar(
        select(Item)
        .where(
            Item.audit_id == item.audit_id, Item.section == item.section, place < own if up else place > own
        )
        .order_by(*order)
        .limit(1)
    )


def neighbours(item: Item) -> tuple[int | None, int | None, int, int]:
    """Ids of the item before and after, this one's number, and how many there are: one statement."""
    ids = list(
        session.scalars(
            select(Item.id).where(Item.audit_id == item.audit_id).order_by(Item.position, Item.id)
        )
    )
    place = ids.index(item.id)
    before = ids[place - 1] if place else None
    after = ids[place + 1] if place + 1 < len(ids) else None
    return before, after, place + 1, len(ids)


def count_answered(audit_id: int) -> int:
    return (
        session.scalar(select(func.count()).where(Item.audit_id == audit_id, Item.answered_at.is_not(None)))
        or 0
    )


def changed_since(audit_id: int, since: datetime, *, limit: int = 200) -> list[Any]:
    """What others answered meanwhile, for pages that are open."""
    return list(
        session.execute(
            select(
                Item.id,
                Item.result,
                Item.nature,
                Item.row_version,
                Item.note,
                Item.answered_at,
                Item.answered_by_id,
                Item.answered_by_name,
            )
            .where(Item.audit_id == audit_id, Item.answered_at > since)
            .order_by(Item.answered_at)
            .limit(limit)
        )
    )


def photos_of(item_id: int) -> list[Photo]:
    return list(
        session.scalars(
            select(Photo).where(Photo.item_id == item_id).options(joinedload(Photo.file)).order_by(Photo.id)
        )
    )


def photos_by_item(audit_id: int, *, limit: int = 1000) -> dict[int, list[Photo]]:
    found: dict[int, list[Photo]] = {}
    for photo in session.scalars(
        select(Photo)
        .join(Item, Item.id == Photo.item_id)
        .where(Item.audit_id == audit_id)
        .options(joinedload(Photo.file))
        .order_by(Photo.id)
        .limit(limit)
    ):
        found.setdefault(photo.item_id, []).append(photo)
    return found


def get_photo(audit: Audit, photo_id: int) -> Photo:
    found = session.scalar(
        select(Photo)
        .join(Item, Item.id == Photo.item_id)
        .where(Photo.id == photo_id, Item.audit_id == audit.id)
        .options(joinedload(Photo.file), joinedload(Photo.item))
    )
    if found is None:
        raise NotFound
    return found


def history_of(item: Item, *, limit: int = 50) -> list[TrailEntry]:
    return list(
        session.scalars(
            select(TrailEntry)
            .where(TrailEntry.object_type == Item.__tablename__, TrailEntry.object_id == item.id)
            .order_by(TrailEntry.seq.desc())
            .limit(limit)
        )
    )


# --- follow-up -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FollowUp:
    """A finding of the audit and how far its remedy is."""

    item_id: int
    reference: str
    result: str
    finding_id: int
    finding_code: str
    statement_en: str
    statement_zh: str
    grade: str
    raised_by_id: int | None
    unit_path: str
    ticket_id: int | None
    ticket_code: str
    ticket_owner_id: int | None
    settled: Settled
    follow_note: str
    followed_by_name: str
    followed_at: datetime | None


def follow_ups(audit_id: int) -> list[FollowUp]:
    """Findings of an audit with the fate of their tickets: one statement."""
    return [item for _audit, item in follow_ups_of([audit_id])]


def follow_ups_of(audit_ids: Sequence[int]) -> list[tuple[int, FollowUp]]:
    """The same for several audits. A merged finding goes the way of the one that it was merged into."""
    if not audit_ids:
        return []
    ticket_id = func.coalesce(_Merged.ticket_id, Finding.ticket_id)
    rows = session.execute(
        select(
            Item.audit_id,
            Item.id,
            Item.reference,
            Item.result,
            Item.follow,
            Item.follow_note,
            Item.followed_by_name,
            Item.followed_at,
            Finding.id.label("finding_id"),
            Finding.code,
            Finding.statement_en,
            Finding.statement_zh,
            Finding.grade,
            Finding.state,
            Finding.raised_by_id,
            Unit.path,
            _Merged.state.label("merged_state"),
            _ITSTICKET.id.label("ticket_id"),
            _ITSTICKET.code.label("ticket_code"),
            _ITSTICKET.stage,
            _ITSTICKET.owner_id,
        )
        .join(Finding, Finding.id == Item.finding_id)
        .join(Unit, Unit.id == Finding.unit_id)
        .outerjoin(_Merged, _Merged.id == Finding.merged_into_id)
        .outerjoin(_ITSTICKET, _ITSTICKET.id == ticket_id)
        .where(Item.audit_id.in_(audit_ids))
        .order_by(Item.audit_id, Item.position, Item.id)
    )
    return [
        (
            row.audit_id,
            FollowUp(
                row.id,
                row.reference,
                row.result,
                row.finding_id,
                row.code,
                row.statement_en,
                row.statement_zh,
                row.grade,
                row.raised_by_id,
                row.path,
                row.ticket_id,
                row.ticket_code or "",
                row.owner_id,
                settled(
                    finding_state=row.merged_state or row.state,
                    has_ticket=row.ticket_id is not None,
                    ticket_closed=row.stage == "closed",
                    follow=row.follow,
                ),
                row.follow_note,
                row.followed_by_name,
                row.followed_at,
            ),
        )
        for row in rows
    ]


def items_of_ticket(ticket_id: int) -> list[Item]:
    """Items whose finding, or the one it was merged into, is in this ticket."""
    direct = select(Finding.id).where(Finding.ticket_id == ticket_id)
    return list(
        session.scalars(
            select(Item)
            .join(Finding, Finding.id == Item.finding_id)
            .where(or_(Finding.ticket_id == ticket_id, Finding.merged_into_id.in_(direct)))
            .options(joinedload(Item.audit).joinedload(Audit.unit))
            .order_by(Item.id)
            .limit(500)
        )
    )
