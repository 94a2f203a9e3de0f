"""The outbox: every mail the product wrote, whether it went out, and why not."""

from typing import Any

from flask import current_app, flash, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, case, select

import app.words  # noqa: F401 - registers how the trail of the ground reads
from accounts.permissions import READ_OUTBOX
from app.views.base import blueprint, require_whole
from core import mail
from core.access import guard
from core.i18n import _, _l, format_datetime
from core.mail import OutboxMail
from core.tables import Column, Empty, Filter, ListPage, row_urls, state_mark, two_lines
from core.web import saved

STATES = {
    "waiting": (_l("Waiting"), "info"),
    "sent": (_l("Sent"), "good"),
    "failed": (_l("Failed"), "bad"),
    "kept": (_l("Not sent"), "few"),  # told in the application alone, or erased
}
STATE: Any = case(
    (OutboxMail.sent_at.is_not(None), "sent"),
    (OutboxMail.next_try_at.is_not(None), "waiting"),
    (OutboxMail.tries > 0, "failed"),
    else_="kept",
)


def _by_state(value: str) -> ColumnElement[bool] | None:
    condition: ColumnElement[bool] = value == STATE
    return condition if value in STATES else None


def _subject(row: Any) -> Markup:
    urls = getattr(g, "mail_urls", None)
    if urls is None:
        urls = g.mail_urls = row_urls("overview.outbox_mail", "mail_id")
    return two_lines(urls(row.id), row.subject, row.to_address)


def _state(row: Any) -> Markup:
    word, css = STATES[row.state]
    shown = state_mark(css, word)
    if row.error:
        shown += Markup('<div class="small quiet">{}</div>').format(row.error)
    return shown


OUTBOX = ListPage(
    "outbox",
    _l("Outbox"),
    columns=[
        Column("subject", _l("Mail"), _subject, sort=OutboxMail.subject, export=lambda row: row.subject),
        Column("to", _l("To"), lambda row: row.to_name or row.to_address, sort=OutboxMail.to_name),
        Column(
            "created",
            _l("Written"),
            lambda row: format_datetime(row.created_at),
            sort=OutboxMail.id,
            export=lambda row: row.created_at,
            css="nb",
            descending=True,
        ),
        Column(
            "sent",
            _l("Sent"),
            lambda row: format_datetime(row.sent_at) or "—",
            sort=OutboxMail.sent_at,
            export=lambda row: row.sent_at,
            css="nb",
            descending=True,
        ),
        Column("tries", _l("Tries"), lambda row: row.tries, sort=OutboxMail.tries, css="r"),
        Column("state", _l("State"), _state, sort=STATE, export=lambda row: str(STATES[row.state][0])),
    ],
    tie=OutboxMail.id,
    default_sort="-created",
    search=[OutboxMail.subject, OutboxMail.to_address, OutboxMail.to_name],
    search_label=_l("Subject or person"),
    filters=[
        Filter("state", _l("State"), lambda: [(key, word) for key, (word, _css) in STATES.items()], _by_state)
    ],
    empty=lambda: Empty(
        _("No mail yet"),
        _("Invitations, links for passwords and reminders are written here first and sent from here."),
    ),
)


def _statement() -> Any:
    return select(
        OutboxMail.id,
        OutboxMail.subject,
        OutboxMail.to_address,
        OutboxMail.to_name,
        OutboxMail.created_at,
        OutboxMail.sent_at,
        OutboxMail.tries,
        OutboxMail.error,
        STATE.label("state"),
    )


@blueprint.get("/outbox")
@guard(READ_OUTBOX)
def outbox() -> Any:
    require_whole(READ_OUTBOX)
    config = current_app.config
    return OUTBOX.answer(
        "overview/outbox.html", _statement(), host=config["SMTP_HOST"], demonstration=config["DEMO"]
    )


def _page(found: OutboxMail, body: str, *, revealed: bool = False) -> str:
    state = (
        "sent" if found.sent_at else "waiting" if found.next_try_at else "failed" if found.tries else "kept"
    )
    return render_template(
        "overview/outbox_mail.html",
        mail=found,
        body=body,
        hidden=mail.HIDDEN in body,
        may_reveal=not revealed and mail.may_reveal(found),
        own=found.to_address == g.person.email,  # to others its links lead where they alone may go
        state=state,
        word=STATES[state][0],
        css=STATES[state][1],
    )


@blueprint.get("/outbox/<int:mail_id>")
@guard(READ_OUTBOX)
def outbox_mail(mail_id: int) -> str:
    """One mail, without what only its recipient may read."""
    require_whole(READ_OUTBOX)
    found = mail.get(mail_id)
    return _page(found, found.shown)


@blueprint.route("/outbox/<int:mail_id>/reveal", methods=["GET", "POST"])
@guard(READ_OUTBOX)
def reveal_mail(mail_id: int) -> Any:
    """The whole mail. Opened as an address (in the other language, from the history) it is hidden again."""
    require_whole(READ_OUTBOX)
    found = mail.get(mail_id)
    if request.method != "POST":
        return redirect(url_for("overview.outbox_mail", mail_id=found.id))
    body = mail.reveal(found, actor=g.person)
    return saved(make_response(_page(found, body, revealed=True)))


@blueprint.post("/outbox/<int:mail_id>/retry")
@guard(READ_OUTBOX)
def retry_mail(mail_id: int) -> Any:
    require_whole(READ_OUTBOX)
    mail.retry(mail.get(mail_id), actor=g.person)
    flash(_("The mail is tried again within a minute."), "good")
    return redirect(url_for("overview.outbox_mail", mail_id=mail_id))
