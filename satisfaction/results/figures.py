"""Numbers of the methods as figures with n, interval and verdict."""

from typing import Any

from core import clock
from core.figures import Figure, Unit, verdict
from satisfaction.queries.figures import UNITS
from satisfaction.results.kinds import MIN_N, SCORED
from satisfaction.rules.items import Kind
from satisfaction.sheet import Question


def figure_of(
    value: float | None,
    n: int,
    ends: Any,
    *,
    unit: Unit,
    method: str,
    target: float | None = None,
    working: dict[str, Any] | None = None,
) -> Figure:
    low, high = (float(ends[0]), float(ends[1])) if ends else (None, None)
    judged = None
    if target is not None and value is not None:
        judged = verdict(
            low if low is not None else value, high if high is not None else value, target, n, MIN_N
        )
    return Figure(
        value=value,
        n=n,
        low=low,
        high=high,
        method=method,
        unit=unit,
        target=target,
        verdict=judged,
        as_of=clock.now(),
        working=working or {},
    )


def mean_figure(scored: dict[str, Any], method: str = "t", *, degenerate: bool = True) -> Figure:
    """A mean that the method `score` computed. Without `degenerate` answers that are all the same have no interval, as
    in the paired test."""
    ends = scored["ci"] if degenerate or scored.get("sd") else None
    return figure_of(scored["value"], int(scored["n"]), ends, unit="mean", method=method)


def score_figures(item: Question, scored: dict[str, Any] | None) -> dict[str, Figure]:
    """What the method `score` says of an item; nothing where nobody answered."""
    if not scored or scored.get("value") is None:
        return {}
    kind = Kind(item.kind)
    n = int(scored["n"])
    made: dict[str, Figure] = {}
    method = {"nps": "adjusted wald", "csat": "wilson"}.get(SCORED[kind], "t")
    main = "mean" if kind in {Kind.scale, Kind.importance} else kind.value
    made[main] = figure_of(
        scored["value"], n, scored["ci"], unit=UNITS[main], method=method, target=_target(item)
    )
    if scored.get("top_share") is not None:
        made["top"] = figure_of(scored["top_share"], n, scored["top_ci"], unit="share", method="wilson")
    return made


def _target(item: Question) -> float | None:
    if item.target is None:
        return None
    return item.target / 100 if item.kind == Kind.csat else item.target
