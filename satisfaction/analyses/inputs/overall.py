"""Methods that say one thing about a whole wave: fuzzy evaluation of several questions, the estimate of one."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from core.lazytext import _l
from satisfaction.analyses.inputs.prepared import Prepared, both, column, items_of, weights_of
from satisfaction.methods.refusal import Refusal
from satisfaction.models import Wave
from satisfaction.rules.items import Kind, bounds
from satisfaction.rules.waves import withheld

OPERATORS: Final = ("weighted_average", "max_min", "max_product", "bounded_sum_min")
WORTH_MOST: Final = 1e9
#: answers that each stratum must hold, or there is no standard error
STRATUM_LEAST: Final = 2


def worth_of(text: str, size: int) -> list[float]:
    """What the grades are worth, best to worst, as they were typed; nothing when nothing was. Raises Refusal."""
    pieces = [each.strip() for each in text.replace("，", ",").replace("、", ",").split(",")]
    if not any(pieces):
        return []
    made = []
    for piece in pieces:
        try:
            value = float(piece)
        except ValueError:
            value = float("nan")
        if not abs(value) < WORTH_MOST:
            raise Refusal(_l("“%(field)s” is not a number."), field=piece[:40])
        made.append(value)
    if len(made) != size:
        raise Refusal(
            _l("There are %(count)s values for %(size)s grades (%(field)s)."),
            field=text[:40],
            count=len(made),
            size=size,
        )
    return made


def fuzzy(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    import numpy as np

    chosen = items_of(sheet, asked["items"])
    scales = {bounds(item) for item in chosen}
    if len(scales) != 1:
        raise Refusal(
            _l("The questions %(field)s have answers of different numbers; their grades cannot be joined."),
            field=", ".join(item.code for item in chosen),
        )
    ((low, high),) = scales
    steps = list(range(high, low - 1, -1))
    case = weights_of(sheet, asked)
    case = np.ones(sheet.size) if case is None else np.nan_to_num(case, nan=0.0)
    factors: dict[str, Any] = {}
    answered: dict[str, int] = {}
    anybody = np.zeros(sheet.size, dtype=bool)
    for item, weight in zip(chosen, _shares(sheet, wave, asked, chosen, case), strict=True):
        values = _of_counted(column(sheet, item, "", wave.min_cell), case, item.code, wave.min_cell)
        factors[item.code] = {
            "weight": weight,
            "counts": [float(case[values == step].sum()) for step in steps],
        }
        there = ~np.isnan(values)
        answered[item.code] = int(there.sum())
        anybody |= there
    spec = {
        "factors": factors,
        "grades": [str(step) for step in steps],
        "grade_values": worth_of(str(asked.get("grade_values") or ""), len(steps)) or list(map(float, steps)),
    }
    first = asked.get("operator") or OPERATORS[0]
    spec["operator"] = [first, *(each for each in OPERATORS if each != first)]
    names = {"answered": answered, "grades": _grades(chosen, steps)}
    return Prepared(None, spec, names=names, respondents=int(anybody.sum()))


def _of_counted(values: Any, case: Any, code: str, least: int) -> Any:
    """Answers of those whom the weights count; NaN for the others. Raises Refusal when they are too few."""
    import numpy as np

    kept = np.where(case > 0, values, np.nan)
    count = int((~np.isnan(kept)).sum())
    if count < least:
        raise Refusal(
            _l("“%(field)s” has %(count)s answers; figures appear from %(least)s on."),
            field=code,
            count=count,
            least=least,
        )
    return kept


def _shares(sheet: Any, wave: Wave, asked: Mapping[str, Any], chosen: list[Any], case: Any) -> list[float]:
    """How much each question counts: alike, as typed, or by the mean importance that customers state; sum 1."""
    import numpy as np

    how = asked.get("counting") or "alike"
    if how == "typed":
        typed = asked.get("typed") or {}
        raw = [float(typed.get(item.code) or 0) for item in chosen]
    elif how == "stated":
        importance = {item.about_code: item for item in sheet.items if item.kind == Kind.importance}
        raw = []
        for item in chosen:
            if item.code not in importance:
                raise Refusal(
                    _l("Nobody was asked how important “%(field)s” is; take other weights."),
                    field=item.code,
                )
            other = importance[item.code]
            values = _of_counted(column(sheet, other, "", wave.min_cell), case, other.code, wave.min_cell)
            there = ~np.isnan(values)
            raw.append(float(np.average(values[there], weights=case[there])))
    else:
        raw = [1.0] * len(chosen)
    if not sum(raw) > 0:
        raise Refusal(
            _l("No question has a weight above 0 (%(field)s)."), field=", ".join(item.code for item in chosen)
        )
    return [each / sum(raw) for each in raw]


def _grades(chosen: list[Any], steps: list[int]) -> list[dict[str, str]]:
    """The answers in words: their numbers, with the words at the ends where all questions have the same there."""
    made = [{"en": str(step), "zh": str(step)} for step in steps]
    for place, end in ((0, "high"), (-1, "low")):
        for language, other in (("en", "zh"), ("zh", "en")):
            words = {
                getattr(item, f"{end}_{language}") or getattr(item, f"{end}_{other}")
                for item in chosen
                if not item.reverse
            }
            if len(words) == 1 and (word := words.pop()):
                made[place][language] += f" · {word}"
    return made


def estimate(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    import numpy as np

    from satisfaction import sheet as sheets

    item = next(iter(items_of(sheet, [asked["item"]])), None)
    if item is None:
        raise Refusal(_l("Wave %(wave)s did not ask “%(field)s”."), field=asked["item"], wave=wave.code)
    values = column(sheet, item, "", wave.min_cell)
    columns: dict[str, Any] = {item.code: values}
    spec: dict[str, Any] = {"variable": item.code, "confidence": float(asked.get("confidence") or 0.95)}
    if asked.get("measure") == "top":
        spec["at_least"] = 9 if item.kind == Kind.nps else bounds(item)[1] - item.top + 1
    case = weights_of(sheet, asked)
    if case is not None:
        columns["weight"], spec["weight"] = case, "weight"
        values = _of_counted(values, np.nan_to_num(case, nan=0.0), item.code, wave.min_cell)
    names: dict[str, Any] = {}
    hidden: frozenset[str] = frozenset()
    by = asked.get("strata") or ""
    if by:
        if by not in sheet.groups:
            raise Refusal(_l("The answers are no longer told apart by “%(field)s”."), field=by)
        marks, there = sheet.groups[by], ~np.isnan(values)
        known = sorted(set(marks.tolist()))
        place = {value: f"g{number}" for number, value in enumerate(known, 1)}
        sizes = {place[value]: int((there & (marks == value)).sum()) for value in known}
        if any(0 < size < STRATUM_LEAST for size in sizes.values()):
            raise Refusal(
                _l("One of the groups by “%(field)s” has a single answer; a stratum needs two at least. Take wider groups or none."),
                field=sheets.group_names(sheet).get(by, by),
            )  # fmt: skip
        hidden = frozenset(withheld(sizes, wave.min_cell))
        columns["stratum"] = np.array([place[value] for value in marks.tolist()], dtype=object)
        spec["strata"] = "stratum"
        names["groups"] = {
            place[value]: both(partial(sheets.group_word, sheet, by, value))
            for value in known
            if sizes[place[value]] and place[value] not in hidden
        }
        names["by"] = both(lambda: sheets.group_names(sheet).get(by, by))
    return Prepared(columns, spec, names=names, hidden=hidden)
