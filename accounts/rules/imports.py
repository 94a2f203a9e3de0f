"""Import with preview: a table compared with what is there. Pure."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

from accounts.rules.roles import ROLE_LABELS, Role, UnitKind, is_email, normal_email
from core.lazytext import _l

IMPORT_ROWS = 5_000
PEOPLE_COLUMNS = ("email", "name", "unit", "language", "time_zone", "role", "role_unit", "active")
UNIT_COLUMNS = ("code", "name_en", "name_zh", "kind", "parent", "time_zone", "active")
PEOPLE_REQUIRED, UNIT_REQUIRED = ("email", "name", "unit"), ("code", "parent")
#: column names as Chinese files write them
ALIASES = {
    "邮箱": "email",
    "电子邮箱": "email",
    "姓名": "name",
    "部门编码": "unit",
    "组织单元编码": "unit",
    "语言": "language",
    "时区": "time_zone",
    "角色": "role",
    "角色部门编码": "role_unit",
    "角色组织单元编码": "role_unit",
    "有效": "active",
    "编码": "code",
    "英文名称": "name_en",
    "中文名称": "name_zh",
    "类型": "kind",
    "上级编码": "parent",
}
YES, NO = {"yes", "y", "true", "1", "是", "有效"}, {"no", "n", "false", "0", "否", "停用"}
_CODE = re.compile(r"[0-9A-Za-z_.\-\u4e00-\u9fff]{1,40}")


@dataclass(frozen=True)
class UnitFact:
    """A unit as it stands. `within`: the one who imports administers it."""

    values: Mapping[str, Any]
    within: bool


@dataclass(frozen=True)
class PersonFact:
    values: Mapping[str, Any]
    within: bool
    roles: frozenset[tuple[str, str]]  # role, code of its unit


@dataclass
class ImportRow:
    """One row of the file against what is there."""

    line: int
    key: str
    values: dict[str, Any]
    new: bool = False
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)

    @property
    def state(self) -> str:
        if self.faults:
            return "wrong"
        if self.new:
            return "new"
        return "changed" if self.changes else "unchanged"


@dataclass(frozen=True)
class ImportPlan:
    rows: list[ImportRow]

    @property
    def counts(self) -> Counter[str]:
        return Counter(row.state for row in self.rows)

    @property
    def ready(self) -> bool:
        """All or nothing: one wrong row and nothing is written; nor when nothing would change."""
        counts = self.counts
        return not counts["wrong"] and bool(counts["new"] or counts["changed"])

    @property
    def fingerprint(self) -> str:
        """Changes when file or records change, so that what is confirmed is what was shown."""
        shown = [(row.line, row.key, row.state, sorted(row.changes.items())) for row in self.rows]
        return hashlib.sha256(repr(shown).encode()).hexdigest()


def known_columns(names: Iterable[str]) -> dict[str, str]:
    """Header as written → column as known."""
    return {name: ALIASES.get(name, name.lower().replace(" ", "_").replace("-", "_")) for name in names}


def plan_people(
    rows: Iterable[tuple[int, Mapping[str, str]]],
    people: Mapping[str, PersonFact],
    units: Mapping[str, UnitFact],
) -> ImportPlan:
    """What a table of people would do. Empty cells of known people change nothing."""
    planned: list[ImportRow] = []
    seen: dict[str, int] = {}
    for line, given in rows:
        email = normal_email(given.get("email", ""))
        row = ImportRow(line, email or "—", {})
        planned.append(row)
        _check_email(row, email, seen)
        known = people.get(email)
        row.new = known is None
        if known is not None and not known.within:
            _fault(row, "email", _l("this person belongs to a unit that you do not administer"))
        _take_text(row, given, "name", 200, needed=row.new)
        unit = _take_unit(row, given, "unit", units, needed=row.new)
        _take_choice(row, given, "language", ("en", "zh"))
        _take_zone(row, given)
        _take_flag(row, given)
        row.values["email"] = email
        _take_role(row, given, units, unit or (str(known.values["unit"]) if known else ""), known)
        _compare(row, known.values if known else None)
    return ImportPlan(planned)


def plan_units(
    rows: Iterable[tuple[int, Mapping[str, str]]], units: Mapping[str, UnitFact], root: str
) -> ImportPlan:
    """What a table of units would do. Rows may stand in any order; a parent may be in the file itself."""
    planned: list[ImportRow] = []
    seen: dict[str, int] = {}
    table = list(rows)
    in_file = {given.get("code", "").strip() for _line, given in table}
    parents = {code: str(fact.values["parent"]) for code, fact in units.items()}
    for line, given in table:
        code = given.get("code", "").strip()
        row = ImportRow(line, code or "—", {"code": code})
        planned.append(row)
        if not _CODE.fullmatch(code):
            _fault(row, "code", _l("give a code of at most 40 letters, digits, - . _"))
        elif code in seen:
            _fault(row, "code", _l("stands in row %(line)s already") % {"line": seen[code]})
        seen.setdefault(code, line)
        known = units.get(code)
        row.new = known is None
        if known is not None and not known.within:
            _fault(row, "code", _l("you do not administer this unit"))
        for name in ("name_en", "name_zh"):
            _take_text(row, given, name, 200, needed=False)
        if row.new and not (row.values.get("name_en") or row.values.get("name_zh")):
            _fault(row, "name_en", _l("give a name in at least one language"))
        _take_choice(row, given, "kind", tuple(UnitKind))
        _take_zone(row, given)
        _take_flag(row, given)
        parent = given.get("parent", "").strip()
        if code == root and parent:
            _fault(row, "parent", _l("the organisation itself has no parent"))
        elif not parent and row.new:
            _fault(row, "parent", _l("give the code of the unit it belongs to"))
        elif parent and parent not in units and parent not in in_file:
            _fault(row, "parent", _l("there is no unit with the code %(code)s") % {"code": parent})
        elif (
            parent in units
            and not units[parent].within
            and (known is None or known.values["parent"] != parent)
        ):
            _fault(row, "parent", _l("you do not administer this unit"))
        elif parent:
            row.values["parent"] = parents[code] = parent
        _compare(row, known.values if known else None)
    for row in planned:
        if not any(column == "parent" for column, _sentence in row.faults) and _circles(row.key, parents):
            _fault(row, "parent", _l("the unit would lie below itself"))
    return ImportPlan(planned)


def parents_first(plan: ImportPlan) -> list[ImportRow]:
    """New units in an order in which each parent is there before what lies below it."""
    by_code = {row.key: row for row in plan.rows}
    ordered: dict[str, ImportRow] = {}

    def take(row: ImportRow) -> None:
        chain = [row]
        while above := by_code.get(str(chain[-1].values.get("parent", ""))):
            if above.key in ordered or above in chain:
                break
            chain.append(above)
        for item in reversed(chain):
            ordered.setdefault(item.key, item)

    for row in plan.rows:
        take(row)
    return list(ordered.values())


def _circles(code: str, parents: Mapping[str, str]) -> bool:
    visited = set()
    while code:
        if code in visited:
            return True
        visited.add(code)
        code = parents.get(code, "")
    return False


def _fault(row: ImportRow, column: str, sentence: Any) -> None:
    row.faults.append((column, str(sentence)))


def _check_email(row: ImportRow, email: str, seen: dict[str, int]) -> None:
    if not is_email(email):
        _fault(row, "email", _l("“%(email)s” is not an e-mail address") % {"email": email[:80]})
    elif email in seen:
        _fault(row, "email", _l("stands in row %(line)s already") % {"line": seen[email]})
    seen.setdefault(email, row.line)


def _take_text(row: ImportRow, given: Mapping[str, str], name: str, limit: int, *, needed: bool) -> None:
    text = " ".join(given.get(name, "").split())
    if len(text) > limit:
        _fault(row, name, _l("longer than %(limit)s characters") % {"limit": limit})
    elif text:
        row.values[name] = text
    elif needed:
        _fault(row, name, _l("is empty"))


def _take_unit(
    row: ImportRow, given: Mapping[str, str], name: str, units: Mapping[str, UnitFact], *, needed: bool
) -> str:
    code = given.get(name, "").strip()
    if not code:
        if needed:
            _fault(row, name, _l("is empty"))
        return ""
    fact = units.get(code)
    if fact is None:
        _fault(row, name, _l("there is no unit with the code %(code)s") % {"code": code[:40]})
    elif not fact.within:
        _fault(row, name, _l("you do not administer this unit"))
    elif not fact.values["active"]:
        _fault(row, name, _l("this unit is closed"))
    else:
        row.values[name] = code
    return code


def _take_choice(row: ImportRow, given: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> None:
    value = given.get(name, "").strip().lower()
    if value and value not in allowed:
        _fault(
            row,
            name,
            _l("“%(value)s” is not one of: %(known)s") % {"value": value[:40], "known": ", ".join(allowed)},
        )
    elif value:
        row.values[name] = str(value)


def _take_zone(row: ImportRow, given: Mapping[str, str]) -> None:
    zone = given.get("time_zone", "").strip()
    if zone and zone not in available_timezones():
        _fault(
            row,
            "time_zone",
            _l("“%(value)s” is not a time zone; use a name like Asia/Shanghai") % {"value": zone[:40]},
        )
    elif zone:
        row.values["time_zone"] = zone


def _take_flag(row: ImportRow, given: Mapping[str, str]) -> None:
    value = given.get("active", "").strip().lower()
    if value in YES | NO:
        row.values["active"] = value in YES
    elif value:
        _fault(row, "active", _l("“%(value)s” is neither yes nor no") % {"value": value[:40]})


def _take_role(
    row: ImportRow,
    given: Mapping[str, str],
    units: Mapping[str, UnitFact],
    home: str,
    known: PersonFact | None,
) -> None:
    """A role is given, never taken away, by import."""
    wanted = given.get("role", "").strip().lower().replace(" ", "_")
    if not wanted:
        if given.get("role_unit", "").strip():
            _fault(row, "role", _l("is empty, though a unit for the role is given"))
        return
    by_label = {str(label).lower().replace(" ", "_"): role for role, label in ROLE_LABELS.items()}
    role = by_label.get(wanted, wanted)
    if role not in set(Role):
        _fault(
            row,
            "role",
            _l("“%(value)s” is not one of: %(known)s") % {"value": wanted[:40], "known": ", ".join(Role)},
        )
        return
    place = _take_unit(row, given, "role_unit", units, needed=False) or home
    row.values.pop("role_unit", None)
    if any(column in {"unit", "role_unit"} for column, _sentence in row.faults):
        return
    if place in units and not units[place].within:
        _fault(row, "role_unit", _l("you do not administer this unit"))
    elif known is None or (str(role), place) not in known.roles:
        row.values["grant"] = (str(role), place)
        row.changes["role"] = (None, f"{role} @ {place}")


def _compare(row: ImportRow, known: Mapping[str, Any] | None) -> None:
    for name, value in row.values.items():
        if name in {"grant", "email", "code"}:
            continue
        before = known.get(name) if known is not None else None
        if before != value:
            row.changes[name] = (before, value)
