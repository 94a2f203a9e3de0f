"""Lists: sort, filter, search, page, columns and export, whatever stands in the address."""

import csv
import io

import openpyxl
import pytest

from accounts import operations
from core.db import session
from tests.page import Page
from tests.people import People
from tests.statements import counted


def names(text: str) -> list[str]:
    import re

    return re.findall(r'<a href="/people/\d+">([^<]+)</a>', text)


def add(people: People, count: int, prefix: str = "Person") -> None:
    for number in range(count):
        operations.add_person(
            email=f"{prefix}{number}@example.org".lower().replace(" ", ""),
            name=f"{prefix} {number:03d}",
            unit=people.south,
            actor=None,
        )
    session.commit()


def test_sorting_both_ways_and_by_an_unknown_key(page: Page, people: People) -> None:
    page.as_(people.admin)
    upwards = names(page.get("/people?sort=name"))
    assert upwards == sorted(upwards)
    assert names(page.get("/people?sort=-name")) == upwards[::-1]
    for key in ("nonsense", "-nonsense", "roles", "name;DROP TABLE person", "", "-"):
        assert names(page.get("/people", query_string={"sort": key})) == upwards
    assert 'aria-sort="descending"' in page.get("/people?sort=-name")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("100%", ["100% Sure"]),
        ("under_score", ["Under_score"]),
        ("back\\slash", ["Back\\slash"]),
        ("%", ["100% Sure"]),
        ("_", ["Sun Owner", "Under_score"]),
        ("SURE 100", ["100% Sure"]),
        ("'; --", []),
    ],
)
def test_wildcards_are_searched_for_literally(
    page: Page, people: People, words: str, found: list[str]
) -> None:
    for number, name in enumerate(("100% Sure", "Under_score", "Back\\slash", "Plain")):
        operations.add_person(email=f"w{number}@x.org", name=name, unit=people.south, actor=None)
    session.commit()
    page.as_(people.admin)
    assert names(page.get("/people", query_string={"q": words})) == found


def test_an_address_with_a_nul_is_refused_before_anything_reads_it(page: Page, people: People) -> None:
    page.as_(people.admin)
    page.get("/people", query_string={"q": "\x00"}, status=400)


def test_pages_of_fifty(page: Page, people: People) -> None:
    add(people, 60)
    page.as_(people.admin)
    first, second = names(page.get("/people")), names(page.get("/people?page=2"))
    assert (len(first), len(second)) == (50, 20)
    assert not set(first) & set(second)
    assert names(page.get("/people?page=99")) == second
    for wrong in ("0", "-3", "x", "9" * 30):
        assert names(page.get(f"/people?page={wrong}")) in (first, second)


INJECTIONS = (
    "' OR 1=1 --",
    '"; DROP TABLE person; --',
    "1) UNION SELECT password_hash FROM person --",
    "%27",
    "{{7*7}}",
    "<script>alert(1)</script>",
)


@pytest.mark.parametrize(
    "parameter", ["sort", "q", "unit", "role", "active", "cols", "page", "export", "lang"]
)
def test_what_stands_in_the_address_is_never_run(page: Page, people: People, parameter: str) -> None:
    page.as_(people.admin)
    for value in INJECTIONS:
        answer = page.client.get("/people", query_string={parameter: value})
        text = answer.text
        assert answer.status_code == 200
        assert "<script>alert" not in text
        assert "argon2" not in text
    assert len(names(page.get("/people"))) == 10


def test_nothing_matches_says_which_filters(page: Page, people: People) -> None:
    page.as_(people.admin)
    text = page.get("/people?role=visiting_auditor&q=nobody+here")
    assert "Nothing matches these filters" in text
    assert "Role: Visiting auditor" in text
    assert "nobody here" in text


def test_exports_are_what_is_shown_and_nothing_in_them_runs(page: Page, people: People) -> None:
    for number, name in enumerate(("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "＝全角")):
        operations.add_person(email=f"f{number}@x.org", name=name, unit=people.south, actor=None)
    session.commit()
    page.as_(people.admin)
    text = page.get("/people?export=csv&q=x.org&cols=name,email")
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert rows[0] == ["Name", "E-mail"]
    assert len(rows) == 6
    assert all(row[0].startswith("'") for row in rows[1:])
    answer = page.client.get("/people?export=xlsx&q=x.org&cols=name,email")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.active is not None
    assert {cell.data_type for row in book.active.iter_rows(min_row=2) for cell in row} == {"s"}
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_list_costs_the_same_statements_with_3_and_30_rows(page: Page, people: People) -> None:
    page.as_(people.admin)

    def cost(url: str) -> int:
        with counted() as statements:
            page.get(url)
        return len(statements)

    urls = ("/people?q=person", "/trail?q=person", "/outbox")
    add(people, 3)
    for url in urls:
        cost(url)
    few = [cost(url) for url in urls]
    add(people, 27, "Person x")
    assert [cost(url) for url in urls] == few
