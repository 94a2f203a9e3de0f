"""What other pages show of this room."""

from datetime import date, timedelta
from typing import Any

from flask import url_for

from accounts import queries as accounts
from accounts.models import Grant
from accounts.rules import Role
from certification import queries
from certification.permissions import SEE, VISIT
from certification.reports.wording import (
    period_words,
)
from certification.rules.clauses import counted
from certification.views.links import Links
from certification.views.readiness import template_words
from core import access
from core.i18n import _
from core.search import Hit
from core.slots import Panel
from standards.models import Framework

PACKS_MOST = 6


def search(person: Any, words_: str, limit: int) -> list[Hit]:
    if not access.may(person, SEE):
        return []
    return [
        Hit(
            found.code,
            _("Certification pack: %(framework)s", framework=found.framework.short or found.framework.code),
            url_for("certification.pack", pack_id=found.id),
            _("Certification pack"),
            f"{found.unit.name} · {period_words(found.period_from, found.period_until)}",
        )
        for found in queries.search_packs(person, words_, limit)
    ]


def visit_panel(_record: Any, person: Any) -> Panel | None:
    """The overview of a visiting auditor: what may be seen, how long, and the packs to begin with."""
    grants = (
        [
            grant
            for grant in accounts.list_grants(person)
            if grant.role == Role.visiting_auditor and grant.revoked_at is None
        ]
        if access.may(person, VISIT)
        else []
    )
    if not grants:
        return None
    today = accounts.today()
    return Panel(
        "certification/visit.html",
        {
            "visits": [
                _visit(grant, today)
                for grant in grants
                if grant.until_date is None or grant.until_date > today
            ],
            "packs": queries.list_ready_packs(person, limit=PACKS_MOST),
            "period": period_words,
        },
        order=1,
    )


def _visit(grant: Grant, today: date) -> dict[str, Any]:
    """`gone`: the part of the days that is over, for the bar; None when no end is set or no first day is known."""
    last = grant.until_date - timedelta(days=1) if grant.until_date else None
    gone = None
    if last is not None and grant.from_date is not None and last > grant.from_date:
        gone = min(1.0, max(0.0, (today - grant.from_date).days / (last - grant.from_date).days))
    return {
        "unit": grant.unit,
        "first": grant.from_date,
        "last": last,
        "left": (last - today).days + 1 if last else None,
        "gone": gone,
    }


def framework_panel(framework: Framework, person: Any) -> Panel | None:
    """How ready the organisation is for a framework, for the side of its page."""
    if not access.may(person, SEE):
        return None
    units = accounts.list_units(person, SEE)
    if not units:
        return None
    found = queries.assess(framework, units[0])
    return Panel(
        "certification/framework_panel.html",
        {
            "framework": framework,
            "unit": units[0],
            "counts": counted(found.clauses),
            "total": len(found.clauses),
            "steps": found.steps[:3],
            "links": Links(framework, found.clauses),
            **template_words(),
        },
        order=30,
    )
