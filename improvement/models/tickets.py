from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
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


class Ticket(Editable, Model):
    """A corrective-action ticket: it passes Plan, Do, Check, Act, each through its gate."""

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint("stage IN ('plan','do','check','act','closed','cancelled')", name="stage"),
        CheckConstraint("stage <> 'cancelled' OR cancelled_reason <> ''", name="cancelled_reason"),
    )

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # CAR-2026-0001
    title: Mapped[str] = mapped_column(String(300), nullable=False)
    unit_id: Mapped[int] = unit_ref()
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    priority: Mapped[str] = mapped_column(String(10), nullable=False, default="normal")  # low | normal | high
    major: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    stage: Mapped[str] = mapped_column(String(10), nullable=False, default="plan", index=True)
    stage_since: Mapped[datetime] = mapped_column(default=clock.now)
    cycle_number: Mapped[int] = mapped_column(Integer, nullable=False, default=1)
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standard.id"), index=True)
    requirement_code: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    due: Mapped[date | None] = mapped_column(Date)  # of the present stage
    deferred_until: Mapped[date | None] = mapped_column(Date)
    deferred_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    deferred_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None] = mapped_column()
    cancelled_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")

    unit: Mapped[Unit] = relationship()
    owner: Mapped[Person] = relationship(foreign_keys=[owner_id])
    verifier: Mapped[Person | None] = relationship(foreign_keys=[verifier_id])


class Cycle(Editable, Model):
    """One turn of Plan-Do-Check-Act; a failed Check opens the next and keeps this one as it was."""

    __tablename__ = "cycle"
    __table_args__ = (UniqueConstraint("ticket_id", "number"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), nullable=False)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    problem: Mapped[str] = mapped_column(Text, nullable=False, default="")
    figures: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, nullable=False, default=list
    )  # the problem in figures
    correction: Mapped[str] = mapped_column(Text, nullable=False, default="")  # what was done at once
    correction_at: Mapped[date | None] = mapped_column(Date)
    cause_obvious: Mapped[str] = mapped_column(
        Text, nullable=False, default=""
    )  # reason why no analysis is needed
    plan_approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    side_effects: Mapped[str] = mapped_column(
        Text, nullable=False, default=""
    )  # what else became better or worse
    side_effects_by_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    side_effects_at: Mapped[datetime | None] = mapped_column()
    planned_at: Mapped[datetime | None] = mapped_column()
    done_at: Mapped[datetime | None] = mapped_column()
    checked_at: Mapped[datetime | None] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column()

    ticket: Mapped[Ticket] = relationship()


class Cause(Editable, Model):
    """A why-node of the five-whys tree; a leaf that is verified is a root cause."""

    __tablename__ = "cause"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), nullable=False, index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("cause.id"))
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    text: Mapped[str] = mapped_column(Text, nullable=False)
    root: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    verified_how: Mapped[str] = mapped_column(Text, nullable=False, default="")


class Action(Editable, Model):
    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint("kind IN ('corrective','preventive','training','standard_change')", name="kind"),
        CheckConstraint("state IN ('open','done','cannot')", name="state"),
        CheckConstraint("state = 'open' OR outcome <> ''", name="outcome"),
    )

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), nullable=False, index=True)
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    kind: Mapped[str] = mapped_column(String(20), nullable=False, default="corrective")
    text: Mapped[str] = mapped_column(Text, nullable=False)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)
    due: Mapped[date] = mapped_column(Date, nullable=False)
    state: Mapped[str] = mapped_column(String(10), nullable=False, default="open", index=True)
    outcome: Mapped[str] = mapped_column(
        Text, nullable=False, default=""
    )  # what was done, or why it can't be
    evidence_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    evidence_link: Mapped[str] = mapped_column(String(500), nullable=False, default="")
    done_at: Mapped[datetime | None] = mapped_column()
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    owner: Mapped[Person] = relationship(foreign_keys=[owner_id])
    evidence_file: Mapped[StoredFile | None] = relationship()


class SuccessMeasure(Editable, Model):
    """How success will be told, registered before Do and frozen then."""

    __tablename__ = "success_measure"
    __table_args__ = (UniqueConstraint("cycle_id"),)

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), nullable=False)
    kind: Mapped[str] = mapped_column(String(20), nullable=False, default="share")  # share | described
    metric_ref: Mapped[str] = mapped_column(
        String(200), nullable=False, default=""
    )  # "attainment:STD-0007:R2:unit=5"
    metric_label_en: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    metric_label_zh: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    target: Mapped[float | None] = mapped_column(Float)  # of the promise, as it stood when registered
    watch: Mapped[str] = mapped_column(Text, nullable=False, default="")  # what could become worse
    extended_days: Mapped[int] = mapped_column(
        Integer, nullable=False, default=0
    )  # waited longer for enough cases
    described: Mapped[str] = mapped_column(
        Text, nullable=False, default=""
    )  # a check for what has no measure
    described_on: Mapped[date | None] = mapped_column(Date)
    direction: Mapped[str] = mapped_column(String(10), nullable=False, default="up")
    margin: Mapped[float] = mapped_column(
        Float, nullable=False, default=0.0
    )  # smallest change worth having, share
    baseline_from: Mapped[date | None] = mapped_column(Date)
    baseline_until: Mapped[date | None] = mapped_column(Date)  # inclusive
    wait_days: Mapped[int] = mapped_column(Integer, nullable=False, default=0)  # after Do, not counted
    window_days: Mapped[int] = mapped_column(Integer, nullable=False, default=90)
    least_n: Mapped[int] = mapped_column(Integer, nullable=False, default=30)
    alpha: Mapped[float] = mapped_column(Float, nullable=False, default=0.05)
    baseline: Mapped[dict[str, Any]] = mapped_column(
        JSON, nullable=False, default=dict
    )  # met, n as registered
    registered_at: Mapped[datetime | None] = mapped_column()
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Check(Keyed, Model):
    """One computation or judgement of the measure. A verdict counts when it is signed by someone other than the doers."""

    __tablename__ = "ticket_check"
    __table_args__ = (
        CheckConstraint("verdict IN ('effective','not_effective','not_enough_data')", name="verdict"),
    )

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), nullable=False, index=True)
    computed_at: Mapped[datetime] = mapped_column(default=clock.now)
    figures: Mapped[dict[str, Any]] = mapped_column(
        JSON, nullable=False, default=dict
    )  # before, after, difference, ci, p, weekly
    verdict: Mapped[str] = mapped_column(String(20), nullable=False)
    note: Mapped[str] = mapped_column(Text, nullable=False, default="")
    overruled: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    verifier_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    signed_at: Mapped[datetime | None] = mapped_column()


class Act(Editable, Model):
    """What was made standard: a new version, or the reason why nothing has to change; lesson and lateral roll-out."""

    __tablename__ = "act"
    __table_args__ = (UniqueConstraint("cycle_id"),)

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), nullable=False)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("version.id"))
    nothing_to_change: Mapped[str] = mapped_column(Text, nullable=False, default="")
    lesson: Mapped[str] = mapped_column(Text, nullable=False, default="")
    rollout: Mapped[list[dict[str, Any]]] = mapped_column(JSON, nullable=False, default=list)
