"""Why a part of a pack has nothing to show: what there is before or after its period."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.db import session


@dataclass(frozen=True)
class Absence:
    """`before` is the newest record that ended before the period, `after` the oldest behind it; day and code."""

    before: tuple[date, str] | None = None
    after: tuple[date, str] | None = None


def absence_of(statement: Any, day: Any, first: Any, last: Any, zone: ZoneInfo | None = None) -> Absence:
    """`statement` is a select of (day, code) of every record of the kind; `last` is the first day or moment behind the period.

    Moments become days of `zone`. Two statements.
    """

    def one(found: Any) -> tuple[date, str] | None:
        row = session.execute(found.limit(1)).first()
        if row is None:
            return None
        moment = row[0]
        if isinstance(moment, datetime):
            moment = moment.astimezone(zone).date()
        return moment, row[1]

    return Absence(
        one(statement.where(day < first).order_by(day.desc())),
        one(statement.where(day >= last).order_by(day)),
    )
