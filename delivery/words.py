"""How the trail of this room reads, and what the engine's refusals say in the language of the page."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.queries import places
from core.history import everywhere, say
from core.i18n import _, _l, _lp, format_number
from delivery.engine.errors import EngineError
from standards.rules.timing import LimitUnit, parse_limit


def _columns(mapping: dict[str, Any]) -> str:
    """Which column is the case and which tells what happened when."""
    names = [_("Case") + f": {mapping.get('case', '')}"]
    names += [f"{name}: {each.get('column', '')}" for name, each in mapping.get("milestones", {}).items()]
    return "; ".join(names)


def _place(unit_id: int) -> str:
    place = places().get(unit_id)
    return place.name if place is not None else "—"


say(
    {
        "event_log.opened": _l("Log opened"),
        "event_log.changed": _l("Log changed"),
        "event_log.standard_added": _l("Log proves a standard"),
        "event_log.standard_removed": _l("Log no longer proves a standard"),
        "event_log.measured": _l("Log measured"),
        "batch.received": _l("File received"),
        "batch.accepted": _l("File imported"),
        "batch.discarded": _l("Import discarded"),
        "batch.withdrawn": _l("Import withdrawn"),
    },
    {
        "name": _lp("record", "Name"),
        "mapping": _l("Meaning of the columns"),
        "unit_column": _l("Column of the unit"),
        "unit_values": _l("Units of the values"),
        "group_columns": _l("Further columns shown with cases"),
        "rows": _l("Rows"),
        "cases": _l("Cases"),
        "rejected": _l("Rows set aside"),
        "figures": _l("Figures"),
        "engine": _l("Version of the engine"),
        "as_of": _l("Reaches to"),
        "parquet": _l("Hash of the cases"),
        "sha256": _l("Hash of the file"),
        "file": _l("File"),
        "size": _l("Size"),
        "log": _l("Log"),
        "standard": _l("Standard"),
        "requirement": _l("Requirement"),
        "eligible": _l("Cases looked at"),
        "met": _l("Met"),
        "missed": _l("Missed"),
        "pending": _l("Pending"),
        "running": _l("Pending"),
        "limit": _l("Limit"),
        "engine_version": _l("Version of the engine"),
        "inputs_hash": _l("Hash of the inputs"),
        "batches": _l("Hashes of the imports"),
    },
    {
        "mapping": _columns,
        "unit_values": lambda value: "; ".join(
            f"{name}: {_place(unit_id)}" for name, unit_id in value.items()
        ),
    },
)

everywhere(values={"limit": lambda value: limit_words(str(value))})

_LIMITS: dict[LimitUnit, Any] = {
    LimitUnit.MINUTES: _l("within %(num)s min"),
    LimitUnit.HOURS: _l("within %(num)s h"),
    LimitUnit.DAYS: _l("within %(num)s days"),
    LimitUnit.WORKING_MINUTES: _l("within %(num)s working minutes"),
    LimitUnit.WORKING_HOURS: _l("within %(num)s working hours"),
    LimitUnit.WORKING_DAYS: _l("within %(num)s working days"),
    LimitUnit.SAME_DAY: _l("on the same day"),
    LimitUnit.SAME_WORKING_DAY: _l("on the same working day"),
    LimitUnit.BY_DUE: _l("by “%(milestone)s”"),
}
_RULES: dict[LimitUnit, Any] = {
    LimitUnit.MINUTES: _l("Time runs day and night."),
    LimitUnit.HOURS: _l("Time runs day and night."),
    LimitUnit.DAYS: _l("The limit ends at the same time of day so many calendar days later."),
    LimitUnit.WORKING_MINUTES: _l("Only working hours of the calendar count."),
    LimitUnit.WORKING_HOURS: _l("Only working hours of the calendar count."),
    LimitUnit.WORKING_DAYS: _l(
        "The day of the start is not counted and days off do not run the clock: a case is in time until the working "
        "day after the last one begins."
    ),
    LimitUnit.SAME_DAY: _l("The limit ends with the day of the start, at 24:00."),
    LimitUnit.SAME_WORKING_DAY: _l(
        "The limit is the day of the start, or the next working day when it starts on a day off. Days off that follow "
        "do not run the clock: a case is in time until the working day after it begins."
    ),
    LimitUnit.BY_DUE: _l("The time of that milestone is the deadline; cases without it are not judged."),
}


def limit_words(limit: str) -> str:
    """within 5 working days, on the same day; as it stands when it can't be read."""
    try:
        parsed = parse_limit(limit)
    except ValueError:
        return limit
    number = format_number(parsed.amount, 0 if float(parsed.amount).is_integer() else 1)
    return str(_LIMITS[parsed.unit]) % {"num": number, "milestone": parsed.milestone}


def limit_rule(limit: str) -> str:
    try:
        return str(_RULES[parse_limit(limit).unit])
    except ValueError:
        return ""


def moment(text: Any, timezone: str) -> datetime | None:
    """A moment of a form (2026-11-20T16:00, local to the log) as UTC; None for none."""
    if not text:
        return None
    found = datetime.fromisoformat(str(text))
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)


def engine_sentence(error: EngineError, name: str = "") -> str:
    """What is wrong with the file or the mapping: where, and what to do."""
    facts = error.facts
    line = format_number(facts["line"]) if isinstance(facts.get("line"), int) else ""
    match error.code:
        case "file.encoding":
            said = _(
                "line %(line)s is not %(encoding)s. Choose the encoding of the file; GB 18030 and Windows-1252 are common.",
                line=line,
                encoding=facts.get("encoding", "UTF-8"),
            )
        case "file.missing_columns":
            said = _(
                "the first line has no column %(missing)s. It has %(columns)s.",
                missing=_listed(facts.get("missing", [])),
                columns=_listed(facts.get("columns", [])[:30]),
            )
        case "file.column_twice":
            said = _(
                "the first line names the column “%(column)s” more than once.", column=facts.get("column", "")
            )
        case "file.columns":
            said = _("the table has more columns than can be read.")
        case "file.too_large":
            said = _("unpacked, the file is larger than what is read. Split it.")
        case "file.not_a_table":
            said = _("this is not a table. CSV, packed CSV (.gz), Excel (.xlsx) and Parquet are read.")
        case "file.not_a_workbook":
            said = _("the workbook can't be read; it may be damaged. Save it once more as .xlsx.")
        case "file.formula":
            said = _(
                "cell %(cell)s holds a formula whose result was never stored. Open the file in a spreadsheet program, save it, and try again.",
                cell=facts.get("cell", ""),
            )
        case "file.sheet":
            said = _("the workbook has no sheet of that name.")
        case "file.empty":
            said = _("it is empty.")
        case "file.broken":
            said = _("it is damaged or cut off.")
        case "file.nul":
            said = _(
                "line %(line)s holds a character that no text has: this is not a text file, or it is damaged.",
                line=line,
            )
        case "file.long_line" | "file.long_field":
            said = _("line %(line)s is longer than what is read.", line=line)
        case "file.open_quote":
            said = _("the quotation mark that opens on line %(line)s is never closed.", line=line)
        case "file.quoting":
            said = _("a quotation mark on line %(line)s stands in a wrong place.", line=line or "1")
        case "file.no_case":
            said = _(
                "none of its %(rows)s rows can be taken. Check the column of the case and the forms of the times.",
                rows=format_number(facts.get("rows", 0)),
            )
        case "file.no_time":
            said = _("none of its rows holds a time.")
        case "spec.format":
            said = _("the form of a time is not understood. Write it like %Y-%m-%d %H:%M.")
        case "spec.zone":
            said = _("the time zone is not known. Write one like Asia/Shanghai.")
        case "spec.encoding":
            said = _("the encoding is not known.")
        case _:
            said = error.reason
    where = name or error.where
    return f"{where}: {said}" if where else str(said)


def _listed(names: Any) -> str:
    return ", ".join(f"“{str(name)[:60]}”" for name in names) or "—"
