"""Every page of the demonstration, found by following links: nothing serious for axe in light and dark, no error in
page or console, nothing refused by the browser, no sideways scroll at a desk or on a phone.

Everybody of the demonstration walks through what they may see. A kind of page is looked at once, its records in
several states; what somebody saw before is not looked at again, except the first page, which is everybody's own.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Error
from werkzeug.exceptions import HTTPException

from tests.browser import checks
from tests.browser.conftest import PICTURES, ROOT, Site, Visitor, serve

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
#: these send files or parts of pages
NO_PAGES = re.compile(
    r"/(static|charts|files|health|sign-out)\b|/(download|file|original|rejects\.csv|evidence|suggestions|preview|cell|progress|photos/\d+)$|\.(csv|xlsx|pdf|ics|svg|png)$"
)
#: pages that look different by the state of their record: so many records of them are looked at
SEVERAL = {
    "satisfaction.analysis": 24,
    "satisfaction.wave": 4,
    "satisfaction.wave_results": 4,
    "satisfaction.item_result": 4,
    "tickets.ticket": 6,
    "audits.show": 5,
    "audits.item": 3,
    "reviews.show": 4,
    "reviews.item": 4,
    "complaints.complaint": 6,
    "training.assignment": 4,
    "findings.finding": 3,
    "standards.version": 3,
    "delivery.requirement": 3,
    "frameworks.show": 3,
}
ANONYMOUS = ("/sign-in", "/forgotten", "/complain")


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

    if not kept:
        demo("build")
    accounts = {
        one["role"]: (one["email"], one["password"]) for one in json.loads(demo("accounts", "--json"))
    }
    for site in serve(folder, PLUMBLINE_DEMO="1"):
        yield site, accounts


#: to these some links still show records of units that they may not open; for everybody else such a link is a fault
STRANGERS = {"process_owner", "visiting_auditor"}
CLOSED = 12  # such links at most; to become fewer, never more

Kind = Callable[[str], str]


@pytest.fixture(scope="module")
def kind_of(shared_app: Flask) -> Kind:
    """Address → which page it is; addresses of the same page with other records are one. Empty when it is none."""
    rules = shared_app.url_map.bind("localhost")

    def kind(address: str) -> str:
        try:
            endpoint, values = rules.match(urlsplit(address).path)
        except HTTPException:
            return ""
        words = [
            value for value in values.values() if isinstance(value, str) and re.fullmatch("[a-z_]+", value)
        ]
        return ":".join([str(endpoint), *words[:1]])

    return kind


class Crawl:
    """Breadth first from the overview, for one person after the other."""

    def __init__(self, site: Site, kind_of: Kind, language: str, *, dark: bool) -> None:
        self.site, self.kind_of, self.language, self.dark = site, kind_of, language, dark
        self.looked_at: Counter[str] = Counter()
        self.addresses: set[str] = set()
        self.faults: list[str] = []
        self.nowhere: set[str] = set()
        self.closed: list[str] = []  # links to what the person may not open

    def links_of(self, address: str, html: str) -> Iterator[str]:
        """Addresses of pages of this site that a page leads to."""
        for found in re.findall(r"""<a\s[^>]*?href="([^"#]+)""", html):
            parts = urlsplit(urljoin(f"{self.site.url}{address}", unescape(found)))
            if f"{parts.scheme}://{parts.netloc}" != self.site.url or NO_PAGES.search(parts.path):
                continue
            if "export=" not in parts.query and "lang=" not in parts.query:
                yield f"{parts.path}?{parts.query}" if parts.query else parts.path

    def wanted(self, address: str) -> bool:
        kind = self.kind_of(address)
        return self.looked_at[kind] < SEVERAL.get(kind, 1) and urlsplit(address).path not in self.addresses

    def walk(self, one: Visitor, *starts: str) -> None:
        """Look at what nobody looked at yet; everything else is only read for its links, once a kind."""
        queue = deque((start, "") for start in starts)
        queued: Counter[str] = Counter(self.kind_of(start) for start in starts)
        while queue:
            address, source = queue.popleft()
            html = (
                self.look(one, address, source)
                if not source or self.wanted(address)
                else self.read(one, address, source)
            )
            for link in self.links_of(address, html):
                kind = self.kind_of(link)
                if not kind and link not in self.nowhere:
                    self.nowhere.add(link)
                    self.faults.append(f"{self.kind_of(address)} {address}: the link to {link} leads nowhere")
                elif (
                    kind
                    and queued[kind] < SEVERAL.get(kind, 1)
                    and all(link != known for known, _source in queue)
                ):
                    queued[kind] += 1
                    queue.append((link, address))

    def read(self, one: Visitor, address: str, source: str) -> str:
        answer = one.context.request.get(address, max_retries=2)  # an idle connection may have been closed
        if answer.status == 403:
            self.closed.append(f"{source} leads to {address}")
        elif answer.status >= 400:
            self.faults.append(f"{self.kind_of(address)}: {address} answers {answer.status}")
        return answer.text()

    def look(self, one: Visitor, address: str, source: str) -> str:
        kind = self.kind_of(address)
        self.looked_at[kind] += 1
        self.addresses.add(urlsplit(address).path)
        what = f"{kind} {address}" + (f" (from {source})" if source else "")
        one.errors.clear()
        try:
            answer = one.page.goto(address)
            assert answer is not None
            html = answer.text()
            if answer.status >= 400:
                self.faults.append(f"{what}: answers {answer.status}")
                return html
            found = checks.everywhere(one.page, dark=self.dark)
        except Error as error:
            self.faults.append(f"{what}: {error.message.partition(chr(10))[0]}")
            return ""
        self.faults += [f"{what}: {fault}" for fault in [*one.errors, *found]]
        if one.keeps_pictures or found:
            one.picture(f"page-{self.language}-{kind.replace(':', '-')}-{self.looked_at[kind]}")
        return html


@pytest.mark.parametrize(("language", "dark", "width"), [("en", False, 1440), ("zh", True, 390)])
def test_every_page(
    browser: Browser,
    demonstration: tuple[Site, dict[str, tuple[str, str]]],
    kind_of: Kind,
    shared_app: Flask,
    language: str,
    dark: bool,
    width: int,
    record_property: Callable[[str, object], None],
) -> None:
    site, accounts = demonstration
    crawl = Crawl(site, kind_of, language, dark=dark)
    for role, (email, password) in [*accounts.items(), ("", ("", ""))]:
        before = len(crawl.closed)
        one = Visitor(browser, site, language=language, width=width, dark=dark)
        if email:
            one.sign_in(email, password)
            crawl.walk(one, "/")
        else:
            crawl.walk(one, *ANONYMOUS)
        one.close()
        if role not in STRANGERS:
            crawl.faults += [f"{role}: {door}, which is closed" for door in crawl.closed[before:]]
    kinds = {kind.partition(":")[0] for kind in crawl.looked_at}
    missing = sorted(pages_of(shared_app) - kinds)
    record_property(
        f"pages, {language}",
        f"{len(kinds)} kinds, {crawl.looked_at.total()} looked at; no link leads to {', '.join(missing)};"
        f" {len(crawl.closed)} closed doors: {', '.join(crawl.closed)}",
    )
    assert not crawl.faults, (
        f"{len(crawl.faults)} faults on {crawl.looked_at.total()} pages; pictures in {PICTURES}:\n"
        + "\n".join(crawl.faults)
    )
    assert len(crawl.closed) <= CLOSED, f"links to what one may not open: {crawl.closed}"
    assert len(kinds) > len(missing) * 3, f"not reached by links: {missing}"


def pages_of(app: Flask) -> set[str]:
    """What answers with a page, by its address."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and not NO_PAGES.search(re.sub(r"<[^>]*>", "1", rule.rule))
    }
