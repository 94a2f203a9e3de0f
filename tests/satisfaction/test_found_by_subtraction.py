"""What is withheld stays unknown when groups by several things, questions and analyses are set side by side."""

from typing import Any

import numpy as np

from satisfaction import results, sheet
from satisfaction.models import Wave
from satisfaction.results import Group
from satisfaction.rules.analyses import Method
from satisfaction.rules.imports import Use
from tests.people import People
from tests.satisfaction.asking import COLUMNS, LINES, run
from tests.satisfaction.builders import make_questionnaire, make_wave
from tests.satisfaction.test_result_figures import fill

#: street → (district, answers)
STREETS = {"Elm": ("East", 3), "Oak": ("East", 17), "Ash": ("West", 12), "Fir": ("West", 30)}


def streets_of(
    people: People, *, sizes: dict[str, int] | None = None, blank: dict[str, int] | None = None
) -> Wave:
    """Answers of four streets in two districts; `blank`: in a street, how many leave A1 and the app unanswered."""
    wave = make_wave(people, make_questionnaire(people, LINES), open_it=False)
    chance = np.random.default_rng(5)
    rows: list[tuple[Any, ...]] = []
    for street, (district, size) in STREETS.items():
        for place in range((sizes or {}).get(street, size)):
            said: list[Any] = [int(each) for each in chance.integers(1, 6, len(COLUMNS))]
            if place < (blank or {}).get(street, 0):
                said[0] = ""
            rows.append((*said, street, district))
    fill(people, wave, COLUMNS, rows, street=Use("group"), district=Use("group"))
    return wave


def shown(wave: Wave, key: str, code: str = "") -> set[str]:
    def there(group: Group) -> bool:
        return group.n is not None and (not code or group.items[code] is not None)

    return {group.key for group in results.groups_of(wave, key) if there(group)}


def test_a_district_less_its_streets_tells_nobody(people: People) -> None:
    wave = streets_of(people)
    assert shown(wave, "col:district") == {"East", "West"}
    assert shown(wave, "col:street") == {"Ash", "Fir"}, "East less Oak would be the three of Elm"
    made = run(wave, Method.score, people, by="col:street")
    assert {words["en"] for words in made.names["groups"].values()} == {"Ash", "Fir"}


def test_nor_does_it_for_one_question(people: People) -> None:
    wave = streets_of(people, sizes={"Elm": 20}, blank={"Elm": 17})
    assert shown(wave, "col:street") == {"Elm", "Oak", "Ash", "Fir"}
    assert shown(wave, "col:street", "B1") == {"Elm", "Oak", "Ash", "Fir"}
    assert shown(wave, "col:district", "A1") == {"East", "West"}
    assert shown(wave, "col:street", "A1") == {"Ash", "Fir"}


def test_groups_that_cross_form_no_lines(people: People) -> None:
    wave = streets_of(people)
    answers = results.of_wave(wave)[0]
    assert sheet.lines_of(answers, answers.groups["col:street"].tolist()) == [
        {"Elm", "Oak"},
        {"Ash", "Fir"},
    ] or (sheet.lines_of(answers, answers.groups["col:street"].tolist()) == [{"Ash", "Fir"}, {"Elm", "Oak"}])
    crossed = [place % 3 for place in range(answers.size)]
    assert sheet.lines_of(answers, crossed) == []


def test_a_comparison_shows_no_group_that_its_question_withholds(people: People) -> None:
    wave = streets_of(people, sizes={"Elm": 20, "Oak": 20}, blank={"Elm": 17})
    assert "Oak" not in shown(wave, "col:street", "A1")
    sides = {"before": 'g:["col:street", "Oak"]', "after": 'g:["col:street", "Fir"]'}
    made = run(wave, Method.effect, people, **sides)
    assert made.state == "refused", "Oak with the others of A1 would tell what three of Elm said"
    assert run(wave, Method.effect, people, item="B1", **sides).state == "done"


def test_a_feature_of_few_whole_pairs_is_not_kept(people: People) -> None:
    lines = "K | kano | There is an app || There is no app\nL | kano | There is a bench || There is no bench"
    wave = make_wave(people, make_questionnaire(people, lines), open_it=False)
    # twenty said all of the bench; of the app ten one half and eleven the other, one of them both
    rows = [(1 if place < 10 else "", 5 if place >= 9 else "", 2, 4) for place in range(20)]
    fill(people, wave, ("K.f", "K.d", "L.f", "L.d"), rows)
    assert run(wave, Method.kano, people, items=["L"]).state == "done"
    made = run(wave, Method.kano, people, items=["K", "L"])
    assert made.state == "refused", made.result
