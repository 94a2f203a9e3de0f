"""Imports and measurements are jobs that really commit, so these tests have a database of their own each."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from accounts.models import Person
from core.db import session
from tests.page import Page
from tests.people import People


class LivePage(Page):
    """Ends the test's own transaction before each request: SQLite has one writer, and the test must not be it."""

    def as_(self, person: Person | None) -> Page:
        email = person.email if person else ""
        session.rollback()
        if person is None:
            return super().as_(None)
        return super().as_(_Email(email))  # type: ignore[arg-type]  # only the address is asked for

    def get(self, url: str, *, status: int = 200, **kwargs: Any) -> str:
        session.rollback()
        return super().get(url, status=status, **kwargs)

    def post(self, url: str, data: dict[str, Any] | None = None, *, status: int = 302, **kwargs: Any) -> Any:
        session.rollback()
        answer = super().post(url, data, status=status, **kwargs)
        answer.request.environ["wsgi.input"].close()  # the test client leaves what it spooled to disk open
        return answer


class _Email:
    def __init__(self, email: str) -> None:
        self.email = email


@pytest.fixture
def app(live_app: Flask) -> Iterator[Flask]:
    with live_app.app_context():
        yield live_app
        session.rollback()


@pytest.fixture
def people(app: Flask) -> People:
    return People.load()


@pytest.fixture
def page(app: Flask) -> Page:
    return LivePage(app)
