"""Tickets: stages, kinds of action, and the table of who may do what when."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.lazytext import _l


class Stage(StrEnum):
    plan = "plan"
    do = "do"
    check = "check"
    act = "act"
    closed = "closed"
    cancelled = "cancelled"

    @property
    def label(self) -> Any:
        return STAGE_LABELS[self]


STAGE_LABELS: dict[Stage, Any] = {
    Stage.plan: _l("Plan"),
    Stage.do: _l("Do"),
    Stage.check: _l("Check"),
    Stage.act: _l("Act"),
    Stage.closed: _l("Closed"),
    Stage.cancelled: _l("Cancelled"),
}
TURN = (Stage.plan, Stage.do, Stage.check, Stage.act)
OPEN = frozenset(TURN)
#: days until a stage should be passed, where nothing in the stage itself says it
STAGE_DAYS: dict[Stage, int] = {Stage.plan: 14, Stage.do: 30, Stage.check: 7, Stage.act: 30}


class ActionKind(StrEnum):
    corrective = "corrective"
    preventive = "preventive"
    training = "training"
    standard_change = "standard_change"

    @property
    def label(self) -> Any:
        return KIND_LABELS[self]


KIND_LABELS: dict[ActionKind, Any] = {
    ActionKind.corrective: _l("Corrective"),
    ActionKind.preventive: _l("Preventive"),
    ActionKind.training: _l("Training"),
    ActionKind.standard_change: _l("Change of the standard"),
}


class Priority(StrEnum):
    low = "low"
    normal = "normal"
    high = "high"

    @property
    def label(self) -> Any:
        return {
            Priority.low: _l("Low"),
            Priority.normal: _l("Normal"),
            Priority.high: _l("High"),
        }[self]


class Part(StrEnum):
    """What a person is to a ticket. Several may hold at once."""

    owner = "owner"
    verifier = "verifier"
    manager = "manager"  # quality manager at the ticket's unit
    action_owner = "action_owner"
    doer = "doer"  # owned or finished an action of this cycle


@dataclass(frozen=True)
class Step:
    """In a stage, a verb open to some parts. `never` excludes a part (four eyes); `to` is None when the stage stays."""

    stage: Stage
    verb: str
    who: frozenset[Part]
    guard: str
    to: Stage | None = None
    never: frozenset[Part] = frozenset()


_OWNER = frozenset({Part.owner, Part.manager})
_JUDGE = frozenset({Part.verifier, Part.manager})
_MANAGER = frozenset({Part.manager})
_ANY = frozenset({Part.owner, Part.verifier, Part.manager})
_DOER = frozenset({Part.doer, Part.owner})


def _open_steps() -> tuple[Step, ...]:
    made = []
    for stage in TURN:
        made += [
            Step(stage, "cancel", _MANAGER, "a reason is given", Stage.cancelled),
            Step(stage, "defer", _OWNER, "a reason and a later date are given"),
            Step(stage, "resume", _OWNER, "the ticket is deferred"),
            Step(stage, "assign", _MANAGER, "the verifier is not the owner"),
        ]
    return tuple(made)


STEPS: tuple[Step, ...] = (
    Step(Stage.plan, "plan", _OWNER, "the ticket is in Plan"),
    Step(Stage.plan, "approve", _MANAGER, "the ticket is major", never=frozenset({Part.owner})),
    Step(Stage.plan, "pass_to_do", _OWNER, "all conditions of Plan are met", Stage.do),
    Step(
        Stage.do,
        "finish_action",
        frozenset({Part.action_owner, *_OWNER}),
        "evidence, or why it can't be done",
    ),
    Step(Stage.do, "pass_to_check", _OWNER, "every action is done or can't be done", Stage.check),
    Step(Stage.check, "look_for_harm", _ANY, "what was looked at is written"),
    Step(Stage.check, "compute", _ANY, "the wait is over"),
    Step(Stage.check, "judge", _JUDGE, "the described check is due", never=_DOER),
    Step(Stage.check, "wait_longer", _ANY, "the verdict is “not enough data yet”"),
    Step(Stage.check, "sign_effective", _JUDGE, "all conditions of Check are met", Stage.act, never=_DOER),
    Step(
        Stage.check, "sign_not_effective", _JUDGE, "the verdict is “not effective”", Stage.plan, never=_DOER
    ),
    Step(Stage.check, "overrule", _MANAGER, "a reason and the password are given", Stage.act, never=_DOER),
    Step(Stage.check, "send_back", _JUDGE, "a reason is given", Stage.plan),
    Step(Stage.act, "act", _OWNER, "the ticket is in Act"),
    Step(Stage.act, "draft_version", _OWNER, "the ticket names a standard"),
    Step(Stage.act, "send_back", _JUDGE, "a reason is given", Stage.plan),
    Step(
        Stage.act, "close", _OWNER, "all conditions of Act are met, and the password is given", Stage.closed
    ),
    Step(Stage.closed, "reopen", _MANAGER, "a reason is given", Stage.plan),
    *_open_steps(),
)
VERBS = tuple(dict.fromkeys(item.verb for item in STEPS))


def step(stage: str, verb: str) -> Step | None:
    """The row of the table, or None when the verb is not possible in this stage."""
    return next((item for item in STEPS if item.stage == stage and item.verb == verb), None)


def allows(stage: str, verb: str, parts: Collection[Part]) -> bool:
    """May somebody with these parts do this in this stage? Guards beside, which need the record itself."""
    found = step(stage, verb)
    return found is not None and not found.never & set(parts) and bool(found.who & set(parts))


def printed() -> str:
    """The table as Markdown, for the documentation."""
    rows = [
        f"| {item.stage} | {item.verb} | {', '.join(sorted(item.who))} | {', '.join(sorted(item.never))} "
        f"| {item.guard} | {item.to or '='} |"
        for item in STEPS
    ]
    return "\n".join(
        ["| stage | verb | who | never | guard | becomes |", "| --- | --- | --- | --- | --- | --- |", *rows]
    )
