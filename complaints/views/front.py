"""The public page for complaints: no account, phone first, bounded and throttled."""

from typing import Any

from flask import abort, flash, g, make_response, redirect, render_template, request, url_for

from accounts import queries as accounts
from complaints import forms
from complaints.models import ComplaintSetting
from complaints.operations import front as operations
from complaints.queries import settings
from complaints.tracking import token_of
from complaints.views.blueprint import blueprint
from core import files
from core.access import public
from core.errors import RuleViolation
from core.forms import choices
from core.i18n import _, language
from core.pages import form_page, refusals
from core.web import largest_body

FILES_MOST, FILE_LIMIT, BODY_LIMIT = 3, 5_000_000, 16_000_000


def organisation() -> str:
    """Name of the organisation for the head of the page, whose times are in its zone."""
    found = accounts.organisation()
    g.organisation_zone = found.time_zone if found else "UTC"
    return found.name if found else ""


def throttled() -> Any:
    """Before anything is read closely: the page for who sends too many forms, or None. Counts this form."""
    address = request.remote_addr or ""
    if operations.is_throttled(address):
        answer = make_response(render_template("complaints/too_many.html"), 429)
        answer.headers["Retry-After"] = "3600"
        return answer
    operations.knock(address)
    return None


@blueprint.route("/complain", methods=["GET", "POST"])
@public
@largest_body(BODY_LIMIT)
def complain() -> Any:
    offered = settings.list_offered()
    if request.method == "POST":
        refusal = throttled()
        if refusal is not None:
            return refusal
        if not offered:
            abort(404)
    name = organisation()
    if not offered:
        return render_template("complaints/not_taken.html", organisation=name)
    form = forms.PublicForm()
    form.unit_id.choices = choices(
        ((item.unit_id, item.unit.name) for item in offered),
        empty=_("please choose") if len(offered) > 1 else None,
    )
    if len(offered) == 1:
        form.unit_id.data = offered[0].unit_id
    if form.validate_on_submit():
        chosen = next((item for item in offered if item.unit_id == form.unit_id.data), None)
        with refusals(form):
            made = _register(form, chosen)
            flash(_("We received your complaint. Its number is %(code)s.", code=made.code), "good")
            return redirect(url_for(".follow", token=token_of(made)))
    return form_page(
        "complaints/complain.html",
        form,
        organisation=name,
        intro=next((item.intro for item in offered if item.intro), ""),
        several=len(offered) > 1,
        most=FILES_MOST,
    )


def _register(form: forms.PublicForm, chosen: ComplaintSetting | None) -> Any:
    if form.website.data:
        raise RuleViolation(_("A field that stays empty was filled in. Please send the form by hand."))
    if chosen is None:
        raise RuleViolation(_("Please choose the service."), field="unit_id")
    uploads = [upload for upload in form.files.data or [] if upload and getattr(upload, "filename", "")]
    if len(uploads) > FILES_MOST:
        raise RuleViolation(_("At most %(num)s files, please.", num=FILES_MOST), field="files")
    received = [
        files.receive(upload.stream, upload.filename, limit=FILE_LIMIT, accept=files.IMAGE | files.DOCUMENT)
        for upload in uploads
    ]
    given = form.values
    return operations.register_from_outside(
        chosen,
        files=received,
        language=language(),
        **{
            name: given[name] if given[name] is not None or name == "occurred_on" else ""
            for name in (
                "topic",
                "subject",
                "description",
                "wish",
                "occurred_on",
                "place",
                "name",
                "email",
                "phone",
            )
        },
    )
