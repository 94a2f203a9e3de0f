from decimal import Decimal

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DecimalField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    validators,
)

from core.forms import NEEDED, DateField, RecordForm, choices, line, needed, number_or_none, text
from core.i18n import _l, _lp
from improvement.rules.effect import Verdict
from improvement.rules.tickets import ActionKind, Priority


def _days(label: object, default: int) -> IntegerField:
    return IntegerField(label, default=default, validators=[needed()], render_kw={"inputmode": "numeric"})


class TicketForm(RecordForm):
    title = line(_l("Title: what falls short"), required=True, limit=300)
    owner_id = SelectField(_l("Owner"), coerce=int)
    verifier_id = SelectField(_l("Verifier"), coerce=int)
    priority = SelectField(_l("Priority"), choices=choices((item.value, item.label) for item in Priority))
    due = DateField(_l("Present stage until"), validators=[validators.Optional()])


class NewTicketForm(TicketForm):
    unit_id = SelectField(_l("Unit"), coerce=int)


class ProblemForm(RecordForm):
    problem = text(_l("Problem: what falls short, where, since when"), required=True, limit=10_000, rows=5)
    correction = text(_l("Correction at once"), limit=5000, rows=3)
    correction_at = DateField(_l("Corrected on"), validators=[validators.Optional()])
    cause_obvious = text(_l("If the cause is obvious: why"), limit=2000, rows=2)


class CauseForm(RecordForm):
    text = text(_l("Because …"), required=True, limit=2000, rows=2)


class ChangeCauseForm(CauseForm):
    root = BooleanField(_l("This is a root cause"))
    verified_how = text(_l("How it was verified"), limit=2000, rows=3)


class ActionForm(RecordForm):
    text = text(_l("What will be done"), required=True, limit=2000, rows=2)
    kind = SelectField(_l("Kind"), choices=choices((item.value, item.label) for item in ActionKind))
    owner_id = SelectField(_l("Owner"), coerce=int)
    due = DateField(_l("Until"), validators=[needed()])


class FinishForm(RecordForm):
    state = RadioField(
        _l("Result"),
        choices=choices([("done", _l("Done")), ("cannot", _l("Can't be done")), ("open", _l("Still open"))]),
        default="done",
    )
    outcome = text(_l("What was done and where it can be seen, or why it can't be done"), limit=5000, rows=3)
    link = line(_l("Link"), limit=500)
    file = FileField(_l("File"))


class MeasureForm(RecordForm):
    metric_ref = SelectField(_l("Measure"))
    direction = SelectField(_l("Should go"), choices=choices([("up", _l("up")), ("down", _l("down"))]))
    margin = DecimalField(
        _l("Smallest change worth having, in points"),
        places=None,
        default=5,
        validators=[needed()],
        render_kw={"inputmode": "decimal"},
    )
    baseline_from = DateField(_l("Before, from"), validators=[needed()])
    baseline_until = DateField(_l("Before, until"), validators=[needed()])
    wait_days = _days(_l("Wait after the last action, days"), 0)
    window_days = _days(_l("Then count for, days"), 90)
    least_n = _days(_l("Least number of cases after"), 30)
    alpha = DecimalField(
        _l("Error rate"),
        default=Decimal("0.05"),
        validators=[needed()],
        render_kw={"inputmode": "decimal"},
        places=None,
    )
    watch = text(_l("What could become worse, to be watched"), limit=1000, rows=2)


class DescribedForm(RecordForm):
    described = text(
        _l("What will be looked at, and what counts as success"), required=True, limit=5000, rows=4
    )
    described_on = DateField(_l("On"), validators=[needed()])
    watch = text(_l("What could become worse, to be watched"), limit=1000, rows=2)


class SideEffectsForm(RecordForm):
    side_effects = text(_l("What else was looked at, and what was found"), required=True, limit=5000, rows=4)


class JudgeForm(RecordForm):
    found = RadioField(_l("Verdict"), choices=choices((item.value, item.label) for item in Verdict))
    note = text(_l("What was looked at and what was seen"), required=True, limit=5000, rows=4)


class SignForm(RecordForm):
    check = HiddenField(filters=[number_or_none])  # the verdict that stood on the page
    statement = line(_lp("finding", "Statement"), limit=500)
    password = PasswordField(
        _l("Your password again"),
        validators=[validators.DataRequired(message=NEEDED), validators.Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )


class OverruleForm(RecordForm):
    reason = text(_l("Reason"), required=True, limit=5000, rows=4)
    password = PasswordField(
        _l("Your password again"),
        validators=[validators.DataRequired(message=NEEDED), validators.Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )


class WaitForm(RecordForm):
    days = _days(_l("Days longer"), 30)
    reason = text(_l("Reason"), required=True, limit=2000, rows=2)


class ReasonForm(RecordForm):
    reason = text(_l("Reason"), required=True, limit=2000, rows=3)


class DeferForm(RecordForm):
    until = DateField(_l("Until"), validators=[needed()])
    reason = text(_l("Reason"), required=True, limit=2000, rows=3)


class ActForm(RecordForm):
    nothing_to_change = text(_l("Why the standard can stay as it is"), limit=5000, rows=2)
    lesson = text(_l("Lesson, for those who meet the same problem"), limit=5000, rows=4)
    rollout = text(_l("Carried over to: one place a line, with what was done"), limit=5000, rows=4)


class PlainForm(RecordForm):
    """A button: only the machinery."""
