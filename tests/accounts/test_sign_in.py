from tests.page import Page
from tests.people import PASSWORD, People


def test_sign_in_leads_to_the_overview(page: Page, people: People) -> None:
    page.as_(people.manager)
    assert "What needs me today" in page.get("/")


def test_wrong_password_and_unknown_address_look_the_same(page: Page, people: People) -> None:
    page.as_(None)
    wrong = page.post("/sign-in", {"email": people.manager.email, "password": "not the word at all"}, status=422)
    unknown = page.post("/sign-in", {"email": "nobody@example.org", "password": "not the word at all"}, status=422)
    assert "go together" in wrong.text.replace("’", "'")
    assert wrong.text.replace(people.manager.email, "") == unknown.text.replace("nobody@example.org", "")


def test_the_eleventh_try_is_refused_even_with_the_right_password(page: Page, people: People) -> None:
    page.as_(None)
    for _number in range(10):
        page.post("/sign-in", {"email": people.staff.email, "password": "wrong again"}, status=422)
    page.post("/sign-in", {"email": people.staff.email, "password": PASSWORD}, status=422)
