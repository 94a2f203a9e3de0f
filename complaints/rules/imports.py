"""From the rows of a register kept elsewhere to complaints: names of columns, dates, faults row by row. Pure."""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from complaints.rules.grades import (
    CHANNEL_LABELS,
    SEVERITY_SHORT,
    TOPIC_LABELS,
    Channel,
    Outcome,
    Severity,
    Topic,
)
from complaints.rules.states import State
from core.lazytext import _l

DayOrder = Literal["", "dmy", "mdy"]
ROWS_MOST = 5_000
COLUMNS = (
    "number", "received", "subject", "description", "wish", "topic", "channel", "unit", "place", "happened",
    "severity", "acknowledged", "answered", "closed", "outcome", "language", "name", "email", "phone",
)  # fmt: skip
REQUIRED = ("number", "received")
#: what registers of others call these columns
ALIASES: dict[str, str] = {
    "complaint id": "number", "ticket #": "number", "id": "number", "编号": "number", "投诉编号": "number",
    "date received": "received", "date": "received", "受理日期": "received", "收到日期": "received",
    "issue": "subject", "customer complaint": "subject", "title": "subject", "事由": "subject", "标题": "subject",
    "consumer complaint narrative": "description", "narrative": "description", "text": "description",
    "内容": "description", "投诉内容": "description",
    "wanted": "wish", "诉求": "wish", "主题": "topic", "类别": "topic", "category": "topic",
    "submitted via": "channel", "received via": "channel", "渠道": "channel", "来源": "channel",
    "单元": "unit", "部门": "unit", "where": "place", "地点": "place", "发生日期": "happened",
    "严重程度": "severity", "date sent to company": "acknowledged", "告知日期": "acknowledged",
    "date answered": "answered", "答复日期": "answered", "date closed": "closed", "结案日期": "closed",
    "办结日期": "closed", "decision": "outcome", "决定": "outcome", "语言": "language",
    "姓名": "name", "e-mail": "email", "邮箱": "email", "telephone": "phone", "电话": "phone",
}  # fmt: skip
_CHANNELS: dict[str, Channel] = {
    "internet": Channel.web, "网站": Channel.web, "customer care call": Channel.phone, "telephone": Channel.phone,
    "call": Channel.phone, "mail": Channel.letter, "postal mail": Channel.letter, "fax": Channel.letter,
    "e-mail": Channel.email, "in person": Channel.counter, "现场": Channel.counter,
}  # fmt: skip
_LENGTHS = {"number": 60, "subject": 200, "place": 200, "name": 200, "email": 254, "phone": 60}
_LONG = {"description": 40_000, "wish": 10_000}
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{2}|\d{4})(?:\s+(\d{1,2}):(\d{2})(?::\d{2})?)?")
_NAMED = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{2}|\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class ImportRow:
    """One row: values ready for a complaint, or what is wrong with it. `known`: a complaint with this number is there."""

    line: int
    number: str
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[tuple[str, Any], ...] = ()
    known: bool = False


def known_columns(header: Iterable[str]) -> dict[str, str]:
    """Column as written → our name; columns that mean nothing to us are left out."""
    found = {}
    for written in header:
        word = " ".join(written.strip().casefold().split())
        name = word if word in COLUMNS else ALIASES.get(word)
        if name is not None:
            found[written] = name
    return found


def day_order(texts: Iterable[str]) -> DayOrder:
    """Whether slashed dates begin with the day or the month, as the column itself shows; "" when it does not."""
    for text in texts:
        parts = _SLASHED.fullmatch(text.strip())
        if parts is None:
            continue
        if int(parts[1]) > 12:
            return "dmy"
        if int(parts[2]) > 12:
            return "mdy"
    return ""


def read_moment(text: str, zone: ZoneInfo, order: DayOrder) -> tuple[dt.datetime, bool] | None:
    """A moment and whether the text gave a time; a date alone stands for noon. None when it can't be read."""
    text = text.strip()
    try:
        made = dt.datetime.fromisoformat(text)
    except ValueError:
        return _spelled(text, zone, order)
    timed = len(text) > 10
    made = made if timed else made.replace(hour=12)
    return (made if made.tzinfo else made.replace(tzinfo=zone)).astimezone(dt.UTC), timed


def _spelled(text: str, zone: ZoneInfo, order: DayOrder) -> tuple[dt.datetime, bool] | None:
    slashed, named = _SLASHED.fullmatch(text), _NAMED.fullmatch(text)
    hour, minute, timed = 12, 0, False
    if slashed is not None and order:
        first, second = int(slashed[1]), int(slashed[2])
        day, month = (first, second) if order == "dmy" else (second, first)
        year = int(slashed[3])
        if slashed[4]:
            hour, minute, timed = int(slashed[4]), int(slashed[5]), True
    elif named is not None and named[2].lower() in _MONTHS:
        day, month, year = int(named[1]), _MONTHS.index(named[2].lower()) + 1, int(named[3])
    else:
        return None
    try:
        made = dt.datetime(year + 2000 if year < 100 else year, month, day, hour, minute, tzinfo=zone)
    except ValueError:
        return None
    return made.astimezone(dt.UTC), timed


def plan(
    rows: Sequence[tuple[int, Mapping[str, str]]],
    *,
    units: Mapping[str, tuple[int, ZoneInfo]],
    default_unit: str,
    known_numbers: Collection[str],
    order: DayOrder,
    language: str,
    now: dt.datetime,
) -> list[ImportRow]:
    """What each row would become. `units`: code → (id, zone), those where the person may register."""
    seen: set[str] = set()
    made = []
    for line, row in rows:
        number = row.get("number", "").strip()
        found = _row(row, units=units, default_unit=default_unit, order=order, language=language, now=now)
        faults = list(found[1])
        if not number:
            faults.insert(0, ("number", _l("The number is missing.")))
        elif number in seen:
            faults.insert(0, ("number", _l("This number stands in the file twice.")))
        seen.add(number)
        made.append(ImportRow(line, number, found[0], tuple(faults), number in known_numbers))
    return made


def _row(
    row: Mapping[str, str],
    *,
    units: Mapping[str, tuple[int, ZoneInfo]],
    default_unit: str,
    order: DayOrder,
    language: str,
    now: dt.datetime,
) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    faults: list[tuple[str, Any]] = []
    text = {name: row.get(name, "").replace("\x00", "").strip() for name in COLUMNS}
    for name, most in {**_LENGTHS, **_LONG}.items():
        if len(text[name]) > most:
            faults.append((name, _l("At most %(num)s characters.") % {"num": f"{most:,}"}))
    unit = units.get(text["unit"] or default_unit)
    if unit is None:
        faults.append(("unit", _l("No unit with this code where you may register.")))
    zone = unit[1] if unit else ZoneInfo("UTC")
    moments, timed = _moments(text, zone, order, now, faults)
    subject = text["subject"] or " ".join(text["description"].split())[:120]
    if not subject:
        faults.append(("subject", _l("Subject and description are both missing.")))
    values: dict[str, Any] = {
        "former_number": text["number"],
        "subject": subject,
        "description": text["description"],
        "wish": text["wish"],
        "place": text["place"],
        "unit_id": unit[0] if unit else None,
        "topic": (_choice(text["topic"], Topic, TOPIC_LABELS) or Topic.other).value,
        "channel": (
            _choice(text["channel"], Channel, CHANNEL_LABELS)
            or _CHANNELS.get(text["channel"].casefold(), Channel.other)
        ).value,
        "severity": _optional(text, "severity", Severity, SEVERITY_SHORT, faults),
        "outcome": _optional(text, "outcome", Outcome, {}, faults),
        "language": text["language"] if text["language"] in {"en", "zh"} else language,
        "contact": {name: text[name] for name in ("name", "email", "phone")},
        "timed": timed,
        **moments,
    }
    return values, faults


def _moments(
    text: Mapping[str, str], zone: ZoneInfo, order: DayOrder, now: dt.datetime, faults: list[tuple[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """The milestones in order, the state they amount to, and whether all of them have times."""
    found: dict[str, Any] = {}
    timed = True
    before: dt.datetime | None = None
    for name in ("received", "acknowledged", "answered", "closed"):
        given = text[name]
        if not given:
            if name == "received":
                faults.append((name, _l("The day of receipt is missing.")))
            continue
        read = read_moment(given, zone, order)
        if read is None:
            faults.append((name, _l("“%(text)s” is not a date that can be read.") % {"text": given[:40]}))
            continue
        if read[0] > now:
            faults.append((name, _l("That day has not come yet.")))
        elif before is not None and read[0] < before:
            faults.append((name, _l("Earlier than the step before it.")))
        before = read[0]
        timed = timed and read[1]
        found[f"{name}_at"] = read[0]
    happened = read_moment(text["happened"], zone, order) if text["happened"] else None
    if text["happened"] and happened is None:
        faults.append(
            ("happened", _l("“%(text)s” is not a date that can be read.") % {"text": text["happened"][:40]})
        )
    found["occurred_on"] = happened[0].astimezone(zone).date() if happened else None
    state = State.received
    for milestone in (State.acknowledged, State.answered, State.closed):
        if f"{milestone.value}_at" in found:
            state = milestone
    found["state"] = state.value
    return found, timed


def _choice(text: str, kind: Any, labels: Mapping[Any, Any]) -> Any:
    """A value by its key or by its label in either language; None when it is none."""
    word = text.strip().casefold()
    for item in kind:
        label = labels.get(item)
        if word and word in {
            item.value,
            str(getattr(label, "source", "")).casefold(),
            str(label or "").casefold(),
        }:
            return item
    return None


def _optional(
    text: Mapping[str, str], name: str, kind: Any, labels: Mapping[Any, Any], faults: list[tuple[str, Any]]
) -> str:
    if not text[name]:
        return ""
    found = _choice(text[name], kind, labels)
    if found is None:
        faults.append(
            (name, _l("Not one of: %(known)s.") % {"known": ", ".join(item.value for item in kind)})
        )
        return ""
    return str(found.value)
