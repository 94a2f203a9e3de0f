"""Who complained: kept apart, shown to few, and each look is kept."""

from typing import Any

from flask import flash, g, make_response, redirect, url_for

from complaints import forms
from complaints.operations import complaints as operations
from complaints.operations.common import require_unconcerned
from complaints.permissions import CONTACT
from complaints.queries import complaints as queries
from complaints.views.blueprint import blueprint
from complaints.views.record.page import show
from core.access import guard
from core.i18n import _
from core.pages import form_page, refusals
from core.web import saved


@blueprint.post("/complaints/<int:complaint_id>/contact")
@guard(CONTACT)
def contact(complaint_id: int) -> Any:
    """Shown for this once; that it was read is kept, so it takes a form and not a link."""
    found = queries.get_complaint_for(g.person, complaint_id, CONTACT)
    person = operations.read_contact(found, actor=g.person)
    return saved(make_response(show(found, contact=person)))


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
