"""Taking a course: reading, the quiz, passing; competences; the certificate."""

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from core.errors import NotPermitted, RuleViolation
from tests.people import People
from tests.training.builders import make_course, of_person, pass_it, read_all, try_quiz
from training.models import Assignment
from training.operations import assigning, competences, learning
from training.operations import courses as operations
from training.queries import assignments as queries
from training.queries import competences as competence_queries
from training.queries import courses
from training.views.learning import certificate_html


@pytest.fixture
def item(people: People) -> Assignment:
    _set, made, _busy = assigning.assign(
        make_course(people), [people.staff], due=queries.today() + timedelta(days=5), actor=people.manager
    )
    return made[0]


def test_reading_then_the_quiz_then_passed(item: Assignment, people: People) -> None:
    with pytest.raises(RuleViolation, match="not possible"):
        learning.begin_attempt(item, actor=people.staff)
    learning.start(item, actor=people.staff)
    with pytest.raises(RuleViolation, match="Still to read: Step 1"):
        learning.begin_attempt(item, actor=people.staff)
    steps = courses.list_steps(item.version_id or 0)
    learning.read_step(item, steps[0], actor=people.staff)
    learning.read_step(item, steps[0], actor=people.staff)
    assert item.read_steps == [steps[0].id]
    learning.read_step(item, steps[1], actor=people.staff)
    assert try_quiz(item, people.staff)
    assert (item.state, item.score) == ("passed", 1.0)
    assert item.passed_at is not None
    assert item.valid_until is None
    with pytest.raises(RuleViolation, match="not possible"):
        learning.begin_attempt(item, actor=people.staff)


def test_nobody_learns_for_somebody_else(item: Assignment, people: People) -> None:
    for actor in (people.manager, people.owner, people.auditor):
        with pytest.raises(NotPermitted):
            learning.start(item, actor=actor)
    read_all(item, people.staff)
    with pytest.raises(NotPermitted):
        learning.begin_attempt(item, actor=people.manager)


def test_an_attempt_is_kept_and_continued(item: Assignment, people: People) -> None:
    read_all(item, people.staff)
    attempt = learning.begin_attempt(item, actor=people.staff)
    assert learning.begin_attempt(item, actor=people.staff) is attempt
    with pytest.raises(RuleViolation, match="Question 1 has no answer"):
        learning.hand_in(item, attempt, actor=people.staff)
    with pytest.raises(RuleViolation, match="Choose an answer"):
        learning.answer(item, attempt, place=1, chosen=[], actor=people.staff)
    with pytest.raises(RuleViolation, match="one of the answers shown"):
        learning.answer(item, attempt, place=1, chosen=[7], actor=people.staff)
    learning.answer(item, attempt, place=1, chosen=[0], actor=people.staff)
    learning.answer(item, attempt, place=1, chosen=[1], actor=people.staff)
    assert attempt.answers == {str(attempt.asked[0]["id"]): [1]}, "the last answer counts"


def test_attempts_end_and_each_draws_anew(people: People) -> None:
    course = make_course(people, publish=False)
    draft = courses.find_draft(course.id)
    assert draft is not None
    operations.change_settings(draft, draw=2, pass_mark=1, attempts=2, actor=people.manager)
    operations.publish(draft, actor=people.manager)
    _set, made, _busy = assigning.assign(
        course, [people.staff], due=queries.today() + timedelta(days=5), actor=people.manager
    )
    item = made[0]
    read_all(item, people.staff)
    assert not try_quiz(item, people.staff, wrong=1)
    assert item.state == "started"
    assert not try_quiz(item, people.staff, wrong=2)
    assert item.state == "failed"
    first, second = queries.list_attempts(item.id)
    assert len(first.asked) == len(second.asked) == 2
    assert (first.score, second.score) == (0.5, 0.0)
    with pytest.raises(RuleViolation):
        learning.hand_in(item, second, actor=people.staff)


def test_a_course_without_a_quiz_is_confirmed(people: People) -> None:
    _set, made, _busy = assigning.assign(
        make_course(people, questions=0),
        [people.staff],
        due=queries.today() + timedelta(days=5),
        actor=people.manager,
    )
    item = made[0]
    learning.start(item, actor=people.staff)
    with pytest.raises(RuleViolation, match="Still to read"):
        learning.confirm(item, actor=people.staff)
    for step in courses.list_steps(item.version_id or 0):
        learning.read_step(item, step, actor=people.staff)
    with pytest.raises(RuleViolation, match="no quiz"):
        learning.begin_attempt(item, actor=people.staff)
    learning.confirm(item, actor=people.staff)
    assert (item.state, item.score) == ("passed", None)


def test_with_a_quiz_confirming_is_not_enough(item: Assignment, people: People) -> None:
    read_all(item, people.staff)
    with pytest.raises(RuleViolation, match="ends with a quiz"):
        learning.confirm(item, actor=people.staff)


def test_what_was_given_on_several_occasions_is_passed_once(people: People) -> None:
    course = make_course(people)
    operations.add_rule(course, unit=people.lights, due_days=30, actor=people.manager)
    other = make_course(people, title_en="Another")
    assigning.assign(other, [people.staff], due=queries.today() + timedelta(days=5), actor=people.manager)
    rule = operations.add_rule(course, unit=people.north, role="staff", due_days=5, actor=people.manager)
    assert rule[1] == 0, "who has it open does not get it from a rule again"
    from tests.training.test_tickets import training_action

    action = training_action(people)
    assigning.assign(
        course, [people.staff], due=queries.today() + timedelta(days=5), action=action, actor=people.manager
    )
    first, second = of_person(people.staff, course)
    pass_it(first, people.staff)
    assert (second.state, second.version_id, second.score) == ("passed", first.version_id, 1.0)
    assert of_person(people.staff, other)[0].state == "assigned"


def test_passing_proves_the_competence(people: People) -> None:
    skill = competences.add_competence(
        name_en="Repairs lamps", name_zh="修路灯", valid_months=6, actor=people.manager
    )
    course = make_course(people, competence=skill, valid_months=12)
    _set, made, _busy = assigning.assign(
        course, [people.staff], due=queries.today() + timedelta(days=5), actor=people.manager
    )
    pass_it(made[0], people.staff)
    (proof,) = competence_queries.list_own_proofs(people.staff)
    assert (proof.source, proof.assignment_id) == ("course", made[0].id)
    assert proof.until_date is not None
    assert made[0].valid_until is not None
    assert proof.until_date < made[0].valid_until


def test_documents_prove_competences(people: People) -> None:
    skill = competences.add_competence(name_en="First aid", valid_months=24, actor=people.manager)
    today = queries.today()

    def prove(**more: Any) -> Any:
        values = {"from_date": today, "note": "Licence 7", "actor": people.owner, **more}
        return competences.prove(skill, values.pop("person", people.staff), **values)

    proof = prove()
    assert proof.until_date is not None
    assert (proof.until_date - today).days in {728, 729, 730}
    for wrong, field in (
        ({"from_date": today + timedelta(days=1)}, "from_date"),
        ({"until_date": today - timedelta(days=1)}, "until_date"),
        ({"note": " "}, "note"),
        ({"person": people.owner}, "person_id"),
    ):
        with pytest.raises(RuleViolation) as caught:
            prove(**wrong)
        assert caught.value.field == field
    with pytest.raises(NotPermitted):
        prove(actor=people.south_owner)
    with pytest.raises(NotPermitted):
        prove(actor=people.auditor)
    with pytest.raises(RuleViolation, match="reason"):
        competences.withdraw_proof(proof, reason="", actor=people.owner)
    from core import clock

    with clock.at(clock.now() + timedelta(days=715)):
        assert competence_queries.list_ending(people.owner, queries.today()) == [proof]
        assert competence_queries.list_ending(people.south_owner, queries.today()) == []
        assert competence_queries.list_ending(people.staff, queries.today()) == []
        longer = competences.prove(
            skill, people.staff, from_date=queries.today(), note="Again", actor=people.manager
        )
        assert competence_queries.list_ending(people.owner, queries.today()) == [], "a longer one is there"
        competences.withdraw_proof(longer, reason="Mistaken", actor=people.manager)
        assert competence_queries.list_ending(people.owner, queries.today()) == [proof]
    with clock.at(clock.now() + timedelta(days=800)):
        assert competence_queries.list_ending(people.owner, queries.today()) == [], "long past"
    competences.withdraw_proof(proof, reason="Forged", actor=people.owner)
    assert competence_queries.list_own_proofs(people.staff) == []
    with pytest.raises(RuleViolation, match="already"):
        competences.withdraw_proof(proof, reason="again", actor=people.owner)
    with pytest.raises(NotPermitted):
        competences.change_competence(
            skill,
            name_en="x",
            name_zh="",
            detail_en="",
            detail_zh="",
            valid_months=0,
            seen=None,
            actor=people.owner,
        )


def test_the_certificate_says_everything_in_both_languages(
    app: Flask, item: Assignment, people: People
) -> None:
    pass_it(item, people.staff)
    with app.test_request_context():
        html = certificate_html(item)
    for text in (
        "Stan Staff",
        "Street lights in time",
        "路灯及时修复",
        "City Services",
        "城市服务中心",
        item.code,
        "100%",
    ):
        assert text in html, text
    assert "Certificate of training" in html
    assert "培训证书" in html


@pytest.mark.slow
def test_the_certificate_is_one_page_with_chinese_type(
    app: Flask, item: Assignment, people: People, page: Any
) -> None:
    import pypdf

    pass_it(item, people.staff)
    page.as_(people.staff)
    answer = page.client.get(f"/training/{item.id}/certificate.pdf")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    document = pypdf.PdfReader(io.BytesIO(answer.data))
    assert len(document.pages) == 1
    text = document.pages[0].extract_text()
    assert "Stan Staff" in text
    assert "路灯及时修复" in text.replace(" ", "")
