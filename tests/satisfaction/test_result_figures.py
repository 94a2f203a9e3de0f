"""Figures of results against those computed otherwise: intervals of pairs, of the grid, of weighted choices."""

from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from core.errors import PlumblineError
from core.figures import Figure
from satisfaction import results
from satisfaction.methods import servqual
from satisfaction.methods.answers import Answers
from satisfaction.models import Wave
from satisfaction.rules.imports import Mapping, Use
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import change, import_file, item, make_questionnaire, make_wave, work

PAIRS = "A | servqual/7 | Quick? || Was quick || speed\nB | servqual/7 | Prompt? || Was prompt || speed"
HEAD = ("A.e", "A.p", "B.e", "B.p")


def brought(
    people: People, lines: str, keys: tuple[str, ...], rows: list[tuple[Any, ...]], **uses: Use
) -> Wave:
    """A wave with these rows; the questions come first, then what `uses` names."""
    wave = make_wave(people, make_questionnaire(people, lines), open_it=False)
    fill(people, wave, keys, rows, **uses)
    return wave


def fill(people: People, wave: Wave, keys: tuple[str, ...], rows: list[tuple[Any, ...]], **uses: Use) -> None:
    text = ",".join((*keys, *uses)) + "\n" + "\n".join(",".join(map(str, row)) for row in rows)
    import_file(people, wave, text.encode(), Mapping({key: Use("item", key) for key in keys} | uses))
    work("satisfaction.import")


def ends(figure: Figure) -> tuple[float | None, float | None]:
    return figure.low, figure.high


def test_expected_and_perceived_have_the_interval_of_a_mean_over_complete_pairs(people: People) -> None:
    chance = np.random.default_rng(2)
    table = chance.integers(1, 8, size=(40, 4))
    rows: list[tuple[Any, ...]] = [tuple(row) for row in table.tolist()]
    rows[0] = ("", 7, 3, 4)  # expected nothing of A: does not count for A, and for the dimension by B alone
    rows[1] = ("", 2, "", 5)  # no pair: counts nowhere
    found = results.of_wave(brought(people, PAIRS, HEAD, rows))[1]
    each = found.find("A")
    assert each is not None
    counted = table[2:]
    for side, values in (("expectation", counted[:, 0]), ("perception", counted[:, 1])):
        figure = each.figures[side]
        expected = stats.t.interval(0.95, 37, loc=values.mean(), scale=stats.sem(values))
        assert figure.n == 38
        assert figure.value == pytest.approx(values.mean())
        assert ends(figure) == pytest.approx(expected)
    gap = stats.ttest_rel(counted[:, 1], counted[:, 0]).confidence_interval(0.95)
    assert ends(each.figures["gap"]) == pytest.approx((gap.low, gap.high))
    (dimension,) = found.dimensions
    persons = np.append((counted[:, 0] + counted[:, 2]) / 2, 3.0)
    assert (dimension.codes, dimension.main.n) == (["A", "B"], 39)
    assert dimension.figures["expectation"].value == pytest.approx(persons.mean())
    assert ends(dimension.figures["expectation"]) == pytest.approx(
        stats.t.interval(0.95, 38, loc=persons.mean(), scale=stats.sem(persons))
    )
    assert found.overall_gap == pytest.approx(dimension.main.value)


def test_pairs_and_dimensions_are_those_of_the_method(people: People) -> None:
    chance = np.random.default_rng(4)
    table = chance.integers(1, 8, size=(50, 4)).astype(float)
    weights = chance.choice([0.5, 1.0, 2.5], size=50)
    rows = [(*row, weight) for row, weight in zip(table.astype(int).tolist(), weights.tolist(), strict=True)]
    found = results.of_wave(brought(people, PAIRS, HEAD, rows, w=Use("weight")))[1]
    columns: dict[str, Any] = {key: table[:, place] for place, key in enumerate(HEAD)} | {"w": weights}
    spec = {"dimensions": {"speed": {"items": {"A": ["A.e", "A.p"], "B": ["B.e", "B.p"]}}}, "weight": "w"}
    expected = servqual.analyse(Answers.of(columns), spec, {})
    each = found.find("A")
    assert each is not None
    for figures, one in ((each.figures, expected["items"]["A"]), (found.dimensions[0].figures, expected["dimensions"]["speed"])):  # fmt: skip
        assert [figures[side].value for side in ("expectation", "perception", "gap")] == pytest.approx(
            [one[side] for side in ("expectation", "perception", "gap")]
        )
        assert ends(figures["gap"]) == pytest.approx(one["ci"])
    assert each.detail["n_eff"] == pytest.approx(expected["items"]["A"]["n_eff"])
    # Kish: the interval of a mean with n_eff in place of n, from the weighted variance
    values, effective = table[:, 0], weights.sum() ** 2 / (weights**2).sum()
    described = DescrStatsW(values, weights=weights)
    error = np.sqrt(described.var * effective / (effective - 1) / effective)
    half = stats.t.ppf(0.975, effective - 1) * error
    assert ends(each.figures["expectation"]) == pytest.approx((described.mean - half, described.mean + half))


def test_gaps_that_are_all_the_same_have_no_interval(people: People) -> None:
    found = results.of_wave(brought(people, PAIRS, HEAD, [(5, 4, 6, 5)] * 12))[1]
    each = found.find("A")
    assert each is not None
    assert (each.figures["gap"].value, *ends(each.figures["gap"])) == (-1.0, None, None)
    assert each.detail["sd"] == 0


def test_stated_importance_and_performance_have_intervals(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(
        people, "P | scale | One\nR | scale | Two\nI | importance | Is one?\nJ | importance | Is two?"
    )
    for code, about in (("I", "P"), ("J", "R")):
        change(people, item(questionnaire, code), about_code=about)
    wave = make_wave(people, questionnaire, open_it=False)
    table = np.random.default_rng(9).integers(1, 6, size=(30, 4))
    fill(people, wave, ("P", "R", "I", "J"), [tuple(row) for row in table.tolist()])
    grid = results.of_wave(wave)[1].ipa
    assert grid is not None
    for code, place in (("P", 0), ("R", 1)):
        for figure, values in (
            (grid.points[code].importance, table[:, 2 + place]),
            (grid.points[code].performance, table[:, place]),
        ):
            assert figure.n == 30
            assert ends(figure) == pytest.approx(
                stats.t.interval(0.95, 29, loc=values.mean(), scale=stats.sem(values))
            )
    assert grid.crosshair == pytest.approx((table[:, 2:].mean(), table[:, :2].mean()))
    page.as_(people.owner)
    shown = page.get(f"/surveys/waves/{wave.id}/results/I")
    assert "Mean of the items" in shown
    low, high = ends(grid.points["P"].importance)
    assert f"{low:.2f}–{high:.2f}" in shown


def test_the_choice_of_importance_says_when_too_few_answered_everything(page: Page, people: People) -> None:
    rows = [(5, 4, 3) if n < 8 else (5, 4, "") for n in range(20)]
    wave = brought(people, "P | scale | One\nR | scale | Two\nO | scale | All", ("P", "R", "O"), rows)
    answers, _found = results.of_wave(wave)
    with pytest.raises(PlumblineError, match="Fewer than 10 respondents"):
        results.derived_grid(answers, "P", 10)
    page.as_(people.owner)
    assert "Fewer than 10 respondents answered all" in page.get(f"/surveys/waves/{wave.id}/results?overall=P")


def chosen(people: People) -> Wave:
    questionnaire = make_questionnaire(people, "Q | scale | Good?")
    from satisfaction.operations import questionnaires
    from satisfaction.queries import questionnaires as queries

    version = queries.get_newest_version(questionnaire.id)
    for code, several in (("C", False), ("M", True)):
        values = dict.fromkeys(("text_zh", "second_en", "second_zh", "low_en", "low_zh", "high_en", "high_zh", "dimension", "requirement_code", "about_code"), "")  # fmt: skip
        questionnaires.add_item(
            version,
            values | {
                "code": code, "kind": "choice", "text_en": f"{code}?", "points": 5, "several": several, "required": False,
                "allow_na": True, "reverse": False, "standard_id": None, "top": 2, "target": None,
                "options": [{"en": "Counter", "zh": "窗口"}, {"en": "Online", "zh": "网上"}, {"en": "Phone", "zh": "电话"}],
            },
            actor=people.manager,
        )  # fmt: skip
    wave = make_wave(people, questionnaire, open_it=False)
    # twenty at the counter count once, ten online count four times; of several, the first and the third
    rows = [(3, 1, "1;3", 1)] * 20 + [(3, 2, 2, 4)] * 10 + [(3, "", "", 1)] * 5
    fill(people, wave, ("Q", "C", "M"), rows, w=Use("weight"))
    return wave


def test_choices_are_weighted_with_their_effective_number(page: Page, people: People) -> None:
    wave = chosen(people)
    found = results.of_wave(wave)[1]
    n_eff = 60**2 / (20 + 10 * 16)
    single, several = found.find("C"), found.find("M")
    assert single is not None
    assert several is not None
    assert single.n == 30
    assert single.counts == [(1, 20), (2, 10), (3, 0)], "numbers of people stay those of people"
    for each, shares in ((single, [20 / 60, 40 / 60, 0.0]), (several, [20 / 60, 40 / 60, 20 / 60])):
        assert [figure.value for figure in each.shares] == pytest.approx(shares)
        for figure, share in zip(each.shares, shares, strict=True):
            low, high = proportion_confint(share * n_eff, n_eff, method="wilson")
            assert ends(figure) == pytest.approx((max(0.0, low), high), abs=1e-12)
    page.as_(people.owner)
    for address in ("results", "results/C"):
        text = page.get(f"/surveys/waves/{wave.id}/{address}")
        assert "66.7%" in text or "66.7 %" in text
        assert "Weighted share" in text
    assert "intervals take the effective number" in page.get(f"/surveys/waves/{wave.id}/results/C")
    assert "may sum to more than 100%" in page.get(f"/surveys/waves/{wave.id}/results/M")


def test_unweighted_choices_are_plain_shares(page: Page, people: People) -> None:
    rows = [(n % 5 + 1,) for n in range(40)]
    wave = brought(people, "Q | scale | Good?", ("Q",), rows)
    each = results.of_wave(wave)[1].find("Q")
    assert each is not None
    assert [figure.value for figure in each.shares] == pytest.approx([0.2] * 5)
    assert ends(each.shares[0]) == pytest.approx(proportion_confint(8, 40, method="wilson"))
    assert "Weighted" not in page.as_(people.owner).get(f"/surveys/waves/{wave.id}/results/Q")


def test_a_question_of_few_answers_has_no_figure_anywhere(page: Page, people: People) -> None:
    rows = [(4, 5, "", "") for _ in range(20)] + [(1, 2, 7, 1)] * 4
    lines = "Q | scale | Good? || || care\nR | scale | Fine?\nS | servqual/7 | Should || Was || care"
    wave = brought(people, lines, ("Q", "R", "S.e", "S.p"), rows)
    found = results.of_wave(wave)[1]
    few = found.find("S")
    assert few is not None
    assert (few.n, few.figures, few.counts, few.shares) == (4, {}, [], [])
    assert found.dimensions == []
    assert found.overall_gap is None
    page.as_(people.owner)
    text = page.client.get(f"/surveys/waves/{wave.id}/results.csv").get_data(as_text=True)
    assert "Q," in text
    assert "\nS," not in text
    assert "No figure of the dimension" in page.get(f"/surveys/waves/{wave.id}/dimensions/care")
