"""Import with preview: what will change is shown first, all rows are written or none, twice changes nothing."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts import importing, operations, queries
from accounts.models import Person, Unit
from accounts.rules import Role, parents_first
from core.db import session
from core.errors import InvalidInput
from core.mail import OutboxMail
from core.trail import TrailEntry
from tests.page import Page
from tests.people import PASSWORD, People

HEADER = "email,name,unit,language,role,role_unit\n"
GOOD = (
    HEADER
    + "li.na@example.org,李娜,LIGHTS,zh,staff,\nSTAFF@example.org,Stanley Staff,NORTH,,auditor,SOUTH\nowner@example.org,Olga Owner,NORTH,,,\n"
)


def upload(page: Page, kind: str, text: str | bytes, name: str = "people.csv", status: int = 302) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    return page.post(
        f"/import/{kind}",
        {"file": (io.BytesIO(data), name)},
        status=status,
        content_type="multipart/form-data",
    ).text


def fingerprint(text: str) -> str:
    return text.split('name="fingerprint" value="')[1][:64]


def counted() -> tuple[int, ...]:
    return tuple(
        session.scalar(select(func.count()).select_from(model)) or 0 for model in (Person, Unit, TrailEntry)
    )


def test_the_preview_says_field_by_field_and_writes_nothing(page: Page, people: People) -> None:
    page.as_(people.admin)
    page.get("/import/people")
    before = counted()
    upload(page, "people", GOOD)
    text = page.follow()
    assert "Stan Staff" in text
    assert "Stanley Staff" in text
    assert "auditor @ SOUTH" in text
    assert counted() == before
    assert page.response is not None
    url = page.response.request.path
    assert "李娜" in page.get(f"{url}?show=new")
    assert "owner@example.org" in page.get(f"{url}?show=unchanged")


def test_confirmed_it_is_written_and_a_second_time_changes_nothing(page: Page, people: People) -> None:
    page.as_(people.admin)
    upload(page, "people", GOOD)
    text = page.follow()
    assert page.response is not None
    url = page.response.request.path
    page.post(url, {"fingerprint": fingerprint(text), "invite": "1", "_once": "i1"})
    made = queries.get_person_by_email("li.na@example.org")
    assert (made.name, made.language, made.unit_id) == ("李娜", "zh", people.lights.id)
    changed = queries.get_person_by_email("staff@example.org")
    assert (changed.name, changed.unit_id) == ("Stanley Staff", people.north.id)
    assert {one.role for one in queries.list_grants(changed)} == {"staff", "auditor"}
    assert [mail.to_address for mail in session.scalars(select(OutboxMail))] == ["li.na@example.org"]
    upload(page, "people", GOOD)
    text = page.follow()
    assert "Nothing would change" in text
    assert "data-once" not in text.split("</main>")[0].split('name="fingerprint"')[1]


def test_one_wrong_row_and_nothing_is_written(page: Page, people: People) -> None:
    page.as_(people.admin)
    before = counted()[:2]
    upload(
        page,
        "people",
        HEADER
        + "new@example.org,New One,LIGHTS,,,\n"
        + "broken,No Address,NOWHERE,fr,wizard,\n"
        + "new@example.org,Twice,LIGHTS,,,\n",
    )
    text = page.follow()
    for part in (
        "is not an e-mail address",
        "there is no unit with the code NOWHERE",
        "is not one of: en, zh",
        "wizard",
        "stands in row 2 already",
        "2 rows need another look",
    ):
        assert part in text, part
    assert page.response is not None
    page.post(page.response.request.path, {"fingerprint": fingerprint(text)}, status=422)
    assert counted()[:2] == before


def test_records_that_changed_since_the_preview_are_shown_again(page: Page, people: People) -> None:
    page.as_(people.admin)
    upload(page, "people", GOOD)
    text = page.follow()
    assert page.response is not None
    url = page.response.request.path
    operations.change_person(people.staff, seen=None, actor=None, name="Somebody Else")
    session.commit()
    again = page.post(url, {"fingerprint": fingerprint(text)}, status=409).text
    assert "Somebody Else" in again
    assert fingerprint(again) != fingerprint(text)
    page.post(url, {"fingerprint": fingerprint(again)})
    assert queries.get_person(people.staff.id).name == "Stanley Staff"


def test_nobody_else_sees_or_confirms_the_file(page: Page, people: People) -> None:
    page.as_(people.admin)
    upload(page, "people", GOOD)
    assert page.response is not None
    url = page.response.location
    second = operations.add_person(
        email="second@example.org", name="Second", unit=people.root, password=PASSWORD, actor=None
    )
    operations.grant(second, Role.administrator, people.root, actor=None)
    session.commit()
    page.as_(second)
    page.get(url, status=404)
    page.post(url, {}, status=404)


def test_an_administrator_of_a_part_imports_into_that_part_only(page: Page, people: People) -> None:
    made = operations.add_person(
        email="north@example.org", name="Nora", unit=people.north, password=PASSWORD, actor=None
    )
    operations.grant(made, Role.administrator, people.north, actor=None)
    session.commit()
    page.as_(made)
    upload(
        page,
        "people",
        HEADER
        + "a@example.org,A,SOUTH,,,\nsouth_owner@example.org,B,LIGHTS,,,\nb@example.org,B,LIGHTS,,administrator,ORG\n",
    )
    text = page.follow()
    assert "3 rows need another look" in text
    assert text.count("you do not administer this unit") == 2
    assert "belongs to a unit that you do not administer" in text


def test_units_in_any_order_with_new_parents_moves_and_closings(page: Page, people: People) -> None:
    page.as_(people.admin)
    table = (
        "code,name_en,name_zh,kind,parent,active\n"
        "YARD-A,Yard A,,team,YARD,\n"
        "YARD,Yard,场站,site,WEST,\n"
        "WEST,West division,西区,division,ORG,\n"
        "LIGHTS,,,,SOUTH,\n"
    )
    upload(page, "units", table, "units.csv")
    text = page.follow()
    assert page.response is not None
    page.post(page.response.request.path, {"fingerprint": fingerprint(text)})
    west, yard, team = (queries.find_unit_by_code(code) for code in ("WEST", "YARD", "YARD-A"))
    assert west is not None
    assert yard is not None
    assert team is not None
    assert team.path == f"{yard.path}{team.id}/"
    assert yard.path == f"{west.path}{yard.id}/"
    assert queries.get_unit(people.lights.id).path.startswith(people.south.path)
    upload(page, "units", "code,parent,active\nYARD-A,,no\nYARD,,no\nWEST,,no\n")
    text = page.follow()
    page.post(page.response.request.path, {"fingerprint": fingerprint(text)})
    assert not queries.get_unit(west.id).active
    assert not queries.get_unit(team.id).active


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("NORTH,LIGHTS\n", "below itself"),
        ("A,B\nB,A\n", "below itself"),
        ("ORG,NORTH\n", "has no parent"),
        ("NEW,NOWHERE\n", "there is no unit with the code NOWHERE"),
        ("a b,ORG\n", "give a code"),
    ],
)
def test_trees_that_are_none_are_refused(
    app: Flask, people: People, tmp_path: Path, rows: str, why: str
) -> None:
    place = tmp_path / "units.csv"
    place.write_text("code,parent\n" + rows)
    plan = importing.plan("units", place, name="units.csv", actor=None)
    assert any(why in sentence for row in plan.rows for _column, sentence in row.faults), plan.rows
    assert not plan.ready
    with pytest.raises(Exception, match="wrong"):
        operations.import_units(plan, actor=None)
    assert parents_first(plan)


def test_a_refusal_of_an_operation_names_its_row(app: Flask, people: People, tmp_path: Path) -> None:
    place = tmp_path / "units.csv"
    place.write_text("code,parent,active\nLIGHTS,,no\n")
    plan = importing.plan("units", place, name="units.csv", actor=None)
    with pytest.raises(Exception, match="Row 2: 1 person belongs to this unit"):
        operations.import_units(plan, actor=None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("email,name\na@b,c\n", "Column missing: unit"),
        ("email,name,unit,shoe size\na@b,c,ORG,42\n", "Column not known: shoe size"),
        ("email,邮箱,name,unit\na@b,a@b,c,ORG\n", "Two columns mean the same"),
        ("email,name,unit\n", "no rows below"),
        ("email,name,unit\n" + "a@b,c,ORG\n" * 5001, "more than 5,000 rows"),
    ],
)
def test_files_that_cannot_be_used_say_why_at_the_field(
    page: Page, people: People, text: str, why: str
) -> None:
    page.as_(people.admin)
    answer = upload(page, "people", text, status=422)
    assert why in answer


def test_a_picture_named_csv_is_refused(page: Page, people: People) -> None:
    page.as_(people.admin)
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    assert "its content is image/png" in upload(page, "people", png, "people.csv", status=422)


def test_the_template_can_be_filled_in_and_read_back(page: Page, people: People, tmp_path: Path) -> None:
    page.as_(people.admin)
    for kind in ("people", "units"):
        sheet = page.client.get(f"/import/{kind}/template.xlsx")
        place = tmp_path / "template.xlsx"
        place.write_bytes(sheet.data)
        book = openpyxl.load_workbook(place)
        assert [cell.value for cell in book.active[1]] == list(importing.COLUMNS[kind])  # type: ignore[index]  # a sheet
        plan = importing.plan(kind, place, name="template.xlsx", actor=None)
        assert plan.counts["wrong"] == 0
        rows = list(csv.reader(io.StringIO(page.get(f"/import/{kind}/template.csv").lstrip("\ufeff"))))
        assert rows[0] == list(importing.COLUMNS[kind])
    page.get("/import/people/template.exe", status=404)
    page.get("/import/ghosts", status=404)


def test_chinese_headers_and_words_are_understood(app: Flask, people: People, tmp_path: Path) -> None:
    place = tmp_path / "人员.csv"
    place.write_bytes("邮箱,姓名,部门编码,语言,有效\nwang@example.org,王芳,LIGHTS,zh,否\n".encode("gb18030"))
    plan = importing.plan("people", place, name="人员.csv", actor=None)
    assert plan.counts == {"new": 1}
    operations.import_people(plan, actor=None)
    assert not queries.get_person_by_email("wang@example.org").active


def test_the_command_line_imports_or_only_says_so(
    live_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app import cli, commands

    monkeypatch.setattr(commands, "_app", lambda: live_app)
    place = tmp_path / "people.csv"
    place.write_text(GOOD)
    assert cli.main(["import", "people", str(place), "--dry-run"]) == 0
    assert "li.na@example.org" in capsys.readouterr().out
    with live_app.app_context():
        assert queries.find_person_by_email("li.na@example.org") is None
    assert cli.main(["import", "people", str(place)]) == 0
    with live_app.app_context():
        assert queries.find_person_by_email("li.na@example.org") is not None
    place.write_text(HEADER + "broken,,,,,\n")
    assert cli.main(["import", "people", str(place)]) == 2
    said = capsys.readouterr().err
    assert "row 2, email" in said
    assert "nothing was written" in said


def test_an_unusable_file_raises_a_sentence(app: Flask, tmp_path: Path) -> None:
    place = tmp_path / "x.csv"
    place.write_text("a,b\n1,2\n")
    with pytest.raises(InvalidInput, match="Column missing: email, name, unit"):
        importing.plan("people", place, name="x.csv", actor=None)
