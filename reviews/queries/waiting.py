"""Which reviews wait for whom, in one statement."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Date, Integer, and_, bindparam, or_, select

from accounts.models import Unit
from core import access, clock
from core.db import session
from core.i18n import zone
from reviews.models import Review
from reviews.permissions import CHAIR, PREPARE

AHEAD_DAYS = 30
MOST = 40


def list_steps(person: Any) -> list[Any]:
    """Reviews to prepare or to hold (quality managers; when the meeting is near), to chair, to sign (their chairs)."""
    today = clock.now().astimezone(zone()).date()
    return list(
        session.execute(
            _steps(access.reach(person, PREPARE), access.reach(person, CHAIR)),
            {"me": person.id, "soon": today + timedelta(days=AHEAD_DAYS), "today": today},
        )
    )


@lru_cache(maxsize=256)
def _steps(preparing: tuple[str, ...], chairing: tuple[str, ...]) -> Any:
    me = bindparam("me", type_=Integer)
    manager = access.within(preparing, Unit.path)
    chair = and_(Review.chair_id == me, access.within(chairing, Unit.path))
    return (
        select(
            Review.id,
            Review.code,
            Review.title_en,
            Review.title_zh,
            Review.state,
            Review.meets_on,
            Review.held_at,
            Review.minutes_en,
            Review.minutes_zh,
            chair.label("is_chair"),
        )
        .join(Unit, Unit.id == Review.unit_id)
        .where(
            or_(
                and_(manager, Review.state == "planned", Review.meets_on <= bindparam("soon", type_=Date)),
                and_(
                    or_(manager, chair),
                    Review.state == "prepared",
                    Review.meets_on <= bindparam("today", type_=Date),
                ),
                and_(or_(manager, chair), Review.state == "held"),
            )
        )
        .order_by(Review.meets_on, Review.id)
        .limit(MOST)
    )
