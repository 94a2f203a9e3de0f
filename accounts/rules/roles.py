"""Roles, throttling and passwords: pure."""

import re
from enum import StrEnum
from typing import Any

from core.lazytext import _l

#: sign-in attempts allowed in the window, for a person and for an address of the network
ATTEMPTS, WINDOW_MINUTES = 10, 5
GLOBAL_ATTEMPTS = 1000
PASSWORD_LEAST, PASSWORD_MOST = 10, 200
RESET_HOURS, INVITATION_HOURS, SESSION_DAYS = 2, 72, 14


class Role(StrEnum):
    administrator = "administrator"
    quality_manager = "quality_manager"
    auditor = "auditor"
    process_owner = "process_owner"
    complaint_handler = "complaint_handler"
    staff = "staff"
    top_management = "top_management"
    visiting_auditor = "visiting_auditor"

    @property
    def label(self) -> Any:
        return ROLE_LABELS[self]


ROLE_LABELS: dict[Role, Any] = {
    Role.administrator: _l("Administrator"),
    Role.quality_manager: _l("Quality manager"),
    Role.auditor: _l("Auditor"),
    Role.process_owner: _l("Process owner"),
    Role.complaint_handler: _l("Complaint handler"),
    Role.staff: _l("Staff"),
    Role.top_management: _l("Top management"),
    Role.visiting_auditor: _l("Visiting auditor"),
}

EVERYBODY = frozenset(Role)
INSIDERS = frozenset(set(Role) - {Role.visiting_auditor})


class UnitKind(StrEnum):
    organisation = "organisation"
    division = "division"
    site = "site"
    team = "team"

    @property
    def label(self) -> Any:
        return {
            UnitKind.organisation: _l("Organisation"),
            UnitKind.division: _l("Division"),
            UnitKind.site: _l("Site"),
            UnitKind.team: _l("Team"),
        }[self]


COMMON = frozenset(
    {
        "password",
        "passwort",
        "1234567890",
        "qwertyuiop",
        "plumbline",
        "administrator",
        "letmein123",
        "0123456789",
    }
)


def password_problem(password: str, *, email: str = "", name: str = "") -> str | None:
    """Code of what is wrong with a new password, or None. Length counts, composition rules don't."""
    if len(password) < PASSWORD_LEAST:
        return "short"
    if len(password) > PASSWORD_MOST:
        return "long"
    lowered = password.lower()
    if lowered in COMMON or len(set(lowered)) < 4:
        return "common"
    own = [
        part for part in (email.lower().partition("@")[0], name.lower().replace(" ", "")) if len(part) >= 4
    ]
    if any(lowered.replace(" ", "") in {part, part * 2} for part in own):
        return "own"
    return None


_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")


def is_email(address: str) -> bool:
    """Shape only: one @, no spaces or quotes. Whether it arrives, the invitation shows."""
    return len(address) <= 254 and _EMAIL.fullmatch(address) is not None


def normal_email(value: str) -> str:
    return value.strip().lower()
