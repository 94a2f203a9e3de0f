"""Definitions of the contract on small logs, several batches, versions of a promise, bounds."""

import datetime as dt
import math
from pathlib import Path
from typing import Any

import pytest

from core.columnar import DEFAULT_SETTINGS, opened
from delivery.engine.batches import Batches
from delivery.engine.cases import cases_of, explain_from
from delivery.engine.errors import EngineError, SpecError
from delivery.engine.explain import as_text
from delivery.engine.measure import (
    RequirementResult,
    measure_tables,
    period_label,
    period_start,
    verdict,
    wilson,
)
from delivery.engine.passes import sort_out
from delivery.engine.spec import RequirementSpec
from standards.rules.calendar import WorkingCalendar
from standards.rules.timing import parse_limit
from tests.delivery.engine.batch import write_batch

WEEK = dict.fromkeys(range(5), ((540, 720), (810, 1080)))
OFFICE = WorkingCalendar(week=WEEK, country="CN")
Cases = list[tuple[str, list[dt.datetime | None]]]
AS_OF = dt.datetime(2026, 3, 31, 16, tzinfo=dt.UTC)


def at(text: str) -> dt.datetime:
    """A moment in Shanghai, where nothing ever shifts."""
    return dt.datetime.fromisoformat(f"{text}+08:00").astimezone(dt.UTC)


def requirement(within: str, *, start: str = "a", end: str = "b", **more: Any) -> RequirementSpec:
    return RequirementSpec(id="R", start=start, end=end, within=parse_limit(within), target=0.9, **more)


def measured(batches: list[Path], asked: RequirementSpec, **more: Any) -> RequirementResult:
    where: dict[str, Any] = {"calendar": OFFICE, "timezone": "Asia/Shanghai", "as_of": AS_OF} | more
    [result] = measure_tables(batches, [asked], **where)
    return result


@pytest.mark.parametrize(
    ("within", "start", "end", "met"),
    [
        # Spring Festival 2026: off from 15 to 23 February, the Saturdays 14 and 28 February worked.
        ("3 working days", "2026-02-13T10:00", "2026-02-25T23:59:59", True),
        ("3 working days", "2026-02-13T10:00", "2026-02-26T00:00", False),
        ("1 working day", "2026-02-27T10:00", "2026-02-28T20:00", True),
        # Sunday, 1 March: days off stop the clock until the next working day begins.
        ("1 working day", "2026-02-27T10:00", "2026-03-01T23:59:59", True),
        ("1 working day", "2026-02-27T10:00", "2026-03-02T00:00", False),
        ("1 working day", "2026-02-13T10:00", "2026-02-23T23:59:59", True),
        ("1 working day", "2026-02-13T10:00", "2026-02-24T00:00", False),
        ("1 working day", "2026-03-07T10:00", "2026-03-09T23:59:59", True),
        ("1 working day", "2026-03-07T10:00", "2026-03-10T00:00", False),
        ("9 working hours", "2026-02-13T17:00", "2026-02-24T09:30", True),
        ("9 working hours", "2026-02-13T17:00", "2026-02-24T09:30:01", False),
        ("90 working minutes", "2026-03-02T11:00", "2026-03-02T14:00", True),
        ("90 working minutes", "2026-03-02T11:00", "2026-03-02T14:00:01", False),
        ("2 days", "2026-03-02T11:00", "2026-03-04T11:00", True),
        ("2 days", "2026-03-02T11:00", "2026-03-04T11:00:01", False),
        ("48 hours", "2026-03-02T11:00", "2026-03-04T11:00", True),
        ("same day", "2026-03-02T00:00", "2026-03-02T23:59:59", True),
        ("same day", "2026-03-02T23:59", "2026-03-03T00:00", False),
        ("same working day", "2026-03-07T10:00", "2026-03-09T23:59", True),
        ("same working day", "2026-03-07T10:00", "2026-03-10T00:00", False),
        ("same working day", "2026-03-05T10:00", "2026-03-06T00:00", False),
        ("same working day", "2026-03-06T10:00", "2026-03-08T23:59:59", True),
        ("same working day", "2026-03-06T10:00", "2026-03-09T00:00", False),
        # Saturday, 14 February, is worked, then nine days off.
        ("same working day", "2026-02-14T10:00", "2026-02-23T23:59:59", True),
        ("same working day", "2026-02-14T10:00", "2026-02-24T00:00", False),
    ],
)
def test_limits(tmp_path: Path, within: str, start: str, end: str, met: bool) -> None:
    batch = write_batch(tmp_path / "b.parquet", ["a", "b"], [("1", [at(start), at(end)])])
    cell = measured([batch], requirement(within)).overall
    assert (cell.met, cell.missed) == ((1, 0) if met else (0, 1))


@pytest.mark.parametrize(
    ("within", "start", "end", "met"),
    [
        ("1 working day", "2026-02-27T10:00", "2026-02-28T23:59:59", True),
        ("1 working day", "2026-02-27T10:00", "2026-03-01T00:00", False),
        ("same working day", "2026-03-06T10:00", "2026-03-06T23:59:59", True),
        ("same working day", "2026-03-06T10:00", "2026-03-07T00:00", False),
        ("same working day", "2026-03-07T10:00", "2026-03-09T23:59:59", True),
        ("same working day", "2026-03-07T10:00", "2026-03-10T00:00", False),
    ],
)
def test_strict_days_end_with_the_last_working_day(
    tmp_path: Path, within: str, start: str, end: str, met: bool
) -> None:
    batch = write_batch(tmp_path / "b.parquet", ["a", "b"], [("1", [at(start), at(end)])])
    cell = measured([batch], requirement(within, strict_days=True)).overall
    assert (cell.met, cell.missed) == ((1, 0) if met else (0, 1))


def test_days_off_after_the_last_working_day(tmp_path: Path) -> None:
    """One working day after Thursday, 5 March, is Friday; the clock stands still until Monday begins."""
    asked = requirement("1 working day")
    cases: Cases = [
        ("1", [at("2026-03-05T10:00"), None]),
        ("2", [at("2026-03-05T10:00"), at("2026-03-08T20:00")]),
    ]
    batch = write_batch(tmp_path / "b.parquet", ["a", "b"], cases)
    sunday, monday = at("2026-03-08T23:59:59"), at("2026-03-09T00:00")
    assert measured([batch], asked, as_of=sunday).overall.pending == 1
    assert measured([batch], asked, as_of=monday).overall.missed == 1
    strict = requirement("1 working day", strict_days=True)
    assert measured([batch], strict, as_of=sunday).overall.missed == 2
    where: dict[str, Any] = {"calendar": OFFICE, "timezone": "Asia/Shanghai", "as_of": AS_OF}
    [told, other] = explain_from([batch], "2", [asked, strict], **where)
    assert (told.outcome, told.clock, told.allowed) == ("met", 1, 1)
    assert told.deadline == "2026-03-09T00:00:00+08:00"
    assert [line.code for line in told.lines] == ["first_day", "working_day", "stands_still", "stands_still"]
    text = as_text(told)
    assert text.count("the clock stands still") == 2
    assert "deadline 2026-03-09T00:00:00+08:00 (the next working day begins" in text
    assert (other.outcome, other.deadline) == ("missed", "2026-03-07T00:00:00+08:00")
    assert [line.code for line in other.lines][2:] == ["weekend", "weekend"]
    assert "(the day before counts to its end)" in as_text(other)
    [late] = explain_from([batch], "1", [asked], **where)
    assert [line.code for line in late.lines[:5]] == [
        "first_day", "working_day", "stands_still", "stands_still", "working_day",
    ]  # fmt: skip
    assert "stands_still" not in [line.code for line in late.lines[5:]]
    [row] = cases_of([batch], asked, **where, outcome="met").rows
    assert (row.deadline, row.deadline_open) == (monday, True)


def test_nights_when_clocks_change(tmp_path: Path) -> None:
    """New York, 10 March 2024: the day has 23 hours; a day later at the same clock time is 23 hours later."""
    start = dt.datetime(2024, 3, 9, 17, tzinfo=dt.UTC)  # noon
    cases = [
        ("on time", [start, dt.datetime(2024, 3, 10, 16, tzinfo=dt.UTC)]),
        ("late", [start, dt.datetime(2024, 3, 10, 16, 30, tzinfo=dt.UTC)]),
    ]
    batch = write_batch(tmp_path / "b.parquet", ["a", "b"], cases)
    zone = {"timezone": "America/New_York", "calendar": WorkingCalendar(week={6: ((0, 1440),)})}
    assert measured([batch], requirement("1 day"), **zone).overall.met == 1
    assert measured([batch], requirement("24 hours"), **zone).overall.met == 2
    whole = [("1", [dt.datetime(2024, 3, 10, 5, tzinfo=dt.UTC), dt.datetime(2024, 3, 11, 4, tzinfo=dt.UTC)])]
    batch = write_batch(tmp_path / "c.parquet", ["a", "b"], whole)
    assert measured([batch], requirement("23 working hours"), **zone).overall.met == 1
    assert measured([batch], requirement("22 working hours"), **zone).overall.missed == 1


def test_pending_missed_and_out(tmp_path: Path) -> None:
    start = at("2026-03-30T10:00")
    cases: Cases = [
        ("open, late", [at("2026-03-01T10:00"), None, None]),
        ("open, in time", [start, None, start + dt.timedelta(days=9)]),
        ("no start", [None, start, start]),
        ("turned", [start, start - dt.timedelta(seconds=1), start]),
        ("at once", [start, start, start]),
    ]
    batch = write_batch(tmp_path / "b.parquet", ["a", "b", "due"], cases)
    result = measured([batch], requirement("5 days"))
    cell = result.overall
    assert (cell.eligible, cell.met, cell.missed, cell.pending) == (3, 1, 1, 1)
    assert (cell.median_s, cell.p90_s, cell.verdict) == (0.0, 0.0, "too_few")
    assert result.dropped == {"to_before_from": 1}
    by_due = measured([batch], requirement("by due")).overall
    assert (by_due.eligible, by_due.met, by_due.pending) == (2, 1, 1)


def test_nothing_at_all(tmp_path: Path) -> None:
    batch = write_batch(tmp_path / "b.parquet", ["a", "b"], [])
    result = measured([batch], requirement("5 days"), period="month")
    assert (result.overall.eligible, result.overall.attainment, result.overall.ci) == (0, None, None)
    assert (result.overall.median_s, result.overall.verdict, result.groups) == (None, "too_few", ())


def test_the_latest_batch_wins(tmp_path: Path) -> None:
    start = at("2026-03-02T10:00")
    soon, late = start + dt.timedelta(hours=1), start + dt.timedelta(days=9)
    first = write_batch(
        tmp_path / "1.parquet",
        ["a", "b"],
        [("1", [start, None]), ("2", [start, soon]), ("3", [start, late])],
        {"unit": ["N", "N", "S"]},
    )
    second = write_batch(
        tmp_path / "2.parquet", ["a", "b", "c"], [("1", [start, soon, None])], {"kind": ["x"]}
    )
    third = write_batch(tmp_path / "3.parquet", ["a", "b"], [("2", [start, late])], {"unit": ["S"]})
    result = measured([first, second, third], requirement("2 hours"), group_by=["unit"])
    assert (result.overall.met, result.overall.missed, result.overall.pending) == (1, 2, 0)
    assert {g.keys["unit"]: g.cell.eligible for g in result.groups} == {"": 1, "S": 2}
    page = cases_of(
        [first, second, third],
        requirement("2 hours"),
        calendar=OFFICE,
        timezone="Asia/Shanghai",
        as_of=AS_OF,
        sort="case",
    )
    assert [(row.case, row.batch, row.outcome) for row in page.rows] == [
        ("1", 1, "met"),
        ("2", 2, "missed"),
        ("3", 0, "missed"),
    ]
    [told] = explain_from(
        [first, second, third], "2", [requirement("2 hours")],
        calendar=OFFICE, timezone="Asia/Shanghai", as_of=AS_OF,
    )  # fmt: skip
    assert told.outcome == "missed"


def test_batches_put_together_are_measured_as_the_files(tmp_path: Path) -> None:
    begin = at("2026-03-02T09:00")
    paths = []
    for number in range(3):  # each file has newer rows of some cases of the one before
        cases: Cases = [
            (f"{n}", [begin + dt.timedelta(hours=n), begin + dt.timedelta(hours=n * (number + 2))])
            for n in range(number * 20, number * 20 + 40)
        ]
        texts = {"unit": [f"U{n % 3}" for n in range(40)]} if number else {}
        paths.append(write_batch(tmp_path / f"{number}.parquet", ["a", "b"], cases, texts))
    asked = [
        requirement(within, where=where, start="a" if forward else "b", end="b" if forward else "a")
        for within in ("20 hours", "1 working day")
        for where in ({}, {"unit": ("U1",)})
        for forward in (True, False)
    ]
    how: dict[str, Any] = {"calendar": OFFICE, "timezone": "Asia/Shanghai", "as_of": AS_OF, "period": "day"}
    with opened(DEFAULT_SETTINGS) as connection:
        batches = Batches.of(connection, paths).gather(connection, {"a", "b"}, {"unit"})
        assert batches.gathered
        found = measure_tables(batches, asked, **how, connection=connection)
    assert found == measure_tables(paths, asked, **how)
    assert found[0].overall.eligible == 80
    assert sum(each.dropped.get("to_before_from", 0) for each in found) > 0


def test_versions_and_populations(tmp_path: Path) -> None:
    march = at("2026-03-01T00:00")
    cases = [
        (str(n), [march + dt.timedelta(days=n), march + dt.timedelta(days=n, hours=2)]) for n in range(-2, 3)
    ]
    texts = {"kind": ["x", "y", "it's; --", "x", '"']}
    batch = write_batch(tmp_path / "b.parquet", ["a", "b"], cases, texts)
    assert measured([batch], requirement("3 hours", valid_from=march)).overall.eligible == 3
    assert measured([batch], requirement("3 hours", valid_until=march)).overall.eligible == 2
    assert measured([batch], requirement("3 hours", where={"kind": ("x",)})).overall.eligible == 2
    hostile = {"kind": ("it's; --", '"')}
    assert measured([batch], requirement("3 hours", where=hostile)).overall.eligible == 2
    assert measured([batch], requirement("3 hours", where={"kind": ()})).overall.eligible == 0
    with pytest.raises(SpecError, match="no column “kin”"):
        measured([batch], requirement("3 hours", where={"kin": ("x",)}))
    with pytest.raises(SpecError, match="not a milestone"):
        measured([batch], RequirementSpec("R", "a", "z", parse_limit("1 hour")))


def test_hostile_names(tmp_path: Path) -> None:
    name = '"; DROP TABLE cases; --'
    start = at("2026-03-02T10:00")
    batch = write_batch(tmp_path / "it's.parquet", ["a", "b"], [("1", [start, start])], {"kind": ["$1"]})
    with pytest.raises(SpecError):
        measured([batch], requirement("1 hour"), group_by=[name])
    result = measured([batch], requirement("1 hour", where={"kind": ("$1",)}), group_by=["kind"])
    assert [(g.keys, g.cell.met) for g in result.groups] == [({"kind": "$1"}, 1)]


def test_periods_are_local(tmp_path: Path) -> None:
    """The last hour of the year in Shanghai is still afternoon in UTC."""
    cases: Cases = [("1", [at("2025-12-31T23:30"), None]), ("2", [at("2026-01-01T00:30"), None])]
    batch = write_batch(tmp_path / "b.parquet", ["a", "b"], cases)
    expected = {
        "day": ["2025-12-31", "2026-01-01"],
        "week": ["2026-W01"],
        "month": ["2025-12", "2026-01"],
        "quarter": ["2025-Q4", "2026-Q1"],
        "year": ["2025", "2026"],
    }
    for period, labels in expected.items():
        result = measured([batch], requirement("1 hour"), period=period)
        assert [group.period for group in result.groups] == labels
        for label in labels:
            assert period_label(period_start(label, period), period) == label


def test_pauses_move_the_deadline(tmp_path: Path) -> None:
    start = at("2026-03-02T09:00")  # a Monday
    cases: Cases = [
        ("1", [start, start + dt.timedelta(hours=30), start + dt.timedelta(hours=1), start + dt.timedelta(hours=7)]),
        ("2", [start, None, start + dt.timedelta(hours=1), None]),
        ("3", [start, start + dt.timedelta(hours=30), None, start + dt.timedelta(hours=7)]),
    ]  # fmt: skip
    batch = write_batch(tmp_path / "b.parquet", ["a", "b", "p", "q"], cases)
    asked = requirement("24 hours", paused=(("p", "q"),))
    cell = measured([batch], asked).overall
    # 1: 30 hours without 6; 2: stopped until today; 3: a pause without a beginning counts for nothing.
    assert (cell.met, cell.missed, cell.pending) == (1, 1, 1)
    assert cell.p90_s == pytest.approx((24 + 0.9 * 6) * 3600)
    page = cases_of([batch], asked, calendar=OFFICE, timezone="Asia/Shanghai", as_of=AS_OF, sort="case")
    assert page.rows[0].deadline == start + dt.timedelta(hours=30)
    assert page.rows[0].elapsed_s == 24 * 3600
    days = requirement("1 working day", paused=(("p", "q"),))
    assert measured([batch], days).overall.pending == 1


def test_pages_of_cases(tmp_path: Path) -> None:
    start = at("2026-03-02T09:00")
    cases = [
        (f"{n:03d}", [start + dt.timedelta(minutes=n), start + dt.timedelta(hours=n)]) for n in range(100)
    ]
    batch = write_batch(tmp_path / "b.parquet", ["a", "b"], cases, {"unit": ["N", "S"] * 50})
    where: dict[str, Any] = {"calendar": OFFICE, "timezone": "Asia/Shanghai", "as_of": AS_OF}
    page = cases_of(
        [batch], requirement("10 hours"), **where,
        group={"unit": "S"}, period="month", period_label="2026-03", outcome="missed",
        sort="elapsed", descending=True, limit=10, offset=10,
    )  # fmt: skip
    assert page.total == 45
    assert [row.case for row in page.rows] == [f"{n:03d}" for n in range(79, 59, -2)]
    assert page.rows[0].keys == {"unit": "S"}
    with pytest.raises(SpecError, match="none of"):
        cases_of([batch], requirement("10 hours"), **where, sort="; DROP")
    with pytest.raises(SpecError, match="not a month"):
        cases_of([batch], requirement("10 hours"), **where, period="month", period_label="March")
    with pytest.raises(EngineError, match="no case"):
        explain_from([batch], "x", [requirement("10 hours")], **where)


def test_wilson_and_verdicts() -> None:
    # Agresti and Coull's example of 8 of 10, and the ends.
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0
    assert math.isclose(wilson(0, 10)[1], 1 - wilson(10, 10)[0])
    assert verdict(100, (0.91, 0.95), 0.9, 30) == "kept"
    assert verdict(100, (0.9, 0.95), 0.9, 30) == "kept"
    assert verdict(100, (0.85, 0.95), 0.9, 30) == "on_the_line"
    assert verdict(100, (0.85, 0.9), 0.9, 30) == "on_the_line"
    assert verdict(100, (0.85, 0.89), 0.9, 30) == "short"
    assert verdict(29, (0.91, 0.95), 0.9, 30) == "too_few"
    assert verdict(0, None, 0.9, 30) == "too_few"
    assert verdict(100, (0.91, 0.95), None, 30) is None


def test_many_requirements_share_a_pass(tmp_path: Path) -> None:
    start = at("2026-03-02T09:00")
    cases = [(str(n), [start, start + dt.timedelta(hours=n)]) for n in range(60)]
    batch = write_batch(tmp_path / "b.parquet", ["a", "b"], cases)
    asked = [
        RequirementSpec(f"R{n}", "a", "b", parse_limit(f"{n} hours"), valid_from=start) for n in range(60)
    ]
    results = measure_tables([batch], asked, calendar=OFFICE, timezone="Asia/Shanghai", as_of=AS_OF)
    assert [each.id for each in results] == [each.id for each in asked]
    assert [each.overall.met for each in results] == list(range(1, 61))


@pytest.mark.parametrize(
    "grouping", [{}, {"period": "week"}, {"group_by": ["kind"], "period": "day"}, {"group_by": ["unit"]}]
)
def test_families_are_measured_as_each_alone(tmp_path: Path, grouping: dict[str, Any]) -> None:
    """One promise in many units: one query for all gives what a query for each gives."""
    begin = at("2026-03-02T09:00")
    cases: Cases = [
        (
            f"{n}",
            [
                begin + dt.timedelta(hours=n * 5 % 240),
                None if n % 11 == 0 else begin + dt.timedelta(hours=n * 5 % 240 + n % 40 - (n % 37 == 0)),
                begin + dt.timedelta(hours=n % 200),
            ],
        )
        for n in range(600)
    ]
    texts = {"unit": [f"U{n % 13}" for n in range(600)], "kind": [f"K{n % 3}" for n in range(600)]}
    batch = write_batch(tmp_path / "b.parquet", ["a", "b", "due"], cases, texts)
    asked = [
        RequirementSpec(
            f"{within} {unit}", start, "b", parse_limit(within), 0.5, {"unit": (f"U{unit}",)}, min_n=5
        )
        for within, start in (("12 hours", "a"), ("8 working hours", "a"), ("1 day", "due"), ("by due", "a"))
        for unit in range(14)
    ]
    asked.append(RequirementSpec("all", "a", "b", parse_limit("12 hours"), 0.5))
    asked.append(RequirementSpec("two", "a", "b", parse_limit("12 hours"), 0.5, {"unit": ("U1", "U2")}))
    plain, families = sort_out(asked)
    assert ([asked[n].id for n in plain], len(families), len(families[0].members)) == (["all", "two"], 1, 56)
    where: dict[str, Any] = {"calendar": OFFICE, "timezone": "Asia/Shanghai", "as_of": AS_OF} | grouping
    together = measure_tables([batch], asked, **where)
    for each, result in [*zip(asked, together, strict=True)][-1::-6]:
        assert measure_tables([batch], [each], **where) == [result]
    assert sum(each.dropped.get("to_before_from", 0) for each in together) > 0
    assert {each.overall.verdict for each in together} > {"too_few", "short"}
