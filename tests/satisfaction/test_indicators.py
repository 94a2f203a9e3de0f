"""Indicator systems through their pages: begun, grown, weighted, put into force, scored, compared, withdrawn."""

import csv
import io
import json
import re

import pytest
from sqlalchemy import select

from core import trail
from core.db import session
from core.errors import NotPermitted, RuleViolation
from improvement.models import Finding
from satisfaction.indicators.models import IndicatorRollup, IndicatorSystem, IndicatorVersion
from satisfaction.operations.indicators import scores, systems, trees
from satisfaction.queries import indicator_scores as score_queries
from satisfaction.queries import indicators as queries
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import make_questionnaire, make_wave, work
from tests.satisfaction.indicator_builders import (
    LINES,
    alike,
    fill,
    grow,
    make_scored,
    make_system,
    node,
    sheet_of,
)


def test_a_system_is_grown_weighted_and_put_into_force_in_the_browser(page: Page, people: People) -> None:
    asked = make_questionnaire(people, LINES)
    page.as_(people.manager)
    assert "No indicator systems yet" in page.get("/surveys/indicators")
    page.get(f"/surveys/indicators/new?questionnaire={asked.id}")
    form = {"questionnaire_id": asked.id, "unit_id": people.north.id, "owner_id": people.manager.id}
    page.post("/surveys/indicators/new", form, status=422)
    page.post("/surveys/indicators/new", form | {"title_en": "Counter index", "title_zh": "窗口指数"})
    assert "things are lacking" not in page.follow()  # one thing
    system = session.scalars(select(IndicatorSystem)).one()
    assert system.code == "IND-0001"
    version = queries.list_versions(system.id)[0]
    root = queries.list_nodes(version.id)[0]
    add = f"/surveys/indicators/nodes/{root.id}/add"
    page.get(add)
    page.post(add, {"name_en": ""}, status=422)
    page.post(add, {"name_en": "Staff", "target": "120"}, status=422)
    page.post(add, {"name_en": "Staff", "name_zh": "人员", "target": "80", "more": "1"})
    assert "There already: Staff" in page.follow()
    page.post(add, {"name_en": "Rooms"})
    staff, rooms = node(version, "Staff"), node(version, "Rooms")
    assert (staff.code, rooms.code) == ("F1", "F2")
    for factor, name, codes in ((staff, "Speed", ["B1", "B2"]), (rooms, "Order", ["A1"])):
        page.post(f"/surveys/indicators/nodes/{factor.id}/add", {"name_en": name})
        one = node(version, name)
        here = f"/surveys/indicators/nodes/{one.id}/add"
        text = page.get(here)
        assert "T1" not in text  # nobody can score words
        page.post(here, {}, status=422)
        ids = [item.id for item in queries.items_to_place(system) if item.code in codes]
        page.post(here, {"items": ids})
        assert "item-" + str(ids[0]) not in page.get(here)  # each has one place
    text = page.get(f"/surveys/indicators/{system.id}")
    assert "2 things are lacking" in text
    page.post(f"/surveys/indicators/versions/{version.id}/enforce", {"row_version": version.row_version})
    assert "no weights yet" in page.follow()
    weights = f"/surveys/indicators/nodes/{root.id}/weights"
    page.get(weights)
    typed = {f"w{staff.id}": "70", f"w{rooms.id}": "25", "way": "save"}
    page.post(weights, typed, status=422)
    assert page.response is not None
    assert "5.0 % are missing" in page.response.text
    page.post(weights, typed | {f"w{rooms.id}": "much"}, status=422)
    page.post(weights, typed | {f"w{rooms.id}": "-5"}, status=422)
    page.post(weights, typed | {f"w{rooms.id}": "40"}, status=422)
    assert "10.0 % too much" in page.response.text
    page.post(weights, typed | {"way": "normalise"})
    session.expire_all()
    assert staff.weight == pytest.approx(70 / 95)
    page.post(weights, {f"w{staff.id}": "70,0 %", f"w{rooms.id}": "30", "way": "save"})
    page.post(f"/surveys/indicators/nodes/{node(version, 'Speed').id}/weights", {"way": "alike"})
    page.post(f"/surveys/indicators/nodes/{rooms.id}/up")
    assert [each.code for each in queries.list_children(root.id)] == ["F2", "F1"]
    page.post(
        f"/surveys/indicators/nodes/{staff.id}/edit",
        {"name_en": "The staff", "name_zh": "人员", "target": ""},
    )
    page.get(f"/surveys/indicators/nodes/{staff.id}/edit")
    session.expire_all()
    assert staff.target is None
    page.post(f"/surveys/indicators/versions/{version.id}/enforce", {"row_version": version.row_version})
    assert "is in force" in page.follow()
    session.expire_all()
    assert (version.state, system.baseline_number) == ("in_force", 1)
    # from here on nothing of it changes
    for url in (weights, add, f"/surveys/indicators/nodes/{staff.id}/edit"):
        page.get(
            url, status=409 if page.client.get(url).status_code == 409 else page.client.get(url).status_code
        )
        assert page.response.status_code >= 400, url
    assert page.client.post(weights, data=typed).status_code >= 400
    for language in ("zh", "en"):
        for url in (
            "/surveys/indicators",
            f"/surveys/indicators/{system.id}",
            f"/surveys/questionnaires/{asked.id}",
        ):
            assert "IND-0001" in page.get(f"{url}?lang={language}")
    assert "Counter index" in page.get("/search?q=IND-0001")
    assert [entry.action for entry in trail.history(system)][0] == "indicator_system.enforced"
