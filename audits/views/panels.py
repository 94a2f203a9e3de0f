"""What this room puts on pages of others: audits of a standard, clause, framework; audits now; tasks; search."""

from typing import Any

from flask import g, url_for

from audits.permissions import SEE
from audits.queries import audits as queries
from audits.queries import programmes, waiting
from audits.rules.states import STATE_CSS, State
from core import access, clock
from core.i18n import _, pick, zone
from core.search import Hit
from core.slots import Panel
from core.tasks import Task, answer_by
from standards.models import Clause, Framework, Standard


def _panel(found: list[Any], heading: str) -> Panel | None:
    if not found:
        return None
    return Panel(
        "audits/panel.html",
        {
            "found": found,
            "heading": heading,
            "state_css": lambda state: STATE_CSS[State(state)],
            "state_label": lambda state: State(state).label,
        },
        order=45,
    )


def beside_standard(standard: Standard, person: Any) -> Panel | None:
    if not access.may(person, SEE):
        return None
    return _panel(queries.list_of_standard(standard.id, person), _("Audits of this standard"))


def beside_clause(clause: Clause, person: Any) -> Panel | None:
    if not access.may(person, SEE):
        return None
    return _panel(queries.list_of_clause(clause.id, person), _("Audits of this clause"))


def beside_framework(framework: Framework, person: Any) -> Panel | None:
    if not access.may(person, SEE):
        return None
    return _panel(queries.list_of_framework(framework.id, person), _("Audits against it"))


def audits_now(_record: Any, person: Any) -> Panel | None:
    """The overview: audits that are not over."""
    if not access.may(person, SEE):
        return None
    rows = queries.list_now(person)
    if not rows:
        return None
    return Panel(
        "audits/now.html",
        {
            "rows": rows,
            "today": clock.now().astimezone(zone()).date(),
            "state_css": lambda state: STATE_CSS[State(state)],
            "state_label": lambda state: State(state).label,
        },
        order=8 if any(row.mine for row in rows) else 30,
    )


def tasks(person: Any) -> list[Task]:
    """Audits to prepare, record, report, accept, close; remedies to verify; slots to plan."""
    if not access.may(person, SEE):
        return []
    found = [made for row in waiting.list_steps(person) if (made := _step_task(row)) is not None]
    for row in waiting.list_to_verify(person):
        what = pick(row.statement_en, row.statement_zh)
        if row.follow == "ready":
            found.append(
                Task(
                    "patch-check",
                    _("Verify the remedy: %(what)s", what=what),
                    row.code,
                    answer_by(row.closed_at),
                    _("Verify"),
                    url_for("audits.item", audit_id=row.id, audit_item_id=row.item_id, _anchor="finding"),
                    "audit",
                )
            )
        else:
            found.append(
                Task(
                    "arrow-counterclockwise",
                    _("An auditor did not accept the remedy: %(what)s", what=what),
                    row.code,
                    answer_by(row.followed_at),
                    _("Open"),
                    url_for("tickets.ticket", ticket_id=row.ticket_id),
                    "audit",
                )
            )
    for row in waiting.list_open_slots(person):
        from datetime import date

        found.append(
            Task(
                "calendar-plus",
                _(
                    "Plan the audit: %(what)s, %(unit)s",
                    what=pick(row.topic_en, row.topic_zh),
                    unit=pick(row.unit_en, row.unit_zh),
                ),
                row.code,
                date(row.year, row.month, 1),
                _("Plan"),
                url_for("audits.new", slot=row.id),
                "audit",
            )
        )
    return found


def _step_task(row: Any) -> Task | None:
    title = pick(row.title_en, row.title_zh)
    here = url_for("audits.show", audit_id=row.id)
    if row.state == "reported":
        return Task(
            "pen",
            _("Accept the report: %(what)s", what=title),
            row.code,
            answer_by(row.reported_at),
            _("Accept"),
            here,
            "audit",
        )
    if row.state == "scheduled":
        return Task(
            "clipboard",
            _("Prepare the audit: %(what)s", what=title),
            row.code,
            row.starts_on,
            _("Prepare"),
            here,
            "audit",
        )
    if row.state == "prepared" and row.waiting:
        return Task(
            "clipboard-check",
            _("Audit: %(what)s", what=title),
            row.code,
            row.ends_on,
            _("Record answers"),
            url_for("audits.record", audit_id=row.id),
            "audit",
        )
    if row.state == "prepared" and row.role == "lead":
        return Task(
            "flag",
            _("Finish recording: %(what)s", what=title),
            row.code,
            row.ends_on,
            _("Finish"),
            here,
            "audit",
        )
    if row.state == "performed":
        return Task(
            "pen",
            _("Sign the audit report: %(what)s", what=title),
            row.code,
            row.ends_on,
            _("Sign"),
            here,
            "audit",
        )
    if row.state == "accepted" and row.role == "lead" and not row.follow_ups:
        return Task(
            "check2-circle",
            _("Close the audit: %(what)s", what=title),
            row.code,
            None,
            _("Close"),
            here,
            "audit",
        )
    return None


def search(person: Any, words: str, limit: int) -> list[Hit]:
    if not access.may(person, SEE):
        return []
    hits = [
        Hit(
            audit.code,
            audit.title,
            url_for("audits.show", audit_id=audit.id),
            _("Audit"),
            f"{audit.unit.name} · {State(audit.state).label}",
        )
        for audit in queries.search_audits(person, words, limit)
    ]
    return hits + [
        Hit(
            row.code,
            _("Audit programme %(year)s", year=row.year),
            url_for("audits.programme", audit_programme_id=row.id),
            _("Audit programme"),
            pick(row.unit_en, row.unit_zh),
        )
        for row in programmes.search_programmes(person, words, limit)
    ]


def origin_address(rest: str) -> str:
    """Where "audit:7:12" of a finding's origin leads, for who may see the audit."""
    audit, _colon, item = rest.partition(":")
    if not audit.isdigit() or not item.isdigit() or len(rest) > 20:
        return ""
    if queries.find_audit_for(g.person, int(audit)) is None:
        return ""
    return url_for("audits.item", audit_id=int(audit), audit_item_id=int(item))
