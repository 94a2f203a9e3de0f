"""What must be true before a complaint takes its next step: each line says what is missing."""

from dataclasses import dataclass

from complaints.rules.grades import Complexity
from core.gates import Condition
from core.lazytext import _l


@dataclass(frozen=True)
class Facts:
    """What the gates look at."""

    handler: str  # name, or empty
    reachable: bool  # an address for mail is known
    severity: str  # label, or empty
    complexity: str
    urgent: bool
    immediate_action: str
    investigation: str
    answers: int  # answers sent
    remedies_waiting: int  # proposed, above the limit of who proposed them
    remedies_open: int  # not carried out yet
    told: bool  # the decision was told
    satisfaction: str  # asked | answered | ""


def conditions(verb: str, facts: Facts) -> list[Condition]:
    """The gate of a verb; empty for one that only asks for a reason."""
    return _GATES[verb](facts) if verb in _GATES else []


def _acknowledge(facts: Facts) -> list[Condition]:
    return [
        Condition(
            "told",
            _l("The complainant learns the number and what happens next"),
            False,
            missing=_l("A mail with the number and a link goes out.")
            if facts.reachable
            else _l("No mail address is known: say how the complainant is told."),
            form=True,
        )
    ]


def _assess(facts: Facts) -> list[Condition]:
    return [
        Condition(
            "severity",
            _l("Severity, safety, complexity and impact are judged"),
            bool(facts.severity),
            detail=facts.severity,
            missing=_l("Fill in the form above."),
            form=True,
        )
    ]


def _investigate(facts: Facts) -> list[Condition]:
    return [
        Condition(
            "handler",
            _l("Somebody handles it"),
            bool(facts.handler),
            detail=facts.handler,
            missing=_l("Name who looks into it; never the one it is about."),
            form=True,
        ),
        Condition(
            "at_once",
            _l("What could not wait is done"),
            not facts.urgent or bool(facts.immediate_action),
            detail="" if facts.urgent else _l("not needed"),
            missing=_l("The assessment says that action at once is needed: write what was done."),
        ),
    ]


def _answer(facts: Facts) -> list[Condition]:
    return [
        Condition(
            "investigation",
            _l("What was found is written"),
            bool(facts.investigation),
            missing=_l("Write both sides, what was looked at and what was found."),
            form=True,
        ),
        Condition("answer", _l("An answer goes to the complainant"), facts.answers > 0, form=True),
    ]


def _answer_at_once(facts: Facts) -> list[Condition]:
    return [
        Condition(
            "simple",
            _l("Simple enough to be answered at once"),
            facts.complexity == Complexity.simple,
            missing=_l("The assessment does not call it simple: begin the investigation first."),
        ),
        *_answer(facts),
    ]


def _decide(facts: Facts) -> list[Condition]:
    return [
        Condition(
            "answered",
            _l("The complainant has an answer"),
            facts.answers > 0,
            missing=_l("Answer first; nobody is decided about unheard."),
        ),
        Condition(
            "authorised",
            _l("No remedy waits for approval"),
            facts.remedies_waiting == 0,
            missing=_l("A remedy is above the handler's own limit: approve it or take it back."),
        ),
        Condition("reasons", _l("The decision has its reasons"), False, form=True),
    ]


def _close(facts: Facts) -> list[Condition]:
    return [
        Condition(
            "told",
            _l("The decision was told to the complainant"),
            facts.told,
            missing=_l("Write the decision to the complainant."),
        ),
        Condition(
            "remedies",
            _l("Every remedy is carried out"),
            facts.remedies_open == 0,
            missing=_l("Carry out what was promised, and note it below."),
        ),
        Condition(
            "satisfaction",
            _l("Satisfaction with the handling is asked"),
            facts.satisfaction != "",
            detail=_l("answered") if facts.satisfaction == "answered" else "",
            missing=_l("A mail with the question goes out when you close.")
            if facts.reachable
            else _l("No mail address is known: ask and note the answer, or say why not."),
            form=True,
        ),
    ]


_GATES = {
    "acknowledge": _acknowledge,
    "assess": _assess,
    "reassess": _assess,
    "investigate": _investigate,
    "answer": _answer,
    "answer_at_once": _answer_at_once,
    "decide": _decide,
    "close": _close,
}
