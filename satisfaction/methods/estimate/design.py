"""The design of a sample as the spec describes it: strata, clusters by stage, population sizes, weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers, Floats, Objects
from satisfaction.methods.estimate.variance import Codes, Design, nested
from satisfaction.methods.refusal import Refusal

MOST_STAGES = 4


@dataclass(frozen=True)
class Surveyed:
    """design; weights of shape (n,); names of the strata by code; whether weights stand for a population (then a
    total can be given) and whether the design knows how large the population is."""

    design: Design
    weights: Floats
    strata: list[str]
    scaled: bool
    finite: bool


def read(data: Answers, spec: Mapping[str, Any]) -> Surveyed:
    """From the rows that are used. Raises Refusal for blanks in strata or clusters, and impossible sizes."""
    strata, names = _strata(data, spec)
    columns = specs.texts(spec.get("cluster") or [], "cluster", MOST_STAGES)
    stages: list[Codes] = []
    outer = strata
    for column in columns:
        outer = nested(outer, _labels(data, column))
        stages.append(outer)
    if not stages:
        stages = [np.arange(data.rows, dtype=np.int64)]
    sizes = _sizes(data, spec, strata, names, len(stages))
    if columns and len(sizes) == len(stages) + 1:
        # a population size inside the last cluster: the rows themselves were drawn there
        stages.append(np.arange(data.rows, dtype=np.int64))
    fractions: list[Floats] = []
    outer = strata
    inverse = np.ones(data.rows)
    for level, units in enumerate(stages):
        taken = _units_within(outer, units)
        if level < len(sizes):
            fractions.append(_fraction(sizes[level], taken, level))
            inverse /= fractions[-1]
        else:
            fractions.append(np.zeros(data.rows))
        outer = units
    given = spec.get("weight")
    weights = data.weights(specs.text(given, "weight")) if given is not None else inverse
    return Surveyed(
        Design(strata, tuple(stages), tuple(fractions)),
        weights,
        names,
        given is not None or bool(sizes),
        bool(sizes),
    )


def _strata(data: Answers, spec: Mapping[str, Any]) -> tuple[Codes, list[str]]:
    columns = specs.texts(spec.get("strata") or [], "strata", 10)
    if not columns:
        return np.zeros(data.rows, dtype=np.int64), [""]
    labels = [_labels(data, column) for column in columns]
    joined = np.array([" · ".join(each) for each in zip(*labels, strict=True)])
    names, codes = np.unique(joined, return_inverse=True)
    return codes.astype(np.int64), [str(name) for name in names]


def _labels(data: Answers, column: str) -> Objects:
    found = data.texts(column)
    for row, each in enumerate(found):
        if each is None:
            raise Refusal(
                _l("Column “%(field)s”, row %(row)s: it is empty, so this person belongs nowhere."),
                field=column,
                row=data.line(row),
            )
    return found


def _units_within(outer: Codes, units: Codes) -> Floats:
    """How many different units each row's outer unit holds, shape (n,)."""
    _, first = np.unique(units, return_index=True)
    counts = np.bincount(outer[first], minlength=int(outer.max(initial=0)) + 1)
    return np.asarray(counts[outer], dtype=float)


def _sizes(
    data: Answers, spec: Mapping[str, Any], strata: Codes, names: list[str], stages: int
) -> list[Floats]:
    """Population size of each stage by row. `fpc`: a number, a column, stratum → number, or a list of these."""
    given = spec.get("fpc")
    if given is None:
        return []
    listed = given if isinstance(given, list) else [given]
    if len(listed) > stages + 1:
        raise Refusal(
            _l("“%(field)s” has %(count)s entries for %(stages)s stages of clusters."),
            field="fpc",
            count=len(listed),
            stages=stages,
        )
    found = []
    for place, each in enumerate(listed):
        where = specs.inside("fpc", place) if isinstance(given, list) else "fpc"
        if isinstance(each, str):
            found.append(parameters.bounded(data.numbers(each), each))
        elif isinstance(each, Mapping):
            typed = specs.mapping(each, where)
            missing = [name for name in names if name not in typed]
            if missing:
                raise Refusal(
                    _l("“%(field)s” has no number for the stratum %(stratum)s."),
                    field=where,
                    stratum=missing[0],
                )
            by_stratum = np.array(
                [parameters.figure(typed[name], specs.inside(where, name), above=0) for name in names]
            )
            found.append(by_stratum[strata])
        else:
            found.append(np.full(data.rows, parameters.figure(each, where, above=0)))
    return found


def _fraction(sizes: Floats, taken: Floats, level: int) -> Floats:
    """Sampled share: n / N, or the size itself when it is a share (at most 1, and more than one unit was taken)."""
    where = f"fpc[{level}]"
    if np.isnan(sizes).any() or (sizes < parameters.SMALLEST).any():
        raise Refusal(_l("“%(field)s” is missing or not above 0 in some rows."), field=where)
    # one unit of one is a full count; only sizes below 1 can be meant as shares then
    share = bool((sizes <= 1).all() and ((sizes < 1).any()))
    fraction = sizes if share else taken / sizes
    if (fraction > 1 + 1e-12).any():
        row = int(np.argmax(fraction))
        raise Refusal(
            _l("“%(field)s” says that there are %(size)s, but %(taken)s were drawn."),
            field=where,
            size=float(sizes[row]),
            taken=float(taken[row]),
        )
    return np.asarray(np.minimum(fraction, 1.0))
