"""Sampling plans: numbers, draws that anybody can repeat, their pages."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import session
from core.errors import RuleViolation
from satisfaction.customers import operations as customers
from satisfaction.customers.models import Customer
from satisfaction.methods.refusal import Refusal
from satisfaction.models import Wave
from satisfaction.operations import waves
from satisfaction.sampling import drawing, frames
from satisfaction.sampling.models import SamplingPlan
from satisfaction.sampling.operations import plans
from satisfaction.sampling.operations.mailing import MAIL_JOB
from satisfaction.sampling.rules import Design, Population, faults, filled, read_numbers
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import make_questionnaire, make_wave, work
from tests.satisfaction.sampled import RATED, TEXTS, asked_wave, draw, linked, make_customers, make_plan
from tests.statements import counted


def test_the_size_is_the_engines() -> None:
    assert drawing.size_of(Design(error=0.05), None, {})["n"] == 385
    assert drawing.size_of(Design(error=0.05), 1000, {})["n"] == 278
    found = drawing.size_of(Design(error=0.05, icc=0.05, cluster_size=11, response_rate=0.5), 10_000, {})
    assert found["deff"] == pytest.approx(1.5)
    assert found["invitations"] == pytest.approx(2 * found["n_adjusted"], abs=1)
    spread = drawing.size_of(Design(n=100, draw="stratified", strata="region"), None, {"a": 300, "b": 100})
    assert spread["allocation"] == {"a": 75, "b": 25}
    with pytest.raises(RuleViolation, match="a, b"):
        drawing.size_of(
            Design(error=0.05, draw="stratified", strata="region", allocation="neyman"),
            None,
            {"a": 300, "b": 100},
        )
    strange = Design(n=9, draw="stratified", strata="region", numbers=({"name": "c"},))
    with pytest.raises(RuleViolation, match="no stratum"):
        drawing.size_of(strange, None, {"a": 300, "b": 100})
    with pytest.raises(RuleViolation, match="standard deviation"):
        drawing.size_of(Design(kind="mean", error=1, draw="stratified", strata="region"), None, {"a": 300})
    with pytest.raises(RuleViolation, match="strata; at most"):
        drawing.size_of(Design(n=9), None, {str(number): 5 for number in range(300)})


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


def test_a_wave_that_a_plan_asks_for_is_not_discarded(people: People) -> None:
    wave = make_wave(people, make_questionnaire(people, RATED), open_it=False)
    plan = make_plan(people, wave)
    with pytest.raises(RuleViolation, match=plan.code):
        waves.discard_wave(wave, actor=people.manager)
    plans.discard_plan(plan, actor=people.manager)
    waves.discard_wave(wave, actor=people.manager)
    assert session.get(Wave, wave.id) is None


def test_what_was_drawn_stays(people: People) -> None:
    make_customers(people, 30)
    plan = make_plan(people)
    draw(people, plan)
    frame, sample = plans.sample(plan, 1, actor=people.manager)
    with pytest.raises(RuleViolation, match="drawn already"):
        plans.keep_draw(plan, frame, sample, 1, actor=people.manager)
    with pytest.raises(RuleViolation, match="stays"):
        plans.discard_plan(plan, actor=people.manager)
    asked: dict[str, Any] = {
        "unit": people.north,
        "name_en": "x",
        "name_zh": "",
        "wave": None,
        "actor": people.manager,
    }
    with pytest.raises(RuleViolation, match="copy of the plan"):
        plans.change_plan(plan, population=Population(), design=Design(n=3), **asked)
    copy = plans.copy_plan(plan, actor=people.manager)
    plans.change_plan(copy, population=Population(kinds=("former",)), design=Design(n=3), **asked)
    assert copy.population["kinds"] == ["former"]
    with pytest.raises(RuleViolation, match="volume"):
        drawing.draw(Design(n=1, draw="pps"), [frames.Member(1, "A", "", "", None)], 1)


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
    assert "south | " in page.get(f"/sampling/{plan.id}/edit")
    page.post(
        f"/sampling/{plan.id}/edit", form | {"allocation": "proportional", "row_version": plan.row_version}
    )
    text = page.follow()
    assert "Draw the sample" in text
    assert "sa-pair" in text
    page.get(f"/sampling/{plan.id}?lang=zh")
    page.get(f"/sampling/{plan.id}?lang=en")
    for seed in ("-3", "abc", "9" * 400, "nan"):  # never drawn with another seed than the one asked for
        page.post(f"/sampling/{plan.id}/draw", {"seed": seed}, status=422)
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

    def costs(plan_id: int) -> list[int]:
        found = []
        for url in ("/sampling", f"/sampling/{plan_id}"):
            with counted() as statements:
                page.get(url)
            found.append(len(statements))
        return found

    few = costs(plan.id)
    for _number in range(30):
        make_plan(people, n=3)
    large, _drawn = linked(people, wave, n=38, strata="region")
    assert costs(large.id) == few
