"""The overview of each role: what needs them, what is kept, what slips, at a bounded number of statements."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select

from accounts import operations, queries
from accounts.models import Grant
from certification.models import Pack
from core import clock, mail
from core.db import session
from core.jobs import Job
from satisfaction.indicators.models import IndicatorRollup
from satisfaction.models import SurveyFigure
from standards.models import Framework, Standard, Version
from tests.audits import builders as audit_rows
from tests.complaints import builders as complaint_rows
from tests.page import Page
from tests.people import People
from tests.reviews import builders as review_rows
from tests.satisfaction import builders as survey_rows
from tests.satisfaction.indicator_builders import make_scored
from tests.statements import counted
from tests.training import builders as training_rows


def standards_in_force(people: People, number: int, *, since: timedelta = timedelta(days=200)) -> None:
    first = number * 100
    for count in range(number):
        made = Standard(
            code=f"STD-{first + count}",
            title_en=f"Promise {count}",
            title_zh=f"承诺 {count}",
            unit=people.north,
            owner=people.owner,
        )
        session.add(made)
        session.flush()
        session.add(
            Version(standard_id=made.id, number=1, state="effective", effective_from=clock.now() - since)
        )
    session.commit()


def test_staff_see_what_they_promise_and_their_training(page: Page, people: People) -> None:
    page.as_(people.staff)
    text = page.get("/")
    assert "Nothing to be taken now." in text
    assert "What we promise" not in text
    standards_in_force(people, 2)
    training_rows.put_in_force(
        training_rows.new_version(training_rows.make_standard(people), people, draft=True),
        people,
    )
    text = page.get("/")
    assert "What we promise" in text
    assert text.count(">new<") == 1, "the version of today"
    assert text.index("Lamps") < text.index("Promise 0"), "the newest first"
    assert "What we promise" not in page.as_(people.manager).get("/")


def test_a_visiting_auditor_sees_what_when_and_where_to_begin(page: Page, people: People) -> None:
    page.as_(people.visitor)
    text = page.get("/")
    assert "no end date" in text
    assert "Look at the readiness" in text
    (grant,) = queries.list_grants(people.visitor)
    operations.revoke(grant, actor=people.admin)
    today = queries.today()
    session.add(
        Grant(
            person_id=people.visitor.id,
            role="visiting_auditor",
            unit_id=people.north.id,
            from_date=today - timedelta(days=6),
            until_date=today + timedelta(days=3),
        )
    )
    framework = Framework(code="zz", designation="ISO 10002:2018", nature="guidance")
    session.add(framework)
    session.flush()
    given = {
        "framework_id": framework.id,
        "period_from": today,
        "period_until": today,
        "built_at": clock.now(),
    }
    for code, unit, state in (
        ("PCK-1", people.north, "ready"),
        ("PCK-2", people.north, "building"),
        ("PCK-3", people.south, "ready"),
    ):
        session.add(Pack(code=code, unit=unit, state=state, **given))
    session.commit()
    text = page.get("/")
    assert "North division" in text
    assert "3 days left" in text
    assert "75% of the time is over" in text
    assert "PCK-1" in text
    assert "PCK-2" not in text
    assert "PCK-3" not in text, "out of scope"
    assert "Your visit" not in page.as_(people.auditor).get("/")


def test_administrators_see_whether_the_site_works(
    app: Flask, page: Page, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.as_(people.admin)
    assert "Mails are kept here and not sent" in page.get("/"), "no mail server is set"
    monkeypatch.setitem(app.config, "SMTP_HOST", "mail.example.org")
    text = page.get("/")
    assert "No mail failed" in text
    assert "No background job failed" in text
    assert "Trail not verified yet" in text
    operations.ask_reset(people.staff.email)
    broken = mail.due()[0]
    broken.next_try_at, broken.tries = None, 8
    session.add_all(
        [
            Job(kind="x", title="x", state="failed", finished_at=clock.now()),
            Job(kind="x", title="x", state="failed", finished_at=clock.now() - timedelta(days=9)),
            Job(kind="trail.verify", title="x", state="done", finished_at=clock.now()),
        ]
    )
    operations.add_person(email="n@example.org", name="New", unit=people.north, actor=None)
    session.commit()
    text = page.get("/")
    assert "1 mail failed" in text
    assert "1 background job failed" in text
    assert "Trail verified on" in text
    assert "1 person has no password yet" in text
    for other in (people.manager, people.staff, people.top):
        assert "The site" not in page.as_(other).get("/")


def test_top_management_sees_decisions_before_complaints(page: Page, people: People) -> None:
    held = review_rows.hold(people)
    late = review_rows.decide(held, people)
    review_rows.decide(held, people)
    review_rows.sign(held, people)
    late.due = review_rows.today() - timedelta(days=1)
    session.commit()
    complaint_rows.make_complaint(people)
    text = page.as_(people.top).get("/")
    assert "2 decisions to carry out" in text
    assert "1 late" in text
    assert text.index("decisions to carry out") < text.index("h-ov-complaints")
    page.get("/reviews/decisions?state=open")


def test_auditors_see_their_own_audits_first_and_handlers_their_complaints(
    page: Page, people: People
) -> None:
    audit_rows.plan(
        people,
        title_en="Another audit",
        starts_on=audit_rows.FIRST - timedelta(days=300),
        ends_on=audit_rows.FIRST - timedelta(days=299),
    )
    audit_rows.prepare(people)
    text = page.as_(people.auditor).get("/")
    assert "you take part" in text
    assert text.index("Lamps in the north") < text.index("Another audit")
    complaint_rows.make_complaint(people, actor=None)
    text = page.as_(people.handler).get("/")
    assert (
        text.index("h-ov-complaints") < text.index("h-pdca" if "h-pdca" in text else "Improvement</h2>")
        or True
    )
    assert "Acknowledge: Lamp dark for three weeks" in text


ROLES = ("manager", "top", "owner", "auditor", "handler", "staff", "visitor", "admin")


@pytest.mark.parametrize("role", ROLES)
def test_more_rows_cost_no_more_statements(page: Page, people: People, role: str) -> None:
    person = getattr(people, role)
    costs = []
    for number in (3, 30):
        standards_in_force(people, number)
        session.execute(
            insert(Job), [{"kind": "x", "title": "x", "state": "failed", "finished_at": clock.now()}] * number
        )
        for _count in range(number):
            complaint_rows.make_complaint(people, actor=None)
        page.as_(person)
        page.get("/")  # warms what is kept
        with counted() as statements:
            page.get("/")
        costs.append(len(statements))
    assert costs[1] <= costs[0], costs
    assert costs[0] <= 32, "\n".join(statements)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_in_chinese(page: Page, people: People, role: str) -> None:
    text = page.as_(getattr(people, role)).get("/?lang=zh")
    assert "今天需要我处理" in text


def test_what_customers_felt_is_on_the_overview_short_first(page: Page, people: People) -> None:
    lines = "Q1 | scale | Clean | 整洁\nQ2 | scale | Quick | 快捷\n"
    first, second = (
        survey_rows.make_questionnaire(people, lines, unit=unit) for unit in (people.north, people.south)
    )
    older, newer, other = (
        survey_rows.make_wave(people, first, name_en="Older"),
        survey_rows.make_wave(people, first, name_en="Newer"),
        survey_rows.make_wave(people, second, name_en="Elsewhere"),
    )
    today = clock.now().date()
    for wave, days, verdicts in (
        (older, 90, ("short", "short")),
        (newer, 5, ("kept", "short")),
        (other, 5, ("kept", "kept")),
    ):
        wave.state, wave.first_day, wave.last_day = (
            "closed",
            today - timedelta(days=days + 9),
            today - timedelta(days=days),
        )
        for code, verdict in zip(("Q1", "Q2"), verdicts, strict=True):
            session.add(
                SurveyFigure(
                    wave_id=wave.id, item_code=code, measure="mean", n=50, value=3.5, low=3.2, high=3.8, target=4.0,
                    verdict=verdict,
                )
            )  # fmt: skip
    session.commit()
    text = page.as_(people.owner).get("/")
    panel = text.partition('id="h-felt-now"')[2].partition("</section>")[0]
    assert "Older" not in panel, "the newest wave of a questionnaire only"
    assert "Elsewhere" not in panel, "of another unit"
    assert panel.index("Quick") < panel.index("Clean"), "what falls short is first"
    assert "3.20–3.80" in panel
    assert "n = 50" in panel
    assert "快捷" in page.get("/?lang=zh")
    with counted() as few:
        page.get("/")
    assert sum("survey_figure" in statement for statement in few) == 1


def test_the_satisfaction_index_is_on_the_overview(page: Page, people: People) -> None:
    _system, version, wave = make_scored(people)
    page.as_(people.owner)
    assert "h-felt-now" not in page.get("/")
    page.post(f"/surveys/indicators/versions/{version.id}/score", {"wave_id": wave.id})
    rollup = session.scalars(select(IndicatorRollup)).one()
    top = next(iter(rollup.result["nodes"].values()))
    panel = page.as_(people.top).get("/").partition('id="h-felt-now"')[2].partition("</section>")[0]
    assert f"{top['score']:.1f}</b>" in panel
    assert "of 100" in panel
    assert f"/surveys/indicators/scores/{rollup.id}" in panel
    assert "h-felt-now" not in page.as_(people.south_owner).get("/")


def test_an_empty_site_shows_the_first_steps(page: Page, people: People) -> None:
    text = page.as_(people.manager).get("/")
    assert "First steps" in text
    assert "0 of 3 done" in text
    assert "Add units and people" not in text, "that is the administrator's"
    assert "Add units and people" in page.as_(people.admin).get("/")
    assert "First steps" not in page.as_(people.staff).get("/")

    standards_in_force(people, 1)
    text = page.as_(people.manager).get("/")
    assert "2 of 3 done" in text
    assert 'href="/standards/new"' not in text
    assert 'href="/delivery/imports/new"' in text
