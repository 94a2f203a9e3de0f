"""Indicator systems and their versions: written, drafted, put into force, withdrawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.models import Person, Unit
from core import access, clock, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.i18n import _, format_number, pick
from satisfaction.indicators.models import IndicatorNode, IndicatorSystem, IndicatorVersion
from satisfaction.models import Questionnaire
from satisfaction.permissions import SEE, WEIGH
from satisfaction.queries import indicators as queries
from satisfaction.rules.indicators import GROUPS_MOST, Branch, Gap, Level, VersionState, gaps, sum_fault


def permit(system: IndicatorSystem, actor: Any) -> None:
    access.require(actor, WEIGH, system.unit.path, what=system.code)
    if system.withdrawn_at is not None:
        raise RuleViolation(_("%(code)s is withdrawn: it stays as it was.", code=system.code))


def check_draft(version: IndicatorVersion, actor: Any) -> None:
    permit(version.system, actor)
    if version.state != VersionState.draft:
        raise RuleViolation(
            _(
                "Version %(number)s is or was in force: draft a new version to change it.",
                number=version.number,
            )
        )


def touch(version: IndicatorVersion) -> None:
    """Any change of the tree is one of its version: whoever puts it into force at the same moment meets it."""
    version.updated_at = clock.now()
    session.flush()


def write_system(
    *,
    unit: Unit,
    owner: Person,
    questionnaire: Questionnaire,
    title_en: str = "",
    title_zh: str = "",
    purpose: str = "",
    actor: Any,
) -> IndicatorSystem:
    """A system with its first draft, which holds the index alone."""
    access.require(actor, WEIGH, unit.path, what=unit.name)
    access.require(actor, SEE, questionnaire.unit.path, what=questionnaire.code)
    if not title_en and not title_zh:
        raise RuleViolation(_("Give a title in at least one language."), field="title_en")
    made = IndicatorSystem(
        code=next_code("IND"), title_en=title_en, title_zh=title_zh, purpose=purpose, unit=unit, owner=owner,
        questionnaire=questionnaire,
    )  # fmt: skip
    session.add(made)
    session.flush()
    version = IndicatorVersion(system_id=made.id, number=1)
    session.add(version)
    session.flush()
    session.add(
        IndicatorNode(
            version_id=version.id,
            level=Level.index,
            code="X1",
            name_en=title_en,
            name_zh=title_zh,
            weight=1.0,
        )
    )
    session.flush()
    trail.record(made, "indicator_system.written", actor=actor, changes={"title": title_en or title_zh})
    return made


def change_system(system: IndicatorSystem, *, seen: int | None = None, actor: Any, **values: Any) -> None:
    permit(system, actor)
    expect_version(
        system, seen, what=system.code, fields=["title_en", "title_zh", "purpose", "unit_id", "owner_id"]
    )
    if not values.get("title_en", system.title_en) and not values.get("title_zh", system.title_zh):
        raise RuleViolation(_("Give a title in at least one language."), field="title_en")
    if "unit_id" in values:
        unit = session.get_one(Unit, values["unit_id"])
        access.require(actor, WEIGH, unit.path, what=unit.name)
    changes = trail.changed(system, values)
    if changes:
        session.flush()
        trail.record(system, "indicator_system.changed", actor=actor, changes=changes)


def draft_version(system: IndicatorSystem, *, actor: Any) -> IndicatorVersion:
    """The next version as a copy of the newest; a draft that is there already is given back."""
    permit(system, actor)
    newest = queries.list_versions(system.id)[0]
    if newest.state == VersionState.draft:
        return newest
    made = IndicatorVersion(
        system_id=system.id, number=newest.number + 1, coverage=newest.coverage, grouping=newest.grouping,
        shares=list(newest.shares),
    )  # fmt: skip
    session.add(made)
    session.flush()
    copies: dict[int, int] = {}
    for node in queries.list_nodes(newest.id):
        copy = IndicatorNode(
            version_id=made.id, parent_id=copies.get(node.parent_id or 0), level=node.level, code=node.code,
            position=node.position, name_en=node.name_en, name_zh=node.name_zh, weight=node.weight,
            origin=node.origin, working=dict(node.working), target=node.target,
        )  # fmt: skip
        session.add(copy)
        session.flush()
        copies[node.id] = copy.id
    trail.record(system, "indicator_system.drafted", actor=actor, changes={"version": made.number})
    return made


def change_version(
    version: IndicatorVersion, *, coverage: float, reason: str, seen: int | None = None, actor: Any
) -> None:
    check_draft(version, actor)
    expect_version(version, seen, what=version.system.code, fields=["coverage", "reason"])
    if not 0.05 <= coverage <= 1:
        raise RuleViolation(_("Give a share between %(least)s and 100 %%.", least=5), field="percent")
    changes = trail.changed(version, {"coverage": coverage, "reason": reason})
    if changes:
        session.flush()
        trail.record(version.system, "indicator_system.version_changed", actor=actor, changes=changes)


def discard_version(version: IndicatorVersion, *, actor: Any) -> None:
    check_draft(version, actor)
    if version.number == 1:
        raise RuleViolation(_("The first version can't be discarded; withdraw the indicator system instead."))
    system, number = version.system, version.number
    session.delete(version)
    session.flush()
    trail.record(system, "indicator_system.discarded", actor=actor, changes={"version": number})


def gap_words(gap: Gap) -> str:
    """What is lacking, as a sentence."""
    name = f"{gap.node.code} {_name(gap.node)}".strip() if gap.node else ""
    match gap.what:
        case "no_children":
            assert gap.node is not None
            if gap.node.level == Level.indicator:
                return _("“%(node)s” has no items yet.", node=name)
            return _("“%(node)s” has nothing below it yet.", node=name)
        case "no_weights":
            return _("The parts of “%(node)s” have no weights yet.", node=name)
        case "sum":
            return _(
                "The weights under “%(node)s” sum to %(total)s %%, not to 100 %%.",
                node=name, total=format_number(100 * gap.amount, 1),
            )  # fmt: skip
    return _(
        "The customer groups sum to %(total)s %%, not to 100 %%.", total=format_number(100 * gap.amount, 1)
    )


def _name(node: Branch) -> str:
    return pick(node.name_en, node.name_zh)


def enforce(version: IndicatorVersion, *, seen: int | None = None, actor: Any) -> None:
    """From now on its weights count and stay as they are; the version in force until now is superseded."""
    check_draft(version, actor)
    system = version.system
    expect_version(version, seen, what=system.code, fields=["coverage", "reason"])
    lacking = gaps(queries.get_tree(version.id), version.shares)
    if lacking:
        raise RuleViolation(
            _("It can't come into force yet: %(why)s", why=" ".join(gap_words(gap) for gap in lacking[:4]))
        )
    before = queries.find_in_state(system.id, VersionState.in_force)
    if before is not None and not version.reason.strip():
        raise RuleViolation(
            _("Say what changes against version %(number)s, and why.", number=before.number), field="reason"
        )
    now = clock.now()
    for nodes in _families(
        version.id
    ).values():  # what was typed with one decimal sums to 1 exactly from here on
        total = sum(node.weight or 0.0 for node in nodes)
        for node in nodes:
            node.weight = 1.0 if len(nodes) == 1 else (node.weight or 0.0) / total
    if before is not None:
        before.state, before.superseded_at = str(VersionState.superseded), now
        session.flush()
    version.state, version.in_force_at = str(VersionState.in_force), now
    if system.baseline_number is None:
        system.baseline_number = version.number
    session.flush()
    trail.record(
        system, "indicator_system.enforced", actor=actor, reason=version.reason,
        changes={"version": (before.number if before else None, version.number)},
    )  # fmt: skip


def _families(version_id: int) -> dict[int, list[IndicatorNode]]:
    made: dict[int, list[IndicatorNode]] = {}
    for node in queries.list_nodes(version_id):
        if node.parent_id is not None:
            made.setdefault(node.parent_id, []).append(node)
    return made


def withdraw(system: IndicatorSystem, *, reason: str, seen: int | None = None, actor: Any) -> None:
    """It is computed no more; what was computed stays."""
    permit(system, actor)
    expect_version(system, seen, what=system.code, fields=["title_en", "title_zh"])
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="reason")
    system.withdrawn_at = clock.now()
    session.flush()
    trail.record(system, "indicator_system.withdrawn", actor=actor, reason=reason.strip())


def set_baseline(
    system: IndicatorSystem, number: int, *, reason: str, seen: int | None = None, actor: Any
) -> None:
    """Whose weights the trend holds fixed."""
    permit(system, actor)
    expect_version(system, seen, what=system.code, fields=["baseline_number"])
    version = queries.find_version(system.id, number)
    if version is None or version.state == VersionState.draft:
        raise RuleViolation(_("Choose a version that is or was in force."), field="number")
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="reason")
    changes = trail.changed(system, {"baseline_number": number})
    if changes:
        session.flush()
        trail.record(
            system, "indicator_system.baseline_set", actor=actor, reason=reason.strip(), changes=changes
        )


def set_groups(
    version: IndicatorVersion, grouping: str, groups: Sequence[Mapping[str, Any]], *, normalise: bool = False, actor: Any
) -> None:  # fmt: skip
    """Customer groups with their weights in per cent; none at all means that every answer counts alike.

    groups: {"key", "en", "zh", "percent"}; one without a weight or with 0 is left out.
    """
    check_draft(version, actor)
    used = [each for each in groups if each["percent"]]
    if not grouping:
        used = []
    elif len(used) < 2:
        raise RuleViolation(_("Give at least two groups a weight."), field="grouping")
    if len(used) > GROUPS_MOST:
        raise RuleViolation(_("At most %(num)s groups can be weighted.", num=GROUPS_MOST), field="grouping")
    percents = [float(each["percent"]) for each in used]
    if used:
        check_sum(percents, normalise=normalise, field="grouping")
    whole = sum(percents) if normalise else 100.0
    shares = [
        {"key": str(each["key"])[:120], "en": str(each["en"])[:120], "zh": str(each["zh"])[:120], "share": percent / whole}
        for each, percent in zip(used, percents, strict=True)
    ]  # fmt: skip
    before = shares_said(version)
    version.grouping, version.shares = (grouping[:140] if used else ""), shares
    session.flush()
    trail.record(
        version.system,
        "indicator_system.groups_set",
        actor=actor,
        changes={"groups": (before, shares_said(version))},
    )


def shares_said(version: IndicatorVersion) -> str:
    return ", ".join(f"{each['en']} {100 * each['share']:.1f} %" for each in version.shares) or "—"


def check_sum(percents: Sequence[float | None], *, normalise: bool, field: str | None = None) -> None:
    """Refuse weights in per cent that can't be used, and say what to do."""
    fault = sum_fault(percents)
    if fault is None:
        return
    what, amount = fault
    match what:
        case "missing":
            raise RuleViolation(_("Give each of them a weight; 0 is one."), field=field)
        case "negative":
            raise RuleViolation(_("A weight can't be below 0."), field=field)
        case "nothing":
            raise RuleViolation(_("At least one weight must be above 0."), field=field)
    if normalise:
        return
    if amount < 100:
        raise RuleViolation(
            _(
                "The weights sum to %(total)s %%: %(rest)s %% are missing. Change one, or choose “Bring to 100 %%”.",
                total=format_number(amount, 1), rest=format_number(100 - amount, 1),
            ), field=field,
        )  # fmt: skip
    raise RuleViolation(
        _(
            "The weights sum to %(total)s %%: %(rest)s %% too much. Change one, or choose “Bring to 100 %%”.",
            total=format_number(amount, 1), rest=format_number(amount - 100, 1),
        ), field=field,
    )  # fmt: skip
