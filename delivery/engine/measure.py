"""Attainment of promises over batches of cases: counts, rates with intervals, durations, verdicts."""

import datetime as dt
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import duckdb

from core.columnar import DEFAULT_SETTINGS, EngineSettings, opened
from delivery.engine import ENGINE_VERSION
from delivery.engine.batches import Batches
from delivery.engine.passes import Asked, measure_family, measure_plain, sort_out
from delivery.engine.results import (
    Cell,
    Group,
    RequirementResult,
    make_cell,
    period_label,
    period_start,
    verdict,
    wilson,
)
from delivery.engine.spec import DEFAULT_MIN_N, RequirementSpec
from standards.rules.calendar import WorkingCalendar

__all__ = [
    "ENGINE_VERSION",
    "METHOD",
    "VARIANT",
    "Cell",
    "Group",
    "RequirementResult",
    "make_cell",
    "measure_tables",
    "period_label",
    "period_start",
    "verdict",
    "wilson",
]

METHOD = "attainment"
VARIANT = "event_log"
# Requirements in one pass: enough to share the scan, few enough for a query that plans quickly.
_PASS = 50


def measure_tables(
    batches: Sequence[Path] | Batches,
    requirements: Sequence[RequirementSpec],
    *,
    calendar: WorkingCalendar,
    timezone: str,
    as_of: dt.datetime,
    group_by: Sequence[str] = (),
    period: str = "",
    min_n: int = DEFAULT_MIN_N,
    settings: EngineSettings = DEFAULT_SETTINGS,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> list[RequirementResult]:
    """Measure requirements over Parquet batches made by `load_log`, oldest first; the last row of a case wins.

    timezone: of the log, for periods and for calendars without their own. as_of: aware.
    The result has one entry a requirement, in the given order; groups are those with cases, sorted.
    """
    with nullcontext(connection) if connection else opened(settings) as database:
        found = batches if isinstance(batches, Batches) else Batches.of(database, batches)
        found.check(requirements, group_by)
        asked = Asked(database, found, calendar, timezone, as_of, tuple(group_by), period, min_n)
        results: dict[int, RequirementResult] = {}
        plain, families = sort_out(requirements)
        for family in families:
            results |= measure_family(asked, family)
        for first in range(0, len(plain), _PASS):
            chosen = plain[first : first + _PASS]
            results |= dict(zip(chosen, measure_plain(asked, [requirements[n] for n in chosen]), strict=True))
        return [results[number] for number in range(len(requirements))]
