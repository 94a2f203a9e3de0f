import pytest

from accounts.models import Person
from core.db import session
from core.figures import Figure
from standards import proof
from standards.models import Clause, Framework, Mapping, Requirement, Version
from standards.operations import requirements, versions
from standards.queries import standards as queries
from tests.page import Page
from tests.people import PASSWORD, People
from tests.standards.test_versions import in_force, timed, written
from tests.statements import counted

#: what a browser sends for selects that nobody touched
UNCHOSEN = {"dimension": "", "kano": "", "calendar_id": "", "unit": "days", "count": "least"}


def _draft_id(location: str) -> int:
    return int(location.rstrip("/").rsplit("/", 1)[-1])


def test_a_standard_is_written_reviewed_and_signed_on_pages(page: Page, people: People) -> None:
    page.as_(people.owner)
    page.get("/standards/new")
    page.post(
        "/standards/new",
        {
            "title_en": "Street-light repair",
            "title_zh": "路灯维修",
            "unit_id": people.north.id,
            "owner_id": people.owner.id,
            "grouping": "provision",
            "purpose_en": "Lights work again soon.",
        },
    )
    assert page.response is not None
    version_id = _draft_id(page.response.location)
    page.follow()
    for kind in ("timing", "staffing", "content"):
        page.get(f"/standards/versions/{version_id}/requirements/new?kind={kind}")
    page.post(
        f"/standards/versions/{version_id}/requirements/new",
        UNCHOSEN
        | {
            "kind": "timing",
            "from_milestone": "received",
            "to_milestone": "repaired",
            "amount": "5",
            "unit": "working_days",
            "target": "95",
            "count": "least",
            "population-0-column": "priority",
            "population-0-values": "urgent, high",
            "pauses-1-start": "asked",
            "pauses-1-end": "told",
        },
    )
    page.post(
        f"/standards/versions/{version_id}/requirements/new",
        UNCHOSEN
        | {
            "kind": "staffing",
            "unit": "days",
            "count": "least",
            "post_en": "repair crews",
            "post_zh": "抢修班组",
            "least": "2",
            "weekdays": ["0", "1", "2", "3", "4"],
            "hours_from": "08:00",
            "hours_until": "20:00",
            "target": "98",
        },
    )
    page.post(
        f"/standards/versions/{version_id}/requirements/new",
        UNCHOSEN
        | {
            "kind": "content",
            "unit": "days",
            "count": "least",
            "points-0-en": "Say the expected date",
            "points-0-zh": "告知预计日期",
            "points-3-en": "Send a photo",
            "points-3-weight": "2",
        },
    )
    rows = queries.list_requirements(version_id)
    assert [row.code for row in rows] == ["R1", "R2", "R3"]
    assert rows[0].population == {"priority": ["urgent", "high"]}
    assert rows[0].pauses == [["asked", "told"]]
    assert rows[1].rule["least"] == 2
    assert [point["weight"] for point in rows[2].rule["points"]] == [1, 2]
    text = page.get(f"/standards/versions/{version_id}")
    assert "5\u00a0working days" in text
    for row in rows:
        page.get(f"/standards/requirements/{row.id}/edit")
    page.post(f"/standards/requirements/{rows[2].id}/move", {"to": "up"})
    page.post(f"/standards/versions/{version_id}/submit")
    page.as_(people.manager)
    assert "Review version 1 of Street-light repair" in page.get("/tasks")
    page.get(f"/standards/versions/{version_id}/approve")
    page.post(f"/standards/versions/{version_id}/approve", {"password": "wrong"}, status=422)
    page.post(f"/standards/versions/{version_id}/approve", {"password": PASSWORD})
    assert "Mei Manager" in page.follow()
    standard_id = queries.get_version(version_id).standard_id
    page.as_(people.visitor)
    text = page.get(f"/standards/{standard_id}")
    assert "In force" in text
    assert "no service log gives" in text
    for part in ("text", "clauses", "evidence", "findings", "versions", "trail"):
        page.get(f"/standards/{standard_id}/{part}")
        page.get(f"/standards/{standard_id}/{part}?lang=zh")


def test_the_list_filters_searches_in_both_languages_and_exports(page: Page, people: People) -> None:
    in_force(people)
    written(people)
    page.as_(people.staff)
    assert "STD-0001" in page.get("/standards")
    assert "STD-0001" in page.get("/standards?q=路灯")
    assert "STD-0001" not in page.get("/standards?q=nothing+like+this")
    text = page.get("/standards?state=draft")
    assert "STD-0002" in text
    assert "STD-0001" not in text
    assert "STD-0001" not in page.get(f"/standards?unit={people.south.id}")
    assert "STD-0001" in page.get(f"/standards?owner={people.owner.id}&unit={people.root.id}")
    page.get("/standards?export=csv")
    assert page.response is not None
    assert "Street-light repair" in page.response.text


def test_drafts_are_not_for_everybody_and_other_units_write_their_own(page: Page, people: People) -> None:
    version = written(people)
    row = timed(version, people)
    number, standard_id = version.id, version.standard_id
    page.as_(people.staff)
    page.get(f"/standards/versions/{number}", status=403)
    assert "still being written" in page.get(f"/standards/{standard_id}")
    page.post(f"/standards/versions/{number}/submit", status=403)
    page.as_(people.south_owner)
    page.post(f"/standards/versions/{number}/submit", status=403)
    page.get(f"/standards/requirements/{row.id}/edit", status=403)
    page.get(f"/standards/{standard_id}/edit", status=403)
    page.as_(people.owner)
    page.get(f"/standards/versions/{number}/approve", status=403)
    page.get("/standards/versions/999999", status=404)


def test_own_version_shows_why_it_cannot_be_approved(page: Page, people: People) -> None:
    page.as_(people.manager)
    page.post(
        "/standards/new",
        {
            "title_zh": "热线",
            "unit_id": people.root.id,
            "owner_id": people.manager.id,
            "grouping": "provision",
        },
    )
    assert page.response is not None
    number = _draft_id(page.response.location)
    text = page.get(f"/standards/versions/{number}")
    assert "Write at least one requirement first" in text
    requirements.add_requirement(
        queries.get_version(number), actor=people.manager, kind="content", rule={"points": [{"zh": "报姓名"}]}
    )
    session.commit()
    page.post(f"/standards/versions/{number}/submit")
    text = page.get(f"/standards/versions/{number}")
    assert "other than those who wrote" in text
    page.post(f"/standards/versions/{number}/approve", {"password": PASSWORD}, status=422)


def test_sent_back_versions_are_a_task_with_the_comment(page: Page, people: People) -> None:
    version = written(people)
    timed(version, people)
    versions.submit(version, actor=people.owner)
    session.commit()
    page.as_(people.top)
    page.get(f"/standards/versions/{version.id}/send_back")
    page.post(f"/standards/versions/{version.id}/send_back", {"comment": "Say which lights"})
    page.as_(people.owner)
    assert "Say which lights" in page.get(f"/standards/versions/{version.id}")
    assert "came back with comments" in page.get("/tasks")


def test_a_standard_is_found_by_code_and_title(page: Page, people: People) -> None:
    version = in_force(people)
    page.as_(people.auditor)
    assert version.standard.code in page.get("/search?q=路灯")
    assert version.standard.code in page.get(f"/search?q={version.standard.code.lower()}")


def test_edit_conflicts_show_both_and_lose_nothing(page: Page, people: People) -> None:
    version = written(people)
    seen = version.standard.row_version
    values = {
        "title_en": "Mine",
        "unit_id": people.north.id,
        "owner_id": people.owner.id,
        "grouping": "support",
        "row_version": seen,
    }
    page.as_(people.manager)
    page.post(f"/standards/{version.standard_id}/edit", values)
    page.as_(people.owner)
    page.post(f"/standards/{version.standard_id}/edit", {**values, "title_en": "Yours"}, status=409)


def test_withdrawing_a_standard_ends_its_version(page: Page, people: People) -> None:
    version: Version = in_force(people)
    page.as_(people.manager)
    page.get(f"/standards/{version.standard_id}/withdraw")
    page.post(f"/standards/{version.standard_id}/withdraw", {"reason": "Given to the city"})
    assert version.state == "withdrawn"
    assert "withdrawn" in page.get(f"/standards/{version.standard_id}")
    page.post(f"/standards/{version.standard_id}/draft", status=422)


def test_the_interface_of_the_measurement(people: People) -> None:
    version = in_force(people)
    person: Person = people.owner
    lines = queries.timing_lines([version.standard_id])
    assert len(lines) == 1
    line = lines[0]
    assert (line.code, line.limit, line.target, line.zone) == ("R1", "5 working days", 0.95, "Asia/Shanghai")
    assert line.valid_from == version.effective_from
    assert line.valid_until is None
    assert "**" not in line.statement_en
    draft = versions.draft_version(version.standard, actor=person)
    assert queries.timing_lines([version.standard_id]) == lines
    copied: Requirement = queries.list_requirements(draft.id)[0]
    requirements.change_requirement(copied, actor=person, limit="3 working days")
    assert "3\u00a0working days" in copied.statement_en
    assert "3\u00a0个工作日" in copied.statement_zh


def test_clauses_stand_with_the_requirement(page: Page, people: People) -> None:
    version = in_force(people)
    row = queries.list_requirements(version.id)[0]
    framework = Framework(code="x-1", nature="guidance", designation="ISO 10002:2018", short_en="X")
    session.add(framework)
    session.flush()
    clause = Clause(framework_id=framework.id, number="7.4", sort_key="007.004", title_en="Acknowledgement")
    session.add(clause)
    session.flush()
    session.add(
        Mapping(requirement_id=row.id, clause_id=clause.id, degree="full", rationale_en="Says by when")
    )
    session.commit()
    page.as_(people.manager)
    text = page.get(f"/standards/{version.standard_id}/clauses")
    assert "Says by when" in text
    assert "Map to clauses" in text
    page.get(f"/standards/{version.standard_id}/clauses?lang=zh")
    page.as_(people.staff)
    assert "Map to clauses" not in page.get(f"/standards/{version.standard_id}/clauses?lang=en")
    assert "ISO 10002 · 7.4" in page.get(f"/standards/{version.standard_id}")


def test_proof_stands_beside_the_promise(page: Page, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    version = in_force(people)
    figure = Figure(
        0.918,
        1431,
        0.903,
        0.931,
        "wilson",
        target=0.95,
        verdict="short",
        working={"pending": 55, "from": "2026-08-22", "until": "2026-11-19"},
    )
    trend = (0.93, 0.92, None, 0.918)
    monkeypatch.setattr(
        proof,
        "_providers",
        [
            lambda *_record: {"R1": proof.Proof(figure, trend, "/cases", "/how")},
            lambda *_record: {
                "R1": proof.Proof(None, (), "", "", (("flag", "FND-2026-0118", "/finding"),)),
                "R9": proof.Proof(None, (), "", ""),
            },
        ],
    )
    page.as_(people.owner)
    text = page.get(f"/standards/{version.standard_id}").replace("\u00a0", " ")
    for words in (
        "91.8%",
        "Short",
        "90.3–93.1",
        "n = 1,431",
        "FND-2026-0118",
        "55 cases still open",
        "22 Aug",
    ):
        assert words in text
    assert text.count("FND-2026-0118") == 1
    chinese = page.get(f"/standards/{version.standard_id}?lang=zh")
    assert "另有 55 件在办且未到期" in chinese
    assert "未达标" in chinese


def test_the_page_costs_the_same_with_one_and_with_many_requirements(page: Page, people: People) -> None:
    def cost(url: str) -> int:
        with counted() as statements:
            page.get(url)
        return len(statements)

    version = written(people)
    timed(version, people)
    page.as_(people.owner)
    url = f"/standards/{version.standard_id}"
    page.get(url)
    one = cost(url)
    for number in range(12):
        timed(version, people, to_milestone=f"m{number}")
    assert cost(url) == one
    page.get("/standards")  # the tree of units is asked for once
    single = cost("/standards")
    for _number in range(5):
        written(people)
    assert cost("/standards") == single
