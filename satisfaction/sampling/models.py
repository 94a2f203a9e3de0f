from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Person, Unit
from core.db import Editable, Keyed, Model, unit_ref
from core.i18n import pick
from satisfaction.customers.models import Customer
from satisfaction.models import Invitation, Wave


class SamplingPlan(Editable, Model):
    """Who is meant, how many are asked and how they are chosen. Once drawn it never changes."""

    __tablename__ = "sampling_plan"
    __table_args__ = (CheckConstraint("state IN ('draft','drawn')", name="state"),)

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # SAM-2026-0001
    name_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("wave.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), nullable=False, default="draft")
    population: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    design: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    seed: Mapped[int | None] = mapped_column(BigInteger)
    frame_sha256: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    frame_size: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    result: Mapped[dict[str, Any]] = mapped_column(
        JSON, nullable=False, default=dict
    )  # without the list of people
    engine_version: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    drawn_at: Mapped[datetime | None] = mapped_column()
    drawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    unit: Mapped[Unit] = relationship()
    wave: Mapped[Wave | None] = relationship()
    drawn_by: Mapped[Person | None] = relationship()

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)


class SamplingFrame(Model):
    """The population as it was drawn from, packed: with the seed it proves the draw whatever the register says later."""

    __tablename__ = "sampling_frame"

    plan_id: Mapped[int] = mapped_column(
        ForeignKey("sampling_plan.id"), primary_key=True, autoincrement=False
    )
    content: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)


class DrawnCustomer(Keyed, Model):
    """One customer of a draw, with the chance it had and the weight that undoes it."""

    __tablename__ = "drawn_customer"
    __table_args__ = (
        UniqueConstraint("plan_id", "customer_id"),
        Index("ix_drawn_customer_plan", "plan_id", "id"),
    )

    plan_id: Mapped[int] = mapped_column(ForeignKey("sampling_plan.id"), nullable=False)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), nullable=False, index=True)
    stratum: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    cluster: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    probability: Mapped[float] = mapped_column(Float, nullable=False)
    weight: Mapped[float] = mapped_column(Float, nullable=False)
    nonce: Mapped[str] = mapped_column(String(32), nullable=False)  # of the personal link, which is not kept
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), unique=True)

    customer: Mapped[Customer] = relationship()
    invitation: Mapped[Invitation | None] = relationship()


class Mailing(Editable, Model):
    """Number 0 invites, the others remind. A customer has each of them once at most: the recipients' key sees to it."""

    __tablename__ = "mailing"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    plan_id: Mapped[int] = mapped_column(ForeignKey("sampling_plan.id"), nullable=False)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    subject_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    subject_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    body_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    body_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    started_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    job_id: Mapped[int | None] = mapped_column(Integer)
    finished_at: Mapped[datetime | None] = mapped_column()

    plan: Mapped[SamplingPlan] = relationship()


class MailingRecipient(Model):
    """A mail that was written. `mail_id` lets an erasure reach the outbox."""

    __tablename__ = "mailing_recipient"

    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id"), primary_key=True)
    drawn_id: Mapped[int] = mapped_column(ForeignKey("drawn_customer.id"), primary_key=True, index=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("outbox_mail.id"), nullable=False)
