from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Unit
from core.db import Editable, Model, unit_ref
from core.i18n import pick


class Service(Editable, Model):
    """What is offered to customers; journeys lead through it."""

    __tablename__ = "service"

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # SVC-0001
    name_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    withdrawn_at: Mapped[datetime | None] = mapped_column()

    unit: Mapped[Unit] = relationship()

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)


class Journey(Editable, Model):
    """The way of one group of customers through a service."""

    __tablename__ = "journey"

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # JRN-0001
    name_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    customers_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    customers_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"), index=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column()

    unit: Mapped[Unit] = relationship()
    service: Mapped[Service | None] = relationship()

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)

    @property
    def customers(self) -> str:
        return pick(self.customers_en, self.customers_zh)


class Stage(Editable, Model):
    __tablename__ = "journey_stage"

    journey_id: Mapped[int] = mapped_column(ForeignKey("journey.id"), nullable=False, index=True)
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    name_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column()

    journey: Mapped[Journey] = relationship()

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)


class Touchpoint(Editable, Model):
    """Where the customer and the service meet. Standards and questions of surveys hang on it."""

    __tablename__ = "touchpoint"
    __table_args__ = (
        CheckConstraint(
            "channel IN ('counter','phone','web','app','message','letter','place','device','visit')",
            name="channel",
        ),
    )

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # TP-0001
    stage_id: Mapped[int] = mapped_column(ForeignKey("journey_stage.id"), nullable=False, index=True)
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    name_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    channel: Mapped[str] = mapped_column(String(10), nullable=False, default="counter")
    moment_of_truth: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    withdrawn_at: Mapped[datetime | None] = mapped_column()

    stage: Mapped[Stage] = relationship()

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)


class TouchpointStandard(Model):
    """A standard hangs on a touchpoint."""

    __tablename__ = "touchpoint_standard"

    touchpoint_id: Mapped[int] = mapped_column(ForeignKey("touchpoint.id"), primary_key=True)
    standard_id: Mapped[int] = mapped_column(ForeignKey("standard.id"), primary_key=True, index=True)
