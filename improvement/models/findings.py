from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Person, Unit
from core.db import Editable, Model, unit_ref
from core.files import StoredFile
from core.i18n import pick
from improvement.models.tickets import Ticket


def _when_given(name: str) -> Index:
    """An index of the rows that have a value: most findings hang on none of these, and are written all the faster."""
    given = text(f"{name} IS NOT NULL")
    return Index(f"ix_finding_{name}", name, sqlite_where=given, postgresql_where=given)


class Finding(Editable, Model):
    """A shortfall or remark from anywhere, with its figures frozen as they stood."""

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("dedup_key"),
        CheckConstraint("state IN ('new','accepted','verified','closed','dismissed','merged')", name="state"),
        CheckConstraint("grade IN ('major','minor','ofi','strength','signal')", name="grade"),
        CheckConstraint("state <> 'dismissed' OR dismissed_reason <> ''", name="dismissed_reason"),
        Index("ix_finding_raised", "raised_at", "id"),
        Index("ix_finding_state_raised", "state", "raised_at", "id"),
        Index("ix_finding_state_due", "state", "due", "id"),
        Index("ix_finding_due", "due", "id"),
        *(_when_given(name) for name in ("standard_id", "requirement_id", "clause_id", "ticket_id")),
    )

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # FND-2026-0001
    origin: Mapped[str] = mapped_column(
        String(20), nullable=False
    )  # delivery|satisfaction|audit|complaint|review|person
    origin_label: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    origin_ref: Mapped[str] = mapped_column(
        String(200), nullable=False, default=""
    )  # "kind:id", app/wiring.py knows the page
    grade: Mapped[str] = mapped_column(String(10), nullable=False, default="signal")
    state: Mapped[str] = mapped_column(String(20), nullable=False, default="new")
    statement_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    statement_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    detail: Mapped[str] = mapped_column(Text, nullable=False, default="")
    figures: Mapped[list[dict[str, Any]]] = mapped_column(JSON, nullable=False, default=list)
    unit_id: Mapped[int] = unit_ref()
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standard.id"))
    requirement_code: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    requirement_id: Mapped[int | None] = mapped_column(ForeignKey("requirement.id"))
    clause_id: Mapped[int | None] = mapped_column(ForeignKey("clause.id"))
    raised_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    raised_by_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    raised_at: Mapped[datetime] = mapped_column(nullable=False)
    seen_again_at: Mapped[datetime | None] = (
        mapped_column()
    )  # last time the same shortfall was measured again
    due: Mapped[date | None] = mapped_column(Date)  # triage until
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    dismissed_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    dedup_key: Mapped[str | None] = mapped_column(
        String(200)
    )  # kept while open, dismissed or merged (not raised again); cleared when closed (may come back)
    file_id: Mapped[int | None] = mapped_column(
        ForeignKey("stored_file.id")
    )  # a photo or paper given with it

    unit: Mapped[Unit] = relationship()
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    ticket: Mapped[Ticket | None] = relationship()
    file: Mapped[StoredFile | None] = relationship()

    @property
    def statement(self) -> str:
        return pick(self.statement_en, self.statement_zh)
