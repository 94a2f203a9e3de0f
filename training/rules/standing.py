"""How a person stands with a course or competence, from everything that is known: one cell of the matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from core.lazytext import _l
from training.rules.days import stale
from training.rules.states import OPEN


class Standing(StrEnum):
    valid = "valid"
    soon = "soon"
    open = "open"
    late = "late"
    failed = "failed"
    waived = "waived"
    over = "over"
    none = "none"

    @property
    def label(self) -> Any:
        return STANDING_LABELS[self]

    @property
    def css(self) -> str:
        return _LOOK[self][0]

    @property
    def icon(self) -> str:
        return _LOOK[self][1]


STANDING_LABELS: dict[Standing, Any] = {
    Standing.valid: _l("valid"),
    Standing.soon: _l("ends within a month"),
    Standing.open: _l("to be taken"),
    Standing.late: _l("late"),
    Standing.failed: _l("not passed"),
    Standing.waived: _l("waived"),
    Standing.over: _l("no longer valid"),
    Standing.none: _l("not assigned"),
}
_LOOK: dict[Standing, tuple[str, str]] = {
    Standing.valid: ("good", "check-circle-fill"),
    Standing.soon: ("edge", "hourglass-split"),
    Standing.open: ("open", "circle"),
    Standing.late: ("bad", "exclamation-triangle-fill"),
    Standing.failed: ("bad", "x-diamond-fill"),
    Standing.waived: ("few", "slash-circle"),
    Standing.over: ("bad", "hourglass-bottom"),
    Standing.none: ("none", ""),
}
#: what is told first when a person has the same course several times: what needs somebody before what is well
_ORDER = (
    Standing.late,
    Standing.failed,
    Standing.valid,
    Standing.soon,
    Standing.open,
    Standing.over,
    Standing.waived,
)
SHOWN = (*_ORDER, Standing.none)


@dataclass(frozen=True)
class Record:
    """One assignment of a course to a person."""

    id: int
    state: str
    due: date | None
    valid_until: date | None


def of_record(record: Record, today: date) -> Standing:
    if record.state == "passed":
        return {"valid": Standing.valid, "soon": Standing.soon, "over": Standing.over}[
            stale(record.valid_until, today)
        ]
    if record.state in OPEN:
        if record.due is not None and record.due < today:
            return Standing.late
        return Standing.failed if record.state == "failed" else Standing.open
    return Standing.waived if record.state == "waived" else Standing.over


def standing_of(records: Sequence[Record], today: date) -> tuple[Standing, Record | None]:
    """The standing that counts, and the record it comes from (of several the latest)."""
    if not records:
        return Standing.none, None
    marked = [(of_record(record, today), record) for record in records]
    return min(marked, key=lambda pair: (_ORDER.index(pair[0]), -pair[1].id))


def of_proofs(untils: Sequence[date | None], today: date) -> Standing:
    """From the last days of all proofs of a competence (None: for good)."""
    found = [stale(until, today) for until in untils]
    for name, standing in (("valid", Standing.valid), ("soon", Standing.soon), ("over", Standing.over)):
        if name in found:
            return standing
    return Standing.none
