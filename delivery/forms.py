from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    FieldList,
    Form,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    validators,
)

from core.forms import ChecksField, RecordForm, choices, line, number_or_none, stripped, text
from core.i18n import _l
from delivery.rules.imports import DUPLICATES
from delivery.sample import ENCODINGS

NEW = "new"
SHORT_TEXT = [validators.Optional(), validators.Length(max=120)]


class FileForm(RecordForm):
    """Step 1: which log, which file."""

    log = SelectField(_l("Log"), render_kw={"data-decides": ""})
    unit = SelectField(_l("Unit"), coerce=str, validate_choice=False)
    code = line(_l("Code"), limit=40)
    name_en = line(_l("Name in English"))
    name_zh = line(_l("Name in Chinese"))
    file = FileField(_l("File"), validators=[FileRequired(message=_l("Choose a file."))])


class MilestoneForm(Form):
    name = StringField(_l("Milestone"), filters=[stripped], validators=SHORT_TEXT)
    column = StringField(_l("Column"), filters=[stripped], validators=SHORT_TEXT)
    form = StringField(_l("Form of the time"), filters=[stripped], validators=SHORT_TEXT)


class MappingForm(RecordForm):
    """Step 2: what the columns mean. Whether a column exists is checked against the file, not by the form."""

    encoding = SelectField(
        _l("Encoding"), choices=choices((name, name.upper()) for name in ENCODINGS), validate_choice=False
    )
    delimiter = SelectField(
        _l("Separator"),
        choices=choices(
            [
                (",", _l("Comma")),
                (";", _l("Semicolon")),
                ("\\t", _l("Tab")),
                ("|", _l("Vertical bar")),
            ]
        ),
        validate_choice=False,
    )
    sheet = SelectField(_l("Sheet"), choices=choices([]), validate_choice=False)
    case = SelectField(_l("Column of the case"), choices=choices([]), validate_choice=False)
    milestones = FieldList(FormField(MilestoneForm), max_entries=50)
    timezone = StringField(
        _l("Time zone"),
        filters=[stripped],
        validators=[
            validators.DataRequired(message=_l("Please fill this in.")),
            validators.Length(max=60),
        ],
    )
    duplicates = RadioField(
        _l("Several rows of one case"), choices=choices(DUPLICATES.items()), default="last"
    )
    blank = StringField(_l("Stands for “nothing”"), filters=[stripped], validators=SHORT_TEXT)
    as_of = StringField(_l("Reaches to"), filters=[stripped], validators=SHORT_TEXT)
    unit_column = SelectField(_l("Column of the unit"), choices=choices([]), validate_choice=False)
    group_columns = SelectMultipleField(
        _l("Further columns shown with cases"), choices=choices([]), validate_choice=False
    )


class ProvesForm(RecordForm):
    """Step 3: units of the values, standards that the log proves."""

    standards = ChecksField(_l("Standards"), coerce=int, validate_choice=False)


class LogForm(RecordForm):
    name_en = line(_l("Name in English"))
    name_zh = line(_l("Name in Chinese"))


class StandardForm(RecordForm):
    standard = SelectField(_l("Standard"), coerce=int)


class UnitsForm(RecordForm):
    """Value by value in the page; the values are data of the file, so they are no fields of the class."""


class WithdrawForm(RecordForm):
    reason = text(_l("Reason"), required=True, limit=2000, rows=3)


def number(value: Any) -> int | None:
    return number_or_none(value)
