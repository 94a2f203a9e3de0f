"""Figures computed independently from real open data (../shared/data/truth.json)."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from delivery.engine.cases import cases_of
from delivery.engine.load import LoadResult, load_log
from delivery.engine.measure import RequirementResult, measure_tables
from delivery.engine.spec import parse_spec

BALTIMORE = "%m/%d/%Y %I:%M:%S %p"


@pytest.fixture(scope="module")
def truth(shared: Path) -> Any:
    return json.loads((shared / "data/truth.json").read_text("utf-8"))


def run(log: Path, spec: dict[str, Any], folder: Path) -> tuple[LoadResult, dict[str, RequirementResult]]:
    asked = parse_spec(spec)
    batch = folder / "batch.parquet"
    columns = [*asked.group_by, *(column for each in asked.requirements for column in each.where)]
    loaded = load_log(log, asked.log, batch, folder / "rejects.csv", columns=columns)
    assert asked.as_of is not None
    results = measure_tables(
        [batch],
        asked.requirements,
        calendar=asked.calendar,
        timezone=asked.log.timezone,
        as_of=asked.as_of,
        group_by=asked.group_by,
        period=asked.period,
        min_n=asked.min_n,
    )
    return loaded, {each.id: each for each in results}


def baltimore(folder: Path, log: Path, within: dict[str, str], **more: Any) -> tuple[Any, Any]:
    def requirement(name: str, limit: str) -> dict[str, Any]:
        return {
            "id": name,
            "from": "received",
            "to": "closed",
            "within": limit,
            "target": 0.8,
            "strict_days": name.endswith("_strict"),
        }

    spec = {
        "log": {
            "timezone": "UTC",
            "case": "ServiceRequestNum",
            "milestones": {
                "received": {"column": "CreatedDate", "format": BALTIMORE},
                "closed": {"column": "CloseDate", "format": BALTIMORE},
                "due": {"column": "DueDate", "format": BALTIMORE},
            },
        },
        "requirements": [requirement(name, limit) for name, limit in within.items()],
        "as_of": "2019-02-13T16:18:56",
        **more,
    }
    return run(log, spec, folder)


@pytest.mark.parametrize("name", ["311_sample.csv.gz", "311_sample.xlsx"])
def test_baltimore(shared: Path, truth: Any, tmp_path: Path, name: str) -> None:
    figures = truth["share/baltimore_311"]
    hours = (24, 72, 120, 168, 720)
    within = {f"h{number}": f"{number} hours" for number in hours}
    within |= {
        "due": "by due",
        "wd2": "2 working days",
        "wd5": "5 working days",
        "wd5_strict": "5 working days",
    }
    loaded, results = baltimore(
        tmp_path,
        shared / "data/baltimore_311" / name,
        within,
        group_by=["SRType"],
        period="month",
    )
    assert loaded.rows == loaded.cases == figures["rows"]
    assert loaded.rejects == {}
    overall = figures["overall"]
    for number in hours:
        cell = results[f"h{number}"].overall
        assert cell.met / overall["n_closed"] == pytest.approx(
            overall[f"share_closed_within_{number}h_of_closed"], abs=1e-6
        )
    cell = results["h24"].overall
    assert cell.median_s is not None
    assert cell.p90_s is not None
    assert cell.median_s / 3600 == pytest.approx(overall["median_h"]["linear"], abs=1e-4)
    assert cell.p90_s / 3600 == pytest.approx(overall["p90_h"]["linear"], abs=1e-4)
    due, cell = figures["due"], results["due"].overall
    assert cell.met == due["on_time"]
    assert cell.missed == due["late"] + due["open_overdue_at_snapshot"]
    assert cell.pending == due["open_with_due"] - due["open_overdue_at_snapshot"]
    assert cell.attainment == pytest.approx(due["on_time_share_counting_open_overdue_as_failed"], abs=1e-6)
    for number in (2, 5):
        share = results[f"wd{number}"].overall.met / overall["n_closed"]
        assert share == pytest.approx(
            figures[f"share_closed_within_{number}_working_days_of_closed"], abs=1e-6
        )
    # 16 cases were closed on the weekend after the last working day, when the clock stands still.
    assert results["wd5"].overall.met == 7_509
    assert results["wd5_strict"].overall.met == 7_493
    months: dict[str, int] = {}
    for group in results["h24"].groups:
        months[group.period] = months.get(group.period, 0) + group.cell.eligible
    assert months == figures["by_month_created"]


def test_baltimore_by_type(shared: Path, truth: Any, tmp_path: Path) -> None:
    figures = truth["share/baltimore_311"]["by_type"]
    _, results = baltimore(
        tmp_path,
        shared / "data/baltimore_311/311_sample.csv.gz",
        {"h24": "24 hours", "wd5": "5 working days"},
        group_by=["SRType"],
    )
    cells = {group.keys["SRType"]: group.cell for group in results["h24"].groups}
    working = {group.keys["SRType"]: group.cell for group in results["wd5"].groups}
    for name, figure in figures.items():
        assert cells[name].eligible == figure["n"]
        assert cells[name].met / figure["n_closed"] == pytest.approx(
            figure["share_closed_within_24h_of_closed"], abs=1e-6
        )
        median = cells[name].median_s
        assert median is not None
        assert median / 3600 == pytest.approx(figure["median_h"]["linear"], abs=1e-4)
        assert working[name].met / figure["n_closed"] == pytest.approx(
            figure["within_5_working_days_of_closed"], abs=1e-6
        )


def test_a_number_opens_its_rows(shared: Path, tmp_path: Path) -> None:
    log = shared / "data/baltimore_311/311_sample.csv.gz"
    _, results = baltimore(tmp_path, log, {"due": "by due"}, group_by=["SRType"], period="month")
    biggest = max(results["due"].groups, key=lambda group: group.cell.missed)
    spec = parse_spec(
        {
            "log": {"case": "x", "milestones": {"received": "r", "closed": "c", "due": "d"}},
            "requirements": [{"id": "due", "from": "received", "to": "closed", "within": "by due"}],
            "as_of": "2019-02-13T16:18:56",
        }
    )
    assert spec.as_of is not None
    page = cases_of(
        [tmp_path / "batch.parquet"],
        spec.requirements[0],
        calendar=spec.calendar,
        timezone="UTC",
        as_of=spec.as_of,
        group=biggest.keys,
        period="month",
        period_label=biggest.period,
        outcome="missed",
        sort="elapsed",
        descending=True,
    )
    assert page.total == biggest.cell.missed == len(page.rows)
    assert all(row.deadline and (row.end or spec.as_of) > row.deadline for row in page.rows)
    lengths = [row.elapsed_s for row in page.rows]
    assert lengths == sorted(lengths, reverse=True)


def test_new_york(shared: Path, truth: Any, tmp_path: Path) -> None:
    figures = truth["share/nyc_council_cases"]
    # 18 rows repeat a key that other rows have: the truth counts rows, so each gets a number of its own.
    log = tmp_path / "numbered.csv"
    source = shared / "data/nyc_council_cases/nyc_council_cases_2019_2020.csv.gz"
    with gzip.open(source, "rt", encoding="utf-8", newline="") as rows, log.open("w", newline="") as file:
        writer = csv.writer(file)
        for number, row in enumerate(csv.reader(rows)):
            writer.writerow([number or "number", *row])
    spec = {
        "log": {
            "timezone": "America/New_York",
            "case": "number",
            "milestones": {"opened": "opendate", "closed": {"column": "closedate", "format": "%Y-%m-%d"}},
        },
        "requirements": [
            {"id": "d0", "from": "opened", "to": "closed", "within": "same day"},
            {"id": "d7", "from": "opened", "to": "closed", "within": "7 days"},
            {"id": "d30", "from": "opened", "to": "closed", "within": "30 days"},
        ],
        "as_of": "2025-01-09",
        "group_by": ["complaint_type"],
        "period": "month",
    }
    loaded, results = run(log, spec, tmp_path)
    assert loaded.rows == figures["rows"]
    overall = figures["overall"]
    for name, number in (("d0", 0), ("d7", 7), ("d30", 30)):
        cell = results[name].overall
        assert cell.met / overall["n"] == pytest.approx(
            overall[f"share_closed_within_{number}_days_of_all"], abs=1e-6
        )
        assert cell.met / overall["closed"] == pytest.approx(
            overall[f"share_closed_within_{number}_days_of_closed"], abs=1e-6
        )
        assert cell.pending == 0
    types: dict[str, list[int]] = {}
    months: dict[str, int] = {}
    for group in results["d7"].groups:
        counts = types.setdefault(group.keys["complaint_type"], [0, 0])
        counts[0] += group.cell.eligible
        counts[1] += group.cell.met
        months[group.period] = months.get(group.period, 0) + group.cell.eligible
    assert months == figures["by_open_month"]
    for name, figure in figures["by_complaint_type_n>=500"].items():
        assert types[name][0] == figure["n"]
        share = types[name][1] / figure["n"]
        assert share == pytest.approx(figure["share_closed_within_7_days_of_all"], abs=1e-6)


def test_incident_log(shared: Path, truth: Any, tmp_path: Path) -> None:
    figures = truth["share/servicenow_incident_log"]
    form = "%d-%m-%Y %H:%M"
    spec = {
        "log": {
            "case": "number",
            "milestones": {
                "opened": {"column": "opened_at", "format": form},
                "resolved": {"column": "resolved_at", "format": form},
            },
            "duplicates": "last",
            "blank": ["?"],
        },
        "requirements": [
            {"id": f"h{number}", "from": "opened", "to": "resolved", "within": f"{number} hours"}
            for number in (24, 72, 720)
        ],
        "as_of": "2017-06-01",
        "group_by": ["priority", "made_sla"],
    }
    loaded, results = run(shared / "data/servicenow_incident_log/incident_event_log.csv.gz", spec, tmp_path)
    assert (loaded.rows, loaded.cases) == (figures["rows"], figures["incidents"])
    assert loaded.superseded == loaded.rows - loaded.cases
    closed = figures["resolve_h_nonneg"]
    for number in (24, 72, 720):
        share = results[f"h{number}"].overall.met / closed["n_closed"]
        assert share == pytest.approx(closed[f"share_closed_within_{number}h_of_closed"], abs=1e-6)
    cell = results["h24"].overall
    assert cell.median_s is not None
    assert cell.median_s / 3600 == pytest.approx(closed["median_h"]["linear"], abs=1e-4)
    kept = sum(g.cell.eligible for g in results["h24"].groups if g.keys["made_sla"] == "TRUE")
    assert kept == figures["made_sla_true_last_row"]


def test_consumer_complaints(shared: Path, truth: Any, tmp_path: Path) -> None:
    figures = truth["share/cfpb_payday_2023"]
    spec = {
        "log": {
            "timezone": "America/New_York",
            "case": "Complaint ID",
            "milestones": {
                "received": {"column": "Date received", "format": "%m/%d/%y"},
                "sent": {"column": "Date sent to company", "format": "%m/%d/%y"},
            },
        },
        "requirements": [
            {"id": "same", "from": "received", "to": "sent", "within": "same day"},
            {"id": "d5", "from": "received", "to": "sent", "within": "5 days"},
            {"id": "wd5", "from": "received", "to": "sent", "within": "5 working days"},
        ],
        "as_of": "2025-01-01",
        "period": "month",
    }
    loaded, results = run(shared / "data/cfpb_payday_2023/cfpb_payday_2023.csv.gz", spec, tmp_path)
    assert loaded.rows == loaded.cases == figures["rows"]
    assert results["same"].overall.attainment == pytest.approx(figures["same_day_share"], abs=1e-6)
    assert results["d5"].overall.attainment == pytest.approx(figures["within_5_days_share"], abs=1e-6)
    assert results["wd5"].overall.attainment == pytest.approx(
        figures["within_5_working_days_share"], abs=1e-6
    )
    months = {group.period: group.cell.eligible for group in results["same"].groups}
    assert months == figures["by_month"]


def test_message_board(shared: Path, truth: Any, tmp_path: Path) -> None:
    figures = truth["share/cn_gov_messages"]
    form = "%Y/%m/%d %H:%M:%S"
    days = (3, 5, 10, 13, 15, 30)
    spec = {
        "log": {
            "timezone": "Asia/Shanghai",
            "case": "留言编号",
            "milestones": {
                "received": {"column": "留言时间", "format": form},
                "answered": {"column": "答复时间", "format": form},
            },
        },
        "requirements": [
            *(
                {"id": f"wd{n}", "from": "received", "to": "answered", "within": f"{n} working days"}
                for n in days
            ),
            *(
                {"id": f"d{n}", "from": "received", "to": "answered", "within": f"{n * 24} hours"}
                for n in (3, 7, 15, 30, 60)
            ),
        ],
        "as_of": "2020-02-01",
        "period": "year",
    }  # fmt: skip
    loaded, results = run(shared / "data/cn_gov_messages/messages_with_replies_704.csv.gz", spec, tmp_path)
    assert loaded.rows == loaded.cases == figures["rows"]
    for n in days:
        share = results[f"wd{n}"].overall.attainment
        assert share == pytest.approx(figures[f"within_{n}_working_days"], abs=1e-6)
    for n in (3, 7, 15, 30, 60):
        assert results[f"d{n}"].overall.attainment == pytest.approx(figures[f"within_{n}x24h"], abs=1e-6)
    median = results["wd3"].overall.median_s
    assert median is not None
    assert median / 86_400 == pytest.approx(figures["median_days"]["linear"], abs=1e-4)
    years = {group.period: group.cell for group in results["wd15"].groups}
    for year, figure in figures["by_received_year"].items():
        assert years[year].eligible == figure["n"]
        assert years[year].attainment == pytest.approx(figure["within_15_working_days"], abs=1e-6)
