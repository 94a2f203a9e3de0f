"""The inputs of a management review: what the published standards ask to be looked at, and which room answers."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.lazytext import _l

#: designation of the frameworks that ask for a management review, by code
FRAMEWORKS: dict[str, str] = {
    "iso-9001-2015": "ISO 9001:2015",
    "iso-9001-2026": "ISO 9001:2026",
    "iso-10002-2018": "ISO 10002:2018",
    "iso-10004-2018": "ISO 10004:2018",
}
OWN = "own"


@dataclass(frozen=True)
class Input:
    """One kind of input. `clauses`: (framework, number, letter or empty); `provider` names who fills it, empty when only
    people can."""

    key: str
    label: Any
    hint: Any
    clauses: tuple[tuple[str, str, str], ...]
    provider: str = ""


def _9001(letter: str) -> tuple[tuple[str, str, str], ...]:
    # the letters of the 2026 edition are not established, so only its sub-clause is named
    return (("iso-9001-2015", "9.3.2", letter), ("iso-9001-2026", "9.3.2", ""))


_10002 = (("iso-10002-2018", "8.6.2", ""),)

INPUTS: tuple[Input, ...] = (
    Input(
        "decisions",
        _l("Earlier decisions and their state"),
        _l("What was decided at earlier reviews, and what became of it."),
        (*_9001("a)"), *_10002),
        "decisions",
    ),
    Input(
        "context",
        _l("Changes inside and outside"),
        _l("Policy, structure, resources, services; law, competition, technology, expectations."),
        (*_9001("b)"), *_10002),
    ),
    Input(
        "satisfaction",
        _l("Customer satisfaction"),
        _l("What customers felt, against the time before; feedback of interested parties."),
        (*_9001("c) 1)"), ("iso-10002-2018", "8.6.2", ""), ("iso-10004-2018", "7.5", "")),
        "satisfaction",
    ),
    Input(
        "attainment",
        _l("Promises kept"),
        _l(
            "How far objectives and service standards were met, measured from the organisation's own records."
        ),
        _9001("c) 2) 3) 5)"),
        "attainment",
    ),
    Input(
        "complaints",
        _l("Complaints"),
        _l("How many, about what, answered in time or not, and how complainants found the handling."),
        (*_9001("c) 1)"), *_10002),
        "complaints",
    ),
    Input(
        "nonconformities",
        _l("Nonconformities and corrective action"),
        _l("Findings of the period and the tickets that answer them."),
        (*_9001("c) 4)"), *_10002),
        "nonconformities",
    ),
    Input(
        "audits",
        _l("Results of audits"),
        _l("Audits of the period, their grades, and remedies not verified yet."),
        (*_9001("c) 6)"), *_10002),
        "audits",
    ),
    Input(
        "providers",
        _l("External providers"),
        _l("How suppliers and partners performed."),
        _9001("c) 7)"),
    ),
    Input(
        "resources",
        _l("Resources, competence and training"),
        _l("Are people, skills and means enough? Training shows part of the answer."),
        (*_9001("d)"), *_10002),
        "training",
    ),
    Input(
        "risks",
        _l("Risks and opportunities"),
        _l("Did the actions on risks and opportunities work?"),
        _9001("e)"),
    ),
    Input(
        "improvement",
        _l("Opportunities for improvement"),
        _l("Proposals that are open, from audits, measurements, surveys and staff."),
        (*_9001("f)"), *_10002),
        "opportunities",
    ),
    Input(
        "monitoring",
        _l("How satisfaction is monitored"),
        _l(
            "Do the methods still fit: who is asked, how often, about what? Did earlier actions have an effect?"
        ),
        (("iso-10004-2018", "7.6.4", ""), ("iso-10004-2018", "8", "")),
    ),
)
BY_KEY: dict[str, Input] = {item.key: item for item in INPUTS}


def inputs_for(frameworks: Collection[str]) -> tuple[Input, ...]:
    """What these frameworks ask for, in the order of the meeting."""
    return tuple(
        item for item in INPUTS if any(code in frameworks for code, _number, _letter in item.clauses)
    )


def references(key: str, frameworks: Collection[str]) -> list[tuple[str, str, str]]:
    """(framework code, clause number, text as printed) of an input for these frameworks."""
    found = BY_KEY.get(key)
    if found is None:
        return []
    return [
        (code, number, f"{FRAMEWORKS[code]} · {number}{f' {letter}' if letter else ''}")
        for code, number, letter in found.clauses
        if code in frameworks
    ]
