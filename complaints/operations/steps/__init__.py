"""A complaint takes its steps; each refuses by the table of states and by its gate."""

from complaints.operations.steps.aside import escalate, refuse, reopen, settle, withdraw, withdraw_by_link
from complaints.operations.steps.moving import conditions_of, facts_of
from complaints.operations.steps.straight import (
    acknowledge,
    acknowledgement_words,
    answer,
    assess,
    close,
    closing_words,
    decide,
    investigate,
    tell_decision,
)

__all__ = [
    "acknowledge",
    "acknowledgement_words",
    "answer",
    "assess",
    "close",
    "closing_words",
    "conditions_of",
    "decide",
    "escalate",
    "facts_of",
    "investigate",
    "refuse",
    "reopen",
    "settle",
    "tell_decision",
    "withdraw",
    "withdraw_by_link",
]
