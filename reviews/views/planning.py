"""Planning a review: unit, frameworks, period, day, chair, participants, recurrence."""

from datetime import date, timedelta
from typing import Any

from flask import flash, g, redirect, url_for

from accounts import queries as accounts
from accounts.models import Person
from core.access import guard
from core.forms import choices
from core.i18n import _, _l
from core.pages import form_page, refusals
from reviews import forms
from reviews.models import Review
from reviews.operations import reviews as operations
from reviews.operations.steps import permit
from reviews.permissions import CHAIR, PREPARE
from reviews.queries import reviews as queries
from reviews.rules.agenda import FRAMEWORKS
from reviews.rules.schedule import add_months
from reviews.rules.states import allows
from reviews.views.blueprint import blueprint


def for_step(review_id: int, verb: str) -> Review:
    """The review, where this person may take this step now; else the reason why not."""
    found = queries.get_review_for(g.person, review_id)
    if not allows(found.state, verb, queries.parts_of(found, g.person)):
        permit(found, verb, g.person)
    return found


def _offer(form: forms.ReviewForm, path: str | None) -> dict[int, Person]:
    """Fill the choices; gives the people by number."""
    people = {person.id: person for person in accounts.list_people()}
    chairs = accounts.people_with(CHAIR, path)
    form.chair_id.choices = choices(
        ((person.id, person.name) for person in chairs), empty=_l("Not named yet")
    )
    form.participants.choices = choices((person.id, person.name) for person in people.values())
    return people | {person.id: person for person in chairs}


def _values(form: forms.ReviewForm) -> dict[str, Any]:
    return {name: form[name].data if form[name].data is not None else "" for name in operations.PLAN}


def _chosen(form: forms.ReviewForm, people: dict[int, Person]) -> dict[str, Any]:
    return {
        "chair": people.get(form.chair_id.data or 0),
        "participants": [people[number] for number in form.participants.data or [] if number in people],
    }


@blueprint.route("/reviews/new", methods=["GET", "POST"])
@guard(PREPARE)
def new() -> Any:
    form = forms.ReviewForm()
    form.unit_id.choices = choices(accounts.unit_choices(g.person, PREPARE))
    people = _offer(form, None)
    if not form.is_submitted():
        _suggest(form)
    if form.validate_on_submit():
        with refusals(form):
            made = operations.plan_review(
                accounts.get_unit_for(g.person, form.unit_id.data, PREPARE),
                **_values(form),
                **_chosen(form, people),
                actor=g.person,
            )
            flash(_("%(code)s is planned. Its agenda is there.", code=made.code), "good")
            return redirect(url_for(".show", review_id=made.id))
    return form_page("reviews/plan_form.html", form, review=None)


def _suggest(form: forms.ReviewForm) -> None:
    """The half-year that ended last, two weeks from now, everything that is known."""
    today = accounts.today()
    start = date(today.year, 1 if today.month <= 6 else 7, 1)
    form.first_day.data, form.last_day.data = add_months(start, -6), start - timedelta(days=1)
    day = today + timedelta(days=14)
    form.meets_on.data = day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= 5 else day
    form.frameworks.data = list(FRAMEWORKS)
    form.repeat_months.data = 6


@blueprint.route("/reviews/<int:review_id>/plan", methods=["GET", "POST"])
@guard(PREPARE)
def change(review_id: int) -> Any:
    found = for_step(review_id, "plan")
    form = forms.ReviewForm(obj=found)
    form.unit_id.choices = choices([(found.unit_id, found.unit.name)])
    form.unit_id.data = found.unit_id
    people = _offer(form, found.unit.path)
    if not form.is_submitted():
        form.participants.data = [member.person_id for member in queries.members_of(found.id)]
    if form.validate_on_submit():
        with refusals(form):
            operations.change(
                found, seen=form.seen_version, **_values(form), **_chosen(form, people), actor=g.person
            )
            flash(_("Saved."), "good")
            return redirect(url_for(".show", review_id=found.id))
    return form_page("reviews/plan_form.html", form, review=found)
