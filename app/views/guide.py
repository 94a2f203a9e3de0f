"""Pages of the guide."""

from typing import Any

from flask import render_template, request

from app import guide as book
from app.views.base import blueprint
from core.access import signed_in
from core.errors import NotFound
from core.i18n import _
from core.search import Hit


@blueprint.get("/guide")
@signed_in
def guide() -> str:
    words = " ".join(request.args.get("q", "").split())[:100]
    return render_template(
        "overview/guide.html",
        chapter=book.find(book.INDEX),
        words=words,
        hits=book.search(words),
    )


@blueprint.get("/guide/<path:chapter>")
@signed_in
def guide_chapter(chapter: str) -> str:
    found = book.find(chapter)
    if found is None:
        raise NotFound
    return render_template("overview/guide.html", chapter=found, words="", hits=[])


def search(_person: Any, words: str, limit: int) -> list[Hit]:
    """For the search of the top bar: chapters by their title."""
    wanted = words.casefold().split()
    return [
        Hit("", chapter.title, chapter.address, _("Guide"), line)
        for chapter, line in book.search(words, 20)
        if all(word in chapter.title.casefold() for word in wanted)
    ][:limit]
