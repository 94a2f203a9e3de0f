"""A figure: any number the machine computed, with everything needed to believe it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from statistics import NormalDist
from typing import Any, Final, Literal, cast, get_args

Unit = Literal["share", "mean", "index", "count", "difference", "seconds", "days", "ratio"]
Verdict = Literal["kept", "on_the_line", "short", "too_few"]

UNITS: Final[tuple[Unit, ...]] = get_args(Unit)
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)


@dataclass(frozen=True)
class Figure:
    """A number as it is stored in findings, packs and reviews and printed on pages.

    `value`, `low`, `high` and `target` are in the unit's own scale: a share is 0 to 1 (not per cent), a difference of
    shares -1 to 1, durations are seconds or days. `value` is None when there are too few data to say anything.
    `low` and `high` bound the interval at `confidence`; both are None for a full count, which has no interval.
    `method` names how the interval was made ("wilson", "full count", "t", ...). `as_of` is the aware moment up to
    which the data reach. `working` says how the number was computed: inputs, counts, engine version, and under
    "href" a link to the page that shows it.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    method: str = ""
    as_of: datetime | None = None
    unit: Unit = "share"
    target: float | None = None
    verdict: Verdict | None = None
    confidence: float = 0.95
    working: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unit must be one of {', '.join(UNITS)}, not {self.unit!r}")
        if self.verdict is not None and self.verdict not in VERDICTS:
            raise ValueError(f"verdict must be one of {', '.join(VERDICTS)}, not {self.verdict!r}")
        if self.n < 0:
            raise ValueError(f"n cannot be negative, got {self.n}")
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has both ends or none")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"the interval is upside down: {self.low} to {self.high}")
        numbers = (self.value, self.low, self.high, self.target)
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ValueError("a figure holds finite numbers only")
        if self.as_of is not None and self.as_of.tzinfo is None:
            raise ValueError("as_of needs a time zone")

    @property
    def is_full_count(self) -> bool:
        return self.value is not None and self.low is None

    def to_json(self) -> dict[str, Any]:
        """Plain values only, ready for a JSON column; `from_json` gives back an equal figure."""
        data = {item.name: getattr(self, item.name) for item in fields(self)}
        data["as_of"] = self.as_of.isoformat() if self.as_of else None
        data["working"] = dict(self.working)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Figure:
        """Reads what `to_json` wrote; a key it does not know is an error, so nothing is lost silently."""
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise ValueError(f"a figure has no {', '.join(unknown)}")
        values = dict(data)
        if isinstance(values.get("as_of"), str):
            values["as_of"] = datetime.fromisoformat(cast("str", values["as_of"]))
        return cls(**values)


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of a share, without continuity correction.

    Solves |p - x/n| = z sqrt(p (1 - p) / n) for p. Shares are 0 to 1. With no success the lower end is exactly 0,
    with n of n the upper end exactly 1.

    Raises ValueError when n < 1, successes are outside 0..n, or confidence is outside (0, 1).

    Source: Wilson (1927), J. Am. Stat. Assoc. 22, 209-212; as method 3 in Newcombe (1998), Stat. Med. 17, 857-872,
    whose table I gives 81/263 -> .2553 to .3662 and 0/20 -> 0 to .1611.
    """
    if n < 1:
        raise ValueError(f"a share needs at least one case, n is {n}")
    if not 0 <= successes <= n:
        raise ValueError(f"successes must be between 0 and {n}, got {successes}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / n
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high


def verdict(
    low: float | None, high: float | None, target: float, n: int, min_n: int, *, at_most: bool = False
) -> Verdict:
    """Whether a promise is kept, from the interval and not from the value alone.

    too_few: n is under min_n. kept: the whole interval is at or above the target. short: the whole of it is below.
    on_the_line: it crosses. A full count is given with low = high = value. With `at_most` the promise is a ceiling
    ("no more than 3 % repeat faults") and the sides change places; the target itself still counts as kept.

    Raises ValueError when n is enough but the interval is missing or upside down.

    Source: the product's own rule.
    """
    if n < min_n:
        return "too_few"
    if low is None or high is None or low > high:
        raise ValueError(f"with n = {n} an interval is needed, got {low} to {high}")
    if at_most:
        low, high, target = -high, -low, -target
    if low >= target:
        return "kept"
    if high < target:
        return "short"
    return "on_the_line"
