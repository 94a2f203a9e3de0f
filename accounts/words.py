"""How the trail of this room reads."""

from core.history import say
from core.i18n import _l

say(
    {
        "organisation.opened": _l("Organisation opened"),
        "unit.added": _l("Unit added"),
        "unit.changed": _l("Unit changed"),
        "unit.moved": _l("Unit moved"),
        "person.added": _l("Person added"),
        "person.changed": _l("Person changed"),
        "role.granted": _l("Role granted"),
        "role.revoked": _l("Role withdrawn"),
        "sign_in.done": _l("Signed in"),
        "sign_in.refused": _l("Sign-in refused"),
        "sign_out.done": _l("Signed out"),
        "session.ended": _l("Session ended"),
        "password.changed": _l("Password changed"),
        "password.reset_sent": _l("Link for a new password sent"),
        "password.reset": _l("Password chosen anew"),
        "preferences.changed": _l("Own settings changed"),
    },
    {
        "name": _l("Name"),
        "name_en": _l("Name (English)"),
        "name_zh": _l("Name (Chinese)"),
        "code": _l("Code"),
        "parent": _l("Belongs to"),
        "path": _l("Place in the tree"),
        "kind": _l("Kind"),
        "email": _l("E-mail"),
        "unit": _l("Unit"),
        "unit_id": _l("Unit"),
        "role": _l("Role"),
        "from": _l("From"),
        "until": _l("Until"),
        "language": _l("Language"),
        "time_zone": _l("Time zone"),
        "theme": _l("Theme"),
        "density": _l("Row height"),
        "active": _l("Active"),
        "address": _l("Network address"),
    },
)
