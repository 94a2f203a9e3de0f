"""The page of one complaint, and what its parts share."""

from typing import Any

from flask import g, render_template

from complaints import forms
from complaints.models import Complainant, Complaint
from complaints.operations import steps as step_operations
from complaints.operations.common import find_complainant, require_unconcerned
from complaints.permissions import CONFIGURE, CONTACT, DECIDE, HANDLE, READ_NOTES, SEE
from complaints.queries import complaints as queries
from complaints.queries import settings
from complaints.rules.grades import SATISFACTION, Channel
from complaints.rules.states import NEXT, SETTLED, STATE_CSS, STATE_LABELS, WITH_REASON, State, verbs_of
from complaints.views import wording as words
from complaints.views.blueprint import blueprint
from complaints.views.steps import LABELS, is_possible, make_form, may_take
from core import access, clock, files, trail
from core.access import guard
from improvement.links import standard_url
from improvement.permissions import SEE as SEE_FINDINGS

UPLOAD_LIMIT = 10_000_000


def received(upload: Any) -> list[files.Received]:
    if not upload:
        return []
    return [
        files.receive(upload.stream, upload.filename, limit=UPLOAD_LIMIT, accept=files.IMAGE | files.DOCUMENT)
    ]


def handled(complaint_id: int) -> Complaint:
    """A complaint for a write: where the person may handle it, and never one about them."""
    found = queries.get_complaint_for(g.person, complaint_id, HANDLE)
    require_unconcerned(found, g.person)
    return found


@blueprint.get("/complaints/<int:complaint_id>")
@guard(SEE)
def complaint(complaint_id: int) -> Any:
    return show(queries.get_complaint_for(g.person, complaint_id))


def show(
    found: Complaint,
    *,
    talk: forms.TalkForm | None = None,
    remedy: forms.RemedyForm | None = None,
    ticket: forms.TicketForm | None = None,
    contact: Complainant | None = None,
    status: int = 200,
) -> Any:
    person = g.person
    free = found.concerned_id != person.id
    may_handle = free and access.may(person, HANDLE, found.unit.path)
    inside = free and access.may(person, READ_NOTES, found.unit.path)
    may_decide = free and access.may(person, DECIDE, found.unit.path)
    facts = step_operations.facts_of(found)
    verb = "tell" if found.state == State.decided and not found.told else NEXT.get(State(found.state))
    if verb is not None and not (may_handle and is_possible(found, verb)):
        verb = None
    next_form = make_form(found, verb) if verb is not None else None
    runs = queries.list_clocks(found.id)
    known = find_complainant(found)
    open_now = found.state not in SETTLED
    page = render_template(
        "complaints/show.html",
        record=found,
        state_label=STATE_LABELS[State(found.state)],
        state_css=STATE_CSS[State(found.state)],
        free=free,
        may_handle=may_handle,
        may_decide=may_decide,
        may_contact=free and access.may(person, CONTACT, found.unit.path),
        may_configure=access.may(person, CONFIGURE, found.unit.path),
        way=words.way(found),
        verb=verb,
        next_form=next_form,
        labels=LABELS,
        conditions=step_operations.conditions_of(found, verb, person, facts) if verb else [],
        reachable=facts.reachable,
        known=known is not None,
        contact=contact,
        others=[item for item in verbs_of(found.state) if item != verb and may_take(found, item, person)],
        with_reason=WITH_REASON,
        clocks=[words.clock_line(run) for run in runs],
        clocked=bool(runs) or settings.find_clocking(found.unit) is not None,
        said=queries.list_messages(found.id, notes=inside),
        inside=inside,
        may_findings=access.may(person, SEE_FINDINGS, found.unit.path),
        remedies=queries.list_remedies(found.id),
        files=queries.list_files(found.id),
        findings=queries.list_findings(found.id),
        talk=talk or (forms.TalkForm(prefix="talk-") if may_handle else None),
        remedy_form=remedy or (forms.RemedyForm(prefix="remedy-") if may_handle and open_now else None),
        ticket_form=ticket or (forms.TicketForm(prefix="ticket-") if may_handle else None),
        limit=settings.remedy_limit(found.unit) if may_handle and open_now else 0,
        satisfaction=SATISFACTION,
        standard_link=standard_url(found.standard_id),
        channel_label=Channel(found.channel).label,
        words=words,
        now=clock.now(),
        history=trail.history(found),
    )
    return (page, status) if status != 200 else page
