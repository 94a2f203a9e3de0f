"""How the trail of this room reads."""

from typing import Any

from accounts import queries
from accounts.rules import Role, UnitKind
from core.history import everywhere, say
from core.i18n import _, _l, _lp


def _unit(value: Any) -> str:
    place = queries.places().get(value)
    return place.name if place is not None else str(_("a closed unit"))


def _people(value: Any) -> str:
    ids = value if isinstance(value, list) else [value]
    return ", ".join(queries.get_person(each).name for each in ids)


def _branch(path: Any) -> str:
    """A place in the tree by the names along it."""
    return " › ".join(_unit(int(part)) for part in str(path).split("/") if part)


CODES: dict[str, Any] = {
    "role": (Role,),
    "kind": (UnitKind,),
    "theme": ({"light": _l("Light"), "dark": _l("Dark")},),
    "density": ({"compact": _l("Compact")},),
    "mails": (
        {
            "each": _l("At once, one for each matter"),
            "daily": _l("One in the morning with everything new, due and late"),
            "none": _l("None: I look here"),
        },
    ),
}
FIELDS = {
    "name": _lp("record", "Name"),
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
    "mails": _l("Mails about my work"),
    "active": _l("Active"),
    "address": _l("Network address"),
}
say(
    {
        "organisation.opened": _l("Organisation opened"),
        "unit.added": _l("Unit added"),
        "unit.changed": _l("Unit changed"),
        "unit.moved": _l("Unit moved"),
        "role.granted": _l("Role granted"),
        "role.revoked": _l("Role withdrawn"),
        "sign_in.done": _l("Signed in"),
        "sign_in.refused": _l("Sign-in refused"),
        "sign_out.done": _l("Signed out"),
        "session.ended": _l("Session ended"),
        "session.others_ended": _l("All other sessions ended"),
        "password.changed": _l("Password changed"),
        "password.refused": _l("Wrong password, given again"),
        "password.reset_sent": _l("Link for a new password sent"),
        "password.reset": _l("Password chosen anew"),
    },
    FIELDS,
    values={"path": _branch},
    codes=CODES,
)
say(
    {
        "person.added": _l("Person added"),
        "person.changed": _l("Person changed"),
        "preferences.changed": _l("Own settings changed"),
    },
    {**FIELDS, "name": _l("Name")},
    codes=CODES,
)
everywhere(values={"unit_id": _unit, "owner_id": _people})


def browser_words(agent: str) -> str:
    """`Chrome · Windows` from what a browser says of itself."""
    browser = next(
        (
            name
            for mark, name in (
                ("MicroMessenger", "WeChat"),
                ("Edg", "Edge"),
                ("Firefox", "Firefox"),
                ("OPR", "Opera"),
                ("Chrome", "Chrome"),
                ("Safari", "Safari"),
            )
            if mark in agent
        ),
        agent.partition("/")[0][:40] or str(_("Unknown browser")),
    )
    system = next(
        (
            name
            for mark, name in (
                ("Android", "Android"),
                ("iPhone", "iPhone"),
                ("iPad", "iPad"),
                ("Windows", "Windows"),
                ("Mac OS", "macOS"),
                ("Linux", "Linux"),
            )
            if mark in agent
        ),
        "",
    )
    return f"{browser} · {system}" if system else browser


def unit_kind(kind: str) -> Any:
    return UnitKind(kind).label


def plain_word(value: Any) -> str:
    """A value of an import as people read it."""
    if value is True or value is False:
        return str(_("yes") if value else _("no"))
    if value in set(UnitKind):
        return str(UnitKind(value).label)
    return str(value)
