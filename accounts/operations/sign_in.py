import secrets
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, update

from accounts import passwords, queries
from accounts.models import PasswordReset, Person, SignInAttempt, UserSession
from accounts.rules import (
    INVITATION_HOURS,
    RESET_HOURS,
    SESSION_DAYS,
    WINDOW_MINUTES,
    normal_email,
    password_problem,
)
from core import clock, mail, trail
from core.db import mode, session, survive
from core.errors import RuleViolation
from core.i18n import _, _l

_PROBLEMS = {
    "short": _l("Please use at least 10 characters; a few words are easy to remember."),
    "long": _l("Please use at most 200 characters."),
    "common": _l("This password is among the first that anybody would try."),
    "own": _l("Please don't use your own name or address as password."),
}


def set_password(person: Person, password: str) -> None:
    problem = password_problem(password, email=person.email, name=person.name)
    if problem:
        raise RuleViolation(_PROBLEMS[problem], field="password")
    person.password_hash = passwords.make(password)
    person.password_changed_at = clock.now()


def check_password(person: Any, password: str) -> bool:
    """The password given again, for signatures and one's own account; wrong ones count like those at the sign-in.

    The attempt and its trail entry are kept although the signature is refused.
    """
    if queries.has_failed_too_often(person.email):
        raise RuleViolation(_("Too many wrong passwords. Wait five minutes and try again."), field="password")
    if passwords.matches(person.password_hash, password):
        return True
    person_id, email, name = person.id, person.email, person.name

    def keep() -> None:
        session.add(
            SignInAttempt(email_hash=passwords.token_hash(normal_email(email)), address=f"person {person_id}")
        )
        trail.record(queries.get_person(person_id), "password.refused", actor=None, code=name)

    survive(keep)
    return False


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


def end_other_sessions(person: Person, *, but: str, actor: Any) -> None:
    end_all_sessions(person, but=but)
    trail.record(person, "session.others_ended", actor=actor, code=person.name)


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
    if not check_password(person, old):
        raise RuleViolation(_("That is not your present password."), field="old")
    set_password(person, new)
    void_links(person)
    end_all_sessions(person, but=token)
    trail.record(person, "password.changed", actor=person, code=person.name)


def ask_reset(email: str) -> None:
    """Send a reset link if the address is known, in a transaction of its own; the asker learns nothing either way."""
    with mode("write"):
        _send_if_known(email)
        session.commit()


def _send_if_known(email: str) -> None:
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
        send_link(person, invitation=False)


def send_link(person: Person, *, invitation: bool, actor: Any = None) -> None:
    """Put the mail with a link for choosing a password into the outbox. The link begins with the configured address."""
    token = secrets.token_urlsafe(32)
    session.add(
        PasswordReset(
            person_id=person.id,
            token_hash=passwords.token_hash(token),
            expires_at=clock.now() + timedelta(hours=INVITATION_HOURS if invitation else RESET_HOURS),
            invitation=invitation,
        )
    )
    mail.post(
        to=person,
        template="invitation" if invitation else "password_reset",
        subject=_l("Your access to Plumbline") if invitation else _l("Choose a new password for Plumbline"),
        context={
            "link": f"{current_app.config['BASE_URL']}/reset/{mail.secret(token)}",
            "hours": RESET_HOURS,
        },
        kind="invitation" if invitation else "password_reset",
    )
    trail.record(person, "password.reset_sent", actor=actor, code=person.name)


def void_links(person: Person) -> None:
    """Links for a password that are still about lead nowhere from now on."""
    session.execute(
        update(PasswordReset)
        .where(PasswordReset.person_id == person.id, PasswordReset.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )


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
    set_password(person, new)
    found.used_at = clock.now()
    session.flush()
    void_links(person)
    end_all_sessions(person)
    trail.record(person, "password.reset", actor=person, code=person.name)
    return person


def forget_old_attempts() -> None:
    """Housekeeping: throttling looks back five minutes only."""
    session.execute(
        delete(SignInAttempt).where(SignInAttempt.at < clock.now() - timedelta(minutes=WINDOW_MINUTES * 12))
    )
