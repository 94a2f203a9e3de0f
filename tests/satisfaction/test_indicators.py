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
from satisfaction.operations.indicators import judging, scores, systems, trees
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


# --- scores --------------------------------------------------------------------------------------------------


def result_of(version: IndicatorVersion) -> dict[str, dict[str, float]]:
    """Scores by the English name or code of the node."""
    rollup = session.scalars(select(IndicatorRollup).where(IndicatorRollup.version_id == version.id)).one()
    return {
        each["name_en"] if each["level"] < 4 else each["code"]: each
        for each in rollup.result["nodes"].values()
    }


def test_a_wave_is_scored_and_each_number_opens_its_working(page: Page, people: People) -> None:
    system, version, wave = make_scored(people)
    page.as_(people.owner)
    assert "No wave is scored with this version yet" in page.get(f"/surveys/indicators/{system.id}")
    page.post(f"/surveys/indicators/versions/{version.id}/score", {"wave_id": wave.id})
    text = page.follow()
    found = result_of(version)
    # means by hand: A1 and A2 are 4 of 1 to 5, B1 3, B2 5 of 1 to 7, C1 4, N1 8 of 0 to 10; of the pair the perceived side
    by_hand = {
        "A1": 75.0,
        "A2": 75.0,
        "B1": 50.0,
        "B2": 200 / 3,
        "C1": 75.0,
        "N1": 80.0,
        "S1": 100 * (16 / 3 - 1) / 6,
    }
    assert {code: found[code]["score"] for code in by_hand} == pytest.approx(by_hand)
    speed = (50 + 200 / 3) / 2
    staff = (speed + by_hand["S1"]) / 2
    assert found["Staff"]["score"] == pytest.approx(staff)
    assert found["Counter index"]["score"] == pytest.approx((75 + staff + 77.5) / 3)
    assert found["Counter index"]["coverage"] == pytest.approx(1)
    assert f"{found['Counter index']['score']:.1f}" in text
    assert "<svg" in text
    rollup = session.scalars(select(IndicatorRollup)).one()
    for name in ("Counter index", "Speed", "B2", "S1", "N1"):
        one = node(version, name)
        for language in ("zh", "en"):
            page.get(f"/surveys/indicators/scores/{rollup.id}/{one.id}?lang={language}")
    assert "100 · (5.000 − 1) / (7 − 1)" in page.get(
        f"/surveys/indicators/scores/{rollup.id}/{node(version, 'B2').id}"
    )
    page.get(f"/surveys/indicators/scores/{rollup.id}/999999", status=404)
    # in the files, and beside the wave
    table = list(
        csv.reader(
            io.StringIO(page.get(f"/surveys/indicators/scores/{rollup.id}/scores.csv").lstrip("\ufeff"))
        )
    )
    assert float(next(row for row in table if row[1] == "F2")[5]) == pytest.approx(staff)
    assert page.client.get(f"/surveys/indicators/scores/{rollup.id}/scores.xlsx").data[:2] == b"PK"
    assert "var(--" not in page.get(f"/surveys/indicators/scores/{rollup.id}/picture.svg")
    assert system.title_en in page.get(f"/surveys/waves/{wave.id}")
    # more answers make it stale, and the job that computes figures brings it up to date
    fill(people, wave, sheet_of(30, shift=1), "b.csv")
    session.expire_all()
    assert session.scalars(select(IndicatorRollup)).one().answers == 90
    assert "Score again" in page.get(f"/surveys/indicators/scores/{rollup.id}")


def test_the_interval_is_that_of_the_respondents_mean_when_all_answer(people: People) -> None:
    """With complete answers the linearised mean is the mean of each respondent's own index: its t interval is known."""
    import numpy as np

    from satisfaction import results
    from satisfaction.indicators.rolling import roll_up
    from satisfaction.methods.intervals import mean_interval

    _system, version, wave = make_scored(people)
    tree = queries.get_tree(version.id)
    sheet, _found = results.of_wave(wave)
    result = roll_up(tree, sheet, least=0.6, min_cell=10)
    root = result["nodes"][str(tree.id)]
    scored = {
        code: 100 * (sheet.values(key) - low) / (high - low)
        for code, key, low, high in (
            ("A1", "A1", 1, 5), ("A2", "A2", 1, 5), ("B1", "B1", 1, 5), ("B2", "B2", 1, 7), ("C1", "C1", 1, 5), ("N1", "N1", 0, 10), ("S1", "S1.p", 1, 7)
        )
    }  # fmt: skip
    staff = ((scored["B1"] + scored["B2"]) / 2 + scored["S1"]) / 2
    own = ((scored["A1"] + scored["A2"]) / 2 + staff + (scored["C1"] + scored["N1"]) / 2) / 3
    ends = mean_interval(float(own.mean()), float(own.std(ddof=1) / np.sqrt(len(own))), len(own) - 1)
    assert (root["low"], root["high"]) == pytest.approx(ends)
    assert root["score"] == pytest.approx(float(own.mean()))


def test_an_item_with_too_few_answers_drops_and_coverage_says_so(page: Page, people: People) -> None:
    asked = make_questionnaire(people, LINES)
    wave = make_wave(people, asked)
    rows = sheet_of(60)
    for place, row in enumerate(rows):
        if place >= 5:
            row["A1"] = row["A2"] = row["C1"] = row["N1"] = ""
    fill(people, wave, rows)
    version = grow(people, make_system(people, asked))
    systems.enforce(version, actor=people.manager)
    made = scores.score(version.system, [version], [wave], actor=people.manager)
    assert made is not None
    session.commit()
    found = result_of(version)
    assert found["Rooms"]["score"] is None
    assert found["Counter index"]["score"] is None  # a third of the weight is answered, 60 % are asked for
    assert found["Counter index"]["coverage"] == pytest.approx(1 / 3)
    assert (found["A1"]["n"], found["A1"]["item"]["n"]) == (0, None)  # how few is not told
    page.as_(people.owner)
    text = page.get(f"/surveys/indicators/scores/{made[0].id}")
    assert "not enough data" in text
    assert "Counted as not answered: A1, A2" in text
    text = page.get(f"/surveys/indicators/scores/{made[0].id}/{node(version, 'X1').id}")
    assert "not shown as a score" in text


def test_groups_are_weighted_and_small_ones_withheld(page: Page, people: People) -> None:
    system, _version, wave = make_scored(people, n=80, groups={"East": 40, "West": 36, "Tiny": 4})
    draft = systems.draft_version(system, actor=people.manager)
    session.commit()
    page.as_(people.manager)
    url = f"/surveys/indicators/versions/{draft.id}/groups"
    assert "Told apart by" in page.get(url)
    text = page.get(f"{url}?grouping=col:segment")
    assert "withheld" in text
    order = re.findall(r'<label for="g(\d)">(\w+)</label>', text)
    place = {name: number for number, name in order}
    data = {"grouping": "col:segment", f"g{place['East']}": "50", f"g{place['West']}": "30"}
    page.post(url, data, status=422)
    page.post(url, {"grouping": "col:segment", f"g{place['East']}": "100"}, status=422)
    page.post(url, data | {f"g{place['Tiny']}": "20", "way": "save"})
    page.post(f"/surveys/indicators/versions/{draft.id}/edit", {"percent": "45", "reason": "Groups"})
    systems.enforce(session.get_one(IndicatorVersion, draft.id), actor=people.manager)
    made = scores.score(system, [draft], [wave], actor=people.manager)
    assert made is not None
    session.commit()
    result = made[0].result
    # the next smallest group goes with the tiny one: else the whole would give it away
    assert {each["key"]: each["state"] for each in result["groups"]} == {
        "East": "in",
        "Tiny": "withheld",
        "West": "withheld",
    }
    root = result_of(draft)["Counter index"]
    assert root["coverage"] == pytest.approx(0.5)
    east = next(each for each in result["groups"] if each["key"] == "East")
    key = str(node(draft, "X1").id)
    assert root["score"] == pytest.approx(east["nodes"][key]["score"])
    page.as_(people.owner)
    text = page.get(f"/surveys/indicators/scores/{made[0].id}")
    assert "together 50.0 % of the weight of the groups" in text
    assert "withheld" in page.get(f"/surveys/indicators/scores/{made[0].id}/{key}")
    assert "East" in page.get(f"/surveys/indicators/scores/{made[0].id}/{key}?group=East")
    page.as_(people.manager)
    assert "1" in page.get(f"/surveys/indicators/{system.id}/compare")
    assert "Customer groups" in page.get(f"/surveys/indicators/{system.id}/compare?from=1&to=2")


def test_two_groups_are_their_weighted_mean(people: People) -> None:
    system, _version, wave = make_scored(people, n=80, groups={"East": 50, "West": 30})
    draft = systems.draft_version(system, actor=people.manager)
    groups = [
        {"key": "East", "en": "East", "zh": "东", "percent": 20.0},
        {"key": "West", "en": "West", "zh": "西", "percent": 60.0},
    ]
    systems.set_groups(draft, "col:segment", groups, normalise=True, actor=people.manager)
    systems.change_version(draft, coverage=0.6, reason="Groups", actor=people.manager)
    systems.enforce(draft, actor=people.manager)
    made = scores.score(system, [draft], [wave], actor=people.manager)
    assert made is not None
    key = str(node(draft, "X1").id)
    parts = {each["key"]: each["nodes"][key]["score"] for each in made[0].result["groups"]}
    root = made[0].result["nodes"][key]
    assert root["score"] == pytest.approx(0.25 * parts["East"] + 0.75 * parts["West"])
    assert root["coverage"] == pytest.approx(1)
    assert root["low"] < root["score"] < root["high"]
    assert root["n"] == 80


def test_scoring_refuses_drafts_strange_waves_and_few_answers(page: Page, people: People) -> None:
    asked = make_questionnaire(people, LINES)
    wave = make_wave(people, asked)
    system = make_system(people, asked)
    version = grow(people, system)
    page.as_(people.manager)
    url = f"/surveys/indicators/versions/{version.id}/score"
    page.post(url, {"wave_id": wave.id})
    assert "A draft has no scores" in page.follow()
    page.post(url, {"wave_id": 999}, status=404)
    systems.enforce(version, actor=people.manager)
    session.commit()
    page.post(url, {"wave_id": wave.id})
    assert "has 0 answers; figures appear from" in page.follow()
    assert session.scalars(select(IndicatorRollup)).all() == []
    with pytest.raises(NotPermitted):
        systems.draft_version(system, actor=people.owner)
    systems.withdraw(system, reason="Replaced", actor=people.manager)
    with pytest.raises(RuleViolation, match="withdrawn"):
        scores.score(system, [version], [wave], actor=people.manager)


def test_many_answers_are_scored_by_the_worker(
    page: Page, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    _system, version, wave = make_scored(people)
    monkeypatch.setattr(scores, "AT_ONCE", 10)
    page.as_(people.manager)
    page.post(f"/surveys/indicators/versions/{version.id}/score", {"wave_id": wave.id})
    assert "computation has been started" in page.follow()
    work("satisfaction.indicators")
    assert result_of(version)["Counter index"]["score"] is not None


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
    assert "Withdrawn" in page.follow()
    assert "Another one takes its place" in page.response.text if page.response else False
    page.post(f"/surveys/indicators/{system.id}/draft", status=422)
    assert "IND-0001" not in page.get("/surveys/indicators?kept=use")
    assert "IND-0001" in page.get("/surveys/indicators?kept=withdrawn")
    assert score_queries.list_due(wave.version.questionnaire_id) == []


# --- findings ------------------------------------------------------------------------------------------------


def test_a_shortfall_is_raised_as_a_finding_with_its_figure(page: Page, people: People) -> None:
    asked = make_questionnaire(people, LINES)
    wave = make_wave(people, asked)
    fill(people, wave, sheet_of(60))
    system = make_system(people, asked)
    version = grow(people, system)
    for name, target in (("Staff", 90.0), ("Rooms", 50.0), ("Whole", 77.4)):
        one = node(version, name)
        trees.change_node(one, name_en=one.name_en, name_zh=one.name_zh, target=target, actor=people.manager)
    systems.enforce(version, actor=people.manager)
    made = scores.score(system, [version], [wave], actor=people.manager)
    assert made is not None
    session.commit()
    page.as_(people.owner)
    text = page.get(f"/surveys/indicators/scores/{made[0].id}")
    assert text.count("Raise a finding") == 1
    assert "Kept" in text
    assert "On the line" in text
    url = f"/surveys/indicators/scores/{made[0].id}/{node(version, 'Staff').id}/finding"
    assert "scores" in page.get(url)
    page.post(url, {"statement_en": "", "statement_zh": "", "grade": "minor"}, status=422)
    page.post(url, {"statement_en": "Staff below target", "grade": "minor"})
    finding = session.scalars(select(Finding)).one()
    assert finding.figures[0]["target"] == 90.0
    assert finding.figures[0]["verdict"] == "short"
    assert finding.figures[0]["low"] < finding.figures[0]["value"] < finding.figures[0]["high"] < 90
    assert f"/surveys/indicators/scores/{made[0].id}/" in page.follow()
    page.post(url, {"statement_en": "Staff below target", "grade": "minor"})
    assert len(session.scalars(select(Finding)).all()) == 1  # the same shortfall is recorded once
    page.get(f"/surveys/indicators/scores/{made[0].id}/{node(version, 'Rooms').id}/finding", status=302)
    # without an interval the machine does not judge, a person may
    result = json.loads(json.dumps(made[0].result))
    key = str(node(version, "Staff").id)
    result["nodes"][key] |= {"low": None, "high": None}
    made[0].result = result
    session.commit()
    assert "no interval is known" in page.get(f"/surveys/indicators/scores/{made[0].id}")
    assert "No interval is known" in page.get(url)


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
