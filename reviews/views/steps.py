"""Steps of a review: prepared, held, minuted, signed; addenda; its printed pack."""

from typing import Any

from flask import Response, flash, g, redirect, request, url_for

from core import files, jobs
from core.access import guard
from core.i18n import LANGUAGES, _, _l, _n, language
from core.pages import form_page, refusals
from reviews import forms
from reviews.operations import steps as operations
from reviews.permissions import CHAIR, PREPARE, PRINT, SEE
from reviews.queries import decisions as decision_queries
from reviews.queries import reviews as queries
from reviews.views.blueprint import blueprint
from reviews.views.planning import for_step


@blueprint.post("/reviews/<int:review_id>/prepare")
@guard(PREPARE)
def prepare(review_id: int) -> Any:
    found = for_step(review_id, "prepare")
    operations.prepare(found, actor=g.person)
    count = len(operations.people_of(found))
    flash(_n("Prepared. %(num)d person is invited.", "Prepared. %(num)d people are invited.", count), "good")
    return redirect(url_for(".show", review_id=found.id))


@blueprint.post("/reviews/<int:review_id>/hold")
@guard(SEE)
def hold(review_id: int) -> Any:
    found = for_step(review_id, "hold")
    operations.hold(found, actor=g.person)
    flash(_("The meeting is closed and its figures are frozen. Write the minutes."), "good")
    return redirect(url_for(".write_minutes", review_id=found.id))


@blueprint.route("/reviews/<int:review_id>/minutes", methods=["GET", "POST"])
@guard(SEE)
def write_minutes(review_id: int) -> Any:
    found = for_step(review_id, "write_minutes")
    form = forms.MinutesForm(obj=found)
    items = queries.items_of(found.id)
    if form.validate_on_submit():
        with refusals(form):
            operations.write_minutes(
                found,
                minutes_en=form.minutes_en.data or "",
                minutes_zh=form.minutes_zh.data or "",
                seen=form.seen_version,
                actor=g.person,
            )
            flash(_("The minutes are saved."), "good")
            return redirect(url_for(".show", review_id=found.id))
    return form_page(
        "reviews/minutes.html",
        form,
        review=found,
        items=[item for item in items if item.comment or item.skipped_reason],
        decisions=decision_queries.decisions_of(found.id),
    )


@blueprint.route("/reviews/<int:review_id>/sign", methods=["GET", "POST"])
@guard(CHAIR)
def sign(review_id: int) -> Any:
    found = for_step(review_id, "sign")
    form = forms.SignForm(obj=found)
    if form.validate_on_submit():
        with refusals(form):
            operations.sign(found, password=form.password.data or "", seen=form.seen_version, actor=g.person)
            following = queries.find_next(found)
            flash(
                _("Signed and locked. The next review, %(code)s, is planned.", code=following.code)
                if following
                else _("Signed and locked."),
                "good",
            )
            return redirect(url_for(".show", review_id=found.id))
    return form_page(
        "reviews/sign.html",
        form,
        review=found,
        missing=[item for item in operations.conditions_now(found) if not item.met],
        items=queries.items_of(found.id),
        decisions=decision_queries.decisions_of(found.id),
    )


@blueprint.route("/reviews/<int:review_id>/cancel", methods=["GET", "POST"])
@guard(PREPARE)
def cancel(review_id: int) -> Any:
    found = for_step(review_id, "cancel")
    form = forms.ReasonForm()
    if form.validate_on_submit():
        with refusals(form):
            operations.cancel(found, reason=form.reason.data or "", actor=g.person)
            flash(_("Cancelled."), "info")
            return redirect(url_for(".show", review_id=found.id))
    return form_page(
        "reviews/text_form.html",
        form,
        review=found,
        field=form.reason,
        heading=str(_l("Cancel the review")),
        words=_("What was prepared stays readable. A series goes on with its next review."),
    )


@blueprint.route("/reviews/<int:review_id>/addendum", methods=["GET", "POST"])
@guard(SEE)
def add(review_id: int) -> Any:
    found = for_step(review_id, "add")
    form = forms.AddendumForm()
    if form.validate_on_submit():
        with refusals(form):
            operations.add(found, text=form.text.data or "", actor=g.person)
            flash(_("The addendum stands below the signed minutes."), "good")
            return redirect(url_for(".show", review_id=found.id))
    return form_page(
        "reviews/text_form.html",
        form,
        review=found,
        field=form.text,
        heading=str(_l("Write an addendum")),
        words=_(
            "The signed minutes stay as they are. What you write stands below them with your name and the time."
        ),
    )


@blueprint.post("/reviews/<int:review_id>/print")
@guard(PRINT)
def print_pack(review_id: int) -> Any:
    """Have the pack, or after the meeting the minutes, made as PDF in the language asked for."""
    from reviews.jobs import KIND

    found = queries.get_review_for(g.person, review_id)
    asked = request.form.get("language", language())
    code = asked if asked in LANGUAGES else language()
    job = jobs.queue(
        KIND,
        _("Minutes of %(code)s", code=found.code)
        if found.is_frozen
        else _("Pack for the review %(code)s", code=found.code),
        {"review": found.id, "language": code},
        actor=g.person,
    )
    return redirect(url_for("overview.job", job_id=job.id))


@blueprint.get("/reviews/<int:review_id>/prints/<int:review_print_id>")
@guard(SEE)
def download(review_id: int, review_print_id: int) -> Response:
    found = queries.get_review_for(g.person, review_id)
    return files.send(queries.get_print(found, review_print_id).file)
