"""What rooms above know about a promise: its figure, its line, its rows. Given by app/wiring.py through `offer`."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.figures import Figure
from standards.models import Standard, Version


@dataclass(frozen=True)
class Proof:
    figure: Figure | None
    spark: tuple[float | None, ...]
    cases_url: str
    how_url: str
    links: tuple[tuple[str, str, str], ...] = ()  # icon, text, address


Provider = Callable[[Standard, Version, Any], dict[str, Proof]]
_providers: list[Provider] = []


def offer(provider: Provider) -> None:
    if provider not in _providers:
        _providers.append(provider)


def proofs_of(standard: Standard, version: Version, person: Any) -> dict[str, list[Proof]]:
    """Proofs by requirement code, of all rooms that measure promises."""
    found: dict[str, list[Proof]] = defaultdict(list)
    for provider in _providers:
        for code, proof in provider(standard, version, person).items():
            found[code].append(proof)
    return dict(found)
