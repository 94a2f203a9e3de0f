"""What an auditor can say of a question, and what follows from it. The nature of the criterion decides.

A requirement ("shall") can be missed: then it is a minor or a major nonconformity. Guidance ("should") can't, unless
the clause was adopted as a criterion: what falls short of it is an opportunity for improvement.
"""

from enum import StrEnum
from typing import Any

from core.lazytext import _l


class Nature(StrEnum):
    requirement = "requirement"
    guidance = "guidance"

    @property
    def label(self) -> Any:
        return {Nature.requirement: _l("Requirement"), Nature.guidance: _l("Guidance")}[self]


class Source(StrEnum):
    clause = "clause"
    requirement = "requirement"
    finding = "finding"
    own = "own"

    @property
    def label(self) -> Any:
        return {
            Source.clause: _l("Clause"),
            Source.requirement: _l("Requirement of a service standard"),
            Source.finding: _l("Earlier finding"),
            Source.own: _l("Own question"),
        }[self]


class Result(StrEnum):
    conform = "conform"
    strength = "strength"
    ofi = "ofi"
    minor = "minor"
    major = "major"
    partly = "partly"
    not_met = "not_met"
    na = "na"
    not_sampled = "not_sampled"

    @property
    def label(self) -> Any:
        return LABELS[self]


LABELS: dict[Result, Any] = {
    Result.conform: _l("Conforms"),
    Result.strength: _l("Good practice"),
    Result.ofi: _l("Could improve"),
    Result.minor: _l("Minor"),
    Result.major: _l("Major"),
    Result.partly: _l("Partly met"),
    Result.not_met: _l("Not met"),
    Result.na: _l("Not applicable"),
    Result.not_sampled: _l("Not sampled"),
}
HINTS: dict[Result, Any] = {
    Result.strength: _l("worth copying"),
    Result.ofi: _l("opportunity"),
    Result.minor: _l("one point missed"),
    Result.major: _l("the system fails"),
    Result.partly: _l("opportunity"),
    Result.not_met: _l("no nonconformity"),
    Result.not_sampled: _l("say why in the note"),
}
#: in the order of the phone page, by the nature of the criterion
CHOICES: dict[Nature, tuple[Result, ...]] = {
    Nature.requirement: (
        Result.conform,
        Result.ofi,
        Result.minor,
        Result.major,
        Result.strength,
        Result.na,
        Result.not_sampled,
    ),
    Nature.guidance: (
        Result.conform,
        Result.partly,
        Result.not_met,
        Result.strength,
        Result.na,
        Result.not_sampled,
    ),
}
#: which grade a finding gets that is raised from such an answer
GRADE_OF: dict[Result, str] = {
    Result.major: "major",
    Result.minor: "minor",
    Result.ofi: "ofi",
    Result.partly: "ofi",
    Result.not_met: "ofi",
    Result.strength: "strength",
}
#: answers that stand only with a finding
NEEDS_FINDING = frozenset({Result.major, Result.minor, Result.not_met})
#: answers that stand only with words
NEEDS_NOTE = frozenset({Result.major, Result.minor, Result.not_met, Result.not_sampled})
TONE: dict[Result, str] = {
    Result.conform: "good",
    Result.strength: "good",
    Result.ofi: "info",
    Result.partly: "info",
    Result.not_met: "edge",
    Result.minor: "edge",
    Result.major: "bad",
    Result.na: "few",
    Result.not_sampled: "few",
}
#: from the gravest to the plainest, as counts and charts show them
ORDER = (
    Result.major,
    Result.minor,
    Result.not_met,
    Result.ofi,
    Result.partly,
    Result.strength,
    Result.conform,
    Result.na,
    Result.not_sampled,
)


def fits(result: str, nature: str) -> bool:
    return result in CHOICES[Nature(nature)]


def label_of(result: Result, nature: str) -> Any:
    """Guidance is met or not; only a requirement is conformed to."""
    if result == Result.conform and nature == Nature.guidance:
        return _l("Fully met")
    return LABELS[result]


def nature_of(*, guidance: bool, adopted: bool) -> Nature:
    """Guidance that was adopted as a criterion counts as a requirement."""
    return Nature.guidance if guidance and not adopted else Nature.requirement
