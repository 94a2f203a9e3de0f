"""The meeting in people's calendars, and in their mail some days before."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from core.db import session
from core.mail import OutboxMail
from reviews.models import Review
from reviews.operations import reviews as operations
from reviews.operations import steps
from reviews.queries import reviews as queries
from tests.page import Page
from tests.people import People
from tests.reviews.builders import plan, prepare


def lines(page: Page, url: str) -> list[str]:
    text = page.get(url).replace("\r\n ", "")
    assert page.response is not None
    assert page.response.mimetype == "text/calendar"
    return text.split("\r\n")


def test_a_review_as_a_calendar_file(page: Page, people: People) -> None:
    made = prepare(people, place="Room 7; first floor")
    page.as_(people.top)
    found = lines(page, f"/reviews/{made.id}/calendar.ics")
    assert f"DTSTART;VALUE=DATE:{made.meets_on:%Y%m%d}" in found
    assert "LOCATION:Room 7\\; first floor" in found
    assert any(line.startswith("SUMMARY:Management review: ") for line in found)
    (words,) = [line for line in found if line.startswith("DESCRIPTION:")]
    assert people.top.name in words
    assert "STATUS:CONFIRMED" in found
    sequence = [line for line in found if line.startswith("SEQUENCE:")]
    move(made, people, 7)
    after = lines(page, f"/reviews/{made.id}/calendar.ics")
    assert [line for line in after if line.startswith("SEQUENCE:")] > sequence, "calendars take the newer one"
    steps.cancel(made, reason="Merged with the next", actor=people.manager)
    session.commit()
    assert "STATUS:CANCELLED" in lines(page, f"/reviews/{made.id}/calendar.ics")
    assert "Calendar file" in page.get(f"/reviews/{made.id}")


def test_the_file_of_all_has_what_is_ahead_and_may_be_seen(page: Page, people: People) -> None:
    plan(people)
    prepare(people)
    assert "BEGIN:VEVENT" in lines(page.as_(people.manager), "/reviews/calendar.ics")
    assert sum(line == "BEGIN:VEVENT" for line in lines(page, "/reviews/calendar.ics")) == 2
    page.as_(people.staff).get("/reviews/calendar.ics", status=403)


def move(review: Review, people: People, days: int) -> None:
    values = {name: getattr(review, name) for name in operations.PLAN}
    values["meets_on"] = review.meets_on + timedelta(days=days)
    operations.change(
        review,
        chair=review.chair,
        participants=[member.person for member in queries.members_of(review.id)],
        actor=people.manager,
        **values,
    )
    session.commit()


def subjects(words: str) -> list[str]:
    return list(session.scalars(select(OutboxMail.to_address).where(OutboxMail.subject.contains(words))))


def test_who_is_invited_is_told_a_new_day(people: People) -> None:
    made = prepare(people)
    move(made, people, 7)
    assert people.top.email in subjects("the meeting is moved to")
    assert people.manager.email not in subjects("the meeting is moved to"), "who moved it knows"
    other = plan(people)
    before = len(subjects("the meeting is moved to"))
    move(other, people, 7)
    assert len(subjects("the meeting is moved to")) == before, "nobody is invited yet"


@pytest.mark.parametrize(("days_before", "reminded"), [(10, 0), (4, 0), (3, 1), (0, 1), (-1, 0)])
def test_the_meeting_is_told_some_days_before_and_once(
    people: People, days_before: int, reminded: int
) -> None:
    made = plan(people)
    moment = datetime.combine(made.meets_on, time(1), UTC)
    with time_machine.travel(moment - timedelta(days=20), tick=False) as traveller:
        steps.prepare(made, actor=people.manager)
        traveller.move_to(moment - timedelta(days=days_before))
        steps.remind()
        steps.remind()
    told = subjects("the meeting is on")
    assert told.count(people.top.email) == reminded
    assert len(told) == len(set(told))


def test_a_late_invitation_is_its_own_reminder(people: People) -> None:
    made = plan(people)
    moment = datetime.combine(made.meets_on, time(1), UTC)
    with time_machine.travel(moment - timedelta(days=2), tick=False):
        steps.prepare(made, actor=people.manager)
        steps.remind()
    assert subjects("the meeting is on") == []
