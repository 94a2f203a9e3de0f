"""What is said beside the steps: to the complainant, from the complainant, and among ourselves."""

from typing import Any

from sqlalchemy import func, select

from complaints.models import Complaint, Message
from complaints.operations import clocks, telling
from complaints.operations.common import note, permit, write
from complaints.operations.complaints import TEXT_MOST
from complaints.rules.grades import SATISFACTION, MessageKind
from complaints.rules.states import AT_WORK, State
from core import clock, trail
from core.db import session
from core.errors import RuleViolation
from core.i18n import _

MESSAGES_MOST = 500
LINK_MESSAGES_MOST = 30  # of the complainant, by the secret link


def _words(body: str) -> str:
    if not body.strip():
        raise RuleViolation(_("Please fill this in."), field="body")
    if len(body) > TEXT_MOST:
        raise RuleViolation(_("Please use at most %(num)s characters.", num=f"{TEXT_MOST:,}"), field="body")
    return body.strip()


def _bounded(complaint: Complaint) -> None:
    known = session.scalar(
        select(func.count()).select_from(Message).where(Message.complaint_id == complaint.id)
    )
    if (known or 0) >= MESSAGES_MOST:
        raise RuleViolation(_("A complaint holds at most %(num)s messages.", num=MESSAGES_MOST))


def write_note(complaint: Complaint, body: str, *, actor: Any) -> None:
    """Read by those who handle complaints, never by the complainant."""
    permit(complaint, actor)
    words = _words(body)
    _bounded(complaint)
    note(complaint, words, actor=actor)
    trail.record(complaint, "complaint.noted", actor=actor)


def write_to(complaint: Complaint, body: str, *, question: bool = False, actor: Any) -> bool:
    """Write to the complainant; with a `question` the clocks that may stand still do so until the reply. Gives whether
    a mail went out."""
    permit(complaint, actor)
    words = _words(body)
    _bounded(complaint)
    sent = write(
        complaint,
        MessageKind.question if question else MessageKind.message,
        words,
        subject=lambda: (
            _("%(code)s: a question about your complaint", code=complaint.code)
            if question
            else _("%(code)s: about your complaint", code=complaint.code)
        ),
        actor=actor,
    )
    complaint.heard_at = None
    trail.record(complaint, "complaint.written_to", actor=actor, changes={"by": "mail" if sent else "link"})
    if question:
        wait(complaint, actor=actor)
    return sent


def hear(complaint: Complaint, body: str, *, actor: Any) -> None:
    """What the complainant said: by the secret link (`actor` None), or on the telephone, written down by staff."""
    if actor is not None:
        permit(complaint, actor)
    words = _words(body)
    _bounded(complaint)
    if actor is None:
        own = session.scalar(
            select(func.count())
            .select_from(Message)
            .where(
                Message.complaint_id == complaint.id, Message.direction == "in", Message.author_id.is_(None)
            )
        )
        if (own or 0) >= LINK_MESSAGES_MOST:
            raise RuleViolation(_("Many messages were written here already; please call us."), field="body")
    session.add(
        Message(
            complaint_id=complaint.id,
            direction="in",
            kind=MessageKind.message.value,
            body=words,
            at=clock.now(),
            author_id=getattr(actor, "id", None),
            author_name=getattr(actor, "name", "") or "",
        )
    )
    if actor is None:
        complaint.heard_at = clock.now()
        telling.tell_handlers(complaint, telling.REPLY, actor=actor)
    trail.record(complaint, "complaint.heard_from", actor=actor)
    if complaint.waiting_since is not None:
        resume(complaint, actor=actor)


def wait(complaint: Complaint, *, actor: Any) -> None:
    """Nothing can go on until the complainant replies."""
    permit(complaint, actor)
    if complaint.state not in AT_WORK:
        raise RuleViolation(_("%(code)s is closed.", code=complaint.code))
    if complaint.waiting_since is None:
        now = clock.now()
        complaint.waiting_since = now
        stood = clocks.pause(complaint, now)
        trail.record(complaint, "complaint.waiting", actor=actor, changes={"clocks": stood})


def resume(complaint: Complaint, *, actor: Any) -> None:
    if actor is not None:
        permit(complaint, actor)
    if complaint.waiting_since is not None:
        complaint.waiting_since = None
        clocks.resume(complaint, clock.now())
        trail.record(complaint, "complaint.resumed", actor=actor)


def mark_read(complaint: Complaint, *, actor: Any) -> None:
    permit(complaint, actor)
    complaint.heard_at = None


def rate(complaint: Complaint, satisfied: int, words: str = "") -> None:
    """The complainant's satisfaction with the handling, by the secret link; a later answer replaces the earlier one."""
    if complaint.state not in {State.closed, State.decided, State.refused}:
        raise RuleViolation(_("Please tell us when the complaint is closed."))
    if satisfied not in SATISFACTION:
        raise RuleViolation(_("Choose one of the list."), field="satisfied")
    if len(words) > TEXT_MOST:
        raise RuleViolation(_("Please use at most %(num)s characters.", num=f"{TEXT_MOST:,}"), field="words")
    before = complaint.satisfied
    complaint.satisfied, complaint.satisfied_words = satisfied, words.strip()
    complaint.satisfied_at = clock.now()
    trail.record(complaint, "complaint.rated", actor=None, changes={"satisfied": (before, satisfied)})
