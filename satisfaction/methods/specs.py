"""Reading a method's SPEC: plain mappings in, checked values out; each refusal names the parameter by its path."""

import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from core.lazytext import _l
from satisfaction.methods.refusal import Refusal

MOST_ITEMS = 2_000
MOST_SIZE = 1e100  # squares must not overflow
#: what a specification may say at its top for those who read it
FOR_READERS = ("title", "name", "description")


def inside(where: str, key: Any) -> str:
    """The path of a field: `scales.Value`, `paths[3]`."""
    if isinstance(key, int):
        return f"{where}[{key}]"
    return f"{where}.{key}" if where else str(key)


def only(spec: Mapping[Any, Any], allowed: Sequence[str], where: str = "") -> None:
    """Refuse keys that the method does not know, with the likeliest one meant: the one policy of all methods."""
    for key in spec:
        if key not in allowed and (where or key not in FOR_READERS):
            near = get_close_matches(str(key), allowed, 1)
            if near:
                raise Refusal(
                    _l("“%(field)s” is not a parameter of this method; “%(near)s” is one."),
                    field=inside(where, str(key)),
                    near=near[0],
                )
            raise Refusal(
                _l("“%(field)s” is not a parameter of this method; it knows: %(known)s."),
                field=inside(where, str(key)),
                known=", ".join(allowed),
            )


def need(spec: Mapping[Any, Any], key: str, where: str = "") -> Any:
    """The value under `key`. Raises Refusal with its path when it is absent or null."""
    value = spec.get(key)
    if value is None:
        raise Refusal(_l("“%(field)s” is missing in the specification."), field=inside(where, key))
    return value


def mapping(value: Any, where: str, most: int = MOST_ITEMS) -> dict[str, Any]:
    """A mapping with keys as texts; None is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Refusal(_l("“%(field)s” must hold names with values under them."), field=where)
    if len(value) > most:
        raise Refusal(
            _l("“%(field)s” has %(count)s entries; at most %(most)s are taken."),
            field=where,
            count=len(value),
            most=most,
        )
    return {str(key): each for key, each in value.items()}


def listed(value: Any, where: str, most: int = MOST_ITEMS) -> list[Any]:
    """A list; None is an empty one."""
    if value is None:
        return []
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise Refusal(_l("“%(field)s” must be a list."), field=where)
    if len(value) > most:
        raise Refusal(
            _l("“%(field)s” has %(count)s entries; at most %(most)s are taken."),
            field=where,
            count=len(value),
            most=most,
        )
    return list(value)


def text(value: Any, where: str) -> str:
    """A text; a number is taken as it was written, true and false are none. Raises Refusal with the path `where`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or str(value).strip() == "":
        raise Refusal(_l("“%(field)s” must be a text."), field=where)
    return str(value)


def texts(value: Any, where: str, most: int = MOST_ITEMS, *, unique: bool = True) -> list[str]:
    """A list of texts, such as column names; one text alone counts as a list of one."""
    given = [value] if isinstance(value, str) else listed(value, where, most)
    found = [text(each, inside(where, number)) for number, each in enumerate(given)]
    if unique:
        for number, each in enumerate(found):
            if each in found[:number]:
                raise Refusal(_l("“%(field)s” names “%(name)s” twice."), field=where, name=each)
    return found


def number(
    value: Any,
    where: str,
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    below: float | None = None,
) -> float:
    """A finite number within bounds (`low`/`high` included, `above`/`below` not)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal(_l("“%(field)s” must be a number, not “%(value)s”."), field=where, value=str(value))
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise Refusal(_l("“%(field)s” must be a finite number."), field=where)
    if abs(found) > MOST_SIZE:
        raise Refusal(_l("“%(field)s” is too large a number."), field=where)
    checks = (
        (
            low is not None and found < low,
            _l("“%(field)s” is %(value)s; it must be at least %(bound)s."),
            low,
        ),
        (
            high is not None and found > high,
            _l("“%(field)s” is %(value)s; it may be at most %(bound)s."),
            high,
        ),
        (
            above is not None and found <= above,
            _l("“%(field)s” is %(value)s; it must be above %(bound)s."),
            above,
        ),
        (
            below is not None and found >= below,
            _l("“%(field)s” is %(value)s; it must be below %(bound)s."),
            below,
        ),
    )
    for wrong, sentence, bound in checks:
        if wrong:
            raise Refusal(sentence, field=where, value=found, bound=bound)
    return found


def whole(value: Any, where: str, *, low: int | None = None, high: int | None = None) -> int:
    """A whole number within the bounds, both included; 5.0 is one. Raises Refusal with the path `where`."""
    found = number(value, where, low=low, high=high)
    if not found.is_integer():
        raise Refusal(_l("“%(field)s” must be a whole number, not %(value)s."), field=where, value=found)
    return int(found)


def flag(value: Any, where: str) -> bool:
    """True or false, not 1, 0 or a text. Raises Refusal with the path `where`."""
    if not isinstance(value, bool):
        raise Refusal(_l("“%(field)s” must be true or false."), field=where)
    return value


def choice(value: Any, where: str, choices: Sequence[str]) -> str:
    """One of `choices`. Raises Refusal with the path `where` and the words that may stand there."""
    if value not in choices:
        raise Refusal(
            _l("“%(field)s” is “%(value)s”; it must be one of: %(choices)s."),
            field=where,
            value=str(value),
            choices=", ".join(choices),
        )
    return str(value)


def pair(value: Any, where: str) -> tuple[float, float]:
    """Two numbers, the lower first, such as the ends of a scale."""
    given = listed(value, where)
    if len(given) != 2:
        raise Refusal(_l("“%(field)s” must be two numbers: lowest and highest."), field=where)
    low, high = number(given[0], inside(where, 0)), number(given[1], inside(where, 1))
    if low >= high:
        raise Refusal(
            _l("“%(field)s” goes from %(low)s to %(high)s; the first must be the lower."),
            field=where,
            low=low,
            high=high,
        )
    return low, high


def codes(value: Any, where: str = "missing_codes") -> list[Any]:
    """Codes that stand for "no answer": numbers or texts; one alone counts as a list of one."""
    given = (
        [value]
        if isinstance(value, str | int | float) and not isinstance(value, bool)
        else listed(value, where)
    )
    for place, each in enumerate(given):
        if isinstance(each, bool) or not isinstance(each, str | int | float):
            raise Refusal(_l("“%(field)s” must be a number or a text."), field=inside(where, place))
    return given
