"""Two windows at once, buttons pressed twice, rights that change meanwhile, and everything without a mouse."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.words import say

pytestmark = pytest.mark.browser
Windows = Callable[..., Any]
NAMES = {
    "en": ("Rooms and halls", "Clean halls", "Hall of the north"),
    "zh": ("厅室服务", "大厅保洁", "北区大厅"),
}


def draft(page: Page, language: str, title: str) -> str:
    """A new standard with its first draft; gives the address of the version."""
    page.goto("/standards/new")
    page.fill(f"#title_{language}", title)
    page.fill(f"#purpose_{language}", title)
    page.locator("main form .btn-primary").click()
    page.wait_for_url(re.compile(r"/standards/(versions/)?\d+$"))
    if "/versions/" not in page.url:
        page.locator(".pl-head a.btn-primary").click()
        page.wait_for_url(re.compile(r"/versions/\d+"))
    return page.url.partition("#")[0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_two_windows_edit_the_draft_of_a_standard(visit: Windows, language: str) -> None:
    first = visit(language).sign_in("manager@example.org")
    second = visit(language).sign_in("approver@example.org")
    address = draft(first.page, language, NAMES[language][0])
    field = f"#purpose_{language}"
    mine, theirs = f"{NAMES[language][1]} 1", f"{NAMES[language][1]} 2"
    for one, text in ((first, mine), (second, theirs)):
        one.open(f"{address}/edit")
        one.page.fill(field, text)
    first.page.locator("main form .btn-primary").click()
    expect(first.page.locator("main")).to_contain_text(mine)

    page = second.page
    page.locator("main form .btn-primary").click()
    expect(page.locator("[role=alert]")).to_contain_text(
        say(language, "Nothing of yours is lost. Choose what to keep.")
    )
    expect(page.locator("[role=alert]")).to_contain_text("Mei Manager")
    expect(page.locator(".theirs")).to_have_text(mine)
    expect(page.locator(field)).to_have_value(theirs)
    second.check("the page with both texts")
    second.picture(f"clash-{language}")
    page.fill(field, f"{mine}\n\n{theirs}")
    page.get_by_role("button", name=say(language, "Save this")).click()
    page.goto(address)
    expect(page.locator("main .prose")).to_contain_text(mine)
    expect(page.locator("main .prose")).to_contain_text(theirs)


def test_two_windows_edit_a_person(visit: Windows) -> None:
    windows = [visit("en").sign_in("admin@example.org") for _number in range(2)]
    for number, one in enumerate(windows):
        page = one.open("/people?q=Vera")
        page.get_by_role("link", name="Vera Visitor").click()
        page.get_by_role("link", name="Change", exact=True).click()
        page.fill("#name", f"Vera Visitor {number + 1}")
    windows[0].page.locator("main form .btn-primary").click()
    expect(windows[0].page.locator("h1")).to_have_text("Vera Visitor 1")
    page = windows[1].page
    page.locator("main form .btn-primary").click()
    expect(page.locator(".theirs")).to_have_text("Vera Visitor 1")
    expect(page.locator("#name")).to_have_value("Vera Visitor 2")
    windows[1].check("the page with both names")
    page.fill("#name", "Vera Visitor")
    page.get_by_role("button", name="Save this").click()
    expect(page.locator("h1")).to_have_text("Vera Visitor")
    windows[0].page.reload()
    expect(windows[0].page.locator("h1")).to_have_text("Vera Visitor")


def test_pressing_twice_makes_one_record(visit: Windows) -> None:
    one = visit("en").sign_in("staff@example.org")
    page = one.open("/findings/new")
    page.fill("#statement_en", "The lamp at the gate flickers")
    # both clicks reach the server: the script that greys the button is switched off
    page.evaluate("document.querySelectorAll('[data-once]').forEach(b => b.removeAttribute('data-once'))")
    page.locator("main form .btn-primary").dblclick(no_wait_after=True)
    expect(page.locator("h1")).to_have_text("The lamp at the gate flickers")
    assert re.search(r"/findings/\d+$", page.url)
    page.goto("/findings?state=&q=flickers")
    expect(page.locator("table.list tbody tr")).to_have_count(1)


def test_a_role_given_and_taken_is_seen_at_the_next_click(visit: Windows) -> None:
    staff = visit("en").sign_in("handler@example.org")
    page = staff.open("/standards")
    expect(page.locator("#nav")).not_to_contain_text("People")
    refused = page.goto("/people")
    assert refused is not None
    assert refused.status == 403
    staff.check("refusal")

    admin = visit("en").sign_in("admin@example.org")
    desk = admin.open("/people?q=Hao")
    desk.get_by_role("link", name="Hao Handler").click()
    desk.select_option("#role", "administrator")
    desk.get_by_role("button", name="Give", exact=True).click()
    expect(desk.locator("[aria-labelledby=h-roles] table")).to_contain_text("Administrator")

    page.goto("/standards")
    page.locator("#nav").get_by_role("link", name="People", exact=True).click()
    expect(page.locator("h1")).to_have_text("People")

    row = desk.locator("[aria-labelledby=h-roles] tr", has_text="Administrator")
    row.get_by_role("button", name="Withdraw").click()
    desk.locator("dialog .btn-primary").click()
    expect(desk.locator("[aria-labelledby=h-roles] table")).not_to_contain_text("Administrator")
    refused = page.reload()
    assert refused is not None
    assert refused.status == 403


def test_the_matrix_by_keyboard(visit: Windows) -> None:
    one = visit("en").sign_in("manager@example.org")
    page = one.page
    for title in ("Benches", "Fountains"):
        in_force(visit, page, title)
    one.open("/frameworks/iso-10002-2018/coverage")
    cells = page.locator("button.btn-cell")
    assert page.locator('button.btn-cell[tabindex="0"]').count() == 1
    first = cells.nth(0)
    first.focus()
    value = first.get_attribute("value") or ""
    clause, code = value.split("~")
    page.keyboard.press("ArrowRight")
    beside = page.evaluate("document.activeElement.value")
    assert beside.startswith(f"{clause}~")
    assert beside != value
    page.keyboard.press("ArrowDown")
    below = page.evaluate("document.activeElement.value")
    assert below.split("~")[1] == beside.split("~")[1]
    assert below.split("~")[0] != clause
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.value").endswith(f"~{code}")
    page.keyboard.press("Enter")
    box = page.locator("#cov-pop .pop")
    expect(box).to_be_visible()
    assert page.evaluate("document.getElementById('cov-pop').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(page.locator("#cov-pop")).to_be_hidden()
    assert page.evaluate("document.activeElement.matches('button.btn-cell')")


def in_force(visit: Windows, page: Page, title: str) -> None:
    """A standard in force, so that the matrix has a column for it."""
    address = draft(page, "en", title)
    page.goto(f"{address}/requirements/new?kind=content")
    if page.locator("#statement_en").count() == 0:
        page.goto(address)
        page.get_by_role("link", name="Content", exact=True).click()
    page.get_by_role("button", name="Add a point").click()
    page.keyboard.type("Clean")  # the new row has the focus
    page.fill("#statement_en", "Clean every morning")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Send for review").click()
    signer = visit("en").sign_in("approver@example.org")
    signer.open(f"{address}/approve")
    signer.page.fill("#password", "a long enough word")
    signer.page.get_by_role("button", name="Sign and approve").click()
    expect(signer.page.locator(".alertx.good")).to_be_visible()


def test_menu_of_the_account_by_keyboard(visit: Windows) -> None:
    page = visit("en").sign_in("staff@example.org").page
    page.goto("/")
    summary = page.locator(".pl-top .pl-drop > summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="My account")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="My account")).to_be_hidden()
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")


def test_the_skip_link_comes_first(visit: Windows) -> None:
    page = visit("zh").sign_in("staff@example.org").page
    page.goto("/standards")
    page.keyboard.press("Tab")
    expect(page.locator(".pl-skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_dialog_says_what_will_happen(visit: Windows, language: str) -> None:
    one = visit(language).sign_in("manager@example.org")
    page = one.page
    draft(page, language, NAMES[language][2])
    button = page.get_by_role("button", name=say(language, "Delete the draft"))
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text(
        say(language, "The draft and its requirements are deleted. This stays in the trail.")
    )
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    one.check("dialog")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name=say(language, "Cancel")).press("Enter")
    expect(dialog).to_have_count(0)
    page.reload()
    expect(page.locator("h1")).to_contain_text(NAMES[language][2])
    button.press("Enter")
    dialog.locator(".btn-primary").press("Enter")
    expect(page.locator(".alertx.good")).to_contain_text(say(language, "The draft is deleted."))
