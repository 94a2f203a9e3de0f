"""Which records of the other rooms an auditor asks for at a clause."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from core.lazytext import _l


class Kind(StrEnum):
    audit = "audit"
    review = "review"
    training = "training"
    complaint = "complaint"
    survey = "survey"

    @property
    def label(self) -> Any:
        return {
            "audit": _l("Last audit"),
            "review": _l("Last management review"),
            "training": _l("Last training passed"),
            "complaint": _l("Last complaint received"),
            "survey": _l("Last survey"),
        }[self.value]


#: by framework: number of a clause, or of the chapter it lies in, and what is asked for there. An audit of the clause
#: itself is named at every clause. Only what the title of the clause says; the rest is for the mapping.
_ASKED: dict[str, dict[str, Kind]] = {
    "iso-10002-2018": {
        "4.14": Kind.training,
        **{f"7.{number}": Kind.complaint for number in range(2, 10)},
        "8.1": Kind.complaint,
        "8.2": Kind.complaint,
        "8.5": Kind.audit,
        "8.6": Kind.review,
    },
    "iso-9001-2015": {"7.2": Kind.training, "9.1.2": Kind.survey, "9.2": Kind.audit, "9.3": Kind.review},
    "iso-9001-2026": {"7.2": Kind.training, "9.1.2": Kind.survey, "9.2": Kind.audit, "9.3": Kind.review},
    "iso-10004-2018": {"4.3.11": Kind.training, "7.3.4": Kind.survey, "7.6": Kind.survey},
    "iso-10003-2018": {"4.10": Kind.training},
}


@dataclass(frozen=True)
class Evidence:
    """The newest record of a kind. `here` is true for an audit that had the clause itself in its scope."""

    kind: Kind
    code: str
    day: date
    here: bool = False

    @property
    def label(self) -> Any:
        return _l("Last audit of this clause") if self.here else self.kind.label


def asked_for(framework_code: str, number: str) -> Kind | None:
    """What is asked for at a clause: the entry of its own number, or of the nearest chapter above it."""
    asked = _ASKED.get(framework_code, {})
    while number:
        if number in asked:
            return asked[number]
        number = number.rpartition(".")[0]
    return None


def kinds_of(framework_code: str, numbers: Iterable[str]) -> set[Kind]:
    return {kind for number in numbers if (kind := asked_for(framework_code, number)) is not None}
