"""The organisation, its units and people, calendars and frameworks: before the first case of the log."""

import json
from pathlib import Path
from typing import Any

from flask import current_app

from accounts.operations import add_person, add_unit, grant, open_organisation
from accounts.rules import Role
from core.i18n import force_locale
from demo import content, marker
from demo.cast import PASSWORD, Cast
from standards.operations import calendars, frameworks


def open_it(cast: Cast) -> None:
    """Units, then people with their roles; the administrator opens the first door."""
    given = content.people()
    own = given["organisation"]
    root = open_organisation(
        name_en=own["name"]["en"], name_zh=own["name"]["zh"], time_zone=own["time_zone"], code=own["code"]
    )
    cast.units[root.code] = root.id
    for code, parent, kind, name_en, name_zh in given["units"]:
        made = add_unit(
            code=code, name_en=name_en, name_zh=name_zh, parent=cast.unit(parent), kind=kind, actor=None
        )
        cast.units[code] = made.id
    administrator = None
    for key, name, mailbox, language, home, role, place, *until in given["people"]:
        person = add_person(
            email=f"{mailbox}@binjiang.example",
            name=name,
            unit=cast.unit(home),
            language=language,
            time_zone=given["organisation"]["time_zone"],
            password=PASSWORD,
            actor=administrator,
        )
        cast.people[key] = person.id
        last = cast.timeline.day(until[0]) if until else None
        grant(person, Role(role), cast.unit(place), until_date=last, actor=administrator)
        administrator = administrator or cast.person(key)


def write_accounts() -> None:
    """The sign-ins that the sign-in page shows: one for each role."""
    (Path(current_app.config["DATA_DIR"]) / marker.ACCOUNTS).write_text(
        json.dumps(sign_ins(), ensure_ascii=False, indent=1), "utf-8"
    )


def sign_ins() -> list[dict[str, Any]]:
    given = content.people()
    by_key = {row[0]: row for row in given["people"]}
    names = {code: f"{zh} {en}" for code, _parent, _kind, en, zh in given["units"]}
    names[given["organisation"]["code"]] = " ".join(
        given["organisation"]["name"][language] for language in ("zh", "en")
    )
    shown = []
    for key in given["signs_in"]:
        _key, name, mailbox, language, _home, role, place, *_until = by_key[key]
        label = {}
        for code in ("en", "zh"):
            with force_locale(code):
                label[code] = str(Role(role).label)
        shown.append(
            {
                "name": name,
                "email": f"{mailbox}@binjiang.example",
                "password": PASSWORD,
                "role": role,
                "role_label": label,
                "unit": names[place],
                "language": language,
            }
        )
    return shown


def load_frameworks(_cast: Cast) -> None:
    frameworks.load_all()


def add_calendars(cast: Cast) -> None:
    for given in content.people()["calendars"]:
        made = calendars.add_calendar(
            code=given["code"],
            unit=cast.unit("BCS"),
            actor=cast.person("lin"),
            time_zone=cast.timeline.zone.key,
            definition={"week": given["week"], "country": given["country"]},
            name_en=given["name"]["en"],
            name_zh=given["name"]["zh"],
        )
        cast.calendars[given["code"]] = made.id
