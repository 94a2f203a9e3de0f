"""Analyses of waves: every method on a small real wave, what is refused and withheld, files, findings, the trail."""

import re
from itertools import pairwise
from typing import Any

import pytest
from flask import g
from sqlalchemy import func, select

from core import jobs, trail
from core.db import session
from core.errors import NotPermitted, RuleViolation
from improvement.models import Finding
from satisfaction.models import Analysis, Wave
from satisfaction.operations import analyses
from satisfaction.rules.analyses import OF_WAVE, Ground, Method, states_of, why_not
from tests.page import Page
from tests.people import People
from tests.satisfaction.asking import ASKED, LINES, answers, asked_wave, fill, run
from tests.satisfaction.builders import make_questionnaire, make_wave, work
from tests.statements import counted


@pytest.fixture
def wave(people: People) -> Wave:
    return asked_wave(people)


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
