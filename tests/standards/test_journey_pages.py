"""What hangs on a touchpoint, the map, the pages of journeys, and what they cost."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core import trail
from core.db import session
from core.errors import RuleViolation
from core.history import changes
from satisfaction.operations import questionnaires as survey_operations
from satisfaction.operations.touchpoints import place_items
from satisfaction.queries import questionnaires as survey_queries
from standards.models import Journey, Service, Stage, Standard, Touchpoint, TouchpointStandard
from standards.operations import touchpoints as hanging
from standards.operations import versions as version_operations
from standards.queries import journeys as queries
from standards.queries import touchpoints as touchpoint_queries
from standards.reports.journeys import map_of
from standards.rules.journeys import Word
from tests.page import Page
from tests.people import People
from tests.standards.journeys import asked, measured, names, staged, touchpoint
from tests.standards.test_versions import in_force
from tests.statements import counted


def test_standards_hang_from_either_side(people: People) -> None:
    standard = in_force(people).standard
    stage = staged(people)[0]
    one, two = touchpoint(people, stage), touchpoint(people, stage, "Write")
    hanging.hang_standards(one, [standard], actor=people.owner)
    hanging.place_standard(standard, [two], actor=people.owner)
    session.commit()
    assert [item.id for item in touchpoint_queries.touchpoints_of_standard(standard.id, people.owner)] == [
        two.id
    ]
    assert touchpoint_queries.linked_standards(one.id) == set()
    placed = [entry for entry in trail.history(standard) if entry.action == "standard.placed"]
    assert [changes(entry)[0] for entry in placed] == [
        ("Touchpoint", "", f"{two.code} Write"),
        ("Touchpoint", f"{one.code} Call us", ""),
        ("Touchpoint", "", f"{one.code} Call us"),
    ]
    assert len(touchpoint_queries.trail_of_touchpoint(one)) == 3  # added, hung, taken off
    hidden = session.get_one(Standard, standard.id)
    hidden.withdrawn_at = hidden.created_at
    with pytest.raises(RuleViolation, match="withdrawn"):
        hanging.place_standard(hidden, [one], actor=people.owner)
    with pytest.raises(RuleViolation):
        hanging.hang_standards(one, [hidden], actor=people.owner)


def test_the_map_shows_promised_delivered_and_felt(people: People, page: Page) -> None:
    standard = in_force(people).standard
    spot = touchpoint(people, staged(people)[0], channel="phone", moment_of_truth=True)
    hanging.hang_standards(spot, [standard], actor=people.owner)
    measured(people, standard, met=60, missed=40)
    item = asked(people, spot, value=2.1, low=1.9, high=2.3)
    found = map_of(spot.stage.journey, people.owner).spots[0]
    assert found.lines[0].verdict == "short"
    assert (found.felt[0].value, found.felt[0].verdict) == ("2.10 of 5", "short")
    assert found.word is Word.broken_and_felt
    text = page.as_(people.owner).get(f"/journeys/{spot.stage.journey_id}")
    for piece in (
        "60.0%",
        "n = 100",
        "2.10 of 5",
        "n = 80",
        "Moment of truth",
        "target ≥\N{NO-BREAK SPACE}95%",
        "customers feel it",
    ):
        assert piece in text, piece
    text = page.get(f"/journeys/touchpoints/{spot.id}")
    assert "60.0%" in text
    assert item.version.questionnaire.title in text
    text = page.get(f"/standards/{standard.id}")
    assert f"/journeys/touchpoints/{spot.id}" in text
    draft = version_operations.draft_version(standard, actor=people.owner)
    session.commit()
    text = page.get(f"/standards/versions/{draft.id}")
    assert f"/journeys/touchpoints/{spot.id}" in text
    assert f"/journeys/of-standard/{standard.id}" in text
    assert "customers feel it" in page.get(f"/journeys/{spot.stage.journey_id}/table")


def test_a_new_version_of_the_questionnaire_takes_the_place_with_it(people: People) -> None:
    spot = touchpoint(people, staged(people)[0])
    item = asked(people, spot, value=4.6, low=4.4, high=4.8)
    questionnaire = item.version.questionnaire
    version = survey_operations.draft_version(questionnaire, actor=people.owner)
    copied = next(each for each in survey_queries.list_items(version.id) if each.code == "Q1")
    assert copied.touchpoint_id == spot.id
    found = map_of(spot.stage.journey, people.owner).spots[0]
    assert [each.verdict for each in found.felt] == [
        "kept"
    ]  # the wave of the version before, without a target
    place_items(spot, [], actor=people.owner)
    assert map_of(spot.stage.journey, people.owner).spots[0].felt == ()


def test_importance_is_no_feeling(people: People) -> None:
    spot = touchpoint(people, staged(people)[0])
    with pytest.raises(RuleViolation):
        asked(people, spot, value=4.6, low=4.4, high=4.8, code="I1")


def send(page: Page, url: str, *, status: int = 302, **data: Any) -> str:
    return page.post(url, data, status=status).text


def test_a_journey_is_written_by_the_pages(people: People, page: Page) -> None:
    page.as_(people.owner)
    assert "No customer journeys yet" in page.get("/journeys")
    assert "No services yet" in page.get("/services")
    send(page, "/services/new", name_en="Lamps", name_zh="路灯", unit_id=people.north.id)
    service = session.scalars(select(Service)).one()
    send(page, "/journeys/new", name_en="Lamp", unit_id=people.north.id, service_id=service.id)
    made = session.scalars(select(Journey)).one()
    assert made.service_id == service.id
    assert "No stages yet" in page.get(f"/journeys/{made.id}")
    send(page, f"/journeys/{made.id}/stages", name_en="Report", name_zh="报修")
    send(page, f"/journeys/{made.id}/stages", name_en="Wait")
    report, wait = queries.list_stages(made.id)
    send(page, f"/journeys/stages/{wait.id}/move", to="up")
    assert names(queries.list_stages(made.id)) == ["Wait", "Report"]
    send(page, f"/journeys/stages/{report.id}", name_en="Tell", row_version=report.row_version)
    assert session.get_one(Stage, report.id).name_en == "Tell"
    send(
        page,
        f"/journeys/stages/{report.id}/touchpoints/new",
        name_en="Call",
        channel="phone",
        moment_of_truth="y",
    )
    send(page, f"/journeys/stages/{report.id}/touchpoints/new", name_en="Write", channel="letter")
    call, write = queries.list_touchpoints([report.id])[report.id]
    assert call.moment_of_truth
    send(page, f"/journeys/touchpoints/{write.id}/move", to="up")
    text = page.get(f"/journeys/{made.id}/stages")
    assert text.index("Write</a>") < text.index("Call</a>")
    send(page,
        f"/journeys/touchpoints/{write.id}/edit", name_en="Write to us", channel="message", stage_id=wait.id,
        row_version=write.row_version,
    )  # fmt: skip
    assert session.get_one(Touchpoint, write.id).stage_id == wait.id
    standard = in_force(people).standard
    send(page, f"/journeys/touchpoints/{call.id}/standards", chosen=standard.id)
    assert touchpoint_queries.linked_standards(call.id) == {standard.id}
    send(page, f"/journeys/of-standard/{standard.id}", chosen=write.id)
    assert touchpoint_queries.linked_touchpoints(standard.id) == {write.id}
    send(page, f"/journeys/touchpoints/{write.id}/remove")
    assert "Bring back" in page.get(f"/journeys/{made.id}/stages")
    send(page, f"/journeys/touchpoints/{write.id}/restore")
    assert session.get_one(Touchpoint, write.id).withdrawn_at is None
    send(page, f"/journeys/{made.id}/remove")
    assert "No customer journeys yet" in page.get("/journeys")
    assert "Withdrawn" in page.get("/journeys?state=withdrawn")
    send(page, f"/journeys/{made.id}/restore")
    assert "Journey written" in page.get(f"/journeys/{made.id}/history")
    assert "Call" in page.get("/search?q=call")
    assert made.code in page.get(f"/services/{service.id}")
    for address in (
        f"/journeys/{made.id}/edit",
        f"/services/{service.id}/edit",
        "/services/new",
        "/journeys/new",
        f"/journeys/stages/{report.id}",
        f"/journeys/stages/{report.id}/touchpoints/new",
        f"/journeys/touchpoints/{call.id}/edit",
        f"/journeys/touchpoints/{call.id}/standards",
        f"/journeys/of-standard/{standard.id}",
        f"/surveys/touchpoints/{call.id}",
    ):
        page.get(address)


def test_wrong_entries_come_back_with_what_is_missing(people: People, page: Page) -> None:
    stage = staged(people)[0]
    session.commit()
    page.as_(people.owner)
    for address in ("/services/new", "/journeys/new", f"/journeys/{stage.journey_id}/stages"):
        text = send(page, address, status=422, name_en="", unit_id=people.north.id)
        assert "Give a name in at least one language." in text
    text = send(page, f"/journeys/stages/{stage.id}/touchpoints/new", status=422, name_en="X", channel="fax")
    assert 'id="channel-error"' in text


def test_the_journey_goes_out_as_a_workbook(people: People, page: Page, tmp_path: Path) -> None:
    from core.documents.reading import read_table

    standard = in_force(people).standard
    spot = touchpoint(people, staged(people)[0], moment_of_truth=True)
    hanging.hang_standards(spot, [standard], actor=people.owner)
    measured(people, standard, met=98, missed=2)
    session.commit()
    page.as_(people.owner)
    answer = page.client.get(f"/journeys/{spot.stage.journey_id}/table?export=xlsx")
    assert answer.status_code == 200
    (tmp_path / "journey.xlsx").write_bytes(answer.data)
    _line, row = next(read_table(tmp_path / "journey.xlsx"))
    assert row["Touchpoint"] == "Call us"
    assert float(row["What is delivered"]) == pytest.approx(0.98)
    assert row["Moment of truth"] == "yes"
    for asked_for in ("page=2", "sort=-code", "q=lamp", "moment=yes", "channel=phone&q=5%25"):
        page.get(f"/journeys/{spot.stage.journey_id}/table?{asked_for}")
        page.get(f"/journeys?{asked_for}")
        page.get(f"/services?{asked_for}")
    answer = page.client.get("/journeys?export=csv")
    assert "A lamp is out" in answer.text


def test_more_touchpoints_cost_no_more_statements(people: People, page: Page) -> None:
    standard = in_force(people).standard
    stage = staged(people)[0]
    page.as_(people.owner)

    def cost(number: int) -> list[int]:
        have = len(queries.list_touchpoints([stage.id]).get(stage.id, []))
        for each in range(have, number):
            spot = touchpoint(people, stage, f"Spot {each}")
            session.add(TouchpointStandard(touchpoint_id=spot.id, standard_id=standard.id))
        session.commit()
        made = []
        for address in ("", "/table", "/stages"):
            page.get(f"/journeys/{stage.journey_id}{address}")
            with counted() as statements:
                page.get(f"/journeys/{stage.journey_id}{address}")
            made.append(len(statements))
        return made

    few, many = cost(3), cost(30)
    assert few == many
    assert max(many) <= 16, many
