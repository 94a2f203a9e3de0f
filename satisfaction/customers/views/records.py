"""One customer: the record, its changes, the wish not to be contacted, withdrawal, erasure."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for

from accounts import queries as accounts
from core import access, trail
from core.access import guard
from core.forms import choices
from core.i18n import _
from core.pages import form_page, refusals
from satisfaction.customers import operations, queries
from satisfaction.customers.forms import CustomerForm, ReasonForm
from satisfaction.customers.models import Customer
from satisfaction.customers.permissions import KEEP, SEE
from satisfaction.customers.rules import ATTRIBUTES, KIND_LABELS, LANGUAGES, Kind
from satisfaction.customers.views import blueprint
from satisfaction.sampling.queries import list_draws_of


def _page(form: CustomerForm, record: Customer | None) -> Any:
    return form_page(
        "customers/form.html",
        form,
        record=record,
        values={key: queries.list_attribute_values(g.person, key) for key in ATTRIBUTES},
    )


@blueprint.route("/customers/new", methods=["GET", "POST"])
@guard(KEEP)
def register() -> Any:
    form = CustomerForm()
    form.unit_id.choices = choices(accounts.unit_choices(g.person, KEEP))
    if form.validate_on_submit():
        with refusals(form):
            made = operations.register(
                code=form.code.data or "",
                unit=accounts.get_unit(form.unit_id.data),
                no_contact=bool(form.no_contact.data),
                actor=g.person,
                **form.entries,
            )
            flash(_("“%(code)s” is in the register.", code=made.code), "good")
            return redirect(url_for("customers.customer", customer_id=made.id))
    return _page(form, None)


@blueprint.get("/customers/<int:customer_id>")
@guard(SEE)
def customer(customer_id: int) -> Any:
    found = queries.get_customer_for(g.person, customer_id)
    return render_template(
        "customers/customer.html",
        found=found,
        kind=KIND_LABELS[Kind(found.kind)],
        language=LANGUAGES[found.language],
        may_keep=access.may(g.person, KEEP, found.unit.path),
        draws=list_draws_of(g.person, found.id),
        history=trail.history(found),
    )


@blueprint.route("/customers/<int:customer_id>/edit", methods=["GET", "POST"])
@guard(KEEP)
def edit(customer_id: int) -> Any:
    found = queries.get_customer_for(g.person, customer_id, KEEP)
    form = CustomerForm(obj=found)
    form.unit_id.choices = choices(accounts.unit_choices(g.person, KEEP))
    form.code.data = found.code
    if form.validate_on_submit():
        with refusals(form):
            operations.change(
                found,
                unit=accounts.get_unit(form.unit_id.data),
                seen=form.seen_version,
                actor=g.person,
                **form.entries,
            )
            flash(_("Saved."), "good")
            return redirect(url_for("customers.customer", customer_id=found.id))
    return _page(form, found)


@blueprint.post("/customers/<int:customer_id>/stop")
@guard(KEEP)
def stop(customer_id: int) -> Any:
    found = queries.get_customer_for(g.person, customer_id, KEEP)
    operations.refuse_contact(found, actor=g.person)
    flash(_("“%(code)s” gets no more mails.", code=found.code), "good")
    return redirect(url_for("customers.customer", customer_id=found.id))


@blueprint.post("/customers/<int:customer_id>/take-back")
@guard(KEEP)
def take_back(customer_id: int) -> Any:
    found = queries.get_customer_for(g.person, customer_id, KEEP)
    operations.take_back(found, actor=g.person)
    flash(_("“%(code)s” is in the register again.", code=found.code), "good")
    return redirect(url_for("customers.customer", customer_id=found.id))


VERBS = {"withdraw": operations.withdraw, "erase": operations.erase, "allow": operations.allow_contact}


@blueprint.route(
    "/customers/<int:customer_id>/<any(withdraw, erase, allow):customer_verb>", methods=["GET", "POST"]
)
@guard(KEEP)
def with_reason(customer_id: int, customer_verb: str) -> Any:
    """What needs a reason: an auditor will ask for it."""
    found = queries.get_customer_for(g.person, customer_id, KEEP)
    form = ReasonForm(obj=found)
    if form.validate_on_submit():
        with refusals(form):
            VERBS[customer_verb](found, reason=form.reason.data or "", actor=g.person)
            said = {
                "withdraw": _("“%(code)s” is withdrawn: nobody draws it any more.", code=found.code),
                "erase": _("Name, mail and telephone of “%(code)s” are erased.", code=found.code),
                "allow": _("“%(code)s” may be contacted again.", code=found.code),
            }
            flash(said[customer_verb], "info")
            return redirect(url_for("customers.customer", customer_id=found.id))
    return form_page("customers/reason.html", form, found=found, verb=customer_verb)
