"""What to read from a log and which promises to hold it against: the specification, checked."""

import codecs
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery.engine import fields
from delivery.engine.errors import SpecError
from standards.rules.calendar import WorkingCalendar, check_zone
from standards.rules.timing import WORKING_TIME_UNITS, Limit, LimitUnit, parse_limit

PERIODS = ("day", "week", "month", "quarter", "year")
DUPLICATES = ("last", "first", "reject")
DEFAULT_MIN_N = 30
MOST_SPEC_BYTES = 1_000_000
MOST_REQUIREMENTS = 1_000
MOST_MILESTONES = 50
MOST_PAUSES = 5
MOST_VALUES = 10_000
MOST_GROUPS = 8

# Names that stand beside the group columns in a result.
RESULT_KEYS = frozenset(
    ("period", "eligible", "met", "missed", "pending", "attainment", "ci", "median_s", "p90_s", "verdict")
)

_DIRECTIVES = frozenset("YymdHIMSfpbBaAjzT%")


@dataclass(frozen=True, slots=True)
class MilestoneSpec:
    """`formats` in strptime terms, tried in order; none means ISO 8601."""

    column: str
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogSpec:
    case: str
    milestones: Mapping[str, MilestoneSpec]
    timezone: str = "UTC"
    encoding: str = "utf-8"
    delimiter: str = ""
    sheet: str = ""
    duplicates: str = "last"
    blank: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class RequirementSpec:
    """One promise.

    where: column -> values a case may have (texts, as they stand in the log).
    paused: pairs of milestones whose time in between is taken out of the clock.
    calendar: its own, instead of the log's.
    valid_from / valid_until: aware; only cases whose `from` lies in [valid_from, valid_until) count.
    strict_days: for working days, the limit ends with the last of them (24:00). Without it days off stop the clock: a
        case finished on the days off that follow is in time, until the next working day begins.
    """

    id: str
    start: str
    end: str
    within: Limit
    target: float | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paused: tuple[tuple[str, str], ...] = ()
    calendar: WorkingCalendar | None = None
    valid_from: dt.datetime | None = None
    valid_until: dt.datetime | None = None
    min_n: int | None = None
    strict_days: bool = False

    @property
    def milestones(self) -> frozenset[str]:
        names = {self.start, self.end, *(name for pair in self.paused for name in pair)}
        if self.within.milestone:
            names.add(self.within.milestone)
        return frozenset(names)


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    log: LogSpec
    requirements: tuple[RequirementSpec, ...]
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)
    as_of: dt.datetime | None = None
    group_by: tuple[str, ...] = ()
    period: str = ""
    min_n: int = DEFAULT_MIN_N


def read_spec(path: Path) -> MeasureSpec:
    """Read a specification from a YAML (or JSON) file."""
    name = path.name
    try:
        size = path.stat().st_size
        if size > MOST_SPEC_BYTES:
            raise SpecError("spec.too_large", f"larger than {MOST_SPEC_BYTES} bytes.", where=name)
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise SpecError("spec.unreadable", f"{error.strerror or error}.", where=name) from None
    except UnicodeDecodeError as error:
        raise SpecError("spec.unreadable", f"not UTF-8 at byte {error.start}.", where=name) from None
    return parse_spec(fields.parse_yaml(text, name))


def parse_spec(data: Mapping[str, Any]) -> MeasureSpec:
    """Check a specification given as plain data. Raises SpecError with the path of the wrong field."""
    fields.only(data, ("log", "calendar", "requirements", "as_of", "group_by", "period", "min_n"), "")
    log = parse_log(fields.mapping(fields.need(data, "log", ""), "log"))
    calendar = parse_calendar(data.get("calendar"), "calendar")
    given = fields.listed(fields.need(data, "requirements", ""), "requirements", MOST_REQUIREMENTS)
    if not given:
        raise SpecError("spec.empty", "no requirement is given.", where="requirements")
    requirements = tuple(
        parse_requirement(
            fields.mapping(each, f"requirements[{number}]"),
            f"requirements[{number}]",
            milestones=log.milestones,
            calendar=calendar,
            timezone=log.timezone,
        )
        for number, each in enumerate(given)
    )
    seen: set[str] = set()
    for number, requirement in enumerate(requirements):
        if requirement.id in seen:
            where = f"requirements[{number}].id"
            raise SpecError("spec.id_twice", f"“{requirement.id}” is used twice.", where=where)
        seen.add(requirement.id)
    period = fields.text(data.get("period"), "period")
    if period and period not in PERIODS:
        raise SpecError("spec.choice", f"“{period}” is none of {', '.join(PERIODS)}.", where="period")
    columns = tuple(
        fields.text(each, f"group_by[{number}]", needed=True)
        for number, each in enumerate(fields.listed(data.get("group_by"), "group_by", MOST_GROUPS))
    )
    if len(set(columns)) < len(columns):
        raise SpecError("spec.key_twice", "names a column twice.", where="group_by")
    for name in columns:
        if name in RESULT_KEYS:
            message = f"a column named “{name}” would hide the result of that name: rename it in the log."
            raise SpecError("spec.group_named_result", message, where="group_by")
    return MeasureSpec(
        log=log,
        requirements=requirements,
        calendar=calendar,
        as_of=fields.parse_moment(data.get("as_of"), "as_of", log.timezone),
        group_by=columns,
        period=period,
        min_n=fields.whole(data.get("min_n"), "min_n", DEFAULT_MIN_N),
    )


def is_text_encoding(name: str) -> bool:
    """Neither a packer (zlib) nor one made for names of hosts, whose time grows with the square of the file."""
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return codecs.lookup(name).name not in {"idna", "punycode"}


def is_delimiter(text: str) -> bool:
    """One character, or none for the one that fits."""
    return len(text) <= 1 and text not in {'"', "\n", "\r", "\0"}


def parse_log(data: Mapping[str, Any], where: str = "log") -> LogSpec:
    fields.only(
        data,
        ("encoding", "delimiter", "sheet", "timezone", "case", "milestones", "duplicates", "blank"),
        where,
    )
    zone = fields.text(data.get("timezone"), f"{where}.timezone") or "UTC"
    try:
        check_zone(zone, f"{where}.timezone")
    except ValueError as error:
        raise fields.spec_error("spec.zone", error) from None
    encoding = fields.text(data.get("encoding"), f"{where}.encoding") or "utf-8"
    if not is_text_encoding(encoding):
        raise SpecError("spec.encoding", f"“{encoding}” is not a text encoding.", where=f"{where}.encoding")
    delimiter = str(data.get("delimiter") or "").replace("\\t", "\t")
    if not is_delimiter(delimiter):
        raise SpecError("spec.delimiter", "a delimiter is one character.", where=f"{where}.delimiter")
    duplicates = fields.text(data.get("duplicates"), f"{where}.duplicates") or "last"
    if duplicates not in DUPLICATES:
        message = f"“{duplicates}” is none of {', '.join(DUPLICATES)}."
        raise SpecError("spec.choice", message, where=f"{where}.duplicates")
    milestones: dict[str, MilestoneSpec] = {}
    folded: set[str] = set()
    given = fields.mapping(fields.need(data, "milestones", where), f"{where}.milestones")
    if not given or len(given) > MOST_MILESTONES:
        message = f"expected 1 to {MOST_MILESTONES} milestones."
        raise SpecError("spec.milestones", message, where=f"{where}.milestones")
    for name, value in given.items():
        path = f"{where}.milestones.{name}"
        if str(name).casefold() in folded or not str(name).strip() or len(str(name)) > 100:
            raise SpecError("spec.milestone_name", "not a name, or only different in case.", where=path)
        folded.add(str(name).casefold())
        milestones[str(name)] = _milestone(value, path)
    blank = tuple(str(each) for each in fields.listed(data.get("blank"), f"{where}.blank", MOST_VALUES))
    return LogSpec(
        case=fields.text(fields.need(data, "case", where), f"{where}.case", needed=True),
        milestones=milestones,
        timezone=zone,
        encoding=encoding,
        delimiter=delimiter,
        sheet=fields.text(data.get("sheet"), f"{where}.sheet"),
        duplicates=duplicates,
        blank=tuple(dict.fromkeys(("", *blank))),
    )


def _milestone(value: object, where: str) -> MilestoneSpec:
    if isinstance(value, str):
        return MilestoneSpec(fields.text(value, where, needed=True))
    data = fields.mapping(value, where)
    fields.only(data, ("column", "format"), where)
    formats = tuple(
        str(each) for each in fields.listed(data.get("format"), f"{where}.format", 10) if str(each)
    )
    for each in formats:
        _check_format(each, f"{where}.format")
    return MilestoneSpec(
        fields.text(fields.need(data, "column", where), f"{where}.column", needed=True), formats
    )


def _check_format(text: str, where: str) -> None:
    found = []
    position = 0
    while (position := text.find("%", position)) >= 0:
        letter = text[position + 1 : position + 2]
        if letter not in _DIRECTIVES or not letter:
            raise SpecError("spec.format", f"“%{letter}” is not known in “{text}”.", where=where)
        found.append(letter)
        position += 2
    if not ({"Y", "y"} & set(found)) or not ({"m", "b", "B", "j"} & set(found)):
        raise SpecError("spec.format", f"“{text}” has no year and month.", where=where)
    if "I" in found and "p" not in found:
        raise SpecError("spec.format", f"“{text}” has %I (12 hours) without %p (AM or PM).", where=where)


def parse_calendar(data: object, where: str) -> WorkingCalendar:
    if data in (None, ""):
        return WorkingCalendar()
    if isinstance(data, WorkingCalendar):
        return data
    try:
        return WorkingCalendar.from_mapping(fields.mapping(data, where))
    except SpecError:
        raise
    except ValueError as error:
        raise fields.spec_error("spec.calendar", error, where) from None


def parse_requirement(
    data: Mapping[str, Any],
    where: str,
    *,
    milestones: Mapping[str, Any] | Sequence[str],
    calendar: WorkingCalendar,
    timezone: str,
) -> RequirementSpec:
    fields.only(
        data,
        (
            "id", "from", "to", "within", "target", "where", "paused", "calendar", "valid_from",
            "valid_until", "min_n", "strict_days",
        ),
        where,
    )  # fmt: skip
    try:
        limit = parse_limit(fields.text(fields.need(data, "within", where), f"{where}.within", needed=True))
    except SpecError:
        raise
    except ValueError as error:
        raise fields.spec_error("spec.limit", error, f"{where}.within") from None
    own = parse_calendar(data["calendar"], f"{where}.calendar") if data.get("calendar") else None
    if limit.unit in WORKING_TIME_UNITS and not (own or calendar).has_hours:
        raise SpecError(
            "spec.no_hours",
            f'“{limit}” needs working hours: give calendar.week, such as mon: ["09:00-12:00"].',
            where=f"{where}.within",
        )
    pauses = []
    for number, pair in enumerate(fields.listed(data.get("paused"), f"{where}.paused", MOST_PAUSES)):
        names = [str(name) for name in fields.listed(pair, f"{where}.paused[{number}]", 2)]
        if len(names) != 2:
            raise SpecError("spec.pair", "expected a pair of milestones.", where=f"{where}.paused[{number}]")
        pauses.append((names[0], names[1]))
    target = fields.share(data.get("target"), f"{where}.target")
    requirement = RequirementSpec(
        id=fields.text(fields.need(data, "id", where), f"{where}.id", needed=True),
        start=fields.text(fields.need(data, "from", where), f"{where}.from", needed=True),
        end=fields.text(fields.need(data, "to", where), f"{where}.to", needed=True),
        within=limit,
        target=target,
        where={
            str(column): tuple(
                str(each)
                for each in fields.listed(values, f"{where}.where.{column}", MOST_VALUES, scalar=True)
            )
            for column, values in fields.mapping(data.get("where") or {}, f"{where}.where").items()
        },
        paused=tuple(pauses),
        calendar=own,
        valid_from=fields.parse_moment(data.get("valid_from"), f"{where}.valid_from", timezone),
        valid_until=fields.parse_moment(data.get("valid_until"), f"{where}.valid_until", timezone),
        min_n=fields.whole(data["min_n"], f"{where}.min_n", DEFAULT_MIN_N) if data.get("min_n") else None,
        strict_days=fields.truth(data.get("strict_days"), f"{where}.strict_days"),
    )
    check_milestones(requirement, milestones, where)
    return requirement


def check_milestones(
    requirement: RequirementSpec, milestones: Mapping[str, Any] | Sequence[str], where: str
) -> None:
    named = [("from", requirement.start), ("to", requirement.end)]
    if requirement.within.unit is LimitUnit.BY_DUE:
        named.append(("within", requirement.within.milestone))
    for number, pair in enumerate(requirement.paused):
        named += [(f"paused[{number}]", name) for name in pair]
    for key, name in named:
        if name not in milestones:
            raise SpecError(
                "spec.unknown_milestone",
                f"“{name}” is not a milestone of the log (there are {', '.join(milestones)}).",
                where=f"{where}.{key}",
            )
    if requirement.start == requirement.end:
        raise SpecError("spec.same_milestone", "from and to are the same milestone.", where=f"{where}.to")
