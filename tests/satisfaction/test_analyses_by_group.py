"""Analyses of waves in groups: the engine's figures for each, what is withheld and may not be found by subtraction, files, findings."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.db import session
from improvement.models import Finding
from satisfaction.analyses.inputs.keeping import protected
from satisfaction.models import Analysis, Wave
from satisfaction.operations import analyses
from satisfaction.rules.analyses import GROUPED, Method
from satisfaction.rules.imports import Mapping, Use
from satisfaction.rules.waves import withheld_cells
from tests.page import Page
from tests.people import People
from tests.satisfaction.asking import COLUMNS, LINES, answers, run
from tests.satisfaction.builders import change, import_file, item, make_questionnaire, make_wave, work

BRANCHES = ["East"] * 45 + ["West"] * 40 + ["North"] * 12 + ["Tiny"] * 3 + ["Small"] * 8
AGES = ["young", "old"]


@pytest.fixture
def wave(people: People) -> Wave:
    """108 answers of five branches, of which one has three and one eight, and of two ages."""
    asked = make_questionnaire(people, LINES)
    for code, about in (("I1", "A1"), ("I2", "B1")):
        change(people, item(asked, code), about_code=about)
    made = make_wave(people, asked, open_it=False)
    rows = answers(len(BRANCHES)).splitlines()
    text = [rows[0] + ",age"] + [
        f"{row.rpartition(',')[0]},{branch},{AGES[place % 2]}"
        for place, (row, branch) in enumerate(zip(rows[1:], BRANCHES, strict=True))
    ]
    uses = {key: Use("item", key) for key in COLUMNS} | {"branch": Use("group"), "age": Use("group")}
    import_file(people, made, ("\n".join(text) + "\n").encode(), Mapping(uses), "g.csv")
    work("satisfaction.import")
    work("satisfaction.analyse")
    return made


def of_group(made: Analysis, word: str) -> Any:
    name = next(name for name, words in made.names["groups"].items() if words["en"] == word)
    return next(each for each in made.result["groups"] if each["group"] == name)


@pytest.mark.parametrize("method", sorted(GROUPED))
def test_each_method_has_figures_of_each_group_and_keeps_nothing_of_the_small(
    page: Page, people: People, wave: Wave, method: Method
) -> None:
    made = run(wave, method, people, by="col:branch")
    assert made.state == "done", made.refusal
    assert sorted(each["en"] for each in made.names["groups"].values()) == ["East", "North", "West"]
    assert made.result["groups_withheld"] == 2
    assert of_group(made, "East").get("n", 45) == 45
    assert "Tiny" not in str(made.result) + str(made.names)
    assert "Small" not in str(made.result) + str(made.names)
    page.as_(people.owner)
    for language, said in (("en", "Groups too small to be shown: 2."), ("zh", "2")):
        text = page.get(f"/surveys/analyses/{made.id}?lang={language}")
        assert said in text
        assert "East" in text
        assert "%(" not in text
    assert "3 shown, 2 too small to be shown" in page.get(f"/surveys/analyses/{made.id}?lang=en")


def test_the_figures_of_a_group_are_those_of_its_answers_alone(people: People, wave: Wave) -> None:
    from satisfaction import results
    from satisfaction.methods.answers import Answers
    from satisfaction.methods.door import run as run_method

    made = run(wave, Method.servqual, people, by="col:branch")
    sheet, _found = results.of_wave(wave)
    east = sheet.groups["col:branch"] == "East"
    columns = {key: sheet.values(key)[east] for key in ("S1.e", "S1.p", "S2.e", "S2.p")}
    spec = {key: value for key, value in made.spec.items() if key not in {"by", "min_cell"}}
    alone = run_method("servqual", Answers.of(columns), spec)
    assert of_group(made, "East")["dimensions"] == alone["dimensions"]


def test_groups_by_two_things_are_every_pair_of_them(page: Page, people: People, wave: Wave) -> None:
    made = run(wave, Method.score, people, by="col:branch", by2="col:age")
    words = {each["en"] for each in made.names["groups"].values()}
    assert words == {"East · young", "East · old", "West · young", "West · old"}, (
        "six each in the north are too few"
    )
    assert made.names["by"]["en"] == "branch × age"
    assert of_group(made, "East · old")["items"]["A1"]["n"] == 22
    page.as_(people.manager)
    again = page.get(f"/surveys/waves/{wave.id}/analyse/score?again={made.id}&lang=en")
    assert '<option selected value="col:age">' in again


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"by": "col:branch", "by2": "col:branch"}, "two different things"),
        ({"by": "", "by2": "col:age"}, "Choose first"),
        ({"by": "col:nothing", "by2": ""}, "valid choice"),
    ],
)
def test_groupings_that_make_no_sense_are_refused(
    page: Page, people: People, wave: Wave, sent: dict[str, str], said: str
) -> None:
    page.as_(people.manager)
    form = {"items": ["A1", "A2"], "together": "1"} | sent
    assert said in page.post(f"/surveys/waves/{wave.id}/analyse/reliability?lang=en", form, status=422).text


def test_a_grouping_that_leaves_nobody_or_too_many_is_refused_in_words(people: People, wave: Wave) -> None:
    gone = run(wave, Method.reliability, people, by="col:sold")
    assert "no longer told apart by “col:sold”" in gone.refusal["text"]
    wave.min_cell = 90
    session.commit()
    few = run(wave, Method.reliability, people, by="col:branch")
    assert "No group by “branch” has the 90 answers" in few.refusal["text"]


def test_a_wave_that_tells_nobody_apart_offers_no_groups(page: Page, people: People) -> None:
    made = make_wave(people, make_questionnaire(people, LINES), open_it=False)
    rows = answers(30).splitlines()
    uses = {key: Use("item", key) for key in COLUMNS}
    plain = "\n".join(row.rpartition(",")[0] for row in rows) + "\n"
    import_file(people, made, plain.encode(), Mapping(uses), "p.csv")
    work("satisfaction.import")
    work("satisfaction.analyse")
    page.as_(people.manager)
    for method in GROUPED - {Method.ipa}:
        assert 'name="by"' not in page.get(f"/surveys/waves/{made.id}/analyse/{method}")


def test_a_path_model_is_resampled_in_each_group_and_the_paths_are_compared(
    page: Page, people: People, wave: Wave
) -> None:
    made = run(wave, Method.pls, people, by="col:branch", bootstrap=1000)
    work(analyses.RUN_JOB)
    session.refresh(made)
    assert made.state == "done", made.refusal
    east = of_group(made, "East")
    low, high = east["bootstrap"]["index"]["satisfaction"]["ci"]
    assert low < east["index"]["satisfaction"] < high
    named = set(made.names["groups"])
    assert {name for each in made.result["group_differences"] for name in each["groups"]} <= named
    text = page.as_(people.owner).get(f"/surveys/analyses/{made.id}?lang=en")
    assert "Paths that differ between groups" in text
    assert f"{low:.1f}–{high:.1f}" in text
    assert "“g1”" not in text, "our own name of a group is no word for a reader"


def test_a_group_the_method_refuses_says_why(page: Page, people: People) -> None:
    asked = make_questionnaire(people, LINES)
    made = make_wave(people, asked, open_it=False)
    rows = answers(80, seed=4).splitlines()
    # in the west nobody was asked what C1 says
    text = [rows[0]] + [
        f"{','.join(cells[:4] + (['3'] if place >= 40 else [cells[4]]) + cells[5:-1])},{'West' if place >= 40 else 'East'}"
        for place, row in enumerate(rows[1:])
        for cells in [row.split(",")]
    ]
    uses = {key: Use("item", key) for key in COLUMNS} | {"branch": Use("group")}
    import_file(people, made, ("\n".join(text) + "\n").encode(), Mapping(uses), "r.csv")
    work("satisfaction.import")
    work("satisfaction.analyse")
    found = run(made, Method.pls, people, by="col:branch")
    assert found.state == "done", found.refusal
    shown = page.as_(people.owner).get(f"/surveys/analyses/{found.id}?lang=en")
    assert "West: " in shown
    assert "C1" in str(found.result["groups"][1]["refused"])


def test_a_question_few_of_a_group_answered_withholds_the_group(people: People, wave: Wave) -> None:
    rows = answers(40, seed=8).splitlines()
    text = [rows[0] + ",age"]
    for place, row in enumerate(rows[1:]):  # a branch of forty, of whom four answered S2.p
        cells = row.split(",")[:-1]
        cells[9] = cells[9] if place < 4 else ""
        text.append(",".join([*cells, "South", "old"]))
    uses = {key: Use("item", key) for key in COLUMNS} | {"branch": Use("group"), "age": Use("group")}
    import_file(people, wave, ("\n".join(text) + "\n").encode(), Mapping(uses), "s.csv")
    work("satisfaction.import")
    work("satisfaction.analyse")
    made = run(wave, Method.servqual, people, by="col:branch")
    assert made.state == "done", made.refusal
    shown = {made.names["groups"][each["group"]]["en"] for each in made.result["groups"]}
    assert "South" not in shown
    assert made.result["groups_withheld"] == 3
    assert sum(each["dimensions"]["tangibles"]["n"] for each in made.result["groups"]) <= 112 - 10


def test_files_and_findings_have_the_groups(page: Page, people: People, wave: Wave) -> None:
    from openpyxl import load_workbook

    made = run(wave, Method.servqual, people, by="col:branch")
    page.as_(people.manager)
    drawing = page.client.get(f"/surveys/analyses/{made.id}/groups.svg")
    assert drawing.data.startswith(b"<svg")
    assert all(word in drawing.data for word in (b"East", b"West", b"North"))
    page.get(f"/surveys/analyses/{made.id}/groups.gif", status=404)
    plain = run(wave, Method.servqual, people)
    page.get(f"/surveys/analyses/{plain.id}/groups.svg", status=404)
    book = page.client.get(f"/surveys/analyses/{made.id}/tables.xlsx")
    import io

    cells = {
        str(cell.value)
        for row in load_workbook(io.BytesIO(book.data)).worksheets[0].iter_rows()
        for cell in row
    }
    assert "East, n = 45" in cells
    address = f"/surveys/analyses/{made.id}/finding"
    assert "<summary>East</summary>" in page.get(address)
    page.post(address, {"statement_en": "The east falls short", "grade": "minor", "figure": ["0", "g1"]})
    found = session.scalars(select(Finding).where(Finding.origin_ref == f"analysis:{made.id}")).one()
    whole, group = found.figures
    first = made.names["groups"][made.result["groups"][0]["group"]]["en"]
    assert group["working"]["label_en"].startswith(f"{first}: ")
    dimensions = list(made.result["groups"][0]["dimensions"].values())
    assert group["value"] == pytest.approx(dimensions[1]["gap"])
    assert whole["n"] == 108


# --- nobody is found by subtraction ----------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 25), min_size=1, max_size=16), st.integers(2, 12))
def test_what_is_hidden_of_pairs_is_hidden_in_every_line(counts: list[int], least: int) -> None:
    sizes: dict[tuple[str, ...], int] = dict(zip(product("abcd", "wxyz"), counts, strict=False))
    hidden = withheld_cells(sizes, least)
    assert {cell for cell, size in sizes.items() if 0 < size < least} <= hidden
    for place in (0, 1):
        for value in "abcd" if place == 0 else "wxyz":
            line = [cell for cell in sizes if cell[place] == value and sizes[cell]]
            rest = [sizes[cell] for cell in line if cell in hidden]
            # what the line less the shown would tell: nobody, enough, or the line itself, hidden as one that is too small
            assert not rest or sum(rest) >= least or len(rest) == len(line)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12))
def test_the_rest_of_every_figure_is_nobody_or_enough(seed: int, least: int) -> None:
    random = np.random.default_rng(seed)
    parts = {f"g{place}": {key: int(random.integers(0, 30)) for key in "abc"} for place in range(6)}
    lost = {key: int(random.integers(0, 15)) for key in "abc"}
    whole = {key: sum(own[key] for own in parts.values()) + lost[key] for key in "abc"}
    shown = protected(whole, parts, least)
    for key in "abc":
        rest = whole[key] - sum(parts[name][key] for name in shown)
        assert all(parts[name][key] >= least for name in shown)
        assert not shown or rest == 0 or rest >= least
