from improvement.models.findings import Finding
from improvement.models.tickets import Act, Action, Cause, Check, Cycle, SuccessMeasure, Ticket

__all__ = ["Act", "Action", "Cause", "Check", "Cycle", "Finding", "SuccessMeasure", "Ticket"]
