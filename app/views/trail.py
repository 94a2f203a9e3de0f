"""The trail of everything: list, one entry, verification."""

from datetime import timedelta
from typing import Any

from flask import g, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, select

from accounts import queries as accounts
from accounts.permissions import READ_TRAIL
from app.views.base import blueprint, require_whole
from core import clock, history, jobs
from core import trail as core_trail
from core.access import guard
from core.forms import number_or_none
from core.i18n import _, _l, format_datetime
from core.tables import Column, Empty, Filter, ListPage, link, row_urls
from core.trail import TrailEntry

DAYS = {
    "1": _l("Last 24 hours"),
    "7": _l("Last 7 days"),
    "30": _l("Last 30 days"),
    "365": _l("Last 12 months"),
}


def _by_days(value: str) -> ColumnElement[bool] | None:
    return TrailEntry.at >= clock.now() - timedelta(days=int(value)) if value in DAYS else None


def _by_action(value: str) -> ColumnElement[bool] | None:
    return TrailEntry.action == value if value in history.sentences() else None


def _by_person(value: str) -> ColumnElement[bool] | None:
    if value == "0":
        return TrailEntry.actor_id.is_(None)
    number = number_or_none(value)
    return TrailEntry.actor_id == number if number is not None else None


def _actions() -> list[tuple[str, str]]:
    return sorted(((key, str(words)) for key, words in history.sentences().items()), key=lambda pair: pair[1])


def _people() -> list[tuple[str, Any]]:
    everybody = accounts.list_people(active_only=False)
    return [("0", _("Plumbline itself")), *((str(person.id), person.name) for person in everybody)]


def _what(row: Any) -> Markup:
    urls = getattr(g, "trail_urls", None)
    if urls is None:
        urls = g.trail_urls = row_urls("overview.trail_entry", "seq")
    return link(urls(row.seq), history.sentence(row))


TRAIL = ListPage(
    "trail",
    _l("Trail"),
    columns=[
        Column("seq", _l("No."), lambda row: row.seq, sort=TrailEntry.seq, css="r", descending=True),
        Column(
            "at",
            _l("When"),
            lambda row: format_datetime(row.at),
            sort=TrailEntry.at,
            export=lambda row: row.at,
            css="nb",
            descending=True,
        ),
        Column("who", _l("Who"), lambda row: row.actor_name, sort=TrailEntry.actor_name),
        Column("what", _l("What"), _what, sort=TrailEntry.action, export=history.sentence),
        Column("record", _l("Record"), lambda row: row.object_code or "—", sort=TrailEntry.object_code),
        Column("reason", _l("Reason"), lambda row: row.reason, shown=False),
        Column("changes", _l("Changes"), lambda row: row.changes, shown=False),
        Column("hash", _l("Hash"), lambda row: row.hash, shown=False, css="code"),
    ],
    tie=TrailEntry.seq,
    default_sort="-seq",
    search=[TrailEntry.object_code, TrailEntry.actor_name],
    search_label=_l("Code or name"),
    filters=[
        Filter("days", _l("When"), lambda: list(DAYS.items()), _by_days, any_label=_l("At any time")),
        Filter("person", _l("Who"), _people, _by_person),
        Filter("action", _l("What"), _actions, _by_action),
    ],
    empty=lambda: Empty(
        _("Nothing has happened yet"), _("Everything that changes a record is written here.")
    ),
)


def _statement() -> Any:
    entry = TrailEntry
    statement = select(
        entry.seq,
        entry.at,
        entry.actor_name,
        entry.action,
        entry.object_type,
        entry.object_id,
        entry.object_code,
        entry.reason,
        entry.changes,
        entry.hash,
    )
    kind, _sep, text = request.args.get("object", "").partition(":")
    number = number_or_none(text)
    if kind and number is not None:
        statement = statement.where(entry.object_type == kind[:40], entry.object_id == number)
    return statement


@blueprint.get("/trail")
@guard(READ_TRAIL)
def trail() -> Any:
    require_whole(READ_TRAIL)
    return TRAIL.answer("overview/trail.html", _statement(), head=core_trail.head())


@blueprint.get("/trail/<int:seq>")
@guard(READ_TRAIL)
def trail_entry(seq: int) -> str:
    require_whole(READ_TRAIL)
    entry = core_trail.get_entry(seq)
    return render_template(
        "overview/trail_entry.html",
        entry=entry,
        whole=core_trail.entry_is_whole(entry),
        last=core_trail.head()[0],
    )


@blueprint.post("/trail/verify")
@guard(READ_TRAIL)
def verify_trail() -> Any:
    """Walk the whole chain in the background; a noted head shows whether its tail was cut off."""
    require_whole(READ_TRAIL)
    known = core_trail.parse_head(request.form.get("head", ""))
    job = jobs.queue(
        "trail.verify", _("Verify the trail"), {"head": list(known) if known else None}, actor=g.person
    )
    return redirect(url_for("overview.job", job_id=job.id))
