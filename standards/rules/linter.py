"""Hints for drafts: is a standard measurable, consistent, flexible and adaptable? Advice, never a refusal."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from core.lazytext import _l
from standards.rules.timing import (
    WITHOUT_AMOUNT,
    WORKING_DAY_UNITS,
    WORKING_TIME_UNITS,
    LimitUnit,
    parse_limit,
)


class Property(StrEnum):
    measurable = "measurable"
    consistent = "consistent"
    flexible = "flexible"
    adaptable = "adaptable"

    @property
    def label(self) -> Any:
        return {
            Property.measurable: _l("Measurable"),
            Property.consistent: _l("Consistent"),
            Property.flexible: _l("Flexible"),
            Property.adaptable: _l("Adaptable"),
        }[self]


@dataclass(frozen=True)
class Hint:
    """One piece of advice. `requirement` is the code it is about, or empty for the whole version."""

    property: Property
    code: str
    text: Any
    requirement: str = ""
    values: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.text % self.values) if self.values else str(self.text)


@dataclass(frozen=True)
class Checked:
    """What the linter looks at of one requirement."""

    code: str
    kind: str
    statement_en: str = ""
    statement_zh: str = ""
    target: float | None = None
    from_milestone: str = ""
    to_milestone: str = ""
    limit: str = ""
    population: dict[str, list[str]] = field(default_factory=dict)
    pauses: Sequence[Any] = ()
    has_calendar: bool = False
    calendar_has_hours: bool = False
    dimension: str = ""
    kano: str = ""
    verification: str = ""


VAGUE_EN = (
    "timely",
    "promptly",
    "quickly",
    "swiftly",
    "in due course",
    "as soon as possible",
    "as quickly as possible",
    "without delay",
    "immediately",
    "shortly",
    "reasonable time",
    "reasonably",
    "where possible",
    "if possible",
    "as far as possible",
    "appropriate",
    "adequate",
    "sufficient",
    "regularly",
    "friendly",
    "high quality",
    "best efforts",
)
VAGUE_ZH = (
    "及时",
    "尽快",
    "尽早",
    "适时",
    "立即",
    "马上",
    "第一时间",
    "合理时间",
    "尽可能",
    "尽量",
    "适当",
    "必要时",
    "定期",
    "热情周到",
    "优质",
    "充足",
    "及時",
    "盡快",
)
_EXCEPTION = re.compile(
    r"\b(cannot|can't|could not|if the|unless|delay|unable|otherwise)\b|无法|不能|未能|延期|延误|逾期|無法|不可抗力",
    re.IGNORECASE,
)
LONGEST_REVIEW = timedelta(days=3 * 366)


def vague_words(en: str, zh: str) -> list[str]:
    """Words that promise without saying what, in the order of the lists."""
    lowered = en.lower()
    found = [word for word in VAGUE_EN if re.search(rf"\b{re.escape(word)}\b", lowered)]
    return found + [word for word in VAGUE_ZH if word in zh]


def lint(
    requirements: Sequence[Checked],
    *,
    review_date: date | None,
    today: date,
    title: tuple[str, str] = ("", ""),
    purpose: tuple[str, str] = ("", ""),
) -> list[Hint]:
    """All hints of a version in the order of the four properties, then of its requirements."""
    found = [hint for row in requirements for hint in _one(row)]
    found += _contradictions(requirements)
    found += _whole(requirements, review_date, today, title, purpose)
    order = {name: place for place, name in enumerate(Property)}
    codes = {row.code: place for place, row in enumerate(requirements)}
    return sorted(found, key=lambda hint: (order[hint.property], codes.get(hint.requirement, -1)))


def _one(row: Checked) -> list[Hint]:
    made: list[Hint] = []

    def add(kind: Property, code: str, text: Any, **values: str) -> None:
        made.append(Hint(kind, code, text, row.code, values))

    if row.target is None:
        add(Property.measurable, "no_target", _l("No target: say in which share of cases it is kept."))
    if row.kind == "timing" and not row.limit:
        add(Property.measurable, "no_limit", _l("No limit yet: without one it can't be measured."))
    if row.kind != "timing" and not row.verification:
        add(Property.measurable, "no_verification", _l("Say how it is checked."))
    if words := vague_words(row.statement_en, row.statement_zh):
        add(
            Property.measurable,
            "vague",
            _l("Vague: %(words)s. Say when, how many or which."),
            words=", ".join(f"“{word}”" for word in words),
        )
    made += _calendar(row)
    if (said := _other_amount(row)) is not None:
        add(
            Property.consistent,
            "other_amount",
            _l("The text does not name the limit (%(limit)s)."),
            limit=said,
        )
    if bool(row.statement_en) != bool(row.statement_zh):
        add(
            Property.consistent,
            "one_language",
            _l("Only in English.") if row.statement_en else _l("Only in Chinese."),
        )
    if row.kind == "timing" and row.target == 1:
        add(Property.flexible, "no_room", _l("A target of 100% leaves no room for a single exception."))
    if not row.dimension or not row.kano:
        add(
            Property.adaptable,
            "unclassified",
            _l("Without SERVQUAL dimension and Kano category it can't be compared with what customers feel."),
        )
    return made


def _other_amount(row: Checked) -> str | None:
    """The limit, when a text of the requirement has numbers and none of them is its amount."""
    if row.kind != "timing" or not row.limit:
        return None
    try:
        limit = parse_limit(row.limit)
    except ValueError:
        return None
    if limit.unit in WITHOUT_AMOUNT or limit.unit is LimitUnit.MINUTES:
        return None
    for text in (row.statement_en, row.statement_zh):
        numbers = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}
        if numbers and float(limit.amount) not in numbers:
            return row.limit
    return None


def _calendar(row: Checked) -> list[Hint]:
    if row.kind != "timing" or not row.limit:
        return []
    try:
        unit: LimitUnit = parse_limit(row.limit).unit
    except ValueError:
        return []
    if unit in WORKING_TIME_UNITS and not row.calendar_has_hours:
        text = _l("Working time needs a calendar with working hours.")
        return [Hint(Property.measurable, "no_hours", text, row.code)]
    if unit in WORKING_DAY_UNITS and not row.has_calendar:
        text = _l("Working days without a calendar: every Monday to Friday counts, holidays too.")
        return [Hint(Property.consistent, "no_calendar", text, row.code)]
    return []


def _contradictions(rows: Sequence[Checked]) -> list[Hint]:
    seen: dict[tuple[Any, ...], Checked] = {}
    found = []
    for row in rows:
        if row.kind != "timing" or not row.limit:
            continue
        cases = tuple(sorted((column, tuple(sorted(values))) for column, values in row.population.items()))
        key = (row.from_milestone, row.to_milestone, cases)
        other = seen.setdefault(key, row)
        if other is row:
            continue
        if (other.limit, other.target) == (row.limit, row.target):
            text, code = _l("Says the same as %(other)s."), "duplicate"
        elif other.limit == row.limit or other.target == row.target:
            text, code = (
                _l("Contradicts %(other)s: same milestones and cases, another promise."),
                "contradiction",
            )
        else:
            continue  # "80% in 2 days, 98% in 5" is a promise in two steps
        found.append(Hint(Property.consistent, code, text, row.code, {"other": other.code}))
    return found


def _whole(
    rows: Sequence[Checked],
    review_date: date | None,
    today: date,
    title: tuple[str, str],
    purpose: tuple[str, str],
) -> list[Hint]:
    found: list[Hint] = []
    if not rows:
        found.append(Hint(Property.measurable, "empty", _l("No requirements yet.")))
    if bool(title[0]) != bool(title[1]):
        text = _l("The title is written in one language only.")
        found.append(Hint(Property.consistent, "one_language", text))
    if bool(purpose[0]) != bool(purpose[1]):
        text = _l("The purpose is written in one language only.")
        found.append(Hint(Property.consistent, "one_language", text))
    texts = " ".join(f"{row.statement_en} {row.statement_zh}" for row in rows)
    if any(row.kind == "timing" for row in rows) and not _EXCEPTION.search(texts):
        text = _l("Nothing says what the customer is told when a limit can't be kept.")
        found.append(Hint(Property.flexible, "no_exception", text))
    if review_date is None:
        found.append(Hint(Property.adaptable, "no_review", _l("No date for the next review.")))
    elif review_date <= today:
        found.append(Hint(Property.adaptable, "review_past", _l("The date of the next review is past.")))
    elif review_date - today > LONGEST_REVIEW:
        text = _l("The next review is more than three years away.")
        found.append(Hint(Property.adaptable, "review_far", text))
    return found
