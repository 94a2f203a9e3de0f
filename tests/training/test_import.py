"""Training records from a file: preview, all or nothing, on the pages and on the command line."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.db import session
from tests.page import Page
from tests.people import People
from tests.training.builders import make_course, of_person
from training import cli
from training.operations import assigning, competences
from training.queries import assignments as queries
from training.queries.competences import list_own_proofs


def send(page: Page, text: str, status: int = 302) -> str:
    answer = page.post(
        "/training/import",
        {"file": (io.BytesIO(text.encode()), "records.csv")},
        status=status,
        content_type="multipart/form-data",
    )
    return answer.text if status != 302 else page.follow()


def confirm(page: Page, preview: str) -> str:
    import re

    assert page.response is not None
    found = re.search(r'name="fingerprint" value="([0-9a-f]+)"', preview)
    assert found
    page.post(page.response.request.path, {"fingerprint": found[1]})
    return page.follow()


def test_records_come_in_after_a_preview_and_only_once(page: Page, people: People) -> None:
    course = make_course(people, valid_months=12)
    skill = competences.add_competence(name_en="First aid", valid_months=24, actor=people.manager)
    today = queries.today()
    assigning.assign(course, [people.staff], due=today + timedelta(days=9), actor=people.manager)
    session.commit()
    text = (
        "邮箱,课程编号,能力编号,通过日期,成绩,备注\n"
        f"staff@example.org,{course.code},,{today},85%,Class room\n"
        f"OWNER@example.org,{course.code.lower()},,2025/03/01,,\n"
        f"staff@example.org,,{skill.code},2026年1月5日,,Red Cross 17\n"
    )
    page.as_(people.manager)
    preview = send(page, text)
    assert "Write 3 rows" in preview
    assert of_person(people.owner) == [], "nothing is written by looking"
    assert "3 records written" in confirm(page, preview)
    taken, imported = of_person(people.staff)
    assert (imported.state, imported.score, imported.occasion.reason) == ("passed", 0.85, "import")
    assert (taken.state, taken.score) == ("passed", 0.85), "what was open of it is settled"
    owner = of_person(people.owner)[0]
    assert owner.valid_until is not None
    assert owner.valid_until.isoformat() == "2026-02-28"
    assert [proof.note for proof in list_own_proofs(people.staff)] == ["Red Cross 17"]
    again = send(page, text)
    assert "Nothing would change" in again


def test_a_wrong_row_is_named_and_nothing_is_written(page: Page, people: People) -> None:
    course = make_course(people)
    page.as_(people.owner)
    future = queries.today() + timedelta(days=3)
    text = (
        "email,course,competence,passed_on,valid_until,score\n"
        f"nobody@example.org,{course.code},,2026-01-01,,\n"
        f"south_owner@example.org,{course.code},,2026-01-01,,\n"
        f"staff@example.org,CRS-9999,,2026-01-01,,\n"
        f"staff@example.org,,,2026-01-01,,\n"
        f"staff@example.org,{course.code},,01.02.2026,,\n"
        f"staff@example.org,{course.code},,{future},,\n"
        f"staff@example.org,{course.code},,2026-01-01,2025-01-01,\n"
        f"staff@example.org,{course.code},,2026-01-01,,101\n"
        f"staff@example.org,{course.code},,2026-01-02,,\n"
        f"staff@example.org,{course.code},,2026-01-02,,\n"
        "not an address,,,,,\n"
    )
    preview = send(page, text)
    for words in (
        "nobody has this address",
        "do not assign training in this person",
        "no course with the code CRS-9999",
        "either a course or a competence",
        "is not a date like 2026-11-20",
        "lies in the future",
        "lies before the day it was passed",
        "not a number from 0 to 100",
        "stands in row 10 already",
        "is not an e-mail address",
        "is empty",
    ):
        assert words in preview, words
    assert "Write" not in preview.split('<form method="post" class="mt-4">')[1]
    assert of_person(people.staff) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("email\nstaff@example.org\n", "Column missing: passed_on"),
        ("email,passed_on,colour\na@b,2026-01-01,red\n", "Column not known: colour"),
        ("email,邮箱,passed_on\na,b,c\n", "mean the same"),
        ("email,passed_on\n", "no rows"),
    ],
)
def test_a_file_that_can_not_be_used_says_why(page: Page, people: People, text: str, words: str) -> None:
    page.as_(people.manager)
    page.get("/training/import")
    assert words in send(page, text, status=422)


def test_what_changed_meanwhile_is_shown_again(page: Page, people: People) -> None:
    course = make_course(people)
    page.as_(people.manager)
    send(page, f"email,course,passed_on\nstaff@example.org,{course.code},2026-01-01\n")
    assert page.response is not None
    page.post(page.response.request.path, {"fingerprint": "old"}, status=409)
    assert of_person(people.staff) == []


def test_templates_are_what_the_import_takes(page: Page, people: People) -> None:
    page.as_(people.manager)
    for ending in ("csv", "xlsx"):
        assert page.client.get(f"/training/import/template.{ending}").status_code == 200
    page.get("/training/import/template.exe", status=404)


def test_the_command_line_writes_and_names_wrong_rows(people: People, tmp_path: Path) -> None:
    course = make_course(people)
    file = tmp_path / "records.csv"
    file.write_text(f"email,course,passed_on\nstaff@example.org,{course.code},2026-01-01\n")
    runner = CliRunner()
    assert "1 new" in runner.invoke(cli.training, [str(file), "--dry-run"]).output
    assert of_person(people.staff) == []
    result = runner.invoke(cli.training, [str(file)])
    assert result.exit_code == 0, result.output
    assert [item.state for item in of_person(people.staff)] == ["passed"]
    file.write_text(f"email,course,passed_on\nnobody@example.org,{course.code},2026-01-01\n")
    result = runner.invoke(cli.training, [str(file)])
    assert result.exit_code != 0
    assert "row 2, email" in result.output
