"""What pages cost, counted: statements, however many rows there are."""

from datetime import timedelta

from accounts import operations as accounts
from core.db import session
from tests.page import Page
from tests.people import People
from tests.statements import counted
from tests.training.builders import make_course, make_standard
from training.operations import assigning, competences
from training.operations import courses as operations
from training.queries import assignments as queries


def grow(people: People, number: int, start: int) -> None:
    """More people, courses, assignments, competences and rules."""
    standard = make_standard(people)
    new = [
        accounts.add_person(
            email=f"p{start + count}@example.org",
            name=f"Person {start + count}",
            unit=people.lights,
            actor=None,
        )
        for count in range(number)
    ]
    course = make_course(people)
    operations.add_rule(course, unit=people.south, standard=standard, due_days=9, actor=people.manager)
    due = queries.today() + timedelta(days=9)
    for count in range(number):
        other = make_course(people, title_en=f"Course {start + count}", questions=1, steps=1)
        assigning.assign(other, [people.manager, new[count]], due=due, actor=people.approver)
        skill = competences.add_competence(name_en=f"Skill {start + count}", actor=people.manager)
        competences.prove(skill, new[count], from_date=queries.today(), note="seen", actor=people.manager)
    session.commit()


def test_more_rows_cost_no_more_statements(page: Page, people: People) -> None:
    grow(people, 3, 0)
    page.as_(people.manager)
    standard = queries.list_own(people.manager)[0]
    addresses = [
        "/training",
        "/training/courses",
        "/training/assignments",
        "/training/matrix",
        "/training/matrix?what=competences",
        "/training/competences",
        f"/training/{standard.id}",
        f"/training/occasions/{standard.set_id}",
        f"/training/courses/{standard.course_id}",
        "/",
    ]

    def cost() -> list[int]:
        found = []
        for address in addresses:
            page.get(address)
            session.expire_all()
            with counted() as statements:
                page.get(address)
            found.append(len(statements))
        return found

    few = cost()
    grow(people, 17, 3)  # fewer than a page holds: then lists need not count
    many = cost()
    assert dict(zip(addresses, many, strict=True)) == dict(zip(addresses, few, strict=True))
    budget = {"/training": 9, "/training/courses": 7, "/training/assignments": 9, "/training/matrix": 11}
    for address, most in budget.items():
        assert few[addresses.index(address)] <= most, (address, few[addresses.index(address)])
