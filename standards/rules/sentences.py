"""The sentence of a requirement, made from its fields in either language; `**` marks what is printed bold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from standards.rules.timing import WITHOUT_AMOUNT, Limit, LimitUnit, parse_limit


class Sayable(Protocol):
    """What a sentence needs of a requirement (a row of the database or `Said`)."""

    kind: str
    from_milestone: str
    to_milestone: str
    limit: str
    population: dict[str, list[str]]
    rule: dict[str, Any]


@dataclass
class Said:
    """A requirement that is no row yet."""

    kind: str
    from_milestone: str = ""
    to_milestone: str = ""
    limit: str = ""
    population: dict[str, list[str]] = field(default_factory=dict)
    rule: dict[str, Any] = field(default_factory=dict)


#: usual milestones: the act and the moment it is counted from, in both languages
_ACTS = {
    "acknowledged": ("Acknowledge", "告知受理"),
    "assigned": ("Assign", "派单"),
    "started": ("Start", "开始办理"),
    "arrived": ("Be on site", "到达现场"),
    "made_safe": ("Make safe", "排除险情"),
    "inspected": ("Inspect", "查勘"),
    "repaired": ("Repair", "修复"),
    "answered": ("Answer", "答复"),
    "responded": ("Respond", "回应"),
    "replied": ("Reply", "回复"),
    "resolved": ("Resolve", "解决"),
    "completed": ("Complete", "办结"),
    "closed": ("Close", "办结"),
    "delivered": ("Deliver", "送达"),
    "greeted": ("Greet", "迎候"),
    "served": ("Serve", "接待"),
    "decided": ("Decide", "作出决定"),
    "followed_up": ("Follow up", "回访"),
}
_MOMENTS = {
    "received": ("receipt", "收到"),
    "opened": ("opening", "立案"),
    "created": ("creation", "建单"),
    "requested": ("the request", "提出请求"),
    "registered": ("registration", "登记"),
    "notified": ("notice", "接到通知"),
    "reported": ("the report", "接到报告"),
    "arrived": ("arrival", "到达"),
    "acknowledged": ("acknowledgement", "告知受理"),
    "assigned": ("assignment", "派单"),
    "started": ("the start", "开始办理"),
    "paid": ("payment", "付款"),
    "closed": ("closing", "办结"),
    "completed": ("completion", "办结"),
    "repaired": ("repair", "修复"),
    "called": ("the call", "来电"),
}
_UNITS_EN = {
    LimitUnit.MINUTES: "minute",
    LimitUnit.HOURS: "hour",
    LimitUnit.DAYS: "day",
    LimitUnit.WORKING_MINUTES: "working minute",
    LimitUnit.WORKING_HOURS: "working hour",
    LimitUnit.WORKING_DAYS: "working day",
}
_UNITS_ZH = {
    LimitUnit.MINUTES: "分钟",
    LimitUnit.HOURS: "小时",
    LimitUnit.DAYS: "个自然日",
    LimitUnit.WORKING_MINUTES: "分钟（工作时间）",
    LimitUnit.WORKING_HOURS: "小时（工作时间）",
    LimitUnit.WORKING_DAYS: "个工作日",
}
_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
NB = "\u00a0"


def sentence(requirement: Sayable, language: str) -> str:
    """One sentence with its amounts marked; empty when the fields do not say enough yet."""
    chinese = language.startswith("zh")
    if requirement.kind == "timing":
        return _timing_zh(requirement) if chinese else _timing_en(requirement)
    if requirement.kind == "staffing":
        return _staffing_zh(requirement.rule) if chinese else _staffing_en(requirement.rule)
    return _content(requirement.rule, chinese=chinese)


def plain(text: str) -> str:
    """Without the marks of bold print."""
    return text.replace("**", "")


def parts(text: str) -> list[tuple[bool, str]]:
    """(bold, text) pieces of a sentence with marks, for the page."""
    pieces = re.split(r"\*\*(.+?)\*\*", text, flags=re.DOTALL)
    return [(index % 2 == 1, piece) for index, piece in enumerate(pieces) if piece]


def rule_words(rule: Mapping[str, Any], language: str) -> str:
    """What a requirement of posts or of contents asks, without its marks."""
    chinese = language.startswith("zh")
    posts = _staffing_zh(rule) if chinese else _staffing_en(rule)
    return plain(posts or _content(rule, chinese=chinese))


def limit_words(text: str, language: str) -> str:
    """A limit in words: 5 working days, 5 个工作日; what can't be read stays as it is."""
    if not text:
        return ""
    try:
        limit = parse_limit(text)
    except ValueError:
        return text
    return _limit_zh(limit) if language.startswith("zh") else _limit_en(limit)


def _seconds(limit: Limit) -> int | None:
    """A part of a minute in whole seconds, which is how people say it."""
    if limit.unit is not LimitUnit.MINUTES or float(limit.amount).is_integer():
        return None
    seconds = round(limit.amount * 60)
    return seconds if abs(limit.amount * 60 - seconds) < 0.01 else None


def _limit_en(limit: Limit) -> str:
    if limit.unit is LimitUnit.BY_DUE:
        return f"by {limit.milestone}"
    if limit.unit in WITHOUT_AMOUNT:
        return f"the {limit.unit.value.replace('_', ' ')}"
    if (seconds := _seconds(limit)) is not None:
        return f"{seconds}{NB}second{'' if seconds == 1 else 's'}"
    unit = _UNITS_EN[limit.unit]
    return f"{limit.amount:g}{NB}{unit if limit.amount == 1 else unit + 's'}"


def _limit_zh(limit: Limit) -> str:
    if limit.unit is LimitUnit.BY_DUE:
        return f"“{limit.milestone}”之前"
    if limit.unit is LimitUnit.SAME_DAY:
        return "当日"
    if limit.unit is LimitUnit.SAME_WORKING_DAY:
        return "当个工作日"
    if (seconds := _seconds(limit)) is not None:
        return f"{seconds}{NB}秒"
    return f"{limit.amount:g}{NB}{_UNITS_ZH[limit.unit]}"


def _act_en(milestone: str) -> str:
    known = _ACTS.get(milestone.casefold())
    return known[0] if known else f"Reach “{milestone}”"


def _moment_en(milestone: str) -> str:
    known = _MOMENTS.get(milestone.casefold())
    return known[0] if known else f"“{milestone}”"


def _timing_en(requirement: Sayable) -> str:
    limit = _limit_of(requirement)
    if limit is None:
        return ""
    act, moment = _act_en(requirement.to_milestone), _moment_en(requirement.from_milestone)
    cases = _cases_en(requirement.population)
    if limit.unit is LimitUnit.BY_DUE:
        return f"{act} **by “{limit.milestone}”**{cases}."
    if limit.unit in WITHOUT_AMOUNT:
        return f"{act} on **{_limit_en(limit)}** as {moment}{cases}."
    return f"{act} within **{_limit_en(limit)}** of {moment}{cases}."


def _cases_en(population: Mapping[str, list[str]]) -> str:
    if not population:
        return ""
    said = " and ".join(f"{column} is {' or '.join(values)}" for column, values in population.items())
    return f", where {said}"


def _timing_zh(requirement: Sayable) -> str:
    limit = _limit_of(requirement)
    if limit is None:
        return ""
    act = _ACTS.get(requirement.to_milestone.casefold())
    moment = _MOMENTS.get(requirement.from_milestone.casefold())
    done = act[1] if act else f"到达“{requirement.to_milestone}”"
    since = f"{moment[1]}后" if moment else f"自“{requirement.from_milestone}”起"
    cases = "，".join(
        f"{column} 为{'或'.join(f'“{value}”' for value in values)}"
        for column, values in requirement.population.items()
    )
    head = f"{cases}的，" if cases else ""
    if limit.unit is LimitUnit.BY_DUE:
        return f"{head}**在“{limit.milestone}”之前**{done}。"
    if limit.unit in WITHOUT_AMOUNT:
        return f"{head}{since}**{_limit_zh(limit)}**{done}。"
    return f"{head}{since} **{_limit_zh(limit)}**内{done}。"


def _limit_of(requirement: Sayable) -> Limit | None:
    if not (requirement.limit and requirement.from_milestone and requirement.to_milestone):
        return None
    try:
        return parse_limit(requirement.limit)
    except ValueError:
        return None


def _of(rule: Mapping[str, Any], name: str, *, chinese: bool) -> str:
    first, second = ("zh", "en") if chinese else ("en", "zh")
    return str(rule.get(f"{name}_{first}") or rule.get(f"{name}_{second}") or "")


def _hours_en(rule: Mapping[str, Any]) -> str:
    days = rule.get("weekdays") or []
    hours = f"{rule['from']}–{rule['until']}" if rule.get("from") else ""
    if len(days) in {0, 7}:
        named = "daily" if hours else ""
    elif days == [0, 1, 2, 3, 4]:
        named = "Monday to Friday"
    elif len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        named = f"{_DAYS_EN[days[0]]} to {_DAYS_EN[days[-1]]}"
    else:
        named = ", ".join(_DAYS_EN[day] for day in days)
    return " ".join(part for part in (named, hours) if part)


def _hours_zh(rule: Mapping[str, Any]) -> str:
    days = rule.get("weekdays") or []
    hours = f"{rule['from']}–{rule['until']}" if rule.get("from") else ""
    if len(days) in {0, 7}:
        named = "每日" if hours else ""
    elif len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        named = f"{_DAYS_ZH[days[0]]}至{_DAYS_ZH[days[-1]]}"
    else:
        named = "、".join(_DAYS_ZH[day] for day in days)
    return " ".join(part for part in (named, hours) if part)


def _staffing_en(rule: Mapping[str, Any]) -> str:
    post = _of(rule, "post", chinese=False)
    competence = _of(rule, "competence", chinese=False)
    if not post:
        return ""
    if rule.get("count") == "every":
        return f"Every {post} **holds {competence}**."
    if rule.get("count") == "ratio":
        amount = f"one {post} for every {rule.get('per')}{NB}{_of(rule, 'per', chinese=False)}"
        said = f"At least **{amount}**"
    else:
        said = f"At least **{rule.get('least')}{NB}{post} on duty**"
    hours = _hours_en(rule)
    said += f", {hours}" if hours else ""
    said += f", each with {competence}" if competence else ""
    return f"{said}."


def _staffing_zh(rule: Mapping[str, Any]) -> str:
    post = _of(rule, "post", chinese=True)
    competence = _of(rule, "competence", chinese=True)
    if not post:
        return ""
    if rule.get("count") == "every":
        return f"每名{post}**持有{competence}**。"
    hours = _hours_zh(rule)
    head = f"{hours} " if hours else ""
    if rule.get("count") == "ratio":
        said = (
            f"{head}每{NB}{rule.get('per')}{NB}{_of(rule, 'per', chinese=True)}至少配备{NB}**1{NB}名{post}**"
        )
    else:
        said = f"{head}至少{NB}**{rule.get('least')}{NB}名{post}在岗**"
    said += f"，均持有{competence}" if competence else ""
    return f"{said.strip()}。"


def _content(rule: Mapping[str, Any], *, chinese: bool) -> str:
    points = rule.get("points") or []
    first, second = ("zh", "en") if chinese else ("en", "zh")
    texts = [str(point.get(first) or point.get(second) or "").rstrip("。.;；") for point in points]
    texts = [text for text in texts if text]
    if not texts:
        return ""
    if chinese:
        return f"**{'；'.join(texts)}**。"
    return f"**{'; '.join(texts)}**."
