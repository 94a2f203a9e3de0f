"""Indicator systems through their pages: begun, grown, weighted, put into force, scored, compared, withdrawn."""

import pytest
from sqlalchemy import select

from core import trail
from core.db import session
from satisfaction.indicators.models import IndicatorRollup, IndicatorSystem
from satisfaction.operations.indicators import judging, scores, systems, trees
from satisfaction.queries import indicator_scores as score_queries
from satisfaction.queries import indicators as queries
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import make_questionnaire, make_wave
from tests.satisfaction.indicator_builders import (
    LINES,
    alike,
    fill,
    make_scored,
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
        page.get(url, status=422)
    page.post(weights, typed, status=422)
    for language in ("zh", "en"):
        for url in (
            "/surveys/indicators",
            f"/surveys/indicators/{system.id}",
            f"/surveys/questionnaires/{asked.id}",
        ):
            assert "IND-0001" in page.get(f"{url}?lang={language}")
    assert "Counter index" in page.get("/search?q=IND-0001")
    assert trail.history(system)[0].action == "indicator_system.enforced"


# --- versions ------------------------------------------------------------------------------------------------


def test_a_new_version_supersedes_and_the_trend_keeps_the_first_weights(page: Page, people: People) -> None:
    system, first, wave = make_scored(people)
    later = make_wave(people, system.questionnaire, name_en="Winter")
    fill(people, later, sheet_of(45, shift=1), "later.csv")
    page.as_(people.manager)
    page.post(f"/surveys/indicators/{system.id}/trend")
    assert "data-chart" in page.follow()
    page.post(f"/surveys/indicators/{system.id}/draft")
    second = queries.list_versions(system.id)[0]
    assert (second.number, second.state) == (2, "draft")
    root = node(second, "X1")
    trees.remove_node(node(second, "Whole"), actor=people.manager)
    trees.add_items(
        node(second, "Manner"),
        [i for i in queries.items_to_place(system) if i.code == "C1"],
        actor=people.manager,
    )
    alike(people, second)
    session.commit()
    url = f"/surveys/indicators/versions/{second.id}"
    page.post(f"{url}/enforce", {"row_version": second.row_version})
    assert "Say what changes against version 1" in page.follow()
    page.post(f"{url}/edit", {"percent": "150", "reason": "No overall question"}, status=422)
    page.post(f"{url}/edit", {"percent": "60", "reason": "No overall question"})
    stale = second.row_version
    session.expire_all()
    page.post(f"{url}/enforce", {"row_version": stale - 1}, status=409)
    page.post(f"{url}/enforce", {"row_version": second.row_version})
    session.expire_all()
    assert (first.state, second.state) == ("superseded", "in_force")
    assert first.superseded_at is not None
    text = page.get(f"/surveys/indicators/{system.id}/compare")
    for words in ("removed", "Whole", "moved", "33.3 %", "50.0 %"):
        assert words in text, words
    text = page.get(f"/surveys/indicators/{system.id}/trend")
    assert "Weights of version 1 are held fixed" in text
    assert "2 waves are not scored yet" in text
    page.post(f"/surveys/indicators/{system.id}/trend")
    text = page.follow()
    assert text.count("data-chart") == 2  # fixed weights, and those in force
    kept = session.scalars(select(IndicatorRollup)).all()
    assert {(each.version_id, each.wave_id) for each in kept} == {
        (v.id, w.id) for v in (first, second) for w in (wave, later)
    }
    page.get(f"/surveys/indicators/{system.id}/trend?lang=zh&unit=999")
    page.get(f"/surveys/indicators/{system.id}/baseline?lang=en")
    page.post(f"/surveys/indicators/{system.id}/baseline", {"number": 2}, status=422)
    page.post(f"/surveys/indicators/{system.id}/baseline", {"number": 2, "reason": "A fresh start"})
    assert "Weights of version 2 are held fixed" in page.follow()
    assert root.code == "X1"


def test_a_draft_is_discarded_and_a_system_withdrawn_not_deleted(page: Page, people: People) -> None:
    system, version, wave = make_scored(people)
    page.as_(people.manager)
    page.post(f"/surveys/indicators/{system.id}/draft")
    draft = queries.list_versions(system.id)[0]
    page.post(f"/surveys/indicators/versions/{draft.id}/discard")
    assert [each.id for each in queries.list_versions(system.id)] == [version.id]
    page.post(f"/surveys/indicators/versions/{version.id}/discard", status=422)
    page.get(f"/surveys/indicators/{system.id}/withdraw")
    page.post(f"/surveys/indicators/{system.id}/withdraw", {}, status=422)
    page.post(f"/surveys/indicators/{system.id}/withdraw", {"reason": "Another one takes its place"})
    text = page.follow()
    assert "Withdrawn" in text
    assert "Another one takes its place" in text
    page.post(f"/surveys/indicators/{system.id}/draft", status=422)
    assert "IND-0001" not in page.get("/surveys/indicators?kept=use")
    assert "IND-0001" in page.get("/surveys/indicators?kept=withdrawn")
    assert score_queries.list_due(wave.version.questionnaire_id) == []


def test_every_page_opens_in_both_languages(page: Page, people: People) -> None:
    system, version, wave = make_scored(people)
    made = scores.score(system, [version], [wave], actor=people.manager)
    assert made is not None
    draft = systems.draft_version(system, actor=people.manager)
    root, speed, item = node(draft, "X1"), node(draft, "Speed"), node(draft, "B2")
    judge = judging.ask_judges(draft, [people.manager], actor=people.manager)[0]
    session.commit()
    of = f"/surveys/indicators/{system.id}"
    page.as_(people.manager)
    for language in ("zh", "en"):
        for url in (
            "/surveys/indicators", "/surveys/indicators/new", of, f"{of}?version=1", f"{of}/edit", f"{of}/trend", f"{of}/compare",
            f"{of}/withdraw", f"{of}/baseline", f"/surveys/indicators/versions/{draft.id}/edit", f"/surveys/indicators/versions/{draft.id}/groups",
            f"/surveys/indicators/versions/{draft.id}/model", f"/surveys/indicators/versions/{draft.id}/judges",
            f"/surveys/indicators/nodes/{root.id}/add", f"/surveys/indicators/nodes/{speed.id}/add", f"/surveys/indicators/nodes/{item.id}/edit",
            f"/surveys/indicators/nodes/{root.id}/weights", f"/surveys/indicators/nodes/{root.id}/comparisons",
            f"/surveys/indicators/judging/{judge.id}", f"/surveys/indicators/judging/{judge.id}/{root.id}",
            f"/surveys/indicators/scores/{made[0].id}", f"/surveys/indicators/scores/{made[0].id}/{node(version, 'S1').id}",
        ):  # fmt: skip
            page.get(f"{url}{'&' if '?' in url else '?'}lang={language}")
