"""Transition matrix: how the same customers move between states of satisfaction from wave to wave."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from core.figures import wilson
from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers, Bools, Floats
from satisfaction.methods.refusal import Refusal, Sentence, Wording
from satisfaction.methods.transition import chain
from satisfaction.methods.transition.counting import counted

MOST_STEPS: Final = 1_000
FEW: Final = 5

_KNOWN: Final = (
    "states",
    "counts",
    "columns",
    "from",
    "to",
    "bands",
    "steps",
    "initial",
    "absorbing",
    "confidence",
    "missing_codes",
)


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001  one signature for all methods
    """Transition probabilities, where they lead, and whether they stay the same.

    spec: `states` with `counts` (one matrix, rows from, columns to; or one for each period, as list or mapping); or
    data with `columns` (two or more waves of the same people, one row a person) or `from` and `to`, states as texts
    or `bands` (state → [lowest, highest]) of numbers. `steps`: how far to forecast. `initial`: numbers or shares by
    state to start from; else where the people were last. `absorbing`: states that are taken as final, needed
    for a state that nobody was seen to leave from.

    `p`: rows sum 1, shape (m, m), one per period when there are several; a row that was never seen is None and so is
    what depends on it. Long run, forecast, first passage and absorption are of the pooled matrix. Passage times are
    in steps (waves).

    Raises Refusal for fewer than two states, negative or broken counts, values that are no state, no pair at all.
    Sources: Kemeny and Snell (1960); Anderson and Goodman (1957); Wilson (1927) for the intervals of `p_ci`.
    """
    specs.only(spec, _KNOWN)
    notes: list[Sentence] = []
    states, counts, dropped = counted(data, spec)
    steps = parameters.whole(spec, "steps", 1, low=1, high=MOST_STEPS)
    level = parameters.confidence(spec)
    fixed = _fixed(spec, states)
    pooled = np.sum(counts, axis=0)
    if not pooled.sum() > 0:
        raise Refusal(_l("“%(field)s” holds no transition at all."), field="counts")
    p = _shares(pooled, fixed)
    _warn(pooled, p, states, fixed, steps, len(counts), notes)
    result = {
        "states": states,
        "p": _shares(counts[0], fixed) if len(counts) == 1 else [_shares(each, fixed) for each in counts],
        "p_pooled": p,
        "p_ci": _intervals(pooled, level),
        "row_totals": pooled.sum(axis=1),
        **_long_run(p, states, notes),
        **_forecast(p, _initial(spec, states, counts[-1]), steps),
        **chain.constancy(counts),
        "net_gain_rate": _net(counts[-1]),
    }
    made: dict[str, Any] = parameters.plain(result)
    return {
        "variant": Wording(_l("pooled maximum likelihood") if len(counts) > 1 else _l("maximum likelihood")),
        "n_used": int(pooled.sum()),
        "n_dropped": dropped,
        **made,
        "periods": len(counts),
        "confidence": level,
        "notes": notes,
    }


def _fixed(spec: Mapping[str, Any], states: list[str]) -> Bools:
    given = specs.texts(spec.get("absorbing") or [], "absorbing")
    for each in given:
        if each not in states:
            raise Refusal(
                _l("“%(field)s” names “%(state)s”, which is none of the states: %(states)s."),
                field="absorbing",
                state=each,
                states=", ".join(states),
            )
    return np.array([state in given for state in states])


def _shares(counts: Floats, fixed: Bools) -> Floats:
    """Row shares; NaN where nobody was seen, the state itself where it is final by choice."""
    totals = counts.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.where(totals > 0, counts / totals, np.nan)
    p[fixed] = np.eye(len(counts))[fixed]
    return np.asarray(p)


def _intervals(counts: Floats, level: float) -> list[list[list[float] | None]]:
    return [
        [list(wilson(int(cell), int(row.sum()), level)) if row.sum() > 0 else None for cell in row]
        for row in counts
    ]


def _warn(
    counts: Floats,
    p: Floats,
    states: list[str],
    fixed: Bools,
    steps: int,
    periods: int,
    notes: list[Sentence],
) -> None:
    for state, row, probabilities, final in zip(states, counts, p, fixed, strict=True):
        if np.isnan(probabilities).any():
            notes.append(
                Sentence(
                    _l(
                        "Nobody was seen to start from %(state)s, so its row is unknown. Name it under “absorbing” if nobody leaves it."
                    ),
                    state=state,
                )
            )
        elif row.sum() < FEW and not final:
            notes.append(
                Sentence(
                    _l(
                        "Too few transitions start from %(state)s (%(count)s): its probabilities are hardly known."
                    ),
                    count=int(row.sum()),
                    state=state,
                )
            )
        if final and row.sum() > row[states.index(state)]:
            notes.append(
                Sentence(
                    _l("%(state)s is taken as final by choice, although people were seen to leave it."),
                    state=state,
                )
            )
    if steps > periods:
        notes.append(
            Sentence(
                _l(
                    "The forecast reaches %(steps)s steps ahead with %(periods)s observed: it holds only if the probabilities stay as they are."
                ),
                steps=steps,
                periods=periods,
            )
        )


def _long_run(p: Floats, states: list[str], notes: list[Sentence]) -> dict[str, Any]:
    """Stationary shares, first passage and absorption; None where the chain does not have them."""
    found: dict[str, Any] = dict.fromkeys(
        (
            "stationary",
            "irreducible",
            "period",
            "limiting",
            "fundamental",
            "mean_first_passage",
            "mean_recurrence",
            "absorption",
            "steps_to_absorption",
        )
    )
    found |= {"absorbing_states": [], "transient_states": []}
    if np.isnan(p).any():
        return found
    shape = chain.shape_of(p)
    pi = chain.stationary(p, shape)
    found |= {"stationary": pi, "irreducible": shape.irreducible, "period": shape.period}
    found["limiting"] = pi is not None and shape.period == 1
    if pi is None:
        notes.append(
            Sentence(
                _l(
                    "The states fall into %(count)s groups that are never left, so there is no single long-run distribution."
                ),
                count=len(shape.closed),
            )
        )
    elif not shape.irreducible:
        notes.append(Sentence(_l("Some states are left for ever; in the long run nobody is found there.")))
    if shape.period > 1:
        notes.append(
            Sentence(
                _l(
                    "The chain swings with period %(period)s: the stationary shares are an average over time, not a limit."
                ),
                period=shape.period,
            )
        )
    absorbing = np.isclose(np.diag(p), 1.0, rtol=0, atol=1e-12)
    if pi is not None and shape.irreducible and len(p) > 1:
        found["fundamental"], found["mean_first_passage"] = chain.first_passage(p, pi)
        found["mean_recurrence"] = 1 / pi
    elif absorbing.any() and not absorbing.all():
        ends = chain.absorption(p, absorbing)
        if ends is None:
            notes.append(
                Sentence(_l("Some states never reach an absorbing one, so absorption has no figures."))
            )
        else:
            found["fundamental"], found["absorption"], found["steps_to_absorption"] = ends
            found["absorbing_states"] = [
                state for state, final in zip(states, absorbing, strict=True) if final
            ]
            found["transient_states"] = [
                state for state, final in zip(states, absorbing, strict=True) if not final
            ]
    return found


def _initial(spec: Mapping[str, Any], states: list[str], last: Floats) -> Floats:
    given = spec.get("initial")
    if given is None:
        arrived = last.sum(axis=0)
        return np.asarray(arrived / arrived.sum() if arrived.sum() > 0 else np.full(len(states), np.nan))
    if isinstance(given, Mapping):
        typed = specs.mapping(given, "initial")
        unknown = [name for name in typed if name not in states]
        if unknown:
            raise Refusal(
                _l("“%(field)s” names “%(state)s”, which is none of the states: %(states)s."),
                field="initial",
                state=unknown[0],
                states=", ".join(states),
            )
        given = [typed.get(state, 0) for state in states]
    start = parameters.vector(given, "initial")
    if len(start) != len(states) or (start < 0).any() or not start.sum() > 0:
        raise Refusal(
            _l("“%(field)s” must hold %(count)s numbers of 0 or more, not all 0."),
            field="initial",
            count=len(states),
        )
    return np.asarray(start / start.sum())


def _forecast(p: Floats, start: Floats, steps: int) -> dict[str, Any]:
    """Shares after each step; None from the step on that would leave a state with an unknown row."""
    path: list[Floats | None] = []
    now: Floats | None = start if not np.isnan(start).any() else None
    unknown = np.isnan(p).any(axis=1)
    known = np.where(np.isnan(p), 0.0, p)
    for _ in range(steps):
        if now is not None:
            now = None if (now[unknown] > 0).any() else now @ known
        path.append(now)
    return {"initial": start, "forecast": path[-1], "forecast_path": path, "steps": steps}


def _net(counts: Floats) -> list[float | None]:
    """Arrivals less departures of each state, as a share of those who were there."""
    before, after = counts.sum(axis=1), counts.sum(axis=0)
    return [float((b - a) / a) if a > 0 else None for a, b in zip(before, after, strict=True)]
