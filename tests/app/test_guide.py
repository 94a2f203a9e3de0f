"""The guide: complete in both languages, true to the words of the pages, with links that lead somewhere."""

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from app import guide, navigation
from core.i18n import CATALOGS, LANGUAGES
from tests.page import Page
from tests.people import People

BOLD = re.compile(r"\*\*(.+?)\*\*")
LINK = re.compile(r"\]\(([^)]+)\)")
CHAPTERS = sorted(path.stem for path in (guide.FOLDER / "en").glob("*.md"))


def words_of(code: str) -> set[str]:
    """What pages can print in a language, without values."""
    found: set[str] = set()
    for path in (CATALOGS / "zh").glob("*.po"):
        with path.open("rb") as handle:
            for message in read_po(handle, locale="zh"):
                ids, strings = message.id, message.string
                texts: Any = (ids if code == "en" else strings) or ()
                found |= set(texts if isinstance(texts, tuple) else (texts,))
    return {re.sub(r"%\(\w+\)[sd]", "…", text).replace("%%", "%").strip(" .。：:") for text in found}


def test_both_languages_have_the_same_chapters() -> None:
    assert len(CHAPTERS) >= 13
    assert set(guide.chapters("en")) == set(guide.chapters("zh"))
    for code in LANGUAGES:
        for chapter in guide.chapters(code).values():
            assert chapter.title, chapter.name
            assert len(chapter.text) > 200, chapter.name


@pytest.mark.parametrize("code", LANGUAGES)
def test_bold_words_stand_on_a_page(code: str) -> None:
    known = words_of(code)
    missing = {
        (chapter.name, word)
        for chapter in guide.chapters(code).values()
        if "/" not in chapter.name
        for bold in BOLD.findall(chapter.text)
        for word in bold.split(" → ")
        if word.strip(" .。") not in known
    }
    assert not missing


@pytest.mark.parametrize("code", LANGUAGES)
def test_links_lead_to_chapters(code: str) -> None:
    for chapter in guide.chapters(code).values():
        for target in LINK.findall(chapter.text):
            if target.startswith("http"):
                continue
            path = (guide.FOLDER / code / Path(chapter.name).parent / target.partition("#")[0]).resolve()
            assert path.exists(), (chapter.name, target)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_chapter_is_a_page_whose_links_resolve(page: Page, people: People, code: str) -> None:
    page.as_(people.staff)
    index = page.get(f"/guide?lang={code}")
    linked = set(re.findall(r'href="(/guide/[^"?#]+)"', index))
    assert {f"/guide/{name}" for name in CHAPTERS if name != guide.INDEX} <= linked
    for chapter in guide.chapters(code).values():
        text = page.get(chapter_url(chapter.name))
        assert ".md" not in "".join(re.findall(r'href="([^"]*)"', text)), chapter.name
        for target in re.findall(r'href="(/guide/[^"?#]+)"', text):
            assert guide.find(target.removeprefix("/guide/"), code) is not None, target


def chapter_url(name: str) -> str:
    return "/guide" if name == guide.INDEX else f"/guide/{name}"


def test_lines_of_a_file_are_no_lines_of_the_page(page: Page, people: People) -> None:
    text = page.as_(people.staff).get("/guide/standards?lang=zh")
    article = text.partition("<article")[2].partition("</article>")[0]
    assert "<br" not in article
    assert not re.search("[，。；、\u4e00-\u9fff]\n[\u4e00-\u9fff]", article)


@pytest.mark.parametrize(
    "name", ["nothing", "../README", "..%2f..%2foperations", "methods", "README.md", "en/audits"]
)
def test_other_addresses_are_no_chapters(page: Page, people: People, name: str) -> None:
    page.as_(people.staff).get(f"/guide/{name}", status=404)


def test_the_question_mark_leads_to_the_chapter_of_the_room(page: Page, people: People) -> None:
    page.as_(people.manager)
    for url, chapter in (
        ("/", "overview"),
        ("/standards", "standards"),
        ("/standards/calendars", "promises"),
        ("/frameworks", "frameworks"),
        ("/delivery", "promises"),
        ("/surveys", "surveys"),
        ("/surveys/indicators", "indicators"),
        ("/surveys/analyses", "methods/README"),
        ("/customers", "customers-and-sampling"),
        ("/complaints", "complaints"),
        ("/audits", "audits"),
        ("/findings", "improvement"),
        ("/tickets", "improvement"),
        ("/reviews", "reviews"),
        ("/certification", "certification"),
        ("/trail", "administration"),
        ("/account", "overview"),
    ):
        assert f'href="/guide/{chapter}" aria-label="Guide to this page"' in page.get(url), url
    assert 'href="/guide" aria-label="Guide to this page"' in page.get("/guide/audits")


def test_every_room_of_the_menu_has_a_chapter(page: Page, people: People) -> None:
    page.as_(people.manager).get("/")
    known = set(guide.chapters("en"))
    for section in navigation.SECTIONS:
        for item in section.items:
            start = next((name for key, name in guide.ROOMS.items() if item.endpoint.startswith(key)), None)
            assert start in known or item.endpoint.partition(".")[0] in known, item.endpoint


def test_words_find_chapters(page: Page, people: People) -> None:
    page.as_(people.staff)
    text = page.get("/guide?q=checklist+arrows")
    found = text.partition("Chapters with")[2].partition("</section>")[0]
    assert 'href="/guide/audits"' in found
    assert 'href="/guide/reviews"' not in found
    assert "No chapter has these words" in page.get("/guide?q=zeppelin")
    assert "检查表" in page.get("/guide?lang=zh&q=检查表").partition("章节</h2>")[0]
    hits = page.get("/search?q=management+review&lang=en")
    assert 'href="/guide/reviews"' in hits
    page.get("/guide?q=%3Cb%3E%00x".replace("%00", ""))


def test_without_the_docs_the_page_says_so(
    page: Page, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide, "chapters", lambda _code: {})
    page.as_(people.staff)
    assert "The guide is not installed here" in page.get("/guide")
    page.get("/guide/audits", status=404)
    page.get("/tasks")


def test_nobody_reads_it_without_signing_in(page: Page) -> None:
    page.as_(None).get("/guide", status=302)
