"""Sampling: how many, from which groups, and who."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from core.lazytext import LazyText, _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers
from satisfaction.methods.refusal import Refusal, Sentence, Wording
from satisfaction.methods.sample import draws, size
from satisfaction.methods.sample import frame as frames
from satisfaction.methods.sample.size import Stratum

KINDS: Final = ("proportion", "mean")
ALLOCATIONS: Final = ("proportional", "neyman", "optimal")
DRAWS: Final = ("srs", "systematic", "stratified", "cluster", "pps", "multistage")
KIND_WORDS: Final = {"proportion": _l("proportion"), "mean": _l("mean")}
STRATIFIED: Final = {
    "proportional": _l("stratified proportional"),
    "neyman": _l("stratified neyman"),
    "optimal": _l("stratified optimal"),
}
DRAW_WORDS: Final = {
    "srs": _l("srs"),
    "systematic": _l("systematic"),
    "stratified": _l("stratified"),
    "cluster": _l("cluster"),
    "pps": _l("pps"),
    "multistage": _l("multistage"),
}
MOST_STRATA: Final = 1_000
MOST_FRAME: Final = 2_000_000
MOST_DRAWN: Final = 200_000

_KNOWN: Final = (
    "kind", "error", "confidence", "p", "sd", "population", "icc", "cluster_size", "deff", "response_rate", "strata",
    "allocation", "n", "draw", "seed", "id", "stratum", "cluster", "clusters", "size", "start", "stages", "least",
)  # fmt: skip


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """The size of a sample, its spread over strata, and with `draw` the people drawn from the frame.

    Size: `kind` proportion (`p`, 0.5 unless given) or mean (`sd`), `error` (half width of the interval: a share, or
    the unit of sd), `confidence`, `population`; `icc` with `cluster_size`, or `deff`; `response_rate` 0 to 1. `n0` is
    for an endless population and not rounded, `n` with the finite population and rounded up, `n_adjusted` = n deff
    and `invitations` = n deff / response rate, both rounded up. Without `kind`, `n` must be given.
    Strata: name, size, and sd, cost, response_rate where they are known.
    Draw: `n` people (clusters for cluster), without it as many as the invitations, of the frame: the data's rows, or
    `population` rows without a file. Columns are named by `id`, `stratum`, `cluster`, `size`; without an id column
    ids are row numbers from 0.

    Raises Refusal for parameters out of range, a sample larger than the frame, ids that occur twice, and sizes below 0.
    Sources: Cochran (1977), Sampling Techniques; Kish (1965), Survey Sampling.
    """
    specs.only(spec, _KNOWN)
    notes: list[Sentence] = []
    draw = spec.get("draw")
    if draw is not None:
        specs.choice(draw, "draw", DRAWS)
    strata = _strata(spec, data if draw == "stratified" else None)
    population = _population(spec, strata, data if draw else None, notes)
    if draw is not None and (population or 0) > MOST_FRAME:
        raise Refusal(
            _l("The frame has %(rows)s rows; at most %(most)s are taken (%(field)s)."),
            field="population",
            rows=population,
            most=MOST_FRAME,
        )
    result = _size(spec, strata, population, notes)
    if strata:
        result |= _allocation(spec, strata, result, notes)
    variant: list[LazyText] = result.pop("variant")
    seed: dict[str, Any] = {}
    if draw is not None:
        used_seed = parameters.seed(spec, options)
        rng = np.random.Generator(np.random.PCG64(used_seed))
        result |= _drawn(data, spec, str(draw), result, population, rng, notes)
        variant, seed = [*variant, DRAW_WORDS[str(draw)]], {"seed": used_seed}
    return {
        "variant": Wording(*variant, between=", "),
        "n_used": population if draw and population else len(strata),
        "n_dropped": parameters.dropped(),
        **seed,
        **parameters.plain(result),
        "notes": notes,
    }


def _strata(spec: Mapping[str, Any], frame: Answers | None) -> list[Stratum]:
    """From the spec; with a frame their sizes are counted there and the spec adds what is known beside."""
    found: dict[str, Stratum] = {}
    for place, each in enumerate(specs.listed(spec.get("strata"), "strata", MOST_STRATA)):
        where = specs.inside("strata", place)
        given = specs.mapping(each, where)
        specs.only(given, ("name", "size", "sd", "p", "cost", "response_rate"), where)
        name = specs.text(specs.need(given, "name", where), specs.inside(where, "name"))
        where = f"strata.{name}"
        if name in found:
            raise Refusal(_l("“%(field)s” is there twice."), field=where)
        if frame is None:
            counted = specs.whole(
                specs.need(given, "size", where), specs.inside(where, "size"), low=0, high=10**12
            )
        else:
            counted = 0
        if frame is None and counted == 0:
            raise Refusal(_l("“%(field)s” is empty: nobody can be drawn from it."), field=where)
        sd = given.get("sd")
        if sd is None and given.get("p") is not None:
            p = parameters.figure(given["p"], specs.inside(where, "p"), low=0, high=1)
            sd = (p * (1 - p)) ** 0.5
        rate = given.get("response_rate")
        found[name] = Stratum(
            name,
            counted,
            None if sd is None else parameters.figure(sd, specs.inside(where, "sd"), low=0),
            parameters.figure(given.get("cost", 1), specs.inside(where, "cost"), above=0),
            None
            if rate is None
            else parameters.figure(rate, specs.inside(where, "response_rate"), above=0, high=1),
        )
    if frame is None:
        return list(found.values())
    labels = frames.labels(frame, spec, "stratum")
    sizes = {name: len(rows) for name, rows in draws.groups_of(labels).items()}
    if len(sizes) > MOST_STRATA:
        raise Refusal(
            _l("Column “%(field)s” has %(count)s different values; at most %(most)s strata are taken."),
            field=str(spec["stratum"]),
            count=len(sizes),
            most=MOST_STRATA,
        )
    for name in found:
        if name not in sizes:
            raise Refusal(_l("“%(field)s” is empty: nobody can be drawn from it."), field=f"strata.{name}")
    return [
        Stratum(name, counted, found[name].sd, found[name].cost, found[name].response_rate)
        if name in found
        else Stratum(name, counted)
        for name, counted in sizes.items()
    ]


def _population(
    spec: Mapping[str, Any], strata: list[Stratum], frame: Answers | None, notes: list[Sentence]
) -> int | None:
    given = spec.get("population")
    typed = None if given is None else specs.whole(given, "population", low=1, high=10**12)
    counted = frame.rows if frame is not None else sum(each.size for each in strata) or None
    if counted is None or typed == counted:
        return typed
    if typed is not None:
        notes.append(
            Sentence(
                _l("The population is given as %(typed)s, but %(counted)s are listed; the list counts."),
                typed=typed,
                counted=counted,
            )
        )
    return counted


def _size(
    spec: Mapping[str, Any], strata: list[Stratum], population: int | None, notes: list[Sentence]
) -> dict[str, Any]:
    deff = _deff(spec)
    rate = parameters.figure(spec.get("response_rate", 1), "response_rate", above=0, high=1)
    if spec.get("kind") is None and spec.get("n") is not None:
        n = specs.whole(spec["n"], "n", low=1, high=10**12)
        if population is not None and n > population and spec.get("draw") != "cluster":
            raise Refusal(
                _l("“%(field)s” asks for %(n)s of only %(population)s people."),
                field="n",
                n=n,
                population=population,
            )
        return {
            "variant": [_l("size given")],
            "n": n,
            "n_adjusted": n,
            "invitations": size.ceiling(n / rate),
            "deff": deff,
        }
    if spec.get("kind") is None and spec.get("draw") in {"cluster", "multistage"}:
        return {"variant": []}
    kind = parameters.choice(spec, "kind", KINDS)
    level = parameters.confidence(spec)
    z = parameters.z_of(level)
    method = (
        parameters.choice(spec, "allocation", ALLOCATIONS, "proportional")
        if strata and not isinstance(spec.get("allocation"), Mapping)
        else "proportional"
    )
    variant = [KIND_WORDS[kind]]
    if kind == "proportion":
        error = parameters.number(spec, "error", above=0, below=1)
        if spec.get("p") is None and strata and all(each.sd is not None for each in strata):
            n0, n_raw = size.for_strata(strata, error, z, method)
            variant.append(STRATIFIED[method])
        else:
            p = parameters.number(spec, "p", 0.5, above=0, below=1)
            n0, n_raw = size.for_proportion(p, error, z, population)
    else:
        error = parameters.number(spec, "error", above=0)
        if spec.get("sd") is None and strata and all(each.sd is not None for each in strata):
            n0, n_raw = size.for_strata(strata, error, z, method)
            variant.append(STRATIFIED[method])
        else:
            n0, n_raw = size.for_mean(parameters.number(spec, "sd", above=0), error, z, population)
    n = max(1, size.ceiling(n_raw))
    needed = n * deff
    if population is not None:
        n, needed = min(n, population), min(needed, float(population))
    invitations = size.ceiling(needed / rate)
    if population is not None and invitations > population:
        notes.append(
            Sentence(
                _l(
                    "%(invitations)s invitations would be needed, but there are only %(population)s people: ask all and expect about %(answers)s answers."
                ),
                invitations=invitations,
                population=population,
                answers=int(population * rate),
            )
        )
    adjusted = size.ceiling(needed)
    found: dict[str, Any] = {
        "variant": variant,
        "z": z,
        "n0": n0,
        "n_raw": n_raw,
        "n": n,
        "deff": deff,
        "n_adjusted": adjusted,
        "invitations": invitations,
        "confidence": level,
        "error": error,
        "population": population,
    }
    if spec.get("cluster_size") is not None:
        found["clusters"] = size.ceiling(
            adjusted / parameters.figure(spec["cluster_size"], "cluster_size", low=1)
        )
    return found


def _deff(spec: Mapping[str, Any]) -> float:
    if spec.get("icc") is None:
        return parameters.number(spec, "deff", 1.0, above=0)
    icc = parameters.figure(spec["icc"], "icc", low=0, high=1)
    return size.design_effect(parameters.number(spec, "cluster_size", low=1), icc)


def _allocation(
    spec: Mapping[str, Any], strata: list[Stratum], result: Mapping[str, Any], notes: list[Sentence]
) -> dict[str, Any]:
    total = sum(each.size for each in strata)
    given = spec.get("allocation")
    least = parameters.whole(spec, "least", 2, low=0, high=1000)
    if isinstance(given, Mapping):
        typed = specs.mapping(given, "allocation", MOST_STRATA)
        spread = []
        for each in strata:
            where = specs.inside("allocation", each.name)
            spread.append(specs.whole(typed.pop(each.name, 0), where, low=0, high=each.size))
        if typed:
            raise Refusal(
                _l("“%(field)s” is no stratum."), field=specs.inside("allocation", next(iter(typed)))
            )
        method = "typed"
    else:
        method = parameters.choice(spec, "allocation", ALLOCATIONS, "proportional")
        if method != "proportional":
            for each in strata:
                if each.sd is None:
                    specs.need({}, "sd", f"strata.{each.name}")
        n = int(result["n_adjusted"])
        smallest = sum(min(least, each.size) for each in strata)
        if n < smallest:
            raise Refusal(
                _l(
                    "“%(field)s” is %(n)s, but %(least)s in each of %(count)s strata already make %(smallest)s."
                ),
                field="n",
                n=n,
                least=least,
                count=len(strata),
                smallest=smallest,
            )
        spread = size.allocate(
            min(n, total), size.shares(strata, method), [each.size for each in strata], least
        )
    rates = {each.name: each.response_rate or spec.get("response_rate") for each in strata}
    made: dict[str, Any] = {
        "allocation": {each.name: n for each, n in zip(strata, spread, strict=True)},
        "allocation_method": method,
        "strata": size.described(strata, spread),
    }
    if any(rates.values()):
        made["invitations_by_stratum"] = {
            each.name: size.ceiling(n / float(rates[each.name] or 1))
            for each, n in zip(strata, spread, strict=True)
        }
        if any(each.response_rate for each in strata):
            made["invitations"] = sum(made["invitations_by_stratum"].values())
        notes.extend(
            Sentence(
                _l("%(stratum)s has only %(size)s people, fewer than the %(needed)s invitations it needs."),
                stratum=each.name,
                size=each.size,
                needed=made["invitations_by_stratum"][each.name],
            )
            for each in strata
            if made["invitations_by_stratum"][each.name] > each.size
        )
    return made


def _drawn(
    data: Answers | None,
    spec: Mapping[str, Any],
    draw: str,
    result: Mapping[str, Any],
    population: int | None,
    rng: np.random.Generator,
    notes: list[Sentence],
) -> dict[str, Any]:
    if data is None and (population is None or draw not in {"srs", "systematic"}):
        raise Refusal(
            _l("A draw needs a frame: a data file with one row for each person (%(field)s)."), field="draw"
        )
    drawn, extra = frames.run(data, spec, draw, result, int(population or 0), rng, notes)
    if len(drawn.rows) > MOST_DRAWN:
        raise Refusal(
            _l("The draw takes %(count)s people; at most %(most)s are listed (%(field)s)."),
            field="n",
            count=len(drawn.rows),
            most=MOST_DRAWN,
        )
    return {**extra, "drawn": frames.listed(data, spec, drawn)}
