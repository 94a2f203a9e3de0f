"""What a measurement gives: cells with rates, intervals and verdicts, by group and period."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from delivery.engine.zone import SECOND

# Two-sided 95 % of the normal distribution.
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Cell:
    """Attainment of one requirement over some cases.

    attainment: met / (met + missed), None without any. ci: Wilson 95 % interval. median_s, p90_s: seconds from start
    to end, pauses taken out, over cases that have both; linear between ranks.
    verdict: kept, short, on_the_line or too_few; None without a target.
    """

    eligible: int
    met: int
    missed: int
    pending: int
    attainment: float | None
    ci: tuple[float, float] | None
    median_s: float | None
    p90_s: float | None
    verdict: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """keys: group column -> value. period: label like 2018-11, 2018-W45, 2018-Q4; empty without a period."""

    keys: dict[str, str]
    period: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class RequirementResult:
    id: str
    target: float | None
    overall: Cell
    groups: tuple[Group, ...]
    dropped: dict[str, int] = field(default_factory=dict)


def wilson(met: int, decided: int, z: float = Z95) -> tuple[float, float]:
    """Wilson score interval of a share (E. B. Wilson, JASA 22, 1927). `decided` must be positive."""
    share = met / decided
    centre = share + z * z / (2 * decided)
    half = z * math.sqrt(share * (1 - share) / decided + z * z / (4 * decided * decided))
    scale = 1 + z * z / decided
    low = 0.0 if met == 0 else (centre - half) / scale
    high = 1.0 if met == decided else (centre + half) / scale
    return max(0.0, low), min(1.0, high)


def verdict(decided: int, ci: tuple[float, float] | None, target: float | None, min_n: int) -> str | None:
    """`kept` when the whole interval reaches the target, `short` when all of it is below, else `on_the_line`."""
    if target is None:
        return None
    if ci is None or decided < min_n:
        return "too_few"
    if ci[0] >= target:
        return "kept"
    return "short" if ci[1] < target else "on_the_line"


def make_cell(
    eligible: int,
    met: int,
    missed: int,
    quantiles: Sequence[float] | None,
    *,
    target: float | None,
    min_n: int,
) -> Cell:
    decided = met + missed
    ci = wilson(met, decided) if decided else None
    return Cell(
        eligible=eligible,
        met=met,
        missed=missed,
        pending=eligible - decided,
        attainment=met / decided if decided else None,
        ci=ci,
        median_s=quantiles[0] / SECOND if quantiles else None,
        p90_s=quantiles[1] / SECOND if quantiles else None,
        verdict=verdict(decided, ci, target, min_n),
    )


def period_label(first: dt.date, period: str) -> str:
    if period == "day":
        return first.isoformat()
    if period == "week":
        year, week, _ = first.isocalendar()
        return f"{year:04d}-W{week:02d}"
    if period == "month":
        return f"{first:%Y-%m}"
    if period == "quarter":
        return f"{first.year:04d}-Q{(first.month + 2) // 3}"
    return f"{first.year:04d}"


def period_start(label: str, period: str) -> dt.date:
    """First day of a period by its label. Raises ValueError for a label of another form."""
    if period == "day":
        return dt.date.fromisoformat(label)
    if period == "week":
        return dt.datetime.strptime(f"{label}-1", "%G-W%V-%u").replace(tzinfo=dt.UTC).date()
    if period == "month":
        return dt.date.fromisoformat(f"{label}-01")
    if period == "quarter":
        year, _, quarter = label.partition("-Q")
        return dt.date(int(year), int(quarter) * 3 - 2, 1)
    return dt.date(int(label), 1, 1)
