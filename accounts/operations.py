import secrets
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import current_app
from sqlalchemy import delete, select, update

from accounts import passwords, queries
from accounts.models import Grant, Organisation, PasswordReset, Person, SignInAttempt, Unit, UserSession
from accounts.rules import RESET_HOURS, SESSION_DAYS, WINDOW_MINUTES, Role, normal_email, password_problem
from core import clock, mail, trail
from core.db import expect_version, mode, session
from core.errors import RuleViolation
from core.i18n import LANGUAGES, _, _l

# --- units and people ----------------------------------------------------------------------------------------


def _check_zone(name: str) -> None:
    if not name:
        return
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise RuleViolation(
            _("“%(name)s” is not a time zone. Use a name like Asia/Shanghai.", name=name), field="time_zone"
        ) from error


def open_organisation(*, name_en: str, name_zh: str, time_zone: str, code: str = "ORG") -> Unit:
    """First step of an installation: the organisation and the root of its tree."""
    if queries.find_root() is not None:
        raise RuleViolation(_("The organisation exists already."))
    _check_zone(time_zone)
    session.add(Organisation(name_en=name_en, name_zh=name_zh, time_zone=time_zone))
    root = Unit(code=code, name_en=name_en, name_zh=name_zh, kind="organisation", time_zone=time_zone)
    session.add(root)
    session.flush()
    root.path = f"/{root.id}/"
    trail.record(root, "organisation.opened", actor=None, changes={"name": name_en or name_zh})
    return root


def add_unit(
    *,
    code: str,
    name_en: str = "",
    name_zh: str = "",
    parent: Unit,
    kind: str = "division",
    time_zone: str = "",
    actor: Any,
) -> Unit:
    if not name_en and not name_zh:
        raise RuleViolation(_("Give the unit a name in at least one language."), field="name_en")
    if queries.find_unit_by_code(code) is not None:
        raise RuleViolation(_("There is a unit with the code %(code)s already.", code=code), field="code")
    _check_zone(time_zone)
    made = Unit(
        code=code, name_en=name_en, name_zh=name_zh, parent_id=parent.id, kind=kind, time_zone=time_zone
    )
    session.add(made)
    session.flush()
    made.path = f"{parent.path}{made.id}/"
    trail.record(made, "unit.added", actor=actor, changes={"name": name_en or name_zh, "parent": parent.code})
    return made


def change_unit(unit: Unit, *, seen: int | None, actor: Any, **values: Any) -> None:
    expect_version(unit, seen, what=unit.name, fields=list(values))
    if not values.get("name_en", unit.name_en) and not values.get("name_zh", unit.name_zh):
        raise RuleViolation(_("Give the unit a name in at least one language."), field="name_en")
    _check_zone(values.get("time_zone", ""))
    code = values.get("code", unit.code)
    other = queries.find_unit_by_code(code)
    if other is not None and other.id != unit.id:
        raise RuleViolation(_("There is a unit with the code %(code)s already.", code=code), field="code")
    if values.get("active") is False and unit.parent_id is None:
        raise RuleViolation(_("The organisation itself can't be closed."), field="active")
    changes = trail.changed(unit, values)
    if changes:
        trail.record(unit, "unit.changed", actor=actor, changes=changes)


def move_unit(unit: Unit, parent: Unit, *, actor: Any) -> None:
    """Hang a unit and all below it under another; what lies under it moves in one statement a unit."""
    if unit.parent_id is None:
        raise RuleViolation(_("The organisation itself can't be moved."), field="parent_id")
    if parent.path.startswith(unit.path):
        raise RuleViolation(_("A unit can't be moved below itself."), field="parent_id")
    if parent.id == unit.parent_id:
        return
    before = unit.path
    after = f"{parent.path}{unit.id}/"
    below = list(session.scalars(select(Unit).where(Unit.path.startswith(before, autoescape=True))))
    for item in below:
        item.path = after + item.path[len(before) :]
    unit.parent_id = parent.id
    trail.record(unit, "unit.moved", actor=actor, changes={"path": (before, after)})


def add_person(
    *,
    email: str,
    name: str,
    unit: Unit,
    language: str = "en",
    time_zone: str = "",
    password: str | None = None,
    actor: Any,
    invite: bool = False,
) -> Person:
    """A new person; without a password they choose one by the invitation mail."""
    address = normal_email(email)
    if "@" not in address or len(address) > 254:
        raise RuleViolation(_("“%(email)s” is not an e-mail address.", email=email), field="email")
    if queries.find_person_by_email(address) is not None:
        raise RuleViolation(_("Somebody with this e-mail address is registered already."), field="email")
    if language not in LANGUAGES:
        raise RuleViolation(_("The language must be en or zh."), field="language")
    _check_zone(time_zone)
    made = Person(email=address, name=name, unit_id=unit.id, language=language, time_zone=time_zone)
    if password is not None:
        _set_password(made, password)
    session.add(made)
    session.flush()
    trail.record(made, "person.added", actor=actor, changes={"email": address, "unit": unit.code}, code=name)
    if invite:
        _send_reset(made, invitation=True)
    return made


def change_person(person: Person, *, seen: int | None, actor: Any, **values: Any) -> None:
    expect_version(person, seen, what=person.name, fields=list(values))
    if "email" in values:
        values["email"] = normal_email(values["email"])
        other = queries.find_person_by_email(values["email"])
        if other is not None and other.id != person.id:
            raise RuleViolation(_("Somebody with this e-mail address is registered already."), field="email")
    _check_zone(values.get("time_zone", ""))
    if values.get("active") is False and person.id == getattr(actor, "id", None):
        raise RuleViolation(_("You can't close your own account."), field="active")
    changes = trail.changed(person, values)
    if not changes:
        return
    if changes.get("active") == (True, False):
        end_all_sessions(person)
    trail.record(person, "person.changed", actor=actor, changes=changes, code=person.name)


def grant(
    person: Person,
    role: Role,
    unit: Unit,
    *,
    actor: Any,
    from_date: date | None = None,
    until_date: date | None = None,
) -> Grant:
    """Give a role at a unit and below. Seen by every server process at the person's next request."""
    if until_date is not None and until_date <= (from_date or clock.now().date()):
        raise RuleViolation(_("The last day must lie after the first."), field="until_date")
    for held in queries.list_grants(person):
        if (
            held.role == role
            and held.unit_id == unit.id
            and held.revoked_at is None
            and (held.from_date == from_date)
        ):
            raise RuleViolation(_("%(name)s holds this role there already.", name=person.name), field="role")
    made = Grant(
        person_id=person.id, role=role.value, unit_id=unit.id, from_date=from_date, until_date=until_date
    )
    session.add(made)
    session.flush()
    trail.record(
        person,
        "role.granted",
        actor=actor,
        code=person.name,
        changes={"role": role.value, "unit": unit.code, "from": from_date, "until": until_date},
    )
    return made


def revoke(held: Grant, *, actor: Any) -> None:
    if held.revoked_at is not None:
        return
    if held.role == Role.administrator and held.person_id == getattr(actor, "id", None):
        raise RuleViolation(_("You can't take the administrator's role from yourself."))
    held.revoked_at = clock.now()
    trail.record(
        held.person,
        "role.revoked",
        actor=actor,
        code=held.person.name,
        changes={"role": held.role, "unit": held.unit.code},
    )


# --- passwords and sessions ----------------------------------------------------------------------------------

_PROBLEMS = {
    "short": _l("Please use at least 10 characters; a few words are easy to remember."),
    "long": _l("Please use at most 200 characters."),
    "common": _l("This password is among the first that anybody would try."),
    "own": _l("Please don't use your own name or address as password."),
}


def _set_password(person: Person, password: str) -> None:
    problem = password_problem(password, email=person.email, name=person.name)
    if problem:
        raise RuleViolation(_PROBLEMS[problem], field="password")
    person.password_hash = passwords.make(password)
    person.password_changed_at = clock.now()


def check_password(person: Any, password: str) -> bool:
    """For signatures: the password given again."""
    return passwords.matches(person.password_hash, password)


def sign_in(email: str, password: str, *, address: str, browser: str) -> tuple[Person, str] | None:
    """Check, throttle and open a session in transactions of its own; gives the person and the new token.

    Hashing takes long and happens outside of any transaction. The answer is the same, in the same time, whether
    the address is unknown, the password wrong or the account closed. A throttled address is refused even with the
    right password.
    """
    with mode("read"):
        throttled = queries.is_throttled(email, address)
        person = queries.find_person_by_email(email)
        stored = person.password_hash if person is not None and person.active else ""
        person_id = person.id if person is not None else None
        session.rollback()
    right = passwords.matches(stored, password)
    with mode("write"):
        if throttled or not right or person_id is None:
            session.add(SignInAttempt(email_hash=passwords.token_hash(normal_email(email)), address=address))
            if person_id is not None:
                known = queries.get_person(person_id)
                trail.record(
                    known, "sign_in.refused", actor=None, code=known.name, changes={"address": address}
                )
            session.commit()
            return None
        known = queries.get_person(person_id)
        token = open_session(known, address=address, browser=browser)
        trail.record(known, "sign_in.done", actor=known, code=known.name, changes={"address": address})
        session.commit()
        return known, token


def open_session(person: Person, *, address: str, browser: str) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            person_id=person.id,
            token_hash=passwords.token_hash(token),
            expires_at=clock.now() + timedelta(days=SESSION_DAYS),
            address=address[:60],
            browser=browser[:200],
        )
    )
    return token


def end_session(token: str) -> None:
    session.execute(
        update(UserSession)
        .where(UserSession.token_hash == passwords.token_hash(token))
        .values(ended_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def end_one_session(person: Person, session_id: int, *, actor: Any) -> None:
    for item in queries.list_sessions(person):
        if item.id == session_id:
            item.ended_at = clock.now()
            trail.record(person, "session.ended", actor=actor, code=person.name)


def end_all_sessions(person: Person, *, but: str | None = None) -> None:
    keep = passwords.token_hash(but) if but else ""
    session.execute(
        update(UserSession)
        .where(
            UserSession.person_id == person.id, UserSession.ended_at.is_(None), UserSession.token_hash != keep
        )
        .values(ended_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def change_password(person: Person, *, old: str, new: str, token: str | None) -> None:
    """Own password; every other browser is signed out."""
    if not passwords.matches(person.password_hash, old):
        raise RuleViolation(_("That is not your present password."), field="old")
    _set_password(person, new)
    end_all_sessions(person, but=token)
    trail.record(person, "password.changed", actor=person, code=person.name)


def ask_reset(email: str) -> None:
    """Send a reset link if the address is known; the asker learns nothing either way."""
    person = queries.find_person_by_email(email)
    if person is None or not person.active:
        return
    recent = session.scalar(
        select(PasswordReset.id)
        .where(
            PasswordReset.person_id == person.id,
            PasswordReset.used_at.is_(None),
            PasswordReset.created_at > clock.now() - timedelta(minutes=1),
        )
        .limit(1)
    )
    if recent is None:
        _send_reset(person, invitation=False)


def _send_reset(person: Person, *, invitation: bool) -> None:
    token = secrets.token_urlsafe(32)
    session.add(
        PasswordReset(
            person_id=person.id,
            token_hash=passwords.token_hash(token),
            expires_at=clock.now() + timedelta(hours=RESET_HOURS * (36 if invitation else 1)),
            invitation=invitation,
        )
    )
    mail.post(
        to=person,
        template="invitation" if invitation else "password_reset",
        subject=_l("Your access to Plumbline") if invitation else _l("Choose a new password for Plumbline"),
        context={"link": f"{current_app.config['BASE_URL']}/reset/{token}", "hours": RESET_HOURS},
        kind="invitation" if invitation else "password_reset",
    )
    trail.record(person, "password.reset_sent", actor=None, code=person.name)


def find_reset(token: str) -> PasswordReset | None:
    return session.scalar(
        select(PasswordReset).where(
            PasswordReset.token_hash == passwords.token_hash(token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > clock.now(),
        )
    )


def reset_password(token: str, new: str) -> Person:
    """Use a reset link once; all sessions of the person end."""
    found = find_reset(token)
    if found is None:
        raise RuleViolation(_("This link has been used or has expired. Ask for a new one."))
    person = queries.get_person(found.person_id)
    _set_password(person, new)
    found.used_at = clock.now()
    end_all_sessions(person)
    trail.record(person, "password.reset", actor=person, code=person.name)
    return person


def change_preferences(person: Person, *, actor: Any, **values: Any) -> None:
    """Language, zone, density, theme: a person's own choices."""
    if values.get("language") not in {None, *LANGUAGES}:
        raise RuleViolation(_("The language must be en or zh."), field="language")
    _check_zone(values.get("time_zone", ""))
    changes = trail.changed(person, values)
    if changes:
        trail.record(person, "preferences.changed", actor=actor, changes=changes, code=person.name)


def forget_old_attempts() -> None:
    """Housekeeping: throttling looks back five minutes only."""
    session.execute(
        delete(SignInAttempt).where(SignInAttempt.at < clock.now() - timedelta(minutes=WINDOW_MINUTES * 12))
    )
