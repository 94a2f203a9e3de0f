"""Answers from files: by the pages, all or nothing, once; and what a file may not do."""

import gzip
import io
import json
import zipfile
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from core.db import session
from core.errors import InvalidInput, RuleViolation
from satisfaction import results, sheet
from satisfaction.models import Questionnaire, ResponseImport, SurveyFigure, Wave
from satisfaction.operations import importing, waves
from satisfaction.rules.imports import Mapping, Use
from satisfaction.rules.items import NOT_APPLICABLE
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import import_file, make_questionnaire, make_wave, run_jobs, work

LINES = """Q1 | scale | Clean? | 整洁吗？
Q2 | nps | Recommend? | 推荐吗？
S1 | servqual | Quick expected | | Quick perceived
K1 | kano | With an app | | Without
T1 | text | More?"""
CSV = """Q1,Recommend?,s1_exp,s1_per,K1 pos,K1 neg,comment,branch,w,day
5,10,7,6,like,dislike,good,East,1.5,2026-09-01
0,9,7,7,must be,dislike,,West,1,2026-09-02
4,,6,5,like,neutral,"long, with comma",East,0.5,2026/9/3
"""


@pytest.fixture
def wave(people: People) -> Wave:
    return make_wave(people, make_questionnaire(people, LINES), open_it=False)


def mapping(**more: Any) -> Mapping:
    uses = {
        "Q1": Use("item", "Q1"), "Recommend?": Use("item", "Q2"), "s1_exp": Use("item", "S1.e"), "s1_per": Use("item", "S1.p"),
        "K1 pos": Use("item", "K1.f"), "K1 neg": Use("item", "K1.d"), "comment": Use("item", "T1"), "branch": Use("group"),
        "w": Use("weight"), "day": Use("date"),
    }  # fmt: skip
    kano = (("like",), ("must be",), ("neutral",), ("live with",), ("dislike",))
    return Mapping(**{"uses": uses, "blank": ("0",), "kano": kano, **more})


def test_a_file_comes_in_by_the_pages(page: Page, people: People, wave: Wave) -> None:
    page.as_(people.owner)
    start = f"/surveys/waves/{wave.id}/imports/new"
    page.get(start)
    upload = {"file": (io.BytesIO(CSV.encode()), "autumn.csv")}
    page.post(start, upload, content_type="multipart/form-data")
    text = page.follow()
    batch = session.scalars(select(ResponseImport)).one()
    for key in ("Q1", "Q2", "S1.e", "S1.p", "K1.f", "K1.d"):
        assert f'value="{key}"' in text, f"{key} was not found by the name of its column"
    columns = f"/surveys/imports/{batch.id}/columns"
    form: dict[str, str] = {"blank": "0", "outside": "reject", "channel": "paper"}
    for number, (name, use) in enumerate(mapping().uses.items()):
        assert name in text
        form |= {f"role-{number}": use.role, f"key-{number}": use.key}
    page.post(columns, form | {"go": "look"})
    assert "must be" in page.follow()
    text = page.post(
        columns, form | {"go": "next", "role-8": "", "role-0": "item", "key-0": "Q9"}, status=422
    ).text
    assert "no answer “Q9”" in text
    words = {
        f"kano-{n}": word for n, word in enumerate(["like", "must be", "neutral", "live with", "dislike"], 1)
    }
    page.post(columns, form | words | {"go": "next", "role-1": ""})
    assert "Every row that was looked at can be taken" in page.follow()
    page.post(f"/surveys/imports/{batch.id}/check")
    page.follow()
    work("satisfaction.import")
    text = page.get(f"/surveys/imports/{batch.id}")
    assert "3 rows read, none set aside" in text
    work("satisfaction.analyse")
    assert "autumn.csv" in page.get(f"/surveys/waves/{wave.id}")
    upload = {"file": (io.BytesIO(CSV.encode()), "again.csv")}
    assert "imported already" in page.post(start, upload, status=422, content_type="multipart/form-data").text
    found = sheet.load(wave)
    assert found.size == 3
    assert found.values("Q1").tolist()[::2] == [5, 4]
    assert found.values("Q2").tolist()[:2] == [10, 9], "an answer was named, though not what the column is"
    assert found.raw("Q1")[1] == NOT_APPLICABLE
    assert found.raw("K1.f").tolist() == [1, 2, 1]
    assert found.weights.tolist() == [1.5, 1, 0.5]
    assert found.groups["col:branch"].tolist() == ["East", "West", "East"]
    assert set(found.groups["channel"]) == {"paper"}
    assert "long, with comma" in page.get(f"/surveys/waves/{wave.id}/texts")
    second = make_wave(people, wave.version.questionnaire, open_it=False)
    page.post(
        f"/surveys/waves/{second.id}/imports/new",
        {"file": (io.BytesIO(CSV.encode()), "b.csv")},
        content_type="multipart/form-data",
    )
    assert 'value="T1"' in page.follow(), "how the last file was read is remembered"


def test_rows_that_do_not_fit_are_set_aside_with_their_reason(page: Page, people: People, wave: Wave) -> None:
    lines = CSV.splitlines()
    bad = [
        "9,10,7,6,like,dislike,a,East,1,2026-09-01", "5,10,7,6,like,dislike,a,East,-1,2026-09-01",
        "5,10,7,6,like,dislike,a,East,1,soon", ",,,,,,,East,1,2026-09-01", "5,10,7,6,like,dislike,a,East,1,2026-09-01,more",
        "5,10,7,6,=cmd(),dislike,a,East,1,2026-09-01",
    ]  # fmt: skip
    batch = import_file(people, wave, "\n".join([*lines, *bad]).encode(), mapping())
    work("satisfaction.import")
    assert (batch.rows, batch.accepted, batch.rejected) == (9, 3, 6)
    assert batch.reasons == {"outside": 2, "weight": 1, "date": 1, "empty": 1, "fields": 1}
    page.as_(people.owner)
    text = page.get(f"/surveys/imports/{batch.id}/rejects")
    assert "The weight is no positive number" in text
    assert "soon" in text
    assert sheet.load(wave).size == 3
    exported = page.client.get(f"/surveys/imports/{batch.id}/rejects?file=1")
    session.rollback()
    session.remove()  # as after a request; the lines are sent when it is over
    assert "'=cmd()" in exported.text, "a formula is neutralised in what is exported"


def test_values_off_the_scale_may_count_as_no_answer(people: People, wave: Wave) -> None:
    import_file(people, wave, CSV.replace("5,10,", "9,10,").encode(), mapping(outside="blank"))
    work("satisfaction.import")
    assert sheet.load(wave).size == 3
    assert str(sheet.load(wave).values("Q1").tolist()[0]) == "nan"


def test_another_scale_is_stretched_and_a_reversed_one_turned(people: People, wave: Wave) -> None:
    uses = {
        "a": Use("item", "Q1", 0, 10),
        "b": Use("item", "S1.e", reverse=True),
        "c": Use("item", "S1.p", blank=("99",)),
    }
    import_file(people, wave, b"a;b;c\n0;1;7\n10;7;99\n5;2;1\n", Mapping(uses))
    work("satisfaction.import")
    found = sheet.load(wave)
    assert found.values("Q1").tolist() == [1, 5, 3]
    assert found.values("S1.e").tolist() == [7, 1, 6]
    assert found.raw("S1.p").tolist() == [7, NOT_APPLICABLE, 1]


def test_choices_come_by_word_or_number_and_several_at_once(people: People) -> None:
    from satisfaction.operations import questionnaires
    from satisfaction.queries import questionnaires as queries

    questionnaire = make_questionnaire(people, "Q1 | scale | Clean?")
    version = queries.get_newest_version(questionnaire.id)
    options = [{"en": "Counter", "zh": "窗口"}, {"en": "App", "zh": "应用"}, {"en": "Phone", "zh": "电话"}]
    for code, several in (("C1", False), ("C2", True)):
        questionnaires.add_item(
            version,
            {"kind": "choice", "code": code, "text_en": "Where?", "options": options, "several": several},
            actor=people.manager,
        )
    wave = make_wave(people, questionnaire, open_it=False)
    data = "a,b\nApp,counter; 电话\n3,1|2\n窗口,Phone\nFax,App\nApp,App;Fax\n"
    batch = import_file(
        people, wave, data.encode(), Mapping({"a": Use("item", "C1"), "b": Use("item", "C2")})
    )
    work("satisfaction.import")
    assert batch.reasons == {"outside": 2}
    found = sheet.load(wave)
    assert found.values("C1").tolist() == [2, 3, 1]
    assert found.values("C2").tolist() == [0b101, 0b011, 0b100]
    import_file(
        people,
        wave,
        ("a,b\n" + "App,Counter;App\n" * 12).encode(),
        Mapping({"a": Use("item", "C1"), "b": Use("item", "C2")}),
        "b.csv",
    )
    work("satisfaction.import")
    each = results.of_wave(wave)[1].find("C2")
    assert each is not None
    assert each.counts == [(1, 14), (2, 13), (3, 2)]
    groups = sheet.group_names(results.of_wave(wave)[0])
    assert "item:C1" in groups
    assert "item:C2" not in groups


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (CSV.replace("good", "很好").encode("gb18030"), ""),
        (CSV.replace("good", "很好").encode("utf-16"), ""),
        (CSV.replace("good", "很好").encode("big5", "replace"), "big5"),
        (CSV.replace("good", "좋다").encode("euc-kr"), "euc-kr"),
        (b"\xef\xbb\xbf" + CSV.encode(), ""),
        (CSV.replace("\n", "\r\n").encode(), ""),
        (gzip.compress(CSV.encode(), mtime=0), ""),
    ],
)
def test_usual_encodings_are_read(people: People, wave: Wave, data: bytes, encoding: str) -> None:
    name = "a.csv.gz" if data[:2] == b"\x1f\x8b" else "a.csv"
    import_file(people, wave, data, mapping(encoding=encoding), name)
    work("satisfaction.import")
    assert sheet.load(wave).size == 3


def test_a_workbook_is_read(people: People, wave: Wave) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["Q1", "Q2", "empty"])
    page.append([5, 9.0, None])
    page.append(["4", "10", None])
    buffer = io.BytesIO()
    book.save(buffer)
    import_file(
        people, wave, buffer.getvalue(), Mapping({"Q1": Use("item", "Q1"), "Q2": Use("item", "Q2")}), "a.xlsx"
    )
    work("satisfaction.import")
    assert sheet.load(wave).values("Q2").tolist() == [9, 10]


def zipped(name: str, data: bytes, *, workbook: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        if workbook:
            package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"MZ\x90\x00" + b"\x00" * 100, "but its content is"),
        (b'Q1,Q2\n"5,3\n', "quotation mark"),
        (b"Q1,Q2\n5,\xff\xfe\x00\n", "but its content is"),
        (gzip.compress(CSV.encode(), mtime=0)[:-20], "damaged"),
        (zipped("word/document.xml", b"<x/>"), "but its content is"),
        (("Q," * 500 + "\n1\n").encode(), "at most 400"),
        (gzip.compress(b"Q1," + b"x" * (2 << 20) + b"\n", mtime=0), "too long"),
        (gzip.compress(b"a" * 30_000_000, mtime=0), "longer than what is read"),
        (gzip.compress(CSV.encode() + b"\n" * 200_000, mtime=0), "more than 100,000 empty lines"),
        (gzip.compress(CSV.encode() + b"\n" * 50_000_000, mtime=0), "more than 5,000,000 lines"),
        (zipped("xl/workbook.xml", b" " * 20_000_000, workbook=True), "larger than 200 MB"),
    ],
)
def test_files_that_are_no_table_are_refused_in_plain_words(
    page: Page, people: People, wave: Wave, data: bytes, said: str
) -> None:
    page.as_(people.owner)
    name = "a.csv.gz" if data[:2] == b"\x1f\x8b" else "a.xlsx" if data[:2] == b"PK" else "a.csv"
    answer = page.client.post(
        f"/surveys/waves/{wave.id}/imports/new",
        data={"file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
    )
    # where the beginning is a table, the rest shows it on the next page
    text = page.get(answer.location) if answer.status_code == 302 else answer.text
    assert said in text
    assert (
        session.scalar(
            select(func.count()).select_from(ResponseImport).where(ResponseImport.state == "accepted")
        )
        == 0
    )


def test_an_import_counts_as_a_whole_or_not_at_all(people: People, wave: Wave) -> None:
    broken = CSV + '5,10,7,6,like,"never closed,a,East,1,2026-09-01\n'
    batch = import_file(people, wave, broken.encode(), mapping())
    with pytest.raises(InvalidInput, match="quotation mark"):
        work("satisfaction.import")
    session.rollback()
    assert batch.state == "mapped"
    assert sheet.load(wave).size == 0
    none = import_file(people, wave, b"Q1\n99\n98\n", Mapping({"Q1": Use("item", "Q1")}))
    with pytest.raises(InvalidInput, match="none of its 2 rows"):
        work("satisfaction.import")
    assert none.state == "mapped"


def test_the_same_file_never_counts_twice(people: People, wave: Wave) -> None:
    batch = import_file(people, wave, CSV.encode(), mapping())
    work("satisfaction.import")
    assert work("satisfaction.import") == {"url": f"/surveys/imports/{batch.id}"}, "the job may run again"
    with pytest.raises(RuleViolation, match="imported on"):
        import_file(people, wave, CSV.encode(), mapping())
    session.rollback()
    twin = {
        "wave_id": wave.id,
        "file_id": batch.file_id,
        "file_sha256": batch.file_sha256,
        "state": "accepted",
    }
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(ResponseImport).values(**twin))
    importing.withdraw(batch, reason="wrong wave", actor=people.manager)
    assert sheet.load(wave).size == 0
    import_file(people, wave, CSV.encode(), mapping())
    work("satisfaction.import")
    assert sheet.load(wave).size == 3


def test_an_analysed_wave_takes_no_more_files(people: People, wave: Wave) -> None:
    batch = import_file(people, wave, CSV.encode(), mapping())
    work("satisfaction.import")
    waves.close_wave(wave, actor=people.manager)
    waves.analyse_wave(wave, actor=people.manager)
    for refused in (
        lambda: import_file(people, wave, b"Q1\n5\n", mapping()),
        lambda: importing.withdraw(batch, reason="late", actor=people.manager),
    ):
        with pytest.raises(RuleViolation, match="take the analysis back"):
            refused()
    waves.revise_wave(wave, reason="a file was missing", actor=people.manager)
    importing.withdraw(batch, reason="late", actor=people.manager)


def test_the_command_line_imports_the_same_way(live_app: Flask, tmp_path: Any) -> None:
    from satisfaction.cli_app import responses

    with live_app.app_context():
        people = People.load()
        wave = make_wave(people, make_questionnaire(people, LINES), open_it=False)
        code, wave_id = wave.code, wave.id
        session.remove()
        file, spec = tmp_path / "a.csv", tmp_path / "m.yaml"
        file.write_text(CSV)
        spec.write_text(json.dumps(mapping().as_json()))
        run = CliRunner()
        said = run.invoke(
            responses,
            [str(file), "--wave", code, "--mapping", str(spec), "--as", "manager@example.org", "--json"],
        )
        assert said.exit_code == 0, said.output
        assert json.loads(said.output)["accepted"] == 3
        again = run.invoke(responses, [str(file), "--wave", code, "--as", "manager@example.org"])
        assert "imported on" in str(again.exception)
        spec.write_text("uses: {nothing: {role: item, key: Q1}}")
        file.write_text(CSV + CSV.splitlines()[1])
        wrong = run.invoke(
            responses, [str(file), "--wave", code, "--mapping", str(spec), "--as", "manager@example.org"]
        )
        assert "no column “nothing”" in str(wrong.exception)
        assert (
            session.scalar(
                select(func.count()).select_from(SurveyFigure).where(SurveyFigure.wave_id == wave_id)
            )
            == 0
        )
        run_jobs(live_app)
        session.remove()


def test_results_are_kept_in_memory_only_while_nothing_changes(people: People, wave: Wave) -> None:
    import_file(people, wave, CSV.encode(), mapping())
    work("satisfaction.import")
    first = results.of_wave(wave)
    assert results.of_wave(wave) is first
    import_file(people, wave, (CSV + "3,3,3,3,like,like,x,East,1,2026-09-09\n").encode(), mapping(), "b.csv")
    work("satisfaction.import")
    assert results.of_wave(wave)[0].size == 7
    assert session.scalars(select(Questionnaire)).one().mapping["blank"] == ["0"]
