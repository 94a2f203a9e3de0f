"""What is recorded on site: answers side by side, clashes, photos that mean no good, findings."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from audits import photos
from audits.models import Audit, Item, Photo
from audits.operations import recording, steps
from audits.queries import checklist
from core import clock, files
from core.db import session
from core.errors import EditConflict, InvalidInput, NotFound, NotPermitted, RuleViolation
from core.trail import TrailEntry
from improvement.models import Finding
from tests.audits.builders import answer, items, make_standard, picture, prepare
from tests.page import Page
from tests.people import People

JSON = {"Accept": "application/json"}


def test_an_answer_is_kept_with_its_trail(app: Any, people: People) -> None:
    audit = prepare(people)
    item = items(audit)[0]
    answer(people, item, "ofi", "The list is kept by hand")
    entry = checklist.history_of(item)[0]
    assert entry.action == "item.answered"
    assert entry.differences == {"result": ["", "ofi"], "note": ["", "The list is kept by hand"]}
    assert entry.object_code == f"{audit.code} · 1"
    assert (item.answered_by_name, item.row_version) == ("Aki Auditor", 2)


def test_the_same_answer_twice_is_no_clash_and_leaves_no_trace(app: Any, people: People) -> None:
    audit = prepare(people)
    item = items(audit)[0]
    answer(people, item, "conform", "Seen")
    before = session.scalar(select(func.count()).select_from(TrailEntry))
    desk = recording.desk(audit.id, item.id, people.approver)
    assert recording.answer(desk, result="conform", note="Seen", seen=1, actor=people.approver) is False
    session.commit()
    assert session.scalar(select(func.count()).select_from(TrailEntry)) == before


def test_two_auditors_on_one_question_clash_and_lose_nothing(app: Any, people: People) -> None:
    audit = prepare(people)
    item = items(audit)[0]
    answer(people, item, "conform", "All ten")
    with pytest.raises(EditConflict) as clash:
        recording.answer(
            recording.desk(audit.id, item.id, people.approver),
            result="minor", note="Two of ten", seen=1, actor=people.approver,
        )  # fmt: skip
    assert clash.value.current == {"result": "conform", "note": "All ten"}
    assert item.result == "conform"


def test_two_auditors_on_two_questions_never_clash(app: Any, people: People) -> None:
    audit = prepare(people)
    first, second = items(audit)[:2]
    answer(people, first, "conform", by=people.auditor)
    answer(people, second, "conform", by=people.approver)
    assert checklist.count_answered(audit.id) == 2


@pytest.mark.parametrize(("place", "result"), [(0, "partly"), (0, "nonsense"), (6, "minor"), (6, "ofi")])
def test_an_answer_fits_the_nature_of_the_criterion(
    app: Any, people: People, place: int, result: str
) -> None:
    audit = prepare(people)
    with pytest.raises(RuleViolation, match="grades"):
        answer(people, items(audit)[place], result)


def test_only_auditors_of_the_team_record_and_only_while_it_is_open(app: Any, people: People) -> None:
    audit = prepare(people)
    item = items(audit)[0]
    for person in (people.manager, people.owner, people.top, people.visitor):
        with pytest.raises(NotPermitted):
            answer(people, item, "conform", by=person)
    with pytest.raises(NotFound):
        recording.desk(audit.id + 1, item.id, people.auditor)
    for one in items(audit):
        answer(people, one, "conform")
    steps.finish(audit, actor=people.auditor)
    session.commit()
    with pytest.raises(RuleViolation, match="recorded while"):
        answer(people, item, "ofi")


def test_a_role_that_was_withdrawn_records_no_more(app: Any, people: People) -> None:
    audit = prepare(people)
    people.auditor.holdings = ()
    with pytest.raises(NotPermitted):
        answer(people, items(audit)[0], "conform")
    with pytest.raises(NotPermitted):
        steps.finish(audit, actor=people.auditor)


# --- findings ------------------------------------------------------------------------------------------------


def test_a_finding_takes_criterion_unit_and_first_photo_with_it(app: Any, people: People) -> None:
    standard = make_standard(people)
    audit = prepare(people, standard=standard)
    item = next(one for one in items(audit) if one.standard_id == standard.id)
    answer(people, item, "major", "Nobody repairs at night")
    desk = recording.desk(audit.id, item.id, people.auditor)
    received, width, height = photos.receive(io.BytesIO(picture()), "lamp.jpg")
    recording.add_photo(desk, received, width=width, height=height, actor=people.auditor)
    made = recording.raise_here(desk, statement_zh="夜间无人维修", unit=people.north, actor=people.auditor)
    assert (made.origin, made.grade, made.standard_id, made.requirement_code) == (
        "audit",
        "major",
        standard.id,
        "R1",
    )
    assert made.unit_id == people.north.id
    assert made.file is not None
    assert made.file.sha256 == received.sha256
    assert "Nobody repairs at night" in made.detail
    with pytest.raises(RuleViolation, match="recorded already"):
        recording.raise_here(desk, statement_en="Again", actor=people.auditor)
    assert session.scalar(select(func.count()).select_from(Finding)) == 1


def test_guidance_gives_opportunities_not_nonconformities(app: Any, people: People) -> None:
    audit = prepare(people)
    item = items(audit)[4]
    assert item.is_guidance
    answer(people, item, "not_met", "No instructions anywhere")
    desk = recording.desk(audit.id, item.id, people.auditor)
    assert recording.raise_here(desk, statement_en="No instructions", actor=people.auditor).grade == "ofi"


@pytest.mark.parametrize(
    ("result", "note", "match"),
    [("", "", "grade first"), ("conform", "", "grade first"), ("minor", "", "Note what")],
)
def test_a_finding_needs_a_grade_and_words(
    app: Any, people: People, result: str, note: str, match: str
) -> None:
    audit = prepare(people)
    item = items(audit)[0]
    if result:
        answer(people, item, result, note)
    with pytest.raises(RuleViolation, match=match):
        recording.raise_here(
            recording.desk(audit.id, item.id, people.auditor), statement_en="Late", actor=people.auditor
        )


# --- photos --------------------------------------------------------------------------------------------------


def _exif(orientation: int) -> Any:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Somebody's phone"
    exif[0x8825] = {1: "N", 2: (30.0, 15.0, 0.0)}
    return exif


def test_a_photo_is_turned_upright_made_smaller_and_stripped(app: Any) -> None:
    received, width, height = photos.receive(
        io.BytesIO(picture(4000, 3000, exif=_exif(6), comment=b"secret")), "IMG_1.JPG"
    )
    assert (width, height) == (1200, 1600)
    data = received.path.read_bytes()
    assert b"phone" not in data
    assert b"secret" not in data
    with Image.open(io.BytesIO(data)) as kept:
        assert (kept.format, len(kept.getexif()), kept.info.get("icc_profile")) == ("JPEG", 0, None)
    assert received.name == "IMG_1.jpg"
    assert len(photos.for_print(data)) < len(data)


def test_a_transparent_picture_is_put_on_white(app: Any) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(out, "PNG")
    received, width, _height = photos.receive(io.BytesIO(out.getvalue()), "sketch.png")
    with Image.open(received.path) as kept:
        assert kept.getpixel((5, 5)) == (255, 255, 255)
    assert width == 40


def _bomb(width: int, height: int) -> bytes:
    """A PNG that says it is 30,000 pixels wide and high, and is some bytes long."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "name", "match"),
    [
        (b"", "a.jpg", "empty"),
        (b"<html><script>alert(1)</script></html>", "a.jpg", "not a photo"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "a.svg", "not a photo"),
        (b"%PDF-1.7 something", "a.png", "not a photo"),
        (b"MZ" + b"\0" * 200, "photo.jpg", "not a photo"),
        (_bomb(30_000, 30_000), "big.png", "pixels"),
        (_bomb(100, 100), "torn.png", "can't be read"),
        (picture()[:700], "half.jpg", "can't be read"),
        (b"\xff\xd8\xff" + b"\0" * 400, "head.jpg", "can't be read"),
        (b"\xff\xd8\xff" + b"\0" * (photos.UPLOAD_LIMIT + 1), "huge.jpg", "larger than"),
    ],
    ids=["empty", "html", "svg", "pdf", "exe", "bomb", "torn", "half", "head", "huge"],
)
def test_what_is_no_photo_is_refused_with_a_sentence(app: Any, data: bytes, name: str, match: str) -> None:
    before = sorted(path.name for path in files.folder().rglob("*") if path.is_file())
    with pytest.raises(InvalidInput, match=match):
        photos.receive(io.BytesIO(data), name)
    assert sorted(path.name for path in files.folder().rglob("*") if path.is_file()) == before


def test_photos_are_bounded_and_the_same_one_is_kept_once(app: Any, people: People) -> None:
    audit = prepare(people)
    desk = recording.desk(audit.id, items(audit)[0].id, people.auditor)
    for number in range(recording.PHOTOS_MOST):
        received, width, height = photos.receive(io.BytesIO(picture(20 + number, 20)), "a.jpg")
        recording.add_photo(desk, received, width=width, height=height, actor=people.auditor)
    received, width, height = photos.receive(io.BytesIO(picture(99, 20)), "b.jpg")
    with pytest.raises(RuleViolation, match="at most 8"):
        recording.add_photo(desk, received, width=width, height=height, actor=people.auditor)
    first = checklist.photos_of(desk.item.id)[0]
    recording.remove_photo(desk, first.id, actor=people.auditor)
    again, width, height = photos.receive(io.BytesIO(picture(21, 20)), "a.jpg")
    recording.add_photo(desk, again, width=width, height=height, actor=people.auditor)
    assert len(checklist.photos_of(desk.item.id)) == 7
    with pytest.raises(NotFound):
        recording.remove_photo(desk, first.id, actor=people.auditor)
    session.commit()
    assert "item.photo_removed" in {entry.action for entry in checklist.history_of(desk.item)}


# --- through the pages ---------------------------------------------------------------------------------------


@pytest.fixture
def audit(app: Any, people: People) -> Audit:
    return prepare(people)


def _url(audit: Audit, item: Item, rest: str = "") -> str:
    return f"/audits/{audit.id}/items/{item.id}{rest}"


def test_saving_by_script_answers_with_the_new_version_and_a_clash_with_both(
    audit: Audit, page: Page, people: People
) -> None:
    item = items(audit)[0]
    page.as_(people.auditor)
    saved = page.post(
        _url(audit, item),
        {"result": "conform", "note": "Ten cases", "row_version": "1"},
        status=200,
        headers=JSON,
    )
    assert saved.json is not None
    assert (saved.json["version"], saved.json["result"]) == (2, "conform")
    page.as_(people.approver)
    clash = page.post(
        _url(audit, item),
        {"result": "ofi", "note": "One is late", "row_version": "1"},
        status=409,
        headers=JSON,
    )
    assert clash.json is not None
    assert (clash.json["note"], clash.json["by"], clash.json["label"]) == (
        "Ten cases",
        "Aki Auditor",
        "Conforms",
    )
    kept = page.post(
        _url(audit, item),
        {"result": "ofi", "note": "One is late", "row_version": "2"},
        status=200,
        headers=JSON,
    )
    assert kept.json is not None
    assert kept.json["version"] == 3
    refused = page.post(_url(audit, item), {"result": "wild", "row_version": "3"}, status=422, headers=JSON)
    assert refused.json == {"error": "Choose one of the grades."}
    page.post(_url(audit, item), {"note": "x" * 9000, "row_version": "3"}, status=422, headers=JSON)
    page.as_(people.owner).post(_url(audit, item), {"result": "ofi"}, status=403, headers=JSON)
    session.expire_all()
    assert (item.result, item.note) == ("ofi", "One is late")


def test_without_script_the_next_question_follows_and_a_clash_shows_both_texts(
    audit: Audit, page: Page, people: People
) -> None:
    first, second = items(audit)[:2]
    page.as_(people.auditor)
    answered = page.post(_url(audit, first), {"result": "conform", "note": "Fine", "row_version": "1"})
    assert answered.location == _url(audit, second)
    text = page.post(
        _url(audit, first), {"result": "minor", "note": "Not fine", "row_version": "1"}, status=409
    ).text
    assert "Fine" in text
    assert "Not fine" in text
    text = page.post(_url(audit, first), {"result": "wild", "row_version": "2"}, status=422).text
    assert "needs another look" in text
    last = items(audit)[-1]
    assert (
        page.post(_url(audit, last), {"result": "conform", "row_version": "1"}).location
        == f"/audits/{audit.id}"
    )


def test_the_phone_page_says_what_to_look_at_and_offers_the_grades(
    audit: Audit, page: Page, people: People
) -> None:
    shall, should = items(audit)[0], items(audit)[4]
    page.as_(people.auditor)
    text = page.get(_url(audit, shall))
    assert "Register" in text
    assert text.count('name="result"') == 7
    assert "Major" in text
    text = page.get(_url(audit, should))
    assert text.count('name="result"') == 6
    assert "Major" not in text
    assert "guidance" in text
    text = page.as_(people.owner).get(_url(audit, shall))
    assert 'name="result"' not in text
    assert page.as_(people.auditor).get(f"/audits/{audit.id}/record", status=302) is not None


def test_others_see_what_was_answered_meanwhile(audit: Audit, page: Page, people: People) -> None:
    since = clock.now().isoformat()
    answer(people, items(audit)[0], "minor", "Two of ten")
    page.as_(people.approver)
    page.get(f"/audits/{audit.id}/progress", query_string={"since": since})
    assert page.response is not None
    found = page.response.json
    assert found is not None
    assert found["answered"] == 1
    assert [(item["id"], item["mine"]) for item in found["items"]] == [(items(audit)[0].id, False)]
    assert "Minor" in found["items"][0]["mark"]
    for wrong in ("", "yesterday", "2026-01-01", "\u00b2"):
        page.get(f"/audits/{audit.id}/progress", query_string={"since": wrong})


def test_photo_and_finding_through_the_page(audit: Audit, page: Page, people: People) -> None:
    item = items(audit)[0]
    page.as_(people.auditor)
    page.post(_url(audit, item), {"result": "minor", "note": "Dark", "row_version": "1", "go": "stay"})
    page.post(
        _url(audit, item, "/photos"), {"photo": (io.BytesIO(picture()), "lamp.jpg")},
        content_type="multipart/form-data",
    )  # fmt: skip
    photo = session.scalars(select(Photo)).one()
    sent = page.client.get(f"/audits/{audit.id}/photos/{photo.id}")
    assert sent.mimetype == "image/jpeg"
    assert sent.headers["Content-Disposition"].startswith("attachment")
    sent.close()
    refused = page.post(
        _url(audit, item, "/photos"), {"photo": (io.BytesIO(_bomb(30_000, 30_000)), "lamp.png")}, status=422,
        content_type="multipart/form-data",
    )  # fmt: skip
    assert "pixels" in refused.text
    text = page.get(_url(audit, item))
    assert "Record as a finding" in text
    refused = page.post(_url(audit, item, "/finding"), {"unit_id": str(people.north.id)}, status=422)
    assert "at least one language" in refused.text
    page.post(
        _url(audit, item, "/finding"), {"statement_en": "Two lamps dark", "unit_id": str(people.north.id)}
    )
    assert "FND-" in page.follow()
    page.get(f"/findings/{session.scalars(select(Finding.id)).one()}")
    assert _url(audit, item) in page.response.text if page.response else False
    page.post(_url(audit, item, f"/photos/{photo.id}/remove"))
    page.as_(people.owner).post(_url(audit, item, "/photos"), status=403)
