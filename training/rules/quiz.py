"""The quiz: which questions are drawn, in which order choices stand, what counts as right. Pure and reproducible."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any

from core.lazytext import _l

QUESTIONS_MOST, CHOICES_MOST, ATTEMPTS_MOST, STEPS_MOST = 200, 8, 20, 60


class Kind(StrEnum):
    single = "single"
    multiple = "multiple"

    @property
    def label(self) -> Any:
        return KINDS[self]


KINDS: dict[Kind, Any] = {Kind.single: _l("One answer is right"), Kind.multiple: _l("Several may be right")}


def _place(seed: str, item: object) -> bytes:
    return hashlib.sha256(f"{seed}\x1f{item}".encode()).digest()


def shuffled(items: Iterable[int], seed: str) -> list[int]:
    """The same items in an order that follows from the seed alone, on every machine and in every release."""
    return sorted(items, key=lambda item: _place(seed, item))


def draw(bank: Sequence[int], count: int, seed: str) -> list[int]:
    """`count` of the bank (0 or more than there are: all), each equally likely, shuffled."""
    mixed = shuffled(bank, seed)
    return mixed[:count] if 0 < count < len(mixed) else mixed


def mark(right: Collection[int], chosen: Collection[int]) -> bool:
    """All right choices taken and no wrong one; there is no half point."""
    return bool(chosen) and set(right) == set(chosen)


def verdict(right: int, asked: int, pass_mark: float) -> tuple[float, bool]:
    """(share of the questions answered right, whether that reaches the pass mark).

    Raises ValueError when nothing was asked or more is right than was asked.
    """
    if asked < 1 or not 0 <= right <= asked:
        raise ValueError(f"{right} right of {asked} asked")
    share = right / asked
    return share, share >= pass_mark - 1e-9


def question_problem(kind: str, choices: Sequence[dict[str, Any]]) -> str:
    """Code of what is wrong with the choices of a question, or an empty text."""
    if not 2 <= len(choices) <= CHOICES_MOST:
        return "number"
    if any(not (choice.get("en") or choice.get("zh")) for choice in choices):
        return "empty"
    for language in ("en", "zh"):
        texts = [choice[language] for choice in choices if choice.get(language)]
        if len(set(texts)) < len(texts):
            return "doubled"
    right = sum(1 for choice in choices if choice.get("right"))
    if right == 0:
        return "none_right"
    if kind == Kind.single and right > 1:
        return "one_right"
    return ""
