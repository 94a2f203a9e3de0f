"""Trends of dimensions over waves, and figures that an older version of the engine kept."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from accounts.queries import today
from core import jobs
from core.db import session
from improvement.models import Finding
from satisfaction import results
from satisfaction.models import Questionnaire, SurveyFigure, Wave
from satisfaction.operations import waves
from satisfaction.operations.waves import ANALYSE_JOB
from satisfaction.queries import figures as queries
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import change, item, make_questionnaire, make_wave, work
from tests.satisfaction.test_result_figures import fill

LINES = """Q | scale | Clean? || || care
R | scale | Quick? || || care
S | servqual/7 | Should be quick || Was quick || speed"""
KEYS = ("Q", "R", "S.e", "S.p")


def asked(
    people: People, questionnaire: Questionnaire, days_ago: int, row: tuple[Any, ...], rows: int = 12
) -> Wave:
    day = today() - timedelta(days=days_ago)
    wave = make_wave(
        people, questionnaire, open_it=False, first_day=day, last_day=day, name_en=f"Wave {days_ago}"
    )
    other = tuple(value - 1 for value in row)
    fill(people, wave, KEYS, [row] * (rows // 2) + [other] * (rows - rows // 2))
    waves.close_wave(wave, actor=people.manager)
    work(ANALYSE_JOB)
    return wave


def test_a_dimension_has_a_trend_with_numbers_and_intervals(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    asked(people, questionnaire, 60, (3, 4, 6, 4))
    wave = asked(people, questionnaire, 30, (5, 4, 6, 5))
    trend = queries.trend(wave, "mean", dimension="care")
    assert [(each.wave.name_en, each.figure.value, each.figure.n) for each in trend] == [
        ("Wave 60", 3.0, 12),
        ("Wave 30", 4.0, 12),
    ]
    assert all(each.detail == {"points": 5, "items": ["Q", "R"]} for each in trend)
    # half of twelve stand half a point above the mean: sd² = 12 · 0.25 / 11, t(11) = 2.201
    half = 2.200985 * (12 * 0.25 / 11 / 12) ** 0.5
    assert trend[0].figure.low == pytest.approx(3 - half, abs=1e-5)
    page.as_(people.owner)
    text = page.get(f"/surveys/waves/{wave.id}/dimensions/care")
    assert "Trend over waves" in text
    assert "Wave 60" in text
    assert f"{3 - half:.2f}–{3 + half:.2f}" in text
    assert "older version" not in text
    assert "Not the same questions" not in text
    text = page.get(f"/surveys/waves/{wave.id}/dimensions/speed")
    assert "Expected" in text
    assert "−1.50" in text or "-1.50" in text or "−1.00" in text
    assert "Wave 60" in page.get(f"/surveys/waves/{wave.id}/results"), "the wave before stands beside it"
    page.get(f"/surveys/waves/{wave.id}/dimensions/nothing", status=404)


def test_the_first_wave_says_when_a_trend_appears(page: Page, people: People) -> None:
    wave = asked(people, make_questionnaire(people, LINES), 30, (3, 4, 6, 4))
    page.as_(people.owner)
    assert "A trend appears with the second wave" in page.get(f"/surveys/waves/{wave.id}/dimensions/care")


def test_a_wave_that_asked_other_questions_is_named(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    first = asked(people, questionnaire, 60, (3, 4, 6, 4))
    wave = asked(people, questionnaire, 30, (5, 4, 6, 5))
    session.execute(
        update(SurveyFigure)
        .where(SurveyFigure.wave_id == first.id, SurveyFigure.dimension == "care")
        .values(detail={"points": 5, "items": ["Q", "OLD"]})
    )
    session.commit()
    page.as_(people.owner)
    text = page.get(f"/surveys/waves/{wave.id}/dimensions/care")
    assert "Not the same questions in: Wave 60." in text
    session.execute(
        update(SurveyFigure)
        .where(SurveyFigure.wave_id == first.id, SurveyFigure.dimension == "care")
        .values(detail={"points": 7, "items": ["Q", "R"]})
    )
    session.commit()
    assert "A trend appears with the second wave" in page.get(f"/surveys/waves/{wave.id}/dimensions/care"), (
        "a scale of seven is no trend of a scale of five"
    )


def test_what_an_older_engine_kept_is_marked_and_computed_again_without_findings(
    page: Page, people: People
) -> None:
    questionnaire = make_questionnaire(people, LINES)
    change(people, item(questionnaire, "Q"), target=4.9)
    first = asked(people, questionnaire, 60, (3, 4, 6, 4), rows=30)
    wave = asked(people, questionnaire, 30, (3, 4, 6, 4), rows=30)
    assert session.scalar(select(func.count()).select_from(Finding)) == 1
    session.execute(update(Finding).values(statement_en="As it was"))
    session.execute(update(jobs.Job).values(state=jobs.JobState.done))
    assert waves.queue_outdated(results.ENGINE_VERSION) == 0
    session.execute(
        update(SurveyFigure).where(SurveyFigure.wave_id == first.id).values(engine_version="1", value=1.0)
    )
    session.commit()
    page.as_(people.owner)
    for address in ("dimensions/care", "results/Q"):
        assert (
            "Still from an older version of the engine; it is computed again at night: Wave 60."
            in page.get(f"/surveys/waves/{wave.id}/{address}")
        )
    assert waves.queue_outdated(results.ENGINE_VERSION) == 1
    assert waves.queue_outdated(results.ENGINE_VERSION) == 0, "it waits already"
    job = session.scalars(select(jobs.Job).order_by(jobs.Job.id.desc()).limit(1)).one()
    assert json.loads(job.arguments) == {"wave": first.id, "findings": False}
    work(ANALYSE_JOB)
    kept = session.scalars(select(SurveyFigure).where(SurveyFigure.wave_id == first.id)).all()
    assert {row.engine_version for row in kept} == {results.ENGINE_VERSION}
    assert next(row.value for row in kept if row.dimension == "care") == 3.0
    assert session.scalars(select(Finding.statement_en)).all() == ["As it was"]
    assert "older version" not in page.get(f"/surveys/waves/{wave.id}/dimensions/care")


def test_scales_of_two_lengths_that_share_a_name_keep_the_wider_one(people: People) -> None:
    lines = "\n".join(
        [f"A{n} | scale | Five {n} || || care" for n in range(3)]
        + [f"B{n} | scale/7 | Seven {n} || || care" for n in range(2)]
    )
    wave = make_wave(people, make_questionnaire(people, lines), open_it=False)
    fill(people, wave, ("A0", "A1", "A2", "B0", "B1"), [(4, 4, 4, 7, 7), (4, 4, 4, 5, 5)] * 8)
    found = results.of_wave(wave)[1]
    assert {(each.points, each.main.value) for each in found.dimensions} == {(5, 4.0), (7, 6.0)}
    waves.close_wave(wave, actor=people.manager)
    work(ANALYSE_JOB)
    kept = session.scalars(select(SurveyFigure).where(SurveyFigure.dimension == "care")).one()
    assert (kept.value, kept.detail["points"]) == (4.0, 5)
