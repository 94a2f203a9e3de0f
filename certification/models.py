from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Unit
from core.db import Editable, Model, unit_ref
from core.files import StoredFile
from standards.models import Framework


class Pack(Editable, Model):
    """A certification pack: the PDF for one framework, scope and period, built by a job, with its hash."""

    __tablename__ = "pack"
    __table_args__ = (CheckConstraint("state IN ('building','ready','failed')", name="state"),)

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # PCK-2026-0001
    framework_id: Mapped[int] = mapped_column(ForeignKey("framework.id"), nullable=False)
    unit_id: Mapped[int] = unit_ref()
    language: Mapped[str] = mapped_column(String(5), nullable=False, default="en")
    period_from: Mapped[date] = mapped_column(Date, nullable=False)
    period_until: Mapped[date] = mapped_column(Date, nullable=False)
    state: Mapped[str] = mapped_column(String(20), nullable=False, default="building")
    parts: Mapped[list[str]] = mapped_column(JSON, nullable=False, default=list)
    facts: Mapped[dict[str, Any]] = mapped_column(
        JSON, nullable=False, default=dict
    )  # figures of the build, trail head
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    job_id: Mapped[int | None] = mapped_column(Integer)
    built_at: Mapped[datetime | None] = mapped_column()
    built_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    framework: Mapped[Framework] = relationship()
    unit: Mapped[Unit] = relationship()
    file: Mapped[StoredFile | None] = relationship()
