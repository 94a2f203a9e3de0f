"""The map of a customer journey: what is promised, delivered and felt at each touchpoint."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from standards import touch
from standards.models import Journey, Stage, Touchpoint
from standards.proof import Proof
from standards.queries import journeys as queries
from standards.queries import touchpoints as hanging
from standards.queries.touchpoints import Promised
from standards.rules.journeys import Word, disagreement
from standards.touch import Felt

_RANK = {"short": 0, "on_the_line": 1, "kept": 2, "too_few": 3}


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement with its figure, where it is measured."""

    promised: Promised
    proof: Proof | None

    @property
    def verdict(self) -> str:
        figure = self.proof.figure if self.proof else None
        return figure.verdict or "" if figure else ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A touchpoint with all that is known about it. `waiting`: standards that hang here without being in force."""

    touchpoint: Touchpoint
    lines: tuple[Line, ...]
    waiting: tuple[Promised, ...]
    felt: tuple[Felt, ...]
    word: Word | None

    @property
    def worst_first(self) -> list[Line]:
        return sorted(self.lines, key=lambda line: _RANK.get(line.verdict, 4))


@dataclass(frozen=True, slots=True)
class JourneyMap:
    columns: tuple[tuple[Stage, tuple[Spot, ...]], ...]

    @property
    def spots(self) -> list[Spot]:
        return [spot for _stage, spots in self.columns for spot in spots]

    @property
    def moments(self) -> int:
        return sum(spot.touchpoint.moment_of_truth for spot in self.spots)

    @property
    def verdicts(self) -> Counter[str]:
        """Promises by verdict; one that hangs on several touchpoints counts once."""
        known = {
            (line.promised.standard_id, line.promised.code): line.verdict
            for spot in self.spots
            for line in spot.lines
            if line.verdict
        }
        return Counter(known.values())

    @property
    def first_to_look_at(self) -> list[Spot]:
        """Where customers suffer, then where the three do not agree; moments of truth before others."""
        said = [spot for spot in self.spots if spot.word is not None]
        return sorted(
            said,
            key=lambda spot: (
                spot.word is not None and spot.word.tone != "bad",
                not spot.touchpoint.moment_of_truth,
            ),
        )

    @property
    def period(self) -> tuple[date, date] | None:
        """From the first to the last day that the figures of delivery cover."""
        workings = [
            line.proof.figure.working
            for spot in self.spots
            for line in spot.lines
            if line.proof is not None and line.proof.figure is not None
        ]
        firsts = [str(working["from"]) for working in workings if working.get("from")]
        lasts = [str(working["until"]) for working in workings if working.get("until")]
        return (date.fromisoformat(min(firsts)), date.fromisoformat(max(lasts))) if firsts and lasts else None


def spots_of(touchpoints: Sequence[Touchpoint], person: Any) -> dict[int, Spot]:
    """By touchpoint. The number of statements does not depend on how many there are."""
    ids = [touchpoint.id for touchpoint in touchpoints]
    promises = hanging.promised(ids, person)
    figures = touch.delivered(_standards(promises.values()), person)
    felt = touch.felt(ids, person)
    made = {}
    for touchpoint in touchpoints:
        there = promises.get(touchpoint.id, [])
        lines = tuple(Line(each, figures.get((each.standard_id, each.code))) for each in there if each.code)
        said = tuple(felt.get(touchpoint.id, []))
        made[touchpoint.id] = Spot(
            touchpoint,
            lines,
            tuple(each for each in there if not each.code),
            said,
            disagreement(
                promised=bool(lines),
                delivered=[line.verdict for line in lines],
                felt=[each.verdict for each in said],
                moment=touchpoint.moment_of_truth,
            ),
        )
    return made


def _standards(promises: Iterable[Sequence[Promised]]) -> list[int]:
    return sorted({each.standard_id for found in promises for each in found if each.code})


def map_of(journey: Journey, person: Any) -> JourneyMap:
    stages = queries.list_stages(journey.id)
    touchpoints = queries.list_touchpoints([stage.id for stage in stages])
    spots = spots_of([each for found in touchpoints.values() for each in found], person)
    return JourneyMap(
        tuple((stage, tuple(spots[each.id] for each in touchpoints.get(stage.id, []))) for stage in stages)
    )
