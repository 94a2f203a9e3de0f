from decimal import Decimal
from typing import Any

from flask_wtf.file import FileField, MultipleFileField
from wtforms import BooleanField, DecimalField, RadioField, SelectField, StringField, validators

from complaints.rules.clocks import STOPS
from complaints.rules.grades import (
    CHANNEL_LABELS,
    OUTCOME_LABELS,
    REMEDY_LABELS,
    SATISFACTION,
    SEVERITY_LABELS,
    TOPIC_LABELS,
    Channel,
    Complexity,
    Impact,
)
from complaints.rules.states import WAY
from core.forms import DateField, OneOf, RecordForm, choices, line, number_or_none, text
from core.i18n import _, _l
from improvement.rules.findings import GRADE_LABELS, Grade

LONG, WHOLE = 10_000, 40_000
LANGUAGE_CHOICES = (("en", "English"), ("zh", "中文"))


def _labels(labels: dict[Any, Any]) -> list[tuple[str, Any]]:
    return [(str(getattr(key, "value", key)), label) for key, label in labels.items()]


class Money(DecimalField):
    """An amount with at most two decimals; `hundredths` is what is kept."""

    data: Any

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(
            label,
            places=2,
            default=Decimal(0),
            validators=[
                validators.Optional(),
                validators.NumberRange(
                    min=0, max=10**9, message=_l("Give an amount from 0 to 1,000,000,000.")
                ),
            ],
            render_kw={"inputmode": "decimal"},
            **kwargs,
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value.replace(",", "").replace(" ", "")[:40] for value in valuelist])
        except ValueError as error:
            raise ValueError(_("Give an amount like 120.50.")) from error
        given: Decimal | None = self.data
        if given is not None and not given.is_finite():
            self.data = None
            raise ValueError(_("Give an amount like 120.50."))

    @property
    def hundredths(self) -> int:
        return int((self.data or Decimal(0)) * 100)


class About(RecordForm):
    """What happened: the same entries for staff and, in fewer words, for the public page."""

    subject = line(_l("In a few words"), required=True)
    description = text(_l("What happened"), limit=WHOLE, rows=5)
    wish = text(_l("What is wished"), limit=LONG, rows=2)
    occurred_on = DateField(_l("When it happened"), validators=[validators.Optional()])
    place = line(_l("Where"))
    topic = SelectField(_l("Topic"), choices=choices(_labels(TOPIC_LABELS)), default="other")


class Contact(RecordForm):
    name = line(_l("Name"), render_kw={"autocomplete": "off"})
    email = line(_l("Mail address"), limit=254, render_kw={"autocomplete": "off", "inputmode": "email"})
    phone = line(_l("Telephone"), limit=60, render_kw={"autocomplete": "off", "inputmode": "tel"})
    address = line(_l("Postal address"), limit=500, render_kw={"autocomplete": "off"})


class RegisterForm(About, Contact):
    channel = SelectField(
        _l("How it came"), choices=choices(_labels(CHANNEL_LABELS)), default=Channel.phone.value
    )
    language = SelectField(_l("Language of the complainant"), choices=choices(LANGUAGE_CHOICES))
    unit_id = SelectField(_l("Unit"), coerce=int)
    standard_id = SelectField(_l("Service standard it touches"), coerce=number_or_none)
    concerned_id = SelectField(_l("Person it is about"), coerce=number_or_none)
    file = FileField(_l("Letter, photo or paper"))


class EditForm(About):
    channel = SelectField(_l("How it came"), choices=choices(_labels(CHANNEL_LABELS)))
    language = SelectField(_l("Language of the complainant"), choices=choices(LANGUAGE_CHOICES))
    unit_id = SelectField(_l("Unit"), coerce=int)
    standard_id = SelectField(_l("Service standard it touches"), coerce=number_or_none)
    requirement_code = line(_l("Requirement, like R2"), limit=10)
    handler_id = SelectField(_l("Handler"), coerce=number_or_none)
    concerned_id = SelectField(_l("Person it is about"), coerce=number_or_none)


class ContactForm(Contact):
    pass


class AcknowledgeForm(RecordForm):
    words = text(_l("Words to the complainant"), limit=LONG, rows=4)
    by = line(_l("How the complainant was told, without mail"), limit=300)


class AssessForm(RecordForm):
    safety = BooleanField(_l("Somebody’s safety is at stake"))
    urgent = BooleanField(_l("Something has to be done at once"))
    immediate_action = text(_l("What was done at once, or who does it now"), limit=2000, rows=2)
    standard_id = SelectField(_l("Service standard it touches"), coerce=number_or_none)
    requirement_code = line(_l("Requirement, like R2"), limit=10)
    impact = SelectField(
        _l("How far it reaches"), choices=choices((item.value, item.label) for item in Impact)
    )
    complexity = SelectField(
        _l("How difficult it is"),
        choices=choices((item.value, item.label) for item in Complexity),
        default=Complexity.normal.value,
    )
    severity = RadioField(
        _l("Severity"),
        choices=choices(_labels(SEVERITY_LABELS)),
        validators=[validators.DataRequired(_l("Choose one."))],
    )


class InvestigateForm(RecordForm):
    handler_id = SelectField(_l("Who looks into it"), coerce=number_or_none)


class AnswerForm(RecordForm):
    investigation = text(_l("What the investigation found"), limit=LONG, rows=5)
    words = text(_l("Answer to the complainant"), limit=LONG, rows=6)


class DecideForm(RecordForm):
    outcome = RadioField(
        _l("Decision"),
        choices=choices(_labels(OUTCOME_LABELS)),
        validators=[validators.DataRequired(_l("Choose one."))],
    )
    decision = text(_l("Reasons"), limit=LONG, rows=3)
    words = text(_l("Decision in words to the complainant"), limit=LONG, rows=4)


class CloseForm(RecordForm):
    words = text(_l("Words to the complainant"), limit=LONG, rows=4)
    satisfied = SelectField(
        _l("Satisfaction, when the complainant told us"),
        choices=choices(_labels(SATISFACTION), empty=_l("not asked by us, the mail asks")),
        coerce=number_or_none,
    )
    satisfaction_note = line(_l("Note, or why nobody could be asked"), limit=300)


class RefuseForm(RecordForm):
    reason = text(_l("Reason, for us"), limit=2000, rows=2)
    route = text(_l("Where the complainant can turn to"), limit=2000, rows=2)
    words = text(_l("Words to the complainant"), limit=LONG, rows=4)


class EscalateForm(RecordForm):
    reason = text(_l("Reason"), limit=2000, rows=3)
    route = line(_l("To whom it goes"), limit=300)


class ReasonForm(RecordForm):
    reason = text(_l("Reason"), limit=2000, rows=3)


class TellForm(RecordForm):
    words = text(_l("Decision in words to the complainant"), limit=LONG, rows=4)
    by = line(_l("How the complainant was told, without mail"), limit=300)


TALK = (
    ("out", _l("To the complainant")),
    ("question", _l("A question to the complainant; we wait for the reply")),
    ("in", _l("The complainant told us")),
    ("note", _l("Internal note")),
)


class TalkForm(RecordForm):
    kind = SelectField(_l("What it is"), choices=choices(TALK), default="note")
    body = text(_l("Words"), limit=LONG, rows=3)


class RemedyForm(RecordForm):
    kind = SelectField(_l("Remedy"), choices=choices(_labels(REMEDY_LABELS)))
    words = line(_l("What exactly"), limit=500)
    cost = Money(_l("Cost"))


class FindingForm(RecordForm):
    statement_en = text(
        _l("What was found (English)"),
        limit=2000,
        rows=3,
    )
    statement_zh = text(_l("What was found (Chinese)"), limit=2000, rows=3)
    grade = RadioField(_l("Grade"), choices=choices(_labels(GRADE_LABELS)), default=Grade.signal.value)
    detail = text(_l("More: where, when, how it was seen"), limit=LONG, rows=3)

    def validate_statement_en(self, field: Any) -> None:
        OneOf("statement_zh", _l("Say in at least one language what was found."))(self, field)


class TicketForm(RecordForm):
    ticket = line(_l("Code of the ticket"), limit=120, render_kw={"autocomplete": "off"})


class ImportForm(RecordForm):
    file = FileField(_l("File"), validators=[validators.DataRequired(_l("Choose a file."))])
    unit_code = SelectField(_l("Unit of rows that name none"))
    order = SelectField(
        _l("Dates like 03/04/2026"),
        choices=choices(
            (
                ("", _l("as the file shows")),
                ("dmy", _l("day / month / year")),
                ("mdy", _l("month / day / year")),
            )
        ),
    )


class SettingForm(RecordForm):
    standard_id = SelectField(_l("Complaint standard"), coerce=number_or_none)
    handler_limit = Money(_l("Remedy limit of complaint handlers"))
    offered = BooleanField(_l("Can be chosen on the public page"))
    intro_en = text(_l("Words on the public page (English)"), limit=2000, rows=3)
    intro_zh = text(_l("Words on the public page (Chinese)"), limit=2000, rows=3)
    route_en = text(_l("Where else complainants can turn to (English)"), limit=2000, rows=3)
    route_zh = text(_l("Where else complainants can turn to (Chinese)"), limit=2000, rows=3)


for _stop in STOPS:
    setattr(SettingForm, f"code_{_stop.value}", SelectField(STOPS[_stop], validate_choice=False))
    setattr(
        SettingForm,
        f"from_{_stop.value}",
        SelectField(
            _l("counts from"),
            choices=choices((state.value, state.label) for state in WAY[: WAY.index(_stop)]),
            default="received",
        ),
    )


# --- pages without account ---------------------------------------------------------------------------------------


class PublicForm(RecordForm):
    unit_id = SelectField(_l("Which service is it about?"), coerce=number_or_none)
    topic = SelectField(_l("What is it about?"), choices=choices(_labels(TOPIC_LABELS)), default="other")
    subject = line(_l("In a few words"), required=True)
    description = text(_l("What happened?"), required=True, limit=LONG, rows=6)
    wish = text(_l("What would you wish from us?"), limit=2000, rows=2)
    occurred_on = DateField(_l("When did it happen?"), validators=[validators.Optional()])
    place = line(_l("Where?"))
    name = line(_l("Your name"), render_kw={"autocomplete": "name"})
    email = line(
        _l("Your mail address"),
        limit=254,
        render_kw={"autocomplete": "email", "inputmode": "email", "type": "email"},
    )
    phone = line(_l("Your telephone number"), limit=60, render_kw={"autocomplete": "tel", "inputmode": "tel"})
    files = MultipleFileField(_l("Photos or papers"))
    # a person never sees this field; what fills it in is a machine
    website = StringField(_l("Leave this field empty"), render_kw={"autocomplete": "off", "tabindex": "-1"})


class ReplyForm(RecordForm):
    body = text(_l("Your message"), required=True, limit=4000, rows=4)
    website = StringField(_l("Leave this field empty"), render_kw={"autocomplete": "off", "tabindex": "-1"})


class RateForm(RecordForm):
    satisfied = RadioField(
        _l("How satisfied are you with the way we handled it?"),
        choices=choices(_labels(SATISFACTION)),
        coerce=number_or_none,
        validators=[validators.InputRequired(_l("Choose one."))],
    )
    words = text(_l("What should we know?"), limit=2000, rows=3)
