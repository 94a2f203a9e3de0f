"""Reading of times, as SQL: texts in strptime forms or ISO 8601, local times to UTC."""

from dataclasses import dataclass

from core.columnar import literal
from delivery.engine.spec import MilestoneSpec
from delivery.engine.zone import FIRST_US, LAST_US, Offsets

_ISO_LOCAL = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?"
_ISO_OFFSET = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)? ?(Z|[+-]\d{2}(:?\d{2})?)"


@dataclass(frozen=True, slots=True)
class TimeSql:
    """SQL over one column of trimmed text. `wall` is local time in µs, `utc` a time with its own offset in µs; where
    both are null the text is blank or cannot be read.
    """

    wall: str
    utc: str


def time_sql(text: str, milestone: MilestoneSpec, *, typed: bool) -> TimeSql:
    """typed: the file knows dates of its own (XLSX, Parquet), which stand as ISO texts beside the given form."""
    wall: list[str] = []
    utc: list[str] = []
    local = [each for each in milestone.formats if "%z" not in each]
    offset = [each for each in milestone.formats if "%z" in each]
    if local:
        wall.append(f"epoch_us(try_strptime({text}, [{', '.join(map(literal, local))}]))")
    if offset:
        utc.append(f"epoch_us(try_strptime({text}, [{', '.join(map(literal, offset))}]))")
    if typed or not milestone.formats:
        wall.append(
            f"CASE WHEN regexp_full_match({text}, {literal(_ISO_LOCAL)}) "
            f"THEN epoch_us(try_cast({text} AS TIMESTAMP)) END"
        )
        utc.append(
            f"CASE WHEN regexp_full_match({text}, {literal(_ISO_OFFSET)}) "
            f"THEN epoch_us(try_cast({text} AS TIMESTAMPTZ)) END"
        )
    return TimeSql(wall=_first(wall), utc=_first(utc))


def in_range(us: str) -> str:
    return f"CASE WHEN {us} BETWEEN {FIRST_US} AND {LAST_US} THEN {us} END"


def at(number: int, zone: Offsets) -> str:
    """Moment in µs of UTC of the milestone that stands as wall time w<n> or moment u<n>."""
    return f"coalesce(u{number}, {zone.sql_utc(f'w{number}')})"


def _first(parts: list[str]) -> str:
    if not parts:
        return "NULL::BIGINT"
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"
