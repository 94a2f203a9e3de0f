"""What can go wrong for reasons a person can understand; core/web.py turns each into a page."""

from collections.abc import Sequence
from typing import Any


class PlumblineError(Exception):
    """Base of all errors that carry a sentence for a person."""


class RuleViolation(PlumblineError):
    """An operation refused for a reason of the domain. `field` names the form field it belongs to, if any."""

    def __init__(self, message: Any, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.field = field


class InvalidInput(PlumblineError):
    """Something given from outside can't be used; the sentence names row, field or limit."""


class NotFound(PlumblineError):
    """No such record, or nothing that the person may know exists."""


class NotPermitted(PlumblineError):
    """A record or an action that is not open to this person.

    `what` names the thing, `who` says which roles may, `ask` is whom to turn to.
    """

    def __init__(self, what: Any = "", who: Sequence[Any] = (), ask: Any = "") -> None:
        super().__init__(str(what))
        self.what = what
        self.who = list(who)
        self.ask = ask


class EditConflict(PlumblineError):
    """Somebody saved the record between this person's reading and saving."""

    def __init__(
        self,
        what: str,
        *,
        version: int,
        current: dict[str, Any],
        saved_by: str | None = None,
        saved_at: Any = None,
        record: tuple[str, int] | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.version = version
        self.current = current
        self.saved_by = saved_by
        self.saved_at = saved_at
        self.record = record  # table and id, to find in the trail who saved
