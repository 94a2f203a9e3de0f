"""Registering a complaint, and changing what was entered."""

from typing import Any

from flask import flash, g, redirect, url_for

from accounts import queries as accounts
from complaints import forms
from complaints.operations import complaints as operations
from complaints.permissions import HANDLE, REGISTER, SEE
from complaints.views.blueprint import blueprint
from complaints.views.record.page import handled, received
from complaints.views.steps import handlers_for, standard_choices
from core import access
from core.access import guard
from core.forms import RecordForm, choices
from core.i18n import _, language
from core.pages import form_page, refusals
from standards.queries.standards import find_standard


def _people() -> list[tuple[Any, str]]:
    return [(person.id, person.name) for person in accounts.list_people(limit=1000)]


def _choices(form: Any) -> None:
    """Units, standards and people to choose from."""
    form.unit_id.choices = choices(accounts.unit_choices())
    form.standard_id.choices = standard_choices()
    form.concerned_id.choices = choices(_people(), empty=_("nobody in particular"))


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
                standard=find_standard(form.standard_id.data),
                concerned=accounts.get_person(form.concerned_id.data) if form.concerned_id.data else None,
                files=received(form.file.data),
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
    found = handled(complaint_id)
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
                standard=find_standard(form.standard_id.data),
                handler=accounts.get_person(form.handler_id.data) if form.handler_id.data else None,
                concerned=accounts.get_person(form.concerned_id.data) if form.concerned_id.data else None,
                **_columns(form),
            )
            flash(_("%(code)s is changed.", code=found.code), "good")
            if not access.may(g.person, SEE, found.unit.path):
                return redirect(url_for(".index"))
            return redirect(url_for(".complaint", complaint_id=found.id))
    return form_page("complaints/edit.html", form, record=found)
