from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DecimalField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    validators,
)
from wtforms.validators import ValidationError

from accounts.rules import INSIDERS, ROLE_LABELS, Role
from core.forms import DateField, RecordForm, choices, line, needed, stripped, text
from core.i18n import _, _l
from training.rules import DUE_DAYS, Kind
from training.rules.quiz import CHOICES_MOST

BODY = 60_000


def _number(label: Any, default: int) -> IntegerField:
    return IntegerField(label, default=default, validators=[needed()], render_kw={"inputmode": "numeric"})


def role_choices(empty: Any) -> list[Any]:
    return choices([(role.value, ROLE_LABELS[role]) for role in Role if role in INSIDERS], empty=empty)


class CourseForm(RecordForm):
    title_en = line(_l("Title (English)"))
    title_zh = line(_l("Title (Chinese)"))
    aim_en = text(_l("What one knows afterwards (English)"), limit=2000, rows=2)
    aim_zh = text(_l("What one knows afterwards (Chinese)"), limit=2000, rows=2)
    unit_id = SelectField(_l("Unit"), coerce=int)
    owner_id = SelectField(_l("Owner"), coerce=int)
    valid_months = _number(_l("Valid for, in months"), 0)
    competence_id = SelectField(_l("Competence that it proves"))


class SettingsForm(RecordForm):
    draw = _number(_l("Questions asked"), 0)
    pass_percent = DecimalField(
        _l("Pass mark, in per cent"),
        places=None,
        default=80,
        validators=[needed()],
        render_kw={"inputmode": "decimal"},
    )
    attempts = _number(_l("Attempts"), 3)
    change_en = text(_l("What this version changes (English)"), limit=2000, rows=2)
    change_zh = text(_l("What this version changes (Chinese)"), limit=2000, rows=2)


class StepForm(RecordForm):
    title_en = line(_l("Title (English)"))
    title_zh = line(_l("Title (Chinese)"))
    body_en = text(_l("Text (English)"), limit=BODY, rows=14)
    body_zh = text(_l("Text (Chinese)"), limit=BODY, rows=14)
    file = FileField(_l("Attached file"))
    drop_file = BooleanField(_l("Take the attached file away"))


class ChoiceRow(Form):
    en = StringField(_l("Answer (English)"), filters=[stripped], validators=[validators.Length(max=500)])
    zh = StringField(_l("Answer (Chinese)"), filters=[stripped], validators=[validators.Length(max=500)])
    right = BooleanField(_l("right"))


class QuestionForm(RecordForm):
    kind = RadioField(
        _l("Kind"), choices=choices((item.value, item.label) for item in Kind), default=Kind.single.value
    )
    text_en = text(_l("Question (English)"), limit=2000, rows=2)
    text_zh = text(_l("Question (Chinese)"), limit=2000, rows=2)
    choices = FieldList(FormField(ChoiceRow), _l("Answers"), max_entries=CHOICES_MOST + 4)
    explanation_en = text(_l("Explanation, shown afterwards (English)"), limit=2000, rows=2)
    explanation_zh = text(_l("Explanation, shown afterwards (Chinese)"), limit=2000, rows=2)

    @property
    def filled(self) -> list[dict[str, Any]]:
        """The answers that have a text; empty rows of the page don't count."""
        rows: list[dict[str, Any]] = self["choices"].data
        return [row for row in rows if row.get("en") or row.get("zh")]


class RuleForm(RecordForm):
    unit_id = SelectField(_l("Everybody in"), coerce=int)
    role = SelectField(_l("With the role"))
    standard_id = SelectField(_l("When a new version comes into force of"))
    requirement_code = line(_l("Only when this requirement is new or changed"), limit=10)
    due_days = _number(_l("To be done within, in days"), DUE_DAYS)


class AssignForm(RecordForm):
    course_id = SelectField(_l("Course"), coerce=int)
    who = RadioField(
        _l("To whom"),
        choices=choices([("unit", _l("A unit, by role")), ("people", _l("Single people"))]),
        default="unit",
    )
    unit_id = SelectField(_l("Unit, with everything below"), coerce=int)
    role = SelectField(_l("With the role"))
    people = SelectMultipleField(_l("People"), coerce=int)
    due = DateField(_l("Until"), validators=[needed()])
    note = text(_l("Why, in one sentence"), limit=1000, rows=2)

    def validate_people(self, field: SelectMultipleField) -> None:
        if self.who.data == "people" and not field.data:
            raise ValidationError(_("Choose at least one person."))


class ReasonForm(RecordForm):
    reason = text(_l("Reason"), required=True, limit=2000, rows=3)


class PostponeForm(ReasonForm):
    due = DateField(_l("New date"), validators=[needed()])


class CompetenceForm(RecordForm):
    name_en = line(_l("Name (English)"))
    name_zh = line(_l("Name (Chinese)"))
    detail_en = text(_l("What somebody can do (English)"), limit=2000, rows=2)
    detail_zh = text(_l("What somebody can do (Chinese)"), limit=2000, rows=2)
    valid_months = _number(_l("Valid for, in months"), 0)


class ChangeCompetenceForm(CompetenceForm):
    active = BooleanField(_l("In use"))


class ProofForm(RecordForm):
    person_id = SelectField(_l("Person"), coerce=int)
    from_date = DateField(_l("From"), validators=[needed()])
    until_date = DateField(_l("Last day"), validators=[validators.Optional()])
    note = text(_l("Which document shows it"), limit=2000, rows=2)
    file = FileField(_l("File"))


class ImportForm(RecordForm):
    file = FileField(_l("File"), validators=[FileRequired(message=_l("Choose a file."))])
