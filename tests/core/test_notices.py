"""Notices: told once, read by whom they are for, and mails as often as the person wants them."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts.models import Person
from app import digest
from core import clock, mail, notices, tasks
from core.db import session
from core.mail import OutboxMail
from core.notices import Notice
from core.tasks import Task
from tests.page import Page
from tests.people import People


def assign(person: Person, app: Flask, kind: str = "ticket_task") -> OutboxMail:
    made = mail.post(
        to=person,
        template="digest",
        subject="CAR-2026-0001: an action is yours",
        context={
            "late": [],
            "due": [],
            "news": [],
            "base": "",
            "link": f"{app.config['BASE_URL']}/tickets/7",
        },
        kind=kind,
    )
    session.commit()
    return made


def mails() -> int:
    return session.scalar(select(func.count()).select_from(OutboxMail)) or 0


def test_a_mail_about_work_is_a_notice_with_a_bell(app: Flask, page: Page, people: People) -> None:
    posted = assign(people.owner, app)
    assert posted.next_try_at is not None
    page.as_(people.owner)
    assert "Notices, 1 unread" in page.get("/tasks")
    text = page.get("/notices")
    assert "CAR-2026-0001: an action is yours" in text
    found = notices.list_for(people.owner)[0]
    page.post(f"/notices/{found.id}/open", {})
    session.expire_all()
    assert found.read_at is not None
    assert "unread" not in page.get("/tasks")


def test_who_wants_one_mail_a_day_gets_only_that(app: Flask, people: People) -> None:
    people.owner.mails = "daily"
    posted = assign(people.owner, app)
    assert posted.next_try_at is None
    assert digest.tell(people.owner)
    session.flush()
    last = session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert last is not None
    assert last.kind == "digest"
    assert last.next_try_at is not None
    assert "CAR-2026-0001: an action is yours" in last.body


def test_a_mail_about_the_account_always_goes(app: Flask, people: People) -> None:
    people.owner.mails = "none"
    assert assign(people.owner, app, kind="password_reset").next_try_at is not None
    assert notices.list_for(people.owner) == []


@pytest.fixture
def pressing(monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    found: list[Task] = []
    monkeypatch.setattr(tasks, "_providers", [lambda _person: found])
    return found


def task(days: int, code: str = "CAR-2026-0002") -> Task:
    due = clock.now().date() + timedelta(days=days)
    return Task("inbox", "Do it", code, due, "Open", f"/tickets/{code}")


def test_late_and_due_work_is_told_once(people: People, pressing: list[Task]) -> None:
    pressing += [task(-3), task(0, "CAR-2026-0003"), task(9, "CAR-2026-0004")]
    before = mails()
    assert digest.tell(people.staff)
    assert {notice.kind for notice in notices.list_for(people.staff)} == {"late", "due"}
    assert mails() == before + 1
    assert not digest.tell(people.staff)
    assert mails() == before + 1


def test_the_digest_speaks_the_language_of_who_reads_it(people: People, pressing: list[Task]) -> None:
    people.staff.language = "zh"
    pressing.append(task(-1))
    digest.tell(people.staff)
    assert notices.list_for(people.staff)[0].text.startswith("逾期：")
    assert "您的工作" in session.scalars(select(OutboxMail.subject).order_by(OutboxMail.id.desc())).first()  # type: ignore[operator]  # one was just sent


def test_who_wants_no_mail_sees_it_here(people: People, pressing: list[Task]) -> None:
    people.staff.mails = "none"
    pressing.append(task(-1))
    before = mails()
    assert not digest.tell(people.staff)
    assert mails() == before
    assert len(notices.list_for(people.staff)) == 1


def test_nobody_opens_the_notice_of_another(app: Flask, page: Page, people: People) -> None:
    assign(people.owner, app)
    found = notices.list_for(people.owner)[0]
    page.as_(people.staff).post(f"/notices/{found.id}/open", {}, status=404)


def test_all_at_once_and_what_is_old(app: Flask, page: Page, people: People) -> None:
    assign(people.owner, app)
    assign(people.owner, app)
    page.as_(people.owner).post("/notices/read", {})
    session.expire_all()
    assert all(notice.read_at for notice in notices.list_for(people.owner))
    for notice in notices.list_for(people.owner):
        notice.at = clock.now() - timedelta(days=200)
    session.flush()
    notices.forget_old()
    assert session.scalar(select(func.count()).select_from(Notice)) == 0


def test_the_choice_is_made_in_the_account(page: Page, people: People) -> None:
    page.as_(people.owner)
    values: dict[str, Any] = {
        "name": people.owner.name,
        "language": "en",
        "theme": "",
        "density": "",
        "mails": "daily",
    }
    values["row_version"] = str(people.owner.row_version)
    page.post("/account", values)
    session.expire_all()
    assert people.owner.mails == "daily"
