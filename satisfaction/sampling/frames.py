"""The population of a plan as rows, its hash, and the copy that is kept with a draw."""

import hashlib
import json
import zlib
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select, true

from accounts.models import Unit
from core import access
from core.db import session, table_of
from core.errors import RuleViolation
from core.i18n import _, format_number
from satisfaction.customers.models import Customer
from satisfaction.customers.permissions import SEE
from satisfaction.sampling.rules import FRAME_MOST, NOT_GIVEN, Population

_customer, _unit = table_of(Customer), table_of(Unit)


class Member(NamedTuple):
    """One customer of the population: what a draw can depend on, nothing personal."""

    id: int
    code: str
    stratum: str
    cluster: str
    size: float | None


class Counted(NamedTuple):
    """people: of the population. barred: of them not to be contacted, so never drawn. mail: can be reached by mail."""

    people: int
    barred: int
    mail: int


def grouping(key: str) -> Any:
    """The column of a way to group customers; "—" where nothing is given."""
    if not key:
        return literal("")
    if key == "unit":
        return _unit.c.code
    column = _customer.c[key]
    return case((column == "", NOT_GIVEN), else_=column)


def _conditions(population: Population) -> ColumnElement[bool]:
    found: list[ColumnElement[bool]] = [_customer.c.withdrawn_at.is_(None)]
    if population.kinds:
        found.append(_customer.c.kind.in_(population.kinds))
    if population.unit_id is not None:
        unit = session.get(Unit, population.unit_id)
        found.append(access.under(_unit.c.path, unit.path) if unit is not None else literal(1) == 0)
    for key in ("region", "channel", "segment"):
        values = getattr(population, key)
        if values:
            found.append(_customer.c[key].in_(values))
    if population.mail_only:
        found.append(_customer.c.email != "")
    return and_(*found)


def _scope(person: Any) -> ColumnElement[bool]:
    return true() if person is None else access.scope(person, SEE, _unit.c.path)


def _joined(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(_customer).join(_unit, _unit.c.id == _customer.c.unit_id)


def count(population: Population, person: Any) -> Counted:
    row = session.execute(
        _joined(
            select(
                func.count(),
                func.coalesce(func.sum(case((_customer.c.no_contact.is_(True), 1), else_=0)), 0),
                func.coalesce(
                    func.sum(
                        case((_customer.c.no_contact.is_(False) & (_customer.c.email != ""), 1), else_=0)
                    ),
                    0,
                ),
            )
        ).where(_conditions(population), _scope(person))
    ).one()
    return Counted(int(row[0]), int(row[1]), int(row[2]))


def sizes(population: Population, key: str, person: Any) -> dict[str, int]:
    """People that can be drawn, by group, in the order of the names."""
    group = grouping(key)
    found = session.execute(
        _joined(select(group, func.count()))
        .where(_conditions(population), _customer.c.no_contact.is_(False), _scope(person))
        .group_by(group)
        .order_by(group)
    )
    return {str(name): int(counted) for name, counted in found}


def members(population: Population, strata: str, cluster: str, person: Any) -> list[Member]:
    """All that can be drawn, ordered by stratum and code, so that a draw depends on nothing but them and its seed."""
    found = session.connection().execute(
        _joined(
            select(
                _customer.c.id,
                _customer.c.code,
                grouping(strata).label("stratum"),
                grouping(cluster).label("cluster"),
                _customer.c.volume,
            )
        )
        .where(_conditions(population), _customer.c.no_contact.is_(False), _scope(person))
        .limit(FRAME_MOST + 1)
    )
    made = [Member(row[0], row[1], str(row[2]), str(row[3]), row[4]) for row in found]
    if len(made) > FRAME_MOST:
        raise RuleViolation(
            _("The population has more than %(most)s customers. Narrow it.", most=format_number(FRAME_MOST))
        )
    # sorted here: databases differ in how they order texts
    return sorted(made, key=lambda each: (each.stratum, each.code))


def packed(frame: list[Member]) -> tuple[bytes, str]:
    """(content, SHA-256 of what is packed)."""
    text = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()
    return zlib.compress(text, 6), hashlib.sha256(text).hexdigest()


def unpacked(content: bytes) -> tuple[list[Member], str]:
    text = zlib.decompress(content)
    return [Member(*row) for row in json.loads(text)], hashlib.sha256(text).hexdigest()
