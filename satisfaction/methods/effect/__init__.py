"""Did the action work? Before against after, with the smallest change worth having said beforehand."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers
from satisfaction.methods.effect import reading, scores, series, shares
from satisfaction.methods.effect.judgement import Found, verdict
from satisfaction.methods.refusal import Refusal, Sentence, Wording

MOST_MEASURES: Final = 50
#: what the tests found in `variant` are called
TEST_WORDS: Final = {
    "z": _l("two-proportion z-test, Newcombe interval"),
    "fisher": _l("Fisher's exact test, Newcombe interval"),
    "mcnemar": _l("McNemar's test"),
    "mcnemar exact": _l("McNemar's test, exact"),
    "welch": _l("Welch's t-test"),
    "paired t": _l("paired t-test"),
    "mann-whitney": _l("Mann-Whitney test, Hodges-Lehmann shift"),
    "mann-whitney exact": _l("Mann-Whitney test, exact, Hodges-Lehmann shift"),
    "wilcoxon": _l("signed-rank test"),
    "wilcoxon exact": _l("signed-rank test, exact"),
    "its, least squares with Newey-West errors": _l(
        "interrupted time series, least squares with Newey-West errors"
    ),
    "its, poisson": _l("interrupted time series, Poisson"),
    "its, quasipoisson": _l("interrupted time series, quasi-Poisson"),
    "did": _l("difference in differences"),
    "difference in differences": _l("difference in differences"),
    "none": _l("no test"),
}
KINDS: Final = ("proportions", "welch", "mann_whitney", "paired", "wilcoxon", "mcnemar", "its", "did")

_KNOWN: Final = (
    "kind", "before", "after", "margin", "direction", "alpha", "power", "table", "values", "group", "start", "post",
    "offset", "per", "family", "slope", "harmonics", "period", "lag", "control_before", "control_after",
    "missing_codes", "triggered_by_one_bad_point", "measures",
)  # fmt: skip


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001  one signature for all methods
    """Estimate (after less before), interval, p and verdict of one comparison.

    `kind`: proportions, mcnemar (shares of different, of the same people), welch, mann_whitney (scores of different
    people), paired, wilcoxon (of the same), its (a series of periods), did (with a comparison group). `before`,
    `after`: lists, columns of the data, or labels of the column `group` with the answers in `values`; shares also as
    [x, n] or {count, n}; mcnemar also `table` [[yes yes, yes no], [no yes, no no]]. `margin`: smallest change worth
    having, in the unit of the estimate, 0 or more; `direction`: up or down; `alpha` 0.05; `power` 0.80 for
    `detectable` (the smallest change these data would have shown) and `needed_n` (cases in each group for the margin).

    `measures`: name → what differs for each of several measures of one action; their p are corrected after Holm.

    Shares and differences of shares are 0 to 1. Undefined figures are None, and the verdict is not_enough_data then.
    Raises Refusal as the kinds do. Sources: see each kind.
    """
    if spec.get("measures") is None:
        return _one(data, spec)
    return _several(data, spec)


def _several(data: Answers | None, spec: dict[str, Any]) -> dict[str, Any]:
    """Each measure by itself, then Holm's correction: the more measures, the likelier one moves by chance alone.

    Source: Holm (1979), Scand. J. Stat. 6, 65-70.
    """
    shared = {key: value for key, value in spec.items() if key != "measures"}
    found = {}
    for name, own in specs.mapping(spec["measures"], "measures", MOST_MEASURES).items():
        found[name] = _one(data, shared | specs.mapping(own, specs.inside("measures", name)))
    if not found:
        raise Refusal(_l("“%(field)s” is an empty list."), field="measures")
    for name, corrected in holm({name: each["p"] for name, each in found.items()}).items():
        found[name]["p_holm"] = corrected
        alpha = found[name]["alpha"]
        if found[name]["verdict"] == "effective" and corrected is not None and corrected >= alpha:
            found[name]["verdict"] = "not_enough_data"
            found[name]["notes"].append(
                Sentence(
                    _l(
                        "Among %(count)s measures a change like this comes by chance too often (corrected p %(p)s)."
                    ),
                    count=len(found),
                    p=f"{corrected:.3f}",
                )
            )
    return {
        "variant": Wording(_l("several measures, Holm")),
        "n_used": max(each["n_used"] for each in found.values()),
        "n_dropped": parameters.dropped(missing=max(each["n_dropped"]["count"] for each in found.values())),
        "measures": found,
        "notes": [],
    }


def holm(p: Mapping[str, float | None]) -> dict[str, float | None]:
    """p of several tests, each times the number of tests that are not smaller, never falling, at most 1.

    What has no p keeps None and counts for nothing. Source: Holm (1979), Scand. J. Stat. 6, 65-70.
    """
    known = sorted((each, name) for name, each in p.items() if each is not None)
    made: dict[str, float | None] = dict.fromkeys(p)
    before = 0.0
    for place, (each, name) in enumerate(known):
        before = max(before, min(1.0, each * (len(known) - place)))
        made[name] = before
    return made


def _one(data: Answers | None, spec: dict[str, Any]) -> dict[str, Any]:
    specs.only(spec, _KNOWN)
    notes: list[Sentence] = []
    kind = parameters.choice(spec, "kind", KINDS)
    direction = parameters.choice(spec, "direction", ("up", "down"), "up")
    margin = parameters.number(spec, "margin", 0.0, low=0)
    margin = 0.0 if margin < parameters.SMALLEST else margin
    alpha = parameters.number(spec, "alpha", 0.05, low=1e-6, below=0.5)
    power = parameters.number(spec, "power", 0.8, low=0.05, high=0.9999)
    found, left_out = _compared(data, spec, kind, direction, alpha, power, notes)
    judged = verdict(found, direction, margin)
    if found.estimate is not None and found.low is None:
        notes.append(Sentence(_l("The values show no variation by chance, so no interval can be given.")))
    if judged != "effective" and found.detectable is not None and margin and found.detectable > margin:
        notes.append(
            Sentence(
                _l(
                    "These data would show a change of %(detectable)s or more; one of %(margin)s may be there unseen. Say “not shown”, not “does not work”."
                ),
                detectable=round(found.detectable, 4),
                margin=margin,
            )
        )
    if spec.get("triggered_by_one_bad_point"):
        notes.append(
            Sentence(
                _l(
                    "The action followed one bad figure; such figures mend themselves in part (regression to the mean), so some of the change is not due to it."
                )
            )
        )
    if kind == "did":
        notes.append(Sentence(_l("This holds if both groups would have moved alike without the action.")))
    yardstick = margin or found.small or 0.0
    made: dict[str, Any] = parameters.plain(
        {
            "estimate": found.estimate,
            "ci": None if found.low is None else [found.low, found.high],
            "p": found.p,
            "statistic": found.statistic,
            "effect_size": found.effect_size,
            "effect_size_kind": found.effect_name,
            "verdict": judged,
            "detectable": found.detectable,
            "needed_n": found.needed(yardstick),
            "margin": margin,
            "margin_judged_by": yardstick,
            "direction": direction,
            "alpha": alpha,
            "power": power,
            "n_before": found.n_before,
            "n_after": found.n_after,
            **found.extra,
        }
    )
    people = found.n_before if kind in {"paired", "wilcoxon", "mcnemar"} else found.n_before + found.n_after
    return {
        "variant": Wording(TEST_WORDS[found.test], text=found.test),
        "n_used": people,
        "n_dropped": parameters.dropped(missing=left_out),
        **made,
        "notes": notes,
    }


def _compared(
    data: Answers | None,
    spec: Mapping[str, Any],
    kind: str,
    direction: str,
    alpha: float,
    power: float,
    notes: list[Sentence],
) -> tuple[Found, int]:
    """What the kind finds, and how many rows (pairs, periods) were left out."""
    if kind == "proportions":
        x1, n1, gaps1 = reading.share(data, spec, "before")
        x2, n2, gaps2 = reading.share(data, spec, "after")
        if n1 == 0 or n2 == 0:
            notes.append(Sentence(_l("One side holds nobody, so there is nothing to compare.")))
        return shares.independent((x1, n1), (x2, n2), alpha, power, direction), gaps1 + gaps2
    if kind == "mcnemar":
        table, gaps = reading.fourfold(data, spec)
        if sum(table) == 0:
            notes.append(Sentence(_l("One side holds nobody, so there is nothing to compare.")))
        return shares.same_people(table, alpha, power), gaps
    if kind in {"paired", "wilcoxon"}:
        before, after, gaps = reading.pairs(data, spec)
        test = scores.paired if kind == "paired" else scores.wilcoxon
        return test(before, after, alpha, power), gaps
    if kind == "its":
        observed, model, gaps = reading.series(data, spec, notes)
        return series.interrupted(observed, model, alpha, power), gaps
    names = ["before", "after"] if kind != "did" else ["before", "after", "control_before", "control_after"]
    sides, gaps = [], 0
    for name in names:
        values, missing = reading.without_gaps(reading.side(data, spec, name))
        sides.append(values)
        gaps += missing
    if kind == "did":
        return series.differences(sides[0], sides[1], sides[2], sides[3], alpha, power), gaps
    test = scores.welch if kind == "welch" else scores.mann_whitney
    if kind == "mann_whitney" and len(np.unique(np.concatenate(sides))) == 1:
        notes.append(Sentence(_l("All values are the same.")))
    return test(sides[0], sides[1], alpha, power), gaps
