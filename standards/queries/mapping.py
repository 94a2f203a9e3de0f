from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from accounts.models import Unit
from core import access
from core.db import session
from core.errors import NotFound, NotPermitted
from standards.models import Applicability, Clause, Mapping, Requirement, Standard, Version
from standards.permissions import MAP, SEE, WRITE
from standards.queries import frameworks
from standards.rules.coverage import Degree, suggested_degree

CURRENT_STATES = ("draft", "in_review", "approved", "effective")


def paths_above(path: str) -> list[str]:
    """The unit's own path and those of all units above it."""
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[: count + 1]) + "/" for count in range(len(parts))]


def at_under_or_above(column: Any, path: str) -> ColumnElement[bool]:
    """What concerns a unit: its own, that of its parts, and what is said above it and holds for it too."""
    return or_(access.under(column, path), column.in_(paths_above(path)))


def readable(actor: Any) -> ColumnElement[bool]:
    """Units whose standards a person may read: where they hold a role, and above, since that holds for them too."""
    above = {
        path for holding in actor.holdings if holding.role in SEE.roles for path in paths_above(holding.path)
    }
    return or_(access.scope(actor, SEE, Unit.path), Unit.path.in_(sorted(above)))


@dataclass(frozen=True)
class Addressing:
    """A requirement that addresses a clause, with the version and standard it belongs to."""

    mapping: Mapping
    requirement: Requirement
    version: Version
    standard: Standard


def addressings(
    *,
    clause_ids: Sequence[int] | None = None,
    version_ids: Sequence[int] | None = None,
    requirement_id: int | None = None,
    states: Sequence[str] = CURRENT_STATES,
    actor: Any = None,
) -> list[Addressing]:
    """Mappings with what they hang on, in reading order: one statement."""
    statement = (
        select(Mapping, Requirement, Version, Standard)
        .join(Requirement, Requirement.id == Mapping.requirement_id)
        .join(Version, Version.id == Requirement.version_id)
        .join(Standard, Standard.id == Version.standard_id)
        .join(Unit, Unit.id == Standard.unit_id)
        .join(Mapping.clause)
        .join(Clause.framework)
        .options(contains_eager(Mapping.clause).contains_eager(Clause.framework))
        .options(contains_eager(Standard.unit))
        .where(Version.state.in_(states))
        .order_by(Standard.code, Version.number.desc(), Requirement.position, Requirement.code, Mapping.id)
    )
    if clause_ids is not None:
        statement = statement.where(Mapping.clause_id.in_(clause_ids))
    if version_ids is not None:
        statement = statement.where(Version.id.in_(version_ids))
    if requirement_id is not None:
        statement = statement.where(Requirement.id == requirement_id)
    if actor is not None:
        statement = statement.where(readable(actor))
    return [Addressing(*row) for row in session.execute(statement)]


def get_mapping(mapping_id: int) -> Mapping:
    found = session.scalar(
        select(Mapping)
        .where(Mapping.id == mapping_id)
        .options(
            joinedload(Mapping.clause).joinedload(Clause.framework),
            joinedload(Mapping.requirement)
            .joinedload(Requirement.version)
            .joinedload(Version.standard)
            .joinedload(Standard.unit),
        )
    )
    if found is None:
        raise NotFound
    return found


def get_mapping_for(actor: Any, mapping_id: int) -> Mapping:
    """The guarded door to change a mapping."""
    found = get_mapping(mapping_id)
    require_mapping(actor, found.requirement.version)
    return found


def may_map(actor: Any, version: Version) -> bool:
    """Writers map while they draft; what is in force or under review is judged by those who map."""
    path = version.standard.unit.path
    if version.state == "draft" and access.may(actor, WRITE, path):
        return True
    return version.state in CURRENT_STATES and access.may(actor, MAP, path)


def require_mapping(actor: Any, version: Version) -> None:
    if may_map(actor, version):
        return
    needed = MAP.roles | (WRITE.roles if version.state == "draft" else frozenset())
    raise NotPermitted(MAP.label, who=sorted(needed))


def get_requirement(requirement_id: int) -> Requirement:
    found = session.scalar(
        select(Requirement)
        .where(Requirement.id == requirement_id)
        .options(
            joinedload(Requirement.version).joinedload(Version.standard).joinedload(Standard.unit),
        )
    )
    if found is None:
        raise NotFound
    return found


def get_requirement_for(actor: Any, requirement_id: int) -> Requirement:
    """The guarded door to map a requirement."""
    found = get_requirement(requirement_id)
    require_mapping(actor, found.version)
    return found


def get_standard_for(actor: Any, code: str, needed: access.Permission = SEE) -> Standard:
    found = session.scalar(
        select(Standard)
        .join(Unit, Unit.id == Standard.unit_id)
        .where(Standard.code == code)
        .options(contains_eager(Standard.unit))
    )
    if found is None:
        raise NotFound
    if needed is SEE:
        above = any(found.unit.path in paths_above(holding.path) for holding in actor.holdings)
        if above or access.may(actor, SEE, found.unit.path):
            return found
    access.require(actor, needed, found.unit.path, what=f"{found.code} {found.title}")
    return found


def list_mappable(actor: Any, *, standard_id: int | None = None) -> list[Requirement]:
    """Requirements that this person may map now: of drafts, and of versions in force for those who judge."""
    rights: list[ColumnElement[bool]] = [
        (Version.state == "draft") & access.scope(actor, WRITE, Unit.path),
        Version.state.in_(CURRENT_STATES) & access.scope(actor, MAP, Unit.path),
    ]
    statement = (
        select(Requirement)
        .join(Version, Version.id == Requirement.version_id)
        .join(Standard, Standard.id == Version.standard_id)
        .join(Unit, Unit.id == Standard.unit_id)
        .where(or_(*rights), Standard.withdrawn_at.is_(None))
        .options(
            contains_eager(Requirement.version).contains_eager(Version.standard).contains_eager(Standard.unit)
        )
        .order_by(Standard.code, Version.number.desc(), Requirement.position, Requirement.code)
        .limit(1000)
    )
    if standard_id is not None:
        statement = statement.where(Standard.id == standard_id)
    return list(session.scalars(statement))


def draft_of(standard: Standard) -> Version | None:
    return session.scalar(
        select(Version)
        .where(Version.standard_id == standard.id, Version.state == "draft")
        .order_by(Version.number.desc())
        .limit(1)
    )


def effective_of(standard: Standard) -> Version | None:
    return session.scalar(
        select(Version).where(Version.standard_id == standard.id, Version.state == "effective")
    )


@dataclass(frozen=True)
class Suggestion:
    """Through the crosswalk: `via` is addressed by the requirement, and covers the ground of `clause`."""

    requirement: Requirement
    clause: Clause
    via: Clause
    mapping: Mapping  # of requirement and via
    relation: str
    degree: Degree
    note: Any


def suggestions_for_requirement(requirement: Requirement) -> list[Suggestion]:
    """Map once, answer many: clauses tied to those that the requirement addresses already; three statements."""
    mapped = {
        item.mapping.clause_id: item.mapping
        for item in addressings(requirement_id=requirement.id, states=(requirement.version.state,))
    }
    best: dict[int, Suggestion] = {}
    for tie in frameworks.links_of(mapped):
        if tie.other.id in mapped or not tie.other.assessable:
            continue
        source = mapped[tie.here]
        degree = suggested_degree(source.degree, tie.link.relation, forward=tie.forward, changed=tie.changed)
        if degree is None:
            continue
        found = best.get(tie.other.id)
        if found is None or _rank(degree) < _rank(found.degree):
            best[tie.other.id] = Suggestion(
                requirement, tie.other, source.clause, source, tie.link.relation, degree, tie.link
            )
    return sorted(best.values(), key=lambda item: (item.clause.framework.code, item.clause.sort_key))


def suggestions_for_clause(clause: Clause, actor: Any) -> list[Suggestion]:
    """Requirements that address a clause tied to this one, but not yet this one: four statements."""
    ties = {tie.other.id: tie for tie in reversed(frameworks.links_of([clause.id]))}
    have = {item.requirement.id for item in addressings(clause_ids=[clause.id], actor=actor)}
    best: dict[int, Suggestion] = {}
    for item in addressings(clause_ids=list(ties), actor=actor):
        if item.requirement.id in have or not clause.assessable:
            continue
        tie = ties[item.mapping.clause_id]
        degree = suggested_degree(
            item.mapping.degree, tie.link.relation, forward=not tie.forward, changed=tie.changed
        )
        if degree is None:
            continue
        found = best.get(item.requirement.id)
        if found is None or _rank(degree) < _rank(found.degree):
            best[item.requirement.id] = Suggestion(
                item.requirement, clause, tie.other, item.mapping, tie.link.relation, degree, tie.link
            )
    return list(best.values())


def _rank(degree: Degree) -> int:
    return list(Degree).index(degree)


def find_applicability(clause_id: int, unit_id: int, standard_id: int | None) -> Applicability | None:
    wanted = (
        Applicability.standard_id.is_(None)
        if standard_id is None
        else Applicability.standard_id == standard_id
    )
    return session.scalar(
        select(Applicability).where(
            Applicability.clause_id == clause_id, Applicability.unit_id == unit_id, wanted
        )
    )


def list_applicability(clause_ids: Sequence[int]) -> list[tuple[Applicability, str]]:
    """Every decision about these clauses with the path of its unit: one statement."""
    rows = session.execute(
        select(Applicability, Unit.path)
        .join(Unit, Unit.id == Applicability.unit_id)
        .where(Applicability.clause_id.in_(clause_ids))
    )
    return [(decision, path) for decision, path in rows]
