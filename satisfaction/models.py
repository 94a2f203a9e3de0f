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
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Person, Unit
from core import clock
from core.db import Editable, Keyed, Model, unit_ref
from core.files import StoredFile
from core.i18n import pick
from standards.models import Standard


class Questionnaire(Editable, Model):
    """The line that ties the versions of a questionnaire together, and so its waves to a trend."""

    __tablename__ = "questionnaire"

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # SUR-0001
    title_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    title_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    standard_id: Mapped[int | None] = mapped_column(
        ForeignKey("standard.id"), index=True
    )  # the standard whose promises it mostly asks about
    mapping: Mapped[dict[str, Any]] = mapped_column(
        JSON, nullable=False, default=dict
    )  # how the last file of answers was read

    unit: Mapped[Unit] = relationship()
    owner: Mapped[Person] = relationship()
    standard: Mapped[Standard | None] = relationship()

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)


class QuestionnaireVersion(Editable, Model):
    """One wording. Frozen as soon as somebody could have answered it; a change is then a new version."""

    __tablename__ = "questionnaire_version"
    __table_args__ = (UniqueConstraint("questionnaire_id", "number"),)

    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"), nullable=False, index=True)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    frozen_at: Mapped[datetime | None] = mapped_column()
    intro_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    intro_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    thanks_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    thanks_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")

    questionnaire: Mapped[Questionnaire] = relationship()

    @property
    def intro(self) -> str:
        return pick(self.intro_en, self.intro_zh)

    @property
    def thanks(self) -> str:
        return pick(self.thanks_en, self.thanks_zh)


class SurveyItem(Keyed, Model):
    """One question. `code` stays the same through versions and ties waves together."""

    __tablename__ = "survey_item"
    __table_args__ = (
        UniqueConstraint("version_id", "code"),
        CheckConstraint(
            "kind IN ('scale','nps','csat','ces','servqual','kano','importance','choice','text')", name="kind"
        ),
        Index("ix_survey_item_promise", "standard_id", "requirement_code"),
    )

    version_id: Mapped[int] = mapped_column(
        ForeignKey("questionnaire_version.id", ondelete="CASCADE"), nullable=False, index=True
    )
    code: Mapped[str] = mapped_column(String(20), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    kind: Mapped[str] = mapped_column(String(12), nullable=False)
    text_en: Mapped[str] = mapped_column(Text, nullable=False, default="")
    text_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    second_en: Mapped[str] = mapped_column(Text, nullable=False, default="")  # the other side of a pair
    second_zh: Mapped[str] = mapped_column(Text, nullable=False, default="")
    points: Mapped[int] = mapped_column(Integer, nullable=False, default=5)
    low_en: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    low_zh: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    high_en: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    high_zh: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    options: Mapped[list[dict[str, str]]] = mapped_column(JSON, nullable=False, default=list)
    several: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    required: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    allow_na: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    reverse: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    dimension: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standard.id"))
    requirement_code: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    touchpoint_id: Mapped[int | None] = mapped_column(ForeignKey("touchpoint.id"), index=True)
    about_code: Mapped[str] = mapped_column(
        String(20), nullable=False, default=""
    )  # importance: of which item
    top: Mapped[int] = mapped_column(Integer, nullable=False, default=2)  # answers that count as the top box
    target: Mapped[float | None] = mapped_column(Float)  # of the mean; of the score for NPS and CSAT

    version: Mapped[QuestionnaireVersion] = relationship()

    @property
    def text(self) -> str:
        return pick(self.text_en, self.text_zh)

    @property
    def second(self) -> str:
        return pick(self.second_en, self.second_zh)


class Wave(Editable, Model):
    """One asking: who, why, when, by which ways. Its answers are told apart from those of other waves."""

    __tablename__ = "wave"
    __table_args__ = (
        UniqueConstraint("id", "anonymous"),  # what named_response points at
        CheckConstraint("state IN ('draft','open','closed','analysed')", name="state"),
        CheckConstraint("min_cell >= 5", name="min_cell"),
    )

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # WAV-2026-0001
    version_id: Mapped[int] = mapped_column(
        ForeignKey("questionnaire_version.id"), nullable=False, index=True
    )
    name_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    purpose: Mapped[str] = mapped_column(Text, nullable=False, default="")
    population: Mapped[str] = mapped_column(Text, nullable=False, default="")
    channels: Mapped[list[str]] = mapped_column(JSON, nullable=False, default=list)
    first_day: Mapped[date | None] = mapped_column(Date, index=True)
    last_day: Mapped[date | None] = mapped_column(Date, index=True)
    anonymous: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    state: Mapped[str] = mapped_column(String(10), nullable=False, default="draft", index=True)
    open_token: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the open link, if it has one
    min_cell: Mapped[int] = mapped_column(Integer, nullable=False, default=10)
    quota: Mapped[int | None] = mapped_column(Integer)
    opened_at: Mapped[datetime | None] = mapped_column()
    closed_at: Mapped[datetime | None] = mapped_column()
    analysed_at: Mapped[datetime | None] = mapped_column()
    job_id: Mapped[int | None] = mapped_column(Integer)

    version: Mapped[QuestionnaireVersion] = relationship()
    unit: Mapped[Unit] = relationship()

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)


class Invitation(Keyed, Model):
    """A personal link; of its token only the hash is kept. `used` has no time: it must not lead to an answer."""

    __tablename__ = "invitation"
    __table_args__ = (Index("ix_invitation_wave", "wave_id", "id"),)

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), nullable=False)
    token_hash: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    reference: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    grouping: Mapped[str] = mapped_column(String(120), nullable=False, default="")
    used: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)


class Response(Keyed, Model):
    """One answered questionnaire: numbers in the order of the version's columns, texts by column.

    In an anonymous wave `submitted_at` is the day only, and nothing leads to an invitation.
    """

    __tablename__ = "response"
    __table_args__ = (Index("ix_response_wave", "wave_id", "id"),)

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), nullable=False)
    key_hash: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    codes: Mapped[str] = mapped_column(Text, nullable=False)  # [5,4,null,-1]
    texts: Mapped[str] = mapped_column(Text, nullable=False, default="")  # {"Q9": "…"} or nothing
    channel: Mapped[str] = mapped_column(String(20), nullable=False, default="web")
    language: Mapped[str] = mapped_column(String(5), nullable=False, default="")
    grouping: Mapped[str] = mapped_column(String(120), nullable=False, default="")
    weight: Mapped[float] = mapped_column(Float, nullable=False, default=1.0)
    submitted_at: Mapped[datetime] = mapped_column(nullable=False)


class NamedResponse(Model):
    """Which personal link an answer came by. The database refuses a row for an anonymous wave."""

    __tablename__ = "named_response"
    __table_args__ = (
        ForeignKeyConstraint(["wave_id", "anonymous"], ["wave.id", "wave.anonymous"]),
        CheckConstraint("NOT anonymous", name="named"),
    )

    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id"), primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), nullable=False, unique=True)
    wave_id: Mapped[int] = mapped_column(Integer, nullable=False)
    anonymous: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False, server_default=false())


class ResponseDraft(Model):
    """What somebody has answered so far and not sent; found only by who holds its token."""

    __tablename__ = "response_draft"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), nullable=False, index=True)
    answers: Mapped[str] = mapped_column(Text, nullable=False, default="{}")
    saved_at: Mapped[datetime] = mapped_column(nullable=False, index=True)


class AnswerRate(Model):
    """How many answers came from one network in one stretch of minutes; the key does not tell which network."""

    __tablename__ = "answer_rate"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    counted: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    until: Mapped[datetime] = mapped_column(nullable=False, index=True)


class ResponseImport(Editable, Model):
    """A file of answers: as received, how it was read, the Parquet made of it. Accepted, it never changes."""

    __tablename__ = "response_import"
    __table_args__ = (
        CheckConstraint("state IN ('received','mapped','accepted','withdrawn')", name="state"),
        Index(
            "uq_response_import_file",
            "wave_id",
            "file_sha256",
            unique=True,
            sqlite_where=text("state = 'accepted'"),
            postgresql_where=text("state = 'accepted'"),
        ),
    )

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), nullable=False, index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), nullable=False)
    file_sha256: Mapped[str] = mapped_column(String(64), nullable=False)
    state: Mapped[str] = mapped_column(String(10), nullable=False, default="received", index=True)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    parquet_sha256: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    rejects_sha256: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    rows: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    accepted: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    rejected: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    reasons: Mapped[dict[str, int]] = mapped_column(JSON, nullable=False, default=dict)
    groups: Mapped[list[str]] = mapped_column(JSON, nullable=False, default=list)
    first_answered: Mapped[date | None] = mapped_column(Date)
    last_answered: Mapped[date | None] = mapped_column(Date)
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None] = mapped_column()
    job_id: Mapped[int | None] = mapped_column(Integer)
    withdrawn_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")

    wave: Mapped[Wave] = relationship()
    file: Mapped[StoredFile] = relationship()


class SurveyFigure(Keyed, Model):
    """Derived: one figure of a wave as a whole. Can always be rebuilt from the answers."""

    __tablename__ = "survey_figure"
    __table_args__ = (
        UniqueConstraint("wave_id", "item_code", "dimension", "measure"),
        Index("ix_survey_figure_item", "item_code", "measure"),
    )

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), nullable=False)
    item_code: Mapped[str] = mapped_column(String(20), nullable=False, default="")  # "" for a dimension
    dimension: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    measure: Mapped[str] = mapped_column(
        String(20), nullable=False
    )  # mean | top | nps | csat | ces | gap | expectation | perception | better | worse
    n: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    value: Mapped[float | None] = mapped_column(Float)
    low: Mapped[float | None] = mapped_column(Float)
    high: Mapped[float | None] = mapped_column(Float)
    target: Mapped[float | None] = mapped_column(Float)
    verdict: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    method: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    computed_at: Mapped[datetime] = mapped_column(default=clock.now)
    engine_version: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    inputs_hash: Mapped[str] = mapped_column(String(64), nullable=False, default="")


class Analysis(Keyed, Model):
    """One run of a method on a wave, or on figures that somebody entered. Never changed once it is done: running again
    makes another, and the database itself refuses to change or remove it."""

    __tablename__ = "analysis"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','done','refused')", name="state"),
        CheckConstraint("(wave_id IS NULL) <> (unit_id IS NULL)", name="place"),
    )

    code: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)  # ANA-2026-0001
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("wave.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)  # of entered figures
    method: Mapped[str] = mapped_column(String(20), nullable=False)
    title: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    state: Mapped[str] = mapped_column(String(10), nullable=False, default="waiting")
    asked: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)  # as the form said it
    spec: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)  # as the engine took it
    options: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    names: Mapped[dict[str, Any]] = mapped_column(
        JSON, nullable=False, default=dict
    )  # words for keys of the result
    result: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    refusal: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False, default=dict)
    answers: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    inputs_sha256: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    run_sha256: Mapped[str] = mapped_column(
        String(64), nullable=False, default="", index=True
    )  # of answers, method, specification, options and engine together
    seed: Mapped[int | None] = mapped_column(BigInteger)
    engine_version: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("analysis.id"))
    job_id: Mapped[int | None] = mapped_column(Integer)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)

    wave: Mapped[Wave | None] = relationship()
    own_unit: Mapped[Unit | None] = relationship()
    made_by: Mapped[Person] = relationship()

    @property
    def unit(self) -> Unit:
        """Where it belongs: the unit of its wave, or the one its figures were entered for."""
        found = self.wave.unit if self.wave is not None else self.own_unit
        assert found is not None
        return found
