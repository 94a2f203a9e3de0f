"""Guesses about a table of service events: how times are written, which column is the case, what the times mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

ISO = ""
#: forms of times in the order they are tried; where day and month can't be told apart the first wins
FORMS: tuple[str, ...] = (
    ISO,
    "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d/%m/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y %I:%M %p",
    "%m/%d/%y %H:%M:%S",
    "%m/%d/%y %H:%M",
    "%d/%m/%y %H:%M",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%m-%d-%Y %H:%M:%S",
    "%m-%d-%Y %H:%M",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
    "%Y%m%d%H%M%S",
    "%Y%m%d",
    "%d-%b-%Y %H:%M:%S",
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d, %Y",
)
_ISO_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?"
)
#: what people write for "nothing"
BLANKS = ("NA", "N/A", "NULL", "None", "?", "-", "--", "nan", "无", "空", "暂无")
#: meaning of a column of times by what its name holds; the first that fits
MEANINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("due", ("due", "deadline", "target", "promis", "截止", "到期", "期限", "承诺")),
    ("resolved", ("resolv", "repaired", "fixed", "解决", "修复")),
    ("closed", ("clos", "complet", "finish", "ended", "办结", "关闭", "完成", "结案")),
    ("answered", ("answer", "repl", "respon", "答复", "回复", "反馈")),
    ("sent", ("sent", "forward", "转办", "派发", "派单")),
    ("started", ("start", "begin", "accepted", "assign", "开始", "受理", "接单")),
    ("received", ("creat", "open", "receiv", "report", "submit", "logged", "request", "留言", "来电", "收到", "创建", "登记", "提交", "申请")),
)  # fmt: skip
_AFTERTHOUGHTS = ("update", "modif", "status", "activity", "sys_", "更新", "修改")
_CASES = ("id", "number", "no", "num", "key", "case", "ticket", "编号", "单号", "工单", "序号", "号")
_PEOPLE = ("by", "to", "zip", "phone", "caller", "user", "用户", "电话")


def read_time(text: str, forms: Sequence[str], *, typed: bool = False) -> datetime | None:
    """The moment a text stands for, naive where it has no offset; None when no form fits. `typed` files know ISO, too."""
    clean = text.strip()
    for form in forms:
        if not form:
            continue
        try:
            return datetime.strptime(clean, form)  # noqa: DTZ007 - local time of the log, its zone is known elsewhere
        except ValueError:
            continue
    if (typed or not any(forms)) and _ISO_TIME.fullmatch(clean):
        try:
            return datetime.fromisoformat(clean.replace(" Z", "Z"))
        except ValueError:
            return None
    return None


@dataclass(frozen=True, slots=True)
class FormGuess:
    """A form that reads `fits` of `n` values. `other` is a form that reads them all as well with day and month swapped."""

    form: str
    fits: int
    n: int
    other: str = ""

    @property
    def is_likely(self) -> bool:
        return self.n > 0 and self.fits >= 0.9 * self.n


def guess_form(values: Sequence[str]) -> FormGuess | None:
    """The form that reads most of the values; None when even the best reads fewer than half."""
    texts = list(dict.fromkeys(value.strip() for value in values if not is_blank(value)))[:300]
    if not texts or not any(character.isdigit() for character in texts[0]):
        return None
    few = texts[:5]
    best: FormGuess | None = None
    equal: list[str] = []
    for form in FORMS:
        if not any(read_time(text, (form,)) for text in few):
            continue
        fits = sum(read_time(text, (form,)) is not None for text in texts)
        if best is None or fits > best.fits:
            best, equal = FormGuess(form, fits, len(texts)), []
        elif fits == best.fits:
            equal.append(form)
    if best is None or best.fits * 2 < best.n:
        return None
    swapped = best.form.replace("%m", "\0").replace("%d", "%m").replace("\0", "%d")
    return FormGuess(best.form, best.fits, best.n, swapped if swapped in equal else "")


def is_blank(value: str, blanks: Sequence[str] = BLANKS) -> bool:
    clean = value.strip()
    return not clean or clean in blanks


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file seems to be. milestones: name → (column, form)."""

    case: str
    milestones: dict[str, tuple[str, str]]
    times: dict[str, str]  # every column of times → its form
    blanks: tuple[str, ...]


def guess_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Guess:
    columns = {
        name: [row[position] for row in rows[:400] if position < len(row)]
        for position, name in enumerate(header)
        if name
    }
    times: dict[str, str] = {}
    blanks: dict[str, None] = {}
    for name, values in columns.items():
        found = guess_form(values)
        if found is None or not found.is_likely or _looks_like_numbers(values, found.form):
            continue
        times[name] = found.form
        blanks |= dict.fromkeys(value.strip() for value in values if value.strip() in BLANKS)
    milestones: dict[str, tuple[str, str]] = {}
    for name in sorted(times, key=_is_afterthought):
        meaning = meaning_of(name)
        if meaning and meaning not in milestones and not _is_afterthought(name):
            milestones[meaning] = (name, times[name])
    if not milestones:
        milestones = {name.strip().lower()[:60]: (name, form) for name, form in list(times.items())[:6]}
    order = [meaning for meaning, _words in MEANINGS][::-1]
    milestones = dict(
        sorted(milestones.items(), key=lambda item: order.index(item[0]) if item[0] in order else 99)
    )
    return Guess(_guess_case(columns, times), milestones, times, tuple(blanks))


def _looks_like_numbers(values: Sequence[str], form: str) -> bool:
    """Eight digits are a date only when most of them lie in our time."""
    if form != "%Y%m%d":
        return False
    years = [int(value[:4]) for value in values if value.strip().isdigit()]
    return not years or sum(1990 <= year <= 2100 for year in years) < 0.95 * len(years)


def meaning_of(name: str) -> str:
    lowered = name.lower()
    return next((meaning for meaning, words in MEANINGS if any(word in lowered for word in words)), "")


def _is_afterthought(name: str) -> bool:
    return any(word in name.lower() for word in _AFTERTHOUGHTS)


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+", name)]


def _guess_case(columns: Mapping[str, Sequence[str]], times: Mapping[str, str]) -> str:
    best, best_score = "", 0.0
    for position, (name, values) in enumerate(columns.items()):
        filled = [value for value in values if not is_blank(value)]
        if name in times or not filled:
            continue
        words = _words(name)
        score = len(set(filled)) / len(values)
        if any(word in _CASES or word.endswith(("编号", "单号")) for word in words):
            score += 1
        if any(word in _PEOPLE for word in words):
            score -= 1
        if position == 0:
            score += 0.4
        if sum(len(value) for value in filled) / len(filled) > 60:
            score -= 1
        if score > best_score:
            best, best_score = name, score
    return best


def guess_units(values: Sequence[str], names: Mapping[str, int]) -> dict[str, int]:
    """Values that are a unit's code or name, whatever their case. names: name or code → unit."""
    known = {name.strip().casefold(): unit for name, unit in names.items() if name.strip()}
    return {value: known[value.strip().casefold()] for value in values if value.strip().casefold() in known}
