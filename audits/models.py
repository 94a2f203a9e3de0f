from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
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
from improvement.models import Finding
from standards.models import Clause, Standard


class Programme(Editable, Model):
    """What one unit means to audit in a year, and what for."""

    __tablename__ = "audit_programme"
    __table_args__ = (
        UniqueConstraint("unit_id", "year"),
        CheckConstraint("year BETWEEN 2000 AND 2100", name="year"),
    )

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # AUP-2026-0001
    unit_id: Mapped[int] = unit_ref()
    year: Mapped[int] = mapped_column(Integer, nullable=False)
    framework_ids: Mapped[list[int]] = mapped_column(JSON, nullable=False, default=list)
    objectives_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    objectives_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    risks: Mapped[str] = mapped_column(Text, nullable=False, default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    unit: Mapped[Unit] = relationship()
    owner: Mapped[Person | None] = relationship()

    @property
    def objectives(self) -> str:
        return pick(self.objectives_en, self.objectives_zh)


class Slot(Editable, Model):
    """A place in the year: this unit, about this, in this month. An audit fills it."""

    __tablename__ = "audit_slot"
    __table_args__ = (CheckConstraint("month BETWEEN 1 AND 12", name="month"),)

    programme_id: Mapped[int] = mapped_column(
        ForeignKey("audit_programme.id", ondelete="CASCADE"), nullable=False, index=True
    )
    unit_id: Mapped[int] = unit_ref()
    month: Mapped[int] = mapped_column(Integer, nullable=False)
    topic_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    topic_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    framework_id: Mapped[int | None] = mapped_column(ForeignKey("framework.id"))
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    programme: Mapped[Programme] = relationship()
    unit: Mapped[Unit] = relationship()
    lead: Mapped[Person | None] = relationship()

    @property
    def topic(self) -> str:
        return pick(self.topic_en, self.topic_zh)


class Audit(Editable, Model):
    """One audit of one unit and what lies under it."""

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint(
            "state IN ('scheduled','prepared','performed','reported','accepted','closed','cancelled')",
            name="state",
        ),
        CheckConstraint("ends_on >= starts_on", name="days"),
        CheckConstraint("state <> 'cancelled' OR cancelled_reason <> ''", name="cancelled_reason"),
        Index("ix_audit_state_starts_on", "state", "starts_on", "id"),
        Index("ix_audit_starts_on", "starts_on", "id"),
    )

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # AUD-2026-0001
    kind: Mapped[str] = mapped_column(String(20), nullable=False, default="system")
    title_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    title_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    objective: Mapped[str] = mapped_column(Text, nullable=False, default="")
    criteria: Mapped[str] = mapped_column(Text, nullable=False, default="")
    place: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    starts_on: Mapped[date] = mapped_column(Date, nullable=False)
    ends_on: Mapped[date] = mapped_column(Date, nullable=False)
    repeat_months: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    independence_months: Mapped[int] = mapped_column(Integer, nullable=False, default=24)
    state: Mapped[str] = mapped_column(String(20), nullable=False, default="scheduled")
    state_since: Mapped[datetime] = mapped_column(default=clock.now)
    conclusion_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    conclusion_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    performed_at: Mapped[datetime | None] = mapped_column()
    reported_at: Mapped[datetime | None] = mapped_column()
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None] = mapped_column()
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None] = mapped_column()
    cancelled_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("audit_slot.id", ondelete="SET NULL"), unique=True)
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"), unique=True)

    unit: Mapped[Unit] = relationship()
    slot: Mapped[Slot | None] = relationship()
    accepted_by: Mapped[Person | None] = relationship(foreign_keys=[accepted_by_id])
    reported_by: Mapped[Person | None] = relationship(foreign_keys=[reported_by_id])

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)

    @property
    def conclusion(self) -> str:
        return pick(self.conclusion_en, self.conclusion_zh)


class Scope(Keyed, Model):
    """One thing that an audit looks at: a unit, a clause or a service standard."""

    __tablename__ = "audit_scope"
    __table_args__ = (
        UniqueConstraint("audit_id", "unit_id"),
        UniqueConstraint("audit_id", "clause_id"),
        UniqueConstraint("audit_id", "standard_id"),
        CheckConstraint(
            "(CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN clause_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN standard_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one",
        ),
    )

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id", ondelete="CASCADE"), nullable=False)
    unit_id: Mapped[int | None] = unit_ref(nullable=True)
    clause_id: Mapped[int | None] = mapped_column(ForeignKey("clause.id"), index=True)
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standard.id"), index=True)

    audit: Mapped[Audit] = relationship()
    unit: Mapped[Unit | None] = relationship()
    clause: Mapped[Clause | None] = relationship()
    standard: Mapped[Standard | None] = relationship()


class Member(Keyed, Model):
    """Somebody of the team. `safeguard` is the written reason why a doubt about independence is acceptable."""

    __tablename__ = "audit_member"
    __table_args__ = (
        UniqueConstraint("audit_id", "person_id"),
        CheckConstraint("role IN ('lead','auditor','expert','observer')", name="role"),
    )

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id", ondelete="CASCADE"), nullable=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)
    role: Mapped[str] = mapped_column(String(20), nullable=False, default="auditor")
    safeguard: Mapped[str] = mapped_column(Text, nullable=False, default="")
    accepted_doubts: Mapped[list[str]] = mapped_column(JSON, nullable=False, default=list)
    safeguard_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    audit: Mapped[Audit] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    safeguard_by: Mapped[Person | None] = relationship(foreign_keys=[safeguard_by_id])


class Item(Editable, Model):
    """One question of a checklist with what was seen. `row_version` lets several auditors work side by side."""

    __tablename__ = "checklist_item"
    __table_args__ = (
        CheckConstraint("source IN ('clause','requirement','finding','own')", name="source"),
        CheckConstraint("nature IN ('requirement','guidance')", name="nature"),
        CheckConstraint(
            "result IN ('','conform','strength','ofi','minor','major','partly','not_met','na','not_sampled')",
            name="result",
        ),
        CheckConstraint("follow IN ('','ready','verified','refused')", name="follow"),
        Index("ix_checklist_item_audit_position", "audit_id", "position", "id"),
        Index("ix_checklist_item_audit_answered", "audit_id", "answered_at"),
    )

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id", ondelete="CASCADE"), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    section: Mapped[str] = mapped_column(
        String(120), nullable=False, default=""
    )  # "ISO 10002:2018 · 7", "STD-0004", "earlier", or empty
    section_en: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    section_zh: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    source: Mapped[str] = mapped_column(String(20), nullable=False, default="own")
    reference: Mapped[str] = mapped_column(String(120), nullable=False, default="")  # ISO 10002:2018 · 7.4
    nature: Mapped[str] = mapped_column(String(20), nullable=False, default="requirement")
    question_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    question_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    look_at: Mapped[list[dict[str, str]]] = mapped_column(JSON, nullable=False, default=list)
    clause_id: Mapped[int | None] = mapped_column(ForeignKey("clause.id"), index=True)
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standard.id"), index=True)
    requirement_id: Mapped[int | None] = mapped_column(ForeignKey("requirement.id"), index=True)
    requirement_code: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    earlier_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    result: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    note: Mapped[str] = mapped_column(Text, nullable=False, default="")
    answered_at: Mapped[datetime | None] = mapped_column()
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_by_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"), index=True)
    follow: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    follow_note: Mapped[str] = mapped_column(Text, nullable=False, default="")
    followed_at: Mapped[datetime | None] = mapped_column()
    followed_by_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")

    audit: Mapped[Audit] = relationship()
    clause: Mapped[Clause | None] = relationship()
    standard: Mapped[Standard | None] = relationship()
    unit: Mapped[Unit | None] = relationship()
    earlier: Mapped[Finding | None] = relationship(foreign_keys=[earlier_id])
    finding: Mapped[Finding | None] = relationship(foreign_keys=[finding_id])

    @property
    def question(self) -> str:
        return pick(self.question_en, self.question_zh)

    @property
    def looks(self) -> list[str]:
        return [pick(line.get("en"), line.get("zh")) for line in self.look_at]

    @property
    def is_guidance(self) -> bool:
        return self.nature == "guidance"

    @property
    def content(self) -> dict[str, Any]:
        """What the signature under the report holds of this item."""
        return {
            "question": [self.question_en, self.question_zh],
            "reference": self.reference,
            "result": self.result,
            "note": self.note,
            "finding": self.finding_id,
        }


class Photo(Keyed, Model):
    """A picture taken at an item, stored upright, without metadata, at most 1,600 px long."""

    __tablename__ = "checklist_photo"

    item_id: Mapped[int] = mapped_column(
        ForeignKey("checklist_item.id", ondelete="CASCADE"), nullable=False, index=True
    )
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), nullable=False)
    width: Mapped[int] = mapped_column(Integer, nullable=False)
    height: Mapped[int] = mapped_column(Integer, nullable=False)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(default=clock.now)

    item: Mapped[Item] = relationship()
    file: Mapped[StoredFile] = relationship()


class Report(Keyed, Model):
    """A report as it was printed: one language, one moment. A newer one does not take its place."""

    __tablename__ = "audit_report"

    audit_id: Mapped[int] = mapped_column(
        ForeignKey("audit.id", ondelete="CASCADE"), nullable=False, index=True
    )
    language: Mapped[str] = mapped_column(String(5), nullable=False)
    state: Mapped[str] = mapped_column(String(20), nullable=False)  # of the audit when it was printed
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), nullable=False)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    audit: Mapped[Audit] = relationship()
    file: Mapped[StoredFile] = relationship()
