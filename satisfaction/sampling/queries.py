from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from core import access
from core.access import Permission
from core.db import get_record, session, table_of
from core.i18n import _, pick
from core.tables import matching
from satisfaction.customers.models import Customer
from satisfaction.customers.permissions import SEE
from satisfaction.models import Invitation, NamedResponse, Response, Wave
from satisfaction.permissions import SURVEY
from satisfaction.sampling.models import (
    DrawnCustomer,
    Mailing,
    MailingRecipient,
    SamplingFrame,
    SamplingPlan,
)
from satisfaction.sampling.rules import Stratum

_drawn, _invitation, _customer = table_of(DrawnCustomer), table_of(Invitation), table_of(Customer)
_response, _named = table_of(Response), table_of(NamedResponse)
_recipient, _mailing = table_of(MailingRecipient), table_of(Mailing)

#: a link that was withdrawn counts as used, but nobody answered by it
ANSWERED: ColumnElement[bool] = and_(
    _invitation.c.used.is_(True), _invitation.c.token_hash.not_like("withdrawn-%")
)
ASKABLE: ColumnElement[bool] = and_(
    _customer.c.no_contact.is_(False), _customer.c.withdrawn_at.is_(None), _customer.c.email != ""
)


def get_plan_for(person: Any, plan_id: int, needed: Permission = SEE) -> SamplingPlan:
    found = get_record(
        SamplingPlan,
        plan_id,
        joinedload(SamplingPlan.unit),
        joinedload(SamplingPlan.wave).joinedload(Wave.unit),
        joinedload(SamplingPlan.drawn_by),
    )
    access.require(person, needed, found.unit.path, what=found.code)
    return found


def _counted(condition: ColumnElement[bool] | None = None) -> Any:
    statement = select(func.count(DrawnCustomer.id)).where(DrawnCustomer.plan_id == SamplingPlan.id)
    if condition is not None:
        statement = statement.join(Invitation, Invitation.id == DrawnCustomer.invitation_id).where(condition)
    return statement.correlate(SamplingPlan).scalar_subquery()


def select_plans(person: Any) -> Any:
    """The SELECT of the list of plans."""
    return (
        select(
            SamplingPlan.id,
            SamplingPlan.code,
            SamplingPlan.name_en,
            SamplingPlan.name_zh,
            SamplingPlan.state,
            SamplingPlan.drawn_at,
            SamplingPlan.frame_size,
            SamplingPlan.design,
            Wave.id.label("wave_id"),
            Wave.code.label("wave_code"),
            Wave.name_en.label("wave_en"),
            Wave.name_zh.label("wave_zh"),
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            _counted().label("drawn"),
            _counted(and_(Invitation.used.is_(True), Invitation.token_hash.not_like("withdrawn-%"))).label(
                "answered"
            ),
        )
        .join(Unit, Unit.id == SamplingPlan.unit_id)
        .outerjoin(Wave, Wave.id == SamplingPlan.wave_id)
        .where(access.scope(person, SEE, Unit.path))
    )


def search(person: Any, words: str, limit: int) -> list[SamplingPlan]:
    statement = (
        select(SamplingPlan)
        .join(Unit, Unit.id == SamplingPlan.unit_id)
        .where(
            access.scope(person, SEE, Unit.path),
            matching(words, SamplingPlan.code, SamplingPlan.name_en, SamplingPlan.name_zh),
        )
    )
    return list(session.scalars(statement.order_by(SamplingPlan.id.desc()).limit(limit)))


def list_of_wave(wave_id: int) -> list[SamplingPlan]:
    return list(
        session.scalars(
            select(SamplingPlan).where(SamplingPlan.wave_id == wave_id).order_by(SamplingPlan.id).limit(20)
        )
    )


def wave_choices(person: Any, plan: SamplingPlan | None = None) -> list[tuple[int, str]]:
    """Waves that still ask, and the one that the plan has already."""
    condition: ColumnElement[bool] = Wave.state.in_(("draft", "open"))
    if plan is not None and plan.wave_id is not None:
        condition = or_(condition, Wave.id == plan.wave_id)
    found = session.execute(
        select(Wave.id, Wave.code, Wave.name_en, Wave.name_zh)
        .join(Unit, Unit.id == Wave.unit_id)
        .where(condition, access.scope(person, SURVEY, Unit.path))
        .order_by(Wave.id.desc())
        .limit(200)
    )
    return [(row.id, f"{pick(row.name_en, row.name_zh)} · {row.code}") for row in found]


class DrawnFor(NamedTuple):
    plan_id: int
    code: str
    name: str
    drawn_at: datetime
    mails: int
    link_words: str
    may_open: bool


def list_draws_of(person: Any, customer_id: int, limit: int = 50) -> list[DrawnFor]:
    """Samples that drew a customer, newest first, with whether the person may open the plan."""
    mails = (
        select(func.count())
        .select_from(MailingRecipient)
        .where(MailingRecipient.drawn_id == DrawnCustomer.id)
        .correlate(DrawnCustomer)
        .scalar_subquery()
    )
    found = session.execute(
        select(
            SamplingPlan.id, SamplingPlan.code, SamplingPlan.name_en, SamplingPlan.name_zh, SamplingPlan.drawn_at,
            mails.label("mails"), DrawnCustomer.invitation_id, Invitation.used, Invitation.token_hash, Wave.anonymous,
            Unit.path,
        )
        .join(Unit, Unit.id == SamplingPlan.unit_id)
        .join(DrawnCustomer, DrawnCustomer.plan_id == SamplingPlan.id)
        .outerjoin(Invitation, Invitation.id == DrawnCustomer.invitation_id)
        .outerjoin(Wave, Wave.id == SamplingPlan.wave_id)
        .where(DrawnCustomer.customer_id == customer_id)
        .order_by(SamplingPlan.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [DrawnFor(row.id, row.code, pick(row.name_en, row.name_zh), row.drawn_at, row.mails, _link_words(row),
                     access.may(person, SEE, row.path)) for row in found]  # fmt: skip


def _link_words(row: Any) -> str:
    """What may be said of one customer's link: in an anonymous wave not whether it was used."""
    if row.invitation_id is None:
        return _("no link yet")
    if str(row.token_hash).startswith("withdrawn-"):
        return _("link withdrawn")
    if row.anonymous:
        return _("asked (anonymous wave)")
    return _("has answered") if row.used else _("has not answered")


def list_drawn(plan_id: int) -> list[Any]:
    """(code, stratum, cluster, probability, weight) in the order of the draw."""
    return list(
        session.execute(
            select(
                _drawn.c.customer_id, _customer.c.code, _drawn.c.stratum, _drawn.c.cluster,
                _drawn.c.probability, _drawn.c.weight,
            )
            .join(_customer, _customer.c.id == _drawn.c.customer_id)
            .where(_drawn.c.plan_id == plan_id)
            .order_by(_drawn.c.id)
        )
    )  # fmt: skip


def get_frame(plan_id: int) -> bytes:
    found = get_record(SamplingFrame, plan_id)
    return found.content


def count_links(plan_id: int) -> tuple[int, int]:
    """Customers drawn, and those that have a link."""
    row = session.execute(
        select(func.count(), func.count(_drawn.c.invitation_id)).where(_drawn.c.plan_id == plan_id)
    ).one()
    return int(row[0]), int(row[1])


def list_strata(plan: SamplingPlan) -> list[Stratum]:
    """What became of the customers drawn, by stratum. One statement."""
    mailed = (
        select(_recipient.c.drawn_id)
        .join(_mailing, _mailing.c.id == _recipient.c.mailing_id)
        .where(_mailing.c.plan_id == plan.id, _mailing.c.number == 0)
        .subquery()
    )

    def total(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    found = session.execute(
        select(
            _drawn.c.stratum,
            func.count(),
            total(_invitation.c.token_hash.not_like("withdrawn-%")),
            func.count(mailed.c.drawn_id),
            total(ANSWERED),
            total(and_(_customer.c.no_contact.is_(True), or_(_invitation.c.id.is_(None), ~ANSWERED))),
        )
        .select_from(_drawn)
        .join(_customer, _customer.c.id == _drawn.c.customer_id)
        .outerjoin(_invitation, _invitation.c.id == _drawn.c.invitation_id)
        .outerjoin(mailed, mailed.c.drawn_id == _drawn.c.id)
        .where(_drawn.c.plan_id == plan.id)
        .group_by(_drawn.c.stratum)
        .order_by(_drawn.c.stratum)
    )
    sizes = plan.result.get("frame_strata") or {}
    return [Stratum(row[0], int(sizes.get(row[0], 0)), *(int(value) for value in row[1:])) for row in found]


# --- mailings ------------------------------------------------------------------------------------------------


def list_mailings(plan_id: int) -> list[tuple[Mailing, int]]:
    """Mailings with the number of mails written."""
    written = (
        select(func.count())
        .select_from(MailingRecipient)
        .where(MailingRecipient.mailing_id == Mailing.id)
        .correlate(Mailing)
        .scalar_subquery()
    )
    return [
        (row[0], int(row[1]))
        for row in session.execute(
            select(Mailing, written).where(Mailing.plan_id == plan_id).order_by(Mailing.number)
        )
    ]


def get_mailing(mailing_id: int) -> Mailing:
    return get_record(Mailing, mailing_id)


def _waiting(plan_id: int, number: int) -> Select[Any]:
    """Drawn customers that still get mail `number`: with a link not used, who may be asked and were not written it.

    A reminder goes to those whose invitation was written.
    """
    written = (
        select(_recipient.c.drawn_id)
        .join(_mailing, _mailing.c.id == _recipient.c.mailing_id)
        .where(_mailing.c.plan_id == plan_id, _mailing.c.number == number)
    )
    statement: Select[Any] = (
        select(_drawn.c.id)
        .join(_customer, _customer.c.id == _drawn.c.customer_id)
        .join(_invitation, _invitation.c.id == _drawn.c.invitation_id)
        .where(
            _drawn.c.plan_id == plan_id,
            _invitation.c.used.is_(False),
            ASKABLE,
            _drawn.c.id.not_in(written),
        )
    )
    if number:
        invited = (
            select(_recipient.c.drawn_id)
            .join(_mailing, _mailing.c.id == _recipient.c.mailing_id)
            .where(_mailing.c.plan_id == plan_id, _mailing.c.number == 0)
        )
        statement = statement.where(_drawn.c.id.in_(invited))
    return statement


def count_waiting(plan_id: int, number: int) -> int:
    return session.scalar(select(func.count()).select_from(_waiting(plan_id, number).subquery())) or 0


def list_waiting(plan_id: int, number: int, limit: int) -> Sequence[Any]:
    """(drawn id, nonce, customer id, code, name, e-mail, language) of the next to be written to. Nobody erases or
    bars them until the transaction ends; who is being erased right now is waited for, and is not among them then."""
    return session.execute(
        _waiting(plan_id, number)
        .add_columns(
            _drawn.c.nonce,
            _customer.c.id.label("customer_id"),
            _customer.c.code,
            _customer.c.name,
            _customer.c.email,
            _customer.c.language,
        )
        .order_by(_drawn.c.id)
        .limit(limit)
        .with_for_update(read=True, of=_customer)
    ).all()


def _without_mail(plan_id: int, person: Any, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .join(_customer, _customer.c.id == _drawn.c.customer_id)
        .join(_invitation, _invitation.c.id == _drawn.c.invitation_id)
        .join(Unit, Unit.id == _customer.c.unit_id)
        .where(
            access.scope(person, SEE, Unit.path),
            _drawn.c.plan_id == plan_id,
            _invitation.c.used.is_(False),
            _customer.c.email == "",
            _customer.c.no_contact.is_(False),
            _customer.c.withdrawn_at.is_(None),
        )
    )


def list_without_mail(plan_id: int, person: Any) -> Sequence[Any]:
    """Drawn customers with an unused link, no mail address and no wish against it, as far as the person may see them."""
    customer = _customer.c
    columns = (
        _drawn.c.nonce,
        _drawn.c.stratum,
        customer.code,
        customer.name,
        customer.phone,
        customer.language,
    )
    return session.execute(_without_mail(plan_id, person, *columns).order_by(_drawn.c.id)).all()


def has_without_mail(plan_id: int, person: Any) -> bool:
    """Is there anybody for `list_without_mail`?"""
    return session.execute(_without_mail(plan_id, person, _drawn.c.id).limit(1)).first() is not None


def list_unlinked(plan_id: int) -> Sequence[Any]:
    """(drawn id, nonce, customer code, stratum) of those who have no link yet and may be contacted."""
    return session.execute(
        select(_drawn.c.id, _drawn.c.nonce, _customer.c.code, _drawn.c.stratum)
        .join(_customer, _customer.c.id == _drawn.c.customer_id)
        .where(
            _drawn.c.plan_id == plan_id,
            _drawn.c.invitation_id.is_(None),
            _customer.c.no_contact.is_(False),
            _customer.c.withdrawn_at.is_(None),
        )
        .order_by(_drawn.c.id)
    ).all()


# --- answers -------------------------------------------------------------------------------------------------


def list_answers(plan_id: int) -> Sequence[Any]:
    """(response id, stratum, cluster, design weight, codes, case weight) of the answers of a named wave's draw."""
    return session.execute(
        select(
            _response.c.id, _drawn.c.stratum, _drawn.c.cluster, _drawn.c.weight, _response.c.codes,
            _response.c.weight.label("case_weight"),
        )
        .select_from(_drawn)
        .join(_named, _named.c.invitation_id == _drawn.c.invitation_id)
        .join(_response, _response.c.id == _named.c.response_id)
        .where(_drawn.c.plan_id == plan_id)
        .order_by(_response.c.id)
    ).all()  # fmt: skip
