"""What every request asks and hardly ever changes: the tree of units, and who holds which role where.

Each process remembers them under the mark `organisation.structure`, which triggers of the database renew with every
change of a unit or a grant (migration 0008). A request reads the mark together with its session, so a grant given
or revoked anywhere is seen by every process at its next request; a transaction that changes the structure itself
asks the database from then on.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

from accounts.models import Grant, Unit
from core.db import session

MOST = 2_000  # remembered answers a database
KEY = "structure"
Answer = TypeVar("Answer")

_remembered: dict[str, dict[Hashable, Any]] = {}


def seen(mark: str | None) -> None:
    """The mark as this transaction found it."""
    session().info[KEY] = mark or None


def remembered(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer of `ask`, or what it gave before under the same mark."""
    mark = session().info.get(KEY)
    if mark is None:
        return ask()
    answers = _remembered.get(mark)
    if answers is None:
        _remembered.clear()  # marks are never used again
        answers = _remembered[mark] = {}
    try:
        found: Answer = answers[key]
    except KeyError:
        if len(answers) >= MOST:
            answers.clear()
        found = answers[key] = ask()
    return found


@event.listens_for(Session, "after_flush")
def _changed(current: Session, _context: Any) -> None:
    if current.info.get(KEY) is not None and any(
        isinstance(record, Unit | Grant) for record in (*current.new, *current.dirty, *current.deleted)
    ):
        current.info[KEY] = None
