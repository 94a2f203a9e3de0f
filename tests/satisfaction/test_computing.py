"""While a calculator computes, others write."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from accounts.models import Person
from core.db import session
from satisfaction.analyses.entered import CALCULATORS
from satisfaction.analyses.entered.calculator import Calculator
from satisfaction.models import Analysis
from satisfaction.rules.analyses import Method
from tests.page import Page
from tests.people import People

SENT = {"kind": "proportions", "p1": "60", "p2": "70", "alpha": "0.05", "wanted": "0.8", "_once": "k1"}


def test_nobody_who_writes_waits_for_a_calculator(live_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The calculator computes only once somebody else has written; sent twice, there is one analysis."""
    known = CALCULATORS[Method.power]
    wrote = threading.Event()

    def write() -> None:
        with live_app.app_context():
            person = session.scalars(select(Person).where(Person.email == "staff@example.org")).one()
            person.name = "Stan S. Staff"
            session.commit()
            wrote.set()

    def prepare(asked: Mapping[str, Any]) -> Any:
        threading.Thread(target=write, daemon=True).start()
        assert wrote.wait(8), "the write lock was held"
        return known.prepare(asked)

    monkeypatch.setitem(CALCULATORS, Method.power, Calculator(known.form, prepare))
    with live_app.app_context():
        people = People.load()
        unit_id, manager = people.north.id, people.manager
        page = Page(live_app).as_(manager)
    first = page.post("/surveys/calculators/power", SENT | {"unit_id": unit_id}).location
    again = page.post("/surveys/calculators/power", SENT | {"unit_id": unit_id}).location
    assert first == again
    with live_app.app_context():
        made = session.scalars(select(Analysis)).one()
        assert (made.state, f"/surveys/analyses/{made.id}") == ("done", first)
