"""Judges of indicator systems and what they compared."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from accounts.models import Person
from core.access import Permission
from core.db import get_record, session
from core.errors import NotFound
from satisfaction.indicators.models import (
    IndicatorJudge,
    IndicatorJudgement,
    IndicatorNode,
    IndicatorSystem,
    IndicatorVersion,
)
from satisfaction.queries.indicators import get_version_for
from satisfaction.rules.indicators import VersionState, is_complete


def get_own_judge(person: Any, judge_id: int) -> IndicatorJudge:
    """The guarded door of judges: whoever was asked may compare, wherever the system belongs; nobody else."""
    found = session.get(
        IndicatorJudge,
        judge_id,
        options=[joinedload(IndicatorJudge.version).joinedload(IndicatorVersion.system)],
    )
    if found is None or found.person_id != person.id or found.excused_at is not None:
        raise NotFound
    return found


def get_judge_for(person: Any, judge_id: int, needed: Permission) -> IndicatorJudge:
    found = get_record(IndicatorJudge, judge_id)
    get_version_for(person, found.version_id, needed)
    return found


def get_judgement_for(person: Any, judgement_id: int, needed: Permission) -> IndicatorJudgement:
    found = get_record(
        IndicatorJudgement,
        judgement_id,
        joinedload(IndicatorJudgement.judge).joinedload(IndicatorJudge.person),
        joinedload(IndicatorJudgement.node),
    )
    get_version_for(person, found.judge.version_id, needed)
    return found


def list_judges(version_id: int) -> list[IndicatorJudge]:
    return list(
        session.scalars(
            select(IndicatorJudge)
            .join(Person, Person.id == IndicatorJudge.person_id)
            .options(joinedload(IndicatorJudge.person))
            .where(IndicatorJudge.version_id == version_id, IndicatorJudge.excused_at.is_(None))
            .order_by(Person.name, IndicatorJudge.id)
        )
    )


def find_judge(version_id: int, person_id: int) -> IndicatorJudge | None:
    return session.scalars(
        select(IndicatorJudge).where(
            IndicatorJudge.version_id == version_id, IndicatorJudge.person_id == person_id
        )
    ).first()


def list_judgements(version_id: int) -> list[IndicatorJudgement]:
    """Of judges who are not excused, by their name."""
    return list(
        session.scalars(
            select(IndicatorJudgement)
            .join(IndicatorJudge, IndicatorJudge.id == IndicatorJudgement.judge_id)
            .join(Person, Person.id == IndicatorJudge.person_id)
            .options(joinedload(IndicatorJudgement.judge).joinedload(IndicatorJudge.person))
            .where(IndicatorJudge.version_id == version_id, IndicatorJudge.excused_at.is_(None))
            .order_by(Person.name, IndicatorJudgement.id)
        )
    )


def find_judgement(judge_id: int, node_id: int) -> IndicatorJudgement | None:
    return session.scalars(
        select(IndicatorJudgement).where(
            IndicatorJudgement.judge_id == judge_id, IndicatorJudgement.node_id == node_id
        )
    ).first()


def hold(version_id: int) -> None:
    """Comparisons of a version are kept one after the other, so that somebody notices being the last."""
    session.execute(select(IndicatorVersion.id).where(IndicatorVersion.id == version_id).with_for_update())


def list_open(person: Any) -> list[IndicatorJudge]:
    """Where this person was asked to compare and has not compared everything, while the version may be changed.

    At most three statements, however many there are.
    """
    return list_unanswered(_list_asked(person))


def list_unanswered(asked: Sequence[IndicatorJudge]) -> list[IndicatorJudge]:
    """Those of these judges who have not compared everything. Two statements at most."""
    if not asked:
        return []
    children: dict[int, dict[int, list[str]]] = {}
    for row in session.execute(
        select(IndicatorNode.version_id, IndicatorNode.parent_id, IndicatorNode.code)
        .where(
            IndicatorNode.version_id.in_([judge.version_id for judge in asked]),
            IndicatorNode.parent_id.is_not(None),
        )
        .order_by(IndicatorNode.position, IndicatorNode.id)
    ):
        children.setdefault(row.version_id, {}).setdefault(row.parent_id, []).append(row.code)
    given = {
        (row.judge_id, row.node_id): row.given
        for row in session.execute(
            select(IndicatorJudgement.judge_id, IndicatorJudgement.node_id, IndicatorJudgement.given).where(
                IndicatorJudgement.judge_id.in_([judge.id for judge in asked])
            )
        )
    }
    return [
        judge
        for judge in asked
        if not all(
            is_complete(codes, given.get((judge.id, node_id), {}))
            for node_id, codes in children.get(judge.version_id, {}).items()
        )
    ]


def _of_drafts() -> Select[IndicatorJudge]:
    """Who is a judge of a version that is still being written, with the version and its system."""
    return (
        select(IndicatorJudge)
        .join(IndicatorVersion, IndicatorVersion.id == IndicatorJudge.version_id)
        .join(IndicatorSystem, IndicatorSystem.id == IndicatorVersion.system_id)
        .options(joinedload(IndicatorJudge.version).joinedload(IndicatorVersion.system))
        .where(
            IndicatorJudge.excused_at.is_(None),
            IndicatorVersion.state == VersionState.draft,
            IndicatorSystem.withdrawn_at.is_(None),
        )
    )


def _list_asked(person: Any) -> list[IndicatorJudge]:
    own = _of_drafts().where(IndicatorJudge.person_id == person.id)
    return list(session.scalars(own.order_by(IndicatorJudge.due, IndicatorJudge.id).limit(50)))


def list_judged(person: Any) -> list[tuple[IndicatorVersion, datetime]]:
    """Drafts of this person's systems where every judge has compared everything, and some weights are older than what
    was compared: with the moment of the last comparison. Four statements at most."""
    own = _of_drafts().where(IndicatorSystem.owner_id == person.id)
    judges = list(session.scalars(own.order_by(IndicatorVersion.id).limit(500)))
    if not judges:
        return []
    waiting = {judge.version_id for judge in list_unanswered(judges)}
    versions = {judge.version_id: judge.version for judge in judges if judge.version_id not in waiting}
    last: dict[int, datetime] = {}
    for version_id, working, at in session.execute(
        select(IndicatorNode.version_id, IndicatorNode.working, func.max(IndicatorJudgement.updated_at))
        .join(IndicatorJudgement, IndicatorJudgement.node_id == IndicatorNode.id)
        .join(IndicatorJudge, IndicatorJudge.id == IndicatorJudgement.judge_id)
        .where(IndicatorNode.version_id.in_(versions), IndicatorJudge.excused_at.is_(None))
        .group_by(IndicatorNode.id)
    ):
        if not working.get("at") or datetime.fromisoformat(working["at"]) < at:
            last[version_id] = max(at, last.get(version_id, at))
    return [(version, last[version.id]) for version in versions.values() if version.id in last]
