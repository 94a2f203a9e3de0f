"""What applies where, what is adopted as a criterion, what people judge."""

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import session
from core.errors import EditConflict, RuleViolation
from core.trail import TrailEntry
from standards.models import Applicability
from standards.operations import mapping as operations
from standards.reports import coverage as reports
from standards.rules.coverage import Status
from tests.page import Page
from tests.people import People
from tests.standards.clause_rows import clause, load, make_standard

WHY = "Each case has a state that is told on request."


def decide(people: People, number: str, **values: object) -> Applicability:
    given: dict[str, object] = {
        "applicable": True,
        "adopted": False,
        "justification": "",
        "seen": None,
        "code": "iso-10002-2018",
        "unit": people.root,
        **values,
    }
    found = clause(number, str(given.pop("code")))
    unit = given.pop("unit")
    return operations.decide_applicability(found, unit, actor=people.manager, **given)  # type: ignore[arg-type]  # a table of values


@pytest.mark.parametrize(
    ("number", "values", "field"),
    [
        ("7.3", {"applicable": False}, "justification"),
        ("7.3", {"applicable": False, "adopted": True, "justification": "x"}, "adopted"),
        ("9.1.2", {"adopted": True, "code": "iso-9001-2015"}, "adopted"),
        ("7", {}, None),
    ],
)
def test_what_a_decision_needs(
    app: Flask, people: People, number: str, values: dict[str, object], field: str | None
) -> None:
    load("iso-10002-2018", "iso-9001-2015")
    with pytest.raises(RuleViolation) as refusal:
        decide(people, number, **values)
    assert refusal.value.field == field


def test_a_decision_holds_below_until_a_unit_decides_otherwise(app: Flask, people: People) -> None:
    load("iso-10002-2018")
    decide(people, "7.3", applicable=False, justification="No complaints are taken here.")
    decide(people, "7.3", unit=people.lights, justification="The team takes them by phone.")
    status = {
        unit.code: reports.clause_status(clause("7.3"), unit).status
        for unit in (people.root, people.north, people.lights)
    }
    assert status == {
        "ORG": Status.not_applicable,
        "NORTH": Status.not_applicable,
        "LIGHTS": Status.not_assessed,
    }


def test_a_judgement_overrides_what_is_computed_and_is_recorded_as_such(app: Flask, people: People) -> None:
    load("iso-10002-2018")
    standard, version, (first, _second) = make_standard(people.root, people.manager)
    operations.map_requirement(first, clause("7.3"), degree="full", rationale_en=WHY, actor=people.manager)
    with pytest.raises(RuleViolation) as refusal:
        judge(people, standard, "partly", "")
    assert refusal.value.field == "justification"
    judge(people, standard, "partly", "Only by phone.")
    session.commit()
    cell = reports.one_cell(clause("7.3"), standard, version)
    assert (cell.status, cell.computed, cell.overridden) == (Status.partly, Status.addressed, True)
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action.like("clause.%"))).one()
    assert (entry.action, entry.reason) == ("clause.overridden", "Only by phone.")
    assert entry.differences["judgement"] == ["", "partly"]
    seen = session.scalars(select(Applicability)).one().row_version
    judge(people, standard, "", "", seen=seen)
    assert reports.one_cell(clause("7.3"), standard, version).status is Status.addressed


def judge(people: People, standard, status: str, why: str, *, seen: int | None = None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - a small helper of this file
    return operations.judge(
        clause("7.3"),
        standard,
        status=status,
        justification=why,
        degrees=["full"],
        seen=seen,
        actor=people.auditor,
    )


def test_an_empty_cell_judged_not_addressed_is_no_override(app: Flask, people: People) -> None:
    load("iso-10002-2018")
    standard, version, _rows = make_standard(people.root, people.manager)
    operations.judge(
        clause("7.3"),
        standard,
        status="not_addressed",
        justification="Nothing says so.",
        degrees=[],
        seen=None,
        actor=people.auditor,
    )
    session.commit()
    cell = reports.one_cell(clause("7.3"), standard, version)
    assert (cell.status, cell.overridden) == (Status.not_addressed, False)
    assert session.scalars(select(TrailEntry.action).where(TrailEntry.action.like("clause.%"))).one() == (
        "clause.judged"
    )


def test_two_people_don_t_overwrite_each_other(app: Flask, people: People) -> None:
    load("iso-10002-2018")
    standard, _version, _rows = make_standard(people.root, people.manager)
    judge(people, standard, "partly", "By phone.")
    with pytest.raises(EditConflict):
        judge(people, standard, "addressed", "From a form made before.")
    decide(people, "7.4", adopted=True)
    with pytest.raises(EditConflict):
        decide(people, "7.4", applicable=False, justification="Late.", seen=None)


# --- pages ---------------------------------------------------------------------------------------------------


def test_judging_on_the_page(app: Flask, people: People, page: Page) -> None:
    load("iso-10002-2018")
    standard, _version, _rows = make_standard(people.north, people.owner)
    url = f"/frameworks/iso-10002-2018/clauses/7.3/judge?standard={standard.code}&show=open"
    page.as_(people.auditor).get(url)
    answer = page.post(url, {"status": "not_addressed"}, status=422)
    assert "Say what the judgement rests on." in answer.text
    page.post(url, {"status": "not_addressed", "justification": "Nothing says when."})
    assert page.response is not None
    assert page.response.location.endswith("show=open#c-7.3")
    assert f'aria-label="7.3, {standard.code}: not addressed"' in page.follow()
    assert "Nothing says when." in page.get(url)
    for person in (people.owner, people.staff, people.visitor):
        page.as_(person).get(url, status=403)
        page.post(url, {"status": "addressed", "justification": "x"}, status=403)


def test_deciding_on_the_page(app: Flask, people: People, page: Page) -> None:
    load("iso-10002-2018", "iso-9001-2015")
    url = f"/frameworks/iso-10002-2018/clauses/7.3/applicability?unit={people.north.id}"
    page.as_(people.manager).get(url)
    answer = page.post(url, {"applicable": "no"}, status=422)
    assert "Say why the clause does not apply here." in answer.text
    page.post(url, {"applicable": "yes", "adopted": "y", "justification": "Charter."})
    assert "adopted as criterion" in page.follow()
    text = page.get("/frameworks/iso-9001-2015/clauses/9.1.2/applicability")
    assert "Adopted as a criterion" not in text
    page.as_(people.owner).get(url, status=403)


def test_a_judge_of_one_unit_can_t_decide_for_another(app: Flask, people: People, page: Page) -> None:
    from accounts import operations as accounts
    from accounts.rules import Role

    load("iso-10002-2018")
    standard, _version, _rows = make_standard(people.north, people.owner)
    local = accounts.add_person(
        email="local@example.org",
        name="Lo Local",
        unit=people.south,
        password="a long enough word",
        actor=None,
    )
    accounts.grant(local, Role.auditor, people.south, actor=None)
    session.commit()
    page.as_(local)
    page.get(f"/frameworks/iso-10002-2018/clauses/7.3/applicability?unit={people.north.id}", status=403)
    page.get(f"/frameworks/iso-10002-2018/clauses/7.3/judge?standard={standard.code}", status=403)
    page.get(f"/frameworks/iso-10002-2018/clauses/7.3/applicability?unit={people.south.id}")
