"""Migrations are rehearsed: one head, up, down, up, no drift from the models, no import of today's code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from core import migrating
from core.db import prepare_engine
from tests.conftest import _create_database, _database_url

VERSIONS = migrating.ROOT / "migrations" / "versions"


@pytest.fixture
def engine(server_url: str | None, tmp_path: Path) -> Iterator[Engine]:
    if server_url is None:
        made = create_engine(f"sqlite:///{tmp_path / 'rehearsal.db'}")
    else:
        _create_database(server_url, "plumb_rehearsal")
        made = create_engine(_database_url(server_url, "plumb_rehearsal"))
    prepare_engine(made)
    yield made
    made.dispose()


def test_one_head() -> None:
    assert len(migrating.heads()) == 1


def test_up_down_up_without_drift(engine: Engine) -> None:
    import app.tables

    assert app.tables.__all__
    migrating.upgrade(engine)
    assert migrating.differences(engine) == []
    migrating.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    migrating.upgrade(engine)
    assert migrating.current(engine) == migrating.heads()[0]


def test_a_migration_that_fails_half_way_leaves_the_former_state(engine: Engine) -> None:
    migrating.upgrade(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE pack (id INTEGER PRIMARY KEY)"))  # 0002 will stumble over it
    before = set(inspect(engine).get_table_names())
    with pytest.raises(Exception, match="pack"):
        migrating.upgrade(engine)
    assert set(inspect(engine).get_table_names()) == before
    assert migrating.current(engine) == "0001"


def test_migrations_import_nothing_of_today() -> None:
    for path in VERSIONS.glob("*.py"):
        imports = re.findall(r"^(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
        assert set(imports) <= {"sqlalchemy", "alembic"}, path.name
