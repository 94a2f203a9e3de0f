"""Sampling plans: numbers, draws that anybody can repeat, links, mails sent once, response rates, weights, estimates."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from core import clock, trail
from core.db import session
from core.errors import RuleViolation
from core.jobs import Job
from core.mail import OutboxMail
from satisfaction import results
from satisfaction.customers import operations as customers
from satisfaction.customers.models import Customer
from satisfaction.methods.refusal import Refusal
from satisfaction.models import Invitation, Response, Wave
from satisfaction.operations import waves
from satisfaction.sampling import drawing, estimating, frames, links, queries
from satisfaction.sampling.models import DrawnCustomer, MailingRecipient, SamplingPlan
from satisfaction.sampling.operations import mailing, plans, weights
from satisfaction.sampling.operations.mailing import MAIL_JOB
from satisfaction.sampling.rules import Design, Population, faults, filled, read_numbers
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import make_questionnaire, make_wave, send, work
from tests.satisfaction.sampled import counted, draw, make_customers, make_plan

RATED = "Q1 | scale | How was it? | 怎么样？"
TEXTS = {
    "subject_en": "May we ask?",
    "subject_zh": "想问问您",
    "body_en": "Here: {link}",
    "body_zh": "链接：{link}",
}


def asked_wave(people: People, *, anonymous: bool = False, **values: Any) -> Wave:
    return make_wave(people, make_questionnaire(people, RATED), anonymous=anonymous, min_cell=5, **values)


def linked(people: People, wave: Wave, **design: Any) -> tuple[SamplingPlan, list[DrawnCustomer]]:
    plan = make_plan(people, wave, **design)
    drawn = draw(people, plan)
    mailing.make_links(plan, actor=people.manager)
    session.commit()
    session.expire_all()
    return plan, drawn


def answer(page: Page, drawn: DrawnCustomer, value: int) -> None:
    assert send(page, links.personal_token(drawn.nonce), Q1=str(value)).endswith("/thanks")


def mails() -> int:
    return (
        session.scalar(select(func.count()).select_from(OutboxMail).where(OutboxMail.kind == "survey")) or 0
    )


def finish_jobs() -> None:
    for job in session.scalars(select(Job)):
        job.state = "done"
    session.commit()


# --- numbers and draws ---------------------------------------------------------------------------------------


def test_the_size_is_the_engines() -> None:
    assert drawing.size_of(Design(error=0.05), None, {})["n"] == 385
    assert drawing.size_of(Design(error=0.05), 1000, {})["n"] == 278
    found = drawing.size_of(Design(error=0.05, icc=0.05, cluster_size=11, response_rate=0.5), 10_000, {})
    assert found["deff"] == pytest.approx(1.5)
    assert found["invitations"] == pytest.approx(2 * found["n_adjusted"], abs=1)
    spread = drawing.size_of(Design(n=100, draw="stratified", strata="region"), None, {"a": 300, "b": 100})
    assert spread["allocation"] == {"a": 75, "b": 25}
    with pytest.raises(Refusal, match="sd"):
        drawing.size_of(
            Design(error=0.05, draw="stratified", strata="region", allocation="neyman"),
            None,
            {"a": 300, "b": 100},
        )


def test_what_a_plan_can_not_say_is_refused_at_its_field() -> None:
    for design, field in (
        (Design(), "error"), (Design(error=0.7), "error"), (Design(kind="mean", error=1), "sd"), (Design(n=0), "n"),
        (Design(n=5, p=1.5), "p"), (Design(n=5, response_rate=0), "response_rate"), (Design(n=5, icc=0.1), "cluster_size"),
        (Design(n=5, draw="stratified"), "strata"), (Design(n=5, draw="cluster"), "cluster"),
        (Design(n=5, draw="multistage", cluster="unit"), "clusters"), (Design(n=5, sd=-1), "sd"), (Design(n=5, icc=2, cluster_size=0), "icc"),
    ):  # fmt: skip
        assert field in [name for name, _sentence in faults(design)], design
    assert read_numbers("north | 1.2 | 3 | 40\nsouth")[0] == {
        "name": "north",
        "sd": 1.2,
        "cost": 3.0,
        "response_rate": 0.4,
    }
    for text in ("north | x", "north | 1 | 0", "a|1|1|200", "| 1"):
        with pytest.raises(ValueError, match="1"):
            read_numbers(text)
    assert filled("{link} {name} {{link}} {x}", link="L{name}", name="N") == "L{name} N {L{name}} {x}"


def test_a_draw_is_the_same_from_the_same_seed_and_says_when_the_register_has_moved(
    page: Page, people: People
) -> None:
    make_customers(people, 120)
    plan = make_plan(people, strata="region", draw="stratified", n=30)
    drawn = draw(people, plan, seed=11)
    other = make_plan(people, strata="region", draw="stratified", n=30)
    assert [each.customer_id for each in draw(people, other, seed=11)] == [each.customer_id for each in drawn]
    third = make_plan(people, strata="region", draw="stratified", n=30)
    assert [each.customer_id for each in draw(people, third, seed=12)] != [each.customer_id for each in drawn]
    assert plan.frame_sha256 == other.frame_sha256
    assert {each.stratum: each.weight for each in drawn} == {"north": 4.0, "south": 4.0}
    assert sum(each.weight for each in drawn) == pytest.approx(120)
    page.as_(people.owner)
    text = page.get(f"/sampling/{plan.id}/check")
    assert "proved" in text
    assert "The population is the same today." in text
    gone = session.get(Customer, drawn[0].customer_id)
    assert gone is not None
    customers.withdraw(gone, reason="moved", actor=people.manager)
    session.commit()
    text = page.get(f"/sampling/{plan.id}/check")
    assert "proved" in text
    assert "1 left the population" in text
    drawn[0].probability = 0.5
    session.commit()
    assert "differs" in page.get(f"/sampling/{plan.id}/check")


@pytest.mark.parametrize(
    ("design", "count"),
    [
        ({"draw": "srs"}, 20),
        ({"draw": "systematic"}, 20),
        ({"draw": "pps"}, 20),
        ({"draw": "cluster", "cluster": "region", "clusters": 1}, None),
        ({"draw": "multistage", "cluster": "region", "clusters": 2, "per_cluster": 4}, 8),
    ],
)
def test_every_way_to_draw_gives_chances_and_weights(
    people: People, design: dict[str, Any], count: int | None
) -> None:
    make_customers(people, 60)
    drawn = draw(people, make_plan(people, **design))
    assert count is None or len(drawn) == count
    assert all(
        0 < each.probability <= 1 and each.weight == pytest.approx(1 / each.probability) for each in drawn
    )


def test_who_is_withdrawn_or_not_to_be_contacted_is_never_drawn(people: People) -> None:
    make_customers(people, 10)
    first, second = session.scalars(select(Customer).order_by(Customer.code).limit(2))
    customers.withdraw(first, reason="gone", actor=people.manager)
    customers.refuse_contact(second, actor=people.manager)
    session.commit()
    counted = frames.count(Population(), people.manager)
    assert (counted.people, counted.barred) == (9, 1)
    drawn = draw(people, make_plan(people, n=8))
    assert {first.id, second.id}.isdisjoint({each.customer_id for each in drawn})
    with pytest.raises(Refusal):
        plans.sample(make_plan(people, n=9), 1, actor=people.manager)
    assert frames.count(Population(kinds=("internal",)), people.manager).people == 0
    assert frames.count(Population(region=("south",), mail_only=True), people.manager).people == 3
    with pytest.raises(RuleViolation, match="empty"):
        drawing.draw(Design(n=1), [], 1)


def test_what_was_drawn_stays(people: People) -> None:
    make_customers(people, 30)
    plan = make_plan(people)
    draw(people, plan)
    frame, sample = plans.sample(plan, 1, actor=people.manager)
    with pytest.raises(RuleViolation, match="drawn already"):
        plans.keep_draw(plan, frame, sample, 1, actor=people.manager)
    with pytest.raises(RuleViolation, match="stays"):
        plans.discard_plan(plan, actor=people.manager)
    asked = {"unit": people.north, "name_en": "x", "name_zh": "", "wave": None, "actor": people.manager}
    with pytest.raises(RuleViolation, match="copy of the plan"):
        plans.change_plan(plan, population=Population(), design=Design(n=3), **asked)
    copy = plans.copy_plan(plan, actor=people.manager)
    plans.change_plan(copy, population=Population(kinds=("former",)), design=Design(n=3), **asked)
    assert copy.population["kinds"] == ["former"]
    with pytest.raises(RuleViolation, match="volume"):
        drawing.draw(Design(n=1, draw="pps"), [frames.Member(1, "A", "", "", None)], 1)


# --- links and mails -----------------------------------------------------------------------------------------


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
    with page.app.test_request_context():
        address = links.stop_link(customer.id, customer.code, "en").removeprefix("http://localhost:8000")
    address = address[address.index("/stop/") :].partition("?")[0]
    page.as_(None)
    assert "Shall we stop" in page.get(address)
    session.expire_all()
    assert not customer.no_contact
    page.post(address)
    assert "It is noted" in page.follow()
    session.expire_all()
    assert customer.no_contact
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
    estimated = estimating.estimate(plan, "Q1")
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
    estimated = estimating.estimate(plan, "Q1")
    assert estimated.mean is None
    assert "figures appear from 5 on" in str(estimated.refusal)
    page.as_(people.owner)
    assert "figures appear from 5 on" in page.get(f"/sampling/{plan.id}?item=Q1")


# --- pages ---------------------------------------------------------------------------------------------------


def test_a_plan_by_the_pages_from_the_calculator_to_the_mail(page: Page, people: People) -> None:
    page.as_(people.owner)
    assert "No sampling plans yet" in page.get("/sampling")
    assert "385" in page.get("/sampling/size?kind=proportion&error=5&confidence=0.95")
    assert "Give the margin" in page.get("/sampling/size?kind=mean&confidence=0.95")
    page.get("/sampling/size?kind=mean&error=0.2&sd=1.5&confidence=0.95&population=0")
    make_customers(people, 60)
    wave = asked_wave(people)
    page.get(f"/sampling/new?wave={wave.id}")
    form = {
        "name_en": "Autumn", "unit_id": people.north.id, "wave_id": wave.id, "under": people.north.id, "kinds": "external",
        "kind": "proportion", "error": "10", "confidence": "0.95", "draw": "stratified", "strata": "region",
        "allocation": "neyman", "response_rate": "90",
    }  # fmt: skip
    page.post("/sampling/new", form | {"name_en": "", "error": ""}, status=422)
    page.post("/sampling/new", form | {"numbers": "north | x"}, status=422)
    page.post("/sampling/new", form)
    assert "can’t be computed" in page.follow()
    plan = session.scalars(select(SamplingPlan)).one()
    page.get(f"/sampling/{plan.id}/edit")
    page.post(
        f"/sampling/{plan.id}/edit", form | {"allocation": "proportional", "row_version": plan.row_version}
    )
    text = page.follow()
    assert "Draw the sample" in text
    assert "sa-pair" in text
    page.get(f"/sampling/{plan.id}?lang=zh")
    page.get(f"/sampling/{plan.id}?lang=en")
    page.post(f"/sampling/{plan.id}/draw", {"seed": "-3"}, status=422)
    page.post(f"/sampling/{plan.id}/draw", {"seed": "42"})
    text = page.follow()
    assert "Make the personal links" in text
    page.post(f"/sampling/{plan.id}/draw", {"seed": "43"}, status=422)
    page.post(f"/sampling/{plan.id}/links")
    assert "Invite" in page.follow()
    assert page.client.get(f"/sampling/{plan.id}/draw.csv").text.startswith("\ufeffCustomer code,Stratum")
    assert page.client.get(f"/sampling/{plan.id}/draw.xlsx").status_code == 200
    page.post(f"/sampling/{plan.id}/handed-out", status=200)
    text = page.get(f"/sampling/{plan.id}/mails/0")
    assert "{link}" in text
    page.get(f"/sampling/{plan.id}/mails/9", status=404)
    assert "王小明" in page.client.post(f"/sampling/{plan.id}/mails/0", data=TEXTS | {"go": "look"}).text
    page.post(f"/sampling/{plan.id}/mails/0", TEXTS | {"go": "send", "subject_en": ""}, status=422)
    page.post(f"/sampling/{plan.id}/mails/0", TEXTS | {"go": "send", "_once": "m"})
    page.post(f"/sampling/{plan.id}/mails/0", TEXTS | {"go": "send", "_once": "m"})
    assert "being written" in page.follow()
    work(MAIL_JOB)
    page.get(f"/sampling/{plan.id}?lang=zh")
    page.get(f"/surveys/waves/{wave.id}?lang=en")
    page.post(f"/sampling/{plan.id}/copy")
    page.follow()
    page.post(f"/sampling/{plan.id + 1}/discard")
    for form_of in ("csv", "xlsx"):
        assert page.client.get(f"/sampling?export={form_of}").status_code == 200
    assert "Autumn" in page.get("/search?q=autumn")


def test_the_page_of_a_plan_and_the_list_cost_the_same_statements(
    page: Page, people: People, app: Flask
) -> None:
    make_customers(people, 40)
    wave = asked_wave(people)
    plan, _drawn = linked(people, wave, n=6, strata="region")
    page.as_(people.manager)
    page.get("/sampling")
    few = counted(lambda: page.get("/sampling")), counted(lambda: page.get(f"/sampling/{plan.id}"))
    for _number in range(30):
        make_plan(people, n=3)
    large, _drawn = linked(people, wave, n=38, strata="region")
    many = counted(lambda: page.get("/sampling")), counted(lambda: page.get(f"/sampling/{large.id}"))
    assert many == few
