"""A browser without a browser that inspects every page it opens: status, title, one h1, ids, labels, language."""

import re
from typing import Any

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

from accounts.models import Person
from tests.people import PASSWORD


class Page:
    """`page.as_(people.manager).get("/standards")`: opens, inspects, keeps the last answer."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.response: TestResponse | None = None

    def as_(self, person: Person | None) -> "Page":
        """Sign in through the form (another person signs out first)."""
        self.client = self.app.test_client()
        if person is not None:
            answer = self.client.post("/sign-in", data={"email": person.email, "password": PASSWORD})
            assert answer.status_code == 302, answer.text
        return self

    def get(self, url: str, *, status: int = 200, **kwargs: Any) -> str:
        self.response = self.client.get(url, **kwargs)
        assert self.response.status_code == status, (
            f"{url}: {self.response.status_code}\n{self.response.text[:3000]}"
        )
        if (
            self.response.mimetype == "text/html"
            and status < 300
            and "HX-Request" not in kwargs.get("headers", {})
        ):
            inspect(self.response.text, url)
        return self.response.text

    def post(
        self, url: str, data: dict[str, Any] | None = None, *, status: int = 302, **kwargs: Any
    ) -> TestResponse:
        self.response = self.client.post(url, data=data or {}, **kwargs)
        assert self.response.status_code == status, (
            f"POST {url}: {self.response.status_code}\n{_errors(self.response.text)}"
        )
        return self.response

    @property
    def location(self) -> str:
        """Where the last answer leads."""
        assert self.response is not None
        assert self.response.location
        return self.response.location

    def follow(self) -> str:
        return self.get(self.location)


def _errors(text: str) -> str:
    found = re.findall(r'class="err"[^>]*>(.*?)</p>|role="alert"[^>]*>(.*?)</div></div>', text, re.DOTALL)
    return (
        "\n".join(" ".join(re.sub(r"<[^>]+>", " ", "".join(pair)).split()) for pair in found) or text[:3000]
    )


def inspect(text: str, url: str) -> None:
    """Faults that no page may have."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree = parser.parse(text)
    faults = [str(error) for error in parser.errors if error[1] not in _HARMLESS]
    assert not faults, f"{url}: {faults[:3]}"
    title = tree.find(".//title")
    assert title is not None, f"{url}: no title"
    assert (title.text or "").strip(" ·"), f"{url}: empty title"
    headings = tree.findall(".//h1")
    assert len(headings) == 1, f"{url}: {len(headings)} h1"
    ids = [node.get("id") for node in tree.iter() if node.get("id")]
    doubled = {name for name in ids if ids.count(name) > 1}
    assert not doubled, f"{url}: doubled ids {doubled}"
    labelled = {node.get("for") for node in tree.iter("label")}
    inside = {id(child) for label in tree.iter("label") for child in label.iter()}
    for node in [*tree.iter("input"), *tree.iter("select"), *tree.iter("textarea")]:
        if node.get("type") in {"hidden", "submit", "button"}:
            continue
        named = (
            node.get("aria-label")
            or node.get("aria-labelledby")
            or node.get("id") in labelled
            or id(node) in inside
        )
        assert named, f"{url}: {node.tag} {node.get('name')} has no label"
    for node in tree.iter("script"):
        assert node.get("src") or node.get("type") == "application/json", f"{url}: inline script"
    assert not re.search(r"\son[a-z]+=\"", text), f"{url}: inline handler"
    assert "{{" not in text, f"{url}: a template mark was printed"
    for node in tree.iter("a"):
        words = "".join(node.itertext()).strip() or node.get("aria-label")
        assert words or node.find(".//svg") is not None, f"{url}: a link without words to {node.get('href')}"


_HARMLESS: set[str] = set()
