from typing import Any

from sqlalchemy import delete, select

from core import access, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.i18n import _
from standards.models import Calendar, Mapping, Requirement, Version
from standards.permissions import WRITE
from standards.queries import standards as queries
from standards.rules import requirements as rules
from standards.rules.sentences import Said, sentence
from standards.rules.versions import VersionState

SHOWN = [
    "statement_en",
    "statement_zh",
    "dimension",
    "kano",
    "verification",
    "evidence_expected",
    "from_milestone",
    "to_milestone",
]


def _require_draft(version: Version, actor: Any) -> None:
    access.require(actor, WRITE, version.standard.unit.path, what=version.standard.title)
    if version.state != VersionState.draft:
        raise RuleViolation(_("Only a draft can be edited. Draft a new version to change what is promised."))


def generated(values: dict[str, Any] | Requirement) -> dict[str, str]:
    """The sentences that the fields make by themselves."""
    get = (
        values.get if isinstance(values, dict) else lambda name, default=None: getattr(values, name, default)
    )
    said = Said(
        kind=str(get("kind")),
        from_milestone=get("from_milestone") or "",
        to_milestone=get("to_milestone") or "",
        limit=get("limit") or "",
        population=get("population") or {},
        rule=get("rule") or {},
    )
    return {"statement_en": sentence(said, "en"), "statement_zh": sentence(said, "zh")}


def _filled(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    values = rules.clean(kind, fields)
    if values["calendar_id"] is not None and session.get(Calendar, values["calendar_id"]) is None:
        raise RuleViolation(_("Choose one of the list."), field="calendar_id")
    made = generated({**values, "kind": kind})
    for name, text in made.items():
        values[name] = values[name] or text
    if not values["statement_en"] and not values["statement_zh"]:
        raise RuleViolation(
            _("Write the requirement, or give the limit from which the sentence is made."),
            field="statement_en",
        )
    return values


def _label(version: Version) -> str:
    return f"{version.standard.code} v{version.number}"


def next_requirement_code(standard_id: int) -> str:
    """R1, R2 … of a standard; a number given once is never given again, even when its requirement was removed."""
    return f"R{int(next_code(f'REQ{standard_id}').rpartition('-')[2])}"


def add_requirement(version: Version, *, actor: Any, kind: str, **fields: Any) -> Requirement:
    """Add to a draft. A statement that is left empty is made from the fields, in both languages."""
    _require_draft(version, actor)
    values = _filled(kind, fields)
    existing = queries.list_requirements(version.id)
    if len(existing) >= rules.MOST_REQUIREMENTS:
        raise RuleViolation(_("A version holds at most %(most)s requirements.", most=rules.MOST_REQUIREMENTS))
    made = Requirement(
        version=version,
        code=next_requirement_code(version.standard_id),
        position=max((item.position for item in existing), default=0) + 1,
        kind=kind,
        **values,
    )
    session.add(made)
    session.flush()
    trail.record(
        version,
        "requirement.added",
        actor=actor,
        changes={"requirement": made.code, "kind": kind, "statement": made.statement_en or made.statement_zh},
        code=_label(version),
    )
    return made


def change_requirement(
    requirement: Requirement, *, actor: Any, seen: int | None = None, kind: str | None = None, **fields: Any
) -> None:
    """Change a requirement of a draft; a sentence that was made by itself is made anew."""
    version = queries.get_version(requirement.version_id)
    _require_draft(version, actor)
    expect_version(requirement, seen, what=requirement.code, fields=SHOWN)
    before = generated(requirement)
    kept: dict[str, Any] = {
        name: getattr(requirement, name) for name in (*rules.COMMON, *rules.TIMING, "rule")
    }
    for name in ("statement_en", "statement_zh"):
        if kept[name] == before[name]:
            kept[name] = ""
    wanted = kind or requirement.kind
    values = _filled(wanted, {**kept, **fields})
    changes = trail.changed(requirement, {"kind": wanted, **values})
    if changes:
        session.flush()
        trail.record(
            version,
            "requirement.changed",
            actor=actor,
            changes={"requirement": requirement.code, **changes},
            code=_label(version),
        )


def remove_requirement(requirement: Requirement, *, actor: Any) -> None:
    version = queries.get_version(requirement.version_id)
    _require_draft(version, actor)
    trail.record(
        version,
        "requirement.removed",
        actor=actor,
        changes={
            "requirement": (requirement.code, None),
            "statement": (requirement.statement_en or requirement.statement_zh, None),
        },
        code=_label(version),
    )
    session.execute(delete(Mapping).where(Mapping.requirement_id == requirement.id))
    session.delete(requirement)
    session.flush()


def move_requirement(requirement: Requirement, *, actor: Any, up: bool) -> None:
    """Change places with the neighbour above or below; at the end nothing happens."""
    version = queries.get_version(requirement.version_id)
    _require_draft(version, actor)
    rows = queries.list_requirements(version.id)
    order = [row.id for row in rows]
    place = order.index(requirement.id)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(order):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for number, row in enumerate(rows, start=1):
        if row.position != number:
            row.position = number
    session.flush()
    trail.record(
        version,
        "requirement.moved",
        actor=actor,
        changes={"requirement": requirement.code, "place": (place + 1, other + 1)},
        code=_label(version),
    )


def copy_requirements(source: Version, target: Version) -> None:
    """All requirements with codes, order and clause mappings as they stand."""
    copied = (*rules.COMMON, *rules.TIMING, "rule", "code", "position", "kind")
    pairs: dict[int, Requirement] = {}
    for row in queries.list_requirements(source.id):
        made = Requirement(version=target, **{name: getattr(row, name) for name in copied})
        session.add(made)
        pairs[row.id] = made
    session.flush()
    if not pairs:
        return
    for mapping in session.scalars(select(Mapping).where(Mapping.requirement_id.in_(list(pairs)))):
        session.add(
            Mapping(
                requirement_id=pairs[mapping.requirement_id].id,
                clause_id=mapping.clause_id,
                degree=mapping.degree,
                rationale_en=mapping.rationale_en,
                rationale_zh=mapping.rationale_zh,
                mapped_by_id=mapping.mapped_by_id,
                mapped_by_name=mapping.mapped_by_name,
            )
        )
    session.flush()
