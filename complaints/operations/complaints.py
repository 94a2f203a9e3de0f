from collections.abc import Sequence
from datetime import date
from typing import Any

from accounts.models import Person, Unit
from accounts.rules import is_email
from complaints.models import Complainant, Complaint, ComplaintFile
from complaints.operations import clocks, telling
from complaints.operations.common import find_complainant, permit
from complaints.permissions import CONTACT, HANDLE, REGISTER
from complaints.rules.grades import Channel, Topic
from complaints.rules.states import AT_WORK, State
from complaints.tracking import new_key
from core import access, clock, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.files import Received, store
from core.i18n import LANGUAGES, _
from standards.models import Standard

FILES_MOST = 10
TEXT_MOST, WHOLE_MOST = 10_000, 40_000
CONTACT_FIELDS = ("name", "email", "phone", "address")


def register(
    *,
    unit: Unit,
    channel: Channel | str,
    subject: str,
    description: str = "",
    wish: str = "",
    place: str = "",
    occurred_on: date | None = None,
    topic: Topic | str = Topic.other,
    language: str = "en",
    standard: Standard | None = None,
    requirement_code: str = "",
    name: str = "",
    email: str = "",
    phone: str = "",
    address: str = "",
    files: Sequence[Received] = (),
    concerned: Person | None = None,
    actor: Any,
) -> Complaint:
    """Register a complaint at once, with a number without gaps; its clocks begin. `actor` is None on the public page."""
    if actor is not None:
        access.require(actor, REGISTER)
    if not subject.strip():
        raise RuleViolation(_("Say in a few words what the complaint is about."), field="subject")
    for field, text, most in (("description", description, WHOLE_MOST), ("wish", wish, TEXT_MOST)):
        if len(text) > most:
            raise RuleViolation(_("Please use at most %(num)s characters.", num=f"{most:,}"), field=field)
    if language not in LANGUAGES:
        raise RuleViolation(_("Choose one of the list."), field="language")
    now = clock.now()
    if occurred_on is not None and occurred_on > now.date():
        raise RuleViolation(_("That day has not come yet."), field="occurred_on")
    _check_contact(email)
    made = Complaint(
        code=next_code("CMP", year=now.year),
        state=State.received.value,
        channel=Channel(channel).value,
        language=language,
        subject=subject.strip(),
        description=description.strip(),
        wish=wish.strip(),
        place=place.strip(),
        occurred_on=occurred_on,
        topic=Topic(topic).value,
        unit=unit,
        standard_id=standard.id if standard else None,
        requirement_code=_known_code(standard, requirement_code),
        concerned_id=concerned.id if concerned else None,
        registered_by_id=getattr(actor, "id", None),
        received_at=now,
        link_key=new_key(),
    )
    session.add(made)
    session.flush()
    if name or email or phone or address:
        session.add(
            Complainant(complaint_id=made.id, name=name, email=email.strip(), phone=phone, address=address)
        )
    for received in files:
        add_file(made, received, from_complainant=actor is None, actor=actor)
    clocks.begin(made, State.received, now)
    trail.record(
        made,
        "complaint.registered",
        actor=actor,
        changes={
            "channel": made.channel,
            "topic": made.topic,
            "subject": made.subject,
            "unit": unit.name_en or unit.name_zh,
        },
    )
    telling.tell_handlers(made, telling.NEW, actor=actor)
    return made


def _check_contact(email: str) -> None:
    if email and not is_email(email.strip()):
        raise RuleViolation(_("This is not a mail address."), field="email")


def _known_code(standard: Standard | None, code: str) -> str:
    return code.strip()[:10] if standard is not None else ""


def add_file(complaint: Complaint, received: Received, *, from_complainant: bool, actor: Any) -> None:
    from sqlalchemy import func, select

    known = session.scalar(
        select(func.count()).select_from(ComplaintFile).where(ComplaintFile.complaint_id == complaint.id)
    )
    if (known or 0) >= FILES_MOST:
        raise RuleViolation(_("A complaint holds at most %(num)s files.", num=FILES_MOST), field="file")
    kept = store(received, actor=actor)
    session.add(
        ComplaintFile(
            complaint_id=complaint.id, file_id=kept.id, from_complainant=from_complainant, at=clock.now()
        )
    )
    trail.record(complaint, "complaint.file_added", actor=actor, changes={"file": kept.name})


EDITED = ["subject", "description", "wish", "place", "topic", "channel"]


def change(complaint: Complaint, *, seen: int | None = None, actor: Any, **values: Any) -> None:
    """Put right what was registered. `unit`, `standard`, `handler`, `concerned` are records, the rest columns."""
    permit(complaint, actor)
    expect_version(complaint, seen, what=complaint.code, fields=EDITED)
    unit: Unit = values.pop("unit", complaint.unit)
    standard: Standard | None = values.pop("standard", complaint.standard)
    concerned: Person | None = values.pop("concerned", complaint.concerned)
    handler: Person | None = values.pop("handler", complaint.handler)
    if unit.id != complaint.unit_id:
        access.require(actor, HANDLE, unit.path, what=unit.name)
    if not str(values.get("subject", complaint.subject)).strip():
        raise RuleViolation(_("Say in a few words what the complaint is about."), field="subject")
    when = values.get("occurred_on")
    if when is not None and when > clock.now().date():
        raise RuleViolation(_("That day has not come yet."), field="occurred_on")
    if concerned is not None and concerned.id == getattr(actor, "id", None):
        raise RuleViolation(
            _("If it is about you, let somebody else note it and take over."), field="concerned_id"
        )
    if concerned is not None and handler is not None and concerned.id == handler.id:
        raise RuleViolation(_("Whom a complaint is about can't handle it."), field="handler_id")
    if handler is not None and handler.id != complaint.handler_id:
        check_handler(complaint, handler, unit)
    code = values.pop("requirement_code", complaint.requirement_code)
    changes = trail.changed(
        complaint,
        {**values, "unit_id": unit.id, "requirement_code": _known_code(standard, code)},
    )
    for name, record in (("standard", standard), ("concerned", concerned), ("handler", handler)):
        before = getattr(complaint, name)
        if getattr(before, "id", None) != getattr(record, "id", None):
            changes[name] = (_name(before), _name(record))
            setattr(complaint, name, record)
    if "unit_id" in changes:
        changes["unit_id"] = (complaint.unit.name_en or complaint.unit.name_zh, unit.name_en or unit.name_zh)
        complaint.unit = unit
    if changes:
        trail.record(complaint, "complaint.changed", actor=actor, changes=changes)
    if "handler" in changes:
        telling.tell_handlers(complaint, telling.YOURS if handler else telling.NEW, actor=actor)


def set_standard(complaint: Complaint, standard: Standard | None, code: str) -> dict[str, Any]:
    """The standard and requirement that a complaint touches; gives what changed, for the trail."""
    changes: dict[str, Any] = dict(
        trail.changed(complaint, {"requirement_code": _known_code(standard, code)})
    )
    if complaint.standard_id != (standard.id if standard else None):
        changes["standard"] = (_name(complaint.standard), _name(standard))
        complaint.standard = standard
    return changes


def _name(record: Any) -> str:
    return str(getattr(record, "code", "") or getattr(record, "name", "")) if record is not None else ""


def check_handler(complaint: Complaint, handler: Person, unit: Unit) -> None:
    from accounts import queries as accounts

    if complaint.concerned_id == handler.id:
        raise RuleViolation(_("Whom a complaint is about can't handle it."), field="handler_id")
    if not access.may(accounts.with_holdings(handler), HANDLE, unit.path):
        raise RuleViolation(_("%(name)s may not handle complaints here.", name=handler.name), "handler_id")


def name_handler(complaint: Complaint, handler: Person, *, actor: Any) -> None:
    permit(complaint, actor)
    if complaint.state not in AT_WORK:
        raise RuleViolation(_("%(code)s is closed.", code=complaint.code))
    check_handler(complaint, handler, complaint.unit)
    if complaint.handler_id != handler.id:
        before, complaint.handler = _name(complaint.handler), handler
        trail.record(
            complaint, "complaint.handler_named", actor=actor, changes={"handler": (before, handler.name)}
        )
        telling.tell_handlers(complaint, telling.YOURS, actor=actor)


# --- who complained --------------------------------------------------------------------------------------------


def read_contact(complaint: Complaint, *, actor: Any) -> Complainant | None:
    """The contact, for who may read it; the reading itself is kept in the trail."""
    permit(complaint, actor, CONTACT)
    found = find_complainant(complaint)
    if found is not None:
        trail.record(complaint, "complaint.contact_read", actor=actor)
    return found


def change_contact(complaint: Complaint, *, actor: Any, **values: str) -> None:
    """What is given replaces what is known; the trail keeps which entries changed, not what they say."""
    permit(complaint, actor, CONTACT)
    _check_contact(values.get("email", ""))
    found = find_complainant(complaint)
    if found is None:
        found = Complainant(complaint_id=complaint.id)
        session.add(found)
        session.flush()
    given = {name: values[name].strip() for name in CONTACT_FIELDS if values.get(name, "").strip()}
    changed = sorted(name for name, value in given.items() if getattr(found, name) != value)
    for name in changed:
        setattr(found, name, given[name])
    if changed:
        trail.record(complaint, "complaint.contact_changed", actor=actor, changes={"fields": changed})


def renew_link(complaint: Complaint, *, actor: Any) -> None:
    """The old secret link no longer works."""
    permit(complaint, actor, CONTACT)
    complaint.link_key = new_key()
    trail.record(complaint, "complaint.link_renewed", actor=actor)
