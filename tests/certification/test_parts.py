"""The rooms around in a pack: their records in both languages, why a part is empty, the manifest and its check."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from certification import reports
from certification.cli import pack_commands
from certification.models import Pack
from certification.queries import assess
from certification.reports.manifest import inspect, manifest_of
from certification.rules.evidence import Kind, asked_for
from certification.rules.packs import CautionKind, Part
from core import files
from core.charts.serving import cache_dir
from core.db import session
from core.documents.pdf import files_inside
from core.errors import InvalidInput
from core.i18n import force_locale
from standards.queries import frameworks as catalog
from tests.certification import evidence
from tests.certification.test_pack import html_of, needs_pango, order
from tests.certification.world import build, load
from tests.page import Page
from tests.people import People

ROOMS = ["satisfaction", "complaints", "audits", "training", "reviews"]


def part_of(html: str, part: str) -> str:
    found = html.partition(f'id="{part}"')[2].partition("</section>")[0]
    return found.replace("\u00a0", " ")


def test_the_rooms_stand_in_the_pack_in_both_languages(people: People) -> None:
    world = build(people)
    evidence.build(world, people)
    for language, words in {
        "en": {
            "satisfaction": [
                "WAV-2026-0002",
                "WAV-2026-0003",
                "The repair came in time",
                "3.70",
                "+15.5",
                "STD-0002 R1",
            ],
            "complaints": ["CMP-2026-0040", "Waiting, delay", "Acknowledged in time", "87.5%", "n = 40"],
            "audits": [
                "AUD-2026-0001",
                "2 of 2 questions answered",
                "looked at 2 of 44",
                "Waits for triage",
                "Aki Auditor",
            ],
            "training": ["CRS-0001", "Receiving complaints", "66.7%", "Street lights"],
            "reviews": ["REV-2026-0001", "A second crew from May", "The minutes are not signed yet."],
        },
        "zh": {
            "satisfaction": ["维修及时", "3.70"],
            "complaints": ["事由按收到时的原文列出", "number 40 is dark", "87.5%"],
            "audits": ["投诉处理第1次审核", "仅有英文"],
            "training": ["投诉受理"],
            "reviews": ["五月起增设第二班组", "北区维修超期"],
        },
    }.items():
        html = html_of(order(world, people, language, parts=ROOMS))
        for part, expected in words.items():
            for word in expected:
                assert word in part_of(html, part), (language, part, word)
    assert "WAV-2026-0001" not in html, "a wave that ended before the period"


def test_charts_of_items_asked_again(people: People) -> None:
    world = build(people)
    evidence.build(world, people)
    content = reports.read(order(world, people, parts=["satisfaction"]))
    drawn = reports.draw(content, cache_dir())
    assert set(drawn) == {("WAV-2026-0003", code) for code in ("Q1", "Q2", "Q3")}, (
        "a series once, at its newest wave"
    )
    assert [len(item.trend) for item in content.satisfaction.waves[-1].items] == [3, 3, 3]


def test_a_part_without_records_says_why(people: People) -> None:
    world = build(people)
    html = html_of(order(world, people, parts=ROOMS))
    for part in ROOMS:
        assert "; none has been recorded so far." in part_of(html, part)
    evidence.build(world, people)
    later: dict[str, Any] = {"first": date(2026, 7, 1), "last": date(2026, 9, 30)}
    html = html_of(order(world, people, parts=ROOMS, **later))
    for part, code in {
        "satisfaction": "WAV-2026-0003 of 20 June 2026",
        "complaints": "CMP-2026-0040 of 12 March 2026",
        "audits": "AUD-2026-0002 of 5 May 2026",
        "training": "TRN-2026-000",
        "reviews": "REV-2026-0001 of 15 April 2026",
    }.items():
        assert f"the last before it is {code}" in part_of(html, part), part
    earlier: dict[str, Any] = {"first": date(2025, 1, 1), "last": date(2025, 2, 1)}
    assert "the first on record, AUD-2026-0001, is of 11 February 2026" in part_of(
        html_of(order(world, people, parts=ROOMS, **earlier)), "audits"
    )
    chinese = order(world, people, "zh", parts=ROOMS, **earlier)
    assert "最早的记录为" in part_of(html_of(chinese), "reviews")
    found = {one.kind: one for one in reports.cautions_of(reports.read(chinese), chinese.created_at)}
    assert len(found[CautionKind.empty_parts].items) == 5


def test_the_list_before_building_names_empty_parts(page: Page, people: People) -> None:
    build(people)
    query = (
        f"framework=iso-10002-2018&unit={people.root.id}&first=2026-01-01&last=2026-06-30&language=zh"
        "&parts=audits&parts=reviews&fresh_days=45&lang=en"
    )
    text = page.as_(people.manager).get(f"/certification/packs/check?{query}")
    assert "2 parts have no record in the period and will say so" in text
    assert "No audit of this unit or those below it took place" in text


def test_both_languages_name_the_same_hashes(people: People) -> None:
    world = build(people)
    evidence.build(world, people)
    made = []
    for language in ("en", "zh"):
        with force_locale(language):
            made.append(manifest_of(reports.read(order(world, people, language))))
    first, second = made
    assert [one.part for one in first.parts] == list(Part)
    # what was ordered in between stands in the trail, whose head is no part
    assert [one.sha256 for one in first.parts] == [one.sha256 for one in second.parts]
    assert first.sha256 != second.sha256, "code and language differ"
    world.major.statement_zh = "电话投诉没有记录"
    session.commit()
    with force_locale("en"):
        third = manifest_of(reports.read(order(world, people)))
    changed = {
        one.part for one, other in zip(first.parts, third.parts, strict=True) if one.sha256 != other.sha256
    }
    assert changed == {Part.findings, Part.statement}


def test_who_complained_is_not_in_the_data(people: People) -> None:
    world = build(people)
    evidence.build(world, people)
    (part,) = manifest_of(reports.read(order(world, people, parts=["complaints"]))).parts
    read = json.loads(part.data)
    assert part.records == len(read["records"]["register"]) == 40
    assert set(read["records"]["register"][0]) == {
        "code", "subject", "topic", "severity", "unit", "standard_code", "state", "outcome", "received_at", "closed_at",
    }  # fmt: skip


def test_what_a_manifest_finds() -> None:
    part = b'{"part":"scope","records":{}}'
    digest = hashlib.sha256(part).hexdigest()
    head = json.dumps(
        {"format": "plumbline-pack-1", "code": "PCK-1", "parts": [{"part": "scope", "sha256": digest}]}
    ).encode()
    assert inspect([part]) is None
    seen = inspect([b"no json", b"[1]", head, part])
    assert seen is not None
    assert (seen.code, seen.parts, seen.wrong) == ("PCK-1", 1, ())
    for inside in ([head], [head, part.replace(b"{}", b"[]")]):
        seen = inspect(inside)
        assert seen is not None
        assert seen.wrong == ("scope",)
    seen = inspect([head, part], {"scope": digest, "audits": digest})
    assert seen is not None
    assert seen.wrong == ("audits",)


@needs_pango
def test_verify_names_what_was_altered(live_app: Flask, tmp_path: Path) -> None:
    with live_app.app_context():
        world = build(People.load())
        evidence.build(world, People.load())
    commands = pack_commands(lambda: live_app)
    target = tmp_path / "pack.pdf"
    arguments = ["build", "--framework", "iso-10002-2018", "--unit", "ORG", "--from", "2026-01-01", "--until"]
    arguments += [
        "2026-06-30",
        "--part",
        "scope",
        "--part",
        "audits",
        "--part",
        "hashes",
        "--output",
        str(target),
    ]
    assert CliRunner().invoke(commands, arguments, catch_exceptions=False).exit_code == 0
    done = CliRunner().invoke(commands, ["verify", str(target)], catch_exceptions=False)
    assert "parts: 3 of 3 have the SHA-256 that the manifest names" in done.output
    whole = target.read_bytes()
    inside = {hashlib.sha256(data).hexdigest(): data for data in files_inside(target)}
    with live_app.app_context():
        pack = session.query(Pack).one()
        assert {one["sha256"] for one in pack.facts["manifest"]} < set(inside)
        assert pack.facts["manifest_sha256"] in inside
        kept = {one["part"]: one["sha256"] for one in pack.facts["manifest"]}
        assert kept["audits"].encode() in inside[pack.facts["manifest_sha256"]]
        stored = files.path_of(pack.file.sha256) if pack.file else None
    target.write_bytes(whole + b"\n")
    with pytest.raises(InvalidInput, match=r"calls itself PCK-.*its records are unaltered"):
        CliRunner().invoke(commands, ["verify", str(target)], catch_exceptions=False)
    # the part of audits is taken out: its stream no longer says that it is a file
    place = whole.index(
        b"/EmbeddedFile", whole.index(b"/EmbeddedFile", whole.index(b"/EmbeddedFile") + 1) + 1
    )
    target.write_bytes(whole[:place] + b"/EmbeddedFilX" + whole[place + 13 :])
    with pytest.raises(InvalidInput, match="missing or altered: audits"):
        CliRunner().invoke(commands, ["verify", str(target)], catch_exceptions=False)
    target.write_bytes(b"")
    with pytest.raises(InvalidInput, match="no pack has the SHA-256"):
        CliRunner().invoke(commands, ["verify", str(target)], catch_exceptions=False)
    assert stored is not None
    target.write_bytes(whole)
    with live_app.app_context():
        pack = session.query(Pack).one()
        pack.facts = {
            **pack.facts,
            "manifest": [{**one, "sha256": "0" * 64} for one in pack.facts["manifest"]],
        }
        session.commit()
    with pytest.raises(InvalidInput, match="missing or altered: scope, audits, hashes"):
        CliRunner().invoke(commands, ["verify", str(target)], catch_exceptions=False)
    with live_app.app_context():
        session.query(Pack).one().facts = {"trail_head": "0:"}
        session.commit()
    done = CliRunner().invoke(commands, ["verify", str(target)], catch_exceptions=False)
    assert "before parts had hashes of their own" in done.output


def test_what_a_clause_asks_for() -> None:
    assert asked_for("iso-10002-2018", "7.4") is Kind.complaint
    assert asked_for("iso-10002-2018", "8.6.2") is Kind.review
    assert asked_for("iso-10002-2018", "7.1") is None
    assert asked_for("iso-9001-2026", "9.3.3") is Kind.review
    assert asked_for("gb-t-24421", "7") is None


def test_evidence_stands_at_its_clauses(page: Page, people: People) -> None:
    world = build(people)
    evidence.build(world, people)
    found = {one.number: one.evidence for one in assess(world.framework, people.root).clauses}
    assert [(one.kind, one.code, one.here) for one in found["7.4"]] == [
        (Kind.complaint, "CMP-2026-0040", False),
        (Kind.audit, "AUD-2026-0001", True),
    ]
    assert [one.code for one in found["8.6.2"]] == ["REV-2026-0001"]
    assert found["4.14"][0].code in {"TRN-2026-0001", "TRN-2026-0002"}
    assert found["7.1"] == ()
    # another division has no complaint; the audit of the whole counts for it, and so does the review
    south = {one.number: one.evidence for one in assess(world.framework, people.south).clauses}
    assert [one.code for one in south["7.4"]] == ["AUD-2026-0001"]
    assert [one.code for one in south["8.6.1"]] == ["REV-2026-0001"]
    text = page.as_(people.manager).get("/certification")
    assert "Last audit of this clause" in text
    assert "REV-2026-0001" in text
    assert "本条款最近一次审核" in page.get("/certification?lang=zh")


def test_every_clause_that_is_asked_at_is_in_its_catalog(people: People) -> None:
    from certification.rules.evidence import _ASKED

    for code, asked in _ASKED.items():
        framework = load(code)
        numbers = {one.number for one in catalog.list_clauses(framework.id)}
        assert set(asked) <= numbers, code
