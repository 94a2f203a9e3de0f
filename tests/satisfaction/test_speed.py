"""What the pages of surveys cost, counted: statements, however many rows there are."""

from collections.abc import Callable

from core.db import session
from improvement.models import Finding
from satisfaction.models import SurveyItem
from tests.page import Page
from tests.people import People
from tests.satisfaction.answered import answered
from tests.satisfaction.builders import answer_form, item, make_questionnaire, make_wave
from tests.statements import counted

LINES = "\n".join(f"Q{n} | scale | Question {n}? | 问题{n}？" for n in range(1, 21))


def cost(action: Callable[[], object]) -> int:
    action()
    with counted() as statements:
        action()
    return len(statements)


def test_more_waves_and_questionnaires_cost_no_more_statements(page: Page, people: People) -> None:
    page.as_(people.manager)
    addresses = ["/surveys", "/surveys/questionnaires", "/tasks", "/search?q=SUR"]
    costs: list[list[int]] = []
    for number in (3, 27):
        for _ in range(number):
            make_wave(people, make_questionnaire(people, "Q1 | nps | Recommend?"))
        session.expire_all()
        costs.append([cost(lambda address=address: page.get(address)) for address in addresses])  # type: ignore[misc]  # bound at once
    assert costs[0] == costs[1]
    assert max(costs[1][:2]) <= 8


def test_more_items_and_answers_cost_no_more_statements(page: Page, people: People) -> None:
    costs = []
    for lines, rows in (("\n".join(LINES.splitlines()[:3]), 12), (LINES, 60)):
        questionnaire = make_questionnaire(people, lines)
        wave = make_wave(people, questionnaire)
        filled = answered(people, [(n % 5 + 1, 5, "EW"[n % 2]) for n in range(rows)])
        page.as_(people.manager)
        addresses = [
            f"/surveys/questionnaires/{questionnaire.id}",
            f"/surveys/waves/{wave.id}",
            f"/surveys/waves/{filled.id}/results",
            f"/surveys/waves/{filled.id}/groups?by=col:branch",
            f"/surveys/waves/{filled.id}/results/Q1",
        ]
        costs.append([cost(lambda address=address: page.get(address)) for address in addresses])  # type: ignore[misc]  # bound at once
    assert costs[0] == costs[1]
    assert max(costs[1]) <= 16
    assert session.query(Finding).count() == 0


def test_a_respondent_costs_one_statement_to_read_and_few_to_send(page: Page, people: People) -> None:
    wave = make_wave(people, make_questionnaire(people, LINES))
    token = str(wave.open_token)
    page.as_(None)
    page.get(f"/s/{token}")
    page.as_(None)
    with counted() as statements:
        text = page.get(f"/s/{token}")
    assert len(statements) == 1, "\n".join(statements)
    assert len(text.encode()) < 40_000
    form = answer_form(page, token) | {f"Q{n}": "4" for n in range(1, 21)}
    with counted() as statements:
        page.post(f"/s/{token}", form)
    assert len(statements) <= 8, "\n".join(statements)


def test_a_clash_in_the_editor_shows_both_texts(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    thing: SurveyItem = item(questionnaire, "Q1")
    seen = thing.version.row_version
    page.as_(people.owner)
    form = {
        "kind": "scale",
        "code": "Q1",
        "text_en": "First wording?",
        "points": "5",
        "top": "2",
        "requirement": "",
        "about_code": "",
    }
    page.post(f"/surveys/items/{thing.id}", form | {"row_version": str(seen)})
    clash = page.post(
        f"/surveys/items/{thing.id}",
        form | {"text_en": "Second wording?", "row_version": str(seen)},
        status=409,
    )
    assert "First" in clash.text
    assert "Second" in clash.text
