"""Measured figures: the same as the engine's own command, by version, by unit; cases, workings, and what others ask for."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from core.db import session
from delivery.cli import measure as measure_command
from delivery.measures import AttainmentMeasure
from delivery.models import Attainment
from delivery.queries.lines import list_lines
from delivery.reports import attainment_rows
from standards.events import VersionEffective
from tests.delivery.app import world
from tests.delivery.app.test_import import rows
from tests.page import Page
from tests.people import People
from tests.statements import counted

LONG_AGO = world.LONG_AGO


def months(late: dict[int, int], count: int = 60) -> bytes:
    return world.log_text(
        [row for month, some in late.items() for row in rows(count, late=some, month=month)]
    )


def test_figures_equal_those_of_the_command_on_files(
    app: Flask, page: Page, people: People, tmp_path: Path
) -> None:
    made = world.standard(
        people.root, people.owner, (LONG_AGO, None, [{"limit": "3 days"}, {"limit": "2 working days"}])
    )
    data = months({1: 5, 2: 12, 3: 20})
    page.as_(people.manager)
    world.go_through(page, app, data, people.root, units={"North": people.north.id}, standards=[made.id])
    log = world.the_log()
    (tmp_path / "log.csv").write_bytes(data)
    spec = {
        "log": log.mapping,
        "requirements": [
            {"id": "R1", "from": "received", "to": "closed", "within": "3 days", "target": 0.9},
            {"id": "R2", "from": "received", "to": "closed", "within": "2 working days", "target": 0.9},
        ],
        "as_of": log.measured_until.isoformat() if log.measured_until else "",
        "group_by": ["district"],
        "period": "month",
    }
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(spec, allow_unicode=True))
    answer = CliRunner().invoke(
        measure_command, [str(tmp_path / "log.csv"), str(tmp_path / "spec.yaml"), "--json"]
    )
    assert answer.exit_code == 0, answer.output
    by_command = json.loads(answer.stdout)
    for each in by_command["requirements"]:
        stored = session.scalars(
            select(Attainment).where(
                Attainment.requirement_code == each["id"],
                Attainment.period_kind == "all",
                Attainment.unit_id == people.root.id,
            )
        ).one()
        whole = each["overall"]
        assert (stored.eligible, stored.met, stored.missed, stored.pending) == tuple(
            whole[key] for key in ("eligible", "met", "missed", "pending")
        )
        assert stored.share == pytest.approx(whole["attainment"])
        assert (stored.low, stored.high) == pytest.approx(whole["ci"])
        assert stored.median_s == pytest.approx(whole["median_s"])
        assert stored.p90_s == pytest.approx(whole["p90_s"])
        assert stored.verdict == whole["verdict"]
        for group in each["groups"]:
            if group["district"] != "North":
                continue
            month = session.scalars(
                select(Attainment).where(
                    Attainment.requirement_code == each["id"],
                    Attainment.period_kind == "month",
                    Attainment.period == group["period"],
                    Attainment.unit_id == people.north.id,
                )
            ).one()
            assert (month.met, month.missed) == (group["met"], group["missed"])
            assert month.median_s == pytest.approx(group["median_s"])


def test_a_case_is_judged_by_the_version_in_force_at_its_start(
    app: Flask, page: Page, people: People
) -> None:
    switch = datetime(2024, 4, 1, tzinfo=UTC)
    made = world.standard(
        people.root,
        people.owner,
        (LONG_AGO, switch, [{"limit": "3 days", "target": 0.5}]),
        (switch, None, [{"limit": "30 days", "target": 0.8}]),
    )
    page.as_(people.manager)
    world.go_through(page, app, months({3: 20, 4: 20}), people.root, standards=[made.id])
    found = {
        row.period: (row.met, row.missed, row.target)
        for row in session.scalars(select(Attainment).where(Attainment.period_kind == "month"))
    }
    assert found == {"2024-03": (40, 20, 0.5), "2024-04": (60, 0, 0.8)}
    whole = session.scalars(select(Attainment).where(Attainment.period_kind == "all")).one()
    assert (whole.eligible, whole.met, whole.missed, whole.target) == (120, 100, 20, 0.8)
    assert whole.median_s == pytest.approx(10 * 3600)
    base = f"/delivery/standards/{made.id}/R1"
    text = page.get(f"{base}/case?id=A3-0")
    assert "Missed" in text
    assert "Version 1" in text
    text = page.get(f"{base}/case?id=A4-0")
    assert "Version 2" in text
    text = page.get(f"{base}/cases?window=all&outcome=missed")
    assert "20 cases" in text
    assert "A4-0" not in text
    text = page.get(f"{base}/cases?window=all&sort=-elapsed")
    assert "120 cases" in text
    assert "40 cases" in page.get(f"{base}/cases?window=2024-03&outcome=met")
    page.get(f"{base}?lang=zh")
    page.get(f"{base}/how")
    with page.client.get(f"{base}/cases?window=all&export=csv") as file:
        assert file.data.count(b"\n") == 121
    with page.client.get(f"{base}/cases?window=all&export=xlsx") as file:
        assert file.data[:2] == b"PK"
    page.get(f"{base}/case?id=nothing", status=404)


def test_a_new_version_is_measured_by_itself(app: Flask, page: Page, people: People) -> None:
    from core.events import announce

    made = world.standard(people.root, people.owner, (LONG_AGO, None, [{"limit": "3 days"}]))
    page.as_(people.manager)
    world.go_through(page, app, months({3: 20}), people.root, standards=[made.id])
    announce(VersionEffective(version_id=0, standard_id=made.id))
    session.commit()
    assert world.work(app) == 1


def test_people_see_their_units(app: Flask, page: Page, people: People) -> None:
    made = world.standard(people.root, people.owner, (LONG_AGO, None, [{"limit": "3 days"}]))
    page.as_(people.manager)
    world.go_through(
        page, app, months({3: 20}), people.root,
        units={"North": people.north.id, "South": people.south.id}, standards=[made.id],
    )  # fmt: skip
    base = f"/delivery/standards/{made.id}/R1"
    north, south, root = people.north.id, people.south.id, people.root.id
    page.as_(people.owner)  # of north
    assert "n = 30" in page.get("/delivery")
    page.get(base)
    page.get(f"{base}/cases?unit={north}&window=all")
    page.get(f"{base}/case?unit={north}&id=A3-1")
    page.get(f"{base}/case?unit={north}&id=A3-2", status=404)  # a case of the south
    for unit in (south, root):
        for path in ("", "/how", "/cases", "/case"):
            page.get(f"{base}{path}?unit={unit}&id=A3-1", status=403)
    page.get(f"/delivery?unit={south}", status=403)
    page.get(f"/delivery/logs/{world.the_log().id}", status=403)


def test_other_rooms_get_the_same_figures(app: Flask, page: Page, people: People) -> None:
    made = world.standard(people.root, people.owner, (LONG_AGO, None, [{"limit": "3 days"}]))
    page.as_(people.manager)
    world.go_through(page, app, months({1: 2, 2: 4, 3: 20}), people.root, standards=[made.id])
    (row,) = attainment_rows([made.id], people.root, date(2024, 1, 1), date(2024, 2, 29))
    assert (row.tally.met, row.tally.missed, row.months) == (114, 6, 2)
    window = AttainmentMeasure().measure(
        f"attainment:{made.id}:R1:unit={people.root.id}", date(2024, 3, 1), date(2024, 3, 31)
    )
    assert (window.total.met, window.total.n) == (40, 60)
    assert sum(count.n for _monday, count in window.weeks) == 60
    assert all(monday.weekday() == 0 for monday, _count in window.weeks)
    with pytest.raises(LookupError):
        AttainmentMeasure().measure("attainment:999:R1:unit=1", date(2024, 3, 1), date(2024, 3, 31))
    (line,) = list_lines(people.manager)
    assert line.slip is None
    text = page.get("/")
    assert "Promises kept" in text
    page.get("/delivery/slipping")


def statements(page: Page, url: str) -> int:
    session.rollback()
    with counted() as seen:
        page.get(url)
    return len(seen)


def test_lists_cost_the_same_with_more_rows(app: Flask, page: Page, people: People) -> None:
    page.as_(people.manager)
    made = world.standard(
        people.root, people.owner, (LONG_AGO, None, [{"limit": f"{n} days"} for n in range(1, 4)])
    )
    world.go_through(page, app, months({3: 20}), people.root, standards=[made.id])
    urls = ("/", "/delivery", "/delivery/logs")
    few = [statements(page, url) for url in urls]
    more = world.standard(
        people.root,
        people.owner,
        (LONG_AGO, None, [{"limit": f"{n} days"} for n in range(1, 31)]),
        title="More",
    )
    log = world.the_log()
    page.post(f"/delivery/logs/{log.id}/standards", {"standard": str(more.id)})
    world.work(app)
    many = [statements(page, url) for url in urls]
    assert many[1:] == few[1:]
    assert many[0] <= few[0]
    assert "All 33" in page.get("/").replace("\u00a0", " ")
