"""Forms check the shape of what people send; rules check its sense.

`RecordForm` is the base: hidden row version for optimistic locking, hidden receipt token for forms that create,
and `refuse` to show the refusal of an operation at its field.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from wtforms import DateField as _DateField
from wtforms import (
    Field,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
)
from wtforms.fields import SelectChoice
from wtforms.i18n import get_translations
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from core.errors import RuleViolation
from core.i18n import _, _l, language
from core.web import once_token

SHORT, LINE, TEXT = 80, 200, 20_000
NEEDED = _l("Please fill this in.")


def record_number(text: str) -> int:
    """For `type=` of `request.args.get`: a number that a record can have; anything else counts as not given."""
    number = number_or_none(text)
    if number is None:
        raise ValueError(text)
    return number


def stripped(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\x00", "").strip()
    return value


def number_or_none(value: Any) -> int | None:
    """From the record it is a number already, from the browser text that may be anything."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@cache
def _translations(language: str) -> Any:
    """WTForms' own messages; loaded once a process instead of once a request."""
    return get_translations([language])


class RecordForm(FlaskForm):
    class Meta(FlaskForm.Meta):
        csrf = False  # CSRFProtect has looked at the request already, before the form exists

        def get_translations(self, form: Any) -> Any:  # noqa: ARG002 - the signature is WTForms'
            return _translations(language())

    row_version = HiddenField("", filters=[number_or_none])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        g.record_form = self

    @property
    def once(self) -> str:
        """Token for a create form; the sent one is kept when the form comes back with errors."""
        sent = request.form.get("_once", "")
        return sent if 0 < len(sent) <= 64 else once_token()

    @property
    def seen_version(self) -> int | None:
        """The row version that this form was made from."""
        value: int | None = self.row_version.data
        return value

    @property
    def values(self) -> dict[str, Any]:
        """What was entered, without the machinery."""
        return {
            name: value
            for name, value in self.data.items()
            if name not in {"csrf_token", "row_version", "_once", "submit"}
        }

    def refuse(self, violation: RuleViolation) -> None:
        """Show an operation's refusal at the field it names, or above the form."""
        message = str(violation.message)
        field = self._fields.get(violation.field) if violation.field else None
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]


def line(label: Any, *, required: bool = False, limit: int = LINE, **kwargs: Any) -> StringField:
    """One line of text, trimmed and bounded."""
    return StringField(
        label, filters=[stripped], validators=_text_validators(required=required, limit=limit), **kwargs
    )


def text(
    label: Any, *, required: bool = False, limit: int = TEXT, rows: int = 4, **kwargs: Any
) -> TextAreaField:
    """Several lines of text, trimmed and bounded."""
    return TextAreaField(
        label,
        filters=[stripped],
        validators=_text_validators(required=required, limit=limit),
        render_kw={"rows": rows},
        **kwargs,
    )


def needed() -> validators.InputRequired:
    """Something must be given; a nought is something."""
    return validators.InputRequired(message=NEEDED)


def _text_validators(*, required: bool, limit: int) -> list[Any]:
    first = (
        validators.DataRequired(message=NEEDED) if required else validators.Optional(strip_whitespace=True)
    )
    return [first, validators.Length(max=limit, message=_l("Please use at most %(max)d characters."))]


class DateField(_DateField):
    """A date by the browser's own picker; says the form it wants when somebody types another."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Give a date like 2026-11-20.")) from error


class ChecksField(SelectMultipleField):
    """Several of a list, as boxes that work without a mouse."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class OneOf:
    """At least one of two fields must be filled (a text in either language)."""

    def __init__(self, other: str, message: Any) -> None:
        self.other = other
        self.message = message

    def __call__(self, form: FlaskForm, field: Field) -> None:
        if not field.data and not form[self.other].data:
            raise ValidationError(str(self.message))


class ChoiceField(SelectField):
    """A select whose answer is looked up once, instead of every option being made anew to compare with it."""

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - the signature is WTForms'
        if self.process_errors or not self.validate_choice:
            return
        if not any(choice.value == str(self.data) for choice in self.choices):
            raise ValidationError(self.gettext("Not a valid choice."))


def choices(pairs: Iterable[tuple[Any, Any]], *, empty: Any | None = None) -> list[SelectChoice]:
    """Choices for a native select; `empty` is the sentence of the unselected state."""
    made = list(_choices(tuple(pairs)))
    return [SelectChoice("", empty), *made] if empty is not None else made


@lru_cache(maxsize=256)
def _choices(pairs: tuple[tuple[Any, Any], ...]) -> list[SelectChoice]:
    return [SelectChoice(str(value), label) for value, label in pairs]
