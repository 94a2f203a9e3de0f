"""Times, codes without gaps under concurrency, transactions that can't write when they only read."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, StatementError

from accounts.models import Person, Unit
from core import trail
from core.db import expect_version, mode, next_code, session, survive
from core.errors import EditConflict
from tests.people import People


def test_a_naive_time_is_refused(people: People) -> None:
    people.staff.password_changed_at = datetime(2026, 11, 22, 9, 0)  # noqa: DTZ001 - this is the point
    with pytest.raises(StatementError, match="naive"):
        session.flush()
    session.rollback()


def test_times_come_back_aware_and_in_utc(people: People) -> None:
    people.staff.password_changed_at = datetime(2026, 11, 22, 9, 0, tzinfo=timezone(timedelta(hours=8)))
    session.commit()
    session.expire_all()
    found = session.scalars(select(Person).where(Person.id == people.staff.id)).one()
    assert found.password_changed_at == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert found.password_changed_at is not None
    assert found.password_changed_at.tzinfo == UTC


def test_codes_have_no_gaps_under_concurrency(live_app: Flask) -> None:
    def take(number: int) -> str | None:
        with live_app.app_context():
            code = next_code("TST", year=2026)
            if number % 5 == 0:
                session.rollback()
                return None
            session.commit()
            return code

    with ThreadPoolExecutor(4) as pool:
        codes = [code for code in pool.map(take, range(40)) if code]
    assert sorted(codes) == [f"TST-2026-{number:04d}" for number in range(1, 33)]


def test_series_and_years_count_apart(app: Flask) -> None:
    assert [next_code("AAA"), next_code("AAA"), next_code("AAA", year=2026), next_code("BBB")] == [
        "AAA-0001",
        "AAA-0002",
        "AAA-2026-0001",
        "BBB-0001",
    ]


def test_a_transaction_that_reads_cannot_write(live_app: Flask) -> None:
    with live_app.app_context():
        with mode("read"):
            session.scalars(select(Unit)).first()
            session.add(Unit(code="X", name_en="X", path="/9/"))
            with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
                session.flush()
            session.rollback()
        with mode("write"):
            session.add(Unit(code="X", name_en="X", path="/9/"))
            session.commit()


def test_an_old_version_is_a_conflict_that_names_record_and_texts(people: People) -> None:
    with pytest.raises(EditConflict) as caught:
        expect_version(people.staff, people.staff.row_version + 1, what="Stan", fields=["name", "email"])
    assert caught.value.current == {"name": "Stan Staff", "email": "staff@example.org"}
    assert caught.value.record == ("person", people.staff.id)
    expect_version(people.staff, people.staff.row_version, what="Stan", fields=[])
    expect_version(people.staff, None, what="Stan", fields=[])


def test_a_session_that_is_used_again_remembers_nothing(live_app: Flask) -> None:
    with live_app.app_context():
        first = session()
        person = session.scalars(select(Person)).first()
        assert person is not None
        person.name = "Never saved"
        trail.record(person, "person.changed", actor=None)
        survive(lambda: None)
    with live_app.app_context():
        assert session() is first
        assert not first.info
        assert not first.identity_map
        assert not first.in_transaction()
        assert session.scalars(select(Person).where(Person.name == "Never saved")).all() == []
        with live_app.app_context():  # one inside another has its own
            assert session() is not first
        assert session() is first
