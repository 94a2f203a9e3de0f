"""States of a wave, when its page is open, and how large a group must be to be shown. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from core.lazytext import _l


class WaveState(StrEnum):
    draft = "draft"
    open = "open"
    closed = "closed"
    analysed = "analysed"

    @property
    def label(self) -> Any:
        return STATE_LABELS[self]

    @property
    def tone(self) -> str:
        return {"draft": "few", "open": "good", "closed": "info", "analysed": "info"}[self.value]


STATE_LABELS: Final[dict[WaveState, Any]] = {
    WaveState.draft: _l("In preparation"),
    WaveState.open: _l("Open for answers"),
    WaveState.closed: _l("Closed"),
    WaveState.analysed: _l("Analysed"),
}


@dataclass(frozen=True, slots=True)
class Step:
    verb: str
    sources: frozenset[WaveState]
    to: WaveState
    reason: bool = False


#: verb → from which states, to which; `reason`: it takes back something that others may rely on
STEPS: Final[dict[str, Step]] = {
    step.verb: step
    for step in (
        Step("open", frozenset({WaveState.draft}), WaveState.open),
        Step("close", frozenset({WaveState.draft, WaveState.open}), WaveState.closed),
        Step("reopen", frozenset({WaveState.closed}), WaveState.open, reason=True),
        Step("analyse", frozenset({WaveState.closed}), WaveState.analysed),
        Step("revise", frozenset({WaveState.analysed}), WaveState.closed, reason=True),
    )
}
#: states in which answers from files may still come in
TAKES_FILES: Final = frozenset({WaveState.draft, WaveState.open, WaveState.closed})


def step(state: str, verb: str) -> Step | None:
    found = STEPS.get(verb)
    return found if found is not None and state in found.sources else None


class Door(StrEnum):
    """What the public page says."""

    soon = "soon"
    open = "open"
    over = "over"


def door(state: str, first: date | None, last: date | None, today: date) -> Door:
    """A wave answers from its first to its last day, both included, while it is open."""
    if state == WaveState.draft or (state == WaveState.open and first is not None and today < first):
        return Door.soon
    if state == WaveState.open and (last is None or today <= last):
        return Door.open
    return Door.over


CHANNELS: Final[dict[str, Any]] = {
    "web": _l("Link or QR code"),
    "mail": _l("E-mail"),
    "phone": _l("Telephone"),
    "paper": _l("Paper"),
    "counter": _l("At the counter"),
    "file": _l("File"),
}
MIN_CELL_LEAST: Final = 5
MIN_CELL: Final = 10
INVITATIONS_MOST: Final = 20_000
QUOTA_MOST: Final = 1_000_000
#: answers taken over an open link from one network in ten minutes: a waiting room may, a script may not
RATE_MINUTES: Final = 10
RATE_ANSWERS: Final = 120
RATE_DRAFTS: Final = 240


def withheld(sizes: dict[str, int], minimum: int, also: frozenset[str] = frozenset()) -> set[str]:
    """Groups that may not be shown: those below the minimum, those in `also`, and, since what is hidden could be found
    by taking the shown groups from the whole, the smallest others until the hidden ones together reach the minimum and
    are at least two.

    Groups of nobody hide nothing and are left out.

    Source: complementary suppression as in disclosure control, the rule of the product.
    """
    there = {name: size for name, size in sizes.items() if size > 0}
    hidden = {name for name, size in there.items() if size < minimum or name in also}
    if not hidden:
        return hidden
    for name in sorted(there, key=lambda each: (there[each], each)):
        if len(hidden) >= 2 and sum(there[each] for each in hidden) >= minimum:
            break
        hidden.add(name)
    return hidden


def withheld_along(
    counted: Iterable[Mapping[str, int]],
    lines: Iterable[Iterable[str]],
    minimum: int,
    found: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """Groups that may not be shown for any of these counts, as each could give the others away: those of `found`, and
    those of `withheld` among all groups and along every line, a set of groups whose sum is shown elsewhere."""
    whole = [dict(counts) for counts in counted]
    # the lines first: what they hide is mostly enough for the whole
    given = [{name: counts[name] for name in line} for line in lines for counts in whole] + whole
    known = -1
    while len(found) > known:
        known = len(found)
        for counts in given:
            found |= withheld(counts, minimum, found)
    return found


def withheld_cells(
    sizes: Mapping[tuple[str, ...], int], minimum: int, more: Iterable[Iterable[tuple[str, ...]]] = ()
) -> set[tuple[str, ...]]:
    """Groups by several things at once that may not be shown: in each row and column, in the whole, and in each of
    `more`, those hidden protect each other as in `withheld`, so that the groups by one thing alone, shown elsewhere, give
    none of them away.
    """
    hidden: set[tuple[str, ...]] = set()
    wide = len(next(iter(sizes), ()))
    lines: dict[tuple[int, str], list[tuple[str, ...]]] = {
        (-2 - place, ""): list(cells) for place, cells in enumerate(more)
    }
    lines[-1, ""] = list(sizes)
    if wide > 1:
        for cell in sizes:
            for place, value in enumerate(cell):
                lines.setdefault((place, value), []).append(cell)
    known = -1
    while len(hidden) > known:
        known = len(hidden)
        for cells in lines.values():
            names = {"\0".join(cell): cell for cell in cells}
            own = {name: sizes[cell] for name, cell in names.items()}
            also = frozenset(name for name, cell in names.items() if cell in hidden)
            hidden |= {names[name] for name in withheld(own, minimum, also)}
    return hidden


def shown_answers(state: str, given: int, minimum: int, *, anonymous: bool) -> int:
    """How many of the answers given over links are computed with. While an anonymous wave is open its figures move in
    steps of the smallest group shown: nobody can read one answer from the difference between two looks."""
    if state == WaveState.open and anonymous:
        return given - given % minimum
    return given
