"""The trail: append-only on both engines, every kind of tampering named, replay gives every past state."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from accounts import operations, queries
from accounts.models import Person
from core import jobs, trail
from core.db import db, session
from core.trail import TrailEntry
from tests.page import Page
from tests.people import People


def edit(count: int) -> None:
    root = queries.find_root()
    assert root is not None
    for number in range(count):
        operations.change_unit(root, seen=None, actor=None, name_en=f"City Services {number}")
        session.commit()


@pytest.mark.parametrize("statement", ["UPDATE trail_entry SET reason = 'x'", "DELETE FROM trail_entry"])
def test_the_database_refuses_to_change_or_remove_entries(live_app: Flask, statement: str) -> None:
    with live_app.app_context(), db.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(statement))
        connection.rollback()


def tamper(statements: list[str]) -> None:
    """As somebody with the database's own rights would: without the triggers."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER trail_entry_no_update"))
            connection.execute(text("DROP TRIGGER trail_entry_no_delete"))
        else:
            connection.execute(text("DROP TRIGGER trail_entry_guard ON trail_entry"))
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statements", "kind", "seq"),
    [
        (["UPDATE trail_entry SET actor_name = 'Somebody' WHERE seq = 7"], "altered", 7),
        (["UPDATE trail_entry SET changes = '{}' WHERE seq = 7"], "altered", 7),
        (["UPDATE trail_entry SET at = '2020-01-01 00:00:00.000000' WHERE seq = 7"], "altered", 7),
        (["DELETE FROM trail_entry WHERE seq = 7"], "removed", 7),
        (["DELETE FROM trail_entry WHERE seq BETWEEN 5 AND 8"], "removed", 5),
        (["DELETE FROM trail_entry WHERE seq = 1"], "removed", 1),
        (
            [
                "UPDATE trail_entry SET seq = 1000 WHERE seq = 7",
                "UPDATE trail_entry SET seq = 7 WHERE seq = 8",
                "UPDATE trail_entry SET seq = 8 WHERE seq = 1000",
            ],
            "reordered",
            7,
        ),
    ],
)
def test_what_was_done_to_the_chain_is_named(
    live_app: Flask, statements: list[str], kind: str, seq: int
) -> None:
    with live_app.app_context():
        edit(3)
        assert trail.verify()[1] == []
        session.rollback()
        tamper(statements)
        faults = trail.verify()[1]
        assert (faults[0].kind, faults[0].seq) == (kind, seq) or (kind, seq) in {
            (fault.kind, fault.seq) for fault in faults
        }
        assert str(seq) in faults[0].sentence


def test_a_cut_off_tail_shows_against_a_noted_head(live_app: Flask) -> None:
    with live_app.app_context():
        edit(3)
        noted = trail.head()
        assert trail.verify(expected_head=noted)[1] == []
        session.rollback()
        tamper([f"DELETE FROM trail_entry WHERE seq > {noted[0] - 2}"])
        assert trail.verify()[1] == []  # the chain alone can't show it
        (fault,) = trail.verify(expected_head=noted)[1]
        assert (fault.kind, fault.seq) == ("removed", noted[0])


def test_a_rollback_leaves_nothing(live_app: Flask) -> None:
    with live_app.app_context():
        before = trail.head()
        root = queries.find_root()
        operations.change_unit(root, seen=None, actor=None, name_en="Never")  # type: ignore[arg-type]  # it is there
        session.rollback()
        session.commit()
        assert trail.head() == before


def test_a_savepoint_rolled_back_forgets_only_what_was_noted_since(live_app: Flask) -> None:
    with live_app.app_context():
        root = queries.find_root()
        assert root is not None
        before = trail.head()[0]
        operations.change_unit(root, seen=None, actor=None, name_en="Kept")
        nested = session.begin_nested()
        operations.change_unit(root, seen=None, actor=None, name_en="Undone")
        nested.rollback()
        with session.begin_nested():
            operations.change_unit(root, seen=None, actor=None, name_zh="也保留")
        session.commit()
        written = [entry.differences for entry in trail.history(root) if entry.seq > before]
        assert [list(item) for item in written] == [["name_zh"], ["name_en"]]
        assert written[1]["name_en"][1] == "Kept"
        assert trail.verify()[1] == []


FIELDS = {
    "name_en": st.text(alphabet="abc é“", min_size=1, max_size=5),
    "name_zh": st.text(alphabet="城市服务", min_size=1, max_size=4),
    "time_zone": st.sampled_from(["", "Asia/Shanghai", "Europe/Rome"]),
}
EDITS = st.lists(
    st.sampled_from(sorted(FIELDS)).flatmap(lambda name: FIELDS[name].map(lambda value: (name, value))),
    max_size=8,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_replaying_the_differences_gives_every_past_state(
    app: Flask, people: People, edits: list[tuple[str, str]]
) -> None:
    unit = queries.get_unit(people.south.id)
    start = {name: getattr(unit, name) for name in FIELDS}
    first = trail.head()[0]
    states = [dict(start)]
    for name, value in edits:
        before = dict(states[-1])
        operations.change_unit(unit, seen=None, actor=people.admin, **{name: value})
        session.commit()
        now = {key: getattr(unit, key) for key in FIELDS}
        if now != before:
            states.append(now)
    entries = [entry for entry in reversed(trail.history(unit)) if entry.seq > first]
    replayed = [dict(start)]
    for entry in entries:
        state = dict(replayed[-1])
        for key, (old, new) in entry.differences.items():
            assert state[key] == old
            state[key] = new
        replayed.append(state)
    assert replayed == states
    assert trail.verify()[1] == []


def test_pages_of_the_trail(page: Page, people: People) -> None:
    page.as_(people.manager)
    text = page.get("/trail")
    number, digest = trail.head()
    assert f"{number}:{digest}" in text
    assert "Unit added" in text
    assert "Unit added" not in page.get("/trail?action=person.added").split("<tbody>")[1]
    assert "Ann Admin" in page.get(f"/trail?object=person:{people.admin.id}")
    assert "Whole" in page.get("/trail/2")
    page.get("/trail/99999999", status=404)
    exported = page.get("/trail?export=csv&action=unit.added")
    assert exported.count("\r\n") == 5 - 1 - 1 + 1
    for person in (people.staff, people.owner, people.auditor):
        page.as_(person)
        page.get("/trail", status=403)


def test_the_trail_is_for_who_holds_the_role_for_the_whole(page: Page, people: People) -> None:
    from accounts.rules import Role

    operations.grant(people.owner, Role.quality_manager, people.north, actor=None)
    session.commit()
    page.as_(people.owner)
    page.get("/trail", status=403)
    assert "/trail" not in page.get("/")


def verify_by_page(app: Flask, head: str = "") -> tuple[Any, str]:
    page = Page(app)
    with app.app_context():
        manager = queries.get_person_by_email("manager@example.org")
        session.expunge(manager)
    page.as_(manager)
    page.post("/trail/verify", {"head": head})
    assert page.response is not None
    url = page.response.location
    jobs.run_one(app, "test")
    return page, page.get(url)


def test_verification_runs_as_a_job_with_its_result(live_app: Flask) -> None:
    _page, shown = verify_by_page(live_app)
    assert "entries are whole" in shown
    with live_app.app_context():
        noted = trail.head()
        session.rollback()
        tamper(
            [
                f"DELETE FROM trail_entry WHERE seq = {noted[0]}",
                "UPDATE trail_entry SET reason = 'x' WHERE seq = 4",
            ]
        )
    page, shown = verify_by_page(live_app, f"{noted[0]}:{noted[1]}")
    assert "entry 4 was altered" in shown
    page.post("/trail/verify", {"head": "7:abc"}, status=422)
    assert "Altered" in page.get("/trail/4")


def test_every_change_of_a_person_is_written_with_who_did_it(people: People) -> None:
    operations.change_person(people.staff, seen=None, actor=people.admin, name="Stan Smith")
    session.commit()
    entry: TrailEntry = trail.history(people.staff)[0]
    assert (entry.actor_id, entry.actor_name, entry.differences) == (
        people.admin.id,
        "Ann Admin",
        {"name": ["Stan Staff", "Stan Smith"]},
    )
    assert isinstance(people.staff, Person)
