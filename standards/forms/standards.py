from typing import Any

from wtforms import BooleanField, PasswordField, SelectField, StringField, validators

from accounts import queries as accounts
from core.forms import DateField, OneOf, RecordForm, choices, line, stripped, text
from core.i18n import _l
from standards.permissions import WRITE
from standards.rules.versions import Grouping


class StandardForm(RecordForm):
    title_en = StringField(
        _l("Title (English)"),
        filters=[stripped],
        validators=[
            OneOf("title_zh", _l("Give the standard a title in at least one language.")),
            validators.Length(max=200),
        ],
    )
    title_zh = line(_l("Title (Chinese)"))
    service_en = line(_l("Service (English)"))
    service_zh = line(_l("Service (Chinese)"))
    unit_id = SelectField(_l("Unit"), coerce=int)
    owner_id = SelectField(_l("Owner"), coerce=int)
    grouping = SelectField(_l("Grouping"), choices=choices((item.value, item.label) for item in Grouping))

    def offer(self, person: Any) -> "StandardForm":
        """Fill the choices with what this person may choose."""
        self.unit_id.choices = choices(accounts.unit_choices(person, WRITE))
        self.owner_id.choices = choices((item.id, item.name) for item in accounts.list_people())
        return self


class NewStandardForm(StandardForm):
    purpose_en = text(_l("Purpose (English)"))
    purpose_zh = text(_l("Purpose (Chinese)"))


class VersionForm(RecordForm):
    purpose_en = text(_l("Purpose (English)"))
    purpose_zh = text(_l("Purpose (Chinese)"))
    change_summary_en = text(_l("What changes (English)"), rows=2)
    change_summary_zh = text(_l("What changes (Chinese)"), rows=2)
    review_date = DateField(_l("Next review"), validators=[validators.Optional()])


class ApprovalForm(RecordForm):
    effective_on = DateField(_l("In force from"), validators=[validators.Optional()])
    recorded_later = BooleanField(
        _l("It has been in force since that day already; it is recorded here later.")
    )
    password = PasswordField(
        _l("Your password"),
        validators=[validators.DataRequired(message=_l("Please fill this in."))],
        render_kw={"autocomplete": "current-password"},
    )


class CommentForm(RecordForm):
    comment = text(_l("What should change"), required=True)


class ReasonForm(RecordForm):
    reason = text(_l("Reason"), required=True)
