"""Clauses of frameworks: numbers and their order, marks of confidence, relations between clauses. Pure."""

import re
from enum import StrEnum
from typing import Any, Final

from core.lazytext import _l

NUMBER: Final = re.compile(r"(?:[A-Z]{1,2}|\d{1,3})(?:\.\d{1,3}){0,6}")
CODE: Final = re.compile(r"[a-z0-9][a-z0-9.\-]{1,58}")
_DESIGNATION: Final = re.compile(r"(.+?[-:–]\d{4})(?=\s|$)")


class Nature(StrEnum):
    guidance = "guidance"
    requirement = "requirement"

    @property
    def word(self) -> Any:
        return {Nature.guidance: _l("Guidance (“should”)"), Nature.requirement: _l("Requirements (“shall”)")}[
            self
        ]

    @property
    def meaning(self) -> Any:
        return {
            Nature.guidance: _l(
                "Guidance (“should”): a gap is not a nonconformity unless the clause is adopted as a criterion."
            ),
            Nature.requirement: _l(
                "Requirements (“shall”): a gap is a nonconformity wherever the clause applies."
            ),
        }[self]


class Confidence(StrEnum):
    high = "high"
    medium = "medium"
    low = "low"

    @property
    def word(self) -> Any:
        return {
            Confidence.high: _l("Number and topic well documented"),
            Confidence.medium: _l("Number or topic from a single source"),
            Confidence.low: _l("Number or topic uncertain"),
        }[self]


class Basis(StrEnum):
    """Where number and title come from."""

    seen = "seen"
    inferred = "inferred"
    recalled = "recalled"

    @property
    def word(self) -> Any:
        return {
            Basis.seen: _l("Seen in a public contents list of this edition"),
            Basis.inferred: _l("Inferred from neighbouring editions or the order of a list"),
            Basis.recalled: _l("General knowledge, no public contents list seen"),
        }[self]


class Relation(StrEnum):
    equal = "equal"
    partial = "partial"
    supports = "supports"  # working to the first gives evidence for the second
    successor = "successor"  # the same place in the next edition

    @property
    def word(self) -> Any:
        return {
            Relation.equal: _l("same ground"),
            Relation.partial: _l("overlaps"),
            Relation.supports: _l("gives evidence for"),
            Relation.successor: _l("next edition"),
        }[self]


#: topics of links between editions
CHANGED, SHIFTED, SAME = "edition: reported change", "edition: partly", "edition: same"
#: topics of links from a crosswalk of one's own begin so
OWN_LINK = "own: "


def sort_key(number: str) -> str:
    """Orders 4.2 before 4.10 and annexes after chapters, as plain text in any collation."""
    parts = [part.zfill(4) if part.isdigit() else part for part in number.split(".")]
    return ".".join(parts)


def designation_of(short_title: str, code: str) -> str:
    """ISO 10002:2018 from “ISO 10002:2018 Complaints handling”."""
    found = _DESIGNATION.match(short_title)
    return found[1] if found else code.upper()


def needs_check(confidence: str, basis: str) -> bool:
    """Whether number and title should be compared with a licensed copy before anybody relies on them."""
    return confidence != Confidence.high or basis != Basis.seen
