from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError

from accounts import queries
from accounts.models import Grant, Person, Unit
from accounts.operations.sign_in import end_all_sessions, send_link, set_password, void_links
from accounts.operations.zones import check_zone
from accounts.permissions import ADMINISTER
from accounts.rules import Role, is_email, normal_email
from core import access, clock, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import LANGUAGES, _


def _email_taken() -> RuleViolation:
    return RuleViolation(_("Somebody with this e-mail address is registered already."), field="email")


def _checked_email(email: str) -> str:
    address = normal_email(email)
    if not is_email(address):
        raise RuleViolation(_("“%(email)s” is not an e-mail address.", email=email), field="email")
    return address


def check_reach(person: Person, actor: Any) -> None:
    """An account reaches as far as its roles: who may not administer all of them may not take the account over.

    Otherwise an administrator of a part could give a person of that part, who administers the whole, another
    address, and ask for a new password there.
    """
    if actor is None or not getattr(actor, "holdings", None) or actor.id == person.id:
        return
    for held in queries.list_grants(person):
        if held.revoked_at is None and not access.may(actor, ADMINISTER, held.unit.path):
            raise RuleViolation(
                _(
                    "%(name)s holds a role at %(unit)s, which you do not administer. An administrator there can do this.",
                    name=person.name,
                    unit=held.unit.name,
                ),
                field="email",
            )


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
    address = _checked_email(email)
    if not name.strip():
        raise RuleViolation(_("Give the person's name."), field="name")
    if queries.find_person_by_email(address) is not None:
        raise _email_taken()
    if language not in LANGUAGES:
        raise RuleViolation(_("The language must be en or zh."), field="language")
    check_zone(time_zone)
    made = Person(email=address, name=name, unit_id=unit.id, language=language, time_zone=time_zone)
    if password is not None:
        set_password(made, password)
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError as error:  # somebody else added the same address in the same moment
        raise _email_taken() from error
    trail.record(made, "person.added", actor=actor, changes={"email": address, "unit": unit.code}, code=name)
    if invite:
        send_link(made, invitation=True, actor=actor)
    return made


def change_person(person: Person, *, seen: int | None, actor: Any, **values: Any) -> None:
    expect_version(person, seen, what=person.name, fields=list(values))
    if "email" in values:
        values["email"] = _checked_email(values["email"])
        other = queries.find_person_by_email(values["email"])
        if other is not None and other.id != person.id:
            raise _email_taken()
    if values.get("language") not in {None, *LANGUAGES}:
        raise RuleViolation(_("The language must be en or zh."), field="language")
    check_zone(values.get("time_zone", ""))
    if (
        values.get("email", person.email) != person.email
        or values.get("active", person.active) != person.active
    ):
        check_reach(person, actor)
    if values.get("active") is False and person.id == getattr(actor, "id", None):
        raise RuleViolation(_("You can't close your own account."), field="active")
    changes = trail.changed(person, values)
    if not changes:
        return
    if "email" in changes or changes.get("active") == (True, False):
        end_all_sessions(person)
        void_links(person)
    trail.record(person, "person.changed", actor=actor, changes=changes, code=person.name)


def close_person(person: Person, *, actor: Any) -> None:
    """End an account: sign-in and sessions; what the person did keeps their name."""
    change_person(person, seen=None, actor=actor, active=False)


def reopen_person(person: Person, *, actor: Any) -> None:
    change_person(person, seen=None, actor=actor, active=True)


def invite(person: Person, *, actor: Any) -> None:
    """Send the link by which a person chooses the first password, or a new one."""
    if not person.active:
        raise RuleViolation(_("The account is closed. Open it again first."))
    check_reach(person, actor)
    send_link(person, invitation=not person.password_hash, actor=actor)


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
    if until_date is not None and until_date <= (from_date or queries.today()):
        raise RuleViolation(_("The last day must lie after the first."), field="until_date")
    if not unit.active:
        raise RuleViolation(_("“%(name)s” is closed.", name=unit.name), field="unit_id")
    for held in queries.list_grants(person):
        if held.role == role and held.unit_id == unit.id and held.from_date == from_date:
            if held.revoked_at is not None:
                return _give_again(held, until_date, actor=actor)
            raise RuleViolation(_("%(name)s holds this role there already.", name=person.name), field="role")
    made = Grant(
        person_id=person.id, role=role.value, unit_id=unit.id, from_date=from_date, until_date=until_date
    )
    session.add(made)
    session.flush()
    _record_grant(person, made, actor=actor)
    return made


def _give_again(held: Grant, until_date: date | None, *, actor: Any) -> Grant:
    held.revoked_at, held.until_date = None, until_date
    _record_grant(held.person, held, actor=actor)
    return held


def _record_grant(person: Person, held: Grant, *, actor: Any) -> None:
    trail.record(
        person,
        "role.granted",
        actor=actor,
        code=person.name,
        changes={
            "role": held.role,
            "unit": queries.get_unit(held.unit_id).code,
            "from": held.from_date,
            "until": held.until_date,
        },
    )


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


def change_preferences(person: Person, *, actor: Any, **values: Any) -> None:
    """Language, zone, density, theme: a person's own choices."""
    if values.get("language") not in {None, *LANGUAGES}:
        raise RuleViolation(_("The language must be en or zh."), field="language")
    check_zone(values.get("time_zone", ""))
    changes = trail.changed(person, values)
    if changes:
        trail.record(person, "preferences.changed", actor=actor, changes=changes, code=person.name)
