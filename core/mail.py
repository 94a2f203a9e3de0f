"""Mail: a row in the transaction of what it tells about, delivered afterwards by the worker over SMTP.

What only the recipient may read, such as the token of a personal link, is marked by whoever writes the mail:
`context={"link": f"{base}/follow/{mail.secret(token)}"}`. Whatever shows mails to others prints `shown`, where it is
"•••"; only what goes out is `whole`, and once it has gone out the secret is forgotten here too. See decision 10.
"""

import re
import smtplib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from flask import current_app
from sqlalchemy import Integer, String, Text, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, notices, trail
from core.db import Keyed, Model, get_record, mode, session, table_of
from core.errors import RuleViolation
from core.i18n import _, force_locale

TRIES = 8
ROUND = 20  # mails sent before a job that waits has its turn
#: about the account itself or the digest: always a mail, never a notice
PERSONAL = frozenset({"password_reset", "invitation", "digest"})
#: what the mail library raises at an address it can't read, such as a@[b.c: that mail waits, the others go out
UNREADABLE = (AttributeError, LookupError, ValueError)
HIDDEN = "•••"
ERASED = "erased@invalid"
_OPEN, _SHUT = "\x02", "\x03"  # never typed, kept by both databases
_SECRET = re.compile(f"{_OPEN}([^{_OPEN}{_SHUT}]*){_SHUT}")
_MARK = re.compile(f"[{_OPEN}{_SHUT}]")
#: written before secrets were marked
_UNMARKED = re.compile(r"(https?://\S+/(?:reset|follow)/)[^\s?\x02•]+")


def secret(words: str) -> str:
    """Mark the part of a mail that nobody but its recipient may read; for values of a mail's `context`."""
    return f"{_OPEN}{_MARK.sub('', words)}{_SHUT}"


def hide(text: str) -> str:
    """The text as others may read it."""
    return _UNMARKED.sub(rf"\1{HIDDEN}", _MARK.sub("", _SECRET.sub(HIDDEN, text)))


class OutboxMail(Keyed, Model):
    __tablename__ = "outbox_mail"

    to_address: Mapped[str] = mapped_column(String(254), nullable=False)
    to_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    language: Mapped[str] = mapped_column(String(5), nullable=False, default="en")
    subject: Mapped[str] = mapped_column(String(300), nullable=False)
    body: Mapped[str] = mapped_column(Text, nullable=False)
    kind: Mapped[str] = mapped_column(String(60), nullable=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    next_try_at: Mapped[datetime | None] = mapped_column(default=clock.now, index=True)
    sent_at: Mapped[datetime | None] = mapped_column()
    tries: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    error: Mapped[str] = mapped_column(String(500), nullable=False, default="")

    @property
    def shown(self) -> str:
        """The text for anybody but the recipient."""
        return hide(self.body)

    @property
    def whole(self) -> str:
        """The text for the recipient, secrets included as long as they are kept."""
        return _MARK.sub("", self.body)

    @property
    def has_secret(self) -> bool:
        return self.whole != self.shown


def one_line(value: Any) -> str:
    """No line breaks in what becomes a header."""
    return " ".join(str(value).split())


def post(
    *, to: Any, template: str, subject: Any, context: dict[str, Any], kind: str, key: str | None = None
) -> OutboxMail:
    """Write a mail in the recipient's language. `to` has `email`, `name`, `language`; `template` lies in templates/mail.

    A mail to somebody inside about a page (`link` in the context) is a notice in the application as well; whoever
    wants one mail a day or none gets only that, which tells the same. Parts that only the recipient may read are
    marked with `secret` in the context; a link with such a part never becomes a notice. `key` is the notice's.
    """
    with force_locale(to.language):
        # not render_template: a mail has no page around it
        body = current_app.jinja_env.get_template(f"mail/{template}.txt").render(person=to, **context)
        line = hide(one_line(subject() if callable(subject) else subject))
    made = OutboxMail(
        to_address=one_line(to.email),
        to_name=one_line(to.name),
        language=to.language,
        subject=line[:300],
        body=body,
        kind=kind,
    )
    base = str(current_app.config["BASE_URL"])
    link = str(context.get("link", ""))
    inside = getattr(to, "id", None)
    if inside is not None and kind not in PERSONAL and link.startswith(f"{base}/") and not _MARK.search(link):
        notices.note(inside, line, link.removeprefix(base), kind=kind, key=key)
        if to.mails != "each":
            session.add(made)
            session.flush()  # an empty time in a new row would become its default
            made.next_try_at = None
            made.error = str(_("Told in the application only."))
    session.add(made)
    return made


def tell(
    person: Any,
    task: Any,
    *,
    code: str,
    title: Callable[[], str],
    path: str,
    kind: str,
    actor: Any = None,
    due: date | None = None,
    key: str | None = None,
) -> OutboxMail | None:
    """A mail and a notice about something new to do; nobody is told what they did themselves, and with a `key`
    nobody is told twice. `title`, and `task` where it is no text, give it in the recipient's language."""
    if person is None or person.id == getattr(actor, "id", None) or not person.active:
        return None
    if key is not None and notices.told_keys(person.id, [key]):
        return None
    with force_locale(person.language):
        words, named = str(task() if callable(task) else task), title()
        line = _("%(code)s: %(task)s", code=code, task=words)
    return post(
        to=person,
        template="task",
        subject=line,
        context={
            "code": code,
            "title": named,
            "task": words,
            "due": due,
            "link": f"{current_app.config['BASE_URL']}{path}",
        },
        kind=kind,
        key=key,
    )


def get(mail_id: int) -> OutboxMail:
    return get_record(OutboxMail, mail_id)


def retry(mail: OutboxMail, *, actor: Any) -> None:
    """Try a mail that failed or waits for its next try at once, with the whole number of tries before it."""
    if mail.sent_at is not None:
        raise RuleViolation(_("This mail was sent already."))
    mail.tries, mail.next_try_at, mail.error = 0, clock.now(), ""
    trail.record(mail, "mail.retried", actor=actor, code=mail.subject)


def may_reveal(mail: OutboxMail) -> bool:
    """Without a mail server, where the site is set so (the demonstration is), the links must be handed over by hand."""
    config = current_app.config
    return bool(config["OUTBOX_SECRETS"]) and not config["SMTP_HOST"] and mail.has_secret


def reveal(mail: OutboxMail, *, actor: Any) -> str:
    """The whole text, to somebody who is not its recipient: kept in the trail."""
    if not may_reveal(mail):
        raise RuleViolation(_("What only the recipient may read is not shown here."))
    trail.record(mail, "mail.revealed", actor=actor, code=mail.subject)
    return mail.whole


def erase(mails: Any) -> None:
    """Take what is personal out of mails, for good: `mails` selects their ids."""
    mail = table_of(OutboxMail)
    session.execute(
        update(mail)
        .where(mail.c.id.in_(mails))
        .values(
            to_address=ERASED,
            to_name="",
            subject="—",
            body="",
            next_try_at=None,
            tries=0,
            error=str(_("Erased on request.")),
        )
    )


def due(limit: int = ROUND) -> list[OutboxMail]:
    return list(
        session.scalars(
            select(OutboxMail)
            .where(OutboxMail.sent_at.is_(None), OutboxMail.next_try_at <= clock.now())
            .order_by(OutboxMail.id)
            .limit(limit)
        )
    )


def as_message(mail: OutboxMail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to_address
    message["Subject"] = mail.subject
    message["Date"] = formatdate(mail.created_at.timestamp())
    message["Message-ID"] = make_msgid(
        idstring=f"outbox-{mail.id}", domain=sender.rpartition("@")[2] or "localhost"
    )
    message.set_content(mail.whole)  # takes away every Content- header set before
    message["Content-Language"] = "zh-CN" if mail.language == "zh" else "en"
    return message


def deliver_due() -> int:
    """Send a round of what waits. Nobody waits for the mail server meanwhile: a mail is claimed in one short
    transaction and what became of it is written in another. Gives the number sent."""
    if not current_app.config["SMTP_HOST"]:
        return 0
    with mode("read"):
        waiting = [mail.id for mail in due()]
        session.rollback()
    return sum(_deliver(mail_id) for mail_id in waiting)


def _deliver(mail_id: int) -> bool:
    mail = _get_locked(mail_id)
    if mail.next_try_at is None or mail.next_try_at > clock.now():  # another worker's, or erased
        session.rollback()
        return False
    # as if it failed: a worker that dies now leaves it to the next try, and no other takes it before that
    mail.tries += 1
    mail.next_try_at = clock.now() + timedelta(minutes=2**mail.tries) if mail.tries < TRIES else None
    error: Exception | None = None
    message = None
    try:
        message = as_message(mail, current_app.config["MAIL_SENDER"])
    except UNREADABLE as unreadable:
        error = unreadable
    session.commit()
    if message is not None:
        error = _hand_over(message)
    mail = _get_locked(mail_id)
    if mail.to_address != ERASED:
        mail.error = hide(one_line(error))[:500] if error is not None else ""
    if error is None:
        mail.sent_at, mail.next_try_at, mail.body = clock.now(), None, mail.shown
    session.commit()
    return error is None


def _get_locked(mail_id: int) -> OutboxMail:
    return session.get_one(OutboxMail, mail_id, with_for_update=True, populate_existing=True)


def _hand_over(message: EmailMessage) -> Exception | None:
    """To the mail server; what it or the network says against it."""
    config = current_app.config
    try:
        with smtplib.SMTP(config["SMTP_HOST"], int(config["SMTP_PORT"]), timeout=20) as server:
            if config["SMTP_STARTTLS"]:
                server.starttls()
            if config["SMTP_USER"]:
                server.login(config["SMTP_USER"], config["SMTP_PASSWORD"])
            server.send_message(message)
    except (OSError, smtplib.SMTPException, *UNREADABLE) as error:
        return error
    return None
