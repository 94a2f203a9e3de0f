"""Mail: in the transaction of what it tells about, delivered over SMTP, tried again ever later."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_string
from email.header import decode_header, make_header
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts import operations, queries
from core import clock, jobs, mail, notices, trail
from core.db import session
from core.mail import OutboxMail
from tests.page import Page
from tests.people import People


class Server(socketserver.ThreadingTCPServer):
    """As much of a mail server as a test needs."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.taken: list[str] = []
        self.refuse = False
        self.meanwhile: Callable[[], None] = lambda: None


class Talk(socketserver.StreamRequestHandler):
    server: Server

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            word = line.upper()[:4]
            if word == "DATA":
                self.say("354 go on")
                lines = []
                while (part := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(part)
                self.server.taken.append("\n".join(lines))
                self.server.meanwhile()
                self.say("250 taken")
            elif word == "RCPT" and self.server.refuse:
                self.say("550 no such box")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")


@contextmanager
def serving(app: Flask) -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    app.config.update(SMTP_HOST="127.0.0.1", SMTP_PORT=made.server_address[1])
    yield made
    app.config.update(SMTP_HOST="", SMTP_PORT=25)
    made.shutdown()
    made.server_close()


@pytest.fixture
def server(app: Flask) -> Iterator[Server]:
    with serving(app) as made:
        yield made


def put(count: int, **values: Any) -> None:
    """Mails that wait."""
    blank = {"to_address": "mei@example.org", "to_name": "Mei", "subject": "Hello", "body": "Dear Mei"}
    session.add_all(mail.OutboxMail(kind="x", **blank | values) for _number in range(count))
    session.commit()


@pytest.fixture
def live_server(live_app: Flask) -> Iterator[Server]:
    with serving(live_app) as made:
        yield made


def test_nobody_waits_for_the_mail_server(live_app: Flask, live_server: Server) -> None:
    """Others write while a mail is handed over; what they take out of the mail stays out."""
    wrote = []

    def meanwhile() -> None:
        with live_app.app_context():
            mail.erase(select(OutboxMail.id))
            session.commit()
            wrote.append(1)

    live_server.meanwhile = meanwhile
    with live_app.app_context():
        put(1)
        assert mail.deliver_due() == 1
        found = session.scalars(select(OutboxMail)).one()
        assert (found.to_address, found.to_name, found.body) == (mail.ERASED, "", "")
        assert found.sent_at is not None
        assert mail.deliver_due() == 0
    assert wrote == [1]
    assert len(live_server.taken) == 1


def test_what_another_worker_is_sending_is_not_sent_twice(live_app: Flask, live_server: Server) -> None:
    def meanwhile() -> None:
        with live_app.app_context():
            assert mail.deliver_due() == 0

    live_server.meanwhile = meanwhile
    with live_app.app_context():
        put(1)
        assert mail.deliver_due() == 1
    assert len(live_server.taken) == 1


def test_a_full_round_is_followed_by_the_next_at_once(live_app: Flask, live_server: Server) -> None:
    with live_app.app_context():
        put(2 * mail.ROUND + 3)
    jobs.work(live_app, once=True)
    assert len(live_server.taken) == 2 * mail.ROUND + 3


def write(people: People) -> OutboxMail:
    operations.ask_reset(people.staff.email)
    return session.scalars(select(OutboxMail)).one()


def test_a_mail_goes_out_with_its_headers(people: People, server: Server) -> None:
    operations.change_person(people.staff, seen=None, actor=None, language="zh", name="王芳")
    made = write(people)
    assert mail.deliver_due() == 1
    assert mail.deliver_due() == 0
    (text,) = server.taken
    message = message_from_string(text)
    assert message["To"] == people.staff.email
    assert str(make_header(decode_header(message["Subject"]))) == made.subject
    assert "准绳" in made.subject
    assert message["Content-Language"] == "zh-CN"
    assert made.sent_at is not None


def test_a_refused_mail_is_tried_later_and_later_and_then_given_up(people: People, server: Server) -> None:
    server.refuse = True
    made = write(people)
    waits = []
    while made.next_try_at is not None:
        made.next_try_at = clock.now() - timedelta(seconds=1)
        session.commit()
        assert mail.deliver_due() == 0
        if made.next_try_at is not None:
            waits.append(round((made.next_try_at - clock.now()).total_seconds() / 60))
    assert waits == [2, 4, 8, 16, 32, 64, 128]
    assert "no such box" in made.error
    mail.retry(made, actor=people.admin)
    session.commit()
    server.refuse = False
    assert mail.deliver_due() == 1
    assert made.error == ""


def test_a_server_that_is_down_costs_nothing_but_time(people: People, app: Flask) -> None:
    app.config.update(SMTP_HOST="127.0.0.1", SMTP_PORT=1)
    try:
        made = write(people)
        assert mail.deliver_due() == 0
        assert made.error
        assert made.next_try_at is not None
        assert made.next_try_at > clock.now()
    finally:
        app.config.update(SMTP_HOST="", SMTP_PORT=25)


def test_an_address_that_cannot_be_read_holds_no_other_mail_up(people: People, server: Server) -> None:
    for address in ("a@[b.c", "mei@example.org"):
        session.add(mail.OutboxMail(to_address=address, to_name="", subject="s", body="b", kind="x"))
    session.commit()
    assert mail.deliver_due() == 1
    stuck = session.scalars(select(mail.OutboxMail).where(mail.OutboxMail.to_address == "a@[b.c")).one()
    assert stuck.sent_at is None
    assert stuck.tries == 1
    assert stuck.error


def test_a_mail_shares_the_fate_of_its_transaction(live_app: Flask) -> None:
    with live_app.app_context():
        root = queries.find_root()
        assert root is not None
        operations.add_person(email="x@example.org", name="X", unit=root, actor=None, invite=True)
        session.rollback()
        assert session.scalar(select(func.count()).select_from(OutboxMail)) == 0


def test_line_breaks_never_become_headers(people: People) -> None:
    operations.change_person(people.staff, seen=None, actor=None, name="Stan\r\nBcc: all@example.org")
    made = write(people)
    assert "\n" not in made.to_name
    message = mail.as_message(made, "plumbline@example.org")
    assert message["Bcc"] is None


def test_the_outbox_shows_mails_to_administrators_of_the_whole(
    page: Page, people: People, app: Flask
) -> None:
    made = write(people)
    page.as_(people.admin)
    text = page.get("/outbox")
    assert "No mail server is set up" in text
    assert people.staff.email in text
    assert people.staff.email not in page.get("/outbox?state=failed").split("</form>")[-1]
    made.next_try_at, made.error = None, "Told in the application only."
    session.commit()
    text = page.get(f"/outbox/{made.id}")
    assert "Not sent" in text
    assert "did not take it" not in text
    assert people.staff.email in page.get("/outbox?state=kept").split("</form>")[-1]
    assert people.staff.email not in page.get("/outbox?state=failed").split("</form>")[-1]
    made.next_try_at, made.tries, made.error = None, 8, "refused"
    session.commit()
    assert "Failed" in page.get(f"/outbox/{made.id}")
    page.post(f"/outbox/{made.id}/retry")
    assert "Waiting" in page.follow()
    address = next(word for word in made.shown.split() if word.startswith("http"))
    link = f'href="{address}"'
    assert link not in page.get(f"/outbox/{made.id}"), "it leads where only its recipient may go"
    made.to_address = people.admin.email
    session.commit()
    assert link in page.get(f"/outbox/{made.id}")
    page.as_(people.manager)
    page.get(f"/outbox/{made.id}", status=403)


def test_what_only_the_recipient_may_read_is_nowhere_but_in_the_message(
    page: Page, people: People, server: Server
) -> None:
    made = write(people)
    token = made.whole.split("/reset/")[1].split()[0]
    assert len(token) > 30
    page.as_(people.admin)
    text = page.get(f"/outbox/{made.id}")
    assert "/reset/•••" in text
    assert "Open the whole mail" not in text, "a mail server delivers"
    assert token not in text + page.get("/outbox") + page.get("/outbox?export=csv") + page.get("/trail")
    assert "not shown here" in page.post(f"/outbox/{made.id}/reveal", status=422).text
    assert mail.deliver_due() == 1
    assert token in server.taken[0].replace("=\n", "")
    session.expire_all()
    assert token not in made.body, "forgotten once it is delivered"


def test_without_a_mail_server_a_link_can_be_handed_over_and_that_is_kept(
    page: Page, people: People, app: Flask
) -> None:
    made = write(people)
    token = made.whole.split("/reset/")[1].split()[0]
    page.as_(people.admin).post(f"/outbox/{made.id}/reveal", status=422)
    app.config["OUTBOX_SECRETS"] = True
    try:
        text = page.get(f"/outbox/{made.id}")
        assert token not in text
        assert "Open the whole mail" in text
        assert f"/reset/{token}" in page.post(f"/outbox/{made.id}/reveal", status=200).text
        assert token not in page.get(f"/outbox/{made.id}/reveal", status=302)
        page.as_(people.manager).post(f"/outbox/{made.id}/reveal", status=403)
    finally:
        app.config["OUTBOX_SECRETS"] = False
    (entry,) = [one for one in trail.history(made) if one.action == "mail.revealed"]
    assert entry.actor_name == people.admin.name


def test_mails_of_earlier_versions_hide_their_links_too(people: People) -> None:
    made = write(people)
    made.body = "See https://x.example.org/follow/7-abc_D?lang=en and https://x.example.org/reset/abc-9\n"
    assert made.shown == (
        "See https://x.example.org/follow/•••?lang=en and https://x.example.org/reset/•••\n"
    )
    assert made.whole == made.body


def test_a_secret_link_is_never_a_notice(people: People, app: Flask) -> None:
    link = f"{app.config['BASE_URL']}/answer/{mail.secret('k3y')}"
    made = mail.post(
        to=people.staff,
        template="task",
        subject=f"Yours: {link}",
        context={"code": "", "title": "", "task": "", "due": None, "link": link},
        kind="any",
    )
    assert notices.list_for(people.staff) == []
    assert "k3y" not in made.subject + made.shown
    assert "/answer/k3y" in made.whole
