from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Unit
from core.db import Editable, Model, unit_ref


class Customer(Editable, Model):
    """Somebody who could be asked. The code is all that anything else refers to: name, mail and phone can be erased
    without a gap anywhere, and the trail never holds them."""

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('external','intermediate','internal','former','potential','competitor')", name="kind"
        ),
        CheckConstraint("language IN ('zh','en')", name="language"),
        CheckConstraint("volume IS NULL OR volume >= 0", name="volume"),
        Index("ix_customer_unit_kind", "unit_id", "kind"),
    )

    code: Mapped[str] = mapped_column(String(60), nullable=False, unique=True)  # as the organisation knows it
    name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    kind: Mapped[str] = mapped_column(String(12), nullable=False, default="external")
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), nullable=False)
    language: Mapped[str] = mapped_column(String(5), nullable=False, default="zh")
    email: Mapped[str] = mapped_column(String(254), nullable=False, default="")
    phone: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    region: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    channel: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    segment: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    volume: Mapped[float | None] = mapped_column(Float)  # orders, visits, sales: the size for drawing by size
    no_contact: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    withdrawn_at: Mapped[datetime | None] = mapped_column()
    erased_at: Mapped[datetime | None] = mapped_column()

    unit: Mapped[Unit] = relationship()

    @property
    def shown_name(self) -> str:
        return self.name or self.code


class CustomerImport(Editable, Model):
    """A file of customers and how it was read. The file itself is let go once it is in: it holds personal data."""

    __tablename__ = "customer_import"
    __table_args__ = (CheckConstraint("state IN ('received','mapped','accepted')", name="state"),)

    unit_id: Mapped[int] = unit_ref()
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    file_name: Mapped[str] = mapped_column(String(200), nullable=False)
    file_sha256: Mapped[str] = mapped_column(String(64), nullable=False)
    state: Mapped[str] = mapped_column(String(10), nullable=False, default="received")
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    rows: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    added: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    changed: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    same: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    rejected: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    rejects: Mapped[list[list[Any]]] = mapped_column(
        JSON, nullable=False, default=list
    )  # [line, field, reason], the first of them; no values, which may be personal
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None] = mapped_column()
    job_id: Mapped[int | None] = mapped_column(Integer)

    unit: Mapped[Unit] = relationship()
