"""Facts that a room announces to rooms above it, in the same transaction. app/wiring.py shows who reacts to what."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_reactions: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def react(to: type[T], with_: Callable[[T], None]) -> None:
    if with_ not in _reactions[to]:
        _reactions[to].append(with_)


def announce(fact: object) -> None:
    for reaction in _reactions[type(fact)]:
        reaction(fact)


def reactions() -> dict[type, list[Callable[[Any], None]]]:
    return dict(_reactions)
