"""Standards: written, reviewed, signed, in force, followed by the next version, withdrawn; mapped to clauses."""

from typing import Any

from sqlalchemy import select

from core.db import session
from demo import content
from demo.cast import PASSWORD, Cast
from standards.models import Mapping, Requirement, Version
from standards.operations import mapping, requirements, standards, versions
from standards.queries.mapping import find_applicability

MEASURED = "每月由工单记录测得 / Measured from the case log"
KEPT_BY = "工单记录、测量结果 / Case log and measurement"
LOG_COLUMNS = {"types": "complaint_type", "descriptors": "descriptor", "products": "product"}


def write(cast: Cast, given: dict[str, Any], when: dict[str, str]) -> None:
    """The first version as a draft, with its requirements and what they say to the clauses."""
    actor = cast.person(given["author"])
    made = standards.write_standard(
        unit=cast.unit(given["unit"]),
        owner=cast.person(given["owner"]),
        actor=actor,
        title_en=given["title"]["en"],
        title_zh=given["title"]["zh"],
        service_en=given["service"]["en"],
        service_zh=given["service"]["zh"],
        grouping=given.get("grouping", "provision"),
        purpose_en=given["purpose"]["en"].strip(),
        purpose_zh=given["purpose"]["zh"].strip(),
    )
    cast.standards[given["key"]] = made.id
    version = cast.open_version(given["key"])
    if "review" in when:
        versions.change_version(version, actor=actor, review_date=cast.timeline.day(when["review"]))
    for item in given["requirements"]:
        _add(cast, version, item, actor)


def _add(cast: Cast, version: Version, item: dict[str, Any], actor: Any) -> Requirement:
    kind = item.get("kind", "timing")
    fields = _fields(cast, kind, item)
    made = requirements.add_requirement(version, actor=actor, kind=kind, **fields)
    for place, reason in item["clauses"].items():
        framework, number, degree = place.split()
        mapping.map_requirement(
            made,
            cast.clause(framework, number),
            degree=degree,
            rationale_en=reason["en"],
            rationale_zh=reason["zh"],
            actor=actor,
        )
    return made


def _fields(cast: Cast, kind: str, item: dict[str, Any]) -> dict[str, Any]:
    said = item.get("statement", {})
    fields: dict[str, Any] = {
        "statement_en": said.get("en", ""),
        "statement_zh": said.get("zh", ""),
        "dimension": item["dimension"],
        "kano": item["kano"],
        "target": item.get("target"),
        "verification": item.get("verification", MEASURED if kind == "timing" else ""),
        "evidence_expected": item.get("evidence", KEPT_BY if kind == "timing" else ""),
    }
    if kind == "timing":
        fields |= {
            "from_milestone": item.get("from", "received"),
            "to_milestone": item.get("to", "closed"),
            "limit": item["limit"],
            "population": {column: item[name] for name, column in LOG_COLUMNS.items() if name in item},
            "calendar_id": cast.calendar(item.get("calendar", "CITY")).id
            if "working" in item["limit"]
            else None,
        }
    elif kind == "staffing":
        fields["rule"] = item["rule"]
    else:
        fields["rule"] = {"points": item["points"]}
    return fields


def submit(cast: Cast, key: str, by: str) -> None:
    versions.submit(cast.open_version(key), actor=cast.person(by))


def send_back(cast: Cast, key: str, given: dict[str, str]) -> None:
    versions.send_back(cast.open_version(key), actor=cast.person(given["by"]), comment=given["comment"])


def approve(cast: Cast, key: str, by: str, day: str) -> None:
    versions.approve(
        cast.open_version(key),
        actor=cast.person(by),
        password=PASSWORD,
        effective_on=cast.timeline.day(day),
    )


def come_into_force(_cast: Cast) -> None:
    """What the worker does each minute."""
    versions.make_due_versions_effective()


def draft_second(cast: Cast, key: str, by: str) -> None:
    versions.draft_version(cast.standard(key), actor=cast.person(by))


def change_second(cast: Cast, given: dict[str, Any], when: dict[str, str]) -> None:
    """What the next version says differently, and why."""
    second = given["second"]
    actor = cast.person(second["author"])
    version = cast.open_version(given["key"])
    texts: dict[str, Any] = {f"change_summary_{code}": text for code, text in second["summary"].items()}
    versions.change_version(version, actor=actor, review_date=cast.timeline.day(when["review"]), **texts)
    for code, changed in second["changes"].items():
        requirement = session.scalars(
            select(Requirement).where(Requirement.version_id == version.id, Requirement.code == code)
        ).one()
        fields = {name: value for name, value in changed.items() if name != "statement"}
        fields |= {f"statement_{code}": text for code, text in changed.get("statement", {}).items()}
        requirements.change_requirement(requirement, actor=actor, **fields)
    for item in second.get("add", []):
        _add(cast, version, item, actor)


def withdraw(cast: Cast, key: str, given: dict[str, str]) -> None:
    standards.withdraw_standard(cast.standard(key), actor=cast.person(given["by"]), reason=given["reason"])


# --- clauses as a whole --------------------------------------------------------------------------------------


def adopt(cast: Cast) -> None:
    """Guidance becomes a criterion where the organisation says so."""
    for given in content.frameworks(cast.timeline)["adopted"]:
        for number in given["clauses"]:
            _decide(cast, given, number, given["justification"], applicable=True)


def leave_out(cast: Cast, *, newer: bool) -> None:
    """Clauses that do not apply, with the reason; those of the newest edition were decided later."""
    for given in content.frameworks(cast.timeline)["not_applicable"]:
        if given["framework"].endswith("2026") == newer:
            for number, reason in given["clauses"].items():
                _decide(cast, given, number, reason, applicable=False)


def _decide(cast: Cast, given: dict[str, Any], number: str, reason: str, *, applicable: bool) -> None:
    mapping.decide_applicability(
        cast.clause(given["framework"], number),
        cast.unit("BCS"),
        applicable=applicable,
        adopted=applicable,
        justification=reason,
        seen=None,
        actor=cast.person(given["by"]),
    )


def judge(cast: Cast) -> None:
    for given in content.frameworks(cast.timeline)["judged"]:
        clause, standard = cast.clause(given["framework"], given["clause"]), cast.standard(given["standard"])
        assert find_applicability(clause.id, standard.unit_id, standard.id) is None
        degrees = session.scalars(
            select(Mapping.degree)
            .join(Requirement, Requirement.id == Mapping.requirement_id)
            .join(Version, Version.id == Requirement.version_id)
            .where(Mapping.clause_id == clause.id, Version.standard_id == standard.id)
        )
        mapping.judge(
            clause,
            standard,
            status=given["status"],
            justification=given["justification"],
            degrees=list(degrees),
            seen=None,
            actor=cast.person(given["by"]),
        )
