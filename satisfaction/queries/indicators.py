"""Indicator systems, their trees, judges and the scores of waves."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from accounts.models import Person, Unit
from core import access
from core.access import Permission
from core.db import get_record, session
from core.tables import matching
from satisfaction.indicators.models import (
    IndicatorNode,
    IndicatorRollup,
    IndicatorSystem,
    IndicatorVersion,
)
from satisfaction.models import Questionnaire, SurveyItem
from satisfaction.permissions import SEE
from satisfaction.queries.questionnaires import get_newest_version, list_items
from satisfaction.rules.indicators import SCORED, Branch, VersionState


def get_system_for(person: Any, system_id: int, needed: Permission = SEE) -> IndicatorSystem:
    found = get_record(
        IndicatorSystem,
        system_id,
        joinedload(IndicatorSystem.unit),
        joinedload(IndicatorSystem.owner),
        joinedload(IndicatorSystem.questionnaire),
    )
    access.require(person, needed, found.unit.path, what=found.code)
    return found


def get_version_for(person: Any, version_id: int, needed: Permission = SEE) -> IndicatorVersion:
    found = get_record(IndicatorVersion, version_id)
    get_system_for(person, found.system_id, needed)
    return found


def get_version(version_id: int) -> IndicatorVersion:
    return get_record(IndicatorVersion, version_id)


def get_node_for(person: Any, node_id: int, needed: Permission = SEE) -> IndicatorNode:
    found = get_record(IndicatorNode, node_id)
    get_version_for(person, found.version_id, needed)
    return found


# --- lists ---------------------------------------------------------------------------------------------------


def select_systems(person: Any) -> Any:
    """The SELECT of the list of indicator systems."""
    in_force = (
        select(func.max(IndicatorVersion.number))
        .where(
            IndicatorVersion.system_id == IndicatorSystem.id, IndicatorVersion.state == VersionState.in_force
        )
        .correlate(IndicatorSystem)
        .scalar_subquery()
    )
    draft = (
        select(func.max(IndicatorVersion.number))
        .where(IndicatorVersion.system_id == IndicatorSystem.id, IndicatorVersion.state == VersionState.draft)
        .correlate(IndicatorSystem)
        .scalar_subquery()
    )
    waves = (
        select(func.count(func.distinct(IndicatorRollup.wave_id)))
        .join(IndicatorVersion, IndicatorVersion.id == IndicatorRollup.version_id)
        .where(IndicatorVersion.system_id == IndicatorSystem.id)
        .correlate(IndicatorSystem)
        .scalar_subquery()
    )
    return (
        select(
            IndicatorSystem.id,
            IndicatorSystem.code,
            IndicatorSystem.title_en,
            IndicatorSystem.title_zh,
            IndicatorSystem.withdrawn_at,
            IndicatorSystem.updated_at,
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            Person.name.label("owner"),
            Questionnaire.code.label("questionnaire_code"),
            in_force.label("in_force"),
            draft.label("draft"),
            waves.label("waves"),
        )
        .join(Unit, Unit.id == IndicatorSystem.unit_id)
        .join(Person, Person.id == IndicatorSystem.owner_id)
        .join(Questionnaire, Questionnaire.id == IndicatorSystem.questionnaire_id)
        .where(access.scope(person, SEE, Unit.path))
    )


def search(person: Any, words: str, limit: int) -> list[IndicatorSystem]:
    statement = (
        select(IndicatorSystem)
        .join(Unit, Unit.id == IndicatorSystem.unit_id)
        .where(
            access.scope(person, SEE, Unit.path),
            matching(words, IndicatorSystem.code, IndicatorSystem.title_en, IndicatorSystem.title_zh),
        )
    )
    return list(session.scalars(statement.order_by(IndicatorSystem.code).limit(limit)))


def list_of_questionnaire(questionnaire_id: int, person: Any) -> list[IndicatorSystem]:
    """Systems whose items are asked there, for its page and those of its waves."""
    return list(
        session.scalars(
            select(IndicatorSystem)
            .join(Unit, Unit.id == IndicatorSystem.unit_id)
            .where(
                IndicatorSystem.questionnaire_id == questionnaire_id,
                IndicatorSystem.withdrawn_at.is_(None),
                access.scope(person, SEE, Unit.path),
            )
            .order_by(IndicatorSystem.code)
            .limit(20)
        )
    )


def questionnaire_choices(person: Any) -> list[tuple[int, str]]:
    found = session.scalars(
        select(Questionnaire)
        .join(Unit, Unit.id == Questionnaire.unit_id)
        .where(access.scope(person, SEE, Unit.path))
        .order_by(Questionnaire.code)
        .limit(1000)
    )
    return [(each.id, f"{each.code} · {each.title}") for each in found]


# --- versions and trees --------------------------------------------------------------------------------------


def list_versions(system_id: int) -> list[IndicatorVersion]:
    """Newest first."""
    return list(
        session.scalars(
            select(IndicatorVersion)
            .where(IndicatorVersion.system_id == system_id)
            .order_by(IndicatorVersion.number.desc())
        )
    )


def find_version(system_id: int, number: int | None) -> IndicatorVersion | None:
    return session.scalars(
        select(IndicatorVersion).where(
            IndicatorVersion.system_id == system_id, IndicatorVersion.number == number
        )
    ).first()


def find_in_state(system_id: int, state: VersionState) -> IndicatorVersion | None:
    """The draft or the version in force; the database allows one of each."""
    return session.scalars(
        select(IndicatorVersion).where(
            IndicatorVersion.system_id == system_id, IndicatorVersion.state == str(state)
        )
    ).first()


def list_nodes(version_id: int) -> list[IndicatorNode]:
    return list(
        session.scalars(
            select(IndicatorNode)
            .where(IndicatorNode.version_id == version_id)
            .order_by(IndicatorNode.level, IndicatorNode.position, IndicatorNode.id)
        )
    )


def list_children(node_id: int) -> list[IndicatorNode]:
    return list(
        session.scalars(
            select(IndicatorNode)
            .where(IndicatorNode.parent_id == node_id)
            .order_by(IndicatorNode.position, IndicatorNode.id)
        )
    )


def tree_of(nodes: Sequence[IndicatorNode]) -> Branch:
    """The nodes of a version as a tree of plain values."""
    below: dict[int | None, list[IndicatorNode]] = {}
    for node in nodes:
        below.setdefault(node.parent_id, []).append(node)

    def grown(node: IndicatorNode) -> Branch:
        return Branch(
            node.id, node.parent_id, node.level, node.code, node.name_en, node.name_zh, node.weight, node.origin,
            node.target, tuple(grown(child) for child in below.get(node.id, ())),
        )  # fmt: skip

    return grown(below[None][0])


def get_tree(version_id: int) -> Branch:
    return tree_of(list_nodes(version_id))


def items_to_place(system: IndicatorSystem) -> list[SurveyItem]:
    """Questions of the newest version of the questionnaire whose answers can be scored."""
    return [
        item
        for item in list_items(get_newest_version(system.questionnaire_id).id)
        if item.kind in {str(kind) for kind in SCORED}
    ]
