"""Arithmetic of kept promises: adding up, verdicts, order, and which promises are slipping."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.figures import Verdict, wilson
from core.lazytext import _l
from standards.rules.timing import WORKING_TIME_UNITS, parse_limit

MIN_N = 30
#: cases of a month from which its point is drawn in the small trend; the trend shows a course and gives no verdict
TREND_N = 10
SLIPPING_ALPHA = 0.05
#: months of the two windows that the slipping rule compares
SLIPPING_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Tally:
    """Cases of one promise in one place and time. Pending cases count in neither side of the share."""

    eligible: int = 0
    met: int = 0
    missed: int = 0
    pending: int = 0

    @property
    def n(self) -> int:
        return self.met + self.missed

    @property
    def share(self) -> float | None:
        return self.met / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson, 95 %."""
        return wilson(self.met, self.n) if self.n else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.eligible + other.eligible,
            self.met + other.met,
            self.missed + other.missed,
            self.pending + other.pending,
        )


def add_up(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for each in tallies:
        total = total + each
    return total


def verdict(tally: Tally, target: float, min_n: int = MIN_N) -> Verdict:
    """Kept: the whole interval reaches the target. Short: all of it is below. Else on the line, or too few data."""
    interval = tally.interval
    if interval is None or tally.n < min_n:
        return "too_few"
    if interval[0] >= target:
        return "kept"
    return "short" if interval[1] < target else "on_the_line"


_RANK: dict[str, int] = {"short": 0, "on_the_line": 1, "too_few": 2, "kept": 3}


def order_key(state: str, share: float | None, target: float) -> tuple[int, float]:
    """Least kept first: short, on the line, too few, kept; within a state by the distance to the target."""
    return _RANK.get(state, 4), (share - target) if share is not None else math.inf


@dataclass(frozen=True, slots=True)
class Slip:
    """A fall from `before` to `after`; `p` is two-sided."""

    before: Tally
    after: Tally
    p: float

    @property
    def difference(self) -> float:
        return (self.after.share or 0.0) - (self.before.share or 0.0)


def slipping(months: Sequence[Tally | None], min_n: int = MIN_N) -> Slip | None:
    """Do the last three months fall against the three before them, by more than chance explains?

    months: oldest first, None for a month without cases. Pooled two-proportion z test (e.g. Fleiss, Levin and Paik
    2003, section 3.2), two-sided at 5 %; each window needs `min_n` decided cases. None when the rule does not hold.
    """
    if len(months) < 2 * SLIPPING_MONTHS:
        return None
    after = add_up(each for each in months[-SLIPPING_MONTHS:] if each)
    before = add_up(each for each in months[-2 * SLIPPING_MONTHS : -SLIPPING_MONTHS] if each)
    if after.n < min_n or before.n < min_n:
        return None
    p = two_proportions(before.met, before.n, after.met, after.n)
    found = Slip(before, after, p)
    return found if found.difference < 0 and p < SLIPPING_ALPHA else None


def two_proportions(met_a: int, n_a: int, met_b: int, n_b: int) -> float:
    """Two-sided p of the pooled two-proportion z test. Both n must be positive; 1.0 when all or none met."""
    pooled = (met_a + met_b) / (n_a + n_b)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    if not spread:
        return 1.0
    return math.erfc(abs(met_a / n_a - met_b / n_b) / spread / math.sqrt(2))


Obstacle = Literal["milestone", "column", "no_target", "limit", "no_hours", "no_log", "no_import", "no_case"]
OBSTACLES: dict[Obstacle, Any] = {
    "milestone": _l("Can't be measured: the log has no milestone “%(name)s”."),
    "column": _l("Can't be measured: the log has no column “%(name)s”."),
    "no_target": _l("Can't be judged: the requirement has no target."),
    "limit": _l("Can't be measured: the limit “%(name)s” can't be read."),
    "no_hours": _l("Can't be measured: the limit counts working hours, but the calendar has none."),
    "no_log": _l("Not measured: no log proves this standard yet."),
    "no_import": _l("Not measured: nothing has been imported into its log yet."),
    "no_case": _l("Not measured: the log has no case since the requirement came into force."),
}


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a requirement can't be measured over a log."""

    code: Obstacle
    name: str = ""

    def __str__(self) -> str:
        return str(OBSTACLES[self.code] % {"name": self.name})


def hindrance(
    *,
    start: str,
    end: str,
    limit: str,
    target: float | None,
    columns_asked: Collection[str],
    pauses: Iterable[Sequence[str]],
    has_hours: bool,
    milestones: Collection[str],
    columns: Collection[str] | None,
) -> Hindrance | None:
    """The first reason why a requirement can't be measured over a log; None when it can. columns: None if unknown."""
    try:
        parsed = parse_limit(limit)
    except ValueError:
        return Hindrance("limit", limit)
    named = [start, end, *(name for pair in pauses for name in pair)]
    if parsed.milestone:
        named.append(parsed.milestone)
    for name in named:
        if name not in milestones:
            return Hindrance("milestone", name)
    if columns is not None:
        for name in columns_asked:
            if name not in columns:
                return Hindrance("column", name)
    if parsed.unit in WORKING_TIME_UNITS and not has_hours:
        return Hindrance("no_hours")
    return Hindrance("no_target") if target is None else None
