"""Items of the agenda: one on a screen with its figures, for the projector and the phone; own matters."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from core.access import guard
from core.i18n import _
from core.pages import form_page, refusals
from reviews import forms
from reviews.inputs import blocks_of
from reviews.models import AgendaItem, Review
from reviews.operations import agenda as operations
from reviews.permissions import SEE
from reviews.queries import decisions as decision_queries
from reviews.queries import reviews as queries
from reviews.rules.agenda import OWN
from reviews.rules.states import allows
from reviews.views.blueprint import blueprint
from reviews.views.doors import without_closed
from reviews.views.planning import for_step


def _mark(item: AgendaItem) -> str:
    return "discussed" if item.discussed else "skipped" if item.skipped_reason else "open"


def _page(review: Review, item: AgendaItem, form: forms.ItemForm, status: int = 200) -> Any:
    items = queries.items_of(review.id)
    at = next(number for number, one in enumerate(items) if one.id == item.id)
    parts = queries.parts_of(review, g.person)
    page = render_template(
        "reviews/item.html",
        review=review,
        item=item,
        items=items,
        number=at + 1,
        previous=items[at - 1] if at else None,
        following=items[at + 1] if at + 1 < len(items) else None,
        blocks=without_closed(blocks_of(review, [item])[item.id], g.person),
        decisions=[one for one in decision_queries.decisions_of(review.id) if one.item_id == item.id],
        form=form,
        own=item.kind == OWN,
        can=lambda verb: allows(review.state, verb, parts),
    )
    return page, status


@blueprint.get("/reviews/<int:review_id>/items/<int:agenda_item_id>")
@guard(SEE)
def item(review_id: int, agenda_item_id: int) -> Any:
    review = queries.get_review_for(g.person, review_id)
    found = queries.get_item(review, agenda_item_id)
    form = forms.ItemForm(obj=found)
    form.mark.data, form.reason.data = _mark(found), found.skipped_reason
    return _page(review, found, form)


@blueprint.post("/reviews/<int:review_id>/items/<int:agenda_item_id>")
@guard(SEE)
def record(review_id: int, agenda_item_id: int) -> Any:
    """Comment and mark; then the next item, or the decision that was asked for."""
    review = for_step(review_id, "comment")
    found = queries.get_item(review, agenda_item_id)
    form = forms.ItemForm(obj=found)
    if form.validate_on_submit():
        with refusals(form):
            operations.record(
                review,
                found,
                comment=form.comment.data or "",
                mark=form.mark.data if "mark" in request.form else None,
                reason=form.reason.data or "",
                seen=form.seen_version,
                actor=g.person,
            )
            return redirect(_after(review, found))
    return _page(review, found, form, 422)


def _after(review: Review, item: AgendaItem) -> str:
    then = request.form.get("then")
    if then == "decide":
        return url_for(".decide", review_id=review.id, item=item.id)
    if then == "next":
        items = queries.items_of(review.id)
        later = [one for one in items if (one.position, one.id) > (item.position, item.id)]
        if later:
            return url_for(".item", review_id=review.id, agenda_item_id=later[0].id)
    flash(_("Saved."), "good")
    return url_for(".show", review_id=review.id)


def _own(form: forms.OwnItemForm) -> dict[str, Any]:
    return {
        "title_en": form.title_en.data or "",
        "title_zh": form.title_zh.data or "",
        "required": form.required.data,
    }


@blueprint.route("/reviews/<int:review_id>/items/new", methods=["GET", "POST"])
@guard(SEE)
def add_item(review_id: int) -> Any:
    review = for_step(review_id, "write_agenda")
    form = forms.OwnItemForm()
    if form.validate_on_submit():
        with refusals(form):
            operations.add_item(review, **_own(form), actor=g.person)
            flash(_("It is on the agenda."), "good")
            return redirect(url_for(".show", review_id=review.id))
    return form_page("reviews/item_form.html", form, review=review, item=None)


@blueprint.route("/reviews/<int:review_id>/items/<int:agenda_item_id>/change", methods=["GET", "POST"])
@guard(SEE)
def change_item(review_id: int, agenda_item_id: int) -> Any:
    review = for_step(review_id, "write_agenda")
    found = queries.get_item(review, agenda_item_id)
    form = forms.OwnItemForm(obj=found)
    if form.validate_on_submit():
        with refusals(form):
            operations.change_item(review, found, **_own(form), seen=form.seen_version, actor=g.person)
            flash(_("Saved."), "good")
            return redirect(url_for(".item", review_id=review.id, agenda_item_id=found.id))
    return form_page("reviews/item_form.html", form, review=review, item=found)


@blueprint.post("/reviews/<int:review_id>/items/<int:agenda_item_id>/remove")
@guard(SEE)
def remove_item(review_id: int, agenda_item_id: int) -> Any:
    review = for_step(review_id, "write_agenda")
    operations.remove_item(review, queries.get_item(review, agenda_item_id), actor=g.person)
    flash(_("Taken off the agenda."), "info")
    return redirect(url_for(".show", review_id=review.id))
