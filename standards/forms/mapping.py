from typing import Any

from wtforms import BooleanField, RadioField, SelectField, TextAreaField, validators

from core.forms import RecordForm, choices, stripped, text
from core.i18n import _l
from standards.operations.frameworks import LICENSED_LIMIT
from standards.rules.coverage import JUDGEMENTS, STATUS_HEADINGS, Degree, Status


def _one(label: Any, **more: Any) -> SelectField:
    return SelectField(label, validators=[validators.DataRequired(message=_l("Please choose one."))], **more)


class MappingForm(RecordForm):
    degree = RadioField(
        _l("Degree"),
        choices=choices((degree.value, degree.sentence) for degree in Degree),
        validators=[validators.InputRequired(message=_l("Please choose one."))],
    )
    rationale_en = text(_l("Rationale (English)"), limit=4000, rows=3)
    rationale_zh = text(_l("Rationale (Chinese)"), limit=4000, rows=3)


class MapClauseForm(MappingForm):
    """From the clause: which requirement answers it. Choices are grouped by standard."""

    requirement = _one(_l("Requirement"))


class MapRequirementForm(MappingForm):
    """From the requirement: which clause it answers. Choices are grouped by framework."""

    clause = _one(_l("Clause"))


class RemoveMappingForm(RecordForm):
    reason = text(_l("Reason"), limit=2000, rows=2)


class JudgeForm(RecordForm):
    status = RadioField(
        _l("Judgement"),
        choices=choices(
            (
                ("", _l("As the mappings say")),
                *((status.value, STATUS_HEADINGS[status]) for status in (*JUDGEMENTS, Status.not_applicable)),
            )
        ),
        default="",
    )
    justification = text(_l("What the judgement rests on"), limit=4000, rows=4)


class ApplicabilityForm(RecordForm):
    applicable = RadioField(
        _l("Applicability"),
        choices=choices([("yes", _l("Applies here")), ("no", _l("Does not apply here"))]),
        default="yes",
    )
    adopted = BooleanField(_l("Adopted as a criterion: a gap counts as a nonconformity"))
    justification = text(_l("Reason"), limit=4000, rows=4)


class LicensedTextForm(RecordForm):
    text = TextAreaField(
        _l("Text of your licensed copy"),
        filters=[stripped],
        validators=[
            validators.Optional(strip_whitespace=True),
            validators.Length(max=LICENSED_LIMIT, message=_l("Please use at most %(max)d characters.")),
        ],
        render_kw={"rows": 12},
    )
