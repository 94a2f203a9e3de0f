import hashlib
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from app.tables import certification
from certification import jobs as pack_jobs
from certification import operations, queries, reports
from certification.cli import pack_commands
from certification.models import Pack
from certification.rules.packs import CautionKind, Part
from core import files, trail
from core import jobs as core_jobs
from core.charts.serving import cache_dir
from core.db import session
from core.documents.pdf import is_available
from core.errors import InvalidInput, NotPermitted, RuleViolation
from core.figures import Figure
from core.i18n import force_locale
from improvement.operations import findings as finding_operations
from tests.certification import evidence
from tests.certification.world import EVIL, World, build
from tests.page import Page
from tests.people import People

assert certification
needs_pango = pytest.mark.skipif(
    not is_available(), reason="this machine has no Pango, so it makes no PDF files"
)
ALL = [part.value for part in Part]
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)


def order(world: World, people: People, language: str = "en", **more: Any) -> Pack:
    values: dict[str, Any] = {
        "first": FIRST,
        "last": LAST,
        "language": language,
        "parts": ALL,
        "actor": people.manager,
        **more,
    }
    return operations.order_pack(world.framework, people.root, **values)


def text_of(pdf: bytes) -> list[str]:
    return [
        re.sub(r"[ \u00a0\u2002\u2003]+", " ", page.extract_text())
        for page in PdfReader(io.BytesIO(pdf)).pages
    ]


def html_of(pack: Pack) -> str:
    with force_locale(pack.language):
        content = reports.read(pack)
        return reports.typeset(content, {})


@needs_pango
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_pack_is_ordered_built_and_kept(live_app: Flask, language: str) -> None:
    with live_app.app_context():
        people = People.load()
        world = build(people)
        pack = order(world, people, language)
        pack_id = pack.id
        session.commit()
    assert core_jobs.run_one(live_app)
    with live_app.app_context():
        made = session.get(Pack, pack_id)
        assert made is not None
        assert (made.code, made.state) == (f"PCK-{made.created_at.year}-0001", "ready")
        job = session.get(core_jobs.Job, made.job_id)
        assert job is not None
        assert (job.state, job.done) == ("done", 4)
        assert job.results["url"] == f"/certification/packs/{pack_id}"
        assert made.file is not None
        data = files.path_of(made.file.sha256).read_bytes()
        assert hashlib.sha256(data).hexdigest() == made.file.sha256
        assert made.facts["clauses"] == 44
        assert made.facts["readiness"]["ready"] == 1
        actions = {entry.action for entry in trail.history(made)}
        assert actions == {"pack.ordered", "pack.built"}
        number, _sep, digest = made.facts["trail_head"].partition(":")
        assert (
            session.scalar(select(trail.TrailEntry.hash).where(trail.TrailEntry.seq == int(number))) == digest
        )
        pages = text_of(data)
        reader = PdfReader(io.BytesIO(data))
        assert reader.metadata is not None
        assert reader.metadata["/CreationDate"] == f"D:{made.created_at:%Y%m%d%H%M%S}Z"
    whole = "\n".join(pages)
    words = {
        "en": ["Contents", "Scope and context", "Statement clause by clause", "Attainment of the promises"],
        "zh": ["目录", "范围与背景", "逐条款适用性声明", "承诺达标情况", "完整性：审计追踪与哈希值"],
    }[language]
    for word in words:
        assert word in whole
    last = len(pages)
    foot = "第 {n} 页，共 {all} 页" if language == "zh" else "Page {n} of {all}"
    for number_, page in enumerate(pages[1:], 2):
        assert foot.format(n=number_, all=last) in page
    part = "2 逐条款适用性声明" if language == "zh" else "2 Statement clause by clause"
    found = re.search(re.escape(part) + r"[ .]+(\d+)", pages[1])
    assert found is not None
    assert part in pages[int(found[1]) - 1], "the contents lead to the right page"
    assert "7.4" in whole
    assert ("投诉受理" in whole) == (language == "zh")
    assert ("Acknowledgement of complaint" in whole) == (language == "en")
    assert "1,461" in whole  # 1,461 + 30 decided cases of six months
    assert made.code in pages[0]
    assert "Ada Approver" in whole
    mark = "仅有英文" if language == "zh" else "in Chinese only"
    assert mark in whole
    other = "Findings and corrective action" if language == "zh" else "发现项与纠正措施"
    assert other not in whole, "no heading of the other language"
    assert "file:///etc/passwd" in re.sub(r"\s", "", whole), "hostile text is printed as text"
    assert "root:x:" not in whole


@needs_pango
def test_the_same_records_and_date_give_the_same_bytes(people: People) -> None:
    world = build(people)
    evidence.build(world, people)
    pack = order(world, people, "zh", parts=["training", "reviews", "hashes"])
    session.commit()
    cache = cache_dir()
    made = []
    for _turn in range(2):
        with force_locale("zh"):
            content = reports.read(pack)
            html = reports.typeset(content, reports.draw(content, cache))
            made.append(reports.to_pdf(content, html, cache))
    assert made[0] == made[1]


@needs_pango
def test_a_register_over_many_pages(people: People) -> None:
    world = build(people)
    for number in range(80):
        finding_operations.raise_finding(
            origin="complaint",
            grade="minor",
            statement_en=f"Shortfall number {number}",
            unit=people.lights,
            figures=[Figure(0.8, 50, 0.67, 0.89, "wilson", target=0.95, verdict="short")],
            actor=None,
        )
    pack = order(world, people, parts=["findings"], last=date(2026, 12, 31))
    session.commit()
    cache = cache_dir()
    with force_locale("en"):
        content = reports.read(pack)
        assert content.findings_total == 82
        pdf = reports.to_pdf(content, reports.typeset(content, {}), cache)
    whole = "\n".join(text_of(pdf))
    assert whole.count("Shortfall number") == 80
    assert len(PdfReader(io.BytesIO(pdf)).pages) < 20


def test_hostile_text_stays_text(people: People) -> None:
    world = build(people)
    html = html_of(order(world, people))
    assert "<script>alert(1)" not in html
    assert '<img src="file:' not in html
    assert "&lt;script&gt;" in html
    assert "<b>bold</b>" in html, "only the marks of amounts are print"


def test_a_part_that_was_not_chosen_is_not_printed(people: People) -> None:
    world = build(people)
    html = html_of(order(world, people, parts=["scope", "hashes"]))
    assert 'id="scope"' in html
    assert 'id="statement"' not in html
    assert "1&ensp;Scope" in html
    assert "2&ensp;Integrity" in html


def test_what_is_written_in_one_language_is_marked_in_the_other(people: People) -> None:
    world = build(people)
    english = html_of(order(world, people, "en"))
    chinese = html_of(order(world, people, "zh"))
    assert '<span lang="zh-Hans">按时修复。</span> <span class="foreign">in Chinese only</span>' in english
    assert '<span lang="en">Says the steps.</span> <span class="foreign">仅有英文</span>' in chinese
    assert "一个工作小时内告知受理。" in chinese
    assert "一个工作小时内告知受理。" not in english


def test_the_list_before_building(people: People) -> None:
    world = build(people)
    pack = order(world, people, "zh", fresh_days=45)
    content = reports.read(pack)
    found = {caution.kind: caution for caution in reports.cautions_of(content, pack.created_at)}
    assert [item.code for item in found[CautionKind.open_major].items] == [world.major.code]
    assert "7.1" in [item.code for item in found[CautionKind.gaps].items]
    assert [item.code for item in found[CautionKind.short].items] == [f"{world.lights.code} R1"]
    assert CautionKind.old_figures not in found
    assert any("Says the steps." in item.text.en for item in found[CautionKind.untranslated].items)
    old = reports.cautions_of(content, content.data_until.replace(year=content.data_until.year + 1))  # type: ignore[union-attr]
    assert CautionKind.old_figures in {caution.kind for caution in old}


def test_orders_that_make_no_sense_are_refused(people: People) -> None:
    world = build(people)
    with pytest.raises(RuleViolation) as refused:
        order(world, people, first=LAST, last=FIRST)
    assert refused.value.field == "last"
    with pytest.raises(RuleViolation) as refused:
        order(world, people, parts=["nonsense"])
    assert refused.value.field == "parts"
    with pytest.raises(RuleViolation):
        order(world, people, language="fr")
    with pytest.raises(NotPermitted):
        order(world, people, actor=people.visitor)


def test_pages_from_the_form_to_the_new_number(page: Page, people: People) -> None:
    build(people)
    page.as_(people.manager)
    page.get("/certification/packs/new?framework=iso-10002-2018&lang=zh")
    query = (
        f"framework=iso-10002-2018&unit={people.root.id}&first=2026-01-01&last=2026-06-30&language=en"
        "&parts=scope&parts=statement&fresh_days=45"
    )
    text = page.get(f"/certification/packs/check?{query}&lang=en")
    assert "1 major nonconformity is open" in text
    assert "1 promise is short" in text
    page.get(f"/certification/packs/check?{query.replace('2026-06-30', '2025-01-01')}", status=422)
    page.get(f"/certification/packs/check?{query.replace('fresh_days=45', 'fresh_days=x')}", status=422)
    fields = {
        "framework": "iso-10002-2018",
        "unit": str(people.root.id),
        "first": "2026-01-01",
        "last": "2026-06-30",
        "language": "en",
        "parts": ["scope", "statement"],
        "fresh_days": "45",
        "_once": "one-pack-only",
    }
    page.post("/certification/packs", fields)
    text = page.follow()
    assert "PCK-" in text
    page.post("/certification/packs", fields)
    page.follow()
    assert len(list(session.scalars(select(Pack)))) == 1, "sent twice, ordered once"
    pack = session.scalars(select(Pack)).one()
    page.post(f"/certification/packs/{pack.id}/rebuild", {"_once": "again"})
    assert "0002" in page.follow()
    assert "0001" in page.get("/certification/packs?sort=code")
    assert page.client.get("/certification/packs?export=csv").status_code == 200
    page.get(f"/certification/packs/{pack.id}/download", status=404)
    assert pack.code in page.get(f"/search?q={pack.code}")


def test_a_visiting_auditor_reads_and_writes_nothing(page: Page, people: People) -> None:
    world = build(people)
    pack = order(world, people)
    session.commit()
    page.as_(people.visitor)
    page.get("/certification")
    assert "data-ask" not in page.get(f"/certification/packs/{pack.id}")
    page.get("/certification/packs/new", status=403)
    page.post("/certification/packs", {}, status=403)
    page.post(f"/certification/packs/{pack.id}/rebuild", {}, status=403)


def test_a_pack_of_the_whole_is_closed_to_a_unit(page: Page, people: People) -> None:
    world = build(people)
    pack = order(world, people)
    session.commit()
    page.as_(people.south_owner).get(f"/certification/packs/{pack.id}", status=403)
    assert pack.code not in page.get("/certification/packs")
    assert f"/certification/packs/{pack.id}" not in page.get(f"/search?q={pack.code}")


def test_a_failure_is_noted_on_the_pack(live_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.documents import pdf as documents

    with live_app.app_context():
        people = People.load()
        pack_id = order(build(people), people, parts=["scope"]).id
        session.commit()

    def broken() -> Any:
        raise documents.PdfUnavailable("no Pango here")

    monkeypatch.setattr(documents, "_weasyprint", broken)
    assert core_jobs.run_one(live_app)
    with live_app.app_context():
        made = session.get(Pack, pack_id)
        assert made is not None
        assert made.state == "failed"
        assert trail.history(made)[0].reason == "no Pango here"
        job = session.get(core_jobs.Job, made.job_id)
        assert job is not None
        assert (job.state, job.message) == ("failed", "no Pango here")


@needs_pango
def test_command_line(live_app: Flask, tmp_path: Path) -> None:
    with live_app.app_context():
        build(People.load())
    commands = pack_commands(lambda: live_app)
    target = tmp_path / "pack.pdf"
    arguments = ["build", "--framework", "iso-10002-2018", "--unit", "NORTH", "--from", "2026-01-01"]
    arguments += ["--until", "2026-06-30", "--lang", "zh", "--part", "scope", "--output", str(target)]
    done = CliRunner().invoke(commands, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    assert digest in done.output
    done = CliRunner().invoke(commands, ["verify", str(target)], catch_exceptions=False)
    assert "is there with its hash" in done.output
    target.write_bytes(target.read_bytes() + b"x")
    with pytest.raises(InvalidInput, match="no pack has the SHA-256"):
        CliRunner().invoke(commands, ["verify", str(target)], catch_exceptions=False)
    with pytest.raises(InvalidInput, match="there is no unit"):
        CliRunner().invoke(commands, [*arguments[:4], "NOWHERE", *arguments[5:]], catch_exceptions=False)
    with pytest.raises(InvalidInput, match="--from takes a date"):
        CliRunner().invoke(commands, [*arguments[:6], "yesterday", *arguments[7:]], catch_exceptions=False)


def test_evil_is_evil() -> None:
    assert "file:///" in EVIL
    assert queries
    assert pack_jobs
