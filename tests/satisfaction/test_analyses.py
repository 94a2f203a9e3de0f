"""Analyses of waves: every method on a small real wave, what is refused and withheld, files, findings, the trail."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from flask import g
from sqlalchemy import event, func, select

from core import jobs, trail
from core.db import db, session
from core.errors import NotPermitted, RuleViolation
from improvement.models import Finding
from satisfaction.models import Analysis, Wave
from satisfaction.operations import analyses
from satisfaction.rules.analyses import OF_WAVE, Ground, Method, states_of, why_not
from satisfaction.rules.imports import Mapping, Use
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import change, import_file, item, make_questionnaire, make_wave, work

LINES = """A1 | scale | The counter was clean | 窗口整洁 ||| tangibles
A2 | scale | The rooms were bright | 环境明亮 ||| tangibles
B1 | scale | Staff were quick | 人员办事快 ||| responsiveness
B2 | scale | Nobody had to wait | 无需等候 ||| responsiveness
C1 | csat | How satisfied are you? | 您满意吗？
N1 | nps | Would you recommend us? | 您会推荐我们吗？
S1 | servqual | Staff should be quick | 人员应当快 | Staff were quick | 人员确实快 | responsiveness
S2 | servqual | Rooms should be tidy | 环境应当整洁 | Rooms were tidy | 环境确实整洁 | tangibles
K1 | kano | There is an app | 有手机应用 | There is no app | 没有手机应用
I1 | importance | How important is cleanliness? | 整洁有多重要？
I2 | importance | How important is speed? | 快慢有多重要？"""
COLUMNS = ("A1", "A2", "B1", "B2", "C1", "N1", "S1.e", "S1.p", "S2.e", "S2.p", "K1.f", "K1.d", "I1", "I2")


def answers(n: int = 60, *, seed: int = 3, better: float = 0.0) -> str:
    """Rows of plausible answers: dimensions hang together and satisfaction follows them."""
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=n)
    rows = [",".join([*COLUMNS, "branch"])]

    def on(low: int, high: int, values: Any) -> list[int]:
        middle, width = (low + high) / 2, (high - low) / 4
        return [
            int(each) for each in np.clip(np.rint(middle + 0.4 * width + better + width * values), low, high)
        ]

    tangibles, speed = mood * 0.5 + rng.normal(size=n) * 0.7, mood * 0.8 + rng.normal(size=n) * 0.5

    def noise(base: Any) -> Any:
        return base + rng.normal(size=n) * 0.4

    columns = [
        on(1, 5, noise(tangibles)), on(1, 5, noise(tangibles)), on(1, 5, noise(speed)), on(1, 5, noise(speed)),
        on(1, 5, noise(speed * 0.7 + tangibles * 0.2)), on(0, 10, noise(speed)),
        on(1, 7, noise(np.full(n, 0.9))), on(1, 7, noise(speed - 0.4)), on(1, 7, noise(np.full(n, 0.5))), on(1, 7, noise(tangibles)),
        [1 if each else 3 for each in rng.random(n) < 0.7], [5 if each else 3 for each in rng.random(n) < 0.3],
        on(1, 5, noise(np.full(n, 0.2))), on(1, 5, noise(np.full(n, 0.9))),
    ]  # fmt: skip
    for place in range(n):
        branch = "East" if place % 2 else "West"
        rows.append(
            ",".join([*(str(column[place]) for column in columns), branch if place < n - 4 else "Tiny"])
        )
    return "\n".join(rows) + "\n"


def fill(people: People, wave: Wave, text: str, name: str = "a.csv") -> None:
    uses = {key: Use("item", key) for key in COLUMNS} | {"branch": Use("group")}
    import_file(people, wave, text.encode(), Mapping(uses), name)
    work("satisfaction.import")
    work("satisfaction.analyse")


@pytest.fixture
def wave(people: People) -> Wave:
    asked = make_questionnaire(people, LINES)
    for code, about in (("I1", "A1"), ("I2", "B1")):
        change(people, item(asked, code), about_code=about)
    made = make_wave(people, asked, open_it=False)
    fill(people, made, answers())
    return made


ASKED: dict[Method, dict[str, Any]] = {
    Method.score: {"items": ["A1", "C1", "N1"], "by": "col:branch"},
    Method.reliability: {"items": ["A1", "A2", "B1", "B2"], "together": ""},
    Method.servqual: {"items": ["S1", "S2"], "test": "t"},
    Method.kano: {"items": ["K1"]},
    Method.ipa: {"items": ["A1", "B1"], "how": "stated", "crosshair": "mean"},
    Method.pls: {
        "model": "drivers", "missing": "mean", "bootstrap": 0, "seed": 7, "plsc": False,
        "construct": {"A1": "tangibles", "A2": "tangibles", "B1": "responsiveness", "B2": "responsiveness", "C1": "satisfaction", "N1": "loyalty"},
    },
    Method.effect: {"item": "A1", "measure": "mean", "before": 'g:["col:branch", "East"]', "after": 'g:["col:branch", "West"]', "direction": "up"},
    Method.transition: {"item": "A1", "second": "B1", "coarse": "1"},
}  # fmt: skip


def run(wave: Wave, method: Method, people: People, **changes: Any) -> Analysis:
    made = analyses.start(wave, method, ASKED[method] | changes, actor=people.manager)
    session.commit()
    return made


def test_each_method_gives_a_page_with_sentences_tables_and_how(
    page: Page, people: People, wave: Wave
) -> None:
    page.as_(people.owner)
    for method in ASKED:
        made = run(wave, method, people)
        if method == Method.effect:  # the next smallest branch is withheld with the small one
            assert made.state == "refused"
        else:
            assert made.state == "done", (method, made.refusal)
        page.as_(people.owner)
        for language in ("zh", "en"):
            text = page.get(f"/surveys/analyses/{made.id}?lang={language}")
            assert made.inputs_sha256 in text or made.state == "refused"
            assert ("What it says" in text or "These data do not suffice" in text) == (language == "en")


def test_figures_are_those_of_the_engine(wave: Wave, people: People) -> None:
    from satisfaction import results

    made = run(wave, Method.score, people)
    _sheet, found = results.of_wave(wave)
    figure = found.find("A1")
    assert figure is not None
    assert figure.main is not None
    assert made.result["items"]["A1"]["value"] == pytest.approx(figure.main.value)
    assert made.result["items"]["A1"]["n"] == 60


# --- refused, withheld, repeated -----------------------------------------------------------------------------


def test_small_groups_are_withheld_in_the_kept_result(wave: Wave, people: People) -> None:
    made = run(wave, Method.score, people)
    shown = [pair["en"] for pair in made.names["groups"].values()]
    assert "Tiny" not in shown, "four respondents"
    assert len(shown) == 1, "and the next smallest, which would give it away by subtraction"
    assert made.result["groups_withheld"] == 2
    (group,) = made.result["groups"]
    assert group["items"]["A1"]["n"] == 28
    assert "Tiny" not in str(made.result) + str(made.names)


def test_a_group_that_is_withheld_cannot_be_compared_either(wave: Wave, people: People) -> None:
    made = run(wave, Method.effect, people, before='g:["col:branch", "Tiny"]')
    assert made.state == "refused"
    assert "Tiny" in made.refusal["text"]
    assert made.result == {}


def test_an_item_few_answered_is_refused_by_its_name(people: People) -> None:
    asked = make_questionnaire(people, LINES)
    made = make_wave(people, asked, open_it=False)
    rows = answers(30).splitlines()
    few = [row if place < 6 else "," + row.split(",", 1)[1] for place, row in enumerate(rows)]
    fill(people, made, "\n".join(few) + "\n")
    found = run(made, Method.reliability, people)
    assert found.state == "refused"
    assert found.refusal["values"]["field"] == "A1"
    assert found.refusal["values"]["count"] == 5


def test_running_again_makes_a_new_one_that_says_it_is_the_same(
    page: Page, wave: Wave, people: People
) -> None:
    first = run(wave, Method.servqual, people)
    again = run(wave, Method.servqual, people)
    other = run(wave, Method.servqual, people, test="wilcoxon")
    assert again.id != first.id
    assert again.same_as_id == first.id
    assert again.run_sha256 == first.run_sha256
    assert again.result == first.result
    assert other.same_as_id is None
    fill(people, wave, answers(20, seed=9), "b.csv")
    later = run(wave, Method.servqual, people)
    assert later.same_as_id is None
    assert later.inputs_sha256 != first.inputs_sha256
    assert session.get(Analysis, first.id).answers == 60  # type: ignore[union-attr]  # it is there
    assert first.code in page.as_(people.owner).get(f"/surveys/analyses/{again.id}")
    with pytest.raises(RuleViolation, match="finished"):
        analyses.settle(first, None, actor=people.manager)  # type: ignore[arg-type]  # refused before it is read
    assert [entry.action for entry in trail.history(first)] == ["analysis.done"]


def test_resamples_run_as_a_job_and_give_intervals_by_their_seed(
    page: Page, wave: Wave, people: People
) -> None:
    made = run(wave, Method.pls, people, bootstrap=1000)
    assert made.state == "waiting"
    job = session.get(jobs.Job, made.job_id)
    assert job is not None
    assert job.kind == analyses.RUN_JOB
    page.as_(people.owner).get(f"/surveys/analyses/{made.id}")
    work(analyses.RUN_JOB)
    session.refresh(made)
    assert made.state == "done"
    assert made.seed == 7
    low, high = made.result["bootstrap"]["index"]["satisfaction"]["ci"]
    assert low < made.result["index"]["satisfaction"] < high
    text = page.as_(people.owner).get(f"/surveys/analyses/{made.id}")
    assert "an-drawing" in text
    assert "R²" in text


def test_two_waves_are_compared_and_a_wave_of_elsewhere_is_not(people: People, wave: Wave) -> None:
    asked = wave.version.questionnaire
    later = make_wave(people, asked, open_it=False, name_en="Winter", name_zh="冬季")
    fill(people, later, answers(60, seed=3, better=0.9), "c.csv")
    later.state = wave.state = "closed"
    session.commit()
    made = run(later, Method.effect, people, before=f"w:{wave.id}", after=f"w:{later.id}", margin=0.1)
    assert made.state == "done", made.refusal
    assert made.result["verdict"] == "effective"
    assert made.result["estimate"] == pytest.approx(
        made.result["after"]["mean"] - made.result["before"]["mean"]
    )
    chart = analyses.start(
        later, Method.chart, {"item": "C1", "measure": "csat", "rules": ""}, actor=people.manager
    )
    assert chart.state == "done"
    assert chart.result["variant"] == "p"
    assert len(chart.result["values"]) == 2


def test_only_who_may_see_the_wave_analyses_it(page: Page, people: People, wave: Wave) -> None:
    with pytest.raises(NotPermitted):
        analyses.start(wave, Method.score, ASKED[Method.score], actor=people.visitor)
    made = run(wave, Method.servqual, people)
    page.as_(people.manager).get(f"/surveys/analyses/{made.id}")
    page.as_(people.visitor).get(f"/surveys/waves/{wave.id}/analyse", status=403)


# --- pages ---------------------------------------------------------------------------------------------------


def test_the_choice_says_what_suits_and_why_the_rest_does_not(page: Page, people: People, wave: Wave) -> None:
    page.as_(people.manager)
    text = page.get(f"/surveys/waves/{wave.id}/analyse")
    assert "What should be improved first?" in text
    assert "four computed waves" in text
    for method in ASKED:
        page.get(f"/surveys/waves/{wave.id}/analyse/{method}")
    page.get(f"/surveys/waves/{wave.id}/analyse/nonsense", status=404)
    answer = page.post(
        f"/surveys/waves/{wave.id}/analyse/ipa",
        {"items": ["A1", "B1"], "how": "stated", "crosshair": "mean", "overall": "C1", "derived": "lmg"},
    )
    made = session.scalars(select(Analysis)).one()
    assert answer.location.endswith(f"/surveys/analyses/{made.id}")
    again = page.get(f"/surveys/waves/{wave.id}/analyse/ipa?again={made.id}")
    assert 'value="A1" checked' in again or "checked" in again
    assert made.code in page.get("/surveys/analyses")
    assert made.code in page.get("/surveys/analyses?method=ipa")
    assert made.code not in page.get("/surveys/analyses?method=kano")


HOSTILE: list[tuple[str, dict[str, Any], str]] = [
    ("reliability", {"items": ["A1"], "together": ""}, "at least 2"),
    ("reliability", {"items": ["A1", "NOPE"], "together": "1"}, "Not a valid choice|not valid choices|not a valid choice"),
    ("score", {"items": [f"Q{number}" for number in range(300)], "by": ""}, "valid choice"),
    ("pls", {"model": "x", "bootstrap": "1000", "missing": "mean", "seed": "1"}, "valid choice"),
    ("pls", {"model": "drivers", "bootstrap": "999999999", "missing": "mean", "seed": "1"}, "valid choice"),
    ("pls", {"model": "drivers", "bootstrap": "0", "missing": "mean", "seed": "-4", "c-A1": "tangibles", "c-C1": "satisfaction"}, "whole number"),
    ("pls", {"model": "drivers", "bootstrap": "0", "missing": "mean", "seed": "1", "c-A1": "../x"}, "Satisfaction"),
    ("effect", {"item": "A1", "measure": "mean", "before": "w:THIS", "after": "w:THIS", "direction": "up"}, "two different sides"),
    ("effect", {"item": "A1", "measure": "mean", "before": "w:999", "after": "g:{", "direction": "up"}, "valid choice"),
    ("transition", {"item": "A1", "second": "S1", "coarse": ""}, "same scale"),
]  # fmt: skip


def test_hostile_forms_are_refused_in_words(page: Page, people: People, wave: Wave) -> None:
    page.as_(people.manager)
    for method, sent, said in HOSTILE:
        form = {key: f"w:{wave.id}" if value == "w:THIS" else value for key, value in sent.items()}
        answer = page.post(f"/surveys/waves/{wave.id}/analyse/{method}", form, status=422)
        assert re.search(said, answer.text, re.IGNORECASE), (method, sent)
    assert session.scalars(select(Analysis)).all() == []


def test_files_hold_picture_tables_and_how(page: Page, people: People, wave: Wave) -> None:
    made = run(wave, Method.pls, people)
    gaps = run(wave, Method.servqual, people)
    page.as_(people.owner)
    drawing = page.client.get(f"/surveys/analyses/{made.id}/picture.svg")
    assert drawing.data.startswith(b"<svg")
    assert b"var(" not in drawing.data
    chart = page.client.get(f"/surveys/analyses/{gaps.id}/picture.png")
    assert chart.data.startswith(b"\x89PNG")
    book = page.client.get(f"/surveys/analyses/{gaps.id}/tables.xlsx")
    assert book.data.startswith(b"PK")
    address = f"/surveys/analyses/{gaps.id}/report"
    page.get(f"{address}.pdf", status=302)
    assert "/jobs/" in page.post(address).location
    g.pop("person")  # the worker is nobody
    assert work(analyses.PRINT_JOB)["url"] == f"{address}.pdf"
    report = page.client.get(f"{address}.pdf")
    assert report.data.startswith(b"%PDF")
    assert page.post(address).location == f"{address}.pdf", "printed once"


def test_a_finding_freezes_the_figures_and_leads_back(page: Page, people: People, wave: Wave) -> None:
    made = run(wave, Method.servqual, people)
    page.as_(people.manager)
    address = f"/surveys/analyses/{made.id}/finding"
    assert "responsiveness" in page.get(address).lower()
    page.post(address, {"statement_en": "Staff are slower than expected", "grade": "minor", "figure": ["0"]})
    found = session.scalars(select(Finding).where(Finding.origin_ref == f"analysis:{made.id}")).one()
    assert found.origin == "satisfaction"
    (figure,) = found.figures
    gaps = {name: each["gap"] for name, each in made.result["dimensions"].items()}
    assert figure["value"] == pytest.approx(min(gaps.values()))
    assert figure["working"]["inputs_hash"] == made.inputs_sha256
    assert f"/surveys/analyses/{made.id}" in page.get(f"/findings/{found.id}")
    refused = run(wave, Method.effect, people, before='g:["col:branch", "Tiny"]')
    page.as_(people.manager).get(f"/surveys/analyses/{refused.id}/finding", status=302)


# --- pure ----------------------------------------------------------------------------------------------------


def test_states_cover_the_scale_without_overlap() -> None:
    for low, high in ((1, 5), (1, 7), (1, 10), (0, 10)):
        for coarse in (True, False):
            bands = sorted(states_of(low, high, coarse=coarse).values())
            assert bands[0][0] == low
            assert bands[-1][1] == high
            for (_a, end), (start, _b) in pairwise(bands):
                assert start == end + 1


def test_a_bare_questionnaire_suits_nothing() -> None:
    ground = Ground(kinds={"T1": "text"}, about={}, answers=50, least=10)
    assert all(why_not(method, ground) is not None for method in OF_WAVE)
    few = Ground(kinds={"A1": "scale", "A2": "scale"}, about={}, answers=9, least=10)
    assert "few" in str(why_not(Method.reliability, few).source)


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_more_analyses_cost_no_more_statements(page: Page, people: People) -> None:
    made = make_wave(people, make_questionnaire(people, LINES), open_it=False)
    found: dict[str, list[int]] = {}
    for count in (3, 27):
        for _each in range(count):
            number = (session.scalar(select(func.count(Analysis.id))) or 0) + 1
            session.add(
                Analysis(
                    code=f"ANA-2026-{number:04d}",
                    wave_id=made.id,
                    method="kano",
                    state="refused",
                    made_by_id=people.manager.id,
                )
            )
            session.flush()
        session.commit()
        page.as_(people.manager)
        for url in ("/surveys/analyses", f"/surveys/waves/{made.id}/analyse", f"/surveys/waves/{made.id}"):
            page.get(url)
            with counted() as statements:
                page.get(url)
            found.setdefault(url, []).append(len(statements))
    for url, (few, many) in found.items():
        assert few == many <= 24, url


# --- weights, a table of one's own, the same customers, the index over waves ---------------------------------


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
    from satisfaction.operations import waves
    from tests.satisfaction.builders import answer_form

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
