"""Rows of a table of published commitments: which become timing requirements, and why the others do not."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.lazytext import _l
from standards.rules.timing import Limit, LimitUnit, parse_limit

#: what a row can say; the first three are needed
FIELDS: dict[str, Any] = {
    "service": _l("Service"),
    "commitment": _l("Commitment"),
    "target_value": _l("Amount"),
    "unit": _l("Unit of time"),
    "clock": _l("Clock (working, calendar)"),
    "organisation": _l("Organisation"),
    "lang": _l("Language"),
    "compliance_target_pct": _l("Target, in percent"),
    "source_url": _l("Source"),
    "id": _l("Row code"),
}
NEEDED = ("service", "commitment", "target_value", "unit")
_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "service": ("service_name", "服务", "服务名称", "服务项目"),
    "commitment": ("promise", "standard", "承诺", "承诺内容", "服务承诺"),
    "target_value": ("value", "amount", "limit", "时限", "数值"),
    "unit": ("time_unit", "单位"),
    "clock": ("clock_type", "计时方式", "时钟"),
    "organisation": ("organization", "org", "body", "机构", "单位名称"),
    "lang": ("language", "语言"),
    "compliance_target_pct": ("target_pct", "target", "达标率目标", "目标"),
    "source_url": ("source", "url", "来源"),
    "id": ("code", "编号"),
}
_UNITS: dict[str, str] = {
    **dict.fromkeys(("second", "seconds", "sec", "s", "秒", "秒钟", "秒鐘"), "seconds"),
    **dict.fromkeys(("minute", "minutes", "min", "mins", "分", "分钟", "分鐘"), "minutes"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h", "小时", "小時"), "hours"),
    **dict.fromkeys(("day", "days", "d", "天", "日"), "days"),
    **dict.fromkeys(("week", "weeks", "周", "星期", "週"), "weeks"),
    **dict.fromkeys(("month", "months", "月", "个月", "個月"), "months"),
    **dict.fromkeys(("year", "years", "年"), "months"),
    **dict.fromkeys(
        (
            "working days",
            "working day",
            "business days",
            "business day",
            "工作日",
            "工作天",
            "个工作日",
            "個工作天",
        ),
        "working days",
    ),
    **dict.fromkeys(
        ("working hours", "working hour", "business hours", "工作小时", "工作小時"), "working hours"
    ),
}
_WORKING = re.compile(r"\b(working|business)[- ](day|hour|minute)s?\b|工作(日|天|小时|小時)", re.IGNORECASE)
_AVERAGE = re.compile(r"\baverage\b|\bmean\b|平均", re.IGNORECASE)
_AGREED = re.compile(r"\bagreed\b|\bappointment\b|约定|約定|预约|預約", re.IGNORECASE)
_BEFORE = re.compile(
    r"\bin advance\b|\bprior to\b|\bnotice (of|period)\b|\bdays' notice\b|\bbefore (the |any )?(works?|start|event|visit|road|clos\w+)\b|提前|事先|预先",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(open|available|operat\w+)\b.*\bhours\b|24 ?hours a day|24\s?小时(服务|开放)|營業|营业", re.IGNORECASE
)
_SAME_DAY = re.compile(r"(the )?same (working )?day|当日|当天|即日|當日|當天", re.IGNORECASE)
_HOUR = re.compile(
    r"\d{1,2}[:：]\d{2}|\b\d{1,2} ?(am|pm|a\.m\.|p\.m\.)|\bnoon\b|[上下]午|[点點时時]前|正午", re.IGNORECASE
)
_ACTS: tuple[tuple[str, str], ...] = (
    (r"acknowledg|确认收到|告知受理|初步回[应應]|初步回覆", "acknowledged"),
    (r"make safe|made safe|排除险情|排险", "made_safe"),
    (r"follow[- ]?up|回访|回訪", "followed_up"),
    (r"greet|welcome|迎候", "greeted"),
    (r"to be seen|\bserved?\b|接待", "served"),
    (r"\binspect|查勘|巡查", "inspected"),
    (r"repair|\bfix|修复|维修|修復", "repaired"),
    (r"办结|辦結|resolve|解决", "closed"),
    (r"answer[a-z]* .*(call|phone|telephone)|接听", "answered"),
    (r"attend|到达现场|到場", "arrived"),
    (r"repl(y|ies)|respon[ds]|答复|回[应應]|回覆|回复|contact", "responded"),
    (r"appl(y|ication)|申请|審批", "decided"),
)

TEXTS: dict[str, Any] = {
    "no_commitment": _l("The commitment is empty."),
    "no_service": _l("The service is empty."),
    "too_long": _l("A text is longer than %(most)s characters."),
    "frequency": _l("Says how often, not within which time."),
    "count": _l("Counts %(unit)s, not time."),
    "availability": _l("A state at a moment (availability), not a time for each case."),
    "training": _l("About training of staff: a staffing requirement, written by hand."),
    "satisfaction": _l("About satisfaction: measured by surveys, not by a clock."),
    "cut_off": _l("The limit depends on the hour of receipt (cut-off); there is no such limit yet."),
    "average": _l("An average is not a limit for each case."),
    "agreed": _l("Depends on an agreed date, not on a fixed amount of time."),
    "before": _l("Counts backwards from an event, not forwards from a request."),
    "months": _l("Months have no fixed length; give days."),
    "no_unit": _l("No unit of time is given."),
    "unit": _l("“%(unit)s” is not a unit of time."),
    "no_amount": _l("No amount of time is given."),
    "amount": _l("“%(amount)s” is not a number above 0."),
    "limit": _l("The amount is outside what can be measured."),
    "target": _l("The target “%(target)s” is not a percentage above 0 and at most 100; it is left empty."),
    "unstated": _l("The clock is not stated; taken as calendar days."),
    "seconds": _l("Seconds are kept as parts of a minute."),
    "working_said": _l("The commitment says working time; the clock column did not."),
    "weeks": _l("Weeks are counted as calendar days."),
}


@dataclass(frozen=True)
class Note:
    """Why a row stays out, or what was decided for it."""

    code: str
    values: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        text = TEXTS[self.code]
        return str(text % self.values) if self.values else str(text)


@dataclass(frozen=True)
class Line:
    """One row of the file: a requirement, or the reason why not."""

    number: int
    row_code: str
    organisation: str
    service: str
    commitment: str
    chinese: bool
    source: str
    limit: Limit | None = None
    target: float | None = None
    to_milestone: str = ""
    reason: Note | None = None
    notes: tuple[Note, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return (self.organisation, self.service)


def suggest_columns(names: Iterable[str]) -> dict[str, str]:
    """field → column of the file, by name; what is not recognised is left to the person."""
    known = {re.sub(r"[\s_-]+", "_", name.strip().casefold()): name for name in names}
    found: dict[str, str] = {}
    for wanted in FIELDS:
        for candidate in (wanted, *_OTHER_NAMES.get(wanted, ())):
            if candidate.casefold() in known and known[candidate.casefold()] not in found.values():
                found[wanted] = known[candidate.casefold()]
                break
    return found


def read_line(number: int, row: Mapping[str, str], columns: Mapping[str, str]) -> Line:
    def text(name: str) -> str:
        return " ".join(str(row.get(columns.get(name, ""), "") or "").split())

    commitment, service = text("commitment"), text("service")
    language = text("lang").casefold()
    chinese = language.startswith("zh") if language else bool(re.search(r"[㐀-鿿]", commitment))
    base: dict[str, Any] = {
        "number": number,
        "row_code": text("id"),
        "organisation": text("organisation"),
        "service": service,
        "commitment": commitment,
        "chinese": chinese,
        "source": text("source_url"),
    }

    def out(code: str, **values: str) -> Line:
        return Line(**base, reason=Note(code, values))

    if not commitment:
        return out("no_commitment")
    if not service:
        return out("no_service")
    if len(commitment) > 2000 or len(service) > 150 or len(base["organisation"]) > 150:
        return out("too_long", most="2,000" if len(commitment) > 2000 else "150")
    limit, reason, notes = _limit(commitment, text("target_value"), text("unit"), text("clock"))
    if reason is not None or limit is None:
        return Line(**base, reason=reason)
    target, fault = _target(text("compliance_target_pct"))
    if fault:
        notes.append(fault)
    return Line(**base, limit=limit, target=target, to_milestone=_act(commitment), notes=tuple(notes))


def _act(commitment: str) -> str:
    return next(
        (milestone for pattern, milestone in _ACTS if re.search(pattern, commitment, re.IGNORECASE)),
        "completed",
    )


def _target(text: str) -> tuple[float | None, Note | None]:
    if not text:
        return None, None
    try:
        share = float(text.rstrip("%％").strip()) / 100
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        return None, Note("target", {"target": text})
    return round(share, 6), None


def _not_a_duration(commitment: str, amount: str, unit: str, clock: str) -> Note | None:
    words = f"{unit} {clock}".casefold()
    if (
        "cut-off" in words
        or "cutoff" in words
        or "截止" in words
        or re.match(r"next (working )?day", amount, re.IGNORECASE)
    ):
        return Note("cut_off")
    if (
        "frequency" in words
        or re.search(r"\bper (year|month|week|day)\b|每(年|月|周|日)", words)
        or unit == "frequency"
    ):
        return Note("frequency")
    if "satisf" in words or "survey" in words or "满意" in words or "滿意" in words:
        return Note("satisfaction")
    if "training" in words or "培训" in words or "培訓" in words:
        return Note("training")
    if "availab" in words or "point in time" in words or "可用" in words:
        return Note("availability")
    if "average" in words or "mean" in clock.casefold() or _AVERAGE.search(commitment):
        return Note("average")
    if "agreed" in words or (not amount and _AGREED.search(commitment)):
        return Note("agreed")
    if _BEFORE.search(commitment):
        return Note("before")
    if _OPEN.search(commitment):
        return Note("availability")
    return None


def _limit(
    commitment: str, amount: str, unit: str, clock: str
) -> tuple[Limit | None, Note | None, list[Note]]:
    notes: list[Note] = []
    odd = _not_a_duration(commitment, amount, unit, clock)
    if odd is not None:
        return None, odd, notes
    working = clock.casefold().startswith(("work", "business")) or clock.startswith("工作")
    if _SAME_DAY.fullmatch(amount) and _HOUR.search(f"{clock} {commitment}"):
        return None, Note("cut_off"), notes
    if _SAME_DAY.fullmatch(amount):
        same_working = working or "working" in amount.casefold()
        return Limit(0, LimitUnit.SAME_WORKING_DAY if same_working else LimitUnit.SAME_DAY), None, notes
    name = _UNITS.get(unit.casefold())
    if name is None:
        if not unit:
            return None, Note("no_unit"), notes
        if amount.replace(".", "", 1).isdigit():
            return None, Note("count", {"unit": unit}), notes
        return None, Note("unit", {"unit": unit}), notes
    if name == "months":
        return None, Note("months"), notes
    if not amount:
        return None, Note("no_amount"), notes
    try:
        number = float(amount.replace(",", ""))
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        return None, Note("amount", {"amount": amount}), notes
    if name.startswith("working"):
        name, working = name.removeprefix("working "), True
    elif not working and _WORKING.search(commitment) and name in {"days", "hours", "minutes"}:
        working = True
        notes.append(Note("working_said"))
    if name == "weeks":
        name, number = "days", number * 7
        notes.append(Note("weeks"))
        working = False
    elif name == "days" and not working and clock.casefold() in {"", "unstated", "unknown", "未说明"}:
        notes.append(Note("unstated"))
    if name == "seconds":
        # up to six digits as a limit is written, rounded up so that the last second still counts
        name, number = "minutes", math.ceil(number / 60 * 1e6) / 1e6 if number < 60 else _minutes(number)
        notes.append(Note("seconds"))
    try:
        return (
            parse_limit(f"{number:.6f}".rstrip("0").rstrip(".") + f" {'working ' if working else ''}{name}"),
            None,
            notes,
        )
    except ValueError:
        return None, Note("limit"), notes


def _minutes(seconds: float) -> float:
    """Minutes with the digits that a written limit keeps (six in all), rounded up."""
    minutes = seconds / 60
    digits: int = 10 ** max(0, 5 - int(math.log10(minutes)))
    return math.ceil(minutes * digits - 1e-9) / digits


def group(lines: Sequence[Line]) -> dict[tuple[str, str], list[Line]]:
    """Lines that become requirements, by organisation and service: one standard each, in the order of the file."""
    made: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if line.reason is None:
            made.setdefault(line.key, []).append(line)
    return made
