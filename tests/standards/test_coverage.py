"""The matrix: what a cell says, its pop-over, exports, the fixed price, the summary for certification."""

import csv
import io

import pytest
from flask import Flask
from openpyxl import load_workbook

from core.db import session
from core.figures import Figure
from standards import proof
from standards.operations import mapping as operations
from standards.queries.frameworks import get_framework
from standards.reports import coverage as reports
from standards.rules.coverage import (
    Decision,
    Status,
    bar_of,
    cell_status,
    is_override,
    nearest,
    over_standards,
)
from tests.page import Page
from tests.people import People
from tests.standards.clause_rows import clause, load, make_standard, statements

WHY = "Each case has a state that is told on request."
URL = "/frameworks/iso-10002-2018/coverage"


@pytest.mark.parametrize(
    ("degrees", "applicable", "judgement", "expected"),
    [
        (["full"], True, "", Status.addressed),
        (["partial", "full"], True, "", Status.addressed),
        (["partial"], True, "", Status.partly),
        (["supports"], True, "", Status.partly),
        ([], True, "", Status.not_assessed),
        ([], True, "not_addressed", Status.not_addressed),
        (["full"], True, "not_addressed", Status.not_addressed),
        (["supports"], True, "addressed", Status.addressed),
        (["full"], False, "", Status.not_applicable),
        ([], False, "not_addressed", Status.not_applicable),
    ],
)
def test_status_of_a_cell(degrees: list[str], applicable: bool, judgement: str, expected: Status) -> None:
    assert cell_status(degrees, applicable=applicable, judgement=judgement) is expected


def test_only_a_contradiction_is_an_override() -> None:
    assert is_override(["full"], "partly")
    assert not is_override(["full"], "addressed")
    assert not is_override([], "not_addressed")
    assert not is_override(["full"], "")


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([Status.not_addressed, Status.addressed], Status.addressed),
        ([Status.not_addressed, Status.partly, Status.not_applicable], Status.partly),
        ([Status.not_assessed, Status.not_addressed], Status.not_addressed),
        ([Status.not_applicable, Status.not_applicable], Status.not_applicable),
        ([Status.not_applicable, Status.not_assessed], Status.not_assessed),
        ([], Status.not_assessed),
    ],
)
def test_one_standard_that_addresses_a_clause_suffices(statuses: list[Status], expected: Status) -> None:
    assert over_standards(statuses) is expected


def test_the_bar_counts_what_is_applicable_and_assessed() -> None:
    bar = bar_of([Status.addressed] * 6 + [Status.partly, Status.not_applicable, Status.not_assessed])
    assert (bar.addressed, bar.total) == (6, 7)
    assert sum(bar.parts) == pytest.approx(100)
    assert bar_of([Status.not_assessed]).parts == (0.0, 0.0, 0.0)


def test_the_nearest_unit_decides() -> None:
    def said(path: str, *, applicable: bool) -> Decision:
        return Decision(path, applicable, adopted=False, judgement="", justification="")

    decisions = {"/1/": said("/1/", applicable=False), "/1/2/": said("/1/2/", applicable=True)}
    assert nearest(decisions, "/1/2/3/") == decisions["/1/2/"]
    assert nearest(decisions, "/1/4/") == decisions["/1/"]
    assert nearest({}, "/1/4/") is None
    assert nearest({"/1/2/": decisions["/1/2/"]}, "/1/21/") is None


# --- the matrix ----------------------------------------------------------------------------------------------


def table(app: Flask, people: People) -> tuple[str, str]:
    """Two standards in force: one of the organisation, one of the north; and a draft that does not count."""
    load("iso-10002-2018")
    first, _version, (one, two) = make_standard(people.root, people.manager, title="Hotline")
    second, _version, (three, _four) = make_standard(people.north, people.owner)
    _draft, _version, (drafted, _other) = make_standard(people.root, people.manager, state="draft")
    for requirement, number, degree in (
        (one, "7.3", "full"),
        (two, "7.3", "partial"),
        (three, "7.4", "supports"),
        (drafted, "7.8", "full"),
    ):
        operations.map_requirement(
            requirement, clause(number), degree=degree, rationale_en=WHY, actor=people.auditor
        )
    session.commit()
    return first.code, second.code


def test_cells_count_what_is_in_force(app: Flask, people: People) -> None:
    first, second = table(app, people)
    found = reports.matrix(
        get_framework("iso-10002-2018"), unit=None, root_path=people.root.path, actor=people.manager
    )
    assert [held.standard.code for held in found.standards] == [first, second]
    rows = {row.clause.number: row for row in found.rows}
    assert [(cell.status, cell.count) for cell in rows["7.3"].cells] == [
        (Status.addressed, 2),
        (Status.not_assessed, 0),
    ]
    assert rows["7.4"].cells[1].status is Status.partly
    assert {cell.status for cell in rows["7.8"].cells} == {Status.not_assessed}
    assert rows["7"].is_group


def test_a_unit_sees_its_own_standards_and_those_above(app: Flask, people: People) -> None:
    first, second = table(app, people)
    codes = {
        unit.code: [held.standard.code for held in reports.standards_in_force(unit)]
        for unit in (people.root, people.north, people.lights, people.south)
    }
    assert codes == {
        "ORG": [first, second],
        "NORTH": [first, second],
        "LIGHTS": [first, second],
        "SOUTH": [first],
    }


def test_the_page_shows_marks_numbers_and_legend(app: Flask, people: People, page: Page) -> None:
    first, _second = table(app, people)
    text = page.as_(people.staff).get(URL)
    assert f'aria-label="7.3, {first}: addressed, 2 requirements"' in text
    assert f'value="7.3~{first}"' in text
    assert "Number: requirements mapped" in text
    assert "GB/T 19012-2019" in text
    assert "Assess next gap" not in text
    assert "Assess next gap" in page.as_(people.auditor).get(URL)
    assert "已覆盖" in page.get(f"{URL}?lang=zh")


def test_filters(app: Flask, people: People, page: Page) -> None:
    first, second = table(app, people)
    operations.judge(
        clause("7.5"),
        standard_of(first),
        status="not_addressed",
        justification="Nobody assesses.",
        degrees=[],
        seen=None,
        actor=people.manager,
    )
    operations.decide_applicability(
        clause("7.3"),
        people.root,
        applicable=True,
        adopted=True,
        justification="",
        seen=None,
        actor=people.manager,
    )
    session.commit()
    page.as_(people.manager)
    gaps = page.get(f"{URL}?show=gaps")
    assert 'id="c-7.5"' in gaps
    assert 'id="c-7.3"' not in gaps
    adopted = page.get(f"{URL}?adopted=1")
    assert 'id="c-7.3"' in adopted
    assert 'id="c-7.5"' not in adopted
    south = page.get(f"{URL}?unit={people.south.id}")
    assert first in south
    assert second not in south
    page.get(f"{URL}?unit=99999", status=404)
    assert "Nothing matches" in page.get(f"{URL}?show=gaps&adopted=1")


def standard_of(code: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 - a small helper of this file
    from standards.queries.standards import find_standard_by_code

    found = find_standard_by_code(code)
    assert found is not None
    return found


def test_the_pop_over_gives_reasons_and_next_actions(app: Flask, people: People, page: Page) -> None:
    first, second = table(app, people)
    cell = f"/frameworks/iso-10002-2018/cell?cell=7.3~{first}"
    page.as_(people.auditor)
    text = page.get(cell, headers={"HX-Request": "true"})
    assert text.lstrip().startswith('<div class="pop"')
    assert f"R1 addresses it in full: {WHY}" in text
    assert "R2 addresses part of it" in text
    assert "Assessed by Aki Auditor" in text
    assert "Reassess" in text
    assert "Add a requirement" not in text  # auditors don't write
    assert "<h1" in page.get(cell)  # the same without script, as a page
    empty = page.get(f"/frameworks/iso-10002-2018/cell?cell=7.3~{second}", headers={"HX-Request": "true"})
    assert "No requirement of this standard is mapped" in empty
    staff = page.as_(people.staff).get(cell, headers={"HX-Request": "true"})
    assert "Reassess" not in staff
    assert "Map existing" not in staff
    page.get("/frameworks/iso-10002-2018/cell?cell=7.3~STD-9999", status=404)
    page.get(f"/frameworks/iso-10002-2018/cell?cell=7~{first}", status=404)
    page.get("/frameworks/iso-10002-2018/cell", status=404)


def test_a_requirement_that_is_short_says_so(
    app: Flask, people: People, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = table(app, people)
    figure = Figure(0.712, 500, 0.67, 0.75, "wilson", target=0.85, verdict="short")
    short = proof.Proof(figure, (), "/delivery/cases", "/delivery/how")
    monkeypatch.setattr(proof, "_providers", [lambda _standard, _version, _person: {"R1": short}])
    text = page.as_(people.manager).get(
        f"/frameworks/iso-10002-2018/cell?cell=7.3~{first}", headers={"HX-Request": "true"}
    )
    assert "R1 addresses it in full, and is short: 71.2%, target ≥\u00a085%." in text
    assert 'href="/delivery/cases"' in text


def test_exports(app: Flask, people: People, page: Page) -> None:
    first, _second = table(app, people)
    page.as_(people.staff)
    page.get(f"{URL}?export=csv")
    assert page.response is not None
    rows = list(csv.reader(io.StringIO(page.response.data.decode("utf-8-sig"))))
    assert rows[0][3] == f"{first} Hotline"
    line = next(row for row in rows if row[0] == "7.3")
    assert line[3:] == ["addressed (2)", "not assessed", "1", "1"]
    sheet = load_workbook(io.BytesIO(page.client.get(f"{URL}?export=xlsx&show=todo").data)).active
    assert sheet is not None
    assert sheet.cell(1, 1).value == "Clause"


def test_the_matrix_costs_the_same_with_3_and_30_standards(app: Flask, people: People, page: Page) -> None:
    load("iso-10002-2018")

    def more(count: int) -> None:
        for _number in range(count):
            _standard, _version, (one, two) = make_standard(people.north, people.owner)
            operations.map_requirement(
                one, clause("7.3"), degree="full", rationale_en=WHY, actor=people.auditor
            )
            operations.map_requirement(
                two, clause("7.4"), degree="partial", rationale_en=WHY, actor=people.auditor
            )
        session.commit()

    more(3)
    page.as_(people.auditor).get(URL)
    few = statements(lambda: page.get(URL))
    clause_few = statements(lambda: page.get("/frameworks/iso-10002-2018/clauses/7.3"))
    more(27)
    assert statements(lambda: page.get(URL)) == few
    assert statements(lambda: page.get("/frameworks/iso-10002-2018/clauses/7.3")) == clause_few
    assert few <= 14


def test_a_visiting_auditor_sees_only_standards_of_the_visit(app: Flask, people: People, page: Page) -> None:
    from accounts import operations as accounts
    from accounts.rules import Role

    first, second = table(app, people)
    guest = accounts.add_person(
        email="guest@example.org",
        name="Gus Guest",
        unit=people.south,
        password="a long enough word",
        actor=None,
    )
    accounts.grant(guest, Role.visiting_auditor, people.north, actor=None)
    session.commit()
    text = page.as_(guest).get(URL)
    assert second in text
    assert first not in text
    page.get(f"/frameworks/iso-10002-2018/cell?cell=7.3~{first}", status=404)


def test_the_summary_for_certification(app: Flask, people: People) -> None:
    first, _second = table(app, people)
    operations.decide_applicability(
        clause("7.9"),
        people.north,
        applicable=False,
        adopted=False,
        justification="Cases are closed centrally.",
        seen=None,
        actor=people.manager,
    )
    operations.decide_applicability(
        clause("7.3"),
        people.root,
        applicable=True,
        adopted=True,
        justification="Promised.",
        seen=None,
        actor=people.manager,
    )
    found = {
        item.clause.number: item
        for item in reports.clause_statuses(get_framework("iso-10002-2018"), people.lights)
    }
    assert len(found) == 44
    tracking = found["7.3"]
    assert (tracking.status, tracking.adopted, tracking.applicable) == (Status.addressed, True, True)
    assert {item.requirement.code for item in tracking.requirements} == {"R1", "R2"}
    assert tracking.requirements[0].standard.code == first
    closing = found["7.9"]
    assert (closing.status, closing.applicable) == (Status.not_applicable, False)
    assert closing.justification == "Cases are closed centrally."
    south = {
        item.clause.number: item.status
        for item in reports.clause_statuses(get_framework("iso-10002-2018"), people.south)
    }
    assert south["7.9"] is Status.not_assessed
