"""Sign-in: throttled, silent about who exists, a new session each time, no way out to other sites."""

import re
import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts import operations, queries
from accounts.models import SignInAttempt, UserSession
from core import clock
from core.db import session
from core.mail import OutboxMail
from core.web import local_path
from tests.page import Page
from tests.people import PASSWORD, People


def sign_in(page: Page, email: str, password: str, status: int, **kwargs: str) -> str:
    return page.post("/sign-in", {"email": email, "password": password, **kwargs}, status=status).text


def test_sign_in_leads_to_the_overview(page: Page, people: People) -> None:
    page.as_(people.manager)
    assert "What needs me today" in page.get("/")


def test_wrong_password_unknown_address_and_closed_account_look_the_same(page: Page, people: People) -> None:
    operations.close_person(people.staff, actor=people.admin)
    session.commit()
    page.as_(None)
    answers = {
        sign_in(page, email, password, 422).replace(email, "")
        for email, password in (
            (people.manager.email, "not the word at all"),
            ("nobody@example.org", "not the word at all"),
            (people.staff.email, PASSWORD),
        )
    }
    assert len(answers) == 1
    assert "go together" in answers.pop()


def test_the_eleventh_try_is_refused_even_with_the_right_password(page: Page, people: People) -> None:
    page.as_(None)
    for _number in range(10):
        sign_in(page, people.staff.email, "wrong again", 422)
    sign_in(page, people.staff.email, PASSWORD, 422)


def test_ten_failures_from_one_address_refuse_everybody_there(page: Page, people: People) -> None:
    page.as_(None)
    for number in range(10):
        sign_in(page, f"guess{number}@example.org", "wrong again", 422)
    sign_in(page, people.staff.email, PASSWORD, 422)
    elsewhere = page.client.post(
        "/sign-in",
        data={"email": people.staff.email, "password": PASSWORD},
        environ_base={"REMOTE_ADDR": "10.9.8.7"},
    )
    assert elsewhere.status_code == 302


def test_throttling_ends_after_five_minutes(page: Page, people: People) -> None:
    page.as_(None)
    for _number in range(10):
        sign_in(page, people.staff.email, "wrong again", 422)
    for attempt in session.scalars(select(SignInAttempt)):
        attempt.at = clock.now() - timedelta(minutes=6)
    session.commit()
    sign_in(page, people.staff.email, PASSWORD, 302)
    operations.forget_old_attempts()
    assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 10
    for attempt in session.scalars(select(SignInAttempt)):
        attempt.at = clock.now() - timedelta(hours=2)
    session.flush()
    operations.forget_old_attempts()
    assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 0


def test_unknown_addresses_leave_no_trace_in_clear(page: Page, people: People) -> None:
    page.as_(None)
    sign_in(page, "stranger@example.org", "whatever it is", 422)
    stored = session.scalars(select(SignInAttempt.email_hash)).one()
    assert "stranger" not in stored
    assert re.fullmatch(r"[0-9a-f]{64}", stored)


def test_unknown_addresses_cost_a_hash_too(live_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """With real hashing the two answers take about the same time."""
    live_app.config["CHEAP_PASSWORDS"] = False
    client = live_app.test_client()
    with live_app.app_context():
        found = queries.get_person_by_email("staff@example.org")
        from accounts import passwords

        found.password_hash = passwords.make(PASSWORD)
        passwords.matches("", "warm up")
        session.commit()
    spent = {}
    for email in ("staff@example.org", "nobody@example.org"):
        times = []
        for _number in range(3):
            started = time.perf_counter()
            client.post("/sign-in", data={"email": email, "password": "not the right one"})
            times.append(time.perf_counter() - started)
        spent[email] = min(times)
    known, unknown = spent.values()
    assert unknown > known * 0.5
    assert known > unknown * 0.5


def test_a_new_session_at_each_sign_in(page: Page, people: People) -> None:
    page.as_(None)
    with page.client.session_transaction() as cookie:
        cookie["token"] = "chosen by an attacker"
        cookie["planted"] = "x"
    sign_in(page, people.staff.email, PASSWORD, 302)
    with page.client.session_transaction() as cookie:
        first = cookie["token"]
        assert first != "chosen by an attacker"
        assert "planted" not in cookie
    page.post("/sign-out")
    sign_in(page, people.staff.email, PASSWORD, 302)
    with page.client.session_transaction() as cookie:
        assert cookie["token"] != first


def test_a_token_does_not_survive_the_sign_out(page: Page, people: People) -> None:
    page.as_(people.staff)
    with page.client.session_transaction() as cookie:
        token = cookie["token"]
    page.post("/sign-out")
    with page.client.session_transaction() as cookie:
        cookie["token"] = token
    page.get("/", status=302)


def test_an_expired_session_is_over(page: Page, people: People) -> None:
    page.as_(people.staff)
    for item in session.scalars(select(UserSession)):
        item.expires_at = clock.now() - timedelta(seconds=1)
    session.commit()
    page.get("/", status=302)


@pytest.mark.parametrize(
    "target",
    [
        "//evil",
        "/\\evil",
        "https:evil",
        "https://evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "/a\nb",
        "evil",
        "///evil",
    ],
)
def test_next_never_leads_to_another_site(page: Page, people: People, target: str) -> None:
    assert local_path(target) is None
    page.as_(None)
    sign_in(page, people.staff.email, PASSWORD, 302, next=target)
    assert page.response is not None
    assert page.response.location == "/"


def test_next_leads_back_to_the_page_that_was_asked_for(page: Page, people: People) -> None:
    page.as_(None)
    page.get("/tasks?q=1", status=302)
    assert page.response is not None
    assert page.response.location == "/sign-in?next=/tasks?q%3D1"
    sign_in(page, people.staff.email, PASSWORD, 302, next="/tasks?q=1")
    assert page.response.location == "/tasks?q=1"


def test_asking_for_a_link_tells_nobody_who_is_registered(page: Page, people: People, app: Flask) -> None:
    page.as_(None)
    spent = []
    for email in (people.staff.email, "nobody@example.org"):
        started = time.perf_counter()
        page.post("/forgotten", {"email": email})
        spent.append(time.perf_counter() - started)
        assert "If the address is registered" in page.follow()
    assert min(spent) >= 0.2
    assert [mail.to_address for mail in session.scalars(select(OutboxMail))] == [people.staff.email]


def test_links_in_mails_begin_with_the_configured_address(page: Page, people: People, app: Flask) -> None:
    page.as_(None)
    page.post(
        "/forgotten",
        {"email": people.staff.email},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    )
    mail = session.scalars(select(OutboxMail)).one()
    assert "evil" not in mail.body
    assert f"{app.config['BASE_URL']}/reset/" in mail.body


def reset_link(mail: OutboxMail) -> str:
    found = re.search(r"/reset/\S+", mail.whole)
    assert found
    return found.group()


def test_a_reset_link_works_once_and_ends_all_sessions(page: Page, people: People) -> None:
    page.as_(people.staff)
    signed_in = page.client
    page.as_(None)
    page.post("/forgotten", {"email": people.staff.email})
    link = reset_link(session.scalars(select(OutboxMail)).one())
    page.get(link)
    page.post(link, {"password": "brand new words", "again": "brand new words"})
    assert signed_in.get("/").status_code == 302
    page.get(link, status=404)
    sign_in(page, people.staff.email, PASSWORD, 422)
    sign_in(page, people.staff.email, "brand new words", 302)


def test_links_to_an_old_address_die_with_it(page: Page, people: People) -> None:
    operations.ask_reset(people.staff.email)
    link = reset_link(session.scalars(select(OutboxMail)).one())
    operations.change_person(people.staff, seen=None, actor=people.admin, email="new@example.org")
    session.commit()
    page.as_(None)
    page.get(link, status=404)


@pytest.mark.parametrize("password", ["short", "x" * 201, "password", "aaaaaaaaaaaa", "stan staff"])
def test_weak_passwords_are_refused_in_words(page: Page, people: People, password: str) -> None:
    page.as_(people.staff)
    answer = page.post(
        "/account/password", {"old": PASSWORD, "password": password, "again": password}, status=422
    )
    assert 'class="err"' in answer.text


def test_pages_of_the_front_speak_chinese(page: Page) -> None:
    page.as_(None)
    text = page.get("/sign-in?lang=zh")
    assert "登录" in text
    assert "忘记密码" in text
    assert '<html lang="zh-Hans"' in text
