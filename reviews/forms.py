from typing import Any

from wtforms import (
    BooleanField,
    PasswordField,
    RadioField,
    SelectField,
    validators,
)

from core.forms import ChecksField, DateField, RecordForm, choices, line, needed, number_or_none, text
from core.i18n import _l
from reviews.rules.agenda import FRAMEWORKS
from reviews.rules.schedule import REPEATS
from reviews.rules.states import DecisionKind, Result


def _number(value: Any) -> int:
    return number_or_none(value) or 0


class ReviewForm(RecordForm):
    title_en = line(_l("Title (English)"))
    title_zh = line(_l("Title (Chinese)"))
    unit_id = SelectField(_l("Unit"), coerce=int)
    frameworks = ChecksField(_l("Frameworks that ask for it"), choices=choices(FRAMEWORKS.items()))
    first_day = DateField(_l("Period from"), validators=[needed()])
    last_day = DateField(_l("Period until"), validators=[needed()])
    meets_on = DateField(_l("Meeting on"), validators=[needed()])
    place = line(_l("Place of the meeting"))
    chair_id = SelectField(_l("Chair"), coerce=_number)
    participants = ChecksField(_l("Participants"), coerce=int)
    guests = text(_l("Guests"), limit=2000, rows=2)
    repeat_months = SelectField(_l("Repeats"), coerce=int, choices=choices(REPEATS.items()), default=12)


class OwnItemForm(RecordForm):
    title_en = line(_l("Matter (English)"))
    title_zh = line(_l("Matter (Chinese)"))
    required = BooleanField(_l("Must be looked at before the meeting is closed"))


class ItemForm(RecordForm):
    comment = text(_l("Comment"), limit=10_000, rows=5)
    mark = RadioField(
        _l("In the meeting"),
        choices=choices(
            [
                ("open", _l("Not yet looked at")),
                ("discussed", _l("Discussed")),
                ("skipped", _l("Left out, with a reason")),
            ]
        ),
        validators=[validators.Optional()],
    )
    reason = text(_l("Why it was left out"), limit=2000, rows=2)


class DecisionForm(RecordForm):
    kind = RadioField(
        _l("Becomes"),
        choices=choices((kind.value, kind.label) for kind in DecisionKind),
        default=DecisionKind.task.value,
    )
    result = SelectField(_l("Concerns"), choices=choices((result.value, result.label) for result in Result))
    text_en = text(_l("Decision (English)"), limit=4000, rows=3)
    text_zh = text(_l("Decision (Chinese)"), limit=4000, rows=3)
    owner_id = SelectField(_l("Owner"), coerce=_number)
    due = DateField(_l("Due"), validators=[validators.Optional()])


class MinutesForm(RecordForm):
    minutes_en = text(_l("Minutes (English)"), limit=20_000, rows=12)
    minutes_zh = text(_l("Minutes (Chinese)"), limit=20_000, rows=12)


class SignForm(RecordForm):
    password = PasswordField(_l("Your password"), validators=[needed(), validators.Length(max=200)])


class ReasonForm(RecordForm):
    reason = text(_l("Reason"), required=True, limit=2000, rows=3)


class AddendumForm(RecordForm):
    text = text(_l("Addendum"), required=True, limit=10_000, rows=6)


class FinishForm(RecordForm):
    note = text(_l("What was done"), required=True, limit=4000, rows=3)
