"""What makes it good."""

from typing import Any

from flask import flash, g, redirect, url_for

from complaints import forms
from complaints.operations import remedies
from complaints.permissions import DECIDE, HANDLE
from complaints.queries import complaints as queries
from complaints.views.blueprint import blueprint
from complaints.views.record.page import handled, show
from core.access import guard
from core.i18n import _
from core.pages import refusals


@blueprint.post("/complaints/<int:complaint_id>/remedies")
@guard(HANDLE)
def propose(complaint_id: int) -> Any:
    found = handled(complaint_id)
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
    return show(found, remedy=form, status=422)


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
    found = handled(complaint_id)
    remedies.finish(found, queries.get_remedy(found, remedy_id), actor=g.person)
    flash(_("The remedy is carried out."), "good")
    return redirect(url_for(".complaint", complaint_id=found.id, _anchor="remedies"))


@blueprint.post("/complaints/<int:complaint_id>/remedies/<int:remedy_id>/remove")
@guard(HANDLE)
def remove(complaint_id: int, remedy_id: int) -> Any:
    found = handled(complaint_id)
    remedies.remove(found, queries.get_remedy(found, remedy_id), actor=g.person)
    flash(_("The remedy is taken back."), "good")
    return redirect(url_for(".complaint", complaint_id=found.id, _anchor="remedies"))
