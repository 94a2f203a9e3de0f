"""Pages of the room: each way through them by the people who go it; lists, tasks, search, panels; what pages cost."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import clock
from core.db import session
from core.search import find
from core.tasks import tasks_of
from reviews.models import Decision, Review
from reviews.operations import agenda, steps
from reviews.queries import decisions as decision_queries
from reviews.queries import reviews as queries
from standards.operations.frameworks import load_all
from tests.page import Page
from tests.people import PASSWORD, People
from tests.reviews.builders import decide, hold, item_of, plan, prepare, sign, today
from tests.statements import counted


def form(people: People, **values: Any) -> dict[str, Any]:
    return {
        "title_en": "", "title_zh": "", "unit_id": people.root.id, "frameworks": ["iso-9001-2015"],
        "first_day": "2026-01-01", "last_day": "2026-06-30", "meets_on": today().isoformat(), "place": "Hall",
        "chair_id": people.top.id, "participants": [people.owner.id], "guests": "Dr Wu", "repeat_months": "6", **values,
    }  # fmt: skip


def last_review() -> Review:
    return session.scalars(select(Review).order_by(Review.id.desc())).first() or pytest.fail("no review")


def test_a_review_goes_its_whole_way_through_the_pages(app: Any, page: Page, people: People) -> None:
    page.as_(people.manager)
    assert "No management reviews yet" in page.get("/reviews")
    assert "iso-10004-2018" in page.get("/reviews/new")
    page.post("/reviews/new", form(people))
    review = last_review()
    assert (review.title_en, review.title_zh) == (
        f"Management review {today().year}",
        f"{today().year} 年管理评审",
    )
    text = page.follow()
    assert "Prepare and invite" in text
    assert "9.3.2 c) 6)" in text
    page.post(
        f"/reviews/{review.id}/plan", form(people, title_en="Half-year", row_version=review.row_version)
    )
    page.post(f"/reviews/{review.id}/items/new", {"title_en": "Winter", "required": "y"})
    page.post(f"/reviews/{review.id}/prepare")
    assert "Go through the agenda" in page.follow()
    assert page.post(f"/reviews/{review.id}/hold", status=422).text.count("Winter") >= 1
    items = queries.items_of(review.id)
    first = items[0]
    url = f"/reviews/{review.id}/items/{first.id}"
    assert "No earlier review has left a decision." in page.get(url)
    page.post(url, {"comment": "Seen", "mark": "discussed", "row_version": first.row_version, "then": "next"})
    assert page.response is not None
    assert page.response.location == f"/reviews/{review.id}/items/{items[1].id}"
    page.post(url, {"comment": "Seen", "mark": "skipped", "reason": ""}, status=422)
    page.post(url, {"comment": "Seen", "mark": "discussed", "then": "decide"})
    assert page.response.location == f"/reviews/{review.id}/decisions/new?item={first.id}"
    assert "Earlier decisions and their state" in page.follow()
    page.post(
        f"/reviews/{review.id}/decisions/new",
        {"item": first.id, "kind": "task", "result": "change", "text_en": "Write it down", "owner_id": people.staff.id,
         "due": (today() + timedelta(days=9)).isoformat()},
    )  # fmt: skip
    assert page.response.location == url
    assert "Write it down" in page.follow()
    for item in items[1:]:
        page.post(
            f"/reviews/{review.id}/items/{item.id}", {"comment": "", "mark": "discussed", "then": "show"}
        )
    assert "Close the meeting" in page.follow()
    page.post(f"/reviews/{review.id}/hold")
    assert "suitability, adequacy and effectiveness" in page.follow()
    page.post(f"/reviews/{review.id}/minutes", {"minutes_en": "", "minutes_zh": ""}, status=422)
    page.post(f"/reviews/{review.id}/minutes", {"minutes_en": "All is well.", "minutes_zh": "总体有效。"})
    page.as_(people.top)
    assert "You sign as Tao Top" in page.get(f"/reviews/{review.id}/sign")
    page.post(f"/reviews/{review.id}/sign", {"password": "wrong"}, status=422)
    page.post(f"/reviews/{review.id}/sign", {"password": PASSWORD})
    text = page.follow()
    assert "the signature stands for exactly this content" in text
    assert "The next review" in text
    page.post(f"/reviews/{review.id}/addendum", {"text": "One more was there."})
    assert "One more was there." in page.follow()
    assert "Minutes signed" in page.get(f"/reviews/{review.id}/history")
    assert "总体有效。" in page.get(f"/reviews/{review.id}?lang=zh")


def test_wrong_forms_come_back_with_what_was_typed(app: Any, page: Page, people: People) -> None:
    page.as_(people.manager)
    text = page.post("/reviews/new", form(people, last_day="2025-01-01", place="Attic"), status=422).text
    assert "The period ends before it begins." in text
    assert "Attic" in text
    text = page.post("/reviews/new", form(people, frameworks=[]), status=422).text
    assert "at least one framework" in text
    text = page.post("/reviews/new", form(people, meets_on="tomorrow"), status=422).text
    assert "2026-11-20" in text  # how a date is written
    review = prepare(people)
    text = page.post(
        f"/reviews/{review.id}/decisions/new",
        {"kind": "task", "result": "change", "owner_id": ""},
        status=422,
    ).text
    assert "what was decided" in text
    assert page.post(f"/reviews/{review.id}/decisions/new", {"kind": "party"}, status=422)
    assert page.post(f"/reviews/{review.id}/items/new", {}, status=422)
    assert page.post(f"/reviews/{review.id}/cancel", {}, status=422)


def test_own_matters_through_the_pages(app: Any, page: Page, people: People) -> None:
    review = plan(people)
    page.as_(people.manager)
    page.post(f"/reviews/{review.id}/items/new", {"title_en": "Winter"})
    own = item_of(review, "own")
    url = f"/reviews/{review.id}/items/{own.id}"
    assert "An own matter of this review." in page.get(url)
    page.post(f"{url}/change", {"title_en": "Snow", "row_version": own.row_version})
    assert "Snow" in page.follow()
    page.post(f"{url}/remove")
    page.get(url, status=404)
    page.post(f"/reviews/{review.id}/items/{item_of(review, 'audits').id}/remove", status=422)


def test_the_owner_of_a_task_sees_it_and_nothing_else(app: Any, page: Page, people: People) -> None:
    review = hold(people)
    mine = decide(review, people, owner=people.staff)
    other = decide(review, people, text_en="Not for staff")
    page.as_(people.staff)
    page.get(f"/reviews/decisions/{mine.id}", status=403)  # not signed yet
    sign(review, people)
    with app.test_request_context():
        assert [task.code for task in tasks_of(people.staff)] == [mine.code]
    text = page.get(f"/reviews/decisions/{mine.id}")
    assert "Carry out" in text
    assert f'href="/reviews/{review.id}"' not in text
    page.get(f"/reviews/decisions/{other.id}", status=403)
    page.get(f"/reviews/{review.id}", status=403)
    page.get("/reviews", status=403)
    text = page.get("/reviews/decisions")
    assert "Buy lamps" in text
    assert "Not for staff" not in text
    page.post(f"/reviews/decisions/{mine.id}/finish", {"note": ""}, status=422)
    page.post(f"/reviews/decisions/{mine.id}/finish", {"note": "Forty ordered"})
    assert "Forty ordered" in page.follow()
    page.post(f"/reviews/decisions/{mine.id}/reopen", {"note": "Never came"})
    assert "Carry out" in page.follow()
    page.post(f"/reviews/decisions/{mine.id}/celebrate", {"note": "x"}, status=404)


def test_decisions_change_and_go_through_the_pages(app: Any, page: Page, people: People) -> None:
    review = prepare(people)
    one = decide(review, people)
    page.as_(people.top)
    values = {
        "kind": "note",
        "result": "resources",
        "text_en": "Buy more lamps",
        "row_version": one.row_version,
    }
    page.post(f"/reviews/decisions/{one.id}/change", values)
    assert "Buy more lamps" in page.follow()
    page.as_(people.auditor)
    page.post(f"/reviews/decisions/{one.id}/change", values, status=403)
    page.as_(people.manager)
    page.post(f"/reviews/decisions/{one.id}/remove")
    assert decision_queries.decisions_of(review.id) == []


def test_each_role_opens_what_it_may(app: Any, page: Page, people: People) -> None:
    south = prepare(people, unit=people.south, participants=[people.south_owner])
    page.as_(people.owner)
    page.get(f"/reviews/{south.id}", status=403)
    assert "Half-year review" not in page.get("/reviews")
    joined = prepare(people, unit=people.south, title_en="Joint review", participants=[people.owner])
    assert "Joint review" in page.get("/reviews")
    assert "Go through the agenda" not in page.get(f"/reviews/{joined.id}")
    page.post(f"/reviews/{joined.id}/hold", status=403)
    for person, status in (
        (people.auditor, 200), (people.visitor, 200), (people.top, 200), (people.staff, 403), (people.handler, 403),
        (people.admin, 403),
    ):  # fmt: skip
        page.as_(person).get(f"/reviews/{south.id}", status=status)
    page.as_(people.visitor)
    page.post(f"/reviews/{south.id}/print", status=403)


def test_a_changed_plan_meanwhile_shows_both(app: Any, page: Page, people: People) -> None:
    review = plan(people)
    page.as_(people.manager)
    seen = review.row_version
    page.post(f"/reviews/{review.id}/plan", form(people, title_en="First", row_version=seen))
    text = page.post(
        f"/reviews/{review.id}/plan", form(people, title_en="Second", row_version=seen), status=409
    ).text
    assert "First" in text
    assert "Second" in text


def test_what_waits_for_whom(app: Any, people: People) -> None:
    def waiting(person: Any) -> list[str]:
        with app.test_request_context():
            return [task.title.partition(":")[0] for task in tasks_of(person) if task.kind == "review"]

    far = plan(people, meets_on=today() + timedelta(days=90))
    assert waiting(people.manager) == []
    review = plan(people)
    assert waiting(people.manager) == ["Prepare"]
    assert waiting(people.top) == []
    steps.prepare(review, actor=people.manager)
    session.commit()
    assert waiting(people.top) == waiting(people.manager) == ["Hold"]
    for item in queries.items_of(review.id):
        agenda.record(review, item, comment="", mark="discussed", actor=people.manager)
    steps.hold(review, actor=people.manager)
    session.commit()
    assert waiting(people.manager) == waiting(people.top) == ["Write the minutes"]
    steps.write_minutes(review, minutes_en="Fine", minutes_zh="", actor=people.manager)
    session.commit()
    assert waiting(people.manager) == []
    assert waiting(people.top) == ["Sign the minutes"]
    assert waiting(people.staff) == waiting(people.auditor) == []
    assert far.state == "planned"


def test_search_overview_and_tickets_lead_to_reviews(app: Any, page: Page, people: People) -> None:
    review = hold(people)
    one = decide(review, people, "ticket")
    with app.test_request_context():
        assert [hit.code for hit in find(people.auditor, review.code)] == [review.code]
        assert review.code in {hit.code for hit in find(people.top, "半年")}
        assert one.code in {hit.code for hit in find(people.top, "lamps")}
        assert find(people.staff, "lamps") == []
    page.as_(people.top)
    assert review.code in page.get("/")
    sign(review, people)
    assert one.ticket_id is not None
    page.as_(people.manager)
    text = page.get(f"/tickets/{one.ticket_id}")
    assert "Decided by management" in text
    assert f"/reviews/decisions/{one.id}" in text


def test_lists_filter_search_and_export(app: Any, page: Page, people: People) -> None:
    review = hold(people)
    decide(review, people)
    decide(review, people, "note", text_en="Policy fits", owner=None, due=None)
    sign(review, people)
    plan(people, title_en="Next one", unit=people.south)
    page.as_(people.manager)
    assert "Next one" not in page.get("/reviews?state=signed")
    assert "Half-year review" not in page.get("/reviews?state=open")
    assert "Half-year review" not in page.get(f"/reviews?unit={people.south.id}")
    assert "Nothing matches" in page.get("/reviews?q=nowhere")
    assert "Half-year review" in page.get("/reviews?export=csv")
    text = page.get("/reviews/decisions?state=open")
    assert "Buy lamps" in text
    assert "Policy fits" not in text
    assert "Nothing matches" in page.get("/reviews/decisions?owner=me")
    assert "Buy lamps" in page.get("/reviews/decisions?export=csv")
    for column in ("text", "unit", "owner", "due", "met"):
        page.get(f"/reviews/decisions?sort={column}")


def cost(page: Page, url: str) -> int:
    page.get(url)
    with counted() as statements:
        page.get(url)
    return len(statements)


def test_pages_cost_the_same_with_three_rows_and_with_thirty(app: Any, page: Page, people: People) -> None:
    load_all()
    review = prepare(people)
    item = item_of(review, "nonconformities")
    for number in range(3):
        plan(people, title_en=f"Review {number}")
        decide(review, people, text_en=f"Decision {number}", item=item)
    page.as_(people.manager)
    urls = (
        f"/reviews/{review.id}",
        f"/reviews/{review.id}/items/{item.id}",
        "/reviews",
        "/reviews/decisions",
        "/",
    )
    few = [cost(page, url) for url in urls]
    for number in range(27):
        plan(people, title_en=f"More {number}")
        decide(
            review,
            people,
            text_en=f"More {number}",
            item=item,
            owner=[people.staff, people.owner][number % 2],
        )
    assert [cost(page, url) for url in urls] == few
    assert few[0] <= 52  # every room answers for two periods
    assert few[1] <= 20
    assert few[2] <= 9
    assert few[3] <= 9


def test_a_frozen_review_asks_no_other_room(app: Any, page: Page, people: People) -> None:
    review = hold(people)
    page.as_(people.manager)
    assert cost(page, f"/reviews/{review.id}") <= 18


def test_a_frozen_page_shows_what_was_looked_at(app: Any, page: Page, people: People) -> None:
    with clock.at(clock.now() - timedelta(days=2)):
        review = hold(people)
    page.as_(people.manager)
    text = page.get(f"/reviews/{review.id}/items/{item_of(review, 'nonconformities').id}")
    assert "Frozen at" in text
    assert "Findings raised" in text
    assert "提出的发现项" in page.get(
        f"/reviews/{review.id}/items/{item_of(review, 'nonconformities').id}?lang=zh"
    )
    assert session.scalar(select(Decision.id)) is None
