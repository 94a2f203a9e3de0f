"""How the trail of this room reads, and how periods are written."""

from datetime import date

from core.history import say
from core.i18n import _, _l, format_date
from reviews.rules.states import DecisionKind, Result, State

say(
    {
        "review.planned": _l("Review planned"),
        "review.repeated": _l("Next review of the series planned"),
        "review.changed": _l("Plan of the review changed"),
        "review.prepared": _l("Agenda prepared, participants invited"),
        "review.held": _l("Meeting closed, figures frozen"),
        "review.minuted": _l("Minutes written"),
        "review.signed": _l("Minutes signed"),
        "review.added": _l("Addendum written"),
        "review.printed": _l("Pack made as PDF"),
        "review.cancelled": _l("Review cancelled"),
        "agenda.added": _l("Item added to the agenda"),
        "agenda.changed": _l("Agenda item changed"),
        "agenda.removed": _l("Item taken off the agenda"),
        "agenda.commented": _l("Comment written"),
        "agenda.discussed": _l("Discussed"),
        "agenda.skipped": _l("Left out with a reason"),
        "agenda.reopened": _l("To be discussed again"),
        "decision.made": _l("Decision recorded"),
        "decision.changed": _l("Decision changed"),
        "decision.removed": _l("Decision removed"),
        "decision.opened": _l("Decision to be carried out"),
        "decision.done": _l("Decision carried out"),
        "decision.reopened": _l("Decision open again"),
    },
    {
        "chair": _l("Chair"),
        "comment": _l("Comment"),
        "discussed": _l("Discussed"),
        "due": _l("Due"),
        "first_day": _l("Period from"),
        "last_day": _l("Period until"),
        "frameworks": _l("Frameworks"),
        "guests": _l("Guests"),
        "kind": _l("Kind"),
        "meets_on": _l("Meeting on"),
        "minutes_en": _l("Minutes (English)"),
        "minutes_zh": _l("Minutes (Chinese)"),
        "owner": _l("Owner"),
        "participants": _l("Participants"),
        "place": _l("Place of the meeting"),
        "repeat_months": _l("Repeats"),
        "result": _l("Result"),
        "skipped_reason": _l("Reason for leaving it out"),
        "text_en": _l("Text (English)"),
        "text_zh": _l("Text (Chinese)"),
        "text": _l("Text"),
        "ticket": _l("Ticket"),
        "done_note": _l("What was done"),
        "item": _l("Agenda item"),
    },
    codes={"state": (State,), "kind": (DecisionKind,), "result": (Result,)},
)


def period_words(first: date, last: date, form: str = "table") -> str:
    return str(_("%(first)s to %(last)s", first=format_date(first, form), last=format_date(last, form)))
