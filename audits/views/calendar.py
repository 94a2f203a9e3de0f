"""Audits as calendar files."""

from collections.abc import Iterable, Sequence

from flask import Response, current_app

from audits.models import Audit
from audits.queries.audits import names_of_teams
from audits.rules.states import Kind, State
from core.documents import icalendar
from core.documents.icalendar import Event
from core.i18n import _


def events_of(audits: Sequence[Audit]) -> list[Event]:
    teams = names_of_teams([audit.id for audit in audits])
    return [_event(audit, teams.get(audit.id, [])) for audit in audits]


def _event(audit: Audit, team: Iterable[str]) -> Event:
    address = f"{current_app.config['BASE_URL']}/audits/{audit.id}"
    names = ", ".join(team)
    lines = [
        f"{audit.code} · {Kind(audit.kind).label}",
        _("Unit: %(unit)s", unit=audit.unit.name),
        _("Team: %(names)s", names=names) if names else "",
        audit.objective,
        address,
    ]
    return Event(
        uid=icalendar.uid("audit", audit.id),
        first=audit.starts_on,
        last=audit.ends_on,
        summary=_("Audit: %(title)s", title=audit.title),
        description="\n".join(line for line in lines if line),
        location=audit.place or audit.unit.name,
        url=address,
        sequence=audit.row_version - 1,
        changed=audit.updated_at,
        cancelled=audit.state == State.cancelled,
    )


def calendar_file(name: str, audits: Sequence[Audit], filename: str) -> Response:
    return icalendar.download(name, events_of(audits), filename)
