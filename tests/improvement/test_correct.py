"""A finding's words can be put right until it is triaged."""

import pytest

from core import trail
from core.db import session
from core.errors import NotPermitted, RuleViolation
from improvement.operations import findings as operations
from improvement.queries import findings as queries
from improvement.rules.findings import Grade, Origin
from tests.page import Page
from tests.people import People


def made(people: People, origin: Origin = Origin.person) -> int:
    finding = operations.raise_finding(
        origin=origin,
        grade=Grade.signal,
        unit=people.south,
        actor=people.staff,
        statement_en="A quue of nine",
    )
    session.commit()
    return finding.id


def form(finding_id: int, **more: str) -> dict[str, str]:
    found = queries.get_finding(finding_id)
    return {
        "row_version": str(found.row_version),
        "statement_en": found.statement_en,
        "unit_id": str(found.unit_id),
        **more,
    }


def test_who_recorded_it_corrects_it_and_the_trail_keeps_the_words(page: Page, people: People) -> None:
    number = made(people)
    page.as_(people.staff)
    assert ">Correct</a>" in page.get(f"/findings/{number}")
    page.get(f"/findings/{number}/edit")
    page.post(f"/findings/{number}/edit", form(number, statement_en="A queue of nine", detail="At noon."))
    assert "A queue of nine" in page.follow()
    found = queries.get_finding(number)
    assert (found.statement_en, found.detail, found.row_version) == ("A queue of nine", "At noon.", 2)
    entry = trail.history(found)[0]
    assert entry.action == "finding.corrected"
    assert entry.differences["statement_en"] == ["A quue of nine", "A queue of nine"]


def test_a_unit_is_corrected_by_its_name(page: Page, people: People) -> None:
    number = made(people)
    page.as_(people.manager).post(f"/findings/{number}/edit", form(number, unit_id=str(people.north.id)))
    entry = trail.history(queries.get_finding(number))[0]
    assert entry.differences == {"unit": [people.south.name_en, people.north.name_en]}


def test_nothing_changed_leaves_no_entry(page: Page, people: People) -> None:
    number = made(people)
    page.as_(people.staff).post(f"/findings/{number}/edit", form(number))
    assert [entry.action for entry in trail.history(queries.get_finding(number))] == ["finding.raised"]


def test_two_editors_see_both_texts(page: Page, people: People) -> None:
    number = made(people)
    old = form(number, statement_en="Mine")
    page.as_(people.manager).post(f"/findings/{number}/edit", form(number, statement_en="Theirs"))
    page.as_(people.staff).post(f"/findings/{number}/edit", old, status=409)
    assert queries.get_finding(number).statement_en == "Theirs"


def test_an_empty_sentence_is_refused_at_its_field(page: Page, people: People) -> None:
    number = made(people)
    page.as_(people.staff).post(f"/findings/{number}/edit", form(number, statement_en=""), status=422)


def test_what_was_measured_or_triaged_stays(page: Page, people: People) -> None:
    measured = queries.get_finding(made(people, origin=Origin.delivery))
    with pytest.raises(RuleViolation, match="stay as they are"):
        operations.correct(measured, unit=people.south, statement_en="Other", actor=people.manager)
    triaged = queries.get_finding(made(people))
    operations.dismiss(triaged, reason="Seen twice.", actor=people.manager)
    session.commit()
    page.as_(people.staff).post(
        f"/findings/{triaged.id}/edit", form(triaged.id, statement_en="Other"), status=422
    )


def test_a_stranger_may_not(people: People) -> None:
    number = made(people)
    with pytest.raises(NotPermitted):
        queries.get_finding_to_correct(people.auditor, number)
