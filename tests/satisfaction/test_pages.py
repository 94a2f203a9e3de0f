"""Every page of the room, filled and empty, opened and inspected by the test client."""

from flask import Flask
from sqlalchemy import select

from core.db import session
from satisfaction.models import Questionnaire, QuestionnaireVersion, SurveyItem, Wave
from satisfaction.queries import questionnaires as queries
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import ALL_KINDS, make_questionnaire, make_wave, send


def test_a_questionnaire_is_written_filled_and_asked_by_the_pages(page: Page, people: People) -> None:
    page.as_(people.owner)
    assert "No waves yet" in page.get("/surveys")
    assert "No questionnaires yet" in page.get("/surveys/questionnaires")
    assert "No questionnaire to ask yet" in page.get("/surveys/waves/new")
    page.get("/surveys/questionnaires/new")
    page.post(
        "/surveys/questionnaires/new",
        {
            "title_en": "Counter",
            "title_zh": "办事窗口",
            "unit_id": people.north.id,
            "owner_id": people.owner.id,
            "standard_id": "",
            "_once": "a",
        },
    )
    text = page.follow()
    assert "SUR-0001" in text
    version = session.scalars(select(QuestionnaireVersion)).one()
    page.get(f"/surveys/versions/{version.id}/items/new")
    page.post(
        f"/surveys/versions/{version.id}/items/new",
        {
            "kind": "choice",
            "code": "Q1",
            "text_en": "Where?",
            "options": "Counter | 窗口\nOnline",
            "points": "5",
            "top": "2",
            "requirement": "",
            "about_code": "",
        },
    )
    page.follow()
    page.get(f"/surveys/versions/{version.id}/items/many")
    page.post(f"/surveys/versions/{version.id}/items/many", {"lines": ALL_KINDS.replace("Q1 |", "Q0 |")})
    text = page.follow()
    assert "Staff were quick" in text
    assert "12 questions" in text
    found = session.scalars(select(SurveyItem).where(SurveyItem.code == "Q1")).one()
    page.get(f"/surveys/items/{found.id}")
    page.post(f"/surveys/items/{found.id}/move", {"to": "down"})
    assert [each.code for each in queries.list_items(version.id)][:2] == ["Q0", "Q1"]
    page.post(
        f"/surveys/items/{found.id}",
        {
            "kind": "choice",
            "code": "Q1",
            "text_en": "Where were you?",
            "options": "Counter\nOnline\nBoth",
            "points": "5",
            "top": "2",
            "several": "y",
            "requirement": "",
            "about_code": "",
            "row_version": version.row_version,
        },
    )
    page.post(
        f"/surveys/versions/{version.id}/texts",
        {"intro_en": "Two minutes.", "thanks_zh": "谢谢", "row_version": version.row_version},
    )
    text = page.get(f"/surveys/versions/{version.id}/preview")
    assert "Where were you?" in text
    assert 'type="checkbox"' in text
    page.get("/surveys/waves/new")
    page.post(
        "/surveys/waves/new",
        {
            "name_en": "Autumn",
            "version_id": version.id,
            "unit_id": people.north.id,
            "anonymous": "1",
            "open_link": "y",
            "min_cell": "10",
            "channels": "web",
        },
    )
    text = page.follow()
    wave = session.scalars(select(Wave)).one()
    assert wave.open_token is not None
    assert wave.open_token in text
    assert "<svg" in text
    page.get(f"/surveys/waves/{wave.id}/edit")
    page.get(f"/surveys/waves/{wave.id}/links")
    page.post(f"/surveys/waves/{wave.id}/open", {"row_version": wave.row_version})
    assert "is open" in page.follow()
    assert version.frozen_at is not None
    page.get(f"/surveys/questionnaires/{version.questionnaire_id}")
    assert page.get(f"/surveys/waves/{wave.id}/qr.svg").startswith("<svg")
    for address in ("/surveys", "/surveys/questionnaires"):
        page.get(address)
        page.get(f"{address}?lang=zh")
        for form in ("csv", "xlsx"):
            assert page.client.get(f"{address}?export={form}").status_code == 200


def test_results_of_every_kind_are_shown(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(people)
    wave = make_wave(people, questionnaire)
    assert wave.open_token is not None
    for number in range(12):
        send(
            page, wave.open_token, Q1=str(number % 5 + 1), Q2="4", Q3="5", Q4="6", Q5=str(number % 11), S1__e="7",
            S1__p=str(number % 7 + 1), S2__e="6", S2__p="5", K1__f="1", K1__d=str(3 + number % 3), I1="5", I2="4", T1="fine",
        )  # fmt: skip
    page.as_(people.manager)
    text = page.get(f"/surveys/waves/{wave.id}/results")
    assert "2 answers more wait to be shown" in text
    for word in ("Ratings", "Dimensions", "Expected and perceived", "Kano", "NPS", "n = 10"):
        assert word in text, word
    page.get(f"/surveys/waves/{wave.id}/results?overall=Q3")
    page.get(f"/surveys/waves/{wave.id}/results?lang=zh")
    for code in ("Q1", "Q3", "Q4", "Q5", "S1", "K1", "I1"):
        page.get(f"/surveys/waves/{wave.id}/results/{code}?lang=en")
    page.get(f"/surveys/waves/{wave.id}/results/T1", status=404)
    page.get(f"/surveys/waves/{wave.id}/results/nothing", status=404)
    assert page.client.get(f"/surveys/waves/{wave.id}/results.xlsx?by=language").status_code == 200
    assert "fine" in page.get(f"/surveys/waves/{wave.id}/texts?q=FIN")
    assert "Nothing holds these words" in page.get(f"/surveys/waves/{wave.id}/texts?q=absent")
    page.as_(people.auditor).get(f"/surveys/waves/{wave.id}/texts", status=403)
    page.get(f"/surveys/waves/{wave.id}/results")
    assert session.scalars(select(Questionnaire)).one().id == questionnaire.id


def test_addresses_for_what_has_no_request_are_those_of_the_routes(app: Flask) -> None:
    from flask import url_for

    from satisfaction.rules import addresses

    with app.test_request_context():
        assert addresses.questionnaire_path(7) == url_for("satisfaction.questionnaire", questionnaire_id=7)
        assert addresses.results_path(7) == url_for("satisfaction.wave_results", wave_id=7)
        assert addresses.item_path(7, "Q1") == url_for("satisfaction.item_result", wave_id=7, item_code="Q1")
        assert addresses.import_path(7) == url_for("satisfaction.response_import", import_id=7)
