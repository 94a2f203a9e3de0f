"""Links of a draw, mails that go once, response rates, weights, estimates."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core import clock, trail
from core.db import session
from core.errors import RuleViolation
from core.mail import OutboxMail
from satisfaction import results
from satisfaction.customers import operations as customers
from satisfaction.customers.models import Customer
from satisfaction.models import Invitation, Response
from satisfaction.operations import waves
from satisfaction.sampling import estimating, links, queries
from satisfaction.sampling.models import MailingRecipient
from satisfaction.sampling.operations import mailing, weights
from satisfaction.sampling.operations.mailing import MAIL_JOB
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import work
from tests.satisfaction.sampled import (
    TEXTS,
    answer,
    asked_wave,
    draw,
    finish_jobs,
    linked,
    mails,
    make_customers,
    make_plan,
)


def test_links_are_made_once_and_only_their_hash_is_kept(page: Page, people: People) -> None:
    make_customers(people, 30)
    wave = asked_wave(people)
    plan, drawn = linked(people, wave)
    assert mailing.make_links(plan, actor=people.manager) == 0
    assert queries.count_links(plan.id) == (20, 20)
    token = links.personal_token(drawn[0].nonce)
    assert token not in session.scalars(select(Invitation.token_hash)).all()
    answer(page, drawn[0], 5)
    session.expire_all()
    invitation = session.get(Invitation, drawn[0].invitation_id)
    assert invitation is not None
    assert invitation.used
    rest = mailing.list_handed_out(plan, actor=people.manager)
    assert all("/s/p" in row[4] for row in rest)
    waves.withdraw_links(wave, reason="wrong hands", actor=people.manager)
    session.commit()
    strata = queries.list_strata(plan)
    assert [(each.invited, each.answered) for each in strata] == [(1, 1)]


def test_mails_go_once_to_those_who_may_be_asked(
    page: Page, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_customers(people, 40)
    wave = asked_wave(people)
    plan = make_plan(people, wave, n=40)
    with pytest.raises(RuleViolation, match="Draw the sample"):
        mailing.check_sending(plan, 0)
    drawn = draw(people, plan)
    with pytest.raises(RuleViolation, match="links first"):
        mailing.check_sending(plan, 0)
    mailing.make_links(plan, actor=people.manager)
    with pytest.raises(RuleViolation, match="Nobody was invited"):
        mailing.check_sending(plan, 1)
    with pytest.raises(RuleViolation, match=r"\{link\}"):
        mailing.send(plan, 0, texts=TEXTS | {"body_zh": "no"}, actor=people.manager)
    silent = session.get(Customer, drawn[0].customer_id)
    assert silent is not None
    customers.refuse_contact(silent, actor=people.manager)
    session.commit()
    answer(page, drawn[1], 4)
    waiting = queries.count_waiting(plan.id, 0)
    assert waiting == 40 - 8 - len({0, 1} & {number for number in (0, 1) if drawn[number].customer.email})
    mailing.send(plan, 0, texts=TEXTS, actor=people.manager)
    with pytest.raises(RuleViolation, match="right now"):
        mailing.send(plan, 0, texts=TEXTS, actor=people.manager)
    monkeypatch.setattr(mailing, "BATCH", 7)
    work(MAIL_JOB)
    assert mails() == waiting
    work(MAIL_JOB)  # the same job once more: killed after its last batch, or repeated by hand
    assert mails() == waiting
    to = set(session.scalars(select(OutboxMail.to_address)))
    assert silent.email not in to
    one = session.scalars(
        select(OutboxMail).where(OutboxMail.kind == "survey", OutboxMail.language == "zh")
    ).first()
    assert one is not None
    assert one.subject == "想问问您"
    assert "/s/•••" in one.shown
    assert re.search(r"/s/p[\w-]{20,}\?lang=zh", one.whole)
    finish_jobs()
    with pytest.raises(RuleViolation, match="may follow from"):
        mailing.send(plan, 1, texts=TEXTS, actor=people.manager)


def test_names_of_customers_of_other_units_are_not_handed_out(people: People) -> None:
    make_customers(people, 20, unit=people.south, email="")
    plan, drawn = linked(people, asked_wave(people), n=20)
    assert len(mailing.list_handed_out(plan, actor=people.manager)) == len(drawn) == 20
    assert not queries.has_without_mail(plan.id, people.owner)
    with pytest.raises(RuleViolation, match="has a link"):
        mailing.list_handed_out(plan, actor=people.owner)


def test_a_reminder_goes_to_who_was_invited_and_has_not_answered(
    page: Page, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_customers(people, 12, email="x@example.org")
    wave = asked_wave(people)
    plan, drawn = linked(people, wave, n=12)
    mailing.send(plan, 0, texts=TEXTS, actor=people.manager)
    work(MAIL_JOB)
    finish_jobs()
    answer(page, drawn[0], 3)
    stopped = session.get(Customer, drawn[1].customer_id)
    assert stopped is not None
    customers.refuse_contact(stopped, actor=None)
    session.commit()
    later = clock.now() + timedelta(days=4)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert queries.count_waiting(plan.id, 1) == 10
    mailing.send(plan, 1, texts=TEXTS, actor=people.manager)
    work(MAIL_JOB)
    assert mails() == 22
    assert session.scalar(select(func.count()).select_from(MailingRecipient)) == 22
    finish_jobs()
    assert f"/sampling/{plan.id}/mails/2" in page.as_(people.manager).get(f"/sampling/{plan.id}")


def test_a_worker_killed_between_batches_writes_to_nobody_twice(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_customers(people, 12, email="x@example.org")
    plan, _drawn = linked(people, asked_wave(people), n=12)
    made = mailing.send(plan, 0, texts=TEXTS, actor=people.manager)
    session.commit()
    monkeypatch.setattr(mailing, "BATCH", 5)
    assert mailing.write_batch(made.id) == 5
    session.commit()
    with session.begin_nested() as killed:
        assert mailing.write_batch(made.id) == 5
        killed.rollback()
    session.expire_all()
    assert mails() == 5
    work(MAIL_JOB)
    assert mails() == 12
    assert queries.count_waiting(plan.id, 0) == 0


def test_no_more_mails_by_a_click_without_an_account(page: Page, people: People) -> None:
    make_customers(people, 3)
    customer = session.scalars(select(Customer).order_by(Customer.code)).first()
    assert customer is not None

    def refused() -> bool | None:
        return session.scalar(select(Customer.no_contact).order_by(Customer.code).limit(1))

    with page.app.test_request_context():
        address = links.stop_link(customer.id, customer.code, "en").removeprefix("http://localhost:8000")
    address = address[address.index("/stop/") :].partition("?")[0]
    page.as_(None)
    assert "Shall we stop" in page.get(address)
    session.expire_all()
    assert refused() is False
    page.post(address)
    assert "It is noted" in page.follow()
    session.expire_all()
    assert refused() is True
    assert trail.history(customer)[0].action == "customer.contact_refused"
    page.post(address)
    page.get(f"/stop/{customer.id}-wrong", status=404)
    page.get("/stop/x", status=404)
    page.get("/stop/999999-AAAA", status=404)


# --- answers -------------------------------------------------------------------------------------------------


def test_response_rates_weights_and_estimates_are_those_of_the_draw(page: Page, people: People) -> None:
    make_customers(people, 90)
    wave = asked_wave(people)
    plan, drawn = linked(people, wave, n=30, draw="stratified", strata="region")
    north = [each for each in drawn if each.stratum == "north"]
    south = [each for each in drawn if each.stratum == "south"]
    assert (len(north), len(south)) == (20, 10)
    for each in north[:8]:
        answer(page, each, 5)
    with pytest.raises(RuleViolation, match="south"):
        weights.case_weights(plan)
    for each in south[:2]:
        answer(page, each, 2)
    session.expire_all()
    found = {each.name: each for each in queries.list_strata(plan)}
    assert (found["north"].answered, found["south"].answered) == (8, 2)
    assert (found["north"].population, found["south"].population) == (60, 30)
    estimated = estimating.estimate(plan, "Q1", queries.list_answers(plan.id))
    assert estimated.mean is not None
    assert estimated.mean["mean"] == pytest.approx((60 * 5 + 30 * 2) / 90)
    assert estimated.plain_mean == pytest.approx(4.4)
    assert estimated.share is not None
    assert estimated.share["mean"] == pytest.approx(2 / 3)
    page.as_(people.owner)
    text = page.get(f"/sampling/{plan.id}")
    assert "10 of 30 invited answered" in text
    assert "What it says of all customers" in text
    made = weights.case_weights(plan)
    assert sum(made.values()) == pytest.approx(len(made))
    with pytest.raises(RuleViolation, match="closed"):
        weights.take_weights(plan, actor=people.manager)
    waves.close_wave(wave, actor=people.manager)
    before = results.of_wave(wave)[1].inputs_hash
    assert weights.take_weights(plan, actor=people.manager) == 10
    session.commit()
    session.expire_all()
    sheet, after = results.of_wave(wave)
    assert after.inputs_hash != before
    assert sheet.weighted
    assert sum(sheet.weights) == pytest.approx(10)
    weighted = float(sheet.weights @ sheet.values("Q1") / sheet.weights.sum())
    assert weighted == pytest.approx(4.0)
    assert "10 of 10 answers" in page.get(f"/sampling/{plan.id}")
    rows = page.get(f"/sampling/{plan.id}/weights.csv")
    assert "south,30,10,10,2" in rows
    weights.drop_weights(plan, actor=people.manager)
    session.expire_all()
    assert set(session.scalars(select(Response.weight))) == {1.0}


def test_an_anonymous_wave_gives_rates_but_joins_nothing(page: Page, people: People) -> None:
    make_customers(people, 30)
    wave = asked_wave(people, anonymous=True)
    plan, drawn = linked(people, wave, strata="region")
    for each in drawn[:6]:
        answer(page, each, 4)
    session.expire_all()
    assert sum(each.answered for each in queries.list_strata(plan)) == 6
    assert not queries.list_answers(plan.id)
    assert set(session.scalars(select(Response.grouping))) == {""}
    with pytest.raises(RuleViolation, match="anonymous"):
        weights.case_weights(plan)
    page.as_(people.owner)
    assert "no answer can be led back to a stratum" in page.get(f"/sampling/{plan.id}")
    assert "asked (anonymous wave)" in page.get(f"/customers/{drawn[0].customer_id}")


def test_too_few_answers_show_no_figure(page: Page, people: People) -> None:
    make_customers(people, 30)
    plan, drawn = linked(people, asked_wave(people))
    answer(page, drawn[0], 4)
    session.expire_all()
    estimated = estimating.estimate(plan, "Q1", queries.list_answers(plan.id))
    assert estimated.mean is None
    assert "figures appear from 5 on" in str(estimated.refusal)
    page.as_(people.owner)
    assert "figures appear from 5 on" in page.get(f"/sampling/{plan.id}?item=Q1")
