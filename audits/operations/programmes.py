from typing import Any

from sqlalchemy import select

from accounts.models import Person, Unit
from audits.models import Audit, Programme, Slot
from audits.permissions import PLAN
from core import access, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.i18n import _
from standards.models import Framework

FIELDS = ["objectives_en", "objectives_zh", "risks", "framework_ids"]
SLOTS_MOST = 300


def open_programme(
    unit: Unit,
    year: int,
    *,
    framework_ids: list[int] | None = None,
    objectives_en: str = "",
    objectives_zh: str = "",
    risks: str = "",
    actor: Any,
) -> Programme:
    """One programme for a unit and a year."""
    access.require(actor, PLAN, unit.path, what=_("Audit programme"))
    if not 2000 <= year <= 2100:
        raise RuleViolation(_("Give a year from 2000 to 2100."), field="year")
    known = session.scalar(select(Programme.code).where(Programme.unit_id == unit.id, Programme.year == year))
    if known is not None:
        raise RuleViolation(
            _(
                "%(unit)s has a programme for %(year)s already: %(code)s.",
                unit=unit.name,
                year=year,
                code=known,
            ),
            field="year",
        )
    made = Programme(
        code=next_code("AUP", year=year),
        unit=unit,
        year=year,
        framework_ids=sorted(set(framework_ids or [])),
        objectives_en=objectives_en,
        objectives_zh=objectives_zh,
        risks=risks,
        owner_id=getattr(actor, "id", None),
    )
    session.add(made)
    session.flush()
    trail.record(made, "programme.opened", actor=actor, changes={"unit": unit.code, "year": year})
    return made


def change(
    programme: Programme,
    *,
    framework_ids: list[int],
    objectives_en: str,
    objectives_zh: str,
    risks: str,
    seen: int | None = None,
    actor: Any,
) -> None:
    expect_version(programme, seen, what=programme.code, fields=FIELDS)
    access.require(actor, PLAN, programme.unit.path, what=programme.code)
    changes = trail.changed(
        programme,
        {
            "framework_ids": sorted(set(framework_ids)),
            "objectives_en": objectives_en,
            "objectives_zh": objectives_zh,
            "risks": risks,
        },
    )
    if changes:
        trail.record(programme, "programme.changed", actor=actor, changes=changes)


def _check(programme: Programme, unit: Unit, month: int, topic_en: str, topic_zh: str) -> None:
    if not unit.path.startswith(programme.unit.path):
        raise RuleViolation(
            _("%(names)s does not belong to %(unit)s.", names=unit.name, unit=programme.unit.name),
            field="unit_id",
        )
    if not 1 <= month <= 12:
        raise RuleViolation(_("Choose a month."), field="month")
    if not topic_en and not topic_zh:
        raise RuleViolation(_("Say in at least one language what will be audited."), field="topic_en")


def add_slot(
    programme: Programme,
    *,
    unit: Unit,
    month: int,
    topic_en: str = "",
    topic_zh: str = "",
    framework: Framework | None = None,
    lead: Person | None = None,
    actor: Any,
) -> Slot:
    access.require(actor, PLAN, programme.unit.path, what=programme.code)
    _check(programme, unit, month, topic_en, topic_zh)
    count = len(session.scalars(select(Slot.id).where(Slot.programme_id == programme.id)).all())
    if count >= SLOTS_MOST:
        raise RuleViolation(_("A programme holds at most %(num)s slots.", num=SLOTS_MOST))
    made = Slot(
        programme=programme,
        unit=unit,
        month=month,
        topic_en=topic_en,
        topic_zh=topic_zh,
        framework_id=framework.id if framework else None,
        lead=lead,
    )
    session.add(made)
    session.flush()
    trail.record(
        programme,
        "slot.added",
        actor=actor,
        changes={"month": month, "unit": unit.code, "topic_en": topic_en, "topic_zh": topic_zh},
    )
    return made


def change_slot(
    slot: Slot,
    *,
    unit: Unit,
    month: int,
    topic_en: str,
    topic_zh: str,
    framework: Framework | None,
    lead: Person | None,
    seen: int | None = None,
    actor: Any,
) -> None:
    programme = slot.programme
    expect_version(slot, seen, what=programme.code, fields=["month", "topic_en", "topic_zh"])
    access.require(actor, PLAN, programme.unit.path, what=programme.code)
    _check(programme, unit, month, topic_en, topic_zh)
    changes = trail.changed(slot, {"month": month, "topic_en": topic_en, "topic_zh": topic_zh})
    if slot.unit_id != unit.id:
        changes["unit"] = (slot.unit.code, unit.code)
        slot.unit = unit
    if slot.framework_id != (framework.id if framework else None):
        changes["framework"] = (None, framework.code if framework else None)
        slot.framework_id = framework.id if framework else None
    if slot.lead_id != (lead.id if lead else None):
        changes["lead"] = (slot.lead.name if slot.lead else None, lead.name if lead else None)
        slot.lead = lead
    if changes:
        trail.record(programme, "slot.changed", actor=actor, changes=changes)


def remove_slot(slot: Slot, *, actor: Any) -> None:
    programme = slot.programme
    access.require(actor, PLAN, programme.unit.path, what=programme.code)
    if session.scalar(select(Audit.id).where(Audit.slot_id == slot.id)) is not None:
        raise RuleViolation(_("This slot has its audit already; cancel the audit instead."))
    trail.record(
        programme,
        "slot.removed",
        actor=actor,
        changes={
            "month": (slot.month, None),
            "topic_en": (slot.topic_en, None),
            "topic_zh": (slot.topic_zh, None),
        },
    )
    session.delete(slot)
    session.flush()
