"""Recurring duties of the room."""

from accounts import operations
from core.jobs import duty


@duty("accounts.forget_old_attempts", "%Y%m%d%H")
def forget_old_attempts() -> None:
    operations.forget_old_attempts()
