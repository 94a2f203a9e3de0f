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
from core.i18n import pick
from satisfaction.models import Questionnaire, Wave


class IndicatorSystem(Editable, Model):
    """The line that ties the versions of an indicator system together. Its items are those of one questionnaire."""

    __tablename__ = "indicator_system"

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # IND-0001
    title_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    title_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    purpose: Mapped[str] = mapped_column(Text, nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"), nullable=False, index=True)
    baseline_number: Mapped[int | None] = mapped_column(
        Integer
    )  # version whose weights the trend holds fixed
    withdrawn_at: Mapped[datetime | None] = mapped_column()

    unit: Mapped[Unit] = relationship()
    owner: Mapped[Person] = relationship()
    questionnaire: Mapped[Questionnaire] = relationship()

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)


class IndicatorVersion(Editable, Model):
    """One tree with its weights. Only a draft may be changed; at most one version is in force."""

    __tablename__ = "indicator_version"
    __table_args__ = (
        UniqueConstraint("system_id", "number"),
        CheckConstraint("state IN ('draft','in_force','superseded')", name="state"),
        CheckConstraint("coverage > 0 AND coverage <= 1", name="coverage"),
        *(
            Index(
                f"uq_indicator_version_{state}",
                "system_id",
                unique=True,
                sqlite_where=text(f"state = '{state}'"),
                postgresql_where=text(f"state = '{state}'"),
            )
            for state in ("draft", "in_force")
        ),
    )

    system_id: Mapped[int] = mapped_column(ForeignKey("indicator_system.id"), nullable=False, index=True)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    state: Mapped[str] = mapped_column(String(12), nullable=False, default="draft")
    reason: Mapped[str] = mapped_column(
        Text, nullable=False, default=""
    )  # what changed against the one before
    coverage: Mapped[float] = mapped_column(Float, nullable=False, default=0.6)
    grouping: Mapped[str] = mapped_column(
        String(140), nullable=False, default=""
    )  # key of a grouping of answers
    shares: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, nullable=False, default=list
    )  # [{"key", "en", "zh", "share"}], shares sum to 1
    in_force_at: Mapped[datetime | None] = mapped_column()
    superseded_at: Mapped[datetime | None] = mapped_column()

    system: Mapped[IndicatorSystem] = relationship()


class IndicatorNode(Keyed, Model):
    """A node of the tree. `code` stays the same through versions; at level 4 it is that of the questionnaire's item.

    `origin` and `working` tell where the weights of its children come from, frozen when they were taken.
    """

    __tablename__ = "indicator_node"
    __table_args__ = (
        UniqueConstraint("version_id", "level", "code"),
        CheckConstraint("level BETWEEN 1 AND 4", name="level"),
        CheckConstraint("origin IN ('','direct','ahp','model')", name="origin"),
    )

    version_id: Mapped[int] = mapped_column(
        ForeignKey("indicator_version.id", ondelete="CASCADE"), nullable=False, index=True
    )
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("indicator_node.id", ondelete="CASCADE"), index=True
    )
    level: Mapped[int] = mapped_column(Integer, nullable=False)
    code: Mapped[str] = mapped_column(String(20), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    name_en: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    weight: Mapped[float | None] = mapped_column(Float)  # share among its siblings
    origin: Mapped[str] = mapped_column(String(8), nullable=False, default="")
    working: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    target: Mapped[float | None] = mapped_column(Float)  # of its score, 0 to 100

    version: Mapped[IndicatorVersion] = relationship()

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)


class IndicatorJudge(Editable, Model):
    """Somebody asked to compare the parts of a version in pairs."""

    __tablename__ = "indicator_judge"
    __table_args__ = (UniqueConstraint("version_id", "person_id"),)

    version_id: Mapped[int] = mapped_column(
        ForeignKey("indicator_version.id", ondelete="CASCADE"), nullable=False
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    due: Mapped[date | None] = mapped_column(Date)
    excused_at: Mapped[datetime | None] = mapped_column()

    version: Mapped[IndicatorVersion] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class IndicatorJudgement(Editable, Model):
    """What one judge said of the children of one node. `given`: "A/B" → how many times A is as important as B.

    lambda_max, ci and cr are there once every pair is compared.
    """

    __tablename__ = "indicator_judgement"
    __table_args__ = (UniqueConstraint("judge_id", "node_id"),)

    judge_id: Mapped[int] = mapped_column(
        ForeignKey("indicator_judge.id", ondelete="CASCADE"), nullable=False
    )
    node_id: Mapped[int] = mapped_column(
        ForeignKey("indicator_node.id", ondelete="CASCADE"), nullable=False, index=True
    )
    given: Mapped[dict[str, float]] = mapped_column(JSON, nullable=False, default=dict)
    lambda_max: Mapped[float | None] = mapped_column(Float)
    ci: Mapped[float | None] = mapped_column(Float)
    cr: Mapped[float | None] = mapped_column(Float)
    left_out: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    left_out_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")

    judge: Mapped[IndicatorJudge] = relationship()
    node: Mapped[IndicatorNode] = relationship()


class IndicatorRollup(Keyed, Model):
    """Derived: the scores of a version on a wave. Can always be computed again from the answers."""

    __tablename__ = "indicator_rollup"
    __table_args__ = (UniqueConstraint("version_id", "wave_id"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("indicator_version.id"), nullable=False)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), nullable=False, index=True)
    answers: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    inputs_hash: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    engine_version: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    computed_at: Mapped[datetime] = mapped_column(default=clock.now)

    version: Mapped[IndicatorVersion] = relationship()
    wave: Mapped[Wave] = relationship()
