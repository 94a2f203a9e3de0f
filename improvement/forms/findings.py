from flask_wtf.file import FileField
from wtforms import RadioField, SelectField, TextAreaField, validators

from core.forms import ChoiceField, DateField, OneOf, RecordForm, choices, line, stripped, text
from core.i18n import _l, _lp
from improvement.rules.findings import Grade
from improvement.rules.tickets import Priority


def _short() -> validators.Length:
    return validators.Length(max=2000, message=_l("Please use at most %(max)d characters."))


class CorrectionForm(RecordForm):
    statement_en = TextAreaField(
        _l("What was found (English)"),
        filters=[stripped],
        validators=[OneOf("statement_zh", _l("Say in at least one language what was found.")), _short()],
        render_kw={"rows": 3},
    )
    statement_zh = TextAreaField(
        _l("What was found (Chinese)"), filters=[stripped], validators=[_short()], render_kw={"rows": 3}
    )
    unit_id = ChoiceField(_l("Unit"), coerce=int)
    detail = text(_l("More: where, when, how it was seen"), limit=10_000, rows=4)


class FindingForm(CorrectionForm):
    grade = RadioField(_l("Grade"), default=Grade.signal.value)
    file = FileField(_l("Photo or paper"))


DECISIONS = (
    ("new", _l("Open a new ticket")),
    ("existing", _l("Take into an open ticket")),
    ("note", _l("Note it, no ticket needed")),
    ("merge", _l("Merge into another finding")),
    ("dismiss", _l("Dismiss")),
)


class TriageForm(RecordForm):
    decision = SelectField(_lp("triage", "Decision"), choices=choices(DECISIONS), default="new")
    grade = SelectField(_l("Grade"))
    title = line(_l("Title of the ticket: what falls short"), limit=300)
    owner_id = SelectField(_l("Owner"), coerce=int, validate_choice=False)
    verifier_id = SelectField(_l("Verifier"), coerce=int, validate_choice=False)
    priority = SelectField(
        _l("Priority"),
        choices=choices((item.value, item.label) for item in Priority),
        default=Priority.normal.value,
    )
    due = DateField(_l("Plan until"), validators=[validators.Optional()])
    ticket = line(_l("Ticket: code or words"), limit=120, render_kw={"autocomplete": "off"})
    into = line(_l("Finding: code or words"), limit=120, render_kw={"autocomplete": "off"})
    reason = text(_l("Reason"), limit=2000, rows=3)


class ReasonForm(RecordForm):
    reason = text(_l("Reason"), required=True, limit=2000, rows=3)
