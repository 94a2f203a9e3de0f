from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    Field,
    FloatField,
    IntegerField,
    RadioField,
    SelectField,
    TextAreaField,
    validators,
)

from core.forms import ChecksField, DateField, RecordForm, choices, line, number_or_none, stripped, text
from core.i18n import _, _l
from satisfaction.loading.opening import ENCODINGS
from satisfaction.rules.items import KIND_LABELS, POINTS
from satisfaction.rules.waves import CHANNELS, MIN_CELL


class _PlainField(Field):
    """Says in plain words what it wants."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            super().process_formdata([valuelist[0].replace(",", ".")])
        except ValueError as error:
            raise ValueError(_("Give a number.")) from error
        if self.data is not None and not -1e9 < self.data < 1e9:
            self.data = None
            raise ValueError(_("Give a number."))


class NumberField(_PlainField, IntegerField):
    """A whole number."""


class AmountField(_PlainField, FloatField):
    """A number with decimals."""


class QuestionnaireForm(RecordForm):
    title_en = line(_l("Title in English"))
    title_zh = line(_l("Title in Chinese"))
    unit_id = SelectField(_l("Unit"), coerce=int)
    owner_id = SelectField(_l("Owner"), coerce=int)
    standard_id = SelectField(_l("Mostly about the standard"), coerce=number_or_none)


class TextsForm(RecordForm):
    intro_en = text(_l("At the beginning, in English"), limit=4000)
    intro_zh = text(_l("At the beginning, in Chinese"), limit=4000)
    thanks_en = text(_l("At the end, in English"), limit=2000, rows=3)
    thanks_zh = text(_l("At the end, in Chinese"), limit=2000, rows=3)


class ItemForm(RecordForm):
    kind = SelectField(
        _l("Kind"), choices=choices((kind.value, label) for kind, label in KIND_LABELS.items()),
        render_kw={"data-decides": ""},
    )  # fmt: skip
    code = line(_l("Code"), limit=20, required=True)
    text_en = text(_l("Question in English"), limit=1000, rows=2)
    text_zh = text(_l("Question in Chinese"), limit=1000, rows=2)
    second_en = text(_l("Other side of the pair, in English"), limit=1000, rows=2)
    second_zh = text(_l("Other side of the pair, in Chinese"), limit=1000, rows=2)
    points = SelectField(
        _l("Points"), coerce=int, choices=choices((each, each) for each in POINTS), default=5
    )
    low_en = line(_l("Lowest answer, in English"), limit=80)
    low_zh = line(_l("Lowest answer, in Chinese"), limit=80)
    high_en = line(_l("Highest answer, in English"), limit=80)
    high_zh = line(_l("Highest answer, in Chinese"), limit=80)
    options = TextAreaField(
        _l("Options"),
        filters=[stripped],
        validators=[validators.Optional(), validators.Length(max=8000)],
        render_kw={"rows": 5},
    )
    several = BooleanField(_l("Several options may be chosen"))
    required = BooleanField(_l("Must be answered"))
    allow_na = BooleanField(_l("“Does not apply to me” may be chosen"))
    reverse = BooleanField(_l("Turned round: a high answer is bad"))
    dimension = line(_l("SERVQUAL dimension"), limit=40, render_kw={"list": "dimensions"})
    requirement = SelectField(_l("Promise it asks about"), validate_choice=False)
    touchpoint_id = SelectField(_l("Touchpoint"), coerce=number_or_none)
    about_code = SelectField(_l("Importance of"), validate_choice=False)
    top = SelectField(
        _l("Top box"), coerce=int, choices=choices((each, each) for each in (1, 2, 3)), default=2
    )
    target = AmountField(_l("Target"), validators=[validators.Optional()])


class BulkForm(RecordForm):
    lines = text(_l("Items, one a line"), required=True, limit=120_000, rows=14)


class WaveForm(RecordForm):
    name_en = line(_l("Name in English"))
    name_zh = line(_l("Name in Chinese"))
    version_id = SelectField(_l("Questionnaire"), coerce=int)
    unit_id = SelectField(_l("Unit"), coerce=int)
    purpose = text(_l("Purpose, and the decision it serves"), limit=4000, rows=3)
    population = text(_l("Who is asked"), limit=4000, rows=2)
    channels = ChecksField(
        _l("Ways"), choices=choices(CHANNELS.items()), validate_choice=False, default=["web"]
    )
    first_day = DateField(_l("First day to answer"), validators=[validators.Optional()])
    last_day = DateField(_l("Last day to answer"), validators=[validators.Optional()])
    anonymous = RadioField(
        _l("Anonymity"),
        choices=choices(
            [
                ("1", _l("Anonymous: nothing joins an answer to a person or a personal link")),
                ("0", _l("Named: answers by personal links can be told apart")),
            ]
        ),
        default="1",
    )
    open_link = BooleanField(_l("An open link that everybody may use (with QR code)"), default=True)
    min_cell = NumberField(_l("Smallest group shown"), default=MIN_CELL)
    quota = NumberField(_l("Most answers over the links"))

    @property
    def entries(self) -> dict[str, Any]:
        """What an operation takes."""
        names = ("name_en", "name_zh", "purpose", "population", "first_day", "last_day", "quota", "open_link")
        made = {name: self.values[name] for name in names}
        made["channels"] = list(self.channels.data or [])
        made["anonymous"] = self.anonymous.data != "0"
        made["min_cell"] = self.min_cell.data if self.min_cell.data is not None else MIN_CELL
        for name in ("name_en", "name_zh", "purpose", "population"):
            made[name] = made[name] or ""
        return made


class ReasonForm(RecordForm):
    reason = text(_l("Reason"), required=True, limit=2000, rows=3)


class ReopenForm(ReasonForm):
    last_day = DateField(_l("New last day"), validators=[validators.Optional()])


class PlainForm(RecordForm):
    """For pages whose fields depend on the record: only the machinery."""


class InviteForm(RecordForm):
    way = RadioField(
        _l("For whom"),
        choices=choices(
            [
                ("number", _l("A number of links, to be printed or handed out")),
                ("list", _l("A list: one address or number a line, after a comma its group")),
                ("file", _l("A file with a column of addresses or numbers")),
            ]
        ),
        default="number",
        render_kw={"data-decides": ""},
    )
    number = NumberField(_l("How many"))
    list = text(_l("Addresses or numbers"), limit=1_000_000, rows=8)
    file = FileField(_l("File"))


class FileForm(RecordForm):
    file = FileField(_l("File"), validators=[FileRequired(message=_l("Choose a file."))])


class TableForm(RecordForm):
    """How the file of an import is read; what each column is, is read from the page's table by the view."""

    encoding = SelectField(
        _l("Encoding"),
        choices=choices(((name, name.upper()) for name in ENCODINGS), empty=_l("As found")),
        validate_choice=False,
    )
    delimiter = SelectField(
        _l("Separator"),
        choices=choices(
            [
                (",", _l("Comma")),
                (";", _l("Semicolon")),
                ("\\t", _l("Tab")),
                ("|", _l("Vertical bar")),
            ],
            empty=_l("As found"),
        ),
        validate_choice=False,
    )


class ReadingForm(TableForm):
    """What else is said of a file of answers."""

    blank = line(_l("Codes for “does not apply” or “don’t know”"), limit=200)
    outside = RadioField(
        _l("A value that is not on the scale"),
        choices=choices([("reject", _l("sets the row aside")), ("blank", _l("counts as no answer"))]),
        default="reject",
    )
    date_format = line(_l("Form of the date"), limit=40)
    channel = SelectField(_l("How they were asked"), choices=choices(CHANNELS.items()), default="file")
