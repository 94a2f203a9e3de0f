"""The public page: bounded, throttled, and never telling more than the sender knows."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, select

from complaints.models import Complaint, ComplaintSetting, Knock
from complaints.operations.complaints import register
from complaints.rules.grades import Channel
from core import clock
from core.db import session, survive
from core.errors import RuleViolation
from core.files import Received
from core.i18n import _

#: forms from one network address, and from all, in the window
OWN_MOST, ALL_MOST, WINDOW = 20, 400, timedelta(hours=1)


def address_hash(address: str) -> str:
    secret = str(current_app.config["SECRET_KEY"])
    return hashlib.sha256(f"{secret}\x1f{address}".encode()).hexdigest()


def is_throttled(address: str) -> bool:
    since = clock.now() - WINDOW
    own, everything = session.execute(
        select(func.count().filter(Knock.address_hash == address_hash(address)), func.count()).where(
            Knock.at > since
        )
    ).one()
    return bool(own >= OWN_MOST or everything >= ALL_MOST)


def knock(address: str) -> None:
    """Count a form that was sent, also when it is refused afterwards; yesterday's are forgotten."""
    hashed = address_hash(address)

    def keep() -> None:
        session.execute(delete(Knock).where(Knock.at < clock.now() - timedelta(days=1)))
        session.add(Knock(address_hash=hashed))

    survive(keep)


def register_from_outside(
    setting: ComplaintSetting, *, files: Sequence[Received] = (), **values: Any
) -> Complaint:
    """A complaint by the public page, to a unit that is offered there."""
    if not setting.offered:
        raise RuleViolation(_("Choose one of the list."), field="unit_id")
    return register(unit=setting.unit, channel=Channel.web, files=files, actor=None, **values)
