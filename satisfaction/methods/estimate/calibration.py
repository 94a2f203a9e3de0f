"""Fitting weights to known totals: post-stratification and raking."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers, Floats
from satisfaction.methods.estimate.variance import Codes
from satisfaction.methods.refusal import Refusal

MOST_MARGINS: Final = 20
MOST_ROUNDS: Final = 10_000
CLOSE: Final = 1e-10


@dataclass(frozen=True)
class Margin:
    """column; code of each row's group, shape (n,); names and known totals of the groups, shape (groups,)."""

    column: str
    codes: Codes
    names: list[str]
    totals: Floats


def margins(data: Answers, spec: Mapping[str, Any]) -> list[Margin]:
    """What `poststratify` or `rake` asks for: {column, totals: {group: size}}, or column → totals; a list for rake.

    Raises Refusal for a group of the data without a total, a total whose group nobody answered for, and both at once.
    """
    if spec.get("poststratify") is not None and spec.get("rake") is not None:
        raise Refusal(_l("Ask for poststratify or for rake, not for both (%(field)s)."), field="rake")
    key = "poststratify" if spec.get("poststratify") is not None else "rake"
    given = spec.get(key)
    if given is None:
        return []
    found = []
    for where, column, totals in _listed(given, key):
        labels = data.texts(column)
        typed = specs.mapping(totals, where)
        seen = {each for each in labels if each is not None}
        for row, each in enumerate(labels):
            if each is None or each not in typed:
                raise data.refuse(column, row, _l("has no known total"))
        for name in typed:
            if name not in seen:
                raise Refusal(
                    _l("“%(field)s” is a group from which nobody answered; join it with another one."),
                    field=specs.inside(where, name),
                )
        names = list(typed)
        places = {name: place for place, name in enumerate(names)}
        found.append(
            Margin(
                column,
                np.array([places[each] for each in labels], dtype=np.int64),
                names,
                np.array(
                    [parameters.figure(typed[name], specs.inside(where, name), above=0) for name in names]
                ),
            )
        )
    if key == "poststratify" and len(found) > 1:
        raise Refusal(_l("“%(field)s” takes one column; use rake for several."), field=key)
    return found


def _listed(given: Any, key: str) -> list[tuple[str, str, Any]]:
    if isinstance(given, list):
        entries = [specs.mapping(each, specs.inside(key, place)) for place, each in enumerate(given)]
    else:
        typed = specs.mapping(given, key)
        if "column" not in typed and "by" not in typed:
            return [(specs.inside(key, name), name, totals) for name, totals in typed.items()]
        entries = [typed]
    if len(entries) > MOST_MARGINS:
        raise Refusal(
            _l("“%(field)s” has %(count)s entries; at most %(most)s are taken."),
            field=key,
            count=len(entries),
            most=MOST_MARGINS,
        )
    found = []
    for place, entry in enumerate(entries):
        where = specs.inside(key, place) if isinstance(given, list) else key
        if "column" not in entry and "by" not in entry and len(entry) == 1:
            ((column, totals),) = entry.items()
        else:
            column = specs.text(entry.get("column", entry.get("by")), specs.inside(where, "column"))
            totals = specs.need(entry, "totals", where)
        found.append((specs.inside(where, "totals"), column, totals))
    return found


def fitted(weights: Floats, known: list[Margin]) -> tuple[Floats, int]:
    """(weights of shape (n,) that reproduce every total, rounds needed). One margin: w N_g / sum w; several: raking to 1e-10.

    Totals of several margins must agree in their sum. Raises Refusal when they do not, or raking does not settle.
    Sources: Holt and Smith (1979), J. R. Stat. Soc. A 142, 33-46; Deming and Stephan (1940), Ann. Math. Stat. 11.
    """
    sums = [float(each.totals.sum()) for each in known]
    if max(sums) - min(sums) > 1e-6 * max(sums):
        raise Refusal(
            _l("The totals of the margins differ: %(sums)s (%(field)s)."),
            field="rake",
            sums=", ".join(f"{each:g}" for each in sums),
        )
    made = weights.copy()
    for rounds in range(1, MOST_ROUNDS + 1):
        for each in known:
            held = np.bincount(each.codes, weights=made, minlength=len(each.names))
            if (held <= 0).any():
                raise Refusal(
                    _l("“%(field)s” is a group from which nobody answered; join it with another one."),
                    field=f"{each.column}: {each.names[int(np.argmin(held))]}",
                )
            made = made * (each.totals / held)[each.codes]
        off = max(
            float(np.abs(np.bincount(each.codes, weights=made) / each.totals - 1).max()) for each in known
        )
        if off < CLOSE:
            return made, rounds
    raise Refusal(
        _l("Raking did not settle in %(rounds)s rounds: some groups are too small (%(field)s)."),
        field="rake",
        rounds=MOST_ROUNDS,
    )


def residuals(values: Floats, weights: Floats, known: list[Margin]) -> Floats:
    """Values less what the groups explain (weighted least squares on all group memberships), shape (n,).

    Source: Deville and Särndal (1992), J. Am. Stat. Assoc. 87, 376-382.
    """
    if not known:
        return values
    if len(known) == 1:
        codes = known[0].codes
        means = np.bincount(codes, weights=weights * values) / np.bincount(codes, weights=weights)
        return np.asarray(values - means[codes])
    columns = np.concatenate([np.eye(len(each.names))[each.codes] for each in known], axis=1)
    left = columns.T @ (columns * weights[:, None])
    found = np.linalg.lstsq(left, columns.T @ (weights * values), rcond=None)[0]
    return np.asarray(values - columns @ found)
