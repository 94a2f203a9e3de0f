"""Measures that a ticket can be judged by: rooms above register a provider, tickets know only the reference.

A reference is text that begins with the provider's prefix, "attainment:STD-0007:R2:unit=5".
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from core.i18n import pick
from improvement.models import Ticket


@dataclass(frozen=True)
class Count:
    """Cases decided: `met` of `n`. Pending cases belong to neither."""

    met: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.met <= self.n:
            raise ValueError(f"met must lie between 0 and n, got {self.met} of {self.n}")


@dataclass(frozen=True)
class Window:
    """A measure over some days: all cases together, and week by week (Monday of the week, its cases)."""

    total: Count
    weeks: tuple[tuple[date, Count], ...] = ()


@dataclass(frozen=True)
class Option:
    """A measure that can be registered. `target` is a share, 0 to 1."""

    ref: str
    label_en: str
    label_zh: str
    target: float | None = None

    @property
    def label(self) -> str:
        return pick(self.label_en, self.label_zh)


class Provider(Protocol):
    def options(self, ticket: Ticket, person: Any) -> list[Option]:
        """What this ticket could be measured by, most likely first; only what the person may see."""

    def measure(self, ref: str, first: date, last: date) -> Window:
        """The measure recomputed from the cases of these days, both included. LookupError for a measure that is gone."""

    def describe(self, ref: str) -> Option | None: ...

    def rows_url(self, ref: str, first: date, last: date) -> str:
        """The page with the cases behind the number; an empty string if there is none."""


_providers: dict[str, Provider] = {}


def register(prefix: str, provider: Provider) -> None:
    """`prefix` without the colon. Registering it again replaces the provider."""
    _providers[prefix] = provider


def unregister(prefix: str) -> None:
    _providers.pop(prefix, None)


def provider_for(ref: str) -> Provider | None:
    return _providers.get(ref.partition(":")[0])


def options_for(ticket: Ticket, person: Any) -> list[Option]:
    return [option for provider in _providers.values() for option in provider.options(ticket, person)]
