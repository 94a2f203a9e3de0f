"""Sampling plans: population, design, what the engine is asked, texts of mails. Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from core.lazytext import _l
from satisfaction.customers.rules import ATTRIBUTES, Kind


class Draw(StrEnum):
    srs = "srs"
    systematic = "systematic"
    stratified = "stratified"
    cluster = "cluster"
    pps = "pps"
    multistage = "multistage"

    @property
    def label(self) -> Any:
        return DRAWS[self]


DRAWS: Final[dict[Draw, Any]] = {
    Draw.srs: _l("Simple random"),
    Draw.systematic: _l("Systematic: every k-th"),
    Draw.stratified: _l("Stratified: a random sample in each stratum"),
    Draw.cluster: _l("Clusters: whole groups"),
    Draw.pps: _l("In proportion to volume"),
    Draw.multistage: _l("In stages: first clusters, then customers in them"),
}
ALLOCATIONS: Final[dict[str, Any]] = {
    "proportional": _l("In proportion to size"),
    "neyman": _l("By size and spread (Neyman)"),
    "optimal": _l("By size, spread and cost (optimal)"),
}
MEASURES: Final[dict[str, Any]] = {"proportion": _l("A share"), "mean": _l("A mean")}
CONFIDENCES: Final[dict[str, Any]] = {"0.9": "90 %", "0.95": "95 %", "0.99": "99 %"}
GROUPINGS: Final[dict[str, Any]] = {
    "kind": _l("Customer group"),
    "unit": _l("Unit"),
    "language": _l("Language"),
    **ATTRIBUTES,
}
NOT_GIVEN: Final = "—"
DRAWN_MOST: Final = 20_000
FRAME_MOST: Final = 300_000
STRATA_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Population:
    """A filter on the register. Empty parts ask nothing."""

    kinds: tuple[str, ...] = ()
    unit_id: int | None = None
    region: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    segment: tuple[str, ...] = ()
    mail_only: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "kinds": list(self.kinds), "unit_id": self.unit_id, "region": list(self.region),
            "channel": list(self.channel), "segment": list(self.segment), "mail_only": self.mail_only,
        }  # fmt: skip

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Population":
        return cls(
            tuple(each for each in data.get("kinds", ()) if each in set(Kind)),
            data.get("unit_id"),
            tuple(data.get("region", ())),
            tuple(data.get("channel", ())),
            tuple(data.get("segment", ())),
            bool(data.get("mail_only")),
        )


def split_values(text: str) -> tuple[str, ...]:
    """Values of an attribute, parted by commas of either language."""
    return tuple(
        dict.fromkeys(part.strip()[:80] for part in re.split(r"[,，;；、\n]", text) if part.strip())
    )[:40]


@dataclass(frozen=True, slots=True)
class Design:
    """Shares are 0 to 1; `n` typed is taken instead of what would be computed."""

    kind: str = "proportion"
    error: float | None = None
    confidence: float = 0.95
    p: float | None = None
    sd: float | None = None
    icc: float | None = None
    cluster_size: float | None = None
    response_rate: float | None = None
    n: int | None = None
    draw: str = Draw.srs
    strata: str = ""
    allocation: str = "proportional"
    numbers: tuple[dict[str, Any], ...] = ()
    cluster: str = ""
    clusters: int | None = None
    per_cluster: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"numbers": list(self.numbers)}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Design":
        known = {name: data[name] for name in cls.__slots__ if name in data}
        return cls(**{**known, "numbers": tuple(data.get("numbers", ()))})


def faults(design: Design) -> list[tuple[str, Any]]:
    """(field, sentence) of what can't be; what only the population can tell is the engine's to refuse."""
    found: list[tuple[str, Any]] = []
    if design.n is None:
        if design.error is None:
            found.append(("error", _l("Give the margin of error, or the number to invite.")))
        elif design.error <= 0 or (design.kind == "proportion" and design.error >= 0.5):
            found.append(
                ("error", _l("For a share: more than 0 and less than 50 points; for a mean: more than 0."))
            )
        if design.kind == "mean" and design.sd is None and design.draw != Draw.stratified:
            found.append(
                (
                    "sd",
                    _l(
                        "A mean needs the standard deviation: take it from a wave of before, or a sixth of the scale’s range."
                    ),
                )
            )
    elif not 1 <= design.n <= DRAWN_MOST:
        found.append(("n", _l("From 1 to 20,000.")))
    if design.sd is not None and design.sd <= 0:
        found.append(("sd", _l("Give a number above 0.")))
    if design.p is not None and not 0 < design.p < 1:
        found.append(("p", _l("More than 0 % and less than 100 %.")))
    if design.response_rate is not None and not 0 < design.response_rate <= 1:
        found.append(("response_rate", _l("More than 0 % and at most 100 %.")))
    if design.icc is not None and not 0 <= design.icc <= 1:
        found.append(("icc", _l("From 0 to 1.")))
    if design.icc is not None and design.cluster_size is None:
        found.append(
            ("cluster_size", _l("The likeness within clusters counts only together with their size."))
        )
    if design.cluster_size is not None and design.cluster_size < 1:
        found.append(("cluster_size", _l("At least 1.")))
    if design.draw == Draw.stratified and design.strata not in GROUPINGS:
        found.append(("strata", _l("Say what the strata are made of.")))
    if design.draw in {Draw.cluster, Draw.multistage} and design.cluster not in GROUPINGS:
        found.append(("cluster", _l("Say what the clusters are made of.")))
    if design.draw == Draw.multistage and not design.clusters:
        found.append(("clusters", _l("Say how many clusters are drawn.")))
    if design.draw == Draw.multistage and not design.per_cluster:
        found.append(("per_cluster", _l("Say how many customers are drawn in each cluster.")))
    found += [
        (name, _l("Give a number from 1 on."))
        for name in ("clusters", "per_cluster")
        if (value := getattr(design, name)) is not None and not 1 <= value <= DRAWN_MOST
    ]
    return found


def read_numbers(text: str) -> tuple[dict[str, Any], ...]:
    """Lines `stratum | standard deviation | cost | response rate in %`. Raises ValueError(line) for one that can't be read."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in re.split(r"[|｜\t]", line)]
        made: dict[str, Any] = {"name": cells[0][:80]}
        try:
            for key, cell in zip(("sd", "cost", "response_rate"), cells[1:], strict=False):
                if cell:
                    value = float(cell.replace("%", "").replace(",", "."))
                    made[key] = value / 100 if key == "response_rate" else value
        except ValueError:
            raise ValueError(number) from None
        values = [made.get(key) for key in ("sd", "cost", "response_rate")]
        wrong = any(value is not None and (not math.isfinite(value) or value < 0) for value in values)
        if (
            not made["name"]
            or len(cells) > 4
            or wrong
            or made.get("cost") == 0
            or not 0 < made.get("response_rate", 1) <= 1
        ):
            raise ValueError(number)
        found.append(made)
    if len(found) > STRATA_MOST:
        raise ValueError(STRATA_MOST + 1)
    return tuple(found)


def write_numbers(numbers: Sequence[Mapping[str, Any]]) -> str:
    def cell(value: float | None) -> str:
        return "" if value is None else f"{value:g}"

    lines = []
    for each in numbers:
        rate = each.get("response_rate")
        cells = [
            str(each["name"]),
            cell(each.get("sd")),
            cell(each.get("cost")),
            cell(None if rate is None else rate * 100),
        ]
        lines.append(" | ".join(cells).rstrip(" |"))
    return "\n".join(lines)


def size_spec(design: Design, population: int | None, sizes: Mapping[str, int]) -> dict[str, Any]:
    """What the engine is asked for the size alone. `sizes`: people by stratum, for a stratified draw."""
    spec: dict[str, Any] = {}
    if design.n is not None:
        spec["n"] = design.n
    else:
        spec |= {"kind": design.kind, "error": design.error, "confidence": design.confidence}
        spec |= {"p": design.p} if design.kind == "proportion" else {"sd": design.sd}
        spec |= {
            "icc": design.icc,
            "cluster_size": design.cluster_size,
            "response_rate": design.response_rate,
        }
    if design.draw == Draw.stratified and sizes:
        spec["strata"] = [
            {**_number(design, name), "name": name, "size": size} for name, size in sizes.items()
        ]
        spec["allocation"] = design.allocation
    elif population is not None:
        spec["population"] = population
    return {key: value for key, value in spec.items() if value is not None}


def _number(design: Design, name: str) -> dict[str, Any]:
    found = next((each for each in design.numbers if each["name"] == name), {})
    return {key: found[key] for key in ("sd", "cost", "response_rate") if key in found}


def draw_spec(design: Design, population: int, sizes: Mapping[str, int], clusters: int) -> dict[str, Any]:
    """What the engine is asked for the draw. Columns of the frame: id, stratum, cluster, size."""
    spec = size_spec(design, population, sizes)
    spec.pop("population", None)  # the frame counts
    spec |= {"draw": str(design.draw), "id": "id"}
    match design.draw:
        case Draw.stratified:
            spec["stratum"] = "stratum"
        case Draw.cluster:
            spec |= {"cluster": "cluster", "clusters": design.clusters or clusters}
            spec.pop("n", None)
        case Draw.multistage:
            spec["stages"] = [
                {"unit": "cluster", "n": design.clusters, "method": "srs"},
                {"n": design.per_cluster},
            ]
            spec.pop("n", None)
        case Draw.pps:
            spec["size"] = "size"
    return spec


def clusters_needed(invitations: int, population: int, clusters: int) -> int:
    """How many whole clusters hold about so many customers."""
    return max(1, min(clusters, math.ceil(invitations * clusters / population))) if population else 1


# --- mails ---------------------------------------------------------------------------------------------------

LINK: Final = "{link}"
NAME: Final = "{name}"
REMINDERS_MOST: Final = 3
REMIND_AFTER_DAYS: Final = 3
BATCH: Final = 100


def filled(text: str, *, link: str, name: str) -> str:
    """A text with its places filled; nothing else in it means anything."""
    parts = re.split(r"(\{link\}|\{name\})", text)
    return "".join(link if part == LINK else name if part == NAME else part for part in parts)


# --- response ------------------------------------------------------------------------------------------------

#: a population share outside the interval of the respondents' share is told
FEW: Final = 5


@dataclass(frozen=True, slots=True)
class Stratum:
    """What became of the customers drawn in a stratum. `population`: people in it when it was drawn."""

    name: str
    population: int
    drawn: int
    invited: int
    mailed: int
    answered: int
    refused: int


def post_weights(strata: Sequence[Stratum]) -> dict[str, float] | None:
    """Population share over respondents' share by stratum; None when a stratum with people in it has no answer.

    Source: Holt and Smith (1979), Post stratification, J. R. Stat. Soc. A 142, 33-46.
    """
    people = sum(each.population for each in strata)
    answers = sum(each.answered for each in strata)
    if not answers or not people or any(each.population and not each.answered for each in strata):
        return None
    return {
        each.name: (each.population / people) / (each.answered / answers) for each in strata if each.answered
    }
