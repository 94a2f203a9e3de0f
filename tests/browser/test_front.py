from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("dark", [False, True])
def test_sign_in_and_overview(visit: Callable[..., Any], language: str, dark: bool) -> None:
    one = visit(language, dark=dark)
    one.open("/sign-in")
    one.check("sign-in")
    one.sign_in("manager@example.org")
    one.open("/")
    one.check("overview")


def test_phone_menu_opens_and_closes_by_keyboard(visit: Callable[..., Any]) -> None:
    one = visit("en", width=390).sign_in("manager@example.org")
    page = one.open("/")
    one.check("phone overview")
    assert not page.locator("#nav").is_visible()
    page.locator("[data-menu]").press("Enter")
    assert page.locator("#nav").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#nav").is_visible()


def test_slash_leads_to_the_search_and_theme_is_kept(visit: Callable[..., Any]) -> None:
    one = visit("en").sign_in("staff@example.org")
    page = one.open("/tasks")
    page.keyboard.press("/")
    page.keyboard.type("ISO")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=ISO")
    with page.expect_response("**/preferences") as answer:
        page.click("[data-theme-form] button")
    assert answer.value.status == 204
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
