from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from accounts.models import Unit
from core import access
from core.db import session
from core.errors import NotFound, NotPermitted
from standards.models import Applicability, Clause, Mapping, Requirement, Standard, Version
from standards.permissions import MAP, SEE, SEE_DRAFTS, WRITE
from standards.queries import frameworks, standards
from standards.queries.standards import seen_by
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
    """What a person may read of standards: versions in force everywhere they may look, drafts where they work on them."""
    return and_(
        seen_by(actor, Unit.path),
        or_(Version.state == "effective", access.scope(actor, SEE_DRAFTS, Unit.path)),
    )


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
    """The guarded door by the code that addresses of the matrix carry."""
    found = standards.find_standard_by_code(code)
    if found is None:
        raise NotFound
    return standards.get_standard_for(actor, found.id, needed)


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


@dataclass(frozen=True)
class Suggestion:
    """Through the crosswalk: `via` is addressed by the requirement, and covers the ground of `clause`."""

    source: Addressing  # of requirement and via
    clause: Clause
    via: Clause
    relation: str
    degree: Degree
    note: Any

    @property
    def requirement(self) -> Requirement:
        return self.source.requirement

    @property
    def mapping(self) -> Mapping:
        return self.source.mapping


def suggestions_for_requirement(requirement: Requirement) -> list[Suggestion]:
    """Map once, answer many: clauses tied to those that the requirement addresses already; three statements."""
    found = addressings(requirement_id=requirement.id, states=(requirement.version.state,))
    return suggestions_from(found).get(requirement.id, [])


def suggestions_from(found: Sequence[Addressing]) -> dict[int, list[Suggestion]]:
    """The same for the mappings of several requirements, by requirement id; two statements."""
    mapped: dict[int, dict[int, Addressing]] = {}
    for item in found:
        mapped.setdefault(item.requirement.id, {})[item.mapping.clause_id] = item
    ties: dict[int, list[frameworks.Link]] = {}
    for tie in frameworks.links_of({item.mapping.clause_id for item in found}):
        ties.setdefault(tie.here, []).append(tie)
    return {key: _suggest(sources, ties) for key, sources in mapped.items()}


def _suggest(sources: dict[int, Addressing], ties: dict[int, list[frameworks.Link]]) -> list[Suggestion]:
    best: dict[int, Suggestion] = {}
    for clause_id, source in sources.items():
        for tie in ties.get(clause_id, []):
            if tie.other.id in sources or not tie.other.assessable or tie.other.note.get("vanished"):
                continue
            degree = suggested_degree(
                source.mapping.degree, tie.link.relation, forward=tie.forward, changed=tie.changed
            )
            known = best.get(tie.other.id)
            if degree is None or (known is not None and _rank(known.degree) <= _rank(degree)):
                continue
            best[tie.other.id] = Suggestion(
                source,
                tie.other,
                source.mapping.clause,
                tie.link.relation,
                degree,
                tie.link,
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
                item, clause, tie.other, tie.link.relation, degree, tie.link
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
