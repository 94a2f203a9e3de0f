"""What a site shows before anything is promised or measured: the first steps, ticked as they are done."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import exists, func, select

from accounts.models import Person
from accounts.permissions import ADMINISTER
from core import access
from core.db import session
from core.i18n import _
from core.slots import Panel
from delivery.models import Batch
from delivery.permissions import IMPORT
from standards.models import Standard, Version
from standards.permissions import WRITE


@dataclass(frozen=True)
class Step:
    done: bool
    title: str
    words: str
    url: str
    verb: str


def panel(person: Any) -> Panel | None:
    """For who can take one of the steps. Asked only where the overview has nothing else to show: one statement."""
    may = {each: access.may(person, each) for each in (ADMINISTER, WRITE, IMPORT)}
    if not any(may.values()):
        return None
    found = session.execute(
        select(
            select(func.count()).select_from(Person).scalar_subquery().label("people"),
            exists(select(Standard.id)).label("written"),
            exists(select(Version.id).where(Version.effective_from.is_not(None))).label("in_force"),
            exists(select(Batch.id).where(Batch.accepted_at.is_not(None))).label("imported"),
        )
    ).one()
    steps = []
    if may[ADMINISTER]:
        steps.append(
            Step(
                found.people > 1,
                _("Add units and people"),
                _("One by one or from a file; each gets a role at a unit."),
                url_for("accounts.people"),
                _("Open people"),
            )
        )
    if may[WRITE]:
        steps += [
            Step(
                bool(found.written),
                _("Write the first service standard"),
                _("What is promised, to whom, within which time; or import what you have published."),
                url_for("standards.write"),
                _("Write"),
            ),
            Step(
                bool(found.in_force),
                _("Have it approved"),
                _("Somebody other than its writers signs it; then it is in force."),
                url_for("standards.index"),
                _("Open standards"),
            ),
        ]
    if may[IMPORT]:
        steps.append(
            Step(
                bool(found.imported),
                _("Import the first service log"),
                _(
                    "CSV, Excel or Parquet as your system gives it; an assistant finds out what the columns mean."
                ),
                url_for("delivery.start"),
                _("Import"),
            )
        )
    return Panel("overview/first_steps.html", {"steps": steps})
