"""Actions that count only when something in a room above is real (a training that everybody passed).

Rooms above register a provider for a kind of action. Such an action is done only once that thing is named, and the
ticket is closed only once it is real.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from improvement.models import Action


@dataclass(frozen=True)
class Backing:
    """What an action stands for, and how that stands. `url` shows it, `name_url` is where it is named (empty for who
    may not); `missing` says what is still to come, `who` can supply it."""

    named: bool
    real: bool
    label: str
    detail: str = ""
    missing: str = ""
    who: str = ""
    url: str = ""
    name_url: str = ""
    name_label: str = ""


class Provider(Protocol):
    def backings(self, actions: Sequence[Action], person: Any) -> dict[int, Backing]:
        """By the number of the action; a fixed number of statements. `person` decides about addresses only and may
        be None."""


_providers: dict[str, Provider] = {}


def provide(kind: str, provider: Provider) -> None:
    """`kind` is a kind of action. Providing it again replaces the provider."""
    _providers[kind] = provider


def backings_of(actions: Sequence[Action], person: Any = None) -> dict[int, Backing]:
    """What stands behind these actions; those of other kinds have no entry."""
    found: dict[int, Backing] = {}
    for kind, provider in _providers.items():
        own = [action for action in actions if action.kind == kind]
        if own:
            found.update(provider.backings(own, person))
    return found
