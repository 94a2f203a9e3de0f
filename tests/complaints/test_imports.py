"""A register kept elsewhere comes in by the pages: understood, refused row by row, judged by the complaint standard."""

import gzip
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from complaints import importing, reports
from complaints.models import ClockRun, Complainant, Complaint
from complaints.operations import complaints
from complaints.operations.importing import import_register
from complaints.rules.imports import day_order, known_columns, read_moment
from core import files
from core.db import session
from standards.models import Requirement, Version
from tests.complaints.builders import make_complaint, make_standard, set_up
from tests.page import Page
from tests.people import People

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEAD = "number,received,subject,description,acknowledged,answered,closed,unit,topic,channel,severity,email\n"
GOOD = (
    HEAD
    + "A-1,2026-02-02,Lamp dark,Twice,2026-02-03,2026-02-10,2026-02-12,LIGHTS,waiting,phone,high,jia@example.net\n"
    + "A-2,2026-02-03,路灯不亮,,,,,,等待、延误,Fax,,\n"
    + "A-3,2025-12-30,Old one,,2026-01-05,2026-02-20,,,,,,\n"
)


def send(page: Page, content: str | bytes, name: str = "register.csv", **more: Any) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return page.client.post(
        "/complaints/import",
        data={"file": (io.BytesIO(raw), name), "unit_code": "NORTH", "order": "", **more},
        content_type="multipart/form-data",
    )


def confirm(page: Page, address: str) -> Any:
    text = page.get(address)
    fingerprint = text.split('name="fingerprint" value="')[1].split('"')[0]
    return page.client.post(address, data={"fingerprint": fingerprint})


def test_a_register_comes_in_by_the_pages(page: Page, people: People) -> None:
    standard = make_standard(people)
    session.scalars(select(Version)).one().effective_from = datetime(2025, 1, 1, tzinfo=UTC)
    set_up(people, standard)
    page.as_(people.handler)
    assert "Complaint ID" in page.get("/complaints/import?lang=en")
    answer = send(page, GOOD)
    assert answer.status_code == 302
    text = page.get(answer.location)
    assert "Import 3 complaints" in text
    assert "路灯不亮" in text
    done = confirm(page, answer.location)
    assert done.status_code == 302
    assert "3 complaints imported" in page.get(done.location)
    found = {one.former_number: one for one in session.scalars(select(Complaint))}
    assert [found[key].state for key in ("A-1", "A-2", "A-3")] == ["closed", "received", "answered"]
    assert found["A-1"].code == "CMP-2026-0001"
    assert found["A-3"].code == "CMP-2025-0001", "numbered in the year of its receipt"
    assert found["A-1"].unit_id == people.lights.id
    assert (found["A-2"].topic, found["A-2"].channel) == ("other", "letter")
    assert found["A-1"].received_at == datetime(2026, 2, 2, 12, 0, tzinfo=SHANGHAI)
    runs = {(run.complaint_id, run.stops): run.state for run in session.scalars(select(ClockRun))}
    assert runs == {
        (found["A-1"].id, "answered"): "met",
        (found["A-2"].id, "answered"): "running",
        (found["A-3"].id, "answered"): "missed",
    }, "days without a time are not judged by a limit in working hours"
    assert found["A-2"].next_due is not None
    assert session.scalars(select(Complainant)).one().email == "jia@example.net"
    assert "A-1" in page.get(f"/complaints/{found['A-1'].id}")
    assert make_complaint(people).code.endswith("0003"), "the next number follows"
    again = send(page, GOOD)
    assert "here already" in page.get(again.location)
    assert confirm(page, again.location).status_code == 422


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",2026-02-02,x,,,,,,,,,", "number is missing"),
        ("B,,x,,,,,,,,,", "day of receipt is missing"),
        ("B,yesterday,x,,,,,,,,,", "not a date"),
        ("B,2026-02-30,x,,,,,,,,,", "not a date"),
        ("B,2999-01-01,x,,,,,,,,,", "has not come yet"),
        ("B,2026-02-02,x,,2026-02-01,,,,,,,", "Earlier than the step before"),
        ("B,2026-02-02,,,,,,,,,,", "both missing"),
        ("B,2026-02-02,x,,,,,NOWHERE,,,,", "No unit with this code"),
        ("B,2026-02-02,x,,,,,,,,awful,", "Not one of"),
        (f"B,2026-02-02,{'x' * 201},,,,,,,,,", "At most 200"),
        ("A,2026-02-02,x,,,,,,,,,", "twice"),
    ],
)
def test_each_fault_names_row_column_and_why(page: Page, people: People, row: str, words: str) -> None:
    page.as_(people.handler)
    page.get("/complaints/import?lang=en")
    answer = send(page, HEAD + "A,2026-02-02,fine,,,,,,,,,\n" + row + "\n")
    text = page.get(answer.location)
    assert words in text
    assert ">3<" in text, "the row as people count"
    assert "Import 1 complaint" not in text
    assert confirm(page, answer.location).status_code == 422
    assert session.scalar(select(func.count()).select_from(Complaint)) == 0


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.csv", "empty"),
        (b"number,received\n", "a.csv", "no rows"),
        (b"subject,place\nx,y\n", "a.csv", "Column missing: number, received"),
        (b"number,received,Complaint ID\n1,2026-02-02,1\n", "a.csv", "Two columns mean the same"),
        (b"MZ\x90\x00\x00", "a.csv", "a.csv"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "a.xlsx", "a.xlsx"),
        (b"number,received\n" + b"1,2026-02-02\n" * 5001, "a.csv", "5,000"),
    ],
)
def test_files_that_can_not_be_used_are_refused(
    page: Page, people: People, content: bytes, name: str, words: str
) -> None:
    page.as_(people.handler)
    page.get("/complaints/import?lang=en")
    answer = send(page, content, name)
    assert answer.status_code == 422
    assert words in answer.text


def test_only_who_handles_complaints_imports_and_only_own_files(page: Page, people: People) -> None:
    page.as_(people.handler)
    answer = send(page, GOOD)
    for ending in ("csv", "xlsx"):
        template = page.client.get(f"/complaints/import/template.{ending}")
        assert template.status_code == 200
    page.get("/complaints/import/template.pdf", status=404)
    sent = send(page, page.client.get("/complaints/import/template.csv").data)
    assert sent.status_code == 302, sent.text
    assert "Import 1 complaint" in page.get(f"{sent.location}&lang=en")
    page.as_(people.manager)
    page.get(answer.location, status=404)
    page.as_(people.south_owner)
    assert send(page, GOOD).status_code == 422, "the north is no choice"
    answer = send(page, HEAD + "A,2026-02-02,x,,,,,NORTH,,,,\n", unit_code="SOUTH")
    assert "No unit with this code" in page.get(answer.location)
    for person in (people.staff, people.auditor, people.visitor):
        page.as_(person)
        page.get("/complaints/import", status=403)


def test_a_preview_that_no_longer_holds_is_not_carried_out(page: Page, people: People) -> None:
    page.as_(people.handler)
    answer = send(page, GOOD)
    text = page.get(answer.location)
    fingerprint = text.split('name="fingerprint" value="')[1].split('"')[0]
    complaints.register(
        unit=people.north, channel="phone", subject="x", actor=people.handler
    ).former_number = "A-2"
    session.commit()
    refused = page.client.post(answer.location, data={"fingerprint": fingerprint})
    assert refused.status_code == 409
    assert session.scalar(select(func.count()).select_from(Complaint)) == 1


@pytest.mark.parametrize(
    ("text", "order", "made", "timed"),
    [
        ("2026-02-03", "", datetime(2026, 2, 3, 12, 0, tzinfo=SHANGHAI), False),
        ("2026-02-03 09:30", "", datetime(2026, 2, 3, 9, 30, tzinfo=SHANGHAI), True),
        ("2026-02-03T09:30:00+00:00", "", datetime(2026, 2, 3, 9, 30, tzinfo=UTC), True),
        ("02/03/26", "mdy", datetime(2026, 2, 3, 12, 0, tzinfo=SHANGHAI), False),
        ("02/03/2026 8:05", "dmy", datetime(2026, 3, 2, 8, 5, tzinfo=SHANGHAI), True),
        ("3-Feb-26", "", datetime(2026, 2, 3, 12, 0, tzinfo=SHANGHAI), False),
        ("02/03/26", "", None, False),
        ("31/02/2026", "dmy", None, False),
        ("3-Fub-26", "", None, False),
        ("²026-02-03", "", None, False),
    ],
)
def test_dates_as_registers_write_them(text: str, order: Any, made: datetime | None, timed: bool) -> None:
    read = read_moment(text, SHANGHAI, order)
    assert (read[0] if read else None) == made
    assert (read[1] if read else False) == timed


def test_the_file_itself_shows_the_order_of_its_dates() -> None:
    assert day_order(["01/02/26", "13/02/26"]) == "dmy"
    assert day_order(["01/02/26", "02/13/26"]) == "mdy"
    assert day_order(["01/02/26", "", "x"]) == ""
    assert known_columns(["Date received", "ZIP code", " Issue ", "编号"]) == {
        "Date received": "received",
        " Issue ": "subject",
        "编号": "number",
    }


def test_the_public_register_gives_the_known_figures(app: Flask, people: People, shared: Path) -> None:
    """Consumer complaints of 2023: rows by month, and the share passed on within five days, as counted beside."""
    with app.test_request_context():
        standard = make_standard(people)
        session.scalars(select(Version)).one().effective_from = datetime(2022, 1, 1, tzinfo=UTC)
        session.scalars(select(Requirement).where(Requirement.code == "R1")).one().limit = "5 days"
        set_up(people, standard, clocks={"acknowledged": {"code": "R1", "from": "received"}})
        raw = gzip.decompress((shared / "data/cfpb_payday_2023/cfpb_payday_2023.csv.gz").read_bytes())
        received = files.receive(io.BytesIO(raw), "register.csv", limit=20_000_000)
        stored = files.store(received, actor=people.handler)
        plan = importing.read(
            received.path, name=received.name, unit_code="NORTH", order="", actor=people.handler
        )
        assert (plan.counts["new"], plan.counts["wrong"], plan.order) == (2827, 0, "mdy")
        assert import_register(plan, file=stored, actor=people.handler) == 2827
        whole = reports.period(("/",), SHANGHAI, date(2023, 1, 1), date(2023, 12, 31))
        assert whole.counts.received == 2827
        assert whole.promises[0].tally.share == pytest.approx(0.856031, abs=1e-6)
        months = reports.month_starts(SHANGHAI, date(2023, 8, 1), 8)
        from complaints.queries.months import by_month

        assert [pair[0] for pair in by_month(("/",), [moment for _day, moment in months])] == [
            385, 342, 350, 303, 385, 398, 384, 280,
        ]  # fmt: skip
        assert whole.last - whole.first == timedelta(days=364)
