import csv
import io
import re

import openpyxl
import pytest

from certification import queries
from certification.rules.clauses import Readiness
from core.db import session
from standards.operations import mapping as mapping_operations
from standards.rules.coverage import Status
from tests.certification.world import (
    build,
    clause,
    load,
    log_for,
    measure,
    put_in_force,
    write,
)
from tests.page import Page
from tests.people import People
from tests.statements import counted


def test_clauses_as_they_stand(people: People) -> None:
    world = build(people)
    found = {item.number: item for item in queries.assess(world.framework, people.root).clauses}
    assert found["7.4"].readiness is Readiness.ready
    assert found["7.4"].answers[0].figure is not None
    assert found["7.4"].answers[0].figure.n == 1480
    assert found["7.4"].answers[0].version_number == 1
    assert found["4.6"].readiness is Readiness.attention
    assert [item.code for item in found["4.6"].open_findings] == [world.short.code]
    assert found["7.1"].status is Status.partly
    assert found["7.1"].readiness is Readiness.gap
    assert found["7.9"].waiting[0].standard_code == world.draft.code
    assert found["7.3"].binding
    assert not found["7.1"].binding
    assert found["8.5"].readiness is Readiness.not_applicable
    assert found["8.5"].justification == "Audited by the city."
    assert found["7.2"].findings[0].grade == "major"


def test_another_unit_sees_only_what_binds_it(people: People) -> None:
    world = build(people)
    found = {item.number: item for item in queries.assess(world.framework, people.south).clauses}
    assert found["7.4"].status is Status.addressed  # by the standard of the whole organisation
    assert found["4.6"].status is Status.not_assessed  # the north's standard says nothing about the south
    assert found["7.2"].findings == ()  # a finding of the whole is not the south's


def test_the_number_of_statements_does_not_grow(page: Page, people: People) -> None:
    world = build(people)
    page.as_(people.manager).get("/certification")
    with counted() as few:
        page.get("/certification")
    standard, requirements = write(
        people.south,
        people.south_owner,
        people.manager,
        [
            {
                "kind": "timing",
                "from_milestone": "received",
                "to_milestone": "closed",
                "limit": f"{number + 1} days",
                "target": 0.9,
            }
            for number in range(12)
        ],
        title_en="Twelve promises",
    )
    put_in_force(standard, author=people.manager, approver=people.approver)
    log = log_for(people.south, "south-log", standard)
    numbers = ["4.2", "4.3", "4.4", "4.5", "4.7", "5.1", "5.2", "6.1", "7.2", "7.5", "7.6", "8.1"]
    for requirement, number in zip(requirements, numbers, strict=True):
        mapping_operations.map_requirement(
            requirement,
            clause(world.framework, number),
            degree="full",
            rationale_en="x",
            actor=people.manager,
        )
        measure(log, requirement, people.south, 95, 5)
    session.commit()
    with counted() as many:
        text = page.get("/certification")
    assert text.count(f"{standard.code} R") >= 12
    assert len(many) == len(few) <= 18


def test_page_in_both_languages(page: Page, people: People) -> None:
    world = build(people)
    text = page.as_(people.manager).get("/certification")
    assert "of 44 assessable clauses" in text
    assert not re.search(r"\d+(\.\d+)?% ready", text), "never a bare percentage"
    assert "Guidance (“should”)" in text
    assert "What to do next" in text
    assert f"Open a ticket for {world.major.code}" in text
    assert "STD-0001 R1" in text
    assert "98.0%" in text
    assert "n = 1,480" in text
    assert "Audited by the city." in text
    text = page.get("/certification?lang=zh")
    assert "共 44 个可评估条款" in text
    assert "下一步" in text
    assert "投诉受理告知" in text or "受理" in text


def test_gaps_only_leaves_out_what_is_ready(page: Page, people: People) -> None:
    build(people)
    page.as_(people.manager)
    every, gaps = page.get("/certification"), page.get("/certification?show=gaps")
    assert 'id="c-7.4"' in every
    assert 'id="c-7.4"' not in gaps
    assert 'id="c-4.6"' in gaps
    assert 'id="c-8.5"' not in gaps


def test_a_requirement_framework_says_shall(page: Page, people: People) -> None:
    build(people)
    load("iso-9001-2015")
    session.commit()
    text = page.as_(people.manager).get("/certification?framework=iso-9001-2015")
    assert "Requirements (“shall”)" in text
    assert "required (“shall”): a gap is a nonconformity" in text


def test_export(page: Page, people: People) -> None:
    build(people)
    page.as_(people.manager)
    answer = page.client.get("/certification?export=csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 44
    ready = next(row for row in rows if row["Clause"] == "7.4")
    assert ready["Readiness"] == "Ready"
    assert "n = 1,480" in ready["Figures"]
    answer = page.client.get("/certification?export=xlsx&show=gaps")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert sheet.max_row < 45


@pytest.mark.parametrize("who", ["visitor", "auditor", "top", "owner", "admin"])
def test_who_may_read(page: Page, people: People, who: str) -> None:
    build(people)
    page.as_(getattr(people, who)).get("/certification")
    assert "/certification/packs/new" not in page.get("/certification/packs")


@pytest.mark.parametrize("who", ["staff", "handler"])
def test_who_may_not(page: Page, people: People, who: str) -> None:
    build(people)
    page.as_(getattr(people, who)).get("/certification", status=403)
    page.get("/certification/packs", status=403)


def test_a_unit_outside_ones_reach_is_not_there(page: Page, people: People) -> None:
    build(people)
    page.as_(people.south_owner).get(f"/certification?unit={people.north.id}", status=404)
    text = page.get("/certification")
    assert "North division" not in text


def test_hostile_text_stays_text(page: Page, people: People) -> None:
    build(people)
    text = page.as_(people.manager).get("/certification?show=")
    assert "<script>alert(1)" not in text
    assert '<img src="file:' not in text
