"""Rows of our own for the tests of this room: a course with a quiz, standards and their versions."""

from typing import Any

from core.db import session
from standards.models import Requirement, Standard, Version
from standards.operations import requirements, standards, versions
from tests.people import PASSWORD, People
from training.models import Assignment, Course, CourseVersion
from training.operations import courses as operations
from training.operations import learning
from training.queries import assignments
from training.queries import courses as queries

BANK = [
    (
        "single",
        "Within how many days is a lamp repaired?",
        "路灯几天内修复？",
        [("2", False), ("5", True), ("10", False)],
    ),
    (
        "multiple",
        "Which lamps are urgent?",
        "哪些路灯属于紧急？",
        [("At a crossing", True), ("In a park", False), ("At a school", True)],
    ),
    ("single", "Whom do you call?", "打电话给谁？", [("The depot", True), ("The press", False)]),
    ("single", "When is a case closed?", "何时结案？", [("When it shines", True), ("Tomorrow", False)]),
]


def make_course(
    people: People, *, questions: int = 4, publish: bool = True, steps: int = 2, **values: Any
) -> Course:
    """A course of the whole organisation: steps to read, a bank of questions, three attempts, pass mark 75 %."""
    given: dict[str, Any] = {
        "unit": people.root,
        "title_en": "Street lights in time",
        "title_zh": "路灯及时修复",
        "aim_en": "Knows what was promised",
        **values,
    }
    course = operations.write_course(owner=people.manager, actor=people.manager, **given)
    draft = draft_of(course)
    for number in range(1, steps + 1):
        operations.add_step(
            draft,
            title_en=f"Step {number}",
            title_zh=f"第 {number} 步",
            body_en="## Promise\n\n- **5 days**, not more\n\n<script>alert(1)</script>",
            body_zh="## 承诺\n\n- **5 天**内",
            actor=people.manager,
        )
    for kind, en, zh, choices in BANK[:questions]:
        operations.add_question(
            draft,
            kind=kind,
            text_en=en,
            text_zh=zh,
            explanation_en="It stands in the standard.",
            explanation_zh="标准里写着。",
            choices=[{"en": text, "zh": f"{text}（中文）", "right": right} for text, right in choices],
            actor=people.manager,
        )
    operations.change_settings(draft, draw=0, pass_mark=0.75, attempts=3, actor=people.manager)
    if publish:
        operations.publish(draft, actor=people.manager)
    session.commit()
    return course


def draft_of(course: Course) -> CourseVersion:
    found = queries.find_draft(course.id)
    assert found is not None
    return found


def published(course: Course) -> CourseVersion:
    found = queries.find_published(course.id)
    assert found is not None
    return found


def make_standard(people: People, *, limit: str = "5 days") -> Standard:
    """A standard of the north with one version in force."""
    made = standards.write_standard(
        unit=people.north, owner=people.owner, actor=people.owner, title_en="Lamps", title_zh="路灯"
    )
    version = new_version(made, people, draft=False)
    requirements.add_requirement(
        version, actor=people.owner, kind="timing", from_milestone="received", to_milestone="closed",
        limit=limit, target=0.9,
    )  # fmt: skip
    requirements.add_requirement(
        version, actor=people.owner, kind="timing", from_milestone="received", to_milestone="answered",
        limit="1 days", target=0.9,
    )  # fmt: skip
    put_in_force(version, people)
    return made


def new_version(standard: Standard, people: People, *, draft: bool = True) -> Version:
    from standards.queries.standards import find_open_version

    if draft:
        return versions.draft_version(standard, actor=people.owner)
    found = find_open_version(standard.id)
    assert found is not None
    return found


def put_in_force(version: Version, people: People) -> None:
    versions.submit(version, actor=people.owner)
    versions.approve(version, actor=people.approver, password=PASSWORD)
    session.commit()


def requirement(version: Version, code: str) -> Requirement:
    from standards.queries.standards import list_requirements

    return next(row for row in list_requirements(version.id) if row.code == code)


def of_person(person: Any, course: Course | None = None) -> list[Assignment]:
    return [
        item
        for item in sorted(assignments.list_own(person), key=lambda item: item.id)
        if course is None or item.course_id == course.id
    ]


def read_all(item: Assignment, person: Any) -> None:
    learning.start(item, actor=person)
    assert item.version_id is not None
    for step in queries.list_steps(item.version_id):
        learning.read_step(item, step, actor=person)


def try_quiz(item: Assignment, person: Any, *, wrong: int = 0) -> bool:
    """Take the quiz with so many wrong answers."""
    attempt = learning.begin_attempt(item, actor=person)
    bank = {question.id: question for question in queries.list_questions(attempt.version_id)}
    for place, asked in enumerate(attempt.asked, 1):
        question = bank[asked["id"]]
        chosen = sorted(question.right)
        if place <= wrong:
            chosen = [number for number in asked["order"] if number not in question.right][:1]
        learning.answer(item, attempt, place=place, chosen=chosen, actor=person)
    passed = learning.hand_in(item, attempt, actor=person)
    session.commit()
    return passed


def pass_it(item: Assignment, person: Any) -> None:
    read_all(item, person)
    assert try_quiz(item, person)
