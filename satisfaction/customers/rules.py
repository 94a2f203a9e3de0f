"""Customers: groups, attributes, how a row of a file becomes a customer, what an import would change. Pure."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from core.lazytext import _l


class Kind(StrEnum):
    external = "external"
    intermediate = "intermediate"
    internal = "internal"
    former = "former"
    potential = "potential"
    competitor = "competitor"

    @property
    def label(self) -> Any:
        return KIND_LABELS[self]


KIND_LABELS: Final[dict[Kind, Any]] = {
    Kind.external: _l("External"),
    Kind.intermediate: _l("Intermediate"),
    Kind.internal: _l("Internal"),
    Kind.former: _l("Former"),
    Kind.potential: _l("Potential"),
    Kind.competitor: _l("Competitors’"),
}
LANGUAGES: Final[dict[str, Any]] = {"zh": _l("Chinese"), "en": _l("English")}
#: what strata and clusters may be made of, beside group, unit and language
ATTRIBUTES: Final[dict[str, Any]] = {
    "region": _l("Region"),
    "channel": _l("Channel"),
    "segment": _l("Segment"),
}
#: never in the trail, gone when erased
PERSONAL: Final = ("name", "email", "phone")
FIELDS: Final[dict[str, Any]] = {
    "code": _l("Customer code"),
    "name": _l("Name"),
    "kind": _l("Customer group"),
    "unit": _l("Unit (its code)"),
    "language": _l("Language"),
    "email": _l("E-mail"),
    "phone": _l("Telephone"),
    **ATTRIBUTES,
    "volume": _l("Volume"),
    "no_contact": _l("Do not contact"),
}
LIMITS: Final = {
    "code": 60,
    "name": 200,
    "email": 254,
    "phone": 40,
    "region": 80,
    "channel": 80,
    "segment": 80,
}
ROWS_MOST: Final = 300_000
REJECTS_KEPT: Final = 2_000
VOLUME_MOST: Final = 1e12
#: without what means something else in the header of a mail
_MAIL: Final = re.compile(r"(?!.*=\?)[^@\s<>\",;:()\[\]\\]+@[^@\s<>\",;:()\[\]\\]+\.[^@\s.<>\",;:()\[\]\\]+")

REASONS: Final[dict[str, Any]] = {
    "empty": _l("there is no code"),
    "long": _l("the text is too long"),
    "twice": _l("the code stands in the file twice"),
    "kind": _l("this is none of the six groups"),
    "unit": _l("no unit has this code"),
    "yours": _l("the customer belongs to a unit that is not yours"),
    "language": _l("only Chinese and English are known"),
    "email": _l("this is no e-mail address"),
    "volume": _l("this is no number from 0 on"),
    "no_contact": _l("write yes or no"),
    "fields": _l("more or fewer fields than the first line"),
    "withdrawn": _l("the customer is withdrawn; take it back first"),
    "erased": _l(
        "the personal data were erased on request; enter them by hand if the customer gives them again"
    ),
}

_KIND_WORDS: Final = {
    **{kind.value: kind for kind in Kind},
    "competitors": Kind.competitor, "competitors'": Kind.competitor, "competitors’": Kind.competitor,
    "外部": Kind.external, "外部顾客": Kind.external, "中间": Kind.intermediate, "中间顾客": Kind.intermediate,
    "内部": Kind.internal, "内部顾客": Kind.internal, "以往": Kind.former, "以往顾客": Kind.former, "流失": Kind.former,
    "潜在": Kind.potential, "潜在顾客": Kind.potential, "竞争者": Kind.competitor, "竞争者顾客": Kind.competitor,
    "竞争者的顾客": Kind.competitor,
}  # fmt: skip
_LANGUAGE_WORDS: Final = {
    "zh": "zh", "cn": "zh", "zh-cn": "zh", "zh-hans": "zh", "chinese": "zh", "中文": "zh", "汉语": "zh",
    "en": "en", "en-us": "en", "en-gb": "en", "english": "en", "英文": "en", "英语": "en",
}  # fmt: skip
_YES: Final = frozenset({"yes", "y", "1", "true", "x", "是", "对"})
_NO: Final = frozenset({"", "no", "n", "0", "false", "否", "-"})
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "code": ("code", "id", "customer", "customer id", "customer no", "number", "reference", "编号", "顾客编号", "客户编号", "代码"),
    "name": ("name", "customer name", "姓名", "名称", "顾客名称", "客户名称"),
    "kind": ("group", "kind", "type", "customer group", "顾客群", "类别", "顾客类别"),
    "unit": ("unit", "unit code", "department", "单元", "单元代码", "部门"),
    "language": ("language", "lang", "语言"),
    "email": ("email", "e-mail", "mail", "邮箱", "电子邮箱", "电子邮件"),
    "phone": ("phone", "telephone", "mobile", "tel", "电话", "手机"),
    "region": ("region", "area", "district", "地区", "区域"),
    "channel": ("channel", "渠道"),
    "segment": ("segment", "细分", "客群", "分类"),
    "volume": ("volume", "visits", "orders", "sales", "业务量", "次数"),
    "no_contact": ("do not contact", "no contact", "opt out", "unsubscribed", "请勿联系", "勿扰"),
}  # fmt: skip


def is_mail(text: str) -> bool:
    return len(text) <= LIMITS["email"] and _MAIL.fullmatch(text) is not None


def clean(text: str) -> str:
    """One line without what can't be seen."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def guess(header: Sequence[str], kept: Mapping[str, str]) -> dict[str, str]:
    """Column → field: as the last time, else by its name. Each field once."""
    found: dict[str, str] = {}
    for name in header:
        plain = " ".join(re.sub(r"[_\W]+", " ", name.casefold()).split())
        candidates = [kept[name]] if kept.get(name) in FIELDS else []
        candidates += [
            key for key, words in _NAMES.items() if plain in {word.replace("-", " ") for word in words}
        ]
        wanted = next((key for key in candidates if key not in found.values()), None)
        if wanted is not None:
            found[name] = wanted
    return found


def faults(uses: Mapping[str, str], header: Sequence[str]) -> list[tuple[str, str]]:
    """(fault, what it is about) of a mapping that can't be used."""
    made = [("gone", name) for name in uses if name not in header]
    fields = [key for key in uses.values() if key]
    made += [("unknown", key) for key in fields if key not in FIELDS]
    made += [("two", key) for key in dict.fromkeys(fields) if fields.count(key) > 1 and key in FIELDS]
    if "code" not in fields:
        made.append(("no_code", ""))
    return made


@dataclass(frozen=True, slots=True)
class Reject:
    """Why a row is not taken: its line in the file, the field and the reason."""

    line: int
    field: str
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A customer of the register, as an import compares it."""

    id: int
    values: dict[str, Any]
    withdrawn: bool
    erased: bool
    open: bool  # to who imports


@dataclass(slots=True)
class Change:
    """One customer that would change: field → (before, after)."""

    id: int
    code: str
    line: int
    fields: dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class Outcome:
    """What an import would do. `new` has all the columns of the register's table but those of the record itself."""

    rows: int = 0
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    same: int = 0
    rejects: list[Reject] = field(default_factory=list)

    @property
    def reasons(self) -> dict[str, int]:
        counted: dict[str, int] = {}
        for reject in self.rejects:
            counted[reject.reason] = counted.get(reject.reason, 0) + 1
        return counted


class _Bad(Exception):
    def __init__(self, key: str, reason: str, value: str) -> None:
        super().__init__(reason)
        self.key, self.reason, self.value = key, reason, value


def _value(key: str, text: str, units: Mapping[str, int]) -> Any:
    """A cell as the register keeps it; an empty one is None: it leaves what is there. Raises _Bad."""
    text = clean(text)
    if not text:
        return None
    if key in LIMITS and len(text) > LIMITS[key]:
        raise _Bad(key, "long", text)
    plain = text.casefold()
    match key:
        case "kind":
            found: Any = _KIND_WORDS.get(plain.removesuffix(" customer").removesuffix(" customers"))
        case "unit":
            found = units.get(plain)
        case "language":
            found = _LANGUAGE_WORDS.get(plain)
        case "email":
            found = text if is_mail(text) else None
        case "volume":
            found = read_volume(text)
        case "no_contact":
            found = True if plain in _YES else False if plain in _NO else None
        case _:
            return text
    if found is None:
        raise _Bad(key, key, text)
    return found


def read_volume(text: str) -> float | None:
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= VOLUME_MOST else None


_BLANK: Final = {
    "name": "", "email": "", "phone": "", "region": "", "channel": "", "segment": "", "volume": None, "no_contact": False,
}  # fmt: skip


def compare(
    rows: Iterable[tuple[int, Sequence[str]]],
    header: Sequence[str],
    uses: Mapping[str, str],
    *,
    known: Mapping[str, Known],
    units: Mapping[str, int],
    allowed: frozenset[int],
    unit_id: int,
    kind: str,
    language: str,
) -> Outcome:
    """What a file would do to the register. `units`: code in small letters → unit; `allowed`: those of the importer.

    An empty cell leaves what is there. "Do not contact" can be set by a file, never taken back by one.
    """
    places = [(uses[name], at) for at, name in enumerate(header) if uses.get(name)]
    code_at = next(at for key, at in places if key == "code")
    places = [(key, at) for key, at in places if key != "code"]
    width = len(header)
    found = Outcome()
    seen: set[str] = set()
    for line, cells in rows:
        found.rows += 1
        code = ""
        try:
            if len(cells) > width and any(cells[width:]):
                raise _Bad("code", "fields", "")
            code = clean(cells[code_at]) if code_at < len(cells) else ""
            if not code:
                raise _Bad("code", "empty", "")
            if len(code) > LIMITS["code"]:
                raise _Bad("code", "long", code)
            if code in seen:
                raise _Bad("code", "twice", code)
            seen.add(code)
            given = {
                key: value
                for key, at in places
                if at < len(cells) and (value := _value(key, cells[at], units)) is not None
            }
            if "unit" in given:
                given["unit_id"] = given.pop("unit")
                if given["unit_id"] not in allowed:
                    raise _Bad("unit", "yours", "")
            _sort_in(found, line, code, given, known.get(code), unit_id=unit_id, kind=kind, language=language)
        except _Bad as bad:
            found.rejects.append(Reject(line, bad.key, bad.reason, bad.value[:80]))
    return found


def _sort_in(
    found: Outcome, line: int, code: str, given: dict[str, Any], there: Known | None, *, unit_id: int, kind: str, language: str
) -> None:  # fmt: skip
    if there is None:
        found.new.append(
            {"code": code, **_BLANK, "unit_id": unit_id, "kind": kind, "language": language, **given}
        )
        return
    if not there.open:
        raise _Bad("code", "yours", code)
    if there.withdrawn:
        raise _Bad("code", "withdrawn", code)
    if there.erased and any(given.get(key) for key in PERSONAL):
        raise _Bad("name", "erased", "")
    if not given.get("no_contact"):
        given.pop("no_contact", None)
    fields = {key: (there.values[key], value) for key, value in given.items() if there.values[key] != value}
    if fields:
        found.changed.append(Change(there.id, code, line, fields))
    else:
        found.same += 1
