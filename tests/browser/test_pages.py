"""Every page of the demonstration that a link leads to: nothing serious for axe in light and dark, no error in page or
console, nothing refused by the browser, no sideways scroll at a desk or on a phone.

`tests/crawl.py` finds the pages without a browser, for everybody of the demonstration. Here a kind of page is looked
at once, its records in several states, by the first who may open it; the first page, which is everybody's own, by all.
"""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Error

from core.db import db
from tests import crawl
from tests.browser import checks
from tests.browser.conftest import PICTURES, ROOT, Site, Visitor, serve
from tests.conftest import configuration

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, list[dict[str, Any]]]]:
    """The demonstration, served, and its sign-ins. `PLUMBLINE_TEST_DEMO` names one that is built already."""
    kept = os.environ.get("PLUMBLINE_TEST_DEMO")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("demo")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PLUMBLINE_")}
    environment |= {"PLUMBLINE_DATA_DIR": str(folder), "PLUMBLINE_CHEAP_PASSWORDS": "1"}

    def command(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "app.cli", "demo", *words],
            cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    if not kept:
        command("build")
    people = json.loads(command("accounts", "--json"))
    for site in serve(folder, PLUMBLINE_DEMO="1"):
        yield site, people


@pytest.fixture(scope="module")
def walk(demo: tuple[Site, list[dict[str, Any]]]) -> crawl.Walk:
    from app import create_app

    site, people = demo
    app: Flask = create_app(
        configuration(f"sqlite:///{site.folder / 'plumbline.db'}", site.folder)
        | {
            "DEMO": True,
            "SECRET_KEY": (site.folder / "secret-key").read_text(),
        }  # links in mails are signed with it
    )
    found = crawl.everybody(app, people, try_all=False)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return found


def to_look_at(walk: crawl.Walk) -> dict[str, list[crawl.Place]]:
    """By role, in the order in which they were found."""
    found: dict[str, list[crawl.Place]] = defaultdict(list)
    for kind, places in walk.places.items():
        records: dict[str, crawl.Place] = {}
        for place in places:
            records.setdefault(place.role if place.address == "/" else place.path, place)
        most = len(records) if kind == "overview.show" else crawl.SEVERAL.get(kind, 1)
        for place in list(records.values())[:most]:
            found[place.role].append(place)
    return found


class Look:
    """What is seen of one page after the other, in one language, light or dark."""

    def __init__(self, language: str, *, dark: bool) -> None:
        self.language, self.dark = language, dark
        self.faults: list[str] = []
        self.seen: Counter[str] = Counter()

    def at(self, one: Visitor, kind: str, place: crawl.Place) -> None:
        self.seen[kind] += 1
        what = f"{kind} {place.address}" + (f" (from {place.source})" if place.source else "")
        one.errors.clear()
        try:
            answer = one.page.goto(place.address)
            assert answer is not None
            if answer.status >= 400:
                self.faults.append(f"{what}: answers {answer.status}")
                return
            found = checks.everywhere(one.page, dark=self.dark)
        except Error as error:
            self.faults.append(f"{what}: {error.message.partition(chr(10))[0]}")
            return
        self.faults += [f"{what}: {fault}" for fault in [*one.errors, *found]]
        if one.keeps_pictures or found:
            one.picture(f"page-{self.language}-{kind.replace(':', '-')}-{self.seen[kind]}")


@pytest.mark.parametrize(("language", "dark", "width"), [("en", False, 1440), ("zh", True, 390)])
def test_every_page(
    browser: Browser,
    demo: tuple[Site, list[dict[str, Any]]],
    walk: crawl.Walk,
    language: str,
    dark: bool,
    width: int,
    record_property: Callable[[str, object], None],
) -> None:
    site, people = demo
    look = Look(language, dark=dark)
    accounts = {person["role"]: (person["email"], person["password"]) for person in people}
    one = Visitor(browser, site, language=language, width=width, dark=dark)
    for role, places in to_look_at(walk).items():
        if role:
            one.sign_in(*accounts[role])
        else:
            one.context.clear_cookies()
        for place in places:
            look.at(one, walk.kind_of(place.address), place)
    one.close()
    kinds = {kind.partition(":")[0] for kind in look.seen}
    record_property(f"pages, {language}", f"{len(kinds)} kinds, {look.seen.total()} looked at")
    assert kinds == {kind.partition(":")[0] for kind in walk.places}
    assert not look.faults, (
        f"{len(look.faults)} faults on {look.seen.total()} pages; pictures in {PICTURES}:\n"
        + "\n".join(look.faults)
    )
