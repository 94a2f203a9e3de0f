"""An indicator system over a small real wave, through operations."""

import re
from typing import Any

from core.db import session
from satisfaction.indicators.models import IndicatorNode, IndicatorSystem, IndicatorVersion
from satisfaction.models import Questionnaire, Wave
from satisfaction.operations.indicators import systems, trees
from satisfaction.queries import indicators as queries
from satisfaction.rules.imports import Mapping, Use
from tests.people import People
from tests.satisfaction.builders import import_file, make_questionnaire, make_wave, work

LINES = """A1 | scale | The counter was clean | 窗口整洁
A2 | scale | The rooms were bright | 环境明亮
B1 | scale | Staff were quick | 人员办事快
B2 | scale/7 | Nobody had to wait | 无需等候
C1 | csat | How satisfied are you? | 您满意吗？
N1 | nps | Would you recommend us? | 您会推荐我们吗？
S1 | servqual | Staff should be kind | 人员应当亲切 | Staff were kind | 人员确实亲切
T1 | text | Anything else? | 还有什么？"""
COLUMNS = ("A1", "A2", "B1", "B2", "C1", "N1", "S1.e", "S1.p")
#: factor → indicator → items
TREE = {
    "Rooms": {"Order": ["A1", "A2"]},
    "Staff": {"Speed": ["B1", "B2"], "Manner": ["S1"]},
    "Whole": {"Overall": ["C1", "N1"]},
}


def sheet_of(n: int = 60, *, shift: int = 0, groups: dict[str, int] | None = None) -> list[dict[str, str]]:
    """Rows of plain answers whose means can be worked out by hand; `groups`: name → how many of the rows."""
    rows = []
    names = [name for name, size in (groups or {}).items() for _x in range(size)]
    for place in range(n):
        step = (place + shift) % 3
        rows.append(
            {
                "A1": str(3 + step), "A2": str(5 - step), "B1": str(2 + step), "B2": str(4 + step), "C1": str(3 + step),
                "N1": str(7 + step), "S1.e": "7", "S1.p": str(5 + step % 2), "segment": names[place] if names else "all",
            }
        )  # fmt: skip
    return rows


def csv(rows: list[dict[str, str]]) -> bytes:
    names = [*COLUMNS, "segment"]
    return "\n".join([",".join(names), *(",".join(row[name] for name in names) for row in rows)]).encode()


def fill(people: People, wave: Wave, rows: list[dict[str, str]], name: str = "a.csv") -> None:
    uses = {key: Use("item", key) for key in COLUMNS} | {"segment": Use("group")}
    import_file(people, wave, csv(rows), Mapping(uses), name)
    work("satisfaction.import")
    work("satisfaction.analyse")


def make_system(people: People, questionnaire: Questionnaire, **values: Any) -> IndicatorSystem:
    made = systems.write_system(
        **{"unit": people.north, "owner": people.manager, "questionnaire": questionnaire, "title_en": "Counter index",
            "title_zh": "窗口满意度指数", "actor": people.manager, **values}
    )  # fmt: skip
    session.commit()
    return made


def grow(
    people: People, system: IndicatorSystem, tree: dict[str, dict[str, list[str]]] | None = None
) -> IndicatorVersion:
    """The whole tree with weights that are alike."""
    version = queries.list_versions(system.id)[0]
    root = queries.list_nodes(version.id)[0]
    items = {item.code: item for item in queries.items_to_place(system)}
    for factor, indicators in (tree or TREE).items():
        above = trees.add_node(root, name_en=factor, name_zh=f"{factor} 因素", actor=people.manager)
        for indicator, codes in indicators.items():
            one = trees.add_node(above, name_en=indicator, actor=people.manager)
            trees.add_items(one, [items[code] for code in codes], actor=people.manager)
    alike(people, version)
    session.commit()
    return version


def alike(people: People, version: IndicatorVersion) -> None:
    for branch in queries.get_tree(version.id).walk():
        if len(branch.children) > 1:
            parent = session.get_one(IndicatorNode, branch.id)
            trees.set_weights(
                parent, {child.id: 1.0 for child in branch.children}, normalise=True, actor=people.manager
            )


def node(version: IndicatorVersion, name: str) -> IndicatorNode:
    """By its English name, or its code."""
    found: IndicatorNode = next(
        each for each in queries.list_nodes(version.id) if name in {each.name_en, each.code}
    )
    return found


def make_scored(
    people: People, *, n: int = 60, **values: Any
) -> tuple[IndicatorSystem, IndicatorVersion, Wave]:
    """A system in force and a closed wave with answers, not scored yet."""
    asked = make_questionnaire(people, LINES)
    wave = make_wave(people, asked)
    fill(people, wave, sheet_of(n, **values))
    system = make_system(people, asked)
    version = grow(people, system)
    systems.enforce(version, actor=people.manager)
    session.commit()
    return system, version, wave


PARTS = "F1 F2 F3"  # what the page says it compares


def version_in(text: str) -> str:
    """The version that a form on this page was made from."""
    return str(re.findall(r'name="row_version" value="(\d+)"', text)[0])
