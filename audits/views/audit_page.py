"""The page of an audit: where it stands, what is missing, what was found. Put together from a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import g, render_template, request, url_for
from markupsafe import Markup

from accounts.models import Person
from audits.models import Audit, Member
from audits.permissions import PLAN, PRINT, SEE
from audits.queries import audits as queries
from audits.queries import checklist, independence
from audits.queries.audits import AuditScope
from audits.queries.checklist import SHOWN_WHOLE, FollowUp, Section, Tally
from audits.rules.programme import REPEATS
from audits.rules.results import LABELS, TONE, Nature, Result, label_of
from audits.rules.states import (
    SETTLED_CSS,
    STATE_CSS,
    WAY,
    Kind,
    Part,
    State,
    TeamRole,
    allows,
    close_gate,
    finish_gate,
    prepare_gate,
    report_gate,
)
from audits.views.blueprint import blueprint
from audits.words import days_between, section_title
from core import access, history, signing
from core.access import guard
from core.gates import Condition, passed
from core.i18n import _, format_date, format_list, format_time, language
from core.tables import escaped, row_urls
from core.trail import TrailEntry
from improvement.permissions import SEE as FINDINGS_SEE
from improvement.rules.findings import GRADE_SHORT, Grade

ICONS = {
    "conform": "check-lg",
    "strength": "star",
    "ofi": "arrow-up",
    "partly": "arrow-up",
    "not_met": "triangle",
    "minor": "triangle",
    "major": "diamond-fill",
    "na": "dash-lg",
    "not_sampled": "slash-circle",
}
GRADE_TONE = {"major": "bad", "minor": "edge", "ofi": "info", "strength": "good", "signal": "few"}
GRADE_ICON = {
    "major": "diamond-fill",
    "minor": "triangle",
    "ofi": "arrow-up",
    "strength": "star",
    "signal": "broadcast",
}
NEXT_VERB = {
    State.scheduled: "prepare",
    State.prepared: "finish",
    State.performed: "report",
    State.reported: "accept",
    State.accepted: "close",
}


@dataclass(frozen=True)
class AuditPage:
    audit: Audit
    members: list[Member]
    parts: set[Part]
    scope: AuditScope
    tally: Tally
    conditions: list[Condition]
    follow_ups: list[FollowUp]
    milestones: list[TrailEntry]
    signatures: list[Any]
    reports: list[Any]
    following: Audit | None
    shown: list[Section]
    body: dict[str, Markup] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return State(self.audit.state)

    @property
    def lead(self) -> Member | None:
        return queries.lead_of(self.members)

    @property
    def met(self) -> int:
        return sum(1 for item in self.conditions if item.met)

    @property
    def ready(self) -> bool:
        return passed(self.conditions)

    def can(self, verb: str) -> bool:
        return allows(self.audit.state, verb, self.parts)

    @property
    def planning(self) -> str:
        """Which part of the plan comes next, for who may plan it: scope, team or checklist."""
        missing = {item.key for item in self.conditions if not item.met}
        if self.can("plan") and "scope" in missing:
            return "scope"
        if self.can("staff") and missing & {"lead", "independent"}:
            return "team"
        return "checklist"

    @property
    def verb(self) -> str:
        return NEXT_VERB.get(self.state, "")


def build(audit: Audit, person: Person, section: str | None) -> AuditPage:
    members = queries.members_of(audit.id)
    scope = queries.scope_of(audit.id)
    tally = checklist.tally_of(audit.id)
    over = audit.state in {"performed", "reported", "accepted", "closed"}
    follow_ups = checklist.follow_ups(audit.id) if over or tally.facts.raised else []
    names = [one.name for one in tally.sections]
    whole = tally.total <= SHOWN_WHOLE
    chosen = section if section in names else (names[0] if names else None)
    rows = checklist.item_rows(audit.id, None if whole else chosen) if names else []
    return AuditPage(
        audit=audit,
        members=members,
        parts=queries.parts_of(audit, person, members),
        scope=scope,
        tally=tally,
        conditions=_conditions(audit, scope, members, tally, follow_ups),
        follow_ups=follow_ups,
        milestones=queries.milestones(audit),
        signatures=signing.signatures_of(audit) if audit.reported_at else [],
        reports=queries.reports_of(audit.id),
        following=queries.find_next(audit) if audit.repeat_months and audit.reported_at else None,
        shown=tally.sections if whole else [one for one in tally.sections if one.name == chosen],
        body=_bodies(audit, rows),
    )


def _conditions(
    audit: Audit, scope: AuditScope, members: Sequence[Member], tally: Tally, follow_ups: Sequence[FollowUp]
) -> list[Condition]:
    from audits.operations.steps import plan_facts

    lead = queries.lead_of(members)
    name = lead.person.name if lead else ""
    if audit.state == State.scheduled:
        left = independence.unsettled_members(audit, scope, members)
        return prepare_gate(plan_facts(audit, scope, members, left, tally.total))
    if audit.state == State.prepared:
        return finish_gate(tally.facts, name)
    if audit.state == State.performed:
        return report_gate(conclusion=bool(audit.conclusion), lead=name)
    if audit.state == State.accepted:
        return close_gate([item.settled for item in follow_ups], name)
    return []


def mark(result: str, nature: str) -> Markup:
    """Result with its mark: shape, word and colour."""
    if not result:
        return Markup(
            '<span class="state bare few"><span class="bi bi-circle" aria-hidden="true"></span>{}</span>'
        ).format(_("Not answered"))
    return Markup(
        '<span class="state bare {}"><span class="bi bi-{}" aria-hidden="true"></span>{}</span>'
    ).format(TONE[Result(result)], ICONS[result], str(label_of(Result(result), nature)))


def who_words(name: str, at: datetime) -> str:
    """Who answered, and when: Li Na, 19 Nov 13:53."""
    return f"{name}, {format_date(at, 'day')} {format_time(at)}"


@lru_cache(maxsize=2)
def _marks(_language: str) -> dict[tuple[str, str], str]:
    """Every mark there is, in one language."""
    return {
        (result, nature.value): str(mark(result, nature.value))
        for result in ("", *(str(item) for item in Result))
        for nature in Nature
    }


def _bodies(audit: Audit, rows: Sequence[Any]) -> dict[str, Markup]:
    """The lines of each section as HTML, by plain string work: a checklist is a hundred lines of six cells."""
    address = url_for("audits.item", audit_id=audit.id, audit_item_id=987654321)
    before, _sep, after = address.partition("987654321")
    finding = row_urls("findings.finding", "finding_id")
    may_read = access.may(g.person, FINDINGS_SEE, audit.unit.path)
    marks = _marks(language())
    photos, zh = escaped(_("photos")), language() == "zh"
    guidance = f'<span class="chip">{escaped(_("guidance"))}</span> '
    made: dict[str, list[str]] = {}
    for row in rows:
        first, second = (row.question_zh, row.question_en) if zh else (row.question_en, row.question_zh)
        note = row.note if len(row.note) <= 140 else f"{row.note[:139]}…"
        who = ""
        if row.answered_at is not None:
            who = escaped(who_words(row.answered_by_name, row.answered_at))
        more = ""
        if row.finding_id is not None:
            more += (
                f'<a class="nb" href="{finding(row.finding_id)}">{row.finding_code}</a> '
                if may_read
                else f"{row.finding_code} "
            )
        if row.photos:
            more += (
                f'<span class="quiet nb"><span class="bi bi-camera" aria-hidden="true"></span> {row.photos}'
                f'<span class="visually-hidden"> {photos}</span></span>'
            )
        # the section's heading names the framework, the line only its clause
        clause = escaped(row.reference.rpartition(" · ")[2])
        chip = f'<span class="chip clause">{clause}</span>' if clause else ""
        made.setdefault(row.section, []).append(
            f'<tr id="i{row.id}" data-item="{row.id}"><td class="au-ref">{chip}</td>'
            f'<td>{guidance if row.nature == "guidance" else ""}<a href="{before}{row.id}{after}">{escaped(first or second)}</a>'
            f"{f'<div class=small>{escaped(note)}</div>' if note else ''}</td>"
            f'<td class="nb" data-result>{marks[row.result, row.nature]}<div class="micro quiet" data-who>{who}</div></td>'
            f'<td class="r">{more}</td></tr>\n'
        )
    return {
        name: Markup("".join(lines))  # noqa: S704 - every part from outside is escaped
        for name, lines in made.items()
    }


# --- words of the page ---------------------------------------------------------------------------------------


def result_bar(counts: Sequence[tuple[str, int]], total: int, waiting: int = 0) -> Markup:
    """How a checklist or a part of it was answered, gravest first, as one bar with its words as alternative."""
    if not total:
        return Markup()
    words = [f"{LABELS[Result(result)]} {number}" for result, number in counts]
    if waiting:
        words.append(_("Open") + f" {waiting}")
    x, parts = 0.0, []
    for result, number in counts:
        width = 100 * number / total
        tone = TONE[Result(result)]
        hollow = (
            ' fill-opacity="0.35"' if result in {"na", "not_sampled", "ofi", "partly", "strength"} else ""
        )
        parts.append(
            f'<rect x="{x:.2f}" y="0" width="{max(0.0, width - 0.4):.2f}" height="8" class="au-{tone}"{hollow}/>'
        )
        x += width
    label = escaped(format_list(words))
    return Markup(  # noqa: S704 - numbers, and the label is escaped
        f'<svg class="au-bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )


def way(page: AuditPage) -> list[dict[str, Any]]:
    """The states as steps: done with its day, the present one, those to come."""
    audit = page.audit
    if page.state == State.cancelled:
        return []
    place = WAY.index(page.state)
    dates = {
        State.scheduled: audit.created_at,
        State.performed: audit.performed_at,
        State.reported: audit.reported_at,
        State.accepted: audit.accepted_at,
        State.closed: audit.closed_at,
    }
    texts = {
        State.scheduled: days_between(audit.starts_on, audit.ends_on, year=False),
        State.prepared: f"{page.tally.answered}/{page.tally.total}" if page.tally.total else "",
        State.reported: audit.reported_by.name if audit.reported_by and audit.reported_at else "",
        State.accepted: audit.accepted_by.name if audit.accepted_by and audit.accepted_at else "",
    }
    cells = []
    for number, state in enumerate(WAY):
        css = "done" if number < place or page.state == State.closed else "now" if number == place else "wait"
        day = format_date(dates[state], "near") if dates.get(state) and state != State.scheduled else ""
        text = " · ".join(part for part in (day, texts.get(state, "")) if part) if css != "wait" else ""
        cells.append({"state": state, "css": css, "text": text})
    return cells


def now_sentence(page: AuditPage) -> tuple[str, bool]:
    """Whom the audit waits for, and whether that is who looks."""
    lead = page.lead.person.name if page.lead else ""
    mine = Part.lead in page.parts
    if page.state == State.scheduled:
        if page.lead is None:
            return _("Waits for a lead auditor to be named."), Part.manager in page.parts
        if mine:
            return _("Waits for you to prepare the checklist."), True
        return _("Waits for %(name)s to prepare the checklist.", name=lead), False
    if page.state == State.prepared:
        left = page.tally.facts.waiting
        text = _("%(num)s of %(all)s questions are open.", num=left, all=page.tally.total)
        return text, Part.auditor in page.parts and left > 0
    if page.state == State.performed:
        if mine:
            return _("Waits for you to write the conclusion and sign the report."), True
        return _("Waits for %(name)s to sign the report.", name=lead), False
    if page.state == State.reported:
        if page.can("accept"):
            return _("Waits for you to accept the report for %(unit)s.", unit=page.audit.unit.name), True
        return _("Waits for %(unit)s to accept the report.", unit=page.audit.unit.name), False
    if page.state == State.accepted:
        return _("Follow-up: closed when every remedy is verified."), page.ready and page.can("close")
    return "", False


def milestone(entry: TrailEntry) -> str:
    return history.sentence(entry)


def template_words() -> dict[str, Any]:
    return {
        "result_bar": result_bar,
        "result_mark": mark,
        "section_title": section_title,
        "way": way,
        "may_print": lambda: access.may(g.person, PRINT),
        "days_of": lambda audit: days_between(audit.starts_on, audit.ends_on),
        "now_sentence": now_sentence,
        "milestone": milestone,
        "repeats": lambda months: REPEATS.get(months, ""),
        "state_css": lambda state: STATE_CSS[State(state)],
        "state_label": lambda state: State(state).label,
        "kind_label": lambda kind: Kind(kind).label,
        "team_role": lambda role: TeamRole(role).label,
        "settled_css": lambda settled: SETTLED_CSS[settled],
        "grade_tone": lambda grade: GRADE_TONE[grade],
        "grade_icon": lambda grade: GRADE_ICON[grade],
        "grade_label": lambda grade: GRADE_SHORT[Grade(grade)],
        "result_label": lambda result, nature="requirement": label_of(Result(result), nature),
        "result_tone": lambda result: TONE[Result(result)],
        "result_icon": lambda result: ICONS[str(result)],
        "may_plan_audit": lambda audit: access.may(g.person, PLAN, audit.unit.path),
        "sees_findings": lambda path: access.may(g.person, FINDINGS_SEE, path),
    }


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return template_words()


@blueprint.get("/audits/<int:audit_id>")
@guard(SEE)
def show(audit_id: int) -> Any:
    found = queries.get_audit_for(g.person, audit_id)
    return render_template("audits/show.html", page=build(found, g.person, request.args.get("section")))


@blueprint.get("/audits/<int:audit_id>/history")
@guard(SEE)
def whole_history(audit_id: int) -> Any:
    found = queries.get_audit_for(g.person, audit_id)
    return render_template("audits/history.html", audit=found, entries=queries.whole_history(found))


@blueprint.get("/audits/<int:audit_id>/calendar.ics")
@guard(SEE)
def audit_calendar(audit_id: int) -> Any:
    from audits.views.calendar import calendar_file

    found = queries.get_audit_for(g.person, audit_id)
    return calendar_file(found.title, [found], found.code)
