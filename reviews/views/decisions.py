"""Decisions: recorded in the meeting, carried out after the signature."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from accounts.models import Person
from core import trail
from core.access import guard
from core.errors import NotFound
from core.forms import choices, record_number
from core.i18n import _, _l
from core.pages import form_page, refusals
from reviews import forms
from reviews.models import Decision, Review
from reviews.operations import decisions as operations
from reviews.operations.steps import permit
from reviews.permissions import CARRY_OUT, SEE
from reviews.queries import decisions as queries
from reviews.queries import reviews as review_queries
from reviews.rules.states import DecisionKind, allows
from reviews.views.blueprint import blueprint
from reviews.views.planning import for_step


def _people(form: forms.DecisionForm, kept: Person | None = None) -> dict[int, Person]:
    people = {person.id: person for person in accounts.list_people()}
    if kept is not None:
        people.setdefault(kept.id, kept)
    form.owner_id.choices = choices(
        ((person.id, person.name) for person in people.values()), empty=_l("Not named yet")
    )
    return people


def _values(form: forms.DecisionForm, people: dict[int, Person]) -> dict[str, Any]:
    return {
        "kind": form.kind.data,
        "result": form.result.data,
        "text_en": form.text_en.data or "",
        "text_zh": form.text_zh.data or "",
        "owner": people.get(form.owner_id.data or 0),
        "due": form.due.data,
    }


def _back(review: Review, item_id: int | None) -> str:
    if item_id is not None and review.state == "prepared":
        return url_for(".item", review_id=review.id, agenda_item_id=item_id)
    return url_for(".show", review_id=review.id, _anchor="decisions")


@blueprint.route("/reviews/<int:review_id>/decisions/new", methods=["GET", "POST"])
@guard(SEE)
def decide(review_id: int) -> Any:
    review = for_step(review_id, "decide")
    number = request.values.get("item", type=record_number)
    item = review_queries.get_item(review, number) if number else None
    form = forms.DecisionForm()
    people = _people(form)
    if form.validate_on_submit():
        with refusals(form):
            operations.decide(review, **_values(form, people), item=item, actor=g.person)
            flash(_("The decision is recorded. It takes effect when the chair signs."), "good")
            return redirect(_back(review, item.id if item else None))
    return form_page("reviews/decision_form.html", form, review=review, item=item, decision=None)


@blueprint.get("/reviews/decisions/<int:decision_id>")
@guard(CARRY_OUT)
def decision(decision_id: int) -> Any:
    found = queries.get_decision_for(g.person, decision_id)
    return _page(found, forms.FinishForm(), 200)


def _page(found: Decision, form: forms.FinishForm, status: int) -> Any:
    review = found.review
    parts = review_queries.parts_of(review, g.person)
    page = render_template(
        "reviews/decision.html",
        decision=found,
        review=review,
        form=form,
        sees_review=_sees(review),
        may_change=allows(review.state, "decide", parts),
        may_carry_out=found.kind == DecisionKind.task
        and found.state != "pending"
        and operations.may_carry_out(found, g.person),
        entries=trail.history(found),
    )
    return page, status


def _sees(review: Review) -> bool:
    from core.errors import NotPermitted

    try:
        review_queries.get_review_for(g.person, review.id)
    except NotPermitted:
        return False
    return True


def _for_change(decision_id: int) -> Decision:
    found = queries.get_decision_for(g.person, decision_id)
    if not allows(found.review.state, "decide", review_queries.parts_of(found.review, g.person)):
        permit(found.review, "decide", g.person)
    return found


@blueprint.route("/reviews/decisions/<int:decision_id>/change", methods=["GET", "POST"])
@guard(SEE)
def change_decision(decision_id: int) -> Any:
    found = _for_change(decision_id)
    form = forms.DecisionForm(obj=found)
    people = _people(form, found.owner)
    if form.validate_on_submit():
        with refusals(form):
            operations.change(found, **_values(form, people), seen=form.seen_version, actor=g.person)
            flash(_("Saved."), "good")
            return redirect(_back(found.review, found.item_id))
    return form_page("reviews/decision_form.html", form, review=found.review, item=found.item, decision=found)


@blueprint.post("/reviews/decisions/<int:decision_id>/remove")
@guard(SEE)
def remove_decision(decision_id: int) -> Any:
    found = _for_change(decision_id)
    target = _back(found.review, found.item_id)
    operations.remove(found, actor=g.person)
    flash(_("The decision is removed; the history keeps it."), "info")
    return redirect(target)


@blueprint.post("/reviews/decisions/<int:decision_id>/<verb>")
@guard(CARRY_OUT)
def carry_out(decision_id: int, verb: str) -> Any:
    """Done, with what was done; or open again, with the reason."""
    found = queries.get_decision_for(g.person, decision_id)
    if verb not in {"finish", "reopen"}:
        raise NotFound
    form = forms.FinishForm()
    if form.validate_on_submit():
        with refusals(form):
            if verb == "finish":
                operations.finish(found, note=form.note.data or "", actor=g.person)
            else:
                operations.reopen(found, reason=form.note.data or "", actor=g.person)
            flash(_("Done. The next review reads it.") if verb == "finish" else _("Open again."), "good")
            return redirect(url_for(".decision", decision_id=found.id))
    return _page(found, form, 422)
