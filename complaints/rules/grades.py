"""What is known about a complaint: how it came, what it is about, how heavy it weighs, what became of it."""

from enum import StrEnum
from typing import Any

from core.lazytext import _l


class Channel(StrEnum):
    web = "web"
    phone = "phone"
    email = "email"
    letter = "letter"
    counter = "counter"
    app = "app"
    other = "other"

    @property
    def label(self) -> Any:
        return CHANNEL_LABELS[self]


CHANNEL_LABELS: dict[Channel, Any] = {
    Channel.web: _l("Web form"),
    Channel.phone: _l("Telephone"),
    Channel.email: _l("E-mail"),
    Channel.letter: _l("Letter"),
    Channel.counter: _l("At the counter"),
    Channel.app: _l("App or messenger"),
    Channel.other: _l("Another way"),
}


class Topic(StrEnum):
    """What a complaint is about, in the complainant's eyes."""

    waiting = "waiting"
    quality = "quality"
    conduct = "conduct"
    information = "information"
    money = "money"
    access = "access"
    safety = "safety"
    other = "other"

    @property
    def label(self) -> Any:
        return TOPIC_LABELS[self]


TOPIC_LABELS: dict[Topic, Any] = {
    Topic.waiting: _l("Waiting, delay"),
    Topic.quality: _l("Quality of the service"),
    Topic.conduct: _l("Conduct of staff"),
    Topic.information: _l("Information, promises"),
    Topic.money: _l("Charges, refunds"),
    Topic.access: _l("Access, opening hours"),
    Topic.safety: _l("Safety"),
    Topic.other: _l("Something else"),
}


class Severity(StrEnum):
    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"

    @property
    def label(self) -> Any:
        return SEVERITY_LABELS[self]


SEVERITY_LABELS: dict[Severity, Any] = {
    Severity.low: _l("Low severity"),
    Severity.medium: _l("Medium severity"),
    Severity.high: _l("High severity"),
    Severity.critical: _l("Critical severity"),
}
SEVERITY_SHORT: dict[Severity, Any] = {
    Severity.low: _l("Low"),
    Severity.medium: _l("Medium"),
    Severity.high: _l("High"),
    Severity.critical: _l("Critical"),
}
SEVERITY_CSS: dict[Severity, str] = {
    Severity.low: "few",
    Severity.medium: "info",
    Severity.high: "edge",
    Severity.critical: "bad",
}


class Complexity(StrEnum):
    simple = "simple"
    normal = "normal"
    complex = "complex"

    @property
    def label(self) -> Any:
        return {
            Complexity.simple: _l("Simple: can be answered at once"),
            Complexity.normal: _l("Usual: needs looking into"),
            Complexity.complex: _l("Complex: several units or experts"),
        }[self]


class Impact(StrEnum):
    one = "one"
    several = "several"
    many = "many"

    @property
    def label(self) -> Any:
        return {
            Impact.one: _l("This customer alone"),
            Impact.several: _l("Several customers"),
            Impact.many: _l("Many, or anybody"),
        }[self]


class Outcome(StrEnum):
    """What was decided about the matter."""

    upheld = "upheld"
    partly = "partly"
    not_upheld = "not_upheld"

    @property
    def label(self) -> Any:
        return OUTCOME_LABELS[self]


OUTCOME_LABELS: dict[Outcome, Any] = {
    Outcome.upheld: _l("Justified"),
    Outcome.partly: _l("Justified in part"),
    Outcome.not_upheld: _l("Not justified"),
}


class RemedyKind(StrEnum):
    apology = "apology"
    explanation = "explanation"
    repair = "repair"
    replacement = "replacement"
    refund = "refund"
    compensation = "compensation"
    help = "help"
    other = "other"

    @property
    def label(self) -> Any:
        return REMEDY_LABELS[self]


REMEDY_LABELS: dict[RemedyKind, Any] = {
    RemedyKind.apology: _l("Apology"),
    RemedyKind.explanation: _l("Explanation"),
    RemedyKind.repair: _l("Put right"),
    RemedyKind.replacement: _l("Replacement"),
    RemedyKind.refund: _l("Refund"),
    RemedyKind.compensation: _l("Compensation"),
    RemedyKind.help: _l("Help"),
    RemedyKind.other: _l("Another remedy"),
}


class RemedyState(StrEnum):
    proposed = "proposed"
    authorised = "authorised"
    done = "done"

    @property
    def label(self) -> Any:
        return {
            RemedyState.proposed: _l("Waits for approval"),
            RemedyState.authorised: _l("Approved, to be carried out"),
            RemedyState.done: _l("Carried out"),
        }[self]


class MessageKind(StrEnum):
    """`acknowledgement`, `answer`, `decision` and `refusal` are written by their step; the others by hand."""

    message = "message"
    question = "question"
    note = "note"
    acknowledgement = "acknowledgement"
    answer = "answer"
    decision = "decision"
    refusal = "refusal"
    closing = "closing"

    @property
    def label(self) -> Any:
        return {
            MessageKind.message: _l("Message"),
            MessageKind.question: _l("Question"),
            MessageKind.note: _l("Internal note"),
            MessageKind.acknowledgement: _l("Acknowledgement"),
            MessageKind.answer: _l("Answer"),
            MessageKind.decision: _l("Decision"),
            MessageKind.refusal: _l("Refusal with reasons"),
            MessageKind.closing: _l("Closing"),
        }[self]


#: satisfaction of the complainant with the handling, 1 to 5
SATISFACTION: dict[int, Any] = {
    5: _l("Very satisfied"),
    4: _l("Satisfied"),
    3: _l("Neither"),
    2: _l("Dissatisfied"),
    1: _l("Very dissatisfied"),
}


def severity_of(*, safety: bool, urgent: bool, impact: str, complexity: str) -> Severity:
    """The severity that the form suggests; the assessor decides. Danger comes first, then reach, then difficulty."""
    if safety:
        return Severity.critical if urgent or impact == Impact.many else Severity.high
    if urgent or impact == Impact.many:
        return Severity.high
    if impact == Impact.several or complexity == Complexity.complex:
        return Severity.medium
    return Severity.low
