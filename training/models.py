from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Person, Unit
from core import clock
from core.db import Editable, Keyed, Model, unit_ref
from core.files import StoredFile
from core.i18n import pick
from standards.models import Standard


class Competence(Editable, Model):
    """What somebody can be shown to be able to do."""

    __tablename__ = "competence"
    __table_args__ = (CheckConstraint("name_en <> '' OR name_zh <> ''", name="named"),)

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # CPT-0001
    name_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    detail_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    detail_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    valid_months: Mapped[int] = mapped_column(Integer, nullable=False, default=0)  # 0: for good
    active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)

    @property
    def detail(self) -> str:
        return pick(self.detail_en, self.detail_zh)


class Course(Editable, Model):
    """The line that ties the versions of a course together."""

    __tablename__ = "course"
    __table_args__ = (CheckConstraint("title_en <> '' OR title_zh <> ''", name="named"),)

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # CRS-0001
    title_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    title_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    aim_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    aim_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    competence_id: Mapped[int | None] = mapped_column(ForeignKey("competence.id"), index=True)
    valid_months: Mapped[int] = mapped_column(Integer, nullable=False, default=0)  # 0: for good
    retired_at: Mapped[datetime | None] = mapped_column()

    unit: Mapped[Unit] = relationship()
    owner: Mapped[Person] = relationship()
    competence: Mapped[Competence | None] = relationship()

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)

    @property
    def aim(self) -> str:
        return pick(self.aim_en, self.aim_zh)


class CourseVersion(Editable, Model):
    """One version of a course. Only drafts are edited; at most one is published; what was taken stays readable."""

    __tablename__ = "course_version"
    __table_args__ = (
        UniqueConstraint("course_id", "number"),
        Index(
            "uq_course_version_published",
            "course_id",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
        CheckConstraint("state IN ('draft','published','retired')", name="state"),
        CheckConstraint("pass_mark > 0 AND pass_mark <= 1", name="pass_mark"),
        CheckConstraint("draw >= 0 AND attempts >= 1", name="quiz"),
    )

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), nullable=False, index=True)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    state: Mapped[str] = mapped_column(String(10), nullable=False, default="draft")
    change_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    change_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    draw: Mapped[int] = mapped_column(
        Integer, nullable=False, default=0
    )  # questions asked; 0: all of the bank
    pass_mark: Mapped[float] = mapped_column(
        Float, nullable=False, default=0.8
    )  # share of the questions asked
    attempts: Mapped[int] = mapped_column(Integer, nullable=False, default=3)
    published_at: Mapped[datetime | None] = mapped_column()
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None] = mapped_column()

    course: Mapped[Course] = relationship()
    published_by: Mapped[Person | None] = relationship()

    @property
    def change(self) -> str:
        return pick(self.change_en, self.change_zh)


class CourseStep(Editable, Model):
    """One page to read, in Markdown, with at most one attached file."""

    __tablename__ = "course_step"
    __table_args__ = (CheckConstraint("title_en <> '' OR title_zh <> ''", name="named"),)

    version_id: Mapped[int] = mapped_column(
        ForeignKey("course_version.id", ondelete="CASCADE"), nullable=False, index=True
    )
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    title_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    title_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    body_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    body_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))

    file: Mapped[StoredFile | None] = relationship()

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)

    @property
    def body(self) -> str:
        return pick(self.body_en, self.body_zh)


class Question(Editable, Model):
    """One of the bank of a version. `choices` lists {"en": text, "zh": text, "right": bool}."""

    __tablename__ = "course_question"
    __table_args__ = (CheckConstraint("kind IN ('single','multiple')", name="kind"),)

    version_id: Mapped[int] = mapped_column(
        ForeignKey("course_version.id", ondelete="CASCADE"), nullable=False, index=True
    )
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    kind: Mapped[str] = mapped_column(String(10), nullable=False, default="single")
    text_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    text_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    explanation_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    explanation_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    choices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, nullable=False, default=list)

    @property
    def text(self) -> str:
        return pick(self.text_en, self.text_zh)

    @property
    def explanation(self) -> str:
        return pick(self.explanation_en, self.explanation_zh)

    @property
    def right(self) -> frozenset[int]:
        """Numbers of the right choices, as they stand in `choices`."""
        return frozenset(number for number, choice in enumerate(self.choices) if choice.get("right"))


class CourseRule(Editable, Model):
    """Who takes a course. With a standard: each time a version of it comes into force (of `requirement_code`, only
    when that requirement is new or changed); without: whoever holds the role in the unit, also who joins later."""

    __tablename__ = "course_rule"

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), nullable=False, index=True)
    # a standard that was never in force may be deleted; a rule about it then has nothing to wait for
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standard.id", ondelete="CASCADE"), index=True)
    requirement_code: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    role: Mapped[str] = mapped_column(String(30), nullable=False, default="")  # empty: everybody of the unit
    due_days: Mapped[int] = mapped_column(Integer, nullable=False, default=30)
    ended_at: Mapped[datetime | None] = mapped_column()

    course: Mapped[Course] = relationship()
    standard: Mapped[Standard | None] = relationship()
    unit: Mapped[Unit] = relationship()


class AssignmentSet(Keyed, Model):
    """One occasion on which a course was given to people, and why: what all its assignments have in common."""

    __tablename__ = "assignment_set"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("reason IN ('standard','rule','manual','ticket','renewal','import')", name="reason"),
    )

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), nullable=False, index=True)
    reason: Mapped[str] = mapped_column(String(10), nullable=False)
    key: Mapped[str] = mapped_column(String(80), nullable=False)  # keeps an occasion from coming twice
    standard_version_id: Mapped[int | None] = mapped_column(ForeignKey("version.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    action_id: Mapped[int | None] = mapped_column(ForeignKey("action.id"), index=True)
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("course_rule.id"), index=True)
    note: Mapped[str] = mapped_column(Text, nullable=False, default="")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    made_at: Mapped[datetime] = mapped_column(default=clock.now)

    course: Mapped[Course] = relationship()


class Assignment(Editable, Model):
    """A course that a person has to take. `version_id` is the version that is being, or was, taken."""

    __tablename__ = "training_assignment"
    __table_args__ = (
        UniqueConstraint("set_id", "person_id"),
        Index("ix_training_assignment_person_state", "person_id", "state"),
        Index("ix_training_assignment_state_due", "state", "due"),
        CheckConstraint("state IN ('assigned','started','passed','failed','waived','expired')", name="state"),
        CheckConstraint("state <> 'waived' OR closed_reason <> ''", name="waived"),
        CheckConstraint("state <> 'passed' OR passed_at IS NOT NULL", name="passed"),
    )

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # TRN-2026-0001
    set_id: Mapped[int] = mapped_column(ForeignKey("assignment_set.id"), nullable=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), nullable=False, index=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("course_version.id"))
    state: Mapped[str] = mapped_column(String(10), nullable=False, default="assigned")
    due: Mapped[date | None] = mapped_column(Date)
    read_steps: Mapped[list[int]] = mapped_column(JSON, nullable=False, default=list)  # ids of steps
    more_attempts: Mapped[int] = mapped_column(
        Integer, nullable=False, default=0
    )  # allowed beyond the version's
    assigned_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_at: Mapped[datetime | None] = mapped_column()
    passed_at: Mapped[datetime | None] = mapped_column(index=True)
    score: Mapped[float | None] = mapped_column(Float)  # share of the questions answered right
    valid_until: Mapped[date | None] = mapped_column(Date, index=True)  # last day on which it counts
    closed_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")  # waived, expired: why
    closed_at: Mapped[datetime | None] = mapped_column()
    closed_by_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    reminded_at: Mapped[datetime | None] = mapped_column()  # before it was due
    reminded_late_at: Mapped[datetime | None] = mapped_column()

    person: Mapped[Person] = relationship()
    course: Mapped[Course] = relationship()
    version: Mapped[CourseVersion | None] = relationship()
    occasion: Mapped[AssignmentSet] = relationship()


class Attempt(Keyed, Model):
    """One try at the quiz. `asked` lists {"id": question, "order": [choice, …]} as shown; `answers` maps a question's
    id to the numbers of the choices taken."""

    __tablename__ = "quiz_attempt"
    __table_args__ = (UniqueConstraint("assignment_id", "number"),)

    assignment_id: Mapped[int] = mapped_column(ForeignKey("training_assignment.id"), nullable=False)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"), nullable=False)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    asked: Mapped[list[dict[str, Any]]] = mapped_column(JSON, nullable=False, default=list)
    answers: Mapped[dict[str, list[int]]] = mapped_column(JSON, nullable=False, default=dict)
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None] = mapped_column()
    score: Mapped[float | None] = mapped_column(Float)
    passed: Mapped[bool | None] = mapped_column(Boolean)


class CompetenceProof(Editable, Model):
    """That a person has a competence, from a day until a day, and what shows it."""

    __tablename__ = "competence_proof"
    __table_args__ = (
        Index("ix_competence_proof_person_competence", "person_id", "competence_id"),
        CheckConstraint("source IN ('course','document','import')", name="source"),
        CheckConstraint("until_date IS NULL OR until_date >= from_date", name="days"),
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_reason <> ''", name="withdrawn"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    competence_id: Mapped[int] = mapped_column(ForeignKey("competence.id"), nullable=False, index=True)
    from_date: Mapped[date] = mapped_column(Date, nullable=False)
    until_date: Mapped[date | None] = mapped_column(Date)  # last day; open: for good
    source: Mapped[str] = mapped_column(String(10), nullable=False, default="document")
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("training_assignment.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    note: Mapped[str] = mapped_column(Text, nullable=False, default="")
    added_by_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column()
    withdrawn_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")

    person: Mapped[Person] = relationship()
    competence: Mapped[Competence] = relationship()
    file: Mapped[StoredFile | None] = relationship()
    assignment: Mapped[Assignment | None] = relationship()
