"""Every page of the demonstration, found by following links: nothing serious for axe, no error, no sideways scroll."""

import json
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.browser.conftest import ROOT, Site, Visitor, serve

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
#: these send files or parts of pages
NO_PAGES = re.compile(
    r"/(static|files|health|sign-out)\b|/(download|file|original|rejects\.csv|evidence|suggestions|preview|cell)\b|\.(csv|xlsx|pdf|ics|svg|png)$"
)
MOST = 140


@pytest.fixture(scope="module")
def demonstration(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Site, dict[str, tuple[str, str]]]]:
    """The demonstration with its sign-ins by role. `PLUMBLINE_TEST_DEMO` names one that is built already."""
    kept = os.environ.get("PLUMBLINE_TEST_DEMO")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("demo")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PLUMBLINE_")}
    environment |= {"PLUMBLINE_DATA_DIR": str(folder), "PLUMBLINE_CHEAP_PASSWORDS": "1"}

    def demo(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "app.cli", "demo", *words],
            cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    demo("build")
    accounts = {
        one["role"]: (one["email"], one["password"]) for one in json.loads(demo("accounts", "--json"))
    }
    for site in serve(folder, PLUMBLINE_DEMO="1"):
        yield site, accounts


@pytest.fixture(scope="module")
def kinds(shared_app: Flask) -> Callable[[str], str]:
    """Address → which page it is; addresses of the same page with other records are one."""
    rules = shared_app.url_map.bind("localhost")

    def kind(address: str) -> str:
        path = urlsplit(address).path
        endpoint, values = rules.match(path)
        fixed = [str(value) for value in values.values() if isinstance(value, str) and value.isalpha()]
        return ":".join([str(endpoint), *fixed[:1]])

    return kind


def crawl(one: Visitor, kinds: Callable[[str], str], look: Callable[[str, str], None]) -> list[str]:
    """Breadth first from the overview; each kind of page is looked at once."""
    queue, seen = deque([("/", "")]), {"overview.show"}
    visited: list[str] = []
    while queue and len(visited) < MOST:
        address, source = queue.popleft()
        visited.append(address)
        look(address, f"{kinds(address)} from {source}" if source else kinds(address))
        links = one.page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        for link in links:
            parts = urlsplit(link)
            if f"{parts.scheme}://{parts.netloc}" != one.site.url or NO_PAGES.search(parts.path):
                continue
            if "export=" in parts.query or "lang=" in parts.query:
                continue
            kind = kinds(link)
            if kind not in seen:
                seen.add(kind)
                queue.append((f"{parts.path}?{parts.query}" if parts.query else parts.path, address))
    return visited


@pytest.mark.parametrize(
    ("role", "language", "dark", "width"),
    [
        ("quality_manager", "en", False, 1440),
        ("quality_manager", "zh", True, 390),
        ("administrator", "zh", True, 1440),
        ("staff", "en", False, 390),
    ],
)
def test_every_page(
    browser: Any,
    demonstration: tuple[Site, dict[str, tuple[str, str]]],
    kinds: Callable[[str], str],
    role: str,
    language: str,
    dark: bool,
    width: int,
) -> None:
    site, accounts = demonstration
    one = Visitor(browser, site, language=language, width=width, dark=dark)
    one.sign_in(*accounts[role])
    faults: list[str] = []

    def look(address: str, kind: str) -> None:
        one.errors.clear()
        answer = one.page.goto(address)
        assert answer is not None
        if answer.status >= 400:
            faults.append(f"{kind}: {address} answers {answer.status}")
            return
        try:
            one.check(f"{kind} {address}")
        except AssertionError as fault:
            faults.append(str(fault).partition("\n")[0])
        if os.environ.get("PLUMBLINE_TEST_PICTURES"):
            one.picture(
                f"{role}-{language}-{'dark' if dark else 'light'}-{width}-{kind.partition(' ')[0].replace(':', '-')}"
            )

    visited = crawl(one, kinds, look)
    one.close()
    assert not faults, f"{len(visited)} pages looked at, {len(faults)} with faults:\n" + "\n".join(faults)
    assert len(visited) > 20
