"""The printed report, calendar files, what neighbours show, tasks, search, figures for others, and the budgets."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from flask import g
from pypdf import PdfReader
from sqlalchemy import insert

from audits import jobs, photos, printing, reports
from audits.models import Audit, Item
from audits.operations import audits as operations
from audits.operations import programmes, recording, steps
from audits.queries import audits as queries
from audits.views import panels
from core import clock, files
from core.db import session
from core.i18n import force_locale
from core.search import find
from core.tasks import tasks_of
from improvement.operations import tickets
from standards.models import Clause
from tests.audits.builders import (
    FIRST,
    LAST,
    answer_all,
    items,
    make_standard,
    picture,
    plan,
    prepare,
    report,
)
from tests.page import Page
from tests.people import PASSWORD, People
from tests.statements import counted


def done(_step: int, _total: int, _words: str | None = None) -> None:
    """Progress that nobody watches."""


# --- the report ----------------------------------------------------------------------------------------------


def test_a_report_in_chinese_with_photo_findings_and_signatures(app: Any, people: People) -> None:
    audit = prepare(people)
    desk = recording.desk(audit.id, items(audit)[0].id, people.auditor)
    received, width, height = photos.receive(io.BytesIO(picture()), "lamp.jpg")
    recording.add_photo(desk, received, width=width, height=height, actor=people.auditor)
    answer_all(people, audit)
    report(people, audit)
    number = jobs.build(audit.id, "zh", done, actor_id=people.auditor.id)
    printed = queries.get_report(queries.get_audit(audit.id), number)
    assert (printed.language, printed.state, printed.file.name) == ("zh", "reported", f"{audit.code}-zh.pdf")
    reader = PdfReader(files.path_of(printed.file.sha256))
    text = "\n".join(page.extract_text() for page in reader.pages).replace("\n", "")
    for words in (
        "审核报告",
        "北区路灯",
        "审核组长",
        "Two lamps waited nine days",
        "Aki Auditor",
        "8.1 如何做？",
        "未再改动",
    ):
        assert words in text, words
    assert len({image.data for page in reader.pages for image in page.images}) == 1


def test_a_report_is_typeset_with_everything_escaped(app: Any, people: People) -> None:
    audit = prepare(people)
    audit.title_en = "<script>alert(1)</script>"
    item = items(audit)[0]
    recording.answer(
        recording.desk(audit.id, item.id, people.auditor), result="ofi", note="<img src=x onerror=1>\nsecond line",
        seen=item.row_version, actor=people.auditor,
    )  # fmt: skip
    session.commit()
    with force_locale("en"):
        content = printing.read(audit.id)
        html = printing.typeset(content, "en")
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "second line" in html
    assert "Draft" in html
    assert "1/8" in html


def test_a_report_is_ordered_by_the_page_and_downloaded(app: Any, page: Page, people: People) -> None:
    audit = prepare(people)
    page.as_(people.owner).post(f"/audits/{audit.id}/print", {"language": "zh"})
    assert page.response is not None
    assert page.response.location.startswith("/jobs/")
    page.as_(people.visitor).post(f"/audits/{audit.id}/print", status=403)
    page.as_(people.south_owner).get(f"/audits/{audit.id}", status=403)


# --- calendar files ------------------------------------------------------------------------------------------


def test_calendars_of_an_audit_of_a_year_and_of_all(app: Any, page: Page, people: People) -> None:
    audit = prepare(people)
    programme = programmes.open_programme(people.root, 2026, actor=people.manager)
    session.commit()
    page.as_(people.manager)
    for url in (
        f"/audits/{audit.id}/calendar.ics",
        f"/audits/programmes/{programme.id}/calendar.ics",
        "/audits/calendar.ics",
    ):
        text = page.get(url).replace("\r\n ", "")
        assert page.response is not None
        assert page.response.mimetype == "text/calendar"
        assert "DTSTART;VALUE=DATE:20261123" in text, url
        assert "SUMMARY:Audit: Lamps in the north" in text
        assert "Aki Auditor\\, Ada Approver" in text
    page.as_(people.south_owner)
    assert "VEVENT" not in page.get("/audits/calendar.ics")


# --- pages ---------------------------------------------------------------------------------------------------


def test_the_page_leads_each_person_to_their_next_step(app: Any, page: Page, people: People) -> None:
    audit = prepare(people)
    url = f"/audits/{audit.id}"
    assert "Record answers" in page.as_(people.auditor).get(url)
    assert "Record answers" not in page.as_(people.owner).get(url)
    item = answer_all(people, audit)
    assert item.finding is not None
    page.as_(people.auditor)
    assert "3 of 3 met" in page.get(url)
    page.post(f"{url}/finish")
    page.follow()
    page.post(f"{url}/conclusion", {"conclusion_en": "", "row_version": audit.row_version}, status=422)
    page.post(f"{url}/conclusion", {"conclusion_en": "Mostly kept.", "row_version": audit.row_version})
    assert "Sign the report" in page.follow()
    page.get(f"{url}/resume")
    page.post(f"{url}/resume", {"reason": ""}, status=422)
    page.get(f"{url}/report")
    assert "Nothing was signed" in page.post(f"{url}/report", {"password": "no"}, status=422).text
    page.post(f"{url}/report", {"password": PASSWORD})
    assert "Reported" in page.follow()
    page.as_(people.approver).get(f"{url}/accept", status=403)
    page.as_(people.owner)
    assert "Accept the report" in page.get(url)
    page.get(f"{url}/send-back")
    page.get(f"{url}/accept")
    page.post(f"{url}/accept", {"password": PASSWORD})
    assert "Accepted" in page.follow()
    page.as_(people.manager).get(f"{url}/cancel", status=422)
    page.post(f"{url}/close", status=422)
    ticket = tickets.open_ticket(
        title="Lamps",
        owner=people.owner,
        verifier=None,
        findings=[item.finding],
        actor=people.manager,
    )
    ticket.stage = "closed"
    from audits.operations.follow_up import on_ticket_closed
    from improvement.events import TicketClosed

    on_ticket_closed(TicketClosed(ticket))
    session.commit()
    page.as_(people.auditor)
    assert "Remedy holds" in page.get(f"{url}/items/{item.id}")
    page.post(f"{url}/items/{item.id}/verify", {"note": "", "outcome": "verified"}, status=422)
    page.post(f"{url}/items/{item.id}/verify", {"note": "Still dark", "outcome": "refused"})
    assert any("did not accept" in task.title for task in tasks(app, people.manager))
    page.post(f"{url}/items/{item.id}/verify", {"note": "Lit", "outcome": "verified"})
    page.post(f"{url}/close")
    assert "Closed" in page.follow()
    assert "Remedy verified" in page.get(f"{url}/history")
    page.as_(people.visitor)
    assert "Mostly kept" in page.get(url)


def test_a_long_checklist_is_shown_by_its_parts(app: Any, page: Page, people: People) -> None:
    audit = prepare(people)
    many(audit, 300)
    page.as_(people.manager)
    text = page.get(f"/audits/{audit.id}")
    assert text.count("data-item=") == 4  # the first part
    assert "Parts of the checklist" in text
    text = page.get(f"/audits/{audit.id}?section=Part+2")
    assert text.count("data-item=") == 20
    assert page.get(f"/audits/{audit.id}?section=none").count("data-item=") == 4


def test_lists_filter_and_export(app: Any, page: Page, people: People) -> None:
    audit = prepare(people)
    programmes.open_programme(people.root, 2026, actor=people.manager)
    session.commit()
    page.as_(people.manager)
    assert audit.code in page.get("/audits?state=open&kind=system&q=lamps")
    assert "Nothing matches" in page.get(f"/audits?unit={people.south.id}")
    assert audit.code in page.get("/audits?state=wrong&unit=x")
    assert "Lamps in the north" in page.get("/audits?export=csv")
    assert "2026" in page.get("/audits/programmes?export=csv&year=2026")
    page.as_(people.staff).get("/audits", status=403)


# --- neighbours, tasks, search -------------------------------------------------------------------------------


def tasks(app: Any, person: Any) -> list[Any]:
    from accounts.queries import with_holdings

    with app.test_request_context():
        return [task for task in tasks_of(with_holdings(person)) if task.kind == "audit"]


def test_tasks_are_of_who_can_do_them(app: Any, people: People) -> None:
    programme = programmes.open_programme(people.root, clock.now().year, actor=people.manager)
    programmes.add_slot(programme, unit=people.south, month=1, topic_en="Lamps", actor=people.manager)
    audit = plan(people)
    operations.staff(audit, people.auditor, role="lead", actor=people.manager)
    session.commit()
    assert [str(task.verb) for task in tasks(app, people.auditor)] == ["Prepare"]
    assert [str(task.verb) for task in tasks(app, people.manager)] == ["Plan"]
    assert tasks(app, people.owner) == []
    other = prepare(people)
    verbs = {task.code: str(task.verb) for task in tasks(app, people.auditor)}
    assert verbs[other.code] == "Record answers"
    assert [str(task.verb) for task in tasks(app, people.approver) if task.code == other.code] == [
        "Record answers"
    ]
    answer_all(people, other)
    assert {task.code: str(task.verb) for task in tasks(app, people.auditor)}[other.code] == "Finish"
    report(people, other)
    assert [str(task.verb) for task in tasks(app, people.owner)] == ["Accept"]
    assert tasks(app, people.staff) == []


def test_neighbours_show_audits(app: Any, page: Page, people: People) -> None:
    standard = make_standard(people)
    audit = prepare(people, standard=standard)
    clause = session.get(Clause, items(audit)[0].clause_id)
    page.as_(people.manager)
    assert audit.code in page.get(f"/standards/{standard.id}")
    assert clause is not None
    assert audit.code in page.get(f"/frameworks/{clause.framework.code}/clauses/{clause.number}")
    assert audit.code in page.get(f"/frameworks/{clause.framework.code}")
    assert "Audits now" in page.get("/")
    assert "Audits now" not in page.as_(people.south_owner).get("/")
    with app.test_request_context():
        g.person = people.manager
        assert panels.beside_standard(standard, people.staff) is None
        assert panels.audits_now(None, people.handler) is None
        assert find(people.manager, audit.code)[0].code == audit.code
        assert panels.search(people.staff, "lamps", 5) == []
        assert panels.origin_address(f"{audit.id}:12") == f"/audits/{audit.id}/items/12"
        assert panels.origin_address(f"{audit.id + 1}:12") == ""
        g.person = people.handler
        assert panels.origin_address(f"{audit.id}:12") == ""
        assert panels.origin_address("x:12") == panels.origin_address("7") == ""


# --- for reviews and packs -----------------------------------------------------------------------------------


def test_figures_and_rows_of_a_period(app: Any, people: People) -> None:
    audit = prepare(people)
    answer_all(people, audit)
    plan(people, title_en="Later")
    report(people, audit)
    rows = reports.audits_for(people.root, FIRST, LAST)
    assert [(row.code, row.state, row.items, row.answered, row.minor, row.lead) for row in rows] == [
        (audit.code, "reported", 8, 8, 1, "Aki Auditor"),
        ("AUD-2026-0002", "scheduled", 0, 0, 0, ""),
    ]
    figures = {
        figure.working["label_en"]: (figure.value, figure.n)
        for figure in reports.figures_for(people.root, FIRST, LAST)
    }
    assert figures["Audits reported"] == (1.0, 2)
    assert figures["Minor nonconformities found by audits"] == (1.0, 2)
    assert figures["Remedies of audit findings not verified yet"] == (1.0, 2)
    waiting = reports.open_follow_ups(people.north, until=LAST)
    assert [(row.audit_code, row.grade, row.settled) for row in waiting] == [(audit.code, "minor", "triage")]
    assert reports.audits_for(people.south, FIRST, LAST) == []
    assert reports.audits_for(people.root, date(2020, 1, 1), date(2020, 12, 31)) == []
    clause = session.get(Clause, items(audit)[0].clause_id)
    assert clause is not None
    assert len(reports.audits_for(people.root, FIRST, LAST, framework_id=clause.framework_id)) == 1
    assert reports.last_audit_of_clauses([clause.id], people.lights)[clause.id][1] == audit.code


# --- budgets -------------------------------------------------------------------------------------------------


def many(audit: Audit, count: int) -> None:
    session.execute(
        insert(Item),
        [
            {
                "audit_id": audit.id,
                "position": 100 + number,
                "section": f"Part {number // 20}",
                "question_en": f"Question {number}?",
            }
            for number in range(count)
        ],
    )
    session.commit()


def cost(page: Page, url: str) -> int:
    page.get(url)
    with counted() as statements:
        page.get(url)
    return len(statements)


def test_pages_cost_the_same_however_long_they_are(app: Any, page: Page, people: People) -> None:
    audit = prepare(people)
    programme = programmes.open_programme(people.root, 2026, actor=people.manager)
    for month in range(1, 4):
        programmes.add_slot(programme, unit=people.north, month=month, topic_en="Lamps", actor=people.manager)
    session.commit()
    page.as_(people.auditor)
    first = items(audit)[0]
    urls = [
        f"/audits/{audit.id}",
        f"/audits/{audit.id}/items/{first.id}",
        "/audits",
        f"/audits/programmes/{programme.id}",
        "/",
    ]
    few = [cost(page, url) for url in urls]
    many(audit, 112)
    for number in range(27):
        programmes.add_slot(
            programme, unit=people.north, month=1 + number % 12, topic_en="More", actor=people.manager
        )
        plan(
            people,
            title_en=f"Audit {number}",
            starts_on=FIRST + timedelta(days=number),
            ends_on=LAST + timedelta(days=number),
        )
    assert all(cost(page, url) <= before for url, before in zip(urls, few, strict=True))
    text = page.get(urls[0])
    assert text.count("data-item=") == 120
    assert few[0] <= 15
    assert few[2] <= 9
    assert len(text.encode()) <= 90_000


@pytest.mark.parametrize("size", [0, 300])
def test_saving_an_answer_costs_the_same_in_a_long_checklist(
    app: Any, page: Page, people: People, size: int
) -> None:
    audit = prepare(people)
    if size:
        many(audit, size)
    item = items(audit)[0]
    page.as_(people.auditor)
    url, headers = f"/audits/{audit.id}/items/{item.id}", {"Accept": "application/json"}
    page.post(url, {"result": "conform", "row_version": "1"}, status=200, headers=headers)
    with counted() as statements:
        page.post(url, {"result": "ofi", "note": "One", "row_version": "2"}, status=200, headers=headers)
    assert len(statements) <= 7, "\n".join(statements)


def test_the_team_of_many_is_asked_about_in_five_statements(app: Any, people: People) -> None:
    from audits.queries import independence

    make_standard(people)
    audit = plan(people)
    scope = queries.scope_of(audit.id)
    everybody = [people.auditor, people.approver, people.owner, people.staff, people.top, people.manager]
    for person in everybody:
        assert person.unit is not None
    with counted() as statements:
        found = independence.doubts_of(audit, scope, everybody)
    assert len(found) == 6
    assert len(statements) <= 6, "\n".join(statements)


def test_recording_while_another_finishes_is_refused(app: Any, people: People) -> None:
    audit = prepare(people)
    answer_all(people, audit)
    desk = recording.desk(audit.id, items(audit)[1].id, people.approver)
    steps.finish(audit, actor=people.auditor)
    session.commit()
    with pytest.raises(Exception, match="recorded while"):
        recording.answer(desk, result="ofi", note="Too late", seen=None, actor=people.approver)
