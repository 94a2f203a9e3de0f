"""A customer is erased by one connection while another writes the mails of a sample: nothing personal is left."""

import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.db import session
from core.mail import OutboxMail
from satisfaction.customers import operations as customers
from satisfaction.customers.models import Customer
from satisfaction.sampling.operations import mailing
from tests.people import People
from tests.satisfaction.sampled import TEXTS, asked_wave, linked, make_customers

ADDRESS = "c1@example.org"
SECOND = 0.4  # enough for the other connection to come as far as it can


@pytest.fixture
def mailing_id(live_app: Flask) -> int:
    """An invitation to eight customers, no mail of which is written yet."""
    with live_app.app_context():
        people = People.load()
        make_customers(people, 8)
        wave = asked_wave(people)
        plan, _drawn = linked(people, wave, n=8)
        made = mailing.send(plan, 0, texts=TEXTS, actor=people.manager)
        session.commit()
        return made.id


def erase() -> None:
    customer = session.scalars(select(Customer).where(Customer.email == ADDRESS)).one()
    customers.erase(customer, reason="asked", actor=People.load().manager)


def apart(app: Flask, steps: Callable[[], None]) -> threading.Thread:
    """Steps on a connection of their own."""

    def run() -> None:
        with app.app_context():
            steps()
            session.commit()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def check(app: Flask) -> None:
    with app.app_context():
        assert session.scalars(select(Customer.email).where(Customer.code == "C0001")).one() == ""
        mails = session.scalars(select(OutboxMail).where(OutboxMail.kind == "survey")).all()
        assert len(mails) >= 5
        assert not [
            mail for mail in mails if ADDRESS in mail.to_address or "Name 1" in mail.to_name + mail.body
        ]


def test_erased_after_the_mails_were_begun(live_app: Flask, mailing_id: int) -> None:
    with live_app.app_context():
        assert mailing.write_batch(mailing_id) >= 6
        other = apart(live_app, erase)
        time.sleep(SECOND)
        session.commit()
    other.join(30)
    check(live_app)


def test_erasing_began_before_the_mails(live_app: Flask, mailing_id: int) -> None:
    erased, written = threading.Event(), []

    def steps() -> None:
        erase()
        erased.set()
        time.sleep(SECOND)

    other = apart(live_app, steps)
    assert erased.wait(30)
    with live_app.app_context():
        written.append(mailing.write_batch(mailing_id))
        session.commit()
        assert session.scalar(select(func.count()).select_from(OutboxMail)) == written[0]
    other.join(30)
    check(live_app)
