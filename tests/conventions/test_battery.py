"""Hostile input to every route: no answer of the product may be a crash."""

from typing import Any

import pytest
from flask import Flask

from tests.conventions import records
from tests.conventions.test_access import address, routes
from tests.page import Page
from tests.people import People

#: digits that are no number, a number larger than any record's, markup and templates, a number that is none
VALUES = ("\u00b2", "9" * 23, "a\x00b", "\"><svg/onload=alert(1)>{{7*7}}' OR 1=1--", "nan")
PARAMETERS = (
    "adopted", "after", "amount", "before", "cell", "clause", "code", "cols", "days", "fresh_days", "first",
    "framework", "from", "grade", "id", "kind", "last", "left", "log", "metric_ref", "mine", "next", "only",
    "outcome", "owner", "page", "parts", "person", "q", "requirement", "right", "show", "sort", "standard", "start",
    "state", "under", "unit", "window", "year",
    "handler", "month", "order", "section", "severity", "since", "slot", "time", "topic",
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_no_page_crashes_on_what_stands_in_its_address(
    app: Flask, page: Page, people: People, value: str
) -> None:
    """The test client passes a crash on, so an answer at all is no crash."""
    known = records.make(people)
    given = dict.fromkeys(PARAMETERS, value)
    page.as_(people.manager)
    for kind in ("standard", "clause", "requirement"):
        answer = page.client.get("/findings/new", query_string={"about": f"{kind}:{value}:{value}"})
        assert answer.status_code in {200, 400, 404}, (kind, value)
    assert page.client.get("/trail", query_string={"object": f"finding:{value}"}).status_code in {200, 400}
    for rule in routes(app, "GET"):
        if rule.endpoint in {"accounts.sign_in", "certification.download"}:
            continue
        answer = page.client.get(address(app, rule, known), query_string=given)
        answer.close()
        assert answer.status_code < 500, (rule.endpoint, value)
        if answer.mimetype == "text/html":
            assert "<svg/onload" not in answer.text, rule.endpoint
        location = answer.headers.get("Location", "")
        assert not location.startswith(("//", "http")), (rule.endpoint, location)


def test_numbers_larger_than_a_record_has_lead_nowhere(app: Flask, page: Page, people: People) -> None:
    known = records.make(people)
    page.as_(people.manager)
    large: dict[str, Any] = {
        name: 2**31 - 1 if isinstance(value, int) else value for name, value in known.items()
    }
    for method in ("GET", "POST"):
        for rule in routes(app, method):
            numbers = [name for name in rule.arguments if isinstance(known[name], int)]
            url = address(app, rule, large)
            for digits in ("9" * 10, "9" * 30) if numbers else ():
                answer = page.client.open(url.replace(str(2**31 - 1), digits), method=method)
                assert answer.status_code in {404, 405}, (method, url, digits, answer.status_code)


def test_no_answer_is_sniffed(app: Flask, page: Page) -> None:
    from re import findall

    text = page.client.get("/sign-in").text
    for url in [*findall(r'(?:href|src)="(/assets/[^"]+)"', text), "/sign-in", "/health", "/nowhere"]:
        answer = page.client.get(url)
        answer.close()
        assert answer.headers["X-Content-Type-Options"] == "nosniff", url


def test_a_form_without_files_is_bounded_before_anybody_reads_it(app: Flask, page: Page) -> None:
    answer = page.client.post("/sign-in", data={"email": "a" * 2_100_000, "password": "x"})
    assert answer.status_code == 413
    assert "2 MB" in answer.text.replace("\u00a0", " ")
