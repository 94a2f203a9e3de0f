"""Drawing from a frame as the spec asks for it, and listing who was drawn."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers, Floats, Objects
from satisfaction.methods.refusal import Refusal, Sentence
from satisfaction.methods.sample import draws
from satisfaction.methods.sample.draws import Drawn, Stage

MOST_STAGES = 6


def run(
    data: Answers | None,
    spec: Mapping[str, Any],
    draw: str,
    result: Mapping[str, Any],
    population: int,
    rng: np.random.Generator,
    notes: list[Sentence],
) -> tuple[Drawn, dict[str, Any]]:
    """The draw, and what is to be said beside it (start, clusters, units by stage)."""
    if draw == "cluster":
        assert data is not None
        places = draws.groups_of(labels(data, spec, "cluster"))
        key = "clusters" if spec.get("clusters") is not None else "n"
        return draws.clusters(places, _count(spec, key, len(places)), rng), {"clusters_in_frame": len(places)}
    if draw == "multistage":
        assert data is not None
        return _stages(data, spec, rng, notes)
    if draw == "stratified":
        assert data is not None
        places = draws.groups_of(labels(data, spec, "stratum"))
        asked = result["allocation"] if spec.get("n") is not None else result.get("invitations_by_stratum")
        wanted = asked or result["allocation"]
        return draws.stratified(
            places, {name: min(wanted[name], len(rows)) for name, rows in places.items()}, rng
        ), {}
    n = min(int(result["invitations" if spec.get("n") is None else "n"]), population)
    if draw == "srs":
        return draws.simple(population, n, rng), {}
    given = spec.get("start")
    start = float(rng.random()) if given is None else parameters.figure(given, "start", low=0, below=1)
    if draw == "systematic":
        return draws.systematic(population, n, start), {"start": start}
    assert data is not None
    sizes = _sizes(data, specs.text(specs.need(spec, "size"), "size"))
    if int((sizes > 0).sum()) < n:
        raise Refusal(
            _l("Column “%(field)s” is above 0 for %(count)s units only; %(n)s are to be drawn."),
            field=str(spec["size"]),
            count=int((sizes > 0).sum()),
            n=n,
        )
    return draws.proportional_to_size(sizes, n, start), {"start": start}


def _count(spec: Mapping[str, Any], key: str, most: int) -> int:
    n = parameters.whole(spec, key, low=1)
    if n > most:
        raise Refusal(_l("“%(field)s” asks for %(n)s of only %(most)s units."), field=key, n=n, most=most)
    return n


def _stages(
    data: Answers, spec: Mapping[str, Any], rng: np.random.Generator, notes: list[Sentence]
) -> tuple[Drawn, dict[str, Any]]:
    given = specs.listed(specs.need(spec, "stages"), "stages", MOST_STAGES)
    stages = []
    for place, each in enumerate(given):
        where = specs.inside("stages", place)
        stage = specs.mapping(each, where)
        unit = stage.get("unit")
        size = stage.get("size")
        by_size = stage.get("method", "pps" if size is not None else "srs")
        specs.choice(by_size, specs.inside(where, "method"), ("srs", "pps"))
        sizes = None
        if by_size == "pps":
            sizes = (
                np.ones(data.rows)
                if size is None
                else _sizes(data, specs.text(size, specs.inside(where, "size")))
            )
        stages.append(
            Stage(
                None if unit is None else labels(data, {"unit": unit}, "unit"),
                specs.whole(specs.need(stage, "n", where), specs.inside(where, "n"), low=1),
                sizes,
            )
        )
    if not stages:
        raise Refusal(_l("“%(field)s” is an empty list."), field="stages")
    drawn, counts, short = draws.multistage(data.rows, stages, rng)
    if short:
        notes.append(
            Sentence(
                _l("%(count)s units held fewer than were to be drawn and were taken whole."), count=short
            )
        )
    return drawn, {"units_by_stage": counts}


def labels(data: Answers, spec: Mapping[str, Any], key: str) -> Objects:
    """The column that `key` names as texts; a blank in it is refused."""
    name = specs.text(specs.need(spec, key), key)
    found = data.texts(name)
    for row, each in enumerate(found):
        if each is None:
            raise Refusal(
                _l("Column “%(field)s”, row %(row)s: it is empty, so this person belongs nowhere."),
                field=name,
                row=data.line(row),
            )
    return found


def _sizes(data: Answers, name: str) -> Floats:
    sizes = parameters.bounded(data.numbers(name), name)
    for wrong, why in ((np.isnan(sizes), _l("is missing")), (sizes < 0, _l("is below 0"))):
        if wrong.any():
            raise data.refuse(name, int(np.argmax(wrong)), why)
    return sizes


def listed(data: Answers | None, spec: Mapping[str, Any], drawn: Drawn) -> list[dict[str, Any]]:
    """The drawn people in the order of the frame: id, probability, weight, and their stratum or cluster."""
    extra: dict[str, Objects] = {}
    ids: list[Any] = [int(row) for row in drawn.rows]
    if data is not None:
        for key in ("stratum", "cluster"):
            if spec.get(key) is not None:
                extra[key] = data.texts(str(spec[key]))
        if spec.get("id") is not None:
            every = labels(data, spec, "id")
            seen: set[str] = set()
            for row, each in enumerate(every):
                if each in seen:
                    raise data.refuse(str(spec["id"]), row, _l("is in the frame twice"))
                seen.add(each)
            ids = [every[row] for row in drawn.rows]
    return [
        {
            "id": name,
            "probability": float(p),
            "weight": float(1 / p),
            **{key: column[row] for key, column in extra.items()},
        }
        for name, row, p in zip(ids, drawn.rows, drawn.probability, strict=True)
    ]
