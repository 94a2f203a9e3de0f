"""Electronic signatures: who signed which content of a record, in which meaning, with the password given again."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, trail
from core.db import Keyed, Model, session
from core.errors import RuleViolation
from core.i18n import _


class Signature(Keyed, Model):
    __tablename__ = "signature"
    __table_args__ = (Index("ix_signature_object", "object_type", "object_id"),)

    object_type: Mapped[str] = mapped_column(String(40), nullable=False)
    object_id: Mapped[int] = mapped_column(Integer, nullable=False)
    content_hash: Mapped[str] = mapped_column(String(64), nullable=False)
    meaning: Mapped[str] = mapped_column(String(40), nullable=False)
    statement: Mapped[str] = mapped_column(Text, nullable=False, default="")
    signer_id: Mapped[int] = mapped_column(Integer, nullable=False)
    signer_name: Mapped[str] = mapped_column(String(200), nullable=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    method: Mapped[str] = mapped_column(String(20), nullable=False, default="password")


def content_hash(content: Any) -> str:
    return hashlib.sha256(trail.as_json(content).encode()).hexdigest()


def sign(
    thing: Any,
    content: Any,
    *,
    meaning: str,
    actor: Any,
    password: str,
    check: Callable[[Any, str], bool],
    statement: str = "",
) -> Signature:
    """Sign the given content of a record. `check(actor, password)` is the door of accounts."""
    if not check(actor, password):
        raise RuleViolation(_("That is not your password. Nothing was signed."), field="password")
    session.flush()
    made = Signature(
        object_type=thing.__tablename__,
        object_id=thing.id,
        content_hash=content_hash(content),
        meaning=meaning,
        statement=statement,
        signer_id=actor.id,
        signer_name=actor.name,
    )
    session.add(made)
    trail.record(
        thing, "record.signed", actor=actor, changes={"meaning": meaning, "content": made.content_hash}
    )
    return made


def signatures_of(thing: Any) -> list[Signature]:
    return list(
        session.scalars(
            select(Signature)
            .where(Signature.object_type == thing.__tablename__, Signature.object_id == thing.id)
            .order_by(Signature.at)
        )
    )


def is_valid(signature: Signature, content: Any) -> bool:
    """Does the signature still stand for this content?"""
    return signature.content_hash == content_hash(content)
