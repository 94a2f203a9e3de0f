"""Requests: headers, pages for errors, reading that never writes."""

import re
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy.orm.exc import StaleDataError

from accounts import queries
from core import web
from core.db import session
from core.errors import EditConflict
from core.trail import head
from tests.page import Page
from tests.people import PASSWORD, People


def test_every_answer_carries_the_headers_that_protect(page: Page, people: People) -> None:
    page.as_(people.manager)
    for url in ("/", "/sign-in", "/nowhere", "/people"):
        headers = page.client.get(url).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(page: Page, people: People) -> None:
    answer = page.as_(None).client.post("/sign-in", data={"email": people.staff.email, "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("/nowhere", 404, "There is nothing at this address"),
        ("/people", 403, "Open to: Administrator"),
        ("/sign-out", 405, "answered"),
    ],
)
def test_errors_are_pages_that_say_what_to_do(
    page: Page, people: People, url: str, status: int, words: str
) -> None:
    page.as_(people.staff)
    text = page.get(url, status=status)
    assert words in text
    assert "<nav" in text
    page.get(f"{url}?lang=zh", status=status)


def test_who_may_help_is_named(page: Page, people: People) -> None:
    page.as_(people.staff)
    assert "Ask: Ann Admin." in page.get("/people", status=403)


def test_reading_pages_changes_nothing(live_app: Flask) -> None:
    page = Page(live_app)
    with live_app.app_context():
        admin = queries.get_person_by_email("admin@example.org")
        session.expunge(admin)
    page.as_(admin)
    with live_app.app_context():
        before = head()
    for url in (
        "/",
        "/people",
        "/units",
        "/account",
        "/trail",
        "/outbox",
        "/import/units",
        "/people/1",
        "/units/2?x=1",
    ):
        page.get(url)
    with live_app.app_context():
        assert head() == before


def test_two_who_save_in_the_same_moment_meet_on_the_conflict_page(app: Flask, people: People) -> None:
    with app.test_request_context("/people/8/change?x=1", method="POST", data={"name": "Mine"}):
        answer = web._on_stale(StaleDataError("meanwhile"))
        assert (answer.status_code, answer.location) == (307, "/people/8/change?x=1")


def test_texts_that_differ_are_marked_word_by_word() -> None:
    assert web._marked("one day before", "one week before") == "one <ins>day</ins> before"
    assert web._marked("五个工作日内", "三个工作日内") == "<ins>五</ins>个工作日内"
    assert web._marked("<b>", "x") == "<ins>&lt;b&gt;</ins>"


def test_a_conflict_keeps_what_the_form_does_not_know(app: Flask, page: Page, people: People) -> None:
    page.as_(people.admin)
    data = {
        "code": "NORTH",
        "name_en": "Mine",
        "name_zh": "北区",
        "kind": "division",
        "row_version": "77",
        "also_sent": "kept",
    }
    text = page.post(f"/units/{people.north.id}/change", data, status=409).text
    assert 'name="also_sent" value="kept"' in text
    assert EditConflict("x", version=1, current={}).record is None


def test_a_forged_form_is_refused(app: Flask, people: People) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        client = app.test_client()
        answer = client.post("/sign-in", data={"email": people.staff.email, "password": PASSWORD})
        assert answer.status_code == 400
        assert "This form has expired" in answer.text
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_token_is_good_for_its_own_session_however_often_it_was_found_good(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        first, second = app.test_client(), app.test_client()
        tokens = []
        for client in (first, second):
            found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
            assert found is not None
            tokens.append(found.group(1))
            g.pop("csrf_token")  # the context of this test outlives the requests

        def send(client: FlaskClient, token: str, **more: Any) -> int:
            data = {"email": "nobody@example.org", "password": "wrong", "csrf_token": token}
            return client.post("/sign-in", data=data, **more).status_code

        assert [send(first, tokens[0]) for _time in range(3)] == [422] * 3
        assert send(second, tokens[0]) == 400, "remembered for another session"
        assert send(first, tokens[0] + "x") == 400
        assert send(first, tokens[1]) == 400
        assert send(second, tokens[1]) == 422
        away, home = "https://elsewhere.example/form", "https://localhost/sign-in"
        assert send(first, tokens[0], base_url="https://localhost", headers={"Referer": away}) == 400
        assert send(first, tokens[0], base_url="https://localhost") == 400
        assert send(first, tokens[0], base_url="https://localhost", headers={"Referer": home}) == 422
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
