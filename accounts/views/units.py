"""Administration of units: the tree, one unit, moving and closing."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from accounts import forms, operations, queries
from accounts.models import Unit
from accounts.permissions import ADMINISTER
from accounts.views.base import blueprint, zones
from core import access, trail
from core.access import guard
from core.forms import choices
from core.i18n import _
from core.pages import form_page, refusals
from core.slots import panels


@blueprint.get("/units")
@guard(ADMINISTER)
def units() -> Any:
    closed_too = request.args.get("closed") == "1"
    found = queries.list_units(g.person, ADMINISTER, active_only=not closed_too)
    return render_template(
        "accounts/units.html",
        units=found,
        least=min((unit.depth for unit in found), default=0),
        people=queries.count_people_by_unit(),
        closed_too=closed_too,
    )


@blueprint.get("/units/<int:unit_id>")
@guard(ADMINISTER)
def unit(unit_id: int) -> Any:
    return _unit_page(queries.get_unit_for(g.person, unit_id, ADMINISTER), _move_form(unit_id))


def _move_form(unit_id: int) -> forms.MoveUnitForm:
    form = forms.MoveUnitForm()
    found = queries.get_unit(unit_id)
    form.parent_id.choices = choices(
        (key, name)
        for key, name in queries.unit_choices(g.person, ADMINISTER)
        if key != unit_id and not queries.get_unit(key).path.startswith(found.path)
    )
    return form


def _unit_page(found: Unit, form: forms.MoveUnitForm, status: int = 200) -> Any:
    if not form.is_submitted():
        form.parent_id.data = found.parent_id
    parent = queries.get_unit(found.parent_id) if found.parent_id else None
    everything = queries.list_units(g.person, ADMINISTER, active_only=False)
    return render_template(
        "accounts/unit.html",
        record=found,
        parent=parent,
        parent_open=parent is not None and access.may(g.person, ADMINISTER, parent.path),
        below=[one for one in everything if one.parent_id == found.id],
        people=queries.list_people_of(found),
        holders=queries.list_holders(found),
        form=form,
        side=panels("unit.side", found, g.person),
        history=trail.history(found),
    ), status


@blueprint.route("/units/<int:unit_id>/add", methods=["GET", "POST"])
@guard(ADMINISTER)
def add_unit(unit_id: int) -> Any:
    parent = queries.get_unit_for(g.person, unit_id, ADMINISTER)
    form = forms.UnitForm()
    if request.method == "GET":
        form.kind.data = "team" if parent.depth else "division"
    if form.validate_on_submit():
        with refusals(form):
            made = operations.add_unit(parent=parent, actor=g.person, **form.values)
            flash(_("%(name)s is added.", name=made.name), "good")
            return redirect(url_for("accounts.unit", unit_id=made.id))
    return form_page("accounts/unit_form.html", form, record=None, parent=parent, zones=zones())


@blueprint.route("/units/<int:unit_id>/change", methods=["GET", "POST"])
@guard(ADMINISTER)
def change_unit(unit_id: int) -> Any:
    found = queries.get_unit_for(g.person, unit_id, ADMINISTER)
    form = forms.UnitForm(obj=found)
    if form.validate_on_submit():
        with refusals(form):
            operations.change_unit(found, seen=form.seen_version, actor=g.person, **form.values)
            flash(_("Saved."), "good")
            return redirect(url_for("accounts.unit", unit_id=found.id))
    return form_page("accounts/unit_form.html", form, record=found, parent=None, zones=zones())


@blueprint.post("/units/<int:unit_id>/move")
@guard(ADMINISTER)
def move_unit(unit_id: int) -> Any:
    found = queries.get_unit_for(g.person, unit_id, ADMINISTER)
    form = _move_form(unit_id)
    if form.validate_on_submit():
        parent = queries.get_unit_for(g.person, form.parent_id.data, ADMINISTER)
        with refusals(form):
            operations.move_unit(found, parent, actor=g.person)
            flash(_("%(name)s now belongs to %(parent)s.", name=found.name, parent=parent.name), "good")
            return redirect(url_for("accounts.unit", unit_id=found.id))
    return _unit_page(found, form, 422)


@blueprint.post("/units/<int:unit_id>/close")
@guard(ADMINISTER)
def close_unit(unit_id: int) -> Any:
    found = queries.get_unit_for(g.person, unit_id, ADMINISTER)
    operations.change_unit(found, seen=None, actor=g.person, active=False)
    flash(_("%(name)s is closed. What was recorded for it stays.", name=found.name), "good")
    return redirect(url_for("accounts.unit", unit_id=found.id))


@blueprint.post("/units/<int:unit_id>/reopen")
@guard(ADMINISTER)
def reopen_unit(unit_id: int) -> Any:
    found = queries.get_unit_for(g.person, unit_id, ADMINISTER)
    operations.change_unit(found, seen=None, actor=g.person, active=True)
    flash(_("%(name)s is open again.", name=found.name), "good")
    return redirect(url_for("accounts.unit", unit_id=found.id))
