"""A small real wave that every method can be run on, and what is asked of it."""

from typing import Any

import numpy as np

from core.db import session
from satisfaction.models import Analysis, Wave
from satisfaction.operations import analyses
from satisfaction.rules.analyses import Method
from satisfaction.rules.imports import Mapping, Use
from tests.people import People
from tests.satisfaction.builders import change, import_file, item, make_questionnaire, make_wave, work

LINES = """A1 | scale | The counter was clean | 窗口整洁 ||| tangibles
A2 | scale | The rooms were bright | 环境明亮 ||| tangibles
B1 | scale | Staff were quick | 人员办事快 ||| responsiveness
B2 | scale | Nobody had to wait | 无需等候 ||| responsiveness
C1 | csat | How satisfied are you? | 您满意吗？
N1 | nps | Would you recommend us? | 您会推荐我们吗？
S1 | servqual | Staff should be quick | 人员应当快 | Staff were quick | 人员确实快 | responsiveness
S2 | servqual | Rooms should be tidy | 环境应当整洁 | Rooms were tidy | 环境确实整洁 | tangibles
K1 | kano | There is an app | 有手机应用 | There is no app | 没有手机应用
I1 | importance | How important is cleanliness? | 整洁有多重要？
I2 | importance | How important is speed? | 快慢有多重要？"""
COLUMNS = ("A1", "A2", "B1", "B2", "C1", "N1", "S1.e", "S1.p", "S2.e", "S2.p", "K1.f", "K1.d", "I1", "I2")


def answers(n: int = 60, *, seed: int = 3, better: float = 0.0) -> str:
    """Rows of plausible answers: dimensions hang together and satisfaction follows them."""
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=n)
    rows = [",".join([*COLUMNS, "branch"])]

    def on(low: int, high: int, values: Any) -> list[int]:
        middle, width = (low + high) / 2, (high - low) / 4
        return [
            int(each) for each in np.clip(np.rint(middle + 0.4 * width + better + width * values), low, high)
        ]

    tangibles, speed = mood * 0.5 + rng.normal(size=n) * 0.7, mood * 0.8 + rng.normal(size=n) * 0.5

    def noise(base: Any) -> Any:
        return base + rng.normal(size=n) * 0.4

    columns = [
        on(1, 5, noise(tangibles)), on(1, 5, noise(tangibles)), on(1, 5, noise(speed)), on(1, 5, noise(speed)),
        on(1, 5, noise(speed * 0.7 + tangibles * 0.2)), on(0, 10, noise(speed)),
        on(1, 7, noise(np.full(n, 0.9))), on(1, 7, noise(speed - 0.4)), on(1, 7, noise(np.full(n, 0.5))), on(1, 7, noise(tangibles)),
        [1 if each else 3 for each in rng.random(n) < 0.7], [5 if each else 3 for each in rng.random(n) < 0.3],
        on(1, 5, noise(np.full(n, 0.2))), on(1, 5, noise(np.full(n, 0.9))),
    ]  # fmt: skip
    for place in range(n):
        branch = "East" if place % 2 else "West"
        rows.append(
            ",".join([*(str(column[place]) for column in columns), branch if place < n - 4 else "Tiny"])
        )
    return "\n".join(rows) + "\n"


def fill(people: People, wave: Wave, text: str, name: str = "a.csv") -> None:
    uses = {key: Use("item", key) for key in COLUMNS} | {"branch": Use("group")}
    import_file(people, wave, text.encode(), Mapping(uses), name)
    work("satisfaction.import")
    work("satisfaction.analyse")


def asked_wave(people: People) -> Wave:
    """A wave of 60 answers to LINES, with questions on importance that name the rated one."""
    asked = make_questionnaire(people, LINES)
    for code, about in (("I1", "A1"), ("I2", "B1")):
        change(people, item(asked, code), about_code=about)
    made = make_wave(people, asked, open_it=False)
    fill(people, made, answers())
    return made


ASKED: dict[Method, dict[str, Any]] = {
    Method.score: {"items": ["A1", "C1", "N1"], "by": "col:branch"},
    Method.reliability: {"items": ["A1", "A2", "B1", "B2"], "together": ""},
    Method.servqual: {"items": ["S1", "S2"], "test": "t"},
    Method.kano: {"items": ["K1"]},
    Method.ipa: {"items": ["A1", "B1"], "how": "stated", "crosshair": "mean"},
    Method.pls: {
        "model": "drivers", "missing": "mean", "bootstrap": 0, "seed": 7, "plsc": False,
        "construct": {"A1": "tangibles", "A2": "tangibles", "B1": "responsiveness", "B2": "responsiveness", "C1": "satisfaction", "N1": "loyalty"},
    },
    Method.effect: {"item": "A1", "measure": "mean", "before": 'g:["col:branch", "East"]', "after": 'g:["col:branch", "West"]', "direction": "up"},
    Method.transition: {"item": "A1", "second": "B1", "coarse": "1"},
    Method.fuzzy: {"items": ["A1", "A2", "B1", "B2"], "counting": "alike", "operator": "weighted_average"},
    Method.estimate: {"item": "C1", "measure": "mean", "strata": "col:branch", "confidence": "0.95"},
}  # fmt: skip


def run(wave: Wave, method: Method, people: People, **changes: Any) -> Analysis:
    made = analyses.start(wave, method, ASKED[method] | changes, actor=people.manager)
    session.commit()
    return made
