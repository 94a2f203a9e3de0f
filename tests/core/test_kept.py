"""Kept statements give what the ordinary way gives, are seen by who listens, and fail as loudly."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, delete, event, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from accounts.models import Grant, Person, Unit
from core.db import session, table_of
from core.kept import Kept
from core.records import insert_now, known, reading, update_now
from core.web import FormReceipt
from tests.people import People

PEOPLE = select(
    Person.id, Person.name, Person.active, Person.created_at, Person.password_changed_at
).order_by(Person.id)


def test_rows_have_the_types_of_their_columns(people: People) -> None:
    people.staff.password_changed_at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    session.flush()
    ordinary = [tuple(row) for row in session.connection().execute(PEOPLE)]
    kept = Kept(PEOPLE).all(session.connection())
    assert [tuple(row) for row in kept] == ordinary
    assert {type(row.active) for row in kept} == {bool}
    assert all(row.created_at.tzinfo == UTC for row in kept)


@pytest.mark.parametrize("day", [date(2026, 11, 22), None])
def test_values_are_bound_with_their_types(people: People, day: date | None) -> None:
    table = table_of(Grant)
    statement = Kept(
        insert(table).values(
            person_id=bindparam("person"),
            role="staff",
            unit_id=people.root.id,
            from_date=bindparam("day", type_=table.c.from_date.type),
        )
    )
    statement.run(session.connection(), person=people.staff.id, day=day)
    found = session.scalars(select(Grant).where(Grant.person_id == people.staff.id).order_by(Grant.id)).all()
    assert found[-1].from_date == day


def test_a_list_of_values_takes_the_ordinary_way(people: People) -> None:
    numbers = [people.staff.id, people.owner.id]
    kept = Kept(select(Person.id).where(Person.id.in_(numbers)))
    assert {row.id for row in kept.all(session.connection())} == set(numbers)


def test_a_value_that_is_wanted_is_asked_for(app: Flask) -> None:
    kept = Kept(select(Person.id).where(Person.email == bindparam("email")))
    with pytest.raises(KeyError, match="email"):
        kept.first(session.connection())
    assert kept.first(session.connection(), email="nobody@example.org") is None


def test_who_counts_statements_sees_them(app: Flask) -> None:
    seen: list[str] = []

    def listen(_connection: Any, _cursor: Any, text: str, *_more: Any) -> None:
        seen.append(text)

    kept = Kept(select(Unit.code).order_by(Unit.code))
    quiet = kept.all(session.connection())
    target = session.connection()
    event.listen(target, "before_cursor_execute", listen)
    loud = kept.all(session.connection())
    event.remove(target, "before_cursor_execute", listen)
    assert [tuple(row) for row in loud] == [tuple(row) for row in quiet]
    assert len(seen) == 1


def test_a_refusal_of_the_database_is_told_as_always(app: Flask) -> None:
    values = {"token": "t", "person_id": None, "location": "/", "at": datetime(2026, 11, 22, tzinfo=UTC)}
    kept = Kept(insert(table_of(FormReceipt)).values({name: bindparam(name) for name in values}))
    kept.run(session.connection(), **values)
    with pytest.raises(IntegrityError), session.begin_nested():
        kept.run(session.connection(), **values)
    session.execute(delete(FormReceipt))


def test_what_was_written_after_a_savepoint_goes_with_it(app: Flask) -> None:
    values = {"token": "t", "person_id": None, "location": "/", "at": datetime(2026, 11, 22, tzinfo=UTC)}
    kept = Kept(insert(table_of(FormReceipt)).values({name: bindparam(name) for name in values}))
    kept.run(session.connection(), **{**values, "token": "before"})  # the connection is known from here on
    savepoint = session.begin_nested()
    kept.run(session.connection(), **values)
    savepoint.rollback()
    kept.run(session.connection(), **{**values, "token": "after"})
    assert set(session.scalars(select(FormReceipt.token))) == {"before", "after"}
    session.rollback()
    assert session.connection() is session.connection()
    assert session.scalars(select(FormReceipt.token)).all() == []


def test_a_record_written_at_once_is_a_record_like_any_other(people: People) -> None:
    values = {"code": "NOW", "name_en": "Written at once", "parent_id": people.root.id, "path": "/1/999/"}
    made = insert_now(Unit, values)
    assert made.id
    assert made.row_version == 1
    session.expire_all()
    assert session.get(Unit, made.id) is made
    made.name_zh = "立即写入"
    session.flush()
    assert made.row_version == 2


def test_a_change_written_at_once_counts_versions_and_meets_the_one_who_was_quicker(people: People) -> None:
    unit = people.lights
    assert update_now(unit, {"name_en": unit.name_en}) == {}
    version, before = unit.row_version, unit.name_en
    assert update_now(unit, {"name_en": "Lamps"}) == {"name_en": (before, "Lamps")}
    assert unit.row_version == version + 1
    session.connection().execute(
        table_of(Unit).update().where(table_of(Unit).c.id == unit.id).values(row_version=version + 7)
    )
    with pytest.raises(StaleDataError):
        update_now(unit, {"name_en": "Lanterns"})


def test_a_record_read_by_its_columns_is_the_one_of_the_session(people: People) -> None:
    row = reading(Unit).first(session.connection(), of_id=people.south.id)
    assert known(Unit, row._asdict()) is people.south
    session.expunge(people.south)
    again = known(Unit, row._asdict())
    assert again is not people.south
    assert again.name == people.south.name
    assert again.parent is not None
