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

from accounts.models import Person, Unit
from core import clock
from core.db import Editable, Keyed, Model, unit_ref
from core.files import StoredFile
from core.i18n import pick
from improvement.models import Ticket
from standards.models import Standard


class Complaint(Editable, Model):
    """What somebody complains about and what became of it. Who it was lies apart, in `Complainant`."""

    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint(
            "state IN ('received','acknowledged','assessed','investigating','answered','decided','closed',"
            "'reopened','escalated','refused','withdrawn')",
            name="state",
        ),
        CheckConstraint("severity IN ('','low','medium','high','critical')", name="severity"),
        CheckConstraint("outcome IN ('','upheld','partly','not_upheld')", name="outcome"),
        CheckConstraint("satisfied IS NULL OR (satisfied >= 1 AND satisfied <= 5)", name="satisfied"),
        Index("ix_complaint_received", "received_at", "id"),
        Index("ix_complaint_state_received", "state", "received_at", "id"),
        Index("ix_complaint_next_due", "next_due", "id"),
    )

    code: Mapped[str] = mapped_column(String(20), nullable=False)  # CMP-2026-0001
    state: Mapped[str] = mapped_column(String(20), nullable=False, default="received")
    channel: Mapped[str] = mapped_column(String(20), nullable=False)
    language: Mapped[str] = mapped_column(
        String(5), nullable=False, default="en"
    )  # the complainant is written to in it
    subject: Mapped[str] = mapped_column(String(200), nullable=False)
    description: Mapped[str] = mapped_column(Text, nullable=False, default="")
    wish: Mapped[str] = mapped_column(Text, nullable=False, default="")  # the remedy wanted
    place: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    occurred_on: Mapped[date | None] = mapped_column(Date)
    topic: Mapped[str] = mapped_column(String(20), nullable=False, default="other", index=True)
    unit_id: Mapped[int] = unit_ref()
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standard.id"), index=True)
    requirement_code: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    concerned_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id")
    )  # whom it is about: takes no part
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # None: by the public page
    received_at: Mapped[datetime] = mapped_column(nullable=False)
    # assessment
    severity: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    safety: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    urgent: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    complexity: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    impact: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    immediate_action: Mapped[str] = mapped_column(Text, nullable=False, default="")
    assessed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    # investigation, decision
    investigation: Mapped[str] = mapped_column(Text, nullable=False, default="")
    outcome: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    decision: Mapped[str] = mapped_column(Text, nullable=False, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    told: Mapped[str] = mapped_column(
        String(300), nullable=False, default=""
    )  # how the decision was told: mail, or in words
    reason: Mapped[str] = mapped_column(Text, nullable=False, default="")  # of the last side step
    route: Mapped[str] = mapped_column(Text, nullable=False, default="")  # the way outside that was explained
    # milestones, when first reached
    acknowledged_at: Mapped[datetime | None] = mapped_column()
    assessed_at: Mapped[datetime | None] = mapped_column()
    investigating_at: Mapped[datetime | None] = mapped_column()
    answered_at: Mapped[datetime | None] = mapped_column()
    decided_at: Mapped[datetime | None] = mapped_column()
    closed_at: Mapped[datetime | None] = mapped_column(
        index=True
    )  # closed or withdrawn; emptied when reopened
    reopened_at: Mapped[datetime | None] = mapped_column()
    waiting_since: Mapped[datetime | None] = mapped_column()  # for the complainant
    heard_at: Mapped[datetime | None] = mapped_column()  # a message of the complainant nobody has dealt with
    next_due: Mapped[datetime | None] = mapped_column()  # the earliest running clock; None when none runs
    # satisfaction with the handling
    satisfaction_asked_at: Mapped[datetime | None] = mapped_column()
    satisfaction_note: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    satisfied: Mapped[int | None] = mapped_column(Integer)
    satisfied_words: Mapped[str] = mapped_column(Text, nullable=False, default="")
    satisfied_at: Mapped[datetime | None] = mapped_column()
    link_key: Mapped[str] = mapped_column(
        String(40), nullable=False
    )  # with the site's key it makes the secret link
    former_number: Mapped[str] = mapped_column(
        String(60), nullable=False, default="", index=True
    )  # in the register it was imported from
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)

    unit: Mapped[Unit] = relationship()
    standard: Mapped[Standard | None] = relationship()
    handler: Mapped[Person | None] = relationship(foreign_keys=[handler_id])
    concerned: Mapped[Person | None] = relationship(foreign_keys=[concerned_id])
    registered_by: Mapped[Person | None] = relationship(foreign_keys=[registered_by_id])
    assessed_by: Mapped[Person | None] = relationship(foreign_keys=[assessed_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    ticket: Mapped[Ticket | None] = relationship()


class Complainant(Editable, Model):
    """Who complained: read by its own permission, and each reading is noted in the trail."""

    __tablename__ = "complainant"

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), nullable=False, unique=True)
    name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    email: Mapped[str] = mapped_column(String(254), nullable=False, default="")
    phone: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    address: Mapped[str] = mapped_column(String(500), nullable=False, default="")


class Message(Keyed, Model):
    """One thing said: to the complainant, from the complainant, or an internal note."""

    __tablename__ = "complaint_message"
    __table_args__ = (CheckConstraint("direction IN ('in','out','note')", name="direction"),)

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), nullable=False, index=True)
    direction: Mapped[str] = mapped_column(String(4), nullable=False)
    kind: Mapped[str] = mapped_column(String(20), nullable=False)
    body: Mapped[str] = mapped_column(Text, nullable=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    author_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_mail.id"))


class ComplaintFile(Keyed, Model):
    __tablename__ = "complaint_file"

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), nullable=False, index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), nullable=False)
    from_complainant: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)

    file: Mapped[StoredFile] = relationship()


class ComplaintFinding(Keyed, Model):
    """A finding that was recorded from a complaint."""

    __tablename__ = "complaint_finding"

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), nullable=False, index=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), nullable=False, unique=True)


class Remedy(Editable, Model):
    """What makes it good. Above the handler's own limit it waits for somebody who may approve it."""

    __tablename__ = "complaint_remedy"
    __table_args__ = (
        CheckConstraint("state IN ('proposed','authorised','done')", name="state"),
        CheckConstraint("cost >= 0", name="cost"),
    )

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), nullable=False, index=True)
    kind: Mapped[str] = mapped_column(String(20), nullable=False)
    words: Mapped[str] = mapped_column(String(500), nullable=False, default="")
    cost: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)  # in hundredths
    state: Mapped[str] = mapped_column(String(20), nullable=False, default="proposed")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    authorised_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    authorised_at: Mapped[datetime | None] = mapped_column()
    done_at: Mapped[datetime | None] = mapped_column()

    proposed_by: Mapped[Person | None] = relationship(foreign_keys=[proposed_by_id])
    authorised_by: Mapped[Person | None] = relationship(foreign_keys=[authorised_by_id])


class ClockRun(Keyed, Model):
    """One clock of one complaint: the requirement of the version in force when it began decides.

    `paused`: [begin, end] as ISO texts, an open one with None. `due_open`: the due moment itself is too late.
    """

    __tablename__ = "complaint_clock"
    __table_args__ = (
        CheckConstraint("state IN ('running','met','missed','void')", name="state"),
        Index("ix_complaint_clock_started", "started_at", "id"),
    )

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), nullable=False, index=True)
    requirement_id: Mapped[int] = mapped_column(ForeignKey("requirement.id"), nullable=False)
    standard_id: Mapped[int] = mapped_column(ForeignKey("standard.id"), nullable=False, index=True)
    version_number: Mapped[int] = mapped_column(Integer, nullable=False)
    requirement_code: Mapped[str] = mapped_column(String(10), nullable=False)
    starts: Mapped[str] = mapped_column(String(20), nullable=False)  # milestone
    stops: Mapped[str] = mapped_column(String(20), nullable=False)  # milestone
    limit: Mapped[str] = mapped_column("time_limit", String(60), nullable=False)
    target: Mapped[float | None] = mapped_column(Float)
    can_pause: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    started_at: Mapped[datetime] = mapped_column(nullable=False)
    due_at: Mapped[datetime | None] = mapped_column()
    due_open: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    paused: Mapped[list[list[str | None]]] = mapped_column(JSON, nullable=False, default=list)
    stopped_at: Mapped[datetime | None] = mapped_column()
    state: Mapped[str] = mapped_column(String(10), nullable=False, default="running")


class ComplaintSetting(Editable, Model):
    """How a unit and those below it take complaints: the standard that sets the clocks, limits, the public page.

    `clocks`: milestone a clock stops at → {"code": requirement, "from": milestone it starts at}.
    """

    __tablename__ = "complaint_setting"
    __table_args__ = (CheckConstraint("handler_limit >= 0", name="handler_limit"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), nullable=False, unique=True)
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standard.id"))
    clocks: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    handler_limit: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)  # in hundredths
    offered: Mapped[bool] = mapped_column(
        Boolean, nullable=False, default=False
    )  # can be chosen on the public page
    intro_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    intro_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    route_en: Mapped[str] = mapped_column(Text, nullable=False, default="")  # where to turn outside
    route_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")

    unit: Mapped[Unit] = relationship()
    standard: Mapped[Standard | None] = relationship()

    @property
    def intro(self) -> str:
        return pick(self.intro_en, self.intro_zh)

    @property
    def route(self) -> str:
        return pick(self.route_en, self.route_zh)


class Knock(Keyed, Model):
    """A form sent to the public pages, kept a day for throttling; by hash of the network address."""

    __tablename__ = "complaint_knock"

    address_hash: Mapped[str] = mapped_column(String(64), nullable=False, index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
