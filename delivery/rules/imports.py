"""States of an import and the reasons why a row is set aside."""

from enum import StrEnum
from typing import Any

from core.lazytext import _l


class BatchState(StrEnum):
    received = "received"
    mapped = "mapped"
    accepted = "accepted"
    failed = "failed"
    withdrawn = "withdrawn"

    @property
    def label(self) -> Any:
        return STATE_LABELS[self]

    @property
    def tone(self) -> str:
        return {"accepted": "good", "withdrawn": "few", "failed": "bad"}.get(self.value, "info")


STATE_LABELS: dict[BatchState, Any] = {
    BatchState.received: _l("File received"),
    BatchState.mapped: _l("Ready to import"),
    BatchState.accepted: _l("Imported"),
    BatchState.failed: _l("Could not be read"),
    BatchState.withdrawn: _l("Withdrawn"),
}
#: the columns may still be changed, and nothing counts yet
OPEN = frozenset({BatchState.received, BatchState.mapped, BatchState.failed})

DUPLICATES: dict[str, Any] = {
    "last": _l("The last row of a case counts"),
    "first": _l("The first row of a case counts"),
    "reject": _l("The first counts, the others are set aside"),
}
REASONS: dict[str, Any] = {
    "to_before_from": _l("The end lies before the start"),
    "unreadable_time": _l("A time cannot be read"),
    "missing_case": _l("The number of the case is missing"),
    "duplicate_case": _l("The case stands in an earlier row already"),
    "wrong_number_of_fields": _l("More or fewer fields than the first line"),
}


def reason_label(code: str) -> Any:
    return REASONS.get(code, code)
