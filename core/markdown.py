"""Text that people write, as safe HTML: Markdown without raw HTML, images or scripts; links to the web, mail or this site."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

DEEPEST = 6
TAGS = {
    "p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


@lru_cache(maxsize=2)
def _parser(breaks: bool) -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False, "breaks": breaks})
        .enable(["table", "strikethrough"])
        .disable("image")
    )


@lru_cache(maxsize=256)
def render(text: str, below: int = 2, *, breaks: bool = True) -> Markup:
    """Paragraphs, lists, tables, emphasis and links. HTML that somebody typed appears as the text it is.

    `below` is the level of the page's heading over the text: its own headings begin one deeper. What people
    type keeps its line breaks, what is written in files (`breaks` False) does not.
    """
    parser = _parser(breaks)
    tokens = parser.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(DEEPEST, int(token.tag[1:]) + below)}"
    made = parser.renderer.render(tokens, parser.options, {})
    safe = nh3.clean(
        made,
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return Markup(safe)  # noqa: S704 - cleaned
