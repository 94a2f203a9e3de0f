"""States of waves and versions, and who may do and read what."""

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import NotPermitted, RuleViolation
from satisfaction import sheet
from satisfaction.operations import questionnaires, waves
from satisfaction.queries import questionnaires as queries
from satisfaction.rules.waves import STEPS, WaveState, step
from tests.page import Page
from tests.people import People
from tests.satisfaction.answered import LINES, answered
from tests.satisfaction.builders import change, item, make_questionnaire, make_wave, send


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
