"""Forms and requests: receipts, row versions, what commits and what doesn't."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts import queries
from accounts.forms import PersonForm, UnitForm
from accounts.models import Unit
from core import web
from core.db import session
from core.errors import RuleViolation
from core.forms import choices, number_or_none, stripped
from core.web import FormReceipt
from tests.page import Page
from tests.people import People


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("7", 7),
        (7, 7),
        ("", None),
        (None, None),
        ("-1", None),
        ("x", None),
        ("٣", None),
        ("9" * 40, None),
        ("1.5", None),
    ],
)
def test_a_version_from_the_browser_is_a_number_or_nothing(value: object, number: int | None) -> None:
    assert number_or_none(value) == number


def test_text_is_trimmed_and_free_of_nul() -> None:
    assert stripped("  a\r\nb\x00 ") == "a\nb"
    assert stripped(3) == 3


def test_a_refusal_stands_at_its_field_or_above_the_form(app: Flask) -> None:
    with app.test_request_context(method="POST"):
        form = UnitForm()
        form.refuse(RuleViolation("This code is taken.", field="code"))
        form.refuse(RuleViolation("Not today."))
        assert form.code.errors == ["This code is taken."]
        assert form.form_errors == ["Not today."]
        assert set(form.values) == {"code", "name_en", "name_zh", "kind", "time_zone"}


def test_the_receipt_of_a_form_with_errors_stays_the_same(app: Flask) -> None:
    with app.test_request_context(method="POST", data={"_once": "abc"}):
        assert PersonForm().once == "abc"
    with app.test_request_context():
        assert PersonForm().once != PersonForm().once
    with app.test_request_context(method="POST", data={"_once": "x" * 65}):
        assert len(PersonForm().once) < 65


def test_choices_keep_the_empty_sentence_first() -> None:
    made = choices([(1, "One")], empty="Nobody yet")
    assert [(one.value, one.label) for one in made] == [("", "Nobody yet"), ("1", "One")]


def test_a_form_with_errors_leaves_no_receipt_and_can_be_sent_again(page: Page, people: People) -> None:
    page.as_(people.admin)
    url = f"/units/{people.root.id}/add"
    data = {"code": "", "name_en": "West", "kind": "division", "_once": "again"}
    page.post(url, data, status=422)
    assert session.scalar(select(func.count()).select_from(FormReceipt)) == 0
    page.post(url, {**data, "code": "WEST"})
    page.post(url, {**data, "code": "WEST"})
    assert session.scalar(select(func.count()).select_from(Unit).where(Unit.code == "WEST")) == 1


def test_a_receipt_of_somebody_else_leads_nowhere(page: Page, people: People) -> None:
    page.as_(people.admin)
    url = f"/units/{people.root.id}/add"
    page.post(url, {"code": "WEST", "name_en": "West", "kind": "division", "_once": "mine"})
    page.as_(people.manager)
    page.post(url, {"code": "EAST", "name_en": "East", "kind": "division", "_once": "mine"}, status=403)
    assert queries.find_unit_by_code("EAST") is None


def test_old_receipts_are_forgotten(page: Page, people: People) -> None:
    from datetime import timedelta

    from core import clock

    session.add(FormReceipt(token="old", at=clock.now() - timedelta(days=3)))
    session.add(FormReceipt(token="new"))
    session.flush()
    assert web.forget_old_receipts() == 1
    assert session.scalars(select(FormReceipt.token)).all() == ["new"]
