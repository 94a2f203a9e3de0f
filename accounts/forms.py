from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, PasswordField, SelectField, StringField, validators

from accounts.rules import UnitKind
from core.forms import DateField, RecordForm, choices, line, stripped
from core.i18n import _l


class SignInForm(RecordForm):
    email = StringField(
        _l("E-mail"),
        filters=[stripped],
        validators=[validators.DataRequired(message=_l("Please fill this in.")), validators.Length(max=254)],
        render_kw={"autocomplete": "username", "type": "email", "autofocus": True},
    )
    password = PasswordField(
        _l("Password"),
        validators=[validators.DataRequired(message=_l("Please fill this in.")), validators.Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )


class ForgottenForm(RecordForm):
    email = line(_l("E-mail"), required=True, limit=254)


class NewPasswordForm(RecordForm):
    password = PasswordField(
        _l("New password"),
        validators=[
            validators.DataRequired(message=_l("Please fill this in.")),
            validators.EqualTo("again", message=_l("The two entries differ.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("New password, once more"),
        validators=[validators.DataRequired(message=_l("Please fill this in."))],
        render_kw={"autocomplete": "new-password"},
    )


def _zone(label: Any) -> StringField:
    """A time zone by name; the page offers the list of them for search (datalist)."""
    return StringField(
        label,
        filters=[stripped],
        validators=[validators.Optional(), validators.Length(max=60)],
        render_kw={"list": "zones", "autocomplete": "off", "spellcheck": "false"},
    )


LANGUAGE_CHOICES = [("en", "English"), ("zh", "中文")]


class PersonForm(RecordForm):
    name = line(_l("Name"), required=True)
    email = line(
        _l("E-mail"), required=True, limit=254, render_kw={"autocomplete": "off", "inputmode": "email"}
    )
    unit_id = SelectField(_l("Unit"), coerce=int)
    language = SelectField(_l("Language"), choices=choices(LANGUAGE_CHOICES))
    time_zone = _zone(_l("Time zone"))


class NewPersonForm(PersonForm):
    role = SelectField(_l("First role"), validators=[validators.Optional()])
    invite = BooleanField(_l("Send the invitation now"), default=True)


class GrantForm(RecordForm):
    role = SelectField(_l("Role"))
    unit_id = SelectField(_l("At"), coerce=int)
    from_date = DateField(_l("From"), validators=[validators.Optional()])
    until_date = DateField(_l("Until, this day not counted"), validators=[validators.Optional()])


class UnitForm(RecordForm):
    code = line(_l("Code"), required=True, limit=40)
    name_en = line(_l("Name (English)"))
    name_zh = line(_l("Name (Chinese)"))
    kind = SelectField(_l("Kind"), choices=choices((kind.value, kind.label) for kind in UnitKind))
    time_zone = _zone(_l("Time zone"))


class MoveUnitForm(RecordForm):
    parent_id = SelectField(_l("Belongs to"), coerce=int)


class AccountForm(RecordForm):
    name = line(_l("Name shown"), required=True)
    language = SelectField(_l("Language"), choices=choices(LANGUAGE_CHOICES))
    time_zone = _zone(_l("Time zone"))
    theme = SelectField(
        _l("Appearance"),
        choices=choices([("", _l("As the device")), ("light", _l("Light")), ("dark", _l("Dark"))]),
    )
    density = SelectField(_l("Row height"), choices=choices([("", _l("Roomy")), ("compact", _l("Compact"))]))
    mails = SelectField(
        _l("Mails about my work"),
        choices=choices(
            [
                ("each", _l("At once, one for each matter")),
                ("daily", _l("One in the morning with everything new, due and late")),
                ("none", _l("None: I look here")),
            ]
        ),
    )


class ChangePasswordForm(NewPasswordForm):
    old = PasswordField(
        _l("Present password"),
        validators=[validators.DataRequired(message=_l("Please fill this in.")), validators.Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )


class ImportForm(RecordForm):
    file = FileField(_l("File (CSV or XLSX)"), validators=[FileRequired(message=_l("Choose a file."))])
