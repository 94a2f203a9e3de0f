"""Every change to units, people, roles, passwords and sessions."""

from accounts.operations.importing import import_people, import_units
from accounts.operations.people import (
    add_person,
    change_person,
    change_preferences,
    close_person,
    grant,
    invite,
    reopen_person,
    revoke,
)
from accounts.operations.sign_in import (
    ask_reset,
    change_password,
    check_password,
    end_all_sessions,
    end_one_session,
    end_other_sessions,
    end_session,
    find_reset,
    forget_old_attempts,
    open_session,
    reset_password,
    sign_in,
)
from accounts.operations.units import add_unit, change_unit, move_unit, open_organisation

__all__ = [
    "add_person",
    "add_unit",
    "ask_reset",
    "change_password",
    "change_person",
    "change_preferences",
    "change_unit",
    "check_password",
    "close_person",
    "end_all_sessions",
    "end_one_session",
    "end_other_sessions",
    "end_session",
    "find_reset",
    "forget_old_attempts",
    "grant",
    "import_people",
    "import_units",
    "invite",
    "move_unit",
    "open_organisation",
    "open_session",
    "reopen_person",
    "reset_password",
    "revoke",
    "sign_in",
]
