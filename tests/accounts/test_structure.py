"""Units and roles are remembered between requests, and forgotten the moment anybody changes them."""

from flask import Flask
from sqlalchemy import event, text

from accounts import queries, structure
from accounts.models import Organisation, Unit
from accounts.operations import people as operations
from accounts.rules import Role
from core.db import db, session
from tests.people import People


def read_mark() -> str:
    found = session.scalar(text("SELECT structure FROM organisation"))
    structure.seen(found)
    return str(found or "")


def statements_of_choices() -> int:
    count = 0

    def listen(*_: object) -> None:
        nonlocal count
        count += 1

    target = session.connection()
    event.listen(target, "before_cursor_execute", listen)
    queries.unit_choices()
    event.remove(target, "before_cursor_execute", listen)
    return count


def organisation() -> None:
    if session.query(Organisation).first() is None:
        session.add(Organisation(name_en="Town", structure="1"))
        session.flush()


def test_the_tree_is_asked_for_once(people: People) -> None:
    organisation()
    session.commit()
    assert read_mark()
    queries.unit_choices()
    assert statements_of_choices() == 0


def test_every_change_of_a_unit_or_a_role_renews_the_mark(people: People) -> None:
    organisation()
    marks = [read_mark()]
    people.south.name_en = "South side"
    session.flush()
    marks.append(read_mark())
    operations.grant(people.staff, Role.auditor, people.south, actor=None)
    session.flush()
    marks.append(read_mark())
    session.execute(text("UPDATE role_grant SET until_date = '2026-01-01'"))  # around the application
    marks.append(read_mark())
    session.execute(text("UPDATE unit SET name_zh = '南区' WHERE code = :code"), {"code": people.south.code})
    marks.append(read_mark())
    assert len(set(marks)) == len(marks)


def test_a_transaction_that_changes_the_tree_reads_its_own_change(people: People) -> None:
    organisation()
    read_mark()
    before = queries.unit_choices()
    session.add(Unit(code="NEW", name_en="New place", parent_id=people.root.id, path="/1/998/"))
    session.flush()
    assert len(queries.unit_choices()) == len(before) + 1
    assert statements_of_choices() == 1


def test_what_was_rolled_back_is_not_remembered(live_app: Flask) -> None:
    with live_app.app_context():
        organisation()
        session.commit()
        read_mark()
        before = list(queries.unit_choices())
        root = queries.find_root()
        assert root is not None
        session.add(Unit(code="GONE", name_en="Never there", parent_id=root.id, path=f"{root.path}997/"))
        session.flush()
        read_mark()
        assert len(queries.unit_choices()) == len(before) + 1
        session.rollback()
        read_mark()
        assert queries.unit_choices() == before
        db.session.remove()


def test_what_a_page_does_with_its_choices_is_its_own(people: People) -> None:
    organisation()
    session.commit()
    assert read_mark()
    first = queries.unit_choices()
    first.clear()
    assert queries.unit_choices()
