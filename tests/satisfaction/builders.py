"""A questionnaire with every kind of item, waves and answers, through operations."""

import io
import re
from datetime import date
from pathlib import Path
from typing import Any

from core import files, jobs
from core.db import session
from satisfaction.models import Questionnaire, ResponseImport, SurveyItem, Wave
from satisfaction.operations import importing, questionnaires, waves
from satisfaction.queries import questionnaires as queries
from satisfaction.rules.imports import Mapping
from satisfaction.rules.items import read_bulk
from tests.page import Page
from tests.people import People

ALL_KINDS = """Q1 | scale | The counter was clean | 窗口整洁 ||| tangibles
Q2 | scale | Staff were quick | 人员办事快 ||| responsiveness
Q3 | csat | How satisfied are you? | 您满意吗？
Q4 | ces | It was easy to get it done | 办事很容易
Q5 | nps | Would you recommend us? | 您会推荐我们吗？
S1 | servqual | Staff should be quick | 人员应当快 | Staff were quick | 人员确实快 | responsiveness
S2 | servqual | Rooms should be tidy | 环境应当整洁 | Rooms were tidy | 环境确实整洁 | tangibles
K1 | kano | There is an app | 有手机应用 | There is no app | 没有手机应用
I1 | importance | How important is a clean counter? | 窗口整洁有多重要？
I2 | importance | How important is speed? | 快慢有多重要？
T1 | text | What else would you like to say? | 您还想说什么？"""


def make_questionnaire(
    people: People, lines: str = ALL_KINDS, *, unit: Any = None, **values: Any
) -> Questionnaire:
    made = questionnaires.write_questionnaire(
        unit=unit or people.north, owner=people.owner, title_en="Counter", title_zh="办事窗口", actor=people.manager, **values
    )  # fmt: skip
    version = queries.get_newest_version(made.id)
    questionnaires.add_bulk(version, read_bulk(lines), actor=people.manager)
    session.commit()
    return made


def make_wave(people: People, questionnaire: Questionnaire, *, open_it: bool = True, **values: Any) -> Wave:
    made = waves.plan_wave(
        queries.get_newest_version(questionnaire.id),
        unit=questionnaire.unit,
        actor=people.manager,
        **{"name_en": "Autumn", "name_zh": "秋季", **values},
    )
    if open_it:
        waves.open_wave(made, actor=people.manager)
    session.commit()
    return made


def item(questionnaire: Questionnaire, code: str) -> SurveyItem:
    version = queries.get_newest_version(questionnaire.id)
    return next(each for each in queries.list_items(version.id) if each.code == code)


def change(people: People, thing: SurveyItem, **values: Any) -> None:
    """Change some fields of an item, the others as they are."""
    names = [column.key for column in SurveyItem.__table__.columns]
    given = {name: getattr(thing, name) for name in names} | values
    questionnaires.change_item(thing, given, actor=people.manager)
    session.commit()


def answer_form(page: Page, token: str) -> dict[str, str]:
    """The machinery of the respondents' form."""
    text = page.get(f"/s/{token}")
    found = re.search(r'name="r" value="([^"]+)"', text)
    assert found is not None
    return {"r": found[1]}


def send(page: Page, token: str, **answers: Any) -> str:
    """Somebody new answers; gives where the answer leads."""
    page.as_(None)
    form = answer_form(page, token) | {key.replace("__", "."): value for key, value in answers.items()}
    location = page.post(f"/s/{token}", form).location
    assert location is not None
    return location


def import_file(
    people: People, wave: Wave, data: bytes, mapping: Mapping, name: str = "answers.csv"
) -> ResponseImport:
    """A file through the operations up to the queue; the caller runs the job."""
    received = files.receive(io.BytesIO(data), name, limit=200_000_000)
    batch = importing.begin(received, wave=wave, actor=people.manager)
    importing.save_mapping(batch, mapping, usable=True, actor=people.manager)
    importing.queue_import(batch, actor=people.manager)
    session.commit()
    return batch


def run_jobs(app: Any) -> None:
    while jobs.run_one(app):
        pass


def work(kind: str) -> dict[str, Any]:
    """Run the newest job of a kind in the transaction of the test, as the worker would."""
    from sqlalchemy import select

    session.commit()
    job = session.scalars(
        select(jobs.Job).where(jobs.Job.kind == kind).order_by(jobs.Job.id.desc()).limit(1)
    ).one()
    made = jobs._handlers[kind](job, _silent)  # type: ignore[arg-type]  # only called
    session.commit()
    return made or {}


def _silent(*_args: Any) -> None:
    """Progress that nobody looks at."""


DAY = date(2026, 9, 1)
FOLDER = Path(__file__).parent
