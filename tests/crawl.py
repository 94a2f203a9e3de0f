"""Every page of the demonstration that a link leads to, found without a browser: who may open it, and from where.

A kind of page is read a few times for each person, and every link on what was read is tried: nobody is shown a link
to what is closed to them, or that leads nowhere.
"""

import io
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape, unescape
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, before_render_template
from flask.testing import FlaskClient
from jinja2 import Template
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from core.db import session
from core.mail import OutboxMail

#: these send files or parts of pages
NO_PAGES = re.compile(
    r"/(static|charts|files|health|sign-out)\b"
    r"|/(download|file|original|rejects\.csv|evidence|suggestions|preview|cell|progress|reveal|photos/\d+|reports/\d+|prints/\d+)$"
    r"|\.(csv|xlsx|pdf|ics|svg|png|json|zip|<\w+>|<any\([^)]*\):\w+>)$"
)
#: pages that look different by the state of their record: so many records of them are looked at
SEVERAL = {
    "satisfaction.analysis": 24,
    "satisfaction.wave": 4,
    "satisfaction.wave_results": 4,
    "satisfaction.item_result": 4,
    "satisfaction.questionnaire": 3,
    "satisfaction.indicator_system": 2,
    "tickets.ticket": 6,
    "audits.show": 6,
    "audits.item": 3,
    "reviews.show": 4,
    "reviews.item": 4,
    "complaints.complaint": 6,
    "sampling.plan": 3,
    "training.assignment": 4,
    "training.version": 2,
    "findings.finding": 4,
    "standards.version": 4,
    "delivery.requirement": 3,
    "frameworks.show": 3,
}
READ = 2  # records of other kinds that are read for their links
MORE = 3  # so many times as many as are looked at are read
#: which records of these are there differs most: all of them are read
ALL_READ = {
    "standards.show": 40,
    "standards.version": 40,
    "training.course": 20,
    "reviews.item": 80,
    "findings.finding": 40,
    "satisfaction.response_import": 20,
    "delivery.batch": 20,
}
ANONYMOUS = ("/sign-in", "/forgotten", "/complain")
TRIED = 60  # links to records of one kind that are tried for one person
FEW = 6  # the same for who holds their role everywhere
FILES = 2  # the same for files

#: what stands behind a choice in a list or form, and not behind a link
CHOSEN = {
    "quality_manager": (
        "/findings?state=*",
        "/tickets/list?stage=*",
        "/certification/packs/check?framework=iso-9001-2015&unit=1&first=2024-01-01&last=2024-12-31&language=en&parts=statement&fresh_days=30",
    ),
}
#: pages of a state that no record of the demonstration is in: files with rows that had to be set aside, answers from a
#: file in a wave that is not analysed yet, a check by words alone
REACHED_BY_NO_LINK = {
    "delivery.rejects",
    "satisfaction.withdraw_import",
    "tickets.judge",
}
#: pages where a file is brought, and the empty table to fill that the same place offers, or else a table
BROUGHT = {
    "administrator": (("/import/people", "/import/people/template.csv"),),
    "quality_manager": (
        ("/complaints/import", "/complaints/import/template.csv"),
        ("/training/import", "/training/import/template.csv"),
        ("/standards/import", "service,commitment,target_value,unit\nLamps,A dark lamp burns again,5,days\n"),
    ),
}

_GO_ON = re.compile(r'action="(/training/\d+/quiz)"')
_NEXT_STEP = (
    (re.compile("^(/(?:delivery|surveys|customers)/imports/[0-9]+)/columns$"), r"\1/check"),
    (re.compile("^(/delivery/imports/[0-9]+)/columns$"), r"\1/proves"),
)
_MADE = re.compile(r"\.\w{3,4}$")  # a file that is made when it is asked for, from the page that links to it
_LINK = re.compile(r"""<a\s[^>]*?href="([^"#]+)""")


class Opened(Exception):
    """The page would be shown: nobody needs to render it."""


def links_of(html: str) -> Iterator[str]:
    """Addresses of this site that a page leads to; the same page in another language or as a file is none."""
    for found in _LINK.findall(html):
        address = unescape(found)
        if not address.startswith("/") or address.startswith("//"):
            continue
        query = urlsplit(address).query
        if "export=" not in query and "lang=" not in query:
            yield address


@dataclass(frozen=True)
class Place:
    role: str
    address: str
    source: str

    @property
    def path(self) -> str:
        return urlsplit(self.address).path


@dataclass
class Walk:
    """One person after the other, breadth first. `try_all`: every link is tried, not only those that are read."""

    app: Flask
    try_all: bool = True
    places: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    passed: set[str] = field(default_factory=set)  # kinds that only lead on
    faults: list[str] = field(default_factory=list)
    read: int = 0
    tried: int = 0
    _trying: bool = False

    @cached_property
    def _addresses(self) -> Any:
        return self.app.url_map.bind("localhost")

    def kind_of(self, address: str) -> str:
        """Which page it is; addresses of the same page with other records are one. Empty when it is none."""
        try:
            endpoint, values = self._addresses.match(urlsplit(address).path)
        except HTTPException:
            return ""
        words = [
            value for value in values.values() if isinstance(value, str) and re.fullmatch("[a-z_]+", value)
        ]
        return ":".join([str(endpoint), *words[:1]])

    def go(self, role: str, client: FlaskClient, starts: Iterable[str], *, tried: int = TRIED) -> None:
        queue = deque((start, "") for start in starts)
        known = {start for start, _source in queue}
        to_read: Counter[str] = Counter(self.kind_of(start) for start in known)
        to_try: Counter[str] = Counter()
        while queue:
            address, source = queue.popleft()
            for link in self._links(role, client, address, source):
                if link in known:
                    continue
                kind = self.kind_of(link)
                if not kind:
                    known.add(link)
                    self.faults.append(f"{role}: {address} leads to {link}, which is nowhere")
                elif NO_PAGES.search(urlsplit(link).path):
                    if to_try[kind] < FILES and not _MADE.search(link):
                        to_try[kind] += 1
                        self._try(role, client, link, address, known)
                elif to_read[kind] < self._most(kind):
                    to_read[kind] += 1
                    known.add(link)
                    queue.append((link, address))
                elif to_try[kind] < tried and urlsplit(link).path not in known:
                    to_try[kind] += 1
                    self._try(role, client, link, address, known)

    def _most(self, kind: str) -> int:
        """So many records are read for one person; fewer when links are not tried and the kind is known already."""
        several = max(MORE * SEVERAL.get(kind, 0), ALL_READ.get(kind, 0))
        return several or (READ if self.try_all or kind not in self.places else 1)

    def _links(self, role: str, client: FlaskClient, address: str, source: str) -> Iterator[str]:
        """What a page leads to: by links, by a button that goes on where one was, by saving the columns of a file."""
        html = self._page(role, client, address, source)
        yield from links_of(html)
        for button in _GO_ON.findall(html):
            yield client.post(button).location
        for pattern, step in _NEXT_STEP:
            if html and pattern.search(address):
                yield pattern.sub(step, address)

    def _page(self, role: str, client: FlaskClient, address: str, source: str) -> str:
        self.read += 1
        answer = client.get(address)
        if answer.status_code >= 400:
            self._fault(role, source or "the start", address, answer.status_code)
            return ""
        if answer.location:
            self.passed.add(self.kind_of(address))
            return f'<a href="{escape(answer.location)}">'
        if answer.mimetype != "text/html":
            answer.close()
            return ""
        self.places[self.kind_of(address)].append(Place(role, address, source))
        return answer.text

    def _try(self, role: str, client: FlaskClient, link: str, source: str, known: set[str]) -> None:
        known |= {link, urlsplit(link).path}
        if not self.try_all:
            return
        self.tried += 1
        with before_render_template.connected_to(_stop, self.app):
            try:
                answer = client.get(link)
            except Opened:
                return
        answer.close()
        if answer.status_code >= 400:
            self._fault(role, source, link, answer.status_code)

    def _fault(self, role: str, source: str, address: str, status: int) -> None:
        what = {403: "which is closed", 404: "which is nowhere"}.get(status, f"which answers {status}")
        self.faults.append(f"{role}: {source} leads to {address}, {what}")

    @property
    def endpoints(self) -> set[str]:
        """Reached, also those that only lead on."""
        return {kind.partition(":")[0] for kind in {*self.places, *self.passed}}


def _stop(_app: Flask, template: Template, **_context: object) -> None:
    """The view came as far as its page: it let the person in. What it refuses is a page of errors."""
    if not str(template.name).startswith("errors/"):
        raise Opened


def pages_of(app: Flask) -> set[str]:
    """What answers with a page, by its endpoint."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and not NO_PAGES.search(re.sub(r"<(int:)\w+>", "1", rule.rule))
    }


#: what only a mail says: personal links, which need no sign-in
_PERSONAL = re.compile(r"/(reset|follow|stop|s)/[A-Za-z0-9_-]{20,}")


def personal_links(app: Flask) -> list[str]:
    """One link of each kind out of mails that were written and never sent."""
    found: dict[str, str] = {}
    with app.app_context():
        for mail in session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())):
            for link in _PERSONAL.finditer(mail.whole):
                found.setdefault(link[1], link[0])
        session.remove()
    return [*found.values(), *(f"{link}/thanks" for kind, link in found.items() if kind == "s")]


def bring_files(role: str, client: FlaskClient) -> list[str]:
    """Upload what the templates hold; each leads to a page that shows what would come in."""
    made = []
    for start, template in BROUGHT.get(role, ()):
        table = io.BytesIO(client.get(template).data if template.startswith("/") else template.encode())
        answer = client.post(start, data={"file": (table, "table.csv"), "unit_code": "BCS", "order": ""})
        assert answer.status_code in {302, 303}, f"{start}: {answer.status_code}"
        made.append(answer.location)
    return made


def signed_in(app: Flask, person: dict[str, Any]) -> FlaskClient:
    client = app.test_client()
    answer = client.post("/sign-in", data={"email": person["email"], "password": person["password"]})
    assert answer.status_code == 302, answer.text[:500]
    return client


def _widest(people: Sequence[dict[str, Any]]) -> str:
    """The unit of most: the whole organisation. There a record is open to a role, or none of its kind is."""
    return Counter(str(person["unit"]) for person in people).most_common(1)[0][0]


def everybody(app: Flask, people: Sequence[dict[str, Any]], *, try_all: bool = True) -> Walk:
    """The walk of all people of the demonstration, and of who has not signed in. Its application must not ask for
    the token of forms."""
    walk, everywhere = Walk(app, try_all=try_all), _widest(people)
    for person in people:
        role = person["role"]
        client = signed_in(app, person)
        starts = ["/", *CHOSEN.get(role, ()), *bring_files(role, client)]
        walk.go(role, client, starts, tried=FEW if person["unit"] == everywhere else TRIED)
    walk.go("", app.test_client(), [*ANONYMOUS, *personal_links(app)])
    return walk
