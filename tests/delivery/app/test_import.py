"""A log through the assistant: what counts in the end, what is set aside, what is refused and leaves nothing."""

import gzip
import hashlib
import io

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select

from core.db import session
from core.jobs import Job
from delivery.models import Attainment, Batch, EventLog
from delivery.storage import LOGS
from improvement.models import Finding
from tests.delivery.app import world
from tests.page import Page
from tests.people import People

LONG_AGO = world.LONG_AGO


def rows(count: int, *, late: int = 0, month: int = 3, year: int = 2024) -> list[tuple[str, str, str, str]]:
    made = []
    for number in range(count):
        day = number % 20 + 1
        closed = f"{year}-{month:02d}-{day + (8 if number < late else 0):02d} 18:00:00"
        made.append(
            (
                f"A{month}-{number}",
                f"{year}-{month:02d}-{day:02d} 08:00:00",
                closed,
                "North" if number % 2 else "South",
            )
        )
    return made


def test_a_log_counts_after_all_steps(app: Flask, page: Page, people: People) -> None:
    made = world.standard(people.root, people.owner, (LONG_AGO, None, [{"limit": "3 days"}]))
    data = world.log_text(
        [*rows(80, late=40), ("", "2024-03-01 08:00", "", "North"), ("=cmd", "first of May", "", "North")]
    )
    page.as_(people.manager)
    address = world.go_through(
        page, app, data, people.root,
        units={"North": people.north.id, "South": people.south.id}, standards=[made.id],
    )  # fmt: skip
    batch = world.newest_batch()
    assert (batch.state, batch.rows, batch.cases, batch.rejected) == ("accepted", 82, 80, 2)
    assert batch.reasons == {"missing_case": 1, "unreadable_time": 1}
    assert LOGS.parquet(batch.parquet_sha256).is_file()
    text = page.get(address)
    assert "82 rows read, 2 set aside" in text
    text = page.get(f"{address}/rejects")
    assert "first of May" in text
    with page.client.get(f"{address}/rejects.csv") as file:
        assert b"'=cmd" in file.data
        assert hashlib.sha256(file.data).hexdigest() == batch.rejects_sha256
    whole = session.scalars(
        select(Attainment).where(Attainment.period_kind == "all", Attainment.unit_id == people.root.id)
    ).one()
    assert (whole.eligible, whole.met, whole.missed) == (80, 40, 40)
    by_unit = {
        row.unit_id: row.eligible
        for row in session.scalars(select(Attainment).where(Attainment.period_kind == "all"))
    }
    assert by_unit == {people.root.id: 80, people.north.id: 40, people.south.id: 40}
    page.get(f"/delivery/logs/{world.the_log().id}")
    page.get("/delivery/logs")


def test_going_back_keeps_every_entry(app: Flask, page: Page, people: People) -> None:
    page.as_(people.manager)
    world.upload(page, world.log_text(rows(5)), unit=str(people.root.id))
    columns = page.location
    entries = {**world.MAPPING, "milestones-0-name": "rung", "blank": "NA", "go": "back"}
    page.post(columns, entries)
    page.follow()
    text = page.get(columns)
    assert 'value="rung"' in text
    assert 'value="NA"' in text
    assert world.newest_batch().state == "received"


@pytest.mark.parametrize(
    "entry",
    [{"encoding": name} for name in ("zlib", "hex", "punycode", "no-such", "utf\x00")]
    + [{"delimiter": text} for text in ('"><svg>', '"', "\n")]
    + [{"duplicates": "%(x)s"}, {"timezone": "Nowhere/Land"}, {"sheet": "x" * 300}],
)
def test_entries_that_no_list_offers_are_refused(
    app: Flask, page: Page, people: People, entry: dict[str, str]
) -> None:
    page.as_(people.manager)
    world.upload(page, world.log_text(rows(5)), unit=str(people.root.id))
    columns = page.location
    for extra in ({}, {"go": "back"}):
        answer = page.client.post(columns, data={**world.MAPPING, **entry, **extra})
        assert answer.status_code in {302, 422}
        assert page.client.get(columns).status_code in {200, 302}


def test_the_same_file_again_leads_to_the_first_import(app: Flask, page: Page, people: People) -> None:
    page.as_(people.manager)
    data = world.log_text(rows(5))
    address = world.go_through(page, app, data, people.root)
    log = world.the_log()
    world.upload(page, data, log=str(log.id), status=422)
    assert address in page.response.text  # type: ignore[union-attr]
    assert session.scalar(select(func.count()).select_from(Batch)) == 1


def test_the_second_file_is_read_like_the_first(app: Flask, page: Page, people: People) -> None:
    made = world.standard(people.root, people.owner, (LONG_AGO, None, [{"limit": "3 days"}]))
    page.as_(people.manager)
    world.go_through(page, app, world.log_text(rows(40, late=40)), people.root, standards=[made.id])
    again = rows(40)[:10]  # ten of the late ones in time after all
    world.upload(page, world.log_text(again), "second.csv", log=str(world.the_log().id))
    text = page.follow()
    assert 'value="received"' in text
    world.go_through(
        page,
        app,
        world.log_text(rows(40)[:11]),
        people.root,
        log=str(world.the_log().id),
        standards=[made.id],
    )
    whole = session.scalars(select(Attainment).where(Attainment.period_kind == "all")).one()
    assert (whole.eligible, whole.met, whole.missed) == (40, 11, 29)


def test_sent_twice_is_imported_once(app: Flask, page: Page, people: People) -> None:
    page.as_(people.manager)
    world.upload(page, world.log_text(rows(5)), unit=str(people.root.id))
    columns = page.location
    page.post(columns, {**world.MAPPING, "go": "next"})
    batch = world.newest_batch()
    page.post(f"/delivery/imports/{batch.id}/proves", {"go": "next"})
    page.post(f"/delivery/imports/{batch.id}/check", {"go": "import"})
    page.post(f"/delivery/imports/{batch.id}/check", {"go": "import"})
    jobs = session.scalar(select(func.count()).select_from(Job).where(Job.kind == "delivery.import"))
    assert jobs == 1


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"0" * 64, "log.csv", "image/png"),
        (b"", "log.csv", "empty"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "log.csv.gz", "damaged"),
        (b'a,b\n"1,2\n', "log.csv", "line 2"),
        (b"PK\x03\x04 no workbook", "log.xlsx", ""),
    ],
)
def test_what_is_no_table_is_refused(
    app: Flask, page: Page, people: People, data: bytes, name: str, said: str
) -> None:
    page.as_(people.manager)
    answer = world.upload(page, data, name, unit=str(people.root.id), status=422)
    assert said in answer.text
    assert session.scalar(select(func.count()).select_from(Batch)) == 0


def test_the_limit_is_named(app: Flask, page: Page, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 20_000)
    page.as_(people.manager)
    answer = world.upload(page, b"a,b\n" + b"1,2\n" * 10_000, unit=str(people.root.id), status=413)
    assert "MB" in answer.text


def test_a_wrong_form_of_a_time_names_row_and_value(app: Flask, page: Page, people: People) -> None:
    page.as_(people.manager)
    world.upload(page, world.log_text(rows(5)), unit=str(people.root.id))
    columns = page.location
    answer = page.post(
        columns,
        {**world.MAPPING, "milestones-0-form": "%d.%m.%Y"},
        status=200,
        headers={"HX-Request": "true"},
    )
    assert "first on line 2: 2024-03-01 08:00:00" in answer.text
    assert "ISO 8601" in answer.text
    assert "milestones" not in (world.newest_batch().mapping.get("log") or {})
    answer = page.post(columns, {**world.MAPPING, "milestones-0-column": "gone", "go": "next"}, status=422)
    assert "gone" in answer.text
    answer = page.post(columns, {**world.MAPPING, "encoding": "utf-16", "go": "next"}, status=422)
    assert "can’t be read like this" in answer.text


def test_a_formula_without_a_value_names_its_cell(app: Flask, page: Page, people: People) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["number", "opened", "closed", "district"])
    sheet.append(["1", "2024-03-01 08:00", "=B2", "North"])
    stream = io.BytesIO()
    book.save(stream)
    page.as_(people.manager)
    world.upload(page, stream.getvalue(), "log.xlsx", unit=str(people.root.id))
    columns = page.location
    page.get(columns)
    page.post(columns, {**world.MAPPING, "go": "next"})
    batch = world.newest_batch()
    page.post(f"/delivery/imports/{batch.id}/proves", {"go": "next"})
    page.post(f"/delivery/imports/{batch.id}/check", {"go": "import"})
    world.work(app)
    session.expire_all()
    job = session.scalars(select(Job).where(Job.kind == "delivery.import")).one()
    assert job.state == "failed"
    assert "C2" in job.message
    assert world.newest_batch().state == "mapped"
    assert session.scalar(select(func.count()).select_from(EventLog)) == 0
    assert not list(LOGS.workplace.iterdir())


def test_withdrawn_rows_count_no_more(app: Flask, page: Page, people: People) -> None:
    made = world.standard(people.root, people.owner, (LONG_AGO, None, [{"limit": "3 days"}]))
    page.as_(people.manager)
    address = world.go_through(page, app, world.log_text(rows(40)), people.root, standards=[made.id])
    batch = world.newest_batch()
    page.post(f"{address}/withdraw", {"reason": "", "row_version": str(batch.row_version)}, status=422)
    page.post(f"{address}/withdraw", {"reason": "wrong month", "row_version": str(batch.row_version)})
    page.follow()
    assert "wrong month" in page.get(address)
    assert session.scalar(select(func.count()).select_from(Attainment)) == 0
    assert LOGS.parquet(batch.parquet_sha256).is_file()


def test_who_may_what(app: Flask, page: Page, people: People) -> None:
    page.as_(people.south_owner)
    world.upload(page, world.log_text(rows(5)), unit=str(people.south.id))
    batch = world.newest_batch()
    page.as_(people.owner)  # of north
    for path in ("columns", "proves", "check", "file", "original", "withdraw"):
        page.get(f"/delivery/imports/{batch.id}/{path}", status=403)
    page.get(f"/delivery/imports/{batch.id}", status=403)
    page.post(f"/delivery/imports/{batch.id}/columns", {**world.MAPPING, "go": "next"}, status=403)
    page.post(f"/delivery/imports/{batch.id}/discard", status=403)
    world.upload(page, world.log_text(rows(5)), unit=str(people.south.id), code="OTHER", status=403)
    page.as_(people.staff)
    page.get("/delivery/imports/new", status=403)
    page.get("/delivery")
    page.as_(None)
    page.get("/delivery", status=302)


def test_a_shortfall_is_found_once(app: Flask, page: Page, people: People) -> None:
    made = world.standard(people.root, people.owner, (LONG_AGO, None, [{"limit": "3 days"}]))
    page.as_(people.manager)
    world.go_through(
        page, app, world.log_text(rows(80, late=60)), people.root,
        units={"North": people.north.id}, standards=[made.id],
    )  # fmt: skip
    found = session.scalars(select(Finding).order_by(Finding.id)).all()
    assert {each.unit_id for each in found} == {people.root.id, people.north.id}
    assert "25.0%" in found[0].statement_en
    assert "25.0%" in found[0].statement_zh
    assert found[0].figures[0]["n"] == 80
    assert f"/delivery/standards/{made.id}/R1" in page.get(f"/findings/{found[0].id}")
    page.post(f"/delivery/logs/{world.the_log().id}/measure")
    world.work(app)
    assert session.scalar(select(func.count()).select_from(Finding)) == 2


def test_what_cannot_be_measured_says_why(app: Flask, page: Page, people: People) -> None:
    made = world.standard(
        people.root, people.owner,
        (LONG_AGO, None, [
            {"limit": "3 days"},
            {"limit": "2 days", "to_milestone": "answered"},
            {"limit": "2 days", "population": {"kind": ["lamp"]}},
            {"limit": "2 working hours"},
        ]),
    )  # fmt: skip
    page.as_(people.manager)
    world.go_through(page, app, world.log_text(rows(40)), people.root, standards=[made.id])
    text = page.get("/delivery")
    assert "no milestone “answered”" in text
    assert "no column “kind”" in text
    assert "the calendar has none" in text
    text = page.get("/delivery?lang=zh")
    assert "answered" in text
