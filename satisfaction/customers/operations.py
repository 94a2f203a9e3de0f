"""Changes of the register. What is personal is never written into the trail: it says that it changed, not to what."""

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from accounts.models import Unit
from core import access, clock, mail, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import _
from satisfaction.customers.models import Customer
from satisfaction.customers.permissions import KEEP
from satisfaction.customers.queries import find_by_code
from satisfaction.customers.rules import LANGUAGES, LIMITS, PERSONAL, VOLUME_MOST, Kind, clean, is_mail
from satisfaction.models import Invitation
from satisfaction.sampling.models import DrawnCustomer, MailingRecipient

FIELDS = [
    "name",
    "kind",
    "language",
    "email",
    "phone",
    "region",
    "channel",
    "segment",
    "volume",
    "no_contact",
]


def _check(values: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        key: clean(value) if isinstance(value, str) else value for key, value in values.items()
    }
    for key, most in LIMITS.items():
        if len(made.get(key) or "") > most:
            raise RuleViolation(_("Please use at most %(num)s characters.", num=most), field=key)
    if made.get("kind") not in set(Kind):
        raise RuleViolation(_("Choose one of the six groups."), field="kind")
    if made.get("language") not in LANGUAGES:
        raise RuleViolation(_("Choose Chinese or English."), field="language")
    if made.get("email") and not is_mail(made["email"]):
        raise RuleViolation(
            _("“%(text)s” is no e-mail address.", text=str(made["email"])[:60]), field="email"
        )
    volume = made.get("volume")
    if volume is not None and not 0 <= volume <= VOLUME_MOST:
        raise RuleViolation(_("Give a number from 0 on."), field="volume")
    return made


def _told(changes: dict[str, Any]) -> dict[str, Any]:
    """Changes as the trail may hold them: of personal data only that they changed."""
    told = {key: value for key, value in changes.items() if key not in PERSONAL}
    personal = [key for key in PERSONAL if key in changes]
    return {**told, "personal": personal} if personal else told


def register(*, code: str, unit: Unit, actor: Any, **values: Any) -> Customer:
    access.require(actor, KEEP, unit.path, what=unit.name)
    code = clean(code)
    if not code or len(code) > LIMITS["code"]:
        raise RuleViolation(_("Give a code of at most %(num)s characters.", num=LIMITS["code"]), field="code")
    if find_by_code(code) is not None:
        raise RuleViolation(_("“%(code)s” is in the register already.", code=code), field="code")
    made = Customer(code=code, unit=unit, **_check({"kind": "external", "language": "zh", **values}))
    session.add(made)
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise RuleViolation(_("“%(code)s” is in the register already.", code=code), field="code") from None
    trail.record(made, "customer.registered", actor=actor, changes={"kind": made.kind})
    return made


def change(customer: Customer, *, unit: Unit, seen: int | None = None, actor: Any, **values: Any) -> None:
    access.require(actor, KEEP, customer.unit.path, what=customer.code)
    expect_version(customer, seen, what=customer.code, fields=FIELDS)
    if unit.id != customer.unit_id:
        access.require(actor, KEEP, unit.path, what=unit.name)
    if customer.withdrawn_at is not None:
        raise RuleViolation(_("The customer is withdrawn; take it back first."))
    before = customer.unit.code
    checked = _check({name: getattr(customer, name) for name in FIELDS} | values)
    if customer.erased_at is not None and any(checked[key] for key in PERSONAL):
        customer.erased_at = None  # given again by the customer
    changes = trail.changed(customer, checked)
    if unit.id != customer.unit_id:
        customer.unit = unit
        changes["unit"] = (before, unit.code)
    if changes:
        session.flush()
        trail.record(customer, "customer.changed", actor=actor, changes=_told(changes))


def refuse_contact(customer: Customer, *, actor: Any, reason: str = "") -> None:
    """By the register's keeper, or without an account by the link in a mail (`actor` None). Asking twice is asking once."""
    if actor is not None:
        access.require(actor, KEEP, customer.unit.path, what=customer.code)
    if customer.no_contact:
        return
    customer.no_contact = True
    session.flush()
    trail.record(
        customer,
        "customer.contact_refused",
        actor=actor,
        reason=reason,
        changes={"no_contact": (False, True)},
    )


def allow_contact(customer: Customer, *, reason: str, actor: Any) -> None:
    access.require(actor, KEEP, customer.unit.path, what=customer.code)
    if not customer.no_contact:
        raise RuleViolation(_("The customer may be contacted already."))
    _need(reason)
    customer.no_contact = False
    session.flush()
    trail.record(
        customer,
        "customer.contact_allowed",
        actor=actor,
        reason=reason.strip(),
        changes={"no_contact": (True, False)},
    )


def withdraw(customer: Customer, *, reason: str, seen: int | None = None, actor: Any) -> None:
    """No longer part of any population; draws of before keep it."""
    access.require(actor, KEEP, customer.unit.path, what=customer.code)
    expect_version(customer, seen, what=customer.code, fields=["no_contact"])
    if customer.withdrawn_at is not None:
        raise RuleViolation(_("The customer is withdrawn already."))
    _need(reason)
    customer.withdrawn_at = clock.now()
    session.flush()
    trail.record(customer, "customer.withdrawn", actor=actor, reason=reason.strip())


def take_back(customer: Customer, *, actor: Any) -> None:
    access.require(actor, KEEP, customer.unit.path, what=customer.code)
    if customer.withdrawn_at is None:
        raise RuleViolation(_("The customer is not withdrawn."))
    customer.withdrawn_at = None
    session.flush()
    trail.record(customer, "customer.taken_back", actor=actor)


def erase(customer: Customer, *, reason: str, actor: Any) -> None:
    """Name, mail and telephone are emptied, here and in every mail of the outbox; the row stays with its code."""
    access.require(actor, KEEP, customer.unit.path, what=customer.code)
    _need(reason)
    if customer.erased_at is not None:
        raise RuleViolation(_("The personal data were erased already."))
    fields = [name for name in PERSONAL if getattr(customer, name)]
    if customer.email:  # in lists of links that were pasted
        session.execute(
            update(Invitation)
            .where(func.lower(Invitation.reference) == customer.email.lower())
            .values(reference="")
            .execution_options(synchronize_session=False)
        )
    for name in PERSONAL:
        setattr(customer, name, "")
    customer.erased_at = clock.now()
    customer.no_contact = True
    session.flush()
    mail.erase(
        select(MailingRecipient.mail_id)
        .join(DrawnCustomer, DrawnCustomer.id == MailingRecipient.drawn_id)
        .where(DrawnCustomer.customer_id == customer.id)
    )
    trail.record(customer, "customer.erased", actor=actor, reason=reason.strip(), changes={"erased": fields})


def note_export(*, rows: int, columns: list[str], actor: Any) -> None:
    """Somebody takes the register, or a part of it, out of the house: who, when, how many and what of them."""
    trail.record(actor, "customer.exported", actor=actor, code="", changes={"rows": rows, "columns": columns})


def _need(reason: str) -> None:
    if not reason.strip():
        raise RuleViolation(_("Give the reason: it is what an auditor will ask for."), field="reason")
