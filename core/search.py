"""Quick search: each room says what it offers (`offer`), app/wiring.py lists it, the page shows the best of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Hit:
    code: str
    title: str
    url: str
    kind: Any
    detail: str = ""


Provider = Callable[[Any, str, int], list[Hit]]
_providers: list[Provider] = []


def offer(provider: Provider) -> None:
    if provider not in _providers:
        _providers.append(provider)


def find(person: Any, words: str, *, each: int = 8) -> list[Hit]:
    """Hits of all rooms that this person may see; a code typed exactly comes first."""
    words = " ".join(words.replace("\x00", "").split())[:100]
    if not words:
        return []
    hits = [hit for provider in _providers for hit in provider(person, words, each)]
    exact = words.lower()
    return sorted(hits, key=lambda hit: (hit.code.lower() != exact, not hit.code.lower().startswith(exact)))
