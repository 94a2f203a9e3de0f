"""Counting transitions: matrices from the spec, or pairs of answers of the same people."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers, Floats, Objects
from satisfaction.methods.refusal import Refusal

MOST_STATES: Final = 50
MOST_PERIODS: Final = 120


def counted(data: Answers | None, spec: Mapping[str, Any]) -> tuple[list[str], list[Floats], dict[str, Any]]:
    """(states, one count matrix (m, m) for each period, rows from and columns to, what was dropped).

    Raises Refusal for fewer than two states, values that are no state, negative or broken counts, no pair at all.
    """
    if spec.get("counts") is not None:
        states = specs.texts(specs.need(spec, "states"), "states")
        _check(states)
        return states, _matrices(spec["counts"], len(states)), parameters.dropped()
    if data is None:
        specs.need(spec, "counts")
    assert data is not None
    return _pairs(data, spec)


def _check(states: list[str]) -> None:
    if not 2 <= len(states) <= MOST_STATES:
        raise Refusal(
            _l("“%(field)s” has %(count)s states; 2 to %(most)s can be followed."),
            field="states",
            count=len(states),
            most=MOST_STATES,
        )


def _matrices(given: Any, size: int) -> list[Floats]:
    if isinstance(given, Mapping):
        named = specs.mapping(given, "counts", MOST_PERIODS)
        matrices = [(specs.inside("counts", name), each) for name, each in named.items()]
    else:
        listed = specs.listed(given, "counts", max(MOST_PERIODS, MOST_STATES))
        several = (
            bool(listed)
            and isinstance(listed[0], list)
            and bool(listed[0])
            and isinstance(listed[0][0], list)
        )
        matrices = (
            [(specs.inside("counts", place), each) for place, each in enumerate(listed)]
            if several
            else [("counts", listed)]
        )
    found = []
    for where, each in matrices:
        made = parameters.square(each, where, size)
        if (made < 0).any() or (made != np.floor(made)).any():
            raise Refusal(
                _l("“%(field)s” must hold whole numbers of 0 or more: how many people moved."), field=where
            )
        found.append(made)
    if not found:
        raise Refusal(_l("“%(field)s” is an empty matrix."), field="counts")
    return found


def _pairs(data: Answers, spec: Mapping[str, Any]) -> tuple[list[str], list[Floats], dict[str, Any]]:
    if spec.get("columns") is not None:
        columns = specs.texts(spec["columns"], "columns", MOST_PERIODS)
    else:
        columns = [specs.text(specs.need(spec, key), key) for key in ("from", "to")]
    if len(columns) < 2:
        raise Refusal(
            _l("“%(field)s” must name two columns or more: the same people's answers wave by wave."),
            field="columns",
        )
    missing = specs.codes(spec.get("missing_codes") or [])
    bands = specs.mapping(spec.get("bands"), "bands", MOST_STATES)
    if bands:
        states = list(bands)
        waves = [_banded(data, name, bands, missing) for name in columns]
    else:
        texts = [data.texts(name, missing=missing) for name in columns]
        states = _states(spec, texts)
        waves = [_placed(data, name, each, states) for name, each in zip(columns, texts, strict=True)]
    _check(states)
    matrices, gaps = [], 0
    for before, after in pairwise(waves):
        both = (before >= 0) & (after >= 0)
        gaps += int((~both).sum())
        made = np.zeros((len(states), len(states)))
        np.add.at(made, (before[both], after[both]), 1.0)
        matrices.append(made)
    if not any(each.sum() for each in matrices):
        raise Refusal(
            _l("No row of the data holds an answer in two waves following each other (%(field)s)."),
            field=", ".join(columns),
        )
    return states, matrices, parameters.dropped(only_one_wave=gaps)


def _states(spec: Mapping[str, Any], texts: list[Objects]) -> list[str]:
    """As listed in the spec, else all that occur, in order."""
    if spec.get("states") is not None:
        return specs.texts(spec["states"], "states")
    found = {each for wave in texts for each in wave if each is not None}
    if len(found) > MOST_STATES:
        raise Refusal(
            _l("“%(field)s” has %(count)s states; 2 to %(most)s can be followed."),
            field="states",
            count=len(found),
            most=MOST_STATES,
        )
    numeric = all(_is_number(each) for each in found)
    return sorted(found, key=float) if numeric else sorted(found)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _placed(data: Answers, name: str, texts: Objects, states: list[str]) -> np.ndarray:
    """The place of each state, -1 for none."""
    places = {state: place for place, state in enumerate(states)}
    made = np.full(len(texts), -1)
    for row, text in enumerate(texts):
        if text is None:
            continue
        if text not in places:
            raise data.refuse(name, row, _l("is none of the states"))
        made[row] = places[text]
    return made


def _banded(data: Answers, name: str, bands: Mapping[str, Any], missing: list[Any]) -> np.ndarray:
    values = data.numbers(name, missing=missing)
    made = np.full(len(values), -1)
    for place, (state, ends) in enumerate(bands.items()):
        where = specs.inside("bands", state)
        given = specs.listed(ends, where)
        if len(given) != 2:
            raise Refusal(_l("“%(field)s” must be two numbers: lowest and highest."), field=where)
        low, high = parameters.figure(given[0], where), parameters.figure(given[1], where)
        inside = (values >= low) & (values <= high)
        if (inside & (made >= 0)).any():
            raise Refusal(_l("“%(field)s” overlaps with another band."), field=where)
        made[inside] = place
    outside = (made < 0) & ~np.isnan(values)
    if outside.any():
        raise data.refuse(name, int(np.argmax(outside)), _l("lies in none of the bands"))
    return made
