"""How the trail of this room reads, and the names of a checklist's parts."""

from datetime import date
from typing import Any

from audits.rules.results import Result
from audits.rules.states import Kind, State, TeamRole
from core.history import say
from core.i18n import _, _l, _lp, format_date, language, pick
from improvement.rules.findings import Grade

say(
    {
        "programme.opened": _l("Audit programme opened"),
        "programme.changed": _l("Audit programme changed"),
        "slot.added": _l("Slot added"),
        "slot.changed": _l("Slot changed"),
        "slot.removed": _l("Slot removed"),
        "audit.planned": _l("Audit planned"),
        "audit.repeated": _l("Next audit of the series planned"),
        "audit.changed": _l("Plan changed"),
        "audit.scoped": _l("Scope changed"),
        "audit.staffed": _l("Taken into the team"),
        "audit.safeguarded": _l("Safeguard for independence written"),
        "audit.role_changed": _l("Role in the team changed"),
        "audit.unstaffed": _l("Taken out of the team"),
        "audit.generated": _l("Checklist generated"),
        "audit.prepared": _l("Prepared: recording may begin"),
        "audit.performed": _l("On-site work finished"),
        "audit.resumed": _l("Recording opened again"),
        "audit.concluded": _l("Conclusion written"),
        "audit.reported": _l("Report signed"),
        "audit.printed": _l("Report made as PDF"),
        "audit.sent_back": _l("Sent back to the auditors"),
        "audit.accepted": _l("Accepted by the unit"),
        "audit.closed": _l("Audit closed"),
        "audit.reopened": _l("Opened again: a remedy is in doubt"),
        "audit.cancelled": _l("Audit cancelled"),
        "item.added": _l("Question added"),
        "item.moved": _l("Question moved"),
        "item.changed": _l("Question changed"),
        "item.removed": _l("Question removed"),
        "item.answered": _lp("audit", "Answered"),
        "item.photo_added": _l("Photo added"),
        "item.photo_removed": _l("Photo removed"),
        "item.raised": _l("Finding raised"),
        "item.ready": _l("Ready for verification: the ticket is closed"),
        "item.doubted": _l("Ticket opened again"),
        "item.verified": _l("Remedy verified"),
        "item.refused": _l("Remedy not accepted"),
    },
    {
        "code": _l("Code"),
        "conclusion_en": _l("Conclusion (English)"),
        "conclusion_zh": _l("Conclusion (Chinese)"),
        "criteria": _l("Criteria"),
        "ends_on": _l("Last day"),
        "framework_ids": _l("Frameworks"),
        "follows": _l("Follows"),
        "independence_months": _l("Independence looked back on, months"),
        "items": _l("Items"),
        "kind": _l("Kind"),
        "lead": _l("Lead auditor"),
        "month": _l("Month"),
        "note": _l("Note"),
        "objective": _l("Objective"),
        "objectives_en": _l("Objectives (English)"),
        "objectives_zh": _l("Objectives (Chinese)"),
        "person": _l("Person"),
        "photo": _l("Photo"),
        "place": _l("Place of the audit"),
        "question_en": _l("Question (English)"),
        "question_zh": _l("Question (Chinese)"),
        "repeat_months": _l("Repeats"),
        "result": _l("Result"),
        "risks": _l("Risks and methods"),
        "role": _l("Role"),
        "safeguard": _l("Safeguard"),
        "sha256": _l("SHA-256"),
        "starts_on": _l("First day"),
        "statement": _lp("finding", "Statement"),
        "topic_en": _l("Topic (English)"),
        "topic_zh": _l("Topic (Chinese)"),
        "unit": _l("Unit"),
        "units": _l("Units"),
        "clauses": _l("Clauses"),
        "standards": _l("Service standards"),
        "year": _l("Year"),
    },
    codes={"state": (State,), "result": (Result,), "grade": (Grade,), "kind": (Kind,), "role": (TeamRole,)},
)


def section_title(section: Any) -> tuple[str, str]:
    """Short name and title of a part of the checklist."""
    if section.name == "earlier":
        return str(_("Earlier findings")), ""
    if not section.name:
        return str(_("Own questions")), ""
    return section.name, pick(section.title_en, section.title_zh)


def days_between(first: date, last: date, *, year: bool = True) -> str:
    """9 – 11 Mar 2026; 2026年3月9日至11日. As short as it can be."""
    if first == last:
        return (
            format_date(first, "text" if language() == "zh" else "table")
            if year
            else format_date(first, "day")
        )
    same_year, same_month = first.year == last.year, (first.year, first.month) == (last.year, last.month)
    if language() == "zh":
        form = "text" if year else "day"
        rest = f"{last.day}日" if same_month else format_date(last, "day" if same_year else form)
        return f"{format_date(first, form)}至{rest}"
    begin = str(first.day) if same_month else format_date(first, "day" if same_year or not year else "table")
    return f"{begin} – {format_date(last, 'table' if year else 'day')}"
