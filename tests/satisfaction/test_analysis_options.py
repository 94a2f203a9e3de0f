"""Analyses of waves: weights, a Kano table of one's own, the same customers in two waves, the index over waves."""

from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from core.db import session
from satisfaction.models import Analysis, Wave
from satisfaction.operations import analyses, waves
from satisfaction.rules.analyses import Method
from satisfaction.rules.imports import Mapping, Use
from tests.page import Page
from tests.people import People
from tests.satisfaction.asking import ASKED, COLUMNS, LINES, answers, asked_wave, fill, run
from tests.satisfaction.builders import answer_form, import_file, make_questionnaire, make_wave, work


@pytest.fixture
def wave(people: People) -> Wave:
    return asked_wave(people)


def weighted_wave(people: People, asked: Any, text: str, weights: Any, name: str, **values: Any) -> Wave:
    """A wave whose answers bear weights, and a column of numbers beside them."""
    made = make_wave(people, asked, open_it=False, **values)
    lines = text.splitlines()
    rows = [
        lines[0] + ",w,volume",
        *(f"{line},{w},{10 * w}" for line, w in zip(lines[1:], weights, strict=True)),
    ]
    uses = {key: Use("item", key) for key in COLUMNS} | {"w": Use("weight"), "volume": Use("group")}
    import_file(people, made, ("\n".join(rows) + "\n").encode(), Mapping(uses), name)
    work("satisfaction.import")
    work("satisfaction.analyse")
    return made


def test_weights_of_the_answers_or_of_a_column_are_used_or_left_out(page: Page, people: People) -> None:
    weights = np.random.default_rng(1).integers(1, 5, 60)
    made = weighted_wave(people, make_questionnaire(people, LINES), answers(), weights, "w.csv")
    page.as_(people.manager)
    form = page.get(f"/surveys/waves/{made.id}/analyse/servqual?lang=en")
    assert "the weights that came with the answers" in form
    assert ">volume<" in form
    found = {key: run(made, Method.servqual, people, weights=key) for key in ("wave", "col:volume", "")}
    gaps = {key: each.result["dimensions"]["tangibles"]["gap"] for key, each in found.items()}
    assert gaps["wave"] == pytest.approx(gaps["col:volume"]), "in another unit"
    assert gaps["wave"] != pytest.approx(gaps[""])
    assert "n_eff" in found["wave"].result["dimensions"]["tangibles"]
    assert "Kish 有效样本量" in page.get(f"/surveys/analyses/{found['wave'].id}?lang=zh")
    for method in (Method.reliability, Method.kano, Method.ipa, Method.pls, Method.score):
        extra = {Method.score: {"by": ""}, Method.ipa: {"how": "derived", "overall": "C1"}}.get(method, {})
        one = run(made, method, people, weights="wave", **extra)
        assert one.spec["weight"] == "weight", (method, one.refusal)
    answer = page.post(
        f"/surveys/waves/{made.id}/analyse/servqual", {"items": ["S1", "S2"], "test": "wilcoxon", "weights": "wave"}, status=422
    )  # fmt: skip
    assert "符号秩" in answer.text or "no form for weights" in answer.text


def test_a_kano_table_of_ones_own(page: Page, people: People, wave: Wave) -> None:
    page.as_(people.manager)
    sent = {"items": ["K1"], "own": "1"}
    table = ("QAAAO", "RQIIM", "RIIIM", "RIIQM", "RRRRQ")
    sent |= {
        f"k{row}{column}": letter
        for row, letters in enumerate(table)
        for column, letter in enumerate(letters)
    }
    page.post(f"/surveys/waves/{wave.id}/analyse/kano", sent)
    made = session.scalars(select(Analysis)).one()
    assert made.result["table"] == list(table)
    assert "with a table of its own" in made.result["variant"]
    page.get(f"/surveys/waves/{wave.id}/analyse/kano?again={made.id}")
    plain = page.post(f"/surveys/waves/{wave.id}/analyse/kano", {"items": ["K1"], "own": ""})
    assert plain.location
    assert (
        "own"
        not in session.scalars(select(Analysis).order_by(Analysis.id.desc()).limit(1)).one().result["variant"]
    )


def test_the_same_customers_are_followed_over_two_waves_with_names(page: Page, people: People) -> None:
    asked = make_questionnaire(people, "A1 | scale | The counter was clean | 窗口整洁")
    moves = [(1, 5)] * 6 + [(5, 5)] * 5 + [(3, 1)] * 2
    made: list[Wave] = []
    for side in (0, 1):
        one = make_wave(people, asked, anonymous=False, name_en=f"Wave {side}", min_cell=5)
        links = waves.invite(
            one, [(f"Person{number}@example.org", "") for number in range(14)], actor=people.manager
        )
        session.commit()
        for number, move in enumerate(moves):
            page.as_(None)
            token = links[number][2]
            page.post(f"/s/{token}", answer_form(page, token) | {"A1": str(move[side])})
        if not side:  # somebody who answers once only is not followed
            page.as_(None)
            page.post(f"/s/{links[13][2]}", answer_form(page, links[13][2]) | {"A1": "4"})
        made.append(one)
        waves.close_wave(one, actor=people.manager)
        session.commit()
    first, second = made
    page.as_(people.manager)
    answer = page.post(
        f"/surveys/waves/{second.id}/analyse/transition",
        {"item": "A1", "second": f"w:{first.id}", "coarse": "1"},
    )
    found = session.scalars(select(Analysis)).one()
    assert answer.location.endswith(str(found.id))
    assert found.state == "done", found.refusal
    assert found.result["states"] == ["not_satisfied", "satisfied"]
    assert found.result["n_used"] == 13
    assert found.result["p_pooled"][0] == pytest.approx([2 / 8, 6 / 8])
    assert found.result["p_pooled"][1] == pytest.approx([0, 1])
    page.get(f"/surveys/analyses/{found.id}")
    again = page.get(f"/surveys/waves/{second.id}/analyse/transition?again={found.id}")
    assert f'selected value="w:{first.id}"' in again


def test_the_index_of_the_same_model_is_followed_over_waves(page: Page, people: People, wave: Wave) -> None:
    later = make_wave(people, wave.version.questionnaire, open_it=False, name_en="Winter", name_zh="冬季")
    fill(people, later, answers(60, seed=3, better=0.5), "c.csv")
    first = run(wave, Method.pls, people)
    second = run(later, Method.pls, people, bootstrap=1000)
    work(analyses.RUN_JOB)
    other = dict(ASKED[Method.pls]["construct"])
    other.pop("A2")
    run(later, Method.pls, people, construct=other)
    session.refresh(second)
    page.as_(people.manager)
    address = f"/surveys/questionnaires/{wave.version.questionnaire_id}"
    values = [each.result["index"]["satisfaction"] for each in (first, second)]
    assert f"{values[0]:.1f}" in page.get(f"{address}?lang=en")
    text = page.get(f"{address}/index?lang=en")
    assert all(f"<b>{value:.1f}</b>" in text for value in values)
    low, high = second.result["bootstrap"]["index"]["satisfaction"]["ci"]
    assert f"{low:.1f}–{high:.1f}" in text
    assert "2: Winter (1)" in text, "another model is a line of its own"
    assert "Loyalty" in page.get(f"{address}/index?construct=loyalty&model=1&lang=en")
    page.get(f"{address}/index?construct=nothing&model=77")
    bare = make_questionnaire(people, LINES)
    assert "No index yet" in page.get(f"/surveys/questionnaires/{bare.id}/index?lang=en")
