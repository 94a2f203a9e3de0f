"""What is said with the complainant: messages, notes, waiting, files."""

from typing import Any

from flask import flash, g, redirect, request, url_for

from complaints import forms
from complaints.models import Complaint
from complaints.operations import complaints as operations
from complaints.operations import messages
from complaints.permissions import HANDLE, READ_NOTES, SEE
from complaints.queries import complaints as queries
from complaints.views.blueprint import blueprint
from complaints.views.record.page import handled, received, show
from core import access, files
from core.access import guard
from core.errors import NotPermitted, RuleViolation
from core.i18n import _
from core.pages import refusals


@blueprint.post("/complaints/<int:complaint_id>/say")
@guard(HANDLE)
def say(complaint_id: int) -> Any:
    found = handled(complaint_id)
    form = forms.TalkForm(prefix="talk-")
    if form.validate_on_submit():
        with refusals(form):
            said = _say(found, form.kind.data, form.body.data or "")
            flash(said, "good")
            return redirect(url_for(".complaint", complaint_id=found.id, _anchor="said"))
    return show(found, talk=form, status=422)


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
    found = handled(complaint_id)
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
    found = handled(complaint_id)
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
    found = handled(complaint_id)
    taken = received(request.files.get("file"))
    if not taken:
        raise RuleViolation(_("Choose a file."))
    operations.add_file(found, taken[0], from_complainant=False, actor=g.person)
    flash(_("The file is added."), "good")
    return redirect(url_for(".complaint", complaint_id=found.id))
