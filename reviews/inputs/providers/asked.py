"""Who asks, over which period, and what the providers share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import Unit
from core.figures import Figure
from reviews.inputs.blocks import Block, both, figure
from reviews.rules.schedule import period_before

GRADE_TONE = {"major": "bad", "minor": "edge", "ofi": "info", "strength": "good", "signal": "few"}


@dataclass(frozen=True)
class Asked:
    """Which review asks: the unit, the period, and the one before it, as long."""

    review_id: int
    unit: Unit
    first: date
    last: date
    meets_on: date

    @property
    def before(self) -> tuple[date, date]:
        return period_before(self.first, self.last)


def pairs(
    now: Iterable[tuple[Any, Figure]], before: Iterable[tuple[Any, Figure]]
) -> list[tuple[Any, Figure, Figure | None]]:
    earlier = dict(before)
    return [(key, found, earlier.get(key)) for key, found in now]


def labelled(found: Iterable[Figure]) -> list[tuple[tuple[str, str], Figure]]:
    return [((str(one.working["label_en"]), str(one.working["label_zh"])), one) for one in found]


def in_both(
    now: Iterable[Figure],
    before: Iterable[Figure],
    href: str = "",
    better: Callable[[str], str] = lambda _label: "",
) -> list[Block]:
    return [
        figure(
            both(*label),
            found,
            earlier,
            href=str(found.working.get("href") or href),
            better=better(label[0]),
        )
        for label, found, earlier in pairs(labelled(now), labelled(before))
    ]


_FEWER_IS_BETTER = ("open at the end", "Reopened", "Justified", "Major", "Minor", "not verified", "Overdue")


def direction(label: str) -> str:
    """Which way a labelled figure is better, where that can be said at all."""
    if any(part in label for part in _FEWER_IS_BETTER):
        return "down"
    return "up" if any(part in label for part in ("in time", "Satisfied", " STD-")) else ""
