"""Results of a wave: what is withheld, weights, reversed items, importance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.db import session
from satisfaction import results
from satisfaction.methods.intervals import wilson
from satisfaction.models import SurveyFigure
from satisfaction.operations import waves
from satisfaction.rules.imports import Mapping, Use
from satisfaction.rules.waves import shown_answers, withheld
from tests.page import Page
from tests.people import People
from tests.satisfaction.answered import LINES, answered, fill
from tests.satisfaction.builders import change, import_file, item, make_questionnaire, make_wave, send, work


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 40), max_size=12),
    st.integers(5, 15),
)
def test_nothing_withheld_can_be_found_by_subtraction(sizes: dict[str, int], minimum: int) -> None:
    hidden = withheld(sizes, minimum)
    there = {name: size for name, size in sizes.items() if size}
    assert all(there[name] >= minimum for name in there.keys() - hidden)
    if hidden and len(there) > 1:
        assert len(hidden) >= 2, "one alone is the whole less the shown"
        assert sum(there[name] for name in hidden) >= minimum or hidden == set(there)
    assert hidden <= set(there)
    if all(size >= minimum for size in there.values()):
        assert hidden == set()


def test_small_groups_and_the_one_that_would_give_them_away_are_withheld(page: Page, people: People) -> None:
    rows = [(4, 5, "East")] * 40 + [(2, 3, "West")] * 20 + [(1, 1, "Tiny")] * 3
    wave = answered(people, rows)
    answers, _found = results.of_wave(wave)
    groups = {group.key: group for group in results.by_group(answers, "col:branch", min_cell=10)}
    assert groups["East"].n == 40
    assert groups["East"].items["Q1"] is not None
    for key in ("West", "Tiny"):
        assert groups[key].n is None
        assert groups[key].items["Q1"] is None
    page.as_(people.owner)
    text = page.get(f"/surveys/waves/{wave.id}/groups?by=col:branch")
    assert "n = 40" in text
    assert "n = 20" not in text
    assert "n = 3<" not in text
    import io

    import openpyxl

    data = page.client.get(f"/surveys/waves/{wave.id}/results.xlsx?by=col:branch").data
    table = openpyxl.load_workbook(io.BytesIO(data)).active
    assert table is not None
    cells = [row for row in table.iter_rows(values_only=True) if row[2] in {"West", "Tiny"}]
    assert cells
    assert all(row[4] == "withheld" and row[7] is None for row in cells)


def test_an_item_few_of_a_group_answered_is_withheld_with_a_second_group(people: People) -> None:
    rows = [(4, 5, "East")] * 30 + [(3, 5, "West")] * 30 + [(2, 5, "North")] * 30
    wave = make_wave(people, make_questionnaire(people, LINES), open_it=False)
    text = "Q1,Q2,branch\n" + "\n".join(
        f"{'' if branch == 'North' and number < 85 else q1},{q2},{branch}"
        for number, (q1, q2, branch) in enumerate(rows)
    )
    uses = {"Q1": Use("item", "Q1"), "Q2": Use("item", "Q2"), "branch": Use("group")}
    import_file(people, wave, text.encode(), Mapping(uses))
    work("satisfaction.import")
    groups = results.by_group(results.of_wave(wave)[0], "col:branch", min_cell=10)
    assert {group.key for group in groups if group.items["Q1"] is None} == {"North", "East"}
    assert all(group.items["Q2"] is not None for group in groups)


def test_a_wave_with_too_few_answers_shows_nothing(page: Page, people: People) -> None:
    wave = answered(people, [(5, 5, "East")] * 9)
    assert "Too few answers to show" in page.as_(people.owner).get(f"/surveys/waves/{wave.id}/results")
    assert "Too few answers to show" in page.get(f"/surveys/waves/{wave.id}/results/Q1")
    assert session.scalar(select(func.count()).select_from(SurveyFigure)) == 0


def test_figures_of_an_open_anonymous_wave_move_in_steps(page: Page, people: People) -> None:
    wave = make_wave(people, make_questionnaire(people, LINES), min_cell=5)
    for count in range(1, 9):
        send(page, str(wave.open_token), Q1="3")
        assert results.of_wave(wave)[0].size == count - count % 5
    waves.close_wave(wave, actor=people.manager)
    assert results.of_wave(wave)[0].size == 8
    assert shown_answers("open", 8, 5, anonymous=False) == 8


def test_weights_take_part(people: People) -> None:
    wave = make_wave(people, make_questionnaire(people, LINES), open_it=False)
    text = "Q1,w\n" + "5,1\n" * 20 + "1,3\n" * 20
    import_file(people, wave, text.encode(), Mapping({"Q1": Use("item", "Q1"), "w": Use("weight")}))
    work("satisfaction.import")
    each = results.of_wave(wave)[1].find("Q1")
    assert each is not None
    assert each.main is not None
    assert each.main.value == pytest.approx(2.0)
    assert each.detail["n_eff"] == pytest.approx(80**2 / (20 + 20 * 9))


def test_weights_take_part_in_pairs_and_importance(page: Page, people: People) -> None:
    lines = "P | scale | Rating\nR | scale | Other\nI | importance | Importance\nJ | importance | Other importance\nG | servqual | Expected | | Perceived\nK | kano | With | | Without"
    questionnaire = make_questionnaire(people, lines)
    for code, about in (("I", "P"), ("J", "R")):
        change(people, item(questionnaire, code), about_code=about)
    wave = make_wave(people, questionnaire, open_it=False)
    keys = ("P", "R", "I", "J", "G.e", "G.p", "K.f", "K.d")
    # twenty people count once: pleased, and delighted by the feature; ten count four times: neither
    rows = ["5,2,5,3,4,5,1,3,1", "5,4,5,3,4,5,1,3,1"] * 10 + ["2,3,2,3,5,3,3,3,4"] * 10
    text = ",".join((*keys, "w")) + "\n" + "\n".join(rows)
    uses = {key: Use("item", key) for key in keys} | {"w": Use("weight")}
    import_file(people, wave, text.encode(), Mapping(uses))
    work("satisfaction.import")
    sheet, found = results.of_wave(wave)
    n_eff = 60**2 / (20 + 10 * 16)
    kano, gap = found.find("K"), found.find("G")
    assert kano is not None
    assert gap is not None
    assert kano.detail["category"] == "I"  # ten of thirty people, forty of sixty by weight
    assert kano.detail["counts"]["A"] == 20
    assert kano.figures["better"].value == pytest.approx(20 / 60)
    assert (kano.figures["better"].low, kano.figures["better"].high) == pytest.approx(wilson(20 / 60, n_eff))
    assert gap.figures["gap"].value == pytest.approx((20 * 1 + 40 * -2) / 60)
    assert gap.detail["n_eff"] == pytest.approx(n_eff)
    assert found.ipa is not None
    assert found.ipa.points["P"].importance.value == pytest.approx((20 * 5 + 40 * 2) / 60)
    assert found.ipa.points["P"].performance.value == pytest.approx((20 * 5 + 40 * 2) / 60)
    derived = results.derived_grid(sheet, "P", 10)
    assert derived.points["R"].performance.value == pytest.approx(3.0)
    shown = page.as_(people.owner).get(f"/surveys/waves/{wave.id}/results/K")
    assert "66.7 %" in shown or "66.7%" in shown


def test_a_reversed_item_is_turned_round(people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    change(people, item(questionnaire, "Q1"), reverse=True)
    wave = make_wave(people, questionnaire, open_it=False)
    fill(people, wave, [(1, 5, "E")] * 15 + [(2, 5, "E")] * 5)
    each = results.of_wave(wave)[1].find("Q1")
    assert each is not None
    assert each.main is not None
    assert each.main.value == pytest.approx(4.75)
    assert each.figures["top"].value == 1.0


def test_importance_stated_and_derived(page: Page, people: People) -> None:
    lines = "\n".join(
        [f"P{n} | scale | Rating {n}" for n in range(4)]
        + [f"I{n} | importance | Importance {n}" for n in range(3)]
    )
    questionnaire = make_questionnaire(people, lines)
    for number in range(3):
        change(people, item(questionnaire, f"I{number}"), about_code=f"P{number}")
    wave = make_wave(people, questionnaire, open_it=False)
    chance = np.random.default_rng(5)
    table = chance.integers(1, 6, size=(60, 7))
    header = "P0,P1,P2,P3,I0,I1,I2\n"
    text = header + "\n".join(",".join(map(str, row)) for row in table.tolist())
    import_file(
        people, wave, text.encode(), Mapping({name: Use("item", name) for name in header.strip().split(",")})
    )
    work("satisfaction.import")
    answers, found = results.of_wave(wave)
    assert found.ipa is not None
    assert found.ipa.points["P1"].importance.value == pytest.approx(table[:, 5].mean())
    derived = results.derived_grid(answers, "P3", 10)
    assert set(derived.points) == {"P0", "P1", "P2"}
    page.as_(people.owner)
    assert "derived from P3" in page.get(f"/surveys/waves/{wave.id}/results?overall=P3")
    assert "as stated" in page.get(f"/surveys/waves/{wave.id}/results")
