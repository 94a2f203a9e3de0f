"""The customer register, a sample of it, invitations by mail and who answered. All invented; mails go to example.org."""

import csv
import io
import random
from typing import Any, Protocol

from sqlalchemy import select

from accounts.queries import organisation
from core import files
from core.db import session
from demo.cast import Cast
from satisfaction import tokens
from satisfaction.customers import importing
from satisfaction.customers.importing import Reading
from satisfaction.operations import answering, waves
from satisfaction.queries import questionnaires as queries
from satisfaction.queries.waves import find_asked
from satisfaction.rules.items import columns_of, read_answers
from satisfaction.sampling.links import personal_token
from satisfaction.sampling.models import DrawnCustomer, SamplingPlan
from satisfaction.sampling.operations import mailing, plans
from satisfaction.sampling.rules import Design, Population

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀兰",
    "霞",
    "平",
    "桂英",
    "建华",
    "文",
)
FIRST = ("Alex", "Maria", "Tom", "Ines", "Paul", "Hana", "Omar", "Lena", "Ravi", "Julia")
LAST = ("Berg", "Costa", "Novak", "Silva", "Kim", "Rossi", "Weber", "Ito", "Khan", "Moore")
SHOPS = ("面馆", "便利店", "理发店", "药房", "五金店", "花店", "书店", "洗衣店")
#: region: unit, customers out of 420, share that answers
REGIONS = {
    "中区": ("CEN", 110, 0.56),
    "南区": ("SOU", 95, 0.48),
    "东区": ("EAS", 85, 0.44),
    "北区": ("NOR", 80, 0.2),
    "西区": ("WES", 50, 0.46),
}
COLUMNS = (
    "编号",
    "姓名",
    "顾客类别",
    "单元代码",
    "语言",
    "邮箱",
    "电话",
    "地区",
    "渠道",
    "细分",
    "业务量",
    "请勿联系",
)


class Told(Protocol):
    """The story, as far as this chapter tells of it."""

    def tell(
        self, when: str, chapter: str, act: Any, *given: Any, jobs: bool = False, **more: Any
    ) -> None: ...


def told(story: Told) -> None:
    """A list of customers comes in; five weeks ago a sample was drawn, asked by mail and reminded."""
    story.tell("97 mon 09:40", "customers", register)
    story.tell("100 wed 10:10", "customers", draw)
    story.tell("101 mon 08:40", "customers", invite, jobs=True)
    story.tell("102 sun 20:00", "customers", answer, 0.75)
    story.tell("103 mon 08:50", "customers", remind, jobs=True)
    story.tell("104 fri 21:00", "customers", answer, 1.0)


def _rows() -> list[list[str]]:
    dice = random.Random(17)  # noqa: S311 - invented customers, the same in each build
    made = []
    number = 0
    for region, (unit, count, _share) in REGIONS.items():
        for place in range(count):
            number += 1
            english = dice.random() < 0.12
            segment = dice.choices(("居民", "商户", "企业"), (70, 20, 10))[0]
            name = (
                f"{dice.choice(FIRST)} {dice.choice(LAST)}"
                if english
                else dice.choice(SURNAMES) + dice.choice(GIVEN)
            )
            if segment == "商户" and not english:
                name = f"{name}{dice.choice(SHOPS)}"
            kind = (
                dice.choices(("外部", "中间", "内部", "以往", "潜在"), (80, 8, 5, 4, 3))[0]
                if place > 3
                else "外部"
            )
            mail = f"kh{number:04}@example.org" if dice.random() < 0.86 else ""
            phone = "" if mail else f"000-{number:04}"
            visits = "" if kind == "潜在" else str(1 + int(dice.expovariate(0.35)))
            stop = "是" if dice.random() < 0.03 else ""
            channel = dice.choices(("窗口", "热线", "网上"), (50, 30, 20))[0]
            made.append(
                [f"KH-{number:04}", name, kind, unit, "en" if english else "zh", mail, phone, region, channel, segment, visits, stop]
            )  # fmt: skip
    return made


def register(cast: Cast) -> None:
    """The list as the counters keep it, by the same way as the pages: one row that can't be taken is among it."""
    actor = cast.person("lin")
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    writer.writerows(_rows())
    writer.writerow(
        ["KH-0421", "赵静", "外部", "NOR", "zh", "kh0421 at example.org", "", "北区", "窗口", "居民", "2", ""]
    )
    received = files.receive(io.BytesIO(table.getvalue().encode()), "顾客名单.csv", limit=1_000_000)
    batch = importing.begin(received, unit=cast.unit("BCS"), actor=actor)
    reading = Reading.of(batch.mapping)
    importing.save_reading(batch, reading, usable=True, actor=actor)
    importing.accept(batch.id, importing.look(batch, reading, actor=actor), actor=actor)


def draw(cast: Cast) -> None:
    """Stratified by district, since districts differ; a named wave, so that answers can be weighted."""
    actor = cast.person("lin")
    wave = waves.plan_wave(
        queries.get_newest_version(cast.questionnaires["counter"]),
        unit=cast.unit("BCS"),
        name_en="Registered customers, by mail",
        name_zh="在册顾客邮件调查",
        purpose="What do all registered customers say, also those who never scan a code at the counter?",
        population="名册中的外部和中间顾客，按区分层随机抽样。",
        channels=["mail"],
        first_day=cast.timeline.day("101 mon"),
        last_day=cast.timeline.day("112 fri"),
        anonymous=False,
        open_link=False,
        actor=actor,
    )
    cast.waves["customers"] = wave.id
    plan = plans.write_plan(
        unit=cast.unit("BCS"),
        name_en="Customers by district",
        name_zh="分区顾客样本",
        wave=wave,
        population=Population(kinds=("external", "intermediate")),
        design=Design(error=0.08, response_rate=0.45, draw="stratified", strata="region"),
        actor=actor,
    )
    frame, sample = plans.sample(plan, 20_170_401, actor=actor)
    plans.keep_draw(plan, frame, sample, 20_170_401, actor=actor)
    mailing.make_links(plan, actor=actor)


def _plan(cast: Cast) -> SamplingPlan:
    return session.scalars(select(SamplingPlan).where(SamplingPlan.wave_id == cast.waves["customers"])).one()


def _send(cast: Cast, number: int) -> None:
    plan = _plan(cast)
    texts = mailing.default_texts(plan, number, organisation())
    mailing.send(plan, number, texts=texts, actor=cast.person("lin"))


def invite(cast: Cast) -> None:
    waves.open_wave(cast.wave("customers"), actor=cast.person("lin"))
    _send(cast, 0)


def remind(cast: Cast) -> None:
    _send(cast, 1)


def answer(cast: Cast, until: float) -> None:
    """Who of the sample has answered by now: always the same ones, the north least of all."""
    dice = random.Random(5)  # noqa: S311 - invented answers, the same in each build
    wave = cast.wave("customers")
    columns = columns_of(queries.list_items(wave.version_id))
    drawn = session.scalars(
        select(DrawnCustomer).where(DrawnCustomer.plan_id == _plan(cast).id).order_by(DrawnCustomer.id)
    ).all()
    for each in drawn:
        share = REGIONS[each.stratum][2]
        chance = dice.random()
        level = dice.gauss(3.1 if each.stratum == "北区" else 3.9, 0.9)
        wait = dice.gauss(level - 0.8, 0.7)
        if each.invitation_id is None or chance >= share * until:
            continue
        token = personal_token(each.nonce)
        asked = find_asked(token, tokens.hashed(token))
        assert asked is not None
        if asked.used:
            continue
        say = {
            "CSAT": _whole(level, 1, 5),
            "CES": _whole(level * 1.4, 1, 7),
            "WAIT": _whole(wait, 1, 5),
            "NPS": _whole(level * 2.1 - 0.5, 0, 10),
        }
        answers = read_answers(columns, {key: [str(value)] for key, value in say.items()})
        assert not answers.faults, answers.faults
        answering.submit(
            asked,
            answering.key_of(asked, token, ""),
            answers,
            language="zh",
            channel="web",
            address="",
        )


def _whole(value: float, low: int, high: int) -> int:
    return min(high, max(low, round(value)))
