"""Scores of waves by an indicator system: figures, coverage, groups, files, findings."""

import csv
import io
import json
import re
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from core.db import session
from core.errors import NotPermitted, RuleViolation
from improvement.models import Finding
from satisfaction.indicators.models import IndicatorRollup, IndicatorVersion
from satisfaction.operations.indicators import scores, systems, trees
from satisfaction.queries import indicators as queries
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import make_questionnaire, make_wave, work
from tests.satisfaction.indicator_builders import (
    LINES,
    fill,
    grow,
    make_scored,
    make_system,
    node,
    sheet_of,
)


def result_of(version: IndicatorVersion) -> dict[str, dict[str, Any]]:
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


def test_scores_are_printed_by_the_worker_and_handed_out(page: Page, people: People) -> None:
    _system, version, wave = make_scored(people)
    page.as_(people.owner)
    page.post(f"/surveys/indicators/versions/{version.id}/score", {"wave_id": wave.id})
    rollup = session.scalars(select(IndicatorRollup).where(IndicatorRollup.version_id == version.id)).one()
    address = f"/surveys/indicators/scores/{rollup.id}/report"
    page.get(f"{address}.pdf", status=302)
    assert "The report is not printed yet" in page.follow()
    for language, word in (("en", "Counter index"), ("zh", "窗口满意度指数")):
        page.get(f"/?lang={language}")
        page.post(address, {})
        assert work(scores.PRINT_JOB)["url"] == f"{address}.pdf"
        printed = page.client.get(f"{address}.pdf")
        assert printed.mimetype == "application/pdf"
        said = "".join(each.extract_text() for each in PdfReader(io.BytesIO(printed.data)).pages)
        assert word in said
        page.post(address, {})  # printed already
        assert page.client.get(f"{address}.pdf").data == printed.data
