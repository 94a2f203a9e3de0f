from typing import Any

from wtforms import BooleanField, SelectField, validators

from core.forms import RecordForm, choices, line, text
from core.i18n import _l
from satisfaction.customers.rules import KIND_LABELS, LANGUAGES, LIMITS
from satisfaction.forms import AmountField, FileForm, TableForm

KINDS = choices((kind.value, label) for kind, label in KIND_LABELS.items())


class CustomerForm(RecordForm):
    code = line(_l("Customer code"), limit=LIMITS["code"], required=True)
    name = line(_l("Name"), limit=LIMITS["name"])
    kind = SelectField(_l("Customer group"), choices=KINDS)
    unit_id = SelectField(_l("Unit"), coerce=int)
    language = SelectField(_l("Language"), choices=choices(LANGUAGES.items()))
    email = line(_l("E-mail"), limit=LIMITS["email"], render_kw={"inputmode": "email", "autocomplete": "off"})
    phone = line(
        _l("Telephone"), limit=LIMITS["phone"], render_kw={"inputmode": "tel", "autocomplete": "off"}
    )
    region = line(_l("Region"), limit=LIMITS["region"], render_kw={"list": "values-region"})
    channel = line(_l("Channel"), limit=LIMITS["channel"], render_kw={"list": "values-channel"})
    segment = line(_l("Segment"), limit=LIMITS["segment"], render_kw={"list": "values-segment"})
    volume = AmountField(_l("Volume"), validators=[validators.Optional()])
    no_contact = BooleanField(_l("Do not contact"))

    @property
    def entries(self) -> dict[str, Any]:
        """What an operation takes, without code, unit and the wish not to be contacted."""
        made = {
            name: value
            for name, value in self.values.items()
            if name not in {"code", "unit_id", "no_contact"}
        }
        return {name: value if name == "volume" else value or "" for name, value in made.items()}


class ReasonForm(RecordForm):
    reason = text(_l("Reason"), required=True, limit=2000, rows=3)


class ImportForm(FileForm):
    unit_id = SelectField(_l("Unit"), coerce=int)


class ColumnsForm(TableForm):
    """What counts where the file says nothing."""

    kind = SelectField(_l("Customer group"), choices=KINDS)
    language = SelectField(_l("Language"), choices=choices(LANGUAGES.items()))
