"""Services: what is offered, and which journeys lead through it."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for

from accounts import queries as accounts
from accounts.lists import unit_filter
from accounts.models import Unit
from core import access, trail
from core.access import guard
from core.i18n import _, _l, pick
from core.pages import form_page, refusals
from core.tables import Column, Empty, ListPage, row_urls, two_lines
from standards.forms.journeys import ServiceForm
from standards.models import Service
from standards.operations import journeys as operations
from standards.permissions import SEE, WRITE
from standards.queries import journeys as queries
from standards.views import journeys_blueprint as blueprint
from standards.views.journeys import (
    counted,
    say_removed,
    state_chip,
    state_filter,
    texts,
)


def _services_page() -> ListPage:
    url = row_urls("journeys.service", "service_id")
    return ListPage(
        "services",
        _l("Services"),
        columns=[
            Column(
                "name",
                _l("Service"),
                lambda row: two_lines(url(row.id), pick(row.name_en, row.name_zh), row.code),
                sort=Service.code,
                export=lambda row: pick(row.name_en, row.name_zh),
            ),
            Column("code", _l("Code"), lambda row: row.code, sort=Service.code, shown=False),
            Column("unit", _l("Unit"), lambda row: pick(row.unit_en, row.unit_zh), sort=Unit.path),
            Column(
                "journeys",
                _l("Customer journeys"),
                lambda row: counted(row.journeys),
                css="r num",
                export=lambda row: row.journeys,
            ),
            Column("state", _l("State"), state_chip, sort=Service.withdrawn_at),
        ],
        tie=Service.id,
        default_sort="name",
        filters=[unit_filter(), state_filter(Service.withdrawn_at)],
        search=[Service.code, Service.name_en, Service.name_zh],
        empty=lambda: Empty(
            _("No services yet"),
            _("A service is what customers come for: a repair, a permit, an account. Journeys lead through it."),
            (url_for("journeys.add_service"), _("Add a service")) if access.may(g.person, WRITE) else None,
        ),
    )  # fmt: skip


@blueprint.get("/services")
@guard(SEE)
def services() -> Any:
    page = _services_page()
    statement = queries.services_statement(g.person)
    return page.answer("journeys/services.html", statement)


@blueprint.get("/services/<int:service_id>")
@guard(SEE)
def service(service_id: int) -> str:
    found = queries.get_service_for(g.person, service_id)
    return render_template(
        "journeys/service.html",
        service=found,
        journeys=queries.list_journeys_of_service(found.id, g.person),
        entries=trail.history(found, limit=30),
        may_write=access.may(g.person, WRITE, found.unit.path),
    )


@blueprint.route("/services/new", methods=["GET", "POST"])
@guard(WRITE)
def add_service() -> Any:
    form = ServiceForm().offer(g.person)
    if form.validate_on_submit():
        with refusals(form):
            made = operations.add_service(
                unit=accounts.get_unit(form.unit_id.data), actor=g.person, **texts(form)
            )
            flash(_("%(code)s is added.", code=made.code), "good")
            return redirect(url_for("journeys.service", service_id=made.id))
    return form_page("journeys/service_form.html", form, service=None)


@blueprint.route("/services/<int:service_id>/edit", methods=["GET", "POST"])
@guard(WRITE)
def edit_service(service_id: int) -> Any:
    found = queries.get_service_for(g.person, service_id, WRITE)
    form = ServiceForm(obj=found).offer(g.person)
    if form.validate_on_submit():
        with refusals(form):
            operations.change_service(
                found,
                seen=form.seen_version,
                actor=g.person,
                unit=accounts.get_unit(form.unit_id.data),
                **texts(form),
            )
            flash(_("Saved."), "good")
            return redirect(url_for("journeys.service", service_id=found.id))
    return form_page("journeys/service_form.html", form, service=found)


@blueprint.post("/services/<int:service_id>/remove")
@guard(WRITE)
def remove_service(service_id: int) -> Any:
    found = queries.get_service_for(g.person, service_id, WRITE)
    name = found.name
    say_removed(name, gone=operations.remove_service(found, actor=g.person))
    return redirect(url_for("journeys.services"))


@blueprint.post("/services/<int:service_id>/restore")
@guard(WRITE)
def restore_service(service_id: int) -> Any:
    found = queries.get_service_for(g.person, service_id, WRITE)
    operations.restore_service(found, actor=g.person)
    flash(_("%(name)s is back.", name=found.name), "good")
    return redirect(url_for("journeys.service", service_id=found.id))
