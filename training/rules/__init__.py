"""The pure rules of training."""

from training.rules.days import DUE_DAYS, DUE_MOST, SOON_DAYS, months_later, stale
from training.rules.quiz import KINDS, Kind, draw, mark, shuffled, verdict
from training.rules.states import (
    OPEN,
    REASON_LABELS,
    STATE_LABELS,
    STEPS,
    Reason,
    State,
    Step,
    VersionState,
    Who,
    allows,
    printed,
    step,
)

__all__ = [
    "DUE_DAYS",
    "DUE_MOST",
    "KINDS",
    "OPEN",
    "REASON_LABELS",
    "SOON_DAYS",
    "STATE_LABELS",
    "STEPS",
    "Kind",
    "Reason",
    "State",
    "Step",
    "VersionState",
    "Who",
    "allows",
    "draw",
    "mark",
    "months_later",
    "printed",
    "shuffled",
    "stale",
    "step",
    "verdict",
]
