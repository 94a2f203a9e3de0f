"""My account: own settings, password, sessions."""

from sqlalchemy import select

from accounts.models import UserSession
from core import trail
from core.db import session
from tests.page import Page
from tests.people import PASSWORD, People

SETTINGS = {
    "name": "Stan Staff",
    "language": "zh",
    "time_zone": "Asia/Tokyo",
    "theme": "dark",
    "density": "compact",
}


def test_settings_hold_from_the_next_page(page: Page, people: People) -> None:
    page.as_(people.staff)
    page.get("/account")
    page.post("/account", SETTINGS)
    text = page.follow()
    assert 'data-bs-theme="dark"' in text
    assert 'data-density="compact"' in text
    assert "我的账号" in text
    entry = trail.history(people.staff)[0]
    assert entry.action == "preferences.changed"
    assert entry.differences["language"] == ["en", "zh"]


def test_a_wrong_zone_is_refused_at_its_field_and_nothing_typed_is_lost(page: Page, people: People) -> None:
    page.as_(people.staff)
    text = page.post("/account", {**SETTINGS, "time_zone": "Moon/Base"}, status=422).text
    assert "“Moon/Base” is not a time zone" in text or "Moon/Base" in text
    assert 'value="Moon/Base"' in text


def test_a_new_password_ends_every_other_session(page: Page, people: People) -> None:
    page.as_(people.staff)
    other = page.client
    page.as_(people.staff)
    page.post(
        "/account/password", {"old": PASSWORD, "password": "brand new words", "again": "brand new words"}
    )
    assert page.client.get("/").status_code == 200
    assert other.get("/").status_code == 302


def test_the_present_password_is_needed(page: Page, people: People) -> None:
    page.as_(people.staff)
    text = page.post(
        "/account/password",
        {"old": "something", "password": "brand new words", "again": "brand new words"},
        status=422,
    ).text
    assert "That is not your present password." in text


def test_one_session_or_all_others_are_ended(page: Page, people: People) -> None:
    page.as_(people.staff)
    first = page.client
    page.as_(people.staff)
    second = page.client
    page.as_(people.staff)
    oldest = session.scalars(
        select(UserSession).where(UserSession.person_id == people.staff.id).order_by(UserSession.id)
    ).first()
    assert oldest is not None
    page.post(f"/account/sessions/{oldest.id}/end")
    assert first.get("/").status_code == 302
    assert second.get("/").status_code == 200
    page.post("/account/sessions/end-others")
    assert second.get("/").status_code == 302
    assert "this browser" in page.get("/account")


def test_nobody_ends_the_session_of_somebody_else_here(page: Page, people: People) -> None:
    page.as_(people.manager)
    theirs = page.client
    held = session.scalars(select(UserSession).where(UserSession.person_id == people.manager.id)).one()
    page.as_(people.staff)
    page.post(f"/account/sessions/{held.id}/end", status=404)
    assert theirs.get("/").status_code == 200


def test_own_sign_ins_are_shown_with_the_refused_ones(page: Page, people: People) -> None:
    page.as_(None)
    page.post("/sign-in", {"email": people.staff.email, "password": "wrong wrong"}, status=422)
    page.as_(people.staff)
    text = page.get("/account")
    assert "Sign-in refused" in text
    assert "127.0.0.1" in text


def test_wrong_passwords_given_again_are_counted_kept_and_throttled(page: Page, people: People) -> None:
    from sqlalchemy import func, select

    from core.db import session
    from core.trail import TrailEntry

    page.as_(people.staff)
    form = {"old": "not my password", "password": "another long password", "again": "another long password"}
    for _number in range(10):
        page.post("/account/password", form, status=422)
    kept = session.scalar(
        select(func.count()).select_from(TrailEntry).where(TrailEntry.action == "password.refused")
    )
    assert kept == 10
    right = {**form, "old": PASSWORD}
    assert "Too many wrong passwords" in page.post("/account/password", right, status=422).text
