"""What respondents send. Nobody is signed in here: the token is the right, and nothing is noted about who.

A personal link is spent by one conditional UPDATE in the transaction that stores the answer, so it counts once however
often and at whatever moments it is sent; an answer sent twice meets the unique key of its first sending.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core import clock
from core.db import session, table_of
from satisfaction import tokens
from satisfaction.models import AnswerRate, Invitation, NamedResponse, Response, ResponseDraft
from satisfaction.queries.waves import Asked
from satisfaction.rules.items import Answers
from satisfaction.rules.waves import RATE_ANSWERS, RATE_DRAFTS, RATE_MINUTES, Door

DRAFT_DAYS = 30
DRAFT_MOST = 60_000

_response, _draft, _rate, _invitation = (
    table_of(Response),
    table_of(ResponseDraft),
    table_of(AnswerRate),
    table_of(Invitation),
)
_SPEND = (
    update(_invitation)
    .where(_invitation.c.id == bindparam("of_invitation"), _invitation.c.used.is_(False))
    .values(used=True)
)
_STORE = insert(_response).returning(_response.c.id)
_KNOWN = select(_response.c.id).where(_response.c.key_hash == bindparam("key"))
_FORGET = delete(_draft).where(_draft.c.key_hash == bindparam("key"))
_COUNT = (
    update(_rate)
    .where(_rate.c.key_hash == bindparam("key"))
    .values(counted=_rate.c.counted + 1)
    .returning(_rate.c.counted)
)


class Outcome(StrEnum):
    stored = "stored"
    again = "again"  # this very answer is there already
    spent = "spent"  # the personal link was used by another answer
    shut = "shut"
    full = "full"
    many = "many"  # too many from one network


def key_of(asked: Asked, token: str, answer: str) -> str:
    """Under which key an answering is kept. With a named personal link it is found again from any device."""
    if asked.invitation_id is not None and not asked.anonymous:
        return tokens.hashed(token, "answer")
    return tokens.hashed(answer, "answer")


def is_answered(key: str) -> bool:
    return session.connection().execute(_KNOWN, {"key": key}).first() is not None


def find_draft(key: str, wave_id: int) -> dict[str, list[str]]:
    row = (
        session.connection()
        .execute(select(_draft.c.answers).where(_draft.c.key_hash == key, _draft.c.wave_id == wave_id))
        .first()
    )
    found: dict[str, list[str]] = json.loads(row.answers) if row is not None else {}
    return found


def _within_rate(asked: Asked, address: str, kind: str, most: int) -> bool:
    """Counts one more from this network; personal links can't be guessed, so they are not counted."""
    if asked.invitation_id is not None:
        return True
    now = clock.now()
    slot = f"{now:%Y%m%d%H}{now.minute // RATE_MINUTES}"
    key = tokens.network(address, asked.wave_id, kind, slot)
    counted = session.connection().execute(_COUNT, {"key": key}).scalar()
    if counted is None:
        try:
            with session.begin_nested():
                session.execute(
                    insert(_rate).values(
                        key_hash=key, counted=1, until=now + timedelta(minutes=2 * RATE_MINUTES)
                    )
                )
        except IntegrityError:
            counted = session.connection().execute(_COUNT, {"key": key}).scalar()
    return (counted or 1) <= most


def save_draft(asked: Asked, key: str, answers: Mapping[str, list[str]], *, address: str) -> Outcome:
    """Keep what was entered so far, right or wrong."""
    if asked.door != Door.open:
        return Outcome.shut
    if asked.used or is_answered(key):
        return Outcome.again
    text = json.dumps(answers, ensure_ascii=False, separators=(",", ":"))
    if len(text) > DRAFT_MOST:
        return Outcome.many
    now = clock.now()
    kept = session.execute(
        update(_draft)
        .where(_draft.c.key_hash == key, _draft.c.wave_id == asked.wave_id)
        .values(answers=text, saved_at=now)
    )
    if not getattr(kept, "rowcount", 0):
        if not _within_rate(asked, address, "draft", RATE_DRAFTS):
            return Outcome.many
        try:
            with session.begin_nested():
                session.execute(
                    insert(_draft).values(key_hash=key, wave_id=asked.wave_id, answers=text, saved_at=now)
                )
        except IntegrityError:  # two tabs at the same moment
            return Outcome.again
    return Outcome.stored


def submit(asked: Asked, key: str, answers: Answers, *, language: str, channel: str, address: str) -> Outcome:
    """Store an answer, or say why not. Everything of it is in the transaction of this request."""
    if is_answered(key):
        return Outcome.again
    if asked.door != Door.open:
        return Outcome.shut
    if asked.used:
        return Outcome.spent
    if asked.quota is not None and _given(asked.wave_id) >= asked.quota:
        return Outcome.full
    if not _within_rate(asked, address, "answer", RATE_ANSWERS):
        return Outcome.many
    if asked.invitation_id is not None:
        spent = session.connection().execute(_SPEND, {"of_invitation": asked.invitation_id})
        if not spent.rowcount:
            return Outcome.spent
    now = clock.now()
    values: dict[str, Any] = {
        "wave_id": asked.wave_id,
        "key_hash": key,
        "codes": json.dumps(answers.codes, separators=(",", ":")),
        "texts": json.dumps(answers.texts, ensure_ascii=False, separators=(",", ":"))
        if answers.texts
        else "",
        "channel": channel,
        "language": language,
        "grouping": "" if asked.anonymous else asked.grouping,
        "weight": 1.0,
        "submitted_at": now.replace(hour=12, minute=0, second=0, microsecond=0) if asked.anonymous else now,
    }
    try:
        with session.begin_nested():
            response_id = session.connection().execute(_STORE, values).scalar_one()
    except IntegrityError:
        return Outcome.again
    if asked.invitation_id is not None and not asked.anonymous:
        session.execute(
            insert(table_of(NamedResponse)).values(
                invitation_id=asked.invitation_id,
                response_id=response_id,
                wave_id=asked.wave_id,
                anonymous=False,
            )
        )
    session.connection().execute(_FORGET, {"key": key})
    return Outcome.stored


def _given(wave_id: int) -> int:
    return (
        session.scalar(select(func.count()).select_from(_response).where(_response.c.wave_id == wave_id)) or 0
    )


def forget_old() -> int:
    """Housekeeping: drafts nobody came back to, counts of networks that are over."""
    now = clock.now()
    gone = session.execute(delete(_draft).where(_draft.c.saved_at < now - timedelta(days=DRAFT_DAYS)))
    session.execute(delete(_rate).where(_rate.c.until < now))
    return int(getattr(gone, "rowcount", 0) or 0)
