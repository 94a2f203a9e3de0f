"""The guide: the chapters of docs/guide as pages of the application, in the reader's language."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import request, url_for
from markupsafe import Markup, escape

from core import markdown
from core.i18n import LANGUAGES, language

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "guide"
INDEX = "README"
#: the chapter of a room, by the first of these that begins the endpoint
ROOMS = {
    "overview.jobs": "overview",
    "overview.job": "overview",
    "overview.trail": "administration",
    "overview.outbox": "administration",
    "overview": "overview",
    "accounts.account": "overview",
    "accounts": "administration",
    "standards.calendar": "promises",
    "standards": "standards",
    "journeys": "standards",
    "frameworks": "frameworks",
    "training": "training",
    "delivery": "promises",
    "satisfaction.analys": "methods/README",
    "satisfaction.calcul": "methods/README",
    "satisfaction": "surveys",
    "customers": "customers-and-sampling",
    "sampling": "customers-and-sampling",
    "complaints": "complaints",
    "audits": "audits",
    "findings": "improvement",
    "tickets": "improvement",
    "reviews": "reviews",
    "certification": "certification",
}
#: in the names of the pages of indicator systems, which belong to the room of surveys
INDICATORS = ("indicator", "judg", "comparisons", "score", "weights_from", "baseline")
_CJK = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”"
_WRAP = re.compile(f"(?m)^(?![#|])(.*[{_CJK}])\n(?=[{_CJK}])")
_LINK = re.compile(r'<a href="([^"]*)"( rel="[^"]*")?>(.*?)</a>', re.DOTALL)
_MARKS = re.compile(r"[`*_#|>]|\]\([^)]*\)|\[")


@dataclass(frozen=True)
class Chapter:
    name: str  # "audits", "methods/kano"
    language: str
    title: str
    text: str  # without the title

    @property
    def address(self) -> str:
        if self.name == INDEX:
            return url_for("overview.guide")
        return url_for("overview.guide_chapter", chapter=self.name)

    def html(self) -> Markup:
        """The chapter under its title, with links that lead to chapters here. Links elsewhere in the clone are only words."""
        text = _WRAP.sub(r"\1", self.text) if self.language == "zh" else self.text
        made = markdown.render(text, 0, breaks=False)
        return Markup(_LINK.sub(self._link, str(made)))  # noqa: S704 - cleaned by the renderer

    def _link(self, found: re.Match[str]) -> str:
        target, _rel, words = found.groups()
        if target.startswith(("http://", "https://", "mailto:")):
            return found.group()
        path, _hash, _anchor = target.partition("#")
        name = posixpath.normpath(posixpath.join(posixpath.dirname(self.name), path)).removesuffix(".md")
        chapter = find(name, self.language)
        return f'<a href="{escape(chapter.address)}">{words}</a>' if chapter is not None else words


@lru_cache(maxsize=len(LANGUAGES))
def chapters(code: str) -> dict[str, Chapter]:
    """All chapters in a language, by name; empty where the application runs without its docs."""
    found = {}
    for path in sorted((FOLDER / code).rglob("*.md")):
        name = path.relative_to(FOLDER / code).as_posix().removesuffix(".md")
        head, _break, text = path.read_text().strip().partition("\n")
        found[name] = Chapter(name, code, head.removeprefix("# ").strip(), text.strip())
    return found


def find(name: str, code: str | None = None) -> Chapter | None:
    """In the reader's language, else in another one."""
    wanted = code or language()
    for each in (wanted, *LANGUAGES):
        if name in chapters(each):
            return chapters(each)[name]
    return None


def top_chapters() -> list[Chapter]:
    """For the side of the page, in the order in which the index names them; further ones after that."""
    known = chapters(language()) or chapters("en")
    index = known[INDEX].text if INDEX in known else ""
    named = [name for name in re.findall(r"\]\(([\w/-]+)\.md\)", index) if name in known]
    rest = [name for name in known if "/" not in name and name != INDEX and name not in named]
    return [known[name] for name in dict.fromkeys(named + rest)]


def here() -> str:
    """Where the question mark of this page leads: to the chapter of its room."""
    endpoint = request.endpoint or ""
    name = next((ROOMS[start] for start in ROOMS if endpoint.startswith(start)), INDEX)
    if name == "surveys" and any(word in endpoint for word in INDICATORS):
        name = "indicators"
    chapter = find("" if endpoint.startswith("overview.guide") else name)
    return chapter.address if chapter is not None else url_for("overview.guide")


def search(words: str, limit: int = 30) -> list[tuple[Chapter, str]]:
    """Chapters with all the words, those with a word in the title first; with the line that has one of them."""
    wanted = [word for word in words.casefold().split() if word][:6]
    if not wanted:
        return []
    found = [
        chapter
        for chapter in chapters(language()).values()
        if all(word in f"{chapter.title}\n{chapter.text}".casefold() for word in wanted)
    ]
    found.sort(key=lambda chapter: not any(word in chapter.title.casefold() for word in wanted))
    return [(chapter, next(_lines(chapter, wanted), "")) for chapter in found[:limit]]


def _lines(chapter: Chapter, wanted: list[str]) -> Iterator[str]:
    for line in chapter.text.splitlines():
        if any(word in line.casefold() for word in wanted):
            yield " ".join(_MARKS.sub(" ", line).split())[:200]
