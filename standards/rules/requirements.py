"""What a requirement may say: three kinds, checked and brought into one form.

timing: columns from_milestone, to_milestone, limit, target, population, pauses, calendar_id; `rule` is empty.
staffing: `rule` = {"count": "least" | "ratio" | "every", "post_en", "post_zh", "weekdays": [0..6], "from": "08:00",
"until": "20:00", "least": 2, "per": 10, "per_en", "per_zh", "competence_en", "competence_zh"} (what does not apply
is left out).
content: `rule` = {"points": [{"en": "…", "zh": "…", "weight": 1.0}, …]}.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from core.errors import RuleViolation
from core.lazytext import _l
from standards.rules.timing import LimitUnit, parse_limit

MOST_POINTS, MOST_VALUES, MOST_PAUSES, MOST_REQUIREMENTS = 40, 50, 10, 200


class Kind(StrEnum):
    timing = "timing"
    staffing = "staffing"
    content = "content"

    @property
    def label(self) -> Any:
        return {Kind.timing: _l("Timing"), Kind.staffing: _l("Staffing"), Kind.content: _l("Content")}[self]

    @property
    def icon(self) -> str:
        return {Kind.timing: "stopwatch", Kind.staffing: "person-badge", Kind.content: "card-text"}[self]


class Dimension(StrEnum):
    """The five dimensions of SERVQUAL."""

    tangibles = "tangibles"
    reliability = "reliability"
    responsiveness = "responsiveness"
    assurance = "assurance"
    empathy = "empathy"

    @property
    def label(self) -> Any:
        return {
            Dimension.tangibles: _l("Tangibles"),
            Dimension.reliability: _l("Reliability"),
            Dimension.responsiveness: _l("Responsiveness"),
            Dimension.assurance: _l("Assurance"),
            Dimension.empathy: _l("Empathy"),
        }[self]


class Kano(StrEnum):
    basic = "basic"
    performance = "performance"
    excitement = "excitement"

    @property
    def label(self) -> Any:
        return {
            Kano.basic: _l("Kano basic"),
            Kano.performance: _l("Kano performance"),
            Kano.excitement: _l("Kano excitement"),
        }[self]


class Count(StrEnum):
    """How staffing is counted."""

    least = "least"
    ratio = "ratio"
    every = "every"

    @property
    def label(self) -> Any:
        return {
            Count.least: _l("A least number on duty"),
            Count.ratio: _l("One for so many"),
            Count.every: _l("Everybody in the post is qualified"),
        }[self]


LIMIT_UNIT_LABELS: dict[LimitUnit, Any] = {
    LimitUnit.MINUTES: _l("minutes (day and night)"),
    LimitUnit.HOURS: _l("hours (day and night)"),
    LimitUnit.DAYS: _l("calendar days"),
    LimitUnit.WORKING_MINUTES: _l("working minutes"),
    LimitUnit.WORKING_HOURS: _l("working hours"),
    LimitUnit.WORKING_DAYS: _l("working days"),
    LimitUnit.SAME_DAY: _l("the same day"),
    LimitUnit.SAME_WORKING_DAY: _l("the same working day"),
    LimitUnit.BY_DUE: _l("by the due time of the case"),
}

COMMON = (
    "statement_en",
    "statement_zh",
    "dimension",
    "kano",
    "verification",
    "evidence_expected",
    "target",
)
TIMING = ("from_milestone", "to_milestone", "limit", "population", "pauses", "calendar_id")
FIELDS = frozenset({*COMMON, *TIMING, "rule"})
_EMPTY: dict[str, Any] = {
    "from_milestone": "",
    "to_milestone": "",
    "limit": "",
    "population": {},
    "pauses": [],
    "calendar_id": None,
    "rule": {},
}
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def clean(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All columns of a requirement of this kind from what was given; a wrong value is refused at its field."""
    unknown = sorted(set(given) - FIELDS)
    if unknown:
        raise TypeError(f"a requirement has no {', '.join(unknown)}")
    if kind not in set(Kind):
        raise RuleViolation(_l("Choose timing, staffing or content."), "kind")
    made: dict[str, Any] = {name: str(given.get(name) or "").strip() for name in COMMON if name != "target"}
    made["target"] = _target(given.get("target"))
    _one_of(made["dimension"], Dimension, "dimension")
    _one_of(made["kano"], Kano, "kano")
    made.update(_EMPTY)
    if kind == Kind.timing:
        made.update(_timing(given))
    elif kind == Kind.staffing:
        made["rule"] = _staffing(given.get("rule") or {})
    else:
        made["rule"] = {"points": _points((given.get("rule") or {}).get("points") or [])}
    return made


def _one_of(value: str, known: type[StrEnum], field: str) -> None:
    if value and value not in set(known):
        raise RuleViolation(_l("Choose one of the list."), field)


def _target(value: Any) -> float | None:
    if value is None or value == "":
        return None
    share = float(value)
    if not 0 < share <= 1:
        raise RuleViolation(_l("A target is a share above 0% and at most 100%."), "target")
    return round(share, 6)


def _timing(given: Mapping[str, Any]) -> dict[str, Any]:
    start, end = (str(given.get(name) or "").strip() for name in ("from_milestone", "to_milestone"))
    for name, value in (("from_milestone", start), ("to_milestone", end)):
        if not value:
            raise RuleViolation(_l("Name the milestone of the case."), name)
        if len(value) > 60:
            raise RuleViolation(_l("Please use at most 60 characters."), name)
    if start == end:
        raise RuleViolation(_l("The clock must stop at another milestone than it starts."), "to_milestone")
    limit = str(given.get("limit") or "").strip()
    if limit:
        try:
            limit = str(parse_limit(limit))
        except ValueError as error:
            raise RuleViolation(
                _l("Give an amount and a unit that can be measured, such as 5 working days."), "limit"
            ) from error
        if len(limit) > 60:
            raise RuleViolation(_l("Please use at most 60 characters."), "limit")
    return {
        "from_milestone": start,
        "to_milestone": end,
        "limit": limit,
        "population": _population(given.get("population") or {}),
        "pauses": _pauses(given.get("pauses") or []),
        "calendar_id": given.get("calendar_id") or None,
    }


def _population(given: Mapping[str, Any]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for column, values in given.items():
        texts = [str(value).strip() for value in ([values] if isinstance(values, str) else values)]
        kept = list(dict.fromkeys(text for text in texts if text))
        name = str(column).strip()
        if not name and not kept:
            continue
        if not name or not kept:
            raise RuleViolation(_l("Name the column and at least one value."), "population")
        if len(name) > 60 or len(kept) > MOST_VALUES or any(len(text) > 200 for text in kept):
            raise RuleViolation(
                _l("At most 50 values of a column, each of at most 200 characters."), "population"
            )
        made[name] = kept
    if len(made) > 10:
        raise RuleViolation(_l("At most 10 columns can narrow the cases."), "population")
    return made


def _pauses(given: Sequence[Sequence[str]]) -> list[list[str]]:
    made = []
    for pair in given:
        start, end = (str(part or "").strip() for part in pair)
        if not start and not end:
            continue
        if not start or not end or start == end or len(start) > 60 or len(end) > 60:
            raise RuleViolation(
                _l("A pause has a milestone where it begins and another where it ends."), "pauses"
            )
        made.append([start, end])
    if len(made) > MOST_PAUSES:
        raise RuleViolation(_l("At most 10 pauses."), "pauses")
    return made


def _staffing(given: Mapping[str, Any]) -> dict[str, Any]:
    count = str(given.get("count") or Count.least)
    _one_of(count, Count, "count")
    made: dict[str, Any] = {"count": count}
    for name in ("post_en", "post_zh", "competence_en", "competence_zh", "per_en", "per_zh"):
        value = str(given.get(name) or "").strip()
        if len(value) > 200:
            raise RuleViolation(_l("Please use at most 200 characters."), name)
        if value:
            made[name] = value
    if not made.get("post_en") and not made.get("post_zh"):
        raise RuleViolation(_l("Name the role or post."), "post_en")
    if count == Count.every:
        if not made.get("competence_en") and not made.get("competence_zh"):
            raise RuleViolation(_l("Name the competence that everybody in the post holds."), "competence_en")
        return {key: value for key, value in made.items() if not key.startswith("per")}
    if count == Count.least:
        made["least"] = _whole(given.get("least"), "least", 10_000)
        made = {key: value for key, value in made.items() if not key.startswith("per")}
    else:
        made["per"] = _whole(given.get("per"), "per", 1_000_000)
        if not made.get("per_en") and not made.get("per_zh"):
            raise RuleViolation(_l("Say for so many of what: customers, cases, counters."), "per_en")
    weekdays = sorted({int(day) for day in given.get("weekdays") or []})
    if any(day not in range(7) for day in weekdays):
        raise RuleViolation(_l("Choose days of the week."), "weekdays")
    start, end = str(given.get("from") or "").strip(), str(given.get("until") or "").strip()
    if bool(start) != bool(end):
        raise RuleViolation(_l("Give both ends of the hours, or none."), "until")
    for name, value in (("from", start), ("until", end)):
        if value and not _CLOCK.fullmatch(value):
            raise RuleViolation(_l("Give a time like 08:30."), name)
    if start and start >= end:
        raise RuleViolation(_l("The hours end after they begin."), "until")
    if weekdays:
        made["weekdays"] = weekdays
    if start:
        made.update({"from": start, "until": end})
    return made


def _whole(value: Any, field: str, most: int) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        raise RuleViolation(_l("Give a whole number above 0."), field) from error
    if not 0 < number <= most:
        raise RuleViolation(_l("Give a whole number above 0."), field)
    return number


def _points(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for point in given:
        en, zh = str(point.get("en") or "").strip(), str(point.get("zh") or "").strip()
        if not en and not zh:
            continue
        if len(en) > 500 or len(zh) > 500:
            raise RuleViolation(_l("Please use at most 500 characters for a point."), "points")
        try:
            weight = float(point.get("weight") or 1)
        except (TypeError, ValueError) as error:
            raise RuleViolation(_l("A weight is a number above 0."), "points") from error
        if not 0 < weight <= 1000:
            raise RuleViolation(_l("A weight is a number above 0."), "points")
        made.append({"en": en, "zh": zh, "weight": weight})
    if not made:
        raise RuleViolation(_l("Name at least one point that can be checked."), "points")
    if len(made) > MOST_POINTS:
        raise RuleViolation(_l("At most 40 points."), "points")
    return made
