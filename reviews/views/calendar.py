"""Reviews as calendar files: one meeting, or all that are ahead."""

from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, g

from core.access import guard
from core.documents import icalendar
from core.documents.icalendar import Event
from core.i18n import _
from reviews.models import Review
from reviews.permissions import SEE
from reviews.queries import reviews as queries
from reviews.rules.states import State
from reviews.views.blueprint import blueprint
from reviews.words import period_words

AHEAD_MOST = 200


@blueprint.get("/reviews/calendar.ics")
@guard(SEE)
def calendar() -> Response:
    found = queries.list_ahead(g.person, limit=AHEAD_MOST)
    return icalendar.download(_("Management reviews"), _events(found), "reviews")


@blueprint.get("/reviews/<int:review_id>/calendar.ics")
@guard(SEE)
def review_calendar(review_id: int) -> Any:
    found = queries.get_review_for(g.person, review_id)
    return icalendar.download(found.title, _events([found]), found.code)


def _events(found: Sequence[Review]) -> list[Event]:
    names = queries.names_of_members([review.id for review in found])
    return [_event(review, names.get(review.id, [])) for review in found]


def _event(review: Review, participants: list[str]) -> Event:
    address = f"{current_app.config['BASE_URL']}/reviews/{review.id}"
    lines = [
        f"{review.code} · {review.unit.name}",
        _("Period: %(period)s", period=period_words(review.first_day, review.last_day)),
        _("Chair: %(name)s", name=review.chair.name) if review.chair else "",
        _("Participants: %(names)s", names=", ".join(participants)) if participants else "",
        review.guests,
        address,
    ]
    return Event(
        uid=icalendar.uid("review", review.id),
        first=review.meets_on,
        last=review.meets_on,
        summary=_("Management review: %(title)s", title=review.title),
        description="\n".join(line for line in lines if line),
        location=review.place or review.unit.name,
        url=address,
        sequence=review.row_version - 1,
        changed=review.updated_at,
        cancelled=review.state == State.cancelled,
    )
