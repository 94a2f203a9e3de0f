from collections import defaultdict
from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from accounts.models import Person, Unit
from core import access
from core.db import session
from core.errors import NotFound
from core.tables import matching
from core.trail import TrailEntry
from reviews.models import Addendum, AgendaItem, Decision, Review, ReviewMember, ReviewPrint
from reviews.permissions import CHAIR, PREPARE, SEE
from reviews.rules.states import OPEN, Part

_Chair = aliased(Person)


def visible(reach: tuple[str, ...], me: Any) -> ColumnElement[bool]:
    """Reviews of units in reach, and those that the person `me` takes part in; needs `Unit`."""
    if reach == ("/",):
        return access.within(reach, Unit.path)
    return or_(
        access.within(reach, Unit.path),
        Review.chair_id == me,
        exists().where(ReviewMember.review_id == Review.id, ReviewMember.person_id == me),
    )


def visible_to(person: Any) -> ColumnElement[bool]:
    return visible(access.reach(person, SEE), person.id)


def select_reviews(person: Any) -> tuple[Select[Any], dict[str, Any]]:
    """Rows of the list (columns, no objects), and the values of its parameters."""
    reach = access.reach(person, SEE)
    return _select_reviews(reach), {} if reach == ("/",) else {"me": person.id}


@lru_cache(maxsize=256)
def _select_reviews(reach: tuple[str, ...]) -> Select[Any]:
    def count(*conditions: Any) -> Any:
        return select(func.count()).where(*conditions).correlate(Review).scalar_subquery()

    columns: list[Any] = [
        Review.id,
        Review.code,
        Review.title_en,
        Review.title_zh,
        Review.state,
        Review.meets_on,
        Review.first_day,
        Review.last_day,
        Unit.name_en.label("unit_en"),
        Unit.name_zh.label("unit_zh"),
        _Chair.name.label("chair_name"),
        count(AgendaItem.review_id == Review.id).label("items"),
        count(
            AgendaItem.review_id == Review.id,
            or_(AgendaItem.discussed.is_(True), AgendaItem.skipped_reason != ""),
        ).label("settled"),
        count(Decision.review_id == Review.id).label("decisions"),
    ]
    return (
        select(*columns)
        .select_from(Review)
        .join(Unit, Unit.id == Review.unit_id)
        .outerjoin(_Chair, _Chair.id == Review.chair_id)
        .where(visible(reach, bindparam("me", type_=Integer)))
    )


def get_review(review_id: int) -> Review:
    found = session.scalar(
        select(Review)
        .where(Review.id == review_id)
        .options(joinedload(Review.unit), joinedload(Review.chair))
    )
    if found is None:
        raise NotFound
    return found


def get_review_for(person: Any, review_id: int) -> Review:
    """The guarded door: a review of a unit that the person may see, or one they take part in."""
    found = get_review(review_id)
    if not access.may(person, SEE, found.unit.path) and not (
        access.may(person, SEE) and _takes_part(found, person)
    ):
        access.require(person, SEE, found.unit.path, what=found.code)
    return found


def _takes_part(review: Review, person: Any) -> bool:
    if review.chair_id == person.id:
        return True
    return bool(
        session.scalar(
            select(ReviewMember.id).where(
                ReviewMember.review_id == review.id, ReviewMember.person_id == person.id
            )
        )
    )


def members_of(review_id: int) -> list[ReviewMember]:
    return list(
        session.scalars(
            select(ReviewMember)
            .join(ReviewMember.person)
            .where(ReviewMember.review_id == review_id)
            .options(contains_eager(ReviewMember.person))
            .order_by(Person.name, Person.id)
        )
    )


def parts_of(review: Review, person: Any, members: list[ReviewMember] | None = None) -> set[Part]:
    """What this person is to the review."""
    parts = set()
    if access.may(person, PREPARE, review.unit.path):
        parts.add(Part.manager)
    if (
        review.chair_id is not None
        and review.chair_id == person.id
        and access.may(person, CHAIR, review.unit.path)
    ):
        parts.add(Part.chair)
    if members is not None and any(member.person_id == person.id for member in members):
        parts.add(Part.participant)
    return parts


def items_of(review_id: int) -> list[AgendaItem]:
    return list(
        session.scalars(
            select(AgendaItem)
            .where(AgendaItem.review_id == review_id)
            .order_by(AgendaItem.position, AgendaItem.id)
        )
    )


def get_item(review: Review, item_id: int) -> AgendaItem:
    found = session.scalar(
        select(AgendaItem).where(AgendaItem.id == item_id, AgendaItem.review_id == review.id)
    )
    if found is None:
        raise NotFound
    return found


def find_next(review: Review) -> Review | None:
    """The review that follows this one in its series."""
    return session.scalar(select(Review).where(Review.follows_id == review.id))


def addenda_of(review_id: int) -> list[Addendum]:
    return list(
        session.scalars(select(Addendum).where(Addendum.review_id == review_id).order_by(Addendum.id))
    )


def prints_of(review_id: int, *, limit: int = 8) -> list[ReviewPrint]:
    """The newest first."""
    return list(
        session.scalars(
            select(ReviewPrint)
            .where(ReviewPrint.review_id == review_id)
            .options(joinedload(ReviewPrint.file))
            .order_by(ReviewPrint.id.desc())
            .limit(limit)
        )
    )


def get_print(review: Review, print_id: int) -> ReviewPrint:
    found = session.scalar(
        select(ReviewPrint)
        .where(ReviewPrint.id == print_id, ReviewPrint.review_id == review.id)
        .options(joinedload(ReviewPrint.file))
    )
    if found is None:
        raise NotFound
    return found


_MILESTONES = (
    "review.planned",
    "review.repeated",
    "review.prepared",
    "review.held",
    "review.minuted",
    "review.signed",
    "review.added",
    "review.cancelled",
)


def milestones(review: Review) -> list[TrailEntry]:
    """The turns of its story, newest first."""
    return list(
        session.scalars(
            select(TrailEntry)
            .where(
                TrailEntry.object_type == Review.__tablename__,
                TrailEntry.object_id == review.id,
                TrailEntry.action.in_(_MILESTONES),
            )
            .order_by(TrailEntry.seq.desc())
            .limit(10)
        )
    )


def whole_history(review: Review, *, limit: int = 300) -> list[TrailEntry]:
    """Of the review, its items and its decisions, newest first."""
    items = select(AgendaItem.id).where(AgendaItem.review_id == review.id)
    decisions = select(Decision.id).where(Decision.review_id == review.id)
    return list(
        session.scalars(
            select(TrailEntry)
            .where(
                or_(
                    (TrailEntry.object_type == Review.__tablename__) & (TrailEntry.object_id == review.id),
                    (TrailEntry.object_type == AgendaItem.__tablename__) & TrailEntry.object_id.in_(items),
                    (TrailEntry.object_type == Decision.__tablename__) & TrailEntry.object_id.in_(decisions),
                )
            )
            .order_by(TrailEntry.seq.desc())
            .limit(limit)
        )
    )


def list_now(person: Any, *, limit: int = 5) -> list[Any]:
    """Reviews that are not over, the nearest first: columns."""
    return list(
        session.execute(
            select(Review.id, Review.code, Review.title_en, Review.title_zh, Review.state, Review.meets_on)
            .join(Unit, Unit.id == Review.unit_id)
            .where(visible_to(person), Review.state.in_([str(state) for state in OPEN]))
            .order_by(Review.meets_on, Review.id)
            .limit(limit)
        )
    )


def list_ahead(person: Any, *, limit: int) -> list[Review]:
    """Reviews whose meeting is ahead or not closed yet, the nearest first."""
    return list(
        session.scalars(
            select(Review)
            .join(Unit, Unit.id == Review.unit_id)
            .where(visible_to(person), Review.state.in_(["planned", "prepared"]))
            .options(contains_eager(Review.unit), joinedload(Review.chair))
            .order_by(Review.meets_on, Review.id)
            .limit(limit)
        )
    )


def list_meeting_between(first: date, last: date, *, limit: int = 200) -> list[Review]:
    """Reviews people are invited to, by the day of the meeting."""
    return list(
        session.scalars(
            select(Review)
            .where(Review.state == "prepared", Review.meets_on.between(first, last))
            .options(joinedload(Review.chair))
            .order_by(Review.meets_on, Review.id)
            .limit(limit)
        )
    )


def names_of_members(review_ids: Collection[int]) -> dict[int, list[str]]:
    """Participants by review. One statement."""
    names: dict[int, list[str]] = defaultdict(list)
    for review_id, name in session.execute(
        select(ReviewMember.review_id, Person.name)
        .join(Person, Person.id == ReviewMember.person_id)
        .where(ReviewMember.review_id.in_(review_ids))
        .order_by(Person.name)
    ):
        names[review_id].append(name)
    return names


def search_reviews(person: Any, words: str, limit: int) -> list[Review]:
    return list(
        session.scalars(
            select(Review)
            .join(Unit, Unit.id == Review.unit_id)
            .where(visible_to(person), matching(words, Review.code, Review.title_en, Review.title_zh))
            .options(contains_eager(Review.unit))
            .order_by(Review.meets_on.desc(), Review.id.desc())
            .limit(limit)
        )
    )


def list_between(unit: Unit, first: Any, last: Any, *, limit: int = 200) -> list[Review]:
    """Reviews held at or under a unit, or above it, whose meeting lies between two days."""
    above = [int(part) for part in unit.path.strip("/").split("/") if part]
    return list(
        session.scalars(
            select(Review)
            .join(Unit, Unit.id == Review.unit_id)
            .where(
                or_(access.under(Unit.path, unit.path), Unit.id.in_(above)),
                Review.meets_on >= first,
                Review.meets_on <= last,
                Review.state.in_(("held", "signed")),
            )
            .options(contains_eager(Review.unit), joinedload(Review.chair))
            .order_by(Review.meets_on, Review.id)
            .limit(limit)
        )
    )
