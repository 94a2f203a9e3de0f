"""The one clock. Nothing else in the product asks the machine for the time."""

import contextlib
import contextvars
from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_pinned: contextvars.ContextVar[datetime | None] = contextvars.ContextVar("pinned_clock", default=None)


def now() -> datetime:
    return _pinned.get() or datetime.now(UTC)


def today(zone: str) -> date:
    return now().astimezone(ZoneInfo(zone)).date()


@contextlib.contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let operations happen at another time: the demonstration tells a story of two years through them."""
    if moment.tzinfo is None:
        raise ValueError("the clock takes aware times only")
    token = _pinned.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _pinned.reset(token)
