from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Person, Unit
from core.db import Editable, Model, unit_ref
from core.i18n import pick
from standards.models.calendars import Calendar


class Standard(Editable, Model):
    """A service standard: the line that ties its versions together."""

    __tablename__ = "standard"

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # STD-0001
    title_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    title_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    service_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    service_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    grouping: Mapped[str] = mapped_column(
        String(20), nullable=False, default="provision"
    )  # basis | provision | support
    withdrawn_at: Mapped[datetime | None] = mapped_column()

    unit: Mapped[Unit] = relationship()
    owner: Mapped[Person] = relationship()

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)

    @property
    def service(self) -> str:
        return pick(self.service_en, self.service_zh)


class Version(Editable, Model):
    """One version of a standard. Only drafts are edited; at most one is effective (partial unique index)."""

    __tablename__ = "version"
    __table_args__ = (
        UniqueConstraint("standard_id", "number"),
        Index(
            "uq_version_effective",
            "standard_id",
            unique=True,
            sqlite_where=text("state = 'effective'"),
            postgresql_where=text("state = 'effective'"),
        ),
        CheckConstraint(
            "state IN ('draft','in_review','approved','effective','superseded','withdrawn')", name="state"
        ),
        CheckConstraint("state <> 'effective' OR effective_from IS NOT NULL", name="effective_from"),
    )

    standard_id: Mapped[int] = mapped_column(ForeignKey("standard.id"), nullable=False, index=True)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    state: Mapped[str] = mapped_column(String(20), nullable=False, default="draft", index=True)
    purpose_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    purpose_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    change_summary_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    change_summary_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime | None] = mapped_column()
    approved_at: Mapped[datetime | None] = mapped_column()
    effective_from: Mapped[datetime | None] = mapped_column(index=True)  # first instant in force
    effective_until: Mapped[datetime | None] = mapped_column()  # first instant not in force any more
    review_date: Mapped[date | None] = mapped_column(Date)
    review_comment: Mapped[str] = mapped_column(Text, nullable=False, default="")

    standard: Mapped[Standard] = relationship()
    author: Mapped[Person | None] = relationship(foreign_keys=[author_id])
    approver: Mapped[Person | None] = relationship(foreign_keys=[approver_id])

    @property
    def purpose(self) -> str:
        return pick(self.purpose_en, self.purpose_zh)

    @property
    def change_summary(self) -> str:
        return pick(self.change_summary_en, self.change_summary_zh)


class Requirement(Editable, Model):
    """One promise of a version. `code` (R1) stays the same through versions and ties measurements together.

    timing: from_milestone, to_milestone, limit ("5 working days", standards.rules.timing), target, population
    filter, pauses, calendar. staffing and content: `rule` (see standards.rules).
    """

    __tablename__ = "requirement"
    __table_args__ = (
        UniqueConstraint("version_id", "code"),
        CheckConstraint("kind IN ('timing','content','staffing')", name="kind"),
        CheckConstraint("target IS NULL OR (target > 0 AND target <= 1)", name="target"),
    )

    version_id: Mapped[int] = mapped_column(
        ForeignKey("version.id", ondelete="CASCADE"), nullable=False, index=True
    )
    code: Mapped[str] = mapped_column(String(10), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    kind: Mapped[str] = mapped_column(String(10), nullable=False)
    statement_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    statement_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    dimension: Mapped[str] = mapped_column(String(20), nullable=False, default="")  # SERVQUAL
    kano: Mapped[str] = mapped_column(
        String(20), nullable=False, default=""
    )  # basic | performance | excitement
    verification: Mapped[str] = mapped_column(Text, nullable=False, default="")
    evidence_expected: Mapped[str] = mapped_column(Text, nullable=False, default="")
    target: Mapped[float | None] = mapped_column(Float)
    from_milestone: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    to_milestone: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    limit: Mapped[str] = mapped_column("time_limit", String(60), nullable=False, default="")
    population: Mapped[dict[str, list[str]]] = mapped_column(JSON, nullable=False, default=dict)
    pauses: Mapped[list[list[str]]] = mapped_column(JSON, nullable=False, default=list)
    calendar_id: Mapped[int | None] = mapped_column(ForeignKey("calendar.id"))
    rule: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)

    version: Mapped[Version] = relationship()
    calendar: Mapped[Calendar | None] = relationship()

    @property
    def statement(self) -> str:
        return pick(self.statement_en, self.statement_zh)
