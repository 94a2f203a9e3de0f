"""Administration of people: list, one person, roles, sessions."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import and_, exists
from sqlalchemy.sql import ColumnElement

from accounts import forms, operations, queries
from accounts.models import Grant, Person, Unit
from accounts.permissions import ADMINISTER, SEE_PEOPLE
from accounts.rules import ROLE_LABELS, Role
from accounts.views.base import blueprint, zones
from core import access, trail
from core.access import guard
from core.errors import NotFound
from core.forms import choices, record_number
from core.i18n import _, _l, format_datetime, pick
from core.pages import form_page, refusals
from core.search import Hit
from core.tables import Column, Empty, Filter, ListPage, choice_filter, row_urls, state_mark, two_lines


def role_names(roles: str | None) -> str:
    """`staff,auditor` from the list's statement, in words and in the order of the roles."""
    held = set((roles or "").split(","))
    return ", ".join(str(label) for role, label in ROLE_LABELS.items() if role.value in held)


def _by_unit(value: str) -> ColumnElement[bool] | None:
    unit = next((unit for unit in queries.list_units(g.person, ADMINISTER) if str(unit.id) == value), None)
    return access.under(Unit.path, unit.path) if unit else None


def _by_role(value: str) -> ColumnElement[bool] | None:
    if value not in set(Role):
        return None
    return exists().where(
        and_(Grant.person_id == Person.id, Grant.role == value, *queries.in_force(queries.today()))
    )


def _name_cell(row: Any) -> Markup:
    urls = getattr(g, "person_urls", None)
    if urls is None:
        urls = g.person_urls = row_urls("accounts.person", "person_id")
    return two_lines(urls(row.id), row.name, row.email)


def _state_cell(row: Any) -> Markup:
    if not row.active:
        return state_mark("few", _("Closed"))
    return state_mark("good", _("Active")) if row.has_password else state_mark("edge", _("Invited"))


PEOPLE = ListPage(
    "people",
    _l("People"),
    columns=[
        Column("name", _l("Name"), _name_cell, sort=Person.name, export=lambda row: row.name),
        Column("email", _l("E-mail"), lambda row: row.email, sort=Person.email, shown=False),
        Column("unit", _l("Unit"), lambda row: pick(row.name_en, row.name_zh), sort=Unit.code),
        Column("roles", _l("Roles"), lambda row: role_names(row.roles) or "—"),
        Column(
            "language",
            _l("Language"),
            lambda row: dict(forms.LANGUAGE_CHOICES).get(row.language, row.language),
            sort=Person.language,
            shown=False,
        ),
        Column(
            "last",
            _l("Last sign-in"),
            lambda row: format_datetime(row.last_sign_in) or "—",
            sort=queries.LAST_SIGN_IN,
            export=lambda row: row.last_sign_in,
            css="nb",
            descending=True,
        ),
        Column(
            "state",
            _l("State"),
            _state_cell,
            sort=Person.active,
            css="nb",
        ),
    ],
    tie=Person.id,
    default_sort="name",
    search=[Person.name, Person.email],
    search_label=_l("Name or e-mail"),
    filters=[
        Filter(
            "unit",
            _l("Unit"),
            lambda: [(str(key), name) for key, name in queries.unit_choices(g.person, ADMINISTER)],
            _by_unit,
        ),
        Filter(
            "role", _l("Role"), lambda: [(role.value, label) for role, label in ROLE_LABELS.items()], _by_role
        ),
        choice_filter(
            "active",
            _l("Account"),
            Person.active,
            lambda: [(True, _("Active")), (False, _("Closed"))],
            default="True",
        ),
    ],
    empty=lambda: Empty(
        _("No people yet"),
        _("Add people one by one, or import them from a file of your personnel system."),
        (url_for("accounts.add_person"), _("Add a person")),
    ),
)


@blueprint.get("/people")
@guard(ADMINISTER)
def people() -> Any:
    statement = queries.people_rows(g.person, ADMINISTER)
    return PEOPLE.answer("accounts/people.html", statement)


def _own_units() -> list[Any]:
    return choices(queries.unit_choices(g.person, ADMINISTER))


def _role_choices(empty: Any | None = None) -> list[Any]:
    return choices(((role.value, label) for role, label in ROLE_LABELS.items()), empty=empty)


@blueprint.route("/people/add", methods=["GET", "POST"])
@guard(ADMINISTER)
def add_person() -> Any:
    form = forms.NewPersonForm()
    form.unit_id.choices = _own_units()
    form.role.choices = _role_choices(_("None for now"))
    if request.method == "GET":
        form.unit_id.data = request.args.get("unit", type=record_number) or g.person.unit_id
        form.role.data = Role.staff.value
    if form.validate_on_submit():
        unit = queries.get_unit_for(g.person, form.unit_id.data, ADMINISTER)
        with refusals(form):
            made = operations.add_person(
                email=form.email.data,
                name=form.name.data,
                unit=unit,
                language=form.language.data,
                time_zone=form.time_zone.data,
                actor=g.person,
                invite=form.invite.data,
            )
            if form.role.data:
                operations.grant(made, Role(form.role.data), unit, actor=g.person)
            if form.invite.data:
                flash(_("%(name)s is added; the invitation is on its way.", name=made.name), "good")
            else:
                flash(_("%(name)s is added.", name=made.name), "good")
            return redirect(url_for("accounts.person", person_id=made.id))
    return form_page("accounts/person_form.html", form, record=None, zones=zones())


@blueprint.get("/people/<int:person_id>")
@guard(ADMINISTER)
def person(person_id: int) -> Any:
    return _person_page(queries.get_person_for(g.person, person_id, ADMINISTER), _grant_form())


def _grant_form() -> forms.GrantForm:
    form = forms.GrantForm()
    form.role.choices = _role_choices()
    form.unit_id.choices = _own_units()
    return form


def _person_page(found: Person, form: forms.GrantForm, status: int = 200) -> Any:
    held = queries.list_grants(found)
    if not form.is_submitted():
        form.unit_id.data = found.unit_id
        form.role.data = Role.staff.value
    day = queries.today()
    return render_template(
        "accounts/person.html",
        record=found,
        form=form,
        grants=[one for one in held if one.revoked_at is None],
        former=[one for one in held if one.revoked_at is not None],
        withdrawable={one.id for one in held if access.may(g.person, ADMINISTER, one.unit.path)},
        day=day,
        sessions=queries.list_sessions(found),
        history=trail.history(found),
    ), status


@blueprint.route("/people/<int:person_id>/change", methods=["GET", "POST"])
@guard(ADMINISTER)
def change_person(person_id: int) -> Any:
    found = queries.get_person_for(g.person, person_id, ADMINISTER)
    form = forms.PersonForm(obj=found)
    form.unit_id.choices = _own_units()
    if form.validate_on_submit():
        queries.get_unit_for(g.person, form.unit_id.data, ADMINISTER)
        with refusals(form):
            operations.change_person(found, seen=form.seen_version, actor=g.person, **form.values)
            flash(_("Saved."), "good")
            return redirect(url_for("accounts.person", person_id=found.id))
    return form_page("accounts/person_form.html", form, record=found, zones=zones())


@blueprint.post("/people/<int:person_id>/roles")
@guard(ADMINISTER)
def grant_role(person_id: int) -> Any:
    found = queries.get_person_for(g.person, person_id, ADMINISTER)
    form = _grant_form()
    if form.validate_on_submit():
        unit = queries.get_unit_for(g.person, form.unit_id.data, ADMINISTER)
        with refusals(form):
            operations.grant(
                found,
                Role(form.role.data),
                unit,
                actor=g.person,
                from_date=form.from_date.data,
                until_date=form.until_date.data,
            )
            flash(_("The role is given. It holds from the next page that is opened."), "good")
            return redirect(url_for("accounts.person", person_id=found.id))
    return _person_page(found, form, 422)


@blueprint.post("/people/<int:person_id>/roles/<int:grant_id>/withdraw")
@guard(ADMINISTER)
def withdraw_role(person_id: int, grant_id: int) -> Any:
    found = queries.get_person_for(g.person, person_id, ADMINISTER)
    held = queries.get_grant(grant_id)
    if held.person_id != found.id:
        raise NotFound
    access.require(g.person, ADMINISTER, held.unit.path, what=held.unit.name)
    operations.revoke(held, actor=g.person)
    flash(_("The role is withdrawn."), "good")
    return redirect(url_for("accounts.person", person_id=found.id))


@blueprint.post("/people/<int:person_id>/invite")
@guard(ADMINISTER)
def invite(person_id: int) -> Any:
    found = queries.get_person_for(g.person, person_id, ADMINISTER)
    operations.invite(found, actor=g.person)
    flash(_("A link for choosing the password is on its way to %(email)s.", email=found.email), "good")
    return redirect(url_for("accounts.person", person_id=found.id))


@blueprint.post("/people/<int:person_id>/close")
@guard(ADMINISTER)
def close_person(person_id: int) -> Any:
    found = queries.get_person_for(g.person, person_id, ADMINISTER)
    operations.close_person(found, actor=g.person)
    flash(_("The account is closed and signed out everywhere."), "good")
    return redirect(url_for("accounts.person", person_id=found.id))


@blueprint.post("/people/<int:person_id>/reopen")
@guard(ADMINISTER)
def reopen_person(person_id: int) -> Any:
    found = queries.get_person_for(g.person, person_id, ADMINISTER)
    operations.reopen_person(found, actor=g.person)
    flash(_("The account is open again."), "good")
    return redirect(url_for("accounts.person", person_id=found.id))


@blueprint.post("/people/<int:person_id>/sessions/<int:session_id>/end")
@guard(ADMINISTER)
def end_session(person_id: int, session_id: int) -> Any:
    found = queries.get_person_for(g.person, person_id, ADMINISTER)
    if session_id not in {item.id for item in queries.list_sessions(found)}:
        raise NotFound
    operations.end_one_session(found, session_id, actor=g.person)
    flash(_("That session is ended."), "good")
    return redirect(url_for("accounts.person", person_id=found.id))


def search(actor: Any, words: str, limit: int) -> list[Hit]:
    """People for the quick search: who may see people finds them, who administers them is led to their page."""
    if not access.may(actor, SEE_PEOPLE):
        return []
    return [
        Hit(
            code=found.email,
            title=found.name,
            url=_search_url(actor, found),
            kind=_("Person"),
            detail=found.unit.name,
        )
        for found in queries.search_people(actor, SEE_PEOPLE, words, limit)
    ]


def _search_url(actor: Any, found: Person) -> str:
    if access.may(actor, ADMINISTER, found.unit.path):
        return url_for("accounts.person", person_id=found.id)
    return f"mailto:{found.email}"
