from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import clock
from core.db import Editable, Keyed, Model, unit_ref
from core.i18n import pick
from standards.models.standards import Requirement


class Framework(Keyed, Model):
    """A published standard in one edition, as loaded from a catalog file (immutable; a new catalog version updates it)."""

    __tablename__ = "framework"

    code: Mapped[str] = mapped_column(String(60), nullable=False, unique=True)  # iso-10002-2018
    short_en: Mapped[str] = mapped_column(
        String(120), nullable=False, default=""
    )  # ISO 10002:2018 Complaints handling
    short_zh: Mapped[str] = mapped_column(String(120), nullable=False, default="")
    designation: Mapped[str] = mapped_column(String(60), nullable=False, default="")  # ISO 10002:2018
    edition: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    nature: Mapped[str] = mapped_column(String(20), nullable=False)  # guidance | requirement
    title_en: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    title_zh: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    current: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("framework.id"))
    adopted_as: Mapped[list[dict[str, Any]]] = mapped_column(JSON, nullable=False, default=list)
    facts: Mapped[dict[str, Any]] = mapped_column(
        JSON, nullable=False, default=dict
    )  # status, source, notes of the catalog
    catalog_sha256: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    loaded_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def short(self) -> str:
        return pick(self.short_en, self.short_zh)

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)

    @property
    def is_guidance(self) -> bool:
        """Guidance says "should": a gap is no nonconformity unless the clause is adopted as a criterion."""
        return self.nature == "guidance"


class Clause(Keyed, Model):
    __tablename__ = "clause"
    __table_args__ = (UniqueConstraint("framework_id", "number"),)

    framework_id: Mapped[int] = mapped_column(ForeignKey("framework.id"), nullable=False, index=True)
    number: Mapped[str] = mapped_column(String(20), nullable=False)
    sort_key: Mapped[str] = mapped_column(String(60), nullable=False)
    level: Mapped[int] = mapped_column(Integer, nullable=False, default=1)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("clause.id"))
    title_en: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    title_zh: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    title_editorial: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    assessable: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    looks_for_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    looks_for_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    evidence: Mapped[list[dict[str, str]]] = mapped_column(
        JSON, nullable=False, default=list
    )  # [{"en":…, "zh":…}]
    questions: Mapped[list[dict[str, str]]] = mapped_column(JSON, nullable=False, default=list)
    confidence: Mapped[str] = mapped_column(String(20), nullable=False, default="high")
    basis: Mapped[str] = mapped_column(String(20), nullable=False, default="seen")
    note: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)

    framework: Mapped[Framework] = relationship()

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)

    @property
    def looks_for(self) -> str:
        return pick(self.looks_for_en, self.looks_for_zh)


class ClauseLink(Keyed, Model):
    """Clauses that cover the same ground (crosswalk): equal, partial, supports (a gives evidence for b), successor."""

    __tablename__ = "clause_link"
    __table_args__ = (UniqueConstraint("a_id", "b_id", "relation"),)

    a_id: Mapped[int] = mapped_column(ForeignKey("clause.id"), nullable=False, index=True)
    b_id: Mapped[int] = mapped_column(ForeignKey("clause.id"), nullable=False, index=True)
    relation: Mapped[str] = mapped_column(String(20), nullable=False)
    topic: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    note_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    note_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")


class LicensedText(Editable, Model):
    """The organisation's own licensed wording of a clause, pasted by people, kept to this installation."""

    __tablename__ = "licensed_text"
    __table_args__ = (UniqueConstraint("clause_id", "language"),)

    clause_id: Mapped[int] = mapped_column(ForeignKey("clause.id"), nullable=False)
    language: Mapped[str] = mapped_column(String(5), nullable=False, default="en")
    text: Mapped[str] = mapped_column(Text, nullable=False, default="")


class Mapping(Editable, Model):
    """A requirement addresses a clause: in full, partly, or supports it; with the reason, by whom, when.

    Hangs on the requirement of one version; a new version starts with copies.
    """

    __tablename__ = "mapping"
    __table_args__ = (
        UniqueConstraint("requirement_id", "clause_id"),
        Index("ix_mapping_clause", "clause_id"),
    )

    requirement_id: Mapped[int] = mapped_column(ForeignKey("requirement.id"), nullable=False)
    clause_id: Mapped[int] = mapped_column(ForeignKey("clause.id"), nullable=False)
    degree: Mapped[str] = mapped_column(String(20), nullable=False)  # full | partial | supports
    rationale_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    rationale_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    mapped_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    mapped_by_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")

    requirement: Mapped[Requirement] = relationship()
    clause: Mapped[Clause] = relationship()

    @property
    def rationale(self) -> str:
        return pick(self.rationale_en, self.rationale_zh)


class Applicability(Editable, Model):
    """What a unit says of a clause: applicable or not, adopted as criterion, and a judgement about one standard."""

    __tablename__ = "applicability"
    __table_args__ = (UniqueConstraint("unit_id", "clause_id", "standard_id"),)

    unit_id: Mapped[int] = unit_ref()
    clause_id: Mapped[int] = mapped_column(ForeignKey("clause.id"), nullable=False, index=True)
    standard_id: Mapped[int | None] = mapped_column(
        ForeignKey("standard.id")
    )  # None: for the unit as a whole
    applicable: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    adopted: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    judgement: Mapped[str] = mapped_column(
        String(20), nullable=False, default=""
    )  # "" | addressed | partly | not_addressed
    justification: Mapped[str] = mapped_column(Text, nullable=False, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
