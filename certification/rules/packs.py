"""What a pack is made of, and what to look at before it is built."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from certification.rules.clauses import Both
from core.lazytext import _l

#: days after which a figure is old unless the person says otherwise
FRESH_DAYS = 45
#: a pack prints at most so many findings and says so when there are more
MOST_FINDINGS = 1000
LONGEST_DAYS = 366 * 3


class Part(StrEnum):
    """What a pack may hold beside cover and contents, in printed order."""

    scope = "scope"
    statement = "statement"
    standards = "standards"
    attainment = "attainment"
    satisfaction = "satisfaction"
    complaints = "complaints"
    audits = "audits"
    findings = "findings"
    training = "training"
    reviews = "reviews"
    methods = "methods"
    hashes = "hashes"

    @property
    def label(self) -> Any:
        return {
            "scope": _l("Scope and context"),
            "statement": _l("Statement clause by clause"),
            "standards": _l("Register of service standards"),
            "attainment": _l("Attainment of the promises"),
            "satisfaction": _l("Satisfaction of customers"),
            "complaints": _l("Complaints"),
            "audits": _l("Internal audits"),
            "findings": _l("Findings and corrective action"),
            "training": _l("Training"),
            "reviews": _l("Management reviews"),
            "methods": _l("How the figures are made"),
            "hashes": _l("Integrity: trail and hashes"),
        }[self.value]


def parts_in_order(chosen: Iterable[str]) -> list[Part]:
    known = set(chosen)
    return [part for part in Part if part.value in known]


def period_problem(first: date, last: date, today: date) -> str:
    """Code of what is wrong with the period of a pack, or an empty string."""
    if last < first:
        return "order"
    if (last - first).days > LONGEST_DAYS:
        return "long"
    if first > today:
        return "future"
    return ""


class CautionKind(StrEnum):
    """What the list before building may hold, gravest first."""

    open_major = "open_major"
    gaps = "gaps"
    unjustified = "unjustified"
    short = "short"
    unsigned = "unsigned"
    review_late = "review_late"
    not_measured = "not_measured"
    empty_parts = "empty_parts"
    old_figures = "old_figures"
    untranslated = "untranslated"
    check_copy = "check_copy"


@dataclass(frozen=True)
class Item:
    """One thing in the list before building: what it is called, and where it is mended."""

    code: str
    text: Both
    target: tuple[str, int]


@dataclass(frozen=True)
class Caution:
    kind: CautionKind
    items: tuple[Item, ...]

    @property
    def tone(self) -> str:
        if self.kind in {CautionKind.open_major, CautionKind.gaps, CautionKind.unjustified}:
            return "bad"
        return "few" if self.kind in {CautionKind.check_copy, CautionKind.untranslated} else "edge"
