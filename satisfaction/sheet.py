"""The answers of a wave as arrays: those given over its links and those of its imported files, side by side."""

import hashlib
import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from sqlalchemy import func, select

from core.columnar import literal, quoted
from core.db import session, table_of
from core.i18n import _, _l, pick
from satisfaction.methods.weighting import MOST_GROUPS
from satisfaction.models import Response, ResponseImport, SurveyItem, Wave
from satisfaction.queries import imports
from satisfaction.queries.questionnaires import list_items
from satisfaction.rules.items import NOT_APPLICABLE, Column, Kind, columns_of
from satisfaction.rules.waves import CHANNELS, shown_answers
from satisfaction.storage import ANSWERS, engine

Array = np.ndarray[Any, np.dtype[np.float64]]
LANGUAGES = {"en": _l("English"), "zh": _l("Chinese")}


@dataclass(frozen=True, slots=True)
class Question:
    """An item as a plain value: results are kept in memory across requests, records of the database are not."""

    code: str
    kind: str
    text_en: str
    text_zh: str
    second_en: str
    second_zh: str
    points: int
    low_en: str
    low_zh: str
    high_en: str
    high_zh: str
    options: list[dict[str, str]]
    several: bool
    required: bool
    allow_na: bool
    reverse: bool
    dimension: str
    standard_id: int | None
    requirement_code: str
    about_code: str
    top: int
    target: float | None

    @classmethod
    def of(cls, item: SurveyItem) -> "Question":
        return cls(**{each.name: getattr(item, each.name) for each in fields(cls)})

    @property
    def text(self) -> str:
        return pick(self.text_en, self.text_zh)

    @property
    def second(self) -> str:
        return pick(self.second_en, self.second_zh)


@dataclass(slots=True)
class Sheet:
    """`codes` has a row a respondent and a column an answer: NaN for no answer, -1 for "does not apply"."""

    items: list[Question]
    columns: list[Column]
    codes: "np.ndarray[Any, np.dtype[np.float32]]"
    weights: Array
    groups: dict[str, "np.ndarray[Any, Any]"] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.codes)

    @property
    def weighted(self) -> bool:
        return bool(len(self.weights)) and not np.all(self.weights == self.weights[0])

    def raw(self, key: str) -> Array:
        at = next(number for number, column in enumerate(self.columns) if column.key == key)
        return self.codes[:, at].astype(np.float64)

    def values(self, key: str, *, reverse: bool = False) -> Array:
        """Answers of one column, NaN where there is none or it does not apply; turned round when asked."""
        found = self.raw(key)
        found[found == NOT_APPLICABLE] = np.nan
        if reverse:
            column = next(column for column in self.columns if column.key == key)
            found = column.low + column.high - found
        return found

    def part(self, mask: "np.ndarray[Any, np.dtype[np.bool_]]") -> "Sheet":
        return Sheet(self.items, self.columns, self.codes[mask], self.weights[mask], {})


_response = table_of(Response)


def fingerprint(wave: Wave) -> str:
    """Changes whenever an answer comes in or is weighted, an import is accepted or withdrawn, or the version changes."""
    counted = session.execute(
        select(
            func.count(), func.max(_response.c.id), func.sum(_response.c.weight * _response.c.weight)
        ).where(_response.c.wave_id == wave.id)
    ).one()
    files = session.scalars(
        select(ResponseImport.parquet_sha256)
        .where(ResponseImport.wave_id == wave.id, ResponseImport.state == "accepted")
        .order_by(ResponseImport.id)
    )
    version = wave.version
    text = f"{wave.id}|{wave.state}|{wave.min_cell}|{tuple(counted)}|{list(files)}|{version.id}|{version.row_version}|{version.frozen_at}"
    return hashlib.sha256(text.encode()).hexdigest()


def load(wave: Wave) -> Sheet:
    """All answers of a wave."""
    items = [Question.of(item) for item in list_items(wave.version_id)]
    columns = columns_of(items)
    parts = [part for part in (_given(wave, columns), *_brought(wave, columns)) if part is not None]
    if not parts:
        return Sheet(items, columns, np.empty((0, len(columns)), dtype=np.float32), np.empty(0))
    made = Sheet(
        items,
        columns,
        np.concatenate([codes for codes, _weights, _groups in parts]),
        np.concatenate([weights for _codes, weights, _groups in parts]),
    )
    names = list(dict.fromkeys(name for _codes, _weights, groups in parts for name in groups))
    for name in names:
        made.groups[name] = np.concatenate(
            [groups.get(name, np.full(len(codes), "", dtype=object)) for codes, _weights, groups in parts]
        )
    for item in items:
        if item.kind == Kind.choice and not item.several:
            made.groups[f"item:{item.code}"] = _choices(item, made.values(item.code))
    return made


Part = tuple["np.ndarray[Any, np.dtype[np.float32]]", Array, dict[str, "np.ndarray[Any, Any]"]]


def _given(wave: Wave, columns: list[Column]) -> Part | None:
    rows = (
        session.connection()
        .execute(
            select(
                _response.c.codes,
                _response.c.weight,
                _response.c.channel,
                _response.c.language,
                _response.c.grouping,
            )
            .where(_response.c.wave_id == wave.id)
            .order_by(_response.c.id)
        )
        .all()
    )
    rows = rows[: shown_answers(wave.state, len(rows), wave.min_cell, anonymous=wave.anonymous)]
    if not rows:
        return None
    texts, weights, channels, languages, grouping = zip(*rows, strict=True)
    codes = np.array(json.loads(f"[{','.join(texts)}]"), dtype=np.float32).reshape(len(rows), len(columns))
    groups = {
        "channel": np.array(channels, dtype=object),
        "language": np.array(languages, dtype=object),
    }
    if any(grouping):
        groups["link"] = np.array(grouping, dtype=object)
    return codes, np.array(weights, dtype=np.float64), groups


def _brought(wave: Wave, columns: list[Column]) -> list[Part]:
    found: list[Part] = []
    accepted = imports.list_accepted(wave.id)
    if not accepted:
        return found
    with engine() as connection:
        for batch in accepted:
            path = literal(str(ANSWERS.parquet(batch.parquet_sha256)))
            there = {
                row[0]
                for row in connection.execute(f"DESCRIBE SELECT * FROM read_parquet({path})").fetchall()  # noqa: S608 - a path of our own
            }
            wanted = [name for name in there if name.startswith(("c_", "g_")) or name == "weight"]
            listed = ", ".join(map(quoted, [*wanted, "line"]))
            asked = f"SELECT {listed} FROM read_parquet({path}) ORDER BY line"  # noqa: S608 - names are quoted
            arrays = connection.execute(asked).fetchnumpy()
            size = len(arrays["line"])
            codes = np.full((size, len(columns)), np.nan, dtype=np.float32)
            for at, column in enumerate(columns):
                name = f"c_{column.key}"
                if name in arrays:
                    codes[:, at] = np.ma.filled(arrays[name].astype(np.float32), np.nan)
            weights = (
                np.ma.filled(arrays["weight"].astype(np.float64), 1.0)
                if "weight" in arrays
                else np.ones(size)
            )
            groups = {
                f"col:{name}": np.ma.filled(arrays[f"g_{number}"], "").astype(object)
                for number, name in enumerate(batch.groups)
                if f"g_{number}" in arrays
            }
            groups["channel"] = np.full(size, batch.mapping.get("channel", "file"), dtype=object)
            found.append((codes, weights, groups))
    return found


def _choices(item: Question, codes: Array) -> "np.ndarray[Any, Any]":
    words = np.array(["", *(str(number) for number in range(1, len(item.options) + 1))], dtype=object)
    found: np.ndarray[Any, Any] = words[np.nan_to_num(codes, nan=0).astype(int)]
    return found


def group_names(sheet: Sheet) -> dict[str, str]:
    """Key → name of every way to tell respondents apart, that has at least two values and not more than a reader could
    compare."""
    names: dict[str, str] = {}
    by_code = {item.code: item for item in sheet.items}
    for key, values in sheet.groups.items():
        kind, _colon, rest = key.partition(":")
        distinct = set(values.tolist())
        if len(distinct - {""}) < 2 or len(distinct) > MOST_GROUPS:
            continue
        if kind == "item":
            item = by_code[rest]
            names[key] = f"{item.code} · {item.text[:60]}"
        elif kind == "col":
            names[key] = rest
        else:
            names[key] = {
                "channel": str(_("How they were asked")),
                "language": str(_("Language of the answer")),
                "link": str(_("Group of the personal link")),
            }[kind]
    return names


def lines_of(sheet: Sheet, groups: Sequence[Hashable]) -> list[set[Any]]:
    """Sets of these groups, given for each respondent, that together are groups by something else which can be looked at
    as well: the streets of a district. Of such a set the sum is known, and what is hidden could be found from the rest."""
    found: list[set[Any]] = []
    names, marks = _numbered(groups)
    for key in group_names(sheet):
        _values, others = _numbered(sheet.groups[key].tolist())
        within: dict[int, set[Any]] = {}
        for pair in np.unique(others * len(names) + marks).tolist():
            within.setdefault(pair // len(names), set()).add(names[pair % len(names)])
        apart: list[set[Any]] = []
        for mine in within.values():
            touched = [other for other in apart if not other.isdisjoint(mine)]
            apart = [other for other in apart if other.isdisjoint(mine)] + [mine.union(*touched)]
        found += [line for line in apart if len(line) > 1 and len(apart) > 1 and line not in found]
    return found


def _numbered(values: Sequence[Hashable]) -> tuple[list[Any], "np.ndarray[Any, np.dtype[np.int64]]"]:
    """The different values, and the place among them of each."""
    places: dict[Hashable, int] = {}
    marks = [places.setdefault(value, len(places)) for value in values]
    return list(places), np.array(marks, dtype=np.int64)


def weightings(sheet: Sheet) -> dict[str, Array]:
    """Key → what may serve as case weights: those of the answers, and columns beside them that hold numbers from 0 on."""
    made: dict[str, Array] = {"wave": sheet.weights} if sheet.weighted else {}
    for key, values in sheet.groups.items():
        if not key.startswith("col:"):
            continue
        try:
            numbers = np.array([float(each) if each else np.nan for each in values.tolist()])
        except ValueError:
            continue
        known = numbers[~np.isnan(numbers)]
        if len(known) and np.isfinite(known).all() and (known >= 0).all() and np.ptp(known) > 0:
            made[key] = numbers
    return made


def group_word(sheet: Sheet, key: str, value: str) -> str:
    """One value in words."""
    kind, _colon, rest = key.partition(":")
    if not value:
        return str(_("not told"))
    if kind == "channel":
        return str(CHANNELS.get(value, value))
    if kind == "language":
        return str(LANGUAGES.get(value, value))
    if kind == "item":
        item = next(item for item in sheet.items if item.code == rest)
        option = item.options[int(value) - 1]
        return pick(option.get("en"), option.get("zh"))
    return value
