from typing import Any

from accounts.models import Person, Unit
from core import access, clock, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.i18n import _
from standards.models import Standard, Version
from standards.operations.versions import withdraw
from standards.permissions import WRITE
from standards.queries import standards as queries
from standards.rules.versions import Grouping, VersionState

TEXTS = ("title_en", "title_zh", "service_en", "service_zh")


def _check(unit: Unit, actor: Any, **values: Any) -> None:
    access.require(actor, WRITE, unit.path, what=unit.name)
    if not values.get("title_en") and not values.get("title_zh"):
        raise RuleViolation(_("Give the standard a title in at least one language."), field="title_en")
    if values.get("grouping") not in set(Grouping):
        raise RuleViolation(_("Choose one of the list."), field="grouping")


def write_standard(
    *,
    unit: Unit,
    owner: Person,
    actor: Any,
    title_en: str = "",
    title_zh: str = "",
    service_en: str = "",
    service_zh: str = "",
    grouping: str = Grouping.provision,
    purpose_en: str = "",
    purpose_zh: str = "",
    reason: str = "",
) -> Standard:
    """A new standard with its first version, a draft without requirements."""
    _check(unit, actor, title_en=title_en, title_zh=title_zh, grouping=grouping)
    made = Standard(
        code=next_code("STD"),
        title_en=title_en,
        title_zh=title_zh,
        unit=unit,
        owner=owner,
        service_en=service_en,
        service_zh=service_zh,
        grouping=grouping,
    )
    session.add(made)
    session.flush()
    trail.record(
        made,
        "standard.written",
        actor=actor,
        changes={"title": title_en or title_zh, "unit": unit.code, "owner": owner.name},
        reason=reason,
    )
    first = Version(
        standard=made,
        number=1,
        state=VersionState.draft,
        purpose_en=purpose_en,
        purpose_zh=purpose_zh,
        author_id=actor.id,
    )
    session.add(first)
    session.flush()
    trail.record(first, "version.drafted", actor=actor, changes={"number": 1}, code=f"{made.code} v1")
    return made


def change_standard(standard: Standard, *, seen: int | None, actor: Any, **values: Any) -> None:
    """Change what is not versioned: titles, service, unit, owner, grouping."""
    access.require(actor, WRITE, standard.unit.path, what=standard.title)
    allowed = {*TEXTS, "unit", "owner", "grouping"}
    if unknown := set(values) - allowed:
        raise TypeError(f"a standard has no {', '.join(sorted(unknown))}")
    expect_version(standard, seen, what=standard.code, fields=[*TEXTS, "grouping"])
    unit = values.get("unit", standard.unit)
    _check(
        unit,
        actor,
        title_en=values.get("title_en", standard.title_en),
        title_zh=values.get("title_zh", standard.title_zh),
        grouping=values.get("grouping", standard.grouping),
    )
    changes = trail.changed(standard, values)
    if changes:
        said = {
            name: (before.code, after.code)
            if name == "unit"
            else (before.name, after.name)
            if name == "owner"
            else (before, after)
            for name, (before, after) in changes.items()
        }
        trail.record(standard, "standard.changed", actor=actor, changes=said)


def withdraw_standard(standard: Standard, *, actor: Any, reason: str) -> None:
    """The service is not offered any more: the version in force ends now, no new one is drafted."""
    if not reason.strip():
        raise RuleViolation(_("Say why."), field="reason")
    if queries.find_open_version(standard.id) is not None:
        raise RuleViolation(_("A version is on its way. Finish or delete it first."))
    effective = queries.find_effective_version(standard.id)
    if effective is not None:
        withdraw(effective, actor=actor, reason=reason)
    standard.withdrawn_at = clock.now()
    trail.record(standard, "standard.withdrawn", actor=actor, reason=reason)
