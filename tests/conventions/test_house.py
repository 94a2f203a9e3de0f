"""Promises that hold for every page, route, migration and setting; a new one that breaks them fails here."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from flask import Flask

from app import navigation
from core import access, history, settings
from core.settings import SETTINGS, SettingError

ROOT = Path(__file__).resolve().parent.parent.parent

#: everything that can be opened without signing in; a new public page is a decision
PUBLIC = {
    "accounts.sign_in",
    "accounts.forgotten",
    "accounts.reset",
    "overview.health",
    "chart_library",
    "satisfaction.answer",
    "satisfaction.send",
    "satisfaction.save",
    "satisfaction.thanks",
    "sampling.stop",
    "sampling.stop_now",
    "complaints.complain",
    "complaints.follow",
    "complaints.reply",
    "complaints.rate",
    "complaints.withdraw",
}


def test_public_routes_are_these_and_no_others(app: Flask) -> None:
    found = {name for name, view in app.view_functions.items() if getattr(view, "guard", None) == "public"}
    assert found == PUBLIC


def test_every_route_states_its_guard(app: Flask) -> None:
    for name, view in app.view_functions.items():
        guard = getattr(view, "guard", None)
        assert guard in {"public", "signed_in"} or isinstance(guard, access.Permission), name


def test_get_routes_do_not_share_a_path_with_two_endpoints(app: Flask) -> None:
    rules = [str(rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())]
    assert len(rules) == len(set(rules))


def test_every_page_has_its_place_in_the_navigation(app: Flask) -> None:
    known = {item.endpoint for section in navigation.SECTIONS for item in section.items}
    blueprints = {
        name for section in navigation.SECTIONS for item in section.items for name in item.blueprints
    }
    for endpoint in known:
        assert endpoint in app.view_functions, endpoint
    for blueprint in app.blueprints:
        assert blueprint in blueprints or blueprint == "overview", f"{blueprint} is in no navigation item"


def test_every_recorded_action_has_words(app: Flask) -> None:
    used = set()
    for path in ROOT.glob("[a-z]*/**/*.py"):
        if path.parts[len(ROOT.parts)] in {"tests", "bench"}:
            continue
        source = path.read_text()
        used |= set(re.findall(r'trail\.record\(\s*[^,]+,\s*"([a-z_]+\.[a-z_]+)"', source))
    assert used
    missing = {action for action in used if action not in history.sentences()}
    assert not missing


def test_settings_are_documented() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    for setting in SETTINGS:
        assert f"`{setting.name}`" in text, setting.name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLUMBLINE_PORT", "http"),
        ("PLUMBLINE_WORKERS", "0"),
        ("PLUMBLINE_DATABASE_URL", "mysql://x"),
        ("PLUMBLINE_SECRET_KEY", "short"),
        ("PLUMBLINE_HTTPS", "yes"),
        ("PLUMBLINE_TYPO", "1"),
    ],
)
def test_a_wrong_setting_stops_the_start_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        settings.read({"PLUMBLINE_DATA_DIR": str(tmp_path), name: value})


def test_permissions_are_declared_with_known_roles() -> None:
    from accounts.rules import Role

    for permission in access.permissions().values():
        assert permission.roles <= set(Role), permission.name


def test_no_promises_are_left_in_the_code() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "raise NotImplemented" + "Error")
    for path in [*ROOT.glob("[a-z]*/**/*.py"), *ROOT.glob("templates/**/*.html"), *ROOT.glob("static/*.js")]:
        text = path.read_text()
        assert not any(re.search(rf"\b{mark}\b", text) for mark in marks), path


def test_heavy_libraries_stay_out_of_the_start() -> None:
    """They cost each server process its memory and the first page its seconds; they are loaded by who needs them."""
    heavy = [
        "PIL",
        "duckdb",
        "fontTools",
        "numpy",
        "openpyxl",
        "scipy",
        "vl_convert",
        "weasyprint",
        "xlsxwriter",
    ]
    code = (
        f"import sys; from app import create_app; create_app(); print(*(set({heavy!r}) & set(sys.modules)))"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PLUMBLINE_DATA_DIR": folder, "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    assert done.stdout.split() == []
