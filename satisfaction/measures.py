"""Survey items as a measure for improvement tickets: the share of answers in the top box, of any days.

Reference: "survey:QUESTIONNAIRE_ID:ITEM:unit=UNIT_ID"; only the prefix means anything outside this file.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from accounts.models import Unit
from core import access, clock
from core.columnar import literal, quoted
from core.db import session
from core.i18n import _, force_locale
from improvement.measures import Count, Option, Window
from improvement.models import Finding, Ticket
from satisfaction.models import (
    Questionnaire,
    QuestionnaireVersion,
    Response,
    ResponseImport,
    SurveyItem,
    Wave,
)
from satisfaction.permissions import SEE
from satisfaction.queries.questionnaires import list_items
from satisfaction.rules.addresses import item_path, questionnaire_path
from satisfaction.rules.items import Kind, bounds, columns_of
from satisfaction.rules.waves import WaveState
from satisfaction.storage import ANSWERS, engine

if TYPE_CHECKING:
    import numpy as np

PREFIX = "survey"
_REF = re.compile(r"survey:(\d{1,9}):([A-Za-z][A-Za-z0-9_]{0,19}):unit=(\d{1,9})")
MOST_OPTIONS = 60
MEASURED = frozenset({Kind.scale, Kind.nps, Kind.csat, Kind.ces})


@dataclass(frozen=True, slots=True)
class _Ref:
    questionnaire_id: int
    code: str
    unit_id: int

    @classmethod
    def read(cls, text: str) -> "_Ref | None":
        found = _REF.fullmatch(text)
        return cls(int(found[1]), found[2], int(found[3])) if found else None

    def __str__(self) -> str:
        return f"{PREFIX}:{self.questionnaire_id}:{self.code}:unit={self.unit_id}"


def origin_address(rest: str) -> str:
    """The page a finding came from, of "WAVE_ID:ITEM"."""
    found = re.fullmatch(r"(\d{1,9}):([A-Za-z][A-Za-z0-9_]{0,19})", rest)
    return item_path(int(found[1]), found[2]) if found else ""


def top_from(item: SurveyItem) -> int:
    """The lowest answer of the top box: promoters for NPS."""
    _low, high = bounds(item)
    return 9 if item.kind == Kind.nps else high - item.top + 1


class SurveyMeasure:
    """Provider for improvement.measures: `met` answers in the top box of `n` answers, by the day they were given."""

    def options(self, ticket: Ticket, person: Any) -> list[Option]:
        if not access.may(person, SEE, ticket.unit.path):
            return []
        rows = session.execute(
            select(Questionnaire, SurveyItem)
            .join(QuestionnaireVersion, QuestionnaireVersion.questionnaire_id == Questionnaire.id)
            .join(Wave, Wave.version_id == QuestionnaireVersion.id)
            .join(Unit, Unit.id == Wave.unit_id)
            .join(SurveyItem, SurveyItem.version_id == QuestionnaireVersion.id)
            .where(
                access.under(Unit.path, ticket.unit.path),
                SurveyItem.kind.in_(sorted(MEASURED)),
                Wave.state != "draft",
            )
            .order_by(Questionnaire.id, QuestionnaireVersion.number.desc(), SurveyItem.position)
            .limit(2000)
        )
        newest: dict[tuple[int, str], tuple[Questionnaire, SurveyItem]] = {}
        for questionnaire, item in rows:
            newest.setdefault((questionnaire.id, item.code), (questionnaire, item))
        wanted = self._wanted(ticket)
        ordered = sorted(newest.items(), key=lambda pair: pair[0] not in wanted)
        return [
            self._option(questionnaire, item, ticket.unit)
            for _key, (questionnaire, item) in ordered[:MOST_OPTIONS]
        ]

    @staticmethod
    def _wanted(ticket: Ticket) -> set[tuple[int, str]]:
        """What the ticket's findings are about."""
        keys = session.scalars(select(Finding.dedup_key).where(Finding.ticket_id == ticket.id))
        found = [re.fullmatch(r"satisfaction:(\d+):(\w+):\d+", key or "") for key in keys]
        return {(int(each[1]), each[2]) for each in found if each}

    @staticmethod
    def _option(questionnaire: Questionnaire, item: SurveyItem, unit: Unit) -> Option:
        labels = []
        _low, high = bounds(item)
        for language, text, name in (
            ("en", item.text_en or item.text_zh, unit.name_en or unit.name_zh),
            ("zh", item.text_zh or item.text_en, unit.name_zh or unit.name_en),
        ):
            with force_locale(language):
                labels.append(
                    str(
                        _(
                            "Share of answers %(from)s–%(to)s: %(question)s (%(code)s, %(unit)s)",
                            **{"from": top_from(item)},
                            to=high,
                            question=text[:120],
                            code=f"{questionnaire.code} {item.code}",
                            unit=name,
                        )
                    )
                )
        target = item.target / 100 if item.kind == Kind.csat and item.target is not None else None
        return Option(
            ref=str(_Ref(questionnaire.id, item.code, unit.id)),
            label_en=labels[0],
            label_zh=labels[1],
            target=target,
        )

    def describe(self, ref: str) -> Option | None:
        asked = _Ref.read(ref)
        found = self._item(asked) if asked else None
        unit = session.get(Unit, asked.unit_id) if asked else None
        return self._option(*found, unit) if found and unit else None

    @staticmethod
    def _item(asked: _Ref) -> tuple[Questionnaire, SurveyItem] | None:
        row = session.execute(
            select(Questionnaire, SurveyItem)
            .join(QuestionnaireVersion, QuestionnaireVersion.questionnaire_id == Questionnaire.id)
            .join(SurveyItem, SurveyItem.version_id == QuestionnaireVersion.id)
            .where(
                Questionnaire.id == asked.questionnaire_id,
                SurveyItem.code == asked.code,
                SurveyItem.kind.in_(sorted(MEASURED)),
            )
            .order_by(QuestionnaireVersion.number.desc())
            .limit(1)
        ).first()
        return (row[0], row[1]) if row else None

    def measure(self, ref: str, first: date, last: date) -> Window:
        """Answers given on these days in all waves of the questionnaire, at the unit and below; each answer counts once,
        whatever its weight. Anonymous waves count when they are closed, and no week of fewer than may be shown."""
        import numpy as np

        asked = _Ref.read(ref)
        unit = session.get(Unit, asked.unit_id) if asked else None
        if asked is None or unit is None or self._item(asked) is None:
            raise LookupError(ref)
        waves = session.scalars(
            select(Wave)
            .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
            .join(Unit, Unit.id == Wave.unit_id)
            .where(
                QuestionnaireVersion.questionnaire_id == asked.questionnaire_id,
                access.under(Unit.path, unit.path),
            )
        )
        met = n = least = 0
        weeks: dict[date, list[int]] = {}
        for wave in waves:
            found = [
                (day, int((said >= top_from(item)).sum()), len(said))
                for day, codes, item in self._answers(wave, asked.code, first, last)
                if len(said := codes[~np.isnan(codes)])
            ]
            if wave.anonymous:
                if wave.state == WaveState.open or sum(many for _day, _good, many in found) < wave.min_cell:
                    continue  # so few could be recognised
                least = max(least, wave.min_cell)
            for day, good, many in found:
                met, n = met + good, n + many
                counted = weeks.setdefault(day - timedelta(days=day.weekday()), [0, 0])
                counted[0] += good
                counted[1] += many
        return Window(
            Count(met, n),
            tuple(
                (monday, Count(*counted))
                for monday, counted in sorted(weeks.items())
                if counted[1] >= max(1, least)
            ),
        )

    @staticmethod
    def _answers(
        wave: Wave, code: str, first: date, last: date
    ) -> Iterable[tuple[date, "np.ndarray[Any, np.dtype[np.float64]]", SurveyItem]]:
        import numpy as np

        items = list_items(wave.version_id)
        item = next((each for each in items if each.code == code and Kind(each.kind) in MEASURED), None)
        if item is None:
            return
        at = next(number for number, column in enumerate(columns_of(items)) if column.code == code)
        begins = datetime.combine(first, datetime.min.time(), tzinfo=clock.now().tzinfo)
        rows = session.execute(
            select(Response.submitted_at, Response.codes)
            .where(
                Response.wave_id == wave.id,
                Response.submitted_at >= begins,
                Response.submitted_at < begins + timedelta(days=(last - first).days + 1),
            )
            .order_by(Response.id)
        ).all()
        by_day: dict[date, list[str]] = {}
        for moment, codes in rows:
            by_day.setdefault(moment.date(), []).append(codes)
        for day, texts in by_day.items():
            table = np.array(json.loads(f"[{','.join(texts)}]"), dtype=np.float64)
            yield day, _turned(table[:, at], item), item
        for batch in session.scalars(
            select(ResponseImport).where(
                ResponseImport.wave_id == wave.id, ResponseImport.state == "accepted"
            )
        ):
            yield from _of_file(batch, wave, item, first, last)

    def rows_url(self, ref: str, first: date, last: date) -> str:  # noqa: ARG002 - the signature of a provider
        asked = _Ref.read(ref)
        return questionnaire_path(asked.questionnaire_id) if asked else ""


def _turned(codes: "np.ndarray[Any, np.dtype[np.float64]]", item: SurveyItem) -> Any:
    import numpy as np

    low, high = bounds(item)
    kept = np.where(codes < low, np.nan, codes)
    return low + high - kept if item.reverse else kept


def _of_file(
    batch: ResponseImport, wave: Wave, item: SurveyItem, first: date, last: date
) -> Iterable[tuple[date, Any, SurveyItem]]:
    """Answers of a file by their day; without a column of days they stand on the wave's last day."""
    import numpy as np

    path = literal(str(ANSWERS.parquet(batch.parquet_sha256)))
    name = f"c_{item.code}"
    with engine() as connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({path})").fetchall()  # noqa: S608 - a path of our own
        there = {row[0] for row in described}
        if name not in there:
            return
        day = "day" if "day" in there else "''"
        found = connection.execute(
            f"SELECT {day} AS day, {quoted(name)} AS code FROM read_parquet({path})"  # noqa: S608 - names are quoted
        ).fetchnumpy()
    codes = _turned(np.ma.filled(found["code"].astype(np.float64), np.nan), item)
    fallback = wave.last_day or (wave.closed_at or batch.accepted_at or clock.now()).date()
    days = np.array([text or fallback.isoformat() for text in np.ma.filled(found["day"], "").tolist()])
    for text in np.unique(days):
        moment = date.fromisoformat(str(text))
        if first <= moment <= last:
            yield moment, codes[days == text], item
