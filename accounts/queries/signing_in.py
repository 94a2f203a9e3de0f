"""Sessions of people, and attempts to sign in."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from accounts import passwords
from accounts.models import Person, SignInAttempt, UserSession
from accounts.rules import ATTEMPTS, GLOBAL_ATTEMPTS, WINDOW_MINUTES, normal_email
from core import clock, trail
from core.db import session


def list_sessions(person: Person) -> list[UserSession]:
    return list(
        session.scalars(
            select(UserSession)
            .where(
                UserSession.person_id == person.id,
                UserSession.ended_at.is_(None),
                UserSession.expires_at > clock.now(),
            )
            .order_by(UserSession.id.desc())
        )
    )


def is_throttled(email: str, address: str, *, at: datetime | None = None) -> bool:
    """Ten failures in five minutes for a person or a network address refuse also the right password."""
    since = (at or clock.now()) - timedelta(minutes=WINDOW_MINUTES)
    hashed = passwords.token_hash(normal_email(email))
    counts = session.execute(
        select(
            func.count().filter(SignInAttempt.email_hash == hashed),
            func.count().filter(SignInAttempt.address == address),
            func.count(),
        ).where(SignInAttempt.at > since)
    ).one()
    return counts[0] >= ATTEMPTS or counts[1] >= ATTEMPTS or counts[2] >= GLOBAL_ATTEMPTS


def list_sign_ins(person: Person, limit: int = 12) -> list[trail.TrailEntry]:
    """Latest sign-ins of a person, refused ones too."""
    entry = trail.TrailEntry
    return list(
        session.scalars(
            select(entry)
            .where(
                entry.object_type == "person",
                entry.object_id == person.id,
                entry.action.in_(("sign_in.done", "sign_in.refused")),
            )
            .order_by(entry.seq.desc())
            .limit(limit)
        )
    )


def has_failed_too_often(email: str) -> bool:
    """Ten wrong passwords of a person in five minutes, at the sign-in or at signatures."""
    since = clock.now() - timedelta(minutes=WINDOW_MINUTES)
    hashed = passwords.token_hash(normal_email(email))
    count = session.scalar(
        select(func.count()).where(SignInAttempt.email_hash == hashed, SignInAttempt.at > since)
    )
    return (count or 0) >= ATTEMPTS
