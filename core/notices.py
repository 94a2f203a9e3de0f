"""Notices: what was assigned, is due or late, told in the application beside the mail, with a mark until it is read."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Index, Integer, String, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db import Keyed, Model, session
from core.errors import NotFound

KEPT_DAYS = 180
SHOWN = 200
KEY_PATH = 150  # of a key, the part that names the task


class Notice(Keyed, Model):
    """One thing told to one person, in their language. `key` names what is to be told only once."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index("ix_notice_person", "person_id", "read_at", "id"),
    )

    person_id: Mapped[int] = mapped_column(Integer, nullable=False)
    kind: Mapped[str] = mapped_column(String(60), nullable=False)
    text: Mapped[str] = mapped_column(String(300), nullable=False)
    path: Mapped[str] = mapped_column(String(300), nullable=False)
    key: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    read_at: Mapped[datetime | None] = mapped_column()


def note(person_id: int, text: str, path: str, *, kind: str, key: str | None = None) -> Notice:
    made = Notice(person_id=person_id, kind=kind, text=text[:300], path=path[:300], key=key)
    session.add(made)
    return made


def due_key(kind: str, path: str, due: date | None) -> str:
    """Names that a task fell due or became late (`kind`), whoever notices it first."""
    return f"{kind}:{path}"[:KEY_PATH] + f":{due}"


def told_keys(person_id: int, keys: list[str]) -> set[str]:
    """Which of these were told already."""
    found = session.scalars(
        select(Notice.key).where(Notice.person_id == person_id, Notice.key.in_(keys[:1000]))
    )
    return {key for key in found if key}


def list_for(person: Any) -> list[Notice]:
    """The latest, unread first."""
    return list(
        session.scalars(
            select(Notice)
            .where(Notice.person_id == person.id)
            .order_by(Notice.read_at.is_not(None), Notice.id.desc())
            .limit(SHOWN)
        )
    )


def list_unread_since(person_id: int, since: datetime) -> list[Notice]:
    return list(
        session.scalars(
            select(Notice)
            .where(Notice.person_id == person_id, Notice.read_at.is_(None), Notice.at >= since)
            .order_by(Notice.id)
            .limit(SHOWN)
        )
    )


def get_for(person: Any, notice_id: int) -> Notice:
    """The guarded door: one's own notices only."""
    found = session.get(Notice, notice_id)
    if found is None or found.person_id != person.id:
        raise NotFound
    return found


def read(notice: Notice) -> None:
    if notice.read_at is None:
        notice.read_at = clock.now()


def read_all(person: Any) -> None:
    session.execute(
        update(Notice)
        .where(Notice.person_id == person.id, Notice.read_at.is_(None))
        .values(read_at=clock.now())
    )


def forget_old() -> None:
    """Housekeeping: what was told half a year ago is in the records it was about."""
    session.execute(delete(Notice).where(Notice.at < clock.now() - timedelta(days=KEPT_DAYS)))
