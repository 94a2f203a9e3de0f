"""What lies half done on the desks this week: drafts, files to be looked at, a quiz that was interrupted."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import select

from accounts.operations import add_person, grant
from accounts.rules import Role
from core import files
from core.db import session
from demo import log
from demo.cast import Cast
from satisfaction.customers import importing as customers
from satisfaction.indicators.models import IndicatorSystem
from satisfaction.models import Questionnaire
from satisfaction.operations import importing as answers
from satisfaction.operations import questionnaires
from satisfaction.operations.indicators import judging, systems
from satisfaction.queries import indicator_judges
from satisfaction.queries import indicators as indicator_queries
from satisfaction.rules.imports import Mapping, Use
from training.models import Assignment
from training.operations import learning
from training.queries import courses

MOST_BYTES = 1_000_000


class Teller(Protocol):
    def tell(
        self, when: str, chapter: str, act: Any, *given: Any, jobs: bool = False, **more: Any
    ) -> None: ...


def told(story: Teller) -> None:
    for when, act in (
        ("103 wed 10:20", question_to_add),
        ("103 wed 15:40", weights_to_renew),
        ("104 thu 12:25", quiz_begun),
        ("104 thu 16:10", files_to_look_at),
        ("104 fri 09:10", newcomer_invited),
    ):
        story.tell(when, "desks", act)


def _received(name: str, rows: Iterable[Sequence[str]]) -> Any:
    table = io.StringIO()
    csv.writer(table).writerows(rows)
    return files.receive(io.BytesIO(table.getvalue().encode()), name, limit=MOST_BYTES, accept={"text/csv"})


def question_to_add(cast: Cast) -> None:
    """The next version of the questionnaire of the hall: one more question, not in use yet."""
    actor = cast.person("lin")
    version = questionnaires.draft_version(
        session.get_one(Questionnaire, cast.questionnaires["visitors"]), actor=actor
    )
    questionnaires.add_item(
        version,
        {
            "code": "FORMS",
            "kind": "scale",
            "text_en": "The forms could be filled in without help.",
            "text_zh": "表格不用人帮忙也能填好。",
            "points": 5,
            "allow_na": True,
        },
        actor=actor,
    )


def weights_to_renew(cast: Cast) -> None:
    """Next year's weights of the index: one judge has compared, another has not found the time."""
    actor = cast.person("zhang")
    system = session.scalars(
        select(IndicatorSystem).where(IndicatorSystem.questionnaire_id == cast.questionnaires["visitors"])
    ).one()
    version = systems.draft_version(system, actor=actor)
    judging.ask_judges(
        version,
        [cast.person(key) for key in ("xu", "chen")],
        due=cast.timeline.day("107 fri"),
        actor=actor,
    )
    person = cast.person("xu")
    judge = indicator_judges.find_judge(version.id, person.id)
    assert judge is not None
    root = indicator_queries.list_nodes(version.id)[0]
    judging.compare(
        judge,
        root,
        {"F1/F2": 2, "F1/F3": 1 / 2, "F1/F4": 1 / 2, "F2/F3": 1 / 3, "F2/F4": 1 / 4, "F3/F4": 1 / 2},
        actor=person,
    )


def quiz_begun(cast: Cast) -> None:
    """Everything read at the hotline, the first question open when the telephone rang."""
    person = cast.person("sun")
    own = session.scalars(
        select(Assignment).where(
            Assignment.person_id == person.id,
            Assignment.course_id == cast.courses["access"],
            Assignment.state == "started",
        )
    ).one()
    assert own.version_id is not None
    for step in courses.list_steps(own.version_id):
        learning.read_step(own, step, actor=person)
    learning.begin_attempt(own, actor=person)


def files_to_look_at(cast: Cast) -> None:
    """Three files whose columns are understood; nobody has said yet that they may come in."""
    actor = cast.person("lin")
    found = customers.begin(
        _received(
            "顾客名单_十一月.csv",
            [
                ["编号", "姓名", "顾客类别", "单元代码", "语言", "邮箱"],
                ["KH-0501", "滨江社区食堂", "外部", "SOU", "zh", "kh0501@example.org"],
                ["KH-0502", "Riverside Language School", "外部", "HALL", "en", "kh0502@example.org"],
            ],
        ),
        unit=cast.unit("BCS"),
        actor=actor,
    )
    customers.save_reading(found, customers.Reading.of(found.mapping), usable=True, actor=actor)

    batch = answers.begin(
        _received(
            "窗口纸质问卷_十一月.csv",
            [
                ["CSAT", "CES", "WAIT", "NPS"],
                ["4", "5", "3", "8"],
                ["5", "6", "4", "9"],
                ["2", "3", "2", "4"],
            ],
        ),
        wave=cast.wave("counter"),
        actor=actor,
    )
    uses = {name: Use(role="item", key=name, blank=("",)) for name in ("CSAT", "CES", "WAIT", "NPS")}
    answers.save_mapping(batch, Mapping(uses=uses, channel="paper"), usable=True, actor=actor)

    log.lay_out(
        cast,
        [("W-9001", "Street Light Condition", "Street Light Out"), ("W-9002", "Street Condition", "Pothole")],
    )


def newcomer_invited(cast: Cast) -> None:
    """Whoever starts on Monday has a link for a first password, and has not used it."""
    actor = cast.person("huang")
    newcomer = add_person(
        email="chen.yu@binjiang.example",
        name="陈宇",
        unit=cast.unit("WES"),
        language="zh",
        time_zone=cast.timeline.zone.key,
        invite=True,
        actor=actor,
    )
    grant(newcomer, Role.staff, cast.unit("WES"), actor=actor)
