"""Clocks of a complaint: what a requirement of the organisation's own complaint standard promises, case by case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from complaints.rules.states import STEPS, State
from core.figures import Verdict, wilson
from core.figures import verdict as figure_verdict
from core.lazytext import _l
from standards.rules.deadline import Pause

#: decided clocks from which a share is called; under it "too few data"
MIN_N = 10


class Outcome(StrEnum):
    running = "running"
    met = "met"
    missed = "missed"
    void = "void"  # the complaint was withdrawn or refused before

    @property
    def label(self) -> Any:
        return {
            Outcome.running: _l("Running"),
            Outcome.met: _l("On time"),
            Outcome.missed: _l("Late"),
            Outcome.void: _l("Not judged"),
        }[self]


#: milestones a clock may stop at, and what the promise is then called
STOPS: dict[State, Any] = {
    State.acknowledged: _l("Acknowledged in time"),
    State.assessed: _l("Assessed in time"),
    State.investigating: _l("Investigation begun in time"),
    State.answered: _l("Answered in time"),
    State.decided: _l("Decided in time"),
    State.closed: _l("Closed in time"),
}
#: words of an organisation's own milestones by which the setting page suggests ours
_WORDS: dict[State, tuple[str, ...]] = {
    State.received: ("received", "receipt", "opened", "registered", "registration", "收到", "受理", "登记", "接收"),
    State.acknowledged: ("acknowledged", "acknowledgement", "confirmed", "确认", "告知"),
    State.assessed: ("assessed", "assessment", "triaged", "评估", "分级"),
    State.investigating: ("investigating", "investigation", "investigated", "调查"),
    State.answered: ("answered", "answer", "replied", "reply", "responded", "response", "答复", "回复"),
    State.decided: ("decided", "decision", "决定", "处理决定"),
    State.closed: ("closed", "resolved", "completed", "办结", "结案", "关闭"),
}  # fmt: skip


def suggest(milestone: str) -> State | None:
    """Which of our milestones an organisation's word means, or None."""
    word = milestone.strip().casefold().replace("_", " ")
    for state, words in _WORDS.items():
        if word == state.value or word in words:
            return state
    return next(
        (state for state, words in _WORDS.items() if any(part in word for part in words if len(part) > 1)),
        None,
    )


def judge(stopped: datetime, due: datetime | None, *, is_open: bool) -> Outcome:
    """Met when the milestone is reached by its due moment; `is_open`: that moment itself is too late."""
    if due is None:
        return Outcome.met
    return Outcome.met if (stopped < due if is_open else stopped <= due) else Outcome.missed


def warn_from(started: datetime, due: datetime) -> datetime:
    """From when who handles it is told that it runs out: the last quarter of its time, at most a day."""
    return due - min(timedelta(days=1), (due - started) / 4)


def verb_to(stop: State) -> str:
    """What is done to reach the milestone that a clock stops at."""
    return next(item.verb for item in STEPS if item.to == stop)


def pauses_of(stored: Sequence[Sequence[str | None]], now: datetime) -> list[Pause]:
    """Stored intervals (ISO texts, an open one without an end) as moments; the open one runs until now."""
    return [
        (datetime.fromisoformat(str(begin)), datetime.fromisoformat(end) if end else now)
        for begin, end in stored
    ]


@dataclass(frozen=True, slots=True)
class Tally:
    """Clocks of one promise in one period. Running and not judged ones count in neither side of the share."""

    met: int = 0
    missed: int = 0
    running: int = 0
    late: int = 0  # of the running ones, past their due moment

    @property
    def n(self) -> int:
        return self.met + self.missed

    @property
    def share(self) -> float | None:
        return self.met / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson, 95 %."""
        return wilson(self.met, self.n) if self.n else None

    def verdict(self, target: float | None) -> Verdict | None:
        """Against the requirement's target; None when it has none, "too_few" under MIN_N decided clocks."""
        interval = self.interval
        if target is None:
            return None
        if interval is None:
            return "too_few"
        return figure_verdict(interval[0], interval[1], target, self.n, MIN_N)
