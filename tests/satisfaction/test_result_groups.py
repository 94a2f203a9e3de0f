"""Results by groups: every kind of figure in each, against figures computed otherwise, and what is withheld."""

import csv
import io
from collections import Counter
from typing import Any

import numpy as np
import openpyxl
import pytest
from scipy import stats

from satisfaction import results
from satisfaction.methods import ipa, kano, score
from satisfaction.methods.answers import Answers
from satisfaction.methods.intervals import wilson
from satisfaction.models import Wave
from satisfaction.results import Cell, Group
from satisfaction.rules.imports import Use
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import change, item, make_questionnaire, make_wave
from tests.satisfaction.test_result_figures import chosen, ends, fill

LINES = """Q | scale | Clean? || || care
R | scale | Quick? || || care
N | nps | Recommend?
S | servqual/7 | Should be quick || Was quick || speed
K | kano | With it || Without it
I | importance | Is clean important?
J | importance | Is quick important?"""
KEYS = ("Q", "R", "N", "S.e", "S.p", "K.f", "K.d", "I", "J")
SIZES = {"East": 40, "West": 30, "North": 20}


def asked(people: People, rows: list[tuple[Any, ...]], *, min_cell: int = 10, weighted: bool = False) -> Wave:
    questionnaire = make_questionnaire(people, LINES)
    for code, about in (("I", "Q"), ("J", "R")):
        change(people, item(questionnaire, code), about_code=about)
    wave = make_wave(people, questionnaire, open_it=False, min_cell=min_cell)
    fill(people, wave, KEYS, rows, branch=Use("group"), **({"w": Use("weight")} if weighted else {}))
    return wave


def table_of(chance: np.random.Generator, size: int) -> "np.ndarray[Any, Any]":
    lows = (1, 1, 0, 1, 1, 1, 1, 1, 1)
    highs = (6, 6, 11, 8, 8, 6, 6, 6, 6)
    return np.column_stack([chance.integers(low, high, size) for low, high in zip(lows, highs, strict=True)])


def cell(group: Group, code: str) -> Cell:
    found = group.items[code]
    assert found is not None
    return found


@pytest.mark.parametrize("weighted", [False, True])
def test_every_kind_of_figure_is_that_of_the_group_alone(people: People, *, weighted: bool) -> None:
    chance = np.random.default_rng(6)
    parts = {name: table_of(chance, size) for name, size in SIZES.items()}
    weights = {name: chance.choice([0.5, 1.0, 3.0], size) for name, size in SIZES.items()}
    rows = [
        (*row, name, *([weight] if weighted else []))
        for name, part in parts.items()
        for row, weight in zip(part.tolist(), weights[name].tolist(), strict=True)
    ]
    wave = asked(people, rows, weighted=weighted)
    groups = {
        group.key: group for group in results.by_group(results.of_wave(wave)[0], "col:branch", min_cell=10)
    }
    for name, part in parts.items():
        group = groups[name]
        columns: dict[str, Any] = {key: part[:, place].astype(float) for place, key in enumerate(KEYS)}
        columns |= {"gap": columns["S.p"] - columns["S.e"], "care": (columns["Q"] + columns["R"]) / 2}
        weight = {"weight": "w"} if weighted else {}
        data = Answers.of(columns | ({"w": weights[name]} if weighted else {}))
        means = ("S.e", "S.p", "gap", "care", "I", "J")
        items: dict[str, Any] = {each: {"column": each, "kind": "mean"} for each in means}
        items |= {each: {"column": each, "kind": "mean", "top": 2, "valid": [1, 5]} for each in "QR"}
        items["N"] = {"column": "N", "kind": "nps"}
        scored = score.analyse(data, {"items": items} | weight, {})["items"]
        assert group.n == SIZES[name]
        assert cell(group, "Q").n == SIZES[name]
        shown = {
            "Q": cell(group, "Q").figures["mean"], "N": cell(group, "N").figures["nps"], "S.e": cell(group, "S").figures["expectation"],
            "S.p": cell(group, "S").figures["perception"], "gap": cell(group, "S").figures["gap"],
        }  # fmt: skip
        care = group.dimensions["mean 5 care"]
        assert care is not None
        for key, figure in {**shown, "care": care.figures["mean"]}.items():
            assert figure.value == pytest.approx(scored[key]["value"])
            assert ends(figure) == pytest.approx(scored[key]["ci"])
        top = cell(group, "Q").figures["top"]
        assert (top.value, *ends(top)) == pytest.approx((scored["Q"]["top_share"], *scored["Q"]["top_ci"]))
        feature = kano.analyse(data, {"items": {"K": ["K.f", "K.d"]}} | weight, {})["items"]["K"]
        found = cell(group, "K")
        assert (found.detail["category"], found.detail["tie"]) == (feature["category"], feature["tie"])
        assert found.figures["better"].value == pytest.approx(feature["better"])
        assert found.figures["worse"].value == pytest.approx(feature["worse"])
        assert found.figures["better"].n == feature["n"]
        importance = ipa.analyse(data, {"items": {"Q": ["I", "Q"], "R": ["J", "R"]}} | weight, {})
        assert group.grid is not None
        assert group.grid.crosshair == pytest.approx(importance["crosshair"])
        for code in "QR":
            point, expected = group.grid.points[code], importance["items"][code]
            assert point.quadrant == expected["quadrant"]
            assert (point.importance.value, point.performance.value) == pytest.approx(
                (expected["importance"], expected["performance"])
            )
            assert ends(point.importance) == pytest.approx(scored["I" if code == "Q" else "J"]["ci"])


def test_better_and_worse_of_a_group_by_hand(people: People) -> None:
    # East: eight delighted (1, 3), six who take it for granted (3, 5), four who don't mind, two the other way round
    rows = [
        (3, 3, 5, 4, 4, f, d, 3, 3, "East")
        for f, d in [(1, 3)] * 8 + [(3, 5)] * 6 + [(3, 3)] * 4 + [(3, 1)] * 2
    ]
    # West: as many delighted as taking it for granted: a tie, which goes to must-be
    rows += [(3, 3, 5, 4, 4, f, d, 3, 3, "West") for f, d in [(1, 3)] * 10 + [(3, 5)] * 10]
    wave = asked(people, rows)
    groups = {
        group.key: group for group in results.by_group(results.of_wave(wave)[0], "col:branch", min_cell=10)
    }
    east, west = cell(groups["East"], "K"), cell(groups["West"], "K")
    assert (east.n, east.figures["better"].n) == (20, 18), "the other way round stands behind neither"
    assert (east.figures["better"].value, east.figures["worse"].value) == pytest.approx((8 / 18, -6 / 18))
    assert ends(east.figures["better"]) == pytest.approx(wilson(8 / 18, 18))
    low, high = wilson(6 / 18, 18) or (0, 0)
    assert ends(east.figures["worse"]) == pytest.approx((-high, -low))
    assert (east.detail["category"], east.detail["tie"]) == ("A", False)
    assert (west.detail["category"], west.detail["tie"]) == ("M", True)


def test_a_group_under_the_smallest_cell_is_withheld_with_another_for_everything(
    page: Page, people: People
) -> None:
    chance = np.random.default_rng(8)
    rows = [
        (*row, name)
        for name, size in (("East", 40), ("West", 20), ("Tiny", 3))
        for row in table_of(chance, size).tolist()
    ]
    wave = asked(people, rows)
    groups = {
        group.key: group for group in results.by_group(results.of_wave(wave)[0], "col:branch", min_cell=10)
    }
    for name in ("West", "Tiny"):
        assert groups[name].n is None
        assert groups[name].grid is None
        assert set(groups[name].items.values()) == {None}
        assert set(groups[name].dimensions.values()) == {None}
    assert groups["East"].grid is not None
    page.as_(people.owner)
    for show in ("ratings", "dimensions", "gaps", "importance", "kano"):
        text = page.get(f"/surveys/waves/{wave.id}/groups?by=col:branch&show={show}")
        assert "give such a group away by subtraction: Tiny, West" in " ".join(text.split())
        assert 'scope="row">East' in text
        assert 'scope="row">West' not in text
    assert "Derive importance from" in page.get(f"/surveys/waves/{wave.id}/groups?show=importance&overall=N")


def test_a_dimension_and_its_questions_are_withheld_together(people: People) -> None:
    """With the one question and the dimension the other question of a group could be found."""
    chance = np.random.default_rng(1)
    rows = [
        ("" if name == "North" and number < 15 else row[0], *row[1:], name)
        for name in ("East", "West", "North")
        for number, row in enumerate(table_of(chance, 20).tolist())
    ]
    groups = results.by_group(results.of_wave(asked(people, rows))[0], "col:branch", min_cell=10)
    withheld = {group.key for group in groups if group.items["Q"] is None}
    assert "North" in withheld
    assert len(withheld) == 2
    assert {group.key for group in groups if group.items["R"] is None} == withheld
    assert {group.key for group in groups if group.dimensions["mean 5 care"] is None} == withheld
    assert all(group.items["N"] is not None for group in groups)
    assert {group.key for group in groups if group.grid is None} == withheld


def test_better_of_few_is_withheld_though_many_answered(people: People) -> None:
    rows = [(3, 3, 5, 4, 4, 1, 3, 3, 3, "East")] * 30 + [(3, 3, 5, 4, 4, 1, 3, 3, 3, "West")] * 30
    # of North twenty want it the other way round: three are left for Better
    rows += [(3, 3, 5, 4, 4, f, d, 3, 3, "North") for f, d in [(3, 1)] * 17 + [(1, 3)] * 3]
    groups = results.by_group(results.of_wave(asked(people, rows))[0], "col:branch", min_cell=10)
    assert {group.key for group in groups if group.items["K"] is None} == {"North", "East"}
    assert all(group.items["N"] is not None for group in groups)


def test_who_did_not_answer_a_question_has_no_row_of_it(page: Page, people: People) -> None:
    rows = [
        (3, 3, 5 if name == "East" else "", 4, 4, 1, 3, 3, 3, name)
        for name in ("East", "West")
        for _ in range(15)
    ]
    wave = asked(people, rows)
    groups = {
        group.key: group for group in results.by_group(results.of_wave(wave)[0], "col:branch", min_cell=10)
    }
    assert "N" not in groups["West"].items
    assert cell(groups["East"], "N").n == 15
    text = page.as_(people.owner).get(f"/surveys/waves/{wave.id}/groups?by=col:branch")
    assert Counter({"East": 3, "West": 2}) == Counter(
        {name: text.count(f'scope="row">{name}') for name in ("East", "West")}
    )


def test_answers_that_are_all_the_same_have_equal_ends_and_one_answer_none(people: People) -> None:
    rows = [(4, 4, 9, 5, 5, 1, 3, 3, 3, name) for name in ("East", "West") for _ in range(12)]
    rows += [(1, 5, 9, 5, 5, 1, 3, 3, 3, "One")]
    wave = asked(people, rows)
    sheet = results.of_wave(wave)[0]
    groups = {group.key: group for group in results.by_group(sheet, "col:branch", min_cell=1)}
    assert ends(cell(groups["East"], "Q").figures["mean"]) == (4.0, 4.0)
    assert ends(cell(groups["East"], "S").figures["gap"]) == (None, None)
    one = cell(groups["One"], "Q")
    assert (one.figures["mean"].value, *ends(one.figures["mean"])) == (1.0, None, None)
    assert ends(cell(groups["One"], "S").figures["expectation"]) == (None, None)


def test_importance_is_derived_in_each_group(page: Page, people: People) -> None:
    chance = np.random.default_rng(12)
    rows = [(*row, name) for name in ("East", "West") for row in table_of(chance, 40).tolist()]
    wave = asked(people, rows)
    sheet = results.of_wave(wave)[0]
    groups = {group.key: group for group in results.by_group(sheet, "col:branch", min_cell=10, overall="N")}
    for name, start in (("East", 0), ("West", 40)):
        grid = groups[name].grid
        assert grid is not None
        part = np.array([row[:3] for row in rows[start : start + 40]], dtype=float)
        # two predictors by hand: the share of each is the mean of what it adds first and last
        r2 = [stats.pearsonr(part[:, place], part[:, 2]).statistic ** 2 for place in (0, 1)]
        design = np.column_stack([np.ones(40), part[:, :2]])
        residuals = part[:, 2] - design @ np.linalg.lstsq(design, part[:, 2], rcond=None)[0]
        whole = 1 - residuals @ residuals / ((part[:, 2] - part[:, 2].mean()) ** 2).sum()
        for place, code in enumerate("QR"):
            expected = (r2[place] + whole - r2[1 - place]) / 2
            figure = grid.points[code].importance
            assert figure.value == pytest.approx(expected)
            assert figure.low is not None
            assert figure.high is not None
            assert 0 <= figure.low <= expected < figure.high
            assert grid.points[code].performance.value == pytest.approx(part[:, place].mean())
    page.as_(people.owner)
    text = page.get(f"/surveys/waves/{wave.id}/groups?by=col:branch&show=importance&overall=N")
    assert f"{groups['East'].grid.points['Q'].importance.value:.3f}" in text  # type: ignore[union-attr]  # asserted above


def test_a_group_in_which_importance_cannot_be_derived_says_why(page: Page, people: People) -> None:
    chance = np.random.default_rng(13)
    rows = [(*row, "East") for row in table_of(chance, 30).tolist()]
    rows += [(*row[:2], 9, *row[3:], "West") for row in table_of(chance, 30).tolist()]  # all gave a nine
    wave = asked(people, rows)
    groups = results.by_group(results.of_wave(wave)[0], "col:branch", min_cell=10, overall="N")
    west = next(group for group in groups if group.key == "West")
    assert west.grid is None
    assert "never varies" in west.refused
    page.as_(people.owner)
    assert "never varies" in page.get(
        f"/surveys/waves/{wave.id}/groups?by=col:branch&show=importance&overall=N"
    )


def test_choices_by_groups_are_weighted(page: Page, people: People) -> None:
    wave = chosen(people)
    sheet = results.of_wave(wave)[0]
    groups = {group.key: group for group in results.by_group(sheet, "item:C", min_cell=5)}
    assert "C" not in groups["1"].items, "a choice is not told apart by itself"
    assert [figure.value for figure in cell(groups["1"], "M").shares] == [1.0, 0.0, 1.0]
    page.as_(people.owner)
    text = page.get(f"/surveys/waves/{wave.id}/groups?by=item:C&show=choices")
    assert "Phone" in text
    assert 'scope="row">Counter' in text


def test_the_files_hold_every_figure_of_the_page(page: Page, people: People) -> None:
    chance = np.random.default_rng(3)
    rows = [
        (*row, name)
        for name, size in (("East", 40), ("West", 20), ("Tiny", 3))
        for row in table_of(chance, size).tolist()
    ]
    wave = asked(people, rows)
    page.as_(people.owner)
    address = f"/surveys/waves/{wave.id}/results"
    text = page.client.get(f"{address}.csv?by=col:branch").data.decode("utf-8-sig")
    listed = list(csv.DictReader(io.StringIO(text)))
    measures = {row["Measure"] for row in listed if row["Group"] == "East"}
    assert measures == {
        "Mean", "Top box", "NPS", "Expected", "Perceived", "Gap", "Better", "Worse", "Category", "Importance", "Performance",
        "Quadrant",
    }  # fmt: skip
    assert {row["Result"] for row in listed if row["Group"] in {"West", "Tiny"}} == {"withheld"}
    assert {row["n"] for row in listed if row["Group"] in {"West", "Tiny"}} == {""}
    east = next(
        row for row in listed if (row["Group"], row["Item"], row["Measure"]) == ("East", "S", "Expected")
    )
    values = np.array([row[3] for row in rows[:40]], dtype=float)
    low, high = stats.t.interval(0.95, 39, loc=values.mean(), scale=stats.sem(values))
    assert (float(east["Lower end"]), float(east["Upper end"])) == pytest.approx((low, high))
    sheet = openpyxl.load_workbook(io.BytesIO(page.client.get(f"{address}.xlsx?by=col:branch").data)).active
    assert sheet is not None
    assert sheet.max_row == len(listed) + 1


def test_many_groups_stand_on_pages(page: Page, people: People) -> None:
    rows = [(3, 4, 9, 5, 4, 1, 3, 3, 3, f"Branch {number:02}") for number in range(14) for _ in range(5)]
    wave = asked(people, rows, min_cell=5)
    page.as_(people.owner)
    first = page.get(f"/surveys/waves/{wave.id}/groups?by=col:branch")
    assert "Branch 11" in first
    assert "Branch 12" not in first
    assert "Branch 13" in page.get(f"/surveys/waves/{wave.id}/groups?by=col:branch&page=2")
    assert "Branch 13" in page.get(f"/surveys/waves/{wave.id}/groups?by=col:branch&page=9")
    page.get(f"/surveys/waves/{wave.id}/groups?by=nothing&show=nothing&overall=nothing")


def test_a_wave_that_tells_nobody_apart_leads_back_to_its_results(page: Page, people: People) -> None:
    wave = make_wave(people, make_questionnaire(people, "Q | nps | Recommend?"))
    response = page.as_(people.owner).client.get(f"/surveys/waves/{wave.id}/groups")
    assert response.status_code == 302
    assert response.location == f"/surveys/waves/{wave.id}/results"
