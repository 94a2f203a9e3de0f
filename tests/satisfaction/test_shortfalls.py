"""Results against promises: findings of what falls short, and items as measures of tickets."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from accounts.queries import today
from core import clock
from core.db import session
from improvement import measures as improvement_measures
from improvement.models import Finding
from satisfaction import measures, reports
from satisfaction.operations import waves
from standards.models import Requirement, Standard, Version
from tests.page import Page
from tests.people import People
from tests.satisfaction.answered import LINES, fill
from tests.satisfaction.builders import change, item, make_questionnaire, make_wave, send, work


def promise(people: People) -> tuple[Standard, Requirement]:
    from standards.operations import requirements, standards, versions
    from tests.people import PASSWORD

    standard = standards.write_standard(
        unit=people.north, owner=people.owner, actor=people.manager, title_en="Counter"
    )
    version = session.scalars(select(Version).where(Version.standard_id == standard.id)).one()
    made = requirements.add_requirement(
        version, actor=people.manager, kind="timing", from_milestone="received", to_milestone="closed", limit="5 days", target=0.9,
    )  # fmt: skip
    versions.submit(version, actor=people.manager)
    versions.approve(version, actor=people.approver, password=PASSWORD)
    session.commit()
    return standard, made


def test_a_shortfall_becomes_a_finding_once_and_is_brought_up_to_date(page: Page, people: People) -> None:
    standard, requirement = promise(people)
    questionnaire = make_questionnaire(people, LINES, standard=standard)
    change(people, item(questionnaire, "Q1"), target=4.0, standard_id=standard.id, requirement_code="R1")
    change(people, item(questionnaire, "Q2"), target=50.0)
    wave = make_wave(
        people, questionnaire, open_it=False, first_day=today() - timedelta(days=9), last_day=today()
    )
    fill(people, wave, [(3, 5, "E")] * 30 + [(2, 5, "E")] * 10)
    assert session.scalar(select(func.count()).select_from(Finding)) == 0, "not before the wave is closed"
    waves.close_wave(wave, actor=people.manager)
    work("satisfaction.analyse")
    finding = session.scalars(select(Finding)).one()
    assert (finding.origin, finding.unit_id, finding.requirement_id) == (
        "satisfaction",
        people.north.id,
        requirement.id,
    )
    assert finding.statement_en == "Clean? 2.75 of 5, target 4.00 (North division)"
    assert finding.statement_zh.startswith("整洁吗？")
    figure = finding.figures[0]
    assert (figure["value"], figure["n"], figure["verdict"], figure["target"]) == (2.75, 40, "short", 4.0)
    page.as_(people.manager)
    assert f"/surveys/waves/{wave.id}/results/Q1" in page.get(f"/findings/{finding.id}")
    page.get(f"/surveys/waves/{wave.id}/results/Q1")
    assert "2.75" in page.get(f"/standards/{standard.id}")
    assert "Felt by customers" in page.get(f"/standards/{standard.id}")
    from improvement.operations import tickets

    ticket = tickets.open_ticket(
        title="Clean the counter",
        owner=people.owner,
        verifier=people.approver,
        findings=[finding],
        actor=people.manager,
    )
    option = measures.SurveyMeasure().options(ticket, people.manager)[0]
    assert option.ref == f"survey:{questionnaire.id}:Q1:unit={people.north.id}", (
        "what the finding is about comes first"
    )
    assert measures.SurveyMeasure().options(ticket, people.south_owner) == []
    second = make_wave(people, questionnaire, open_it=False, first_day=today(), last_day=today())
    fill(people, second, [(2, 5, "E")] * 50, "b.csv")
    waves.close_wave(second, actor=people.manager)
    work("satisfaction.analyse")
    assert session.scalars(select(Finding)).one().figures[0]["value"] == 2.0
    text = page.get(f"/surveys/waves/{second.id}/results/Q1")
    assert "Trend over waves" in text
    rows = reports.survey_rows(people.root, today() - timedelta(days=30), today())
    assert [(row.wave_code, row.item_code, row.value) for row in rows if row.item_code == "Q1"] == [
        (wave.code, "Q1", "2.75"),
        (second.code, "Q1", "2.00"),
    ]
    assert reports.survey_rows(people.south, today() - timedelta(days=30), today()) == []


def test_too_few_answers_are_not_judged(people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    change(people, item(questionnaire, "Q1"), target=4.5)
    wave = make_wave(people, questionnaire, open_it=False)
    fill(people, wave, [(1, 5, "E")] * 29)
    waves.close_wave(wave, actor=people.manager)
    work("satisfaction.analyse")
    assert session.scalar(select(func.count()).select_from(Finding)) == 0


def test_an_item_is_a_measure_of_a_ticket(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    wave = make_wave(people, questionnaire, anonymous=False)
    for value in ("5", "4", "3", "1"):
        send(page, str(wave.open_token), Q1=value, Q2=value)
    other = make_wave(people, questionnaire, open_it=False, last_day=today() - timedelta(days=14))
    fill(people, other, [(5, 5, "E")] * 12)
    ref = f"survey:{questionnaire.id}:Q1:unit={people.north.id}"
    provider = improvement_measures.provider_for(ref)
    assert isinstance(provider, measures.SurveyMeasure)
    window = provider.measure(ref, clock.now().date() - timedelta(days=30), clock.now().date())
    assert (window.total.met, window.total.n) == (14, 16)
    assert sum(count.n for _monday, count in window.weeks) == 12, (
        "a week of four is not shown beside anonymous answers"
    )
    assert all(monday.weekday() == 0 for monday, _count in window.weeks)
    recent = provider.measure(ref, clock.now().date() - timedelta(days=3), clock.now().date())
    assert (recent.total.met, recent.total.n) == (2, 4)
    shy = make_wave(people, questionnaire)
    for _ in range(12):
        send(page, str(shy.open_token), Q1="5")
    assert provider.measure(ref, clock.now().date(), clock.now().date()).total.n == 4, (
        "an open anonymous wave does not count"
    )
    waves.close_wave(shy, actor=people.manager)
    assert provider.measure(ref, clock.now().date(), clock.now().date()).total.n == 16
    option = provider.describe(ref)
    assert option is not None
    assert "Share of answers 4–5: Clean?" in option.label_en
    for gone in ("survey:99:Q1:unit=1", f"survey:{questionnaire.id}:T9:unit={people.north.id}", "survey:x"):
        with pytest.raises(LookupError):
            provider.measure(gone, today(), today())
        assert provider.describe(gone) is None
    assert page.as_(people.owner).client.get(provider.rows_url(ref, today(), today())).status_code == 200
