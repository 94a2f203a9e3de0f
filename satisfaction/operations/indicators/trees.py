"""The tree of a draft: its nodes and their weights, typed or taken from a model."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from core import clock, trail
from core.db import session
from core.errors import RuleViolation
from core.i18n import _
from satisfaction.indicators.models import IndicatorJudgement, IndicatorNode, IndicatorVersion
from satisfaction.models import Analysis, SurveyItem
from satisfaction.operations.indicators.systems import check_draft, check_sum, touch
from satisfaction.queries import indicators as queries
from satisfaction.queries.questionnaires import list_items
from satisfaction.rules.indicators import (
    CHILDREN_MOST,
    NODES_MOST,
    Level,
    is_complete,
    normalised,
    pair_key,
    pairs,
)


def add_node(
    parent: IndicatorNode, *, name_en: str = "", name_zh: str = "", target: float | None = None, actor: Any
) -> IndicatorNode:
    """A factor under the index, or an indicator under a factor. Its code is the next of its kind in the system."""
    version = parent.version
    check_draft(version, actor)
    if parent.level > Level.factor:
        raise RuleViolation(_("Under an indicator stand items of the questionnaire."))
    _named(name_en, name_zh)
    _aimed(target)
    _room(parent, 1)
    level = Level(parent.level + 1)
    made = IndicatorNode(
        version_id=version.id, parent_id=parent.id, level=level, code=_next_code(version, level), name_en=name_en,
        name_zh=name_zh, target=target, position=_last(parent) + 1,
    )  # fmt: skip
    session.add(made)
    _reopened(parent)
    touch(version)
    trail.record(
        version.system, "indicator_system.node_added", actor=actor,
        changes={"node": f"{made.code} {made.name}", "under": parent.code},
    )  # fmt: skip
    return made


def add_items(parent: IndicatorNode, items: Sequence[SurveyItem], *, actor: Any) -> list[IndicatorNode]:
    """Hang items of the questionnaire under an indicator; each has one place in a version."""
    version = parent.version
    check_draft(version, actor)
    if parent.level != Level.indicator:
        raise RuleViolation(_("Items hang under an indicator."))
    if not items:
        raise RuleViolation(_("Choose at least one question."), field="items")
    _room(parent, len(items))
    placed = {node.code for node in queries.list_nodes(version.id) if node.level == Level.item}
    twice = [item.code for item in items if item.code in placed]
    if twice:
        raise RuleViolation(
            _("%(codes)s has a place in this version already.", codes=", ".join(twice)), field="items"
        )
    offered = {item.id for item in queries.items_to_place(version.system)}
    if any(item.id not in offered for item in items):
        raise RuleViolation(_("Only ratings of this questionnaire can be scored."), field="items")
    start = _last(parent) + 1
    made = [
        IndicatorNode(
            version_id=version.id, parent_id=parent.id, level=Level.item, code=item.code, name_en=item.text_en[:300],
            name_zh=item.text_zh[:300], position=start + place,
        )
        for place, item in enumerate(items)
    ]  # fmt: skip
    session.add_all(made)
    _reopened(parent)
    touch(version)
    trail.record(
        version.system, "indicator_system.items_added", actor=actor,
        changes={"items": ", ".join(item.code for item in items), "under": parent.code},
    )  # fmt: skip
    return made


def change_node(node: IndicatorNode, *, name_en: str, name_zh: str, target: float | None, actor: Any) -> None:
    check_draft(node.version, actor)
    _named(name_en, name_zh)
    _aimed(target)
    changes = trail.changed(node, {"name_en": name_en, "name_zh": name_zh, "target": target})
    if changes:
        touch(node.version)
        trail.record(
            node.version.system, "indicator_system.node_changed", actor=actor,
            changes={"node": f"{node.code} {node.name}"} | changes,
        )  # fmt: skip


def remove_node(node: IndicatorNode, *, actor: Any) -> None:
    """The node and everything below it. Its siblings' weights must be set again."""
    version = node.version
    check_draft(version, actor)
    if node.parent_id is None:
        raise RuleViolation(_("The index itself stays; withdraw the indicator system instead."))
    parent = session.get_one(IndicatorNode, node.parent_id)
    named = f"{node.code} {node.name}"
    doomed = next(each for each in queries.get_tree(version.id).walk() if each.id == node.id)
    session.execute(delete(IndicatorNode).where(IndicatorNode.id.in_([each.id for each in doomed.walk()])))
    _reopened(parent)
    touch(version)
    trail.record(
        version.system, "indicator_system.node_removed", actor=actor, changes={"node": (named, None)}
    )


def move_node(node: IndicatorNode, way: str, *, actor: Any) -> None:
    """One place up or down among its siblings."""
    check_draft(node.version, actor)
    if node.parent_id is None:
        raise RuleViolation(_("The index itself stays; withdraw the indicator system instead."))
    row = queries.list_children(node.parent_id)
    place = next(number for number, each in enumerate(row) if each.id == node.id)
    other = place + (-1 if way == "up" else 1)
    if 0 <= other < len(row):
        row[place], row[other] = row[other], row[place]
        for number, each in enumerate(row, 1):
            each.position = number
        touch(node.version)
        trail.record(
            node.version.system, "indicator_system.node_moved", actor=actor,
            changes={"node": f"{node.code} {node.name}"},
        )  # fmt: skip


def _named(name_en: str, name_zh: str) -> None:
    if not name_en and not name_zh:
        raise RuleViolation(_("Give a name in at least one language."), field="name_en")


def _aimed(target: float | None) -> None:
    if target is not None and not 0 <= target <= 100:
        raise RuleViolation(_("A target lies between 0 and 100."), field="target")


def _room(parent: IndicatorNode, more: int) -> None:
    if len(queries.list_children(parent.id)) + more > CHILDREN_MOST:
        raise RuleViolation(
            _("“%(node)s” may have at most %(most)s parts: more can't be compared with each other.",
                node=parent.name or parent.code, most=CHILDREN_MOST)
        )  # fmt: skip
    if len(queries.list_nodes(parent.version_id)) + more > NODES_MOST:
        raise RuleViolation(_("A version has at most %(most)s nodes.", most=NODES_MOST))


def _last(parent: IndicatorNode) -> int:
    return max((each.position for each in queries.list_children(parent.id)), default=0)


def _next_code(version: IndicatorVersion, level: Level) -> str:
    """The next number of its level that no version of the system has used: a code never changes its meaning."""
    used = session.scalars(
        select(IndicatorNode.code)
        .join(IndicatorVersion, IndicatorVersion.id == IndicatorNode.version_id)
        .where(IndicatorVersion.system_id == version.system_id, IndicatorNode.level == level)
    )
    return f"{level.prefix}{max((int(code[1:]) for code in used), default=0) + 1}"


def _reopened(parent: IndicatorNode) -> None:
    """Other parts than were weighed: the weights no longer hold."""
    session.flush()
    children = queries.list_children(parent.id)
    for child in children:
        child.weight = None
    parent.origin, parent.working = "", {}
    codes = [child.code for child in children]
    known = {pair_key(*pair) for pair in pairs(codes)}
    for judgement in session.scalars(
        select(IndicatorJudgement).where(IndicatorJudgement.node_id == parent.id)
    ):
        judgement.given = {key: value for key, value in judgement.given.items() if key in known}
        consistency(judgement, codes)


def consistency(judgement: IndicatorJudgement, codes: Sequence[str]) -> None:
    """Known once every pair is compared; two parts or fewer can't contradict each other."""
    judgement.lambda_max = judgement.ci = judgement.cr = None
    if len(codes) > 1 and is_complete(codes, judgement.given):
        from satisfaction.indicators.weighing import weigh

        found = weigh(codes, [judgement.given])
        judgement.lambda_max, judgement.ci, judgement.cr = found.lambda_max, found.ci, found.cr


# --- weights -------------------------------------------------------------------------------------------------


def set_weights(
    parent: IndicatorNode, percents: Mapping[int, float | None], *, normalise: bool = False, actor: Any
) -> None:
    """Weights of the children in per cent. Unless `normalise`, they must sum to 100."""
    check_draft(parent.version, actor)
    children = queries.list_children(parent.id)
    given = [percents.get(child.id) for child in children]
    check_sum(given, normalise=normalise)
    typed = [float(each or 0.0) for each in given]
    take_weights(
        parent, normalised(typed) if normalise else [each / 100 for each in typed], "direct",
        {"sum": sum(typed)}, actor=actor,
    )  # fmt: skip


def take_weights(
    parent: IndicatorNode, shares: Sequence[float], origin: str, working: Mapping[str, Any], *, actor: Any
) -> None:
    """Write the children's shares and how they came about, frozen."""
    check_draft(parent.version, actor)
    children = queries.list_children(parent.id)
    before = _said(children)
    for child, share in zip(children, shares, strict=True):
        child.weight = float(share)
    parent.origin = origin
    parent.working = {
        **working, "by": getattr(actor, "name", ""), "at": clock.now().isoformat(),
        "weights": {child.code: float(child.weight or 0) for child in children},
    }  # fmt: skip
    touch(parent.version)
    trail.record(
        parent.version.system, f"indicator_system.weights_{origin}", actor=actor,
        changes={"node": f"{parent.code} {parent.name}", "weights": (before, _said(children))},
    )  # fmt: skip


def _said(children: Sequence[IndicatorNode]) -> str:
    return ", ".join(
        f"{child.code} {'—' if child.weight is None else f'{100 * child.weight:.1f} %'}" for child in children
    )


def offered(version: IndicatorVersion, analysis: Analysis) -> list[Any]:
    """What a kept path model says of the weights of each part of the tree."""
    from satisfaction.indicators.weighing import from_model

    if analysis.wave is None:
        raise RuleViolation(_("%(code)s is no analysis of a wave.", code=analysis.code))
    return from_model(queries.get_tree(version.id), analysis.result, list_items(analysis.wave.version_id))


def take_from_model(
    version: IndicatorVersion, analysis: Analysis, node_ids: Sequence[int], *, actor: Any
) -> int:
    """Weights of the chosen nodes from a kept path model; how many nodes took them. The numbers are frozen."""
    check_draft(version, actor)
    if not node_ids:
        raise RuleViolation(_("Choose at least one place to take weights for."))
    usable = {each.node.id: each for each in offered(version, analysis) if each.refusal is None}
    if any(node_id not in usable for node_id in node_ids):
        raise RuleViolation(_("The model gives no weights for one of the chosen places."))
    for node_id in dict.fromkeys(node_ids):
        offer = usable[node_id]
        parent = session.get_one(IndicatorNode, node_id)
        children = queries.list_children(parent.id)
        take_weights(
            parent, [offer.shares[child.id] for child in children], "model",
            {
                "analysis": analysis.code, "analysis_id": analysis.id, "wave": analysis.wave.code if analysis.wave else "", "kind": offer.kind,
                "inputs": analysis.inputs_sha256, "engine_version": analysis.engine_version, "n": analysis.result.get("n_used"),
                "raw": {child.code: offer.raw[child.id] for child in children},
                "constructs": {child.code: offer.construct[child.id] for child in children},
            }, actor=actor,
        )  # fmt: skip
    return len(set(node_ids))
