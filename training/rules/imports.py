"""Import of training records with preview: a table compared with what is there. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from accounts.rules import ImportPlan, is_email, normal_email
from accounts.rules.imports import ImportRow
from core.lazytext import _l

COLUMNS = ("email", "course", "competence", "passed_on", "valid_until", "score", "note")
REQUIRED = ("email", "passed_on")
#: column names as Chinese files write them
ALIASES = {
    "邮箱": "email",
    "电子邮箱": "email",
    "课程编号": "course",
    "课程": "course",
    "能力编号": "competence",
    "能力": "competence",
    "通过日期": "passed_on",
    "有效期至": "valid_until",
    "成绩": "score",
    "得分": "score",
    "备注": "note",
    "说明": "note",
}
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")


@dataclass(frozen=True)
class Facts:
    """What the file is compared with: people by address (name, whether within reach), codes of courses and
    competences, and what is on record already as (address, code, day)."""

    people: Mapping[str, tuple[str, bool]]
    courses: frozenset[str]
    competences: frozenset[str]
    known: frozenset[tuple[str, str, date]]
    today: date


def known_columns(names: Iterable[str]) -> dict[str, str]:
    """Header as written → column as known."""
    return {name: ALIASES.get(name, name.lower().replace(" ", "_").replace("-", "_")) for name in names}


def read_day(text: str) -> date | None:
    """2026-11-20, 2026/11/20 or 2026年11月20日; None for anything else."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def read_score(text: str) -> float | None:
    """85, 85% or 85.5 per cent as a share; None for anything else."""
    cleaned = text.strip().removesuffix("%").removesuffix("％").strip()
    if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", cleaned):
        return None
    share = float(cleaned) / 100
    return share if share <= 1 else None


def plan_training(rows: Iterable[tuple[int, Mapping[str, str]]], facts: Facts) -> ImportPlan:
    """What a table of records would do: each row a course that somebody passed or a competence that somebody has."""
    planned: list[ImportRow] = []
    seen: dict[tuple[str, str, date], int] = {}
    for line, given in rows:
        email = normal_email(given.get("email", ""))
        row = ImportRow(line, email or "—", {"email": email})
        planned.append(row)
        _person(row, email, facts)
        code = _code(row, given, facts)
        day = _days(row, given, facts.today)
        _rest(row, given)
        if row.faults or day is None:
            continue
        key = (email, code, day)
        if key in seen:
            row.faults.append(("passed_on", str(_l("stands in row %(line)s already") % {"line": seen[key]})))
            continue
        seen[key] = line
        row.new = key not in facts.known
        if row.new:
            row.changes = {
                name: (None, value.isoformat() if isinstance(value, date) else value)
                for name, value in row.values.items()
                if name != "email"
            }
    return ImportPlan(planned)


def _person(row: ImportRow, email: str, facts: Facts) -> None:
    if not is_email(email):
        row.faults.append(("email", str(_l("“%(email)s” is not an e-mail address") % {"email": email[:80]})))
    elif email not in facts.people:
        row.faults.append(("email", str(_l("nobody has this address; import people first"))))
    elif not facts.people[email][1]:
        row.faults.append(("email", str(_l("you do not assign training in this person's unit"))))


def _code(row: ImportRow, given: Mapping[str, str], facts: Facts) -> str:
    course, competence = (given.get(name, "").strip().upper() for name in ("course", "competence"))
    if bool(course) == bool(competence):
        row.faults.append(("course", str(_l("give either a course or a competence, by its code"))))
    elif course and course not in facts.courses:
        row.faults.append(
            ("course", str(_l("there is no course with the code %(code)s") % {"code": course[:40]}))
        )
    elif competence and competence not in facts.competences:
        row.faults.append(
            (
                "competence",
                str(_l("there is no competence with the code %(code)s") % {"code": competence[:40]}),
            )
        )
    elif course:
        row.values["course"] = course
    else:
        row.values["competence"] = competence
    return course or competence


def _days(row: ImportRow, given: Mapping[str, str], today: date) -> date | None:
    found: dict[str, date | None] = {}
    for name in ("passed_on", "valid_until"):
        text = given.get(name, "").strip()
        found[name] = read_day(text)
        if text and found[name] is None:
            row.faults.append(
                (name, str(_l("“%(value)s” is not a date like 2026-11-20") % {"value": text[:40]}))
            )
        elif found[name] is not None:
            row.values[name] = found[name]
    day, until = found["passed_on"], found["valid_until"]
    if not given.get("passed_on", "").strip():
        row.faults.append(("passed_on", str(_l("is empty"))))
    elif day is not None and day > today:
        row.faults.append(("passed_on", str(_l("lies in the future"))))
    if day is not None and until is not None and until < day:
        row.faults.append(("valid_until", str(_l("lies before the day it was passed"))))
    return day


def _rest(row: ImportRow, given: Mapping[str, str]) -> None:
    text = given.get("score", "").strip()
    if text:
        score = read_score(text)
        if score is None:
            row.faults.append(
                ("score", str(_l("“%(value)s” is not a number from 0 to 100") % {"value": text[:40]}))
            )
        else:
            row.values["score"] = score
    note = " ".join(given.get("note", "").split())
    if len(note) > 1000:
        row.faults.append(("note", str(_l("longer than %(limit)s characters") % {"limit": 1000})))
    elif note:
        row.values["note"] = note
