from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Unit
from core import clock
from core.db import Editable, Keyed, Model, unit_ref
from core.files import StoredFile
from core.i18n import pick
from standards.models import Standard


class EventLog(Editable, Model):
    """A log of service events: what its columns mean, remembered from the first import. Cases live in Parquet."""

    __tablename__ = "event_log"

    code: Mapped[str] = mapped_column(String(40), nullable=False, unique=True)
    name_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    mapping: Mapped[dict[str, Any]] = mapped_column(
        JSON, nullable=False, default=dict
    )  # the `log:` part of cli.md
    unit_column: Mapped[str] = mapped_column(String(120), nullable=False, default="")
    unit_values: Mapped[dict[str, int]] = mapped_column(
        JSON, nullable=False, default=dict
    )  # value in the file → unit id
    group_columns: Mapped[list[str]] = mapped_column(JSON, nullable=False, default=list)
    measured_until: Mapped[datetime | None] = mapped_column()  # as_of of the newest batch

    unit: Mapped[Unit] = relationship()

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)


class LogStandard(Keyed, Model):
    """This log proves the timing requirements of this standard."""

    __tablename__ = "log_standard"
    __table_args__ = (UniqueConstraint("event_log_id", "standard_id"),)

    event_log_id: Mapped[int] = mapped_column(ForeignKey("event_log.id"), nullable=False)
    standard_id: Mapped[int] = mapped_column(ForeignKey("standard.id"), nullable=False, index=True)

    event_log: Mapped[EventLog] = relationship()
    standard: Mapped[Standard] = relationship()


class Batch(Editable, Model):
    """One import: the file as received, the Parquet made of it, what was set aside. Accepted, it never changes."""

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("state IN ('received','mapped','accepted','failed','withdrawn')", name="state"),
    )

    event_log_id: Mapped[int | None] = mapped_column(ForeignKey("event_log.id"), index=True)
    unit_id: Mapped[int] = unit_ref()
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), nullable=False)
    state: Mapped[str] = mapped_column(String(20), nullable=False, default="received", index=True)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    preview: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    parquet_sha256: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    rejects_sha256: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    rows: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    cases: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    rejected: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    reasons: Mapped[dict[str, int]] = mapped_column(JSON, nullable=False, default=dict)
    as_of: Mapped[datetime | None] = mapped_column()
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None] = mapped_column()
    job_id: Mapped[int | None] = mapped_column(Integer)
    withdrawn_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")

    event_log: Mapped[EventLog | None] = relationship()
    file: Mapped[StoredFile] = relationship()


class Attainment(Keyed, Model):
    """Derived: how far a timing requirement was kept in a unit and period. Can always be rebuilt from the batches."""

    __tablename__ = "attainment"
    __table_args__ = (
        UniqueConstraint(
            "standard_id",
            "requirement_code",
            "event_log_id",
            "unit_id",
            "period_kind",
            "period",
            "whole_tree",
        ),
        Index("ix_attainment_line", "standard_id", "requirement_code", "period_kind", "period"),
    )

    standard_id: Mapped[int] = mapped_column(ForeignKey("standard.id"), nullable=False)
    requirement_code: Mapped[str] = mapped_column(String(10), nullable=False)
    requirement_id: Mapped[int] = mapped_column(
        ForeignKey("requirement.id"), nullable=False
    )  # newest version in force then
    event_log_id: Mapped[int] = mapped_column(ForeignKey("event_log.id"), nullable=False, index=True)
    unit_id: Mapped[int] = unit_ref()
    whole_tree: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)  # with the units below
    period_kind: Mapped[str] = mapped_column(
        String(10), nullable=False
    )  # month | recent (last 90 days) | all
    period: Mapped[str] = mapped_column(String(10), nullable=False)  # 2026-03, or "" for recent and all
    period_from: Mapped[date | None] = mapped_column(Date)
    period_until: Mapped[date | None] = mapped_column(Date)
    eligible: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    met: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    missed: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    pending: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    share: Mapped[float | None] = mapped_column(Float)
    low: Mapped[float | None] = mapped_column(Float)
    high: Mapped[float | None] = mapped_column(Float)
    target: Mapped[float] = mapped_column(Float, nullable=False)
    verdict: Mapped[str] = mapped_column(String(20), nullable=False)
    median_s: Mapped[float | None] = mapped_column(Float)
    p90_s: Mapped[float | None] = mapped_column(Float)
    computed_at: Mapped[datetime] = mapped_column(default=clock.now)
    engine_version: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    inputs_hash: Mapped[str] = mapped_column(String(64), nullable=False, default="")
