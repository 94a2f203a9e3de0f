"""Fuzzy evaluation and estimates fed by a wave: by hand, against the method itself, and what is refused."""

import re
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from core.db import session
from satisfaction.analyses.reporting import how_of, told_of
from satisfaction.methods.answers import Answers
from satisfaction.methods.estimate import analyse as estimate
from satisfaction.models import Analysis, Wave
from satisfaction.operations import analyses
from satisfaction.rules.analyses import Ground, Method, why_not
from satisfaction.rules.imports import Mapping, Use
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import change, import_file, item, make_questionnaire, make_wave, work

LINES = """A1 | scale | The counter was clean | 窗口整洁
B1 | scale | Staff were quick | 人员办事快
G1 | scale7 | Forms were clear | 表格清楚
I1 | importance | How important is cleanliness? | 整洁有多重要？
I2 | importance | How important is speed? | 快慢有多重要？"""
#: by hand: A1 .4 .3 .2 .1 0, B1 .1 .5 .2 0 .2 from 5 down to 1; importance 3 and 4.5
A1 = [5, 5, 5, 5, 4, 4, 4, 3, 3, 2]
B1 = [5, 4, 4, 4, 4, 4, 3, 3, 1, 1]
I1 = [3] * 10
I2 = [4, 5] * 5


def wave_of(people: People, rows: int = 10, **more: list[Any]) -> Wave:
    asked = make_questionnaire(people, LINES.replace("scale7", "scale"))
    change(people, item(asked, "G1"), points=7)
    for code, about in (("I1", "A1"), ("I2", "B1")):
        change(people, item(asked, code), about_code=about)
    made = make_wave(people, asked, open_it=False)
    columns = {"A1": A1, "B1": B1, "G1": [7, 1] * 5, "I1": I1, "I2": I2}
    uses = {code: Use("item", code) for code in columns}
    for name, values in more.items():
        columns[name] = values
        uses[name] = Use("weight") if name == "w" else Use("group")
    lines = [
        ",".join(columns),
        *(",".join(map(str, row)) for row in list(zip(*columns.values(), strict=True))[:rows]),
    ]
    import_file(people, made, ("\n".join(lines) + "\n").encode(), Mapping(uses), "a.csv")
    work("satisfaction.import")
    work("satisfaction.analyse")
    return made


def run(wave: Wave, method: Method, people: People, **asked: Any) -> Analysis:
    made = analyses.start(wave, method, asked, actor=people.manager)
    session.commit()
    return made


# --- fuzzy ---------------------------------------------------------------------------------------------------


def test_the_fuzzy_result_of_a_small_wave_is_that_by_hand(page: Page, people: People) -> None:
    wave = wave_of(people)
    items = ["A1", "B1"]
    made = run(wave, Method.fuzzy, people, items=items, counting="typed", typed={"A1": 3, "B1": 1})
    assert made.state == "done", made.refusal
    assert made.result["b"] == pytest.approx([0.325, 0.35, 0.2, 0.075, 0.05])
    assert made.result["score"] == pytest.approx(3.825)
    assert made.result["grade"] == "4"
    assert made.result["max_min"]["b"] == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.2])
    assert made.result["n_used"] == 10, "people, not questions"
    told = told_of(made)
    assert told.picture is not None
    ((_words, figure),) = told.figures
    assert figure.value == pytest.approx(3.825)
    assert figure.n == 10
    spread = told.tables[-1].rows[0]
    assert [cell.raw for cell in spread[1:]] == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.0, 4.0, 10])
    alike = run(wave, Method.fuzzy, people, items=items, grade_values="100, 80, 60, 40, 20")
    assert alike.result["b"] == pytest.approx([0.25, 0.4, 0.2, 0.05, 0.1])
    assert alike.result["score"] == pytest.approx(73)
    stated = run(wave, Method.fuzzy, people, items=items, counting="stated", operator="max_min")
    assert stated.result["weights"] == pytest.approx({"A1": 0.4, "B1": 0.6})
    assert stated.result["b"] == pytest.approx([0.4, 0.5, 0.2, 0.1, 0.2])
    assert ("How weights and shares are joined", "max–min: the decisive factor alone") in how_of(stated)
    page.as_(people.manager)
    text = page.get(f"/surveys/analyses/{made.id}?lang=en")
    assert "By the largest membership the grade is “4” (35.0%)" in text
    assert "The counter was clean" in text
    assert 'value="3"' in page.get(f"/surveys/waves/{wave.id}/analyse/fuzzy?again={made.id}")
    page.get(f"/surveys/analyses/{made.id}/finding")


def test_case_weights_count_in_the_shares(people: People) -> None:
    weights = [2, 2, 2, 2, 1, 1, 1, 1, 1, 1]
    made = run(wave_of(people, w=weights), Method.fuzzy, people, items=["A1", "B1"], weights="wave")
    assert made.spec["factors"]["A1"]["counts"] == [8, 3, 2, 1, 0]
    assert made.names["answered"]["A1"] == 10


HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"items": ["A1"]}, "at least 2"),
    ({"items": ["A1", "B1", "G1"]}, "leave out G1"),
    ({"items": ["A1", "B1"], "counting": "typed", "w-A1": "1", "w-B1": "much"}, "a weight of 0 or more"),
    ({"items": ["A1", "B1"], "counting": "typed", "w-A1": "0", "w-B1": "0"}, "one of them above 0"),
    ({"items": ["A1", "B1"], "grade_values": "100, 80"}, "2 values for 5 grades"),
    ({"items": ["A1", "B1"], "grade_values": "5, 4, nan, 2, 1"}, "“nan” is not a number"),
    ({"items": ["A1", "B1"], "operator": "best"}, "valid choice"),
]


def test_what_a_form_cannot_be_run_with_is_said_in_words(page: Page, people: People) -> None:
    wave = wave_of(people)
    page.as_(people.manager)
    usual = {"counting": "alike", "operator": "weighted_average"}
    for sent, said in HOSTILE:
        answer = page.post(f"/surveys/waves/{wave.id}/analyse/fuzzy", usual | sent, status=422)
        assert re.search(said, answer.text), (sent, said)
    assert session.scalars(select(Analysis)).all() == []


def test_too_few_answers_and_unlike_scales_are_refused(page: Page, people: People) -> None:
    unlike = run(wave_of(people), Method.fuzzy, people, items=["A1", "G1"])
    assert unlike.state == "refused"
    assert unlike.refusal["values"]["field"] == "A1, G1"
    page.as_(people.manager)
    assert "grades cannot be joined" in page.get(f"/surveys/analyses/{unlike.id}?lang=en")
    few = wave_of(people, rows=9)
    for method, asked in ((Method.fuzzy, {"items": ["A1", "B1"]}), (Method.estimate, {"item": "A1"})):
        made = run(few, method, people, **asked)
        assert made.state == "refused"
        assert made.result == {}
    weightless = wave_of(people, w=[0, *[1] * 9])
    for method, asked in ((Method.fuzzy, {"items": ["A1", "B1"]}), (Method.estimate, {"item": "A1"})):
        made = run(weightless, method, people, weights="wave", **asked)
        assert made.refusal["values"]["count"] == 9, "the tenth has no weight"
    ground = Ground(
        kinds={"A1": "scale", "G1": "scale"}, about={}, answers=50, least=10, scales={(1, 5): 1, (1, 7): 1}
    )
    assert "equally many" in str(why_not(Method.fuzzy, ground).source)


# --- estimate ------------------------------------------------------------------------------------------------


def test_an_estimate_is_that_of_the_method_and_small_strata_are_withheld(page: Page, people: People) -> None:
    rng = np.random.default_rng(5)
    beside: dict[str, list[Any]] = {
        "branch": ["East"] * 24 + ["West"] * 22 + ["Park"] * 11 + ["Tiny"] * 3,
        "w": [2.0] * 24 + [1.0] * 22 + [3.5] * 14,
    }
    values = [int(each) for each in rng.integers(1, 6, 60)]
    wave = long_wave(people, values, beside)
    made = run(wave, Method.estimate, people, item="A1", measure="mean", strata="col:branch", weights="wave")
    assert made.state == "done", made.refusal
    data = Answers.of(
        {
            "A1": np.array(values, dtype=float),
            **{
                name: np.array(each, dtype=object if name == "branch" else float)
                for name, each in beside.items()
            },
        }
    )
    own = estimate(data, {"variable": "A1", "weight": "w", "strata": "branch", "confidence": 0.95}, {})
    for key in ("mean", "se", "ci", "deff", "n_eff", "df"):
        assert made.result[key] == pytest.approx(own[key]), key
    shown = {made.names["groups"][each["name"]]["en"]: each["mean"] for each in made.result["strata"]}
    assert shown.keys() == {"East", "West"}, "Park hides what Tiny would give away"
    assert shown["East"] == pytest.approx(np.mean(values[:24]))
    assert made.result["strata_withheld"] == 2
    assert "Tiny" not in str(made.result) + str(made.names)
    share = run(wave, Method.estimate, people, item="A1", measure="top", weights="wave", confidence="0.9")
    own = estimate(data, {"variable": "A1", "at_least": 4, "weight": "w", "confidence": 0.9}, {})
    assert share.result["ci"] == pytest.approx(own["ci"])
    page.as_(people.manager)
    assert "A1 The counter was clean (share of the best answers)" in page.get(
        f"/surveys/analyses/{share.id}?lang=en"
    )
    text = page.get(f"/surveys/analyses/{made.id}?lang=zh")
    assert "95%" in text
    assert "East" in text
    assert "col:branch" in page.get(f"/surveys/waves/{wave.id}/analyse/estimate?again={made.id}")


def long_wave(people: People, values: list[int], more: dict[str, list[Any]]) -> Wave:
    asked = make_questionnaire(people, LINES.splitlines()[0])
    made = make_wave(people, asked, open_it=False)
    rows = [f"{a},{b},{w}" for a, b, w in zip(values, more["branch"], more["w"], strict=True)]
    uses = {"A1": Use("item", "A1"), "branch": Use("group"), "w": Use("weight")}
    import_file(people, made, "\n".join(["A1,branch,w", *rows, ""]).encode(), Mapping(uses), "long.csv")
    work("satisfaction.import")
    work("satisfaction.analyse")
    return made


def test_a_stratum_of_one_is_refused_without_naming_it(people: People) -> None:
    made = run(
        wave_of(people, branch=["East"] * 9 + ["Lonely"]),
        Method.estimate,
        people,
        item="A1",
        strata="col:branch",
    )
    assert made.state == "refused"
    assert made.refusal["values"]["field"] == "branch"
    assert "Lonely" not in str(made.refusal) + str(made.names)
