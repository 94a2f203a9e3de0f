from typing import Any

from wtforms import IntegerField, RadioField, SelectField, validators

from certification.rules.packs import FRESH_DAYS, Part
from core.forms import ChecksField, DateField, RecordForm, choices, needed
from core.i18n import _l

_CHOOSE = _l("Please choose one.")


class PackForm(RecordForm):
    """What a pack is to hold; travels in the address until it is ordered, so that going back loses nothing."""

    framework = SelectField(_l("Framework"), validators=[validators.InputRequired(message=_CHOOSE)])
    unit = SelectField(_l("Unit"), validators=[validators.InputRequired(message=_CHOOSE)])
    first = DateField(_l("From"), validators=[needed()])
    last = DateField(_l("Until, included"), validators=[needed()])
    language = RadioField(
        _l("Language of the pack"),
        choices=choices([("en", "English"), ("zh", "中文")]),
        validators=[validators.InputRequired(message=_CHOOSE)],
    )
    parts = ChecksField(
        _l("Parts"),
        choices=choices((part.value, part.label) for part in Part),
        validators=[validators.InputRequired(message=_l("Choose at least one part."))],
    )
    fresh_days = IntegerField(
        _l("Warn of figures older than"),
        default=FRESH_DAYS,
        validators=[
            needed(),
            validators.NumberRange(1, 1000, message=_l("Give a number of days from 1 to 1000.")),
        ],
    )

    def offer(self, frameworks: list[tuple[str, Any]], units: list[tuple[int, str]]) -> None:
        self.framework.choices = choices(frameworks, empty=_l("Choose the framework"))
        self.unit.choices = choices(units)


class OrderForm(RecordForm):
    """The button that orders or repeats a pack."""
