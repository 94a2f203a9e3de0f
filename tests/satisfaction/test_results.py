"""What is shown and withheld, findings of what falls short, measures of tickets, figures for other rooms."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from accounts.queries import today
from core import clock
from core.db import session
from core.errors import NotPermitted, RuleViolation
from improvement import measures as improvement_measures
from improvement.models import Finding
from satisfaction import measures, reports, results, sheet
from satisfaction.models import SurveyFigure, Wave
from satisfaction.operations import questionnaires, waves
from satisfaction.queries import questionnaires as queries
from satisfaction.rules.imports import Mapping, Use
from satisfaction.rules.waves import STEPS, WaveState, shown_answers, step, withheld
from standards.models import Requirement, Standard, Version
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import change, import_file, item, make_questionnaire, make_wave, send, work

LINES = "Q1 | scale | Clean? | 整洁吗？\nQ2 | csat | Satisfied? | 满意吗？\nI1 | importance | Important?"


def answered(people: People, rows: list[tuple[int, int, str]], **values: Any) -> Wave:
    """A wave with imported answers (Q1, Q2, branch)."""
    wave = make_wave(people, make_questionnaire(people, LINES), open_it=False, **values)
    fill(people, wave, rows)
    return wave


def fill(people: People, wave: Wave, rows: list[tuple[int, int, str]], name: str = "a.csv") -> None:
    text = "Q1,Q2,branch\n" + "\n".join(f"{q1},{q2},{branch}" for q1, q2, branch in rows)
    uses = {"Q1": Use("item", "Q1"), "Q2": Use("item", "Q2"), "branch": Use("group")}
    import_file(people, wave, text.encode(), Mapping(uses), name)
    work("satisfaction.import")
    work("satisfaction.analyse")


# --- withholding ---------------------------------------------------------------------------------------------


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
    assert groups["East"].figures["Q1"] is not None
    for key in ("West", "Tiny"):
        assert groups[key].n is None
        assert groups[key].figures["Q1"] is None
    page.as_(people.owner)
    text = page.get(f"/surveys/waves/{wave.id}/results?by=col:branch")
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
    assert {group.key for group in groups if group.figures["Q1"] is None} == {"North", "East"}
    assert all(group.figures["Q2"] is not None for group in groups)


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
    assert found.ipa["items"]["P1"]["importance"] == pytest.approx(table[:, 5].mean())
    derived = results.derived_ipa(answers, "P3")
    assert set(derived["items"]) == {"P0", "P1", "P2"}
    page.as_(people.owner)
    assert "derived from P3" in page.get(f"/surveys/waves/{wave.id}/results?overall=P3")
    assert "as stated" in page.get(f"/surveys/waves/{wave.id}/results")


# --- findings and measures -----------------------------------------------------------------------------------


def promise(people: People) -> tuple[Standard, Requirement]:
    from standards.operations import requirements, standards, versions
    from tests.people import PASSWORD

    standard = standards.write_standard(
        unit=people.north, owner=people.owner, actor=people.manager, title_en="Counter"
    )
    version = session.scalars(select(Version).where(Version.standard_id == standard.id)).one()
    made = requirements.add_requirement(
        version, actor=people.manager, kind="timing", from_milestone="received", to_milestone="closed", limit="5 days", target=0.9,
    )  # fmt: skip
    versions.submit(version, actor=people.manager)
    versions.approve(version, actor=people.approver, password=PASSWORD)
    session.commit()
    return standard, made


def test_a_shortfall_becomes_a_finding_once_and_is_brought_up_to_date(page: Page, people: People) -> None:
    standard, requirement = promise(people)
    questionnaire = make_questionnaire(people, LINES, standard=standard)
    change(people, item(questionnaire, "Q1"), target=4.0, standard_id=standard.id, requirement_code="R1")
    change(people, item(questionnaire, "Q2"), target=50.0)
    wave = make_wave(
        people, questionnaire, open_it=False, first_day=today() - timedelta(days=9), last_day=today()
    )
    fill(people, wave, [(3, 5, "E")] * 30 + [(2, 5, "E")] * 10)
    assert session.scalar(select(func.count()).select_from(Finding)) == 0, "not before the wave is closed"
    waves.close_wave(wave, actor=people.manager)
    work("satisfaction.analyse")
    finding = session.scalars(select(Finding)).one()
    assert (finding.origin, finding.unit_id, finding.requirement_id) == (
        "satisfaction",
        people.north.id,
        requirement.id,
    )
    assert finding.statement_en == "Clean? 2.75 of 5, target 4.00 (North division)"
    assert finding.statement_zh.startswith("整洁吗？")
    figure = finding.figures[0]
    assert (figure["value"], figure["n"], figure["verdict"], figure["target"]) == (2.75, 40, "short", 4.0)
    page.as_(people.manager)
    assert f"/surveys/waves/{wave.id}/results/Q1" in page.get(f"/findings/{finding.id}")
    page.get(f"/surveys/waves/{wave.id}/results/Q1")
    assert "2.75" in page.get(f"/standards/{standard.id}")
    assert "Felt by customers" in page.get(f"/standards/{standard.id}")
    from improvement.operations import tickets

    ticket = tickets.open_ticket(
        title="Clean the counter",
        owner=people.owner,
        verifier=people.approver,
        findings=[finding],
        actor=people.manager,
    )
    option = measures.SurveyMeasure().options(ticket, people.manager)[0]
    assert option.ref == f"survey:{questionnaire.id}:Q1:unit={people.north.id}", (
        "what the finding is about comes first"
    )
    assert measures.SurveyMeasure().options(ticket, people.south_owner) == []
    second = make_wave(people, questionnaire, open_it=False, first_day=today(), last_day=today())
    fill(people, second, [(2, 5, "E")] * 50, "b.csv")
    waves.close_wave(second, actor=people.manager)
    work("satisfaction.analyse")
    assert session.scalars(select(Finding)).one().figures[0]["value"] == 2.0
    text = page.get(f"/surveys/waves/{second.id}/results/Q1")
    assert "Trend over waves" in text
    rows = reports.survey_rows(people.root, today() - timedelta(days=30), today())
    assert [(row.wave_code, row.item_code, row.value) for row in rows if row.item_code == "Q1"] == [
        (wave.code, "Q1", "2.75"),
        (second.code, "Q1", "2.00"),
    ]
    assert reports.survey_rows(people.south, today() - timedelta(days=30), today()) == []


def test_too_few_answers_are_not_judged(people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    change(people, item(questionnaire, "Q1"), target=4.5)
    wave = make_wave(people, questionnaire, open_it=False)
    fill(people, wave, [(1, 5, "E")] * 29)
    waves.close_wave(wave, actor=people.manager)
    work("satisfaction.analyse")
    assert session.scalar(select(func.count()).select_from(Finding)) == 0


def test_an_item_is_a_measure_of_a_ticket(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    wave = make_wave(people, questionnaire, anonymous=False)
    for value in ("5", "4", "3", "1"):
        send(page, str(wave.open_token), Q1=value, Q2=value)
    other = make_wave(people, questionnaire, open_it=False, last_day=today() - timedelta(days=14))
    fill(people, other, [(5, 5, "E")] * 12)
    ref = f"survey:{questionnaire.id}:Q1:unit={people.north.id}"
    provider = improvement_measures.provider_for(ref)
    assert isinstance(provider, measures.SurveyMeasure)
    window = provider.measure(ref, clock.now().date() - timedelta(days=30), clock.now().date())
    assert (window.total.met, window.total.n) == (14, 16)
    assert sum(count.n for _monday, count in window.weeks) == 12, (
        "a week of four is not shown beside anonymous answers"
    )
    assert all(monday.weekday() == 0 for monday, _count in window.weeks)
    recent = provider.measure(ref, clock.now().date() - timedelta(days=3), clock.now().date())
    assert (recent.total.met, recent.total.n) == (2, 4)
    shy = make_wave(people, questionnaire)
    for _ in range(12):
        send(page, str(shy.open_token), Q1="5")
    assert provider.measure(ref, clock.now().date(), clock.now().date()).total.n == 4, (
        "an open anonymous wave does not count"
    )
    waves.close_wave(shy, actor=people.manager)
    assert provider.measure(ref, clock.now().date(), clock.now().date()).total.n == 16
    option = provider.describe(ref)
    assert option is not None
    assert "Share of answers 4–5: Clean?" in option.label_en
    for gone in ("survey:99:Q1:unit=1", f"survey:{questionnaire.id}:T9:unit={people.north.id}", "survey:x"):
        with pytest.raises(LookupError):
            provider.measure(gone, today(), today())
        assert provider.describe(gone) is None
    assert page.as_(people.owner).client.get(provider.rows_url(ref, today(), today())).status_code == 200


# --- states, versions, rights --------------------------------------------------------------------------------


def test_the_table_of_states_is_complete() -> None:
    allowed = {(state.value, verb): step(state, verb) for state in WaveState for verb in STEPS}
    assert {key: str(found.to) for key, found in allowed.items() if found} == {
        ("draft", "open"): "open", ("draft", "close"): "closed", ("open", "close"): "closed", ("closed", "reopen"): "open",
        ("closed", "analyse"): "analysed", ("analysed", "revise"): "closed",
    }  # fmt: skip


def test_a_wave_takes_each_step_only_from_its_state(page: Page, people: People) -> None:
    wave = answered(people, [(5, 5, "E")] * 12)
    page.as_(people.owner)
    page.post(f"/surveys/waves/{wave.id}/analyse", {}, status=422)
    page.post(f"/surveys/waves/{wave.id}/open", {"row_version": "999"}, status=409)
    page.post(f"/surveys/waves/{wave.id}/close", {})
    page.post(f"/surveys/waves/{wave.id}/close", {}, status=422)
    page.get(f"/surveys/waves/{wave.id}/reopen")
    page.post(f"/surveys/waves/{wave.id}/reopen", {"reason": ""}, status=422)
    page.post(f"/surveys/waves/{wave.id}/reopen", {"reason": "more", "last_day": "2001-01-01"}, status=422)
    page.post(f"/surveys/waves/{wave.id}/reopen", {"reason": "more time"})
    page.post(f"/surveys/waves/{wave.id}/close", {})
    page.post(f"/surveys/waves/{wave.id}/analyse", {})
    page.get(f"/surveys/waves/{wave.id}/revise")
    page.post(f"/surveys/waves/{wave.id}/revise", {"reason": "a file came late"})
    assert "more time" in page.get(f"/surveys/waves/{wave.id}")
    assert wave.state == "closed"
    assert "Conclude the analysis" in page.get("/tasks")
    page.post(f"/surveys/waves/{wave.id}/compute", {})


def test_a_version_that_was_asked_stays_as_it_is(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    first = item(questionnaire, "Q1")
    make_wave(people, questionnaire)
    version = queries.get_newest_version(questionnaire.id)
    attempts: list[Callable[[], None]] = [
        lambda: questionnaires.remove_item(first, actor=people.manager),
        lambda: change(people, first, text_en="Other"),
        lambda: questionnaires.move_item(first, by=1, actor=people.manager),
        lambda: questionnaires.change_texts(version, intro_en="x", actor=people.manager),
    ]
    for refused in attempts:
        with pytest.raises(RuleViolation, match="draft a new version"):
            refused()
    page.as_(people.owner)
    page.post(f"/surveys/questionnaires/{questionnaire.id}/draft")
    newest = queries.get_newest_version(questionnaire.id)
    assert newest.number == 2
    assert [each.code for each in queries.list_items(newest.id)] == ["Q1", "Q2", "I1"]
    change(people, item(questionnaire, "Q1"), text_en="Very clean?")
    assert first.text_en == "Clean?"
    page.post(f"/surveys/versions/{newest.id}/discard")
    assert queries.get_newest_version(questionnaire.id).number == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "1Q"}, "code"), ({"code": "q2"}, "code"), ({"text_en": "", "text_zh": ""}, "text_en"), ({"kind": "servqual"}, "second_en"),
        ({"points": 6}, "points"), ({"kind": "choice", "options": [{"en": "one", "zh": ""}]}, "options"), ({"target": 9.0}, "target"),
        ({"kind": "nps", "target": 101.0}, "target"), ({"kind": "nonsense"}, "kind"),
    ],
)  # fmt: skip
def test_an_item_that_makes_no_sense_is_refused_at_its_field(
    people: People, values: dict[str, Any], field: str
) -> None:
    questionnaire = make_questionnaire(people, LINES)
    with pytest.raises(RuleViolation) as refused:
        change(people, item(questionnaire, "Q1"), **values)
    assert refused.value.field == field


def test_many_items_come_in_all_or_none_and_a_fault_names_its_line(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    version = queries.get_newest_version(questionnaire.id)
    page.as_(people.owner)
    for lines, said in (
        ("A | scale | x\nB | guess | y", "Line 2: Choose the kind"), ("A | scale | x\na | nps | y", "Line 2: This code stands"),
        ("A | kano | x", "Line 1: Write the other side"), ("A | scale/6 | x", "5, 7 or 10"), ("A | choice | x", "one by one"),
    ):  # fmt: skip
        assert (
            said in page.post(f"/surveys/versions/{version.id}/items/many", {"lines": lines}, status=422).text
        )
    assert len(queries.list_items(version.id)) == 3


def test_what_people_wrote_is_for_few(page: Page, people: People) -> None:
    wave = make_wave(people, make_questionnaire(people, "T1 | text | More?"))
    send(page, str(wave.open_token), T1="The man at window 3 was rude")
    for key, status in (
        ("owner", 200),
        ("manager", 200),
        ("handler", 200),
        ("staff", 403),
        ("auditor", 403),
        ("visitor", 403),
        ("south_owner", 403),
    ):
        page.as_(getattr(people, key)).get(f"/surveys/waves/{wave.id}/texts", status=status)


def test_another_division_s_surveys_are_closed(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    wave = make_wave(people, questionnaire)
    page.as_(people.south_owner)
    for address in (
        f"/surveys/waves/{wave.id}",
        f"/surveys/waves/{wave.id}/results",
        f"/surveys/questionnaires/{questionnaire.id}",
    ):
        page.get(address, status=403)
    assert "Autumn" not in page.get("/surveys")
    with pytest.raises(NotPermitted):
        waves.close_wave(wave, actor=people.south_owner)
    with pytest.raises(NotPermitted):
        waves.close_wave(wave, actor=people.staff)
    assert sheet.load(wave).size == 0
