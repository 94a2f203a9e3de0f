"""How the trail of service standards and calendars reads."""

from typing import Any

from babel.dates import get_day_names
from sqlalchemy import select

from core.db import session
from core.history import everywhere, say
from core.i18n import _, _l, _lp, format_share, language
from standards.models import Calendar, Framework, Standard
from standards.rules.calendar import WEEKDAYS
from standards.rules.journeys import Channel
from standards.rules.requirements import Dimension, Kano, Kind
from standards.rules.sentences import limit_words, rule_words
from standards.rules.versions import Grouping


def week_words(definition: dict[str, Any]) -> str:
    """Mon–Fri 09:00-12:00, 13:00-17:30: days with the same hours together."""
    week = definition.get("week")
    if not week:
        return str(_("Monday to Friday, no hours given"))
    names = get_day_names("abbreviated", locale=language())
    groups: list[tuple[int, int, str]] = []
    for number, day in enumerate(WEEKDAYS):
        hours = ", ".join(week.get(day, []))
        if not hours:
            continue
        if groups and groups[-1][2] == hours and groups[-1][1] == number - 1:
            groups[-1] = (groups[-1][0], number, hours)
        else:
            groups.append((number, number, hours))
    return "; ".join(
        f"{names[a] if a == b else f'{names[a]}–{names[b]}'} {hours.replace('-', '–')}"
        for a, b, hours in groups
    )


def _standard(value: Any) -> str:
    found = session.get(Standard, value)
    return found.code if found is not None else str(_("deleted since"))


def _calendar(value: Any) -> str:
    found = session.get(Calendar, value)
    return found.name if found is not None else str(_("deleted since"))


def _frameworks(value: Any) -> str:
    """By number, or by code where a room keeps that."""
    chosen = [each for each in value if isinstance(each, int)]
    found = [session.get(Framework, each) for each in chosen]
    named = [each.designation for each in found if each is not None]
    codes = [each for each in value if isinstance(each, str)]
    if codes:
        named += session.scalars(
            select(Framework.designation).where(Framework.code.in_(codes)).order_by(Framework.designation)
        )
    return ", ".join(named)


say(
    {
        "standard.written": _l("Standard written"),
        "standard.changed": _l("Standard changed"),
        "standard.withdrawn": _l("Standard withdrawn"),
        "standard.deleted": _l("Standard deleted"),
        "standard.imported": _l("Standard imported"),
        "version.drafted": _l("Version drafted"),
        "version.changed": _l("Text of the version changed"),
        "version.submitted": _l("Sent for review"),
        "version.sent_back": _l("Sent back with comments"),
        "version.taken_back": _l("Taken back"),
        "version.approved": _l("Approved"),
        "version.effective": _l("Came into force"),
        "version.superseded": _l("Superseded"),
        "version.withdrawn": _l("Withdrawn"),
        "version.deleted": _l("Draft deleted"),
        "requirement.added": _l("Requirement added"),
        "requirement.changed": _l("Requirement changed"),
        "requirement.removed": _l("Requirement removed"),
        "requirement.moved": _l("Requirement moved"),
        "calendar.added": _l("Calendar added"),
        "calendar.changed": _l("Calendar changed"),
        "standard.placed": _l("Touchpoints of the standard changed"),
        "service.added": _l("Service added"),
        "service.changed": _l("Service changed"),
        "service.removed": _l("Service removed"),
        "service.withdrawn": _l("Service withdrawn"),
        "service.restored": _l("Service brought back"),
        "journey.written": _l("Journey written"),
        "journey.changed": _l("Journey changed"),
        "journey.removed": _l("Journey removed"),
        "journey.withdrawn": _l("Journey withdrawn"),
        "journey.restored": _l("Journey brought back"),
        "journey.stage_added": _l("Stage added"),
        "journey.stage_changed": _l("Stage renamed"),
        "journey.stage_moved": _l("Stage moved"),
        "journey.stage_removed": _l("Stage removed"),
        "journey.stage_withdrawn": _l("Stage withdrawn"),
        "journey.stage_restored": _l("Stage brought back"),
        "journey.touchpoint_added": _l("Touchpoint added"),
        "journey.touchpoint_changed": _l("Touchpoint changed"),
        "journey.touchpoint_moved": _l("Touchpoint moved"),
        "journey.touchpoint_removed": _l("Touchpoint removed"),
        "journey.touchpoint_withdrawn": _l("Touchpoint withdrawn"),
        "journey.touchpoint_restored": _l("Touchpoint brought back"),
        "journey.standards_hung": _l("Standards of a touchpoint changed"),
    },
    {
        "name": _lp("record", "Name"),
        "title": _l("Title"),
        "title_en": _l("Title (English)"),
        "title_zh": _l("Title (Chinese)"),
        "service_en": _l("Service (English)"),
        "service_zh": _l("Service (Chinese)"),
        "purpose_en": _l("Purpose (English)"),
        "purpose_zh": _l("Purpose (Chinese)"),
        "change_summary_en": _l("What changes (English)"),
        "change_summary_zh": _l("What changes (Chinese)"),
        "owner": _l("Owner"),
        "grouping": _l("Grouping"),
        "number": _l("Version"),
        "from_version": _l("Drafted from version"),
        "by_version": _l("By version"),
        "review_date": _l("Next review"),
        "effective_from": _l("In force from"),
        "effective_until": _l("In force until"),
        "requirement": _l("Requirement"),
        "statement": _l("Text"),
        "statement_en": _l("Text (English)"),
        "statement_zh": _l("Text (Chinese)"),
        "dimension": _l("SERVQUAL dimension"),
        "kano": _l("Kano category"),
        "verification": _l("How it is checked"),
        "evidence_expected": _l("Evidence expected"),
        "target": _l("Target"),
        "from_milestone": _l("Clock starts at"),
        "to_milestone": _l("Clock stops at"),
        "limit": _l("Limit"),
        "population": _l("Cases"),
        "pauses": _l("Pauses"),
        "calendar_id": _l("Calendar"),
        "rule": _l("Rule"),
        "place": _l("Place"),
        "definition": _l("Hours and days"),
        "valid_from": _l("Valid from"),
        "source": _l("Source"),
        "position": _l("Place"),
        "journey": _l("Customer journey"),
        "stage": _l("Stage"),
        "touchpoint": _l("Touchpoint"),
        "channel": _l("Channel"),
        "moment_of_truth": _l("Moment of truth"),
        "standards": _l("Service standards"),
        "service": _l("Service"),
        "customers_en": _l("Customer group (English)"),
        "customers_zh": _l("Customer group (Chinese)"),
        "standard_id": _l("Service standard"),
    },
    values={
        "target": format_share,
        "limit": lambda value: limit_words(value, language()),
        "definition": week_words,
        "rule": lambda value: rule_words(value, language()),
        "population": lambda value: "; ".join(f"{name}: {', '.join(each)}" for name, each in value.items()),
        "pauses": lambda value: "; ".join(f"{start} – {end}" for start, end in value),
    },
    codes={
        "kind": (Kind,),
        "dimension": (Dimension,),
        "kano": (Kano,),
        "grouping": (Grouping,),
        "channel": (Channel,),
    },
)
everywhere(
    values={
        "standard_id": _standard,
        "framework_ids": _frameworks,
        "frameworks": _frameworks,
        "calendar_id": _calendar,
    }
)
