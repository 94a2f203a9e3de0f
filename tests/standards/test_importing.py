import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from core.db import session
from core.errors import InvalidInput
from standards.cli import import_standards as command
from standards.models import Requirement, Standard
from standards.operations import importing
from standards.queries import standards as queries
from standards.rules.importing import read_line, suggest_columns
from tests.page import Page
from tests.people import People

FILE = Path(__file__).parent / "data" / "service_standards.csv"
COLUMNS = {name: name for name in ("service", "commitment", "target_value", "unit", "clock", "lang")}


def line(commitment: str, amount: str, unit: str, clock: str = "calendar") -> str:
    made = read_line(
        2,
        {"service": "S", "commitment": commitment, "target_value": amount, "unit": unit, "clock": clock},
        COLUMNS,
    )
    return made.reason.code if made.reason is not None else str(made.limit)


@pytest.mark.parametrize(
    ("commitment", "amount", "unit", "clock", "becomes"),
    [
        ("Repair within 5 working days", "5", "days", "working", "5 working days"),
        ("Repair within 5 working days", "5", "working days", "", "5 working days"),
        ("Repair within 5 business days", "5", "days", "unstated", "5 working days"),
        ("Repair within 10 days", "10", "days", "unstated", "10 days"),
        ("Make safe within 1 hour", "1", "hours", "calendar", "1 hour"),
        ("Answer within 15 seconds", "15", "seconds", "calendar", "0.25 minutes"),
        ("Answer within 20 seconds", "20", "seconds", "calendar", "0.333334 minutes"),
        ("Answer within 100 seconds", "100", "seconds", "", "1.66667 minutes"),
        ("Repaired within 4 weeks", "4", "weeks", "calendar", "28 days"),
        ("当日答复", "当日", "", "", "same day"),
        ("3个工作日内办结", "3", "天", "工作日", "3 working days"),
        ("于一個月內詳細回覆", "1", "months", "calendar", "months"),
        ("Answer within 10 rings", "10", "rings", "count", "count"),
        ("Inspected 8 times a year", "8", "inspections per year", "frequency", "frequency"),
        ("98.5% of lights operating", "", "availability", "point in time", "availability"),
        ("All staff are trained", "", "training", "", "training"),
        ("市民滿意程度", "", "satisfaction", "weekly random survey", "satisfaction"),
        ("Same day if before 13:00", "same day", "", "cut-off 13:00", "cut_off"),
        ("Same day if received before 1 pm", "same day", "", "", "cut_off"),
        ("Answered the same day", "same day", "", "before 17:00", "cut_off"),
        ("Complaints before the board: within 10 days", "10", "days", "calendar", "10 days"),
        ("Notify 14 days before the work starts", "14", "days", "calendar", "before"),
        ("Average wait of 5 minutes", "5", "minutes", "", "average"),
        ("Visit on the agreed date", "", "", "", "agreed"),
        ("Give 5 days' notice before the works", "5", "days", "", "before"),
        ("Reply soon", "", "days", "", "no_amount"),
        ("Reply soon", "soon", "days", "", "amount"),
        ("Reply", "-2", "days", "", "amount"),
        ("Reply", "99999", "days", "", "limit"),
        ("Reply", "2", "", "", "no_unit"),
        ("", "2", "days", "", "no_commitment"),
    ],
)
def test_each_row_becomes_a_limit_or_says_why_not(
    commitment: str, amount: str, unit: str, clock: str, becomes: str
) -> None:
    assert line(commitment, amount, unit, clock) == becomes


def test_twenty_seconds_still_hold_their_last_second() -> None:
    made = read_line(2, {"service": "S", "commitment": "c", "target_value": "20", "unit": "s"}, COLUMNS)
    assert made.limit is not None
    assert 20 <= made.limit.duration.total_seconds() < 20.001


def test_a_wrong_target_is_left_empty_and_said() -> None:
    columns = COLUMNS | {"compliance_target_pct": "t"}
    row = {"service": "S", "commitment": "c", "target_value": "2", "unit": "days", "clock": "calendar"}
    assert read_line(2, row | {"t": "95"}, columns).target == 0.95
    wrong = read_line(2, row | {"t": "950"}, columns)
    assert wrong.target is None
    assert [note.code for note in wrong.notes] == ["target"]


def test_columns_are_recognised_by_name() -> None:
    assert suggest_columns(["Service Name", "承诺内容", "时限", "单位", "x"]) == {
        "service": "Service Name",
        "commitment": "承诺内容",
        "target_value": "时限",
        "unit": "单位",
    }


def test_published_standards_come_in_as_structured_requirements(people: People) -> None:
    plan = importing.read_plan(FILE, name=FILE.name)
    assert {row.row_code for row in plan.left} == {"S011", "S012", "S025", "S034", "S047", "S052"}
    made = importing.import_standards(plan, unit=people.north, owner=people.owner, actor=people.owner)
    assert len(made) == len(plan.standards)
    by_title = {standard.title_en or standard.title_zh: standard for standard in made}
    lights = by_title["Street lighting (Warwickshire County Council)"]
    version = queries.find_open_version(lights.id)
    assert version is not None
    rows = queries.list_requirements(version.id)
    assert [(row.to_milestone, row.limit) for row in rows] == [
        ("made_safe", "1 hour"),
        ("repaired", "5 working days"),
    ]
    passports = by_title["Passports (Service Canada (passports))"]
    version = queries.find_open_version(passports.id)
    assert version is not None
    assert queries.list_requirements(version.id)[0].target == 0.9
    sewers = by_title["接駁渠管技術審核（香港渠務署 (DSD)）"]
    version = queries.find_open_version(sewers.id)
    assert version is not None
    row = queries.list_requirements(version.id)[0]
    assert row.statement_zh == "於接獲HBP1表格後9個工作天內回應"
    assert (row.limit, row.target) == ("9 working days", 0.99)


def test_preview_writes_nothing_and_confirmation_everything(page: Page, people: People) -> None:
    page.as_(people.owner)
    page.get("/standards/import")
    page.post("/standards/import", {"file": (io.BytesIO(FILE.read_bytes()), "promises.csv")})
    assert page.response is not None
    place = page.response.location
    text = page.follow()
    assert "Says how often" in text
    assert "Weeks are counted" not in text
    assert session.scalar(select(func.count()).select_from(Standard)) == 0
    values = {"unit_id": people.south.id, "owner_id": people.owner.id, "calendar_id": ""}
    page.post(place, values, status=422)
    assert session.scalar(select(func.count()).select_from(Standard)) == 0
    page.post(place, values | {"unit_id": people.north.id, "_once": "one-token"})
    count = session.scalar(select(func.count()).select_from(Standard)) or 0
    assert count > 5
    page.post(place, values | {"unit_id": people.north.id, "_once": "one-token"})
    assert session.scalar(select(func.count()).select_from(Standard)) == count
    page.get("/standards?state=draft&lang=zh")
    page.as_(people.south_owner)
    page.get(place, status=404)
    page.as_(people.staff)
    page.get("/standards/import", status=403)


def test_other_column_names_are_matched_by_the_person(page: Page, people: People) -> None:
    table = "Leistung,Versprechen,Wert,Einheit\nLicht,Repair within 3 days,3,days\n"
    page.as_(people.owner)
    page.post("/standards/import", {"file": (io.BytesIO(table.encode()), "promises.csv")})
    assert page.response is not None
    place = page.response.location
    assert "Still needed" in page.follow()
    query = "c_service=Leistung&c_commitment=Versprechen&c_target_value=Wert&c_unit=Einheit"
    assert "Repair within 3 days" in page.get(f"{place}?{query}")
    page.post(
        f"{place}?{query}", {"unit_id": people.north.id, "owner_id": people.owner.id, "calendar_id": ""}
    )
    row = session.scalars(select(Requirement)).one()
    assert (row.limit, row.to_milestone) == ("3 days", "repaired")


def test_what_is_no_table_is_refused(page: Page, people: People) -> None:
    page.as_(people.owner)
    page.post("/standards/import", {"file": (io.BytesIO(b"%PDF-1.7 nothing"), "a.csv")}, status=422)
    page.post("/standards/import", {"file": (io.BytesIO(b""), "a.csv")}, status=422)
    page.post("/standards/import", {"file": (io.BytesIO(b"service,commitment\n"), "a.csv")}, status=422)


def test_too_many_rows_are_refused(tmp_path: Path, people: People) -> None:
    assert people
    big = tmp_path / "big.csv"
    big.write_text("service,commitment,target_value,unit\n" + "a,b,1,days\n" * (importing.MOST_ROWS + 1))
    with pytest.raises(InvalidInput):
        importing.read_plan(big, name="big.csv")


def test_the_command_says_and_then_writes(live_app: Flask) -> None:
    run = CliRunner()
    words = [str(FILE), "--unit", "NORTH", "--owner", "owner@example.org"]
    dry = run.invoke(command, [*words, "--dry-run"], obj=lambda: live_app)
    assert dry.exit_code == 0, dry.output
    assert "6 rows left out" in dry.output
    with live_app.app_context():
        assert session.scalar(select(func.count()).select_from(Standard)) == 0
    done = run.invoke(command, words, obj=lambda: live_app)
    assert "written: STD-0001" in done.output
    with live_app.app_context():
        assert (session.scalar(select(func.count()).select_from(Standard)) or 0) > 5
    wrong = run.invoke(
        command, [str(FILE), "--unit", "NOWHERE", "--owner", "owner@example.org"], obj=lambda: live_app
    )
    assert isinstance(wrong.exception, InvalidInput)


def test_the_whole_published_table(shared: Path, people: People) -> None:
    plan = importing.read_plan(shared / "data" / "service_standards" / "service_standards.csv")
    assert people
    assert len(plan.lines) == 60
    assert {row.row_code: row.reason.code for row in plan.left if row.reason} == {
        "S011": "frequency",
        "S012": "availability",
        "S025": "count",
        "S034": "training",
        "S047": "cut_off",
        "S048": "cut_off",
        "S049": "satisfaction",
        "S052": "months",
        "S056": "unit",
    }
