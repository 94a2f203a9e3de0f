from typing import Any

from wtforms import BooleanField, SelectField, StringField, validators

from accounts import queries as accounts
from core.forms import ChecksField, OneOf, RecordForm, choices, line, number_or_none, stripped
from core.i18n import _, _l
from standards.permissions import WRITE
from standards.rules.journeys import Channel


def _name() -> StringField:
    return StringField(
        _l("Name (English)"),
        filters=[stripped],
        validators=[
            OneOf("name_zh", _l("Give a name in at least one language.")),
            validators.Length(max=200),
        ],
    )


class StageForm(RecordForm):
    name_en = _name()
    name_zh = line(_l("Name (Chinese)"))


class ServiceForm(StageForm):
    unit_id = SelectField(_l("Unit"), coerce=int)

    def offer(self, person: Any) -> "ServiceForm":
        self.unit_id.choices = choices(accounts.unit_choices(person, WRITE))
        return self


class JourneyForm(StageForm):
    customers_en = line(_l("Customer group (English)"))
    customers_zh = line(_l("Customer group (Chinese)"))
    unit_id = SelectField(_l("Unit"), coerce=int)
    service_id = SelectField(_l("Service"), coerce=number_or_none)

    def offer(self, person: Any, services: list[tuple[int, str]]) -> "JourneyForm":
        self.unit_id.choices = choices(accounts.unit_choices(person, WRITE))
        self.service_id.choices = choices(services, empty=_("none"))
        return self


class TouchpointForm(StageForm):
    channel = SelectField(
        _l("Channel"),
        choices=choices((channel.value, channel.label) for channel in Channel),
        default=Channel.counter.value,
    )
    moment_of_truth = BooleanField(_l("A moment of truth: here customers make up their minds about us"))
    stage_id = SelectField(_l("Stage"), coerce=int)


class ChecksForm(RecordForm):
    """Boxes to choose records by; the page prints them in groups."""

    chosen = ChecksField(
        "",
        coerce=number_or_none,
        validate_choice=False,
    )
