"""The SQL clock, the clock of explanations and the slow oracle agree on every case."""

import datetime as dt
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.engine.case_clock import CaseClock
from delivery.engine.cases import cases_of
from delivery.engine.explain import as_text, explain_case
from delivery.engine.measure import measure_tables
from delivery.engine.spec import RequirementSpec
from delivery.engine.zone import microseconds
from standards.rules.calendar import WorkingCalendar
from standards.rules.timing import Limit, LimitUnit
from tests.delivery.engine import oracle
from tests.delivery.engine.batch import write_batch

MILESTONES = ("from", "to", "due", "p0", "p1", "q0", "q1")
# Each a zone with a day at which its clocks change, or none.
NIGHTS = (
    ("America/New_York", dt.date(2024, 3, 10)),
    ("America/New_York", dt.date(2024, 11, 3)),
    ("Europe/London", dt.date(2025, 3, 30)),
    ("Europe/London", dt.date(2025, 10, 26)),
    ("Australia/Lord_Howe", dt.date(2024, 4, 7)),
    ("America/Sao_Paulo", dt.date(2018, 11, 4)),
    ("Asia/Beirut", dt.date(2021, 3, 28)),
    ("Asia/Shanghai", dt.date(2026, 2, 14)),
    ("Pacific/Apia", dt.date(2025, 12, 31)),
    ("UTC", dt.date(2024, 2, 28)),
)


@st.composite
def hours_of_a_day(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    edges = sorted(
        draw(st.lists(st.integers(0, 48).map(lambda n: n * 30), min_size=2, max_size=6, unique=True))
    )
    edges = edges[: len(edges) // 2 * 2]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


@st.composite
def calendars(draw: st.DrawFn, near: dt.date) -> WorkingCalendar:
    week = {day: draw(hours_of_a_day()) for day in draw(st.sets(st.integers(0, 6), min_size=1))}
    dates = [near + dt.timedelta(days=n) for n in range(-3, 5)]
    off = draw(st.sets(st.sampled_from(dates), max_size=3))
    return WorkingCalendar(
        week=week,
        country=draw(st.sampled_from(("", "CN", "US"))),
        holidays=frozenset(off),
        workdays=frozenset(draw(st.sets(st.sampled_from(dates), max_size=2)) - off),
        hours=draw(st.dictionaries(st.sampled_from(dates), hours_of_a_day(), max_size=1)),
    )


@st.composite
def situations(draw: st.DrawFn) -> dict[str, Any]:
    name, night = draw(st.sampled_from(NIGHTS))
    calendar = draw(calendars(night))
    base = dt.datetime.combine(night, dt.time(), dt.UTC) - dt.timedelta(days=2)
    minutes = st.one_of(st.integers(0, 6 * 1440), st.integers(0, 6 * 24).map(lambda n: n * 60))
    moments = minutes.map(lambda n: base + dt.timedelta(minutes=n))
    maybe = st.one_of(st.none(), moments, moments)
    cases = draw(st.lists(st.tuples(moments, *(maybe for _ in MILESTONES[1:])), min_size=1, max_size=8))
    unit = draw(st.sampled_from(list(LimitUnit)))
    amount = {
        LimitUnit.MINUTES: draw(st.integers(0, 4000)),
        LimitUnit.HOURS: draw(st.integers(0, 100)),
        LimitUnit.DAYS: draw(st.integers(0, 5)),
        LimitUnit.WORKING_MINUTES: draw(st.integers(0, 2000)),
        LimitUnit.WORKING_HOURS: draw(st.integers(0, 40)),
        LimitUnit.WORKING_DAYS: draw(st.integers(1, 4)),
    }.get(unit, 0)
    pairs = draw(st.sampled_from(((), (("p0", "p1"),), (("p0", "p1"), ("q0", "q1")))))
    return {
        "zone": name,
        "calendar": calendar,
        "cases": cases,
        "as_of": base + dt.timedelta(minutes=draw(st.integers(0, 7 * 1440))),
        "requirement": RequirementSpec(
            id="R",
            start="from",
            end="to",
            within=Limit(amount, unit, "due" if unit is LimitUnit.BY_DUE else ""),
            target=0.9,
            paused=pairs,
            strict_days=draw(st.booleans()),
        ),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clock")


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(situation=situations())
def test_three_clocks_agree(folder: Path, situation: dict[str, Any]) -> None:
    requirement: RequirementSpec = situation["requirement"]
    calendar: WorkingCalendar = situation["calendar"]
    zone = ZoneInfo(situation["zone"])
    as_of = situation["as_of"]
    cases = [(f"C{number}", times) for number, times in enumerate(situation["cases"])]
    batch = write_batch(folder / "batch.parquet", MILESTONES, cases)
    first = min(each[0] for _, each in cases).date() - dt.timedelta(days=3)
    hours = {day: calendar.intervals_on(day) for day in (first + dt.timedelta(days=n) for n in range(80))}
    expected = {}
    for case, times in cases:
        at = dict(zip(MILESTONES, times, strict=True))
        expected[case] = oracle.outcome(
            requirement.within.unit.value,
            int(requirement.within.amount),
            at["from"],
            at["to"],
            at["due"],
            [(at[opened], at[closed]) for opened, closed in requirement.paused],
            as_of,
            hours,
            zone,
            strict_days=requirement.strict_days,
        )
    where = {"calendar": calendar, "timezone": situation["zone"], "as_of": as_of}
    page = cases_of([batch], requirement, **where, sort="case")
    found = {row.case: row.outcome for row in page.rows}
    assert found == {case: each for case, each in expected.items() if each != "out"}

    clock = CaseClock(requirement, **where)
    for case, times in cases:
        at_us = {
            name: None if time is None else microseconds(time)
            for name, time in zip(MILESTONES, times, strict=True)
        }
        state = clock.state(at_us)
        assert (state if state in {"met", "missed", "pending"} else "out") == expected[case]
        told = explain_case(case, at_us, requirement, **where)
        assert told.outcome == state
        if told.clock is not None:
            assert sum(line.amount for line in told.lines) == pytest.approx(told.clock, abs=1e-6)
            assert all(line.end == then.start for line, then in pairwise(told.lines))
            assert as_text(told).endswith(state)

    [result] = measure_tables([batch], [requirement], **where, period="day")
    counts = [sum(each == outcome for each in expected.values()) for outcome in ("met", "missed", "pending")]
    overall = result.overall
    assert [overall.met, overall.missed, overall.pending] == counts
    assert sum(group.cell.eligible for group in result.groups) == overall.eligible
