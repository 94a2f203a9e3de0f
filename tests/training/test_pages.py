"""The pages: each opened and inspected, in both languages; forms sent; what others must not see."""

import io
from datetime import timedelta

import pytest

from core.db import session
from tests.page import Page
from tests.people import People
from tests.training.builders import draft_of, make_course, make_standard, of_person, pass_it, published
from training import reports
from training.operations import assigning, competences, learning
from training.operations import courses as operations
from training.queries import assignments as queries
from training.queries import courses


def due(number: int = 9) -> str:
    return (queries.today() + timedelta(days=number)).isoformat()


def test_a_course_is_written_through_the_pages(page: Page, people: People) -> None:
    page.as_(people.owner)
    assert "No courses yet" in page.get("/training/courses")
    page.get("/training/courses/new")
    assert (
        "at least one language"
        in page.post(
            "/training/courses/new",
            {"unit_id": people.north.id, "owner_id": people.owner.id, "valid_months": 0, "competence_id": ""},
            status=422,
        ).text
    )
    page.post(
        "/training/courses/new",
        {
            "title_en": "Lamps",
            "title_zh": "路灯",
            "unit_id": people.north.id,
            "owner_id": people.owner.id,
            "valid_months": 12,
            "competence_id": "",
        },
    )
    text = page.follow()
    assert "Before it can be published" in text
    (course,) = courses.search_courses(people.owner, "Lamps", 5)
    draft = draft_of(course)
    base = f"/training/versions/{draft.id}"
    page.get(f"{base}/steps/new")
    page.post(
        f"{base}/steps/new",
        {
            "title_en": "The promise",
            "body_en": "# In short\n\n5 **days** <img src=x onerror=alert(1)>",
            "file": (io.BytesIO(b"a list"), "list.txt"),
        },
        content_type="multipart/form-data",
    )
    step = courses.list_steps(draft.id)[0]
    assert "list.txt" in page.get(f"{base}/steps/{step.id}")
    page.get(f"{base}/questions/new")
    question = {
        "text_en": "How many days?",
        "kind": "single",
        "choices-0-en": "5",
        "choices-0-right": "y",
        "choices-1-en": "10",
        "choices-2-en": "",
        "more": "1",
    }
    assert page.post(f"{base}/questions/new", question).location.endswith("/questions/new")
    assert (
        "Mark the right answer"
        in page.post(f"{base}/questions/new", {**question, "choices-0-right": ""}, status=422).text
    )
    known = courses.list_questions(draft.id)[0]
    assert [choice["right"] for choice in known.choices] == [True, False]
    page.get(f"{base}/questions/{known.id}")
    page.post(
        f"{base}/questions/{known.id}",
        {**question, "text_en": "Within how many days?", "row_version": known.row_version},
    )
    page.get(f"{base}/settings")
    page.post(
        f"{base}/settings", {"draw": 1, "pass_percent": "80", "attempts": 2, "row_version": draft.row_version}
    )
    text = page.get(base)
    assert "Within how many days?" in text
    assert "<img src=x" not in text
    page.post(f"{base}/publish", {"row_version": draft.row_version})
    assert "Published" in page.follow()
    page.post(f"/training/courses/{course.id}/draft")
    page.post(f"/training/versions/{draft_of(course).id}/delete")
    for address in ("change", "retire", "rules/new"):
        page.get(f"/training/courses/{course.id}/{address}")
    page.post(
        f"/training/courses/{course.id}/rules/new",
        {"unit_id": people.north.id, "role": "staff", "standard_id": "", "due_days": 10},
    )
    assert "1 person got the course" in page.follow()
    assert "No longer" not in page.get(f"/training/courses/{course.id}?lang=zh")


def test_staff_take_a_course_on_the_phone(page: Page, people: People) -> None:
    course, standard = make_course(people), make_standard(people)
    operations.add_rule(course, unit=people.north, standard=standard, due_days=9, actor=people.manager)
    item = of_person(people.staff)[0]
    session.commit()
    page.as_(people.staff)
    text = page.get("/training")
    assert "Street lights in time" in text
    assert f"{standard.code} Lamps, version 1" in text
    assert "Take the training" in page.get("/")
    page.get(f"/training/{item.id}")
    page.post(f"/training/{item.id}/start")
    text = page.follow()
    assert "Step 1 of 2" in text
    assert "<strong>5 days</strong>" in text
    assert "<script>alert" not in text
    page.post(f"/training/{item.id}/read/1")
    page.post(f"/training/{item.id}/read/2")
    assert "Take the quiz" in page.follow()
    page.post(f"/training/{item.id}/quiz")
    attempt = learning.begin_attempt(item, actor=people.staff)
    bank = {question.id: question for question in courses.list_questions(attempt.version_id)}
    for place, asked in enumerate(attempt.asked, 1):
        address = f"/training/{item.id}/quiz/1/{place}"
        text = page.get(address)
        assert f"Question {place} of 4" in text
        assert "It stands in the standard" not in text, "the explanation comes afterwards"
        if place == 1:
            assert "Choose an answer" in page.post(address, {}, status=422).text
            assert page.post(address, {"choice": ["x", "99"]}, status=422)
        page.post(address, {"choice": [str(number) for number in bank[asked["id"]].right]})
    assert "Hand in" in page.follow()
    page.post(f"/training/{item.id}/quiz/1/hand-in")
    text = page.follow()
    assert "Passed" in text
    assert "It stands in the standard" in text
    assert "Passed" in page.get("/training")
    page.get(f"/training/{item.id}/read/1")
    page.get(f"/training/{item.id}/read/9", status=404)
    page.get(f"/training/{item.id}/quiz/1/9", status=404)
    for address in ("/training", f"/training/{item.id}", f"/training/{item.id}/quiz/1"):
        assert "培训" in page.get(f"{address}?lang=zh")


def test_after_a_failed_attempt_the_answers_are_not_given_away(page: Page, people: People) -> None:
    from tests.training.builders import read_all, try_quiz

    _set, made, _busy = assigning.assign(
        make_course(people), [people.staff], due=queries.today() + timedelta(days=9), actor=people.manager
    )
    item = made[0]
    read_all(item, people.staff)
    assert not try_quiz(item, people.staff, wrong=3)
    text = page.as_(people.staff).get(f"/training/{item.id}/quiz/1")
    assert "right answer" not in text
    assert "Try again" in text
    assert "right answer" in page.as_(people.owner).get(f"/training/{item.id}/quiz/1")


def test_training_of_others_is_seen_by_who_leads_them(page: Page, people: People) -> None:
    _set, made, _busy = assigning.assign(
        make_course(people), [people.staff], due=queries.today() + timedelta(days=9), actor=people.manager
    )
    session.commit()
    item = made[0]
    address = f"/training/{item.id}"
    page.as_(people.owner).get(address)
    page.as_(people.auditor).get(address)
    page.as_(people.south_owner).get(address, status=403)
    page.as_(people.handler).get(address, status=403)
    page.as_(people.visitor).get("/training", status=403)
    for own in ("start", "confirm", "quiz", "read/1"):
        page.as_(people.owner).post(f"{address}/{own}", status=404)
    page.as_(people.staff)
    page.get("/training/assignments", status=403)
    page.get("/training/matrix", status=403)
    page.get(f"{address}/waive", status=403)
    page.get(f"{address}/certificate.pdf", status=404)
    page.get(f"/training/versions/{published(item.course).id}", status=403)


def test_assigning_waiving_and_other_dates_through_the_pages(page: Page, people: People) -> None:
    course = make_course(people)
    page.as_(people.owner)
    page.get("/training/assign")
    values = {"course_id": course.id, "due": due(), "who": "people", "unit_id": people.north.id, "role": ""}
    assert "at least one person" in page.post("/training/assign", values, status=422).text
    page.post("/training/assign", {**values, "people": [people.staff.id, people.owner.id]})
    text = page.follow()
    assert "Assigned to 2 people" in text
    wrong = {**values, "who": "unit", "unit_id": people.south.id}
    page.post("/training/assign", wrong, status=422)
    assert (
        "Nobody there"
        in page.post("/training/assign", {**values, "who": "unit", "role": "auditor"}, status=422).text
    )
    item = of_person(people.staff)[0]
    base = f"/training/{item.id}"
    page.get(f"{base}/postpone")
    page.post(f"{base}/postpone", {"due": due(20), "reason": "On leave"})
    page.get(f"{base}/allow-again", status=422)
    page.get(f"{base}/waive")
    page.post(f"{base}/waive", {"reason": ""}, status=422)
    page.post(f"{base}/waive", {"reason": "Teaches it"})
    assert "Teaches it" in page.follow()
    page.get(f"/training/{of_person(people.owner)[0].id}/waive", status=403)


def test_lists_matrix_and_their_exports(page: Page, people: People) -> None:
    skill = competences.add_competence(name_en="First aid", name_zh="急救", actor=people.manager)
    course = make_course(people, competence=skill)
    _set, made, _busy = assigning.assign(
        course, [people.staff, people.owner], due=queries.today() + timedelta(days=9), actor=people.manager
    )
    pass_it(made[1], people.staff if made[1].person_id == people.staff.id else people.owner)
    session.commit()
    page.as_(people.manager)
    for address in (
        "/training/courses",
        "/training/assignments?state=*",
        "/training/assignments?state=late",
        "/training/matrix",
        "/training/matrix?what=competences",
        f"/training/matrix?unit={people.lights.id}&role=staff&q=Stan",
        "/training/matrix?q=nobody",
        "/training/competences",
        f"/training/competences/{skill.id}",
        f"/training/occasions/{made[0].set_id}",
    ):
        page.get(address)
        text = page.get(f"{address}{'&' if '?' in address else '?'}lang=zh")
        assert 'lang="zh-Hans"' in text
        page.get(f"{address}{'&' if '?' in address else '?'}lang=en")
    for address in ("courses", "assignments", "competences", "matrix"):
        for form in ("csv", "xlsx"):
            answer = page.client.get(f"/training/{address}?export={form}")
            assert answer.status_code == 200
            assert answer.data
    text = page.client.get("/training/matrix?export=csv").data.decode("utf-8-sig")
    assert "Stan Staff" in text
    assert course.code in text
    page.as_(people.owner)
    text = page.get("/training/matrix")
    assert "Stan Staff" in text
    assert "Mei Manager" not in text, "only the people of one's own units"


def test_competences_through_the_pages(page: Page, people: People) -> None:
    page.as_(people.manager)
    assert "No competences yet" in page.get("/training/competences")
    page.get("/training/competences/new")
    page.post("/training/competences/new", {"name_en": "First aid", "valid_months": 24})
    page.follow()
    (skill,) = courses_of("First aid")
    base = f"/training/competences/{skill}"
    page.get(f"{base}/change")
    page.get(f"{base}/proofs/new")
    values = {"person_id": people.staff.id, "from_date": due(0), "note": ""}
    assert "Name the document" in page.post(f"{base}/proofs/new", values, status=422).text
    page.post(
        f"{base}/proofs/new",
        {**values, "file": (io.BytesIO(b"%PDF-1.4 licence"), "licence.pdf")},
        content_type="multipart/form-data",
    )
    assert "licence.pdf" in page.follow()
    proof = competence_proof()
    page.client.get(f"/training/proofs/{proof}/file").close()
    page.post(f"/training/proofs/{proof}/withdraw", {"reason": "Wrong person"})
    assert "Wrong person" in page.follow()
    page.as_(people.owner).get(f"{base}/change", status=403)


def courses_of(words: str) -> list[int]:
    from training.queries.competences import search_competences

    return [item.id for item in search_competences(words, 5)]


def competence_proof() -> int:
    from sqlalchemy import select

    from training.models import CompetenceProof

    return session.scalars(select(CompetenceProof.id)).one()


def test_neighbours_show_training(page: Page, people: People) -> None:
    course, standard = make_course(people), make_standard(people)
    operations.add_rule(course, unit=people.north, standard=standard, due_days=9, actor=people.manager)
    session.commit()
    text = page.as_(people.owner).get(f"/standards/{standard.id}")
    assert "Who is trained on this" in text
    assert "0 of 2 passed" in text
    assert "In your units" in page.get("/")
    hits = page.get("/search?q=Street")
    assert course.code in hits
    item = of_person(people.staff)[0]
    assert item.code in page.get(f"/search?q={item.code}")
    assert f"/training/{item.id}" in page.get(f"/search?q={item.code}")
    assert "Training record" not in page.as_(people.south_owner).get(f"/search?q={item.code}")
    own = of_person(people.staff)[0]
    assert f"/training/{own.id}" in page.as_(people.staff).get(f"/search?q={own.code}")


def test_figures_of_a_period(people: People) -> None:
    course = make_course(people)
    today = queries.today()
    assigning.assign(
        course, [people.staff, people.owner], due=today + timedelta(days=2), actor=people.manager
    )
    other = make_course(people)
    assigning.assign(other, [people.south_owner], due=today + timedelta(days=2), actor=people.manager)
    pass_it(of_person(people.staff)[0], people.staff)
    found = reports.figures(people.root.path, today, today + timedelta(days=30))
    assert (found["assigned"].value, found["passed"].value) == (3, 1)
    assert (found["in_time"].value, found["in_time"].n) == (None, 0), "nothing was due yet"
    assert (found["overdue"].value, found["overdue"].n) == (0, 2)
    from core import clock

    with clock.at(clock.now() + timedelta(days=5)):
        found = reports.figures(people.root.path, today, today + timedelta(days=30))
        assert found["in_time"].n == 3
        assert found["in_time"].value == pytest.approx(1 / 3)
        assert (found["overdue"].value, found["overdue"].n) == (2, 2)
        lines = reports.by_unit(people.root.path, today, today + timedelta(days=30))
        assert {line.name_en: line.figures["overdue"].value for line in lines} == {
            "Street lights": 0,
            "North division": 1,
            "South division": 1,
        }
        by_course = reports.by_course(people.root.path, today, today + timedelta(days=30))
        assert [(line.code, line.figures["assigned"].value) for line in by_course] == [
            (course.code, 2),
            (other.code, 1),
        ]
        assigning.waive(of_person(people.owner)[0], reason="Wrote it", actor=people.manager)
        found = reports.figures(people.north.path, today, today + timedelta(days=30))
        assert (found["in_time"].value, found["in_time"].n) == (1.0, 1), "what is waived is not counted"
        assert found["overdue"].value == 0
    for figure in found.values():
        assert figure == type(figure).from_json(figure.to_json())
