"""What a complaint leads to: a finding, a ticket."""

from typing import Any

from flask import flash, g, redirect, url_for

from complaints import forms
from complaints.operations import links
from complaints.permissions import HANDLE
from complaints.views.blueprint import blueprint
from complaints.views.record.page import handled, show
from core.access import guard
from core.i18n import _
from core.pages import form_page, refusals


@blueprint.route("/complaints/<int:complaint_id>/finding", methods=["GET", "POST"])
@guard(HANDLE)
def raise_finding(complaint_id: int) -> Any:
    found = handled(complaint_id)
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
    found = handled(complaint_id)
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
    return show(found, ticket=form, status=422)
