"""Reading of single fields of a specification, each error with the path of its field."""

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from delivery.engine.errors import SpecError


class _TextLoader(yaml.BaseLoader):  # type: ignore[misc, unused-ignore]
    """YAML with every scalar as it is written, so that NO stays a country, 0123 a number plate, 12:30 a time."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: ARG002 - the loader names it
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                line = key.start_mark.line + 1
                raise SpecError(
                    "spec.key_twice", f"“{name}” stands twice (line {line}).", where=name, line=line
                )
            seen.add(name)
        made: dict[Any, Any] = super().construct_mapping(node, deep=True)
        return made


def parse_yaml(text: str, name: str) -> Mapping[str, Any]:
    try:
        data = yaml.load(text, _TextLoader)  # noqa: S506 - builds texts, lists and mappings only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise SpecError(
            "spec.not_yaml", f"{place}{getattr(error, 'problem', None) or error}.", where=name
        ) from None
    except RecursionError:
        raise SpecError("spec.not_yaml", "nested too deeply.", where=name) from None
    except (TypeError, ValueError) as error:
        if isinstance(error, SpecError):
            raise
        raise SpecError("spec.not_yaml", f"{error}.", where=name) from None
    if not isinstance(data, Mapping):
        raise SpecError("spec.not_mapping", "expected log, requirements and so on at the top.", where=name)
    return data


def parse_moment(value: object, where: str, timezone: str) -> dt.datetime | None:
    """A moment with its zone; without an offset it is local time (the first of two in autumn)."""
    if value is None or value == "":
        return None
    moment: dt.datetime
    if isinstance(value, dt.datetime):
        moment = value
    elif isinstance(value, dt.date):
        moment = dt.datetime.combine(value, dt.time())
    else:
        try:
            moment = dt.datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise SpecError(
                "spec.moment", f"“{value}” is not a time (write one like 2019-02-13T16:18:56).", where=where
            ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone))
    if not 1900 <= moment.year < 2200:
        raise SpecError("spec.moment", f"{moment.year} is outside the years 1900 to 2199.", where=where)
    return moment.astimezone(dt.UTC)


def spec_error(code: str, error: ValueError, where: str = "") -> SpecError:
    field_name, found, sentence = str(error).partition(": ")
    if where and found and " " not in field_name:
        return SpecError(code, sentence, where=f"{where}.{field_name}")
    if not where and found:
        return SpecError(code, sentence, where=field_name)
    return SpecError(code, str(error), where=where)


def only(data: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            hint = f"did you mean “{near[0]}”?" if near else f"there are {', '.join(known)}."
            raise SpecError(
                "spec.unknown_key", f"not a setting; {hint}", where=f"{where}.{key}" if where else str(key)
            )


def need(data: Mapping[str, Any], key: str, where: str) -> Any:
    value = data.get(key)
    if value is None or value == "":
        raise SpecError("spec.missing", "is missing.", where=f"{where}.{key}" if where else key)
    return value


def mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SpecError("spec.not_mapping", "expected names with values.", where=where)
    return value


def listed(value: object, where: str, most: int, *, scalar: bool = False) -> Sequence[Any]:
    if value is None or (value == "" and not scalar):
        return ()
    if isinstance(value, str | int | float | bool):
        return (value,)
    if not isinstance(value, list | tuple):
        raise SpecError("spec.not_list", "expected a list.", where=where)
    if len(value) > most:
        raise SpecError("spec.too_many", f"more than {most} entries.", where=where)
    if any(isinstance(each, Mapping) for each in value) and not where.startswith("requirements"):
        raise SpecError("spec.not_list", "expected a list of plain values.", where=where)
    return value


def text(value: object, where: str, *, needed: bool = False) -> str:
    if isinstance(value, Mapping | list | tuple):
        raise SpecError("spec.not_text", "expected a text.", where=where)
    words = "" if value is None else str(value)
    if needed and not words.strip():
        raise SpecError("spec.missing", "is missing.", where=where)
    if len(words) > 1_000:
        raise SpecError("spec.too_long", "longer than 1000 characters.", where=where)
    return words


def whole(value: object, where: str, default: int) -> int:
    words = text(value, where).strip()
    if not words:
        return default
    if not words.isdecimal() or not 1 <= int(words) <= 1_000_000:
        raise SpecError("spec.number", f"“{words}” is not a whole number from 1.", where=where)
    return int(words)


def share(value: object, where: str) -> float | None:
    words = text(value, where).strip()
    if not words:
        return None
    try:
        number = float(words)
    except ValueError:
        raise SpecError("spec.number", f"“{words}” is not a number.", where=where) from None
    if not 0 < number <= 1:
        raise SpecError("spec.share", f"{words} is not a share: write 0.9 for 90 %.", where=where)
    return number


def truth(value: object, where: str) -> bool:
    words = text(value, where).strip().casefold()
    if words not in {"", "true", "false", "yes", "no"}:
        raise SpecError("spec.choice", f"“{words}” is neither true nor false.", where=where)
    return words in {"true", "yes"}
