from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from accounts.queries import places
from core import access
from core.access import Permission
from core.db import get_record, session, table_of
from core.tables import matching
from satisfaction.customers.models import Customer, CustomerImport
from satisfaction.customers.permissions import KEEP, SEE
from satisfaction.customers.rules import ATTRIBUTES, Known

_customer = table_of(Customer)


def get_customer(customer_id: int) -> Customer:
    return get_record(Customer, customer_id)


def get_customer_for(person: Any, customer_id: int, needed: Permission = SEE) -> Customer:
    found = get_record(Customer, customer_id, joinedload(Customer.unit))
    access.require(person, needed, found.unit.path, what=found.code)
    return found


def find_by_code(code: str) -> Customer | None:
    return session.scalars(select(Customer).where(Customer.code == code)).one_or_none()


def select_customers(person: Any) -> Any:
    """The SELECT of the register."""
    return (
        select(
            Customer.id,
            Customer.code,
            Customer.name,
            Customer.kind,
            Customer.language,
            Customer.email,
            Customer.phone,
            Customer.region,
            Customer.channel,
            Customer.segment,
            Customer.volume,
            Customer.no_contact,
            Customer.withdrawn_at,
            Customer.erased_at,
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            Unit.code.label("unit_code"),
        )
        .join(Unit, Unit.id == Customer.unit_id)
        .where(access.scope(person, SEE, Unit.path))
    )


def search(person: Any, words: str, limit: int) -> list[Customer]:
    statement = (
        select(Customer)
        .join(Unit, Unit.id == Customer.unit_id)
        .where(access.scope(person, SEE, Unit.path), matching(words, Customer.code, Customer.name))
    )
    return list(session.scalars(statement.order_by(Customer.code).limit(limit)))


def list_attribute_values(person: Any, key: str, limit: int = 60) -> list[str]:
    """Values of an attribute in use, the most frequent first: to choose from."""
    column = _customer.c[key]
    assert key in ATTRIBUTES
    return list(
        session.scalars(
            select(column)
            .join(Unit, Unit.id == _customer.c.unit_id)
            .where(access.scope(person, SEE, Unit.path), column != "", _customer.c.withdrawn_at.is_(None))
            .group_by(column)
            .order_by(func.count().desc(), column)
            .limit(limit)
        )
    )


def get_import(import_id: int) -> CustomerImport:
    return get_record(CustomerImport, import_id, joinedload(CustomerImport.unit))


def get_import_for(person: Any, import_id: int, needed: Permission = KEEP) -> CustomerImport:
    found = get_import(import_id)
    access.require(person, needed, found.unit.path, what=found.file_name)
    return found


def list_imports(person: Any, limit: int = 8) -> list[CustomerImport]:
    return list(
        session.scalars(
            select(CustomerImport)
            .join(Unit, Unit.id == CustomerImport.unit_id)
            .where(access.scope(person, KEEP, Unit.path))
            .order_by(CustomerImport.id.desc())
            .limit(limit)
        )
    )


def find_last_mapping(person_id: int | None) -> dict[str, Any]:
    """How the last file was read."""
    found = session.scalar(
        select(CustomerImport.mapping)
        .where(CustomerImport.state == "accepted", CustomerImport.imported_by_id == person_id)
        .order_by(CustomerImport.id.desc())
        .limit(1)
    )
    return found or {}


def stamp() -> tuple[Any, ...]:
    """Changes whenever the register does: between reading a file and writing what it says."""
    return tuple(
        session.execute(
            select(func.count(), func.max(_customer.c.id), func.max(_customer.c.updated_at))
        ).one()
    )


def known_customers(person: Any) -> dict[str, Known]:
    """The whole register by code, as an import compares it."""
    mine = allowed_units(person)
    names = ("name", "kind", "language", "email", "phone", "region", "channel", "segment", "volume", "no_contact", "unit_id")  # fmt: skip
    asked = select(
        _customer.c.id, _customer.c.code, _customer.c.withdrawn_at, _customer.c.erased_at,
        *(_customer.c[name] for name in names),
    )  # fmt: skip
    return {
        row[1]: Known(
            row[0],
            dict(zip(names, row[4:], strict=True)),
            row[2] is not None,
            row[3] is not None,
            row[-1] in mine,
        )
        for row in session.connection().execute(asked)
    }


def allowed_units(person: Any) -> frozenset[int]:
    return frozenset(
        place.id for place in places().values() if person is None or access.may(person, KEEP, place.path)
    )


def unit_codes() -> dict[str, int]:
    return {place.code.casefold(): place.id for place in places().values()}
