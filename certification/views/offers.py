"""What other pages show of this room."""

from typing import Any

from flask import url_for

from accounts import queries as accounts
from certification import queries
from certification.permissions import SEE
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
            "links": Links(framework),
            **template_words(),
        },
        order=30,
    )
