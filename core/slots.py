"""Places on a page that rooms above may fill: the owner of the page names the slot, app/wiring.py fills it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Panel:
    """One piece of a page: a template and what it needs. `order` sorts pieces of different rooms."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    order: int = 50


_fillers: dict[str, list[Callable[[Any, Any], Panel | Sequence[Panel] | None]]] = defaultdict(list)


def fill(slot: str, with_: Callable[[Any, Any], Panel | Sequence[Panel] | None]) -> None:
    if with_ not in _fillers[slot]:
        _fillers[slot].append(with_)


def panels(slot: str, record: Any, person: Any) -> list[Panel]:
    """What rooms above have to say about this record to this person. Costs what the fillers cost, nothing per row."""
    found: list[Panel] = []
    for filler in _fillers[slot]:
        result = filler(record, person)
        if result is None:
            continue
        found.extend([result] if isinstance(result, Panel) else result)
    return sorted(found, key=lambda panel: panel.order)
