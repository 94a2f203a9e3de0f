"""One indicator system for the survey of visitors: grown, compared by two judges, put into force, scored on every round."""

from typing import Any, Final, Protocol

from sqlalchemy import select

from core.db import session
from demo.cast import Cast
from satisfaction.indicators.models import IndicatorNode, IndicatorSystem, IndicatorVersion
from satisfaction.models import Questionnaire, QuestionnaireVersion, Wave
from satisfaction.operations.indicators import judging, scores, systems, trees
from satisfaction.queries import indicators as queries

#: factor → its target and indicators, each with its items and their weights in per cent
TREE: Final[tuple[tuple[str, str, float | None, tuple[tuple[str, str, dict[str, float]], ...]], ...]] = (
    (
        "Finding the way", "找路与指引", 78,
        (("Streets and signs", "道路与指引标识", {"ROADS": 50, "SIGNS": 50}), ("Screens", "叫号屏", {"SCREENS": 100})),
    ),
    (
        "The house", "大厅环境", None,
        (("Clean and safe", "清洁与安全", {"CLEAN": 60, "SAFE": 40}), ("Internet", "无线网络", {"WIFI": 100})),
    ),
    ("Information", "咨询", 75, (("Information desk", "咨询台", {"INFO": 100}),)),
    ("The visit as a whole", "总体感受", None, (("Judgement", "总体评价", {"ALL": 70, "NPS": 30}),)),
)  # fmt: skip
#: weights of the indicators within a factor that has two
INDICATORS: Final = {"F1": (65, 35), "F2": (80, 20)}
#: what two of them said of the four factors; the second thought again about one pair
JUDGED: Final = {
    "xu": {"F1/F2": 2, "F1/F3": 1 / 2, "F1/F4": 1 / 3, "F2/F3": 1 / 3, "F2/F4": 1 / 5, "F3/F4": 1 / 2},
    "chen": {"F1/F2": 1, "F1/F3": 1 / 3, "F1/F4": 1 / 3, "F2/F3": 1 / 3, "F2/F4": 1 / 4, "F3/F4": 1},
}


class Teller(Protocol):
    def tell(
        self, when: str, chapter: str, act: Any, *given: Any, jobs: bool = False, **more: Any
    ) -> None: ...


def told(story: Teller) -> None:
    """In the weeks after the last round."""
    story.tell("99 mon 09:30", "indicators", grow)
    for key, at in (("xu", "99 wed 11:10"), ("chen", "100 tue 17:40")):
        story.tell(at, "indicators", compare, key)
    story.tell("101 thu 10:00", "indicators", enforce)


def _system(cast: Cast) -> tuple[IndicatorSystem, IndicatorVersion, IndicatorNode]:
    system = session.scalars(
        select(IndicatorSystem).where(IndicatorSystem.questionnaire_id == cast.questionnaires["visitors"])
    ).one()
    version = queries.list_versions(system.id)[0]
    return system, version, queries.list_nodes(version.id)[0]


def grow(cast: Cast) -> None:
    actor = cast.person("zhang")
    system = systems.write_system(
        unit=cast.unit("BCS"),
        owner=actor,
        questionnaire=session.get_one(Questionnaire, cast.questionnaires["visitors"]),
        title_en="Index of visitors’ satisfaction",
        title_zh="来访者满意度指数",
        purpose="One figure a round for the management review, and where it comes from.",
        actor=actor,
    )
    version = queries.list_versions(system.id)[0]
    root = queries.list_nodes(version.id)[0]
    trees.change_node(root, name_en=root.name_en, name_zh=root.name_zh, target=78, actor=actor)
    items = {item.code: item for item in queries.items_to_place(system)}
    for name_en, name_zh, target, below in TREE:
        factor = trees.add_node(root, name_en=name_en, name_zh=name_zh, target=target, actor=actor)
        for own_en, own_zh, weights in below:
            one = trees.add_node(factor, name_en=own_en, name_zh=own_zh, actor=actor)
            trees.add_items(one, [items[code] for code in weights], actor=actor)
            if len(weights) > 1:
                _weigh(one, tuple(weights.values()), actor)
        if factor.code in INDICATORS:
            _weigh(factor, INDICATORS[factor.code], actor)
    judging.ask_judges(
        version, [cast.person(key) for key in JUDGED], due=cast.timeline.day("101 fri"), actor=actor
    )


def _weigh(parent: IndicatorNode, percents: tuple[float, ...], actor: Any) -> None:
    children = queries.list_children(parent.id)
    trees.set_weights(
        parent, {child.id: percent for child, percent in zip(children, percents, strict=True)}, actor=actor
    )


def compare(cast: Cast, key: str) -> None:
    from satisfaction.queries import indicator_judges

    _of, version, root = _system(cast)
    person = cast.person(key)
    judge = indicator_judges.find_judge(version.id, person.id)
    assert judge is not None
    judging.compare(judge, root, JUDGED[key], actor=person)


def enforce(cast: Cast) -> None:
    """With the weights of both judges, and at once on every round that is over."""
    system, version, root = _system(cast)
    actor = cast.person("zhang")
    judging.take_judged(root, actor=actor)
    systems.enforce(version, actor=actor)
    rounds = session.scalars(
        select(Wave)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
        .where(
            QuestionnaireVersion.questionnaire_id == system.questionnaire_id,
            Wave.state.in_(("closed", "analysed")),
        )
        .order_by(Wave.first_day)
    )
    scores.score(system, [version], list(rounds), actor=actor)
