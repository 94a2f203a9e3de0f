"""The pack before the meeting, the minutes after it: read, set, printed. Called by the job."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import g, render_template

from accounts import queries as accounts
from core import clock, signing
from core.charts.render import to_svg
from core.db import session
from core.documents import pdf
from core.i18n import _, format_date, format_datetime, format_list
from reviews import showing
from reviews.inputs import Block, blocks_of
from reviews.models import Addendum, AgendaItem, Decision, Review
from reviews.queries import decisions as decision_queries
from reviews.queries import reviews as queries
from reviews.rules.agenda import FRAMEWORKS, references
from reviews.rules.states import DecisionKind, Result, State
from reviews.words import period_words


@dataclass(frozen=True)
class Content:
    """Everything that is printed, loaded."""

    review: Review
    organisation: str
    people: list[str]
    items: list[AgendaItem]
    blocks: dict[int, list[Block]]
    decisions: list[Decision]
    signatures: list[tuple[str, str, str]]
    addenda: list[Addendum]
    at: datetime

    @property
    def is_minutes(self) -> bool:
        return self.review.is_frozen


def read(review_id: int) -> Content:
    review = queries.get_review(review_id)
    organisation = accounts.organisation()
    g.organisation_zone = organisation.time_zone if organisation else "UTC"
    items = queries.items_of(review.id)
    blocks = blocks_of(review, items)
    content = Content(
        review=review,
        organisation=organisation.name if organisation else "",
        people=[member.person.name for member in queries.members_of(review.id)],
        items=items,
        blocks=blocks,
        decisions=decision_queries.decisions_of(review.id),
        signatures=[
            (one.signer_name, str(_("Approval of the minutes")), format_datetime(one.at))
            for one in signing.signatures_of(review)
        ],
        addenda=queries.addenda_of(review.id),
        at=clock.now(),
    )
    session.expunge_all()
    return content


def draw(
    content: Content, language: str, cache: Path, tick: Callable[[], None] = lambda: None
) -> dict[tuple[int, int], str]:
    """Addresses of the charts, by agenda item and row."""
    made = {}
    for item in content.items:
        for block in content.blocks[item.id]:
            for number, row in enumerate(block["rows"] if block["type"] == "trends" else []):
                svg = to_svg(showing.trend(row, 100), language, cache, width=640)
                made[item.id, number] = pdf.svg_uri(svg)
                tick()
    return made


def typeset(content: Content, charts: dict[tuple[int, int], str], language: str) -> str:
    review = content.review
    title = str(_("Minutes of the management review") if content.is_minutes else _("Management review pack"))
    return render_template(
        "reviews/print/pack.html",
        c=content,
        review=review,
        charts=charts,
        title=title,
        subtitle=review.title,
        organisation=content.organisation,
        html_lang="zh-CN" if language == "zh" else "en",
        note=f"{review.code} · {State(review.state).label}",
        facts=_facts(content),
        made=_made(content),
        contents=_contents(content),
        references=references,
        kind_label=lambda kind: DecisionKind(kind).label,
        result_label=lambda result: Result(result).label,
        period=period_words(review.first_day, review.last_day, "text"),
        **showing.GLOBALS,
    )


def _facts(content: Content) -> list[tuple[str, str]]:
    review = content.review
    facts = [
        (_("Number"), review.code),
        (_("Unit"), review.unit.name),
        (_("Period"), period_words(review.first_day, review.last_day, "text")),
        (_("Meeting on"), format_date(review.meets_on, "text")),
        (_("Place of the meeting"), review.place),
        (_("Chair"), review.chair.name if review.chair else "—"),
        (_("Participants"), format_list([*content.people, *review.guests.splitlines()])),
        (_("Asked for by"), format_list(FRAMEWORKS.get(code, code) for code in review.frameworks)),
        (_("State"), str(State(review.state).label)),
    ]
    return [(str(word), text) for word, text in facts if text]


def _made(content: Content) -> str:
    review = content.review
    if review.held_at is not None:
        return str(
            _(
                "Figures are frozen as of %(moment)s, when the meeting was closed.",
                moment=format_datetime(review.held_at, "text"),
            )
        )
    return str(
        _(
            "Figures as of %(moment)s; they stay live until the meeting is closed.",
            moment=format_datetime(content.at, "text"),
        )
    )


def _contents(content: Content) -> list[tuple[str, str, int]]:
    found = [("summary", str(_("At a glance")), 1)]
    if content.review.minutes:
        found.append(("minutes", str(_("Minutes")), 1))
    if content.decisions:
        found.append(("decisions", str(_("Decisions")), 1))
    found.append(("agenda", str(_("Agenda")), 1))
    found += [(f"i{item.id}", f"{number}  {item.title}", 2) for number, item in enumerate(content.items, 1)]
    if content.signatures:
        found.append(("signatures", str(_("Signatures")), 1))
    return found


def to_pdf(content: Content, html: str, language: str, cache: Path) -> bytes:
    review = content.review
    return pdf.render_pdf(
        html,
        title=f"{review.code} {review.title}",
        language=language,
        cache_dir=cache,
        author=content.organisation,
        subject=str(_("Management review")),
        created=content.at,
    )
