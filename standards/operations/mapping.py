"""Assessments: which requirement addresses which clause, what applies, what is adopted, what people judge."""

from typing import Any

from sqlalchemy import select

from accounts.models import Unit
from core import trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import _, force_locale
from standards.models import Applicability, Clause, Mapping, Requirement, Standard
from standards.queries.mapping import CURRENT_STATES, Suggestion, find_applicability
from standards.rules.coverage import JUDGEMENTS, Degree, Status, is_override

RATIONALE_LIMIT = 4000


def clause_code(clause: Clause) -> str:
    """ISO 10002:2018 7.3"""
    return f"{clause.framework.designation} {clause.number}"


def _check(requirement: Requirement, clause: Clause) -> None:
    if requirement.version.state not in CURRENT_STATES:
        raise RuleViolation(_("This version is not in force any more; its mappings stay as they were."))
    if not clause.assessable or clause.note.get("vanished"):
        raise RuleViolation(
            _("%(clause)s can't be assessed; choose a clause under it.", clause=clause_code(clause)),
            field="clause",
        )


def _check_content(degree: str, rationale_en: str, rationale_zh: str) -> None:
    if degree not in set(Degree):
        raise RuleViolation(_("Choose in full, in part or supports it."), field="degree")
    if not rationale_en.strip() and not rationale_zh.strip():
        raise RuleViolation(
            _("Say in one sentence why this requirement answers the clause."), field="rationale_en"
        )
    for name, value in (("rationale_en", rationale_en), ("rationale_zh", rationale_zh)):
        if len(value) > RATIONALE_LIMIT:
            raise RuleViolation(
                _("Please use at most %(max)s characters.", max=f"{RATIONALE_LIMIT:,}"), field=name
            )


def _note(mapping: Mapping, action: str, actor: Any, changes: dict[str, Any], reason: str = "") -> None:
    """Mappings stand in the trail of their standard: that is where people look for them."""
    requirement = mapping.requirement
    trail.record(
        requirement.version.standard,
        action,
        actor=actor,
        changes={
            "requirement": requirement.code,
            "version": requirement.version.number,
            "clause": clause_code(mapping.clause),
            **changes,
        },
        reason=reason,
    )


def map_requirement(
    requirement: Requirement,
    clause: Clause,
    *,
    degree: str,
    rationale_en: str = "",
    rationale_zh: str = "",
    actor: Any,
) -> Mapping:
    """Say that a requirement addresses a clause. The text of a version in force stays untouched by it."""
    _check(requirement, clause)
    _check_content(degree, rationale_en, rationale_zh)
    known = session.scalar(
        select(Mapping.id).where(Mapping.requirement_id == requirement.id, Mapping.clause_id == clause.id)
    )
    if known is not None:
        raise RuleViolation(
            _(
                "%(requirement)s is mapped to %(clause)s already; change that mapping.",
                requirement=requirement.code,
                clause=clause_code(clause),
            ),
            field="clause",
        )
    made = Mapping(
        requirement=requirement,
        clause=clause,
        degree=degree,
        rationale_en=rationale_en.strip(),
        rationale_zh=rationale_zh.strip(),
        mapped_by_id=getattr(actor, "id", None),
        mapped_by_name=getattr(actor, "name", "") or "",
    )
    session.add(made)
    session.flush()
    _note(made, "mapping.added", actor, {"degree": degree}, made.rationale_en or made.rationale_zh)
    return made


def change_mapping(
    mapping: Mapping,
    *,
    seen: int | None,
    degree: str,
    rationale_en: str,
    rationale_zh: str,
    actor: Any,
) -> None:
    expect_version(
        mapping,
        seen,
        what=f"{mapping.requirement.code} · {clause_code(mapping.clause)}",
        fields=["degree", "rationale_en", "rationale_zh"],
    )
    _check(mapping.requirement, mapping.clause)
    _check_content(degree, rationale_en, rationale_zh)
    changes = trail.changed(
        mapping,
        {"degree": degree, "rationale_en": rationale_en.strip(), "rationale_zh": rationale_zh.strip()},
    )
    if not changes:
        return
    mapping.mapped_by_id = getattr(actor, "id", None)
    mapping.mapped_by_name = getattr(actor, "name", "") or ""
    session.flush()
    _note(mapping, "mapping.changed", actor, dict(changes))


def unmap(mapping: Mapping, *, actor: Any, reason: str = "") -> None:
    """Take a mapping away; of a version in force only with a reason, which the trail keeps."""
    version = mapping.requirement.version
    if version.state not in CURRENT_STATES:
        raise RuleViolation(_("This version is not in force any more; its mappings stay as they were."))
    if version.state != "draft" and not reason.strip():
        raise RuleViolation(
            _("Say why the mapping is taken away; the version is not a draft any more."), field="reason"
        )
    _note(
        mapping,
        "mapping.removed",
        actor,
        {
            "degree": (mapping.degree, None),
            "rationale": (mapping.rationale_en or mapping.rationale_zh, None),
        },
        reason.strip(),
    )
    session.delete(mapping)
    session.flush()


def take_suggestion(suggestion: Suggestion, *, actor: Any) -> Mapping:
    """Map through the crosswalk: the rationale names the tie and repeats the reason given there."""
    return map_requirement(
        suggestion.requirement,
        suggestion.clause,
        degree=suggestion.degree,
        rationale_en=_via(suggestion, "en"),
        rationale_zh=_via(suggestion, "zh"),
        actor=actor,
    )


def _via(suggestion: Suggestion, language: str) -> str:
    source = suggestion.mapping
    reason = source.rationale_en if language == "en" else source.rationale_zh
    if not reason and language == "zh":
        reason = source.rationale_en
    elif not reason:
        reason = source.rationale_zh
    with force_locale(language):
        return str(
            _(
                "Through %(clause)s, which this requirement addresses: %(reason)s",
                clause=clause_code(suggestion.via),
                reason=reason,
            )
        )[:RATIONALE_LIMIT]


def decide_applicability(
    clause: Clause,
    unit: Unit,
    *,
    applicable: bool,
    adopted: bool,
    justification: str,
    seen: int | None,
    actor: Any,
) -> Applicability:
    """What a unit says of a clause, for itself and everything under it that says nothing of its own."""
    if not clause.assessable:
        raise RuleViolation(
            _("%(clause)s can't be assessed; choose a clause under it.", clause=clause_code(clause))
        )
    if not applicable and not justification.strip():
        raise RuleViolation(_("Say why the clause does not apply here."), field="justification")
    if not applicable and adopted:
        raise RuleViolation(_("A clause that does not apply can't be a criterion as well."), field="adopted")
    if adopted and not clause.framework.is_guidance:
        raise RuleViolation(
            _("The clauses of a standard of requirements are criteria already."), field="adopted"
        )
    return _decide(
        clause,
        unit.id,
        None,
        {"applicable": applicable, "adopted": adopted, "justification": justification.strip()},
        action="clause.applicability_decided",
        where={"unit": unit.code},
        seen=seen,
        actor=actor,
    )


def judge(
    clause: Clause,
    standard: Standard,
    *,
    status: str,
    justification: str,
    degrees: list[str],
    seen: int | None,
    actor: Any,
) -> Applicability:
    """A person's judgement of a clause for one standard; an empty status leaves it to the mappings again.

    `degrees` are those of the mappings in force: a judgement that contradicts them is recorded as an override.
    """
    allowed = {"", *JUDGEMENTS, Status.not_applicable}
    if status not in allowed:
        raise RuleViolation(_("Choose one of the statuses."), field="status")
    if not clause.assessable:
        raise RuleViolation(
            _("%(clause)s can't be assessed; choose a clause under it.", clause=clause_code(clause))
        )
    if status and not justification.strip():
        raise RuleViolation(_("Say what the judgement rests on."), field="justification")
    judgement = status if status in set(JUDGEMENTS) else ""
    return _decide(
        clause,
        standard.unit_id,
        standard.id,
        {
            "applicable": status != Status.not_applicable,
            "judgement": str(judgement),
            "justification": justification.strip(),
        },
        action="clause.overridden" if is_override(degrees, judgement) else "clause.judged",
        where={"standard": standard.code},
        seen=seen,
        actor=actor,
    )


def _decide(
    clause: Clause,
    unit_id: int,
    standard_id: int | None,
    values: dict[str, Any],
    *,
    action: str,
    where: dict[str, Any],
    seen: int | None,
    actor: Any,
) -> Applicability:
    found = find_applicability(clause.id, unit_id, standard_id)
    if found is None:
        found = Applicability(
            clause_id=clause.id,
            unit_id=unit_id,
            standard_id=standard_id,
            applicable=True,
            adopted=False,
            judgement="",
            justification="",
        )
        session.add(found)
    else:
        # a form made before anybody had decided carries no version: it must not overwrite either
        expect_version(
            found,
            seen or 0,
            what=f"{clause_code(clause)} · {next(iter(where.values()))}",
            fields=list(values),
        )
    changes = trail.changed(found, values)
    found.decided_by_id = getattr(actor, "id", None)
    found.decided_by_name = getattr(actor, "name", "") or ""
    session.flush()
    if changes:
        trail.record(
            clause,
            action,
            actor=actor,
            changes={**where, **changes},
            reason=values["justification"],
            code=clause_code(clause),
        )
    return found
