"""What rooms above know about touchpoints: what was delivered, what was felt, what else hangs there.

Given by app/wiring.py through `offer_…`; each provider is asked once for a whole journey.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.figures import Figure
from standards.proof import Proof


@dataclass(frozen=True, slots=True)
class Felt:
    """What one question of a survey said. `value` and `interval` are written as the page shows them.

    verdict: against the question's own target, else "short" when the whole interval lies on the discontented half of
    its scale and "kept" when all of it lies on the other; None where it can't be called.
    """

    code: str
    text: str
    wave: str
    value: str
    interval: str
    figure: Figure
    verdict: str | None
    url: str


DeliveredProvider = Callable[[Sequence[int], Any], dict[tuple[int, str], Proof]]
FeltProvider = Callable[[Sequence[int], Any], dict[int, list[Felt]]]
UseProvider = Callable[[Sequence[int]], set[int]]
_delivered: list[DeliveredProvider] = []
_felt: list[FeltProvider] = []
_uses: list[UseProvider] = []


def offer_delivered(provider: DeliveredProvider) -> None:
    if provider not in _delivered:
        _delivered.append(provider)


def offer_felt(provider: FeltProvider) -> None:
    if provider not in _felt:
        _felt.append(provider)


def offer_uses(provider: UseProvider) -> None:
    if provider not in _uses:
        _uses.append(provider)


def delivered(standard_ids: Sequence[int], person: Any) -> dict[tuple[int, str], Proof]:
    """Figures by (standard, requirement code)."""
    found: dict[tuple[int, str], Proof] = {}
    if standard_ids:
        for provider in _delivered:
            found |= provider(standard_ids, person)
    return found


def felt(touchpoint_ids: Sequence[int], person: Any) -> dict[int, list[Felt]]:
    """What customers said, by touchpoint."""
    found: dict[int, list[Felt]] = defaultdict(list)
    if touchpoint_ids:
        for provider in _felt:
            for touchpoint_id, said in provider(touchpoint_ids, person).items():
                found[touchpoint_id] += said
    return dict(found)


def in_use(touchpoint_ids: Sequence[int]) -> set[int]:
    """Touchpoints on which something of a room above hangs."""
    return set().union(*(provider(touchpoint_ids) for provider in _uses)) if touchpoint_ids else set()
