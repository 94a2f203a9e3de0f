"""Methods that a wave can be analysed by: what each answers, when not to use it, and why a questionnaire does not suit. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from core.lazytext import _l
from satisfaction.rules.items import Kind

BOOTSTRAPS: Final = (0, 1000, 5000)
SEED_MOST: Final = 2**31 - 1
#: respondents above which even a quick method is left to the worker
AT_ONCE: Final = 20_000
ITEMS_MOST: Final = 60
LMG_MOST: Final = 12
POINTS_LEAST: Final = 4
#: the usual evaluation of Kano's pairs: functional answer down, dysfunctional across
KANO_TABLE: Final = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")


class Method(StrEnum):
    score = "score"
    reliability = "reliability"
    servqual = "servqual"
    kano = "kano"
    ipa = "ipa"
    pls = "pls"
    effect = "effect"
    chart = "chart"
    transition = "transition"
    ahp = "ahp"
    hierarchy = "hierarchy"
    fuzzy = "fuzzy"
    sample = "sample"
    estimate = "estimate"
    power = "power"
    agreement = "agreement"

    @property
    def label(self) -> Any:
        return WORDS[self].label


@dataclass(frozen=True, slots=True)
class Words:
    """`answers`: the question that the method answers. `unless`: when another one is better."""

    label: Any
    answers: Any
    unless: Any
    source: str
    icon: str


WORDS: Final[dict[Method, Words]] = {
    Method.score: Words(
        _l("Scores"),
        _l("How satisfied are customers, and where do groups differ?"),
        _l("It describes; it does not say what to improve first."),
        "Reichheld (2003); Wilson (1927); Kish (1965)",
        "speedometer2",
    ),
    Method.reliability: Words(
        _l("Reliability of the questions"),
        _l("Do the questions of a dimension measure the same thing?"),
        _l("Not for single questions or for lists of unlike things."),
        "Cronbach (1951); Feldt (1965); Kaiser (1974)",
        "rulers",
    ),
    Method.servqual: Words(
        _l("Service gaps (SERVQUAL)"),
        _l("Where does what customers got fall short of what they expected?"),
        _l("Without questions on expectations take the scores."),
        "Parasuraman, Zeithaml & Berry (1988, 1991)",
        "arrows-collapse-vertical",
    ),
    Method.kano: Words(
        _l("Kano categories"),
        _l("What do customers take for granted, and what would delight them?"),
        _l("It judges features, not how well they are delivered."),
        "Kano et al. (1984); Berger et al. (1993)",
        "stars",
    ),
    Method.ipa: Words(
        _l("Importance and performance"),
        _l("What should be improved first?"),
        _l("It compares questions with each other; it proves no cause."),
        "Martilla & James (1977); Lindeman, Merenda & Gold (1980)",
        "bullseye",
    ),
    Method.pls: Words(
        _l("Satisfaction index and its causes (path model)"),
        _l("How high is the index, and what moves satisfaction and loyalty?"),
        _l("Needs some 50 answers and more; below that take the scores."),
        "Fornell et al. (1996); Tenenhaus et al. (2005)",
        "diagram-3",
    ),
    Method.effect: Words(
        _l("Comparison of two waves or groups"),
        _l("Did the change work? Do two groups really differ?"),
        _l("Without a comparison group other causes may be behind a change."),
        "Welch (1947); Newcombe (1998); Schuirmann (1987)",
        "arrow-left-right",
    ),
    Method.chart: Words(
        _l("Control chart over waves"),
        _l("Is a figure stable over the waves, and when did it change?"),
        _l("With fewer than some ten waves it shows only large changes."),
        "Shewhart (1931); Wheeler (1993); Laney (2002)",
        "graph-up",
    ),
    Method.transition: Words(
        _l("Movement of customers"),
        _l("How do the same customers move between dissatisfied and satisfied?"),
        _l("It needs two answers of each customer, not two samples."),
        "Kemeny & Snell (1960); Anderson & Goodman (1957)",
        "shuffle",
    ),
    Method.ahp: Words(
        _l("Weights from pairwise comparison (AHP)"),
        _l("How much does each of several things count?"),
        _l("With more than nine things the comparisons tire people; build a tree instead."),
        "Saaty (1980, 2008); Aguarón & Moreno-Jiménez (2003)",
        "ui-radios",
    ),
    Method.hierarchy: Words(
        _l("Indicator tree"),
        _l("What do many weighted indicators come to in one score?"),
        _l("One score hides opposites: read the branches as well."),
        "Weighted means over a tree of indicators; Saaty (1980) for global weights",
        "diagram-2",
    ),
    Method.fuzzy: Words(
        _l("Fuzzy comprehensive evaluation"),
        _l("Which grade do answers spread over grades add up to?"),
        _l("With answers of single persons at hand, means and shares say more."),
        "Zadeh (1965); Wang Peizhuang (1983)",
        "layers-half",
    ),
    Method.sample: Words(
        _l("Sample size and allocation"),
        _l("How many people must be asked, and how many of each group?"),
        _l("It plans for chance error only; who does not answer may differ from who does."),
        "Cochran (1977); Kish (1965); Neyman (1934)",
        "people",
    ),
    Method.estimate: Words(
        _l("Estimate from a sample survey"),
        _l("What holds for the whole population, and how surely?"),
        _l("Only for samples drawn by chance; opinions of volunteers stay theirs."),
        "Särndal, Swensson & Wretman (1992); Kish (1965)",
        "rulers",
    ),
    Method.power: Words(
        _l("Size of a comparison (power)"),
        _l("How many cases does it take to see a change of a given size?"),
        _l("It is for planning; after the data are in, read their interval."),
        "Cohen (1988); Fleiss, Levin & Paik (2003)",
        "binoculars",
    ),
    Method.agreement: Words(
        _l("Agreement of raters"),
        _l("Do several raters judge the same things alike?"),
        _l("High agreement does not mean that they are right."),
        "Krippendorff (2011, 2019)",
        "people-fill",
    ),
}

#: of methods that waves feed as well, the words where the figures are entered
_ENTERED: Final[dict[Method, Words]] = {
    Method.effect: Words(
        _l("Before and after"),
        _l("Did the action work?"),
        WORDS[Method.effect].unless,
        WORDS[Method.effect].source,
        WORDS[Method.effect].icon,
    ),
    Method.chart: Words(
        _l("Control chart"),
        _l("Is a figure stable over time, and when did it change?"),
        _l("With fewer than some twenty points its limits are rough."),
        WORDS[Method.chart].source,
        WORDS[Method.chart].icon,
    ),
}


def words_of(method: Method, *, entered: bool) -> Words:
    return _ENTERED.get(method, WORDS[method]) if entered else WORDS[method]


#: methods that the answers of a wave feed
OF_WAVE: Final = (
    Method.score, Method.reliability, Method.servqual, Method.kano, Method.ipa, Method.pls, Method.effect, Method.chart,
    Method.transition, Method.fuzzy, Method.estimate,
)  # fmt: skip
#: those of them that are run in groups as well
GROUPED: Final = frozenset(
    {Method.score, Method.reliability, Method.servqual, Method.kano, Method.ipa, Method.pls}
)
#: methods on figures that somebody enters, in the order they are offered
OF_FIGURES: Final = (
    Method.ahp, Method.hierarchy, Method.fuzzy, Method.sample, Method.estimate, Method.power, Method.effect, Method.chart,
    Method.agreement,
)  # fmt: skip

#: constructs of the national indices; other names are the dimensions of the questionnaire
ROLES: Final[dict[str, Any]] = {
    "image": _l("Image"),
    "expectation": _l("Expectation"),
    "quality": _l("Perceived quality"),
    "value": _l("Perceived value"),
    "satisfaction": _l("Satisfaction"),
    "complaints": _l("Complaints"),
    "loyalty": _l("Loyalty"),
}
MODELS: Final[dict[str, Any]] = {
    "drivers": _l("Drivers: every dimension leads to satisfaction, satisfaction to loyalty"),
    "acsi": _l("American index (ACSI)"),
    "ecsi": _l("European index (ECSI)"),
    "ccsi": _l("Chinese index (CCSI)"),
}
RATED: Final = frozenset({Kind.scale, Kind.nps, Kind.csat, Kind.ces})
#: kinds whose answers are grades from worst to best
GRADED: Final = frozenset({Kind.scale, Kind.csat, Kind.ces})


@dataclass(frozen=True, slots=True)
class Ground:
    """What a wave has to offer: kinds of its items by code, those about another item, and how many other waves there are."""

    kinds: dict[str, str]
    about: dict[str, str]
    answers: int
    least: int
    waves: int = 0
    groups: bool = False
    named_waves: int = 0
    #: how many graded items have each scale
    scales: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def count(self, *kinds: Kind) -> int:
        return sum(kind in kinds for kind in self.kinds.values())


def why_not(method: Method, ground: Ground) -> Any:
    """The sentence why a method does not suit, or None."""
    if ground.answers < ground.least:
        return _l("There are too few answers yet.")
    return _REASONS[method](ground)


def _reliability(ground: Ground) -> Any:
    if ground.count(Kind.scale, Kind.servqual, Kind.csat, Kind.ces) >= 2:
        return None
    return _l("It takes two rating questions at least.")


def _ipa(ground: Ground) -> Any:
    pairs = sum(
        ground.kinds.get(code) == Kind.importance and ground.kinds.get(other) in RATED
        for code, other in ground.about.items()
    )
    if pairs >= 2 or (ground.count(Kind.scale) >= 2 and ground.count(*RATED) >= 3):
        return None
    return _l(
        "It takes two questions on importance that name the rated question, or three rating questions, one of them overall."
    )


def _pls(ground: Ground) -> Any:
    if ground.count(*RATED) + ground.count(Kind.servqual) >= 3:
        return None
    return _l("It takes three rating questions at least, one of them on satisfaction.")


def _effect(ground: Ground) -> Any:
    if ground.count(*RATED) and (ground.waves or ground.groups):
        return None
    return _l("There is neither another wave of this questionnaire nor a group to compare with.")


def _chart(ground: Ground) -> Any:
    if ground.waves + 1 >= POINTS_LEAST:
        return None
    return _l("It takes four computed waves of this questionnaire in the unit.")


def _transition(ground: Ground) -> Any:
    if ground.count(Kind.scale, Kind.csat, Kind.ces, Kind.servqual) >= 2 or ground.named_waves:
        return None
    return _l(
        "It takes two rating questions of the same customers, or an earlier wave whose answers bear names as here."
    )


def _servqual(ground: Ground) -> Any:
    return None if ground.count(Kind.servqual) else _l("The questionnaire has no SERVQUAL pair.")


def _kano(ground: Ground) -> Any:
    return None if ground.count(Kind.kano) else _l("The questionnaire has no Kano pair.")


def _score(ground: Ground) -> Any:
    return None if ground.count(*RATED, Kind.importance) else _l("The questionnaire has no rating question.")


def _fuzzy(ground: Ground) -> Any:
    if max(ground.scales.values(), default=0) >= 2:
        return None
    return _l("It takes two rating questions with equally many answers to choose from.")


def _estimate(ground: Ground) -> Any:
    return None if ground.count(*RATED) else _l("The questionnaire has no rating question.")


_REASONS: Final[dict[Method, Callable[[Ground], Any]]] = {
    Method.score: _score,
    Method.reliability: _reliability,
    Method.servqual: _servqual,
    Method.kano: _kano,
    Method.ipa: _ipa,
    Method.pls: _pls,
    Method.effect: _effect,
    Method.chart: _chart,
    Method.transition: _transition,
    Method.fuzzy: _fuzzy,
    Method.estimate: _estimate,
}


def model_paths(model: str, constructs: Sequence[str], templates: dict[str, Any]) -> list[list[str]]:
    """Paths among the constructs that are there; of a template those whose both ends are."""
    if model != "drivers":
        return [[a, b] for a, b in templates[model].paths if a in constructs and b in constructs]
    causes = [each for each in constructs if each not in {"satisfaction", "loyalty", "complaints"}]
    made: list[list[str]] = [[each, "satisfaction"] for each in causes if "satisfaction" in constructs]
    made += [
        ["satisfaction", end]
        for end in ("complaints", "loyalty")
        if end in constructs and "satisfaction" in constructs
    ]
    return made


def model_key(asked: Mapping[str, Any]) -> str:
    """The same for path models that can stand in one line: the same questions under the same constructs and arrows."""
    placed = asked.get("construct") or {}
    return f"{asked.get('model')} " + " ".join(f"{code}={placed[code]}" for code in sorted(placed))


def guess_construct(kind: str, dimension: str, role_of: Callable[[str], str | None]) -> str:
    """Where an item most likely belongs: by the name of its dimension, else by its kind."""
    if dimension:
        return role_of(dimension) or dimension
    return {Kind.csat: "satisfaction", Kind.nps: "loyalty"}.get(Kind(kind), "")


def states_of(low: int, high: int, *, coarse: bool) -> dict[str, list[int]]:
    """Bands of a rating scale: satisfied is its upper quarter or so, dissatisfied the mirror of it. Coarse: two of them.

    Source: the usual reading of five-point scales (4–5, 3, 1–2), carried over to other lengths in the same shares.
    """
    width = max(1, round((high - low + 1) * 0.4))
    if coarse:
        return {"not_satisfied": [low, high - width], "satisfied": [high - width + 1, high]}
    made = {"dissatisfied": [low, low + width - 1], "satisfied": [high - width + 1, high]}
    if low + width <= high - width:
        made = {
            "dissatisfied": made["dissatisfied"],
            "between": [low + width, high - width],
            "satisfied": made["satisfied"],
        }
    return made


STATES: Final[dict[str, Any]] = {
    "dissatisfied": _l("dissatisfied"),
    "not_satisfied": _l("not satisfied"),
    "between": _l("in between"),
    "satisfied": _l("satisfied"),
}
