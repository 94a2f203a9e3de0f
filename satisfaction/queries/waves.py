from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy import bindparam, case, func, or_, select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from core import access, clock
from core.access import Permission
from core.db import get_record, session, table_of
from core.i18n import pick
from core.tables import matching
from satisfaction.models import (
    Invitation,
    Questionnaire,
    QuestionnaireVersion,
    Response,
    ResponseImport,
    SurveyItem,
    Wave,
)
from satisfaction.permissions import SEE
from satisfaction.rules.waves import Door, WaveState, door


def get_wave_for(person: Any, wave_id: int, needed: Permission = SEE) -> Wave:
    found = get_record(
        Wave,
        wave_id,
        joinedload(Wave.unit),
        joinedload(Wave.version).joinedload(QuestionnaireVersion.questionnaire),
    )
    access.require(person, needed, found.unit.path, what=found.code)
    return found


def get_wave(wave_id: int) -> Wave:
    return get_record(Wave, wave_id)


def answered_column() -> Any:
    """Answers of a wave, from its links and from accepted files."""
    given = select(func.count(Response.id)).where(Response.wave_id == Wave.id).correlate(Wave)
    brought = (
        select(func.coalesce(func.sum(ResponseImport.accepted), 0))
        .where(ResponseImport.wave_id == Wave.id, ResponseImport.state == "accepted")
        .correlate(Wave)
    )
    return given.scalar_subquery() + brought.scalar_subquery()


def select_waves(person: Any) -> Any:
    """The SELECT of the list of waves."""
    return (
        select(
            Wave.id,
            Wave.code,
            Wave.name_en,
            Wave.name_zh,
            Wave.state,
            Wave.first_day,
            Wave.last_day,
            Wave.anonymous,
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            Questionnaire.id.label("questionnaire_id"),
            Questionnaire.code.label("questionnaire_code"),
            Questionnaire.title_en,
            Questionnaire.title_zh,
            QuestionnaireVersion.number,
            answered_column().label("answered"),
        )
        .join(Unit, Unit.id == Wave.unit_id)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
        .join(Questionnaire, Questionnaire.id == QuestionnaireVersion.questionnaire_id)
        .where(access.scope(person, SEE, Unit.path))
    )


def list_of_questionnaire(questionnaire_id: int, person: Any, limit: int = 60) -> list[Any]:
    """For its page, the newest first."""
    return list(
        session.execute(
            select_waves(person)
            .where(Questionnaire.id == questionnaire_id)
            .order_by(Wave.first_day.is_(None), Wave.first_day.desc(), Wave.id.desc())
            .limit(limit)
        )
    )


def count_answered(wave_id: int) -> int:
    """Answers of a wave, from its links and from accepted files."""
    return int(session.scalar(select(answered_column()).where(Wave.id == wave_id)) or 0)


def count_given(wave_id: int) -> int:
    """Answers that came by the wave's links."""
    return session.scalar(select(func.count()).select_from(Response).where(Response.wave_id == wave_id)) or 0


def count_invitations(wave_id: int) -> tuple[int, int]:
    """Personal links made, and those used."""
    row = session.execute(
        select(
            func.count(Invitation.id),
            func.coalesce(func.sum(case((Invitation.used.is_(True), 1), else_=0)), 0),
        ).where(Invitation.wave_id == wave_id)
    ).one()
    return int(row[0]), int(row[1])


def search(person: Any, words: str, limit: int) -> list[Wave]:
    statement = (
        select(Wave)
        .join(Unit, Unit.id == Wave.unit_id)
        .where(access.scope(person, SEE, Unit.path), matching(words, Wave.code, Wave.name_en, Wave.name_zh))
    )
    return list(session.scalars(statement.order_by(Wave.id.desc()).limit(limit)))


def list_waiting(person: Any, needed: Permission) -> list[Wave]:
    """Waves that wait for who runs them: over but not closed, closed but not analysed."""
    today = clock.now().date()
    return list(
        session.scalars(
            select(Wave)
            .join(Unit, Unit.id == Wave.unit_id)
            .options(joinedload(Wave.unit))
            .where(
                access.scope(person, needed, Unit.path),
                or_(
                    Wave.state == WaveState.closed,
                    (Wave.state == WaveState.open) & (Wave.last_day < today),
                ),
            )
            .order_by(Wave.last_day)
            .limit(50)
        )
    )


# --- the public page -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What a public link leads to."""

    wave_id: int
    version_id: int
    anonymous: bool
    door: Door
    first_day: date | None
    last_day: date | None
    quota: int | None
    title_en: str
    title_zh: str
    organisation_en: str
    organisation_zh: str
    intro_en: str
    intro_zh: str
    thanks_en: str
    thanks_zh: str
    stamp: str  # changes whenever the version could have changed
    invitation_id: int | None
    used: bool
    grouping: str

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)

    @property
    def organisation(self) -> str:
        return pick(self.organisation_en, self.organisation_zh)

    @property
    def intro(self) -> str:
        return pick(self.intro_en, self.intro_zh)

    @property
    def thanks(self) -> str:
        return pick(self.thanks_en, self.thanks_zh)


_wave, _version, _questionnaire, _unit, _root = (
    table_of(Wave),
    table_of(QuestionnaireVersion),
    table_of(Questionnaire),
    table_of(Unit),
    table_of(Unit).alias("root"),
)
_invitation = table_of(Invitation)
_ASKED = (
    select(
        _wave.c.id,
        _wave.c.version_id,
        _wave.c.anonymous,
        _wave.c.state,
        _wave.c.first_day,
        _wave.c.last_day,
        _wave.c.quota,
        _questionnaire.c.title_en,
        _questionnaire.c.title_zh,
        _version.c.intro_en,
        _version.c.intro_zh,
        _version.c.thanks_en,
        _version.c.thanks_zh,
        _version.c.frozen_at,
        _version.c.row_version,
        _unit.c.time_zone,
        _root.c.name_en.label("root_en"),
        _root.c.name_zh.label("root_zh"),
        _root.c.time_zone.label("root_zone"),
    )
    .select_from(_wave)
    .join(_version, _version.c.id == _wave.c.version_id)
    .join(_questionnaire, _questionnaire.c.id == _version.c.questionnaire_id)
    .join(_unit, _unit.c.id == _wave.c.unit_id)
    .join(_root, _root.c.parent_id.is_(None))
)
_OPEN = _ASKED.where(_wave.c.open_token == bindparam("token"))
_PERSONAL = (
    _ASKED.add_columns(_invitation.c.id.label("invitation_id"), _invitation.c.used, _invitation.c.grouping)
    .join(_invitation, _invitation.c.wave_id == _wave.c.id)
    .where(_invitation.c.token_hash == bindparam("token"))
)
PERSONAL = "p"  # personal tokens begin so


def find_asked(token: str, hashed: str) -> Asked | None:
    """The wave behind a public token: one statement. `hashed` is what is kept of a personal token."""
    personal = token.startswith(PERSONAL)
    row = (
        session.connection()
        .execute(_PERSONAL if personal else _OPEN, {"token": hashed if personal else token})
        .first()
    )
    if row is None:
        return None
    today = clock.today(row.time_zone or row.root_zone or current_app.config["TIME_ZONE"])
    return Asked(
        wave_id=row.id,
        version_id=row.version_id,
        anonymous=bool(row.anonymous),
        door=door(row.state, row.first_day, row.last_day, today),
        first_day=row.first_day,
        last_day=row.last_day,
        quota=row.quota,
        title_en=row.title_en,
        title_zh=row.title_zh,
        organisation_en=row.root_en,
        organisation_zh=row.root_zh,
        intro_en=row.intro_en,
        intro_zh=row.intro_zh,
        thanks_en=row.thanks_en,
        thanks_zh=row.thanks_zh,
        stamp=f"{row.frozen_at}:{row.row_version}",
        invitation_id=row.invitation_id if personal else None,
        used=bool(row.used) if personal else False,
        grouping=row.grouping if personal else "",
    )


_ITEMS = (
    select(table_of(SurveyItem))
    .where(table_of(SurveyItem).c.version_id == bindparam("version"))
    .order_by(table_of(SurveyItem).c.position, table_of(SurveyItem).c.id)
)
_items_kept: dict[tuple[int, str], list[Any]] = {}


def items_of(asked: Asked) -> list[Any]:
    """Items of a wave that is open, as rows. A frozen version never changes, so the last few are kept in memory."""
    key = (asked.version_id, asked.stamp)
    found = _items_kept.get(key)
    if found is None:
        found = list(session.connection().execute(_ITEMS, {"version": asked.version_id}))
        if not asked.stamp.startswith("None"):
            if len(_items_kept) >= 32:
                _items_kept.clear()
            _items_kept[key] = found
    return found


def list_texts(wave_id: int, *, start: int, limit: int) -> list[Response]:
    """Answers in people's own words, newest first."""
    return list(
        session.scalars(
            select(Response)
            .where(Response.wave_id == wave_id, Response.texts != "")
            .order_by(Response.id.desc())
            .offset(start)
            .limit(limit)
        )
    )


def count_texts(wave_id: int) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Response)
            .where(Response.wave_id == wave_id, Response.texts != "")
        )
        or 0
    )
