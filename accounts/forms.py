from wtforms import PasswordField, StringField, validators

from core.forms import RecordForm, line, stripped
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
