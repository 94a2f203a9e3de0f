"""From a plan to numbers and people: the engine is asked, nothing is computed here.

The engine is imported where it is used: pages must not load NumPy when the application starts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import RuleViolation
from core.i18n import _, format_list, format_number
from satisfaction.methods import ENGINE_VERSION
from satisfaction.sampling.frames import Member
from satisfaction.sampling.rules import (
    DRAWN_MOST,
    STRATA_MOST,
    Design,
    Draw,
    clusters_needed,
    draw_spec,
    size_spec,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A drawn customer: member, chance, weight."""

    member: Member
    probability: float
    weight: float


@dataclass(frozen=True, slots=True)
class Sample:
    """result: as the engine gave it, without the list of people."""

    taken: list[Taken]
    result: dict[str, Any]
    engine_version: str


def size_of(
    design: Design, population: int | None, sizes: Mapping[str, int], clusters: int = 0
) -> dict[str, Any]:
    """How many are needed, and how they are spread. Raises Refusal with a sentence that names what is missing."""
    from satisfaction.methods.door import run

    if len(sizes) > STRATA_MOST:
        raise RuleViolation(
            _(
                "There are %(count)s strata; at most %(most)s are drawn from. Choose another attribute.",
                count=len(sizes),
                most=STRATA_MOST,
            ),
            field="strata",
        )
    if design.draw == Draw.stratified:
        _check_strata(design, sizes)
    if design.n is None and design.error is None and design.draw in {Draw.cluster, Draw.multistage}:
        return {}
    found = run("sample", None, size_spec(design, population, sizes))
    if design.draw == Draw.cluster and clusters and population:
        found["clusters_drawn"] = design.clusters or clusters_needed(
            int(found["invitations"]), population, clusters
        )
    return found


def _check_strata(design: Design, sizes: Mapping[str, int]) -> None:
    """What the plan says of the strata, against the strata that are there."""
    strange = [each["name"] for each in design.numbers if each["name"] not in sizes]
    if strange:
        raise RuleViolation(
            _(
                "“%(name)s” is no stratum of this population; there are: %(strata)s.",
                name=strange[0],
                strata=format_list(list(sizes)[:12]),
            ),
            field="numbers",
        )
    known = {each["name"] for each in design.numbers if each.get("sd") is not None}
    without = [name for name in sizes if name not in known]
    by_spread = design.allocation != "proportional"
    if without and (by_spread or (design.n is None and design.kind == "mean" and design.sd is None)):
        raise RuleViolation(
            _(
                "The standard deviation of these strata is needed: %(strata)s. Write it under “What is known of the strata”, or spread in proportion to size.",
                strata=format_list(without[:12]),
            ),
            field="numbers",
        )


def draw(design: Design, frame: Sequence[Member], seed: int) -> Sample:
    """The draw. The same design, frame and seed give the same people on every machine."""
    from satisfaction.methods.answers import Answers
    from satisfaction.methods.door import run

    if not frame:
        raise RuleViolation(_("The population is empty: nobody can be drawn."))
    sizes: dict[str, int] = {}
    clusters: dict[str, int] = {}
    for member in frame:
        sizes[member.stratum] = sizes.get(member.stratum, 0) + 1
        clusters[member.cluster] = clusters.get(member.cluster, 0) + 1
    if design.draw == Draw.pps:
        without = sum(member.size is None for member in frame)
        if without:
            raise RuleViolation(
                _(
                    "%(num)s customers of the population have no volume: fill it in, or draw in another way.",
                    num=format_number(without),
                )
            )
    size = size_of(design, len(frame), sizes if design.draw == Draw.stratified else {}, len(clusters))
    data = Answers.of(
        {
            "id": [member.code for member in frame],
            "stratum": [member.stratum for member in frame],
            "cluster": [member.cluster for member in frame],
            "size": [float(member.size or 0.0) for member in frame],
        }
    )
    spec = draw_spec(
        design,
        len(frame),
        sizes if design.draw == Draw.stratified else {},
        int(size.get("clusters_drawn") or 0),
    )
    found = run("sample", data, spec, {"seed": seed})
    drawn = found.pop("drawn")
    if len(drawn) > DRAWN_MOST:
        raise RuleViolation(
            _(
                "%(num)s customers would be drawn; a wave has at most %(most)s personal links.",
                num=format_number(len(drawn)),
                most=format_number(DRAWN_MOST),
            )
        )
    by_code = {member.code: member for member in frame}
    return Sample(
        [Taken(by_code[each["id"]], each["probability"], each["weight"]) for each in drawn],
        found,
        ENGINE_VERSION,
    )
