from standards.models.calendars import Calendar
from standards.models.frameworks import Applicability, Clause, ClauseLink, Framework, LicensedText, Mapping
from standards.models.journeys import Journey, Service, Stage, Touchpoint, TouchpointStandard
from standards.models.standards import Requirement, Standard, Version

__all__ = [
    "Applicability",
    "Calendar",
    "Clause",
    "ClauseLink",
    "Framework",
    "Journey",
    "LicensedText",
    "Mapping",
    "Requirement",
    "Service",
    "Stage",
    "Standard",
    "Touchpoint",
    "TouchpointStandard",
    "Version",
]
