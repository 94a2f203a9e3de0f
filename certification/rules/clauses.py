"""What makes a clause ready: its status, what answers it, with which figures, and which findings are open on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from certification.rules.evidence import Evidence
from core.figures import Figure, verdict, wilson
from core.lazytext import _l
from improvement.rules.findings import OPEN, Grade
from improvement.rules.tickets import OPEN as OPEN_STAGES
from standards.rules.coverage import Status

#: decided cases under which a share is not called
LEAST_N = 30


@dataclass(frozen=True)
class Both:
    """A text that people wrote, in one language or both."""

    en: str = ""
    zh: str = ""

    def in_language(self, language: str) -> str:
        """The text in this language, or an empty string."""
        return self.zh if language == "zh" else self.en

    def is_missing(self, language: str) -> bool:
        """There is a text, but not in this language."""
        return not self.in_language(language) and bool(self.en or self.zh)

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)


class Readiness(StrEnum):
    """What a certification auditor would find at a clause today."""

    ready = "ready"
    attention = "attention"
    gap = "gap"
    not_applicable = "not_applicable"

    @property
    def label(self) -> Any:
        return {
            "ready": _l("Ready"),
            "attention": _l("Needs attention"),
            "gap": _l("Gap"),
            "not_applicable": _l("Not applicable"),
        }[self.value]

    @property
    def tone(self) -> str:
        return {"ready": "good", "attention": "edge", "gap": "bad", "not_applicable": "few"}[self.value]


@dataclass(frozen=True)
class Counts:
    """Decided cases of one requirement in one period, as delivery counted them."""

    met: int
    missed: int
    pending: int
    target: float
    share: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = ""


def figure_of(
    rows: Sequence[Counts], *, as_of: datetime | None, target: float | None = None
) -> Figure | None:
    """One figure from the counts of one or several periods or logs.

    A single row keeps the interval and verdict that delivery computed. Several are added up: share = met / (met +
    missed), Wilson 95 % interval (core.figures.wilson), verdict of core.figures with LEAST_N decided cases against
    `target`, or the target of the last row. None without any row.
    """
    if not rows:
        return None
    goal = rows[-1].target if target is None else target
    if len(rows) == 1 and target is None and rows[0].verdict:
        only = rows[0]
        interval = only.low is not None and only.high is not None
        return Figure(
            value=only.share,
            n=only.met + only.missed,
            low=only.low if interval else None,
            high=only.high if interval else None,
            method="wilson" if interval else "",
            as_of=as_of,
            target=goal,
            verdict=only.verdict,  # type: ignore[arg-type]  # the Figure checks the word
            working={"met": only.met, "missed": only.missed, "pending": only.pending},
        )
    met, missed = sum(row.met for row in rows), sum(row.missed for row in rows)
    n = met + missed
    working = {"met": met, "missed": missed, "pending": rows[-1].pending}
    if n == 0:
        return Figure(None, 0, as_of=as_of, target=goal, verdict="too_few", working=working)
    low, high = wilson(met, n)
    return Figure(
        met / n,
        n,
        low,
        high,
        "wilson",
        as_of,
        target=goal,
        verdict=verdict(low, high, goal, n, LEAST_N),
        working=working,
    )


@dataclass(frozen=True)
class Answer:
    """A requirement of a version in force that answers a clause."""

    standard_id: int
    standard_code: str
    standard_title: Both
    version_id: int
    version_number: int
    requirement_id: int
    code: str
    kind: str
    statement: Both
    degree: str
    rationale: Both
    mapped_by: str
    figure: Figure | None = None
    limit: str = ""
    target: float | None = None
    verification: str = ""

    @property
    def name(self) -> str:
        return f"{self.standard_code} {self.code}"

    @property
    def is_short(self) -> bool:
        return self.figure is not None and self.figure.verdict == "short"


@dataclass(frozen=True)
class Waiting:
    """A requirement of a version that is not in force yet and would answer the clause then."""

    standard_id: int
    standard_code: str
    version_id: int
    version_number: int
    code: str
    state: str
    unit_path: str = ""

    @property
    def name(self) -> str:
        return f"{self.standard_code} {self.code}"


@dataclass(frozen=True)
class Remark:
    """A finding that touches a clause, directly or by a requirement that answers it."""

    id: int
    code: str
    grade: str
    state: str
    statement: Both
    raised_at: datetime
    requirement: str = ""  # "STD-0007 R2", or the standard alone
    ticket_id: int | None = None
    ticket_code: str = ""
    ticket_stage: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_open_major(self) -> bool:
        return self.is_open and self.grade == Grade.major

    @property
    def in_hand(self) -> bool:
        """Somebody works on it: a ticket that is neither closed nor cancelled."""
        return self.ticket_id is not None and self.ticket_stage in OPEN_STAGES


@dataclass(frozen=True)
class Clause:
    """A clause as it stands for one unit today."""

    id: int
    number: str
    sort_key: str
    title: Both
    group: Both
    group_number: str
    looks_for: Both
    status: Status
    adopted: bool
    binding: (
        bool  # a gap is a nonconformity: the framework says "shall", or the clause is adopted as a criterion
    )
    justification: str = ""
    decided_by: str = ""
    check: bool = False  # number and title should be compared with a licensed copy
    judged: bool = False  # the status was decided by a person, not counted from the mappings
    answers: tuple[Answer, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    findings: tuple[Remark, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def open_findings(self) -> tuple[Remark, ...]:
        return tuple(item for item in self.findings if item.is_open)

    @property
    def short(self) -> tuple[Answer, ...]:
        return tuple(answer for answer in self.answers if answer.is_short)

    @property
    def readiness(self) -> Readiness:
        return readiness_of(
            self.status,
            short=bool(self.short),
            open_major=any(item.is_open_major for item in self.findings),
        )

    @property
    def unjustified(self) -> bool:
        return self.status is Status.not_applicable and not self.justification.strip()


def readiness_of(status: Status, *, short: bool, open_major: bool) -> Readiness:
    """Ready: addressed in full, no promise short, no open major finding. Attention: addressed, but one of the two."""
    if status is Status.not_applicable:
        return Readiness.not_applicable
    if status is not Status.addressed:
        return Readiness.gap
    return Readiness.attention if short or open_major else Readiness.ready


def counted(clauses: Iterable[Clause]) -> dict[Readiness, int]:
    """How many clauses are in each state; every state is there."""
    counts = dict.fromkeys(Readiness, 0)
    for clause in clauses:
        counts[clause.readiness] += 1
    return counts
