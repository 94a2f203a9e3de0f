from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Person, Unit
from core import clock
from core.db import Editable, Keyed, Model, unit_ref
from core.files import StoredFile
from core.i18n import pick
from improvement.models import Ticket
from reviews.rules.agenda import BY_KEY
from reviews.rules.states import DecisionState, decision_state


class Review(Editable, Model):
    """A management review of a unit and what lies under it, over a period."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("state IN ('planned','prepared','held','signed','cancelled')", name="state"),
        CheckConstraint("last_day >= first_day", name="period"),
        CheckConstraint("state <> 'cancelled' OR cancelled_reason <> ''", name="cancelled_reason"),
        Index("ix_review_state_meets_on", "state", "meets_on", "id"),
        Index("ix_review_meets_on", "meets_on", "id"),
    )

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # REV-2026-0001
    title_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    title_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    frameworks: Mapped[list[str]] = mapped_column(JSON, nullable=False, default=list)  # codes
    first_day: Mapped[date] = mapped_column(Date, nullable=False)
    last_day: Mapped[date] = mapped_column(Date, nullable=False)
    meets_on: Mapped[date] = mapped_column(Date, nullable=False)
    place: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    guests: Mapped[str] = mapped_column(Text, nullable=False, default="")
    chair_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    repeat_months: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    state: Mapped[str] = mapped_column(String(20), nullable=False, default="planned")
    state_since: Mapped[datetime] = mapped_column(default=clock.now)
    prepared_at: Mapped[datetime | None] = mapped_column()
    held_at: Mapped[datetime | None] = mapped_column()  # the figures stand as of this moment
    signed_at: Mapped[datetime | None] = mapped_column()
    minutes_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    minutes_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    cancelled_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("review.id"), unique=True)

    unit: Mapped[Unit] = relationship()
    chair: Mapped[Person | None] = relationship()

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)

    @property
    def minutes(self) -> str:
        return pick(self.minutes_en, self.minutes_zh)

    @property
    def is_frozen(self) -> bool:
        return self.held_at is not None


class ReviewMember(Keyed, Model):
    """Somebody who takes part beside the chair."""

    __tablename__ = "review_member"
    __table_args__ = (UniqueConstraint("review_id", "person_id"),)

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"), nullable=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)

    person: Mapped[Person] = relationship()


class AgendaItem(Editable, Model):
    """One input, or a matter of the review's own. `content` is empty until the meeting: figures are live before."""

    __tablename__ = "agenda_item"
    __table_args__ = (
        CheckConstraint("kind <> 'own' OR title_en <> '' OR title_zh <> ''", name="own_title"),
        CheckConstraint("NOT (discussed AND skipped_reason <> '')", name="discussed"),
        Index("ix_agenda_item_review_position", "review_id", "position", "id"),
    )

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False)
    kind: Mapped[str] = mapped_column(String(30), nullable=False)
    required: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    title_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    title_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    comment: Mapped[str] = mapped_column(Text, nullable=False, default="")
    discussed: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    skipped_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    content: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))

    @property
    def title(self) -> str:
        found = BY_KEY.get(self.kind)
        return str(found.label) if found else pick(self.title_en, self.title_zh)

    @property
    def hint(self) -> str:
        found = BY_KEY.get(self.kind)
        return str(found.hint) if found else ""

    @property
    def is_settled(self) -> bool:
        """Discussed, or left out with a reason."""
        return self.discussed or bool(self.skipped_reason)

    @property
    def signed_part(self) -> dict[str, Any]:
        """What the signature under the minutes holds of this item."""
        return {
            "position": self.position,
            "kind": self.kind,
            "title": [self.title_en, self.title_zh],
            "comment": self.comment,
            "discussed": self.discussed,
            "skipped": self.skipped_reason,
            "content": self.content,
        }


class Decision(Editable, Model):
    """What the meeting decided. It becomes a ticket or a task when the review is signed; a note stays as it is."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("review_id", "number"),
        CheckConstraint("kind IN ('ticket','task','note')", name="kind"),
        CheckConstraint("result IN ('improvement','change','resources')", name="result"),
        CheckConstraint("state IN ('pending','open','done')", name="state"),
        CheckConstraint("text_en <> '' OR text_zh <> ''", name="text"),
        Index("ix_decision_owner_id_state", "owner_id", "state"),
        Index("ix_decision_due", "due", "id"),
    )

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"), nullable=False)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id", ondelete="SET NULL"), index=True)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    kind: Mapped[str] = mapped_column(String(20), nullable=False)
    result: Mapped[str] = mapped_column(String(20), nullable=False, default="improvement")
    text_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    text_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), nullable=False, default="pending")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), unique=True)
    done_at: Mapped[datetime | None] = mapped_column()
    done_by_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    done_note: Mapped[str] = mapped_column(Text, nullable=False, default="")

    review: Mapped[Review] = relationship()
    item: Mapped[AgendaItem | None] = relationship()
    owner: Mapped[Person | None] = relationship()
    ticket: Mapped[Ticket | None] = relationship()

    @property
    def text(self) -> str:
        return pick(self.text_en, self.text_zh)

    @property
    def code(self) -> str:
        return f"{self.review.code}/{self.number}"

    @property
    def stands(self) -> DecisionState:
        return decision_state(self.kind, self.state, self.ticket.stage if self.ticket else None)

    @property
    def signed_part(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "kind": self.kind,
            "result": self.result,
            "text": [self.text_en, self.text_zh],
            "owner": self.owner_id,
            "due": self.due.isoformat() if self.due else None,
            "item": self.item_id,
        }


class Addendum(Keyed, Model):
    """What was put right after the signature; the signed text stays as it was."""

    __tablename__ = "review_addendum"

    review_id: Mapped[int] = mapped_column(
        ForeignKey("review.id", ondelete="CASCADE"), nullable=False, index=True
    )
    text: Mapped[str] = mapped_column(Text, nullable=False)
    written_at: Mapped[datetime] = mapped_column(default=clock.now)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    written_by_name: Mapped[str] = mapped_column(String(200), nullable=False)


class ReviewPrint(Keyed, Model):
    """The pack or the minutes as printed: one language, one moment."""

    __tablename__ = "review_print"

    review_id: Mapped[int] = mapped_column(
        ForeignKey("review.id", ondelete="CASCADE"), nullable=False, index=True
    )
    language: Mapped[str] = mapped_column(String(5), nullable=False)
    state: Mapped[str] = mapped_column(String(20), nullable=False)  # of the review when it was printed
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), nullable=False)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    file: Mapped[StoredFile] = relationship()
