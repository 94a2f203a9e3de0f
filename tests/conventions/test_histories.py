"""Histories read as plain words: every recorded field has a name, every value is told as people write it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from core.db import session
from core.history import field_names
from tests.conventions.records import make
from tests.histories import raw_tokens
from tests.people import People

ROOT = Path(__file__).parent.parent.parent
ROOMS = (
    "accounts", "app", "audits", "certification", "complaints", "core", "delivery", "improvement", "reviews",
    "satisfaction", "standards", "training",
)  # fmt: skip
#: set with something else that is told, or never told
UNTOLD = frozenset(
    {"deferred_by_id", "owner_id", "verifier_id", "reminded_at", "reminded_late_at", "look_at"}
)
OTHERS = frozenset({"jobs.py", "signing.py", "importing.py", "analysing.py"})
#: counts what it changed instead of telling each
COUNTING = frozenset({"frameworks.py"})
LISTS = re.compile(r"[A-Z_]*(FIELDS|TEXTS|PLAN|NAMES|SETTINGS)")


def _strings(node: ast.AST | None) -> list[str]:
    """Keys of a dictionary, or elements of a list or tuple, that are written out."""
    found = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
    return [each.value for each in found if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _recorded(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="record")) | ast.Call(func=ast.Name(id="record")):
                yield from _strings(
                    next((each.value for each in node.keywords if each.arg == "changes"), None)
                )
            case ast.Call(func=ast.Attribute(attr="changed"), args=[_thing, ast.Dict() as values]):
                yield from _strings(values)
            case ast.Assign(targets=[ast.Name(id="changes")], value=ast.Dict() as values):
                yield from _strings(values)
            case ast.Assign(targets=[ast.Name(id=name)]) if LISTS.fullmatch(name):
                yield from _strings(node.value)


def test_every_recorded_field_has_a_name(app: Flask) -> None:
    known = field_names() | UNTOLD
    missing: dict[str, str] = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if ("operations" in path.as_posix() or path.name in OTHERS) and path.name not in COUNTING:
                missing |= {
                    name: path.name for name in _recorded(ast.parse(path.read_text())) if name not in known
                }
    assert not missing


def test_no_history_shows_a_raw_code(app: Flask, people: People) -> None:
    make(people)
    session.commit()
    assert not raw_tokens(app)
