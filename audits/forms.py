from typing import Any

from wtforms import (
    BooleanField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    validators,
)

from audits.rules.independence import MONTHS_MOST
from audits.rules.programme import REPEATS
from audits.rules.results import CHOICES, Nature, label_of
from audits.rules.states import Kind, TeamRole
from core.forms import ChecksField, DateField, RecordForm, choices, line, needed, number_or_none, text
from core.i18n import _l


def _number(value: Any) -> int:
    return number_or_none(value) or 0


class AuditForm(RecordForm):
    title_en = line(_l("Title (English)"))
    title_zh = line(_l("Title (Chinese)"))
    kind = SelectField(_l("Kind"), choices=choices((kind.value, kind.label) for kind in Kind))
    unit_id = SelectField(_l("Audited unit"), coerce=int)
    starts_on = DateField(_l("First day"), validators=[needed()])
    ends_on = DateField(_l("Last day"), validators=[needed()])
    place = line(_l("Place of the audit"))
    objective = text(_l("Objective"), limit=4000, rows=3)
    criteria = text(_l("Criteria beside the chosen clauses and standards"), limit=4000, rows=2)
    repeat_months = SelectField(_l("Repeats"), coerce=int, choices=choices(REPEATS.items()), default=0)
    independence_months = IntegerField(
        _l("Independence: look back"),
        default=24,
        validators=[
            needed(),
            validators.NumberRange(0, MONTHS_MOST, message=_l("Give a number of months from 0 to 120.")),
        ],
    )


class ScopeForm(RecordForm):
    units = ChecksField(_l("Units"), coerce=int)
    standards = ChecksField(_l("Service standards"), coerce=int)


class MemberForm(RecordForm):
    person_id = SelectField(_l("Person"), coerce=int)
    role = SelectField(
        _l("Role"),
        choices=choices((role.value, role.label) for role in TeamRole),
        default=TeamRole.auditor.value,
    )
    safeguard = text(_l("How bias is kept out"), limit=1000, rows=2)


class GenerateForm(RecordForm):
    clauses = BooleanField(_l("Questions of the clauses"), default=True)
    requirements = BooleanField(_l("Requirements of the service standards"), default=True)
    earlier = BooleanField(_l("Earlier findings"), default=True)


class QuestionForm(RecordForm):
    question_en = text(_l("Question (English)"), limit=2000, rows=2)
    question_zh = text(_l("Question (Chinese)"), limit=2000, rows=2)
    look_en = text(_l("Look at (English), one line each"), limit=2000, rows=2)
    look_zh = text(_l("Look at (Chinese), one line each"), limit=2000, rows=2)
    clause_id = SelectField(_l("Clause"), coerce=_number)
    nature = SelectField(
        _l("Criterion"),
        choices=choices(
            [
                (Nature.requirement.value, _l("Requirement: a gap is a nonconformity")),
                (Nature.guidance.value, _l("Guidance: a gap is an opportunity")),
            ]
        ),
    )


def look_lines(en: str, zh: str) -> list[dict[str, str]]:
    """Lines of both languages side by side; where one has more, it stands for both."""
    first, second = en.splitlines(), zh.splitlines()
    made = []
    for place in range(min(12, max(len(first), len(second)))):
        one = first[place].strip()[:300] if place < len(first) else ""
        two = second[place].strip()[:300] if place < len(second) else ""
        if one or two:
            made.append({"en": one or two, "zh": two or one})
    return made


class AnswerForm(RecordForm):
    result = RadioField(_l("Grade"), validators=[validators.Optional()])
    note = text(_l("What did you see?"), limit=8000, rows=4)

    def offer(self, nature: str) -> None:
        kind = Nature(nature)
        self.result.choices = choices([(result.value, label_of(result, nature)) for result in CHOICES[kind]])


class RaiseForm(RecordForm):
    statement_en = text(_l("What was found (English)"), limit=2000, rows=3)
    statement_zh = text(_l("What was found (Chinese)"), limit=2000, rows=3)
    unit_id = SelectField(_l("Unit"), coerce=int)


class ConclusionForm(RecordForm):
    conclusion_en = text(_l("Conclusion (English)"), limit=10_000, rows=6)
    conclusion_zh = text(_l("Conclusion (Chinese)"), limit=10_000, rows=6)


class SignForm(RecordForm):
    password = PasswordField(_l("Your password"), validators=[needed(), validators.Length(max=200)])


class ReasonForm(RecordForm):
    reason = text(_l("Reason"), required=True, limit=2000, rows=3)


class VerifyForm(RecordForm):
    note = text(_l("What you looked at"), required=True, limit=4000, rows=3)


class ProgrammeForm(RecordForm):
    unit_id = SelectField(_l("Unit"), coerce=int)
    year = IntegerField(
        _l("Year"),
        validators=[
            needed(),
            validators.NumberRange(2000, 2100, message=_l("Give a year from 2000 to 2100.")),
        ],
    )
    framework_ids = ChecksField(_l("Audited against"), coerce=int)
    objectives_en = text(_l("Objectives (English)"), limit=4000, rows=4)
    objectives_zh = text(_l("Objectives (Chinese)"), limit=4000, rows=4)
    risks = text(_l("Risks, opportunities and methods"), limit=4000, rows=3)


class SlotForm(RecordForm):
    topic_en = line(_l("What is audited (English)"))
    topic_zh = line(_l("What is audited (Chinese)"))
    unit_id = SelectField(_l("Unit"), coerce=int)
    month = SelectField(_l("Month"), coerce=int)
    framework_id = SelectField(_l("Framework"), coerce=_number)
    lead_id = SelectField(_l("Lead auditor"), coerce=_number)
