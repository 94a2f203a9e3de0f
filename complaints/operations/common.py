"""What every write of a complaint asks first, and how the complainant is written to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from complaints.models import Complainant, Complaint, Message
from complaints.permissions import HANDLE
from complaints.rules.grades import MessageKind
from complaints.tracking import link_of
from core import access, clock, mail
from core.access import Permission
from core.db import session
from core.errors import NotPermitted
from core.i18n import _, force_locale


@dataclass(frozen=True)
class Recipient:
    name: str
    email: str
    language: str


def require_unconcerned(complaint: Complaint, actor: Any) -> None:
    """Whom a complaint is about takes no part in handling it, whatever role they hold."""
    if actor is not None and complaint.concerned_id is not None and complaint.concerned_id == actor.id:
        raise NotPermitted(
            _("%(code)s is about you: somebody else handles it.", code=complaint.code),
            who=sorted(HANDLE.roles),
        )


def permit(complaint: Complaint, actor: Any, needed: Permission = HANDLE) -> None:
    access.require(actor, needed, complaint.unit.path, what=complaint.code)
    require_unconcerned(complaint, actor)


def find_complainant(complaint: Complaint) -> Complainant | None:
    return session.scalar(select(Complainant).where(Complainant.complaint_id == complaint.id))


def reachable(complaint: Complaint) -> bool:
    """Can the complainant be written to?"""
    known = session.scalar(select(Complainant.email).where(Complainant.complaint_id == complaint.id))
    return bool(known)


def write(
    complaint: Complaint,
    kind: MessageKind,
    words: Callable[[], str] | str,
    *,
    subject: Callable[[], str],
    actor: Any,
    ask_satisfaction: bool = False,
) -> bool:
    """Keep what is said to the complainant, and mail it with the secret link when an address is known.

    `words` and `subject` are made in the complainant's language. Gives whether a mail went out.
    """
    with force_locale(complaint.language):
        body = words() if callable(words) else words
    message = Message(
        complaint_id=complaint.id,
        direction="out",
        kind=kind.value,
        body=body,
        at=clock.now(),
        author_id=getattr(actor, "id", None),
        author_name=getattr(actor, "name", "") or "",
    )
    session.add(message)
    person = find_complainant(complaint)
    if person is None or not person.email:
        return False
    posted = mail.post(
        to=Recipient(person.name, person.email, complaint.language),
        template="complaint",
        subject=subject,
        context={
            "complaint": complaint,
            "words": body,
            "link": link_of(complaint),
            "ask_satisfaction": ask_satisfaction,
        },
        kind=f"complaint_{kind.value}",
    )
    session.flush()
    message.mail_id = posted.id
    return True


def note(complaint: Complaint, words: str, *, actor: Any) -> None:
    session.add(
        Message(
            complaint_id=complaint.id,
            direction="note",
            kind=MessageKind.note.value,
            body=words,
            at=clock.now(),
            author_id=getattr(actor, "id", None),
            author_name=getattr(actor, "name", "") or "",
        )
    )
