"""The customer register: pages, imports with what they would change, wishes, withdrawal, erasure."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, func, select

from core import clock, files, trail
from core.db import session
from core.errors import EditConflict, InvalidInput, NotPermitted, RuleViolation
from core.files import StoredFile
from core.mail import OutboxMail
from core.trail import TrailEntry
from satisfaction.customers import importing, operations, queries
from satisfaction.customers.cli import customers as command
from satisfaction.customers.importing import IMPORT_JOB, Reading
from satisfaction.customers.models import Customer, CustomerImport
from satisfaction.customers.rules import Outcome, faults, guess, is_mail
from satisfaction.models import Invitation
from satisfaction.operations import waves
from satisfaction.sampling.operations import mailing
from satisfaction.sampling.operations.mailing import MAIL_JOB
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import make_questionnaire, make_wave, work
from tests.satisfaction.sampled import draw, make_customers, make_plan
from tests.statements import counted

FILE = """编号,姓名,顾客类别,单元代码,语言,邮箱,地区,业务量,请勿联系
A1,王芳,外部,LIGHTS,中文,wang@example.org,东区,12,
A2,李雷,潜在,,,,西区,,是
A3,,外星人,,,,,,
A4,,,NOWHERE,,,,,
A5,,,,,not a mail,,,
A1,twice,,,,,,,
,no code,,,,,,,
A6,,,,,,,-3,
A7,,,SOUTH,,,,,
"""


def begin(
    people: People, text: str | bytes, name: str = "customers.csv", actor: Any = None
) -> CustomerImport:
    data = text.encode() if isinstance(text, str) else text
    received = files.receive(io.BytesIO(data), name, limit=10_000_000)
    return importing.begin(received, unit=people.north, actor=actor or people.owner)


def look(people: People, text: str) -> Outcome:
    batch = begin(people, text)
    return importing.look(batch, Reading.of(batch.mapping), actor=people.owner)


def test_a_file_says_what_it_would_change_row_by_row(people: People) -> None:
    found = look(people, FILE)
    assert [(row["code"], row["kind"], row["language"]) for row in found.new] == [
        ("A1", "external", "zh"),
        ("A2", "potential", "zh"),
    ]
    assert found.new[0]["unit_id"] == people.lights.id
    assert found.new[1]["unit_id"] == people.north.id
    assert found.new[1]["no_contact"] is True
    assert [(each.line, each.field, each.reason) for each in found.rejects] == [
        (4, "kind", "kind"), (5, "unit", "unit"), (6, "email", "email"), (7, "code", "twice"), (8, "code", "empty"),
        (9, "volume", "volume"), (10, "unit", "yours"),
    ]  # fmt: skip
    assert found.rows == 9


def test_an_import_adds_changes_and_leaves(people: People) -> None:
    batch = begin(people, "id,name,email,region\nB1,Ann,ann@example.org,east\nB2,Ben,,west\n")
    reading = Reading.of(batch.mapping)
    assert set(reading.uses.values()) == {"code", "name", "email", "region"}
    importing.save_reading(batch, reading, usable=True, actor=people.owner)
    importing.queue_import(batch, actor=people.owner)
    with pytest.raises(RuleViolation, match="right now"):
        importing.discard(batch, actor=people.owner)
    work(IMPORT_JOB)
    work(IMPORT_JOB)  # repeated: nothing happens twice
    session.expire_all()
    assert (batch.state, batch.added, batch.changed, batch.rejected) == ("accepted", 2, 0, 0)
    assert batch.file_id is None
    assert session.scalar(select(func.count()).select_from(StoredFile)) == 0
    first = queries.find_by_code("B1")
    assert first is not None
    operations.refuse_contact(first, actor=people.owner)
    operations.erase(session.get(Customer, first.id) or first, reason="asked", actor=people.owner)
    session.commit()
    found = look(people, "id,name,region,do not contact\nB1,Ann,,\nB2,,east,no\n")
    assert [(each.line, each.reason) for each in found.rejects] == [(2, "erased")]
    assert [(each.code, each.fields) for each in found.changed] == [("B2", {"region": ("west", "east")})]
    found = look(people, "id,region,do not contact\nB1,,no\nB2,west,\n")
    assert (found.same, len(found.changed), len(found.rejects)) == (2, 0, 0)
    second = queries.find_by_code("B2")
    assert second is not None
    operations.withdraw(second, reason="moved away", actor=people.owner)
    assert [each.reason for each in look(people, "id\nB2\n").rejects] == ["withdrawn"]


def test_a_register_that_moved_meanwhile_is_compared_again(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = begin(people, "code,region\nD1,east\n")
    importing.save_reading(batch, Reading.of(batch.mapping), usable=True, actor=people.owner)
    importing.queue_import(batch, actor=people.owner)
    real, calls = importing.look, []

    def slow(*args: Any, **kwargs: Any) -> Outcome:
        found = real(*args, **kwargs)
        calls.append(found)
        return found

    stamps = iter([("before",), ("after",)])
    monkeypatch.setattr(importing, "look", slow)
    monkeypatch.setattr(queries, "stamp", lambda: next(stamps))
    work(IMPORT_JOB)
    assert len(calls) == 2
    assert queries.find_by_code("D1") is not None


def test_columns_are_guessed_and_faults_named() -> None:
    assert guess(["Customer-ID", "E-Mail", "Do_not contact", "x"], {}) == {
        "Customer-ID": "code", "E-Mail": "email", "Do_not contact": "no_contact",
    }  # fmt: skip
    assert guess(["x", "code"], {"x": "name"}) == {"x": "name", "code": "code"}
    assert faults({"a": "name"}, ["a"]) == [("no_code", "")]
    assert faults({"a": "code", "b": "code", "c": "?"}, ["a", "b"]) == [
        ("gone", "c"),
        ("unknown", "?"),
        ("two", "code"),
    ]


def test_a_large_file_comes_in_by_few_statements(people: People) -> None:
    lines = "\n".join(f"L{number},n{number},r{number % 5}" for number in range(12_000))
    batch = begin(people, f"code,name,region\n{lines}\n")
    importing.save_reading(batch, Reading.of(batch.mapping), usable=True, actor=people.owner)
    importing.queue_import(batch, actor=people.owner)
    with counted() as statements:
        work(IMPORT_JOB)
    assert len(statements) < 60
    assert session.scalar(select(func.count()).select_from(Customer)) == 12_000
    changed = look(people, "code,region\n" + "\n".join(f"L{number},x" for number in range(3_000)))
    assert len(changed.changed) == 3_000


def test_personal_data_never_reach_the_trail_and_can_be_erased(page: Page, people: People) -> None:
    customer = operations.register(
        code="P1", unit=people.north, name="Secret Name", email="secret@example.org", phone="123 456", language="en", actor=people.owner
    )  # fmt: skip
    operations.change(
        customer,
        unit=people.lights,
        name="Other Name",
        email="other@example.org",
        region="east",
        actor=people.owner,
    )
    session.commit()
    wave = make_wave(people, make_questionnaire(people, "Q1 | scale | How? | 怎么样？"), anonymous=False)
    plan = make_plan(people, wave, n=1)
    draw(people, plan)
    mailing.make_links(plan, actor=people.manager)
    texts = {"subject_en": "For {name}", "subject_zh": "x", "body_en": "{link}", "body_zh": "{link}"}
    mailing.send(plan, 0, texts=texts, actor=people.manager)
    work(MAIL_JOB)
    assert (
        session.scalars(select(OutboxMail.subject).where(OutboxMail.kind == "survey")).one()
        == "For Other Name"
    )
    waves.invite(wave, [("OTHER@example.org", "")], actor=people.manager)
    operations.erase(customer, reason="by letter of 3 May", actor=people.owner)
    session.commit()
    session.expire_all()
    assert (customer.name, customer.email, customer.phone, customer.code) == ("", "", "", "P1")
    mail = session.scalars(select(OutboxMail).where(OutboxMail.kind == "survey")).one()
    kept = " ".join(str(value) for value in (mail.to_address, mail.to_name, mail.subject, mail.body))
    kept += " ".join(session.scalars(select(TrailEntry.changes)).all())
    kept += " ".join(session.scalars(select(Invitation.reference)).all()).lower()
    for word in ("Secret", "Other", "secret@", "other@", "123 456"):
        assert word not in kept
    entry = trail.history(customer)[0]
    assert entry.action == "customer.erased"
    assert entry.differences["erased"][1] == ["name", "email", "phone"]
    page.as_(people.owner)
    assert "The personal data were erased" in page.get(f"/customers/{customer.id}")
    with pytest.raises(RuleViolation, match="already"):
        operations.erase(customer, reason="again", actor=people.owner)


def test_what_an_entry_can_not_be_is_refused(people: People) -> None:
    def add(**values: Any) -> Customer:
        given: dict[str, Any] = {"code": "X1", "unit": people.north, "actor": people.owner} | values
        return operations.register(**given)

    for values, field in (
        ({"code": " "}, "code"), ({"code": "x" * 61}, "code"), ({"kind": "alien"}, "kind"), ({"language": "fr"}, "language"),
        ({"email": "no mail"}, "email"), ({"volume": -1.0}, "volume"), ({"region": "x" * 81}, "region"),
    ):  # fmt: skip
        with pytest.raises(RuleViolation) as refused:
            add(**values)
        assert refused.value.field == field
    made = add()
    with pytest.raises(RuleViolation, match="already"):
        add()
    with pytest.raises(NotPermitted):
        add(code="X2", unit=people.south)
    with pytest.raises(EditConflict):
        operations.change(made, unit=people.north, seen=99, actor=people.owner)
    for act in (operations.withdraw, operations.erase):
        with pytest.raises(RuleViolation, match="reason"):
            act(made, reason=" ", actor=people.owner)
    operations.withdraw(made, reason="gone", actor=people.owner)
    with pytest.raises(RuleViolation, match="withdrawn"):
        operations.change(made, unit=people.north, name="x", actor=people.owner)
    with pytest.raises(InvalidInput, match="columns"):
        look(people, "x,y\n1,2\n")


def test_the_register_by_the_pages(page: Page, people: People) -> None:
    page.as_(people.owner)
    assert "No customers yet" in page.get("/customers")
    page.get("/customers?lang=zh")
    page.get("/customers/new?lang=en")
    form = {"code": "W1", "name": "Ann", "kind": "internal", "unit_id": people.north.id, "language": "en", "email": "ann@example.org", "region": "east", "volume": "3"}  # fmt: skip
    page.post("/customers/new", form | {"email": "nothing"}, status=422)
    page.post("/customers/new", form | {"_once": "a"})
    page.post("/customers/new", form | {"_once": "a"})
    assert "Ann" in page.follow()
    found = session.scalars(select(Customer)).one()
    page.get(f"/customers/{found.id}/edit")
    page.post(f"/customers/{found.id}/edit", form | {"name": "Anna", "row_version": 1})
    page.post(f"/customers/{found.id}/edit", form | {"name": "Late", "row_version": 1}, status=409)
    page.post(f"/customers/{found.id}/stop")
    assert "Do not contact" in page.follow()
    for verb in ("allow", "withdraw"):
        page.get(f"/customers/{found.id}/{verb}")
        page.post(f"/customers/{found.id}/{verb}", {"reason": ""}, status=422)
        page.post(f"/customers/{found.id}/{verb}", {"reason": "by telephone"})
        page.follow()
    assert "Anna" not in page.get("/customers")
    assert "Anna" in page.get("/customers?standing=out")
    page.post(f"/customers/{found.id}/take-back")
    page.post(f"/customers/{found.id}/erase", {"reason": "asked"})
    assert "were erased" in page.get(f"/customers/{found.id}?lang=en")
    assert "W1" in page.get("/customers?kind=internal&q=w1")
    for ending in ("csv", "xlsx"):
        taken = page.post(f"/customers/export?export={ending}&kind=internal", status=200)
        assert taken.headers["Content-Disposition"].startswith("attachment")
    assert "W1" in page.get("/search?q=W1")


def test_an_import_by_the_pages(page: Page, people: People) -> None:
    operations.register(code="A2", unit=people.north, actor=people.owner)
    session.commit()
    page.as_(people.owner)
    page.get("/customers/imports/new")
    page.post("/customers/imports/new", {"unit_id": people.north.id}, status=422)
    wrong = {"unit_id": people.north.id, "file": (io.BytesIO(b"PK\x03\x04broken"), "x.xlsx")}
    page.post("/customers/imports/new", wrong, status=422)
    page.post(
        "/customers/imports/new",
        {"unit_id": people.north.id, "file": (io.BytesIO(FILE.encode()), "顾客.csv")},
    )
    text = page.follow()
    assert "What the columns mean" in text
    batch = session.scalars(select(CustomerImport)).one()
    columns = {f"field-{at}": key for at, key in enumerate(["code", "name", "kind", "unit", "language", "email", "region", "volume", "no_contact"])}  # fmt: skip
    said = {"kind": "external", "language": "zh"}
    page.post(f"/customers/imports/{batch.id}/columns", said | {"field-1": "name", "go": "next"}, status=422)
    page.get(f"/customers/imports/{batch.id}/check", status=302)
    page.post(f"/customers/imports/{batch.id}/columns", said | columns | {"go": "look"})
    page.post(f"/customers/imports/{batch.id}/columns", said | columns | {"go": "next"})
    text = page.follow()
    assert "no unit has this code" in text
    assert "外星人" in text
    assert "<del>External</del> <ins>Potential</ins>" in text
    assert "外星人" in page.client.get(f"/customers/imports/{batch.id}/check?file=1").text
    page.get(f"/customers/imports/{batch.id}/check?lang=zh")
    page.post(f"/customers/imports/{batch.id}/check")
    assert "Import" in page.get(f"/customers/imports/{batch.id}?lang=en")
    work(IMPORT_JOB)
    text = page.get(f"/customers/imports/{batch.id}")
    assert "holds personal data" in text
    assert "外星人" not in page.client.get(f"/customers/imports/{batch.id}?file=1").text
    assert "王芳" in page.get("/customers")
    page.post(
        "/customers/imports/new", {"unit_id": people.north.id, "file": (io.BytesIO(b"code\nZ1\n"), "z.csv")}
    )
    page.post(f"/customers/imports/{batch.id + 1}/discard")
    page.get("/customers/imports/new")


def test_a_file_that_nobody_imports_is_let_go(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(people, "code,name\nQ1,Ann\n")
    session.commit()
    assert importing.forget_abandoned() == 0
    later = clock.now() + timedelta(days=8)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert importing.forget_abandoned() == 1
    assert session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_the_register_is_only_for_those_who_keep_it(page: Page, people: People) -> None:
    make_customers(people, 2)
    page.as_(people.staff).get("/customers", status=403)
    page.as_(people.handler).get("/customers")
    page.get("/customers/new", status=403)
    other = session.scalars(select(Customer)).first()
    assert other is not None
    page.as_(people.south_owner).get(f"/customers/{other.id}", status=403)
    assert "C0001" not in page.get("/customers")


def test_the_command_imports_and_says_what_it_can_not_take(app: Flask, people: People, tmp_path: Any) -> None:
    file = tmp_path / "list.csv"
    file.write_text("no,mail\nK1,k1@example.org\nK2,wrong\n")
    asked = [str(file), "--as", "owner@example.org", "--unit", "NORTH", "--column", "no=code"]
    runner = CliRunner()
    tried = runner.invoke(command, [*asked, "--dry-run"])
    assert "2 rows: 1 would be new, 0 would be changed, 0 the same, 1 rejected" in tried.output
    assert session.scalar(select(func.count()).select_from(Customer)) == 0
    done = runner.invoke(command, [*asked, "--json"])
    result = json.loads(done.output.splitlines()[-1])
    assert (result["new"], result["rejected"], result["rejects"][0]["line"]) == (1, 1, 3)
    assert queries.find_by_code("K1") is not None
    for wrong, said in ((["--as", "nobody@example.org"], "nobody"), (["--kind", "x"], "--kind"), (["--unit", "X"], "--unit"), (["--column", "no=x"], "--column")):  # fmt: skip
        refused = runner.invoke(command, [*asked, *wrong])
        assert isinstance(refused.exception, InvalidInput)
        assert said in str(refused.exception)


def test_a_long_register_costs_the_page_no_more_statements(page: Page, people: People) -> None:
    make_customers(people, 3)
    page.as_(people.owner)
    page.get("/customers")
    with counted() as few:
        page.get("/customers")
    session.execute(delete(Customer))
    session.commit()
    make_customers(people, 300)
    with counted() as many:
        page.get("/customers")
    assert len(many) <= len(few) + 1  # a count, once a page is full


def test_an_address_means_nothing_else_in_the_header_of_a_mail() -> None:
    assert is_mail("wang.fang+x@例子.example")
    for wrong in (
        "a@[b.c",
        "a[b@c.d",
        "=?utf-8?q?x?=@b.c",
        "=?utf-8?q?a=0aBcc?=@b.c",
        "a\\@b.c",
        "a b@c.d",
        "a@b.c,d@e.f",
    ):
        assert not is_mail(wrong), wrong
