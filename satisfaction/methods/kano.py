"""Which features customers take for granted, want more of, or are delighted by: the Kano model.

Sources: Kano et al. (1984) categories; Berger et al. (1993) evaluation table, Better and Worse; Lee & Newcomb (1997)
category and total strength; Fong (1996) test between the two most frequent categories.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.lazytext import _l
from satisfaction.methods import specs, weighting
from satisfaction.methods.answers import Answers, Refusal, Sentence
from satisfaction.methods.refusal import Wording
from satisfaction.methods.weighting import Weights

VARIANT = (
    _l("evaluation table of Berger et al. (1993)"),
    _l("most frequent category, ties by M>O>A>I"),
    _l("shares without R and Q"),
)
CATEGORIES = ("A", "O", "M", "I", "R", "Q")
#: which category wins a tie
_ORDER = ("M", "O", "A", "I", "R", "Q")
ANSWERS = ("like", "must_be", "neutral", "live_with", "dislike")
#: functional answer down, dysfunctional across, in the order of ANSWERS
TABLE = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
FONG = 1.65
BAD_QUESTION = 0.05
#: by which weighted shares that are equal may differ
ROUNDING = 1e-9


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - the signature of every method
    """Category of each item from pairs of answers, Better and Worse as shares (0 to 1 and -1 to 0).

    spec: items{name: [functional column, dysfunctional column]}, answers{like, must_be, neutral, live_with, dislike:
    code}, table (five rows of five categories, functional down), missing_codes, weight (column; category and shares
    are weighted, Fong's test takes n_eff, counts stay those of answers), by (columns) and min_cell. A pair with one
    side missing is left out and counted. Raises Refusal for unknown columns and for codes that stand for no answer.
    Sources: Kano et al. (1984); Berger et al. (1993); Lee & Newcomb (1997); Fong (1996).
    """
    assert data is not None
    specs.only(spec, ("items", "answers", "table", "missing_codes", *weighting.KEYS))
    return weighting.analysed(data, spec, _whole)


def _whole(data: Answers, spec: dict[str, Any]) -> dict[str, Any]:
    missing = specs.codes(spec.get("missing_codes"))
    given = _codes(spec.get("answers"))
    table = _table(spec.get("table"))
    items = specs.mapping(specs.need(spec, "items"), "items")
    if not items:
        raise Refusal(_l("“%(field)s” names no item."), field="items")
    weights = Weights.read(data, spec, missing)
    lookup = np.array([[CATEGORIES.index(each) for each in row] for row in table])
    notes: list[Sentence] = []
    used = np.zeros(data.rows, dtype=bool)
    found = {}
    for name, value in items.items():
        where = specs.inside("items", name)
        columns = specs.texts(value, where, unique=False)
        if len(columns) != 2 or columns[0] == columns[1]:
            raise Refusal(
                _l("“%(field)s” must be two columns: the functional question, then the dysfunctional."),
                field=where,
            )
        functional = _coded(data, columns[0], given, missing)
        dysfunctional = _coded(data, columns[1], given, missing)
        both = weights.counted((functional >= 0) & (dysfunctional >= 0))
        used |= both
        pairs, w = lookup[functional[both], dysfunctional[both]], weights.of(both)
        hits = np.bincount(pairs, minlength=len(CATEGORIES))
        counts = {each: int(hits[place]) for place, each in enumerate(CATEGORIES)}
        if w is None or not len(w):
            found[name] = evaluate(counts)
        else:
            sums = np.bincount(pairs, weights=w, minlength=len(CATEGORIES)) / w.sum()
            effective = weighting.n_eff(w, len(w))
            worth = {each: float(sums[place] * effective) for place, each in enumerate(CATEGORIES)}
            found[name] = evaluate(counts, worth) | {
                "n_eff": effective,
                "shares": {each: float(sums[place]) for place, each in enumerate(CATEGORIES)},
            }
        found[name]["missing"] = int(data.rows - both.sum()) - sum(weights.left_out.values())
        _remark(name, found[name], notes)
    own = tuple(map("".join, table)) != TABLE
    return {
        "variant": Wording(
            *VARIANT,
            *([_l("with a table of its own")] if own else []),
            *([weighting.WEIGHTED] if weights.values is not None else []),
        ),
        "items": found,
        "table": ["".join(row) for row in table],
        "n_used": int(used.sum()),
        "n_dropped": weights.dropped(used, "no_complete_pair"),
        "notes": notes,
    }


def evaluate(counts: Mapping[str, int], worth: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Category, Better, Worse and strengths from counts of the six categories.

    n is the number behind Better and Worse (A+O+M+I); strengths and the shares of R and Q are of all pairs, n_pairs.
    worth: what weighted answers are worth in each category, summing to their effective number; everything but the
    counts, n and n_pairs is taken from it. What would divide by nothing is None.
    Sources: Berger et al. (1993) Better and Worse; Lee & Newcomb (1997) strengths.
    """
    used: Mapping[str, float] = counts if worth is None else worth
    n = sum(used[each] for each in "AOMI")
    pairs = sum(used[each] for each in CATEGORIES)
    # weighted sums that are equal but for rounding are a tie
    ranked = sorted(CATEGORIES, key=lambda each: (-round(used[each], 9), _ORDER.index(each)))
    first, second = used[ranked[0]], used[ranked[1]]
    return {
        "counts": dict(counts),
        "n": sum(counts[each] for each in "AOMI"),
        "n_pairs": sum(counts[each] for each in CATEGORIES),
        "category": ranked[0] if pairs else None,
        "tie": bool(pairs and math.isclose(first, second, rel_tol=1e-9)),
        "better": (used["A"] + used["O"]) / n if n else None,
        "worse": 0.0 - (used["O"] + used["M"]) / n if n else None,
        "category_strength": (first - second) / pairs if pairs else None,
        "total_strength": (used["A"] + used["O"] + used["M"]) / pairs if pairs else None,
        "fong_distinct": fong(first, second, pairs) if pairs else None,
        "reverse_share": used["R"] / pairs if pairs else None,
        "questionable_share": used["Q"] / pairs if pairs else None,
    }


def fong(first: float, second: float, pairs: float) -> bool:
    """Do the two most frequent categories differ at the 10 % level? (Fong, 1996); numbers may be effective.

    first, second: pairs in each of both; pairs: in all six, above 0.
    """
    both = first + second
    return abs(first - second) >= FONG * math.sqrt(both * (2 * pairs - both) / (2 * pairs))


def _codes(value: Any) -> list[Any]:
    """The code of each answer in the order of ANSWERS."""
    if value is None:
        return [1, 2, 3, 4, 5]
    given = specs.mapping(value, "answers")
    specs.only(given, ANSWERS, "answers")
    made: list[Any] = []
    for each in ANSWERS:
        where = specs.inside("answers", each)
        code = specs.need(given, each, "answers")
        if isinstance(code, bool) or not isinstance(code, str | int | float):
            raise Refusal(_l("“%(field)s” must be a number or a text."), field=where)
        if str(code) in {str(other) for other in made}:
            raise Refusal(
                _l("“%(field)s”: the code “%(code)s” stands for two answers."), field=where, code=code
            )
        made.append(code)
    return made


def _table(value: Any) -> list[Sequence[str]]:
    if value is None:
        return list(TABLE)
    rows: list[Any]
    if isinstance(value, Mapping):
        by_name = specs.mapping(value, "table")
        specs.only(by_name, ANSWERS, "table")
        rows = [specs.need(by_name, each, "table") for each in ANSWERS]
    else:
        rows = specs.listed(value, "table")
    made: list[Sequence[str]] = []
    for place, row in enumerate(rows):
        where = specs.inside("table", place)
        cells: Any = row
        if isinstance(row, Mapping):
            named = specs.mapping(row, where)
            specs.only(named, ANSWERS, where)
            cells = [specs.need(named, each, where) for each in ANSWERS]
        elif isinstance(row, str):
            cells = list(row.replace(" ", ""))
        if not isinstance(cells, list) or len(cells) != 5 or any(each not in CATEGORIES for each in cells):
            raise Refusal(_l("“%(field)s” must be five of the categories A, O, M, I, R, Q."), field=where)
        made.append(cells)
    if len(made) != 5:
        raise Refusal(_l("“%(field)s” must have five rows, one for each functional answer."), field="table")
    return made


def _coded(data: Answers, column: str, codes: Sequence[Any], missing: Sequence[Any]) -> NDArray[np.int64]:
    """Answers as places in ANSWERS, -1 for missing; shape (rows,)."""
    values = data.column(column)
    made = np.full(data.rows, -1, dtype=np.int64)
    as_numbers = values.dtype != object and all(isinstance(each, int | float) for each in codes)
    cells: Any = data.numbers(column, missing=missing) if as_numbers else data.texts(column, missing=missing)
    empty = np.isnan(cells) if as_numbers else np.array([each is None for each in cells], dtype=bool)
    for place, code in enumerate(codes):
        made[cells == (float(code) if as_numbers else str(code).strip())] = place
    unknown = (made < 0) & ~empty
    if unknown.any():
        raise data.refuse(
            column,
            int(np.argmax(unknown)),
            Sentence(_l("is none of the answers %(codes)s"), codes=", ".join(map(str, codes))),
        )
    return made


def _remark(name: str, item: Mapping[str, Any], notes: list[Sentence]) -> None:
    if not item["n_pairs"]:
        notes.append(Sentence(_l("Nobody answered both questions of “%(item)s”."), item=name))
        return
    if item["tie"]:
        notes.append(
            Sentence(
                _l("“%(item)s” has two categories equally often; %(category)s was taken (M before O, A, I)."),
                item=name,
                category=item["category"],
            )
        )
    if item["reverse_share"] > item["total_strength"] + ROUNDING:
        notes.append(
            Sentence(
                _l(
                    "Most customers want “%(item)s” the other way round: turn its wording about and ask again."
                ),
                item=name,
            )
        )
    if item["questionable_share"] > BAD_QUESTION + ROUNDING:
        notes.append(
            Sentence(
                _l(
                    "“%(item)s” has %(share)s %% contradictory answers: the question is likely misunderstood."
                ),
                item=name,
                share=round(100 * item["questionable_share"], 1),
            )
        )
