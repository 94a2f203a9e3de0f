"""One complaint: registering it, its page, who complained, what is said, what makes it good, what it leads to."""

from typing import Any

from flask import flash, g, make_response, redirect, render_template, url_for

from accounts import queries as accounts
from complaints import forms
from complaints.models import Complainant, Complaint
from complaints.operations import complaints as operations
from complaints.operations import links, messages, remedies
from complaints.operations import steps as step_operations
from complaints.operations.common import find_complainant, require_unconcerned
from complaints.permissions import CONFIGURE, CONTACT, DECIDE, HANDLE, READ_NOTES, REGISTER, SEE
from complaints.queries import complaints as queries
from complaints.queries import settings
from complaints.rules.grades import SATISFACTION, Channel
from complaints.rules.states import NEXT, SETTLED, STATE_CSS, STATE_LABELS, WITH_REASON, State, verbs_of
from complaints.views import wording as words
from complaints.views.blueprint import blueprint
from complaints.views.steps import (
    LABELS,
    get_standard,
    handlers_for,
    is_possible,
    make_form,
    may_take,
    standard_choices,
)
from core import access, clock, files, trail
from core.access import guard
from core.errors import NotPermitted, RuleViolation
from core.forms import RecordForm, choices
from core.i18n import _, language
from core.pages import form_page, refusals
from core.web import saved
from improvement.links import standard_url
from improvement.permissions import SEE as SEE_FINDINGS

UPLOAD_LIMIT = 10_000_000


def _received(upload: Any) -> list[files.Received]:
    if not upload:
        return []
    return [
        files.receive(upload.stream, upload.filename, limit=UPLOAD_LIMIT, accept=files.IMAGE | files.DOCUMENT)
    ]


def _people() -> list[tuple[Any, str]]:
    return [(person.id, person.name) for person in accounts.list_people(limit=1000)]


def _choices(form: Any) -> None:
    """Units, standards and people to choose from."""
    form.unit_id.choices = choices(accounts.unit_choices())
    form.standard_id.choices = standard_choices()
    form.concerned_id.choices = choices(_people(), empty=_("nobody in particular"))


# --- registering -------------------------------------------------------------------------------------------------


@blueprint.route("/complaints/new", methods=["GET", "POST"])
@guard(REGISTER)
def register() -> Any:
    form = forms.RegisterForm()
    _choices(form)
    if not form.is_submitted():
        form.unit_id.data = g.person.unit_id
        form.language.data = language()
        form.standard_id.data = form.concerned_id.data = None
    if form.validate_on_submit():
        with refusals(form):
            made = operations.register(
                unit=accounts.get_unit(form.unit_id.data),
                standard=get_standard(form.standard_id.data),
                concerned=accounts.get_person(form.concerned_id.data) if form.concerned_id.data else None,
                files=_received(form.file.data),
                actor=g.person,
                **_columns(form),
            )
            flash(_("Registered as %(code)s. Tell the complainant this number.", code=made.code), "good")
            if access.may(g.person, SEE, made.unit.path):
                return redirect(url_for(".complaint", complaint_id=made.id))
            return redirect(url_for(".register"))
    return form_page(
        "complaints/new.html",
        form,
        may_see=access.may(g.person, SEE),
    )


_NOT_COLUMNS = frozenset({"unit_id", "standard_id", "concerned_id", "handler_id", "file"})


def _columns(form: RecordForm) -> dict[str, Any]:
    """Entries as the record keeps them: an entry that was not sent is an empty text."""
    return {
        name: value if value is not None or name == "occurred_on" else ""
        for name, value in form.values.items()
        if name not in _NOT_COLUMNS
    }


@blueprint.route("/complaints/<int:complaint_id>/edit", methods=["GET", "POST"])
@guard(HANDLE)
def edit(complaint_id: int) -> Any:
    found = _handled(complaint_id)
    form = forms.EditForm(obj=found)
    _choices(form)
    form.handler_id.choices = choices(
        ((person.id, person.name) for person in handlers_for(found)), empty=_("nobody yet")
    )
    if form.validate_on_submit():
        with refusals(form):
            operations.change(
                found,
                seen=form.seen_version,
                actor=g.person,
                unit=accounts.get_unit(form.unit_id.data),
                standard=get_standard(form.standard_id.data),
                handler=accounts.get_person(form.handler_id.data) if form.handler_id.data else None,
                concerned=accounts.get_person(form.concerned_id.data) if form.concerned_id.data else None,
                **_columns(form),
            )
            flash(_("%(code)s is changed.", code=found.code), "good")
            if not access.may(g.person, SEE, found.unit.path):
                return redirect(url_for(".index"))
            return redirect(url_for(".complaint", complaint_id=found.id))
    return form_page("complaints/edit.html", form, record=found)


# --- the page ----------------------------------------------------------------------------------------------------


def _handled(complaint_id: int) -> Complaint:
    """A complaint for a write: where the person may handle it, and never one about them."""
    found = queries.get_complaint_for(g.person, complaint_id, HANDLE)
    require_unconcerned(found, g.person)
    return found


@blueprint.get("/complaints/<int:complaint_id>")
@guard(SEE)
def complaint(complaint_id: int) -> Any:
    return _page(queries.get_complaint_for(g.person, complaint_id))


def _page(
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


# --- who complained ----------------------------------------------------------------------------------------------


@blueprint.post("/complaints/<int:complaint_id>/contact")
@guard(CONTACT)
def contact(complaint_id: int) -> Any:
    """Shown for this once; that it was read is kept, so it takes a form and not a link."""
    found = queries.get_complaint_for(g.person, complaint_id, CONTACT)
    person = operations.read_contact(found, actor=g.person)
    return saved(make_response(_page(found, contact=person)))


@blueprint.route("/complaints/<int:complaint_id>/contact/change", methods=["GET", "POST"])
@guard(CONTACT)
def change_contact(complaint_id: int) -> Any:
    found = queries.get_complaint_for(g.person, complaint_id, CONTACT)
    require_unconcerned(found, g.person)
    form = forms.ContactForm()
    if form.validate_on_submit():
        with refusals(form):
            operations.change_contact(
                found, actor=g.person, **{name: value or "" for name, value in form.values.items()}
            )
            flash(_("Name and contact are kept."), "good")
            return redirect(url_for(".complaint", complaint_id=found.id))
    return form_page("complaints/contact.html", form, record=found)


@blueprint.post("/complaints/<int:complaint_id>/link")
@guard(CONTACT)
def renew_link(complaint_id: int) -> Any:
    found = queries.get_complaint_for(g.person, complaint_id, CONTACT)
    operations.renew_link(found, actor=g.person)
    flash(_("The old link no longer works. The next mail carries the new one."), "good")
    return redirect(url_for(".complaint", complaint_id=found.id))


# --- what is said ------------------------------------------------------------------------------------------------


@blueprint.post("/complaints/<int:complaint_id>/say")
@guard(HANDLE)
def say(complaint_id: int) -> Any:
    found = _handled(complaint_id)
    form = forms.TalkForm(prefix="talk-")
    if form.validate_on_submit():
        with refusals(form):
            said = _say(found, form.kind.data, form.body.data or "")
            flash(said, "good")
            return redirect(url_for(".complaint", complaint_id=found.id, _anchor="said"))
    return _page(found, talk=form, status=422)


def _say(found: Complaint, kind: str, body: str) -> str:
    if kind == "note":
        messages.write_note(found, body, actor=g.person)
        return _("The note is kept; the complainant does not see it.")
    if kind == "in":
        messages.hear(found, body, actor=g.person)
        return _("What the complainant said is kept.")
    sent = messages.write_to(found, body, question=kind == "question", actor=g.person)
    return (
        _("Written to the complainant by mail.")
        if sent
        else _("No mail address is known; the complainant reads it on the page of the complaint.")
    )


@blueprint.post("/complaints/<int:complaint_id>/wait")
@guard(HANDLE)
def wait(complaint_id: int) -> Any:
    """Begin or end waiting for the complainant; what was read is read."""
    found = _handled(complaint_id)
    if found.waiting_since is not None:
        messages.resume(found, actor=g.person)
        flash(_("The clocks run again."), "good")
    else:
        messages.wait(found, actor=g.person)
        flash(_("Waiting for the complainant."), "good")
    return redirect(url_for(".complaint", complaint_id=found.id))


@blueprint.post("/complaints/<int:complaint_id>/read")
@guard(HANDLE)
def mark_read(complaint_id: int) -> Any:
    found = _handled(complaint_id)
    messages.mark_read(found, actor=g.person)
    return redirect(url_for(".complaint", complaint_id=found.id, _anchor="said"))


@blueprint.get("/complaints/<int:complaint_id>/files/<int:file_id>")
@guard(SEE)
def file(complaint_id: int, file_id: int) -> Any:
    found = queries.get_complaint_for(g.person, complaint_id)
    if found.concerned_id == g.person.id or not access.may(g.person, READ_NOTES, found.unit.path):
        raise NotPermitted(found.code, who=sorted(READ_NOTES.roles))
    return files.send(queries.get_file(found, file_id).file)


@blueprint.post("/complaints/<int:complaint_id>/files")
@guard(HANDLE)
def add_file(complaint_id: int) -> Any:
    from flask import request

    found = _handled(complaint_id)
    received = _received(request.files.get("file"))
    if not received:
        raise RuleViolation(_("Choose a file."))
    operations.add_file(found, received[0], from_complainant=False, actor=g.person)
    flash(_("The file is added."), "good")
    return redirect(url_for(".complaint", complaint_id=found.id))


# --- remedies ----------------------------------------------------------------------------------------------------


@blueprint.post("/complaints/<int:complaint_id>/remedies")
@guard(HANDLE)
def propose(complaint_id: int) -> Any:
    found = _handled(complaint_id)
    form = forms.RemedyForm(prefix="remedy-")
    if form.validate_on_submit():
        with refusals(form):
            made = remedies.propose(
                found,
                kind=form.kind.data,
                words=form.words.data or "",
                cost=form.cost.hundredths,
                actor=g.person,
            )
            flash(
                _("The remedy is approved.")
                if made.state == "authorised"
                else _("The remedy is above your limit and waits for approval."),
                "good",
            )
            return redirect(url_for(".complaint", complaint_id=found.id, _anchor="remedies"))
    return _page(found, remedy=form, status=422)


@blueprint.post("/complaints/<int:complaint_id>/remedies/<int:remedy_id>/approve")
@guard(DECIDE)
def approve(complaint_id: int, remedy_id: int) -> Any:
    found = queries.get_complaint_for(g.person, complaint_id, DECIDE)
    remedies.authorise(found, queries.get_remedy(found, remedy_id), actor=g.person)
    flash(_("The remedy is approved."), "good")
    return redirect(url_for(".complaint", complaint_id=found.id, _anchor="remedies"))


@blueprint.post("/complaints/<int:complaint_id>/remedies/<int:remedy_id>/done")
@guard(HANDLE)
def finish(complaint_id: int, remedy_id: int) -> Any:
    found = _handled(complaint_id)
    remedies.finish(found, queries.get_remedy(found, remedy_id), actor=g.person)
    flash(_("The remedy is carried out."), "good")
    return redirect(url_for(".complaint", complaint_id=found.id, _anchor="remedies"))


@blueprint.post("/complaints/<int:complaint_id>/remedies/<int:remedy_id>/remove")
@guard(HANDLE)
def remove(complaint_id: int, remedy_id: int) -> Any:
    found = _handled(complaint_id)
    remedies.remove(found, queries.get_remedy(found, remedy_id), actor=g.person)
    flash(_("The remedy is taken back."), "good")
    return redirect(url_for(".complaint", complaint_id=found.id, _anchor="remedies"))


# --- what it leads to --------------------------------------------------------------------------------------------


@blueprint.route("/complaints/<int:complaint_id>/finding", methods=["GET", "POST"])
@guard(HANDLE)
def raise_finding(complaint_id: int) -> Any:
    found = _handled(complaint_id)
    form = forms.FindingForm()
    if form.validate_on_submit():
        with refusals(form):
            made = links.raise_from(
                found,
                grade=form.grade.data,
                statement_en=form.statement_en.data or "",
                statement_zh=form.statement_zh.data or "",
                detail=form.detail.data or "",
                actor=g.person,
            )
            flash(_("Recorded as %(code)s. Quality managers see it in their inbox.", code=made.code), "good")
            return redirect(url_for(".complaint", complaint_id=found.id))
    return form_page("complaints/finding.html", form, record=found)


@blueprint.post("/complaints/<int:complaint_id>/ticket")
@guard(HANDLE)
def link_ticket(complaint_id: int) -> Any:
    found = _handled(complaint_id)
    form = forms.TicketForm(prefix="ticket-")
    if form.validate_on_submit():
        with refusals(form):
            links.link_ticket(found, form.ticket.data or "", actor=g.person)
            flash(
                _("%(code)s takes care of it.", code=found.ticket.code)
                if found.ticket
                else _("No ticket is linked any more."),
                "good",
            )
            return redirect(url_for(".complaint", complaint_id=found.id))
    return _page(found, ticket=form, status=422)
