"""The complainant's own page, by the secret link: where it stands, what was said, replying, rating, withdrawing."""

from typing import Any

from flask import flash, make_response, redirect, render_template, url_for

from complaints import forms
from complaints.models import Complaint
from complaints.operations import messages
from complaints.operations import steps as operations
from complaints.operations.clocks import SECOND
from complaints.queries import complaints as queries
from complaints.queries import settings
from complaints.rules.clocks import Outcome
from complaints.rules.states import SETTLED, STATE_LABELS, State, step
from complaints.tracking import get_by_token
from complaints.views import wording as words
from complaints.views.blueprint import blueprint
from complaints.views.front import organisation, throttled
from core import clock
from core.access import public
from core.errors import RuleViolation
from core.i18n import _
from core.pages import refusals
from core.web import largest_body

BODY_LIMIT = 100_000
#: milestones the complainant notices, in order
NOTICED = (State.acknowledged, State.answered, State.decided, State.closed)


@blueprint.get("/follow/<token>")
@public
def follow(token: str) -> Any:
    return _page(get_by_token(token), token)


def _page(
    found: Complaint,
    token: str,
    *,
    reply: forms.ReplyForm | None = None,
    rate: forms.RateForm | None = None,
    status: int = 200,
) -> Any:
    dues = {
        run.stops: run.due_at - SECOND if run.due_open else run.due_at
        for run in queries.list_clocks(found.id)
        if run.state == Outcome.running and run.due_at is not None
    }
    coming = next((item for item in NOTICED if item.value in dues), None)
    due = dues[coming.value] if coming is not None else None
    open_now = found.state not in SETTLED
    may_rate = found.state in {State.closed, State.decided, State.refused}
    setting = settings.route_for(found.unit)
    page = render_template(
        "complaints/follow.html",
        record=found,
        token=token,
        organisation=organisation(),
        says=words.public_state(found),
        way=[cell for cell in words.way(found) if cell.label != STATE_LABELS[State.assessed]],
        words=words,
        coming=coming,
        due=due if due is not None and due > clock.now() else None,
        late=due is not None and due <= clock.now(),
        said=queries.list_messages(found.id, notes=False),
        files=[item for item in queries.list_files(found.id) if item.from_complainant],
        reply=reply or (forms.ReplyForm(prefix="reply-") if found.state != State.withdrawn else None),
        rate=rate or (_rate_form(found) if may_rate else None),
        may_withdraw=open_now and step(found.state, "withdraw") is not None,
        route=setting.route if setting else "",
    )
    answer = make_response(page, status)
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _rate_form(found: Complaint) -> forms.RateForm:
    form = forms.RateForm(prefix="rate-")
    if not form.is_submitted():
        form.satisfied.data, form.words.data = found.satisfied, found.satisfied_words
    return form


@blueprint.post("/follow/<token>/reply")
@public
@largest_body(BODY_LIMIT)
def reply(token: str) -> Any:
    refusal = throttled()
    if refusal is not None:
        return refusal
    found = get_by_token(token)
    form = forms.ReplyForm(prefix="reply-")
    if form.validate_on_submit():
        with refusals(form):
            if form.website.data:
                raise RuleViolation(
                    _("A field that stays empty was filled in. Please send the form by hand.")
                )
            messages.hear(found, form.body.data or "", actor=None)
            flash(_("Thank you, we have your message."), "good")
            return redirect(url_for(".follow", token=token))
    return _page(found, token, reply=form, status=422)


@blueprint.post("/follow/<token>/rate")
@public
@largest_body(BODY_LIMIT)
def rate(token: str) -> Any:
    refusal = throttled()
    if refusal is not None:
        return refusal
    found = get_by_token(token)
    form = forms.RateForm(prefix="rate-")
    if form.validate_on_submit():
        with refusals(form):
            messages.rate(found, form.satisfied.data, form.words.data or "")
            flash(_("Thank you for telling us."), "good")
            return redirect(url_for(".follow", token=token))
    return _page(found, token, rate=form, status=422)


@blueprint.post("/follow/<token>/withdraw")
@public
@largest_body(BODY_LIMIT)
def withdraw(token: str) -> Any:
    refusal = throttled()
    if refusal is not None:
        return refusal
    found = get_by_token(token)
    operations.withdraw_by_link(found)
    flash(_("The complaint is withdrawn."), "good")
    return redirect(url_for(".follow", token=token))
